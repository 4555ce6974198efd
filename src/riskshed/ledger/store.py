"""Where a log keeps its bytes: the port with four methods, and its form in one SQLite file.

A log promises that what it has acknowledged is never lost and never moves. It can keep that promise only if
the store below it says the truth about three moments: when bytes have reached the disk, when they surely
have not, and when nobody can know. The third is the one that is mostly got wrong: after a failed flush the
kernel may have thrown the bytes away and still show them to a reader, so a second try that succeeds proves
nothing. A store therefore stops at doubt (`DoubtError`), and whoever opens it again first moves everything
that can be read to a place where it is written and flushed anew.

Entries lie in pieces: rows that hold the entries of one commit in the form of an entry bundle, cut at every
256th entry. A bundle is its pieces one after the other, one commit costs a row or two and not one row for
each entry, and no entry is ever written twice. Hash tiles lie as they are, also those that still grow,
except the lowest, which is made from its entries whenever somebody asks: an entry that does not match its
hash cannot hide.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from riskshed.errors import DoubtError, MalformedError, NotFoundError, StoreError
from riskshed.ledger.lock import WriterLock
from riskshed.ledger.merkle import HASH_BYTES, leaf_hashes
from riskshed.ledger.tiles import TILE_WIDTH, decode_bundle, encode_bundle, tile_path

_BUSY_S = 10.0
_APPLICATION_ID = 0x72736C67  # "rslg", so that another program's file is not taken for a log
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, note BLOB NOT NULL);
CREATE TABLE piece (start INTEGER PRIMARY KEY, count INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE tile (key INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log stands: how many entries it holds, and the signed checkpoint that covers them."""

    size: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit adds.

    Parameters
    ----------
    start : int
        Index of the first entry; the size of the log before the commit.
    entries : sequence of bytes
        The entries in order; may be empty, for the first checkpoint of an empty log.
    tiles : sequence of (int, int, bytes)
        Level, index and hashes of every tile that is new or has grown, the partial ones of level 0 left out.
    head : Head
        Where the log stands after the commit; its size is `start` plus the number of entries.
    """

    start: int
    entries: Sequence[bytes]
    tiles: Sequence[tuple[int, int, bytes]]
    head: Head

    def __post_init__(self) -> None:
        assert self.head.size == self.start + len(self.entries), "a head must cover its batch, and no more"

    def pieces(self) -> Iterator[tuple[int, int, bytes]]:
        """First index, count and encoded entries of each piece, cut where an entry bundle ends."""
        at, end = self.start, self.head.size
        while at < end:
            stop = min((at // TILE_WIDTH + 1) * TILE_WIDTH, end)
            yield at, stop - at, encode_bundle(self.entries[at - self.start : stop - self.start])
            at = stop


class Store(Protocol):
    """What a log asks of the place where it keeps its bytes.

    A store belongs to one log. While it is open for writing it holds a lock that ends with its owner, even
    if the owner is killed, so that a second writer is refused and no lock is ever stale. Its methods may be
    called from any thread. After a `commit` that failed, in doubt or not, every later one is refused until
    the store has been opened again.
    """

    def load(self) -> Head | None:
        """Where the log stands, read from what is durable; None if nothing was ever committed.

        Raises
        ------
        StoreError
            The store cannot be read.
        """
        ...

    def commit(self, batch: Batch) -> None:
        """Keep entries, tiles and head, all or nothing.

        When it returns, all of it survives a loss of power, and readers see it.

        Raises
        ------
        StoreError
            None of it is in the store, now or later: refused before the disk was asked.
        DoubtError
            It may or may not be in the store.
        """
        ...

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from `start` up to and without `end`, as they were committed.

        Raises
        ------
        NotFoundError
            The log does not reach so far.
        StoreError
            The store cannot be read, or holds something else than was committed.
        """
        ...

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile, 32 bytes each.

        Raises
        ------
        NotFoundError
            The tile is not so wide yet.
        StoreError
            The store cannot be read, or holds something else than was committed.
        """
        ...

    def close(self) -> None:
        """Give back the lock; what was committed stays. May be called twice."""
        ...


class SqliteStore:
    """A log in one SQLite file, with its write-ahead log flushed at every commit.

    Parameters
    ----------
    path : Path
        The file; made if it is not there and `read_only` is not set. Beside it lie ``-wal``, ``-shm`` and
        ``.lock``.
    read_only : bool
        Open it beside a writer, in this process or another one: no lock, no commit.

    Raises
    ------
    StoreError
        Another writer has it, or the file is not a log, or cannot be read.
    NotFoundError
        `read_only`, and there is no such file.
    """

    # FULL flushes the write-ahead log at every commit. NORMAL does so only now and then: it survives the
    # death of the process and loses acknowledged entries with the power; the crash campaign shows both.
    SYNCHRONOUS = "FULL"
    WAL_PAGES = 4_000
    """The write-ahead log is moved into the file when it has so many pages."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._lock: WriterLock | None = None
        self._writer: sqlite3.Connection | None = None
        self._stopped: str = "it was opened to be read only" if read_only else ""
        self._reading = threading.Lock()
        if read_only and not path.is_file():
            raise NotFoundError(
                "store.not_found", f"there is no log at {path}", todo="Make one: riskshed log init"
            )
        with contextlib.ExitStack() as undo:
            if not read_only:
                self._lock = WriterLock(path.with_name(path.name + ".lock"))
                undo.callback(self._lock.release)
                with self._told("opened"):
                    self._flush_anew(path.with_name(path.name + "-wal"))
                    self._writer = self._connect("rwc")
                    undo.callback(self._writer.close)
                    self._prepare(self._writer)
            with self._told("opened"):
                self._reader = self._connect("ro")
                undo.callback(self._reader.close)
                self._check_schema(self._reader)
            undo.pop_all()

    def _flush_anew(self, path: Path) -> None:
        """Write what a file shows over itself, and flush it.

        A flush that failed before may have dropped bytes that readers still see, and the next flush would
        pass over them. SQLite believes a write-ahead log that it can read, moves it into the file, and a loss
        of power in that moment leaves neither of them whole: the crash campaign did so until this was here.
        """
        if not path.exists():
            return
        with path.open("r+b") as file:
            at = 0
            while part := file.read(1 << 20):
                file.seek(at)
                file.write(part)
                at += len(part)
                file.seek(at)
            file.flush()
            os.fsync(file.fileno())

    def _connect(self, mode: str) -> sqlite3.Connection:
        # In its own mode a reader cannot write, not even what SQLite would tidy up on the way out.
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the file a log if it is new, set how it is flushed, settle what a crash left."""
        if connection.execute("PRAGMA application_id").fetchone()[0] == 0 and not _has_tables(connection):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id = {_APPLICATION_ID};"
                f"PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;"
            )
            _flush_folder(self.path.parent)
        self._check_schema(connection)
        connection.execute(f"PRAGMA synchronous = {self.SYNCHRONOUS}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {self.WAL_PAGES}")
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        level = connection.execute("PRAGMA synchronous").fetchone()[0]
        assert (mode, level) == ("wal", {"NORMAL": 1, "FULL": 2}[self.SYNCHRONOUS])
        # Into the file it goes at once, so that no failure before this start can touch what comes after it.
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreError(
                "store.busy",
                f"a reader has held {self.path} for {_BUSY_S:.0f} s",
                todo="End it, then try again.",
            )

    def _check_schema(self, connection: sqlite3.Connection) -> None:
        found = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if found != _APPLICATION_ID:
            raise StoreError("store.not_a_log", f"{self.path} is an SQLite file, but not a log of riskshed")
        if version != _SCHEMA_VERSION:
            raise StoreError(
                "store.version",
                f"{self.path} has layout {version}, want {_SCHEMA_VERSION}",
                todo="Open it with the riskshed that wrote it.",
            )

    @contextlib.contextmanager
    def _told(self, action: str) -> Iterator[None]:
        """Turn what SQLite says into words of the house."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                "store.unreadable", f"the log {self.path} cannot be {action}: {_words(error)}"
            ) from error

    def load(self) -> Head | None:
        """See `Store.load`."""
        with self._told("read"), self._reading:
            row = self._reader.execute("SELECT size, note FROM head").fetchone()
        if row and (type(row[0]), type(row[1])) != (int, bytes):
            raise StoreError("store.damaged", f"the head of {self.path} is damaged")
        return Head(*row) if row else None

    def commit(self, batch: Batch) -> None:
        """See `Store.commit`."""
        if self._stopped or self._writer is None:
            raise StoreError("store.stopped", f"the log {self.path} takes no more entries: {self._stopped}")
        try:
            self._write(self._writer, batch)
        except (sqlite3.Error, StoreError) as error:
            self._stopped = f"a write failed ({_words(error)})"
            with contextlib.suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
            raise StoreError(
                "store.not_written",
                f"nothing was written to {self.path}: {_words(error)}",
                todo="Mend it, then open the log again.",
            ) from error
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            self._stopped = f"a flush failed ({_words(error)})"
            raise DoubtError(
                "store.doubt",
                f"{self.path}: {len(batch.entries)} entries from {batch.start} may or may not have reached "
                f"the disk: {_words(error)}",
                todo="Mend the disk, open the log again, and look whether they are there.",
            ) from error

    def _write(self, writer: sqlite3.Connection, batch: Batch) -> None:
        writer.execute("BEGIN IMMEDIATE")
        move = "UPDATE head SET size = ?, note = ? WHERE size = ?"
        moved = writer.execute(move, (batch.head.size, batch.head.note, batch.start)).rowcount
        if not moved and batch.start == 0:
            make = "INSERT INTO head SELECT 0, ?, ? WHERE NOT EXISTS (SELECT 1 FROM head)"
            moved = writer.execute(make, (batch.head.size, batch.head.note)).rowcount
        if not moved:
            raise StoreError(
                "store.moved", f"the log no longer stands at {batch.start}: somebody else wrote to it"
            )
        writer.executemany("INSERT INTO piece VALUES (?, ?, ?)", batch.pieces())
        writer.executemany(
            "INSERT INTO tile VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET data = excluded.data "
            "WHERE length(data) < length(excluded.data)",
            ((tile_key(level, index), data) for level, index, data in batch.tiles),
        )

    def entries(self, start: int, end: int) -> list[bytes]:
        """See `Store.entries`."""
        query = "SELECT start, count, data FROM piece WHERE start >= ? AND start < ? ORDER BY start"
        with self._told("read"), self._reading:
            rows = self._reader.execute(query, (start - start % TILE_WIDTH, end)).fetchall()
        return entries_of(rows, start, end)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """See `Store.tile`."""
        with self._told("read"), self._reading:
            row = self._reader.execute(
                "SELECT data FROM tile WHERE key = ?", (tile_key(level, index),)
            ).fetchone()
        return tile_of(self, row[0] if row else None, level, index, width)

    def close(self) -> None:
        """See `Store.close`."""
        self._stopped = self._stopped or "it was closed"
        for connection in (self._reader, self._writer):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def tile_key(level: int, index: int) -> int:
    """One whole number for a level and an index."""
    assert 0 <= level < 8
    assert 0 <= index < 1 << 56
    return level << 56 | index


def entries_of(rows: Sequence[tuple[int, int, bytes]], start: int, end: int) -> list[bytes]:
    """Entries `start` to `end` out of pieces in order, the first of which begins at or before `start`."""
    found: list[bytes] = []
    at = rows[0][0] if rows else start - start % TILE_WIDTH
    first = at
    for begin, count, data in rows:
        # A row of a file that was edited may hold anything.
        if (type(begin), type(count), type(data)) != (int, int, bytes) or begin != at:
            raise StoreError(
                "store.damaged", f"entries {at} to {begin} of the log are missing or there twice"
            )
        try:
            found += decode_bundle(data, count)
        except MalformedError as error:
            raise StoreError(
                "store.damaged", f"the entries from {begin} are damaged: {error.what}"
            ) from error
        at += count
    if not first <= start <= end <= at:
        raise NotFoundError("store.no_entry", f"the log has no entries {start} to {end}, it ends at {at}")
    return found[start - first : end - first]


def tile_of(store: Store, data: object, level: int, index: int, width: int) -> bytes:
    """The first hashes of a tile, from its row or, at the lowest level, from the entries."""
    if data is None and level == 0:
        first = index * TILE_WIDTH
        return b"".join(leaf_hashes(store.entries(first, first + width)))
    if data is not None and not isinstance(data, bytes):
        raise StoreError("store.damaged", f"the tile {tile_path(level, index, width)} is damaged")
    if data is None or len(data) < width * HASH_BYTES:
        raise NotFoundError("store.no_tile", f"the log has no tile {tile_path(level, index, width)}")
    return data[: width * HASH_BYTES]


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])


def _flush_folder(folder: Path) -> None:
    """Make the names in a folder durable; where a folder cannot be opened (Windows) they are so already."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _words(error: Exception) -> str:
    """What SQLite says, with the name of its code: 'disk I/O error (SQLITE_IOERR_FSYNC)'."""
    name = getattr(error, "sqlite_errorname", None)
    return f"{error} ({name})" if name else str(error)
