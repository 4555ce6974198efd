"""Stations: each belongs to a city, and somebody speaks of what it shows."""

from __future__ import annotations

from dataclasses import replace

import cast
import pytest
from cast import PANG, SHANG, ZHONG
from readings import AIR, STATIONS
from shapely import box

from riskshed.errors import NotFoundError
from riskshed.stations import Station, Stations


def square(west: float) -> dict[str, object]:
    ring = [[west, 45.0], [west + 1, 45.0], [west + 1, 46.0], [west, 46.0], [west, 45.0]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_section_is_spoken_of_by_the_government_of_its_city() -> None:
    assert (STATIONS.station("zhong").city, STATIONS.station("zhong").body) == (ZHONG, ZHONG)


def test_a_city_is_a_place_of_its_own() -> None:
    assert STATIONS.station(PANG).body == PANG
    assert STATIONS.station(PANG).names == {"zh": "旁城", "en": "Pang"}


def test_a_station_that_the_region_does_not_know_is_spoken_of_by_who_runs_it() -> None:
    assert STATIONS.station("air-1") == AIR


def test_a_section_can_be_given_to_the_body_that_runs_it() -> None:
    taken = Station("shang", SHANG, "shang-water", "上城断面", "Shang")
    assert Stations.of_region(cast.region(), [taken]).station("shang").body == "shang-water"


def test_an_unknown_station_is_named() -> None:
    assert "nowhere" not in STATIONS
    with pytest.raises(NotFoundError, match="nowhere") as told:
        STATIONS.station("nowhere")
    assert told.value.code == "station.unknown"


def test_a_point_finds_the_city_in_which_it_lies() -> None:
    region = replace(cast.region(), boundaries={SHANG: square(125.0), ZHONG: square(126.0)})
    stations = Stations.of_region(region)
    assert stations.city_at(125.5, 45.5) == SHANG
    assert stations.city_at(126.0, 45.5) == SHANG, "on a border, the first by code"
    assert stations.city_at(128.0, 45.5) is None
    assert stations.cities_in(box(125.5, 45.5, 126.5, 45.6)) == (SHANG, ZHONG)
