"""GeoJSON read strictly (RFC 7946): features whose geometries can be drawn, measured and told apart.

The standard's MUSTs are faults. Its recommendations are not (winding order, precision), except the two that
would leave open what is meant: nested or one-membered collections. A coordinate reference system of the older
standard is a fault unless it is WGS 84, because the same numbers would mean other places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskshed.errors import Fault
from riskshed.tables import LIMITS, FaultBook, Limits, json_of, read_json, shown

WGS_84 = (
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "urn:ogc:def:crs:OGC::CRS84",
    "EPSG:4326",
    "urn:ogc:def:crs:EPSG::4326",
)
NOT_MEMBERS = {
    "FeatureCollection": ("coordinates", "geometries", "geometry", "properties"),
    "Feature": ("coordinates", "geometries", "features"),
    "geometry": ("geometry", "properties", "features"),
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One GeoJSON feature; `geometry` is the plain GeoJSON object, or None where the file has null."""

    geometry: Mapping[str, Any] | None
    properties: Mapping[str, Any]
    id: str | float | None = None


def read_geojson(path: Path, faults: list[Fault], *, limits: Limits = LIMITS) -> tuple[Feature, ...] | None:
    """Read a FeatureCollection, a Feature, or one geometry.

    Parameters
    ----------
    path : Path
    faults : list of Fault
        Every fault is added, with the path of the member as its column; nothing is raised.

    Returns
    -------
    tuple of Feature, or None if the file had a fault.
    """
    before = len(faults)
    document = read_json(path, faults, limits=limits)
    return None if len(faults) > before else _features(document, FaultBook(str(path), faults, limits))


def geojson_of(
    data: bytes, faults: list[Fault], *, where: str, limits: Limits = LIMITS
) -> tuple[Feature, ...] | None:
    """The features in the bytes of a GeoJSON text that was sent; otherwise as `read_geojson`."""
    before = len(faults)
    document = json_of(data, faults, where=where, limits=limits)
    return None if len(faults) > before else _features(document, FaultBook(where, faults, limits))


def _features(document: Any, book: FaultBook) -> tuple[Feature, ...] | None:
    features = _Walk(book).root(document)
    return None if book.close() else tuple(features)


class _Walk:
    """Visits each member once and writes what is wrong into the book."""

    def __init__(self, book: FaultBook) -> None:
        self.book = book
        self.depth: Mapping[str, Callable[[Any, str], object]] = {
            "Point": self.position,
            "MultiPoint": lambda value, at: self.each(self.position, value, at, 0),
            "LineString": self.line,
            "MultiLineString": lambda value, at: self.each(self.line, value, at, 0),
            "Polygon": self.polygon,
            "MultiPolygon": lambda value, at: self.each(self.polygon, value, at, 0),
        }

    def wrong(self, at: str, got: object, wanted: str, todo: str = "") -> None:
        text = got if isinstance(got, str) else type(got).__name__
        self.book.add("geojson.not_valid", None, at, text, wanted, todo)

    def root(self, value: Any) -> list[Feature]:
        kind = self.kind(
            value, "document", ("FeatureCollection", "Feature", "GeometryCollection", *self.depth)
        )
        if kind == "FeatureCollection":
            self.members(value, kind, "document")
            features = value.get("features")
            if not isinstance(features, list):
                self.wrong("features", features, "an array of features")
                return []
            return [self.feature(one, f"features[{i}]") for i, one in enumerate(features)]
        if kind == "Feature":
            return [self.feature(value, "document")]
        if kind:
            self.geometry(value, "document")
            return [Feature(value, {})]
        return []

    def kind(self, value: Any, at: str, known: tuple[str, ...]) -> str:
        """The type of an object; empty, and a fault, if it has none of the known ones."""
        if not isinstance(value, dict):
            self.wrong(at, value, "an object with a type")
        elif not isinstance(value.get("type"), str):
            self.wrong(f"{at}.type", value.get("type"), "a type")
        elif value["type"] not in known:
            self.wrong(f"{at}.type", shown(value["type"]), f"one of {', '.join(known)}")
        else:
            return str(value["type"])
        return ""

    def members(self, value: Mapping[str, Any], kind: str, at: str) -> None:
        for name in NOT_MEMBERS[kind]:
            if name in value:
                self.wrong(f"{at}.{name}", f"a member {name}", f"none in a {kind}", "Remove it.")
        box = value.get("bbox", [0, 0, 0, 0])
        if not isinstance(box, list) or len(box) not in (4, 6) or not all(map(_is_number, box)):
            self.wrong(f"{at}.bbox", "something else", "an array of 4 or 6 numbers")
        if "crs" in value and not _is_wgs_84(value["crs"]):
            todo = "Convert the coordinates, then remove crs."
            self.wrong(f"{at}.crs", "another reference system", "longitude and latitude on WGS 84", todo)

    def feature(self, value: Any, at: str) -> Feature:
        if not self.kind(value, at, ("Feature",)):
            return Feature(None, {})
        self.members(value, "Feature", at)
        properties = value.get("properties")
        if "properties" not in value or not isinstance(properties, dict | None):
            self.wrong(f"{at}.properties", properties, "an object, or null")
            properties = None
        if "geometry" not in value:
            self.wrong(f"{at}.geometry", "no geometry", "a geometry, or null")
        geometry, name = value.get("geometry"), value.get("id")
        if geometry is not None:
            self.geometry(geometry, f"{at}.geometry")
        if "id" in value and not (isinstance(name, str) or _is_number(name)):
            self.wrong(f"{at}.id", name, "a text or a number")
        return Feature(geometry, properties or {}, name)

    def geometry(self, value: Any, at: str, *, inside: bool = False) -> None:
        known = (*self.depth,) if inside else ("GeometryCollection", *self.depth)
        kind = self.kind(value, at, known)
        if not kind:
            return
        self.members(value, "geometry", at)
        if kind == "GeometryCollection":
            parts = value.get("geometries")
            if not isinstance(parts, list) or len(parts) == 1:
                self.wrong(f"{at}.geometries", parts, "an array of several geometries")
                return
            for i, part in enumerate(parts):
                self.geometry(part, f"{at}.geometries[{i}]", inside=True)
            return
        before = self.book.count
        self.depth[kind](value.get("coordinates"), f"{at}.coordinates")
        if self.book.count == before and "Polygon" in kind:
            self.valid(value, at)

    def each(self, check: Callable[[Any, str], object], value: Any, at: str, least: int) -> bool:
        if not isinstance(value, list):
            self.wrong(at, value, "an array, nested more deeply")
            return False
        if len(value) < least:
            self.wrong(at, f"{len(value)} of them", f"at least {least}")
        for i, one in enumerate(value):
            check(one, f"{at}[{i}]")
        return True

    def position(self, value: Any, at: str) -> None:
        if not isinstance(value, list) or not 2 <= len(value) <= 3 or not all(map(_is_number, value)):
            self.wrong(at, value, "longitude, latitude and perhaps height")
        elif not (-180 <= value[0] <= 180 and -90 <= value[1] <= 90):
            todo = "Longitude comes first; convert projected coordinates to WGS 84."
            self.wrong(at, f"{value[0]:g}, {value[1]:g}", "-180 to 180, -90 to 90 degrees", todo)

    def line(self, value: Any, at: str) -> None:
        self.each(self.position, value, at, 2)

    def polygon(self, value: Any, at: str) -> None:
        self.each(self.ring, value, at, 0)

    def ring(self, value: Any, at: str) -> None:
        if self.each(self.position, value, at, 4) and value and value[0] != value[-1]:
            self.wrong(at, "an open ring", "first and last position the same", "Close the ring.")

    def valid(self, value: Mapping[str, Any], at: str) -> None:
        # imported here because it takes longer than everything else that reading a region needs
        from shapely.errors import ShapelyError  # noqa: PLC0415
        from shapely.geometry import shape  # noqa: PLC0415
        from shapely.validation import explain_validity  # noqa: PLC0415

        try:
            found = explain_validity(shape(dict(value)))
        except (ShapelyError, ValueError, TypeError) as error:  # a mixture of two and three dimensions
            found = str(error)
        if found != "Valid Geometry":
            self.wrong(at, shown(found)[1:-1], "a valid polygon", "Mend it there (in QGIS: Fix geometries).")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def _is_wgs_84(crs: object) -> bool:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return isinstance(properties, dict) and properties.get("name") in WGS_84
