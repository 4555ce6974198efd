"""Telling each addressee what the log says that they are told: none lost, none twice under one id.

The log is the truth. Who must be told is not decided here, it stands in each statement (`addressees`). So a
crash between "appended to the log" and "queued" loses nothing: the outbox reads on from the entry at which it
stopped (`Outbox.catch_up`). A crash between "sent" and "marked as sent" cannot be made impossible; it is made
harmless: the statement is sent again under the same id, and the receiver (`riskshed.inbox`) has kept that id
together with what it did. Sent at least once, accepted at most once, is done exactly once.

**Order.** An update, a cancellation or a withdrawal continues a statement of the same body. To one addressee
such a thread is delivered in the order of the log, so that no cancellation overtakes its warning. It also
goes to everybody who was told before, because a city that an update leaves out still holds the old warning.
Threads do not wait for each other, nor addressees.

**Patience.** What fails for now is tried again after a wait that doubles up to a bound. What the receiver
refuses for good, or what nobody took for days, is given up: it stays on the list `Outbox.given_up`, which a
person must see, until a person takes it up again. It does not hold up what follows in its thread, since it
may have arrived without a receipt, and then the cancellation must follow.

This module knows envelopes, ids and addressees, and no rules. The clock and the seed are parameters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from riskshed.errors import InputError, NotFoundError
from riskshed.outbox_store import Delivery, DeliveryError, Message, OutboxStore, Receipt
from riskshed.statement import Statement, StatementError, read

__all__ = [
    "Delivered",
    "Delivery",
    "DeliveryError",
    "Outbox",
    "Patience",
    "Receipt",
    "Transport",
    "addressees",
]

CATCH_UP_ENTRIES = 256
"""So many entries are taken in with one flush."""

_ADDRESSED_BY = {
    **dict.fromkeys(("NoticeSent", "RiskReported", "InstructionGiven", "Escalated", "CommandReturned"), "to"),
    **dict.fromkeys(("ApprovalRequested", "AidRequested", "CommandTaken"), "of"),
    **dict.fromkeys(("WarningIssued", "WarningUpdated"), "cities"),
    **dict.fromkeys(("PlanProposed", "PlanAmended", "AgreementProposed"), "members"),
}


Transport = Callable[[str, str, bytes], Receipt]
"""Takes addressee, id and envelope, and returns the receiver's receipt. It ends by itself (a timeout), and
raises `DeliveryError`; an `OSError`, which a network gives, counts as for now."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before the next attempt, and when to give up.

    Parameters
    ----------
    first_s, cap_s : float
        The first wait, and the longest.
    factor : float
        By which each wait is longer than the one before.
    jitter : float
        0 to 1: each wait is shortened by up to this part of it, so that not all come back at once.
    give_up_s : float
        After so long without a receipt it is given up.
    """

    first_s: float = 5.0
    cap_s: float = 300.0
    factor: float = 2.0
    jitter: float = 0.5
    give_up_s: float = 3 * 86_400.0

    def __post_init__(self) -> None:
        fits = 0 < self.first_s <= self.cap_s and self.factor >= 1 and 0 <= self.jitter < 1
        if not (fits and self.give_up_s > 0):
            wanted = "0 < first_s <= cap_s, factor >= 1, 0 <= jitter < 1, give_up_s > 0"
            raise InputError("outbox.patience", f"got {self}, want {wanted}")

    def wait(self, attempt: int, draw: float) -> timedelta:
        """The wait after an attempt, the first of which is 1; `draw` is from 0 to 1."""
        # A power that no float holds is of no use to know: the cap is reached long before.
        whole_s = min(self.cap_s, self.first_s * self.factor ** min(attempt - 1, 64))
        return timedelta(seconds=whole_s * (1 - self.jitter * draw))


class Delivered(NamedTuple):
    """What came of one round: how many were accepted, failed for now, were given up, and are due still."""

    accepted: int
    failed: int
    given_up: int
    still_due: int


def addressees(said: Statement) -> tuple[str, ...]:
    """Who is told a statement: the bodies that it names, the cities of a warning, recipients if sealed."""
    if said.body is None:
        return said.recipients
    if said.kind == "FindingMade":
        return (said.string("of"),)
    if said.kind in ("QuestionAsked", "QuestionRouted", "QuestionEscalated"):
        return (said.string("to"),) if said.has("to") else ()
    field = _ADDRESSED_BY.get(said.kind)
    return said.strings(field) if field is not None else ()


class Outbox:
    """Delivers what the log says, from where it stopped. One caller at a time.

    Parameters
    ----------
    store : OutboxStore
        The book of what is on its way; the outbox closes it.
    by : str, optional
        Only what this body says is delivered; without it, what anybody says whose statements lie in the log.
    patience : Patience
    seed : int
        From which the jitter is drawn, so that two runs wait alike.
    told : callable
        Who is told a statement; `addressees` if it is not given.
    """

    def __init__(
        self,
        store: OutboxStore,
        *,
        by: str | None = None,
        patience: Patience | None = None,
        seed: int = 0,
        told: Callable[[Statement], Iterable[str]] = addressees,
    ) -> None:
        self._store = store
        self._by = by
        self._patience = patience or Patience()
        self._seed = seed
        self._told = told

    @property
    def position(self) -> int:
        """The first entry of the log that was not yet taken in."""
        return self._store.position()

    def catch_up(self, entries: Iterable[bytes], start: int, now: datetime) -> int:
        """Take in entries of the log, the first of which has the index `start`; returns the new position.

        What was taken in before is passed over, so that it may be called with the whole log at any time.

        Raises
        ------
        InputError
            ``outbox.gap``: the entries begin after the position; nothing was taken in.
        StoreError
            Up to `position` all were taken in, and no others.
        """
        position = self.position
        if start > position:
            told = f"the entries begin at {start}, and those from {position} on are not taken in yet"
            raise InputError("outbox.gap", told, todo=f"Read the log from entry {position} on.")
        fresh: dict[str, Message] = {}
        end = position
        for index, raw in enumerate(entries, start):
            if index < position:
                continue
            message = self._message(index, raw, fresh)
            if message is not None:
                fresh[message.id] = message
            end = index + 1
            if end - position == CATCH_UP_ENTRIES:
                self._store.enqueue(tuple(fresh.values()), end, now)
                position, fresh = end, {}
        if end > position:
            self._store.enqueue(tuple(fresh.values()), end, now)
        return end

    def enqueue(self, index: int, entry: bytes, now: datetime) -> tuple[Delivery, ...]:
        """Take in one entry, as `catch_up`, and say to whom it goes; once more changes nothing."""
        self.catch_up((entry,), index, now)
        return self.progress(read(entry).id)

    def _message(self, index: int, raw: bytes, fresh: dict[str, Message]) -> Message | None:
        """The message of an entry; None if it is no statement, or the same that came before."""
        try:
            said = read(raw)
        except StatementError:
            return None
        if said.id in fresh or self._store.known(said.id) is not None:
            return None
        to, thread = set(self._told(said)), said.id
        target = None
        if said.replies_to is not None:
            target = fresh.get(said.replies_to) or self._store.known(said.replies_to)
        if target is not None and target.by == said.by:
            to.update(target.addressees)
            thread = target.thread
        elif target is not None:
            to.add(target.by)
        if self._by is not None and said.by != self._by:
            to.clear()
        return Message(index, said.id, said.by, thread, tuple(sorted(to)), raw if to else b"")

    def deliver_due(self, now: datetime, transport: Transport, *, most: int = 1_000) -> Delivered:
        """Send what is due, and what becomes due by that, at most so many times.

        An addressee that fails for now is not asked again in this round: one city that does not answer must
        not hold up all others for as many timeouts as there are messages.

        Raises
        ------
        StoreError
            The book could not be written: open it again. What was under way is sent again then.
        """
        came = {"accepted": 0, "failed": 0, "given_up": 0}
        silent: set[str] = set()
        ready = self._ready(now, silent)
        while ready and sum(came.values()) < most:
            for one in ready[: most - sum(came.values())]:
                if one.addressee in silent:
                    continue
                outcome = self._deliver(one, now, transport)
                came[outcome] += 1
                if outcome == "failed":
                    silent.add(one.addressee)
            ready = self._ready(now, silent)
        return Delivered(**came, still_due=len(ready))

    def _ready(self, now: datetime, silent: set[str]) -> list[Delivery]:
        due = self._store.due(now, timedelta(seconds=self._patience.cap_s))
        return [one for one in due if one.addressee not in silent]

    def _deliver(self, one: Delivery, now: datetime, transport: Transport) -> str:
        """One attempt: counted before it is made, settled after."""
        wait = self._patience.wait(one.attempts + 1, self._draw(one))
        self._store.begin(one, now + wait)
        permanent = False
        try:
            receipt = transport(one.addressee, one.id, self._store.envelope(one.id))
        except DeliveryError as error:
            permanent, told = error.permanent, f"{error.code}: {error}"
        except OSError as error:
            told = f"outbox.transport: {error.strerror or type(error).__name__}"
        else:
            if (receipt.addressee, receipt.id) == (one.addressee, one.id):
                self._store.accept(one, receipt)
                return "accepted"
            told = f"outbox.other_receipt: it is for {receipt.id[:12]} at {receipt.addressee}"
        given_up = permanent or (now - one.since).total_seconds() >= self._patience.give_up_s
        self._store.fail(one, told, given_up=given_up)
        return "given_up" if given_up else "failed"

    def _draw(self, one: Delivery) -> float:
        """A number from 0 to 1 that is another one for each attempt and the same in each run."""
        drawn = hashlib.sha256(f"{self._seed} {one.id} {one.addressee} {one.attempts}".encode()).digest()
        return int.from_bytes(drawn[:4], "big") / 2**32

    def next_attempt(self) -> datetime | None:
        """The earliest time at which something may be due; None if nothing waits."""
        return min((one.next_attempt for one in self.waiting()), default=None)

    def waiting(self) -> list[Delivery]:
        """What no receipt has come for yet, in the order of the log."""
        return self._store.deliveries(state="waiting")

    def given_up(self) -> list[Delivery]:
        """What was given up, with the reason: a person must see this list, and act."""
        return self._store.deliveries(state="given_up")

    def progress(self, statement: str) -> tuple[Delivery, ...]:
        """How far a statement has come with each addressee; empty if nobody is told."""
        return tuple(self._store.deliveries(statement=statement))

    def take_up(self, statement: str, addressee: str, now: datetime) -> None:
        """A person wants one that was given up to be tried again.

        Raises
        ------
        NotFoundError
            ``outbox.not_given_up``.
        InputError
            ``outbox.overtaken``: a later one of the same thread has been sent there, and would be undone.
        """
        found = [one for one in self.progress(statement) if one.addressee == addressee]
        if not found or found[0].state != "given_up":
            raise NotFoundError("outbox.not_given_up", f"{statement[:12]} to {addressee} was not given up")
        for later in self._store.deliveries():
            same = (later.thread, later.addressee) == (found[0].thread, addressee)
            if same and later.index > found[0].index and later.attempts:
                told = f"{later.id[:12]}, which follows it, was sent to {addressee} before"
                raise InputError("outbox.overtaken", told, todo="Say what holds now in a new statement.")
        self._store.take_up(found[0], now)

    def close(self) -> None:
        """Close the book; may be called twice."""
        self._store.close()
