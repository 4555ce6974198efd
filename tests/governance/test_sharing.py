"""Rules of sharing: published tables to the last digit, and what each rule promises."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputError
from riskshed.governance import sharing
from riskshed.governance.games import shapley_exact
from riskshed.governance.sharing import COMPARED, METHODS, CostProblem, compare

FEW = settings(max_examples=50, deadline=None)
COSTS = st.lists(st.integers(0, 10**18), min_size=1, max_size=6)
# Straffin & Heaney 1981, International Journal of Game Theory 10: navigation, flood control, power of the
# Tennessee Valley Authority, thousands of dollars.
TENNESSEE = CostProblem(
    ("navigation", "flood", "power"), (0, 163520, 140826, 301607, 250096, 378821, 367370, 412584)
)


@st.composite
def claimed(draw: st.DrawFn) -> tuple[int, list[int]]:
    """An estate and claims that it does not meet, or just meets."""
    claims = draw(COSTS)
    return draw(st.integers(0, sum(claims))), claims


@pytest.mark.parametrize(
    ("estate", "shares"),
    [(100, (Fraction(100, 3),) * 3), (200, (50, 75, 75)), (300, (50, 100, 150))],
)
def test_the_three_estates_of_the_talmud(estate: int, shares: tuple[Fraction, ...]) -> None:
    # Aumann & Maschler 1985, DOI 10.1016/0022-0531(85)90102-4.
    assert sharing.aumann_maschler(estate, (100, 200, 300)) == shares


def test_equal_awards_and_equal_losses_by_hand() -> None:
    assert sharing.constrained_equal_awards(300, (100, 200, 300)) == (100, 100, 100)
    assert sharing.constrained_equal_losses(300, (100, 200, 300)) == (0, 100, 200)
    assert sharing.constrained_equal_awards(250, (300, 50, 200)) == (100, 50, 100)


def test_the_airport_steps() -> None:
    # Littlechild & Owen 1973, DOI 10.1287/mnsc.20.3.370: costs 8, 11, 13, 18.
    assert sharing.airport((8, 11, 13, 18)) == (2, 3, 4, 9)
    assert sharing.airport((18, 8, 13, 11)) == (9, 2, 4, 3)


def test_the_polluted_river() -> None:
    # Ni & Wang 2007, DOI 10.1016/j.geb.2006.10.001, with c = (6, 12, 9, 20).
    river = (6, 12, 9, 20)
    assert sharing.local_responsibility(river) == river
    assert sharing.upstream_equal(river) == (20, 14, 8, 5)
    assert sharing.downstream_equal(river) == (Fraction(3, 2), Fraction(11, 2), 10, 30)


@FEW
@given(COSTS)
def test_river_rules_are_the_shapley_values_of_their_games(costs: list[int]) -> None:
    n = len(costs)
    members = [[i for i in range(n) if m >> i & 1] for m in range(1 << n)]
    below = [sum(costs[min(who) :]) if who else 0 for who in members]
    above = [sum(costs[: max(who) + 1]) if who else 0 for who in members]
    largest = [max((costs[i] for i in who), default=0) for who in members]
    names = tuple(map(str, range(n)))
    assert sharing.upstream_equal(costs) == shapley_exact(names, below)
    assert sharing.downstream_equal(costs) == shapley_exact(names, above)
    assert sharing.airport(costs) == shapley_exact(names, largest)


def test_the_downstream_incremental_distribution() -> None:
    # Ambec & Sprumont 2002: benefits a_i sqrt(x), a = (1, 4, 9), inflow (10, 2, 3). With all water free to
    # run down, x_i goes as a_i squared; here no inflow lower down binds.
    weights, inflow = np.array([1.0, 4.0, 9.0]), np.array([10.0, 2.0, 3.0])
    reached = [float(np.sqrt((weights[: k + 1] ** 2).sum() * inflow[: k + 1].sum())) for k in range(3)]
    found = sharing.downstream_incremental([Fraction(one) for one in reached])
    assert [round(float(one), 3) for one in found] == [3.162, 11.121, 24.058]
    assert sum(found) == Fraction(reached[-1])


def test_the_tennessee_valley_under_three_rules() -> None:
    shapley, nucleolus, separable = compare(TENNESSEE)
    assert shapley.exact == (117829, Fraction(201513, 2), Fraction(387997, 2))
    assert nucleolus.exact == (116234, 93540, 202810)
    assert [round(float(one), 1) for one in separable.exact] == [117475.5, 99157.3, 195951.2]
    assert [one.in_core for one in (shapley, nucleolus, separable)] == [True] * 3
    assert (shapley.slack, shapley.worst_off) == (Fraction(80139, 2), ("flood",))
    assert all(one.adds_up and sum(one.minor) == 412584 for one in (shapley, nucleolus, separable))


def test_who_would_pay_less_alone_is_named_in_both_languages() -> None:
    (equal,) = compare(CostProblem(("a", "b"), (0, 10, 100, 105)), ("equal",))
    assert (equal.slack, equal.worst_off, equal.in_core) == (Fraction(-85, 2), ("a",), False)
    assert equal.told["en"] == "Not in the core: a would pay 42.50 minor units less alone."
    assert "a 单独行动可少付 42.50" in equal.told["zh"]
    assert equal.minor == (53, 52)


def test_one_city_pays_the_bill() -> None:
    for one in compare(CostProblem(("a",), (0, 7)), tuple(COMPARED)):
        assert (one.exact, one.minor, one.slack, one.in_core) == ((7,), (7,), None, True)


@FEW
@given(claimed())
def test_a_fund_is_spent_whole_and_nobody_gets_more_than_it_claims(case: tuple[int, list[int]]) -> None:
    estate, claims = case
    for rule in (
        sharing.aumann_maschler, sharing.constrained_equal_awards, sharing.constrained_equal_losses
    ):  # fmt: skip
        shares = rule(estate, claims)
        assert sum(shares) == estate
        assert all(0 <= share <= claim for share, claim in zip(shares, claims, strict=True))


@FEW
@given(claimed())
def test_who_claims_more_gets_no_less_and_loses_no_less(case: tuple[int, list[int]]) -> None:
    estate, claims = case
    shares = sharing.aumann_maschler(estate, claims)
    for i, j in combinations(range(len(claims)), 2):
        low, high = (i, j) if claims[i] <= claims[j] else (j, i)
        assert shares[low] <= shares[high]
        assert claims[low] - shares[low] <= claims[high] - shares[high]


@FEW
@given(claimed())
def test_any_two_share_as_the_garment_is_shared(case: tuple[int, list[int]]) -> None:
    estate, claims = case
    shares = sharing.aumann_maschler(estate, claims)
    for i, j in combinations(range(len(claims)), 2):
        both, a, b = shares[i] + shares[j], claims[i], claims[j]
        conceded = max(both - b, Fraction(0)), max(both - a, Fraction(0))
        assert shares[i] == conceded[0] + (both - sum(conceded)) / 2


@FEW
@given(COSTS, st.integers(0, 10**18))
def test_every_rule_of_a_total_shares_it_whole(weights: list[int], total: int) -> None:
    assert sum(sharing.equal(total, len(weights))) == total
    if any(weights):
        shares = sharing.proportional(total, weights)
        assert sum(shares) == total
        assert all(a * sum(weights) == total * b for a, b in zip(shares, weights, strict=True))
    for rule in (sharing.local_responsibility, sharing.upstream_equal, sharing.downstream_equal):
        assert sum(rule(weights)) == sum(weights)
    assert sum(sharing.airport(weights)) == max(weights)


def test_what_a_rule_cannot_share_is_refused_by_name() -> None:
    cases = [
        (lambda: sharing.aumann_maschler(10, (1, 2)), "sharing.estate"),
        (lambda: sharing.constrained_equal_losses(-1, (1, 2)), "sharing.estate"),
        (lambda: sharing.upstream_equal((1, -2)), "sharing.negative"),
        (lambda: sharing.proportional(1, (0, 0)), "sharing.no_weight"),
        (lambda: sharing.equal(1, 0), "sharing.nobody"),
        (lambda: compare(TENNESSEE, ("dice",)), "sharing.unknown_method"),
        (lambda: CostProblem(("a",), (1, 2)), "game.worth_of_no_one"),
    ]
    for work, code in cases:
        with pytest.raises(InputError) as caught:
            work()
        assert caught.value.code == code


def test_remaining_benefits_must_remain() -> None:
    with pytest.raises(InputError, match="a adds 20 to what the others pay and would pay 10 alone") as caught:
        sharing.separable_costs_remaining_benefits(CostProblem(("a", "b"), (0, 10, 10, 30)))
    assert caught.value.code == "sharing.no_remaining_benefit"
    apart = CostProblem(("a", "b"), (0, 10, 20, 30))
    assert sharing.separable_costs_remaining_benefits(apart) == (10, 20)


def test_each_rule_has_names_and_a_source() -> None:
    assert set(COMPARED) <= set(METHODS)
    assert all(one.zh and one.en and one.source for one in METHODS.values())
    assert all(hasattr(sharing, code) for code in METHODS if code not in ("shapley", "nucleolus"))
