"""The line of the river through its sections, found on the pieces of river that a package holds.

The source cuts rivers at every degree, draws a wide river as two banks and lets tributaries end a little
short of the stem. So the pieces become a graph: a node every 2 km, an edge along each piece, and a dear edge
across each small gap. Between two neighbouring sections the stem is the shortest way through that graph.
Where there is no way, or only an absurd one, the stem is the straight line, and `Stem.straight` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

Points = NDArray[np.float64]

_SPACING_DEG = 0.02
_GAP_DEG = 0.06
_GAP_COST = 3.0
_REACH_DEG = 0.25
_DETOUR = 4.0
_DETOUR_DEG = 0.3


@dataclass(frozen=True)
class Stem:
    """The river from the first spot to the last.

    Attributes
    ----------
    legs : tuple of (point, 2) arrays
        Degrees, longitude first; leg `i` runs from spot `i` to spot `i + 1`.
    straight : tuple of bool
        True where the leg is only the straight line between its two spots.
    """

    legs: tuple[Points, ...]
    straight: tuple[bool, ...]


def follow(spots: Points, pieces: Sequence[Points]) -> Stem:
    """The river through `spots`, given in order down the stream.

    Parameters
    ----------
    spots : (spot, 2) array
        Degrees, longitude first.
    pieces : sequence of (point, 2) arrays
        Pieces of river around the spots, degrees; may be empty.
    """
    if len(spots) < 2:
        return Stem((), ())
    if not pieces:
        return Stem(tuple(spots[i : i + 2] for i in range(len(spots) - 1)), (True,) * (len(spots) - 1))
    return _along(spots, pieces)


def _along(spots: Points, pieces: Sequence[Points]) -> Stem:
    squeeze = np.array([np.cos(np.radians(spots[:, 1].mean())), 1.0])  # a degree east as short as it is
    nodes, edges, costs = _graph(pieces, squeeze)
    found = cKDTree(nodes * squeeze).query(spots * squeeze)
    away, at = np.asarray(found[0], np.float64), np.asarray(found[1], np.int64)
    graph = _sparse(len(nodes), edges, costs)
    before = np.asarray(dijkstra(graph, directed=False, indices=at[:-1], return_predecessors=True)[1])
    legs, straight = [], []
    for leg, (start, end) in enumerate(pairwise(at)):
        way = _way(before[leg], int(start), int(end))
        line = nodes[way] if way else spots[leg : leg + 2]
        near = max(away[leg], away[leg + 1]) <= _REACH_DEG
        is_river = bool(way) and near and _is_plausible(line * squeeze)
        legs.append(line if is_river else spots[leg : leg + 2])
        straight.append(not is_river)
    return Stem(tuple(legs), tuple(straight))


def _graph(pieces: Sequence[Points], squeeze: Points) -> tuple[Points, NDArray[np.int64], Points]:
    """Nodes (node, 2), edges (edge, 2) and their costs in degrees of latitude."""
    dense = [shapely.get_coordinates(shapely.LineString(p).segmentize(_SPACING_DEG)) for p in pieces]
    stacked = np.vstack(dense).round(4)
    nodes, node_of = np.unique(stacked, axis=0, return_inverse=True)
    ends = np.cumsum([len(line) for line in dense])
    starts = ends - [len(line) for line in dense]
    along = np.column_stack([node_of[:-1], node_of[1:]])
    along = np.delete(along, ends[:-1] - 1, axis=0)
    tips = np.unique(node_of[np.concatenate([starts, ends - 1])])
    close = cKDTree(nodes * squeeze).query_pairs(_GAP_DEG, output_type="ndarray")
    gaps = close[np.isin(close, tips).any(axis=1)]
    edges = np.vstack([along, gaps])
    lengths = np.hypot(*((nodes[edges[:, 0]] - nodes[edges[:, 1]]) * squeeze).T)
    lengths[len(along) :] *= _GAP_COST
    return nodes, edges, np.maximum(lengths, 1e-9)


def _sparse(count: int, edges: NDArray[np.int64], costs: Points) -> csr_array:
    # The cheaper of two parallel edges: a sparse matrix would add them up.
    low, high = edges.min(axis=1), edges.max(axis=1)
    order = np.lexsort((costs, high, low))
    low, high, costs = low[order], high[order], costs[order]
    first = np.r_[True, (np.diff(low) != 0) | (np.diff(high) != 0)]
    return coo_array((costs[first], (low[first], high[first])), shape=(count, count)).tocsr()


def _way(before: NDArray[np.int32], start: int, end: int) -> list[int]:
    """Nodes from start to end; empty where there is no way. One node twice where both are the same."""
    if start == end:
        return [start, end]
    way = [end]
    while way[-1] != start:
        previous = int(before[way[-1]])
        if previous < 0:
            return []
        way.append(previous)
    return way[::-1]


def _is_plausible(line: Points) -> bool:
    """A river may wind, but a way four times as long as the crow flies runs through another valley."""
    wound = float(np.hypot(*np.diff(line, axis=0).T).sum())
    crow = float(np.hypot(*(line[-1] - line[0])))
    return wound <= _DETOUR * crow + _DETOUR_DEG
