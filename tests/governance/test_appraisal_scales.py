"""Scales of an appraisal: exact lines, rounding half to even, and files that are refused with every fault."""

from __future__ import annotations

from fractions import Fraction

import pytest
from governance.appraisal_acts import appraised
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputError, InputFaults
from riskshed.governance.appraisal_measures import WHY
from riskshed.governance.appraisal_scales import AREA_OF, proposed_scales, read_scales, text_of, whole_of

GOOD = """[[scale]]
indicator = "aid_in_time"
area = "resources"
unit = "1"
better = "more"
points = [["0", "0"], ["1/3", "0.5"], ["1", "1"]]
weight = 1
words = { zh = "援助", en = "help" }
source = "proposed"
"""
SCALES = {one.indicator: one for one in proposed_scales()}


def refused(text: str) -> list[str]:
    with pytest.raises(InputFaults) as caught:
        read_scales(text, "scales.toml")
    return [f"{fault.code} {fault.column} {fault.got}" for fault in caught.value.faults]


def test_scale_is_a_straight_line_between_its_points_and_level_beyond() -> None:
    (scale,) = read_scales(GOOD, "scales.toml")
    values = ("-1", "0", "1/6", "1/3", "2/3", "1", "9")
    scores = ("0", "0", "0.25", "0.5", "0.75", "1", "1")
    assert [scale.score(Fraction(one)) for one in values] == [Fraction(one) for one in scores]


def test_less_is_better_where_the_scale_says_so() -> None:
    delay = SCALES["report_delay_h"]
    # 1 h is 1, 4 h is 0.5, 24 h is 0; 10 h lies 6/20 of the way down from 0.5.
    assert [delay.score(Fraction(one)) for one in (0, 1, 4, 10, 24, 99)] == [
        1, 1, Fraction(1, 2), Fraction(7, 20), 0, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1/3", "0.3333"),
        ("0.00005", "0"),
        ("0.00015", "0.0002"),
        ("0.99995", "1"),
        ("1/2", "0.5"),
        ("-1/8", "-0.125"),
    ],
)
def test_score_is_written_half_to_even_at_four_places(number: str, text: str) -> None:
    assert text_of(Fraction(number)) == text


@given(st.fractions(-100, 2000), st.fractions(-100, 2000), st.sampled_from(sorted(SCALES)))
@settings(max_examples=100)
def test_no_score_falls_where_the_value_gets_better(one: Fraction, other: Fraction, name: str) -> None:
    scale = SCALES[name]
    low, high = sorted((one, other))
    worse, better = (low, high) if scale.better == "more" else (high, low)
    assert 0 <= scale.score(worse) <= scale.score(better) <= 1


@given(st.lists(st.tuples(st.none() | st.fractions(0, 1), st.fractions(0, 1)), max_size=8))
@settings(max_examples=100)
def test_whole_lies_between_the_known_scores(rows: list[tuple[Fraction | None, Fraction]]) -> None:
    whole, known = whole_of(rows)
    scores = [score for score, weight in rows if score is not None and weight]
    assert (whole is None) == (not scores)
    if whole is not None:
        assert min(scores) - Fraction(1, 20000) <= whole <= max(scores) + Fraction(1, 20000)
        assert 0 < known <= 1


def test_scales_that_come_with_the_platform_cover_every_indicator_and_say_that_they_are_proposed() -> None:
    assert list(SCALES) == list(AREA_OF)
    assert {one.source for one in SCALES.values()} == {"proposed"}


@pytest.mark.parametrize(
    ("was", "then", "says"),
    [
        ('"aid_in_time"', '"beauty"', "scale[0].indicator beauty"),
        ('"resources"', '"plans"', "scale[0].area plans"),
        ('"more"', '"up"', "scale[0].better up"),
        ('unit = "1"', 'unit = " "', "scale[0].unit  "),
        ('["1/3", "0.5"]', '["1/3", 0.5]', "scale[0].points"),
        ('["1/3", "0.5"]', '["1/0", "0.5"]', "scale[0].points"),
        ('["1/3", "0.5"]', '["0", "0.5"]', "scale[0].points"),
        ('["1/3", "0.5"]', '["1/3", "1.5"]', "scale[0].points"),
        ('"more"', '"less"', "scale[0].points"),
        ("weight = 1", 'weight = "2"', "scale[0].weight 2"),
        ('zh = "援助", ', "", "scale[0].words"),
        ('source = "proposed"', "", "scale[0] missing or unknown: source"),
        ('source = "proposed"', 'source = "x"\nmore = 1', "scale[0] missing or unknown: more"),
        ("[[scale]]", "more = 1\n[[scale]]", "scale more, scale"),
    ],
)
def test_wrong_scale_is_refused_at_its_place(was: str, then: str, says: str) -> None:
    told = refused(GOOD.replace(was, then))
    assert any(f"appraisal.bad_scale {says}" in one for one in told), told


def test_every_fault_is_named_at_once_and_an_indicator_stands_once() -> None:
    assert len(refused(GOOD.replace('"more"', '"up"').replace("weight = 1", 'weight = "2"'))) >= 2
    assert refused(GOOD + GOOD) == ["appraisal.bad_scale indicator aid_in_time twice"]


def test_weights_of_scales_have_to_sum_and_text_has_to_be_toml() -> None:
    assert refused(GOOD.replace("weight = 1", 'weight = "0.9"')) == [
        "appraisal.weights aid_in_time a sum of 9/10"
    ]
    with pytest.raises(InputError) as caught:
        read_scales("[[", "scales.toml")
    assert caught.value.code == "appraisal.not_toml"


def test_agreement_with_scales_of_its_own_is_appraised_by_these_alone() -> None:
    told = appraised(scales=read_scales(GOOD, "scales.toml"))
    assert [one.measured.indicator for one in told.whole.rows] == ["aid_in_time"]
    assert WHY["nothing_due"][1] in str(told.to_json())
