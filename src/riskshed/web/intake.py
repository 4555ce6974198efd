"""The intake: readings and signals, durable before anybody is told that they have arrived.

A flush to the disk costs milliseconds, whether for one reading or for thousands. So one thread writes for
all: whoever hands something in waits for the next flush together with everybody who came meanwhile (group
commit). On SQLite and PostgreSQL alike the reply comes after the commit, and not before.

What comes twice is kept once: a reading that says exactly what an earlier one said, under the same name of
the sender, is a duplicate. A name (`client_id`) is its sender's own, and stands for one reading: the same
words under it again are a duplicate, however exact their time seems by now; other words under it are
refused, together with all that was handed in with them.

What follows from a reading is decided afterwards by another thread, which takes up what is not marked as
handled. So a crash between the two loses nothing.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Self

from django.db import DatabaseError, connection, transaction

from riskshed.errors import Fault, InputFaults, StoreError
from riskshed.signals import Signal
from riskshed.web.models import ReadingRow

TOGETHER = 20_000
"""So many readings are written with one flush."""
NAMES_TOGETHER = 10_000
"""So many names are looked up with one query: a database takes a bounded number of parameters."""
COLUMNS = ("key", "batch", "body", "station", "series", "hazard_class", "hazard", "quantity", "unit", "time",
           "stated", "known_at", "uncertainty_s", "kind", "value", "confirmed", "client_id", "source", "note",
           "handled", "sender")  # fmt: skip
_TABLE = ReadingRow._meta.db_table
_INSERT = (
    f"INSERT INTO {_TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))}) "  # noqa: S608
    "ON CONFLICT DO NOTHING"
)
_Words = tuple[Any, ...]
_Told = dict[tuple[str, str, str], _Words]
_KNOWN: tuple[Any, ...] = ()
"""In the place of a row that came before, and is not written again."""
_log = logging.getLogger("riskshed.intake")


class Taken(NamedTuple):
    """What became of what was handed in: how many were new, and how many were known already."""

    accepted: int
    duplicates: int


class _Handed(NamedTuple):
    rows: list[tuple[Any, ...]]
    signals: Sequence[Signal]
    body: str
    sender: str
    future: Future[Taken]


class Intake:
    """Takes readings in. Any thread may use it; `close` it.

    Parameters
    ----------
    on_taken : callable, optional
        Called with the new readings after each flush, in the thread that writes; it must be quick.
    """

    def __init__(self, on_taken: Callable[[Sequence[Signal]], None] | None = None) -> None:
        self._on_taken = on_taken
        self._queue: queue.SimpleQueue[_Handed | None] = queue.SimpleQueue()
        self._closed = False
        self._guard = threading.Lock()  # nothing is queued behind the end
        self._thread = threading.Thread(target=self._write_on, name="intake", daemon=True)
        self._thread.start()

    def take(self, signals: Sequence[Signal], body: str, sender: str = "") -> Taken:
        """Take readings in for a body, all or none; durable when it returns.

        Parameters
        ----------
        signals : sequence of Signal
        body : str
        sender : str
            The machine or post of the body that sent them.

        Raises
        ------
        StoreError
            ``intake.store``: the database did not take them; nothing was kept. ``intake.closed``.
        InputFaults
            ``readings.client_id``: another reading came under the same name of this sender before.
        """
        return self.submit(signals, body, sender).result()

    def submit(self, signals: Sequence[Signal], body: str, sender: str = "") -> Future[Taken]:
        """As `take`, without waiting; the errors are those of the future."""
        future: Future[Taken] = Future()
        if not signals:
            future.set_result(Taken(0, 0))
            return future
        handed = _Handed([_row(one, body, sender) for one in signals], signals, body, sender, future)
        with self._guard:
            if self._closed:
                future.set_exception(
                    StoreError("intake.closed", "the node is closing", todo="Send it again.")
                )
            else:
                self._queue.put(handed)
        return future

    def close(self) -> None:
        """Write what was handed in, then stop; may be called twice."""
        with self._guard:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -------------------------------------------------------------------------------------- the one writer

    def _write_on(self) -> None:
        try:
            while (first := self._queue.get()) is not None:
                together, ended = self._gather(first)
                self._write(together)
                if ended:
                    break
        finally:
            connection.close()

    def _gather(self, first: _Handed) -> tuple[list[_Handed], bool]:
        """Everybody who waits by now, up to a bound."""
        together, count = [first], len(first.rows)
        while count < TOGETHER:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                return together, False
            if more is None:
                return together, True
            together.append(more)
            count += len(more.rows)
        return together, False

    def _write(self, together: list[_Handed]) -> None:
        batch = uuid.uuid4().hex
        try:
            together = _without_renamed(together)
            new = _insert(together, batch) if together else None
        except Exception as error:
            # Whatever it was, nobody may be left waiting, and the one writer must live on.
            if isinstance(error, DatabaseError):
                _log.error("readings were not kept: %s", error)
            else:
                _log.exception("readings were not kept")
            _close()  # the next flush begins with another connection: the database may be back
            told = "the database did not take the readings; nothing was kept"
            for one in together:
                if not one.future.done():
                    one.future.set_exception(StoreError("intake.store", told, todo="Send them again later."))
            return
        fresh: list[Signal] = []
        for one in together:
            mine = [
                signal
                for signal, row in zip(one.signals, one.rows, strict=True)
                if row is not _KNOWN and _is_new(row[0], new)
            ]
            fresh += mine
            one.future.set_result(Taken(len(mine), len(one.rows) - len(mine)))
        if fresh and self._on_taken is not None:
            self._on_taken(fresh)


def _close() -> None:
    """Let go of the connection of this thread; one that is broken may object."""
    try:
        connection.close()
    except DatabaseError:
        _log.warning("a connection to the database could not be closed")


def _insert(together: list[_Handed], batch: str) -> set[str] | None:
    """Write rows in one transaction; the keys that are new, None if all are."""
    adapt = connection.ops.adapt_datetimefield_value
    rows = [
        (row[0], batch, *row[1:8], *(adapt(at) for at in row[8:11]), *row[11:])
        for one in together
        for row in one.rows
        if row is not _KNOWN
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)
        if cursor.rowcount == len(rows):
            return None
        return set(ReadingRow.objects.filter(batch=batch).values_list("key", flat=True))


# ------------------------------------------------------------------------------------ names of the senders


def _without_renamed(together: list[_Handed]) -> list[_Handed]:
    """What may be written: rows that came before under their name are `_KNOWN`; who names anew is refused.

    There is one writer, so nobody writes between the look and the insertion.
    """
    names = {signal.client_id for one in together for signal in one.signals if signal.client_id}
    if not names:
        return together
    told = _told_before(sorted(names))
    left = []
    for one in together:
        mine: _Told = {}
        faults = [*_matched(one, told, mine)]
        if faults:
            what = "another reading came under the same client_id before; nothing of this was taken"
            one.future.set_exception(InputFaults("readings.client_id", what, faults))
        else:
            told |= mine
            left.append(one)
    return left


def _matched(one: _Handed, told: _Told, mine: _Told) -> Iterator[Fault]:
    """Faults of what is named anew; what came before is marked, and what is new is put into `mine`."""
    for at, signal in enumerate(one.signals):
        if not signal.client_id:
            continue
        name, words = (signal.client_id, one.body, one.sender), _words(signal)
        before = told.get(name) or mine.get(name)
        if before is None:
            mine[name] = words
            continue
        one.rows[at] = _KNOWN
        if before != words:
            yield Fault(
                "readings.client_id",
                f"reading {at + 1}",
                None,
                "client_id",
                signal.client_id,
                "what came under it first",
                "Send the same again, or take another client_id: a correction has its own.",
            )


def _told_before(names: Sequence[str]) -> _Told:
    """What came before under these names, by name, body and sender."""
    found: _Told = {}
    for at in range(0, len(names), NAMES_TOGETHER):
        rows = ReadingRow.objects.filter(client_id__in=names[at : at + NAMES_TOGETHER]).exclude(client_id="")
        for body, sender, *told in rows.order_by("id").values_list("body", "sender", *_SIGNAL):
            one = _signal(*told)
            found.setdefault((one.client_id, body, sender), _words(one))
    return found


def _words(one: Signal) -> _Words:
    """What its sender said. How exact its time is hangs on when it arrived, and is left out."""
    named = (one.place, one.series, one.quantity, one.unit, one.kind, one.hazard_class, one.hazard)
    at = (one.stated or one.time).astimezone(UTC)
    return (*named, at, one.value, one.confirmed, one.source, one.note)


def _is_new(key: str, new: set[str] | None) -> bool:
    """Whether this key was written just now; of two that were handed in together, the first is new."""
    if new is None:
        return True
    if key in new:
        new.remove(key)
        return True
    return False


def key_of(one: Signal, body: str) -> str:
    """Digest of what a reading says: the same for what is sent again."""
    about = "\0".join(str(part) for part in (body, *one.about, *one.found, one.client_id, one.hazard_class))
    return hashlib.blake2b(about.encode(), digest_size=20).hexdigest()


def _row(one: Signal, body: str, sender: str) -> tuple[Any, ...]:
    """Its columns but `batch`, in their order."""
    stated = None if one.stated is None else one.stated.astimezone(UTC)
    return (
        key_of(one, body),
        body,
        one.place,
        one.series,
        one.hazard_class,
        one.hazard or "",
        one.quantity,
        one.unit,
        one.time.astimezone(UTC),
        stated,
        one.known_at.astimezone(UTC),
        one.uncertainty_s,
        one.kind,
        None if one.value is None else str(one.value),
        one.confirmed,
        one.client_id,
        one.source,
        one.note,
        False,
        sender,
    )


# -------------------------------------------------------------------------------------------- reading back


_SIGNAL = ("station", "hazard_class", "quantity", "unit", "time", "kind", "value", "known_at", "source",
           "uncertainty_s", "hazard", "series", "confirmed", "client_id", "note", "stated")  # fmt: skip
_FIELDS = ("place", *_SIGNAL[1:])
"""The columns that make a signal, and its fields in the same order."""


def signal_of(row: ReadingRow) -> Signal:
    """The reading of a row."""
    return _signal(*(getattr(row, name) for name in _SIGNAL))


def _signal(*told: Any) -> Signal:
    """The reading of these columns: rows are read by the thousand, and models would take most of the time."""
    facts = dict(zip(_FIELDS, told, strict=True))
    value, hazard = facts["value"], facts["hazard"]
    return Signal(**{**facts, "value": None if value is None else Decimal(value), "hazard": hazard or None})


def known(since: datetime | None = None, stations: Iterable[str] | None = None) -> list[Signal]:
    """Readings that were taken in, in the order in which they arrived."""
    rows = ReadingRow.objects.order_by("known_at", "id")
    if since is not None:
        rows = rows.filter(known_at__gte=since)
    if stations is not None:
        rows = rows.filter(station__in=list(stations))
    return [_signal(*told) for told in rows.values_list(*_SIGNAL).iterator()]


def unhandled() -> tuple[list[Signal], int]:
    """What was taken in and has not been decided upon, and the number up to which that is."""
    rows = list(ReadingRow.objects.filter(handled=False).order_by("id").values_list("id", *_SIGNAL))
    return [_signal(*told) for _, *told in rows], rows[-1][0] if rows else 0


def mark_handled(up_to: int, before: datetime | None = None) -> int:
    """Everything up to this number has been decided upon; returns how many readings that were.

    Parameters
    ----------
    up_to : int
    before : datetime, optional
        What became known then or after it has not.
    """
    rows = ReadingRow.objects.filter(handled=False, id__lte=up_to)
    if before is not None:
        rows = rows.filter(known_at__lt=before)
    return rows.update(handled=True)
