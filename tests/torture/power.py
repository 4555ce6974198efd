"""Power cuts: a log at work on a disk that can be cut at every moment, and what it still knows afterwards.

    PYTHONPATH=tests python -m torture.power --cuts 2000 --seed 1

One life of a log is recorded: it opens on what the last cut left, takes entries alone and in crowds, is
closed and opened, sometimes meets a disk that is full or that fails, and goes on as an operator would, by
opening the log again. Then it is cut at many moments. After each cut the log must open, with every entry that
it had acknowledged by then, in its place, unchanged, and under a root that all entries lead to; and it must
take another entry. It may know entries that it had not acknowledged, but only those that were next in order.

Two controls must fail here; if they do not, this campaign sees nothing. One is the same log with
`synchronous = NORMAL`, a setting that looks perfect as long as only processes die. The other takes what it
can read at its start for durable, which is wrong after a flush that failed.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar

from torture.disk import FULL, IOERR_FSYNC, IOERR_WRITE, Files, Medium, Recorder

from riskshed.errors import LedgerError, StoreError
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.merkle import Frontier, leaf_hashes
from riskshed.ledger.store import SqliteStore

NAME = "log.sqlite"
KEY = SigningKey("example.com/torture", "log", bytes(range(32)))
CUTS_IN_LIFE = 25
STEPS_IN_LIFE = 14
SIZE_MAX = 1_500
FAULT_STEPS = (3, 10)
FAULTS = (("write", FULL), ("write", IOERR_WRITE), ("sync", IOERR_FSYNC))


class SmallWalStore(SqliteStore):
    """The store, with a write-ahead log so short that it is moved into the file all the time."""

    WAL_PAGES = 20
    recorder: ClassVar[Recorder | None] = None

    def _flush_anew(self, path: Path) -> None:
        super()._flush_anew(path)
        if self.recorder is not None and path.is_file():
            self.recorder.flushed_anew(path)


class CarelessStore(SmallWalStore):
    """A control, which flushes only now and then."""

    SYNCHRONOUS = "NORMAL"


class TrustingStore(SmallWalStore):
    """A control, which believes what it can read after a flush that failed."""

    def _flush_anew(self, path: Path) -> None:
        pass


@dataclass
class Told:
    """What a campaign found."""

    cuts: int = 0
    kills: int = 0
    lives: int = 0
    acknowledged: int = 0
    cuts_that_lost: int = 0
    entries_lost: int = 0
    not_acknowledged_but_kept: int = 0
    damaged: int = 0
    faults: int = 0
    faults_in_doubt: int = 0
    false_acknowledgements: int = 0
    first_failure: str = ""

    @property
    def clean(self) -> bool:
        """Nothing that was acknowledged was lost, moved or changed, and nothing was acknowledged falsely."""
        return not (self.entries_lost or self.damaged or self.false_acknowledgements)

    def fail(self, what: str) -> None:
        self.first_failure = self.first_failure or what


@dataclass
class Life:
    """A record, and what the log was given: all entries ever submitted, in order."""

    record: Recorder
    entries: list[bytes]
    # What was in doubt when the log failed and was not there when it was opened again, as the entries were
    # then: a cut may bring it back until the next commit.
    doubted: list[list[bytes]] = field(default_factory=list)


def campaign(cuts: int, seed: int, *, store: type[SqliteStore] = SmallWalStore, faults: bool = True) -> Told:
    """Live and cut until there were so many cuts."""
    told = Told()
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory(dir=_memory()) as name:
        files: Files = {}
        truth: list[bytes] = []
        while told.cuts < cuts:
            folder = Path(name) / f"life-{told.lives}"
            damaged = told.damaged
            life = live(files, truth, folder, draw, store, told if faults else None)
            told.lives += 1
            files, truth = cut_at_many_moments(life, files, folder, draw, store, told)
            if len(truth) > SIZE_MAX or told.damaged > damaged:
                files, truth = {}, []
    return told


def _memory() -> str | None:
    """A folder in memory: the cuts are made here, so the real disk may be spared."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def lay(files: Files, folder: Path) -> Path:
    """Put files as they are seen into a new folder; returns the path of the log."""
    folder.mkdir(parents=True)
    for name, file in files.items():
        (folder / name).write_bytes(file.seen)
    return folder / NAME


def live(
    files: Files,
    truth: list[bytes],
    folder: Path,
    draw: random.Random,
    store: type[SqliteStore],
    told: Told | None,
) -> Life:
    """One life, recorded."""
    path = lay(files, folder)
    life = Life(recorder := Recorder(folder), list(truth))
    SmallWalStore.recorder = recorder
    with recorder.recording():
        log = Log(store(path), KEY)
        recorder.acknowledge(log.size)
        for step in range(STEPS_IN_LIFE):
            if draw.random() < 0.15:
                log.close()
                log = opened(path, store)
            if told is not None and step in FAULT_STEPS and draw.random() < 0.5:
                recorder.fail(*draw.choice(FAULTS), draw.randint(0, 6))
                told.faults += 1
            if not submit_some(log, life, draw):
                assert told is not None, "a log that stops without a reason"
                log = open_again(log, path, life, store, told)
        log.close()
    SmallWalStore.recorder = None
    return life


def opened(path: Path, store: type[SqliteStore]) -> Log:
    """The log, opened; a disk that fails just now is tried again."""
    try:
        return Log(store(path), KEY)
    except StoreError:
        return Log(store(path), KEY)


def submit_some(log: Log, life: Life, draw: random.Random) -> bool:
    """Some calls, one after the other or all at once; whether all were acknowledged."""
    calls = [
        [draw.randbytes(draw.choice((0, 10, 430, 2_000))) for _ in range(draw.choice((1, 1, 2, 40)))]
        for _ in range(draw.choice((1, 3)))
    ]
    if draw.random() < 0.1:
        calls.append([draw.randbytes(40) for _ in range(draw.choice((255, 256, 300)))])
    futures = []
    for call in calls:
        try:
            future = log.submit(call)
        except LedgerError:
            break
        life.entries.extend(call)
        # Called by the writer the moment it answers: nothing can slip between the answer and the record.
        future.add_done_callback(
            lambda done: None if done.exception() else life.record.acknowledge(done.result()[-1].size)
        )
        futures.append(future)
    return all(future.exception() is None for future in futures) and len(futures) == len(calls)


def open_again(log: Log, path: Path, life: Life, store: type[SqliteStore], told: Told) -> Log:
    """After a failure: it must have stopped, and opened again it must know all that it acknowledged."""
    acknowledged = log.size
    try:
        log.append(b"after the failure")
    except LedgerError as error:
        told.faults_in_doubt += "may or may not" in str(error)
    else:
        told.false_acknowledgements += 1
        told.fail("a log that failed took another entry")
    log.close()
    again = opened(path, store)
    if again.size < acknowledged or again.entries(0, again.size) != life.entries[: again.size]:
        told.damaged += 1
        told.fail(f"opened again, it has {again.size} entries of {acknowledged} acknowledged")
    life.doubted.append(list(life.entries))
    del life.entries[again.size :]
    # It has shown what it holds: that must not go any more.
    life.record.acknowledge(again.size)
    return again


def cut_at_many_moments(
    life: Life, files: Files, folder: Path, draw: random.Random, store: type[SqliteStore], told: Told
) -> tuple[Files, list[bytes]]:
    """Cut a recorded life at some moments; returns what one of them left, for the next life."""
    events = life.record.events
    medium = Medium(files, folder, draw)
    moments = sorted(draw.sample(range(len(events) + 1), min(CUTS_IN_LIFE, len(events) + 1)))
    if any(file.pending for file in files.values()):
        # It was killed with bytes that were never flushed: its start is the worst moment for a cut.
        moments = sorted({*moments, *draw.sample(range(min(40, len(events))), min(10, len(events)))})
    last = draw.choice(moments)
    # The worst moment to be killed: a flush has failed, and what it lost is still to be seen.
    failed = [at + 1 for at, event in enumerate(events) if event.what == "lost sync"]
    if failed and draw.random() < 0.7:
        last = failed[0]
        moments = sorted({*moments, last})
    left: Files = {}
    known: list[bytes] = []
    played = 0
    for moment in moments:
        for event in events[played:moment]:
            medium.play(event)
        played = moment
        after = medium.cut(draw.choice((0.0, 0.5, 0.9, 1.0)))
        found = judge(lay(after, folder / f"cut-{moment}"), medium.acknowledged, life, store, told)
        if moment == last:
            left, known = after, found
            if last in failed or draw.random() < 0.3:
                left = medium.kill()
                told.kills += 1
                known = judge(lay(left, folder / f"kill-{moment}"), medium.acknowledged, life, store, told)
    return left, known


def judge(path: Path, acknowledged: int, life: Life, store: type[SqliteStore], told: Told) -> list[bytes]:
    """Open what was left, and compare it with what was acknowledged; returns the entries that it has."""
    told.cuts += not path.parent.name.startswith("kill")
    told.acknowledged += acknowledged
    try:
        with Log(store(path), KEY) as log:
            root, found = log.root, log.entries(0, log.size)
            grown = log.append(b"after the cut").size
    except LedgerError as error:
        told.damaged += 1
        told.fail(f"{path}: {error}")
        return []
    size = len(found)
    if size < acknowledged:
        told.cuts_that_lost += 1
        told.entries_lost += acknowledged - size
        told.fail(f"{path}: {size} entries, {acknowledged} were acknowledged")
    told.not_acknowledged_but_kept += max(0, size - acknowledged)
    tree = Frontier()
    tree.extend(leaf_hashes(found))
    in_place = any(found == entries[:size] for entries in (life.entries, *life.doubted))
    if not in_place or tree.root() != root or grown != size + 1:
        told.damaged += 1
        told.fail(f"{path}: entries are not those that were given to it")
    return found


def main() -> None:
    """Print what a campaign found, as JSON; ends with 1 if the log lost something or a control nothing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=2_000)
    parser.add_argument("--quick", action="store_true", help="without the control that needs many cuts")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    kept = campaign(options.cuts, options.seed)
    normal = campaign(options.cuts // 10, options.seed, store=CarelessStore, faults=False)
    found = {"full": kept, "normal": normal}
    bites = normal.entries_lost > 0
    if not options.quick:
        found["trusting"] = trusting = campaign(options.cuts, options.seed, store=TrustingStore)
        bites = bites and trusting.entries_lost + trusting.damaged > 0
    print(json.dumps({"seed": options.seed, **{name: asdict(one) for name, one in found.items()}}, indent=2))
    raise SystemExit(not (kept.clean and bites))


if __name__ == "__main__":
    main()
