"""Help in an incident: what is missing, who asked for what, who promised it, and where it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.web import aid_board, incident_board, need_board
from riskshed.web.access import allowed
from riskshed.web.aid_acts import AID_ACTS
from riskshed.web.incident_acts import Scene


@allowed("aid.see")
@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    """The board of help in one incident."""
    return incident_board.draw(request, code, "riskshed/aid.html", AID_ACTS, _shown)


def _shown(scene: Scene) -> dict[str, Any]:
    return {"need": need_board.need(scene), "board": aid_board.board(scene, AID_ACTS)}
