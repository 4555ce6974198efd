"""The log beside pymerkle: durable, checkpointed, provable statements a second, proofs, reopening.

The work is statements of 430 bytes, in SQLite with synchronous = FULL, on the real disk. An answer counts
when the statement is flushed, the tree has a root, and a checkpoint with that root is signed. Concurrent
callers are tasks of one event loop, each of which waits for its answer before it appends the next statement:
no more statements than callers are ever under way, so with few callers the disk sets the pace (`flush_ms`).

pymerkle keeps entries and leaf hashes in SQLite, too; it appends a batch of 256 and computes the root, and
signs nothing. It is measured as it comes and with the same write-ahead log as ours. Rates by wall time depend
on what else the machine does; `per_cpu_s` does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from riskshed.ledger.keys import ED25519, SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.signatures import SignaturePool
from riskshed.ledger.store import SqliteStore

try:
    from pymerkle import SqliteTree
except ImportError:  # of the extra dev
    SqliteTree = None

STATEMENT_BYTES = 430
SIGNATURE_BYTES = 64
BATCH = 256
CALLERS = {1: 1_500, 16: 16_000, 256: 80_000, 2_048: 120_000}  # callers: statements
LEAVES = 1_000_000
PROOFS = 5_000
KEY = SigningKey("example.com/bench", "log", bytes(range(32)))
AUTHOR = SigningKey("example.com/author", "statement", bytes(range(1, 33)))

Progress = Callable[[str], None]


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        One short run of each: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="riskshed-bench-") as name:
        folder = Path(name)
        found: dict[str, Any] = {"flush_ms": flush_ms(folder)}
        per_cpu_s = {}
        for callers, count in CALLERS.items():
            tell(f"{callers} concurrent callers")
            rates = [
                callers_rate(folder, callers, count // 20 if quick else count)
                for _ in range(1 if quick else 3)
            ]
            found[f"callers_{callers}"] = max(wall for wall, _ in rates)
            per_cpu_s[f"callers_{callers}"] = max(cpu for _, cpu in rates)
        tell("with every signature verified")
        found |= verified(folder, 4_000 if quick else 60_000, 1 if quick else 3)
        tell("pymerkle")
        ours, peers, agreement = beside_pymerkle(folder, 40 if quick else 200, 1 if quick else 5)
        tell("a log of many leaves")
        found |= proofs_and_reopening(folder, 20_000 if quick else LEAVES, PROOFS // (20 if quick else 1))
    return {
        "name": "ledger",
        "work": f"statements of {STATEMENT_BYTES} bytes in batches of {BATCH} with a signed checkpoint each, "
        "SQLite WAL with synchronous = FULL",
        "unit": "durable, checkpointed statements per cpu-second",
        "ours": ours,
        "peers": peers,
        "agreement": agreement,
        **found,
        "per_cpu_s": per_cpu_s,
        "load": {"before": load, "after": os.getloadavg()[0], "cores": os.cpu_count()},
    }


def statements(count: int) -> list[bytes]:
    """Bytes that no two statements share."""
    return [random.Random(at).randbytes(STATEMENT_BYTES) for at in range(count)]


def flush_ms(folder: Path) -> dict[str, float]:
    """How long the disk takes to flush 8 kB, the least that a commit writes."""
    taken = []
    with (folder / "flush").open("wb") as file:
        for _ in range(100):
            file.write(bytes(8192))
            file.flush()
            begin = time.perf_counter()
            os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
            taken.append(1e3 * (time.perf_counter() - begin))
    return {"p50": statistics.median(taken), "p90": sorted(taken)[90]}


@contextlib.contextmanager
def fresh_log(folder: Path):  # type: ignore[no-untyped-def]
    """A log of its own, removed afterwards."""
    place = Path(tempfile.mkdtemp(dir=folder))
    with Log(SqliteStore(place / "log.sqlite"), KEY) as log:
        yield log
    shutil.rmtree(place)


def callers_rate(folder: Path, callers: int, count: int) -> tuple[float, float]:
    """Statements per second and per CPU-second, with so many callers that each wait for their answer."""
    made = statements(min(count, 4_096))

    async def call(log: Log, caller: int) -> None:
        for at in range(caller, count, callers):
            await log.append_async(made[at % len(made)])

    async def everybody(log: Log) -> None:
        await asyncio.gather(*(call(log, caller) for caller in range(callers)))

    with fresh_log(folder) as log:
        wall, cpu = time.perf_counter(), time.process_time()
        asyncio.run(everybody(log))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert log.size == count
    return count / wall, count / cpu


def verified(folder: Path, count: int, times: int) -> dict[str, float]:
    """As above, in batches, with the signature of each statement verified first, on all cores."""
    chunk = 512
    bodies = [body[SIGNATURE_BYTES:] for body in statements(4_096)]
    signed = [(ED25519, AUTHOR.verifier.public, one, AUTHOR.sign(one, role="statement")) for one in bodies]
    chunks = [signed[at : at + chunk] for at in range(0, len(signed), chunk)]
    walls, cpus = [], []
    with SignaturePool() as pool:
        for _ in range(4 * pool.workers):
            pool.submit(signed[:8]).result()
        for _ in range(times):
            with fresh_log(folder) as log:
                wall, cpu = time.perf_counter(), all_cpu_s()
                pending: deque[Any] = deque()
                written = []
                for at in range(count // chunk):
                    claims = chunks[at % len(chunks)]
                    pending.append((claims, pool.submit(claims)))
                    if len(pending) > 4 * pool.workers:
                        written.append(write_verified(log, *pending.popleft()))
                while pending:
                    written.append(write_verified(log, *pending.popleft()))
                done = written[-1].result()[-1].size
                walls.append(done / (time.perf_counter() - wall))
                cpus.append(done / (all_cpu_s() - cpu))
    return {"verified_per_s": max(walls), "verified_per_cpu_s": max(cpus)}


def write_verified(log: Log, claims: list[Any], verdicts: Any) -> Any:
    """Append the statements whose signatures hold."""
    good = [one[2] + one[3] for one, holds in zip(claims, verdicts.result(), strict=True) if holds]
    assert len(good) == len(claims)
    return log.submit(good)


def all_cpu_s() -> float:
    """CPU time of this process and of its workers so far; theirs is read where the system shows it."""
    total = time.process_time()
    tick = os.sysconf("SC_CLK_TCK")
    for task in Path("/proc/self/task").glob("*/children"):
        for child in task.read_text().split():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                total += (int(fields[11]) + int(fields[12])) / tick
    return total


def beside_pymerkle(
    folder: Path, batches: int, times: int
) -> tuple[float, list[dict[str, Any]], dict[str, bool]]:
    """Ours and theirs in batches of 256, with a root after each; and whether the roots are the same."""
    made = [statements(BATCH * 8)[at * BATCH : (at + 1) * BATCH] for at in range(8)]
    batch_of = [made[at % 8] for at in range(batches)]
    ours = [ours_in_batches(folder, batch_of)]
    if SqliteTree is None:
        return ours[0][0], [], {}
    journals = {"as it comes": "DELETE", "with WAL": "WAL"}
    theirs: dict[str, list[Any]] = {name: [] for name in journals}
    # In turn, so that what else the machine does falls on both.
    for _ in range(times):
        ours.append(ours_in_batches(folder, batch_of))
        for name, journal in journals.items():
            theirs[name].append(pymerkle_in_batches(SqliteTree, folder, batch_of, journal))
    best = max(one[0] for one in ours)
    peers = [
        {
            "name": f"pymerkle, batch {BATCH} with root, {name}, no signature",
            "version": version("pymerkle"),
            "value": max(one[0] for one in found),
            "ratio": best / max(one[0] for one in found),
            "ratio_by_wall_time": max(one[1] for one in ours) / max(one[1] for one in found),
        }
        for name, found in theirs.items()
    ]
    agreement = {f"same root, {name}": found[0][2] == ours[0][2] for name, found in theirs.items()}
    return best, peers, agreement


def ours_in_batches(folder: Path, batches: list[list[bytes]]) -> tuple[float, float, bytes]:
    """Statements per CPU-second and per second, and the root at the end."""
    with fresh_log(folder) as log:
        wall, cpu = time.perf_counter(), time.process_time()
        # While one batch is flushed, the next one waits.
        waiting = deque([log.submit(batches[0])])
        for batch in batches[1:]:
            waiting.append(log.submit(batch))
            waiting.popleft().result()
        waiting.pop().result()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return log.size / cpu, log.size / wall, log.root


def pymerkle_in_batches(
    kind: Any, folder: Path, batches: list[list[bytes]], journal: str
) -> tuple[float, float, bytes]:
    """The same by pymerkle, with its own store."""
    place = Path(tempfile.mkdtemp(dir=folder))
    tree = kind(str(place / "tree.sqlite"))
    tree.con.execute(f"PRAGMA journal_mode = {journal}")
    wall, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        tree.append_entries(batch)
        root = tree.get_root()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    count = tree.get_size()
    tree.close()
    shutil.rmtree(place)
    return count / cpu, count / wall, root


def proofs_and_reopening(folder: Path, leaves: int, proofs: int) -> dict[str, float]:
    """Inclusion proofs of entries at random, and how long it takes to open a log."""
    path = Path(tempfile.mkdtemp(dir=folder)) / "log.sqlite"
    made = statements(4_096)
    with Log(SqliteStore(path), KEY) as log:
        for at in range(0, leaves, 4_096):
            log.append_many(made[: min(4_096, leaves - at)])
    opened = [opening_ms(path) for _ in range(9)]
    draw = random.Random(1)
    with Log(SqliteStore(path), KEY) as log:
        assert log.size == leaves
        taken = [proof_ms(log, draw.randrange(leaves)) for _ in range(proofs)]
    walls, cpus = (sorted(one) for one in zip(*taken, strict=True))
    return {
        "leaves": leaves,
        "proof_p50_ms": walls[proofs // 2],
        "proof_p99_ms": walls[proofs * 99 // 100],
        "proof_p99_cpu_ms": cpus[proofs * 99 // 100],
        "reopen_ms": statistics.median(wall for wall, _ in opened),
        "reopen_cpu_ms": statistics.median(cpu for _, cpu in opened),
    }


def proof_ms(log: Log, index: int) -> tuple[float, float]:
    """Wall and CPU time of one proof."""
    wall, cpu = time.perf_counter(), time.thread_time()
    log.prove_inclusion(index)
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - cpu)


def opening_ms(path: Path) -> tuple[float, float]:
    """Wall and CPU time until a log takes entries."""
    wall, cpu = time.perf_counter(), time.process_time()
    log = Log(SqliteStore(path), KEY)
    taken = 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)
    log.close()
    return taken
