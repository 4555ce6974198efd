"""Every reader of the ground against what people and machines send: a value or faults, never anything else.

The sets are those of ``../shared/data/bad-input``: JSON (nst/JSONTestSuite), GeoJSON (mapbox/geojsonhint) and
the big list of naughty strings. The rest is random: any bytes, and good files with a few bytes changed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cast
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from riskshed.boundaries import read_geojson
from riskshed.errors import Fault, InputFaults
from riskshed.network_files import read_rapid, read_river_route
from riskshed.reading import read_readings, read_record, reading_schema, record_schema
from riskshed.region import Region
from riskshed.region_files import FORMS
from riskshed.tables import Column, read_csv, read_json, read_toml

Reader = Callable[[Path], Sequence[Fault]]
SECTIONS = ("shang", "zhong", "xia")


def listing(read: Callable[[Path, list[Fault]], object]) -> Reader:
    """A reader that adds to a list of faults: with faults it must have no value."""

    def faults_of(path: Path) -> list[Fault]:
        faults = list[Fault]()
        value = read(path, faults)
        assert value is None or not faults
        return faults

    return faults_of


def raising(read: Callable[[Path], object]) -> Reader:
    def faults_of(path: Path) -> Sequence[Fault]:
        try:
            read(path)
        except InputFaults as error:
            return error.faults
        return ()

    return faults_of


def part_of_rapid(name: str) -> Reader:
    """The reader of RAPID with this one of its files bad, and the others good in a folder of their own."""

    def read(path: Path) -> object:
        with TemporaryDirectory() as folder:
            paths = {other: Path(folder) / other for other in GOOD_RAPID}
            for other, text in GOOD_RAPID.items():
                paths[other].write_text(text)
            return read_rapid(*(paths | {name: path}).values())

    return raising(read)


GOOD_RAPID = {
    "rapid_connect.csv": "1,2,0\n2,0,1,1\n",
    "k.csv": "9\n9\n",
    "x.csv": "0.2\n0.2\n",
    "riv.csv": "1\n",
}
CSV_FORMS = {form.name: form.columns for form in FORMS if form.name.endswith(".csv")}

READERS: dict[str, Reader] = {
    "json": listing(read_json),
    "toml": listing(read_toml),
    "geojson": listing(read_geojson),
    "readings.csv": raising(lambda path: read_readings(path, unit="mg_per_L", sections=SECTIONS)),
    "record.csv": raising(lambda path: read_record(path, unit="mg_per_L", sections=SECTIONS)),
    "reaches.parquet": raising(read_river_route),
    **{
        name: listing(lambda path, faults, c=columns: read_csv(path, c, faults))
        for name, columns in CSV_FORMS.items()
    },
    **{f"rapid {name}": part_of_rapid(name) for name in GOOD_RAPID},
}


def bad_input(name: str) -> Path:
    return cast.shared_data("bad-input") / name


def json_set() -> list[Path]:
    return sorted(bad_input("json_nst").rglob("*.json"))


def naughty_strings() -> list[str]:
    text = (bad_input("blns") / "blns.json").read_text(encoding="utf-8")
    return [string for string in json.loads(text) if isinstance(string, str)]


# ------------------------------------------------------------------------------------------------- JSON

# RFC 8259 lets a name stand twice in one object and leaves open what it means. We refuse it, as RFC 7493
# does.
TWICE_NAMED = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


def test_good_json_is_accepted() -> None:
    refused = {path.name for path in json_set() if path.name.startswith("y_") and READERS["json"](path)}
    assert refused == TWICE_NAMED


def test_bad_json_is_refused() -> None:
    bad = [path for path in json_set() if path.name.startswith("n_")]
    assert len(bad) > 150
    assert [path.name for path in bad if not READERS["json"](path)] == []


def test_json_that_may_go_either_way_does_not_break_the_reader() -> None:
    for path in json_set():
        assert all(fault.got for fault in READERS["json"](path))


# An empty document is good TOML, and a lone number is a good file of one column.
MAY_READ_JSON = {"toml", "rapid k.csv", "rapid x.csv", "rapid riv.csv"}


@pytest.mark.parametrize("kind", sorted(set(READERS) - MAY_READ_JSON - {"json"}))
def test_json_in_the_place_of_another_file_is_refused(kind: str) -> None:
    assert [path.name for path in json_set() if not READERS[kind](path)] == []


@pytest.mark.parametrize("kind", sorted(MAY_READ_JSON))
def test_json_in_the_place_of_another_file_never_breaks_its_reader(kind: str) -> None:
    told = [fault for path in json_set() for fault in READERS[kind](path)]
    assert len(told) > 100


@pytest.mark.parametrize("name", [form.name for form in FORMS])
def test_no_json_in_the_place_of_a_file_of_the_folder_breaks_the_region(tmp_path: Path, name: str) -> None:
    folder = cast.write_region(tmp_path / "region")
    for path in json_set():
        (folder / name).write_bytes(path.read_bytes())
        assert Region.check(folder), path.name


# ---------------------------------------------------------------------------------------------- GeoJSON


def has_errors(path: Path) -> bool:
    """Whether the set counts the file as wrong, and not only as against a recommendation."""
    result = json.loads(path.with_suffix(".result").read_text(encoding="utf-8"))
    return any(hint.get("level") != "message" for hint in result)


def geojson_set(folder: str) -> list[Path]:
    return sorted((bad_input("geojson_hint") / "test" / "data" / folder).glob("*.geojson"))


# Good in its form, but with a latitude of -107 degrees.
OFF_THE_EARTH = {"issue82.geojson"}


def test_good_geojson_is_accepted() -> None:
    good = geojson_set("good")
    assert len(good) > 15
    assert {path.name for path in good if READERS["geojson"](path)} == OFF_THE_EARTH


def test_bad_geojson_is_refused() -> None:
    bad = [path for path in geojson_set("bad") if has_errors(path)]
    assert len(bad) > 35
    assert [path.name for path in bad if not READERS["geojson"](path)] == []


def test_no_geojson_breaks_a_reader() -> None:
    for path in [*geojson_set("bad"), *geojson_set("good")]:
        for faults_of in READERS.values():
            assert all(str(fault) for fault in faults_of(path))


# --------------------------------------------------------------------------------------- naughty strings

SCHEMAS: dict[str, Sequence[Column]] = CSV_FORMS | {
    "readings.csv": reading_schema("mg_per_L"),
    "record.csv": record_schema("mg_per_L"),
}
TEXT_COLUMNS = [(n, c.name) for n, columns in SCHEMAS.items() for c in columns if c.kind in ("text", "id")]
GOOD_CELL = {"text": "x", "id": "x", "int": "1", "float": "0.5", "time": "2024-05-01T00:00Z", "bool": "true"}


def write_row(path: Path, schema: Sequence[Column], **cells: str) -> Path:
    row = [cells.get(c.name, c.choices[0] if c.choices else GOOD_CELL[c.kind]) for c in schema]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[c.name for c in schema], row])
    return path


@pytest.mark.parametrize(("name", "column"), TEXT_COLUMNS)
def test_a_naughty_string_survives_in_every_text_field_or_is_refused(
    tmp_path: Path, name: str, column: str
) -> None:
    survived = 0
    for string in naughty_strings():
        faults = list[Fault]()
        table = read_csv(write_row(tmp_path / name, SCHEMAS[name], **{column: string}), SCHEMAS[name], faults)
        if table is not None:
            survived += 1
            assert table[column] == [string if string.strip() else None]
        else:
            assert [fault.column for fault in faults] == [column]
    assert survived > 0.9 * len(naughty_strings())


def test_of_the_naughty_strings_only_plain_numbers_are_numbers(tmp_path: Path) -> None:
    schema = (Column("flow_m3_s", "float"),)
    path = tmp_path / "a.csv"
    read = [s for s in naughty_strings() if read_csv(write_row(path, schema, flow_m3_s=s), schema, [])]
    assert len(read) > 10
    assert {letter for string in read for letter in string} <= set("0123456789+-.eE")


def test_a_naughty_string_survives_in_toml_and_json_or_is_refused(tmp_path: Path) -> None:
    for string in naughty_strings():
        quoted = json.dumps(string, ensure_ascii=False).replace("\x7f", "\\u007f")
        (tmp_path / "a.toml").write_text(f"name = {quoted}", encoding="utf-8")
        (tmp_path / "a.json").write_text(f'{{"name": {quoted}}}', encoding="utf-8")
        for read in (read_toml, read_json):
            value = read(tmp_path / f"a.{read.__name__[-4:]}", [])
            assert value is None or value["name"] == string


@pytest.mark.parametrize("kind", sorted(READERS))
def test_a_naughty_string_as_a_whole_file_breaks_no_reader(tmp_path: Path, kind: str) -> None:
    for string in naughty_strings():
        (tmp_path / "file").write_text(string, encoding="utf-8")
        assert all(str(fault).encode() for fault in READERS[kind](tmp_path / "file"))


# ---------------------------------------------------------------------------------------- random bytes

FUZZ = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NASTY = [b'"', b",", b"\n", b"\r", b"NaN", b"-1", b"1e999", b"\xff", b"\x00", b"\xed\xa0\x80", b"9" * 30]


def good_bytes(folder: Path) -> dict[str, bytes]:
    """A good file for each reader."""
    cast.write_region(folder)
    cast.write_readings(folder / "readings.csv")
    day = "2024-05-03T00:00:00Z,2024-05-04T00:00:00Z"
    record = f"section,kind,earliest,latest,mg_per_L,scored,conflict,source\nzhong,front,{day},,true,,x\n"
    square = [[125, 45], [126, 45], [126, 46], [125, 46], [125, 45]]
    geometry = {"type": "Polygon", "coordinates": [square]}
    columns = {"riverId": [1, 2], "nextRiverId": [2, -1], "muskingumK": [1.0, 2.0], "muskingumX": [0.1, 0.2]}
    parquet.write_table(pa.table(columns), folder / "reaches.parquet")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    plants = b"id,city,name_zh,name_en,kind,basis,source\na,1,A,A,parts,stated,s\nb,1,B,B,parts,stated,s\n"
    links = b"supplier,customer,part,share,cover_low_d,cover_high_d,basis,source\na,b,x,0.5,1,2,stated,s\n"
    files |= {"plants.csv": plants, "supply_links.csv": links}
    said = "local_supply_rate,率,rate,1,city,actual,2010,38,percent,exact,stated,s\n"
    files["indicators.csv"] = (
        "indicator,name_zh,name_en,territory,scope,kind,period,value,unit,bound,basis,source\n" + said
    ).encode()
    files["travel.csv"] = b"from,to,people_per_day,since\n1,2,3.5,\n1,2,0,2024-05-01T00:00Z\n"
    files |= {f"rapid {name}": text.encode() for name, text in GOOD_RAPID.items()}
    files |= {"toml": files["region.toml"], "record.csv": record.encode(), "json": b'{"a": [1, "b", null]}'}
    return files | {
        "geojson": json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}).encode()
    }


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return good_bytes(tmp_path_factory.mktemp("good") / "region")


@pytest.mark.parametrize("kind", sorted(READERS))
def test_the_good_file_is_good(tmp_path: Path, good: dict[str, bytes], kind: str) -> None:
    (tmp_path / "file").write_bytes(good[kind])
    assert list(READERS[kind](tmp_path / "file")) == []


@pytest.mark.parametrize("kind", sorted(READERS))
@FUZZ
@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_value_or_faults(tmp_path: Path, kind: str, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    assert all(str(fault).encode() for fault in READERS[kind](tmp_path / "file"))


edits = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.integers(0, 8),
        st.one_of(st.binary(max_size=6), st.sampled_from(NASTY)),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("kind", sorted(READERS))
@FUZZ
@given(edits=edits)
def test_a_good_file_with_a_few_bytes_changed_is_a_value_or_faults(
    tmp_path: Path, good: dict[str, bytes], kind: str, edits: list[tuple[int, int, bytes]]
) -> None:
    data = good[kind]
    for place, cut, put in edits:
        at = place % (len(data) + 1)
        data = data[:at] + put + data[at + cut :]
    (tmp_path / "file").write_bytes(data)
    assert all(str(fault).encode() for fault in READERS[kind](tmp_path / "file"))


@pytest.mark.parametrize("name", ["region.toml", "cities.csv", "sections.csv", "reaches.csv", "people.csv"])
@FUZZ
@given(edits=edits)
def test_a_region_with_a_few_bytes_changed_is_read_whole_or_not_at_all(
    tmp_path: Path, name: str, edits: list[tuple[int, int, bytes]]
) -> None:
    folder = cast.write_region(tmp_path / "region")
    data = (folder / name).read_bytes()
    for place, cut, put in edits:
        at = place % (len(data) + 1)
        data = data[:at] + put + data[at + cut :]
    (folder / name).write_bytes(data)
    faults = Region.check(folder)
    if not faults:
        assert len(Region.read(folder).digest) == 64
