"""The log of a node that goes on by itself: a log that stopped is opened again when its place is well again.

A log stops at the first write that fails, and must be opened again, since only then is it certain what is in
it (`riskshed.ledger.log`). A server cannot wait for an operator: a disk that was full has room again, a
database that was started anew is back. Whatever was acknowledged is compared: the log that was opened must
contain all that the former one had signed, or it is not taken.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from riskshed.errors import DoubtError, LedgerError, RiskshedError, StoreError
from riskshed.ledger.log import Log, Receipt

ROOM_BYTES = 1 << 20
"""So much must fit on the disk before a log that stopped is opened again."""
WAIT_S = 0.2
_AGAIN = ("store.not_written", "log.stopped")
"""Nothing was written, and a log that is opened again may take it."""
_log = logging.getLogger("riskshed.node")


class LivingLog:
    """A log, and the next one after it stopped. Any thread may call it; it reads as `Log` does.

    Parameters
    ----------
    open_log : callable
        Opens the log; raises RiskshedError.
    ring : callable
        Called after each attempt to append.
    probe : callable, optional
        Raises StoreError while there is no sense in opening it again; it can be read until then.
    """

    def __init__(
        self, open_log: Callable[[], Log], ring: Callable[[], None], probe: Callable[[], None] | None = None
    ) -> None:
        self._open, self._ring, self._probe = open_log, ring, probe
        self._mending = threading.Lock()  # owns the change from one log to the next
        self._closed = False
        self._log = open_log()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    @property
    def size(self) -> int:
        """Entries that are durable."""
        return self._log.size

    def entries(self, start: int, end: int) -> list[bytes]:
        """See `Log.entries`."""
        return self._log.entries(start, end)

    @property
    def checkpoint(self) -> bytes:
        """See `Log.checkpoint`."""
        return self._log.checkpoint

    def tile(self, level: int, index: int, width: int) -> bytes:
        """See `Log.tile`."""
        return self._log.tile(level, index, width)

    @property
    def trouble(self) -> str:
        """Why it takes nothing at present; empty while it does."""
        stopped = self._log.stopped
        return "" if stopped is None else stopped.what

    def check(self) -> None:
        """Raise StoreError if it takes nothing at present, or its last entry cannot be read."""
        if self.trouble:
            raise StoreError("log.stopped", self.trouble, todo="It goes on by itself once its place is well.")
        if self.size:
            self._log.entries(self.size - 1, self.size)

    def append_many(self, entries: Sequence[bytes]) -> Sequence[Receipt]:
        """As `Log.append_many`; what was surely not written is tried once more in the log opened again."""
        former = self._log
        try:
            return former.append_many(entries)
        except LedgerError as error:
            if isinstance(error, DoubtError) or error.code not in _AGAIN:
                raise
            size = former.size
            # What else came meanwhile must be read before anything is said.
            if not self.mend() or self._log is former or self._log.size != size:
                raise
            return self._log.append_many(entries)
        finally:
            self._ring()

    def mend(self) -> bool:
        """Open it again if it has stopped; whether it takes entries now."""
        with self._mending:
            former = self._log
            if former.stopped is None or self._closed:
                return not self._closed
            try:
                if self._probe is not None:
                    self._probe()
                state = former.state().checkpoint
                former.close()
                found = self._open()
                if found.size < state.size or (state.size and found.root_at(state.size) != state.root):
                    found.close()
                    told = (
                        f"the log that was opened again does not contain the {state.size} entries of before"
                    )
                    raise StoreError("log.damaged", told, todo="Restore it from a backup or a mirror.")
            except RiskshedError as error:
                _log.error("the log stands still: %s", error)
                return False
            self._log = found
            _log.warning("the log was opened again at %s entries", found.size)
            return True

    def close(self) -> None:
        """Close it for good; may be called twice."""
        with self._mending:
            self._closed = True
            self._log.close()


def probe_file(path: Path) -> None:
    """Raise StoreError while the file of a log cannot be written: no room beside it, or locked by another."""
    room = path.with_name(path.name + ".room")
    try:
        try:
            room.write_bytes(bytes(ROOM_BYTES))
        finally:
            room.unlink(missing_ok=True)
        with closing(sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
    except (OSError, sqlite3.Error) as error:
        raise StoreError("store.not_written", f"the log {path} cannot be written: {error}") from error
