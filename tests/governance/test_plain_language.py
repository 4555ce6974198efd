"""Plain language: nothing is added to what was said, everybody is told, and it is easy to read."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import statements
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import plain_language
from riskshed.governance.plain_language import GROUPS, LANGUAGES, clock, of_statement, remarks, topics
from riskshed.statement import Statement
from riskshed.vocabulary_fields import CERTAINTIES, COLOURS, HAZARD_CLASSES

ZONE = timezone(timedelta(hours=8))
NAMES = {"230100": {"zh": "哈尔滨市", "en": "Harbin"}, "220200": {"zh": "吉林市", "en": "Jilin"}}
DIGITS = re.compile(r"\d+")
NUMBER_WORDS = re.compile(
    r"[一二两三四五六七八九十百千万]+(?:个|次|天|小时|分钟|米|公里|升|人|遍|层)"
    r"|\b(?:two|three|five|ten|hours?|minutes?|metres?|kilomet\w+|litres?|days?)\b"
)


def warned(**changed: Any) -> Statement:
    body = statements.plain_body(statements.KINDS["WarningIssued"].fields, optional=False)
    body |= {"certainty": "Likely", "cities": ["230100"]}
    body |= {"instruction": {"zh": "储备饮用水。", "en": "Store drinking water."}}
    return statements.plain("WarningIssued", by="230100", body={**body, **changed})


def foreseen(*rows: dict[str, Any], pathway: str = "pollutant") -> Statement:
    body = statements.plain_body(statements.KINDS["FootprintIssued"].fields, optional=False)
    return statements.plain("FootprintIssued", body={**body, "pathway": pathway, "arrivals": list(rows)})


ROW = {
    "city": "230100",
    "probability": "0.93",
    "earliest": "2005-11-24T00:30:00+08:00",
    "middle": "2005-11-24T06:00:00+08:00",
    "latest": "2005-11-24T12:45:00+08:00",
}


def told(said: Statement, footprint: Statement | None = None, language: str = "en") -> str:
    text = of_statement(said, names=NAMES, footprint=footprint, zone=ZONE)
    return " ".join(text.sentences(language))  # type: ignore[arg-type]


def times_of(*said: Statement | None) -> list[datetime]:
    found = re.findall(r"\d{4}-\d\d-\d\dT[\d:]+[+-]\d\d:\d\d", _json(*said))
    return [datetime.fromisoformat(one) for one in found]


def _json(*said: Statement | None) -> str:
    return json.dumps([one.to_json() for one in said if one is not None], ensure_ascii=False)


def numbers_that_were_not_said(said: Statement, footprint: Statement | None, language: str) -> list[str]:
    """The numbers of a text, without the times of the statements, that stand in none of them."""
    text = told(said, footprint, language)
    for time in times_of(said, footprint):
        text = text.replace(clock(time, ZONE)[language], "")
    known = set(DIGITS.findall(_json(said, footprint)))
    return [one for one in DIGITS.findall(text) if one not in known]


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0, tzinfo=UTC).isoformat()
)
said_somehow = st.fixed_dictionaries(
    {"certainty": st.sampled_from(CERTAINTIES), "level": st.sampled_from(COLOURS)},
    optional={
        "onset": moments,
        "hazard": st.sampled_from(("nitrobenzene", "volcanic_ash", "flood", "chlorine", "never-heard-of")),
        "hazard_class": st.sampled_from(HAZARD_CLASSES),
        "contact": st.sampled_from(("0451-8888 7777", "the duty desk")),
        "expires": moments,
    },
)
rows = st.fixed_dictionaries(
    {"city": st.just("230100"), "probability": st.sampled_from(("0", "0.04", "0.5", "0.93", "1"))},
    optional={"earliest": moments, "middle": moments, "latest": moments},
)


@given(said_somehow, st.none() | rows, st.sampled_from(LANGUAGES))
@settings(max_examples=60)
def test_every_number_in_the_text_stands_in_the_statement(body: Any, row: Any, language: str) -> None:
    footprint = foreseen(row) if row else None
    assert numbers_that_were_not_said(warned(**body), footprint, language) == []


def test_messages_hold_no_number_in_digits_or_words() -> None:
    for topic in topics().values():
        groups = [one for told in topic.groups.values() for one in told]
        for one in (*topic.do, *topic.dont, *groups):
            assert not DIGITS.search(one.zh + one.en), one
            assert not NUMBER_WORDS.search(one.zh), one
            assert not NUMBER_WORDS.search(one.en), one


@given(said_somehow, st.none() | rows, st.sampled_from(LANGUAGES))
@settings(max_examples=40)
def test_the_text_is_easy_to_read(body: Any, row: Any, language: Any) -> None:
    assert remarks(told(warned(**body), foreseen(row) if row else None, language), language) == ()


def test_messages_of_every_group_are_easy_to_read_and_name_a_source() -> None:
    for topic in topics().values():
        assert set(topic.groups) == set(GROUPS)
        for one in (each for told in topic.groups.values() for each in told):
            assert plain_language.source(one.source)
            assert not remarks(one.zh, "zh")
            assert not remarks(one.en, "en")


def test_a_forecast_gives_how_likely_and_between_which_times() -> None:
    text = told(warned(), foreseen(ROW))
    assert "It is very likely that it reaches Harbin." in text
    assert "between 24 November 2005, 00:30 (UTC+8) and 24 November 2005, 12:45 (UTC+8)" in text


def test_a_place_outside_of_the_warning_lends_it_no_time() -> None:
    text = told(warned(), foreseen({**ROW, "city": "220200"}))
    assert "It is not known when it comes." in text


def test_what_was_measured_is_not_told_as_a_forecast() -> None:
    text = told(warned(certainty="Observed"), foreseen(ROW))
    assert "It has been measured there." in text
    assert "likely" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drill_says_first_that_it_is_one(language: Any) -> None:
    said = statements.plain("WarningIssued", exercise=True)
    text = of_statement(said, names={}, zone=ZONE)
    assert text.sentences(language)[0] == plain_language.EXERCISE[language]


def test_a_telephone_number_is_told_only_if_the_issuer_gave_one() -> None:
    assert "To ask" not in told(warned())
    assert "To ask: 0451-1234." in told(warned(contact="0451-1234"))


def test_what_the_issuer_said_is_not_said_twice() -> None:
    text = told(warned(), foreseen(ROW))
    assert text.count("Store drinking water") == 1


def test_the_hazard_is_stronger_than_the_way_it_comes() -> None:
    assert plain_language.topic_of("volcanic_ash", "plume").code == "ash"
    assert plain_language.topic_of("never-heard-of", "plume").code == "air"
    assert plain_language.topic_of(None, "").code == "general"


def test_long_sentences_and_words_of_the_offices_are_named_with_what_is_better() -> None:
    text = "The ensemble footprint shows a threshold exceedance. " + "word " * 26
    found = remarks(text, "en")
    assert {(one.code, one.what) for one in found} >= {("jargon", "footprint"), ("jargon", "threshold")}
    assert [one.better for one in found if one.code == "long"] == ["at most 25 words"]
    assert [one.what for one in remarks("足迹显示概率超过阈值。", "zh")] == ["足迹", "概率", "阈值"]


def test_words_that_not_everybody_knows_are_explained() -> None:
    assert len(plain_language.explained("关闭取水口", "zh")) == 1
    assert len(plain_language.explained("Close the intakes", "en")) == 1
    assert plain_language.explained("Stay at home", "en") == ()


def test_a_notice_says_that_it_is_not_confirmed() -> None:
    body = statements.plain_body(statements.KINDS["NoticeSent"].fields, optional=False) | {"confirmed": False}
    text = of_statement(statements.plain("NoticeSent", body=body), names={}, zone=ZONE)
    assert "This is not confirmed yet." in text.what["en"]


def test_a_forecast_alone_names_the_places_it_reaches() -> None:
    text = of_statement(foreseen(ROW), names=NAMES, zone=ZONE)
    assert text.where["zh"] == "地点：哈尔滨市。"
    assert text.until["en"] == "It was not said until when this holds."
