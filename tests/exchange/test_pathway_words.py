"""What a report calls things: a river has sections and a front, everything else cities and arrivals."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from story import footprint, region, short_story

from riskshed.exchange import pathway_words
from riskshed.exchange.arrivals import arrivals
from riskshed.exchange.report import IssuedForecast, render
from riskshed.exchange.river_map import river_map
from riskshed.footprint import Footprint

OF_A_RIVER = ("section", "river", "front", "断面", "前锋", "河流", "下游", "沿江")


def plume(**changes: object) -> Footprint:
    """The footprint of the cast as if it came through the air: one row for each city."""
    made: dict[str, object] = {"pathway": "plume", "quantity": "chlorine concentration", "unit": "ppm"}
    return replace(footprint(1), **(made | changes)).by_city(region().cities)


def page_of(found: Footprint) -> str:
    one = IssuedForecast("一", "first", found)
    return render(short_story(forecasts=(one,), score=None, limit=None, record=(), readings=()))


def words_of(page: str) -> str:
    """What is written on a page and said by its labels: no sheet, no script, no words of the case itself."""
    text = re.sub(r"<style>.*?</style>|<script>.*?</script>|<footer.*", " ", page, flags=re.DOTALL)
    told = re.sub(
        r'<ul class="lines">.*?</ul>|<div class="lead">.*?<p class="small">', " ", text, flags=re.DOTALL
    )
    return re.sub(r"<(?![^>]*aria-label=)[^>]*>", " ", told)


def test_a_plume_has_no_section_no_river_and_no_front() -> None:
    told = words_of(page_of(plume())).lower()
    told = told.replace("rivers and lakes: gshhg", "")
    assert [word for word in OF_A_RIVER if word in told] == []
    assert "next city" in told
    assert "arrival, city by city" in told


def test_a_river_keeps_its_words() -> None:
    told = words_of(render(short_story()))
    assert all(word in told for word in ("Section", "Next on the river", "front", "断面", "前锋", "浓度过程"))


def test_the_curves_are_named_by_what_is_measured() -> None:
    told = page_of(plume())
    assert ">浓度过程</span>" in told
    assert ">Chlorine concentration over time</span>" in told


def test_the_unit_of_a_pure_number_is_not_written() -> None:
    told = page_of(plume(pathway="supply", quantity="share of output lost", unit="1"))
    assert not re.search(r"\d 1</span>|[^\d]1[ ，,]+log|at or above [\d.]+ 1", told)


def test_a_unit_that_is_a_word_is_said_in_the_language_of_the_reader() -> None:
    with_unit = pathway_words.with_unit
    told = [with_unit(shown, unit, "zh") for shown, unit in (("2,160", "set"), ("3", "CNY"), ("5", "t"))]
    assert told == ["2,160 套", "3 元", "5 t"]
    assert [with_unit(shown, "set", "en") for shown in ("1", "6")] == ["1 set", "6 sets"]


def test_one_forecast_is_one() -> None:
    told = page_of(plume())
    assert "1 forecast, not scored" in told
    assert "1 forecasts" not in told


def test_the_map_of_a_plume_has_no_stem_and_begins_in_its_own_city() -> None:
    found = plume(hazard_cities=("230100",))
    drawn = river_map([found], [arrivals(found, region(), (), ())], region(), short_story().zone)
    assert drawn is not None
    assert (drawn.atlas.legs, drawn.moments[0].front, drawn.guessed) == ((), None, frozenset())
    assert drawn.source_city == "230100"
    assert "plant" not in drawn.atlas.spots


def test_a_hazard_elsewhere_is_put_on_the_map() -> None:
    found = plume(hazard_cities=("220200",))
    drawn = river_map([found], [arrivals(found, region(), (), ())], region(), short_story().zone)
    assert drawn is not None
    assert next(iter(drawn.atlas.spots)) == "220200"
    assert drawn.moments[0].subs["220200"].en == "source"


@pytest.mark.parametrize(
    ("quantity", "zh"),
    [
        ("chlorine dose", "剂量"),
        ("ash deposit", "沉积量"),
        ("flu: reported people", "报告病例数"),
        ("x", "强度"),
    ],
)
def test_every_quantity_has_a_word_in_chinese(quantity: str, zh: str) -> None:
    assert pathway_words.of("plume").quantity(quantity).zh == zh


def test_a_pathway_nobody_knows_speaks_for_itself() -> None:
    assert pathway_words.of("locusts").way.en == "locusts"
    assert not pathway_words.of("locusts").is_river
