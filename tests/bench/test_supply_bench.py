"""The bench of supply chains runs, and says what it promises to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.quick_bench import run_quick


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("supply")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement", "seconds_340x42"} <= set(told)


def test_a_quick_run_claims_nothing_of_the_large_table(told: dict[str, Any]) -> None:
    assert told["seconds_340x42"] is None
    assert "20 regions" in told["large"]


def test_stocks_hold_output_back_where_nobody_stopped(told: dict[str, Any]) -> None:
    assert told["least_output"] < 0.95


def test_it_agrees_with_its_peer(told: dict[str, Any]) -> None:
    if "left_out" in told:
        pytest.skip(told["left_out"])
    assert told["agreement"] <= 1e-9
    assert told["agreement_days"] == 40


def test_ours_is_faster_than_its_peer_even_on_a_busy_machine(told: dict[str, Any]) -> None:
    assert all(peer["ratio"] > 10 for peer in told["peers"])
