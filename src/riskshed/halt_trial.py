"""What if a plant stops: which others halt, when, at what loss, who could stand in. Nothing is said by it.

A trial is the supply pathway run on the region for one plant that stops now, for so many days, with what
nobody knows drawn between bounds that are named. It is a function: the same region, plant, days, bounds,
offers, time and seed give the same answer. So that anybody may ask, its size is bounded: `MEMBERS` members,
`DAYS_MAX` days, and a horizon that ends `AFTER_D` days after the stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import InputError
from riskshed.footprint import Footprint
from riskshed.governance.market_book import RowStanding
from riskshed.pathways import supply
from riskshed.pathways.halt import Halt, Stop
from riskshed.pathways.supplier_graph import OWN
from riskshed.pathways.supply import DAY_S, Course
from riskshed.pathways.toml_block import Span
from riskshed.region import Plant, Region
from riskshed.stand_ins import Short, StandIn, shorts, stand_ins

MEMBERS, SEED = 100, 1
DAYS_MAX, AFTER_D = 60, 30
THRESHOLD = 0.5
"""A plant that loses half of its output or more counts as halted."""
COVER_MAX_D = 60.0
BAND = (0.05, 0.5, 0.95)
PROBABILITY_MIN = 0.05
"""Plants that halt in fewer of the members are counted and not listed."""

FloatArray = NDArray[np.float64]
Band = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is supposed.

    Attributes
    ----------
    plant : str
        Id of the plant that stops.
    days : int
        For how long, 1 to `DAYS_MAX`.
    cover_d : (float, float)
        Between how many days stocks last where the region does not say it.
    refill : float
        Days of stock made good in a day in which the supplier delivers again.
    """

    plant: str
    days: int
    cover_d: tuple[float, float]
    refill: float = 0.0


@dataclass(frozen=True, slots=True)
class Halted:
    """A plant that halts.

    Attributes
    ----------
    plant : Plant
    probability : float
        0 to 1.
    after_d, down_d : (low, median, high)
        5, 50 and 95 % of when it halts, days from now, and of how long it stands, given that it halts.
    lost_d : (low, median, high)
        Days of its output that are lost, over all members.
    lost_output, lost_yuan : (low, median, high) or None
        The same in its unit and in yuan; None is unknown.
    cause : str
        ``own``, or the part and the supplier for want of which it halts most often.
    """

    plant: Plant
    probability: float
    after_d: Band
    down_d: Band
    lost_d: Band
    lost_output: Band | None
    lost_yuan: Band | None
    cause: str


@dataclass(frozen=True, eq=False)
class Trial:
    """The answer.

    Attributes
    ----------
    asked : Asked
    at : datetime
    halt : Halt
    course : Course
    footprint : Footprint
    halted : tuple of Halted
        The soonest first, the plant itself at the head.
    seldom, never, unknown : int
        Plants that halt in fewer members than are listed; in none; and those of which nothing can be said,
        since nobody is known to supply them.
    shorts : tuple of Short
        Who runs out of which part.
    """

    asked: Asked
    at: datetime
    halt: Halt
    course: Course
    footprint: Footprint
    halted: tuple[Halted, ...]
    seldom: int
    never: int
    unknown: int
    shorts: tuple[Short, ...]


def run(region: Region, asked: Asked, at: datetime) -> Trial:
    """Suppose that a plant stops now.

    Raises
    ------
    InputError
        ``trial.no_plant``, ``trial.days`` or ``trial.cover``: not a plant of the region, or out of range.
    """
    _check(region, asked)
    halt = _halt(asked, at)
    horizon_s = DAY_S * (asked.days + AFTER_D)
    course = supply.run(region, halt, members=MEMBERS, seed=SEED, horizon_s=horizon_s)
    footprint = supply.footprint_of(region, halt, course, issued=at, seed=SEED, horizon_s=horizon_s)
    chance = np.isfinite(course.halted_s).mean(axis=1)
    likely = np.flatnonzero(chance >= PROBABILITY_MIN).tolist()
    rows = [_halted(course, row, float(chance[row])) for row in likely]
    rows.sort(key=lambda one: (one.plant.id != asked.plant, one.after_d[1], -one.probability, one.plant.id))
    return Trial(
        asked=asked,
        at=at,
        halt=halt,
        course=course,
        footprint=footprint,
        halted=tuple(rows),
        seldom=int(((chance > 0) & (chance < PROBABILITY_MIN)).sum()),
        never=int((chance == 0).sum()) - len(footprint.unknown),
        unknown=len(footprint.unknown),
        shorts=shorts(course, halt),
    )


def offers_for(
    trial: Trial, offers: Mapping[str, RowStanding], region: Region, at: datetime
) -> Mapping[tuple[str, str], Sequence[StandIn]]:
    """Who on record could stand in for each part that somebody runs short of, by customer and item."""
    places = {one.code: (one.lat, one.lon) for one in region.cities}
    return stand_ins(offers, trial.shorts, at, places)


def _check(region: Region, asked: Asked) -> None:
    known = [one.id for one in region.plants]
    if asked.plant not in known:
        told = f"no plant of this region has the id {asked.plant[:64]!r}"
        raise InputError("trial.no_plant", told, todo="Choose one of the list.")
    if not 1 <= asked.days <= DAYS_MAX:
        told = f"a stop of {asked.days} days, want 1 to {DAYS_MAX}"
        raise InputError("trial.days", told, todo="Give a number of days.")
    low, high = asked.cover_d
    if not 0 <= low <= high <= COVER_MAX_D:
        told = f"stocks last {low} to {high} days, want 0 to {COVER_MAX_D:g}, the lower first"
        raise InputError("trial.cover", told, todo="Give two numbers of days.")


def _halt(asked: Asked, at: datetime) -> Halt:
    told = f"supposed: the plant {asked.plant} stops for {asked.days} days; nobody said that it does"
    whole = Span(float(asked.days), float(asked.days))
    stop = Stop("", asked.plant, Span(0.0, 0.0), whole, Span(0.0, 0.0), Span(1.0, 1.0), told)
    return Halt(
        begins=at,
        source=told,
        threshold=THRESHOLD,
        cover_d=Span(*asked.cover_d),
        cover_source="supposed by who asked",
        refill=asked.refill,
        stops=(stop,),
    )


def _halted(course: Course, row: int, probability: float) -> Halted:
    plant, at_s = course.plants[row], course.halted_s[row]
    halts = np.isfinite(at_s)
    lost = course.lost_d[row]
    return Halted(
        plant=plant,
        probability=probability,
        after_d=_band(at_s[halts] / DAY_S),
        down_d=_band(course.down_s[row][halts] / DAY_S),
        lost_d=_band(lost),
        lost_output=_times(lost, plant.output_per_day),
        lost_yuan=_times(lost, plant.value_yuan_per_day),
        cause=_cause(course, row),
    )


def _band(values: FloatArray) -> Band:
    low, middle, high = np.quantile(values, BAND)
    return float(low), float(middle), float(high)


def _times(lost_d: FloatArray, daily: float | None) -> Band | None:
    return None if daily is None else _band(lost_d * daily)


def _cause(course: Course, row: int) -> str:
    """For want of what it halts in most members."""
    causes = course.cause[row][np.isfinite(course.halted_s[row])]
    values, counts = np.unique(causes, return_counts=True)
    most = int(values[np.argmax(counts)])
    return "own" if most == OWN else f"{course.links[most].part} ({course.links[most].supplier})"
