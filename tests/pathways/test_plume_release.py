"""A release is read whole, or every wrong key is named."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import cast
import pytest
import releases
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import Fault, InputFaults
from riskshed.pathways import plume_release
from riskshed.pathways.plume_release import (
    CHOICES,
    CLASSES,
    FAR,
    LOGNORMAL,
    NEAR,
    NORMAL,
    NUMBERS,
    TEXTS,
    Release,
)

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "release.md"
CASES = sorted((Path(__file__).parents[2] / "cases").glob("*/release.toml"))
MISSING = object()
PATHS = [
    *((key,) for key, *_ in NUMBERS),
    *((key, part) for key, *_ in LOGNORMAL for part in ("median", "log_sd")),
    *((key, part) for key, *_ in NORMAL for part in ("mean", "sd")),
    *(("near", key) for key, *_ in NEAR),
    *(("far", key) for key, *_ in FAR),
    *(("grains", 0, key) for key, *_ in CLASSES if key != "share"),
]


def put(path: tuple[Any, ...], value: object) -> dict[str, Any]:
    """The keys of the ash with another value at one place, or none there."""
    keys = releases.raw("far")
    table: Any = keys
    for key in path[:-1]:
        table = table[key]
    if value is MISSING:
        del table[path[-1]]
    else:
        table[path[-1]] = value
    return keys


def faults_of(keys: Any) -> tuple[Fault, ...]:
    with pytest.raises(InputFaults) as caught:
        Release.of(keys)
    assert caught.value.code == "release.faults"
    return caught.value.faults


def named(keys: Any) -> list[str | None]:
    return [fault.column for fault in faults_of(keys)]


def test_a_release_is_read() -> None:
    read = Release.of(releases.raw("far"))
    assert (read.range, read.unit, read.city, read.step_s) == ("far", "mg/m3", cast.SHANG, 1200.0)
    assert [grain.diameter_um for grain in read.grains] == [10.0, 60.0]
    assert read.supposed["mass_kg"].middle == 1e6
    assert read.winds is None
    assert read.in_winds(releases.grid()).winds is not None


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_a_wrong_number_is_named(path: tuple[Any, ...]) -> None:
    name = ".".join(map(str, path)).replace(".0.", "[0].")
    for value in (MISSING, float("nan"), "1.0", True, float("inf"), [1.0], {}, 16**5000, None, -1e20):
        assert named(put(path, value)) == [name], value


@pytest.mark.parametrize("key", [*TEXTS, *CHOICES])
def test_a_wrong_text_is_named(key: str) -> None:
    for value in (MISSING, "", "  ", 3, "a\x00b", None):
        assert named(put((key,), value)) == [key]


def test_a_wrong_time_is_named() -> None:
    for value in (MISSING, date(2024, 5, 1), cast.SPILL.replace(tzinfo=None), cast.SPILL.replace(year=1700)):
        assert named(put(("begins",), value)) == ["begins"]


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        (("limit",), 1e-9, "limit"),
        (("far", "top_m"), 9000.0, "far.top_m"),
        (("far", "bottom_m"), 2000.0, "far.top_m"),
        (("far", "particles"), 10.5, "far.particles"),
        (("far", "lid_m"), 100.0, "far.top_m"),
        (("grains", 0, "share"), 0.4, "grains"),
        (("grains",), 3, "grains"),
        (("grains", 0, "colour"), "grey", "grains[0].colour"),
        (("far", "colour"), 1.0, "far.colour"),
        (("colour",), 1.0, "colour"),
        (("mass_kg", "colour"), 1.0, "mass_kg.colour"),
        (("mass_kg", "source"), "", "mass_kg.source"),
        (("far",), MISSING, "far"),
        (("caveats",), 3, "caveats"),
        (("caveats",), [{"code": "x"}], "caveats[0]"),
    ],
)
def test_what_does_not_go_together_is_named(path: tuple[Any, ...], value: object, name: str) -> None:
    assert name in named(put(path, value))


def test_a_near_release_maps_no_deposits() -> None:
    assert named(releases.raw() | {"quantity": "deposit"}) == ["quantity"]


def test_every_fault_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "release.toml"
    path.write_text(
        'range = "sideways"\nlat = 91\n\n[mass_kg]\nmedian = -1\nlog_sd = 0.1\nsource = "x"\n', "utf-8"
    )
    with pytest.raises(InputFaults) as caught:
        Release.read(path)
    lines = {fault.column: fault.line for fault in caught.value.faults}
    assert (lines["range"], lines["lat"], lines["mass_kg.median"]) == (1, 2, 5)
    assert {"lon", "begins", "duration_h.median", "source"} <= set(lines)


json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(releases.raw("far"))), json_like)
@settings(max_examples=60, deadline=None)
def test_any_value_is_read_or_refused(key: str, value: object) -> None:
    with suppress(InputFaults):
        assert isinstance(Release.of(releases.raw("far") | {key: value}), Release)


def test_the_guide_is_written_from_the_tables() -> None:
    assert GUIDE.read_text("utf-8") == plume_release.guide()


def test_every_key_of_a_release_stands_in_the_guide() -> None:
    assert [key for key in releases.raw("far") if f"`{key}`" not in plume_release.guide()] == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_releases_of_the_cases_are_read(path: Path) -> None:
    read = Release.read(path)
    assert (path.parent / read.wind).is_file()
    assert tomllib.loads(path.read_text("utf-8"))["range"] == read.range
