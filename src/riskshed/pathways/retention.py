"""A retention area on a river: water above a flow is led off and kept, until the area is full.

What passes the area is found first, by routing what lies above it. From that flow the area takes what is
above its bound while it is open and has room. The river below is then routed with what is left, which
enters by a reach of no length in place of the reach at the area. No water is made or lost, no flow becomes
negative, and the order of the reaches is kept, whatever else acts on the river.

The area is ideal: its gate takes exactly what is above the bound, and gives nothing back within the
forecast. A real gate takes less well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskshed.network import OUTLET, Network
from riskshed.pathways.stream import plan, route, start
from riskshed.pathways.treatment import Treatment
from riskshed.pathways.water import Runoff

Floats = npt.NDArray[np.float64]

GATE_K_S = 1e-3
"""Travel time of the reach by which the rest re-enters the river: nothing, beside a step."""


@dataclass(frozen=True, eq=False)
class Course:
    """A river as it is routed: its network, what flows in, and the flow at the origin.

    Attributes
    ----------
    network : Network
    runoff : Runoff
        Of all members.
    k_s : (reach,) or (reach, member)
    first_m3_s : (reach, member)
    dt_s : float
    """

    network: Network
    runoff: Runoff
    k_s: Floats
    first_m3_s: Floats
    dt_s: float

    def flow_m3_s(self, reaches: list[int]) -> Floats:
        """Flow at the ends of some reaches (by id) from the origin on, (reach, member, time)."""
        rows = [self.network.index(reach) for reach in reaches]
        weights = plan(self.network, dt_s=self.dt_s, k_s=self.k_s)
        state = start(weights, members=self.first_m3_s.shape[1], flow_m3_s=self.first_m3_s)
        flow = route(weights, self.runoff, rows=rows, state=state).flow_m3_s
        return np.concatenate([self.first_m3_s[rows][:, :, None], flow], axis=2)


def led_off_m3_s(flow_m3_s: Floats, area: Treatment, dt_s: float) -> Floats:
    """What the area takes at the end of each step, in the shape of the flow, (..., time).

    Steps begin at the origin; nothing is taken at the origin itself.
    """
    end_s = np.arange(flow_m3_s.shape[-1]) * dt_s
    over = np.maximum(flow_m3_s - area.amount, 0.0) * area.during(end_s - dt_s, end_s)
    over[..., 0] = 0.0
    held_m3 = np.minimum(np.cumsum(over * dt_s, axis=-1), area.capacity_m3)
    return np.diff(held_m3, axis=-1, prepend=0.0) / dt_s


def with_area(course: Course, reach: int, area: Treatment) -> tuple[Course, int]:
    """The course with a retention area at the end of a reach, and the reach (id) that carries the rest."""
    network = course.network
    flow = course.flow_m3_s([reach])[0]  # (member, time)
    rest = flow - led_off_m3_s(flow, area, course.dt_s)
    gate = int(network.ids.max()) + 1
    below = np.where(network.down >= 0, network.ids[network.down], OUTLET)
    at = network.index(reach)
    down_ids = np.append(below, below[at])
    down_ids[at] = OUTLET
    ids = np.append(network.ids, gate)
    k_of, x_of = np.append(network.k_s, GATE_K_S), np.append(network.x, 0.0)
    made = Network.of(ids, down_ids, where="retention", k_s=k_of, x=x_of)
    order = [int(np.flatnonzero(ids == reach_id)[0]) for reach_id in made.ids]
    k_s = np.concatenate([course.k_s, np.full((1, *course.k_s.shape[1:]), GATE_K_S)])
    first = np.concatenate([course.first_m3_s, flow[None, :, 0]])
    return Course(made, _runoff(course, rest, order), k_s[order], first[order], course.dt_s), gate


def _runoff(course: Course, rest: Floats, order: list[int]) -> Runoff:
    """The runoff step by step, with one cell more for what the area lets pass."""
    runoff, members = course.runoff, rest.shape[0]
    cell, weight = runoff.of_reaches(len(course.network))
    per = round(runoff.step_s / course.dt_s)
    rate = np.repeat(np.broadcast_to(runoff.rate, (len(runoff.rate), members, runoff.rate.shape[2])), per, 2)
    rate = np.concatenate([rate, rest[None, :, 1:]])
    cells = np.append(np.where(weight > 0.0, cell, -1), len(runoff.rate)).astype(np.int32)
    return Runoff(rate, course.dt_s, cells[order], np.append(weight, 1.0)[order])
