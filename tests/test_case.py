"""A case is read whole, or refused with the place of every fault."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import songhua
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.case import Case, find
from riskshed.errors import Fault, InputFaults, NotFoundError

# file, what stands there, what is put in its place, column of the fault, a word that its line holds
BROKEN = (
    ("case.toml", "min_lead_h = 35", "min_lead_h = 35\ncolour = 'red'", "colour", "colour"),
    ("case.toml", '"+08:00"', '"Asia/Shanghai"', "zone", "zone"),
    ("case.toml", '"+08:00"', '"+24:00"', "zone", "zone"),
    ("case.toml", '"zhaoyuan", "sifangtai"', '"zhaoyuan", "nowhere"', "issue_at_fronts", "nowhere"),
    ("case.toml", '"zhaoyuan", "sifangtai"', '"zhaoyuan", "plant"', "issue_at_fronts", "plant"),
    ("case.toml", '"zhaoyuan", "sifangtai"', '"zhaoyuan", 7', "issue_at_fronts", "7"),
    ("case.toml", "min_lead_h = 35", "min_lead_h = -1", "min_lead_h", "-1"),
    ("case.toml", "min_lead_h = 35", "min_lead_h = true", "min_lead_h", "true"),
    ("case.toml", '"mg_per_L"', '"ug_per_L"', "unit", "ug_per_L"),
    ("case.toml", '"pollutant"', '"flood"', "pathway", "flood"),
    ("case.toml", "Songhua River nitrobenzene spill, 2005", "\\u001b[31mred", "title_en", "red"),
    ("case.toml", "Songhua River nitrobenzene spill, 2005", " ", "title_en", "title_en"),
    ("spill.toml", 'section = "plant"', 'section = "nowhere"', "section", "nowhere"),
    ("spill.toml", "jiamusi = 0.15", "nowhere = 0.15", "breaks", "nowhere"),
    ("spill.toml", "median = 100_000", "median = -1", "mass_kg.median", "-1"),
    ("spill.toml", "front_h = 2 ", "front_h = 'two' ", "front_h", "two"),
    ("readings.csv", "mulan,2005-11-29", "nowhere,2005-11-29", "section", "nowhere"),
    ("readings.csv", "mulan,2005-11-29T06:00:00+08:00", "mulan,2005-11-29T06:00:00", "time", "29T06:00:00,"),
    ("record.csv", "bayan,front,", "nowhere,front,", "section", "nowhere"),
    ("record.csv", "tongjiang,front,2005-12-16", "tongjiang,front,2005-12-18", "latest", "12-18"),
    ("region/sections.csv", "230127,174,", "230127,9174,", "reach_id", "9174"),
)  # fmt: skip


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(InputFaults) as caught:
        Case.read(folder)
    return caught.value.faults


@pytest.mark.parametrize(("file", "old", "new", "column", "word"), BROKEN)
def test_a_fault_is_named_by_file_line_and_column(
    tmp_path: Path, file: str, old: str, new: str, column: str, word: str
) -> None:
    path = songhua.copied(tmp_path) / file
    songhua.edit(path, old, new)
    (fault,) = faults_of(tmp_path / "copy")
    assert (Path(fault.where), fault.column) == (path, column)
    assert fault.line is not None
    assert word in path.read_text("utf-8").split("\n")[fault.line - 1]


def test_a_caveat_names_sections_that_there_are(tmp_path: Path) -> None:
    songhua.edit(songhua.copied(tmp_path) / "spill.toml", '"songyuan", "zhaoyuan", ', '"nowhere", ')
    (fault,) = faults_of(tmp_path / "copy")
    assert (fault.code, fault.column, fault.got) == ("spill.unknown_section", "caveats", '"nowhere"')


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = songhua.copied(tmp_path) / "case.toml"
    songhua.edit(path, "min_lead_h = 35", "min_lead_h = 'long'")
    songhua.edit(path, '"+08:00"', '"east"')
    assert {fault.column for fault in faults_of(path.parent)} == {"min_lead_h", "zone"}


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    songhua.edit(songhua.copied(tmp_path) / "case.toml", 'zone = "+08:00"\n', "")
    columns = [(fault.line, fault.column, fault.got) for fault in faults_of(tmp_path / "copy")]
    assert (None, "zone", "nothing") in columns


@pytest.mark.parametrize("file", sorted({*songhua.FILES} - {"region/bodies.csv"}))
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    (songhua.copied(tmp_path) / file).unlink()
    named = {"region/reaches.csv": "want a river network in the folder"}.get(file, Path(file).name)
    assert any(named in str(fault) for fault in faults_of(tmp_path / "copy"))


def test_a_case_without_bodies_is_a_case(tmp_path: Path) -> None:
    (songhua.copied(tmp_path) / "region" / "bodies.csv").unlink()
    assert Case.read(tmp_path / "copy").region.bodies == ()


@pytest.mark.parametrize("file", songhua.FILES)
@settings(max_examples=15, deadline=None)
@given(content=st.binary(max_size=300))
def test_random_bytes_are_refused(file: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = songhua.copied(Path(folder)) / file
        path.write_bytes(content)
        assert all(fault.where for fault in faults_of(path.parents[file.count("/")]))


@pytest.mark.parametrize("file", songhua.FILES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 8))
def test_a_few_wrong_bytes_make_another_case_or_faults(file: str, seed: int, changes: int) -> None:
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        path = songhua.copied(Path(folder)) / file
        content = bytearray(path.read_bytes())
        for _ in range(changes):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content)
        try:
            Case.read(Path(folder) / "copy")
        except InputFaults as error:
            assert error.faults  # noqa: PT017 (a case that is still good is no failure)


def test_the_real_case_is_what_its_files_say() -> None:
    case = Case.read(songhua.FOLDER)
    assert case.issue_at_fronts == songhua.FRONTS
    assert case.zone.utcoffset(None) == timedelta(hours=8)
    assert case.spill.released.isoformat() == "2005-11-13T13:45:00+08:00"
    assert {row.section for row in case.record if row.scored and row.kind == "front"} == {
        "tonghe", "dalai", "jiamusi", "tongjiang",
    }  # fmt: skip


def test_no_reading_was_known_before_it_was_taken() -> None:
    case = Case.read(songhua.FOLDER)
    assert all(reading.known_at >= reading.time for reading in case.readings)


def test_sections_stand_at_their_kilometre() -> None:
    region = Case.read(songhua.FOLDER).region
    network, plant = region.network, region.section("plant")
    assert network is not None
    path = network.path_down(network.index(plant.reach_id))
    below_km = dict(zip(network.ids[path], network.length_m[path].cumsum() / 1000, strict=True))
    start_km = below_km[plant.reach_id]
    for section in region.sections:
        if section.river_km is not None:
            below = below_km[section.reach_id] - start_km
            assert below == pytest.approx(plant.river_km - section.river_km, abs=0.05), section.id


def test_a_case_is_found_by_its_name_and_by_its_folder() -> None:
    assert find("songhua-2005").resolve() == songhua.FOLDER
    assert find(str(songhua.FOLDER)) == songhua.FOLDER


@pytest.mark.parametrize("name", ["nowhere", "", "../songhua-2005", "songhua-2005\0", "x" * 5000])
def test_an_unknown_case_names_those_that_there_are(name: str) -> None:
    with pytest.raises(NotFoundError, match="songhua-2005") as caught:
        find(name)
    assert caught.value.code == "case.unknown"
