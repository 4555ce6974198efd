"""The bench of games runs, and says what it promises to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.quick_bench import run_quick


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("games")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement"} <= set(told)
    assert set(told["shapley_s"]) == set(told["nucleolus_s"]) == {"10", "12"}


def test_it_agrees_with_its_peer(told: dict[str, Any]) -> None:
    assert len(told["peers"]) == 1
    assert told["agreement"] <= 1e-9


def test_ours_is_faster_than_its_peer_even_on_a_busy_machine(told: dict[str, Any]) -> None:
    assert all(peer["ratio"] > 2 for peer in told["peers"])


def test_every_published_table_comes_out(told: dict[str, Any]) -> None:
    assert told["tables_exact"], told["tables"]
    assert len(told["tables"]) == 11


def test_the_nucleolus_lets_nobody_down_more_than_it_must(told: dict[str, Any]) -> None:
    assert all(-1e-8 < one < 1e-8 for one in told["nucleolus_beside_least_core"].values())
