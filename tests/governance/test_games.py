"""Cooperative games: published tables, the axioms of the Shapley value, the core, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputError
from riskshed.governance.games import (
    Game,
    core_slack,
    core_slack_exact,
    from_costs,
    from_worths,
    is_convex,
    shapley,
    shapley_exact,
)

FEW = settings(max_examples=40, deadline=None)
NAMES = tuple("abcdefghijkl")
AIRPORT = [max([c for i, c in enumerate((8, 11, 13, 18)) if m >> i & 1], default=0) for m in range(16)]


@st.composite
def worths(draw: st.DrawFn, most: int = 5) -> list[int]:
    n = draw(st.integers(1, most))
    return [0, *draw(st.lists(st.integers(-(10**9), 10**9), min_size=2**n - 1, max_size=2**n - 1))]


def players(worth: list[int]) -> tuple[str, ...]:
    return NAMES[: len(worth).bit_length() - 1]


def by_orders(worth: list[int]) -> tuple[Fraction, ...]:
    """The value as it is defined: the mean over all orders."""
    n = len(players(worth))
    total = [0] * n
    for order in permutations(range(n)):
        here = 0
        for i in order:
            total[i] += worth[here | 1 << i] - worth[here]
            here |= 1 << i
    return tuple(Fraction(one, math.factorial(n)) for one in total)


@FEW
@given(worths())
def test_the_shapley_value_is_the_mean_over_all_orders(worth: list[int]) -> None:
    exact = shapley_exact(players(worth), worth)
    assert exact == by_orders(worth)
    found = shapley(Game(players(worth), np.array(worth, dtype=float)))
    assert found == pytest.approx([float(one) for one in exact], abs=1e-5)


@pytest.mark.parametrize("n", [9, 10, 13])
def test_blocks_do_not_change_the_value(n: int) -> None:
    worth = np.random.default_rng(n).integers(-(10**6), 10**6, 1 << n)
    worth[0] = 0
    names = tuple(map(str, range(n)))
    exact = [float(one) for one in shapley_exact(names, worth)]
    assert shapley(Game(names, worth)) == pytest.approx(exact, abs=1e-6)


@FEW
@given(worths())
def test_shapley_shares_everything(worth: list[int]) -> None:
    assert sum(shapley_exact(players(worth), worth)) == worth[-1]


@FEW
@given(worths(), st.integers(-(10**9), 10**9))
def test_who_adds_the_same_to_everyone_gets_just_that(worth: list[int], alone: int) -> None:
    more = [*worth, *(one + alone for one in worth)]
    shares = shapley_exact(players(more), more)
    assert shares == (*shapley_exact(players(worth), worth), alone)


@FEW
@given(worths(), st.data())
def test_players_alike_get_alike(worth: list[int], data: st.DataObject) -> None:
    n = len(players(worth))
    i, j = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    swapped = [worth[_swapped(m, i, j)] for m in range(len(worth))]
    both = [a + b for a, b in zip(worth, swapped, strict=True)]
    shares = shapley_exact(players(worth), both)
    assert shares[i] == shares[j]


def _swapped(m: int, i: int, j: int) -> int:
    a, b = m >> i & 1, m >> j & 1
    return m & ~(1 << i) & ~(1 << j) | a << j | b << i if i != j else m


@FEW
@given(worths(4), st.data())
def test_the_value_of_two_games_together_is_the_sum(worth: list[int], data: st.DataObject) -> None:
    size = len(worth) - 1
    other = [0, *data.draw(st.lists(st.integers(-(10**6), 10**6), min_size=size, max_size=size))]
    both = [a + b for a, b in zip(worth, other, strict=True)]
    parts = [shapley_exact(players(worth), one) for one in (worth, other)]
    assert shapley_exact(players(worth), both) == tuple(map(sum, zip(*parts, strict=True)))


def test_the_airport_of_littlechild_and_owen() -> None:
    # Littlechild & Owen 1973, DOI 10.1287/mnsc.20.3.370: costs 8, 11, 13, 18.
    shares = shapley_exact(NAMES[:4], AIRPORT)
    assert shares == (2, 3, 4, 9)
    saved = shapley(from_costs(NAMES[:4], AIRPORT))
    assert np.array([8, 11, 13, 18]) - saved == pytest.approx([2, 3, 4, 9], abs=1e-12)


def test_numbers_beyond_a_float_stay_exact() -> None:
    big = 2**53 + 1
    assert shapley_exact(("a", "b"), (0, big, 1, big + 1)) == (big, 1)


def test_slack_names_who_would_do_better_alone() -> None:
    game = from_worths(("a", "b", "c"), lambda who: {1: 0.0, 2: 8.0, 3: 9.0}[len(who)])
    slack = core_slack(game, [1.0, 4.0, 4.0])
    assert (slack.least, slack.coalition) == (-3.0, ("a", "b"))
    assert core_slack_exact(game.players, [0, 0, 0, 8, 0, 8, 8, 9], (1, 4, 4)) == (-3, ("a", "b"))


@FEW
@given(worths())
def test_slack_is_the_least_over_every_coalition(worth: list[int]) -> None:
    names = players(worth)
    share = shapley_exact(names, worth)
    exact = core_slack_exact(names, worth, share)
    if len(names) == 1:
        assert exact is None
        assert core_slack(Game(names, worth), [1.0]).least == math.inf
        return
    lacks = [
        sum(share[i] for i in range(len(names)) if m >> i & 1) - worth[m] for m in range(1, len(worth) - 1)
    ]
    assert exact is not None
    assert exact[0] == min(lacks)
    found = core_slack(Game(names, worth), [float(one) for one in share])
    assert found.least == pytest.approx(float(min(lacks)), abs=1e-4)


def test_slack_is_found_in_whichever_block_it_lies() -> None:
    n = 12
    for worst in (1, 511, 512, 1700, 4094):
        value = np.zeros(1 << n)
        value[worst] = 5.0
        slack = core_slack(Game(NAMES, value), np.full(n, 0.25))
        assert slack.coalition == tuple(NAMES[i] for i in range(n) if worst >> i & 1)


def test_a_convex_game_is_told_from_another() -> None:
    squares = from_worths(NAMES[:4], lambda who: float(len(who) ** 2))
    assert is_convex(squares)
    roots = from_worths(NAMES[:4], lambda who: math.sqrt(len(who)))
    assert not is_convex(roots)
    assert core_slack(squares, shapley(squares)).least >= 0


def test_savings_are_own_costs_less_those_together() -> None:
    game = from_costs(("a", "b", "c"), [0, 5, 7, 9, 4, 8, 11, 12])
    assert game.value.tolist() == [0, 0, 0, 3, 0, 1, 0, 4]


@pytest.mark.parametrize(
    ("names", "worth", "code", "told"),
    [
        (("a", "b"), [1, 0, 0, 0], "game.worth_of_no_one", "the worth of no one is 1"),
        (("a", "b"), [0, 0, 0], "game.wrong_length", "3 worths for 2 players, want 4"),
        (("a", "b"), [0, 0, 0, math.nan], "game.not_finite", r"the worth of a \+ b is nan"),
        (("a", "b"), [0, 0, -math.inf, math.inf], "game.not_finite", "the worth of b is -inf"),
        (("a", "a"), [0, 0, 0, 0], "game.duplicate_player", "player a is named twice"),
        ((), [0], "game.no_players", "without players"),
        (tuple(map(str, range(29))), [0], "game.too_many_players", "29 players, want at most 28"),
    ],
)
def test_what_is_no_game_is_refused(names: tuple[str, ...], worth: list[float], code: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        Game(names, np.array(worth, dtype=float))
    assert caught.value.code == code


def test_worths_that_are_not_whole_are_refused_by_the_exact_rules() -> None:
    with pytest.raises(InputError, match=r"the worth of b is 0\.5") as caught:
        shapley_exact(("a", "b"), (0, 1, 0.5, 2))  # type: ignore[arg-type]
    assert caught.value.code == "game.not_whole"
    with pytest.raises(InputError, match="21 players, want at most 20"):
        shapley_exact(tuple(map(str, range(21))), (0,))


def test_a_coalition_without_a_worth_is_named() -> None:
    with pytest.raises(InputError, match=r"2 coalitions have no worth, the first b, a \+ b; want") as caught:
        from_worths(("a", "b"), {frozenset("a"): 1.0})
    assert caught.value.code == "game.unknown_worth"
    told = from_worths(("a", "b"), {frozenset("a"): 1.0, frozenset("b"): 2.0, frozenset("ab"): 4.0})
    assert told.value.tolist() == [0, 1, 2, 4]
