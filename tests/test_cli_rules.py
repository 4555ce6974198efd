"""The commands of the rules: what they print, what they refuse, and their exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from riskshed.cli import main
from riskshed.governance import rulepack
from riskshed.governance.role import LEVELS, SETS
from riskshed.governance.rule import GIVES, KINDS, MODALITIES, OUTCOMES, POLICIES, STARTS, UNITS

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "cases" / "songhua-2005" / "facts.json"
GUIDE = ROOT / "docs" / "guide" / "rules.md"


def run(*arguments: object) -> Result:
    told = CliRunner().invoke(main, ["rules", *map(str, arguments)], env={"LANG": "C.UTF-8"})
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


def facts_file(folder: Path, **changes: Any) -> Path:
    path = folder / "facts.json"
    path.write_text(json.dumps({**json.loads(FACTS.read_bytes()), **changes}), "utf-8")
    return path


def error_of(told: Result) -> dict[str, Any]:
    assert (told.exit_code, told.stdout) == (1, "")
    return json.loads(told.stderr)["error"]


def copy_of(pack: str, folder: Path, **changes: str) -> Path:
    """The pack under another folder, with words in its files exchanged."""
    home = folder / "packs" / pack
    shutil.copytree(rulepack.SHELF / pack, home)
    for path in home.glob("*.toml"):
        text = path.read_text("utf-8")
        for old, new in changes.items():
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
    return home.parent


def test_explain_prints_article_words_and_examples() -> None:
    told = run("explain", "cn-2024", "erl-64-1", "--lang", "en")
    assert told.exit_code == 0
    assert "article: Emergency Response Law 64" in told.output
    assert "“" in told.output
    assert "does_not_apply" in told.output


def test_explain_speaks_chinese() -> None:
    assert (
        "条文: 中华人民共和国突发事件应对法 64"
        in run("explain", "cn-2024", "erl-64-1", "--lang", "zh").output
    )


def test_explain_prints_one_json_object() -> None:
    told = json.loads(run("explain", "cn-2024", "wsr-11", "--json").stdout)
    assert told["within"] == {"amount": 2.0, "unit": "h", "from": "received", "exclusive": False}
    assert told["instrument"]["binding"] == "regulation"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("moon", "erl-64-1"), "rules.unknown_pack"),
        (("cn-2024", "moon"), "rules.unknown"),
        (("cn-2024", "erl-64-1", "--at", "2005-11-14"), "rules.not_in_force"),
    ],
)
def test_rule_that_is_not_there_is_named_in_the_error(arguments: tuple[str, ...], code: str) -> None:
    assert error_of(run("explain", *arguments, "--json"))["code"] == code


@pytest.mark.parametrize("day", ["yesterday", "2024-13-01", ""])
def test_day_that_is_none_is_wrong_usage(day: str) -> None:
    assert run("explain", "cn-2024", "erl-64-1", "--at", day).exit_code == 2


def test_apply_prints_the_ruling_as_json() -> None:
    told = json.loads(run("apply", FACTS, "--json").stdout)
    assert [row["body"] for row in told["lead"]] == ["220200"]
    assert {row["body"] for row in told["assist"]} == {"220700", "230100", "230800"}
    assert {"grade", "duties", "escalation", "undetermined", "find_out"} <= told.keys()
    assert all({"who", "to", "due", "rule", "cite"} <= row.keys() for row in told["duties"])


@pytest.mark.parametrize(("lang", "word"), [("zh", "应当:"), ("en", "must:")])
def test_apply_prints_the_ruling_in_words(lang: str, word: str) -> None:
    told = run("apply", FACTS, "--lang", lang)
    assert told.exit_code == 0
    assert word in told.output.splitlines()


def test_apply_takes_all_packs_where_the_file_names_none(tmp_path: Path) -> None:
    facts = facts_file(tmp_path, packs=[])
    told = json.loads(run("apply", facts, "--json").stdout)
    rows = [row for key in ("duties", "options", "standing", "undetermined") for row in told[key]]
    assert len({row["pack"] for row in rows}) >= 4


def test_apply_takes_the_law_of_the_day(tmp_path: Path) -> None:
    told = json.loads(run("apply", facts_file(tmp_path, as_if_in_force=False), "--json").stdout)
    assert told["duties"] == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"facts": {"moon": 1}}, "facts.moon"),
        ({"at": "noon"}, "at"),
        ({"weather": 1}, "weather"),
        ({"agreement": {"at_once_h": -1}}, "agreement.at_once_h"),
    ],
)
def test_apply_names_what_is_wrong_in_the_file(tmp_path: Path, changes: dict[str, Any], place: str) -> None:
    error = error_of(run("apply", facts_file(tmp_path, **changes), "--json"))
    assert error["code"] == "situation.faults"
    assert [fault["column"] for fault in error["faults"]] == [place]
    assert error["faults"][0]["where"] == "facts.json"


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000, b'{"at": 1, "at": 2}'])
def test_apply_refuses_what_is_no_situation(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(data)
    assert error_of(run("apply", path, "--json"))["code"] == "situation.faults"


def test_apply_refuses_a_file_that_is_too_large_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    assert error_of(run("apply", path, "--json"))["code"] == "file.unreadable"
    path.write_bytes(b" " * (2**22 + 1))
    assert error_of(run("apply", path, "--json"))["code"] == "file.size"


def test_apply_refuses_a_pack_that_is_not_there(tmp_path: Path) -> None:
    assert (
        error_of(run("apply", facts_file(tmp_path, packs=["moon"]), "--json"))["code"] == "rules.unknown_pack"
    )


@pytest.mark.parametrize("text", ["\ud800", "\x1b[2J", "a\nb"])
def test_apply_refuses_names_that_would_garble_the_page(tmp_path: Path, text: str) -> None:
    facts = facts_file(tmp_path, bodies={"unit": text})
    told = run("apply", facts, "--json")
    assert "situation.bad_text" in {fault["code"] for fault in error_of(told)["faults"]}
    assert text not in told.output


def test_coverage_is_whole_and_says_so() -> None:
    told = run("coverage", "--json")
    found = json.loads(told.stdout)
    assert (told.exit_code, found["share"], found["uncited"], found["missing"]) == (0, 1.0, 0, {})
    assert f"{found['packs']['emac']['total']} rules covered" in run("coverage").output


def test_coverage_fails_on_a_rule_that_nothing_tests(tmp_path: Path) -> None:
    packs = copy_of("emac", tmp_path, **{'then = "undetermined"': 'then = "applies"'})
    told = run("coverage", "--packs", packs)
    assert told.exit_code == 1
    assert "the example says applies" in told.output


def test_pack_of_a_folder_stands_in_the_place_of_that_of_the_same_name(tmp_path: Path) -> None:
    packs = copy_of("emac", tmp_path, **{'says_en = "': 'says_en = "MINE '})
    rule = rulepack.shelf("emac").rules[0].id
    assert "MINE" in run("explain", "emac", rule, "--packs", packs, "--lang", "en").output
    assert "MINE" not in run("explain", "emac", rule, "--lang", "en").output


def test_bad_pack_is_refused_with_its_faults(tmp_path: Path) -> None:
    packs = copy_of("emac", tmp_path, article="artikle")
    error = error_of(run("coverage", "--packs", packs, "--json"))
    assert error["code"] == "rulepack.faults"
    assert {"rulepack.no_citation", "rulepack.unknown_field"} <= {fault["code"] for fault in error["faults"]}


def test_pack_that_gives_a_fact_another_meaning_is_refused(tmp_path: Path) -> None:
    packs = copy_of("emac", tmp_path)
    mine = '\n[fact.outbreak]\ntype = "yes_no"\nzh = "爆炸"\nen = "Something else."\n'
    path = next(path for path in (packs / "emac").glob("*.toml") if path.name != "pack.toml")
    path.write_text(path.read_text("utf-8") + mine, "utf-8")
    error = error_of(run("apply", FACTS, "--packs", packs, "--json"))
    assert [fault["code"] for fault in error["faults"]] == ["rulepack.fact_twice"]


# -------------------------------------------------------------------------------------------------- the guide


def test_guide_shows_the_facts_of_the_case_as_they_are() -> None:
    assert f"```json\n{FACTS.read_text('utf-8')}```" in GUIDE.read_text("utf-8")


def test_guide_names_every_pack_policy_and_key() -> None:
    guide = GUIDE.read_text("utf-8")
    words = {
        *rulepack.names(),
        *POLICIES,
        *OUTCOMES,
        *KINDS,
        *MODALITIES,
        *STARTS,
        *UNITS,
        *GIVES,
        *SETS,
        *LEVELS,
    }
    assert {word for word in words if f"`{word}`" not in guide} == set()
