"""Losses: what is there times what is lost, exact to the minor unit, and unknown where it is unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import cast
import numpy as np
import pytest
import spills
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputFaults, NotFoundError
from riskshed.footprint import Footprint, Place
from riskshed.pathways import impact, pollutant, vulnerability, zone_weights
from riskshed.pathways.exposure import Exposed
from riskshed.pathways.treatment import Treatment

HOUR_S = 3600.0
CURVES = vulnerability.published()
LIMIT = CURVES["gb3838-nitrobenzene"]


def depth_of(*peaks: list[float], **more: Any) -> Footprint:
    """A footprint of depths in metres, (city, member), reached where it is wet."""
    peak = np.array(peaks, float)
    reached = peak > 0
    cities = (cast.SHANG, cast.ZHONG, cast.XIA)[: len(peak)]
    given: dict[str, Any] = {
        "pathway": "river", "quantity": "depth", "unit": "m", "threshold": 0.01,
        "places": tuple(Place(c, c, c, c) for c in cities),
        "origin": cast.SPILL, "issued": cast.SPILL, "known_at": cast.SPILL,
        "arrival_s": np.where(reached, HOUR_S, np.inf),
        "peak": peak, "peak_s": np.where(reached, HOUR_S, np.nan),
        "duration_s": np.where(reached, 5 * HOUR_S, 0.0), "exposed_people": np.where(reached, np.nan, 0.0),
        "hazard_cities": (), "seed": 1, "model": "test", "version": "0", "region_digest": "0" * 64,
    } | more  # fmt: skip
    return Footprint(**given)


def owns(city: str, amount: int | None, category: str = "residential", **more: Any) -> Exposed:
    currency = None if category == "people" else "CNY"
    given = {"currency": currency, "curve": "jrc-asia-residential", "source": "yearbook"} | more
    return Exposed(city, category, amount, as_of=date(2023, 12, 31), **given)


# ------------------------------------------------------------------------------------------------- money


def test_a_loss_is_the_value_times_the_share_of_the_curve() -> None:
    found = impact.losses(
        depth_of([0.0, 0.5, 1.0], [2.0, 6.0, 0.0]), [owns(cast.SHANG, 1000), owns(cast.ZHONG, 50)]
    )
    assert found.money_minor["residential"].tolist() == [[0, 327, 494], [36, 50, 0]]
    assert found.expected_minor(city=cast.SHANG) == round(Fraction(821, 3))
    assert found.expected_minor() == round(Fraction(821 + 86, 3))


@settings(max_examples=40)
@given(
    amounts=st.lists(st.integers(0, 2**53), min_size=2, max_size=2),
    depths=st.lists(st.floats(0, 8), min_size=1, max_size=6),
)
def test_the_expected_loss_is_the_exact_mean_of_whole_minor_units(
    amounts: list[int], depths: list[float]
) -> None:
    found = impact.losses(
        depth_of(depths, depths[::-1]),
        [owns(c, a) for c, a in zip((cast.SHANG, cast.ZHONG), amounts, strict=True)],
    )
    whole = [int(v) for v in found.money_minor["residential"].ravel().tolist()]
    assert found.expected_minor() == round(Fraction(sum(whole), len(depths)))
    assert all(float(v) == m for v, m in zip(whole, found.money_minor["residential"].ravel(), strict=True))


def test_a_city_that_nobody_counted_stays_unknown_and_the_total_is_a_lower_bound() -> None:
    found = impact.losses(depth_of([1.0], [1.0]), [owns(cast.SHANG, 1000), owns(cast.ZHONG, None)])
    assert found.told("residential", city=cast.ZHONG) == {
        "expected": None, "p05": None, "p95": None, "lower_bound": True,
    }  # fmt: skip
    assert found.told("residential") == {"expected": 494, "p05": 494, "p95": 494, "lower_bound": True}
    assert not found.told("residential", city=cast.SHANG)["lower_bound"]


def test_a_class_that_a_city_has_no_row_for_is_unknown_there() -> None:
    rows = [owns(cast.SHANG, 1000), owns(cast.ZHONG, 9, "industrial")]
    found = impact.losses(depth_of([1.0], [1.0]), rows)
    assert np.isnan(found.money_minor["industrial"][0]).all()
    assert ("industrial", cast.SHANG) in found.lower_bound


def test_what_lies_beyond_the_curve_is_told() -> None:
    found = impact.losses(depth_of([7.0, 1.0, 8.0, 9.0]), [owns(cast.SHANG, 1000)])
    assert found.extrapolated["residential"].tolist() == [0.75]
    assert found.summary()["extrapolated"] == {"residential": {cast.SHANG: 0.75}}


def test_the_band_lies_between_the_extremes() -> None:
    told = impact.losses(depth_of(list(np.linspace(0, 2, 101))), [owns(cast.SHANG, 10_000)]).told(
        "residential"
    )
    assert told["p05"] == pytest.approx(654, abs=1)
    assert told["p95"] == pytest.approx(7210 - 0.1 * 2080, abs=10)
    assert told["p05"] < told["expected"] < told["p95"]


# ------------------------------------------------------------------------------------------------ people


def test_people_are_taken_from_the_exposure_where_the_footprint_does_not_know_them() -> None:
    people = owns(cast.SHANG, 800, "people", curve="bank")
    bank = {"bank": vulnerability.step("bank", 1.0, quantity="depth", unit="m", source="survey")}
    found = impact.losses(depth_of([0.0, 0.5, 1.5]), [people], curves=bank)
    assert found.people.tolist() == [[0, 0, 800]]
    away = Treatment("e", cast.SHANG, "evacuate", 0.75)
    assert impact.losses(depth_of([1.5]), [people], curves=bank, treatments=[away]).people.tolist() == [[200]]


def test_people_whom_nobody_counted_are_unknown_and_not_none() -> None:
    found = impact.losses(depth_of([0.0, 1.0]), [])
    assert found.people[0, 0] == 0
    assert np.isnan(found.people[0, 1])
    assert found.told("people") == {"expected": None, "p05": None, "p95": None, "lower_bound": True}


# ----------------------------------------------------------------------------------------- without water


def water(*treatments: Treatment, peak: float = 0.02, **more: Any) -> impact.Losses:
    """Two intakes of Zhong and one of Xia of unknown size, an hour after the origin and for 40 hours."""
    places = (
        Place("a", cast.ZHONG, "a", "a", people=1000.0),
        Place("b", cast.ZHONG, "b", "b", people=500.0),
        Place("c", cast.XIA, "c", "c"),
    )
    one = np.ones((3, 1))
    given: dict[str, Any] = {
        "unit": "mg/L", "places": places, "arrival_s": HOUR_S * one, "peak": peak * one,
        "peak_s": HOUR_S * one, "duration_s": 40 * HOUR_S * one, "exposed_people": 0.0 * one,
    } | more  # fmt: skip
    return impact.losses(
        replace(depth_of([1.0], [1.0], [1.0]), **given), [], supply=LIMIT, treatments=treatments
    )


def test_hours_without_water_add_up_over_the_intakes_of_a_city() -> None:
    found = water()
    assert found.people_hours[0, 0] == 1500 * 40
    assert np.isnan(found.people_hours[1, 0])
    assert found.lower_bound == {("people_hours", cast.XIA)}
    assert found.told("people_hours") == {
        "expected": 60_000, "p05": 60_000, "p95": 60_000, "lower_bound": True,
    }  # fmt: skip


def test_below_the_limit_nobody_is_without_water() -> None:
    assert water(peak=0.0169).people_hours.tolist() == [[0], [0]]
    never = {"arrival_s": np.full((3, 1), np.inf), "duration_s": np.zeros((3, 1))}
    assert water(**never).people_hours.tolist() == [[0], [0]]


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        (Treatment("t", "a", "buffer", 12.0), 1000 * 28 + 500 * 40),
        (Treatment("t", cast.ZHONG, "buffer", 12.0), 1500 * 28),
        (Treatment("t", cast.ZHONG, "buffer", 99.0), 0),
        (Treatment("t", cast.ZHONG, "buffer", 12.0, starts_s=2 * HOUR_S), 1500 * 40),
        (Treatment("t", "b", "supply_water", 0.5), 1000 * 40 + 250 * 40),
        (Treatment("t", "b", "supply_water", 0.5, ends_s=9 * HOUR_S), 1500 * 40),
        (Treatment("t", cast.ZHONG, "evacuate", 1.0), 0),
        (Treatment("t", cast.ZHONG, "close_intake", 1.0), 1500 * 40),
    ],
)
def test_buffers_and_other_water_bridge_the_gap(given: Treatment, hours: float) -> None:
    assert water(given).people_hours[0, 0] == pytest.approx(hours)


def test_a_time_beyond_the_horizon_is_a_lower_bound() -> None:
    found = water(duration_s=np.full((3, 1), np.inf), horizon_s=11 * HOUR_S)
    assert found.people_hours[0, 0] == 1500 * 10
    assert ("people_hours", cast.ZHONG) in found.lower_bound


def test_a_spill_is_followed_from_the_plant_to_the_taps() -> None:
    carbon = Treatment("carbon", "zhong", "absorb", 0.999)
    with_plan, without = (
        impact.losses(
            pollutant.spread(spills.region(), spills.spill(), members=50, treatments=plan), [],
            supply=LIMIT, treatments=plan,
        )
        for plan in ([carbon], [])
    )  # fmt: skip
    assert without.told("people_hours", city=cast.ZHONG)["expected"] > 3_000_000
    assert (with_plan.people_hours[0] <= without.people_hours[0]).all()
    assert with_plan.told("people_hours")["expected"] < without.told("people_hours")["expected"]


# ------------------------------------------------------------------------------------- from a grid; in words


def test_losses_of_a_grid_are_whole_and_keep_what_was_not_covered() -> None:
    zones = ("a", "b")
    part = zone_weights.ZoneDamage(
        zones, np.array([[1.5, 2.4], [0.2, 9.0]]), np.zeros((2, 2)), np.zeros((2, 2))
    )
    people = replace(part, unknown_cells=np.array([[0.0, 1.0], [0.0, 0.0]]))
    beyond = impact.Caveat("impact.outside_grid", "x", "x", ("b",))
    found = impact.of_zones({"residential": part}, currency="CNY", people=people, caveats=[beyond])
    assert found.money_minor["residential"].tolist() == [[2, 2], [0, 9]]
    assert found.lower_bound == {("people", "a"), ("people", "b"), ("residential", "b")}


def test_a_curve_in_another_unit_is_refused_and_one_that_is_not_there() -> None:
    with pytest.raises(InputFaults, match="curve gb3838-benzene, column unit: got mg/L, want m"):
        impact.losses(depth_of([1.0]), [owns(cast.SHANG, 1, curve="gb3838-benzene")])
    with pytest.raises(InputFaults, match="want m"):
        impact.losses(depth_of([1.0]), [], supply=LIMIT)
    with pytest.raises(NotFoundError, match="no curve"):
        impact.losses(depth_of([1.0]), [owns(cast.SHANG, 1, curve="jrc-mars")])


def test_cities_elsewhere_and_unconfirmed_curves_are_said() -> None:
    rows = [owns(cast.SHANG, 9, curve="jrc-asia-transport"), owns(cast.PANG, 9)]
    caveats = {c.code: c for c in impact.losses(depth_of([1.0]), rows).caveats}
    assert caveats["impact.elsewhere"].places == (cast.PANG,)
    assert "jrc-asia-transport" in caveats["impact.unconfirmed"].text_en


def test_the_summary_is_json_with_its_sources() -> None:
    found = impact.losses(depth_of([1.0, 2.0], [0.5, 0.0]), [owns(cast.SHANG, 1000), owns(cast.ZHONG, None)])
    told = json.loads(found.to_json())
    assert told["cities"][cast.SHANG]["categories"]["residential"]["expected"] == 608
    assert told["cities"][cast.ZHONG]["money_minor"]["expected"] is None
    assert told["total"]["money_minor"]["lower_bound"]
    assert told["sources"][0] == "yearbook (2023-12-31)"
    assert any("10.2760/16510" in source for source in told["sources"])
