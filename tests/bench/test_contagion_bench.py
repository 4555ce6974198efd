"""The contagion bench runs, and says what it promises to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.quick_bench import run_quick


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("contagion")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement", "ks"} <= set(told)
    assert {"ratio_epydemix", "ratio_laser"} <= set(told)


def test_days_of_arrival_are_those_of_exact_binomials(told: dict[str, Any]) -> None:
    assert told["ks"] > 0.01


def test_peers_are_there_or_said_to_be_left_out(told: dict[str, Any]) -> None:
    assert bool(told["peers"]) != ("left_out" in told)
    assert all(peer["ratio"] > 2 for peer in told["peers"])
    assert told["agreement"] is None or told["agreement"] < 0.05
