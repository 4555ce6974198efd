"""The local supply rate: by parts and by value, within a city and within a province."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathways.test_supply import link, region

from riskshed.pathways import local_supply
from riskshed.region import Region


def _in_provinces(land: Region, parents: dict[str, str | None]) -> Region:
    cities = tuple(replace(one, parent=parents.get(one.code), level="prefecture") for one in land.cities)
    return replace(land, cities=cities)


def test_value_and_number_of_parts_tell_different_things() -> None:
    near, far = link("foam", "seats", 1), link("glass", "seats", 1, part="other")
    land = region(replace(near, value_yuan_per_day=10.0), replace(far, value_yuan_per_day=30.0))
    home = {one.id: one.city for one in land.plants}
    assert home["foam"] == home["seats"] != home["glass"]
    rate = local_supply.of_makers(land, ["seats"], "city")
    assert (rate.by_parts, rate.by_value, rate.parts, rate.makers) == (0.5, 0.25, 2, 1)


def test_one_link_of_unknown_worth_makes_the_value_unknown() -> None:
    near, far = link("foam", "seats", 1), link("glass", "seats", 1, part="other")
    rate = local_supply.of_makers(region(replace(near, value_yuan_per_day=10.0), far), ["seats"], "city")
    assert (rate.by_parts, rate.by_value) == (0.5, None)


def test_without_any_link_nothing_is_known() -> None:
    rate = local_supply.of_makers(region(), ["cars"], "city")
    assert (rate.by_parts, rate.by_value, rate.parts) == (None, None, 0)


def test_province_is_wider_than_its_cities_and_a_city_without_one_is_left_out() -> None:
    land = region(link("glass", "seats", 1), link("shop", "seats", 1, part="other"))
    codes = {one.id: one.city for one in land.plants}
    assert len({codes["glass"], codes["seats"], codes["shop"]}) == 3
    wide = _in_provinces(land, {codes["glass"]: "outside:910000", codes["seats"]: "910000"})
    rate = local_supply.of_makers(wide, ["seats"], "province")
    assert (rate.by_parts, rate.parts, rate.left_out) == (1.0, 1, 1)
    assert local_supply.of_makers(wide, ["seats"], "city").by_parts == 0.0


def test_makers_of_a_territory_are_those_of_tier_nought_there() -> None:
    land = region(link("foam", "seats", 1), link("seats", "cars", 1))
    cars = next(one for one in land.plants if one.id == "cars")
    tiers = tuple(replace(one, tier=0 if one.id == "cars" else 1) for one in land.plants)
    rate = local_supply.of_territory(replace(land, plants=tiers), cars.city, "city")
    assert (rate.makers, rate.parts, rate.by_parts) == (1, 1, 0.0)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(["foam", "glass", "shop"]), st.floats(1, 100), min_size=1))
def test_rate_lies_between_nothing_and_all_and_is_all_where_all_is_near(rows: dict[str, float]) -> None:
    links = [
        replace(link(name, "seats", 1, part=name), value_yuan_per_day=value) for name, value in rows.items()
    ]
    rate = local_supply.of_makers(region(*links), ["seats"], "city")
    assert rate.by_parts is not None
    assert rate.by_value is not None
    assert 0.0 <= rate.by_parts <= 1.0
    assert 0.0 <= rate.by_value <= 1.0
    assert (rate.by_parts == 1.0) == (set(rows) == {"foam"})


@pytest.mark.parametrize("scope", ["city", "province"])
def test_supposed_links_are_counted(scope: Any) -> None:
    land = region(replace(link("foam", "seats", 1), basis="synthetic"))
    parents = {one.code: "910000" for one in land.cities}
    assert local_supply.of_makers(_in_provinces(land, parents), ["seats"], scope).supposed == 1
