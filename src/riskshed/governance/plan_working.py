"""The working of a joint plan: what each element of it is worth to each member, so that gains can be checked.

A plan says what is done, who helps and who pays. Whether it is better than no agreement depends on what each
of its **elements** (a treatment, or help from one to another) is worth to each member. That stands in a file
of one byte form, whose digest stands in the plan (`file`): whole minor units, by element, member and goal,
less than 0 where it is harm. What a treatment costs stands in the plan itself and falls on its owner. Goals
are weighed by what each member declared (``GoalsDeclared``, `riskshed.governance.bargaining`).

`weighed` makes a bargain of it, over no agreement, and looks for the points worth proposing beside the plan.
It does so only where the record suffices. A member of whom nobody has said what an element is worth to it is
not a member to whom it is worth nothing: everything that is missing is named, and nothing is worked out. An
element may be carried out in part; what half of it is worth is half of what it is worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from riskshed.canonical import encode_plain, read_strict, refuse_other_form
from riskshed.errors import InputError
from riskshed.governance.bargaining import MONEY_GOAL, Bargain, Outcome, bargain, outcome, weighed_minor
from riskshed.governance.bargaining_points import Split, suggestions
from riskshed.governance.negotiation import goals
from riskshed.governance.standing import Standing
from riskshed.statement import digest_text

FORMAT = "riskshed-plan-working-1"
MEDIA_TYPE = "application/json"
EXACT_MAX = 2**53 - 1
SPLIT: Split = "made_whole"
"""How the least total loss is shared out: who would lose is paid for it in full by those who gain."""

Weights = Mapping[str, Decimal]
Record = Mapping[str, Any]

LACKS: Mapping[str, tuple[str, str]] = {
    "working": ("方案未附测算", "the plan has no working"),
    "file": ("本节点没有这份测算文件", "the file with the working is not at this node"),
    "unreadable": ("测算文件无法读取", "the file with the working cannot be read"),
    "worth": ("没有人说明该项对其值多少", "nobody has said what it is worth to this member"),
    "goals": ("尚未声明目标权重", "it has not declared its goal weights"),
    "weights": (
        "声明的目标权重之和不为 1，或货币没有权重",
        "its weights do not add up to 1, or money has none",
    ),
    "too_large": ("数额过大，无法精确计算", "the amount is too large to be exact"),
    "goal": ("没有为该目标声明权重", "it has declared no weight of this goal"),
    "element": ("方案中没有该项", "the plan has no such element"),
    "outside": ("不是方案的成员", "it is no member of the plan"),
    "currency": ("币种不同", "it is in another currency"),
    "repeated": ("同一项写了两次", "the plan has two elements of this name"),
}
"""What may keep the gains from being worked out, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What one whole element is worth to one member in one goal, in minor units; less than 0 is harm."""

    element: str
    body: str
    goal: str
    minor: int


@dataclass(frozen=True, slots=True)
class Working:
    """All of them, in one currency."""

    currency: str
    worth: tuple[Worth, ...]

    def to_bytes(self) -> bytes:
        """The file, in its one byte form."""
        rows = [
            {"element": one.element, "body": one.body, "goal": one.goal, "minor": one.minor}
            for one in sorted(self.worth, key=_place)
        ]
        return encode_plain({"format": FORMAT, "currency": self.currency, "worth": rows})

    def file(self) -> dict[str, Any]:
        """How a plan names it."""
        data = self.to_bytes()
        return {"digest": digest_text(data), "size_bytes": len(data), "media_type": MEDIA_TYPE}


@dataclass(frozen=True, slots=True)
class Lack:
    """Something without which the gains cannot be worked out: what, of which member, about which element.

    `what` is a key of `LACKS`; `about` is an element, a goal or a currency; both others may be empty.
    """

    what: str
    body: str = ""
    about: str = ""

    @property
    def words(self) -> dict[str, str]:
        """What is missing, in Chinese and English."""
        zh, en = LACKS[self.what]
        return {"zh": zh, "en": en}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A plan against no agreement, and the points that are worth proposing instead.

    Attributes
    ----------
    lacks : tuple of Lack
        What is missing; with any of them nothing else is given.
    elements : tuple of str
    proposed : Outcome or None
        The plan as it stands: every element whole, and the payments that it names.
    points : tuple of Outcome
        As of `bargaining_points.suggestions`, with the split `SPLIT`.
    """

    lacks: tuple[Lack, ...]
    elements: tuple[str, ...] = ()
    proposed: Outcome | None = None
    points: tuple[Outcome, ...] = ()


def _place(one: Worth) -> tuple[str, str, str]:
    return (one.element, one.body, one.goal)


def read(data: bytes) -> Working:
    """Read a working, and check what can be checked of it alone.

    Raises
    ------
    StatementError
        If it is not JSON in the one form.
    InputError
        ``negotiation.bad_working`` if it is of another format, something is missing, of another type, too
        large to be exact, or said twice.
    """
    value = read_strict(data, "working")
    if encode_plain(value) != data:
        refuse_other_form(data, "working")
    try:
        if value["format"] != FORMAT or set(value) != {"format", "currency", "worth"}:
            raise ValueError("another format")
        made = Working(_text(value["currency"]), tuple(_worth(row) for row in value["worth"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(str(error)[:200]) from None
    places = [_place(one) for one in made.worth]
    if places != sorted(set(places)):
        raise _bad("rows are to stand by element, member and goal, each once")
    return made


def _bad(told: str) -> InputError:
    todo = "Hand in the file that the page of plans makes."
    return InputError("negotiation.bad_working", f"this is no working of a plan: {told}", todo=todo)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{str(value)[:60]!r} is no text")
    return value


def _worth(row: Any) -> Worth:
    if set(row) != {"element", "body", "goal", "minor"} or type(row["minor"]) is not int:
        raise TypeError(f"{str(row)[:60]} is no worth in whole minor units")
    if abs(row["minor"]) > EXACT_MAX:
        raise ValueError("an amount over 2^53 - 1")
    return Worth(_text(row["element"]), _text(row["body"]), _text(row["goal"]), row["minor"])


def elements(plan: Record) -> tuple[str, ...]:
    """The elements of the body of a plan: treatments by their code, help as ``item:from:to``."""
    return (
        *(row["task"] for row in plan.get("treatments", ())),
        *(f"{row['item']}:{row['from']}:{row['to']}" for row in plan.get("dispatches", ())),
    )


def weighed(standing: Standing, plan: Record, working: Working | None) -> Weighed:
    """What each member gains by a plan over no agreement, and the points beside it.

    Parameters
    ----------
    standing : Standing
        Gives the goal weights that each member declared last.
    plan : mapping
        The body of a ``PlanProposed`` or ``PlanAmended``.
    working : Working or None
        Its file; None if it has none.
    """
    if working is None:
        return Weighed((Lack("working"),))
    declared = {body: goals(standing, body) for body in plan["members"]}
    if lacks := tuple(dict.fromkeys(_lacks(plan, working, declared))):
        return Weighed(lacks)
    gains = _gains(working, plan["members"], elements(plan), declared)
    if large := tuple(Lack("too_large", *place) for place, one in gains.items() if abs(one) > EXACT_MAX):
        return Weighed(large)
    held = _bargain(plan, working.currency, gains)
    paid = dict.fromkeys(held.cities, 0)
    for row in plan.get("transfers", ()):
        paid[row["payer"]] -= row["amount"]["minor"]
        paid[row["payee"]] += row["amount"]["minor"]
    proposed = outcome(held, "proposed", dict(zip(held.elements, held.most, strict=True)), paid)
    return Weighed((), held.elements, proposed, suggestions(held, SPLIT))


def _lacks(plan: Record, working: Working, declared: Mapping[str, Weights | None]) -> Iterator[Lack]:
    known, members = elements(plan), plan["members"]
    yield from (Lack("repeated", about=one) for one in known if known.count(one) > 1)
    for one in working.worth:
        if one.element not in known:
            yield Lack("element", about=one.element)
        elif one.body not in members:
            yield Lack("outside", one.body, one.element)
    yield from (Lack("outside", body) for body in _named(plan) if body not in members)
    yield from (Lack("currency", about=one) for one in _currencies(plan) if one != working.currency)
    said = {(one.element, one.body) for one in working.worth}
    for body in members:
        weights = declared[body]
        asked = {one.goal for one in working.worth if one.body == body} - {MONEY_GOAL}
        if asked and weights is None:
            yield Lack("goals", body)
        elif weights is not None and (sum(weights.values()) != 1 or not weights.get(MONEY_GOAL)):
            yield Lack("weights", body)
        elif weights is not None:
            yield from (Lack("goal", body, one) for one in sorted(asked) if one not in weights)
        yield from (Lack("worth", body, one) for one in known if (one, body) not in said)
    if not known:
        yield Lack("working")


def _named(plan: Record) -> Iterable[str]:
    yield from (row["owner"] for row in plan.get("treatments", ()) if "money" in row)
    yield from (row[side] for row in plan.get("transfers", ()) for side in ("payer", "payee"))


def _currencies(plan: Record) -> Iterable[str]:
    yield from (row["money"]["currency"] for row in plan.get("treatments", ()) if "money" in row)
    yield from (row["amount"]["currency"] for row in plan.get("transfers", ()))


def _gains(
    working: Working, members: Iterable[str], known: Iterable[str], declared: Mapping[str, Weights | None]
) -> dict[tuple[str, str], int]:
    """By member and element, in money; a member that is said to gain money alone needs no weights for it."""
    values: dict[tuple[str, str], dict[str, int]] = {}
    for one in working.worth:
        values.setdefault((one.body, one.element), {})[one.goal] = one.minor
    only_money = {MONEY_GOAL: Decimal(1)}
    return {
        (body, one): weighed_minor(values[body, one], declared[body] or only_money)
        for one in known
        for body in members
    }


def _bargain(plan: Record, currency: str, gains: Mapping[tuple[str, str], int]) -> Bargain:
    """What is on the table, with the costs that the plan names."""
    members, known = tuple(plan["members"]), elements(plan)
    gain = np.array([[gains[body, one] for one in known] for body in members], dtype=np.int64)
    cost = np.zeros_like(gain)
    for row in plan.get("treatments", ()):
        if "money" in row:
            cost[members.index(row["owner"]), known.index(row["task"])] += row["money"]["minor"]
    return bargain(members, known, gain, cost, currency=currency)
