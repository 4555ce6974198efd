"""What each member gains by a joint plan, beside the points that could be proposed instead, for its page.

All of it is worked out by `riskshed.governance.plan_working` from what is on the record; where that does not
suffice, the page says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from riskshed.errors import RiskshedError
from riskshed.governance import plan_working
from riskshed.governance.bargaining import Outcome, payments
from riskshed.governance.bargaining_points import SPLITS, WORDS
from riskshed.governance.negotiation import Table
from riskshed.governance.plan_working import Lack, Weighed, Working
from riskshed.governance.standing import Standing
from riskshed.sitrep_facts import money
from riskshed.statement import Money, Statement
from riskshed.web import wording
from riskshed.web.current import node
from riskshed.web.wording import say

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Column:
    """One point: what each member has in the end and whether it loses, and how much of each element is done.

    `cells` are (member, gain, whether it loses), `done` are (element, share), `pays` who pays whom how much.
    """

    name: str
    cells: tuple[tuple[str, str, bool], ...]
    done: tuple[tuple[str, str], ...]
    pays: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Points:
    """The plan and the points beside it; or what is missing to work them out.

    Attributes
    ----------
    members : tuple of str
    columns : tuple of Column
        The plan as proposed first.
    split : str
        How the least total loss is shared out.
    differs : tuple of str
        Members of which the plan says another gain than is worked out here.
    lacks : tuple of (str, str)
        Of whom or what, and what is missing.
    file : str
        The digest of the working without its prefix; empty without one.
    """

    members: tuple[str, ...]
    columns: tuple[Column, ...]
    split: str
    differs: tuple[str, ...]
    lacks: tuple[tuple[str, str], ...]
    file: str


def working_of(said: Statement) -> Working | Lack:
    """The working of a plan on record, as this node holds it; what is missing where it does not."""
    if not said.has("file"):
        return Lack("working")
    data = node().file(said.record("file")["digest"])
    if data is None:
        return Lack("file")
    try:
        return plan_working.read(data)
    except RiskshedError:
        return Lack("unreadable")


def points(standing: Standing, seen: Table, said: Statement, named: Mapping[str, str]) -> Points:
    """The points beside a plan; `named` gives elements in words."""
    held = working_of(said)
    found = (
        Weighed((held,))
        if isinstance(held, Lack)
        else plan_working.weighed(standing, said.to_json()["body"], held)
    )
    every = [found.proposed, *found.points] if found.proposed is not None else []
    members = seen.newest.members
    return Points(
        members=members,
        columns=tuple(_column(one, found.elements, named) for one in every if one is not None),
        split=say(*SPLITS[plan_working.SPLIT]),
        differs=() if found.proposed is None else tuple(_differs(seen, found.proposed)),
        lacks=tuple(_lack(one, named) for one in found.lacks),
        file=said.record("file")["digest"].removeprefix("sha256:") if said.has("file") else "",
    )


def _column(point: Outcome, elements: Iterable[str], named: Mapping[str, str]) -> Column:
    shares = {one: float(point.shares.get(one, 0) * _PERCENT) for one in elements}
    return Column(
        name=say(*WORDS[point.name]),
        cells=tuple(
            (str(wording.name_of(body)), signed(one), one.minor < 0) for body, one in point.after.items()
        ),
        done=tuple((named.get(one, one), f"{share:.4g} %") for one, share in shares.items()),
        pays=tuple(
            f"{wording.name_of(payer)} → {wording.name_of(payee)} {money(amount)}"
            for payer, payee, amount in payments(point.transfers)
        ),
        total=signed(point.total),
    )


def _differs(seen: Table, proposed: Outcome) -> Iterable[str]:
    """Whose stated gain is another than the one that is worked out; nobody where none is stated."""
    for seat in seen.seats:
        if seat.gain is not None and seat.gain != proposed.after[seat.body]:
            yield seat.body


def _lack(one: Lack, named: Mapping[str, str]) -> tuple[str, str]:
    of = [str(wording.name_of(one.body))] if one.body else []
    of += [named.get(one.about, one.about)] if one.about else []
    return say("，", ", ").join(of), wording.words(one.words)


def signed(amount: Money) -> str:
    """An amount with its sign."""
    sign = "+" if amount.minor > 0 else "−" if amount.minor < 0 else ""
    return f"{sign}{money(Money(abs(amount.minor), amount.currency))}"
