"""Values of a file of a case in TOML, read strictly: what is wrong is collected, and nothing is guessed.

A reader of such a file asks for each value by what it must be; a value that is not so becomes a fault with
its line, and something harmless stands in its place until the faults are raised together.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar

from riskshed.errors import Fault
from riskshed.tables import line_of_key, shown


class CaseToml:
    """Asks for values, and collects what is wrong with them; `code` is that of its faults."""

    code: ClassVar[str] = "case.bad_value"

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path, self.faults = path, faults

    def wrong(self, key: str, got: object, wanted: str) -> None:
        """One fault."""
        told = "nothing" if got is None else shown(str(got))
        line = line_of_key(self.path, key)
        self.faults.append(Fault(self.code, str(self.path), line, key, told, wanted, "Correct it."))

    def number(self, table: Mapping[str, Any], key: str, *, zero: bool = False) -> float:
        """A finite number > 0, or >= 0."""
        value = table.get(key)
        known = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        if value is not None and known and (value > 0 or (zero and value == 0)):
            return float(value)
        self.wrong(key, value, "a number >= 0" if zero else "a number > 0")
        return 1.0

    def text(self, table: Mapping[str, Any], key: str) -> str:
        """A text that says something."""
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, value, "a text")
            return ""
        return value

    def time(self, table: Mapping[str, Any], key: str) -> datetime:
        """A time with its offset."""
        value = table.get(key)
        if not isinstance(value, datetime) or value.tzinfo is None:
            self.wrong(key, value, "a time with its offset from UTC")
            return datetime.fromisoformat("2000-01-01T00:00:00+00:00")
        return value

    def tables(self, raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        """A list of tables with at least one."""
        found = raw.get(key)
        if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
            self.wrong(key, found, f"at least one [[{key}]]")
            return []
        return found

    def known(self, table: Mapping[str, Any], keys: set[str]) -> None:
        """Refuse every key that is none of these."""
        for key in sorted(set(table) - keys):
            self.wrong(key, table[key], f"one of {', '.join(sorted(keys))}")
