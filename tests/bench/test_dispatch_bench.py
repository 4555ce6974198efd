"""The dispatch bench runs, and says what it promises to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.quick_bench import run_quick


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("dispatch")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement", "ratio", "gap_300", "seconds_300"} <= set(
        told
    )


def test_both_forms_have_the_same_optimum(told: dict[str, Any]) -> None:
    assert told["agreement"] <= 1e-6


def test_the_gap_is_proven(told: dict[str, Any]) -> None:
    assert 0.0 <= told["gap_300"] <= 0.01
