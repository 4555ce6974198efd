"""Policies: a wrong file is refused by line, and the quorum is what the file says."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import (
    LIVE_CHECKPOINT,
    LIVE_LOG_KEY,
    LIVE_TIME_S,
    LIVE_WITNESS_KEYS,
    TORCHWOOD_KEY,
    UNKNOWN_TYPE_KEY,
)

from riskshed.errors import InputFaults, LedgerError, SignatureError
from riskshed.ledger import note, policy
from riskshed.ledger.keys import SigningKey, VerifierKey
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.policy import Group, Policy

LOG = SigningKey("city.example/log", "log", bytes(32))
NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
WITNESSES = {name: SigningKey(f"{name}.example", "witness", name.encode() * 16) for name in NAMES}
VKEYS = {name: str(key.verifier) for name, key in WITNESSES.items()}
W1, W2 = (f"witness {name} {VKEYS[name]}\n" for name in ("X1", "X2"))
# The example of the C2SP specification.
SPEC = f"""log {LOG.verifier}

{"".join(f"witness {name} {VKEYS[name]}{chr(10)}" for name in NAMES[:3])}group X-witnesses 2 X1 X2 X3

{"".join(f"witness {name} {VKEYS[name]}{chr(10)}" for name in NAMES[3:])}group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
CHECKPOINT = Checkpoint("city.example/log", 5, bytes(range(32)))


def cosigned(*names: str, log: SigningKey = LOG) -> SignedNote:
    checkpoint = Checkpoint(log.name, CHECKPOINT.size, CHECKPOINT.root)
    lines = [note.cosign(checkpoint, WITNESSES[name], 1000 + at) for at, name in enumerate(names)]
    return note.sign_checkpoint(checkpoint, log).with_signatures(lines)


def faults_of(text: str | bytes) -> list[tuple[str, int | None]]:
    with pytest.raises(InputFaults) as caught:
        Policy.parse(text.encode() if isinstance(text, str) else text)
    assert caught.value.code == "policy.invalid"
    return [(fault.code.removeprefix("policy."), fault.line) for fault in caught.value.faults]


def test_the_example_of_the_specification_is_read() -> None:
    read = Policy.parse(SPEC.encode())
    assert [log.key for log in read.logs] == [LOG.verifier]
    assert [one.name for one in read.witnesses] == list(NAMES)
    assert read.groups == (
        Group("X-witnesses", 2, ("X1", "X2", "X3")),
        Group("Y-witnesses", 1, ("Y1", "Y2", "Y3")),
        Group("X-and-Y", 2, ("X-witnesses", "Y-witnesses")),
    )
    assert read.quorum == "X-and-Y"


def test_the_quorum_of_the_example_needs_two_and_one() -> None:
    read = Policy.parse(SPEC.encode())
    for count in range(7):
        for names in combinations(NAMES, count):
            wanted = sum(name[0] == "X" for name in names) >= 2 and any(name[0] == "Y" for name in names)
            assert read.met_by(names) == wanted


@pytest.mark.parametrize(
    ("seen", "missing"),
    [
        ((), NAMES),
        (("X1",), ("X2", "X3", "Y1", "Y2", "Y3")),
        (("X1", "X3"), ("Y1", "Y2", "Y3")),
        (("Y2",), ("X1", "X2", "X3")),
        (("X1", "X2", "Y3"), ()),
        (("nobody", "X-and-Y"), NAMES),
    ],
)
def test_who_is_missing_is_named(seen: tuple[str, ...], missing: tuple[str, ...]) -> None:
    assert Policy.parse(SPEC.encode()).missing(seen) == missing


def test_a_checkpoint_that_the_quorum_saw_is_good() -> None:
    judged = Policy.parse(SPEC.encode()).require(cosigned("X1", "Y2", "X3"))
    assert (judged.met, judged.missing, judged.log) == (True, (), LOG.verifier)
    assert judged.witnessed == {"X1": 1000, "Y2": 1001, "X3": 1002}


def test_a_checkpoint_that_too_few_saw_is_refused_by_name() -> None:
    with pytest.raises(SignatureError, match=r"cosigned by X1\. Missing: X2, X3, Y1, Y2, Y3") as caught:
        Policy.parse(SPEC.encode()).require(cosigned("X1"))
    assert caught.value.code == "policy.quorum"


def test_a_checkpoint_of_a_log_that_is_not_trusted_is_refused() -> None:
    other = SigningKey("other.example/log", "log", bytes(32))
    with pytest.raises(SignatureError) as caught:
        Policy.parse(SPEC.encode()).judge(cosigned("X1", "X2", "Y1", log=other))
    assert caught.value.code == "checkpoint.log"


def test_one_trusted_log_does_not_sign_for_another() -> None:
    other = SigningKey("other.example/log", "log", b"o" * 32)
    read = Policy.parse(f"log {LOG.verifier}\nlog {other.verifier}\nquorum none\n".encode())
    text = CHECKPOINT.text
    forged = SignedNote(text, (note.sign_text(text, other, "log"),))
    with pytest.raises(SignatureError, match="no trusted log signed"):
        read.judge(forged)


def test_a_policy_without_logs_takes_them_from_its_reader() -> None:
    read = Policy.parse(f"{W1}quorum X1\n".encode())
    assert read.judge(cosigned("X1"), [LOG.verifier]).met
    with pytest.raises(LedgerError, match="no trusted log"):
        read.judge(cosigned("X1"))


def test_a_bad_cosignature_by_a_known_witness_refuses_the_checkpoint() -> None:
    good = cosigned("X1")
    line = good.signatures[1]
    bad = SignedNote(good.text, (good.signatures[0], note.NoteSignature(line.name, line.key_id, bytes(72))))
    with pytest.raises(SignatureError) as caught:
        Policy.parse(SPEC.encode()).judge(bad)
    assert caught.value.code == "signature.bad"


def test_a_checkpoint_in_service_meets_a_policy_of_its_witnesses() -> None:
    lines = [f"witness {name} {key}" for name, key in LIVE_WITNESS_KEYS.items()]
    group = f"group most 3 {' '.join(LIVE_WITNESS_KEYS)}"
    read = Policy.parse("\n".join([f"log {LIVE_LOG_KEY}", *lines, group, "quorum most"]).encode())
    judged = read.require(SignedNote.parse(LIVE_CHECKPOINT))
    assert judged.witnessed == dict.fromkeys(LIVE_WITNESS_KEYS, LIVE_TIME_S)


def test_a_policy_without_witnesses_says_so() -> None:
    read = Policy.parse(f"log {LOG.verifier}\nquorum none\n".encode())
    assert read.require(cosigned()).witnessed == {}


def test_space_and_comments_are_free() -> None:
    text = f"\n# one\n\t # two\n\twitness \t w1  {VKEYS['X1']}   https://w1.example/  \n\n  quorum\tw1"
    read = Policy.parse(text.encode())
    assert (read.quorum, read.witnesses[0].url) == ("w1", "https://w1.example/")


def test_names_are_opaque_bytes() -> None:
    read = Policy.parse(
        b"witness K\xe2\x84\xaa\x80 " + VKEYS["X1"].encode() + b"\nquorum K\xe2\x84\xaa\x80\n"
    )
    assert read.met_by([read.witnesses[0].name])
    assert not read.met_by(["KK"])
    assert Policy.parse(read.to_bytes()) == read
    assert faults_of(b"quorum K\xe2\x84\xaa\x80\n") == [("unknown", 1)]


def test_words_of_the_format_are_names_too() -> None:
    text = f"witness all {VKEYS['X1']}\nwitness any {VKEYS['X2']}\ngroup group 2 all any\nquorum group\n"
    assert Policy.parse(text.encode()).met_by(("all", "any"))


def test_a_witness_may_use_ml_dsa() -> None:
    read = Policy.parse(f"witness w {TORCHWOOD_KEY}\nquorum w\n".encode())
    assert read.witnesses[0].key == VerifierKey.parse(TORCHWOOD_KEY)


def test_32_of_everything_are_supported() -> None:
    keys = [SigningKey(f"w{at}", "witness", bytes([at + 1]) * 32).verifier for at in range(32)]
    logs = [SigningKey(f"l{at}", "log", bytes([at + 101]) * 32).verifier for at in range(32)]
    lines = [f"log {key}" for key in logs] + [f"witness w{at} {key}" for at, key in enumerate(keys)]
    lines += (
        ["group g0 all w0"] + [f"group g{at} all g{at - 1} w{at}" for at in range(1, 32)] + ["quorum g31"]
    )
    read = Policy.parse("\n".join(lines).encode())
    assert read.met_by([f"w{at}" for at in range(32)])
    assert read.missing([f"w{at}" for at in range(1, 32)]) == ("w0",)


def test_a_policy_is_written_as_it_was_read() -> None:
    read = Policy.parse(SPEC.encode())
    assert Policy.parse(read.to_bytes()) == read


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [("quorum", 1)]),
        (W1, [("quorum", 2)]),
        (f"{W1}quorum X1\nquorum X1\n", [("quorum", 3)]),
        ("quorum\n", [("items", 1)]),
        ("quorum a b\n", [("items", 1)]),
        ("quorum unknown\n", [("unknown", 1)]),
        (f"quorum X1\n{W1}", [("unknown", 1)]),
        ("quibble w1\nquorum none\n", [("keyword", 1)]),
        ("quorum none\r\n", [("bytes", 1), ("quorum", 2)]),
        ("quorum none\n\x01", [("bytes", 2)]),
        ("quorum none\x7f\n", [("bytes", 1), ("quorum", 2)]),
        ("log\nquorum none\n", [("items", 1)]),
        ("log garbage\nquorum none\n", [("key", 1)]),
        (f"log {UNKNOWN_TYPE_KEY}\nquorum none\n", [("key", 1)]),
        (f"log {VKEYS['X1']}\nquorum none\n", [("key", 1)]),
        (f"log {LOG.verifier}\nlog {LOG.verifier} https://a.example\nquorum none\n", [("twice", 2)]),
        ("witness w1\nquorum none\n", [("items", 1)]),
        (f"{W1[:-1]} https://w.example # no\nquorum none\n", [("items", 1)]),
        (f"witness w1 {LOG.verifier}\nquorum w1\n", [("key", 1)]),
        (f"witness none {VKEYS['X1']}\nquorum none\n", [("name", 1)]),
        (f"{W1}witness X1 {VKEYS['X2']}\nquorum X1\n", [("name", 2)]),
        (f"{W1}group X1 any X1\nquorum X1\n", [("name", 2)]),
        (f"{W1}group g 1\nquorum X1\n", [("items", 2)]),
        (f"{W1}group none any X1\nquorum none\n", [("name", 2)]),
        (f"{W1}group g 0 X1\nquorum g\n", [("threshold", 2)]),
        (f"{W1}group g -1 X1\nquorum g\n", [("threshold", 2)]),
        (f"{W1}group g 01 X1\nquorum g\n", [("threshold", 2)]),
        (f"{W1}group g ١ X1\nquorum g\n", [("threshold", 2)]),
        (f"{W1}group g 2 X1\nquorum g\n", [("threshold", 2)]),
        (f"{W1}group g some X1\nquorum g\n", [("threshold", 2)]),
        (f"{W1}group g any X2\nquorum g\n", [("unknown", 2)]),
        (f"group g any X1\n{W1}quorum g\n", [("unknown", 1)]),
        (f"{W1}group g any none X1\nquorum g\n", [("unknown", 2)]),
        (f"{W1}group g any g X1\nquorum g\n", [("unknown", 2)]),
        (f"{W1}group a any b\ngroup b any a X1\nquorum a\n", [("unknown", 2), ("twice", 3)][:1]),
        (f"{W1}group g all X1 X1\nquorum g\n", [("twice", 2)]),
        (f"{W1}{W2}group g any X1 X2\ngroup h any X1\nquorum g\n", [("twice", 4)]),
        ("no such\nline at all\n", [("keyword", 1), ("keyword", 2), ("quorum", 3)]),
    ],
)
def test_a_wrong_policy_is_refused_by_line(text: str, faults: list[tuple[str, int]]) -> None:
    assert faults_of(text) == faults


def test_one_key_under_two_names_counts_once() -> None:
    key = VerifierKey("impostor.example", 4, WITNESSES["X1"].verifier.public)
    assert faults_of(f"{W1}witness X9 {key}\nquorum X1\n") == [("twice", 2)]


def test_a_log_is_not_its_own_witness() -> None:
    key = VerifierKey("me.example", 4, LOG.verifier.public)
    assert faults_of(f"log {LOG.verifier}\nwitness me {key}\nquorum me\n") == [("twice", 2)]


@pytest.mark.parametrize("data", [b"#" * (policy.POLICY_BYTES_MAX + 1), b"\n" * 5000])
def test_a_file_without_end_is_refused(data: bytes) -> None:
    assert faults_of(data) == [("size", 1)]


def test_many_faults_are_counted_no_further_than_is_of_use() -> None:
    assert len(faults_of("wrong\n" * 4000)) == policy.FAULTS_MAX


@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_one_more_cosignature_never_hurts(seen: set[str], more: set[str]) -> None:
    read = Policy.parse(SPEC.encode())
    assert read.met_by(seen | more) >= read.met_by(seen)
    assert read.met_by(seen) == (read.missing(seen) == ())
    assert read.met_by(seen | set(read.missing(seen)))
