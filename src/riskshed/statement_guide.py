"""The guide page of the statements, written from the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from riskshed.envelope import ENVELOPE_BYTES_MAX, PAYLOAD_BYTES_MAX, PAYLOAD_TYPE
from riskshed.statement_values import (
    CURRENCIES,
    NAME_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    UNITS,
    WHOLE_MAX,
    YEARS,
)
from riskshed.vocabulary import ANY, COMMON, GROUPS, KINDS, Field, Kind
from riskshed.vocabulary_fields import COMPOSITES

_NEEDS = {"must": "required", "may": "optional", "no": "none"}

_HEAD = f"""\
# Statements

A statement is an official sentence: a past fact, said by a body, signed and frozen. Its payload is JSON in
canonical form (JCS, RFC 8785) and at most {PAYLOAD_BYTES_MAX:,} bytes long; its id is the SHA-256 of the
payload, as 64 hex digits. A key of the body signs it in a DSSE envelope of at most {ENVELOPE_BYTES_MAX:,}
bytes, with the payload type

    {PAYLOAD_TYPE}

The envelope has exactly the members `payload`, `payloadType` and `signatures`, the last with exactly one
signature (`keyid`, `sig`), is itself in canonical form, and writes bytes in standard base64 with padding.
The signature covers `DSSEv1 SP length SP type SP length SP payload`. The entry of the log is the envelope
as it was received; nobody writes it anew. The payload must be its own canonical form; anything else is
refused.

The vocabulary is frozen: kinds and optional fields may be added, and nothing that is there ever changes. A
program that meets a kind or field that it does not know refuses to read the statement, keeps its bytes, and
can still check its signature.

This page is written from `riskshed.vocabulary` and checked against it.
"""

_TYPES: tuple[tuple[str, str], ...] = (
    (
        "text",
        f"1 to {TEXT_CHARACTERS_MAX:,} characters, not blank; line breaks and tabs, but no other control",
    ),
    (
        "name",
        f"text on one line of at most {NAME_CHARACTERS_MAX} characters, trimmed, no bidi controls",
    ),
    ("words", 'text by language: `{"zh": "…", "en": "…"}`, at least one'),
    (
        "code",
        "letters, digits and `. _ : / -`, at most 128, beginning with a letter or digit; not 64 hex digits",
    ),
    ("subject", "a code, or the id of a statement"),
    ("statement", "the id of a statement: 64 of `0-9 a-f`"),
    ("digest", "`sha256:` and 64 of `0-9 a-f`"),
    ("media_type", "type and subtype in lower case"),
    ("key", "a C2SP verifier key: `name+8 hex digits+base64`"),
    (
        "time",
        f"`2005-11-20T16:00:00+08:00`: seconds always, no fraction, offset `±hh:mm` up to 14 h, never `Z` or "
        f"`-00:00`; years {YEARS[0]} to {YEARS[1] - 1}",
    ),
    ("day", "`2005-11-20`"),
    ("yes_no", "`true` or `false`"),
    (
        "decimal",
        'a number as text, in the unit of the field: `"51.5"`, `"-0.25"`, `"0"`; no exponent, no plus, no '
        "leading or trailing zeros, no `-0`, at most 30 characters",
    ),
    ("whole", f"a whole number, at most {WHOLE_MAX:,} either way"),
    ("choice", "one of the words listed"),
    ("money", '`{"minor": 1000000, "currency": "CNY"}`: whole minor units (fen, cent), never negative'),
    ("measure", '`{"value": "550", "unit": "t"}`'),
    ("point", '`{"lat": "45.75", "lon": "126.63"}`, WGS 84'),
    ("file", "digest, size and media type of matter that is kept elsewhere"),
    ("record", "an object with the fields listed under it"),
)


def guide() -> str:
    """The page docs/statements.md, in Markdown.

    Examples
    --------
    >>> guide().splitlines()[0]
    '# Statements'
    """
    parts = [_HEAD, "## Values\n\n" + "\n".join(_values()), _common()]
    for group, title in GROUPS.items():
        parts.append(f"## {title}\n")
        parts.extend(_kind(kind) for kind in KINDS.values() if kind.group == group)
    return "\n".join(parts)


def _values() -> Iterator[str]:
    yield "A field that is absent is unknown, or there is none. There is no null. A JSON number is whole."
    yield "A list has at least one value, and each value once.\n"
    yield "| type | what may stand there |"
    yield "|---|---|"
    yield from (f"| {name} | {doc} |" for name, doc in _TYPES)
    yield f"\nUnits of a measure: {', '.join(f'`{unit}`' for unit in UNITS)}.\n"
    yield f"Currencies: {', '.join(CURRENCIES)}.\n"
    for name, fields in COMPOSITES.items():
        yield f"### {name}\n"
        yield from _table(fields)
        yield ""


def _common() -> str:
    table = "\n".join(_table([field if field.name != "kind" else _kind_field(field) for field in COMMON]))
    return f"""\
## What every statement has

{table}
| `body` | record |  |  | unless sealed | one | The fields of its kind. |

A sealed statement has `recipients` and `commit` and no `body`; any other has a `body` and neither of them.
The commit is the SHA-256 of 32 random bytes, the salt, followed by the body in canonical form. Salt and
body go to the recipients; when they delete both, the statement still verifies.
"""


def _kind_field(field: Field) -> Field:
    return Field(field.name, field.type, field.doc, field.required)


def _kind(kind: Kind) -> str:
    answers = "any statement" if kind.answers == (ANY,) else ", ".join(f"`{name}`" for name in kind.answers)
    replies = f"{_NEEDS[kind.replies_to]}: {answers}" if answers else "none"
    table = "\n".join(_table(kind.fields))
    return (
        f"### {kind.name}\n\n{kind.zh} · {kind.en}. {kind.doc}\n\n"
        f"`about` {_NEEDS[kind.about]}; `replies_to` {replies}.\n\n{table}\n"
    )


def _table(fields: Sequence[Field]) -> Iterator[str]:
    yield "| field | type | unit | range | required | how many | meaning |"
    yield "|---|---|---|---|---|---|---|"
    yield from _rows(fields)


def _rows(fields: Sequence[Field], path: str = "") -> Iterator[str]:
    for field in fields:
        unit = "" if field.unit == "1" else field.unit
        span = (
            field.range_text()
            if field.choices not in (tuple(UNITS), tuple(CURRENCIES))
            else "as listed above"
        )
        required = "yes" if field.required else "no"
        many = f"1 to {field.many}" if field.many else "one"
        name = f"`{path}{field.name}`"
        yield f"| {name} | {field.type} | {unit} | {span} | {required} | {many} | {field.doc} |"
        yield from _rows(field.fields, f"{path}{field.name}.")
