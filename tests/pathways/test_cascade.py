"""A cascade: nothing without its cause or before it, members kept together, the same for any split."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cascades
import cast
import halting
import numpy as np
import pytest
from cascades import DAY, HOUR
from footprints import equivalent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError, InputFaults
from riskshed.footprint import PEOPLE_LOWER_BOUND, Footprint
from riskshed.pathways import cascade, river
from riskshed.pathways.cascade import Cascade
from riskshed.pathways.treatment import Treatment
from riskshed.region import Region

IN_FOLDER = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def flooded() -> Region:
    """The region of the cast with flood flows, so that the river may be a stage."""
    region = cast.region()
    return replace(region, sections=tuple(replace(s, threshold_flow_m3_s=250.0) for s in region.sections))


def probable(first: str, second: str) -> tuple[tuple[str, str], ...]:
    """Other probabilities of the dam and of the taps; the second goes first, so that its words stand once."""
    return ("probability = 0.9", f"probability = {second}"), (
        "probability = [0.4, 0.8]",
        f"probability = {first}",
    )


def begun(found: Cascade, stage: str) -> np.ndarray:
    return np.isfinite(found.stage(stage).begin.at_s)


def row(footprint: Footprint, place: str) -> int:
    return footprint.ids.index(place)


# ------------------------------------------------------------------------------------ what sets off what


def test_with_no_probability_nothing_comes_after(tmp_path: Path) -> None:
    found = cascades.run(tmp_path, cascades.changed(*probable("0", "1")))
    assert begun(found, "quake").all()
    assert not begun(found, "dam").any()
    assert not begun(found, "taps").any()
    footprint = found.footprint()
    assert footprint.probability()[row(footprint, cast.XIA)] == 0.0
    assert footprint.exposed_people[row(footprint, cast.XIA)].max() == 0.0
    assert found.stage("dam").footprint.peak.max() == 0.0


def test_with_certainty_everything_follows_where_its_condition_is_met(tmp_path: Path) -> None:
    found = cascades.run(tmp_path, cascades.changed(*probable("1", "1")))
    quake = found.stage("quake").footprint
    assert (begun(found, "dam") == (quake.peak[0] >= 1.5)).all()
    assert (begun(found, "taps") == begun(found, "dam")).all()
    assert 0.3 < begun(found, "dam").mean() < 0.95


def test_members_stay_together(tmp_path: Path) -> None:
    """A stage begins where its cause did in the same member, and as long after as its delay says."""
    found = cascades.run(tmp_path)
    dam, taps = found.stage("dam"), found.stage("taps")
    assert (begun(found, "taps") <= begun(found, "dam")).all()
    hit = begun(found, "taps")
    late = taps.begin.at_s[hit] - dam.begin.at_s[hit]
    assert ((late >= 0.0) & (late <= 2 * HOUR)).all()


@given(first=st.floats(0, 1), second=st.floats(0, 1), more=st.floats(0, 1), seed=st.integers(0, 50))
@IN_FOLDER
def test_with_more_probability_never_less_is_reached_nor_later(
    tmp_path: Path, first: float, second: float, more: float, seed: int
) -> None:
    def told(a: float, b: float) -> Footprint:
        text = cascades.changed(*probable(f"{a:.6f}", f"{b:.6f}"))
        return cascades.run(tmp_path, text, seed=seed, members=60).footprint()

    fewer, others = told(first, second), told(first + (1 - first) * more, second + (1 - second) * more)
    assert (others.arrival_s <= fewer.arrival_s).all()
    assert (others.peak >= fewer.peak).all()
    assert (others.exposed_people >= fewer.exposed_people)[~np.isnan(fewer.exposed_people)].all()


@given(st.integers(0, 1000))
@IN_FOLDER
def test_no_stage_comes_before_its_cause(tmp_path: Path, seed: int) -> None:
    found = cascades.run(tmp_path, seed=seed, members=60)
    for spread in found.stages:
        assert (spread.footprint.arrival_s >= spread.begin.at_s).all()
        for fired in spread.links:
            assert (fired.onset_s >= fired.met.at_s).all()
            for cause in fired.link.causes:
                at = found.stage(cause.stage).footprint.arrival_s.min(axis=0)
                assert (fired.met.at_s >= at).all()


def test_both_causes_are_needed_where_all_are(tmp_path: Path) -> None:
    one = '{ stage = "dam", when = "arrival" }'
    zhong = f'{{ stage = "quake", place = "{cast.ZHONG}", when = "arrival" }}'
    text = cascades.changed((one, f"{one}, {zhong}"), *probable("1", "1"))
    both = cascades.run(tmp_path, text.replace("delay_h = [0, 2]", 'delay_h = 0\nneeds = "all"'))
    any_ = cascades.run(tmp_path, text.replace("delay_h = [0, 2]", 'delay_h = 0\nneeds = "any"'))
    hit = np.isfinite(both.stage("quake").footprint.arrival_s[1])
    assert (begun(both, "taps") == (begun(both, "dam") & hit)).all()
    assert (begun(any_, "taps") == (begun(any_, "dam") | hit)).all()
    assert begun(both, "taps").sum() < begun(any_, "dam").sum() < begun(any_, "taps").sum()


def test_another_link_does_not_change_whether_the_first_one_fires(tmp_path: Path) -> None:
    more = cascades.TEXT[cascades.TEXT.index('[[link]]\nid = "dam-taps"') :].replace("dam-taps", "dam-taps-2")
    plain, extra = cascades.run(tmp_path), cascades.run(tmp_path, cascades.TEXT + "\n" + more)
    assert (begun(extra, "dam") == begun(plain, "dam")).all()
    first = extra.stage("taps").links[0]
    assert (first.onset_s == plain.stage("taps").links[0].onset_s).all()
    assert (extra.stage("taps").begin.at_s <= plain.stage("taps").begin.at_s).all()


# ------------------------------------------------------------------------------------------- given, reserve


def test_stores_that_outlast_the_cause_save_everybody(tmp_path: Path) -> None:
    text = cascades.changed(("buffer_h = [6, 30]", "buffer_h = 61"), *probable("1", "1"))
    found = cascades.run(tmp_path, text)
    assert begun(found, "taps").any()
    assert not np.isfinite(found.stage("taps").footprint.arrival_s).any()


def test_taps_are_dry_from_the_end_of_the_stores_until_the_cause_is_gone(tmp_path: Path) -> None:
    text = cascades.changed(
        ("buffer_h = [6, 30]", "buffer_h = 7"), ("restart_h = [2, 4]", "restart_h = 3"),
        ("delay_h = [0, 2]", "delay_h = 1"), ("lasts_h = [10, 60]", "lasts_h = 40"), *probable("1", "1"),
    )  # fmt: skip
    found = cascades.run(tmp_path, text)
    taps, hit = found.stage("taps"), begun(found, "dam")
    broke = found.stage("dam").begin.at_s[hit]
    assert np.allclose(taps.footprint.arrival_s[0, hit], broke + 8 * HOUR)
    assert np.allclose(taps.footprint.duration_s[0, hit], (40 - 8 + 3) * HOUR)
    assert set(taps.footprint.exposed_people[0, hit]) == {120_000.0}


def test_what_has_not_ended_at_the_horizon_has_no_end(tmp_path: Path) -> None:
    found = cascades.run(tmp_path, cascades.changed(*probable("1", "1")), horizon_s=1.5 * DAY)
    taps = found.stage("taps").footprint
    reached = np.isfinite(taps.arrival_s)
    assert np.isinf(taps.duration_s[reached]).any()
    assert taps.arrival_s[reached].max() <= 1.5 * DAY


def test_strengths_have_the_median_and_the_spread_that_were_given(tmp_path: Path) -> None:
    peak = cascades.run(tmp_path, members=4000).stage("quake").footprint.peak[0]
    assert abs(np.log(np.median(peak) / 2.0)) < 0.04
    assert abs(np.log(peak).std() - 0.5) < 0.03


# --------------------------------------------------------------------------------------- pathways as stages


def test_a_flood_that_is_set_off_is_the_flood_itself_moved_in_time(tmp_path: Path) -> None:
    text = cascades.changed(*probable("1", "1")) + cascades.FLOOD_STAGE
    found = cascades.run(tmp_path, text, region=flooded(), members=40)
    flood = found.stage("flood")
    source = found.source.stage("flood").source
    alone = river.spread(flooded(), source, members=40, seed=flood.footprint.seed, horizon_s=found.horizon_s)
    hit = begun(found, "flood")
    assert (hit == begun(found, "dam")).all()
    assert 0 < hit.sum() < 40
    moved = alone.arrival_s[:, hit] + flood.begin.at_s[hit]
    assert (flood.footprint.arrival_s[:, hit] == moved).all()
    assert (flood.footprint.peak[:, hit] == alone.peak[:, hit]).all()
    assert np.isinf(flood.footprint.arrival_s[:, ~hit]).all()
    assert flood.footprint.peak[:, ~hit].max() == flood.footprint.exposed_people[:, ~hit].max() == 0.0
    assert "cascade.stationary" in [caveat.code for caveat in flood.footprint.caveats]


@pytest.mark.parametrize(("how", "workers"), [("threads", 3), ("threads", 1)])
def test_the_same_for_any_split_of_members(tmp_path: Path, how: str, workers: int) -> None:
    text = cascades.TEXT + cascades.FLOOD_STAGE
    options: dict[str, Any] = {"region": flooded(), "members": 150}
    serial = cascades.run(tmp_path, text, **options)
    split = cascades.run(tmp_path, text, how=how, workers=workers, **options)
    assert equivalent(serial.footprint(), split.footprint())
    assert serial.chain() == split.chain()


def test_the_first_members_do_not_depend_on_how_many_follow(tmp_path: Path) -> None:
    text = cascades.TEXT + cascades.FLOOD_STAGE
    few = cascades.run(tmp_path, text, region=flooded(), members=50).footprint()
    many = cascades.run(tmp_path, text, region=flooded(), members=130).footprint()
    assert (few.arrival_s == many.arrival_s[:, :50]).all()
    assert (few.peak == many.peak[:, :50]).all()


def test_a_stage_that_begins_later_by_its_own_source_is_moved_there(tmp_path: Path) -> None:
    flood = cascades.FLOOD.replace("04:00:00Z", "16:00:00Z")
    alone = cascades.FLOOD_STAGE[: cascades.FLOOD_STAGE.index("[[link]]")]
    source = cascades.read(tmp_path, cascades.TEXT + alone, flood=flood)
    found = cascade.run(flooded(), source, members=20, seed=1, horizon_s=5 * DAY)
    assert set(found.stage("flood").begin.at_s) == {12 * HOUR}
    reached = found.stage("flood").footprint
    assert np.nanmin(np.where(np.isfinite(reached.arrival_s), reached.arrival_s, np.nan)) > 12 * HOUR
    assert reached.series is not None
    assert reached.series.time_s[0] == 12 * HOUR


HALT_STAGE = """
[[stage]]
id = "halt"
pathway = "halting"
title_zh = "停产"
title_en = "Plants stop"
file = "halt.toml"

[[link]]
id = "flood-halt"
to = "halt"
causes = [{ stage = "flood", place = "zhong", when = "duration", at_least = 1 }]
probability = 0.8
delay_h = [0, 6]
source = "cast"
"""


def with_halt(folder: Path, begins: str = "2024-05-01T04:00:00Z", **options: Any) -> Cascade:
    text = cascades.changed(*probable("1", "1")) + cascades.FLOOD_STAGE + HALT_STAGE
    files = {"flood": cascades.FLOOD, "halt": f"begins = {begins}\ncover_h = 10\n"}
    source = cascades.read(folder, text, halting.WITH_HALTING, **files)
    given_: dict[str, Any] = {"members": 150, "seed": 4, "horizon_s": 10 * DAY} | options
    return cascade.run(flooded(), source, entries=halting.WITH_HALTING, **given_)


def test_a_pathway_that_can_is_told_when_it_begins_in_each_member(tmp_path: Path) -> None:
    found = with_halt(tmp_path)
    halt, flood = found.stage("halt"), found.stage("flood").footprint
    zhong = row(flood, "zhong")
    long = np.isfinite(flood.arrival_s[zhong]) & (flood.duration_s[zhong] >= HOUR)
    assert 0 < begun(found, "halt").sum() < long.sum()
    assert (begun(found, "halt") <= long).all()
    hit = begun(found, "halt")
    assert (halt.footprint.arrival_s[0, hit] == halt.begin.at_s[hit]).all()
    assert (halt.begin.at_s[hit] >= flood.arrival_s[zhong, hit] + HOUR).all()
    assert np.isinf(halt.footprint.arrival_s[:, ~hit]).all()
    assert not halt.is_moved
    assert "cascade.stationary" not in [caveat.code for caveat in halt.footprint.caveats]


def test_a_source_that_begins_before_the_cascade_is_told_in_its_own_seconds(tmp_path: Path) -> None:
    same, early = with_halt(tmp_path), with_halt(tmp_path, begins="2024-04-30T04:00:00Z")
    one, two = same.stage("halt").footprint, early.stage("halt").footprint
    assert (np.isfinite(one.arrival_s) == np.isfinite(two.arrival_s)).all()
    reached = np.isfinite(one.arrival_s)
    assert np.allclose(one.arrival_s[reached], two.arrival_s[reached])


def test_a_source_that_begins_too_late_is_refused_by_line(tmp_path: Path) -> None:
    with pytest.raises(InputFaults) as caught:
        with_halt(tmp_path, begins="2024-05-08T04:00:00Z")
    (fault,) = caught.value.faults
    assert (fault.code, fault.column) == ("cascade.begins_late", "halt.file")
    assert fault.line is not None


def test_sources_may_be_completed_before_they_are_used(tmp_path: Path) -> None:
    text = cascades.changed(*probable("1", "1")) + cascades.FLOOD_STAGE
    source = cascades.read(tmp_path, text, flood=cascades.FLOOD)
    asked = []

    def drier(pathway: str, inflow: Any, file: Path) -> Any:
        asked.append((pathway, file))
        return replace(inflow, flow_m3_s={1: [100.0]})

    dry = source.with_sources(drier)
    assert asked == [("river", tmp_path / "flood.toml")]
    flood = cascade.run(flooded(), dry, members=20, seed=1, horizon_s=5 * DAY).stage("flood").footprint
    assert not np.isfinite(flood.arrival_s).any()


def test_a_city_that_only_the_last_stage_reaches_is_in_the_footprint(tmp_path: Path) -> None:
    footprint = with_halt(tmp_path).footprint()
    pang = row(footprint, cast.PANG)
    assert 0.0 < footprint.probability()[pang] < 1.0
    assert footprint.peak[pang].max() == 1.0


# ------------------------------------------------------------------------------------------------ the cities


def test_a_city_is_reached_by_the_first_stage_and_people_are_not_counted_twice(tmp_path: Path) -> None:
    found = cascades.run(tmp_path, cascades.changed(*probable("1", "1")))
    footprint = found.footprint()
    shang = row(footprint, cast.SHANG)
    assert (footprint.arrival_s[shang] <= found.stage("quake").footprint.arrival_s[0]).all()
    assert set(footprint.exposed_people[shang]) == {1000.0}  # not 1,300 with those of the dam
    bound = next(c for c in footprint.caveats if c.code == PEOPLE_LOWER_BOUND)
    assert cast.SHANG in bound.places
    assert cast.XIA not in bound.places  # one stage alone reaches it


def test_unknown_people_stay_unknown(tmp_path: Path) -> None:
    footprint = cascades.run(tmp_path).footprint()
    zhong = row(footprint, cast.ZHONG)
    reached = np.isfinite(footprint.arrival_s[zhong])
    assert np.isnan(footprint.exposed_people[zhong, reached]).all()
    assert (footprint.exposed_people[zhong, ~reached] == 0.0).all()


def test_stages_at_once_are_counted_where_they_overlap(tmp_path: Path) -> None:
    slow = (("delay_h = [1, 20]", "delay_h = 1"), *probable("1", "1"))
    long, short = (
        ("lasts_h = 0.1\n    intensity_median = 2.0", f"lasts_h = {h}\n    intensity_median = 2.0")
        for h in (3, 0.5)
    )
    together = cascades.run(tmp_path, cascades.changed(long, *slow)).footprint()
    apart = cascades.run(tmp_path, cascades.changed(short, *slow)).footprint()
    shang = row(together, cast.SHANG)
    hit = together.peak[shang] == 2.0
    assert hit.any()
    assert (apart.peak[shang] <= 1.0).all()
    assert (together.peak_s[shang, hit] == HOUR).all()
    # From 0 to the end of the dam with the long quake; with a gap of half an hour with the short one.
    gap = together.duration_s[shang, hit] - apart.duration_s[shang, hit]
    assert np.allclose(gap, 0.5 * HOUR)


def test_the_footprint_says_on_what_condition_it_stands(tmp_path: Path) -> None:
    footprint = cascades.run(tmp_path).footprint()
    told = next(c for c in footprint.caveats if c.code == "cascade.condition")
    assert told.text_en == "All of this is on condition of: Quake."
    assert footprint.hazard_cities[:2] == (cast.SHANG, cast.ZHONG)
    assert footprint.series is not None
    assert footprint.series.values.max() <= 3.0


# ------------------------------------------------------------------------------------------------- the chain


def test_the_chain_says_how_likely_and_when(tmp_path: Path) -> None:
    found = cascades.run(tmp_path)
    chain = found.chain()
    nodes = {node["id"]: node for node in chain["nodes"]}
    edges = {edge["id"]: edge for edge in chain["edges"]}
    assert list(nodes) == ["quake", "dam", "taps"]
    assert nodes["quake"]["probability"] == 1.0
    assert nodes["dam"]["probability"] == begun(found, "dam").mean() == edges["quake-dam"]["fired"]
    assert edges["quake-dam"]["met"] == (found.stage("quake").footprint.peak[0] >= 1.5).mean()
    low, middle, high = edges["quake-dam"]["onset_s"]
    assert HOUR <= low < middle < high <= 20 * HOUR
    assert edges["quake-dam"]["causes"][0]["unit"] == "m/s2"
    assert [city["code"] for city in nodes["taps"]["cities"]] == [cast.XIA]


def test_what_would_begin_after_the_horizon_does_not_begin(tmp_path: Path) -> None:
    text = cascades.changed(("delay_h = [1, 20]", "delay_h = 30"), *probable("1", "1"))
    found = cascades.run(tmp_path, text, horizon_s=DAY)
    assert found.chain()["edges"][0]["fired"] == 0.0 < found.chain()["edges"][0]["met"]


def test_too_few_members_have_no_times(tmp_path: Path) -> None:
    chain = cascades.run(tmp_path, cascades.changed(*probable("0.01", "0.5")), members=100).chain()
    dam = chain["nodes"][1]
    assert 0.0 <= dam["probability"] < 0.05
    assert dam["begins_s"] is None


# -------------------------------------------------------------------------------------------------- treatment


def act(target: str, effect: str, amount: float, **more: Any) -> Treatment:
    return Treatment("act", target, effect, amount, **more)


def test_a_buffer_bridges_its_hours(tmp_path: Path) -> None:
    plain = cascades.run(tmp_path).stage("taps").footprint
    text = cascades.TEXT
    more = (
        cascades.run(tmp_path, text, treatments=[act(f"taps/{cast.XIA}", "buffer", 5)])
        .stage("taps")
        .footprint
    )
    still = np.isfinite(more.arrival_s)
    assert np.allclose(more.arrival_s[still], plain.arrival_s[still] + 5 * HOUR)
    assert still.sum() < np.isfinite(plain.arrival_s).sum()
    late = act(f"taps/{cast.XIA}", "buffer", 5, starts_s=9 * DAY)
    assert (
        cascades.run(tmp_path, text, treatments=[late]).stage("taps").footprint.arrival_s == plain.arrival_s
    ).all()


@pytest.mark.parametrize(
    ("target", "effect"),
    [
        ("taps/910100", "buffer"),
        ("dam/910100", "buffer"),
        (cast.XIA, "buffer"),
        ("flood/1", "hold_release"),
        ("taps/910300", "evacuate"),
    ],
)
def test_what_cannot_be_honoured_is_refused(tmp_path: Path, target: str, effect: str) -> None:
    with pytest.raises(InputFaults) as caught:
        cascades.run(
            tmp_path,
            cascades.TEXT + cascades.FLOOD_STAGE,
            region=flooded(),
            treatments=[act(target, effect, 1)],
        )
    assert caught.value.code == "treatment.not_honoured"


def test_a_stage_that_always_happens_is_treated_by_its_pathway(tmp_path: Path) -> None:
    alone = cascades.FLOOD_STAGE[: cascades.FLOOD_STAGE.index("[[link]]")]
    source = cascades.read(tmp_path, cascades.TEXT + alone, flood=cascades.FLOOD)
    options: dict[str, Any] = {"members": 10, "seed": 1, "horizon_s": 5 * DAY}
    plain = cascade.run(flooded(), source, **options).stage("flood").footprint
    held = cascade.run(flooded(), source, treatments=[act("flood/1", "hold_release", 0.9)], **options)
    assert held.stage("flood").footprint.peak.max() < plain.peak.max()


# ------------------------------------------------------------------------------------------------- bad input


def test_unknown_places_and_cities_are_named_with_their_line(tmp_path: Path) -> None:
    text = cascades.changed(
        ('place = "dam-site"', 'place = "damsite"'), (f'city = "{cast.XIA}"', 'city = "999999"')
    )
    with pytest.raises(InputFaults) as caught:
        cascades.run(tmp_path, text)
    faults = {fault.column: fault for fault in caught.value.faults}
    assert faults["link quake-dam.causes.place"].line == 1 + text[: text.index('place = "damsite"')].count(
        "\n"
    )
    assert faults["taps.place.city"].got == "999999"


def test_a_place_that_the_forecast_of_a_stage_does_not_have_is_named(tmp_path: Path) -> None:
    to_taps = 'causes = [{ stage = "dam", when = "arrival" }]\nprobability = 0.9'
    pang = f'causes = [{{ stage = "flood", place = "{cast.PANG}", when = "arrival" }}]\nprobability = 0.9'
    with pytest.raises(InputFaults) as caught:
        cascades.run(tmp_path, cascades.changed((to_taps, pang)) + cascades.FLOOD_STAGE, region=flooded())
    (fault,) = caught.value.faults
    assert (fault.code, fault.got) == ("cascade.unknown_place", cast.PANG)
    assert fault.line is not None


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"members": 0}, "cascade.members"),
        ({"horizon_s": 0.0}, "cascade.horizon"),
        ({"horizon_s": np.nan}, "cascade.horizon"),
        ({"at": cast.SPILL.replace(tzinfo=None)}, "cascade.issued"),
        ({"at": cast.SPILL - timedelta(hours=1)}, "cascade.issued"),
    ],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(tmp_path: Path, options: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as caught:
        cascades.run(tmp_path, **options)
    assert caught.value.code == code


def test_a_forecast_issued_before_its_source_knew_is_refused(tmp_path: Path) -> None:
    flood = cascades.FLOOD + ""
    flood = flood.replace("step_h = 1", "issued = 2024-05-03T00:00:00Z\nstep_h = 1")
    alone = cascades.FLOOD_STAGE[: cascades.FLOOD_STAGE.index("[[link]]")]
    source = cascades.read(tmp_path, cascades.TEXT + alone, flood=flood)
    options: dict[str, Any] = {"members": 5, "seed": 1, "horizon_s": 3 * DAY}
    with pytest.raises(DomainError) as caught:
        cascade.run(flooded(), source, at=cast.SPILL + timedelta(hours=2), **options)
    assert caught.value.code == "cascade.issued"
    issued = cascade.run(flooded(), source, **options).footprint()
    assert issued.issued == issued.known_at == datetime.fromisoformat("2024-05-03T00:00:00+00:00")
