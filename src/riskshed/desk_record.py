"""The record as a duty desk works on it: the log, the keys that it names, and how things stand by it.

Everything reaches the standing by one way only: an entry of the log that was judged, whoever wrote it. What
the desk says itself is no exception. The fold is asked first: if the rules would set it aside, or the key may
not sign it, nothing is signed. Then it is signed and appended, and only when the log has answered
is the log read on. So a log that fails leaves the standing as it was, and nothing is ever half done.

When an entry was seen is not written in the log. It counts as seen when `log_sight` says, but not later than
the desk read it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any, Protocol

from riskshed.audit_entries import EntryJudge
from riskshed.audit_keys import KEY_KINDS, KeyBook, ListedKey, keyid_of
from riskshed.audit_report import Finding, FindingList
from riskshed.columns import shown
from riskshed.errors import Fault, InputFaults, KeyRefusedError
from riskshed.governance.standing import Fold, Seen, Standing
from riskshed.governance.territory import Territory
from riskshed.ledger.keys import SigningKey
from riskshed.log_sight import Sight
from riskshed.statement import Statement, sign

READ_ENTRIES = 1_024
"""So many entries are read from the log at once."""


class EntryLog(Protocol):
    """What is asked of a log; `riskshed.ledger.log.Log` is one."""

    @property
    def size(self) -> int:
        """Entries that are durable."""
        ...

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from `start` up to and without `end`."""
        ...

    def append_many(self, entries: Sequence[bytes]) -> Sequence[Any]:
        """Write entries together and in order, all or none; returns when they are durable."""
        ...


class Record:
    """The log of one or several bodies, and how things stand by it. Any thread may call it.

    Parameters
    ----------
    log : EntryLog
    now : datetime
        Aware: the log as it is now is read at once.
    territory : Territory, optional
        Without it nobody can tell in whose area a city lies, and no warning is refused for that.
    listed : iterable of ListedKey, optional
        The keys of the bodies, as they are known here; without it the first introduction is believed.
    """

    def __init__(
        self,
        log: EntryLog,
        now: datetime,
        *,
        territory: Territory | None = None,
        listed: Iterable[ListedKey] | None = None,
    ) -> None:
        self._log = log
        self._book = KeyBook(listed)
        self._found = FindingList()
        self._judge = EntryJudge(self._book, self._found)
        self._fold = Fold(territory=territory)
        self._seen: dict[str, Seen] = {}
        self._sight = Sight()
        self._read = 0
        # Owns all of these: what was tried must be what is appended next.
        self._guard = threading.RLock()
        self.follow(now)

    @property
    def size(self) -> int:
        """Entries of the log that were read."""
        return self._read

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What is wrong with entries that take no part."""
        return tuple(self._found.kept)

    def follow(self, now: datetime) -> int:
        """Read the log on, whoever has written to it; returns how many statements came."""
        with self._guard:
            before = len(self._seen)
            while (end := min(self._log.size, self._read + READ_ENTRIES)) > self._read:
                for raw in self._log.entries(self._read, end):
                    said = self._judge.judge(self._read, raw)
                    self._read += 1
                    if said is not None:
                        self._take(said, now)
            return len(self._seen) - before

    def _take(self, said: Statement, now: datetime) -> None:
        seen = Seen(said, min(self._sight.take(said, now), now))
        self._seen.setdefault(said.id, seen)
        self._fold.add(seen)

    def standing(self, now: datetime, *, exercise: bool = False) -> Standing:
        """How things stand at a time, by what was read of the log."""
        with self._guard:
            return self._fold.standing(now, exercise=exercise)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the record: look how things stand and speak, and nobody speaks in between."""
        with self._guard:
            yield

    def append(self, said: Sequence[Statement], key: SigningKey, now: datetime) -> None:
        """Try, sign and append statements of one body, all or none; what is on record is not said again.

        Raises
        ------
        KeyRefusedError
            ``desk.key_unknown``, ``desk.key_revoked``, ``desk.key_not_own``.
        InputFaults
            ``desk.set_aside``: the record would set one of them aside; a fault for each reason.
        LedgerError
            As `Log.append`. Nothing of it counts here, unless the log, opened again, has it.
        """
        with self._guard:
            self.follow(now)
            said = [one for one in said if one.id not in self._seen]
            for one in said:
                self._check_key(one, key)
            self._check_standing(said, now)
            keyid = keyid_of(key.verifier)
            entries = [sign(one, keyid, lambda data: key.sign(data, role=key.role)) for one in said]
            self._log.append_many(entries)
            self.follow(now)
            assert all(one.id in self._seen for one in said), "what was tried before counts after"

    def _check_key(self, said: Statement, key: SigningKey) -> None:
        """Refuse what the key would sign in vain, and what it would say of keys in vain."""
        keyid = keyid_of(key.verifier)
        known = [one for one in self._book.with_id(keyid) if one.key.public == key.verifier.public]
        todo = "Sign with a key of the body that counts."
        introduces = said.kind == "BodyJoined" and said.body is not None and said.string("body") == said.by
        if not known and not (introduces and said.string("key") == str(key.verifier)):
            raise KeyRefusedError(
                "desk.key_unknown", f"the record has no key {shown(keyid)}", todo="Add it: KeyAdded."
            )
        for one in known:
            if one.body != said.by:
                told = f"{shown(keyid)} is a key of {one.body}, not of {said.by}"
                raise KeyRefusedError("desk.key_not_own", told, todo=todo)
            if one.until is not None:
                told = f"{shown(keyid)} was revoked at entry {one.until}"
                raise KeyRefusedError("desk.key_revoked", told, todo=todo)
        if said.kind in KEY_KINDS:
            # What the book learns cannot be unlearned, so it is asked of a copy; there are few keys.
            objections = tuple(deepcopy(self._book).learn(self._read, said))
            _refuse(said, [(one.code, one.what, one.wanted) for one in objections])

    def _check_standing(self, said: Sequence[Statement], now: datetime) -> None:
        """Refuse what the rules would set aside, given all that is on record."""
        come = [Seen(one, min(self._sight.of(one), now)) for one in said]
        flags = self._fold.objections(come, now)
        for one in said:
            _refuse(one, [(flag.code, flag.what, "") for flag in flags if flag.statement == one.id])


def _refuse(said: Statement, reasons: Sequence[tuple[str, str, str]]) -> None:
    """Raise ``desk.set_aside`` with a fault for each reason, if there is any."""
    if reasons:
        wanted = "a statement that counts on the record"
        faults = [Fault(code, said.kind, None, None, what, more or wanted) for code, what, more in reasons]
        told = f"the record would set this {said.kind} of {said.by} aside, so it was not said"
        raise InputFaults("desk.set_aside", told, faults)
