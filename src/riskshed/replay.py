"""Forecast a case again as it could have been forecast then, and judge the forecasts by what really happened.

A replay issues a forecast at the release and whenever a front is seen, each from the readings known at that
moment. The judgement takes, for each recorded front, the last forecast that was issued at least `min_lead_h`
hours before it: later ones are easier, and of less use. Beside it stands the **naive** forecast that any duty
officer can make with a ruler: the front goes on at the speed seen between the last two fronts.

A record is an interval. A forecast inside it has no error; outside, the error is the distance to the nearer
end. Errors are negative where the forecast is too early.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

import numpy as np

from riskshed.case import Case
from riskshed.footprint import Footprint
from riskshed.pathways import pollutant
from riskshed.reading import Reading, Recorded

FRONT_KINDS = ("first_detected", "front")
HOUR = timedelta(hours=1)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a forecast is issued, and why."""

    at: datetime
    section: str | None
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """A footprint, the moment at which it was issued, and what its pathway tells beside it, by name."""

    moment: Moment
    footprint: Footprint
    more: Mapping[str, Any] = field(default_factory=dict)


def moments(case: Case) -> tuple[Moment, ...]:
    """When forecasts are issued: at the release, then as each front is seen, in the order of time."""
    start = Moment(case.spill.released, None, "泄漏发生", "the release")
    seen = [
        Moment(
            reading.known_at,
            reading.section,
            f"{case.region.section(reading.section).name_zh}见前锋",
            f"front seen at {case.region.section(reading.section).name_en}",
        )
        for reading in _fronts_seen(case)
    ]
    return (start, *seen)


def forecast(
    case: Case,
    at: datetime,
    *,
    members: int = 1000,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Footprint:
    """The forecast of a case as it could be issued at one time.

    Parameters
    ----------
    at : datetime
        Aware, not before the release.
    members, seed
        As in `pollutant.spread`.
    workers : int, optional
        Threads; the result does not depend on them.

    Raises
    ------
    DomainError
        A parameter out of range.
    """
    return pollutant.spread(
        case.region,
        case.spill,
        members=members,
        seed=seed,
        readings=case.readings,
        at=at,
        how="threads" if workers and workers > 1 else "serial",
        workers=workers,
        progress=progress,
    )


def replay(
    case: Case,
    *,
    members: int = 1000,
    seed: int = 1,
    workers: int | None = None,
    on_forecast: Callable[[Forecast], None] | None = None,
    progress: Progress | None = None,
) -> tuple[Forecast, ...]:
    """All forecasts of a case, in the order in which they are issued.

    Parameters
    ----------
    on_forecast : callable, optional
        Called with each forecast as soon as it is made.
    progress : callable, optional
        Called as ``progress(done, total)`` over all forecasts together.
    """
    planned = moments(case)
    made: list[Forecast] = []
    for moment in planned:
        done = len(made)

        def report(part: int, parts: int, done: int = done) -> None:
            if progress is not None:
                progress(done * parts + part, len(planned) * parts)

        footprint = forecast(case, moment.at, members=members, seed=seed, workers=workers, progress=report)
        made.append(Forecast(moment, footprint))
        if on_forecast is not None:
            on_forecast(made[-1])
    return tuple(made)


def judge(case: Case, forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """Compare forecasts with the record.

    Returns
    -------
    dict
        What ``riskshed check --json`` prints: `fronts`, `peaks`, and over the scored fronts `front_mae_h`,
        `naive_mae_h`, `front_coverage_90`, `mean_band_h`; the same over every recorded front in `all_fronts`.
    """
    assert forecasts, "at least one forecast"
    fronts = [entry for row in case.record if row.kind == "front" for entry in _front(case, forecasts, row)]
    peaks = [entry for row in case.record if row.kind == "peak" for entry in _peak(case, forecasts, row)]
    scored = [entry for entry in fronts if entry["scored"]]
    return {
        "case": case.folder.name,
        "members": forecasts[0].footprint.members,
        "seed": forecasts[0].footprint.seed,
        "min_lead_h": case.min_lead_h,
        "front_mae_h": _mean(scored, "error_h"),
        "naive_mae_h": _mean(scored, "naive_error_h"),
        "front_coverage_90": _share_inside(scored),
        "mean_band_h": _mean(scored, "band_h"),
        "fronts": fronts,
        "peaks": peaks,
        "all_fronts": {
            "number": len(fronts),
            "front_mae_h": _mean(fronts, "error_h"),
            "naive_mae_h": _mean(fronts, "naive_error_h"),
            "front_coverage_90": _share_inside(fronts),
            "mean_band_h": _mean(fronts, "band_h"),
        },
    }


def _fronts_seen(case: Case) -> list[Reading]:
    """The first reading of a front at each section where a forecast is issued, in the order of time."""
    found: dict[str, Reading] = {}
    for reading in sorted(case.readings, key=lambda r: (r.known_at, r.time)):
        if reading.kind in FRONT_KINDS and reading.section in case.issue_at_fronts:
            found.setdefault(reading.section, reading)
    return list(found.values())


def _chosen(case: Case, forecasts: Sequence[Forecast], event: datetime) -> Forecast | None:
    early = [f for f in forecasts if event - f.moment.at >= case.min_lead_h * HOUR]
    return max(early, key=lambda f: f.moment.at) if early else None


def _front(case: Case, forecasts: Sequence[Forecast], row: Recorded) -> list[dict[str, Any]]:
    """What was forecast of one recorded front; empty where no forecast was early enough."""
    made = _chosen(case, forecasts, row.earliest)
    if made is None or row.section not in made.footprint.ids:
        return []
    footprint, place = made.footprint, made.footprint.ids.index(row.section)
    low, middle, high = (footprint.moment(footprint.arrival_quantile_s(q)[place]) for q in (0.05, 0.5, 0.95))
    naive = _naive(case, made.moment.at, row.section)
    entry: dict[str, Any] = {
        "section": row.section,
        "issued": _text(case, made.moment.at),
        "lead_h": _hours(row.earliest - made.moment.at),
        "forecast_p05": _text(case, low),
        "forecast_p50": _text(case, middle),
        "forecast_p95": _text(case, high),
        "recorded": _interval(case, row),
        "error_h": None if middle is None else _error_h(middle, row),
        "inside_90": low is not None and high is not None and low <= row.latest and high >= row.earliest,
        "band_h": None if low is None or high is None else _hours(high - low),
        "probability": float(footprint.probability()[place]),
        "naive_error_h": None if naive is None else _error_h(naive, row),
        "scored": row.scored,
        "conflict": row.conflict,
    }
    return [entry]


def _peak(case: Case, forecasts: Sequence[Forecast], row: Recorded) -> list[dict[str, Any]]:
    made = _chosen(case, forecasts, row.earliest)
    if made is None or row.value is None or row.section not in made.footprint.ids:
        return []
    place = made.footprint.ids.index(row.section)
    low, middle, high = (float(made.footprint.peak_quantile(q)[place]) for q in (0.05, 0.5, 0.95))
    entry: dict[str, Any] = {
        "section": row.section,
        "issued": _text(case, made.moment.at),
        "lead_h": _hours(row.earliest - made.moment.at),
        "forecast": middle,
        "forecast_p05": low,
        "forecast_p95": high,
        "recorded": row.value,
        "unit": made.footprint.unit,
        "factor": max(middle / row.value, row.value / middle) if middle > 0 and row.value > 0 else None,
        "inside_90": low <= row.value <= high,
        "scored": row.scored,
    }
    return [entry]


def _naive(case: Case, at: datetime, section: str) -> datetime | None:
    """When a front that goes on at the speed last seen reaches a section; None if that cannot be said.

    The speed is that between the last two fronts seen, the release being the first of all.
    """
    seen = [r for r in _fronts_seen(case) if r.known_at <= at]
    if not seen:
        return None
    passed = [(_metres(case, r.section), r.time) for r in seen]
    before = passed[-2] if len(passed) > 1 else (0.0, case.spill.released)
    last = passed[-1]
    passed_m, taken_s = last[0] - before[0], (last[1] - before[1]).total_seconds()
    if passed_m <= 0 or taken_s <= 0:
        return None
    try:
        return last[1] + timedelta(seconds=(_metres(case, section) - last[0]) / passed_m * taken_s)
    except OverflowError:  # beyond the calendar, which no one can wait for
        return None


def _metres(case: Case, section: str) -> float:
    """Distance of a section below the release, along the river."""
    network = case.region.network
    assert network is not None, "a spill has a river"
    start = network.index(case.region.section(case.spill.section).reach_id)
    path = network.path_down(start)
    end = network.index(case.region.section(section).reach_id)
    place = int(np.flatnonzero(path == end)[0])
    return float(network.length_m[path[1 : place + 1]].sum())


def _error_h(forecast_time: datetime, row: Recorded) -> float:
    if forecast_time < row.earliest:
        return _hours(forecast_time - row.earliest)
    return max(_hours(forecast_time - row.latest), 0.0)


def _hours(span: timedelta) -> float:
    return round(span / HOUR, 2)


def _text(case: Case, time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(case.zone).isoformat(timespec="minutes")


def _interval(case: Case, row: Recorded) -> str | None:
    first, last = _text(case, row.earliest), _text(case, row.latest)
    return first if first == last else f"{first}/{last}"


def _mean(entries: Sequence[dict[str, Any]], key: str) -> float | None:
    """Mean size of a number over the entries that have it; None where none has."""
    values = [abs(entry[key]) for entry in entries if entry[key] is not None]
    return round(fmean(values), 2) if values else None


def _share_inside(entries: Sequence[dict[str, Any]]) -> float | None:
    return round(fmean(entry["inside_90"] for entry in entries), 3) if entries else None
