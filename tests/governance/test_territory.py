"""Whose land it is: from the region where it says so, from the code of GB/T 2260 where it does not."""

from __future__ import annotations

import cast
import songhua
from cast import PANG, SHANG, XIA, ZHONG
from hypothesis import given
from hypothesis import strategies as st

from riskshed.case import Case
from riskshed.governance.territory import Territory

CAST = Territory.of_region(cast.region(), neighbours=((ZHONG, SHANG), (ZHONG, XIA)))
BARE = Territory({}, {}, {})
CODES = st.from_regex(r"[1-9][0-9]{5}", fullmatch=True)


def test_a_region_tells_in_what_a_territory_lies() -> None:
    assert CAST.superior(XIA) == ZHONG
    assert CAST.superior(SHANG) == "910000"
    assert CAST.ancestors(XIA) == (ZHONG, "910000")


def test_a_territory_contains_itself_and_what_lies_in_it() -> None:
    assert CAST.contains(ZHONG, XIA)
    assert CAST.contains(XIA, XIA)
    assert not CAST.contains(XIA, ZHONG)
    assert not CAST.contains(SHANG, XIA)


def test_a_code_of_six_digits_tells_where_the_region_is_silent() -> None:
    assert BARE.ancestors("230622") == ("230600", "230000")
    assert BARE.superior("230000") is None
    assert CAST.superior(PANG) == "910000"


def test_no_other_code_is_taken_apart() -> None:
    assert BARE.superior("basin") is None
    assert BARE.superior("23062") is None
    assert not BARE.knows("basin")
    assert not BARE.contains("city-1", "city-2")


def test_the_common_superior_is_the_smallest_and_none_of_them() -> None:
    assert BARE.common_superior(("230622", "230604")) == "230600"
    assert BARE.common_superior(("230622", "230100")) == "230000"
    assert BARE.common_superior(("230600", "230622")) == "230000"
    assert BARE.common_superior(("230100", "220100")) is None
    assert BARE.common_superior(()) is None


def test_the_level_above_is_found_by_name() -> None:
    assert CAST.of_level(XIA, "county") == XIA
    assert CAST.of_level(XIA, "city") == CAST.of_level(XIA, "prefecture") == ZHONG
    assert BARE.of_level("230622", "province") == "230000"
    assert CAST.of_level(ZHONG, "county") is None


def test_neighbours_are_read_both_ways() -> None:
    one_way = Territory({}, {SHANG: (ZHONG,)}, {})
    assert one_way.neighbours_of(ZHONG) == (SHANG,)
    assert CAST.neighbours_of(ZHONG) == (SHANG, XIA)
    assert CAST.neighbours_of(PANG) == ()


def test_cities_downstream_come_in_the_order_of_the_river() -> None:
    assert CAST.downstream_of(SHANG) == (ZHONG, XIA)
    assert CAST.downstream_of(XIA) == ()
    assert CAST.downstream_of(PANG) == ()


def test_the_songhua_runs_through_its_cities_in_order() -> None:
    river = Territory.of_region(Case.read(songhua.FOLDER).region)
    below = river.downstream_of("220200")
    assert below.index("220700") < below.index("230100") < below.index("230800")
    assert "220200" not in below


def test_a_circle_of_parents_ends() -> None:
    circle = Territory({"a": "b", "b": "a"}, {}, {})
    assert circle.ancestors("a") == ("b",)
    assert circle.of_level("a", "city") is None


@given(code=CODES)
def test_every_code_lies_in_all_that_is_above_it(code: str) -> None:
    assert all(BARE.contains(above, code) for above in (code, *BARE.ancestors(code)))
    assert not any(BARE.contains(code, above) for above in BARE.ancestors(code))
