"""The list of arrivals as it stood when a forecast was issued, and beside it what was recorded later.

One row is one section of the river. What the forecaster knew at the time (a front that was seen, a forecast
given arrival, a probability) is kept apart from what anyone knows today (the record and the error), because a
replay that mixes the two proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from riskshed.errors import NotFoundError
from riskshed.exchange.wording import UNKNOWN, Text, how_soon, people
from riskshed.footprint import Footprint, Place
from riskshed.reading import Reading, Recorded, known_by
from riskshed.region import Region

State = Literal["observed", "passed", "near", "far", "unlikely", "unknown"]

NEAR_S = 3 * 86400.0
UNLIKELY = 0.1
LOW, MEDIAN, HIGH = 0.05, 0.5, 0.95

STATES: Mapping[State, Text] = {
    "observed": Text("已实测到达", "front observed"),
    "passed": Text("推算已到达", "reached, by forecast"),
    "near": Text("3 天内到达", "within 3 days"),
    "far": Text("3 天后到达", "after 3 days"),
    "unlikely": Text("概率低于 0.1", "probability below 0.1"),
    "unknown": UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Band:
    """Three quantiles of one number; all None where too few members arrive to tell."""

    low: float | None
    median: float | None
    high: float | None

    @property
    def is_known(self) -> bool:
        """Whether there are quantiles at all."""
        return self.low is not None and self.median is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class Arrival:
    """One section in one forecast.

    Attributes
    ----------
    number : int
        Its place down the river, from 1: the same in list, map and charts.
    low, median, high : datetime or None
        5 %, 50 %, 95 % of the arrival given arrival.
    seen : datetime or None
        When the front was seen here, where that was known when the forecast was issued.
    probability : float or None
        None where the forecast knows no way to it.
    record : Recorded or None
        What is known today; `error_h` is the median minus it, `is_inside` whether the 90 % band meets it.
        Both are None once the front had been seen, when there is nothing left to foresee.
    """

    number: int
    id: str
    name: Text
    city: Text | None
    river_km: float | None
    state: State
    soon: Text
    low: datetime | None
    median: datetime | None
    high: datetime | None
    seen: datetime | None
    probability: float | None
    peak: Band
    people: Text
    record: Recorded | None
    peak_record: Recorded | None
    error_h: float | None
    is_inside: bool | None


def arrivals(
    footprint: Footprint,
    region: Region,
    readings: Sequence[Reading],
    record: Sequence[Recorded],
) -> tuple[Arrival, ...]:
    """The rows of one forecast, in the order of its places."""
    known = known_by(readings, footprint.issued)
    quantiles = np.stack([footprint.arrival_quantile_s(q) for q in (LOW, MEDIAN, HIGH)], axis=1)
    peaks = np.stack([footprint.peak_quantile(q) for q in (LOW, MEDIAN, HIGH)], axis=1)
    exposed = footprint.exposed_quantile(MEDIAN)
    chance = footprint.probability()
    rows = []
    for row, place in enumerate(footprint.places):
        low, median, high = (footprint.moment(float(seconds)) for seconds in quantiles[row])
        seen = first_seen(known, place.id, footprint.threshold)
        front = recorded(record, place.id, "front")
        judged = front is not None and seen is None
        rows.append(
            Arrival(
                number=row + 1,
                id=place.id,
                name=Text(place.name_zh, place.name_en),
                city=_city(region, place),
                river_km=_river_km(region, place),
                state=_state(seen, median, float(chance[row]), footprint.issued),
                soon=how_soon(_after(footprint.issued, seen or median)),
                low=low,
                median=median,
                high=high,
                seen=seen,
                probability=None if math.isnan(chance[row]) else float(chance[row]),
                peak=_band(peaks[row]) if not math.isnan(chance[row]) else Band(None, None, None),
                people=people(float(exposed[row])),
                record=front,
                peak_record=recorded(record, place.id, "peak"),
                error_h=error_h(median, front) if judged else None,
                is_inside=is_inside(low, high, front) if judged else None,
            )
        )
    return tuple(rows)


def first_seen(known: Sequence[Reading], section: str, threshold: float) -> datetime | None:
    """The earliest time at which a known reading shows the front at a section; None where none does."""
    times = [r.time for r in known if r.section == section and _shows_front(r, threshold)]
    return min(times, default=None)


def _shows_front(reading: Reading, threshold: float) -> bool:
    if reading.kind in ("front", "first_detected"):
        return True
    if reading.value is None or reading.kind not in ("observed", "peak"):
        return False
    return reading.value >= threshold


def recorded(record: Sequence[Recorded], section: str, kind: str) -> Recorded | None:
    """The record of one section: the one that is scored, else the first."""
    rows = [row for row in record if row.section == section and row.kind == kind]
    return next((row for row in rows if row.scored), rows[0] if rows else None)


def error_h(median: datetime | None, front: Recorded | None) -> float | None:
    """Hours from the record to the median: 0 within the record's interval, positive where too late."""
    if median is None or front is None:
        return None
    if median > front.latest:
        return (median - front.latest) / timedelta(hours=1)
    if median < front.earliest:
        return (median - front.earliest) / timedelta(hours=1)
    return 0.0


def is_inside(low: datetime | None, high: datetime | None, front: Recorded | None) -> bool | None:
    """Whether the band and the record's interval meet."""
    if low is None or high is None or front is None:
        return None
    return low <= front.latest and high >= front.earliest


def _after(issued: datetime, moment: datetime | None) -> float | None:
    return None if moment is None else (moment - issued).total_seconds()


def _state(seen: datetime | None, median: datetime | None, chance: float, issued: datetime) -> State:
    if seen is not None:
        return "observed"
    if math.isnan(chance):
        return "unknown"
    if median is None or chance < UNLIKELY:
        return "unlikely"
    ahead_s = (median - issued).total_seconds()
    if ahead_s <= 0:
        return "passed"
    return "near" if ahead_s <= NEAR_S else "far"


def _band(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Band:
    known = [float(value) if math.isfinite(value) else None for value in values]
    return Band(*known)


def _city(region: Region, place: Place) -> Text | None:
    """The city in which a section lies; None where the row is the city itself."""
    if place.city == place.id:
        return None
    try:
        city = region.city(place.city)
    except NotFoundError:
        return UNKNOWN
    return Text(city.name_zh, city.name_en)


def _river_km(region: Region, place: Place) -> float | None:
    try:
        return region.section(place.id).river_km
    except NotFoundError:
        return None
