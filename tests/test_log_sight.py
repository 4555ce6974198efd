"""When entries were seen: no earlier than those before them, and never later for the lie of another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cast import PANG, SHANG, ZHONG
from desk_house import House
from governance.acts import BASIN, TERRITORY, at, say
from small_logs import LOG_KEY

from riskshed import log_standing
from riskshed.desk_record import Record
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.note import Checkpoint, SignedNote, cosign, sign_checkpoint
from riskshed.ledger.policy import Group, Policy, TrustedLog, TrustedWitness
from riskshed.log_sight import Sight, witnessed_at
from riskshed.statement import Statement

WITNESSES = [SigningKey.generate(f"witness-{number}.example", "witness") for number in range(3)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.log.close()


def said(hours: float, by: str = SHANG) -> Statement:
    return say("WatchTaken", by, hours, desk=f"d{hours:g}")


def sights(*hours: float, believed_to: float) -> list[datetime]:
    sight = Sight()
    return [sight.take(said(one), at(believed_to)) for one in hours]


def test_what_is_dated_back_and_appended_late_counts_from_the_latest_time_before_it() -> None:
    assert sights(1, 5, 2, 6, believed_to=9) == [at(1), at(5), at(5), at(6)]


def test_a_time_that_cannot_be_says_nothing_of_the_entries_after_it() -> None:
    assert sights(1, 900, 2, 3, believed_to=9) == [at(1), at(900), at(2), at(3)]
    assert sights(1, 9, 2, believed_to=9) == [at(1), at(9), at(9)]


def test_to_ask_of_what_would_come_next_changes_nothing() -> None:
    sight = Sight()
    assert sight.of(said(7)) == at(7)
    assert sight.take(said(1), at(9)) == at(1)


# -------------------------------------------------------------------------------------------- by witnesses


def policy(quorum: str) -> Policy:
    known = tuple(TrustedWitness(f"w{number}", one.verifier, "") for number, one in enumerate(WITNESSES))
    log = TrustedLog(LOG_KEY.verifier, "")
    return Policy((log,), known, (Group("two", 2, ("w0", "w1", "w2")),), quorum)


def seen_by(quorum: str, *times_s: int) -> datetime | None:
    checkpoint = Checkpoint(LOG_KEY.name, 3, b"\0" * 32)
    lines = [cosign(checkpoint, key, time) for key, time in zip(WITNESSES, times_s, strict=False)]
    note: SignedNote = sign_checkpoint(checkpoint, LOG_KEY).with_signatures(lines)
    used = policy(quorum)
    return witnessed_at(used, used.judge(note))


def test_log_was_seen_when_the_quorum_was_whole_and_one_early_witness_is_not_enough() -> None:
    assert seen_by("two", 1_000, 3_000, 2_000) == datetime.fromtimestamp(2_000, UTC)
    assert seen_by("two", 1_000) is None


def test_without_a_quorum_the_first_witness_is_enough_and_without_any_nobody_tells() -> None:
    assert seen_by("none", 5_000, 3_000) == datetime.fromtimestamp(3_000, UTC)
    assert seen_by("none") is None


# ------------------------------------------------------------------------------ in a log, and at the desk


def with_a_clock_ahead(house: House) -> str:
    """Pang dates a statement years ahead, and Shang speaks after it; the id of what Shang said."""
    house.hours = 0.5
    house.desks[ZHONG].take_watch("early")
    house.hours = 50_000.0
    house.desks[PANG].take_watch("night")
    house.hours = 1.0
    return house.desks[SHANG].take_watch("night")


def test_one_clock_that_is_years_ahead_hides_nobody_from_who_reads_the_log(house: House) -> None:
    told = with_a_clock_ahead(house)
    found = log_standing.read(house.path, at(2)).standing
    assert found.statements[told].seen_at == at(1)
    assert f"{SHANG} night" in found.watches
    assert f"{PANG} night" not in found.watches


def test_a_question_about_the_past_lets_nothing_through_that_was_dated_back(house: House) -> None:
    for hours, body in ((10.0, ZHONG), (11.0, BASIN)):
        house.hours = hours
        house.desks[body].take_watch("day")
    house.hours = 3.0
    back = house.desks[SHANG].take_watch("night")
    assert back not in log_standing.read(house.path, at(5)).standing.statements
    assert log_standing.read(house.path, at(12)).standing.statements[back].seen_at == at(11)


def test_a_desk_that_starts_again_sees_what_it_saw(house: House) -> None:
    told = with_a_clock_ahead(house)
    again = Record(house.log, at(30), territory=TERRITORY)
    assert again.standing(at(30)).statements[told].seen_at == at(1)


def test_what_was_dated_ahead_counts_from_when_the_witnesses_saw_it(house: House, tmp_path: Path) -> None:
    told = with_a_clock_ahead(house)
    folder = tmp_path / "copy"
    folder.mkdir()
    note = SignedNote.parse(house.log.checkpoint)
    house.log.close()
    shutil.copy(house.path, folder / "log.db")
    when = int(at(4).timestamp())
    line = cosign(Checkpoint.parse(note.text), WITNESSES[0], when)
    (folder / "checkpoint").write_bytes(note.with_signatures([line]).to_bytes())
    found = log_standing.read(folder, at(9), trust=((), policy("none"))).standing
    assert found.statements[told].seen_at == at(1)
    assert found.watches[f"{PANG} night"].last_sign == at(4)
