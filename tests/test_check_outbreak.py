"""The first wave of COVID-19 in China: what was published is met, and no city is told its own cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riskshed import check_outbreak, checks
from riskshed.errors import InputFaults
from tests.cast import shared_data


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared_data("covid-china")


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    """What the check says."""
    return checks.run(folder)


def test_the_published_correlations_are_met(told: dict[str, Any]) -> None:
    assert told["passed"]
    assert told["pearson_r"]["27"] == pytest.approx(0.952, abs=5e-4)


def test_the_model_is_better_than_every_naive_one(told: dict[str, Any]) -> None:
    for part in ("log_cases", "tenth_case", "first_case"):
        crps = told[part]["crps"]
        assert min(crps, key=crps.get) == "model"
        assert told[part]["crps_skill"]["climatology"] == 0.0


def test_what_was_reached_stays_reached(told: dict[str, Any]) -> None:
    assert told["log_cases"]["r2"]["model"] > 0.76
    assert told["tenth_case"]["r2"]["model"] > 0.50
    assert told["first_case"]["crps_skill"]["model"] > 0.14


def test_what_it_says_is_json(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_folder_is_known_by_its_files(folder: Path) -> None:
    assert checks.find("covid-china") == checks.find(str(folder))


def drawn(n: int = 60) -> tuple[np.ndarray, ...]:
    draw = np.random.default_rng(4)
    covariates, place = draw.normal(size=(n, 2)), draw.uniform(0, 1000, (n, 2))
    province = draw.integers(0, 6, n).astype(str)
    return covariates, place, province, covariates[:, 0] + 0.3 * draw.normal(size=n)


def test_a_city_is_not_told_its_own_outcome() -> None:
    covariates, place, province, outcome = drawn()
    before = check_outbreak.left_out(covariates, place, province, outcome)
    changed = outcome.copy()
    changed[7] += 5.0
    after = check_outbreak.left_out(covariates, place, province, changed)
    assert after[0][7] == pytest.approx(before[0][7], rel=1e-9)
    assert after[1][7] == pytest.approx(before[1][7], rel=1e-9)
    others = np.arange(60) != 7
    assert (after[0][others] != before[0][others]).any()


def test_the_model_finds_what_is_in_the_covariates() -> None:
    covariates, place, province, outcome = drawn()
    middle, spread = check_outbreak.left_out(covariates, place, province, outcome)
    assert np.corrcoef(middle, outcome)[0, 1] > 0.9
    assert 0.2 < spread.mean() < 0.5


def test_a_table_with_a_word_for_a_number_is_named(folder: Path, tmp_path: Path) -> None:
    for name in check_outbreak.FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    text = (tmp_path / check_outbreak.DAILY).read_text("utf-8-sig").splitlines()
    text[2] = text[2].replace(",37,", ",many,", 1)
    (tmp_path / check_outbreak.DAILY).write_text("\n".join(text), encoding="utf-8")
    with pytest.raises(InputFaults) as error:
        check_outbreak.read(tmp_path)
    assert [(fault.line, Path(fault.where).name) for fault in error.value.faults] == [
        (3, check_outbreak.DAILY)
    ]
