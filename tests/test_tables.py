"""Strict reading of plain files: what is accepted, what is refused, and how it is named."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import Fault, InputError
from riskshed.tables import Column, Limits, Table, parse_time, read_csv, read_json, read_toml

SCHEMA = (
    Column("id", "id"),
    Column("flow_m3_s", "float", unit="m3/s", low=0.0, may_be_empty=True),
    Column("count", "int", required=False, may_be_empty=True),
    Column("time", "time", required=False, may_be_empty=True),
    Column("kind", "choice", required=False, choices=("gauge", "intake"), may_be_empty=True),
    Column("open", "bool", required=False, may_be_empty=True),
    Column("note", "text", required=False, may_be_empty=True),
)


def read(tmp_path: Path, text: str | bytes, **options: object) -> tuple[Table | None, list[Fault]]:
    path, faults = tmp_path / "gauges.csv", list[Fault]()
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv(path, SCHEMA, faults, **options), faults  # type: ignore[arg-type]


def only(faults: list[Fault]) -> Fault:
    assert len(faults) == 1, faults
    return faults[0]


def test_a_good_file_becomes_columns(tmp_path: Path) -> None:
    table, faults = read(tmp_path, "id,flow_m3_s,count\na,1.5,3\nb,2,4\n")
    assert table is not None
    assert not faults
    assert table["flow_m3_s"].tolist() == [1.5, 2.0]
    assert table["count"] == [3, 4]
    assert list(table.lines) == [2, 3]


def test_an_empty_cell_is_unknown_and_not_zero(tmp_path: Path) -> None:
    table, _ = read(tmp_path, "id,flow_m3_s,count\na,,\n")
    assert table is not None
    assert np.isnan(table["flow_m3_s"][0])
    assert next(table.rows())["count"] is None
    assert next(table.rows())["flow_m3_s"] is None


def test_an_absent_optional_column_reads_as_unknown(tmp_path: Path) -> None:
    table, _ = read(tmp_path, "id,flow_m3_s\na,1\n")
    assert table is not None
    assert table["time"] == [None]


def test_remarks_byte_order_mark_blank_lines_and_column_order_are_accepted(tmp_path: Path) -> None:
    table, faults = read(
        tmp_path, b"\xef\xbb\xbf# from the yearbook\n# page 12\nflow_m3_s, id\r\n\r\n 1 ,a\r\n"
    )
    assert not faults
    assert table is not None
    assert list(table.lines) == [5]


def test_the_line_of_a_row_counts_the_lines_inside_quotes(tmp_path: Path) -> None:
    _, faults = read(tmp_path, '# remark\nid,flow_m3_s,note\na,1,"two\nlines"\nb,-3,\n')
    fault = only(faults)
    assert (fault.line, fault.column, fault.got) == (5, "flow_m3_s", '"-3"')


def test_a_fault_says_file_line_column_got_wanted_and_what_to_do(tmp_path: Path) -> None:
    _, faults = read(tmp_path, "id,flow_m3_s\na,-3.0\n")
    told = (
        f'{tmp_path / "gauges.csv"}, line 2, column flow_m3_s: got "-3.0", want >= 0 m3/s. Correct the value.'
    )
    assert str(only(faults)) == told


@pytest.mark.parametrize(
    "cell",
    [
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "1e999",
        "1_000",
        '"1,000"',
        "0x1F",
        "１２",
        "12 m3/s",
        "n/a",
        "--1",
        "∞",
    ],
)
def test_a_number_written_in_any_other_way_is_refused(tmp_path: Path, cell: str) -> None:
    table, faults = read(tmp_path, f"id,flow_m3_s\na,{cell}\n")
    assert table is None
    assert only(faults).column == "flow_m3_s"


@pytest.mark.parametrize("cell", ["1.0", "1e3", "99999999999999999999", "1 000", "१२"])
def test_a_whole_number_written_in_any_other_way_is_refused(tmp_path: Path, cell: str) -> None:
    _, faults = read(tmp_path, f"id,flow_m3_s,count\na,1,{cell}\n")
    assert only(faults).column == "count"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("flow_m3_s\n1\n", "table.missing_column"),
        ("id,flow_m3_s,Flow\na,1,1\n", "table.unknown_column"),
        ("id,flow_m3_s,id\na,1,b\n", "table.duplicate_column"),
        ("id,flow_m3_s\na\n", "table.ragged_row"),
        ("id,flow_m3_s\na,1,2\n", "table.ragged_row"),
        ("id,flow_m3_s\n,1\n", "table.empty_cell"),
        ("id,flow_m3_s\n　,1\n", "table.empty_cell"),
        ("id,flow_m3_s\n a,1\n", "table.bad_value"),
        ("id,flow_m3_s,kind\na,1,pump\n", "table.bad_value"),
        ("id,flow_m3_s,open\na,1,maybe\n", "table.bad_value"),
        ("id,flow_m3_s,time\na,1,2005-11-20T16:00:00\n", "time.no_zone"),
        ("id,flow_m3_s,note\na,1,\x07\n", "table.control_character"),
        ('id,flow_m3_s\na,1\nb,"2"2\n', "table.bad_csv"),
        ('id,flow_m3_s\na,1\n"b,2\n', "table.bad_csv"),
        ("", "table.no_header"),
        ("# only a remark\n", "table.no_header"),
    ],
)
def test_what_is_wrong_has_its_own_code(tmp_path: Path, text: str, code: str) -> None:
    table, faults = read(tmp_path, text)
    assert table is None
    assert [fault.code for fault in faults] == [code]


def test_a_file_saved_in_the_encoding_of_a_chinese_spreadsheet_is_told_to_be_saved_as_utf8(
    tmp_path: Path,
) -> None:
    _, faults = read(tmp_path, "id,flow_m3_s\na,1\n吉林,1\n".encode("gb18030"))
    assert (only(faults).code, only(faults).line) == ("table.not_utf8", 3)
    assert "UTF-8" in only(faults).todo


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    _, faults = read(tmp_path, "id,flow_m3_s,bad\na,x,\nb,-1,\n")
    assert [(f.line, f.column) for f in faults] == [(1, "bad"), (2, "flow_m3_s"), (3, "flow_m3_s")]


def test_faults_beyond_the_limit_are_counted(tmp_path: Path) -> None:
    _, faults = read(tmp_path, "id,flow_m3_s\n" + "a,x\n" * 250)
    assert len(faults) == 101
    assert faults[-1].got == "150 more faults"


def test_columns_out_of_the_schema_can_be_kept_as_text(tmp_path: Path) -> None:
    table, faults = read(tmp_path, "id,flow_m3_s,remark\na,1,dry\n", extra="keep")
    assert not faults
    assert table is not None
    assert table["remark"] == ["dry"]


def test_more_rows_than_the_limit_are_refused(tmp_path: Path) -> None:
    table, faults = read(tmp_path, "id,flow_m3_s\na,1\nb,1\nc,1\n", limits=Limits(rows=2))
    assert table is None
    assert (only(faults).code, only(faults).line) == ("table.too_many_rows", 4)


def test_ten_gigabytes_are_refused_at_once_without_reading_them(tmp_path: Path) -> None:
    path, faults = tmp_path / "huge.csv", list[Fault]()
    path.touch()
    os.truncate(path, 10 * 2**30)  # a sparse file: it takes no room on the disk
    begin = time.perf_counter()
    assert read_csv(path, SCHEMA, faults) is None
    assert time.perf_counter() - begin < 5.0
    assert (only(faults).code, only(faults).got) == ("file.too_large", "10,737,418,240 bytes")


@pytest.mark.parametrize("reader", [read_toml, read_json])
def test_a_document_over_the_limit_of_bytes_is_refused(tmp_path: Path, reader) -> None:  # type: ignore[no-untyped-def]
    path, faults = tmp_path / "document", list[Fault]()
    path.write_text("[[1]]")
    assert reader(path, faults, limits=Limits(bytes=4)) is None
    assert only(faults).code == "file.too_large"


def test_a_pipe_is_refused_and_does_not_block(tmp_path: Path) -> None:
    path, faults = tmp_path / "pipe.csv", list[Fault]()
    os.mkfifo(path)
    assert read_csv(path, SCHEMA, faults) is None
    assert only(faults).code == "file.not_a_file"


@pytest.mark.parametrize(("cell", "good"), [("0", False), ("1e-9", True), ("5", True), ("5.1", False)])
def test_a_range_may_leave_out_its_low_end(tmp_path: Path, cell: str, good: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"length_m\n{cell}\n")
    assert (read_csv(path, [Column("length_m", "float", low=0, high=5, above=True)], []) is not None) == good


def test_a_missing_file_and_a_folder_are_faults(tmp_path: Path) -> None:
    faults = list[Fault]()
    read_csv(tmp_path / "none.csv", SCHEMA, faults)
    read_csv(tmp_path, SCHEMA, faults)
    assert [fault.code for fault in faults] == ["file.missing", "file.not_a_file"]


@pytest.mark.parametrize(
    "text",
    [
        "2005-11-20T16:00:00+08:00",
        "2005-11-20 16:00:00+08:00",
        "2005-11-20T08:00Z",
        "2005-11-20t08:00:00.25z",
    ],
)
def test_a_time_with_its_offset_is_read(text: str) -> None:
    assert parse_time(text).utcoffset() in (timedelta(hours=8), timedelta(0))


@pytest.mark.parametrize("text", ["2005-11-20", "2005-11-20T16:00", "2005-11-20T16:00:00-00:00"])
def test_a_time_without_zone_says_how_to_write_it(text: str) -> None:
    with pytest.raises(InputError, match="without zone") as error:
        parse_time(text)
    assert error.value.code == "time.no_zone"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2005-13-01T00:00Z",
        "2005-11-20T24:01Z",
        "2005-11-20T16:00+25:00",
        "0001-01-01T00:00Z",
        "20051120T160000Z",
        "2005-11-20T16:00:60Z",
        "２００５-11-20T16:00Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_time(text)
    assert error.value.code == "time.bad"


@given(st.datetimes(datetime(1802, 1, 1), datetime(2198, 12, 31), timezones=st.timezones()))  # noqa: DTZ001
def test_a_time_survives_being_written_and_read(moment: datetime) -> None:
    offset = moment.utcoffset() or timedelta(0)
    moment = moment.astimezone(timezone(timedelta(minutes=offset // timedelta(minutes=1))))
    text = moment.isoformat()
    if text.endswith("-00:00"):
        return
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "file.bad_json"),
        ("[NaN]", "file.bad_json"),
        ("[-Infinity]", "file.bad_json"),
        ("[1e999]", "file.bad_number"),
        ('["\\ud800"]', "file.bad_text"),
        ("[" * 101 + "]" * 101, "file.too_deep"),
        ("[" * 100_000, "file.bad_json"),
        ("[1,]", "file.bad_json"),
        ("9" * 5000, "file.bad_json"),
    ],
)
def test_json_that_means_nothing_certain_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path, faults = tmp_path / "a.json", list[Fault]()
    path.write_text(text)
    assert read_json(path, faults) is None
    assert only(faults).code == code


def test_a_fault_of_a_document_has_its_line(tmp_path: Path) -> None:
    path, faults = tmp_path / "a.toml", list[Fault]()
    path.write_text('name = "x"\nriver = \n')
    assert read_toml(path, faults) is None
    assert only(faults).line == 2


@pytest.mark.parametrize(
    "text", ["a = nan", "a = [inf]", "a = " + "[" * 5000, "a = 2005-13-45", "a = 1\na = 2", "a"]
)
def test_toml_that_means_nothing_certain_is_refused(tmp_path: Path, text: str) -> None:
    path, faults = tmp_path / "a.toml", list[Fault]()
    path.write_text(text)
    assert read_toml(path, faults) is None
    assert len(faults) == 1


def test_text_in_another_encoding_has_the_line_where_it_begins(tmp_path: Path) -> None:
    path, faults = tmp_path / "a.json", list[Fault]()
    path.write_bytes(b'["a",\n"\xff"]')
    assert read_json(path, faults) is None
    assert (only(faults).code, only(faults).line) == ("table.not_utf8", 2)
