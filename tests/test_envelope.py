"""The envelope: one form, one signature, and nothing in it that a stranger could change."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statements import KEYID

from riskshed.canonical import canonical
from riskshed.envelope import ENVELOPE_BYTES_MAX, PAYLOAD_BYTES_MAX, PAYLOAD_TYPE, Envelope, signing_input
from riskshed.statement import StatementError

GOOD = Envelope.of(b'{"a":1}', KEYID, bytes(64))


def changed(**members: Any) -> bytes:
    value = {**json.loads(GOOD.raw), **members}
    return canonical({name: part for name, part in value.items() if part is not None})


def with_signature(**members: Any) -> bytes:
    one = {**json.loads(GOOD.raw)["signatures"][0], **members}
    return changed(signatures=[{name: part for name, part in one.items() if part is not None}])


def test_signature_covers_type_and_payload_with_their_lengths() -> None:
    wanted = b"DSSEv1 %d %s 11 hello world" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode())
    assert signing_input(b"hello world") == wanted


@given(st.binary(min_size=1, max_size=300), st.binary(min_size=1, max_size=100))
def test_envelope_comes_back_as_it_was(payload: bytes, signature: bytes) -> None:
    envelope = Envelope.of(payload, KEYID, signature)
    assert Envelope.parse(envelope.raw) == envelope
    assert canonical(json.loads(envelope.raw)) == envelope.raw


def test_any_program_that_knows_dsse_can_read_it() -> None:
    value = json.loads(GOOD.raw)
    assert base64.b64decode(value["payload"]) == b'{"a":1}'
    assert value["payloadType"] == "application/vnd.riskshed.statement.v1+json"
    assert value["signatures"] == [{"keyid": KEYID, "sig": base64.b64encode(bytes(64)).decode()}]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (changed(payloadType="application/json"), "wrong_payload_type"),
        (changed(payloadType=PAYLOAD_TYPE.replace("v1", "v2")), "wrong_payload_type"),
        (changed(payloadType=7), "wrong_payload_type"),
        (changed(payload="eyJhIjoxfQ"), "bad_base64"),
        (changed(payload="eyJhIjoxfR=="), "bad_base64"),
        (changed(payload="eyJh_joxfQ=="), "bad_base64"),
        (changed(payload=""), "bad_base64"),
        (changed(payload="水"), "bad_base64"),
        (changed(payload=7), "bad_base64"),
        (changed(payload=None), "wrong_envelope"),
        (changed(more=1), "wrong_envelope"),
        (changed(signatures=[]), "wrong_envelope"),
        (changed(signatures=json.loads(GOOD.raw)["signatures"] * 2), "wrong_envelope"),
        (changed(signatures={}), "wrong_envelope"),
        (with_signature(keyid=None), "wrong_envelope"),
        (with_signature(cert="x"), "wrong_envelope"),
        (with_signature(sig="AA"), "bad_base64"),
        (with_signature(keyid="no hash"), "bad_keyid"),
        (with_signature(keyid="水+0a1b2c3d"), "bad_keyid"),
        (GOOD.raw + b"\n", "not_canonical"),
        (GOOD.raw.replace(b'","', b'", "'), "not_canonical"),
        (GOOD.raw.replace(b"vnd", b"\\u0076nd"), "not_canonical"),
        (GOOD.raw[:-1], "not_json"),
        (GOOD.raw[:-1] + b',"payload":"eyJhIjoxfQ=="}', "duplicate_key"),
        (b"", "not_json"),
        (b"7", "wrong_envelope"),
        (b"\xff", "not_utf8"),
        (b"A" * (ENVELOPE_BYTES_MAX + 1), "oversize"),
    ],
)
def test_each_wrong_envelope_has_its_own_reason(raw: bytes, code: str) -> None:
    with pytest.raises(StatementError) as caught:
        Envelope.parse(raw)
    assert caught.value.code == f"statement.{code}"


def test_members_in_another_order_are_another_form() -> None:
    value = json.loads(GOOD.raw)
    raw = json.dumps({name: value[name] for name in reversed(value)}, separators=(",", ":")).encode()
    with pytest.raises(StatementError, match="one form"):
        Envelope.parse(raw)


def test_largest_payload_fits_under_the_longest_signature() -> None:
    envelope = Envelope.of(b"x" * PAYLOAD_BYTES_MAX, "n" * 200 + "+0a1b2c3d", b"s" * 2420)
    assert len(envelope.raw) <= ENVELOPE_BYTES_MAX


def test_envelope_larger_than_an_entry_of_the_log_is_not_made() -> None:
    with pytest.raises(StatementError) as caught:
        Envelope.of(b"x" * 50_000, KEYID, bytes(64))
    assert caught.value.code == "statement.oversize"


@given(st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_the_one_error(raw: bytes) -> None:
    with pytest.raises(StatementError):
        Envelope.parse(raw)


@given(st.data())
def test_one_other_byte_is_another_envelope_or_none(data: st.DataObject) -> None:
    raw = bytearray(GOOD.raw)
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    try:
        envelope = Envelope.parse(bytes(raw))
    except StatementError:
        return
    assert (envelope.payload, envelope.keyid, envelope.signature) != (
        GOOD.payload,
        GOOD.keyid,
        GOOD.signature,
    )
