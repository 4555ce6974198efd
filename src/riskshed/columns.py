"""What may stand in a cell of a plain file: a column's declaration, and the strict reading of its text.

What could be meant in two ways is refused with what was wanted and what to do: a time without zone,
``1,000``, ``NaN``, digits of another script. What is plainly meant is accepted: spaces around a number, any
offset from UTC. Unknown is an empty cell and reads as None or NaN, never as zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from riskshed.errors import InputError

Kind = Literal["text", "id", "int", "float", "time", "bool", "choice"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: what may stand in it, and one sentence that says what it means.

    Parameters
    ----------
    name : str
        As in the header, unit last.
    kind : {"text", "id", "int", "float", "time", "bool", "choice"}
        An ``id`` is text without spaces at its ends; a ``time`` is RFC 3339 with an offset.
    unit : str
        For the guide; empty where the column has none.
    required : bool
        Whether the column must be in the header. A column that is absent reads as empty in every row.
    low, high : float, optional
        Range of a number, both ends included; `above` leaves out the low end.
    choices : tuple of str
        For ``choice``.
    doc : str
        One sentence for the guide.
    may_be_empty : bool
        Whether a cell may be empty; it then reads as None (NaN in a float column): unknown, never zero.
    """

    name: str
    kind: Kind
    unit: str = ""
    required: bool = True
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    doc: str = ""
    may_be_empty: bool = False
    above: bool = False

    def range_text(self) -> str:
        """The range in words, for a message and for the guide; empty where any value will do."""
        if self.choices:
            return ", ".join(self.choices)
        sign = ">" if self.above else ">="
        parts = [f"{sign} {self.low:g}"] if self.low is not None else []
        parts += [f"<= {self.high:g}"] if self.high is not None else []
        return " and ".join(parts)


def shown(text: str) -> str:
    """A value as a message may show it: quoted, short, printable."""
    cut = text if len(text) <= 60 else text[:57] + "..."
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut) + '"'


class WrongCellError(ValueError):
    """What was wanted, and what to do."""

    def __init__(self, wanted: str, todo: str = "", code: str = "table.bad_value") -> None:
        super().__init__(wanted)
        self.wanted, self.todo, self.code = wanted, todo, code


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_ZONELESS = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?)?", re.ASCII)
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_YEARS = (1800, 2200)


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time with an explicit offset; the seconds may be left out.

    Raises
    ------
    InputError
        ``time.no_zone`` without an offset (or with ``-00:00``, which says that it is not known), ``time.bad``
        otherwise.

    Examples
    --------
    >>> parse_time("2005-11-20T16:00+08:00").isoformat()
    '2005-11-20T16:00:00+08:00'
    """
    text = text.strip(" ")
    if _ZONELESS.fullmatch(text) or text.endswith("-00:00"):
        todo = "Add the offset from UTC, as in 2005-11-20T16:00:00+08:00 (Z for UTC)."
        raise InputError("time.no_zone", f"{shown(text)} is a time without zone", todo=todo)
    form = _TIME.fullmatch(text)
    try:
        if form is None:
            raise ValueError
        zone = "+00:00" if form[3] in "Zz" else form[3]
        time = datetime.fromisoformat(f"{form[1]}T{form[2]}{zone}")
    except ValueError:
        todo = "Write it as in 2005-11-20T16:00:00+08:00."
        raise InputError("time.bad", f"{shown(text)} is not a time", todo=todo) from None
    if not _YEARS[0] <= time.year < _YEARS[1]:
        raise InputError("time.bad", f"{shown(text)} is not between the years {_YEARS[0]} and {_YEARS[1]}")
    return time


def _in_range(value: float, column: Column) -> None:
    low, high = column.low, column.high
    too_low = low is not None and (value < low or (column.above and value == low))
    if too_low or (high is not None and value > high):
        unit = f" {column.unit}" if column.unit else ""
        raise WrongCellError(f"{column.range_text()}{unit}", "Correct the value.", "table.out_of_range")


def _float(text: str, column: Column) -> float:
    text = text.strip(" ")
    if not _NUMBER.fullmatch(text) or math.isinf(float(text)):
        raise WrongCellError("a plain number such as 12.5", _number_todo(column))
    value = float(text)
    _in_range(value, column)
    return value


def _int(text: str, column: Column) -> int:
    text = text.strip(" ")
    if not _WHOLE.fullmatch(text):
        raise WrongCellError("a whole number such as 12", _number_todo(column))
    value = int(text)
    _in_range(value, column)
    return value


def _number_todo(column: Column) -> str:
    unknown = "; leave the cell empty if it is unknown" if column.may_be_empty else ""
    return f"Write digits only, without separators or unit{unknown}."


def _text(text: str, _column: Column) -> str:
    if CONTROL.search(text):
        todo = "Remove the invisible characters."
        raise WrongCellError("text without control characters", todo, "table.control_character")
    return text


def _id(text: str, column: Column) -> str:
    if text != text.strip() or "\n" in text or "\r" in text:
        raise WrongCellError("an id without spaces at its ends or line breaks", "Remove them.")
    return _text(text, column)


def _time(text: str, _column: Column) -> datetime:
    try:
        return parse_time(text)
    except InputError as error:
        wanted = "an RFC 3339 time with its offset from UTC"
        raise WrongCellError(wanted, error.todo, error.code) from None


def _bool(text: str, _column: Column) -> bool:
    word = text.strip(" ").lower()
    if word not in _WORDS:
        raise WrongCellError("true or false")
    return _WORDS[word]


def _choice(text: str, column: Column) -> str:
    if text.strip(" ") not in column.choices:
        raise WrongCellError(f"one of {', '.join(column.choices)}")
    return text.strip(" ")


PARSERS: dict[Kind, Callable[[str, Column], Any]] = {
    "text": _text,
    "id": _id,
    "int": _int,
    "float": _float,
    "time": _time,
    "bool": _bool,
    "choice": _choice,
}


def parse_cell(text: str, column: Column) -> Any:
    """The value of a cell that is not empty. Raises WrongCellError with what was wanted."""
    return PARSERS[column.kind](text, column)
