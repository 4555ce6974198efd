"""Winds: what carries harm through the air, as plain arrays, whoever read them and whoever uses them.

There are two forms. A *grid* holds the two components on latitudes, longitudes, times and, if it has any,
levels of height. A *station* is a series in time at one point, with what a mast can tell of the turbulence:
friction velocity, Obukhov length, depth of the mixing layer. Neither is ever used outside what it covers:
`GridWinds.holds` and the ends of `time_s` say where that is, and a pathway says in a caveat whom it left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STATION_COLUMNS = (
    "speed_m_s",
    "direction_deg_from",
    "u_star_m_s",
    "obukhov_m",
    "mixing_m",
    "sigma_azimuth_deg",
)
"""Arrays of a station, (time,); NaN in the last four is unknown."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GridWinds:
    """Winds on a grid of latitudes and longitudes.

    Parameters
    ----------
    origin, known_at : datetime
        Aware. Where `time_s` counts from; when this forecast or analysis could be had.
    time_s : (time,)
        Seconds after `origin`, rising, at least two.
    lat_deg, lon_deg : (row,), (column,)
        Rising, at least two each; longitudes within -180..360 and less than 360 apart.
    height_m : (level,)
        Metres above the ground, rising; one level where the winds are at one height.
    u_m_s, v_m_s : (time, level, row, column)
        Towards the east and towards the north; finite.
    source : str
        Who made them.
    """

    origin: datetime
    known_at: datetime
    time_s: Floats
    lat_deg: Floats
    lon_deg: Floats
    height_m: Floats
    u_m_s: Floats
    v_m_s: Floats
    source: str = ""

    def __post_init__(self) -> None:
        assert self.origin.tzinfo is not None, "origin has no time zone"
        assert self.known_at.tzinfo is not None, "known_at has no time zone"
        for name in ("time_s", "lat_deg", "lon_deg", "height_m"):
            axis = getattr(self, name)
            assert axis.ndim == 1, f"{name} has one axis"
            assert (np.diff(axis) > 0).all(), f"{name} rises"
            assert axis.size >= (1 if name == "height_m" else 2), f"{name} is too short"
        shape = (self.time_s.size, self.height_m.size, self.lat_deg.size, self.lon_deg.size)
        for name in ("u_m_s", "v_m_s"):
            assert getattr(self, name).shape == shape, f"{name} is not {shape}"
            assert np.isfinite(getattr(self, name)).all(), f"{name} is finite"

    @property
    def end(self) -> datetime:
        """The last time."""
        return self.origin + timedelta(seconds=float(self.time_s[-1]))

    @property
    def begin(self) -> datetime:
        """The first time."""
        return self.origin + timedelta(seconds=float(self.time_s[0]))

    def longitude(self, lon_deg: float) -> float:
        """The same longitude as the grid writes it: 0..360 or -180..180, whichever it has."""
        west = float(self.lon_deg[0])
        return west + (lon_deg - west) % 360.0

    @property
    def around(self) -> bool:
        """Whether the grid goes around the whole Earth, so that its last column is beside its first."""
        step = float(self.lon_deg[1] - self.lon_deg[0])
        return bool(abs(self.lon_deg[-1] - self.lon_deg[0] + step - 360.0) < 1e-3 * step)

    def holds(self, lat_deg: float, lon_deg: float) -> bool:
        """Whether a point lies within the grid, its edges included."""
        inside = self.lat_deg[0] <= lat_deg <= self.lat_deg[-1]
        return bool(inside and (self.around or self.longitude(lon_deg) <= self.lon_deg[-1]))


@dataclass(frozen=True, kw_only=True, eq=False)
class StationWinds:
    """Winds and turbulence at one point, as a series in time.

    Parameters
    ----------
    origin : datetime
        Aware. Where `time_s` counts from.
    time_s : (time,)
        Seconds after `origin`, rising, at least two; between two rows the wind is taken to turn evenly.
    known_s : (time,)
        When each row could be had, seconds after `origin`; -inf where it is a forecast made before all.
    height_m : float
        Height of the anemometer above the ground.
    speed_m_s : (time,), >= 0
    direction_deg_from : (time,)
        Where the wind comes from, degrees from north over east.
    u_star_m_s, obukhov_m, mixing_m, sigma_azimuth_deg : (time,)
        Friction velocity, Obukhov length (not 0), depth of the mixing layer, deviation of the direction;
        NaN is unknown.
    source : str
    """

    origin: datetime
    time_s: Floats
    known_s: Floats
    speed_m_s: Floats
    direction_deg_from: Floats
    u_star_m_s: Floats
    obukhov_m: Floats
    mixing_m: Floats
    sigma_azimuth_deg: Floats
    height_m: float = 10.0
    source: str = ""

    def __post_init__(self) -> None:
        assert self.origin.tzinfo is not None, "origin has no time zone"
        assert self.time_s.size >= 2, "a series has at least two times"
        assert (np.diff(self.time_s) > 0).all(), "time_s rises"
        for name in ("known_s", *STATION_COLUMNS):
            assert getattr(self, name).shape == self.time_s.shape, f"{name} is (time,)"
        assert (self.speed_m_s >= 0).all(), "speed_m_s is known and >= 0"
        assert np.isfinite(self.direction_deg_from).all(), "direction_deg_from is known"
        assert not (self.obukhov_m == 0).any(), "obukhov_m is not 0"
        assert self.height_m > 0, "height_m is above 0"

    @property
    def begin(self) -> datetime:
        """The first time."""
        return self.origin + timedelta(seconds=float(self.time_s[0]))

    @property
    def end(self) -> datetime:
        """The last time."""
        return self.origin + timedelta(seconds=float(self.time_s[-1]))


Winds = GridWinds | StationWinds
"""Either form."""
