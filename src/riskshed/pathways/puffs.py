"""Puffs in the wind of a station, thinned by the surface layer, and what receptors within some 50 km get.

A release is cut into one puff for each step. A puff goes with the wind, turns with it, and drags its own
Gaussian width; how thin it is vertically, how fast it goes and how much of it the ground has taken after a
distance are those of the surface layer in which it was released (`surface_layer.dilution`). Gaussian puffs
have gaps between them unless they are many. Here each short stretch of a puff's way is integrated in closed
form, so that steady puffs add up to the steady plume however long the step:

    mean over t of M / (H 2 pi s^2) exp(-r^2 / 2 s^2)
        = M / (H (2 pi)^0.5 s) exp(-c^2 / 2 s^2) (Phi((l - a) / s) + Phi(a / s) - 1) / l,

for a stretch of length l, a receptor at a along it and c across it, and H the depth that the matter fills as
seen from the receptor.

Nothing is lost: what was released is in the air, on the ground, decayed, or beyond the reach.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from riskshed.pathways import surface_layer
from riskshed.pathways.surface_layer import SIDEWAYS_S, Surface
from riskshed.pathways.wind import Weather

Floats = NDArray[np.float64]

NEAREST_M = 10.0
"""First distance of the tables; nearer receptors are taken to stand there."""
DISTANCES = 128
STRETCH_M, STRETCH_SHARE = 10.0, 0.15
"""Longest stretch of a way that is taken to be even: metres, or a share of the way so far if that is more."""
LEAST_AIRBORNE = 1e-12
"""Less is not followed: a share of nothing has no shape."""
WIDTHS = 5.0
"""Beyond so many widths a puff is not felt: less than 4e-6 of its middle."""
LEDGER = ("airborne", "deposited", "decayed", "beyond")
"""Where what was released is at the end, in the order of `Cloud.ledger`."""


class Air(NamedTuple):
    """The surface layers of a series as tables, (row, distance); distances in even steps of the logarithm.

    Attributes
    ----------
    first_m, log_step : float
    thinness_1_m : share of the matter in a metre of height at the receptor, 1/m
    airborne : share that the ground has not taken
    speed_m_s : of what is in the air
    angle_rad : (row,), deviation of the wind's direction
    wind_m_s : (row,), wind of the station to which `speed_m_s` belongs
    """

    first_m: float
    log_step: float
    thinness_1_m: Floats
    airborne: Floats
    speed_m_s: Floats
    angle_rad: Floats
    wind_m_s: Floats


def air(
    surfaces: list[Surface],
    angle_deg: Floats,
    wind_m_s: Floats,
    *,
    release_m: float,
    receptor_m: float,
    resistance_s_m: float,
    reach_m: float,
) -> Air:
    """Solve the surface layer of each row, out to `reach_m`."""
    distance = np.geomspace(NEAREST_M, reach_m, DISTANCES)
    found = [
        surface_layer.dilution(
            surface,
            distance,
            release_m=max(release_m, 2.0 * surface.roughness_m),
            receptor_m=receptor_m,
            uptake_m_s=surface_layer.uptake_m_s(surface.u_star_m_s, resistance_s_m),
        )
        for surface in surfaces
    ]
    airborne = np.maximum(np.stack([one.airborne for one in found]), LEAST_AIRBORNE)
    speed = np.stack([one.speed_m_s for one in found])
    thinness = np.stack([one.integrated_s_m2 for one in found]) * speed / airborne
    return Air(
        NEAREST_M, math.log(reach_m / NEAREST_M) / (DISTANCES - 1), thinness, airborne, speed,
        np.radians(angle_deg), np.asarray(wind_m_s, np.float64),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """What comes of a release.

    Attributes
    ----------
    concentration : (receptor, step, member)
        Means over the steps, in the mass of the release per m3.
    ledger : (4, member)
        Where it all is, in the order of `LEDGER`.
    """

    concentration: Floats
    ledger: Floats


def carry(
    air: Air,
    weather: Weather,
    mass: Floats,
    east_m: Floats,
    north_m: Floats,
    *,
    step_s: float,
    wind_factor: Floats,
    turn_rad: Floats,
    decay_per_s: Floats,
) -> Cloud:
    """Carry the puffs of all members past the receptors.

    Parameters
    ----------
    air, weather
        Tables of the surface layer, and the wind in each step.
    mass : (member, step), >= 0
        What is released in each step.
    east_m, north_m : (receptor,)
        Where the receptors stand, as seen from the release.
    wind_factor, turn_rad, decay_per_s : (member,)
        Factor on the wind, its clockwise turn, and the rate of decay.
    """
    members, steps = mass.shape
    found = np.zeros((members, east_m.size, steps))
    ledger = np.zeros((members, 4))
    places = (np.ascontiguousarray(one, np.float64) for one in (east_m, north_m))
    carry_puffs(air, weather, mass, wind_factor, turn_rad, decay_per_s, step_s, *places, found, ledger)
    return Cloud(np.moveaxis(found, 0, 2), ledger.T)


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _at(table: Floats, place: float) -> float:  # pragma: no cover (compiled)
    """A row of a table at a fractional place, held at its ends."""
    inside = min(max(place, 0.0), table.size - 1.000001)
    i = int(inside)
    return table[i] + (inside - i) * (table[i + 1] - table[i])  # type: ignore[no-any-return]


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _felt(
    x: float, y: float, east: float, north: float, length: float, width: float
) -> float:  # pragma: no cover (compiled)
    """Mean of a Gaussian of this width that goes a stretch, at a place seen from its beginning, 1/m2."""
    along, across = x * east + y * north, y * east - x * north
    far = WIDTHS * width
    if abs(across) > far or along < -far or along > length + far:
        return 0.0
    root = 1.0 / (width * math.sqrt(2.0))
    passed = 0.5 * (math.erf((length - along) * root) + math.erf(along * root))
    sideways = math.exp(-(across * across) * root * root) / (width * math.sqrt(2.0 * math.pi))
    return passed * sideways / length


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _place(air: Air, way: float) -> float:  # pragma: no cover (compiled)
    """Where a distance stands in the tables."""
    return math.log(max(way, air.first_m) / air.first_m) / air.log_step


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _kept(air: Air, r: int, way: float, length: float) -> float:  # pragma: no cover (compiled)
    """The share that the ground leaves in the air over a stretch; the first begins with all of it."""
    before = _at(air.airborne[r], _place(air, way)) if way > 0.0 else 1.0
    return min(_at(air.airborne[r], _place(air, way + length)) / before, 1.0)  # type: ignore[no-any-return]


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _seen(
    air: Air, r: int, way: float, length: float, time: float
) -> tuple[float, float]:  # pragma: no cover
    """Width and thinness in the middle of a stretch, a time after the release."""
    middle = max(way + 0.5 * length, 0.5 * STRETCH_M)
    width = air.angle_rad[r] * middle / (1.0 + 0.9 * math.sqrt(time / SIDEWAYS_S))
    return width, _at(air.thinness_1_m[r], _place(air, middle))


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _one(
    air: Air,
    weather: Weather,
    born: int,
    left: float,
    faster: float,
    turn: float,
    decay: float,
    step_s: float,
    rx: Floats,
    ry: Floats,
    found: Floats,
    ledger: Floats,
) -> None:  # pragma: no cover (compiled)
    """Follow one puff; found (receptor, step), ledger (4,)."""  # fmt: skip
    reach = air.first_m * math.exp(air.log_step * (air.thinness_1_m.shape[1] - 1))
    cos, sin, r = math.cos(turn), math.sin(turn), weather.row[born]
    x = y = way = age = 0.0
    for k in range(born, weather.row.size):
        e = weather.east[k] * cos + weather.north[k] * sin
        n = weather.north[k] * cos - weather.east[k] * sin
        rest = step_s
        while rest > 0.0 and way < reach:
            go = _at(air.speed_m_s[r], _place(air, way)) * faster * weather.speed_m_s[k] / air.wind_m_s[r]
            spent = min(rest, max(STRETCH_M, STRETCH_SHARE * way) / go)
            length = go * spent
            kept, alive = _kept(air, r, way, length), math.exp(-decay * spent)
            ledger[1] += left * (1.0 - kept)
            ledger[2] += left * kept * (1.0 - alive)
            left *= kept * alive
            width, thin = _seen(air, r, way, length, age + 0.5 * spent)
            for i in range(rx.size):
                felt = _felt(rx[i] - x, ry[i] - y, e, n, length, width)
                found[i, k] += left * thin * spent / step_s * felt
            x, y, way = x + e * length, y + n * length, way + length
            age, rest = age + spent, rest - spent
        if way >= reach:
            break
    ledger[3 if way >= reach else 0] += left


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def carry_puffs(
    air: Air,
    weather: Weather,
    mass: Floats,
    wind_factor: Floats,
    turn_rad: Floats,
    decay_per_s: Floats,
    step_s: float,
    rx: Floats,
    ry: Floats,
    found: Floats,
    ledger: Floats,
) -> None:  # pragma: no cover (compiled)
    """Add to found (member, receptor, step) and ledger (member, 4)."""
    for m in range(mass.shape[0]):
        for born in range(mass.shape[1]):
            if mass[m, born] > 0.0:
                _one(
                    air, weather, born, mass[m, born], max(wind_factor[m], 1e-6), turn_rad[m], decay_per_s[m],
                    step_s, rx, ry, found[m], ledger[m],
                )  # fmt: skip
