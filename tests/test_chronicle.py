"""What was said in a case becomes statements that say that they were reconstructed, and from where."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
import songhua

from riskshed import chronicle_log
from riskshed.case import Case
from riskshed.chronicle import Chronicle, case_key, chronicle
from riskshed.errors import InputError, InputFaults
from riskshed.exchange.wording import Text
from riskshed.replay import Forecast, replay
from riskshed.said import Said
from riskshed.statement import digest_text
from riskshed.story import recorded


@pytest.fixture(scope="module")
def case() -> Case:
    return Case.read(songhua.FOLDER)


@pytest.fixture(scope="module")
def said() -> Said:
    read = Said.read(songhua.FOLDER)
    assert read is not None
    return read


@pytest.fixture(scope="module")
def made(case: Case) -> tuple[Forecast, ...]:
    return replay(case, members=8)


@pytest.fixture(scope="module")
def told(case: Case, said: Said, made: tuple[Forecast, ...]) -> Chronicle:
    return chronicle(case, said, made)


@pytest.fixture(scope="module")
def kept(told: Chronicle, tmp_path_factory: pytest.TempPathFactory) -> chronicle_log.Kept:
    return chronicle_log.keep(told, tmp_path_factory.mktemp("out") / "record", told.rows["S020"])


def test_every_act_is_one_statement(told: Chronicle, said: Said) -> None:
    assert len(said.rows) == len(told.rows) == 94


def test_statements_stand_in_the_order_of_time(told: Chronicle) -> None:
    issued = [one.issued for one in told.statements]
    assert issued == sorted(issued)


def test_every_statement_says_that_it_was_reconstructed_and_from_where(told: Chronicle) -> None:
    assert all(one.reconstructed and one.reconstructed["source"] for one in told.statements)


def test_two_that_deny_each_other_stay_two_claims(told: Chronicle) -> None:
    claimed, denied = (told.statements[told.rows[row]] for row in ("S007", "S066"))
    assert (claimed.by, denied.by) == ("jilin-epb", "sepa")
    assert claimed.reconstructed is not None
    assert "Contradicted" in claimed.reconstructed["note"]


def test_no_person_is_named(told: Chronicle) -> None:
    assert {one.officer for one in told.statements} == {"case"}


def test_a_forecast_is_on_the_record_with_its_digest(told: Chronicle, made: tuple[Forecast, ...]) -> None:
    issued = [one for one in told.statements if one.kind == "FootprintIssued"]
    assert len(issued) == len(made) == len(told.files)
    named = [one.body["file"]["digest"] for one in issued if one.body is not None]
    assert named == [digest_text(data) for data in told.files.values()]


def test_a_forecast_names_no_reading_of_a_later_day(told: Chronicle) -> None:
    by_id = {one.id: one for one in told.statements}
    for one in told.statements:
        if one.kind == "FootprintIssued":
            assert all(by_id[used].issued <= one.time("known_at") for used in one.strings("readings"))


def test_the_all_clear_answers_the_warning(told: Chronicle) -> None:
    warning, all_clear = (told.statements[told.rows[row]] for row in ("S042", "S087"))
    assert (all_clear.kind, all_clear.replies_to) == ("WarningCancelled", warning.id)


def test_everybody_gets_the_same_bytes(case: Case, said: Said, told: Chronicle) -> None:
    again = chronicle(case, said)
    assert set(again.entries) < set(told.entries)
    assert case_key(said.texts, "sepa").verifier == case_key(said.texts, "sepa").verifier


def test_the_case_keys_say_that_they_protect_nothing(told: Chronicle) -> None:
    joined = [one for one in told.statements if one.kind == "BodyJoined"]
    assert all("protects nothing" in one.reconstructed["source"] for one in joined if one.reconstructed)
    assert all(one.string("key").startswith("case-key/") for one in joined)


def test_the_record_is_audited_and_nothing_is_wrong(kept: chronicle_log.Kept, told: Chronicle) -> None:
    assert kept.report.ok, kept.report.to_text()
    assert kept.report.statements == len(told.entries)
    assert kept.audit_s < 10


def test_one_changed_byte_is_found_and_its_entry_named(kept: chronicle_log.Kept, told: Chronicle) -> None:
    assert kept.is_named
    assert "entry.edited" in {one.code for one in kept.found}
    assert kept.changed == told.rows["S020"]


def test_the_lines_of_the_demo_say_so_in_both_languages(kept: chronicle_log.Kept) -> None:
    whole, changed = recorded(kept, Text("检修", "repairs"))
    assert "nothing is wrong" in whole.en
    assert "审计无异常" in whole.zh
    assert f"entry {kept.changed}" in changed.en
    assert f"第 {kept.changed} 条" in changed.zh


def test_a_record_that_was_not_named_is_no_record(kept: chronicle_log.Kept) -> None:
    with pytest.raises(AssertionError):
        recorded(replace(kept, found=()), Text("x", "x"))


def test_what_is_not_a_record_is_not_replaced(told: Chronicle, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="thesis"):
        chronicle_log.keep(told, tmp_path, 3)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_an_earlier_record_is_replaced(told: Chronicle, tmp_path: Path) -> None:
    for _ in range(2):
        assert chronicle_log.keep(told, tmp_path / "record", 3).report.ok


def test_a_case_need_not_tell_what_was_said(tmp_path: Path) -> None:
    assert Said.read(tmp_path) is None


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        ("said.csv", "S050,", "S049,", "id"),
        ("said.csv", ",resident-harbin,", ",nobody,", "body"),
        ("said.csv", ",WarningCancelled,S048,", ",WarningCancelled,S090,", "answers"),
        ("said.csv", ",WarningCancelled,S048,", ",WarningCancelled,,", "answers"),
        ("said.csv", ",InstructionGiven,", ",InstructionGave,", "kind"),
        ("said.csv", "2005-11-21T08:00:00+08:00", "2005-11-21T08:00:00", "time"),
        ("said.toml", 'keeper = "case-record"', 'keeper = "nobody"', "keeper"),
        ("said.toml", 'rewritten = "S020"', 'rewritten = "S999"', "rewritten"),
        ("said.toml", 'level = "red" ', "level = 3 ", "level"),
        ("said.toml", "expires = 2006-01-24T00:00:00+08:00", "expires = 2006-01-24", "expires"),
        ("said.toml", "city =", "town =", "city"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, file: str, old: str, new: str, column: str) -> None:
    folder = songhua.copied(tmp_path)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputFaults) as found:
        Said.read(folder)
    assert column in {fault.column for fault in found.value.faults}


def test_a_row_that_the_vocabulary_has_no_form_for_is_named(case: Case, said: Said) -> None:
    row = next(row for row in said.rows if row["kind"] == "TreatmentDecided")
    wrong = replace(said, rows=({**row, "treatment": "wish"},))
    with pytest.raises(InputFaults) as found:
        chronicle(case, wrong)
    assert found.value.code == "statement.unknown_choice"


def test_facts_have_a_source_and_a_text_in_both_languages() -> None:
    lines = (songhua.FOLDER / "said.csv").read_text("utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert all(row["source"] and row["text_zh"] and row["text_en"] for row in rows)


def test_the_files_of_a_record_are_those_that_it_names(kept: chronicle_log.Kept, told: Chronicle) -> None:
    files = {path.name: path.read_bytes() for path in (kept.folder / "files").iterdir()}
    assert files == dict(told.files)
    assert all(json.loads(data)["pathway"] == "pollutant" for data in files.values())
