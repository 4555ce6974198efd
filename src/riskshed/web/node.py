"""The living node: its log, its keys, how things stand now, and who is told when something was said.

There is one in each process. The log is the truth; all else here is worked out from it again after a start.
One thread, the ticker, reads the log on, follows which duties arise, and tells the listeners; whoever says
something wakes it. Pages read the standing directly, so that an officer sees at once what he has just said.

Nothing here knows Django: accounts and tables are elsewhere, and can be thrown away without loss of a word.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from riskshed.desk import Desk
from riskshed.desk_record import Record
from riskshed.errors import InputError, NotFoundError, RiskshedError
from riskshed.governance import agreement, agreement_file, duty, rulepack
from riskshed.governance.circumstances import Regime
from riskshed.governance.notice import Writing
from riskshed.governance.obligation import Judged
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import AgreementStanding, Seen
from riskshed.governance.territory import Territory
from riskshed.ledger.durable import write_file
from riskshed.ledger.keyfile import read_key
from riskshed.ledger.log import Log
from riskshed.ledger.postgres import PostgresStore
from riskshed.ledger.store import SqliteStore, Store
from riskshed.region import Region
from riskshed.statement import Statement, StatementError, read
from riskshed.stations import Stations
from riskshed.thresholds import FILE, Thresholds
from riskshed.web.keyring import Keyring
from riskshed.web.living_log import LivingLog, probe_file
from riskshed.web.profile import Profile
from riskshed.web.steady_clock import SteadyClock

LOG_FILE, KEY_FILE, KEYS, FILES, REGION = "log.db", "log.key", "keys", "files", "region"
FRESH_S = 0.5
"""So long an answer about how things stand may be used again, by the real clock, while nothing was said."""
OBSERVED_EVERY_S = 5.0
READ_ENTRIES = 1_024

_log = logging.getLogger("riskshed.node")


class Indexed(NamedTuple):
    """A statement that counts, and its place in the log (the number of its entry)."""

    place: int
    statement: Statement


Listener = Callable[[Sequence[Indexed]], None]


class Node:
    """A node, opened. Any thread may use it; `close` it, or use it as a context.

    Parameters
    ----------
    home : Path
        As `riskshed.web.founding.found` made it.
    passphrase : str
        Opens the keys.
    database : str, optional
        ``postgres://...``: the log lies there; else in a file in `home`.
    clock : callable, optional
        In the place of the clock of the profile.
    new : bool
        It is just being founded, and may begin a log. Any other node has one: a second, empty log under the
        same key would sign another history.

    Raises
    ------
    NotFoundError
        ``node.missing``; ``node.log_missing``: there is no log where `database` says.
    InputError
        ``node.two_logs``: there is one there, and another in the folder.
    RiskshedError
        Whatever of the folder cannot be read.
    """

    def __init__(
        self,
        home: Path,
        passphrase: str,
        database: str | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        new: bool = False,
    ) -> None:
        if not (home / KEY_FILE).is_file():
            told = f"there is no node in {home}"
            raise NotFoundError("node.missing", told, todo="Make one with: riskshed node init")
        self.home = home
        self.profile = Profile.read(home)
        replay = self.profile.replay
        self.steady = SteadyClock(self.profile.now, replay.speed if replay else 1.0)
        self._clock = self.steady if clock is None else clock
        self.region = Region.read(home / REGION)
        self.territory = Territory.of_region(self.region, self.profile.neighbours)
        self.keys = Keyring(home / KEYS, passphrase)
        self._bell, self._closing = threading.Event(), threading.Event()
        self._listeners: list[Listener] = []
        self._order = threading.Lock()  # owns _told and _index: listeners hear everything once, in order
        self._booking = threading.Lock()  # owns _books
        self._told = 0
        self._index: dict[str, int] = {}
        self._books: dict[bool, duty.Book] = {}
        self._answers: dict[tuple[str, bool], tuple[int, float, Any]] = {}
        self._regimes: dict[str, Regime] = {}
        self._observed = 0.0
        key = read_key(home / KEY_FILE, passphrase, role="log")
        self.log = LivingLog(
            lambda: Log(_store(home, database, new), key),
            self._bell.set,
            (lambda: probe_file(home / LOG_FILE)) if database is None else None,
        )
        try:
            self.record = Record(self.log, self.now(), territory=self.territory)
        except BaseException:
            self.log.close()
            raise
        self.steady.begin_at(self._latest())

    # ---------------------------------------------------------------------------------- how things stand

    def now(self) -> datetime:
        """The time by the clock of the node, in its zone."""
        return self._clock().astimezone(self.profile.zone)

    def _latest(self) -> datetime:
        """When the last of what is on the log was said."""
        said = [*self.standing().statements.values(), *self.standing(exercise=True).statements.values()]
        return max((one.statement.issued for one in said), default=datetime.min.replace(tzinfo=UTC))

    def standing(self, *, exercise: bool = False) -> Standing:
        """How things stand: the actual, or the drills."""
        self.record.follow(self.now())
        standing: Standing = self._fresh(
            "standing", exercise, lambda: self.record.standing(self.now(), exercise=exercise)
        )
        return standing

    def duties(self, *, exercise: bool = False) -> tuple[Judged, ...]:
        """Every duty that has arisen, and how it stands."""

        def judge() -> tuple[Judged, ...]:
            standing, regime = self.standing(exercise=exercise), self.regime()
            with self._booking:
                book = self._book(regime, exercise)
                book.observe(standing)
                return duty.judge(standing, regime, book.duties)

        judged: tuple[Judged, ...] = self._fresh("duties", exercise, judge)
        return judged

    def _book(self, regime: Regime, exercise: bool) -> duty.Book:
        """The book of duties under the regime that holds; another regime begins another book."""
        book = self._books.get(exercise)
        if book is None or book.regime is not regime:
            book = self._books[exercise] = duty.Book(regime)
            for at in self._turns(exercise):
                book.observe(self.record.standing(at, exercise=exercise))
        return book

    def _turns(self, exercise: bool) -> list[datetime]:
        """When incidents that are open were opened and foreseen: the moments from which duties run.

        A book that is begun anew, after a start, looks at these moments first; otherwise the clock of a duty
        that rests on a forecast would begin with whatever came before it.
        """
        standing = self.standing(exercise=exercise)
        held = [one for one in standing.incidents.values() if one.closed is None]
        turns = (name for one in held for name in (*one.opened, *one.footprints))
        return sorted({standing.statements[name].seen_at for name in turns})

    def _fresh(self, name: str, exercise: bool, work: Callable[[], Any]) -> Any:
        size, at = self.record.size, time.monotonic()
        known = self._answers.get((name, exercise))
        if known is not None and known[0] == size and at - known[1] < FRESH_S:
            return known[2]
        answer = work()
        self._answers[name, exercise] = (size, at, answer)
        return answer

    def regime(self) -> Regime:
        """The law and the terms that hold: of the agreement in force, else of the packs of the profile."""
        held = self.agreement()
        name = "" if held is None else f"{held.id} {held.status} {len(held.left)}"
        if name not in self._regimes:
            self._regimes = {name: self._make_regime(held)}
        return self._regimes[name]

    def agreement(self) -> AgreementStanding | None:
        """The agreement in force by whose files this node goes; None if there is none."""
        if self.profile.agreement is None:
            return None
        found = agreement.current(self.standing().agreements, self._agreement_files.code)
        return found if found is not None and found.status in ("in_force", "ended") else None

    def agreement_files(self) -> agreement_file.Agreement | None:
        """The files of the agreement in force; None if there is none."""
        return self._agreement_files if self.agreement() is not None else None

    @cached_property
    def _agreement_files(self) -> agreement_file.Agreement:
        assert self.profile.agreement is not None, "asked only where there is one"
        return agreement_file.read(self.profile.agreement)

    def _make_regime(self, held: AgreementStanding | None) -> Regime:
        sections = {one.id: one.city for one in self.region.sections}
        if held is not None:
            return agreement.regime(
                held,
                self._agreement_files,
                self.territory,
                sections=sections,
                as_if_in_force=self.profile.as_if_in_force,
            )
        packs = tuple(rulepack.shelf(name) for name in self.profile.packs)
        return Regime(
            packs=packs,
            territory=self.territory,
            as_if_in_force=self.profile.as_if_in_force,
            sections=sections,
        )

    def names(self) -> Mapping[str, Mapping[str, str]]:
        """What bodies and cities are called, by code."""
        found: dict[str, Mapping[str, str]] = {}
        for one in self.region.cities:
            found[one.code] = {"zh": one.name_zh, "en": one.name_en}
        for body in self.region.bodies:
            found[body.code] = {"zh": body.name_zh, "en": body.name_en}
        return found | {code: one.name for code, one in self.standing().bodies.items()}

    def writing(self) -> Writing:
        """How notices and warnings are written."""
        return Writing(self.profile.zone, {**self.thresholds.hazards(), **self.names()})

    @cached_property
    def thresholds(self) -> Thresholds:
        """What is watched here, and what the hazards are called.

        Raises
        ------
        InputFaults
            What is wrong with `thresholds.toml`.
        """
        path = self.home / FILE
        if path.is_file():
            return Thresholds.read(path, self.region)
        return Thresholds((), Stations.of_region(self.region))

    # ------------------------------------------------------------------------------------------- speaking

    def desk(self, body: str, officer: str, *, exercise: bool = False) -> Desk:
        """The desk of an officer of a body, for drills or in earnest.

        Raises
        ------
        RiskshedError
            This node does not hold a key of the body.
        """
        key = self.keys.key(body, "exercise" if exercise else "statement")
        return Desk(body, officer, key, self.record, self.now, regime=self.regime())

    # -------------------------------------------------------------------------------------- what was said

    def seen(self, statement: str) -> Seen | None:
        """A statement, actual or of a drill; None if it is not on record."""
        return self.standing().statements.get(statement) or self.standing(exercise=True).statements.get(
            statement
        )

    def index_of(self, statement: str) -> int | None:
        """Its place in the log; None if it is not on record."""
        self.tick()
        return self._index.get(statement)

    def entry(self, index: int) -> bytes:
        """An entry of the log.

        Raises
        ------
        NotFoundError
            ``node.no_entry``.
        """
        if not 0 <= index < self.log.size:
            raise NotFoundError("node.no_entry", f"the log has {self.log.size} entries, none at {index}")
        return self.log.entries(index, index + 1)[0]

    def file(self, digest: str) -> bytes | None:
        """A file that statements name by its digest (``sha256:...``); None if this node does not have it."""
        name = digest.removeprefix("sha256:")
        path = self.home / FILES / name
        if len(name) != 64 or not name.isalnum() or not path.is_file():
            return None
        return path.read_bytes()

    def keep_file(self, data: bytes) -> str:
        """Keep a file durably, once; returns its digest. Raises as `ledger.durable.write_file`."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.home / FILES / digest
        if not path.is_file():
            write_file(path, data)
        return f"sha256:{digest}"

    # ------------------------------------------------------------------------------------------ listening

    def listen(self, listener: Listener, *, from_start: bool = False) -> None:
        """Call `listener` with what was said, in order, each once; it must be quick, and may not raise."""
        with self._order:
            if from_start and self._told:
                listener(self.statements(0, self._told))
            self._listeners.append(listener)

    def statements(self, start: int, end: int | None = None) -> list[Indexed]:
        """The statements that count among entries of the log, with their places."""
        end = self.log.size if end is None else min(end, self.log.size)
        refused = {one.index for one in self.record.refused}
        found = []
        for at in range(start, end, READ_ENTRIES):
            for index, raw in enumerate(self.log.entries(at, min(end, at + READ_ENTRIES)), at):
                said = None if index in refused else _statement(raw)
                if said is not None:
                    found.append(Indexed(index, said))
        return found

    def tick(self) -> None:
        """Read the log on, and tell the listeners what came."""
        self.record.follow(self.now())
        with self._order:
            size = self.record.size
            if size == self._told:
                return
            came = self.statements(self._told, size)
            for one in came:
                self._index.setdefault(one.statement.id, one.place)
            for listener in self._listeners:
                _call(listener, came)
            self._told = size

    def run(self, every_s: float = 1.0) -> None:
        """The ticker: until the node is closed, and at once when something was said."""
        while not self._closing.is_set():
            self._bell.wait(every_s)
            self._bell.clear()
            if self._closing.is_set():
                return
            try:
                self.log.mend()
                self.tick()
                self._observe()
            except RiskshedError as error:
                # The log may come back (a database that was away); pages say what is wrong meanwhile.
                _log.error("the ticker cannot read on: %s", error)
                time.sleep(every_s)

    def _observe(self) -> None:
        """Follow which duties have arisen, now and then: one that arose stays, so waiting misses none."""
        if time.monotonic() - self._observed >= OBSERVED_EVERY_S:
            self.duties()
            self._observed = time.monotonic()

    def close(self) -> None:
        """Stop the ticker and close the log; may be called twice."""
        self._closing.set()
        self._bell.set()
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _store(home: Path, database: str | None, new: bool) -> Store:
    """Where the log lies; only a node that is being founded finds none there."""
    if database is None and not new and not (home / LOG_FILE).is_file():
        raise _no_log(home, database)
    store = _open_store(home, database)
    if not new and store.load() is None:
        store.close()
        raise _no_log(home, database)
    if database is not None and (home / LOG_FILE).is_file():
        store.close()
        raise _two_logs(home, database)
    return store


def _two_logs(home: Path, database: str) -> InputError:
    """Which of the two is the history nobody can tell from here; to go on with the wrong one forks it."""
    parts = urlsplit(database)  # what is said holds no password
    told = f"the node in {home} has two logs: the file {home / LOG_FILE}, and one in the database"
    told += f" {parts.path.strip('/')} at {parts.hostname or 'this machine'}"
    todo = "Audit both. Move the file away, or leave RISKSHED_DATABASE_URL out: the longer one goes on."
    return InputError("node.two_logs", told, todo=todo)


def _no_log(home: Path, database: str | None) -> NotFoundError:
    if database is None:
        told = f"the log of the node in {home} is not in its folder"
        todo = "If it lies in PostgreSQL set RISKSHED_DATABASE_URL; if it was lost restore a backup."
    else:
        told = f"the database holds no log of the node in {home}"
        todo = "Set RISKSHED_DATABASE_URL to where the node was founded; leave it out if its log is a file."
    return NotFoundError("node.log_missing", told, todo=todo)


def _open_store(home: Path, database: str | None) -> Store:
    if database is None:
        return SqliteStore(home / LOG_FILE)
    if not database.startswith(("postgres://", "postgresql://")):
        told = "the database is neither SQLite in the folder nor PostgreSQL"
        raise InputError("node.database", told, todo="Write postgres://user:password@host/name.")
    return PostgresStore(database)


def _statement(raw: bytes) -> Statement | None:
    try:
        return read(raw)
    except StatementError:
        return None


def _call(listener: Listener, came: Sequence[Indexed]) -> None:
    """A listener that fails must not silence the others; what it missed it finds in the log."""
    try:
        listener(came)
    except Exception:
        _log.exception("a listener failed")
