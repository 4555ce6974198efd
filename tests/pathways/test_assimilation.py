"""Gauge readings narrow the flood: a twin experiment, the ledger, and no look into the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from riskshed.errors import DomainError
from riskshed.network import Network
from riskshed.pathways import river
from riskshed.pathways.assimilation import Assimilated, assimilate, gaspari_cohn
from riskshed.reading import Reading

ORIGIN = datetime(2024, 7, 1, tzinfo=UTC)
MEMBERS, HOURS, HOUR_S = 40, 60, 3600.0
GAUGE, CITY = 4, 9

# Reaches 0 to 9 are one river; 10 and 11 a side stream that joins below the gauge, at reach 7.
NETWORK = Network.of(
    range(12), [1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 11, 7], where="twin",
    length_m=np.full(12, 9000.0), k_s=np.full(12, 9000.0), x=np.full(12, 0.2), slope=np.full(12, 1e-3),
)  # fmt: skip
INDEX = {int(reach): i for i, reach in enumerate(NETWORK.ids)}
PLAN = river.plan(NETWORK, dt_s=900.0)


def storm(factors: np.ndarray) -> river.Runoff:
    """A storm over the upper river, (reach, member, hour), some members wetter than others."""
    hours = np.arange(HOURS)
    shape = 0.2 + 20.0 * np.exp(-0.5 * ((hours - 15) / 5.0) ** 2)
    rate = np.zeros((12, len(factors), HOURS))
    rate[[INDEX[r] for r in (0, 1, 2)]] = factors[:, None] * shape
    rate[INDEX[10]] = 0.1 * shape
    return river.Runoff(rate, HOUR_S)


TRUTH = river.route(PLAN, storm(np.array([1.6])), rows=[INDEX[GAUGE], INDEX[CITY]]).flow_m3_s[:, 0]
ENSEMBLE = storm(np.exp(np.random.default_rng(1).normal(0.0, 0.4, MEMBERS)))


def readings(*, late_s: float = 0.0) -> list[Reading]:
    """What the gauge shows of the truth, every hour, with an error of 3 percent."""
    draw = np.random.default_rng(2)
    told = []
    for hour in range(1, HOURS):
        time = ORIGIN + timedelta(hours=hour)
        value = float(TRUTH[0, 4 * hour - 1] * (1 + 0.03 * draw.standard_normal()))
        known_at = time + timedelta(seconds=late_s)
        told.append(Reading("gauge", time, "observed", value, known_at, 0.0, "twin"))
    return told


def analysed(told: list[Reading], issued: datetime, **more: Any) -> Assimilated:
    gauges = {"gauge": INDEX[GAUGE]}
    return assimilate(
        PLAN, ENSEMBLE, told, gauges=gauges, origin=ORIGIN, known_at=issued, rows=[INDEX[CITY]], **more
    )


END = ORIGIN + timedelta(hours=HOURS)
FREE = analysed([], END)
NARROWED = analysed(readings(), END)


def rmse(flow: np.ndarray) -> float:
    return float(np.sqrt(np.mean((flow[0].mean(axis=0) - TRUTH[1]) ** 2)))


def test_a_city_without_a_gauge_is_foreseen_better() -> None:
    assert rmse(NARROWED.flow_m3_s) < 0.3 * rmse(FREE.flow_m3_s)


def test_the_spread_at_the_city_shrinks_but_not_to_nothing() -> None:
    narrow, free = (float(run.flow_m3_s[0].std(axis=0).max()) for run in (NARROWED, FREE))
    assert 0.02 * free < narrow < 0.6 * free


def test_each_reading_draws_the_ensemble_towards_itself() -> None:
    strong = [u for u in NARROWED.used if u.sd_before > 0.5]
    assert len(strong) > 10
    for used in strong:
        assert abs(used.mean_after - used.reading.value) <= abs(used.mean_before - used.reading.value)
        assert used.sd_after < used.sd_before


def test_every_increment_is_in_the_ledger() -> None:
    assert np.abs(NARROWED.ledger.increments_m3).max() > 1e4
    assert NARROWED.ledger.closure <= 1e-10


def test_no_flow_and_no_water_falls_below_none() -> None:
    assert NARROWED.flow_m3_s.min() >= 0.0
    for water in (NARROWED.state.outflow, NARROWED.state.inflow, NARROWED.state.ring):
        assert water.min() >= 0.0


def test_a_gauge_that_reads_nothing_in_a_flood_takes_no_more_than_there_is() -> None:
    time = ORIGIN + timedelta(hours=20)
    nothing = [Reading("gauge", time, "observed", 0.0, time, 0.0, "twin")]
    # Water that is not that of the gauge: chance alone would take more of it than some members have.
    rate = ENSEMBLE.rate.copy()
    rate[INDEX[5]] = np.random.default_rng(3).gamma(0.1, 5.0, (MEMBERS, 1))
    run = assimilate(
        PLAN,
        river.Runoff(rate, HOUR_S),
        nothing,
        gauges={"gauge": INDEX[GAUGE]},
        origin=ORIGIN,
        known_at=END,
        rows=[INDEX[r] for r in range(10)],
        error_low_m3_s=0.01,
    )
    assert run.used[0].mean_before > 10
    assert run.flow_m3_s.min() >= 0.0
    assert run.ledger.closure <= 1e-10


def test_without_readings_it_is_the_free_run_bit_by_bit() -> None:
    free = river.route(PLAN, ENSEMBLE, rows=[INDEX[CITY]]).flow_m3_s
    assert np.array_equal(FREE.flow_m3_s, free)


def test_a_reading_known_later_changes_nothing_bit_by_bit() -> None:
    issued = ORIGIN + timedelta(hours=20)
    told = readings()
    past = [r for r in told if r.known_at <= issued]
    wild = [
        Reading("gauge", r.time, "observed", 999.0, r.known_at, 0.0, "later")
        for r in told
        if r.known_at > issued
    ]
    assert np.array_equal(analysed(past + wild, issued).flow_m3_s, analysed(past, issued).flow_m3_s)
    assert not np.array_equal(analysed(past, issued).flow_m3_s, FREE.flow_m3_s)


def test_a_reading_taken_early_but_known_late_is_not_used_before() -> None:
    issued = ORIGIN + timedelta(hours=20)
    told = readings(late_s=30 * HOUR_S)
    assert np.array_equal(analysed(told, issued).flow_m3_s, FREE.flow_m3_s)


def test_a_side_stream_that_never_meets_the_gauge_is_left_alone() -> None:
    side = [INDEX[10], INDEX[11]]
    told = readings()[:20]
    run = analysed(told, END)
    assert np.array_equal(run.state.flow_m3_s(side), FREE.state.flow_m3_s(side))
    assert not np.array_equal(run.state.flow_m3_s([INDEX[5]]), FREE.state.flow_m3_s([INDEX[5]]))


def test_a_reach_beyond_the_taper_is_left_alone_at_once() -> None:
    told = readings()[19:20]
    near, far = (
        np.abs(analysed(told, END, taper_s=s).ledger.increments_m3).max() for s in (9000.0, 86_400.0)
    )
    assert 0 < near < 0.6 * far


def test_readings_of_another_kind_place_or_time_are_passed_over() -> None:
    time = ORIGIN + timedelta(hours=5)
    odd = [
        Reading("gauge", time, "peak", 50.0, time, 0.0, "twin"),
        Reading("elsewhere", time, "observed", 50.0, time, 0.0, "twin"),
        Reading("gauge", ORIGIN - timedelta(hours=1), "observed", 50.0, time, 0.0, "twin"),
    ]
    assert analysed(odd, END).used == ()


def test_a_rating_is_narrowed_too_and_closes() -> None:
    plan = river.plan(NETWORK, dt_s=900.0, method="rating", rating=river.Rating(1.0, 20.0))
    run = assimilate(
        plan,
        ENSEMBLE,
        readings(),
        gauges={"gauge": INDEX[GAUGE]},
        origin=ORIGIN,
        known_at=END,
        rows=[INDEX[CITY]],
    )
    assert run.ledger.closure <= 1e-10
    assert run.flow_m3_s.min() >= 0.0


def test_the_fade_is_one_here_and_nothing_at_twice_the_half_width() -> None:
    fade = gaspari_cohn(np.linspace(0, 3, 301))
    assert fade[0] == 1.0
    assert (fade[200:] == 0).all()
    assert (np.diff(fade) <= 1e-12).all()


def test_an_error_of_nothing_is_refused() -> None:
    with pytest.raises(DomainError, match="error_share is 0"):
        analysed(readings(), END, error_share=0.0)
