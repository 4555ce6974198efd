"""The log as it stands, to be shown to people who do not believe it: heads, proofs, and a copy to audit.

Nothing here asks the tables. An entry is judged from the bytes of the log each time that somebody looks at
it, and a proof is verified before it is handed out, so a page never says "verified" from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from riskshed.audit import OPEN_POLICY
from riskshed.audit_copy import CHECKPOINT_FILE, Bundle, UnreadableError, with_cosignatures
from riskshed.audit_entries import EntryJudge
from riskshed.audit_keys import KeyBook, keyid_of
from riskshed.audit_report import Finding, FindingList
from riskshed.envelope import Envelope
from riskshed.errors import LedgerError, NotFoundError, StoreError
from riskshed.ledger.fetch import Source
from riskshed.ledger.keyfile import read_verifier
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.log import State
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.proof import LogProof
from riskshed.ledger.tiles import TILE_WIDTH
from riskshed.statement import Statement, StatementError, read
from riskshed.web.node import KEY_FILE, Node

Progress = Callable[[int, int], None]


# ---------------------------------------------------------------------------------------------- the head


def verifier(node: Node) -> VerifierKey:
    """The public key of the log."""
    return read_verifier(node.home / KEY_FILE)[0]


def head(node: Node) -> bytes:
    """The last checkpoint, with the cosignatures that witnesses gave to exactly this one."""
    return with_cosignatures(node.log.checkpoint, _kept(node))


def _kept(node: Node) -> bytes:
    """What `riskshed log` keeps beside the store once witnesses have signed."""
    try:
        return (node.home / CHECKPOINT_FILE).read_bytes()
    except OSError:
        return b""


def covering(node: Node, index: int) -> SignedNote:
    """The checkpoint that says most of an entry: the cosigned one where it covers it, else the last."""
    last = node.log.state()
    kept = _cosigned(node)
    if kept is not None and index < Checkpoint.parse(kept.text).size <= last.checkpoint.size:
        return kept
    return SignedNote.parse(head(node))


def _cosigned(node: Node) -> SignedNote | None:
    try:
        note = SignedNote.parse(_kept(node))
        found = Checkpoint.parse(note.text)
    except LedgerError:
        return None
    return note if found.origin == node.log.state().checkpoint.origin and len(note.signatures) > 1 else None


def cosigners(note: SignedNote, log: VerifierKey) -> tuple[str, ...]:
    """Who else put a line under a checkpoint. Whether these lines are good, only a policy can tell."""
    mine = (log.name, log.key_id)
    return tuple(dict.fromkeys(one.name for one in note.signatures if (one.name, one.key_id) != mine))


# ------------------------------------------------------------------------------------------- one entry


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry, its proof, and whether the proof holds; `fault` says why not."""

    proof: LogProof | None
    checkpoint: Checkpoint
    fault: str = ""


def prove(node: Node, index: int) -> LogProof:
    """The proof that an entry is in the log, with the entry as its extra data; verified before it is given.

    Raises
    ------
    NotFoundError
        ``log.no_entry``.
    LedgerError
        The log is damaged, or its own signature does not hold.
    """
    note = covering(node, index)
    at = Checkpoint.parse(note.text)
    if not 0 <= index < at.size:
        raise NotFoundError("log.no_entry", f"the log has {at.size} entries, none at {index}")
    entry = node.entry(index)
    hashes = node.log.prove_inclusion(index, State(at, note.to_bytes()))
    made = LogProof.parse(LogProof(index, hashes, note, entry).to_bytes())
    made.verify(entry, OPEN_POLICY, [verifier(node)])
    return made


def proven(node: Node, index: int) -> Proven:
    """As `prove`, for a page: what is wrong is told instead of raised."""
    at = node.log.state().checkpoint
    try:
        made = prove(node, index)
    except NotFoundError:
        raise
    except LedgerError as error:
        return Proven(None, at, error.what)
    return Proven(made, Checkpoint.parse(made.checkpoint.text))


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """An entry of the log, judged now.

    Attributes
    ----------
    index : int
    raw : bytes
    statement : Statement or None
        What it says, whoever signed it; None where it is no statement.
    keyid : str
        The key that its envelope names; empty where it is no envelope.
    findings : tuple of Finding
        What is wrong; empty if its signature is good, by a key that counted for its body at this place.
    named_at : int or None
        The entry that named the key.
    """

    index: int
    raw: bytes
    statement: Statement | None
    keyid: str
    findings: tuple[Finding, ...]
    named_at: int | None

    @property
    def holds(self) -> bool:
        """Whether it counts."""
        return self.statement is not None and not self.findings


def judge(node: Node, index: int, key_places: Iterable[int]) -> JudgedEntry:
    """Judge one entry from its bytes, and from the entries before it that named or revoked keys.

    Parameters
    ----------
    node : Node
    index : int
    key_places : iterable of int
        Where the log speaks of keys, before `index`.

    Raises
    ------
    NotFoundError
        ``node.no_entry``.
    """
    raw = node.entry(index)
    book, found = KeyBook(None, [verifier(node)]), FindingList()
    judged = EntryJudge(book, FindingList())
    for place in sorted({one for one in key_places if one < index}):
        judged.judge(place, node.entry(place))
    known = {one.keyid: one.since for key in _keyid(raw) for one in book.with_id(key)}
    EntryJudge(book, found).judge(index, raw)
    keyid = next(iter(_keyid(raw)), "")
    return JudgedEntry(index, raw, _statement(raw), keyid, tuple(found.kept), known.get(keyid))


def _keyid(raw: bytes) -> tuple[str, ...]:
    try:
        return (Envelope.parse(raw).keyid,)
    except StatementError:
        return ()


def _statement(raw: bytes) -> Statement | None:
    try:
        return read(raw)
    except StatementError:
        return None


def keyid(key: VerifierKey) -> str:
    """A key as envelopes name it."""
    return keyid_of(key)


# -------------------------------------------------------------------------------------- a copy to audit


class LiveCopy:
    """The log of this node as an audit reads it, at the size that it had when the audit began.

    Parameters
    ----------
    node : Node
    told : callable, optional
        Called with entries read and entries in all.
    """

    def __init__(self, node: Node, told: Progress | None = None) -> None:
        self.where = node.profile.origin
        self.source: Source | None = None
        self._log, self._head, self._told = node.log, head(node), told
        self.size = Checkpoint.parse(SignedNote.parse(self._head).text).size

    def checkpoint(self) -> bytes:
        """See `audit_copy.Copy`."""
        return self._head

    def bundle(self, index: int, width: int) -> Bundle:
        """See `audit_copy.Copy`."""
        first = index * TILE_WIDTH
        entries = self._entries(first, width)
        if self._told is not None:
            self._told(min(first + width, self.size), self.size)
        return Bundle(entries)

    def _entries(self, first: int, width: int) -> Sequence[bytes]:
        try:
            return self._log.entries(first, first + width)
        except (NotFoundError, StoreError) as error:
            missing = isinstance(error, NotFoundError)
            raise UnreadableError("entry.unreadable", error.what, missing=missing) from error

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        """See `audit_copy.Copy`."""
        try:
            return self._log.tile(level, index, width)
        except NotFoundError:
            return None
        except StoreError:
            return b""
