"""The flood pathway: what must be true of any flood that comes down a river of cities."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from riskshed.errors import DomainError, InputFaults, NotFoundError
from riskshed.footprint import Footprint
from riskshed.pathways import river
from riskshed.region import Region
from tests import cast

HOUR_S, DAYS_S = 3600.0, 6 * 86_400.0


def flooded_region() -> Region:
    """The cast, with a flood flow at each of its three sections."""
    sections = tuple(replace(s, threshold_flow_m3_s=100.0) for s in cast.region().sections)
    return replace(cast.region(), sections=sections)


def flood(**more: Any) -> river.Inflow:
    """A flood of 12 hours into the uppermost reach, on a base of 20 m3/s."""
    flow = np.full(24 * 6, 20.0)
    flow[6:18] = 400.0
    known = {"origin": cast.SPILL, "issued": cast.SPILL, "known_at": cast.SPILL, "step_s": HOUR_S}
    return river.Inflow(**{**known, "flow_m3_s": {1: flow}, **more})


def forecast(members: int = 20, source: river.Inflow | None = None, **more: Any) -> Footprint:
    uncertain = flood(inflow_log_sd=0.2, travel_log_sd=0.2) if source is None else source
    return river.spread(flooded_region(), uncertain, members=members, seed=7, horizon_s=DAYS_S, **more)


def test_the_flood_comes_later_and_lower_to_each_city_downstream() -> None:
    footprint = forecast(source=flood())
    assert footprint.ids == ("shang", "zhong", "xia")
    assert (np.diff(footprint.arrival_s[:, 0]) > HOUR_S).all()
    assert (np.diff(footprint.peak[:, 0]) < 0).all()


def test_no_city_is_flooded_before_the_inflow_rises() -> None:
    assert forecast().arrival_s.min() > 6 * HOUR_S


def test_a_river_above_its_flood_flow_at_the_origin_has_arrived() -> None:
    footprint = forecast(source=flood(flow_m3_s={1: np.full(144, 150.0)}))
    assert (footprint.arrival_s == 0).all()
    assert (footprint.duration_s == np.inf).all()
    assert footprint.peak == pytest.approx(1.5)


def test_a_river_that_stays_low_never_arrives() -> None:
    footprint = forecast(source=flood(flow_m3_s={1: np.full(144, 20.0)}))
    assert (footprint.arrival_s == np.inf).all()
    assert (footprint.exposed_people == 0).all()


def test_people_on_flooded_land_are_unknown_and_not_none() -> None:
    assert np.isnan(forecast(source=flood()).exposed_people).all()


def test_more_members_leave_the_first_ones_as_they_are() -> None:
    few, many = forecast(members=70), forecast(members=130)
    assert np.array_equal(few.arrival_s, many.arrival_s[:, :70])


def test_threads_make_the_same_footprint() -> None:
    one, two = forecast(members=130), forecast(members=130, how="threads", workers=2)
    assert np.array_equal(one.arrival_s, two.arrival_s)
    assert np.array_equal(one.peak, two.peak)


def test_uncertain_travel_spreads_the_arrival_more_downstream() -> None:
    rise = np.r_[np.full(6, 20.0), np.full(138, 400.0)]
    footprint = forecast(members=100, source=flood(travel_log_sd=0.2, flow_m3_s={1: rise}))
    spread_s = footprint.arrival_s.std(axis=1)
    assert spread_s[2] > 1.5 * spread_s[0] > 0


def test_a_rating_brings_the_great_flood_earlier() -> None:
    rating = river.Rating(1.0, 100.0)
    small, great = (
        forecast(members=1, source=flood(rating=rating, flow_m3_s={1: flow}))
        for flow in (
            np.r_[np.full(6, 20.0), np.full(138, 200.0)],
            np.r_[np.full(6, 20.0), np.full(138, 2000.0)],
        )
    )
    assert (great.arrival_s < small.arrival_s).all()


def test_what_must_not_be_trusted_is_said() -> None:
    region = replace(flooded_region(), sections=flooded_region().sections[:2] + cast.region().sections[2:])
    assert region.network is not None
    flat = replace(region, network=replace(region.network, slope=np.full(6, 1e-6)))
    footprint = river.spread(flat, flood(), members=2, seed=1, horizon_s=2 * DAYS_S)
    assert {c.code for c in footprint.caveats} == {
        "river.backwater",
        "river.no_threshold",
        "river.inflow_held",
    }
    assert footprint.ids == ("shang", "zhong")


@pytest.mark.parametrize(
    ("change", "kind", "named"),
    [
        ({"flow_m3_s": {1: [1.0, np.nan]}}, InputFaults, "cell 0, member 0, interval 1"),
        ({"flow_m3_s": {1: [1.0, -2.0]}}, InputFaults, "got -2, want a finite number >= 0"),
        ({"flow_m3_s": {99: [1.0]}}, NotFoundError, "99"),
        ({"flow_m3_s": {}}, DomainError, "there are none"),
        ({"flow_m3_s": {1: np.ones((3, 4))}}, DomainError, "3 members, want 1 or 20"),
        ({"inflow_log_sd": -1.0}, DomainError, "inflow_log_sd is -1"),
        ({"step_s": 1000.0}, DomainError, "not a whole number of routing steps"),
        ({"step_s": 0.0}, DomainError, "step_s is 0 s, want > 0"),
    ],
)
def test_an_inflow_that_cannot_be_is_refused(
    change: dict[str, Any], kind: type[Exception], named: str
) -> None:
    with pytest.raises(kind, match=named):
        forecast(source=flood(**change))


def test_a_region_without_flood_flows_or_a_river_is_refused() -> None:
    for region in (cast.region(), replace(flooded_region(), network=None)):
        with pytest.raises(InputFaults, match="no flood can be forecast"):
            river.spread(region, flood(), members=2, seed=1, horizon_s=DAYS_S)
