"""The log: entries in, receipts out, and nothing said that is not on disk and signed.

Whoever appends an entry gets an answer only after three things: the entry lies on disk, flushed; the tree
that holds it has a root; and the log's key has signed a checkpoint with that root. Doing this for each entry
alone would wait for the disk each time, so one writer thread takes all that has come in since the last time,
and writes, flushes and signs once for all of it (group commit). Nobody waits on purpose: a lone caller is
served at once, a crowd is served together.

The log stops at doubt. When a write fails, what is on disk may differ from what is in memory, and to go on
would sign a history that the next start does not find. It then takes no more entries until it is opened
again; opening reads what is durable, and what was acknowledged is there, in its place.

The same truth is checked twice, far apart: before it is written, the root from the frontier of the growing
tree must equal the root from the tiles that go to the store; after it is read, the tiles must lead to the
root that the log's own key has signed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, repeat
from typing import Any, NamedTuple, Self

from riskshed.errors import (
    DoubtError,
    LedgerError,
    MalformedError,
    NotFoundError,
    ProofError,
    StoreError,
)
from riskshed.ledger.keys import SigningKey, VerifierKey
from riskshed.ledger.merkle import (
    HASH_BYTES,
    consistency_proof,
    inclusion_proof,
    leaf_hashes,
    node_hash,
    range_hash,
    verify_growth,
    verify_inclusion,
)
from riskshed.ledger.note import Checkpoint, open_note, sign_checkpoint
from riskshed.ledger.store import Batch, Head, Store
from riskshed.ledger.tiles import ENTRY_BYTES_MAX, TILE_HEIGHT, TileHashes, TileTree

BATCH_ENTRIES_MAX = 8_192
"""At so many entries the writer closes a batch; one call may bring more, up to `CALL_ENTRIES_MAX`."""
CALL_ENTRIES_MAX = 65_536
WAITING_ENTRIES_MAX = 262_144


class Receipt(NamedTuple):
    """What the log answers: where the entry stands, and the signed checkpoint that covers it.

    `checkpoint` is the signed note of the tree of `size` entries, which is larger than `index`.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks of a receipt
    leaf_hash: bytes
    size: int
    checkpoint: bytes


@dataclass(frozen=True, slots=True)
class Ticket:
    """Entries that are to be written together, and whom to tell."""

    entries: Sequence[bytes]
    settle: Callable[[Sequence[Receipt]], None]
    fail: Callable[[LedgerError], None]


@dataclass(frozen=True, slots=True)
class State:
    """What is durable and signed; replaced as a whole after each commit."""

    checkpoint: Checkpoint
    note: bytes


class Peaks:
    """The complete subtrees at the right edge of a partial tile, from the bytes of the tile alone."""

    __slots__ = ("_edge", "by_height")

    def __init__(self) -> None:
        self._edge = b""
        self.by_height: list[bytes] = [b""] * TILE_HEIGHT

    def follow(self, edge: bytes) -> None:
        """Take the tile as it is now; what it had before is not hashed again."""
        known = len(self._edge) if edge.startswith(self._edge) else 0
        for at in range(known, len(edge), HASH_BYTES):
            height, one = 0, edge[at : at + HASH_BYTES]
            while at // HASH_BYTES >> height & 1:
                one = node_hash(self.by_height[height], one)
                height += 1
            self.by_height[height] = one
        self._edge = edge


class Log:
    """One log, open for writing: it owns its store and the thread that writes to it.

    Any thread and any event loop may call it. Reads see what is durable and still answer when it has stopped.

    Parameters
    ----------
    store : Store
        Open for writing; the log closes it. A store that holds nothing yet gets a checkpoint of size 0.
    key : SigningKey
        The key of the log; its name is the origin.
    former : iterable of VerifierKey
        Keys that the log had before, one of which may have signed the last checkpoint.

    Raises
    ------
    StoreError
        ``log.damaged`` where what is stored does not lead to the signed root; others as the store has them.
    SignatureError
        The last checkpoint is not signed by this log.
    """

    def __init__(self, store: Store, key: SigningKey, *, former: Iterable[VerifierKey] = ()) -> None:
        self.origin = key.name
        self._store = store
        self._key = key
        self._stopped: LedgerError | None = None
        self._closing = False
        # Guards _waiting, _waiting_entries, _stopped and _closing; the writer sleeps on it.
        self._wake = threading.Condition()
        self._waiting: list[Ticket] = []
        self._waiting_entries = 0
        # Owned by each event loop: what its tasks have brought since the last turn of the loop.
        self._crowds: dict[asyncio.AbstractEventLoop, list[tuple[bytes, asyncio.Future[Receipt]]]] = {}
        self._proving = threading.Lock()  # owns _hashes
        try:
            self._tree, self._state = self._resume([key.verifier, *former])
        except BaseException:
            store.close()
            raise
        self._peaks: list[Peaks] = []  # by tile level; owned by the writer
        self._hashes = TileHashes(self.size, store.tile)
        self._writer = threading.Thread(target=self._serve, name=f"log {self.origin}", daemon=True)
        self._writer.start()

    def _resume(self, keys: list[VerifierKey]) -> tuple[TileTree, State]:
        """The tree and the state as the store has them; the pair of the check in `_commit`."""
        head = self._store.load()
        if head is None:
            return TileTree(), self._begin()
        try:
            checkpoint = Checkpoint.parse(open_note(head.note, keys).note.text)
            tree = TileTree.resume(head.size, self._store.tile)
        except (NotFoundError, MalformedError) as error:
            raise self._damage(error.what) from error
        if (checkpoint.origin, checkpoint.size, checkpoint.root) != (self.origin, head.size, tree.root()):
            raise self._damage(f"{head.size} entries do not lead to the signed root")
        return tree, State(checkpoint, head.note)

    def _damage(self, what: str) -> StoreError:
        told = f"the files of the log {self.origin} are not as it has signed them: {what}"
        return StoreError("log.damaged", told, todo="Keep them as they are; restore the log from a mirror.")

    def _begin(self) -> State:
        """Sign that there is nothing yet, so that every log has a checkpoint."""
        checkpoint = Checkpoint(self.origin, 0, TileTree().root())
        note = sign_checkpoint(checkpoint, self._key).to_bytes()
        self._store.commit(Batch(0, (), (), Head(0, note)))
        return State(checkpoint, note)

    @property
    def stopped(self) -> LedgerError | None:
        """Why it takes no more entries until it is opened again; None while it does."""
        return self._stopped

    @property
    def size(self) -> int:
        """Entries that are durable and covered by the checkpoint."""
        return self._state.checkpoint.size

    @property
    def root(self) -> bytes:
        """The root of the tree of `size` entries."""
        return self._state.checkpoint.root

    @property
    def checkpoint(self) -> bytes:
        """The last signed checkpoint, durable."""
        return self._state.note

    def state(self) -> State:
        """Size, root and signed note, of one and the same moment."""
        return self._state

    def append(self, entry: bytes) -> Receipt:
        """Write one entry, and answer when it is durable and signed for.

        Raises
        ------
        LedgerError
            ``entry.size``: more than 65,535 bytes. ``log.busy``: too many wait; nothing was taken, try again.
            ``log.stopped``, ``log.closed``: nothing was taken.
        StoreError
            The write failed, and the entry is surely not in the log.
        DoubtError
            The write failed, and the entry may or may not be in the log.
        """
        return self.append_many((entry,))[0]

    def append_many(self, entries: Sequence[bytes]) -> Sequence[Receipt]:
        """Write entries together and in order, all or none; otherwise as `append`."""
        return self.submit(entries).result()

    def submit(self, entries: Sequence[bytes]) -> Future[Sequence[Receipt]]:
        """As `append_many`, without waiting. Callbacks of the future hold up the writer: keep them short."""
        told: Future[Sequence[Receipt]] = Future()
        told.set_running_or_notify_cancel()
        if entries:
            self._enqueue(Ticket(_checked(entries), told.set_result, told.set_exception))
        else:
            told.set_result(())
        return told

    async def append_async(self, entry: bytes) -> Receipt:
        """As `append`, for a task of an event loop. A task that is cancelled may have its entry written."""
        assert isinstance(entry, bytes), "an entry is bytes"
        if len(entry) > ENTRY_BYTES_MAX:
            _checked((entry,))
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Receipt] = loop.create_future()
        crowd = self._crowds.get(loop)
        if crowd is None:
            # The tasks that are ready now run before this, so that they go to the disk together.
            crowd = self._crowds[loop] = []
            loop.call_soon(self._enqueue_crowd, loop)
        crowd.append((entry, waiting))
        return await waiting

    def _enqueue_crowd(self, loop: asyncio.AbstractEventLoop) -> None:
        entries, waiting = zip(*self._crowds.pop(loop), strict=True)
        settle = partial(_tell_loop, loop, partial(_settle_all, waiting))
        fail = partial(_tell_loop, loop, partial(_fail_all, waiting))
        try:
            self._enqueue(Ticket(entries, settle, fail))
        except LedgerError as error:
            _fail_all(waiting, error)

    def _enqueue(self, ticket: Ticket) -> None:
        with self._wake:
            if self._stopped or self._closing:
                raise self._refusal()
            if self._waiting_entries + len(ticket.entries) > WAITING_ENTRIES_MAX:
                told = f"{self._waiting_entries} entries wait for the log {self.origin} already"
                raise LedgerError("log.busy", told, todo="Try again in a second.")
            self._waiting.append(ticket)
            self._waiting_entries += len(ticket.entries)
            if len(self._waiting) == 1:
                self._wake.notify()

    def _refusal(self) -> LedgerError:
        if self._stopped is None:
            return LedgerError("log.closed", f"the log {self.origin} has been closed")
        told = f"the log {self.origin} has stopped at {self.size} entries: {self._stopped.what}"
        return LedgerError("log.stopped", told, todo="Open it again; what was acknowledged is there.")

    def _serve(self) -> None:
        """The writer: take what waits, write it, tell, until the log is closed or stops."""
        while tickets := self._take():
            for together in _batches(tickets):
                with self._wake:
                    self._waiting_entries -= sum(len(one.entries) for one in together)
                if self._stopped is not None:
                    for one in together:
                        one.fail(self._refusal())
                    continue
                try:
                    receipts = self._commit(list(chain.from_iterable(one.entries for one in together)))
                except Exception as error:  # whatever it was, nobody may be left waiting
                    self._stop(error, together)
                    continue
                in_order = iter(receipts)
                for one in together:
                    one.settle(list(islice(in_order, len(one.entries))))

    def _take(self) -> list[Ticket]:
        with self._wake:
            while not self._waiting and not self._closing:
                self._wake.wait()
            tickets, self._waiting = self._waiting, []
            return tickets

    def _stop(self, error: Exception, together: Sequence[Ticket]) -> None:
        if not isinstance(error, LedgerError):
            # The program is wrong, somewhere between the tree and the disk: nobody knows what was written.
            error = DoubtError("log.failed", f"the log {self.origin} failed: {type(error).__name__}: {error}")
        with self._wake:
            self._stopped = error
        for one in together:
            one.fail(error)

    def _commit(self, entries: list[bytes]) -> Sequence[Receipt]:
        """Grow the tree, sign, store, and only then let it be seen."""
        tree, start = self._tree, self._tree.size
        leaves = leaf_hashes(entries)
        full = tree.append(leaves)
        tiles = [(one.level, one.index, one.hashes) for one in full]
        for level in sorted({one.level + 1 for one in full}):
            if edge := tree.edge(level):
                tiles.append((level, tree.size >> TILE_HEIGHT * (level + 1), edge))
        root = tree.root()
        assert self._root_of_edges() == root, "the frontier and the tiles of one tree have one root"
        checkpoint = Checkpoint(self.origin, tree.size, root)
        note = sign_checkpoint(checkpoint, self._key).to_bytes()
        self._store.commit(Batch(start, entries, tiles, Head(tree.size, note)))
        self._state = State(checkpoint, note)
        fields = zip(range(start, tree.size), leaves, repeat(tree.size), repeat(note), strict=False)
        # As Receipt(*fields), without a call of Python for each.
        return list(map(tuple.__new__, repeat(Receipt), fields))

    def _root_of_edges(self) -> bytes:
        """The root once more, from the partial tiles."""

        def subtree_hash(level: int, _: int) -> bytes:
            return self._peaks[level // TILE_HEIGHT].by_height[level % TILE_HEIGHT]

        size = self._tree.size
        for level in range((size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT):
            if level == len(self._peaks):
                self._peaks.append(Peaks())
            self._peaks[level].follow(self._tree.edge(level))
        return range_hash(0, size, subtree_hash)

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from `start` up to and without `end`; errors as `Store.entries`."""
        return self._store.entries(start, end)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The first hashes of a tile; errors as `Store.tile`."""
        return self._store.tile(level, index, width)

    def subtree_hash(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree of what is durable; errors as `TileHashes.subtree_hash`."""
        with self._proving:
            self._hashes.size = self.size
            return self._hashes.subtree_hash(level, index)

    def root_at(self, size: int) -> bytes:
        """The root that the log had at a size: ProofError ``proof.sizes`` if it is not so large yet."""
        return range_hash(0, size, self.subtree_hash)

    def prove_inclusion(self, index: int, state: State | None = None) -> tuple[bytes, ...]:
        """That entry `index` is in the log as it is now, or as it was in an earlier state.

        Raises
        ------
        ProofError
            ``proof.index``: there is no such entry.
        StoreError
            ``log.damaged``: what is stored does not lead to the signed root.
        """
        at = (state or self._state).checkpoint
        proof = inclusion_proof(index, at.size, self.subtree_hash)
        with self._undamaged():
            verify_inclusion(index, at.size, self.subtree_hash(0, index), proof, at.root)
        return proof

    def prove_consistency(self, old: int, state: State | None = None) -> tuple[bytes, ...]:
        """That the log only added to what it was at size `old`; none is needed from size 0.

        Raises
        ------
        ProofError
            ``proof.sizes``: the log is not so large.
        StoreError
            ``log.damaged``: what is stored does not lead to the signed root.
        """
        at = (state or self._state).checkpoint
        proof = consistency_proof(old, at.size, self.subtree_hash) if old else ()
        with self._undamaged():
            verify_growth(old, at.size, self.root_at(old), at.root, proof)
        return proof

    @contextmanager
    def _undamaged(self) -> Iterator[None]:
        """A proof of ours that does not hold says that our own files are damaged."""
        try:
            yield
        except ProofError as error:
            raise self._damage(error.what) from error

    def close(self) -> None:
        """Write what waits, then give back the store. May be called twice."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._writer.join()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _checked(entries: Sequence[bytes]) -> Sequence[bytes]:
    """Refuse in the caller's thread what would fail in the writer's."""
    if len(entries) > CALL_ENTRIES_MAX:
        told = f"{len(entries)} entries at once, want at most {CALL_ENTRIES_MAX}"
        raise LedgerError("log.call_size", told, todo="Append them in parts.")
    assert set(map(type, entries)) <= {bytes}, "an entry is bytes"
    if (longest := max(map(len, entries))) > ENTRY_BYTES_MAX:
        told = f"an entry has {longest} bytes, want at most {ENTRY_BYTES_MAX}"
        raise LedgerError("entry.size", told)
    return entries


def _batches(tickets: Sequence[Ticket]) -> Iterator[list[Ticket]]:
    """Tickets in order, in groups that are written together."""
    group: list[Ticket] = []
    count = 0
    for ticket in tickets:
        if group and count + len(ticket.entries) > BATCH_ENTRIES_MAX:
            yield group
            group, count = [], 0
        group.append(ticket)
        count += len(ticket.entries)
    if group:
        yield group


def _tell_loop(loop: asyncio.AbstractEventLoop, tell: Callable[[Any], None], what: object) -> None:
    """Hand over to the thread of an event loop; one that has been closed no longer asks."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(tell, what)


def _settle_all(waiting: Sequence[asyncio.Future[Receipt]], receipts: Sequence[Receipt]) -> None:
    for one, receipt in zip(waiting, receipts, strict=True):
        if not one.done():
            one.set_result(receipt)


def _fail_all(waiting: Sequence[asyncio.Future[Receipt]], error: LedgerError) -> None:
    for one in waiting:
        if not one.done():
            one.set_exception(error)
