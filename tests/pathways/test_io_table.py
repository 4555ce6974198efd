"""Input-output tables: what is refused, and with which words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import InputFaults
from riskshed.pathways.io_table import SHOWN, IoTable

NAMES = ["a"], ["coal", "steel"]


def refused(make: Any, *what: Any) -> InputFaults:
    with pytest.raises(InputFaults) as told:
        make(*NAMES, *what)
    assert told.value.code == "io_table.faults"
    return told.value


def test_output_is_what_is_delivered_to_anybody() -> None:
    table = IoTable.of_flows(*NAMES, [[10, 40], [20, 0]], [[30, 20], [60, 0]])
    assert table.output.tolist() == [100, 80]
    assert table.industry("a", "steel") == 1


def test_coefficients_give_the_table_they_were_made_of() -> None:
    table = IoTable.of_flows(*NAMES, [[10, 40], [20, 0]], [50, 60])
    again = IoTable.of_coefficients(*NAMES, table.flows / table.output, table.final_demand)
    np.testing.assert_allclose(again.flows, table.flows, rtol=1e-12)


@pytest.mark.parametrize(
    ("flows", "final", "words"),
    [
        ([[10, 40]], [50, 60], "the shape (1, 2)"),
        ([[10, 40], [20, 0]], [50], "the shape (1,)"),
        ([[10, -40], [20, 0]], [50, 60], "flows[0, 1]: got -40"),
        ([[10, np.nan], [20, 0]], [50, 60], "flows[0, 1]: got nan"),
        ([[10, 40], [20, 0]], [50, np.inf], "final_demand[1]: got inf"),
        ([[10, 40], [20, 0]], [-50, 60], "final_demand[0]: got -50"),
        ([[10, 40], [20, 50]], [50, 6], "industry 1: got inputs of 90, output 76"),
    ],
)
def test_a_table_that_cannot_be_is_refused(flows: Any, final: Any, words: str) -> None:
    assert words in "\n".join(map(str, refused(IoTable.of_flows, flows, final).faults))


def test_a_ring_that_delivers_nothing_to_anybody_is_singular() -> None:
    told = refused(IoTable.of_flows, [[0, 40], [40, 0]], [0, 0])
    assert [f.where for f in told.faults] == [f"input-output table, industry {i}" for i in (0, 1)]
    assert "singular" in told.faults[0].wanted


def test_singular_coefficients_are_refused() -> None:
    assert "singular" in str(refused(IoTable.of_coefficients, [[0.5, 0.5], [0.5, 0.5]], [1, 1]).faults[0])


def test_nearly_singular_coefficients_are_refused() -> None:
    near = [[0.5, 0.5], [0.5, 0.5 - 1e-15]]
    assert "singular" in str(refused(IoTable.of_coefficients, near, [1, 1]).faults[0])


def test_coefficients_that_are_not_productive_are_refused() -> None:
    told = refused(IoTable.of_coefficients, [[0.2, 1.1], [0.9, 0.3]], [1, 1])
    assert "productive" in told.faults[0].wanted


def test_names_twice_are_refused() -> None:
    with pytest.raises(InputFaults, match="cannot be used"):
        IoTable.of_flows(["a", "a"], ["coal"], np.zeros((2, 2)), [1, 1])


def test_of_many_faults_the_first_are_named_and_the_rest_counted() -> None:
    n = 4 * SHOWN
    with pytest.raises(InputFaults) as told:
        IoTable.of_flows(["a"], [f"s{i}" for i in range(n)], np.full((n, n), -1.0), np.ones(n))
    assert len(told.value.faults) == SHOWN + 1
    assert f"{n * n - SHOWN} more" in told.value.faults[-1].got


@given(st.integers(0, 10**6))
def test_what_is_asked_for_is_made(seed: int) -> None:
    draw = np.random.default_rng(seed)
    a = draw.random((6, 6)) * 0.9 / 6
    table = IoTable.of_coefficients(["a", "b"], ["x", "y", "z"], a, draw.random(6))
    np.testing.assert_allclose(a @ table.output + table.final_demand, table.output, rtol=1e-9)
