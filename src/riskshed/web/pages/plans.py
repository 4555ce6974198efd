"""Joint plans in an incident: what is proposed, who has answered by when, and what a change changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.web import incident_board, plan_board
from riskshed.web.access import allowed
from riskshed.web.plan_acts import PLAN_ACTS


@allowed("plan.see")
@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    """The joint plans of one incident."""
    return incident_board.draw(
        request,
        code,
        "riskshed/plans.html",
        PLAN_ACTS,
        lambda scene: {"texts": plan_board.board(scene, PLAN_ACTS)},
    )
