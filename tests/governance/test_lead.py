"""Who leads and who assists, in each of the three situations of spread, at the bound of the agreement."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import (
    BASIN,
    INCIDENT,
    PROVINCE,
    opened,
    say,
    stand,
)
from governance.incident_acts import (
    AGREED,
    CN,
    footprint,
    sayable,
)

from riskshed.governance.lead import Part, lead_and_assist
from riskshed.governance.situation import Reach

# --------------------------------------------------------------------------------------- lead and assistance


def test_hazard_in_several_cities_is_led_jointly() -> None:
    told = lead_and_assist(stand(opened(), footprint({XIA: "0.5"}, (SHANG, ZHONG), "1")), INCIDENT, AGREED)
    assert (told.spread, told.lead, told.assist) == ("1", (SHANG, ZHONG), (XIA,))
    assert [draft.kind for draft in told.drafts] == ["LeadAssigned", "AssistAssigned"]


def test_hazard_in_several_cities_is_led_by_the_superior_that_the_agreement_names() -> None:
    regime = replace(AGREED, terms=replace(AGREED.terms, lead="superior", superior=PROVINCE))
    told = lead_and_assist(stand(opened(), footprint({SHANG: "1"}, (SHANG, ZHONG), "1")), INCIDENT, regime)
    assert (told.lead, told.assist) == ((PROVINCE,), (SHANG, ZHONG))
    assert told.parts[0] == Part(PROVINCE, "command")


def test_without_an_agreement_the_common_superior_leads_by_law() -> None:
    told = lead_and_assist(stand(opened(), footprint({ZHONG: "0.9"}, (SHANG, ZHONG), "1")), INCIDENT, CN)
    assert told.lead == (PROVINCE,)
    assert told.drafts[0].body["rule"]["rule"] == "erl-18-1"


def test_origin_leads_and_those_exposed_assist() -> None:
    told = lead_and_assist(stand(opened(), footprint({SHANG: "1", ZHONG: "0.9"})), INCIDENT, AGREED)
    assert (told.spread, told.lead, told.assist) == ("2", (SHANG,), (ZHONG,))
    assert [sayable(draft).by for draft in told.drafts] == [BASIN, BASIN]


def test_where_hazard_and_exposure_are_apart_both_are_named() -> None:
    told = lead_and_assist(stand(opened(), footprint({ZHONG: "0.9"}, situation="3")), INCIDENT, AGREED)
    assert (told.spread, told.lead, told.assist) == ("3", (SHANG, ZHONG), ())
    assert set(told.parts) == {Part(SHANG, "source"), Part(ZHONG, "protect")}
    tasks = {task["owner"]: task["task"] for task in told.drafts[0].body["tasks"]}
    assert tasks == {SHANG: f"source-{SHANG}", ZHONG: f"protect-{ZHONG}"}


@pytest.mark.parametrize(("probability", "assist"), [(0.1, (ZHONG,)), (0.0999, ())])
def test_city_assists_from_the_bound_of_the_agreement_on(probability: float, assist: tuple[str, ...]) -> None:
    reached = [Reach(SHANG, 1.0), Reach(ZHONG, probability)]
    assert lead_and_assist(stand(opened()), INCIDENT, AGREED, reached).assist == assist


def test_city_of_unknown_probability_is_possible_and_owes_nothing() -> None:
    told = lead_and_assist(stand(opened()), INCIDENT, AGREED, [Reach(SHANG, 1.0), Reach(ZHONG, None)])
    assert (told.spread, told.lead, told.assist, told.possible) == (None, (SHANG,), (), (ZHONG,))


def test_what_stands_already_is_not_assigned_again() -> None:
    told = [opened(), footprint({SHANG: "1", ZHONG: "0.9"})]
    drafts = lead_and_assist(stand(told), INCIDENT, AGREED).drafts
    assert lead_and_assist(stand(told, [sayable(one) for one in drafts]), INCIDENT, AGREED).drafts == ()


def test_assignment_that_changes_answers_the_one_before() -> None:
    led = say("LeadAssigned", BASIN, 1, lead=[XIA])
    told = lead_and_assist(stand(opened(), led, footprint({SHANG: "1", ZHONG: "0.9"})), INCIDENT, AGREED)
    assert told.drafts[0].replies_to == led.id
    assert told.drafts[0].digest().startswith("sha256:")
