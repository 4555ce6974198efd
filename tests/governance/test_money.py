"""Money adds up, whatever is shared."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputError
from riskshed.governance.money import apportion, round_to_total, same_currency
from riskshed.statement import Money

FEW = settings(max_examples=60, deadline=None)
TOTALS = st.integers(-(10**24), 10**24)
WEIGHTS = st.lists(st.integers(0, 10**20) | st.fractions(0, 1000), min_size=1, max_size=8).filter(any)
VALUES = st.lists(st.fractions(-(10**18), 10**18), min_size=1, max_size=8)


@FEW
@given(TOTALS, WEIGHTS)
def test_shares_sum_to_the_total_and_none_is_a_whole_unit_off(
    total: int, weights: list[Fraction | int]
) -> None:
    shares = apportion(total, weights)
    whole = sum(map(Fraction, weights))
    assert sum(shares) == total
    assert all(
        abs(share - total * Fraction(weight) / whole) < 1
        for share, weight in zip(shares, weights, strict=True)
    )


@FEW
@given(TOTALS, WEIGHTS)
def test_no_weight_no_money(total: int, weights: list[Fraction | int]) -> None:
    shares = apportion(total, [*weights, 0])
    assert shares[-1] == 0


@FEW
@given(TOTALS, st.lists(st.integers(1, 10**6), min_size=1, max_size=8, unique=True), st.randoms())
def test_the_order_of_the_parties_does_not_matter_but_for_ties(total: int, weights: list[int], draw) -> None:  # type: ignore[no-untyped-def]
    mixed = draw.sample(weights, len(weights))
    by_weight = dict(zip(weights, apportion(total, weights), strict=True))
    lost = [abs(total) * Fraction(weight, sum(weights)) % 1 for weight in weights]
    if len(set(lost)) == len(lost):
        assert dict(zip(mixed, apportion(total, mixed), strict=True)) == by_weight


def test_a_tie_goes_to_the_earlier() -> None:
    assert apportion(100, (1, 1, 1)) == (34, 33, 33)
    assert apportion(-100, (1, 1, 1)) == (-34, -33, -33)
    assert apportion(2, (1, 2, 2, 1)) == (0, 1, 1, 0)


def test_amounts_beyond_what_a_float_can_hold_are_exact() -> None:
    total = 2**53 + 1
    assert apportion(total, (1, 0)) == (total, 0)
    assert sum(apportion(3 * 10**40 + 1, (1, 1, 1))) == 3 * 10**40 + 1


@FEW
@given(VALUES)
def test_what_is_rounded_keeps_its_sum_with_either_sign(values: list[Fraction]) -> None:
    total = round(sum(values))
    missing = total - sum(values)
    last = [*values, Fraction(missing)]
    shares = round_to_total(last, total)
    assert sum(shares) == total
    assert all(abs(share - value) < 1 for share, value in zip(shares, last, strict=True))


def test_a_sum_that_misses_by_a_trace_is_closed_and_by_half_a_unit_refused() -> None:
    assert round_to_total((Fraction("1.4999"), Fraction("1.5")), 3) == (1, 2)
    with pytest.raises(InputError, match=r"sum to 2\.50 minor units, want 3") as caught:
        round_to_total((Fraction(1), Fraction(3, 2)), 3)
    assert caught.value.code == "money.total_differs"
    with pytest.raises(InputError, match="want 2"):
        round_to_total((Fraction(1), Fraction(3, 2)), 2)


@pytest.mark.parametrize(
    ("weights", "code"),
    [((1, -1, 3), "money.negative_weight"), ((0, 0), "money.no_weight"), ((), "money.no_weight")],
)
def test_weights_that_share_nothing_are_refused(weights: tuple[int, ...], code: str) -> None:
    with pytest.raises(InputError) as caught:
        apportion(10, weights)
    assert caught.value.code == code


def test_currencies_are_never_mixed() -> None:
    assert same_currency([Money(1, "CNY"), Money(2, "CNY")]) == "CNY"
    with pytest.raises(InputError, match="amounts in CNY, EUR") as caught:
        same_currency([Money(1, "EUR"), Money(2, "CNY")])
    assert caught.value.code == "money.mixed_currencies"
    with pytest.raises(InputError) as caught:
        same_currency([])
    assert caught.value.code == "money.none"
