"""Bargains: what is weighed exactly, and the points of Nash, Kalai-Smorodinsky and least total loss."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskshed.errors import DomainError, InputError, InputFaults
from riskshed.governance import bargaining_points as points
from riskshed.governance.bargaining import Bargain, Bound, Outcome, bargain, outcome, payments, weighed_minor
from riskshed.statement import Money

NEAR = 2e-4
"""Of the largest gain: how near two points are that are the same up to the gap of the solver."""


def table(gains: Any, **more: Any) -> Bargain:
    """Cities a, b, ... and elements 0, 1, ..., gains by row."""
    array = np.asarray(gains, dtype=np.int64)
    cities = [chr(ord("a") + index) for index in range(array.shape[0])]
    return bargain(cities, [str(index) for index in range(array.shape[1])], array, **more)


def minor(found: Outcome) -> list[int]:
    return [one.minor for one in found.after.values()]


def close(found: Any, wanted: Any) -> bool:
    return bool(np.allclose(found, wanted, atol=NEAR * max(np.abs(wanted).max(), 10_000)))


tables = st.tuples(st.integers(2, 4), st.integers(2, 6)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(-100_000, 100_000))
)
POINTS = (points.nash, points.kalai_smorodinsky)

# ------------------------------------------------------------------------------------------- known answers


def test_nash_point_of_a_divided_sum_is_its_half_whatever_the_units() -> None:
    # Exclusive: all of it to a (900), or all to b (300 in its own unit). Nash: half of each (Nash 1950).
    held = table([[90_000, 0], [0, 30_000]], bounds=[Bound(("0", "1"))])
    assert close(minor(points.nash(held)), [45_000, 15_000])


def test_kalai_smorodinsky_gives_each_the_same_part_of_its_most() -> None:
    # Utility set with the corners (0, 1), (0.5, 1), (1, 0): Nash (0.5, 1), Kalai-Smorodinsky (2/3, 2/3).
    held = table([[50_000, 100_000], [100_000, 0]], bounds=[Bound(("0", "1"))])
    assert close(minor(points.kalai_smorodinsky(held)), [66_667, 66_667])
    assert close(minor(points.nash(held)), [50_000, 100_000])


def test_who_could_have_more_does_not_get_less_by_kalai_smorodinsky_though_by_nash_it_may() -> None:
    """Monotony: between these two sets only the most of the second city grows (Kalai & Smorodinsky 1975)."""
    small = table([[75_000, 100_000], [70_000, 0]], bounds=[Bound(("0", "1"))])
    large = table([[75_000, 100_000, 0], [70_000, 0, 100_000]], bounds=[Bound(("0", "1", "2"))])
    low, high = (minor(points.kalai_smorodinsky(one))[1] for one in (small, large))
    assert high >= low - 10


@settings(max_examples=15)
@given(tables, st.data())
def test_kalai_smorodinsky_is_monotone_where_the_most_of_others_stays(gains: Any, data: Any) -> None:
    """One more element that helps one city alone leaves the ideals of all others, and it gets no less."""
    held = table(gains)
    city = data.draw(st.integers(0, gains.shape[0] - 1))
    more = np.zeros((gains.shape[0], 1), dtype=np.int64)
    more[city] = data.draw(st.integers(0, 100_000))
    wider = table(np.hstack([gains, more]))
    if np.allclose(np.delete(points.ideals(held), city), np.delete(points.ideals(wider), city), atol=1):
        before, after = minor(points.kalai_smorodinsky(held)), minor(points.kalai_smorodinsky(wider))
        assert after[city] >= before[city] - NEAR * np.abs(gains).max() - 10


# -------------------------------------------------------------------------------------------------- axioms


@settings(max_examples=20)
@given(tables, st.sampled_from(POINTS))
def test_nobody_loses_and_nobody_can_have_more_without_a_loss_of_another(gains: Any, point: Any) -> None:
    held = table(gains)
    found = point(held)
    assert min(minor(found)) >= -NEAR * np.abs(gains).max() - 1
    better = points.improvement(held, found.shares)
    assert better is None or better.total.minor - found.total.minor <= 20 * NEAR * np.abs(gains).max() + 10


@settings(max_examples=15)
@given(tables, st.sampled_from(POINTS))
def test_equals_get_the_same_whatever_they_are_called(gains: Any, point: Any) -> None:
    both = np.hstack([gains, np.vstack([gains[1], gains[0], *gains[2:]])])
    found = minor(point(table(both)))
    assert abs(found[0] - found[1]) <= NEAR * max(np.abs(gains).max(), 10_000)


@settings(max_examples=15)
@given(tables, st.sampled_from(POINTS), st.integers(2, 1000))
def test_unit_in_which_a_city_counts_changes_nothing(gains: Any, point: Any, times: int) -> None:
    scaled = gains.copy()
    scaled[0] *= times
    plain, other = minor(point(table(gains))), minor(point(table(scaled)))
    other[0] /= times  # type: ignore[call-overload]
    assert close(other, np.asarray(plain, dtype=float))


@settings(max_examples=15)
@given(tables)
def test_nash_point_stays_when_plans_fall_away_that_were_not_chosen(gains: Any) -> None:
    held = table(gains)
    found = points.nash(held)
    bounds = [found.shares.get(one, Fraction(0)) for one in held.elements]
    tighter = [min(Fraction(1), bound + Fraction(1, 3)) for bound in bounds]
    assert close(minor(points.nash(table(gains, most=tighter))), np.asarray(minor(found), dtype=float))


# ---------------------------------------------------------------------------------------------- transfers


def test_losers_are_made_whole_and_gainers_pay_as_they_gain() -> None:
    held = table([[100], [300], [-100]])
    found = points.least_total_loss(held)
    assert [one.minor for one in found.transfers.values()] == [-25, -75, 100]
    assert minor(found) == [75, 225, 0]
    assert found.losers == {}
    assert points.largest_total(held).losers == {"c": Money(100, "CNY")}


def test_total_is_split_equally_or_by_weights_to_the_minor_unit() -> None:
    held = table([[100], [0], [0]])
    assert sorted(minor(points.least_total_loss(held, "equal"))) == [33, 33, 34]
    weights: dict[str, Fraction | int] = {"a": 1, "b": 1, "c": Fraction(2)}
    assert minor(points.least_total_loss(held, "weights", weights)) == [25, 25, 50]
    with pytest.raises(InputError, match="one >= 0 of each city"):
        points.least_total_loss(held, "weights", {"a": 1, "b": -1, "c": 1})


@settings(max_examples=25)
@given(tables, st.sampled_from(("equal", "made_whole")))
def test_transfers_add_up_to_nothing_and_leave_nobody_worse_than_no_agreement(gains: Any, split: Any) -> None:
    found = points.least_total_loss(table(gains), split)
    assert sum(one.minor for one in found.transfers.values()) == 0
    assert sum(minor(found)) == found.total.minor
    assert min(minor(found)) >= -1
    moved = payments(found.transfers)
    sums = dict.fromkeys(found.transfers, 0)
    for payer, payee, amount in moved:
        assert amount.minor > 0
        sums[payer] -= amount.minor
        sums[payee] += amount.minor
    assert sums == {city: one.minor for city, one in found.transfers.items()}
    assert len(moved) < max(len(sums), 1) or not moved


def test_transfers_that_leave_something_over_are_refused() -> None:
    with pytest.raises(InputError, match="add up to 5"):
        outcome(table([[1], [1]]), "mine", {}, {"a": 5})


# -------------------------------------------------------------------------------------- plans to be compared


def test_efficient_plans_say_who_loses_and_how_much() -> None:
    held = table([[1_000, -50, 10], [-400, 100, 10]])
    found = {one.name: one for one in points.efficient_plans(held)}
    assert found["largest_total"].losers == {"b": Money(290, "CNY")}
    assert {"nash", "kalai_smorodinsky", "least_total_loss", "best_for:a", "best_for:b"} <= found.keys()
    assert all(not found[name].losers for name in ("nash", "best_for:a", "least_total_loss"))


def test_plan_that_could_be_better_for_all_is_shown_a_better_one() -> None:
    held = table([[1_000, 10], [1_000, -10]])
    better = points.improvement(held, {"0": Fraction(1, 2)})
    assert better is not None
    assert minor(better)[0] >= 1_000
    assert points.improvement(held, {"0": Fraction(1)}) is None


def test_whole_elements_are_carried_out_whole_or_not_at_all() -> None:
    held = table([[900, 0], [0, 900]], whole=[True, True], bounds=[Bound(("0", "1"))])
    with pytest.raises(DomainError, match="whole elements"):
        points.nash(held)
    assert sorted(minor(points.kalai_smorodinsky(held))) == [0, 900]
    assert [one.name for one in points.suggestions(held)] == ["kalai_smorodinsky", "least_total_loss"]


def test_city_that_cannot_gain_keeps_what_it_has() -> None:
    held = table([[1_000, 0], [0, 0]])
    assert minor(points.nash(held)) == [1_000, 0]
    assert minor(points.kalai_smorodinsky(held)) == [1_000, 0]
    assert minor(points.nash(table([[-5], [-1]]))) == [0, 0]


def test_plan_that_all_must_bear_is_refused_with_who_loses() -> None:
    with pytest.raises(DomainError, match="b 300") as told:
        points.nash(table([[1_000], [-300]], least=[1]))
    assert told.value.code == "negotiation.someone_loses"
    with pytest.raises(DomainError, match="all together lose"):
        points.least_total_loss(table([[100], [-300]], least=[1]))
    with pytest.raises(InputError, match="no plan at all"):
        points.nash(table([[1], [1]], least=[1], bounds=[Bound(("0",), 0)]))


# ------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"cost_minor": np.array([[-1], [0]])}, "negative_cost"),
        ({"cost_minor": np.array([[0.5], [0]])}, "bad_amounts"),
        ({"cost_minor": np.array([[2**60], [0]])}, "too_large"),
        ({"least": [2]}, "bad_bounds"),
        ({"least": [0, 0]}, "bad_bounds"),
        ({"bounds": [Bound(("9",))]}, "unknown_element"),
    ],
)
def test_bargain_that_cannot_be_worked_out_is_refused(more: Any, code: str) -> None:
    with pytest.raises(InputFaults) as told:
        table([[1], [2]], **more)
    assert [one.code for one in told.value.faults] == [f"negotiation.{code}"]


def test_codes_stand_once_each() -> None:
    with pytest.raises(InputFaults, match="got a"):
        bargain(["a", "a"], ["0"], np.zeros((2, 1), dtype=np.int64))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"money": "0.5", "water": "0.4"}, "add up to 1"),
        ({"money": "0", "water": "1"}, "no weight of money"),
        ({"money": "1"}, "no weight was declared of water"),
        ({"money": "1.5", "water": "-0.5"}, ">= 0"),
    ],
)
def test_weights_that_do_not_weigh_are_refused(weights: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        weighed_minor({"water": 1}, {goal: Decimal(one) for goal, one in weights.items()})


def test_weights_are_used_exactly() -> None:
    weights = {"money": Decimal("0.3"), "water": Decimal("0.7")}
    assert weighed_minor({"money": 10, "water": 30}, weights) == 80


def test_bargain_of_thirty_cities_is_worked_out_for_all_points(capsys: Any) -> None:
    draw = np.random.default_rng(1)
    gains = draw.integers(-30_000, 100_000, (30, 300)) * (draw.random((30, 300)) < 0.5)
    bounds = [Bound(tuple(map(str, range(first, first + 3)))) for first in range(0, 300, 3)]
    held = table(gains, bounds=bounds)
    for point in (points.nash, points.kalai_smorodinsky, points.least_total_loss):
        start = time.process_time()
        assert min(minor(point(held))) >= 0
        with capsys.disabled():
            print(f"\n{point.__name__}: {time.process_time() - start:.3f} s CPU, 30 cities x 300 elements")
