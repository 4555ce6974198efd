"""Readings at a border section as intervals, and what their statistic can be at least and at most.

A reading that was taken says one value. One below the limit of detection says that the value lies between
zero and the limit. One that is missing says nothing: the value may be anything from zero on. A statistic of
intervals is an interval, computed in exact fractions, so that a contract is decided by what was measured and
by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Sense = Literal["observed", "below", "at_least"]
Bound = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One reading at a section.

    Attributes
    ----------
    at : datetime
        Aware.
    value : Decimal or None
        >= 0, in `unit`; None is unknown. For a share of days: 1 for a day within the target, 0 for another.
    unit : str
    source : str
        Id of the statement, or where it stands.
    sense : {"observed", "below", "at_least"}
        Whether the value was measured, or is an upper or lower bound.
    """

    at: datetime
    value: Decimal | None
    unit: str
    source: str
    sense: Sense = "observed"

    def __post_init__(self) -> None:
        assert self.at.tzinfo is not None, "a time without an offset could be any of several"
        assert self.value is None or self.value >= 0, "nothing is less than none of it"

    @property
    def interval(self) -> Bound:
        """What the value is at least, and at most; None at most is without end."""
        if self.value is None:
            return Fraction(0), None
        value = Fraction(self.value)
        low = Fraction(0) if self.sense == "below" else value
        return low, None if self.sense == "at_least" else value


def bounds(statistic: str, readings: Sequence[Measured], missing: int) -> Bound:
    """The statistic at least and at most; None is without bound, and both are None without any reading.

    Parameters
    ----------
    statistic : {"mean", "highest", "share_of_days_within"}
    readings : sequence of Measured
        For a share of days, one a day.
    missing : int
        How many more were due.
    """
    if not readings:
        return None, None
    intervals = [one.interval for one in readings] + [(Fraction(0), None)] * missing
    top = Fraction(1) if statistic == "share_of_days_within" else None
    lows = [low for low, _ in intervals if low is not None]
    highs = [top if high is None else high for _, high in intervals]
    known = [high for high in highs if high is not None]
    assert len(lows) == len(intervals), "every reading has a least value"
    bounded = len(known) == len(highs)
    if statistic == "highest":
        return max(lows), max(known) if bounded else None
    return sum(lows, Fraction(0)) / len(lows), sum(known, Fraction(0)) / len(known) if bounded else None
