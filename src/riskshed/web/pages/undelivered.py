"""What was given up: who was not reached, why and since when, with a button that lets it be tried again."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from riskshed.errors import NotFoundError, RiskshedError
from riskshed.vocabulary import KINDS
from riskshed.web import admin_events, fault_pages, frame, house, undelivered
from riskshed.web.access import OFFICERS, allowed
from riskshed.web.acting_tabs import acting_tabs
from riskshed.web.current import node
from riskshed.web.delivery_routes import Route
from riskshed.web.forms_refusal import DELIVERY_WORDS
from riskshed.web.pages import administration
from riskshed.web.people import acting
from riskshed.web.undelivered import Undelivered
from riskshed.web.wording import say, tongue

ROWS_ON_PAGE = 40


@allowed("undelivered.see")
@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What was given up and is this one's to see."""
    actor, outbox = acting(request), house.outbox()
    try:
        given_up = outbox.given_up() if outbox is not None else []
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    rows = undelivered.seen_by(actor, node(), given_up)
    is_officer = bool(actor.roles & OFFICERS)
    pages = Paginator(rows, ROWS_ON_PAGE).get_page(request.GET.get("page"))
    return frame.draw(
        request,
        "riskshed/undelivered.html",
        tabs=acting_tabs("notices", actor) if is_officer else administration.tabs(request),
        is_officer=is_officer,
        pages=pages,
        rows=[{"one": one, "kind": _kind(one), "why": _why(one)} for one in pages],
        count=len(rows),
    )


def _kind(one: Undelivered) -> str:
    return "" if one.said is None else say(KINDS[one.said.kind].zh, KINDS[one.said.kind].en)


def _why(one: Undelivered) -> str:
    """Why it was given up; the own words of the error, which are English, where there are no others."""
    chinese, english = DELIVERY_WORDS.get(one.code, ("", ""))
    return (chinese if tongue() == "zh" else "") or one.told or english or one.code


@allowed("undelivered.again")
@require_POST
def again(request: HttpRequest, index: int, sort: str, number: int) -> HttpResponse:
    """Let one be tried again from now on."""
    actor, outbox, route = acting(request), house.outbox(), Route(sort, number)
    try:
        if outbox is None:
            raise NotFoundError("outbox.not_given_up", "no node is served in this process")
        found = undelivered.take_up(actor, node(), outbox, index, route, datetime.now(UTC))
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    if found.said is None:
        admin_events.record(request, actor.body, "delivery.changed", found.where or str(route), again=index)
    messages.success(request, say("已重新投递。", "It is tried again."))
    return redirect("undelivered")
