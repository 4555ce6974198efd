"""The river bench runs, and says what it promises to say."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from bench.quick_bench import run_quick


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("river")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement"} <= set(told)
    assert told["unit"] == "reach-member-steps per cpu-second"


def test_plain_muskingum_agrees_with_rapid2(told: dict[str, Any]) -> None:
    if sys.version_info >= (3, 12):
        pytest.skip("rapid2 cannot be installed for this Python")
    assert told["agreement"] <= 1e-6


def test_it_keeps_the_water(told: dict[str, Any]) -> None:
    assert told["mass_closure"] <= 1e-10


def test_ours_is_faster_than_rapid2_even_on_a_busy_machine(told: dict[str, Any]) -> None:
    assert all(peer["ratio"] > 5 for peer in told["peers"])
