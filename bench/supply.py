"""A day of an economy in which some industries have stopped: ours beside BoARIO 0.7.2.

The work is 100 regions of 20 sectors for 365 days, alone and 16 scenarios at once; BoARIO knows one scenario
at a time. Both get the same table, drawn at random with trade between all industries, and the same event: a
fifth of the regions lose 80 % of their capacity for 41 days and get it back over 80. BoARIO applies an event
a day after it occurs, and holds it a day longer than its duration says; our shock is laid on those days, and
that the two have the same course is part of what is compared. Stocks are short, and hold output back.

BoARIO runs 100 of the 365 days (all days cost it the same), and production is compared over these. Two things
were seen in it that its description does not say: it rounds a lost share to six places, so the event here
comes back by a hundredth a day; and weeks after an event is over, when little is scarce, it steps apart by
some 2e-7 in nearly all industries on one day. So the days compared are those of the event.

Then a table of the size of China, 340 cities of 42 sectors, for all 365 days on two threads, without a peer.
CPU time of the process, the least of several runs of ours, and the wall clock for the large table.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from riskshed.pathways.ario import Ario, Behaviour, Shock, capacity_lost
from riskshed.pathways.io_table import IoTable

sys.path.insert(0, str(Path(__file__).parent))
import _peers

BEHAVIOUR = Behaviour(stock_d=10.0, restock_d=7.0, overproduction_d=60.0)
SHARE, BEGIN_D, LASTS_D, RECOVERY_D = 0.8, 1, 40, 80
SCENARIOS = 16

Progress = Callable[[str], None]


class Size(NamedTuple):
    """How much of it there is."""

    regions: int
    sectors: int
    days: int
    peer_days: int
    large: tuple[int, int, int]
    times: int


FULL = Size(100, 20, 365, 100, (340, 42, 365), 3)
QUICK = Size(8, 5, 40, 40, (20, 6, 20), 1)


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        A small economy, and BoARIO only if it is installed: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    size = QUICK if quick else FULL
    tell("making an economy")
    table = economy(size.regions, size.sectors)
    model = Ario(table, BEHAVIOUR)
    tell("riskshed, one scenario and a batch")
    one, many = losses(table, size.days, 1), losses(table, size.days, SCENARIOS)
    made = model.run(one).made
    one_s = cpu_s(lambda: model.run(one), size.times)
    batch_s = cpu_s(lambda: model.run(many), size.times) / SCENARIOS
    steps = size.days
    told = {
        "name": "supply",
        "work": f"{size.regions} regions, {size.sectors} sectors, {size.days} days; "
        f"one scenario, and {SCENARIOS} at once; all industries trade, stocks hold output back",
        "unit": "scenario-days per cpu-second",
        "ours": steps / batch_s,
        "ours_one_scenario": steps / one_s,
        "scenario_s": {"batch": batch_s, "one": one_s},
        "least_output": least(table, made[:, 0] / model.usual[:, None]),
        "peers": [],
        "agreement": None,
    }
    if quick and not _peers.are_there():
        told["left_out"] = "BoARIO: the peers are not installed"
    else:
        tell(f"BoARIO, {size.peer_days} days")
        told |= beside_boario(table, size, made, one_s, batch_s)
    tell("a table of the size of China")
    return told | large(size.large)


def economy(regions: int, sectors: int) -> IoTable:
    """Industries of very different size that all trade with each other, a little or a lot."""
    draw = np.random.default_rng(1)
    n = regions * sectors
    output = draw.lognormal(3.0, 1.0, n) * 365.0
    flows = draw.random((n, n), dtype=np.float32).astype(np.float64)
    flows **= 4
    flows *= (0.4 * output / flows.sum(axis=0))[None, :]
    sold = flows.sum(axis=1)
    # What is sold does not follow the output yet: rows are scaled, and final demand is the rest.
    flows *= np.minimum(1.0, 0.8 * output / sold)[:, None]
    names = [f"r{i:04}" for i in range(regions)], [f"s{i:04}" for i in range(sectors)]
    return IoTable.of_flows(*names, flows, output - flows.sum(axis=1))


def losses(table: IoTable, days: int, scenarios: int) -> np.ndarray:
    """The event; in a batch each scenario loses a little less than the one before."""
    hit = tuple((region, sector) for region in struck(table) for sector in table.sectors)
    # On BoARIO's days: one later, and one longer.
    shocks = [[Shock(hit, SHARE * 0.97**i, BEGIN_D + 1, LASTS_D + 1, RECOVERY_D)] for i in range(scenarios)]
    return capacity_lost(table, shocks, days)


def struck(table: IoTable) -> tuple[str, ...]:
    """The regions that are hit: the first fifth."""
    return table.regions[: len(table.regions) // 5]


def beside_boario(
    table: IoTable, size: Size, made: np.ndarray, one_s: float, batch_s: float
) -> dict[str, Any]:
    """BoARIO's speed, and how far its production is from ours."""
    arrays = {
        "size": np.array([size.regions, size.sectors, size.peer_days]),
        "flows": table.flows,
        "final": table.final_demand,
        "behaviour": np.array([
            BEHAVIOUR.stock_d, BEHAVIOUR.restock_d, BEHAVIOUR.overproduction_d,
            BEHAVIOUR.overproduction_max, BEHAVIOUR.needed_share,
        ]),
        # BoARIO takes no event that lasts beyond its last day; within these days it is the same one.
        "shock": np.array([SHARE, BEGIN_D, min(LASTS_D, size.peer_days - BEGIN_D), RECOVERY_D]),
        "hit": np.arange(len(struck(table)) * size.sectors),
    }  # fmt: skip
    found, told = _peers.ask("_peer_boario.py", arrays)
    day_s = told["cpu_s"] / size.peer_days
    ours = made[:, 0, : size.peer_days].T
    apart = np.abs(ours - found["made"]) / np.maximum(found["made"], 1e-12)
    peer = {
        "name": "BoARIO, one scenario",
        "version": told["version"],
        "value": 1.0 / day_s,
        "ratio": day_s * size.days / batch_s,
        "ratio_one_scenario": day_s * size.days / one_s,
    }
    return {
        "peers": [peer],
        "agreement": float(apart.max()),
        "agreement_days": size.peer_days,
        "ratio": peer["ratio"],
        "ratio_one_scenario": peer["ratio_one_scenario"],
    }


def least(table: IoTable, output: np.ndarray) -> float:
    """Least output of a day, over the usual one, of an industry that was not hit."""
    return float(output[len(struck(table)) * len(table.sectors) :].min())


def large(size: tuple[int, int, int]) -> dict[str, Any]:
    """Wall and CPU seconds of one scenario of a large table on two threads; the model is made beforehand."""
    regions, sectors, days = size
    table = economy(regions, sectors)
    lost = losses(table, days, 1)
    model = Ario(table, BEHAVIOUR)
    del table
    wall, cpu = time.perf_counter(), time.process_time()
    course = model.run(lost, workers=2)
    taken = time.perf_counter() - wall, time.process_time() - cpu
    assert np.isfinite(course.made).all()
    return {
        "large": f"{regions} regions, {sectors} sectors, {days} days, one scenario, two threads",
        "seconds_340x42": taken[0] if size == FULL.large else None,
        "cpu_seconds_340x42": taken[1] if size == FULL.large else None,
    }


def cpu_s(work: Callable[[], Any], times: int) -> float:
    """Least CPU time of the process over some runs, the first of which is not counted."""
    work()
    taken = []
    for _ in range(times):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)
