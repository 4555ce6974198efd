r"""Solving a plan of aid with HiGHS, and proving how good it is without having to trust the solver.

Any prices :math:`y` of the rows of a programme give a bound from below of what any plan can reach. With
:math:`d = c - A^T y`,

.. math:: \sum_i \min(y_i l_i, y_i u_i) + \sum_j \min(0, d_j \bar x_j) + \mathrm{offset} \le \mathrm{optimum}

(weak duality; every column has an upper bound :math:`\bar x`). So the solver may stop early, and may be a
little wrong: what it hands back is mended until every stock, truck and hour is kept (`mended`), what it then
comes to is summed from the demand itself (`harm`), and the distance to the bound is the certified gap.

HiGHS: Huangfu & Hall (2018), DOI 10.1007/s12532-017-0130-5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from riskshed.governance.dispatch_model import Layout, Programme, harm_points
from riskshed.governance.dispatch_problem import AidProblem, Floats
from riskshed.governance.linear_solver import silent_highs

Method = Literal["simplex", "ipm"]


@dataclass(frozen=True, eq=False)
class Point:
    """What a solver found: values of columns, prices of rows and how it ended."""

    x: Floats
    row_price: Floats
    status: str
    iterations: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try; amounts of work, so that the same problem gets the same plan everywhere.

    Attributes
    ----------
    method : {"simplex", "ipm"}
        Simplex ends in a corner: few shipments, exact prices. The interior point is faster on large problems.
    tolerance : float
        Of the interior point, relative.
    crossover : bool
        Whether the interior point goes on to a corner.
    pieces : int or None
        At most so many pieces of the harm of a city, good and period (`dispatch_model.fewer`); the gap then
        holds what that costs. None: all, and the optimum.
    iterations_max : int
    seconds_max : float
        A clock, for those who must have an answer by a time; with it the plan may depend on the machine.
    """

    method: Method = "simplex"
    tolerance: float = 1e-8
    crossover: bool = True
    pieces: int | None = None
    iterations_max: int = 10_000_000
    seconds_max: float = float("inf")


def run(programme: Programme, effort: Effort) -> Point:
    """Hand a programme to HiGHS; whatever it has when it stops is what comes back."""
    import highspy  # noqa: PLC0415

    solver = silent_highs()
    options: dict[str, Any] = {
        "solver": effort.method,
        "random_seed": 0,
        "time_limit": effort.seconds_max,
        "run_crossover": "on" if effort.crossover else "off",
        "ipm_optimality_tolerance": effort.tolerance,
        "ipm_iteration_limit": min(effort.iterations_max, 2_000_000_000),
        "simplex_iteration_limit": min(effort.iterations_max, 2_000_000_000),
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(_as_highs(highspy, programme))
    solver.run()
    solution, info = solver.getSolution(), solver.getInfo()
    rows, cols = programme.matrix.shape
    x, price = np.array(solution.col_value), np.array(solution.row_dual)
    return Point(
        x if x.size == cols and np.isfinite(x).all() else np.zeros(cols),
        price if price.size == rows and np.isfinite(price).all() else np.zeros(rows),
        str(solver.modelStatusToString(solver.getModelStatus())),
        int(max(info.simplex_iteration_count, 0) + max(info.ipm_iteration_count, 0)),
    )


def _as_highs(highspy: Any, programme: Programme) -> Any:
    model = highspy.HighsLp()
    by_column = programme.matrix.tocsc()
    model.num_row_, model.num_col_ = programme.matrix.shape
    model.col_cost_, model.offset_ = programme.cost, programme.offset
    model.col_lower_, model.col_upper_ = np.zeros(programme.cost.size), programme.col_high
    model.row_lower_, model.row_upper_ = programme.row_low, programme.row_high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = by_column.indptr.astype(np.int32)
    model.a_matrix_.index_ = by_column.indices.astype(np.int32)
    model.a_matrix_.value_ = by_column.data
    return model


def bound(programme: Programme, row_price: Floats) -> float:
    """What no plan can go below, from any prices of the rows (weak duality).

    Parameters
    ----------
    programme : Programme
    row_price : array (row,)
        A price of the wrong sign for a row with one side only counts as 0.
    """
    price = np.where(np.isinf(programme.row_low), np.minimum(row_price, 0.0), row_price)
    price = np.where(np.isinf(programme.row_high), np.maximum(price, 0.0), price)
    side = np.where(price > 0, programme.row_low, programme.row_high)
    side = np.where(price == 0, 0.0, side)
    reduced = programme.cost - programme.matrix.T @ price
    from_columns = np.minimum(0.0, reduced * programme.col_high).sum()
    return float(price @ side + from_columns + programme.offset)


def reduced_cost(programme: Programme, row_price: Floats) -> Floats:
    """How much worse one unit of a column would make it at these prices, (column,)."""
    return np.asarray(programme.cost - programme.matrix.T @ row_price)


# ------------------------------------------------------------------------------------------ mending a plan


@dataclass(frozen=True, eq=False)
class Sent:
    """What leaves: amounts (ship,) and trucks (truck,), in the order of the lanes."""

    amount: Floats
    trucks: Floats


def mended(layout: Layout, wanted: Floats, *, whole_trucks: bool = False) -> Sent:
    """The nearest plan below a wish that keeps every stock and every truck, period by period.

    Parameters
    ----------
    layout : Layout
    wanted : array (ship,)
        Amounts; what is below 0 is not sent.
    whole_trucks : bool
        Trucks leave as whole ones. What finds no room waits for the next truck on its way.
    """
    problem, lanes = layout.problem, layout.lanes
    ledger = _Yard(layout)
    amount, trucks = np.zeros(lanes.way.size), np.zeros(lanes.truck_way.size)
    weight = np.array([good.weight_t for good in problem.goods])[lanes.good]
    donor, load = lanes.donor[lanes.way], problem.load_t[lanes.donor[lanes.way]]
    waiting = np.zeros((lanes.donor.size, len(problem.goods)))
    clean = np.maximum(wanted, 0.0)
    for period in range(problem.periods):
        ledger.trucks_come_home(period)
        at = np.flatnonzero(lanes.period == period)
        if at.size == 0:
            continue
        wish = clean[at] + waiting[lanes.way[at], lanes.good[at]]
        wish = ledger.within_stock(donor[at], lanes.good[at], wish)
        share = ledger.within_fleet(lanes.truck[at], wish * weight[at] / load[at], trucks, whole=whole_trucks)
        amount[at] = wish * share
        ledger.take(donor[at], lanes.good[at], amount[at])
        if whole_trucks:
            waiting[lanes.way[at], lanes.good[at]] = wish - amount[at]
    return Sent(amount, trucks)


class _Yard:
    """What is left of stocks, and how many trucks stand at home, while the periods go by."""

    def __init__(self, layout: Layout) -> None:
        self._layout, problem = layout, layout.problem
        self._stock = problem.free.copy()
        self._home = problem.trucks.copy()
        self._back = np.zeros((len(problem.cities), problem.periods + 1))
        lanes = layout.lanes
        self._leaves = lanes.donor[lanes.truck_way]
        away = problem.away_periods[self._leaves, lanes.receiver[lanes.truck_way]]
        self._returns = np.minimum(lanes.truck_period + away, problem.periods)

    def trucks_come_home(self, period: int) -> None:
        self._home += self._back[:, period]

    def within_stock(self, donor: Any, good: Any, wish: Floats) -> Floats:
        """Everybody's wish cut in the same proportion where a stock does not do for all."""
        asked = np.zeros_like(self._stock)
        np.add.at(asked, (donor, good), wish)
        share = np.divide(self._stock, asked, out=np.ones_like(asked), where=asked > self._stock)
        return np.asarray(wish * share[donor, good])

    def within_fleet(self, truck: Any, loads: Floats, trucks: Floats, *, whole: bool) -> Floats:
        """What share of each load finds room; books the trucks."""
        rides, at = np.unique(truck, return_inverse=True)
        asked = np.bincount(at, loads).astype(np.float64)
        leaves = self._leaves[rides]
        if whole:
            given = self._whole(leaves, asked)
        else:
            of_donor = np.bincount(leaves, asked, minlength=self._home.size)
            room = np.divide(self._home, of_donor, out=np.ones_like(of_donor), where=of_donor > self._home)
            given = asked * room[leaves]
        np.subtract.at(self._home, leaves, given)
        self._home = np.maximum(self._home, 0.0)
        np.add.at(self._back, (leaves, self._returns[rides]), given)
        trucks[rides] = given
        share = np.divide(given, asked, out=np.ones_like(asked), where=asked > given)
        return np.asarray(share[at])

    def _whole(self, leaves: Any, asked: Floats) -> Floats:
        """Whole trucks, the fullest first while there are any at home."""
        given = np.zeros_like(asked)
        home = np.floor(self._home + 1e-9)
        for ride in np.argsort(-asked, kind="stable"):
            # A load below a millionth of a truck is dust of the solver.
            given[ride] = min(np.ceil(asked[ride] - 1e-6), home[leaves[ride]])
            home[leaves[ride]] -= given[ride]
        return given

    def take(self, donor: Any, good: Any, amount: Floats) -> None:
        np.subtract.at(self._stock, (donor, good), amount)
        self._stock = np.maximum(self._stock, 0.0)


# ---------------------------------------------------------------------------------------- what it comes to


def arrived(layout: Layout, amount: Floats) -> Floats:
    """What has arrived in all by the end of each period, (city, good, period)."""
    lanes = layout.lanes
    came = np.zeros((*layout.problem.free.shape, layout.problem.periods))
    np.add.at(came, (lanes.receiver[lanes.way], lanes.good, layout.arrives), amount)
    return np.cumsum(came, axis=2)


def harm(problem: AidProblem, came: Floats) -> Floats:
    """Expected harm with what has arrived, (city, good, period), summed from the demand itself."""
    found = []
    for good in range(len(problem.goods)):
        values, masses = harm_points(problem, good)
        found.append(np.maximum(values - came[:, good, :, None], 0.0) @ masses)
    return np.stack(found, axis=1)


def road(layout: Layout, trucks: Floats) -> float:
    """Weight of the trucks on the road."""
    problem, lanes = layout.problem, layout.lanes
    hours = 2.0 * problem.travel_h[lanes.donor, lanes.receiver][lanes.truck_way]
    return float(problem.truck_h_weight * (hours @ trucks))


def with_limits(programme: Programme, rows: Any, high: Any) -> Programme:
    """The same programme with other upper limits of some rows."""
    limits = programme.row_high.copy()
    limits[rows] = high
    return replace(programme, row_high=limits)
