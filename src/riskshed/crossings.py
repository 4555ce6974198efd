"""Which thresholds are crossed, from which readings, since when: a function of what was known at one time.

Each series of readings at a place is gone through in the order of time. A reading shows that a threshold is
crossed, or that it is crossed back, or nothing. Unknown shows nothing: it never crosses and never clears.

    kind                              crosses upwards from      crosses back from
    observed, peak                    the value                 below the value less the hysteresis
    at_least, first_detected, front   the value                 nothing
    below, not_detected               nothing                   the value less the hysteresis
    cleared                           nothing                   always
    first_ice                         nothing                   nothing

The value of `not_detected` is the limit of detection. Downwards the columns change sides: what was below the
value crosses, and what was at least the value and the hysteresis crosses back. Where being found is enough,
`first_detected` and `front` cross also without a value, and `not_detected` crosses back.

Because readings are sorted by when they were taken, a late one takes its place in the past: it can begin a
crossing that ended, and does not begin it again. A correction takes back what it corrects, with all that
followed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from riskshed.signals import Signal, by_time, known_by
from riskshed.thresholds import Threshold
from riskshed.vocabulary_fields import COLOURS

Verdict = Literal["crosses", "clears"]
BOUNDED_ABOVE = ("below", "not_detected")
"""Kinds that say that it was less than the value."""
BOUNDED_BELOW = ("at_least", "first_detected", "front")
"""Kinds that say that it was the value or more."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One time that a threshold was crossed.

    Attributes
    ----------
    threshold : Threshold
    series : str
        Of the readings that show it.
    readings : tuple of Signal
        Those that show it crossed, in the order of time; at least one.
    found : datetime
        When it could be known first, by what is known now.
    until : datetime or None
        When it was seen crossed back; None while it lasts, as far as anyone knows.
    """

    threshold: Threshold
    series: str
    readings: tuple[Signal, ...]
    found: datetime
    until: datetime | None

    @property
    def since(self) -> datetime:
        """When it was first seen crossed."""
        return self.readings[0].time

    @property
    def last(self) -> datetime:
        """When it was last seen crossed."""
        return self.readings[-1].time

    @property
    def is_open(self) -> bool:
        """Whether it lasts, as far as anyone knows."""
        return self.until is None

    @property
    def confirmed(self) -> bool:
        """Whether any of its readings is more than what somebody saw."""
        return any(one.confirmed for one in self.readings)

    @property
    def extreme(self) -> Signal:
        """The reading that goes farthest beyond the threshold; those without value come last."""
        sign = 1 if self.threshold.direction == "above" else -1
        known = [one for one in self.readings if one.value is not None]
        return max(known, key=lambda one: sign * (one.value or Decimal(0)), default=self.readings[0])


def crossings(
    thresholds: Iterable[Threshold], signals: Iterable[Signal], known_at: datetime
) -> tuple[Crossing, ...]:
    """Every crossing, lasting or past, as it was known at a time.

    Parameters
    ----------
    thresholds : iterable of Threshold
    signals : iterable of Signal
        In any order, with any duplicates.
    known_at : datetime
        Aware. What became known later is not looked at.

    Returns
    -------
    tuple of Crossing
        By the time at which they began, the graver level first.
    """
    series = _series(known_by(signals, known_at))
    courses = [
        Course(one, name, told)
        for one in thresholds
        for name, told in series.get((one.place, one.quantity, one.unit), {}).items()
    ]
    return in_order(crossing for course in courses for crossing in course.crossings())


def crosses(watched: Mapping[tuple[str, str, str], Iterable[Threshold]], one: Signal) -> bool:
    """Whether a reading shows a threshold crossed, whatever came before."""
    rows = watched.get((one.place, one.quantity, one.unit), ())
    return any(_verdict_of(row, one) == "crosses" for row in rows)


def in_order(found: Iterable[Crossing]) -> tuple[Crossing, ...]:
    """By the time at which they began, the graver level first."""
    return tuple(sorted(found, key=_order))


def _order(one: Crossing) -> tuple[datetime, int, str, str]:
    return (one.since, COLOURS.index(one.threshold.level), one.threshold.id, one.series)


def _series(signals: Sequence[Signal]) -> Mapping[tuple[str, str, str], Mapping[str, list[Signal]]]:
    found: dict[tuple[str, str, str], dict[str, list[Signal]]] = {}
    for one in signals:
        found.setdefault((one.place, one.quantity, one.unit), {}).setdefault(one.series, []).append(one)
    return found


class Course:
    """The crossings of one threshold by one series, gone through in the order of time. One thread at a time.

    Parameters
    ----------
    threshold : Threshold
    series : str
    told : iterable of Signal
        One for each thing that they are about, as `known_by` gives them.
    """

    def __init__(self, threshold: Threshold, series: str, told: Iterable[Signal] = ()) -> None:
        self._threshold, self._series = threshold, series
        self._ended: list[Crossing] = []
        self._running: list[Signal] = []
        self.extend(told)

    def extend(self, told: Iterable[Signal]) -> None:
        """Go on with what was taken after everything before, and is about nothing that came before."""
        ended, self._running = self._gone_on(told)
        self._ended += ended

    def crossings(self, more: Iterable[Signal] = ()) -> Iterator[Crossing]:
        """Those that ended, then the one that lasts; with `more` as if the course were extended by it."""
        ended, running = self._gone_on(more)
        yield from (*self._ended, *ended)
        yield from _held(self._threshold, self._series, running, None)

    def _gone_on(self, told: Iterable[Signal]) -> tuple[list[Crossing], list[Signal]]:
        """What ends by going on with these, and what runs then."""
        found = ((one, _verdict_of(self._threshold, one)) for one in told)
        judged = [(one, verdict) for one, verdict in found if verdict is not None]
        # Of two of one time, the one that clears goes first: the graver side has the last word.
        judged.sort(key=lambda pair: (pair[0].time, pair[1] == "crosses", by_time(pair[0])))
        ended, running = list[Crossing](), list(self._running)
        for one, verdict in judged:
            if verdict == "crosses":
                running.append(one)
            elif running:
                ended += _held(self._threshold, self._series, running, one.time)
                running = []
        return ended, running


def _held(
    threshold: Threshold, name: str, running: Sequence[Signal], until: datetime | None
) -> Iterator[Crossing]:
    """The crossing of these readings, if they show that it lasted as long as it has to."""
    if not running:
        return
    hold = timedelta(seconds=threshold.hold_s)
    shown_at = [
        max(running[0].known_at, one.known_at) for one in running if one.time - running[0].time >= hold
    ]
    if shown_at:
        yield Crossing(threshold, name, tuple(running), min(shown_at), until)


def _verdict_of(threshold: Threshold, one: Signal) -> Verdict | None:
    """What a reading says of a threshold, if it bears on it."""
    if one.hazard_class != threshold.hazard_class:
        return None
    if one.hazard is not None and threshold.hazard is not None and one.hazard != threshold.hazard:
        return None
    return verdict(threshold, one)


def verdict(threshold: Threshold, one: Signal) -> Verdict | None:
    """What a reading of its quantity shows of a threshold, by the table of this module; None is nothing."""
    if one.kind == "cleared":
        return "clears"
    if threshold.detected and (told := _by_detection(threshold, one)) is not None:
        return told
    if threshold.value is None or one.value is None or one.kind == "first_ice":
        return None
    return _by_value(threshold, threshold.value, one.kind, one.value)


def _by_detection(threshold: Threshold, one: Signal) -> Verdict | None:
    if one.kind == "not_detected":
        return "clears"
    if one.kind in ("first_detected", "front"):
        return "crosses"
    if threshold.value is not None or one.value is None or one.kind not in ("observed", "at_least", "peak"):
        return None
    return "crosses" if one.value > 0 else "clears" if one.kind != "at_least" else None


def _by_value(threshold: Threshold, value: Decimal, kind: str, found: Decimal) -> Verdict | None:
    """The verdict by a known value: what was there lies between two bounds, of which one may be open."""
    low = None if kind in BOUNDED_ABOVE else found
    high = None if kind in BOUNDED_BELOW else found
    if threshold.direction == "above":
        if low is not None and low >= value:
            return "crosses"
        back = value - threshold.hysteresis
        return "clears" if high is not None and (high < back or (low is None and high == back)) else None
    if high is not None and high <= value:
        return "crosses"
    return "clears" if low is not None and low > value + threshold.hysteresis else None
