"""Thresholds are read whole or not at all, and every fault has its line and key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import cast
import pytest
from readings import TOML, write_toml

from riskshed.errors import InputFaults
from riskshed.thresholds import COLOUR_OF, KEYS, STATION_KEYS, Thresholds


def read(folder: Path, text: str = TOML) -> Thresholds:
    return Thresholds.read(write_toml(folder, text), cast.region())


def faults(folder: Path, old: str, new: str) -> list[tuple[int | None, str | None]]:
    assert TOML.count(old) >= 1, old
    with pytest.raises(InputFaults) as told:
        read(folder, TOML.replace(old, new, 1))
    assert told.value.code == "thresholds.faults"
    return [(one.line, one.column) for one in told.value.faults]


def test_each_place_has_its_own_threshold(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert [(one.place, one.level, one.value) for one in found.rows] == [
        ("shang", "orange", Decimal("0.017")),
        ("zhong", "orange", Decimal("0.017")),
        ("shang", "red", Decimal("0.17")),
    ]
    assert found.rows[2].hold_s == 7200.0
    assert found.rows[0].hysteresis == Decimal("0.005")
    assert found.stations.station("air-1").body == "pang-air"
    assert found.names()["zhong"] == {"zh": "中城断面", "en": "Zhong"}


def test_a_star_is_every_station_and_every_city(tmp_path: Path) -> None:
    found = read(tmp_path, TOML.replace('["shang", "zhong"]', '"*"'))
    assert {one.place for one in found.rows} == set(found.stations.by_id)


def test_a_level_is_a_colour_or_a_grade() -> None:
    assert [COLOUR_OF[word] for word in ("red", "I", "IV", "blue")] == ["red", "red", "blue", "blue"]


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('place = ["shang", "zhong"]', 'place = ["shang", "nowhere"]', 11, "threshold[0].place"),
        ('quantity = "nitrobenzene"', 'quantity = "nitro benzene"', 12, "threshold[0].quantity"),
        ('unit = "mg/L"', 'unit = "mg per L"', 13, "threshold[0].unit"),
        ('hazard_class = "accident"', 'hazard_class = "spill"', 14, "threshold[0].hazard_class"),
        ('level = "orange"', 'level = "V"', 16, "threshold[0].level"),
        ('value = "0.017"', "value = 0.017", 17, "threshold[0].value"),
        ('value = "0.017"', "", 10, "threshold[0].value"),
        ('hysteresis = "0.005"', 'hysteresis = "-1"', 18, "threshold[0].hysteresis"),
        ("hold_h = 2", "hold_h = -2", 29, "threshold[1].hold_h"),
        ('hysteresis = "0.005"', 'hysteresys = "0.005"', 18, "threshold[0].hysteresys"),
        ('city = "910400"', 'city = "nowhere"', 4, "station[0].city"),
        ('city = "910400"', "", 2, "station[0].city"),
        ('name_zh = "空气站"', "name_zh = 3", 6, "station[0].name_zh"),
        ("[[station]]", "[settings]", 2, "settings"),
    ],
)
def test_a_fault_has_its_line_and_key(tmp_path: Path, old: str, new: str, line: int, key: str) -> None:
    assert (line, key) in faults(tmp_path, old, new)


NAMED = TOML.replace(
    'hazard = "nitrobenzene"\n',
    'hazard = "nitrobenzene"\nname_zh = "硝基苯水污染"\nname_en = "nitrobenzene in the river"\n',
)


def test_a_hazard_has_a_name_in_both_languages_or_none(tmp_path: Path) -> None:
    assert read(tmp_path).hazards() == {}
    name = {"zh": "硝基苯水污染", "en": "nitrobenzene in the river"}
    assert read(tmp_path, NAMED).hazards() == {"nitrobenzene": name}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name_en = "nitrobenzene in the river"\n', "", "threshold[0].name_en"),
        ('name_zh = "硝基苯水污染"\n', "", "threshold[0].name_zh"),
        ('name_zh = "硝基苯水污染"', 'name_zh = " "', "threshold[0].name_zh"),
        ('name_zh = "硝基苯水污染"', 'name_zh = "硝基苯\\n水污染"', "threshold[0].name_zh"),
        ('name_en = "nitrobenzene in the river"', f'name_en = "{"n" * 41}"', "threshold[0].name_en"),
        ('hazard = "nitrobenzene"\n', "", "threshold[0].hazard"),
        ('hazard = "nitrobenzene"', 'hazard = "910100"', "threshold[0].hazard"),
        ("硝基苯水污染", "硝基苯", "threshold"),
    ],
)
def test_a_name_of_a_hazard_that_cannot_be_used_is_a_fault(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    assert NAMED.count(old) >= 1, old
    with pytest.raises(InputFaults) as told:
        read(tmp_path, NAMED.replace(old, new, 1))
    assert key in [one.column for one in told.value.faults]


def test_a_graver_level_lies_farther_out(tmp_path: Path) -> None:
    assert faults(tmp_path, 'value = "0.17"', 'value = "0.0017"')


def test_a_threshold_stands_once(tmp_path: Path) -> None:
    again = TOML.replace('place = "shang"', 'place = ["shang", "zhong"]').replace(
        'level = "I"', 'level = "II"'
    )
    with pytest.raises(InputFaults, match="once"):
        read(tmp_path, again)


def test_where_being_found_is_enough_no_value_is_needed(tmp_path: Path) -> None:
    found = read(tmp_path, TOML.replace('value = "0.017"', "detected = true"))
    assert found.rows[0].value is None
    assert found.rows[0].detected


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputFaults, match="no such file"):
        Thresholds.read(tmp_path / "thresholds.toml", cast.region())


def test_the_guide_names_every_key_as_it_is() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "guide" / "readings.md").read_text("utf-8")
    for key, needed, wanted in (*KEYS, *STATION_KEYS):
        assert f"| `{key}` | {'yes' if needed else 'no'} | {wanted} |" in guide
