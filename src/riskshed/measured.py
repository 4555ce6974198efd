"""What was measured and is on record, by series: it grows as statements come, and knows its crossings.

A node takes in readings for months, and the live chain looks at them again and again. What one look costs
must hang on what is new, and not on how much there is of the same instrument: each series is gone through
once up to its last readings, and on from there. What comes a little late finds its place among those last
ones. What comes later than that, or corrects, or repeats, has the one series to which it belongs gone through
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from riskshed.crossings import Course, Crossing, crossings, in_order
from riskshed.signals import About, Series, Sifted, Signal, by_time, known_by, order, sift_among
from riskshed.thresholds import Threshold, Thresholds

Key = tuple[str, str, str]
"""Place, quantity and unit."""


LATE_READINGS = 256
"""So many of the last readings of a series are kept open for what comes a little late."""


@dataclass
class _GoneThrough:
    """A series: its courses, one for each threshold, up to a time, and what was taken after that time."""

    courses: list[Course]
    until: datetime | None = None
    last: list[Signal] = field(default_factory=list)

    def settle(self) -> None:
        """Take all but the last readings into the courses, once there are twice as many as are kept open."""
        if len(self.last) < 2 * LATE_READINGS:
            return
        self.last.sort(key=by_time)
        until = self.last[-LATE_READINGS - 1].time  # all of one moment go together
        settled = [one for one in self.last if one.time <= until]
        self.last = [one for one in self.last if one.time > until]
        for course in self.courses:
            course.extend(settled)
        self.until = until


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
        self._about: dict[About, list[Signal]] = {}
        self._newest: dict[Series, datetime] = {}
        self._series: dict[Key, dict[Series, None]] = {}
        self._latest: dict[Key, datetime] = {}
        self._known: dict[Key, dict[str, datetime]] = {}
        self._gone: dict[Series, _GoneThrough] = {}
        self._found: dict[Key, tuple[Crossing, ...]] = {}
        self._thresholds: Thresholds | None = None
        for statement, signals in (taken or {}).items():
            self.add(statement, signals)

    def add(self, statement: str, signals: Iterable[Signal]) -> None:
        """Take in what a statement put on record; of several that say the same, the first by id counts."""
        self.statements.add(statement)
        renamed: set[Key] = set()
        for one in signals:
            key = _key(one)
            told = self._told.setdefault(key, {})
            before = told.get(one)
            if before is not None:
                if statement < before:
                    told[one] = statement
                    renamed.add(key)
                continue
            told[one] = statement
            known = self._known.setdefault(key, {})
            known[statement] = max(known.get(statement, one.known_at), one.known_at)
            self._latest[key] = max(self._latest.get(key, one.known_at), one.known_at)
            self._found.pop(key, None)
            self._put(key, one)
        for key in renamed:
            self._known[key] = _latest_known(self._told[key].items())

    def _put(self, key: Key, one: Signal) -> None:
        """Put a new signal into its series."""
        about = one.about
        series = about[:4]
        alike, newest = self._about.setdefault(about, []), self._newest.get(series)
        gone = self._gone.get(series)
        if gone is not None:
            if alike or (gone.until is not None and one.time <= gone.until):
                del self._gone[series]
            else:
                gone.last.append(one)
        alike.append(one)
        alike.sort(key=order)
        self._newest[series] = one.time if newest is None else max(newest, one.time)
        self._series.setdefault(key, {})[series] = None

    def __iter__(self) -> Iterator[Key]:
        """Every place, quantity and unit of which anything is known."""
        return iter(self._told)

    def of(self, key: Key) -> Iterator[Signal]:
        """What is on record of one of them."""
        return iter(self._told.get(key, ()))

    def sift(self, arrived: Iterable[Signal]) -> Sifted:
        """Tell what is new of what arrived from what is on record; see `riskshed.signals.sift`."""
        return sift_among(self._about, self._newest, arrived)

    def statements_of(self, key: Key) -> Mapping[str, datetime]:
        """The statements that put one of them on the record, each with when the last it said was known."""
        return self._known.get(key, {})

    def statement_of(self, one: Signal) -> str | None:
        """The statement that put a signal on the record; None if none did."""
        return self._told.get(_key(one), {}).get(one)

    def crossings(self, thresholds: Thresholds, now: datetime) -> tuple[Crossing, ...]:
        """Every crossing, as it is known now."""
        if self._thresholds is not thresholds:
            self._thresholds, self._gone, self._found = thresholds, {}, {}
        found: list[Crossing] = []
        for key, told in self._told.items():
            if key not in thresholds.watched:
                continue
            if key in self._found:
                found += self._found[key]
                continue
            if self._latest[key] > now:  # what is still to become known is left out for now
                found += crossings(thresholds.watched[key], told, now)
                continue
            self._found[key] = tuple(self._along(key, thresholds.watched[key], now))
            found += self._found[key]
        return in_order(found)

    def _along(self, key: Key, watched: Iterable[Threshold], now: datetime) -> Iterator[Crossing]:
        """The crossings of all series of a place and quantity, of which all is known by now."""
        for series in self._series[key]:
            gone = self._gone.get(series)
            if gone is None:
                name = series[1]
                told = known_by((one for one in self._told[key] if one.series == name), now)
                gone = self._gone[series] = _GoneThrough([Course(one, name) for one in watched])
                gone.last.extend(told)
            gone.settle()
            for course in gone.courses:
                yield from course.crossings(gone.last)


def _latest_known(told: Iterable[tuple[Signal, str]]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for one, statement in told:
        found[statement] = max(found.get(statement, one.known_at), one.known_at)
    return found


def _key(one: Signal) -> Key:
    return (one.place, one.quantity, one.unit)
