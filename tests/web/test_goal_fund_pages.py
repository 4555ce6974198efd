"""Goal weights and the joint fund in the pages: declared or refused, paid in, given in kind, paid out."""

from __future__ import annotations

from typing import Any

import officers
import pytest
from officers import BASIN, HARBIN, INCIDENT, JILIN, do, last, plain

from riskshed.statement import time_text

WEIGHTS = {
    "weights_1_goal": "money",
    "weights_1_amount": "0.25",
    "weights_2_goal": "drinking_water",
    "weights_2_amount": "0.75",
}
GIVEN = {"amount": "1200000.55", "year": "2005"}
TRAINING = {"items_1_item": "training-day", "items_1_amount": "20", "items_1_unit": "people"}


def english(client: Any, url: str) -> str:
    return client.get(url, headers={"accept-language": "en"}).content.decode()


def test_a_city_declares_its_goals_and_they_stand_with_their_statement(node: Any, sign_in: Any) -> None:
    assert "unknown, and not zero" in english(sign_in("harbin"), "/goals/")
    assert do(sign_in("harbin-commander"), "/goals/declare/", HARBIN, **WEIGHTS).status_code == 302
    said = last(node, "GoalsDeclared")
    assert [dict(one) for one in said.records("weights")] == [
        {"goal": "money", "weight": "0.25"},
        {"goal": "drinking_water", "weight": "0.75"},
    ]
    page = english(sign_in("basin"), "/goals/")
    assert "drinking_water <b>0.75</b>" in page
    assert f"/log/{node.index_of(said.id)}/" in page
    shown = officers.filled(sign_in("harbin-commander").get("/goals/declare/"))
    assert (shown["weights_2_goal"], shown["weights_2_amount"]) == ("drinking_water", "0.75")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"weights_2_amount": "0.8"}, "权重之和应为 1：money 0.25, drinking_water 0.8: together 1.05"),
        ({"weights_1_amount": "-0.25", "weights_2_amount": "1.25"}, "权重应在 0 与 1 之间"),
        ({"weights_1_goal": "fish"}, "目标 money（货币）没有权重"),
        ({"weights_2_goal": "money"}, "有重复：money"),
        ({"weights_2_amount": "much"}, "不是数"),
        (dict.fromkeys(WEIGHTS, ""), "请至少填写一项"),
    ],
)
def test_goal_weights_that_cannot_be_are_refused_by_name(
    node: Any, sign_in: Any, typed: Any, told: str
) -> None:
    size = node.log.size
    answer = do(sign_in("harbin-commander"), "/goals/declare/", HARBIN, **{**WEIGHTS, **typed})
    assert answer.status_code in (400, 422)
    assert told in answer.content.decode()
    assert node.log.size == size


def test_what_was_paid_into_the_fund_is_its_balance_and_gifts_stand_apart(node: Any, sign_in: Any) -> None:
    assert "CNY 0.00" in english(sign_in("harbin"), "/fund/")
    assert do(sign_in("harbin"), "/fund/contribute/", HARBIN, **GIVEN).status_code == 302
    typed = {**TRAINING, "amount": "5000", "year": ""}
    assert do(sign_in("jilin"), "/fund/contribute/", JILIN, **typed).status_code == 302
    page = english(sign_in("basin"), "/fund/")
    assert "What is left CNY 1,200,000.55" in page
    assert "in kind besides CNY 5,000.00" in page
    assert "training-day 20 people" in page
    said = last(node, "FundContributed")
    assert not said.has("year")
    assert not node.standing().set_aside
    (fund,) = sign_in("basin").get("/api/v1/cluster/funds").json()["items"]
    assert (fund["balance_minor"], fund["in_kind_minor"]) == (120_000_055, 500_000)
    assert fund["paid_in"] == [{"body": HARBIN, "minor": 120_000_055}]
    assert said.id in fund["evidence"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"amount": "0"}, "须大于零"),
        ({"amount": ""}, "必填"),
        ({"paid_at": "2006-12-01T00:00"}, "这个时间还没有到"),
        ({"items_1_item": "pump"}, "本行请填完整"),
    ],
)
def test_a_contribution_that_cannot_be_is_refused_beside_its_field(
    node: Any, sign_in: Any, typed: Any, told: str
) -> None:
    size = node.log.size
    answer = do(sign_in("harbin"), "/fund/contribute/", HARBIN, **{**GIVEN, **typed})
    assert answer.status_code in (400, 422)
    assert told in answer.content.decode()
    assert node.log.size == size


def test_who_drew_the_bill_records_what_the_fund_pays_and_it_leaves_the_fund(
    node: Any, sign_in: Any, clock: Any
) -> None:
    officers.opened(node)
    do(sign_in("harbin"), "/fund/contribute/", HARBIN, **GIVEN)
    fund, amount = node.agreement().fund, {"minor": 50_055, "currency": "CNY"}
    shares = [{"body": HARBIN, "amount": amount, "gets": True}]
    pays = [{"payer": fund, "payee": HARBIN, "amount": amount, "due": time_text(clock.at + officers.HOUR)}]
    body = plain("SettlementDrawn", shares=shares, transfers=pays)
    bill = node.desk(BASIN, "command-01").draw_settlement(INCIDENT, **body)
    assert do(sign_in("basin"), officers.act("bill-pay", bill), BASIN).status_code == 302
    paid = last(node, "Paid")
    assert (paid.string("payer"), paid.money("amount").minor) == (fund, 50_055)
    page = english(sign_in("basin"), "/fund/")
    assert "What is left CNY 1,199,500.00" in page
    assert "CNY 500.55" in page
    # The basin has no business with payments in which the fund has no part.
    other = [{"payer": JILIN, "payee": HARBIN, "amount": amount}]
    bill = node.desk(BASIN, "command-01").draw_settlement(INCIDENT, **{**body, "transfers": other})
    assert sign_in("basin").get(officers.act("bill-pay", bill)).status_code == 403
