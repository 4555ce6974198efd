"""What statements ask for: who owes the answer, by when, and what fulfilled it."""

from __future__ import annotations

from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, COURT, PROVINCE, answered, at, clock, noticed, opened, say, seen, stand

from riskshed.governance import asked
from riskshed.governance.circumstances import Regime
from riskshed.governance.obligation import Duty
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Said
from riskshed.governance.terms import Terms
from riskshed.statement import Statement, make

NOBODY = Regime(packs=())
"""Without an agreement."""
AGREED = Regime(packs=(), terms=Terms(code="cast-river", acknowledge_h=0.5, answer_h=2.0))


def owed(standing: Standing, owes: str, regime: Regime = AGREED) -> list[tuple[Duty, Said | None]]:
    return [(one, done) for one, done in asked.duties(standing, regime) if one.owes == owes]


def only(standing: Standing, owes: str, regime: Regime = AGREED) -> tuple[Duty, str | None]:
    """The one duty of this sort, and the id of what fulfilled it."""
    ((duty, done),) = owed(standing, owes, regime)
    return duty, None if done is None else done.id


def unasked(hours: float = 1.0, **more: Any) -> Statement:
    """A notice that names no time for an answer."""
    said = noticed(hours)
    body = {name: value for name, value in (said.body or {}).items() if name != "answer_by"}
    plain = {name: dict(value) if hasattr(value, "items") else value for name, value in body.items()}
    plain |= {name: list(value) for name, value in plain.items() if isinstance(value, tuple)}
    facts: dict[str, Any] = {"officer": "duty-1", "issued": at(hours), "about": said.about, **more}
    return make("NoticeSent", by=said.by, body=plain, **facts)


# ------------------------------------------------------------------------------------------- notices


def test_without_an_agreement_the_time_of_the_notice_is_that_of_both_answers() -> None:
    standing = stand(noticed(1.0))
    for owes in ("NoticeAcknowledged", "NoticeAnswered"):
        duty, done = only(standing, owes, NOBODY)
        assert (duty.who, duty.to, duty.since, duty.due, done) == (ZHONG, SHANG, at(1), at(3), None)
        assert (duty.has_clock, duty.is_lawful, duty.pack) == (True, False, "statement")


def test_agreement_gives_the_time_to_acknowledge_and_the_notice_that_to_answer() -> None:
    standing = stand(seen(noticed(1.0, answer_by=clock(9)), 0.25))
    first, _ = only(standing, "NoticeAcknowledged")
    assert (first.since, first.due) == (at(1.25), at(1.75))
    assert first.cite == "cast-river, acknowledge_h = 0.5"
    assert only(standing, "NoticeAnswered")[0].due == at(9)


def test_notice_without_a_time_asks_members_within_the_hours_of_the_agreement_and_else_nobody() -> None:
    standing = stand(unasked())
    assert only(standing, "NoticeAnswered")[0].due == at(3)
    assert owed(standing, "NoticeAnswered", NOBODY) == []
    others = Regime(packs=(), terms=Terms(code="cast-river", members=(ZHONG, XIA)))
    assert owed(standing, "NoticeAcknowledged", others) == []


def test_notice_put_together_afterwards_without_a_time_asked_nothing_of_anybody() -> None:
    later = unasked(reconstructed={"source": "press", "precision": "day"})
    assert owed(stand(later), "NoticeAcknowledged") == []


def test_who_is_not_on_the_record_and_who_sent_it_owes_no_answer() -> None:
    standing = stand(noticed(1.0, to=(ZHONG, "910900", SHANG)))
    assert [duty.who for duty, _ in owed(standing, "NoticeAcknowledged")] == [ZHONG]
    assert [duty.who for duty, _ in owed(standing, "NoticeAnswered")] == [ZHONG]


def test_any_answer_acknowledges_the_first_counts_and_only_two_sorts_answer() -> None:
    notice = noticed(1.0)
    came, declined = answered(notice, "NoticeAcknowledged", 2), answered(notice, "NoticeDeclined", 1.5)
    adopted = answered(notice, "NoticeAdopted", 2.5)
    assert only(stand(notice, came), "NoticeAcknowledged")[1] == came.id
    assert only(stand(notice, came), "NoticeAnswered")[1] is None
    both = stand(notice, came, declined, adopted)
    assert only(both, "NoticeAcknowledged")[1] == declined.id
    assert only(both, "NoticeAnswered")[1] == declined.id


def test_replaced_notice_asks_no_more_unless_it_was_answered() -> None:
    notice = noticed(1.0)
    replaced = noticed(1.5, replies_to=notice.id)
    waiting = {duty.about: duty for duty, _ in owed(stand(notice, replaced), "NoticeAnswered")}
    assert (waiting[notice.id].due, waiting[notice.id].has_clock) == (None, False)
    assert waiting[replaced.id].due == at(3.5)
    late = answered(notice, "NoticeAdopted", 4)
    told = {duty.about: duty for duty, _ in owed(stand(notice, replaced, late), "NoticeAnswered")}
    assert told[notice.id].due == at(3)


# -------------------------------------------------------------------------- approvals, plans, tasks


def test_bodies_on_the_record_are_asked_for_an_approval_and_officers_are_not() -> None:
    request = say("ApprovalRequested", SHANG, 1.0, of=[PROVINCE, "duty-2"], answer_by=clock(1.25))
    duty, done = only(stand(request), "ApprovalGiven")
    assert (duty.who, duty.to, duty.since, duty.due, done) == (PROVINCE, SHANG, at(1), at(1.25), None)


@pytest.mark.parametrize("kind", ["ApprovalGiven", "ApprovalRefused"])
def test_approval_or_refusal_answers_the_request(kind: str) -> None:
    request = say("ApprovalRequested", SHANG, 1.0, of=[PROVINCE], answer_by=clock(2))
    answer = say(kind, PROVINCE, 1.5, replies_to=request.id, draft=request.string("draft"))
    assert only(stand(request, answer), "ApprovalGiven")[1] == answer.id


def planned(*, by: str = SHANG) -> Statement:
    return say("PlanProposed", by, 1.0, plan="p", members=[SHANG, ZHONG, XIA], answer_by=clock(10))


def test_members_owe_a_joint_plan_an_answer_and_who_proposed_it_does_not() -> None:
    plan = planned()
    yes = say("PlanAccepted", ZHONG, 2.0, replies_to=plan.id)
    no = say("PlanRejected", XIA, 2.5, replies_to=plan.id)
    found = {duty.who: done and done.id for duty, done in owed(stand(plan, yes, no), "PlanAccepted")}
    assert found == {ZHONG: yes.id, XIA: no.id}
    open_ones = owed(stand(plan), "PlanAccepted")
    assert {(duty.due, done) for duty, done in open_ones} == {(at(10), None)}


def test_joint_plan_that_was_changed_asks_no_more() -> None:
    plan = planned(by=BASIN)
    more = {"plan": "p", "members": [SHANG, ZHONG, XIA], "answer_by": clock(12)}
    changed = say("PlanAmended", BASIN, 4.0, replies_to=plan.id, **more)
    assert {duty.about for duty, _ in owed(stand(plan, changed), "PlanAccepted")} == {changed.id}


def ordered() -> Statement:
    task = {"task": "boom", "owner": SHANG, "what": {"en": "lay a boom"}, "due": clock(9)}
    return say("InstructionGiven", PROVINCE, 1.0, to=[SHANG], tasks=[task])


def test_task_is_done_when_the_whole_of_it_is() -> None:
    order = ordered()
    half, whole = (
        say(
            "TaskCompleted", SHANG, hours, replies_to=order.id, task="boom", share=share, done_at=clock(hours)
        )
        for hours, share in ((5, "0.5"), (6, "1"))
    )
    duty, done = only(stand(opened(), order, half), "TaskCompleted")
    assert (duty.who, duty.to, duty.due, duty.rule, done) == (SHANG, PROVINCE, at(9), "boom", None)
    assert only(stand(opened(), order, half, whole), "TaskCompleted")[1] == whole.id


# --------------------------------------------------------------------------------- help and watches


def helped() -> Statement:
    return say("AidCommitted", PANG, 1.0, to=ZHONG, leaves_by=clock(4), arrives_by=clock(8))


def test_promised_help_is_owed_by_its_arrival_and_shown_by_who_received_it() -> None:
    promise = helped()
    came = say("AidReceived", ZHONG, 7.0, replies_to=promise.id, received_at=clock(7))
    duty, done = only(stand(opened(), promise, hours=3), "AidDispatched")
    assert (duty.who, duty.to, duty.due, duty.about, done) == (PANG, ZHONG, at(8), promise.id, None)
    assert only(stand(opened(), promise, came), "AidDispatched")[1] == came.id
    late = say("AidReceived", ZHONG, 9.0, replies_to=promise.id, received_at=clock(9))
    assert only(stand(opened(), promise, late), "AidDispatched")[1] == late.id


def test_help_that_is_no_longer_needed_and_other_promises_are_not_owed_as_help() -> None:
    promise = helped()
    over = say("AidReleased", ZHONG, 2.0, replies_to=promise.id)
    assert owed(stand(opened(), promise, over), "AidDispatched") == []
    assert owed(stand(opened(), ordered()), "AidDispatched") == []


def test_desk_that_named_its_next_sign_owes_it_until_the_watch_is_handed_over() -> None:
    taken = say("WatchTaken", COURT, 1.0, desk="night", next_sign=clock(3))
    duty, done = only(stand(taken), "WatchTaken")
    assert (duty.who, duty.to, duty.since, duty.due, done) == (COURT, None, at(1), at(3), None)
    assert duty.rule == "night"
    passed = say("WatchHandedOver", COURT, 2.0, desk="night", to="duty-2")
    assert owed(stand(taken, passed), "WatchTaken") == []
    assert owed(stand(say("WatchTaken", COURT, 1.0, desk="night")), "WatchTaken") == []


def test_what_is_asked_names_the_statement_that_asks_and_no_law() -> None:
    said = (noticed(1.0), planned(), ordered(), helped())
    for duty, _ in asked.duties(stand(opened(), said), AGREED):
        assert duty.cause == duty.about
        assert duty.cause in {one.id for one in said}
        assert duty.cite
        assert not duty.is_lawful
