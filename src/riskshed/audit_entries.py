"""Judge the entries of a log one by one: is each a statement of a body, by a key that counted then?

Nothing of the writer is believed. Each envelope is read in its one form, its signature is verified, its
statement is checked, and the key must have been a key of that body, for that task, at that place in the log.
"""

from __future__ import annotations

from collections.abc import Mapping

from riskshed.audit_keys import KeyBook, KnownKey, keyid_of
from riskshed.audit_report import Finding, FindingList
from riskshed.columns import shown
from riskshed.envelope import Envelope
from riskshed.errors import KeyRefusedError
from riskshed.ledger.keys import VerifierKey
from riskshed.statement import Statement, StatementError, parse, unseal

PENDING_MAX = 10_000
Opened = Mapping[str, tuple[bytes, bytes]]
"""Salt and body of sealed statements, by the id of the statement."""


class EntryJudge:
    """Judges entries in the order of the log, and learns its keys from them.

    Parameters
    ----------
    book : KeyBook
        Learns from every statement that holds.
    findings : FindingList
        Where what is wrong goes.
    sealed : mapping, optional
        Salt and body of sealed statements, to be held against what the log says of them.
    """

    def __init__(self, book: KeyBook, findings: FindingList, sealed: Opened | None = None) -> None:
        self.book = book
        self.findings = findings
        self.statements = 0
        self._sealed = dict(sealed or {})
        # Statements by a key that nobody has named so far: it may be named later, which is another fault.
        self._strangers: dict[str, list[Finding]] = {}
        self._pending = 0

    def judge(self, index: int, raw: bytes) -> Statement | None:
        """The statement of an entry, None where something is wrong with it."""
        before = self.findings.total
        try:
            envelope = Envelope.parse(raw)
        except StatementError as error:
            self._refused(index, error, None)
            return None
        said = self._parsed(index, envelope)
        known = self._key(index, envelope, said)
        if said is None or known is None or self.findings.total > before:
            return None
        self._fits(index, said, known)
        if self.findings.total > before:
            return None
        for objection in self.book.learn(index, said):
            self._add(index, said.id, objection.code, objection.what, objection.got, objection.wanted)
        self._named_later(index, said)
        self._open(index, said)
        self.statements += self.findings.total == before
        return said if self.findings.total == before else None

    def finish(self) -> None:
        """After the last entry: a sealed body that belongs to no statement here is told as well."""
        for statement in self._sealed:
            told = "there is a sealed body for a statement that is not in the log"
            self.findings.add("statement.not_here", told, statement=statement)

    def _add(
        self, index: int, statement: str | None, code: str, what: str, got: str = "", wanted: str = ""
    ) -> Finding:
        return self.findings.add(code, what, index, statement=statement, got=got, wanted=wanted)

    def _refused(self, index: int, error: StatementError, statement: str | None) -> None:
        for fault in error.faults[:8]:
            place = fault.column or fault.where
            self._add(index, statement, fault.code, f"this is no statement: {place}", fault.got, fault.wanted)

    def _parsed(self, index: int, envelope: Envelope) -> Statement | None:
        try:
            return parse(envelope.payload)
        except StatementError as error:
            self._refused(index, error, envelope.id)
            return None

    def _key(self, index: int, envelope: Envelope, said: Statement | None) -> KnownKey | None:
        """The key that made the signature, if it is one of the record or is introduced here."""
        known = self.book.with_id(envelope.keyid) or _introduced(index, envelope, said)
        if not known:
            told = f"nobody has named the key {envelope.keyid} so far"
            found = self._add(index, envelope.id, "key.unknown", told)
            if self._pending < PENDING_MAX:
                self._pending += 1
                self._strangers.setdefault(envelope.keyid, []).append(found)
            return None
        for one in known:
            if one.key.verify(envelope.signing_input, envelope.signature):
                return one
        told = "the signature is not that of the key over this statement"
        self._add(index, envelope.id, "statement.bad_signature", told, f"one that names {envelope.keyid}")
        return None

    def _fits(self, index: int, said: Statement, known: KnownKey) -> None:
        if said.by != known.body:
            told = "it is signed with the key of another body"
            got, wanted = f"a statement by {shown(said.by)}", f"one by {shown(known.body)}"
            self._add(index, said.id, "statement.wrong_body", told, got, wanted)
        if known.until is not None and index > known.until:
            told = f"it is signed with {known.keyid}, which was revoked at entry {known.until}"
            self._add(index, said.id, "key.revoked", told)
        if known.role not in ("statement", "exercise"):
            told = f"it is signed with a key that is for {known.role!r}"
            self._add(index, said.id, "statement.wrong_role", told, known.keyid, "a key for statements")
        elif said.exercise != (known.role == "exercise"):
            sort = "an exercise" if said.exercise else "an actual statement"
            told = f"{sort} is signed with a key for {'exercises' if known.role == 'exercise' else 'actuals'}"
            self._add(index, said.id, "statement.exercise_mismatch", told, known.keyid)

    def _named_later(self, index: int, said: Statement) -> None:
        """A key that is named here may have signed before: then it was too early."""
        if said.kind not in ("BodyJoined", "KeyAdded") or not self._strangers:
            return
        for found in self._strangers.pop(keyid_of(VerifierKey.parse(said.string("key"))), []):
            told = f"it is signed with a key that was added at entry {index}, after it"
            new = Finding("key.before_added", told, found.index, found.statement)
            self.findings.change(found, new)

    def _open(self, index: int, said: Statement) -> None:
        opened = self._sealed.pop(said.id, None)
        if opened is None:
            return
        try:
            unseal(said, *opened)
        except StatementError as error:
            self._refused(index, error, said.id)


def _introduced(index: int, envelope: Envelope, said: Statement | None) -> tuple[KnownKey, ...]:
    """The key of a body that introduces itself: it signs with the key that it names."""
    if said is None or said.kind != "BodyJoined" or said.body is None or said.string("body") != said.by:
        return ()
    try:
        key = VerifierKey.parse(said.string("key"))
    except KeyRefusedError:
        return ()
    fits = keyid_of(key) == envelope.keyid
    return (KnownKey(key, said.by, "statement", index),) if fits and "statement" in key.type.roles else ()
