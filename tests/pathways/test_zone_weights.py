"""Zones on a grid: the cut adds up, agrees with exactextract, is kept, and says what it does not cover."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

from riskshed.errors import DomainError, InputFaults
from riskshed.pathways import vulnerability, zone_weights
from riskshed.pathways.zone_weights import Grid, damage, sums

GRID = Grid(100.0, 30.0, 110.0, 38.0, rows=80, columns=100)
CURVE = vulnerability.published()["jrc-asia-residential"]
SHORE = vulnerability.step("shore", 1.0, quantity="depth", unit="m", source="test")


def cities(count: int = 7) -> dict[str, Any]:
    """Cities that share the middle of the grid among them, with borders across its cells."""
    points = np.random.default_rng(4).uniform([101, 31], [109, 37], (count, 2))
    box = shapely.box(100.53, 30.57, 109.41, 37.39)
    parts = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=box).geoms
    return {f"c{i}": shapely.geometry.mapping(part & box) for i, part in enumerate(parts)}


WEIGHTS = zone_weights.zone_weights(GRID, cities())


def layers(count: int = 3, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).gamma(0.4, 2.0, (count, 80, 100)).astype(np.float32)


def test_sums_agree_with_exactextract() -> None:
    features = [{"type": "Feature", "properties": {}, "geometry": g} for g in cities().values()]
    for row, layer in enumerate(layers()):
        raster = NumPyRasterSource(layer, 100.0, 30.0, 110.0, 38.0)
        theirs = [f["properties"]["sum"] for f in exact_extract(raster, features, ["sum"])]
        assert sums(WEIGHTS, layers())[:, row] == pytest.approx(theirs, rel=1e-9)


def test_sums_leave_out_what_is_unknown() -> None:
    layer = np.where(np.arange(100) < 50, np.nan, layers()[0])
    assert sums(WEIGHTS, layer) == pytest.approx(sums(WEIGHTS, np.nan_to_num(layer)), rel=1e-12)


def test_the_weights_add_up_to_the_area() -> None:
    areas = [shapely.geometry.shape(g).area / GRID.cell_area for g in cities().values()]
    assert sums(WEIGHTS, np.ones((80, 100)))[:, 0] == pytest.approx(areas, rel=1e-9)
    assert WEIGHTS.outside == ()
    assert WEIGHTS.caveats() == ()


UNEVEN = replace(CURVE, intensity=[0.1, 0.45, 1.3, 2.0], share=[0.0, 0.3, 0.3, 0.9])
STAIRS = replace(SHORE, intensity=np.array([0.5, 1.0, 3.0]), share=np.array([0.2, 0.5, 1.0]))


@pytest.mark.parametrize("curve", [CURVE, UNEVEN, SHORE, STAIRS], ids=["even", "uneven", "step", "stairs"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_one_pass_loses_what_a_raster_of_losses_would(curve: vulnerability.Curve, kind: type) -> None:
    depth = layers(4, seed=2).astype(kind) - kind(0.2)
    depth[:, 20:60] = np.minimum(depth[:, 20:60], 0)  # most of the land is dry
    value = layers(1, seed=3)[0]
    share, beyond = curve.lost(depth)
    found = damage(WEIGHTS, depth, value, curve)
    assert found.lost == pytest.approx(sums(WEIGHTS, share * value), rel=1e-9)
    assert found.extrapolated == pytest.approx(sums(WEIGHTS, share * value * beyond), rel=1e-9)
    assert found.lower_bound == ()


def test_depths_beyond_the_curve_are_marked() -> None:
    found = damage(WEIGHTS, np.full((80, 100), 7.0), np.ones((80, 100)), CURVE)
    assert found.extrapolated == pytest.approx(found.lost)
    assert (damage(WEIGHTS, np.full((80, 100), 6.0), np.ones((80, 100)), CURVE).extrapolated == 0).all()


def test_a_curve_that_starts_above_nothing_loses_on_dry_land_too() -> None:
    always = replace(CURVE, intensity=[0.0, 1.0], share=[0.25, 1.0])
    found = damage(WEIGHTS, np.full((80, 100), -1.0), np.ones((80, 100)), always)
    assert found.lost == pytest.approx(0.25 * sums(WEIGHTS, np.ones((80, 100))))
    assert found.extrapolated == pytest.approx(found.lost)


@pytest.mark.parametrize("unknown", ["depth", "value"])
def test_what_is_unknown_is_counted_and_makes_a_lower_bound(unknown: str) -> None:
    depth, value = np.full((80, 100), 2.0), np.ones((80, 100))
    {"depth": depth, "value": value}[unknown][:, :50] = np.nan
    found = damage(WEIGHTS, depth, value, CURVE)
    hidden = sums(WEIGHTS, np.isnan(depth * value).astype(float))
    assert found.unknown_cells == pytest.approx(hidden)
    assert found.lost == pytest.approx(0.721 * sums(WEIGHTS, (~np.isnan(depth * value)).astype(float)))
    assert set(found.lower_bound) == {z for z, row in zip(WEIGHTS.zones, hidden, strict=True) if row > 0}


def test_an_unknown_value_on_dry_land_hides_nothing() -> None:
    found = damage(WEIGHTS, np.zeros((80, 100)), np.full((80, 100), np.nan), CURVE)
    assert (found.unknown_cells == 0).all()


def test_a_city_beyond_the_grid_is_named() -> None:
    polygons = {"in": box(101, 31, 102, 32), "half": box(109, 31, 111, 32), "off": box(120, 31, 121, 32)}
    weights = zone_weights.zone_weights(GRID, polygons)
    assert weights.inside == pytest.approx([1.0, 0.5, 0.0])
    assert weights.outside == ("half", "off")
    assert weights.caveats()[0].places == ("half", "off")
    assert sums(weights, np.ones((80, 100)))[:, 0] == pytest.approx([100, 100, 0])


def box(*edges: float) -> dict[str, Any]:
    return dict(shapely.geometry.mapping(shapely.box(*edges)))


def same(one: zone_weights.ZoneWeights, two: zone_weights.ZoneWeights) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(two, name)) for name in zone_weights.KEPT)


def test_the_cut_is_kept_and_taken_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zone_weights.zone_weights(GRID, cities(), cache=tmp_path)
    monkeypatch.setattr(zone_weights, "_cut", lambda *_: pytest.fail("it was cut again"))
    assert same(zone_weights.zone_weights(GRID, cities(), cache=tmp_path), WEIGHTS)


def test_another_grid_or_boundary_has_a_file_of_its_own(tmp_path: Path) -> None:
    for grid, count in ((GRID, 7), (replace(GRID, rows=81), 7), (GRID, 6)):
        zone_weights.zone_weights(grid, cities(count), cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def spoilt(path: Path, how: str) -> None:
    with np.load(path) as data:
        parts = dict(data)
    if how == "cut short":
        path.write_bytes(path.read_bytes()[:900])
    elif how == "beyond the grid":
        np.savez(path, **parts | {"run_end": parts["run_end"] + 10**6})
    elif how == "of other zones":
        np.savez(path, **parts | {"run_zone": parts["run_zone"] + 9})
    elif how == "an edge beyond the grid":
        np.savez(path, **parts | {"edge_cell": parts["edge_cell"] + 10**6})
    else:
        half = {"digest": np.array("0" * 64), "edge_weight": parts["edge_weight"] / 2}
        np.savez(path, **parts | half)


@pytest.mark.parametrize(
    "how", ["cut short", "beyond the grid", "of other zones", "an edge beyond the grid", "another digest"]
)
def test_a_spoilt_file_is_made_again(tmp_path: Path, how: str) -> None:
    zone_weights.zone_weights(GRID, cities(), cache=tmp_path)
    (path,) = tmp_path.iterdir()
    spoilt(path, how)
    assert same(zone_weights.zone_weights(GRID, cities(), cache=tmp_path), WEIGHTS)
    assert same(zone_weights.zone_weights(GRID, cities(), cache=tmp_path), WEIGHTS)


@pytest.mark.parametrize(
    ("geometry", "named"),
    [
        ({"type": "Point", "coordinates": [101, 31]}, "a Point"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "Self-intersection"),
        ({"type": "Polygon", "coordinates": []}, "nothing"),
        ({"type": "Circle"}, "no geometry"),
        ({}, "no geometry"),
    ],
)
def test_a_boundary_that_cannot_be_is_named(geometry: dict[str, Any], named: str) -> None:
    with pytest.raises(InputFaults, match=rf"bad, column geometry: got .*{named}"):
        zone_weights.zone_weights(GRID, {"good": box(101, 31, 102, 32), "bad": geometry})


def test_no_zones_and_no_grid_are_refused() -> None:
    with pytest.raises(InputFaults, match="at least one zone"):
        zone_weights.zone_weights(GRID, {})
    for wrong in ({"west": 111.0}, {"rows": 0}, {"north": np.inf}):
        with pytest.raises(DomainError):
            replace(GRID, **wrong)


def test_layers_of_another_grid_and_values_below_zero_are_refused() -> None:
    with pytest.raises(DomainError, match=r"want \(80, 100\)"):
        sums(WEIGHTS, np.ones((80, 99)))
    with pytest.raises(DomainError, match="2 layers, want 1"):
        damage(WEIGHTS, np.ones((80, 100)), np.ones((2, 80, 100)), CURVE)
    for wrong in (-1.0, np.inf):
        value = np.ones((80, 100))
        value[3, 4] = wrong
        with pytest.raises(DomainError, match="below 0 or infinite"):
            damage(WEIGHTS, np.ones((80, 100)), value, CURVE)
