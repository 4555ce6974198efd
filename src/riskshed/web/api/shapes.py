"""What the interface sends: every field with its type and meaning, from which the OpenAPI document is made.

A time has its offset from UTC. What is not known is null, and never zero or empty. Words are told by
language (`zh`, `en`); a language that nobody wrote is absent. Codes are those of statements and regions.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Id of a statement: SHA-256 of its payload.")]
Words = Annotated[dict[str, str], Field(description="Text by language: zh, en.")]
Code = Annotated[str, Field(description="Code of a body, a city or another thing of the region.")]
Level = Literal["red", "orange", "yellow", "blue"]


class Shape(BaseModel):
    """Something that is sent."""

    model_config = ConfigDict(from_attributes=True)


class Problem(Shape):
    """Why it was not done (RFC 9457). Look at `code`; the rest is for people."""

    type: str
    title: str
    status: int
    code: str = Field(description="Stable: readings.faults, access.refused ...")
    detail: str
    todo: str = Field("", description="What to do; may be empty.")
    faults: list[FaultShape] = Field(default_factory=list, description="Each place where the input is wrong.")


class FaultShape(Shape):
    """One thing that is wrong with an input."""

    code: str
    where: str
    line: int | None = Field(description="From 1; null where the input has no lines.")
    column: str | None = Field(description="Field or column.")
    got: str
    wanted: str
    todo: str


# ------------------------------------------------------------------------------------------------ the node


class LogShape(Shape):
    """The log as it is now."""

    origin: str
    size: int = Field(description="Entries.")
    checkpoint: str = Field(description="The signed checkpoint with its cosignatures, a C2SP note.")


class NodeShape(Shape):
    """This node."""

    title: Words
    demonstration: bool = Field(description="Whether its keys are known to everybody.")
    now: datetime = Field(description="The clock of the node; that of a replay runs otherwise.")
    version: str
    body: Code = Field(description="The body that runs it.")
    url: str
    log: LogShape


class Ticket(Shape):
    """A ticket for the stream of events: GET /events?topic=...&ticket=..."""

    ticket: str
    topics: list[str]
    valid_until: datetime


class StatementShape(Shape):
    """A statement on the record."""

    place: int | None = Field(description="Its number in the log, from 0.")
    id: Id
    kind: str
    by: Code
    officer: str
    issued: datetime
    about: str | None
    replies_to: str | None
    exercise: bool
    visibility: Literal["public", "members", "sealed"]
    envelope: str | None = Field(
        description="The entry of the log, byte for byte, in which it is signed; null where not asked for."
    )


class StatementPage(Shape):
    """Some statements, in the order of the log."""

    items: list[StatementShape]
    next: str | None = Field(description="Cursor of the next page; null: there is none yet.")


class Done(Shape):
    """What came of an act."""

    id: Id
    place: int | None
    new: bool = Field(description="Whether it was said just now; false: it had been said before.")


class Filed(Done):
    """What came of a report from the spot."""

    notices: list[Id] | None = Field(
        description="The notices with which those downstream were told just now; null: they could not be "
        "told, and the report stands."
    )


# ------------------------------------------------------------------------------------------------ readings


class Taken(Shape):
    """What became of the readings that were sent; they are on the disk."""

    accepted: int = Field(description="New ones.")
    duplicates: int = Field(description="Those that had come before.")
    arrived: datetime = Field(description="From then on they are known.")


class ReadingShape(Shape):
    """A reading as it was taken in."""

    number: int
    place: Code
    series: str
    hazard_class: str
    hazard: str | None
    quantity: str
    unit: str
    time: datetime = Field(description="Middle of the interval in which it was taken.")
    uncertainty_s: float = Field(description="Half its length.")
    kind: str
    value: str | None = Field(description="A decimal; null is unknown.")
    known_at: datetime = Field(description="When it arrived.")
    confirmed: bool
    source: str
    note: str
    client_id: str | None
    body: Code = Field(description="Who sent it.")
    state: Literal["waiting", "handled"] = Field(description="Whether what follows from it was decided.")
    statement: str | None = Field(description="The statement that put it on the record; null: none.")


class ReadingPage(Shape):
    """Some readings, the last to arrive first."""

    items: list[ReadingShape]
    next: str | None


class StationShape(Shape):
    """A place of readings."""

    id: Code
    city: Code
    body: Code = Field(description="Who runs it.")
    name: Words
    may_send: bool = Field(description="Whether you may send readings of it.")


class StationPage(Shape):
    """Some stations, by id."""

    items: list[StationShape]
    next: str | None


Problem.model_rebuild()
