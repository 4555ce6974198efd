"""Particles over long ways: how a cloud of many follows a grid of winds, and what falls into which cell.

A plume that crosses provinces is torn by winds that no straight line follows. So the release is cut into
particles, each with a share of its mass, and each goes its own way through the winds (particle_loops.py).
Members differ in the wind (a factor and a turn for each) and in every random number. Concentration and
deposit are means over cells of some kilometres around the places that ask; nothing else is stored.

Ash and other grains settle at the speed that their size and weight give them; the release is cut into
classes by their share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import DomainError
from riskshed.pathways import ensemble, particle_loops
from riskshed.pathways.plume_release import GrainClass
from riskshed.pathways.wind import EARTH_M, Field

Floats = NDArray[np.float64]

DEGREE_M = EARTH_M * np.pi / 180.0
POLE_DEG = 89.0
"""Nearer to a pole a degree of longitude is held at its length there."""
AIR_KG_M3, AIR_PA_S, GRAVITY_M_S2 = 1.2, 1.8e-5, 9.81
CELLS_MAX = 20_000_000
"""Cells of the map from places to cells; beyond it the places are too far apart for cells that small."""


def settling_m_s(diameter_um: float, density_kg_m3: float) -> float:
    """Speed at which a round grain falls through the air near the ground, m/s.

    Weight against drag with ``C = 24/Re (1 + 0.15 Re^0.687)`` (Schiller & Naumann 1933; Re below 800), found
    by repeated substitution; Stokes' law for small grains. Ash is not round and falls more slowly, by up to
    a third.

    Examples
    --------
    >>> round(settling_m_s(10.0, 2500.0), 4), round(settling_m_s(100.0, 2500.0), 2)
    (0.0075, 0.55)
    """
    diameter = diameter_um * 1e-6
    stokes = density_kg_m3 * GRAVITY_M_S2 * diameter**2 / (18.0 * AIR_PA_S)
    speed = stokes
    for _ in range(60):
        reynolds = AIR_KG_M3 * speed * diameter / AIR_PA_S
        speed = 0.5 * (speed + stokes / (1.0 + 0.15 * reynolds**0.687))
    return float(speed)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells around places.

    Attributes
    ----------
    grid : (4,)
        South, west and steps, degrees.
    cell : int32, (row, column)
        Number of the cell where somebody asks, -1 elsewhere.
    of_place : (place,)
        The cell of each place.
    area_m2 : (cell,)
    """

    grid: Floats
    cell: NDArray[np.int32]
    of_place: NDArray[np.int64]
    area_m2: Floats


def cells(lat_deg: Floats, lon_deg: Floats, cell_m: float) -> Cells:
    """The cells in which places lie; places in one cell share it.

    The cells of a row have the width in degrees that the middle of all places gives them.

    Raises
    ------
    DomainError
        ``plume.cells``: too many for the memory.
    """
    step_lat = cell_m / DEGREE_M
    middle = min(abs(float(np.mean([lat_deg.min(), lat_deg.max()]))), POLE_DEG)
    step_lon = step_lat / np.cos(np.radians(middle))
    grid = np.array([lat_deg.min() - 0.5 * step_lat, lon_deg.min() - 0.5 * step_lon, step_lat, step_lon])
    row = ((lat_deg - grid[0]) / step_lat).astype(np.int64)
    column = ((lon_deg - grid[1]) / step_lon).astype(np.int64)
    shape = (int(row.max()) + 1, int(column.max()) + 1)
    if shape[0] * shape[1] > CELLS_MAX:
        told = f"cells of {cell_m:g} m make a map of {shape[0]:,} x {shape[1]:,} between these places"
        raise DomainError("plume.cells", told, todo="Take larger cells.")
    numbered, of_place = np.unique(row * shape[1] + column, return_inverse=True)
    cell = np.full(shape[0] * shape[1], -1, np.int32)
    cell[numbered] = np.arange(numbered.size)
    lat = grid[0] + (numbered // shape[1] + 0.5) * step_lat
    area = step_lat * step_lon * DEGREE_M**2 * np.cos(np.radians(lat))
    return Cells(grid, cell.reshape(shape), of_place.reshape(-1), area)


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """What moves particles besides the wind of the grid, and what takes their mass.

    Attributes
    ----------
    horizontal_m2_s, vertical_m2_s : float, >= 0
        Eddy diffusivities.
    wander_m_s, wander_s : float
        Deviation and memory of winds that the grid does not resolve.
    breathed_m, uptake_m_s : float
        Depth of the layer at the ground, and its dry deposition velocity besides settling.
    lid_m : float
    """

    horizontal_m2_s: float
    vertical_m2_s: float
    wander_m_s: float = 0.0
    wander_s: float = 3600.0
    breathed_m: float = 100.0
    uptake_m_s: float = 0.0
    lid_m: float = 1e4

    def motion(self, step_s: float) -> particle_loops.Motion:
        """The numbers of the loop for steps of this length."""
        return particle_loops.Motion(
            float(np.sqrt(2.0 * self.horizontal_m2_s * step_s)),
            float(np.sqrt(2.0 * self.vertical_m2_s * step_s)),
            float(self.wander_m_s),
            float(np.exp(-step_s / self.wander_s)),
            float(self.breathed_m),
            float(self.uptake_m_s),
            float(self.lid_m),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """What comes of a cloud of particles.

    Attributes
    ----------
    in_air : (cell, step, member)
        Mass in the layer at the ground at the end of each step, over the cell's area, per m2.
    on_ground : (cell, step, member)
        What fell in each step, per m2.
    ledger : (4, member)
        Where it all is, in the order of `puffs.LEDGER`.
    end : (member, particle, 3)
        Latitude, longitude, height of each at its end; NaN of what never was.
    """

    in_air: Floats
    on_ground: Floats
    ledger: Floats
    end: Floats


def carry(
    field: Field,
    walk: Walk,
    cells: Cells,
    *,
    step_s: float,
    steps: int,
    keys: NDArray[np.uint64],
    wind_factor: Floats,
    turn_rad: Floats,
    decay_per_s: Floats,
    born_s: Floats,
    mass: Floats,
    start: Floats,
    settling: Floats,
) -> Drift:
    """Let particles go, and follow each to the end of the steps, of its mass or of the grid.

    Parameters
    ----------
    keys : (member,)
        As of `keys`.
    wind_factor, turn_rad, decay_per_s : (member,)
        Factor on the wind, its clockwise turn, and the rate of decay.
    born_s, mass : (member, particle)
        When each is released, >= 0; what it carries.
    start : (particle, 3)
        Latitude, longitude (as the field writes it), height.
    settling : (particle,), m/s
    """
    half = np.arange(2 * steps + 1) * (0.5 * step_s)
    assert field.time_s[0] <= 0.0, "the winds begin before the release"
    assert field.time_s[-1] >= half[-1] - 1e-6, "the winds last as long as the steps"
    index = np.clip(np.searchsorted(field.time_s, half, side="right") - 1, 0, field.time_s.size - 2)
    share = (half - field.time_s[index]) / (field.time_s[index + 1] - field.time_s[index])
    lat = field.south_deg + field.step_lat_deg * np.arange(field.uv_m_s.shape[2])
    east = np.cos(np.radians(np.minimum(np.abs(lat), POLE_DEG)))
    members = keys.size
    found = particle_loops.Found(
        cells.grid,
        cells.cell,
        np.zeros((members, cells.area_m2.size, steps)),
        np.zeros((members, cells.area_m2.size, steps)),
        np.zeros((members, 4)),
        np.full((*mass.shape, 3), np.nan),
    )
    particle_loops.follow(
        particle_loops.Sky(
            field.uv_m_s, field.height_m,
            np.array([field.south_deg, field.west_deg, field.step_lat_deg, field.step_lon_deg]),
            1.0 / (DEGREE_M * field.step_lon_deg * east), 1.0 / (DEGREE_M * field.step_lat_deg),
            index.astype(np.int64), np.clip(share, 0.0, 1.0), float(step_s),
        ),
        walk.motion(step_s),
        particle_loops.Crowd(
            keys, np.stack([wind_factor * np.cos(turn_rad), wind_factor * np.sin(turn_rad)], axis=1),
            decay_per_s, born_s, mass, start, settling,
        ),
        found,
    )  # fmt: skip
    area = cells.area_m2[:, None, None]
    in_air, on_ground = (np.moveaxis(one, 0, 2) / area for one in (found.in_air, found.on_ground))
    return Drift(in_air, on_ground, found.ledger.T, found.end)


def keys(seed: int, members: range) -> NDArray[np.uint64]:
    """One key for each member, of which all its random numbers are functions, (member,)."""
    drawn = ensemble.uniform(seed, "plume.particles", members)
    return (drawn * 2.0**63).astype(np.uint64)


def column(
    lat_deg: float,
    lon_deg: float,
    bottom_m: float,
    top_m: float,
    particles: int,
    grains: Sequence[GrainClass] = (),
) -> tuple[Floats, Floats, Floats]:
    """Particles spread evenly over a column and over the classes of grains.

    Returns
    -------
    start : (particle, 3)
        Latitude, longitude, height.
    settling : (particle,)
        m/s; 0 for a gas.
    share : (particle,)
        Of the mass; they make 1.
    """
    kinds = grains or (GrainClass(1.0, 1.0, 1.0),)
    kind = np.arange(particles) % len(kinds)
    # The golden section spreads any number of particles evenly, whatever their class or time of release.
    height = bottom_m + (top_m - bottom_m) * ((np.arange(particles) + 0.5) * 0.6180339887498949 % 1.0)
    start = np.column_stack([np.full(particles, lat_deg), np.full(particles, lon_deg), height])
    falls = np.array([settling_m_s(g.diameter_um, g.density_kg_m3) for g in kinds]) if grains else np.zeros(1)
    share = np.array([g.share for g in kinds]) / np.bincount(kind, minlength=len(kinds))
    return start, falls[kind], share[kind]
