"""The indicators of an appraisal, each computed by hand on the cast, or unknown with the reason."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, COURT, INCIDENT, TERRITORY, answered, clock, noticed, opened, say, stand
from governance.appraisal_acts import (
    ADOPTED,
    COSTS,
    FOUR,
    PLAN,
    ROWS,
    YES,
    appraised,
    footprint,
    found,
    measured,
    of_body,
    owed,
    shown,
)
from governance.bill_acts import claim, helped, line

from riskshed.governance.appraisal import appraise
from riskshed.governance.circumstances import Regime
from riskshed.governance.terms import Terms
from riskshed.governance.trust import borne_out

# --------------------------------------------------------------------------------------------------- plans

PAPER: dict[str, Any] = {"hazard_class": "accident", "covers": [SHANG], "about": None}


def test_joint_plan_in_force_is_found_with_the_hours_since_the_opening() -> None:
    told = appraised(PLAN, YES, ADOPTED).whole
    force, adoption = told.row("plan_in_force"), told.row("plan_adoption_h")
    assert (force.measured.value, force.measured.evidence) == (1, tuple(sorted((PLAN.id, ADOPTED.id))))
    assert adoption.measured.value == Fraction(15, 2)
    assert ADOPTED.id in adoption.measured.evidence
    # Between 6 h (1) and 24 h (0.5): 1 - 0.5 * 1.5 / 18 = 0.95833...
    assert adoption.score == Fraction("0.9583")


def test_the_first_plan_in_force_counts() -> None:
    later = say("PlanProposed", BASIN, 8.0, plan="second", members=[SHANG])
    accepted = say("PlanAccepted", SHANG, 9.0, replies_to=later.id)
    adopted = say("PlanAdopted", BASIN, 10.0, replies_to=later.id)
    assert measured("plan_adoption_h", PLAN, YES, ADOPTED, later, accepted, adopted).value == Fraction(15, 2)


def test_plan_still_before_its_members_is_unknown_and_one_that_lapsed_is_zero() -> None:
    assert measured("plan_in_force", PLAN, hours=10).why == "plan_undecided"
    lapsed = measured("plan_in_force", PLAN, hours=30)
    assert (lapsed.value, lapsed.evidence) == (0, (PLAN.id,))


def test_without_any_plan_on_the_record_nothing_is_known_of_plans() -> None:
    told = appraised().whole
    assert told.row("plan_in_force").measured.why == "no_plan"
    assert told.row("plan_adoption_h").measured.why == "not_adopted"


@pytest.mark.parametrize(
    ("hours", "more", "value"),
    [
        (-50.0, {}, 1),
        (-50.0, {"review_by": clock(-1)}, 0),
        (5.0, {}, None),
        (-50.0, {"hazard_class": "public_health"}, None),
        (-50.0, {"covers": [XIA]}, None),
    ],
)
def test_contingency_plan_counts_if_it_was_in_force_for_this_at_the_start(
    hours: float, more: dict[str, Any], value: int | None
) -> None:
    filed_plan = say("PlanFiled", ZHONG, hours, **{**PAPER, **more})
    assert measured("plan_in_force", filed_plan).value == value


# ---------------------------------------------------------------------------------------------- timeliness


def test_share_of_duties_in_time_is_counted_by_hand() -> None:
    told = appraised(duties=FOUR).whole.row("duty_in_time")
    assert shown(told.measured) == (Fraction(1, 2), 4)
    assert told.score == 0
    assert {"ab" * 32} < set(told.measured.evidence)


def test_act_that_two_rules_want_by_the_same_time_counts_once() -> None:
    assert measured("duty_in_time", duties=(*FOUR, owed(ZHONG, "RiskReported", 4, rule="y"))).cases == 4


def test_duty_of_another_incident_one_not_due_and_a_sign_of_life_count_nothing() -> None:
    more = (
        owed(SHANG, "RiskReported", 1, about="another"),
        owed(SHANG, "LevelSet", 500),
        owed(SHANG, "SignOfLife", 4),
    )
    assert measured("duty_in_time", duties=(*FOUR, *more)).cases == 4


def test_duty_that_asks_for_an_answer_to_a_notice_of_the_incident_belongs_to_it() -> None:
    notice = noticed()
    assert measured(
        "duty_in_time", notice, duties=[owed(ZHONG, "NoticeAnswered", 3, 2, about=notice.id)]
    ).cases


def test_median_delay_counts_what_has_not_come_with_the_time_that_has_passed() -> None:
    # 0.5, 3, and nothing within 100 h: the median is 3, and the third can only be longer.
    assert shown(measured("report_delay_h", duties=FOUR)) == (3, 3)
    assert not measured("report_delay_h", duties=FOUR).is_at_least
    two = measured("report_delay_h", duties=FOUR[1:])
    assert (two.value, two.is_at_least) == (Fraction(103, 2), True)


def test_lead_is_from_the_first_notice_to_the_arrival_at_the_city_with_the_least() -> None:
    def row(city: str, middle: float) -> dict[str, str]:
        return {"city": city, "probability": "0.9", "middle": clock(middle)}

    rows = [row(SHANG, 0.5), row(ZHONG, 31), row(XIA, 49)]
    notices = [noticed(1, to=(ZHONG,), cities=[SHANG, ZHONG, XIA], arrivals=rows), noticed(20, arrivals=rows)]
    told = appraised(notices).whole.row("notice_lead_h")
    assert shown(told.measured) == (30, 2)
    assert told.measured.evidence == (notices[0].id,)
    # Between 24 h (0.5) and 72 h (1): 0.5 + 0.5 * 6 / 48.
    assert told.score == Fraction("0.5625")


def test_notice_without_an_arrival_takes_it_from_its_footprint() -> None:
    arrivals = [{"city": ZHONG, "probability": "0.9", "middle": clock(11)}]
    foreseen = say("FootprintIssued", BASIN, 1.0, arrivals=arrivals)
    later = say("FootprintIssued", BASIN, 3.0, arrivals=[{**arrivals[0], "middle": clock(50)}])
    told = measured("notice_lead_h", foreseen, noticed(2, footprint=foreseen.id), later)
    assert shown(told) == (9, 1)
    assert foreseen.id in told.evidence


def test_without_notice_or_arrival_there_is_no_lead() -> None:
    assert measured("notice_lead_h").why == "no_notice"
    assert measured("notice_lead_h", noticed(cities=[SHANG])).why == "no_notice"
    assert measured("notice_lead_h", noticed()).why == "no_arrival"


# --------------------------------------------------------------------------------- resources, information


def test_share_of_promised_help_in_time_is_counted_by_hand() -> None:
    never = say("AidCommitted", XIA, 3.0, to=ZHONG, leaves_by=clock(8), arrives_by=clock(20))
    open_still = say("AidCommitted", XIA, 4.0, to=ZHONG, leaves_by=clock(200), arrives_by=clock(300))
    good = helped()
    told = measured("aid_in_time", good, never, open_still)
    assert shown(told) == (Fraction(1, 2), 2)
    assert {good[0].id, good[2].id, never.id} <= set(told.evidence)
    assert open_still.id not in told.evidence


def test_share_of_notices_answered_counts_each_addressee_whose_time_is_over() -> None:
    first, second = noticed(1, to=(ZHONG, XIA, "outside")), noticed(2, to=(XIA,), answer_by=clock(300))
    told = measured("notice_answered", first, second, answered(first, "NoticeAcknowledged", 2))
    assert shown(told) == (Fraction(1, 2), 2)


def test_notice_that_was_replaced_before_an_answer_is_left_out() -> None:
    first = noticed(1)
    again = noticed(2, replies_to=first.id)
    assert shown(measured("notice_answered", first, again, answered(again, "NoticeAdopted", 3))) == (1, 1)


def test_share_of_untruth_upheld_counts_decided_findings_of_it_alone() -> None:
    one, two = found("false", 10), found("concealed", 11)
    late, open_still = found("late", 12), found("false", 13)
    decided = [
        say("FindingUpheld", COURT, 20, replies_to=one.id),
        say("FindingDismissed", COURT, 21, replies_to=two.id),
        say("FindingUpheld", COURT, 22, replies_to=late.id),
    ]
    told = measured("untruth_upheld", one, two, late, open_still, decided)
    assert shown(told) == (Fraction(1, 2), 2)
    assert set(told.evidence) == {one.id, two.id, decided[0].id, decided[1].id}


# ---------------------------------------------------------------------------------------------- efficiency


def test_cost_per_person_is_what_was_claimed_over_the_people_expected_to_be_exposed() -> None:
    # 15,000 yuan over 0.5 * 400 + 100 people.
    told = appraised(COSTS, footprint(ROWS)).whole.row("cost_per_person")
    assert (told.measured.value, told.measured.unit) == (50, "CNY/people")
    assert told.score == Fraction("0.7778")


def test_cost_that_was_claimed_twice_is_one_cost() -> None:
    again = claim(SHANG, 7, line("gates", 900_000))
    assert measured("cost_per_person", COSTS, again, footprint(ROWS)).value == 50


def test_cost_per_person_is_unknown_while_people_of_one_city_are() -> None:
    rows = [ROWS[0], {"city": XIA, "probability": "1"}]
    assert measured("cost_per_person", COSTS, footprint(rows)).why == "no_exposure"
    assert measured("cost_per_person", COSTS).why == "no_exposure"


def test_value_in_another_unit_than_its_scale_has_no_score() -> None:
    told = appraised(claim(SHANG, 5, line("gates", 9, "EUR")), footprint(ROWS)).whole.row("cost_per_person")
    assert (told.measured.unit, told.score, told.why) == ("EUR/people", None, "other_unit")


def test_share_of_claims_taken_in_is_by_money() -> None:
    assert shown(measured("claim_taken_in", COSTS)) == (Fraction(4, 5), 3)


def test_claim_that_its_author_replaced_is_no_claim_that_was_refused() -> None:
    first = claim(SHANG, 5, line("gates", 500, proof=None))
    second = claim(SHANG, 6, line("gates", 400), replies_to=first.id)
    assert shown(measured("claim_taken_in", first, second)) == (1, 1)


def test_claims_that_cannot_be_added_up_say_why() -> None:
    euros = claim(XIA, 7, line("boats", 5, "EUR"))
    assert measured("claim_taken_in", COSTS, euros).why == "mixed_currencies"
    assert measured("claim_taken_in").why == "no_claim"
    alone = appraise(stand(opened(), *COSTS, hours=100), INCIDENT, ())
    assert alone.whole.row("claim_taken_in").why == "no_agreement"


# -------------------------------------------------------------------------------------------- participants


def test_each_body_has_its_own_duties_and_answers() -> None:
    told = appraised(duties=FOUR).bodies
    assert list(told) == [SHANG, ZHONG]
    assert shown(told[SHANG].row("body_duty_in_time").measured) == (Fraction(1, 2), 2)
    assert shown(told[ZHONG].row("body_duty_in_time").measured) == (0, 1)
    assert shown(told[ZHONG].row("body_answer_in_time").measured) == (1, 1)
    assert told[SHANG].row("body_answer_in_time").why == "nothing_due"


def test_task_of_a_meeting_counts_for_its_owner() -> None:
    task = {"task": "t", "owner": XIA, "what": {"zh": "任务", "en": "task"}, "due": clock(9)}
    met = say("MeetingHeld", BASIN, 1.0, decisions=[task])
    assert shown(of_body(XIA, "body_duty_in_time", met)) == (0, 1)


def test_help_that_came_late_was_given_and_was_not_in_time() -> None:
    due = {"leaves_by": clock(3), "arrives_by": clock(4)}
    promised = say("AidCommitted", SHANG, 2.0, to=ZHONG, **due)
    got = say("AidReceived", ZHONG, 9.0, replies_to=promised.id, received_at=clock(9))
    assert of_body(SHANG, "body_aid_given", promised, got).value == 1
    assert measured("aid_in_time", promised, got).value == 0


def test_payments_count_for_who_accepted_the_bill() -> None:
    sums = [{"payer": one, "payee": SHANG, "amount": {"minor": 30, "currency": "CNY"}, "due": clock(50)}
            for one in (ZHONG, XIA, PANG)]  # fmt: skip
    shares = [{"body": one, "amount": sums[0]["amount"]} for one in (ZHONG, XIA, PANG)]
    bill = say("SettlementDrawn", BASIN, 20.0, shares=shares, transfers=sums)
    accepted = [say("SettlementAccepted", one, 21.0, replies_to=bill.id) for one in (ZHONG, XIA)]
    paid = say("Paid", ZHONG, 40.0, replies_to=bill.id, payer=ZHONG, payee=SHANG, paid_at=clock(40),
               amount=sums[0]["amount"])  # fmt: skip
    told = appraised(bill, accepted, paid).bodies
    assert shown(told[ZHONG].row("body_payment_in_time").measured) == (1, 1)
    assert shown(told[XIA].row("body_payment_in_time").measured) == (0, 1)
    assert PANG not in told
    assert paid.id in told[ZHONG].row("body_payment_in_time").measured.evidence


# ----------------------------------------------------------------------------------------- right of reply


@pytest.mark.parametrize(
    ("decision", "hours", "value"),
    [(None, 15.0, None), (None, 400.0, 0), ("FindingDismissed", 100.0, 1), ("FindingUpheld", 100.0, 0)],
)
def test_breach_counts_after_the_right_of_reply(decision: Any, hours: float, value: int | None) -> None:
    breach = found("absent", 10, due=clock(4))
    said = [breach] if decision is None else [breach, say(decision, COURT, 20, replies_to=breach.id)]
    duties = [owed(SHANG, "RiskReported", 4, now=hours)]
    assert measured("duty_in_time", said, duties=duties, hours=hours).value == value


def test_body_cannot_suspend_its_breach_by_a_finding_of_its_own() -> None:
    own = say("FindingMade", SHANG, 10, breach="absent", of=SHANG, owed="RiskReported", due=clock(4))
    duties = [owed(SHANG, "RiskReported", 4, now=15)]
    assert measured("duty_in_time", own, duties=duties, hours=15).value == 0


def test_upheld_finding_about_a_notice_of_the_incident_belongs_to_it_and_one_elsewhere_does_not() -> None:
    notice = noticed()
    of_notice, elsewhere = found("false", 10, about=notice.id), found("false", 11, about="another")
    decided = [
        say("FindingUpheld", COURT, 20, about=one.about, replies_to=one.id) for one in (of_notice, elsewhere)
    ]
    assert shown(measured("untruth_upheld", notice, of_notice, elsewhere, decided)) == (1, 1)


def test_reply_that_waits_for_its_decision_keeps_the_breach_open() -> None:
    breach = found("absent", 10, due=clock(4))
    reply = say("ReplyFiled", SHANG, 11, replies_to=breach.id)
    duties = [owed(SHANG, "RiskReported", 4, now=900)]
    assert measured("duty_in_time", breach, reply, duties=duties, hours=900).why == "nothing_due"


def test_finding_on_another_moment_says_nothing_of_this_one() -> None:
    other = found("late", 10, due=clock(2), found=clock(90))
    dismissed = say("FindingDismissed", COURT, 20, replies_to=other.id)
    assert measured("duty_in_time", other, dismissed, duties=[owed(SHANG, "RiskReported", 2, 3)]).value == 0


def test_dismissed_absence_has_no_delay() -> None:
    breach = found("absent", 10, due=clock(4))
    dismissed = say("FindingDismissed", COURT, 20, replies_to=breach.id)
    duties = [owed(SHANG, "RiskReported", 4)]
    assert measured("report_delay_h", breach, dismissed, duties=duties).why == "no_clock"


def test_help_that_is_no_longer_needed_is_no_broken_promise() -> None:
    promised = say("AidCommitted", XIA, 3.0, to=ZHONG, leaves_by=clock(8), arrives_by=clock(20))
    released = say("AidReleased", ZHONG, 5.0, replies_to=promised.id)
    assert measured("aid_in_time", promised, released).why == "nothing_due"


def test_bill_that_was_replaced_asks_for_no_payment_and_late_money_is_late() -> None:
    money = {"minor": 30, "currency": "CNY"}
    facts: dict[str, Any] = {
        "shares": [{"body": ZHONG, "amount": money}],
        "transfers": [{"payer": ZHONG, "payee": SHANG, "amount": money, "due": clock(50)}],
    }
    bill = say("SettlementDrawn", BASIN, 20.0, **facts)
    accepted = say("SettlementAccepted", ZHONG, 21.0, replies_to=bill.id)
    paid = {"payer": ZHONG, "payee": SHANG, "amount": money, "paid_at": clock(60)}
    late = say("Paid", ZHONG, 60.0, replies_to=bill.id, **paid)
    assert of_body(ZHONG, "body_payment_in_time", bill, accepted, late).value == 0
    second = say("SettlementDrawn", BASIN, 30.0, replies_to=bill.id, **facts)
    assert ZHONG not in appraised(bill, accepted, late, second).bodies


def test_breach_that_a_silent_reconstructed_record_does_not_bear_out_is_undetermined() -> None:
    regime = Regime(packs=(), terms=Terms(), territory=TERRITORY)
    later = replace(opened(), reconstructed={"source": "press", "precision": "day"})
    duties = [owed(SHANG, "LevelSet", 4).duty, owed(SHANG, "RiskReported", 4).duty]
    standing = stand(later, hours=100)
    states = {one.duty.owes: one.state for one in borne_out(standing, regime, duties)}
    assert states == {"LevelSet": "undetermined", "RiskReported": "breached"}
