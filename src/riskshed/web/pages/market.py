"""Needs and offers: what is needed, what is offered, what was proposed, and what became of it.

A body states its needs and offers, answers matches that were proposed to it, and says what came. Whoever runs
the matching presses one button. What others sealed is on none of these pages (`market_board`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from riskshed.desk_market import GIVEN_BACK, TAKEN_BACK
from riskshed.errors import RiskshedError
from riskshed.governance.market_book import Market
from riskshed.web import addresses, fault_pages, forms, frame, market_board, seat
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms import Sheet
from riskshed.web.forms_market import (
    SORT_WORDS,
    NeedForm,
    OfferForm,
    ReceiveForm,
    RefuseForm,
    RowForm,
    offered,
)
from riskshed.web.forms_message import named
from riskshed.web.people import Actor, acting
from riskshed.web.plain_form import PlainForm
from riskshed.web.wording import say

WORDS = ("需求与供给", "Needs and offers")
NEED = PlainForm(
    title=("登记需求", "State a need"),
    button=("登记本机构的需求", "and state the need of my body"),
    back="market",
    back_path="/market/",
    back_words=WORDS,
)
OFFER = PlainForm(
    title=("登记供给", "Make an offer"),
    button=("登记本机构的供给", "and make the offer of my body"),
    back="market",
    back_path="/market/",
    back_words=WORDS,
)
GIVEN = ("known", "sort", "item", "name_zh", "name_en", "amount", "unit", "city", "wants", "needed_by")
"""Fields of a new need or offer that an address may fill in."""
LONGEST = 300


@allowed("market.see")
@never_cache
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """What is needed and offered, by sort and city, and the matches of one's own body."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    market = market_board.seen_by(actor, standing)
    sort, city = request.GET.get("sort", ""), request.GET.get("city", "")
    every = say("全部", "all")
    return frame.draw(
        request,
        "riskshed/market.html",
        matches=market_board.own_matches(market, actor.body, standing.at),
        sides=market_board.sides(market, actor.body, sort, city),
        sort=sort,
        city=city,
        sorts=[("", every), *((code, say(*word)) for code, word in SORT_WORDS.items())],
        cities=[("", every), *named([one.code for one in node().region.cities])],
        may_state=may(actor, "market.state", body=actor.body),
        may_run=may(actor, "market.run", body=actor.body) and market_board.may_run(actor, standing),
    )


@allowed("market.see")
@never_cache
@require_safe
def one(request: HttpRequest, statement: str) -> HttpResponse:
    """A need, an offer, or a match."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    return _drawn(request, actor, market_board.seen_by(actor, standing), statement)


def _drawn(
    request: HttpRequest,
    actor: Actor,
    market: Market,
    statement: str,
    *,
    status: int = 200,
    refusal: str = "",
    form: Sheet | None = None,
) -> HttpResponse:
    at = node().now()
    row, match = market.rows.get(statement), market.matches.get(statement)
    if match is not None:
        return frame.draw(
            request,
            "riskshed/market_match.html",
            status=status,
            line=market_board.match_line(market, match, actor.body, at),
            may_answer=may(actor, "market.answer", body=actor.body),
            refusal=refusal,
            refuse=form if isinstance(form, RefuseForm) else RefuseForm(),
            receive=form
            if isinstance(form, ReceiveForm)
            else ReceiveForm(initial=_expected(market, statement)),
            faults=form.wrong() if form is not None else [],
        )
    if row is None:
        return seat.not_here(request, statement)
    is_mine = row.by == actor.body
    return frame.draw(
        request,
        "riskshed/market_row.html",
        status=status,
        line=market_board.row_line(row, actor.body),
        row=row,
        facts=market_board.facts(row),
        matches=market_board.of_row(market, row, actor.body, at),
        why=market_board.why_unmet(market, row, actor.body, at) if is_mine and row.side == "need" else (),
        may_withdraw=is_mine and row.status == "open" and may(actor, "market.state", body=actor.body),
        refusal=refusal,
    )


def _expected(market: Market, match: str) -> dict[str, Any]:
    one = market.matches[match]
    return {"amount": f"{(one.amount - one.received).normalize():f}", "received_at": node().now()}


# ------------------------------------------------------------------------------------------------- stating


@allowed("market.state")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def need(request: HttpRequest) -> HttpResponse:
    """State a need."""
    return _state(request, NEED, NeedForm)


@allowed("market.state")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest) -> HttpResponse:
    """Make an offer."""
    return _state(request, OFFER, OfferForm)


def _state(request: HttpRequest, page: PlainForm, kind: type[RowForm]) -> HttpResponse:
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    choices = offered(standing)
    if request.method != "POST":
        given = {name: request.GET[name][:LONGEST] for name in GIVEN if name in request.GET}
        home = standing.bodies.get(actor.body)
        start = {kind.times[0]: node().now(), "city": home.city if home and home.city else ""}
        return page.draw(request, kind(initial={**start, **given}, offer=choices))
    form = kind(request.POST, offer=choices)
    if not form.is_valid():
        return page.draw(request, form, 400)
    try:
        draft = form.draft(actor.body, None)
        if "note" in draft.body:
            body = {**draft.body, "note": actor.said(draft.body["note"])}
            draft = type(draft)(draft.kind, draft.by, None, None, body)
        cities = [one.code for one in node().region.cities]
        said = market_board.desk(actor).state(draft, form.seals(), cities)
    except RiskshedError as error:
        forms.blame(form, error)
        return page.draw(request, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
    messages.success(request, say("已签名，记入日志。", "Signed; it stands in the log."))
    return HttpResponseRedirect(addresses.market(said))


@allowed("market.state")
@seat.same_desk
@require_POST
def withdraw(request: HttpRequest, statement: str) -> HttpResponse:
    """Take back a need or an offer of one's own; what was promised of it stays promised."""
    actor = acting(request)
    market = market_board.seen_by(actor, node().standing(exercise=actor.exercise))
    row = market.rows.get(statement)
    if row is None or row.by != actor.body:
        raise Http404("no need or offer of this body")
    if row.withdrawn is not None:
        return HttpResponseRedirect(addresses.market(statement))
    return _answer(
        request,
        statement,
        lambda: actor.desk().withdraw(statement, cause="superseded", reason=actor.said(TAKEN_BACK)),
    )


# ------------------------------------------------------------------------------------------------ matching


@allowed("market.run")
@seat.same_desk
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Match what is open now, and propose it."""
    actor = acting(request)
    if not market_board.may_run(actor, node().standing(exercise=actor.exercise)):
        raise PermissionDenied("market.run")
    try:
        made = market_board.desk(actor).run(market_board.places())
    except RiskshedError as error:
        messages.error(request, forms.refusal_words(error))
    else:
        told = say(f"已提出 {len(made)} 项匹配。", f"{len(made)} matches were proposed.")
        messages.success(request, told if made else say("没有新的匹配。", "There is nothing new to match."))
    return HttpResponseRedirect(reverse("market"))


@allowed("market.answer")
@seat.same_desk
@require_POST
def accept(request: HttpRequest, statement: str) -> HttpResponse:
    """Take the offer of a match."""
    match = _own(request, statement).matches[statement]
    if match.accepted is not None:  # the button was pressed twice
        return HttpResponseRedirect(addresses.market(statement))
    return _answer(request, statement, lambda: market_board.desk(acting(request)).accept(statement))


@allowed("market.answer")
@seat.same_desk
@require_POST
def refuse(request: HttpRequest, statement: str) -> HttpResponse:
    """Refuse a match, and say why."""
    actor, match = acting(request), _own(request, statement).matches[statement]
    if match.refused_by == actor.body:
        return HttpResponseRedirect(addresses.market(statement))
    form = RefuseForm(request.POST)
    words = actor.said(form.words("reason") if form.is_valid() else {})
    return _answer(request, statement, lambda: market_board.desk(actor).refuse(statement, words), form)


@allowed("market.answer")
@seat.same_desk
@require_POST
def receive(request: HttpRequest, statement: str) -> HttpResponse:
    """Say what came of a match."""
    actor, match = acting(request), _own(request, statement).matches[statement]
    form = ReceiveForm(request.POST)
    body = form.receipt(match.unit) if form.is_valid() else {}
    if "note" in body:
        body["note"] = actor.said(body["note"])
    return _answer(request, statement, lambda: market_board.desk(actor).receive(statement, body), form)


@allowed("market.answer")
@seat.same_desk
@require_POST
def release(request: HttpRequest, statement: str) -> HttpResponse:
    """Give a promise back, before it is due: it is no longer needed."""
    actor, match = acting(request), _own(request, statement).matches[statement]
    if match.need_by != actor.body:
        raise Http404("no promise to this body")
    if match.accepted is None:  # the button was pressed twice
        return HttpResponseRedirect(addresses.market(statement))
    taken = match.accepted
    return _answer(
        request,
        statement,
        lambda: actor.desk().withdraw(taken, cause="superseded", reason=actor.said(GIVEN_BACK)),
    )


def _own(request: HttpRequest, statement: str) -> Market:
    """The book, if it has this match and one's own body is one of the two; nobody else learns that it is."""
    actor = acting(request)
    market = market_board.seen_by(actor, node().standing(exercise=actor.exercise))
    match = market.matches.get(statement)
    if match is None or actor.body not in (match.need_by, match.offer_by):
        raise Http404("no match of this body")
    return market


def _answer(
    request: HttpRequest, statement: str, act: Callable[[], str], form: Sheet | None = None
) -> HttpResponse:
    """Say it, and go back to what it is about; what is wrong stands on that page, with what was typed."""
    actor, status, refusal = acting(request), 400, ""
    if form is None or form.is_valid():
        try:
            act()
        except RiskshedError as error:
            status, refusal = fault_pages.status_of(error), forms.refusal_words(error)
        else:
            messages.success(request, say("已签名，记入日志。", "Signed; it stands in the log."))
            return HttpResponseRedirect(addresses.market(statement))
    market = market_board.seen_by(actor, node().standing(exercise=actor.exercise))
    return _drawn(request, actor, market, statement, status=status, refusal=refusal, form=form)
