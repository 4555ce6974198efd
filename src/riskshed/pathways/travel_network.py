"""Who meets whom: travel between cities, its changes in time, and what is done about it, as sparse shares.

People live in one city and visit others, so that nobody is lost on the way and a city keeps its people. If
F(i, j) people go from i to j each day and stay for d days, then of the contacts of the people of i the share

    w(i, j) = (F(i, j) + F(j, i)) d / N(i),    w(i, i) = 1 - sum over j of w(i, j)

is with people of j: there as guests, here as hosts (the effective coupling of Keeling & Rohani 2002,
doi:10.1046/j.1461-0248.2002.00268.x, with the travel counted in both directions). It holds where visits are
short against the infectious period. Travel that is cut stays at home: the shares of a city still sum to 1,
less the contacts that are avoided altogether (`reduce_contact`).

Time is in whole days from the origin. Travel that changes within a day holds from the next day on; a
treatment that begins or ends within a day acts for its part of that day.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from riskshed.errors import Fault, InputFaults
from riskshed.pathways.treatment import Floats, Treatment, link_share
from riskshed.region import City, Region

DAY_S = 86_400.0
PEOPLE_MAX = 2**31 - 1
LINK = ">"
"""Between two codes: the travel from the one to the other."""


@dataclass(frozen=True, eq=False)
class TravelNetwork:
    """The cities of an epidemic and the shares of their contacts.

    Attributes
    ----------
    cities : tuple of City
        Those with travel, and those that were asked for.
    people : (city,) int32
    first, city : (city + 1,) and (link,) int64
        The links of each city, itself among them, one row after the other, by rising number.
    weight : (segment, link) float32
    segment : (day,) int64
        The row of `weight` that holds on each day.
    left_out : tuple of City
        Those without any travel, of whom nothing can be said.
    """

    cities: tuple[City, ...]
    people: npt.NDArray[np.int32]
    first: npt.NDArray[np.int64]
    city: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]
    segment: npt.NDArray[np.int64]
    left_out: tuple[City, ...] = ()

    def shares(self, day: int) -> Any:
        """The shares of one day as a sparse matrix, (city, city)."""
        n = len(self.people)
        row = self.weight[self.segment[day]].astype(np.float64)
        return sparse.csr_array((row, self.city, self.first), shape=(n, n))

    def row(self, code: str) -> int:
        """The row of a city."""
        return next(i for i, city in enumerate(self.cities) if city.code == code)


def of_region(
    region: Region,
    *,
    origin: datetime,
    days: int,
    visit_d: float,
    treatments: Sequence[Treatment] = (),
    with_cities: Sequence[str] = (),
) -> TravelNetwork:
    """The travel of a region from an origin on.

    Parameters
    ----------
    region : Region
    origin : datetime
        Aware.
    days : int
        At least 1.
    visit_d : float
        Days for which a traveller stays, > 0.
    treatments : sequence of Treatment
        Those with the effects ``cut_travel`` (of a city, or of one link, ``FROM>TO``) and ``reduce_contact``.
    with_cities : sequence of str
        Cities that are there even without travel.

    Raises
    ------
    InputFaults
        ``contagion.region``: a city with travel whose people are unknown, none, or too many to count, or of
        whom more are away than there are.
    """
    named = {code for link in region.travel for code in (link.from_city, link.to_city)} | set(with_cities)
    cities = tuple(city for city in region.cities if city.code in named)
    people = _people(region, cities)
    row = {city.code: i for i, city in enumerate(cities)}
    begins = _segments(region, origin, days, treatments)
    pairs, flow = _flow(region, row, origin, begins)
    i, j = pairs // len(cities), pairs % len(cities)
    flow *= _shares(cities, i, j, begins, treatments)
    first, city, weight = _contacts(len(cities), i, j, flow * visit_d, people)
    _check_shares(region, cities, first, city, weight)
    for number, place in enumerate(cities):
        acts = [t for t in treatments if t.effect == "reduce_contact" and t.target == place.code]
        for t in acts:
            less = 1.0 - t.amount * t.during(begins * DAY_S, (begins + 1) * DAY_S)
            weight[:, first[number] : first[number + 1]] *= less[:, None]
    left_out = tuple(place for place in region.cities if place.code not in named)
    segment = np.searchsorted(begins, np.arange(days), side="right") - 1
    return TravelNetwork(cities, people, first, city, weight.astype(np.float32), segment, left_out)


def has_target(region: Region, treatment: Treatment) -> bool:
    """Whether the region has the city, or the link, that a treatment is of."""
    codes = region.city_index
    if treatment.effect == "cut_travel" and LINK in treatment.target:
        start, _, end = treatment.target.partition(LINK)
        return start in codes and end in codes and start != end
    return treatment.target in codes


def _people(region: Region, cities: Sequence[City]) -> npt.NDArray[np.int32]:
    faults = []
    for city in cities:
        known = city.population_resident
        if known is None or not 0 < known <= PEOPLE_MAX:
            got = f"{city.code}: " + ("unknown" if known is None else f"{known:,}")
            faults.append(_fault(region, "cities.population_resident", got, f"1 to {PEOPLE_MAX:,} people"))
    if faults:
        raise InputFaults("contagion.region", "this region cannot carry an outbreak", faults)
    return np.array([city.population_resident for city in cities], dtype=np.int32)


def _fault(region: Region, column: str, got: str, wanted: str) -> Fault:
    return Fault("contagion.region", str(region.folder), None, column, got, wanted, "Correct the region.")


def _segments(
    region: Region, origin: datetime, days: int, treatments: Sequence[Treatment]
) -> npt.NDArray[np.int64]:
    """The days on which something changes, the first of which is 0."""
    found = {0}
    for when in {link.since for link in region.travel if link.since is not None}:
        found.add(_since_day(when, origin))
    for t in treatments:
        for second in (t.starts_s, t.ends_s):
            if math.isfinite(second):
                # The day within which it changes stands alone, since it acts in a part of it only.
                found |= {math.floor(second / DAY_S), math.floor(second / DAY_S) + 1}
    return np.array(sorted(day for day in found if 0 <= day < days), dtype=np.int64)


def _since_day(when: datetime, origin: datetime) -> int:
    return max(math.ceil((when - origin).total_seconds() / DAY_S), 0)


def _flow(
    region: Region, row: dict[str, int], origin: datetime, begins: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Each link as from x cities + to, (link,), and its travellers a day, (segment, link)."""
    key = np.array([row[t.from_city] * len(row) + row[t.to_city] for t in region.travel], dtype=np.int64)
    pairs, where = np.unique(key, return_inverse=True)
    flow = np.zeros((begins.size, pairs.size))
    early = datetime.min.replace(tzinfo=origin.tzinfo)
    order = sorted(range(len(region.travel)), key=lambda k: region.travel[k].since or early)
    for k in order:
        since = region.travel[k].since
        day = 0 if since is None else _since_day(since, origin)
        flow[np.searchsorted(begins, day) :, where[k]] = region.travel[k].people_per_day
    return pairs, flow


def _shares(
    cities: Sequence[City],
    i: npt.NDArray[np.int64],
    j: npt.NDArray[np.int64],
    begins: npt.NDArray[np.int64],
    treatments: Sequence[Treatment],
) -> Floats:
    """The share of the travel of each link that still takes place, (segment, link)."""
    share = np.ones((begins.size, i.size))
    row = {city.code: number for number, city in enumerate(cities)}
    for target in {t.target for t in treatments if t.effect == "cut_travel"}:
        passing = link_share(treatments, target, begins * DAY_S, (begins + 1) * DAY_S)[:, None]
        start, _, end = target.partition(LINK)
        if end:
            share[:, (i == row.get(start, -1)) & (j == row.get(end, -1))] *= passing
        else:
            share[:, (i == row.get(start, -1)) | (j == row.get(start, -1))] *= passing
    return share


def _contacts(
    n: int, i: npt.NDArray[np.int64], j: npt.NDArray[np.int64], away: Floats, people: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """Rows of links and their shares of contacts, from travellers who are away, (segment, link)."""
    itself = np.arange(n)
    key = np.unique(np.concatenate([i * n + j, j * n + i, itself * n + itself]))
    start, end = key // n, key % n
    weight = np.zeros((len(away), key.size))
    weight[:, np.searchsorted(key, i * n + j)] += away / people[i]
    weight[:, np.searchsorted(key, j * n + i)] += away / people[j]
    home = np.searchsorted(key, itself * n + itself)
    first = np.searchsorted(start, np.arange(n + 1))
    weight[:, home] = 1.0 - np.add.reduceat(weight, first[:-1], axis=1)
    return first.astype(np.int64), end, weight


def _check_shares(
    region: Region,
    cities: Sequence[City],
    first: npt.NDArray[np.int64],
    city: npt.NDArray[np.int64],
    weight: Floats,
) -> None:
    home = weight[
        :, [first[k] + np.searchsorted(city[first[k] : first[k + 1]], k) for k in range(len(cities))]
    ]
    over = np.flatnonzero((home < 0).any(axis=0))
    if over.size:
        faults = [
            _fault(
                region, "travel.people_per_day", f"{cities[k].code}: more travel than people", "less travel"
            )
            for k in over.tolist()
        ]
        told = "more people travel than there are; a visit may be too long"
        raise InputFaults("contagion.region", told, faults)
