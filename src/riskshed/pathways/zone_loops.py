"""The loops of zones on a grid: a layer summed by zone, and depth turned into losses by zone in one pass.

Runs are read as slices of their own, so that the compiler sees a plain count from 0 and uses whole vectors;
with indices into the layer it does not, and is six times slower. Sums are float64 whatever the layer is.
A curve comes as pieces, ``base + rise x intensity`` from each of the points on; where they are evenly wide,
`per` (pieces in a unit of intensity) finds the piece by one multiplication, and is 0 where they are not.
Of a run, members are the inner loop, so that the value of a stretch is fetched once for all of them.
`reassoc` lets a sum be taken in several lanes: the last bits then depend on the processor, some 1e-15 of
the sum. NaN keeps its meaning (`nnan` is not set).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

BLOCK = 32
"""Cells that are looked at together: a block without water is passed over."""


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})  # type: ignore[untyped-decorator]
def add_layers(
    run_first: npt.NDArray[Any],
    run_end: npt.NDArray[Any],
    run_zone: npt.NDArray[Any],
    edge_start: npt.NDArray[Any],
    edge_cell: npt.NDArray[Any],
    edge_weight: npt.NDArray[Any],
    layers: npt.NDArray[Any],
    total: npt.NDArray[Any],
) -> None:  # pragma: no cover (compiled)
    """Add layers (layer, cell) to total (layer, zone)."""
    for m in range(layers.shape[0]):
        layer = layers[m]
        for r in range(run_first.size):
            stretch = layer[run_first[r] : run_end[r]]
            part = 0.0
            for c in range(stretch.size):
                v = np.float64(stretch[c])
                part += 0.0 if np.isnan(v) else v
            total[m, run_zone[r]] += part
        for z in range(edge_start.size - 1):
            cells = edge_cell[edge_start[z] : edge_start[z + 1]]
            weights = edge_weight[edge_start[z] : edge_start[z + 1]]
            part = 0.0
            for c in range(cells.size):
                v = np.float64(layer[cells[c]])
                part += 0.0 if np.isnan(v) else weights[c] * v
            total[m, z] += part


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def _share(
    d: float,
    points: npt.NDArray[Any],
    base: npt.NDArray[Any],
    rises: npt.NDArray[Any],
    per: float,
) -> float:  # pragma: no cover (compiled)
    # Written so that NaN falls on the first point, and never on an address.
    x = d if d > points[0] else points[0]
    x = x if x < points[-1] else points[-1]
    k = np.int64((x - points[0]) * per)
    if per == 0.0:
        for j in range(1, points.size):
            k += x >= points[j]
    k = np.uint64(k)  # type: ignore[assignment]  # an address that cannot be below 0 needs no look
    return base[k] + rises[k] * x  # type: ignore[no-any-return]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})  # type: ignore[untyped-decorator]
def add_damage_of_runs(
    run_first: npt.NDArray[Any],
    run_end: npt.NDArray[Any],
    run_zone: npt.NDArray[Any],
    intensity: npt.NDArray[Any],
    value: npt.NDArray[Any],
    points: npt.NDArray[Any],
    base: npt.NDArray[Any],
    rises: npt.NDArray[Any],
    per: float,
    dry: float,
    low: float,
    high: float,
    found: npt.NDArray[Any],
) -> None:  # pragma: no cover (compiled)
    """Add lost, extrapolated and unknown cells to found (3, member, zone); intensity is (member, cell)."""
    for r in range(run_first.size):
        for m in range(intensity.shape[0]):
            layer = intensity[m]
            lost, beyond, unknown = 0.0, 0.0, 0.0
            for begin in range(run_first[r], run_end[r], BLOCK):
                end = min(begin + BLOCK, run_end[r])
                depth = layer[begin:end]
                wet = 0
                for c in range(depth.size):
                    wet += not (depth[c] <= dry)  # NaN is not known to be dry
                if wet == 0:
                    continue
                worth = value[begin:end]
                for c in range(depth.size):
                    if depth[c] <= dry:  # water lies together, so that this is foretold well
                        continue
                    d, v = np.float64(depth[c]), np.float64(worth[c])
                    loss = _share(d, points, base, rises, per) * v
                    if (d >= low) & (d <= high) & (v == v):  # noqa: PLR0124 (not NaN, in one instruction)
                        lost += loss
                    elif np.isnan(d) or np.isnan(v):
                        unknown += 1.0
                    else:
                        lost += loss
                        beyond += loss
            found[0, m, run_zone[r]] += lost
            found[1, m, run_zone[r]] += beyond
            found[2, m, run_zone[r]] += unknown


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})  # type: ignore[untyped-decorator]
def add_damage_of_edges(
    edge_start: npt.NDArray[Any],
    edge_cell: npt.NDArray[Any],
    edge_weight: npt.NDArray[Any],
    intensity: npt.NDArray[Any],
    value: npt.NDArray[Any],
    points: npt.NDArray[Any],
    base: npt.NDArray[Any],
    rises: npt.NDArray[Any],
    per: float,
    dry: float,
    low: float,
    high: float,
    found: npt.NDArray[Any],
) -> None:  # pragma: no cover (compiled)
    """The same for cells on a border, each with its weight."""
    for m in range(intensity.shape[0]):
        layer = intensity[m]
        for z in range(edge_start.size - 1):
            for i in range(edge_start[z], edge_start[z + 1]):
                given = layer[edge_cell[i]]
                if given <= dry:
                    continue
                d, v, w = np.float64(given), np.float64(value[edge_cell[i]]), edge_weight[i]
                if np.isnan(d) or np.isnan(v):
                    found[2, m, z] += w
                    continue
                loss = w * v * _share(d, points, base, rises, per)
                found[0, m, z] += loss
                if d < low or d > high:
                    found[1, m, z] += loss
