"""Keep a copy of a peer's log that nobody, the peer included, can change afterwards.

A mirror fetches the checkpoint of a log, and then believes nothing but its signature: it must be of this log,
signed by its key (and seen by the quorum of the policy, where there is one), not older than what is kept, and
it must only add to what is kept. Every tile and every entry must lead to its root before it is kept under its
name, so the copy is true at every moment, also after a run that was killed halfway.

Two ways lead there. A log that grew a little is followed by its new entries alone: what is kept and what is
new must together give the signed root, and of a bundle that grew only the new bytes are fetched. Where that
does not come out, or for a large growth, the tiles are fetched as well, and the wrong one is named.

A log may be seen at several sizes before one of them is complete here. The checkpoint that a run works
towards is therefore kept as well (``.pending``): a log that takes it back has changed its history, and is
refused.

    checkpoint, tile/...      the log, as it may be served again
    .pending                  the checkpoint that an unfinished run works towards
    .lock                     one run at a time
    split-view.json           two checkpoints of one size, should the log ever sign them
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from riskshed.errors import LedgerError, MalformedError, SignatureError
from riskshed.ledger.durable import PART_SUFFIX, flush_folders, write_file
from riskshed.ledger.fetch import TIMEOUT_S, Source, open_source
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.lock import WriterLock
from riskshed.ledger.merkle import leaf_hashes, range_hash
from riskshed.ledger.mirror_tiles import KeptFiles, TamperedError, TrueTiles, fetch_bundle
from riskshed.ledger.note import Checkpoint, SignedNote, verify_note
from riskshed.ledger.policy import Policy
from riskshed.ledger.split_view import SplitView, SplitViewError
from riskshed.ledger.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    TileAt,
    TileHashes,
    TileTree,
    bundles_of,
    decode_bundle,
    entries_path,
    partial_width,
    tile_path,
    tiles_of,
)

CHECKPOINT_BYTES_MAX = 65_536
SMALL_GROWTH = TILE_WIDTH
"""Up to so many new entries, they are fetched without tiles."""


class MirrorError(LedgerError):
    """The log, or what is kept of it, is not what it was.

    Attributes
    ----------
    kept, offered : SignedNote or None
        The checkpoints that contradict each other.
    """

    def __init__(
        self,
        code: str,
        what: str,
        *,
        kept: SignedNote | None = None,
        offered: SignedNote | None = None,
        todo: str = "",
    ) -> None:
        super().__init__(code, what, todo=todo)
        self.kept = kept
        self.offered = offered


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of a mirror did.

    Parameters
    ----------
    origin : str
        The log.
    size_before, size : int
        Entries kept before and after.
    root : str
        The root after, in hex.
    requests, bytes_received : int
        What was asked of the source, and the bytes of the bodies that came.
    files_written : int
        Verified files, without the checkpoint.
    files_mended : int
        Files that were found here and did not verify: they were fetched again.
    witnessed : tuple of str
        The witnesses of the policy that cosigned.
    """

    origin: str
    size_before: int
    size: int
    root: str
    requests: int
    bytes_received: int
    files_written: int
    files_mended: int
    witnessed: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """For a machine."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Trust:
    """Whose checkpoints are believed."""

    keys: tuple[VerifierKey, ...]
    policy: Policy | None
    origin: str | None

    def open(self, data: bytes, *, quorum: bool) -> tuple[Checkpoint, SignedNote, tuple[str, ...]]:
        note = SignedNote.parse(data)
        checkpoint = Checkpoint.parse(note.text)
        if self.origin is not None and checkpoint.origin != self.origin:
            told = f"this is the log {checkpoint.origin[:80]!r}, want {self.origin!r}"
            raise SignatureError("checkpoint.origin", told)
        if self.policy is not None:
            judge = self.policy.require if quorum else self.policy.judge
            return checkpoint, note, tuple(judge(note, self.keys).witnessed)
        own = [key for key in self.keys if key.name == checkpoint.origin]
        if not own:
            raise SignatureError(
                "checkpoint.origin", f"no known key is of the log {checkpoint.origin[:80]!r}"
            )
        verify_note(note, own)
        return checkpoint, note, ()


def mirror(
    source: str | Path,
    folder: Path,
    *,
    vkeys: Iterable[VerifierKey | str] = (),
    policy: Policy | None = None,
    origin: str | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Report:
    """Bring the copy in `folder` up to the log at `source`, verified; may be stopped and run again.

    Parameters
    ----------
    source : str or Path
        The address of the log (``http://``, ``https://``), or a folder with its files.
    folder : Path
        Where the copy lies; made if it is not there.
    vkeys : iterable of VerifierKey or str
        Keys of the log; the name of a key is the origin of its log.
    policy : Policy, optional
        Its logs are believed too, and its quorum must have seen every checkpoint.
    origin : str, optional
        The log that is wanted; otherwise the one that is kept already, or else any whose key is known.
    timeout_s : float
        The longest that one request may take.

    Raises
    ------
    FetchError
        No answer, or one that is too long, too short, or from elsewhere.
    MalformedError, SignatureError
        The checkpoint is none, or not signed as it must be.
    TamperedError
        ``mirror.entry``, ``mirror.bundle``, ``mirror.tile``: the source has something else than was signed.
    MirrorError
        ``mirror.rolled_back``, ``mirror.forked``, ``mirror.kept`` (what is kept is damaged).
    SplitViewError
        ``mirror.split_view``: the log has signed two roots for one size; the proof is kept.
    LockedError
        Another run works on this folder.
    """
    keys = tuple(VerifierKey.parse(key) if isinstance(key, str) else key for key in vkeys)
    assert keys or policy, "a mirror without a key would believe anybody"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MirrorError("mirror.folder", f"{folder} cannot be used: {error.strerror}") from error
    with _locked(folder), open_source(source, timeout_s=timeout_s) as opened:
        return _Run(opened, folder, _Trust(keys, policy, origin)).run()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = WriterLock(folder / ".lock")
    try:
        yield
    finally:
        lock.release()


class _Run:
    """One run of a mirror over its folder."""

    def __init__(self, source: Source, folder: Path, trust: _Trust) -> None:
        self.source = source
        self.folder = folder
        self.files = KeptFiles(folder)
        self.trust = trust
        self.pending_file = folder / ".pending"
        self.kept = self._read(folder / "checkpoint")
        self.pending = self._read(self.pending_file)

    def _read(self, file: Path) -> tuple[Checkpoint, SignedNote] | None:
        """A checkpoint that an earlier run has kept."""
        try:
            checkpoint, note, _ = self.trust.open(file.read_bytes(), quorum=False)
        except FileNotFoundError:
            return None
        except (MalformedError, SignatureError) as error:
            what = f"{file} is no checkpoint of this log: {error.what}"
            todo = "Look which log this folder is of, or mirror into an empty folder."
            raise MirrorError("mirror.kept", what, todo=todo) from error
        return checkpoint, note

    def run(self) -> Report:
        data = self.source.get("checkpoint", CHECKPOINT_BYTES_MAX).data
        new, note, witnessed = self.trust.open(data, quorum=True)
        for earlier in (self.kept, self.pending):
            if earlier is not None:
                self._refuse_contradiction(earlier, new, note)
        before = self.kept[0].size if self.kept else 0
        if self.kept is None or new.size > before:
            self._grow(before, new, note)
        if self.kept is None or self.kept[1].to_bytes() != note.to_bytes():
            self._commit(new, note)
        return Report(
            origin=new.origin,
            size_before=before,
            size=new.size,
            root=new.root.hex(),
            requests=self.source.requests,
            bytes_received=self.source.bytes_received,
            files_written=self.files.written,
            files_mended=self.files.mended,
            witnessed=witnessed,
        )

    def _refuse_contradiction(
        self, earlier: tuple[Checkpoint, SignedNote], new: Checkpoint, note: SignedNote
    ) -> None:
        """What can be told from two checkpoints alone."""
        known, known_note = earlier
        if known.origin != new.origin:
            what = f"{self.folder} keeps the log {known.origin!r}, and {self.source} is {new.origin!r}"
            raise MirrorError(
                "mirror.kept", what, kept=known_note, offered=note, todo="Mirror into another folder."
            )
        if split := SplitView.of(known_note, note):
            write_file(self.folder / "split-view.json", split.to_bytes())
            what = f"the log {new.origin} has signed two roots for size {new.size}"
            raise SplitViewError("mirror.split_view", what, split)
        if new.size < known.size:
            what = (
                f"{self.source} has {new.origin} at size {new.size}, and size {known.size} is known already"
            )
            todo = "Fetch from another copy; if all are so old, the log was rolled back: publish both notes."
            raise MirrorError("mirror.rolled_back", what, kept=known_note, offered=note, todo=todo)

    def _grow(self, before: int, new: Checkpoint, note: SignedNote) -> None:
        if (
            self.pending is None
            and before > 0
            and new.size - before <= SMALL_GROWTH
            and self._follow(new, note)
        ):
            return
        tiles = TrueTiles(self.source, self.files, new.size, new.root)
        for earlier in (self.kept, self.pending):
            if earlier is not None:
                self._refuse_fork(earlier, tiles, note)
        if self.pending is not None:
            self._clear_parts()
        write_file(self.pending_file, note.to_bytes())
        tiles.accept()
        for at in bundles_of(new.size, before):
            tiles.keep_bundle(at.index, at.width)
        for edge, hashes in tiles.edges.items():
            self.files.write(edge.path, b"".join(hashes))

    def _refuse_fork(
        self, earlier: tuple[Checkpoint, SignedNote], tiles: TrueTiles, note: SignedNote
    ) -> None:
        known, known_note = earlier
        if range_hash(0, known.size, TileHashes(tiles.size, tiles.tile).subtree_hash) == known.root:
            return
        told = f"{self.source} at size {tiles.size} does not contain {known.origin}"
        what = f"{told} as it was at size {known.size}"
        todo = "Keep both notes and publish them: the log has changed its history."
        raise MirrorError("mirror.forked", what, kept=known_note, offered=note, todo=todo)

    def _follow(self, new: Checkpoint, note: SignedNote) -> bool:
        """Grow by the new entries alone; False where they do not lead to the signed root."""
        assert self.kept is not None
        known = self.kept[0]
        try:
            tree = TileTree.resume(known.size, self._kept_tile)
            if tree.root() != known.root:
                return self._damaged()
            bundles = [(at, self._followed_bundle(at, known.size)) for at in bundles_of(new.size, known.size)]
        except (MalformedError, TamperedError):
            return False
        entries = [one for at, data in bundles for one in decode_bundle(data, at.width)]
        full = tree.append(leaf_hashes(entries[known.size % TILE_WIDTH :]))
        if tree.root() != new.root:
            return False
        write_file(self.pending_file, note.to_bytes())
        for at, data in bundles:
            self.files.write(at.path, data)
        for tile in full:
            self.files.write(tile_path(tile.level, tile.index), tile.hashes)
        for edge in tiles_of(new.size, new.size):
            assert edge.level is not None
            self.files.write(edge.path, tree.edge(edge.level))
        return True

    def _damaged(self) -> bool:
        self.files.mended += 1
        return False

    def _kept_tile(self, level: int, index: int, width: int) -> bytes:
        return self.files.read(tile_path(level, index, width)) or b""

    def _followed_bundle(self, at: TileAt, known: int) -> bytes:
        """A bundle of which the first part is kept here; only the rest is fetched, where the source can."""
        width = partial_width(0, known) if at.index == known // TILE_WIDTH else 0
        prefix = (self.files.read(entries_path(at.index, width)) or b"") if width else b""
        data = fetch_bundle(self.source, at.index, at.width, prefix)
        first = decode_bundle(data, at.width)[:width]
        if width and b"".join(leaf_hashes(first)) != self._kept_tile(0, at.index, width):
            raise MalformedError("bundle.size", "the first entries are others than before")
        return data

    def _commit(self, new: Checkpoint, note: SignedNote) -> None:
        """All files are on the disk before the checkpoint says so."""
        flush_folders(self.files.folders)
        write_file(self.folder / "checkpoint", note.to_bytes())
        self._drop_partial(new.size)
        with suppress(OSError):
            self.pending_file.unlink(missing_ok=True)

    def _drop_partial(self, size: int) -> None:
        """Partial files of earlier sizes; those of the size before stay, for readers who are under way."""
        before = [earlier[0].size for earlier in (self.kept, self.pending) if earlier]
        keep: dict[tuple[int | None, int], set[int]] = {}
        for one in (*before, size):
            for at in (*tiles_of(one, one), *bundles_of(one, one)):
                keep.setdefault((at.level, at.index), set()).add(at.width)
        for (level, index), widths in keep.items():
            is_full = index < size >> TILE_HEIGHT * ((level or 0) + 1)
            self.files.drop_partial(TileAt(level, index), keep=set() if is_full else widths)

    def _clear_parts(self) -> None:
        """What a killed run was writing."""
        for file in self.folder.rglob(f"*{PART_SUFFIX}"):
            with suppress(OSError):
                file.unlink(missing_ok=True)
