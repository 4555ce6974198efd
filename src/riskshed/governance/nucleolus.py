"""The nucleolus: the share-out under which the worst-off coalition is best off, then the next, and so on.

The *excess* of a coalition is its worth less its members' shares, its ground for complaint. The nucleolus
makes the largest excess as small as it can be, then the second largest, and so on down (Schmeidler 1969, DOI
10.1137/0117107). It is one point, always exists where somebody can be given what each is worth alone, and
lies in the core where there is one.

Found by linear programmes, one after the other (Kopelowitz 1967; Maschler, Peleg & Shapley 1979, DOI
10.1287/moor.4.4.303): minimise e so that each coalition not yet settled has an excess of at most e; those
with a positive price are settled at it; what follows from the settled ones is settled too; until the shares
are. With 25 players there are 33 million coalitions, so each programme knows only a few hundred:

- Solve with those known; look for coalitions whose excess is above e; add the worst; solve again.
- Not all are looked at each time. A *pool* keeps the 131,072 with the most excess at some shares x0. When the
  shares have moved to x, no other one has more than ``floor + sum of max(0, x0 - x)``. While that is at most
  e the pool is proof enough; else all are read anew.

Programmes are solved by HiGHS in floating point, to 1e-9 of the largest worth. `nucleolus_exact` takes which
coalitions settled in which programme, solves these equations in fractions, and proves the result, also in
fractions (`riskshed.governance.nucleolus_proof`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.errors import DomainError, InputError
from riskshed.governance import coalition_loops as loops
from riskshed.governance.games import LOW_BITS, Floats, Game, check_whole, halves, named
from riskshed.governance.linear_solver import silent_highs
from riskshed.governance.nucleolus_proof import Settled, proven

EXACT_PLAYERS_MAX = 12
POOL = 1 << 17
SAMPLE = 1 << 16
TOLERANCE = 1e-9
PRICE_LEAST = 1e-7
Wholes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LeastCore:
    """By how little the worst-off coalition must be let down.

    Attributes
    ----------
    violation : float
        The least possible largest excess, in the unit of the worths: above 0 the core is empty and this is
        the least violation; at most 0 the core is not empty. Minus infinite for a single player.
    share : array (n,)
        Shares under which no coalition has more.
    coalitions : tuple of tuple of str
        Those whose claims cannot be met together: they have this excess whatever the shares are.
    """

    violation: float
    share: Floats
    coalitions: tuple[tuple[str, ...], ...]

    @property
    def core_is_empty(self) -> bool:
        """Whether some coalition would do better alone under whichever shares; rounding is allowed for."""
        return self.violation > 10 * TOLERANCE * max(1.0, float(np.abs(self.share).max()))


def nucleolus(game: Game, *, individually_rational: bool = True) -> Floats:
    """The nucleolus in floating point; up to 25 players in about a second.

    Parameters
    ----------
    game : Game
    individually_rational : bool
        Whether nobody may get less than it is worth alone. If not, it is the prenucleolus; where the core is
        not empty the two are the same.

    Returns
    -------
    array (n,)
        In the unit of the worths; differences below 1e-9 of the largest worth are not seen.

    Raises
    ------
    InputError
        ``game.no_imputation`` where the players alone are worth more than all together.
    """
    search = _Search(game, individually_rational)
    return search.shares()


def nucleolus_exact(
    players: Sequence[str], worth_minor: Sequence[int], *, individually_rational: bool = True
) -> tuple[Fraction, ...]:
    """The nucleolus of worths in whole numbers, in fractions and proven; up to 12 players.

    Raises
    ------
    InputError
        As `riskshed.governance.games.shapley_exact` and `nucleolus`.
    DomainError
        ``game.nucleolus_unproven`` where differences that matter are below 1e-9 of the largest worth, so that
        floating point settles the wrong coalitions: no number rather than one that no auditor can prove.

    Examples
    --------
    >>> [str(share) for share in nucleolus_exact(("a", "b", "c"), (0, 0, 0, 1, 0, 1, 1, 2))]
    ['2/3', '2/3', '2/3']
    """
    check_whole(players, worth_minor, EXACT_PLAYERS_MAX)
    worth = [int(one) for one in worth_minor]
    game = Game(tuple(players), np.array(worth, dtype=np.float64))
    search = _Search(game, individually_rational)
    search.shares()
    found = proven(worth, search.settled, individually_rational)
    if found is None:
        raise DomainError(
            "game.nucleolus_unproven",
            f"the nucleolus of {len(players)} players could not be proven in fractions",
            todo="Share by the Shapley value, or round the worths to larger units.",
        )
    return found


def least_core(game: Game) -> LeastCore:
    """The least violation of the core: how near one can come to letting no coalition do better alone.

    Parameters
    ----------
    game : Game
    """
    search = _Search(game, individually_rational=False)
    if game.n == 1:
        return LeastCore(-np.inf, game.value[1:].copy(), ())
    excess, share = search.settle()
    who = tuple(named(game.players, m) for m in search.settled[0].coalitions)
    return LeastCore(excess * search.scale, share * search.scale, who)


# --------------------------------------------------------------------------------- the coalitions not known


class _Pool:
    """Finds the coalitions whose excess is above a bound, without reading all of them each time."""

    def __init__(self, worth: Floats, n: int, tolerance: float) -> None:
        self.worth, self.n, self.tolerance = worth, n, tolerance
        self.most = min(POOL, worth.size)
        self.who: Wholes = np.empty(0, np.int64)
        self.floor = np.inf
        self.centre = np.zeros(n)

    def above(self, share: Floats, bound: float, basis: Floats, most: int) -> Wholes:
        """Up to `most` coalitions, worst first, that are not settled and have more excess than the bound."""
        bound += self.tolerance
        while True:
            excess = self.worth[self.who] - self._together(self.who, share)
            over = excess > bound
            found, more = self.who[over], excess[over]
            free = ~_spanned(found, basis)
            found, more = found[free], more[free]
            if found.size:
                return found[np.argsort(-more, kind="stable")[:most]]
            reach = float(np.maximum(self.centre - share, 0.0).sum())
            if self.floor + reach <= bound:
                return found
            if self.who.size and np.array_equal(self.centre, share):
                self.most = min(8 * self.most, self.worth.size)  # all of the pool are settled ones
            self._fill(share)

    def _fill(self, share: Floats) -> None:
        """Read all coalitions, and keep those with the most excess at these shares."""
        self.centre = share.copy()
        who, excess = np.empty(2 * self.most, np.int64), np.empty(2 * self.most)
        floor = self._likely_floor(share)
        count, floor = loops.gather(self.worth, *halves(share), floor, who, excess)
        self.who, self.floor = who[:count].copy(), float(floor)

    def _likely_floor(self, share: Floats) -> float:
        """An excess that about three quarters of a pool lie above, from an even sample."""
        size = self.worth.size
        if self.most >= size:
            return -np.inf
        sample = np.arange(SAMPLE, dtype=np.int64) * 0x9E3779B1 & (size - 1)  # an odd step: no two alike
        excess = self.worth[sample] - self._together(sample, share)
        return float(np.quantile(excess, 1.0 - 0.75 * self.most / size))

    def _together(self, who: Wholes, share: Floats) -> Floats:
        low, high = halves(share)
        together: Floats = low[who & (low.size - 1)] + high[who >> min(LOW_BITS, self.n)]
        return together


def _bits(who: Wholes | Sequence[int], n: int) -> Floats:
    """Coalitions as rows of 0 and 1, (coalition, player)."""
    return (np.asarray(who, np.int64)[:, None] >> np.arange(n) & 1).astype(np.float64)


def _spanned(who: Wholes, basis: Floats) -> npt.NDArray[np.bool_]:
    """Which coalitions' shares follow from what is settled; the basis (n, settled) is orthonormal."""
    rows = _bits(who, basis.shape[0])
    rest = rows - (rows @ basis) @ basis.T
    return np.asarray((rest * rest).sum(axis=1) < 1e-12)


# ------------------------------------------------------------------------------------------- the programmes


class _Search:
    """The programmes one after the other: what is known, what is settled, and at which excess."""

    def __init__(self, game: Game, individually_rational: bool) -> None:
        self.n, self.value = game.n, game.value
        alone = game.value[1 << np.arange(game.n)]
        self.scale = max(float(np.abs(alone).max()), float(abs(game.value[-1])), _largest(game.value)) or 1.0
        lack = float(alone.sum() - game.value[-1])
        if individually_rational and lack > TOLERANCE * self.scale:
            raise InputError(
                "game.no_imputation",
                f"alone they are worth {lack:g} more than together, want no more",
                todo="Do not act together, or let go of the bound that nobody gets less than alone.",
            )
        self.least = alone / self.scale if individually_rational else np.full(game.n, -np.inf)
        full = game.value.size - 1
        self.known = list(dict.fromkeys(s for i in range(self.n) for s in (1 << i, full ^ 1 << i)))
        self.pool = _Pool(game.value, game.n, TOLERANCE * self.scale)
        self.rows, self.sums = [np.ones(game.n)], [float(game.value[-1]) / self.scale]
        self.basis = np.full((game.n, 1), game.n**-0.5)
        self.settled: list[Settled] = []

    def shares(self) -> Floats:
        """Settle until the shares are."""
        while self.basis.shape[1] < self.n:
            self.settle()
        found: Floats = np.linalg.solve(np.array(self.rows), np.array(self.sums))
        return found * self.scale

    def settle(self) -> tuple[float, Floats]:
        """One programme, solved with as few coalitions as it needs; its excess and shares, over the scale."""
        free = ~_spanned(np.array(self.known, np.int64), self.basis)
        rows = [s for s, is_free in zip(self.known, free, strict=True) if is_free]
        solver = self._programme()
        self._add(solver, rows)
        while True:
            solver.run()
            solution = solver.getSolution()
            share, excess = np.array(solution.col_value[:-1]), float(solution.col_value[-1])
            bound = excess * self.scale if rows else -np.inf
            new = self.pool.above(share * self.scale, bound, self.basis, 2 * self.n)
            fresh = [int(s) for s in new if int(s) not in set(rows)]
            if not fresh:
                break
            self._add(solver, fresh)
            rows += fresh
            self.known += fresh
        earlier, prices = np.split(np.array(solution.row_dual), [len(self.sums)])
        tight = [s for s, price in zip(rows, prices, strict=True) if price > PRICE_LEAST]
        held = np.flatnonzero(np.array(solution.col_dual)[:-1] > PRICE_LEAST)
        on = tuple(_number(row) for row, price in zip(self.rows, earlier, strict=True) if abs(price) > 1e-9)
        one = Settled(tuple(tight), tuple(map(int, held)), on)
        self._settle(one, excess)
        return excess, share

    def _settle(self, one: Settled, excess: float) -> None:
        self.settled.append(one)
        before, who = self.basis.shape[1], list(one.coalitions)
        for row, total in zip(_bits(who, self.n), self.value[who] / self.scale - excess, strict=True):
            self._fix(row, float(total))
        for i in one.held:
            self._fix(np.eye(self.n)[i], float(self.least[i]))
        assert self.basis.shape[1] > before, "prices sum to 1, so at least one coalition is settled"

    def _fix(self, row: Floats, total: float) -> None:
        """An equation more, unless it follows from those that are there."""
        rest = row - self.basis @ (self.basis.T @ row)
        rest -= self.basis @ (self.basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > 1e-7:
            self.basis = np.hstack([self.basis, (rest / length)[:, None]])
            self.rows.append(row)
            self.sums.append(total)

    def _programme(self) -> Any:
        import highspy  # noqa: PLC0415 (slow to load)

        solver = silent_highs()
        infinite = highspy.kHighsInf
        for option, value in _OPTIONS.items():
            solver.setOptionValue(option, value)
        # Who is settled needs no bound: it would take a part of the price of what settled it.
        settled = _spanned(1 << np.arange(self.n), self.basis)
        lower = np.where(np.isfinite(self.least) & ~settled, self.least, -infinite)
        for i in range(self.n):
            solver.addVar(lower[i], infinite)
        solver.addVar(-infinite, infinite)
        solver.changeColCost(self.n, 1.0)
        for row, total in zip(self.rows, self.sums, strict=True):
            where = np.flatnonzero(row).astype(np.int32)
            solver.addRow(total, total, where.size, where, row[where])
        return solver

    def _add(self, solver: Any, coalitions: Sequence[int]) -> None:
        rows = np.hstack([_bits(coalitions, self.n), np.ones((len(coalitions), 1))]).astype(bool)
        where = np.nonzero(rows)[1].astype(np.int32)
        starts = np.concatenate([[0], np.cumsum(rows.sum(axis=1))[:-1]]).astype(np.int32)
        least = self.value[list(coalitions)] / self.scale
        most = np.full(least.size, np.inf)
        solver.addRows(least.size, least, most, where.size, starts, where, np.ones(where.size))


_OPTIONS: dict[str, bool | int | float | str] = {
    "solver": "simplex",
    "presolve": "off",
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}


def _number(row: Floats) -> int:
    return sum(1 << int(i) for i in np.flatnonzero(row))


def _largest(value: Floats) -> float:
    """The largest worth, of either sign."""
    return max(float(value.max()), -float(value.min()))
