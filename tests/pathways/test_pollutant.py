"""A forecast of a spill: nothing of the future in it, narrowed by what was seen, one however it is run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import cast
import numpy as np
import pytest
import songhua
import spills
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.case import Case
from riskshed.errors import DomainError, InputFaults, NotFoundError
from riskshed.footprint import Footprint
from riskshed.pathways import ensemble, pollutant
from riskshed.reading import Reading
from riskshed.region import Region

REGION, SPILL = spills.region(), spills.spill()
MEMBERS = 100
HOUR_S = 3600.0
seen, hours, band_h, bits = spills.seen, spills.hours, spills.band_h, spills.bits


def forecast(*readings: Reading, at_h: float = 0.0, **more: Any) -> Footprint:
    """The forecast so many hours after the release."""
    given: dict[str, Any] = {"members": MEMBERS, "readings": readings} | more
    region, source = given.pop("region", REGION), given.pop("source", SPILL)
    return pollutant.spread(region, source, at=cast.SPILL + timedelta(hours=at_h), **given)


PRIOR = forecast()

# ---------------------------------------------------------------------------------------- no look-ahead

KNOWN = (seen("zhong", 20, "not_detected", known_h=22), seen("zhong", 30, "observed", 0.5, known_h=33))
LATER = st.builds(
    lambda section, hour, kind, value, wait, stated: seen(
        section, hour, kind, value, known_h=hour + wait, stated=cast.SPILL + timedelta(hours=stated)
    ),
    st.sampled_from(["zhong", "xia", "shang"]),
    st.floats(2.0, 90.0),
    st.sampled_from(
        ["observed", "peak", "not_detected", "front", "below", "at_least", "cleared", "first_ice"]
    ),
    st.floats(0.001, 5.0),
    st.floats(0.0, 60.0),
    st.sampled_from([20.0, 30.0, 50.0]),
)
ISSUES_H = st.floats(0.0, 80.0)
FEW = settings(max_examples=25, deadline=None)


@FEW
@given(issued_h=ISSUES_H, others=st.lists(LATER, max_size=5), turned=st.booleans())
def test_what_becomes_known_later_changes_no_bit(
    issued_h: float, others: list[Reading], turned: bool
) -> None:
    everything = [*KNOWN, *others]
    issued = cast.SPILL + timedelta(hours=issued_h)
    kept = [reading for reading in everything if reading.known_at <= issued]
    apart = len({reading.about for reading in everything}) == len(everything)
    given = everything[::-1] if turned and apart else everything
    assert bits(forecast(*given, at_h=issued_h)) == bits(forecast(*kept, at_h=issued_h))


def test_a_reading_is_used_from_the_moment_it_is_known() -> None:
    front = seen("zhong", 25, "front", known_h=40)
    assert bits(forecast(front, at_h=39.99)) == bits(PRIOR)
    assert bits(forecast(front, at_h=40)) != bits(PRIOR)
    assert forecast(front, at_h=40).known_at == front.known_at


def test_a_correction_is_not_applied_before_it_is_known() -> None:
    first = seen("zhong", 30, "observed", 0.5)
    correction = replace(first, value=0.05, known_at=first.known_at + timedelta(hours=10))
    assert bits(forecast(first, correction, at_h=39)) == bits(forecast(first, at_h=39))
    assert bits(forecast(first, correction, at_h=40)) == bits(forecast(correction, at_h=40))


def test_order_of_the_readings_is_of_no_account() -> None:
    readings = (*KNOWN, seen("xia", 40, "not_detected", known_h=41))
    assert bits(forecast(*readings, at_h=50)) == bits(forecast(*readings[::-1], at_h=50))


def test_readings_elsewhere_are_not_used() -> None:
    others = (seen("pang", 20, "front"), seen("shang", 5, "observed", 9.0))
    assert bits(forecast(*others, at_h=50)) == bits(PRIOR)


# ----------------------------------------------------------------------------------- what readings tell


def test_without_readings_it_says_so() -> None:
    told = [caveat.code for caveat in PRIOR.caveats]
    assert "pollutant.no_readings" in told
    assert "pollutant.no_readings" not in [c.code for c in forecast(*KNOWN, at_h=50).caveats]
    assert PRIOR.known_at == cast.SPILL


@pytest.mark.parametrize("section", ["zhong", "xia"])
def test_not_detected_yet_moves_the_arrival_there_later(section: str) -> None:
    looked_h = hours(PRIOR, section)
    after = forecast(seen(section, looked_h, "not_detected"), at_h=looked_h)
    assert hours(after, section) > looked_h
    assert hours(after, section, 0.05) > looked_h - 3
    assert hours(after, section, 0.95) == pytest.approx(hours(PRIOR, section, 0.95), abs=0.15 * looked_h)


def test_not_detected_when_no_one_expected_it_changes_only_the_date_of_what_is_known() -> None:
    early_h = hours(PRIOR, "xia", 0.0) - 5
    after = forecast(seen("xia", early_h, "not_detected"), at_h=early_h)
    assert [a == b for a, b in zip(bits(after), bits(PRIOR), strict=True)] == [True] * 8 + [False]


def test_a_front_upstream_narrows_the_band_downstream() -> None:
    after = forecast(seen("zhong", hours(PRIOR, "zhong"), "front"), at_h=hours(PRIOR, "zhong"))
    assert band_h(after, "zhong") < band_h(PRIOR, "zhong") / 3
    assert band_h(after, "xia") < band_h(PRIOR, "xia") / 1.5


@pytest.mark.parametrize(("q", "later"), [(0.1, False), (0.9, True)])
def test_an_early_front_brings_the_next_one_forward_and_a_late_one_back(q: float, later: bool) -> None:
    front_h = hours(PRIOR, "zhong", q)
    after = forecast(seen("zhong", front_h, "front"), at_h=front_h)
    assert hours(after, "zhong") == pytest.approx(front_h, abs=2.0)
    assert (hours(after, "xia") > hours(PRIOR, "xia")) == later


def peak(footprint: Footprint, section: str) -> float:
    return float(np.median(footprint.peak[footprint.ids.index(section)]))


@pytest.mark.parametrize("factor", [0.4, 2.5])
def test_a_peak_upstream_tells_how_strong_it_comes_downstream(factor: float) -> None:
    time_h = float(np.median(PRIOR.peak_s[0])) / HOUR_S
    after = forecast(seen("zhong", time_h, "peak", factor * peak(PRIOR, "zhong")), at_h=time_h)
    assert peak(after, "zhong") == pytest.approx(factor * peak(PRIOR, "zhong"), rel=0.3)
    assert (peak(after, "xia") > peak(PRIOR, "xia")) == (factor > 1)


def test_what_is_seen_at_a_section_leaves_the_walk_below_it_alone() -> None:
    river = pollutant._River.below(REGION, SPILL)
    controls = []
    for readings in ((), (seen("zhong", 20, "front"),)):
        told = pollutant.sightings.of_readings(
            readings, rows=river.rows, released=SPILL.released, errors=SPILL.errors,
            detection_mg_per_l=SPILL.detection_mg_per_l, limit_mg_per_l=SPILL.limit_mg_per_l,
        )  # fmt: skip
        split = lambda task: ensemble.run(task, MEMBERS, chunk=256)  # noqa: E731
        controls.append(
            pollutant._narrowed(river, SPILL, told, split, members=MEMBERS, seed=1, progress=None)
        )
    walk = [rows[len(pollutant.SCALARS) :] for rows in controls]
    reached = int(river.block[river.stem.section_row[0]]) + 1
    assert (walk[0][:reached] != walk[1][:reached]).all()
    assert walk[0][reached:].tobytes() == walk[1][reached:].tobytes()


def test_every_piece_of_a_large_ensemble_hears_its_own_readings() -> None:
    front_h = hours(PRIOR, "zhong", 0.2)
    after = forecast(seen("zhong", front_h, "front"), at_h=front_h, members=300)
    assert np.abs(after.arrival_s[0] / HOUR_S - front_h).max() < 6


# ------------------------------------------------------------------------------------- what is supposed

MIDDLES_SI = {
    "flow_factor": 1.0, "recession_per_s": 0.02 / 86400, "ice_onset_s": 180 * 86400.0,
    "ice_spell_s": 10 * 86400.0, "ice_velocity": 0.76, "width_s": 5 * 3600.0, "width_exponent": 0.9,
    "release_s": 2 * 3600.0, "mass_kg": 20_000.0, "half_life_s": 20 * 86400.0,
}  # fmt: skip
SPREADS = {name: sd for name, (_, sd) in (spills.MIDDLES | spills.MEANS).items()} | {"first_ice": 6 * 86400.0}
IN_DRAW = {
    "recession_per_d": "recession_per_s", "first_ice": "ice_onset_s", "ice_spell_d": "ice_spell_s",
    "width_h": "width_s", "release_h": "release_s", "half_life_d": "half_life_s",
}  # fmt: skip
RIVER = pollutant._River.below(REGION, SPILL)


def supposed(**controls: float) -> dict[str, np.ndarray]:
    """What a member supposes whose controls are 0 but for these; walk0, walk1 ... are those of the walk."""
    names = [*pollutant.SCALARS, *(f"walk{i}" for i in range(RIVER.block_log_sd.size))]
    column = np.array([[controls.get(name, 0.0)] for name in names])
    return vars(pollutant._supposed(RIVER, SPILL, column))


def test_a_member_of_no_controls_supposes_the_middles() -> None:
    draw = supposed()
    assert {name: float(draw[name][0]) for name in MIDDLES_SI} == pytest.approx(MIDDLES_SI, rel=1e-12)
    assert (draw["velocity_factor"] == 1.0).all()


@pytest.mark.parametrize("name", pollutant.SCALARS)
def test_a_control_moves_its_own_supposition_by_its_deviation(name: str) -> None:
    key = IN_DRAW.get(name, name)
    before, after = supposed(), supposed(**{name: 0.5})
    changed = [other for other in before if (before[other] != after[other]).any()]
    assert changed == [key]
    step = (
        after[key] - before[key] if name in (*spills.MEANS, "first_ice") else np.log(after[key] / before[key])
    )
    assert step == pytest.approx(0.5 * SPREADS[name])


@pytest.mark.parametrize(("name", "low", "high"), [("ice_velocity", 0.4, 1.0), ("width_exponent", 0.5, 1.5)])
def test_a_normal_supposition_is_held_within_its_range(name: str, low: float, high: float) -> None:
    assert [float(supposed(**{name: c})[name][0]) for c in (-99.0, 99.0)] == [low, high]


def test_the_walk_changes_the_velocity_from_its_block_on() -> None:
    last = RIVER.block_log_sd.size - 1
    told = np.log(supposed(**{f"walk{last}": 1.0, "walk0": 1.0})["velocity_factor"][:, 0])
    steps = np.where(
        RIVER.block == last, RIVER.block_log_sd[0] + RIVER.block_log_sd[last], RIVER.block_log_sd[0]
    )
    assert told == pytest.approx(steps)


def test_the_walk_has_its_deviation_over_a_hundred_kilometres() -> None:
    block, log_sd = pollutant._blocks(np.full(40, 5e3), {}, 0.08)
    assert block.tolist() == [i // 5 for i in range(40)]
    assert np.sqrt((log_sd[:4] ** 2).sum()) == pytest.approx(0.08)


def test_a_break_begins_a_block_and_adds_its_deviation() -> None:
    block, log_sd = pollutant._blocks(np.full(8, 10e3), {0: 9.0, 4: 0.3, 99: 9.0}, 0.08)
    assert block.tolist() == [0, 0, 0, 1, 2, 2, 2, 3]
    assert log_sd[2] == pytest.approx(np.sqrt(0.08**2 * 0.1 + 0.3**2))
    assert log_sd[3] == pytest.approx(0.08 * np.sqrt(0.3))


def test_a_break_stands_below_its_section() -> None:
    assert RIVER.block.tolist() == [0, 1, 2, 3]
    walk = 0.1 * np.sqrt([0.25, 0.3, 0.25, 0.4])
    assert RIVER.block_log_sd == pytest.approx(np.sqrt(walk**2 + np.array([0.0, 0.0, 0.1, 0.0]) ** 2))


# ------------------------------------------------------------------------------------- however it is run


def test_seed_makes_the_members() -> None:
    assert bits(forecast(seed=1)) == bits(PRIOR)
    assert not np.isclose(forecast(seed=2).arrival_s, PRIOR.arrival_s).any()


def test_the_first_members_are_the_same_whatever_their_number() -> None:
    more = forecast(members=257)  # the last one runs alone
    for members in (100, 256):
        few = forecast(members=members)
        for name in ("arrival_s", "peak", "peak_s", "duration_s", "exposed_people"):
            assert getattr(few, name).tobytes() == getattr(more, name)[:, :members].tobytes()
    again = forecast(members=600)
    assert more.arrival_s.tobytes() == again.arrival_s[:, :257].tobytes()


def test_threads_give_the_same_bits() -> None:
    readings = (*KNOWN, seen("zhong", 35, "observed", 1.0))
    serial = forecast(*readings, at_h=50, members=600)
    assert bits(forecast(*readings, at_h=50, members=600, how="threads", workers=3)) == bits(serial)


def test_processes_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pollutant, "STEPS", 1)  # each step starts its own processes, for some seconds
    serial = forecast(*KNOWN, at_h=50, members=300)
    assert bits(forecast(*KNOWN, at_h=50, members=300, how="processes", workers=2)) == bits(serial)


def test_progress_counts_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    forecast(*KNOWN, at_h=50, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, told[0][1] + 1))
    assert {total for _, total in told} == {told[0][1]}


# ---------------------------------------------------------------------------------------- the footprint


def test_sections_below_the_release_stand_in_the_order_of_the_flow() -> None:
    assert PRIOR.ids == ("zhong", "xia")
    assert (PRIOR.origin, PRIOR.threshold, PRIOR.unit) == (cast.SPILL, SPILL.detection_mg_per_l, "mg/L")
    assert PRIOR.hazard_cities == (cast.SHANG, cast.ZHONG, cast.XIA)


def test_curves_have_the_peaks_and_arrivals_of_the_members() -> None:
    series = forecast(source=spills.spill(release_h={"median": 30, "log_sd": 0.1, "source": "x"})).series
    assert series is not None
    assert (np.diff(series.values, axis=1) >= 0).all()
    assert series.time_s.tolist() == [4 * HOUR_S * step for step in range(60 * 6 + 1)]
    assert (series.values[:, :, 0] == 0).all()
    tops = series.time_s[series.values[:, 2].argmax(axis=1)]
    assert tops[0] < tops[1]


def test_an_arrival_after_the_horizon_is_never() -> None:
    horizon_s = float(np.median(PRIOR.arrival_s[1]))
    near = forecast(horizon_s=horizon_s)
    late = PRIOR.arrival_s > horizon_s
    assert late.any(axis=1).tolist() == [False, True]
    assert np.isinf(near.arrival_s[late]).all()
    assert (near.arrival_s[~late] == PRIOR.arrival_s[~late]).all()
    assert (near.duration_s[late] == 0).all()
    assert near.horizon_s == horizon_s


def test_what_has_not_passed_at_the_horizon_lasts() -> None:
    near = forecast(horizon_s=float(np.max(PRIOR.arrival_s[0])) + 60.0)
    gone = PRIOR.arrival_s[0] + PRIOR.duration_s[0] <= near.horizon_s
    assert (np.isinf(near.duration_s[0]) == ~gone).all()
    assert (~gone).any()


def test_people_are_exposed_from_the_limit_on_and_unknown_people_stay_unknown() -> None:
    supplied = 3_000_000.0
    high = float(np.median(PRIOR.peak[0]))
    told = forecast(source=spills.spill(limit_mg_per_L=high))
    assert (told.exposed_people[0] == np.where(PRIOR.peak[0] >= high, supplied, 0.0)).all()
    assert np.isnan(told.exposed_people[1]).all()


def test_a_place_is_reached_where_the_peak_is_at_the_threshold_or_above() -> None:
    threshold = float(np.sort(PRIOR.peak[0])[40])
    told = forecast(source=spills.spill(detection_mg_per_L=threshold, limit_mg_per_L=1e-6))
    assert (np.isfinite(told.arrival_s) == (told.peak >= threshold)).all()
    assert (np.isfinite(told.arrival_s) == (told.duration_s > 0))[told.peak > 1.01 * threshold].all()
    assert (told.exposed_people[0, ~np.isfinite(told.arrival_s[0])] == 0).all()


def test_hazard_is_only_in_cities_that_the_cloud_passes_more_likely_than_not() -> None:
    told = forecast(horizon_s=hours(PRIOR, "xia", 0.4) * HOUR_S)
    assert told.hazard_cities == (cast.SHANG, cast.ZHONG)


def test_a_caveat_names_only_places_of_the_footprint() -> None:
    words = {"code": "a", "text_en": "A.", "text_zh": "甲。"}
    caveats = [
        words | {"places": ["shang", "xia"]},
        words | {"places": ["shang"], "code": "b"},
        words | {"code": "c"},
    ]
    told = forecast(source=spills.spill(caveats=caveats)).caveats
    assert [(c.code, c.places) for c in told[:2]] == [("a", ("xia",)), ("c", ())]


# --------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"members": 1}, "pollutant.members"),
        ({"at_h": -0.001}, "pollutant.issued"),
        ({"horizon_s": 0.0}, "pollutant.horizon"),
        ({"horizon_s": -1.0}, "pollutant.horizon"),
        ({"horizon_s": float("nan")}, "pollutant.horizon"),
        ({"horizon_s": float("inf")}, "pollutant.horizon"),
        ({"how": "magic"}, "ensemble.how"),
    ],
)
def test_a_parameter_out_of_range_is_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as caught:
        forecast(**wrong)
    assert caught.value.code == code


def test_a_time_of_issue_without_zone_is_refused() -> None:
    with pytest.raises(DomainError, match="want it with offset"):
        pollutant.spread(REGION, SPILL, at=datetime(2024, 5, 2))  # noqa: DTZ001 (that is what is wrong)


def with_section(reach_id: int) -> Region:
    """The region with Shang's section at another reach."""
    moved = replace(REGION.section("shang"), reach_id=reach_id)
    return replace(REGION, sections=(moved, *REGION.sections[1:]))


UNFIT = [
    (replace(REGION, network=None), SPILL, "no river"),
    (cast.region(), SPILL, "flow_m3_s"),
    (spills.region(flow_m3_s=None), SPILL, "flow_m3_s"),
    (spills.region(flow_mean_m3_s=[500, 500, float("nan"), 500, 500, 500]), SPILL, "flow_mean_m3_s"),
    (spills.region(flow_m3_s=[300, 300, 300, 0, 300, 300]), SPILL, "flow_m3_s"),
    (spills.region(drainage_area_m2=None), SPILL, "drainage_area_m2"),
    (spills.region(length_m=None), SPILL, "length_m"),
    (REGION, spills.spill(section="nowhere"), "no section nowhere"),
    (REGION, spills.spill(breaks={"nowhere": 0.1}), "no section nowhere"),
    (REGION, spills.spill(section="xia"), "no section below xia"),
]


@pytest.mark.parametrize(("region", "source", "told"), UNFIT, ids=[str(row[2]) for row in UNFIT])
def test_a_region_that_cannot_carry_the_spill_is_refused(region: Region, source: Any, told: str) -> None:
    with pytest.raises(InputFaults, match=told) as caught:
        forecast(region=region, source=source)
    assert [fault.code for fault in caught.value.faults] == ["pollutant.region"]


def test_a_release_off_the_river_is_refused() -> None:
    with pytest.raises(NotFoundError, match="77"):
        forecast(region=with_section(77))


def test_unknown_flow_where_the_spill_does_not_pass_is_no_matter() -> None:
    nan = float("nan")
    told = forecast(region=spills.region(flow_m3_s=[nan, 300, 300, 300, 300, nan]))
    assert bits(told) == bits(PRIOR)


def test_a_section_on_the_side_stream_is_left_out() -> None:
    side = replace(REGION.section("zhong"), id="side", reach_id=6)
    told = forecast(
        seen("side", 5, "front"), at_h=9, region=replace(REGION, sections=(*REGION.sections, side))
    )
    assert told.ids == ("zhong", "xia")
    assert bits(told) == bits(PRIOR)


# ------------------------------------------------------------------------------------------------ twins


def test_twins_are_held_by_narrower_bands() -> None:
    truths = forecast(members=20, seed=99)  # each is a river that might be
    narrower, held = [], []
    for twin in range(20):
        zhong_h, xia_h = truths.arrival_s[:, twin] / HOUR_S
        readings = (
            seen("zhong", zhong_h - 4, "not_detected"),
            seen("zhong", zhong_h, "front"),
            seen("zhong", truths.peak_s[0, twin] / HOUR_S, "peak", float(truths.peak[0, twin])),
        )
        after = forecast(*readings, at_h=max(zhong_h, truths.peak_s[0, twin] / HOUR_S), members=150)
        held.append(hours(after, "xia", 0.05) <= xia_h <= hours(after, "xia", 0.95))
        narrower.append(band_h(after, "xia") < 0.7 * band_h(PRIOR, "xia"))
    assert sum(held) >= 16
    assert all(narrower)


def test_bands_of_the_prior_are_no_better_than_they_should_be() -> None:
    truths = forecast(members=400, seed=99).arrival_s[1] / HOUR_S
    inside = (truths >= hours(PRIOR, "xia", 0.05)) & (truths <= hours(PRIOR, "xia", 0.95))
    assert inside.mean() == pytest.approx(0.9, abs=0.06)


# ------------------------------------------------------------------------------------------- a real one


def test_the_forecast_at_mulan_holds_the_front_at_tonghe() -> None:
    case = Case.read(songhua.FOLDER)
    front = next(r for r in case.readings if r.section == "mulan" and r.kind == "first_detected")
    told = pollutant.spread(case.region, case.spill, members=150, readings=case.readings, at=front.known_at)
    recorded = next(r for r in case.record if (r.section, r.kind) == ("tonghe", "front"))
    after_h = (recorded.earliest - case.spill.released) / timedelta(hours=1)
    assert hours(told, "tonghe", 0.05) < after_h < hours(told, "tonghe", 0.95)
    assert band_h(told, "tonghe") < 48
    assert told.known_at == front.known_at
