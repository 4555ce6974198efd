"""Losses by city beside exactextract: seconds of CPU for a layer of a grid, in one process, on one core.

The work is what an ensemble of floods asks for: a grid of 30 seconds of arc over China (7440 x 4320 cells),
340 cities with rough borders of some 1,500 vertices, and a few members whose water covers a tenth of the
land. Two things are measured. *Sums*: one layer added up by city. *Impact*: depth of water, a
depth-damage curve and a value in each cell, added up by city; exactextract is given the raster of losses,
which NumPy makes from the same curve. exactextract runs as it is documented for arrays in memory
(``NumPyRasterSource``, operation ``sum``), layer after layer; it has no way to keep the cut.

What we do once is told beside it: the cut (by exactextract itself), and taking it from its file. CPU time of
the process, the least of several runs; sums are compared city by city.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

from riskshed.pathways import vulnerability, zone_weights
from riskshed.pathways.zone_weights import Grid, ZoneWeights

CURVE = vulnerability.published()["jrc-asia-residential"]
EDGES = (73.0, 18.0, 135.0, 54.0)

Progress = Callable[[str], None]


class Size(NamedTuple):
    """How much of it there is."""

    rows: int
    columns: int
    cities: int
    vertices: int
    members: int
    times: int


FULL = Size(4320, 7440, 340, 1500, 4, 5)
QUICK = Size(864, 1488, 34, 300, 3, 2)


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        A 25th of the grid and a tenth of the cities: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    size = QUICK if quick else FULL
    tell("making cities, values and water")
    polygons = cities(size)
    value, depth = land(size)
    grid = Grid(*EDGES, rows=size.rows, columns=size.columns)
    tell("cutting the cities out of the grid")
    weights, cut_s, cached_s = cut(grid, polygons)
    tell("riskshed")
    ours = {
        "sums": cpu_s(lambda: zone_weights.sums(weights, depth), size.times) / size.members,
        "impact": cpu_s(lambda: zone_weights.damage(weights, depth, value, CURVE), size.times) / size.members,
    }
    tell("exactextract")
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in polygons.values()]
    times = 1 if quick else 3
    theirs = {
        "sums": cpu_s(lambda: summed(features, depth[0]), times),
        "impact": cpu_s(lambda: summed(features, losses(depth[0], value)), times),
    }
    tell("comparing")
    cells = size.rows * size.columns
    return {
        "name": "impact",
        "work": f"{size.columns} x {size.rows} cells, {size.cities} cities, {size.members} members, "
        "a tenth of the land under water, float32: depth, curve and value to losses by city",
        "unit": "cell-members per cpu-second",
        "ours": cells / ours["impact"],
        "peers": [peer(what, cells, ours[what], theirs[what]) for what in ("sums", "impact")],
        "agreement": agreement(weights, features, depth, value),
        "layer_s": {"ours": ours, "exactextract": theirs},
        "cut_s": cut_s,
        "cut_from_file_s": cached_s,
        "ratio_sums": theirs["sums"] / ours["sums"],
        "ratio_impact": theirs["impact"] / ours["impact"],
    }


def peer(what: str, cells: int, ours_s: float, theirs_s: float) -> dict[str, Any]:
    """One row of the comparison."""
    named = {"sums": "a layer summed", "impact": "depth, curve and value"}[what]
    told = {"name": f"exactextract in memory, {named}", "version": version("exactextract")}
    return told | {"value": cells / theirs_s, "ratio": theirs_s / ours_s}


def cities(size: Size) -> dict[str, Any]:
    """Cities that share the land among them, with rough borders, as GeoJSON geometries."""
    draw = np.random.default_rng(0)
    points = shapely.MultiPoint(draw.uniform([74, 19], [134, 53], (size.cities, 2)))
    box = shapely.box(73.01, 18.01, 134.99, 53.99)
    shapes = [
        rough(part & box, size.vertices) for part in shapely.voronoi_polygons(points, extend_to=box).geoms
    ]
    return {f"city {i}": shapely.geometry.mapping(shape) for i, shape in enumerate(shapes)}


def rough(shape: Any, vertices: int) -> Any:
    """The shape with a border as borders are."""
    fine = np.array(shapely.segmentize(shape, shape.exterior.length / vertices).exterior.coords)[:-1]
    return shapely.Polygon(fine + np.random.default_rng(1).normal(0.0, 0.004, fine.shape)).buffer(0)


def land(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """A value in each cell, and the depth of water of each member: lakes over a tenth of the land."""
    draw = np.random.default_rng(2)
    value = draw.gamma(0.3, 300.0, (size.rows, size.columns)).astype(np.float32)
    lakes = draw.random((size.members, size.rows // 48, size.columns // 48)) < 0.1
    wet = lakes.repeat(48, axis=1).repeat(48, axis=2)
    depth = np.zeros((size.members, size.rows, size.columns), np.float32)
    for member in range(size.members):
        part = depth[member, : wet.shape[1], : wet.shape[2]]
        part[wet[member]] = draw.gamma(1.5, 1.0, int(wet[member].sum())).astype(np.float32)
    return value, depth


def cut(grid: Grid, polygons: dict[str, Any]) -> tuple[ZoneWeights, float, float]:
    """The cut, and the CPU time of making it and of taking it from its file."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        weights = zone_weights.zone_weights(grid, polygons, cache=Path(folder))
        made = time.process_time()
        zone_weights.zone_weights(grid, polygons, cache=Path(folder))
        return weights, made - begin, time.process_time() - made


def losses(depth: np.ndarray, value: np.ndarray) -> np.ndarray:
    """The raster of losses that exactextract is given."""
    share = np.interp(depth.ravel(), CURVE.intensity, CURVE.share).reshape(depth.shape)
    return np.asarray(share * value)


def summed(features: list[dict[str, Any]], layer: np.ndarray) -> np.ndarray:
    """Sums by city, by exactextract."""
    found = exact_extract(NumPyRasterSource(layer, *EDGES), features, ["sum"])
    return np.array([feature["properties"]["sum"] for feature in found])


def agreement(
    weights: ZoneWeights, features: list[dict[str, Any]], depth: np.ndarray, value: np.ndarray
) -> float:
    """Largest difference of a city and member from exactextract, over exactextract's sum."""
    worst = 0.0
    sums = zone_weights.sums(weights, depth)
    impact = zone_weights.damage(weights, depth, value, CURVE).lost
    for member, layer in enumerate(depth[:2]):
        pairs = ((sums, layer), (impact, losses(layer, value)))
        for mine, raster in pairs:
            theirs = summed(features, raster)
            apart = np.abs(mine[:, member] - theirs) / np.maximum(np.abs(theirs), 1e-9)
            worst = max(worst, float(apart.max()))
    return worst


def cpu_s(work: Callable[[], Any], times: int) -> float:
    """Least CPU time of the process over some runs, the first of which is not counted."""
    work()
    taken = []
    for _ in range(times):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)
