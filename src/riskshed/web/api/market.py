"""Needs and offers: what one may see of them, and to state, make and withdraw them by a program.

Everything is read from the book as it is open for the body of who asks (`market_board.seen_by`), which is
that of the pages: what is sealed from it is in no list, no count and no cursor, and has no address.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import AwareDatetime, Field

from riskshed.desk_market import TAKEN_BACK, Words
from riskshed.errors import NotFoundError
from riskshed.governance.draft import Draft
from riskshed.governance.market_book import ENDS, SIDES, MatchStanding, RowStanding, Side
from riskshed.governance.standing import Standing
from riskshed.statement import time_text
from riskshed.web import access, market_board
from riskshed.web.api import acts, listing
from riskshed.web.api.shapes import Done, Id
from riskshed.web.api.shapes_market import (
    NeedPage,
    NeedShape,
    OfferPage,
    OfferShape,
    Seal,
    Sign,
    Sort,
)
from riskshed.web.api.telling import Given, GivenWords, Name, standing_of
from riskshed.web.current import node
from riskshed.web.forms_rows import plain
from riskshed.web.gate import Routes
from riskshed.web.people import Actor, acting

routes = Routes("market")
View = Annotated[
    Literal["open", "ours", "all"],
    Query(description="Open; of your body, whatever became of them; all that you may see."),
]
Short = Annotated[str, Field(min_length=1, max_length=128)]

# --------------------------------------------------------------------------------------------------- rows


@routes.get("/needs", "market.see", NeedPage)
def list_needs(
    request: HttpRequest,
    view: View = "open",
    sort: Sort | None = None,
    item: Name = None,
    city: Name = None,
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """What is needed."""
    found = _rows(request, "need", exercise, view, sort, item, city)
    return paged(found, _row, "needs", limit, after)


@routes.get("/needs/{need}", "market.see", NeedShape)
def get_need(request: HttpRequest, need: Id) -> dict[str, Any]:
    """One need, in earnest or of a drill."""
    return _row(_one(request, "need", need))


@routes.get("/offers", "market.see", OfferPage)
def list_offers(
    request: HttpRequest,
    view: View = "open",
    sort: Sort | None = None,
    item: Name = None,
    city: Name = None,
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """What is offered."""
    found = _rows(request, "offer", exercise, view, sort, item, city)
    return paged(found, _row, "offers", limit, after)


@routes.get("/offers/{offer}", "market.see", OfferShape)
def get_offer(request: HttpRequest, offer: Id) -> dict[str, Any]:
    """One offer, in earnest or of a drill."""
    return _row(_one(request, "offer", offer))


def _rows(
    request: HttpRequest,
    side: Side,
    exercise: bool | None,
    view: str,
    sort: str | None,
    item: str | None,
    city: str | None,
) -> list[RowStanding]:
    actor = acting(request)
    market = market_board.seen_by(actor, standing_of(request, exercise))
    return [
        one
        for one in market.rows.values()
        if one.side == side
        and (view == "all" or (one.by == actor.body if view == "ours" else one.status == "open"))
        and sort in (None, one.sort)
        and item in (None, one.item)
        and city in (None, one.body.get("city"))
    ]


def paged(
    found: list[Any], shown: Callable[[Any], Any], name: str, limit: int, after: str | None
) -> dict[str, Any]:
    """One page of rows or matches, the latest first; as of `listing.page`."""

    def key(one: RowStanding | MatchStanding) -> tuple[str, ...]:
        return listing.moment(one.seen_at), one.id

    return listing.page(found, key, shown, name=name, limit=limit, after=after, newest_first=True)


def _one(request: HttpRequest, side: Side, statement: str) -> RowStanding:
    """A row that one may see; one that is sealed from the asker is told as one that is not at all."""
    for exercise in (False, True):
        market = market_board.seen_by(acting(request), node().standing(exercise=exercise))
        row = market.rows.get(statement)
        if row is not None and row.side == side:
            return row
    raise _unknown(side, statement)


def _unknown(side: Side, statement: str) -> NotFoundError:
    return NotFoundError(f"market.unknown_{side}", f"there is no {side} {statement[:12]} here")


_FACTS = ("id", "by", "sort", "item", "name", "whole", "partners_max", "about", "sealed", "seen_at",
          "withdrawn", "status")  # fmt: skip
_SAID = ("city", "distance_max_km", "note")
_OWN = {
    "need": ("priority", "price_max", "wants", "prefers"),
    "offer": ("price", "amount_min", "has"),
}


def _row(one: RowStanding) -> dict[str, Any]:
    begins, ends = ENDS[one.side]
    amounts = ("amount", "promised", "left", "received")
    return {
        **listing.picked(one, _FACTS),
        **{name: measured(getattr(one, name), one.unit) for name in amounts},
        **{name: one.body.get(name) for name in (*_SAID, *_OWN[one.side])},
        begins: one.begins,
        ends: one.ends,
        "is_open_to_you": one.is_known,
    }


def measured(amount: Decimal, unit: str) -> dict[str, str]:
    """An amount with its unit, as it is sent."""
    return {"value": plain(amount), "unit": unit}


# ------------------------------------------------------------------------------------------------- stating


class AmountGiven(Given):
    """How much: a decimal as text, up to 1e12 in steps of 0.001, and its unit."""

    value: Short
    unit: Short


class PriceGiven(Given):
    """Money in minor units of CNY: 100 are one yuan."""

    minor: Annotated[int, Field(ge=0, le=10**15)]
    currency: Annotated[str, Field(min_length=3, max_length=3)] = "CNY"


class WantGiven(Given):
    """A trait that is wanted."""

    key: Short
    sign: Sign
    value: Short


class TraitGiven(Given):
    """A trait that an offer has."""

    key: Short
    value: Short


class RowGiven(Given):
    """What needs and offers of your body have in common."""

    sort: Sort
    item: Annotated[str, Field(min_length=1, max_length=128, description="Code: those of one item meet.")]
    amount: AmountGiven
    city: Short
    name: GivenWords | None = None
    distance_max_km: Annotated[str | None, Field(max_length=32)] = None
    partners_max: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    whole: bool | None = None
    note: GivenWords | None = Field(None, description="Everybody reads it.")
    sealed: list[Seal] = Field(
        default_factory=list,
        max_length=6,
        description="What others do not see; it still decides who is matched.",
    )


class NeedGiven(RowGiven):
    """A need of your body."""

    opens_at: AwareDatetime
    needed_by: AwareDatetime
    priority: Annotated[int | None, Field(ge=1, le=9)] = None
    price_max: PriceGiven | None = None
    wants: list[WantGiven] = Field(default_factory=list, max_length=50)
    prefers: list[WantGiven] = Field(default_factory=list, max_length=50)


class OfferGiven(RowGiven):
    """An offer of your body, which binds it."""

    ready_at: AwareDatetime
    until: AwareDatetime
    price: PriceGiven | None = None
    amount_min: AmountGiven | None = None
    has: list[TraitGiven] = Field(default_factory=list, max_length=50)


@routes.post("/needs", "market.state", Done)
def state_need(request: HttpRequest, given: NeedGiven, idempotency_key: acts.Key = None) -> Status[Any]:
    """State a need of your body."""
    return _state(request, "NeedStated", given, idempotency_key)


@routes.post("/offers", "market.state", Done)
def make_offer(request: HttpRequest, given: OfferGiven, idempotency_key: acts.Key = None) -> Status[Any]:
    """Make an offer of your body."""
    return _state(request, "OfferMade", given, idempotency_key)


def _state(
    request: HttpRequest, kind: Literal["NeedStated", "OfferMade"], given: RowGiven, key: str | None
) -> Status[Any]:
    actor = acting(request)
    draft = Draft(kind, actor.body, None, None, _body(actor, given, ENDS[SIDES[kind]]))
    seals, cities = list(dict.fromkeys(given.sealed)), [one.code for one in node().region.cities]
    return said(request, key, lambda again: market_board.desk(actor).state(draft, seals, cities, again))


def _body(actor: Actor, given: RowGiven, times: tuple[str, str]) -> dict[str, Any]:
    """The whole row, with what is to be sealed still in it; what was not said, or is empty, stays out."""
    told = given.model_dump(exclude={"sealed", "name", "note", *times}, exclude_none=True)
    body = {name: value for name, value in told.items() if value != []}
    if not body.get("whole"):
        body.pop("whole", None)
    body |= {name: time_text(getattr(given, name)) for name in times}
    if given.name is not None and (words := given.name.words()):
        body["name"] = words
    if given.note is not None and (words := given.note.words()):
        body["note"] = actor.said(words)
    return body


class WithdrawGiven(Given):
    """Why it is taken back; there need be no reason of your own."""

    reason: GivenWords | None = None


@routes.post("/needs/{need}/withdraw", "market.state", Done)
def withdraw_need(
    request: HttpRequest, need: Id, given: WithdrawGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Take a need of your body back; what was promised of it stays promised. Send `{}` without a reason."""
    return _withdraw(request, "need", need, given, idempotency_key)


@routes.post("/offers/{offer}/withdraw", "market.state", Done)
def withdraw_offer(
    request: HttpRequest, offer: Id, given: WithdrawGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Take an offer of your body back; what was promised of it stays promised. Send `{}` without a reason."""
    return _withdraw(request, "offer", offer, given, idempotency_key)


def _withdraw(
    request: HttpRequest, side: Side, statement: str, given: WithdrawGiven, key: str | None
) -> Status[Any]:
    actor = acting(request)
    row = market_board.seen_by(actor, node().standing(exercise=actor.exercise)).rows.get(statement)
    if row is None or row.side != side:
        raise _unknown(side, statement)
    access.check(request, "market.state", body=row.by)
    return said(request, key, lambda _: taken_back(actor, statement, given, TAKEN_BACK))


def taken_back(actor: Actor, statement: str, given: WithdrawGiven, otherwise: Words) -> str:
    """Withdraw one's own words, unless that was done; the id of the withdrawal."""
    if known := withdrawal_of(actor.desk().standing(), statement):
        return known
    reason = (given.reason.words() if given.reason else None) or otherwise
    return actor.desk().withdraw(statement, cause="superseded", reason=actor.said(reason))


def withdrawal_of(standing: Standing, statement: str) -> str | None:
    """The statement that took another one back; None if it stands."""
    told = (one.statement for one in standing.statements.values())
    found = (one.id for one in told if one.kind == "StatementWithdrawn" and one.replies_to == statement)
    return next((one for one in found if one not in standing.set_aside), None)


def said(request: HttpRequest, key: str | None, act: Callable[[acts.Again], str]) -> Status[Any]:
    """Do it once, and tell whether it was said just now; whoever acts holds the turn."""

    def once(again: acts.Again) -> dict[str, Any]:
        size = node().log.size
        said = act(again)
        place = node().index_of(said)
        return acts.done(said, new=place is None or place >= size)

    return acts.once(request, key, once)
