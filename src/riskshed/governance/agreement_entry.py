"""Strict reading of one table of an agreement: as of a rule file, with codes of bodies, times and money."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from riskshed.governance.rule_entry import Entry
from riskshed.statement import Money
from riskshed.statement_values import CURRENCIES

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)


def is_code(value: object) -> bool:
    """Whether this can be a code in a statement."""
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


class AgreementEntry(Entry):
    """One table of a file of an agreement. Its faults have codes of the agreement."""

    def wrong(self, key: str, got: object, wanted: str, code: str = "agreement.bad_value") -> None:
        """Note a fault at a key."""
        super().wrong(key, got, wanted, code.replace("rulepack.", "agreement."))

    def code(self, key: str, *, required: bool = True) -> str:
        """The code of a body or another thing; empty where it may be absent and is."""
        value = self.get(key)
        if value is None and not required:
            return ""
        if is_code(value):
            return str(value)
        self.wrong(key, value, "a code of letters, digits and . _ : / -")
        return ""

    def codes(self, key: str) -> tuple[str, ...]:
        """A list of codes, each once, at least one."""
        value = self.get(key)
        good = isinstance(value, list) and value and all(is_code(one) for one in value)
        if good and len(set(value)) == len(value):
            return tuple(value)
        self.wrong(key, value, "a list of codes, each once")
        return ()

    def codes_by(self, key: str, names: Sequence[str] | None) -> dict[str, str]:
        """A table of codes, by these names or by any; empty if it is absent."""
        table = self.table(key)
        for name, value in table.items():
            if names is not None and name not in names:
                self.wrong(f"{key}.{name}", value, f"one of {', '.join(names)}")
            elif not is_code(value):
                self.wrong(f"{key}.{name}", value, "a code of letters, digits and . _ : / -")
        return {name: str(value) for name, value in table.items()}

    def table(self, key: str) -> dict[str, Any]:
        """A table; empty if it is absent."""
        value = self.get(key)
        if value is None or isinstance(value, dict):
            return value or {}
        self.wrong(key, value, "a table")
        return {}

    def words(self, key: str) -> dict[str, str]:
        """Text in Chinese and English."""
        inner = AgreementEntry(self.get(key), self.file, self._at(key), self.faults)
        told = {language: inner.text(language) for language in ("zh", "en")}
        inner.close()
        return told

    def moment(self, key: str, *, required: bool = True) -> datetime | None:
        """A time with its offset; None where it may be absent and is."""
        value = self.get(key)
        if value is None and not required:
            return None
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        self.wrong(key, value, "a time with its offset, such as 2026-11-01T00:00:00+08:00")
        return None

    def money(self, key: str) -> Money | None:
        """An amount, as ``{ minor = 100000, currency = "CNY" }`` (minor units: fen, cent)."""
        value = self.get(key)
        if isinstance(value, dict) and set(value) == {"minor", "currency"}:
            minor, currency = value["minor"], value["currency"]
            if type(minor) is int and 0 <= minor < 2**53 and currency in CURRENCIES:
                return Money(minor=minor, currency=currency)
        self.wrong(key, value, 'money such as { minor = 100000, currency = "CNY" }, in fen or cent')
        return None

    def entries(self, key: str) -> Iterator[AgreementEntry]:
        """The tables of a list; the caller reads and closes each."""
        for at, one in enumerate(self.tables(key)):
            yield AgreementEntry(one, self.file, self._at(f"{key}[{at}]"), self.faults)

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key
