"""How things stand, one frozen record for each thing that statements are about.

Whatever is called ``id``, ``statement`` or stands in a tuple of ids is the id of a statement. Times are
aware. None is unknown, or none: never zero, never guessed. A mapping is read only, in the order of its keys.
`riskshed.governance.standing` makes these records; nobody else changes them.

Where a record has a time ``at`` of something said, it is the time by which timeliness is judged: when it was
issued, but never after it was first seen, and when it was first seen if the two lie too far apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from riskshed.statement import Money, Statement

AgreementStatus = Literal["proposed", "in_force", "superseded", "ended", "contradicted"]
Phase = Literal["watch", "alert", "emergency", "recovery", "closed"]
PlanStatus = Literal["proposed", "amended", "adopted", "rejected", "lapsed"]
PromiseStatus = Literal["open", "kept", "late", "broken", "released"]
WarningStatus = Literal["active", "updated", "cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A statement whose signature was judged before, and when it was first seen.

    `seen_at` is aware. It is a fact, which witnesses bracket; `Statement.issued` is a claim.
    """

    statement: Statement
    seen_at: datetime

    def __post_init__(self) -> None:
        assert self.seen_at.tzinfo is not None, "a time without an offset could be any of several"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about one statement that a person should know; `code` is stable, `what` is for reading."""

    statement: str
    code: str
    what: str


class Said(NamedTuple):
    """Which statement said it, and when, as timeliness is judged."""

    id: str
    at: datetime


# ------------------------------------------------------------------------------------ bodies and agreements


@dataclass(frozen=True, slots=True)
class BodyStanding:
    """A body on the record: who it says that it is, and whether it is still there.

    `joined` is the statement with which it came (after a return, the last one); `vouched_by` are the other
    bodies that repeated it. `mode` is the last mode that it set without naming an incident.
    """

    code: str
    name: Mapping[str, str]
    kind: str
    superior: str | None
    hazard_class: str | None
    city: str | None
    joined: str
    left: datetime | None
    vouched_by: tuple[str, ...]
    mode: Literal["normal", "emergency"] | None


@dataclass(frozen=True, slots=True)
class AgreementStanding:
    """One text of an agreement. In force from when every member has signed exactly it, within its dates.

    `signed` is body to `AgreementSigned`; `left` is body to the time from which it was no longer bound, once
    that has come; `replaces` is the text to which this one replied; `packs` are (pack, version, digest). A
    text that is ``contradicted`` yields to another and binds nobody.
    """

    id: str
    by: str
    code: str
    title: Mapping[str, str]
    members: tuple[str, ...]
    mode: Literal["superior", "peers"]
    coordination_body: str
    offices: Mapping[str, str]
    superior: str | None
    centre: str | None
    evaluator: str | None
    adjudicator: str | None
    packs: tuple[tuple[str, str, str], ...]
    overrides: str | None
    contracts: str | None
    fund: str | None
    text_digest: str
    starts: datetime
    ends: datetime | None
    signed: Mapping[str, str]
    left: Mapping[str, datetime]
    replaces: str | None
    status: AgreementStatus

    def binds(self, body: str) -> bool:
        """Whether it is in force and this body is a member that has not left."""
        return self.status == "in_force" and body in self.members and body not in self.left

    def names(self, body: str) -> bool:
        """Whether the text names this body in any part: member, coordination body, office, superior."""
        posts = (self.coordination_body, self.superior, self.centre, self.evaluator, self.adjudicator)
        return body in self.members or body in posts or body in self.offices.values()


# ----------------------------------------------------------------------------------------------- incidents


@dataclass(frozen=True, slots=True)
class LevelStanding:
    """The level of one scale as it was last set; `lower_bound` while missing facts could only raise it."""

    scale: str
    level: str
    lower_bound: bool
    phase: str | None
    statement: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Toll:
    """What is known of people and losses: for each number the one reported last, never summed over bodies.

    `statements` is name of the number to the report that it is from.
    """

    dead_people: int | None
    missing_people: int | None
    gravely_hurt_people: int | None
    hurt_people: int | None
    moved_people: int | None
    loss: Money | None
    statements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class IncidentStanding:
    """An incident, under one code, however often it was opened under it.

    `by`, `name` and the other first facts are those of the earliest opening; a field that it leaves open is
    taken from the next that has it. `same_as` are all other codes of the same incident, followed both ways.
    `command` are the bodies that took command and did not return it: the last is in command now; if there is
    none, the lead is. `reports` are in the order in which they count.
    """

    code: str
    opened: tuple[str, ...]
    by: str
    at: datetime
    name: Mapping[str, str]
    hazard_class: str
    hazard: str | None
    city: str
    began: datetime | None
    source: str | None
    same_as: tuple[str, ...]
    phase: Phase
    modes: Mapping[str, str]
    levels: Mapping[str, LevelStanding]
    lead: tuple[str, ...]
    assist: tuple[str, ...]
    lead_statement: str | None
    assist_statement: str | None
    command: tuple[str, ...]
    reports: tuple[str, ...]
    toll: Toll
    footprint: str | None
    footprints: tuple[str, ...]
    situation: Literal["1", "2", "3"] | None
    escalated: tuple[str, ...]
    closed: datetime | None
    exercise: bool


@dataclass(frozen=True, slots=True)
class FieldReportStanding:
    """What someone on the spot said; `confirmed` is None while nothing, or both sides, speak to it."""

    id: str
    by: str
    about: str | None
    what: Mapping[str, str]
    place: str | None
    seen_at: datetime
    at: datetime
    supported_by: tuple[str, ...]
    contradicted_by: tuple[str, ...]
    confirmed: bool | None
    exercise: bool


# --------------------------------------------------------------------------------- notices, warnings, leave


@dataclass(frozen=True, slots=True)
class Answer:
    """What one body said to a notice, each for the first time; None is nothing."""

    acknowledged: Said | None = None
    adopted: Said | None = None
    declined: Said | None = None


@dataclass(frozen=True, slots=True)
class NoticeStanding:
    """A notice and its answers, by body; `superseded_by` is the next notice of the same body that replied."""

    id: str
    by: str
    to: tuple[str, ...]
    about: str | None
    audience: str
    hazard_class: str
    cities: tuple[str, ...]
    issued: datetime
    seen_at: datetime
    answer_by: datetime | None
    expires: datetime
    confirmed: bool
    footprint: str | None
    relays: str | None
    superseded_by: str | None
    answers: Mapping[str, Answer]
    exercise: bool


@dataclass(frozen=True, slots=True)
class WarningStanding:
    """A public warning; `successor` is what updated or cancelled it."""

    id: str
    by: str
    about: str | None
    level: str
    cities: tuple[str, ...]
    hazard_class: str
    hazard: str | None
    issued: datetime
    seen_at: datetime
    onset: datetime | None
    expires: datetime
    status: WarningStatus
    successor: str | None
    replaces: str | None
    notice: str | None
    footprint: str | None
    approval: str | None
    override: Mapping[str, str] | None
    exercise: bool


@dataclass(frozen=True, slots=True)
class ApprovalStanding:
    """A request for approval, and the first answer of either sort; `draft` is the digest of the draft."""

    id: str
    by: str
    officer: str
    about: str | None
    kind: str
    draft: str
    of: tuple[str, ...]
    at: datetime
    answer_by: datetime
    given: Said | None
    refused: Said | None
    exercise: bool

    def asks(self, by: str, officer: str) -> bool:
        """Whether this officer of this body was asked; see `is_asked`."""
        return is_asked(self.of, self.by, by, officer)


def is_asked(of: Collection[str], asking: str, by: str, officer: str) -> bool:
    """Whether `officer` of `by` is among those whom the body `asking` asked.

    Bodies are named by their code, everywhere; the name of a post is one only within the body that asks:
    every body has its "duty-2".
    """
    return by in of or (by == asking and officer in of)


# ------------------------------------------------------------------------------------- sources and watches


@dataclass(frozen=True, slots=True)
class StepStanding:
    """The last time that a risk source was carried through a step of ISO 31000."""

    statement: str
    by: str
    at: datetime
    level: str | None
    told: tuple[str, ...]
    next_review: datetime | None


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """A registered risk source, as it was registered last, and its steps by name."""

    code: str
    by: str
    name: Mapping[str, str]
    hazard_class: str
    hazard: str | None
    city: str
    owner: str | None
    reaches: tuple[str, ...]
    registered: tuple[str, ...]
    steps: Mapping[str, StepStanding]


@dataclass(frozen=True, slots=True)
class WatchStanding:
    """Who is on watch at a desk, and when it last gave a sign of life; `officer` None is nobody."""

    body: str
    desk: str
    officer: str | None
    since: datetime
    until: datetime | None
    next_sign: datetime | None
    last_sign: datetime
    statement: str


# ------------------------------------------------------------------------------ tasks, plans and promises


@dataclass(frozen=True, slots=True)
class TaskStanding:
    """A task that a statement gave to a body, and how much of it is done (0 to 1, None unknown)."""

    task: str
    owner: str
    given_by: str
    about: str | None
    what: Mapping[str, str]
    due: datetime | None
    share: Decimal | None
    done: tuple[str, ...]
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class PromiseStanding:
    """Something that a body bound itself to, and what came of it.

    `id` is the statement that promised, `part` tells several promises of one statement apart (a task, a
    payee). `kept` are statements that show it done in time, `late` those that show it done after `due`.
    """

    id: str
    part: str
    by: str
    kind: str
    about: str | None
    to: str | None
    at: datetime
    due: datetime | None
    kept: tuple[str, ...]
    late: tuple[str, ...]
    status: PromiseStatus


@dataclass(frozen=True, slots=True)
class MeetingStanding:
    """A meeting that was held; `decisions` are keys of `Standing.tasks`."""

    id: str
    by: str
    about: str | None
    sort: str
    held_at: datetime
    present: tuple[str, ...]
    absent: tuple[str, ...]
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """A contingency plan on file; `superseded_by` is the filing of the same body that replied to it."""

    id: str
    by: str
    plan: str
    title: Mapping[str, str]
    hazard_class: str
    digest: str
    covers: tuple[str, ...]
    at: datetime
    review_by: datetime | None
    superseded_by: str | None


@dataclass(frozen=True, slots=True)
class JointPlanStanding:
    """A joint plan as it was laid before its members; acceptances do not carry over to a changed one.

    `amended` once a later text replied to it, `rejected` once a member rejected it, `lapsed` once the time
    to answer has run out without all; adoption stands before all of these.
    """

    id: str
    plan: str
    by: str
    about: str | None
    members: tuple[str, ...]
    at: datetime
    answer_by: datetime
    accepted: Mapping[str, str]
    rejected: Mapping[str, str]
    adopted: str | None
    decided_by: str | None
    replaces: str | None
    superseded_by: str | None
    status: PlanStatus


# ------------------------------------------------------------------------------------------------ findings


@dataclass(frozen=True, slots=True)
class FindingStanding:
    """A breach that was proposed, the replies, and what was decided; `rule` is (pack, rule, cite)."""

    id: str
    of: str
    by: str
    breach: str
    owed: str
    about: str | None
    rule: tuple[str, str, str | None]
    at: datetime
    due: datetime | None
    found: datetime | None
    evidence: tuple[str, ...]
    reply_by: datetime | None
    replies: tuple[str, ...]
    outcome: Literal["upheld", "dismissed"] | None
    decided: Said | None
    decided_by: str | None
