"""A log as plain files, as C2SP tlog-tiles has it: any web server, disk or CDN may carry them.

Tiles and bundles are written first and the checkpoint last, so a reader who comes in between sees the log as
it was before. A full tile never changes: one that is there already, and is the same, is not written again.
Before anything is written, the tiles of the store must lead to the root that the checkpoint has signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from riskshed.errors import StoreError
from riskshed.ledger.durable import flush_folders, write_file
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.store import Store
from riskshed.ledger.tiles import TILE_WIDTH, TileTree, bundles_of, encode_bundle, tiles_of


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the size of the log, files written, files that were there already."""

    origin: str
    size: int
    files_written: int
    files_kept: int


def export(store: Store, note: SignedNote, folder: Path) -> Exported:
    """Write the files of a log, at the size of one of its checkpoints, into a folder.

    Parameters
    ----------
    store : Store
        Open, for reading at least.
    note : SignedNote
        The checkpoint that is served; the store holds at least its entries.
    folder : Path
        Made if it is not there.

    Raises
    ------
    StoreError
        ``log.damaged``: the store does not lead to the root of the checkpoint; nothing was written.
    NotFoundError
        The store does not reach so far.
    NotKeptError, KeptInDoubtError
        A file cannot be written.
    """
    checkpoint = Checkpoint.parse(note.text)
    tree = TileTree.resume(checkpoint.size, store.tile)
    if tree.root() != checkpoint.root:
        told = f"the store of {checkpoint.origin} does not lead to the root signed at size {checkpoint.size}"
        raise StoreError("log.damaged", told, todo="Audit the log, and restore it from a mirror.")
    writer = _Writer(folder)
    for at in bundles_of(checkpoint.size):
        first = at.index * TILE_WIDTH
        writer.write(at.path, encode_bundle(store.entries(first, first + at.width)))
    for at in tiles_of(checkpoint.size):
        assert at.level is not None
        writer.write(at.path, store.tile(at.level, at.index, at.width))
    flush_folders(writer.folders)
    write_file(folder / "checkpoint", note.to_bytes())
    return Exported(checkpoint.origin, checkpoint.size, writer.written, writer.kept)


class _Writer:
    """Files below a folder, written whole; `folders` are those whose names must still be flushed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folders: set[Path] = set()
        self.written = self.kept = 0

    def write(self, path: str, data: bytes) -> None:
        file = self.folder / path
        try:
            same = file.stat().st_size == len(data) and file.read_bytes() == data
        except OSError:
            same = False
        if same:
            self.kept += 1
            return
        write_file(file, data, flush_name=False)
        self.written += 1
        while file != self.folder:
            file = file.parent
            self.folders.add(file)
