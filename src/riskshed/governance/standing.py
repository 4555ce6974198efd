"""How things stand: the fold of what was said into bodies, agreements, incidents, warnings, promises.

`of` is a function of a *set* of statements. In whatever order they come, and however often, the standing is
the same, byte for byte; statements refer to each other by id and not by place. Two times are asked for:
**at** which time it stood so, and as **known at** which time. Only statements that were first seen by then
are used, so nobody is judged by what could not be known. Nothing here asks a clock.

A statement counts from when it was issued, but not later than it was first seen: nobody can have said later
what was seen earlier. A clock that is off is flagged, and what comes in more than half a day after it says
that it was issued still counts, but as if said when it was seen wherever timeliness is judged.

What cannot be believed is not dropped. It stays among the statements, is listed in `Standing.set_aside`, and
its flag says why (`standing_entry`, `standing_effect`, `standing_agreements`). Signatures and revoked keys
are judged before, by the ledger. A statement whose body is sealed counts for what its common fields say: it
answers, opens, closes, takes command; what stands in its body is unknown.

Drills and the actual never mix. A standing is of one or the other; a drill stands on the actual bodies and
agreements, and changes neither.

`Fold` gives the same standing step by step, and works out again only what a new statement can have changed
(`standing_view` says how). What is remembered is in memory alone; a fold that was lost is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from riskshed.canonical import encode_plain
from riskshed.governance import standing_incidents as incidents
from riskshed.governance import standing_notices as notices
from riskshed.governance import standing_papers as papers
from riskshed.governance import standing_promises as promises
from riskshed.governance.standing_agreements import agreement, contradictions, yields
from riskshed.governance.standing_bytes import plain
from riskshed.governance.standing_effect import TASKS_IN, effect
from riskshed.governance.standing_entry import body
from riskshed.governance.standing_view import View
from riskshed.governance.subjects import (
    AgreementStanding,
    Answer,
    ApprovalStanding,
    BodyStanding,
    FieldReportStanding,
    FindingStanding,
    Flag,
    IncidentStanding,
    JointPlanStanding,
    MeetingStanding,
    NoticeStanding,
    PlanStanding,
    PromiseStanding,
    Seen,
    SourceStanding,
    TaskStanding,
    WarningStanding,
    WatchStanding,
)
from riskshed.governance.territory import Territory

__all__ = ["CLOCK_TOLERANCE", "LATE_AFTER", "Fold", "Seen", "Standing", "of"]

Subject = TypeVar("Subject")

CLOCK_TOLERANCE = timedelta(hours=1)
LATE_AFTER = timedelta(hours=12)

ACKNOWLEDGED = ("RiskReported", "InstructionGiven", "WarningCancelled")
PROMISING = ("AidCommitted", "SettlementAccepted", "AgreementSigned", "PlanAccepted")
GIVING = (*TASKS_IN, "PlanAdopted")


@dataclass(frozen=True)
class Standing:
    """How things stand at a time, as known at a time. Mappings are read only, in the order of their keys.

    Attributes
    ----------
    at, known_at : datetime
        Aware.
    exercise : bool
        Whether this is the standing of drills.
    bodies, incidents, sources, footprints : by code
        Footprints are ids, the latest at the end, by what they are about.
    agreements, notices, warnings, approvals, findings, field_reports, meetings, plans, joint_plans : by id
    acknowledged : mapping of id to body to Answer
        Of reports, instructions and cancelled warnings.
    promises, tasks : by id of the statement, a space, and the part; by the id alone where there is no part
    watches : by body, a space, and desk
    flags : tuple of Flag
        In the order of statements and codes.
    set_aside : tuple of str
        Ids of statements that do not count for now, each with a flag that says why.
    statements : mapping of id to Seen
        All that were used, those set aside included. Of these only the ids are part of the bytes.
    """

    at: datetime
    known_at: datetime
    exercise: bool
    bodies: Mapping[str, BodyStanding]
    agreements: Mapping[str, AgreementStanding]
    incidents: Mapping[str, IncidentStanding]
    notices: Mapping[str, NoticeStanding]
    acknowledged: Mapping[str, Mapping[str, Answer]]
    warnings: Mapping[str, WarningStanding]
    approvals: Mapping[str, ApprovalStanding]
    sources: Mapping[str, SourceStanding]
    promises: Mapping[str, PromiseStanding]
    tasks: Mapping[str, TaskStanding]
    watches: Mapping[str, WatchStanding]
    findings: Mapping[str, FindingStanding]
    field_reports: Mapping[str, FieldReportStanding]
    meetings: Mapping[str, MeetingStanding]
    plans: Mapping[str, PlanStanding]
    joint_plans: Mapping[str, JointPlanStanding]
    footprints: Mapping[str, tuple[str, ...]]
    flags: tuple[Flag, ...]
    set_aside: tuple[str, ...]
    statements: Mapping[str, Seen]

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values; of the statements, their ids."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        parts["statements"] = tuple(self.statements)
        return {name: plain(part) for name, part in parts.items()}

    def to_bytes(self) -> bytes:
        """The one byte form: two standings are the same if these are."""
        return encode_plain(self.to_json())


def of(
    seen: Iterable[Seen],
    *,
    at: datetime,
    known_at: datetime | None = None,
    territory: Territory | None = None,
    clock_tolerance: timedelta = CLOCK_TOLERANCE,
    late_after: timedelta = LATE_AFTER,
    exercise: bool = False,
) -> Standing:
    """How things stood at a time, by the statements that were first seen by `known_at`.

    Parameters
    ----------
    seen : iterable of Seen
        In any order. Of several with one statement the one seen first counts.
    at : datetime
        Aware; statements that count from later on are not used.
    known_at : datetime, optional
        Aware; `at` if it is not given.
    territory : Territory, optional
        Without it nobody can tell in whose area a city lies, and no warning is refused for that.
    clock_tolerance : timedelta
        How far `issued` may lie after `seen_at` without a flag.
    late_after : timedelta
        How far it may lie before; beyond that the time of sight is what timeliness is judged by.
    exercise : bool
        Ask for drills instead of the actual.
    """
    fold = Fold(territory=territory, clock_tolerance=clock_tolerance, late_after=late_after)
    for one in seen:
        fold.add(one)
    return fold.standing(at, known_at, exercise=exercise)


class Fold:
    """The same standing, step by step: statements come in any order, and questions in between.

    Two questions of one sort at one time cost what changed in between. Turning to another time costs one look
    at every statement, and again only what changed.
    """

    def __init__(
        self,
        *,
        territory: Territory | None = None,
        clock_tolerance: timedelta = CLOCK_TOLERANCE,
        late_after: timedelta = LATE_AFTER,
    ) -> None:
        self._seen: dict[str, Seen] = {}
        self._views = {
            exercise: View(
                exercise=exercise,
                territory=territory,
                clock_tolerance=clock_tolerance,
                late_after=late_after,
            )
            for exercise in (False, True)
        }
        self._asked: set[bool] = set()

    @property
    def worked_out(self) -> int:
        """How many conclusions were worked out so far: the measure of work."""
        return sum(view.worked_out for view in self._views.values())

    def add(self, seen: Seen) -> None:
        """Take in a statement; of several sights of one the earliest counts."""
        before = self._seen.get(seen.statement.id)
        if before is not None and before.seen_at <= seen.seen_at:
            return
        self._seen[seen.statement.id] = seen
        for exercise in self._asked:
            self._views[exercise].take(seen)

    def standing(self, at: datetime, known_at: datetime | None = None, *, exercise: bool = False) -> Standing:
        """How things stood at a time, as known at a time; parameters as of `of`."""
        known_at = at if known_at is None else known_at
        assert at.tzinfo is not None, "a time without an offset could be any of several"
        assert known_at.tzinfo is not None, "a time without an offset could be any of several"
        view = self._views[exercise]
        view.move(at, known_at, self._seen.values())
        self._asked.add(exercise)
        return _standing(view, at, known_at)


def _standing(view: View, at: datetime, known_at: datetime) -> Standing:
    used = view.used()
    by_kind: dict[str, list[str]] = {}
    for statement, seen in used.items():
        by_kind.setdefault(seen.statement.kind, []).append(statement)

    def each(rule: Callable[[View, str], Subject | None], subjects: Iterable[str]) -> Mapping[str, Subject]:
        told = ((subject, rule(view, subject)) for subject in subjects)
        return MappingProxyType({subject: one for subject, one in told if one})

    def by_id(rule: Callable[[View, str], Subject | None], *kinds: str) -> Mapping[str, Subject]:
        return each(rule, sorted(statement for kind in kinds for statement in by_kind.get(kind, ())))

    flags, aside = _flags(view, used)
    given = sorted(one for kind in GIVING for one in by_kind.get(kind, ()))
    promised = sorted([*given, *(one for kind in PROMISING for one in by_kind.get(kind, ()))])
    return Standing(
        at=at,
        known_at=known_at,
        exercise=view.exercise,
        bodies=each(body, view.names("body")),
        agreements=by_id(agreement, "AgreementProposed"),
        incidents=each(incidents.incident, view.names("incident")),
        notices=by_id(notices.notice, "NoticeSent"),
        acknowledged=by_id(notices.answered, *ACKNOWLEDGED),
        warnings=by_id(notices.warning, "WarningIssued", "WarningUpdated"),
        approvals=by_id(notices.approval, "ApprovalRequested"),
        sources=each(incidents.source, view.names("source")),
        promises=_parts(promises.promises(view, one) for one in promised),
        tasks=_parts(promises.tasks(view, one) for one in given),
        watches=each(notices.watch, view.names("watch")),
        findings=by_id(papers.finding, "FindingMade"),
        field_reports=by_id(notices.field_report, "FieldReportFiled"),
        meetings=by_id(papers.meeting, "MeetingHeld"),
        plans=by_id(papers.plan, "PlanFiled"),
        joint_plans=by_id(promises.joint_plan, "PlanProposed", "PlanAmended"),
        footprints=each(incidents.footprints, view.names("about")),
        flags=flags,
        set_aside=aside,
        statements=MappingProxyType(used),
    )


def _parts(found: Iterable[tuple[Any, ...]]) -> Mapping[str, Any]:
    """Promises or tasks by their keys."""
    made = {}
    for one in (one for several in found for one in several):
        if isinstance(one, TaskStanding):
            made[promises.key(one.given_by, one.task)] = one
        else:
            made[promises.key(one.id, one.part)] = one
    return MappingProxyType(dict(sorted(made.items())))


def _flags(view: View, used: Mapping[str, Seen]) -> tuple[tuple[Flag, ...], tuple[str, ...]]:
    told = [(statement, effect(view, statement)) for statement in used]
    yielding = contradictions(view)
    aside = {statement for statement, one in told if one.aside} | set(yields(view, ""))
    flags = [flag for _, one in told for flag in one.flags]
    flags += yielding
    flags.sort(key=lambda flag: (flag.statement, flag.code, flag.what))
    return tuple(flags), tuple(sorted(aside))
