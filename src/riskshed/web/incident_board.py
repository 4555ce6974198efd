"""One side of an incident as a page: its help, plans, costs or appraisal, with what may be done there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from riskshed.web import addresses, frame, incident_room, seat
from riskshed.web.incident_acts import Act, Scene, find, offered
from riskshed.web.people import acting


def draw(
    request: HttpRequest,
    code: str,
    template: str,
    acts: Iterable[Act],
    shown: Callable[[Scene], dict[str, Any]],
) -> HttpResponse:
    """The page; `shown` gives what its template shows besides the incident and the acts.

    Where there is no such incident in this mode, the page says so.
    """
    actor = acting(request)
    moment = incident_room.now(exercise=actor.exercise)
    incident = find(moment.standing, code)
    if incident is None:
        return seat.not_here(request, code)
    scene = Scene(actor, moment.standing, incident, moment.regime)
    return frame.draw(
        request,
        template,
        incident=incident,
        url=addresses.incident(incident.code),
        acts=offered(scene, acts),
        **shown(scene),
    )
