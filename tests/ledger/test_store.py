"""What every store promises, on SQLite and on a real PostgreSQL; and what each must do when it is killed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import postgres_server
import pytest

from riskshed.errors import DoubtError, LockedError, MissingExtraError, NotFoundError, StoreError
from riskshed.ledger import postgres
from riskshed.ledger.merkle import leaf_hashes
from riskshed.ledger.postgres import PostgresStore
from riskshed.ledger.store import Batch, Head, SqliteStore, Store

OpenStore = Callable[..., Store]

ENTRIES = [f"entry {at}".encode() * (1 + at % 3) for at in range(600)]


def batch(start: int, end: int, tiles: tuple[tuple[int, int, bytes], ...] = ()) -> Batch:
    return Batch(start, ENTRIES[start:end], tiles, Head(end, f"signed at {end}".encode()))


class StoreContract:
    """The contract of the port; a store inherits it and gives `open_store`."""

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Iterator[Store]:
        store = open_store()
        yield store
        store.close()

    def test_a_new_store_has_no_head(self, store: Store) -> None:
        assert store.load() is None

    def test_what_was_committed_is_read_back(self, store: Store) -> None:
        store.commit(batch(0, 3))
        assert store.load() == Head(3, b"signed at 3")
        assert store.entries(0, 3) == ENTRIES[:3]

    def test_an_empty_log_has_a_checkpoint(self, store: Store) -> None:
        store.commit(batch(0, 0))
        store.commit(batch(0, 1))
        assert store.load() == Head(1, b"signed at 1")

    def test_entries_come_from_any_place(self, store: Store) -> None:
        for start, end in ((0, 1), (1, 255), (255, 258), (258, 600)):
            store.commit(batch(start, end))
        for start, end in ((0, 600), (254, 257), (256, 512), (511, 513), (599, 600), (300, 300)):
            assert store.entries(start, end) == ENTRIES[start:end]

    def test_entries_past_the_end_are_refused(self, store: Store) -> None:
        store.commit(batch(0, 300))
        for start, end in ((299, 301), (300, 301), (600, 601)):
            with pytest.raises(NotFoundError):
                store.entries(start, end)

    def test_empty_and_largest_entries_are_kept(self, store: Store) -> None:
        entries = [b"", b"x" * 65_535, b""]
        store.commit(Batch(0, entries, (), Head(3, b"")))
        assert store.entries(0, 3) == entries

    def test_a_tile_is_read_at_any_width_up_to_its_own(self, store: Store) -> None:
        store.commit(batch(0, 256, ((0, 0, b"a" * 8192), (1, 0, b"b" * 32))))
        assert store.tile(0, 0, 256) == b"a" * 8192
        assert store.tile(0, 0, 3) == b"a" * 96
        assert store.tile(1, 0, 1) == b"b" * 32
        with pytest.raises(NotFoundError):
            store.tile(1, 0, 2)

    def test_a_growing_tile_takes_the_place_of_the_narrower_one(self, store: Store) -> None:
        store.commit(batch(0, 256, ((1, 0, b"b" * 32),)))
        store.commit(batch(256, 512, ((1, 0, b"b" * 64),)))
        assert store.tile(1, 0, 2) == b"b" * 64

    def test_a_tile_never_gets_narrower_and_a_full_one_never_changes(self, store: Store) -> None:
        store.commit(batch(0, 256, ((0, 0, b"a" * 8192),)))
        store.commit(batch(256, 257, ((0, 0, b"b" * 32),)))
        store.commit(batch(257, 258, ((0, 0, b"b" * 8192),)))
        assert store.tile(0, 0, 256) == b"a" * 8192

    def test_a_partial_tile_of_the_lowest_level_is_made_from_its_entries(self, store: Store) -> None:
        store.commit(batch(0, 300))
        assert store.tile(0, 1, 44) == b"".join(leaf_hashes(ENTRIES[256:300]))
        with pytest.raises(NotFoundError):
            store.tile(0, 1, 45)

    def test_a_batch_that_does_not_continue_the_log_is_refused(self, store: Store) -> None:
        store.commit(batch(0, 3))
        with pytest.raises(StoreError) as refused:
            store.commit(batch(0, 2))
        assert not isinstance(refused.value, DoubtError)
        assert store.entries(0, 3) == ENTRIES[:3]

    def test_it_takes_nothing_more_after_a_write_that_failed(self, store: Store) -> None:
        store.commit(batch(0, 3))
        with pytest.raises(StoreError):
            store.commit(batch(5, 6))
        with pytest.raises(StoreError) as refused:
            store.commit(batch(3, 4))
        assert refused.value.code == "store.stopped"

    def test_it_holds_everything_when_it_is_opened_again(self, open_store: OpenStore) -> None:
        store = open_store()
        store.commit(batch(0, 300))
        store.close()
        again = open_store()
        assert (again.load(), again.entries(0, 300)) == (Head(300, b"signed at 300"), ENTRIES[:300])
        again.close()

    def test_a_second_writer_is_refused_with_the_reason(self, store: Store, open_store: OpenStore) -> None:
        with pytest.raises(LockedError) as refused:
            open_store()
        assert refused.value.code == "log.locked"
        assert "since 20" in str(refused.value) or f"pid {os.getpid()}" in str(refused.value)
        store.commit(batch(0, 1))

    def test_the_next_writer_gets_the_lock_back(self, store: Store, open_store: OpenStore) -> None:
        store.close()
        store.close()
        open_store().close()

    def test_a_reader_sees_each_commit_and_commits_nothing(self, store: Store, open_store: OpenStore) -> None:
        store.commit(batch(0, 1))
        reader = open_store(read_only=True)
        store.commit(batch(1, 2))
        assert (reader.load(), reader.entries(0, 2)) == (Head(2, b"signed at 2"), ENTRIES[:2])
        with pytest.raises(StoreError):
            reader.commit(batch(2, 3))
        reader.close()


class TestSqliteStore(StoreContract):
    """The contract on SQLite."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        return lambda **options: SqliteStore(tmp_path / "log.sqlite", **options)


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with postgres_server.running() as server:
        yield server


class TestPostgresStore(StoreContract):
    """The contract on PostgreSQL, and the death of its server."""

    @pytest.fixture
    def open_store(self, server: Any, request: pytest.FixtureRequest) -> OpenStore:
        schema = f"log {request.node.name}"
        return lambda **options: PostgresStore(server.get_uri(), schema=schema, **options)

    def test_what_it_confirmed_outlives_the_server_that_is_killed(
        self, server: Any, open_store: OpenStore
    ) -> None:
        store, at = open_store(), 0
        for kill in range(3):
            for _ in range(20):
                store.commit(batch(at, at + 5))
                at += 5
            postgres_server.kill(server)
            with pytest.raises(StoreError):
                store.commit(batch(at, at + 1))
            store.close()
            server.ensure_postgres_running()
            store = open_store()
            assert store.load() == Head(at, f"signed at {at}".encode()), f"after kill {kill}"
        assert store.entries(0, at) == ENTRIES[:at]
        store.close()

    def test_a_reader_finds_the_server_again(self, server: Any, open_store: OpenStore) -> None:
        store = open_store()
        store.commit(batch(0, 2))
        postgres_server.kill(server)
        server.ensure_postgres_running()
        assert store.entries(0, 2) == ENTRIES[:2]
        store.close()

    def test_a_server_that_may_lose_what_it_confirms_is_refused(
        self, server: Any, open_store: OpenStore
    ) -> None:
        with postgres.psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
            time.sleep(0.2)
            with pytest.raises(StoreError) as refused:
                open_store()
            connection.execute("ALTER SYSTEM RESET full_page_writes")
            connection.execute("SELECT pg_reload_conf()")
            time.sleep(0.2)
        assert refused.value.code == "store.not_durable"

    def test_a_server_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError) as refused:
            PostgresStore(f"postgresql://postgres@/postgres?host={tmp_path}")
        assert str(tmp_path) in refused.value.what

    def test_without_its_package_it_names_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "MISSING", ImportError("psycopg"))
        with pytest.raises(MissingExtraError, match="psycopg"):
            PostgresStore("postgresql://nowhere")


HOLDS_THE_LOCK = """
import sys, time
from pathlib import Path
from riskshed.ledger.store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(60)
"""


def test_a_writer_in_another_process_is_named_and_its_death_frees_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    command = [sys.executable, "-c", HOLDS_THE_LOCK, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(LockedError, match=f"pid {other.pid} on .* since 20"):
            SqliteStore(path)
        other.kill()
        other.wait()
    SqliteStore(path).close()


def test_it_flushes_every_commit(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "log.sqlite") as store:
        assert store._writer is not None
        assert store._writer.execute("PRAGMA synchronous").fetchone() == (2,)
        assert store._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_of_another_program_is_not_taken_for_a_log(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        SqliteStore(path)
    assert refused.value.code == "store.not_a_log"
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"no database", b"SQLite format 3\0" + b"\xff" * 5_000])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes(damage)
    with pytest.raises(StoreError):
        SqliteStore(path)
    assert path.read_bytes() == damage


def test_a_log_of_a_later_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreError, match="layout 2, want 1"):
        SqliteStore(path)


def test_a_reader_makes_no_log(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        SqliteStore(tmp_path / "log.sqlite", read_only=True)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LockedError, match="No such file"):
        SqliteStore(tmp_path / "nowhere" / "log.sqlite")


def test_entries_that_went_missing_are_found_when_they_are_read(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "log.sqlite") as store:
        for at in range(3):
            store.commit(batch(at, at + 1))
        with sqlite3.connect(tmp_path / "log.sqlite") as connection:
            connection.execute("DELETE FROM piece WHERE start = 1")
        with pytest.raises(StoreError) as refused:
            store.entries(0, 3)
    assert refused.value.code == "store.damaged"


@pytest.mark.parametrize("name", ["a b.sqlite", "险域?#%41.sqlite", "log"])
def test_a_path_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    with SqliteStore(tmp_path / name) as store:
        store.commit(batch(0, 1))
    assert (tmp_path / name).is_file()
    with SqliteStore(tmp_path / name, read_only=True) as reader:
        assert reader.entries(0, 1) == ENTRIES[:1]


@pytest.mark.parametrize("read_only", [True, False])
def test_what_a_crash_left_in_the_write_ahead_log_is_read(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / "after").mkdir()
    with SqliteStore(tmp_path / "log.sqlite") as store:
        store.commit(batch(0, 300))
        for ending in ("", "-wal"):
            shutil.copy(tmp_path / f"log.sqlite{ending}", tmp_path / "after" / f"log.sqlite{ending}")
    with SqliteStore(tmp_path / "after" / "log.sqlite", read_only=read_only) as after:
        assert after.entries(0, 300) == ENTRIES[:300]
