"""The bench of the air runs, and says what it promises to say."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from bench.quick_bench import run_quick


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("air")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement", "full_walk", "puff_receptors"} <= set(told)


def test_a_quick_run_says_that_it_has_no_peer(told: dict[str, Any]) -> None:
    assert told["peers"] == []
    assert "OpenDrift" in told["left_out"]


def test_particles_are_fast_even_on_a_busy_machine(told: dict[str, Any]) -> None:
    assert told["ours"] > 2e6
    assert told["full_walk"] > 1e6


def test_the_cloud_is_where_wind_and_diffusion_put_it(told: dict[str, Any]) -> None:
    seconds = 24 * 300.0
    degree_m = 6_371_000.0 * np.pi / 180.0
    lat, lon = told["cloud"]["mean_deg"]
    assert lat == pytest.approx(30.0, abs=0.1)
    assert lon == pytest.approx(105.0 + 5.0 * seconds / degree_m / np.cos(np.radians(30.0)), abs=0.1)
    least = np.sqrt(2 * 100.0 * seconds) / degree_m
    assert 0.9 * least < told["cloud"]["deviation_deg"][0] < 2.0 * least
