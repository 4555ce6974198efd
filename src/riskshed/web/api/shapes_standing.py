"""What the interface sends of how things stand: warnings, notices, incidents, duties, and who there is.

The rules of `shapes` hold: a time has its offset, what is not known is null, and never zero or empty.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from riskshed.web.api.shapes import Code, Id, Level, Shape, Words

# ------------------------------------------------------------------------------------ warnings and notices


class WarningShape(Shape):
    """A warning to the people of an area."""

    id: Id
    by: Code
    status: Literal["active", "updated", "cancelled", "expired"]
    level: Level
    cities: list[Code]
    hazard_class: str
    hazard: str | None
    about: str | None = Field(description="Code of the incident.")
    issued: datetime
    seen_at: datetime = Field(description="When this record first had it.")
    onset: datetime | None
    expires: datetime
    headline: Words | None
    description: Words | None
    instruction: Words | None
    replaces: str | None
    successor: str | None
    notice: str | None = Field(description="The notice for which it was issued.")
    footprint: str | None
    exercise: bool


class WarningPage(Shape):
    """Some warnings, the latest first."""

    items: list[WarningShape]
    next: str | None


class WarningStep(Shape):
    """One step in the life of a warning."""

    id: Id
    kind: Literal["WarningIssued", "WarningUpdated", "WarningCancelled"]
    by: Code
    issued: datetime
    level: Level | None
    headline: Words | None


class SaidShape(Shape):
    """Which statement said it, and when it counts as said."""

    id: Id
    at: datetime


class AnswerShape(Shape):
    """How one addressee has answered; null: not, so far."""

    acknowledged: SaidShape | None
    adopted: SaidShape | None
    declined: SaidShape | None


class NoticeShape(Shape):
    """A notice from one body to others."""

    id: Id
    by: Code
    to: list[Code]
    about: str | None
    audience: Literal["causes", "faces", "governs"]
    hazard_class: str
    cities: list[Code]
    issued: datetime
    seen_at: datetime
    answer_by: datetime | None
    expires: datetime
    confirmed: bool
    headline: Words | None
    description: Words | None
    instruction: Words | None
    footprint: str | None
    relays: str | None
    superseded_by: str | None
    answers: dict[str, AnswerShape] = Field(description="By addressee.")
    exercise: bool


class NoticePage(Shape):
    """Some notices, the latest first."""

    items: list[NoticeShape]
    next: str | None


# ------------------------------------------------------------------------------------ incidents and duties


class LevelShape(Shape):
    """The level of one scale as it was last set."""

    level: str
    lower_bound: bool = Field(description="Whether missing facts could only raise it.")
    by: Code
    at: datetime
    statement: Id


class IncidentShape(Shape):
    """An incident."""

    code: str
    same_as: list[str] = Field(description="Other codes under which it was opened.")
    name: Words
    hazard_class: str
    hazard: str | None
    city: Code
    by: Code
    at: datetime
    began: datetime | None
    phase: Literal["watch", "alert", "emergency", "recovery", "closed"]
    situation: Literal["1", "2", "3"] | None = Field(description="The situation of spread.")
    levels: dict[str, LevelShape]
    modes: dict[str, str] = Field(description="How each body works: normal, emergency.")
    lead: list[Code]
    assist: list[Code]
    command: list[Code]
    dead_people: int | None
    missing_people: int | None
    hurt_people: int | None
    moved_people: int | None
    footprint: str | None = Field(description="The last forecast.")
    footprints: list[str]
    reports: list[str]
    closed: datetime | None
    exercise: bool
    report_zh: str = Field(description="Path of the situation report as PDF.")
    report_en: str


class IncidentPage(Shape):
    """Some incidents, the latest first."""

    items: list[IncidentShape]
    next: str | None


class MeasureShape(Shape):
    """A value with its unit, as a decimal."""

    value: str
    unit: str


class ArrivalShape(Shape):
    """What comes to one city: 5, 50 and 95 % of the members that reach it; null is unknown."""

    city: Code
    probability: str
    earliest: datetime | None
    middle: datetime | None
    latest: datetime | None
    peak: MeasureShape | None
    exposed_people: int | None


class FootprintShape(Shape):
    """A forecast: which cities are reached, how likely and when, from what was known then."""

    id: Id
    by: Code
    about: str | None
    issued: datetime
    known_at: datetime = Field(description="It rests on nothing that became known later.")
    pathway: str
    quantity: str
    threshold: MeasureShape
    situation: Literal["1", "2", "3"]
    arrivals: list[ArrivalShape]
    caveats: list[str] = Field(description="Codes: why, and where, it must not be trusted.")
    members: int
    seed: int
    model: str
    version: str
    file: str = Field(description="Digest of the footprint itself: GET /files/<digest>.")


class DutyShape(Shape):
    """Who owes what to whom by when, and how that stands."""

    id: Id
    who: Code
    owes: str = Field(description="Kind of statement.")
    act: str
    to: str | None
    about: str
    since: datetime | None
    due: datetime | None
    has_clock: bool = Field(description="false: of a rule without a number nothing is ever late.")
    is_lawful: bool
    is_foreseen: bool
    pack: str
    rule: str
    cite: str
    is_confirmed: bool
    cause: str | None
    state: Literal["open", "met", "late", "breached", "undetermined"]
    done: SaidShape | None


class DutyPage(Shape):
    """Some duties, in the order of when they are due, those without a time last."""

    items: list[DutyShape]
    next: str | None


# --------------------------------------------------------------------------- bodies, agreements, sources


class BodyShape(Shape):
    """A body on the record."""

    code: Code
    name: Words
    kind: str
    superior: str | None
    hazard_class: str | None
    city: str | None
    joined: Id
    left: datetime | None
    mode: Literal["normal", "emergency"] | None


class BodyPage(Shape):
    """Some bodies, by code."""

    items: list[BodyShape]
    next: str | None


class AgreementShape(Shape):
    """One text of an agreement."""

    id: Id
    code: str
    title: Words
    by: Code
    status: Literal["proposed", "in_force", "superseded", "ended", "contradicted"]
    members: list[Code]
    mode: Literal["superior", "peers"]
    coordination_body: Code
    offices: dict[str, str]
    superior: str | None
    evaluator: str | None
    adjudicator: str | None
    text_digest: str
    starts: datetime
    ends: datetime | None
    signed: dict[str, str] = Field(description="Body to the statement with which it signed.")
    left: dict[str, datetime]
    replaces: str | None


class AgreementPage(Shape):
    """Some agreements, the latest first."""

    items: list[AgreementShape]
    next: str | None


class StepShape(Shape):
    """A step of the assessment of a source."""

    statement: Id
    by: Code
    at: datetime
    level: str | None
    told: list[Code]
    next_review: datetime | None


class SourceShape(Shape):
    """A source of danger that was registered."""

    code: str
    by: Code
    name: Words
    hazard_class: str
    hazard: str | None
    city: Code
    owner: str | None
    reaches: list[Code] = Field(description="Cities that it can reach.")
    steps: dict[str, StepShape]


class SourcePage(Shape):
    """Some sources, by code."""

    items: list[SourceShape]
    next: str | None
