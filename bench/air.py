"""Particles in the air: particle-steps for each second of CPU, beside OpenDrift, on one core.

OpenDrift moves drifters in the sea and the air by the same rule as ours: the wind of a grid, taken between
its columns, rows and hours, at the middle of each step (its scheme ``runge-kutta``), and a horizontal random
walk. Both get the same winds in one NetCDF file or array, the same step, release and diffusivity, and nothing
else: no levels, no settling, no ground, no output but where everybody ends. What is compared besides the
speed is the cloud: its mean position and its two widths, which differ by chance (some 1 in the square root of
the particles) and by the shape of the Earth (a sphere in ours, an ellipsoid in OpenDrift).

Told beside it, without a peer: the full walk through ten levels, with wander, settling and uptake; and puffs.
CPU time of the process, the least of several runs; imports, compiling and the making of the winds are not
counted on either side.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from riskshed.pathways import particles, puffs, surface_layer
from riskshed.pathways.wind import Field, Weather

sys.path.insert(0, str(Path(__file__).parent))
import _peers

STEP_S, DIFFUSIVITY_M2_S = 300.0, 100.0
LAT, LON = 30.0, 105.0
SOUTH, WEST, GRID_DEG = 20.0, 100.0, 0.25
ROWS, COLUMNS, HOURS = 81, 101, 13
DEGREE_M = particles.DEGREE_M
LEFT_OUT = "OpenDrift takes 14 CPU-seconds to load, which a quick run has not got"

Progress = Callable[[str], None]


class Size(NamedTuple):
    """How much of it there is."""

    particles: int
    steps: int
    times: int
    peer_times: int


FULL, QUICK = Size(100_000, 120, 3, 2), Size(2_000, 24, 1, 0)


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        Few particles, and no peer: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    size = QUICK if quick else FULL
    winds = made_up()
    tell("riskshed")
    seconds, end = flat(winds, size)
    rate = size.particles * size.steps / seconds
    told = {
        "name": "air",
        "work": f"{size.particles} particles, {size.steps} steps of {STEP_S:g} s, midpoint rule in hourly "
        f"winds of {ROWS} x {COLUMNS}, horizontal random walk of {DIFFUSIVITY_M2_S:g} m2/s",
        "unit": "particle-steps per cpu-second",
        "ours": rate,
        "peers": [],
        "agreement": None,
        "cloud": cloud(end),
        "full_walk": full_walk(winds, size),
        "puff_receptors": puff_receptors(size),
    }
    if quick:
        return told | {"left_out": LEFT_OUT}
    found, said = _peers.ask(
        "_peer_opendrift.py",
        {
            "u": winds[..., 0], "v": winds[..., 1],
            "grid": np.array([SOUTH, WEST, GRID_DEG]), "start": np.array([LAT, LON]),
            "walk": np.array([STEP_S, DIFFUSIVITY_M2_S]),
            "size": np.array([size.particles, size.steps, size.peer_times]),
        },
        tell,
    )  # fmt: skip
    theirs = size.particles * size.steps / said["cpu_s"]
    apart = compared(end, found["end"])
    peer = {
        "name": "OpenDrift, OceanDrift",
        "version": said["version"],
        "value": theirs,
        "ratio": rate / theirs,
    }
    return told | {
        "peers": [peer],
        "agreement": max(apart.values()),
        "agreement_parts": apart,
        "cloud_of_peer": cloud(found["end"]),
        "ratio": rate / theirs,
    }


def made_up() -> np.ndarray:
    """Winds from the west with noise, float32, (hour, row, column, 2)."""
    draw = np.random.default_rng(0)
    winds = draw.normal(0.0, 1.0, (HOURS, ROWS, COLUMNS, 2))
    winds[..., 0] += 5.0
    return winds.astype(np.float32)


def field(winds: np.ndarray, levels: int = 1) -> Field:
    """The winds as our particles want them, the same at each level."""
    uv = np.ascontiguousarray(np.repeat(winds[:, None], levels, axis=1))
    height = np.linspace(10.0, 6000.0, levels) if levels > 1 else np.array([10.0])
    return Field(SOUTH, WEST, GRID_DEG, GRID_DEG, 3600.0 * np.arange(HOURS), height, uv)


def moved(sky: Field, walk: particles.Walk, size: Size, fall_m_s: float) -> Callable[[], particles.Drift]:
    """The work: all particles from one point through all steps."""
    count = size.particles
    cells = particles.cells(np.array([LAT]), np.array([LON + 1.0]), 20e3)
    start, _, share = particles.column(LAT, LON, 500.0, 500.0 + 1e-6, count)
    one = np.ones(1)
    return lambda: particles.carry(
        sky, walk, cells, step_s=STEP_S, steps=size.steps, keys=particles.keys(1, range(1)),
        wind_factor=one, turn_rad=0.0 * one, decay_per_s=0.0 * one, born_s=np.zeros((1, count)),
        mass=share[None], start=start, settling=np.full(count, fall_m_s),
    )  # fmt: skip


def flat(winds: np.ndarray, size: Size) -> tuple[float, np.ndarray]:
    """CPU-seconds of the compared work, and where everybody ends, (particle, 2)."""
    work = moved(field(winds), particles.Walk(horizontal_m2_s=DIFFUSIVITY_M2_S, vertical_m2_s=0.0), size, 0.0)
    end = work().end[0, :, :2]
    return cpu_s(work, size.times), end


def full_walk(winds: np.ndarray, size: Size) -> float:
    """Particle-steps a second with all that a release of ash needs."""
    walk = particles.Walk(
        horizontal_m2_s=DIFFUSIVITY_M2_S, vertical_m2_s=10.0, wander_m_s=0.8, wander_s=7200.0,
        breathed_m=100.0, uptake_m_s=0.002, lid_m=6000.0,
    )  # fmt: skip
    work = moved(field(winds, 10), walk, size, 0.01)
    work()
    return size.particles * size.steps / cpu_s(work, size.times)


def puff_receptors(size: Size) -> float:
    """Puff-step-receptors a second near a release: 60 puffs, 60 steps, 300 receptors, some members."""
    members, steps = (2, 20) if size.particles < 10_000 else (16, 60)
    surface = surface_layer.Surface(0.3, -80.0, 0.05, 900.0)
    wind = float(surface_layer.wind_m_s(surface, 10.0))
    air = puffs.air(
        [surface], np.array([12.0]), np.array([wind]),
        release_m=1.0, receptor_m=1.5, resistance_s_m=150.0, reach_m=50e3,
    )  # fmt: skip
    even = np.ones(steps)
    weather = Weather(wind * even, even, 0.0 * even, np.zeros(steps, np.int64))
    draw = np.random.default_rng(3)
    east, north = draw.uniform(100.0, 40e3, 300), draw.normal(0.0, 3e3, 300)
    one = np.ones(members)

    def work() -> puffs.Cloud:
        return puffs.carry(
            air, weather, np.ones((members, steps)), east, north, step_s=STEP_S,
            wind_factor=one, turn_rad=0.0 * one, decay_per_s=0.0 * one,
        )  # fmt: skip

    work()
    pairs = steps * (steps + 1) / 2
    return members * pairs * east.size / cpu_s(work, size.times)


def cpu_s(work: Callable[[], Any], times: int) -> float:
    """Least CPU time of the process over some runs."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


def cloud(end: np.ndarray) -> dict[str, list[float]]:
    """Mean position and deviation of a cloud, degrees."""
    return {"mean_deg": end.mean(axis=0).tolist(), "deviation_deg": end.std(axis=0).tolist()}


def compared(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """How far the two clouds differ.

    `mean_over_way` is the distance of their middles over the way from the release; `deviation_lat` and
    `deviation_lon` are how far the ratio of their widths is from 1.
    """
    start = np.array([LAT, LON])
    way = np.linalg.norm(theirs.mean(axis=0) - start)
    apart = np.linalg.norm(ours.mean(axis=0) - theirs.mean(axis=0))
    widths = np.abs(ours.std(axis=0) / theirs.std(axis=0) - 1.0)
    return {
        "mean_over_way": float(apart / way),
        "deviation_lat": float(widths[0]),
        "deviation_lon": float(widths[1]),
    }
