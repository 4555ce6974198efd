"""A footprint as a CF data set, in NetCDF and zarr, and back to the last bit.

The data set follows the Climate and Forecast conventions 1.11 (https://cfconventions.org), so that tools
which know nothing of riskshed can read it: dimensions ``city`` and ``member`` (the realization), and
``quantile`` and ``time`` where the footprint has curves. Infinity in ``arrival_s`` is *never*, NaN is
*unknown*: both are numbers of IEEE 754 and stand in the files as they are, without a fill value that would
make one look like the other. Times are UTC in the variables; the offset in which they were said stays in
the attributes.

A file is written beside its target and moved into place when it is whole, so that nobody reads a half.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskshed.errors import InputError
from riskshed.footprint import MEMBER_ARRAYS, Caveat, Footprint, Place, Series

if TYPE_CHECKING:
    import xarray as xr

LAYOUT = "riskshed footprint 1"
"""Name and version of the layout, in the attribute ``layout``."""

BYTES_MAX = 8 * 2**30
"""A larger footprint is not read into memory: a small file can unpack to any size."""

TEXT_ATTRIBUTES = ("pathway", "quantity", "unit", "model", "version", "region_digest", "source_text")
TIME_ATTRIBUTES = ("origin", "issued", "known_at")
PLACE_TEXTS = {"city_code": "city", "name_zh": "name_zh", "name_en": "name_en"}
PLACE_NUMBERS = ("lat", "lon", "people")

VARIABLES: dict[str, tuple[str, str, str]] = {
    "arrival_s": ("s", "time after the origin at which the threshold is first reached", "infinity: never"),
    "peak": ("{unit}", "highest {quantity}", ""),
    "peak_s": ("s", "time after the origin of the highest {quantity}", "NaN: no peak"),
    "duration_s": ("s", "time at or above the threshold", "infinity: not ended at the horizon"),
    "exposed_people": ("1", "number of people exposed", "NaN: unknown, which is not 0"),
}
"""Unit, long name and comment of each (city, member) array."""


def to_xarray(footprint: Footprint) -> xr.Dataset:
    """The footprint as a data set of the CF conventions.

    Returns
    -------
    xarray.Dataset
        Dimensions (city, member) and, with curves, (city, quantile, time). ``probability`` is the share of
        members that arrive; quantiles of ``arrival_s`` are to be taken over its finite values alone.
    """
    import xarray as xr  # noqa: PLC0415 (half a second, and not every command needs it)

    words = {"unit": footprint.unit, "quantity": footprint.quantity}
    data: dict[str, Any] = {}
    for name, (unit, long_name, comment) in VARIABLES.items():
        told = {"units": unit.format(**words), "long_name": long_name.format(**words)}
        data[name] = (("city", "member"), getattr(footprint, name), told | _if_any("comment", comment))
    told = {"units": "1", "long_name": "share of members in which the threshold is reached"}
    data["probability"] = ("city", footprint.probability(), told)
    told = {"units": footprint.unit, "long_name": f"{footprint.quantity} that counts as arrival"}
    data["threshold"] = ((), footprint.threshold, told)
    coordinates = _place_coordinates(footprint) | _frame_coordinates(footprint)
    if footprint.series is not None:
        told = {"units": footprint.unit, "long_name": f"quantiles of {footprint.quantity} over all members"}
        data["series"] = (("city", "quantile", "time"), footprint.series.values, told)
        coordinates |= _series_coordinates(footprint, footprint.series)
    dataset = xr.Dataset(data, coordinates, _attributes(footprint))
    for variable in dataset.variables.values():
        if variable.dtype.kind in "fM":
            variable.encoding["_FillValue"] = None  # infinity and NaN stand for themselves
    return dataset


def from_xarray(dataset: xr.Dataset) -> Footprint:
    """The footprint that :func:`to_xarray` was given, every array equal to the last bit.

    Raises
    ------
    InputError
        ``footprint.layout`` where something of the layout is missing or cannot be read;
        ``footprint.invalid`` where the numbers contradict each other.
    """
    layout = dataset.attrs.get("layout")
    if layout != LAYOUT:
        raise InputError("footprint.layout", f"the attribute layout is {layout!r}, want {LAYOUT!r}")
    try:
        return Footprint(**_fields(dataset))
    except (KeyError, ValueError, TypeError) as error:
        told = error.args[0] if error.args else error
        raise InputError("footprint.layout", f"the footprint cannot be read at {told!r}") from error
    except AssertionError as error:  # what our own program must never do, a file from elsewhere may
        raise InputError("footprint.invalid", f"the footprint contradicts itself: {error}") from error


def write_netcdf(footprint: Footprint, path: Path, *, overwrite: bool = False) -> None:
    """Write a NetCDF-4 file; when this returns, the whole file stands at `path`.

    Raises
    ------
    InputError
        ``file.exists`` unless `overwrite`; ``file.not_written`` where the disk or the folder refuses.
    """
    dataset = to_xarray(footprint)
    for name in (*MEMBER_ARRAYS, *({"series"} & set(dataset))):
        dataset[name].encoding |= {"zlib": True, "complevel": 1, "shuffle": True}
    with _beside(path, overwrite) as new:
        dataset.to_netcdf(new, engine="netcdf4", format="NETCDF4")


def write_zarr(footprint: Footprint, path: Path, *, overwrite: bool = False) -> None:
    """Write a folder in zarr format 3; when this returns, the whole folder stands at `path`.

    Raises
    ------
    InputError
        As :func:`write_netcdf`.
    """
    dataset = to_xarray(footprint)
    with _beside(path, overwrite, is_folder=True) as new:
        # Consolidated metadata is no part of zarr format 3.
        dataset.to_zarr(new, mode="w-", zarr_format=3, consolidated=False)


def read_netcdf(path: Path) -> Footprint:
    """The footprint in a file of :func:`write_netcdf`.

    Raises
    ------
    InputError
        ``file.not_read`` where there is no such file or it is no NetCDF; else as :func:`from_xarray`.
    """
    return _read(path, engine="netcdf4")


def read_zarr(path: Path) -> Footprint:
    """The footprint in a folder of :func:`write_zarr`; errors as :func:`read_netcdf`."""
    return _read(path, engine="zarr", chunks=None, consolidated=False)


def _read(path: Path, **how: Any) -> Footprint:
    import xarray as xr  # noqa: PLC0415 (as above)

    try:
        # Without decoding: the exact seconds stand beside the dates, and a bad date is not our concern.
        with xr.open_dataset(path, decode_cf=False, **how) as dataset:
            if dataset.nbytes > BYTES_MAX:
                told = f"{path} unpacks to {dataset.nbytes} bytes, want at most {BYTES_MAX}"
                raise InputError("file.too_large", told)
            return from_xarray(dataset.load())
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError("file.not_read", f"{path} cannot be read as a footprint: {error}") from error


@contextmanager
def _beside(path: Path, overwrite: bool, *, is_folder: bool = False) -> Iterator[Path]:
    """A place in the folder of `path` to write to; moved to `path` if all goes well, else removed."""
    if path.exists() and not overwrite:
        raise InputError("file.exists", f"{path} exists already", todo="Choose another name, or overwrite it")
    if path.exists() and not (_is_ours(path) if is_folder else path.is_file()):
        # Replacing removes what stood there: never a folder of something else.
        raise InputError("file.exists", f"{path} is something else than what would replace it")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            new = Path(folder) / path.name
            yield new
            if is_folder and path.exists():
                _swap(new, path, Path(folder) / "old")
            else:
                new.replace(path)
    except (OSError, RuntimeError) as error:  # RuntimeError is how NetCDF reports a full disk
        raise InputError("file.not_written", f"{path} cannot be written: {error}") from error


def _is_ours(folder: Path) -> bool:
    """Whether this is a folder of :func:`write_zarr`."""
    described = folder / "zarr.json"
    return described.is_file() and LAYOUT.encode() in described.read_bytes()


def _swap(new: Path, path: Path, old: Path) -> None:
    """A folder cannot be replaced in one step; where the second fails, the first is undone."""
    path.rename(old)
    try:
        new.rename(path)
    except OSError:
        old.rename(path)
        raise


def _place_coordinates(footprint: Footprint) -> dict[str, Any]:
    places = footprint.places
    about = {
        "city": {"long_name": "id of the city, or of a section of a city"},
        "city_code": {"long_name": "code of the city"},
        "name_zh": {"long_name": "name in Chinese"},
        "name_en": {"long_name": "name in English"},
        "lat": {"standard_name": "latitude", "units": "degrees_north", "comment": "NaN: unknown"},
        "lon": {"standard_name": "longitude", "units": "degrees_east", "comment": "NaN: unknown"},
        "people": {"long_name": "people who depend on the place", "units": "1", "comment": "NaN: unknown"},
    }
    fields = {"city": "id"} | PLACE_TEXTS | {name: name for name in PLACE_NUMBERS}
    kinds = {name: np.float64 if name in PLACE_NUMBERS else np.object_ for name in fields}
    return {
        name: ("city", np.array([getattr(place, field) for place in places], kinds[name]), about[name])
        for name, field in fields.items()
    }


def _frame_coordinates(footprint: Footprint) -> dict[str, Any]:
    member = {"standard_name": "realization", "units": "1"}
    issued = {"standard_name": "forecast_reference_time"} | _offset(footprint.issued)
    return {
        "member": ("member", np.arange(footprint.members), member),
        "issued": ((), _utc64(footprint.issued), issued, _time_encoding(footprint)),
    }


def _series_coordinates(footprint: Footprint, series: Series) -> dict[str, Any]:
    time = _utc64(footprint.origin) + np.rint(series.time_s * 1e9).astype("timedelta64[ns]")
    told = {"standard_name": "time"} | _offset(footprint.origin)
    exact = {"units": "s", "long_name": "time after the origin"}
    return {
        "quantile": ("quantile", series.quantiles, {"units": "1", "long_name": "share of members below"}),
        "time": ("time", time, told, _time_encoding(footprint)),
        "time_s": ("time", series.time_s, exact),
    }


def _utc64(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "ns")


def _offset(time: datetime) -> dict[str, str]:
    """The offset that a time was given in, which its variable in UTC no longer shows."""
    return {"utc_offset": time.isoformat()[len(time.replace(tzinfo=None).isoformat()) :]}


def _time_encoding(footprint: Footprint) -> dict[str, Any]:
    origin = footprint.origin.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return {"units": f"seconds since {origin}", "calendar": "proleptic_gregorian", "dtype": "float64"}


def _attributes(footprint: Footprint) -> dict[str, Any]:
    situation = footprint.situation()
    attributes: dict[str, Any] = {
        "Conventions": "CF-1.11",
        "title": f"{footprint.pathway}: arrival of {footprint.quantity}",
        "source": f"{footprint.model} {footprint.version}",
        "history": f"{footprint.issued.isoformat()}: issued",
        "layout": LAYOUT,
        "situation": f"{situation.number or 'none'}: {situation.text_en}",
        "seed": str(footprint.seed),  # as text, for a seed may be longer than an integer of a file
        "hazard_cities": json.dumps(footprint.hazard_cities, ensure_ascii=False),
        "unknown": json.dumps(footprint.unknown, ensure_ascii=False),
        "caveats": json.dumps([asdict(caveat) for caveat in footprint.caveats], ensure_ascii=False),
    }
    attributes |= {name: getattr(footprint, name) for name in TEXT_ATTRIBUTES}
    attributes |= {name: getattr(footprint, name).isoformat() for name in TIME_ATTRIBUTES}
    return attributes if footprint.horizon_s is None else attributes | {"horizon_s": footprint.horizon_s}


def _fields(dataset: xr.Dataset) -> dict[str, Any]:
    """What :class:`Footprint` is made of; KeyError, ValueError or TypeError where it cannot be had."""
    attributes = dataset.attrs
    fields: dict[str, Any] = {name: _values(dataset, name, 2) for name in MEMBER_ARRAYS}
    fields |= {name: str(attributes[name]) for name in TEXT_ATTRIBUTES}
    fields |= {name: datetime.fromisoformat(attributes[name]) for name in TIME_ATTRIBUTES}
    caveats = json.loads(attributes["caveats"])
    horizon = attributes.get("horizon_s")
    return fields | {
        "places": _places(dataset),
        "threshold": float(_values(dataset, "threshold", 0)),
        "hazard_cities": tuple(json.loads(attributes["hazard_cities"])),
        "unknown": tuple(json.loads(attributes["unknown"])),
        "seed": int(attributes["seed"]),
        "caveats": tuple(Caveat(**{**told, "places": tuple(told["places"])}) for told in caveats),
        "horizon_s": None if horizon is None else float(horizon),
        "series": _series(dataset) if "series" in dataset else None,
    }


def _values(dataset: xr.Dataset, name: str, axes: int) -> Any:
    values = np.asarray(dataset.variables[name].values, dtype=np.float64)
    if values.ndim != axes:
        raise ValueError(f"{name} with {values.ndim} axes, want {axes}")
    return values


def _places(dataset: xr.Dataset) -> tuple[Place, ...]:
    fields = {"id": "city"} | {field: name for name, field in PLACE_TEXTS.items()}
    columns: dict[str, list[Any]] = {
        f: [str(v) for v in dataset.variables[n].values] for f, n in fields.items()
    }
    for name in PLACE_NUMBERS:
        numbers = _values(dataset, name, 1).tolist()
        columns[name] = [None if math.isnan(number) else number for number in numbers]
    rows = zip(*columns.values(), strict=True)
    return tuple(Place(**dict(zip(columns, row, strict=True))) for row in rows)


def _series(dataset: xr.Dataset) -> Series:
    return Series(*(_values(dataset, *which) for which in (("quantile", 1), ("time_s", 1), ("series", 3))))


def _if_any(name: str, text: str) -> dict[str, str]:
    return {name: text} if text else {}
