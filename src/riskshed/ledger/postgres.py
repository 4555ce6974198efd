"""A log in PostgreSQL: the port of `store`, for a node that shares its database with other servers.

Durability is a setting there, and somebody may have turned it off for speed. The store asks for it, looks
that it got it, and refuses a server that could lose what it has confirmed.

The lock is an advisory lock of the session that writes: the server drops it when the session ends, and the
session ends with its process or, by keepalives, with its machine. A session can also end without its writer
noticing, behind a proxy or after a switch to another server. Therefore each commit moves the head only from
where the writer believes it to be: a second writer can never interleave.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from riskshed.errors import DoubtError, LedgerError, LockedError, MissingExtraError, StoreError
from riskshed.ledger.store import Batch, Head, entries_of, tile_key, tile_of
from riskshed.ledger.tiles import TILE_WIDTH

try:
    import psycopg
    import psycopg.conninfo
    from psycopg import sql
except ImportError as missing:
    if not TYPE_CHECKING:
        psycopg = None
    MISSING: ImportError | None = missing
else:
    MISSING = None

_MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")
# A writer whose machine is gone is noticed after some 60 s, and its lock goes with it.
_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
_CONNECT_S = 10
# The server ends a session a moment after its client has gone.
_ENDING_S = 1.0
_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.head (
    id int PRIMARY KEY CHECK (id = 0), size bigint NOT NULL, note bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS {schema}.piece (
    start bigint PRIMARY KEY, count int NOT NULL, data bytea STORAGE EXTERNAL NOT NULL
);
CREATE TABLE IF NOT EXISTS {schema}.tile (key bigint PRIMARY KEY, data bytea STORAGE EXTERNAL NOT NULL);
"""
_MOVE = "UPDATE {schema}.head SET size = %s, note = %s WHERE size = %s"
_BEGIN = "INSERT INTO {schema}.head SELECT 0, %s, %s WHERE NOT EXISTS (SELECT 1 FROM {schema}.head)"
_PIECE = "INSERT INTO {schema}.piece VALUES (%s, %s, %s)"
_TILE = (
    "INSERT INTO {schema}.tile AS old VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET data = excluded.data "
    "WHERE length(old.data) < length(excluded.data)"
)
_PIECES = "SELECT start, count, data FROM {schema}.piece WHERE start >= %s AND start < %s ORDER BY start"
_HOLDER = """
SELECT a.pid, coalesce(a.client_addr::text, 'the same machine'), a.backend_start::text
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.database = a.datid
  AND l.classid = %s AND l.objid = %s
"""


class PostgresStore:
    """A log in one schema of a PostgreSQL database.

    Parameters
    ----------
    conninfo : str
        As libpq takes it: ``postgresql://user@host/database``.
    schema : str
        Where the tables of this log are; made if they are not there.
    read_only : bool
        Open it beside a writer: no lock, no commit.

    Raises
    ------
    MissingExtraError
        psycopg is not installed.
    LockedError
        Another writer has the log; says which session and since when.
    StoreError
        The server cannot be reached, or may lose what it confirms.
    """

    def __init__(self, conninfo: str, *, schema: str = "riskshed_log", read_only: bool = False) -> None:
        if MISSING is not None:
            raise MissingExtraError("psycopg", "scale") from MISSING
        self.schema = schema
        self._conninfo = conninfo
        self._stopped = "it was opened to be read only" if read_only else ""
        self._reading = threading.Lock()
        self._writer: psycopg.Connection[Any] | None = None
        with contextlib.ExitStack() as undo:
            if not read_only:
                with self._told("opened"):
                    self._writer = self._connect()
                    undo.callback(self._writer.close)
                    self._prepare(self._writer)
            with self._told("opened"):
                self._reader = self._connect()
                undo.callback(self._reader.close)
            undo.pop_all()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            psycopg.conninfo.make_conninfo(self._conninfo, **_KEEPALIVE),
            autocommit=True,
            connect_timeout=_CONNECT_S,
            application_name="riskshed log",
        )

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        """See that the server keeps what it confirms, take the lock, make the tables."""
        connection.execute("SET synchronous_commit = on")
        for setting in _MUST_BE_ON:
            found = connection.execute("SELECT current_setting(%s)", (setting,)).fetchall()[0][0]
            if found != "on":
                raise StoreError(
                    "store.not_durable",
                    f"the PostgreSQL server has {setting} = {found} and may lose what it confirms",
                    todo=f"Set {setting} = on.",
                )
        self._take_lock(connection)
        with connection.transaction():
            connection.execute(self._sql(_SCHEMA))

    def _take_lock(self, connection: psycopg.Connection[Any]) -> None:
        """Take the lock, or say who has it; a session that is just ending gets a moment to end."""
        high, low = self._lock_key()
        deadline = time.monotonic() + _ENDING_S
        while not connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (high, low)).fetchall()[0][0]:
            if time.monotonic() > deadline:
                rows = connection.execute(_HOLDER, (high % 2**32, low % 2**32)).fetchall()
                holder = "server process {} from {} since {}".format(*rows[0]) if rows else "an unknown one"
                raise LockedError(
                    "log.locked",
                    f"another writer has the log {self.schema}: {holder}",
                    todo="A log has one writer. End the other one, or read only.",
                )
            time.sleep(0.02)

    def _lock_key(self) -> tuple[int, int]:
        digest = sha256(b"riskshed log\0" + self.schema.encode()).digest()
        return (
            int.from_bytes(digest[:4], "big", signed=True),
            int.from_bytes(digest[4:8], "big", signed=True),
        )

    def _sql(self, query: str) -> sql.Composed:
        return sql.SQL(query).format(schema=sql.Identifier(self.schema))

    @contextlib.contextmanager
    def _told(self, action: str) -> Iterator[None]:
        """Turn what PostgreSQL says into words of the house."""
        try:
            yield
        except psycopg.Error as error:
            told = f"the log {self.schema} in PostgreSQL cannot be {action}: {_words(error)}"
            raise StoreError("store.unreadable", told) from error

    def _read(self, query: str, values: tuple[int, ...] = ()) -> list[Any]:
        """Rows; a connection that broke since the last time is made anew, once."""
        with self._told("read"), self._reading:
            try:
                return self._reader.execute(self._sql(query), values).fetchall()
            except psycopg.OperationalError:
                if not self._reader.broken:
                    raise
                self._reader = self._connect()
                return self._reader.execute(self._sql(query), values).fetchall()

    def load(self) -> Head | None:
        """See `Store.load`."""
        rows = self._read("SELECT size, note FROM {schema}.head")
        return Head(rows[0][0], bytes(rows[0][1])) if rows else None

    def commit(self, batch: Batch) -> None:
        """See `Store.commit`."""
        if self._stopped or self._writer is None:
            raise StoreError("store.stopped", f"the log {self.schema} takes no more entries: {self._stopped}")
        try:
            self._writer.execute("BEGIN")
            self._write(self._writer, batch)
        except (psycopg.Error, LedgerError) as error:
            self._stopped = f"a write failed ({_words(error)})"
            with contextlib.suppress(psycopg.Error):
                self._writer.execute("ROLLBACK")
            raise StoreError(
                "store.not_written",
                f"nothing was written to the log {self.schema}: {_words(error)}",
                todo="Mend it, then open the log again.",
            ) from error
        try:
            told = self._writer.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            self._stopped = f"a commit was not confirmed ({_words(error)})"
            raise DoubtError(
                "store.doubt",
                f"log {self.schema}: {len(batch.entries)} entries from {batch.start} may or may not be "
                f"written: {_words(error)}",
                todo="Mend the server, open the log again, and look whether they are there.",
            ) from error
        assert told == "COMMIT", "a COMMIT that rolls back must not pass for one that does not"

    def _write(self, writer: psycopg.Connection[Any], batch: Batch) -> None:
        head = batch.head
        moved = writer.execute(self._sql(_MOVE), (head.size, head.note, batch.start)).rowcount
        if not moved and batch.start == 0:
            moved = writer.execute(self._sql(_BEGIN), (head.size, head.note)).rowcount
        if not moved:
            told = f"the log no longer stands at {batch.start}: somebody else wrote to it"
            raise StoreError("store.moved", told)
        with writer.cursor() as cursor:
            cursor.executemany(self._sql(_PIECE), list(batch.pieces()))
            if batch.tiles:
                rows = [(tile_key(level, index), data) for level, index, data in batch.tiles]
                cursor.executemany(self._sql(_TILE), rows)

    def entries(self, start: int, end: int) -> list[bytes]:
        """See `Store.entries`."""
        rows = self._read(_PIECES, (start - start % TILE_WIDTH, end))
        return entries_of(rows, start, end)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """See `Store.tile`."""
        rows = self._read("SELECT data FROM {schema}.tile WHERE key = %s", (tile_key(level, index),))
        return tile_of(self, rows[0][0] if rows else None, level, index, width)

    def close(self) -> None:
        """See `Store.close`."""
        self._stopped = self._stopped or "it was closed"
        for connection in (self._reader, self._writer):
            if connection is not None:
                with contextlib.suppress(psycopg.Error):
                    connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _words(error: Exception) -> str:
    """What the server says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
