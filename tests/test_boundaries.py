"""GeoJSON: what the standard demands is demanded, what it recommends is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from riskshed.boundaries import Feature, read_geojson
from riskshed.errors import Fault

RING = [[125, 45], [126, 45], [126, 46], [125, 46], [125, 45]]
WGS_84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
GAUSS_KRUEGER = {"type": "name", "properties": {"name": "EPSG:2380"}}


def read(tmp_path: Path, document: object) -> tuple[tuple[Feature, ...] | None, list[Fault]]:
    path, faults = tmp_path / "boundaries.geojson", list[Fault]()
    path.write_text(json.dumps(document), encoding="utf-8")
    return read_geojson(path, faults), faults


def feature(kind: str, coordinates: object, **more: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"code": "1"}, "geometry": geometry} | more


def test_a_feature_keeps_its_geometry_properties_and_id(tmp_path: Path) -> None:
    found, faults = read(tmp_path, feature("Polygon", [RING], id="a"))
    assert not faults
    assert found is not None
    (one,) = found
    assert (one.id, one.properties) == ("a", {"code": "1"})
    assert one.geometry == {"type": "Polygon", "coordinates": [RING]}


@pytest.mark.parametrize(
    "document",
    [
        {"type": "FeatureCollection", "features": []},
        {"type": "Point", "coordinates": [125, 45, 120.5]},
        {"type": "Feature", "properties": None, "geometry": None},
        feature("Polygon", [RING[::-1]]),
        feature("MultiPolygon", [[RING]], crs=WGS_84, bbox=[125, 45, 126, 46]),
        feature("Polygon", []),
    ],
    ids=["nothing", "a height", "nulls", "clockwise", "the old way to say WGS 84", "empty"],
)
def test_what_the_standard_allows_is_accepted(tmp_path: Path, document: object) -> None:
    assert read(tmp_path, document)[1] == []


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([], "document"),
        ({"type": "Topology"}, "document.type"),
        ({"type": "FeatureCollection", "features": {}}, "features"),
        ({"type": "Feature", "geometry": None}, "document.properties"),
        ({"type": "Feature", "properties": {}}, "document.geometry"),
        (feature("Polygon", [RING[:-1]]), "document.geometry.coordinates[0]"),
        (feature("Polygon", [RING[:2]]), "document.geometry.coordinates[0]"),
        (feature("LineString", [[125, 45]]), "document.geometry.coordinates"),
        (feature("Point", [125, True]), "document.geometry.coordinates"),
        (feature("Point", [125, 91]), "document.geometry.coordinates"),
        (feature("Point", [10**400, 45]), "document.geometry.coordinates"),
        (feature("Polygon", [RING], id=[]), "document.id"),
        (feature("Polygon", [RING], bbox=[1, 2]), "document.bbox"),
        (feature("Polygon", [RING], features=[]), "document.features"),
        (feature("Polygon", [RING], crs=GAUSS_KRUEGER), "document.crs"),
        (feature("Polygon", [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]), "document.geometry"),
    ],
)
def test_what_the_standard_forbids_is_named_by_its_place(
    tmp_path: Path, document: object, place: str
) -> None:
    found, faults = read(tmp_path, document)
    assert found is None
    assert place in [fault.column for fault in faults]


def test_a_polygon_that_crosses_itself_says_where(tmp_path: Path) -> None:
    _, faults = read(tmp_path, feature("Polygon", [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]))
    assert faults[0].got == "Self-intersection[1 1]"
