"""Needs and offers of a case: what is read, what is refused by file and line, and what the command prints."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from riskshed.cli import main
from riskshed.errors import InputFaults
from riskshed.match_case import guide, read

CASE = Path(__file__).parents[1] / "cases" / "changchun-2022"
GUIDE = Path(__file__).parents[1] / "docs" / "guide" / "matching.md"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The case, to be spoiled."""
    shutil.copytree(CASE / "region", tmp_path / "region")
    for name in ("case.toml", "needs.csv", "offers.csv"):
        shutil.copy(CASE / name, tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["match", *words])


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")


def test_amounts_are_told_with_units_in_words_and_codes_stand_beside_numbers() -> None:
    zh, en = (run(str(CASE), "--lang", lang).stdout for lang in ("zh", "en"))
    assert "4,000 套。" in zh
    assert "尚缺 200 套：" in zh
    assert "4,000 sets. " in en
    assert "lacks 200 sets: " in en
    told = json.loads(run(str(CASE), "--json").stdout)
    assert {one["unit"] for one in told["matches"]} >= {"set", "yuan"}
    assert all(
        " set" not in text.replace(" sets", "") for one in told["unmet"] for text in one["why"].values()
    )


def test_the_case_is_matched_proven_and_explained() -> None:
    found = json.loads(run("changchun-2022", "--json").stdout)
    assert found["proven"]
    assert {(one["offer"], one["need"]): one["amount"] for one in found["matches"]}[("O01", "N01")] == "4000"
    causes = {one["need"]: one["cause"] for one in found["unmet"]}
    assert (causes["N06"], causes["N10"]) == ("late", "none")
    assert all(one["why"]["zh"] and one["why"]["en"] for one in found["matches"] + found["unmet"])


def test_a_refused_pair_is_not_there() -> None:
    found = json.loads(run("changchun-2022", "--refuse", "N01:O01", "--json").stdout)
    assert ("O01", "N01") not in {(one["offer"], one["need"]) for one in found["matches"]}


def test_a_refusal_in_the_file_counts_like_one_of_the_command(copy: Path) -> None:
    (copy / "refusals.csv").write_text("need,offer,by\nN01,O01,TY-TJ\n", "utf-8")
    given = run(str(copy), "--json").stdout
    assert (
        json.loads(given)["matches"]
        == json.loads(run(str(CASE), "--refuse", "N01:O01", "--json").stdout)["matches"]
    )


def test_a_body_is_shown_its_own_drafts_and_no_bounds_of_sealed_prices() -> None:
    found = json.loads(run("changchun-2022", "--as", "ADIENT-TJ", "--json").stdout)
    said = {one["draft"]["by"] for one in found["matches"] if one["draft"]}
    assert said == {"ADIENT-TJ"}
    assert "items" not in found


def test_a_sealed_price_changes_nothing_that_others_see(copy: Path) -> None:
    before = run(str(copy), "--as", "TY-TJ", "--json").stdout
    spoil(copy, "offers.csv", ",2400,", ",2100,")
    assert run(str(copy), "--as", "TY-TJ", "--json").stdout == before


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("needs.csv", "seats,4800", "seats,-1", "table.out_of_range"),
        ("needs.csv", "seats,4800", "seats,4800.0001", "match.amount"),
        ("needs.csv", "set,120000", "set,999999", "match.unknown_city"),
        ("needs.csv", "platform=TNGA", "platform", "match.trait"),
        ("offers.csv", "has,sealed", "has,seal", "table.unknown_column"),
        ("offers.csv", "2022-03-14T06:00+08:00", "2022-03-14", "time.no_zone"),
        ("needs.csv", "parts,seats,4800,set", "parts,seats,4800,t", "match.mixed_units"),
        ("needs.csv", "2022-03-18T20:00+08:00", "2022-03-13T20:00+08:00", "match.window"),
        ("needs.csv", "N02,NIO", "N01,NIO", "match.twice"),
        ("offers.csv", "approved=yes,price", "approved=yes,prices", "match.sealed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(copy: Path, name: str, old: str, new: str, code: str) -> None:
    spoil(copy, name, old, new)
    with pytest.raises(InputFaults) as told:
        read(copy)
    assert code in {fault.code for fault in told.value.faults}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--as", "nobody"), "match.unknown_body"), (("--refuse", "N01"), "usage.wrong"),
        (("--refuse", "N99:O01"), "match.problem"), (("--at", "2022-03-14"), "usage.wrong"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_told_so(words: tuple[str, ...], code: str) -> None:
    told = run("changchun-2022", *words, "--json")
    assert told.exit_code != 0
    assert json.loads(told.stderr)["error"]["code"] == code


def test_the_guide_is_written_from_the_schemas() -> None:
    assert GUIDE.read_text("utf-8") == guide()
