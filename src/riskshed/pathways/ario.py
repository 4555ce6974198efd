"""Adaptive regional input-output dynamics: what a stop of some industries costs all others, day by day.

A plain input-output model lets every shock through at once and at full size. Real firms have stocks, produce
more elsewhere for a while, and share out what is scarce. ARIO (Hallegatte 2008,
doi:10.1111/j.1539-6924.2008.01046.x; with stocks by input, Hallegatte 2014, doi:10.1111/risa.12090; with
orders that follow those who can deliver, Guan et al. 2020, doi:10.1038/s41562-020-0896-8) does this for
industries `i` of sectors `s` day by day:

- capacity ``c = x0 a (1 - lost)``, with `a` the overproduction;
- wanted ``w = min(c, d)``, with `d` all orders and the final demand of the day;
- made ``x = min(w, stock[s] / (psi T[s] A[s]))`` over all inputs `s` that it needs: an industry makes less as
  soon as a stock is below the share `psi` of what `T` days take;
- everybody gets the same share ``x / d`` of what he ordered (rationing);
- stocks lose ``A x`` and gain what came; next orders are ``A x + max(A w T - stock, 0) / tau`` by sector, and
  go to the suppliers of the sector in the shares of the first day, times ``c / x0``;
- overproduction moves to `a_max` at the rate of the scarcity ``(d - x) / d``, and back without it.

The same equations, with the same order of steps within a day, are described for BoARIO 0.7.2 (its model with
`psi` and "alternative" orders); `riskshed bench supply` sets production beside it. `ario_loops` says how it
is computed. Not in it: prices, rebuilding as a demand, people who stop buying.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskshed.errors import DomainError
from riskshed.pathways.ario_loops import BATCH, WIDTH, sweep_batch, sweep_one
from riskshed.pathways.io_table import IoTable

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]

YEAR_D = 365.0

NOT_SCARCE = 1e-9
"""Scarcity, either way, that counts as none: below it rounding would decide whether overproduction ends."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How industries react; the numbers are those that Hallegatte (2014) and Guan et al. (2020) use.

    Attributes
    ----------
    overproduction_max : float
        Most that an industry makes over its usual output, once it is used to it, >= 1.
    overproduction_d : float
        Characteristic time to get there, days, >= 1.
    stock_d : float or mapping of sector to float
        Days of each input that industries hold and aim at, > 0; infinity: nobody ever waits for it.
    restock_d : float
        Characteristic time in which a missing stock is ordered, days, >= 1.
    needed_share : float
        Share of the stock aimed at below which output is held back (`psi`), above 0 and at most 1.
    least_coefficient : float
        Inputs of less than this for a unit of output never hold output back.
    """

    overproduction_max: float = 1.25
    overproduction_d: float = 365.0
    stock_d: float | Mapping[str, float] = 90.0
    restock_d: float = 60.0
    needed_share: float = 0.8
    least_coefficient: float = 0.0

    def __post_init__(self) -> None:
        rules = (
            ("overproduction_max", self.overproduction_max >= 1, "1 or more"),
            ("overproduction_d", self.overproduction_d >= 1, "1 day or more"),
            ("restock_d", self.restock_d >= 1, "1 day or more"),
            ("needed_share", 0 < self.needed_share <= 1, "more than 0 and at most 1"),
            ("least_coefficient", self.least_coefficient >= 0, "0 or more"),
        )
        for name, good, wanted in rules:
            if not good:
                raise DomainError("ario.behaviour", f"{name} is {getattr(self, name)}, want {wanted}")

    def stocks_d(self, sectors: Sequence[str]) -> FloatArray:
        """Days of stock of each sector's goods, (sector,). Raises DomainError ``ario.behaviour``."""
        given = self.stock_d
        if isinstance(given, Mapping):
            missing = sorted(set(sectors) ^ set(given))
            if missing:
                told = f"stock_d and the table differ in the sectors {', '.join(missing[:5])}"
                raise DomainError("ario.behaviour", told)
        days = np.array([given[s] if isinstance(given, Mapping) else given for s in sectors], np.float64)
        if not (days > 0).all():
            raise DomainError("ario.behaviour", "stock_d has a number that is not above 0 days")
        return days


@dataclass(frozen=True, slots=True)
class Shock:
    """Capacity that some industries lose for some days.

    Attributes
    ----------
    industries : tuple of (region, sector)
    share : float
        Share of their capacity that is lost, 0..1.
    begin_d, lasts_d : int
        First day, from 0, and days at the full loss.
    recovery_d : int
        Days in which capacity comes back evenly after that; 0: at once.
    """

    industries: tuple[tuple[str, str], ...]
    share: float
    begin_d: int
    lasts_d: int
    recovery_d: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise DomainError("ario.shock", f"share is {self.share}, want 0 to 1")
        if min(self.begin_d, self.recovery_d) < 0 or self.lasts_d < 1:
            raise DomainError(
                "ario.shock", "want begin_d and recovery_d of 0 or more, and lasts_d of 1 or more"
            )

    def lost(self, days: int) -> FloatArray:
        """Share that is lost on each day, (time,)."""
        after = np.arange(days) - (self.begin_d + self.lasts_d)
        left = np.clip(1.0 - np.maximum(after, 0) / self.recovery_d, 0, 1) if self.recovery_d else after < 0
        return np.asarray(np.where(np.arange(days) >= self.begin_d, self.share * left, 0.0))


def capacity_lost(table: IoTable, scenarios: Sequence[Sequence[Shock]], days: int) -> FloatArray:
    """Share of the capacity that is lost, (industry, scenario, time); shocks of one industry multiply.

    Raises
    ------
    InputFaults
        ``io_table.unknown_industry``.

    Examples
    --------
    >>> table = IoTable.of_flows(["a"], ["coal", "steel"], [[10, 40], [20, 0]], [50, 60])
    >>> capacity_lost(table, [[Shock((("a", "steel"),), 0.5, begin_d=1, lasts_d=1, recovery_d=2)]], 5)[1, 0]
    array([0.  , 0.5 , 0.5 , 0.25, 0.  ])
    """
    left = np.ones((days, table.output.size, len(scenarios)))
    for scenario, shocks in enumerate(scenarios):
        for shock in shocks:
            rows = [table.industry(*industry) for industry in shock.industries]
            left[:, rows, scenario] *= 1.0 - shock.lost(days)[:, None]
    return np.moveaxis(1.0 - left, 0, 2)


@dataclass(frozen=True, eq=False)
class Course:
    """What happens in each scenario.

    Attributes
    ----------
    usual : ndarray, (industry,)
        Output of a day before any shock.
    made : ndarray, (industry, scenario, time)
        Output of each day.
    unmet : ndarray, (industry, scenario)
        Final demand for the goods of the industry that was not met, over all days.
    """

    usual: FloatArray
    made: FloatArray
    unmet: FloatArray

    def lost(self) -> FloatArray:
        """Output lost over all days, (industry, scenario); below 0 where an industry gained."""
        lost: FloatArray = self.usual[:, None] * self.made.shape[2] - self.made.sum(axis=2)
        return lost


class Ario:
    """A table made ready for many runs.

    Parameters
    ----------
    table : IoTable
    behaviour : Behaviour, optional

    Notes
    -----
    Holds the flows once more, in panels: some 8 bytes for each pair of industries.
    """

    def __init__(self, table: IoTable, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.regions, self.sectors = len(table.regions), len(table.sectors)
        self.usual = table.output / YEAR_D  # (industry,)
        self.final = table.final_demand / YEAR_D
        self.buyers = -(-self.usual.size // WIDTH) * WIDTH  # filled up to whole panels
        stock_d = self.behaviour.stocks_d(table.sectors)
        self.goal_d = np.where(np.isfinite(stock_d), stock_d, 0.0)  # (sector,)
        self.panels = _panels(table.flows, self.regions, self.sectors, self.buyers)
        self.first_orders = table.flows.sum(axis=1) / YEAR_D
        bought = self.panels.sum(axis=2).reshape(self.sectors, self.buyers)
        made = np.ones(self.buyers)
        made[: self.usual.size] = np.where(self.usual > 0, self.usual, 1.0)
        self.need = bought / made  # (sector, buyer)
        holds_back = (self.need > self.behaviour.least_coefficient) & (self.goal_d > 0)[:, None]
        least = self.behaviour.needed_share * self.goal_d[:, None] * self.need
        self.floor = np.divide(1.0, least, out=np.zeros_like(least), where=holds_back)
        self.first_stock = bought * self.goal_d[:, None]

    def run(self, lost: ArrayLike, *, workers: int = 1, progress: Progress | None = None) -> Course:
        """Run all scenarios.

        Parameters
        ----------
        lost : array_like, (industry, scenario, time)
            Share of the capacity that is lost on each day, 0..1; see `capacity_lost`.
        workers : int
            Threads. The numbers do not depend on it.
        progress : callable, optional
            Called as ``progress(done, total)`` in days of scenarios run together, after each day.

        Notes
        -----
        Several scenarios are computed `BATCH` at a time, and one does not depend on the others. One alone is
        added up in another order, and agrees with itself among others to rounding.

        Raises
        ------
        DomainError
            ``ario.lost``, ``ario.workers``.
        """
        share = np.asarray(lost, np.float64)
        industries = self.usual.size
        if share.ndim != 3 or share.shape[0] != industries or 0 in share.shape:
            wanted = f"({industries}, scenarios, days)"
            raise DomainError("ario.lost", f"the shape of lost is {share.shape}, want {wanted}")
        if not ((share >= 0) & (share <= 1)).all():
            raise DomainError("ario.lost", "lost has a number that is not within 0 to 1")
        if workers < 1:
            raise DomainError("ario.workers", f"workers is {workers}, want at least 1")
        count, days = share.shape[1:]
        size = 1 if count == 1 else BATCH
        made, unmet = np.empty((days, industries, count)), np.empty((industries, count))
        parts = [range(i, min(i + size, count)) for i in range(0, count, size)]
        with ThreadPoolExecutor(workers) as pool:
            for number, part in enumerate(parts):
                run = _Run(self, size, min(workers, self.sectors), pool)
                for day in range(days):
                    today = np.zeros((industries, size))
                    today[:, : len(part)] = share[:, part.start : part.stop, day]
                    made[day, :, part.start : part.stop] = run.day(today)[:, : len(part)]
                    if progress is not None:
                        progress(number * days + day + 1, len(parts) * days)
                unmet[:, part.start : part.stop] = run.unmet[:, : len(part)]
        return Course(self.usual, np.moveaxis(made, 0, 2), unmet)


class _Run:
    """The state of scenarios that are computed together, from one day to the next."""

    def __init__(self, model: Ario, scenarios: int, workers: int, pool: ThreadPoolExecutor) -> None:
        self.model, self.scenarios, self.pool = model, scenarios, pool
        edges = np.linspace(0, model.sectors, workers + 1).astype(int)
        self.parts = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
        wide = model.buyers * scenarios
        self.stock = np.repeat(model.first_stock, scenarios, axis=1)  # (sector, buyer x scenario)
        self.factor = np.ones((model.sectors, wide))
        self.limit = np.full((workers, wide), np.inf)
        self.ordered = np.empty((model.sectors, model.regions * scenarios))
        self.over = np.ones((model.usual.size, scenarios))
        self.share_before = np.ones_like(self.over)
        self.demand = np.repeat((model.first_orders + model.final)[:, None], scenarios, axis=1)
        self.made: FloatArray | None = None
        self.unmet = np.zeros_like(self.over)
        # Before the first day stocks are full, and hold nothing back that demand does not.
        self.allowed: FloatArray = np.full_like(self.over, np.inf)

    def day(self, lost: FloatArray) -> FloatArray:
        """Output of a day, (industry, scenario), from the share of the capacity that is lost on it."""
        model, demand = self.model, self.demand
        if self.made is not None:
            self._adapt(demand, self.made)
        share = (1.0 - lost) * self.over
        wanted = np.minimum(demand, model.usual[:, None] * share)
        made = np.minimum(wanted, self.allowed)
        filled = np.divide(made, demand, out=np.zeros_like(made), where=demand > 0)
        self.unmet += model.final[:, None] * (1.0 - filled)
        self._sweep(share, filled * self.share_before, made, wanted)
        orders = self._by_region(self.ordered)
        self.demand = share * orders + model.final[:, None]
        self.allowed = self.limit.min(axis=0).reshape(model.buyers, -1)[: model.usual.size]
        self.share_before, self.made = share, made
        return np.asarray(made)

    def _adapt(self, demand: FloatArray, made: FloatArray) -> None:
        """Overproduction of the next day."""
        how = self.model.behaviour
        scarce = np.divide(demand - made, demand, out=np.zeros_like(made), where=demand > 0)
        rise = (how.overproduction_max - self.over) * scarce
        self.over += np.where(np.abs(scarce) < NOT_SCARCE, 1.0 - self.over, rise) / how.overproduction_d
        np.maximum(self.over, 1.0, out=self.over)

    def _sweep(self, share: FloatArray, filled: FloatArray, made: FloatArray, wanted: FloatArray) -> None:
        model = self.model
        by_sector = [self._by_sector(filled), self._by_sector(share)]
        outputs = [self._filled_up(made), self._filled_up(wanted)]
        self.limit[:] = np.inf
        always = (model.panels, model.need, model.goal_d, 1.0 / model.behaviour.restock_d, model.floor)

        def part(number: int) -> None:
            begin, end = self.parts[number]
            state = (self.stock, self.factor, self.limit[number], self.ordered, begin, end)
            if self.scenarios == 1:
                sweep_one(*always, by_sector[1], by_sector[0], *outputs, *state)
            else:
                sweep_batch(*always, both, *outputs, *state)

        both = np.concatenate(
            [one.reshape(model.sectors, model.regions, -1) for one in by_sector], axis=2
        ).reshape(model.sectors, -1)
        list(self.pool.map(part, range(len(self.parts))))

    def _by_sector(self, values: FloatArray) -> FloatArray:
        """(industry, scenario) as (sector, region x scenario)."""
        model = self.model
        cube = values.reshape(model.regions, model.sectors, -1).transpose(1, 0, 2)
        flat: FloatArray = np.ascontiguousarray(cube).reshape(model.sectors, -1)
        return flat

    def _by_region(self, values: FloatArray) -> FloatArray:
        """(sector, region x scenario) as (industry, scenario)."""
        model = self.model
        cube = values.reshape(model.sectors, model.regions, -1).transpose(1, 0, 2)
        flat: FloatArray = np.ascontiguousarray(cube).reshape(model.usual.size, -1)
        return flat

    def _filled_up(self, values: FloatArray) -> FloatArray:
        """(industry, scenario) as (buyer x scenario), zero for the buyers that only fill a panel."""
        wide = np.zeros((self.model.buyers, values.shape[1]))
        wide[: values.shape[0]] = values
        return wide.ravel()


def _panels(flows: FloatArray, regions: int, sectors: int, buyers: int) -> FloatArray:
    """Daily flows as (sector, panel, region, buyer), for `ario_loops`."""
    panels = np.zeros((sectors, buyers // WIDTH, regions, WIDTH))
    industries = flows.shape[0]
    whole = industries // WIDTH
    for s in range(sectors):
        part = flows[s::sectors] / YEAR_D  # (region, buyer)
        full = part[:, : whole * WIDTH].reshape(regions, whole, WIDTH)
        panels[s, :whole] = full.transpose(1, 0, 2)
        if whole < panels.shape[1]:
            panels[s, whole, :, : industries - whole * WIDTH] = part[:, whole * WIDTH :]
    return panels
