"""Base information by city with its short boards, and the report of what one's own body has."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.governance.base_information import base_information
from riskshed.governance.draft import Draft
from riskshed.web import frame, seat, stock_board
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms_message import named
from riskshed.web.forms_rows import ROWS_MAX
from riskshed.web.forms_stock import StockForm
from riskshed.web.people import acting
from riskshed.web.plain_form import PlainForm
from riskshed.web.wording import say

FORM = PlainForm(
    title=("报告储备", "Report what is there"),
    button=("报告", "report it"),
    back="stocks",
    back_path="/stocks/",
    back_words=("基础信息", "Base information"),
)
ROWS = 4
"""So many rows are offered, unless more are asked for (``?rows=20``)."""


@allowed("stock.see")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What each city is known to have, what nobody has said, and where the region would fail first."""
    actor = acting(request)
    held = base_information(node().standing(exercise=actor.exercise))
    known = node().region.cities
    return frame.draw(
        request,
        "riskshed/stocks.html",
        cities=stock_board.cities(held, known),
        silent=stock_board.silent(held, known),
        boards=stock_board.boards(held, known),
        bad=stock_board.bad(held),
        stale_after=stock_board.STALE_AFTER,
        may_report=may(actor, "stock.report", body=actor.body),
    )


@allowed("stock.report")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Report what is there."""
    choices = [("", say("请选择", "choose")), *named([one.code for one in node().region.cities])]
    offer = {"stock.city": choices}
    if request.method == "POST":
        form = StockForm(request.POST, offer=offer)
        body = acting(request).body
        return FORM.answer(
            request, form, lambda: Draft("StockReported", body, None, None, form.report_body())
        )
    asked = request.GET.get("rows", "")
    rows = min(int(asked), ROWS_MAX) if asked.isascii() and asked.isdigit() and len(asked) < 4 else ROWS
    # The form shows one row more than are given.
    initial = {"as_of": node().now(), f"stock_{max(rows - 1, 1)}_item": ""}
    return FORM.draw(request, StockForm(initial=initial, offer=offer))
