"""The proof, in fractions, that some shares are the nucleolus.

Given is which coalitions settled in which programme (`riskshed.governance.nucleolus`). The shares then follow
from equations: all that there is to share is shared, the coalitions of one programme have the same excess,
and who is held at what it is worth alone gets that. They are the nucleolus if, for each programme,

1. no coalition that is still free has more excess than those that settled in it, and nobody gets less than
   it is worth alone, and
2. there are prices, above 0 for those that settled and not below 0 for those held, whose weighted sum of
   coalitions follows from what was settled before: so the excess could not be lowered, and under *every*
   shares that reach it those coalitions have it (duality of linear programmes; Kohlberg 1971, DOI
   10.1137/0120009).

How the shares were found does not matter then: an auditor need not trust the solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from riskshed.governance.games import sums_exact

Row = list[Fraction]


@dataclass(frozen=True, slots=True)
class Settled:
    """What one programme settled.

    Attributes
    ----------
    coalitions : tuple of int
        Those with a price above 0, as numbers.
    held : tuple of int
        Players held at what they are worth alone.
    rests_on : tuple of int
        What was settled before and has a price here: coalitions, players held, all.
    """

    coalitions: tuple[int, ...]
    held: tuple[int, ...]
    rests_on: tuple[int, ...]


def proven(
    worth: Sequence[int], settled: Sequence[Settled], individually_rational: bool
) -> tuple[Fraction, ...] | None:
    """The shares that follow from what was settled, if they are the nucleolus; None if that is not proven.

    Parameters
    ----------
    worth : sequence of int
        Of each coalition, (2^n,).
    settled : sequence of Settled
        Programme by programme.
    individually_rational : bool
        Whether nobody may get less than it is worth alone.
    """
    n = len(worth).bit_length() - 1
    found = _shares(worth, settled, n)
    if found is None:
        return None
    share, excess = found[:n], found[n:]
    if individually_rational and any(share[i] < worth[1 << i] for i in range(n)):
        return None
    together = _together(share)
    before, earlier = [_bits(len(worth) - 1, n)], {len(worth) - 1}
    for one, most in zip(settled, excess, strict=True):
        free = _free(before, n)
        if any(worth[m] - together[m] > most for m in range(1, len(worth) - 1) if free[m]):
            return None
        if not earlier.issuperset(one.rests_on) or not _priced(one, n):
            return None
        new = [*one.coalitions, *(1 << i for i in one.held)]
        earlier.update(new)
        before = _reduced([*before, *(_bits(m, n) for m in new)])
    return tuple(share)


def _shares(worth: Sequence[int], settled: Sequence[Settled], n: int) -> Row | None:
    """Shares and excess of each programme, from the equations."""
    rows = [[*_bits(len(worth) - 1, n), *_unit(None, len(settled))]]
    right = [Fraction(worth[-1])]
    for k, one in enumerate(settled):
        for m in one.coalitions:
            rows.append([*_bits(m, n), *_unit(k, len(settled))])
            right.append(Fraction(worth[m]))
        for i in one.held:
            rows.append([*_bits(1 << i, n), *_unit(None, len(settled))])
            right.append(Fraction(worth[1 << i]))
    return solved(rows, right)


def _priced(one: Settled, n: int) -> bool:
    """Whether there are prices that show that this excess could not be lowered."""
    numbers = [*one.coalitions, *(1 << i for i in one.held), *one.rests_on]
    columns = [_bits(m, n) for m in numbers]
    rows = [[column[i] for column in columns] for i in range(n)]
    rows.append([Fraction(j < len(one.coalitions)) for j in range(len(columns))])
    prices = solved(rows, [Fraction(0)] * n + [Fraction(1)], unique=False)
    if prices is None:
        return False
    settled, held = len(one.coalitions), len(one.coalitions) + len(one.held)
    return all(price > 0 for price in prices[:settled]) and all(price >= 0 for price in prices[settled:held])


def _free(before: Sequence[Row], n: int) -> list[bool]:
    """Which coalitions do not follow from the rows: those that some vector across all rows tells apart."""
    across = [_whole(vector) for vector in _null_space(before, n)]
    widest = 1 + 2 * max((sum(map(abs, vector)) for vector in across), default=0)
    # The vectors side by side in one number, each in a place wide enough for every sum of its entries.
    packed = [sum(vector[i] * widest**k for k, vector in enumerate(across)) for i in range(n)]
    return [total != 0 for total in sums_exact(packed)]


def _together(share: Row) -> list[Fraction]:
    """What each coalition gets, added up in whole numbers."""
    scale = lcm(*(one.denominator for one in share))
    return [Fraction(total, scale) for total in sums_exact([int(one * scale) for one in share])]


# ------------------------------------------------------------------------------------ equations in fractions


def solved(rows: Sequence[Row], right: Sequence[Fraction], *, unique: bool = True) -> Row | None:
    """The solution of linear equations; None where there is none, or more than one and `unique` is set.

    Parameters
    ----------
    rows : sequence of list of Fraction
        Coefficients (equation, unknown).
    right : sequence of Fraction
    unique : bool
        If not, unknowns that are free are 0.
    """
    width = len(rows[0])
    table = _reduced([[*row, value] for row, value in zip(rows, right, strict=True)])
    pivots = [_pivot(row) for row in table]
    if width in pivots or (unique and len(pivots) < width):
        return None
    found = [Fraction(0)] * width
    for pivot, row in zip(pivots, table, strict=True):
        found[pivot] = row[-1]
    return found


def _reduced(rows: Sequence[Row]) -> list[Row]:
    """Reduced row echelon form, rows of zeros left out."""
    table = [list(row) for row in rows]
    done: list[Row] = []
    for column in range(len(table[0])):
        at = next((k for k, row in enumerate(table) if row[column]), None)
        if at is None:
            continue
        lead = table.pop(at)
        lead = [one / lead[column] for one in lead]
        done, table = ([_without(row, lead, column) for row in part] for part in (done, table))
        done.append(lead)
    return done


def _without(row: Row, lead: Row, column: int) -> Row:
    factor = row[column]
    return [a - factor * b for a, b in zip(row, lead, strict=True)] if factor else row


def _null_space(rows: Sequence[Row], n: int) -> list[Row]:
    """Vectors that span what is at right angles to all rows."""
    table = _reduced(rows)
    pivots = [_pivot(row) for row in table]
    vectors = []
    for j in (j for j in range(n) if j not in pivots):
        vector = _unit(j, n)
        for pivot, row in zip(pivots, table, strict=True):
            vector[pivot] = -row[j]
        vectors.append(vector)
    return vectors


def _pivot(row: Row) -> int:
    return next(j for j, one in enumerate(row) if one)


def _bits(coalition: int, n: int) -> Row:
    return [Fraction(coalition >> i & 1) for i in range(n)]


def _unit(place: int | None, n: int) -> Row:
    return [Fraction(i == place) for i in range(n)]


def _whole(vector: Row) -> list[int]:
    scale = lcm(*(one.denominator for one in vector))
    return [int(one * scale) for one in vector]
