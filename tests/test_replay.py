"""Forecasts are issued as fronts are seen, and judged by what really happened, in hours to be checked.

The naive errors are those of ../shared/NUMBERS.md, worked out by hand from the bulletins; they do not depend
on the model.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import songhua

from riskshed.case import Case
from riskshed.errors import DomainError
from riskshed.reading import Reading, Recorded
from riskshed.replay import HOUR, Forecast, forecast, judge, moments, replay

MEMBERS = 300
NAIVE_H = {"tonghe": -2.7, "dalai": -5.2, "jiamusi": 2.6, "tongjiang": -15.3}


@pytest.fixture(scope="module")
def case() -> Case:
    return Case.read(songhua.FOLDER)


@pytest.fixture(scope="module")
def made(case: Case) -> tuple[Forecast, ...]:
    return replay(case, members=MEMBERS)


@pytest.fixture(scope="module")
def judged(case: Case, made: tuple[Forecast, ...]) -> dict[str, Any]:
    return judge(case, made)


@pytest.fixture(scope="module")
def small(case: Case) -> tuple[Forecast, ...]:
    """The same forecasts from two members: enough where the hours do not matter."""
    return replay(case, members=2)


def fronts(judged: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["section"]: entry for entry in judged["fronts"]}


def recorded(section: str, earliest: datetime, latest: datetime, kind: str = "front") -> Recorded:
    return Recorded(section, kind, earliest, latest, None, True, "", "test")  # type: ignore[arg-type]


def seen(section: str, time: datetime) -> Reading:
    return Reading(section, time, "front", None, time, 0.0, "test")


def test_forecasts_are_issued_at_the_release_and_as_each_front_is_seen(case: Case) -> None:
    planned = moments(case)
    assert [moment.section for moment in planned] == [None, *songhua.FRONTS]
    assert planned[0].at == case.spill.released
    assert all(a.at < b.at for a, b in pairwise(planned))


def test_a_forecast_is_issued_when_its_front_could_be_known_and_not_when_it_passed(case: Case) -> None:
    known = {r.section: r.known_at for r in case.readings if r.kind in ("front", "first_detected")}
    assert all(moment.at == known[moment.section] for moment in moments(case)[1:])


def test_a_second_front_at_a_section_issues_nothing(case: Case) -> None:
    again = [seen("mulan", r.time + timedelta(days=1)) for r in case.readings if r.section == "mulan"]
    assert moments(replace(case, readings=(*case.readings, *again))) == moments(case)


def test_forecasts_come_in_order_and_one_by_one(case: Case) -> None:
    told: list[Forecast] = []
    steps: list[tuple[int, int]] = []
    made = replay(case, members=2, on_forecast=told.append, progress=lambda *step: steps.append(step))
    assert tuple(told) == made
    assert [f.footprint.issued for f in made] == [moment.at for moment in moments(case)]
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_no_forecast_knows_a_later_reading(case: Case) -> None:
    at = moments(case)[3].at
    later = tuple(replace(r, value=9.9, source="test") if r.known_at > at else r for r in case.readings)
    more = seen("tonghe", at + timedelta(minutes=1))
    plain, changed = (
        forecast(replace(case, readings=readings), at, members=20)
        for readings in (case.readings, (*later, more))
    )
    for name in ("arrival_s", "peak", "peak_s", "duration_s", "exposed_people"):
        assert np.array_equal(getattr(plain, name), getattr(changed, name), equal_nan=True), name
    assert plain.series is not None
    assert np.array_equal(plain.series.values, changed.series.values, equal_nan=True)


def test_no_forecast_knows_the_record(case: Case) -> None:
    at = moments(case)[2].at
    plain, changed = (forecast(one, at, members=20) for one in (case, replace(case, record=())))
    assert np.array_equal(plain.arrival_s, changed.arrival_s)


def test_threads_change_nothing(case: Case) -> None:
    at = moments(case)[1].at
    one, two = (forecast(case, at, members=300, workers=workers) for workers in (1, 2))
    assert np.array_equal(one.arrival_s, two.arrival_s)


def test_no_forecast_is_made_before_the_release(case: Case) -> None:
    with pytest.raises(DomainError, match="before the release"):
        forecast(case, case.spill.released - HOUR, members=2)


@pytest.mark.parametrize(("section", "error_h"), NAIVE_H.items())
def test_naive_errors_are_those_worked_out_by_hand(
    judged: dict[str, Any], section: str, error_h: float
) -> None:
    entry = fronts(judged)[section]
    assert entry["scored"]
    assert entry["naive_error_h"] == pytest.approx(error_h, abs=0.1)


def test_naive_mean_error_is_that_worked_out_by_hand(judged: dict[str, Any]) -> None:
    assert {entry["section"] for entry in judged["fronts"] if entry["scored"]} == set(NAIVE_H)
    assert judged["naive_mae_h"] == pytest.approx(6.4, abs=0.1)


def test_scored_fronts_are_forecast_within_five_hours_and_better_than_naive(judged: dict[str, Any]) -> None:
    assert judged["front_mae_h"] <= 5.0
    assert judged["front_mae_h"] < judged["naive_mae_h"]


def test_bands_hold_what_they_promise_and_are_no_wider_than_a_few_days(judged: dict[str, Any]) -> None:
    assert judged["front_coverage_90"] >= 0.8
    assert judged["all_fronts"]["front_coverage_90"] >= 0.8
    assert judged["mean_band_h"] <= 72.0


def test_the_peak_at_dalai_is_forecast_within_a_factor_of_one_and_a_half(judged: dict[str, Any]) -> None:
    (dalai,) = [entry for entry in judged["peaks"] if entry["section"] == "dalai"]
    assert dalai["recorded"] == 0.261
    assert 1.0 <= dalai["factor"] <= 1.5


def test_every_recorded_front_and_peak_is_printed(case: Case, judged: dict[str, Any]) -> None:
    rows = [(row.kind, row.section) for row in case.record]
    told = [("front", e["section"]) for e in judged["fronts"]] + [
        ("peak", e["section"]) for e in judged["peaks"]
    ]
    assert told == rows
    assert judged["all_fronts"]["number"] == len(judged["fronts"])


def test_means_are_those_of_the_rows(judged: dict[str, Any]) -> None:
    scored = [entry for entry in judged["fronts"] if entry["scored"]]
    for key, name in (
        ("front_mae_h", "error_h"),
        ("naive_mae_h", "naive_error_h"),
        ("mean_band_h", "band_h"),
    ):
        assert judged[key] == pytest.approx(np.mean([abs(entry[name]) for entry in scored]), abs=0.006)


def test_a_front_is_judged_by_the_last_forecast_that_is_early_enough(
    case: Case, judged: dict[str, Any]
) -> None:
    times = [moment.at for moment in moments(case)]
    for row in case.record:
        if row.kind == "front":
            early = [at for at in times if row.earliest - at >= timedelta(hours=case.min_lead_h)]
            entry = fronts(judged)[row.section]
            assert datetime.fromisoformat(entry["issued"]) == max(early)
            assert entry["lead_h"] == pytest.approx((row.earliest - max(early)) / HOUR, abs=0.01)


def test_a_lead_of_exactly_the_least_is_early_enough(case: Case, small: tuple[Forecast, ...]) -> None:
    event = small[2].moment.at + timedelta(hours=case.min_lead_h)
    rows = [
        recorded("mulan", event + shift, event + shift) for shift in (timedelta(0), -timedelta(minutes=1))
    ]
    issued = [judge(replace(case, record=(row,)), small)["fronts"][0]["issued"] for row in rows]
    assert [datetime.fromisoformat(text) for text in issued] == [small[2].moment.at, small[1].moment.at]


def test_a_front_before_every_forecast_is_left_out(case: Case, small: tuple[Forecast, ...]) -> None:
    early = recorded("zhaoyuan", case.spill.released, case.spill.released)
    judged = judge(replace(case, record=(early,)), small)
    assert judged["fronts"] == []
    assert judged["front_mae_h"] is judged["front_coverage_90"] is judged["mean_band_h"] is None


@pytest.mark.parametrize(
    ("earliest_h", "latest_h", "error_h"), [(-3, 4, 0.0), (0, 0, 0.0), (5, 9, -5.0), (-9, -2, 2.0)]
)
def test_an_error_is_the_distance_to_the_interval_of_the_record(
    case: Case, small: tuple[Forecast, ...], earliest_h: float, latest_h: float, error_h: float
) -> None:
    footprint = small[0].footprint
    place = footprint.ids.index("khabarovsk")
    middle = footprint.moment(footprint.arrival_quantile_s(0.5)[place])
    assert middle is not None
    row = recorded("khabarovsk", middle + earliest_h * HOUR, middle + latest_h * HOUR)
    (entry,) = judge(replace(case, record=(row,)), small[:1])["fronts"]
    assert entry["error_h"] == pytest.approx(error_h, abs=0.01)


def test_a_band_that_touches_the_interval_holds_it(case: Case, small: tuple[Forecast, ...]) -> None:
    footprint = small[0].footprint
    place = footprint.ids.index("khabarovsk")
    high = footprint.moment(footprint.arrival_quantile_s(0.95)[place])
    assert high is not None
    minute = timedelta(minutes=1)
    rows = [recorded("khabarovsk", high + shift, high + HOUR) for shift in (timedelta(0), minute)]
    inside = [judge(replace(case, record=(row,)), small[:1])["fronts"][0]["inside_90"] for row in rows]
    assert inside == [True, False]


def test_two_fronts_at_once_show_no_speed(case: Case, small: tuple[Forecast, ...]) -> None:
    at_once = (seen("zhaoyuan", small[2].moment.at), seen("sifangtai", small[2].moment.at))
    judged = judge(replace(case, readings=at_once), small)
    assert fronts(judged)["mulan"]["naive_error_h"] is None


def test_a_front_that_hardly_moves_is_beyond_the_calendar(case: Case, small: tuple[Forecast, ...]) -> None:
    slow = replace(case, spill=replace(case.spill, released=datetime.fromisoformat("1800-01-01T00:00+00:00")))
    readings = tuple(r for r in case.readings if r.section == "zhaoyuan")
    network = case.region.network
    assert network is not None
    length_m = np.where(np.arange(len(network)) > 50, 1e12, network.length_m)
    region = replace(case.region, network=replace(network, length_m=length_m))
    judged = judge(replace(slow, region=region, readings=readings), small)
    assert fronts(judged)["tongjiang"]["naive_error_h"] is None


def test_a_recorded_peak_of_nothing_has_no_factor(case: Case, small: tuple[Forecast, ...]) -> None:
    (peak,) = [row for row in case.record if row.kind == "peak" and row.section == "dalai"]
    judged = judge(replace(case, record=(replace(peak, value=0.0), replace(peak, value=None))), small)
    assert [entry["factor"] for entry in judged["peaks"]] == [None]


def test_a_judgement_is_json_without_nan(judged: dict[str, Any]) -> None:
    assert json.loads(json.dumps(judged, allow_nan=False)) == judged


def test_times_of_a_judgement_are_in_the_zone_of_the_case(judged: dict[str, Any]) -> None:
    told = [entry[key] for entry in judged["fronts"] for key in ("issued", "forecast_p50", "recorded")]
    assert all(part.endswith("+08:00") for text in told for part in text.split("/"))
