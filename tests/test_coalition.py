"""What each coalition averts: exact, run once for each set of treatments, and refused where it is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from cast import SHANG, XIA, ZHONG
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.coalition import PLAYERS_MAX, Worths, expected_minor, values
from riskshed.errors import DomainError, InputError

ACTS = {SHANG: ("hold",), ZHONG: ("close",), XIA: ()}
LOSS = {SHANG: 100, ZHONG: 500, XIA: 300}


def river(treatments: frozenset[str]) -> dict[str, int]:
    """Holding back at Shang spares those below half; closing at Zhong spares Zhong alone, to the last fen."""
    below = 2 if "hold" in treatments else 1
    zhong = 7 if "close" in treatments else LOSS[ZHONG] // below
    return {SHANG: 100 + 20 * (below - 1), ZHONG: zhong, XIA: LOSS[XIA] // below, "off": 5 - below}


def test_a_coalition_has_what_it_averts_from_its_own_cities() -> None:
    told = values(ACTS, river)
    # Bits: 1 Shang, 2 Zhong, 4 Xia. Shang alone loses 20 more, since the water stays with it.
    assert told.worth_minor == (0, -20, 493, 473, 0, 130, 493, 623)
    assert told.own_minor == (-20, 493, 150)
    assert sum(told.own_minor) == told.worth_minor[-1]


def test_counted_over_everybody_it_is_what_it_averts_from_all() -> None:
    told = values(ACTS, river, counted="everybody")
    assert told.worth_minor == (0, 381, 493, 624, 0, 381, 493, 624)
    assert told.nobody_minor - told.all_minor == told.worth_minor[-1]


def test_each_set_of_treatments_is_run_once() -> None:
    asked: list[frozenset[str]] = []

    def run(treatments: frozenset[str]) -> Mapping[str, int]:
        asked.append(treatments)
        return river(treatments)

    told = values(ACTS, run)
    assert (len(asked), told.runs, len(set(asked))) == (4, 4, 4)


def test_progress_goes_to_the_end() -> None:
    steps: list[tuple[int, int]] = []
    values(ACTS, river, progress=lambda done, of: steps.append((done, of)))
    assert steps == [(done, 8) for done in range(1, 9)]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({SHANG: 1, ZHONG: 1}, "coalition.unknown_loss"),
        ({SHANG: 1, ZHONG: 1, XIA: 1.0}, "coalition.not_whole"),
        ({SHANG: 1, ZHONG: 1, XIA: True}, "coalition.not_whole"),
    ],
)
def test_a_loss_that_is_unknown_or_no_whole_number_stops_it(answer: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        values(ACTS, lambda _: answer)
    assert caught.value.code == code


def test_runs_of_different_cities_are_not_compared() -> None:
    with pytest.raises(InputError, match="different cities"):
        values(ACTS, lambda done: river(done) | ({"new": 0} if done else {}))


def test_too_many_players_are_refused_before_anything_is_run() -> None:
    many: dict[str, tuple[str, ...]] = {f"city-{i}": () for i in range(PLAYERS_MAX + 1)}
    with pytest.raises(DomainError) as caught:
        values(many, lambda _: pytest.fail("it was run"))
    assert caught.value.code == "coalition.too_many"


def test_nobody_is_no_coalition_to_ask_about() -> None:
    with pytest.raises(DomainError, match="nobody"):
        values({}, lambda _: {})


def test_the_order_of_players_only_changes_their_places() -> None:
    def by_name(told: Worths) -> dict[frozenset[str], int]:
        names = [frozenset(p for i, p in enumerate(told.players) if m >> i & 1) for m in range(8)]
        return dict(zip(names, told.worth_minor, strict=True))

    first = by_name(values(ACTS, river))
    assert all(by_name(values({p: ACTS[p] for p in order}, river)) == first for order in permutations(ACTS))


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=20), st.randoms())
def test_an_expected_loss_does_not_depend_on_the_order_of_members(row: list[float], random: Any) -> None:
    mixed = random.sample(row, len(row))
    assert expected_minor(["a"], np.array([row])) == expected_minor(["a"], np.array([mixed]))


def test_an_expected_loss_is_rounded_half_to_even() -> None:
    told = expected_minor(["a", "b"], np.array([[2.0, 3.0], [3.0, 4.0]]))
    assert told == {"a": 2, "b": 4}


def test_a_loss_that_is_not_a_number_is_unknown() -> None:
    with pytest.raises(InputError, match="unknown"):
        expected_minor(["a"], np.array([[1.0, np.nan]]))
