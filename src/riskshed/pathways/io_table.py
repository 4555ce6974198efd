"""An input-output table: who delivers how much to whom in a year, by region and sector.

An *industry* is a sector in a region. In a balanced table what an industry makes goes to industries (`flows`)
and to final demand, and what it buys costs less than what it makes. Tables of others come with holes and
slips, and a model that is run on them gives numbers all the same; so everything that the equations rest on is
looked at here, and a table that breaks it is refused with the industries that do.

A table of coefficients (input for a unit of output) has one more trap: ``x = (I - A)^-1 y`` may have no
solution (*singular*), or one with an output below zero (*not productive*: some industries use up more of
their goods than they make; Hawkins & Simon 1949, doi:10.2307/1905526).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg

from riskshed.errors import Fault, InputFaults

FloatArray = NDArray[np.float64]

SHOWN = 10
"""Industries that are named of those with the same fault; a table may have thousands."""

ROUNDING = 1e-9
"""Share of the output by which inputs may be above it: sums of published tables are rounded."""

LEVERAGE = 1e9
"""Output for a unit of final demand from which on I - A counts as singular: no more than rounding is left."""


@dataclass(frozen=True, eq=False)
class IoTable:
    """A multi-regional input-output table.

    Attributes
    ----------
    regions, sectors : tuple of str
        Industry `i` is sector ``i % len(sectors)`` of region ``i // len(sectors)``.
    flows : ndarray, (supplier, buyer)
        What each industry delivers to each in a year, in any one unit of value.
    final_demand : ndarray, (industry,)
        What it delivers to households, the state, investment and exports beyond the table.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: FloatArray
    final_demand: FloatArray

    @property
    def output(self) -> FloatArray:
        """What each industry makes in a year, (industry,)."""
        made: FloatArray = self.flows.sum(axis=1) + self.final_demand
        return made

    def industry(self, region: str, sector: str) -> int:
        """Row of a sector in a region. Raises InputFaults ``io_table.unknown_industry``."""
        if region not in self.regions or sector not in self.sectors:
            fault = _fault(f"{region}, {sector}", "one of the regions and sectors of the table", None)
            raise InputFaults("io_table.unknown_industry", "the table has no such industry", [fault])
        return self.regions.index(region) * len(self.sectors) + self.sectors.index(sector)

    @staticmethod
    def of_flows(
        regions: Sequence[str], sectors: Sequence[str], flows: ArrayLike, final_demand: ArrayLike
    ) -> IoTable:
        """A table from yearly flows.

        Parameters
        ----------
        regions, sectors : sequence of str
            Each name once.
        flows : array_like, (supplier, buyer)
            By region, and by sector within it, >= 0.
        final_demand : array_like, (industry,) or (industry, category)
            Categories are added up; each sum >= 0.

        Raises
        ------
        InputFaults
            ``io_table.faults``: shapes that do not fit, names twice, cells below zero or not finite, an
            industry that buys more than it makes, or one whose goods never reach final demand.

        Examples
        --------
        >>> table = IoTable.of_flows(["a"], ["coal", "steel"], [[10, 40], [20, 0]], [50, 60])
        >>> table.output
        array([100.,  80.])
        """
        z, y = np.asarray(flows, np.float64), np.asarray(final_demand, np.float64)
        y = y.sum(axis=1) if y.ndim == 2 else y
        _raise_if(_names(regions, sectors) or _shapes(len(regions) * len(sectors), z, y))
        _raise_if(_cells(z, "flows") + _cells(y, "final_demand"))
        table = IoTable(tuple(regions), tuple(sectors), z, y)
        _raise_if(table._bought() or table._closed())
        return table

    @staticmethod
    def of_coefficients(
        regions: Sequence[str], sectors: Sequence[str], coefficients: ArrayLike, final_demand: ArrayLike
    ) -> IoTable:
        """A table from inputs for a unit of output, (supplier, buyer), and a yearly final demand.

        Raises
        ------
        InputFaults
            ``io_table.faults`` as `of_flows`; also if ``I - A`` is singular, or A is not productive.
        """
        a, y = np.asarray(coefficients, np.float64), np.asarray(final_demand, np.float64)
        y = y.sum(axis=1) if y.ndim == 2 else y
        _raise_if(_names(regions, sectors) or _shapes(len(regions) * len(sectors), a, y))
        _raise_if(_cells(a, "coefficients") + _cells(y, "final_demand"))
        return IoTable.of_flows(regions, sectors, a * _needed_output(a, y), y)

    def _bought(self) -> list[Fault]:
        """Industries that buy more than they make."""
        made, bought = self.output, self.flows.sum(axis=0)
        over = np.flatnonzero(bought > made * (1 + ROUNDING))
        wanted = "inputs of no more than the output"
        return _each(over, lambda i: _fault(f"inputs of {bought[i]:g}, output {made[i]:g}", wanted, int(i)))

    def _closed(self) -> list[Fault]:
        """Industries whose goods never reach final demand: with them ``I - A`` is singular."""
        reaches = self.final_demand > 0
        linked = self.flows > 0
        while True:
            more = reaches | linked[:, reaches].any(axis=1)
            if (more == reaches).all():
                break
            reaches = more
        lost = np.flatnonzero(~reaches & (self.output > 0))
        wanted = "a table that is not singular: goods that reach final demand, if only through others"
        return _each(lost, lambda i: _fault("goods that never leave a ring of industries", wanted, int(i)))


def _needed_output(a: FloatArray, y: FloatArray) -> FloatArray:
    """Output that a final demand needs, (industry,); InputFaults if there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", linalg.LinAlgWarning)  # nearly singular: digits that mean nothing
            x: FloatArray = linalg.solve(np.eye(a.shape[0]) - a, y)
        if np.abs(x).max(initial=0.0) > LEVERAGE * y.sum():
            raise linalg.LinAlgError
    except (linalg.LinAlgError, linalg.LinAlgWarning):
        fault = _fault("a singular table", "coefficients for which I - A has an inverse", None)
        raise InputFaults("io_table.faults", "the input-output table cannot be used", [fault]) from None
    wanted = "a productive table, in which every output is 0 or more"
    below = np.flatnonzero(x < -ROUNDING * np.abs(x).max(initial=0.0))
    _raise_if(_each(below, lambda i: _fault(f"an output of {x[i]:g}", wanted, int(i))))
    return np.maximum(x, 0.0)


def _names(regions: Sequence[str], sectors: Sequence[str]) -> list[Fault]:
    faults = []
    for column, names in (("regions", regions), ("sectors", sectors)):
        if not names or len(set(names)) != len(names):
            faults.append(_fault(f"{len(names)} {column}, {len(set(names))} different", "each once", None))
    return faults


def _shapes(industries: int, matrix: FloatArray, y: FloatArray) -> list[Fault]:
    faults = []
    for got, wanted in ((matrix.shape, (industries, industries)), (y.shape, (industries,))):
        if got != wanted:
            faults.append(_fault(f"the shape {got}", f"{wanted}, for regions times sectors", None))
    return faults


def _cells(values: FloatArray, column: str) -> list[Fault]:
    """Cells below zero or not finite."""
    bad = np.argwhere(~(np.isfinite(values) & (values >= 0)))

    def one(k: int) -> Fault:
        cell = tuple(int(i) for i in bad[k])
        place = f"{column}[{', '.join(map(str, cell))}]"
        return Fault("io_table.bad_cell", place, None, None, f"{values[cell]:g}", "a number >= 0")

    return _each(np.arange(len(bad)), one)


def _each(rows: NDArray[np.intp], fault_of: Callable[[int], Fault]) -> list[Fault]:
    """A fault for each of the first rows, and one that says how many more there are."""
    faults = [fault_of(int(i)) for i in rows[:SHOWN]]
    if rows.size > SHOWN:
        faults.append(_fault(f"{rows.size - SHOWN} more like these", "none", None))
    return faults


def _fault(got: str, wanted: str, industry: int | None) -> Fault:
    where = "input-output table" if industry is None else f"input-output table, industry {industry}"
    return Fault("io_table.bad_value", where, None, None, got, wanted, "Correct the table.")


def _raise_if(faults: list[Fault]) -> None:
    if faults:
        raise InputFaults("io_table.faults", "the input-output table cannot be used", faults)
