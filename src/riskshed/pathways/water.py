"""The water of a run: what flows in along the reaches, and the ledger of where it went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.errors import Fault, InputFaults
from riskshed.pathways.reach import Floats, within


@dataclass(frozen=True, eq=False)
class Runoff:
    """What flows into the reaches along their way, given once for each cell of runoff.

    Parameters
    ----------
    rate : array_like, (cell, member, interval), >= 0
        In any unit that `weight` turns into m3/s; constant over an interval. One member serves all. No copy
        is made where the memory is laid out as (cell, interval, member): ``numpy.moveaxis(array, 2, 1)``.
    step_s : float, s, > 0
        Length of an interval: a whole number of routing steps.
    cell : array_like of int, (reach,), optional
        Cell of each reach, or -1 for none. Without it, each reach has its own cell.
    weight : array_like, (reach,), >= 0, optional
        m3/s per unit of rate: an area in m2 where the rate is in m/s. 1 where it is left out.

    Raises
    ------
    InputFaults
        ``river.runoff``: NaN, infinite or negative, naming cell, member and interval.
    DomainError
        A step or a weight outside its range.
    """

    rate: npt.NDArray[Any]
    step_s: float
    cell: npt.NDArray[np.int32] | None = None
    weight: Floats | None = None

    def __post_init__(self) -> None:
        rate = np.asarray(self.rate)
        if rate.dtype.kind != "f":
            rate = rate.astype(np.float64)
        assert rate.ndim == 3, "rate is (cell, member, interval)"
        assert rate.size > 0, "rate has cells, members and intervals"
        # Two plain passes, because a mask of this array would be as large as the array.
        if not (rate.min() >= 0.0 and rate.max() < np.inf):
            raise _bad_rates(rate)
        within("runoff step", np.asarray(self.step_s, np.float64), "s", low=0.0, open_low=True)
        object.__setattr__(self, "rate", rate)
        if self.weight is not None:
            object.__setattr__(self, "weight", np.asarray(self.weight, np.float64))
            within("runoff weight", self.weight, "", low=0.0)
        if self.cell is not None:
            object.__setattr__(self, "cell", np.asarray(self.cell, np.int32))
            assert self.cell.min() >= -1, "a cell that is not there"
            assert self.cell.max() < rate.shape[0], "a cell that is not there"

    @property
    def members(self) -> int:
        """Length of the member axis."""
        return int(self.rate.shape[1])

    def window(self, first: int, end: int) -> Runoff:
        """The intervals from `first` up to `end`, without a copy."""
        return replace(self, rate=self.rate[:, :, first:end])

    def of_reaches(self, reaches: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """Cell and weight of each reach; a reach without a cell has the weight 0."""
        cell = np.arange(reaches, dtype=np.int32) if self.cell is None else self.cell
        weight = np.ones(reaches) if self.weight is None else self.weight
        assert cell.shape == weight.shape == (reaches,), "one cell and one weight for each reach"
        assert self.cell is not None or self.rate.shape[0] == reaches, "one cell for each reach"
        return np.maximum(cell, 0), np.where(cell < 0, 0.0, weight)


@dataclass(frozen=True, eq=False)
class Ledger:
    """The water of a run, m3, (member,) each: what was there and came in is what left and is there."""

    before_m3: Floats
    inflow_m3: Floats
    outflow_m3: Floats
    increments_m3: Floats
    stored_m3: Floats

    @property
    def residual_m3(self) -> Floats:
        """What was made (or, negative, lost) by the numbers: 0 but for rounding."""
        return self.stored_m3 + self.outflow_m3 - self.before_m3 - self.inflow_m3 - self.increments_m3

    @property
    def closure(self) -> float:
        """Largest residual over all the water there was, of any member."""
        water = self.before_m3 + self.inflow_m3 + np.abs(self.increments_m3)
        return float(np.max(np.abs(self.residual_m3) / np.maximum(water, 1e-300)))

    def then(self, later: Ledger) -> Ledger:
        """One ledger of two runs, the second of which continues the first."""
        return Ledger(
            self.before_m3,
            self.inflow_m3 + later.inflow_m3,
            self.outflow_m3 + later.outflow_m3,
            self.increments_m3 + later.increments_m3,
            later.stored_m3,
        )


def _bad_rates(rate: npt.NDArray[Any]) -> InputFaults:
    bad = np.argwhere(~((rate >= 0.0) & (rate < np.inf)))
    faults = [
        Fault(
            "river.runoff_value", f"runoff of cell {c}, member {m}, interval {t}", None, "rate",
            f"{rate[c, m, t]:g}", "a finite number >= 0",
        )
        for c, m, t in bad[:20]
    ]  # fmt: skip
    return InputFaults("river.runoff", f"the runoff has {len(bad)} values that cannot be used", faults)
