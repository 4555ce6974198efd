"""Joint plans of an incident as a page shows them: what each says, who has answered, what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskshed.governance.subjects import JointPlanStanding
from riskshed.sitrep_facts import money
from riskshed.statement import Money, Statement
from riskshed.statement_record import Body
from riskshed.web import plan_acts, wording
from riskshed.web.incident_acts import Act, Scene, open_to
from riskshed.web.statement_line import Line, line
from riskshed.web.wording import say

KINDS = ("treatments", "dispatches", "transfers")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "treatments": ("task", "owner"),
    "dispatches": ("item", "from", "to"),
    "transfers": ("payer", "payee"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a plan: in words, and whether it is new, changed or gone against the text before."""

    words: str
    due: datetime | None
    change: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """The answer of a member, with its statement if it has answered; its gain if the plan names one."""

    body: str
    word: str
    state: str
    line: Line | None
    gain: str


@dataclass(frozen=True, slots=True)
class Text:
    """A joint plan as it was laid before its members.

    `parts` are rows by kind, `lost` those that the text before had and this one has not.
    """

    plan: JointPlanStanding
    line: Line
    status: str
    summary: str
    change: str
    parts: Mapping[str, tuple[Part, ...]]
    lost: tuple[Part, ...]
    votes: tuple[Vote, ...]
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
    before = scene.standing.statements.get(plan.replaces or "")
    old = before.statement if before is not None and before.statement.body is not None else None
    parts = {name: _parts(name, said, old) for name in KINDS}
    return Text(
        plan=plan,
        line=line(said, scene.standing),
        status=plan_acts.status_words(plan),
        summary=_said(said, "summary"),
        change=_said(said, "change") if said.kind == "PlanAmended" else "",
        parts=parts,
        lost=tuple(part for name in KINDS for part in _lost(name, said, old)),
        votes=tuple(_vote(scene, plan, said, member) for member in plan.members),
        acts=open_to(scene, said, acts),
    )


def _said(said: Statement, name: str) -> str:
    return wording.words(said.words(name)) if name in (said.body or {}) else ""


def _key(name: str, row: Body) -> tuple[str, ...]:
    return tuple(str(row[part]) for part in _KEYS[name])


def _parts(name: str, said: Statement, old: Statement | None) -> tuple[Part, ...]:
    known = {_key(name, row): row for row in old.records(name)} if old is not None else None
    made = []
    for row in said.records(name):
        change = ""
        if known is not None:
            earlier = known.get(_key(name, row))
            change = say("新增", "new") if earlier is None else _changed(name, earlier, row)
        made.append(_part(name, row, change))
    return tuple(made)


def _changed(name: str, before: Body, now: Body) -> str:
    if dict(before) == dict(now):
        return ""
    return say("原为：", "was: ") + _words(name, before)


def _lost(name: str, said: Statement, old: Statement | None) -> Sequence[Part]:
    if old is None:
        return ()
    here = {_key(name, row) for row in said.records(name)}
    gone = say("已删去", "left out")
    return [_part(name, row, gone) for row in old.records(name) if _key(name, row) not in here]


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
        return f"{row['item']} {amount['value']} {amount['unit']}{say('，', ', ')}{places}"
    return f"{wording.name_of(row['payer'])} → {wording.name_of(row['payee'])} {_sum(row['amount'])}"


def _sum(amount: Mapping[str, Any]) -> str:
    return money(Money(amount["minor"], amount["currency"]))


def _vote(scene: Scene, plan: JointPlanStanding, said: Statement, member: str) -> Vote:
    answer = plan.accepted.get(member) or plan.rejected.get(member)
    state = "accepted" if member in plan.accepted else "rejected" if member in plan.rejected else "open"
    table = {
        "accepted": ("接受", "accepted"),
        "rejected": ("否决", "rejected"),
        "open": ("未答复", "no answer"),
    }
    seen = scene.standing.statements.get(answer or "")
    shown = line(seen.statement, scene.standing) if seen is not None else None
    return Vote(member, say(*table[state]), state, shown, _gain(said, member))


def _gain(said: Statement, member: str) -> str:
    """What the plan says that a member gains over no agreement; empty where it does not say."""
    for row in said.records("gains"):
        if row["body"] == member:
            sign = "+" if row.get("gets", False) else "−"
            return f"{sign}{_sum(row['amount'])}"
    return ""
