"""What a reading at a section says of a member: a condition on its curve of concentration.

A concentration at a given hour is a poor thing to compare a member with: a cloud that is right in all but six
hours gets it wrong by a factor of ten, and a cloud that is a week late gets it as wrong as one that is a
month late. So every reading is turned into conditions on *times* and on the *peak*, which follow the
velocities and the mass nearly linearly in their logarithms:

==================  ===================================================================================
reading             conditions on the member
==================  ===================================================================================
front,              the concentration passes the detection threshold at that time
first_detected
not_detected        it passes the detection threshold (or the limit of detection that the reading names, if
                    that is higher) later; or, where more had been found before, it falls below it earlier
below v             it passes v later; or, where v had been seen before, it falls below v earlier
at_least v          it passes v earlier, and the peak is at least v
observed v          on the rise (a higher value is known from later) it passes v at that time; in the fall (a
                    higher value is known from earlier) it falls through v at that time; where neither is
                    known, it passes v earlier. In all three the peak is at least v
peak v              the peak is v, at that time
cleared             it falls below the limit earlier
first_ice           the first ice forms at that time
==================  ===================================================================================

Only readings known at the time of issue are handed in, so "known from later" never looks ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskshed.pathways.smoother import AT_LEAST, AT_MOST, EQUAL
from riskshed.pathways.tracer import Curves, Draw
from riskshed.reading import Reading

FloatArray = NDArray[np.float64]
Quantity = Literal["rise", "fall", "peak", "peak_time", "first_ice"]

SOONEST_S = 3600.0
"""Nothing is compared earlier than an hour after the release; what was read before it says nothing."""


@dataclass(frozen=True, slots=True)
class Errors:
    """How far the model itself may be off where a reading is exact, one standard deviation.

    Parameters
    ----------
    front_s : passing the detection threshold: sampling every two to eight hours, and what counts as found.
    level_s : passing any other level, which hangs on the shape of the cloud.
    peak_s : the time of the peak.
    peak_log : the logarithm of the peak.
    first_ice_s : the first ice, which does not come to all reaches at once.
    """

    front_s: float
    level_s: float
    peak_s: float
    peak_log: float
    first_ice_s: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """One condition on a member.

    Parameters
    ----------
    section : int
        Row of the section.
    quantity : what of the member is compared.
    bound : `AT_MOST`, `EQUAL` or `AT_LEAST`.
    seen, deviation : float
        Logarithm of seconds after the release for times, logarithm of mg/L for the peak, s for first ice.
    level_mg_per_l : the level that is passed; NaN where there is none.
    """

    section: int
    quantity: Quantity
    bound: int
    seen: float
    deviation: float
    level_mg_per_l: float = float("nan")

    def predicted(self, curves: Curves, draw: Draw) -> FloatArray:
        """What each member would have shown, (member,); finite."""
        if self.quantity == "first_ice":
            return draw.ice_onset_s
        if self.quantity == "peak":
            return np.asarray(np.log(np.maximum(curves.mg_per_l[self.section].max(axis=0), 1e-12)))
        if self.quantity == "peak_time":
            steps = curves.mg_per_l[self.section].argmax(axis=0)
            return _log_time(curves.start_s[self.section] + steps * curves.step_s)
        falling = self.quantity == "fall"
        return _log_time(curves.crossing_near_s(self.section, self.level_mg_per_l, falling=falling))


def _log_time(time_s: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(time_s, SOONEST_S)))


def of_readings(
    readings: Iterable[Reading],
    *,
    rows: Mapping[str, int],
    released: datetime,
    detection_mg_per_l: float,
    limit_mg_per_l: float,
    errors: Errors,
) -> tuple[Sighting, ...]:
    """Turn the readings known at one time into conditions, in their order.

    Parameters
    ----------
    readings : those known at the time of issue.
    rows : row of each section; readings elsewhere are left out.
    released : when the release began.
    """
    used = [r for r in readings if r.section in rows and (r.time - released).total_seconds() > SOONEST_S]
    maker = _Maker(released, detection_mg_per_l, limit_mg_per_l, errors, used)
    return tuple(s for r in used for s in maker.of(r, rows[r.section]))


class _Maker:
    def __init__(
        self, released: datetime, detection: float, limit: float, errors: Errors, used: Sequence[Reading]
    ) -> None:
        self.released, self.detection, self.limit, self.errors = released, detection, limit, errors
        self.used = used

    def of(self, reading: Reading, row: int) -> list[Sighting]:
        """Conditions of one reading."""
        match reading.kind:
            case "front" | "first_detected":
                return [self._time(reading, row, "rise", EQUAL, self.detection, self.errors.front_s)]
            case "not_detected":
                return [self._not_above(reading, row, max(self.detection, reading.value or 0.0))]
            case "cleared":
                return [self._time(reading, row, "fall", AT_MOST, self.limit, self.errors.level_s)]
            case "first_ice":
                return [self._first_ice(reading, row)]
            case _:
                return self._of_value(reading, row)

    def _of_value(self, reading: Reading, row: int) -> list[Sighting]:
        value = reading.value
        assert value is not None, f"{reading.kind} has a value"
        if value <= 0 or reading.kind == "below":
            return [self._not_above(reading, row, value if value > 0 else self.detection)]
        log_value = float(np.log(value))
        if reading.kind == "peak":
            highest = Sighting(row, "peak", EQUAL, log_value, self.errors.peak_log)
            return [highest, self._time(reading, row, "peak_time", EQUAL, value, self.errors.peak_s)]
        at_least = Sighting(row, "peak", AT_LEAST, log_value, self.errors.peak_log)
        return [self._level(reading, row, value), at_least]

    def _first_ice(self, reading: Reading, row: int) -> Sighting:
        seen = (reading.time - self.released).total_seconds()
        error = float(np.hypot(self.errors.first_ice_s, reading.uncertainty_s))
        return Sighting(row, "first_ice", EQUAL, seen, error)

    def _level(self, reading: Reading, row: int, value: float) -> Sighting:
        if reading.kind == "observed" and self._seen(reading, value, before=True):
            return self._time(reading, row, "fall", EQUAL, value, self.errors.level_s)
        known_rising = reading.kind == "observed" and self._seen(reading, value, before=False)
        return self._time(
            reading, row, "rise", EQUAL if known_rising else AT_MOST, value, self.errors.level_s
        )

    def _not_above(self, reading: Reading, row: int, level: float) -> Sighting:
        if self._seen(reading, level, before=True):
            return self._time(reading, row, "fall", AT_MOST, level, self.errors.level_s)
        return self._time(reading, row, "rise", AT_LEAST, level, self.errors.front_s)

    def _seen(self, reading: Reading, level: float, *, before: bool) -> bool:
        """Whether more than a level is known at the section from before (or from after) a reading."""
        for other in self.used:
            if other.section != reading.section or other is reading:
                continue
            apart = other.time < reading.time if before else other.time > reading.time
            found = other.kind in ("front", "first_detected") and level <= self.detection
            high = other.kind in ("observed", "peak", "at_least") and (other.value or 0.0) > level
            if apart and (found or high):
                return True
        return False

    def _time(
        self, reading: Reading, row: int, quantity: Quantity, bound: int, level: float, error_s: float
    ) -> Sighting:
        after_s = (reading.time - self.released).total_seconds()
        if bound == AT_MOST:
            after_s += reading.uncertainty_s  # the end of the interval that the reading leaves open
        elif bound == AT_LEAST:
            after_s -= reading.uncertainty_s
        else:
            error_s = float(np.hypot(error_s, reading.uncertainty_s / np.sqrt(3.0)))
        after_s = max(after_s, SOONEST_S)
        return Sighting(row, quantity, bound, float(np.log(after_s)), error_s / after_s, level)
