"""Help in an incident: who asked for what, who promised it, where it is, and what is still wanted."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.web import addresses, aid_board, frame, incident_room, seat
from riskshed.web.access import allowed
from riskshed.web.aid_acts import AID_ACTS
from riskshed.web.incident_acts import Scene, find, offered
from riskshed.web.people import acting


@allowed("aid.see")
@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    """The board of help in one incident."""
    actor = acting(request)
    moment = incident_room.now(exercise=actor.exercise)
    incident = find(moment.standing, code)
    if incident is None:
        return seat.not_here(request, code)
    scene = Scene(actor, moment.standing, incident, moment.regime)
    return frame.draw(
        request,
        "riskshed/aid.html",
        incident=incident,
        url=addresses.incident(incident.code),
        board=aid_board.board(scene, AID_ACTS),
        acts=offered(scene, AID_ACTS),
    )
