"""Concentration over time at each section: what each forecast expected, and what was measured.

A panel holds, for each forecast, the ribbons 5-95 % and 25-75 % and the median on a logarithmic scale, and
the readings once: each knows the first forecast that could have used it, so that the page fills it from there
on and leaves it hollow before. All panels have one time scale and one scale of values, each its own window of
days.

Ribbons are thinned to what a screen shows (Douglas & Peucker 1973, doi:10.3138/FM57-6770-U75U-7727).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import numpy as np
import shapely
from numpy.typing import NDArray

from riskshed.exchange.arrivals import Arrival
from riskshed.exchange.timeline import Tick, TimeAxis
from riskshed.exchange.wording import Text, number
from riskshed.footprint import Footprint, Series
from riskshed.reading import Reading, known_by

WIDTH, HEIGHT = 380, 216
LEFT, RIGHT, TOP, BOTTOM = 44, 374, 14, 178
"""View box of a panel, and the frame of its plot within it."""
RIBBONS = (0.05, 0.25, 0.5, 0.75, 0.95)

_WINDOW_MIN = timedelta(days=3)
_WINDOW_MAX = timedelta(days=12)
_DECADES_MAX = 5
_TICKS = 5
_THIN = 0.35


@dataclass(frozen=True, slots=True)
class Curve:
    """One forecast in one panel: path data; `now` is where it was issued, None outside the window."""

    issue: int
    wide: str
    narrow: str
    median: str
    now: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """One reading in one panel. `since` is the first issue that knew it; the number of issues if none did."""

    x: float
    y: float
    since: int
    is_bound: bool
    reading: Reading


@dataclass(frozen=True, slots=True)
class Decade:
    """One line of the scale of values."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One section."""

    number: int
    name: Text
    ticks: tuple[Tick, ...]
    curves: tuple[Curve, ...]
    points: tuple[Point, ...]
    limit_y: float | None


@dataclass(frozen=True, slots=True)
class CurveChart:
    """All panels, and the scale of values that they share."""

    panels: tuple[Panel, ...]
    decades: tuple[Decade, ...]
    days: float


def curve_chart(
    footprints: Sequence[Footprint],
    lists: Sequence[Sequence[Arrival]],
    readings: Sequence[Reading],
    limit: float | None,
    zone: tzinfo,
) -> CurveChart | None:
    """The panels of all sections; None where no forecast carries curves over time."""
    if not any(footprint.series is not None for footprint in footprints):
        return None
    final = known_by(readings, max((r.known_at for r in readings), default=footprints[-1].issued))
    scale = _Scale.of(footprints, final, limit)
    windows = [_window(footprints, lists, row, final) for row in range(len(lists[0]))]
    length = min(max([_WINDOW_MIN, *(high - low for low, high in windows)]), _WINDOW_MAX)
    panels = []
    for row, (low, high) in enumerate(windows):
        # A window cut short keeps its beginning: the front is what the reader came for.
        start = low if high - low > length else low - (length - (high - low)) / 2
        axis = TimeAxis(start, start + length, zone)
        curves = (_curve(i, f, row, axis, scale) for i, f in enumerate(footprints))
        panels.append(
            Panel(
                number=lists[0][row].number,
                name=lists[0][row].name,
                ticks=axis.ticks(_TICKS),
                curves=tuple(curve for curve in curves if curve is not None),
                points=_points(final, lists[0][row].id, footprints, axis, scale),
                limit_y=None if limit is None else scale.y(limit),
            )
        )
    return CurveChart(tuple(panels), scale.decades(), length / timedelta(days=1))


def x_of(share: float) -> float:
    """Share of a panel's time axis to view-box units."""
    return round(LEFT + share * (RIGHT - LEFT), 1)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Logarithmic, from 10**low at the bottom of the plot to 10**high at its top."""

    low: float
    high: float

    @classmethod
    def of(cls, footprints: Sequence[Footprint], readings: Sequence[Reading], limit: float | None) -> _Scale:
        measured = [r.value for r in readings if r.value is not None and r.value > 0]
        expected = [
            float(np.nanmax(_quantile(f.series, 0.75), initial=0.0))
            for f in footprints
            if f.series is not None
        ]
        standards = [limit] if limit is not None and limit > 0 else []
        tops = [value for value in (*measured, *expected, *standards) if value > 0] or [1.0]
        high = math.log10(max(tops) * 1.6)
        bottoms = [*(0.3 * value for value in measured), *(0.1 * value for value in standards)]
        low = math.floor(math.log10(min(bottoms, default=10.0**high / 1000)))
        return cls(min(max(low, math.floor(high) - _DECADES_MAX), math.floor(high) - 1), high)

    def y(self, value: float) -> float:
        """View-box units from the top; below the scale at its bottom."""
        level = math.log10(value) if value > 0 else self.low
        share = (level - self.low) / (self.high - self.low)
        return round(BOTTOM - min(max(share, 0.0), 1.0) * (BOTTOM - TOP), 1)

    def decades(self) -> tuple[Decade, ...]:
        levels = range(math.ceil(self.low), math.floor(self.high) + 1)
        return tuple(Decade(self.y(10.0**level), number(10.0**level, 1) or "") for level in levels)


def _quantile(series: Series, q: float) -> NDArray[np.float64]:
    """(city, time): the given quantile, or the nearest one that the series has."""
    return series.values[:, int(np.argmin(np.abs(series.quantiles - q))), :]


def _window(
    footprints: Sequence[Footprint], lists: Sequence[Sequence[Arrival]], row: int, readings: Sequence[Reading]
) -> tuple[datetime, datetime]:
    """What must be seen at one section: record, readings, and the plume as last foreseen."""
    section = lists[0][row].id
    shown = [r.time for r in readings if r.section == section]
    front, peak = lists[0][row].record, lists[0][row].peak_record
    shown += [moment for event in (front, peak) if event for moment in (event.earliest, event.latest)]
    for footprint, listed in zip(footprints, lists, strict=True):
        arrival = listed[row]
        stay = footprint.duration_quantile_s(0.5)[row]
        if (
            arrival.low is not None
            and arrival.median is not None
            and (not shown or arrival is lists[-1][row])
        ):
            shown += [arrival.low, arrival.median]
            if np.isfinite(stay):
                shown.append(arrival.median + timedelta(seconds=float(stay)))
    if not shown:
        return footprints[0].issued, footprints[0].issued + _WINDOW_MIN
    margin = timedelta(hours=18)
    return min(shown) - margin, max(shown) + margin


def _curve(issue: int, footprint: Footprint, row: int, axis: TimeAxis, scale: _Scale) -> Curve | None:
    if footprint.series is None:
        return None
    start = (axis.start - footprint.origin).total_seconds()
    end = (axis.end - footprint.origin).total_seconds()
    times = footprint.series.time_s
    within = np.flatnonzero((times >= start) & (times <= end))
    if within.size == 0:
        return None
    shown = slice(max(within[0] - 1, 0), within[-1] + 2)
    x = LEFT + (times[shown] - start) / (end - start) * (RIGHT - LEFT)
    bands = np.stack([_quantile(footprint.series, q)[row, shown] for q in RIBBONS])
    y = np.array([[scale.y(value) for value in band] for band in np.nan_to_num(bands)])
    share = axis.share(footprint.issued)
    return Curve(
        issue=issue,
        wide=_ribbon(x, y[0], y[4]),
        narrow=_ribbon(x, y[1], y[3]),
        median=_line(x, y[2]),
        now=x_of(share) if 0 <= share <= 1 else None,
    )


def _ribbon(x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> str:
    """A closed path; empty where the ribbon lies at the bottom of the scale throughout."""
    if high.min() >= BOTTOM:
        return ""
    there, back = _thin(x, high), _thin(x, low)[::-1]
    return f"M{_joined(there)}L{_joined(back)}z"


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """A path for each stretch above the bottom of the scale."""
    above = y < BOTTOM
    padded = above.copy()  # one point more on either side, so that the line rises from the bottom
    padded[:-1] |= above[1:]
    padded[1:] |= above[:-1]
    edges = np.flatnonzero(np.diff(np.r_[False, padded, False].astype(int)))
    stretches = (slice(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))
    return "".join(f"M{_joined(_thin(x[part], y[part]))}" for part in stretches if part.stop - part.start > 1)


def _thin(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    points = np.column_stack([x, y])
    if len(points) < 3:
        return points
    return shapely.get_coordinates(shapely.LineString(points).simplify(_THIN))


def _joined(points: NDArray[np.float64]) -> str:
    return " ".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _points(
    readings: Sequence[Reading], section: str, footprints: Sequence[Footprint], axis: TimeAxis, scale: _Scale
) -> tuple[Point, ...]:
    points = []
    for reading in readings:
        share = axis.share(reading.time)
        is_nothing = reading.kind == "not_detected"
        if reading.section != section or not 0 <= share <= 1 or (reading.value is None and not is_nothing):
            continue
        value = reading.value or 0.0
        since = sum(footprint.issued < reading.known_at for footprint in footprints)
        is_bound = is_nothing or reading.kind == "below" or value == 0
        points.append(Point(x_of(share), scale.y(value), since, is_bound, reading))
    return tuple(points)
