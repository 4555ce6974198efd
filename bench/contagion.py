"""An outbreak over travel beside epydemix, laser-measles and exact binomials: city-days per CPU-second.

The work is an ensemble of a SEIR epidemic (a reproduction number of 2.5, three days exposed, five infectious)
that begins with 20 people in the largest city: 300 cities that all travel to each other, and 300 and 3,000
cities with about 40 links each; 1,000 members for 365 days. All sides have the same equations, chain
binomials day by day, and the same shares of contacts; the peers know no sparse travel, and are given it as a
full matrix. They are slow, so they run fewer members, and of 3,000 cities fewer days (each with its `run`);
all days cost them about the same, while ours idles where nobody is infected, which is part of the work asked
for. A plain loop with NumPy's exact binomials, compiled by numba, is the reference (`exact`).

`agreement` is the largest difference of the final share of people infected (mean over members) between ours
and a peer that ran to the end. `ks` compares the day of the first infectious person in each of 300 cities
with the exact reference, by the test of Kolmogorov and Smirnov: the smallest p over the cities times their
number (Holm's first step, as Bonferroni's), at most 1. CPU time of the process, the least of several runs of
ours.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from scipy import stats

from riskshed.pathways import contagion
from riskshed.pathways.outbreak import Outbreak, Supposed
from riskshed.pathways.travel_network import TravelNetwork
from riskshed.region import City

sys.path.insert(0, str(Path(__file__).parent))
import _peers

REPRODUCTION, EXPOSED_D, INFECTIOUS_D, INFECTED = 2.5, 3.0, 5.0, 20
AWAY = 0.02
BEGINS = datetime(2020, 1, 1, tzinfo=UTC)

Progress = Callable[[str], None]


class Size(NamedTuple):
    """How much of it there is: cities, links (0: all), members and days of ours, of epydemix and of laser."""

    cities: int
    links: int
    ours: tuple[int, int]
    epydemix: tuple[int, int]
    laser: tuple[int, int]


FULL = {
    "300_dense": Size(300, 0, (1000, 365), (2, 365), (10, 365)),
    "300_sparse": Size(300, 40, (1000, 365), (2, 365), (10, 365)),
    "3000_sparse": Size(3000, 40, (1000, 365), (1, 10), (1, 60)),
}
QUICK = {"30_sparse": Size(30, 8, (64, 150), (1, 150), (2, 150))}


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        Few cities, and the peers only if they are installed: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    sizes = QUICK if quick else FULL
    with_peers = not quick or _peers.are_there()
    compiled = contagion.Epidemic(network(20, 0, 3), outbreak(), 1, np.zeros(64))
    tell("compiling")
    compiled(range(64))
    rates, peers, worst = {}, [], []
    for name, size in sizes.items():
        net = network(size.cities, size.links, size.ours[1])
        tell(f"riskshed, {name}, {size.ours[0]} members")
        attack, cpu_s = ours(net, size.ours[0], 1 if quick or size.cities > 300 else 2)
        rates[name] = math.prod((size.cities, *size.ours)) / cpu_s
        for peer, script in (("epydemix", "_peer_epydemix.py"), ("laser", "_peer_laser.py")):
            if with_peers:
                members, days = getattr(size, peer)
                tell(f"{peer}, {name}, {members} members, {days} days")
                row, theirs = beside(script, net, members, days, rates[name], f"{peer}, {name}")
                peers.append(row)
                worst += [abs(theirs - attack)] if days == size.ours[1] else []
    chosen = next(name for name in sizes if name.endswith("sparse"))
    tell("exact binomials")
    exact, ks = beside_exact(sizes[chosen], 64 if quick else 1000)
    told = {
        "name": "contagion",
        "work": "; ".join(
            f"{s.cities} cities, {s.links or 'all'} links, {s.ours[0]} members, {s.ours[1]} days"
            for s in sizes.values()
        ),
        "unit": "city-day-members per cpu-second",
        "ours": rates[chosen if quick else "3000_sparse"],
        "rates": rates,
        "exact": {"work": chosen, "value": exact, "ratio": rates[chosen] / exact},
        "peers": peers,
        "agreement": max(worst) if worst else None,
        "ks": ks,
        "ratio_epydemix": least_ratio(peers, "epydemix"),
        "ratio_laser": least_ratio(peers, "laser"),
    }
    if not with_peers:
        told["left_out"] = "epydemix and laser-measles: the peers are not installed"
    return told


def least_ratio(peers: list[dict[str, Any]], name: str) -> float | None:
    """How many times faster ours is at equal density (where all cities travel to each other, if measured)."""
    mine = [peer for peer in peers if peer["name"].startswith(name)]
    equal = [peer for peer in mine if peer["name"].endswith("dense")] or mine
    return float(equal[0]["ratio"]) if equal else None


def network(cities: int, links: int, days: int) -> TravelNetwork:
    """Cities of very different size, and travel by gravity between those that have most of it."""
    draw = np.random.default_rng(0)
    place = draw.random((cities, 2))
    people = np.round(10 ** draw.normal(5.7, 0.45, cities)).clip(2e4, 2.5e7)
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + 1e-2
    pull = people[None, :] / apart**1.5
    np.fill_diagonal(pull, 0.0)
    pull /= np.sqrt(np.outer(pull.sum(axis=1), pull.sum(axis=1)))
    flow = pull * people[:, None]  # as many go as come back
    if links:
        kept = round(links * 0.7)  # a link is kept if it is large for either end
        rank = np.argsort(np.argsort(-pull, axis=1), axis=1) < kept
        flow = np.where(rank | rank.T, flow, 0.0)
    shares = AWAY * flow / people[:, None]
    np.fill_diagonal(shares, 1.0 - shares.sum(axis=1))
    row, column = np.nonzero(shares)
    first = np.searchsorted(row, np.arange(cities + 1))
    named = tuple(City(str(i), str(i), str(i), "other", None, None, None, int(p), None, "drawn")
                  for i, p in enumerate(people))  # fmt: skip
    weight = shares[row, column].astype(np.float32)[None]
    segment = np.zeros(days, dtype=np.int64)
    return TravelNetwork(named, people.astype(np.int32), first, column.astype(np.int64), weight, segment)


def outbreak(city: str = "0") -> Outbreak:
    """All numbers known, so that members differ by chance alone."""
    known = {
        "infected": INFECTED,
        "reproduction": REPRODUCTION,
        "exposed_d": EXPOSED_D,
        "infectious_d": INFECTIOUS_D,
    }
    return Outbreak(
        "drawn", "drawn", "drawn", city, BEGINS, {k: Supposed(float(v)) for k, v in known.items()}
    )


def ours(net: TravelNetwork, members: int, times: int) -> tuple[float, float]:
    """Final share of people infected, mean over the members, and the least CPU time."""
    taken, found = [], {}
    for _ in range(times):
        task = contagion.Epidemic(net, outbreak(largest(net)), 1, np.zeros(members))
        begin = time.process_time()
        found = task(range(members))
        taken.append(time.process_time() - begin)
    share = found["infected"].sum(axis=0, dtype=np.int64) / net.people.sum(dtype=np.int64)
    return float(share.mean()), min(taken)


def largest(net: TravelNetwork) -> str:
    """Code of the largest city."""
    return str(int(net.people.argmax()))


def beta() -> float:
    """Infecting contacts a day, as `contagion` sets it."""
    return REPRODUCTION * -math.expm1(-1.0 / INFECTIOUS_D)


def beside(
    script: str, net: TravelNetwork, members: int, days: int, rate: float, name: str
) -> tuple[dict[str, Any], float]:
    """A row of a peer, and its final share of people infected."""
    numbers = [int(largest(net)), INFECTED, beta(), EXPOSED_D, INFECTIOUS_D, days, members]
    arrays = {"shares": net.shares(0).toarray(), "people": net.people, "numbers": np.array(numbers, float)}
    found, told = _peers.ask(script, arrays)
    value = net.people.size * members * days / told["cpu_s"]
    row = {
        "name": name,
        "version": told["version"],
        "value": value,
        "ratio": rate / value,
        "run": f"{members} members, {days} days",
    }
    return row, float(found["attack"].mean())


def beside_exact(size: Size, members: int) -> tuple[float, float]:
    """City-day-members per CPU-second of the plain loop, and the corrected p of the days of arrival."""
    days = size.ours[1]
    net = network(size.cities, size.links, days)
    task = contagion.Epidemic(net, outbreak(largest(net)), 7, np.zeros(members))
    mine = task(range(members))["day"]
    weight = net.weight[0].astype(np.float64)
    leave = (-math.expm1(-1.0 / EXPOSED_D), -math.expm1(-1.0 / INFECTIOUS_D))
    work = (net.first, net.city, weight, net.people, int(largest(net)), beta(), *leave)
    exactly(*work, 2, 1, np.random.default_rng(1))
    begin = time.process_time()
    theirs = exactly(*work, days, members, np.random.default_rng(2))
    cpu_s = time.process_time() - begin
    p = [stats.ks_2samp(a, b, method="asymp").pvalue for a, b in zip(mine, theirs, strict=True)]
    return size.cities * days * members / cpu_s, float(min(1.0, min(p) * len(p)))


@njit(error_model="numpy")  # type: ignore[untyped-decorator]
def exactly(
    first: Any, city: Any, weight: Any, people: Any, source: int, beta: float, leave_e: float, leave_i: float,
    days: int, members: int, draw: Any,
) -> Any:  # fmt: skip  # pragma: no cover (compiled)
    """The plain loop: one member after the other, NumPy's binomials; day of arrival, (city, member)."""
    n = people.size
    arrival = np.full((n, members), 2**31 - 1, np.int64)
    for m in range(members):
        s, e, i = people.astype(np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
        s[source] -= INFECTED
        i[source] += INFECTED
        arrival[source, m] = 0
        for day in range(days):
            shed = beta * i / people
            for k in range(n):
                force = 0.0
                for link in range(first[k], first[k + 1]):
                    force += weight[link] * shed[city[link]]
                came = draw.binomial(s[k], -math.expm1(-force)) if force > 0 else 0
                ill = draw.binomial(e[k], leave_e) if e[k] > 0 else 0
                well = draw.binomial(i[k], leave_i) if i[k] > 0 else 0
                s[k] -= came
                e[k] += came - ill
                i[k] += ill - well
                if i[k] > 0 and arrival[k, m] > day + 1:
                    arrival[k, m] = day + 1
    return arrival
