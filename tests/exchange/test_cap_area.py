"""Polygons and circles of CAP on the ground: what is drawn around a circle holds all of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cap_messages import area, square
from shapely import Point, box

from riskshed.exchange.cap_area import (
    BadAreaError,
    Circle,
    around,
    circle_of,
    outside_share,
    polygon_of,
    shapes_of,
)

PLACES = [(0.0, 0.0), (44.5, 125.5), (-33.0, 151.0), (69.0, 18.0), (88.0, -10.0)]
SMALLEST_KM, LARGEST_KM = 6_335.439, 6_399.594
"""Radii of curvature of the ellipsoid of WGS 84: along the meridian at the equator, and at the poles."""


def rim(circle: Circle, earth_km: float, count: int = 720) -> list[Point]:
    """Points of a circle on a sphere, by vectors: another method than that of `around`."""
    lat, lon = math.radians(circle.lat), math.radians(circle.lon)
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.cross(up, east)
    angle = circle.radius_km / earth_km
    points = []
    for bearing in np.linspace(0.0, 2.0 * math.pi, count):
        side = math.cos(bearing) * north + math.sin(bearing) * east
        x, y, z = math.cos(angle) * up + math.sin(angle) * side
        points.append(Point(math.degrees(math.atan2(y, x)), math.degrees(math.asin(z))))
    return points


@pytest.mark.parametrize(("lat", "lon"), PLACES)
@pytest.mark.parametrize("radius_km", [0.1, 5.0, 100.0, 190.0])
def test_what_is_drawn_around_a_circle_holds_it(lat: float, lon: float, radius_km: float) -> None:
    circle = Circle(lat, lon, radius_km)
    drawn = around(circle)
    assert all(drawn.covers(point) for point in rim(circle, SMALLEST_KM * 1.000_000_1))


@pytest.mark.parametrize(("lat", "lon"), PLACES[:4])
def test_it_is_little_larger_than_the_circle(lat: float, lon: float) -> None:
    drawn = around(Circle(lat, lon, 10.0))
    assert not any(drawn.covers(point) for point in rim(Circle(lat, lon, 10.2), LARGEST_KM))


@pytest.mark.parametrize(
    "circle", [Circle(89.95, 0.0, 20.0), Circle(-60.0, 0.0, 4_000.0), Circle(0.0, 0.0, 12_000.0)]
)
def test_a_circle_that_comes_near_a_pole_is_the_whole_globe(circle: Circle) -> None:
    assert around(circle).equals(box(-180.0, -90.0, 180.0, 90.0))


def test_a_circle_across_the_180th_meridian_is_in_no_jurisdiction() -> None:
    fiji = box(170.0, -25.0, 180.0, -10.0)
    assert outside_share([around(Circle(-17.0, 179.9, 50.0))], fiji) > 0
    assert outside_share([around(Circle(-17.0, 179.0, 50.0))], fiji) == 0


def test_a_circle_without_a_radius_is_a_point() -> None:
    assert around(circle_of("44.5,125.5 0")).equals(Point(125.5, 44.5))


def test_x_is_the_longitude() -> None:
    assert polygon_of(square(44.0, 125.0, 1.0)).bounds == (125.0, 44.0, 126.0, 45.0)


def test_the_share_that_lies_outside_is_told() -> None:
    half = area(polygons=(square(44.0, 125.5, 1.0),))
    assert outside_share(shapes_of(half), box(125.0, 44.0, 126.0, 45.0)) == pytest.approx(0.5)


def test_what_touches_the_border_from_inside_is_inside() -> None:
    assert (
        outside_share([Point(125.0, 44.5), box(125.0, 44.0, 126.0, 45.0)], box(125.0, 44.0, 126.0, 45.0))
        == 0.0
    )


@pytest.mark.parametrize(
    "text", ["", "1,1", "1;1 2;1 2;2 1;1", "nan,0 1,0 1,1 nan,0", "1e1,1 2,1 2,2 1e1,1", "१,१ 2,1 2,2 १,१"]
)
def test_what_is_no_border_is_refused(text: str) -> None:
    with pytest.raises(BadAreaError):
        polygon_of(text)
