"""A log in a folder, as `riskshed log` keeps it: its store, its encrypted key, and what its witnesses signed.

    log.db        the store, one SQLite file (with -wal, -shm and .lock beside it)
    log.key       the private key of the log, encrypted at rest
    checkpoint    the last checkpoint that witnesses cosigned

An entry comes in only as a statement that a reader would accept: in its one form, signed by a key that the
record has named for that body. So a log that was written here alone has no finding in an audit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from riskshed.audit_copy import CHECKPOINT_FILE, STORE_FILE, with_cosignatures
from riskshed.audit_entries import EntryJudge
from riskshed.audit_keys import KeyBook, ListedKey
from riskshed.audit_report import Finding, FindingList
from riskshed.errors import Fault, InputFaults, LedgerError, NotFoundError, StoreError
from riskshed.ledger.durable import write_file
from riskshed.ledger.export import Exported, export
from riskshed.ledger.keyfile import read_key, read_verifier, write_key
from riskshed.ledger.keys import SigningKey, VerifierKey
from riskshed.ledger.log import Log, Receipt, State
from riskshed.ledger.merkle import (
    SubtreeHash,
    consistency_proof,
    inclusion_proof,
    range_hash,
    verify_inclusion,
)
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.policy import Policy
from riskshed.ledger.proof import LogProof
from riskshed.ledger.store import SqliteStore
from riskshed.ledger.tiles import TileHashes
from riskshed.ledger.witness_client import WAIT_S, Gathered, Witnesses

KEY_FILE = "log.key"
_STEP = 4_096


@dataclass(frozen=True, slots=True)
class LogFolder:
    """A folder with one log."""

    path: Path

    @classmethod
    def init(cls, path: Path, origin: str, passphrase: str) -> LogFolder:
        """Make a log with a new key; there must be none yet.

        Raises
        ------
        StoreError
            ``log.exists``; others as the store has them.
        KeyRefusedError
            The origin is no key name, or the key file cannot be written.
        """
        folder = cls(path)
        if folder._store_file.exists() or folder._key_file.exists():
            raise StoreError("log.exists", f"there is a log in {path} already", todo="Name another folder.")
        key = SigningKey.generate(origin, "log")
        write_key(folder._key_file, key, passphrase)
        try:
            Log(SqliteStore(folder._store_file), key).close()
        except BaseException:
            for name in (
                STORE_FILE,
                f"{STORE_FILE}.lock",
                f"{STORE_FILE}-wal",
                f"{STORE_FILE}-shm",
                KEY_FILE,
            ):
                with suppress(OSError):
                    (path / name).unlink(missing_ok=True)
            raise
        return folder

    @property
    def _store_file(self) -> Path:
        return self.path / STORE_FILE

    @property
    def _key_file(self) -> Path:
        return self.path / KEY_FILE

    @property
    def verifier(self) -> VerifierKey:
        """The public key of the log, as its key file says."""
        return read_verifier(self._key_file)[0]

    @contextmanager
    def reader(self) -> Iterator[SqliteStore]:
        """The store, read only; a writer may be at work beside it."""
        if not self._store_file.is_file():
            todo = "Make one: riskshed log init"
            raise NotFoundError("store.not_found", f"there is no log at {self.path}", todo=todo)
        with SqliteStore(self._store_file, read_only=True) as store:
            yield store

    @contextmanager
    def writer(self, passphrase: str) -> Iterator[Log]:
        """The log, open for writing; refused while another writer has it, before the key is opened."""
        if not self._store_file.is_file():
            todo = "Make one: riskshed log init"
            raise NotFoundError("store.not_found", f"there is no log at {self.path}", todo=todo)
        store = SqliteStore(self._store_file)
        try:
            key = read_key(self._key_file, passphrase, role="log")
        except BaseException:
            store.close()
            raise
        with Log(store, key) as log:
            yield log

    def append(
        self,
        named: Sequence[tuple[str, bytes]],
        passphrase: str,
        *,
        listed: Sequence[ListedKey] | None = None,
    ) -> Sequence[Receipt]:
        """Append statements, all or none.

        Parameters
        ----------
        named : sequence of (str, bytes)
            Each envelope with a name by which it can be told, such as its file.
        passphrase : str
            Of the log's key.
        listed : sequence of ListedKey, optional
            Bodies that may introduce themselves; without it, any may.

        Raises
        ------
        InputFaults
            ``log.refused``, with everything that an audit would say of them; nothing was appended.
        LockedError
            Another writer has the log.
        """
        with self.writer(passphrase) as log:
            book = KeyBook(listed, [self.verifier])
            for start in range(0, log.size, _STEP):
                book.replay(start, log.entries(start, min(start + _STEP, log.size)))
            found = FindingList()
            judge = EntryJudge(book, found)
            faults: list[Fault] = []
            for index, (name, raw) in enumerate(named, log.size):
                before = len(found.kept)
                judge.judge(index, raw)
                faults += [
                    Fault(
                        one.code, name, None, None, one.got or one.what, one.wanted or "a statement", one.what
                    )
                    for one in found.kept[before:]
                ]
            if faults:
                raise InputFaults("log.refused", f"the log {log.origin} does not take this", faults)
            return log.append_many([raw for _, raw in named])

    def checkpoint(self) -> SignedNote:
        """The last checkpoint, with the cosignatures that were gathered for it."""
        with self.reader() as store:
            head = store.load()
        if head is None:
            raise StoreError("log.damaged", f"the log in {self.path} has no checkpoint")
        return SignedNote.parse(with_cosignatures(head.note, self._kept()))

    def _kept(self) -> bytes:
        try:
            return (self.path / CHECKPOINT_FILE).read_bytes()
        except OSError:
            return b""

    def gather(self, policy: Policy, *, wait_s: float = WAIT_S) -> Gathered:
        """Show the last checkpoint to the witnesses of a policy, and keep what they sign."""
        note = self.checkpoint()
        with self.reader() as store:
            subtree = _subtree(store, Checkpoint.parse(note.text).size)
            witnesses = Witnesses(policy)
            try:
                told = witnesses.gather(
                    note,
                    lambda old, new: consistency_proof(old, new, subtree) if old else (),
                    wait_s=wait_s,
                    logs=[self.verifier],
                )
            finally:
                witnesses.close()
        write_file(self.path / CHECKPOINT_FILE, told.note.to_bytes())
        return told

    def prove(self, index: int) -> LogProof:
        """The proof that an entry is in the log, with the entry itself as its extra data.

        The cosigned checkpoint is taken where it covers the entry, else the last one.

        Raises
        ------
        NotFoundError
            ``log.no_entry``.
        StoreError
            ``log.damaged``.
        """
        note = self.checkpoint()
        if kept := self._cosigned(index):
            note = kept
        at = Checkpoint.parse(note.text)
        if not 0 <= index < at.size:
            raise NotFoundError("log.no_entry", f"the log has no entry {index}, it has {at.size} entries")
        with self.reader() as store:
            subtree = _subtree(store, at.size)
            entry = store.entries(index, index + 1)[0]
            hashes = inclusion_proof(index, at.size, subtree)
            try:
                verify_inclusion(index, at.size, subtree(0, index), hashes, at.root)
            except LedgerError as error:
                told = f"the log in {self.path} does not lead to the root it has signed: {error.what}"
                raise StoreError(
                    "log.damaged", told, todo="Audit it, and restore it from a mirror."
                ) from error
        return LogProof(index, hashes, note, entry)

    def _cosigned(self, index: int) -> SignedNote | None:
        with suppress(LedgerError):
            note = SignedNote.parse(self._kept())
            at = Checkpoint.parse(note.text)
            if at.origin == self.verifier.name and index < at.size and len(note.signatures) > 1:
                return note
        return None

    def export(self, folder: Path) -> Exported:
        """Write the log as static files; errors as `ledger.export`."""
        note = self.checkpoint()
        with self.reader() as store:
            return export(StoredLog(store, note), folder)


class StoredLog:
    """A log as its store has it, to be read only: no key is needed.

    Parameters
    ----------
    store : Store
    note : SignedNote
        Its last checkpoint.
    """

    def __init__(self, store: SqliteStore, note: SignedNote) -> None:
        self._checkpoint = Checkpoint.parse(note.text)
        self._note = note
        self._store = store
        self._subtree = _subtree(store, self._checkpoint.size)

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._checkpoint.origin

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self._checkpoint.size

    def state(self) -> State:
        """Checkpoint and note; StoreError ``log.damaged`` where the store does not lead to its root."""
        if self.root_at(self.size) != self._checkpoint.root:
            told = f"the store of {self.origin} does not lead to the root that the log has signed"
            raise StoreError("log.damaged", told, todo="Audit it; restore it from a mirror.")
        return State(self._checkpoint, self._note.to_bytes())

    def root_at(self, size: int) -> bytes:
        """The root that it had at a size."""
        return range_hash(0, size, self._subtree)

    def entries(self, start: int, end: int) -> list[bytes]:
        """As `Store.entries`."""
        return self._store.entries(start, end)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """As `Store.tile`."""
        return self._store.tile(level, index, width)


def _fault(name: str, found: Finding) -> Fault:
    return Fault(found.code, name, None, None, found.got or "this", found.wanted or "a statement", found.what)


def _subtree(store: SqliteStore, size: int) -> SubtreeHash:
    return TileHashes(size, store.tile).subtree_hash
