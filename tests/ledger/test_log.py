"""The log: what it answers, what it proves, when it stops, and what it finds when it is opened again."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskshed.errors import DoubtError, LedgerError, ProofError, SignatureError, StoreError
from riskshed.ledger import log as log_module
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    leaf_hash,
    leaf_hashes,
    verify_consistency,
    verify_inclusion,
)
from riskshed.ledger.note import Checkpoint, open_checkpoint
from riskshed.ledger.store import Batch, SqliteStore

KEY = SigningKey("example.com/log", "log", bytes(range(32)))
ENTRIES = [f"entry {at}".encode() for at in range(70_000)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    with Log(SqliteStore(path), KEY) as log:
        yield log


def root_of(entries: list[bytes]) -> bytes:
    tree = Frontier()
    tree.extend(leaf_hashes(entries))
    return tree.root()


def state_of(note: bytes) -> Checkpoint:
    return open_checkpoint(note, KEY.verifier)[0]


class StubbornStore(SqliteStore):
    """A store whose next commits can be told to fail, before they write or after."""

    failure: StoreError | None = None
    writes_first = False

    def commit(self, batch: Batch) -> None:
        if self.failure is None or self.writes_first:
            super().commit(batch)
        if self.failure is not None:
            raise self.failure


def test_a_new_log_signs_that_it_is_empty(log: Log) -> None:
    assert state_of(log.checkpoint) == Checkpoint("example.com/log", 0, EMPTY_ROOT)


def test_a_receipt_names_place_and_signed_tree(log: Log) -> None:
    log.append(b"first")
    receipt = log.append(b"second")
    assert (receipt.index, receipt.size, receipt.leaf_hash) == (1, 2, leaf_hash(b"second"))
    assert state_of(receipt.checkpoint) == Checkpoint("example.com/log", 2, root_of([b"first", b"second"]))


def test_a_receipt_speaks_of_what_is_on_disk(log: Log, path: Path) -> None:
    receipt = log.append(b"said")
    with SqliteStore(path, read_only=True) as store:
        head = store.load()
        assert head is not None
        assert (head.note, store.entries(0, 1)) == (receipt.checkpoint, [b"said"])


def test_entries_of_one_call_stand_together_and_in_order(log: Log) -> None:
    receipts = log.append_many(ENTRIES[:600])
    assert [one.index for one in receipts] == list(range(600))
    assert {one.size for one in receipts} == {600}
    assert log.entries(0, 600) == ENTRIES[:600]


def test_nothing_at_all_is_written_at_once(log: Log) -> None:
    assert log.append_many([]) == ()


def test_a_crowd_of_tasks_shares_a_flush(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crowd() -> list[log_module.Receipt]:
        return await asyncio.gather(*(log.append_async(entry) for entry in ENTRIES[:200]))

    receipts = asyncio.run(crowd())
    assert [one.index for one in receipts] == list(range(200))
    assert {one.size for one in receipts} == {200}


def test_every_thread_gets_its_own_receipt(log: Log) -> None:
    told: dict[bytes, int] = {}

    def work(part: int) -> None:
        for entry in ENTRIES[part * 50 : part * 50 + 50]:
            told[entry] = log.append(entry).index

    threads = [threading.Thread(target=work, args=(part,)) for part in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert log.entries(0, 400) == sorted(told, key=told.__getitem__)


def test_a_task_that_is_cancelled_harms_nobody(log: Log) -> None:
    async def work() -> log_module.Receipt:
        hasty = asyncio.ensure_future(log.append_async(b"hasty"))
        patient = asyncio.ensure_future(log.append_async(b"patient"))
        await asyncio.sleep(0)
        hasty.cancel()
        return await patient

    assert log.entries(asyncio.run(work()).index, log.size) == [b"patient"]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 66_000])
def test_it_opens_again_at_any_size(path: Path, size: int) -> None:
    with Log(SqliteStore(path), KEY) as log:
        log.append_many(ENTRIES[: size // 2])
        log.append_many(ENTRIES[size // 2 : size])
    with Log(SqliteStore(path), KEY) as log:
        assert (log.size, log.root) == (size, root_of(ENTRIES[:size]))
        log.append(b"one more")
        assert log.root == root_of([*ENTRIES[:size], b"one more"])


def test_inclusion_is_proved_for_every_entry_at_every_size(log: Log) -> None:
    states = []
    for at in range(12):
        log.append(ENTRIES[at])
        states.append(log.state())
    for state in states:
        size, root = state.checkpoint.size, state.checkpoint.root
        for index in range(size):
            proof = log.prove_inclusion(index, state)
            verify_inclusion(index, size, leaf_hash(ENTRIES[index]), proof, root)


def test_proofs_reach_over_tiles(log: Log) -> None:
    log.append_many(ENTRIES[:300])
    old = log.state().checkpoint
    log.append_many(ENTRIES[300:600])
    log.append_many(ENTRIES[600:66_000])
    new = log.state().checkpoint
    verify_consistency(old.size, new.size, old.root, new.root, log.prove_consistency(300))
    for index in (0, 255, 256, 299, 65_535, 65_999):
        proof = log.prove_inclusion(index)
        verify_inclusion(index, new.size, leaf_hash(ENTRIES[index]), proof, new.root)


def test_what_is_not_there_is_not_proved(log: Log) -> None:
    log.append(b"only")
    for prove in (lambda: log.prove_inclusion(1), lambda: log.prove_consistency(2), lambda: log.root_at(2)):
        with pytest.raises(ProofError):
            prove()


def test_an_entry_that_is_too_long_is_refused_and_the_log_goes_on(log: Log) -> None:
    with pytest.raises(LedgerError) as refused:
        log.append(b"x" * 65_536)
    assert refused.value.code == "entry.size"
    assert log.append(b"x" * 65_535).index == 0


def test_too_many_entries_at_once_are_refused(log: Log) -> None:
    with pytest.raises(LedgerError) as refused:
        log.append_many([b""] * (log_module.CALL_ENTRIES_MAX + 1))
    assert refused.value.code == "log.call_size"


def test_a_crowd_beyond_measure_is_sent_away(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "WAITING_ENTRIES_MAX", 3)
    with pytest.raises(LedgerError) as refused:
        log.append_many(ENTRIES[:4])
    assert refused.value.code == "log.busy"
    assert log.append_many(ENTRIES[:3])[-1].size == 3


@pytest.mark.parametrize("writes_first", [False, True])
def test_it_stops_at_doubt_and_finds_out_when_it_is_opened_again(path: Path, writes_first: bool) -> None:
    store = StubbornStore(path)
    with Log(store, KEY) as log:
        log.append(b"acknowledged")
        store.failure, store.writes_first = DoubtError("store.doubt", "the disk failed"), writes_first
        with pytest.raises(DoubtError):
            log.append(b"in doubt")
        with pytest.raises(LedgerError) as refused:
            log.append(b"later")
        assert refused.value.code == "log.stopped"
        assert "the disk failed" in refused.value.what
    with Log(SqliteStore(path), KEY) as log:
        assert log.entries(0, log.size) == [b"acknowledged", *[b"in doubt"] * writes_first]
        assert log.append(b"later").index == 1 + writes_first


def test_a_log_that_has_stopped_still_proves(path: Path) -> None:
    store = StubbornStore(path)
    with Log(store, KEY) as log:
        receipt = log.append(b"acknowledged")
        store.failure = DoubtError("store.doubt", "the disk failed")
        with pytest.raises(DoubtError):
            log.append(b"in doubt")
        assert log.checkpoint == receipt.checkpoint
        assert log.prove_inclusion(0) == ()


def test_all_who_wait_are_told_when_it_stops(path: Path) -> None:
    store = StubbornStore(path)
    log = Log(store, KEY)
    store.failure = StoreError("store.not_written", "the disk is full")

    async def crowd() -> list[object]:
        return await asyncio.gather(*(log.append_async(b"x") for _ in range(20)), return_exceptions=True)

    told = asyncio.run(crowd())
    assert all(isinstance(one, StoreError) for one in told)
    log.close()


def test_a_broken_program_stops_the_log_and_leaves_nobody_waiting(path: Path) -> None:
    store = StubbornStore(path)
    with Log(store, KEY) as log:
        store.failure = ZeroDivisionError("not a failure of a store")  # type: ignore[assignment]
        with pytest.raises(DoubtError, match="ZeroDivisionError"):
            log.append(b"in doubt")
        with pytest.raises(LedgerError):
            log.append(b"later")


def test_a_closed_log_takes_nothing(log: Log) -> None:
    log.append(b"before")
    log.close()
    log.close()
    with pytest.raises(LedgerError) as refused:
        log.append(b"after")
    assert refused.value.code == "log.closed"


def test_what_waits_is_written_before_it_closes(path: Path) -> None:
    log = Log(SqliteStore(path), KEY)
    waiting = [log.submit([entry]) for entry in ENTRIES[:50]]
    log.close()
    assert [one.result()[0].index for one in waiting] == list(range(50))


def test_the_key_of_another_log_does_not_open_it(path: Path) -> None:
    Log(SqliteStore(path), KEY).close()
    with pytest.raises(SignatureError):
        Log(SqliteStore(path), SigningKey.generate("example.com/log", "log"))
    # The refused one has let go of the lock.
    Log(SqliteStore(path), KEY).close()


def test_a_new_key_goes_on_where_the_former_one_ended(path: Path) -> None:
    with Log(SqliteStore(path), KEY) as log:
        log.append(b"by the former key")
    successor = KEY.successor()
    with Log(SqliteStore(path), successor, former=[KEY.verifier]) as log:
        receipt = log.append(b"by the new key")
    assert open_checkpoint(receipt.checkpoint, successor.verifier)[0].size == 2


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE piece SET data = x'0007656e7472792039' WHERE start = 1",  # "entry 9"
        "UPDATE piece SET data = 'text' WHERE start = 1",
        "UPDATE head SET size = 2",
        "DELETE FROM piece WHERE start = 2",
        "UPDATE head SET note = CAST(replace(note, '3', '2') AS BLOB)",
        "UPDATE head SET note = 5",
    ],
)
def test_files_that_were_edited_do_not_open(path: Path, edit: str) -> None:
    with Log(SqliteStore(path), KEY) as log:
        for entry in ENTRIES[:3]:
            log.append(entry)
    with sqlite3.connect(path) as connection:
        connection.execute(edit)
    with pytest.raises((StoreError, SignatureError)):
        Log(SqliteStore(path), KEY)


def test_an_entry_that_was_edited_behind_a_full_tile_is_found_by_its_proof(path: Path) -> None:
    with Log(SqliteStore(path), KEY) as log:
        log.append_many(ENTRIES[:600])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE tile SET data = zeroblob(8192) WHERE key = 0")
    with Log(SqliteStore(path), KEY) as log, pytest.raises(StoreError) as found:
        log.prove_inclusion(3)
    assert found.value.code == "log.damaged"


FILLS_A_FILE = """
import resource, sys
from pathlib import Path
from riskshed.errors import LedgerError
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.store import SqliteStore
log = Log(SqliteStore(Path(sys.argv[1])), SigningKey("example.com/log", "log", bytes(range(32))))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    while True:
        print(log.append(b"x" * 5_000).index, flush=True)
except LedgerError as error:
    print(type(error).__name__, flush=True)
try:
    log.append(b"after")
except LedgerError as error:
    print(error.code)
"""


def test_a_file_that_can_grow_no_more_stops_the_log_and_loses_nothing(path: Path) -> None:
    pytest.importorskip("resource")
    told = subprocess.run(
        [sys.executable, "-c", FILLS_A_FILE, str(path)], capture_output=True, text=True, check=True
    )
    *indices, kind, code = told.stdout.split()
    assert kind in ("StoreError", "DoubtError")
    assert code == "log.stopped"
    with Log(SqliteStore(path), KEY) as log:
        acknowledged = len(indices)
        assert acknowledged > 10
        assert log.entries(0, acknowledged) == [b"x" * 5_000] * acknowledged
        assert log.size <= acknowledged + 1
