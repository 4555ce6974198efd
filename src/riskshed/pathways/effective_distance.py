"""How far a city is from an outbreak, as travellers go: the first warning, before anything is simulated.

The random-walk effective distance of Iannelli et al. 2017 (doi:10.1103/PhysRevE.95.012313). A walker goes
from city to city with the probabilities P of travel, and each step is discounted by exp(-delta). With T(j)
the step at which a walker from the source first comes to j,

    D(j) = -ln E[exp(-delta T(j))] = -ln( M(s, j) / M(j, j) ),    M = (I - exp(-delta) P)^-1

with ``delta = ln(growth / mobility) - gamma``, gamma the constant of Euler, and the first case is expected
after D / growth. Where it begins in several cities at once, with the shares a of those who are infectious,
the expected arrivals add up: ``D = -ln sum a(s) exp(-D(s))``, and mobility is the mean by these shares.
All paths count, and not the shortest alone. The row M(s, .) is one sparse linear solve. M(j, j) is 1 and
the discounted returns; those in two steps are taken as they are, and what is left out of D is at most
``exp(-3 delta) / (1 - exp(-delta))``, 1e-5 at a delta of 4.

It holds while the epidemic grows exponentially where it is, and is an order of arrival rather than a date:
where one city's first case comes by chance, so does the next one's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import brentq
from scipy.sparse.linalg import spsolve

from riskshed.errors import DomainError
from riskshed.pathways import travel_network
from riskshed.pathways.outbreak import Outbreak
from riskshed.region import Region

Floats = npt.NDArray[np.float64]
EULER = 0.5772156649015329
DELTA_MIN = 0.5
"""Least discount of a step: below it, travel is so strong that distance means nothing."""


@dataclass(frozen=True, eq=False)
class FirstWarning:
    """Effective distance and expected first case of each city; infinite where no travel leads.

    Attributes
    ----------
    cities : tuple of str
    distance : (city,)
    arrival_s : (city,)
        Seconds after the begin.
    growth_per_d : float
    """

    cities: tuple[str, ...]
    distance: Floats
    arrival_s: Floats
    growth_per_d: float
    begins: datetime

    def order(self) -> tuple[tuple[str, datetime], ...]:
        """The cities that can be reached, in the order of their arrival, with its time."""
        rows = [k for k in np.argsort(self.arrival_s, kind="stable") if np.isfinite(self.arrival_s[k])]
        return tuple(
            (self.cities[k], self.begins + timedelta(seconds=float(self.arrival_s[k]))) for k in rows
        )


def distances(travel: Any, source: int, delta: float) -> Floats:
    """The effective distance of every place from one, (city,).

    Parameters
    ----------
    travel : (city, city) sparse or dense
        Travellers from row to column, >= 0; the diagonal is left out.
    source : int
        Row of the source.
    delta : float
        Discount of a step, > 0.

    Raises
    ------
    DomainError
        ``effective_distance.delta``.

    Examples
    --------
    >>> line = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    >>> [round(float(d), 2) for d in distances(line, 0, 4.0)]
    [0.0, 4.0, 8.69]
    """
    if not delta > 0:
        raise DomainError("effective_distance.delta", f"delta is {delta}, want a number > 0")
    flow = sparse.csr_array(travel, dtype=np.float64, copy=True)
    flow.setdiag(0.0)
    flow.eliminate_zeros()
    out = np.asarray(flow.sum(axis=1)).ravel()
    steps = sparse.diags_array(np.divide(1.0, out, out=np.zeros_like(out), where=out > 0)) @ flow
    steps = sparse.csr_array(steps * np.exp(-delta))
    n = out.size
    start = np.zeros(n)
    start[source] = 1.0
    visits = np.asarray(spsolve(sparse.csc_array(sparse.eye_array(n) - steps.T), start))
    returns = np.asarray(steps.multiply(steps.T).sum(axis=1)).ravel()
    reached = visits * (1.0 - returns)
    found = np.full(n, np.inf)
    # Below this the solve has no digits left: nothing leads there.
    np.log(reached, out=found, where=reached > 1e-250)
    found = np.where(reached > 1e-250, -found, np.inf)
    found[source] = 0.0
    return found


def growth(source: Outbreak) -> float:
    """Rate of exponential growth of an outbreak with the medians of its numbers, 1/d.

    The r at which the expected infections of one person, discounted by exp(r) a day, are one (Euler and
    Lotka), for stages that are left by the same share each day, as `contagion` has them.
    """
    leave = [-math.expm1(-1.0 / source.supposed[key].median) for key in source.stages]
    sheds = [key != "exposed_d" for key in source.stages]
    stay_d = sum(1.0 / p for p, s in zip(leave, sheds, strict=True) if s)
    beta = source.supposed["reproduction"].median / stay_d

    def surplus(rise: float) -> float:
        reached, total = 1.0, 0.0
        for p, s in zip(leave, sheds, strict=True):
            total += beta * reached / (rise + p) if s else 0.0
            reached *= p / (rise + p)
        return total - 1.0

    return math.log1p(float(brentq(surplus, -min(leave) + 1e-9, 1e4 + beta)))


def first_warning(region: Region, source: Outbreak) -> FirstWarning:
    """When each city has to expect its first case, at once, from travel at the begin.

    Raises
    ------
    DomainError
        ``effective_distance.growth``: an outbreak that does not grow.
    InputFaults
        ``contagion.region``, as `travel_network.of_region`.
    """
    rate = growth(source)
    if rate <= 0:
        told = f"the outbreak grows by {rate:.3g} a day, want more than 0"
        raise DomainError("effective_distance.growth", told, todo="It dies out by itself.")
    net = travel_network.of_region(
        region, origin=source.begins, days=1, visit_d=source.visit_d, with_cities=tuple(source.infected)
    )
    shares = net.shares(0)
    away = sparse.csr_array(sparse.diags_array(net.people.astype(np.float64)) @ shares)
    rows = [net.row(code) for code in source.infected]
    part = np.array(list(source.infected.values())) / sum(source.infected.values())
    mobility = float(part @ (1.0 - shares.diagonal()[rows]))
    if mobility <= 0:
        lone = np.where(np.isin(np.arange(len(net.cities)), rows), 0.0, np.inf)
        return FirstWarning(tuple(c.code for c in net.cities), lone, lone, rate, source.begins)
    delta = max(np.log(rate / mobility) - EULER, DELTA_MIN)
    with np.errstate(divide="ignore"):
        distance = -np.log(part @ np.exp(-np.stack([distances(away.T, row, delta) for row in rows])))
    distance[rows] = 0.0
    codes = tuple(city.code for city in net.cities)
    return FirstWarning(codes, distance, distance / rate * travel_network.DAY_S, rate, source.begins)
