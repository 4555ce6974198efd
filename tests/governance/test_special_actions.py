"""Special actions: planned, reported on, revised; binding, owed and counted by the record alone."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, TERRITORY, at, clock, codes, join, proposed, say, signed, stand, withdrew

from riskshed.errors import InputError, InputFaults, NotFoundError
from riskshed.governance import asked, special_actions, trust
from riskshed.governance.circumstances import Regime
from riskshed.governance.special_actions import Action
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.statement import Money, Statement

OFFICE = "zhong-industry"
WHAT = {"zh": "建立名录", "en": "make a register"}
REGIME = Regime(packs=(), terms=Terms(), territory=TERRITORY)


def yuan(amount: int) -> dict[str, Any]:
    return {"minor": amount * 100, "currency": "CNY"}


def task(code: str, owner: str = ZHONG, due_h: float = 100.0, **more: Any) -> dict[str, Any]:
    return {"task": code, "owner": owner, "what": WHAT, "due": clock(due_h), **more}


def planned(*tasks: dict[str, Any], by: str = ZHONG, hours: float = 1.0, **more: Any) -> Statement:
    facts = {"action": "chain", "tasks": list(tasks), "source": "a paper", **more}
    return say("ActionPlanned", by, hours, about=None, **facts)


def reported(plan: Statement, code: str, share: str, hours: float, by: str = ZHONG, **more: Any) -> Statement:
    facts = {"task": code, "share": share, "done_at": clock(hours), **more}
    return say("TaskCompleted", by, hours, about=None, replies_to=plan.id, **facts)


def only(standing: Standing) -> Action:
    (found,) = special_actions.actions(standing)
    return found


# ---------------------------------------------------------------------------------------- whom it binds


def test_task_of_its_own_body_is_a_duty_with_a_clock_and_breaks_trust_when_nothing_shows_it() -> None:
    plan = planned(task("a"), task("b"))
    done = reported(plan, "a", "1", 50)
    standing = stand(plan, done, hours=200)
    owed = {
        duty.rule: (duty.who, duty.due, said is not None) for duty, said in asked.duties(standing, REGIME)
    }
    assert {name: (who, met) for name, (who, _, met) in owed.items()} == {
        "a": (ZHONG, True),
        "b": (ZHONG, False),
    }
    assert {one.part: one.status for one in standing.promises.values()} == {"a": "kept", "b": "broken"}
    mine = trust.of_bodies(standing, REGIME)[ZHONG]
    assert sorted(one.came for one in mine.promises) == ["broken", "kept"]


@pytest.mark.parametrize(
    ("owner", "superior", "is_bound"),
    [(OFFICE, ZHONG, True), (OFFICE, None, False), (PANG, None, False), (XIA, None, False)],
)
def test_name_written_under_a_task_binds_nobody_who_is_not_below(
    owner: str, superior: str | None, is_bound: bool
) -> None:
    plan = planned(task("a", owner))
    office = join(OFFICE, **({"superior": superior} if superior else {}))
    standing = stand(office, plan, hours=200)
    assert ("action.owner_unbound" in codes(standing, plan)) is not is_bound
    assert [one.owner for one in standing.tasks.values()] == ([owner] if is_bound else [])
    assert not trust.of_bodies(standing, REGIME)[owner].has_record or is_bound
    assert only(standing).tasks[0].state == ("overdue" if is_bound else "unbound")


def test_coordination_body_binds_the_members_of_its_agreement_in_force_and_nobody_else() -> None:
    text = proposed()
    plan = planned(task("a", SHANG), task("b", PANG), by=BASIN)
    standing = stand(text, signed(text), plan, hours=50)
    assert {one.owner for one in standing.tasks.values()} == {SHANG}
    assert not stand(text, plan, hours=50).tasks  # not signed


def test_superior_of_a_superior_binds_and_a_ring_of_superiors_ends() -> None:
    deep = join("desk", superior=OFFICE)
    office = join(OFFICE, superior=ZHONG)
    assert stand(office, deep, planned(task("a", "desk"))).tasks
    ring = [join("one", superior="two"), join("two", superior="one")]
    assert not stand(ring, planned(task("a", "one"))).tasks


# ---------------------------------------------------------------------------------------- how it stands


def test_what_nobody_reported_is_unknown_and_a_sum_with_silence_is_a_lower_bound() -> None:
    plan = planned(task("a", money=yuan(60)), task("b", money=yuan(40)), money=yuan(120))
    before, half = (
        stand(plan, hours=50),
        stand(plan, reported(plan, "a", "0.5", 40, spent=yuan(30)), hours=50),
    )
    assert [one.share for one in only(before).tasks] == [None, None]
    (money,) = only(before).money
    assert (money.planned_minor, money.spent_minor, money.is_bound) == (12_000, None, False)
    (money,) = only(half).money
    assert (money.spent_minor, money.is_bound) == (3000, True)
    assert {one.task: (one.share, one.state) for one in only(half).tasks} == {
        "a": (Decimal("0.5"), "under_way"),
        "b": (None, "not_reported"),
    }


def test_what_is_due_next_is_the_earliest_that_is_still_open() -> None:
    plan = planned(task("a", due_h=50), task("b", due_h=90), task("c", due_h=70))
    found = only(stand(plan, reported(plan, "a", "1", 20), hours=30))
    assert found.next_due == at(70)
    newer = planned(task("d", due_h=95), hours=40, replies_to=plan.id)
    told = stand(plan, reported(plan, "a", "1", 20), newer, hours=45)
    old, new = sorted(special_actions.actions(told), key=lambda one: one.said_at)
    assert (old.next_due, new.next_due) == (None, at(95)), "what a revision released is due no more"


def test_the_last_word_on_money_stands_though_a_later_report_is_silent_of_it() -> None:
    plan = planned(task("a", money=yuan(9)))
    told = reported(plan, "a", "0.3", 20, spent=yuan(2)), reported(plan, "a", "0.5", 30)
    (done,) = only(stand(plan, *told, hours=40)).tasks
    assert (done.share, done.spent) == (Decimal("0.5"), Money(200, "CNY"))


def test_tasks_in_another_currency_are_no_part_of_the_whole() -> None:
    tasks = task("a", money=yuan(9)), task("b", money={"minor": 500_000, "currency": "USD"})
    body = {"action": "chain", "tasks": list(tasks), "source": "a paper", "title": WHAT, "money": yuan(10)}
    standing = stand(hours=2)
    assert special_actions.plan(standing, ZHONG, body).kind == "ActionPlanned"
    more = {**body, "tasks": [*tasks, task("c", money=yuan(2))]}
    with pytest.raises(InputFaults, match="1100 in the tasks"):
        special_actions.plan(standing, ZHONG, more)
    with pytest.raises(InputFaults, match="a time to come"):
        special_actions.plan(standing, ZHONG, {**body, "tasks": [task("a", due_h=2)]})


def test_state_follows_the_tasks() -> None:
    plan = planned(task("a"), task("b"))
    first, late = reported(plan, "a", "1", 50), reported(plan, "b", "1", 150)
    assert only(stand(plan, hours=10)).state == "not_begun"
    assert only(stand(plan, first, hours=60)).state == "under_way"
    assert only(stand(plan, first, hours=120)).state == "overdue"
    assert only(stand(plan, first, late, hours=200)).state == "done"
    assert {one.state for one in only(stand(plan, first, late, hours=200)).tasks} == {"done", "done_late"}


def test_report_of_another_body_counts_nothing() -> None:
    plan = planned(task("a"))
    foreign = reported(plan, "a", "1", 50, by=SHANG)
    standing = stand(plan, foreign, hours=60)
    assert "task.not_given" in codes(standing, foreign)
    assert only(standing).tasks[0].share is None


def test_any_order_of_statements_gives_the_same_actions() -> None:
    plan = planned(task("a", money=yuan(5)), task("b", OFFICE))
    said = [join(OFFICE, superior=ZHONG), plan, reported(plan, "a", "0.2", 20), reported(plan, "a", "1", 60)]
    said.append(planned(task("c"), hours=70, replies_to=plan.id))
    whole = special_actions.actions(stand(*said, hours=80))
    assert len(whole) == 2
    for seed in range(20):
        mixed = said[:]
        random.Random(seed).shuffle(mixed)
        assert special_actions.actions(stand(*mixed, mixed[0], hours=80)) == whole


# ------------------------------------------------------------------------------------------- revisions


def test_revision_releases_what_is_not_yet_due_and_keeps_what_was_due_or_done() -> None:
    plan = planned(task("due", due_h=40), task("done", due_h=90), task("later", due_h=95))
    done, again = reported(plan, "done", "1", 30), planned(task("new"), hours=50, replies_to=plan.id)
    standing = stand(plan, done, again, hours=200)
    assert {one.part: one.status for one in standing.promises.values()} == {
        "due": "broken",
        "done": "kept",
        "new": "broken",
    }
    old = next(one for one in special_actions.actions(standing) if one.id == plan.id)
    assert (old.state, old.replaced_by) == ("replaced", again.id)
    assert {one.task: one.state for one in old.tasks} == {
        "due": "overdue",
        "done": "done",
        "later": "released",
    }


def test_revision_by_another_body_changes_nothing() -> None:
    plan = planned(task("a"))
    foreign = planned(task("b", SHANG), by=SHANG, hours=20, replies_to=plan.id)
    standing = stand(plan, foreign, hours=200)
    assert "action.not_own" in codes(standing, foreign)
    assert only(standing).id == plan.id
    assert only(standing).replaced_by is None


@pytest.mark.parametrize(("hours", "is_gone"), [(50.0, True), (150.0, False)])
def test_action_is_taken_back_only_before_its_first_task_was_due(hours: float, is_gone: bool) -> None:
    plan = planned(task("a", due_h=100), task("b", due_h=300))
    standing = stand(plan, withdrew(plan, hours), hours=400)
    assert (not special_actions.actions(standing)) is is_gone
    assert (not standing.promises) is is_gone


# ------------------------------------------------------------------------------------------------ acts


def test_what_is_planned_and_reported_stands_on_the_record_as_drafted() -> None:
    body = {"action": "x", "title": WHAT, "tasks": [task("a")], "source": "a paper"}
    draft = special_actions.plan(stand(hours=1), ZHONG, body)
    plan = say(draft.kind, draft.by, 1.0, about=None, **draft.body)
    told = {"task": "a", "share": "0.5", "done_at": clock(20), "spent": yuan(3)}
    standing = stand(plan, hours=30)
    said = special_actions.report(standing, ZHONG, plan.id, told)
    after = stand(
        plan, say(said.kind, said.by, 30.0, about=None, replies_to=said.replies_to, **said.body), hours=31
    )
    assert only(after).tasks[0].spent == Money(300, "CNY")


PLAN_FAULTS = [
    ({"tasks": [task("a"), task("a")]}, "action.same_task"),
    ({"tasks": [task("a", "nobody")]}, "action.owner_unknown"),
    ({"tasks": [task("a", due_h=1)]}, "action.due_passed"),
    ({"starts": clock(9), "ends": clock(8)}, "action.ends_before"),
    (
        {"tasks": [task("a", money=yuan(6)), task("b", money=yuan(6))], "money": yuan(10)},
        "action.more_than_planned",
    ),
]


@pytest.mark.parametrize(("wrong", "code"), PLAN_FAULTS)
def test_plan_that_cannot_be_is_refused(wrong: dict[str, Any], code: str) -> None:
    body = {"action": "x", "title": WHAT, "tasks": [task("a")], "source": "a paper", **wrong}
    with pytest.raises(InputFaults) as caught:
        special_actions.plan(stand(hours=5), ZHONG, body)
    assert [fault.code for fault in caught.value.faults] == [code]


REPORT_FAULTS = [
    ({"task": "none"}, ZHONG, "action.no_such_task"),
    ({}, SHANG, "action.not_owner"),
    ({"task": "b"}, SHANG, "action.unbound"),
    ({"done_at": clock(99)}, ZHONG, "action.ahead"),
    ({"share": "0.3"}, ZHONG, "action.less_done"),
    ({"spent": yuan(1)}, ZHONG, "action.less_spent"),
]


@pytest.mark.parametrize(("wrong", "by", "code"), REPORT_FAULTS)
def test_report_that_cannot_be_is_refused(wrong: dict[str, Any], by: str, code: str) -> None:
    plan = planned(task("a"), task("b", SHANG))
    standing = stand(plan, reported(plan, "a", "0.5", 20, spent=yuan(5)), hours=60)
    body = {"task": "a", "share": "0.6", "done_at": clock(50), **wrong}
    with pytest.raises(InputFaults) as caught:
        special_actions.report(standing, by, plan.id, body)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_task_that_a_revision_released_is_reported_on_no_more() -> None:
    plan = planned(task("done", due_h=40), task("later", due_h=95))
    again = planned(task("new"), hours=50, replies_to=plan.id)
    standing = stand(plan, reported(plan, "done", "0.5", 30), again, hours=60)
    told = {"share": "1", "done_at": clock(55)}
    with pytest.raises(InputFaults) as caught:
        special_actions.report(standing, ZHONG, plan.id, {"task": "later", **told})
    assert [fault.code for fault in caught.value.faults] == ["action.unbound"]
    # What was due before stays owed, and is reported on still.
    assert special_actions.report(standing, ZHONG, plan.id, {"task": "done", **told}).replies_to == plan.id


def test_only_ones_own_newest_action_is_revised() -> None:
    plan = planned(task("a"))
    again = planned(task("b"), hours=20, replies_to=plan.id)
    standing, body = stand(plan, again, hours=50), {"tasks": [task("c")]}
    for by, what, code in (
        (SHANG, again.id, "not_own"),
        (ZHONG, plan.id, "replaced"),
        (ZHONG, "0" * 64, "unknown"),
    ):
        with pytest.raises((InputError, NotFoundError)) as caught:
            special_actions.plan(standing, by, body, revises=what)
        assert caught.value.code == f"action.{code}"
    assert special_actions.plan(standing, ZHONG, body, revises=again.id).replies_to == again.id


def test_fund_of_an_action_is_summed_from_what_was_given_and_paid() -> None:
    plan = planned(task("a", money=yuan(9)), fund="chain-fund")
    given = say("FundContributed", ZHONG, 5, fund="chain-fund", amount=yuan(10), paid_at=clock(5))
    spent = say(
        "Paid", ZHONG, 9, about=plan.id, payer="chain-fund", payee=XIA, amount=yuan(4), paid_at=clock(9)
    )
    standing = stand(plan, given, spent, hours=60)
    held = special_actions.fund(standing, only(standing))
    assert held is not None
    assert held.balance_minor == 600
    assert special_actions.fund(stand(planned(task("a"))), only(stand(planned(task("a"))))) is None


def test_exercise_and_actual_are_kept_apart() -> None:
    drill = planned(task("a"), exercise=True)
    assert not special_actions.actions(stand(drill))
