"""Needs and offers on the record: what may be said of them, what of them is sealed, and who may answer.

An offer binds whoever makes it: the body in need takes it, and from then on it is a promise (Civil Code of
the PRC, articles 472, 476 and 483: a contract stands when the acceptance takes effect, and an offer may be
revoked before). Either side may refuse until then.

**What is sealed** is known to its own body and to whoever keeps the bodies of sealed statements for it
(`opened`). A part of a row stands in a sealed statement that answers the open one (`parted`); a row that is
sealed whole is one sealed statement. What is sealed whole counts in nobody's trust, since nobody else can
check it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from riskshed.errors import Fault, InputError, InputFaults
from riskshed.governance.draft import Draft
from riskshed.governance.market_book import (
    ENDS,
    KINDS,
    SIDES,
    Market,
    MatchStanding,
    RowStanding,
    Told,
    fold,
    measure,
    moment,
)
from riskshed.governance.standing import Standing
from riskshed.governance.standing_market import row_objection
from riskshed.statement import time_text
from riskshed.statement_record import Body, frozen

PARTS_SEALED: Mapping[str, tuple[str, ...]] = {
    "price": ("price", "price_max"),
    "place": ("city", "point", "distance_max_km"),
    "time": ("opens_at", "needed_by", "ready_at", "until"),
    "traits": ("wants", "prefers", "has"),
    "priority": ("priority",),
}
"""The fields that each seal takes off the open statement."""
CURRENCY = "CNY"
_HARMLESS = frozenset(("withdrawn", "clock.ahead", "clock.behind", "incident.unknown"))


# ------------------------------------------------------------------------------------------ what may be said


def check(standing: Standing, draft: Draft, at: datetime, cities: Iterable[str]) -> None:
    """Refuse a need or an offer that cannot be, whole and before anything of it is sealed.

    Raises
    ------
    InputFaults
        ``market.faults`` with every fault: ``market.amount``, ``market.window``, ``market.past``,
        ``market.missing``, ``market.city``, ``market.currency``, ``market.other_unit``, ``market.again``.
    """
    body, faults = draft.body, list[Fault]()

    def wrong(code: str, column: str, got: object, wanted: str, todo: str = "") -> None:
        faults.append(Fault(code, draft.kind, None, f"body.{column}", str(got), wanted, todo))

    begins, ends = ENDS[SIDES[draft.kind]]
    if told := row_objection(body):
        column = "amount.value" if told[0] == "market.amount" else ends
        wanted = "above 0, up to 1e12, in steps of 0.001" if column != ends else "an end after its beginning"
        wrong(told[0], column, measure(body, "amount")[0] if column != ends else body[ends], wanted)
    for name in ("city", begins, ends):
        if name not in body:
            wrong("market.missing", name, "nothing", "a value; seal it if others must not see it")
    end = moment(body, ends)
    if end is not None and end <= at:
        wrong("market.past", ends, body[ends], f"a time after {time_text(at)}")
    if "city" in body and body["city"] not in set(cities):
        wrong("market.city", "city", body["city"], "a city of the region")
    for name in ("price", "price_max"):
        if name in body and body[name]["currency"] != CURRENCY:
            wrong("market.currency", name, body[name]["currency"], CURRENCY)
    _check_others(standing, draft, wrong)
    if faults:
        raise InputFaults("market.faults", "this need or offer cannot be, so it was not said", faults)


def _check_others(standing: Standing, draft: Draft, wrong: Any) -> None:
    """Against what is open on the record: one unit for an item, and nothing twice."""
    body, unit = draft.body, measure(draft.body, "amount")[1]
    rows = [one for one in (*standing.needs.values(), *standing.offers.values()) if one.status == "open"]
    same = [one for one in rows if (one.sort, one.item) == (body["sort"], body["item"])]
    others = sorted({one.unit for one in same} - {unit})
    if others and unit not in {one.unit for one in same}:
        wrong("market.other_unit", "amount.unit", unit, f"{' or '.join(others)}, as on record", "Convert it.")
    kind = SIDES[draft.kind]
    own = [one for one in same if one.by == draft.by and one.side == kind and not one.sealed]
    if any(is_same(one, body) for one in own):
        wrong("market.again", "item", body["item"], "what is not on record already")


def is_same(row: RowStanding, body: Body) -> bool:
    """Whether a row says exactly this."""
    return dict(row.body) == dict(frozen(dict(body)))


def parted(body: Body, sealed: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What of a row everybody may see, and the whole of it where a part is sealed, else None.

    Examples
    --------
    >>> parted({"item": "seats", "price": {"minor": 1}}, ["price"])[0]
    {'item': 'seats', 'sealed': ['price']}
    """
    hidden = {name for part in sealed for name in PARTS_SEALED[part]}
    open_ = {name: value for name, value in body.items() if name not in hidden and name != "sealed"}
    if not sealed:
        return open_, None
    return {**open_, "sealed": sorted(sealed)}, {**body, "sealed": sorted(sealed)}


# ------------------------------------------------------------------------------- with what was sealed opened


def opened(standing: Standing, bodies: Mapping[str, Body]) -> Market:
    """The book with sealed statements that are open here: `bodies` by id. Others of them stay out of it."""
    told = [seen for seen in standing.statements.values() if seen.statement.kind in KINDS]
    aside = set(standing.set_aside)
    flags: defaultdict[str, set[str]] = defaultdict(set)
    for flag in standing.flags:
        flags[flag.statement].add(flag.code)
    gone: dict[str, datetime] = {}
    for seen in standing.statements.values():
        said = seen.statement
        if said.kind == "StatementWithdrawn" and said.id not in aside and said.replies_to is not None:
            gone[said.replies_to] = min(seen.seen_at, gone.get(said.replies_to, seen.seen_at))
    kept = []
    for seen in told:
        said = seen.statement
        lost = said.kind == "MatchAccepted" and not flags[said.id] - _HARMLESS - _CODES
        if said.id in aside and flags[said.id] - _HARMLESS and not lost:
            continue
        body = said.body if said.body is not None else bodies.get(said.id)
        if body is None and said.replies_to is None:
            continue  # sealed whole, and not for us
        kept.append(Told(said, seen.seen_at, body or {}, gone.get(said.id)))
    return fold(kept, lambda time: time < standing.at)


_CODES = frozenset(("market.taken", "market.twice", "market.refused", "market.ended"))
"""Why an acceptance lost; the book says so itself."""


# -------------------------------------------------------------------------------------------------- answers


def match_in(market: Market, statement: str) -> MatchStanding:
    """A match that was proposed. Raises InputError ``market.unknown_match``."""
    found = market.matches.get(statement)
    if found is None:
        raise InputError("market.unknown_match", f"there is no match {statement[:12]} here")
    return found


def accept(market: Market, statement: str, by: str, note: Mapping[str, str] | None = None) -> Draft:
    """Take the offer of a match, for the body that needs.

    Raises
    ------
    InputError
        ``market.unknown_match``, ``market.not_yours``; ``market.twice``, ``market.refused``,
        ``market.ended``; ``market.taken``: another one has what was asked for, and it is promised once.
    """
    one = match_in(market, statement)
    if by != one.need_by:
        raise InputError("market.not_yours", f"it is for {one.need_by}, whose need it is, to accept")
    if one.accepted is not None:
        raise InputError("market.twice", f"the match {one.id[:12]} was accepted already")
    if one.status in ("refused", "withdrawn"):
        raise InputError("market.refused", f"the match {one.id[:12]} was refused or taken back")
    need, offer = market.rows[one.need], market.rows[one.offer]
    for row in (need, offer):
        if row.status in ("withdrawn", "expired"):
            raise InputError("market.ended", f"{label(row)} has ended")
        is_full = row.partners_max is not None and row.partners >= row.partners_max
        if is_full or row.amount - row.promised < one.amount:
            # How much is left is not said: what took it may be sealed.
            todo = "Run the matching again: it proposes what is left."
            told = f"of {label(row)} there is no longer as much as the match takes: it is promised to others"
            raise InputError("market.taken", told, todo=todo)
    if one.status == "lapsed":
        raise InputError("market.ended", f"the match {one.id[:12]} can no longer be accepted")
    body: dict[str, Any] = {"note": dict(note)} if note else {}
    if before := _before(market, one):
        body["after"] = before
    return Draft("MatchAccepted", by, one.about, one.id, body)


def _before(market: Market, one: MatchStanding) -> list[str]:
    """The last acceptance of the same need, and of the same offer."""
    found = []
    for code in (one.need, one.offer):
        held = [
            each
            for each in market.matches.values()
            if code in (each.need, each.offer) and each.accepted is not None
        ]
        last = max(held, key=lambda each: (each.accepted_at, each.accepted), default=None)
        if last is not None and last.accepted not in found:
            found.append(str(last.accepted))
    return found


def label(row: RowStanding) -> str:
    """A row in short: whose it is, and the first digits of its id."""
    return f"{row.by} #{row.id[:8]}"


def refuse(market: Market, statement: str, by: str, reason: Mapping[str, str]) -> Draft:
    """Refuse a match, for one of its two.

    Raises
    ------
    InputError
        ``market.unknown_match``, ``market.not_yours``, ``market.accepted``.
    """
    one = match_in(market, statement)
    if by not in (one.need_by, one.offer_by):
        raise InputError("market.not_yours", f"it is for {one.need_by} or {one.offer_by} to refuse")
    if one.accepted is not None:
        todo = "Tell the other side; the promise stands until it is kept or given back."
        raise InputError("market.accepted", f"the match {one.id[:12]} was accepted", todo=todo)
    return Draft("MatchRefused", by, one.about, one.id, {"reason": dict(reason)})


def receive(market: Market, statement: str, by: str, body: Body) -> Draft:
    """Say what came of a match that was accepted; `body` has the fields of ``SupplyReceived``.

    Raises
    ------
    InputError
        ``market.unknown_match``, ``market.not_yours``, ``market.not_accepted``.
    """
    one = match_in(market, statement)
    if by != one.need_by:
        raise InputError("market.not_yours", f"it is for {one.need_by}, who got it, to say what came")
    if one.accepted is None:
        raise InputError("market.not_accepted", f"nobody accepted the match {one.id[:12]}")
    return Draft("SupplyReceived", by, one.about, one.accepted, body)
