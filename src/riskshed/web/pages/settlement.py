"""Costs of an incident: what was claimed, the bills drawn up by the signed rule, who has paid whom."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.web import addresses, frame, incident_room, seat, settle_board
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.incident_acts import Scene, find, offered
from riskshed.web.people import acting
from riskshed.web.settle_acts import SETTLE_ACTS


@allowed("cost.see")
@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    """Claims and bills of one incident."""
    actor = acting(request)
    moment = incident_room.now(exercise=actor.exercise)
    incident = find(moment.standing, code)
    if incident is None:
        return seat.not_here(request, code)
    scene = Scene(actor, moment.standing, incident, moment.regime)
    return frame.draw(
        request,
        "riskshed/settlement.html",
        incident=incident,
        url=addresses.incident(incident.code),
        has_agreement=node().agreement() is not None,
        claimed=settle_board.claimed(scene),
        bills=settle_board.bills(scene, SETTLE_ACTS),
        acts=offered(scene, SETTLE_ACTS),
    )
