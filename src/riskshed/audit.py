"""Replay a log without any server and without trust in its writer, and name exactly what is wrong.

Who audits has the files of a log, a policy (whose signature under a checkpoint is enough), perhaps a list of
the keys of the bodies, and perhaps a memory: a checkpoint or a mirror that was kept from an earlier day. From
these the audit works out on its own

- whether the checkpoint is signed by the log, and seen by the quorum;
- whether the entries lead to its root, and where not, which one was edited, dropped, inserted or moved;
- whether each entry is a statement of its body, in its one form, by a key that counted at that place;
- whether the log still contains what is remembered of it. A log that was rolled back has a shorter head than
  the memory; one that was forked has another past, and two signatures of its own prove it to anybody.

It reads the log once, a bundle at a time, and a second time only where something is wrong. What no audit can
see is what was written and taken back before anyone looked, and no witness saw: that is what witnesses are
for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from riskshed.audit_blame import Blame
from riskshed.audit_copy import (
    CHECKPOINT_BYTES_MAX,
    Bundle,
    Copy,
    NoFiles,
    UnreadableError,
    open_copy,
)
from riskshed.audit_entries import EntryJudge, Opened
from riskshed.audit_keys import KeyBook, ListedKey
from riskshed.audit_report import Finding, FindingList, Report
from riskshed.errors import InputError, LedgerError, MalformedError, SignatureError
from riskshed.ledger.fork_proof import ForkProof
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.merkle import SubtreeHash, leaf_hashes, range_hash
from riskshed.ledger.mirror_tiles import TrueTiles
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.policy import Judgement, Policy
from riskshed.ledger.split_view import SplitView
from riskshed.ledger.tiles import TILE_WIDTH, TileAt, TileHashes, TileTree, tiles_of
from riskshed.log_sight import bundles

SignedHashes = TrueTiles | TileHashes | None
"""The hashes of the tree that was signed, where anything leads to its root."""
OPEN_POLICY = Policy((), (), (), "none")
"""Asks for no witness; the keys of the logs are given beside it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a log: a checkpoint that it signed once, and perhaps a copy from that day."""

    where: str
    note: SignedNote
    copy: Copy | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return Checkpoint.parse(self.note.text)


def audit(
    log: str | Path | Copy,
    policy: Policy | None = None,
    *,
    logs: Iterable[VerifierKey] = (),
    keys: Iterable[ListedKey] | None = None,
    against: Iterable[str | Path | Memory] = (),
    sealed: Opened | None = None,
    statements: bool = True,
) -> Report:
    """Audit a log.

    Parameters
    ----------
    log : str, Path or Copy
        A folder with static files, a folder of ``riskshed log``, the file of a store, or an address.
    policy : Policy, optional
        Whose logs are believed, and which witnesses must have seen the checkpoint.
    logs : iterable of VerifierKey
        More logs that are believed; without a policy, the only ones, and no witness is asked for.
    keys : iterable of ListedKey, optional
        The keys of the bodies as the reader knows them. Without a list the log's own introductions count.
    against : iterable of str, Path or Memory
        What is remembered: files with a checkpoint, or copies such as a mirror.
    sealed : mapping, optional
        Salt and body of sealed statements, by id.
    statements : bool
        False for a log whose entries are something else: they are held against the root alone.

    Raises
    ------
    NotFoundError, StoreError, FetchError
        The log cannot be read at all.
    InputError
        ``audit.memory``: what is remembered is no checkpoint that a log of the policy signed.
    """
    run = _Run(policy or OPEN_POLICY, tuple(logs), keys, sealed, statements=statements)
    with ExitStack() as stack:
        memories = [one if isinstance(one, Memory) else run.memory(one, stack) for one in against]
        copy = stack.enter_context(open_copy(log)) if isinstance(log, str | Path) else log
        return run.audit(copy, memories)


class _Run:
    """One audit of one log."""

    def __init__(
        self,
        policy: Policy,
        logs: tuple[VerifierKey, ...],
        keys: Iterable[ListedKey] | None,
        sealed: Opened | None,
        *,
        statements: bool,
    ) -> None:
        self.policy = policy
        self.logs = (*(log.key for log in policy.logs), *logs)
        self.found = FindingList()
        taken = (*self.logs, *(one.key for one in policy.witnesses))
        self.book = KeyBook(keys, taken)
        self.judge = EntryJudge(self.book, self.found, sealed) if statements else None
        self.entries = 0
        # Grown from the entries alone; None once an entry is missing, since then no root can be told.
        self.tree: TileTree | None = TileTree()
        self.roots: dict[int, bytes] = {}
        self.wrong_tiles: list[tuple[TileAt, bool]] = []  # with whether the tile is there
        self.gaps: set[int] = set()
        self.proof: bytes | None = None

    # ------------------------------------------------------------------------------- what is remembered

    def memory(self, where: str | Path, stack: ExitStack) -> Memory:
        """A checkpoint file, or a copy with its own head; refused unless a log of the policy signed it."""
        copy = None
        try:
            path = Path(where)
            if not (isinstance(where, str) and "://" in where) and path.is_file() and not _is_store(path):
                with path.open("rb") as file:
                    data = file.read(CHECKPOINT_BYTES_MAX)
            else:
                copy = stack.enter_context(open_copy(where))
                data = copy.checkpoint()
            note = SignedNote.parse(data)
            self.policy.judge(note, self.logs)
        except (OSError, ValueError) as error:
            raise _bad_memory(where, str(error)) from error
        except LedgerError as error:
            raise _bad_memory(where, error.what) from error
        return Memory(str(where), note, copy)

    # ------------------------------------------------------------------------------------ the whole audit

    def audit(self, copy: Copy, memories: Sequence[Memory]) -> Report:
        head = self._head(copy)
        if head is None:
            return self._report(copy, None, None, memories)
        note, checkpoint, judgement = head
        self._read(copy, checkpoint.size, sorted({one.checkpoint.size for one in memories}))
        is_signed = self.tree is not None and self.tree.root() == checkpoint.root
        hashes = self._hashes(copy, checkpoint, is_signed=is_signed)
        if is_signed:
            self._tell_tiles(copy)
        elif not (self._explain(copy, checkpoint, hashes, memories)):
            told = f"{self.entries} entries do not lead to the root that the checkpoint of size"
            self.found.add("log.root", f"{told} {checkpoint.size} has", wanted=checkpoint.root.hex())
        for memory in memories:
            self._compare(copy, checkpoint, note, memory, hashes, is_signed=is_signed)
        if self.judge is not None:
            self.judge.finish()
        return self._report(copy, checkpoint, judgement, memories)

    def _report(
        self,
        copy: Copy,
        checkpoint: Checkpoint | None,
        judgement: Judgement | None,
        memories: Sequence[Memory],
    ) -> Report:
        return Report(
            log=copy.where,
            origin=checkpoint.origin if checkpoint else "",
            size=checkpoint.size if checkpoint else 0,
            root=checkpoint.root.hex() if checkpoint else "",
            entries=self.entries,
            statements=self.judge.statements if self.judge else 0,
            bodies=len(self.book.bodies),
            keys=len(self.book),
            witnessed=judgement.witnessed if judgement else {},
            compared=tuple(f"{one.where} at size {one.checkpoint.size}" for one in memories),
            findings=tuple(self.found.kept),
            counts=dict(self.found.counts),
            proof=self.proof,
        )

    # --------------------------------------------------------------------------------------- the checkpoint

    def _head(self, copy: Copy) -> tuple[SignedNote, Checkpoint, Judgement | None] | None:
        """The checkpoint, judged; None where there is none that could be read."""
        try:
            note = SignedNote.parse(copy.checkpoint())
            checkpoint = Checkpoint.parse(note.text)
        except UnreadableError as error:
            code = "checkpoint.missing" if error.missing else "checkpoint.malformed"
            self.found.add(code, error.what)
            return None
        except MalformedError as error:
            self.found.add("checkpoint.malformed", error.what)
            return None
        try:
            judgement = self.policy.judge(note, self.logs)
        except SignatureError as error:
            self.found.add("checkpoint.signature", error.what)
            return note, checkpoint, None
        if not judgement.met:
            told = f"the quorum {self.policy.quorum} has not seen the checkpoint of size {checkpoint.size}"
            got = f"cosigned by {', '.join(judgement.witnessed) or 'nobody'}"
            self.found.add("policy.quorum", told, got=got, wanted=", ".join(judgement.missing))
        return note, checkpoint, judgement

    # ------------------------------------------------------------------------------------- all the entries

    def _read(self, copy: Copy, size: int, cuts: Sequence[int]) -> None:
        """One pass over the entries: judge each, grow the tree, and look at the tiles as they fill."""
        self._grow(copy, (), cuts)
        for at, bundle in bundles(copy, size):
            if isinstance(bundle, UnreadableError):
                self._gap(at, bundle, size)
            else:
                self._take(copy, at.index * TILE_WIDTH, bundle, at.width, cuts)
        if self.tree is not None:
            for edge in tiles_of(size, size):
                assert edge.level is not None
                self._check_tile(copy, edge, self.tree.edge(edge.level))

    def _gap(self, at: TileAt, error: UnreadableError, size: int) -> None:
        first, last = at.index * TILE_WIDTH, at.index * TILE_WIDTH + at.width - 1
        if at.index - 1 in self.gaps and error.missing:
            return
        ends = error.missing and last == size - 1
        code = "log.truncated" if ends else "entry.unreadable"
        self.found.add(code, f"the entries {first} to {last} cannot be read: {error.what}", first)
        self.gaps.add(at.index)
        self.tree = None

    def _take(self, copy: Copy, first: int, bundle: Bundle, width: int, cuts: Sequence[int]) -> None:
        if bundle.fault:
            self.found.add("entry.bundle", f"the bundle of entry {first}: {bundle.fault}", first)
        entries = bundle.entries
        self.entries += len(entries)
        if self.judge is not None:
            for index, raw in enumerate(entries, first):
                self.judge.judge(index, raw)
        if len(entries) == width:
            self._grow(copy, leaf_hashes(entries), cuts)
        else:
            self.tree = None

    def _grow(self, copy: Copy, leaves: Sequence[bytes], cuts: Sequence[int]) -> None:
        """Grow the tree by a bundle, and note its root at each remembered size on the way."""
        if self.tree is None:
            return
        start, at = self.tree.size, 0
        for cut in (*(one for one in cuts if start <= one < start + len(leaves)), start + len(leaves)):
            for tile in self.tree.append(leaves[at : cut - start]):
                self._check_tile(copy, TileAt(tile.level, tile.index), tile.hashes)
            at = cut - start
            if cut in cuts:
                self.roots[cut] = self.tree.root()

    def _check_tile(self, copy: Copy, at: TileAt, true: bytes) -> None:
        # A store makes its lowest tiles from the entries whenever it is asked.
        assert at.level is not None
        if at.level or copy.source is not None:
            stored = copy.tile(at.level, at.index, at.width)
            if stored != true:
                self.wrong_tiles.append((at, stored is not None))

    def _tell_tiles(self, copy: Copy) -> None:
        for at, is_there in self.wrong_tiles:
            if is_there:
                self.found.add("tile.edited", f"{at.path} does not hold the hashes of the entries below it")
            else:
                self.found.add("tile.missing", f"{copy.where} has no file {at.path}")

    # ------------------------------------------------------------------------------------ what went wrong

    def _hashes(
        self, copy: Copy, checkpoint: Checkpoint, *, is_signed: bool
    ) -> TrueTiles | TileHashes | None:
        """The hashes of the tree that the checkpoint has signed, out of tiles that lead to its root."""
        if checkpoint.size == 0:
            return None
        if copy.source is not None:
            with suppress(LedgerError):
                return TrueTiles(copy.source, NoFiles(), checkpoint.size, checkpoint.root)
        elif is_signed:
            return TileHashes(checkpoint.size, lambda *at: copy.tile(*at) or b"")
        return None

    def _explain(
        self,
        copy: Copy,
        checkpoint: Checkpoint,
        hashes: SignedHashes,
        memories: Sequence[Memory],
    ) -> bool:
        """Name the entries that are not those that were signed; False where nothing tells which."""
        before = self.found.total
        blame = Blame(copy, checkpoint.size, self.gaps, self.found)
        if isinstance(hashes, TrueTiles):
            blame.name(hashes, checkpoint.size)
        for memory in memories:
            if self.found.total == before and memory.copy is not None:
                blame.name_from(memory.copy, memory.checkpoint)
        for at, _ in self.wrong_tiles:
            if self.found.total == before and at.level == 1:
                first = at.index * TILE_WIDTH**2
                told = f"among the entries from {first} on are others than {at.path} was made of"
                self.found.add("log.root", told, first, wanted=checkpoint.root.hex())
        return self.found.total > before

    # ---------------------------------------------------------------------- held against what is remembered

    def _compare(
        self,
        copy: Copy,
        new: Checkpoint,
        note: SignedNote,
        memory: Memory,
        hashes: SignedHashes,
        *,
        is_signed: bool,
    ) -> None:
        old = memory.checkpoint
        if old.origin != new.origin:
            told = f"this is the log {new.origin[:80]!r}, and {memory.where} is of {old.origin[:80]!r}"
            self.found.add("log.other", told)
        elif old.size == new.size:
            if old.root != new.root:
                self._forked(f"two roots are signed for size {new.size}", SplitView.of(memory.note, note))
                self._name_fork(copy, memory, new.size)
        elif new.size < old.size:
            told = f"the log is at size {new.size}, and {memory.where} has seen it at size {old.size}"
            self.found.add("log.rolled_back", told, got=str(new.size), wanted=f"at least {old.size}")
            self._name_fork(copy, memory, new.size)
        else:
            subtree = _subtree(hashes)
            root = self.roots.get(old.size) if is_signed else _root_at(old.size, subtree)
            if root is not None and root != old.root:
                proof = None
                with suppress(LedgerError):
                    proof = ForkProof.of(memory.note, note, subtree) if subtree else None
                told = f"the first {old.size} entries are not those that {memory.where} has seen"
                self._forked(told, proof)
                self._name_fork(copy, memory, new.size)

    def _forked(self, told: str, proof: SplitView | ForkProof | None) -> None:
        proven = False
        with suppress(LedgerError):
            proven = proof is not None and bool(proof.verify(self.logs))
        if proven and proof is not None and self.proof is None:
            self.proof = proof.to_bytes()
        shown = "proven by its own signatures" if proven else "not proven to others: a signature is missing"
        self.found.add("log.forked", f"the log has changed its history: {told}", got=shown)

    def _name_fork(self, copy: Copy, memory: Memory, size: int) -> None:
        """Where a copy of the other day is there too, say which entries are others; none for a roll-back."""
        if memory.copy is not None:
            Blame(copy, size, self.gaps, self.found).name_from(memory.copy, memory.checkpoint)


def _subtree(hashes: SignedHashes) -> SubtreeHash | None:
    if isinstance(hashes, TrueTiles):
        return TileHashes(hashes.size, hashes.tile).subtree_hash
    return hashes.subtree_hash if hashes else None


def _root_at(size: int, subtree: SubtreeHash | None) -> bytes | None:
    with suppress(LedgerError):
        return range_hash(0, size, subtree) if subtree else None
    return None


def _is_store(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\x00"


def _bad_memory(where: str | Path, why: str) -> InputError:
    todo = "Name a checkpoint, or a mirror, of the log that you audit."
    return InputError("audit.memory", f"{where} is no memory of this log: {why}", todo=todo)


__all__ = ["Finding", "Memory", "Report", "audit"]
