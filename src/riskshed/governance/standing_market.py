"""Needs, offers and matches as they stand: which count, who was first, and what was promised by it.

What is flagged:

    market.amount         an amount that is not above 0, over 1e12, or no whole number of thousandths
    market.window         it ends before it begins
    market.not_own        the sealed part of another body's row
    market.no_match       a proposal of what is not on record, does not fit, or is more than there is
    market.not_matchmaker a proposal by who neither is one of the two nor runs a matching
    market.taken          an acceptance of what an earlier one has taken
    market.twice, market.refused, market.ended     an acceptance that comes too late
    market.accepted       a refusal of what was accepted before
    market.unit           a receipt in another unit

Everything of one sort, item and unit is one book (`market_book`), which is worked out again when something of
it changes. What is sealed whole is in no book here: only whoever holds what was sealed can tell who has it
(`governance.market.opened`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from riskshed.governance.market_book import (
    ENDS,
    NOTHING,
    SIDES,
    ZERO,
    Market,
    MatchStanding,
    RowStanding,
    Told,
    fits,
    fold,
    measure,
    moment,
    receipt_objection,
)
from riskshed.governance.standing_entry import Remarks, body, entry, withdrawn
from riskshed.governance.standing_view import View, remembered
from riskshed.governance.subjects import PromiseStanding, PromiseStatus, Seen
from riskshed.statement import Statement
from riskshed.statement_record import Body

MATCHMAKERS = frozenset(("government", "coordination", "office", "agency", "chamber"))
"""Kinds of bodies that may propose matches between others."""
AMOUNT_MAX = Decimal(10) ** 12
AMOUNT_STEP = Decimal("0.001")
_HARMLESS = frozenset(("withdrawn", "clock.ahead", "clock.behind", "incident.unknown"))


def group_of(said: Body) -> str:
    """Under which key a row is found: sort, item and unit, of which none has a space."""
    return f"{said['sort']} {said['item']} {said['amount']['unit']}"


# ------------------------------------------------------------------------------------- what counts at all


def row_objection(said: Body) -> tuple[str, str] | None:
    """Why a row cannot be, as code and words; None if it can."""
    amount, _ = measure(said, "amount")
    if not (ZERO < amount <= AMOUNT_MAX) or amount % AMOUNT_STEP:
        return "market.amount", f"{amount} is no amount above 0, up to 1e12, in steps of 0.001"
    if "amount_min" in said and not _is_least(*measure(said, "amount_min"), measure(said, "amount")):
        return "market.amount", "the least that is taken has to be above 0, and no more than the amount"
    begins, ends = (moment(said, name) for name in ENDS["need" if "needed_by" in said else "offer"])
    if begins is not None and ends is not None and ends <= begins:
        return "market.window", f"it ends {ends.isoformat()} and begins {begins.isoformat()}"
    return None


def _is_least(least: Decimal, unit: str, whole: tuple[Decimal, str]) -> bool:
    return unit == whole[1] and 0 < least <= whole[0] and not least % AMOUNT_STEP


def check_row(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    """A need or an offer, or the sealed part of one."""
    said = seen.statement
    if said.replies_to is not None and (target is None or target.by != said.by):
        remarks.add("market.not_own", "the row is of another body")
    if said.body is not None and (told := row_objection(said.body)):
        remarks.add(*told)


def check_proposed(view: View, seen: Seen, _: Statement | None, remarks: Remarks) -> None:
    """A proposal, of two that are on record and fit."""
    if told := _proposal_objection(view, seen.statement):
        remarks.add(*told)


def _proposal_objection(view: View, said: Statement) -> tuple[str, str] | None:
    if said.body is None:
        return None
    sides = [
        _row(view, said.body[name], kind) for name, kind in (("need", "NeedStated"), ("offer", "OfferMade"))
    ]
    need, offer = sides
    if need is None or offer is None:
        return "market.no_match", "the need or the offer is not on record here"
    if not fits(said.body, need.body, offer.body):
        return "market.no_match", "the two are not of one item and unit, or it is more than there is"
    known = body(view, said.by)
    if said.by not in (need.said.by, offer.said.by) and (known is None or known.kind not in MATCHMAKERS):
        return "market.not_matchmaker", f"{said.by} runs no matching"
    return None


def check_refused(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    """A refusal, by one of the two, before it was accepted."""
    match = None if target is None else match_of(view, target.id)
    if match is None:
        return
    if seen.statement.by not in (match.need_by, match.offer_by):
        remarks.add("reply.not_addressed", f"{seen.statement.by} is none of the two")
    elif match.accepted_at is not None and match.accepted_at <= seen.seen_at:
        remarks.add("market.accepted", "it was accepted before")


def check_accepted(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    """An acceptance: whether it was in time, and whether there is anything left to take."""
    if target is None or target.body is None or seen.statement.body is None:
        return
    match = match_of(view, target.id)
    if match is None:
        remarks.add("market.no_match", "there is no such match")
    elif code := match.lost.get(seen.statement.id):
        remarks.add(code, LOST[code])


LOST = {
    "reply.not_addressed": "it is for the body in need to accept",
    "market.twice": "it was accepted before",
    "market.refused": "one of the two refused it before",
    "market.ended": "the need, the offer or the proposal had ended",
    "market.taken": "an earlier acceptance has what is asked for: it cannot be promised twice",
}
"""Why an acceptance does not count."""


def check_received(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    """A receipt by the body in need, in the unit of the match."""
    said = seen.statement
    match = None if target is None or target.replies_to is None else match_of(view, target.replies_to)
    if match is None or said.body is None:
        return
    if said.by != match.need_by:
        remarks.add("reply.not_addressed", f"it is for {match.need_by} to say what came")
    if code := receipt_objection(said.body, match.unit):
        remarks.add(code, f"want an amount above 0 in {match.unit}, and no more unfit than came")


# ----------------------------------------------------------------------------------------------- the books


@remembered
def book(view: View, group: str) -> Market:
    """All that is open of one sort, item and unit."""
    told: dict[str, Told] = {}
    for row in view.find("item", group):
        kept = _row(view, row.statement.id, row.statement.kind)
        if kept is not None:
            told[row.statement.id] = kept
            _take(view, told, _answers(view, row.statement.id, row.statement.kind))
            _take(view, told, _proposals(view, row.statement.id))
    return fold(told.values(), view.is_over)


def _row(view: View, statement: str, kind: str) -> Told | None:
    seen = view.seen(statement)
    if seen is None or seen.statement.kind != kind or seen.statement.replies_to is not None:
        return None
    said = seen.statement
    return None if said.body is None or row_objection(said.body) else _told(view, seen)


def _proposals(view: View, row: str) -> Iterator[Told]:
    for seen in view.find("match", row):
        kept = None if _proposal_objection(view, seen.statement) else _told(view, seen)
        if kept is not None:
            yield kept
            for accepted in _answers(view, seen.statement.id, "MatchAccepted", "MatchRefused"):
                yield accepted
                yield from _answers(view, accepted.said.id, "SupplyReceived")


def _answers(view: View, statement: str, *kinds: str) -> Iterator[Told]:
    for seen in view.find("reply", statement):
        if seen.statement.kind in kinds and (kept := _told(view, seen)) is not None:
            yield kept


def _take(_: View, told: dict[str, Told], more: Iterator[Told]) -> None:
    for one in more:
        told.setdefault(one.said.id, one)


def _told(view: View, seen: Seen) -> Told | None:
    """A statement that counts, or would if it had not been taken back; a sealed part says nothing here."""
    said = seen.statement
    held = entry(view, said.id)
    if held.aside and {flag.code for flag in held.flags} - _HARMLESS:
        return None
    return Told(said, seen.seen_at, said.body or {}, _withdrawn_at(view, said))


def _withdrawn_at(view: View, said: Statement) -> datetime | None:
    if not withdrawn(view, said.id):
        return None
    own = [one.seen_at for one in view.find("withdraws", said.id) if one.statement.by == said.by]
    return min(own)


def match_of(view: View, proposal: str) -> MatchStanding | None:
    """A match by the statement that proposed it; None if that does not count, or is sealed."""
    seen = view.seen(proposal)
    if seen is None or seen.statement.kind != "MatchProposed" or seen.statement.body is None:
        return None
    need = _row(view, seen.statement.body["need"], "NeedStated")
    return None if need is None else book(view, group_of(need.body)).matches.get(proposal)


@remembered
def row(view: View, statement: str) -> RowStanding | None:
    """A need or an offer that is open; None if it does not count, or is the sealed part of another."""
    seen = view.seen(statement)
    if seen is None or seen.statement.body is None or seen.statement.kind not in SIDES:
        return None
    held = _row(view, statement, seen.statement.kind)
    found = NOTHING if held is None else book(view, group_of(held.body))
    return found.rows.get(statement)


@remembered
def match(view: View, statement: str) -> MatchStanding | None:
    """A match that was proposed."""
    return match_of(view, statement)


def promised(view: View, accepted: Seen) -> tuple[PromiseStanding, ...]:
    """What the body that offered is bound to since its offer was taken; empty where that is sealed.

    It is kept when so much of it as was promised was received in time and fit for use.
    """
    said = accepted.statement
    match = match_of(view, str(said.replies_to))
    if match is None or match.accepted != said.id:
        return ()
    done, due = match.complete_at, match.due
    if not match.is_bound:
        # Others have to take of it as well; where they do not in time nobody was bound.
        status: PromiseStatus = "released" if due is not None and view.is_over(due) else "open"
    elif done is not None:
        status = "kept" if due is None or done <= due else "late"
    else:
        status = "broken" if due is not None and view.is_over(due) else "open"
    kept = match.receipts if status == "kept" else ()
    late = match.receipts if status == "late" else ()
    at = view.said(accepted).at
    return (
        PromiseStanding(
            said.id, "", match.offer_by, said.kind, said.about, match.need_by, at, due, kept, late, status
        ),
    )
