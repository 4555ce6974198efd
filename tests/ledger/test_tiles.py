"""Tiles: a real log is made again byte for byte, and a tree is the same whether it grew or was resumed."""

from __future__ import annotations

import random

import pytest
from cast import shared_data
from hypothesis import given, settings
from hypothesis import strategies as st
from published import TESSERA_ENTRIES

from riskshed.errors import LedgerError, MalformedError, ProofError
from riskshed.ledger import merkle, tiles
from riskshed.ledger.merkle import leaf_hash, leaf_hashes
from riskshed.ledger.tiles import TileAt, TileHashes, TileTree

MANY = [leaf_hash(str(at).encode()) for at in range(66_000)]


class Shelf:
    """The tiles that a tree gave off, with the edge of the tree beside them."""

    def __init__(self, steps: list[int]) -> None:
        self.tree = TileTree()
        self.full: dict[tuple[int, int], bytes] = {}
        for step in steps:
            leaves = MANY[self.tree.size : self.tree.size + step]
            self.full |= {(one.level, one.index): one.hashes for one in self.tree.append(leaves)}

    def tile(self, level: int, index: int, width: int) -> bytes:
        return self.full[level, index] if width == tiles.TILE_WIDTH else self.tree.edge(level)[: 32 * width]


@pytest.mark.parametrize("size", range(1, 16))
def test_a_real_log_is_made_again_byte_for_byte(size: int) -> None:
    log = shared_data("tlog-vectors") / "tessera-log" / "log"
    tree = TileTree()
    tree.append(leaf_hashes(TESSERA_ENTRIES[:size]))
    bundle = (log / tiles.entries_path(0, size)).read_bytes()
    assert tree.edge(0) == (log / tiles.tile_path(0, 0, size)).read_bytes()
    assert tiles.encode_bundle(TESSERA_ENTRIES[:size]) == bundle
    assert tuple(tiles.decode_bundle(bundle, size)) == TESSERA_ENTRIES[:size]


@pytest.mark.parametrize("steps", [[65_536], [1, 255, 256, 1000, 65_000], [300] * 220])
def test_tiles_are_the_same_however_the_tree_grew(steps: list[int]) -> None:
    shelf = Shelf(steps)
    size = shelf.tree.size
    assert len(shelf.full) == sum(size >> 8 * level for level in (1, 2))
    assert shelf.full[0, 3] == b"".join(MANY[768:1024])
    assert shelf.full[1, 0][32:64] == tiles.fold(MANY[256:512])
    frontier = merkle.Frontier()
    frontier.extend(MANY[:size])
    assert shelf.tree.root() == frontier.root()


def test_a_full_tile_tells_its_root() -> None:
    first, second, *_, above = TileTree().append(MANY[:65_536])
    assert (above.level, above.index, len(above.hashes)) == (1, 0, tiles.TILE_BYTES)
    assert above.hashes.startswith(first.root + second.root)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_999])
def test_a_resumed_tree_goes_on_as_if_it_had_never_stopped(size: int) -> None:
    shelf = Shelf([size])
    again = TileTree.resume(size, shelf.tile)
    assert (again.size, again.root()) == (size, shelf.tree.root())
    assert again.append(MANY[size : size + 600]) == shelf.tree.append(MANY[size : size + 600])
    assert again.root() == shelf.tree.root()


def test_a_tree_is_not_resumed_from_a_tile_of_another_width() -> None:
    with pytest.raises(MalformedError, match=r"want 3 hashes"):
        TileTree.resume(3, lambda level, index, width: b"x" * 32)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 66_000), st.randoms(use_true_random=False))
def test_proofs_come_from_tiles_alone(size: int, choice: random.Random) -> None:
    shelf = Shelf([size])
    read = TileHashes(size, shelf.tile, kept=3).subtree_hash
    index, old = choice.randrange(size), choice.randint(1, size)
    root = shelf.tree.root()
    merkle.verify_inclusion(index, size, MANY[index], merkle.inclusion_proof(index, size, read), root)
    proof = merkle.consistency_proof(old, size, read)
    merkle.verify_consistency(old, size, merkle.range_hash(0, old, read), root, proof)


def test_tiles_are_read_on_as_the_tree_grows() -> None:
    shelf = Shelf([300])
    reader = TileHashes(300, shelf.tile)
    reader.subtree_hash(2, 74)
    shelf.tree.append(MANY[300:310])
    reader.size = 310
    proof = merkle.inclusion_proof(305, 310, reader.subtree_hash)
    merkle.verify_inclusion(305, 310, MANY[305], proof, shelf.tree.root())


@pytest.mark.parametrize(("level", "index"), [(0, 300), (8, 1), (9, 0), (-1, 0), (0, -1)])
def test_a_subtree_that_is_not_complete_has_no_hash(level: int, index: int) -> None:
    shelf = Shelf([300])
    with pytest.raises(ProofError) as caught:
        TileHashes(300, shelf.tile).subtree_hash(level, index)
    assert caught.value.code == "proof.sizes"


def test_the_tiles_of_a_tree_of_70_000_are_those_of_the_specification() -> None:
    listed = list(tiles.tiles_of(70_000))
    full0 = [at for at in listed if at.level == 0 and at.width == 256]
    assert len(full0) == 273
    assert listed[273:] == [TileAt(0, 273, 112), TileAt(1, 0), TileAt(1, 1, 17), TileAt(2, 0, 1)]
    assert list(tiles.tiles_of(256)) == [TileAt(0, 0), TileAt(1, 0, 1)]


def test_only_tiles_that_were_not_full_are_listed_again() -> None:
    assert list(tiles.tiles_of(600, since=520)) == [TileAt(0, 2, 88), TileAt(1, 0, 2)]
    assert list(tiles.bundles_of(600, since=255)) == [TileAt(None, at) for at in (0, 1)] + [
        TileAt(None, 2, 88)
    ]


@pytest.mark.parametrize(
    ("at", "path"),
    [
        (TileAt(0, 0), "tile/0/000"),
        (TileAt(63, 5), "tile/63/005"),
        (TileAt(0, 1234067), "tile/0/x001/x234/067"),
        (TileAt(1, 1000, 255), "tile/1/x001/000.p/255"),
        (TileAt(None, 999, 1), "tile/entries/999.p/1"),
        (TileAt(0, tiles.INDEX_MAX), "tile/0/x036/x028/x797/x018/x963/967"),
    ],
)
def test_a_path_is_written_and_read_as_specified(at: TileAt, path: str) -> None:
    assert (at.path, tiles.parse_path(path)) == (path, at)


@pytest.mark.parametrize(
    "path",
    [
        *("tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/0", "tile/0/000/", "tile/0/000\n", ""),
        *("tile/0/x000/001", "tile/0/001/x002", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/٠٠٠"),
        *("tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/../000", "/tile/0/000"),
        *("tile/entries/x01/000", "tile/0/x036/x028/x797/x018/x963/968"),
    ],
)
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(MalformedError) as caught:
        tiles.parse_path(path)
    assert caught.value.code == "tile.path"


@pytest.mark.parametrize(("level", "index", "width"), [(64, 0, 1), (0, -1, 1), (0, 0, 257), (0, 0, 0)])
def test_a_tile_that_no_tree_has_gets_no_path(level: int, index: int, width: int) -> None:
    with pytest.raises(MalformedError):
        tiles.tile_path(level, index, width)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == entries


def test_the_longest_entry_has_65_535_bytes() -> None:
    longest = b"x" * tiles.ENTRY_BYTES_MAX
    assert tiles.decode_bundle(tiles.encode_bundle([longest]), 1) == [longest]
    with pytest.raises(LedgerError) as caught:
        tiles.encode_bundle([longest + b"x"])
    assert caught.value.code == "entry.size"


@pytest.mark.parametrize(
    ("data", "width"),
    [
        *((b"", 1), (b"\x00", 1), (b"\x00\x02a", 1), (b"\x00\x01ab", 1), (b"\x00\x01a\x00\x01b", 1)),
        *((b"\x00\x01a", 2), (b"\x00\x01a", 0), (b"\x00\x00" * 257, 257)),
    ],
)
def test_a_bundle_with_anything_else_in_it_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(MalformedError) as caught:
        tiles.decode_bundle(data, width)
    assert caught.value.code == "bundle.size"
