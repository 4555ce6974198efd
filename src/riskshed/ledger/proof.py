"""One file that shows that an entry is in a log, without any server (C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    extra <base64>              (or no such line; nobody vouches for it)
    index <n>
    <base64 of a hash>          (the inclusion proof, leaf end first)

    (then the checkpoint, with its signatures)

Who has the entry, this file and a policy can be sure that the log holds the entry, and that the witnesses of
the policy saw that log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from riskshed.errors import MalformedError
from riskshed.ledger.keys import VerifierKey, decode_base64, encode_base64
from riskshed.ledger.merkle import HASH_BYTES, PROOF_HASHES_MAX, SIZE_MAX, leaf_hash, verify_inclusion
from riskshed.ledger.note import SignedNote, parse_decimal
from riskshed.ledger.policy import Judgement, Policy

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
PROOF_BYTES_MAX = 2**21
EXTRA_BYTES_MAX = 2**19


def encode_hashes(hashes: Iterable[bytes]) -> str:
    """One line of base64 for each hash."""
    return "".join(f"{encode_base64(one)}\n" for one in hashes)


def decode_hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    """The hashes of a proof, one from each line.

    Raises
    ------
    MalformedError
        ``proof.count`` for more than 63, ``proof.hash`` for one that has not 32 bytes, ``base64``.
    """
    if len(lines) > PROOF_HASHES_MAX:
        told = f"the proof has {len(lines)} hashes, want at most {PROOF_HASHES_MAX}"
        raise MalformedError("proof.count", told)
    hashes = tuple(decode_base64(line, f"hash {at} of the proof") for at, line in enumerate(lines))
    for at, one in enumerate(hashes):
        if len(one) != HASH_BYTES:
            told = f"hash {at} of the proof has {len(one)} bytes, want {HASH_BYTES}"
            raise MalformedError("proof.hash", told)
    return hashes


@dataclass(frozen=True, slots=True)
class LogProof:
    """The place of an entry in a log, the way from it to the root, and the checkpoint with that root.

    Parameters
    ----------
    index : int
        The place of the entry, from 0.
    hashes : tuple of bytes
        The inclusion proof.
    checkpoint : SignedNote
        Signed by the log, and cosigned by witnesses.
    extra : bytes
        What the one who made the file added. Nothing vouches for it. Empty where there is none.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: SignedNote
    extra: bytes = b""

    def __post_init__(self) -> None:
        assert 0 <= self.index < SIZE_MAX
        assert len(self.hashes) <= PROOF_HASHES_MAX
        if len(self.extra) > EXTRA_BYTES_MAX:
            told = f"the extra data has {len(self.extra)} bytes, want at most {EXTRA_BYTES_MAX}"
            raise MalformedError("proof.extra", told)

    @classmethod
    def parse(cls, data: bytes) -> LogProof:
        """Read a proof file; it says nothing until it is verified.

        Raises
        ------
        MalformedError
            ``proof.size``, ``proof.header``, ``proof.extra``, ``proof.index``, ``proof.count``,
            ``proof.hash``, ``base64``, ``decimal``, and those of `SignedNote.parse`.
        """
        if len(data) > PROOF_BYTES_MAX:
            raise MalformedError(
                "proof.size", f"the proof has {len(data)} bytes, want at most {PROOF_BYTES_MAX}"
            )
        # The first blank line ends the proof; a base64 line is never blank.
        head, blank, note = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            lines = [""]
        if lines.pop(0) != HEADER or not blank:
            raise MalformedError("proof.header", f"this is no proof file, want {HEADER!r} and a blank line")
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = decode_base64(lines.pop(0).removeprefix("extra "), "the extra data")
            if not extra:
                raise MalformedError("proof.extra", "the extra line is empty, want no such line")
        if not lines or not lines[0].startswith("index "):
            raise MalformedError("proof.index", "the proof file has no line with the index of the entry")
        index = parse_decimal(lines.pop(0).removeprefix("index "), "the index", SIZE_MAX - 1)
        return cls(index, decode_hashes(lines), SignedNote.parse(note), extra)

    def to_bytes(self) -> bytes:
        """The proof as a file; `parse` reads the same proof from it."""
        extra = f"extra {encode_base64(self.extra)}\n" if self.extra else ""
        head = f"{HEADER}\n{extra}index {self.index}\n{encode_hashes(self.hashes)}\n"
        return head.encode() + self.checkpoint.to_bytes()

    def verify(self, entry: bytes, policy: Policy, logs: Iterable[VerifierKey] = ()) -> Judgement:
        """Refuse unless a log of the policy holds `entry` at this index, in a checkpoint that the quorum saw.

        Parameters
        ----------
        entry : bytes
            The entry as it lies in the log.
        policy : Policy
            Whom the reader trusts.
        logs : iterable of VerifierKey
            More logs that are believed, for a policy that names none.

        Raises
        ------
        MalformedError, SignatureError
            As `Policy.require`.
        ProofError
            As `merkle.verify_inclusion`.
        """
        return self.verify_leaf(leaf_hash(entry), policy, logs)

    def verify_leaf(self, leaf: bytes, policy: Policy, logs: Iterable[VerifierKey] = ()) -> Judgement:
        """As `verify`, for an entry that is known by its leaf hash only."""
        judgement = policy.require(self.checkpoint, logs)
        checkpoint = judgement.checkpoint
        verify_inclusion(self.index, checkpoint.size, leaf, self.hashes, checkpoint.root)
        return judgement
