"""A footprint goes to CF, NetCDF and zarr and comes back to the last bit, whole or not at all."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import xarray as xr
from footprints import PLACES, UNKNOWN, equivalent, footprint, full_footprint
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from riskshed.errors import InputError
from riskshed.exchange import footprint_files
from riskshed.exchange.footprint_files import from_xarray, to_xarray
from riskshed.footprint import Footprint

WAYS = {
    "netcdf": (footprint_files.write_netcdf, footprint_files.read_netcdf),
    "zarr": (footprint_files.write_zarr, footprint_files.read_zarr),
}
Write = Callable[..., None]
Read = Callable[[Path], Footprint]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[Write, Read]:
    return WAYS[request.param]


@pytest.mark.parametrize(
    "spill",
    [
        footprint(),
        full_footprint(),
        full_footprint().by_city(),
        footprint(seed=10**40, issued=datetime(2005, 11, 14, 20, 0, 0, 123456, ZoneInfo("Europe/Berlin"))),
        footprint(hazard_cities=(), source_text="", region_digest="", threshold=0.0),
    ],
    ids=["plain", "full", "by city", "odd", "empty"],
)
def test_what_is_written_comes_back_to_the_last_bit(
    spill: Footprint, way: tuple[Write, Read], tmp_path: Path
) -> None:
    write, read = way
    write(spill, tmp_path / "spill")
    assert equivalent(read(tmp_path / "spill"), spill)
    assert [path.name for path in tmp_path.iterdir()] == ["spill"]


@settings(max_examples=50)
@given(hnp.arrays(float, (4, 3), elements=st.floats(0)), st.timedeltas())
def test_a_data_set_in_memory_comes_back_to_the_last_bit(arrival_s: np.ndarray, shift: timedelta) -> None:
    shift %= timedelta(days=50_000)
    spill = footprint(arrival_s, peak_s=np.zeros((4, 3)))
    moved = {name: getattr(spill, name) + shift for name in ("origin", "issued", "known_at")}
    spill = replace(spill, **moved)
    assert equivalent(from_xarray(to_xarray(spill)), spill)


def test_never_and_unknown_stand_in_the_files_as_they_are(way: tuple[Write, Read], tmp_path: Path) -> None:
    write, _ = way
    write(footprint(), tmp_path / "spill")
    with open_plainly(tmp_path / "spill") as dataset:
        assert np.isposinf(dataset["arrival_s"].values[3, 2:]).all()
        assert np.isnan(dataset["exposed_people"].values[2]).all()
        assert np.isnan(dataset["lat"].values[2])


def test_what_is_unknown_is_still_unknown_when_it_comes_back(way: tuple[Write, Read], tmp_path: Path) -> None:
    write, read = way
    write(footprint(np.full((4, 8), np.inf), unknown=(PLACES[2].id,)), tmp_path / "spill")
    assert read(tmp_path / "spill").unknown == (PLACES[2].id,)


def test_no_number_is_set_aside_to_mean_missing(tmp_path: Path) -> None:
    footprint_files.write_netcdf(full_footprint(), tmp_path / "spill.nc")
    with xr.open_dataset(tmp_path / "spill.nc", decode_cf=False) as dataset:
        assert not [name for name, v in dataset.variables.items() if "_FillValue" in v.attrs]


def open_plainly(path: Path) -> xr.Dataset:
    if path.is_dir():
        return xr.open_zarr(path, consolidated=False, chunks=None)
    return xr.open_dataset(path, engine="netcdf4")


def test_others_read_the_times_and_names(way: tuple[Write, Read], tmp_path: Path) -> None:
    write, _ = way
    write(full_footprint(), tmp_path / "spill")
    with open_plainly(tmp_path / "spill") as dataset:
        assert dataset["time"].values[1] == np.datetime64("2005-11-13T06:40:00")
        assert dataset["time"].attrs["utc_offset"] == "+08:00"
        assert dataset["issued"].values == np.datetime64("2005-11-14T11:40:00")
        assert list(dataset["name_zh"].values) == ["上市", "中市取水口", "中市水文站", "下市"]
        assert dataset["probability"].values.tolist() == [1, 1, 1, 0.25]


def test_the_data_set_keeps_the_conventions() -> None:
    dataset = to_xarray(full_footprint())
    assert dataset.attrs["Conventions"] == "CF-1.11"
    assert dataset["member"].attrs["standard_name"] == "realization"
    assert dataset["arrival_s"].dims == ("city", "member")
    assert dataset["series"].dims == ("city", "quantile", "time")
    standard = {name: v.attrs.get("standard_name") for name, v in dataset.coords.items()}
    assert (standard["lat"], standard["lon"]) == ("latitude", "longitude")
    assert (standard["time"], standard["issued"]) == ("time", "forecast_reference_time")


def test_every_variable_has_a_legal_name_and_says_what_it_is() -> None:
    for name, variable in to_xarray(full_footprint()).variables.items():
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", str(name))
        assert {"long_name", "standard_name"} & set(variable.attrs)
        is_text, is_time = variable.dtype.kind in "OT", variable.dtype.kind == "M"
        assert is_text or is_time or variable.attrs["units"]


def test_zarr_is_of_format_3(tmp_path: Path) -> None:
    footprint_files.write_zarr(footprint(), tmp_path / "spill.zarr")
    assert '"zarr_format": 3' in (tmp_path / "spill.zarr" / "zarr.json").read_text("utf-8")


def test_what_exists_is_refused(way: tuple[Write, Read], tmp_path: Path) -> None:
    write, read = way
    write(footprint(), tmp_path / "spill")
    with pytest.raises(InputError, match="exists already") as caught:
        write(full_footprint(), tmp_path / "spill")
    assert caught.value.code == "file.exists"
    assert equivalent(read(tmp_path / "spill"), footprint())


def test_what_exists_is_overwritten_when_asked(way: tuple[Write, Read], tmp_path: Path) -> None:
    write, read = way
    write(footprint(), tmp_path / "spill")
    write(full_footprint(), tmp_path / "spill", overwrite=True)
    assert equivalent(read(tmp_path / "spill"), full_footprint())
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_of_something_else_is_never_overwritten(way: tuple[Write, Read], tmp_path: Path) -> None:
    write, _ = way
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "zarr.json").write_text("{}", "utf-8")
    (tmp_path / "home" / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(InputError, match="something else"):
        write(footprint(), tmp_path / "home", overwrite=True)
    assert (tmp_path / "home" / "letter.txt").read_text("utf-8") == "dear"


def test_a_file_is_never_overwritten_by_a_folder(tmp_path: Path) -> None:
    (tmp_path / "spill").write_text("dear", "utf-8")
    with pytest.raises(InputError, match="something else"):
        footprint_files.write_zarr(footprint(), tmp_path / "spill", overwrite=True)


def test_a_folder_that_is_not_there_is_named(way: tuple[Write, Read], tmp_path: Path) -> None:
    write, _ = way
    with pytest.raises(InputError, match="cannot be written") as caught:
        write(footprint(), tmp_path / "nowhere" / "spill")
    assert caught.value.code == "file.not_written"


def test_a_write_that_fails_leaves_nothing_behind(
    way: tuple[Write, Read], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, read = way
    write(footprint(), tmp_path / "spill")
    monkeypatch.setattr(Path, "replace" if (tmp_path / "spill").is_file() else "rename", full_disk)
    with pytest.raises(InputError, match="No space left"):
        write(full_footprint(), tmp_path / "spill", overwrite=True)
    assert equivalent(read(tmp_path / "spill"), footprint())
    assert len(list(tmp_path.iterdir())) == 1


def full_disk(path: Path, target: Path) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def only_the_old(path: Path, target: Path) -> None:
        if target.name == "spill" and path.name != "old":
            full_disk(path, target)
        rename(path, target)

    footprint_files.write_zarr(footprint(), tmp_path / "spill")
    monkeypatch.setattr(Path, "rename", only_the_old)
    with pytest.raises(InputError, match="No space left"):
        footprint_files.write_zarr(full_footprint(), tmp_path / "spill", overwrite=True)
    assert equivalent(footprint_files.read_zarr(tmp_path / "spill"), footprint())


@pytest.mark.parametrize("content", [b"", b"no NetCDF", b"\x89HDF\r\n\x1a\n" + b"\0" * 600])
def test_a_file_that_is_no_footprint_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "spill.nc").write_bytes(content)
    with pytest.raises(InputError, match=r"spill\.nc"):
        footprint_files.read_netcdf(tmp_path / "spill.nc")


def test_a_file_that_is_not_there_is_refused(way: tuple[Write, Read], tmp_path: Path) -> None:
    _, read = way
    with pytest.raises(InputError) as caught:
        read(tmp_path / "nowhere")
    assert caught.value.code == "file.not_read"


def test_a_data_set_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="layout"):
        from_xarray(xr.Dataset({"air": ("time", [1.0])}))


@pytest.mark.parametrize("name", sorted(map(str, to_xarray(full_footprint()).variables)))
def test_a_missing_variable_is_named_or_not_needed(name: str) -> None:
    dataset = to_xarray(full_footprint()).drop_vars(name)
    if name in {"member", "issued", "probability", "series", "time"}:
        assert from_xarray(dataset).places == full_footprint().places
        return
    with pytest.raises(InputError, match=name):
        from_xarray(dataset)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("origin", "yesterday", "footprint.layout"),
        ("origin", "2005-11-13T13:40:00", "footprint.invalid"),
        ("seed", "seven", "footprint.layout"),
        ("caveats", "[", "footprint.layout"),
        ("caveats", '[{"code": "x"}]', "footprint.layout"),
        ("caveats", "7", "footprint.layout"),
        ("hazard_cities", "null", "footprint.layout"),
        ("horizon_s", 1.0, "footprint.invalid"),
        ("issued", 7, "footprint.layout"),
    ],
)
def test_a_wrong_attribute_is_refused(name: str, value: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        from_xarray(to_xarray(full_footprint()).assign_attrs({name: value}))
    assert caught.value.code == code


def test_numbers_that_contradict_each_other_are_refused() -> None:
    dataset = to_xarray(footprint())
    dataset["arrival_s"] = dataset["arrival_s"] * UNKNOWN
    with pytest.raises(InputError, match="never is infinity"):
        from_xarray(dataset)


def test_a_small_file_that_unpacks_to_any_size_is_refused(
    way: tuple[Write, Read], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, read = way
    write(footprint(), tmp_path / "spill")
    monkeypatch.setattr(footprint_files, "BYTES_MAX", 1000)
    with pytest.raises(InputError) as caught:
        read(tmp_path / "spill")
    assert caught.value.code == "file.too_large"
