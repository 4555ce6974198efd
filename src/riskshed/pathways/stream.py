"""Water through a network of reaches, all members at once: plan, route, and account for every drop.

A `Plan` holds the weights of all reaches for one step length. `route` sends `Runoff` through them, in
downstream order, and hands out flows at the rows asked for, a `State` with which the run can be continued
to the same bits, and a `Ledger` of the water. Runoff is given once for each cell and shared by the reaches
in it. Members are cut into blocks of a fixed size, so that a member's numbers depend neither on its
neighbours nor on the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from riskshed.errors import DomainError
from riskshed.network import Network
from riskshed.pathways import routing
from riskshed.pathways.reach import (
    Floats,
    LagCoefficients,
    Rating,
    lag_coefficients,
    muskingum_coefficients,
    within,
)
from riskshed.pathways.water import Ledger, Runoff

Method = Literal["lag", "muskingum", "rating"]

WINDOW_STEPS = 48
"""Steps in a window: long enough to share the cost of a reach's state, short enough for the cache."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The weights of all reaches for one step length, in the form that the loops read.

    `coefficients` are (reach,) or (reach, member); with a rating they are None and `travel`, `spread`, `x`
    stand.
    """

    network: Network
    dt_s: float
    method: Method
    coefficients: LagCoefficients | None
    rating: Rating | None = None
    x: Floats | None = None

    @property
    def members(self) -> int:
        """Members that have weights of their own; 1 where they share them."""
        shape = () if self.coefficients is None else self.coefficients.decay.shape
        return int(shape[1]) if len(shape) == 2 else 1

    @property
    def ring_start(self) -> npt.NDArray[np.int64]:
        """First row of each reach in the ring of lagged inflows, and the number of rows, (reach + 1,)."""
        if self.coefficients is None:
            return np.zeros(len(self.network) + 1, np.int64)
        whole = self.coefficients.whole_steps
        rows = whole.max(axis=1) if whole.ndim == 2 else whole
        # A headwater has no inflow to hold.
        return np.concatenate([[0], np.cumsum(np.where(self.network.upstream_count > 0, rows, 0))])


def plan(
    network: Network,
    *,
    dt_s: float,
    method: Method = "lag",
    k_s: npt.ArrayLike | None = None,
    x: npt.ArrayLike | None = None,
    rating: Rating | None = None,
) -> Plan:
    """Weights for a network.

    Parameters
    ----------
    network : Network
    dt_s : float, s, > 0
    method : {"lag", "muskingum", "rating"}
        Lag and route (positive at any step); plain Muskingum as RAPID does it, for comparison; or a travel
        time that follows the flow, for which `rating` is needed.
    k_s, x : array_like, (reach,) or (reach, member), optional
        Instead of the network's own.
    rating : Rating, optional

    Raises
    ------
    DomainError
        A parameter unknown or outside its range, naming the reach.
    """
    weight = np.asarray(network.x if x is None else x, np.float64)
    if method == "rating":
        assert rating is not None, "the method rating needs a rating"
        if rating.width_m is None:
            within("x", weight, "", low=0.0, high=0.5)
        return Plan(network, dt_s, method, None, rating, np.broadcast_to(weight, (len(network),)).copy())
    scheme = lag_coefficients if method == "lag" else muskingum_coefficients
    k = np.asarray(network.k_s if k_s is None else k_s, np.float64)
    if max(k.ndim, weight.ndim) == 2:  # (reach, member): what is per reach serves all members
        k, weight = (values if values.ndim == 2 else values[:, None] for values in (k, weight))
    assert k.shape[0] == weight.shape[0] == len(network), "one K and one x for each reach"
    return Plan(network, dt_s, method, scheme(k, weight, dt_s))


@dataclass(frozen=True, eq=False)
class State:
    """What lies in the reaches between two steps. `route` reads it and makes a new one; nothing changes it.

    Blocks of members come first, and lanes last: outflow and inflow are (block, reach * lane), ring is
    (block, row * lane). With a rating, `inflow` is the water stored in each reach, in m3/s times steps.
    """

    members: int
    step: int
    outflow: npt.NDArray[Any]
    inflow: npt.NDArray[Any]
    ring: npt.NDArray[Any]

    @property
    def lanes(self) -> int:
        """Members in a block."""
        return routing.lanes_of(self.outflow.dtype)

    def flow_m3_s(self, reaches: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Floats:
        """Outflow of the reaches at the last step, (reach, member)."""
        blocks = self.outflow.reshape(len(self.outflow), -1, self.lanes)[:, np.asarray(reaches, np.intp)]
        return np.asarray(
            np.moveaxis(blocks, 0, 1).reshape(blocks.shape[1], -1)[:, : self.members], np.float64
        )

    def copy(self) -> State:
        """The same with arrays of its own."""
        return replace(self, outflow=self.outflow.copy(), inflow=self.inflow.copy(), ring=self.ring.copy())


def start(
    plan: Plan, *, members: int, flow_m3_s: npt.ArrayLike | None = None, dtype: npt.DTypeLike = np.float64
) -> State:
    """The state before the first step: dry, or in balance with a given flow.

    Parameters
    ----------
    plan : Plan
    members : int
    flow_m3_s : array_like, (reach,) or (reach, member), >= 0, optional
        Outflow of each reach; what flows in and what lies in the lag is the sum of the outflows above.
    dtype : float64 or float32

    Raises
    ------
    DomainError
        A flow negative or not a number.
    """
    lanes, reaches = routing.lanes_of(dtype), len(plan.network)
    blocks = -(-members // lanes)
    ring_start = plan.ring_start
    empty = [np.zeros((blocks, rows * lanes), dtype) for rows in (reaches, reaches, int(ring_start[-1]))]
    state = State(members, 0, *empty)
    if flow_m3_s is None:
        return state
    flow = np.asarray(flow_m3_s, np.float64)
    within("first flow", flow, "m3/s", low=0.0)
    flow = np.broadcast_to(flow if flow.ndim == 2 else flow[:, None], (reaches, members))
    above = inflow_of(plan.network, flow)
    held = np.repeat(above, np.diff(ring_start), axis=0)
    if plan.rating is not None:
        above = _stored_at_balance(plan, flow, above)
    state.outflow[:], state.inflow[:] = _to_blocks(flow, lanes), _to_blocks(above, lanes)
    state.ring[:] = _to_blocks(held, lanes)
    return state


def inflow_of(network: Network, outflow_m3_s: Floats) -> Floats:
    """Sum of the outflows of the reaches directly above each reach, (reach, member)."""
    above = np.zeros_like(outflow_m3_s)
    flowing = network.down >= 0
    np.add.at(above, network.down[flowing], outflow_m3_s[flowing])
    return above


@dataclass(frozen=True, eq=False)
class Routed:
    """What `route` gives: flow_m3_s (row, member, time) at the end of each step, state and ledger."""

    flow_m3_s: npt.NDArray[Any]
    state: State
    ledger: Ledger


def route(
    plan: Plan,
    runoff: Runoff,
    *,
    rows: Sequence[int] | npt.NDArray[np.integer[Any]] = (),
    state: State | None = None,
    dtype: npt.DTypeLike = np.float64,
    threads: int = 1,
) -> Routed:
    """Route runoff through the network.

    Parameters
    ----------
    plan : Plan
        Weights; for each member its own, or shared.
    runoff : Runoff
        With one member, or as many as the others have.
    rows : sequence of int
        Reaches (index in the network) whose outflow is kept.
    state : State, optional
        Where an earlier run ended; it is left as it is. Without it the river is dry.
    dtype : float64 or float32
        float32 is about twice as fast; mass then closes to about 1e-6 instead of 1e-13.
    threads : int, >= 1
        Blocks of members routed side by side; the bits are the same.

    Returns
    -------
    Routed

    Raises
    ------
    DomainError
        The step of the runoff is not a whole number of routing steps.
    """
    members = _members(plan, runoff, state)
    per = _steps_in(runoff.step_s, plan.dt_s)
    before = np.zeros(members) if state is None else stored_m3(plan, state)
    state = start(plan, members=members, dtype=dtype) if state is None else state.copy()
    assert state.ring.shape[1] == plan.ring_start[-1] * state.lanes, "the state is of another plan"
    wanted, place = np.unique(np.asarray(rows, np.int64), return_inverse=True)
    job = _Job(plan, runoff, state, wanted, per)
    if threads == 1:
        left = [job.block(b) for b in range(len(state.outflow))]
    else:
        with ThreadPoolExecutor(threads) as pool:
            left = list(pool.map(job.block, range(len(state.outflow))))
    state = replace(state, step=state.step + job.steps)
    outflow_m3 = np.concatenate(left)[:members] * plan.dt_s
    ledger = Ledger(before, job.inflow_m3(), outflow_m3, np.zeros(members), stored_m3(plan, state))
    flow = job.out.reshape(wanted.size, job.steps, members)
    if not np.array_equal(place, np.arange(wanted.size)):
        flow = flow[place]
    return Routed(np.moveaxis(flow, 2, 1), state, ledger)


def stored_m3(plan: Plan, state: State) -> Floats:
    """Water in all reaches, m3, (member,): ``dt (u Q + f I)`` in each, and what is in its lag."""
    shape = (len(state.outflow), len(plan.network), state.lanes)
    outflow, inflow = state.outflow.reshape(shape), state.inflow.reshape(shape)
    if plan.coefficients is None:
        water = inflow.sum(axis=1, dtype=np.float64)
    else:
        weights = plan.coefficients
        of_outflow = _lane_weights(weights.decay / weights.lateral, state.lanes)
        of_inflow = _lane_weights(weights.tap1 / weights.lateral, state.lanes)
        water = np.array(
            [
                np.einsum("rl,rl->l", of_outflow[b % len(of_outflow)], outflow[b])
                + np.einsum("rl,rl->l", of_inflow[b % len(of_inflow)], inflow[b])
                for b in range(len(outflow))
            ]
        )
        water += state.ring.reshape(len(state.ring), -1, state.lanes).sum(axis=1, dtype=np.float64)
    return np.asarray(water.reshape(-1)[: state.members] * plan.dt_s, np.float64)


class _Job:
    """One call of `route`, cut into blocks that share nothing they write."""

    def __init__(
        self, plan: Plan, runoff: Runoff, state: State, wanted: npt.NDArray[np.int64], per: int
    ) -> None:
        dtype, self.lanes = state.outflow.dtype, state.lanes
        self.plan, self.runoff, self.state, self.per = plan, runoff, state, per
        self.intervals = runoff.rate.shape[2]
        self.steps = self.intervals * per
        self.window = _window(per, self.steps)
        rate = np.moveaxis(runoff.rate, 2, 1)  # (cell, interval, member)
        rate = np.broadcast_to(rate, (*rate.shape[:2], state.members))
        self.rate = np.ascontiguousarray(rate, dtype).reshape(-1)
        self.cell, self.weight = runoff.of_reaches(len(plan.network))
        self.row_of = np.full(len(plan.network), -1, np.int32)
        self.row_of[wanted] = np.arange(wanted.size)
        self.out = np.empty(wanted.size * self.steps * state.members, dtype)
        self.depth = _stack_depth(plan.network)

    def block(self, b: int) -> Floats:
        """Route block `b`; what leaves at the outlets, summed over the steps, (lane,)."""
        plan, state, dtype, net = self.plan, self.state, self.out.dtype, self.plan.network
        left = np.zeros(self.lanes)
        stack = np.zeros(self.depth * self.window * self.lanes, dtype)
        runoff = (self.rate, state.members, b * self.lanes, self.intervals, self.per, self.window)
        result = (self.row_of, self.out, left)
        if plan.rating is not None:
            assert plan.x is not None, "a plan with a rating has x"
            travel = plan.rating.travel_steps(net.length_m, plan.dt_s)
            spread = plan.rating.cunge_spread(net.length_m, net.slope)
            laws = (travel, spread, plan.x, plan.rating.exponent, plan.rating.flow_low_m3_s)
            routing.route_block_rating(
                net.upstream_count, net.down, *laws, self.weight, self.cell, *runoff,
                stack, state.outflow[b], state.inflow[b], *result,
            )  # fmt: skip
            return left
        assert plan.coefficients is not None, "a plan has weights or a rating"
        weights = plan.coefficients
        tap0, tap1, decay, gain = (
            _for_loop(w, b, self.lanes, dtype)
            for w in (weights.tap0, weights.tap1, weights.decay, (weights.lateral.T * self.weight).T)
        )
        whole = _for_loop(weights.whole_steps, b, self.lanes, np.dtype(np.int64)).reshape(-1)
        scratch = np.zeros(max(self.window // self.per, 1) * self.lanes, dtype)
        routing.route_block(
            net.upstream_count, net.down, whole, plan.ring_start, tap0, tap1, decay, gain, self.cell, *runoff,
            state.step, stack, scratch, state.outflow[b], state.inflow[b], state.ring[b], *result,
        )  # fmt: skip
        return left

    def inflow_m3(self) -> Floats:
        """What the runoff brings, (member,)."""
        of_cell = np.bincount(self.cell, self.weight, self.runoff.rate.shape[0])
        total = of_cell @ self.runoff.rate.sum(axis=2, dtype=np.float64) * self.runoff.step_s
        return np.broadcast_to(total, (self.state.members,)).copy()


def _for_loop(weights: npt.NDArray[Any], b: int, lanes: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Weights as the kernel reads them: (reach, 1) where members share them, else (reach * lane,)."""
    if weights.ndim == 1:
        return np.ascontiguousarray(weights[:, None], dtype)
    if weights.shape[1] == 1:
        return np.ascontiguousarray(weights, dtype)
    mine = np.minimum(np.arange(b * lanes, (b + 1) * lanes), weights.shape[1] - 1)
    return np.ascontiguousarray(weights[:, mine], dtype).reshape(-1)


def _lane_weights(weights: Floats, lanes: int) -> npt.NDArray[Any]:
    """(block or 1, reach, lane or 1), the lanes left over being 0."""
    if weights.ndim == 1:
        weights = weights[:, None]
    if weights.shape[1] == 1:
        return np.broadcast_to(weights[None], (1, len(weights), lanes))
    return _to_blocks(weights, lanes).reshape(-1, len(weights), lanes)


def _to_blocks(values: Floats, lanes: int) -> npt.NDArray[Any]:
    """(row, member) as (block, row * lane), the lanes left over being 0."""
    rows, members = values.shape
    blocks = -(-members // lanes)
    padded = np.zeros((rows, blocks * lanes))
    padded[:, :members] = values
    return np.moveaxis(padded.reshape(rows, blocks, lanes), 1, 0).reshape(blocks, rows * lanes)


def _stored_at_balance(plan: Plan, flow: Floats, above: Floats) -> Floats:
    """Water in each reach, in m3/s times steps, when its flow stands still; as the kernel has it."""
    rating = plan.rating
    assert rating is not None, "the plan has a rating"
    assert plan.x is not None, "a plan with a rating has x"
    mean = np.maximum(flow, rating.flow_low_m3_s)
    slow = mean**-rating.exponent
    hold = rating.travel_steps(plan.network.length_m, plan.dt_s)[:, None] * slow
    spread = rating.cunge_spread(plan.network.length_m, plan.network.slope)[:, None]
    x = np.where(spread < 0.0, plan.x[:, None], np.clip(0.5 * (1.0 - spread * mean * slow), 0.0, 0.5))
    share = np.minimum(np.minimum(0.5 + x * hold, 1.0), hold)
    return np.asarray((hold - share) * flow + share * above, np.float64)


def _members(plan: Plan, runoff: Runoff, state: State | None) -> int:
    counts = {plan.members, runoff.members, 1 if state is None else state.members} - {1}
    assert len(counts) <= 1, f"plan, runoff and state have different members: {sorted(counts)}"
    members = max(counts, default=1)
    assert state is None or state.members == members, "a state of one member cannot be continued by many"
    return members


def _steps_in(step_s: float, dt_s: float) -> int:
    per = round(step_s / dt_s)
    if per < 1 or abs(per * dt_s - step_s) > 1e-9 * step_s:
        told = f"the runoff step of {step_s:g} s is not a whole number of routing steps of {dt_s:g} s"
        raise DomainError("river.step", told, todo=f"Take a dt_s that divides {step_s:g}.")
    return per


def _window(per: int, steps: int) -> int:
    """Steps in a window: a multiple or a divisor of the steps in an interval."""
    if per <= WINDOW_STEPS:
        return min(per * (WINDOW_STEPS // per), steps)
    divisors = [d for d in range(WINDOW_STEPS // 4, 2 * WINDOW_STEPS + 1) if per % d == 0]
    return max(divisors, default=per)


def _stack_depth(network: Network) -> int:
    """Rows of the stack: what is pending, an outlet being dropped at once, and one to work in."""
    pending = np.cumsum(1 - network.upstream_count.astype(np.int64) - (network.down < 0))
    return int(pending.max()) + 2
