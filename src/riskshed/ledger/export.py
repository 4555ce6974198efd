"""Write a log as plain static files, which any web server, cache or disk can carry (C2SP tlog-tiles).

    checkpoint                       the signed checkpoint
    tile/<level>/<index>[.p/<w>]     hashes
    tile/entries/<index>[.p/<w>]     entries

A full tile never changes, so an export adds to the one before: it writes what is new and the checkpoint last,
so that whoever reads the folder at any moment finds every file that the checkpoint promises. An export that
was cut off is simply run again. Partial tiles stay as long as somebody may still hold a checkpoint that needs
them, which is until the full tile is there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from riskshed.errors import LedgerError, StoreError
from riskshed.ledger.durable import PART_SUFFIX, write_file
from riskshed.ledger.log import State
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.tiles import TILE_WIDTH, TileAt, bundles_of, encode_bundle, tiles_of

CHECKPOINT = "checkpoint"


class Exportable(Protocol):
    """What an export asks of a log: a `Log`, or one that is only read."""

    @property
    def origin(self) -> str: ...
    @property
    def size(self) -> int: ...
    def state(self) -> State: ...
    def root_at(self, size: int) -> bytes: ...
    def entries(self, start: int, end: int) -> list[bytes]: ...
    def tile(self, level: int, index: int, width: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: size of the log in the folder, and how many files it wrote."""

    size: int
    files: int


def export(log: Exportable, folder: Path, *, checkpoint: bytes | None = None) -> Exported:
    """Bring a folder up to the state of a log.

    Parameters
    ----------
    log : Log
        May go on taking entries; the folder gets the state of the moment of the call.
    folder : Path
        Made if it is not there. If it holds an export, it must be one of this log.
    checkpoint : bytes, optional
        The same checkpoint with the cosignatures of witnesses, to be written instead of the bare one. If the
        log has grown since, the folder gets the state of this checkpoint.

    Raises
    ------
    LedgerError
        ``export.other_log``: the folder holds another log, or a history that is not that of this one, or a
        larger one; nothing was written. ``export.checkpoint``: `checkpoint` is not one of this log.
    StoreError
        ``export.not_written``: the folder cannot be written. What is there is whole; run it again.
    """
    state = log.state() if checkpoint is None else _state_of(log, checkpoint)
    size = state.checkpoint.size
    try:
        since = _exported_size(log, folder, size)
        files = 0
        for at in bundles_of(size, since):
            files += _write(folder, at, lambda at: encode_bundle(_entries(log, at)))
        for at in tiles_of(size, since):
            files += _write(folder, at, lambda at: log.tile(at.level or 0, at.index, at.width))
        _flush_all()
        write_file(folder / CHECKPOINT, state.note)
        for at in (*bundles_of(size, since), *tiles_of(size, since)):
            if at.width == TILE_WIDTH:
                shutil.rmtree(_partial_folder(folder, at), ignore_errors=True)
    except OSError as error:
        told = f"{error.filename or folder} cannot be written: {error.strerror}"
        raise StoreError("export.not_written", told, todo="Mend it, then export again.") from error
    return Exported(size, files)


def _state_of(log: Exportable, note: bytes) -> State:
    """The state that a checkpoint speaks of, if the log has had it."""
    checkpoint = Checkpoint.parse(SignedNote.parse(note).text)
    if checkpoint.origin != log.origin or checkpoint.size > log.size:
        raise LedgerError("export.checkpoint", f"the checkpoint is not one of the log {log.origin}")
    if log.root_at(checkpoint.size) != checkpoint.root:
        told = f"the checkpoint of size {checkpoint.size} has another root than the log {log.origin}"
        raise LedgerError("export.checkpoint", told)
    return State(checkpoint, note)


def _exported_size(log: Exportable, folder: Path, size: int) -> int:
    """Up to where the folder holds this log already; refused where it holds another one."""
    path = folder / CHECKPOINT
    if not path.exists():
        return 0
    there = Checkpoint.parse(SignedNote.parse(path.read_bytes()).text)
    if there.origin != log.origin:
        why = f"the log {there.origin}, not {log.origin}"
    elif there.size > size:
        why = f"{there.size} entries of the log {log.origin}, which is at {size}"
    elif log.root_at(there.size) != there.root:
        why = f"another history of the log {log.origin}"
    else:
        return there.size
    raise LedgerError("export.other_log", f"{folder} holds {why}", todo="Export into an empty folder.")


def _entries(log: Exportable, at: TileAt) -> list[bytes]:
    first = at.index * TILE_WIDTH
    return log.entries(first, first + at.width)


def _write(folder: Path, at: TileAt, make: Callable[[TileAt], bytes]) -> int:
    """Write one file, whole or not at all; one that is there and right is left alone. Returns files written.

    A file may be there and wrong: of an export that a loss of power cut off before its checkpoint.
    """
    path = folder / at.path
    data = make(at)
    with suppress(FileNotFoundError):
        if path.read_bytes() == data:
            return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + PART_SUFFIX)
    part.write_bytes(data)
    part.replace(path)
    return 1


def _partial_folder(folder: Path, full: TileAt) -> Path:
    """Where the partial tiles lie that a full one takes the place of."""
    path = folder / full.path
    return path.with_name(path.name + ".p")


def _flush_all() -> None:
    """Flush the files before the checkpoint that promises them: at once, as each alone would take minutes."""
    if hasattr(os, "sync"):
        os.sync()
