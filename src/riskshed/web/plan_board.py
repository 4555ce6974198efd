"""Joint plans of an incident as a page shows them: what each says, who answered, what changed, who gains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskshed.governance import negotiation
from riskshed.governance.negotiation import Change, Seat, Table, Version
from riskshed.governance.subjects import JointPlanStanding
from riskshed.sitrep_facts import money
from riskshed.statement import Money, Statement
from riskshed.statement_record import Body
from riskshed.web import plan_acts, plan_points, wording
from riskshed.web.forms_rows import plain
from riskshed.web.incident_acts import Act, Scene, open_to
from riskshed.web.plan_points import Points
from riskshed.web.statement_line import Line, line
from riskshed.web.wording import say

KINDS = ("treatments", "dispatches", "transfers")


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a plan: in words, and whether it is new, changed or gone against the text before."""

    words: str
    due: datetime | None
    change: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """The answer of a member, with its statement if it has answered; its gain if the plan names one.

    `loses` where the plan itself says that it loses; `goals` are the weights that it declared, in words.
    """

    body: str
    word: str
    state: str
    line: Line | None
    gain: str
    loses: bool
    goals: str


@dataclass(frozen=True, slots=True)
class Text:
    """A joint plan as it was laid before its members.

    `parts` are rows by kind, `lost` those that the text before had and this one has not; `points` stand
    beside the last text alone.
    """

    plan: JointPlanStanding
    line: Line
    status: str
    summary: str
    change: str
    parts: Mapping[str, tuple[Part, ...]]
    lost: tuple[Part, ...]
    votes: tuple[Vote, ...]
    points: Points | None
    acts: tuple[dict[str, str], ...]

    @property
    def is_last(self) -> bool:
        """Whether nothing has taken its place."""
        return self.plan.superseded_by is None


def board(scene: Scene, acts: Iterable[Act]) -> tuple[Text, ...]:
    """The joint plans of an incident, the latest text of each first, then those before it."""
    codes = {scene.incident.code, *scene.incident.same_as}
    plans = [one for one in scene.standing.joint_plans.values() if one.about in codes]
    chosen = tuple(acts)
    made = [_text(scene, one, chosen) for one in plans]
    return tuple(sorted(made, key=lambda one: (not one.is_last, -one.plan.at.timestamp(), one.plan.id)))


def _text(scene: Scene, plan: JointPlanStanding, acts: tuple[Act, ...]) -> Text:
    said = scene.standing.statements[plan.id].statement
    seen = negotiation.table(scene.standing, plan.id)
    version = next(one for one in seen.versions if one.standing.id == plan.id)
    rows = {name: negotiation.by_key(said, name) for name in KINDS}
    return Text(
        plan=plan,
        line=line(said, scene.standing),
        status=plan_acts.status_words(plan),
        summary=wording.words(said.words("summary")) if said.has("summary") else "",
        change=wording.words(version.words) if version.words else "",
        parts={name: _parts(name, of, version, seen) for name, of in rows.items()},
        lost=tuple(_lost(version)),
        votes=tuple(_vote(scene, seat) for seat in negotiation.seats(scene.standing, plan.id)),
        points=_points(scene, seen, said, rows) if plan.superseded_by is None else None,
        acts=open_to(scene, said, acts),
    )


def _points(scene: Scene, seen: Table, said: Statement, rows: Mapping[str, Mapping[str, Body]]) -> Points:
    named = {row["task"]: wording.words(dict(row["what"])) for row in rows["treatments"].values()}
    for row in rows["dispatches"].values():
        named[f"{row['item']}:{row['from']}:{row['to']}"] = _words("dispatches", row)
    return plan_points.points(scene.standing, seen, said, named)


def _parts(name: str, rows: Mapping[str, Body], version: Version, seen: Table) -> tuple[Part, ...]:
    changes = {one.key: one for one in version.changes if one.part == name}
    is_first = version is seen.versions[0]
    return tuple(
        _part(name, row, "" if is_first or key not in changes else _changed(name, changes[key]))
        for key, row in rows.items()
    )


def _changed(name: str, change: Change) -> str:
    if not isinstance(change.before, Mapping):
        return say("新增", "new")
    return say("原为：", "was: ") + _words(name, change.before)


def _lost(version: Version) -> Iterable[Part]:
    gone = say("已删去", "left out")
    for one in version.changes:
        if one.part in KINDS and one.after is None and isinstance(one.before, Mapping):
            yield _part(one.part, one.before, gone)


def _part(name: str, row: Body, change: str) -> Part:
    due = row.get("due") or row.get("arrives_by")
    return Part(_words(name, row), datetime.fromisoformat(due) if due else None, change)


def _words(name: str, row: Body) -> str:
    """A row in one line."""
    if name == "treatments":
        cost = f"{say('，', ', ')}{_sum(row['money'])}" if "money" in row else ""
        return f"{wording.name_of(row['owner'])}{say('：', ': ')}{wording.words(dict(row['what']))}{cost}"
    if name == "dispatches":
        amount = row["amount"]
        places = f"{wording.name_of(row['from'])} → {wording.name_of(row['to'])}"
        return f"{row['item']} {wording.with_unit(amount['value'], amount['unit'])}{say('，', ', ')}{places}"
    return f"{wording.name_of(row['payer'])} → {wording.name_of(row['payee'])} {_sum(row['amount'])}"


def _sum(amount: Mapping[str, Any]) -> str:
    return money(Money(amount["minor"], amount["currency"]))


def _vote(scene: Scene, seat: Seat) -> Vote:
    table = {
        "accepted": ("接受", "accepted"),
        "rejected": ("否决", "rejected"),
        "open": ("未答复", "no answer"),
    }
    state = seat.answer or "open"
    answer = scene.standing.statements[seat.statement].statement if seat.statement else None
    shown = line(answer, scene.standing) if answer is not None else None
    return Vote(
        seat.body,
        say(*table[state]),
        state,
        shown,
        gain=plan_points.signed(seat.gain) if seat.gain is not None else "",
        loses=seat.gain is not None and seat.gain.minor < 0,
        goals=say("；", "; ").join(f"{goal} {plain(weight)}" for goal, weight in (seat.goals or {}).items()),
    )
