"""The commands of duty and standing, as a person and as a program use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from songhua import FOLDER

from riskshed.cli import main

CASE = str(FOLDER)
FEW = ["--members", "20"]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[dict[str, object]]]:
    told = run("replay", CASE, "--variant", "recorded", "--json", *FEW)
    assert told.exit_code == 0, told.stderr
    return json.loads(told.stdout)  # type: ignore[no-any-return]


def test_each_finding_says_what_by_whom_under_which_rule_on_what_evidence(
    recorded: dict[str, list[dict[str, object]]],
) -> None:
    wanted = {"kind", "body", "about", "due", "found", "evidence", "rule", "cite"}
    assert recorded["findings"]
    assert all(wanted <= one.keys() and one["evidence"] for one in recorded["findings"])


def test_accounts_that_exclude_each_other_stay_two(recorded: dict[str, list[dict[str, object]]]) -> None:
    assert len(recorded["accounts"]) == 2
    assert any(len(one["accounts"]) == 2 for one in recorded["findings"])  # type: ignore[arg-type]


def test_agreed_variant_sets_each_city_beside_the_record() -> None:
    told = run("replay", "border-plume", "--variant", "agreed", "--json")
    assert told.exit_code == 0, told.stderr
    cities = json.loads(told.stdout)["cities"]
    assert all(
        {"city", "told_h_before_arrival", "recorded_told_h_before_arrival"} <= c.keys() for c in cities
    )


def test_duties_say_who_owes_what_by_when() -> None:
    told = run("duties", "outbreak", "--at", "2026-03-04T00:00+08:00", "--json")
    assert told.exit_code == 0, told.stderr
    duties = json.loads(told.stdout)["duties"]
    assert {one["state"] for one in duties} <= {"open", "met", "late", "breached", "undetermined"}
    assert all(one["who"] and one["cite"] for one in duties)


def test_text_is_in_the_language_that_was_asked_for() -> None:
    assert "认定建议" in run("replay", "border-plume", "--lang", "zh").stdout
    assert "proposed findings" in run("replay", "border-plume", "--lang", "en").stdout


def test_statements_are_told_on_the_error_stream_at_speed() -> None:
    told = run("replay", "border-plume", "--speed", "1e12", "--lang", "en")
    assert told.exit_code == 0
    assert "+08" in told.stderr


@pytest.mark.parametrize(
    "words", [("duties", "outbreak", "--at", "2026-03-04"), ("replay", "outbreak", "--speed", "0")]
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_unknown_case_is_named() -> None:
    told = run("replay", "nowhere")
    assert told.exit_code == 1
    assert "case.unknown" in told.stderr


def test_log_that_is_not_there_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    told = run("standing", str(tmp_path / "none"), "--at", "2005-12-01T00:00+08:00")
    assert told.exit_code in (1, 2)
    assert told.stdout == ""


def test_an_after_action_report_of_a_case_is_written_in_words_as_json_and_as_pdf(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    told = json.loads(
        run("after-action", "border-plume", "--lang", "en", "--out", str(file), "--json").stdout
    )
    assert file.read_bytes().startswith(b"%PDF-")
    assert told["sections"][0]["section"] == "happened"
    assert told["lead"][0]["text"].startswith("Of 2 cities 1 were told before it came")
    assert {"met", "late", "breached"} <= {one["state"] for one in told["duties"]}
