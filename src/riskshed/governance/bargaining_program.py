"""The linear program of a bargain: shares of elements, gains of cities, and what a point adds to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskshed.governance.bargaining import Bargain
from riskshed.governance.linear_solver import silent_highs

Floats = NDArray[np.float64]
OPTIONS: Mapping[str, Any] = {
    "mip_rel_gap": 1e-9,
    # The error of a point goes with the root of what a row may be off by.
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}
"""How HiGHS is asked to work."""


class Part(NamedTuple):
    """A row over columns that are named by their place: least, most, places, coefficients."""

    low: float
    high: float
    places: Sequence[int]
    values: Sequence[float]


class Program:
    """A linear program over the shares x, the gains u of the cities in their own scales, and what is added.

    Columns are x (element), u (city), then others. The scale of a city is its largest gain or loss of one
    element, so that a city that counts in fen and one that counts in millions weigh the same to the solver.
    """

    def __init__(self, held: Bargain, others: int = 0) -> None:
        import highspy  # noqa: PLC0415

        self.held, self.size, self.people = held, len(held.elements), len(held.cities)
        self.columns = self.size + self.people + others
        net = held.net_minor.astype(np.float64)
        self.scale = np.maximum(np.abs(net).max(axis=1, initial=0.0), 1.0)
        self.solver = silent_highs()
        for option, value in OPTIONS.items():
            self.solver.setOptionValue(option, value)
        self.solver.passModel(self._model(highspy, net / self.scale[:, None]))

    def _model(self, highspy: Any, net: Floats) -> Any:
        infinity, held = highspy.kHighsInf, self.held
        model = highspy.HighsLp()
        low = np.full(self.columns, -infinity)
        high = np.full(self.columns, infinity)
        low[: self.size], high[: self.size] = [*map(float, held.least)], [*map(float, held.most)]
        rows = [self._gain_row(net, city) for city in range(self.people)]
        place = {element: index for index, element in enumerate(held.elements)}
        for bound in held.bounds:
            of = sorted({place[one] for one in bound.elements})
            rows.append(Part(-infinity, float(bound.most), of, [1.0] * len(of)))
        model.num_col_, model.num_row_ = self.columns, len(rows)
        model.col_cost_ = np.zeros(self.columns)
        model.col_lower_, model.col_upper_ = low, high
        model.row_lower_ = np.array([row.low for row in rows])
        model.row_upper_ = np.array([row.high for row in rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(row.places) for row in rows)])
        model.a_matrix_.index_ = np.concatenate([np.asarray(row.places, dtype=np.int32) for row in rows])
        model.a_matrix_.value_ = np.concatenate([np.asarray(row.values, dtype=float) for row in rows])
        model.sense_ = highspy.ObjSense.kMaximize
        if any(held.whole):
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            rest = [kinds[0]] * (self.columns - self.size)
            model.integrality_ = [*(kinds[one] for one in held.whole), *rest]
        return model

    def _gain_row(self, net: Floats, city: int) -> Part:
        of = np.flatnonzero(net[city])
        return Part(0.0, 0.0, [*of, self.size + city], [*net[city, of], -1.0])

    def column(self, city: int) -> int:
        """Where the gain of a city stands."""
        return self.size + city

    def added(self, index: int) -> int:
        """Where an added column stands."""
        return self.size + self.people + index

    def floor(self, city: int, least: float) -> None:
        """A city is to have at least so much, in its scale."""
        self.solver.changeColBounds(self.column(city), least, self.solver.inf)

    def fix_nothing_lost(self) -> None:
        """No city is to lose."""
        for city in range(self.people):
            self.floor(city, 0.0)

    def row(self, low: float, high: float, places: Sequence[int], values: Sequence[float]) -> None:
        """Add a row."""
        self.solver.addRow(low, high, len(places), np.asarray(places, dtype=np.int32), np.asarray(values))

    def best(self, prices: Mapping[int, float]) -> Floats | None:
        """The columns at which the priced ones are worth most; None if nothing is possible."""
        import highspy  # noqa: PLC0415

        cost = np.zeros(self.columns)
        cost[list(prices)] = list(prices.values())
        self.solver.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), cost)
        self.solver.run()
        status = self.solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        assert status == highspy.HighsModelStatus.kOptimal, status
        return np.asarray(self.solver.getSolution().col_value)

    def prices(self) -> Floats:
        """What a row more would be worth, row by row, at the last solution."""
        return np.asarray(self.solver.getSolution().row_dual)
