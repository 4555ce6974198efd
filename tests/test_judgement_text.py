"""A judgement in words: every row, aligned, in the language and zone of the reader."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import songhua
from rich.cells import cell_len

from riskshed.case import Case
from riskshed.judgement_text import lines, to_text
from riskshed.replay import judge, replay


@pytest.fixture(scope="module")
def case() -> Case:
    return Case.read(songhua.FOLDER)


@pytest.fixture(scope="module")
def judged(case: Case) -> dict[str, Any]:
    return judge(case, replay(case, members=20))


def row_of(told: str, name: str) -> str:
    return next(line for line in told.split("\n") if line.startswith(name))


def test_every_front_and_peak_has_a_row(case: Case, judged: dict[str, Any]) -> None:
    told = to_text(case, judged, "en").split("\n")
    for entry in (*judged["fronts"], *judged["peaks"]):
        name = case.region.section(entry["section"]).name_en
        assert any(line.startswith(f"{name}  ") and line.endswith(("yes", "no")) for line in told)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_columns_are_aligned_to_the_cell(case: Case, judged: dict[str, Any], language: str) -> None:
    told = to_text(case, judged, language).split("\n")
    rule = told[4]
    second = rule.index("--", rule.index(" "))
    for line, entry in zip(told[5:], judged["fronts"], strict=False):
        section = case.region.section(entry["section"])
        name = section.name_zh if language == "zh" else section.name_en
        gap = second - cell_len(name)
        assert line.startswith(f"{name}{' ' * gap}1"), "the second column begins with the month"


def test_the_zone_and_the_seed_are_named(case: Case, judged: dict[str, Any]) -> None:
    assert "20 members, seed 1; times are UTC+08:00, of 2005" in to_text(case, judged, "en")


def test_a_record_of_a_day_is_a_day(case: Case, judged: dict[str, Any]) -> None:
    assert "12-16 (day)" in row_of(to_text(case, judged, "en"), "Tongjiang, mouth")
    assert "12-16 当日" in row_of(to_text(case, judged, "zh"), "同江")


def test_naive_errors_stand_beside(case: Case, judged: dict[str, Any]) -> None:
    assert "−15.3" in row_of(to_text(case, judged, "en"), "Tongjiang, mouth")
    assert "unknown" in row_of(to_text(case, judged, "en"), "Songyuan")


def test_what_speaks_against_a_record_stands_below(case: Case, judged: dict[str, Any]) -> None:
    assert "  Tongjiang, mouth of the Songhua: China Daily says the 15th" in to_text(case, judged, "en")


def test_nothing_recorded_is_said_and_not_left_blank(case: Case, judged: dict[str, Any]) -> None:
    made = replay(replace(case, readings=()), members=2)
    told = to_text(case, judge(replace(case, record=()), made), "en")
    assert "fronts: none" in told
    assert "peaks: none" in told


def test_plain_lines_say_unknown_yes_and_short_numbers() -> None:
    found = {"a": None, "b": True, "c": {"d": 1 / 3}, "e": [{"f": 1.5, "g": ""}, "word"]}
    assert list(lines(found)) == ["a: unknown", "b: yes", "c:", "  d: 0.333333", "e:", "  f 1.5", "  word"]
