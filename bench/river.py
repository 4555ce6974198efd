"""River routing beside rapid2: reach-member-steps per CPU-second, in one process, on one core, on one input.

The work is what a forecaster asks for: 240 steps of 900 s, 64 members, hourly runoff of 400 cells,
hydrographs at 100 cities; over a real network of 11,248 reaches (NOAA LowerColorado, Apache-2.0) and over
nine copies of it side by side. rapid2 has no ensemble: its own routine is called as its own `run` calls it,
once for each hour, for one member, with the runoff already in memory, and its reading and writing of files
is left out. Both sides are measured in CPU time of the process, the least of several runs. Compared number
by number is plain Muskingum on both sides.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from riskshed.checks import DATA
from riskshed.network import Network
from riskshed.pathways import river

DT_S, STEPS_IN_INTERVAL, INTERVALS = 900.0, 4, 60
MEMBERS, CELLS, CITIES = 64, 400, 100
REACHES = 11_248
X = 0.2

Progress = Callable[[str], None]


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        One short run of each, on one network: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    tell("making the networks")
    small, source = network(1)
    large = small if quick else tiled(small, 9)
    times = 1 if quick else 7
    tell("compiling")
    memory_before = peak_mb()
    ours: dict[str, float] = {}
    for name, net in {"11k": small, "101k": large}.items():
        for method in ("lag", "muskingum"):
            for kind in ("float64", "float32"):
                tell(f"riskshed, {name} reaches, {method}, {kind}")
                ours[f"{name}_{method}_{kind}"] = rate(net, method, kind, times)
    tell("riskshed, runoff for every step")
    every = {k: rate(large, "lag", k, times, per=1) for k in ("float64", "float32")}
    memory = peak_mb()
    tell("how the cost grows")
    growth = cost_growth(small, 1 if quick else 4, times)
    tell("rapid2")
    peers, agreement = rapid2(small, large, ours, times)
    return {
        "name": "river",
        "work": f"{large.ids.size} reaches x {INTERVALS * STEPS_IN_INTERVAL} steps of {DT_S:.0f} s "
        f"x {MEMBERS} members, hourly runoff of {CELLS} cells, hydrographs at {CITIES} cities, "
        "lag and route, float64",
        "unit": "reach-member-steps per cpu-second",
        "ours": ours["101k_lag_float64"],
        "peers": peers,
        "agreement": agreement,
        "network": source,
        "rates": ours,
        "rates_runoff_every_step": every,
        "mass_closure": closure(small),
        "peak_memory_mb": memory,
        "peak_memory_covers": "the whole process after the largest run of ours and before rapid2 is loaded: "
        f"interpreter, packages and compiler ({memory_before:.0f} MB before the first run), "
        "networks, runoff, state",
        "cost_growth_at_twice": growth,
    }


def network(tiles: int) -> tuple[Network, str]:
    """The real network, or one of its size made up from a seed."""
    path = DATA / "lower-colorado" / "topology.npz"
    if path.is_file():
        with np.load(path) as data:
            down, k_s, source = data["down"].astype(np.int64), data["k"], "NOAA LowerColorado"
    else:
        draw = np.random.default_rng(1)
        below = np.arange(REACHES) + 1 + draw.geometric(0.4, REACHES)
        down, k_s = np.where(below < REACHES, below, -1), draw.lognormal(7.5, 0.8, REACHES).clip(250.0, 5e4)
        source = "made up: the data folder is absent"
    ids = np.arange(1, down.size + 1)
    down_ids = np.where(down >= 0, down + 1, -1)
    net = Network.of(ids, down_ids, where="bench", k_s=k_s, x=np.full(ids.size, X))
    return (net if tiles == 1 else tiled(net, tiles)), source


def tiled(net: Network, tiles: int) -> Network:
    """Copies of a network side by side."""
    size = net.ids.size
    down = np.where(net.down >= 0, net.down + 1, -1)
    ids = np.arange(1, tiles * size + 1)
    down_ids = np.concatenate([np.where(down > 0, down + tile * size, -1) for tile in range(tiles)])
    k_s = np.tile(net.k_s, tiles)
    return Network.of(ids, down_ids, where="bench", k_s=k_s, x=np.full(ids.size, X))


def runoff(
    net: Network, kind: str, *, members: int = MEMBERS, per: int = STEPS_IN_INTERVAL, hours: int = INTERVALS
) -> Any:
    """Rain that differs by cell, member and interval."""
    draw = np.random.default_rng(2)
    intervals = hours * STEPS_IN_INTERVAL // per
    rate = draw.gamma(0.5, 1.0, (CELLS, intervals, members)).astype(kind)
    cell = np.arange(net.ids.size) * CELLS // net.ids.size
    return river.Runoff(np.moveaxis(rate, 2, 1), DT_S * per, cell)


def cities(net: Network) -> np.ndarray:
    """Reaches with a city: some of the larger rivers, some of the smaller."""
    return np.random.default_rng(3).choice(net.ids.size, CITIES, replace=False)


def cpu_s(work: Callable[[], Any], times: int) -> float:
    """Least CPU time of the process over some runs, the first of which is not counted."""
    work()
    taken = []
    for _ in range(times):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


def job(net: Network, method: str, kind: str, **size: int) -> Callable[[], Any]:
    plan = river.plan(net, dt_s=DT_S, method=method)  # type: ignore[arg-type]
    water, rows = runoff(net, kind, **size), cities(net)
    return lambda: river.route(plan, water, rows=rows, dtype=kind)


def rate(net: Network, method: str, kind: str, times: int, per: int = STEPS_IN_INTERVAL) -> float:
    """Reach-member-steps per CPU-second: route and ledger, from a dry river."""
    work = net.ids.size * MEMBERS * INTERVALS * STEPS_IN_INTERVAL
    return work / cpu_s(job(net, method, kind, per=per), times)


def cost_growth(net: Network, tiles: int, times: int) -> dict[str, float]:
    """How much more CPU time twice the reaches, steps and members take; 2 is linear."""
    one = cpu_s(job(tiled(net, tiles), "lag", "float64"), times)
    return {
        "reaches": cpu_s(job(tiled(net, 2 * tiles), "lag", "float64"), times) / one,
        "steps": cpu_s(job(tiled(net, tiles), "lag", "float64", hours=2 * INTERVALS), times) / one,
        "members": cpu_s(job(tiled(net, tiles), "lag", "float64", members=2 * MEMBERS), times) / one,
    }


def closure(net: Network) -> float:
    """Largest share of the water that the numbers made or lost, float64."""
    return float(job(net, "lag", "float64")().ledger.closure)


def peak_mb() -> float:
    """Most memory that the process has held so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def rapid2(
    small: Network, large: Network, ours: dict[str, float], times: int
) -> tuple[list[dict[str, Any]], float | None]:
    """rapid2's own routine for one member, and how far our Muskingum is from it, over the peak."""
    try:
        from rapid2 import base  # noqa: PLC0415 (of the extra dev, and not for every Python)
    except ImportError:
        return [], None
    peers, worst = [], 0.0
    for name, net in {"11k": small, "101k": large}.items():
        matrices = rapid2_matrices(base, net)
        water = runoff(net, "float64")
        assert water.cell is not None
        rate_of_reach = np.ascontiguousarray(water.rate[water.cell, 0].T)  # (interval, reach)
        found = np.empty((INTERVALS, net.ids.size))

        def work(matrices: Any = matrices, rates: Any = rate_of_reach, found: Any = found) -> None:
            flow = np.zeros(found.shape[1])
            for i in range(INTERVALS):
                _, flow = base.updt_Mus_Qou(*matrices, STEPS_IN_INTERVAL, flow, rates[i])
                found[i] = flow

        value = net.ids.size * INTERVALS * STEPS_IN_INTERVAL / cpu_s(work, times)
        for method in ("lag", "muskingum"):
            mine = ours[f"{name}_{method}_float64"]
            peers.append(
                {
                    "name": f"rapid2, {net.ids.size} reaches, beside our {method}",
                    "version": version("rapid2"),
                    "value": value,
                    "ratio": mine / value,
                }
            )
        rows = cities(net)
        routed = river.route(river.plan(net, dt_s=DT_S, method="muskingum"), water, rows=rows)
        at_hours = routed.flow_m3_s[:, 0, STEPS_IN_INTERVAL - 1 :: STEPS_IN_INTERVAL]
        worst = max(worst, float(np.abs(at_hours - found[:, rows].T).max() / found[:, rows].max()))
    return peers, worst


def rapid2_matrices(base: Any, net: Network) -> tuple[Any, Any, Any]:
    """Its three matrices, by its own functions."""
    ids = net.ids.astype(np.int32)
    below = np.where(net.down >= 0, net.ids[net.down], 0).astype(np.int32)
    row_of, row_of_basin, _ = base.make_0bi_tbl(ids, ids)
    connections = base.make_Net_mat(below, row_of, ids, row_of_basin)
    weights = base.make_CCC_mat(net.k_s, net.x, np.int32(DT_S))
    return base.make_Msk_mat(connections, *weights)  # type: ignore[no-any-return]
