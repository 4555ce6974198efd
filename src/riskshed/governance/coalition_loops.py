"""The loops over all coalitions: a coalition of n players is a number below 2^n, and bit i says that i is in.

The worths of all coalitions are read once, in blocks of ``2^low``, with the players of the low bits inside a
block and the others fixed; nothing of the size 2^n is written. `reassoc` lets a sum be taken in several
lanes: its last bits then depend on the processor. What must be the same everywhere is computed in whole
numbers (`riskshed.governance.games.shapley_exact`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]

_hot = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
_exact = njit(cache=True, nogil=True, error_model="numpy")


@_exact  # type: ignore[untyped-decorator]
def sums_of(share: Array, out: Array) -> None:  # pragma: no cover (compiled)
    """What each coalition gets together: out (2^n,) of share (n,)."""
    out[0] = 0.0
    for i in range(share.size):
        size = 1 << i
        for m in range(size):
            out[size + m] = out[m] + share[i]


@_hot  # type: ignore[untyped-decorator]
def weigh_blocks(
    worth: Array, weight: Array, by_size: Array, of_block: Array
) -> None:  # pragma: no cover (compiled)
    """One reading of all worths for the Shapley value.

    weight (size of the fixed part, 2^low) weighs a coalition; by_size, of that shape, takes the plain sums of
    the blocks whose fixed part has this size; of_block (2^(n - low),) the weighted sum of each block.
    """
    length = weight.shape[1]
    for block in range(of_block.size):
        size, rest = 0, block
        while rest:
            size += 1
            rest &= rest - 1
        part, weights, plain = worth[block * length : (block + 1) * length], weight[size], by_size[size]
        total = 0.0
        for m in range(length):
            total += part[m] * weights[m]
            plain[m] += part[m]
        of_block[block] = total


@_exact  # type: ignore[untyped-decorator]
def fold(table: Array, out: Array) -> None:  # pragma: no cover (compiled)
    """For each bit the sum of the entries that have it, in ``2 x size`` additions; the table is used up."""
    size = table.size
    for i in range(out.size - 1, -1, -1):
        size >>= 1
        total = 0.0
        for m in range(size):
            total += table[size + m]
            table[m] += table[size + m]
        out[i] = total


@_exact  # type: ignore[untyped-decorator]
def least_slack(worth: Array, low: Array, high: Array) -> tuple[float, int]:  # pragma: no cover (compiled)
    """Least share less worth over all coalitions but none and all, and the first coalition that has it."""
    length, last = low.size, worth.size - 1
    best, who = np.inf, 1
    for block in range(high.size):
        part, more = worth[block * length : (block + 1) * length], high[block]
        least = np.inf
        for m in range(length):
            slack = low[m] + more - part[m]
            least = slack if slack < least else least
        if least < best:
            for m in range(length):
                coalition = block * length + m
                slack = low[m] + more - part[m]
                if slack < best and 0 < coalition < last:
                    best, who = slack, coalition
    return best, who


@_exact  # type: ignore[untyped-decorator]
def gather(
    worth: Array, low: Array, high: Array, floor: float, who: Array, excess: Array
) -> tuple[int, float]:  # pragma: no cover (compiled)
    """The coalitions with the most excess (worth less share), none and all left out.

    Those above `floor` are put into who and excess (2 x most,); when these are full, the better half is kept
    and the floor rises. Gives how many there are and the floor: no coalition left out has more excess.
    """
    length, last, most, count = low.size, worth.size - 1, who.size // 2, 0
    for block in range(high.size):
        part, more = worth[block * length : (block + 1) * length], high[block]
        for m in range(length):
            e = part[m] - low[m] - more
            if e > floor:
                coalition = block * length + m
                if not 0 < coalition < last:
                    continue
                who[count], excess[count] = coalition, e
                count += 1
                if count == who.size:
                    floor = np.partition(excess, most)[most]
                    kept = 0
                    for j in range(count):
                        if excess[j] > floor:
                            who[kept], excess[kept] = who[j], excess[j]
                            kept += 1
                    count = kept
    return count, floor


@_exact  # type: ignore[untyped-decorator]
def convex(worth: Array, n: int, tolerance: float) -> bool:  # pragma: no cover (compiled)
    """Whether every two players add no less together than one by one, in whichever company."""
    for i in range(n):
        for j in range(i):
            a, b = 1 << i, 1 << j
            for m in range(worth.size):
                if not m & a and not m & b:
                    gain = worth[m | a | b] - worth[m | a] - worth[m | b] + worth[m]
                    if gain < -tolerance:
                        return False
    return True
