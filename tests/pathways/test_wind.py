"""Winds: what they cover, when they were known, and how they blow between their rows."""

from __future__ import annotations

from datetime import timedelta

import cast
import numpy as np
import pytest
import releases

from riskshed.errors import InputError
from riskshed.pathways import wind
from riskshed.winds import GridWinds

HOUR_S = 3600.0


def test_a_field_counts_from_the_release_and_keeps_the_winds() -> None:
    grid = releases.grid()
    field = wind.field(grid, cast.SPILL + timedelta(hours=1), 125.0)
    assert field.time_s.tolist() == [-HOUR_S, 71 * HOUR_S]
    assert field.uv_m_s.shape == (*grid.u_m_s.shape, 2)
    assert (field.uv_m_s[..., 0] == 8.0).all()
    assert (field.south_deg, field.step_lat_deg) == (42.0, 0.5)


def world(west: float) -> GridWinds:
    lon = west + np.arange(0.0, 360.0, 10.0)
    u = np.sin(np.radians(lon))
    return releases.grid(
        lat_deg=np.array([0.0, 10.0, 20.0]), lon_deg=lon, height_m=np.array([10.0]), u_m_s=u, v_m_s=u
    )


@pytest.mark.parametrize("west", [0.0, -180.0])
@pytest.mark.parametrize("lon", [5.0, -175.0, 120.0])
def test_a_grid_around_the_earth_is_cut_opposite_to_the_release(west: float, lon: float) -> None:
    field = wind.field(world(west), cast.SPILL, lon)
    inside = (lon - field.west_deg) % 360.0
    assert 150.0 <= inside <= 210.0
    columns = field.west_deg + field.step_lon_deg * np.arange(36)
    assert np.allclose(field.uv_m_s[0, 0, 0, :, 0], np.sin(np.radians(columns)), atol=1e-6)


def test_uneven_axes_are_refused() -> None:
    lat = np.array([42.0, 43.0, 45.0])
    uneven = releases.grid(lat_deg=lat)
    with pytest.raises(InputError, match="lat_deg that are 1 to 2 degrees apart") as caught:
        wind.field(uneven, cast.SPILL, 125.0)
    assert caught.value.code == "wind.uneven"


@pytest.mark.parametrize(("lon", "there"), [(125.0, True), (-235.0, True), (119.9, False), (132.1, False)])
def test_a_point_is_on_the_grid_however_its_longitude_is_written(lon: float, there: bool) -> None:
    assert releases.grid().holds(45.0, lon) is there
    assert not releases.grid().holds(41.9, 125.0)


def test_a_grid_around_the_earth_has_every_longitude() -> None:
    assert all(world(0.0).holds(5.0, lon) for lon in (-179.0, -1.0, 0.0, 355.0, 359.9))


def test_weather_turns_the_short_way_between_rows() -> None:
    direction = np.where(np.arange(25) == 0, 350.0, 10.0)
    blown = wind.weather(releases.station(direction_deg_from=direction), cast.SPILL, HOUR_S, 1)
    assert blown.north[0] == pytest.approx(-1.0)
    assert blown.east[0] == pytest.approx(0.0, abs=1e-12)


def test_wind_from_the_west_blows_east() -> None:
    blown = wind.weather(releases.station(direction_deg_from=270.0), cast.SPILL, HOUR_S, 2)
    assert blown.east == pytest.approx([1.0, 1.0])
    assert blown.row.tolist() == [0, 1]


def test_surfaces_suppose_what_was_not_measured() -> None:
    station = releases.station(obukhov_m=np.where(np.arange(25) == 0, np.nan, 20.0), mixing_m=np.nan)
    surfaces, angle = wind.surfaces(station, 0.03)
    assert surfaces[0].obukhov_m == np.inf
    assert surfaces[1].obukhov_m == 20.0
    assert angle[0] == 10.0 > angle[1]
    assert surfaces[1].u_star_m_s < surfaces[0].u_star_m_s
    given, _ = wind.surfaces(releases.station(u_star_m_s=0.7, mixing_m=3000.0), 0.03)
    assert (given[0].u_star_m_s, given[0].mixing_m) == (0.7, 3000.0)


def test_a_mast_among_the_trees_is_refused() -> None:
    with pytest.raises(InputError, match="the winds are of 2 m") as caught:
        wind.surfaces(releases.station(height_m=2.0), 1.0)
    assert caught.value.code == "wind.too_low"


def test_rows_that_were_not_yet_known_are_left_out() -> None:
    station = releases.station(known_s=np.arange(25) * HOUR_S)
    at = cast.SPILL + timedelta(hours=3)
    kept = wind.known(station, at)
    assert kept.end == at
    assert wind.known_at(kept, cast.SPILL) == at
    assert wind.known_at(releases.station(), cast.SPILL) == cast.SPILL
