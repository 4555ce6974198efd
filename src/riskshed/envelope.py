"""The envelope in which a statement is signed (DSSE), and its one form as an entry of the log.

The signature covers ``DSSEv1 SP length SP type SP length SP payload``, so that bytes signed as one thing can
never be read as another. The envelope itself is ``{"payload":…,"payloadType":…,"signatures":[{"keyid":…,
"sig":…}]}`` in JCS with standard base64: exactly these members and one signature, because whatever a stranger
could add without breaking the signature would give the same statement another leaf in the log.

A leaf is the envelope as received. Readers compare bytes and never write an envelope anew. The key id is a
hint that says which key to try; what a key may sign is known from elsewhere (DSSE 1.0.2, protocol.md).
"""

from __future__ import annotations

import hashlib
import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from typing import Any, NoReturn

from riskshed.canonical import read_strict, refuse_other_form
from riskshed.columns import shown
from riskshed.statement_faults import StatementError, shown_value

PAYLOAD_TYPE = "application/vnd.riskshed.statement.v1+json"
ENVELOPE_BYTES_MAX = 65_535
"""An entry bundle of the log writes the length of an entry in two bytes."""
PAYLOAD_BYTES_MAX = 45_056
"""So that it fits into an envelope under any signature that keys make, ML-DSA-44 (2,420 bytes) included."""

_WHERE = "envelope"
_MEMBERS = ("payload", "payloadType", "signatures")
_HEAD = b'{"payload":"'
_TYPE = b'","payloadType":"' + PAYLOAD_TYPE.encode() + b'","signatures":[{"keyid":"'
_SIGNATURE = b'","sig":"'
_TAIL = b'"}]}'
_FIXED = (_HEAD, _TYPE, _SIGNATURE, _TAIL)
_KEYID = re.compile(r"[!#-*,-\[\]-~]{1,200}\+[0-9a-f]{8}", re.ASCII)
_SIGNED_HEAD = f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} ".encode()


def signing_input(payload: bytes) -> bytes:
    """The bytes that a signature of this payload covers.

    Examples
    --------
    >>> signing_input(b"{}")
    b'DSSEv1 42 application/vnd.riskshed.statement.v1+json 2 {}'
    """
    return b"%b%d %b" % (_SIGNED_HEAD, len(payload), payload)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload and one signature. Whether the signature is good, only its key can tell.

    Attributes
    ----------
    payload : bytes
    keyid : str
        Which key to try: its name, a plus sign and eight hex digits, as in a C2SP verifier key.
    signature : bytes
    raw : bytes
        The envelope as received, which is the entry of the log.
    """

    payload: bytes
    keyid: str
    signature: bytes
    raw: bytes

    @classmethod
    def of(cls, payload: bytes, keyid: str, signature: bytes) -> Envelope:
        """Put a payload and its signature into an envelope.

        Raises
        ------
        StatementError
            ``statement.bad_keyid``, ``statement.oversize``.
        """
        if not _KEYID.fullmatch(keyid):
            wanted = "a name of visible ASCII characters, a plus sign and 8 hex digits"
            raise StatementError.of("statement.bad_keyid", _WHERE, shown(keyid), wanted)
        assert payload, "a payload has at least one byte"
        assert signature, "a signature has at least one byte"
        parts = (_HEAD, _base64(payload), _TYPE, keyid.encode(), _SIGNATURE, _base64(signature), _TAIL)
        raw = b"".join(parts)
        _within(raw)
        return cls(payload, keyid, signature, raw)

    @classmethod
    def parse(cls, raw: bytes) -> Envelope:
        """Read an envelope in its one form.

        Raises
        ------
        StatementError
            ``statement.oversize``, ``statement.bad_base64``, ``statement.wrong_payload_type``,
            ``statement.wrong_envelope``, ``statement.bad_keyid``, ``statement.not_canonical``, and those of
            `riskshed.canonical.read_strict`.
        """
        _within(raw)
        # Cut at the quotation marks, so that no two readers of JSON can differ: what is not this form exactly
        # has some other byte where a fixed part must stand, or text that base64 does not write.
        a = raw.find(b'"', len(_HEAD))
        b = raw.find(b'"', a + len(_TYPE))
        c = raw.find(b'"', b + len(_SIGNATURE))
        fixed = (raw[: len(_HEAD)], raw[a : a + len(_TYPE)], raw[b : b + len(_SIGNATURE)], raw[c:])
        if fixed != _FIXED:
            _explain(raw)
        keyid = raw[a + len(_TYPE) : b].decode(errors="replace")
        if not _KEYID.fullmatch(keyid):
            _explain(raw)
        payload = _from_base64(raw[len(_HEAD) : a], "payload")
        return cls(payload, keyid, _from_base64(raw[b + len(_SIGNATURE) : c], "sig"), raw)

    @property
    def id(self) -> str:
        """Id of the statement: SHA-256 of the payload, in hex."""
        return hashlib.sha256(self.payload).hexdigest()

    @property
    def signing_input(self) -> bytes:
        """The bytes that the signature covers."""
        return signing_input(self.payload)


def _within(raw: bytes) -> None:
    if len(raw) > ENVELOPE_BYTES_MAX:
        got, wanted = f"{len(raw)} bytes", f"at most {ENVELOPE_BYTES_MAX} bytes"
        todo = "Put large matter into a file and name its digest."
        raise StatementError.of("statement.oversize", _WHERE, got, wanted, todo)


def _base64(data: bytes) -> bytes:
    return b2a_base64(data, newline=False)


def _from_base64(text: bytes, member: str) -> bytes:
    """The bytes; text that decodes, but is not what they encode to, is refused like any other wrong text."""
    try:
        data = a2b_base64(text, strict_mode=True)
    except Base64Error:
        data = b""
    if not data or _base64(data) != text:
        raise StatementError.of(
            "statement.bad_base64",
            f"{_WHERE}, {member}",
            shown(text.decode(errors="replace")),
            "standard base64 with padding",
        )
    return data


def _explain(raw: bytes) -> NoReturn:
    """Say why these bytes have not the form of an envelope."""
    value = read_strict(raw, _WHERE)
    if type(value) is not dict or sorted(value) != list(_MEMBERS):
        got = shown_value(value) if type(value) is not dict else shown(", ".join(value))
        raise StatementError.of("statement.wrong_envelope", _WHERE, got, ", ".join(_MEMBERS))
    if value["payloadType"] != PAYLOAD_TYPE:
        got, todo = shown_value(value["payloadType"]), "A newer version needs a newer program."
        raise StatementError.of("statement.wrong_payload_type", _WHERE, got, PAYLOAD_TYPE, todo)
    signature = _only_signature(value["signatures"])
    for member, text in (("payload", value["payload"]), ("sig", signature["sig"])):
        if type(text) is not str or not text.isascii():
            raise StatementError.of(
                "statement.bad_base64", f"{_WHERE}, {member}", shown_value(text), "standard base64"
            )
        _from_base64(text.encode(), member)
    if type(signature["keyid"]) is not str or not _KEYID.fullmatch(signature["keyid"]):
        wanted = "a name of visible ASCII characters, a plus sign and 8 hex digits"
        raise StatementError.of("statement.bad_keyid", _WHERE, shown_value(signature["keyid"]), wanted)
    refuse_other_form(raw, _WHERE)


def _only_signature(signatures: Any) -> dict[str, Any]:
    if type(signatures) is list and len(signatures) == 1:
        one = signatures[0]
        if type(one) is dict and sorted(one) == ["keyid", "sig"]:
            return one
    got, wanted = shown_value(signatures), "a list of one object with keyid and sig"
    raise StatementError.of("statement.wrong_envelope", f"{_WHERE}, signatures", got, wanted)
