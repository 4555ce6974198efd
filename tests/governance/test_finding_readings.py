"""Findings that rest on readings, on words of others before, and on what a warning leaves out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import (
    INCIDENT,
    PROVINCE,
    at,
    clock,
    join,
    joined,
    noticed,
    opened,
    say,
    stand,
    warned,
)
from governance.test_duty import foreseen
from governance.test_finding import AGREED, SECTIONS, TERMS, denied, kinds, of, read, retold

from riskshed.governance import finding, rulepack, warning
from riskshed.governance.finding import Sighting

# --------------------------------------------------------------------------------------------- readings


@pytest.mark.parametrize(
    ("kind", "is_false"),
    [("front", True), ("peak", True), ("at_least", True), ("not_detected", False), ("cleared", False)],
)
def test_only_readings_that_show_something_contradict(kind: str, is_false: bool) -> None:
    standing = stand(joined(), opened(), read("zhong", 10, kind=kind), denied(ZHONG, 12))
    assert (("false", ZHONG) in kinds(standing, AGREED)) is is_false


def test_reading_without_a_value_shows_that_something_is_there() -> None:
    row = {"section": "zhong", "time": clock(10), "kind": "first_detected"}
    said = say("ReadingsTaken", ZHONG, 11, quantity="x", starts=clock(10), ends=clock(10), readings=[row])
    standing = stand(joined(), opened(), said, denied(ZHONG, 12))
    (seen,) = finding.sightings(standing, standing.incidents[INCIDENT], {})
    assert (seen.city, seen.known_at) == ("zhong", at(11))
    assert ("false", ZHONG) in kinds(standing, AGREED)


def test_reading_at_the_moment_of_the_denial_contradicts_it() -> None:
    assert ("false", ZHONG) in kinds(stand(joined(), opened(), read("zhong", 10), denied(ZHONG, 10)), AGREED)


def test_reading_is_known_from_when_it_says() -> None:
    standing = stand(joined(), opened(), read("zhong", 10))
    (seen,) = finding.sightings(standing, standing.incidents[INCIDENT], SECTIONS)
    assert (seen.at, seen.known_at, seen.city, seen.section) == (at(10), at(11), ZHONG, "zhong")


def test_first_of_several_forecasts_carries_a_reading_back() -> None:
    later = {
        "city": ZHONG,
        "probability": "0.9",
        "earliest": clock(20),
        "middle": clock(22),
        "latest": clock(24),
    }
    standing = stand(joined(), opened(), foreseen(1), foreseen(2, arrivals=[later]), read("zhong", 60))
    (seen,) = finding.sightings(standing, standing.incidents[INCIDENT], SECTIONS)
    assert finding.passed_source(standing, standing.incidents[INCIDENT], seen) == (at(8), at(16))


def test_unit_and_the_governments_above_speak_for_the_source() -> None:
    regime = replace(AGREED, terms=replace(TERMS, roles={"unit": "plant"}))
    for by in ("plant", PROVINCE):
        standing = stand(joined(), join("plant"), opened(), foreseen(1), denied(by, 40), read("zhong", 60))
        assert ("false", by) in kinds(standing, regime)


@pytest.mark.parametrize(
    ("hours", "more", "is_false"),
    [
        (5.0, {"cities": [ZHONG]}, True),
        (5.1, {"cities": [ZHONG]}, False),
        (4.0, {"cities": [XIA]}, False),
        (4.0, {"cities": [ZHONG], "by": ZHONG, "to": (XIA,)}, False),
    ],
)
def test_city_was_told_by_others_before_of_its_own(
    hours: float, more: dict[str, Any], is_false: bool
) -> None:
    told = noticed(hours, confirmed=True, **more)
    standing = stand(joined(), opened(), told, denied(ZHONG, 5.0))
    assert (("false", ZHONG) in kinds(standing, AGREED)) is is_false


def test_notice_about_another_incident_told_nothing_of_this() -> None:
    other = say("NoticeSent", SHANG, 4.0, about="else", to=[ZHONG], cities=[ZHONG], expires=clock(48))
    standing = stand(joined(), opened(), opened(code="else"), other, denied(ZHONG, 5.0))
    assert ("false", ZHONG) not in kinds(standing, AGREED)


# ---------------------------------------------------------------------------------- what is left out


def test_warning_that_leaves_out_what_its_article_wants_is_incomplete() -> None:
    standing = stand(joined(), opened(), warned(3.0))
    found = of(standing, "incomplete", ZHONG)
    said = standing.statements[found.evidence[0]].statement
    assert (found.found, found.due, found.owed) == (at(3), None, "WarningIssued")
    assert found.lacks == warning.missing(said) != ()
    assert rulepack.shelf("cn-2024").rule(found.rule).act == "warn.issue"


def test_warning_put_together_later_or_under_no_law_leaves_nothing_out() -> None:
    later = retold(warned(3.0))
    assert not [one for one in kinds(stand(joined(), opened(), later)) if one[0] == "incomplete"]
    assert not [
        one for one in kinds(stand(joined(), opened(), warned(3.0)), AGREED) if one[0] == "incomplete"
    ]


def test_sightings_stand_in_the_order_of_time() -> None:
    standing = stand(joined(), opened(), read("zhong", 20), read("shang", 10))
    seen: tuple[Sighting, ...] = finding.sightings(standing, standing.incidents[INCIDENT], SECTIONS)
    assert [one.city for one in seen] == [SHANG, ZHONG]
