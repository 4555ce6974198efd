"""The model agreement of a case: it is read whole, or refused with all its faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from cast import region
from songhua import FOLDER

from riskshed.agreed_terms import ModelAgreement
from riskshed.errors import InputFaults, NotFoundError
from riskshed.region import Region

GOOD = 'packs = ["cn-2024"]\n'


def faults(folder: Path, text: str) -> set[str | None]:
    (folder / "agreed.toml").write_text(text, "utf-8")
    with pytest.raises(InputFaults) as caught:
        ModelAgreement.read(folder, region())
    assert caught.value.code == "agreed.faults"
    return {fault.column for fault in caught.value.faults}


def test_model_agreement_of_the_case_is_read() -> None:
    model = ModelAgreement.read(FOLDER, Region.read(FOLDER / "region"))
    assert model.regime.terms.code == "songhua-model"
    assert [pack.pack for pack in model.regime.packs] == ["cn-2024", "cn-water-2020"]
    assert model.regime.as_if_in_force
    assert model.accounts[0].other == ("S011",)


def test_case_without_one_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        ModelAgreement.read(tmp_path, region())
    assert caught.value.code == "agreed.missing"


def test_an_agreement_may_stand_without_any_rule_pack(tmp_path: Path) -> None:
    (tmp_path / "agreed.toml").write_text("packs = []\n[terms]\nrelay_h = 1\n", encoding="utf-8")
    assert ModelAgreement.read(tmp_path, region()).regime.packs == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (GOOD + "moon = 1\n", "moon"),
        ("", "packs"),
        ('packs = ["moon"]\n', "packs"),
        (GOOD + 'neighbours = [["a"]]\n', "neighbours"),
        (GOOD + "terms = 1\n", "terms"),
        (GOOD + "[terms]\nrelay_h = -1\n", "terms.relay_h"),
        (GOOD + "[facts]\nmoon = 1\n", "facts.moon"),
        (GOOD + '[[account]]\none = ["S1"]\n', "account[0]"),
    ],
)
def test_bad_key_is_named(tmp_path: Path, text: str, key: str) -> None:
    assert faults(tmp_path, text) == {key}


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = "packs = 1\nmoon = 1\n[terms]\nrelay_h = -1\nlead = 'me'\n[facts]\nsun = 1\n"
    assert faults(tmp_path, text) == {"packs", "moon", "terms.relay_h", "terms.lead", "facts.sun"}
