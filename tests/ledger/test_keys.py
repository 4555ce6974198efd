"""Keys: bad points are refused, two libraries agree, no key signs outside its role, no secret is told."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from cast import shared_data
from hypothesis import given
from hypothesis import strategies as st
from published import (
    LIVE_WITNESS_KEYS,
    PETER_KEY,
    PETER_PRIVATE,
    SPEC_KEY,
    TORCHWOOD_KEY,
    UNKNOWN_TYPE_KEY,
    WRONG_LENGTH_KEY,
)

from riskshed.errors import KeyRefusedError, MalformedError
from riskshed.ledger import keys
from riskshed.ledger.keys import KEY_TYPES, ROLES, Role, SigningKey, VerifierKey

SEED = bytes(range(32))
LOW_ORDER = "0100000000000000000000000000000000000000000000000000000000000000"


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(KeyRefusedError) as caught:
        act()
    return caught.value.code


def edge_cases() -> list[dict[str, Any]]:
    path = shared_data("tlog-vectors") / "cctv" / "ed25519" / "ed25519vectors.json"
    return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return]


def test_both_libraries_agree_on_every_published_edge_case() -> None:
    verdicts = {True: 0, False: 0, None: 0}
    for case in edge_cases():
        public, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        try:
            key = VerifierKey("edge.example", keys.ED25519, public)
        except KeyRefusedError:
            verdicts[None] += 1
            continue
        verdict = key.verify(case["msg"].encode(), signature)
        assert key.second_opinion(case["msg"].encode(), signature) == verdict, case["number"]
        verdicts[verdict] += 1
    # 526 keys of low order, 360 beyond the prime-order group; of the honest keys one signature holds.
    assert verdicts == {True: 1, False: 27, None: 886}


def test_both_libraries_agree_even_on_keys_of_mixed_order() -> None:
    checked = 0
    for case in edge_cases():
        public, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        y = int.from_bytes(public, "little") % 2**255
        if y >= 2**255 - 19 or public in keys._LOW_ORDER_POINTS:
            continue
        told = (public, case["msg"].encode(), signature)
        assert keys.verify_ed25519(*told) == keys.verify_ed25519_again(*told), case["number"]
        checked += 1
    assert checked == 388


def test_without_our_checks_the_libraries_would_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_LOW_ORDER_POINTS", frozenset())
    told = [
        (bytes.fromhex(one["key"]), one["msg"].encode(), bytes.fromhex(one["sig"])) for one in edge_cases()
    ]
    differ = sum(keys.verify_ed25519(*one) != keys.verify_ed25519_again(*one) for one in told)
    assert (len(told), differ) == (914, 165)


@pytest.mark.parametrize(
    ("public", "code"),
    [
        (LOW_ORDER, "key.low_order"),
        ("00" * 32, "key.low_order"),
        ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "key.low_order"),
        ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "key.low_order"),
        ("ee" + "ff" * 30 + "7f", "key.low_order"),
        ("f0" + "ff" * 30 + "7f", "key.non_canonical"),
        ("02" + "00" * 31, "key.off_curve"),
    ],
)
def test_a_bad_point_is_refused_when_it_is_registered(public: str, code: str) -> None:
    assert refusal(lambda: VerifierKey("bad.example", keys.ED25519, bytes.fromhex(public))) == code
    assert (
        refusal(lambda: VerifierKey("bad.example", keys.ED25519_COSIGNATURE, bytes.fromhex(public))) == code
    )


def test_a_signature_with_a_low_order_r_is_refused() -> None:
    key = SigningKey.generate("a.example", "statement").verifier
    signature = bytes.fromhex(LOW_ORDER) + bytes(32)
    assert not key.verify(b"", signature)
    assert not key.second_opinion(b"", signature)


@pytest.mark.parametrize("text", [SPEC_KEY, PETER_KEY, TORCHWOOD_KEY, *LIVE_WITNESS_KEYS.values()])
def test_published_key_strings_are_read_and_written(text: str) -> None:
    assert str(VerifierKey.parse(text)) == text


def test_no_part_of_a_key_string_is_a_key() -> None:
    size = len(PETER_KEY)
    parts = {PETER_KEY[at:end] for at in range(size) for end in range(at, size + 1)} - {PETER_KEY}
    for part in parts:
        with pytest.raises(KeyRefusedError):
            VerifierKey.parse(part)


def test_a_key_string_with_one_character_changed_is_no_key() -> None:
    for at, one in enumerate(PETER_KEY):
        with pytest.raises(KeyRefusedError):
            VerifierKey.parse(PETER_KEY[:at] + chr(ord(one) + 1) + PETER_KEY[at + 1 :])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (WRONG_LENGTH_KEY, "key.format"),
        ("a+00000000+AWFi", "key.length"),
        (UNKNOWN_TYPE_KEY, "key.type"),
        (PETER_KEY.replace("c74f20a3", "C74F20A3"), "key.id"),
        ("a+00000000+", "key.format"),
        ("a b+00000000+" + PETER_KEY[-44:], "key.name"),
        ("+00000000+" + PETER_KEY[-44:], "key.name"),
        ("n" * 256 + "+00000000+" + PETER_KEY[-44:], "key.name"),
        ("n" * 5000, "key.format"),
        ("a+00000000+A", "key.format"),
        ("a+00000000+密", "key.format"),
    ],
)
def test_a_bad_key_string_is_refused_with_the_reason(text: str, code: str) -> None:
    assert refusal(lambda: VerifierKey.parse(text)) == code


@pytest.mark.parametrize(
    "name", ["", "a b", "a\u3000b", "a\u2028b", "a+b", "a\nb", "a\tb", "a\ud800", "密" * 86]
)
def test_a_name_that_no_signature_line_can_carry_is_refused(name: str) -> None:
    assert refusal(lambda: keys.check_name(name)) == "key.name"


def test_a_private_key_signs_as_published() -> None:
    seed = base64.b64decode(PETER_PRIVATE)[1:]
    assert str(SigningKey("PeterNeumann", "log", seed).verifier) == PETER_KEY


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("task", ROLES)
def test_a_key_signs_for_its_own_role_only(role: Role, task: Role) -> None:
    key = SigningKey("a.example", role, SEED)
    if role == task:
        assert key.verifier.verify(b"text", key.sign(b"text", role=task))
    else:
        assert refusal(lambda: key.sign(b"text", role=task)) == "key.role"


@pytest.mark.parametrize(
    ("role", "type_byte"),
    [("statement", 4), ("exercise", 6), ("log", 4), ("witness", 1), ("mirror", 1), ("log", 99), ("judge", 1)],
)
def test_a_type_may_have_only_the_roles_it_was_made_for(role: Any, type_byte: int) -> None:
    assert refusal(lambda: SigningKey("a.example", role, SEED, type_byte)) == "key.role"


def test_a_seed_has_32_bytes() -> None:
    assert refusal(lambda: SigningKey("a.example", "log", SEED[:31])) == "key.seed"


@pytest.mark.parametrize("type_byte", [keys.ED25519, keys.ML_DSA_44_COSIGNATURE])
def test_a_successor_has_the_same_name_and_role_and_another_key(type_byte: int) -> None:
    key = SigningKey("a.example", "log", SEED, type_byte)
    new = key.successor()
    assert (new.name, new.role, new.verifier.type_byte) == (key.name, key.role, type_byte)
    assert new.verifier.public != key.verifier.public


@pytest.mark.parametrize("type_byte", sorted(KEY_TYPES))
def test_no_secret_is_in_any_text_of_a_key(type_byte: int) -> None:
    role = min(KEY_TYPES[type_byte].roles)
    key = SigningKey("a.example", role, SEED, type_byte)
    told = [repr(key), str(key), f"{key}", str(key.verifier), repr(key.verifier)]
    secrets = [SEED.hex(), base64.b64encode(SEED).decode(), repr(SEED), repr(SEED)[2:20]]
    assert not [text for text in told for secret in secrets if secret in text]


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_private_key_is_not_copied_out_of_its_process(take: Callable[[object], object]) -> None:
    assert refusal(lambda: take(SigningKey("a.example", "log", SEED))) == "key.copy"


@pytest.mark.parametrize("type_byte", sorted(KEY_TYPES))
@given(message=st.binary(max_size=64), noise=st.binary(max_size=80))
def test_only_the_signature_of_the_message_holds(type_byte: int, message: bytes, noise: bytes) -> None:
    role = min(KEY_TYPES[type_byte].roles)
    key = SigningKey("a.example", role, SEED, type_byte)
    signature = key.sign(message, role=role)
    assert key.verifier.verify(message, signature)
    assert not key.verifier.verify(message + b"x", signature)
    assert not key.verifier.verify(message, noise)


@pytest.mark.parametrize("text", ["YQ", "YQ=", "YR==", "Y Q==", "YQ==\n", "YQ===", "-_==", "é"])
def test_base64_has_one_spelling(text: str) -> None:
    assert keys.decode_base64("YQ==", "it") == b"a"
    with pytest.raises(MalformedError):
        keys.decode_base64(text, "it")


def test_a_type_byte_has_one_meaning() -> None:
    with pytest.raises(AssertionError):
        keys.register_key_type(KEY_TYPES[keys.ED25519])
