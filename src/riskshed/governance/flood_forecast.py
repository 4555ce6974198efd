"""Ensemble forecasts at points of a river, as the criteria of flood notices see them.

A forecast is a run: a time of issue, time steps, and for each reporting point the discharge of every member
and the probabilities of the flash flood indicator ERIC. What goes into a criterion is the probability, step
by step, of exceeding the discharge of a return period. Members are counted in whole numbers, so that half of
them is exactly 0.5 and a bound is met or not met, never nearly met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from riskshed.columns import shown
from riskshed.errors import Fault

FloatArray = NDArray[np.float64]
Probabilities = tuple[float | None, ...]
"""Of each time step, 0 to 1; None is unknown."""


@dataclass(frozen=True, slots=True)
class ReportingPoint:
    """A point on a river for which forecasts are made.

    Parameters
    ----------
    id, basin : str
    partner : str
        The partner in whose area it lies; empty where no partner is.
    region : str
        Administrative region, for flash floods.
    upstream_area_km2 : float or None
        > 0; None is unknown.
    threshold_m3_s : mapping of float to float
        Discharge by return period in years, both > 0.
    """

    id: str
    basin: str
    partner: str
    region: str
    upstream_area_km2: float | None
    threshold_m3_s: Mapping[float, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class PointForecast:
    """The forecast of one point.

    Parameters
    ----------
    point : ReportingPoint
    discharge_m3_s : array (member, time), optional
        >= 0; nan is unknown. Without it, nothing is said of the river.
    eric_probability : mapping of float to array (time,)
        Probability, 0 to 1, that ERIC exceeds its threshold, by return period in years; nan is unknown.
        Without any, nothing is said of flash floods.
    deemed : bool, optional
        Whether the forecaster deems that the authorities should know; None while that is not said.
    """

    point: ReportingPoint
    discharge_m3_s: FloatArray | None = None
    eric_probability: Mapping[float, FloatArray] = field(default_factory=dict)
    deemed: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """One run of the forecast.

    Parameters
    ----------
    issued : datetime
        The forecast time, with its time zone.
    lead_time_h : array (time,)
        Hours from then to each time step, >= 0, growing.
    points : tuple of PointForecast
    weights : tuple of int, optional
        Of each member, >= 1; equal if absent.
    """

    issued: datetime
    lead_time_h: FloatArray
    points: tuple[PointForecast, ...]
    weights: tuple[int, ...] | None = None

    def river_probability(self, at: PointForecast, return_period_y: float) -> Probabilities:
        """Share of the members, by weight, that exceed the discharge of a return period, at each step.

        To exceed is to be greater. A step is unknown where a member is, and all are where there is no such
        threshold.
        """
        threshold = at.point.threshold_m3_s.get(return_period_y)
        if threshold is None or at.discharge_m3_s is None:
            return (None,) * len(self.lead_time_h)
        discharge = at.discharge_m3_s  # (member, time)
        weights = np.asarray(self.weights or (1,) * len(discharge), dtype=np.int64)  # (member,)
        counts = weights @ (discharge > threshold)
        known = np.atleast_1d(np.isfinite(discharge).all(axis=0))
        total = int(weights.sum())
        return tuple(int(one) / total if ok else None for one, ok in zip(counts, known, strict=True))

    def flash_probability(self, at: PointForecast, return_period_y: float) -> Probabilities:
        """Probability that ERIC exceeds its threshold of a return period, at each step."""
        stated = at.eric_probability.get(return_period_y)
        if stated is None:
            return (None,) * len(self.lead_time_h)
        return tuple(float(one) if np.isfinite(one) else None for one in stated)

    def earliest_peak_h(self, at: PointForecast, return_period_y: float) -> float | None:
        """Hours to the earliest peak of the members that exceed a threshold; None if there is none, or a
        member is not known at every step."""
        threshold, discharge = at.point.threshold_m3_s.get(return_period_y), at.discharge_m3_s
        if threshold is None or discharge is None or not np.isfinite(discharge).all():
            return None
        exceeding = discharge[(discharge > threshold).any(axis=1)]  # (member, time)
        return float(self.lead_time_h[exceeding.argmax(axis=1).min()]) if len(exceeding) else None

    def faults(self) -> Iterator[Fault]:
        """Everything that is wrong with it."""
        if self.issued.tzinfo is None:
            yield _fault("issued", self.issued, "a time with its zone")
        steps = self.lead_time_h
        if steps.ndim != 1 or not len(steps) or not np.isfinite(steps).all() or steps[0] < 0:
            yield _fault("lead_time_h", steps.tolist(), "hours >= 0, at least one")
        elif (np.diff(steps) <= 0).any():
            yield _fault("lead_time_h", steps.tolist(), "hours that grow")
        if self.weights is not None and not (
            self.weights and all(type(one) is int and 0 < one < 10**9 for one in self.weights)
        ):
            yield _fault("weights", self.weights, "whole numbers >= 1, one for each member")
        ids = [one.point.id for one in self.points]
        for twice in sorted({one for one in ids if ids.count(one) > 1}):
            yield _fault("points", twice, "each point once")
        for one in self.points:
            yield from self._point_faults(one)

    def _point_faults(self, one: PointForecast) -> Iterator[Fault]:
        point, time = one.point, self.lead_time_h.size
        area = point.upstream_area_km2
        if area is not None and not 0 < area < 1e9:
            yield _fault(f"point {point.id}: upstream_area_km2", area, "a number > 0, or nothing")
        for period, threshold in point.threshold_m3_s.items():
            if not (0 < period < 1e6 and 0 < threshold < 1e9):
                yield _fault(f"point {point.id}: threshold_m3_s", f"{threshold} of {period} y", "numbers > 0")
        flow = one.discharge_m3_s
        if flow is not None:
            members = len(self.weights) if self.weights is not None else "any number of"
            fits = flow.ndim == 2 and len(flow) and flow.shape[1] == time
            if not fits or (self.weights is not None and len(flow) != len(self.weights)):
                wanted = f"({members} members, {time} steps)"
                yield _fault(f"point {point.id}: discharge_m3_s", flow.shape, wanted)
            if (flow < 0).any() or np.isinf(flow).any():
                yield _fault(
                    f"point {point.id}: discharge_m3_s", "a negative or infinite one", ">= 0, or nan"
                )
        for period, stated in one.eric_probability.items():
            if stated.shape != (time,) or (stated < 0).any() or (stated > 1).any():
                name = f"point {point.id}: eric_probability of {period} y"
                yield _fault(name, stated.tolist(), f"{time} numbers from 0 to 1, or nan")


def _fault(where: str, got: object, wanted: str) -> Fault:
    return Fault("notification.bad_value", where, None, None, shown(str(got)), wanted)
