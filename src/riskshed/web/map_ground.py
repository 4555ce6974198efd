"""The ground of the map: the river, the cities, and where their names stand; drawn once for each region.

Nothing here changes with time. What does (which city is reached, how soon) is a class and a text that the
page puts upon it. The same shapes in degrees, as GeoJSON, are what the map shows that can be moved.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from riskshed.exchange import geography
from riskshed.exchange.atlas import Atlas, Note, Spot, draw, line_path
from riskshed.exchange.lettering import Label, Place, place, text_width
from riskshed.exchange.stem import follow
from riskshed.region import Region

NAME_SIZE, SUB_SIZE, PHONE_SIZE, DOT = 40, 34, 62, 11
_LONGEST = {"zh": "15 天 11 小时后", "en": "in 15 d 11 h"}
"""The widest second line that a name has to have room for."""
_THIN_DEG = 0.01
_EDGE = 16.0
_SCALES_KM = (5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True)
class Lettered:
    """A name on the map, with the heights of its two lines."""

    city: str
    name: str
    place: Place
    first: float
    second: float


@dataclass(frozen=True)
class Ground:
    """What the map stands on.

    Attributes
    ----------
    atlas : Atlas
    river : str
        Path data of the river through its sections; empty where there is none.
    dots : mapping of city to (x, y)
    names : mapping of language to names
        In full, with room for a second line.
    phone : mapping of language to names
        Large, and without a second line.
    bar_km, bar_units : int, float
        The bar of the scale.
    notes : tuple of Note
    """

    atlas: Atlas
    river: str
    dots: Mapping[str, tuple[float, float]]
    names: Mapping[str, tuple[Lettered, ...]]
    phone: Mapping[str, tuple[Lettered, ...]]
    bar_km: int
    bar_units: float
    notes: tuple[Note, ...]


_made: dict[str, Ground | None] = {}
_shapes_made: dict[str, str] = {}
_guard = threading.Lock()  # owns both: a map takes a second or two, and is made once (`Warm` sees to it)


def ground(region: Region) -> Ground | None:
    """The ground of a region; None where nobody knows where anything lies."""
    with _guard:
        if region.digest not in _made:
            _made[region.digest] = _ground(region)
        return _made[region.digest]


def has_places(region: Region) -> bool:
    """Whether anybody knows where anything lies; at once, and without drawing."""
    return bool(_spots(region))


def _ground(region: Region) -> Ground | None:
    spots = _spots(region)
    has_river = bool(region.sections)
    atlas = draw(spots, own=_own(region), down_river=has_river) if spots else None
    if atlas is None:
        return None
    legs = atlas.legs if has_river else ()
    dots = {spot.city: atlas.spots[spot.id] for spot in reversed(spots)}
    named = {city.code: (city.name_zh, city.name_en) for city in region.cities if city.code in dots}
    names = {
        tongue: {code: name[at] for code, name in named.items()} for at, tongue in enumerate(("zh", "en"))
    }
    bar_km = max([km for km in _SCALES_KM if km * atlas.view.units_per_km <= 320], default=_SCALES_KM[0])
    return Ground(
        atlas=atlas,
        river="".join(line_path(leg) for leg in legs),
        dots=dots,
        names={tongue: _letter(atlas, legs, dots, names[tongue], tongue) for tongue in names},
        phone={tongue: _letter(atlas, legs, dots, names[tongue], "") for tongue in names},
        bar_km=bar_km,
        bar_units=round(bar_km * atlas.view.units_per_km, 1),
        notes=atlas.notes,
    )


def _spots(region: Region) -> list[Spot]:
    """Sections down the river where there are any, else cities; only those with a point."""
    sections = [one for one in region.sections if one.lat is not None and one.lon is not None]
    if sections:
        return [Spot(one.id, one.city, float(one.lon or 0), float(one.lat or 0)) for one in sections]
    return [
        Spot(one.code, one.code, one.lon, one.lat)
        for one in region.cities
        if one.lat is not None and one.lon is not None
    ]


def _own(region: Region) -> dict[str, BaseGeometry]:
    return {code: shapely.geometry.shape(dict(shape)) for code, shape in region.boundaries.items()}


def _letter(
    atlas: Atlas,
    legs: Iterable[Any],
    dots: Mapping[str, tuple[float, float]],
    names: Mapping[str, str],
    tongue: str,
) -> tuple[Lettered, ...]:
    """Where names stand; without a language they are large and have no second line."""
    size, sub = (NAME_SIZE, SUB_SIZE) if tongue else (PHONE_SIZE, 0)
    below = text_width(_LONGEST[tongue], sub) if tongue else 0.0
    height = (size + sub) * 1.12
    labels = [
        Label(code, *dots[code], max(text_width(name, size, bold=True), below), height)
        for code, name in names.items()
    ]
    view = atlas.view
    places = place(
        labels,
        frame=(_EDGE, _EDGE, view.width - _EDGE, view.height - _EDGE),
        line=_dense(legs),
        dot=DOT,
        keep_out=[(0.0, view.height - 96.0, 420.0, float(view.height))],
        fills=atlas.filled,
        worth=60.0 if tongue else 14.0,
    )
    return tuple(
        Lettered(code, names[code], at, at.box[1] + size * 0.9, at.box[1] + size * 1.12 + sub * 0.9)
        for code, at in places.items()
    )


def _dense(legs: Iterable[Any], spacing: float = 10.0) -> Any:
    lines = [leg for leg in legs if len(leg) > 1]
    if not lines:
        return np.empty((0, 2))
    whole = shapely.LineString(np.vstack(lines)).segmentize(spacing)
    return shapely.get_coordinates(whole)


# ---------------------------------------------------------------------------------------------- in degrees


def geojson(region: Region) -> str:
    """Areas, river and points of a region in degrees, as one FeatureCollection; points hold both names."""
    with _guard:
        if region.digest not in _shapes_made:
            _shapes_made[region.digest] = json.dumps(_collection(region), ensure_ascii=False)
        return _shapes_made[region.digest]


def _collection(region: Region) -> dict[str, Any]:
    spots = _spots(region)
    named = {city.code: {"zh": city.name_zh, "en": city.name_en} for city in region.cities}
    own = _own(region)
    areas, points = [], []
    for code, spot in {one.city: one for one in reversed(spots)}.items():
        shape = own.get(code) or _boundary(code, spot)
        if shape is not None:
            areas.append((shape.area, _feature(shape.simplify(_THIN_DEG), sort="area", city=code)))
        point = shapely.Point(spot.longitude, spot.latitude)
        points.append(_feature(point, sort="city", city=code, **named.get(code, {})))
    # The larger first, so that a county lies upon its prefecture.
    features = [feature for _, feature in sorted(areas, key=lambda one: -one[0])]
    if region.sections and len(spots) > 1:
        degrees = np.array([(spot.longitude, spot.latitude) for spot in spots], dtype=np.float64)
        low, high = degrees.min(axis=0) - 1, degrees.max(axis=0) + 1
        pieces = [line.points for line in geography.rivers((*low, *high))]
        legs = shapely.MultiLineString(list(follow(degrees, pieces).legs)).simplify(_THIN_DEG / 2)
        features.append(_feature(legs, sort="river"))
    return {"type": "FeatureCollection", "features": [*features, *points]}


def _feature(shape: BaseGeometry, **properties: str) -> dict[str, Any]:
    rounded = shapely.set_precision(shape, 1e-4)
    return {"type": "Feature", "geometry": shapely.geometry.mapping(rounded), "properties": properties}


def _boundary(code: str, spot: Spot) -> BaseGeometry | None:
    """A prefecture by its code, else a district by its code, else the district that holds the point."""
    near = (spot.longitude - 4, spot.latitude - 4, spot.longitude + 4, spot.latitude + 4)
    found = geography.areas("city", near, codes=[code]) or geography.areas("district", near, codes=[code])
    if found:
        return found[0].shape
    area = geography.area_at("district", spot.longitude, spot.latitude)
    return area.shape if area is not None and area.code[:4] == code[:4] else None
