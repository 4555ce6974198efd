"""What has to be known before aid can be planned: who has what, who may need what, and how far it is.

A **donor** is a city with stock above what it keeps back for its own risk. What it has can leave once it is
ready, on the trucks that it has; a truck is away for the way there and the way back. A **receiver** is a city
that may need more than it holds. How much it will need is not known: it stands as scenarios, each with its
probability, as what has been needed in all up to the end of each period. Needs are net of what the city
holds itself; aid is what comes from others.

Being without is the worse the longer it lasts. `Harm` says for one good what one unit that is missing for one
hour weighs, by how long it has been waited for (deprivation cost, Holguin-Veras et al. 2013). Weights are no
money: they say which need goes first, and the cities agree on them beforehand.

What is impossible is refused, with everything that is wrong at once. What is merely sad is no error: a city
that no road reaches, or a need that nobody can meet, stands in the plan with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskshed.errors import Fault, InputFaults

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PROBABILITY_TOLERANCE = 1e-9
FAULTS_SHOWN_MAX = 5
"""Of one sort in one array; the number of the others is said."""


@dataclass(frozen=True, slots=True)
class Harm:
    """From how long a wait on one unit that is missing weighs how much.

    Attributes
    ----------
    waiting_h : float
        Hours since it was needed; the first step of a good begins at 0.
    weight : float
        Weight of one unit missing for one hour; not less than that of the step before.
    """

    waiting_h: float
    weight: float


@dataclass(frozen=True, slots=True)
class Good:
    """A good that can be sent.

    Attributes
    ----------
    code : str
    unit : str
        In which it is counted.
    weight_t : float
        Tonnes of one unit.
    harm : tuple of Harm
        Steps of waiting, by rising time and weight.
    """

    code: str
    unit: str
    weight_t: float
    harm: tuple[Harm, ...] = (Harm(0.0, 1.0),)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A way of giving that somebody ruled out, with the reason as it was said.

    Attributes
    ----------
    donor : str
        City that does not give.
    receiver : str or None
        To whom; None for everybody.
    good : str or None
        What; None for everything.
    cause : str
        As of ``AidDeclined``: own_risk, no_stock, no_capacity, too_far, not_needed, terms, other.
    reason : tuple of (language, text)
    said : str
        Id of the statement; may be empty.
    """

    donor: str
    receiver: str | None = None
    good: str | None = None
    cause: str = "other"
    reason: tuple[tuple[str, str], ...] = ()
    said: str = ""


@dataclass(frozen=True, eq=False)
class AidProblem:
    """Who may help whom with what, when, and what may be needed.

    Parameters
    ----------
    cities, goods : tuple
        Codes of cities, each once; goods with codes, each once.
    period_h : float
        Length of a period; what leaves in a period leaves at its start.
    stock, reserve : array (city, good)
        What is there, and what is kept back for one's own risk; in the unit of the good, >= 0.
    ready_h : array (city, good)
        Hours from the start until it can leave, >= 0; ``inf`` is never.
    trucks, load_t : array (city,)
        How many trucks, and what one carries in tonnes.
    travel_h : array (city, city)
        Hours from a row's city to a column's, > 0; ``inf`` where there is no way. The diagonal is not read.
    demand : array (city, good, scenario, period)
        What will have been needed from others in all by the end of a period; never falls.
    probability : array (scenario,)
        Sums to 1 within 1e-9.
    truck_h_weight : float
        Weight of one truck on the road for one hour, so that nothing is sent for nothing.
    excluded : tuple of Exclusion

    Raises
    ------
    InputFaults
        ``dispatch.problem``: everything that is impossible, each with its place.
    """

    cities: tuple[str, ...]
    goods: tuple[Good, ...]
    period_h: float
    stock: Floats
    reserve: Floats
    ready_h: Floats
    trucks: Floats
    load_t: Floats
    travel_h: Floats
    demand: Floats
    probability: Floats
    truck_h_weight: float = 0.01
    excluded: tuple[Exclusion, ...] = field(default=())

    def __post_init__(self) -> None:
        faults = _Faults()
        _check_names(self, faults)
        for name, wanted in _shapes(self).items():
            array = faults.array(name, getattr(self, name), wanted)
            object.__setattr__(self, name, array)
        if not faults.found:
            _check_values(self, faults)
        faults.stop()

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.demand.shape[3])

    @cached_property
    def free(self) -> Floats:
        """What a city may give, (city, good): stock less what it keeps back, never below 0."""
        return np.maximum(self.stock - self.reserve, 0.0)

    @cached_property
    def ready_period(self) -> Ints:
        """The first period in which it can leave, (city, good); `periods` or more is never."""
        first = np.ceil(np.minimum(self.ready_h / self.period_h, self.periods) - 1e-9)
        return first.astype(np.int64)

    @cached_property
    def delay_periods(self) -> Ints:
        """How many periods after it left it is there by the end of one, (city, city); 0 is the same period.

        `periods` or more never comes in time.
        """
        return self._periods_of(self.travel_h) - 1

    @cached_property
    def away_periods(self) -> Ints:
        """For how many periods a truck is gone, there and back, (city, city)."""
        return self._periods_of(2.0 * self.travel_h)

    def _periods_of(self, hours: Floats) -> Ints:
        """Whole periods, rounded up and at least 1; at most 2 more than there are."""
        whole = np.ceil(np.minimum(hours / self.period_h, self.periods + 2.0) - 1e-9)
        return np.maximum(whole, 1.0).astype(np.int64)

    def in_order(self) -> AidProblem:
        """The same problem with cities and goods in the order of their codes: one plan for all orders."""
        city = np.array(sorted(range(len(self.cities)), key=lambda i: self.cities[i]), dtype=np.int64)
        good = np.array(sorted(range(len(self.goods)), key=lambda k: self.goods[k].code), dtype=np.int64)
        rows = {name: getattr(self, name)[np.ix_(city, good)] for name in ("stock", "reserve", "ready_h")}
        return replace(
            self,
            cities=tuple(self.cities[i] for i in city),
            goods=tuple(self.goods[k] for k in good),
            trucks=self.trucks[city],
            load_t=self.load_t[city],
            travel_h=self.travel_h[np.ix_(city, city)],
            demand=self.demand[np.ix_(city, good)],
            excluded=tuple(sorted(self.excluded, key=repr)),
            **rows,
        )

    def without(self, excluded: Sequence[Exclusion]) -> AidProblem:
        """The same problem with more ruled out."""
        return replace(self, excluded=(*self.excluded, *excluded))


class _Faults:
    """What is wrong with a problem, while it is collected."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, sort: str, where: str, got: object, wanted: str, todo: str = "") -> None:
        self.found.append(Fault(f"dispatch.{sort}", where, None, None, str(got), wanted, todo))

    def array(self, name: str, given: ArrayLike, shape: tuple[int, ...]) -> Floats:
        """A copy that nobody can change, or a fault."""
        try:
            array = np.array(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            self.add("not_numbers", name, error, "numbers")
            return np.zeros(shape)
        # A period at least, and a scenario at least; -1 stands for any number of them.
        fits = array.ndim == len(shape) and all(
            w in (g, -1) and g > 0 for g, w in zip(array.shape, shape, strict=True)
        )
        if not fits:
            shown = tuple("any" if size < 0 else size for size in shape)
            self.add("shape", name, f"shape {array.shape}", f"shape {shown}")
        array.flags.writeable = False
        return array

    def where(self, sort: str, name: str, array: Floats, bad: Any, axes: Sequence[Any], wanted: str) -> None:
        """One fault for each bad value, the first few by name."""
        places = np.argwhere(bad)
        for place in places[:FAULTS_SHOWN_MAX]:
            named = ", ".join(str(axis[i]) for axis, i in zip(axes, place, strict=True))
            self.add(sort, f"{name} of {named}", array[tuple(place)], wanted)
        if len(places) > FAULTS_SHOWN_MAX:
            self.add(sort, name, f"{len(places) - FAULTS_SHOWN_MAX} more such values", wanted)

    def stop(self) -> None:
        """Raise what was found."""
        if self.found:
            raise InputFaults("dispatch.problem", "aid cannot be planned from this", self.found)


def _shapes(problem: AidProblem) -> dict[str, tuple[int, ...]]:
    n, k = len(problem.cities), len(problem.goods)
    rows = dict.fromkeys(("stock", "reserve", "ready_h"), (n, k))
    fleet = dict.fromkeys(("trucks", "load_t"), (n,))
    return {**rows, **fleet, "travel_h": (n, n), "demand": (n, k, -1, -1), "probability": (-1,)}


def _check_names(problem: AidProblem, faults: _Faults) -> None:
    goods = tuple(good.code for good in problem.goods)
    for name, codes in (("cities", problem.cities), ("goods", goods)):
        if not codes:
            faults.add("empty", name, "none", "at least one")
        for code in sorted({one for one in codes if codes.count(one) > 1}):
            faults.add("twice", name, f"{code} more than once", "each once")
    for one in problem.excluded:
        named: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
            ("donor", one.donor, problem.cities),
            ("receiver", one.receiver, problem.cities),
            ("good", one.good, goods),
        )
        for what, name_given, known in named:
            if name_given is not None and name_given not in known:
                faults.add("unknown", f"excluded, {what}", name_given, f"one of {', '.join(known)}")
    for name in ("period_h", "truck_h_weight"):
        value = getattr(problem, name)
        if not (np.isfinite(value) and value > 0):
            faults.add("number", name, value, "a finite number > 0")
    for good in problem.goods:
        _check_good(good, faults)


def _check_good(good: Good, faults: _Faults) -> None:
    if not (np.isfinite(good.weight_t) and good.weight_t > 0):
        faults.add("weight", f"weight_t of {good.code}", good.weight_t, "a finite number > 0")
    steps = np.array([(one.waiting_h, one.weight) for one in good.harm], dtype=np.float64).reshape(-1, 2)
    rises = len(steps) > 0 and steps[0, 0] == 0.0 and bool(np.all(np.diff(steps[:, 0]) > 0))
    grows = bool(np.all(np.diff(steps[:, 1]) >= 0)) and bool(np.all(steps[:, 1] >= 0))
    if not (rises and grows and np.isfinite(steps).all()):
        wanted = "steps from 0 h on, by rising time, with finite weights >= 0 that never fall"
        faults.add("harm", f"harm of {good.code}", [tuple(map(float, one)) for one in steps], wanted)


def _check_values(problem: AidProblem, faults: _Faults) -> None:
    cities, goods = problem.cities, [good.code for good in problem.goods]
    for name in ("stock", "reserve", "ready_h"):
        array = getattr(problem, name)
        bad = ~(array >= 0) if name == "ready_h" else ~((array >= 0) & np.isfinite(array))
        faults.where(name, name, array, bad, (cities, goods), "a number >= 0")
    trucks, load = problem.trucks, problem.load_t
    faults.where(
        "trucks", "trucks", trucks, ~((trucks >= 0) & np.isfinite(trucks)), (cities,), "a number >= 0"
    )
    carries = (load > 0) & np.isfinite(load)
    faults.where("load_t", "load_t", load, ~carries, (cities,), "a finite number > 0")
    travel = problem.travel_h
    away = ~np.eye(len(cities), dtype=bool)
    faults.where(
        "travel_h",
        "travel_h from, to",
        travel,
        away & ~(travel > 0),
        (cities, cities),
        "hours > 0, or inf where there is no way",
    )
    _check_demand(problem, faults)


def _check_demand(problem: AidProblem, faults: _Faults) -> None:
    demand, chance = problem.demand, problem.probability
    scenarios, periods = [range(size) for size in demand.shape[2:]]
    axes = (problem.cities, [good.code for good in problem.goods], scenarios, periods)
    faults.where("demand", "demand", demand, ~((demand >= 0) & np.isfinite(demand)), axes, "a number >= 0")
    falls = np.diff(demand, axis=3, prepend=0.0) < 0
    wanted = "not less than in the period before, since it is what was needed in all"
    faults.where("demand_falls", "demand", demand, falls & (demand >= 0), axes, wanted)
    if chance.shape != demand.shape[2:3]:
        faults.add("shape", "probability", f"{chance.size} values", f"one for each of {len(scenarios)}")
    faults.where("probability", "probability", chance, ~(chance >= 0), (range(chance.size),), "a number >= 0")
    if not abs(float(chance.sum()) - 1.0) <= PROBABILITY_TOLERANCE:
        faults.add("probability_sum", "probability", f"a sum of {float(chance.sum())!r}", "a sum of 1")
