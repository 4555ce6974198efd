"""Each pathway's own picture: it says in words and in its table what it draws, from memory or from a file."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import picture_cast as cast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputError
from riskshed.exchange import exceedance, footprint_json, footprint_seen, picture_parts
from riskshed.exchange.pictures import picture
from riskshed.exchange.plume_picture import away
from riskshed.footprint import Footprint

EVIL = '"><script>alert(1)</script>&'
PLUME: dict[str, Any] = {"quantity": "chlorine dose", "unit": "mg.min/m3", "threshold": 40.0}
CHAIN = {
    "title_zh": "链", "title_en": "Chain", "origin": "2026-01-10T08:00:00+08:00", "horizon_s": 1e6,
    "members": 10, "edges": [], "nodes": [{
        "id": "a", "pathway": "given", "title_zh": "震", "title_en": "Quake", "probability": 1.0,
        "begins_s": [0.0, 0.0, 0.0], "reaches_s": None, "cities": [], "is_moved": False, "source": "cast",
    }],
}  # fmt: skip


def of_each() -> dict[str, tuple[Footprint, dict[str, Any]]]:
    return {
        "contagion": (cast.footprint("contagion"), {"effective_distance": {cast.CODES[1]: 2.5}}),
        "plume": (cast.footprint("plume", **PLUME), {}),
        "supply": (cast.plants(), {}),
        "cascade": (cast.footprint("cascade"), {"chain": CHAIN}),
    }


@pytest.fixture(scope="module")
def drawn() -> dict[tuple[str, str], str]:
    """The figure of each pathway in each language; the ground is made once for each."""
    made = {}
    for name, (found, more) in of_each().items():
        shown = picture(found, cast.region(), cast.CHINA, more=more)
        assert shown is not None
        made |= {(name, tongue): shown.figure(tongue, f"one-{tongue}") for tongue in ("zh", "en")}
    return made


def figure(found: Footprint, tongue: str = "en", **more: Any) -> str:
    shown = picture(found, cast.region(), cast.CHINA, more=more)
    assert shown is not None
    return shown.figure(tongue)


def rows(html: str) -> list[list[str]]:
    """The cells of the table of a figure, row by row, without the head."""
    body = re.search(r"<tbody>.*?</tbody>", html, re.DOTALL)
    assert body is not None
    tree = ElementTree.fromstring(body[0])
    return [["".join(cell.itertext()) for cell in row] for row in tree]


def test_a_figure_is_well_formed_and_carries_no_style_and_no_script(
    drawn: dict[tuple[str, str], str],
) -> None:
    for html in drawn.values():
        ElementTree.fromstring(html)
        assert not re.search(r"\bstyle=|<style|<script|\bon[a-z]+=", html)
        ids = re.findall(r' id="([^"]+)"', html)
        assert len(ids) == len(set(ids))


def test_colours_are_those_of_the_page(drawn: dict[tuple[str, str], str]) -> None:
    for html in drawn.values():
        for colour in re.findall(r'(?:fill|stroke)="([^"]+)"', html):
            assert re.fullmatch(r"none|url\(#[a-z-]+\)|var\(--[a-z0-9-]+, #[0-9a-f]{6}\)", colour), colour


@pytest.mark.parametrize("name", ["contagion", "plume", "supply"])
def test_the_table_names_every_place_in_both_languages(name: str, drawn: dict[tuple[str, str], str]) -> None:
    found = of_each()[name][0]
    for tongue, attribute in (("zh", "name_zh"), ("en", "name_en")):
        told = {row[0] for row in rows(drawn[name, tongue])}
        assert told == {getattr(place, attribute) for place in found.places}
        assert not any(cell == "" for row in rows(drawn[name, tongue]) for cell in row)


def test_a_drawing_has_a_title_and_a_description(drawn: dict[tuple[str, str], str]) -> None:
    for name in ("contagion", "plume", "cascade"):
        html = drawn[name, "en"].replace(' xmlns="http://www.w3.org/2000/svg"', "")
        shown = next(one for one in ElementTree.fromstring(html).iter("svg") if one.get("role") == "img")
        named = [shown.find("title"), shown.find("desc")]
        assert [one.get("id") for one in named if one is not None] == (
            shown.get("aria-labelledby") or ""
        ).split()
        assert all(one is not None and one.text for one in named)


@pytest.mark.parametrize("name", ["contagion", "plume", "supply"])
def test_the_file_of_a_footprint_gives_the_same_picture(name: str) -> None:
    found, more = of_each()[name]
    read = footprint_seen.read(footprint_json.to_json(found).encode())
    assert read == footprint_seen.of(found)
    again = picture(read, cast.region(), cast.CHINA, more=more)
    assert again is not None
    assert again.figure("en") == figure(found, **more)


@pytest.mark.parametrize(
    "change",
    [
        {"places": []},
        {"places": "many"},
        {"threshold": "1"},
        {"threshold": -1.0},
        {"members": True},
        {"origin": "yesterday"},
        {"origin": "2026-01-10T08:00:00"},
        {"pathway": "x" * 301},
    ],
)
def test_a_file_that_no_footprint_wrote_is_refused(change: dict[str, Any]) -> None:
    told = footprint_json.summary(cast.footprint("plume")) | change
    with pytest.raises(InputError) as caught:
        footprint_seen.read(json.dumps(told).encode())
    assert caught.value.code == "footprint.unreadable"


@pytest.mark.parametrize(
    ("key", "value"),
    [("probability", 2.0), ("probability", None), ("lat", 91.0), ("peak", {"p05": 3, "p50": 2, "p95": 1}),
     ("arrival", {}), ("name_en", 7)],
)  # fmt: skip
def test_a_place_that_no_footprint_has_is_refused(key: str, value: object) -> None:
    told = footprint_json.summary(cast.footprint("plume"))
    told["places"][1][key] = value
    with pytest.raises(InputError):
        footprint_seen.read(json.dumps(told).encode())


def chain_of(**changes: Any) -> dict[str, Any]:
    """A chain of two stages, any part of its link changed."""
    cause = {"stage": "a", "place": None, "place_zh": None, "place_en": None, "when": "arrival",
             "at_least": None, "unit": None}  # fmt: skip
    edge = {"id": "ab", "to": "b", "needs": "any", "causes": [cause], "met": 0.5, "fired": 0.2,
            "probability": [0.1, 0.3], "delay_s": [0.0, 60.0], "onset_s": None, "source": "cast"}  # fmt: skip
    first: dict[str, Any] = CHAIN["nodes"][0]  # type: ignore[index]
    return {**CHAIN, "nodes": [first, {**first, "id": "b"}], "edges": [edge | changes]}


def in_file(chain: object) -> bytes:
    return footprint_json.to_json(cast.footprint("cascade"), more={"chain": chain}).encode()


def test_a_chain_goes_with_the_file_of_its_footprint() -> None:
    read = footprint_seen.read(in_file(chain_of()))
    drawn = picture(read, cast.region(), cast.CHINA)
    known = picture(cast.footprint("cascade"), cast.region(), cast.CHINA, more={"chain": chain_of()})
    assert drawn is not None
    assert known is not None
    assert drawn.figure("en") == known.figure("en")


@pytest.mark.parametrize(
    "chain",
    [
        7,
        {},
        {**CHAIN, "nodes": []},
        {**CHAIN, "origin": "2026-01-10T08:00:00"},
        {**CHAIN, "nodes": [{**CHAIN["nodes"][0], "probability": 2.0}]},  # type: ignore[index]
        {**CHAIN, "nodes": [{**CHAIN["nodes"][0], "begins_s": [3.0, 2.0, 1.0]}]},  # type: ignore[index]
        chain_of(to="a"),
        chain_of(to="nowhere"),
        chain_of(causes=[]),
        chain_of(needs="some"),
        chain_of(fired=True),
        chain_of(delay_s=[1.0]),
        chain_of(source=None),
    ],
)
def test_a_chain_that_cannot_be_drawn_is_refused(chain: object) -> None:
    with pytest.raises(InputError):
        footprint_seen.read(in_file(chain))


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"places": [{}]}'])
def test_a_file_that_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        footprint_seen.read(data)


def test_words_of_others_are_only_text() -> None:
    for found in (
        cast.plants(),
        cast.footprint("contagion"),
        cast.footprint("plume", quantity=EVIL, unit=EVIL),
    ):
        places = tuple(replace(place, name_zh=EVIL, name_en=EVIL) for place in found.places)
        html = figure(replace(found, places=places), name=EVIL)
        assert "<script" not in html
        ElementTree.fromstring(html)


def test_what_runs_down_a_river_keeps_its_map_and_a_cascade_needs_its_chain() -> None:
    for pathway in ("river", "pollutant", "cascade", "locusts"):
        assert picture(cast.footprint(pathway), cast.region(), cast.CHINA) is None


def test_without_any_point_there_is_no_map() -> None:
    found = cast.footprint("plume")
    bare = replace(found, places=tuple(replace(place, lat=None, lon=None) for place in found.places))
    nowhere = cast.region(cities=tuple(replace(city, lat=None, lon=None) for city in cast.region().cities))
    assert picture(bare, nowhere, cast.CHINA) is None


@pytest.mark.parametrize(("share", "full"), [(0.0, 0), (0.25, 1), (0.75, 1), (1.0, 0)])
def test_a_glass_is_full_to_its_chance(share: float, full: int) -> None:
    html = picture_parts.glass(50.0, 50.0, 20.0, share, "red")
    assert html.count("<path") == full
    if full:
        top = float(re.search(r"M[\d.]+ ([\d.]+)A", html)[1])  # type: ignore[index]
        assert (70.0 - top) / 40.0 == pytest.approx(share, abs=0.01)
    assert ("red" in html) == (share > 0)


# --------------------------------------------------------------------------------------------- the network


def test_a_way_comes_from_a_city_that_is_reached_before() -> None:
    listed = rows(figure(cast.footprint("contagion")))
    order = {row[0]: int(row[1]) for row in listed if row[1].isdigit()}
    ways = [(row[0], row[6].removeprefix("from ").partition(",")[0]) for row in listed if row[6] != "none"]
    assert len(ways) == len(order) - 1
    assert all(order[start] < order[city] for city, start in ways)


def test_travel_that_changed_later_is_not_known_yet() -> None:
    found = cast.footprint("contagion")
    for days, start in ((9, "Wuhan"), (11, "Ezhou")):
        told = rows(figure(replace(found, issued=cast.ORIGIN + timedelta(days=days))))
        assert [row[6].split(",")[0] for row in told if row[0] == "Jingzhou"] == [f"from {start}"]


def test_the_effective_distance_is_told_where_it_is_known() -> None:
    found = cast.footprint("contagion")
    assert "Effective distance" not in figure(found)
    told = rows(
        figure(found, effective_distance={cast.CODES[0]: 0.0, cast.CODES[1]: 2.5, cast.CODES[2]: None})
    )
    assert [row[7] for row in told[:4]] == ["0 (1)", "2.50 (2)", "no travel leads there", "unknown"]


# ----------------------------------------------------------------------------------------------- the plume


def test_lines_are_drawn_only_where_there_are_enough_points() -> None:
    found = cast.footprint("plume", **PLUME)
    assert "drawn straight between 9 points" in figure(found)
    few = replace(
        found, places=found.places[:5], exposed_people=found.exposed_people[:5],
        **{name: getattr(found, name)[:5] for name in ("arrival_s", "peak", "peak_s", "duration_s")},
    )  # fmt: skip
    assert "5 points, too few" in figure(few)
    assert "probability 0.5" not in figure(few)


def test_the_axis_points_to_where_it_is_likely() -> None:
    south = cast.footprint("plume", hazard_cities=("410100",))
    assert "the main direction from the source, S (17" in figure(south)
    assert "no one main direction" not in figure(south)


@pytest.mark.parametrize(
    ("to", "bearing"), [((31.0, 120.0), 0), ((30.0, 121.0), 90), ((29.0, 120.0), 180), ((30.0, 119.0), 270)]
)
def test_a_bearing_is_that_of_a_compass(to: tuple[float, float], bearing: float) -> None:
    assert away(30.0, 120.0, *to)[1] == pytest.approx(bearing, abs=0.6)


points_ = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0, 1)), min_size=6, max_size=14,
    unique_by=lambda one: one[:2],
)  # fmt: skip


@given(points_, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
@settings(max_examples=30, deadline=None)
def test_a_higher_level_covers_no_more_and_holds_its_points(
    made: list[Any], one: float, other: float
) -> None:
    points, values = [(float(x), float(y)) for x, y, _ in made], [value for *_, value in made]
    low, high = sorted((one, other))
    wide, narrow = (exceedance.above(points, values, level) for level in (low, high))
    assert narrow.area <= wide.area + 1e-6
    assert narrow.difference(wide.buffer(1e-6)).area < 1e-6
    if exceedance.carries_lines(points) and min(values) >= high:
        assert not narrow.is_empty


# ----------------------------------------------------------------------------------------------- the plants


def test_plants_stand_with_their_city_in_the_order_of_their_halts() -> None:
    html = figure(cast.plants())
    heads = re.findall(r"<h3>([^<]+)</h3>", html)
    assert heads == ["Wuhan", "Ezhou"]
    assert re.findall(r"<h4>([^<]+)</h4>", html) == [f"Plant {n}" for n in (0, 2, 4, 6, 1, 3, 5, 7)]
    assert "Not drawn (probability below 0.1, or after the first 60): Plant 8." in html


def test_a_plant_that_does_not_run_again_says_so() -> None:
    listed = {row[0]: row[5] for row in rows(figure(cast.plants()))}
    assert listed["Plant 0"].startswith("72 h")
    assert listed["Plant 1"].startswith("not ended")
    assert figure(cast.plants()).count("not running again within the forecast ·") == 4
