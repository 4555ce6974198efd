"""River routing: what must be true of any flood wave, then the published tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import DomainError
from riskshed.pathways import river

K_S = st.floats(60.0, 2e5)
X = st.floats(0.0, 0.5)
DT_S = st.floats(300.0, 10_800.0)


def moments_steps(c: river.LagCoefficients) -> tuple[float, float]:
    """Mean and variance of the answer to one unit of inflow (from its generating function)."""
    m, t0, t1, e = int(c.whole_steps), float(c.tap0), float(c.tap1), float(c.decay)
    mean_tap = t1 / (t0 + t1)
    mean_store = e / (1 - e)
    return m + mean_tap + mean_store, mean_tap * (1 - mean_tap) + mean_store * (1 + mean_store)


@given(K_S, X, DT_S)
def test_no_weight_is_negative_and_no_water_is_lost(k_s: float, x: float, dt_s: float) -> None:
    c = river.lag_coefficients(k_s, x, dt_s)
    weights = np.array([c.tap0, c.tap1, c.decay, c.lateral])
    assert (weights >= 0).all()
    assert c.tap0 + c.tap1 + c.decay == pytest.approx(1, abs=1e-15)
    assert c.lateral + c.decay == pytest.approx(1, abs=1e-15)


@given(K_S, X, DT_S)
def test_mean_travel_time_is_k_at_any_step(k_s: float, x: float, dt_s: float) -> None:
    mean, _ = moments_steps(river.lag_coefficients(k_s, x, dt_s))
    assert mean * dt_s == pytest.approx(k_s, rel=1e-9)


@given(K_S, X, DT_S)
def test_variance_is_that_of_muskingum_or_the_least_the_grid_allows(
    k_s: float, x: float, dt_s: float
) -> None:
    _, variance = moments_steps(river.lag_coefficients(k_s, x, dt_s))
    fraction = (k_s / dt_s) % 1
    wanted = max((k_s / dt_s) ** 2 * (1 - 2 * x), fraction * (1 - fraction))
    assert variance == pytest.approx(wanted, rel=1e-6, abs=1e-6)


@given(K_S, X, st.floats(0.0, 1.0))
def test_the_scheme_is_muskingum_where_muskingum_is_positive(k_s: float, x: float, between: float) -> None:
    dt_s = 2 * k_s * (x + between * (1 - 2 * x) + 1e-6)
    ours, theirs = river.lag_coefficients(k_s, x, dt_s), river.muskingum_coefficients(k_s, x, dt_s)
    for name in ("tap0", "tap1", "decay", "lateral"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=1e-5)


def test_a_pure_lag_of_whole_steps_moves_the_wave_unchanged() -> None:
    c = river.lag_coefficients(7200.0, 0.5, 900.0)
    assert (int(c.whole_steps), float(c.tap0), float(c.decay)) == (8, 1.0, 0.0)


def test_coefficients_have_the_broadcast_shape() -> None:
    c = river.lag_coefficients(np.full((3, 1), 3600.0), np.array([0.1, 0.2]), 900.0)
    assert c.whole_steps.shape == c.tap0.shape == c.tap1.shape == (3, 2)
    assert c.whole_steps.dtype == np.int64


@pytest.mark.parametrize(
    ("k_s", "x", "dt_s", "named"),
    [
        (0.0, 0.2, 900.0, "K is 0 s, want > 0"),
        ([3600.0, np.nan], 0.2, 900.0, r"K\[1\] is nan"),
        (3600.0, 0.6, 900.0, "x is 0.6, want >= 0 and <= 0.5"),
        (3600.0, -0.1, 900.0, "x is -0.1"),
        (3600.0, 0.2, 0.0, "dt is 0 s, want > 0"),
        (3600.0, 0.2, np.inf, "dt is inf"),
    ],
)
def test_a_parameter_out_of_range_is_named(k_s: object, x: float, dt_s: float, named: str) -> None:
    for scheme in (river.lag_coefficients, river.muskingum_coefficients):
        with pytest.raises(DomainError, match=named):
            scheme(k_s, x, dt_s)  # type: ignore[arg-type]
