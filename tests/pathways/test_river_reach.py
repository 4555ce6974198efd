"""One reach: weights that are positive, keep the water, the travel time and the spread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import DomainError
from riskshed.pathways import reach

K_S = st.floats(60.0, 2e5)
X = st.floats(0.0, 0.5)
DT_S = st.floats(300.0, 10_800.0)


def moments_steps(c: reach.LagCoefficients) -> tuple[float, float]:
    """Mean and variance of the answer to one unit of inflow (from its generating function)."""
    m, t0, t1, e = int(c.whole_steps), float(c.tap0), float(c.tap1), float(c.decay)
    mean_tap = t1 / (t0 + t1)
    mean_store = e / (1 - e)
    return m + mean_tap + mean_store, mean_tap * (1 - mean_tap) + mean_store * (1 + mean_store)


@given(K_S, X, DT_S)
def test_no_weight_is_negative_and_no_water_is_lost(k_s: float, x: float, dt_s: float) -> None:
    c = reach.lag_coefficients(k_s, x, dt_s)
    weights = np.array([c.tap0, c.tap1, c.decay, c.lateral])
    assert (weights >= 0).all()
    assert c.tap0 + c.tap1 + c.decay == pytest.approx(1, abs=1e-15)
    assert c.lateral + c.decay == pytest.approx(1, abs=1e-15)


@given(K_S, X, DT_S)
def test_mean_travel_time_is_k_at_any_step(k_s: float, x: float, dt_s: float) -> None:
    mean, _ = moments_steps(reach.lag_coefficients(k_s, x, dt_s))
    assert mean * dt_s == pytest.approx(k_s, rel=1e-9)


@given(K_S, X, DT_S)
def test_variance_is_that_of_muskingum_or_the_least_the_grid_allows(
    k_s: float, x: float, dt_s: float
) -> None:
    _, variance = moments_steps(reach.lag_coefficients(k_s, x, dt_s))
    fraction = (k_s / dt_s) % 1
    wanted = max((k_s / dt_s) ** 2 * (1 - 2 * x), fraction * (1 - fraction))
    assert variance == pytest.approx(wanted, rel=1e-6, abs=1e-6)


@given(K_S, X, st.floats(0.0, 1.0))
def test_the_scheme_is_muskingum_where_muskingum_is_positive(k_s: float, x: float, between: float) -> None:
    dt_s = 2 * k_s * (x + between * (1 - 2 * x) + 1e-6)
    ours, theirs = reach.lag_coefficients(k_s, x, dt_s), reach.muskingum_coefficients(k_s, x, dt_s)
    for name in ("tap0", "tap1", "decay", "lateral"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=1e-5)


def test_a_pure_lag_of_whole_steps_moves_the_wave_unchanged() -> None:
    c = reach.lag_coefficients(7200.0, 0.5, 900.0)
    assert (int(c.whole_steps), float(c.tap0), float(c.decay)) == (8, 1.0, 0.0)


def test_coefficients_have_the_broadcast_shape() -> None:
    c = reach.lag_coefficients(np.full((3, 1), 3600.0), np.array([0.1, 0.2]), 900.0)
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
    for scheme in (reach.lag_coefficients, reach.muskingum_coefficients):
        with pytest.raises(DomainError, match=named):
            scheme(k_s, x, dt_s)  # type: ignore[arg-type]


@given(st.floats(0.0, 1e5), st.floats(1.0, 1e5), DT_S)
def test_a_lag_and_a_reservoir_add_up_to_the_mean(tau_s: float, store_s: float, dt_s: float) -> None:
    mean, _ = moments_steps(reach.lag_coefficients_of(tau_s, store_s, dt_s))
    assert mean * dt_s == pytest.approx(tau_s + store_s, rel=1e-9)


def test_a_reach_of_no_time_at_all_is_refused() -> None:
    with pytest.raises(DomainError, match="lag \\+ reservoir time is 0 s"):
        reach.lag_coefficients_of(0.0, 0.0, 900.0)


def test_a_rating_of_manning_moves_waves_faster_than_water() -> None:
    rating = reach.Rating(1.0, 10.0, width_m=50.0)
    length_m, slope = np.array([6000.0]), np.array([1e-3])
    assert rating.velocity_at_one_m_s(1) == pytest.approx(10.0**-0.4)
    assert rating.travel_steps(length_m, 600.0) * 10.0**-0.4 == pytest.approx(10.0)
    # x = (1 - Q / (B S0 c L)) / 2 at Q = 10 m3/s, where c = 1 / 0.6 m/s
    assert rating.cunge_spread(length_m, slope) * 10.0**0.6 == pytest.approx(10 / (50 * 1e-3 / 0.6 * 6000))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"velocity_m_s": 0.0}, "rating velocity is 0 m/s"),
        ({"flow_m3_s": [1.0, -1.0]}, r"rating flow\[1\] is -1 m3/s"),
        ({"exponent": 1.0}, "rating exponent is 1, want >= 0 and <= 0.9"),
        ({"width_m": np.nan}, "rating width is nan m"),
    ],
)
def test_a_rating_out_of_range_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(DomainError, match=named):
        reach.Rating(**{"velocity_m_s": 1.0, "flow_m3_s": 1.0, **change})  # type: ignore[arg-type]


def test_gills_storage_with_exponent_one_keeps_a_steady_flow() -> None:
    outflow = reach.gill_outflow(
        np.full(9, 30.0), k=12.0, x=0.2, exponent=1.0, dt=6.0, outflow_first_m3_s=30.0
    )
    assert outflow == pytest.approx(np.full(9, 30.0))


def test_gills_storage_that_is_used_up_is_unknown_from_there_on() -> None:
    outflow = reach.gill_outflow(
        np.r_[100.0, np.zeros(8)], k=0.1, x=0.3, exponent=1.0, dt=6.0, outflow_first_m3_s=100.0
    )
    assert np.isnan(outflow[-1])
