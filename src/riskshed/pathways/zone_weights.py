"""Zones on a grid: how much of each cell lies in each city, found once, and used for every member.

A loss per city is a sum over the cells of a grid, each weighted by the part of it that lies within the
city's boundary. To cut polygons out of a grid is slow and depends on the boundaries alone, while an ensemble
asks for the same cut some thousand times. So the cut is made once (by exactextract, which computes the
covered part of a cell exactly) and kept: cells that lie wholly within a zone as *runs* along a row, which
need no weight and are read as one stretch of memory; cells on a border as *edges* with their weight.

What is left is to read the layers once. `sums` adds up a layer by zone. `damage` is the whole of an impact
in one pass, depth -> curve -> zone: no raster of losses is ever made, and stretches without water are passed
over. The cost is that of reading the depths, some gigacells a second on one core.

Members come first here, ``(member, row, column)``, because each layer is one stretch of memory; results are
(zone, member), as everywhere. Row 0 is the northernmost.

A zone may reach beyond the grid, and then its sums are of a part of it: `ZoneWeights.inside` gives that
part, and `caveats` says it. NaN in a layer is unknown; it is left out, counted, and makes a lower bound.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.errors import DomainError, Fault, InputFaults
from riskshed.footprint import Caveat
from riskshed.pathways.vulnerability import Curve
from riskshed.pathways.zone_loops import add_damage_of_edges, add_damage_of_runs, add_layers

Floats = npt.NDArray[np.float64]
Layers = npt.NDArray[Any]

CELLS_MAX = 2**31 - 1
"""Cells of a grid are numbered in 32 bits."""
PIECES_MAX = 4096
"""Pieces into which a curve is cut at most, so that the piece of a depth is found at once."""
INSIDE_LEAST = 1.0 - 1e-6
"""From this part on a zone counts as wholly within the grid: less is lost to rounding."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of equal cells, in the coordinates of the polygons; row 0 is the northernmost.

    Raises
    ------
    DomainError
        ``zones.grid``: edges that are not in order, or a grid without cells or with more than 2^31.
    """

    west: float
    south: float
    east: float
    north: float
    rows: int
    columns: int

    def __post_init__(self) -> None:
        edges = (self.west, self.south, self.east, self.north)
        if not all(map(math.isfinite, edges)) or self.west >= self.east or self.south >= self.north:
            raise DomainError(
                "zones.grid", f"the edges west, south, east, north are {edges}, want them in order"
            )
        if self.rows < 1 or self.columns < 1 or self.rows * self.columns > CELLS_MAX:
            raise DomainError(
                "zones.grid", f"the grid has {self.rows} x {self.columns} cells, want 1 to 2^31"
            )

    @property
    def cell_area(self) -> float:
        """Area of a cell, in the square of the coordinates."""
        return (self.east - self.west) * (self.north - self.south) / (self.rows * self.columns)


@dataclass(frozen=True, eq=False)
class ZoneWeights:
    """The part of every cell that lies in every zone.

    Attributes
    ----------
    grid : Grid
    zones : tuple of str
    inside : (zone,)
        Part of each zone's area that the grid covers, 0..1.
    run_first, run_end, run_zone : (run,)
        Cells from `run_first` up to `run_end` lie wholly within the zone.
    edge_start : (zone + 1,)
        The edges of zone z are ``edge_start[z]`` up to ``edge_start[z + 1]``.
    edge_cell, edge_weight : (edge,)
        A cell that lies partly within the zone, and which part.
    digest : str
        SHA-256 over the grid, the polygons and the version of exactextract.
    """

    grid: Grid
    zones: tuple[str, ...]
    inside: Floats
    run_first: npt.NDArray[np.int64]
    run_end: npt.NDArray[np.int64]
    run_zone: npt.NDArray[np.int32]
    edge_start: npt.NDArray[np.int64]
    edge_cell: npt.NDArray[np.int32]
    edge_weight: Floats
    digest: str

    @property
    def outside(self) -> tuple[str, ...]:
        """Zones that reach beyond the grid, or lie off it."""
        return tuple(z for z, part in zip(self.zones, self.inside, strict=True) if part < INSIDE_LEAST)

    def caveats(self) -> tuple[Caveat, ...]:
        """What a reader of sums by zone must know."""
        if not self.outside:
            return ()
        english = "The grid does not cover all of these cities: their losses are lower bounds."
        return (
            Caveat("impact.outside_grid", english, "网格未完全覆盖所列城市，其损失为下限。", self.outside),
        )


def zone_weights(
    grid: Grid, polygons: Mapping[str, Mapping[str, Any]], *, cache: Path | None = None
) -> ZoneWeights:
    """Cut polygons out of a grid, or take the cut from the cache.

    Parameters
    ----------
    grid : Grid
    polygons : mapping of str to GeoJSON geometry
        ``Polygon`` or ``MultiPolygon`` of each zone; zones may overlap.
    cache : Path, optional
        A folder. The cut is kept there in a file named by its digest, and read from there the next time. A
        file that does not hold what it should is made again.

    Raises
    ------
    InputFaults
        ``zones.polygons``: no polygons, or one that is empty or not valid, naming each.
    """
    _check(polygons)
    digest = _digest(grid, polygons)
    path = None if cache is None else cache / f"zones-{digest[:32]}.npz"
    found = None if path is None else _load(path, grid, tuple(polygons), digest)
    if found is not None:
        return found
    made = _cut(grid, polygons, digest)
    if path is not None:
        _save(path, made)
    return made


def sums(weights: ZoneWeights, layers: npt.ArrayLike) -> Floats:
    """Sum of each layer over each zone, (zone, layer).

    Parameters
    ----------
    weights : ZoneWeights
    layers : (row, column) or (layer, row, column)
        float32 or float64. NaN is left out, as exactextract does.
    """
    flat = _flat(weights, layers, "layers")
    total = np.zeros((len(flat), len(weights.zones)))
    runs = (weights.run_first, weights.run_end, weights.run_zone)
    edges = (weights.edge_start, weights.edge_cell, weights.edge_weight)
    add_layers(*runs, *edges, flat, total)
    return np.ascontiguousarray(total.T)


@dataclass(frozen=True, eq=False)
class ZoneDamage:
    """What is lost in each zone; all (zone, member).

    Attributes
    ----------
    lost : in the unit of the value; unknown cells are left out
    extrapolated : of `lost`, what rests on intensities outside the range of the curve
    unknown_cells : cells in which the intensity, or the value where there is water, is unknown
    """

    zones: tuple[str, ...]
    lost: Floats
    extrapolated: Floats
    unknown_cells: Floats

    @property
    def lower_bound(self) -> tuple[str, ...]:
        """Zones in which something unknown was left out in some member."""
        return tuple(z for z, row in zip(self.zones, self.unknown_cells, strict=True) if (row > 0).any())


def damage(weights: ZoneWeights, intensity: npt.ArrayLike, value: npt.ArrayLike, curve: Curve) -> ZoneDamage:
    """Losses by zone of every member, straight from intensity, value and curve.

    For zone z and member m: the sum over cells of ``weight x value x share(intensity)``.

    Parameters
    ----------
    weights : ZoneWeights
    intensity : (row, column) or (member, row, column)
        In the unit of the curve, float32 or float64; NaN is unknown.
    value : (row, column), >= 0
        What stands in each cell: people, or money. NaN is unknown.
    curve : Curve

    Raises
    ------
    DomainError
        ``zones.value``: a value below 0 or infinite. ``zones.shape``: a layer that is not of the grid.
    """
    flat = _flat(weights, intensity, "intensity")
    worth = _flat(weights, value, "value")
    if len(worth) != 1:
        raise DomainError("zones.shape", f"the value has {len(worth)} layers, want 1")
    plain = bool(worth.min() >= 0.0 and worth.max() < np.inf)  # NaN fails this, and is looked at closely
    if not plain and bool(((worth < 0.0) | (worth == np.inf)).any()):
        raise DomainError("zones.value", "the value has cells below 0 or infinite, want finite and >= 0")
    found = np.zeros((3, len(flat), len(weights.zones)))
    runs = (weights.run_first, weights.run_end, weights.run_zone)
    edges = (weights.edge_start, weights.edge_cell, weights.edge_weight)
    work = (flat, worth[0], *_form(curve, flat.dtype), found)
    add_damage_of_runs(*runs, *work)
    add_damage_of_edges(*edges, *work)
    return ZoneDamage(weights.zones, *(np.ascontiguousarray(part.T) for part in found))


def _form(curve: Curve, kind: np.dtype[Any]) -> tuple[Any, ...]:
    """The curve as the loops read it: points, base and rise of each piece, pieces in a unit, and bounds."""
    if curve.form == "step":
        # One piece below the threshold, and each of the others level.
        points = np.concatenate([[np.nextafter(curve.intensity[0], -np.inf)], curve.intensity])
        base, rises, per, dry = np.concatenate([[0.0], curve.share]), np.zeros(points.size), 0.0, points[0]
    else:
        points, base, rises, per = _even(curve)
        dry = points[0] if curve.share[0] == 0.0 else -np.inf
    down = kind.type(dry)  # compared in the type of the layer, which is twice as fast; never rounded up
    down = np.nextafter(down, kind.type(-np.inf)) if down > dry else down
    return points, base, rises, per, down, curve.low, curve.high


def _even(curve: Curve) -> tuple[Floats, Floats, Floats, float]:
    """Points, base and rise of each piece, the pieces cut into even ones where that can be done."""
    points, per = np.array(curve.intensity), 0.0
    width = np.diff(points).min()
    whole = (points - points[0]) / width
    if whole[-1] <= PIECES_MAX and np.array_equal(whole, np.round(whole)):
        points, per = points[0] + width * np.arange(whole[-1] + 1.0), 1.0 / width
    share = np.interp(points, curve.intensity, curve.share)
    rises = np.append(np.diff(share) / np.diff(points), 0.0)  # level from the last point on
    return points, share - rises * points, rises, per


def _flat(weights: ZoneWeights, layers: npt.ArrayLike, what: str) -> Layers:
    """Layers as (layer, cell), contiguous, float32 or float64."""
    given = np.asarray(layers)
    wanted = (weights.grid.rows, weights.grid.columns)
    if given.ndim not in (2, 3) or given.shape[-2:] != wanted:
        told = f"{what} is {given.shape}, want {wanted}, with or without a first axis of layers"
        raise DomainError("zones.shape", told)
    kind = np.float32 if given.dtype == np.float32 else np.float64
    return np.ascontiguousarray(given, kind).reshape(-1, wanted[0] * wanted[1])


# ------------------------------------------------------------------------------------------------ the cut


def _check(polygons: Mapping[str, Mapping[str, Any]]) -> None:
    import shapely  # noqa: PLC0415 (slow to load)

    faults = []
    for zone, geometry in polygons.items():
        got = ""
        try:
            shape = shapely.geometry.shape(dict(geometry))
            if shape.geom_type not in ("Polygon", "MultiPolygon"):
                got = f"a {shape.geom_type}"
            elif shape.is_empty:
                got = "nothing"
            elif not shape.is_valid:
                got = shapely.is_valid_reason(shape)
        except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
            got = f"no geometry ({error})"
        if got:
            wanted = "a valid Polygon or MultiPolygon"
            faults.append(Fault("zones.polygon", zone, None, "geometry", got, wanted, "Mend the boundary."))
    if not polygons:
        faults.append(Fault("zones.polygon", "polygons", None, None, "none", "at least one zone"))
    if faults:
        raise InputFaults("zones.polygons", "these zones cannot be cut out of a grid", faults)


def _digest(grid: Grid, polygons: Mapping[str, Mapping[str, Any]]) -> str:
    edges = (grid.west, grid.south, grid.east, grid.north, grid.rows, grid.columns)
    told = [version("exactextract"), [repr(edge) for edge in edges], list(polygons.items())]
    return hashlib.sha256(json.dumps(told, separators=(",", ":"), default=list).encode()).hexdigest()


def _cut(grid: Grid, polygons: Mapping[str, Mapping[str, Any]], digest: str) -> ZoneWeights:
    import shapely  # noqa: PLC0415 (slow to load, as the next two)
    from exactextract import exact_extract  # type: ignore[import-untyped]  # noqa: PLC0415
    from exactextract.raster import NumPyRasterSource  # type: ignore[import-untyped]  # noqa: PLC0415

    nothing = np.broadcast_to(np.float32(0), (grid.rows, grid.columns))  # a grid that takes no memory
    raster = NumPyRasterSource(nothing, grid.west, grid.south, grid.east, grid.north)
    runs, edges, inside = [], [], np.empty(len(polygons))
    for row, geometry in enumerate(polygons.values()):
        shape = shapely.geometry.shape(dict(geometry))
        feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)}
        found = exact_extract(raster, [feature], ["cell_id", "coverage"])[0]["properties"]
        cell = np.asarray(found["cell_id"], np.int64).reshape(-1)
        weight = np.asarray(found["coverage"], np.float64).reshape(-1)
        inside[row] = min(weight.sum() * grid.cell_area / shape.area, 1.0)
        order = np.argsort(cell, kind="stable")
        cell, weight = cell[order], weight[order]
        runs.append((*_runs(cell[weight == 1.0]), row))
        border = (weight > 0.0) & (weight < 1.0)
        edges.append((cell[border], weight[border]))
    first = np.concatenate([run[0] for run in runs])
    order = np.argsort(first, kind="stable")  # in the order of the memory, whatever zone they are of
    return ZoneWeights(
        grid,
        tuple(polygons),
        inside,
        first[order],
        np.concatenate([run[1] for run in runs])[order],
        np.concatenate([np.full(run[0].size, run[2], np.int32) for run in runs])[order],
        np.concatenate([[0], np.cumsum([cell.size for cell, _ in edges])]).astype(np.int64),
        np.concatenate([cell for cell, _ in edges]).astype(np.int32),
        np.concatenate([weight for _, weight in edges]),
        digest,
    )


def _runs(cells: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First and end of each stretch of consecutive numbers in a rising list."""
    gaps = np.flatnonzero(np.diff(cells) != 1)
    if not cells.size:
        return cells, cells
    return cells[np.concatenate([[0], gaps + 1])], cells[np.concatenate([gaps, [cells.size - 1]])] + 1


# ---------------------------------------------------------------------------------------------- the cache

KEPT = ("inside", "run_first", "run_end", "run_zone", "edge_start", "edge_cell", "edge_weight")


def _save(path: Path, weights: ZoneWeights) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part.npz")
    np.savez_compressed(
        beside, digest=np.array(weights.digest), **{name: getattr(weights, name) for name in KEPT}
    )
    beside.replace(path)  # whole or not at all


def _load(path: Path, grid: Grid, zones: tuple[str, ...], digest: str) -> ZoneWeights | None:
    """The cut in a file, None where there is none or it is not what it should be."""
    try:
        with np.load(path, allow_pickle=False) as data:
            if str(data["digest"]) != digest:
                return None
            parts = {name: data[name] for name in KEPT}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    made = ZoneWeights(grid, zones, digest=digest, **parts)
    return made if _is_sound(made) else None


def _is_sound(weights: ZoneWeights) -> bool:
    """Whether every number of the cut stays within the grid: the loops read without looking."""
    cells, zones = weights.grid.rows * weights.grid.columns, len(weights.zones)
    start, edge = weights.edge_start, weights.edge_cell
    runs = weights.run_first.shape == weights.run_end.shape == weights.run_zone.shape
    edges = edge.shape == weights.edge_weight.shape and start.shape == (zones + 1,)
    if not runs or not edges or weights.inside.shape != (zones,):
        return False
    in_grid = bool(((weights.run_first >= 0) & (weights.run_end <= cells)).all())
    in_zones = bool(((weights.run_zone >= 0) & (weights.run_zone < zones)).all())
    in_order = bool(start[0] == 0 and (np.diff(start) >= 0).all() and start[-1] == edge.size)
    return in_grid and in_zones and in_order and bool(((edge >= 0) & (edge < cells)).all())
