"""The tree of RFC 9162: published proofs hold or fail as published, and ours hold for every tree."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from itertools import combinations
from typing import Any

import pytest
from cast import shared_data
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import LedgerError, ProofError
from riskshed.ledger import merkle
from riskshed.ledger.merkle import EMPTY_ROOT, SIZE_MAX, Frontier, leaf_hash, node_hash

LEAVES = [leaf_hash(str(at).encode()) for at in range(70)]


def tree_hash(leaves: list[bytes]) -> bytes:
    """The root as RFC 9162 section 2.1.1 defines it, for comparison."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(tree_hash(leaves[:middle]), tree_hash(leaves[middle:]))


def subtree_hash(level: int, index: int) -> bytes:
    return tree_hash(LEAVES[index << level : (index + 1) << level])


ROOTS = [tree_hash(LEAVES[:size]) for size in range(len(LEAVES) + 1)]


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(LedgerError) as caught:
        act()
    return caught.value.code


def verify_vector(kind: str, case: dict[str, Any]) -> None:
    def data(name: str) -> bytes:
        return base64.b64decode(case[name] or "")

    proof = [base64.b64decode(one or "") for one in case["proof"] or []]
    if kind == "inclusion":
        at = (case["leafIdx"], case["treeSize"])
        merkle.verify_inclusion(*at, data("leafHash"), proof, data("root"))
    elif kind == "consistency":
        sizes = (case["size1"], case["size2"])
        merkle.verify_consistency(*sizes, data("root1"), data("root2"), proof)
    elif kind == "subtreeinclusion":
        span = (case["leafIdx"], case["start"], case["end"])
        merkle.verify_subtree_inclusion(*span, data("leafHash"), proof, data("root"))
    else:
        span = (case["start"], case["end"], case["size"])
        merkle.verify_subtree_consistency(*span, data("root1"), data("root2"), proof)


@pytest.mark.parametrize(
    ("kind", "count"),
    [("inclusion", 98), ("consistency", 98), ("subtreeinclusion", 204), ("subtreeconsistency", 118)],
)
def test_published_proofs_hold_or_fail_as_published(kind: str, count: int) -> None:
    paths = sorted((shared_data("tlog-vectors") / "transparency-dev-merkle" / kind).rglob("*.json"))
    wrong = []
    for path in paths:
        case = json.loads(path.read_text("utf-8"))
        try:
            verify_vector(kind, case)
            refused = False
        except ProofError:
            refused = True
        if refused != case["wantErr"]:
            wrong.append(f"{path.name}: {case['desc']}")
    assert (len(paths), wrong) == (count, [])


def test_hashes_are_those_of_rfc_9162() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"L123456") == sha256(b"\x00L123456").digest()
    assert node_hash(b"N123", b"N456") == sha256(b"\x01N123N456").digest()


@given(st.lists(st.integers(0, 20), max_size=8))
def test_the_root_is_the_same_however_the_tree_grew(steps: list[int]) -> None:
    tree = Frontier()
    for step in steps:
        tree.extend(LEAVES[tree.size : min(tree.size + step, len(LEAVES))])
        assert tree.root() == ROOTS[tree.size]


def test_a_frontier_is_made_again_from_its_hashes() -> None:
    tree = Frontier()
    tree.extend(LEAVES[:37])
    again = Frontier(tree.size, tree.hashes)
    again.append(LEAVES[37])
    assert again.root() == ROOTS[38]


def test_growth_gives_the_subtrees_that_it_completed() -> None:
    tree = Frontier()
    tree.extend(LEAVES[:3])
    grown = tree.extend(LEAVES[3:8])
    wanted = [(0, 3, 8), (1, 1, 4), (2, 0, 2), (3, 0, 1)]
    assert grown == [[subtree_hash(level, at) for at in range(first, end)] for level, first, end in wanted]


@pytest.mark.parametrize(
    ("size", "hashes"), [(3, LEAVES[:1]), (-1, []), (1, [b"short"]), (SIZE_MAX + 1, LEAVES[:1])]
)
def test_a_frontier_of_other_hashes_is_refused(size: int, hashes: list[bytes]) -> None:
    assert code_of(lambda: Frontier(size, hashes)) == "ledger.frontier"


def test_a_log_cannot_outgrow_its_largest_size() -> None:
    tree = Frontier(SIZE_MAX, LEAVES[:63])
    assert code_of(lambda: tree.append(LEAVES[0])) == "ledger.size"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 64, 70])
def test_every_leaf_of_every_tree_has_a_proof(size: int) -> None:
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, subtree_hash)
        merkle.verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])


@pytest.mark.parametrize("new", [1, 2, 3, 7, 8, 13, 64, 70])
def test_every_smaller_tree_has_a_proof(new: int) -> None:
    for old in range(1, new + 1):
        proof = merkle.consistency_proof(old, new, subtree_hash)
        merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


@pytest.mark.parametrize("size", [13, 16, 23])
def test_every_subtree_has_proofs(size: int) -> None:
    spans = [span for span in combinations(range(size + 1), 2) if merkle.is_subtree(*span)]
    for start, end in spans:
        root = tree_hash(LEAVES[start:end])
        proof = merkle.subtree_consistency_proof(start, end, size, subtree_hash)
        merkle.verify_subtree_consistency(start, end, size, root, ROOTS[size], proof)
        inner = merkle.subtree_inclusion_proof(start, start, end, subtree_hash)
        merkle.verify_subtree_inclusion(start, start, end, LEAVES[start], inner, root)


@settings(max_examples=60)
@given(st.data())
def test_a_proof_for_one_place_shows_nothing_for_another(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    proof = merkle.inclusion_proof(index, size, subtree_hash)
    with pytest.raises(ProofError):
        merkle.verify_inclusion(other, size, LEAVES[index], proof, ROOTS[size])


@settings(max_examples=60)
@given(st.data())
def test_a_proof_with_one_bit_changed_is_refused(data: st.DataObject) -> None:
    old = data.draw(st.integers(1, 69))
    proof = list(merkle.consistency_proof(old, 70, subtree_hash))
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    proof[at] = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
    assert code_of(lambda: merkle.verify_consistency(old, 70, ROOTS[old], ROOTS[70], proof)) == "proof.root"


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        ([LEAVES[0]] * 2, "proof.short"),
        ([LEAVES[0]] * 4, "proof.long"),
        ([LEAVES[0]] * 64, "proof.long"),
        ([LEAVES[0]] * 3, "proof.root"),
        ([LEAVES[0], b"", LEAVES[0]], "proof.hash"),
        ([LEAVES[0], LEAVES[0], LEAVES[0] + b"x"], "proof.hash"),
    ],
)
def test_a_proof_of_the_wrong_form_is_refused_with_the_reason(proof: list[bytes], code: str) -> None:
    assert code_of(lambda: merkle.verify_inclusion(2, 8, LEAVES[2], proof, ROOTS[8])) == code
    assert code_of(lambda: merkle.verify_consistency(4, 32, ROOTS[4], ROOTS[32], proof)) == code


@pytest.mark.parametrize("leaf", [b"", LEAVES[0][:31], LEAVES[0] + b"\x00", LEAVES[0] + LEAVES[1]])
def test_a_leaf_hash_must_have_32_bytes(leaf: bytes) -> None:
    # 64 bytes would let an inner node pass for a leaf.
    assert code_of(lambda: merkle.verify_inclusion(0, 1, leaf, [], leaf)) == "proof.leaf"


@pytest.mark.parametrize(("index", "size"), [(1, 1), (-1, 5), (5, 5), (2**64 - 1, 8)])
def test_an_index_outside_the_tree_is_refused(index: int, size: int) -> None:
    assert code_of(lambda: merkle.verify_inclusion(index, size, LEAVES[0], [], ROOTS[1])) == "proof.index"
    assert code_of(lambda: merkle.inclusion_proof(index, size, subtree_hash)) == "proof.index"


def test_an_empty_tree_includes_nothing() -> None:
    assert code_of(lambda: merkle.verify_inclusion(0, 0, LEAVES[0], [], EMPTY_ROOT)) == "proof.sizes"


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 4), (1, SIZE_MAX + 1), (0, 4), (0, 0)])
def test_sizes_that_make_no_sense_are_refused(old: int, new: int) -> None:
    assert code_of(lambda: merkle.verify_consistency(old, new, ROOTS[0], ROOTS[1], [])) == "proof.sizes"


def test_the_witness_protocol_accepts_growth_from_nothing_without_a_proof() -> None:
    merkle.verify_growth(0, 5, EMPTY_ROOT, ROOTS[5], [])
    merkle.verify_growth(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    merkle.verify_growth(3, 5, ROOTS[3], ROOTS[5], merkle.consistency_proof(3, 5, subtree_hash))


@pytest.mark.parametrize(
    ("new", "roots", "proof", "code"),
    [
        (5, (EMPTY_ROOT, ROOTS[5]), [LEAVES[0]], "proof.long"),
        (5, (ROOTS[1], ROOTS[5]), [], "proof.root"),
        (0, (EMPTY_ROOT, ROOTS[1]), [], "proof.root"),
        (SIZE_MAX + 1, (EMPTY_ROOT, ROOTS[1]), [], "proof.sizes"),
    ],
)
def test_growth_from_nothing_has_its_limits(
    new: int, roots: tuple[bytes, bytes], proof: list[bytes], code: str
) -> None:
    assert code_of(lambda: merkle.verify_growth(0, new, *roots, proof)) == code


def test_the_largest_tree_needs_63_hashes() -> None:
    proof = merkle.inclusion_proof(0, SIZE_MAX, lambda level, index: LEAVES[level])
    assert len(proof) == merkle.PROOF_HASHES_MAX
    with pytest.raises(ProofError, match="another root"):
        merkle.verify_inclusion(0, SIZE_MAX, LEAVES[0], proof, ROOTS[1])
