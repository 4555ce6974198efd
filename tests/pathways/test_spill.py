"""A spill is read whole, or every wrong key is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import cast
import pytest
import songhua
import spills
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskshed.errors import Fault, InputFaults
from riskshed.pathways import pollutant, spill
from riskshed.pathways.spill import LOGNORMAL, NORMAL, NUMBERS, TEXTS, Spill

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "spill.md"
CASE = songhua.FOLDER / "spill.toml"
MISSING = object()
DEEP = [*((k, "median") for k, *_ in LOGNORMAL), *((k, "log_sd") for k, *_ in LOGNORMAL)]
DEEP += [*((k, "mean") for k, *_ in NORMAL), *((k, "sd") for k, *_ in NORMAL)]
ALL_NUMBERS = [*((key,) for key, *_ in NUMBERS), ("first_ice_sd_d",), *DEEP, ("breaks", "zhong")]
TABLES = [key for key, *_ in (*LOGNORMAL, *NORMAL)]


def put(path: tuple[str, ...], value: object) -> dict[str, Any]:
    """The keys of the spill of the cast with another value at one place, or none there."""
    keys = spills.raw()
    table = keys
    for key in path[:-1]:
        table = table[key]
    if value is MISSING:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    return keys


def faults_of(keys: Mapping[str, Any]) -> tuple[Fault, ...]:
    with pytest.raises(InputFaults) as caught:
        Spill.of(keys)
    assert caught.value.code == "spill.faults"
    return caught.value.faults


def named(keys: Mapping[str, Any]) -> list[str | None]:
    return [fault.column for fault in faults_of(keys)]


def test_the_case_is_read() -> None:
    read = Spill.read(CASE)
    assert read.released == datetime.fromisoformat("2005-11-13T13:45:00+08:00")
    assert (read.section, read.substance_zh, read.limit_mg_per_l) == ("plant", "硝基苯", 0.017)
    assert read.supposed["mass_kg"] == spill.Supposed(100_000.0, 0.5)
    assert read.errors.front_s == 7200.0
    assert list(read.breaks) == ["songyuan", "sifangtai", "jiamusi", "tongjiang"]
    assert [caveat.code for caveat in read.caveats] == ["case.ice", "case.kilometres", "case.flow"]


def test_numbers_are_turned_into_seconds() -> None:
    read = spills.spill()
    assert (read.first_ice_sd_s, read.errors.first_ice_s) == (6 * 86400.0, 2 * 86400.0)
    assert (read.errors.front_s, read.errors.level_s, read.errors.peak_s) == (3600.0, 14400.0, 14400.0)
    assert read.errors.peak_log == 0.25


def test_every_supposition_is_there_and_no_other() -> None:
    assert set(spills.spill().supposed) == set(TABLES)
    assert set(TABLES) - set(pollutant.SCALARS) == set()


def test_breaks_and_caveats_may_be_left_out() -> None:
    keys = spills.raw()
    del keys["breaks"], keys["caveats"]
    read = Spill.of(keys)
    assert (dict(read.breaks), read.caveats) == ({}, ())


WRONG_NUMBERS = [MISSING, float("nan"), -1.0, 0, "1.0", True, float("inf"), [1.0], {}, 16**5000, None]


@pytest.mark.parametrize("path", ALL_NUMBERS, ids=".".join)
def test_a_wrong_number_is_named(path: tuple[str, ...]) -> None:
    for value in WRONG_NUMBERS:
        if path[0] != "breaks" or value is not MISSING:
            assert named(put(path, value)) == [".".join(path)]


@pytest.mark.parametrize("row", [*LOGNORMAL, *NORMAL, *NUMBERS], ids=lambda row: row[0])
def test_the_range_of_a_number_is_kept(row: tuple[str, str, str, float, float]) -> None:
    key, _, _, low, high = row
    path = (key,) if row in NUMBERS else (key, "median" if row in LOGNORMAL else "mean")
    assert isinstance(Spill.of(put(path, high)), Spill)
    (fault,) = faults_of(put(path, high * 1.001))
    assert fault.wanted == f"a number > {low:g} and <= {high:g}"
    assert named(put(path, low)) == [".".join(path)]


@pytest.mark.parametrize("key", TEXTS)
@pytest.mark.parametrize("value", [MISSING, "", "  ", 7, ["a"], "\x1b[31m"])
def test_a_wrong_text_is_named(key: str, value: object) -> None:
    assert named(put((key,), value)) == [key]


@pytest.mark.parametrize("key", ["released", "first_ice"])
@pytest.mark.parametrize(
    "value",
    [
        MISSING,
        "2005-11-13T13:45:00+08:00",
        date(2005, 11, 13),
        datetime(2005, 11, 13, 13, 45),  # noqa: DTZ001 (without zone: that is what is wrong)
        cast.SPILL.replace(year=1066),
        cast.SPILL.replace(year=9999),
        1131860700,
    ],
)
def test_a_wrong_time_is_named(key: str, value: object) -> None:
    (fault,) = faults_of(put((key,), value))
    assert fault.column == key
    assert fault.wanted.startswith(("a date and time with offset", "a year from 1800"))


@pytest.mark.parametrize("key", TABLES)
def test_a_supposition_names_its_source(key: str) -> None:
    for value in (MISSING, "", " ", 7):
        assert named(put((key, "source"), value)) == [f"{key}.source"]


@pytest.mark.parametrize("key", [*TABLES, "breaks"])
@pytest.mark.parametrize("value", [7, "a", [1]])
def test_what_should_be_a_table_is_named(key: str, value: object) -> None:
    first = faults_of(put((key,), value))[0]
    assert (first.column, first.wanted) == (key, "a table")


def test_an_unknown_key_is_named() -> None:
    assert named(put(("mass_t",), 1.0)) == ["mass_t"]
    assert named(put(("mass_kg", "mean"), 1.0)) == ["mass_kg.mean"]


CAVEAT = {"code": "a", "text_en": "A.", "text_zh": "甲。"}


@pytest.mark.parametrize(
    "rows",
    [
        [7],
        [{}],
        [CAVEAT | {"text_zh": ""}],
        [CAVEAT | {"code": 7}],
        [CAVEAT | {"places": "zhong"}],
        [CAVEAT | {"places": [7]}],
        [CAVEAT | {"place": ["zhong"]}],
        [CAVEAT | {"text_en": "\x00"}],
    ],
)
def test_a_wrong_caveat_is_named(rows: list[object]) -> None:
    assert named(put(("caveats",), rows)) == ["caveats[0]"]
    assert named(put(("caveats",), [CAVEAT, *rows])) == ["caveats[1]"]


def test_caveats_that_are_no_list_are_named() -> None:
    assert named(put(("caveats",), CAVEAT)) == ["caveats"]


def test_every_fault_is_named_at_once() -> None:
    assert named({"released": 7, "colour": "red"})[:3] == list(TEXTS[:3])
    keys = spills.raw() | {"front_h": -1, "section": ""}
    del keys["mass_kg"]["median"]
    assert named(keys) == ["section", "front_h", "mass_kg.median"]


def test_a_fault_in_a_file_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "spill.toml"
    text = CASE.read_text("utf-8").replace("median = 100_000", "median = 0x" + "f" * 5000)
    path.write_text(text, "utf-8")
    with pytest.raises(InputFaults) as caught:
        Spill.read(path)
    (fault,) = caught.value.faults
    assert (fault.where, fault.column) == (str(path), "mass_kg.median")
    assert text.split("\n")[(fault.line or 0) - 1].startswith("median = 0xfff")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFaults, match=r"nothing\.toml"):
        Spill.read(tmp_path / "nothing.toml")


def read_or_refused(path: Path) -> bool:
    """Whether the file is a spill; anything but a spill or faults is an error of the reader."""
    try:
        return isinstance(Spill.read(path), Spill)
    except InputFaults as error:
        return not str(error).encode()


FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NASTY = [b'"', b"\n", b"=", b"[", b"nan", b"-1", b"1e999", b"\xff", b"\x00", b"9" * 30, b"0x" + b"f" * 5000]
EDITS = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 8), st.binary(max_size=6) | st.sampled_from(NASTY)),
    min_size=1,
    max_size=4,
)


@FUZZ
@given(data=st.binary(max_size=300))
def test_random_bytes_are_no_spill(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "spill.toml").write_bytes(data)
    assert not read_or_refused(tmp_path / "spill.toml")


@FUZZ
@given(edits=EDITS)
def test_a_spill_with_a_few_bytes_changed_is_read_or_refused(
    tmp_path: Path, edits: list[tuple[int, int, bytes]]
) -> None:
    data = CASE.read_bytes()
    for place, cut, put_in in edits:
        at = place % (len(data) + 1)
        data = data[:at] + put_in + data[at + cut :]
    (tmp_path / "spill.toml").write_bytes(data)
    read_or_refused(tmp_path / "spill.toml")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
    max_leaves=6,
)


@FUZZ
@given(key=st.sampled_from(sorted(spills.raw())), value=VALUES)
def test_any_value_of_any_key_is_read_or_refused(key: str, value: object) -> None:
    named_keys = {key}
    try:
        Spill.of(spills.raw() | {key: value})
    except InputFaults as error:
        named_keys = {str(fault.column).split(".")[0].split("[")[0] for fault in error.faults}
    assert named_keys == {key}


def test_json_is_no_spill(tmp_path: Path) -> None:
    path = tmp_path / "spill.toml"
    for source in sorted((cast.shared_data("bad-input") / "json_nst").rglob("*.json")):
        path.write_bytes(source.read_bytes())
        assert not read_or_refused(path)


def test_a_naughty_string_survives_as_a_text_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spill.toml"
    text = CASE.read_text("utf-8")
    strings = json.loads((cast.shared_data("bad-input") / "blns" / "blns.json").read_text("utf-8"))
    survived = 0
    for string in (s for s in strings if isinstance(s, str)):
        quoted = json.dumps(string, ensure_ascii=False).replace("\x7f", "\\u007f")
        path.write_text(text.replace('"nitrobenzene"', quoted), "utf-8")
        if read_or_refused(path):
            survived += 1
            assert Spill.read(path).substance_en == string
    assert survived > 0.9 * len(strings)


def test_the_guide_is_written_from_the_tables() -> None:
    assert GUIDE.read_text("utf-8") == spill.guide()


def test_the_guide_names_every_key_of_the_case() -> None:
    keys = {line.split("=")[0].strip() for line in CASE.read_text("utf-8").splitlines() if "=" in line}
    top = {key for key in spills.raw() if key in keys} | set(TABLES)
    assert [key for key in sorted(top) if f"`{key}`" not in spill.guide()] == []


def test_first_ice_may_come_before_the_release() -> None:
    assert spills.spill(first_ice=cast.SPILL - timedelta(days=3)).first_ice < cast.SPILL
