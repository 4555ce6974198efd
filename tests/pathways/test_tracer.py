"""A cloud on a river: mass is kept, times and widths add up, nothing comes before it can."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
import spills
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from riskshed.pathways import tracer
from riskshed.pathways.reach import lag_coefficients_of

MANY = settings(max_examples=60, deadline=None)  # the first call compiles
LOG = st.floats(-1.5, 1.5)
RIVERS = st.lists(st.floats(500.0, 60e3), min_size=1, max_size=12)
DRAWS = st.fixed_dictionaries(
    {
        "velocity_factor": LOG.map(np.exp),
        "flow_factor": LOG.map(np.exp),
        "width_s": st.floats(60.0, 200e3),
        "width_exponent": st.floats(0.5, 1.5),
        "release_s": st.floats(60.0, 500e3),
        "half_life_s": st.floats(1e5, 1e8),
        "recession_per_s": st.floats(0.0, 1e-6),
        "ice_onset_s": st.floats(-1e6, 1e6),
        "ice_spell_s": st.floats(1.0, 1e6),
    }
)


def everywhere(lengths_m: list[float], **supposed: object) -> tuple[tracer.Stem, tracer.Draw]:
    """A river with a section at the end of each reach, and one member."""
    stem = spills.stem(lengths_m, range(len(lengths_m)))
    return stem, spills.draw(len(lengths_m), **supposed)


def steady(supposed: dict[str, float]) -> dict[str, float]:
    """Water that loses nothing and does not fall: only then is a cloud lower the farther it comes."""
    return supposed | {"recession_per_s": 0.0, "half_life_s": 1e300}


def stores_s(stem: tracer.Stem, draw: tracer.Draw) -> np.ndarray:
    return tracer._stores(tracer._travel(stem, draw)[0], draw)


def moments_s(curves: tracer.Curves) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the time of passage, (section, member)."""
    share = curves.mg_per_l / curves.mg_per_l.sum(axis=1, keepdims=True)
    steps = np.arange(tracer.STEPS)[None, :, None]
    mean = (share * steps).sum(axis=1, keepdims=True)
    variance = (share * (steps - mean) ** 2).sum(axis=1)
    return curves.start_s + mean[:, 0] * curves.step_s, variance * curves.step_s**2


@MANY
@given(RIVERS, DRAWS)
def test_mass_is_kept_at_every_section(lengths_m: list[float], supposed: dict[str, float]) -> None:
    stem, draw = everywhere(lengths_m, **supposed)
    curves = tracer.run(stem, draw)
    passed_kg = (curves.mg_per_l * curves.flow_m3_s[:, None]).sum(axis=1) * curves.step_s / 1e3
    kept_kg = draw.mass_kg * 2.0 ** (-curves.travel_s / draw.half_life_s)
    np.testing.assert_allclose(passed_kg, kept_kg, rtol=1e-10)


@MANY
@given(RIVERS, DRAWS)
def test_no_concentration_is_negative_or_unknown(lengths_m: list[float], supposed: dict[str, float]) -> None:
    curves = tracer.run(*everywhere(lengths_m, **supposed))
    assert np.isfinite(curves.mg_per_l).all()
    assert (curves.mg_per_l >= 0).all()


@MANY
@given(RIVERS, DRAWS)
def test_mean_passage_is_travel_time_and_release(lengths_m: list[float], supposed: dict[str, float]) -> None:
    stem, draw = everywhere(lengths_m, **supposed)
    curves = tracer.run(stem, draw)
    mean, _ = moments_s(curves)
    # The grid holds the release to half a step; of its window of nine time constants, 1e-4 lies beyond.
    assert (np.abs(mean - curves.travel_s - draw.release_s) <= 0.6 * curves.step_s + 1.0).all()


@MANY
@given(RIVERS, DRAWS)
def test_variance_of_the_passage_is_that_of_release_and_stores(
    lengths_m: list[float], supposed: dict[str, float]
) -> None:
    stem, draw = everywhere(lengths_m, **supposed)
    curves = tracer.run(stem, draw)
    store = stores_s(stem, draw)
    weights = lag_coefficients_of(0.0, store / curves.step_s, 1.0)
    split = weights.tap1 / (weights.tap0 + weights.tap1)
    least = split * (1 - split) * curves.step_s**2  # where a store is shorter than half a step
    wanted = np.cumsum(np.maximum(store**2, least), axis=0) + draw.release_s**2
    np.testing.assert_allclose(moments_s(curves)[1], wanted, rtol=0.03, atol=curves.step_s[0] ** 2 / 8)


def test_width_is_the_supposed_one_after_a_hundred_hours() -> None:
    stem, draw = everywhere([10e3] * 20, release_s=1.0, width_exponent=1.0)
    slow = replace(draw, velocity_factor=draw.velocity_factor * 200e3 / 360e3 / 0.518)
    curves = tracer.run(stem, slow)
    wanted = 18_000.0 * curves.travel_s[-1, 0] / 360_000.0
    assert np.sqrt(moments_s(curves)[1][-1, 0]) == pytest.approx(wanted, rel=0.01)


def test_width_grows_with_its_exponent() -> None:
    for exponent in (0.7, 1.0):
        stem, draw = everywhere([10e3] * 40, release_s=1.0, width_exponent=exponent)
        curves = tracer.run(stem, draw)
        width = np.sqrt(moments_s(curves)[1][:, 0])
        grown = np.log(width[-1] / width[9]) / np.log(curves.travel_s[-1, 0] / curves.travel_s[9, 0])
        assert grown == pytest.approx(exponent, abs=0.05)


@MANY
@given(RIVERS, DRAWS, st.floats(1e-6, 10.0))
def test_no_section_is_reached_before_the_pure_delay(
    lengths_m: list[float], supposed: dict[str, float], level: float
) -> None:
    curves = tracer.run(*everywhere(lengths_m, **supposed))
    assert (curves.start_s > 0).all()
    assert (curves.crossing_s(level) >= curves.start_s).all()
    assert (curves.crossing_near_s(0, level) >= curves.start_s[0]).all()


@MANY
@given(RIVERS, DRAWS, st.floats(1e-4, 1.0))
def test_farther_sections_are_reached_later_and_lower(
    lengths_m: list[float], supposed: dict[str, float], level: float
) -> None:
    curves = tracer.run(*everywhere(lengths_m, **steady(supposed)))
    first, peak = curves.crossing_s(level)[:, 0], curves.peak()[:, 0]
    assert (peak[1:] <= peak[:-1] * (1 + 2e-4)).all()  # what is cut off at the end is counted to the rest
    assert all(below > above or below == above == np.inf for above, below in pairwise(first))
    assert (np.diff(curves.travel_s[:, 0]) > 0).all()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 39])
def test_a_member_is_the_same_in_any_split(size: int) -> None:
    factors = np.exp(np.random.default_rng(7).normal(0.0, 0.3, (30, 40)))
    stem = spills.stem([7e3] * 30, (1, 29))
    some = {"width_s": 9e3 * factors[0], "release_s": 5e3 * factors[1], "half_life_s": 1e6 * factors[2]}
    many = spills.draw(30, 40, velocity_factor=factors, **some)
    whole = tracer.run(stem, many)
    for start in range(0, 40, size):
        part = slice(start, start + size)
        few = tracer.Draw(**{f.name: getattr(many, f.name)[..., part] for f in fields(many)})
        piece = tracer.run(stem, few)
        for f in fields(piece):
            assert getattr(piece, f.name).tobytes() == getattr(whole, f.name)[..., part].tobytes(), f.name


@pytest.mark.parametrize("reach", range(4))
def test_each_reach_has_a_velocity_and_a_flow_of_its_own(reach: int) -> None:
    stem, draw = everywhere([30e3] * 4)
    factor, flow = np.ones((4, 1)), stem.flow_m3_s.copy()
    factor[reach] = 0.5
    flow[reach] *= 1.1
    plain, slow, fuller = (
        tracer.run(*pair)
        for pair in (
            (stem, draw),
            (stem, replace(draw, velocity_factor=factor)),
            (replace(stem, flow_m3_s=flow), draw),
        )
    )
    took = [np.diff(curves.travel_s[:, 0], prepend=0.0) for curves in (plain, slow, fuller)]
    assert (took[1] / took[0]).tolist() == pytest.approx([2.0 if i == reach else 1.0 for i in range(4)])
    assert ((took[2] < 0.99 * took[0]) == (np.arange(4) == reach)).all()
    assert (fuller.flow_m3_s / plain.flow_m3_s)[:, 0].tolist() == pytest.approx(
        (flow / stem.flow_m3_s).tolist()
    )


def test_velocity_is_that_of_jobson() -> None:
    # By hand: Da' = 1e10^1.25 x 3.13156/100 = 9.9028e10, ^0.821 = 1.0654e9; (50/100)^-0.465 = 1.3803;
    # both times 0.051 x 50/1e10 are 0.3750, and 0.020 more.
    assert float(tracer.peak_velocity_m_s(50.0, 100.0, 1e10)) == pytest.approx(0.3950, abs=1e-4)


def test_more_water_runs_faster() -> None:
    velocity = tracer.peak_velocity_m_s([100.0, 200.0, 400.0], 300.0, 1e10)
    assert velocity[0] < velocity[1] < velocity[2]


def travel_s(**supposed: float) -> float:
    stem, draw = everywhere([30e3, 30e3], **supposed)
    return float(tracer.run(stem, draw).travel_s[-1, 0])


def test_a_closed_cover_slows_by_its_factor() -> None:
    closed = travel_s(ice_onset_s=-1e9, ice_velocity=0.76)
    assert closed == pytest.approx(travel_s() / 0.76, rel=1e-12)


def test_ice_that_is_still_forming_slows_less() -> None:
    half = travel_s(ice_onset_s=-0.5e9, ice_spell_s=1e9, ice_velocity=0.5)
    assert half == pytest.approx(travel_s() / 0.75, rel=1e-3)


def test_ice_that_comes_after_the_cloud_slows_nothing() -> None:
    assert travel_s(ice_onset_s=travel_s()) == travel_s()


def test_falling_water_slows_and_dilutes_less() -> None:
    stem, draw = everywhere([200e3] * 5)
    falling = replace(draw, recession_per_s=np.array([1e-6]))
    steady, low = tracer.run(stem, draw), tracer.run(stem, falling)
    assert (low.travel_s[1:] > steady.travel_s[1:]).all()
    assert (low.flow_m3_s[1:] < steady.flow_m3_s[1:]).all()
    assert (low.flow_m3_s >= tracer.BASE_FLOW_SHARE * steady.flow_m3_s).all()


def test_half_of_it_is_gone_after_a_half_life() -> None:
    stem, draw = everywhere([30e3, 25e3])
    whole = tracer.run(stem, draw)
    lossy = tracer.run(stem, replace(draw, half_life_s=whole.travel_s[-1]))
    assert lossy.peak()[-1, 0] == pytest.approx(whole.peak()[-1, 0] / 2, rel=1e-12)


def triangle() -> tracer.Curves:
    """One section and two members: 0 2 4 2 0 on steps of 10 s from 100 s, and half as high from 0 s."""
    curve = np.array([0.0, 2.0, 4.0, 2.0, 0.0])
    values = np.stack([curve, curve / 2], axis=1)[None]
    nothing = np.zeros((1, 2))
    return tracer.Curves(np.array([[100.0, 0.0]]), np.array([10.0, 10.0]), values, nothing, nothing + 1)


@pytest.mark.parametrize(
    ("level", "rise", "fall"), [(1.0, 105.0, 135.0), (3.0, 115.0, 125.0), (4.0, 120.0, 120.0)]
)
def test_crossing_is_interpolated(level: float, rise: float, fall: float) -> None:
    assert triangle().crossing_s(level)[0, 0] == pytest.approx(rise, abs=1e-9)
    assert triangle().crossing_s(level, falling=True)[0, 0] == pytest.approx(fall, abs=1e-9)


def test_a_level_that_is_never_reached_is_passed_never() -> None:
    for falling in (False, True):
        assert triangle().crossing_s(3.0, falling=falling)[0, 1] == np.inf


def test_near_crossing_of_a_low_member_is_near_its_peak() -> None:
    assert triangle().crossing_near_s(0, 3.0).tolist() == pytest.approx([115.0, 19.0])
    assert triangle().crossing_near_s(0, 3.0, falling=True).tolist() == pytest.approx([125.0, 21.0])


def test_a_level_reached_at_once_is_dated_at_the_first_step_and_held_to_the_last() -> None:
    curves = replace(triangle(), mg_per_l=np.full((1, 5, 2), 9.0))
    assert curves.crossing_s(1.0).tolist() == [[100.0, 0.0]]
    assert curves.crossing_s(1.0, falling=True).tolist() == [[140.0, 40.0]]


def test_peak_and_its_time() -> None:
    assert triangle().peak().tolist() == [[4.0, 2.0]]
    assert triangle().peak_s().tolist() == [[120.0, 20.0]]


def test_concentration_at_a_time_is_interpolated_and_nothing_off_the_cloud() -> None:
    curves = replace(triangle(), mg_per_l=triangle().mg_per_l + 1.0)
    times = np.array([-1e9, 99.0, 105.0, 120.0, 141.0, 1e12])
    assert curves.at(0, times)[:, 0].tolist() == pytest.approx([0.0, 0.0, 2.0, 5.0, 0.0, 0.0])


@MANY
@given(RIVERS, DRAWS)
def test_curve_over_time_holds_the_same_mass(lengths_m: list[float], supposed: dict[str, float]) -> None:
    curves = tracer.run(*everywhere(lengths_m, **supposed))
    times = curves.start_s[-1, 0] + np.arange(-1.0, tracer.STEPS + 1, 0.25) * curves.step_s[0]
    whole = curves.mg_per_l[-1, :, 0].sum()
    assume(whole > 0)
    ends = curves.mg_per_l[-1, [0, -1], 0].sum() / 2  # half a step is cut off at each end
    assert curves.at(len(lengths_m) - 1, times)[:, 0].sum() / 4 == pytest.approx(whole - ends, rel=5e-3)
