"""A short crash campaign with each run of the tests; `make torture` runs the long one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from torture.disk import library


def run(*command: str) -> dict[str, Any]:
    """What a part of the campaign found."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    told = subprocess.run(
        [sys.executable, "-m", *command], env=environment, capture_output=True, text=True, check=False
    )
    assert told.stdout, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    return found


@pytest.fixture(scope="module")
def cuts() -> dict[str, Any]:
    if library() is None:
        pytest.skip("the SQLite of this Python is hidden inside it, so its disk cannot be simulated")
    return run("torture.power", "--cuts", "700", "--quick", "--seed", "3")


def test_a_power_cut_takes_nothing_that_was_acknowledged(cuts: dict[str, Any]) -> None:
    found = cuts["full"]
    assert found["cuts"] >= 700
    assert (found["entries_lost"], found["damaged"]) == (0, 0), found["first_failure"]


def test_a_full_or_failing_disk_stops_the_log_without_a_false_acknowledgement(cuts: dict[str, Any]) -> None:
    found = cuts["full"]
    assert found["faults"] >= 5
    assert found["faults_in_doubt"] > 0
    assert found["false_acknowledgements"] == 0


def test_the_careless_control_loses_entries_so_the_campaign_bites(cuts: dict[str, Any]) -> None:
    assert cuts["normal"]["entries_lost"] > 0


def test_a_killed_process_takes_nothing_that_was_acknowledged() -> None:
    found = run("torture.kill", "--kills", "25", "--seed", "3")
    assert found["kills"] == 25
    assert found["acknowledged"] > 100
    assert (found["entries_lost"], found["entries_moved"], found["damaged"]) == (0, 0, 0), found


def test_a_server_killed_under_a_writer_takes_nothing_that_was_acknowledged() -> None:
    found = run("torture.kill", "--kills", "2", "--seed", "3", "--postgres")
    assert found["acknowledged"] > 0
    assert (found["entries_lost"], found["entries_moved"], found["damaged"]) == (0, 0, 0), found
