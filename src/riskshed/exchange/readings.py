"""Readings as they are sent: one as JSON, many as JSON, a table as CSV; and the file in which they are kept.

All three forms have the same fields (`SCHEMA`), checked by the same rules, and each is taken whole or not at
all: one fault is enough, and every fault is named, with its line or place and its field. A time needs its
zone. A value is a decimal; empty or absent is unknown, never zero. When a reading became known is when it
arrived, which the one who receives it says; a sender cannot.

What was taken in is kept as a CSV file (`to_csv`), which `kept` reads back to the same signals, byte for
byte the same for the same set. Its digest stands in the statement that puts them on the record.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from riskshed.columns import WrongCellError, parse_cell, shown
from riskshed.errors import Fault, InputFaults
from riskshed.fault_book import FaultBook, Limits
from riskshed.reading import KINDS, PRECISION_S, VALUE_NEEDED
from riskshed.signals import HAZARD_CLASS_OF, About, Signal, by_time
from riskshed.statement_values import UNITS
from riskshed.stations import Stations
from riskshed.tables import Column, csv_of, json_of

MEDIA_TYPE = "text/csv"
ONE = Limits(bytes=64 * 2**10, rows=1, depth=4)
"""Of one reading."""
BATCH = Limits(bytes=8 * 2**20, rows=10_000, depth=6)
"""Of many as JSON."""
UPLOAD = Limits(bytes=16 * 2**20, rows=100_000)
"""Of a table."""
KEPT = Limits(bytes=64 * 2**20, rows=100_000)

AHEAD = timedelta(minutes=5)
"""So far a sender's clock may be ahead; the time then counts as that of arrival."""
TEXT_MAX = 300
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?", re.ASCII)
_DECIMAL_MAX = Decimal(10) ** 15

SCHEMA: tuple[Column, ...] = (
    Column("place", "id", doc="Id of a station, a section or a city."),
    Column("hazard_class", "choice", choices=tuple(HAZARD_CLASS_OF), doc="The class of hazard."),
    Column("quantity", "id", doc="Code of what was measured or counted, such as nitrobenzene, stage, cases."),
    Column("unit", "choice", choices=UNITS, doc="Unit of the value; 1 is a plain number."),
    Column("time", "time", doc="When it was taken, with its offset from UTC."),
    Column("kind", "choice", choices=tuple(KINDS), doc="What the reading says."),
    Column(
        "value", "text", required=False, may_be_empty=True,
        doc="A decimal; needed for observed, at_least, below and peak; empty is unknown.",
    ),
    Column("source", "text", doc="Who or what says so."),
    Column("hazard", "id", required=False, may_be_empty=True, doc="Code of the hazard, where it is known."),
    Column(
        "series", "id", required=False, may_be_empty=True,
        doc="Instrument or sender, where a place has several.",
    ),
    Column(
        "precision", "choice", required=False, may_be_empty=True, choices=tuple(PRECISION_S),
        doc="How exactly the time is known; empty is minute.",
    ),
    Column(
        "uncertainty_s", "float", "s", required=False, may_be_empty=True, low=0.0, high=30 * 86400.0,
        doc="Half the length of the open interval, instead of precision.",
    ),
    Column(
        "confirmed", "bool", required=False, may_be_empty=True,
        doc="false for what somebody saw and nobody has checked; empty is true.",
    ),
    Column(
        "client_id", "id", required=False, may_be_empty=True,
        doc="The sender's own name for this reading: sent again under it, it does nothing.",
    ),
    Column("note", "text", required=False, may_be_empty=True, doc="Anything else."),
)  # fmt: skip
_COLUMNS = {column.name: column for column in SCHEMA}

_KEPT_SCHEMA: tuple[Column, ...] = (
    *(_COLUMNS[name] for name in ("place", "hazard_class", "quantity", "unit", "time", "kind", "value")),
    Column("known_at", "time", doc="When it arrived."),
    Column("stated", "time", may_be_empty=True, doc="The time as it was written, where that is another."),
    *(_COLUMNS[name] for name in ("uncertainty_s", "source", "hazard", "series", "confirmed")),
    *(_COLUMNS[name] for name in ("client_id", "note")),
)


# -------------------------------------------------------------------------------------------------- as JSON


def of_json(
    data: bytes, stations: Stations, arrived: datetime, *, where: str = "reading"
) -> tuple[Signal, ...]:
    """One reading from a JSON object with the fields of `SCHEMA`.

    Parameters
    ----------
    data : bytes
        At most `ONE`.
    stations : Stations
    arrived : datetime
        Aware.
    where : str
        What to call it in messages.

    Raises
    ------
    InputFaults
        ``readings.faults``, with every fault.
    """
    faults: list[Fault] = []
    document = json_of(data, faults, where=where, limits=ONE)
    book = FaultBook(where, faults, ONE)
    found = [] if faults else [of_object(document, "", stations, arrived, book)]
    return whole(found, book, faults)


def of_batch(
    data: bytes, stations: Stations, arrived: datetime, *, where: str = "batch"
) -> tuple[Signal, ...]:
    """Many readings from a JSON object ``{"readings": [...]}``, all or none; otherwise as `of_json`."""
    faults: list[Fault] = []
    document = json_of(data, faults, where=where, limits=BATCH)
    book = FaultBook(where, faults, BATCH)
    found: list[Signal | None] = []
    if not faults:
        rows = document.get("readings") if isinstance(document, dict) and len(document) == 1 else None
        if not isinstance(rows, list) or not 1 <= len(rows) <= BATCH.rows:
            got = f"{len(rows):,} readings" if isinstance(rows, list) else "something else"
            wanted = f'{{"readings": [...]}} with 1 to {BATCH.rows:,} readings and nothing beside it'
            book.add("readings.bad_batch", None, "readings", got, wanted)
            rows = []
        found = [of_object(row, f"readings[{at}].", stations, arrived, book) for at, row in enumerate(rows)]
    return whole(found, book, faults)


def of_object(
    row: Any, prefix: str, stations: Stations, arrived: datetime, book: FaultBook, line: int | None = None
) -> Signal | None:
    """The signal of an object; None, and its faults in the book, if it is none."""
    before = book.count
    if not isinstance(row, dict):
        book.add("readings.not_an_object", line, prefix.rstrip(".") or None, type(row).__name__, "an object")
        return None
    for name in row:
        if name not in _COLUMNS:
            todo = "When it became known is when it arrives." if name == "known_at" else "Remove it."
            place = prefix + shown(name)[1:-1]
            book.add("readings.unknown_field", line, place, shown(name), ", ".join(_COLUMNS), todo)
    cells = {name: _cell(row.get(name), column, line, prefix, book) for name, column in _COLUMNS.items()}
    return None if book.count > before else signal_of(cells, line, prefix, stations, arrived, book)


def _cell(value: Any, column: Column, line: int | None, prefix: str, book: FaultBook) -> Any:
    """The value of a field, by the same rules as a cell of a table."""
    place = prefix + column.name
    if value is None or value == "":
        if not column.may_be_empty:
            book.add("readings.missing_field", line, place, "nothing", column.range_text() or column.doc)
        return None
    if isinstance(value, dict | list):
        book.add("readings.bad_field", line, place, type(value).__name__, column.doc)
        return None
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    try:
        return parse_cell(text, column)
    except WrongCellError as wrong:
        book.add(wrong.code, line, place, shown(text), wrong.wanted, wrong.todo)
        return None


# --------------------------------------------------------------------------------------------------- as CSV


def of_csv(data: bytes, stations: Stations, arrived: datetime, *, where: str = "table") -> tuple[Signal, ...]:
    """Readings from a CSV file with the columns of `SCHEMA`, in any order; otherwise as `of_json`.

    The file is read as `riskshed.tables` reads all files: UTF-8, a header, remarks above it.
    """
    faults: list[Fault] = []
    table = csv_of(data, SCHEMA, faults, where=where, limits=UPLOAD)
    book = FaultBook(where, faults, UPLOAD)
    found: list[Signal | None] = []
    lines: list[int] = []
    if table is not None:
        lines = list(table.lines)
        found = [
            signal_of(row, line, "", stations, arrived, book)
            for line, row in zip(lines, table.rows(), strict=True)
        ]
    return whole(found, book, faults, lines)


def signal_of(
    cells: Mapping[str, Any],
    line: int | None,
    prefix: str,
    stations: Stations,
    arrived: datetime,
    book: FaultBook,
) -> Signal | None:
    """The signal of cells that were each read by their column; None, and faults, if they make none.

    Parameters
    ----------
    cells : mapping of str to value
        Every name of `SCHEMA`; None is unknown.
    line, prefix
        Where it stands, for messages.
    """
    before = book.count
    _check_words(cells, line, prefix, stations, book)
    value = _value(cells, line, prefix, book)
    times = _times(cells, line, prefix, arrived, book)
    if book.count > before or times is None:
        return None
    time, uncertainty_s = times
    return Signal(
        place=cells["place"],
        hazard_class=HAZARD_CLASS_OF[cells["hazard_class"]],
        quantity=cells["quantity"],
        unit=cells["unit"],
        time=time,
        kind=cells["kind"],
        value=value,
        known_at=arrived,
        source=cells["source"].strip(),
        uncertainty_s=uncertainty_s,
        hazard=cells["hazard"],
        series=cells["series"] or "",
        confirmed=cells["confirmed"] is not False,
        client_id=cells["client_id"] or "",
        note=(cells["note"] or "").strip(),
        stated=None if cells["time"] == time else cells["time"],
    )


def _check_words(
    cells: Mapping[str, Any], line: int | None, prefix: str, stations: Stations, book: FaultBook
) -> None:
    if cells["place"] not in stations:
        todo = "Name a section or a city of the region, or add the station to thresholds.toml."
        book.add(
            "readings.unknown_place", line, f"{prefix}place", shown(cells["place"]), "a known place", todo
        )
    for name in ("quantity", "hazard", "client_id", "series"):
        if cells[name] and not _CODE.fullmatch(cells[name]):
            wanted = "a code: letters, digits and . _ : / -, at most 128 of them"
            book.add("readings.bad_code", line, prefix + name, shown(cells[name]), wanted)
    for name in ("source", "note"):
        if cells[name] and len(cells[name]) > TEXT_MAX:
            got = f"{len(cells[name])} characters"
            book.add("readings.too_long", line, prefix + name, got, f"at most {TEXT_MAX}", "Shorten it.")


def _value(cells: Mapping[str, Any], line: int | None, prefix: str, book: FaultBook) -> Decimal | None:
    text, kind = cells["value"], cells["kind"]
    if text is None or text.isspace():
        if kind in VALUE_NEEDED:
            book.add("reading.no_value", line, f"{prefix}value", f"no value for {kind}", "a number")
        return None
    value = decimal_of(text)
    if value is None:
        todo = "Write digits only, without separators or unit; leave it out if it is unknown."
        wanted = "a plain number such as 12.5, below 1e15"
        book.add("readings.bad_value", line, f"{prefix}value", shown(text), wanted, todo)
    return value


def decimal_of(text: str) -> Decimal | None:
    """The number that a text writes, in the one form of its value; None if it is none that is taken.

    Examples
    --------
    >>> decimal_of("1.50"), decimal_of("2e3"), decimal_of("NaN"), decimal_of("1,000")
    (Decimal('1.5'), Decimal('2000'), None, None)
    """
    text = text.strip(" ")
    if not _DECIMAL.fullmatch(text):
        return None
    value = Decimal(text)
    exponent = value.normalize().as_tuple().exponent
    if abs(value) >= _DECIMAL_MAX or (isinstance(exponent, int) and exponent < -20):
        return None
    return Decimal(_plain(value))


def _plain(value: Decimal) -> str:
    """A number without exponent and without zeros at its end."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if value == 0 else text


def _times(
    cells: Mapping[str, Any], line: int | None, prefix: str, arrived: datetime, book: FaultBook
) -> tuple[datetime, float] | None:
    """Middle and half length of the interval that the time leaves open, cut short at the arrival."""
    stated: datetime = cells["time"]
    if cells["precision"] is not None and cells["uncertainty_s"] is not None:
        got = "both precision and uncertainty_s"
        book.add("reading.two_precisions", line, f"{prefix}uncertainty_s", got, "one of them")
        return None
    if cells["precision"] == "day":
        earliest = stated.replace(hour=0, minute=0, second=0, microsecond=0)
        latest = earliest + timedelta(days=1)
    else:
        half = timedelta(seconds=cells["uncertainty_s"] or PRECISION_S[cells["precision"] or "minute"])
        earliest, latest = stated - half, stated + half
    if earliest > arrived + AHEAD:
        got = f"{stated.isoformat()}, which has not come yet"
        todo = "Check the clock of the sender, and the offset."
        book.add("readings.future", line, f"{prefix}time", got, f"not after {arrived.isoformat()}", todo)
        return None
    earliest = min(earliest, arrived)
    half = (min(latest, arrived) - earliest) / 2
    return earliest + half, half.total_seconds()


def whole(
    found: Sequence[Signal | None], book: FaultBook, faults: list[Fault], lines: Sequence[int] = ()
) -> tuple[Signal, ...]:
    """All of them, or InputFaults ``readings.faults``; also where two in one sending deny each other."""
    told: dict[About, Signal] = {}
    for at, one in enumerate(found):
        if one is None:
            continue
        other = told.setdefault(one.about, one)
        if other.found != one.found:
            line = lines[at] if lines else None
            got = f"another {one.kind} of {one.quantity} at {one.place} at the same time"
            todo = "Keep one of them; a correction is sent by itself, afterwards."
            field = "value" if lines or len(found) == 1 else f"readings[{at}].value"
            book.add("reading.contradiction", line, field, got, "one reading of each time", todo)
    book.close()
    if faults:
        raise InputFaults("readings.faults", f"{book.where}: nothing of it was taken", faults)
    return tuple(one for one in found if one is not None)


# ------------------------------------------------------------------------------------------------ as kept


def to_csv(signals: Iterable[Signal]) -> bytes:
    """The file in which signals are kept: one byte form for one set, in the order of time."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in _KEPT_SCHEMA])
    rows = {_written(one): one for one in signals}
    order = sorted((by_time(one), row) for row, one in rows.items())
    writer.writerows(row for _, row in order)
    return out.getvalue().encode()


def _written(one: Signal) -> tuple[str, ...]:
    """The cells of a signal, in the order of `_KEPT_SCHEMA`."""
    return (
        one.place,
        one.hazard_class,
        one.quantity,
        one.unit,
        one.time.isoformat(),
        one.kind,
        "" if one.value is None else _plain(one.value),
        one.known_at.isoformat(),
        "" if one.stated is None else one.stated.isoformat(),
        repr(float(one.uncertainty_s)),
        one.source,
        one.hazard or "",
        one.series,
        "true" if one.confirmed else "false",
        one.client_id,
        one.note,
    )


def kept(data: bytes, *, where: str = "readings") -> tuple[Signal, ...]:
    """The signals of a file that `to_csv` wrote.

    Raises
    ------
    InputFaults
        ``readings.faults``: the file is of another make, or was changed.
    """
    faults: list[Fault] = []
    table = csv_of(data, _KEPT_SCHEMA, faults, where=where, limits=KEPT)
    book = FaultBook(where, faults, KEPT)
    found = (
        [_kept(row, line, book) for line, row in zip(table.lines, table.rows(), strict=True)] if table else []
    )
    book.close()
    if faults:
        raise InputFaults("readings.faults", f"the kept readings {where} cannot be read", faults)
    return tuple(one for one in found if one is not None)


def _kept(row: dict[str, Any], line: int, book: FaultBook) -> Signal | None:
    value = None if row["value"] is None else decimal_of(row["value"])
    if (value is None) != (row["value"] is None) or row["time"] > row["known_at"]:
        book.add("readings.not_kept", line, None, "a row that was never written here", "the file as kept")
        return None
    texts = {name: row[name] or "" for name in ("series", "client_id", "note")}
    facts: dict[str, Any] = {
        **row,
        **texts,
        "hazard_class": HAZARD_CLASS_OF[row["hazard_class"]],
        "value": value,
        "confirmed": row["confirmed"] is not False,
        "uncertainty_s": row["uncertainty_s"] or 0.0,
    }
    return Signal(**facts)
