"""Notes and checkpoints: published ones open, a wrong one never does, and a key signs what it is for."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from cast import shared_data
from hypothesis import given
from hypothesis import strategies as st
from published import (
    ENOCH_KEY,
    ENOCH_LINE,
    LIVE_CHECKPOINT,
    LIVE_LOG_KEY,
    LIVE_TIME_S,
    LIVE_WITNESS_KEYS,
    PETER_KEY,
    PETER_LINE,
    PETER_PRIVATE,
    SPEC_KEY,
    SPEC_NOTE,
    TESSERA_ENTRIES,
    TESSERA_KEY,
    TESSERA_PRIVATE,
    TORCHWOOD_END,
    TORCHWOOD_KEY,
    TORCHWOOD_LINE,
    TORCHWOOD_ORIGIN,
    TORCHWOOD_ROOT,
    TORCHWOOD_START,
    WISDOM,
)

from riskshed.errors import KeyRefusedError, LedgerError, MalformedError, SignatureError
from riskshed.ledger import keys, note
from riskshed.ledger.keys import SigningKey, VerifierKey
from riskshed.ledger.merkle import SIZE_MAX, Frontier, leaf_hashes
from riskshed.ledger.note import Checkpoint, NoteSignature, SignedNote, open_checkpoint, open_note

PETER, ENOCH = VerifierKey.parse(PETER_KEY), VerifierKey.parse(ENOCH_KEY)
PETERS_NOTE = f"{WISDOM}\n{PETER_LINE}".encode()
LOG = SigningKey("city.example/log", "log", bytes(32))
CHECKPOINT = Checkpoint("city.example/log", 5, bytes(range(32)))
SIGNED = note.sign_checkpoint(CHECKPOINT, LOG)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(LedgerError) as caught:
        act()
    return caught.value.code


def witness(type_byte: int, name: str = "witness.example") -> SigningKey:
    return SigningKey(name, "witness", bytes([type_byte]) * 32, type_byte)


def test_the_note_of_the_specification_opens() -> None:
    assert open_note(SPEC_NOTE, [VerifierKey.parse(SPEC_KEY)]).note.text == "This is an example message.\n"


def test_a_published_key_signs_as_published() -> None:
    key = SigningKey("PeterNeumann", "log", base64.b64decode(PETER_PRIVATE)[1:])
    assert str(note.sign_text(WISDOM, key, "log")) == PETER_LINE


@pytest.mark.parametrize(
    ("known", "count"), [([PETER], 1), ([ENOCH], 1), ([PETER, ENOCH], 2), ([ENOCH, PETER], 2)]
)
def test_signatures_by_unknown_keys_are_ignored(known: list[VerifierKey], count: int) -> None:
    opened = open_note(PETERS_NOTE + ENOCH_LINE.encode(), known)
    assert len(opened.verified) == count
    assert len(opened.note.signatures) == 2


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    assert code_of(lambda: open_note(PETERS_NOTE, [ENOCH])) == "signature.none"
    assert code_of(lambda: open_note(PETERS_NOTE, [])) == "signature.none"


def test_a_bad_signature_by_a_known_key_refuses_the_note() -> None:
    bad = PETERS_NOTE.replace(b"x08go/ZJ", b"x08go/ZK") + ENOCH_LINE.encode()
    assert code_of(lambda: open_note(bad, [PETER, ENOCH])) == "signature.bad"
    assert open_note(bad, [ENOCH]).verified[0].key == ENOCH


def test_a_bad_signature_is_found_even_after_a_good_one_by_the_same_key() -> None:
    bad = PETERS_NOTE + PETER_LINE.replace("x08go/ZJ", "x08go/ZK").encode()
    assert code_of(lambda: open_note(bad, [PETER])) == "signature.bad"


def test_a_repeated_signature_counts_once() -> None:
    opened = open_note(PETERS_NOTE + PETER_LINE.encode() * 3, [PETER])
    assert [one.key for one in opened.verified] == [PETER]


@pytest.mark.parametrize(
    "line",
    [PETER_LINE.replace("PeterNeumann", "CarmenSandiego"), PETER_LINE.replace("x08go", "xxxgo")],
)
def test_name_and_key_id_must_both_be_known(line: str) -> None:
    assert code_of(lambda: open_note(f"{WISDOM}\n{line}".encode(), [PETER])) == "signature.none"


def test_two_keys_with_one_name_and_id_are_refused() -> None:
    other = VerifierKey("PeterNeumann", keys.ED25519, ENOCH.public)
    object.__setattr__(other, "key_id", PETER.key_id)
    assert code_of(lambda: open_note(PETERS_NOTE, [PETER, other])) == "signature.ambiguous"
    assert len(open_note(PETERS_NOTE, [PETER, PETER]).verified) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (WISDOM.encode(), "note.text"),
        (f"{WISDOM}\n".encode(), "note.text"),
        (PETERS_NOTE[:-1], "note.text"),
        (b"\x01" + PETERS_NOTE, "note.text"),
        (b"\xff" + PETERS_NOTE, "note.text"),
        (b"a\r\n" + PETERS_NOTE, "note.text"),
        (b"a\tb" + PETERS_NOTE, "note.text"),
        (b"", "note.text"),
        (f"{WISDOM}\n{PETER_LINE.replace(' Peter', ' Bad Peter')}".encode(), "note.signature"),
        (PETERS_NOTE + b"Unexpected line.\n", "note.signature"),
        (PETERS_NOTE.replace("—".encode(), b"-"), "note.signature"),
        (PETERS_NOTE.replace(b" x08", b"  x08"), "note.signature"),
        (f"{WISDOM}\n— a+b AAAAAAA=\n".encode(), "note.signature"),
        (f"{WISDOM}\n— ab AAAAAA==\n".encode(), "note.signature"),
        (f"{WISDOM}\n— ab AAAAAAB=\n".encode(), "base64"),
        (f"{WISDOM}\n{PETER_LINE * 101}".encode(), "note.signatures"),
        (b"a" * note.NOTE_BYTES_MAX + PETERS_NOTE, "note.size"),
    ],
)
def test_what_is_no_note_is_refused_with_the_reason(data: bytes, code: str) -> None:
    assert code_of(lambda: open_note(data, [PETER])) == code


def test_the_last_blank_line_parts_text_from_signatures() -> None:
    key = SigningKey("a.example", "log", bytes(32))
    text = "one\n\n— a.example AAAAAAAA\n\ntwo\n"
    data = SignedNote(text, (note.sign_text(text, key, "log"),)).to_bytes()
    assert open_note(data, [key.verifier]).note.text == text


def test_a_hundred_signatures_are_accepted() -> None:
    lines = tuple(NoteSignature(f"w{at}.example", b"\0\0\0\1", b"x") for at in range(99))
    assert len(open_note(SIGNED.with_signatures(lines).to_bytes(), [LOG.verifier]).note.signatures) == 100


@given(st.binary(min_size=1, max_size=100), st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
def test_a_note_is_written_as_it_was_read(signature: bytes, text: str) -> None:
    made = SignedNote(f"{text}\n", (NoteSignature("a.example", b"abcd", signature),))
    assert SignedNote.parse(made.to_bytes()) == made


def test_the_checkpoints_of_a_real_log_open_and_are_made_again_byte_for_byte() -> None:
    log = shared_data("tlog-vectors") / "tessera-log" / "log"
    key = SigningKey("example.com/log/testdata", "log", base64.b64decode(TESSERA_PRIVATE)[1:])
    tree = Frontier()
    for size in range(16):
        data = (log / f"checkpoint.{size}").read_bytes()
        checkpoint, _ = open_checkpoint(data, VerifierKey.parse(TESSERA_KEY))
        assert checkpoint == Checkpoint(key.name, size, tree.root())
        assert note.sign_checkpoint(checkpoint, key).to_bytes() == data
        tree.extend(leaf_hashes(TESSERA_ENTRIES[size : size + 1]))


def test_the_cosignatures_of_witnesses_in_service_hold() -> None:
    known = [VerifierKey.parse(text) for text in LIVE_WITNESS_KEYS.values()]
    opened = open_note(LIVE_CHECKPOINT, [VerifierKey.parse(LIVE_LOG_KEY), *known])
    assert {one.key: one.time_s for one in opened.verified[1:]} == dict.fromkeys(known, LIVE_TIME_S)
    assert opened.verified[0].time_s is None


def test_an_ml_dsa_cosignature_of_another_program_holds() -> None:
    key, line = VerifierKey.parse(TORCHWOOD_KEY), NoteSignature.parse(TORCHWOOD_LINE)
    root = base64.b64decode(TORCHWOOD_ROOT)
    told = note.subtree_message(key.name, 0, TORCHWOOD_ORIGIN, TORCHWOOD_START, TORCHWOOD_END, root)
    assert (line.name, line.key_id, line.signature[:8]) == (key.name, key.key_id, bytes(8))
    assert key.verify(told, line.signature[8:])
    assert not key.verify(told[:-1] + b"\0", line.signature[8:])


def test_the_bytes_that_are_signed_are_those_of_the_specification() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    ed25519, ml_dsa = witness(4).verifier, witness(6).verifier
    assert (
        note.signed_message(ed25519, text, 1679315147).decode() == f"cosignature/v1\ntime 1679315147\n{text}"
    )
    wanted = b"subtree/v1\n\0\x0fwitness.example" + (1679315147).to_bytes(8, "big")
    wanted += b"\x1bexample.com/behind-the-sofa" + bytes(8) + (20852163).to_bytes(8, "big")
    assert note.signed_message(ml_dsa, text, 1679315147) == wanted + Checkpoint.parse(text).root


@pytest.mark.parametrize("type_byte", [keys.ED25519_COSIGNATURE, keys.ML_DSA_44_COSIGNATURE])
def test_a_cosignature_says_who_and_when(type_byte: int) -> None:
    key = witness(type_byte)
    cosigned = SIGNED.with_signatures([note.cosign(CHECKPOINT, key, 1_700_000_000)])
    opened = open_note(cosigned.to_bytes(), [LOG.verifier, key.verifier])
    assert [(one.key, one.time_s) for one in opened.verified] == [
        (LOG.verifier, None),
        (key.verifier, 1_700_000_000),
    ]


@pytest.mark.parametrize("type_byte", [keys.ED25519_COSIGNATURE, keys.ML_DSA_44_COSIGNATURE])
@pytest.mark.parametrize("at", [7, 8, -1])
def test_neither_time_nor_signature_can_be_changed(type_byte: int, at: int) -> None:
    key = witness(type_byte)
    line = note.cosign(CHECKPOINT, key, 1_700_000_000)
    changed = bytearray(line.signature)
    changed[at] ^= 1
    bad = NoteSignature(line.name, line.key_id, bytes(changed))
    assert code_of(lambda: note.verify_signature(key.verifier, CHECKPOINT.text, bad)) == "signature.bad"


@pytest.mark.parametrize("type_byte", [keys.ED25519_COSIGNATURE, keys.ML_DSA_44_COSIGNATURE])
def test_a_cosignature_is_of_one_checkpoint(type_byte: int) -> None:
    key = witness(type_byte)
    line = note.cosign(CHECKPOINT, key, 1)
    for other in (
        Checkpoint("other.example/log", 5, CHECKPOINT.root),
        Checkpoint(CHECKPOINT.origin, 6, bytes(32)),
    ):
        assert code_of(lambda: note.verify_signature(key.verifier, other.text, line)) == "signature.bad"  # noqa: B023


def test_a_new_cosignature_takes_the_place_of_the_old() -> None:
    key = witness(keys.ED25519_COSIGNATURE)
    first, second = (note.cosign(CHECKPOINT, key, at_s) for at_s in (1, 2))
    assert SIGNED.with_signatures([first]).with_signatures([second]).signatures == (
        *SIGNED.signatures,
        second,
    )


@pytest.mark.parametrize("time_s", [-1, note.TIME_S_MAX + 1])
def test_a_time_outside_the_format_is_refused(time_s: int) -> None:
    assert code_of(lambda: note.cosign(CHECKPOINT, witness(4), time_s)) == "note.time"


def test_a_time_beyond_the_format_is_not_believed() -> None:
    key = witness(4)
    message = note.signed_message(key.verifier, CHECKPOINT.text, 2**63)
    line = NoteSignature(
        key.name, key.verifier.key_id, (2**63).to_bytes(8, "big") + key.sign(message, role="witness")
    )
    assert code_of(lambda: note.verify_signature(key.verifier, CHECKPOINT.text, line)) == "signature.bad"


def test_a_witness_signs_nothing_but_checkpoints() -> None:
    assert code_of(lambda: note.sign_text("The dam holds.\n", witness(4), "witness", 1)) == "checkpoint.lines"


def test_only_the_key_of_a_log_signs_its_checkpoint() -> None:
    city = SigningKey(CHECKPOINT.origin, "statement", bytes(32))
    assert code_of(lambda: note.sign_checkpoint(CHECKPOINT, city)) == "key.role"
    other = SigningKey("other.example/log", "log", bytes(32))
    with pytest.raises(KeyRefusedError, match="does not sign for the log"):
        note.sign_checkpoint(CHECKPOINT, other)
    assert code_of(lambda: note.cosign(CHECKPOINT, LOG, 1)) == "key.role"


def test_a_log_may_sign_with_ml_dsa() -> None:
    key = SigningKey(CHECKPOINT.origin, "log", bytes(32), keys.ML_DSA_44_COSIGNATURE)
    data = note.sign_checkpoint(CHECKPOINT, key).to_bytes()
    assert open_checkpoint(data, key.verifier)[0] == CHECKPOINT
    assert open_note(data, [key.verifier]).verified[0].time_s == 0


def test_a_checkpoint_of_another_log_is_refused() -> None:
    line = note.sign_text(Checkpoint("other.example/log", 5, CHECKPOINT.root).text, LOG, "log")
    data = SignedNote(Checkpoint("other.example/log", 5, CHECKPOINT.root).text, (line,)).to_bytes()
    with pytest.raises(SignatureError) as caught:
        open_checkpoint(data, LOG.verifier)
    assert caught.value.code == "checkpoint.origin"


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"a\n1\n{ROOT}\nextension\n", "checkpoint.lines"),
        (f"a\n1\n{ROOT}\n\n", "checkpoint.lines"),
        (f"a\n1\n{ROOT}", "checkpoint.lines"),
        ("a\n1\n", "checkpoint.lines"),
        (f"\n1\n{ROOT}\n", "checkpoint.origin"),
        (f"{'a' * 256}\n1\n{ROOT}\n", "checkpoint.origin"),
        (f"a\n01\n{ROOT}\n", "decimal"),
        (f"a\n-1\n{ROOT}\n", "decimal"),
        (f"a\n+1\n{ROOT}\n", "decimal"),
        (f"a\n١\n{ROOT}\n", "decimal"),
        (f"a\n1_0\n{ROOT}\n", "decimal"),
        (f"a\n\n{ROOT}\n", "decimal"),
        (f"a\n{SIZE_MAX + 1}\n{ROOT}\n", "decimal"),
        (f"a\n{'9' * 10_000}\n{ROOT}\n", "decimal"),
        ("a\n1\nAAAA\n", "checkpoint.root"),
        (f"a\n1\n{ROOT[:-1]}\n", "base64"),
        (f"a\n1\n{ROOT[:-2]}B=\n", "base64"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        Checkpoint.parse(text)
    assert caught.value.code == code


@given(
    st.text(
        st.characters(codec="utf-8", exclude_characters=[chr(at) for at in range(32)]),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, SIZE_MAX),
    st.binary(min_size=32, max_size=32),
)
def test_a_checkpoint_is_written_as_it_was_read(origin: str, size: int, root: bytes) -> None:
    made = Checkpoint(origin, size, root)
    assert Checkpoint.parse(made.text) == made
