"""The duties of an incident as rows of its situation report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from riskshed.exchange.situation_record import DutyRow, DutyState
from riskshed.governance.obligation import Duty, Judged
from riskshed.governance.proposed import THINGS
from riskshed.sitrep_scope import Scope
from riskshed.vocabulary import KINDS

STATES: tuple[DutyState, ...] = ("breached", "late", "undetermined", "open", "met")
"""In the order in which a reader needs them."""
OWED: Mapping[str, tuple[str, str]] = {
    **THINGS,
    "AgreementProposed": ("提出协议", "a proposal for an agreement"),
    "AgreementSigned": ("签署协议", "a signed agreement"),
    "AidCommitted": ("承诺援助", "a promise of help"),
    "AidRequested": ("请求援助", "a request for help"),
    "ApprovalRequested": ("提请审批", "a request for approval"),
    "AssistAssigned": ("确定配合方", "who assists, laid down"),
    "CommandTaken": ("接管指挥权", "command taken"),
    "Escalated": ("提级", "handing it up"),
    "FieldReportFiled": ("现场报告", "a report from the spot"),
    "HazardSourceRegistered": ("登记危险源", "a risk source registered"),
    "IncidentClosed": ("结束事件", "the incident closed"),
    "InstructionGiven": ("下达指示", "an instruction"),
    "LeadAssigned": ("确定牵头方", "who leads, laid down"),
    "LessonShared": ("通报经验教训", "a lesson shared"),
    "LevelSet": ("确定级别", "a level set"),
    "MeetingHeld": ("召开会议", "a meeting"),
    "Paid": ("付款", "a payment"),
    "PlanAdopted": ("通过方案", "a plan adopted"),
    "PlanFiled": ("备案预案", "a plan on file"),
    "PublicStatementMade": ("发布公开信息", "a public statement"),
    "ReadingsTaken": ("监测数据", "readings"),
    "TreatmentDecided": ("决定处置措施", "a treatment decided"),
    "WarningCancelled": ("解除预警", "a warning cancelled"),
    "WarningUpdated": ("更新预警", "a warning updated"),
}
"""What is owed, as a thing to be done; for another kind its own name stands."""


def duty_rows(scope: Scope, judged: Iterable[Judged]) -> tuple[DutyRow, ...]:
    """The duties about the incident: what is alike but for addressee or rule stands in one row.

    The worst come first, then by time.
    """
    mine = [one for one in judged if is_of(scope, one.duty.about)]
    groups: dict[tuple[Any, ...], list[Judged]] = {}
    for one in mine:
        duty, done = one.duty, None if one.done is None else one.done.at
        key = (one.state, duty.who, duty.owes, duty.due, done, duty.is_lawful, duty.pack, duty.rule)
        groups.setdefault(key, []).append(one)
    merged: dict[tuple[Any, ...], list[list[Judged]]] = {}
    for key, group in groups.items():
        to = tuple(sorted({one.duty.to or "" for one in group}))
        merged.setdefault((*key[:6], to), []).append(group)
    rows = [(_order(several[0][0]), _row(scope, several)) for several in merged.values()]
    return tuple(row for _, row in sorted(rows, key=lambda pair: pair[0]))


def is_of(scope: Scope, about: str | None) -> bool:
    """Whether something is about the incident, under any of its codes, or about a statement that is."""
    incident = scope.incident
    return about in (incident.code, *incident.same_as) or about in scope.told_ids


def _order(one: Judged) -> tuple[int, bool, float, str]:
    due = one.duty.due
    return STATES.index(one.state), due is None, due.timestamp() if due else 0.0, one.duty.id


def _row(scope: Scope, groups: Sequence[Sequence[Judged]]) -> DutyRow:
    every = [one for group in groups for one in group]
    first = every[0]
    done = {one.done.id: None for one in every if one.done is not None}
    causes = {one.duty.cause: None for one in every if one.duty.cause is not None}
    return DutyRow(
        state=first.state,
        who=scope.name(first.duty.who),
        what=thing(scope, first.duty.owes),
        to=tuple(dict.fromkeys(scope.name(one.duty.to) for one in every if one.duty.to is not None)),
        due=first.duty.due,
        done=None if first.done is None else first.done.at,
        is_lawful=first.duty.is_lawful,
        rules=tuple(dict.fromkeys(article(scope, group[0].duty) for group in groups)),
        count=len(every),
        sources=scope.cite(*done, *causes),
    )


def article(scope: Scope, duty: Duty) -> str:
    """Where a duty is written, and whether its wording was read."""
    doubt = "" if duty.is_confirmed else scope.say("，条文待核对", ", wording to be checked")
    return scope.say(
        f"{duty.cite}（{duty.pack} {duty.rule}{doubt}）", f"{duty.cite} ({duty.pack} {duty.rule}{doubt})"
    )


def thing(scope: Scope, owes: str) -> str:
    """What is owed, in words."""
    if owes in OWED:
        return scope.say(*OWED[owes])
    kind = KINDS.get(owes)
    return owes if kind is None else scope.say(kind.zh, kind.en)
