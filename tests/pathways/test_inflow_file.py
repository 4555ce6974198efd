"""A flood is read whole, or every wrong key is named with its line."""

from __future__ import annotations

from pathlib import Path

import cascades
import pytest

from riskshed.errors import InputFaults
from riskshed.pathways import inflow_file

FLOWS = "[100, 900, 1500, 900, 400, 200, 100]"


def read(folder: Path, text: str) -> inflow_file.Inflow:
    path = folder / "flood.toml"
    path.write_text(text, "utf-8")
    return inflow_file.read(path)


def test_a_flood_is_read(tmp_path: Path) -> None:
    inflow = read(tmp_path, cascades.FLOOD)
    assert inflow.origin == inflow.issued == inflow.known_at
    assert (inflow.step_s, inflow.dt_s, inflow.inflow_log_sd) == (3600.0, 900.0, 0.3)
    assert inflow.flow_m3_s == {1: [100.0, 900.0, 1500.0, 900.0, 400.0, 200.0, 100.0]}


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("origin = 2024-05-01T04:00:00Z", "origin = 2024-05-01", "origin"),
        ("step_h = 1", "step_h = 0", "step_h"),
        ("step_h = 1", "step_h = 1\ndt_s = 1000", "dt_s"),
        ("step_h = 1", "step_h = 1\nknown_at = 2024-05-02T04:00:00Z", "known_at"),
        ("travel_log_sd = 0.1", "travel_log_sd = -0.1", "travel_log_sd"),
        ('source = "cast"', "", "source"),
        ("reach = 1", "reach = true", "inflow[0].reach"),
        (FLOWS, "[100, -1]", "inflow[0].flow_m3_s"),
        (FLOWS, "[]", "inflow[0].flow_m3_s"),
        (FLOWS, "[1]\n\n[[inflow]]\nreach = 2\nflow_m3_s = [1, 2]", "inflow"),
        (FLOWS, "[1]\n\n[[inflow]]\nreach = 1\nflow_m3_s = [1]", "inflow[1].reach"),
        ("reach = 1", "reach = 1\nspeed = 2", "inflow[0].speed"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_its_line(tmp_path: Path, old: str, new: str, column: str) -> None:
    text = cascades.changed((old, new), text=cascades.FLOOD)
    with pytest.raises(InputFaults) as caught:
        read(tmp_path, text)
    assert caught.value.code == "inflow.faults"
    fault = next(fault for fault in caught.value.faults if fault.column == column)
    if fault.line is not None:
        name = column.rpartition(".")[2]
        assert text.splitlines()[fault.line - 1].startswith((name, "[[inflow]]"))


def test_a_file_without_inflow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFaults) as caught:
        read(tmp_path, cascades.FLOOD[: cascades.FLOOD.index("[[inflow]]")])
    assert [fault.column for fault in caught.value.faults] == ["inflow"]
