"""Outlook: what a forecast says of each city, as a notice or a warning needs it.

A footprint has thousands of numbers; who tells a neighbour needs six of each city: how likely, when at the
earliest, in the middle and at the latest, how strong, and how many people depend on it. An outlook is these
six, rounded as they stand in a statement, so that what was told can be compared with what is known now.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from riskshed.footprint import Footprint
from riskshed.statement import Statement, decimal_text, time_text
from riskshed.statement_values import UNITS

PLACES = 4
"""Decimals of a probability and significant digits of a peak."""
LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes to one city. None is unknown.

    Parameters
    ----------
    city : str
    probability : float or None
        That it is reached, 0 to 1; None where nothing was computed.
    earliest, middle, latest : datetime or None
        5 %, 50 % and 95 % of the arrival, given that it is reached; aware. None where too few members arrive.
    peak : float or None
        Median of the peak, in the unit of the outlook, >= 0.
    exposed_people : int or None
    is_observed : bool
        Whether it was seen to have come.
    """

    city: str
    probability: float | None
    earliest: datetime | None = None
    middle: datetime | None = None
    latest: datetime | None = None
    peak: float | None = None
    exposed_people: int | None = None
    is_observed: bool = False

    def __post_init__(self) -> None:
        assert self.probability is None or 0 <= self.probability <= 1, f"{self.city}: {self.probability}"
        assert self.peak is None or 0 <= self.peak < math.inf, f"{self.city}: peak is {self.peak}"
        for name in ("earliest", "middle", "latest"):
            time = getattr(self, name)
            assert time is None or time.tzinfo is not None, f"{self.city}: {name} has no offset"
            if time is not None:
                object.__setattr__(self, name, time.replace(microsecond=0))
        if self.probability is not None:
            object.__setattr__(self, "probability", round(self.probability, PLACES))

    @property
    def first(self) -> datetime | None:
        """The earliest time that is known of the arrival."""
        return self.earliest or self.middle or self.latest

    @property
    def last(self) -> datetime | None:
        """The latest time that is known of it."""
        return self.latest or self.middle or self.earliest

    def reaches(self, bound: float) -> bool:
        """Whether the city counts as reached from this probability on, included, or was seen reached."""
        return self.is_observed or (self.probability is not None and self.probability >= bound)

    def row(self, unit: str) -> dict[str, Any] | None:
        """As it stands among the arrivals of a statement; None if its probability is unknown."""
        if self.probability is None:
            return None
        row: dict[str, Any] = {"city": self.city, "probability": decimal_text(self.probability, PLACES)}
        times = {"earliest": self.earliest, "middle": self.middle, "latest": self.latest}
        row |= {name: time_text(time) for name, time in times.items() if time is not None}
        if self.peak is not None and unit in UNITS:
            places = max(0, PLACES - 1 - math.floor(math.log10(self.peak))) if self.peak > 0 else 0
            row["peak"] = {"value": decimal_text(self.peak, min(places, 20)), "unit": unit}
        if self.exposed_people is not None:
            row["exposed_people"] = self.exposed_people
        return row

    @staticmethod
    def of_row(row: Mapping[str, Any]) -> Coming:
        """What a row among the arrivals of a statement says."""

        def time(name: str) -> datetime | None:
            return datetime.fromisoformat(row[name]) if name in row else None

        return Coming(
            city=row["city"],
            probability=float(row["probability"]),
            earliest=time("earliest"),
            middle=time("middle"),
            latest=time("latest"),
            peak=float(row["peak"]["value"]) if "peak" in row else None,
            exposed_people=row.get("exposed_people"),
        )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a forecast says of each city.

    Parameters
    ----------
    coming : tuple of Coming
        One for each city.
    pathway : str
        Name of the pathway, such as ``pollutant``; empty where unknown.
    threshold : float or None
        From which value on a city counts as reached, in `unit`.
    unit : str
        Of threshold and peaks. A unit that no measure of a statement may have keeps the peaks out of it.
    statement : str or None
        Id of the footprint's statement.
    caveats : tuple of (str, str)
        Why it must not be trusted: Chinese and English, one sentence each.
    """

    coming: tuple[Coming, ...]
    pathway: str = ""
    threshold: float | None = None
    unit: str = "1"
    statement: str | None = None
    caveats: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        cities = [one.city for one in self.coming]
        assert len(set(cities)) == len(cities), "one row for each city: fold sections by city first"

    def of(self, city: str) -> Coming:
        """What comes to a city; all unknown where the forecast does not speak of it."""
        return next((one for one in self.coming if one.city == city), Coming(city, None))

    def reached(self, bound: float) -> tuple[Coming, ...]:
        """The cities that count as reached, those that are reached first at the head."""
        return in_time(one for one in self.coming if one.reaches(bound))

    def rows(self, cities: Iterable[str]) -> list[dict[str, Any]]:
        """The arrivals of a statement about these cities."""
        found = (self.of(city).row(self.unit) for city in cities)
        return [row for row in found if row is not None]

    def seen_at(self, cities: Iterable[str]) -> Outlook:
        """The same, where these cities were seen to be reached."""
        seen = set(cities)
        return replace(
            self,
            coming=tuple(replace(one, is_observed=True) if one.city in seen else one for one in self.coming),
        )


def in_time(coming: Iterable[Coming]) -> tuple[Coming, ...]:
    """In the order of their middle arrival; those without one at the end, by code."""
    return tuple(sorted(coming, key=_when))


def _when(one: Coming) -> tuple[bool, float, str]:
    time = one.middle or one.first
    return time is None, time.timestamp() if time else 0.0, one.city


def of_footprint(footprint: Footprint, statement: str | None = None) -> Outlook:
    """The outlook of a footprint.

    Parameters
    ----------
    footprint : Footprint
        Its sections are folded by city here; a city of which it knows nothing is left out.
    statement : str, optional
        Id of the `FootprintIssued` that names it.
    """
    by_city = footprint.by_city()
    times = [by_city.arrival_quantile_s(q) for q in (LOW, MIDDLE, HIGH)]
    peaks, exposed = by_city.peak_quantile(MIDDLE), by_city.exposed_quantile(MIDDLE)
    coming = []
    for row, (city, chance) in enumerate(zip(by_city.ids, by_city.probability(), strict=True)):
        if city in by_city.unknown:
            continue
        earliest, middle, latest = (by_city.moment(float(seconds[row])) for seconds in times)
        peak, people = float(peaks[row]), float(exposed[row])
        coming.append(
            Coming(
                city=city,
                probability=float(chance),
                earliest=earliest,
                middle=middle,
                latest=latest,
                peak=peak if math.isfinite(peak) else None,
                exposed_people=round(people) if math.isfinite(people) else None,
            )
        )
    return Outlook(
        coming=tuple(coming),
        pathway=footprint.pathway,
        threshold=footprint.threshold,
        unit=footprint.unit,
        statement=statement,
        caveats=tuple((one.text_zh, one.text_en) for one in by_city.caveats),
    )


def of_statement(said: Statement) -> Outlook:
    """The outlook of a `FootprintIssued`, which has caveats by code: it tells how many there are."""
    assert said.kind == "FootprintIssued", f"{said.kind} is no footprint"
    threshold = said.record("threshold")
    return Outlook(
        coming=tuple(Coming.of_row(row) for row in said.records("arrivals")),
        pathway=said.string("pathway"),
        threshold=float(threshold["value"]),
        unit=str(threshold["unit"]),
        statement=said.id,
        caveats=_counted(len(said.strings("caveats"))),
    )


def _counted(caveats: int) -> tuple[tuple[str, str], ...]:
    if not caveats:
        return ()
    zh, en = f"预测附有 {caveats} 项适用限制，见其文件。", f"The forecast has {caveats}; its file says which."
    return ((zh, en),)
