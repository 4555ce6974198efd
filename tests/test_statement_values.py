"""Each type of value: what just may stand in a field, and what just may not."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.statement import StatementError, decimal_text, time_text
from riskshed.statement_faults import FaultList
from riskshed.vocabulary_fields import Field, FieldType, checker


def codes(kind: FieldType, value: Any, **more: Any) -> list[str]:
    """The codes of all faults of a value in a field of this type."""
    faults = FaultList("test")
    checker(Field("field", kind, "A field.", **more))(value, "field", faults)
    return [fault.code.removeprefix("statement.") for fault in faults.faults]


@pytest.mark.parametrize("value", ["0", "1", "-1", "10", "0.5", "-0.5", "51.5", "100.001", "9" * 30])
def test_decimal_in_its_one_form_is_taken(value: str) -> None:
    assert codes("decimal", value, unit="h") == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-0",
        "+1",
        "01",
        "1.0",
        "0.50",
        ".5",
        "5.",
        "1e3",
        "1E3",
        "NaN",
        "inf",
        "1,5",
        " 1",
        "１",
        "9" * 31,
    ],
)
def test_decimal_in_any_other_form_is_refused(value: str) -> None:
    assert codes("decimal", value, unit="h") == ["bad_decimal"]


def test_number_with_a_fraction_is_told_to_be_text() -> None:
    assert codes("decimal", 51.5, unit="h") == ["float"]


@pytest.mark.parametrize(("value", "wrong"), [("-0.001", True), ("0", False), ("1", False), ("1.001", True)])
def test_range_of_a_decimal_includes_its_ends(value: str, wrong: bool) -> None:
    assert bool(codes("decimal", value, unit="1", low=0, high=1)) == wrong


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (2**53 - 1, []),
        (2**53, ["too_large"]),
        pytest.param(10**5000, ["too_large"], id="5001 digits"),
        (-1, []),
        (True, ["wrong_type"]),
        ("1", ["wrong_type"]),
        (1.0, ["float"]),
    ],
)
def test_whole_number_is_whole_and_safe(value: Any, found: list[str]) -> None:
    assert codes("whole", value, unit="1") == found


@pytest.mark.parametrize(
    "value", ["2005-11-20T16:00:00+08:00", "1800-01-01T00:00:00+00:00", "2199-12-31T23:59:59-14:00"]
)
def test_time_in_its_one_form_is_taken(value: str) -> None:
    assert codes("time", value) == []


@pytest.mark.parametrize(
    "value",
    [
        "2005-11-20T16:00:00Z",
        "2005-11-20T16:00:00-00:00",
        "2005-11-20T16:00:00",
        "2005-11-20T16:00+08:00",
        "2005-11-20T16:00:00.5+08:00",
        "2005-11-20t16:00:00+08:00",
        "2005-11-20 16:00:00+08:00",
        "2005-11-20T16:00:00+0800",
        "2005-11-20T16:00:00,08:00",
        "2005-11-20T24:00:00+08:00",
        "2005-11-20T16:00:60+08:00",
        "2005-11-20T16:00:00+14:01",
        "2005-11-20T16:00:00+15:00",
        "2005-02-29T16:00:00+08:00",
        "1799-12-31T23:59:59+00:00",
        "2200-01-01T00:00:00+00:00",
        "２005-11-20T16:00:00+08:00",
    ],
)
def test_time_in_any_other_form_is_refused(value: str) -> None:
    assert codes("time", value) == ["bad_time"]


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("text", "a\nb\tc 水 🌊", []),
        ("text", "", ["empty"]),
        ("text", " \n ", ["empty"]),
        ("text", "a" * 20_000, []),
        ("text", "a" * 20_001, ["too_long"]),
        ("text", "a\x00", ["control_character"]),
        ("text", "\x1b[31m", ["control_character"]),
        ("text", "a\ud83c", ["surrogate"]),
        ("name", "哈尔滨市", []),
        ("name", "a\nb", ["control_character"]),
        ("name", "a\u202eb", ["control_character"]),
        ("name", " a", ["bad_name"]),
        ("name", "", ["bad_name"]),
        ("name", "a" * 301, ["too_long"]),
        ("name", "\udfff", ["surrogate"]),
        ("words", {}, ["wrong_type"]),
        ("words", {"zh": "水"}, []),
        ("words", {"ZH": "水"}, ["bad_language"]),
        ("words", {"zh": ""}, ["empty"]),
        ("words", {"zh": None}, ["wrong_type"]),
        ("code", "230100", []),
        ("code", "outside:910000", []),
        ("code", "a" * 128, []),
        ("code", "a" * 129, ["bad_code"]),
        ("code", "哈尔滨", ["bad_code"]),
        ("code", "-a", ["bad_code"]),
        ("code", "a b", ["bad_code"]),
        ("code", "a\n", ["bad_code"]),
        ("code", "ab" * 32, ["bad_code"]),
        ("subject", "ab" * 32, []),
        ("statement", "ab" * 32, []),
        ("statement", "AB" * 32, ["bad_id"]),
        ("digest", "sha256:" + "ab" * 32, []),
        ("digest", "sha1:" + "ab" * 20, ["bad_digest"]),
        ("media_type", "text/csv", []),
        ("media_type", "text", ["bad_media_type"]),
        ("key", "a+0a1b2c3d+" + "A" * 44, []),
        ("key", "a+0a1b2c3d", ["bad_key"]),
        ("day", "2005-11-20", []),
        ("day", "2005-11-31", ["bad_time"]),
        ("yes_no", 1, ["wrong_type"]),
        ("money", {"minor": 1_000_000, "currency": "CNY"}, []),
        ("money", {"minor": -1, "currency": "CNY"}, ["out_of_range"]),
        ("money", {"minor": 1.5, "currency": "CNY"}, ["float"]),
        ("money", {"minor": 1, "currency": "cny"}, ["unknown_choice"]),
        ("money", {"minor": 1}, ["missing_field"]),
        ("money", "1 CNY", ["wrong_type"]),
        ("measure", {"value": "550", "unit": "t"}, []),
        ("measure", {"value": "550", "unit": "tons"}, ["unknown_choice"]),
        ("point", {"lat": "90", "lon": "-180"}, []),
        ("point", {"lat": "90.001", "lon": "0"}, ["out_of_range"]),
    ],
)
def test_value_of_each_type(kind: FieldType, value: Any, found: list[str]) -> None:
    assert codes(kind, value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["a"], []),
        (["a", "b"], []),
        ([], ["bad_length"]),
        (["a", "b", "c"], ["bad_length"]),
        (["a", "a"], ["repeated"]),
        ("a", ["wrong_type"]),
        ([1], ["wrong_type"]),
    ],
)
def test_list_has_each_value_once_and_not_too_many(value: Any, found: list[str]) -> None:
    assert codes("code", value, many=2) == found


def test_field_in_another_unit_is_told_which() -> None:
    faults = FaultList("test")
    row = Field("row", "record", "A row.", fields=(Field("ready_h", "decimal", "When.", unit="h"),))
    checker(row)({"ready_s": "60"}, "row", faults)
    assert [fault.code for fault in faults.faults] == ["statement.wrong_unit", "statement.missing_field"]
    assert "want ready_h" in str(faults.faults[0])


@given(st.decimals(-(10**12), 10**12, places=6), st.integers(0, 6))
def test_number_written_as_text_is_in_the_one_form_and_rounded(number: Decimal, places: int) -> None:
    text = decimal_text(number, places)
    assert codes("decimal", text, unit="1") == []
    assert abs(Decimal(text) - number) <= Decimal(5).scaleb(-places - 1)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300])
def test_what_is_no_number_is_not_written(number: float) -> None:
    with pytest.raises(StatementError, match="finite"):
        decimal_text(number, 1)


def test_time_without_offset_or_with_one_to_the_second_is_not_written() -> None:
    bare = datetime(2005, 11, 20, 16, 0)  # noqa: DTZ001
    odd = bare.replace(tzinfo=timezone(timedelta(hours=8, minutes=5, seconds=43)))
    for time in (bare, odd):
        with pytest.raises(StatementError) as caught:
            time_text(time)
        assert caught.value.code == "statement.bad_time"
