"""An audit of the log of this node that runs beside its pages, one at a time, and says how far it is.

The report of the last one stays until the next; it is the work of this process and nobody's record. Whoever
does not believe this node audits it from outside: `riskshed audit` over its address finds the same.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime

from riskshed.audit import OPEN_POLICY, Memory, audit
from riskshed.audit_report import Report
from riskshed.errors import DomainError, RiskshedError
from riskshed.ledger.note import SignedNote
from riskshed.web import record_proof
from riskshed.web.node import Node

_log = logging.getLogger("riskshed.web")


@dataclass(frozen=True, slots=True)
class Progress:
    """How an audit stands: who asked for it, when, how many entries of how many, and what came of it.

    `report` and `error` are None while it runs; `wrong` is a fault of the program.
    """

    by: str
    started: datetime
    remembers: bool
    done: int = 0
    total: int = 0
    finished: datetime | None = None
    report: Report | None = None
    error: RiskshedError | None = None
    wrong: bool = False

    @property
    def runs(self) -> bool:
        """Whether it is still at work."""
        return self.finished is None


@dataclass
class Audits:
    """The audits of one process."""

    _guard: threading.Lock = field(default_factory=threading.Lock)
    _last: Progress | None = None
    _thread: threading.Thread | None = None

    @property
    def last(self) -> Progress | None:
        """The one that runs, or that ran last."""
        return self._last

    def forget(self) -> None:
        """Let go of the last report, once it has ended."""
        self.wait()
        self._last = None

    def wait(self, timeout_s: float = 60.0) -> None:
        """Until the one that runs has ended."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def start(self, node: Node, by: str, remembered: bytes = b"") -> None:
        """Begin an audit of the log as it is now.

        Parameters
        ----------
        node : Node
        by : str
            Who asks: body and officer.
        remembered : bytes
            A checkpoint of this log that somebody kept, as a signed note; the log must still contain it.

        Raises
        ------
        DomainError
            ``audit.busy``: one is at work.
        LedgerError
            What is remembered is no checkpoint that this log signed.
        """
        memories = (_memory(node, remembered),) if remembered else ()
        with self._guard:
            if self._last is not None and self._last.runs:
                told = f"an audit for {self._last.by} is at work"
                raise DomainError("audit.busy", told, todo="Wait until it has ended.")
            self._last = Progress(by, node.now(), remembers=bool(memories))
            self._thread = threading.Thread(
                target=self._run, args=(node, memories), name="audit", daemon=True
            )
            self._thread.start()

    def _told(self, done: int, total: int) -> None:
        assert self._last is not None, "only one that runs tells"
        self._last = replace(self._last, done=done, total=total)

    def _run(self, node: Node, memories: tuple[Memory, ...]) -> None:
        report, error, wrong = None, None, False
        try:
            copy = record_proof.LiveCopy(node, self._told)
            report = audit(copy, logs=[record_proof.verifier(node)], against=memories)
        except RiskshedError as told:
            error = told
        except Exception:
            # A thread that ends without a word would leave the page waiting for ever.
            _log.exception("an audit failed")
            wrong = True
        assert self._last is not None, "it was begun"
        self._last = replace(self._last, finished=node.now(), report=report, error=error, wrong=wrong)


def _memory(node: Node, remembered: bytes) -> Memory:
    note = SignedNote.parse(remembered)
    OPEN_POLICY.judge(note, [record_proof.verifier(node)])
    return Memory("the checkpoint that was kept", note)


AUDITS = Audits()
