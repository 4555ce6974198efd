"""Crashes at every point between "said" and "marked as told": `PYTHONPATH=tests python -m outbox_campaign`.

A small world: a real log, the outbox of whoever writes it, and the inboxes of three cities, each with a
consumer that counts what it did. The network loses messages, loses receipts, refuses, and mixes up. The
sender dies before or after anything it writes or sends; a receiver dies in the middle of a transaction or
after it. What dies is opened again from its files. The judge is not the outbox: it compares what was said
with what the consumers did.

`run` takes random steps; `every_point` plays one story and lets it die at the first, second, third ... point,
and with `pairs` dies again at every point after that; `kills` kills a real process. Three controls are wrong
on purpose, one for each thing that is judged, and must be caught.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from cast import SHANG, SPILL, XIA, ZHONG
from governance.acts import noticed, say, warned, withdrew
from small_logs import LOG_KEY
from statements import signed

from riskshed.errors import InputError
from riskshed.inbox import Inbox
from riskshed.ledger.log import Log
from riskshed.ledger.store import SqliteStore
from riskshed.outbox import Delivery, DeliveryError, Outbox, Patience, Receipt
from riskshed.outbox_store import BookFile, SqliteOutbox
from riskshed.statement import Statement

CITIES = (SHANG, ZHONG, XIA)
PATIENCE = Patience(first_s=5, cap_s=60, give_up_s=3_600)
EPISODE_STEPS = 400
KILLS_EACH = 6
WRITES = ("enqueue", "begin", "accept", "fail", "take_up")
AT_THE_RECEIVER = ("in the transaction", "after the transaction")


class Crash(BaseException):
    """The sender dies here; nothing catches it."""


class ReceiverCrash(BaseException):
    """A receiver dies here."""


class Fuse:
    """Burns down by one at each point, and goes off at the end."""

    def __init__(self) -> None:
        self.left = 0
        self.went_off: Counter[str] = Counter()

    def point(self, name: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.went_off[name] += 1
            raise ReceiverCrash if name in AT_THE_RECEIVER else Crash


class FusedBook:
    """A book that dies before or after each thing that it writes."""

    def __init__(self, book: SqliteOutbox, fuse: Fuse) -> None:
        self._book, self._fuse = book, fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._book, name)
        if name not in WRITES:
            return method

        def fused(*values: Any, **more: Any) -> None:
            self._fuse.point(f"before {name}")
            method(*values, **more)
            self._fuse.point(f"after {name}")

        return fused


# ---------------------------------------------------------------------- controls, each wrong in its own way


class Careless(Outbox):
    """Marks as told before it tells."""

    def _deliver(self, one: Delivery, now: Any, transport: Any) -> str:
        self._store.accept(one, Receipt(one.addressee, one.id, now))
        with suppress(DeliveryError, OSError):
            transport(one.addressee, one.id, self._store.envelope(one.id))
        return "accepted"


class Forgetful(Inbox):
    """Does again what it has done before."""

    def accept(self, statement: str, envelope: bytes, now: Any) -> Any:
        came = super().accept(statement, envelope, now)
        if came == "seen":
            with self._file.transaction() as run:
                self._consumer(run, statement, envelope)
        return came


class Hurried(SqliteOutbox):
    """Sends what is due without looking at what comes before it."""

    def due(self, now: Any, wait_max: Any) -> list[Delivery]:
        return [one for one in self.deliveries(state="waiting") if one.next_attempt <= now][::-1]


@dataclass
class Told:
    """What a campaign found."""

    steps: int = 0
    said: int = 0
    sent: int = 0
    done: int = 0
    given_up: int = 0
    cut_short: int = 0
    crashes: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    twice: int = 0
    overtaken: int = 0

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing twice, nothing in the wrong order, and something happened."""
        return self.done > 0 and not (self.lost or self.twice or self.overtaken)


class World:
    """One log, one outbox, three inboxes, a network and a clock."""

    def __init__(
        self,
        folder: Path,
        seed: int = 0,
        *,
        book: type[SqliteOutbox] = SqliteOutbox,
        outbox: type[Outbox] = Outbox,
        inbox: type[Inbox] = Inbox,
    ) -> None:
        self.folder, self.now, self.fuse, self.told = folder, SPILL, Fuse(), Told()
        self.draw = random.Random(seed)
        self.calm = False
        self._book, self._outbox, self._inbox = book, outbox, inbox
        self.log = Log(SqliteStore(folder / "log.sqlite"), LOG_KEY)
        self.heads: list[tuple[Statement, int, frozenset[str]]] = []  # last of each thread, thread, told
        self.due: dict[tuple[str, str], tuple[int, int]] = {}  # id and city to thread and place
        self.inboxes = {city: self._open_inbox(city) for city in CITIES}
        self.outbox = self._open_outbox()
        self._numbers = count()

    def _open_outbox(self) -> Outbox:
        book: Any = FusedBook(self._book(self.folder / "outbox.sqlite"), self.fuse)
        return self._outbox(book, patience=PATIENCE, seed=7)

    def _open_inbox(self, city: str) -> Inbox:
        def consume(run: Any, statement: str, _: bytes) -> None:
            run.execute("INSERT INTO done VALUES (?)", (statement,))
            self.fuse.point("in the transaction")

        path = self.folder / f"inbox-{city}.sqlite"
        return self._inbox(path, city, lambda _: True, consume, schema="CREATE TABLE done (id TEXT);")

    @contextmanager
    def mortal(self, burns: int = 0) -> Iterator[None]:
        """Whatever happens inside may die after so many points; then the sender is opened again."""
        self.fuse.left = burns
        try:
            yield
        except Crash:
            self.outbox.close()
            self.outbox = self._open_outbox()
        finally:
            self.fuse.left = 0

    # ------------------------------------------------------------------------------------------- acts

    def speak(self, said: Statement, thread: int, to: frozenset[str]) -> None:
        """Append to the log; what is in the log must be told."""
        at = self.log.append(signed(said)).index
        self.told.said += 1
        self.due.update(((said.id, city), (thread, at)) for city in to)
        self.heads = [one for one in self.heads if one[1] != thread] + [(said, thread, to)]
        self.fuse.point("after append")
        # After a crash there may be entries before it that were not taken in: then all wait for `catch_up`.
        with suppress(InputError):
            self.outbox.enqueue(at, self.log.entries(at, at + 1)[0], self.now)

    def speak_first(self, to: Sequence[str], *, public: bool = False) -> None:
        """A notice or a warning that begins a thread."""
        number = next(self._numbers)
        words = {"zh": f"{number}"}
        first = warned(cities=to, headline=words) if public else noticed(to=to, headline=words)
        self.speak(first, number, frozenset(to))

    def speak_on(self, which: int, to: Sequence[str]) -> None:
        """An update, a cancellation or a withdrawal of something said before."""
        if not self.heads:
            return
        last, thread, told = self.heads[which % len(self.heads)]
        words = {"zh": f"{next(self._numbers)}"}
        if last.kind == "NoticeSent" and which % 2:
            said = noticed(by=last.by, to=to, replies_to=last.id, headline=words)
        elif last.kind in ("WarningIssued", "WarningUpdated") and which % 2:
            facts = {"cities": list(to), "expires": "2024-05-03T00:00:00+08:00", "headline": words}
            said = say("WarningUpdated", last.by, 3, replies_to=last.id, **facts)
        elif last.kind in ("WarningIssued", "WarningUpdated"):
            said, to = say("WarningCancelled", last.by, 4, replies_to=last.id, headline=words), ()
        elif last.kind == "NoticeSent":
            said, to = withdrew(last, 4, reason=words), ()
        else:
            return
        self.speak(said, thread, told | set(to))

    def catch_up(self) -> None:
        """Read the log from where the outbox stands, which may be before or after a crash."""
        at = max(0, self.outbox.position - self.draw.randrange(3))
        self.outbox.catch_up(self.log.entries(at, self.log.size), at, self.now)

    def deliver(self) -> None:
        self.outbox.deliver_due(self.now, self.send, most=self.draw.choice((1, 3, 1_000)))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def take_up(self, which: int) -> None:
        """A person wants something that was given up to be tried again."""
        if found := self.outbox.given_up():
            one = found[which % len(found)]
            with suppress(InputError):
                self.outbox.take_up(one.id, one.addressee, self.now)

    # ---------------------------------------------------------------------------------------- network

    def send(self, addressee: str, statement: str, envelope: bytes) -> Receipt:
        """A network that loses, refuses and mixes up; receivers that die."""
        self.told.sent += 1
        luck = 1.0 if self.calm else self.draw.random()
        if luck < 0.15:
            raise ConnectionRefusedError
        if luck < 0.18:
            raise DeliveryError("network.refused", "not to us", permanent=True)
        self.fuse.point("on the way there")
        try:
            receipt = self.inboxes[addressee].take(statement, envelope, self.now)
            self.fuse.point("after the transaction")
        except ReceiverCrash:
            self.inboxes[addressee].close()
            self.inboxes[addressee] = self._open_inbox(addressee)
            raise ConnectionResetError from None
        self.fuse.point("on the way back")
        if luck < 0.33:
            raise TimeoutError
        if luck < 0.36:
            return Receipt(addressee, "0" * 64, self.now)
        return receipt

    # ------------------------------------------------------------------------------------------ judge

    def settle(self) -> Told:
        """Let the weather clear, tell everything, and judge."""
        self.calm, self.fuse.left = True, 0
        self.catch_up()
        for _ in range(10_000):
            self.outbox.deliver_due(self.now, self.send)
            if not self.outbox.waiting():
                break
            self.wait(PATIENCE.cap_s)
        self.told.crashes = dict(self.fuse.went_off)
        return self.judge()

    def judge(self) -> Told:
        """Compare what was said with what was done."""
        told = self.told
        told.done = told.twice = told.overtaken = told.lost = 0
        known = {(one.id, one.addressee) for one in self.outbox.given_up() if one.error}
        waiting = {(one.id, one.addressee) for one in self.outbox.waiting()}
        unread = {one for one, (_, at) in self.due.items() if at >= self.outbox.position}
        done: set[tuple[str, str]] = set()
        for city, inbox in self.inboxes.items():
            ids = [one for (one,) in inbox.rows("SELECT id FROM done ORDER BY rowid")]
            last: dict[int, int] = {}
            for one in dict.fromkeys(ids):
                thread, at = self.due[one, city]
                told.overtaken += at < last.get(thread, -1)
                last[thread] = at
            told.twice += len(ids) - len(set(ids))
            told.done += len(set(ids))
            done |= {(one, city) for one in ids}
        told.given_up = len(known - done)
        told.lost = len(self.due.keys() - done - known - waiting - unread)
        return told

    def close(self) -> None:
        for one in (self.outbox, self.log, *self.inboxes.values()):
            one.close()


def step(world: World) -> None:
    """One random step, which dies somewhere one time in three."""
    draw = world.draw
    burns = draw.randrange(1, 12) if draw.random() < 1 / 3 else 0
    to = draw.sample(CITIES, draw.randrange(1, 4))
    acts: tuple[Callable[[], None], ...] = (
        lambda: world.speak_first(to, public=draw.random() < 0.5),
        lambda: world.speak_on(draw.randrange(1_000), to),
        world.catch_up,
        world.deliver,
        world.deliver,
        lambda: world.wait(draw.choice((0.001, 3, 20, 90, 400))),
        lambda: world.take_up(draw.randrange(1_000)),
    )
    with world.mortal(burns):
        draw.choice(acts)()
    world.told.steps += 1


@contextmanager
def unflushed() -> Iterator[None]:
    """A process that dies loses nothing that was not flushed, so the long campaign need not wait."""
    before = BookFile.SYNCHRONOUS, SqliteStore.SYNCHRONOUS
    BookFile.SYNCHRONOUS = "OFF"
    try:
        yield
    finally:
        BookFile.SYNCHRONOUS, SqliteStore.SYNCHRONOUS = before


def add(total: Told, one: Told) -> None:
    """Add up what two campaigns found."""
    for name, value in asdict(one).items():
        if name == "crashes":
            total.crashes = dict(Counter(total.crashes) + Counter(value))
        else:
            setattr(total, name, getattr(total, name) + value)


def run(steps: int, seed: int, **controls: Any) -> Told:
    """So many random steps, in worlds of `EPISODE_STEPS` each."""
    total, draw = Told(), random.Random(seed)
    with unflushed():
        while total.steps < steps:
            with tempfile.TemporaryDirectory() as folder:
                world = World(Path(folder), draw.randrange(2**32), **controls)
                for _ in range(min(EPISODE_STEPS, steps - total.steps)):
                    step(world)
                add(total, world.settle())
                world.close()
    return total


def story(world: World, burns: Sequence[int]) -> None:
    """Two notices, one of them updated and withdrawn, a warning cancelled; told in two rounds."""
    acts: tuple[Callable[[], None], ...] = (
        lambda: world.speak_first((ZHONG, XIA)),
        lambda: world.speak_first((XIA,), public=True),
        lambda: world.speak_on(1, (ZHONG,)),
        world.catch_up,
        lambda: world.outbox.deliver_due(world.now, world.send),
        lambda: world.speak_on(0, ()),
        lambda: world.wait(300),
        lambda: world.outbox.deliver_due(world.now, world.send),
        lambda: world.take_up(0),
    )
    waiting = list(burns)
    left = waiting.pop(0) if waiting else 0
    for act in acts:
        died = world.fuse.went_off.total()
        with world.mortal(left):
            try:
                act()
            finally:
                left = max(0, world.fuse.left)
        if world.fuse.went_off.total() > died:
            left = waiting.pop(0) if waiting else 0


def every_point(*, pairs: bool = False, storm: int | None = None, **controls: Any) -> Told:
    """The story, dying at every point in turn; with `pairs`, at every two points; in calm or in a storm."""
    total = Told()
    with unflushed():
        for first in count(1):
            for second in count(1) if pairs else (0,):
                with tempfile.TemporaryDirectory() as folder:
                    world = World(Path(folder), storm or 0, **controls)
                    world.calm = storm is None
                    story(world, (first, second))
                    world.told.steps = 9
                    add(total, world.settle())
                    died = world.fuse.went_off.total()
                    world.close()
                if died < 2:
                    break
            if died < 1:
                return total
    raise AssertionError("a story has an end")


# ----------------------------------------------------------------------------------------- a real process


def kills(kill_count: int, seed: int) -> Told:
    """Kill a process that delivers, `KILLS_EACH` times in each world, then finish; everything is flushed."""
    draw, total = random.Random(seed), Told()
    for _ in range(0, kill_count, KILLS_EACH):
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder), seed)
            world.calm = True
            for one in range(120):
                world.speak_on(one, (ZHONG,)) if one % 3 else world.speak_first((ZHONG, XIA))
            world.close()
            for _ in range(KILLS_EACH):
                child = os.fork()
                if child == 0:
                    _deliver_until_killed(world)
                _wait_for_receipt(world)
                time.sleep(0.05 * draw.random() ** 4)  # mostly at once: a fast disk is done in milliseconds
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                total.steps += 1
            world.inboxes = {city: world._open_inbox(city) for city in CITIES}
            world.outbox = world._open_outbox()
            world.log = Log(SqliteStore(world.folder / "log.sqlite"), LOG_KEY)
            total.cut_short += len(world.outbox.waiting())
            add(total, world.settle())
            world.close()
    total.crashes["kill -9"] = total.steps
    return total


def _wait_for_receipt(world: World) -> None:
    """Until the child has begun to write, or long enough."""
    wal = world.folder / "outbox.sqlite-wal"
    until = time.monotonic() + 5
    while time.monotonic() < until and not (wal.exists() and wal.stat().st_size):
        time.sleep(0.001)


def _deliver_until_killed(world: World) -> None:
    """The child: open everything, catch up, deliver; the first receipts come late."""
    try:
        log = SqliteStore(world.folder / "log.sqlite", read_only=True)
        world.inboxes = {city: world._open_inbox(city) for city in CITIES}
        world.outbox = world._open_outbox()
        head = log.load()
        assert head is not None
        while True:
            at = world.outbox.position
            world.outbox.catch_up(log.entries(at, min(head.size, at + 5)), at, world.now)
            world.outbox.deliver_due(world.now, world.send, most=5)
            world.wait(30)
    finally:
        os._exit(1)


def main() -> None:
    """Print what was found, as JSON; ends with 1 if anything was lost, done twice or overtaken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    parts = {
        "random steps": run(options.steps, options.seed),
        "every point": every_point(),
        "every point in a storm": every_point(storm=2),
        "every two points": every_point(pairs=True),
        "kills": kills(options.kills, options.seed),
    }
    controls = {
        "marks first": run(2_000, 1, outbox=Careless).lost,
        "forgets": run(2_000, 1, inbox=Forgetful).twice,
        "hurries": run(2_000, 1, book=Hurried).overtaken,
    }
    told = {name: {**asdict(one), "clean": one.clean} for name, one in parts.items()}
    print(json.dumps({"seed": options.seed, **told, "controls that must fail": controls}, indent=2))
    raise SystemExit(not (all(one.clean for one in parts.values()) and all(controls.values())))


if __name__ == "__main__":
    main()
