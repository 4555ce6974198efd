"""Joint plans in an incident: what is proposed, who has answered by when, and what a change changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.web import addresses, frame, incident_room, plan_board, seat
from riskshed.web.access import allowed
from riskshed.web.incident_acts import Scene, find, offered
from riskshed.web.people import acting
from riskshed.web.plan_acts import PLAN_ACTS


@allowed("plan.see")
@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    """The joint plans of one incident."""
    actor = acting(request)
    moment = incident_room.now(exercise=actor.exercise)
    incident = find(moment.standing, code)
    if incident is None:
        return seat.not_here(request, code)
    scene = Scene(actor, moment.standing, incident, moment.regime)
    return frame.draw(
        request,
        "riskshed/plans.html",
        incident=incident,
        url=addresses.incident(incident.code),
        texts=plan_board.board(scene, PLAN_ACTS),
        acts=offered(scene, PLAN_ACTS),
    )
