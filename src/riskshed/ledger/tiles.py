"""How a tree lies in immutable files: tiles of 256 hashes, and bundles of 256 entries (C2SP tlog-tiles).

A tile at level L holds 256 hashes of complete subtrees of 256^L leaves. Once full it never changes, so any
cache, disk or mirror may serve it, and every proof can be made from tiles alone. The right edge of the tree
is served as partial tiles, which say their width in their name and are never hashed upward.

    tile/<L>/<N>[.p/<W>]        W hashes of 32 bytes; a full tile has 8,192 bytes
    tile/entries/<N>[.p/<W>]    W times: u16 big-endian length, entry

N stands in groups of three digits, all but the last with an x: ``x001/x234/067``.

Examples
--------
>>> tile_path(0, 1234067), entries_path(0, 12)
('tile/0/x001/x234/067', 'tile/entries/000.p/12')
"""

from __future__ import annotations

import re
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from riskshed.errors import LedgerError, MalformedError, ProofError
from riskshed.ledger.merkle import HASH_BYTES, SIZE_MAX, Frontier, SubtreeHash, hash_pairs

TILE_WIDTH = 256
TILE_HEIGHT = 8
TILE_BYTES = TILE_WIDTH * HASH_BYTES
ENTRY_BYTES_MAX = 65_535
BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + ENTRY_BYTES_MAX)
LEVEL_MAX = 63
# No tree that fits has a tile beyond these.
INDEX_MAX = SIZE_MAX >> TILE_HEIGHT
PYRAMIDS_KEPT = 512

TileReader = Callable[[int, int, int], bytes]
"""``(level, index, width)`` to the bytes of that tile."""

_LENGTH = struct.Struct(">H")
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class TileAt:
    """Where a tile (or, with level None, a bundle of entries) lies; its width is 256 where it is full."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Its path below the address of the log."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_index_path(self.index)}{partial}"


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: its hashes, and the hash of its root, which is the next hash of the level above."""

    level: int
    index: int
    hashes: bytes
    root: bytes


def _index_path(index: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def _checked(at: TileAt) -> TileAt:
    level = at.level or 0
    if not (0 <= level <= LEVEL_MAX and 0 <= at.index <= INDEX_MAX and 1 <= at.width <= TILE_WIDTH):
        raise MalformedError(
            "tile.path", f"no tree has a tile at level {level}, index {at.index}, width {at.width}"
        )
    return at


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile of hashes; MalformedError ``tile.path`` where no tree has one."""
    return _checked(TileAt(level, index, width)).path


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """The path of a bundle of entries; MalformedError ``tile.path`` where no tree has one."""
    return _checked(TileAt(None, index, width)).path


def parse_path(path: str) -> TileAt:
    """Read a path as `tile_path` and `entries_path` write them, and no other spelling.

    Raises
    ------
    MalformedError
        ``tile.path``.
    """
    found = _PATH.fullmatch(path)
    if found:
        level, groups, width = found.groups()
        index = int(groups.replace("/", "").replace("x", ""))
        at = TileAt(None if level == "entries" else int(level), index, int(width or TILE_WIDTH))
        # `.p/256` and leading groups of zeros name nothing: what is read must be written the same way.
        if index <= INDEX_MAX and at.width <= TILE_WIDTH and at.path == path and (at.level or 0) <= LEVEL_MAX:
            return at
    raise MalformedError(
        "tile.path", f"{path[:80]!r} is no path of a tile, want tile/<level>/<index>[.p/<width>]"
    )


def partial_width(level: int, size: int) -> int:
    """The width of the partial tile at the right edge of a level, 0 where the level ends with a full tile."""
    return size >> TILE_HEIGHT * level & TILE_WIDTH - 1


def tiles_of(size: int, since: int = 0) -> Iterator[TileAt]:
    """The tiles of hashes of a tree of `size`, without those that were full at `since` already."""
    level = 0
    while size >> TILE_HEIGHT * level:
        first, full = (one >> TILE_HEIGHT * (level + 1) for one in (since, size))
        for index in range(first, full):
            yield TileAt(level, index)
        if width := partial_width(level, size):
            yield TileAt(level, full, width)
        level += 1


def bundles_of(size: int, since: int = 0) -> Iterator[TileAt]:
    """The bundles of entries of a tree of `size`, without those that were full at `since` already."""
    for at in tiles_of(size, since):
        if at.level:
            return
        yield replace(at, level=None)


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile.

    Raises
    ------
    MalformedError
        ``tile.size`` unless it has exactly `width` hashes.
    """
    if not 1 <= width <= TILE_WIDTH or len(data) != width * HASH_BYTES:
        raise MalformedError(
            "tile.size", f"the tile has {len(data)} bytes, want {width} hashes of {HASH_BYTES} bytes"
        )
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """One to 256 entries, each behind its length.

    Raises
    ------
    LedgerError
        ``entry.size`` for an entry of more than 65,535 bytes.
    """
    assert 1 <= len(entries) <= TILE_WIDTH, "a bundle has 1 to 256 entries"
    if (longest := max(map(len, entries))) > ENTRY_BYTES_MAX:
        raise LedgerError("entry.size", f"an entry has {longest} bytes, want at most {ENTRY_BYTES_MAX}")
    lengths = map(_LENGTH.pack, map(len, entries))
    return b"".join(chain.from_iterable(zip(lengths, entries, strict=True)))


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle.

    Raises
    ------
    MalformedError
        ``bundle.size`` unless it has exactly `width` entries and nothing after them.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < width:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise MalformedError("bundle.size", f"the bundle ends within entry {len(entries)}")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(entries) != width or not 1 <= width <= TILE_WIDTH:
        told = f"{len(entries)} entries and {len(data) - at} bytes more"
        raise MalformedError("bundle.size", f"the bundle has {told}, want {width} entries and nothing more")
    return entries


class TileTree:
    """A growing tree that gives off its tiles as they become full. It holds the right edge and nothing else.

    One writer owns it. A tree whose growth could not be stored must be thrown away and resumed from the
    store.
    """

    def __init__(self) -> None:
        self._frontier = Frontier()
        # By level: the hashes of the partial tile at the right edge.
        self._edges: list[list[bytes]] = []

    @classmethod
    def resume(cls, size: int, tile: TileReader) -> TileTree:
        """The tree of `size` leaves again, from its partial tiles: at most eight, one for each level.

        Raises
        ------
        MalformedError
            ``tile.size`` for a tile of another width than was asked for.
        """
        tree = cls()
        hashes = []
        for at in tiles_of(size, size):
            assert at.level is not None
            while len(tree._edges) < at.level:
                tree._edges.append([])
            tree._edges.append(decode_tile(tile(at.level, at.index, at.width), at.width))
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                edge = tree._edges[level // TILE_HEIGHT]
                ends = len(edge) >> level % TILE_HEIGHT << level % TILE_HEIGHT
                hashes.append(fold(edge[ends - (1 << level % TILE_HEIGHT) : ends]))
        tree._frontier = Frontier(size, hashes)
        return tree

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._frontier.size

    def root(self) -> bytes:
        """The root of the tree so far."""
        return self._frontier.root()

    def append(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Grow by leaf hashes; returns the tiles that became full, lower levels first, left to right."""
        before = self.size
        full: list[Tile] = []
        grown = self._frontier.extend(leaves)
        for level, hashes in enumerate(grown[::TILE_HEIGHT]):
            if level == len(self._edges):
                self._edges.append([])
            edge = self._edges[level]
            edge += hashes
            first = before >> TILE_HEIGHT * (level + 1)
            roots = grown[TILE_HEIGHT * (level + 1)] if len(edge) >= TILE_WIDTH else []
            for at, root in enumerate(roots):
                tile = edge[at * TILE_WIDTH : (at + 1) * TILE_WIDTH]
                full.append(Tile(level, first + at, b"".join(tile), root))
            del edge[: len(roots) * TILE_WIDTH]
        return full

    def edge(self, level: int) -> bytes:
        """The bytes of the partial tile at the right edge of a level; empty where there is none."""
        return b"".join(self._edges[level]) if level < len(self._edges) else b""


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root of a run of hashes whose count is a power of two."""
    assert hashes
    assert len(hashes) & len(hashes) - 1 == 0, "only a power of two has one root"
    while len(hashes) > 1:
        hashes = hash_pairs(hashes)
    return hashes[0]


class TileHashes:
    """Reads the hashes of complete subtrees out of tiles: what `inclusion_proof` and the others ask for.

    A hash between two tile levels is folded from the tile below it. The folds are kept, since a tile of one
    width never changes: at most `kept` of them, some 25 kB each. The upper tiles serve every proof.

    Parameters
    ----------
    size : int
        Leaves of the tree whose tiles are read; may be raised as the tree grows. Proofs within any smaller
        tree come from the same tiles.
    tile : callable
        ``tile(level, index, width)`` gives the bytes of a tile.
    kept : int
        At least 1.
    """

    def __init__(self, size: int, tile: TileReader, *, kept: int = PYRAMIDS_KEPT) -> None:
        assert kept >= 1, "every hash of a proof within one tile comes from one fold"
        self.size = size
        self._tile = tile
        self._kept = kept
        # By level, index and width: the hashes of the tile, and above them row by row their parents.
        self._pyramids: OrderedDict[tuple[int, int, int], list[list[bytes]]] = OrderedDict()

    def subtree_hash(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of ``2**level`` leaves that begins at leaf ``index << level``.

        Raises
        ------
        ProofError
            ``proof.sizes`` for a subtree that the tree does not hold completely.
        """
        if level < 0 or index < 0 or (index + 1) << level > self.size:
            what = f"subtree {index} of level {level} is not complete in a tree of {self.size} leaves"
            raise ProofError("proof.sizes", what)
        tile_level, height = divmod(level, TILE_HEIGHT)
        per_tile = TILE_HEIGHT - height
        rows = self._pyramid(tile_level, index >> per_tile)
        return rows[height][index & (1 << per_tile) - 1]

    def _pyramid(self, level: int, index: int) -> list[list[bytes]]:
        full = index < self.size >> TILE_HEIGHT * (level + 1)
        width = TILE_WIDTH if full else partial_width(level, self.size)
        rows = self._pyramids.get((level, index, width))
        if rows is not None:
            self._pyramids.move_to_end((level, index, width))
            return rows
        rows = [decode_tile(self._tile(level, index, width), width)]
        while len(rows) < TILE_HEIGHT and len(rows[-1]) > 1:
            rows.append(hash_pairs(rows[-1]))
        self._pyramids[level, index, width] = rows
        if len(self._pyramids) > self._kept:
            self._pyramids.popitem(last=False)
        return rows


def subtree_reader(size: int, tile: TileReader) -> SubtreeHash:
    """`TileHashes` as the function that proofs take."""
    return TileHashes(size, tile).subtree_hash
