"""Plain files read strictly against a declared schema: every fault is named, nothing is guessed or half read.

A clerk with a spreadsheet makes these files, so a reader has two duties. It accepts what is plainly meant (a
byte order mark, comment lines at the head, blank lines, any order of the columns), and it refuses what could
be meant in two ways (a time without zone, ``1,000``, ``NaN``, a repeated column) by file, line and column,
with what was wanted and what to do. It goes on after a fault, so that one reading names them all (up to
``Limits.faults`` in a file).

The schema is data: a sequence of :class:`Column`. The same data checks the file and writes the guide
(`describe`).

Files are never trusted. What is not a regular file or is larger than ``Limits.bytes`` is refused before it is
opened; rows are streamed and counted, so that a file that grows while it is read cannot fill the memory. Text
is UTF-8; control characters are refused, everything else survives unchanged.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import stat
import tomllib
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO

import numpy as np

from riskshed.columns import PARSERS, Column, WrongCellError, parse_time, shown
from riskshed.errors import Fault
from riskshed.fault_book import BYTES_MAX, LIMITS, FaultBook, Limits

__all__ = [
    "BYTES_MAX",
    "LIMITS",
    "Column",
    "FaultBook",
    "Limits",
    "Table",
    "can_read",
    "csv_of",
    "json_of",
    "parse_time",
    "read_csv",
    "read_json",
    "read_text",
    "read_toml",
    "shown",
    "stream_rows",
]


class Table:
    """The columns of a file that had no fault.

    A float column is a float64 array with NaN for unknown, an int column that may not be empty an int64
    array, every other column a list with None for unknown. `lines` holds the line on which each row starts.
    """

    def __init__(self, columns: dict[str, Any], lines: Sequence[int]) -> None:
        self.columns = columns
        self.lines = lines

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each row as a mapping; unknown is None in every column."""
        names = list(self.columns)
        plain = [c.tolist() if isinstance(c, np.ndarray) else c for c in self.columns.values()]
        for cells in zip(*plain, strict=True):
            yield {n: None if _is_nan(v) else v for n, v in zip(names, cells, strict=True)}


# ------------------------------------------------------------------------------------------------- files


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def can_read(path: Path, book: FaultBook, limits: Limits = LIMITS) -> bool:
    """Whether this is a regular file within the limit of bytes; otherwise the fault is in the book.

    Asked before a file is opened: a pipe or a device would block, or never end.
    """
    try:
        status = path.stat()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        code = "file.missing" if missing else "file.unreadable"
        got = "no such file" if missing else (error.strerror or "an error of the file system")
        book.add(code, None, None, got, "a file that can be read", "Put the file there.")
        return False
    if not stat.S_ISREG(status.st_mode):
        book.add(
            "file.not_a_file", None, None, "a folder, pipe or device", "a regular file", "Put a file there."
        )
        return False
    if status.st_size > limits.bytes:
        got, wanted = f"{status.st_size:,} bytes", f"at most {limits.bytes:,} bytes"
        book.add("file.too_large", None, None, got, wanted, "Cut the file to the region it is about.")
        return False
    return True


def read_csv(
    path: Path,
    schema: Sequence[Column],
    faults: list[Fault],
    *,
    extra: Literal["refuse", "keep"] = "refuse",
    limits: Limits = LIMITS,
) -> Table | None:
    """Read a CSV file with a header against a schema.

    Parameters
    ----------
    path : Path
        UTF-8, comma separated, ``"`` around cells that hold commas; lines that start with ``#`` may stand
        above the header.
    schema : sequence of Column
    faults : list of Fault
        Every fault found is added to it; nothing is raised.
    extra : {"refuse", "keep"}
        What to do with columns that the schema does not name: a fault each, or keep them as text.

    Returns
    -------
    Table or None
        None if the file had a fault.
    """
    book = FaultBook(str(path), faults, limits)
    table = None
    if can_read(path, book, limits):
        try:
            with path.open("r", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
                table = _CsvReader(file, schema, book, extra, limits).read()
        except OSError as error:
            book.add("file.unreadable", None, None, str(error.strerror), "a file that can be read")
    return None if book.close() else table


def csv_of(
    data: bytes, schema: Sequence[Column], faults: list[Fault], *, where: str, limits: Limits = LIMITS
) -> Table | None:
    """The table in the bytes of a CSV file that was sent; otherwise as `read_csv`. `where` names it."""
    book = FaultBook(where, faults, limits)
    table = None
    if _fits(data, book, limits):
        with io.TextIOWrapper(
            io.BytesIO(data), encoding="utf-8-sig", errors="surrogateescape", newline=""
        ) as file:
            table = _CsvReader(file, schema, book, "refuse", limits).read()
    return None if book.close() else table


def _fits(data: bytes, book: FaultBook, limits: Limits) -> bool:
    if len(data) > limits.bytes:
        got, wanted = f"{len(data):,} bytes", f"at most {limits.bytes:,} bytes"
        book.add("file.too_large", None, None, got, wanted, "Send it in parts.")
    return len(data) <= limits.bytes


class _CsvRows:
    """The rows of an open CSV file, as they stream by."""

    def __init__(self, file: TextIO, book: FaultBook) -> None:
        self.file, self.book = file, book
        self.line = 0  # the last line handed out

    def _lines(self) -> Iterator[str]:
        at_head = True
        for text in self.file:
            self.line += 1
            at_head = at_head and text.startswith("#")
            if not at_head:
                yield text

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that is not blank, with the line on which it starts; stops at what is not CSV or UTF-8."""
        reader = csv.reader(self._lines(), strict=True)
        while True:
            start = self.line + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                todo = "Check the quotation marks: inside a quoted cell each is doubled."
                self.book.add("table.bad_csv", self.line, None, str(error), "comma separated values", todo)
                return
            if cells is None:
                return
            if any(not _is_utf8(cell) for cell in cells):
                todo = "Save the file as UTF-8 (in a spreadsheet: CSV UTF-8)."
                self.book.add("table.not_utf8", self.line, None, "bytes in another encoding", "UTF-8", todo)
                return
            if cells:
                # comment lines are skipped while the first row is fetched
                yield (self.line if start == 1 else start), cells


def stream_rows(path: Path, book: FaultBook, limits: Limits = LIMITS) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file without header, each with its line; what goes wrong is in the book."""
    if not can_read(path, book, limits):
        return
    try:
        with path.open("r", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            for number, (line, cells) in enumerate(_CsvRows(file, book)):
                if number == limits.rows:
                    _too_many(line, book, limits)
                    return
                yield line, cells
    except OSError as error:
        book.add("file.unreadable", None, None, str(error.strerror), "a file that can be read")


def _too_many(line: int, book: FaultBook, limits: Limits) -> None:
    wanted = f"at most {limits.rows:,} rows"
    book.add("table.too_many_rows", line, None, "more rows", wanted, "Cut the file to its region.")


class _CsvReader:
    def __init__(
        self, file: TextIO, schema: Sequence[Column], book: FaultBook, extra: str, limits: Limits
    ) -> None:
        self.schema, self.book, self.extra, self.limits = schema, book, extra, limits
        self.source = _CsvRows(file, book)

    def read(self) -> Table:
        rows = iter(self.source)
        line, header = next(rows, (0, None))
        if header is None:
            names = ",".join(c.name for c in self.schema if c.required)
            if not self.book.count:
                self.book.add(
                    "table.no_header", None, None, "an empty file", f"a header {names}", "Add the header."
                )
            return Table({}, [])
        columns = self._columns(line, [name.strip(" ") for name in header])
        return self._body(rows, columns) if columns else Table({}, [])

    def _columns(self, line: int, header: list[str]) -> list[Column]:
        """The column of the schema at each place of the header; empty if the rows cannot be told apart."""
        known = {column.name: column for column in self.schema}
        for name in sorted({n for n in header if header.count(n) > 1}):
            self.book.add("table.duplicate_column", line, name, "the column twice", "each column once")
            return []
        for column in self.schema:
            if column.required and column.name not in header:
                got = f"a header without {column.name}"
                self.book.add("table.missing_column", line, column.name, got, column.name, "Add the column.")
        if self.extra == "refuse":
            for name in header:
                if name not in known:
                    wanted = ", ".join(known)
                    todo = "Correct the name or remove the column."
                    self.book.add("table.unknown_column", line, name, shown(name), wanted, todo)
        return [known.get(n) or Column(n, "text", may_be_empty=True) for n in header]

    def _body(self, rows: Iterator[tuple[int, list[str]]], columns: list[Column]) -> Table:
        stores: list[Any] = [_store(column) for column in columns]
        parsers = [PARSERS[column.kind] for column in columns]
        lines = array("q")
        for line, cells in rows:
            if len(cells) != len(columns):
                got, wanted = f"{len(cells)} cells", f"{len(columns)} cells as in the header"
                self.book.add("table.ragged_row", line, None, got, wanted, "Add or remove commas.")
                continue
            if len(lines) == self.limits.rows:
                _too_many(line, self.book, self.limits)
                break
            lines.append(line)
            for text, column, parse, store in zip(cells, columns, parsers, stores, strict=True):
                self._cell(line, text, column, parse, store)
        absent = [column for column in self.schema if column.name not in {c.name for c in columns}]
        data = {c.name: _finished(store) for c, store in zip(columns, stores, strict=True)}
        data |= {c.name: _all_unknown(c, len(lines)) for c in absent}
        return Table(data, lines)

    def _cell(
        self, line: int, text: str, column: Column, parse: Callable[[str, Column], Any], store: Any
    ) -> None:
        if not text or text.isspace():
            if column.may_be_empty:
                store.append(math.nan if column.kind == "float" else None)
            else:
                todo = "Fill it in."
                self.book.add("table.empty_cell", line, column.name, "an empty cell", _wanted(column), todo)
            return
        try:
            store.append(parse(text, column))
        except WrongCellError as wrong:
            self.book.add(wrong.code, line, column.name, shown(text), wrong.wanted, wrong.todo)


def _is_utf8(text: str) -> bool:
    """Undecodable bytes were read as lone surrogates, which UTF-8 cannot write."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _wanted(column: Column) -> str:
    return column.range_text() or f"a value ({column.kind})"


def _store(column: Column) -> Any:
    if column.kind == "float":
        return array("d")
    return array("q") if column.kind == "int" and not column.may_be_empty else []


def _finished(store: Any) -> Any:
    if isinstance(store, array):
        return np.array(store, dtype=np.float64 if store.typecode == "d" else np.int64)
    return store


def _all_unknown(column: Column, rows: int) -> Any:
    return np.full(rows, np.nan) if column.kind == "float" else [None] * rows


# ------------------------------------------------------------------------------------------- TOML and JSON


def read_text(path: Path, book: FaultBook, limits: Limits = LIMITS) -> str | None:
    """The text of a UTF-8 file, without its byte order mark; None and a fault if it cannot be had."""
    if not can_read(path, book, limits):
        return None
    try:
        with path.open("rb") as file:
            data = file.read(limits.bytes + 1)
    except OSError as error:
        book.add("file.unreadable", None, None, str(error.strerror), "a file that can be read")
        return None
    return _decoded(data, book)


def _decoded(data: bytes, book: FaultBook) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        book.add(
            "table.not_utf8", line, None, "bytes in another encoding", "UTF-8", "Save the file as UTF-8."
        )
        return None


def read_toml(path: Path, faults: list[Fault], *, limits: Limits = LIMITS) -> dict[str, Any] | None:
    """Read a TOML file; None if it had a fault, which is then in `faults`."""
    book = FaultBook(str(path), faults, limits)
    text = read_text(path, book, limits)
    value: dict[str, Any] = {}
    if text is not None:
        try:
            value = tomllib.loads(text)
        except (ValueError, RecursionError, OverflowError) as error:
            _bad_document(book, "TOML", error)
    _check_leaves(value, book, limits)
    return None if book.close() else value


def line_of_key(path: Path, key: str) -> int | None:
    """The line on which a dotted key of a TOML file is set, or that of its table; None if neither is found.

    Only to show people where to look: keys within inline tables and lists are found by their table.
    """
    table, _, name = key.rpartition(".")
    line_of_table: int | None = None
    inside = ""
    for line, text in enumerate(path.read_text("utf-8", "replace").split("\n"), 1):
        if header := re.match(r"\s*\[\[?\s*([^\[\]]+?)\s*\]", text):
            inside = header[1]
            line_of_table = line if inside in (key, table) and line_of_table is None else line_of_table
        elif inside == table and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", text):
            return line
        elif not inside and table and re.match(rf"\s*{re.escape(table)}\s*=", text):
            line_of_table = line
    return line_of_table


def read_json(path: Path, faults: list[Fault], *, limits: Limits = LIMITS) -> Any:
    """Read a JSON file strictly (RFC 8259, each name once, finite numbers, text that UTF-8 can write).

    Returns
    -------
    object
        None if the file had a fault (and if it holds ``null``: the list of faults tells).
    """
    book = FaultBook(str(path), faults, limits)
    text = read_text(path, book, limits)
    return _json_value(text, book, limits)


def json_of(data: bytes, faults: list[Fault], *, where: str, limits: Limits = LIMITS) -> Any:
    """The value in the bytes of a JSON text that was sent; otherwise as `read_json`. `where` names it."""
    book = FaultBook(where, faults, limits)
    text = _decoded(data, book) if _fits(data, book, limits) else None
    return _json_value(text, book, limits)


def _json_value(text: str | None, book: FaultBook, limits: Limits) -> Any:
    value = None
    if text is not None:
        try:
            value = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            _bad_document(book, "JSON", error)
    _check_leaves(value, book, limits)
    return None if book.close() else value


def _bad_document(book: FaultBook, form: str, error: Exception) -> None:
    told = "nesting without end" if isinstance(error, RecursionError) else str(error)
    line = getattr(error, "lineno", None)
    if line is None and (found := re.search(r"at line (\d+)", told)):
        line = int(found[1])
    todo = "Correct it at that place." if line else ""
    book.add(f"file.bad_{form.lower()}", line, None, shown(told)[1:-1], f"well-formed {form}", todo)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(
            f"the name {shown(next(n for n in names if names.count(n) > 1))} twice in one object"
        )
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name}, which is no JSON number")


def _check_leaves(document: Any, book: FaultBook, limits: Limits) -> None:
    """Refuse what later code could not write or count with: deep nesting, infinite numbers, broken text."""
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > limits.depth:
            book.add(
                "file.too_deep", None, None, f"more than {limits.depth} levels", f"at most {limits.depth}"
            )
            return
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
                below += value.keys()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, float) and not math.isfinite(value):
                book.add(
                    "file.bad_number", None, None, str(value), "a finite number", "Leave it out if unknown."
                )
            elif isinstance(value, str) and not _is_utf8(value):
                book.add("file.bad_text", None, None, shown(value), "text that UTF-8 can write")
        level = below
