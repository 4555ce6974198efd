"""The hot loops of the river routing: plain arrays in, plain arrays changed in place.

Members are cut into blocks of `lanes` (see lanes.py), and a block walks the whole network alone. The walk
is in depth-first post-order: the outflow of a reach waits on a stack until the reach below takes it, and
the stack is shallow, so with a *window* of some tens of steps all of it stays in the cache: a reach costs
no main memory but its own state, once for each window, and the runoff of its cell, which the next reaches
mostly share. Only rows asked for are written out. Within a window each reach reads its inflow row and
overwrites it with its outflow.

What a reach keeps from step to step: its last outflow, the last inflow that came out of its lag, and the
inflows that are still in the lag (a ring of `whole` rows, turned by the number of the step). All flat
arrays are (block, reach or row, lane) with the lane last; the functions take one block.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from riskshed.pathways.lanes import LANES_BYTES, load, plus, same, store, times, times_plus

# 'reassoc' is left out on purpose: sums keep their order, so that results do not depend on how work is split.
_hot = numba.njit(
    nogil=True, boundscheck=False, error_model="numpy", fastmath={"contract", "nsz"}, cache=True
)

Array = npt.NDArray[Any]


@_hot  # type: ignore[untyped-decorator]
def _gather(
    rate: Array, first: int, intervals: int, members: int, active: int, lanes: int, scratch: Array
) -> None:
    """Copy the runoff of a last block that has fewer members than lanes; the lanes left over stay 0."""
    for v in range(intervals):
        for e in range(active):
            scratch[v * lanes + e] = rate[first + v * members + e]


@_hot  # type: ignore[untyped-decorator]
def _join(stack: Array, base: int, count: int, size: int) -> None:
    """Add the rows of `count` inflows into the first of them."""
    for s in range(1, count):
        for j in range(base * size, (base + 1) * size):
            stack[j] += stack[j + s * size]


@_hot  # type: ignore[untyped-decorator]
def _hold_each(
    stack: Array,
    at: int,
    ring: Array,
    place: int,
    whole: Array,
    first: int,
    step: int,
    steps: int,
    lanes: int,
) -> None:
    """Delay an inflow row where each member has its own number of whole steps."""
    for e in range(lanes):
        turn = whole[first + e]
        if turn > 0:
            slot = step % turn
            for t in range(steps):
                p, r = at + t * lanes + e, place + slot * lanes + e
                stack[p], ring[r] = ring[r], stack[p]
                slot = slot + 1 if slot + 1 < turn else 0


@_hot  # type: ignore[untyped-decorator]
def _rise(
    stack: Array, at: int, outflow: Array, o: int, c: Any, d: Any, rate: Array, g: int, stride: int,
    intervals: int, per: int, lanes: int,
) -> None:  # fmt: skip
    """A headwater: nothing from above."""
    q = load(outflow, o)
    p = at
    for _ in range(intervals):
        side = times(d, load(rate, g))
        g += stride
        for _ in range(per):
            q = times_plus(c, q, side)
            store(stack, p, q)
            p += lanes
    store(outflow, o, q)


@_hot  # type: ignore[untyped-decorator]
def _pass(
    stack: Array, at: int, pair: int, outflow: Array, inflow: Array, o: int, a: Any, b: Any, c: Any, d: Any,
    rate: Array, g: int, stride: int, intervals: int, per: int, lanes: int,
    ring: Array, place: int, held: int, step: int,
) -> None:  # fmt: skip
    """A reach with one inflow row, or two that lie `pair` apart; the inflow waits in a ring of `held` rows.

    What comes out of the ring is replaced by what goes in. All in one loop, because a pass of its own over
    the row would cost as much as the routing.
    """
    q, before = load(outflow, o), load(inflow, o)
    p, end = at, place + held * lanes
    slot = place + step % max(held, 1) * lanes
    # Most lags are of one step: that one inflow waits in registers, and not in memory.
    waiting = load(ring, place) if held == 1 else before
    for _ in range(intervals):
        side = times(d, load(rate, g))
        g += stride
        for _ in range(per):
            now = load(stack, p)
            if pair > 0:
                now = plus(now, load(stack, p + pair))
            if held == 1:
                late, waiting = waiting, now
                now = late
            elif held > 1:
                late = load(ring, slot)
                store(ring, slot, now)
                now = late
                slot += lanes
                if slot == end:
                    slot = place
            q = times_plus(c, q, times_plus(a, now, times_plus(b, before, side)))
            store(stack, p, q)
            before = now
            p += lanes
    store(outflow, o, q)
    store(inflow, o, before)
    if held == 1:
        store(ring, place, waiting)


@_hot  # type: ignore[untyped-decorator]
def _weight(weights: Array, i: int, o: int) -> Any:
    """The lanes of a weight: one number for a reach (reach,), or one for each member (reach x lane, flat)."""
    if weights.ndim == 2:
        return same(weights[i, 0])
    return load(weights, o)


@_hot  # type: ignore[untyped-decorator]
def _write(
    stack: Array, at: int, steps: int, lanes: int, out: Array, first: int, members: int, active: int
) -> None:
    for t in range(steps):
        for e in range(active):
            out[first + t * members + e] = stack[at + t * lanes + e]


@_hot  # type: ignore[untyped-decorator]
def _drain(stack: Array, at: int, steps: int, lanes: int, left: Array) -> None:
    """Add what leaves the network at an outlet; in float64 also where the flow is float32."""
    for t in range(steps):
        for e in range(lanes):
            left[e] += stack[at + t * lanes + e]


@_hot  # type: ignore[untyped-decorator]
def route_block(
    upstream_count: Array, down: Array, whole: Array, start: Array,
    tap0: Array, tap1: Array, decay: Array, gain: Array, cell: Array,
    rate: Array, members: int, first_member: int, intervals: int, per: int, window: int, step: int,
    stack: Array, scratch: Array, outflow: Array, inflow: Array, ring: Array,
    rows: Array, out: Array, left: Array,
) -> None:  # fmt: skip
    """Route one block of members through all reaches and all steps.

    Parameters
    ----------
    upstream_count, down, cell : (reach,)
        Network in depth-first post-order; the runoff cell of each reach.
    whole : int64, (reach,) or (reach * lane,)
        Whole steps of lag, of the reach or of each member.
    start : int64 (reach + 1,)
        First row of each reach in `ring`.
    tap0, tap1, decay, gain : (reach, 1) or (reach * lane,)
        Weights; gain is the weight of the runoff rate.
    rate : (cell * interval * member,)
        Runoff of all members.
    members, first_member : int
        Length of the member axis of `rate` and `out`, and where the block begins on it.
    intervals, per : int
        Intervals of runoff, and routing steps in each.
    window : int
        Steps in a window: a multiple or a divisor of `per`.
    step : int
        Number of the first step since the state was born.
    stack, scratch : (depth * window * lane,), (intervals in a window * lane,)
        Working space; `scratch` is zero.
    outflow, inflow, ring : (reach * lane,), (reach * lane,), (row * lane,)
        State, changed in place.
    rows : int32 (reach,)
        Row of each reach in `out`, or -1.
    out : (row * step * member,)
    left : float64 (lane,)
        Sum over the steps of what leaves at outlets, added to.
    """
    lanes = left.size
    active = min(lanes, members - first_member)
    steps, inner = intervals * per, min(per, window)
    for begin in range(0, steps, window):
        now = min(window, steps - begin)
        count, since = now // inner, begin // per
        size, top, gathered = window * lanes, 0, -1
        for i in range(upstream_count.size):
            o, above = i * lanes, upstream_count[i]
            base = top - above
            at = base * size
            g = (cell[i] * intervals + since) * members + first_member
            source, stride = rate, members
            if active < lanes:
                if gathered != cell[i]:
                    _gather(rate, g, count, members, active, lanes, scratch)
                    gathered = cell[i]
                source, stride, g = scratch, lanes, 0
            c, d = _weight(decay, i, o), _weight(gain, i, o)
            if above == 0:
                _rise(stack, at, outflow, o, c, d, source, g, stride, count, inner, lanes)
            else:
                a, b = _weight(tap0, i, o), _weight(tap1, i, o)
                held, pair = start[i + 1] - start[i], size if above > 1 else 0
                _join(stack, base + 1, above - 1, size)
                if held > 0 and whole.size > upstream_count.size:
                    _join(stack, base, min(above, 2), size)
                    _hold_each(stack, at, ring, start[i] * lanes, whole, o, step + begin, now, lanes)
                    held, pair = 0, 0
                _pass(
                    stack, at, pair, outflow, inflow, o, a, b, c, d, source, g, stride, count, inner, lanes,
                    ring, start[i] * lanes, held, step + begin,
                )  # fmt: skip
            if rows[i] >= 0:
                _write(
                    stack,
                    at,
                    now,
                    lanes,
                    out,
                    (rows[i] * steps + begin) * members + first_member,
                    members,
                    active,
                )
            top = base + 1
            if down[i] < 0:
                _drain(stack, at, now, lanes, left)
                top -= 1


@_hot  # type: ignore[untyped-decorator]
def _advance_rating(
    stack: Array, at: int, o: int, lanes: int, active: int, steps: int, per: int,
    rate: Array, g: int, stride: int, weight: float, flow: Array, stored: Array,
    travel: float, exponent: float, spread: float, x: float, flow_low: float,
) -> None:  # fmt: skip
    """One reach whose travel time follows its flow; `stored` is the water in it, in flow x steps."""
    for t in range(steps):
        side_at = g + t // per * stride
        for e in range(active):
            p = at + t * lanes + e
            above, beside, q = stack[p], weight * rate[side_at + e], flow[o + e]
            mean = max(0.5 * (above + beside + q), flow_low)
            slow = mean ** (-exponent)
            hold = travel * slow
            x_now = x if spread < 0.0 else min(max(0.5 * (1.0 - spread * mean * slow), 0.0), 0.5)
            share = min(0.5 + x_now * hold, 1.0, hold)
            q = (stored[o + e] + (1.0 - share) * above + beside) / (1.0 + hold - share)
            stored[o + e] = (hold - share) * q + share * above
            flow[o + e] = q
            stack[p] = q


@_hot  # type: ignore[untyped-decorator]
def route_block_rating(
    upstream_count: Array, down: Array,
    travel: Array, spread: Array, x: Array, exponent: float, flow_low: float, gain: Array, cell: Array,
    rate: Array, members: int, first_member: int, intervals: int, per: int, window: int,
    stack: Array, outflow: Array, stored: Array, rows: Array, out: Array, left: Array,
) -> None:  # fmt: skip
    """The same walk with a travel time that follows the flow (see river.Rating).

    Parameters are those of `route_block` but for: travel, spread, x (reach,), the travel time in steps at a
    flow of 1 m3/s, the Cunge spread at 1 m3/s (-1: use x), and the fixed weight; stored (reach * lane,),
    the water in each reach in flow x steps.
    """
    lanes = left.size
    active = min(lanes, members - first_member)
    steps = intervals * per
    for begin in range(0, steps, window):
        now = min(window, steps - begin)
        size, top = window * lanes, 0
        inner, since = min(per, window), begin // per
        for i in range(upstream_count.size):
            above = upstream_count[i]
            base = top - above
            at = base * size
            if above == 0:
                stack[at : at + size] = 0.0
            else:
                _join(stack, base, above, size)
            g = (cell[i] * intervals + since) * members + first_member
            _advance_rating(
                stack, at, i * lanes, lanes, active, now, inner, rate, g, members, gain[i], outflow, stored,
                travel[i], exponent, spread[i], x[i], flow_low,
            )  # fmt: skip
            if rows[i] >= 0:
                _write(
                    stack,
                    at,
                    now,
                    lanes,
                    out,
                    (rows[i] * steps + begin) * members + first_member,
                    members,
                    active,
                )
            top = base + 1
            if down[i] < 0:
                _drain(stack, at, now, lanes, left)
                top -= 1


def lanes_of(dtype: npt.DTypeLike) -> int:
    """Members in a block."""
    return LANES_BYTES // np.dtype(dtype).itemsize
