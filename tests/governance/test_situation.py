"""Situations from files: a good one is read whole, a bad one is refused with every fault and its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputFaults
from riskshed.governance import rulepack
from riskshed.governance.situation import Moment, Reach, Situation, parse
from riskshed.governance.territory import Territory

VOCABULARY = rulepack.shelf("cn-2024").facts
GOOD: dict[str, Any] = {
    "at": "2026-11-01T12:00:00+08:00",
    "packs": ["cn-2024"],
    "facts": {"hazard_class": "accident", "dead_people": 3},
    "places": [
        {"code": "220204", "level": "county", "superior": "220200", "name": "船营区"},
        {"code": "220200", "level": "prefecture", "superior": "220000"},
        {"code": "220000", "level": "province", "superior": None},
    ],
    "origin": ["220204"],
    "reached": [{"city": "230100", "probability": 0.9, "arrival": "2026-11-05T00:00:00+08:00"}],
    "neighbours": ["230000"],
    "bodies": {"unit": "plant-7"},
    "moments": [{"body": "plant-7", "what": "known", "at": "2026-11-01T11:40:00+08:00"}],
    "agreement": {"code": "songhua", "lead": "origin"},
}


def read(**changes: Any) -> Situation:
    return parse(json.dumps({**GOOD, **changes}), VOCABULARY)


def faults_of(data: str | bytes) -> list[tuple[str, str | None]]:
    with pytest.raises(InputFaults) as raised:
        parse(data, VOCABULARY, "facts.json")
    assert raised.value.code == "situation.faults"
    assert {fault.where for fault in raised.value.faults} == {"facts.json"}
    return [(fault.code, fault.column) for fault in raised.value.faults]


def test_good_file_is_read_whole() -> None:
    made = read()
    assert made.at == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert (made.origin, made.hazard, made.packs) == (("220204",), ("220204",), ("cn-2024",))
    assert made.reached == (Reach("230100", 0.9, datetime(2026, 11, 4, 16, tzinfo=UTC)),)
    assert made.territory.superior("220204") == "220200"
    assert made.territory.neighbours_of("220204") == ("230000",)
    assert made.moment("plant-7", "known") is not None
    assert (made.terms.code, made.names) == ("songhua", {"220204": "船营区"})


def test_file_that_says_little_leaves_the_rest_unknown() -> None:
    made = parse('{"at": "2026-11-01T12:00:00+08:00"}', VOCABULARY)
    assert (made.facts, made.origin, made.reached, made.spread()) == ({}, (), (), None)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"at": "2026-11-01T12:00:00"}, "at"),
        ({"at": None}, "at"),
        ({"at": 7}, "at"),
        ({"packs": "cn-2024"}, "packs"),
        ({"packs": [1]}, "packs"),
        ({"as_if_in_force": "yes"}, "as_if_in_force"),
        ({"facts": []}, "facts"),
        ({"facts": {"moon": True}}, "facts.moon"),
        ({"facts": {"dead_people": -1}}, "facts.dead_people"),
        ({"facts": {"dead_people": 2.5}}, "facts.dead_people"),
        ({"facts": {"dead_people": None}}, "facts.dead_people"),
        ({"facts": {"dead_people": True}}, "facts.dead_people"),
        ({"facts": {"dead_people": "three"}}, "facts.dead_people"),
        ({"facts": {"hazard_class": "war"}}, "facts.hazard_class"),
        ({"facts": {"emergency_event": 1}}, "facts.emergency_event"),
        ({"places": {}}, "places"),
        ({"places": ["220200"]}, "places[0]"),
        ({"places": [{"level": "county"}]}, "places[0].code"),
        ({"places": [{"code": "a", "level": "village"}]}, "places[0].level"),
        ({"places": [{"code": "a", "level": "county", "superior": 3}]}, "places[0].superior"),
        ({"places": [{"code": "a", "level": "county", "name": 3}]}, "places[0].name"),
        ({"places": [{"code": "a", "level": "county", "colour": 3}]}, "places[0].colour"),
        ({"places": [{"code": "a", "level": "county"}] * 2}, "places[1].code"),
        ({"places": [{"code": "a", "level": "county", "superior": "a"}]}, "places"),
        ({"origin": "220200"}, "origin"),
        ({"origin": [""]}, "origin"),
        ({"hazard": [None]}, "hazard"),
        ({"neighbours": 3}, "neighbours"),
        ({"reached": [{"probability": 0.5}]}, "reached[0].city"),
        ({"reached": [{"city": "a", "probability": 1.1}]}, "reached[0].probability"),
        ({"reached": [{"city": "a", "probability": True}]}, "reached[0].probability"),
        ({"reached": [{"city": "a", "arrival": "soon"}]}, "reached[0].arrival"),
        ({"reached": [{"city": "a", "chance": 0.5}]}, "reached[0].chance"),
        ({"bodies": {"unit": 3}}, "bodies"),
        ({"bodies": []}, "bodies"),
        ({"moments": [{"what": "dreamt", "at": GOOD["at"]}]}, "moments[0].what"),
        ({"moments": [{"what": "known"}]}, "moments[0].at"),
        ({"moments": [{"what": "known", "at": GOOD["at"], "body": 3}]}, "moments[0].body"),
        ({"moments": [{"what": "known", "at": GOOD["at"], "bodi": "x"}]}, "moments[0].bodi"),
        ({"agreement": []}, "agreement"),
        ({"agreement": {"leed": "origin"}}, "agreement.leed"),
        ({"agreement": {"lead": "me"}}, "agreement.lead"),
        ({"agreement": {"assist_from_probability": 1.5}}, "agreement.assist_from_probability"),
        ({"agreement": {"at_once_h": -1}}, "agreement.at_once_h"),
        ({"agreement": {"at_once_h": True}}, "agreement.at_once_h"),
        ({"agreement": {"targets_h": {"cn-2024 wsr-11": "soon"}}}, "agreement.targets_h"),
        ({"weather": "fine"}, "weather"),
    ],
)
def test_fault_is_named_with_its_place(changes: dict[str, Any], place: str) -> None:
    assert ("situation.bad_value", place) in faults_of(json.dumps({**GOOD, **changes}))


@pytest.mark.parametrize(
    "data", ["", "{", "[]", "7", "null", '"at"', b"\xff\xfe", "[" * 100_000, '{"at": NaN}', b"\x00" * 9]
)
def test_file_that_is_no_object_is_refused(data: str | bytes) -> None:
    assert faults_of(data)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "1" * 400])
def test_number_that_is_none_is_refused(number: str) -> None:
    text = json.dumps({**GOOD, "facts": {"loss_cny": 1}}).replace('"loss_cny": 1', f'"loss_cny": {number}')
    assert ("situation.bad_value", "facts.loss_cny") in faults_of(text)


def test_key_that_stands_twice_is_refused() -> None:
    assert faults_of('{"at": "2026-11-01T12:00:00+08:00", "at": "2027-11-01T12:00:00+08:00"}')


def test_all_faults_are_named_at_once() -> None:
    bad = {**GOOD, "at": "noon", "facts": {"moon": 1, "dead_people": -1}, "agreement": {"lead": "me"}}
    places = {place for _, place in faults_of(json.dumps(bad))}
    assert places == {"at", "facts.moon", "facts.dead_people", "agreement.lead"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*GOOD, "hazard", "as_if_in_force"]), JSON)
def test_any_value_is_read_or_refused_in_words(key: str, value: Any) -> None:
    told = None
    try:
        read(**{key: value})
    except InputFaults as error:
        told = error
    assert told is None or told.faults


# --------------------------------------------------------------------------------------------- what it means


def test_own_moment_stands_before_that_of_everybody() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    made = Situation(
        late, {}, Territory({}, {}, {}), moments=(Moment(None, "known", early), Moment("a", "known", late))
    )
    assert made.moment("a", "known") == Moment("a", "known", late)
    assert made.moment("b", "known") == Moment(None, "known", early)
    assert made.moment("a", "received") is None


def test_known_moment_stands_before_a_latest_one() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    both = (Moment("a", "known", early, latest=True), Moment("a", "known", late))
    assert Situation(late, {}, Territory({}, {}, {}), moments=both).moment("a", "known") == both[1]


@pytest.mark.parametrize(
    ("hazard", "reached", "spread"),
    [
        (["a", "b"], ["a"], "1"),
        (["a"], ["a", "b"], "2"),
        (["a"], ["b"], "3"),
        ([], ["b"], "3"),
        (["a"], [], None),
    ],
)
def test_spread_follows_where_the_hazard_is_and_whom_it_reaches(
    hazard: list[str], reached: list[str], spread: str | None
) -> None:
    made = read(origin=["a"], hazard=hazard, reached=[{"city": city} for city in reached])
    assert made.spread() == spread


def test_city_that_is_surely_not_reached_does_not_count_for_the_spread() -> None:
    assert read(reached=[{"city": "230100", "probability": 0}]).spread() is None
