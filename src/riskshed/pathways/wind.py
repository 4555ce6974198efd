"""What a plume asks of the winds: from when to when and where they are known, and how they blow in between.

Winds are never used outside what they cover. A release before or after them, or outside their grid, is an
error that says what is covered. Where they end before the forecast does, the forecast ends with them, and
says so; what leaves the grid has left, and a city outside it is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import InputError
from riskshed.footprint import Caveat
from riskshed.pathways import surface_layer
from riskshed.winds import STATION_COLUMNS, GridWinds, StationWinds, Winds

Floats = NDArray[np.float64]

EARTH_M = 6_371_000.0
CALM_M_S = 0.5
"""Slower air is moved at this speed: the surface layer needs some wind."""
LOWEST_ROUGHNESSES = 3.0
"""Profiles hold from so many roughness lengths on."""
EVEN = 1e-3
"""How far steps of an axis may differ, as a share of a step."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A grid of winds made ready for particles: even steps, both components side by side.

    Attributes
    ----------
    south_deg, west_deg, step_lat_deg, step_lon_deg : float
        Where row 0 and column 0 stand, and the steps.
    time_s : (time,)
        After the release began.
    height_m : (level,)
    uv_m_s : float32, (time, level, row, column, 2)
    """

    south_deg: float
    west_deg: float
    step_lat_deg: float
    step_lon_deg: float
    time_s: Floats
    height_m: Floats
    uv_m_s: NDArray[np.float32]


def field(winds: GridWinds, begins: datetime, lon_deg: float) -> Field:
    """The winds on the clock of a release, with a grid around the whole Earth cut opposite to it.

    Raises
    ------
    InputError
        ``wind.uneven``: latitudes or longitudes without one step.
    """
    steps = {}
    for name in ("lat_deg", "lon_deg"):
        apart = np.diff(getattr(winds, name))
        steps[name] = float(apart.mean())
        if np.abs(apart / steps[name] - 1.0).max() > EVEN:
            told = f"the winds have {name} that are {apart.min():g} to {apart.max():g} degrees apart"
            raise InputError("wind.uneven", told, todo="Put the winds on a grid with one step.")
    west, step = float(winds.lon_deg[0]), steps["lon_deg"]
    uv = np.stack([winds.u_m_s, winds.v_m_s], axis=-1).astype(np.float32)
    if winds.around:
        shift = round((winds.longitude(lon_deg) - west - 180.0) / step)
        uv, west = np.roll(uv, -shift, axis=3), west + shift * step
    after = (winds.origin - begins).total_seconds()
    return Field(
        float(winds.lat_deg[0]), west, steps["lat_deg"], step, winds.time_s + after, winds.height_m,
        np.ascontiguousarray(uv),
    )  # fmt: skip


def known(winds: Winds, at: datetime) -> Winds:
    """The winds as they could be known at a time.

    Raises
    ------
    InputError
        ``wind.not_known``: nothing of them was known yet, or a single row.
    """
    if isinstance(winds, GridWinds):
        if winds.known_at > at:
            told = (
                f"the winds were known at {winds.known_at.isoformat()}, the forecast is of {at.isoformat()}"
            )
            raise InputError("wind.not_known", told, todo="Issue it later, or take winds known by then.")
        return winds
    keep = winds.known_s <= (at - winds.origin).total_seconds()
    if keep.sum() < 2:
        told = f"{int(keep.sum())} rows of the winds were known at {at.isoformat()}, want at least two"
        raise InputError(
            "wind.not_known", told, todo="Issue the forecast later, or give winds known by then."
        )
    columns = {name: getattr(winds, name)[keep] for name in STATION_COLUMNS}
    return replace(winds, time_s=winds.time_s[keep], known_s=winds.known_s[keep], **columns)


def known_at(winds: Winds, begins: datetime) -> datetime:
    """When the last of the winds could be known; the beginning of the release where that was before it."""
    if isinstance(winds, GridWinds):
        return max(winds.known_at, begins)
    last = float(winds.known_s.max())
    if not np.isfinite(last):
        return begins
    return max(winds.origin + timedelta(seconds=last), begins)


def covered_s(winds: Winds, begins: datetime) -> float:
    """How long the winds last after a release began, s.

    Raises
    ------
    InputError
        ``wind.no_cover``: it began before the winds, or after them.
    """
    if not winds.begin <= begins < winds.end:
        told = (
            f"the winds are known from {winds.begin.isoformat()} to {winds.end.isoformat()}, "
            f"and the release began at {begins.isoformat()}"
        )
        raise InputError("wind.no_cover", told, todo="Give winds that cover the release.")
    return (winds.end - begins).total_seconds()


def cover_caveats(
    winds: Winds,
    begins: datetime,
    horizon_s: float,
    lat_deg: float,
    lon_deg: float,
    places: Sequence[tuple[str, float, float]],
) -> tuple[Caveat, ...]:
    """What the winds do not cover, as caveats: the end of the forecast, cities off the grid.

    Parameters
    ----------
    places : sequence of (id, lat, lon)

    Raises
    ------
    InputError
        ``wind.no_cover``: the release is off the grid.
    """  # fmt: skip
    told = []
    lasting = covered_s(winds, begins)
    if lasting < horizon_s:
        hours = f"{lasting / 3600.0:.1f}"
        english = f"The winds end {hours} h after the release began, and the forecast ends with them."
        chinese = f"风资料止于泄漏开始后 {hours} 小时，预测亦止于此。"
        told.append(Caveat("plume.winds_end", english, chinese))
    if isinstance(winds, StationWinds):
        return tuple(told)
    if not winds.holds(lat_deg, lon_deg):
        told_en = (
            f"the winds cover latitudes {winds.lat_deg[0]:g} to {winds.lat_deg[-1]:g} and longitudes "
            f"{winds.lon_deg[0]:g} to {winds.lon_deg[-1]:g}, and the release is at {lat_deg:g}, {lon_deg:g}"
        )
        raise InputError("wind.no_cover", told_en, todo="Give winds that cover the release.")
    off = tuple(name for name, lat, lon in places if not winds.holds(lat, lon))
    if off:
        english = "The winds do not cover this place: nothing is known of it."
        told.append(Caveat("plume.off_the_winds", english, "风资料未覆盖此地，情况不明。", off))
    return tuple(told)


class Weather(NamedTuple):
    """The wind and turbulence at a station in steps, all (step,).

    `east` and `north` are the direction into which the wind blows, of length 1; `row` says whose turbulence
    a puff gets that is released in the step.
    """

    speed_m_s: Floats
    east: Floats
    north: Floats
    row: NDArray[np.int64]


def weather(winds: StationWinds, begins: datetime, step_s: float, steps: int) -> Weather:
    """The winds in the middle of each step after a release began; between rows they turn evenly."""
    after = (winds.origin - begins).total_seconds()
    time = winds.time_s + after
    middle = (np.arange(steps) + 0.5) * step_s
    angle = np.unwrap(np.radians(winds.direction_deg_from))
    now = np.interp(middle, time, angle)
    speed = np.maximum(np.interp(middle, time, winds.speed_m_s), CALM_M_S)
    row = np.clip(np.searchsorted(time, middle, side="right") - 1, 0, time.size - 1)
    return Weather(speed, -np.sin(now), -np.cos(now), row.astype(np.int64))


def surfaces(winds: StationWinds, roughness_m: float) -> tuple[list[surface_layer.Surface], Floats]:
    """The surface layer at each row, and the deviation of its wind's direction in degrees, (time,).

    What was not measured is supposed: neutral air, the friction velocity of the wind, the deviation that
    belongs to the stability.

    Raises
    ------
    InputError
        ``wind.too_low``: an anemometer among what makes the ground rough.
    """
    if winds.height_m < LOWEST_ROUGHNESSES * roughness_m:
        told = f"the winds are of {winds.height_m:g} m, and the roughness of the land is {roughness_m:g} m"
        raise InputError("wind.too_low", told, todo=f"Take winds of {LOWEST_ROUGHNESSES:g} times as high.")
    found, angle = [], np.empty(winds.time_s.size)
    for i in range(winds.time_s.size):
        obukhov = winds.obukhov_m[i] if np.isfinite(winds.obukhov_m[i]) else np.inf
        speed = max(float(winds.speed_m_s[i]), CALM_M_S)
        friction = winds.u_star_m_s[i]
        if np.isnan(friction):
            friction = surface_layer.friction_m_s(speed, winds.height_m, obukhov, roughness_m)
        lid = surface_layer.mixing_height_m(friction, winds.mixing_m[i])
        found.append(surface_layer.Surface(float(friction), float(obukhov), roughness_m, lid))
        given = winds.sigma_azimuth_deg[i]
        angle[i] = surface_layer.sigma_azimuth_of(obukhov) if np.isnan(given) else given
    return found, angle
