"""A plume: whom it reaches, and everything that must hold whatever it is made of."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import cast
import numpy as np
import pytest
import releases
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError, InputError, InputFaults
from riskshed.footprint import Footprint
from riskshed.pathways import ensemble, plume
from riskshed.pathways.plume_release import Release
from riskshed.pathways.treatment import Treatment
from riskshed.winds import StationWinds

HOUR_S = 3600.0
ZHONG, PANG = 1, 3
Make = Callable[..., Release]


def spread(source: Release, members: int = 24, **changed: Any) -> Footprint:
    given_ = {"seed": 3, "horizon_s": 8 * HOUR_S} | changed
    return plume.spread(releases.region(), source, members=members, **given_)


@pytest.fixture(params=["near", "far"])
def make(request: pytest.FixtureRequest) -> Make:
    return releases.leak if request.param == "near" else releases.ash


def bits(footprint: Footprint) -> list[bytes]:
    series = footprint.series
    assert series is not None
    arrays = (
        footprint.arrival_s, footprint.peak, footprint.peak_s, footprint.duration_s,
        footprint.exposed_people, series.values,
    )  # fmt: skip
    return [array.tobytes() for array in arrays]


def test_the_city_down_the_wind_is_reached_and_the_one_beside_is_not(make: Make) -> None:
    found = spread(make())
    assert found.probability()[ZHONG] > 0.3
    assert found.probability()[PANG] == 0.0
    assert found.hazard_cities == (cast.SHANG,)
    assert found.horizon_s == 8 * HOUR_S


def test_any_split_of_members_gives_the_same_bits(make: Make) -> None:
    source = make()
    serial = spread(source, members=40)
    assert bits(spread(source, members=40, how="threads", workers=3)) == bits(serial)
    assert (spread(source, members=20).arrival_s == serial.arrival_s[:, :20]).all()


def test_a_worker_in_another_process_gets_the_same_work(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make()
    serial = spread(source)
    run = ensemble.run
    sent = lambda task, *a, **k: run(pickle.loads(pickle.dumps(task)), *a, **k)  # noqa: E731
    monkeypatch.setattr(ensemble, "run", sent)
    assert bits(spread(source)) == bits(serial)


def test_no_city_is_reached_before_the_wind_can_be_there(make: Make) -> None:
    source = make()
    found = spread(source, horizon_s=20 * HOUR_S)
    lat, lon = releases.region().people[0].lat, releases.region().people[0].lon
    away = np.hypot(*plume.plane_m(source, np.array([lat]), np.array([lon])))[0]
    # Twice the fastest wind, less the half of a cell and the foremost tail of a puff.
    fastest = 2.0 * 10.0 * np.exp(3 * 0.15)
    assert (found.arrival_s[ZHONG] >= (away - 15_000.0) / fastest).all()


def test_nothing_arrives_before_the_onset_and_nothing_where_there_is_none(make: Make) -> None:
    onset = np.array([0.0, 1800.0, 3.3 * HOUR_S, np.inf] * 4)
    found = spread(make(), members=16, onset_s=onset)
    assert (found.arrival_s >= onset).all()
    never = np.isinf(onset)
    assert np.isinf(found.arrival_s[:, never]).all()
    assert (found.peak[:, never] == 0.0).all()
    assert np.isfinite(found.arrival_s[ZHONG, ~never]).any()


def test_a_later_onset_in_steady_wind_is_the_same_plume_later() -> None:
    plain = spread(releases.leak(), members=8)
    late = spread(releases.leak(), members=8, onset_s=np.full(8, 2 * HOUR_S))
    assert np.allclose(late.arrival_s[ZHONG], plain.arrival_s[ZHONG] + 2 * HOUR_S)
    assert np.allclose(late.peak[ZHONG], plain.peak[ZHONG], rtol=1e-6)


def test_a_source_that_is_cut_at_once_reaches_nobody(make: Make) -> None:
    found = spread(make(), treatments=[Treatment("stop", cast.SHANG, "cut_source", 1.0)])
    assert (found.peak == 0.0).all()
    assert np.isinf(found.arrival_s).all()
    assert np.isnan(found.peak_s).all()


@given(share=st.floats(0.0, 1.0), more=st.floats(0.0, 1.0), starts_h=st.floats(0.0, 2.0))
@settings(max_examples=6, deadline=None)
def test_more_cut_from_the_source_is_never_more_dose(share: float, more: float, starts_h: float) -> None:
    least, most = sorted((share, more))
    for make_ in (releases.leak, releases.ash):
        little, much = (
            spread(
                make_(quantity="dose"),
                members=4,
                treatments=[Treatment("cut", cast.SHANG, "cut_source", part, starts_s=starts_h * HOUR_S)],
            )
            for part in (least, most)
        )
        assert (much.peak <= little.peak * (1 + 1e-12)).all()
        assert (much.arrival_s >= little.arrival_s).all()


def test_a_dose_never_ends_and_grows_from_the_concentration() -> None:
    air, dose = spread(releases.leak()), spread(releases.leak(quantity="dose"))
    reached = np.isfinite(dose.arrival_s)
    assert np.isinf(dose.duration_s[reached]).all()
    assert dose.unit == "mg.min/m3"
    # Five minutes at the peak are a part of the dose, and all the time at the peak more than it.
    assert (dose.peak[ZHONG] >= 5.0 * air.peak[ZHONG] * (1 - 1e-9)).all()
    assert (dose.peak[ZHONG] <= 8 * 60.0 * air.peak[ZHONG]).all()


def test_what_settles_lies_nearer_than_what_does_not() -> None:
    grains = [{"diameter_um": 200.0, "density_kg_m3": 2500.0, "share": 1.0}]
    coarse = spread(releases.ash(quantity="deposit", grains=grains), horizon_s=20 * HOUR_S)
    fine = spread(releases.ash(quantity="deposit"), horizon_s=20 * HOUR_S)
    assert coarse.peak[2].mean() < fine.peak[2].mean()
    assert coarse.unit == "g/m2"


def test_people_are_counted_point_by_point_and_elsewhere_unknown() -> None:
    found = spread(releases.leak())
    assert set(np.unique(found.exposed_people[ZHONG])) <= {0.0, 1000.0, 2000.0, 3000.0}
    assert np.isnan(found.exposed_people[0]).all()
    one = {c.code: c.places for c in found.caveats}["plume.one_point"]
    assert cast.ZHONG not in one
    assert cast.SHANG in one


def test_a_wide_cloud_exposes_whole_cities_where_nobody_said_where_people_live() -> None:
    found = plume.spread(
        releases.region(people=False), releases.ash(limit=1e-4), members=8, horizon_s=8 * HOUR_S
    )
    assert set(np.unique(found.exposed_people[ZHONG])) <= {0.0, 4_000_000.0}
    assert found.exposed_people[ZHONG].max() > 0


def test_who_left_in_time_is_not_exposed() -> None:
    treatment = Treatment("leave", cast.ZHONG, "evacuate", 0.5)
    plain, left = spread(releases.leak()), spread(releases.leak(), treatments=[treatment])
    assert np.allclose(left.exposed_people[ZHONG], 0.5 * plain.exposed_people[ZHONG])
    assert plain.exposed_people[ZHONG].max() > 0


@pytest.mark.parametrize(
    ("effect", "target"), [("add_flow", cast.ZHONG), ("evacuate", "999999"), ("cut_source", cast.ZHONG)]
)
def test_a_treatment_that_is_not_of_a_plume_is_refused_by_name(effect: str, target: str) -> None:
    with pytest.raises(InputFaults) as caught:
        spread(releases.leak(), treatments=[Treatment("wrong", target, effect, 0.5)])
    assert caught.value.code == "treatment.not_honoured"
    assert "wrong" in str(caught.value)


def test_a_forecast_ends_with_its_winds_and_says_so(make: Make) -> None:
    winds: Any = releases.station(hours=3) if make is releases.leak else releases.grid(hours=3)
    found = spread(make(winds))
    assert found.horizon_s == 3 * HOUR_S
    assert "plume.winds_end" in {c.code for c in found.caveats}


def test_a_city_off_the_grid_is_named_and_unknown() -> None:
    whole = releases.grid()
    cut = replace(whole, lon_deg=whole.lon_deg[:12], u_m_s=whole.u_m_s[..., :12], v_m_s=whole.v_m_s[..., :12])
    found = spread(releases.ash(cut))
    off = {c.code: c.places for c in found.caveats}["plume.off_the_winds"]
    assert off == (cast.ZHONG, cast.XIA, cast.PANG)
    assert np.isnan(found.exposed_people[PANG]).all()


def test_a_release_off_the_grid_or_outside_its_time_is_an_error() -> None:
    for changed in ({"lat": 10.0}, {"lon": 100.0}):
        with pytest.raises(InputError, match="the winds cover latitudes") as caught:
            spread(releases.ash(**changed))
        assert caught.value.code == "wind.no_cover"
    early = cast.SPILL - timedelta(hours=1)
    for make_ in (releases.leak, releases.ash):
        with pytest.raises(InputError, match="the winds are known from") as caught:
            spread(make_(begins=early), at=cast.SPILL)
        assert caught.value.code == "wind.no_cover"


def test_a_forecast_does_not_see_winds_that_were_not_yet_known() -> None:
    hours = 24
    known = np.arange(hours + 1) * HOUR_S
    turned = np.where(np.arange(hours + 1) < 2, 235.0, 55.0)
    at = cast.SPILL + timedelta(hours=1)
    seen = spread(releases.leak(releases.station(known_s=known, direction_deg_from=turned)), at=at)
    straight = spread(releases.leak(releases.station(known_s=known)), at=at)
    assert bits(seen) == bits(straight)
    assert seen.known_at == at == seen.issued
    assert seen.horizon_s == HOUR_S
    with pytest.raises(InputError, match="were known") as caught:
        spread(releases.leak(releases.station(known_s=known)), at=cast.SPILL)
    assert caught.value.code == "wind.not_known"


def test_without_a_time_of_issue_it_is_issued_when_its_winds_are_known() -> None:
    later = cast.SPILL + timedelta(hours=2)
    found = spread(releases.ash(releases.grid(known_at=later)))
    assert found.issued == found.known_at == later
    with pytest.raises(InputError, match="the winds were known at"):
        spread(releases.ash(releases.grid(known_at=later)), at=cast.SPILL)


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("plume.members", {"members": 1}),
        ("plume.horizon", {"horizon_s": 1.0}),
        ("plume.onset", {"onset_s": np.zeros(3)}),
        ("plume.onset", {"onset_s": np.full(24, -1.0)}),
        ("plume.issued", {"at": cast.SPILL - timedelta(seconds=1)}),
        ("plume.issued", {"at": cast.SPILL.replace(tzinfo=None)}),
    ],
)
def test_what_is_out_of_range_is_refused(code: str, changed: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as caught:
        spread(releases.leak(), **changed)
    assert caught.value.code == code


def test_a_release_without_winds_of_its_range_is_refused() -> None:
    for wrong in (replace(releases.leak(), winds=None), replace(releases.leak(), winds=releases.grid())):
        with pytest.raises(InputError) as caught:
            spread(wrong)
        assert caught.value.code == "plume.no_wind"


def test_caveats_say_what_was_supposed() -> None:
    unknown: StationWinds = releases.station(obukhov_m=np.nan, speed_m_s=0.2)
    codes = {c.code for c in spread(releases.leak(unknown), members=2).caveats}
    assert {"plume.stability_supposed", "plume.calm", "cast.made_up"} <= codes
    coarse = spread(releases.ash(threshold=1e-6, limit=1e-6), members=2)
    assert "plume.coarse" in {c.code for c in coarse.caveats}


def test_members_differ_as_much_as_was_supposed() -> None:
    turns = releases.raw()["wind_turn_deg"]
    sure = spread(releases.leak(wind_turn_deg=turns | {"sd": 0.01}), members=48)
    unsure = spread(releases.leak(wind_turn_deg=turns | {"sd": 40.0}), members=48)
    assert unsure.probability()[ZHONG] < sure.probability()[ZHONG]
