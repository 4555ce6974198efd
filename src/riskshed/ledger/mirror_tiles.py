"""Fetch the tiles and entries of a tree whose root is known, and keep only what leads to that root.

The tiles at the right edge of a tree give its root: if they lead to the signed one, every hash in them is
true. From there truth flows down: a full tile is true if its 256 hashes fold to the hash that its parent has
for it, an entry is true if its hash stands in its tile at level 0. So each file is verified alone, as it
comes, and goes under its final name at once; a wrong one is named exactly; memory holds a few tiles, whatever
the size of the log; and a run that was cut off goes on by verifying again what it finds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from riskshed.errors import LedgerError, MalformedError
from riskshed.ledger.durable import write_file
from riskshed.ledger.fetch import FetchError, Source
from riskshed.ledger.merkle import Frontier, leaf_hash
from riskshed.ledger.tiles import (
    BUNDLE_BYTES_MAX,
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    TileAt,
    decode_bundle,
    decode_tile,
    entries_path,
    fold,
    partial_width,
    tile_path,
    tiles_of,
)

TILES_KEPT = 64


class TamperedError(LedgerError):
    """What the source has under a name is not what the log has signed.

    Attributes
    ----------
    path : str
        The file.
    index : int or None
        The entry, where it is one.
    """

    def __init__(self, code: str, what: str, *, path: str, index: int | None = None) -> None:
        super().__init__(code, what, todo="Fetch from another copy of this log, and tell its keeper.")
        self.path = path
        self.index = index


class KeptFiles:
    """The folder of a mirror: what was verified, under the names that the log itself uses.

    Owned by one run; `folders` are those in which names must still be flushed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folders: set[Path] = set()
        self.written = 0
        self.mended = 0

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where there is none that could be right."""
        file = self.folder / path
        try:
            return file.read_bytes() if file.stat().st_size <= BUNDLE_BYTES_MAX else None
        except OSError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Put verified bytes under their final name."""
        file = self.folder / path
        write_file(file, data, flush_name=False)
        self.written += 1
        while file != self.folder:
            file = file.parent
            self.folders.add(file)

    def widest(self, index: int, below: int) -> tuple[int, bytes]:
        """The widest partial bundle of less than `below` entries, with its width; 0 and nothing for none."""
        folder = (self.folder / entries_path(index, 1)).parent
        widths = [int(file.name) for file in folder.glob("[1-9]*") if file.name.isdecimal()]
        width = max((one for one in widths if one < below), default=0)
        data = self.read(entries_path(index, width)) if width else None
        return (width, data) if data else (0, b"")

    def drop_partial(self, at: TileAt, *, keep: set[int]) -> None:
        """Remove the partial files of a tile or bundle, but for some widths."""
        folder = (self.folder / TileAt(at.level, at.index, 1).path).parent
        for file in folder.glob("*"):
            if not (file.name.isdecimal() and int(file.name) in keep):
                with suppress(OSError):  # a file too many harms nobody
                    file.unlink(missing_ok=True)
        if not keep:
            with suppress(OSError):
                folder.rmdir()


def fetch_tile(source: Source, at: TileAt) -> list[bytes]:
    """The hashes of a tile, not yet verified; where a partial tile is gone, out of the full one.

    Raises
    ------
    TamperedError
        ``mirror.tile`` for a tile of another size.
    """
    try:
        path, data = at.path, source.get(at.path, TILE_BYTES).data
    except FetchError as error:
        if error.code != "fetch.missing" or at.width == TILE_WIDTH:
            raise
        whole = TileAt(at.level, at.index)
        path, data = whole.path, source.get(whole.path, TILE_BYTES).data[: at.width * 32]
    try:
        return decode_tile(data, at.width)
    except MalformedError as error:
        raise TamperedError("mirror.tile", f"{source}: {path}: {error.what}", path=path) from error


def fetch_bundle(source: Source, index: int, width: int, prefix: bytes = b"") -> bytes:
    """The bytes of a bundle, not yet verified; with `prefix` only what follows it, where the source can.

    A bundle that grows only grows at its end, so what is kept of it need not come again.
    """
    for path in dict.fromkeys((entries_path(index, width), entries_path(index))):
        try:
            part = source.get(path, BUNDLE_BYTES_MAX, len(prefix))
        except FetchError as error:
            if error.code == "fetch.missing" and width != TILE_WIDTH and path != entries_path(index):
                continue
            if error.code != "fetch.range" or not prefix:
                raise
            part = source.get(path, BUNDLE_BYTES_MAX)
        data = prefix[: part.start] + part.data
        return data if path == entries_path(index, width) else first_entries(data, width)
    raise AssertionError("a full bundle that is missing raises")


def first_entries(data: bytes, width: int) -> bytes:
    """The bytes of the first entries of a bundle; all of them where it has fewer."""
    at = 0
    for _ in range(width):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    return data[:at]


class TrueTiles:
    """The hashes of a tree of known size and root, fetched and verified as they are asked for.

    Raises
    ------
    TamperedError
        ``mirror.tile``: the tiles at the right edge do not lead to the root.
    """

    def __init__(self, source: Source, kept: KeptFiles, size: int, root: bytes) -> None:
        self.size = size
        self._source = source
        self._kept = kept
        self.edges = {at: fetch_tile(source, at) for at in tiles_of(size, size)}
        self._cache: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()
        # Until the tree is accepted, it may be another than the one that is kept: nothing of it is written.
        self._unwritten: dict[tuple[int, int], list[bytes]] | None = {}
        if _root_of(size, self.edges) != root:
            raise self._blame(root)

    def _blame(self, root: bytes) -> TamperedError:
        """Which tile of the edge is wrong: the one that, made anew from what is below it, gives the root."""
        for at, hashes in self.edges.items():
            try:
                below = self._from_below(at)
            except (LedgerError, ValueError):
                continue
            if _root_of(self.size, {**self.edges, at: below}) == root:
                wrong = next(i for i, (a, b) in enumerate(zip(hashes, below, strict=True)) if a != b)
                what = f"{self._source}: {at.path}: hash {wrong} is not that of what is below it"
                return TamperedError("mirror.tile", what, path=at.path)
        paths = ", ".join(at.path for at in self.edges)
        what = f"{self._source}: the tiles at the edge of size {self.size} do not lead to the signed root"
        return TamperedError("mirror.tile", f"{what} ({paths})", path=paths)

    def _from_below(self, at: TileAt) -> list[bytes]:
        if not at.level:
            data = fetch_bundle(self._source, at.index, at.width)
            return [leaf_hash(entry) for entry in decode_bundle(data, at.width)]
        first = at.index * TILE_WIDTH
        children = (TileAt(at.level - 1, index) for index in range(first, first + at.width))
        return [fold(fetch_tile(self._source, child)) for child in children]

    def accept(self) -> None:
        """The tree adds to what is kept: from here on, what verifies is kept."""
        unwritten, self._unwritten = self._unwritten or {}, None
        for (level, index), hashes in unwritten.items():
            self._kept.write(tile_path(level, index), b"".join(hashes))

    def hashes(self, level: int, index: int) -> list[bytes]:
        """The hashes of a tile, as wide as the tree has it.

        Raises
        ------
        TamperedError
            ``mirror.tile``: it does not fold to the hash that its parent has for it.
        """
        if index >= self.size >> TILE_HEIGHT * (level + 1):
            return self.edges[TileAt(level, index, partial_width(level, self.size))]
        if found := self._cache.get((level, index)):
            self._cache.move_to_end((level, index))
            return found
        true = self.hashes(level + 1, index >> TILE_HEIGHT)[index & TILE_WIDTH - 1]
        hashes = self._kept_tile(level, index, true) or self._fetched_tile(level, index, true)
        self._cache[level, index] = hashes
        if len(self._cache) > TILES_KEPT:
            self._cache.popitem(last=False)
        return hashes

    def tile(self, level: int, index: int, width: int) -> bytes:
        """As bytes, for `TileHashes`."""
        return b"".join(self.hashes(level, index)[:width])

    def _kept_tile(self, level: int, index: int, true: bytes) -> list[bytes] | None:
        data = self._kept.read(tile_path(level, index))
        if data is None:
            return None
        if len(data) == TILE_BYTES and fold(hashes := decode_tile(data, TILE_WIDTH)) == true:
            return hashes
        self._kept.mended += self._unwritten is None
        return None

    def _fetched_tile(self, level: int, index: int, true: bytes) -> list[bytes]:
        at = TileAt(level, index)
        hashes = fetch_tile(self._source, at)
        if fold(hashes) != true:
            what = f"{self._source}: {at.path} is not the tile that the log has signed"
            raise TamperedError("mirror.tile", what, path=at.path)
        if self._unwritten is None:
            self._kept.write(at.path, b"".join(hashes))
        else:
            self._unwritten[level, index] = hashes
        return hashes

    def keep_bundle(self, index: int, width: int) -> None:
        """See that a verified bundle of this width lies under its final name.

        Raises
        ------
        TamperedError
            ``mirror.entry`` for an entry that is not the one signed, ``mirror.bundle`` for a bundle that has
            too few or too many of them.
        """
        assert self._unwritten is None, "only what adds to what is kept is kept"
        path = entries_path(index, width)
        true = self.hashes(0, index)[:width]
        data = self._kept.read(path)
        if data is not None:
            if not list(wrong_entries(data, true)):
                return
            self._kept.mended += 1
        known, prefix = self._kept.widest(index, width)
        if prefix and list(wrong_entries(prefix, true[:known])):
            self._kept.mended += 1
            prefix = b""
        data = fetch_bundle(self._source, index, width, prefix)
        if prefix and list(wrong_entries(data, true)):
            data = fetch_bundle(self._source, index, width)
        for wrong in wrong_entries(data, true):
            raise self._wrong_bundle(path, index * TILE_WIDTH, wrong)
        self._kept.write(path, data)

    def _wrong_bundle(self, path: str, first: int, wrong: int | MalformedError) -> TamperedError:
        if isinstance(wrong, MalformedError):
            return TamperedError("mirror.bundle", f"{self._source}: {path}: {wrong.what}", path=path)
        what = f"{self._source}: {path}: entry {first + wrong} is not the one that the log has signed"
        return TamperedError("mirror.entry", what, path=path, index=first + wrong)


def wrong_entries(data: bytes, true: list[bytes]) -> Iterator[int | MalformedError]:
    """What is wrong with the bytes of a bundle: entries by their place in it, or its form."""
    try:
        entries = decode_bundle(data, len(true))
    except MalformedError as error:
        yield from _wrong_in_front(data, true)
        yield error
        return
    for at, (entry, leaf) in enumerate(zip(entries, true, strict=True)):
        if leaf_hash(entry) != leaf:
            yield at


def _wrong_in_front(data: bytes, true: list[bytes]) -> Iterator[int]:
    """Entries that are wrong before a bundle loses its form: a changed length is named by its own entry."""
    at = 0
    for place, leaf in enumerate(true):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) and at >= len(data):
            return
        if leaf_hash(data[at + 2 : end]) != leaf:
            # A cut bundle has no wrong entry, it has one too few.
            if end <= len(data):
                yield place
            return
        at = end


def _root_of(size: int, edges: dict[TileAt, list[bytes]]) -> bytes:
    """The root of a tree from the tiles at its right edge."""
    by_level = {at.level: hashes for at, hashes in edges.items()}
    hashes = []
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            edge = by_level[level // TILE_HEIGHT]
            height = level % TILE_HEIGHT
            end = len(edge) >> height << height
            hashes.append(fold(edge[end - (1 << height) : end]))
    return Frontier(size, hashes).root()
