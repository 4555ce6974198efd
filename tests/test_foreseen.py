"""A case whose forecasts a pathway makes: read strictly, made as of their time, judged by what came."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from riskshed import foreseen, foreseen_story, reenactment, rules_case
from riskshed.agreed_terms import ModelAgreement
from riskshed.errors import InputError, InputFaults
from riskshed.foreseen import Foreseeing
from riskshed.region import Region
from riskshed.replay import Forecast
from riskshed.scene import OUTSIDE, Scene

CASE = Path(__file__).parents[1] / "cases" / "outbreak"
XIA, PANG, ZHONG = "920300", "910400", "920200"


@pytest.fixture(scope="module")
def made() -> tuple[Forecast, ...]:
    return foreseen.forecasts(Foreseeing.read(CASE), Region.read(CASE / "region"), members=60)


@pytest.fixture(scope="module")
def scene(made: tuple[Forecast, ...]) -> Scene:
    return rules_case.read(CASE, made)


def test_forecast_goes_on_the_record_as_the_pathway_made_it(scene: Scene, made: tuple[Forecast, ...]) -> None:
    (said,) = [one for one in scene.statements if one.kind == "FootprintIssued"]
    assert said.body is not None
    assert said.issued == made[0].moment.at
    assert said.body["pathway"] == "contagion"
    told = {row["city"]: float(row["probability"]) for row in said.body["arrivals"]}
    chance = dict(zip(made[0].footprint.ids, made[0].footprint.probability(), strict=True))
    assert told == pytest.approx(chance, abs=1e-4)


def test_same_forecast_for_any_number_of_workers(made: tuple[Forecast, ...]) -> None:
    plan, region = Foreseeing.read(CASE), Region.read(CASE / "region")
    again = plan.forecast(region, plan.issued[0], members=60, workers=3)
    np.testing.assert_array_equal(again.footprint.arrival_s, made[0].footprint.arrival_s)


def test_case_is_judged_by_cities_that_can_be_foreseen_and_by_the_last_forecast_before(
    scene: Scene, made: tuple[Forecast, ...]
) -> None:
    told = foreseen_story.judge(scene, made)
    assert [row["city"] for row in told["cities"]] == [XIA, PANG]
    late = replace(made[0], moment=replace(made[0].moment, at=made[0].moment.at + timedelta(days=30)))
    assert foreseen_story.judge(scene, (*made, late))["cities"] == told["cities"], "it came before that one"
    assert foreseen_story.judge(scene, (late,))["cities"] == []


def test_error_and_coverage_are_those_of_the_arrivals(scene: Scene, made: tuple[Forecast, ...]) -> None:
    at = made[0].footprint.ids.index(XIA)
    median = made[0].footprint.moment(float(made[0].footprint.arrival_quantile_s(0.5)[at]))
    assert median is not None
    early = replace(scene, arrivals={XIA: median - timedelta(hours=7)})
    (xia, pang) = foreseen_story.judge(early, made)["cities"]
    assert (xia["error_h"], xia["reached"], pang["reached"], pang["error_h"]) == (7.0, True, False, None)
    probability = made[0].footprint.probability()
    wanted = np.mean([(probability[at] - 1.0) ** 2, probability[made[0].footprint.ids.index(PANG)] ** 2])
    assert foreseen_story.judge(early, made)["brier"] == pytest.approx(wanted, abs=1e-4)


GOOD = (CASE / "forecast.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"contagion"', '"train"', "pathway"),
        ('"outbreak.toml"', '"../outbreak/outbreak.toml"', "source"),
        ('"outbreak.toml"', '"none.toml"', "source"),
        ("[2026-03-03T20:00:00+08:00]", "[]", "issued"),
        ("[2026-03-03T20:00:00+08:00]", "[2026-03-03T20:00:00]", "issued"),
        (
            "[2026-03-03T20:00:00+08:00]",
            "[2026-03-04T20:00:00+08:00, 2026-03-03T20:00:00+08:00]",
            "issued",
        ),
        ("[2026-03-03T20:00:00+08:00]", "[2026-02-01T20:00:00+08:00]", "issued"),
        ("480.0", "-1.0", "horizon_h"),
        ("500", "1", "members"),
        ("members", "member", "member"),
    ],
)
def test_a_fault_of_the_file_is_named(tmp_path: Path, old: str, new: str, key: str) -> None:
    shutil.copytree(CASE, tmp_path, dirs_exist_ok=True)
    assert old in GOOD
    (tmp_path / "forecast.toml").write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(InputFaults) as told:
        Foreseeing.read(tmp_path)
    assert key in [one.column for one in told.value.faults]
    assert {one.code for one in told.value.faults} == {"foreseen.bad_value"}


def test_forecast_asks_the_pathway_as_of_its_time() -> None:
    plan, region = Foreseeing.read(CASE), Region.read(CASE / "region")
    at = datetime.fromisoformat("2026-03-05T00:00:00+08:00")
    found = plan.forecast(region, at, members=10).footprint
    assert (found.issued, found.known_at <= at) == (at, True)


def test_silence_of_a_case_that_holds_nothing_official_is_judged_by_nobody(
    scene: Scene, made: tuple[Forecast, ...]
) -> None:
    model = ModelAgreement.read(CASE, scene.region)
    outside = tuple(one for one in scene.statements if one.kind in OUTSIDE)
    quiet = replace(scene, statements=outside)
    assert scene.has_record
    assert not quiet.has_record
    with pytest.raises(InputError) as told:
        reenactment.recorded(quiet, model)
    assert told.value.code == "replay.no_record"
