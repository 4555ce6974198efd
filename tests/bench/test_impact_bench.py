"""The impact bench runs, and says what it promises to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.quick_bench import run_quick


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("impact")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement", "cut_s", "cut_from_file_s"} <= set(told)
    assert told["unit"] == "cell-members per cpu-second"


def test_sums_and_losses_agree_with_exactextract(told: dict[str, Any]) -> None:
    assert told["agreement"] <= 1e-6


def test_ours_is_faster_than_exactextract_even_on_a_busy_machine(told: dict[str, Any]) -> None:
    assert len(told["peers"]) == 2
    assert all(peer["ratio"] > 10 for peer in told["peers"])
