"""The smoother against Kalman's formula, and what a bound may and may not move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.pathways import ensemble
from riskshed.pathways.smoother import AT_LEAST, AT_MOST, EQUAL, smooth

SLOPES = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -2.0]])  # (sighting, control)


def prior(members: int = 200, controls: int = 3) -> np.ndarray:
    return ensemble.normal(1, "prior", members, (controls,)).T


def smoothed(
    controls: np.ndarray,
    seen: list[float],
    *,
    deviation: float = 0.5,
    bound: int = EQUAL,
    predict: Callable[[np.ndarray], np.ndarray] | None = None,
    steps: int = 4,
    **more: Any,
) -> np.ndarray:
    """The smoother on sightings of one kind, of straight lines through the controls if not said otherwise."""
    slopes = SLOPES[: len(seen)]
    given: dict[str, Any] = {
        "seen": np.array(seen),
        "deviation": np.full(len(seen), deviation),
        "bound": np.full(len(seen), bound),
        "allowed": np.ones((len(controls), len(seen)), dtype=bool),
        "noise": lambda step: ensemble.normal(2, f"noise.{step}", controls.shape[1], (len(seen),)).T,
    }
    return smooth(controls, predict or (lambda c: slopes @ c), steps=steps, **(given | more))


@pytest.mark.parametrize("steps", [1, 4, 8])
def test_a_linear_case_gives_the_exact_posterior(steps: int) -> None:
    seen, deviation = np.array([1.5, -1.0]), 0.5
    after = smoothed(prior(40_000), list(seen), deviation=deviation, steps=steps)
    gain = SLOPES.T @ np.linalg.inv(SLOPES @ SLOPES.T + deviation**2 * np.eye(2))
    np.testing.assert_allclose(after.mean(axis=1), gain @ seen, atol=0.02)
    np.testing.assert_allclose(np.cov(after), np.eye(3) - gain @ SLOPES, atol=0.02)


def test_sightings_of_unequal_errors_weigh_by_them() -> None:
    deviation = np.array([0.1, 3.0])
    slopes = np.array([[1.0], [1.0]])
    after = smoothed(prior(40_000, 1), [1.0, -1.0], predict=lambda c: slopes @ c, deviation=deviation)  # type: ignore[arg-type]
    weights = np.array([1.0, *deviation**-2.0])
    assert after.mean() == pytest.approx(weights @ [0.0, 1.0, -1.0] / weights.sum(), abs=0.02)
    assert after.var() == pytest.approx(1 / weights.sum(), rel=0.05)


def test_steps_follow_what_is_not_straight() -> None:
    errors = []
    for steps in (1, 8):
        after = smoothed(prior(4000, 1), [np.exp(1.5)], deviation=0.2, steps=steps, predict=np.exp)
        errors.append(abs(np.exp(after).mean() - np.exp(1.5)))
    assert errors[1] < 0.05 < errors[0]


@pytest.mark.parametrize(("bound", "seen"), [(AT_MOST, 9.0), (AT_LEAST, -9.0)])
def test_a_bound_that_all_keep_changes_no_bit(bound: int, seen: float) -> None:
    before = prior()
    assert smoothed(before, [seen], bound=bound).tobytes() == before.tobytes()


@given(st.floats(-1.5, 1.5), st.sampled_from([AT_MOST, AT_LEAST]))
def test_a_broken_bound_moves_only_those_who_break_it_and_toward_it(seen: float, bound: int) -> None:
    before = prior()
    after = smoothed(before, [seen], bound=bound, steps=1)
    short = bound * (seen - SLOPES[0] @ before)  # > 0 where the bound is broken
    breaks = short > 0
    moved = bound * (SLOPES[0] @ (after - before))
    assert (after[:, ~breaks] == before[:, ~breaks]).all()
    assert (moved[breaks] > 0).all()
    assert (moved[breaks] < short[breaks] + 1e-12).all()


def test_a_sharp_bound_is_kept_by_all_afterwards() -> None:
    after = smoothed(prior(), [0.5], bound=AT_LEAST, deviation=1e-4)
    assert (SLOPES[0] @ after > 0.499).all()


def test_a_bound_hears_no_noise() -> None:
    calls = [
        smoothed(prior(), [0.5], bound=AT_LEAST, noise=lambda _, s=s: np.full((1, 200), s))
        for s in (0.0, 9.0)
    ]
    assert calls[0].tobytes() == calls[1].tobytes()


def test_controls_that_may_not_move_do_not_move_a_bit() -> None:
    before = prior()
    allowed = np.array([[True, True], [False, True], [False, False]])
    after = smoothed(before, [1.0, -1.0], allowed=allowed)
    assert after[2].tobytes() == before[2].tobytes()
    assert (after[:2] != before[:2]).all()


def test_a_sighting_moves_only_what_it_may() -> None:
    before = prior()
    after = smoothed(before, [1.0], allowed=np.array([[True], [False], [True]]))
    assert [row.tobytes() == old.tobytes() for row, old in zip(after, before, strict=True)] == [
        False,
        True,
        False,
    ]


def test_without_sightings_nothing_changes() -> None:
    before = prior()
    assert smoothed(before, []).tobytes() == before.tobytes()


def test_controls_handed_in_are_left_as_they_were() -> None:
    before = prior()
    kept = before.copy()
    smoothed(before, [1.0, -1.0])
    assert before.tobytes() == kept.tobytes()


def test_a_sighting_of_what_all_members_share_moves_no_one() -> None:
    before = prior()
    after = smoothed(before, [3.0], predict=lambda c: np.zeros((1, c.shape[1])))
    np.testing.assert_array_equal(after, before)


def test_pathway_is_run_again_before_each_step_and_progress_told() -> None:
    runs, told = [], []

    def predict(controls: np.ndarray) -> np.ndarray:
        runs.append(controls.copy())
        return SLOPES[:1] @ controls

    smoothed(prior(), [1.0], predict=predict, steps=3, progress=lambda done, of: told.append((done, of)))
    assert len({run.tobytes() for run in runs}) == 3
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"deviation": 0.0}, {"predict": lambda c: np.full((1, 200), np.nan)}]
)
def test_a_wrong_call_stops_the_program(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        smoothed(prior(), [1.0], **wrong)
