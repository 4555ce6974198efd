"""Where the outbox keeps what is still to be delivered: the port, and its form in one SQLite file.

The log is the truth of what was said; this file is only the truth of what came of telling it. If it is lost,
it is made again from the log, everything is told once more, and the receivers, who keep what they have seen,
say so and do nothing twice. What must never be wrong is the order of the two moments around a sending: an
attempt is on disk before anything leaves the house, and a receipt is on disk before it is believed.

A file that failed to flush is not written to again until it is opened anew, as with the log
(`riskshed.ledger.store` says why).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from riskshed.errors import DoubtError, NotFoundError, RiskshedError, StoreError
from riskshed.ledger.durable import flush_folders
from riskshed.ledger.lock import WriterLock

State = Literal["waiting", "accepted", "given_up"]

_BUSY_S = 10.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VERSION = 1


class DeliveryError(RiskshedError):
    """A transport could not deliver; `permanent` says whether to try again is of no use."""

    def __init__(self, code: str, what: str, *, permanent: bool, todo: str = "") -> None:
        super().__init__(code, what, todo=todo)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receiver answers: this statement lies with me, durably, since then.

    Attributes
    ----------
    addressee : str
        The body that received it.
    id : str
        Of the statement.
    accepted_at : datetime
        When it first accepted it; the same at every repetition. Aware.
    """

    addressee: str
    id: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """An entry of the log, as the outbox sees it.

    Attributes
    ----------
    index : int
        Its place in the log.
    id, by : str
        The statement, and the body that said it.
    thread : str
        Id of the first statement that it continues (its own if it continues none). What has one thread is
        delivered to one addressee in the order of the log.
    addressees : tuple of str
        Empty if nobody is told.
    envelope : bytes
        As it lies in the log; empty if nobody is told.
    """

    index: int
    id: str
    by: str
    thread: str
    addressees: tuple[str, ...]
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far one statement has come with one addressee.

    Attributes
    ----------
    index, id, thread
        As in `Message`.
    addressee : str
    since : datetime
        When it was queued, or taken up again by a person. Aware, to the millisecond, as all times here.
    attempts : int
        Sendings begun, those included of which a crash left no more than that.
    next_attempt : datetime
    state : {"waiting", "accepted", "given_up"}
    accepted_at : datetime or None
        Of the receipt.
    error : str
        What stood in the way last; empty if nothing did.
    """

    index: int
    id: str
    thread: str
    addressee: str
    since: datetime
    attempts: int
    next_attempt: datetime
    state: State
    accepted_at: datetime | None
    error: str


class OutboxStore(Protocol):
    """What the outbox asks of the place where it keeps its book. Each writing method is all or nothing.

    When one returns, what it wrote survives a loss of power. Each may raise `StoreError` (nothing was
    written) or `DoubtError` (nobody knows; open it again).
    """

    def position(self) -> int:
        """The first entry of the log that was not yet taken in."""
        ...

    def known(self, statement: str) -> Message | None:
        """The message of this id if it was taken in; without its envelope."""
        ...

    def enqueue(self, messages: Sequence[Message], position: int, now: datetime) -> None:
        """Take in messages in the order of the log, and move to a position."""
        ...

    def due(self, now: datetime, wait_max: timedelta) -> list[Delivery]:
        """What may be sent now: of each thread and addressee the first that waits, if its time has come.

        An attempt that is set further ahead than `wait_max` was set by a clock that was wrong: it is due.
        Those never tried come first, then by time.
        """
        ...

    def envelope(self, statement: str) -> bytes:
        """The envelope of a message that is told to somebody."""
        ...

    def begin(self, delivery: Delivery, next_attempt: datetime) -> None:
        """Count an attempt, before it is made."""
        ...

    def accept(self, delivery: Delivery, receipt: Receipt) -> None:
        """Keep a receipt."""
        ...

    def fail(self, delivery: Delivery, error: str, *, given_up: bool) -> None:
        """Keep what stood in the way."""
        ...

    def take_up(self, delivery: Delivery, now: datetime) -> None:
        """Let one that was given up wait again."""
        ...

    def deliveries(self, *, state: State | None = None, statement: str | None = None) -> list[Delivery]:
        """Those of a state, of a statement, or all, in the order of the log."""
        ...

    def close(self) -> None:
        """Give back the lock; may be called twice."""
        ...


class BookFile:
    """An SQLite file of one writer, flushed at every transaction.

    Parameters
    ----------
    path : Path
        Made if it is not there. Beside it lie ``-wal``, ``-shm`` and ``.lock``.
    noun : str
        ``outbox`` or ``inbox``: begins the codes of its errors.
    application_id : int
        So that another file is not taken for this one.
    schema : str
        Tables, made in a new file.

    Raises
    ------
    StoreError
        ``<noun>.unreadable``, ``<noun>.other_file``; and as `WriterLock` if another process has it.
    """

    SYNCHRONOUS = "FULL"

    def __init__(self, path: Path, noun: str, application_id: int, schema: str) -> None:
        self.path = path
        self._noun = noun
        self._stopped = ""
        self._guard = threading.RLock()
        with contextlib.ExitStack() as undo:
            self._lock = WriterLock(path.with_name(path.name + ".lock"))
            undo.callback(self._lock.release)
            try:
                _flush_anew(path.with_name(path.name + "-wal"))
                self._connection = sqlite3.connect(
                    path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
                )
                undo.callback(self._connection.close)
                self._prepare(application_id, schema)
            except (sqlite3.Error, OSError) as error:
                raise self._error("unreadable", f"{path} cannot be opened: {error}") from error
            undo.pop_all()

    def _prepare(self, application_id: int, schema: str) -> None:
        run = self._connection.execute
        if not run("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            run("PRAGMA journal_mode = WAL")
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {schema} PRAGMA application_id = {application_id};"
                f"PRAGMA user_version = {_VERSION}; COMMIT;"
            )
            flush_folders([self.path.parent])
        found = (run("PRAGMA application_id").fetchone()[0], run("PRAGMA user_version").fetchone()[0])
        if found != (application_id, _VERSION):
            told = f"{self.path} is no {self._noun} of this version of riskshed"
            raise self._error("other_file", told, todo="Name another file, or the riskshed that wrote it.")
        run(f"PRAGMA synchronous = {self.SYNCHRONOUS}")
        assert run("PRAGMA journal_mode = WAL").fetchone()[0] == "wal"
        run("PRAGMA wal_checkpoint(TRUNCATE)")

    def _error(self, code: str, what: str, *, todo: str = "") -> StoreError:
        return StoreError(f"{self._noun}.{code}", what, todo=todo)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written inside is kept, flushed, or none of it is.

        Raises
        ------
        StoreError
            ``<noun>.not_written``: none of it; ``<noun>.stopped``: an earlier one is in doubt.
        DoubtError
            ``<noun>.doubt``: nobody knows.
        """
        with self._guard:
            if self._stopped:
                told = f"{self.path} is not written to: {self._stopped}"
                raise self._error("stopped", told, todo="Mend the disk, then open it again.")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
            except BaseException as error:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    told = f"nothing was written to {self.path}: {error}"
                    raise self._error("not_written", told, todo="Look at the disk.") from error
                raise
            self._commit()

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._stopped = f"a flush failed ({error})"
            told = f"what was written last to {self.path} may or may not be on the disk: {error}"
            todo = "Mend the disk, then open it again."
            raise DoubtError(f"{self._noun}.doubt", told, todo=todo) from error

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a question finds.

        Raises
        ------
        StoreError
            ``<noun>.unreadable``.
        """
        try:
            with self._guard:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._error("unreadable", f"{self.path} cannot be read: {error}") from error

    def close(self) -> None:
        """Give back the lock; what was written stays. May be called twice."""
        with self._guard:
            self._stopped = self._stopped or "it was closed"
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_SCHEMA = """
CREATE TABLE place (id INTEGER PRIMARY KEY CHECK (id = 0), position INTEGER NOT NULL);
INSERT INTO place VALUES (0, 0);
CREATE TABLE message (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, by TEXT NOT NULL, thread TEXT NOT NULL,
    envelope BLOB NOT NULL
);
CREATE TABLE delivery (
    place INTEGER NOT NULL REFERENCES message, addressee TEXT NOT NULL, thread TEXT NOT NULL,
    since_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, next_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'given_up')),
    accepted_ms INTEGER, error TEXT NOT NULL,
    PRIMARY KEY (place, addressee)
) WITHOUT ROWID;
CREATE INDEX line ON delivery (addressee, thread, place) WHERE state = 'waiting';
CREATE INDEX next ON delivery (state, next_ms);
"""
_DELIVERY = (
    "SELECT d.place, m.id, d.thread, d.addressee, d.since_ms, d.attempts, d.next_ms, d.state, d.accepted_ms,"
    " d.error FROM delivery d JOIN message m ON m.place = d.place "
)
_THIS = " WHERE place = ? AND addressee = ? AND state = ?"


class SqliteOutbox(BookFile):
    """The book of an outbox in one SQLite file; see `OutboxStore`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "outbox", 0x72736F62, _SCHEMA)

    def position(self) -> int:
        """See `OutboxStore.position`."""
        return int(self.rows("SELECT position FROM place")[0][0])

    def known(self, statement: str) -> Message | None:
        """See `OutboxStore.known`."""
        for place, by, thread in self.rows("SELECT place, by, thread FROM message WHERE id = ?", statement):
            told = self.rows("SELECT addressee FROM delivery WHERE place = ? ORDER BY addressee", place)
            return Message(place, statement, by, thread, tuple(one for (one,) in told), b"")
        return None

    def enqueue(self, messages: Sequence[Message], position: int, now: datetime) -> None:
        """See `OutboxStore.enqueue`."""
        now_ms = to_ms(now)
        said = [(one.index, one.id, one.by, one.thread, one.envelope) for one in messages]
        told = [
            (one.index, to, one.thread, now_ms, 0, now_ms, "waiting", None, "")
            for one in messages
            for to in one.addressees
        ]
        with self.transaction() as run:
            run.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?)", said)
            run.executemany("INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", told)
            run.execute("UPDATE place SET position = ?", (position,))

    def due(self, now: datetime, wait_max: timedelta) -> list[Delivery]:
        """See `OutboxStore.due`."""
        query = (
            "WHERE d.state = 'waiting' AND (d.next_ms <= ? OR d.next_ms > ?) AND NOT EXISTS ("
            "SELECT 1 FROM delivery e WHERE e.addressee = d.addressee AND e.thread = d.thread"
            " AND e.state = 'waiting' AND e.place < d.place) ORDER BY d.attempts > 0, d.next_ms, d.place"
        )
        return self._deliveries(query, to_ms(now), to_ms(now + wait_max))

    def envelope(self, statement: str) -> bytes:
        """See `OutboxStore.envelope`."""
        return bytes(self.rows("SELECT envelope FROM message WHERE id = ?", statement)[0][0])

    def begin(self, delivery: Delivery, next_attempt: datetime) -> None:
        """See `OutboxStore.begin`."""
        self._change(
            delivery, "UPDATE delivery SET attempts = attempts + 1, next_ms = ?", to_ms(next_attempt)
        )

    def accept(self, delivery: Delivery, receipt: Receipt) -> None:
        """See `OutboxStore.accept`."""
        accepted_ms = to_ms(receipt.accepted_at)
        self._change(
            delivery, "UPDATE delivery SET state = 'accepted', error = '', accepted_ms = ?", accepted_ms
        )

    def fail(self, delivery: Delivery, error: str, *, given_up: bool) -> None:
        """See `OutboxStore.fail`."""
        self._change(
            delivery, "UPDATE delivery SET error = ?, state = ?", error, "given_up" if given_up else "waiting"
        )

    def take_up(self, delivery: Delivery, now: datetime) -> None:
        """See `OutboxStore.take_up`."""
        self._change(
            delivery,
            "UPDATE delivery SET state = 'waiting', since_ms = ?, next_ms = ?",
            to_ms(now),
            to_ms(now),
        )

    def deliveries(self, *, state: State | None = None, statement: str | None = None) -> list[Delivery]:
        """See `OutboxStore.deliveries`."""
        asked = {"d.state = ?": state, "m.id = ?": statement}
        given = {text: value for text, value in asked.items() if value is not None}
        # Only what is asked for stands in the question, so that an index answers it.
        where = f"WHERE {' AND '.join(given)} " if given else ""
        return self._deliveries(where + "ORDER BY d.place, d.addressee", *given.values())

    def _deliveries(self, where: str, *values: Any) -> list[Delivery]:
        return [_delivery(row) for row in self.rows(_DELIVERY + where, *values)]

    def _change(self, delivery: Delivery, what: str, *values: Any) -> None:
        with self.transaction() as run:
            at = (delivery.index, delivery.addressee, delivery.state)
            changed = run.execute(what + _THIS, (*values, *at)).rowcount
            if changed != 1:
                told = f"{delivery.id} to {delivery.addressee} is no longer {delivery.state}"
                raise NotFoundError("outbox.moved", told, todo="Read it again.")


def _delivery(row: tuple[Any, ...]) -> Delivery:
    index, statement, thread, to, since_ms, attempts, next_ms, state, accepted_ms, error = row
    accepted = None if accepted_ms is None else from_ms(accepted_ms)
    times = (from_ms(since_ms), attempts, from_ms(next_ms))
    return Delivery(index, statement, thread, to, *times, state, accepted, error)


def to_ms(time: datetime) -> int:
    """Milliseconds since 1970, UTC, rounded down."""
    assert time.tzinfo is not None, "a time without an offset could be any of several"
    return (time - _EPOCH) // _MILLISECOND


def from_ms(time_ms: int) -> datetime:
    """The time, in UTC."""
    return _EPOCH + time_ms * _MILLISECOND


def _flush_anew(path: Path) -> None:
    """Write what a file shows over itself, and flush it: after a failed flush it may be on no disk."""
    if not path.exists():
        return
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
