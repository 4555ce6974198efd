"""The working of a plan: gains from goals, costs and payments on the record, and what is missing for them."""

from __future__ import annotations

from typing import Any

import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import AGREEMENT, clock, opened, say, stand

from riskshed.errors import InputError, RiskshedError
from riskshed.governance.plan_working import LACKS, Lack, Weighed, Working, Worth, read, weighed
from riskshed.governance.standing import Standing
from riskshed.statement import Money, Statement

HELP = f"carbon:{ZHONG}:{SHANG}"


def cny(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "CNY"}


def goals(by: str, water: str, money: str) -> Statement:
    rows = [{"goal": "water", "weight": water}, {"goal": "money", "weight": money}]
    return say("GoalsDeclared", by, 1, about=AGREEMENT, weights=rows)


def held(*said: Any) -> Standing:
    return stand(opened(), *said, hours=5)


PLAN: dict[str, Any] = {
    "plan": "p",
    "members": [SHANG, ZHONG],
    "answer_by": clock(10),
    "treatments": [
        {"task": "boom", "owner": SHANG, "what": {"en": "lay a boom"}, "money": cny(100)},
        {"task": "close", "owner": ZHONG, "what": {"en": "close the intake"}},
    ],
    "transfers": [{"payer": ZHONG, "payee": SHANG, "amount": cny(30)}],
}
WORKING = Working(
    "CNY",
    (
        Worth("boom", SHANG, "money", 0),
        Worth("boom", ZHONG, "water", 200),
        Worth("boom", ZHONG, "money", -10),
        Worth("close", SHANG, "money", 0),
        Worth("close", ZHONG, "money", -40),
    ),
)
KEY = ("boom", ZHONG, "water")
GOALS = goals(ZHONG, "0.75", "0.25")
"""Water counts three times as much as money for the city in the middle: its boom is worth 3 x 200 - 10."""


def more(*rows: Worth) -> Working:
    return Working("CNY", (*WORKING.worth, *rows))


LARGE = Working("CNY", tuple(one if one.minor != 200 else Worth(*KEY, 2**53 - 1) for one in WORKING.worth))


def found(plan: dict[str, Any] = PLAN, working: Working | None = WORKING, *said: Statement) -> Weighed:
    return weighed(held(*(said or (GOALS,))), plan, working)


def minor(money: Any) -> dict[str, int]:
    return {body: one.minor for body, one in money.items()}


def test_a_plan_is_weighed_by_goals_costs_and_payments() -> None:
    proposed = found().proposed
    assert proposed is not None
    assert minor(proposed.gain) == {SHANG: -100, ZHONG: 590 - 40}
    assert minor(proposed.after) == {SHANG: -70, ZHONG: 520}
    assert proposed.losers == {SHANG: Money(70, "CNY")}


def test_points_leave_out_what_harms_and_make_good_what_it_costs() -> None:
    points = {one.name: one for one in found().points}
    best = points["least_total_loss"]
    assert (dict(best.shares), best.total.minor) == ({"boom": 1}, 490)
    assert minor(best.after) == {SHANG: 0, ZHONG: 490}
    assert minor(best.transfers) == {SHANG: 100, ZHONG: -100}
    # Without payments the boom makes its owner lose, so that nothing can be agreed.
    assert not points["nash"].shares
    assert not points["kalai_smorodinsky"].shares


def test_help_is_an_element_too_and_half_of_it_may_be_given() -> None:
    amount = {"value": "3", "unit": "t"}
    helps = {"item": "carbon", "amount": amount, "from": ZHONG, "to": SHANG, "arrives_by": clock(9)}
    rows = (Worth(HELP, SHANG, "money", 80), Worth(HELP, ZHONG, "money", -20))
    plan = {**PLAN, "dispatches": [helps], "treatments": PLAN["treatments"][:1]}
    working = Working("CNY", (*WORKING.worth[:3], *rows))
    points = {one.name: one for one in found(plan, working).points}
    # With help the owner of the boom can be better off as well: both elements are agreed on.
    assert set(points["nash"].shares) == {"boom", HELP}
    assert not points["nash"].losers
    assert points["nash"].shares["boom"] < 1


@pytest.mark.parametrize(
    ("plan", "working", "said", "lack"),
    [
        (PLAN, None, GOALS, Lack("working")),
        (PLAN, Working("CNY", WORKING.worth[1:]), GOALS, Lack("worth", SHANG, "boom")),
        (PLAN, WORKING, goals(SHANG, "0.5", "0.5"), Lack("goals", ZHONG)),
        (PLAN, WORKING, goals(ZHONG, "0.5", "0.4"), Lack("weights", ZHONG)),
        (PLAN, WORKING, goals(ZHONG, "1", "0"), Lack("weights", ZHONG)),
        (PLAN, Working("EUR", WORKING.worth), GOALS, Lack("currency", about="CNY")),
        (PLAN, more(Worth("dam", SHANG, "money", 1)), GOALS, Lack("element", about="dam")),
        (PLAN, more(Worth("boom", XIA, "money", 1)), GOALS, Lack("outside", XIA, "boom")),
        (PLAN, more(Worth("boom", ZHONG, "fish", 1)), GOALS, Lack("goal", ZHONG, "fish")),
        ({**PLAN, "treatments": PLAN["treatments"] * 2}, WORKING, GOALS, Lack("repeated", about="boom")),
        ({**PLAN, "members": [ZHONG, XIA]}, WORKING, GOALS, Lack("outside", SHANG)),
        (PLAN, LARGE, GOALS, Lack("too_large", ZHONG, "boom")),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_and_nothing_is_worked_out(
    plan: dict[str, Any], working: Working | None, said: Statement, lack: Lack
) -> None:
    seen = found(plan, working, said)
    assert lack in seen.lacks
    assert (seen.proposed, seen.points) == (None, ())
    assert set(lack.words) == {"zh", "en"}
    assert lack.what in LACKS


def test_money_alone_needs_no_declared_goals() -> None:
    rows = tuple(one for one in WORKING.worth if one.goal == "money")
    proposed = weighed(held(), PLAN, Working("CNY", rows)).proposed
    assert proposed is not None
    assert minor(proposed.gain) == {SHANG: -100, ZHONG: -50}


def test_a_working_is_read_back_and_has_one_form() -> None:
    data = WORKING.to_bytes()
    assert sorted(read(data).worth, key=str) == sorted(WORKING.worth, key=str)
    assert Working("CNY", WORKING.worth[::-1]).to_bytes() == data
    assert WORKING.file()["size_bytes"] == len(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"working-1", b"working-2"),
        (b'"minor":200', b'"minor":"200"'),
        (b'"minor":200', b'"minor":9007199254740993'),
        (b'"goal":"water"', b'"aim":"water"'),
        (b'"currency":"CNY"', b'"currency":7'),
        (b'"goal":"money"', b'"goal":"water"'),
        (b'{"body"', b' {"body"'),
    ],
)
def test_a_working_that_is_none_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(RiskshedError):
        read(WORKING.to_bytes().replace(old, new))


def test_a_file_of_another_sort_is_named_as_such() -> None:
    with pytest.raises(InputError) as caught:
        read(b"[]")
    assert caught.value.code == "negotiation.bad_working"
