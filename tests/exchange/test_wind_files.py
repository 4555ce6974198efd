"""Files of winds: what services write is read as it is meant, what could be meant in two ways is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from riskshed.errors import Fault, InputFaults
from riskshed.exchange import wind_files
from riskshed.winds import GridWinds, StationWinds

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "wind.md"
LAT, LON, HOURS = np.array([50.0, 40.0, 30.0]), np.array([100.0, 110.0, 120.0, 130.0]), 3


def value(lat: Any, lon: Any, hour: Any) -> Any:
    """A wind that tells where and when it is."""
    return lat / 10 + lon / 100 + hour


def dataset(**changed: Any) -> xr.Dataset:
    """Winds as ERA5 has them: latitudes downwards, hours since 1900."""
    lat, lon = changed.pop("lat", LAT), changed.pop("lon", LON)
    time = np.datetime64("2010-04-14T00", "ns") + np.arange(HOURS) * np.timedelta64(1, "h")
    names = changed.pop("names", ("u10", "v10"))
    axes = changed.pop("axes", ("valid_time", "latitude", "longitude"))
    u = value(lat[None, :, None], lon[None, None, :], np.arange(HOURS)[:, None, None])
    units = {"units": "m s**-1"} | changed.pop("attrs", {})
    return xr.Dataset(
        {names[0]: (axes, u, dict(units)), names[1]: (axes, -u, dict(units))},
        dict(zip(axes, (time, lat, lon), strict=True)),
        {"source": "made up"} | changed,
    )


def written(folder: Path, data: xr.Dataset) -> Path:
    path = folder / "wind.nc"
    data.to_netcdf(path, engine="netcdf4")
    return path


def refused(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(InputFaults) as caught:
        wind_files.read(path)
    assert caught.value.code == "wind.faults"
    return caught.value.faults


def at(winds: GridWinds, lat: float, lon: float, hour: int) -> float:
    row, column = (winds.lat_deg == lat).argmax(), np.isclose(winds.lon_deg, lon).argmax()
    return float(winds.u_m_s[hour, 0, row, column])


def test_a_grid_is_read_with_latitudes_turned_up(tmp_path: Path) -> None:
    found = wind_files.read(written(tmp_path, dataset()))
    assert isinstance(found, GridWinds)
    assert found.lat_deg.tolist() == [30.0, 40.0, 50.0]
    assert found.origin == datetime(2010, 4, 14, tzinfo=UTC) == found.known_at
    assert found.time_s.tolist() == [0.0, 3600.0, 7200.0]
    assert at(found, 30.0, 110.0, 2) == pytest.approx(value(30.0, 110.0, 2))
    assert (found.v_m_s == -found.u_m_s).all()
    assert (found.height_m.tolist(), found.source) == ([10.0], "made up")


@pytest.mark.parametrize(
    "lon", [np.array([170.0, 180.0, 190.0, 200.0]), np.array([170.0, -180.0, -170.0, -160.0])]
)
def test_longitudes_may_be_written_either_way(tmp_path: Path, lon: np.ndarray) -> None:
    data = dataset(lon=lon)
    found = wind_files.read(written(tmp_path, data))
    assert isinstance(found, GridWinds)
    assert np.allclose(found.lon_deg, [170.0, 180.0, 190.0, 200.0])
    assert found.holds(40.0, -175.0)
    assert at(found, 40.0, 190.0, 0) == pytest.approx(value(40.0, lon[2], 0))


def test_other_names_and_standard_names_are_known(tmp_path: Path) -> None:
    plain = wind_files.read(written(tmp_path, dataset(names=("u", "v"), axes=("time", "lat", "lon"))))
    odd = dataset(names=("wehen_o", "wehen_n"))
    for name, standard in zip(("wehen_o", "wehen_n"), wind_files.STANDARD, strict=True):
        odd[name].attrs["standard_name"] = standard
    named = wind_files.read(written(tmp_path, odd))
    assert isinstance(plain, GridWinds)
    assert isinstance(named, GridWinds)
    assert (plain.u_m_s == named.u_m_s).all()


def test_levels_are_heights_or_pressures(tmp_path: Path) -> None:
    flat = dataset(names=("u", "v"))
    levels = flat.expand_dims({"pressure_level": [500.0, 850.0]}, axis=1).copy(deep=True)
    levels["u"][:, 1] += 1.0
    levels["pressure_level"].attrs["units"] = "hPa"
    found = wind_files.read(written(tmp_path, levels))
    assert isinstance(found, GridWinds)
    assert found.height_m.round().tolist() == [1457.0, 5574.0]
    assert np.allclose(found.u_m_s[:, 0], found.u_m_s[:, 1] + 1.0)
    levels["pressure_level"].attrs["units"] = "m"
    assert wind_files.read_grid(written(tmp_path, levels)).height_m.tolist() == [500.0, 850.0]


def test_when_it_was_known_is_said_by_the_file(tmp_path: Path) -> None:
    said = wind_files.read_grid(written(tmp_path, dataset(known_at="2010-04-14T06:00+02:00")))
    assert said.known_at == datetime(2010, 4, 14, 4, tzinfo=UTC)
    run = dataset().assign_coords(forecast_reference_time=np.datetime64("2010-04-13T12", "ns"))
    assert wind_files.read_grid(written(tmp_path, run)).known_at == datetime(2010, 4, 13, 12, tzinfo=UTC)
    (fault,) = refused(written(tmp_path, dataset(known_at="yesterday")))
    assert (fault.code, fault.column) == ("wind.time", "known_at")


def without(data: xr.Dataset, name: str, attribute: str) -> xr.Dataset:
    del data[name].attrs[attribute]
    return data


def with_hole(data: xr.Dataset) -> xr.Dataset:
    data["v10"][1, 2, 3] = np.nan
    return data


def of_numbers(data: xr.Dataset) -> xr.Dataset:
    return data.assign_coords(valid_time=np.arange(HOURS))


WRONG = {
    "no unit": (lambda: without(dataset(), "u10", "units"), "wind.no_unit", "u10", "no attribute units"),
    "knots": (lambda: dataset(attrs={"units": "knots"}), "wind.unit", "u10", "knots"),
    "a hole": (
        lambda: with_hole(dataset()), "wind.hole", "v10",
        "1 holes, the first at 2010-04-14T01:00:00Z, latitude 30, longitude 130",
    ),
    "one component": (lambda: dataset().drop_vars("v10"), "wind.no_wind", None, "variables u10"),
    "no time": (lambda: dataset().isel(valid_time=0), "wind.axis", "u10", "latitude, longitude"),
    "numbers for times": (lambda: of_numbers(dataset()), "wind.time", "valid_time", "int64"),
    "members": (lambda: dataset().expand_dims(number=[0, 1]), "wind.axis", "number", "2 of them"),
    "one latitude": (lambda: dataset(lat=LAT[:1]), "wind.too_few", "latitude", "1 of them"),
    "a latitude twice": (lambda: dataset(lat=LAT[[0, 1, 1]]), "wind.axis", "latitude", "values twice"),
    "no latitudes": (lambda: dataset().drop_vars("latitude"), "wind.axis", "latitude", "without values"),
    "beyond the pole": (lambda: dataset(lat=LAT + 50), "wind.axis", "latitude", "80 to 100"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_grid_is_named(tmp_path: Path, name: str) -> None:
    make, code, column, got = WRONG[name]
    first = refused(written(tmp_path, make()))[0]
    assert (first.code, first.column) == (code, column)
    assert got in first.got


def test_a_level_without_a_unit_and_winds_in_the_wrong_unit_are_refused(tmp_path: Path) -> None:
    levels = dataset(names=("u", "v")).expand_dims({"level": [10.0, 20.0]}, axis=1)
    assert refused(written(tmp_path, levels))[0].code == "wind.no_unit"
    fast = dataset()
    fast["u10"] = fast["u10"].copy(data=fast["u10"].values * 1e4)
    fast["u10"].attrs["units"] = "m/s"
    assert refused(written(tmp_path, fast))[0].code == "wind.too_fast"


def test_what_is_no_netcdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wind.nc"
    path.write_bytes(b"CDF\x01 and then nothing")
    assert refused(path)[0].code == "wind.unreadable"
    assert refused(tmp_path / "other.nc")[0].code == "file.missing"
    assert refused(tmp_path / "wind.grib")[0].code == "wind.form"


HEADER = "time,speed_m_s,direction_deg_from,obukhov_m,known_at,source\n"
ROWS = "2026-05-12T05:00+08:00,4,225,,,a\n2026-05-12T06:00+08:00,5,230,-80,2026-05-12T06:10+08:00,b\n"


def table(folder: Path, text: str) -> Path:
    path = folder / "wind.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_mast_is_read(tmp_path: Path) -> None:
    found = wind_files.read(table(tmp_path, HEADER + ROWS))
    assert isinstance(found, StationWinds)
    assert found.time_s.tolist() == [0.0, 3600.0]
    assert found.known_s.tolist() == [-np.inf, 4200.0]
    assert np.isnan(found.obukhov_m[0])
    assert found.obukhov_m[1] == -80.0
    assert np.isnan(found.u_star_m_s).all()
    assert (found.height_m, found.source) == (10.0, "a; b")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (HEADER + ROWS.replace(",4,", ",-4,"), 2, "speed_m_s"),
        (HEADER + ROWS.replace("225", "425"), 2, "direction_deg_from"),
        (HEADER + ROWS.replace("-80", "0"), 3, "obukhov_m"),
        (HEADER + ROWS.splitlines()[0] + "\n", None, "time"),
        (HEADER + "\n".join(reversed(ROWS.splitlines())) + "\n", 3, "time"),
        (HEADER + ROWS.replace("+08:00,4", ",4"), 2, "time"),
        (HEADER.replace("speed_m_s", "speed_knots") + ROWS, 1, "speed_m_s"),
    ],
)
def test_what_is_wrong_with_a_mast_is_named(tmp_path: Path, text: str, line: int | None, column: str) -> None:
    found = [(fault.line, fault.column) for fault in refused(table(tmp_path, text))]
    assert (line, column) in found


def test_two_heights_are_two_masts(tmp_path: Path) -> None:
    rows = HEADER.replace("source", "height_m,source") + ROWS.replace(",a\n", ",10,a\n").replace(
        ",b\n", ",2,b\n"
    )
    assert refused(table(tmp_path, rows))[0].code == "wind.heights"


def test_the_guide_is_written_from_the_tables() -> None:
    assert GUIDE.read_text("utf-8") == wind_files.guide()
