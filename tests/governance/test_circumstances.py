"""Circumstances: from statements to a situation, and nothing that no statement says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    INCIDENT,
    PLANT,
    PROVINCE,
    at,
    clock,
    join,
    noticed,
    opened,
    say,
    seen,
    stand,
    warned,
)
from governance.test_duty import foreseen

from riskshed.governance import circumstances, rulepack
from riskshed.governance.circumstances import Regime
from riskshed.governance.condition import Possible
from riskshed.governance.situation import Situation
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.statement import Statement

REGIME = Regime(packs=())


def situation(standing: Standing, regime: Regime = REGIME) -> Situation:
    return circumstances.of_incident(standing, INCIDENT, regime)


def facts(*said: Any, regime: Regime = REGIME, hours: float = 1000.0) -> dict[str, Any]:
    return dict(situation(stand(opened(), *said, hours=hours), regime).facts)


def reported(hours: float = 1.0, by: str = SHANG, **more: Any) -> Statement:
    return say("RiskReported", by, hours, **{"to": [PROVINCE], "known_at": clock(hours), **more})


# ----------------------------------------------------------------------------------------------- facts


def test_what_no_statement_says_is_unknown() -> None:
    found = facts()
    assert set(found) == {"hazard_class", "emergency_event", "response_ended"}
    assert (found["hazard_class"], found["response_ended"]) == ("accident", False)


def test_event_has_occurred_from_when_it_began() -> None:
    begins = opened(began=clock(5))
    for hours, wanted in ((4.9, False), (5.0, True)):
        assert situation(stand(begins, hours=hours)).facts["occurred"] is wanted


def test_toll_holds_what_was_reported_in_yuan_and_no_zero_for_the_rest() -> None:
    loss = {"minor": 1_000_050, "currency": "CNY"}
    found = facts(reported(dead_people=3, loss=loss))
    assert (found["dead_people"], found["loss_cny"]) == (3, 10_000.5)
    assert not {"missing_people", "gravely_hurt_people"} & set(found)
    others = facts(reported(dead_people=0, missing_people=1, gravely_hurt_people=2))
    assert [others[name] for name in ("dead_people", "missing_people", "gravely_hurt_people")] == [0, 1, 2]


def test_loss_in_another_currency_is_no_loss_in_yuan() -> None:
    assert "loss_cny" not in facts(reported(loss={"minor": 100, "currency": "EUR"}))


@pytest.mark.parametrize(
    ("pathway", "hazard"), [("pollutant", "water_pollution"), ("river", "flood"), ("unheard-of", None)]
)
def test_pathway_of_the_forecast_names_the_hazard(pathway: str, hazard: str | None) -> None:
    found = facts(foreseen(1, pathway=pathway))
    assert found.get("hazard") == hazard
    assert found.get("water_pollution") == (True if pathway == "pollutant" else None)


@pytest.mark.parametrize(("chance", "wanted"), [("0.05", True), ("0.0499", None)])
def test_city_at_the_bound_of_the_agreement_is_threatened_and_below_it_not(chance: str, wanted: Any) -> None:
    found = facts(foreseen(1, (ZHONG, chance)))
    assert found.get("drinking_water_threatened") is wanted
    assert found.get("about_to_happen") is wanted


def test_harm_to_the_city_of_origin_alone_is_not_about_to_happen_to_others() -> None:
    found = facts(foreseen(1, (SHANG, "0.9")))
    assert "about_to_happen" not in found
    assert found["drinking_water_threatened"] is True


def test_flood_does_not_threaten_drinking_water() -> None:
    assert "drinking_water_threatened" not in facts(foreseen(1, (ZHONG, "0.9"), pathway="river"))


def test_latest_forecast_counts() -> None:
    told = situation(stand(opened(), foreseen(1, (ZHONG, "0.7")), foreseen(2, (XIA, "0.3"))))
    assert [(one.city, one.probability, one.arrival) for one in told.reached] == [(XIA, 0.3, at(48))]


def test_without_a_forecast_nobody_is_reached_and_the_hazard_is_where_it_began() -> None:
    told = situation(stand(opened()))
    assert (told.reached, told.hazard, told.origin) == ((), (SHANG,), (SHANG,))
    wide = situation(stand(opened(), foreseen(1, hazard_cities=[SHANG, PANG])))
    assert (wide.hazard, wide.origin) == ((SHANG, PANG), (SHANG,))


def graded(level: str, *, lower_bound: bool) -> Statement:
    return say("LevelSet", SHANG, 2.0, scale="grade", level=level, lower_bound=lower_bound)


def test_grade_that_is_a_lower_bound_leaves_the_graver_ones_possible() -> None:
    assert facts(graded("III", lower_bound=False))["grade"] == "III"
    assert facts(graded("III", lower_bound=True))["grade"] == Possible(frozenset(("I", "II", "III")))
    assert facts(graded("I", lower_bound=True))["expected_grade"] == "I"


def test_gravest_active_warning_gives_the_level() -> None:
    blue, orange = (
        warned(2.0, level="blue"),
        say("WarningIssued", ZHONG, 3.0, cities=[ZHONG], level="orange", expires=clock(10)),
    )
    assert facts(blue, orange, hours=9)["warning_level"] == "II"
    assert facts(blue, orange, hours=11)["warning_level"] == "IV"
    over = facts(blue, orange, hours=99)
    assert over["warning_issued"] is True
    assert "warning_level" not in over


def test_warning_of_another_incident_is_none_of_this() -> None:
    other = say("WarningIssued", ZHONG, 2.0, about="elsewhere", cities=[ZHONG], expires=clock(99))
    assert "warning_issued" not in facts(other, hours=9)


def test_response_has_started_once_one_works_as_in_an_emergency() -> None:
    normal = say("ModeSwitched", SHANG, 2.0, mode="normal")
    assert facts(normal)["response_started"] is False
    assert facts(normal, say("ModeSwitched", ZHONG, 3.0, mode="emergency"))["response_started"] is True
    assert facts(say("IncidentClosed", SHANG, 3.0, ended_at=clock(3)))["response_ended"] is True


def test_word_for_the_hazard_counts_only_where_the_rules_know_it() -> None:
    packs = (rulepack.shelf("cn-2024"),)
    known = situation(stand(opened(hazard="water_pollution")), Regime(packs=packs))
    assert known.facts["hazard"] == "water_pollution"
    other = situation(stand(opened(hazard="hsbk-77")), Regime(packs=packs))
    assert "hazard" not in other.facts
    assert "hazard" not in situation(stand(opened(hazard="water_pollution"))).facts


def test_what_the_agreement_takes_as_given_stands_behind_what_is_on_record() -> None:
    regime = Regime(packs=(), given={"hazard": "flood", "cross_border": True})
    found = facts(foreseen(1), regime=regime)
    assert (found["hazard"], found["cross_border"]) == ("water_pollution", True)
    assert facts(regime=regime)["hazard"] == "flood"


def test_owner_of_the_source_is_the_unit_before_the_list_of_the_agreement() -> None:
    regime = Regime(packs=(), terms=Terms(code="a", roles={"unit": PANG, "x/environment": XIA}))
    tank = say("HazardSourceRegistered", SHANG, -5.0, source="tank-1", owner=PLANT, city=SHANG)
    assert situation(stand(tank, opened(source="tank-1")), regime).bodies["unit"] == PLANT
    bodies = situation(stand(opened(source="tank-1")), regime).bodies
    assert bodies == {"unit": PANG, "x/environment": XIA}


# --------------------------------------------------------------------------------------------- moments


def moments(*said: Any) -> dict[tuple[str | None, str], Any]:
    told = situation(stand(*said)).moments
    assert len({(one.body, one.what) for one in told}) == len(told)
    return {(one.body, one.what): one.at for one in told}


def test_body_knew_from_what_it_says_itself_of_its_knowledge() -> None:
    found = moments(opened(1.0), reported(3.0, known_at=clock(0.5)))
    assert found[SHANG, "known"] == at(0.5)
    assert found[PROVINCE, "known"] == found[PROVINCE, "received"] == at(3)
    assert (SHANG, "received") not in found


def test_nobody_knew_later_than_it_spoke() -> None:
    assert moments(opened(1.0, by=ZHONG), reported(3.0, known_at=clock(9)))[SHANG, "known"] == at(3)
    field = say("FieldReportFiled", XIA, 4.0, seen_at=clock(2))
    assert moments(opened(), field)[XIA, "known"] == at(2)


def test_first_word_counts_not_the_last() -> None:
    found = moments(opened(), noticed(5.0), noticed(2.0), noticed(7.0))
    assert found[ZHONG, "received"] == at(2)


def test_event_and_warnings_are_moments_too() -> None:
    found = moments(opened(began=clock(-1)), warned(4.0), warned(3.0))
    assert found[None, "occurred"] == at(-1)
    assert found[ZHONG, "warned"] == at(3)


def test_forecast_put_together_afterwards_shows_no_knowledge_of_its_body() -> None:
    opening = opened(by=ZHONG)
    forecast = foreseen(2.0)
    assert moments(opening, forecast)[SHANG, "known"] == at(2)
    told = replace(forecast, reconstructed={"source": "press", "precision": "day"})
    assert (SHANG, "known") not in moments(opening, told)


def test_words_seen_long_after_they_were_issued_count_from_when_they_were_seen() -> None:
    late, in_time = seen(noticed(1.0), 12.5), seen(noticed(1.0), 12.0)
    assert circumstances.said_at(late) == at(13.5)
    assert circumstances.said_at(in_time) == at(1.0)


# --------------------------------------------------------------------------------------- what is about it


def about(standing: Standing) -> set[str]:
    return {one.statement.id for one in circumstances.about(standing, standing.incidents[INCIDENT])}


def test_statement_is_about_an_incident_directly_by_another_code_or_by_what_it_answers() -> None:
    own, other = opened(), opened(0.5, by=ZHONG, code="same", same_as=[INCIDENT])
    notice = noticed(1.0)
    under_other = say("RiskReported", ZHONG, 1.0, about="same", to=[PROVINCE])
    answer = say("NoticeAcknowledged", ZHONG, 2.0, about=None, replies_to=notice.id)
    foreign = say("RiskReported", ZHONG, 1.5, about="elsewhere", to=[PROVINCE])
    found = about(stand(own, other, notice, under_other, answer, foreign))
    assert found == {own.id, other.id, notice.id, under_other.id, answer.id}


def test_what_is_set_aside_and_what_is_of_a_drill_is_not_about_it() -> None:
    stranger = say("RiskReported", "910900", 1.0, to=[PROVINCE])
    drill = say("RiskReported", SHANG, 1.0, to=[PROVINCE], exercise=True)
    assert about(stand(opened(), stranger, drill)) == {opened().id}


def test_reports_notices_and_orders_have_addressees_and_other_words_have_none() -> None:
    for kind in ("RiskReported", "NoticeSent", "InstructionGiven", "Escalated"):
        assert circumstances.addressees(seen(say(kind, SHANG, 1.0, to=[XIA]))) == (XIA,)
    assert circumstances.addressees(seen(join(SHANG))) == ()
