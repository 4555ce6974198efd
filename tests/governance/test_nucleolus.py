"""The nucleolus: published tables and nucleoli, what must be true of it, and its proof in fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from governance.published_games import stored, worths
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError, InputError
from riskshed.governance import nucleolus as module
from riskshed.governance.games import Game, core_slack, core_slack_exact, from_costs, from_worths
from riskshed.governance.nucleolus import least_core, nucleolus, nucleolus_exact
from riskshed.governance.nucleolus_proof import Settled, proven

FEW = settings(max_examples=40, deadline=None)
NAMES = tuple("abcdefghijkl")


@st.composite
def games(draw: st.DrawFn, most: int = 5) -> list[int]:
    """Whole worths, few and with many ties or large and odd; alone each is worth 0."""
    n = draw(st.integers(1, most))
    top, unit = draw(st.sampled_from([(1, 1), (3, 1), (1000, 1), (10**6, 10**12 + 39)]))
    worths = draw(st.lists(st.integers(0, top), min_size=2**n - 1, max_size=2**n - 1))
    worth = [0, *(one * unit for one in worths)]
    for i in range(n):
        worth[1 << i] = 0
    return worth


def players(worth: list[int]) -> tuple[str, ...]:
    return NAMES[: len(worth).bit_length() - 1]


def excesses(worth: list[int], share: tuple[Fraction, ...]) -> list[Fraction]:
    """The excess of each coalition, largest first."""
    n = len(share)
    return sorted(
        (worth[m] - sum(share[i] for i in range(n) if m >> i & 1) for m in range(1, len(worth) - 1)),
        reverse=True,
    )


def test_the_published_nucleoli_are_reached() -> None:
    # Benedek, Fliege & Nguyen 2021, DOI 10.1007/s10107-020-01527-9.
    for one in stored():
        names = tuple(map(str, range(one["n"])))
        found = nucleolus(Game(names, worths(one["type"], one["n"], one["seed"])))
        assert np.abs(found - one["nucleolus"]).max() < 1e-9, one


def test_the_published_nucleoli_are_proven_in_fractions() -> None:
    for one in stored():
        if one["n"] <= 10:
            worth = [int(value) for value in worths(one["type"], one["n"], one["seed"])]
            found = nucleolus_exact(NAMES[: one["n"]], worth)
            assert [float(share) for share in found] == pytest.approx(one["nucleolus"], abs=1e-9)


@pytest.mark.parametrize(
    ("estate", "shares"),
    [(100, [Fraction(100, 3)] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_the_talmud_is_the_nucleolus_of_bankruptcy(estate: int, shares: list[Fraction]) -> None:
    # Aumann & Maschler 1985, DOI 10.1016/0022-0531(85)90102-4: claims 100, 200, 300.
    claims = (100, 200, 300)
    worth = [max(0, estate - sum(c for i, c in enumerate(claims) if not m >> i & 1)) for m in range(8)]
    assert list(nucleolus_exact(("a", "b", "c"), worth)) == shares


def test_the_airport() -> None:
    # The costs of Littlechild & Owen 1973, DOI 10.1287/mnsc.20.3.370.
    costs = (8, 11, 13, 18)
    worth = [max([c for i, c in enumerate(costs) if m >> i & 1], default=0) for m in range(16)]
    saved = nucleolus(from_costs(NAMES[:4], worth))
    assert np.array(costs) - saved == pytest.approx([3.25, 3.25, 3.25, 8.25], abs=1e-9)


@FEW
@given(games())
def test_it_shares_everything_and_lies_in_a_core_that_is_not_empty(worth: list[int]) -> None:
    names = players(worth)
    share = nucleolus_exact(names, worth)
    assert sum(share) == worth[-1]
    assert all(one >= 0 for one in share)
    slack = core_slack_exact(names, worth, share)
    least = least_core(Game(names, np.array(worth, dtype=float)))
    if slack is not None:
        assert (slack[0] < 0) == (least.violation > 1e-6 * max(worth))


@FEW
@given(games(4), st.data())
def test_no_other_shares_are_kinder_to_the_worst_off(worth: list[int], data: st.DataObject) -> None:
    names = players(worth)
    share = nucleolus_exact(names, worth)
    parts = data.draw(st.lists(st.integers(0, 20), min_size=len(names), max_size=len(names)).filter(any))
    other = tuple(Fraction(worth[-1] * part, sum(parts)) for part in parts)
    if other != share:
        assert excesses(worth, share) < excesses(worth, other)


@FEW
@given(games(4), st.integers(-1000, 1000))
def test_who_adds_only_its_own_gets_only_that(worth: list[int], alone: int) -> None:
    more = [*worth, *(one + alone for one in worth)]
    assert nucleolus_exact(players(more), more) == (*nucleolus_exact(players(worth), worth), alone)


def test_fractions_and_floats_agree_whether_or_not_one_may_get_less_than_alone() -> None:
    draw = np.random.default_rng(5)
    for bounded in (True, False):
        for _ in range(12):
            worth = draw.integers(0, 30, 64)
            worth[[0, *(1 << i for i in range(6))]] = 0
            game = Game(NAMES[:6], worth.astype(float))
            exact = nucleolus_exact(NAMES[:6], worth.tolist(), individually_rational=bounded)
            found = nucleolus(game, individually_rational=bounded)
            assert found == pytest.approx([float(one) for one in exact], abs=1e-7)


def test_the_bound_that_nobody_gets_less_than_alone_can_matter() -> None:
    worth = [0, 0, 0, 10, 0, 0, 0, 4]
    assert nucleolus_exact(NAMES[:3], worth) == (2, 2, 0)
    assert nucleolus_exact(NAMES[:3], worth, individually_rational=False)[2] < 0


def test_a_small_pool_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    worth = np.random.default_rng(3).integers(0, 1000, 1 << 11).astype(float)
    worth[[0, *(1 << i for i in range(11))]] = 0
    game = Game(NAMES[:11], worth)
    whole = nucleolus(game)
    monkeypatch.setattr(module, "POOL", 64)
    assert nucleolus(game) == pytest.approx(whole, abs=1e-7)
    monkeypatch.setattr(module, "SAMPLE", 256)
    assert nucleolus(Game(NAMES[:11], np.zeros(1 << 11))) == pytest.approx(np.zeros(11), abs=1e-9)


def test_an_empty_core_has_a_least_violation() -> None:
    game = from_worths(("a", "b", "c"), lambda who: float(len(who) > 1))
    least = least_core(game)
    assert least.core_is_empty
    assert least.violation == pytest.approx(1 / 3)
    assert set(least.coalitions) == {("a", "b"), ("a", "c"), ("b", "c")}
    assert core_slack(game, least.share).least == pytest.approx(-1 / 3)
    assert not least_core(from_worths(("a", "b"), lambda who: float(len(who) == 2))).core_is_empty


def test_who_is_worth_more_alone_is_told() -> None:
    with pytest.raises(InputError, match="alone they are worth 1 more than together") as caught:
        nucleolus(Game(("a", "b"), np.array([0.0, 2.0, 2.0, 3.0])))
    assert caught.value.code == "game.no_imputation"
    with pytest.raises(InputError, match="13 players, want at most 12"):
        nucleolus_exact(tuple(map(str, range(13))), [0])


def test_one_player_takes_all() -> None:
    assert nucleolus_exact(("a",), (0, 7)) == (7,)
    assert least_core(Game(("a",), np.array([0.0, 7.0]))).violation == -np.inf


@pytest.mark.parametrize(
    "settled",
    [
        [Settled((3, 4), (), ())],  # does not settle all shares
        [Settled((1, 2, 4), (), (7,))],  # others have more excess
        [Settled((6, 5), (), (7,)), Settled((1,), (), (7,))],  # no prices
        [Settled((6, 5, 3), (), (3,))],  # rests on what was not settled
    ],
)
def test_a_wrong_course_proves_nothing(settled: list[Settled]) -> None:
    worth = [0, 0, 0, 4, 0, 3, 2, 5]
    right = [Settled((6, 5, 3), (), (7,))]
    assert proven(worth, right, individually_rational=False) == (
        Fraction(8, 3),
        Fraction(5, 3),
        Fraction(2, 3),
    )
    assert proven(worth, settled, individually_rational=True) is None


def test_the_solver_does_not_speak(capfd: pytest.CaptureFixture[str]) -> None:
    nucleolus(from_worths(("a", "b", "c"), lambda who: float(len(who) > 1)))
    assert capfd.readouterr() == ("", "")


def test_worths_too_far_apart_for_the_solver_give_no_number_rather_than_a_wrong_one() -> None:
    with pytest.raises(DomainError, match="could not be proven") as caught:
        nucleolus_exact(("a", "b", "c"), [0, 0, 0, 207, 0, 242, 10**12, 242])
    assert caught.value.code == "game.nucleolus_unproven"


def test_a_price_below_nothing_proves_nothing() -> None:
    # All three have no excess, and none has more; but a could be given more, to the good of all three.
    worth = [0, 1, -10, 2, -10, 2, -10, 3]
    assert proven(worth, [Settled((3, 5, 1), (), (7,))], individually_rational=False) is None


def test_what_was_not_settled_before_bears_no_price() -> None:
    # a and b are let down for c; only a price on a + b, which nobody settled, would call that unavoidable.
    worth = [0, 0, 0, -2, 0, -9, -9, 6]
    wrong = [Settled((1, 2), (), (3,)), Settled((4, 3), (), (7,))]
    assert proven(worth, wrong, individually_rational=False) is None
    assert nucleolus_exact(("a", "b", "c"), worth) == (2, 2, 2)
