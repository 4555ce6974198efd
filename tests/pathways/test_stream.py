"""Routing over a network: what must be true whatever the network, the reaches and the step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError, InputFaults
from riskshed.network import Network
from riskshed.pathways import river

HOUR_S = 3600.0


def chain(reaches: int, k_s: float = HOUR_S, x: float = 0.2) -> Network:
    """One river: reach 0 at the top, the last at the outlet."""
    down = [*range(1, reaches), -1]
    many = np.ones(reaches)
    return Network.of(
        range(reaches),
        down,
        where="chain",
        length_m=3000 * many,
        k_s=k_s * many,
        x=x * many,
        slope=1e-3 * many,
    )


def tree(seed: int, reaches: int) -> Network:
    """A river whose reaches join anywhere below themselves, with travel times from a minute to a day."""
    draw = np.random.default_rng(seed)
    down = [int(draw.integers(i + 1, min(i + 5, reaches) + 1)) for i in range(reaches)]
    down = [d if d < reaches else -1 for d in down]
    return Network.of(
        range(reaches), down, where="tree", length_m=draw.uniform(100, 2e4, reaches),
        k_s=draw.uniform(60, 86400, reaches), x=draw.uniform(0, 0.5, reaches),
        slope=draw.uniform(1e-5, 1e-2, reaches),
    )  # fmt: skip


def rain(
    network: Network, *, members: int = 3, intervals: int = 12, step_s: float = HOUR_S, seed: int = 1
) -> river.Runoff:
    draw = np.random.default_rng(seed)
    cell = draw.integers(-1, 4, len(network))
    return river.Runoff(
        draw.gamma(0.3, 5.0, (4, members, intervals)), step_s, cell, draw.uniform(0, 2, len(network))
    )


def burst(network: Network, reach: int, *, intervals: int, step_s: float) -> river.Runoff:
    """1 m3/s into one reach during the first interval."""
    rate = np.zeros((len(network), 1, intervals))
    rate[reach, 0, 0] = 1.0
    return river.Runoff(rate, step_s)


def plan(network: Network, dt_s: float, method: str = "lag", **more: Any) -> river.Plan:
    rating = river.Rating(0.8, 5.0) if method == "rating" else None
    return river.plan(network, dt_s=dt_s, method=method, rating=rating, **more)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 999), st.integers(1, 40), st.floats(300.0, 10_800.0), st.sampled_from(["lag", "rating"])
)
def test_no_water_is_lost_and_no_flow_is_negative(seed: int, reaches: int, dt_s: float, method: str) -> None:
    net = tree(seed, reaches)
    routed = river.route(plan(net, dt_s, method), rain(net, step_s=2 * dt_s, seed=seed), rows=range(reaches))
    assert routed.ledger.closure <= 1e-10
    assert routed.flow_m3_s.min() >= 0.0


@pytest.mark.parametrize("method", ["lag", "muskingum", "rating"])
def test_two_halves_of_a_run_are_the_run_bit_by_bit(method: str) -> None:
    net = tree(3, 30)
    water, weights = rain(net, members=40), plan(net, 900.0, method)
    whole = river.route(weights, water, rows=[29, 4])
    first = river.route(weights, water.window(0, 5), rows=[29, 4])
    second = river.route(weights, water.window(5, 12), rows=[29, 4], state=first.state)
    joined = np.concatenate([first.flow_m3_s, second.flow_m3_s], axis=2)
    assert np.array_equal(joined, whole.flow_m3_s)
    assert np.array_equal(second.state.outflow, whole.state.outflow)
    assert first.ledger.then(second.ledger).closure <= 1e-12


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize("own_k", [False, True])
def test_a_member_is_the_same_bits_in_any_company(kind: str, own_k: bool) -> None:
    net, members = tree(5, 25), 71
    water = rain(net, members=members)
    k_s = net.k_s[:, None] * np.exp(np.random.default_rng(2).normal(0, 0.5, (1, members))) if own_k else None
    together = river.route(plan(net, 900.0, k_s=k_s), water, rows=[24], dtype=kind).flow_m3_s
    for part in (slice(0, 1), slice(1, 38), slice(38, 71)):
        alone = river.Runoff(water.rate[:, part], water.step_s, water.cell, water.weight)
        mine = None if k_s is None else k_s[:, part]
        routed = river.route(plan(net, 900.0, k_s=mine), alone, rows=[24], dtype=kind)
        assert np.array_equal(routed.flow_m3_s, together[:, part])


def test_threads_give_the_same_bits() -> None:
    net = tree(6, 25)
    weights, water = plan(net, 900.0), rain(net, members=100)
    one, two = (river.route(weights, water, rows=[24], threads=n).flow_m3_s for n in (1, 2))
    assert np.array_equal(one, two)


def test_a_wave_moves_at_the_speed_of_the_reaches() -> None:
    net = chain(10, k_s=2 * HOUR_S)
    routed = river.route(plan(net, 900.0), burst(net, 0, intervals=400, step_s=900.0), rows=range(10))
    flow = routed.flow_m3_s[:, 0]
    mean_s = flow @ np.arange(flow.shape[1]) * 900.0 / flow.sum(axis=1)
    assert np.diff(mean_s) == pytest.approx(2 * HOUR_S, rel=1e-6)


def test_the_peak_is_lower_and_later_downstream() -> None:
    net = chain(10)
    flow = river.route(
        plan(net, 900.0), burst(net, 0, intervals=200, step_s=900.0), rows=range(10)
    ).flow_m3_s[:, 0]
    assert (np.diff(flow.max(axis=1)) < 0).all()
    assert (np.diff(flow.argmax(axis=1)) > 0).all()


def test_no_one_is_hit_before_the_source_or_above_it() -> None:
    net = chain(6, k_s=3 * HOUR_S, x=0.4)
    rate = np.zeros((6, 1, 60))
    rate[2, 0, 20] = 1.0
    flow = river.route(plan(net, 900.0), river.Runoff(rate, 900.0), rows=range(6)).flow_m3_s[:, 0]
    assert (flow[:2] == 0).all()
    assert (flow[:, :20] == 0).all()
    lag_steps = int(river.lag_coefficients(3 * HOUR_S, 0.4, 900.0).whole_steps)
    assert [int(row.argmax() if row.any() else -1) >= 0 for row in flow[2:]] == [True] * 4
    first = [int(np.flatnonzero(row)[0]) for row in flow[2:]]
    assert (np.diff(first) == lag_steps).all()


def test_a_faster_flood_overtakes_with_a_rating() -> None:
    net = chain(8)
    step_s = 600.0

    def travel_s(flow_m3_s: float) -> float:
        weights = plan(net, step_s, "rating")
        rate = np.zeros((8, 1, 300))
        rate[0] = flow_m3_s
        state = river.start(weights, members=1, flow_m3_s=np.full(8, flow_m3_s))
        rate[0, 0, :6] *= 1.05
        flow = (
            river.route(weights, river.Runoff(rate, step_s), rows=[0, 7], state=state).flow_m3_s[:, 0]
            - flow_m3_s
        )
        times = flow @ np.arange(300) * step_s / flow.sum(axis=1)
        return float(times[1] - times[0])

    celerity_m_s = 0.8 / 0.6 * (50.0 / 5.0) ** 0.4
    assert travel_s(50.0) == pytest.approx(7 * 3000.0 / celerity_m_s, rel=0.03)
    assert travel_s(500.0) < 0.5 * travel_s(50.0)


def test_a_river_in_balance_stays_in_balance() -> None:
    net = tree(8, 30)
    lateral = np.full(30, 0.5)
    steady = lateral.copy()
    for i in range(30):
        if net.down[i] >= 0:
            steady[net.down[i]] += steady[i]
    for method in ("lag", "muskingum", "rating"):
        weights = plan(net, 900.0, method)
        state = river.start(weights, members=2, flow_m3_s=steady)
        water = river.Runoff(np.full((30, 2, 10), 0.5), 900.0)
        flow = river.route(weights, water, rows=range(30), state=state).flow_m3_s
        assert flow == pytest.approx(np.broadcast_to(steady[:, None, None], flow.shape), rel=1e-9)


def test_float32_is_close_to_float64() -> None:
    net = tree(9, 40)
    exact, fast = (
        river.route(plan(net, 900.0), rain(net), rows=range(40), dtype=kind).flow_m3_s
        for kind in ("float64", "float32")
    )
    assert np.abs(fast - exact).max() <= 1e-5 * exact.max()


def test_runoff_held_over_an_interval_is_runoff_given_for_each_step() -> None:
    net = tree(10, 20)
    water = rain(net, step_s=HOUR_S)
    fine = river.Runoff(np.repeat(water.rate, 4, axis=2), 900.0, water.cell, water.weight)
    hourly, each = (river.route(plan(net, 900.0), w, rows=range(20)).flow_m3_s for w in (water, fine))
    assert np.array_equal(hourly, each)


@pytest.mark.parametrize("steps", [1, 7, 64, 97, 200])
def test_any_number_of_steps_in_an_interval_is_routed(steps: int) -> None:
    net = tree(11, 15)
    daily = rain(net, step_s=steps * 900.0, intervals=2)
    fine = river.Runoff(np.repeat(daily.rate, steps, axis=2), 900.0, daily.cell, daily.weight)
    coarse, each = (river.route(plan(net, 900.0), w, rows=[14]).flow_m3_s for w in (daily, fine))
    assert np.array_equal(coarse, each)


def test_a_row_asked_for_twice_is_given_twice() -> None:
    net = tree(12, 10)
    flow = river.route(plan(net, 900.0), rain(net), rows=[9, 2, 9]).flow_m3_s
    assert np.array_equal(flow[0], flow[2])
    assert not np.array_equal(flow[0], flow[1])


@pytest.mark.parametrize("value", [np.nan, -1.0, np.inf])
def test_runoff_that_cannot_be_is_named_by_cell_member_and_interval(value: float) -> None:
    rate = np.ones((3, 2, 5))
    rate[2, 1, 4] = value
    with pytest.raises(
        InputFaults, match=f"cell 2, member 1, interval 4, column rate: got {value:g}, want a finite"
    ):
        river.Runoff(rate, HOUR_S)


def test_a_runoff_step_that_is_no_whole_number_of_steps_is_refused() -> None:
    net = chain(3)
    with pytest.raises(DomainError, match="3600 s is not a whole number of routing steps of 1000 s"):
        river.route(plan(net, 1000.0), rain(net))


def test_an_unknown_travel_time_is_named_by_its_reach() -> None:
    net = chain(3)
    with pytest.raises(DomainError, match=r"K\[1\] is nan s"):
        plan(net, 900.0, k_s=[3600.0, np.nan, 3600.0])
