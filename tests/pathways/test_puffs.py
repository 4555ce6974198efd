"""Puffs: they add up to the steady plume, keep every gram, and go where the wind goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.pathways import puffs, surface_layer
from riskshed.pathways.surface_layer import Surface
from riskshed.pathways.wind import Weather

SURFACE = Surface(0.3, -50.0, 0.01, 800.0)
WIND = float(surface_layer.wind_m_s(SURFACE, 10.0))
STEP_S, STEPS = 120.0, 60


def air(**changed: Any) -> puffs.Air:
    given_ = {"release_m": 0.5, "receptor_m": 1.5, "resistance_s_m": 140.0, "reach_m": 50e3} | changed
    return puffs.air([SURFACE], np.array([10.0]), np.array([WIND]), **given_)


def weather(towards_deg: Any = 90.0, speed_m_s: float = WIND) -> Weather:
    angle = np.radians(np.broadcast_to(towards_deg, (STEPS,)))
    speed = np.full(STEPS, speed_m_s)
    return Weather(speed, np.sin(angle), np.cos(angle), np.zeros(STEPS, np.int64))


def carried(
    east: Any, north: Any, *, mass: Any = STEP_S, blow: Weather | None = None, **changed: Any
) -> puffs.Cloud:
    """One member with 1 unit a second, at receptors east and north of the release."""
    member = {"wind_factor": 1.0, "turn_rad": 0.0, "decay_per_s": 0.0}
    arrays = {key: np.array([changed.pop(key, value)]) for key, value in member.items()}
    masses = np.broadcast_to(np.asarray(mass, float), (1, STEPS)).copy()
    places = np.atleast_1d(np.asarray(east, float)), np.atleast_1d(np.asarray(north, float))
    return puffs.carry(air(**changed), blow or weather(), masses, *places, step_s=STEP_S, **arrays)


def test_steady_puffs_are_the_steady_plume() -> None:
    x = np.array([100.0, 500.0, 2000.0, 10_000.0])
    found = carried(x, np.zeros(4)).concentration[:, -1, 0]
    uptake = surface_layer.uptake_m_s(SURFACE.u_star_m_s, 140.0)
    plume = surface_layer.dilution(SURFACE, x, release_m=0.5, receptor_m=1.5, uptake_m_s=uptake)
    width = surface_layer.width_m(10.0, x, plume.travel_s)
    assert np.allclose(found, plume.integrated_s_m2 / (np.sqrt(2 * np.pi) * width), rtol=0.02)


@given(
    decay=st.floats(0.0, 1e-3), resistance=st.floats(0.0, 1e4), factor=st.floats(0.1, 4.0),
    reach=st.floats(500.0, 50e3), mass=st.lists(st.floats(0.0, 1e6), min_size=STEPS, max_size=STEPS),
)  # fmt: skip
@settings(max_examples=20, deadline=None)
def test_what_was_released_is_in_the_air_on_the_ground_decayed_or_beyond(
    decay: float, resistance: float, factor: float, reach: float, mass: list[float]
) -> None:
    cloud = carried(
        1000.0,
        0.0,
        mass=mass,
        decay_per_s=decay,
        wind_factor=factor,
        resistance_s_m=resistance,
        reach_m=reach,
    )
    assert cloud.ledger.sum() == pytest.approx(sum(mass), rel=1e-9)
    assert (cloud.ledger >= 0).all()
    assert (cloud.concentration >= 0).all()


def test_each_entry_of_the_ledger_is_what_it_says() -> None:
    def share(**changed: Any) -> dict[str, float]:
        ledger = carried(1000.0, 0.0, **changed).ledger[:, 0] / (STEPS * STEP_S)
        return dict(zip(puffs.LEDGER, ledger, strict=True))

    closed = share(resistance_s_m=np.inf)
    assert closed["airborne"] == pytest.approx(1.0)
    assert share(resistance_s_m=0.0)["deposited"] > share()["deposited"] > 0.0
    assert share(resistance_s_m=np.inf, decay_per_s=1.0)["decayed"] == pytest.approx(1.0)
    assert share(resistance_s_m=np.inf, reach_m=100.0)["beyond"] > 0.9


def test_the_plume_goes_where_the_wind_blows() -> None:
    east, north = np.array([0.0, 2000.0, 0.0, -2000.0]), np.array([2000.0, 0.0, -2000.0, 0.0])
    for place, towards in enumerate((0.0, 90.0, 180.0, 270.0)):
        last = carried(east, north, blow=weather(towards)).concentration[:, -1, 0]
        assert last.argmax() == place
        assert (np.delete(last, place) == 0.0).all()


def test_a_turn_is_clockwise() -> None:
    east, north = np.array([2000.0, 0.0]), np.array([0.0, -2000.0])
    turned = carried(east, north, turn_rad=np.pi / 2).concentration[:, -1, 0]
    assert turned[1] > 0.0 == turned[0]


def test_both_sides_of_the_axis_are_alike() -> None:
    found = carried([1500.0, 1500.0], [200.0, -200.0]).concentration[:, :, 0]
    assert np.allclose(found[0], found[1], rtol=1e-12)


def test_a_wind_that_turns_takes_the_puffs_with_it() -> None:
    towards = np.where(np.arange(STEPS) < 10, 90.0, 0.0)
    corner = 10 * STEP_S * WIND
    found = carried([0.6 * corner] * 2, [3000.0, -3000.0], blow=weather(towards)).concentration[:, :, 0]
    assert found[0].max() > 0.0 == found[1].max()


def test_nothing_is_felt_before_the_wind_can_bring_it() -> None:
    found = carried([3000.0], [0.0]).concentration[0, :, 0]
    first = int(np.flatnonzero(found > 0)[0])
    assert (first + 1) * STEP_S >= (3000.0 - 5 * 600.0 / 2) / (1.2 * WIND)
    assert (found[: int(1000.0 / WIND / STEP_S)] == 0.0).all()


def test_twice_the_mass_is_twice_the_concentration() -> None:
    one, two = (carried(800.0, 50.0, mass=m).concentration for m in (STEP_S, 2 * STEP_S))
    assert np.allclose(two, 2 * one, rtol=1e-12)


def test_a_ground_that_takes_nearly_all_leaves_numbers() -> None:
    stable = [Surface(0.02, 2.0, 0.5, 30.0)]
    hungry = puffs.air(
        stable,
        np.array([2.5]),
        np.array([0.5]),
        release_m=20.0,
        receptor_m=1.5,
        resistance_s_m=0.0,
        reach_m=50e3,
    )
    for table in (hungry.thinness_1_m, hungry.airborne, hungry.speed_m_s):
        assert np.isfinite(table).all()
        assert (table >= 0).all()
