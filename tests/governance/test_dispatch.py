"""Plans of aid: what may leave, when it comes, what is proven, and that they are as good as they say."""

from __future__ import annotations

import importlib.util
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputFaults
from riskshed.governance.dispatch import AidPlan, solve
from riskshed.governance.dispatch_model import Bends, Layout, collapsed, fewer
from riskshed.governance.dispatch_problem import AidProblem, Exclusion, Good, Harm
from riskshed.governance.dispatch_solver import Effort, bound, run

BENCH = Path(__file__).parents[2] / "bench" / "dispatch.py"
WATER = Good("water", "t", 1.0, (Harm(0.0, 1.0), Harm(2.0, 3.0)))


def bench() -> Any:
    """The bench, which holds the written-out form."""
    spec = importlib.util.spec_from_file_location("bench_dispatch", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BENCHED = bench()


def small(seed: int = 0, cities: int = 7) -> AidProblem:
    """Some cities of which five are hit, drawn from a seed."""
    made: AidProblem = BENCHED.region(cities, goods=2, periods=6, scenarios=3, seed=seed)
    return made


def two(**more: Any) -> AidProblem:
    """One donor, one receiver that needs 10 t of water for certain from the start; two hours apart."""
    facts: dict[str, Any] = {
        "cities": ("giver", "taker"), "goods": (WATER,), "period_h": 1.0,
        "stock": [[12.0], [0.0]], "reserve": [[4.0], [0.0]], "ready_h": [[0.0], [0.0]],
        "trucks": [10.0, 0.0], "load_t": [1.0, 1.0], "travel_h": [[0.0, 2.0], [2.0, 0.0]],
        "demand": np.full((2, 1, 1, 6), 10.0) * np.array([0.0, 1.0])[:, None, None, None],
        "probability": [1.0], "truck_h_weight": 0.001, **more,
    }  # fmt: skip
    return AidProblem(**facts)


def sent(plan: AidPlan) -> float:
    return sum(one.amount for one in plan.shipments)


# ----------------------------------------------------------------------------------------- what may leave


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=12)
def test_nobody_gives_what_it_keeps_for_itself_or_has_no_truck_for(seed: int, whole: bool) -> None:
    problem = small(seed)
    plan = solve(problem, whole_trucks=whole)
    given_up = np.zeros_like(problem.stock)
    away = np.zeros((len(problem.cities), problem.periods))
    for one in plan.shipments:
        donor, receiver = problem.cities.index(one.donor), problem.cities.index(one.receiver)
        given_up[donor, [good.code for good in problem.goods].index(one.good)] += one.amount
        home = one.period + int(np.ceil(2.0 * problem.travel_h[donor, receiver] - 1e-9))
        away[donor, one.period : home] += one.trucks
    assert (given_up <= problem.free + 1e-9).all()
    assert (away <= problem.trucks[:, None] + 1e-9).all()


def test_nothing_arrives_before_its_travel_time_or_leaves_before_it_is_ready() -> None:
    (one,) = solve(two(ready_h=[[1.0], [0.0]])).shipments
    assert (one.leaves_h, one.arrives_h) == (1.0, 3.0)
    assert solve(two()).arrived[1, 0].tolist() == [0.0, 8.0, 8.0, 8.0, 8.0, 8.0]


def test_a_reserve_above_the_stock_gives_nothing_and_is_no_error() -> None:
    assert solve(two(reserve=[[20.0], [0.0]])).shipments == ()


def test_trucks_are_tied_up_until_they_are_back() -> None:
    leaves = [one.leaves_h for one in solve(two(trucks=[3.0, 0.0])).shipments]
    assert leaves == [0.0, 4.0]


def test_whole_trucks_leave_whole_and_the_gap_says_what_that_costs() -> None:
    plan = solve(two(load_t=[3.0, 1.0], truck_h_weight=0.5), whole_trucks=True)
    assert sent(plan) == pytest.approx(8.0)
    assert plan.value == pytest.approx(plan.bound + 0.5 * 4.0 * (3.0 - 8.0 / 3.0))


def test_a_donor_that_was_ruled_out_gives_nothing() -> None:
    assert solve(two().without([Exclusion("giver")])).shipments == ()
    assert solve(two().without([Exclusion("giver", "taker", "water")])).shipments == ()


# --------------------------------------------------------------------------------------- how good it is


def test_waiting_weighs_as_the_steps_say() -> None:
    plan = solve(two())
    # 10 t short in period 0, 2 t after it; from two hours on each weighs 3 instead of 1.
    assert plan.harm[1, 0].tolist() == pytest.approx([10.0, 2.0, 6.0, 6.0, 6.0, 6.0])


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_folded_and_written_out_have_the_same_optimum(seed: int) -> None:
    problem = small(seed)
    ours, peer = (make(problem, Effort()) for make in (BENCHED.folded, BENCHED.written_out))
    assert ours == pytest.approx(peer, rel=1e-8)


@given(st.integers(0, 10_000), st.integers(0, 40))
@settings(max_examples=10)
def test_a_solver_that_is_stopped_early_leaves_a_plan_and_a_bound_that_hold(seed: int, work: int) -> None:
    best = solve(small(seed))
    early = solve(small(seed), effort=Effort(iterations_max=work))
    assert early.bound - 1e-6 <= best.value <= early.value + 1e-6
    assert best.gap <= 1e-6


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_any_prices_bound_from_below(seed: int) -> None:
    programme = collapsed(Layout(small(seed))).programme
    price = np.random.default_rng(seed).normal(0.0, 1.0, programme.row_low.size)
    assert (
        bound(programme, price)
        <= float(programme.cost @ run(programme, Effort()).x) + programme.offset + 1e-6
    )


def harm_of(bends: Bends, cell: int, came: float) -> float:
    """By how much less the harm of a cell is once so much has arrived."""
    mine = bends.cell == cell
    below = np.concatenate([[0.0], np.cumsum(bends.width[mine])[:-1]])
    return -float(np.clip(came - below, 0.0, bends.width[mine]) @ bends.slope[mine])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 9), st.floats(0.0, 1.0))
def test_fewer_pieces_are_the_harm_from_below_and_right_at_both_ends(
    seed: int, pieces: int, part: float
) -> None:
    whole = Layout(small(seed)).bends
    rough = fewer(whole, pieces)
    assert max(np.bincount(rough.cell), default=0) <= pieces
    for cell in np.unique(whole.cell)[::7]:
        full = whole.width[whole.cell == cell].sum()
        exact, got = (harm_of(bends, cell, part * full) for bends in (whole, rough))
        assert got <= exact + 1e-9 * abs(exact)
        assert harm_of(rough, cell, full) == pytest.approx(harm_of(whole, cell, full), rel=1e-9)
        assert rough.width[rough.cell == cell].sum() == pytest.approx(full)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_what_is_proven_with_fewer_pieces_holds_for_the_harm_itself(seed: int) -> None:
    exact, rough = solve(small(seed)), solve(small(seed), effort=Effort(pieces=3))
    assert rough.bound <= exact.value * (1 + 1e-9)
    assert rough.value >= exact.value * (1 - 1e-9)
    assert rough.gap < 0.2


def test_no_split_of_a_stock_between_two_cities_is_better() -> None:
    demand = np.zeros((3, 1, 2, 3))
    demand[1, 0], demand[2, 0] = [[4.0], [6.0]], [[2.0], [8.0]]
    problem = two(
        cities=("giver", "one", "two"), stock=[[9.0], [0.0], [0.0]], reserve=np.zeros((3, 1)),
        ready_h=np.zeros((3, 1)), trucks=[99.0, 0.0, 0.0], load_t=np.ones(3), travel_h=np.ones((3, 3)),
        demand=demand, probability=[0.4, 0.6], truck_h_weight=1e-9,
    )  # fmt: skip
    weight = [1.0, 1.0, 3.0]

    def harm(first: float, second: float) -> float:
        need = zip((0.4, 0.6), ((4.0, 2.0), (6.0, 8.0)), strict=True)
        return sum(weight) * sum(p * (max(0, a - first) + max(0, b - second)) for p, (a, b) in need)

    splits = [pair for pair in itertools.product(range(10), repeat=2) if sum(pair) <= 9]
    assert solve(problem).value == pytest.approx(min(harm(*pair) for pair in splits), abs=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_more_stock_is_never_worse(seed: int) -> None:
    problem = small(seed)
    assert solve(replace(problem, stock=problem.stock * 1.3)).value <= solve(problem).value + 1e-6


def test_the_order_of_cities_and_goods_makes_no_difference() -> None:
    problem = small(3)
    turned = replace(
        problem, cities=problem.cities[::-1], goods=problem.goods[::-1], stock=problem.stock[::-1, ::-1],
        reserve=problem.reserve[::-1, ::-1], ready_h=problem.ready_h[::-1, ::-1], trucks=problem.trucks[::-1],
        load_t=problem.load_t[::-1], travel_h=problem.travel_h[::-1, ::-1], demand=problem.demand[::-1, ::-1],
    )  # fmt: skip
    assert solve(turned).shipments == solve(problem).shipments


# --------------------------------------------------------------------------------------------- fairness


@given(st.integers(0, 10_000))
@settings(max_examples=8)
def test_worst_served_first_raises_the_worst_served(seed: int) -> None:
    problem = small(seed, cities=9)
    fair, free = solve(problem, worst_first=True), solve(problem)
    served = [sorted(plan.share, reverse=True) for plan in (fair, free)]
    first = next((pair for pair in zip(*served, strict=True) if abs(pair[0] - pair[1]) > 1e-5), (0.0, 0.0))
    assert first[0] <= first[1]
    assert fair.value >= free.value - 1e-6


# ---------------------------------------------------------------------------------------------- bad input

BAD = {
    "stock": ([[-1.0], [0.0]], "stock of giver, water: got -1.0"),
    "travel_h": ([[0.0, -2.0], [2.0, 0.0]], "travel_h from, to of giver, taker: got -2.0"),
    "trucks": ([np.nan, 0.0], "trucks of giver: got nan"),
    "load_t": ([0.0, 1.0], "load_t of giver: got 0.0"),
    "probability": ([0.9], "a sum of 0.9"),
    "ready_h": ([[np.nan], [0.0]], "ready_h of giver, water: got nan"),
    "reserve": ([[np.inf], [0.0]], "reserve of giver, water: got inf"),
    "demand": (np.full((2, 1, 1, 6), -1.0), "demand of giver, water, 0, 0: got -1.0"),
    "period_h": (0.0, "period_h: got 0.0"),
    "cities": (("giver", "giver"), "giver more than once"),
    "goods": ((Good("water", "t", 1.0, (Harm(0.0, 2.0), Harm(1.0, 1.0))),), "harm of water"),
    "excluded": ((Exclusion("nobody"),), "excluded, donor: got nobody"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_impossible_is_refused_by_name_and_place(name: str) -> None:
    value, told = BAD[name]
    with pytest.raises(InputFaults) as caught:
        two(**{name: value})
    assert told in str(caught.value)


def test_a_need_that_falls_is_refused() -> None:
    demand = np.zeros((2, 1, 1, 2))
    demand[1, 0, 0] = [3.0, 2.0]
    with pytest.raises(InputFaults, match="not less than in the period before"):
        two(demand=demand)
