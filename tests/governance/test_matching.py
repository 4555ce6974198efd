"""Matching: as good as any that can be tried, whole, the same in any order, and never a refused pair."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from governance.wanted_and_given import DAY, START, best_of_all, is_allowed, need, offer, problems
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from riskshed.errors import InputFaults
from riskshed.governance import matching_solver
from riskshed.governance.matching import Matching, drafts, match
from riskshed.governance.matching_pairs import distance_km
from riskshed.governance.matching_problem import MatchProblem, Refusal, Want, Weights
from riskshed.statement_faults import FaultList
from riskshed.vocabulary import SHAPES

FEW = settings(max_examples=60, deadline=None)
ALONE = st.just(1)


def points(matching: Matching) -> int:
    return sum(one.value for one in matching.solutions)


def pairs(matching: Matching) -> dict[tuple[str, str], Decimal]:
    return {(one.need, one.offer): one.amount for one in matching.matches}


def codes(wrong: pytest.ExceptionInfo[InputFaults]) -> set[str]:
    return {fault.code for fault in wrong.value.faults}


@FEW
@given(problems())
def test_no_other_matching_is_worth_more(problem: MatchProblem) -> None:
    assert points(match(problem)) == best_of_all(problem)


@FEW
@given(problems(partners=ALONE))
def test_one_to_one_no_other_matching_is_worth_more(problem: MatchProblem) -> None:
    assert points(match(problem)) == best_of_all(problem)


@FEW
@given(problems())
def test_nobody_gets_gives_or_splits_more_than_may_be(problem: MatchProblem) -> None:
    made = match(problem)
    for block, solution in zip(made.blocks, made.solutions, strict=True):
        ends = list(zip(block.need.tolist(), block.offer.tolist(), strict=True))
        assert is_allowed(problem, block, ends, solution.taken.tolist())


@FEW
@given(problems(partners=st.none(), lots=False))
def test_amounts_are_proven_in_whole_numbers(problem: MatchProblem) -> None:
    for block, solution in zip(match(problem).blocks, match(problem).solutions, strict=True):
        assert solution.form == "amounts"
        assert solution.value == solution.bound
        prices = solution.need_price[block.need] + solution.offer_price[block.offer]
        assert (prices >= block.points).all()
        assert (prices - block.points)[solution.taken > 0].sum() == 0


@FEW
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(problem: MatchProblem, shuffle: random.Random) -> None:
    needs, offers = list(problem.needs), list(problem.offers)
    shuffle.shuffle(needs)
    shuffle.shuffle(offers)
    assert match(MatchProblem(tuple(needs), tuple(offers))).matches == match(problem).matches


@FEW
@given(problems())
def test_a_refused_pair_is_left_out_and_the_rest_is_best_again(problem: MatchProblem) -> None:
    first = match(problem)
    for one in first.matches[:1]:
        second = match(problem.without([Refusal(one.need, one.offer)]))
        assert (one.need, one.offer) not in pairs(second)
        assert points(second) == best_of_all(second.problem) <= points(first)


def crowd(count: int, seed: int = 0) -> MatchProblem:
    """Single sets all over the north-east; each goes some 300 km."""
    draw = np.random.default_rng(seed)
    at = draw.uniform((38.0, 112.0), (46.0, 126.0), (2 * count, 2))
    needs = [need(f"N{i}", amount=Decimal(1), lat=at[i, 0], lon=at[i, 1], priority=int(draw.integers(1, 4)),
                  km_max=400.0) for i in range(count)]  # fmt: skip
    offers = [offer(f"O{i}", amount=Decimal(1), lat=at[count + i, 0], lon=at[count + i, 1])
              for i in range(count)]  # fmt: skip
    return MatchProblem(tuple(needs), tuple(offers))


def test_the_assignment_is_as_good_as_that_of_scipy() -> None:
    made = match(crowd(150))
    block = made.blocks[0]
    worth = np.zeros((150, 150))
    worth[block.need, block.offer] = block.points
    rows, columns = linear_sum_assignment(worth, maximize=True)
    assert points(made) == int(worth[rows, columns].sum()) == made.solutions[0].bound


def test_a_full_matching_costs_as_much_as_that_of_scipy() -> None:
    problem = crowd(60)
    made = match(replace(problem, needs=tuple(replace(one, km_max=None) for one in problem.needs)))
    block = made.blocks[0]
    cost = coo_array((10_000.0 - block.points, (block.need, block.offer)), shape=(60, 60)).tocsr()
    rows, columns = min_weight_full_bipartite_matching(cost)
    assert points(made) == round(60 * 10_000 - float(cost[rows, columns].sum()))


@FEW
@given(problems(partners=st.none(), lots=False))
def test_what_is_not_the_best_is_below_its_bound(problem: MatchProblem) -> None:
    for block, solution in zip(match(problem).blocks, match(problem).solutions, strict=True):
        sides = block.need, block.offer, block.points, block.demand, block.supply
        for pair in np.flatnonzero(solution.taken):
            less = solution.taken.copy()
            less[pair] -= 1
            _, _, bound = matching_solver.proof(less, *sides)
            assert bound >= solution.value > int(block.points @ less)


def test_nothing_is_split_in_a_circle() -> None:
    lots = np.random.default_rng(3).integers(1, 50, 60).tolist()
    needs = [need(f"N{i:02d}", amount=Decimal(lots[i])) for i in range(30)]
    offers = [offer(f"O{j:02d}", amount=Decimal(lots[30 + j])) for j in range(30)]
    made = match(MatchProblem(tuple(needs), tuple(offers)))
    (block,), (solution,) = made.blocks, made.solutions
    used = np.flatnonzero(solution.taken)
    ends = block.need[used], 30 + block.offer[used]
    parts, _ = connected_components(coo_array((np.ones(used.size), ends), shape=(60, 60)))
    assert made.is_proven
    assert used.size == 60 - parts


def test_crossed_pairs_have_no_prices_and_are_below_their_bound() -> None:
    one = np.ones(2, np.int64)
    need_end, offer_end, worth = np.array([[0, 0, 1, 1], [0, 1, 0, 1], [10, 1, 1, 10]])
    crossed = np.array([0, 1, 1, 0])
    assert matching_solver.least_prices(crossed, need_end, offer_end, worth, one, one == 0) is None
    assert matching_solver.proof(crossed, need_end, offer_end, worth, one, one)[2] == 20
    assert matching_solver.proof(1 - crossed, need_end, offer_end, worth, one, one)[2] == 20


def test_amounts_of_many_thousands_are_as_good_as_by_linear_programming() -> None:
    draw = np.random.default_rng(3)
    problem, lots = crowd(60), draw.integers(1, 10**6, 120)
    needs = [replace(one, amount=Decimal(int(lots[i]))) for i, one in enumerate(problem.needs)]
    offers = [replace(one, amount=Decimal(int(lots[60 + j]))) for j, one in enumerate(problem.offers)]
    made = match(MatchProblem(tuple(needs), tuple(offers)))
    (block,) = made.blocks
    pair = np.arange(block.need.size)
    ends = np.concatenate([block.need, 60 + block.offer]), np.concatenate([pair, pair])
    limits = np.concatenate([block.demand, block.supply])
    table = coo_array((np.ones(2 * pair.size), ends), shape=(120, pair.size))
    found = linprog(-block.points, A_ub=table, b_ub=limits)
    assert made.is_proven
    assert points(made) == pytest.approx(-found.fun, rel=1e-9)


def test_points_that_whole_numbers_cannot_hold_are_refused() -> None:
    weights = Weights(priority=10**5)
    lots = {"amount": Decimal(10**9), "partners_max": 1}
    few = [need(f"N{i:04d}", priority=9, lat=43.0 + i / 10**4, km_max=1.0, **lots) for i in range(6000)]
    ends = [offer("O1", lat=43.0, lon=125.32, **lots), offer("O2", amount=Decimal(1), partners_max=1)]
    with pytest.raises(InputFaults) as told:
        match(MatchProblem(tuple(few), tuple(ends), weights=weights))
    assert codes(told) == {"match.points"}


def test_each_hurdle_alone_rules_a_pair_out() -> None:
    for more in (
        {"item": "glass"}, {"kind": "purchase"}, {"km_max": 500.0}, {"ready_at": START + 4 * DAY},
        {"until": START - DAY, "ready_at": START - 2 * DAY}, {"price_yuan": 11.0}, {"has": (("volt", "11"),)},
        {"whole": True, "amount": Decimal(5)},
    ):  # fmt: skip
        wants = need(price_max_yuan=10.0, wants=(Want("volt", ">=", "12"),))
        fits = {"price_yuan": 9.0, "has": (("volt", "12"),)}
        assert match(MatchProblem((wants,), (offer(**fits),))).matches
        assert not match(MatchProblem((wants,), (offer(**(fits | more)),))).matches, more


def test_an_offer_that_ended_before_the_time_of_the_question_is_too_late() -> None:
    problem = MatchProblem((need(),), (offer(until=START + DAY),))
    assert match(replace(problem, as_of=START + DAY)).matches
    assert not match(replace(problem, as_of=START + 1.5 * DAY)).matches


def test_a_distance_that_is_not_known_is_not_near() -> None:
    near = offer("O2", lat=43.88, lon=125.32)
    made = match(MatchProblem((need(),), (offer(lat=None, lon=None), near)))
    assert pairs(made) == {("N1", "O2"): Decimal(4)}
    alone = match(MatchProblem((need(),), (offer(lat=None, lon=None),))).matches
    assert [(one.km, one.arrives_at) for one in alone] == [(None, None)]


def test_a_load_arrives_after_its_road() -> None:
    (one,) = match(MatchProblem((need(),), (offer(),))).matches
    assert one.km == pytest.approx(float(distance_km(43.88, 125.32, 39.14, 117.18)), abs=1e-3)
    assert one.arrives_at is not None
    assert one.arrives_at - START == timedelta(seconds=np.ceil(one.km * 1.3 / 60 * 3600))


def test_a_match_becomes_a_promise_in_the_words_of_the_record() -> None:
    ((key, draft),) = drafts(match(MatchProblem((need(),), (offer(),)))).items()
    assert (key, draft.kind, draft.by) == (("N1", "O1"), "AidCommitted", "of-O1")
    assert draft.body["items"] == [{"item": "seats", "amount": {"value": "4", "unit": "set"}}]
    assert draft.body["arrives_by"] == "2022-03-15T00:00:00+00:00"
    faults = FaultList("draft")
    SHAPES[draft.kind].check(dict(draft.body), "", faults)
    assert faults.faults == []


@pytest.mark.parametrize(
    ("of_need", "of_offer"),
    [({}, {"sealed": ("all",)}), ({"sealed": ("time",)}, {}), ({"unit": "yuan"}, {"unit": "yuan"})],
)
def test_what_is_sealed_or_cannot_be_said_is_not_said(of_need: Any, of_offer: Any) -> None:
    made = match(MatchProblem((need(**of_need),), (offer(**of_offer),)))
    assert made.matches
    assert drafts(made) == {}


def test_a_sealed_place_is_not_where_the_promise_goes() -> None:
    made = match(MatchProblem((need(sealed=("place",)),), (offer(),)))
    assert [draft.body["to"] for draft in drafts(made).values()] == ["of-N1"]


@pytest.mark.parametrize(
    ("sort", "wrong"),
    [
        ("amount", {"amount": Decimal(-1)}), ("amount", {"amount": Decimal(0)}),
        ("amount", {"amount": Decimal("NaN")}), ("amount", {"amount": Decimal("0.0001")}),
        ("window", {"needed_by": START - DAY}), ("time", {"needed_by": datetime(2022, 3, 12)}),  # noqa: DTZ001
        ("priority", {"priority": 10}), ("partners", {"partners_max": 0}), ("sealed", {"sealed": ("pr",)}),
        ("kind", {"kind": "parst"}), ("number", {"km_max": float("nan")}), ("mixed_units", {"unit": "t"}),
        ("twice", {"id": "N1"}),
    ],
)  # fmt: skip
def test_what_is_impossible_is_refused_with_its_place(sort: str, wrong: dict[str, Any]) -> None:
    bad = replace(need("N2"), **wrong)
    with pytest.raises(InputFaults) as told:
        MatchProblem((need(), bad), (offer(),))
    assert codes(told) == {f"match.{sort}"}


@pytest.mark.parametrize(
    ("sort", "refused"),
    [
        ("unknown_id", Refusal("N9", "O1")), ("unknown_id", Refusal("N1", "O9")),
        ("stranger", Refusal("N1", "O1", "somebody")),
    ],
)  # fmt: skip
def test_a_refusal_names_a_pair_that_is_there_and_one_of_its_parties(sort: str, refused: Refusal) -> None:
    with pytest.raises(InputFaults) as told:
        MatchProblem((need(),), (offer(),), (refused,))
    assert codes(told) == {f"match.{sort}"}


def test_weights_let_no_match_be_worse_than_none() -> None:
    with pytest.raises(InputFaults) as told:
        MatchProblem((need(),), (offer(),), weights=Weights(priority=600))
    assert codes(told) == {"match.weights"}


def test_nothing_matched_with_nothing_is_nothing() -> None:
    made = match(MatchProblem((), ()))
    assert (made.matches, made.is_proven) == ((), True)


def test_needs_reach_a_minimum_order_together_or_nothing_of_it_is_taken() -> None:
    lot = offer(amount=Decimal(9), least=Decimal(6))
    one, other = need("N1"), need("N2", amount=Decimal(2))
    assert pairs(match(MatchProblem((one, other), (lot,)))) == {("N1", "O1"): 4, ("N2", "O1"): 2}
    assert pairs(match(MatchProblem((one,), (lot,)))) == {}
    dear = offer("O2", price_yuan=9.0)
    both = match(MatchProblem((one, other), (lot, dear), (Refusal("N2", "O1"),)))
    assert both.is_proven
    assert {given for _, given in pairs(both)} == {"O2"}


@pytest.mark.parametrize("least", ["0", "-1", "4.5", "0.0001", "nan"])
def test_a_minimum_order_that_cannot_be_is_refused(least: str) -> None:
    with pytest.raises(InputFaults) as wrong:
        MatchProblem((), (offer(least=Decimal(least)),))
    assert codes(wrong) == {"match.least"}
