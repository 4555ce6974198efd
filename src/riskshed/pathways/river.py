"""Flood waves down a river: what comes in upstream, which cities it takes over their flood flow, and when.

This is the front door of river routing. Every reach is a lag and a linear reservoir (reach.py: positive and
conserving at any step), or, with a `Rating`, a reservoir that moves water faster when there is more of it.
`plan`, `route`, `Runoff`, `State` and `Ledger` (stream.py, water.py) are for those who route themselves;
gauge readings come in through assimilation.py. `spread` is the pathway: an uncertain `Inflow` in, a
footprint out.

The rivers here flow one way. Where a lake or a larger river holds the water back, the arrival is not to be
trusted: in 2020 Jiujiang on the Yangtze peaked before Hankou, which lies upstream. Sections on very flat
reaches carry a caveat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.errors import DomainError, Fault, InputFaults
from riskshed.footprint import Caveat, Footprint, Place
from riskshed.network import Network
from riskshed.pathways import ensemble
from riskshed.pathways.reach import (
    Floats,
    LagCoefficients,
    Rating,
    gill_outflow,
    lag_coefficients,
    lag_coefficients_of,
    muskingum_coefficients,
    within,
)
from riskshed.pathways.retention import Course, with_area
from riskshed.pathways.stream import Plan, Routed, State, inflow_of, plan, route, start
from riskshed.pathways.treatment import Treatment, accept, receiver_share, source_share, still_exposed
from riskshed.pathways.water import Ledger, Runoff
from riskshed.region import Region, Section

__all__ = [
    "Inflow",
    "LagCoefficients",
    "Ledger",
    "Plan",
    "Rating",
    "Routed",
    "Runoff",
    "State",
    "gill_outflow",
    "inflow_of",
    "lag_coefficients",
    "lag_coefficients_of",
    "muskingum_coefficients",
    "plan",
    "route",
    "spread",
    "start",
]

MODEL = "lag-and-route"
MEMBERS_IN_CHUNK = 64
BACKWATER_SLOPE = 2e-5
"""2 cm in a kilometre, as on the middle Yangtze: on flatter reaches lakes and confluences govern the flow."""

EFFECTS = ("hold_release", "add_flow", "retain", "evacuate", "buffer")
"""Effects of treatments that this pathway honours; the last bears on losses, not on the footprint."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Inflow:
    """What comes into the river, and how well that is known.

    Parameters
    ----------
    origin, issued, known_at : datetime
        Aware. The beginning of the first interval; when the forecast is issued; the latest thing that it
        knows of.
    step_s : float, s, > 0
        Length of an interval: a whole number of routing steps.
    flow_m3_s : mapping of int to array_like, (interval,) or (member, interval), >= 0
        Inflow into each reach (by its id) that has any, constant over an interval. All of the same shape.
    dt_s : float, s, > 0
        Length of a routing step.
    inflow_log_sd, travel_log_sd : float, >= 0
        Standard deviation of the logarithm of a factor on all inflows, and of one on all travel times, of a
        member.
    rating : Rating, optional
        Travel times that follow the flow, instead of the network's own; `travel_log_sd` must then be 0.
    source_text : str
        One sentence on where this is from.
    """

    origin: datetime
    issued: datetime
    known_at: datetime
    step_s: float
    flow_m3_s: Mapping[int, npt.ArrayLike]
    dt_s: float = 900.0
    inflow_log_sd: float = 0.0
    travel_log_sd: float = 0.0
    rating: Rating | None = None
    source_text: str = ""

    def __post_init__(self) -> None:
        for name, time in (("origin", self.origin), ("issued", self.issued), ("known_at", self.known_at)):
            assert time.tzinfo is not None, f"{name} is a time with its zone"
        for name in ("inflow_log_sd", "travel_log_sd"):
            within(name, np.asarray(getattr(self, name), np.float64), "", low=0.0, high=5.0)
        for name in ("step_s", "dt_s"):
            within(name, np.asarray(getattr(self, name), np.float64), "s", low=0.0, open_low=True)
        if self.rating is not None and self.travel_log_sd > 0.0:
            raise DomainError("river.rating", "travel_log_sd is above 0 beside a rating, want 0")
        if len({np.shape(flow) for flow in self.flow_m3_s.values()}) != 1:
            raise DomainError("river.inflow", "the inflows do not all have one shape, or there are none")

    def runoff(self, network: Network, members: int, horizon_s: float) -> Runoff:
        """One cell for each reach with inflow; the last interval holds until the horizon."""
        flows = [np.atleast_2d(np.asarray(flow, np.float64)) for flow in self.flow_m3_s.values()]
        rate = np.stack(flows)  # (cell, member, interval)
        if rate.shape[1] not in (1, members):
            told = f"the inflows have {rate.shape[1]} members, want 1 or {members}"
            raise DomainError("river.members", told)
        wanted = int(np.ceil(horizon_s / self.step_s - 1e-9))
        rate = rate[:, :, np.minimum(np.arange(wanted), rate.shape[2] - 1)]
        cell = np.full(len(network), -1, np.int32)
        cell[[network.index(reach) for reach in self.flow_m3_s]] = np.arange(len(flows))
        return Runoff(rate, self.step_s, cell)

    @property
    def end_s(self) -> float:
        """End of the last interval that is given, s after the origin."""
        return self.step_s * float(np.shape(next(iter(self.flow_m3_s.values())))[-1])


def spread(
    region: Region,
    source: Inflow,
    *,
    members: int,
    seed: int,
    horizon_s: float,
    treatments: Sequence[object] = (),
    how: str = "serial",
    workers: int | None = None,
) -> Footprint:
    """Forecast where and when a flood takes the river over its flood flow.

    The river starts in balance with the first interval of the inflow.

    Parameters
    ----------
    region : Region
        Its sections with a ``threshold_flow_m3_s`` are the places; its network needs k_s and x.
    source : Inflow
    members : int, >= 1
    seed : int
    horizon_s : float, s, > 0
        How far the forecast reaches after the origin.
    treatments : sequence of Treatment
        What is done about it, with effects of `EFFECTS`; times count from the origin. The target of
        ``hold_release`` is a reach with inflow, that of a link any reach, both by number or by a section at
        its end; that of a receiver a section or a city of such. A retention area needs travel times that do
        not follow the flow. ``add_flow`` adds water: it makes a flood worse.
    how, workers
        As in `ensemble.run`; the result does not depend on them.

    Returns
    -------
    Footprint
        The quantity is flow over the section's threshold flow, so that 1 is reached where the flood flow
        is. People exposed are unknown where it is reached: how many that are, only a map of the flooded
        land can say.

    Raises
    ------
    DomainError
        A parameter outside its range.
    InputFaults
        ``river.region``: no river, or no section with a threshold flow. ``river.runoff``: inflow that is
        not a flow. ``treatment.not_honoured``: a treatment that this pathway, or this river, does not know.
    NotFoundError
        An inflow into a reach that is not there.
    """
    within("horizon", np.asarray(horizon_s, np.float64), "s", low=0.0, high=3650 * 86400.0, open_low=True)
    if members < 1:
        raise DomainError("river.members", f"members is {members}, want at least 1")
    network, sections = _sections(region)
    acts = _placed(region, network, source, sections, treatments)
    task = _Flood(network, source, sections, members, seed, horizon_s, acts)
    found = ensemble.run(task, members, how=how, workers=workers, chunk=MEMBERS_IN_CHUNK)
    return _footprint(region, source, network, sections, found, acts, seed, horizon_s)


def _sections(region: Region) -> tuple[Network, tuple[Section, ...]]:
    sections = tuple(s for s in region.sections if s.threshold_flow_m3_s is not None)
    if region.network is None or not sections:
        got = "no river" if region.network is None else "no section with a threshold flow"
        fault = Fault("river.region", str(region.folder), None, "threshold_flow_m3_s", got, "both")
        raise InputFaults("river.region", f"no flood can be forecast for {region.name}", [fault])
    return region.network, sections


Placed = tuple[tuple[int, Treatment], ...]
"""Treatments with the reach on which they act; of a receiver, -1."""


def _placed(
    region: Region,
    network: Network,
    source: Inflow,
    sections: tuple[Section, ...],
    treatments: Sequence[object],
) -> Placed:
    """The treatments and their reaches, if this river can honour each of them."""
    reaches = {str(reach): int(reach) for reach in network.ids}
    reaches |= {section.id: section.reach_id for section in region.sections}
    receivers = {name for section in sections for name in (section.id, section.city)}

    def has(treatment: Treatment) -> bool:
        if treatment.kind == "receiver":
            return treatment.target in receivers
        reach = reaches.get(treatment.target)
        return reach is not None and (treatment.kind == "link" or reach in source.flow_m3_s)

    # A reach without length has no travel time that follows the flow, so no area can stand on such a river.
    effects = EFFECTS if source.rating is None else tuple(e for e in EFFECTS if e != "retain")
    acts = accept(treatments, pathway="river", effects=effects, has=has)
    return tuple((-1 if t.kind == "receiver" else reaches[t.target], t) for t in acts)


@dataclass(frozen=True, eq=False)
class _Flood:
    """A task: the arrays of a footprint for some members, the member axis last."""

    network: Network
    source: Inflow
    sections: tuple[Section, ...]
    members: int
    seed: int
    horizon_s: float
    acts: Placed = ()

    def __call__(self, members: range) -> dict[str, Floats]:
        source, count = self.source, len(members)
        runoff = source.runoff(self.network, self.members, self.horizon_s)
        rate = runoff.rate if runoff.members == 1 else runoff.rate[:, members.start : members.stop]
        wetter = np.exp(source.inflow_log_sd * ensemble.normal(self.seed, "river.inflow", members))
        runoff = Runoff(rate * wetter[:, None], source.step_s, runoff.cell)
        slower = np.exp(source.travel_log_sd * ensemble.normal(self.seed, "river.travel", members))
        k_s = self.network.k_s[:, None] * slower if source.travel_log_sd > 0.0 else None
        first = _balance(self.network, runoff)
        runoff = _treated(self.network, source, runoff, self.acts)
        areas = [act for act in self.acts if act[1].effect == "retain"]
        flow = self._retained(runoff, k_s, first, areas) if areas else self._routed(runoff, k_s, first, count)
        threshold = np.array([section.threshold_flow_m3_s for section in self.sections], np.float64)
        return _reduced(flow / threshold[:, None, None], source.dt_s, round(source.step_s / source.dt_s))

    def _routed(self, runoff: Runoff, k_s: Floats | None, first: Floats, count: int) -> Floats:
        """Flow at the sections from the origin on, (section, member, time)."""
        source = self.source
        method = "lag" if source.rating is None else "rating"
        weights = plan(self.network, dt_s=source.dt_s, method=method, k_s=k_s, rating=source.rating)  # type: ignore[arg-type]
        rows = [self.network.index(section.reach_id) for section in self.sections]
        state = start(weights, members=count, flow_m3_s=first)
        flow = route(weights, runoff, rows=rows, state=state).flow_m3_s  # (section, member, time)
        return np.concatenate([first[rows][:, :, None], flow], axis=2)

    def _retained(
        self, runoff: Runoff, k_s: Floats | None, first: Floats, areas: Sequence[tuple[int, Treatment]]
    ) -> Floats:
        """The same behind retention areas, each of which sees what those above it let pass."""
        course = Course(
            self.network, runoff, self.network.k_s if k_s is None else k_s, first, self.source.dt_s
        )
        carried = {section.reach_id: section.reach_id for section in self.sections}
        for reach, area in sorted(areas, key=lambda act: self.network.index(act[0])):
            at = carried.get(reach, reach)
            course, carried[reach] = with_area(course, at, area)
        return course.flow_m3_s([carried[section.reach_id] for section in self.sections])


def _treated(network: Network, source: Inflow, runoff: Runoff, acts: Placed) -> Runoff:
    """The runoff with what is held back taken out of it, and what is let out added."""
    held = [act for act in acts if act[1].effect == "hold_release"]
    added = [act for act in acts if act[1].effect == "add_flow"]
    if not held and not added:
        return runoff
    rate = np.array(runoff.rate, np.float64)
    cell, weight = runoff.of_reaches(len(network))
    begin_s = np.arange(rate.shape[2]) * source.step_s
    for reach, treatment in held:
        row = cell[network.index(reach)]
        rate[row] *= source_share([treatment], begin_s, begin_s + source.step_s)
    cells = np.where(weight > 0.0, cell, -1).astype(np.int32)
    for reach, treatment in added:
        at = network.index(reach)
        if cells[at] < 0:
            cells[at] = len(rate)
            rate = np.concatenate([rate, np.zeros((1, *rate.shape[1:]))])
        rate[cells[at]] += treatment.amount * treatment.during(begin_s, begin_s + source.step_s)
    return Runoff(rate, source.step_s, cells)


def _balance(network: Network, runoff: Runoff) -> Floats:
    """Flow of each reach when the inflow of the first interval has lasted for ever, (reach, member)."""
    cell, weight = runoff.of_reaches(len(network))
    flow = np.array(runoff.rate[cell, :, 0] * weight[:, None])
    for i in range(len(network)):  # reaches stand in the order of the flow
        if network.down[i] >= 0:
            flow[network.down[i]] += flow[i]
    return flow


def _reduced(ratio: Floats, dt_s: float, per: int) -> dict[str, Floats]:
    """Arrival, peak and duration of a flow over threshold, (section, member, time), from the origin on."""
    over = ratio >= 1.0
    first = over.argmax(axis=2)
    before = np.take_along_axis(ratio, np.maximum(first - 1, 0)[..., None], 2)[..., 0]
    at = np.take_along_axis(ratio, first[..., None], 2)[..., 0]
    # Between the ends of two steps the flow is taken to rise evenly.
    part = (1.0 - before) / np.where(at > before, at - before, 1.0)
    arrival = np.where(first > 0, (first - 1 + part) * dt_s, 0.0)
    lasting = over.sum(axis=2) * dt_s
    return {
        "arrival_s": np.where(over.any(axis=2), arrival, np.inf),
        "peak": ratio.max(axis=2),
        "peak_s": ratio.argmax(axis=2) * dt_s,
        "duration_s": np.where(over[:, :, -1], np.inf, lasting),
        "at": np.moveaxis(ratio[:, :, ::per], 1, 2),  # (section, time, member)
    }


def _footprint(
    region: Region,
    source: Inflow,
    network: Network,
    sections: tuple[Section, ...],
    found: Any,
    acts: Placed,
    seed: int,
    horizon_s: float,
) -> Footprint:
    arrival = np.where(found["arrival_s"] <= horizon_s, found["arrival_s"], np.inf)
    reached = np.isfinite(arrival)
    duration = np.where(reached, found["duration_s"], 0.0)
    exposed = np.where(reached, np.nan, 0.0)
    if acts:
        share = [
            receiver_share([t for _, t in acts], (s.id, s.city), arrival[i], arrival[i] + duration[i])
            for i, s in enumerate(sections)
        ]
        exposed = still_exposed(exposed, np.stack(share))
    cities = [s.city for s, likely in zip(sections, reached.mean(axis=1) >= 0.5, strict=True) if likely]
    return Footprint(
        pathway="river",
        quantity="flow over threshold flow",
        unit="1",
        threshold=1.0,
        places=tuple(Place(s.id, s.city, s.name_zh, s.name_en, s.lat, s.lon) for s in sections),
        origin=source.origin,
        issued=source.issued,
        known_at=source.known_at,
        arrival_s=arrival,
        peak=found["peak"],
        peak_s=found["peak_s"],
        duration_s=duration,
        exposed_people=exposed,
        hazard_cities=tuple(dict.fromkeys(cities)),
        series=ensemble.series(found["at"], np.arange(found["at"].shape[1]) * source.step_s),
        seed=seed,
        model=MODEL if source.rating is None else "rating",
        version=version("riskshed"),
        region_digest=region.digest,
        caveats=_caveats(region, source, network, sections, horizon_s),
        source_text=source.source_text,
        horizon_s=horizon_s,
    )


def _caveats(
    region: Region, source: Inflow, network: Network, sections: tuple[Section, ...], horizon_s: float
) -> tuple[Caveat, ...]:
    told = []
    flat = tuple(s.id for s in sections if network.slope[network.index(s.reach_id)] < BACKWATER_SLOPE)
    if flat:
        english = (
            "The river is so flat here that water may be held back from below: do not trust the arrival."
        )
        told.append(
            Caveat("river.backwater", english, "此处河道过于平缓，可能受下游顶托，到达时间不可信。", flat)
        )
    left_out = len(region.sections) - len(sections)
    if left_out:
        english = f"{left_out} sections have no threshold flow and are left out."
        told.append(Caveat("river.no_threshold", english, f"{left_out} 个断面没有警戒流量，未列入。"))
    if horizon_s > source.end_s:
        english = f"After {source.end_s / 3600:.0f} h no inflow is given: the last value is held."
        told.append(
            Caveat("river.inflow_held", english, f"{source.end_s / 3600:.0f} 小时后无来水数据，沿用末值。")
        )
    return tuple(told)
