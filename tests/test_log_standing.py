"""How things stand by a log: what is signed counts, what was changed is told and does not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from songhua import FOLDER

from riskshed import log_standing
from riskshed.case import Case
from riskshed.chronicle import Chronicle, chronicle
from riskshed.chronicle_log import keep
from riskshed.errors import LedgerError
from riskshed.ledger.keys import SigningKey
from riskshed.said import Said

AT = datetime.fromisoformat("2005-12-30T00:00+08:00")


@pytest.fixture(scope="module")
def told() -> Chronicle:
    said = Said.read(FOLDER)
    assert said is not None
    return chronicle(Case.read(FOLDER), said)


@pytest.fixture(scope="module")
def log(told: Chronicle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log") / "record"
    keep(told, folder, told.rows["S020"])
    return folder


def test_every_statement_up_to_a_time_is_used(log: Path, told: Chronicle) -> None:
    found = log_standing.read(log, AT)
    assert len(found.standing.statements) == sum(one.issued <= AT for one in told.statements)
    assert found.refused == ()


def test_what_was_seen_later_is_not_known_earlier(log: Path) -> None:
    known = datetime.fromisoformat("2005-11-18T00:00+08:00")
    found = log_standing.read(log, AT, known)
    assert max(one.seen_at for one in found.standing.statements.values()) <= known


def test_checkpoint_has_to_be_signed_by_a_log_that_is_believed(log: Path, told: Chronicle) -> None:
    stranger = SigningKey.generate("stranger.example/log", "log").verifier
    with pytest.raises(LedgerError):
        log_standing.read(log, AT, trust=((stranger,), None))
    assert log_standing.read(log, AT, trust=((told.key.verifier,), None)).entries == len(told.entries)


def test_bodies_that_are_not_on_the_key_list_are_not_believed(log: Path, told: Chronicle) -> None:
    listed = tuple(one for one in told.listed if one.body != "220200")
    found = log_standing.read(log, AT, listed=listed)
    assert {one.code for one in found.refused} >= {"key.not_vouched"}
    assert "220200" not in found.standing.bodies


def test_text_names_incidents_and_what_was_refused(log: Path, told: Chronicle) -> None:
    listed = tuple(one for one in told.listed if one.body != "220200")
    text = log_standing.to_text(log_standing.read(log, AT, listed=listed))
    assert "incident songhua-2005" in text
    assert "refused entry" in text
