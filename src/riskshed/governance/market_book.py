"""Who has what of whom: the book of needs, offers and matches, folded from what was said of them.

Matches are accepted one by one, and each takes its amount out of the need and out of the offer. Where two ask
for more than there is, the earlier one has it and the later one is **taken**: it does not count, and stays on
record with the reason. Which is earlier is a matter of sight, not of claim, so that nobody gains by dating
back. Times on the record are whole seconds, so an acceptance also names those that its body knew to stand
before it (`after`): what is named comes first. Of two that did not know of each other and were seen in one
second the one with the smaller id has it, which is nobody's choice, and the same on every machine.

An acceptance that lost stays lost, whatever becomes free later: nobody is bound by surprise. What was taken
back before an acceptance was seen takes nothing from it. On equal times an acceptance stands against a
refusal or a withdrawal; whoever keeps the record refuses what he knows to be too late.

`fold` is a function of a set: no order, no clock. Whether a time has passed it asks of whoever calls it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from riskshed.statement import Statement
from riskshed.statement_record import Body

Side = Literal["need", "offer"]
RowStatus = Literal["open", "promised", "received", "withdrawn", "expired"]
MatchStatus = Literal["proposed", "accepted", "received", "refused", "lapsed", "withdrawn"]
Group = tuple[str, str, str]

SIDES: Mapping[str, Side] = {"NeedStated": "need", "OfferMade": "offer"}
ENDS: Mapping[Side, tuple[str, str]] = {"need": ("opens_at", "needed_by"), "offer": ("ready_at", "until")}
"""The fields in which the window of a row stands."""
KINDS = (*SIDES, "MatchProposed", "MatchRefused", "MatchAccepted", "SupplyReceived")
ZERO = Decimal(0)


class Told(NamedTuple):
    """A statement that stands, or stood until it was withdrawn; `body` may have been opened."""

    said: Statement
    seen_at: datetime
    body: Body
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True)
class RowStanding:
    """A need or an offer.

    Attributes
    ----------
    id, by : str
    side : {"need", "offer"}
    sort, item, unit : str
    amount, promised, received : Decimal
        In `unit`, >= 0: in all, what counts of the matches accepted, and what came of that.
    name : mapping of str to str or None
    city, about : str or None
    begins, ends : datetime or None
        From when, and by when it is needed, or until when it stands; None is unknown (or sealed).
    whole : bool
    least : Decimal or None
        Of an offer: so much has to be taken in all; until then nobody is bound.
    partners_max : int or None
    sealed : tuple of str
        What of it is sealed; ("all",) where the whole row is.
    conditions : str or None
        The sealed statement that holds what is sealed.
    is_known : bool
        Whether what is sealed of it is open here.
    seen_at : datetime
    withdrawn : datetime or None
    partners : int
        How many matches of it were accepted.
    status : RowStatus
    body : Body
        Its fields, as far as they are open here.
    """

    id: str
    by: str
    side: Side
    sort: str
    item: str
    unit: str
    amount: Decimal
    promised: Decimal
    received: Decimal
    name: Mapping[str, str] | None
    city: str | None
    about: str | None
    begins: datetime | None
    ends: datetime | None
    whole: bool
    least: Decimal | None
    partners_max: int | None
    sealed: tuple[str, ...]
    conditions: str | None
    is_known: bool
    seen_at: datetime
    withdrawn: datetime | None
    partners: int
    status: RowStatus
    body: Body = field(repr=False)

    @property
    def group(self) -> Group:
        """What it can be matched with."""
        return self.sort, self.item, self.unit

    @property
    def left(self) -> Decimal:
        """What is neither promised nor given out."""
        return self.amount - self.promised if self.status == "open" else ZERO


@dataclass(frozen=True, slots=True)
class MatchStanding:
    """A match that was proposed, and what came of it.

    `due` is by when it has to be there: as the proposal says, else by when it is needed. `accepted` is the
    acceptance that counts, `lost` those that do not, each with a code of `governance.market`; `receipts` are
    the statements by which it came. `received` is in the unit of the two, without what was unfit; and
    `complete_at` is when what came was enough. `is_bound` once it is accepted, and so much is taken of the
    offer as has to be in all.
    """

    id: str
    by: str
    need: str
    offer: str
    need_by: str
    offer_by: str
    amount: Decimal
    unit: str
    due: datetime | None
    answer_by: datetime | None
    reason: Mapping[str, str]
    second: str | None
    about: str | None
    seen_at: datetime
    accepted: str | None
    accepted_at: datetime | None
    lost: Mapping[str, str]
    refused: str | None
    refused_by: str | None
    receipts: tuple[str, ...]
    received: Decimal
    complete_at: datetime | None
    status: MatchStatus
    is_bound: bool
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class Market:
    """All rows and matches, by id, in the order of their ids."""

    rows: Mapping[str, RowStanding]
    matches: Mapping[str, MatchStanding]


NOTHING = Market({}, {})


def fold(told: Iterable[Told], is_over: Callable[[datetime], bool]) -> Market:
    """The book of these statements; those that answer what is not among them say nothing."""
    return _Book({one.said.id: one for one in told}, is_over).market()


def measure(body: Body, name: str) -> tuple[Decimal, str]:
    """An amount and its unit."""
    return Decimal(body[name]["value"]), str(body[name]["unit"])


def moment(body: Body, name: str) -> datetime | None:
    """A time of a body; None if it does not say it."""
    return datetime.fromisoformat(body[name]) if name in body else None


class _Take(NamedTuple):
    """An acceptance that counts, and what it takes."""

    at: datetime
    amount: Decimal
    freed: datetime | None


class _Book:
    """The statements while they are put together."""

    def __init__(self, told: Mapping[str, Told], is_over: Callable[[datetime], bool]) -> None:
        self.told, self.is_over = told, is_over
        self.answers: defaultdict[str, list[Told]] = defaultdict(list)
        for one in sorted(told.values(), key=lambda one: (one.seen_at, one.said.id)):
            if one.said.replies_to is not None:
                self.answers[one.said.replies_to].append(one)
        self.rows = {code: one for code, one in told.items() if self._is_row(one)}
        self.proposals = {code: one for code, one in told.items() if self._is_proposal(one)}
        self.takes: defaultdict[str, list[_Take]] = defaultdict(list)
        self.accepted: dict[str, Told] = {}
        self.lost: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def _is_row(self, one: Told) -> bool:
        """Whether it is a row of its own, and no sealed part of one."""
        return one.said.kind in SIDES and one.said.replies_to is None

    def _is_proposal(self, one: Told) -> bool:
        if one.said.kind != "MatchProposed":
            return False
        need, offer = self.rows.get(one.body["need"]), self.rows.get(one.body["offer"])
        return need is not None and offer is not None and fits(one.body, need.body, offer.body)

    # ------------------------------------------------------------------------------------- who was first

    def market(self) -> Market:
        for one in self._in_order():
            proposal = self.proposals[str(one.said.replies_to)]
            code = self._objection(one, proposal)
            if code:
                self.lost[proposal.said.id][one.said.id] = code
            else:
                self._take(one, proposal)
        matches = {code: self._match(self.proposals[code]) for code in sorted(self.proposals)}
        came: defaultdict[str, list[MatchStanding]] = defaultdict(list)
        for match in matches.values():
            if match.accepted is not None:
                came[match.need].append(match)
                came[match.offer].append(match)
        rows = {code: self._row(self.rows[code], came[code]) for code in sorted(self.rows)}
        return Market(rows, matches)

    def _in_order(self) -> list[Told]:
        """The acceptances, the earliest first: by sight, then what was named before what names it."""
        told = {
            one.said.id: one
            for code in self.proposals
            for one in self.answers[code]
            if one.said.kind == "MatchAccepted"
        }
        places: dict[str, tuple[datetime, int]] = {}
        for code in told:
            path = [code]
            while path:
                here = told[path[-1]]
                waits = [one for one in here.body.get("after", ()) if one in told and one not in places]
                if waits:
                    path.extend(waits)
                    continue
                before = [places[one] for one in here.body.get("after", ()) if one in told]
                at = max([here.seen_at, *(time for time, _ in before)])
                depth = max([step + 1 for time, step in before if time == at], default=0)
                places[path.pop()] = at, depth
        return sorted(told.values(), key=lambda one: (*places[one.said.id], one.said.id))

    def _objection(self, one: Told, proposal: Told) -> str:
        """Why an acceptance does not count; empty if it does."""
        need, offer = self.rows[proposal.body["need"]], self.rows[proposal.body["offer"]]
        if one.said.by != need.said.by:
            return "reply.not_addressed"
        if proposal.said.id in self.accepted and not _is_before(
            self.accepted[proposal.said.id].withdrawn, one.seen_at
        ):
            return "market.twice"
        refusal = self._refusal(proposal)
        if refusal is not None and refusal.seen_at < one.seen_at:
            return "market.refused"
        ends = (*self._ends(proposal), self._window(need)[1], self._window(offer)[1])
        if any(_is_before(end, one.seen_at) for end in ends):
            return "market.ended"
        amount = measure(proposal.body, "amount")[0]
        if not (self._has_room(need, amount, one.seen_at) and self._has_room(offer, amount, one.seen_at)):
            return "market.taken"
        return ""

    def _ends(self, proposal: Told) -> tuple[datetime | None, ...]:
        named = (proposal, self.rows[proposal.body["need"]], self.rows[proposal.body["offer"]])
        return moment(proposal.body, "answer_by"), *(one.withdrawn for one in named)

    def _has_room(self, row: Told, amount: Decimal, at: datetime) -> bool:
        held = [one for one in self.takes[row.said.id] if not _is_before(one.freed, at, or_at=True)]
        most = row.body.get("partners_max")
        if most is not None and len(held) >= most:
            return False
        return sum((one.amount for one in held), amount) <= measure(row.body, "amount")[0]

    def _take(self, one: Told, proposal: Told) -> None:
        self.accepted[proposal.said.id] = one
        take = _Take(one.seen_at, measure(proposal.body, "amount")[0], one.withdrawn)
        self.takes[proposal.body["need"]].append(take)
        self.takes[proposal.body["offer"]].append(take)

    def _refusal(self, proposal: Told) -> Told | None:
        """The first refusal by one of the two."""
        sides = {self.rows[proposal.body[name]].said.by for name in ("need", "offer")}
        told = (one for one in self.answers[proposal.said.id] if one.said.kind == "MatchRefused")
        return next((one for one in told if one.said.by in sides and one.withdrawn is None), None)

    # -------------------------------------------------------------------------------- how each one stands

    def _conditions(self, row: Told) -> Told | None:
        """The sealed part of a row, the last one of its own body."""
        own = [one for one in self.answers[row.said.id] if one.said.kind == row.said.kind]
        return next((one for one in reversed(own) if one.said.by == row.said.by), None)

    def _window(self, row: Told) -> tuple[datetime | None, datetime | None]:
        begins, ends = ENDS[SIDES[row.said.kind]]
        held = self._conditions(row)
        body = {**(held.body if held is not None else {}), **row.body}
        return moment(body, begins), moment(body, ends)

    def _row(self, row: Told, came: Sequence[MatchStanding]) -> RowStanding:
        body, held = row.body, self._conditions(row)
        amount, unit = measure(body, "amount")
        promised = sum((one.amount for one in came), ZERO)
        received = sum((min(one.received, one.amount) for one in came), ZERO)
        begins, ends = self._window(row)
        whole_sealed = row.said.body is None
        return RowStanding(
            id=row.said.id,
            by=row.said.by,
            side=SIDES[row.said.kind],
            sort=body["sort"],
            item=body["item"],
            unit=unit,
            amount=amount,
            promised=promised,
            received=received,
            name=body.get("name"),
            city=body.get("city"),
            about=row.said.about,
            begins=begins,
            ends=ends,
            whole=bool(body.get("whole")),
            least=_least(row),
            partners_max=body.get("partners_max"),
            sealed=("all",) if whole_sealed else tuple(body.get("sealed", ())),
            conditions=None if held is None else held.said.id,
            is_known=whole_sealed or not body.get("sealed") or (held is not None and bool(held.body)),
            seen_at=row.seen_at,
            withdrawn=row.withdrawn,
            partners=len(came),
            status=self._row_status(row, amount, promised, received),
            body={**body, **(held.body if held is not None else {})},
        )

    def _row_status(self, row: Told, amount: Decimal, promised: Decimal, received: Decimal) -> RowStatus:
        if received >= amount:
            return "received"
        if row.withdrawn is not None:
            return "withdrawn"
        if promised >= amount:
            return "promised"
        ends = self._window(row)[1]
        return "expired" if ends is not None and self.is_over(ends) else "open"

    def _match(self, one: Told) -> MatchStanding:
        body, need, offer = one.body, self.rows[one.body["need"]], self.rows[one.body["offer"]]
        amount, unit = measure(body, "amount")
        accepted, refusal = self.accepted.get(one.said.id), self._refusal(one)
        if accepted is not None and accepted.withdrawn is not None:
            accepted = None
        receipts = () if accepted is None else self._receipts(accepted, need, unit)
        received, complete = _came(receipts, amount)
        return MatchStanding(
            id=one.said.id,
            by=one.said.by,
            need=need.said.id,
            offer=offer.said.id,
            need_by=need.said.by,
            offer_by=offer.said.by,
            amount=amount,
            unit=unit,
            due=moment(body, "arrives_by") or self._window(need)[1],
            answer_by=moment(body, "answer_by"),
            reason=body["reason"],
            second=body.get("second"),
            about=one.said.about,
            seen_at=one.seen_at,
            accepted=None if accepted is None else accepted.said.id,
            accepted_at=None if accepted is None else accepted.seen_at,
            lost=dict(sorted(self.lost[one.said.id].items())),
            refused=None if refusal is None else refusal.said.id,
            refused_by=None if refusal is None else refusal.said.by,
            receipts=tuple(each.said.id for each in receipts),
            received=received,
            complete_at=complete,
            status=self._match_status(one, accepted, complete is not None, refusal),
            is_bound=accepted is not None and self._is_filled(offer),
            is_sealed=one.said.body is None,
        )

    def _is_filled(self, offer: Told) -> bool:
        """Whether as much is taken of an offer as has to be in all."""
        held = (one.amount for one in self.takes[offer.said.id] if one.freed is None)
        return sum(held, ZERO) >= (_least(offer) or ZERO)

    def _receipts(self, accepted: Told, need: Told, unit: str) -> tuple[Told, ...]:
        told = (one for one in self.answers[accepted.said.id] if one.said.kind == "SupplyReceived")
        own = (one for one in told if one.said.by == need.said.by and one.withdrawn is None)
        good = (one for one in own if not receipt_objection(one.body, unit))
        return tuple(sorted(good, key=lambda one: (moment(one.body, "received_at") or FAR, one.said.id)))

    def _match_status(
        self, one: Told, accepted: Told | None, is_complete: bool, refusal: Told | None
    ) -> MatchStatus:
        if accepted is not None:
            return "received" if is_complete else "accepted"
        if refusal is not None:
            return "refused"
        if one.withdrawn is not None:
            return "withdrawn"
        need, offer = self.rows[one.body["need"]], self.rows[one.body["offer"]]
        ends = (moment(one.body, "answer_by"), self._window(need)[1], self._window(offer)[1])
        over = any(end is not None and self.is_over(end) for end in ends)
        gone = need.withdrawn is not None or offer.withdrawn is not None
        amount = measure(one.body, "amount")[0]
        room = all(self._has_room(row, amount, FAR) for row in (need, offer))
        return "lapsed" if over or gone or not room else "proposed"


FAR = datetime.max.replace(tzinfo=datetime.fromisoformat("2000-01-01T00:00:00+00:00").tzinfo)


def _least(row: Told) -> Decimal | None:
    return measure(row.body, "amount_min")[0] if "amount_min" in row.body else None


def _is_before(end: datetime | None, at: datetime, *, or_at: bool = False) -> bool:
    return end is not None and (end <= at if or_at else end < at)


def _came(receipts: Sequence[Told], amount: Decimal) -> tuple[Decimal, datetime | None]:
    """How much came, and when it was enough."""
    came, complete = ZERO, None
    for one in receipts:
        unfit = measure(one.body, "unfit")[0] if "unfit" in one.body else ZERO
        came += max(measure(one.body, "amount")[0] - unfit, ZERO)
        if complete is None and came >= amount:
            complete = moment(one.body, "received_at")
    return came, complete


def receipt_objection(body: Body, unit: str) -> str:
    """Why a receipt cannot be, as a code; empty if it can."""
    amount, own = measure(body, "amount")
    unfit, other = measure(body, "unfit") if "unfit" in body else (ZERO, own)
    if {own, other} != {unit}:
        return "market.unit"
    return "" if amount > 0 and ZERO <= unfit <= amount else "market.amount"


def fits(proposal: Body, need: Body, offer: Body) -> bool:
    """Whether a proposal can be of these two: of one sort, item and unit, no more than either has, whole
    lots whole."""
    amount, unit = measure(proposal, "amount")
    wanted, given = measure(need, "amount"), measure(offer, "amount")
    same = (need["sort"], need["item"], wanted[1]) == (offer["sort"], offer["item"], given[1])
    if not (same and unit == given[1] and ZERO < amount <= min(wanted[0], given[0])):
        return False
    return not (offer.get("whole") and amount != given[0])
