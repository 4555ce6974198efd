"""The loop of particles in the air: one particle after the other, from its release to its end.

Each particle is followed through all steps before the next one begins: its state stays in registers, nothing
is stored but what cells receive, and the order of the work changes nothing, because every random number is a
function of member, particle, step and use alone (a counter through the finaliser of SplitMix64, Steele et al.
2014, doi:10.1145/2660193.2660195). A random walk asks of its steps that mean and variance be right, not that
they be normal: a step is the sum of the four 16-bit parts of one draw, within 3.5 deviations.

A step is the midpoint rule in the wind, then the walk: horizontal and vertical eddies, and a wander of winds
that the grid does not resolve (an Ornstein-Uhlenbeck wind). Ground and lid reflect eddies; what settles or
is taken up leaves the particle's mass, at the rate (uptake + settling) / depth in the layer at the ground.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
DEVIATION = math.sqrt(4.0 * (65536.0**2 - 1.0) / 12.0)
"""Of the sum of four numbers from 0 to 65535."""
USES = 5
"""Draws of a particle in a step: eddies along x, y, z, and wander along x, y."""


@njit(inline="always")  # type: ignore[untyped-decorator]
def _kick(key: Any, count: Any) -> Any:  # pragma: no cover (compiled)
    """A random number of mean 0 and variance 1."""
    z = key + GOLDEN * np.uint64(count)
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    z = z ^ (z >> np.uint64(31))
    low = np.uint64(0xFFFF)
    parts = (z & low) + ((z >> np.uint64(16)) & low) + ((z >> np.uint64(32)) & low) + (z >> np.uint64(48))
    return (np.float64(np.int64(parts)) - 131070.0) / DEVIATION


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _wind(
    uv: npt.NDArray[np.float32], t: int, a: float, level: int, b: float, y: float, x: float
) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Both components at a fractional row and column, between two times and two levels."""
    j, i = min(int(y), uv.shape[2] - 2), min(int(x), uv.shape[3] - 2)
    fy, fx = y - j, x - i
    u = v = 0.0
    for dt in range(2):
        wt = a if dt == 1 else 1.0 - a
        for dl in range(2 if b > 0.0 else 1):
            w = wt * (b if dl == 1 else 1.0 - b)
            s = uv[t + dt, level + dl]
            p, q = w * (1.0 - fy), w * fy
            u += p * ((1.0 - fx) * s[j, i, 0] + fx * s[j, i + 1, 0])
            u += q * ((1.0 - fx) * s[j + 1, i, 0] + fx * s[j + 1, i + 1, 0])
            v += p * ((1.0 - fx) * s[j, i, 1] + fx * s[j, i + 1, 1])
            v += q * ((1.0 - fx) * s[j + 1, i, 1] + fx * s[j + 1, i + 1, 1])
    return u, v


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _level(height: npt.NDArray[np.float64], z: float) -> tuple[int, float]:  # pragma: no cover (compiled)
    """The level below a height and the share of the next one; held at the lowest and the highest."""
    last = height.size - 1
    if last == 0 or z <= height[0]:
        return 0, 0.0
    if z >= height[last]:
        return last, 0.0
    k = 0
    while height[k + 1] < z:
        k += 1
    return k, (z - height[k]) / (height[k + 1] - height[k])


class Sky(NamedTuple):
    """The winds.

    uv and height are those of `wind.Field`; grid is south, west and the two steps, degrees; per_east (row,)
    is columns in a metre, per_north rows in one; time_index and time_share (2 x step + 1) tell at each half
    step which times it lies between; dt_s is the step.
    """

    uv: npt.NDArray[np.float32]
    height: Floats
    grid: Floats
    per_east: Floats
    per_north: float
    time_index: npt.NDArray[np.int64]
    time_share: Floats
    dt_s: float


class Motion(NamedTuple):
    """The walk.

    Deviations of a step along x and y, and along z; deviation of the wander, and what is left of it after a
    step; depth of the layer at the ground, uptake, lid.
    """

    eddy_m: float
    eddy_z_m: float
    wander_m_s: float
    memory: float
    depth_m: float
    uptake_m_s: float
    lid_m: float


class Crowd(NamedTuple):
    """The particles.

    keys (member,); wind (member, 2) is the factor times cosine and sine of the turn; decay (member,); born_s
    and mass (member, particle); start (particle, 3) is latitude, longitude, height; settling (particle,).
    """

    keys: npt.NDArray[np.uint64]
    wind: Floats
    decay_per_s: Floats
    born_s: Floats
    mass: Floats
    start: Floats
    settling_m_s: Floats


class Found(NamedTuple):
    """What is written.

    in_air and on_ground (member, cell, step); ledger (member, 4) as `puffs.LEDGER`; end (member, particle, 3)
    is where each one is at its end. grid and cell (row, column) say which cell is where, -1 none.
    """

    grid: Floats
    cell: npt.NDArray[np.int32]
    in_air: Floats
    on_ground: Floats
    ledger: Floats
    end: Floats


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _blown(
    sky: Sky,
    motion: Motion,
    crowd: Crowd,
    m: int,
    k: int,
    h: float,
    x: float,
    y: float,
    z: float,
    wu: float,
    wv: float,
    count: Any,
) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Column and row after a step: the midpoint rule, and the eddies."""  # fmt: skip
    j = min(int(y), sky.uv.shape[2] - 2)
    per_x = sky.per_east[j] + (y - j) * (sky.per_east[j + 1] - sky.per_east[j])
    level, b = _level(sky.height, z)
    cos, sin = crowd.wind[m, 0], crowd.wind[m, 1]
    u, v = _wind(sky.uv, sky.time_index[2 * k], sky.time_share[2 * k], level, b, y, x)
    u, v = cos * u + sin * v + wu, cos * v - sin * u + wv
    my = min(max(y + 0.5 * v * h * sky.per_north, 0.0), sky.uv.shape[2] - 1.0)
    mx = min(max(x + 0.5 * u * h * per_x, 0.0), sky.uv.shape[3] - 1.0)
    u, v = _wind(sky.uv, sky.time_index[2 * k + 1], sky.time_share[2 * k + 1], level, b, my, mx)
    u, v = cos * u + sin * v + wu, cos * v - sin * u + wv
    eddy = motion.eddy_m * math.sqrt(h / sky.dt_s)
    x += (u * h + eddy * _kick(crowd.keys[m], count)) * per_x
    y += (v * h + eddy * _kick(crowd.keys[m], count + np.uint64(1))) * sky.per_north
    return x, y


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _sunk(
    motion: Motion, settling: float, h: float, part: float, z: float, kick: float
) -> float:  # pragma: no cover (compiled)
    """Height after a step: it falls to the ground at most, and eddies are reflected there and at the lid."""
    z = abs(max(z - settling * h, 0.0) + motion.eddy_z_m * math.sqrt(part) * kick)
    return max(2.0 * motion.lid_m - z, 0.0) if z > motion.lid_m else z


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _given(
    found: Found, m: int, k: int, lat: float, lon: float, left: float, fallen: float
) -> None:  # pragma: no cover (compiled)
    """What a cell receives of a particle in the layer at the ground."""
    cy, cx = (lat - found.grid[0]) / found.grid[2], (lon - found.grid[1]) / found.grid[3]
    if 0.0 <= cy < found.cell.shape[0] and 0.0 <= cx < found.cell.shape[1]:
        cell = found.cell[int(cy), int(cx)]
        if cell >= 0:
            found.in_air[m, cell, k] += left
            found.on_ground[m, cell, k] += fallen


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _one(
    sky: Sky, motion: Motion, crowd: Crowd, found: Found, m: int, p: int
) -> None:  # pragma: no cover (compiled)
    """Follow one particle."""
    steps, rows, columns = sky.time_index.size // 2, sky.uv.shape[2] - 1.0, sky.uv.shape[3] - 1.0
    grid, key, settling = sky.grid, crowd.keys[m], crowd.settling_m_s[p]
    left, first = crowd.mass[m, p], int(crowd.born_s[m, p] / sky.dt_s)
    part = first + 1.0 - crowd.born_s[m, p] / sky.dt_s
    y, x = (crowd.start[p, 0] - grid[0]) / grid[2], (crowd.start[p, 1] - grid[1]) / grid[3]
    z, wu, wv, gone = crowd.start[p, 2], 0.0, 0.0, False
    fresh = motion.wander_m_s * math.sqrt(1.0 - motion.memory * motion.memory)
    alive = math.exp(-crowd.decay_per_s[m] * sky.dt_s)
    for k in range(first, steps):
        h = sky.dt_s * part
        count = (np.uint64(p) * np.uint64(steps) + np.uint64(k)) * np.uint64(USES)
        x, y = _blown(sky, motion, crowd, m, k, h, x, y, z, wu, wv, count)
        if fresh > 0.0:
            wu = motion.memory * wu + fresh * _kick(key, count + np.uint64(3))
            wv = motion.memory * wv + fresh * _kick(key, count + np.uint64(4))
        if motion.eddy_z_m > 0.0 or settling > 0.0:
            z = _sunk(motion, settling, h, part, z, _kick(key, count + np.uint64(2)))
        part = 1.0
        if not (0.0 <= y <= rows and 0.0 <= x <= columns):
            gone = True
            break
        found.ledger[m, 2] += left * (1.0 - alive)
        left *= alive
        if z <= motion.depth_m:
            fallen = left * (1.0 - math.exp(-(motion.uptake_m_s + settling) * h / motion.depth_m))
            found.ledger[m, 1] += fallen
            _given(found, m, k, grid[0] + y * grid[2], grid[1] + x * grid[3], left, fallen)
            left -= fallen
    found.ledger[m, 3 if gone else 0] += left
    found.end[m, p, 0], found.end[m, p, 1], found.end[m, p, 2] = (
        grid[0] + y * grid[2],
        grid[1] + x * grid[3],
        z,
    )


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def follow(sky: Sky, motion: Motion, crowd: Crowd, found: Found) -> None:  # pragma: no cover (compiled)
    """Follow all particles of all members; what is born after the last step never is."""
    end_s = (sky.time_index.size // 2) * sky.dt_s
    for m in range(crowd.born_s.shape[0]):
        for p in range(crowd.born_s.shape[1]):
            if crowd.mass[m, p] > 0.0 and crowd.born_s[m, p] < end_s:
                _one(sky, motion, crowd, found, m, p)
