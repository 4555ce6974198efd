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

`Fold` gives the same standing step by step, works out again only what a new statement can have changed
(`standing_view` says how), and draws again only that (`standing_table`). What is remembered is in memory
alone; a fold that was lost is made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from riskshed.canonical import encode_plain
from riskshed.governance import standing_incidents as incidents
from riskshed.governance import standing_market as market
from riskshed.governance import standing_notices as notices
from riskshed.governance import standing_papers as papers
from riskshed.governance import standing_promises as promises
from riskshed.governance import standing_questions as questions
from riskshed.governance.market_book import MatchStanding, RowStanding
from riskshed.governance.standing_agreements import agreement, contradictions, yields
from riskshed.governance.standing_bytes import plain
from riskshed.governance.standing_community import NewsStanding, news
from riskshed.governance.standing_effect import TASKS_IN, effect
from riskshed.governance.standing_entry import Entry, body
from riskshed.governance.standing_parties import VerifiedStanding, verified
from riskshed.governance.standing_questions import QuestionStanding
from riskshed.governance.standing_table import Table, of_all, of_kinds, of_names, of_parts
from riskshed.governance.standing_view import Sights, View
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

CLOCK_TOLERANCE = timedelta(hours=1)
LATE_AFTER = timedelta(hours=12)

ACKNOWLEDGED = ("RiskReported", "InstructionGiven", "WarningCancelled")
PROMISING = ("AidCommitted", "SettlementAccepted", "AgreementSigned", "PlanAccepted", "MatchAccepted")
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
    questions : by id
        With those that were taken back.
    news : by id; what was taken back is among them, and says so
    verified : by code of the party; only parties of whom somebody has said who they are
    needs, offers, matches : by id
        Those that are open; a match by the statement that proposed it.
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
    needs: Mapping[str, RowStanding]
    offers: Mapping[str, RowStanding]
    matches: Mapping[str, MatchStanding]
    questions: Mapping[str, QuestionStanding]
    news: Mapping[str, NewsStanding]
    verified: Mapping[str, VerifiedStanding]
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

    A question costs what changed since the last one of its sort (of drills, of the actual): the statements
    that came, those that began to count in between, and what was concluded from a time that has passed.
    """

    def __init__(
        self,
        *,
        territory: Territory | None = None,
        clock_tolerance: timedelta = CLOCK_TOLERANCE,
        late_after: timedelta = LATE_AFTER,
    ) -> None:
        self._sights = Sights()
        self._pictures = {
            exercise: _Picture(
                View(
                    self._sights,
                    exercise=exercise,
                    territory=territory,
                    clock_tolerance=clock_tolerance,
                    late_after=late_after,
                )
            )
            for exercise in (False, True)
        }

    @property
    def worked_out(self) -> int:
        """How many conclusions were worked out so far: the measure of work."""
        return sum(picture.view.worked_out for picture in self._pictures.values())

    def add(self, seen: Seen) -> None:
        """Take in a statement; of several sights of one the earliest counts."""
        if self._sights.add(seen):
            for picture in self._pictures.values():
                picture.view.take(seen)

    def standing(self, at: datetime, known_at: datetime | None = None, *, exercise: bool = False) -> Standing:
        """How things stood at a time, as known at a time; parameters as of `of`."""
        known_at = at if known_at is None else known_at
        self._turn(at, known_at, exercise=exercise)
        return self._pictures[exercise].draw(at, known_at)

    def objections(
        self, come: Iterable[Seen], at: datetime, known_at: datetime | None = None
    ) -> tuple[Flag, ...]:
        """Why statements would be set aside if they came now; the fold stays as it is.

        The answer is that of a standing with them in it, and is much cheaper to have.

        Parameters
        ----------
        come : iterable of Seen
            One after the other: each is judged with those before it.
        at, known_at : datetime
            As of `standing`; what does not count by then is not set aside.

        Returns
        -------
        tuple of Flag
            All flags of the first that would be set aside; empty if none would.
        """
        come, known_at = tuple(come), at if known_at is None else known_at
        views = [
            self._turn(at, known_at, exercise=exercise)
            for exercise in sorted({one.statement.exercise for one in come})
        ]
        try:
            for one in come:
                found: tuple[Flag, ...] = ()
                for view in views:
                    view.try_out(one)
                    if view.exercise == one.statement.exercise:
                        found = _objections(view, one.statement.id)
                if found:
                    return found
        finally:
            for view in views:
                for one in come:
                    view.put_back(one.statement)
        return ()

    def _turn(self, at: datetime, known_at: datetime, *, exercise: bool) -> View:
        assert at.tzinfo is not None, "a time without an offset could be any of several"
        assert known_at.tzinfo is not None, "a time without an offset could be any of several"
        view = self._pictures[exercise].view
        view.move(at, known_at)
        return view


def _objections(view: View, statement: str) -> tuple[Flag, ...]:
    """The flags of a statement that is set aside; empty if it is not."""
    if view.at_hand(statement) is None:
        return ()
    told: Entry = effect(view, statement)
    if not told.aside and statement not in yields(view, ""):
        return ()
    more = (flag for flag in contradictions(view) if flag.statement == statement)
    return tuple(sorted((*told.flags, *more), key=_place))


class _Picture:
    """How things stand in one view, drawn again only where something was touched."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._drawn: Standing | None = None
        self._flagged = of_all(_flagged)
        self._tables: dict[str, Table[Any]] = {
            "bodies": of_names(body, "body"),
            "agreements": of_kinds(agreement, "AgreementProposed"),
            "incidents": of_names(incidents.incident, "incident"),
            "notices": of_kinds(notices.notice, "NoticeSent"),
            "acknowledged": of_kinds(notices.answered, *ACKNOWLEDGED),
            "warnings": of_kinds(notices.warning, "WarningIssued", "WarningUpdated"),
            "approvals": of_kinds(notices.approval, "ApprovalRequested"),
            "sources": of_names(incidents.source, "source"),
            "promises": of_parts(promises.promises, promises.key_of_promise, *PROMISING, *GIVING),
            "tasks": of_parts(promises.tasks, promises.key_of_task, *GIVING),
            "watches": of_names(notices.watch, "watch"),
            "findings": of_kinds(papers.finding, "FindingMade"),
            "field_reports": of_kinds(notices.field_report, "FieldReportFiled"),
            "meetings": of_kinds(papers.meeting, "MeetingHeld"),
            "plans": of_kinds(papers.plan, "PlanFiled"),
            "joint_plans": of_kinds(promises.joint_plan, "PlanProposed", "PlanAmended"),
            "needs": of_kinds(market.row, "NeedStated"),
            "offers": of_kinds(market.row, "OfferMade"),
            "matches": of_kinds(market.match, "MatchProposed"),
            "news": of_kinds(news, "NewsShared"),
            "verified": of_names(verified, "party"),
            "questions": of_kinds(questions.question, "QuestionAsked"),
            "footprints": of_names(incidents.footprints, "about"),
            "statements": of_all(View.at_hand),
        }

    def draw(self, at: datetime, known_at: datetime) -> Standing:
        """How things stand, at the times to which the view was moved."""
        if self._drawn is None or self.view.touched:
            for table in (self._flagged, *self._tables.values()):
                table.update(self.view, self.view.touched)
            parts: dict[str, Any] = {name: table.whole for name, table in self._tables.items()}
            flags, aside = self._flags()
            parts |= {"at": at, "known_at": known_at, "exercise": self.view.exercise}
            self._drawn = Standing(flags=flags, set_aside=aside, **parts)
            self.view.touched.clear()
        # No statement came, and no time has passed that anything rests on: all else is the same.
        return replace(self._drawn, at=at, known_at=known_at)

    def _flags(self) -> tuple[tuple[Flag, ...], tuple[str, ...]]:
        told = self._flagged.whole
        aside = {statement for statement, one in told.items() if one.aside} | set(yields(self.view, ""))
        flags = [*contradictions(self.view), *(flag for one in told.values() for flag in one.flags)]
        return tuple(sorted(flags, key=_place)), tuple(sorted(aside))


def _flagged(view: View, statement: str) -> Entry | None:
    told: Entry = effect(view, statement)
    return told if told.flags or told.aside else None


def _place(flag: Flag) -> tuple[str, str, str]:
    return flag.statement, flag.code, flag.what
