"""The science against tables and data that are not ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riskshed import checks
from riskshed.errors import InputError, InputFaults
from tests.cast import shared_data

TABLES = Path(__file__).parents[1] / "cases" / "muskingum"


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    return checks.muskingum(TABLES)


@pytest.fixture(scope="module")
def colorado() -> dict[str, Any]:
    return checks.lower_colorado(shared_data("lower-colorado"))


def test_the_table_of_20_steps_is_met_within_half_a_cubic_metre(tables: dict[str, Any]) -> None:
    assert tables["example20"]["largest_difference_m3_s"] <= 0.5


def test_unrounded_weights_differ_from_the_table_by_its_rounding_only(tables: dict[str, Any]) -> None:
    assert tables["example20"]["largest_difference_unrounded_weights_m3_s"] <= 0.51


def test_the_best_linear_fit_of_wilsons_flood_is_the_published_one(tables: dict[str, Any]) -> None:
    assert tables["wilson1974"]["linear"]["ssq"] == pytest.approx(605.6, abs=0.1)


def test_the_three_parameter_fit_of_wilsons_flood_is_the_published_one(tables: dict[str, Any]) -> None:
    assert tables["wilson1974"]["nonlinear"]["ssq"] <= 36.8


def test_the_stored_run_is_followed_for_27_hours(colorado: dict[str, Any]) -> None:
    assert colorado["r2"]["27"] >= 0.957
    assert colorado["r2"]["6"] >= colorado["r2"]["12"] >= colorado["r2"]["27"]


def test_base_flow_that_was_rounded_away_explains_what_is_missing(colorado: dict[str, Any]) -> None:
    assert colorado["with_base_flow"]["r2"]["27"] >= 0.998
    assert abs(colorado["with_base_flow"]["bias_percent"]) < 5 < abs(colorado["as_stored"]["bias_percent"])


def test_no_water_is_lost_on_the_real_network(colorado: dict[str, Any]) -> None:
    assert colorado["as_stored"]["mass_closure"] <= 1e-10


def test_later_flow_of_the_stored_run_changes_nothing_but_the_marks(tmp_path: Path) -> None:
    folder = shared_data("lower-colorado")
    for file in checks.FILES["lower_colorado"]:
        arrays = dict(np.load(folder / file))
        if "truth" in arrays:
            arrays["truth"][:, 1:] *= 1.5
            arrays["vt"][:, 1:] = 0.0
        np.savez(tmp_path / file, **arrays)
    plain, changed = (checks.lower_colorado(f)["as_stored"] for f in (folder, tmp_path))
    assert changed["mass_closure"] == plain["mass_closure"]
    share = (1 + plain["bias_percent"] / 100) / (1 + changed["bias_percent"] / 100)
    assert share == pytest.approx(1.5, rel=1e-9)


def test_what_it_says_is_json(tables: dict[str, Any]) -> None:
    assert json.loads(json.dumps(tables, allow_nan=False)) == tables


def test_a_folder_is_known_by_its_files(tmp_path: Path) -> None:
    assert checks.find(str(TABLES)) == TABLES
    assert checks.find(str(tmp_path)) is None
    assert checks.run(TABLES)["name"] == "muskingum"


def test_a_broken_array_file_is_named(tmp_path: Path) -> None:
    for file in checks.FILES["lower_colorado"]:
        (tmp_path / file).write_bytes(b"not an array")
    with pytest.raises(InputError, match=r"topology\.npz cannot be read"):
        checks.lower_colorado(tmp_path)


def test_a_table_with_a_word_for_a_number_names_line_and_column(tmp_path: Path) -> None:
    for file in checks.FILES["muskingum"]:
        (tmp_path / file).write_text("time_h,inflow,outflow\n0,1,1\n1,two,1\n2,3,1\n", "utf-8")
    with pytest.raises(InputFaults, match="line 3, column inflow"):
        checks.muskingum(tmp_path)
