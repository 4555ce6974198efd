"""Contracts when it is known what happened: who pays whom, and what stays undetermined."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import INCIDENT
from governance.bill_acts import CURRENCY, agreed, claim, helped, line, pumps, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputError
from riskshed.governance.agreement_contract import Contract
from riskshed.governance.border_measured import Measured, bounds
from riskshed.governance.claims import examine
from riskshed.governance.contract_outcome import (
    Loss,
    Outcome,
    border_quality,
    flood_storage,
    priced_aid,
)
from riskshed.statement import Money

BEGINS, ENDS = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
TITLE = {"zh": "合同", "en": "contract"}


def cny(minor: int) -> Money:
    return Money(minor, CURRENCY)


def bet(**more: Any) -> Contract:
    terms = {
        "upstream": SHANG, "downstream": ZHONG, "section": "zhong", "quantity": "ammonia",
        "statistic": "mean", "period": "year", "limit": 0.3, "limit_unit": "mg/L",
        "if_worse": cny(700), "if_kept": cny(500), **more,
    }  # fmt: skip
    return Contract("bet", "border_quality", TITLE, (SHANG, ZHONG), terms)


def taken(*values: str | None, unit: str = "mg/L", **more: Any) -> list[Measured]:
    """A reading a month."""
    return [
        Measured(BEGINS + timedelta(days=28 * i), None if v is None else Decimal(v), unit, f"r{i}", **more)
        for i, v in enumerate(values)
    ]


def settled(readings: list[Measured], contract: Contract | None = None, **more: Any) -> Outcome:
    return border_quality(contract or bet(), readings, BEGINS, ENDS, **more)


def paid(told: Outcome) -> list[tuple[str, str, int]]:
    return [(one.payer, one.payee, one.amount.minor) for one in told.payments]


# ----------------------------------------------------------------------------------------- border quality


def test_water_at_its_limit_keeps_it_and_downstream_pays() -> None:
    # In binary fractions 0.1 + 0.2 + 0.6 over three is more than 0.3.
    told = settled(taken("0.1", "0.2", "0.6"))
    assert paid(told) == [(ZHONG, SHANG, 500)]
    assert told.evidence == ("r0", "r1", "r2")


def test_water_worse_than_its_limit_makes_upstream_pay() -> None:
    assert paid(settled(taken("0.1", "0.2", "0.601"))) == [(SHANG, ZHONG, 700)]


def test_an_unknown_reading_leaves_it_undetermined_and_pays_nothing() -> None:
    told = settled(taken("0.1", None))
    assert (told.status, told.payments) == ("undetermined", ())
    assert "1 unknown" in told.why["en"]


def test_an_unknown_reading_does_not_matter_where_it_could_not_turn_the_result() -> None:
    assert paid(settled(taken("0.9", None))) == [(SHANG, ZHONG, 700)]


def test_a_reading_that_was_due_and_is_missing_is_unknown() -> None:
    assert settled(taken("0.1", "0.1"), expected=2).status == "due"
    assert settled(taken("0.1", "0.1"), expected=3).status == "undetermined"


def test_no_reading_at_all_is_no_good_water() -> None:
    told = settled([])
    assert (told.status, told.why["zh"]) == ("undetermined", "合同：期内没有监测值")


def test_what_was_below_detection_lies_between_nothing_and_the_limit_of_detection() -> None:
    assert settled(taken("0.3", sense="below")).status == "due"
    assert settled(taken("0.31", sense="below")).status == "undetermined"
    assert paid(settled(taken("0.31", sense="at_least"))) == [(SHANG, ZHONG, 700)]
    assert settled(taken("0.1", sense="at_least")).status == "undetermined"


def test_the_highest_is_what_the_highest_reading_says() -> None:
    contract = bet(statistic="highest")
    assert paid(settled(taken("0.1", "0.4", None), contract)) == [(SHANG, ZHONG, 700)]
    assert settled(taken("0.1", "0.2", None), contract).status == "undetermined"


@pytest.mark.parametrize(("limit", "unit"), [(0.75, "1"), (75.0, "%")])
def test_a_share_of_days_is_kept_at_its_limit(limit: float, unit: str) -> None:
    contract = bet(statistic="share_of_days_within", limit=limit, limit_unit=unit)
    assert paid(settled(taken("1", "1", "1", "0", unit="1"), contract)) == [(ZHONG, SHANG, 500)]
    assert paid(settled(taken("1", "1", "0", "0", unit="1"), contract)) == [(SHANG, ZHONG, 700)]
    assert settled(taken("1", "1", None, "0", unit="1"), contract).status == "undetermined"


def test_a_share_of_days_without_a_share_is_undetermined() -> None:
    told = settled(taken("1", unit="1"), bet(statistic="share_of_days_within"))
    assert told.why["en"].endswith("the contract names no share of days")


@pytest.mark.parametrize(
    ("water", "plan", "expected"),
    [
        ("0.1", True, [(ZHONG, SHANG, 500)]),
        ("0.9", False, [(SHANG, ZHONG, 700)]),
        ("0.1", False, []),
        ("0.9", True, []),
        ("0.1", None, []),
    ],
)
def test_by_the_taihu_regulation_both_limbs_have_to_agree(
    water: str, plan: bool | None, expected: list[Any]
) -> None:
    told = settled(taken(water), plan_kept=plan)
    assert paid(told) == expected
    assert (told.status == "undetermined") == (not expected)


def test_an_unknown_plan_is_unknown_and_not_one_that_was_missed() -> None:
    assert (
        settled(taken("0.1"), plan_kept=None)
        .why["en"]
        .endswith("it is unknown whether upstream kept its plan")
    )


def test_a_reading_outside_the_period_is_not_used() -> None:
    late = [replace(one, at=ENDS) for one in taken("9")]
    assert paid(settled([*taken("0.1"), *late])) == [(ZHONG, SHANG, 500)]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: settled(taken("1", unit="ug/L")), "contract.other_unit"),
        (lambda: border_quality(bet(), [], BEGINS, BEGINS + timedelta(days=30)), "contract.period"),
        (lambda: border_quality(bet(period="event"), [], ENDS, BEGINS), "contract.period"),
        (lambda: border_quality(pumps(), [], BEGINS, ENDS), "contract.other_sort"),
        (lambda: flood_storage(pumps(), [], was_used=True), "contract.other_sort"),
        (lambda: priced_aid(bet(), []), "contract.other_sort"),
    ],
)
def test_what_is_not_of_the_contract_is_refused(act: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        act()
    assert caught.value.code == code


amounts = st.decimals(0, 5, places=3).map(str)


@settings(max_examples=40)
@given(st.lists(amounts, min_size=1, max_size=6), st.lists(amounts, max_size=3))
def test_what_is_settled_with_unknowns_stays_so_whatever_they_turn_out_to_be(
    known: list[str], later: list[str]
) -> None:
    told = settled(taken(*known, *(None for _ in later)))
    if told.status == "due":
        assert paid(settled(taken(*known, *later))) == paid(told)


def test_a_mean_without_bound_has_none() -> None:
    low, high = bounds("mean", taken("2", None), 0)
    assert (low, high) == (1, None)


# ------------------------------------------------------------------------------------------ flood storage


def polder(**more: Any) -> Contract:
    terms = {
        "host": XIA, "area": "polder", "payers": {SHANG: 0.333333, ZHONG: 0.666667},
        "rates": {"crops": 0.7, "houses": 0.7, "tools": 0.5}, **more,
    }  # fmt: skip
    return Contract("polder", "flood_storage", TITLE, (XIA, SHANG, ZHONG), terms)


LOSSES = [Loss("crops", cny(1001), "a"), Loss("tools", cny(10), "b"), Loss("cars", cny(999), "c")]


def test_who_was_saved_pays_the_agreed_share_of_each_sort_of_loss() -> None:
    told = flood_storage(polder(), LOSSES, was_used=True)
    # 0.7 x 10.01 + 0.5 x 0.10 = 7.057, to the nearest fen 7.06.
    assert paid(told) == [(SHANG, XIA, 235), (ZHONG, XIA, 471)]
    assert (told.working["not_paid"], told.working["owed_minor"]) == ("cars", "706")


def test_a_loss_that_nobody_valued_leaves_a_lower_bound_and_no_payment() -> None:
    told = flood_storage(polder(), [*LOSSES, Loss("houses", None, "d")], was_used=True)
    assert (told.status, told.payments, told.working["owed_minor"]) == ("undetermined", (), ">= 706")
    assert "houses" in told.why["en"]


@pytest.mark.parametrize(("used", "status"), [(None, "undetermined"), (False, "nothing")])
def test_an_area_is_paid_only_if_it_is_known_to_have_been_used(used: bool | None, status: str) -> None:
    assert flood_storage(polder(), LOSSES, was_used=used).status == status


def test_no_valued_loss_is_not_a_loss_of_nothing() -> None:
    assert flood_storage(polder(), [], was_used=True).status == "undetermined"


def test_an_area_does_not_pay_itself() -> None:
    told = flood_storage(polder(payers={XIA: 0.5, ZHONG: 0.5}), LOSSES, was_used=True)
    assert [one[:2] for one in paid(told)] == [(ZHONG, XIA)]


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (Loss("crops", cny(3), "a"), "contract.loss_twice"),
        (Loss("crops", Money(3, "USD"), "d"), "money.mixed_currencies"),
    ],
)
def test_one_paper_counts_once_and_one_currency_holds(extra: Loss, code: str) -> None:
    with pytest.raises(InputError) as caught:
        flood_storage(polder(), [*LOSSES, extra], was_used=True)
    assert caught.value.code == code


@settings(max_examples=30)
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=5), st.randoms())
def test_the_order_of_losses_changes_nothing_and_the_parts_add_up(sums: list[int], random: Any) -> None:
    losses = [Loss("crops", cny(one), f"paper-{i}") for i, one in enumerate(sums)]
    told = flood_storage(polder(), losses, was_used=True)
    assert told == flood_storage(polder(), random.sample(losses, len(losses)), was_used=True)
    assert sum(one[2] for one in paid(told)) == int(told.working["owed_minor"])


# --------------------------------------------------------------------------------------------- priced aid


def test_the_receiver_pays_the_giver_what_was_signed_for() -> None:
    aid = helped(amount="4")
    standing = scene(aid, claim(SHANG, 20, line("pumps", 90_000, aid=aid[0].id)))
    lines = examine(standing, INCIDENT, agreed(standing), currency=CURRENCY, contracts=[pumps()])
    told = priced_aid(pumps(), lines)
    assert paid(told) == [(ZHONG, SHANG, 50_000)]
    assert told.evidence == (lines[0].statement,)


def test_help_that_nobody_claimed_costs_nothing() -> None:
    assert priced_aid(pumps(receivers=(ZHONG, PANG)), ()).status == "nothing"
