"""Read a log where it lies, without believing it: static files, a store, or a folder of `riskshed log`.

A copy gives what it holds and says where it holds nothing; what that means is judged elsewhere. An entry that
was changed in place can change its length, and then everything behind it in its bundle can no longer be
parted by the lengths. Envelopes all begin alike, so a bundle of statements is then parted at its envelopes,
and the entry whose length is wrong is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from riskshed.errors import LedgerError, MalformedError, NotFoundError, StoreError
from riskshed.ledger.fetch import FetchError, FolderSource, Source, open_source
from riskshed.ledger.mirror_tiles import KeptFiles, fetch_bundle, fetch_tile
from riskshed.ledger.note import SignedNote
from riskshed.ledger.store import SqliteStore, Store
from riskshed.ledger.tiles import TILE_WIDTH, TileAt, decode_bundle

STORE_FILE = "log.db"
CHECKPOINT_FILE = "checkpoint"
CHECKPOINT_BYTES_MAX = 65_536
_ENVELOPE_HEAD = b'{"payload":"'


class UnreadableError(LedgerError):
    """Entries, or the head, that a copy does not hold, or holds in pieces.

    Attributes
    ----------
    missing : bool
        Whether they are not there at all.
    """

    def __init__(self, code: str, what: str, *, missing: bool = False) -> None:
        super().__init__(code, what)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entries of a bundle as far as they can be parted; `fault` says why not all, or not surely."""

    entries: Sequence[bytes]
    fault: str = ""


class Copy(Protocol):
    """A copy of a log; `source` is where its tiles can be verified one by one, None for a store.

    `checkpoint` and `bundle` raise `UnreadableError` for what is not there; `tile` gives None.
    """

    where: str
    source: Source | None

    def checkpoint(self) -> bytes:
        """The signed head."""
        ...

    def bundle(self, index: int, width: int) -> Bundle:
        """Up to `width` entries from ``256 * index``."""
        ...

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        """The hashes of a tile."""
        ...


class FilesCopy:
    """A log as static files, at an address or in a folder."""

    def __init__(self, source: Source) -> None:
        self.where = str(source)
        self.source: Source | None = source
        self._files = source

    def checkpoint(self) -> bytes:
        """See `Copy`."""
        try:
            return self._files.get(CHECKPOINT_FILE, CHECKPOINT_BYTES_MAX).data
        except FetchError as error:
            raise _unreadable(error) from error

    def bundle(self, index: int, width: int) -> Bundle:
        """See `Copy`."""
        try:
            data = fetch_bundle(self._files, index, width)
        except FetchError as error:
            raise _unreadable(error) from error
        try:
            return Bundle(decode_bundle(data, width))
        except MalformedError as error:
            return parted(data, error.what)

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        """See `Copy`."""
        try:
            return b"".join(fetch_tile(self._files, TileAt(level, index, width)))
        except FetchError as error:
            _unreadable(error)
            return None
        except LedgerError:
            return b""


def _unreadable(error: FetchError) -> UnreadableError:
    """What is not there, or too long to be it, is a finding; a source that gives no answer is none."""
    if not error.permanent:
        raise error
    return UnreadableError("entry.unreadable", error.what, missing=error.code == "fetch.missing")


class StoreCopy:
    """A log in its store, opened beside its writer or without one.

    Parameters
    ----------
    store : Store
    where : str
    cosigned : bytes, optional
        The checkpoint with the cosignatures that were gathered for it, where it is kept beside the store.
    """

    def __init__(self, store: Store, where: str, cosigned: bytes = b"") -> None:
        self.where = where
        self.source: Source | None = None
        self._store = store
        self._cosigned = cosigned

    def checkpoint(self) -> bytes:
        """See `Copy`."""
        head = self._store.load()
        if head is None:
            raise UnreadableError("checkpoint.missing", f"{self.where} has no checkpoint", missing=True)
        return with_cosignatures(head.note, self._cosigned)

    def bundle(self, index: int, width: int) -> Bundle:
        """See `Copy`."""
        first = index * TILE_WIDTH
        for count in range(width, 0, -1):
            try:
                return Bundle(self._store.entries(first, first + count))
            except NotFoundError:
                continue
            except StoreError as error:
                raise UnreadableError("entry.unreadable", error.what) from error
        raise UnreadableError("entry.unreadable", f"{self.where} ends before entry {first}", missing=True)

    def tile(self, level: int, index: int, width: int) -> bytes | None:
        """See `Copy`."""
        try:
            return self._store.tile(level, index, width)
        except NotFoundError:
            return None
        except StoreError:
            return b""


def with_cosignatures(note: bytes, cosigned: bytes) -> bytes:
    """The note with the signatures of another copy of it, or as it is if the other says something else."""
    try:
        other, own = SignedNote.parse(cosigned), SignedNote.parse(note)
    except LedgerError:
        return note
    return own.with_signatures(other.signatures).to_bytes() if other.text == own.text else note


def parted(data: bytes, fault: str) -> Bundle:
    """The entries of a bundle whose lengths do not come out, parted where an envelope begins."""
    starts = [at for at in _found(data, _ENVELOPE_HEAD) if at >= 2]
    if not starts:
        return Bundle((), fault)
    ends = [*(at - 2 for at in starts[1:]), len(data)]
    entries = [data[a:b] for a, b in zip(starts, ends, strict=True)]
    told = [int.from_bytes(data[at - 2 : at], "big") for at in starts]
    wrong = [n for n, (length, entry) in enumerate(zip(told, entries, strict=True)) if length != len(entry)]
    if not wrong:
        return Bundle(entries, fault)
    at = wrong[0]
    return Bundle(entries, f"entry {at} of the bundle has {len(entries[at])} bytes, and {told[at]} are told")


def _found(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


class NoFiles(KeptFiles):
    """Keeps nothing: for `TrueTiles`, which would keep what it has verified."""

    def __init__(self) -> None:
        super().__init__(Path())

    def read(self, path: str) -> bytes | None:
        """There is nothing."""
        del path
        return None

    def write(self, path: str, data: bytes) -> None:
        """Nothing is written."""
        del path, data


@contextmanager
def open_copy(log: str | Path) -> Iterator[Copy]:
    """The log at a place: an address, a file of a store, or a folder with a store or with static files.

    Raises
    ------
    NotFoundError
        ``audit.no_log``: there is no log.
    StoreError
        The store cannot be opened.
    """
    if isinstance(log, str) and "://" in log:
        with open_source(log) as source:
            yield FilesCopy(source)
        return
    path = Path(log)
    file = path / STORE_FILE if _is(path, "dir") else path
    if _is(file, "file"):
        with SqliteStore(file, read_only=True) as store:
            yield StoreCopy(store, str(path), _beside(path))
    elif _is(path / CHECKPOINT_FILE, "file") or _is(path / "tile", "dir"):
        yield FilesCopy(FolderSource(path))
    else:
        raise NotFoundError(
            "audit.no_log",
            f"there is no log at {path}",
            todo=f"Name a folder with {STORE_FILE} or {CHECKPOINT_FILE} in it, or the file of a store.",
        )


def _is(path: Path, what: str) -> bool:
    try:
        return path.is_dir() if what == "dir" else path.is_file()
    except (OSError, ValueError):
        return False


def _beside(folder: Path) -> bytes:
    try:
        return (folder / CHECKPOINT_FILE).read_bytes()[:CHECKPOINT_BYTES_MAX]
    except OSError:
        return b""
