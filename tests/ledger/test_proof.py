"""Proof files: one file shows that an entry is in the log, and shows nothing of any other."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import LedgerError, MalformedError, ProofError, SignatureError
from riskshed.ledger import note, proof
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.merkle import Frontier, inclusion_proof, leaf_hash, leaf_hashes
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.policy import Policy
from riskshed.ledger.proof import LogProof

LOG = SigningKey("city.example/log", "log", bytes(32))
WITNESS = SigningKey("witness.example", "witness", bytes(32))
POLICY = Policy.parse(f"log {LOG.verifier}\nquorum none\n".encode())
STRICT = Policy.parse(
    f"log {LOG.verifier}\nwitness w {SigningKey('w', 'witness', b'w' * 32).verifier}\nquorum w\n".encode()
)
ENTRIES = [b"issued", b"opened", b"closed", b"settled", b"last"]
TREE = Frontier()
GROWN = TREE.extend(leaf_hashes(ENTRIES))
SIGNED = note.sign_checkpoint(Checkpoint(LOG.name, len(ENTRIES), TREE.root()), LOG)
HASH_LINE = base64.b64encode(bytes(32)).decode() + "\n"


def proof_of(index: int, extra: bytes = b"") -> LogProof:
    hashes = inclusion_proof(index, len(ENTRIES), lambda level, at: GROWN[level][at])
    return LogProof(index, hashes, SIGNED, extra)


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_an_entry_is_shown_to_be_in_the_log(index: int) -> None:
    again = LogProof.parse(proof_of(index).to_bytes())
    assert again.verify(ENTRIES[index], POLICY).checkpoint.size == len(ENTRIES)
    assert again.verify_leaf(leaf_hash(ENTRIES[index]), POLICY).log == LOG.verifier


@pytest.mark.parametrize("entry", [b"", b"Issued", ENTRIES[1], GROWN[1][0], GROWN[0][0]])
def test_nothing_else_is(entry: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        proof_of(0).verify(entry, POLICY)
    assert caught.value.code == "proof.root"


def test_the_index_cannot_be_changed() -> None:
    with pytest.raises(ProofError):
        replace(proof_of(0), index=1).verify(ENTRIES[0], POLICY)


def test_a_proof_is_no_better_than_its_checkpoint() -> None:
    with pytest.raises(SignatureError) as caught:
        proof_of(0).verify(ENTRIES[0], STRICT)
    assert caught.value.code == "policy.quorum"
    forged = SignedNote(Checkpoint(LOG.name, 1, GROWN[0][0]).text, SIGNED.signatures)
    with pytest.raises(SignatureError, match="does not hold"):
        LogProof(0, (), forged).verify(ENTRIES[0], POLICY)


def test_the_file_is_that_of_the_specification() -> None:
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof_of(4).hashes)
    head = f"c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 4\n{lines}\n"
    assert proof_of(4, b"extra").to_bytes() == head.encode() + SIGNED.to_bytes()


@given(
    st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.binary(max_size=99)
)
def test_a_proof_is_written_as_it_was_read(index: int, hashes: list[bytes], extra: bytes) -> None:
    made = LogProof(index, tuple(hashes), SIGNED, extra)
    assert LogProof.parse(made.to_bytes()) == made


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("wrong-header\nindex 0\n", "proof.header"),
        ("c2sp.org/tlog-proof@v2\nindex 0\n", "proof.header"),
        ("é\nindex 0\n", "proof.header"),
        ("c2sp.org/tlog-proof@v1\nextra !!\nindex 0\n", "base64"),
        ("c2sp.org/tlog-proof@v1\nextra \nindex 0\n", "proof.extra"),
        ("c2sp.org/tlog-proof@v1\nindex 0\nextra YQ==\n", "base64"),
        ("c2sp.org/tlog-proof@v1\n", "proof.index"),
        ("c2sp.org/tlog-proof@v1\nindex notanumber\n", "decimal"),
        ("c2sp.org/tlog-proof@v1\nindex -5\n", "decimal"),
        ("c2sp.org/tlog-proof@v1\nindex 05\n", "decimal"),
        (f"c2sp.org/tlog-proof@v1\nindex {2**63 - 1}\n", "decimal"),
        ("c2sp.org/tlog-proof@v1\nindex 0\n!!notbase64!!\n", "base64"),
        ("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n", "proof.hash"),
        (f"c2sp.org/tlog-proof@v1\nindex 0\n{base64.b64encode(bytes(64)).decode()}\n", "proof.hash"),
        (f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH_LINE * 64}", "proof.count"),
        (f"c2sp.org/tlog-proof@v1\nextra {'A' * (1 << 20)}\nindex 0\n", "proof.extra"),
        (f"c2sp.org/tlog-proof@v1\nextra {'A' * (1 << 21)}\nindex 0\n", "proof.size"),
        ("c2sp.org/tlog-proof@v1\nindex 0\n\n", "note.text"),
    ],
)
def test_what_is_no_proof_file_is_refused_with_the_reason(head: str, code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        LogProof.parse(f"{head}\n".encode() + (SIGNED.to_bytes() if code != "note.text" else b"text\n"))
    assert caught.value.code == code


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_found_wherever_it_is(at: int, change: int) -> None:
    data = bytearray(proof_of(2).to_bytes())
    data[at % len(data)] ^= change
    with pytest.raises(LedgerError):
        LogProof.parse(bytes(data)).verify(ENTRIES[2], POLICY)


def test_hashes_are_written_one_a_line() -> None:
    hashes = proof_of(2).hashes
    assert proof.decode_hashes(proof.encode_hashes(hashes).splitlines()) == hashes
