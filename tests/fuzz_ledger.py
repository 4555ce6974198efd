"""Every parser of the signed record as a function of bytes, for hypothesis and for a coverage-guided fuzzer.

Each takes any bytes at all. It returns quietly whether the bytes are accepted or refused, and raises where
the promise is broken: another exception than the family of errors, or bytes that are accepted and then
written otherwise than they were read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from riskshed.errors import KeyRefusedError, MalformedError, ProofError, RiskshedError
from riskshed.ledger import keyfile, merkle, note, tiles
from riskshed.ledger.keys import SigningKey, VerifierKey, decode_base64, encode_base64
from riskshed.ledger.note import Checkpoint, NoteSignature, SignedNote
from riskshed.ledger.policy import Policy
from riskshed.ledger.proof import LogProof

LOG = SigningKey("city.example/log", "log", bytes(32))
WITNESSES = [SigningKey("w.example", "witness", b"w" * 32, type_byte) for type_byte in (4, 6)]
KNOWN = [LOG.verifier, *(key.verifier for key in WITNESSES)]
POLICY = Policy.parse(f"log {LOG.verifier}\nwitness w {WITNESSES[0].verifier}\nquorum w\n".encode())
ROOTS = [merkle.leaf_hash(bytes([at])) for at in range(3)]


@contextmanager
def refusals_only(*allowed: type[RiskshedError]) -> Iterator[None]:
    """A refusal is a good answer; it must have words and a code."""
    refusal: RiskshedError | None = None
    try:
        yield
    except allowed as error:
        refusal = error
    assert refusal is None or (refusal.code and str(refusal).replace("\n", " ").isprintable())


def fuzz_note(data: bytes) -> None:
    with refusals_only(MalformedError):
        assert SignedNote.parse(data).to_bytes() == data
    with refusals_only(RiskshedError):
        note.open_note(data, KNOWN)
    with refusals_only(RiskshedError):
        note.open_checkpoint(data, LOG.verifier)


def fuzz_signature_line(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    with refusals_only(MalformedError):
        line = NoteSignature.parse(text)
        assert str(line) == f"{text}\n"
    for key in KNOWN:
        with refusals_only(RiskshedError):
            signed = NoteSignature(key.name, key.key_id, data)
            note.verify_signature(key, Checkpoint(LOG.name, 1, ROOTS[0]).text, signed)


def fuzz_checkpoint(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    with refusals_only(MalformedError):
        assert Checkpoint.parse(text).text == text


def fuzz_verifier_key(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    with refusals_only(KeyRefusedError):
        assert str(VerifierKey.parse(text)) == text


def fuzz_public_key(data: bytes) -> None:
    for type_byte, size in ((1, 32), (4, 32), (6, 1312), (data[0] if data else 0, len(data))):
        with refusals_only(KeyRefusedError):
            key = VerifierKey("a.example", type_byte, data[:size].ljust(size, b"\0"))
            message, signature = data[32:64], data[-64:]
            assert key.verify(message, signature) == key.second_opinion(message, signature)


def fuzz_base64(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    with refusals_only(MalformedError):
        assert encode_base64(decode_base64(text, "it")) == text


def fuzz_proof_file(data: bytes) -> None:
    with refusals_only(MalformedError):
        read = LogProof.parse(data)
        assert read.to_bytes() == data
        with refusals_only(RiskshedError):
            read.verify(data[:100], POLICY)


def fuzz_policy(data: bytes) -> None:
    with refusals_only(RiskshedError):
        read = Policy.parse(data)
        assert Policy.parse(read.to_bytes()) == read
        assert read.met_by(one.name for one in read.witnesses) or read.quorum not in POLICY.quorum


def fuzz_tile_path(data: bytes) -> None:
    path = data.decode("utf-8", "replace")
    with refusals_only(MalformedError):
        assert tiles.parse_path(path).path == path


def fuzz_tile(data: bytes) -> None:
    width = data[0] + 1 if data else 1
    with refusals_only(MalformedError):
        assert b"".join(tiles.decode_tile(data[1:], width)) == data[1:]
    with refusals_only(MalformedError):
        assert tiles.encode_bundle(tiles.decode_bundle(data[1:], width)) == data[1:]


def fuzz_merkle_proof(data: bytes) -> None:
    numbers = [int.from_bytes(data[at : at + 9], "big", signed=True) for at in (0, 9, 18)]
    rest = data[27:]
    proof = [rest[at : at + 32] for at in range(0, len(rest), 32)]
    with refusals_only(ProofError):
        merkle.verify_inclusion(numbers[0], numbers[1], ROOTS[0], proof, ROOTS[1])
    with refusals_only(ProofError):
        merkle.verify_subtree_inclusion(*numbers, ROOTS[0], proof, ROOTS[1])
    with refusals_only(ProofError):
        merkle.verify_growth(numbers[0], numbers[1], ROOTS[0], ROOTS[1], proof)
    with refusals_only(ProofError):
        merkle.verify_subtree_consistency(*numbers, ROOTS[0], ROOTS[1], proof)


def fuzz_key_file(data: bytes) -> None:
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        with refusals_only(KeyRefusedError):
            keyfile.read_verifier(Path(name))
    finally:
        Path(name).unlink()
    with suppress(ValueError):
        keyfile._decode(data)


def seeds() -> dict[str, list[bytes]]:
    """For each function, bytes that it accepts: a fuzzer goes on from them."""
    checkpoint = Checkpoint(LOG.name, 2, merkle.node_hash(ROOTS[0], ROOTS[1]))
    signed = note.sign_checkpoint(checkpoint, LOG)
    cosigned = signed.with_signatures([note.cosign(checkpoint, key, 1) for key in WITNESSES])
    proof = LogProof(0, (ROOTS[1],), signed, b"extra")
    line = str(cosigned.signatures[1]).removesuffix("\n").encode()
    span = b"".join(at.to_bytes(9, "big", signed=True) for at in (1, 3, 6))
    return {
        "fuzz_note": [signed.to_bytes(), cosigned.to_bytes()],
        "fuzz_signature_line": [line],
        "fuzz_checkpoint": [checkpoint.text.encode()],
        "fuzz_verifier_key": [str(key).encode() for key in KNOWN],
        "fuzz_public_key": [LOG.verifier.public + bytes(96)],
        "fuzz_base64": [b"YWJj", b"YQ=="],
        "fuzz_proof_file": [proof.to_bytes()],
        "fuzz_policy": [POLICY.to_bytes(), POLICY.to_bytes() + b"group g 1 w\n"],
        "fuzz_tile_path": [b"tile/0/x001/x234/067.p/12", b"tile/entries/000"],
        "fuzz_tile": [b"\0" + bytes(32), b"\1\0\1a\0\0"],
        "fuzz_merkle_proof": [span + bytes(96)],
        "fuzz_key_file": [keyfile._seal(LOG, "words", 2)],
    }


TARGETS: dict[str, Callable[[bytes], None]] = {
    name: act for name, act in globals().items() if name.startswith("fuzz_")
}
