"""River routing: what must be true of any flood wave, then the published tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import DomainError, InputFaults, NotFoundError
from riskshed.footprint import Footprint
from riskshed.pathways import river
from riskshed.region import Region
from tests import cast

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


HOUR_S, DAYS_S = 3600.0, 6 * 86_400.0


def flooded_region() -> Region:
    """The cast, with a flood flow at each of its three sections."""
    sections = tuple(replace(s, threshold_flow_m3_s=100.0) for s in cast.region().sections)
    return replace(cast.region(), sections=sections)


def flood(**more: Any) -> river.Inflow:
    """A flood of 12 hours into the uppermost reach, on a base of 20 m3/s."""
    flow = np.full(24 * 6, 20.0)
    flow[6:18] = 400.0
    known = {"origin": cast.SPILL, "issued": cast.SPILL, "known_at": cast.SPILL, "step_s": HOUR_S}
    return river.Inflow(**{**known, "flow_m3_s": {1: flow}, **more})


def forecast(members: int = 20, source: river.Inflow | None = None, **more: Any) -> Footprint:
    uncertain = flood(inflow_log_sd=0.2, travel_log_sd=0.2) if source is None else source
    return river.spread(flooded_region(), uncertain, members=members, seed=7, horizon_s=DAYS_S, **more)


def test_the_flood_comes_later_and_lower_to_each_city_downstream() -> None:
    footprint = forecast(source=flood())
    assert footprint.ids == ("shang", "zhong", "xia")
    assert (np.diff(footprint.arrival_s[:, 0]) > HOUR_S).all()
    assert (np.diff(footprint.peak[:, 0]) < 0).all()


def test_no_city_is_flooded_before_the_inflow_rises() -> None:
    assert forecast().arrival_s.min() > 6 * HOUR_S


def test_a_river_above_its_flood_flow_at_the_origin_has_arrived() -> None:
    footprint = forecast(source=flood(flow_m3_s={1: np.full(144, 150.0)}))
    assert (footprint.arrival_s == 0).all()
    assert (footprint.duration_s == np.inf).all()
    assert footprint.peak == pytest.approx(1.5)


def test_a_river_that_stays_low_never_arrives() -> None:
    footprint = forecast(source=flood(flow_m3_s={1: np.full(144, 20.0)}))
    assert (footprint.arrival_s == np.inf).all()
    assert (footprint.exposed_people == 0).all()


def test_people_on_flooded_land_are_unknown_and_not_none() -> None:
    assert np.isnan(forecast(source=flood()).exposed_people).all()


def test_more_members_leave_the_first_ones_as_they_are() -> None:
    few, many = forecast(members=70), forecast(members=130)
    assert np.array_equal(few.arrival_s, many.arrival_s[:, :70])


def test_threads_make_the_same_footprint() -> None:
    one, two = forecast(members=130), forecast(members=130, how="threads", workers=2)
    assert np.array_equal(one.arrival_s, two.arrival_s)
    assert np.array_equal(one.peak, two.peak)


def test_uncertain_travel_spreads_the_arrival_more_downstream() -> None:
    rise = np.r_[np.full(6, 20.0), np.full(138, 400.0)]
    footprint = forecast(members=100, source=flood(travel_log_sd=0.2, flow_m3_s={1: rise}))
    spread_s = footprint.arrival_s.std(axis=1)
    assert spread_s[2] > 1.5 * spread_s[0] > 0


def test_a_rating_brings_the_great_flood_earlier() -> None:
    rating = river.Rating(1.0, 100.0)
    small, great = (
        forecast(members=1, source=flood(rating=rating, flow_m3_s={1: flow}))
        for flow in (
            np.r_[np.full(6, 20.0), np.full(138, 200.0)],
            np.r_[np.full(6, 20.0), np.full(138, 2000.0)],
        )
    )
    assert (great.arrival_s < small.arrival_s).all()


def test_what_must_not_be_trusted_is_said() -> None:
    region = replace(flooded_region(), sections=flooded_region().sections[:2] + cast.region().sections[2:])
    assert region.network is not None
    flat = replace(region, network=replace(region.network, slope=np.full(6, 1e-6)))
    footprint = river.spread(flat, flood(), members=2, seed=1, horizon_s=2 * DAYS_S)
    assert {c.code for c in footprint.caveats} == {
        "river.backwater",
        "river.no_threshold",
        "river.inflow_held",
    }
    assert footprint.ids == ("shang", "zhong")


@pytest.mark.parametrize(
    ("change", "kind", "named"),
    [
        ({"flow_m3_s": {1: [1.0, np.nan]}}, InputFaults, "cell 0, member 0, interval 1"),
        ({"flow_m3_s": {1: [1.0, -2.0]}}, InputFaults, "got -2, want a finite number >= 0"),
        ({"flow_m3_s": {99: [1.0]}}, NotFoundError, "99"),
        ({"flow_m3_s": {}}, DomainError, "there are none"),
        ({"flow_m3_s": {1: np.ones((3, 4))}}, DomainError, "3 members, want 1 or 20"),
        ({"inflow_log_sd": -1.0}, DomainError, "inflow_log_sd is -1"),
        ({"step_s": 1000.0}, DomainError, "not a whole number of routing steps"),
        ({"step_s": 0.0}, DomainError, "step_s is 0 s, want > 0"),
    ],
)
def test_an_inflow_that_cannot_be_is_refused(
    change: dict[str, Any], kind: type[Exception], named: str
) -> None:
    with pytest.raises(kind, match=named):
        forecast(source=flood(**change))


def test_a_region_without_flood_flows_or_a_river_is_refused() -> None:
    for region in (cast.region(), replace(flooded_region(), network=None)):
        with pytest.raises(InputFaults, match="no flood can be forecast"):
            river.spread(region, flood(), members=2, seed=1, horizon_s=DAYS_S)


def test_a_treatment_nobody_knows_is_refused() -> None:
    with pytest.raises(DomainError, match="knows no treatments"):
        forecast(treatments=["pray"])
