"""Particles: the exact solutions of wind and diffusion, every gram, and the same walk for any company."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError
from riskshed.pathways import particles
from riskshed.pathways.plume_release import GrainClass
from riskshed.pathways.wind import Field

STEP_S, STEPS = 600.0, 36
DEGREE_M = particles.DEGREE_M
STILL = particles.Walk(horizontal_m2_s=0.0, vertical_m2_s=0.0)


def field(u: Any = 10.0, v: Any = 0.0, height: tuple[float, ...] = (10.0,)) -> Field:
    """Winds over 10 x 10 degrees around (0, 100) for six hours."""
    shape = (2, len(height), 41, 41)
    uv = np.stack([np.broadcast_to(u, shape), np.broadcast_to(v, shape)], axis=-1).astype(np.float32)
    return Field(-5.0, 95.0, 0.25, 0.25, np.array([0.0, STEPS * STEP_S]), np.array(height), uv)


def drift(
    winds: Field, walk: particles.Walk = STILL, count: int = 400, members: range = range(1), **changed: Any
) -> particles.Drift:
    start, settling, share = particles.column(0.0, 100.0, 50.0, 50.0, count)
    member = {"wind_factor": 1.0, "turn_rad": 0.0, "decay_per_s": 0.0}
    arrays = {k: np.full(len(members), changed.pop(k, value)) for k, value in member.items()}
    cells = changed.pop("cells", None) or particles.cells(np.array([0.0]), np.array([101.0]), 20e3)
    given_: dict[str, Any] = {
        "step_s": STEP_S, "steps": STEPS, "keys": particles.keys(5, members),
        "born_s": np.zeros((len(members), count)), "mass": np.tile(share, (len(members), 1)),
        "start": start, "settling": settling,
    } | arrays | changed  # fmt: skip
    return particles.carry(winds, walk, cells, **given_)


def test_without_eddies_all_go_with_the_wind() -> None:
    found = drift(field(10.0, 5.0))
    away = STEPS * STEP_S
    assert np.allclose(found.end[0, :, 0], 5.0 * away / DEGREE_M)
    lat = np.linspace(0.0, 5.0 * away / DEGREE_M, 2001)
    assert np.allclose(
        found.end[0, :, 1], 100 + 10 * away / DEGREE_M * np.mean(1 / np.cos(np.radians(lat))), rtol=1e-6
    )


def test_a_turn_is_clockwise_and_a_factor_lengthens_the_way() -> None:
    turned = drift(field(10.0), turn_rad=np.pi / 2, wind_factor=1.5).end[0, 0]
    assert turned[0] == pytest.approx(-15.0 * STEPS * STEP_S / DEGREE_M)
    assert turned[1] == pytest.approx(100.0, abs=1e-9)


def test_wind_is_taken_between_levels_times_and_columns() -> None:
    at_ground = np.zeros((2, 2, 41, 41))
    at_ground[:, 1] = 20.0
    found = drift(field(at_ground, height=(0.0, 100.0)))  # the particles stand at 50 m
    assert found.end[0, 0, 1] == pytest.approx(100 + 10.0 * STEPS * STEP_S / DEGREE_M)
    rising = np.zeros((2, 1, 41, 41))
    rising[1] = 20.0
    assert drift(field(rising)).end[0, 0, 1] == pytest.approx(100 + 10.0 * STEPS * STEP_S / DEGREE_M)
    # A wind that grows with longitude, u = a (x - 97), carries x - 97 as an exponential; the midpoint rule is
    # good to the third order of a step.
    rate = 5e-5
    lon = 95.0 + 0.25 * np.arange(41)
    stretch = np.broadcast_to(rate * (lon - 97.0) * DEGREE_M, (2, 1, 41, 41))
    away = STEPS * STEP_S
    found = drift(field(stretch), start=np.tile([0.0, 99.0, 50.0], (400, 1)))
    assert found.end[0, 0, 1] == pytest.approx(97.0 + 2.0 * np.exp(rate * away), abs=2e-3)


def test_the_cloud_spreads_as_diffusion_says() -> None:
    walk = particles.Walk(horizontal_m2_s=2000.0, vertical_m2_s=0.0)
    found = drift(field(0.0), walk, count=8000)
    wanted = np.sqrt(2 * 2000.0 * STEPS * STEP_S) / DEGREE_M
    for axis in (0, 1):
        assert found.end[0, :, axis].std() == pytest.approx(wanted, rel=0.03)
    assert abs(found.end[0, :, 0].mean()) < 4 * wanted / np.sqrt(8000)
    ends = found.end[0, :, 0] / wanted
    assert np.mean(np.abs(ends) < 1.0) == pytest.approx(0.683, abs=0.02)
    assert abs(np.corrcoef(found.end[0, :, 0], found.end[0, :, 1])[0, 1]) < 0.04


def test_a_wander_is_an_ornstein_uhlenbeck_wind() -> None:
    walk = particles.Walk(horizontal_m2_s=0.0, vertical_m2_s=0.0, wander_m_s=2.0, wander_s=7200.0)
    found = drift(field(0.0), walk, count=8000)
    time, memory = STEPS * STEP_S, 7200.0
    # From rest: Var x = s^2 m (2 t - m (3 - 4 exp(-t/m) + exp(-2t/m))).
    e = np.exp(-time / memory)
    wanted = 2.0 * np.sqrt(memory * (2 * time - memory * (3 - 4 * e + e * e))) / DEGREE_M
    assert found.end[0, :, 0].std() == pytest.approx(wanted, rel=0.06)


def test_air_stays_well_mixed_between_ground_and_lid() -> None:
    walk = particles.Walk(horizontal_m2_s=0.0, vertical_m2_s=20.0, lid_m=1000.0)
    start, settling, share = particles.column(0.0, 100.0, 0.0, 1000.0, 8000)
    found = drift(field(0.0), walk, count=8000, start=start, settling=settling, mass=share[None])
    counts = np.histogram(found.end[0, :, 2], bins=10, range=(0.0, 1000.0))[0]
    assert (np.abs(counts - 800) < 5 * np.sqrt(800)).all()


@given(
    decay=st.floats(0.0, 1e-3),
    uptake=st.floats(0.0, 0.05),
    fall=st.floats(0.0, 3.0),
    u=st.floats(-40.0, 40.0),
)
@settings(max_examples=20, deadline=None)
def test_what_was_released_is_in_the_air_on_the_ground_decayed_or_gone(
    decay: float, uptake: float, fall: float, u: float
) -> None:
    walk = particles.Walk(horizontal_m2_s=500.0, vertical_m2_s=5.0, uptake_m_s=uptake, lid_m=5000.0)
    found = drift(field(u), walk, count=60, members=range(2), decay_per_s=decay, settling=np.full(60, fall))
    assert np.allclose(found.ledger.sum(axis=0), 1.0, rtol=1e-12)
    assert (found.ledger >= 0).all()


def test_each_entry_of_the_ledger_is_what_it_says() -> None:
    assert drift(field(0.0)).ledger[:, 0] == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert drift(field(0.0), settling=np.full(400, 1.0)).ledger[1, 0] == pytest.approx(1.0, abs=1e-6)
    assert drift(field(0.0), decay_per_s=1.0).ledger[2, 0] == pytest.approx(1.0)
    assert drift(field(60.0)).ledger[3, 0] == pytest.approx(1.0)


def test_a_half_life_halves() -> None:
    rate = np.log(2.0) / (STEPS * STEP_S)
    assert drift(field(0.0), decay_per_s=rate).ledger[2, 0] == pytest.approx(0.5)


def test_cells_receive_what_passes_and_what_falls() -> None:
    cells = particles.cells(np.array([0.0]), np.array([100.0]), 20e3)
    found = drift(field(0.0), cells=cells, settling=np.full(400, 0.01))
    area = cells.area_m2[0]
    assert found.on_ground.sum() * area == pytest.approx(found.ledger[1, 0])
    assert found.in_air[0, 0, 0] * area > 0.9
    left = 1.0 - np.cumsum(found.on_ground[0, :, 0]) * area
    assert np.allclose(found.in_air[0, 1:, 0] * area, left[:-1])


def test_a_member_walks_the_same_in_any_company() -> None:
    walk = particles.Walk(horizontal_m2_s=500.0, vertical_m2_s=5.0, wander_m_s=1.0)
    both, second = (drift(field(), walk, count=50, members=m) for m in (range(2), range(1, 2)))
    assert (both.end[1] == second.end[0]).all()
    assert not np.allclose(both.end[0], both.end[1])


def test_what_is_born_later_or_never_is_carried_less_or_not_at_all() -> None:
    born = np.tile([0.0, 5400.0, 1e9, np.inf], 100)[None]
    found = drift(field(10.0), born_s=born)
    way = (found.end[0, :, 1] - 100.0) * DEGREE_M
    assert np.allclose(way[0::4], 10.0 * STEPS * STEP_S)
    assert np.allclose(way[1::4], 10.0 * (STEPS * STEP_S - 5400.0))
    assert np.isnan(way[2::4]).all()
    assert np.isnan(way[3::4]).all()
    assert found.ledger.sum() == pytest.approx(0.5)


def test_grains_fall_as_stokes_and_large_ones_more_slowly_than_he_says() -> None:
    stokes = 2500.0 * 9.81 * (5e-6) ** 2 / (18 * particles.AIR_PA_S)
    assert particles.settling_m_s(5.0, 2500.0) == pytest.approx(stokes, rel=0.01)
    assert particles.settling_m_s(500.0, 2500.0) < 0.3 * 1e4 * stokes
    speeds = [particles.settling_m_s(d, 2500.0) for d in (1, 10, 100, 1000)]
    assert speeds == sorted(speeds)


@given(st.integers(4, 300))
@settings(max_examples=20, deadline=None)
def test_a_column_holds_all_the_mass_in_each_class(count: int) -> None:
    grains = (GrainClass(10.0, 2500.0, 0.2), GrainClass(60.0, 2500.0, 0.3), GrainClass(200.0, 2500.0, 0.5))
    start, settling, share = particles.column(1.0, 2.0, 100.0, 900.0, count, grains)
    assert share.sum() == pytest.approx(1.0)
    slow = particles.settling_m_s(10.0, 2500.0)
    assert share[settling == slow].sum() == pytest.approx(0.2)
    assert ((start[:, 2] > 100.0) & (start[:, 2] < 900.0)).all()


def test_places_in_one_cell_share_it() -> None:
    cells = particles.cells(np.array([40.0, 40.01, 41.0]), np.array([100.0, 100.01, 102.0]), 20e3)
    assert cells.of_place[0] == cells.of_place[1] != cells.of_place[2]
    assert np.allclose(cells.area_m2, 4e8, rtol=0.02)


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(DomainError, match="cells of 100 m") as caught:
        particles.cells(np.array([0.0, 60.0]), np.array([0.0, 170.0]), 100.0)
    assert caught.value.code == "plume.cells"
