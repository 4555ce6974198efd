"""The drawing of a cascade says in words and tables all that it shows; its lines run between the boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, timedelta, timezone
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cascades
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.exchange import cascade_graph, cascade_layout
from riskshed.exchange.cascade_words import Words

CHINA = timezone(timedelta(hours=8))
SVG = "{http://www.w3.org/2000/svg}"


def node(name: str, share: float = 0.5, **more: Any) -> dict[str, Any]:
    city = {"code": "1", "name_zh": "上城", "name_en": "Shang", "probability": share / 2, "arrival_s": None}
    given_: dict[str, Any] = {
        "id": name, "pathway": "river", "title_zh": f"链节{name}", "title_en": f"Stage {name}",
        "probability": share, "begins_s": [3600.0, 7200.0, 36_000.0], "reaches_s": [3600.0, 7200.0, 9e4],
        "cities": [city], "is_moved": False, "source": "cast",
    }  # fmt: skip
    return given_ | more


def edge(name: str, to: str, *stages: str, fired: float = 0.25, **more: Any) -> dict[str, Any]:
    causes = [
        {"stage": s, "place": "p", "place_zh": "坝址", "place_en": "Dam", "when": "peak", "at_least": 2.0,
         "unit": "m/s2"}
        for s in stages
    ]  # fmt: skip
    given_: dict[str, Any] = {
        "id": name, "to": to, "needs": "any", "causes": causes, "met": 0.5, "fired": fired,
        "probability": [0.3, 0.6], "delay_s": [1800.0, 43_200.0], "onset_s": None, "source": "cast",
    }  # fmt: skip
    return given_ | more


def chain(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title_zh": "灾害链", "title_en": "Chain", "origin": "2026-09-01T00:00:00+00:00", "horizon_s": 1e6,
        "members": 100, "nodes": nodes, "edges": edges,
    }  # fmt: skip


TWO = chain([node("a", 1.0), node("b", 0.25)], [edge("ab", "b", "a")])


def drawn(given_: dict[str, Any], language: str = "en") -> ElementTree.Element:
    return ElementTree.fromstring(cascade_graph.drawing(given_, language, CHINA))


def texts(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def test_a_box_says_how_likely_and_when() -> None:
    told = texts(drawn(TWO))
    assert {"Stage a", "100\N{NO-BREAK SPACE}%", "Stage b", "25\N{NO-BREAK SPACE}%"} <= set(told)
    assert "09-01 10:00 · after 2 h (1–10 h)" in told
    assert "Dam: peak ≥ 2 m/s²" in told
    assert "25\N{NO-BREAK SPACE}% · 30 min – 12 h" in told


def test_it_is_said_in_chinese_too() -> None:
    told = texts(drawn(TWO, "zh"))
    assert {"链节a", "25%", "09-01 10:00 · 2 小时后（1–10 小时）", "坝址：峰值 ≥ 2 m/s²"} <= set(told)


def test_the_description_and_the_tables_name_every_stage_and_link() -> None:
    root = drawn(TWO)
    told = root.find(f"{SVG}desc").text
    assert root.get("aria-labelledby").split() == [root[0].get("id"), root[1].get("id")]
    assert "Stage a: 100" in told
    assert "Stage a, Dam: peak ≥ 2 m/s² → Stage b: met 50" in told
    tables = Words(TWO, "en", CHINA).tables()
    assert tables.count("<tr>") == 2 + 2 + 1
    assert "30\N{NO-BREAK SPACE}% – 60\N{NO-BREAK SPACE}%" in tables


@pytest.mark.parametrize(
    ("share", "dashes"), [(0.25, None), (0.09, "7 5"), (0.0, "2 5")]
)  # fmt: skip
def test_what_is_unlikely_is_dashed_and_what_never_happens_is_dotted(
    share: float, dashes: str | None
) -> None:
    root = drawn(chain([node("a", 1.0), node("b", share)], [edge("ab", "b", "a", fired=share)]))
    lines = [path for path in root.iter(f"{SVG}path") if path.get("fill") == "none"]
    assert [line.get("stroke-dasharray") for line in lines] == [dashes]


def test_the_width_of_a_line_is_its_share() -> None:
    def width(share: float) -> float:
        root = drawn(chain([node("a"), node("b")], [edge("ab", "b", "a", fired=share)]))
        return float(next(p for p in root.iter(f"{SVG}path") if p.get("fill") == "none").get("stroke-width"))

    assert width(0.0) < width(0.3) < width(0.6) < width(1.0)


def test_the_bar_of_a_box_is_as_long_as_it_is_likely() -> None:
    root = drawn(chain([node("a", 0.25)], []))
    frame, filled = [float(r.get("width")) for r in root.iter(f"{SVG}rect") if r.get("height") == "7"]
    assert filled == pytest.approx(frame / 4, abs=0.1)


def test_a_stage_that_no_member_reaches_says_so() -> None:
    never = node("a", 0.0, begins_s=None, reaches_s=None, cities=[])
    assert {"in no member", "reaches no city"} <= set(texts(drawn(chain([never], []))))


def test_several_causes_meet_in_a_word() -> None:
    both = chain([node("a"), node("b"), node("c")], [edge("abc", "c", "a", "b", needs="all")])
    assert any(text.startswith("all · 25") for text in texts(drawn(both)))
    lines = [path for path in drawn(both).iter(f"{SVG}path") if path.get("fill") == "none"]
    assert len(lines) == 3


def test_words_of_others_are_no_markup() -> None:
    evil = '"><script>alert(1)</script>&'
    told = chain([node("a", title_en=evil, source=evil), node("b")], [edge("ab", "b", "a", source=evil)])
    figure = cascade_graph.figure(told, "en", UTC, name='x" onload="')
    assert "<script" not in figure
    assert 'x" onload' not in figure
    ElementTree.fromstring(figure)


def test_colours_are_those_of_the_page_and_never_the_only_sign() -> None:
    colours = re.findall(r'(?:fill|stroke)="([^"]+)"', cascade_graph.drawing(TWO, "en", UTC))
    assert all(
        colour == "none" or re.fullmatch(r"var\(--[a-z0-9-]+, #[0-9a-f]{6}\)", colour) for colour in colours
    )
    assert not re.search(
        r"\bstyle=|<style", cascade_graph.figure(TWO, "en", UTC)
    )  # the pages allow none inline


def test_ids_begin_with_the_name_that_the_page_gives() -> None:
    assert set(re.findall(r' id="([^"]+)"', cascade_graph.figure(TWO, "en", UTC, name="one"))) == {
        "one-title",
        "one-desc",
    }


def test_a_real_chain_is_drawn(tmp_path: Path) -> None:
    found = cascades.run(tmp_path, members=60).chain()
    for language in ("zh", "en"):
        root = drawn(found, language)
        assert len([r for r in root.iter(f"{SVG}rect") if r.get("rx") == "4"]) == 3


# ------------------------------------------------------------------------------------------------- the layout


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    count = draw(st.integers(1, 7))
    nodes = [node(str(i)) for i in range(count)]
    edges = []
    for to in range(1, count):
        for k in range(draw(st.integers(0, 2))):
            causes = draw(st.lists(st.integers(0, to - 1), min_size=1, max_size=2, unique=True))
            edges.append(edge(f"{to}.{k}", str(to), *map(str, causes)))
    return nodes, edges


def along(points: tuple[tuple[float, float], ...]) -> Iterator[tuple[float, float]]:
    """Points on the curve that is drawn through these."""
    for (x, y), (u, v) in pairwise(points):
        for i in range(21):
            t = i / 20
            yield x + (u - x) * (3 * t**2 - 2 * t**3), y + (v - y) * (1.5 * t - 1.5 * t**2 + t**3)


@given(chains())
@settings(max_examples=60, deadline=None)
def test_boxes_stand_apart_and_no_line_runs_through_one(
    made: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    placed = cascade_layout.layout(*made)
    wide, high = cascade_layout.BOX_WIDTH, cascade_layout.BOX_HEIGHT
    for one, two in combinations(placed.boxes, 2):
        assert abs(one.x - two.x) >= wide or abs(one.y - two.y) >= high
    for box in placed.boxes:
        assert 0 <= box.x <= placed.width - wide
        assert 0 <= box.y <= placed.height - high
    for line in placed.lines:
        for x, y in along(line.points):
            inside = [b for b in placed.boxes if b.x < x < b.x + wide and b.y + 0.01 < y < b.y + high - 0.01]
            assert not inside


def test_lines_out_of_a_box_do_not_cross() -> None:
    """One that passes a row to the right leaves on the right of one that ends there."""
    nodes = [node(name) for name in "abcd"]
    edges = [edge("ab", "b", "a"), edge("ac", "c", "a"), edge("bd", "d", "b"), edge("ad", "d", "a")]
    lines = {edges[line.edge]["id"]: line.points for line in cascade_layout.layout(nodes, edges).lines}
    out = sorted((points[0][0], points[1][0]) for name, points in lines.items() if name.startswith("a"))
    assert [there for _, there in out] == sorted(there for _, there in out)


@given(chains())
@settings(max_examples=40, deadline=None)
def test_what_is_set_off_stands_below_its_cause(
    made: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    nodes, edges = made
    placed = cascade_layout.layout(nodes, edges)
    top = {nodes[box.node]["id"]: box.y for box in placed.boxes}
    for one in edges:
        for cause in one["causes"]:
            assert top[cause["stage"]] < top[one["to"]]
