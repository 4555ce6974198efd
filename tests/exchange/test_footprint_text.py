"""The table says the band and the probability beside the median, and in words what it does not know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from footprints import NEVER, PLACES, UNKNOWN, footprint, full_footprint
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from riskshed.errors import DomainError
from riskshed.exchange.footprint_text import WORDS, aligned, percent, to_text

CELL = st.text(st.characters(categories=["Lu", "Lo", "Nd"]), max_size=8)


def row_of(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(name))


def test_median_band_and_probability_stand_in_one_row() -> None:
    arrival_s = 86_400 * np.array([np.linspace(1, 2, 21)] * 4)
    row = row_of(to_text(footprint(arrival_s)), "Upper")
    assert "100 %" in row
    assert "2005-11-15 01:40" in row
    assert "2005-11-14 14:52 .. 2005-11-15 12:28" in row


def test_too_few_members_are_said_and_counted() -> None:
    row = row_of(to_text(footprint()), "Lower")
    assert "25 %" in row
    assert "too few members (2 of 8)" in row
    assert ".. 2005" not in row


@pytest.mark.parametrize(
    ("lang", "horizon_s", "said"),
    [
        ("en", None, "never"),
        ("zh", None, "不会到达"),
        ("en", 40 * 86_400.0, "not within 40 d"),
        ("zh", 40 * 86_400.0, "40 天内不会到达"),
    ],
)
def test_a_place_that_is_not_reached_says_up_to_when(lang: str, horizon_s: float | None, said: str) -> None:
    spill = footprint(np.full((4, 8), NEVER), horizon_s=horizon_s)
    assert said in row_of(to_text(spill, lang), "下市" if lang == "zh" else "Lower")


def test_unknown_people_are_called_unknown() -> None:
    assert row_of(to_text(footprint()), "Middle gauge").endswith("unknown")
    assert row_of(to_text(footprint(), "zh"), "中市水文站").endswith("未知")


def test_a_number_that_leaves_people_out_is_called_a_lower_bound() -> None:
    city = footprint().by_city()
    assert row_of(to_text(city), "Middle").endswith("at least 3,000 (lower bound)")
    assert "至少 4,000" in row_of(to_text(city, "zh"), "受影响人口合计")
    assert "下限" in row_of(to_text(city, "zh"), "中市")


def test_unknown_people_in_all_are_not_zero() -> None:
    text = to_text(footprint(exposed_people=np.full((4, 8), UNKNOWN)))
    assert row_of(text, "People exposed in all").endswith("unknown")


def test_times_are_in_the_zone_asked_for_and_show_its_offset() -> None:
    text = to_text(footprint(), zone=ZoneInfo("Europe/Berlin"))
    assert "median (+01:00)" in text
    assert "Issued 2005-11-14 12:40 +01:00" in text


def test_each_time_shows_its_offset_where_the_clocks_change() -> None:
    spill = footprint(np.array([np.linspace(0, 3 * 86_400, 9)] * 4))
    spill = replace(spill, origin=spill.origin - timedelta(days=15))  # summer time ended on 30 October
    text = to_text(spill, zone=ZoneInfo("Europe/Berlin"))
    assert "+02:00 .. " in row_of(text, "Upper")
    assert "median (" not in text


def test_source_issue_and_caveats_stand_below() -> None:
    below = to_text(full_footprint()).split("\n\n")[1].splitlines()
    assert below[0].startswith("Situation 2: the hazard is in one city")
    assert below[2] == "Source: a plant in Upper, mass unknown"
    assert below[4] == "Issued 2005-11-14 19:40 +08:00, knowing readings up to 2005-11-14 18:40 +08:00"
    assert below[5:] == [
        "Caution (Middle gauge): A lake holds it back.",
        "Caution (all places): Ice slows the river.",
    ]


def test_a_place_without_a_name_is_called_by_its_id() -> None:
    places = tuple(replace(place, name_en="") for place in PLACES)
    assert row_of(to_text(footprint(places=places)), "middle-gauge")


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6))
def test_columns_start_at_one_cell_whatever_the_script(rows: list[list[str]]) -> None:
    marked = [[first, "|" + second, "|" + third] for first, second, third in rows]
    starts = {tuple(cell_len(line[:i]) for i, c in enumerate(line) if c == "|") for line in aligned(marked)}
    assert len(starts) == 1


def test_no_line_ends_in_blanks_and_the_text_ends_in_one_break() -> None:
    text = to_text(full_footprint(), "zh")
    assert text == "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()


def test_another_language_is_refused() -> None:
    with pytest.raises(DomainError, match="want one of en, zh"):
        to_text(footprint(), "fr")


def test_a_time_beyond_the_calendar_is_said_so() -> None:
    assert "beyond the calendar" in to_text(footprint(np.full((4, 8), 1e300)))


@given(st.floats(0, 1))
def test_nothing_but_certain_is_called_certain(share: float) -> None:
    assert (percent(share) == "0 %") == (share == 0)
    assert (percent(share) == "100 %") == (share == 1)
