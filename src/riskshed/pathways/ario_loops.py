"""The loops of an adaptive regional input-output model: one sweep over the table for each day.

Orders are never held as a table of industries by industries. An order is ``p[i] Z[i, j] g[s(i), j]``, with Z
the flow of the first day, p the capacity of the supplier over its first output, and g what the buyer wants of
the sector over what the weights add up to. So a day needs three products with the flows of a sector: what was
received, the weights of its suppliers, and the orders that its suppliers get. All three are taken from one
panel of the table while it lies near the processor, so that a day reads the table once from memory.

A *panel* is all suppliers of one sector and `WIDTH` buyers, ``z[sector, panel, region, buyer]``, and buyers
are filled up to whole panels with zeros. One scenario alone has the buyers of a panel in the lanes of the
processor (`sweep_one`); several have `BATCH` scenarios there (`sweep_batch`), padded if there are fewer, so
that a scenario's numbers do not depend on its neighbours. The two add orders up in another sequence and agree
to rounding. Sectors do not know each other within a day: they are shared among threads, and the split changes
no bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from riskshed.pathways.lanes import load, same, store, times_plus, two

WIDTH = 32
"""Buyers in a panel: as many float64 as there are lanes."""

BATCH = 16
"""Scenarios side by side; their weights and what they received are together as many as there are lanes."""

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})  # type: ignore[untyped-decorator]
def restocked(
    need: Array, goal_d: float, per_d: float, floor: Array,
    made: Array, wanted: Array, received: Array, weight: Array,
    stock: Array, factor: Array, limit: Array,
) -> None:  # fmt: skip # pragma: no cover (compiled)
    """Stocks of one product at the buyers of a panel after a day, and what is ordered of it next.

    `need` (buyer,) is the input for a unit of output; `floor` (buyer,) is 1 over the stock that a unit of
    output needs at hand, 0 where output never waits for this product. The others are flat, buyers by
    scenarios: `made`, `wanted` the output and the output without want of stocks, `received`, `weight` the
    sums over suppliers. `stock`, `factor` (orders over flows) and `limit` (output that stocks allow) change.
    """
    scenarios = made.size // need.size
    for j in range(need.size):
        a, least = need[j], floor[j]
        if a == 0.0:
            continue
        for i in range(j * scenarios, (j + 1) * scenarios):
            used = a * made[i]
            now = stock[i] - used + factor[i] * received[i]
            stock[i] = now
            gap = a * wanted[i] * goal_d - now
            order = (gap if gap > 0.0 else 0.0) * per_d + used
            # Where no supplier can deliver the weights are 0, and nothing can be ordered.
            factor[i] = order / weight[i] if weight[i] > 0.0 else 0.0
            if least > 0.0:
                allowed = now * least
                limit[i] = allowed if allowed < limit[i] else limit[i]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})  # type: ignore[untyped-decorator]
def sweep_one(
    z: Array, need: Array, goal_d: Array, per_d: float, floor: Array,
    share: Array, filled: Array, made: Array, wanted: Array,
    stock: Array, factor: Array, limit: Array, ordered: Array, first: int, last: int,
) -> None:  # fmt: skip # pragma: no cover (compiled)
    """One day of one scenario for the sectors from `first` to before `last`.

    `z` (sector, panel, region, buyer); `need`, `floor` (sector, buyer); `goal_d` (sector,);
    `share`, `filled` (sector, region): capacity of the suppliers over their first output, and the share of
    the orders filled times that of the day before; `made`, `wanted` (buyer,). Changed: `stock`, `factor`
    (sector, buyer), `limit` (buyer,) of this thread alone, and `ordered` (sector, region).
    """
    received, weight, nothing = np.empty(WIDTH), np.empty(WIDTH), np.zeros(WIDTH)
    for s in range(first, last):
        for r in range(z.shape[2]):
            ordered[s, r] = 0.0
        for panel in range(z.shape[1]):
            flows = z[s, panel].ravel()
            got = load(nothing, 0)
            weighed = got
            for r in range(z.shape[2]):
                row = load(flows, r * WIDTH)
                got = times_plus(same(filled[s, r]), row, got)
                weighed = times_plus(same(share[s, r]), row, weighed)
            store(received, 0, got)
            store(weight, 0, weighed)
            at, end = panel * WIDTH, (panel + 1) * WIDTH
            restocked(
                need[s, at:end], goal_d[s], per_d, floor[s, at:end],
                made[at:end], wanted[at:end], received, weight,
                stock[s, at:end], factor[s, at:end], limit[at:end],
            )  # fmt: skip
            now = factor[s, at:end]
            for r in range(z.shape[2]):
                total = 0.0
                for j in range(WIDTH):
                    total += flows[r * WIDTH + j] * now[j]
                ordered[s, r] += total


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})  # type: ignore[untyped-decorator]
def sweep_batch(
    z: Array, need: Array, goal_d: Array, per_d: float, floor: Array,
    both: Array, made: Array, wanted: Array,
    stock: Array, factor: Array, limit: Array, ordered: Array, first: int, last: int,
) -> None:  # fmt: skip # pragma: no cover (compiled)
    """One day of `BATCH` scenarios for the sectors from `first` to before `last`; see `sweep_one`.

    Scenarios are the last axis: `both` (sector, region x 2 x scenario) holds `filled` and then `share` of
    each supplier; `made`, `wanted`, `limit` (buyer x scenario); `stock`, `factor` (sector, buyer x scenario);
    `ordered` (sector, region x scenario).
    """
    side = 2 * BATCH
    sums = np.zeros(4 * side)
    zero = load(sums, 0)
    received, weight = np.empty(WIDTH * BATCH), np.empty(WIDTH * BATCH)
    for s in range(first, last):
        ordered[s, :] = 0.0
        suppliers = both[s]
        for panel in range(z.shape[1]):
            flows = z[s, panel].ravel()
            for j in range(0, WIDTH, 4):
                a, b, c, d = zero, zero, zero, zero
                for r in range(z.shape[2]):
                    one, i = load(suppliers, r * side), r * WIDTH + j
                    a = times_plus(same(flows[i]), one, a)
                    b = times_plus(same(flows[i + 1]), one, b)
                    c = times_plus(same(flows[i + 2]), one, c)
                    d = times_plus(same(flows[i + 3]), one, d)
                store(sums, 0, a)
                store(sums, side, b)
                store(sums, 2 * side, c)
                store(sums, 3 * side, d)
                for q in range(4):
                    for m in range(BATCH):
                        received[(j + q) * BATCH + m] = sums[q * side + m]
                        weight[(j + q) * BATCH + m] = sums[q * side + BATCH + m]
            at, end = panel * WIDTH * BATCH, (panel + 1) * WIDTH * BATCH
            restocked(
                need[s, panel * WIDTH : (panel + 1) * WIDTH], goal_d[s], per_d,
                floor[s, panel * WIDTH : (panel + 1) * WIDTH], made[at:end], wanted[at:end],
                received, weight, stock[s, at:end], factor[s, at:end], limit[at:end],
            )  # fmt: skip
            add_orders(flows, factor[s, at:end], ordered[s])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})  # type: ignore[untyped-decorator]
def add_orders(flows: Array, factor: Array, ordered: Array) -> None:  # pragma: no cover (compiled)
    """Add to each supplier's orders (region x scenario) those of the buyers of a panel.

    Two buyers lie in the lanes at once, and four suppliers in the registers; the halves are added at the end.
    """
    side = 2 * BATCH
    sums = np.zeros(4 * side)
    zero = load(sums, 0)
    rows = ordered.size // BATCH
    for r in range(0, rows, 4):
        # A last group that is not full does the work of its last row again, and drops it.
        i0, i1 = r * WIDTH, min(r + 1, rows - 1) * WIDTH
        i2, i3 = min(r + 2, rows - 1) * WIDTH, min(r + 3, rows - 1) * WIDTH
        a, b, c, d = zero, zero, zero, zero
        for j in range(0, WIDTH, 2):
            pair = load(factor, j * BATCH)
            a = times_plus(two(flows[i0 + j], flows[i0 + j + 1]), pair, a)
            b = times_plus(two(flows[i1 + j], flows[i1 + j + 1]), pair, b)
            c = times_plus(two(flows[i2 + j], flows[i2 + j + 1]), pair, c)
            d = times_plus(two(flows[i3 + j], flows[i3 + j + 1]), pair, d)
        store(sums, 0, a)
        store(sums, side, b)
        store(sums, 2 * side, c)
        store(sums, 3 * side, d)
        for q in range(min(4, rows - r)):
            for m in range(BATCH):
                ordered[(r + q) * BATCH + m] += sums[q * side + m] + sums[q * side + BATCH + m]
