"""The live chain, driven: what it gives is kept, signed and appended, until it has nothing more to say.

The record is the memory. What was measured is read back from the files that the record names, so a run that
was broken off anywhere goes on where it stood: call `run` again, with the same readings or with none. Call it
also when nothing arrives, every minute or so: time that passes can make something due.

Others speak meanwhile: an officer files a report, and tells those downstream, while the chain thinks about
the same. So if the record has grown by the time that the chain has the turn to speak, what is to be said is
worked out again, and nothing is said between that look and the word.

One body's refused draft does not silence the others, nor the other drafts of the same body: it is among the
faults of the run. A log that does not take anything stops the run; what was said before stands.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from riskshed.chain_view import Lookout
from riskshed.desk import Desk
from riskshed.errors import InputError, KeyRefusedError, LedgerError, RiskshedError
from riskshed.exchange import readings
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.live_chain import Prepared, Steps, steps
from riskshed.measured import Measured
from riskshed.signals import Signal
from riskshed.statement import Statement, digest_text

ROUNDS_MAX = 200
LOOKS_BACK = timedelta(days=30)
"""So far back what was measured is read from the record; what bears on an open incident, always."""


class Post(Protocol):
    """What is asked of a node; `riskshed.web.node.Node` is one."""

    def now(self) -> datetime:
        """The clock of the node."""
        ...

    def standing(self, *, exercise: bool = False) -> Standing:
        """How things stand now."""
        ...

    def regime(self) -> Regime:
        """Law and terms."""
        ...

    def desk(self, body: str, officer: str, *, exercise: bool = False) -> Desk:
        """The desk of a body."""
        ...

    def file(self, digest: str) -> bytes | None:
        """A file that was kept."""
        ...

    def keep_file(self, data: bytes) -> str:
        """Keep a file, durably; its digest."""
        ...


class Refused(NamedTuple):
    """A draft that the record did not take, and why."""

    draft: Draft
    error: RiskshedError


@dataclass(frozen=True)
class Ran:
    """What a run came to.

    Attributes
    ----------
    said : tuple of str
        Ids of the statements, in the order in which they were said.
    prepared : tuple of Prepared
        Drafts for officers, as they are now: they take the place of all that earlier runs prepared.
    unspoken : tuple of Signal
        What arrived and nobody here speaks of. It is not on record.
    refused : tuple of Refused
    later : tuple of Signal
        What became known only after the run, by the clock of the node: hand it in again.
    """

    said: tuple[str, ...] = ()
    prepared: tuple[Prepared, ...] = ()
    unspoken: tuple[Signal, ...] = ()
    refused: tuple[Refused, ...] = ()
    later: tuple[Signal, ...] = ()


@dataclass
class _Run:
    """One run, as it goes. Owned by the thread that runs."""

    said: list[str] = field(default_factory=list)
    refused: dict[str, Refused] = field(default_factory=dict)


class ChainRunner:
    """Runs the live chain of a node; one run at a time, from any thread.

    Parameters
    ----------
    lookout : Lookout
        May be replaced between two runs.
    turn : callable, optional
        Gives a context in which nobody else of this node speaks.
    """

    def __init__(
        self, lookout: Lookout, *, turn: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self.lookout = lookout
        self._turn = turn
        self._files: dict[str, tuple[Signal, ...] | None] = {}
        self._measured = {False: Measured(), True: Measured()}
        # Owns _files and _measured, and makes runs follow each other.
        self._guard = threading.Lock()

    def warm(self) -> None:
        """Compile what would be compiled at the first forecast; takes some seconds, once."""
        self.lookout.forecaster.warm()

    def run(self, node: Post, arrived: Iterable[Signal] = (), *, exercise: bool = False) -> Ran:
        """Say all that is to be said now.

        Parameters
        ----------
        node : Post
        arrived : iterable of Signal
            What arrived since the last run, in any order; what is on record already does nothing.
        exercise : bool
            Whether it is of drills: then all is said with exercise keys.

        Raises
        ------
        LedgerError
            The log did not take it; run again once it does.
        """
        waiting, run = tuple(arrived), _Run()
        with self._guard:
            for _ in range(ROUNDS_MAX):
                now = node.now()
                standing = node.standing(exercise=exercise)
                found = self._steps(node, standing, waiting, now)
                later = tuple(one for one in waiting if one.known_at > now)
                if not _due(found, run):
                    refused = tuple(run.refused.values())
                    return Ran(tuple(run.said), found.prepared, found.unspoken, refused, later)
                # A forecast takes seconds, in which others may speak: it is made before the turn.
                with self._turn():
                    latest = node.standing(exercise=exercise)
                    if latest.statements.keys() != standing.statements.keys():
                        found = self._steps(node, latest, waiting, now)
                    self._keep(node, found)
                    due = _due(found, run)
                    for body in dict.fromkeys(one.by for one in due):
                        self._say(node, body, [one for one in due if one.by == body], exercise, run)
                if not any(one.draft.kind == "ReadingsTaken" for one in run.refused.values()):
                    waiting = (*found.unspoken, *later)  # the others are on record now
        raise AssertionError("a chain that never ends: something that was said is due again")

    def _keep(self, node: Post, found: Steps) -> None:
        for digest, (data, signals) in found.files.items():
            kept = node.keep_file(data)
            assert kept == digest, "a file is named by what is in it"
            if signals:
                self._files[digest] = signals

    def _steps(self, node: Post, standing: Standing, arrived: Sequence[Signal], now: datetime) -> Steps:
        taken = self._taken(node, standing, now)
        return steps(standing, node.regime(), self.lookout, taken, arrived, now)

    def _taken(self, node: Post, standing: Standing, now: datetime) -> Measured:
        """What is on record: what was added since the last look, or all again if something was withdrawn."""
        aside = set(standing.set_aside)
        open_ = {one.code for one in standing.incidents.values() if one.closed is None}
        named = {
            one.id: one
            for one in (seen.statement for seen in standing.statements.values())
            if one.kind == "ReadingsTaken" and one.id not in aside and _is_of_use(one, now, open_)
        }
        held = self._measured[standing.exercise]
        is_withdrawn = not held.statements <= standing.statements.keys() - aside
        if is_withdrawn or len(held.statements) > 2 * len(named) + 100:  # the rest has grown old
            held = self._measured[standing.exercise] = Measured()
        for name in sorted(named.keys() - held.statements):
            signals = self._read(node, named[name])
            if signals is not None:
                held.add(name, signals)
        return held

    def _read(self, node: Post, said: Statement) -> tuple[Signal, ...] | None:
        """The signals that a statement put on the record; None where its file is not here, or not of ours."""
        digest = str(said.record("file")["digest"])
        if digest not in self._files:
            data = node.file(digest)
            if data is None or digest_text(data) != digest:
                return None
            try:
                self._files[digest] = readings.kept(data)
            except InputError:
                self._files[digest] = None
        return self._files[digest]

    def _say(self, node: Post, body: str, drafts: Sequence[Draft], exercise: bool, run: _Run) -> None:
        """All together; where that is refused, one by one, so that one bad draft holds back no other."""
        try:
            desk = node.desk(body, self.lookout.orders[body].officer, exercise=exercise)
            run.said += desk.say_all(drafts)
        except RiskshedError as error:
            if isinstance(error, LedgerError) and not isinstance(error, KeyRefusedError):
                raise
            if len(drafts) == 1:
                run.refused[_key(drafts[0])] = Refused(drafts[0], error)
                return
            for one in drafts:
                self._say(node, body, [one], exercise, run)


def _due(found: Steps, run: _Run) -> list[Draft]:
    """What is to be said, without what the record refused in this run."""
    return [one for one in found.say if _key(one) not in run.refused]


def _key(draft: Draft) -> str:
    """What a draft is, to tell whether it was refused in the same run: its texts move with the clock."""
    body = draft.body
    whom = f"{body.get('to')} {body.get('cities')} {body.get('scale')}"
    return f"{draft.kind} {draft.by} {draft.about} {draft.replies_to} {whom}"


def _is_of_use(said: Statement, now: datetime, open_: Collection[str]) -> bool:
    if said.body is None or not said.has("file"):
        return False
    return said.about in open_ or said.time("ends") >= now - LOOKS_BACK
