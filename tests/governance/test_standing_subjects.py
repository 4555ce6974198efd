"""How each thing stands after what was said of it: agreements, incidents, warnings, plans, promises."""

from __future__ import annotations

from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    AGREEMENT,
    BASIN,
    COURT,
    INCIDENT,
    PROVINCE,
    answered,
    at,
    clock,
    codes,
    noticed,
    opened,
    proposed,
    say,
    seen,
    signed,
    stand,
    warned,
    withdrew,
)

from riskshed.statement import Money, Statement, digest_text

MEMBERS = (SHANG, ZHONG, XIA)
DRAFT = digest_text(b"a draft")


def status(text: Statement, *said: Any, hours: float = 1000.0) -> str:
    return stand(text, *said, hours=hours).agreements[text.id].status


# --------------------------------------------------------------------------------------------- agreements


def test_a_text_is_in_force_once_every_member_has_signed_it() -> None:
    text = proposed()
    assert status(text, signed(text, by=MEMBERS[:2])) == "proposed"
    held = stand(text, signed(text)).agreements[text.id]
    assert held.status == "in_force"
    assert held.binds(XIA)
    assert not held.binds(PANG)


def test_a_signature_under_another_text_does_not_count() -> None:
    text = proposed()
    other = say(
        "AgreementSigned", XIA, -800, about=AGREEMENT, replies_to=text.id, text_digest=digest_text(b"x")
    )
    told = stand(text, signed(text, by=MEMBERS[:2]), other)
    assert "agreement.other_text" in codes(told, other)
    assert told.agreements[text.id].status == "proposed"


def test_a_text_is_in_force_only_between_its_dates() -> None:
    text = proposed(starts=clock(10), ends=clock(20))
    assert [status(text, signed(text), hours=h) for h in (9, 10, 19, 20)] == [
        "proposed",
        "in_force",
        "in_force",
        "ended",
    ]


def test_who_leaves_is_no_longer_bound_and_the_others_are() -> None:
    text = proposed()
    leave = say("AgreementEnded", XIA, 1.0, replies_to=text.id, ends=clock(-50), for_all=False)
    before = stand(text, signed(text), leave, hours=0.5).agreements[text.id]
    after = stand(text, signed(text), leave, hours=1.0).agreements[text.id]
    assert before.binds(XIA)
    assert not after.binds(XIA)
    assert after.left == {XIA: at(1.0)}
    assert after.binds(SHANG)


def test_an_agreement_of_one_is_none() -> None:
    text = proposed(members=(SHANG, ZHONG))
    leave = say("AgreementEnded", SHANG, 1.0, replies_to=text.id, ends=clock(1), for_all=False)
    assert status(text, signed(text), leave) == "ended"


def test_one_member_does_not_end_it_for_all() -> None:
    text = proposed()
    alone = say("AgreementEnded", SHANG, 1.0, replies_to=text.id, ends=clock(1), for_all=True)
    above = say("AgreementEnded", BASIN, 1.0, replies_to=text.id, ends=clock(1), for_all=True)
    assert status(text, signed(text), alone) == "in_force"
    assert status(text, signed(text), above) == "ended"


def test_a_signature_that_completes_a_text_is_not_taken_back() -> None:
    text = proposed()
    all_signed = signed(text)
    early, late = withdrew(all_signed[0], -899.5), withdrew(all_signed[0], 1.0)
    told = stand(text, all_signed, late)
    assert told.agreements[text.id].status == "in_force"
    assert "withdrawal.bound" in codes(told, late)
    assert stand(text, all_signed, early).agreements[text.id].status == "proposed"


def test_an_old_date_takes_no_signature_back_and_ends_no_agreement() -> None:
    text = proposed()
    all_signed = signed(text)
    back = seen(withdrew(all_signed[0], -899.5), delay_h=1000.0)
    leave = say("AgreementEnded", XIA, -890.0, replies_to=text.id, ends=clock(-890), for_all=False)
    held = stand(text, all_signed, back, seen(leave, delay_h=900.0)).agreements[text.id]
    assert held.status == "in_force"
    assert held.left == {XIA: at(10.0)}


def test_help_is_taken_back_before_it_had_to_leave_and_not_after() -> None:
    promise = helped()
    assert stand(opened(), promise, withdrew(promise, 3.0)).promises == {}
    told = stand(opened(), promise, late := withdrew(promise, 5.0))
    assert told.promises[promise.id].status == "broken"
    assert "withdrawal.bound" in codes(told, late)


def test_a_successor_takes_the_place_of_the_text_to_which_it_replies() -> None:
    first = proposed()
    second = proposed(-500, replies_to=first.id)
    both = [first, *signed(first), second, *signed(second, -400)]
    assert stand(both, hours=-401).agreements[first.id].status == "in_force"
    told = stand(both)
    assert told.agreements[first.id].status == "superseded"
    assert told.agreements[second.id].status == "in_force"
    assert not told.set_aside


def test_a_successor_may_come_over_a_text_that_never_came_in_force() -> None:
    first = proposed()
    never = proposed(-600, replies_to=first.id)
    third = proposed(-500, replies_to=never.id)
    assert status(first, signed(first), never, third, signed(third, -400)) == "superseded"


def test_two_members_cannot_replace_an_agreement_of_three() -> None:
    first = proposed()
    second = proposed(-500, members=MEMBERS[:2], replies_to=first.id)
    told = stand(first, signed(first), second, signed(second, -400))
    assert told.agreements[first.id].status == "in_force"
    assert told.agreements[second.id].status == "contradicted"


@pytest.mark.parametrize(
    "other",
    [{"title": {"en": "another"}}, {"agreement": "twin", "coordination_body": PROVINCE}],
    ids=["same code", "other coordination body"],
)
def test_of_two_texts_that_contradict_each_other_the_later_yields(other: dict[str, Any]) -> None:
    first, second = proposed(), proposed(-500, **other)
    told = stand(second, signed(second, -400), first, signed(first))
    for text in (first, second):
        assert "agreement.contradiction" in codes(told, text)
    assert told.agreements[first.id].status == "in_force"
    assert told.agreements[second.id].status == "contradicted"
    assert told.set_aside == (second.id,)


def test_two_agreements_with_other_members_do_not_contradict() -> None:
    first = proposed()
    second = proposed(-500, members=(SHANG, PANG), agreement="twin", coordination_body=PROVINCE)
    assert not stand(first, signed(first), second, signed(second, -400)).set_aside


def test_nobody_acts_under_an_agreement_that_does_not_name_it() -> None:
    text = proposed()
    own, foreign = (say("MeetingHeld", by, 1.0, about=AGREEMENT, held_at=clock(0)) for by in (BASIN, PANG))
    told = stand(text, signed(text), own, foreign)
    assert "agreement.outside" in codes(told, foreign)
    assert list(told.meetings) == [own.id]


def test_what_was_said_under_an_agreement_stands_after_it_ended() -> None:
    text = proposed(ends=clock(10))
    meeting = say("MeetingHeld", BASIN, 1.0, about=AGREEMENT)
    late = say("MeetingHeld", BASIN, 11.0, about=AGREEMENT)
    assert list(stand(text, signed(text), meeting, late).meetings) == [meeting.id]


# ------------------------------------------------------------------------------------------------ findings


def found(**more: Any) -> Statement:
    return say("FindingMade", ZHONG, 5.0, breach="late", of=SHANG, owed="NoticeSent", **more)


def test_only_the_adjudicator_decides_on_a_finding() -> None:
    text, finding = proposed(), found()
    own, foreign = (say("FindingUpheld", by, 9.0, replies_to=finding.id) for by in (COURT, ZHONG))
    told = stand(text, signed(text), opened(), finding, own, foreign)
    assert codes(told, foreign) == {"agreement.outside"}
    assert told.findings[finding.id].outcome == "upheld"
    assert told.findings[finding.id].decided_by == COURT


def test_without_an_agreement_nobody_decides_on_a_finding() -> None:
    finding = found()
    ruling = say("FindingDismissed", COURT, 9.0, replies_to=finding.id)
    assert stand(opened(), finding, ruling).findings[finding.id].outcome is None


def test_only_whose_finding_it_is_replies_to_it() -> None:
    finding = found()
    own, foreign = (say("ReplyFiled", by, 6.0, replies_to=finding.id) for by in (SHANG, XIA))
    assert stand(opened(), finding, own, foreign).findings[finding.id].replies == (own.id,)


# ----------------------------------------------------------------------------------------------- incidents


def test_an_incident_goes_through_its_phases() -> None:
    said = [
        opened(0),
        say("LevelSet", SHANG, 2.0, phase="emergency"),
        say("LevelSet", SHANG, 4.0, phase="recovery"),
        say("IncidentClosed", SHANG, 6.0, ended_at=clock(6)),
        say("LevelSet", SHANG, 8.0, phase="watch"),
    ]
    phases = [stand(said, hours=h).incidents[INCIDENT].phase for h in (1, 3, 5, 7, 9)]
    assert phases == ["alert", "emergency", "recovery", "closed", "watch"]
    assert stand(said, hours=7).incidents[INCIDENT].closed == at(6)
    assert stand(said, hours=9).incidents[INCIDENT].closed is None


def test_an_incident_of_a_field_report_alone_is_watched() -> None:
    report = say("FieldReportFiled", XIA, 0.0, about=None, seen_at=clock(0))
    opening = opened(1.0, replies_to=report.id)
    assert stand(report, opening).incidents[INCIDENT].phase == "watch"
    known = say("RiskReported", SHANG, 2.0, to=[ZHONG])
    assert stand(report, opening, known).incidents[INCIDENT].phase == "alert"


def test_an_incident_opened_twice_under_one_code_is_one() -> None:
    first, second = opened(0, name={"en": "first"}), opened(1, by=ZHONG, name={"en": "second"}, source="tank")
    told = stand(second, first).incidents
    assert list(told) == [INCIDENT]
    assert told[INCIDENT].opened == (first.id, second.id)
    assert told[INCIDENT].name == {"en": "first"}
    assert told[INCIDENT].source == "tank"


def test_names_of_one_incident_are_followed_both_ways() -> None:
    said = [opened(code="a", same_as=["b"]), opened(code="b"), opened(code="c", same_as=["b"])]
    told = stand(said).incidents
    assert {code: one.same_as for code, one in told.items()} == {
        "a": ("b", "c"),
        "b": ("a", "c"),
        "c": ("a", "b"),
    }


def test_the_toll_is_the_last_that_was_said_and_no_sum() -> None:
    first = say("RiskReported", SHANG, 1.0, to=[ZHONG], dead_people=5, hurt_people=70)
    second = say(
        "RiskReported", ZHONG, 2.0, to=[SHANG], dead_people=3, loss={"minor": 100, "currency": "CNY"}
    )
    toll = stand(opened(), second, first).incidents[INCIDENT].toll
    assert (toll.dead_people, toll.hurt_people, toll.missing_people) == (3, 70, None)
    assert toll.loss == Money(100, "CNY")
    assert toll.statements == {"dead_people": second.id, "hurt_people": first.id, "loss": second.id}


def test_command_is_a_stack() -> None:
    taken = [say("CommandTaken", by, h, of=[SHANG]) for by, h in ((ZHONG, 1.0), (PROVINCE, 2.0))]
    foreign = say("CommandReturned", ZHONG, 2.5, replies_to=taken[1].id)
    back = say("CommandReturned", PROVINCE, 3.0, replies_to=taken[1].id)
    told = stand(opened(), taken, foreign)
    assert told.incidents[INCIDENT].command == (ZHONG, PROVINCE)
    assert "command.not_own" in codes(told, foreign)
    assert stand(opened(), taken, back).incidents[INCIDENT].command == (ZHONG,)


def test_the_last_lead_leads_and_assistance_adds_up_until_replaced() -> None:
    lead = [say("LeadAssigned", BASIN, h, lead=[one]) for h, one in ((1.0, SHANG), (2.0, ZHONG))]
    first, more = (
        say("AssistAssigned", BASIN, 1.0, assist=[XIA]),
        say("AssistAssigned", BASIN, 2.0, assist=[PANG]),
    )
    instead = say("AssistAssigned", BASIN, 3.0, assist=[SHANG], replies_to=first.id)
    told = stand(opened(), lead, first, more).incidents[INCIDENT]
    assert (told.lead, told.assist) == ((ZHONG,), (XIA, PANG))
    assert stand(opened(), first, more, instead).incidents[INCIDENT].assist == (PANG, SHANG)


def test_a_mode_without_an_incident_is_of_the_body() -> None:
    mode = say("ModeSwitched", SHANG, 1.0, about=None, mode="emergency")
    assert stand(mode).bodies[SHANG].mode == "emergency"


# --------------------------------------------------------------------------- warnings, approvals, reports


def test_a_warning_is_active_until_it_is_updated_cancelled_or_over() -> None:
    first = warned(2.0)
    update = say(
        "WarningUpdated", ZHONG, 4.0, replies_to=first.id, cities=[ZHONG], expires=clock(90), level="red"
    )
    cancel = say("WarningCancelled", ZHONG, 6.0, replies_to=update.id, cause="all_clear")
    assert stand(first, hours=25).warnings[first.id].status == "active"
    assert stand(first, hours=26).warnings[first.id].status == "expired"
    told = stand(first, update, cancel).warnings
    assert (told[first.id].status, told[first.id].successor) == ("updated", update.id)
    assert (told[update.id].status, told[update.id].replaces) == ("cancelled", first.id)


def test_nobody_cancels_the_warning_of_another() -> None:
    warning = warned(2.0)
    cancel = say("WarningCancelled", SHANG, 3.0, replies_to=warning.id)
    told = stand(warning, cancel, hours=4)
    assert "warning.cancel_not_own" in codes(told, cancel)
    assert told.warnings[warning.id].status == "active"


def test_an_update_of_a_warning_that_is_not_there_still_warns() -> None:
    update = say("WarningUpdated", ZHONG, 4.0, replies_to="ab" * 32, cities=[ZHONG], expires=clock(90))
    told = stand(update, hours=5)
    assert "reply.missing" in codes(told, update)
    assert told.warnings[update.id].status == "active"


def asked() -> Statement:
    return say(
        "ApprovalRequested", ZHONG, 1.0, kind="WarningIssued", draft=DRAFT, of=["duty-2"], answer_by=clock(2)
    )


def test_a_second_officer_approves_exactly_the_draft() -> None:
    request = asked()
    good = say("ApprovalGiven", ZHONG, 1.5, replies_to=request.id, draft=DRAFT, officer="duty-2")
    assert stand(request, good).approvals[request.id].given == (good.id, at(1.5))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"officer": "duty-2", "draft": digest_text(b"other")}, "approval.other_draft"),
        ({"officer": "duty-1", "draft": DRAFT}, "approval.same_officer"),
        ({"officer": "duty-3", "draft": DRAFT}, "reply.not_addressed"),
    ],
)
def test_nothing_else_is_an_approval(facts: dict[str, str], code: str) -> None:
    request = asked()
    given = say("ApprovalGiven", ZHONG, 1.5, replies_to=request.id, **facts)
    told = stand(request, given)
    assert code in codes(told, given)
    assert told.approvals[request.id].given is None


def test_a_field_report_is_confirmed_denied_or_open() -> None:
    first = say("FieldReportFiled", XIA, 0.0, about=None, seen_at=clock(0))
    for_it = say("FieldReportFiled", ZHONG, 1.0, about=None, supports=[first.id])
    against = say("RiskReported", SHANG, 1.0, about=None, replies_to=first.id, to=[XIA], harm="none")

    def confirmed(*said: Statement) -> bool | None:
        return stand(first, said).field_reports[first.id].confirmed

    assert (confirmed(), confirmed(for_it), confirmed(against)) == (None, True, False)
    assert confirmed(for_it, against) is None


def test_a_notice_is_superseded_by_the_next_of_the_same_body() -> None:
    first = noticed(1.0)
    foreign, own = noticed(2.0, by=XIA, replies_to=first.id), noticed(3.0, replies_to=first.id)
    assert stand(first, foreign).notices[first.id].superseded_by is None
    assert stand(first, foreign, own).notices[first.id].superseded_by == own.id


def test_a_report_that_was_acknowledged_shows_it() -> None:
    report = say("RiskReported", SHANG, 1.0, to=[ZHONG])
    answer = answered(report, "NoticeAcknowledged", 2.0)
    assert stand(report, answer).acknowledged[report.id][ZHONG].acknowledged == (answer.id, at(2.0))


def test_the_watch_passes_to_the_next_officer() -> None:
    taken = say("WatchTaken", SHANG, 0.0, desk="main", officer="a", next_sign=clock(4))
    again = say("WatchTaken", SHANG, 3.0, desk="main", officer="a", next_sign=clock(7))
    passed = say("WatchHandedOver", SHANG, 8.0, desk="main", officer="a", to="b")
    before = stand(taken, again).watches[f"{SHANG} main"]
    assert (before.officer, before.since, before.last_sign) == ("a", at(0), at(3))
    assert before.next_sign == at(7)
    after = stand(taken, again, passed).watches[f"{SHANG} main"]
    assert (after.officer, after.since) == ("b", at(8))


def test_a_risk_source_keeps_its_last_step_of_each_sort() -> None:
    source = say("HazardSourceRegistered", SHANG, -50.0, source="tank-1", city=SHANG)
    steps = [
        say("RiskAssessed", SHANG, h, about="tank-1", step="analysed", level=level)
        for h, level in ((-40.0, "low"), (-30.0, "high"))
    ]
    told = stand(source, steps).sources["tank-1"]
    assert told.steps["analysed"].level == "high"


# ------------------------------------------------------------------------------------ plans and promises


def planned(**more: Any) -> Statement:
    facts: dict[str, Any] = {"plan": "p", "members": [SHANG, ZHONG], "answer_by": clock(10), **more}
    return say("PlanProposed", BASIN, 1.0, **facts)


def voted(plan: Statement, by: str, hours: float = 2.0, kind: str = "PlanAccepted") -> Statement:
    return say(kind, by, hours, replies_to=plan.id)


def test_a_joint_plan_is_adopted_by_all_or_by_the_superior_that_decides() -> None:
    plan = planned()
    votes = [voted(plan, SHANG), voted(plan, ZHONG)]
    adopted = say("PlanAdopted", BASIN, 3.0, replies_to=plan.id)
    decided = say("PlanAdopted", PROVINCE, 3.0, replies_to=plan.id, decided_by=PROVINCE)
    early = stand(opened(), plan, votes[:1], adopted)
    assert "plan.not_accepted" in codes(early, adopted)
    assert stand(opened(), plan, votes, adopted).joint_plans[plan.id].status == "adopted"
    assert stand(opened(), plan, decided).joint_plans[plan.id].decided_by == PROVINCE


def test_a_joint_plan_without_answers_lapses_and_one_rejected_is_rejected() -> None:
    plan = planned()
    against = voted(plan, ZHONG, kind="PlanRejected")
    assert stand(plan, hours=10).joint_plans[plan.id].status == "proposed"
    assert stand(plan, hours=11).joint_plans[plan.id].status == "lapsed"
    assert stand(plan, against, voted(plan, PANG)).joint_plans[plan.id].rejected == {ZHONG: against.id}
    assert stand(plan, against).joint_plans[plan.id].status == "rejected"


def test_acceptances_do_not_carry_over_to_a_changed_plan() -> None:
    plan = planned()
    changed = say(
        "PlanAmended", ZHONG, 4.0, replies_to=plan.id, plan="p", members=[SHANG, ZHONG], answer_by=clock(9)
    )
    told = stand(plan, voted(plan, SHANG), changed).joint_plans
    assert told[plan.id].status == "amended"
    assert told[changed.id].accepted == {}


def test_a_task_is_reported_done_by_its_owner_alone() -> None:
    task = {"task": "boom", "owner": SHANG, "what": {"en": "lay a boom"}, "due": clock(9)}
    order = say("InstructionGiven", PROVINCE, 1.0, to=[SHANG], tasks=[task])
    done = {"task": "boom", "share": "1"}
    own = say("TaskCompleted", SHANG, 5.0, replies_to=order.id, done_at=clock(5), **done)
    foreign = say("TaskCompleted", ZHONG, 4.0, replies_to=order.id, done_at=clock(4), **done)
    told = stand(opened(), order, own, foreign)
    assert "task.not_given" in codes(told, foreign)
    assert told.tasks[f"{order.id} boom"].done == (own.id,)
    assert told.promises[f"{order.id} boom"].status == "kept"
    assert stand(order, hours=10).promises[f"{order.id} boom"].status == "broken"
    assert stand(order, hours=9).promises[f"{order.id} boom"].status == "open"


def helped() -> Statement:
    facts = {"to": ZHONG, "leaves_by": clock(4), "arrives_by": clock(8)}
    return say("AidCommitted", PANG, 1.0, **facts)


@pytest.mark.parametrize(
    ("hours", "wanted"), [(None, "broken"), (7, "kept"), (8, "kept"), (9, "late")], ids=str
)
def test_help_is_kept_late_or_broken(hours: float | None, wanted: str) -> None:
    promise = helped()
    came = (
        []
        if hours is None
        else [say("AidReceived", ZHONG, hours, replies_to=promise.id, received_at=clock(hours))]
    )
    assert stand(opened(), promise, came).promises[promise.id].status == wanted
    assert stand(opened(), promise, hours=6).promises[promise.id].status == "open"


def test_nobody_confirms_its_own_help() -> None:
    promise = helped()
    came = say("AidReceived", PANG, 5.0, replies_to=promise.id, received_at=clock(5))
    told = stand(opened(), promise, came)
    assert "reply.own_word" in codes(told, came)
    assert told.promises[promise.id].status == "broken"


def test_an_accepted_bill_is_kept_when_it_is_paid_in_full_and_in_time() -> None:
    money = {"minor": 100, "currency": "CNY"}
    transfer = {"payer": SHANG, "payee": ZHONG, "amount": money, "due": clock(50)}
    bill = say("SettlementDrawn", BASIN, 1.0, shares=[{"body": SHANG, "amount": money}], transfers=[transfer])
    yes = say("SettlementAccepted", SHANG, 2.0, replies_to=bill.id)

    def paid(minor: int, hours: float) -> Statement:
        facts = {"payer": SHANG, "payee": ZHONG, "amount": {**money, "minor": minor}, "paid_at": clock(hours)}
        return say("Paid", SHANG, hours, replies_to=bill.id, **facts)

    def found(*said: Statement) -> str:
        return stand(opened(), bill, yes, said).promises[f"{yes.id} {ZHONG}"].status

    assert [found(), found(paid(60, 9)), found(paid(60, 9), paid(40, 10))] == ["broken", "broken", "kept"]
    assert found(paid(60, 9), paid(40, 60)) == "late"
