"""Every message says what, where, when, how likely and what to do, in both languages, and no number alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cast import SHANG, XIA, ZHONG
from footprints import footprint
from governance.acts import at
from governance.foreseen import coming, outlook, telling
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import gravity, message
from riskshed.governance.gravity import Gravity, Scale
from riskshed.governance.message_texts import PROBABILITY_WORDS
from riskshed.governance.outlook import Coming, of_footprint

chances = st.none() | st.floats(0, 1)
hours = st.none() | st.floats(5, 400)


@st.composite
def rows(draw: st.DrawFn, city: str = ZHONG) -> Coming:
    return coming(
        city,
        draw(chances),
        draw(hours),
        peak=draw(st.none() | st.floats(0, 10)),
        exposed_people=draw(st.none() | st.integers(0, 10**7)),
    )


def test_a_faced_city_reads_what_comes_in_known_words() -> None:
    told = message.to_faces(telling(), ZHONG)
    assert told.headline["en"] == (
        "Zhong: water pollution is likely (probability 0.72) to arrive around 2024-05-03 12:00 (UTC+08:00)"
    )
    assert told.headline["zh"] == "中城：水污染可能（概率 0.72）到达，约 2024-05-03 12:00（UTC+08:00）"
    assert "peak about 0.40 mg/L (limit 0.017)" in told.description["en"]
    assert "受影响人口约 3,000,000 人" in told.description["zh"]


@pytest.mark.parametrize(
    ("probability", "words"),
    [(1.0, "virtually certain"), (0.9, "very likely"), (0.66, "likely"), (0.65, "about as likely as not"),
     (0.33, "about as likely as not"), (0.32, "unlikely"), (0.09, "very unlikely"),
     (0.0, "exceptionally unlikely")],
)  # fmt: skip
def test_a_probability_has_the_word_of_its_range(probability: float, words: str) -> None:
    assert f"is {words} (" in message.probability(Coming("a", probability), "en")


def test_the_words_of_probability_cover_everything_from_high_to_low() -> None:
    bounds = [bound for bound, _ in PROBABILITY_WORDS]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] == 0


@given(rows(), st.sampled_from(("zh", "en")))
@settings(max_examples=150)
def test_what_is_unknown_is_said(row: Coming, language: str) -> None:
    text = message.to_faces(telling(outlook(row)), ZHONG).description[language]
    unknown = [row.probability is None, row.first is None, row.peak is None, row.exposed_people is None]
    assert len(re.findall("未知|unknown", text)) == sum(unknown)


@given(rows(), st.sampled_from(("zh", "en")))
@settings(max_examples=150)
def test_every_number_has_its_words_and_every_time_its_zone(row: Coming, language: str) -> None:
    told = message.to_faces(telling(outlook(row)), ZHONG)
    text = f"{told.headline[language]} {told.description[language]}"
    times, zones = re.findall(r"\d\d-\d\d \d\d:\d\d", text), text.count("UTC+08:00")
    assert len(times) == zones
    left = re.sub(r"[(（](probability|概率) (0\.\d\d|[<>]0\.\d\d|1\.00|unknown|未知)[)）]", "", text)
    left = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d ?[(（]UTC\+08:00[)）]", "", left)
    left = re.sub(r"[\d.]+ mg/L ?[(（](limit|限值) 0\.017[)）]|[\d,]+ (people|人)", "", left)
    assert not re.search(r"\d", left), left


def test_three_audiences_are_told_three_things_from_one_outlook() -> None:
    seen = telling()
    told = (
        message.to_causes(seen, (ZHONG, XIA)),
        message.to_faces(seen, ZHONG),
        message.to_governs(seen, (ZHONG, XIA)),
    )
    assert len({one.instruction["zh"] for one in told}) == len({one.headline["en"] for one in told}) == 3
    assert told[0].headline["en"] == "Stop it at the source: water pollution from Shang may reach Zhong, Xia"


@pytest.mark.parametrize("pathway", ["", "pollutant", "river", "plume", "contagion", "supply", "other"])
def test_every_message_says_what_to_do_in_both_languages(pathway: str) -> None:
    seen = telling(outlook(coming(ZHONG, 0.5), pathway=pathway))
    for told in (
        message.to_causes(seen, (ZHONG,)),
        message.to_faces(seen, ZHONG),
        message.to_governs(seen, (ZHONG,)),
        message.to_public(seen, (ZHONG,), "red"),
    ):
        assert message.says({"zh": told.instruction["zh"]})
        assert message.says({"en": told.instruction["en"]})


def test_each_text_of_a_drill_says_that_it_is_one() -> None:
    told = message.to_public(telling(exercise=True), (ZHONG,), "red")
    for words in (told.headline, told.description, told.instruction):
        assert words["zh"].startswith("【演习】")
        assert words["en"].startswith("EXERCISE: ")
    assert message.drill(told.headline) == told.headline


def test_a_warning_says_its_level_in_words_and_not_by_colour_alone() -> None:
    told = message.to_public(telling(), (ZHONG,), "orange")
    assert "level 2 of 4" in told.headline["en"]
    assert "二级" in told.headline["zh"]


def test_caveats_and_what_is_not_confirmed_are_told() -> None:
    seen = telling(outlook(caveats=(("回水区不可信。", "Not to be trusted in backwater."),)), confirmed=False)
    told = message.to_faces(seen, ZHONG)
    assert "Not to be trusted in backwater." in told.description["en"]
    assert told.headline["en"].startswith("Unconfirmed: ")


def test_a_message_about_many_cities_stays_short_and_says_how_many_more() -> None:
    many = [coming(f"9{n:05d}", 0.5, 48) for n in range(25)]
    told = message.to_governs(telling(outlook(*many)), [one.city for one in many])
    assert "15 more cities." in told.description["en"]
    assert told.headline["en"].endswith("and 22 more")


# ----------------------------------------------------------------------------------------------- gravity


@pytest.mark.parametrize(
    ("row", "word"),
    [(Coming("a", 0.5001), "Likely"), (Coming("a", 0.5), "Possible"), (Coming("a", 0.05), "Possible"),
     (Coming("a", 0.0499), "Unlikely"), (Coming("a", None), "Unknown"),
     (Coming("a", 0.2, is_observed=True), "Observed")],
)  # fmt: skip
def test_certainty_follows_from_the_probability(row: Coming, word: str) -> None:
    assert gravity.certainty(row) == word


def test_bounds_of_lead_time_and_peak_are_included() -> None:
    scale = Scale()
    hour = timedelta(hours=1)
    assert [scale.urgency(h * hour) for h in (-3, 6, 6.1, 48, 48.1)] == [
        *("Immediate", "Immediate", "Expected", "Expected", "Future")
    ]
    assert [scale.severity(p, 1.0) for p in (0.5, 1.9, 2.0, 5.0, 10.0)] == [
        *("Minor", "Minor", "Moderate", "Severe", "Extreme")
    ]
    assert scale.urgency(None) == scale.severity(None, 1.0) == scale.severity(1.0, None) == "Unknown"


def test_the_table_of_levels_is_as_the_guide_shows_it_with_each_bound_included() -> None:
    def row(severity: str) -> list[str]:
        return [Scale().level(timedelta(hours=h), severity) for h in (12, 12.1, 24, 24.1, 72, 72.1)]

    assert row("Extreme") == ["red", "red", "red", "orange", "orange", "orange"]
    assert row("Severe") == row("Unknown") == ["red", "orange", "orange", "orange", "orange", "yellow"]
    assert row("Moderate") == ["orange", "yellow", "yellow", "yellow", "yellow", "blue"]
    assert row("Minor") == ["yellow", "blue", "blue", "blue", "blue", "blue"]


@given(st.floats(-50, 500), st.floats(0, 300), st.sampled_from(("Extreme", "Severe", "Moderate", "Minor")))
def test_later_is_never_a_higher_level_and_graver_never_a_lower(lead: float, more: float, word: str) -> None:
    scale = Scale()
    level = scale.level(timedelta(hours=lead), word)
    assert not gravity.higher(scale.level(timedelta(hours=lead + more), word), level)
    assert not gravity.higher(level, scale.level(timedelta(hours=lead), "Extreme"))
    assert not gravity.higher(level, scale.level(None, word))


def test_the_unknown_makes_a_whole_unknown_unless_another_is_as_grave_as_can_be() -> None:
    unknown = Gravity("Unknown", "Unknown", "Unknown", "red")
    mild, grave = (
        Gravity("Future", "Minor", "Possible", "blue"),
        Gravity("Immediate", "Extreme", "Likely", "red"),
    )
    assert gravity.worst([unknown, mild]) == Gravity("Unknown", "Unknown", "Possible", "red")
    assert gravity.worst([unknown, grave]) == grave


# ----------------------------------------------------------------------------------------------- outlook


@given(rows())
def test_a_row_comes_back_from_a_statement_as_it_went(row: Coming) -> None:
    written = row.row("mg/L")
    assert (written is None) == (row.probability is None)
    if written is not None:
        back = Coming.of_row(written)
        assert (back.probability, back.middle, back.exposed_people) == (
            row.probability,
            row.middle,
            row.exposed_people,
        )


def test_a_footprint_becomes_one_row_for_each_city() -> None:
    made = footprint()
    seen = of_footprint(made, "ab" * 32)
    folded = made.by_city()
    assert [one.city for one in seen.coming] == list(folded.ids)
    assert [one.probability for one in seen.coming] == [round(float(p), 4) for p in folded.probability()]
    assert seen.statement == "ab" * 32


def test_a_city_that_the_forecast_does_not_name_is_unknown_and_not_unreached() -> None:
    seen = outlook()
    assert seen.of(SHANG).probability is None
    assert not seen.of(SHANG).reaches(0.0)
    assert gravity.of_city(seen.of(SHANG), seen, at(1)).severity == "Unknown"
