"""Statements for the tests: any body of a kind, drawn from its declaration, and a plain one of each."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from riskshed import statement
from riskshed.statement import Statement
from riskshed.statement_values import WHOLE_MAX
from riskshed.vocabulary import KINDS, Field
from riskshed.vocabulary_fields import COMPOSITES

ISSUED = datetime(2005, 11, 20, 8, 0, tzinfo=UTC)
AN_ID, A_DIGEST = "ab" * 32, "sha256:" + "cd" * 32
KEYID = "230100/statement+0a1b2c3d"

PLAIN: dict[str, Any] = {
    "text": "上游来水\nhas changed",
    "name": "松花江 harbour office",
    "words": {"zh": "预计四十八小时后到达", "en": "expected in 48 hours"},
    "code": "230100",
    "subject": "songhua-2005",
    "statement": AN_ID,
    "digest": A_DIGEST,
    "media_type": "text/csv",
    "key": "230100/statement+0a1b2c3d+" + "A" * 44,
    "time": "2005-11-20T16:00:00+08:00",
    "day": "2005-11-20",
    "yes_no": True,
}
"""One good value of each type that needs no more than its name."""


def plain_value(field: Field) -> Any:
    """One good value of a field."""
    value = PLAIN.get(field.type)
    if field.type in ("decimal", "whole"):
        number = max(field.low or 0, min(1, field.high if field.high is not None else 1))
        value = str(number) if field.type == "decimal" else number
    elif field.type == "choice":
        value = field.choices[0]
    elif value is None:
        value = plain_body(COMPOSITES.get(field.type, field.fields))
    return [value] if field.many else value


def plain_body(fields: tuple[Field, ...], *, optional: bool = True) -> dict[str, Any]:
    return {field.name: plain_value(field) for field in fields if optional or field.required}


def plain(kind: str, *, optional: bool = True, **changed: Any) -> Statement:
    """One plain statement of a kind, with all optional fields or none."""
    facts: dict[str, Any] = {"by": "220200", "officer": "duty-1", "issued": ISSUED}
    facts["body"] = plain_body(KINDS[kind].fields, optional=optional)
    facts["about"] = None if KINDS[kind].about == "no" else "songhua-2005"
    facts["replies_to"] = AN_ID if KINDS[kind].must_answer else None
    return statement.make(kind, **{**facts, **changed})  # type: ignore[arg-type]


# Any character but halves and controls; a text must not be blank, so a letter stands in each.
_letters = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
_texts = _letters.map(lambda text: f"a{text}")
_names = st.text(st.characters(categories=("Lu", "Ll", "Lo", "Nd")), min_size=1, max_size=30)
_hex = st.text("0123456789abcdef", min_size=64, max_size=64)
_codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,20}", fullmatch=True)
_times = st.datetimes(datetime(1800, 1, 1), datetime(2199, 12, 31)).flatmap(  # noqa: DTZ001
    lambda time: st.sampled_from(("+08:00", "+00:00", "-09:30", "+14:00")).map(
        lambda zone: time.replace(microsecond=0).isoformat() + zone
    )
)
_decimals = st.decimals(-(10**9), 10**9, places=4)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": _texts,
    "name": _names,
    "words": st.dictionaries(st.sampled_from(("zh", "en", "ru", "mn-Cyrl")), _texts, min_size=1),
    "code": _codes,
    "subject": _codes,
    "statement": _hex,
    "digest": _hex.map("sha256:".__add__),
    "media_type": st.sampled_from(("text/csv", "application/pdf", "application/vnd.a-b+json")),
    "key": st.text(string.ascii_letters, min_size=44, max_size=44).map(lambda b: f"log.example+0a1b2c3d+{b}"),
    "time": _times,
    "day": st.dates(datetime(1800, 1, 1).date(), datetime(2199, 12, 31).date()).map(str),  # noqa: DTZ001
    "yes_no": st.booleans(),
}


def values(field: Field) -> st.SearchStrategy[Any]:
    """Any good value of a field."""
    if field.type == "decimal":
        low, high = -(10**9) if field.low is None else field.low, 10**9 if field.high is None else field.high
        numbers = st.decimals(low, high, places=4, allow_nan=False)
        one: st.SearchStrategy[Any] = numbers.map(lambda n: statement.decimal_text(n, 4))
    elif field.type == "whole":
        low, high = field.low or 0, WHOLE_MAX if field.high is None else field.high
        one = st.integers(low, high)
    elif field.type == "choice":
        one = st.sampled_from(field.choices)
    elif field.type in VALUES:
        one = VALUES[field.type]
    else:
        one = bodies(COMPOSITES.get(field.type, field.fields))
    return st.lists(one, min_size=1, max_size=min(3, field.many), unique_by=repr) if field.many else one


def bodies(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Any good body of these fields."""
    required = {field.name: values(field) for field in fields if field.required}
    optional = {field.name: values(field) for field in fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def signed(said: Statement) -> bytes:
    """The statement under the one key of the tests."""
    return statement.sign(said, KEYID, KEY.sign)


def signed_by_the_key(keyid: str, message: bytes, signature: bytes) -> bool:
    """What a ring with one key says of a signature."""
    if keyid != KEYID:
        return False
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True
