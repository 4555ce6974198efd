"""What a replay has to tell: all of the case in the report, escaped, and two lines at the end."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import songhua
from cast import shared_data
from markupsafe import escape

from riskshed import story
from riskshed.case import Case
from riskshed.columns import CONTROL
from riskshed.errors import InputError
from riskshed.replay import Forecast, judge, replay


@pytest.fixture(scope="module")
def case() -> Case:
    return Case.read(songhua.FOLDER)


@pytest.fixture(scope="module")
def made(case: Case) -> tuple[Forecast, ...]:
    return replay(case, members=20)


@pytest.fixture(scope="module")
def judged(case: Case, made: tuple[Forecast, ...]) -> dict[str, Any]:
    return judge(case, made)


def test_the_report_is_told_all_of_the_case(
    case: Case, made: tuple[Forecast, ...], judged: dict[str, Any]
) -> None:
    told = story.tell(case, made, judged)
    assert (told.title_zh, told.title_en) == (case.texts["title_zh"], case.texts["title_en"])
    assert (told.readings, told.record, told.score) == (case.readings, case.record, judged)
    assert [f.footprint for f in told.forecasts] == [f.footprint for f in made]
    assert told.limit is not None
    assert told.limit.value == case.spill.limit_mg_per_l


def test_naughty_titles_survive_to_the_report_as_text(
    case: Case, made: tuple[Forecast, ...], judged: dict[str, Any], tmp_path: Path
) -> None:
    path = shared_data("bad-input/blns") / "blns.json"
    naughty = [one for one in json.loads(path.read_text("utf-8")) if one.strip() and not CONTROL.search(one)]
    texts = {**case.texts, "title_en": "".join(naughty), "summary_zh": "<script>alert(1)</script>{{ 7 * 7 }}"}
    story.write(replace(case, texts=texts), made[:1], judged, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_bytes().decode("utf-8")
    assert str(escape(texts["title_en"])) in page
    assert str(escape(texts["summary_zh"])) in page
    assert len(re.findall("<script", page)) == 1


def test_a_report_that_cannot_be_written_says_so(
    case: Case, made: tuple[Forecast, ...], judged: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Name another folder"):
        story.write(case, made[:1], judged, tmp_path / "file" / "report.html")


def test_the_closing_lines_hold_the_figures_in_both_languages(judged: dict[str, Any]) -> None:
    scored, whole = story.closing(judged)
    for text in (scored.zh, scored.en):
        assert f"{judged['front_mae_h']:.1f}" in text
        assert f"{judged['naive_mae_h']:.1f}" in text
        assert f"{judged['mean_band_h']:.1f}" in text
    assert whole.en.startswith("All 11 recorded fronts")
    assert "全部 11 个" in whole.zh


def test_the_closing_lines_say_unknown_where_nothing_was_scored(
    case: Case, made: tuple[Forecast, ...]
) -> None:
    scored, whole = story.closing(judge(replace(case, record=()), made))
    assert scored.en.count("unknown") == whole.en.count("unknown") == 4
    assert scored.zh.count("未知") == whole.zh.count("未知") == 4
    assert "unknown" not in scored.zh + whole.zh
