"""Gauge readings narrow a flood forecast: an ensemble filter along the stream.

Between readings the members run freely. At the end of the interval in which a reading was taken, the filter
asks how the flow that each member had at the gauge *at the time of the reading* goes together, over the
members, with the water that now lies in each reach, and moves that water towards what was read (Evensen
2003, doi:10.1007/s10236-003-0036-9; a reading that is older than the update: Sakov et al. 2010,
doi:10.1111/j.1600-0870.2009.00417.x). It is the serial square-root form: the mean moves, the spread shrinks
as much as it should, no reading is perturbed, so nothing is drawn (Whitaker and Hamill 2002,
doi:10.1175/1520-0493(2002)130<1913:EDAWPO>2.0.CO;2).

Chance correlations of a small ensemble must not reach everywhere. Only reaches are changed whose water
passes the gauge or has passed it (those above it, and the way down from it), and the change fades with the
time of travel from the gauge (Gaspari and Cohn 1999, doi:10.1002/qj.49712555417). No reach is left with
less than no water. What the filter adds and takes is no rain: it stands in the ledger under its own name,
so that the water still closes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.pathways.reach import Floats, within
from riskshed.pathways.stream import Plan, State, route, start, stored_m3
from riskshed.pathways.water import Ledger, Runoff
from riskshed.reading import Reading, known_by


@dataclass(frozen=True, slots=True)
class Used:
    """One reading, and the ensemble's mean and standard deviation at the gauge before and after it, m3/s."""

    reading: Reading
    mean_before: float
    sd_before: float
    mean_after: float
    sd_after: float


@dataclass(frozen=True, eq=False)
class Assimilated:
    """flow_m3_s (row, member, time), the last state, the ledger with increments, and the readings used."""

    flow_m3_s: npt.NDArray[Any]
    state: State
    ledger: Ledger
    used: tuple[Used, ...]


def assimilate(
    plan: Plan,
    runoff: Runoff,
    readings: Sequence[Reading],
    *,
    gauges: Mapping[str, int],
    origin: datetime,
    known_at: datetime,
    rows: Sequence[int] = (),
    state: State | None = None,
    error_share: float = 0.05,
    error_low_m3_s: float = 0.1,
    taper_s: float = 86_400.0,
) -> Assimilated:
    """Route, and let the readings that were known correct the water in the reaches.

    Parameters
    ----------
    plan, runoff, rows, state
        As for `riskshed.pathways.river.route`; the ensemble is in the runoff, the weights or the state.
    readings : sequence of Reading
        Flow in m3/s. Used are those of kind ``observed`` at a gauge, taken within the run and known at
        `known_at`.
    gauges : mapping of str to int
        Reach (index in the network) of each section at which flow is read.
    origin, known_at : datetime
        Aware. The beginning of the first step; the moment at which the forecast is issued. A reading that
        became known later changes nothing, not by a bit.
    error_share, error_low_m3_s : float, > 0
        Standard deviation of a reading: this share of its value, and at least this.
    taper_s : float, s, > 0
        Time of travel from the gauge at which its influence has faded to nothing.

    Returns
    -------
    Assimilated

    Raises
    ------
    DomainError
        An error or a distance that is not above 0.
    """
    for name, value in (("error_share", error_share), ("error_low", error_low_m3_s), ("taper", taper_s)):
        within(name, np.asarray(value, np.float64), "", low=0.0, open_low=True)
    members = max(plan.members, runoff.members, 1 if state is None else state.members)
    state = start(plan, members=members) if state is None else state
    wanted = list(rows) + list(gauges.values())
    due = _due(readings, gauges, origin, known_at, plan.dt_s, runoff)
    flows, used, ledger, begin = [], [], None, 0
    for end in [*sorted(due), runoff.rate.shape[2]]:
        if end > begin:
            routed = route(
                plan, runoff.window(begin, end), rows=wanted, state=state, dtype=state.outflow.dtype
            )
            state, begin = routed.state, end
            flows.append(routed.flow_m3_s)
            ledger = routed.ledger if ledger is None else ledger.then(routed.ledger)
        if due.get(end):
            assert ledger is not None, "a reading is due after a step"
            told = _Update(plan, state, flows[-1][len(rows) :], gauges, end, runoff.step_s, taper_s)
            used += [
                told.take(at_s, r, max(error_share * (r.value or 0.0), error_low_m3_s))
                for at_s, r in due[end]
            ]
            state = told.state()
            ledger = _book(ledger, stored_m3(plan, state))
    assert ledger is not None, "runoff has at least one interval"
    flow = np.concatenate(flows, axis=2)[: len(rows)]
    return Assimilated(flow, state, ledger, tuple(used))


def _due(
    readings: Sequence[Reading],
    gauges: Mapping[str, int],
    origin: datetime,
    known_at: datetime,
    dt_s: float,
    runoff: Runoff,
) -> dict[int, list[tuple[float, Reading]]]:
    """Readings by the interval after which they are taken in, with the seconds since the origin."""
    due: dict[int, list[tuple[float, Reading]]] = {}
    for reading in known_by(tuple(readings), known_at):
        at_s = (reading.time - origin).total_seconds()
        end = int(np.ceil(round(at_s / dt_s) * dt_s / runoff.step_s - 1e-9))
        if reading.kind != "observed" or reading.value is None or reading.section not in gauges:
            continue
        if 1 <= end <= runoff.rate.shape[2]:
            due.setdefault(end, []).append((at_s, reading))
    return due


def _book(ledger: Ledger, stored: Floats) -> Ledger:
    """The same run with the change of its last state under increments."""
    return replace(ledger, increments_m3=ledger.increments_m3 + stored - ledger.stored_m3, stored_m3=stored)


class _Update:
    """The readings of one interval, taken in one after the other."""

    def __init__(
        self,
        plan: Plan,
        state: State,
        gauge_flow: npt.NDArray[Any],
        gauges: Mapping[str, int],
        end: int,
        step_s: float,
        taper_s: float,
    ) -> None:
        self.plan, self.old, self.taper_s = plan, state, taper_s
        self.gauges, self.names = gauges, list(gauges)
        # Flow at the gauges in every step since the last update; readings that follow see it corrected too.
        self.at_gauge = np.array(gauge_flow, np.float64)  # (gauge, member, time)
        self.last_s = end * step_s
        self.outflow, self.inflow, self.ring = (
            _rows(a, state) for a in (state.outflow, state.inflow, state.ring)
        )
        self.ring_start = plan.ring_start
        self.travel_s = _travel_s(plan, self.outflow)

    def take(self, at_s: float, reading: Reading, sd: float) -> Used:
        assert reading.value is not None, "an observed reading has a value"
        gauge = self.names.index(reading.section)
        back = round((self.last_s - at_s) / self.plan.dt_s)
        step = max(self.at_gauge.shape[2] - 1 - back, 0)
        y = self.at_gauge[gauge, :, step].copy()
        mean, spread = float(y.mean()), float(y.std(ddof=1)) if y.size > 1 else 0.0
        if spread > 0.0:
            variance = spread**2 + sd**2
            away = (y - mean) / ((y.size - 1) * variance)
            # Whitaker and Hamill, eq. 13: the deviations take a smaller gain than the mean.
            move = (reading.value - mean) - (y - mean) / (1.0 + sd / np.sqrt(variance))
            self._move(self.gauges[reading.section], away, move)
        after = self.at_gauge[gauge, :, step]
        return Used(
            reading, mean, spread, float(after.mean()), float(after.std(ddof=1)) if y.size > 1 else 0.0
        )

    def _move(self, reach: int, away: Floats, move: Floats) -> None:
        reaches, weight = _connected(self.plan, reach, self.travel_s, self.taper_s)
        for water in (self.outflow, self.inflow):
            water[reaches] = _moved(water[reaches], weight, away, move)
        begin, end = self.ring_start[reaches], self.ring_start[reaches + 1]
        held = np.concatenate([np.arange(b, e) for b, e in zip(begin, end, strict=True)] or [np.arange(0)])
        self.ring[held] = _moved(self.ring[held], np.repeat(weight, end - begin), away, move)
        near = dict(zip(reaches.tolist(), weight.tolist(), strict=True))
        for g, name in enumerate(self.names):
            share = np.full(self.at_gauge.shape[2], near.get(self.gauges[name], 0.0))
            self.at_gauge[g] = _moved(self.at_gauge[g].T, share, away, move).T

    def state(self) -> State:
        blocks = (_blocks(a, self.old) for a in (self.outflow, self.inflow, self.ring))
        outflow, inflow, ring = blocks
        return replace(self.old, outflow=outflow, inflow=inflow, ring=ring)


def _moved(water: Floats, weight: Floats, away: Floats, move: Floats) -> Floats:
    """Water (row, member) moved along its covariance with the gauge, and kept from falling below none."""
    gain = weight * ((water - water.mean(axis=1, keepdims=True)) @ away)
    return np.asarray(np.maximum(water + gain[:, None] * move, 0.0), np.float64)


def _connected(
    plan: Plan, reach: int, travel_s: Floats, taper_s: float
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Reaches whose water passes the gauge or has passed it, and how much of a change each takes (0 to 1)."""
    net = plan.network
    above = np.arange(reach - int(net.upstream_size[reach]) + 1, reach + 1)
    below = np.asarray(net.path_down(reach), np.int64)
    reaches = np.concatenate([above, below[below != reach]])
    # Time from the end of each reach to the end of the river: its difference is the time between two ends.
    to_end = np.zeros(travel_s.size)
    for i in np.sort(reaches)[::-1]:  # the reach below has the greater index
        down = net.down[i]
        to_end[i] = 0.0 if down < 0 else to_end[down] + travel_s[down]
    weight = gaspari_cohn(np.abs(to_end[reaches] - to_end[reach]) / (0.5 * taper_s))
    keep = weight > 0.0
    return reaches[keep], weight[keep]


def gaspari_cohn(distance: npt.ArrayLike) -> Floats:
    """Fade from 1 at no distance to 0 at 2 and beyond, as a fifth-order piece (their eq. 4.10).

    Examples
    --------
    >>> gaspari_cohn([0.0, 1.0, 2.0]).round(4).tolist()
    [1.0, 0.2083, 0.0]
    """
    r = np.asarray(distance, np.float64)
    near = -0.25 * r**5 + 0.5 * r**4 + 0.625 * r**3 - 5.0 / 3.0 * r**2 + 1.0
    safe = np.maximum(r, 1.0)
    far = (
        safe**5 / 12.0
        - 0.5 * safe**4
        + 0.625 * safe**3
        + 5.0 / 3.0 * safe**2
        - 5.0 * safe
        + 4.0
        - 2.0 / (3.0 * safe)
    )
    fading = np.where(r < 2.0, np.maximum(far, 0.0), 0.0)
    return np.asarray(np.where(r <= 1.0, near, fading), np.float64)


def _travel_s(plan: Plan, outflow: Floats) -> Floats:
    """Mean time of travel through each reach, s, (reach,)."""
    if plan.rating is not None:
        flow = np.maximum(outflow.mean(axis=1), plan.rating.flow_low_m3_s)
        steps = plan.rating.travel_steps(plan.network.length_m, plan.dt_s) * flow**-plan.rating.exponent
        return np.asarray(steps * plan.dt_s, np.float64)
    assert plan.coefficients is not None, "a plan has weights or a rating"
    weights = plan.coefficients
    steps = weights.whole_steps + (weights.tap1 + weights.decay) / weights.lateral
    return np.asarray((steps.mean(axis=1) if steps.ndim == 2 else steps) * plan.dt_s, np.float64)


def _rows(array: npt.NDArray[Any], state: State) -> Floats:
    """(row, member) of an array of a state, as float64."""
    blocks, rows = len(array), array.shape[1] // state.lanes
    cut = np.moveaxis(array.reshape(blocks, rows, state.lanes), 0, 1)
    return np.array(cut.reshape(rows, blocks * state.lanes)[:, : state.members], np.float64)


def _blocks(rows: Floats, state: State) -> npt.NDArray[Any]:
    """The inverse of `_rows`."""
    padded = np.zeros((len(rows), len(state.outflow) * state.lanes), state.outflow.dtype)
    padded[:, : state.members] = rows
    cut = np.moveaxis(padded.reshape(len(rows), len(state.outflow), state.lanes), 1, 0)
    return np.ascontiguousarray(cut).reshape(len(state.outflow), len(rows) * state.lanes)
