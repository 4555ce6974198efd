"""The node bench runs, a small one against a real node, and says what it promises to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.quick_bench import run_quick

KEYS = {
    "delivered_p50_s",
    "delivered_p99_s",
    "delivered_max_s",
    "subscribers",
    "readings_single_per_s",
    "readings_batched_per_s",
    "pages_per_s",
    "rss_mb",
    "stopped_s",
}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("node")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement"} | KEYS <= set(told)
    assert all(told[key] > 0 for key in KEYS)


def test_a_crossing_reaches_every_listener_whole(told: dict[str, Any]) -> None:
    assert told["every_event_reached_everybody"]
    assert told["statements_per_round"] > 10, "readings, incident, level, notices, warning"
    assert told["delivered_p50_s"] <= told["delivered_p99_s"] <= told["delivered_max_s"]


def test_both_sides_of_the_comparison_deliver_all_events_to_all(told: dict[str, Any]) -> None:
    assert set(told["agreement"].values()) == {True}
