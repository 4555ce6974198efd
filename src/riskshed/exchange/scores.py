"""How well a replay did, read from what ``riskshed check --json`` prints.

The numbers are not computed again here: a report must show the same ones as the command. What is missing from
the mapping stays None, and the page says that it is not known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from riskshed.exchange.arrivals import Arrival


@dataclass(frozen=True, slots=True)
class FrontScore:
    """One forecast of one front, as it was judged."""

    section: str
    issued: datetime | None
    lead_h: float | None
    median: datetime | None
    low: datetime | None
    high: datetime | None
    recorded: str
    error_h: float | None
    is_inside: bool | None
    is_scored: bool


@dataclass(frozen=True, slots=True)
class PeakScore:
    """One peak, forecast and recorded, and the factor between them (1 is perfect, never below)."""

    section: str
    forecast: float | None
    recorded: float | None
    factor: float | None


@dataclass(frozen=True, slots=True)
class Scores:
    """The score of a replay; None is not known."""

    front_mae_h: float | None
    naive_mae_h: float | None
    front_coverage_90: float | None
    mean_band_h: float | None
    min_lead_h: float | None
    all_mae_h: float | None
    all_naive_mae_h: float | None
    fronts: tuple[FrontScore, ...]
    peaks: tuple[PeakScore, ...]

    @property
    def scored(self) -> tuple[FrontScore, ...]:
        """The fronts that count."""
        return tuple(front for front in self.fronts if front.is_scored)

    @property
    def inside(self) -> int:
        """How many of the fronts that count lie within their 90 % band."""
        return sum(front.is_inside is True for front in self.scored)


def scores_of(told: Mapping[str, object] | None) -> Scores | None:
    """The score out of the mapping of ``riskshed check --json``; None where there is none."""
    if told is None:
        return None
    every = told.get("all_fronts")
    every = every if isinstance(every, Mapping) else {}
    return Scores(
        front_mae_h=_real(told.get("front_mae_h")),
        naive_mae_h=_real(told.get("naive_mae_h")),
        front_coverage_90=_real(told.get("front_coverage_90")),
        mean_band_h=_real(told.get("mean_band_h")),
        min_lead_h=_real(told.get("min_lead_h")),
        all_mae_h=_real(every.get("front_mae_h")),
        all_naive_mae_h=_real(every.get("naive_mae_h")),
        fronts=tuple(_front(row) for row in _rows(told.get("fronts"))),
        peaks=tuple(_peak(row) for row in _rows(told.get("peaks"))),
    )


def judged(
    lists: Sequence[Sequence[Arrival]], issues: Sequence[datetime], scores: Scores | None
) -> list[list[Arrival]]:
    """The lists with the error and the verdict of the score, wherever it has one."""
    found = {(front.section, front.issued): front for front in (scores.fronts if scores else ())}
    rows = []
    for listed, issued in zip(lists, issues, strict=True):
        fronts = [found.get((arrival.id, issued)) for arrival in listed]
        rows.append([_with(arrival, front) for arrival, front in zip(listed, fronts, strict=True)])
    return rows


def _with(arrival: Arrival, front: FrontScore | None) -> Arrival:
    if front is None or front.error_h is None:
        return arrival
    return replace(arrival, error_h=front.error_h, is_inside=front.is_inside)


def _front(row: Mapping[str, Any]) -> FrontScore:
    inside = row.get("inside_90")
    recorded = row.get("recorded")
    return FrontScore(
        section=str(row.get("section", "")),
        issued=_moment(row.get("issued")),
        lead_h=_real(row.get("lead_h")),
        median=_moment(row.get("forecast_p50")),
        low=_moment(row.get("forecast_p05")),
        high=_moment(row.get("forecast_p95")),
        recorded="" if recorded is None else str(recorded),
        error_h=_real(row.get("error_h")),
        is_inside=inside if isinstance(inside, bool) else None,
        is_scored=row.get("scored", True) is not False,
    )


def _peak(row: Mapping[str, Any]) -> PeakScore:
    return PeakScore(
        section=str(row.get("section", "")),
        forecast=_real(row.get("forecast")),
        recorded=_real(row.get("recorded")),
        factor=_real(row.get("factor")),
    )


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, (list, tuple)) else []


def _real(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
