"""The Changchun cluster against what was reported: scored by sort, and blind to the record."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from riskshed import check_supply, checks
from riskshed.errors import InputFaults

CASE = Path(__file__).parents[1] / "cases" / "changchun-2022"
MEMBERS = 60


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return check_supply.run(CASE, members=MEMBERS)


def with_record(folder: Path, pattern: str, put: str) -> Path:
    """The case with another record."""
    shutil.copytree(CASE, folder / "case")
    record = folder / "case" / "record.csv"
    text, count = re.subn(pattern, put, record.read_text("utf-8"))
    assert count > 0
    record.write_text(text, "utf-8")
    return folder / "case"


def test_the_case_is_found_by_its_name() -> None:
    assert checks.find("changchun-2022") == CASE
    assert all((CASE / file).is_file() for file in checks.FILES["supply"])


def test_sorts_are_scored_apart(told: dict[str, Any]) -> None:
    assert {kind: told[kind]["scored"] for kind in check_supply.KINDS} == {
        "direct": 6, "knock_on": 2, "no_halt": 1,
    }  # fmt: skip
    assert len(told["direct"]["rows"]) == 7, "a bound is listed, and does not count"
    assert told["direct"]["in_band"] >= 4
    assert told["knock_on"]["in_band"] == 0, (
        "too early: a better forecast is good news, and belongs in the README"
    )


def test_other_dates_on_record_change_no_forecast(told: dict[str, Any], tmp_path: Path) -> None:
    other = check_supply.run(with_record(tmp_path, r"2022-0[34]-(\d\d)T", r"2022-05-\1T"), members=MEMBERS)
    assert other["forecast"] == told["forecast"]
    assert other["direct"]["in_band"] == 0
    assert [r["chance"] for r in other["knock_on"]["rows"]] == [r["chance"] for r in told["knock_on"]["rows"]]
    assert other["knock_on"]["rows"][0]["error_d"] < told["knock_on"]["rows"][0]["error_d"]


def test_no_row_of_the_record_lies_in_the_files_of_the_forecast() -> None:
    days = set(re.findall(r"2022-0[3-5]-\d\d", (CASE / "record.csv").read_text("utf-8")))
    used = "".join(p.read_text("utf-8") for p in [*(CASE / "region").glob("*.csv"), CASE / "halt.toml"])
    assert len(days) > 5
    assert [day for day in days if day in used] == []


def test_knock_ons_wait_for_parts_and_direct_halts_do_not_count_as_such(told: dict[str, Any]) -> None:
    assert {row["for_want_of"] for row in told["knock_on"]["rows"]} == {
        "parts from Changchun of CC-T1", "parts from Jilin of CC-T1",
    }  # fmt: skip
    assert told["knock_on"]["foreseen_by_hindsight"] == 2


def test_plants_are_listed_in_the_order_of_their_halts(told: dict[str, Any]) -> None:
    days = [row["halts_after_d"][1] for row in told["forecast"]]
    known = [day for day in days if day is not None]
    assert known == sorted(known)
    assert days[len(known) :] == [None] * (len(days) - len(known))


def test_a_halt_that_was_not_foreseen_and_a_negative_that_halts_do_not_pass() -> None:
    row = {
        "scored": True,
        "link_known": "before",
        "precision": "day",
        "reported_after_d": 2.0,
        "in_band": True,
    }
    band = {"band_d": [1.0, 2.0, 3.0]}
    good = [row | band | {"kind": "knock_on", "right": True}]
    assert check_supply.judgement(good)["passed"]
    wrong = row | band | {"kind": "no_halt", "right": False}
    assert not check_supply.judgement([*good, wrong])["passed_which"]
    late = row | band | {"kind": "direct", "right": True, "in_band": False, "reported_after_d": 1.0}
    late["band_d"] = [2.0, 3.0, 4.0]
    judged = check_supply.judgement([*good, late])
    assert judged["passed_which"]
    assert not judged["passed_when"]
    assert judged["order"] == {"pairs": 1, "right": 0}


@pytest.mark.parametrize(
    ("pattern", "put", "column"),
    [(",NIO,", ",BAKERY,", "plant"), (r"2022-04-09T00:00:00\+08:00", "", "halted_on")],
)
def test_a_record_that_cannot_be_used_is_refused(tmp_path: Path, pattern: str, put: str, column: str) -> None:
    with pytest.raises(InputFaults) as caught:
        check_supply.run(with_record(tmp_path, pattern, put), members=2)
    assert [f.column for f in caught.value.faults] == [column]


def test_second_episode_is_scored_apart_and_never_saw_its_record(told: dict[str, Any]) -> None:
    (chengdu,) = told["episodes"]
    assert chengdu["name"] == "chengdu-2022-11"
    assert {kind: chengdu[kind]["scored"] for kind in check_supply.KINDS} == {
        "direct": 0, "knock_on": 1, "no_halt": 3,
    }  # fmt: skip
    assert chengdu["no_halt"]["foreseen"] == 3
    assert chengdu["knock_on"]["foreseen"] == 0, "no link to it is known: a forecast that has it is good news"
    assert not chengdu["passed_which"]
    folder = CASE / check_supply.EPISODES / "chengdu-2022-11"
    days = set(re.findall(r"2022-1[12]-[0-9]{2}", (folder / "record.csv").read_text("utf-8"))) - {
        "2022-11-21"
    }
    assert days
    assert [day for day in days if day in (folder / "halt.toml").read_text("utf-8")] == []
    assert told["knock_on"]["scored"] == 2, "what is scored of one episode is not counted in the other"
