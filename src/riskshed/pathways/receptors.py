"""Receptors: the points of cities at which a plume is looked at, and what they say of their cities.

A city is the points at which its people live (people.csv); where nobody said where they live, it is its one
point. From one point nobody can tell how many of a city a narrow plume exposes: the number stays unknown. A
wide cloud, averaged over cells as large as a city, exposes all of it or nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Place
from riskshed.region import City, Region

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Receptors:
    """Points, city by city.

    Attributes
    ----------
    places : tuple of Place
        The cities that have a point, in the order of the region.
    city : (receptor,)
        Row of each point's city in `places`.
    lat_deg, lon_deg : (receptor,)
    people : (receptor,)
        Who lives at the point; NaN is unknown.
    one_point : tuple of str
        Cities that are one point, since nobody said where their people live.
    left_out : tuple of str
        Cities without any point.
    """

    places: tuple[Place, ...]
    city: NDArray[np.int64]
    lat_deg: Floats
    lon_deg: Floats
    people: Floats
    one_point: tuple[str, ...]
    left_out: tuple[str, ...]

    def of(self, unseen: NDArray[np.bool_]) -> tuple[str, ...]:
        """Codes of the cities that have one of these points."""
        rows = np.unique(self.city[unseen])
        return tuple(self.places[int(row)].id for row in rows)


def of_region(region: Region, *, whole_city: bool) -> Receptors:
    """The receptors of a region.

    Parameters
    ----------
    region : Region
    whole_city : bool
        Whether one point stands for all residents of a city without people points; else they are unknown.

    Raises
    ------
    InputFaults
        ``plume.region``: no city has a point.
    """
    points: dict[str, list[tuple[float, float, float]]] = {}
    for point in region.people:
        if point.city is not None:
            points.setdefault(point.city, []).append((point.lat, point.lon, point.people))
    places: list[Place] = []
    rows: list[tuple[float, ...]] = []
    single: list[str] = []
    left_out: list[str] = []
    for city in region.cities:
        own = points.get(city.code, [])
        if not own and city.lat is not None and city.lon is not None:
            known = city.population_resident if whole_city else None
            own = [(city.lat, city.lon, np.nan if known is None else float(known))]
            single.append(city.code)
        if not own:
            left_out.append(city.code)
            continue
        rows += [(len(places), *point) for point in own]
        places.append(_place(city, sum(people for *_, people in own)))
    if not places:
        fault = Fault(
            "plume.region", str(region.folder), None, "lat", "no city with a point", "at least one",
            "Give cities their points, or people.csv.",
        )  # fmt: skip
        raise InputFaults("plume.region", "this region has nothing that a plume could reach", [fault])
    table = np.array([row[1:] for row in rows], np.float64)
    city_row = np.array([row[0] for row in rows], np.int64)
    return Receptors(
        tuple(places), city_row, table[:, 0], table[:, 1], table[:, 2], tuple(single), tuple(left_out)
    )


def _place(city: City, people: float) -> Place:
    known = None if np.isnan(people) else people
    return Place(city.code, city.code, city.name_zh, city.name_en, city.lat, city.lon, known)


def reduced(
    level: Floats,
    receptors: Receptors,
    *,
    step_s: float,
    onset_s: Floats,
    threshold: float,
    limit: float,
    lasting: bool,
    unseen: NDArray[np.bool_],
) -> Mapping[str, Floats]:
    """What members show at receptors, told of cities.

    Parameters
    ----------
    level : (receptor, step, member)
        The quantity, as a mean over each step.
    onset_s : (member,)
        When the release began: nothing arrives before it.
    threshold, limit : float
        From where on a place is reached, and people are exposed.
    lasting : bool
        Whether it only ever grows, as a dose does: then it never ends.
    unseen : (receptor,)
        Points of which nothing can be known; their people are unknown.

    Returns
    -------
    mapping
        `arrival_s`, `peak`, `peak_s`, `duration_s`, `exposed_people`, (city, member), and `level`
        (city, step, member), the highest at any of a city's points.
    """
    cities, members = len(receptors.places), level.shape[2]
    by_city = np.zeros((cities, *level.shape[1:]))
    np.maximum.at(by_city, receptors.city, level)
    over = by_city >= threshold
    reached = over.any(axis=1)
    first = np.maximum((over.argmax(axis=1) + 0.5) * step_s, onset_s)
    peak = by_city.max(axis=1)
    ends_in_time = ~over[:, -1] & (not lasting)
    exposed = np.zeros((cities, members))
    # A point of which nothing is known has unknown people, exposed or not.
    people = np.where(unseen, np.nan, receptors.people)[:, None]
    hit = level.max(axis=1) >= limit
    np.add.at(exposed, receptors.city, np.where(hit | np.isnan(people), people, 0.0))
    return {
        "arrival_s": np.where(reached, first, np.inf),
        "peak": peak,
        "peak_s": np.where(peak > 0, (by_city.argmax(axis=1) + 0.5) * step_s, np.nan),
        "duration_s": np.where(reached, np.where(ends_in_time, over.sum(axis=1) * step_s, np.inf), 0.0),
        "exposed_people": exposed,
        "level": by_city,
    }
