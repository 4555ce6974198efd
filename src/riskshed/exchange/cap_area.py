"""The area of a CAP message on the ground: polygons and circles as shapes, and what lies outside.

A polygon's edges are straight in latitude and longitude, as in CAP and in GeoJSON. A circle has its radius in
kilometres on the ground. To ask whether it stays inside of a border it becomes a polygon that is drawn around
it, never inside of it, so that what reaches out is never taken for what stays in; the polygon exceeds the
circle by at most 2 % of the radius.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from shapely import Point, Polygon, box, is_valid_reason, prepare
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from riskshed.columns import shown
from riskshed.exchange.cap_alert import Area

_NUMBER = r"[-+]?(?:\d{1,4}(?:\.\d{0,20})?|\.\d{1,20})"
_PAIR = re.compile(rf"({_NUMBER}),({_NUMBER})", re.ASCII)
_RADIUS = r"\+?\d{1,6}(?:\.\d{0,20})?|\.\d{1,20}"
_CIRCLE = re.compile(rf"\s*({_NUMBER}),({_NUMBER})\s+({_RADIUS})\s*", re.ASCII)
RADIUS_KM_MAX = 20_038.0
"""Half of the equator."""
CORNERS = 64
# The smallest radius of curvature of the ellipsoid of WGS 84: by it, an angle is never taken too small.
_CURVATURE_KM = 6_335.439
# An edge that is straight in degrees runs inside of the great circle; far from the poles by less than this.
_EDGES = 1.005
_EARTH = box(-180.0, -90.0, 180.0, 90.0)


class Circle(NamedTuple):
    """A point, in degrees of WGS 84, and a radius."""

    lat: float
    lon: float
    radius_km: float


class BadAreaError(ValueError):
    """A text that is no polygon or no circle of CAP: what stood there, and what was wanted."""

    def __init__(self, code: str, got: str, wanted: str, todo: str = "") -> None:
        super().__init__(got)
        self.code, self.got, self.wanted, self.todo = code, got, wanted, todo


def polygon_of(text: str) -> Polygon:
    """The polygon of a text ``lat,lon lat,lon ...``; x is the longitude, y the latitude.

    Raises
    ------
    BadAreaError
        If it has fewer than four pairs, is not closed, leaves the globe, crosses itself or encloses nothing.

    Examples
    --------
    >>> polygon_of("45,126 46,126 46,127 45,127 45,126").bounds
    (126.0, 45.0, 127.0, 46.0)
    """
    pairs = text.split()
    points = [_point(pair) for pair in pairs]
    if len(points) < 4:
        raise BadAreaError("polygon_short", f"{len(points)} pairs", "at least 4, the last equal to the first")
    if points[0] != points[-1]:
        got = f"the first pair {shown(pairs[0])}, the last {shown(pairs[-1])}"
        raise BadAreaError("polygon_open", got, "both the same", "Repeat the first pair at the end.")
    polygon = Polygon([(lon, lat) for lat, lon in points])
    if not polygon.is_valid or polygon.area == 0.0:
        why = is_valid_reason(polygon) if not polygon.is_valid else "an area of zero"
        raise BadAreaError("polygon_shape", why, "a border that does not cross itself, around an area")
    return polygon


def circle_of(text: str) -> Circle:
    """The circle of a text ``lat,lon radius``.

    Raises
    ------
    BadAreaError

    Examples
    --------
    >>> circle_of("45.75,126.63 12.5")
    Circle(lat=45.75, lon=126.63, radius_km=12.5)
    """
    found = _CIRCLE.fullmatch(text)
    if found is None:
        raise BadAreaError("bad_circle", shown(text), 'a circle such as "45.75,126.63 12.5" (lat,lon km)')
    lat, lon = _on_the_globe(float(found[1]), float(found[2]), text)
    radius_km = float(found[3])
    if radius_km > RADIUS_KM_MAX:
        raise BadAreaError("bad_circle", f"a radius of {radius_km:g} km", f"at most {RADIUS_KM_MAX:g} km")
    return Circle(lat, lon, radius_km)


def _point(pair: str) -> tuple[float, float]:
    found = _PAIR.fullmatch(pair)
    if found is None:
        raise BadAreaError("bad_pair", shown(pair), 'pairs such as "45.75,126.63" (lat,lon)')
    return _on_the_globe(float(found[1]), float(found[2]), pair)


def _on_the_globe(lat: float, lon: float, text: str) -> tuple[float, float]:
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
        todo = "Latitude comes first." if abs(lat) <= 180.0 and abs(lon) <= 90.0 else ""
        raise BadAreaError("bad_pair", shown(text), "latitude -90 to 90, longitude -180 to 180", todo)
    return lat, lon


def around(circle: Circle) -> BaseGeometry:
    """A shape that holds the whole circle; a point where the radius is zero.

    Points on a sphere by the formula of the direct problem. A circle that comes near a pole (by four fifths
    of the way) becomes the whole globe; one across the 180th meridian reaches beyond 180 degrees.
    """
    if circle.radius_km == 0.0:
        return Point(circle.lon, circle.lat)
    angle = circle.radius_km / _CURVATURE_KM * _EDGES / math.cos(math.pi / CORNERS)
    lat = math.radians(circle.lat)
    if angle >= 0.8 * (math.pi / 2 - abs(lat)):
        return _EARTH
    corners = []
    for at in range(CORNERS):
        bearing = 2.0 * math.pi * at / CORNERS
        y = math.asin(math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing))
        east = math.sin(bearing) * math.sin(angle) * math.cos(lat)
        x = math.atan2(east, math.cos(angle) - math.sin(lat) * math.sin(y))
        corners.append((circle.lon + math.degrees(x), math.degrees(y)))
    return Polygon(corners)


def shapes_of(area: Area) -> tuple[BaseGeometry, ...]:
    """The polygons and circles of an area that was checked."""
    circles = (around(circle_of(text)) for text in area.circles)
    return (*(polygon_of(text) for text in area.polygons), *circles)


def outside_share(shapes: Iterable[BaseGeometry], jurisdiction: BaseGeometry) -> float:
    """Which share of the area lies outside, 0 to 1; 0 only if every shape is wholly covered."""
    prepare(jurisdiction)
    out = [shape for shape in shapes if not jurisdiction.covers(shape)]
    if not out:
        return 0.0
    whole = unary_union(out)
    if whole.area == 0.0:
        return 1.0
    return max(1e-9, whole.difference(jurisdiction).area / whole.area)
