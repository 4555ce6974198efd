"""The register of risk sources: the steps in order, who was told, what is overdue, how grave it is."""

from __future__ import annotations

from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import PROVINCE, TERRITORY, at, clock, joined, opened, say, stand
from hypothesis import given
from hypothesis import strategies as st

from riskshed.governance.register import (
    CONSEQUENCES,
    LIKELIHOODS,
    RISK_LEVELS,
    STEPS,
    Lack,
    entries,
    lacks,
    level,
    level_of,
    reaching,
    unregistered,
    within,
)
from riskshed.governance.standing import Standing
from riskshed.statement import Statement

NOW = at(500)


def source(code: str = "tank-1", city: str = SHANG, **more: Any) -> Statement:
    facts = {"hazard_class": "accident", "owner": "plant", "reaches": [ZHONG, XIA], **more}
    return say("HazardSourceRegistered", city, 0, source=code, city=city, **facts)


def step(name: str, hours: float, code: str = "tank-1", **more: Any) -> Statement:
    told = {"told": [ZHONG, XIA], **more} if name in ("evaluated", "treated") else more
    told = {"level": "high", **told} if name == "evaluated" else told
    return say("RiskAssessed", SHANG, hours, about=code, step=name, **told)


def carried(upto: int = 5) -> list[Statement]:
    return [step(name, 1.0 + hours) for hours, name in enumerate(STEPS[:upto])]


def codes(standing: Standing, now: Any = NOW, code: str = "tank-1") -> list[tuple[str, str]]:
    return [(one.code, one.what) for one in lacks(standing, standing.sources[code], now)]


# ------------------------------------------------------------------------------------------------ the steps


def test_source_that_was_carried_through_all_steps_lacks_nothing() -> None:
    assert codes(stand(source(), carried())) == []


@pytest.mark.parametrize("upto", range(5))
def test_next_step_is_named_and_no_later_one(upto: int) -> None:
    assert codes(stand(source(), carried(upto))) == [("register.step_missing", STEPS[upto])]


def test_step_that_was_skipped_is_named_as_such() -> None:
    told = [step("identified", 1), step("treated", 2)]
    assert codes(stand(source(), told)) == [
        ("register.step_skipped", "analysed"),
        ("register.step_skipped", "evaluated"),
        ("register.step_missing", "monitored"),
    ]


def test_step_older_than_the_one_before_it_has_to_be_looked_at_again() -> None:
    again = step("analysed", 20)
    standing = stand(source(), carried(), again)
    assert lacks(standing, standing.sources["tank-1"], NOW) == (
        Lack("tank-1", "register.step_stale", "evaluated", "evaluated", at(20)),
    )


# ----------------------------------------------------------------------------------------- who was told


@pytest.mark.parametrize("name", ["evaluated", "treated"])
def test_city_that_was_not_told_is_named(name: str) -> None:
    told = [
        *carried(),
        step(name, 3.0 if name == "evaluated" else 4.0, told=[ZHONG], summary={"en": "again"}),
    ]
    told = [one for one in told if not (one.string("step") == name and XIA in one.strings("told"))]
    assert codes(stand(source(), told)) == [("register.not_told", XIA)]


def test_nobody_has_to_be_told_before_it_is_evaluated() -> None:
    assert ("register.not_told", ZHONG) not in codes(stand(source(), carried(2)))


def test_body_of_a_city_hears_for_it() -> None:
    office = say("BodyJoined", "xia-water", -10, body="xia-water", kind="agency", city=XIA)
    told = [one for one in carried() if one.string("step") != "treated"]
    told.append(step("treated", 4.0, told=[ZHONG, "xia-water"]))
    assert codes(stand(source(), office, told)) == []


# ----------------------------------------------------------------------------------------------- reviews


@pytest.mark.parametrize(("now", "overdue"), [(100.0, False), (100.01, True)])
def test_review_is_overdue_after_its_time(now: float, overdue: bool) -> None:
    told = [one for one in carried() if one.string("step") != "monitored"]
    standing = stand(source(), told, step("monitored", 6.0, next_review=clock(100)))
    assert codes(standing, at(now)) == ([("register.review_overdue", "monitored")] if overdue else [])


# --------------------------------------------------------------------------------------------- the level


@pytest.mark.parametrize(
    ("likelihood", "consequence", "wanted"),
    [
        ("rare", "negligible", "low"),
        ("rare", "extreme", "high"),
        ("unlikely", "moderate", "moderate"),
        ("possible", "moderate", "high"),
        ("likely", "minor", "moderate"),
        ("almost_certain", "extreme", "very_high"),
    ],
)
def test_matrix_gives_the_level(likelihood: str, consequence: str, wanted: str) -> None:
    assert level_of(likelihood, consequence) == wanted


def test_level_is_unknown_while_either_is() -> None:
    assert level_of(None, "extreme") is None
    assert level_of("rare", None) is None


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))
def test_more_likely_or_graver_is_never_a_lower_level(one: int, two: int, more: int, worse: int) -> None:
    def rank(likelihood: int, consequence: int) -> int:
        told = level_of(LIKELIHOODS[min(likelihood, 4)], CONSEQUENCES[min(consequence, 4)])
        return RISK_LEVELS.index(str(told))

    assert rank(one, two) <= rank(one + more, two + worse)


def test_level_comes_from_the_matrix_where_none_is_said() -> None:
    told = say(
        "RiskAssessed", SHANG, 1, about="tank-1", step="analysed", likelihood="rare", consequence="major"
    )
    standing = stand(source(), told)
    assert level(standing, standing.sources["tank-1"]) == "moderate"


def test_level_that_the_matrix_does_not_give_is_shown() -> None:
    told = step("analysed", 2, level="low", likelihood="likely", consequence="extreme")
    assert ("register.level_differs", "low, very_high") in codes(stand(source(), step("identified", 1), told))


def test_evaluation_without_a_level_is_none() -> None:
    bare = say("RiskAssessed", SHANG, 3, about="tank-1", step="evaluated", told=[ZHONG, XIA])
    told = [one for one in carried() if one.string("step") != "evaluated"]
    assert codes(stand(source(), told, bare)) == [("register.level_missing", "evaluated")]


# ------------------------------------------------------------------------------------------- looking it up


def test_sources_of_a_territory_and_those_that_reach_a_city() -> None:
    well = source("well-1", PANG, reaches=[PANG])
    lake = source("lake-1", XIA, reaches=[PANG])
    standing = stand(source(), well, lake)
    assert [one.code for one in within(standing, TERRITORY, PROVINCE)] == ["lake-1", "tank-1"]
    assert [one.code for one in reaching(standing, TERRITORY, ZHONG)] == ["tank-1"]
    assert [one.code for one in reaching(standing, TERRITORY, PANG)] == ["lake-1"]


def test_source_that_reaches_a_whole_province_reaches_its_cities() -> None:
    standing = stand(source(city=PANG, reaches=[PROVINCE]))
    assert [one.code for one in reaching(standing, TERRITORY, XIA)] == ["tank-1"]


def test_source_without_owner_or_reach_says_so() -> None:
    bare = say(
        "HazardSourceRegistered", SHANG, 0, source="pit", city=SHANG, hazard_class="social_security"
    )  # fmt: skip
    assert codes(stand(bare), code="pit")[:2] == [
        ("register.no_owner", SHANG),
        ("register.reaches_unknown", SHANG),
    ]


def test_emerging_technology_keeps_its_statutory_class() -> None:
    drone = source("drones", hazard="new-technology/drones", hazard_class="social_security")
    by_code = {one.code: one for one in entries(stand(source(), drone), NOW)}
    assert (by_code["drones"].is_new_technology, by_code["drones"].hazard_class) == (True, "social_security")
    assert not by_code["tank-1"].is_new_technology


def test_page_shows_the_gravest_first_and_the_unknown_before_the_low() -> None:
    told = [
        *(source(code) for code in ("a-low", "b-unknown", "c-grave")),
        step("analysed", 1, "a-low", level="low"),
        step("analysed", 1, "c-grave", level="very_high"),
    ]
    page = entries(stand(told), NOW)
    assert [(one.code, one.level) for one in page] == [
        ("c-grave", "very_high"),
        ("b-unknown", None),
        ("a-low", "low"),
    ]
    assert (page[0].done, page[0].next) == (None, "identified")


def test_what_nobody_registered_is_named() -> None:
    told = [source(), step("identified", 1, "ghost"), opened(source="phantom")]
    assert [one.source for one in unregistered(stand(told))] == ["ghost", "phantom"]
    assert unregistered(stand(joined(), source(), carried(), opened(source="tank-1"))) == ()


def test_code_that_is_of_no_place_is_shown() -> None:
    standing = stand(source(reaches=[ZHONG, "atlantis"]))
    told = lacks(standing, standing.sources["tank-1"], NOW, TERRITORY)
    assert Lack("tank-1", "register.unknown_city", "atlantis") in told
    assert [one.code for one in told].count("register.unknown_city") == 1
