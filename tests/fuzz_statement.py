"""Every parser of the statements as a function of bytes, as `fuzz_ledger` has those of the ledger.

What the bytes of a stranger decide is whether they are a statement. If they are, every field of it can be
read by its type, and it is written as it was read; if they are not, the refusal is a `StatementError`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from fuzz_ledger import refusals_only
from statements import AN_ID, KEYID, plain, plain_body, signed

from riskshed import statement
from riskshed.audit_entries import EntryJudge
from riskshed.audit_keys import KeyBook, keyid_of
from riskshed.audit_report import FindingList
from riskshed.canonical import canonical, encode_plain, read_strict
from riskshed.envelope import PAYLOAD_BYTES_MAX, Envelope, signing_input
from riskshed.ledger.keys import SigningKey
from riskshed.statement import Statement, StatementError
from riskshed.statement_faults import FaultList
from riskshed.statement_values import PLAIN
from riskshed.vocabulary import KINDS, Field

NAMES = sorted(KINDS)
BODY_KEY = SigningKey("220200/statement", "statement", bytes(range(32)))
BODY_KEYID = keyid_of(BODY_KEY.verifier)
JOINED = plain(
    "BodyJoined",
    body={
        **plain_body(KINDS["BodyJoined"].fields, optional=False),
        "body": "220200",
        "key": str(BODY_KEY.verifier),
    },
)
SALT = bytes(range(32))
READERS: dict[str, tuple[Callable[[Statement, str], Any], Callable[[Statement, str], Any] | None]] = {
    "words": (Statement.words, None),
    "time": (Statement.time, None),
    "decimal": (Statement.decimal, None),
    "whole": (Statement.whole, None),
    "yes_no": (Statement.yes_no, None),
    "money": (Statement.money, None),
    "record": (Statement.record, Statement.records),
    "file": (Statement.record, Statement.records),
    "measure": (Statement.record, None),
    "point": (Statement.record, None),
}
"""How a field of a type is read, one or many; all other types are text."""


def read_field(said: Statement, field: Field) -> Any:
    one, many = READERS.get(field.type, (Statement.string, Statement.strings))
    reader = many if field.many else one
    assert reader is not None, f"nothing reads {said.kind}.{field.name}"
    return reader(said, field.name)


def hold(said: Statement, payload: bytes) -> None:
    """What must be true of a statement that was accepted."""
    assert said.payload == payload == canonical(said.to_json())
    assert said.issued.utcoffset() is not None
    if said.commit is None:
        for field in KINDS[said.kind].fields:
            if said.has(field.name):
                read_field(said, field)


def fuzz_payload(data: bytes) -> None:
    with refusals_only(StatementError):
        hold(statement.parse(data), data)


def fuzz_statement_value(data: bytes) -> None:
    """Any JSON, brought into its one form, so that what is judged is the value and not how it is written."""
    try:
        payload = canonical(json.loads(data))
    except (ValueError, RecursionError, StatementError):
        return
    with refusals_only(StatementError):
        hold(statement.parse(payload), payload)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every object and list within a value, with each of its names or indices."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in list(inner):
        yield value, name
        if isinstance(one, dict | list):
            yield from places(one)


def fuzz_field(data: bytes) -> None:
    """Any JSON, or else text, in the place of one value of a good statement; two bytes say which."""
    first, second = data[:2].ljust(2, b"\0")
    value = plain(NAMES[first % len(NAMES)]).to_json()
    found = list(places(value))
    holder, name = found[second % len(found)]
    try:
        holder[name] = json.loads(data[2:])
    except (ValueError, RecursionError):
        holder[name] = data[2:].decode("utf-8", "surrogateescape")
    with refusals_only(StatementError):
        payload = canonical(value)
        hold(statement.parse(payload), payload)


def fuzz_envelope(data: bytes) -> None:
    with refusals_only(StatementError):
        read = Envelope.parse(data)
        assert read.raw == data == Envelope.of(read.payload, read.keyid, read.signature).raw
        hold(statement.read(data), read.payload)


def fuzz_envelope_twin(data: bytes) -> None:
    """Whatever the reader of envelopes accepts, a plain reader of JSON reads in the same way."""
    with refusals_only(StatementError):
        read = Envelope.parse(data)
        twin = json.loads(data)
        assert canonical(twin) == data
        assert base64.b64decode(twin["payload"], validate=True) == read.payload
        assert [twin["signatures"][0]["keyid"]] == [read.keyid]


def fuzz_verified(data: bytes) -> None:
    """A key signs whatever it is given; what is no statement must be refused none the less."""
    if not 0 < len(data) <= PAYLOAD_BYTES_MAX:
        return
    raw = Envelope.of(data, KEYID, bytes(64)).raw
    for role in ("statement", "exercise"):
        with refusals_only(StatementError):
            hold(statement.verify(raw, lambda *_: True, role=role, by="220200"), data)


def fuzz_sealed_body(data: bytes) -> None:
    """A body that its author sealed, whatever it is: the first byte says of which kind."""
    kind = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    body = data[1:]
    commit = statement.digest_text(SALT + body)
    about = None if KINDS[kind].about == "no" else "songhua-2005"
    sealed = statement.Sealed(kind, commit, SALT, body)  # type: ignore[arg-type]
    replies_to = AN_ID if KINDS[kind].must_answer else None
    more = {"visibility": "sealed", "recipients": ["230100"], "about": about, "replies_to": replies_to}
    said = plain(kind, **{**more, "body": sealed})
    with refusals_only(StatementError):
        assert canonical(json.loads(body)) == body if statement.unseal(said, SALT, body) else True


def fuzz_entry(data: bytes) -> None:
    """An entry of a log that is audited, after its body has joined: the body's key signs whatever it is."""
    if not 0 < len(data) <= PAYLOAD_BYTES_MAX:
        return
    findings = FindingList()
    judge = EntryJudge(KeyBook(), findings)
    for index, payload in enumerate((JOINED.payload, data)):
        signature = BODY_KEY.sign(signing_input(payload), role="statement")
        said = judge.judge(index, Envelope.of(payload, BODY_KEYID, signature).raw)
        assert (said is None) == bool(findings.total)
    judge.finish()
    assert all(str(finding).replace("\n", " ").isprintable() for finding in findings.kept)


def fuzz_json(data: bytes) -> None:
    with refusals_only(StatementError):
        value = read_strict(data, "it")
        form = canonical(value)
        assert read_strict(form, "it") == value
        if form.isascii():
            assert encode_plain(value) == form


def fuzz_canonical(data: bytes) -> None:
    """JSON as a lenient reader takes it, floats and all: its one form is a form of the same value."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    with refusals_only(StatementError):
        form = canonical(value)
        assert canonical(json.loads(form)) == form


def fuzz_value(data: bytes) -> None:
    """One text as the value of every plain type, and of a number and a count."""
    text = data.decode("utf-8", "replace")
    for name, check in PLAIN.items():
        faults = FaultList("value")
        check(text, name, faults)
        assert all(str(fault).replace("\n", " ").isprintable() for fault in faults.faults)


def seeds() -> dict[str, list[bytes]]:
    """For each function, bytes that it accepts."""
    said = [plain(kind) for kind in NAMES]
    payloads = [one.payload for one in said]
    envelopes = [signed(one) for one in said[::9]]
    bodies = [bytes([at]) + encode_plain(plain_body(KINDS[kind].fields)) for at, kind in enumerate(NAMES)]
    floats = b'{"1e21":1e21,"a":[0.1,-0.0,5e-324],"\\u20ac":"\\ud83d\\ude00"}'
    return {
        "fuzz_payload": payloads,
        "fuzz_statement_value": payloads,
        "fuzz_field": [bytes([at, 7 * at % 29]) + b'{"zh":"a","n":[1,"1"]}' for at in range(len(NAMES))],
        "fuzz_envelope": envelopes,
        "fuzz_envelope_twin": envelopes,
        "fuzz_verified": payloads[::3],
        "fuzz_sealed_body": bodies,
        "fuzz_entry": [JOINED.payload, *payloads],
        "fuzz_json": [*payloads[::9], b'[1,true,null,"\\u6c34"]'],
        "fuzz_canonical": [floats, *payloads[::20]],
        "fuzz_value": [b"2005-11-20T16:00:00+08:00", b"51.5", b"2005-11-20", b"songhua-2005", b"text/csv"],
    }


TARGETS: dict[str, Callable[[bytes], None]] = {
    name: act for name, act in globals().items() if name.startswith("fuzz_")
}
