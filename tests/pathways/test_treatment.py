"""Treatments: refused by name where a pathway cannot honour them, and never more harm where there is more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import cast
import numpy as np
import pytest
import spills
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputError, InputFaults
from riskshed.footprint import Footprint
from riskshed.pathways import pollutant, retention, river, tracer, treatment
from riskshed.pathways.treatment import Treatment
from riskshed.region import Region
from riskshed.statement_values import Money

HOUR_S, DAY_S = 3600.0, 86_400.0
MEMBERS = 40
FEW = settings(max_examples=12, deadline=None)


def act(effect: str, target: str = "zhong", amount: float = 0.5, **more: Any) -> Treatment:
    return Treatment(more.pop("code", f"{effect}@{target}"), target, effect, amount, **more)


# ------------------------------------------------------------------------------------------ the contract


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"effect": "pray"}, "column effect: got .*want one of cut_source"),
        ({"amount": 1.5}, "column amount: got .*1.5.*want 0 to 1 1"),
        ({"amount": float("nan")}, "column amount"),
        ({"ends_s": 0.0}, "column ends_s"),
        ({"starts_s": float("inf")}, "column starts_s"),
        ({"cost": Money(-1, "CNY")}, "column cost"),
        ({"capacity_m3": 5.0}, "column capacity_m3: .*only with the effect retain"),
        ({"target": ""}, "column target"),
    ],
)
def test_a_treatment_that_cannot_be_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InputFaults, match=f"treatment wall, {named}"):
        Treatment(**{"code": "wall", "target": "zhong", "effect": "absorb", "amount": 0.5} | change)


def test_it_acts_from_its_start_to_its_end() -> None:
    wall = act("absorb", starts_s=10.0, ends_s=20.0)
    assert wall.during([0, 5, 12, 15, 20], [10, 15, 14, 25, 30]).tolist() == [0, 0.5, 1, 0.5, 0]
    assert wall.during([9.9, 10.0, 20.0], [9.9, 10.0, 20.0]).tolist() == [0, 1, 0]


def test_shares_of_several_treatments_multiply() -> None:
    cuts = [act("cut_source", code="a"), act("cut_source", amount=0.8, code="b", starts_s=5.0)]
    assert treatment.source_share(cuts, [0.0, 10.0], [5.0, 15.0]) == pytest.approx([0.5, 0.1])
    walls = [act("absorb"), act("absorb", "xia")]
    assert treatment.link_share(walls, "zhong", 0.0, 1.0) == pytest.approx(0.5)


def test_people_are_kept_from_harm_only_by_what_began_before_and_lasts() -> None:
    arrival, gone = np.array([5.0, 15.0, np.inf]), np.array([8.0, 30.0, np.inf])
    closed = [act("close_intake", "910200", 0.75, starts_s=10.0, ends_s=40.0)]
    share = treatment.receiver_share(closed, ("zhong", "910200"), arrival, gone)
    assert share.tolist() == [1.0, 0.25, 1.0]
    assert (treatment.receiver_share(closed, ("xia", "910300"), arrival, gone) == 1).all()


def test_nobody_is_left_of_an_unknown_number_if_all_have_gone() -> None:
    left = treatment.still_exposed(np.array([np.nan, np.nan, 8.0]), np.array([0.0, 0.5, 0.5]))
    assert left[0] == 0
    assert np.isnan(left[1])
    assert left[2] == 4


def test_a_coalition_does_what_all_its_doers_can_do() -> None:
    plan = [act("absorb", done_by=("a",)), act("evacuate", done_by=("a", "b")), act("buffer", amount=3)]
    assert [t.effect for t in treatment.done_by(plan, {"a"})] == ["absorb"]
    assert [t.effect for t in treatment.done_by(plan, {"a", "b", "c"})] == ["absorb", "evacuate"]


BODY: dict[str, Any] = {
    "acts_on": "link", "treatment": "absorb", "what": "carbon at the intake", "place": "zhong",
    "starts": "2024-05-01T06:00:00Z", "size": {"value": "80", "unit": "%"},
    "cost": {"minor": 500, "currency": "CNY"}, "done_by": ["910200"],
}  # fmt: skip


def test_a_decision_becomes_a_treatment() -> None:
    found = treatment.of_decision("d1", BODY, origin=cast.SPILL)
    assert found == Treatment(
        "d1", "zhong", "absorb", 0.8, starts_s=2 * HOUR_S, cost=Money(500, "CNY"),
        title_en="carbon at the intake", title_zh="carbon at the intake", done_by=("910200",),
    )  # fmt: skip
    assert treatment.of_decision("d2", BODY | {"treatment": "monitor"}, origin=cast.SPILL) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"place": None}, "treatment.no_target"),
        ({"size": None}, "treatment.no_size"),
        ({"size": {"value": "3", "unit": "t"}}, "treatment.unit"),
        ({"size": {"value": "300", "unit": "%"}}, "treatment.faults"),
    ],
)
def test_a_decision_that_does_not_say_enough_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        treatment.of_decision("d1", BODY | change, origin=cast.SPILL)
    assert caught.value.code == code


def test_to_stop_a_plant_without_a_size_is_to_stop_all_of_it() -> None:
    body = {key: value for key, value in BODY.items() if key != "size"} | {"treatment": "stop_plant"}
    found = treatment.of_decision("d1", body, origin=cast.SPILL)
    assert found is not None
    assert (found.effect, found.amount) == ("cut_source", 1.0)


# ---------------------------------------------------------------------------------------------- a spill


def spill(*treatments: object, **more: Any) -> Footprint:
    return pollutant.spread(spills.region(), spills.spill(), members=MEMBERS, treatments=treatments, **more)


PLAIN = spill()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (act("cut_travel"), "treatment cut_travel@zhong, column effect: got cut_travel, want one that"),
        (act("retain", amount=50.0), "column effect: got retain"),
        (act("absorb", "6"), 'column target: got "6", want a link of this forecast'),
        (act("absorb", "nowhere"), "column target"),
        (act("absorb", "shang"), "column target"),
        (act("cut_source", "zhong"), "want a source of this forecast"),
        (act("evacuate", "910400"), "want a receiver of this forecast"),
        ("pray", "want a treatment"),
    ],
)
def test_a_spill_refuses_what_it_cannot_honour_by_name(wrong: object, named: str) -> None:
    with pytest.raises(InputFaults, match=named) as caught:
        spill(act("absorb"), wrong)
    assert caught.value.code == "treatment.not_honoured"
    assert len(caught.value.faults) == 1


def test_a_code_stands_once_in_a_plan() -> None:
    with pytest.raises(InputFaults, match="want each code once"):
        spill(act("absorb"), act("absorb"))


def test_what_begins_after_all_is_over_changes_no_bit() -> None:
    later = [act(e, t, starts_s=1e8) for e, t in (("absorb", "zhong"), ("evacuate", "xia"))]
    changed = spill(act("add_flow", "zhong", 50.0, starts_s=1e8), *later)
    same = [np.allclose(getattr(changed, n), getattr(PLAIN, n), rtol=1e-9, equal_nan=True) for n in NAMES]
    assert all(same)
    assert spills.bits(spill(act("buffer", "zhong", 5.0))) == spills.bits(PLAIN)


NAMES = ("arrival_s", "peak", "peak_s", "duration_s", "exposed_people")


def test_a_source_cut_at_once_reaches_nobody() -> None:
    none = spill(act("cut_source", "shang", 1.0))
    assert not np.isfinite(none.arrival_s).any()
    assert (none.peak == 0).all()


def test_a_source_cut_after_one_time_constant_has_sent_the_rest() -> None:
    cut = (act("cut_source", "shang", 1.0, starts_s=7200.0),)
    stem, draw = spills.stem(), spills.draw()
    whole, part = tracer.run(stem, draw), tracer.run(stem, draw, tracer.Works(source=cut))
    assert part.mg_per_l[1].sum() / whole.mg_per_l[1].sum() == pytest.approx(1 - np.exp(-1), rel=0.02)


def test_a_wall_takes_its_share_below_and_none_above() -> None:
    stem, draw = spills.stem(), spills.draw()
    whole, part = tracer.run(stem, draw), tracer.run(stem, draw, tracer.Works(walls=((2, act("absorb")),)))
    assert part.mg_per_l[0] == pytest.approx(whole.mg_per_l[0], rel=1e-9)
    assert part.mg_per_l[1] == pytest.approx(0.5 * whole.mg_per_l[1], rel=1e-9)


def test_a_wall_at_a_section_is_felt_there_and_its_time_is_that_of_the_place() -> None:
    stem, draw = spills.stem(), spills.draw()
    whole = tracer.run(stem, draw)
    middle_s = float(whole.peak_s()[0, 0])
    wall = act("absorb", amount=1.0, starts_s=middle_s)
    part = tracer.run(stem, draw, tracer.Works(walls=((1, wall),)))
    times = np.array([middle_s - 2 * HOUR_S, middle_s + 2 * HOUR_S])
    assert part.at(0, times)[:, 0] == pytest.approx(whole.at(0, times)[:, 0] * [1, 0], rel=1e-6)


def test_more_water_dilutes_and_hurries_the_cloud() -> None:
    more = spill(act("add_flow", "shang", 300.0))
    assert (more.peak < PLAIN.peak).all()
    assert (more.arrival_s <= PLAIN.arrival_s).all()
    below_zhong = spill(act("add_flow", "zhong", 300.0))
    assert below_zhong.peak[0] == pytest.approx(PLAIN.peak[0], rel=0.01)
    assert (below_zhong.peak[1] < PLAIN.peak[1]).all()


def test_a_closed_intake_keeps_people_from_the_water_and_not_the_water_from_the_river() -> None:
    closed = spill(act("close_intake", cast.ZHONG, 0.9))
    zhong = PLAIN.ids.index("zhong")
    assert np.array_equal(closed.peak, PLAIN.peak)
    assert closed.exposed_people[zhong] == pytest.approx(0.1 * PLAIN.exposed_people[zhong])
    assert (PLAIN.exposed_people[zhong] > 0).any()


MASS_ACTS = st.lists(
    st.builds(
        lambda i, effect, amount, start, long: act(
            effect,
            {"cut_source": "shang", "absorb": ["zhong", "4"][i % 2]}.get(effect, cast.ZHONG),
            amount,
            code=f"t{i}{effect}{start}",
            starts_s=start * HOUR_S,
            ends_s=(start + long) * HOUR_S,
        ),
        st.integers(0, 9),
        st.sampled_from(["cut_source", "absorb", "close_intake", "evacuate"]),
        st.floats(0.0, 1.0),
        st.floats(0.0, 60.0),
        st.floats(0.5, 500.0),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda t: t.code,
)


@FEW
@given(plan=MASS_ACTS)
def test_more_that_takes_matter_or_people_away_is_never_more_harm(plan: list[Treatment]) -> None:
    fewer, more = spill(*plan[:-1]), spill(*plan)
    assert (more.peak <= fewer.peak * 1.001 + 1e-12).all()
    assert (more.arrival_s >= fewer.arrival_s - 0.01 * HOUR_S).all()
    hurt = [np.nansum(np.where(np.isnan(f.exposed_people), 0.0, f.exposed_people)) for f in (more, fewer)]
    # Something that holds the cloud back may let it outlast a closure; matter alone never adds people.
    if all(t.kind != "receiver" for t in plan):
        assert hurt[0] <= hurt[1]


def test_readings_narrow_a_treated_river_too() -> None:
    seen = spills.seen("zhong", 20, "not_detected")
    treated = spill(act("absorb"), readings=[seen], at=cast.SPILL + timedelta(hours=20))
    assert not np.array_equal(treated.arrival_s, spill(act("absorb")).arrival_s)


# ---------------------------------------------------------------------------------------------- a flood


def flooded() -> Region:
    sections = tuple(replace(s, threshold_flow_m3_s=100.0) for s in cast.region().sections)
    return replace(cast.region(), sections=sections)


def flood(*treatments: object, members: int = 20, rating: Any = None, **more: Any) -> Footprint:
    flow = np.full(144, 20.0)
    flow[6:18] = 400.0
    times = {"origin": cast.SPILL, "issued": cast.SPILL, "known_at": cast.SPILL, "step_s": HOUR_S}
    known = {"inflow_log_sd": 0.2, "travel_log_sd": 0.0 if rating else 0.2}
    source = river.Inflow(**times, **known, flow_m3_s={1: flow}, rating=rating)
    given: dict[str, Any] = {"members": members, "seed": 7, "horizon_s": 6 * DAY_S} | more
    return river.spread(flooded(), source, treatments=treatments, **given)


WET = flood()


def area(target: str = "shang", amount: float = 150.0, **more: Any) -> Treatment:
    return act("retain", target, amount, **more)


def test_a_flood_refuses_what_it_cannot_honour_by_name() -> None:
    wrong = [act("absorb"), act("hold_release", "xia"), area("99"), "pray", act("evacuate", cast.PANG)]
    with pytest.raises(InputFaults, match="the pathway river knows no treatments like these") as caught:
        flood(*wrong)
    assert [fault.column for fault in caught.value.faults] == [
        "effect",
        "target",
        "target",
        "effect",
        "target",
    ]


def test_no_area_stands_on_a_river_whose_travel_times_follow_the_flow() -> None:
    with pytest.raises(InputFaults, match="got retain"):
        flood(area(), rating=river.Rating(velocity_m_s=np.ones(6), flow_m3_s=np.full(6, 100.0)))


def test_a_release_held_back_whole_floods_nobody() -> None:
    held = flood(act("hold_release", "shang", 1.0, starts_s=6 * HOUR_S, ends_s=18 * HOUR_S))
    assert not np.isfinite(held.arrival_s).any()
    assert (held.exposed_people == 0).all()


def test_the_river_at_the_origin_is_as_it_was_before_anything_is_held() -> None:
    held = flood(act("hold_release", "1", 1.0), members=3)
    assert held.series is not None
    assert held.series.values[:, 2, 0] == pytest.approx(WET.series.values[:, 2, 0], rel=0.2)


def test_water_let_out_makes_a_flood_worse() -> None:
    more = flood(act("add_flow", "6", 100.0))
    assert np.array_equal(more.peak[0], WET.peak[0])
    assert (more.peak[1:] > WET.peak[1:]).all()


def test_an_area_that_is_never_reached_changes_no_number() -> None:
    same = flood(area(amount=1e5))
    assert np.allclose(same.peak, WET.peak, rtol=1e-9)
    assert np.allclose(same.arrival_s, WET.arrival_s, rtol=1e-9)


def test_an_area_holds_the_river_to_its_bound_and_lowers_all_below() -> None:
    tamed = flood(area())
    assert tamed.peak[0].max() == pytest.approx(1.5)
    assert (tamed.peak[1:] < WET.peak[1:]).all()
    assert (tamed.peak[2] <= 1.5 + 1e-9).all()


def test_an_area_takes_no_more_than_it_holds() -> None:
    flow = np.array([[0.0, 200.0, 300.0, 300.0, 100.0]])
    taken = retention.led_off_m3_s(flow, area(amount=150.0, capacity_m3=100.0 * HOUR_S), HOUR_S)
    assert taken.tolist() == [[0.0, 50.0, 50.0, 0.0, 0.0]]
    small = flood(area(capacity_m3=1e5))
    assert (small.peak <= WET.peak + 1e-9).all()
    assert (small.peak[0] > 1.5).any()


def test_an_area_below_sees_what_the_one_above_lets_pass() -> None:
    both = flood(area(amount=200.0), area("zhong", 120.0))
    assert both.peak[0].max() == pytest.approx(2.0)
    assert both.peak[1].max() == pytest.approx(1.2)
    assert (both.peak <= flood(area(amount=200.0)).peak + 1e-9).all()


def test_members_stand_alone_behind_an_area_too() -> None:
    few, many = flood(area(), members=70), flood(area(), members=130)
    assert np.array_equal(few.arrival_s, many.arrival_s[:, :70])


FLOOD_ACTS = st.lists(
    st.one_of(
        st.builds(
            lambda target, amount, room: area(target, amount, code=f"{target}{amount}", capacity_m3=room),
            st.sampled_from(["shang", "2", "zhong", "4"]),
            st.floats(20.0, 400.0),
            st.floats(1e4, 1e8),
        ),
        st.builds(
            lambda amount, start: act(
                "hold_release", "shang", amount, code=f"h{amount}{start}", starts_s=start * HOUR_S
            ),
            st.floats(0.0, 1.0),
            st.floats(0.0, 24.0),
        ),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda t: t.code,
)


@FEW
@given(plan=FLOOD_ACTS)
def test_more_that_keeps_water_back_is_never_a_higher_flood(plan: list[Treatment]) -> None:
    with_all, untreated = flood(*plan, members=4), flood(members=4)
    assert (with_all.peak <= untreated.peak * (1 + 1e-9)).all()
    assert (with_all.arrival_s >= untreated.arrival_s - 1e-6).all()


def test_all_evacuated_is_nobody_exposed_though_their_number_is_unknown() -> None:
    gone = flood(act("evacuate", cast.SHANG, 1.0), act("evacuate", cast.ZHONG, 0.5))
    assert (gone.exposed_people[0] == 0).all()
    assert np.isnan(gone.exposed_people[1]).any()
