"""The map of a replay: where the front is at each issue, and what each city is coloured."""

from __future__ import annotations

import pytest
from story import BEIJING, footprint, readings, record, region

from riskshed.exchange.arrivals import arrivals
from riskshed.exchange.river_map import RiverMap, river_map

FOOTPRINTS = [footprint(n) for n in (1, 4)]
LISTS = [arrivals(one, region(), readings(), record()) for one in FOOTPRINTS]


@pytest.fixture(scope="module")
def drawn() -> RiverMap:
    found = river_map(FOOTPRINTS, LISTS, region(), BEIJING)
    assert found is not None
    return found


def test_front_stands_at_the_section_where_it_was_just_seen(drawn: RiverMap) -> None:
    for moment, section in zip(drawn.moments, ("sifangtai", "tonghe"), strict=True):
        assert moment.front == pytest.approx(drawn.atlas.spots[section], abs=25)


def test_cities_change_their_class_as_the_front_moves(drawn: RiverMap) -> None:
    early, late = (moment.cities for moment in drawn.moments)
    assert (early["230100"], early["230128"], early["230881"]) == ("past", "far", "far")
    assert (late["230100"], late["230128"]) == ("past", "past")


def test_a_section_without_a_point_is_set_by_its_kilometre(drawn: RiverMap) -> None:
    assert drawn.guessed == {"gaoleng"}
    above, here, below = (drawn.atlas.spots[name][0] for name in ("tonghe", "gaoleng", "dalianhe"))
    assert above < here < below
    assert any("Gaoleng" in note.en for note in drawn.notes)


def test_the_outfall_is_where_the_river_begins(drawn: RiverMap) -> None:
    assert next(iter(drawn.atlas.spots)) == "plant"
    assert drawn.source_city == "220200"
    assert {moment.subs["plant"].en for moment in drawn.moments} == {"source"}


def test_every_section_has_its_name_or_its_number(drawn: RiverMap) -> None:
    for tongue in ("zh", "en"):
        assert {name.id for name in drawn.names[tongue]} == set(drawn.atlas.spots)
        assert all(name.text or name.number for name in drawn.names[tongue])
