"""What a cascade does to each city: the stages that reach it, taken together member by member.

The quantity is the number of stages under way at a city at once: what one office of that city has to face at
the same time. A city is reached by the first stage that reaches it. People who are exposed are those of the
one stage that has the most of them, so that nobody is counted twice; whom others add to that is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskshed.footprint import PEOPLE_LOWER_BOUND, Caveat, Footprint, Place, Series
from riskshed.pathways import ensemble
from riskshed.region import Region

Floats = NDArray[np.float64]

QUANTITY = "stages of the cascade under way at once"
TIMES = 121
"""Moments at which the curves over time are given."""
LIKELY = 0.5
"""Share of members from which on the hazard of a stage is counted as there."""


@dataclass(frozen=True, eq=False)
class Part:
    """A stage as the cities see it.

    Attributes
    ----------
    title_zh, title_en : str
    footprint : Footprint
        In seconds after the origin of the cascade, for all of its members.
    share : float
        Of the members in which the stage begins.
    """

    title_zh: str
    title_en: str
    footprint: Footprint
    share: float


@dataclass(frozen=True, eq=False)
class Together:
    """The arrays of all stages by city, each (stage, city, member); infinite where a stage does not reach.

    `unheard` are the ids of the places of which some stage can say nothing.
    """

    places: tuple[Place, ...]
    starts_s: Floats
    ends_s: Floats
    people: Floats
    unheard: frozenset[str] = frozenset()

    @staticmethod
    def of(region: Region, parts: Sequence[Part]) -> Together:
        """Every city that a stage has a row for, in the order of the region."""
        folded = [part.footprint.by_city(region.cities) for part in parts]
        found = {place.id: place for footprint in folded for place in footprint.places}
        known = [city.code for city in region.cities if city.code in found]
        codes = [*known, *(code for code in found if code not in known)]
        shape = (len(parts), len(codes), folded[0].members)
        starts, ends = np.full(shape, np.inf), np.full(shape, np.inf)
        people = np.zeros(shape)
        for stage, footprint in enumerate(folded):
            rows = [codes.index(code) for code in footprint.ids]
            starts[stage, rows] = footprint.arrival_s
            ends[stage, rows] = footprint.arrival_s + footprint.duration_s
            people[stage, rows] = footprint.exposed_people
        # How many depend on a city differs from stage to stage, and no stage speaks for the others.
        places = tuple(replace(found[code], people=None) for code in codes)
        unheard = frozenset(code for footprint in folded for code in footprint.unknown)
        return Together(places, starts, ends, people, unheard)

    def unknown(self) -> tuple[str, ...]:
        """Places of which some stage can say nothing and that no stage reaches in any member."""
        reached = np.isfinite(self.starts_s.min(axis=0)).any(axis=1)
        return tuple(
            place.id for row, place in enumerate(self.places) if place.id in self.unheard and not reached[row]
        )

    def at_once(self) -> tuple[Floats, Floats]:
        """Most stages under way at once, and when that is first so (NaN: never), (city, member)."""
        peak = np.zeros(self.starts_s.shape[1:])
        peak_s = np.full(peak.shape, np.nan)
        for moment in np.sort(self.starts_s, axis=0):  # the number rises at a start and nowhere else
            count = ((self.starts_s <= moment) & (self.ends_s >= moment)).sum(axis=0)
            higher = np.isfinite(moment) & (count > peak)
            peak, peak_s = np.where(higher, count, peak), np.where(higher, moment, peak_s)
        return peak, peak_s

    def under_way_s(self) -> Floats:
        """How long at least one stage is under way, (city, member)."""
        order = np.argsort(self.starts_s, axis=0)
        starts = np.take_along_axis(self.starts_s, order, 0)
        ends = np.take_along_axis(self.ends_s, order, 0)
        total = np.zeros(starts.shape[1:])
        until = np.full(total.shape, -np.inf)
        for begin, end in zip(starts, ends, strict=True):
            reached = np.isfinite(begin)
            fresh = np.maximum(np.where(reached, begin, 0.0), until)
            longer = reached & (end > fresh)
            total = total + (np.where(longer, end, 0.0) - np.where(longer, fresh, 0.0))
            until = np.where(reached, np.maximum(until, end), until)
        return total

    def exposed(self) -> tuple[Floats, tuple[str, ...]]:
        """People of the stage with the most of them, (city, member), and the cities where others may add."""
        unknown = np.isnan(self.people)
        most = np.where(unknown, 0.0, self.people).max(axis=0)
        some_unknown = unknown.any(axis=0)
        several = (unknown | (self.people > 0.0)).sum(axis=0) > 1
        bound = (several & (most > 0.0)).any(axis=1)
        cities = tuple(place.id for place, is_bound in zip(self.places, bound, strict=True) if is_bound)
        return np.where(some_unknown & (most == 0.0), np.nan, most), cities

    def series(self, horizon_s: float) -> Series:
        """Quantiles of the number of stages under way, over time."""
        times = np.linspace(0.0, horizon_s, TIMES)
        curves = np.empty((len(self.places), len(ensemble.QUANTILES), TIMES))
        for city in range(len(self.places)):  # one at a time: all of them at once would fill the memory
            starts, ends = self.starts_s[:, city, None], self.ends_s[:, city, None]
            count = ((starts <= times[:, None]) & (times[:, None] <= ends)).sum(axis=0)  # (time, member)
            curves[city] = np.quantile(count, ensemble.QUANTILES, axis=1)
        return Series(np.array(ensemble.QUANTILES), times, curves)


def hazard_cities(parts: Sequence[Part]) -> tuple[str, ...]:
    """Cities in which the hazard is of a stage that more likely than not begins."""
    found = [city for part in parts if part.share >= LIKELY for city in part.footprint.hazard_cities]
    return tuple(dict.fromkeys(found))


def caveats(region: Region, parts: Sequence[Part], lower_bound: tuple[str, ...]) -> tuple[Caveat, ...]:
    """Those of all stages, each with the name of its stage, and that of the people."""
    told = [
        replace(
            caveat, text_en=f"{part.title_en}: {caveat.text_en}", text_zh=f"{part.title_zh}：{caveat.text_zh}"
        )
        for part in parts
        for caveat in part.footprint.by_city(region.cities).caveats
    ]
    if lower_bound:
        english = (
            "People are those of the stage that exposes the most of them, so that nobody is counted twice; "
            "whom other stages add is unknown: a lower bound."
        )
        chinese = "受影响人口取各链节中最多者，不重复计算；其他链节另增人数未知：为下限。"
        told.append(Caveat(PEOPLE_LOWER_BOUND, english, chinese, lower_bound))
    return tuple(dict.fromkeys(told))
