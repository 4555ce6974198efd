"""Sudden death: a log whose process, or whose PostgreSQL server, is killed again and again, at any moment.

    PYTHONPATH=tests python -m torture.kill --kills 200 --seed 1 [--postgres]

A child process opens the log and lets a few threads append. For each receipt it writes one line into a pipe
before it appends the next entry; the parent keeps these lines, kills, opens the log and compares: every entry
of which it read a receipt must be there, at its index. Nothing that the child still knew can help it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import postgres_server

from riskshed.errors import LedgerError
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.merkle import Frontier, leaf_hashes
from riskshed.ledger.postgres import PostgresStore
from riskshed.ledger.store import SqliteStore, Store

KEY = SigningKey("example.com/torture", "log", bytes(range(32)))
THREADS = 4
ALIVE_S = (0.0, 0.15)
START_S_MAX = 20.0


@dataclass
class Told:
    """What a campaign found."""

    kills: int = 0
    acknowledged: int = 0
    entries_lost: int = 0
    entries_moved: int = 0
    damaged: int = 0
    size: int = 0

    @property
    def clean(self) -> bool:
        """Everything that was acknowledged is where it was said to be."""
        return self.acknowledged > 0 and not (self.entries_lost or self.entries_moved or self.damaged)


def work(open_store: Callable[[], Store], pipe: int, seed: int) -> None:
    """The child: append until the end, and tell of each receipt."""
    log = Log(open_store(), KEY)

    def append(thread: int) -> None:
        draw = random.Random(seed * 100 + thread)
        while True:
            try:
                receipts = log.append_many([draw.randbytes(430) for _ in range(draw.choice((1, 1, 1, 30)))])
            except LedgerError:
                return
            told = "".join(f"{one.index} {one.leaf_hash.hex()}\n" for one in receipts[-1:])
            os.write(pipe, told.encode())

    threads = [threading.Thread(target=append, args=(one,)) for one in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def start(open_store: Callable[[], Store], seed: int) -> tuple[int, int]:
    """Fork a child that works; returns its number and where its receipts come out."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(out)
            work(open_store, into, seed)
        finally:
            os._exit(0)
    os.close(into)
    return child, out


def receipts_until(pipe: int, alive_s: float) -> bytes:
    """What comes out of the pipe until so long after the first receipt."""
    data = b""
    deadline = time.monotonic() + START_S_MAX
    while (left_s := deadline - time.monotonic()) > 0:
        if select.select([pipe], [], [], left_s)[0]:
            part = os.read(pipe, 65_536)
            if not part:
                break
            if not data:
                deadline = time.monotonic() + alive_s
            data += part
    return data


def rest_of(pipe: int) -> bytes:
    """What is still in the pipe, until everybody who writes into it is gone."""
    data = b""
    while part := os.read(pipe, 65_536):
        data += part
    os.close(pipe)
    return data


def judge(log: Log, acknowledged: dict[int, bytes], told: Told) -> None:
    """Compare what the log knows with the receipts."""
    leaves = leaf_hashes(log.entries(0, log.size))
    for index, leaf in acknowledged.items():
        told.entries_lost += index >= len(leaves)
        told.entries_moved += index < len(leaves) and leaves[index] != leaf
    tree = Frontier()
    tree.extend(leaves)
    told.damaged += tree.root() != log.root
    told.acknowledged += len(acknowledged)
    told.size = log.size


def parse(receipts: bytes) -> dict[int, bytes]:
    """Index to leaf hash; the last line may have been cut off by the kill."""
    lines = receipts.decode().split("\n")[:-1]
    return {int(index): bytes.fromhex(leaf) for index, leaf in (line.split() for line in lines)}


def kill_processes(kills: int, seed: int) -> Told:
    """Kill the process that writes to SQLite."""
    told, draw = Told(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.sqlite"
        for _ in range(kills):
            child, pipe = start(lambda: SqliteStore(path), draw.randrange(2**32))
            receipts = receipts_until(pipe, draw.uniform(*ALIVE_S))
            os.kill(child, signal.SIGKILL)
            receipts += rest_of(pipe)
            os.waitpid(child, 0)
            told.kills += 1
            # Opened at once: the lock of the dead must not be in the way.
            with Log(SqliteStore(path), KEY) as log:
                judge(log, parse(receipts), told)
    return told


def kill_servers(kills: int, seed: int) -> Told:
    """Kill the PostgreSQL server while a process writes to it."""
    told, draw = Told(), random.Random(seed)
    with postgres_server.running() as server:
        for _ in range(kills):
            uri = server.get_uri()
            child, pipe = start(lambda uri=uri: PostgresStore(uri), draw.randrange(2**32))
            receipts = receipts_until(pipe, draw.uniform(*ALIVE_S))
            postgres_server.kill(server)
            receipts += rest_of(pipe)  # the child must stop by itself
            os.waitpid(child, 0)
            told.kills += 1
            server.ensure_postgres_running()
            with Log(PostgresStore(server.get_uri()), KEY) as log:
                judge(log, parse(receipts), told)
    return told


def main() -> None:
    """Print what a campaign found, as JSON; ends with 1 if anything was lost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    told = (kill_servers if options.postgres else kill_processes)(options.kills, options.seed)
    print(json.dumps({"seed": options.seed, **asdict(told)}, indent=2))
    raise SystemExit(not told.clean)


if __name__ == "__main__":
    main()
