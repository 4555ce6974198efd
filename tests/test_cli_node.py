"""The commands of a node, from its founding to its restored backup, as an operator types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROFILE = """
title = {{ zh = "三江", en = "Three rivers" }}
zone = "+08:00"
url = "http://127.0.0.1:8000"
body = "230100"
origin = "three-rivers.example/log"
packs = ["cn-2024"]
{more}
"""
CASE = Path(__file__).parents[1] / "cases" / "songhua-2005"


@pytest.fixture
def run(tmp_path):
    """Runs a command of the node in a folder of its own."""

    def call(*words, code=0, **environment):
        program = Path(sys.executable).parent / "riskshed"
        given = {**os.environ, "RISKSHED_HOME": str(tmp_path / "node"), "RISKSHED_PASSPHRASE": "open sesame"}
        given.pop("DJANGO_SETTINGS_MODULE", None)
        told = subprocess.run(
            [program, *map(str, words)],
            cwd=tmp_path, env=given | environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert told.returncode == code, told.stderr
        return told

    return call


@pytest.fixture
def small_region(tmp_path):
    """Two cities and no river, so that founding is quick."""
    folder = tmp_path / "region"
    folder.mkdir()
    text = (CASE / "region" / "cities.csv").read_text("utf-8").splitlines()
    rows = [line for line in text if not line.startswith("#")]
    chosen = [rows[0], *(row for row in rows if row.startswith(("230100,", "220200,")))]
    (folder / "cities.csv").write_text("\n".join(chosen) + "\n", "utf-8")
    (folder / "region.toml").write_text((CASE / "region" / "region.toml").read_text("utf-8"), "utf-8")
    return folder


def init(run, tmp_path, region, more=""):
    (tmp_path / "node.toml").write_text(PROFILE.format(more=more), "utf-8")
    return run("node", "init", "--profile", tmp_path / "node.toml", "--region", region, "--json")


def test_a_node_is_founded_manned_rebuilt_backed_up_and_put_back(run, tmp_path, small_region):
    made = json.loads(init(run, tmp_path, small_region).stdout)
    assert made["bodies"] == ["220200", "230100"]
    person = ("node", "person", "lin", "--body", "230100", "--officer", "admin-01", "--json")
    added = json.loads(run(*person, "--role", "administrator").stdout)
    assert len(added["password"]) >= 20
    assert json.loads(run(*person, "--role", "analyst").stdout)["password"] is None
    assert "audit" in run(*person, "--role", "auditor", code=1).stderr
    rebuilt = json.loads(run("node", "rebuild", "--json").stdout)
    assert (rebuilt["rows"], rebuilt["wrong_after"]) == (4, [])
    assert "no statement" in run("node", "forget", "0" * 64, code=1).stderr
    backup = json.loads(run("node", "backup", tmp_path / "backup", "--json").stdout)
    back = run("node", "restore", tmp_path / "backup", "--json", RISKSHED_HOME=str(tmp_path / "again"))
    assert json.loads(back.stdout)["root"] == backup["root"]


def test_what_is_wrong_is_told_and_nothing_is_left_behind(run, tmp_path, small_region):
    told = run("node", "person", "lin", "--body", "230100", "--role", "auditor", "--officer", "1", code=1)
    assert "riskshed node init" in told.stderr
    (tmp_path / "node.toml").write_text(PROFILE.format(more='zones = "x"'), "utf-8")
    told = run(
        "node", "init", "--profile", tmp_path / "node.toml", "--region", small_region, "--json", code=1
    )
    assert json.loads(told.stderr)["error"]["code"] == "node.profile"
    assert not (tmp_path / "node").exists()
    init(run, tmp_path, small_region)
    told = run("node", "rebuild", code=1, RISKSHED_PASSPHRASE="another")
    assert "does not open" in told.stderr
    told = run("node", "person", "lin", "--body", "999999", "--role", "auditor", "--officer", "1", code=1)
    assert "no body 999999" in told.stderr
    told = run("node", "init", "--profile", tmp_path / "node.toml", "--region", small_region, code=1)
    assert "there is something" in told.stderr


def test_a_wrong_setting_stops_every_command_with_its_name(run):
    told = run("serve", code=1, RISKSHED_PORT="http")
    assert "RISKSHED_PORT" in told.stderr
