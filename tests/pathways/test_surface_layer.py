"""The surface layer: what it loses the ground gains, and its limits are as theory says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.pathways import surface_layer
from riskshed.pathways.surface_layer import Surface

NEUTRAL = Surface(0.3, np.inf, 0.01, 500.0)
PLACES = (50.0, 200.0, 800.0, 5000.0)


def thinned(surface: Surface = NEUTRAL, **changed: Any) -> surface_layer.Dilution:
    given_ = {"release_m": 1.0, "receptor_m": 1.5, "uptake_m_s": 0.0} | changed
    return surface_layer.dilution(surface, PLACES, **given_)


obukhov = st.one_of(st.floats(5.0, 1e4), st.floats(-1e4, -5.0))


@given(st.floats(0.05, 1.0), obukhov, st.floats(0.001, 0.5), st.floats(0.0, 0.05), st.floats(0.0, 19.0))
@settings(max_examples=25, deadline=None)
def test_what_the_air_loses_the_ground_gains(
    friction: float, length: float, roughness: float, uptake: float, height: float
) -> None:
    surface = Surface(friction, length, roughness, 200.0)
    found = thinned(surface, uptake_m_s=uptake, release_m=height)
    assert np.allclose(found.airborne + found.deposited, 1.0, atol=1e-9)
    assert (np.diff(found.deposited) >= -1e-15).all()
    assert (found.integrated_s_m2 >= 0).all()


def test_a_ground_that_takes_nothing_leaves_all_in_the_air() -> None:
    assert np.allclose(thinned().airborne, 1.0, atol=1e-12)
    assert (thinned().deposited == 0.0).all()


@given(st.floats(0.0, 0.02), st.floats(0.001, 0.02))
@settings(max_examples=15, deadline=None)
def test_a_hungrier_ground_leaves_less_everywhere(uptake: float, more: float) -> None:
    little, much = thinned(uptake_m_s=uptake), thinned(uptake_m_s=uptake + more)
    assert (much.integrated_s_m2 < little.integrated_s_m2).all()
    assert (much.airborne < little.airborne).all()


def test_stable_air_thins_less_than_unstable_air() -> None:
    stable, unstable = (thinned(Surface(0.3, length, 0.01, 500.0)) for length in (20.0, -20.0))
    assert (stable.integrated_s_m2 > thinned().integrated_s_m2).all()
    assert (thinned().integrated_s_m2 > unstable.integrated_s_m2).all()


def test_twice_the_wind_and_turbulence_halves_the_concentration() -> None:
    calm, windy = thinned(), thinned(Surface(0.6, np.inf, 0.01, 500.0))
    assert np.allclose(calm.integrated_s_m2, 2.0 * windy.integrated_s_m2, rtol=1e-9)
    assert np.allclose(calm.travel_s, 2.0 * windy.travel_s, rtol=1e-9)


def test_far_away_the_cloud_fills_the_air_up_to_the_lid() -> None:
    low = Surface(0.4, -20.0, 0.01, 60.0)
    far = surface_layer.dilution(low, [30_000.0], release_m=1.0, receptor_m=1.5)
    height = np.linspace(0.02, 60.0, 20_000)
    mean = surface_layer.wind_m_s(low, height).mean()
    assert float(far.integrated_s_m2[0]) == pytest.approx(1.0 / (mean * 60.0), rel=0.02)


def test_power_laws_have_the_known_solution() -> None:
    # Constant wind and diffusivity: c = exp(-z^2 u / 4 K x) / (pi u K x)^0.5, for a source at the ground.
    edge = np.linspace(0.0, 200.0, 801)
    middle, thick = 0.5 * (edge[1:] + edge[:-1]), np.diff(edge)
    exchange = np.zeros(edge.size)
    exchange[1:-1] = 2.0 / np.diff(middle)
    found, distance = np.empty((5, 2)), np.array([500.0, 1500.0])
    surface_layer.march(4.0 * thick, thick, exchange, middle, 0, 0.0, 10.0, distance, found)
    wanted = np.exp(-100.0 * 4.0 / (8.0 * distance)) / np.sqrt(np.pi * 4.0 * 2.0 * distance)
    assert np.allclose(found[0], wanted, rtol=0.02)
    assert np.allclose(found[4], distance / 4.0)


@given(st.floats(0.5, 20.0), obukhov)
@settings(max_examples=25, deadline=None)
def test_the_friction_of_a_wind_gives_that_wind(speed: float, length: float) -> None:
    friction = surface_layer.friction_m_s(speed, 10.0, length, 0.03)
    again = surface_layer.wind_m_s(Surface(friction, length, 0.03, 500.0), 10.0)
    assert float(again) == pytest.approx(speed, rel=1e-9)


@pytest.mark.parametrize("length", [20.0, -20.0])
def test_profiles_join_the_neutral_one(length: float) -> None:
    near, far = (Surface(0.3, sign * length / abs(length), 0.01, 500.0) for sign in (1e9, 1e12))
    height = np.array([1.0, 10.0, 100.0])
    for profile in (surface_layer.wind_m_s, surface_layer.diffusivity_m2_s):
        assert np.allclose(profile(near, height), profile(far, height), rtol=1e-5)
        assert np.allclose(profile(near, height), profile(NEUTRAL, height), rtol=1e-5)


def test_wind_and_diffusivity_are_smooth_where_webb_takes_over() -> None:
    stable = Surface(0.2, 10.0, 0.01, 200.0)
    height = np.array([9.999, 10.001])
    assert np.diff(surface_layer.wind_m_s(stable, height))[0] < 0.01
    assert abs(np.diff(surface_layer.diffusivity_m2_s(stable, height))[0]) < 1e-3


def test_the_plume_widens_ever_more_slowly() -> None:
    width = surface_layer.width_m(10.0, [100.0, 200.0, 400.0], [25.0, 50.0, 100.0])
    assert (np.diff(width) > 0).all()
    assert width[1] < 2.0 * width[0]


def test_the_direction_varies_more_in_unstable_air() -> None:
    angles = [surface_layer.sigma_azimuth_of(length) for length in (-10.0, -100.0, np.inf, 100.0, 10.0)]
    assert angles == sorted(angles, reverse=True)
