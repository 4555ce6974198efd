"""The negotiating table: seats, clocks, versions; and what may be said at it, or is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import AGREEMENT, BASIN, PROVINCE, TERRITORY, at, clock, codes, opened, say, stand
from governance.incident_acts import sayable

from riskshed.errors import InputError, InputFaults, NotFoundError
from riskshed.governance import bargaining_points as points
from riskshed.governance import negotiation_acts as acts
from riskshed.governance.bargaining import bargain
from riskshed.governance.circumstances import Regime
from riskshed.governance.negotiation import Change, table
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.statement import Money, Statement

MEMBERS = (SHANG, ZHONG)
TERMS = Terms(code=AGREEMENT, members=(SHANG, ZHONG, XIA), coordination_body=BASIN, superior=PROVINCE)
REGIME = Regime(packs=(), terms=TERMS, territory=TERRITORY)
WHY = {"zh": "取水口不能关", "en": "the intake cannot close"}


def cny(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "CNY"}


def plan(hours: float = 1.0, kind: str = "PlanProposed", **more: Any) -> Statement:
    task = {"task": "boom", "owner": SHANG, "what": {"en": "lay a boom"}}
    facts: dict[str, Any] = {
        "plan": "p",
        "members": list(MEMBERS),
        "answer_by": clock(10),
        "treatments": [task],
        "transfers": [{"payer": ZHONG, "payee": SHANG, "amount": cny(500)}],
        "gains": [
            {"body": SHANG, "amount": cny(20), "gets": False},
            {"body": ZHONG, "amount": cny(900)},
        ],
    }
    return say(kind, BASIN, hours, **{**facts, **more})


def vote(text: Statement, by: str, hours: float = 2.0, kind: str = "PlanAccepted", **more: Any) -> Statement:
    return say(kind, by, hours, replies_to=text.id, **more)


def changed(text: Statement, hours: float = 4.0, **more: Any) -> Statement:
    facts = {"change": {"en": "less money"}, "answer_by": clock(20), **more}
    return plan(hours, "PlanAmended", replies_to=text.id, **facts)


def held(*said: Any, hours: float = 5.0) -> Standing:
    return stand(opened(), *said, hours=hours)


# -------------------------------------------------------------------------------------------------- table


def test_table_shows_each_member_its_gain_what_it_pays_and_its_answer() -> None:
    text = plan()
    yes = vote(text, SHANG)
    seen = table(held(text, yes), text.id)
    first, second = seen.seats
    assert (first.gain, first.paid["CNY"], first.answer) == (Money(-20, "CNY"), Money(500, "CNY"), "accepted")
    assert (second.gain, second.paid["CNY"], second.answer) == (Money(900, "CNY"), Money(-500, "CNY"), None)
    assert (first.statement, first.answered_at, first.is_late) == (yes.id, at(2), False)
    assert seen.losers == {SHANG: Money(20, "CNY")}
    assert (seen.silent, seen.left.total_seconds()) == ((ZHONG,), 5 * 3600)


def test_goals_are_the_last_that_a_city_declared_and_unknown_if_none() -> None:
    def goals(hours: float, water: str, money: str) -> Statement:
        rows = [{"goal": "water", "weight": water}, {"goal": "money", "weight": money}]
        return say("GoalsDeclared", SHANG, hours, about=AGREEMENT, weights=rows)

    text = plan()
    seen = table(held(text, goals(1, "0.5", "0.5"), goals(2, "0.75", "0.25")), text.id)
    assert seen.seats[0].goals == {"water": Decimal("0.75"), "money": Decimal("0.25")}
    assert seen.seats[1].goals is None


def test_gain_that_nobody_said_is_unknown() -> None:
    text = plan(gains=[{"body": ZHONG, "amount": cny(900)}])
    seen = table(held(text), text.id)
    assert seen.seats[0].gain is None
    assert seen.losers == {}


def test_silence_and_late_answers_are_shown_once_time_has_run_out() -> None:
    text = plan()
    late = vote(text, ZHONG, 11.0)
    seen = table(held(text, late, hours=12.0), text.id)
    assert [seat.is_late for seat in seen.seats] == [True, True]
    assert seen.silent == (SHANG,)
    assert seen.left.total_seconds() < 0


def test_acceptances_do_not_carry_over_and_what_changed_is_named() -> None:
    text = plan()
    transfers = [{"payer": ZHONG, "payee": SHANG, "amount": cny(300)}]
    new = changed(text, transfers=transfers, members=[*MEMBERS, XIA])
    seen = table(held(text, vote(text, SHANG), new), text.id)
    assert [seat.answer for seat in seen.seats] == [None, None, None]
    assert seen.newest.id == new.id
    changes = {(one.part, one.key): one for one in seen.versions[1].changes}
    assert changes["members", XIA] == Change("members", XIA, None, XIA)
    paid = changes["transfers", f"{ZHONG} {SHANG}"]
    assert (paid.before["amount"]["minor"], paid.after["amount"]["minor"]) == (500, 300)  # type: ignore
    assert changes["answer_by", ""].after == clock(20)
    assert len(changes) == 3


def test_signature_of_a_body_that_is_no_member_does_not_count_and_is_shown() -> None:
    text = plan()
    stray = vote(text, PANG)
    standing = held(text, stray, vote(text, SHANG))
    seen = table(standing, text.id)
    assert seen.outsiders == {stray.id: PANG}
    assert not seen.is_accepted_by_all
    assert "reply.not_addressed" in codes(standing, stray)


def test_new_plan_that_answers_a_rejection_is_the_next_version() -> None:
    text = plan()
    no = vote(text, ZHONG, kind="PlanRejected", reason=WHY)
    again = plan(6.0, replies_to=no.id)
    seen = table(held(text, no, again, hours=7.0), text.id)
    assert [one.standing.id for one in seen.versions] == [text.id, again.id]


def test_plan_that_nobody_proposed_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="no joint plan"):
        table(held(), "ab" * 32)


# ----------------------------------------------------------------------------------------------- proposing


def body(**more: Any) -> dict[str, Any]:
    said = plan().to_json()["body"]
    return {**said, **more}


def test_point_of_a_bargain_becomes_a_plan_that_can_be_said() -> None:
    held_ = bargain([SHANG, ZHONG], ["boom"], np.array([[-400], [1_000]]))
    found = acts.money_of(points.least_total_loss(held_), at(50))
    assert found["transfers"] == [{"payer": ZHONG, "payee": SHANG, "amount": cny(400), "due": clock(50)}]
    draft = acts.propose(held(), SHANG, "spill-2024", TERMS, body(**found))
    assert sayable(draft).records("gains")[1]["amount"]["minor"] == 600


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"members": [SHANG, ZHONG, PANG]}, "outside_agreement"),
        ({"transfers": [{"payer": XIA, "payee": SHANG, "amount": cny(5)}]}, "not_a_member"),
        ({"transfers": [{"payer": SHANG, "payee": SHANG, "amount": cny(5)}]}, "own_payment"),
        ({"transfers": [{"payer": SHANG, "payee": ZHONG, "amount": cny(-5)}]}, "bad_payment"),
        ({"gains": [{"body": SHANG, "amount": {"minor": 1, "currency": "USD"}}]}, "mixed_currencies"),
        ({"gains": [{"body": SHANG, "amount": cny(1)}, {"body": SHANG, "amount": cny(2)}]}, "repeated"),
        ({"treatments": [{"task": "t", "owner": XIA, "what": {"en": "x"}}]}, "not_a_member"),
        ({"answer_by": clock(2)}, "no_time"),
    ],
)
def test_plan_that_would_not_hold_is_refused(more: Any, code: str) -> None:
    with pytest.raises(InputFaults) as told:
        acts.propose(held(), SHANG, "spill-2024", TERMS, body(**more))
    assert [one.code for one in told.value.faults] == [f"negotiation.{code}"]


def test_body_outside_of_the_agreement_proposes_and_signs_nothing() -> None:
    text = plan(members=[SHANG, PANG], transfers=[{"payer": PANG, "payee": SHANG, "amount": cny(1)}], gains=[
        {"body": PANG, "amount": cny(1)}
    ])  # fmt: skip
    with pytest.raises(InputError, match="outside of the agreement"):
        acts.propose(held(), PANG, "spill-2024", TERMS, body())
    with pytest.raises(InputError, match="outside of the agreement"):
        acts.accept(held(text), text.id, PANG, TERMS)
    assert acts.propose(held(), BASIN, "spill-2024", TERMS, body()).by == BASIN


# ----------------------------------------------------------------------------------------------- answering


def test_member_accepts_the_newest_text_and_no_other() -> None:
    text = plan()
    new = changed(text, transfers=[{"payer": ZHONG, "payee": SHANG, "amount": cny(300)}])
    assert sayable(acts.accept(held(text), text.id, SHANG, TERMS)).replies_to == text.id
    with pytest.raises(InputError, match="was changed by") as told:
        acts.accept(held(text, new), text.id, SHANG, TERMS)
    assert told.value.code == "negotiation.superseded"
    with pytest.raises(InputError, match="no member of this plan"):
        acts.accept(held(text), text.id, XIA, TERMS)
    with pytest.raises(InputError, match="has accepted it"):
        acts.accept(held(text, vote(text, SHANG)), text.id, SHANG, TERMS)


def test_rejection_says_why() -> None:
    text = plan()
    draft = acts.reject(held(text), text.id, ZHONG, TERMS, WHY, wants={"en": "no boom"})
    assert sayable(draft).words("wants")["en"] == "no boom"
    with pytest.raises(InputError, match="no reason"):
        acts.reject(held(text), text.id, ZHONG, TERMS, {"en": " "})
    seen = table(held(text, vote(text, ZHONG, kind="PlanRejected", reason=WHY)), text.id)
    assert (seen.seats[1].answer, seen.seats[1].reason) == ("rejected", WHY)


def test_adopted_text_is_locked_and_holds_until_an_amendment_is_adopted() -> None:
    text = plan()
    votes = [vote(text, one) for one in MEMBERS]
    adopted = sayable(acts.adopt(held(text, votes), text.id, BASIN, REGIME))
    standing = held(text, votes, adopted, hours=600.0)
    with pytest.raises(InputError, match="locked"):
        acts.accept(standing, text.id, SHANG, TERMS)
    with pytest.raises(InputError, match="locked"):
        acts.adopt(standing, text.id, BASIN, REGIME)
    less = [{"payer": ZHONG, "payee": SHANG, "amount": cny(300)}]
    more = {"transfers": less, "answer_by": clock(900)}
    draft = acts.amend(standing, text.id, ZHONG, TERMS, {"en": "less"}, more)
    seen = table(held(text, votes, adopted, sayable(draft), hours=600.0), text.id)
    assert seen.in_force == text.id
    assert seen.silent == MEMBERS


def test_amendment_that_changes_nothing_is_refused() -> None:
    text = plan()
    with pytest.raises(InputError, match="same as before"):
        acts.amend(held(text), text.id, SHANG, TERMS, {"en": "later"}, {"answer_by": clock(30)})


# ------------------------------------------------------------------------------------- handing up, adopting


def test_plan_is_handed_up_once_time_has_run_out_naming_who_is_silent() -> None:
    text = plan()
    yes = vote(text, SHANG)
    assert acts.hand_up(held(text, yes, hours=9.0), text.id, REGIME) is None
    draft = acts.hand_up(held(text, yes, hours=11.0), text.id, REGIME)
    assert draft is not None
    assert (draft.body["to"], draft.body["cause"]) == ([PROVINCE], "unanswered")
    assert ZHONG in draft.body["reason"]["en"]
    told = sayable(draft)
    assert acts.hand_up(held(text, yes, told, hours=600.0), text.id, REGIME) is None


def test_dispute_is_handed_up_once_all_have_answered_and_to_the_common_superior_without_terms() -> None:
    text = plan()
    no = vote(text, ZHONG, kind="PlanRejected", reason=WHY)
    assert acts.hand_up(held(text, no), text.id, REGIME) is None
    alone = replace(REGIME, terms=replace(TERMS, superior=""))
    draft = acts.hand_up(held(text, no, vote(text, SHANG)), text.id, alone)
    assert draft is not None
    assert (draft.body["to"], draft.body["cause"], draft.replies_to) == ([PROVINCE], "dispute", no.id)
    sayable(draft)


def test_superior_decides_only_what_was_handed_up_to_it() -> None:
    text = plan()
    with pytest.raises(InputError, match="not handed up"):
        acts.adopt(held(text, hours=11.0), text.id, PROVINCE, REGIME)
    draft = acts.hand_up(held(text, hours=11.0), text.id, REGIME)
    assert draft is not None
    told = sayable(draft)
    decided = acts.adopt(held(text, told, hours=600.0), text.id, PROVINCE, REGIME)
    assert decided.body == {"decided_by": PROVINCE}
    assert held(text, told, sayable(decided), hours=600.0).joint_plans[text.id].decided_by == PROVINCE


def test_plan_is_not_adopted_over_a_member_that_has_not_accepted() -> None:
    text = plan()
    with pytest.raises(InputError, match=f"{ZHONG} did not accept"):
        acts.adopt(held(text, vote(text, SHANG)), text.id, BASIN, REGIME)
    with pytest.raises(InputError, match="did not accept"):
        acts.adopt(held(text, vote(text, SHANG)), text.id, SHANG, REGIME)


# -------------------------------------------------------------------------------------------------- goals


def weights(**more: str) -> list[tuple[str, Decimal]]:
    return [(goal, Decimal(text)) for goal, text in more.items()]


def test_goals_that_were_declared_stand_on_the_record() -> None:
    draft = acts.declare(held(), SHANG, TERMS, weights(water="0.75", money="0.250"), {"en": "water first"})
    assert draft.body["weights"][1] == {"goal": "money", "weight": "0.25"}
    assert sayable(draft).kind == "GoalsDeclared"


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"water": "0.7", "money": "0.4"}, ["weights_do_not_sum"]),
        ({"water": "1.5", "money": "-0.5"}, ["bad_weight", "bad_weight"]),
        ({"water": "1"}, ["no_money"]),
        ({}, ["weights_do_not_sum", "no_money"]),
    ],
)
def test_goal_weights_that_cannot_be_are_refused_by_name(given: dict[str, str], codes: list[str]) -> None:
    with pytest.raises(InputFaults) as caught:
        acts.declare(held(), SHANG, TERMS, weights(**given))
    assert [one.code for one in caught.value.faults] == [f"negotiation.{code}" for code in codes]
    if codes == ["weights_do_not_sum"]:
        assert caught.value.faults[0].got == "water 0.7, money 0.4: together 1.1"


def test_a_goal_is_weighed_once() -> None:
    with pytest.raises(InputFaults) as caught:
        acts.declare(held(), SHANG, TERMS, [*weights(water="0.5", money="0.25"), *weights(money="0.25")])
    assert [one.code for one in caught.value.faults] == ["negotiation.repeated"]


def test_who_is_outside_declares_no_goals_and_nobody_the_same_twice() -> None:
    with pytest.raises(InputError) as caught:
        acts.declare(held(), PANG, TERMS, weights(money="1"))
    assert caught.value.code == "negotiation.outside_agreement"
    told = say("GoalsDeclared", SHANG, 1, about=AGREEMENT, weights=[{"goal": "money", "weight": "1"}])
    with pytest.raises(InputError) as caught:
        acts.declare(held(told), SHANG, TERMS, weights(money="1"))
    assert caught.value.code == "negotiation.nothing_changed"
