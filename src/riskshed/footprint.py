"""What comes: how likely, when, how strongly and how long a risk reaches each place, member by member.

A footprint is the one result that all pathways share. It keeps two questions apart that forecasts like to
mix: *whether* a place is reached (:meth:`Footprint.probability`, the share of members that arrive) and
*when, if it is* (:meth:`Footprint.arrival_quantile_s`, over the arriving members alone). A median over all
members would be infinite as soon as half of them miss, and a mean over some of them would hide the misses.

Three things are never rounded to nothing:

- *never* is infinity in ``arrival_s``; where the forecast ends at a horizon it only says *not within it*;
- *unknown* people are NaN, and a sum over known people is a lower bound that says so; a place to which the
  pathway knows no way has an *unknown* probability (:attr:`Footprint.unknown`), and not 0;
- *too few* arriving members (:data:`ARRIVALS_MIN`) give no quantile, because three members have no 5 %.

Arrays are (city, member), float64, read-only. A row is a section of a river until :meth:`Footprint.by_city`
folds the sections of each city into one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskshed.quantiles import of_first

FloatArray = NDArray[np.float64]

ARRIVALS_MIN = 5
"""Members that must arrive before quantiles of the arrival are given (all of them in a smaller ensemble)."""

PEOPLE_LOWER_BOUND = "people.lower_bound"
"""Code of the caveat that a number of people leaves unknown ones out."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a footprint: a city, or a section of a city.

    Parameters
    ----------
    id : str
        Unique within the footprint.
    city : str
        Code of the city in which it lies; equal to `id` where the row is the city itself.
    name_zh, name_en : str
    lat, lon : float or None
        Degrees, WGS 84; None where unknown.
    people : float or None
        People who depend on this very place (so that two intakes of a city add up); None where unknown.
    """

    id: str
    city: str
    name_zh: str
    name_en: str
    lat: float | None = None
    lon: float | None = None
    people: float | None = None

    def __post_init__(self) -> None:
        assert self.id, "a place has an id"
        assert self.city, f"{self.id}: a place lies in a city"
        assert self.lat is None or -90 <= self.lat <= 90, f"{self.id}: lat is {self.lat}"
        assert self.lon is None or -180 <= self.lon <= 180, f"{self.id}: lon is {self.lon}"
        assert self.people is None or 0 <= self.people < np.inf, f"{self.id}: people is {self.people}"


@dataclass(frozen=True, slots=True)
class Caveat:
    """Why, and at which places, a footprint must not be trusted.

    Parameters
    ----------
    code : str
        Stable, dotted, lower case: ``river.backwater``.
    text_en, text_zh : str
        One sentence for the person who reads the forecast.
    places : tuple of str
        Ids of the places it concerns; empty where it concerns all of them.
    """

    code: str
    text_en: str
    text_zh: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Quantile curves over time.

    Parameters
    ----------
    quantiles : array_like of float, (quantile,)
        Rising, within 0..1.
    time_s : array_like of float, (time,)
        Seconds after the footprint's origin, rising.
    values : array_like of float, (city, quantile, time)
        The footprint's quantity in its unit, over all members.
    """

    quantiles: FloatArray
    time_s: FloatArray
    values: FloatArray

    def __post_init__(self) -> None:
        for name in ("quantiles", "time_s", "values"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        assert self.quantiles.ndim == 1, "quantiles is (quantile,)"
        assert self.time_s.ndim == 1, "time_s is (time,)"
        wanted = (self.quantiles.size, self.time_s.size)
        assert self.values.shape[1:] == wanted, f"values is {self.values.shape}, want (city, {wanted})"
        assert np.all((self.quantiles >= 0) & (self.quantiles <= 1)), "quantiles are within 0..1"
        assert np.all(np.diff(self.quantiles) > 0), "quantiles rise"
        assert np.all(np.isfinite(self.time_s)), "time_s is finite"
        assert np.all(np.diff(self.time_s) > 0), "time_s rises"


@dataclass(frozen=True, slots=True)
class Situation:
    """Which of the three situations of spread this is; it changes who leads and who pays.

    Parameters
    ----------
    number : int or None
        1, 2 or 3; None where no city border is crossed.
    text_en, text_zh : str
    hazard_cities, exposed_cities : tuple of str
        The codes H and E that decided it, each sorted.
    """

    number: int | None
    text_en: str
    text_zh: str
    hazard_cities: tuple[str, ...]
    exposed_cities: tuple[str, ...]


SITUATION_TEXTS: dict[int | None, tuple[str, str]] = {
    1: ("the hazard itself spans several cities", "致灾体跨多市"),
    2: ("the hazard is in one city, the exposed are in several", "致灾体在一市，受害者在多市"),
    3: ("the hazard and the exposed are in different cities", "致灾体与受害者分处不同城市"),
    None: ("no city border is crossed", "未跨市"),
}


Outcome = Literal["given", "too_few", "never", "not_within_horizon", "unknown"]


class CityLike(Protocol):
    """What :meth:`Footprint.by_city` needs to know of a city; ``region.City`` fits."""

    @property
    def code(self) -> str: ...
    @property
    def name_zh(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Footprint:
    """What a pathway foresees at each place, for each equally weighted member.

    Parameters
    ----------
    pathway : str
        Name of the pathway: ``pollutant``.
    quantity, unit : str
        What is measured: ``nitrobenzene concentration``, ``mg/L``.
    threshold : float
        Arrival is the first time at which the quantity is at or above it.
    places : tuple of Place
        The first axis of all arrays, called ``city`` in files.
    origin : datetime
        Aware. Every ``*_s`` is in seconds after it.
    issued, known_at : datetime
        Aware. When the forecast was issued; the latest reading it used (not after `issued`).
    arrival_s : array_like, (city, member)
        Infinity where the member never arrives (or not within `horizon_s`). Never NaN.
    peak : array_like, (city, member)
        Highest value, in `unit`, >= 0.
    peak_s : array_like, (city, member)
        When it is highest; NaN where there is no peak.
    duration_s : array_like, (city, member)
        Time at or above the threshold, >= 0; infinity where it had not ended at the horizon.
    exposed_people : array_like, (city, member)
        People exposed, >= 0; NaN where unknown, which is never 0.
    hazard_cities : tuple of str
        Codes of the cities in which the hazard itself is.
    series : Series, optional
        Quantile curves over time.
    seed : int
    model, version, region_digest : str
        What made it: name and version of the model, SHA-256 of the region's files.
    caveats : tuple of Caveat
    source_text : str
        One sentence on the source, as known at `known_at`.
    horizon_s : float, optional
        End of the forecast in seconds after `origin`; None where it has none.
    unknown : tuple of str
        Ids of places of which the pathway can say nothing, for it knows no way to them; no member arrives
        there, and that is no sign of safety.
    """

    pathway: str
    quantity: str
    unit: str
    threshold: float
    places: tuple[Place, ...]
    origin: datetime
    issued: datetime
    known_at: datetime
    arrival_s: FloatArray
    peak: FloatArray
    peak_s: FloatArray
    duration_s: FloatArray
    exposed_people: FloatArray
    hazard_cities: tuple[str, ...]
    series: Series | None = None
    seed: int
    model: str
    version: str
    region_digest: str
    caveats: tuple[Caveat, ...] = ()
    source_text: str = ""
    horizon_s: float | None = None
    unknown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in MEMBER_ARRAYS:
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        _check_frame(self)
        _check_arrays(self)

    @property
    def members(self) -> int:
        """Number of members."""
        return int(self.arrival_s.shape[1])

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the places, in row order."""
        return tuple(place.id for place in self.places)

    def moment(self, seconds: float) -> datetime | None:
        """Date and time of some seconds after the origin; None if not finite, or past the year 9998."""
        try:
            time = self.origin + timedelta(seconds=float(seconds))
        except (OverflowError, ValueError):  # infinity or far beyond the calendar, NaN
            return None
        return time if time.year <= 9998 else None  # so that any zone can show it

    def arrivals(self) -> NDArray[np.intp]:
        """Number of members that arrive at each place, (city,)."""
        arrived: NDArray[np.intp] = np.count_nonzero(np.isfinite(self.arrival_s), axis=1)
        return arrived

    def probability(self) -> FloatArray:
        """Share of members that arrive at each place, within 0..1, (city,); NaN where it is unknown."""
        return np.where(self._is_unknown(), np.nan, self.arrivals() / self.members)

    def outcomes(self) -> tuple[Outcome, ...]:
        """What can be said of the arrival at each place: ``given`` (quantiles), or why there are none."""
        unreached: Outcome = "never" if self.horizon_s is None else "not_within_horizon"
        few, unknown = min(ARRIVALS_MIN, self.members), set(self.unknown)
        told: list[Outcome] = []
        for place, count in zip(self.ids, self.arrivals(), strict=True):
            none: Outcome = "unknown" if place in unknown else unreached
            told.append("given" if count >= few else "too_few" if count else none)
        return tuple(told)

    def arrival_quantile_s(self, q: float) -> FloatArray:
        """Quantile of the arrival *given arrival*, s after the origin, (city,); NaN where too few arrive."""
        # Infinity sorts last, so the arriving members come first.
        return of_first(np.sort(self.arrival_s, axis=1), self._given(), q)

    def duration_quantile_s(self, q: float) -> FloatArray:
        """Quantile of the time above the threshold *given arrival*, s, (city,); NaN where too few arrive."""
        given = np.where(np.isfinite(self.arrival_s), self.duration_s, np.nan)  # NaN sorts last
        return of_first(np.sort(given, axis=1), self._given(), q)

    def peak_quantile(self, q: float) -> FloatArray:
        """Quantile of the peak over *all* members, in `unit`, (city,)."""
        return of_first(np.sort(self.peak, axis=1), np.full(len(self.places), self.members), q)

    def exposed_quantile(self, q: float) -> FloatArray:
        """Quantile of the exposed people over *all* members, (city,); NaN where any member's is unknown."""
        known = ~np.isnan(self.exposed_people).any(axis=1)
        return of_first(np.sort(self.exposed_people, axis=1), np.where(known, self.members, 0), q)

    def exposed_total(self, q: float = 0.5) -> tuple[float, bool]:
        """Quantile over the members of the people exposed at all places together.

        Returns
        -------
        people : float
            Sum over the known; NaN where that is nobody and somebody is unknown.
        lower_bound : bool
            True where somebody unknown was left out, so that the truth is at least this.
        """
        left_out = any(caveat.code == PEOPLE_LOWER_BOUND for caveat in self.caveats)
        unknown = left_out or bool(np.isnan(self.exposed_people).any())
        people = float(np.quantile(np.nansum(self.exposed_people, axis=0), q))
        return (np.nan, True) if unknown and people == 0 else (people, unknown)

    def exposed_cities(self, bound: float = 0.1) -> tuple[str, ...]:
        """Codes of the cities reached, or with people exposed, in at least a share `bound` of the members."""
        assert 0 < bound <= 1, f"bound is {bound}, want a probability above 0"
        touched = np.isfinite(self.arrival_s) | (self.exposed_people > 0)
        share = {code: touched[rows].any(axis=0).mean() for code, rows in self.rows_by_city().items()}
        return tuple(sorted(code for code in share if share[code] >= bound))

    def rows_by_city(self) -> dict[str, list[int]]:
        """Rows of each city, cities in the order in which they first appear."""
        rows: dict[str, list[int]] = {}
        for row, place in enumerate(self.places):
            rows.setdefault(place.city, []).append(row)
        return rows

    def situation(self, bound: float = 0.1) -> Situation:
        """Which of the three situations of spread this is.

        With H the cities in which the hazard is and E the exposed cities, asked in this order: (1) more than
        one city in H; (2) one city in H, several in E; (3) H and E apart; otherwise none.

        Parameters
        ----------
        bound : float
            A city is exposed from this probability on, above 0 and at most 1.
        """
        hazard, exposed = set(self.hazard_cities), set(self.exposed_cities(bound))
        number: int | None = None
        if len(hazard) > 1:
            number = 1
        elif len(hazard) == 1 and len(exposed) > 1:
            number = 2
        elif exposed and not hazard & exposed:
            number = 3
        return Situation(number, *SITUATION_TEXTS[number], tuple(sorted(hazard)), tuple(sorted(exposed)))

    def by_city(self, cities: Iterable[CityLike] = ()) -> Footprint:
        """Fold the sections of each city into one row, member by member.

        A city is reached when the first of its sections is; its peak is the highest (with its time), its
        duration the longest at any one section, its people the sum over its sections. The curve over time
        is that of the section which is reached first by the median. Rows keep the order in which cities
        first appear. A city is unknown where a section of it is and no other is reached.

        Parameters
        ----------
        cities : iterable of CityLike
            Where names and points of the cities come from; without it the first section lends its own.
        """
        groups = self.rows_by_city()
        named = {city.code: city for city in cities}
        folded = [_fold(self, rows) for rows in groups.values()]
        arrays: dict[str, Any] = {name: np.stack([city[name] for city in folded]) for name in MEMBER_ARRAYS}
        series = self.series
        if series is not None:
            first = [rows[_earliest(self, rows)] for rows in groups.values()]
            series = replace(series, values=series.values[first])
        places = tuple(_city_place(code, self.places, rows, named) for code, rows in groups.items())
        unknown = self._is_unknown()
        reached = np.isfinite(arrays["arrival_s"]).any(axis=1)
        return replace(
            self,
            places=places,
            series=series,
            caveats=_city_caveats(self, groups),
            unknown=tuple(
                code
                for row, (code, rows) in enumerate(groups.items())
                if unknown[rows].any() and not reached[row]
            ),
            **arrays,
        )

    def _is_unknown(self) -> NDArray[np.bool_]:
        """Of which places the pathway can say nothing, (city,)."""
        return np.isin(self.ids, self.unknown)

    def _given(self) -> NDArray[np.intp]:
        """Number of members over which quantiles of the arrival are taken, (city,); 0 for none."""
        given = [outcome == "given" for outcome in self.outcomes()]
        return np.where(given, self.arrivals(), 0)


MEMBER_ARRAYS = ("arrival_s", "peak", "peak_s", "duration_s", "exposed_people")
"""Names of the arrays of a footprint that are (city, member)."""


def _frozen(values: ArrayLike) -> FloatArray:
    view = np.asarray(values, dtype=np.float64).view()
    view.flags.writeable = False
    return view


def _check_frame(footprint: Footprint) -> None:
    for name in ("origin", "issued", "known_at"):
        assert getattr(footprint, name).tzinfo is not None, f"{name} has no time zone"
    assert footprint.known_at <= footprint.issued, "a forecast knows nothing that came after it was issued"
    assert 0 <= footprint.threshold < np.inf, f"threshold is {footprint.threshold}"
    assert footprint.places, "a footprint has at least one place"
    assert len(set(footprint.ids)) == len(footprint.places), "ids of places are unique"
    known = set(footprint.ids)
    for caveat in footprint.caveats:
        assert known.issuperset(caveat.places), f"{caveat.code}: {caveat.places} are not all places"
    assert known.issuperset(footprint.unknown), f"unknown: {footprint.unknown} are not all places"
    if footprint.series is not None:
        assert len(footprint.series.values) == len(footprint.places), "series has one row for each place"


def _check_arrays(footprint: Footprint) -> None:
    shape = footprint.arrival_s.shape
    assert len(shape) == 2, f"arrival_s is {shape}, want (city, member)"
    assert shape[0] == len(footprint.places), f"{shape[0]} rows for {len(footprint.places)} places"
    assert shape[1] >= 1, "a footprint has at least one member"
    for name in MEMBER_ARRAYS:
        assert getattr(footprint, name).shape == shape, f"{name} is not {shape}"
    assert not np.isnan(footprint.arrival_s).any(), "arrival_s has NaN; never is infinity"
    assert (footprint.arrival_s > -np.inf).all(), "arrival_s has minus infinity"
    assert ((footprint.peak >= 0) & np.isfinite(footprint.peak)).all(), "peak is finite and >= 0"
    assert not np.isinf(footprint.peak_s).any(), "peak_s is finite, or NaN where there is no peak"
    assert (footprint.duration_s >= 0).all(), "duration_s is >= 0"
    reached = np.isfinite(footprint.arrival_s[footprint._is_unknown()])
    assert not reached.any(), "a member arrives where nothing is known"
    people = footprint.exposed_people
    assert (np.isnan(people) | ((people >= 0) & (people < np.inf))).all(), "exposed_people is >= 0 or NaN"
    if footprint.horizon_s is not None:
        late = np.isfinite(footprint.arrival_s) & (footprint.arrival_s > footprint.horizon_s)
        assert not late.any(), "arrival_s lies after the horizon"


def _sum_known(people: FloatArray) -> FloatArray:
    """Sum over the first axis; unknown beside known is left out, beside nobody it stays unknown."""
    total = np.nansum(people, axis=0)
    return np.where((total == 0) & np.isnan(people).any(axis=0), np.nan, total)


def _earliest(footprint: Footprint, rows: list[int]) -> int:
    """Which of these rows is reached first by the median (most surely where none has one)."""
    median = footprint.arrival_quantile_s(0.5)[rows]
    order = np.lexsort((-footprint.probability()[rows], np.where(np.isnan(median), np.inf, median)))
    return int(order[0])


def _fold(footprint: Footprint, rows: list[int]) -> dict[str, FloatArray]:
    """One city out of its sections, each result (member,)."""
    members = np.arange(footprint.members)
    highest = np.argmax(footprint.peak[rows], axis=0)
    return {
        "arrival_s": footprint.arrival_s[rows].min(axis=0),
        "peak": footprint.peak[rows][highest, members],
        "peak_s": footprint.peak_s[rows][highest, members],
        "duration_s": footprint.duration_s[rows].max(axis=0),
        "exposed_people": _sum_known(footprint.exposed_people[rows]),
    }


def _city_place(code: str, places: Sequence[Place], rows: list[int], named: dict[str, CityLike]) -> Place:
    people = _sum_known(np.array([[places[row].people] for row in rows], dtype=np.float64))[0]
    point: CityLike | Place = named.get(code, places[rows[0]])
    known = None if np.isnan(people) else float(people)
    return Place(code, code, point.name_zh, point.name_en, point.lat, point.lon, known)


def _city_caveats(footprint: Footprint, groups: dict[str, list[int]]) -> tuple[Caveat, ...]:
    """The caveats with sections replaced by their cities, and one more where people were left out."""
    city_of = {place.id: place.city for place in footprint.places}
    moved = [
        replace(caveat, places=tuple(dict.fromkeys(city_of[place] for place in caveat.places)))
        for caveat in footprint.caveats
    ]
    partly = tuple(code for code, rows in groups.items() if _leaves_out(footprint.exposed_people[rows]))
    if partly:
        moved.append(
            Caveat(
                PEOPLE_LOWER_BOUND,
                "People at some sections are unknown and left out: the number is a lower bound.",
                "部分断面的人口未知，未计入：所列人数为下限。",
                partly,
            )
        )
    return tuple(moved)


def _leaves_out(people: FloatArray) -> bool:
    """Whether in some member the sum over the known leaves somebody unknown out."""
    return bool((np.isnan(people).any(axis=0) & ~np.isnan(_sum_known(people))).any())
