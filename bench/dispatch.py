"""Aid between cities: the programme with its scenarios folded in, beside the one with a row for each of them.

The peer is the same model written out (`extended`): a column and a row for the unmet need of every city,
good, period, step of waiting and scenario. Both go to the same HiGHS with the same options and reach the
same optimum. The time is the CPU time of building and solving, the least of several runs. The ratio that
counts, `ratio`, is that of the simplex, with which both end in a corner; that of the interior point with
crossover stands beside it. 300 cities are solved to a gap that weak duality proves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from riskshed.governance.dispatch import solve
from riskshed.governance.dispatch_model import INF, Layout, Programme, Rows, collapsed, first_stage
from riskshed.governance.dispatch_problem import AidProblem, Good, Harm
from riskshed.governance.dispatch_solver import Effort
from riskshed.governance.dispatch_solver import run as solved

GOODS, PERIODS, SCENARIOS = 10, 24, 20
NEAREST = 12
HARM = ((0.0, 1.0), (6.0, 1.5), (12.0, 2.0))
"""Hours of waiting from which on a missing unit weighs so many times its first weight."""
ROAD_KM_H, DETOUR = 60.0, 1.3

Progress = Callable[[str], None]


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        Small problems, once: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    size: dict[str, int] = {"goods": 3, "periods": 8, "scenarios": 5} if quick else {}
    cities, many, times = (15, 30, 1) if quick else (50, 300, 2)
    problem = region(cities, **size)
    methods = {}
    for method in ("simplex", "ipm"):
        effort = Effort(method)  # type: ignore[arg-type]
        tell(f"folded in, {method}")
        ours = best(lambda effort=effort: folded(problem, effort), times)
        tell(f"written out, {method}")
        peer = best(lambda effort=effort: written_out(problem, effort), 1)
        methods[method] = {
            "ours_s": ours[0], "peer_s": peer[0], "ratio": peer[0] / ours[0],
            "agreement": abs(ours[1] - peer[1]) / abs(peer[1]),
        }  # fmt: skip
    tell(f"{many} cities")
    large, plan = cpu(lambda: solve(region(many, **size), progress=tell))
    shape = problem.demand.shape
    return {
        "name": "dispatch",
        "work": f"{cities} cities x {shape[1]} goods x {shape[3]} periods x {shape[2]} scenarios",
        "unit": "cpu-seconds to the optimum, building included",
        "ours": methods["simplex"]["ours_s"],
        "peers": [{"name": f"written out, HiGHS {name}", "cpu_s": one["peer_s"], "ratio": one["ratio"]}
                  for name, one in methods.items()],
        "agreement": max(one["agreement"] for one in methods.values()),
        "ratio": methods["simplex"]["ratio"],
        "methods": methods,
        "cities_300": many,
        "gap_300": plan.gap,
        "seconds_300": large,
        "shipments_300": len(plan.shipments),
    }  # fmt: skip


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of the process, and what came of it."""
    before = time.process_time()
    found = work()
    return time.process_time() - before, found


def best(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """The least of several runs."""
    return min((cpu(work) for _ in range(times)), key=lambda one: one[0])


def folded(problem: AidProblem, effort: Effort) -> float:
    """The optimum of ours."""
    programme = collapsed(Layout(problem)).programme
    return value(programme, effort)


def written_out(problem: AidProblem, effort: Effort) -> float:
    """The optimum of the peer."""
    return value(extended(problem), effort)


def value(programme: Programme, effort: Effort) -> float:
    """What the point that the solver found comes to."""
    return float(programme.cost @ solved(programme, effort).x + programme.offset)


def extended(problem: AidProblem) -> Programme:
    """The same problem with a column and a row for the unmet need of every scenario."""
    layout, rows = Layout(problem), Rows()
    first = first_stage(layout, rows)
    for number, good in enumerate(problem.goods):
        before = 0.0
        for step in good.harm:
            lag = int(np.ceil(step.waiting_h / problem.period_h - 1e-9))
            need = problem.demand[:, number, :, : max(problem.periods - lag, 0)]  # (city, scenario, period)
            cost = (step.weight - before) * problem.period_h * problem.probability[:, None]
            before = step.weight
            city, scenario, period = np.nonzero((need > 0) & (cost > 0))
            unmet = rows.columns(cost[scenario, 0], need[city, scenario, period])
            row = rows.limits(need[city, scenario, period], INF)
            rows.add(row, unmet, 1.0)
            came = first.arrived[city, number, period + lag]
            rows.add(row[came >= 0], came[came >= 0], 1.0)
    return rows.programme(0.0)


def region(
    cities: int, *, goods: int = GOODS, periods: int = PERIODS, scenarios: int = SCENARIOS, seed: int = 0
) -> AidProblem:
    """A fifth of the cities is hit; each can be helped by the nearest that are not."""
    draw = np.random.default_rng(seed)
    at_km = draw.random((cities, 2)) * 1000.0
    from_centre = np.hypot(*(at_km - draw.random(2) * 1000.0).T)
    hit = np.argsort(from_centre)[: max(5, cities // 5)]
    others = np.setdiff1d(np.arange(cities), hit)
    apart = np.hypot(*(at_km[:, None] - at_km[None]).transpose(2, 0, 1))
    travel = np.full((cities, cities), np.inf)
    for city in hit:
        near = others[np.argsort(apart[others, city])[:NEAREST]]
        travel[near, city] = apart[near, city] * DETOUR / ROAD_KM_H
    people = draw.lognormal(0.0, 0.8, cities)
    severity = np.exp(-from_centre[hit] / 400.0)[:, None] * draw.lognormal(0.0, 0.6, (hit.size, scenarios))
    need = people[hit][:, None] * draw.uniform(0.5, 1.5, (hit.size, goods))
    demand = np.zeros((cities, goods, scenarios, periods))
    course = np.exp(-np.arange(periods) / 10.0)
    demand[hit] = np.cumsum(need[:, :, None, None] * severity[:, None, :, None] * course, axis=3)
    stock = people[:, None] * draw.uniform(0.5, 3.0, (cities, goods))
    reserve = stock * draw.uniform(0.2, 0.6, stock.shape)
    reserve[hit] = stock[hit]
    weight, tonnes = draw.uniform(0.5, 3.0, goods), draw.uniform(0.5, 2.0, goods)
    return AidProblem(
        cities=tuple(f"c{city:03d}" for city in range(cities)),
        goods=tuple(
            Good(f"g{good:02d}", "t", tonnes[good],
                 tuple(Harm(wait, weight[good] * more) for wait, more in HARM))
            for good in range(goods)
        ),
        period_h=1.0, stock=stock, reserve=reserve,
        ready_h=draw.integers(0, 6, stock.shape).astype(float),
        trucks=np.ceil(people * 4.0), load_t=np.full(cities, 0.5), travel_h=travel, demand=demand,
        probability=np.full(scenarios, 1.0 / scenarios), truck_h_weight=0.005,
    )  # fmt: skip
