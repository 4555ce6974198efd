"""The bench of matching runs, agrees with its peers, and explains everything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.quick_bench import run_quick


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("match")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement"} <= set(told)


def test_all_reach_the_same_optimum_and_it_is_proven(told: dict[str, Any]) -> None:
    assert told["agreement"] == 0
    assert told["proven"]


def test_every_need_is_matched_or_told_why_not(told: dict[str, Any]) -> None:
    assert told["explained"] == told["one_item_explained"] == 240


def test_one_item_does_not_fall_into_parts(told: dict[str, Any]) -> None:
    assert told["one_item_pairs"] > 240
    assert told["one_item_s"] > 0
    assert told["one_item_amounts_s"] > 0
