"""Matches of needs with offers: what one may see of them, and the answers of their two, by a program.

What is sealed from the body of who asks is not here, as in `market`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import AwareDatetime, Field

from riskshed.desk_market import GIVEN_BACK
from riskshed.errors import DomainError, NotFoundError
from riskshed.governance.market_book import MatchStanding
from riskshed.statement import time_text
from riskshed.web import access, market_board
from riskshed.web.api import acts, listing, market
from riskshed.web.api.shapes import Done, Id
from riskshed.web.api.shapes_market import MatchPage, MatchShape
from riskshed.web.api.telling import Given, GivenWords, standing_of
from riskshed.web.current import node
from riskshed.web.gate import Routes
from riskshed.web.people import Actor, acting

routes = Routes("market")
Ours = Annotated[
    Literal["ours", "all"], Query(description="Of a need or an offer of your body; all that you may see.")
]


@routes.get("/matches", "market.see", MatchPage)
def list_matches(
    request: HttpRequest,
    view: Ours = "ours",
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """What was proposed, and what became of it."""
    actor = acting(request)
    book = market_board.seen_by(actor, standing_of(request, exercise))
    found = [
        one for one in book.matches.values() if view == "all" or actor.body in (one.need_by, one.offer_by)
    ]
    return market.paged(found, lambda one: _match(one, one.second in book.rows), "matches", limit, after)


@routes.get("/matches/{match}", "market.see", MatchShape)
def get_match(request: HttpRequest, match: Id) -> dict[str, Any]:
    """One match, in earnest or of a drill."""
    for exercise in (False, True):
        book = market_board.seen_by(acting(request), node().standing(exercise=exercise))
        if match in book.matches:
            return _match(book.matches[match], book.matches[match].second in book.rows)
    raise _no_match(match)


def _no_match(statement: str) -> NotFoundError:
    return NotFoundError("market.unknown_match", f"there is no match {statement[:12]} here")


_MATCH = ("id", "by", "need", "offer", "need_by", "offer_by", "due", "answer_by", "reason", "is_sealed",
          "seen_at", "status", "accepted", "accepted_at", "is_bound", "refused", "refused_by", "receipts",
          "complete_at")  # fmt: skip


def _match(one: MatchStanding, is_second_seen: bool) -> dict[str, Any]:
    return {
        **listing.picked(one, _MATCH),
        "amount": market.measured(one.amount, one.unit),
        "received": market.measured(one.received, one.unit),
        "second": one.second if is_second_seen else None,
    }


class AcceptGiven(Given):
    """A note with the acceptance; there need not be one."""

    note: GivenWords | None = None


class RefuseGiven(Given):
    """Why a match is refused; the other side sees it."""

    reason: GivenWords


class ReceiveGiven(Given):
    """What came of a match."""

    amount: market.AmountGiven
    received_at: AwareDatetime
    unfit: market.AmountGiven | None = Field(None, description="Of this unfit for use.")
    note: GivenWords | None = None


@routes.post("/matches/{match}/accept", "market.answer", Done)
def accept_match(
    request: HttpRequest, match: Id, given: AcceptGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Take the offer of a match to a need of your body; then it is a promise. Send `{}` without a note."""
    actor, _ = _own(request, match)

    def act(_: acts.Again) -> str:
        held = _own(request, match)[1]
        return held.accepted or market_board.desk(actor).accept(match, _words(actor, given.note) or None)

    return market.said(request, idempotency_key, act)


@routes.post("/matches/{match}/refuse", "market.answer", Done)
def refuse_match(
    request: HttpRequest, match: Id, given: RefuseGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Refuse a match of a need or an offer of your body; the pair is not proposed again."""
    actor, _ = _own(request, match)

    def act(_: acts.Again) -> str:
        held = _own(request, match)[1]
        if held.refused is not None and held.refused_by == actor.body:
            return held.refused
        return market_board.desk(actor).refuse(match, _words(actor, given.reason))

    return market.said(request, idempotency_key, act)


@routes.post("/matches/{match}/receive", "market.answer", Done)
def receive_match(
    request: HttpRequest, match: Id, given: ReceiveGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Say what came of a match to a need of your body."""
    actor, _ = _own(request, match)
    body = given.model_dump(exclude={"note", "received_at"}, exclude_none=True)
    body["received_at"] = time_text(given.received_at)
    if words := _words(actor, given.note):
        body["note"] = words
    return market.said(
        request, idempotency_key, lambda again: market_board.desk(actor).receive(match, body, again)
    )


@routes.post("/matches/{match}/release", "market.answer", Done)
def release_match(
    request: HttpRequest, match: Id, given: market.WithdrawGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Give a promise to your body back: it is no longer needed. Send `{}` without a reason."""
    actor, held = _own(request, match)
    access.check(request, "market.answer", body=held.need_by)
    return market.said(request, idempotency_key, lambda _: _release(actor, match, given))


def _release(actor: Actor, match: str, given: market.WithdrawGiven) -> str:
    """Take the acceptance back, or tell how it was; a promise that is due stays one, as the desk says."""
    standing = actor.desk().standing()
    held = market_board.seen_by(actor, standing).matches[match]
    told = (one.statement for one in standing.statements.values() if one.statement.replies_to == match)
    own = [one.id for one in told if one.kind == "MatchAccepted" and one.by == actor.body]
    known = [each for one in own if (each := market.withdrawal_of(standing, one)) is not None]
    if held.accepted is not None:
        return market.taken_back(actor, held.accepted, given, GIVEN_BACK)
    if known:
        return known[-1]
    told_so = f"of the match {match[:12]} nothing is promised"
    raise DomainError("market.not_accepted", told_so, todo="Accept it first, if you want it.")


def _own(request: HttpRequest, statement: str) -> tuple[Actor, MatchStanding]:
    """The match, of a need or an offer of one's own body.

    Raises
    ------
    NotFoundError
        ``market.unknown_match``: there is none, or it is sealed.
    PermissionDenied
        It is between others.
    """
    actor = acting(request)
    book = market_board.seen_by(actor, node().standing(exercise=actor.exercise))
    held = book.matches.get(statement)
    if held is None:
        raise _no_match(statement)
    is_own = actor.body in (held.need_by, held.offer_by)
    access.check(request, "market.answer", body=actor.body if is_own else "")
    return actor, held


def _words(actor: Actor, given: GivenWords | None) -> dict[str, str]:
    return actor.said(given.words() if given is not None else {})
