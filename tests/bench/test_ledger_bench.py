"""The ledger bench runs, and says what it promises to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.quick_bench import run_quick

KEYS = {
    "callers_1",
    "callers_16",
    "callers_256",
    "callers_2048",
    "verified_per_s",
    "proof_p50_ms",
    "proof_p99_ms",
    "reopen_ms",
}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What a quick run says."""
    return run_quick("ledger")


def test_it_is_one_json_object_with_the_agreed_names(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert {"name", "work", "unit", "ours", "peers", "agreement"} | KEYS <= set(told)
    assert all(told[key] > 0 for key in KEYS)


def test_pymerkle_finds_the_same_roots(told: dict[str, Any]) -> None:
    assert set(told["agreement"].values()) == {True}


def test_ours_costs_less_than_pymerkle_even_on_a_busy_machine(told: dict[str, Any]) -> None:
    assert all(peer["ratio"] > 1.3 for peer in told["peers"])
