"""The Merkle tree of RFC 9162: hashes, the frontier of a growing tree, proofs and their verification.

A tree of entries has one root. Who knows the root can be shown that an entry is in the tree (inclusion), and
that a larger tree only added entries to a smaller one (consistency), each with at most 63 hashes. The tree is
split at the largest power of two below its size, so that what is complete never changes:

    leaf = SHA256(00 || entry)      node = SHA256(01 || left || right)      the empty tree = SHA256("")

A subtree [start, end) is a part of the tree that has a hash of its own: `start` is a multiple of the smallest
power of two that is not below ``end - start``. Inclusion and consistency hold for subtrees in the same way; a
whole tree is the subtree [0, size), so one procedure serves both.

Everything here is a function of bytes. A verifier takes nothing on trust: a leaf hash has 32 bytes, a proof
has exactly the hashes that its sizes ask for, no size is above 2^63 - 1.

Sources: RFC 9162 section 2.1 (doi:10.17487/RFC9162); Merkle Tree Certificates, section 4 and appendix B
(draft-ietf-plants-merkle-tree-certs); C2SP tlog-tiles.

Examples
--------
>>> leaves = [leaf_hash(entry) for entry in (b"flood at Shang", b"seen at Zhong", b"seen at Xia")]
>>> tree = Frontier()
>>> grown = tree.extend(leaves)
>>> proof = inclusion_proof(2, 3, lambda level, index: grown[level][index])
>>> verify_inclusion(2, 3, leaves[2], proof, tree.root())
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import pairwise

from riskshed.errors import LedgerError, ProofError

HASH_BYTES = 32
SIZE_MAX = 2**63 - 1
PROOF_HASHES_MAX = 63
EMPTY_ROOT = sha256(b"").digest()

SubtreeHash = Callable[[int, int], bytes]
"""``(level, index)`` to the hash of the complete subtree of ``2**level`` leaves from ``index << level``."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry, ``SHA256(00 || entry)``."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The hashes of many entries."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node, ``SHA256(01 || left || right)``."""
    return sha256(b"\x01" + left + right).digest()


def hash_pairs(hashes: Sequence[bytes]) -> list[bytes]:
    """The parents of a run of hashes; the last of an odd run has no parent yet."""
    run = iter(hashes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(run, run, strict=False)]


class Frontier:
    """The right edge of a growing tree: enough to grow it and to know its root, and nothing more.

    Parameters
    ----------
    size : int
        Leaves so far.
    hashes : sequence of bytes
        The hashes of the complete subtrees that make up the tree, largest first: one for each bit of `size`.

    Raises
    ------
    LedgerError
        ``ledger.frontier`` if the hashes do not belong to a tree of this size.
    """

    __slots__ = ("_pending", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if not 0 <= size <= SIZE_MAX or len(hashes) != size.bit_count():
            what = f"a frontier of {size} leaves has {len(hashes)} hashes, want one for each bit of the size"
            raise LedgerError("ledger.frontier", what)
        if any(len(one) != HASH_BYTES for one in hashes):
            raise LedgerError("ledger.frontier", f"a hash of a frontier does not have {HASH_BYTES} bytes")
        self.size = size
        # By level: the complete subtree that waits for its right neighbour; None where `size` has a zero bit.
        self._pending: list[bytes | None] = [None] * size.bit_length()
        left_to_right = iter(hashes)
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                self._pending[level] = next(left_to_right)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The hashes of the complete subtrees, largest first; with `size` they make this frontier again."""
        return tuple(one for one in reversed(self._pending) if one is not None)

    def append(self, leaf: bytes) -> None:
        """Grow by one leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> list[list[bytes]]:
        """Grow by many leaf hashes.

        Returns
        -------
        list of list of bytes
            By level, the hashes of the complete subtrees that this growth completed, left to right; the first
            list holds the leaves themselves.
        """
        nodes = list(leaves)
        assert len(b"".join(nodes)) == HASH_BYTES * len(nodes), "a leaf hash has 32 bytes"
        if self.size + len(nodes) > SIZE_MAX:
            raise LedgerError("ledger.size", f"a log holds at most {SIZE_MAX} entries")
        self.size += len(nodes)
        grown = []
        level = 0
        while nodes:
            grown.append(nodes)
            if level == len(self._pending):
                self._pending.append(None)
            left = self._pending[level]
            run = nodes if left is None else [left, *nodes]
            self._pending[level] = run[-1] if len(run) & 1 else None
            nodes = hash_pairs(run)
            level += 1
        return grown

    def root(self) -> bytes:
        """The root of the tree so far."""
        root: bytes | None = None
        for left in self._pending:
            if left is not None:
                root = left if root is None else node_hash(left, root)
        return EMPTY_ROOT if root is None else root


def is_subtree(start: int, end: int) -> bool:
    """Whether the leaves [start, end) make up a subtree with a hash of its own."""
    return 0 <= start < end <= SIZE_MAX and start & ((1 << (end - start - 1).bit_length()) - 1) == 0


def split(count: int) -> int:
    """The largest power of two below `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def range_hash(start: int, end: int, subtree_hash: SubtreeHash) -> bytes:
    """The hash of the subtree [start, end), put together from complete subtrees."""
    parts = []
    at = start
    for level in reversed(range((end - start).bit_length())):
        if (end - start) >> level & 1:
            parts.append(subtree_hash(level, at >> level))
            at += 1 << level
    if not parts:
        return EMPTY_ROOT
    whole = parts.pop()
    while parts:
        whole = node_hash(parts.pop(), whole)
    return whole


def inclusion_proof(index: int, size: int, subtree_hash: SubtreeHash) -> tuple[bytes, ...]:
    """The hashes that lead from leaf `index` to the root of the tree of `size` leaves, leaf end first.

    Raises
    ------
    ProofError
        ``proof.index`` where there is no such leaf.
    """
    return subtree_inclusion_proof(index, 0, size, subtree_hash)


def subtree_inclusion_proof(index: int, start: int, end: int, subtree_hash: SubtreeHash) -> tuple[bytes, ...]:
    """As `inclusion_proof`, within the subtree [start, end)."""
    _check_index(index, start, end)
    low, high = start, end
    hashes = []
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            hashes.append(range_hash(middle, high, subtree_hash))
            high = middle
        else:
            hashes.append(range_hash(low, middle, subtree_hash))
            low = middle
    return tuple(reversed(hashes))


def consistency_proof(old: int, new: int, subtree_hash: SubtreeHash) -> tuple[bytes, ...]:
    """The hashes that show that the tree of `new` leaves only added to the tree of `old` leaves.

    Raises
    ------
    ProofError
        ``proof.sizes`` unless ``0 < old <= new``: that a tree follows the empty one needs no proof.
    """
    return subtree_consistency_proof(0, old, new, subtree_hash)


def subtree_consistency_proof(
    start: int, end: int, size: int, subtree_hash: SubtreeHash
) -> tuple[bytes, ...]:
    """The hashes that show that the subtree [start, end) is part of the tree of `size` leaves."""
    _check_sizes(start, end, size)
    low, high = 0, size
    known = True
    hashes = []
    while (start, end) != (low, high):
        middle = low + split(high - low)
        if end <= middle:
            hashes.append(range_hash(middle, high, subtree_hash))
            high = middle
        else:
            hashes.append(range_hash(low, middle, subtree_hash))
            if start < middle:
                # It reaches over the split: of what lies right of that, the verifier has no hash yet.
                start, known = middle, False
            low = middle
    if not known:
        hashes.append(range_hash(low, high, subtree_hash))
    return tuple(reversed(hashes))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Refuse unless `proof` shows that the leaf hash `leaf` is at `index` in the tree of this size and root.

    Raises
    ------
    ProofError
        ``proof.index``, ``proof.leaf``, ``proof.hash``, ``proof.long``, ``proof.short`` or ``proof.root``.
    """
    verify_subtree_inclusion(index, 0, size, leaf, proof, root)


def verify_subtree_inclusion(
    index: int, start: int, end: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """As `verify_inclusion`, within the subtree [start, end) with hash `root`."""
    _check_index(index, start, end)
    _check_hashes(proof)
    if len(leaf) != HASH_BYTES:
        raise ProofError("proof.leaf", f"the leaf hash has {len(leaf)} bytes, want {HASH_BYTES}")
    at, last, computed = index - start, end - start - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("proof.long", f"the inclusion proof has {len(proof)} hashes, want fewer")
        if at & 1 or at == last:
            computed = node_hash(sibling, computed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError("proof.short", f"the inclusion proof has {len(proof)} hashes, want more")
    _check_root(computed, root, f"entry {index} is not in the tree: the proof leads to another root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Refuse unless `proof` shows that the tree of `new` leaves only added to the tree of `old` leaves.

    That a tree follows the empty one cannot be shown and need not be: `old` = 0 is refused. The witness
    protocol, which wants it, has `verify_growth`.

    Raises
    ------
    ProofError
        ``proof.sizes``, ``proof.hash``, ``proof.long``, ``proof.short`` or ``proof.root``.
    """
    if old == 0:
        raise ProofError("proof.sizes", "consistency with an empty tree shows nothing, want an old size >= 1")
    verify_subtree_consistency(0, old, new, old_root, new_root, proof)


def verify_growth(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """As `verify_consistency`, and from the empty tree anything grows, with no proof (C2SP tlog-witness).

    Raises
    ------
    ProofError
        As `verify_consistency`; ``proof.long`` for a proof from the empty tree, ``proof.root`` where a tree
        is said to be empty and its root is not that of the empty tree.
    """
    if old != 0:
        verify_subtree_consistency(0, old, new, old_root, new_root, proof)
        return
    _check_span(0, 0, new)
    if proof:
        raise ProofError("proof.long", f"growth from an empty tree needs no hashes, got {len(proof)}")
    _check_root(EMPTY_ROOT, old_root, "the old tree is said to be empty, and has another root")
    if new == 0:
        _check_root(EMPTY_ROOT, new_root, "the new tree is said to be empty, and has another root")


def verify_subtree_consistency(
    start: int, end: int, size: int, subtree_root: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """Refuse unless `proof` shows that [start, end) with its hash is part of the tree of this size and root.

    The empty subtree (``start == end``) is part of every tree that reaches so far, with the root of the empty
    tree and no proof.
    """
    _check_hashes(proof)
    if start == end:
        _check_span(start, end, size)
        if proof:
            raise ProofError("proof.long", f"an empty subtree needs no hashes, got {len(proof)}")
        _check_root(EMPTY_ROOT, subtree_root, "the subtree is empty, and has another root")
        return
    _check_sizes(start, end, size)
    computed_subtree, computed = _consistency_roots(start, end, size, subtree_root, proof)
    _check_root(computed_subtree, subtree_root, f"the proof does not lead to the root at size {end}")
    _check_root(computed, root, f"the proof does not lead to the root at size {size}")


def _consistency_roots(
    start: int, end: int, size: int, subtree_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Both roots as the proof has them (Merkle Tree Certificates, section 4.4.3)."""
    first, last, edge = start, end - 1, size - 1
    flush = last == edge
    while first != last and (flush or last & 1):
        first, last, edge = first >> 1, last >> 1, edge >> 1
    hashes = list(proof)
    if first == last:
        seed = subtree_root
    elif hashes:
        seed = hashes.pop(0)
    else:
        raise ProofError("proof.short", "the consistency proof has no hashes, want more")
    subtree = whole = seed
    for one in hashes:
        if edge == 0:
            raise ProofError("proof.long", f"the consistency proof has {len(proof)} hashes, want fewer")
        if last & 1 or last == edge:
            if first < last:
                subtree = node_hash(one, subtree)
            whole = node_hash(one, whole)
            while not last & 1 and last:
                first, last, edge = first >> 1, last >> 1, edge >> 1
        else:
            whole = node_hash(whole, one)
        first, last, edge = first >> 1, last >> 1, edge >> 1
    if edge:
        raise ProofError("proof.short", f"the consistency proof has {len(proof)} hashes, want more")
    return subtree, whole


def _check_span(*rising: int) -> None:
    if any(low > high for low, high in pairwise((0, *rising, SIZE_MAX))):
        told = ", ".join(str(one) for one in rising)
        raise ProofError(
            "proof.sizes", f"the sizes are {told}, want none below the one before or above 2^63 - 1"
        )


def _check_sizes(start: int, end: int, size: int) -> None:
    _check_span(start, end, size)
    if not is_subtree(start, end):
        what = f"[{start}, {end}) is no subtree: its start must be a multiple of a power of two >= its length"
        raise ProofError("proof.sizes", what)


def _check_index(index: int, start: int, end: int) -> None:
    _check_sizes(start, end, end)
    if not start <= index < end:
        raise ProofError("proof.index", f"entry {index} is outside the tree [{start}, {end})")


def _check_hashes(proof: Sequence[bytes]) -> None:
    if len(proof) > PROOF_HASHES_MAX:
        raise ProofError("proof.long", f"the proof has {len(proof)} hashes, want at most {PROOF_HASHES_MAX}")
    for at, one in enumerate(proof):
        if len(one) != HASH_BYTES:
            raise ProofError("proof.hash", f"hash {at} of the proof has {len(one)} bytes, want {HASH_BYTES}")


def _check_root(computed: bytes, stated: bytes, what: str) -> None:
    if computed != stated:
        raise ProofError("proof.root", what)
