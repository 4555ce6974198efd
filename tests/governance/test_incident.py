"""The life of an incident: phases, grades at their bounds, handing up, command, who leads and assists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    BASIN,
    INCIDENT,
    PROVINCE,
    TERRITORY,
    answered,
    at,
    clock,
    joined,
    noticed,
    opened,
    say,
    seen,
    stand,
)
from hypothesis import given
from hypothesis import strategies as st

from riskshed.governance import rulepack
from riskshed.governance.capacity import shortfalls
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.escalation import above, escalation
from riskshed.governance.incident import (
    LAWFUL,
    command,
    course,
    grade,
    hand_back,
    mode_switches,
    response,
)
from riskshed.governance.lead import Part, lead_and_assist
from riskshed.governance.situation import Reach
from riskshed.governance.standing import Standing, of
from riskshed.governance.terms import Terms
from riskshed.statement import Statement, make

CN = Regime(packs=(rulepack.shelf("cn-2024"),), territory=TERRITORY, as_if_in_force=True)
AGREED = replace(CN, terms=Terms(code="cast-river", coordination_body=BASIN, assist_from_probability=0.1))


def accident(**toll: Any) -> list[Statement]:
    return [opened(hazard="work_accident"), reported(**toll)]


def reported(hours: float = 1.0, **toll: Any) -> Statement:
    return say("RiskReported", SHANG, hours, to=[PROVINCE], hazard_class="accident", **toll)


def level(hours: float, level: str, by: str = SHANG, **more: Any) -> Statement:
    return say("LevelSet", by, hours, **{"scale": "grade", "level": level, "lower_bound": False, **more})


def phase(hours: float, name: str) -> Statement:
    return level(hours, "III", scale="response", phase=name)


def cny(yuan: int) -> dict[str, Any]:
    return {"minor": yuan * 100, "currency": "CNY"}


def sayable(draft: Draft) -> Statement:
    """A draft is a statement that somebody could make as it stands."""
    facts: dict[str, Any] = {"about": draft.about, "replies_to": draft.replies_to, "body": draft.body}
    return make(draft.kind, by=draft.by, officer="duty-1", issued=at(500), **facts)


# ------------------------------------------------------------------------------------------------- grades

NO_HARM = {"dead_people": 0, "gravely_hurt_people": 0, "loss": cny(0)}


@pytest.mark.parametrize(
    ("toll", "wanted"),
    [
        ({"dead_people": 1}, "IV"),
        ({"dead_people": 2}, "IV"),
        ({"dead_people": 3}, "III"),
        ({"dead_people": 9}, "III"),
        ({"dead_people": 10}, "II"),
        ({"dead_people": 29}, "II"),
        ({"dead_people": 30}, "I"),
        ({"gravely_hurt_people": 9}, "IV"),
        ({"gravely_hurt_people": 10}, "III"),
        ({"gravely_hurt_people": 49}, "III"),
        ({"gravely_hurt_people": 50}, "II"),
        ({"gravely_hurt_people": 99}, "II"),
        ({"gravely_hurt_people": 100}, "I"),
        ({"loss": cny(9_999_999)}, "IV"),
        ({"loss": cny(10_000_000)}, "III"),
        ({"loss": cny(49_999_999)}, "III"),
        ({"loss": cny(50_000_000)}, "II"),
        ({"loss": cny(99_999_999)}, "II"),
        ({"loss": cny(100_000_000)}, "I"),
        ({"dead_people": 2, "gravely_hurt_people": 9, "loss": cny(50_000_000)}, "II"),
    ],
)
def test_accident_is_graded_by_order_493(toll: dict[str, Any], wanted: str) -> None:
    graded = grade(stand(accident(**{**NO_HARM, **toll})), INCIDENT, CN)
    assert (graded.level, graded.is_lower_bound) == (wanted, False)


def test_grade_without_all_numbers_is_a_lower_bound() -> None:
    graded = grade(stand(accident(dead_people=3)), INCIDENT, CN)
    assert (graded.level, graded.is_lower_bound) == ("III", True)
    assert set(graded.missing) == {"gravely_hurt_people", "loss_cny"}


def test_gravest_grade_is_no_lower_bound_whatever_is_unknown() -> None:
    graded = grade(stand(accident(dead_people=30)), INCIDENT, CN)
    assert (graded.level, graded.is_lower_bound) == ("I", False)


def test_incident_of_which_nobody_counted_the_harm_has_no_grade() -> None:
    graded = grade(stand(accident()), INCIDENT, CN)
    assert (graded.level, graded.is_lower_bound, graded.draft) == (None, True, None)


def test_missing_people_are_not_counted_as_dead() -> None:
    graded = grade(stand(accident(**NO_HARM | {"dead_people": 2}, missing_people=40)), INCIDENT, CN)
    assert graded.level == "IV"


def test_loss_in_another_money_is_unknown() -> None:
    dollars = {"minor": 10**12, "currency": "USD"}
    graded = grade(stand(accident(dead_people=1, gravely_hurt_people=0, loss=dollars)), INCIDENT, CN)
    assert (graded.level, graded.is_lower_bound) == ("IV", True)


def test_level_that_was_set_too_low_is_corrected_with_the_rule() -> None:
    said = level(2, "III")
    graded = grade(stand(accident(**NO_HARM | {"dead_people": 10}), said), INCIDENT, CN)
    assert graded.differs == "too_low"
    draft = graded.draft
    assert draft is not None
    assert (draft.kind, draft.by, draft.replies_to) == ("LevelSet", SHANG, said.id)
    assert draft.body["level"] == "II"
    assert draft.body["rule"]["rule"] == "wsr-3-2"
    assert "3(2)" in draft.body["rule"]["cite"]


def test_correction_once_said_leaves_nothing_to_correct() -> None:
    told = [*accident(**NO_HARM | {"dead_people": 10}), level(2, "III")]
    draft = grade(stand(told), INCIDENT, CN).draft
    assert draft is not None
    assert grade(stand(told, sayable(draft)), INCIDENT, CN).differs is None


def test_level_that_was_set_too_high_is_left_alone() -> None:
    graded = grade(stand(accident(**NO_HARM | {"dead_people": 1}), level(2, "I")), INCIDENT, CN)
    assert (graded.differs, graded.draft) == ("too_high", None)


def test_graver_level_may_be_right_while_numbers_are_missing() -> None:
    graded = grade(stand(accident(dead_people=1), level(2, "I")), INCIDENT, CN)
    assert (graded.differs, graded.draft) == (None, None)


def test_level_said_to_be_certain_while_numbers_are_missing_is_said_again() -> None:
    graded = grade(stand(accident(dead_people=3), level(2, "III")), INCIDENT, CN)
    assert graded.differs == "too_sure"
    assert graded.draft is not None
    assert graded.draft.body["lower_bound"] is True


def test_response_level_follows_the_grade_and_says_whose_rule_that_is() -> None:
    proposed = response(stand(accident(**NO_HARM | {"dead_people": 3})), INCIDENT, CN)
    assert (proposed.level, proposed.rules) == ("III", ())
    assert proposed.draft is not None
    assert "rule" not in proposed.draft.body
    assert "No rule says otherwise" in proposed.draft.body["reason"]["en"]


def test_drill_grades_nothing_that_is_actual() -> None:
    real = accident(**NO_HARM | {"dead_people": 1})
    drill = reported(2.0, dead_people=50, exercise=True)
    both, alone = stand(real, drill), stand(real)
    assert grade(both, INCIDENT, CN) == grade(alone, INCIDENT, CN)
    played = of(
        [*_seen(joined()), *_seen([opened(hazard="work_accident", exercise=True), drill])],
        at=at(9),
        exercise=True,
    )
    assert grade(played, INCIDENT, CN).level == "I"


def _seen(said: list[Statement]) -> list[Any]:
    return [seen(one) for one in said]


@given(st.integers(0, 40), st.integers(0, 120), st.integers(0, 40), st.integers(0, 120))
def test_more_harm_is_never_a_milder_grade(dead: int, hurt: int, more: int, worse: int) -> None:
    def index(dead: int, hurt: int) -> int:
        toll = {"dead_people": dead, "gravely_hurt_people": hurt, "loss": cny(1)}
        found = grade(stand(accident(**toll)), INCIDENT, CN).level
        return ("I", "II", "III", "IV").index(found) if found else 4

    assert index(dead + more, hurt + worse) <= index(dead, hurt)


# ----------------------------------------------------------------------------------------- phases and modes


def test_course_of_an_incident_is_told_step_by_step() -> None:
    end = say("IncidentClosed", SHANG, 9, ended_at=clock(9))
    steps = course(stand(opened(), phase(1, "emergency"), phase(5, "recovery"), end), INCIDENT)
    assert [step.phase for step in steps] == ["alert", "emergency", "recovery", "closed"]
    assert all(step.is_lawful for step in steps)


def test_emergency_does_not_end_without_recovery() -> None:
    end = say("IncidentClosed", SHANG, 9, ended_at=clock(9))
    last = course(stand(opened(), phase(1, "emergency"), end), INCIDENT)[-1]
    assert (last.was, last.phase, last.is_lawful) == ("emergency", "closed", False)


def test_what_comes_back_is_an_emergency_again() -> None:
    told = opened(), phase(1, "emergency"), phase(5, "recovery"), phase(6, "emergency")
    assert course(stand(*told), INCIDENT)[-1].is_lawful


def test_every_phase_leads_out_and_none_to_itself() -> None:
    assert all(to and one not in to for one, to in LAWFUL.items())
    assert {one for to in LAWFUL.values() for one in to} == set(LAWFUL)


def test_those_with_a_part_go_over_to_emergency_working() -> None:
    led = say("LeadAssigned", BASIN, 1, lead=[SHANG])
    helped = say("AssistAssigned", BASIN, 1, assist=[ZHONG])
    ready = say("ModeSwitched", ZHONG, 1, mode="emergency")
    drafts = mode_switches(stand(opened(), led, helped, ready, phase(2, "emergency")), INCIDENT)
    assert [(draft.by, draft.body["mode"]) for draft in drafts] == [(SHANG, "emergency")]
    sayable(drafts[0])


def test_those_in_emergency_mode_go_back_when_it_is_closed() -> None:
    ready = say("ModeSwitched", ZHONG, 1, mode="emergency")
    end = say("IncidentClosed", SHANG, 9, ended_at=clock(9))
    drafts = mode_switches(stand(opened(), ready, end), INCIDENT)
    assert [(draft.by, draft.body["mode"]) for draft in drafts] == [(ZHONG, "normal")]
    assert mode_switches(stand(opened(), ready), INCIDENT) == ()


# ------------------------------------------------------------------------------------------------- command


def took(hours: float, by: str, of: str) -> Statement:
    return say("CommandTaken", by, hours, of=[of])


def test_command_is_a_stack() -> None:
    city, province = took(1, ZHONG, SHANG), took(2, PROVINCE, ZHONG)
    back = say("CommandReturned", PROVINCE, 3, replies_to=province.id, to=[ZHONG])
    assert command(stand(opened()), INCIDENT).now == (SHANG,)
    held = command(stand(opened(), city, province), INCIDENT)
    assert (held.stack, held.now, held.by) == ((ZHONG, PROVINCE), (PROVINCE,), "command")
    assert command(stand(opened(), city, province, back), INCIDENT).now == (ZHONG,)


def test_lead_is_in_command_while_nobody_took_it() -> None:
    led = say("LeadAssigned", BASIN, 1, lead=[SHANG, ZHONG])
    assert command(stand(opened(), led), INCIDENT).now == (SHANG, ZHONG)


def test_command_is_given_back_in_the_order_in_which_it_was_taken() -> None:
    city, province = took(1, ZHONG, SHANG), took(2, PROVINCE, ZHONG)
    task = {"task": "samples", "owner": SHANG, "what": {"en": "take samples"}}
    led = say("LeadAssigned", BASIN, 0.5, lead=[SHANG], tasks=[task])
    standing = stand(opened(), led, city, province, phase(3, "emergency"), phase(4, "recovery"))
    drafts = hand_back(standing, INCIDENT)
    assert [(one.by, one.body["to"], one.replies_to) for one in drafts] == [
        (PROVINCE, [ZHONG], province.id),
        (ZHONG, [SHANG], city.id),
    ]
    assert "samples" in drafts[0].body["remains"]["en"]
    sayable(drafts[0])


def test_command_is_kept_while_it_is_an_emergency() -> None:
    assert hand_back(stand(opened(), took(1, ZHONG, SHANG), phase(2, "emergency")), INCIDENT) == ()


# -------------------------------------------------------------------------------------------- handing up


def found(standing: Standing, cause: str, regime: Regime = CN) -> list[Any]:
    return [one for one in escalation(standing, INCIDENT, regime) if one.cause == cause]


def test_gravest_grade_goes_to_the_state_council_by_its_article() -> None:
    (one,) = found(stand(accident(dead_people=30)), "grade")
    assert (one.draft.body["to"], one.is_certain) == (["state_council"], True)
    assert one.draft.body["rule"]["rule"] == "erl-19-2"
    sayable(one.draft)


def test_grade_below_is_not_handed_up_and_a_lower_bound_possibly_is() -> None:
    assert found(stand(accident(**NO_HARM | {"dead_people": 29})), "grade") == []
    (one,) = found(stand(accident(dead_people=29)), "grade")
    assert not one.is_certain


def test_grade_set_too_low_keeps_nothing_from_being_handed_up() -> None:
    (one,) = found(stand(accident(dead_people=30), level(2, "III")), "grade")
    assert one.is_certain


def test_what_was_handed_up_is_not_proposed_again() -> None:
    told = accident(dead_people=30)
    (one,) = found(stand(told), "grade")
    assert found(stand(told, sayable(one.draft)), "grade") == []


def asked(amount: str, hours: float = 2.0, by: str = SHANG, **more: Any) -> Statement:
    items = [{"item": "tent", "amount": {"value": amount, "unit": "item"}}]
    return say("AidRequested", by, hours, of=[ZHONG], items=items, to=SHANG, **more)


def stock(amount: str, by: str = SHANG, hours: float = 0.0, city: str = SHANG, **more: Any) -> Statement:
    kept = more.pop("kept_back", None)
    row = {"item": "tent", "amount": {"value": amount, "unit": "item"}, "city": city, "sort": "supplies"}
    row |= {"kept_back": {"value": kept, "unit": "item"}} if kept else {}
    facts = {"complete": True, "as_of": clock(hours), **more}
    return say("StockReported", by, hours, about=None, rows=[row], **facts)


@pytest.mark.parametrize(("have", "short"), [("100", None), ("99", "1"), ("99.5", "0.5"), ("101", None)])
def test_capacity_is_just_enough_or_one_short(have: str, short: str | None) -> None:
    proposals = found(stand(opened(), asked("100"), stock(have)), "capacity")
    told = [one.draft.body["needs"][0]["amount"]["value"] for one in proposals]
    assert told == ([] if short is None else [short])
    if proposals:
        (one,) = proposals
        assert (one.is_certain, one.draft.by, one.draft.body["to"]) == (True, SHANG, [PROVINCE])
        assert one.draft.body["rule"]["rule"] == "erl-17-2a"
        sayable(one.draft)


@pytest.mark.parametrize("told", [[], [stock("99", complete=False)], [stock("99", by=ZHONG, city=ZHONG)]])
def test_unknown_stock_is_not_zero(told: list[Statement]) -> None:
    (one,) = found(stand(opened(), asked("100"), told), "capacity")
    assert not one.is_certain
    assert "Possibly" in one.draft.body["reason"]["en"]


def test_stock_in_another_unit_is_unknown() -> None:
    rows = [{"item": "tent", "amount": {"value": "9", "unit": "t"}, "city": SHANG, "sort": "supplies"}]
    told = say("StockReported", SHANG, 0, about=None, rows=rows, as_of=clock(0), complete=True)
    (one,) = shortfalls(stand(opened(), asked("100"), told), INCIDENT, SHANG, CN)
    assert (one.have, one.is_certain) == (0, False)


def test_last_word_on_stock_and_need_counts() -> None:
    told = opened(), asked("100"), asked("80", 3.0), stock("200"), stock("79", hours=1.0)
    (one,) = shortfalls(stand(*told), INCIDENT, SHANG, CN)
    assert (one.need, one.short) == (80, 1)


def test_stock_that_others_keep_for_themselves_does_not_count() -> None:
    told = opened(), asked("100"), stock("100", by=ZHONG, city=ZHONG, kept_back="1")
    (one,) = shortfalls(stand(*told), INCIDENT, PROVINCE, CN)
    assert one.short == 1
    told = opened(), asked("100"), stock("100", kept_back="1")
    assert shortfalls(stand(*told), INCIDENT, PROVINCE, CN) == ()


def test_stock_outside_of_the_territory_does_not_count() -> None:
    (one,) = shortfalls(stand(opened(), asked("100"), stock("100", by=PANG, city=PANG)), INCIDENT, SHANG, CN)
    assert one.have == 0


def test_need_of_a_territory_holds_that_of_its_places() -> None:
    told = opened(), asked("30", 2.0, by=XIA), asked("50", 3.0, by=ZHONG), asked("10", 4.0)
    (one,) = shortfalls(stand(*told), INCIDENT, PROVINCE, CN)
    assert one.need == 60


def test_promise_from_outside_is_taken_off_the_need() -> None:
    request = asked("100")
    items = [{"item": "tent", "amount": {"value": "1", "unit": "item"}}]
    more = {"items": items, "to": SHANG, "leaves_by": clock(2000), "arrives_by": clock(2000)}
    promise = say("AidCommitted", ZHONG, 3, replies_to=request.id, **more)
    assert found(stand(opened(), request, stock("99"), promise), "capacity") == []


def test_stock_of_who_handed_up_is_used_up_above_it() -> None:
    needs = [{"item": "tent", "amount": {"value": "5", "unit": "item"}}]
    up = say("Escalated", SHANG, 3, to=[PROVINCE], cause="capacity", needs=needs)
    (one,) = shortfalls(stand(opened(), up, stock("99")), INCIDENT, PROVINCE, CN)
    assert (one.need, one.have) == (5, 0)


def test_need_in_words_alone_is_possibly_beyond_capacity() -> None:
    report = reported(needs={"en": "many tents"})
    (one,) = found(stand(opened(), report), "capacity")
    assert (one.is_certain, one.draft.body["evidence"]) == (False, [report.id])
    assert found(stand(opened(), report, asked("1"), stock("1")), "capacity") == []


def test_need_that_has_grown_is_handed_up_again() -> None:
    told = [opened(), asked("100"), stock("99")]
    (one,) = found(stand(told), "capacity")
    told.append(sayable(one.draft))
    assert found(stand(told), "capacity") == []
    assert len(found(stand(told, asked("120", 600.0)), "capacity")) == 1


def footprint(
    arrivals: dict[str, str], hazard: tuple[str, ...] = (SHANG,), situation: str = "2"
) -> Statement:
    rows = [{"city": city, "probability": probability} for city, probability in arrivals.items()]
    more = {"hazard_cities": list(hazard), "situation": situation, "known_at": clock(1)}
    return say("FootprintIssued", BASIN, 1.5, arrivals=rows, **more)


def test_several_districts_go_to_their_common_superior() -> None:
    reached = footprint({SHANG: "1", ZHONG: "0.9"})
    (one,) = found(stand(opened(), reached), "spread")
    assert one.draft.body["to"] == [PROVINCE]
    assert one.draft.body["rule"]["rule"] == "erl-18-1"


def test_districts_without_a_common_superior_go_to_both() -> None:
    reached = footprint({SHANG: "1", PANG: "0.9"})
    told = [one.draft.body["to"] for one in found(stand(opened(), reached), "spread")]
    assert told == [[PROVINCE], ["920000"]]


def test_agreement_that_gives_the_lead_to_the_origin_hands_no_districts_up() -> None:
    assert found(stand(opened(), footprint({SHANG: "1", ZHONG: "0.9"})), "spread", AGREED) == []


@pytest.mark.parametrize(("hours", "wanted"), [(4.0, 0), (4.01, 1)])
def test_neighbour_that_did_not_answer_in_time_is_handed_up(hours: float, wanted: int) -> None:
    notice = noticed(2.0, answer_by=clock(4.0))
    proposals = found(stand(opened(), notice, hours=hours), "unanswered")
    assert len(proposals) == wanted
    for one in proposals:
        assert (one.draft.by, one.draft.body["to"]) == (SHANG, [PROVINCE])
        assert one.draft.body["evidence"] == [notice.id]


def test_answer_of_any_sort_is_an_answer() -> None:
    notice = noticed(2.0, answer_by=clock(4.0))
    for kind in ("NoticeAcknowledged", "NoticeAdopted", "NoticeDeclined"):
        told = stand(opened(), notice, answered(notice, kind, 3.0), hours=9)
        assert found(told, "unanswered") == []


def test_superior_that_did_not_answer_is_passed_over() -> None:
    up = say("Escalated", SHANG, 2, to=[PROVINCE], cause="capacity")
    late = stand(opened(), up, hours=2 + AGREED.terms.answer_h + 0.01)
    (one,) = found(late, "unanswered")
    assert (one.draft.body["to"], one.draft.replies_to) == (["state_council"], up.id)
    assert found(stand(opened(), up, hours=2 + AGREED.terms.answer_h), "unanswered") == []
    taken = say("CommandTaken", PROVINCE, 3, of=[SHANG], replies_to=up.id)
    assert found(stand(opened(), up, taken, hours=9), "unanswered") == []


def test_closed_incident_is_handed_up_no_more() -> None:
    end = say("IncidentClosed", SHANG, 9, ended_at=clock(9))
    assert escalation(stand(accident(dead_people=30), end), INCIDENT, CN) == ()


def test_where_no_territory_stands_above_the_agreement_says_who() -> None:
    terms = Terms(code="x", centre="centre")
    assert above(BASIN, replace(CN, terms=terms)) == "centre"
    assert above(SHANG, replace(CN, terms=terms)) == PROVINCE
    assert above(PROVINCE, replace(CN, terms=Terms())) == "state_council"
    assert above("state_council", replace(CN, terms=terms)) is None


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
