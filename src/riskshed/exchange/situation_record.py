"""What a situation report says, before `situation_report.draw` sets it.

It is in one language already, since names and sentences come from the log in the language that was asked for.
Numbers, times and bands are still numbers and times, so that they are written in one place in one way. None
is unknown. Whatever can be doubted names its **sources**, by their numbers in `Report.sources`: there stands
the statement of the log by which anybody can check it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

Language = Literal["zh", "en"]
DutyState = Literal["breached", "late", "undetermined", "open", "met"]
Colour = Literal["red", "orange", "yellow", "blue"]
Numbers = tuple[int, ...]
"""Numbers of sources, from 1."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text and where it is from; ``is_known`` False where the text says that it is not known.

    `label` stands before the text.
    """

    text: str
    sources: Numbers = ()
    is_known: bool = True
    label: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A heading of one line, and what is known under it: one part to a line."""

    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class CityRow:
    """What a forecast says of one city.

    Attributes
    ----------
    name : str
    probability : float or None
        That it is reached, 0 to 1.
    earliest, middle, latest : datetime or None
        5 % quantile, median and 95 % quantile of the arrival, given that it is reached.
    peak : str or None
        Median of the peak with its unit.
    exposed_people : int or None
    """

    name: str
    probability: float | None
    earliest: datetime | None
    middle: datetime | None
    latest: datetime | None
    peak: str | None
    exposed_people: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The latest forecast: its cities in the order of arrival, what it rests on, where not to trust it."""

    quantity: str
    rows: tuple[CityRow, ...]
    basis: tuple[Item, ...]
    sources: Numbers


@dataclass(frozen=True, slots=True)
class WarningRow:
    """A warning that is in force; `issued` as of `Source`."""

    colour: Colour
    headline: str | None
    cities: str
    by: str
    issued: str
    onset: datetime | None
    expires: datetime
    sources: Numbers


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice, and what one of its addressees answered.

    `sent` is as `issued` of `Source`; `answer_by` is by when an answer was asked for.
    """

    by: str
    to: str
    headline: str | None
    sent: str
    answer_by: datetime | None
    acknowledged: datetime | None
    adopted: datetime | None
    declined: datetime | None
    sources: Numbers


@dataclass(frozen=True, slots=True)
class DutyRow:
    """What a body owes, to whom, by when, by which rules, and how it stands.

    `is_lawful` is False where the time is one of the agreement, or of the statement that asks. Several
    addressees and several rules that want the same act by the same time stand in one row; `count` is how many
    duties it holds.
    """

    state: DutyState
    who: str
    what: str
    to: tuple[str, ...]
    due: datetime | None
    done: datetime | None
    is_lawful: bool
    rules: tuple[str, ...]
    count: int
    sources: Numbers


@dataclass(frozen=True, slots=True)
class Source:
    """A statement of the log.

    Attributes
    ----------
    id : str
        SHA-256 of its payload, 64 hex digits.
    kind, by : str
        In words.
    issued : str
        When the body says that it spoke, with the zone, and no finer than that is known.
    index : int or None
        Its place in the log.
    is_reconstructed : bool
        Whether others put it together later, from published sources, so that the body never signed it.
    """

    id: str
    kind: str
    by: str
    issued: str
    index: int | None
    is_reconstructed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A situation report in one language.

    Attributes
    ----------
    language : {"zh", "en"}
    zone : tzinfo
        All times are told in it.
    name, code : str
        The incident.
    number : int
        Of the report, from 1.
    issuer : str
        Who sends it up.
    as_of : datetime
        It tells how things stood then, as known then.
    is_exercise : bool
        Every page of a drill says that it is one.
    lead : tuple of Part
        What matters most, a sentence each.
    happened : tuple of Item
    situation : {1, 2, 3} or None
        Which of the three situations of spread.
    situation_sources : tuple of int
    elements : tuple of Item
        What the law wants in a report of an accident, in the order of the law.
    elements_note : str
        The law, and how far it binds here.
    whereabouts : tuple of Item
    forecast : Forecast or None
    warnings, notices, duties : tuples of rows
    roles : tuple of Item
    aid : tuple of Item
        Empty where the record holds none.
    unknown : tuple of str
        What is not known, a sentence each.
    sources : tuple of Source
        Number 1 stands first.
    checkpoint : str or None
        Name, size and root of the log, by which the sources can be checked.
    """

    language: Language
    zone: tzinfo
    name: str
    code: str
    number: int
    issuer: str
    as_of: datetime
    is_exercise: bool
    lead: tuple[Part, ...]
    happened: tuple[Item, ...]
    situation: Literal[1, 2, 3] | None
    situation_sources: Numbers
    elements: tuple[Item, ...]
    elements_note: str
    whereabouts: tuple[Item, ...]
    forecast: Forecast | None
    warnings: tuple[WarningRow, ...]
    notices: tuple[NoticeRow, ...]
    roles: tuple[Item, ...]
    duties: tuple[DutyRow, ...]
    aid: tuple[Item, ...]
    unknown: tuple[str, ...]
    sources: tuple[Source, ...]
    checkpoint: str | None = None

    def __post_init__(self) -> None:
        assert self.as_of.tzinfo is not None, "a time without an offset could be any of several"
        assert self.number >= 1, "reports are numbered from 1"
