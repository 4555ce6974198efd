"""The help and the costs of a case: read strictly, and said as what they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from songhua import FOLDER as CASE

from riskshed import aftermath, reenactment
from riskshed.aftermath import NEVER_CLAIMED, Aftermath
from riskshed.case import Case
from riskshed.errors import InputFaults
from riskshed.governance import agreement_file, standing
from riskshed.governance.standing import Seen
from riskshed.said import Said


@pytest.fixture(scope="module")
def said() -> tuple:
    after, words = Aftermath.read(CASE), Said.read(CASE)
    assert after is not None
    assert words is not None
    scene = reenactment.of_case(Case.read(CASE), words)
    agreement = agreement_file.read(CASE / "agreement")
    return scene, aftermath.statements(after, scene, agreement)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in aftermath.FILES:
        shutil.copy(CASE / name, tmp_path / name)
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")


def codes(folder: Path) -> set[str]:
    with pytest.raises(InputFaults) as told:
        Aftermath.read(folder)
    return {fault.code for fault in told.value.faults}


def test_a_case_without_the_files_has_no_aftermath(tmp_path: Path) -> None:
    assert Aftermath.read(tmp_path) is None


def test_the_scene_comes_first_and_unchanged(said: tuple) -> None:
    scene, all_of_it = said
    assert all_of_it[: len(scene.statements)] == scene.statements


def test_everything_that_is_said_counts(said: tuple) -> None:
    _, all_of_it = said
    held = standing.of([Seen(one, one.issued) for one in all_of_it], at=max(one.issued for one in all_of_it))
    new = {one.id for one in all_of_it if one.kind.startswith("Aid") or one.kind == "CostClaimed"}
    assert not new & set(held.set_aside), [flag for flag in held.flags if flag.statement in new]
    assert [one.status for one in held.agreements.values()] == ["in_force"]


def test_every_new_statement_names_its_source(said: tuple) -> None:
    scene, all_of_it = said
    assert all(one.reconstructed["source"] for one in all_of_it[len(scene.statements) :])


def test_a_cost_that_nobody_claimed_says_so(said: tuple) -> None:
    claims = [one for one in said[1] if one.kind == "CostClaimed"]
    assert len(claims) == 4
    assert all(NEVER_CLAIMED in one.reconstructed["note"] for one in claims)


def test_loans_fines_own_losses_and_strangers_claim_nothing(said: tuple) -> None:
    lines = {line["line"] for one in said[1] if one.kind == "CostClaimed" for line in one.records("lines")}
    assert lines == {"C002", "C003", "C004", "C005"}


def test_only_what_the_source_says_arrived_was_received(said: tuple) -> None:
    received = {one.string("shipment") for one in said[1] if one.kind == "AidReceived"}
    assert received == {"A001", "A004", "A006"}


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("aid.csv", "A002,", "A001,", "aftermath.twice"),
        ("aid.csv", "130200,230100", "230100,230100", "aftermath.own"),
        ("aid.csv", ",300,t,", ",-300,t,", "table.out_of_range"),
        ("aid.csv", "hour,arrived", "hour,came", "table.bad_value"),
        ("costs.csv", "2005-11-23", "23 Nov", "aftermath.day"),
        ("costs.csv", "6908000000", "0", "table.out_of_range"),
    ],
)
def test_a_bad_row_is_named(folder: Path, name: str, old: str, new: str, code: str) -> None:
    change(folder, name, old, new)
    assert code in codes(folder)


def test_a_body_that_nobody_introduces_is_named(folder: Path, said: tuple) -> None:
    change(folder, "parties.csv", "130200", "130299")
    after = Aftermath.read(folder)
    assert after is not None
    with pytest.raises(InputFaults, match="130200") as told:
        aftermath.statements(after, said[0], agreement_file.read(CASE / "agreement"))
    assert told.value.code == "aftermath.unknown_body"
