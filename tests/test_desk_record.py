"""The record under the desk: judged entries alone, one standing for all readers, nothing half done."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cast import PANG, SHANG, ZHONG
from desk_house import WORDS, House, key, plain, refused
from governance.acts import BODIES, INCIDENT, TERRITORY, say, seen
from small_logs import LOG_KEY

from riskshed.desk_record import Record
from riskshed.errors import InputFaults, LedgerError, StoreError
from riskshed.governance.draft import Draft
from riskshed.governance.standing import of
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.store import SqliteStore
from riskshed.statement import read, sign


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.log.close()


def test_a_full_disk_changes_nothing_and_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.log._store._writer.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
    before = house.everything()
    lesson = {"title": WORDS, "text": {"zh": "水" * 4_000, "en": "water " * 600}}
    with pytest.raises(StoreError):
        house.desks[SHANG].share_lesson(**lesson)
    assert house.everything() == before
    with pytest.raises(LedgerError) as told:
        house.desks[SHANG].take_watch("night")
    assert told.value.code == "log.stopped"
    assert house.everything() == before
    house.log.close()
    with Log(SqliteStore(house.path), LOG_KEY) as log:
        again = Record(log, house.now(), territory=TERRITORY)
        assert (log.size, again.standing(house.now()).to_bytes()) == before


def test_a_closed_log_changes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    held = house.record.standing(house.now()).to_bytes()
    house.log.close()
    with pytest.raises(LedgerError):
        house.desks[SHANG].take_watch("night")
    assert house.record.standing(house.now()).to_bytes() == held


def test_what_was_refused_leaves_no_trace_for_the_next_act(house: House) -> None:
    with pytest.raises(InputFaults):
        house.desks[SHANG].set_level(INCIDENT, **plain("LevelSet"))
    house.opened()
    told = house.desks[SHANG].set_level(INCIDENT, **plain("LevelSet"))
    assert told in house.record.standing(house.now()).statements


def test_entries_of_others_are_judged_and_bad_ones_take_no_part(house: House) -> None:
    said = say("WatchTaken", SHANG, 0, desk="night")
    good = key(SHANG).sign
    from_shang = _entry(said, key(SHANG), lambda data: good(data, role="statement"))
    false = _entry(say("WatchTaken", ZHONG, 0, desk="night"), key(ZHONG), lambda _: b"\x01" * 64)
    house.log.append_many([from_shang, false, b"nothing"])
    assert house.record.follow(house.now()) == 1
    assert {one.code for one in house.record.refused} >= {"statement.bad_signature"}
    assert list(house.record.standing(house.now()).watches) == [f"{SHANG} night"]


def _entry(said: Any, used: SigningKey, signer: Any) -> bytes:
    return sign(said, f"{used.name}+{used.verifier.key_id.hex()}", signer)


def test_the_standing_of_the_desk_is_that_of_anybody_who_reads_the_log(house: House) -> None:
    for hours in (1.0, 2.0, 3.0):
        house.hours = hours
        house.opened()
        house.desks[ZHONG].decline(house.noticed(), WORDS)
    everything = [read(raw) for raw in house.log.entries(0, house.log.size)]
    other = of((seen(one) for one in everything), at=house.now(), territory=TERRITORY)
    assert house.record.standing(house.now()).to_bytes() == other.to_bytes()


def test_a_body_whose_clock_is_years_ahead_does_not_silence_the_others(house: House) -> None:
    house.hours = 50_000.0
    house.desks[PANG].take_watch("night")
    house.hours = 1.0
    told = house.desks[SHANG].take_watch("night")
    assert told in house.record.standing(house.now()).statements


def test_many_officers_at_once_lose_nothing(house: House) -> None:
    def act(number: int) -> None:
        for _ in range(5):
            house.desk(SHANG, f"duty-{number}").take_watch(f"desk-{number}-{_}")

    threads = [threading.Thread(target=act, args=(one,)) for one in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(house.record.standing(house.now()).watches) == 20
    assert house.log.size == house.record.size == len(BODIES) + 20


def test_a_good_statement_that_fell_with_a_bad_one_counts_for_nothing(house: House) -> None:
    good = Draft("IncidentOpened", SHANG, INCIDENT, None, plain("IncidentOpened"))
    bad = Draft("LevelSet", SHANG, "nowhere", None, plain("LevelSet"))
    with pytest.raises(InputFaults):
        house.desks[SHANG].say_all([good, bad])
    refused(
        house,
        lambda: house.desks[SHANG].set_level(INCIDENT, **plain("LevelSet")),
        InputFaults,
        "desk.set_aside",
    )


class BusyOnce:
    """A log that is too busy at the next call."""

    def __init__(self, log: Log) -> None:
        self.log, self.is_busy = log, True

    @property
    def size(self) -> int:
        return self.log.size

    def entries(self, start: int, end: int) -> list[bytes]:
        return self.log.entries(start, end)

    def append_many(self, entries: Sequence[bytes]) -> Any:
        if self.is_busy:
            self.is_busy = False
            raise LedgerError("log.busy", "too many wait")
        return self.log.append_many(entries)


def test_what_a_busy_log_did_not_take_counts_for_nothing_and_can_be_said_again(house: House) -> None:
    house.record._log = BusyOnce(house.log)
    refused(house, house.opened, LedgerError, "log.busy")
    refused(
        house,
        lambda: house.desks[SHANG].set_level(INCIDENT, **plain("LevelSet")),
        InputFaults,
        "desk.set_aside",
    )
    assert house.opened() in house.record.standing(house.now()).statements
