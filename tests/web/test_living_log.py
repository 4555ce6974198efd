"""A log that goes on by itself: it takes up what was surely not written, and nothing that lies in doubt."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from riskshed.errors import DoubtError, LedgerError, StoreError
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.store import Batch, SqliteStore
from riskshed.web import living_log
from riskshed.web.living_log import LivingLog, probe_file

KEY = SigningKey("example.com/log", "log", bytes(range(32)))
NOT_WRITTEN = StoreError("store.not_written", "the disk is full")
DOUBT = DoubtError("store.doubt", "the disk did not answer")


class Place:
    """Where the logs of a test lie: the next commit fails with each of `faults`, written or not."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "log.db"
        self.faults: list[LedgerError] = []
        self.ill: StoreError | None = None
        self.shut: StoreError | None = None
        self.opened = self.rings = 0
        self.writes_first = False

    def open(self) -> Log:
        if self.shut is not None:
            raise self.shut
        self.opened += 1
        place = self

        class Store(SqliteStore):
            def commit(self, batch: Batch) -> None:
                if place.writes_first or not place.faults:
                    super().commit(batch)
                if place.faults:
                    raise place.faults.pop(0)

        return Log(Store(self.path), KEY)

    def ring(self) -> None:
        self.rings += 1

    def probe(self) -> None:
        if self.ill is not None:
            raise self.ill


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def log(place: Place) -> Iterator[LivingLog]:
    living = LivingLog(place.open, place.ring, place.probe)
    living.append_many([b"before"])
    yield living
    living.close()


def test_what_was_surely_not_written_is_written_in_the_log_opened_again(log: LivingLog, place: Place) -> None:
    place.faults = [NOT_WRITTEN]
    receipt = log.append_many([b"after"])[0]
    assert (receipt.index, log.entries(0, 2), log.trouble) == (1, [b"before", b"after"], "")
    assert place.opened == 2


def test_it_is_tried_once_more_and_not_for_ever(log: LivingLog, place: Place) -> None:
    place.faults = [NOT_WRITTEN, NOT_WRITTEN]
    with pytest.raises(StoreError) as told:
        log.append_many([b"after"])
    assert (told.value.code, log.size, bool(log.trouble)) == ("store.not_written", 1, True)


def test_what_lies_in_doubt_is_not_said_again_by_the_log(log: LivingLog, place: Place) -> None:
    place.faults, place.writes_first = [DOUBT], True
    with pytest.raises(DoubtError):
        log.append_many([b"perhaps"])
    assert place.opened == 1
    assert log.mend()
    assert log.entries(0, log.size) == [b"before", b"perhaps"]


def test_what_came_while_it_stood_is_read_before_anything_is_said(log: LivingLog, place: Place) -> None:
    place.faults, place.writes_first = [DOUBT], True
    with pytest.raises(DoubtError):
        log.append_many([b"perhaps"])
    with pytest.raises(LedgerError, match="stopped"):
        log.append_many([b"perhaps"])
    assert log.entries(0, log.size) == [b"before", b"perhaps"]


def test_while_its_place_is_ill_it_takes_nothing_and_can_be_read(log: LivingLog, place: Place) -> None:
    place.faults, place.ill = [NOT_WRITTEN], StoreError("store.not_written", "no room")
    with pytest.raises(StoreError):
        log.append_many([b"after"])
    with pytest.raises(StoreError, match="the disk is full"):
        log.check()
    assert (log.mend(), log.entries(0, 1), place.opened) == (False, [b"before"], 1)
    place.ill = None
    assert log.append_many([b"after"])[0].index == 1
    log.check()


def test_a_log_that_cannot_be_opened_is_tried_again(log: LivingLog, place: Place) -> None:
    place.faults, place.ill = [NOT_WRITTEN], StoreError("store.not_written", "no room")
    with pytest.raises(StoreError):
        log.append_many([b"after"])
    place.ill, place.shut = None, StoreError("store.unreadable", "the disk is away")
    assert not log.mend()
    assert log.trouble
    place.shut = None
    assert log.mend()
    assert log.append_many([b"after"])[0].index == 1


def test_a_log_without_what_was_acknowledged_is_not_taken(log: LivingLog, place: Place) -> None:
    place.faults, place.ill = [NOT_WRITTEN], StoreError("store.not_written", "no room")
    with pytest.raises(StoreError):
        log.append_many([b"after"])
    place.ill, place.path = None, place.path.with_name("other.db")
    assert not log.mend()
    assert log.trouble


def test_everybody_hears_of_an_attempt_whether_it_went_well_or_not(log: LivingLog, place: Place) -> None:
    before, place.faults = place.rings, [DOUBT]
    with pytest.raises(DoubtError):
        log.append_many([b"perhaps"])
    assert place.rings == before + 1


def test_a_log_that_was_closed_for_good_is_not_opened_again(log: LivingLog, place: Place) -> None:
    log.close()
    log.close()
    with pytest.raises(LedgerError) as told:
        log.append_many([b"late"])
    assert (told.value.code, log.mend(), place.opened) == ("log.closed", False, 1)


def test_a_probe_tells_a_lock_and_a_missing_disk_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.db"
    SqliteStore(path).close()
    probe_file(path)
    assert not path.with_name("log.db.room").exists()
    monkeypatch.setattr(living_log, "WAIT_S", 0.0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            probe_file(path)
    with pytest.raises(StoreError, match="No such file"):
        probe_file(tmp_path / "gone" / "log.db")
