r"""Aid between cities as a linear programme, with the scenarios of demand folded into prices.

What is decided before anybody knows the demand: how much of a good leaves whom for whom in which period. What
the demand does afterwards is only to leave some of it unmet. With :math:`A` what has arrived of a good in a
city by the end of a period and :math:`D_w` what scenario :math:`w` has needed by a time,

.. math:: \mathrm{harm}(A) = h \sum_m \delta_m \sum_w p_w \max(0, D_w(t - \ell_m) - A)

where :math:`\delta_m` is by how much the weight grows once a unit has waited for :math:`\ell_m` periods, and
:math:`h` is the length of a period. This is convex and piecewise linear in :math:`A` alone: its bends are the
values of demand, sorted. So the rows and columns of the scenarios (one of each for every city, good, period,
step of waiting and scenario) give way to one row for every city, good and period, with one column, bounded by
its width, for each piece. Nothing is lost: the optimum is the same (Birge & Louveaux 2011, simple recourse).
Pieces that no stock could ever reach are left out, which changes nothing either.

Where a bound is enough, most pieces may go (`fewer`): those that are kept are stretched until they meet, as
tangents do, so that the harm comes out a little too small and never too large. What is proven to be out of
reach of that programme is out of reach in truth.

Trucks at home are a stock like others: those that leave are missing until they are back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskshed.governance.dispatch_problem import AidProblem, Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

INF = np.inf


@dataclass(frozen=True, eq=False)
class Lanes:
    """What can be sent at all: each way from a donor to a receiver, and each good and period on it.

    Attributes
    ----------
    donor, receiver : array (way,)
        Cities.
    way, good, period : array (ship,)
        What each shipment is of; sorted by way, good, period.
    truck_way, truck_period : array (truck,)
        When trucks may leave on which way.
    truck : array (ship,)
        On which of these a shipment rides.
    """

    donor: Ints
    receiver: Ints
    way: Ints
    good: Ints
    period: Ints
    truck_way: Ints
    truck_period: Ints
    truck: Ints


@dataclass(frozen=True, eq=False)
class Bends:
    """The pieces of the harm as a function of what has arrived, and the harm with no aid.

    Attributes
    ----------
    cell : array (piece,)
        Index of (city, good, period), flat.
    width, slope : array (piece,)
        How much of the good it takes, and how much harm one unit less there is; slopes fall within a cell.
    unhelped : array (city, good, period)
        Harm if nothing arrives.
    """

    cell: Ints
    width: Floats
    slope: Floats
    unhelped: Floats


@dataclass(frozen=True, eq=False)
class Programme:
    """Minimise ``cost @ x + offset`` with ``row_low <= matrix @ x <= row_high`` and ``0 <= x <= col_high``.

    Every column has a finite upper bound that no sensible plan would pass, so that any prices of the rows
    give a bound from below (`dispatch_solver.bound`).
    """

    cost: Floats
    offset: float
    matrix: csr_array
    row_low: Floats
    row_high: Floats
    col_high: Floats


class Rows:
    """Rows and columns of a programme while it is put together."""

    def __init__(self) -> None:
        self._row: list[Any] = []
        self._col: list[Any] = []
        self._value: list[Any] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._cost: list[Floats] = []
        self._col_high: list[Floats] = []
        self.rows = self.cols = 0

    def columns(self, cost: Any, high: Any) -> Ints:
        """New columns, and their numbers."""
        cost, high = np.broadcast_arrays(np.asarray(cost, float), np.asarray(high, float))
        self._cost.append(cost.ravel())
        self._col_high.append(high.ravel())
        self.cols += cost.size
        return np.arange(self.cols - cost.size, self.cols)

    def limits(self, low: Any, high: Any) -> Ints:
        """New rows, and their numbers."""
        low, high = np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
        self._low.append(low.ravel())
        self._high.append(high.ravel())
        self.rows += low.size
        return np.arange(self.rows - low.size, self.rows)

    def add(self, row: Any, col: Any, value: Any) -> None:
        """Coefficients."""
        row, col, value = np.broadcast_arrays(row, col, np.asarray(value, float))
        for to, array in ((self._row, row), (self._col, col), (self._value, value)):
            to.append(array.ravel())

    def programme(self, offset: float) -> Programme:
        """All of it."""
        from scipy.sparse import csr_array  # noqa: PLC0415

        where = (np.concatenate(self._row), np.concatenate(self._col))
        matrix = csr_array((np.concatenate(self._value), where), shape=(self.rows, self.cols))
        matrix.sum_duplicates()
        low, high = np.concatenate(self._low), np.concatenate(self._high)
        return Programme(
            np.concatenate(self._cost), offset, matrix, low, high, np.concatenate(self._col_high)
        )


@dataclass(frozen=True, eq=False)
class FirstStage:
    """The columns and rows of what is decided before the demand is known.

    Attributes
    ----------
    ship, truck : array (ship,), (truck,)
        Numbers of columns.
    arrived : array (city, good, period)
        Numbers of columns; -1 where nothing can arrive or nothing is needed.
    stock_row : array (city, good)
    fleet_row : array (city, period)
        Numbers of rows; -1 where there is none.
    arrival_row : array (city, good, period)
    load_row : array (truck,)
    """

    ship: Ints
    truck: Ints
    arrived: Ints
    stock_row: Ints
    fleet_row: Ints
    arrival_row: Ints
    load_row: Ints


class Layout:
    """What can be sent in a problem, what it can reach, and what it costs to be without."""

    def __init__(self, problem: AidProblem) -> None:
        self.problem = problem

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """What nobody has ruled out, (donor, receiver, good)."""
        problem = self.problem
        goods = [good.code for good in problem.goods]
        n = len(problem.cities)
        may = np.ones((n, n, len(goods)), dtype=bool)
        for one in problem.excluded:
            to = slice(None) if one.receiver is None else problem.cities.index(one.receiver)
            what = slice(None) if one.good is None else goods.index(one.good)
            may[problem.cities.index(one.donor), to, what] = False
        return may

    @cached_property
    def needed(self) -> NDArray[np.bool_]:
        """Where anything may be needed, (city, good)."""
        some = self.problem.demand[:, :, self.problem.probability > 0, -1] > 0
        return np.asarray(some.any(axis=2))

    @cached_property
    def lanes(self) -> Lanes:
        """Each way, good and period that makes sense."""
        one = self.problem
        gives = (one.free > 0) & (one.trucks > 0)[:, None]
        periods = np.arange(one.periods)
        pairs = gives[:, None, :] & self.needed[None, :, :] & self.allowed
        pairs &= (one.delay_periods < one.periods)[:, :, None] & ~np.eye(len(one.cities), dtype=bool)[
            :, :, None
        ]
        donor, receiver = np.nonzero(pairs.any(axis=2))
        late = periods + one.delay_periods[donor, receiver][:, None] < one.periods  # (way, period)
        ready = periods >= one.ready_period[donor][:, :, None]  # (way, good, period)
        may = pairs[donor, receiver][:, :, None] & ready & late[:, None, :]
        way, good, period = np.nonzero(may)
        truck_way, truck_period = np.nonzero(may.any(axis=1))
        number = np.full(may.shape[::2], -1)
        number[truck_way, truck_period] = np.arange(truck_way.size)
        return Lanes(donor, receiver, way, good, period, truck_way, truck_period, number[way, period])

    @cached_property
    def arrives(self) -> Ints:
        """In which period each shipment is there, (ship,)."""
        lanes = self.lanes
        ways = self.problem.delay_periods[lanes.donor, lanes.receiver]
        return np.asarray(lanes.period + ways[lanes.way])

    @cached_property
    def reachable(self) -> Floats:
        """What could arrive at most, by stock and time alone, (city, good, period)."""
        lanes, free = self.lanes, self.problem.free
        most = np.zeros((*free.shape, self.problem.periods))
        # The shipments of one way and one good follow each other by period: the first is the earliest.
        start = np.flatnonzero(np.diff(lanes.way * free.shape[1] + lanes.good, prepend=-1))
        receiver, donor = lanes.receiver[lanes.way[start]], lanes.donor[lanes.way[start]]
        good = lanes.good[start]
        np.add.at(most, (receiver, good, self.arrives[start]), free[donor, good])
        return np.cumsum(most, axis=2)

    @cached_property
    def bends(self) -> Bends:
        """The harm as pieces, in the order of cells and slopes."""
        found = [_bends_of(self, good) for good in range(len(self.problem.goods))]
        cell, width, slope = (np.concatenate([one[part] for one in found]) for part in range(3))
        order = np.argsort(cell, kind="stable")
        unhelped = np.stack([one[3] for one in found], axis=1)
        return Bends(cell[order], width[order], slope[order], unhelped)


def harm_points(problem: AidProblem, good: int) -> tuple[Floats, Floats]:
    """Demand that has waited, and its weight: values (city, period, point) and masses (point,).

    The harm of a period is the sum over points of ``mass * max(0, value - arrived)``.
    """
    demand = problem.demand[:, good].swapaxes(1, 2)  # (city, period, scenario)
    values, masses, before = [], [], 0.0
    for step in problem.goods[good].harm:
        lag = min(int(np.ceil(step.waiting_h / problem.period_h - 1e-9)), problem.periods)
        waited = np.zeros_like(demand)
        waited[:, lag:] = demand[:, : problem.periods - lag]
        values.append(waited)
        masses.append((step.weight - before) * problem.period_h * problem.probability)
        before = step.weight
    return np.concatenate(values, axis=2), np.concatenate(masses)


def _bends_of(layout: Layout, good: int) -> tuple[Any, ...]:
    problem = layout.problem
    values, masses = harm_points(problem, good)
    order = np.argsort(values, axis=2, kind="stable")
    bend = np.take_along_axis(values, order, axis=2)
    mass = masses[order]
    slope = np.cumsum(mass[..., ::-1], axis=2)[..., ::-1]
    below = np.concatenate([np.zeros_like(bend[..., :1]), bend[..., :-1]], axis=2)
    width = np.minimum(bend, layout.reachable[:, good, :, None]) - below
    city, period, piece = np.nonzero((width > 0) & (slope > 0))
    cell = np.ravel_multi_index(
        (city, np.full_like(city, good), period), (*problem.free.shape, problem.periods)
    )
    return cell, width[city, period, piece], slope[city, period, piece], values @ masses


def first_stage(layout: Layout, rows: Rows) -> FirstStage:
    """Put what is decided before the demand is known into `rows`."""
    problem, lanes = layout.problem, layout.lanes
    donor = lanes.donor[lanes.way]
    ship = rows.columns(0.0, problem.free[donor, lanes.good])
    leaves = lanes.donor[lanes.truck_way]
    to = lanes.receiver[lanes.truck_way]
    truck = rows.columns(2.0 * problem.travel_h[leaves, to] * problem.truck_h_weight, problem.trucks[leaves])

    gives = np.unique(donor * problem.free.shape[1] + lanes.good)
    stock_row = np.full(problem.free.shape, -1)
    stock_row.ravel()[gives] = rows.limits(-INF, problem.free.ravel()[gives])
    rows.add(stock_row[donor, lanes.good], ship, 1.0)

    load_row = rows.limits(-INF, np.zeros(truck.size))
    weight = np.array([good.weight_t for good in problem.goods])
    rows.add(load_row[lanes.truck], ship, weight[lanes.good])
    rows.add(load_row, truck, -problem.load_t[leaves])

    fleet_row = _fleet(layout, rows, truck)
    arrived, arrival_row = _arrivals(layout, rows, ship)
    return FirstStage(ship, truck, arrived, stock_row, fleet_row, arrival_row, load_row)


def _fleet(layout: Layout, rows: Rows, truck: Ints) -> Ints:
    """Trucks at home in a period are those of the period before, less those that left, plus those back."""
    problem, lanes = layout.problem, layout.lanes
    donors, periods = np.unique(lanes.donor), problem.periods
    fleet = problem.trucks[donors][:, None]
    home = rows.columns(0.0, np.broadcast_to(fleet, (donors.size, periods))).reshape(-1, periods)
    start = np.where(np.arange(periods) == 0, fleet, 0.0)
    row = np.full((len(problem.cities), periods), -1)
    row[donors] = rows.limits(start, start).reshape(-1, periods)
    rows.add(row[donors], home, 1.0)
    rows.add(row[donors][:, 1:], home[:, :-1], -1.0)
    leaves = lanes.donor[lanes.truck_way]
    rows.add(row[leaves, lanes.truck_period], truck, 1.0)
    back = lanes.truck_period + problem.away_periods[leaves, lanes.receiver[lanes.truck_way]]
    soon = back < periods
    rows.add(row[leaves[soon], back[soon]], truck[soon], -1.0)
    return row


def _arrivals(layout: Layout, rows: Rows, ship: Ints) -> tuple[Ints, Ints]:
    """What has arrived by the end of a period is what had by the one before, and what came in it."""
    lanes = layout.lanes
    most = layout.reachable
    cells = np.flatnonzero(most.ravel() > 0)
    arrived, row = np.full(most.shape, -1), np.full(most.shape, -1)
    arrived.ravel()[cells] = rows.columns(0.0, most.ravel()[cells])
    row.ravel()[cells] = rows.limits(np.zeros(cells.size), 0.0)
    rows.add(row.ravel()[cells], arrived.ravel()[cells], 1.0)
    # What can be there at all stays there: after a reachable period of a city and good all are.
    follows = (row[..., 1:] >= 0) & (row[..., :-1] >= 0)
    rows.add(row[..., 1:][follows], arrived[..., :-1][follows], -1.0)
    rows.add(row[lanes.receiver[lanes.way], lanes.good, layout.arrives], ship, -1.0)
    return arrived, row


@dataclass(frozen=True, eq=False)
class Collapsed:
    """The programme with its scenarios folded in, and where to find things in it.

    Attributes
    ----------
    programme : Programme
    first : FirstStage
    link_row : array (city, good, period)
        Rows by which pieces take no more than has arrived; -1 where there are none.
    shares : Shares or None
        Only where the worst served go first.
    """

    programme: Programme
    first: FirstStage
    link_row: Ints
    shares: Shares | None


@dataclass(frozen=True, eq=False)
class Shares:
    """Rows for the share of its harm that a city keeps: harm with aid divided by harm without.

    Attributes
    ----------
    city : array (share,)
        Cities that need anything.
    below_worst, below_limit : array (share,)
        Rows ``share <= worst`` and ``share <= limit``; the first binds while the limit is 1.
    worst : int
        Column of the largest share.
    """

    city: Ints
    below_worst: Ints
    below_limit: Ints
    worst: int


def fewer(bends: Bends, pieces: int) -> Bends:
    """The harm from below, with at most so many pieces in each cell: tangents at some of its own.

    Parameters
    ----------
    bends : Bends
    pieces : int
        At least 2, so that the first and the last are kept: at both ends the harm is what it was.
    """
    assert pieces >= 2, f"pieces is {pieces}, want the first and the last"
    if bends.cell.size == 0:
        return bends
    first = np.flatnonzero(np.diff(bends.cell, prepend=-1))
    count = np.diff(first, append=bends.cell.size)
    of, rank = np.repeat(np.arange(first.size), count), np.arange(bends.cell.size) - np.repeat(first, count)
    last = count[of] - 1
    share = np.rint(rank * (pieces - 1) / np.maximum(last, 1))
    kept = (last < pieces) | (rank == np.rint(share * last / (pieces - 1)))
    ends = np.cumsum(bends.width)
    before = ends - bends.width - (ends - bends.width)[first][of]
    saved = np.cumsum(bends.width * bends.slope) - bends.width * bends.slope
    at = np.flatnonzero(kept)
    at = at[(np.diff(bends.slope[at], prepend=np.inf) < 0) | (np.diff(bends.cell[at], prepend=-1) != 0)]
    # A tangent is -slope * arrived - height; two meet where their heights differ as their slopes do.
    height = (saved - saved[first][of] - bends.slope * before)[at]
    cell, slope = bends.cell[at], bends.slope[at]
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    meets = np.zeros(at.size)
    inner = np.setdiff1d(np.arange(at.size), starts)
    meets[inner] = (height[inner] - height[inner - 1]) / (slope[inner - 1] - slope[inner])
    full = np.add.reduceat(bends.width, first)
    high = np.append(meets[1:], 0.0)
    high[np.append(starts[1:], at.size) - 1] = full
    return Bends(cell, np.maximum(high - meets, 0.0), slope, bends.unhelped)


def collapsed(layout: Layout, *, shares: bool = False, pieces: int | None = None) -> Collapsed:
    """The programme of a problem; with `shares` the rows that fairness works with.

    With `pieces` the harm of a city, good and period has at most so many, and is a bound from below.
    """
    rows = Rows()
    bends = layout.bends if pieces is None else fewer(layout.bends, pieces)
    first = first_stage(layout, rows)
    piece = rows.columns(-bends.slope, bends.width)
    cells, at = np.unique(bends.cell, return_inverse=True)
    link = np.full(bends.unhelped.shape, -1)
    link.ravel()[cells] = rows.limits(-INF, np.zeros(cells.size))
    rows.add(link.ravel()[cells][at], piece, 1.0)
    rows.add(link.ravel()[cells], first.arrived.ravel()[cells], -1.0)
    held = _shares(bends, rows, piece) if shares else None
    return Collapsed(rows.programme(float(bends.unhelped.sum())), first, link, held)


def _shares(bends: Bends, rows: Rows, piece: Ints) -> Shares:
    """A share is ``1 - sum(slope * piece) / unhelped``."""
    unhelped = bends.unhelped.sum(axis=(1, 2))
    hit = np.flatnonzero(unhelped > 0)
    worst = int(rows.columns(0.0, np.ones(1))[0])
    at = np.full(unhelped.size, -1)
    at[hit] = np.arange(hit.size)
    city = bends.cell // (bends.unhelped.shape[1] * bends.unhelped.shape[2])
    below_worst = rows.limits(-INF, np.full(hit.size, -1.0))
    below_limit = rows.limits(-INF, np.zeros(hit.size))
    for row in (below_worst, below_limit):
        rows.add(row[at[city]], piece, -bends.slope / unhelped[city])
    rows.add(below_worst, worst, -1.0)
    return Shares(hit, below_worst, below_limit, worst)
