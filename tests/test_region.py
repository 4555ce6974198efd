"""The region folder: read whole or not at all, with every fault named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cast
import pyarrow as pa
import pytest
from pyarrow import parquet

from riskshed.errors import Fault, InputFaults, NotFoundError
from riskshed.region import SIZE_CLASSES, Region, guide, size_class
from riskshed.region_files import FORMS
from riskshed.tables import Limits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return cast.write_region(tmp_path / "region")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def only(folder: Path) -> Fault:
    faults = Region.check(folder)
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def test_the_cast_survives_its_folder(folder: Path) -> None:
    region = Region.read(folder)
    assert region.cities == cast.cities()
    assert region.bodies == cast.bodies()
    assert region.sections == cast.sections()
    assert region.people == cast.people()
    assert (region.name, region.about) == ("Cast river", {"mouth": "the outlet of reach 5"})


def test_the_river_of_the_folder_is_the_river_of_the_cast(folder: Path) -> None:
    network = Region.read(folder).network
    assert network is not None
    assert network.ids.tolist() == cast.network().ids.tolist()
    assert network.length_m.tolist() == cast.network().length_m.tolist()


def test_a_city_and_a_section_are_found_by_their_code(folder: Path) -> None:
    region = Region.read(folder)
    assert region.city(cast.XIA).name_zh == "下城"
    assert region.section("xia").city == cast.XIA
    assert region.city_index[cast.PANG] == 3


def test_an_unknown_code_is_told_with_what_there_is(folder: Path) -> None:
    region = Region.read(folder)
    with pytest.raises(NotFoundError, match="910100, 910200"):
        region.city("220200")
    with pytest.raises(NotFoundError, match="shang, zhong, xia"):
        region.section("harbin")


# State Council, 国发〔2014〕51号: "以上" includes the number itself, "以下" does not
@pytest.mark.parametrize(
    ("people", "name"),
    [
        (0, "II small"),
        (199_999, "II small"),
        (200_000, "I small"),
        (499_999, "I small"),
        (500_000, "medium"),
        (999_999, "medium"),
        (1_000_000, "II large"),
        (2_999_999, "II large"),
        (3_000_000, "I large"),
        (4_999_999, "I large"),
        (5_000_000, "mega"),
        (9_999_999, "mega"),
        (10_000_000, "super"),
        (None, None),
    ],
)
def test_the_size_class_follows_the_notice_of_2014(people: int | None, name: str | None) -> None:
    assert size_class(people) == name


def test_every_size_class_has_its_chinese_name() -> None:
    assert [zh[-2:] for _, _, zh in SIZE_CLASSES] == ["城市"] * 7


def test_the_digest_changes_with_any_byte(folder: Path) -> None:
    before = Region.read(folder).digest
    assert Region.read(folder).digest == before
    change(folder / "cities.csv", "上城", "上 城")
    assert Region.read(folder).digest != before


def test_the_digest_does_not_depend_on_where_the_folder_is(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    moved = folder.rename(tmp_path / "elsewhere" / "region")
    assert Region.read(moved).digest == Region.read(cast.write_region(folder)).digest


def test_other_files_in_the_folder_are_left_alone(folder: Path) -> None:
    before = Region.read(folder).digest
    (folder / "notes.bin").write_bytes(b"\xff\x00")
    assert Region.read(folder).digest == before


def test_cities_without_a_river_are_a_region(folder: Path) -> None:
    for name in ("reaches.csv", "sections.csv", "bodies.csv", "people.csv"):
        (folder / name).unlink()
    region = Region.read(folder)
    assert region.network is None
    assert len(region.cities) == 4


Change = Callable[[Path], None]


def edit(name: str, old: str, new: str) -> Change:
    return lambda folder: change(folder / name, old, new)


def remove(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("wrong", "code", "line", "column"),
    [
        (remove("region.toml"), "region.missing_file", None, "region.toml"),
        (edit("region.toml", "name =", "nom ="), "region.unknown_key", None, "nom"),
        (edit("region.toml", '"Cast river"', "5"), "region.bad_key", None, "name"),
        (edit("region.toml", "mouth =", "crs ="), "region.bad_key", None, "crs"),
        (edit("region.toml", "= ", ""), "file.bad_toml", 1, None),
        (edit("cities.csv", "910400,旁城", "910300,旁城"), "region.duplicate_id", 5, "code"),
        (edit("cities.csv", ",910200,45.6", ",910999,45.6"), "region.unknown_id", 4, "parent"),
        (edit("cities.csv", ",910200,45.6", ",910300,45.6"), "region.own_superior", 4, "parent"),
        (edit("cities.csv", ",,44.2", ",,"), "region.half_a_point", 5, "lat"),
        (edit("cities.csv", ",,44.2", ",,91"), "table.out_of_range", 5, "lat"),
        (edit("cities.csv", "700000,,cast", "700000,,"), "table.empty_cell", 5, "source"),
        (edit("cities.csv", "900000", "-900000"), "table.out_of_range", 2, "population_resident"),
        (edit("bodies.csv", "office,", "bureau,"), "table.bad_value", 3, "kind"),
        (edit("bodies.csv", ",basin,", ",bassin,"), "region.unknown_id", 3, "superior"),
        (edit("people.csv", "910100", "910109"), "region.unknown_id", 2, "city"),
        (edit("sections.csv", "zhong,中城", "shang,中城"), "region.duplicate_id", 3, "id"),
        (edit("sections.csv", "910200,3", "910209,3"), "region.unknown_id", 3, "city"),
        (edit("sections.csv", "910200,3", "910200,33"), "region.section_off_river", 3, "reach_id"),
        (edit("sections.csv", ",75.0,", ",-75.0,"), "table.out_of_range", 3, "river_km"),
        (edit("reaches.csv", "5,,35000.0", "5,1,35000.0"), "network.cycle", 2, "down_id"),
        (edit("reaches.csv", "1,2,", "1,22,"), "network.unknown_id", 2, "down_id"),
        (edit("reaches.csv", "20000.0,", "-20000.0,"), "table.out_of_range", 2, "length_m"),
        (edit("reaches.csv", "20000.0,", "NaN,"), "table.bad_value", 2, "length_m"),
        (edit("reaches.csv", "length_m", "length"), "table.missing_column", 1, "length_m"),
    ],
)
def test_a_wrong_file_is_named(
    folder: Path, wrong: Change, code: str, line: int | None, column: str | None
) -> None:
    wrong(folder)
    faults = Region.check(folder)
    assert (code, line, column) in [(fault.code, fault.line, fault.column) for fault in faults]
    with pytest.raises(InputFaults):
        Region.read(folder)


def test_a_fault_names_the_file_in_which_it_is(folder: Path) -> None:
    change(folder / "sections.csv", "910200,3", "910200,33")
    fault = only(folder)
    assert fault.where == str(folder / "sections.csv")
    assert "off the river" in fault.got


def test_the_ids_on_a_cycle_are_named(folder: Path) -> None:
    change(folder / "reaches.csv", "5,,35000.0", "5,1,35000.0")
    assert "1 -> 2 -> 3 -> 4 -> 5 -> 1" in only(folder).got


def test_an_empty_region_is_refused(folder: Path) -> None:
    text = (folder / "cities.csv").read_text(encoding="utf-8")
    (folder / "cities.csv").write_text(text.splitlines()[0] + "\n", encoding="utf-8")
    assert "region.empty" in {fault.code for fault in Region.check(folder)}


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    assert only(tmp_path / "nowhere").code == "region.no_folder"
    assert {fault.code for fault in Region.check(tmp_path)} == {"region.missing_file"}


def test_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    change(folder / "cities.csv", "900000", "many")
    change(folder / "sections.csv", "intake", "tap")
    change(folder / "reaches.csv", "20000.0,", "-1,")
    with pytest.raises(InputFaults) as error:
        Region.read(folder)
    files = {Path(fault.where).name for fault in error.value.faults}
    assert files == {"cities.csv", "sections.csv", "reaches.csv"}


def test_one_fault_is_told_once_and_not_again_by_what_depends_on_it(folder: Path) -> None:
    change(folder / "cities.csv", "900000", "many")
    assert only(folder).column == "population_resident"


def test_superiors_outside_of_the_folder_are_marked(folder: Path) -> None:
    change(folder / "cities.csv", "outside:910000", "910000")
    assert "write outside:910000" in only(folder).todo


def test_a_link_that_leads_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    (folder / "people.csv").rename(secret)
    (folder / "people.csv").symlink_to(secret)
    assert only(folder).code == "region.leaves_folder"


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "people.csv").rename(folder / "census.csv")
    (folder / "people.csv").symlink_to("census.csv")
    assert Region.check(folder) == ()


@pytest.mark.parametrize("target", ["people.csv", "nothing.csv", "/dev/zero"])
def test_a_link_to_itself_to_nothing_or_to_a_device_is_refused(folder: Path, target: str) -> None:
    (folder / "people.csv").unlink()
    (folder / "people.csv").symlink_to(target)
    assert only(folder).code == "region.leaves_folder"


def test_a_folder_reached_by_a_link_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert Region.read(tmp_path / "link").digest == Region.read(folder).digest


def test_limits_hold_for_every_file(folder: Path) -> None:
    faults = Region.check(folder, limits=Limits(bytes=10))
    assert {fault.code for fault in faults} == {"file.too_large"}
    assert len(faults) == 6


def test_a_chain_of_superiors_as_long_as_the_file_is_read_in_linear_time(folder: Path) -> None:
    head = (folder / "cities.csv").read_text(encoding="utf-8").splitlines()[0]
    rows = [f"{i},城,City,other,{i - 1 if i else ''},,,,,cast" for i in range(30_000)]
    (folder / "cities.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    for name in ("sections.csv", "people.csv", "bodies.csv"):
        (folder / name).unlink()
    assert len(Region.read(folder).cities) == 30_000


def test_a_network_of_river_route_may_stand_in_for_the_reaches(folder: Path) -> None:
    (folder / "reaches.csv").unlink()
    ids, down, _, k_s, x, _ = zip(*cast.REACHES, strict=True)
    columns = {"riverId": ids, "nextRiverId": down, "muskingumK": k_s, "muskingumX": x}
    parquet.write_table(pa.table(columns), folder / "reaches.parquet")
    network = Region.read(folder).network
    assert network is not None
    assert network.k_s.tolist() == cast.network().k_s.tolist()


def test_the_files_of_rapid_may_stand_in_for_the_reaches(folder: Path) -> None:
    (folder / "reaches.csv").unlink()
    (folder / "rapid_connect.csv").write_text("1,2,0\n2,3,1,1\n3,4,2,2,6\n4,5,1,3\n5,0,1,4\n6,3,0\n")
    (folder / "k.csv").write_text("1000\n" * 6)
    (folder / "x.csv").write_text("0.2\n" * 6)
    network = Region.read(folder).network
    assert network is not None
    assert network.ids.tolist() == cast.network().ids.tolist()


def test_two_networks_in_one_folder_are_refused(folder: Path) -> None:
    (folder / "rapid_connect.csv").write_text("1,0,0\n")
    assert only(folder).code == "region.two_networks"


SQUARE = "[[[125,45],[126,45],[126,46],[125,46],[125,45]]]"
FEATURE = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"%s"},'
    '"geometry":{"type":"%s","coordinates":%s}}]}'
)


def test_a_boundary_belongs_to_its_city(folder: Path) -> None:
    (folder / "boundaries.geojson").write_text(FEATURE % (cast.SHANG, "Polygon", SQUARE))
    assert Region.read(folder).boundaries[cast.SHANG]["type"] == "Polygon"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FEATURE % ("220200", "Polygon", SQUARE), "region.unknown_id"),
        (FEATURE % (cast.SHANG, "Point", "[125,45]"), "region.bad_boundary"),
        (FEATURE % (cast.SHANG, "Polygon", "[[[0,0],[2,2],[2,0],[0,2],[0,0]]]"), "geojson.not_valid"),
        (FEATURE % (cast.SHANG, "Polygon", SQUARE.replace("126,45", "500126,45")), "geojson.not_valid"),
        ("{", "file.bad_json"),
    ],
)
def test_a_wrong_boundary_is_named(folder: Path, text: str, code: str) -> None:
    (folder / "boundaries.geojson").write_text(text)
    assert only(folder).code == code


def test_the_guide_is_the_page_in_the_documents() -> None:
    page = Path(__file__).parents[1] / "docs" / "guide" / "region.md"
    assert page.read_text(encoding="utf-8") == guide(), "write it again: guide() of riskshed.region"


def test_the_guide_has_every_column_of_every_file() -> None:
    page = guide()
    for form in FORMS:
        assert f"## {form.name}" in page
        assert all(f"`{column.name}`" in page for column in form.columns)


def test_every_column_says_in_one_sentence_what_it_means() -> None:
    docs = [column.doc for form in FORMS for column in form.columns]
    assert all(doc.endswith(".") for doc in docs)


def test_reading_a_region_does_not_load_heavy_packages() -> None:
    code = "import riskshed.region, sys; print({'pandas', 'shapely', 'numba', 'pyarrow'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
