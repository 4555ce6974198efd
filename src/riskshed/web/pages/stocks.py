"""Base information by city with its short boards, and the report of what one's own body has."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.errors import RiskshedError
from riskshed.governance.base_information import base_information
from riskshed.governance.draft import Draft
from riskshed.web import fault_pages, forms, frame, seat, speaking, stock_board
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms_message import named
from riskshed.web.forms_rows import ROWS_MAX
from riskshed.web.forms_stock import StockForm
from riskshed.web.people import acting
from riskshed.web.wording import say

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
        return _report(request, StockForm(request.POST, offer=offer))
    asked = request.GET.get("rows", "")
    rows = min(int(asked), ROWS_MAX) if asked.isascii() and asked.isdigit() and len(asked) < 4 else ROWS
    # The form shows one row more than are given.
    initial = {"as_of": node().now(), f"stock_{max(rows - 1, 1)}_item": ""}
    return _draw(request, StockForm(initial=initial, offer=offer))


def _report(request: HttpRequest, form: StockForm) -> HttpResponse:
    if not form.is_valid():
        return _draw(request, form, 400)
    try:
        desk = acting(request).desk()
        told = speaking.once(desk, (Draft("StockReported", desk.body, None, None, form.report_body()),))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw(request, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
    done = say("已签名，记入日志。", "Signed; it stands in the log.")
    again = say("刚才已签名，没有重复记录。", "Signed a moment ago; nothing was said again.")
    messages.success(request, done if told.is_new else again)
    return redirect("stocks")


def _draw(request: HttpRequest, form: StockForm, status: int = 200, *, doubt: bool = False) -> HttpResponse:
    return frame.draw(
        request,
        "riskshed/incident_act.html",
        status=status,
        form=form,
        faults=form.wrong(),
        doubt=doubt,
        title=say("报告储备", "Report what is there"),
        button=say("报告", "report it"),
        back="/stocks/",
        back_words=say("基础信息", "Base information"),
        subject=None,
    )
