"""What was measured, and since when anyone could know it; and what really happened, to judge a forecast by.

A **reading** has two times. `time` is when it was taken, `known_at` is when the forecaster could have it. A
forecast issued at T uses `known_by(readings, T)`, which never hands out a reading with a later `known_at`,
and applies a correction only once it was known.

Old readings are often known to the hour or to the day only. The precision leaves an interval open: a minute
none, an hour the half hour on either side, a day that whole day in the zone in which it is written. `time` is
the middle of the interval and `uncertainty_s` half its length. Where `known_at` is empty it is the end of the
interval, so that a reading of "the 20th" is not used at noon of the 20th. A `known_at` inside the interval
cuts it short: what was known at ten o'clock was not measured at eleven.

A **record** is what really happened at a section, as an interval (`earliest`, `latest`), with its source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from riskshed.errors import Fault, InputFaults
from riskshed.tables import LIMITS, Column, FaultBook, Limits, Table, read_csv, shown

ReadingKind = Literal[
    "observed", "at_least", "not_detected", "below", "first_detected", "peak", "front", "cleared", "first_ice"
]
RecordKind = Literal["front", "peak"]

KINDS: dict[str, str] = {
    "observed": "the value was measured",
    "at_least": "it was the value or more",
    "not_detected": "it was looked for and not found; the value, if any, is the limit of detection",
    "below": "it was below the value",
    "first_detected": "it was found for the first time",
    "peak": "the value is the greatest at this section",
    "front": "the leading edge stood here",
    "cleared": "it was below the standard again",
    "first_ice": "the first ice was seen on the river",
}
VALUE_NEEDED = ("observed", "at_least", "below", "peak")
PRECISION_S: dict[str, float] = {"minute": 0.0, "hour": 1800.0, "day": 43200.0}


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement, or one look that found nothing.

    Attributes
    ----------
    section : str
        Id of the section of the region.
    time : datetime
        Middle of the interval in which it was taken; aware.
    kind : str
        One of `KINDS`.
    value : float or None
        In the unit of the file's value column; None is unknown.
    known_at : datetime
        When the forecaster could have it; never before `time`.
    uncertainty_s : float
        Half the length of the interval that the precision leaves open.
    source, note : str
    stated : datetime or None
        The time as the source wrote it, by which a correction finds what it corrects; None is `time` itself.
    """

    section: str
    time: datetime
    kind: ReadingKind
    value: float | None
    known_at: datetime
    uncertainty_s: float
    source: str
    note: str = ""
    stated: datetime | None = None

    @property
    def about(self) -> tuple[str, datetime, str]:
        """What it is about: two readings about the same are one reading and its correction."""
        return (self.section, (self.stated or self.time).astimezone(UTC), self.kind)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What really happened at one section: an event between two times, with what speaks against it."""

    section: str
    kind: RecordKind
    earliest: datetime
    latest: datetime
    value: float | None
    scored: bool
    conflict: str
    source: str
    note: str = ""


class Readings(tuple[Reading, ...]):
    """Readings sorted by (known_at, time, section, kind), which also say what was done to the file.

    Attributes
    ----------
    duplicates : int
        Rows dropped because an earlier row says the same.
    corrections : int
        Rows that supersede an earlier one once they are known.
    moved : int
        Rows that did not stand in the order of time in the file.
    """

    duplicates: int = 0
    corrections: int = 0
    moved: int = 0


def reading_schema(unit: str) -> tuple[Column, ...]:
    """The columns of readings.csv, whose value column is named after its unit."""
    return (
        Column("section", "id", doc="Id of a section of the region."),
        Column("time", "time", doc="When it was taken."),
        Column("kind", "choice", choices=tuple(KINDS), doc="What the reading says."),
        Column(
            unit, "float", unit=unit, low=0.0, may_be_empty=True,
            doc="The value; needed for observed, at_least, below and peak.",
        ),
        Column(
            "known_at", "time", required=False, may_be_empty=True,
            doc="When the forecaster could have it; empty is the end of what the precision leaves open.",
        ),
        Column(
            "precision", "choice", required=False, may_be_empty=True, choices=tuple(PRECISION_S),
            doc="How exactly the time is known; empty is minute.",
        ),
        Column(
            "uncertainty_s", "float", unit="s", required=False, may_be_empty=True, low=0.0, high=30 * 86400.0,
            doc="Half the length of the open interval, instead of precision.",
        ),
        Column("source", "text", doc="Where this is said."),
        Column("note", "text", required=False, may_be_empty=True, doc="Anything else."),
    )  # fmt: skip


def record_schema(unit: str) -> tuple[Column, ...]:
    """The columns of record.csv, whose value column is named after its unit."""
    return (
        Column("section", "id", doc="Id of a section of the region."),
        Column(
            "kind", "choice", choices=("front", "peak"), doc="Arrival of the front, or the greatest value."
        ),
        Column("earliest", "time", doc="It did not happen before; of a day, its first moment."),
        Column("latest", "time", doc="It did not happen after; of a day, its last moment."),
        Column(unit, "float", unit=unit, low=0.0, may_be_empty=True, doc="The value, where it is known."),
        Column("scored", "bool", doc="Whether a forecast is judged by it."),
        Column(
            "conflict", "text", may_be_empty=True, doc="What speaks against it, and why it is (not) scored."
        ),
        Column("source", "text", doc="Where this is said."),
        Column("note", "text", required=False, may_be_empty=True, doc="Anything else."),
    )


def read_readings(path: Path, *, unit: str, sections: Collection[str], limits: Limits = LIMITS) -> Readings:
    """Read readings.csv.

    Rows in any order are sorted; what is said twice is taken once and counted. Two rows about the
    same section, time and kind with different values are a reading and its correction if the later `known_at`
    tells them apart, and a fault otherwise.

    Parameters
    ----------
    path : Path
    unit : str
        Name of the value column, such as ``mg_per_L``.
    sections : collection of str
        Ids of the sections on the river.

    Raises
    ------
    InputFaults
        ``reading.faults``, with every fault of the file.
    """
    faults: list[Fault] = []
    table = read_csv(path, reading_schema(unit), faults, limits=limits)
    found = _sorted(table, unit, sections, FaultBook(str(path), faults, limits)) if table else Readings()
    if faults:
        raise InputFaults("reading.faults", f"the readings {path} cannot be used", faults)
    return found


def read_record(
    path: Path, *, unit: str, sections: Collection[str], limits: Limits = LIMITS
) -> tuple[Recorded, ...]:
    """Read record.csv, in the order of the file.

    Raises
    ------
    InputFaults
        ``record.faults``, with every fault of the file: also an interval that ends before it begins, a peak
        scored without its value, and two scored rows of one kind at one section.
    """
    faults: list[Fault] = []
    table = read_csv(path, record_schema(unit), faults, limits=limits)
    found = _records(table, unit, sections, FaultBook(str(path), faults, limits)) if table else ()
    if faults:
        raise InputFaults("record.faults", f"the record {path} cannot be used", faults)
    return found


def known_by(readings: Iterable[Reading], at: datetime) -> tuple[Reading, ...]:
    """The readings that the forecaster had at this time, with the corrections known by then.

    Parameters
    ----------
    at : datetime
        Aware. A reading known at exactly this time is included.

    Returns
    -------
    tuple of Reading
        Sorted by (known_at, time, section, kind).
    """
    assert at.tzinfo is not None, "a time with its zone"
    latest: dict[tuple[str, datetime, str], Reading] = {}
    for reading in sorted((r for r in readings if r.known_at <= at), key=_by_time):
        latest[reading.about] = reading
    return tuple(sorted(latest.values(), key=_by_time))


def _by_time(reading: Reading) -> tuple[datetime, datetime, str, str]:
    return (reading.known_at, reading.time, reading.section, reading.kind)


def _sorted(table: Table, unit: str, sections: Collection[str], book: FaultBook) -> Readings:
    kept: list[Reading] = []
    seen: dict[tuple[str, datetime, str], list[Reading]] = {}
    duplicates = corrections = 0
    for line, row in zip(table.lines, table.rows(), strict=True):
        reading = _reading(line, row, unit, sections, book)
        if reading is None:
            continue
        others = seen.setdefault(reading.about, [])
        if any(_same_found(other, reading) for other in others):
            duplicates += 1
            continue
        if any(other.known_at == reading.known_at for other in others):
            got = f"another {reading.kind} at {reading.section} at the same time, known at the same time"
            todo = "Keep one of them, or say in known_at when the correction became known."
            book.add("reading.contradiction", line, unit, got, "one reading, or a later correction", todo)
        corrections += bool(others)
        others.append(reading)
        kept.append(reading)
    book.close()
    found = Readings(sorted(kept, key=_by_time))
    found.duplicates, found.corrections = duplicates, corrections
    found.moved = sum(a is not b for a, b in zip(found, kept, strict=True))
    return found


def _same_found(one: Reading, other: Reading) -> bool:
    """Whether both say the same and were known at the same time; two sources may well agree."""
    return (one.known_at, one.value, one.uncertainty_s) == (other.known_at, other.value, other.uncertainty_s)


def _reading(
    line: int, row: dict[str, Any], unit: str, sections: Collection[str], book: FaultBook
) -> Reading | None:
    before = book.count
    _check_section(line, row["section"], sections, book)
    kind, value = row["kind"], row[unit]
    if kind in VALUE_NEEDED and value is None:
        book.add("reading.no_value", line, unit, f"no value for {kind}", "a number", "Fill it in.")
    if row["precision"] is not None and row["uncertainty_s"] is not None:
        got = "both precision and uncertainty_s"
        book.add("reading.two_precisions", line, "uncertainty_s", got, "one of them", "Empty one of them.")
    earliest, latest = _interval(row)
    known_at = row["known_at"] or latest
    if known_at < earliest:
        got = f"{known_at.isoformat()}, before the reading was taken"
        book.add("reading.known_before", line, "known_at", got, f"not before {earliest.isoformat()}")
    if book.count > before:
        return None
    half = (min(latest, known_at) - earliest) / 2
    return Reading(
        section=row["section"],
        time=earliest + half,
        kind=kind,
        value=value,
        known_at=known_at,
        uncertainty_s=half.total_seconds(),
        source=row["source"],
        note=row["note"] or "",
        stated=None if row["time"] == earliest + half else row["time"],
    )


def _interval(row: dict[str, Any]) -> tuple[datetime, datetime]:
    stated: datetime = row["time"]
    if row["precision"] == "day":
        midnight = stated.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight, midnight + timedelta(days=1)
    half = timedelta(seconds=row["uncertainty_s"] or PRECISION_S[row["precision"] or "minute"])
    return stated - half, stated + half


def _check_section(line: int, section: str, sections: Collection[str], book: FaultBook) -> None:
    if section not in sections:
        wanted = "a section of the region: " + ", ".join(sorted(sections)[:20])
        book.add("reading.unknown_section", line, "section", shown(section), wanted, "Correct the id.")


def _records(table: Table, unit: str, sections: Collection[str], book: FaultBook) -> tuple[Recorded, ...]:
    found = []
    scored: set[tuple[str, str]] = set()
    for line, row in zip(table.lines, table.rows(), strict=True):
        _check_section(line, row["section"], sections, book)
        if row["latest"] < row["earliest"]:
            wanted = f"not before earliest, {row['earliest'].isoformat()}"
            book.add(
                "record.backwards", line, "latest", row["latest"].isoformat(), wanted, "Exchange the two."
            )
        about = (row["section"], row["kind"])
        if row["scored"] and about in scored:
            got = f"a second scored {row['kind']} at {row['section']}"
            book.add(
                "record.scored_twice", line, "scored", got, "one", "Say scored = false on the weaker one."
            )
        if row["scored"]:
            scored.add(about)
        if row["scored"] and row["kind"] == "peak" and row[unit] is None:
            book.add("record.no_value", line, unit, "a scored peak without value", "a number", "Fill it in.")
        texts = {name: row[name] or "" for name in ("conflict", "note")}
        found.append(Recorded(value=row[unit], **{k: v for k, v in row.items() if k != unit} | texts))
    book.close()
    return tuple(found)
