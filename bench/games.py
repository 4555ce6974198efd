"""Sharing by coalitions: CPU-seconds for the Shapley value and the nucleolus, beside shapiq and coopgt.

Worths are drawn from a seed. The Shapley value is set beside the exact computer of shapiq and beside coopgt
at the sizes that these can do, on a table of the same worths; the values must agree. No package for Python
that we know of finds a nucleolus of this size, so it has no peer here: that it is right is shown by
its published tables, and its excesses are looked at once more over all coalitions. The least CPU time of
several runs counts; what the first run compiles is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.governance import sharing
from riskshed.governance.games import Game, core_slack, from_costs, shapley, shapley_exact
from riskshed.governance.nucleolus import least_core, nucleolus, nucleolus_exact

SIZES, QUICK_SIZES = (15, 20, 25), (10, 12)
SHAPIQ_PLAYERS, COOPGT_PLAYERS, QUICK_PEER_PLAYERS = 14, 9, 6
RIVER = (6, 12, 9, 20)
AIRPORT = (8, 11, 13, 18)
CLAIMS = (100, 200, 300)
TENNESSEE = (0, 163520, 140826, 301607, 250096, 378821, 367370, 412584)

Progress = Callable[[str], None]


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        Few players and one run of each: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    times = 1 if quick else 5
    shapley_s: dict[str, float] = {}
    nucleolus_s: dict[str, float] = {}
    least: dict[str, float] = {}
    for n in QUICK_SIZES if quick else SIZES:
        tell(f"{n} players")
        game = drawn(n)
        shapley_s[str(n)] = cpu_s(lambda game=game: shapley(game), times)
        nucleolus_s[str(n)] = cpu_s(lambda game=game: nucleolus(game), times)
        least[str(n)] = worst_off(game)
    tell("shapiq and coopgt")
    # shapiq takes 8 CPU-seconds to load, which a quick run has not got.
    peers = [*beside_coopgt(quick), *([] if quick else beside_shapiq(times))]
    tell("published tables")
    tables = published()
    largest = max(shapley_s, key=int)
    return {
        "name": "games",
        "work": "worths of all coalitions drawn from a seed, float64; Shapley value and nucleolus",
        "unit": "cpu-seconds",
        "ours": shapley_s[largest],
        "shapley_s": shapley_s,
        "nucleolus_s": nucleolus_s,
        "nucleolus_beside_least_core": least,
        "peers": peers,
        "agreement": max((peer["difference"] for peer in peers), default=None),
        "tables": tables,
        "tables_exact": all(tables.values()),
    }


def drawn(n: int) -> Game:
    """Each coalition of two or more is worth from 1 to 100 times its size, as in published test sets."""
    size = np.bitwise_count(np.arange(1 << n, dtype=np.uint32))
    value = np.floor(np.random.default_rng(n).random(1 << n) * 100 * size) + 1.0
    value[0], value[1 << np.arange(n)], value[-1] = 0.0, 0.0, 100.0 * (n - 2) + 100.0
    return Game(tuple(map(str, range(n))), value)


def cpu_s(work: Callable[[], Any], times: int) -> float:
    """Least CPU time of the process over some runs, the first of which is not counted."""
    work()
    taken = []
    for _ in range(times):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


def worst_off(game: Game) -> float:
    """How far the largest excess under the nucleolus is above the least possible, over the largest worth.

    It is 0 or next to it, unless the bound that nobody gets less than alone comes in between.
    """
    slack = core_slack(game, nucleolus(game)).least
    return float((-slack - least_core(game).violation) / np.abs(game.value).max())


def beside_shapiq(times: int) -> list[dict[str, Any]]:
    """The exact computer of shapiq, which reads the worths from our table."""
    try:
        from shapiq.game_theory.exact import ExactComputer  # noqa: PLC0415 (of the extra dev)
    except ImportError:
        return []
    n = SHAPIQ_PLAYERS
    game = drawn(n)
    places = 1 << np.arange(n)

    def worth(who: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return game.value[who.astype(np.int64) @ places]

    def theirs() -> npt.NDArray[Any]:
        computer = ExactComputer(n_players=n, game=worth)
        found = computer("SV", order=1)
        return np.array([found[(i,)] for i in range(n)])

    return [_peer("shapiq", n, game, theirs, times)]


def beside_coopgt(quick: bool) -> list[dict[str, Any]]:
    """coopgt, which goes through all orders of the players."""
    try:
        from coopgt import shapley_value  # noqa: PLC0415 (of the extra dev)
    except ImportError:
        return []
    n = QUICK_PEER_PLAYERS if quick else COOPGT_PLAYERS
    game = drawn(n)
    table = {tuple(i + 1 for i in range(n) if m >> i & 1): game.value[m] for m in range(1 << n)}
    return [_peer("coopgt", n, game, lambda: np.asarray(shapley_value.calculate(table)), 1)]


def _peer(
    name: str, n: int, game: Game, theirs: Callable[[], npt.NDArray[Any]], times: int
) -> dict[str, Any]:
    begin = time.process_time()
    found = theirs()
    value = time.process_time() - begin
    if times > 1:
        value = cpu_s(theirs, times)
    # One run of ours takes microseconds here, less than the clock can tell: a hundred are timed together.
    ours = cpu_s(lambda: [shapley(game) for _ in range(100)], times) / 100
    largest = float(np.abs(game.value).max())
    return {
        "name": f"{name}, {n} players",
        "version": version(name),
        "value": value,
        "ours": ours,
        "ratio": value / ours,
        "difference": float(np.abs(found - shapley(game)).max()) / largest,
    }


def published() -> dict[str, bool]:
    """Which published tables come out to the last digit; the tests name their sources."""
    names = ("a", "b", "c", "d")
    steps = [max((c for i, c in enumerate(AIRPORT) if m >> i & 1), default=0) for m in range(16)]
    saved = nucleolus(from_costs(names, steps))
    tennessee = sharing.compare(sharing.CostProblem(names[:3], TENNESSEE))
    weights, inflow = np.array([1.0, 4.0, 9.0]), np.array([10.0, 2.0, 3.0])
    reached = np.sqrt(np.cumsum(weights**2) * np.cumsum(inflow))
    along = sharing.downstream_incremental([Fraction(float(one)) for one in reached])
    quarter = Fraction(13, 4)
    return {
        "bankruptcy_100": bankruptcy(100) == (Fraction(100, 3),) * 3,
        "bankruptcy_200": bankruptcy(200) == (50, 75, 75),
        "bankruptcy_300": bankruptcy(300) == (50, 100, 150),
        "airport_shapley": shapley_exact(names, steps) == sharing.airport(AIRPORT) == (2, 3, 4, 9),
        "airport_nucleolus": bool(
            np.abs(AIRPORT - saved - np.array([quarter, quarter, quarter, 33 / 4], float)).max() < 1e-9
        ),
        "river_local": sharing.local_responsibility(RIVER) == RIVER,
        "river_upstream": sharing.upstream_equal(RIVER) == (20, 14, 8, 5),
        "river_downstream": sharing.downstream_equal(RIVER)
        == (Fraction(3, 2), Fraction(11, 2), 10, 30),
        "downstream_incremental": [round(float(one), 3) for one in along] == [3.162, 11.121, 24.058],
        "tennessee_shapley": tennessee[0].exact == (117829, Fraction(201513, 2), Fraction(387997, 2)),
        "tennessee_nucleolus": tennessee[1].exact == (116234, 93540, 202810),
    }  # fmt: skip


def bankruptcy(estate: int) -> tuple[Fraction, ...]:
    """The rule, if it is the nucleolus of its game as it must be; else nothing."""
    lacks = [sum(c for i, c in enumerate(CLAIMS) if not m >> i & 1) for m in range(8)]
    by_game = nucleolus_exact(("a", "b", "c"), [max(0, estate - lack) for lack in lacks])
    by_rule = sharing.aumann_maschler(estate, CLAIMS)
    return by_rule if by_rule == by_game else ()
