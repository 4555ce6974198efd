"""What was said: an official sentence, frozen, with exactly one byte form.

A **statement** is a past fact of one of the kinds of `riskshed.vocabulary`, said by a body. Its payload is
JSON in canonical form (JCS, RFC 8785); its id is the SHA-256 of the payload; a key of the body signs it in
an envelope (`riskshed.envelope`). So two programs that mean the same sign the same bytes, and whoever holds
the bytes can tell years later what was said, by whose key, without this program.

`make` builds a statement and names every fault at once; `sign` puts it into an envelope; `verify` goes the
other way, and either returns a statement whose signature is good or raises. Nothing is half read.

**Sealed** statements keep their body off the record. The payload holds ``commit``, the SHA-256 of 32 random
bytes (the salt) and the body; salt and body go to the recipients. Without the salt nobody can find the body
by trying; when the parties delete both, the statement still stands and still verifies, and says no more
than that it was made.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from riskshed.canonical import encode_plain, refuse_other_form
from riskshed.columns import shown
from riskshed.envelope import ENVELOPE_BYTES_MAX, PAYLOAD_BYTES_MAX, PAYLOAD_TYPE, Envelope, signing_input
from riskshed.statement_faults import FaultList, StatementError
from riskshed.statement_guide import guide
from riskshed.statement_record import Body, Statement, Visibility, built, check, frozen, known_kind
from riskshed.statement_values import Money, decimal_text, time_text
from riskshed.vocabulary import SHAPES, KindName

__all__ = [
    "ENVELOPE_BYTES_MAX",
    "PAYLOAD_BYTES_MAX",
    "PAYLOAD_TYPE",
    "Envelope",
    "KindName",
    "Money",
    "Sealed",
    "Statement",
    "StatementError",
    "decimal_text",
    "digest_text",
    "guide",
    "make",
    "parse",
    "read",
    "seal",
    "sign",
    "signing_input",
    "time_text",
    "unseal",
    "verify",
]

SALT_BYTES = 32

# ---------------------------------------------------------------------------------------------- making one


@dataclass(frozen=True, slots=True)
class Sealed:
    """A body that stays off the record: what the record holds of it, and what its recipients need."""

    kind: KindName
    commit: str
    salt: bytes
    body: bytes


def make(
    kind: KindName,
    *,
    by: str,
    officer: str,
    issued: datetime,
    body: Body | Sealed,
    about: str | None = None,
    replies_to: str | None = None,
    exercise: bool = False,
    visibility: Visibility = "public",
    recipients: Sequence[str] = (),
    reconstructed: Body | None = None,
) -> Statement:
    """A statement of these facts.

    Parameters
    ----------
    kind : KindName
    by, officer : str
    issued : datetime
        Aware; what is less than a second is cut off.
    body : Mapping or Sealed
        The fields of the kind, as JSON values: decimals and times as text (`decimal_text`, `time_text`),
        money as `Money.to_json` gives it. A `Sealed` body needs `visibility` ``"sealed"`` and `recipients`.
    about, replies_to, exercise, visibility, recipients, reconstructed
        As in `Statement`.

    Raises
    ------
    StatementError
        With every fault, field by field.

    Examples
    --------
    >>> from datetime import UTC
    >>> said = make(
    ...     "NoticeAcknowledged",
    ...     by="230100",
    ...     officer="duty-2",
    ...     issued=datetime(2005, 11, 20, 8, 0, tzinfo=UTC),
    ...     replies_to="0" * 64,
    ...     body={"received_at": "2005-11-20T15:58:00+08:00"},
    ... )
    >>> said.time("received_at").hour, said.id[:8]
    (15, '69b8b7c1')
    """
    fields: dict[str, Any] = {
        "kind": kind,
        "by": by,
        "officer": officer,
        "issued": time_text(issued),
        "exercise": exercise,
        "visibility": visibility,
    }
    if isinstance(body, Sealed):
        assert body.kind == kind, f"a body that was sealed as {body.kind}"
        fields["commit"] = body.commit
    else:
        fields["body"] = dict(body)
    more = {"about": about, "replies_to": replies_to, "reconstructed": reconstructed}
    fields.update({name: value for name, value in more.items() if value is not None})
    if recipients:
        fields["recipients"] = list(recipients)
    check(fields)
    return built(fields, _within(encode_plain(fields), "payload"))


def seal(kind: KindName, body: Body, *, salt: bytes | None = None) -> Sealed:
    """A body of this kind that stays off the record.

    Parameters
    ----------
    kind : KindName
    body : Mapping
        As in `make`.
    salt : bytes, optional
        32 bytes; without it, fresh random ones. A salt must never be used twice.

    Raises
    ------
    StatementError
        With every fault of the body.
    """
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    assert len(salt) == SALT_BYTES, "of another length, salt and body could be parted elsewhere"
    known_kind(kind)
    faults = FaultList(kind)
    SHAPES[kind].check(dict(body), "body", faults)
    faults.raise_any()
    data = _within(encode_plain(dict(body)), "body")
    return Sealed(kind, digest_text(salt + data), salt, data)


def unseal(statement: Statement, salt: bytes, body: bytes) -> Body:
    """The body of a sealed statement, if this is it.

    Raises
    ------
    StatementError
        ``statement.not_sealed``; ``statement.wrong_commit`` if salt or body are not those that were sealed;
        faults of the body if its author sealed what is none.
    """
    if statement.commit is None:
        raise StatementError.of("statement.not_sealed", statement.kind, "an open body", "a sealed one")
    matches = len(salt) == SALT_BYTES and compare_digest(digest_text(salt + body), statement.commit)
    if not matches:
        raise StatementError.of(
            "statement.wrong_commit", statement.kind, "another salt or body", f"those of {statement.commit}"
        )
    value = _read_one_form(_within(body, "body"), "body")
    faults = FaultList(statement.kind)
    SHAPES[statement.kind].check(value, "body", faults)
    faults.raise_any()
    opened: Body = frozen(value)
    return opened


def digest_text(data: bytes) -> str:
    """The digest of these bytes, as it stands in a statement.

    Examples
    --------
    >>> digest_text(b"")[:20]
    'sha256:e3b0c44298fc1'
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def sign(statement: Statement, keyid: str, signer: Callable[[bytes], bytes]) -> bytes:
    """The statement in a signed envelope: an entry of the log.

    Parameters
    ----------
    statement : Statement
    keyid : str
        Name of the key, plus sign, eight hex digits.
    signer : callable
        Takes the bytes to be signed and returns the signature.

    Raises
    ------
    StatementError
        ``statement.bad_keyid``.
    """
    return Envelope.of(statement.payload, keyid, signer(signing_input(statement.payload))).raw


# ------------------------------------------------------------------------------------------------ reading one


def parse(payload: bytes) -> Statement:
    """The statement of a payload in its one form.

    Raises
    ------
    StatementError
        If these bytes are anything else; with every fault if they are JSON in canonical form.
    """
    value = _read_one_form(_within(payload, "payload"), "payload")
    check(value)
    return built(value, payload)


def read(raw: bytes) -> Statement:
    """The statement in an envelope, whoever may have signed it: use `verify` to know.

    Raises
    ------
    StatementError
    """
    return parse(Envelope.parse(raw).payload)


def verify(raw: bytes, signed: Callable[[str, bytes, bytes], bool], *, role: str, by: str) -> Statement:
    """The statement in an envelope, if the body signed it with a key that may sign such a statement.

    The caller knows the keys: which body has the key of this id at this place in the log, and its role.

    Parameters
    ----------
    raw : bytes
        The envelope.
    signed : callable
        Takes key id, message and signature; True if the key of this id made the signature, False otherwise or
        if there is no such key.
    role : str
        Role of that key: ``statement``, or ``exercise`` for drills. Others sign no statements.
    by : str
        The body whose key it is.

    Raises
    ------
    StatementError
        ``statement.wrong_role``, ``statement.bad_signature``, ``statement.wrong_body``,
        ``statement.exercise_mismatch``, and those of `Envelope.parse` and `parse`.
    """
    if role not in ("statement", "exercise"):
        wanted = "a key for statements or exercises"
        raise StatementError.of("statement.wrong_role", "envelope", f"a key for {shown(role)}", wanted)
    envelope = Envelope.parse(raw)
    if signed(envelope.keyid, envelope.signing_input, envelope.signature) is not True:
        got = f"a signature that is not of key {shown(envelope.keyid)}"
        raise StatementError.of("statement.bad_signature", "envelope", got, "a signature of a known key")
    statement = parse(envelope.payload)
    if statement.by != by:
        got = f"a statement by {shown(statement.by)}"
        raise StatementError.of(
            "statement.wrong_body", statement.kind, got, f"one by {shown(by)}, whose key it is"
        )
    if statement.exercise != (role == "exercise"):
        got = "an exercise" if statement.exercise else "an actual statement"
        wanted = f"what a key for {'exercises' if role == 'exercise' else 'statements'} signs"
        raise StatementError.of("statement.exercise_mismatch", statement.kind, got, wanted)
    return statement


def _within(data: bytes, where: str) -> bytes:
    if len(data) > PAYLOAD_BYTES_MAX:
        got, wanted = f"{len(data)} bytes", f"at most {PAYLOAD_BYTES_MAX} bytes"
        todo = "Put large matter into a file and name its digest."
        raise StatementError.of("statement.oversize", where, got, wanted, todo)
    return data


def _read_one_form(raw: bytes, where: str) -> Any:
    """The value of bytes that are the one form of it.

    Fast for good bytes: whatever a reader could take in two ways (a name twice, another order, white space,
    an escape, a float, a number too large) does not come out again as it went in, or is no value of any
    field.
    """
    try:
        value = json.loads(raw.decode())
        same = encode_plain(value) == raw
    except (ValueError, RecursionError):
        same = False
    if not same:
        refuse_other_form(raw, where)
    return value
