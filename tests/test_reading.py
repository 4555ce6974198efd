"""What was known when, and what really happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import Fault, InputFaults
from riskshed.reading import Reading, Readings, Recorded, known_by, read_readings, read_record

SECTIONS = ("shang", "zhong", "xia")
HEAD = "section,time,kind,mg_per_L,known_at,precision,uncertainty_s,source,note\n"
BEIJING = "+08:00"


def read(tmp_path: Path, rows: str, head: str = HEAD) -> Readings:
    path = tmp_path / "readings.csv"
    path.write_text(head + rows, encoding="utf-8")
    return read_readings(path, unit="mg_per_L", sections=SECTIONS)


def faults_of(tmp_path: Path, rows: str, head: str = HEAD) -> list[Fault]:
    with pytest.raises(InputFaults) as error:
        read(tmp_path, rows, head)
    return list(error.value.faults)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_the_readings_of_the_cast_survive_their_file(tmp_path: Path) -> None:
    path = cast.write_readings(tmp_path / "readings.csv")
    assert read_readings(path, unit="mg_per_L", sections=SECTIONS) == cast.readings()


def test_an_exact_reading_is_known_when_it_is_taken(tmp_path: Path) -> None:
    (reading,) = read(tmp_path, "zhong,2024-05-02T10:00:00+08:00,observed,0.02,,,,lab,\n")
    assert reading.known_at == reading.time == utc("2024-05-02T02:00:00+00:00")
    assert reading.uncertainty_s == 0.0


def test_a_reading_of_an_hour_leaves_half_an_hour_open_on_either_side(tmp_path: Path) -> None:
    (reading,) = read(tmp_path, "zhong,2024-05-02T10:00:00+08:00,observed,0.02,,hour,,lab,\n")
    assert reading.uncertainty_s == 1800.0
    assert reading.known_at == reading.time + timedelta(minutes=30)


def test_a_reading_of_a_day_is_the_middle_of_that_day_and_known_at_its_end(tmp_path: Path) -> None:
    (reading,) = read(tmp_path, "zhong,2024-05-02T16:00:00+08:00,front,,,day,,paper,\n")
    assert (reading.time, reading.uncertainty_s) == (utc("2024-05-02T12:00:00+08:00"), 43200.0)
    assert reading.known_at == utc("2024-05-03T00:00:00+08:00")


def test_what_was_known_at_ten_was_not_measured_at_eleven(tmp_path: Path) -> None:
    row = "zhong,2024-05-02T00:00:00+08:00,front,,2024-05-02T10:00:00+08:00,day,,paper,\n"
    (reading,) = read(tmp_path, row)
    assert reading.time == utc("2024-05-02T05:00:00+08:00")
    assert reading.uncertainty_s == 5 * 3600.0
    assert reading.time <= reading.known_at


def test_an_uncertainty_can_be_given_in_seconds(tmp_path: Path) -> None:
    (reading,) = read(tmp_path, "zhong,2024-05-02T10:00:00Z,observed,0.02,,,600,lab,\n")
    assert reading.uncertainty_s == 600.0


def test_rows_out_of_order_are_sorted_by_when_they_were_known(tmp_path: Path) -> None:
    late = "zhong,2024-05-02T10:00:00Z,observed,0.2,2024-05-09T00:00:00Z,,,lab,\n"
    soon = "xia,2024-05-03T10:00:00Z,not_detected,,2024-05-03T11:00:00Z,,,lab,\n"
    found = read(tmp_path, late + soon)
    assert [reading.section for reading in found] == ["xia", "zhong"]
    assert found.moved == 2


def test_what_is_said_twice_is_taken_once_and_counted(tmp_path: Path) -> None:
    row = "zhong,2024-05-02T10:00:00+08:00,observed,0.02,,,,lab,\n"
    same_in_utc = "zhong,2024-05-02T02:00:00Z,observed,0.02,,,,press,\n"
    found = read(tmp_path, row + row + same_in_utc)
    assert len(found) == 1
    assert found.duplicates == 2


def test_two_values_known_at_the_same_time_contradict_each_other(tmp_path: Path) -> None:
    row = "zhong,2024-05-02T10:00:00Z,observed,{},,,,lab,\n"
    (fault,) = faults_of(tmp_path, row.format(0.02) + row.format(0.03))
    assert (fault.code, fault.line, fault.column) == ("reading.contradiction", 3, "mg_per_L")


def test_a_correction_counts_from_when_it_is_known(tmp_path: Path) -> None:
    first = "zhong,2024-05-02T10:00:00Z,observed,0.5,2024-05-02T11:00:00Z,,,lab,\n"
    second = "zhong,2024-05-02T10:00:00Z,observed,0.05,2024-05-04T00:00:00Z,,,lab,\n"
    found = read(tmp_path, second + first)
    assert found.corrections == 1
    assert [r.value for r in known_by(found, utc("2024-05-03T00:00:00Z"))] == [0.5]
    assert [r.value for r in known_by(found, utc("2024-05-04T00:00:00Z"))] == [0.05]


def test_a_correction_finds_a_reading_of_the_same_day_although_it_was_cut_short(tmp_path: Path) -> None:
    row = "zhong,2024-05-02T00:00:00Z,peak,{},{},day,,lab,\n"
    found = read(tmp_path, row.format(0.5, "2024-05-02T09:00:00Z") + row.format(0.4, "2024-05-04T00:00:00Z"))
    assert [r.value for r in known_by(found, utc("2024-05-09T00:00:00Z"))] == [0.4]


times = st.datetimes(datetime(2024, 5, 1), datetime(2024, 5, 9), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def some_readings(draw: st.DrawFn) -> list[Reading]:
    found = []
    for _ in range(draw(st.integers(0, 12))):
        time = draw(times.map(lambda t: t.replace(minute=0, second=0, microsecond=0)))
        delay = timedelta(hours=draw(st.integers(0, 48)))
        section, value = draw(st.sampled_from(SECTIONS)), draw(st.floats(0, 1))
        found.append(Reading(section, time, "observed", value, time + delay, 0.0, "test"))
    return found


@given(some_readings(), times)
def test_nothing_known_later_is_handed_out(readings: list[Reading], at: datetime) -> None:
    assert all(reading.known_at <= at for reading in known_by(readings, at))


@given(some_readings(), times)
def test_what_is_known_later_changes_nothing(readings: list[Reading], at: datetime) -> None:
    early = [reading for reading in readings if reading.known_at <= at]
    assert known_by(readings, at) == known_by(early, at)


@given(some_readings(), times)
def test_each_time_and_place_is_known_once(readings: list[Reading], at: datetime) -> None:
    about = [reading.about for reading in known_by(readings, at)]
    assert len(about) == len(set(about))


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("zhong,2024-05-02T10:00:00,observed,0.02,,,,lab,\n", "time.no_zone", "time"),
        ("zhong,2024-05-02T10:00:00Z,observed,NaN,,,,lab,\n", "table.bad_value", "mg_per_L"),
        ("zhong,2024-05-02T10:00:00Z,observed,-0.1,,,,lab,\n", "table.out_of_range", "mg_per_L"),
        ("zhong,2024-05-02T10:00:00Z,observed,,,,,lab,\n", "reading.no_value", "mg_per_L"),
        ("zhong,2024-05-02T10:00:00Z,seen,0.1,,,,lab,\n", "table.bad_value", "kind"),
        ("pang,2024-05-02T10:00:00Z,observed,0.1,,,,lab,\n", "reading.unknown_section", "section"),
        ("zhong,2024-05-02T10:00:00Z,observed,0.1,,,,,\n", "table.empty_cell", "source"),
        (
            "zhong,2024-05-02T10:00:00Z,observed,0.1,,hour,60,lab,\n",
            "reading.two_precisions",
            "uncertainty_s",
        ),
        (
            "zhong,2024-05-02T10:00:00Z,observed,0.1,2024-05-02T09:59:00Z,,,lab,\n",
            "reading.known_before",
            "known_at",
        ),
    ],
)
def test_a_wrong_reading_is_refused(tmp_path: Path, row: str, code: str, column: str) -> None:
    (fault,) = faults_of(tmp_path, row)
    assert (fault.code, fault.line, fault.column) == (code, 2, column)


def test_the_value_column_carries_its_unit(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path, "zhong,2024-05-02T10:00:00Z,observed,0.1,lab\n", "section,time,kind,value,source\n"
    )
    assert {fault.code for fault in faults} == {"table.missing_column", "table.unknown_column"}


def test_one_wrong_row_is_enough_to_read_nothing(tmp_path: Path) -> None:
    good = "zhong,2024-05-02T10:00:00Z,observed,0.02,,,,lab,\n"
    assert len(faults_of(tmp_path, good + good.replace("zhong", "nowhere"))) == 1


RECORD_HEAD = "section,kind,earliest,latest,mg_per_L,scored,conflict,source\n"
DAY = "2024-05-03T00:00:00+08:00,2024-05-04T00:00:00+08:00"


def record(tmp_path: Path, rows: str) -> tuple[Recorded, ...]:
    path = tmp_path / "record.csv"
    path.write_text(RECORD_HEAD + rows, encoding="utf-8")
    return read_record(path, unit="mg_per_L", sections=SECTIONS)


def test_a_record_of_a_day_is_that_day(tmp_path: Path) -> None:
    (found,) = record(tmp_path, f"zhong,front,{DAY},,true,the paper says the 4th,bulletin\n")
    assert found.latest - found.earliest == timedelta(days=1)
    assert (found.value, found.scored, found.conflict) == (None, True, "the paper says the 4th")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("zhong,front,2024-05-04T00:00:00Z,2024-05-03T00:00:00Z,,true,,x\n", "record.backwards"),
        (f"zhong,peak,{DAY},,true,,x\n", "record.no_value"),
        (f"zhong,front,{DAY},,true,,x\n" * 2, "record.scored_twice"),
        (f"nowhere,front,{DAY},,true,,x\n", "reading.unknown_section"),
        (f"zhong,front,{DAY},,true,,\n", "table.empty_cell"),
        (f"zhong,first,{DAY},,true,,x\n", "table.bad_value"),
    ],
)
def test_a_wrong_record_is_refused(tmp_path: Path, rows: str, code: str) -> None:
    with pytest.raises(InputFaults) as error:
        record(tmp_path, rows)
    assert [fault.code for fault in error.value.faults] == [code]


def test_a_second_opinion_may_stand_beside_a_scored_record(tmp_path: Path) -> None:
    scored, other = f"zhong,front,{DAY},,true,,x\n", f"zhong,front,{DAY},,false,another paper,y\n"
    assert [found.scored for found in record(tmp_path, scored + other)] == [True, False]
