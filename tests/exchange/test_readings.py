"""Readings as they are sent: taken whole, or refused with every fault and its place."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import STATIONS, as_csv, as_json, at, row, signal

from riskshed.errors import InputFaults, RiskshedError
from riskshed.exchange import readings
from riskshed.signals import Signal
from riskshed.statement import digest_text

ARRIVED = at(24)


def one(**more: Any) -> Signal:
    (found,) = readings.of_json(as_json(row(**more)), STATIONS, ARRIVED)
    return found


def told(call: Any, *data: Any) -> list[tuple[str, int | None, str | None]]:
    """The faults: code, line, column."""
    with pytest.raises(InputFaults) as error:
        call(*data, STATIONS, ARRIVED)
    assert error.value.code == "readings.faults"
    return [(fault.code, fault.line, fault.column) for fault in error.value.faults]


def test_one_reading_is_what_was_sent() -> None:
    found = one(hazard="nitrobenzene", client_id="a-1", note=" after rain ", series="probe-1")
    assert found == replace(
        signal("shang", 1, "observed", "0.4", known_h=24),
        source="probe 1",
        hazard="nitrobenzene",
        client_id="a-1",
        note="after rain",
        series="probe-1",
    )


def test_table_json_and_batch_say_the_same() -> None:
    rows = [row(), row(place="zhong", kind="not_detected", value=None, precision="hour")]
    by_table = readings.of_csv(as_csv(*rows), STATIONS, ARRIVED)
    by_batch = readings.of_batch(as_json({"readings": rows}), STATIONS, ARRIVED)
    by_one = tuple(readings.of_json(as_json(each), STATIONS, ARRIVED)[0] for each in rows)
    assert by_table == by_batch == by_one
    assert by_table[1].uncertainty_s == 1800.0


@pytest.mark.parametrize("value", ["0.4", 0.4, "4e-1", ".4", "+0.400"])
def test_a_number_may_be_written_in_several_ways_and_is_one(value: Any) -> None:
    assert str(one(value=value).value) == "0.4"


def test_unknown_is_not_zero() -> None:
    assert one(kind="first_detected", value=None).value is None
    assert one(kind="first_detected", value="").value is None
    assert one(value=0).value == Decimal(0)


@pytest.mark.parametrize(
    ("word", "named"),
    [("natural", "natural_disaster"), ("health", "public_health"), ("social", "social_security"),
     ("technology", "accident"), ("accident", "accident")],
)  # fmt: skip
def test_every_class_of_hazard_comes_in(word: str, named: str) -> None:
    assert one(hazard_class=word).hazard_class == named


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("place", "nowhere", "readings.unknown_place"),
        ("hazard_class", "war", "table.bad_value"),
        ("quantity", "two words", "readings.bad_code"),
        ("unit", "mg per L", "table.bad_value"),
        ("time", "2024-05-01T05:00:00", "time.no_zone"),
        ("time", "2024-05-03T05:00:00+00:00", "readings.future"),
        ("kind", "guessed", "table.bad_value"),
        ("value", "1 000", "readings.bad_value"),
        ("value", "NaN", "readings.bad_value"),
        ("value", "1e99", "readings.bad_value"),
        ("value", "", "reading.no_value"),
        ("source", "x" * 301, "readings.too_long"),
        ("source", "a\x00b", "table.control_character"),
        ("uncertainty_s", "-1", "table.out_of_range"),
        ("client_id", "a b", "readings.bad_code"),
        ("confirmed", "perhaps", "table.bad_value"),
    ],
)
def test_a_fault_has_its_place_in_each_form(field: str, value: str, code: str) -> None:
    wrong = row(**{field: value})
    assert (code, None, field) in told(readings.of_json, as_json(wrong))
    assert (code, None, f"readings[1].{field}") in told(
        readings.of_batch, as_json({"readings": [row(), wrong]})
    )
    assert (code, 3, field) in told(readings.of_csv, as_csv(row(), wrong))


@pytest.mark.parametrize("field", ["place", "time", "source"])
def test_a_field_that_is_missing_is_named(field: str) -> None:
    wrong = row(**{field: None})
    assert ("readings.missing_field", None, field) in told(readings.of_json, as_json(wrong))
    assert ("table.missing_column", 1, field) in told(readings.of_csv, as_csv(wrong))


def test_a_sender_cannot_say_when_it_became_known() -> None:
    wrong = row(known_at="2024-05-01T05:00:00+00:00")
    assert ("readings.unknown_field", None, "known_at") in told(readings.of_json, as_json(wrong))


def test_a_field_that_holds_a_list_is_refused() -> None:
    assert ("readings.bad_field", None, "value") in told(readings.of_json, as_json(row(value=[1])))


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b'{"a":1,"a":2}', b"\xff\xfe", b'{"a":1e999}'])
def test_what_is_no_reading_is_refused(data: bytes) -> None:
    assert told(readings.of_json, data)
    assert told(readings.of_batch, data)


def test_every_fault_of_a_sort_is_named_at_once() -> None:
    found = told(readings.of_csv, as_csv(row(place="nowhere"), row(), row(unit="x", value="?")))
    assert [(line, column) for _, line, column in found] == [(4, "unit")]
    found = told(readings.of_csv, as_csv(row(place="nowhere"), row(), row(value="?")))
    assert [(line, column) for _, line, column in found] == [(2, "place"), (4, "value")]


def test_two_in_one_sending_that_deny_each_other_are_refused() -> None:
    two = [row(), row(value="0.5")]
    assert ("reading.contradiction", 3, "value") in told(readings.of_csv, as_csv(*two))
    assert ("reading.contradiction", None, "readings[1].value") in told(
        readings.of_batch, as_json({"readings": two})
    )


def test_the_same_twice_in_one_sending_is_no_fault() -> None:
    assert len(readings.of_csv(as_csv(row(), row()), STATIONS, ARRIVED)) == 2


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    assert told(readings.of_json, b" " * (readings.ONE.bytes + 1))[0][0] == "file.too_large"
    assert told(readings.of_csv, b"#" * (readings.UPLOAD.bytes + 1))[0][0] == "file.too_large"
    many = as_json({"readings": [1] * (readings.BATCH.rows + 1)})
    assert told(readings.of_batch, many)[0][0] == "readings.bad_batch"


def test_a_clock_that_is_a_little_ahead_counts_as_now() -> None:
    ahead = (ARRIVED + timedelta(minutes=4)).isoformat()
    found = one(time=ahead)
    assert (found.time, found.stated) == (ARRIVED, datetime.fromisoformat(ahead))


def test_a_day_leaves_open_what_of_it_has_passed() -> None:
    found = one(time="2024-05-02T00:00:00+08:00", precision="day")
    assert (found.time, found.uncertainty_s) == (at(18), 6 * 3600.0)


# ------------------------------------------------------------------------------------------------ as kept

KEPT = [
    signal("shang", 1, "observed", "0.40", known_h=2, client_id="a", note='says "x", and more'),
    signal(
        "zhong", 2, "not_detected", None, known_h=9, uncertainty_s=1800.0, stated=at(2.5), confirmed=False
    ),
    signal("shang", 1, "observed", "0.41", known_h=5, hazard="nitrobenzene", series="probe"),
]


def test_what_is_kept_comes_back_as_it_was() -> None:
    assert set(readings.kept(readings.to_csv(KEPT))) == set(KEPT)


def test_one_set_has_one_byte_form() -> None:
    data = readings.to_csv(KEPT)
    assert readings.to_csv([*reversed(KEPT), KEPT[0]]) == data
    assert readings.to_csv(readings.kept(data)) == data
    assert digest_text(data) == "sha256:9dec38e8a1c991771fb4e3871a38fd1c7a118a94df9348a676b411179f457518"


def test_a_file_that_was_changed_is_refused() -> None:
    data = readings.to_csv(KEPT)
    with pytest.raises(RiskshedError):
        readings.kept(data.replace(b"0.41", b"0,41"))
    with pytest.raises(RiskshedError):
        readings.kept(data.replace(b"known_at", b"known"))


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_no_bytes_break_a_parser(data: bytes) -> None:
    for parse in (readings.of_json, readings.of_batch, readings.of_csv):
        with pytest.raises(InputFaults):
            parse(data, STATIONS, ARRIVED)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(st.sampled_from([*row(), "note", "series", "precision"]), JSON, max_size=12))
def test_no_value_of_a_field_breaks_it(fields: dict[str, Any]) -> None:
    data = json.dumps({**row(), **fields}).encode("utf-8", "surrogatepass")
    try:
        (found,) = readings.of_json(data, STATIONS, ARRIVED)
    except InputFaults:
        return
    assert readings.kept(readings.to_csv([found])) == (found,)


GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "readings.md").read_text("utf-8")


def test_the_guide_names_every_field_as_it_is() -> None:
    for column in readings.SCHEMA:
        required, empty = ("yes" if answer else "no" for answer in (column.required, column.may_be_empty))
        assert f"| `{column.name}` | {column.kind} | {required} | {empty} | {column.doc} |" in GUIDE


def test_the_guide_names_the_limits_as_they_are() -> None:
    assert f"{readings.BATCH.rows:,} readings, {readings.BATCH.bytes // 2**20} MiB" in GUIDE
    assert f"{readings.UPLOAD.rows:,} rows, {readings.UPLOAD.bytes // 2**20} MiB" in GUIDE
