"""Help on the record: what was asked for, what came of it, who may answer it, and what a plan makes of it.

A request stands with all that hangs below it: offers, refusals, promises, what was received. An offer stands
until it runs out or is declined; a promise counts until it is released or broken, and what was received under
it counts in any case. A refusal is no fault: it is a reason, and a plan respects it (`exclusions`) until the
body itself offers or promises help after all.

A plan says nothing by itself. `drafts` makes of it what each donor may say, one statement for each city that
it helps, with the latest hour of leaving and of arriving. Amounts are rounded down, so that nobody promises
more than the plan takes from it (to within a millionth of a unit, which is dust of the solver).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from math import ceil, isfinite
from typing import Literal

from riskshed.errors import Fault, InputFaults
from riskshed.governance.circumstances import about
from riskshed.governance.dispatch import AidPlan, Shipment
from riskshed.governance.dispatch_problem import Exclusion
from riskshed.governance.draft import Draft
from riskshed.governance.shortfall import Arrival
from riskshed.governance.standing import Standing
from riskshed.statement import Statement, decimal_text, time_text

Key = tuple[str, str]
"""Code of a good and its unit: amounts in different units are never added."""

ZERO = Decimal(0)
AMOUNT_STEP = Decimal("0.001")
"""To which the amounts of a plan are rounded down."""


@dataclass(frozen=True, slots=True)
class GoodAsked:
    """One good of a request.

    Attributes
    ----------
    item, unit : str
    asked, offered, promised, received : Decimal
        In `unit`, >= 0. What stands of the offers, what counts of the promises, what was signed for.
    """

    item: str
    unit: str
    asked: Decimal
    offered: Decimal
    promised: Decimal
    received: Decimal

    @property
    def missing(self) -> Decimal:
        """What is neither promised nor received yet."""
        return max(Decimal(0), self.asked - max(self.promised, self.received))


@dataclass(frozen=True, slots=True)
class RequestStanding:
    """A request for help and how far it is met.

    Attributes
    ----------
    said : Statement
    goods : tuple of GoodAsked
        In the order of the request.
    declined : tuple of Statement
        The refusals that stand, of the bodies that were asked.
    """

    said: Statement
    goods: tuple[GoodAsked, ...]
    declined: tuple[Statement, ...]

    @property
    def is_open(self) -> bool:
        """Whether anything of it is missing."""
        return any(one.missing > 0 for one in self.goods)


# ---------------------------------------------------------------------------------------- who may answer what


def is_asked(standing: Standing, said: Statement | None, body: str) -> bool:
    """Whether the help is asked of this body; an offer is for whoever asked to take or leave."""
    if said is None or said.body is None:
        return False
    if said.kind == "AidRequested":
        return body in said.strings("of")
    asked = standing.statements.get(said.replies_to or "")
    return said.by != body and (asked is None or asked.statement.by == body)


def may_promise(said: Statement | None, body: str) -> bool:
    """Whether this body may promise help in answer to it: who was asked, or who offered."""
    if said is None or said.body is None:
        return False
    if said.kind == "AidRequested":
        return body in said.strings("of")
    return said.by == body if said.kind == "AidOffered" else True


def is_receiver(standing: Standing, said: Statement | None, body: str) -> bool:
    """Whoever it goes to, or, where that is no body, anybody but the giver; each load is received once."""
    if said is None or said.by == body or is_answered(standing, said, "AidReceived", "AidDispatched"):
        return False
    to = str(said.body.get("to", "")) if said.body is not None else ""
    return body == to or to not in standing.bodies


def is_answered(standing: Standing, said: Statement | None, *kinds: str) -> bool:
    """Whether one of these kinds answers it already: what left is received load by load."""
    told = (seen.statement for seen in standing.statements.values())
    return said is not None and any(one.replies_to == said.id and one.kind in kinds for one in told)


# ------------------------------------------------------------------------------------------ how far it is met


def requests(standing: Standing, incident: str) -> tuple[RequestStanding, ...]:
    """The requests of an incident, the earliest first, each with what came of it."""
    return _Help(standing, incident).requests()


def open_requests(standing: Standing, incident: str) -> tuple[RequestStanding, ...]:
    """Those of which something is missing."""
    return tuple(one for one in requests(standing, incident) if one.is_open)


def arrivals(standing: Standing, incident: str) -> tuple[Arrival, ...]:
    """What came to each city, less what was unfit, and what is promised and still to come, with its time.

    What was signed for is taken off the promise under which it came. A promise that was released or broken
    brings nothing.
    """
    return tuple(_Help(standing, incident).arrivals())


def exclusions(standing: Standing, incident: str) -> tuple[Exclusion, ...]:
    """What bodies ruled out: one exclusion for each good of a request or an offer that was declined.

    Codes of bodies stand for their cities. A refusal ends when the same body offers or promises help in
    answer to the same request after it.
    """
    help_ = _Help(standing, incident)
    return tuple(one for said in help_.of_kind("AidDeclined") for one in help_.excluded(said))


class _Help:
    """The help of one incident that can be read."""

    def __init__(self, standing: Standing, incident: str) -> None:
        held = standing.incidents.get(incident)
        told = [seen.statement for seen in about(standing, held)] if held is not None else []
        readable = [one for one in told if one.kind.startswith("Aid") and one.body is not None]
        self.standing = standing
        self.said = {one.id: one for one in sorted(readable, key=lambda one: (one.issued, one.id))}

    def of_kind(self, *kinds: str) -> Iterator[Statement]:
        return (one for one in self.said.values() if one.kind in kinds)

    def above(self, said: Statement, kind: str) -> Statement | None:
        """The nearest statement of this kind that it answers, however far up; None if there is none."""
        over = self.said.get(said.replies_to or "")
        while over is not None and over.kind != kind:
            over = self.said.get(over.replies_to or "")
        return over

    def below(self, request: Statement, kind: str) -> list[Statement]:
        return [one for one in self.of_kind(kind) if self.above(one, "AidRequested") is request]

    def requests(self) -> tuple[RequestStanding, ...]:
        return tuple(self._request(one) for one in self.of_kind("AidRequested"))

    def _request(self, said: Statement) -> RequestStanding:
        offered = amounts(one for one in self.below(said, "AidOffered") if self._stands(one))
        promised = amounts(one for one in self.below(said, "AidCommitted") if self._counts(one))
        received = amounts(one for one in self.below(said, "AidReceived") if self._is_signed(one))
        goods = tuple(
            GoodAsked(*key, asked, offered[key], promised[key], received[key])
            for key, asked in amounts([said]).items()
        )
        refused = self.below(said, "AidDeclined")
        return RequestStanding(said, goods, tuple(one for one in refused if self._refuses(one, said)))

    def arrivals(self) -> Iterator[Arrival]:
        signed = [one for one in self.of_kind("AidReceived") if self._is_signed(one)]
        for one in signed:
            source = self.above(one, "AidDispatched") or self.above(one, "AidCommitted")
            if source is not None:
                unfit = amounts([one], "unfit") if one.has("unfit") else {}
                came = {key: max(amount - unfit.get(key, 0), ZERO) for key, amount in amounts([one]).items()}
                yield from _arrivals(source.string("to"), came, one.time("received_at"), one.id)
        released = {one.replies_to for one in self.of_kind("AidReleased")}
        for promise in self.of_kind("AidCommitted"):
            # A promise that was kept in part stays kept after its release; the rest does not come.
            if self._counts(promise) and promise.id not in released:
                got = amounts(one for one in signed if self.above(one, "AidCommitted") is promise)
                left = {key: amount - got[key] for key, amount in amounts([promise]).items()}
                yield from _arrivals(promise.string("to"), left, promise.time("arrives_by"), promise.id)

    def _stands(self, offer: Statement) -> bool:
        over = offer.has("valid_until") and offer.time("valid_until") < self.standing.at
        return not over and not any(one.replies_to == offer.id for one in self.of_kind("AidDeclined"))

    def _counts(self, promise: Statement) -> bool:
        held = [one for one in self.standing.promises.values() if one.id == promise.id]
        return not any(one.status in ("released", "broken") for one in held)

    def _is_signed(self, receipt: Statement) -> bool:
        """A giver cannot sign for what it gave."""
        promise = self.above(receipt, "AidCommitted")
        return promise is None or promise.by != receipt.by

    def _refuses(self, declined: Statement, request: Statement) -> bool:
        """Whether an asked body ruled itself out, and did not think better of it."""
        if declined.replies_to != request.id or declined.by not in request.strings("of"):
            return False
        order = list(self.said)
        later = [*self.below(request, "AidOffered"), *self.below(request, "AidCommitted")]
        return not any(
            one.by == declined.by and order.index(one.id) > order.index(declined.id) for one in later
        )

    def excluded(self, declined: Statement) -> Iterator[Exclusion]:
        answered = self.said.get(declined.replies_to or "")
        if answered is None:
            return
        request = answered if answered.kind == "AidRequested" else self.above(answered, "AidRequested")
        if answered is request and not self._refuses(declined, answered):
            return
        donor = declined.by if answered is request else answered.by
        receiver = request.string("to") if request is not None else declined.by
        reason = tuple(sorted((declined.body or {})["reason"].items()))
        for item in dict.fromkeys(item for item, _ in amounts([answered])):
            yield Exclusion(donor, receiver, item, declined.string("cause"), reason, declined.id)


def _arrivals(city: str, left: Mapping[Key, Decimal], at: datetime, source: str) -> Iterator[Arrival]:
    for (item, unit), amount in left.items():
        if amount > 0:
            yield Arrival(city, item, unit, amount, at, source)


def amounts(said: Iterable[Statement], part: str = "items") -> defaultdict[Key, Decimal]:
    """How much of each good these statements name in all, by good and unit."""
    found: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for statement in said:
        for one in statement.records(part):
            amount = one["amount"]
            found[one["item"], amount["unit"]] += Decimal(amount["value"])
    return found


# ------------------------------------------------------------------------------------ what a plan makes of it


def drafts(
    plan: AidPlan,
    standing: Standing,
    incident: str,
    *,
    start: datetime,
    kind: Literal["AidOffered", "AidCommitted"] = "AidCommitted",
    members: Collection[str] | None = None,
) -> tuple[Draft, ...]:
    """What each donor of a plan may say, by donor and receiver.

    Parameters
    ----------
    plan : AidPlan
        Its cities bear the codes of their bodies.
    standing : Standing
    incident : str
    start : datetime
        From which the hours of the plan count; aware.
    kind : {"AidOffered", "AidCommitted"}
    members : collection of str, optional
        Who may promise; the bodies on the record if not given.

    Raises
    ------
    InputFaults
        ``aid.plan``: an incident that nobody opened, a donor that is no member, an amount below 0.
    """
    _check(plan.shipments, standing, incident, standing.bodies if members is None else members)
    groups: dict[tuple[str, str], list[Shipment]] = defaultdict(list)
    for one in plan.shipments:
        groups[one.donor, one.receiver].append(one)
    asked = open_requests(standing, incident)
    made = []
    for donor, receiver in sorted(groups):
        loads = groups[donor, receiver]
        items = _items(loads)
        if items:
            times = _offered(loads, start) if kind == "AidOffered" else _promised(loads, start)
            body = {"items": items, **times, **({"to": receiver} if kind == "AidCommitted" else {})}
            made.append(Draft(kind, donor, incident, _request_of(asked, donor, receiver), body))
    return tuple(made)


def _check(loads: Iterable[Shipment], standing: Standing, incident: str, members: Collection[str]) -> None:
    faults = []
    if incident not in standing.incidents:
        faults.append(Fault("aid.incident", "incident", None, None, incident, "one that was opened", ""))
    for one in loads:
        where = f"{one.good} from {one.donor} to {one.receiver}"
        if one.donor not in members:
            wanted = "a body that may promise"
            faults.append(Fault("aid.outsider", where, None, None, one.donor, wanted, "Ask a member."))
        if not (isfinite(one.amount) and one.amount >= 0):
            faults.append(Fault("aid.amount", where, None, None, str(one.amount), "a number >= 0", ""))
    if faults:
        raise InputFaults("aid.plan", "nobody can promise this plan", faults)


def _items(loads: Iterable[Shipment]) -> list[Mapping[str, object]]:
    """The goods of some loads, each once, rounded down; what rounds to nothing is left out."""
    whole: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for one in loads:
        whole[one.good, one.unit] += Decimal(repr(one.amount))
    # A thousandth of a step is dust of the solver: 8 t must not become 7.999 t.
    dust = AMOUNT_STEP / 1000
    down = {key: (sent + dust).quantize(AMOUNT_STEP, ROUND_FLOOR) for key, sent in whole.items()}
    return [
        {"item": item, "amount": {"value": decimal_text(amount, 3), "unit": unit}}
        for (item, unit), amount in sorted(down.items())
        if amount > 0
    ]


def _offered(loads: Iterable[Shipment], start: datetime) -> dict[str, str]:
    loads = list(loads)
    first, last = min(one.leaves_h for one in loads), max(one.arrives_h for one in loads)
    return {"ready_at": _clock(start, first), "arrives_at": _clock(start, last)}


def _promised(loads: Iterable[Shipment], start: datetime) -> dict[str, str]:
    loads = list(loads)
    left, came = max(one.leaves_h for one in loads), max(one.arrives_h for one in loads)
    return {"leaves_by": _clock(start, left), "arrives_by": _clock(start, came)}


def _clock(start: datetime, hours: float) -> str:
    """The time so many hours after the start, to the second, never earlier."""
    return time_text(start + timedelta(seconds=ceil(round(hours * 3600.0, 3))))


def _request_of(asked: Iterable[RequestStanding], donor: str, receiver: str) -> str | None:
    """The latest open request that asked this donor for help there."""
    fits = [
        one.said for one in asked if one.said.string("to") == receiver and donor in one.said.strings("of")
    ]
    return fits[-1].id if fits else None
