"""The life of an incident: its phases, its grades at their bounds, modes of working, and the command."""

from __future__ import annotations

from typing import Any

import pytest
from cast import SHANG, ZHONG
from governance.acts import (
    BASIN,
    INCIDENT,
    PROVINCE,
    at,
    clock,
    joined,
    opened,
    say,
    seen,
    stand,
)
from governance.incident_acts import (
    CN,
    NO_HARM,
    accident,
    cny,
    level,
    phase,
    reported,
    sayable,
)
from hypothesis import given
from hypothesis import strategies as st

from riskshed.governance.incident import LAWFUL, command, course, grade, hand_back, mode_switches, response
from riskshed.governance.standing import of
from riskshed.statement import Statement

# ------------------------------------------------------------------------------------------------- grades


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
