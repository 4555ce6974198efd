"""What was measured and is on record, by series: it grows as statements come, and knows its crossings.

A node takes in readings for months, and the live chain looks at them again and again. What one look costs
must hang on what is new: crossings are worked out for each place, quantity and unit by itself, and again only
when something was added there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from riskshed.crossings import Crossing, crossings, in_order
from riskshed.signals import Signal
from riskshed.thresholds import Threshold, Thresholds

Key = tuple[str, str, str]
"""Place, quantity and unit."""


class Measured:
    """The signals on record. One thread at a time.

    Parameters
    ----------
    taken : mapping of statement id to signals, optional
        What each `ReadingsTaken` put on the record.
    """

    def __init__(self, taken: Mapping[str, Iterable[Signal]] | None = None) -> None:
        self.statements: set[str] = set()
        self._told: dict[Key, dict[Signal, str]] = {}
        self._found: dict[Key, tuple[Crossing, ...]] = {}
        self._latest: dict[Key, datetime] = {}
        self._thresholds: Thresholds | None = None
        self._watched: dict[Key, list[Threshold]] = {}
        for statement, signals in (taken or {}).items():
            self.add(statement, signals)

    def add(self, statement: str, signals: Iterable[Signal]) -> None:
        """Take in what a statement put on record; of several that say the same, the first by id counts."""
        self.statements.add(statement)
        for one in signals:
            key = _key(one)
            told = self._told.setdefault(key, {})
            told[one] = min(told.get(one, statement), statement)
            self._latest[key] = max(self._latest.get(key, one.known_at), one.known_at)
            self._found.pop(key, None)

    def __iter__(self) -> Iterator[Key]:
        """Every place, quantity and unit of which anything is known."""
        return iter(self._told)

    def of(self, key: Key) -> Iterator[Signal]:
        """What is on record of one of them."""
        return iter(self._told.get(key, ()))

    def alike(self, arrived: Iterable[Signal]) -> Iterator[Signal]:
        """What is on record of the places and quantities of what arrived: it can say no other thing twice."""
        for key in dict.fromkeys(map(_key, arrived)):
            yield from self._told.get(key, ())

    def statement_of(self, one: Signal) -> str | None:
        """The statement that put a signal on the record; None if none did."""
        return self._told.get(_key(one), {}).get(one)

    def crossings(self, thresholds: Thresholds, now: datetime) -> tuple[Crossing, ...]:
        """Every crossing, as it is known now."""
        if self._thresholds is not thresholds:
            self._thresholds, self._found, self._watched = thresholds, {}, {}
            for one in thresholds.rows:
                self._watched.setdefault((one.place, one.quantity, one.unit), []).append(one)
        found: list[Crossing] = []
        for key, told in self._told.items():
            if key not in self._watched:
                continue
            if key in self._found:
                found += self._found[key]
                continue
            made = crossings(self._watched[key], told, now)
            if self._latest[key] <= now:  # what is still to become known would change it
                self._found[key] = made
            found += made
        return in_order(found)


def _key(one: Signal) -> Key:
    return (one.place, one.quantity, one.unit)
