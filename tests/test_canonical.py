"""One form of JSON: the vectors of RFC 8785, and where sorted JSON is not it."""

from __future__ import annotations

import json
from pathlib import Path

import cast
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from riskshed.canonical import canonical, encode_plain, read_strict, refuse_other_form
from riskshed.statement import StatementError

VECTORS = ("arrays", "french", "structures", "unicode", "values", "weird")
NAMES = st.text("abcdefghij_", max_size=5)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=("Cs",)))
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(NAMES, part, max_size=4),
)


def code_of(raw: bytes) -> str:
    with pytest.raises(StatementError) as caught:
        read_strict(raw, "test")
    return caught.value.code


@pytest.fixture(scope="module")
def vectors() -> Path:
    return cast.shared_data("tlog-vectors") / "jcs-rfc8785"


@pytest.mark.parametrize("name", VECTORS)
def test_published_vector_is_reproduced(vectors: Path, name: str) -> None:
    value = json.loads((vectors / "input" / f"{name}.json").read_bytes())
    assert canonical(value) == (vectors / "output" / f"{name}.json").read_bytes()
    assert canonical(value) == bytes.fromhex((vectors / "outhex" / f"{name}.txt").read_text("utf-8"))


@given(PLAIN)
def test_plain_encoding_is_jcs_where_names_are_ascii_and_numbers_whole(value: object) -> None:
    assert encode_plain(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_sorted_json_is_not_jcs_beyond_the_basic_plane() -> None:
    value = {"\U0001f30a": 1, "\ufb33": 2}
    assert canonical(value) == '{"\U0001f30a":1,"\ufb33":2}'.encode()
    assert encode_plain(value) != canonical(value)


@pytest.mark.parametrize("number", [1e16, 1e-7, 5.0, -0.0])
def test_sorted_json_is_not_jcs_on_floats(number: float) -> None:
    assert encode_plain([number]) != canonical([number])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", {1: 2}, object()])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(StatementError):
        canonical(value)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":{"b":1,"b":2}}', "duplicate_key"),
        (b"[1.5]", "float"),
        (b"[1e2]", "float"),
        (b"[NaN]", "not_a_number"),
        (b"[-Infinity]", "not_a_number"),
        (b"[9007199254740992]", "too_large"),
        (b"[" + b"9" * 5000 + b"]", "too_large"),
        (b'["\\ud83c"]', "surrogate"),
        (b'{"\\udc00":1}', "surrogate"),
        (b'["\xff"]', "not_utf8"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b"", "not_json"),
        (b"{}{}", "not_json"),
        (b"[" * 60_000, "too_deep"),
        (b'{"a":' * 9_000, "too_deep"),
    ],
)
def test_each_wrong_input_has_its_own_reason(raw: bytes, code: str) -> None:
    assert code_of(raw) == f"statement.{code}"


def test_largest_whole_number_is_read() -> None:
    assert read_strict(b"[9007199254740991,-9007199254740991]", "test") == [2**53 - 1, -(2**53) + 1]


@pytest.mark.parametrize("raw", [b'{"a": 1}', b'{"b":1,"a":1}', b'["\\u6c34"]', b'["\\/"]', b"[-0]", b"{} "])
def test_another_form_is_named_with_its_place(raw: bytes) -> None:
    with pytest.raises(StatementError, match="from byte") as caught:
        refuse_other_form(raw, "test")
    assert caught.value.code == "statement.not_canonical"
