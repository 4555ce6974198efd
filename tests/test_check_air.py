"""The surface layer against Project Prairie Grass."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riskshed import check_air, checks
from riskshed.errors import InputFaults
from tests.cast import shared_data


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return check_air.prairie_grass(shared_data("prairie-grass"))


def test_the_folder_is_known_by_its_files(found: dict[str, Any]) -> None:
    folder = checks.find("prairie-grass")
    assert folder is not None
    assert checks.run(folder) == found


def test_crosswind_integrals_meet_every_aim(found: dict[str, Any]) -> None:
    whole = found["crosswind_integrated"]
    assert whole["fac2"] >= 0.95
    assert abs(whole["fb"]) <= 0.1
    assert whole["nmse"] <= 0.25
    assert found["crosswind_integrated_800_m"]["fac2"] >= 0.88


def test_maxima_are_as_good_as_the_guide_says_and_no_better(found: dict[str, Any]) -> None:
    maximum = found["arc_maximum"]
    assert maximum["fac2"] == pytest.approx(0.945, abs=0.01)
    assert maximum["fb"] == pytest.approx(0.15, abs=0.02)
    assert maximum["nmse"] <= 0.25
    assert found["passed"] == all(found["reached"].values())


def test_arcs_that_did_not_show_their_maximum_are_named(found: dict[str, Any]) -> None:
    assert found["left_out"] == ["run 7, 100 m", "run 39, 800 m"]
    assert found["all_arcs"]["arc_maximum"]["n"] == found["arc_maximum"]["n"] + 2 == 130


def test_what_it_says_is_json(found: dict[str, Any]) -> None:
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_scores_are_those_of_the_definition() -> None:
    told = check_air.scores(np.array([2.0, 4.0]), np.array([1.0, 1.0]))
    assert told == {
        "n": 2,
        "fac2": 0.5,
        "fb": 1.0,
        "nmse": pytest.approx(5.0 / 3.0),
        "mg": pytest.approx(8.0**0.5),
    }


def made(folder: Path, samples: str, weather: str) -> Path:
    (folder / check_air.FILES[0]).write_text(samples, "utf-8")
    (folder / check_air.FILES[1]).write_text(weather, "utf-8")
    return folder


HEAD = "run,arc_m,release_g_s,sampler_or_source_height_m,azimuth_deg,so2_mg_m3\n"
WEATHER = "1,-28.0,0.39,782,176,0,0,0,9.5,5.9\n"


def test_a_sampler_that_failed_is_no_zero(tmp_path: Path) -> None:
    rows = "".join(f"1,50,80,0.46,{a},{c}\n" for a, c in ((88, 50), (90, 200), (92, 150), (94, -9), (96, 20)))
    found = check_air.prairie_grass(made(tmp_path, HEAD + rows, WEATHER))
    assert found["left_out"] == []
    assert found["crosswind_integrated_800_m"]["fac2"] is None
    assert not found["passed"]
    arc = check_air._arcs(check_air._samples(tmp_path / check_air.FILES[0]))[0]
    angle = np.radians([88, 90, 92, 96])
    assert arc.integrated_mg_m2 == pytest.approx(50 * np.trapezoid([50, 200, 150, 20], angle))


@pytest.mark.parametrize(
    ("samples", "weather", "line"),
    [
        (HEAD + "1,50,80,0.46,88,x\n", WEATHER, 2),
        (HEAD + "1,50,80,0.46,88,1\n", WEATHER + "3,5,0.2,1\n", 2),
        (HEAD + "1,50,80,0.46,88,1\n", WEATHER.replace("0.39", "-0.39"), 1),
        (HEAD + "1,50,80,0.46,88,1\n", "", None),
        (HEAD + "2,50,80,0.46,88,1\n", WEATHER, None),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, samples: str, weather: str, line: int | None) -> None:
    with pytest.raises(InputFaults) as caught:
        check_air.prairie_grass(made(tmp_path, samples, weather))
    assert caught.value.code == "check.table"
    assert caught.value.faults[0].line == line


def test_the_files_themselves_are_not_changed(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(shared_data("prairie-grass"), folder)
    before = [(folder / name).read_bytes() for name in check_air.FILES]
    check_air.prairie_grass(folder)
    assert [(folder / name).read_bytes() for name in check_air.FILES] == before
