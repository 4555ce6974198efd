"""One table of a TOML file, asked key by key, with the line at which each key stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeGuard

from riskshed.columns import CONTROL
from riskshed.errors import Fault
from riskshed.tables import shown

Keys = tuple[tuple[str, str, str], ...]
"""Rows of a guide: key, what may stand there, what it means."""


@dataclass(frozen=True, slots=True)
class Span:
    """A number known as a range; both ends are equal where it is known."""

    low: float
    high: float


ZERO = Span(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the faults of a file are told: their code, and the page that says what its keys mean."""

    code: str
    page: str


class Lines:
    """Where the keys of the file stand, for messages."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text("utf-8", "replace").split("\n")
        self.headers = [
            (line, found[1])
            for line, text in enumerate(self.text, 1)
            if (found := re.match(r"\s*\[\[?\s*([^\[\]]+?)\s*\]", text))
        ]

    def block(self, name: str, number: int, within: range | None = None) -> range:
        """The lines of the table `name` that comes as the `number`-th, from 0; empty if there is none."""
        inside = within or range(1, len(self.text) + 2)
        starts = [line for line, header in self.headers if header == name and line in inside]
        if number >= len(starts):
            return range(0)
        first = starts[number]
        after = (line for line, header in self.headers if line > first and not header.startswith(f"{name}."))
        return range(first, min(next(after, inside.stop), inside.stop))

    def head(self) -> range:
        """The lines above the first table."""
        return range(1, self.headers[0][0] if self.headers else len(self.text) + 1)

    def key(self, key: str, block: range) -> int | None:
        """The line of a key in a block, or that of the block; None where there is none."""
        pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        for line in block:
            if line <= len(self.text) and pattern.match(self.text[line - 1]):
                return line
        return block.start if len(block) and block.start > 1 else None


class Block:
    """One table of the file, asked key by key."""

    def __init__(
        self, raw: Any, name: str, block: range, lines: Lines, faults: list[Fault], manner: Manner
    ) -> None:
        self.raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        self.name, self.block, self.lines, self.faults, self.manner = name, block, lines, faults, manner

    def line(self, key: str = "") -> int | None:
        """The line of a key, or of the table."""
        return self.lines.key(key, self.block) if key else (self.block.start or None)

    def fault(self, key: str, got: object, wanted: str, code: str = "") -> None:
        """Note that a key is wrong."""
        try:
            text = "nothing" if got is None else shown(str(got))
        except ValueError:  # Python writes out no whole number of more than some thousand digits
            text = "a number too long to show"
        column = f"{self.name}.{key}" if self.name else key
        code = code or self.manner.code
        where = str(self.lines.path)
        self.faults.append(Fault(code, where, self.line(key), column, text, wanted, "Correct this key."))

    def text(self, key: str, *, optional: bool = False) -> str:
        """A text; empty where it is left out or wrong."""
        value = self.raw.get(key)
        if value is None and optional:
            return ""
        if not isinstance(value, str) or not value.strip() or CONTROL.search(value):
            self.fault(key, value, "a text without control characters")
            return ""
        return value

    def choice(self, key: str, options: Iterable[str], default: str | None = None) -> str:
        """One of some words; the first of them where it is wrong."""
        value = self.raw.get(key, default)
        listed = list(options)
        if value not in listed:
            self.fault(key, value, f"one of {', '.join(listed)}")
            return listed[0]
        return str(value)

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number within its range; the low end where it is wrong."""
        value = self.raw.get(key, default)
        if _is_number(value) and low <= value <= high:
            return float(value)
        self.fault(key, value, f"a number from {low:g} to {high:g}")
        return low

    def span(self, key: str, high: float, *, factor: float = 1.0, default: Span | None = None) -> Span:
        """A number or two, from 0 to `high`, times `factor`."""
        value = self.raw.get(key)
        if value is None and default is not None:
            return default
        ends: list[Any] = value if isinstance(value, list) else [value, value]
        good = len(ends) == 2 and all(_is_number(end) for end in ends)
        if not good or not 0 <= ends[0] <= ends[1] <= high:
            self.fault(key, value, f"a number from 0 to {high:g}, or [low, high] of such")
            return ZERO
        return Span(float(ends[0]) * factor, float(ends[1]) * factor)

    def time(self, key: str) -> datetime:
        """An aware time."""
        value = self.raw.get(key)
        if not isinstance(value, datetime) or value.utcoffset() is None:
            self.fault(key, value, "a date and time with offset, such as 2005-11-13T13:45:00+08:00")
        elif not 1800 <= value.year <= 2200:
            self.fault(key, value, "a year from 1800 to 2200")
        else:
            return value
        return datetime(2000, 1, 1, tzinfo=UTC)

    def rows(self, key: str) -> list[Any]:
        """A list of tables."""
        value = self.raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.fault(key, value, "a list of tables")
            return []
        return value

    def only(self, *keys: Keys, more: Iterable[str] = ()) -> None:
        """Refuse every key that is in none of these tables."""
        known = {row[0] for table in keys for row in table} | set(more)
        for key in sorted(set(self.raw) - known):
            self.fault(shown(key)[1:-1], self.raw[key], f"a key of this table; see {self.manner.page}")


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
