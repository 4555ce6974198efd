"""One writer at a time: a lock that ends with its owner.

A file that merely exists is a stale lock after the first crash, and a lock that a child process inherits
outlives its owner. A record lock does neither: the system drops it when its process ends, however it ends,
and a child does not inherit it. Within one process a record lock never refuses, so the process keeps a list
of its own.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
import sys
import threading
from pathlib import Path

from riskshed.errors import LockedError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


_HELD: set[Path] = set()
_HELD_GUARD = threading.Lock()  # owns _HELD


class WriterLock:
    """Hold the file `path` against every other writer, until `release` or the end of this process.

    Raises
    ------
    LockedError
        Another process holds it, or this one already does; says who and since when.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        with _HELD_GUARD:
            # A second handle on the file must not even be opened: closing it would drop the first one's lock.
            if self.path.resolve() in _HELD:
                raise self._refusal(f"this process (pid {os.getpid()}) has it open")
            self._handle = self._open()
            if not _take(self._handle):
                owner = os.read(self._handle, 1_000).decode("utf-8", "replace").strip()
                os.close(self._handle)
                raise self._refusal(owner or "an unknown process")
            self._key = self.path.resolve()
            _HELD.add(self._key)
        # For whoever is refused; the lock is held with or without it, and the disk may be full.
        since = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.write(self._handle, f"pid {os.getpid()} on {socket.gethostname()} since {since}\n".encode())

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise LockedError(
                "log.lock", f"cannot open the lock {self.path}: {error.strerror}", todo="Look at the folder."
            ) from error

    def _refusal(self, owner: str) -> LockedError:
        return LockedError(
            "log.locked",
            f"another writer has {self.path.with_suffix('')}: {owner}",
            todo="A log has one writer. End the other one, or read only.",
        )

    def release(self) -> None:
        """Let the next writer in. May be called twice; a process made by fork does not own what it copied."""
        with _HELD_GUARD:
            if self._key in _HELD:
                _HELD.discard(self._key)
                os.close(self._handle)


def _take(handle: int) -> bool:
    """Try to lock without waiting."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
