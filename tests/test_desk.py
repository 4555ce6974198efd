"""The duty desk: each act is on the record with its id, or raises and has changed nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    AGREEMENT,
    BASIN,
    BODIES,
    COURT,
    INCIDENT,
    PROVINCE,
    TERRITORY,
    TEXT,
    at,
    clock,
    say,
    seen,
)
from governance.foreseen import TERMS, WRITING, outlook, telling
from small_logs import LOG_KEY
from statements import plain_body

from riskshed.desk import Desk
from riskshed.desk_record import Record
from riskshed.errors import (
    DomainError,
    InputError,
    InputFaults,
    KeyRefusedError,
    LedgerError,
    NotFoundError,
    StoreError,
)
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.standing import of
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.store import SqliteStore
from riskshed.statement import StatementError, read, seal, sign, unseal
from riskshed.vocabulary import KINDS

WORDS = {"zh": "说明", "en": "words"}
REGIME = Regime(packs=(), terms=TERMS, territory=TERRITORY)


def key(body: str, role: Any = "statement", number: int = 0) -> SigningKey:
    seed = f"{body} {role} {number}".encode().ljust(32, b".")
    return SigningKey(f"{body}.example/{role}{number}", role, seed)


class House:
    """One log, and a desk for each body of the cast; hours are counted from the spill."""

    def __init__(self, folder: Path) -> None:
        self.hours = -1000.0
        self.path = folder / "log.sqlite"
        self.log = Log(SqliteStore(self.path), LOG_KEY)
        self.record = Record(self.log, self.now(), territory=TERRITORY)
        self.desks = {body: self.desk(body) for body in BODIES}
        for body, desk in self.desks.items():
            joins = {**plain_body(KINDS["BodyJoined"].fields, optional=False), "body": body}
            joins |= {"kind": "government", "key": str(key(body).verifier)}
            desk.say(Draft("BodyJoined", body, None, None, joins))
        self.hours = 0.0

    def now(self) -> datetime:
        return at(self.hours)

    def desk(self, body: str, officer: str = "duty-1", **more: Any) -> Desk:
        used = more.pop("key", None) or key(body)
        return Desk(body, officer, used, self.record, self.now, **{"regime": REGIME, **more})

    def drill(self, body: str) -> Desk:
        """A desk with an exercise key, which the body adds to the record."""
        used = key(body, "exercise")
        added = {"role": "exercise", "key": str(used.verifier)}
        self.desks[body].say(Draft("KeyAdded", body, None, None, added))
        return self.desk(body, key=used)

    def opened(self) -> str:
        return self.desks[SHANG].open_incident(INCIDENT, **plain("IncidentOpened", hazard_class="accident"))

    def noticed(self, to: str = ZHONG) -> str:
        body = plain("NoticeSent", to=[to], cities=[to], expires=clock(72), answer_by=clock(3))
        return self.desks[SHANG].say(Draft("NoticeSent", SHANG, INCIDENT, None, body))

    def proposed(self) -> str:
        text = {"digest": TEXT, "size_bytes": 25, "media_type": "text/plain"}
        members = [SHANG, ZHONG, XIA]
        facts = {"agreement": AGREEMENT, "mode": "peers", "coordination_body": BASIN, "adjudicator": COURT}
        body = plain("AgreementProposed", members=members, text=text, starts=clock(0), **facts)
        return self.desks[BASIN].propose_agreement(**body)

    def agreed(self) -> str:
        proposed = self.proposed()
        for body in (SHANG, ZHONG, XIA):
            self.desks[body].sign_agreement(proposed)
        return proposed

    def everything(self) -> tuple[int, bytes]:
        """What must not change if an act is refused."""
        return self.log.size, self.record.standing(self.now()).to_bytes()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.log.close()


def plain(kind: str, **more: Any) -> dict[str, Any]:
    return {**plain_body(KINDS[kind].fields, optional=False), **more}


def refused(house: House, act: Callable[[], object], error: type[Exception], code: str) -> Any:
    """The error of an act that was refused and has changed nothing."""
    before = house.everything()
    with pytest.raises(error) as told:
        act()
    assert told.value.code == code, told.value  # type: ignore[attr-defined]
    assert house.everything() == before
    return told.value


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


# ---------------------------------------------------------------------------------------------- the log


def test_a_full_disk_changes_nothing_and_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.log._store._writer.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
    before = house.everything()
    lesson = {"title": WORDS, "text": {"zh": "水" * 4_000, "en": "water " * 600}}
    with pytest.raises(StoreError):
        house.desks[SHANG].share_lesson(**lesson)
    assert house.everything() == before
    with pytest.raises(LedgerError) as told:
        house.desks[SHANG].take_watch("night")
    assert told.value.code == "log.stopped"
    assert house.everything() == before
    house.log.close()
    with Log(SqliteStore(house.path), LOG_KEY) as log:
        again = Record(log, house.now(), territory=TERRITORY)
        assert (log.size, again.standing(house.now()).to_bytes()) == before


def test_a_closed_log_changes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    held = house.record.standing(house.now()).to_bytes()
    house.log.close()
    with pytest.raises(LedgerError):
        house.desks[SHANG].take_watch("night")
    assert house.record.standing(house.now()).to_bytes() == held


def test_what_was_refused_leaves_no_trace_for_the_next_act(house: House) -> None:
    with pytest.raises(InputFaults):
        house.desks[SHANG].set_level(INCIDENT, **plain("LevelSet"))
    house.opened()
    told = house.desks[SHANG].set_level(INCIDENT, **plain("LevelSet"))
    assert told in house.record.standing(house.now()).statements


def test_entries_of_others_are_judged_and_bad_ones_take_no_part(house: House) -> None:
    said = say("WatchTaken", SHANG, 0, desk="night")
    good = key(SHANG).sign
    from_shang = _entry(said, key(SHANG), lambda data: good(data, role="statement"))
    false = _entry(say("WatchTaken", ZHONG, 0, desk="night"), key(ZHONG), lambda _: b"\x01" * 64)
    house.log.append_many([from_shang, false, b"nothing"])
    assert house.record.follow(house.now()) == 1
    assert {one.code for one in house.record.refused} >= {"statement.bad_signature"}
    assert list(house.record.standing(house.now()).watches) == [f"{SHANG} night"]


def _entry(said: Any, used: SigningKey, signer: Any) -> bytes:
    return sign(said, f"{used.name}+{used.verifier.key_id.hex()}", signer)


def test_the_standing_of_the_desk_is_that_of_anybody_who_reads_the_log(house: House) -> None:
    for hours, kind in ((1.0, "LevelSet"), (2.0, "FindingUpheld"), (3.0, "NoticeDeclined")):
        house.hours = hours
        ACTS[kind](house, house.desks) if kind != "FindingUpheld" else house.noticed()
    everything = [read(raw) for raw in house.log.entries(0, house.log.size)]
    other = of((seen(one) for one in everything), at=house.now(), territory=TERRITORY)
    assert house.record.standing(house.now()).to_bytes() == other.to_bytes()


def test_a_body_whose_clock_is_years_ahead_does_not_silence_the_others(house: House) -> None:
    house.hours = 50_000.0
    house.desks[PANG].take_watch("night")
    house.hours = 1.0
    told = house.desks[SHANG].take_watch("night")
    assert told in house.record.standing(house.now()).statements


def test_many_officers_at_once_lose_nothing(house: House) -> None:
    def act(number: int) -> None:
        for _ in range(5):
            house.desk(SHANG, f"duty-{number}").take_watch(f"desk-{number}-{_}")

    threads = [threading.Thread(target=act, args=(one,)) for one in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(house.record.standing(house.now()).watches) == 20
    assert house.log.size == house.record.size == len(BODIES) + 20
