"""A node in a process of its own, as an operator runs it, that is killed and started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

HOUSE = Path(__file__).with_name("house.py")
FIRST_PAGES = ("/public/", "/accounts/login/")
START_S_MAX = 60.0
COMMAND = (sys.executable, "-c", "from riskshed.cli import main; main()", "serve")


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port: int = plug.getsockname()[1]
        return port


class Served:
    """The node of a folder, which can be started, killed, and asked.

    Parameters
    ----------
    home : Path
    more : mapping
        Settings beside those of a node that is alone on this machine.
    """

    def __init__(self, home: Path, **more: str) -> None:
        self.home, self.port = home, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.given = {**os.environ, "RISKSHED_HOME": str(home), "RISKSHED_PORT": str(self.port)}
        self.given |= {"RISKSHED_ALLOWED_HOSTS": "127.0.0.1", "RISKSHED_PRIVATE_TARGETS": "yes"}
        self.given |= {"RISKSHED_MEMBERS": "40", "RISKSHED_EMAIL_URL": f"file:{home}/mail", **more}
        self.given.pop("DJANGO_SETTINGS_MODULE", None)
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        self._log: IO[bytes] | None = None

    @property
    def told(self) -> str:
        """What the processes of this node have written so far."""
        path = self.home.with_name(self.home.name + ".log")
        return path.read_text(errors="replace") if path.is_file() else ""

    def house(self, *words: str) -> Any:
        """Run `house.py`; its answer."""
        done = subprocess.run(
            [sys.executable, str(HOUSE), *words], env=self.given, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    def start(self, *, wait: bool = True) -> float:
        """Start it; returns after how many seconds the first page came."""
        self._log = self._log or self.home.with_name(self.home.name + ".log").open("ab")
        begin = time.monotonic()
        self.process = subprocess.Popen(
            COMMAND, env=self.given, stdout=self._log, stderr=self._log, start_new_session=True
        )
        while wait and not self.has_page():
            assert self.process.poll() is None, f"it did not start: {self.told[-3000:]}"
            assert time.monotonic() - begin < START_S_MAX, f"no page came: {self.told[-3000:]}"
            time.sleep(0.02)
        return time.monotonic() - begin

    def has_page(self) -> bool:
        """Whether the sign-in page or the public one is answered."""
        return any(self.get(path)[0] == 200 for path in FIRST_PAGES)

    def get(self, path: str, timeout_s: float = 30.0) -> tuple[int, bytes]:
        """Status and content; 0 where nobody answers."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)) as door:
            try:
                door.request("GET", path, headers={"Accept-Language": "en"})
                answer = door.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                return 0, b""

    def kill(self) -> None:
        """SIGKILL: no last word, no flush, no farewell."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def stop(self) -> int:
        """SIGTERM, as an operator ends it; returns the status of the process."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def close(self) -> None:
        """Leave nothing behind that runs."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        if self._log is not None:
            self._log.close()


def copied(path: Path, folder: Path) -> Path:
    """A database as a dead process left it, copied: looking at it would tidy up what is to be met."""
    for ending in ("", "-wal"):
        source = path.with_name(path.name + ending)
        target = folder / source.name
        target.unlink(missing_ok=True)
        if source.is_file():
            target.write_bytes(source.read_bytes())
    (folder / f"{path.name}-shm").unlink(missing_ok=True)
    return folder / path.name


def names_in(path: Path) -> list[str]:
    """The `client_id` of every reading in a table."""
    with closing(sqlite3.connect(path)) as table:
        return [row[0] for row in table.execute("SELECT client_id FROM riskshed_readingrow")]


def waiting_in(path: Path) -> int:
    """How many readings of a table the chain has not decided upon."""
    with closing(sqlite3.connect(path, timeout=10.0)) as table:
        return int(table.execute("SELECT count(*) FROM riskshed_readingrow WHERE NOT handled").fetchone()[0])


def owed_in(path: Path) -> int:
    """How many deliveries to hooks the book of a node that is served has no receipt of yet."""
    with closing(sqlite3.connect(path, timeout=10.0)) as book:
        query = "SELECT count(*) FROM delivery WHERE state = 'waiting' AND addressee LIKE '+hook%'"
        return int(book.execute(query).fetchone()[0])


def receipts_in(path: Path, hooks: dict[str, str]) -> set[tuple[str, str]]:
    """What the book of deliveries calls received by hooks: the body whose hook it is, and the statement.

    `hooks` are the bodies by the names under which the book knows their hooks.
    """
    if not path.is_file():
        return set()  # it died before it had a book
    query = (
        "SELECT d.addressee, m.id FROM delivery d JOIN message m ON m.place = d.place"
        " WHERE d.state = 'accepted' AND d.addressee LIKE '+hook%'"
    )
    with closing(sqlite3.connect(path)) as book:
        made = book.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'delivery'").fetchone()[0]
        return {(hooks[to], one) for to, one in book.execute(query)} if made else set()
