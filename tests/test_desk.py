"""The duty desk: each act is on the record with its id, or raises and has changed nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from desk_house import REGIME, WORDS, House, key, plain, refused
from governance import small_pack
from governance.acts import (
    AGREEMENT,
    BASIN,
    BODIES,
    COURT,
    INCIDENT,
    PROVINCE,
    clock,
)
from governance.foreseen import WRITING, outlook, telling

from riskshed.desk import Desk
from riskshed.errors import (
    DomainError,
    InputError,
    InputFaults,
    KeyRefusedError,
    NotFoundError,
)
from riskshed.governance.draft import Draft
from riskshed.statement import StatementError, read, seal, unseal
from riskshed.vocabulary import KINDS


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.log.close()


# --------------------------------------------------------------------------------------------- the acts

COMMAND = {"of": [SHANG], "scope": WORDS}
FINDING = {"breach": "late", "of": SHANG, "owed": "RiskReported", "what": WORDS}
FINDING["rule"] = {"pack": "cn-2024", "rule": "erl-17-1b"}
LEAD = {"lead": [SHANG], "reason": WORDS, "tasks": [{"task": "t1", "owner": SHANG, "what": WORDS}]}


def finding(house: House) -> str:
    house.opened()
    house.agreed()
    return house.desks[BASIN].make_finding(INCIDENT, **FINDING)


ACTS: dict[str, Callable[[House, dict[str, Desk]], str]] = {
    "HazardSourceRegistered": lambda _, desks: desks[SHANG].register_source(
        **plain("HazardSourceRegistered")
    ),
    "RiskAssessed": lambda _, desks: desks[SHANG].assess_risk("plant", **plain("RiskAssessed")),
    "TreatmentDecided": lambda _, desks: desks[SHANG].decide_treatment(**plain("TreatmentDecided")),
    "StockReported": lambda _, desks: desks[SHANG].report_stock(**plain("StockReported")),
    "ReadingsTaken": lambda _, desks: desks[SHANG].take_readings(**plain("ReadingsTaken")),
    "FootprintIssued": lambda _, desks: desks[SHANG].issue_footprint(INCIDENT, **plain("FootprintIssued")),
    "FieldReportFiled": lambda _, desks: desks[SHANG].file_field_report(**plain("FieldReportFiled")),
    "RiskReported": lambda _, desks: desks[SHANG].report_risk(**plain("RiskReported")),
    "NoticeAcknowledged": lambda house, desks: desks[ZHONG].acknowledge(house.noticed()),
    "NoticeAdopted": lambda house, desks: desks[ZHONG].adopt(house.noticed()),
    "NoticeDeclined": lambda house, desks: desks[ZHONG].decline(house.noticed(), WORDS),
    "IncidentOpened": lambda house, _: house.opened(),
    "LeadAssigned": lambda house, desks: (
        house.opened() and desks[BASIN].assign_lead(INCIDENT, lead=[SHANG], reason=WORDS)
    ),
    "AssistAssigned": lambda house, desks: (
        house.opened() and desks[BASIN].assign_assist(INCIDENT, assist=[ZHONG], reason=WORDS)
    ),
    "LevelSet": lambda house, desks: house.opened() and desks[SHANG].set_level(INCIDENT, **plain("LevelSet")),
    "ModeSwitched": lambda _, desks: desks[SHANG].switch_mode("emergency", WORDS),
    "Escalated": lambda house, desks: (
        house.opened() and desks[SHANG].escalate(INCIDENT, **plain("Escalated", to=[PROVINCE]))
    ),
    "CommandTaken": lambda house, desks: house.opened() and desks[PROVINCE].take_command(INCIDENT, **COMMAND),
    "CommandReturned": lambda house, desks: desks[PROVINCE].return_command(
        ACTS["CommandTaken"](house, desks), to=[SHANG], remains=WORDS
    ),
    "IncidentClosed": lambda house, desks: (
        house.opened() and desks[SHANG].close_incident(INCIDENT, reason=WORDS)
    ),
    "InstructionGiven": lambda _, desks: desks[PROVINCE].give_instruction(to=[SHANG], what=WORDS),
    "TaskCompleted": lambda house, desks: (
        house.opened() and desks[SHANG].complete_task(desks[BASIN].assign_lead(INCIDENT, **LEAD), "t1")
    ),
    "WatchTaken": lambda _, desks: desks[SHANG].take_watch("night"),
    "WatchHandedOver": lambda _, desks: desks[SHANG].hand_over_watch("night", "duty-2"),
    "AgreementProposed": lambda house, _: house.proposed(),
    "AgreementSigned": lambda house, desks: desks[SHANG].sign_agreement(house.proposed()),
    "AgreementEnded": lambda house, desks: desks[SHANG].end_agreement(
        house.agreed(), ends=clock(100), for_all=False, reason=WORDS
    ),
    "PlanFiled": lambda _, desks: desks[SHANG].file_plan(**plain("PlanFiled")),
    "AnnualPlanAdopted": lambda house, desks: (
        house.agreed() and desks[BASIN].adopt_annual_plan(AGREEMENT, **plain("AnnualPlanAdopted"))
    ),
    "MeetingHeld": lambda house, desks: (
        house.agreed() and desks[BASIN].hold_meeting(AGREEMENT, **plain("MeetingHeld"))
    ),
    "FindingMade": lambda house, _: finding(house),
    "ReplyFiled": lambda house, desks: desks[SHANG].file_reply(finding(house), **plain("ReplyFiled")),
    "FindingUpheld": lambda house, desks: desks[COURT].uphold(finding(house), WORDS),
    "FindingDismissed": lambda house, desks: desks[COURT].dismiss(finding(house), WORDS),
    "LessonShared": lambda _, desks: desks[SHANG].share_lesson(**plain("LessonShared")),
    "StatementWithdrawn": lambda house, desks: desks[SHANG].withdraw(
        house.noticed(), cause="error", reason=WORDS
    ),
}


@pytest.mark.parametrize("kind", ACTS)
def test_an_act_is_on_the_record_and_counts(house: House, kind: str) -> None:
    told = ACTS[kind](house, house.desks)
    said = read(house.log.entries(house.log.size - 1, house.log.size)[0])
    assert (said.id, said.kind, said.issued) == (told, kind, house.now())
    held = house.record.standing(house.now())
    assert told in held.statements
    assert told not in held.set_aside


def test_an_answer_is_about_what_the_question_was_about(house: House) -> None:
    told = house.desks[ZHONG].acknowledge(house.noticed(), note=WORDS)
    said = house.record.standing(house.now()).statements[told].statement
    assert (said.about, said.time("received_at")) == (INCIDENT, house.now())


def test_notices_go_out_together_and_are_not_due_again(house: House) -> None:
    house.opened()
    house.hours = 1.0
    sent = house.desks[SHANG].send_notices(INCIDENT, outlook(), WRITING)
    assert len(sent) >= 2
    assert set(sent) <= set(house.record.standing(house.now()).notices)
    assert house.desks[SHANG].send_notices(INCIDENT, outlook(), WRITING) == ()


def test_notices_name_the_rule_that_wants_them(house: House, tmp_path: Path) -> None:
    pack = small_pack.pack(tmp_path, small_pack.rule("tell", to=("neighbour.government",)))
    facts = plain("IncidentOpened", hazard_class="accident", city=SHANG)
    house.desks[SHANG].open_incident(INCIDENT, **facts)
    house.hours = 1.0
    desk = house.desk(SHANG, regime=replace(REGIME, packs=(pack,)))
    sent = desk.send_notices(INCIDENT, outlook(), WRITING)
    said = [house.record.standing(house.now()).statements[one].statement for one in sent]
    cited = {one.strings("to"): one.record("rule")["rule"] for one in said if one.has("rule")}
    assert cited == {(ZHONG,): "tell"}


def test_a_warning_is_issued_updated_and_taken_back(house: House) -> None:
    desk = house.desks[ZHONG]
    house.hours = 2.0
    first = desk.issue_warning(desk.draft_warning(telling(hours=2), [ZHONG, XIA]))
    house.hours = 3.0
    second = desk.update_warning(first, desk.draft_warning(telling(hours=3), [ZHONG]), WORDS)
    last = desk.cancel_warning(second, "error")
    held = house.record.standing(house.now()).warnings
    assert (held[first].status, held[second].status) == ("updated", "cancelled")
    assert last in house.record.standing(house.now()).statements


def test_a_red_warning_waits_for_a_second_officer_and_no_longer(house: House) -> None:
    desk, other = house.desks[ZHONG], house.desk(ZHONG, "duty-2")
    red = desk.draft_warning(telling(hours=2), [ZHONG], level="red")
    house.hours = 2.0
    refused(house, lambda: desk.issue_warning(red), DomainError, "approval.missing")
    refused(house, lambda: desk.say(red), DomainError, "approval.missing")
    asked = desk.request_approval(red, ["duty-2"])
    refused(house, lambda: desk.approve(asked), DomainError, "approval.same_officer")
    given = other.approve(asked)
    told = desk.issue_warning(red)
    assert house.record.standing(house.now()).statements[told].statement.string("approval") == given


def test_a_red_warning_that_cannot_wait_says_why(house: House) -> None:
    desk = house.desks[ZHONG]
    house.hours = 2.0
    red = desk.draft_warning(telling(hours=2), [ZHONG], level="red")
    told = desk.issue_warning(red, override=WORDS)
    assert house.record.standing(house.now()).statements[told].statement.words("override") == WORDS


def test_a_refusal_stands(house: House) -> None:
    desk = house.desks[ZHONG]
    red = desk.draft_warning(telling(hours=2), [ZHONG], level="red")
    asked = desk.request_approval(red, ["duty-2"])
    house.desk(ZHONG, "duty-2").refuse(asked, WORDS)
    refused(house, lambda: desk.issue_warning(red, override=WORDS), DomainError, "approval.refused")


def test_a_warning_and_the_adoption_that_names_it_are_said_together_or_not_at_all(house: House) -> None:
    desk, asked = house.desks[ZHONG], house.noticed()
    house.hours = 2.0
    red = desk.draft_warning(telling(hours=2), [ZHONG], level="red")
    refused(house, lambda: desk.adopt_with_warning(asked, red), DomainError, "approval.missing")
    warned, adopted = desk.adopt_with_warning(asked, red, override=WORDS)
    held = house.record.standing(house.now())
    assert held.statements[adopted].statement.string("warning") == warned
    assert held.notices[asked].answers[ZHONG].adopted.id == adopted  # type: ignore[union-attr]
    assert held.warnings[warned].override == WORDS


def test_a_notice_is_adopted_with_the_warning_that_follows(house: House) -> None:
    desk, asked = house.desks[ZHONG], house.noticed()
    house.hours = 2.0
    own = desk.issue_warning(desk.draft_warning(telling(hours=2), [ZHONG], from_notice=asked))
    told = desk.adopt(asked, warning=own)
    answer = house.record.standing(house.now()).notices[asked].answers[ZHONG]
    assert answer.adopted is not None
    assert answer.adopted.id == told


def test_a_sealed_body_stays_off_the_record(house: House) -> None:
    hidden = seal("FieldReportFiled", plain("FieldReportFiled"))
    draft = Draft("FieldReportFiled", SHANG, None, None, {})
    told = house.desks[SHANG].say_sealed(draft, hidden, [ZHONG])
    said = house.record.standing(house.now()).statements[told].statement
    assert (said.body, said.recipients) == (None, (ZHONG,))
    assert unseal(said, hidden.salt, hidden.body)["what"]


def test_the_same_act_twice_in_a_second_is_one(house: House) -> None:
    desk, asked = house.desks[ZHONG], house.noticed()
    assert desk.acknowledge(asked) == desk.acknowledge(asked)
    assert house.log.size == len(BODIES) + 2


# -------------------------------------------------------------------------------------- what is refused


def test_a_body_that_never_joined_cannot_speak(house: House) -> None:
    desk = house.desk("930000")
    act = lambda: desk.take_watch("night")  # noqa: E731
    refused(house, act, KeyRefusedError, "desk.key_unknown")


def test_a_body_that_left_cannot_speak(house: House) -> None:
    left = Draft("BodyLeft", PANG, None, None, {"body": PANG, "reason": WORDS})
    house.desks[PANG].say(left)
    house.hours = 1.0
    refused(house, lambda: house.desks[PANG].take_watch("night"), KeyRefusedError, "desk.key_revoked")


def test_a_revoked_key_signs_nothing_more(house: House) -> None:
    told = {"role": "statement", "key": str(key(SHANG).verifier), "cause": "compromised"}
    cause = next(one for one in KINDS["KeyRevoked"].fields if one.name == "cause").choices[0]
    house.desks[SHANG].say(Draft("KeyRevoked", SHANG, None, None, {**told, "cause": cause}))
    refused(house, lambda: house.desks[SHANG].take_watch("night"), KeyRefusedError, "desk.key_revoked")


def test_the_key_of_another_body_is_refused(house: House) -> None:
    desk = house.desk(SHANG, key=key(ZHONG))
    refused(house, lambda: desk.take_watch("night"), KeyRefusedError, "desk.key_not_own")


def test_a_key_that_is_added_twice_is_refused_before_it_is_signed(house: House) -> None:
    added = {"role": "statement", "key": str(key(ZHONG).verifier)}
    draft = Draft("KeyAdded", SHANG, None, None, added)
    error = refused(house, lambda: house.desks[SHANG].say(draft), InputFaults, "desk.set_aside")
    assert [fault.code for fault in error.faults] == ["key.twice"]


@pytest.mark.parametrize("role", ["log", "witness"])
def test_a_key_for_another_task_makes_no_desk(house: House, role: Any) -> None:
    with pytest.raises(InputError) as told:
        house.desk(SHANG, key=key(SHANG, role))
    assert told.value.code == "desk.key_role"


def test_nobody_speaks_for_another_body(house: House) -> None:
    draft = Draft("WatchTaken", ZHONG, None, None, {"desk": "night"})
    refused(house, lambda: house.desks[SHANG].say(draft), InputError, "desk.other_body")


def test_a_warning_outside_the_own_area_is_not_said(house: House) -> None:
    body = plain("WarningIssued", cities=[PANG], expires=clock(24), level="yellow")
    draft = Draft("WarningIssued", ZHONG, None, None, body)
    error = refused(house, lambda: house.desks[ZHONG].say(draft), InputFaults, "desk.set_aside")
    assert "area.not_own" in {fault.code for fault in error.faults}
    assert "not in the area" in str(error)


def test_a_level_of_an_unknown_incident_is_not_set(house: House) -> None:
    act = lambda: house.desks[SHANG].set_level("nowhere", **plain("LevelSet"))  # noqa: E731
    error = refused(house, act, InputFaults, "desk.set_aside")
    assert "incident.unknown" in {fault.code for fault in error.faults}


def test_a_field_report_needs_no_incident(house: House) -> None:
    told = house.desks[SHANG].file_field_report("nowhere", **plain("FieldReportFiled"))
    assert told in house.record.standing(house.now()).field_reports


def test_notices_of_an_unknown_incident_are_refused(house: House) -> None:
    act = lambda: house.desks[SHANG].send_notices("nowhere", outlook(), WRITING)  # noqa: E731
    refused(house, act, NotFoundError, "desk.unknown_incident")


def test_an_answer_to_nothing_is_refused(house: House) -> None:
    refused(house, lambda: house.desks[ZHONG].acknowledge("0" * 64), NotFoundError, "desk.unknown_statement")
    refused(
        house, lambda: house.desks[ZHONG].sign_agreement("0" * 64), NotFoundError, "desk.unknown_agreement"
    )


def test_an_answer_by_a_body_that_was_not_asked_is_refused(house: House) -> None:
    asked = house.noticed(ZHONG)
    error = refused(house, lambda: house.desks[XIA].acknowledge(asked), InputFaults, "desk.set_aside")
    assert "reply.not_addressed" in {fault.code for fault in error.faults}


def test_a_finding_is_decided_by_the_adjudicator_alone(house: House) -> None:
    made = finding(house)
    refused(house, lambda: house.desks[SHANG].dismiss(made, WORDS), InputFaults, "desk.set_aside")


def test_every_fault_of_a_bad_body_is_told(house: House) -> None:
    act = lambda: house.desks[SHANG].open_incident(INCIDENT, name="no words", city=1)  # noqa: E731
    error = refused(house, act, StatementError, "statement.wrong_type")
    assert len(error.faults) >= 4


def test_an_act_that_needs_the_law_says_so(house: House) -> None:
    desk = house.desk(SHANG, regime=None)
    house.opened()
    act = lambda: desk.send_notices(INCIDENT, outlook(), WRITING)  # noqa: E731
    refused(house, act, InputError, "desk.no_regime")


def test_of_several_things_said_together_one_bad_one_stops_all(house: House) -> None:
    good = Draft("WatchTaken", SHANG, None, None, {"desk": "night"})
    bad = Draft("LevelSet", SHANG, "nowhere", None, plain("LevelSet"))
    refused(house, lambda: house.desks[SHANG].say_all([good, bad]), InputFaults, "desk.set_aside")
    assert house.desks[SHANG].say(good) in house.record.standing(house.now()).statements


# ---------------------------------------------------------------------------------------- drill and actual


def test_a_drill_desk_says_drills_and_sees_drills_only(house: House) -> None:
    desk = house.drill(SHANG)
    house.opened()
    told = desk.open_incident("drill-1", **plain("IncidentOpened"))
    assert set(desk.standing().incidents) == {"drill-1"}
    assert set(house.desks[SHANG].standing().incidents) == {INCIDENT}
    assert desk.standing().statements[told].statement.exercise


def test_a_drill_cannot_close_an_actual_incident(house: House) -> None:
    desk = house.drill(SHANG)
    house.opened()
    refused(house, lambda: desk.close_incident(INCIDENT, reason=WORDS), InputFaults, "desk.set_aside")


def test_a_red_warning_of_a_drill_needs_one_officer(house: House) -> None:
    desk = house.drill(ZHONG)
    house.hours = 2.0
    red = desk.draft_warning(telling(hours=2, exercise=True), [ZHONG], level="red")
    assert desk.issue_warning(red) in desk.standing().warnings
