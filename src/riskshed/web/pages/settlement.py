"""Costs of an incident: what was claimed, the bills drawn up by the signed rule, who has paid whom."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.web import incident_board, settle_board
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.incident_acts import Scene
from riskshed.web.settle_acts import SETTLE_ACTS


@allowed("cost.see")
@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    """Claims and bills of one incident."""
    return incident_board.draw(request, code, "riskshed/settlement.html", SETTLE_ACTS, _shown)


def _shown(scene: Scene) -> dict[str, Any]:
    return {
        "has_agreement": node().agreement() is not None,
        "claimed": settle_board.claimed(scene),
        "bills": settle_board.bills(scene, SETTLE_ACTS),
    }
