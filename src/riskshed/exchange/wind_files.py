"""Files of winds: a grid in NetCDF as weather services write it, or the series of one mast as a plain table.

A grid is known by its names (ERA5's ``u10`` and ``v10``, or ``u`` and ``v``) or by the standard names of CF
(``eastward_wind``, ``northward_wind``). What could be meant in two ways is refused: a wind without a unit, or
in another one than m/s; a hole in the middle (NaN, with its time and place); two realisations in one file.
Longitudes may run from 0 to 360 or from -180 to 180, latitudes up or down. Levels are heights in m, or
pressures, which are put at their height in the standard atmosphere (ICAO, Doc 7488).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskshed.columns import parse_time
from riskshed.errors import Fault, InputError, InputFaults
from riskshed.tables import Column, FaultBook, Limits, can_read, read_csv, shown
from riskshed.winds import STATION_COLUMNS, GridWinds, StationWinds, Winds

Floats = NDArray[np.float64]

GRID_LIMITS = Limits(bytes=2 * 2**30)
NETCDF = (".nc", ".nc4", ".cdf")
WINDS = (("u10", "v10"), ("u", "v"))
STANDARD = ("eastward_wind", "northward_wind")
AXES: Mapping[str, tuple[str, ...]] = {
    "time": ("valid_time", "time"),
    "level": ("height", "heightAboveGround", "pressure_level", "isobaricInhPa", "level", "plev"),
    "lat": ("latitude", "lat"),
    "lon": ("longitude", "lon"),
}
METRES_A_SECOND = {"m s-1", "m s**-1", "m s^-1", "m/s", "m.s-1", "metre second-1", "meter second-1"}
PRESSURES = {"hPa": 1.0, "hpa": 1.0, "millibars": 1.0, "mbar": 1.0, "Pa": 0.01}
METRES = {"m", "metre", "meter", "metres", "meters"}
ANEMOMETER_M = 10.0
FASTEST_M_S = 200.0

STATION = (
    Column("time", "time", doc="When; at least two rows, rising."),
    Column("speed_m_s", "float", "m/s", low=0, high=120, doc="Speed of the wind."),
    Column(
        "direction_deg_from", "float", "degree", low=0, high=360,
        doc="Where it comes from: 0 is north, 90 is east.",
    ),
    Column(
        "u_star_m_s", "float", "m/s", False, 0, 10, above=True, may_be_empty=True,
        doc="Friction velocity; empty: that of the wind over the roughness.",
    ),
    Column(
        "obukhov_m", "float", "m", False, -1e6, 1e6, may_be_empty=True,
        doc="Obukhov length, not 0: above 0 in stable air, below 0 in unstable air; empty: neutral.",
    ),
    Column(
        "mixing_m", "float", "m", False, 0, 1e4, above=True, may_be_empty=True,
        doc="Depth of the mixing layer; empty: what the wind alone keeps mixed.",
    ),
    Column(
        "sigma_azimuth_deg", "float", "degree", False, 0, 90, above=True, may_be_empty=True,
        doc="Deviation of the wind's direction; empty: that of the stability.",
    ),
    Column(
        "known_at", "time", required=False, may_be_empty=True,
        doc="When the row could be had; empty: a forecast made before the release.",
    ),
    Column(
        "height_m", "float", "m", False, 0, 200, above=True, may_be_empty=True,
        doc=f"Height of the anemometer, the same in all rows; {ANEMOMETER_M:g} if not said.",
    ),
    Column("source", "text", doc="Who measured or forecast it."),
    Column("note", "text", required=False, may_be_empty=True, doc="Anything else."),
)  # fmt: skip


def read(path: Path) -> Winds:
    """Read the winds of a file: a table (.csv) is a mast, NetCDF (.nc, .nc4, .cdf) a grid.

    Raises
    ------
    InputFaults
        ``wind.faults``, naming what is wrong and where.
    """
    if path.suffix.lower() == ".csv":
        return read_station(path)
    if path.suffix.lower() in NETCDF:
        return read_grid(path)
    wanted = f"a name that ends in .csv, {', '.join(NETCDF)}"
    fault = Fault("wind.form", str(path), None, None, shown(path.name), wanted, "Rename or convert it.")
    raise _refused(path, [fault])


def _refused(path: Path, faults: list[Fault]) -> InputFaults:
    return InputFaults("wind.faults", f"the winds {path} cannot be used", faults)


# ------------------------------------------------------------------------------------------------- a mast


def read_station(path: Path) -> StationWinds:
    """Read the series of a mast. Raises InputFaults ``wind.faults`` with every fault."""
    faults: list[Fault] = []
    table = read_csv(path, STATION, faults)
    if table is None or faults:
        raise _refused(path, faults)
    book = FaultBook(str(path), faults)
    times: list[datetime] = table["time"]
    if len(times) < 2:
        book.add("wind.too_few", None, "time", f"{len(times)} rows", "at least two", "Add rows.")
    for before, after, line in zip(times, times[1:], list(table.lines)[1:], strict=False):
        if after <= before:
            got, wanted = after.isoformat(), f"later than {before.isoformat()}"
            book.add("wind.order", line, "time", got, wanted, "Sort the rows by time.")
    for length, line in zip(table["obukhov_m"], table.lines, strict=True):
        if length == 0:
            book.add("wind.obukhov", line, "obukhov_m", "0", "a length that is not 0", "Leave it empty.")
    heights = np.unique(table["height_m"][~np.isnan(table["height_m"])])
    if heights.size > 1:
        got = ", ".join(f"{h:g}" for h in heights[:5])
        book.add("wind.heights", None, "height_m", got, "one height", "Give the rows of one mast.")
    if book.close():
        raise _refused(path, faults)
    return StationWinds(
        origin=times[0],
        time_s=np.array([(time - times[0]).total_seconds() for time in times]),
        known_s=np.array(
            [-math.inf if at is None else (at - times[0]).total_seconds() for at in table["known_at"]]
        ),
        height_m=float(heights[0]) if heights.size else ANEMOMETER_M,
        source="; ".join(dict.fromkeys(table["source"])),
        **{name: np.asarray(table[name], np.float64) for name in STATION_COLUMNS},
    )


# ------------------------------------------------------------------------------------------------- a grid


def read_grid(path: Path) -> GridWinds:
    """Read a grid of winds. Raises InputFaults ``wind.faults`` with every fault that can be told at once."""
    import xarray  # noqa: PLC0415 (slow to load)

    faults: list[Fault] = []
    book = FaultBook(str(path), faults)
    if not can_read(path, book, GRID_LIMITS):
        raise _refused(path, faults)
    try:
        with xarray.open_dataset(path, engine="netcdf4", decode_timedelta=False) as data:
            winds = _Grid(data, book).winds()
    except (OSError, ValueError, RuntimeError, TypeError, OverflowError) as error:
        book.add("wind.unreadable", None, None, shown(str(error)), "a NetCDF file", "Write the file again.")
        winds = None
    if book.close() or winds is None:
        raise _refused(path, faults)
    return winds


class _Grid:
    """One file while it is looked at; whatever is wrong goes into the book."""

    def __init__(self, data: Any, book: FaultBook) -> None:
        self.data, self.book = data, book

    def winds(self) -> GridWinds | None:
        names = self._names()
        if names is None:
            return None
        east, north = (self.data[name] for name in names)
        for name in names:
            self._unit(name)
        axes = {axis: self._axis(east, axis) for axis in AXES}
        for axis in ("time", "lat", "lon"):
            if axes[axis] is None:
                wanted = f"an axis named {' or '.join(AXES[axis])}"
                got = f"axes {', '.join(map(str, east.dims))}"
                self.book.add("wind.axis", None, names[0], got, wanted, "Rename the axis.")
        if east.dims != north.dims or east.shape != north.shape:
            got, wanted = f"{north.dims} {north.shape}", f"{east.dims} {east.shape}, as {names[0]}"
            self.book.add("wind.axis", None, names[1], got, wanted, "Put both on the same grid.")
        self._one_of_each(east, axes)
        if self.book.count:
            return None
        return self._put_together(east, north, {k: v for k, v in axes.items() if v is not None}, names)

    def _names(self) -> tuple[str, str] | None:
        by_standard = [
            next((n for n, v in self.data.data_vars.items() if v.attrs.get("standard_name") == one), None)
            for one in STANDARD
        ]
        if None not in by_standard:
            return str(by_standard[0]), str(by_standard[1])
        for pair in WINDS:
            if all(name in self.data for name in pair):
                return pair
        got = f"variables {', '.join(sorted(map(str, self.data.data_vars)))[:200] or 'none'}"
        wanted = "u10 and v10, u and v, or the standard names eastward_wind and northward_wind"
        self.book.add("wind.no_wind", None, None, got, wanted, "Give both components of the wind.")
        return None

    def _unit(self, name: str) -> None:
        unit = self.data[name].attrs.get("units")
        if unit is None:
            self.book.add("wind.no_unit", None, name, "no attribute units", "m s-1", "Add the attribute.")
        elif str(unit).strip() not in METRES_A_SECOND:
            self.book.add("wind.unit", None, name, shown(str(unit)), "m s-1", "Convert the winds.")

    def _axis(self, field: Any, axis: str) -> str | None:
        return next((name for name in AXES[axis] if name in field.dims), None)

    def _one_of_each(self, field: Any, axes: Mapping[str, str | None]) -> None:
        for name, size in zip(field.dims, field.shape, strict=True):
            if name not in axes.values() and size != 1:
                todo = "Take one of them out of the file."
                self.book.add("wind.axis", None, str(name), f"{size} of them", "one", todo)
            if name in (axes["lat"], axes["lon"], axes["time"]) and size < 2:
                self.book.add(
                    "wind.too_few", None, str(name), f"{size} of them", "at least two", "Take more."
                )
            if name in axes.values() and name not in self.data.variables:
                self.book.add(
                    "wind.axis", None, str(name), "an axis without values", "its values", "Add them."
                )

    def _put_together(
        self, east: Any, north: Any, axes: Mapping[str, str], names: tuple[str, str]
    ) -> GridWinds | None:
        height = self._heights(axes.get("level"))
        time = self._times(axes["time"])
        lat, lon = (np.asarray(self.data[axes[axis]].values, np.float64) for axis in ("lat", "lon"))
        lon = np.degrees(np.unwrap(np.radians(lon))) if np.isfinite(lon).all() else lon
        if height is None or time is None:
            return None
        order = [axes[axis] for axis in ("time", "level", "lat", "lon") if axis in axes]
        parts = []
        for field in (east, north):
            extra = [name for name in field.dims if name not in order]
            values = np.asarray(field.squeeze(extra, drop=True).transpose(*order).values, np.float64)
            parts.append(values if "level" in axes else values[:, None])
        axis_values = {axes["time"]: time[1], "level": height, axes["lat"]: lat, axes["lon"]: lon}
        turned = [np.argsort(values) for values in axis_values.values()]
        for (name, values), order_of in zip(axis_values.items(), turned, strict=True):
            if not np.isfinite(values).all() or (np.diff(values[order_of]) <= 0).any():
                self.book.add("wind.axis", None, name, "values twice or missing", "each once", "Mend it.")
        if (np.abs(lat) > 90).any() or np.ptp(lon) >= 360.0:
            got = f"latitudes {lat.min():g} to {lat.max():g}, longitudes {lon.min():g} to {lon.max():g}"
            self.book.add("wind.axis", None, axes["lat"], got, "degrees, once around the Earth at most", "")
        for name, part in zip(names, parts, strict=True):
            self._whole(name, part, time[0], time[1], lat, lon)
        if self.book.count:
            return None
        u, v = (part[np.ix_(*turned)] for part in parts)
        return GridWinds(
            origin=time[0], known_at=self._known_at(time[0]), time_s=time[1][turned[0]],
            height_m=height[turned[1]], lat_deg=lat[turned[2]], lon_deg=lon[turned[3]], u_m_s=u, v_m_s=v,
            source=self._source(),
        )  # fmt: skip

    def _whole(
        self, name: str, values: Floats, origin: datetime, time_s: Floats, lat: Floats, lon: Floats
    ) -> None:
        holes = ~np.isfinite(values)
        if holes.any():
            t, _, j, i = np.argwhere(holes)[0]
            at = np.datetime64(origin.replace(tzinfo=None), "s") + int(time_s[t])
            got = f"{int(holes.sum())} holes, the first at {at}Z, latitude {lat[j]:g}, longitude {lon[i]:g}"
            self.book.add("wind.hole", None, name, got, "a number everywhere", "Fill it, or cut the grid.")
        elif np.abs(values).max() > FASTEST_M_S:
            got = f"{np.abs(values).max():g} m/s"
            self.book.add("wind.too_fast", None, name, got, f"at most {FASTEST_M_S:g} m/s", "See the unit.")

    def _heights(self, axis: str | None) -> Floats | None:
        if axis is None:
            return np.array([ANEMOMETER_M])
        unit = self.data[axis].attrs.get("units")
        values = np.asarray(self.data[axis].values, np.float64).reshape(-1)
        if unit in METRES:
            return values
        if unit in PRESSURES:
            return standard_height_m(values * PRESSURES[unit])
        got = "no attribute units" if unit is None else shown(str(unit))
        code = "wind.no_unit" if unit is None else "wind.unit"
        self.book.add(code, None, axis, got, "m, hPa or Pa", "Say in what the levels are.")
        return None

    def _times(self, axis: str) -> tuple[datetime, Floats] | None:
        """The first time, and seconds after it; NetCDF times are UTC."""
        values = np.asarray(self.data[axis].values)
        if not np.issubdtype(values.dtype, np.datetime64) or np.isnat(values).any():
            wanted = "times with units such as 'hours since 2010-04-14', in the usual calendar"
            self.book.add(
                "wind.time", None, axis, f"{values.dtype} values", wanted, "Add the attribute units."
            )
            return None
        seconds = (values - values.min()) / np.timedelta64(1, "s")
        return _utc(values.min()), np.asarray(seconds, np.float64)

    def _known_at(self, first: datetime) -> datetime:
        """When it could be had: a forecast's reference time, what the file says, or its first time."""
        if "forecast_reference_time" in self.data.variables:
            value = np.asarray(self.data["forecast_reference_time"].values).reshape(-1)
            if value.size == 1 and np.issubdtype(value.dtype, np.datetime64) and not np.isnat(value[0]):
                return _utc(value[0])
        said = self.data.attrs.get("known_at")
        if said is None:
            return first
        try:
            return parse_time(str(said))
        except InputError as error:
            self.book.add("wind.time", None, "known_at", error.what, "a time with offset", error.todo)
            return first

    def _source(self) -> str:
        for name in ("source", "institution", "title"):
            if str(self.data.attrs.get(name, "")).strip():
                return str(self.data.attrs[name]).strip()
        return ""


def _utc(value: np.datetime64) -> datetime:
    return datetime.fromtimestamp(float((value - np.datetime64(0, "s")) / np.timedelta64(1, "s")), UTC)


def standard_height_m(pressure_hpa: Floats) -> Floats:
    """Height of a pressure in the standard atmosphere, m; good below 11 km.

    Examples
    --------
    >>> standard_height_m(np.array([1013.25, 850.0, 500.0])).round().tolist()
    [0.0, 1457.0, 5574.0]
    """
    return np.asarray(44_330.77 * (1.0 - (np.maximum(pressure_hpa, 1e-3) / 1013.25) ** 0.190263))


def guide() -> str:
    """The page docs/guide/wind.md."""
    rows = []
    for c in STATION:
        needed, empty = ("yes" if answer else "no" for answer in (c.required, c.may_be_empty))
        unit = c.unit or "none"
        rows.append(f"| `{c.name}` | {c.kind} | {unit} | {c.range_text()} | {needed} | {empty} | {c.doc} |")
    axes = [f"| {axis} | {', '.join(f'`{name}`' for name in names)} |" for axis, names in AXES.items()]
    return "\n".join([*HEAD, *rows, *GRID_HEAD, *axes, *GRID_TAIL]) + "\n"


HEAD = (
    "# Winds",
    "",
    "What carries a release through the air ([release.md](release.md)): the series of a mast for the range",
    "`near`, a grid for the range `far`. Winds are never used outside what they cover. A release before",
    "them, after them or off their grid is an error that says what is covered; where they end, the",
    "forecast ends; cities off the grid are named in a caveat, and nothing is said of them.",
    "",
    "This page is written from the tables in `riskshed.exchange.wind_files` and checked against them.",
    "",
    "## The series of a mast",
    "",
    "A table (`.csv`), a row for each time.",
    "",
    "| column | type | unit | range | required | may be empty | meaning |",
    "|---|---|---|---|---|---|---|",
)
GRID_HEAD = (
    "",
    "## A grid",
    "",
    "NetCDF (`.nc`, `.nc4`, `.cdf`) with `u10` and `v10`, or `u` and `v`, or any two variables with the CF",
    "standard names `eastward_wind` and `northward_wind`. Both need the attribute `units`, and it must mean",
    "m/s. Axes are known by name:",
    "",
    "| axis | names |",
    "|---|---|",
)
GRID_TAIL = (
    "",
    "Times are UTC. Latitudes may run up or down, longitudes from 0 to 360 or from -180 to 180, each with",
    "one step. Without an axis of levels the winds are at 10 m. Levels are heights in m, or pressures in",
    "hPa or Pa, which are put at their height in the standard atmosphere. Any other axis, such as the number",
    "of a realisation, must have one entry. A NaN anywhere is refused, with its time and place.",
    "",
    "When the winds could be known stands in a variable `forecast_reference_time`, or in an attribute",
    "`known_at` of the file; without either they count as known at their first time. A forecast that is",
    "issued earlier refuses them. The attribute `source`, `institution` or `title` says who made them.",
)
