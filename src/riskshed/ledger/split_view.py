"""Proof that a log shows two faces: two signed checkpoints of one size with different roots.

An honest log signs one root for each size. Whoever holds two has all that is needed to show anybody, without
trust in the one who found it, that the log's key signed both. The proof is two signed notes and nothing else.

Two checkpoints of *different* sizes that contradict each other prove nothing by themselves: which one is
wrong only the entries can tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from riskshed.errors import LedgerError, MalformedError, ProofError
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.note import Checkpoint, SignedNote, verify_note

FORMAT = "riskshed.split-view.v1"
BYTES_MAX = 2_500_000


class SplitViewError(LedgerError):
    """A log was seen with two faces.

    Attributes
    ----------
    split_view : SplitView
        The proof, for others.
    """

    def __init__(self, code: str, what: str, split_view: SplitView) -> None:
        super().__init__(
            code, what, todo="Keep both notes, publish them, and rely on nothing newer from this log."
        )
        self.split_view = split_view


@dataclass(frozen=True, slots=True)
class SplitView:
    """Two signed checkpoints of one log and one size with different roots.

    Parameters
    ----------
    first, second : SignedNote
        In the order of their bytes, so that the same two notes always make the same proof; `of` sees to it.
    """

    first: SignedNote
    second: SignedNote

    @classmethod
    def of(cls, one: SignedNote, other: SignedNote) -> SplitView | None:
        """The proof that these two notes make, None where they do not contradict each other by themselves.

        Signatures are not looked at: `verify` does.
        """
        a, b = Checkpoint.parse(one.text), Checkpoint.parse(other.text)
        if (a.origin, a.size) != (b.origin, b.size) or a.root == b.root:
            return None
        return cls(*sorted((one, other), key=SignedNote.to_bytes))

    def verify(self, keys: Iterable[VerifierKey]) -> tuple[str, ...]:
        """Refuse unless both notes are signed by keys of one name.

        Parameters
        ----------
        keys : iterable of VerifierKey
            The keys of the log (its own, and those before a rotation); also keys of witnesses, since a
            witness that cosigned both has failed as well.

        Returns
        -------
        tuple of str
            The names that signed both.

        Raises
        ------
        ProofError
            ``split.same``: the notes do not contradict each other; ``split.signers``: nobody signed both.
        MalformedError, SignatureError
            As `verify_note`.
        """
        known = tuple(keys)
        if SplitView.of(self.first, self.second) is None:
            raise ProofError(
                "split.same", "the two notes do not contradict each other: want one log, one size, two roots"
            )
        return signers_of_both(self.first, self.second, known, code="split.signers")

    def to_bytes(self) -> bytes:
        """The proof as a file: JSON with both notes as they were signed."""
        notes = {"first": self.first, "second": self.second}
        told = {"format": FORMAT, **{name: note.to_bytes().decode() for name, note in notes.items()}}
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def parse(cls, data: bytes) -> SplitView:
        """Read a proof file; what it proves `verify` says.

        Raises
        ------
        MalformedError
            ``split.format``, and those of `SignedNote.parse`.
        """
        told = read_bounded_json(data)
        if not isinstance(told, dict) or told.get("format") != FORMAT or len(told) != 3:
            raise MalformedError("split.format", f"this is no proof of a split view, want {FORMAT}")
        first, second = told.get("first"), told.get("second")
        if not isinstance(first, str) or not isinstance(second, str):
            raise MalformedError("split.format", "a note of the proof is not text")
        return cls(*(SignedNote.parse(note.encode("utf-8", "surrogatepass")) for note in (first, second)))


def signers_of_both(
    first: SignedNote, second: SignedNote, known: Iterable[VerifierKey], *, code: str
) -> tuple[str, ...]:
    """Names of the known keys that signed both notes.

    Raises
    ------
    ProofError
        `code`: there is none.
    MalformedError, SignatureError
        As `verify_note`.
    """
    keys = tuple(known)
    signed = [{by.key.name for by in verify_note(note, keys).verified} for note in (first, second)]
    both = signed[0] & signed[1]
    if not both:
        raise ProofError(code, "no known key signed both notes")
    return tuple(sorted(both))


def read_bounded_json(data: bytes) -> object:
    """What a proof file holds; None where it is no JSON, or longer than `BYTES_MAX`."""
    try:
        return json.loads(data) if len(data) <= BYTES_MAX else None
    except (ValueError, RecursionError):
        return None
