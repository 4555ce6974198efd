"""Joint plans in the pages: proposed, rejected, amended with a payment, accepted by all, and in force."""

from __future__ import annotations

from typing import Any

import officers
import pytest
from officers import BASIN, HARBIN, INCIDENT, JILIN, act, do, filled, last, press

from riskshed.statement import Statement

BOARD = f"/incidents/{INCIDENT}/plans/"
MEASURE = {
    "treatments_1_task": "hold",
    "treatments_1_owner": JILIN,
    "treatments_1_what_zh": "封堵泄漏",
    "treatments_1_what_en": "stop the release",
    "treatments_1_money": "500000",
}
PAYMENT = {"transfers_1_payer": JILIN, "transfers_1_payee": HARBIN, "transfers_1_amount": "1200000.55"}
WORDS = {"reason_zh": "费用应由上游承担", "reason_en": "upstream should pay", "wants_zh": "", "wants_en": ""}


@pytest.fixture
def opened(node: Any, people: Any) -> Any:
    officers.opened(node)
    people["jilin-commander"] = officers.commander(JILIN)
    return node


def proposed(node: Any, sign_in: Any) -> str:
    answer = do(sign_in("basin"), act("plan-propose"), BASIN, members=[JILIN, HARBIN], **MEASURE)
    assert answer.status_code == 302, answer.content.decode()
    return last(node, "PlanProposed").id


def accept(sign_in: Any, plan: str) -> None:
    for who, body in (("jilin-commander", JILIN), ("harbin-commander", HARBIN)):
        assert do(sign_in(who), act("plan-accept", plan), body).status_code == 302


def test_two_cities_disagree_amend_and_agree_on_a_payment(opened: Any, sign_in: Any) -> None:
    plan = proposed(opened, sign_in)
    assert do(sign_in("harbin-commander"), act("plan-reject", plan), HARBIN, **WORDS).status_code == 302
    change = {"change_zh": "由吉林付款", "change_en": "Jilin pays"}
    assert do(sign_in("jilin"), act("plan-amend", plan), JILIN, **PAYMENT, **change).status_code == 302
    amended = last(opened, "PlanAmended").id
    page = sign_in("harbin").get(BOARD, headers={"accept-language": "en"}).content.decode()
    assert "CNY 1,200,000.55" in page
    assert "Jilin pays" in page
    accept(sign_in, amended)
    assert do(sign_in("basin"), act("plan-adopt", amended), BASIN).status_code == 302
    standing = opened.standing()
    assert not standing.set_aside
    assert standing.joint_plans[amended].status == "adopted"


def test_an_amended_plan_keeps_every_row_that_was_not_touched(opened: Any, sign_in: Any) -> None:
    plan = proposed(opened, sign_in)
    typed = {**PAYMENT, "change_zh": "加付款", "change_en": "with a payment"}
    assert do(sign_in("jilin"), act("plan-amend", plan), JILIN, **typed).status_code == 302
    assert sign_in("harbin-commander").get(act("plan-accept", plan)).status_code == 403, "it was changed"
    texts = (plan, last(opened, "PlanAmended").id)
    told = [opened.standing().statements[one].statement.records("treatments") for one in texts]
    assert [dict(row) for row in told[0]] == [dict(row) for row in told[1]]


def test_a_form_shows_every_row_and_one_more(opened: Any, sign_in: Any) -> None:
    second = {name.replace("_1_", "_2_"): value for name, value in MEASURE.items()}
    form = {**MEASURE, **second, "treatments_2_task": "warn"}
    url, body = act("plan-propose"), {"plan": "p9", "members": [JILIN, HARBIN], **form}
    typed = {**filled(sign_in("basin").get(url)), **body}
    assert press(sign_in("basin"), url, BASIN, **typed).status_code == 302
    shown = filled(sign_in("jilin").get(act("plan-amend", last(opened, "PlanProposed").id)))
    tasks = [shown.get(f"treatments_{row}_task") for row in (1, 2, 3)]
    assert tasks == ["hold", "warn", ""]


def test_a_change_that_changes_nothing_is_refused(opened: Any, sign_in: Any) -> None:
    plan = proposed(opened, sign_in)
    answer = do(sign_in("jilin"), act("plan-amend", plan), JILIN, change_zh="改期", change_en="later")
    assert answer.status_code == 400


def test_a_changed_row_shows_what_it_was(opened: Any, sign_in: Any) -> None:
    plan = proposed(opened, sign_in)
    typed = {"treatments_1_what_en": "stop the release at once", "change_zh": "立即", "change_en": "at once"}
    assert do(sign_in("jilin"), act("plan-amend", plan), JILIN, **typed).status_code == 302
    page = sign_in("harbin").get(BOARD, headers={"accept-language": "en"}).content.decode()
    assert "was: " in page


def test_nobody_adopts_before_all_have_accepted(opened: Any, sign_in: Any) -> None:
    plan = proposed(opened, sign_in)
    assert sign_in("basin").get(act("plan-adopt", plan)).status_code == 403
    accept(sign_in, plan)
    assert sign_in("basin").get(act("plan-adopt", plan)).status_code == 200


def test_who_is_not_bound_neither_answers_nor_amends(opened: Any, sign_in: Any) -> None:
    plan = proposed(opened, sign_in)
    assert sign_in("jiamusi").get(act("plan-amend", plan)).status_code == 403
    assert sign_in("jiamusi").get(act("plan-accept", plan)).status_code == 403
    assert sign_in("harbin").get(act("plan-accept", plan)).status_code == 403, "it binds the body"


def test_a_plan_in_force_is_locked(opened: Any, sign_in: Any) -> None:
    plan = proposed(opened, sign_in)
    accept(sign_in, plan)
    assert do(sign_in("basin"), act("plan-adopt", plan), BASIN).status_code == 302
    for name, who in (("plan-amend", "jilin"), ("plan-reject", "harbin-commander"), ("plan-adopt", "basin")):
        assert sign_in(who).get(act(name, plan)).status_code == 403


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "方案还是空的"),
        ({**PAYMENT, "transfers_1_amount": "-5"}, "须大于零"),
        ({**PAYMENT, "transfers_1_amount": "1.005"}, "最多两位小数"),
        ({**PAYMENT, "transfers_1_payee": ""}, "本行请填完整"),
        ({**MEASURE, "treatments_1_what_zh": "", "treatments_1_what_en": ""}, "做什么，须写明"),
    ],
)
def test_a_plan_that_says_nothing_is_refused(opened: Any, sign_in: Any, typed: Any, told: str) -> None:
    size = opened.log.size
    answer = do(sign_in("basin"), act("plan-propose"), BASIN, members=[JILIN, HARBIN], **typed)
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert opened.log.size == size


# ---------------------------------------------------------------------------------- what each gains by it

WORTH = {
    "worth_1_element": "hold",
    "worth_1_body": JILIN,
    "worth_1_goal": "money",
    "worth_1_amount": "0",
    "worth_2_element": "hold",
    "worth_2_body": HARBIN,
    "worth_2_goal": "drinking_water",
    "worth_2_amount": "200000",
}
GOALS = [("money", "0.25"), ("drinking_water", "0.75")]


def weighed(node: Any, sign_in: Any, *, declared: bool = True, **more: str) -> Statement:
    """A plan with its working: it costs Jilin 500,000, and Harbin counts its water three times."""
    if declared:
        rows = [{"goal": goal, "weight": weight} for goal, weight in GOALS]
        node.desk(HARBIN, "command-02").declare_goals("songhua-model", weights=rows)
    typed = {"members": [JILIN, HARBIN], **MEASURE, **WORTH, **more}
    answer = do(sign_in("basin"), act("plan-propose"), BASIN, **typed)
    assert answer.status_code == 302, answer.content.decode()
    return last(node, "PlanProposed")


def board(sign_in: Any) -> str:
    return str(sign_in("harbin").get(BOARD, headers={"accept-language": "en"}).content.decode())


def test_gains_are_worked_out_by_declared_goals_and_stand_in_the_plan(opened: Any, sign_in: Any) -> None:
    said = weighed(opened, sign_in)
    gains = {one["body"]: (one["gets"], one["amount"]["minor"]) for one in said.records("gains")}
    assert gains == {JILIN: (False, 50_000_000), HARBIN: (True, 60_000_000)}
    assert opened.file(said.record("file")["digest"]) is not None


def test_suggested_points_stand_beside_what_is_proposed_with_who_loses(opened: Any, sign_in: Any) -> None:
    weighed(opened, sign_in)
    page = board(sign_in)
    places = [
        page.index(one) for one in ("as proposed", "Nash point", "Kalai-Smorodinsky", "least total loss")
    ]
    assert places == sorted(places)
    assert '−CNY 500,000.00 <span class="tag">loses</span>' in page
    # Nobody gains without a payment; with one Harbin pays what it costs and keeps the rest.
    assert "→ Jilin City CNY 500,000.00" in page, page[page.index("least total loss") :]
    assert "+CNY 100,000.00" in page
    assert "drinking_water 0.75" in page


def test_what_the_record_lacks_is_named_and_nothing_is_worked_out(opened: Any, sign_in: Any) -> None:
    said = weighed(opened, sign_in, declared=False)
    assert not said.has("gains")
    page = board(sign_in)
    assert "it has not declared its goal weights" in page
    assert "Nash point" not in page


def test_a_plan_without_working_says_so(opened: Any, sign_in: Any) -> None:
    proposed(opened, sign_in)
    assert "the plan has no working" in board(sign_in)


def test_a_working_is_carried_into_the_form_of_a_change_and_worked_out_anew(
    opened: Any, sign_in: Any
) -> None:
    plan = weighed(opened, sign_in).id
    paid = {
        **PAYMENT,
        "transfers_1_payer": HARBIN,
        "transfers_1_payee": JILIN,
        "transfers_1_amount": "550000",
    }
    change = {"change_zh": "哈尔滨付款", "change_en": "Harbin pays"}
    assert do(sign_in("jilin"), act("plan-amend", plan), JILIN, **paid, **change).status_code == 302
    said = last(opened, "PlanAmended")
    gains = {one["body"]: one["amount"]["minor"] for one in said.records("gains") if one["gets"]}
    assert gains == {JILIN: 5_000_000, HARBIN: 5_000_000}


def test_gains_that_the_plan_states_otherwise_are_pointed_out(opened: Any, sign_in: Any) -> None:
    said = weighed(opened, sign_in)
    assert "states another gain" not in board(sign_in)
    body = {**said.to_json()["body"], "change": {"en": "more"}}
    body["gains"][1]["amount"]["minor"] += 1
    opened.desk(JILIN, "duty-03").amend_plan(said.id, **body)
    assert "states another gain than is worked out here" in board(sign_in)


def test_a_worth_that_was_said_twice_is_refused(opened: Any, sign_in: Any) -> None:
    typed = {"members": [JILIN, HARBIN], **MEASURE, **WORTH, "worth_2_body": JILIN, "worth_2_goal": "money"}
    answer = do(sign_in("basin"), act("plan-propose"), BASIN, **typed)
    assert answer.status_code == 400
    assert "这一项写了两次" in answer.content.decode()
