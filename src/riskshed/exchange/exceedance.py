"""Lines of equal probability over a few scattered points, drawn straight between them.

The points are joined to triangles (Delaunay), within each of which the probability changes evenly; the area
at or above a level is cut out of each triangle, and the pieces are put together. Nothing is drawn outside
the points, since nothing is known there. Few points carry no such line, and none is drawn then.
"""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

POINTS_MIN = 6
"""With fewer points a line would be an invention."""
GRID = 1e-9
"""Share of the extent to which corners are rounded."""
Point = tuple[float, float]


def carries_lines(points: Sequence[Point]) -> bool:
    """Whether there are enough points, not all on one line.

    Examples
    --------
    >>> carries_lines([(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)])
    False
    """
    apart = set(points)
    return len(apart) >= POINTS_MIN and shapely.MultiPoint(list(apart)).convex_hull.area > 0


def above(points: Sequence[Point], values: Sequence[float], level: float) -> BaseGeometry:
    """The area in which the value is at or above a level; empty where it is nowhere, or the points are few.

    Parameters
    ----------
    points : sequence of (x, y)
    values : sequence of float
        One for each point; of several at one place the highest counts.
    level : float

    Examples
    --------
    >>> square = [(0.0, 0.0), (2.0, 0.0), (0.0, 2.0), (2.0, 2.0), (1.0, 1.0), (1.0, 0.0)]
    >>> above(square, [0, 0, 0, 0, 1, 0], 0.5).area < above(square, [0, 0, 0, 0, 1, 0], 0.1).area
    True
    """
    highest: dict[Point, float] = {}
    for point, value in zip(points, values, strict=True):
        highest[point] = max(value, highest.get(point, value))
    if not carries_lines(points):
        return shapely.Polygon()
    triangles = shapely.delaunay_triangles(shapely.MultiPoint(list(highest)))
    pieces = []
    for triangle in shapely.get_parts(triangles):
        corners = [(float(x), float(y)) for x, y in shapely.get_coordinates(triangle)[:3]]
        piece = _cut(corners, [highest[corner] for corner in corners], level)
        if len(piece) >= 3:
            pieces.append(shapely.Polygon(piece))
    # Without a grid the union of touching slivers may lose a part of them (GEOS).
    west, south, east, north = triangles.bounds
    return shapely.union_all(
        [shapely.make_valid(piece) for piece in pieces], grid_size=GRID * max(east - west, north - south)
    )


def _cut(corners: Sequence[Point], values: Sequence[float], level: float) -> list[Point]:
    """The part of a triangle at or above a level, corner by corner."""
    kept: list[Point] = []
    for at in range(3):
        (x, y), (u, v) = corners[at], corners[(at + 1) % 3]
        here, there = values[at], values[(at + 1) % 3]
        if here >= level:
            kept.append((x, y))
        if (here >= level) != (there >= level):
            share = (level - here) / (there - here)
            kept.append((x + share * (u - x), y + share * (v - y)))
    return kept
