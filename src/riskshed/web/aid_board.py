"""Help in an incident as a page shows it: what was asked for, what was promised, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from riskshed.governance.circumstances import about
from riskshed.governance.subjects import PromiseStanding
from riskshed.sitrep_facts import money
from riskshed.statement import Statement
from riskshed.web import wording
from riskshed.web.incident_acts import Act, Scene, open_to
from riskshed.web.statement_line import Line, line
from riskshed.web.wording import say

ANSWERS = ("AidOffered", "AidDeclined", "AidCommitted")
COURSE = ("AidDispatched", "AidReceived", "AidReleased")
STATES = {
    "kept": ("已按时兑现", "kept in time"),
    "late": ("迟到", "kept late"),
    "broken": ("逾期未兑现", "not kept in time"),
    "open": ("进行中", "under way"),
    "released": ("已解除", "released"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement that answers another one, and what this actor may do about it."""

    line: Line
    goods: str
    acts: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and what was answered.

    `state` is what it waits for; `is_late` where it was needed before now and nothing is promised.
    """

    line: Line
    goods: str
    to: str
    of: tuple[str, ...]
    needed_by: datetime | None
    state: str
    is_late: bool
    answers: tuple[Answer, ...]
    acts: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise of help, its times and its course."""

    line: Line
    goods: str
    to: str
    leaves_by: datetime | None
    arrives_by: datetime | None
    state: str
    is_broken: bool
    price: str
    course: tuple[Answer, ...]
    acts: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Board:
    """All help in an incident: the open first, each latest first."""

    asked: tuple[Asked, ...]
    promised: tuple[Promised, ...]
    unasked: tuple[Answer, ...]


def goods_words(items: Iterable[Any]) -> str:
    """Goods in one line: what, how much, in which unit."""
    shown = []
    for one in items:
        amount, named = one["amount"], one.get("name")
        called = wording.words(dict(named)) if named else one["item"]
        shown.append(f"{called} {wording.with_unit(amount['value'], amount['unit'])}")
    return say("；", "; ").join(shown)


def board(scene: Scene, acts: Iterable[Act]) -> Board:
    """The help in the incident of a scene, with what its actor may do about each part."""
    told = [seen.statement for seen in about(scene.standing, scene.incident)]
    help_ = [one for one in told if one.kind.startswith("Aid") and one.body is not None]
    replies: dict[str, list[Statement]] = {}
    for one in sorted(help_, key=lambda one: (one.issued, one.id)):
        replies.setdefault(one.replies_to or "", []).append(one)
    maker = _Maker(scene, tuple(acts), replies)
    asked = [maker.asked(one) for one in help_ if one.kind == "AidRequested"]
    promised = [maker.promised(one) for one in help_ if one.kind == "AidCommitted"]
    unasked = [
        one for one in help_ if one.replies_to is None and (one.kind == "AidOffered" or one.kind in COURSE)
    ]
    return Board(
        tuple(sorted(asked, key=lambda one: (one.line.at, one.line.id), reverse=True)),
        tuple(sorted(promised, key=lambda one: (one.line.at, one.line.id), reverse=True)),
        tuple(maker.answer(one) for one in reversed(unasked)),
    )


class _Maker:
    """Makes the rows of one board."""

    def __init__(self, scene: Scene, acts: tuple[Act, ...], replies: dict[str, list[Statement]]) -> None:
        self.scene, self.acts, self.replies = scene, acts, replies
        promises = scene.standing.promises.values()
        self.kept = {one.id: one for one in promises if one.kind == "AidCommitted"}

    def answer(self, said: Statement) -> Answer:
        goods = goods_words(said.records("items")) if "items" in (said.body or {}) else ""
        return Answer(line(said, self.scene.standing), goods, open_to(self.scene, said, self.acts))

    def below(self, said: Statement) -> list[Statement]:
        """What answers it, and what answers that, in the order of time."""
        found = []
        for one in self.replies.get(said.id, []):
            found += [one, *self.below(one)]
        return sorted(found, key=lambda one: (one.issued, one.id))

    def asked(self, said: Statement) -> Asked:
        answers = [one for one in self.below(said) if one.kind in ANSWERS]
        promised = any(one.kind == "AidCommitted" for one in answers)
        needed = said.time("needed_by") if said.has("needed_by") else None
        late = not promised and needed is not None and needed < self.scene.standing.at
        return Asked(
            line=line(said, self.scene.standing),
            goods=goods_words(said.records("items")),
            to=said.string("to"),
            of=said.strings("of"),
            needed_by=needed,
            state=_asked_state(said, answers, promised=promised, late=late),
            is_late=late,
            answers=tuple(
                replace(self.answer(one), acts=()) if one.kind == "AidCommitted" else self.answer(one)
                for one in answers
            ),
            acts=open_to(self.scene, said, self.acts),
        )

    def promised(self, said: Statement) -> Promised:
        held: PromiseStanding | None = self.kept.get(said.id)
        course = [one for one in self.below(said) if one.kind in COURSE]
        price = said.money("price") if said.has("price") else None
        status = held.status if held is not None else "open"
        return Promised(
            line=line(said, self.scene.standing),
            goods=goods_words(said.records("items")),
            to=said.string("to"),
            leaves_by=said.time("leaves_by"),
            arrives_by=said.time("arrives_by"),
            state=_promise_state(status, course),
            is_broken=status in ("broken", "late"),
            price=money(price) if price is not None else "",
            course=tuple(self.answer(one) for one in course),
            acts=open_to(self.scene, said, self.acts),
        )


def _promise_state(status: str, course: list[Statement]) -> str:
    """What became of it; a load that has left in time has not come yet."""
    if status == "kept" and not any(one.kind == "AidReceived" for one in course):
        return say("已按时发运，未到", "left in time, not there yet")
    return say(*STATES[status])


def _asked_state(said: Statement, answers: list[Statement], *, promised: bool, late: bool) -> str:
    if promised:
        return say("已有承诺", "promised")
    declined = {one.by for one in answers if one.kind == "AidDeclined"}
    if declined >= set(said.strings("of")):
        return say("全部婉拒", "all declined")
    if late:
        return say("逾期无承诺", "overdue, nothing promised")
    if any(one.kind == "AidOffered" for one in answers):
        return say("有意向，待承诺", "offered, not promised")
    return say("待答复", "waits for an answer")
