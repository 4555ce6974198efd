"""Strict reading of one table of a rule file: every key is read by name, and a key that nobody reads is a
fault.

So a misspelt key ("untill") never passes as if it had not been written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from riskshed.columns import CONTROL, shown
from riskshed.errors import Fault

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
TODO = "Correct this key."


class Entry:
    """One table, with the place where it stands and the list to which its faults go.

    Parameters
    ----------
    raw : object
        What stands there; anything but a table is a fault.
    file, place : str
        Where it stands, for messages.
    faults : list of Fault
    """

    def __init__(self, raw: object, file: str, place: str, faults: list[Fault]) -> None:
        self.file, self.place, self.faults = file, place, faults
        self.raw: dict[str, Any] = raw if isinstance(raw, dict) else {}
        self._read: set[str] = set()
        if not isinstance(raw, dict):
            self.wrong("", raw, "a table")

    def wrong(self, key: str, got: object, wanted: str, code: str = "rulepack.bad_value") -> None:
        """Note a fault at a key."""
        place = ".".join(part for part in (self.place, key) if part)
        told = "nothing" if got is None else shown(str(got))
        self.faults.append(Fault(code, self.file, None, place, told, wanted, TODO))

    def get(self, key: str) -> Any:
        """Whatever stands at a key; None if nothing does."""
        self._read.add(key)
        return self.raw.get(key)

    def text(self, key: str, *, required: bool = True, code: str = "rulepack.missing") -> str:
        """A text without control characters; empty where it may be absent and is."""
        value = self.get(key)
        if value is None and not required:
            return ""
        if isinstance(value, str) and (value.strip() or not required) and not CONTROL.search(value):
            return value
        self.wrong(key, value, "a text", code if value is None else "rulepack.bad_value")
        return ""

    def name(self, key: str) -> str:
        """A lower-case name."""
        value = self.text(key)
        if value and not NAME.fullmatch(value):
            self.wrong(key, value, "a lower-case name of letters, digits, dots and dashes")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of these words."""
        value = self.get(key)
        if value in choices and isinstance(value, str):
            return value
        self.wrong(key, value, f"one of {', '.join(choices)}")
        return choices[0]

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty if it is absent."""
        value = self.get(key)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value):
            return tuple(value)
        self.wrong(key, value, "a list of texts")
        return ()

    def yes_no(self, key: str, *, default: bool | None = None) -> bool:
        """True or false; the default where it is absent, a fault if there is none."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool):
            return value
        self.wrong(key, value, "true or false")
        return False

    def number(self, key: str, *, required: bool = True) -> float | None:
        """A number of at least zero; None where it may be absent and is."""
        value = self.get(key)
        if value is None and not required:
            return None
        if type(value) in (int, float) and 0 <= value < 1e9:
            return float(value)
        self.wrong(key, value, "a number >= 0")
        return None

    def day(self, key: str, *, required: bool = True) -> date | None:
        """A date; None where it may be absent and is."""
        value = self.get(key)
        if value is None and not required:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self.wrong(key, value, "a date such as 2024-11-01")
        return None

    def tables(self, key: str) -> list[Any]:
        """A list of tables; empty if it is absent."""
        value = self.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.wrong(key, value, "a list of tables")
        return []

    def close(self) -> None:
        """After the last key: whatever was not read has no meaning."""
        for key in self.raw:
            if key not in self._read:
                wanted = ", ".join(sorted(self._read))
                self.wrong(str(key), self.raw[key], f"one of {wanted}", "rulepack.unknown_field")
