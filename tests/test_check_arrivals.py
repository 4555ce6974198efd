"""Ebola in West Africa, forecast as it went on: nothing later is seen, and the scores are what they are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riskshed import check_arrivals as arrivals
from riskshed import checks, foreseen, reenactment, rules_case
from riskshed.agreed_terms import ModelAgreement
from riskshed.check_arrivals import RECORD, WEEK, Record, as_known
from riskshed.errors import InputFaults
from riskshed.governance import lead
from riskshed.governance.matching_pairs import distance_km
from riskshed.pathways.outbreak import Outbreak
from riskshed.region import Region

CASE = Path(__file__).parents[1] / "cases" / "ebola-2014"
BEGINS = datetime(2014, 3, 24, tzinfo=UTC)
MEMBERS = 128
# All cases of the 99 weeks by the same source's table of places, which is not the table of weeks.
TOTALS = {
    "gin-gueckedou": 390,
    "gin-macenta": 787,
    "lbr-montserrado": 2925,
    "sle-westernurban": 3219,
    "gin-labe": 0,
}


@pytest.fixture(scope="module")
def region() -> Region:
    return Region.read(CASE / "region")


@pytest.fixture(scope="module")
def record(region: Region) -> Record:
    return Record.read(CASE / RECORD, region)


@pytest.fixture(scope="module")
def source() -> Outbreak:
    return Outbreak.read(CASE / "outbreak.toml")


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return arrivals.run(CASE, members=MEMBERS)


def asked(folder: Path) -> list[Outbreak]:
    """The outbreaks that a check of a folder forecasts."""
    seen: list[Outbreak] = []
    plain = arrivals.forecast

    def spy(region: Region, source: Outbreak, *, members: int) -> Any:
        seen.append(source)
        return plain(region, source, members=members)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrivals, "forecast", spy)
        arrivals.run(folder, members=2)
    return seen


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CASE, tmp_path / "case"))


def changed(folder: Path, week: str, by: int) -> Path:
    """The folder, with more cases in each row of a week."""
    lines = (folder / RECORD).read_text("utf-8").splitlines()
    at = [k for k, line in enumerate(lines) if f",{week}T" in line]
    assert at
    for k in at:
        city, when, cases, rest = lines[k].split(",", 3)
        lines[k] = f"{city},{when},{int(cases) + by},{rest}"
    (folder / RECORD).write_text("\n".join(lines), encoding="utf-8")
    return folder


# ------------------------------------------------------------------------------------------ no look ahead


def test_what_is_counted_later_changes_no_forecast(copy: Path) -> None:
    before = asked(CASE)
    last = before[-1].begins
    after = asked(changed(copy, last.date().isoformat(), 500))
    assert len(before) == arrivals.ISSUES
    assert [(one.city, one.begins, one.infected) for one in before] == [
        (one.city, one.begins, one.infected) for one in after
    ]


def test_what_was_counted_before_changes_the_forecasts_after_it_alone(copy: Path) -> None:
    before = asked(CASE)
    last = (before[-1].begins - WEEK).date().isoformat()
    after = asked(changed(copy, last, 500))
    same = [one.infected == other.infected for one, other in zip(before, after, strict=True)]
    assert same == [True] * (arrivals.ISSUES - 1) + [False]


def test_the_naive_forecast_of_a_constant_rate_knows_no_more(
    region: Region, record: Record, source: Outbreak
) -> None:
    made = arrivals.forecast(region, source, members=2)
    later = record.cases.copy()
    later[:, 60:] += 7.0  # after all that is scored
    scores = [
        arrivals.judged(region, source, replace(record, cases=cases), made) for cases in (record.cases, later)
    ]
    assert scores[0] == scores[1]


# ------------------------------------------------------------------------------------------ the case


def test_the_record_sums_to_the_totals_that_are_published_beside_it(record: Record) -> None:
    sums = dict(zip(record.cities, record.cases.sum(axis=1).tolist(), strict=True))
    assert {code: sums[code] for code in TOTALS} == TOTALS
    assert np.nansum(record.cases) == 21_803
    assert [code for code, one in sums.items() if np.isnan(one)] == ["gin-mandiana"]


def test_the_outbreak_of_the_file_is_what_was_counted_when_it_begins(
    record: Record, source: Outbreak
) -> None:
    now = as_known(source, record.known_at(BEGINS), BEGINS)
    assert source.begins == BEGINS
    assert (now.city, now.infected) == (source.city, source.infected)


def test_what_came_is_what_the_record_says(record: Record) -> None:
    weeks = record.weeks_to_first(BEGINS)
    wanted = {
        code: BEGINS + week * WEEK
        for code, week in zip(record.cities, weeks.tolist(), strict=True)
        if week < arrivals.HORIZON_WEEKS
    }
    assert dict(rules_case.read(CASE, ()).arrivals) == wanted


def test_travel_is_the_radiation_model_on_the_people_of_the_cities(region: Region) -> None:
    people = np.array([city.population_resident for city in region.cities], dtype=float)
    lat, lon = (np.array([getattr(city, name) for city in region.cities]) for name in ("lat", "lon"))
    apart = distance_km(lat[:, None], lon[:, None], lat, lon)
    flow = np.zeros_like(apart)
    for i, here in enumerate(people):
        inside = 0.0
        for j in np.argsort(apart[i])[1:]:
            flow[i, j] = 0.01 * here * here * people[j] / ((here + inside) * (here + people[j] + inside))
            inside += people[j]
    found = np.zeros_like(flow)
    for link in region.travel:
        found[region.city_index[link.from_city], region.city_index[link.to_city]] = link.people_per_day
    assert np.abs(found - np.where(flow >= 1.0, flow, 0.0)).max() <= 0.051


# ------------------------------------------------------------------------------------------ the scores


def test_what_was_reached_stays_reached(told: dict[str, Any]) -> None:
    found = told["all"]
    assert found["cities_scored"] == 156
    assert found["crps_skill"]["constant_rate"] > 0.35
    assert found["crps_weeks"]["forecast"] < 5.0
    assert found["rho"]["effective_distance"] > 0.5
    assert 0.7 < found["coverage_90"] < 0.9


def test_effective_distance_orders_the_cities_better_than_distance_or_people_do(told: dict[str, Any]) -> None:
    rho = told["all"]["rho"]
    assert rho["effective_distance"] > max(rho["distance_alone"], rho["population_alone"])


def test_aims_that_are_missed_are_said_to_be(told: dict[str, Any]) -> None:
    met = {name: one["met"] for name, one in told["reached"].items()}
    assert met == {"crps_skill_over_constant_rate": True, "median_week_rho": False, "coverage_90": False}
    assert not told["passed"]


def test_it_is_found_by_its_files_and_what_it_says_is_json(told: dict[str, Any]) -> None:
    assert checks.find("ebola-2014") == checks.find(str(CASE))
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_forecast_that_is_certain_and_right_scores_nothing(
    region: Region, record: Record, source: Outbreak
) -> None:
    made = arrivals.forecast(region, source, members=2)
    weeks = record.weeks_to_first(BEGINS)
    days = np.where(weeks < arrivals.HORIZON_WEEKS, weeks * 7 + 1, np.inf)
    row = [record.cities.index(code) for code in made.ids]
    right = replace(made, arrival_s=np.repeat(days[row][:, None] * 86_400.0, 2, axis=1))
    found = arrivals.judged(region, source, record, right)
    assert found["crps_weeks"]["forecast"] == 0.0
    assert found["coverage_90"] == 1.0
    assert found["cities_expected"] == found["cities_reached"]
    assert found["rho"]["median_week"] == pytest.approx(1.0)


# ------------------------------------------------------------------------------------------ the record

FIRST = datetime(2014, 1, 6, tzinfo=UTC)


def small(*rows: Sequence[float]) -> Record:
    return Record(tuple("abc"[: len(rows)]), FIRST, np.array(rows))


def test_a_city_is_reached_in_the_week_of_its_first_case() -> None:
    record = small([0, 0, 0, 2, 0], [0, 1, 0, 0, 0], [np.nan] * 5)
    weeks = record.weeks_to_first(FIRST + 2 * WEEK)
    assert weeks[0] == 1
    assert np.isnan(weeks[1:]).all(), "had one before; was not counted"
    assert record.weeks_to_first(FIRST)[1] == 1


def test_a_city_that_is_not_reached_counts_as_the_horizon() -> None:
    assert small([0] * 40).weeks_to_first(FIRST + WEEK)[0] == arrivals.HORIZON_WEEKS
    late = small([0] * (1 + arrivals.HORIZON_WEEKS) + [5])
    assert late.weeks_to_first(FIRST + WEEK)[0] == arrivals.HORIZON_WEEKS


def test_a_week_is_known_when_it_is_over() -> None:
    record = small([1, 2, 3, 4])
    assert record.known_at(FIRST + 2 * WEEK - timedelta(seconds=1)).cases.tolist() == [[1]]
    assert record.known_at(FIRST + 2 * WEEK).cases.tolist() == [[1, 2]]


def test_without_recent_cases_there_is_nothing_to_forecast(source: Outbreak) -> None:
    with pytest.raises(InputFaults) as error:
        as_known(source, small([3, 0, 0, 0]), FIRST + 4 * WEEK)
    assert error.value.code == "check.table"


def rows(*lines: str) -> str:
    return "city,week,cases,source\n" + "\n".join(f"{line},made up" for line in lines)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (rows("nowhere,2014-01-06T00:00Z,1"), 2, "city"),
        (rows("gin-beyla,2014-01-06T00:00Z,1", "gin-beyla,2014-01-08T00:00Z,1"), 3, "week"),
        (rows("gin-beyla,2014-01-06T00:00Z,1", "gin-beyla,2014-01-06T00:00Z,2"), 3, "week"),
        (rows("gin-beyla,2014-01-06T00:00Z,-1"), 2, "cases"),
        ("city,week,cases,source\n", None, "city"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, region: Region, text: str, line: int, column: str) -> None:
    (tmp_path / RECORD).write_text(text, encoding="utf-8")
    with pytest.raises(InputFaults) as error:
        Record.read(tmp_path / RECORD, region)
    assert [(fault.line, fault.column) for fault in error.value.faults] == [(line, column)]


def test_a_record_that_ends_before_the_last_forecast_can_be_judged_is_refused(copy: Path) -> None:
    lines = (copy / RECORD).read_text("utf-8").splitlines()
    short = [line for line in lines if ",2015-" not in line]
    (copy / RECORD).write_text("\n".join(short), encoding="utf-8")
    with pytest.raises(InputFaults) as error:
        arrivals.run(copy)
    assert "to judge forecasts by" in str(error.value)


def test_a_city_without_a_point_is_named(copy: Path) -> None:
    cities = copy / "region" / "cities.csv"
    text = cities.read_text("utf-8")
    assert ",8.87168,-8.26713," in text
    cities.write_text(text.replace(",8.87168,-8.26713,", ",,,"), encoding="utf-8")
    with pytest.raises(InputFaults) as error:
        arrivals.run(copy)
    assert [fault.got for fault in error.value.faults] == ["gin-beyla: unknown"]


def test_where_no_city_is_reached_there_is_nothing_to_judge(
    region: Region, record: Record, source: Outbreak
) -> None:
    made = arrivals.forecast(region, source, members=2)
    later = record.cases.copy()
    later[:, (BEGINS - record.first) // WEEK :] *= 0.0
    with pytest.raises(InputFaults) as error:
        arrivals.judged(region, source, replace(record, cases=later), made)
    assert "nothing can be judged" in str(error.value)


def test_an_arrival_is_the_first_case_whatever_the_file_calls_one(record: Record, source: Outbreak) -> None:
    now = as_known(replace(source, arrival_people=50), record.known_at(BEGINS), BEGINS)
    assert now.arrival_people == 1


# ------------------------------------------------------------------------------------------ the rules


def test_three_states_tell_all_cities_before_it_comes_under_a_model_agreement_alone(region: Region) -> None:
    made = foreseen.forecasts(foreseen.Foreseeing.read(CASE), region, members=64)
    scene = rules_case.read(CASE, made)
    model = ModelAgreement.read(CASE, scene.region)
    course = reenactment.agreed(scene, model)
    assert model.regime.packs == ()
    assert course.findings == ()
    for city, came in scene.arrivals.items():
        heard = course.told[city].at
        assert heard is not None
        assert heard < came or came == BEGINS, "two have their first case in the week that begins then"
    found = lead.lead_and_assist(course.standing, "ebola-2014", model.regime)
    assert found.spread == "1"
    assert set(found.lead) == set(made[0].footprint.hazard_cities)
