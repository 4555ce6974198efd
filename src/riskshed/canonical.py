"""JSON with one byte form (JCS, RFC 8785), and a reader that says what is wrong with any other.

Sorted JSON of the standard library is not JCS: it orders names by code points instead of UTF-16 units,
which differs beyond the basic plane, and writes some floats otherwise. Where every name is ASCII and no
number is a float the two are the same, and it is about five times faster (the tests hold both to one form);
`encode_plain` is for such values alone, and `canonical` for all others.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import rfc8785

from riskshed.columns import shown
from riskshed.statement_faults import StatementError
from riskshed.statement_values import WHOLE_MAX

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def encode_plain(value: Any) -> bytes:
    """JCS of a value whose names are all ASCII and whose numbers are all whole and within 2**53 - 1.

    Examples
    --------
    >>> encode_plain({"b": ["水", True], "a": 1}).decode()
    '{"a":1,"b":["水",true]}'
    """
    return _encode(value).encode()


def canonical(value: Any) -> bytes:
    """JCS of any JSON value, floats included.

    Raises
    ------
    StatementError
        ``statement.not_json`` for what JCS has no form for: NaN, infinity, numbers beyond 2**53 - 1, half
        characters, other types.

    Examples
    --------
    >>> canonical({"1e21": 1e21, "a": 0.1}).decode()
    '{"1e21":1e+21,"a":0.1}'
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise StatementError.of("statement.not_json", "canonical", str(error)[:200], "plain JSON") from None


def read_strict(raw: bytes, where: str) -> Any:
    """Read JSON as RFC 7493 (I-JSON) wants it, and without floats, or say what is wrong with it.

    Raises
    ------
    StatementError
        ``statement.not_utf8``, ``statement.not_json``, ``statement.duplicate_key``, ``statement.float``,
        ``statement.not_a_number``, ``statement.too_large``, ``statement.surrogate``, ``statement.too_deep``.
    """

    def refuse(code: str, got: str, wanted: str, todo: str = "") -> NoReturn:
        raise StatementError.of(f"statement.{code}", where, got, wanted, todo)

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(found)
        if len(members) < len(found):
            names = [name for name, _ in found]
            twice = next(name for name in names if names.count(name) > 1)
            refuse("duplicate_key", f"the name {shown(twice)} twice", "each name once")
        return members

    def whole(digits: str) -> int:
        if len(digits) > 17 or abs(int(digits)) > WHOLE_MAX:
            refuse("too_large", f"{digits[:20]}...", f"at most {WHOLE_MAX} either way", "Write it as text.")
        return int(digits)

    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=pairs,
            parse_int=whole,
            parse_float=lambda text: refuse(
                "float", shown(text), "a whole number, or text", "Write it as text."
            ),
            parse_constant=lambda text: refuse("not_a_number", text, "a number", "Leave the field out."),
        )
        canonical(value)
    except UnicodeDecodeError as error:
        refuse("not_utf8", f"byte {error.start} is not UTF-8", "UTF-8 without byte order mark")
    except RecursionError:
        refuse("too_deep", "lists or objects many levels deep", "at most a few levels")
    except StatementError as error:
        if error.code == "statement.not_json":
            refuse("surrogate", "half a character", "whole Unicode characters")
        raise
    except ValueError as error:
        refuse("not_json", str(error)[:200], "JSON (RFC 8259)")
    return value


def refuse_other_form(raw: bytes, where: str) -> NoReturn:
    """Say why these bytes are not the one form of a value: they are no JSON of ours, or another form."""
    wanted = canonical(read_strict(raw, where))
    pairs = enumerate(zip(raw, wanted, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(raw), len(wanted)))
    got = f"from byte {at} on {shown(raw[at : at + 20].decode(errors='replace'))}"
    told = shown(wanted[at : at + 20].decode(errors="replace"))
    raise StatementError.of("statement.not_canonical", where, got, f"the one form of JCS: {told}")
