"""Proof that a log changed its history, from two signed checkpoints of different sizes.

Two checkpoints of one size with different roots contradict each other by themselves (`split_view`). Two of
different sizes do not; but the newer root commits to a root at every smaller size, and a consistency proof
shows which one. Where that is not the root that the log signed at that size, it has signed two histories:

    the older note      the root of `m` entries, as it was signed then
    the newer note      the root of `n` entries, signed later
    root, proof         the root of the first `m` entries of the newer tree, and the way to the newer root

Anybody with the log's key can check this, without the entries and without trust in the one who found it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from riskshed.errors import MalformedError, ProofError
from riskshed.ledger.keys import VerifierKey, encode_base64
from riskshed.ledger.merkle import SubtreeHash, consistency_proof, range_hash, verify_consistency
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.proof import decode_hashes
from riskshed.ledger.split_view import read_bounded_json, signers_of_both

FORMAT = "riskshed.fork.v1"


@dataclass(frozen=True, slots=True)
class ForkProof:
    """Two notes of one log, of which the newer tree does not begin with the older one.

    Parameters
    ----------
    older, newer : SignedNote
        Checkpoints of sizes m < n, m at least 1.
    root : bytes
        The root of the first m entries of the newer tree.
    proof : tuple of bytes
        The consistency proof from `root` to the newer root.
    """

    older: SignedNote
    newer: SignedNote
    root: bytes
    proof: tuple[bytes, ...]

    @classmethod
    def of(cls, older: SignedNote, newer: SignedNote, subtree_hash: SubtreeHash) -> ForkProof | None:
        """The proof that the newer tree makes; None where it begins with the older one, or cannot tell.

        Parameters
        ----------
        older, newer : SignedNote
            Checkpoints; their signatures are not looked at: `verify` does.
        subtree_hash : callable
            Of the newer tree.
        """
        first, second = Checkpoint.parse(older.text), Checkpoint.parse(newer.text)
        if first.origin != second.origin or not 0 < first.size < second.size:
            return None
        root = range_hash(0, first.size, subtree_hash)
        if root == first.root:
            return None
        return cls(older, newer, root, consistency_proof(first.size, second.size, subtree_hash))

    def verify(self, keys: Iterable[VerifierKey]) -> tuple[str, ...]:
        """Refuse unless a key of one name signed both notes and the newer one holds another history.

        Returns
        -------
        tuple of str
            The names that signed both.

        Raises
        ------
        ProofError
            ``fork.same``: the notes do not contradict each other; ``fork.signers``: nobody signed both; and
            those of `verify_consistency`.
        MalformedError, SignatureError
            As `verify_note`.
        """
        known = tuple(keys)
        first, second = Checkpoint.parse(self.older.text), Checkpoint.parse(self.newer.text)
        if first.origin != second.origin or first.size >= second.size or self.root == first.root:
            wanted = "want one log, two sizes, and another root at the smaller one"
            raise ProofError("fork.same", f"the two notes do not contradict each other: {wanted}")
        verify_consistency(first.size, second.size, self.root, second.root, self.proof)
        return signers_of_both(self.older, self.newer, known, code="fork.signers")

    def to_bytes(self) -> bytes:
        """The proof as a file: JSON with both notes as they were signed."""
        told = {
            "format": FORMAT,
            "older": self.older.to_bytes().decode(),
            "newer": self.newer.to_bytes().decode(),
            "root": encode_base64(self.root),
            "proof": [encode_base64(one) for one in self.proof],
        }
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def parse(cls, data: bytes) -> ForkProof:
        """Read a proof file; what it proves `verify` says.

        Raises
        ------
        MalformedError
            ``fork.format``, those of `SignedNote.parse` and `decode_hashes`.
        """
        told = read_bounded_json(data)
        names = ("older", "newer", "root")
        if (
            not isinstance(told, dict)
            or told.keys() != {"format", "proof", *names}
            or told["format"] != FORMAT
            or not all(isinstance(told[name], str) for name in names)
            or not isinstance(told["proof"], list)
            or not all(isinstance(one, str) for one in told["proof"])
        ):
            raise MalformedError("fork.format", f"this is no proof of a fork, want {FORMAT}")
        older, newer = (
            SignedNote.parse(told[name].encode("utf-8", "surrogatepass")) for name in ("older", "newer")
        )
        return cls(older, newer, decode_hashes([told["root"]])[0], decode_hashes(told["proof"]))
