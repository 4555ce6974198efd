r"""Solving one item of a matching, and proving in whole numbers that it is the best there is.

With :math:`x_{ij}` steps from offer j to need i, worth :math:`w_{ij}` points each, demand d and supply s:

.. math:: \max \sum w_{ij} x_{ij}, \quad \sum_j x_{ij} \le d_i, \quad \sum_i x_{ij} \le s_j, \quad x \ge 0.

That is a flow of least cost: each need sends its demand through offers, or past them at no cost. OR-Tools
finds it in whole numbers by cost scaling (Goldberg & Tarjan 1990, DOI 10.1287/moor.15.3.430; Goldberg 1997,
DOI 10.1006/jagm.1995.0805). Where pairs that are used form a circle, amounts are split more than need be; of
the same pairs HiGHS (Huangfu & Hall 2018, DOI 10.1007/s12532-017-0130-5) finds a corner, which is whole
(Hoffman & Kruskal 1956) and has fewer pairs than ends. Any prices :math:`v \ge 0` of the offers give

.. math:: \sum_j s_j v_j + \sum_i d_i \max(0, \max_j (w_{ij} - v_j)) \ge \mathrm{optimum}

(weak duality). Of all prices of an optimum the lowest of the offers are taken (`least_prices`), which are
whole and do not hang on the solver; both sides are summed in whole numbers, and where they are equal nobody
has to trust it.

Where everybody wants one partner only, the same programme is solved with capacities of 1 and the worth of the
whole match: an assignment. Where lots go whole, partners are few, or so much has to be taken of an offer or
nothing, whole-number columns in HiGHS say which pairs and which offers are used; then the bound is the
smaller one of the solver's and of the programme without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import Fault, InputFaults
from riskshed.governance.linear_solver import silent_highs
from riskshed.governance.matching_pairs import Block, Floats, Ints
from riskshed.governance.matching_problem import MatchProblem

Form = Literal["amounts", "one_to_one", "lots"]
NODES_MAX = 200_000
"""Of branch and bound, an amount of work and no clock, so that the same problem ends everywhere alike."""
HIGH = 2**62


@dataclass(frozen=True, eq=False)
class Solution:
    """What is matched within one item.

    Attributes
    ----------
    form : Form
    taken : array (pair,)
        Steps, whole.
    worth : array (pair,)
        Points of one step, or of the match where the form is `one_to_one`.
    need_price, offer_price : array
        What one step is worth to the need at these prices, and the lowest price of the offer at which nobody
        would change, in points; of the programme without lots.
    value, bound : int
        Points reached, and what nothing can exceed.
    """

    form: Form
    taken: Ints
    worth: Ints
    need_price: Ints
    offer_price: Ints
    value: int
    bound: int

    @property
    def gap(self) -> float:
        """Distance to the bound, as a share of it; 0 is proven optimal."""
        return (self.bound - self.value) / self.bound if self.bound else 0.0


def solve(problem: MatchProblem, block: Block, *, prices_only: bool = False) -> Solution:
    """The best matching of one item; with `prices_only` lots are not cut, and nothing is taken.

    Raises
    ------
    InputFaults
        ``match.problem``: what one match is worth is too much for whole numbers of 64 bits.
    """
    form = _form(problem, block)
    size = np.minimum(block.demand[block.need], block.supply[block.offer])
    if form == "one_to_one":
        ones = (np.ones_like(block.demand), np.ones_like(block.supply))
        flow = _transport(block.group, block.need, block.offer, block.points * size, *ones)
        return _solution(form, flow.taken * size, block.points * size, flow, flow.value)
    flow = _transport(block.group, block.need, block.offer, block.points, block.demand, block.supply)
    if form == "amounts" or prices_only:
        return _solution(form, flow.taken, block.points, flow, flow.value)
    taken, bound = _lots(problem, block)
    value = int(block.points @ taken)
    made = _solution(form, taken, block.points, flow, value)
    return Solution(
        form, taken, made.worth, made.need_price, made.offer_price, value, max(value, min(bound, flow.bound))
    )


def _form(problem: MatchProblem, block: Block) -> Form:
    """The easiest programme that says the same."""
    needs = [problem.needs[i] for i in block.needs]
    offers = [problem.offers[j] for j in block.offers]
    is_pooled = any(one.least is not None for one in offers)
    if not is_pooled and all(one.partners_max == 1 for one in (*needs, *offers)):
        return "one_to_one"
    sides = ((needs, block.demand, block.need), (offers, block.supply, block.offer))
    return "lots" if is_pooled or any(_limits(*side) for side in sides) else "amounts"


def _limits(rows: Sequence[Any], steps: Ints, ends: Ints) -> bool:
    """Whether lots or partners bind at all: one step cannot be cut, few pairs are no more than allowed."""
    pairs = np.bincount(ends, minlength=len(rows))
    return any(
        (one.whole and amount > 1) or (one.partners_max is not None and one.partners_max < min(count, amount))
        for one, amount, count in zip(rows, steps, pairs, strict=True)
        if count
    )


def _solution(form: Form, taken: Ints, worth: Ints, flow: _Flow, value: int) -> Solution:
    return Solution(form, taken, worth, flow.need_price, flow.offer_price, value, flow.bound)


# ------------------------------------------------------------------------------------------------ amounts


@dataclass(frozen=True, eq=False)
class _Flow:
    taken: Ints
    need_price: Ints
    offer_price: Ints
    value: int
    bound: int


def _transport(
    group: tuple[str, str, str], need: Ints, offer: Ints, worth: Ints, demand: Ints, supply: Ints
) -> _Flow:
    """The programme of amounts, solved as a flow of least cost and proven; see the head of this module."""
    taken = np.zeros(need.size, np.int64)
    if need.size:
        taken = _corner(_cheapest_flow(group, need, offer, worth, demand, supply), need, offer, worth)
    need_price, offer_price, bound = proof(taken, need, offer, worth, demand, supply)
    return _Flow(taken, need_price, offer_price, exact_sum(worth, taken), bound)


def _cheapest_flow(
    group: tuple[str, str, str], need: Ints, offer: Ints, worth: Ints, demand: Ints, supply: Ints
) -> Ints:
    """Steps of each pair. Nodes are the needs, the offers, and one end of what went through or past them."""
    from ortools.graph.python import min_cost_flow  # noqa: PLC0415 (slow to load)

    needs, offers = np.arange(demand.size), demand.size + np.arange(supply.size)
    end = demand.size + supply.size
    graph = min_cost_flow.SimpleMinCostFlow()
    add = graph.add_arcs_with_capacity_and_unit_cost
    arcs = add(need, demand.size + offer, np.minimum(demand[need], supply[offer]), -worth)
    add(needs, np.full_like(needs, end), demand, np.zeros_like(demand))
    add(offers, np.full_like(offers, end), supply, np.zeros_like(supply))
    graph.set_nodes_supplies(needs, demand)
    graph.set_node_supply(end, -int(demand.sum()))
    status = graph.solve()
    if status == graph.BAD_COST_RANGE:
        _too_large(group, int(worth.max()))
    assert status == graph.OPTIMAL, status
    return np.asarray(graph.flows(arcs), dtype=np.int64)


def _too_large(group: tuple[str, str, str], worth: int) -> NoReturn:
    got, wanted = f"{worth:,} points in one match", "so few that whole numbers of 64 bits hold their sums"
    todo = "Lower the weights, or count in a larger unit."
    fault = Fault("match.points", " ".join(group), None, None, got, wanted, todo)
    raise InputFaults("match.problem", "these matches are worth too much", [fault])


def _corner(taken: Ints, need: Ints, offer: Ints, worth: Ints) -> Ints:
    """As much for every need and of every offer, by pairs that form no circle."""
    used = np.flatnonzero(taken)
    ends, pairs = (need[used], offer[used]), np.arange(used.size)
    if not ((np.bincount(ends[0])[ends[0]] > 1) & (np.bincount(ends[1])[ends[1]] > 1)).any():
        return taken  # stars: in a circle, both ends of each pair have another one
    limits = np.concatenate([np.bincount(side, taken[used]) for side in ends])
    index = np.column_stack([ends[0], ends[0].max() + 1 + ends[1]]).ravel().astype(np.int32)
    highs, nothing = silent_highs(), np.zeros(0)
    highs.setOptionValue("solver", "simplex")
    highs.setOptionValue("random_seed", 0)
    highs.addRows(limits.size, np.full(limits.size, -np.inf), limits, 0, nothing, nothing, nothing)
    highs.addCols(
        used.size, -worth[used].astype(np.float64), np.zeros(used.size), np.full(used.size, np.inf),
        index.size, (2 * pairs).astype(np.int32), index, np.ones(index.size),
    )  # fmt: skip
    highs.run()
    found = np.zeros_like(taken)
    found[used] = np.rint(np.array(highs.getSolution().col_value)).astype(np.int64)
    return found


def proof(
    taken: Ints, need: Ints, offer: Ints, worth: Ints, demand: Ints, supply: Ints
) -> tuple[Ints, Ints, int]:
    """Check what was taken; prices of needs and of offers, and what no other matching can exceed.

    Parameters
    ----------
    taken, need, offer, worth : array (pair,)
        Steps, places of both ends, and points of one step.
    demand, supply : array
        In steps.

    Returns
    -------
    need_price, offer_price : array
        In points for one step.
    bound : int
        Points; equal to those of `taken` if and only if that is the best there is.
    """
    used = np.zeros_like(demand), np.zeros_like(supply)
    np.add.at(used[0], need, taken)
    np.add.at(used[1], offer, taken)
    assert (taken >= 0).all()
    assert (used[0] <= demand).all(), "more than is needed"
    assert (used[1] <= supply).all(), "more than there is"
    offer_price = least_prices(taken, need, offer, worth, supply, used[0] < demand)
    if offer_price is None:  # not an optimum: to give everything away bounds it all the same
        offer_price = np.zeros_like(supply)
    need_price = np.zeros_like(demand)
    np.maximum.at(need_price, need, worth - offer_price[offer])
    return need_price, offer_price, exact_sum(demand, need_price) + exact_sum(supply, offer_price)


def least_prices(
    taken: Ints, need: Ints, offer: Ints, worth: Ints, price: Ints, is_short: Any
) -> Ints | None:
    """The lowest prices of offers at which nobody would change; None if there are none.

    A need that is not fully met pays all that a step is worth to it; one that is keeps what its dearest
    offer leaves it. Prices rise from 0 until no need would rather have another offer at its price (Shapley &
    Shubik 1971: the prices of an assignment are a lattice, and so there are lowest ones; Bellman & Ford for
    the way there). They are whole, and the same whatever way the solver took.
    """
    price = np.zeros_like(price)
    used = np.flatnonzero(taken)
    keeps = np.zeros(is_short.size, np.int64)
    for _ in range(price.size + 2):
        keeps[:] = HIGH
        np.minimum.at(keeps, need[used], worth[used] - price[offer[used]])
        keeps[is_short] = 0
        risen = price.copy()
        np.maximum.at(risen, offer, worth - keeps[need])
        if (risen == price).all():
            return price
        price = risen
    return None


def exact_sum(left: NDArray[np.int64], right: NDArray[np.int64]) -> int:
    """The sum of products without overflow."""
    return sum(int(a) * int(b) for a, b in zip(left, right, strict=True) if a and b)


# ------------------------------------------------------------------------------------------------ whole lots


class _Rows:
    """Rows of a programme as they are written down."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.start: list[int] = [0]
        self.index: list[int] = []
        self.value: list[float] = []

    def add(self, low: float, high: float, terms: Sequence[tuple[int, float]]) -> None:
        self.low.append(low)
        self.high.append(high)
        self.index += [column for column, _ in terms]
        self.value += [factor for _, factor in terms]
        self.start.append(len(self.index))


def _lots(problem: MatchProblem, block: Block) -> tuple[Ints, int]:
    """Steps of each pair where lots go whole or partners are few, and the bound of the solver.

    Column p is the amount of pair p, column P + p whether it is used, 2 P + i whether need i is met whole,
    and 2 P + N + j whether offer j, of which so much has to be taken or nothing, is used.
    """
    pairs, count = block.need.size, block.needs.size
    size = np.minimum(block.demand[block.need], block.supply[block.offer])
    rows = _Rows()
    for at, place in enumerate(block.needs):
        own = np.flatnonzero(block.need == at)
        _need_rows(rows, problem.needs[place], own, int(block.demand[at]), 2 * pairs + at, pairs)
    for at, place in enumerate(block.offers):
        own = np.flatnonzero(block.offer == at)
        one = problem.offers[place]
        _offer_rows(rows, one, own, int(block.supply[at]), pairs)
        if one.least is not None and own.size:
            limits = int(one.least / block.step), int(block.supply[at])
            _least_rows(rows, own, limits, 2 * pairs + count + at)
    for pair in range(pairs):
        is_lot = problem.offers[block.offers[block.offer[pair]]].whole
        terms = [(pair, 1.0), (pairs + pair, -float(size[pair]))]
        rows.add(0.0 if is_lot else -np.inf, 0.0, terms)
    more = pairs + count + block.offers.size
    high = np.concatenate([size.astype(np.float64), np.ones(more)])
    cost = np.concatenate([-block.points.astype(np.float64), np.zeros(more)])
    kinds = np.concatenate([np.zeros(pairs, int), np.ones(more, int)])
    solved, bound = _whole(rows, cost, high, kinds)
    return np.rint(solved[:pairs]).astype(np.int64), bound


def _need_rows(rows: _Rows, one: Any, own: Ints, demand: int, met: int, pairs: int) -> None:
    amounts = [(int(pair), 1.0) for pair in own]
    if one.whole:
        rows.add(0.0, 0.0, [*amounts, (met, -float(demand))])
    elif amounts:
        rows.add(-np.inf, float(demand), amounts)
    if one.partners_max is not None and one.partners_max < own.size:
        rows.add(-np.inf, float(one.partners_max), [(pairs + int(pair), 1.0) for pair in own])


def _offer_rows(rows: _Rows, one: Any, own: Ints, supply: int, pairs: int) -> None:
    if own.size:
        rows.add(-np.inf, float(supply), [(int(pair), 1.0) for pair in own])
    if one.partners_max is not None and one.partners_max < own.size:
        rows.add(-np.inf, float(one.partners_max), [(pairs + int(pair), 1.0) for pair in own])


def _least_rows(rows: _Rows, own: Ints, limits: tuple[int, int], used: int) -> None:
    """Nothing of an offer, or from its least up to all of it."""
    amounts = [(int(pair), 1.0) for pair in own]
    rows.add(0.0, np.inf, [*amounts, (used, -float(limits[0]))])
    rows.add(-np.inf, 0.0, [*amounts, (used, -float(limits[1]))])


def _whole(rows: _Rows, cost: Floats, high: Floats, kinds: Ints) -> tuple[Floats, int]:
    import highspy  # noqa: PLC0415

    highs = silent_highs()
    for name, value in {
        "random_seed": 0, "mip_rel_gap": 0.0, "mip_abs_gap": 0.5, "mip_max_nodes": NODES_MAX,
        "mip_feasibility_tolerance": 1e-9,
    }.items():  # fmt: skip
        highs.setOptionValue(name, value)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = cost.size, len(rows.low)
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, np.zeros(cost.size), high
    model.row_lower_, model.row_upper_ = np.array(rows.low), np.array(rows.high)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.array(rows.start, np.int32)
    model.a_matrix_.index_ = np.array(rows.index, np.int32)
    model.a_matrix_.value_ = np.array(rows.value)
    model.integrality_ = [
        highspy.HighsVarType.kInteger if k else highspy.HighsVarType.kContinuous for k in kinds
    ]
    highs.passModel(model)
    highs.run()
    solved, info = np.array(highs.getSolution().col_value), highs.getInfo()
    if solved.size != cost.size or not np.isfinite(info.objective_function_value):
        solved = np.zeros(cost.size)  # to match nothing is always allowed
    return solved, floor(-info.mip_dual_bound + 1e-6)
