"""Plants that wait for parts: which halt when some stop of themselves, when, why, and at what loss.

Plants and links come from the region: who delivers which part to whom, and between which bounds stocks of it
last. With `lost[u]` the share of its output that supplier `u` loses, and `gap` the days of deliveries missing
on a link, at each hour::

    d gap / dt  = lost[u] while u loses some,  -refill until 0 else
    short[link] = (1 - substitutable) lost[u]  once gap >= cover,  0 before
    lost[v]     = max(own stop, the sum of share x short over the suppliers of a part, for the worst part)

which is Leontief's rule (a car without seats is no car; Leontief 1951) with stocks in between. Each of these
only grows with `lost`, so the least solution is found by beginning with the own stops and going on until
nothing changes. Three things follow that the tests hold to: no plant halts without a halt above it, more
stocks never make any halt earlier, and plants that wait for each other in a ring start again together.

What is known as a range is drawn evenly for each member, by name, so that no draw depends on other rows. What
is not known at all is drawn from the supposition of the halt, and the footprint says where.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import DomainError, Fault, InputFaults
from riskshed.footprint import Caveat, Footprint, Place
from riskshed.pathways import ensemble
from riskshed.pathways.halt import Halt, Stop
from riskshed.pathways.supplier_graph import OWN, Graph
from riskshed.pathways.toml_block import Span
from riskshed.pathways.treatment import Treatment, accept
from riskshed.region import Plant, Region, SupplyLink

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]

EFFECTS = ("buffer", "cut_source")
"""Effects of treatments that this pathway honours."""
MODEL = "parts, stocks and stops on a supplier graph"
STEP_S, HOUR_S, DAY_S = 3600.0, 3600.0, 86_400.0
HORIZON_S = 60 * DAY_S
NONE = -2
"""In place of a link that made a plant halt: it did not halt."""


@dataclass(frozen=True, eq=False)
class Course:
    """What happens to each plant in each member.

    Attributes
    ----------
    plants : tuple of Plant
    links : tuple of SupplyLink
    halted_s : ndarray, (plant, member)
        When it first loses the threshold or more, s after the halt begins; infinite: never.
    down_s : ndarray, (plant, member)
        How long it does, in all.
    lost_d : ndarray, (plant, member)
        Output lost, in days of output.
    cause : ndarray of int, (plant, member)
        Row of the link that was the worst when it halted; `OWN`, or `NONE` without a halt.
    peak, peak_s : ndarray, (plant, member)
        Largest share lost, and when first.
    lost : ndarray, (plant, time, member)
        Share lost at the beginning of each day.
    """

    plants: tuple[Plant, ...]
    links: tuple[SupplyLink, ...]
    halted_s: FloatArray
    down_s: FloatArray
    lost_d: FloatArray
    cause: NDArray[np.int64]
    peak: FloatArray
    peak_s: FloatArray
    lost: FloatArray

    def loss_yuan(self) -> FloatArray:
        """Worth of the output lost, yuan, (plant, member); NaN where the worth of a day is not known."""
        worth = [np.nan if p.value_yuan_per_day is None else p.value_yuan_per_day for p in self.plants]
        loss: FloatArray = np.array(worth)[:, None] * self.lost_d
        return loss

    def output_lost(self) -> FloatArray:
        """Output lost in the unit of the plant, (plant, member); NaN where a day's is not known."""
        daily = [np.nan if p.output_per_day is None else p.output_per_day for p in self.plants]
        lost: FloatArray = np.array(daily)[:, None] * self.lost_d
        return lost


def spread(
    region: Region,
    source: Halt,
    *,
    members: int = 500,
    seed: int = 1,
    horizon_s: float = HORIZON_S,
    treatments: Sequence[object] = (),
    onset_s: FloatArray | None = None,
    at: datetime | None = None,
    how: str = "serial",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Footprint:
    """Forecast which plants halt.

    Parameters
    ----------
    region : Region
        With plants.csv; without supply_links.csv only the stops of the halt itself come.
    source : Halt
    members : int
        At least 2.
    seed : int
    horizon_s : float
        How far the forecast reaches, s after the halt begins, an hour to ten years.
    treatments : sequence of Treatment
        With effects of `EFFECTS`; times count from the beginning of the halt.
    onset_s : (member,), optional
        When the halt begins in each member, s after `source.begins`, >= 0; infinite: not at all.
    at : datetime, optional
        Time of issue, aware, not before the halt. Nothing that is seen later is used: there are no readings.
    how, workers
        As in `ensemble.run`; the result does not depend on them.
    progress : callable, optional

    Returns
    -------
    Footprint
        One row for each plant; the quantity is the share of its output that is lost. Exposed are the people
        who work there, where that is known.

    Raises
    ------
    DomainError
        ``supply.members``, ``supply.horizon``, ``supply.onset``, ``supply.issued``.
    InputFaults
        ``supply.region``: no plants, or a stop of a plant or city that has none. ``treatment.not_honoured``.
    """
    issued = source.begins if at is None else at
    if issued.utcoffset() is None or issued < source.begins:
        wanted = f"{source.begins.isoformat()} or later, with offset"
        raise DomainError("supply.issued", f"the time of issue is {issued.isoformat()}, want {wanted}")
    course = run(
        region, source, members=members, seed=seed, horizon_s=horizon_s, treatments=treatments,
        onset_s=onset_s, how=how, workers=workers, progress=progress,
    )  # fmt: skip
    return footprint_of(region, source, course, issued=issued, seed=seed, horizon_s=horizon_s)


def run(
    region: Region,
    source: Halt,
    *,
    members: int = 500,
    seed: int = 1,
    horizon_s: float = HORIZON_S,
    treatments: Sequence[object] = (),
    onset_s: FloatArray | None = None,
    how: str = "serial",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Course:
    """As `spread`, with the causes and the losses."""
    onset = np.zeros(members) if onset_s is None else np.asarray(onset_s, np.float64)
    if members < 2:
        raise DomainError("supply.members", f"members is {members}, want at least 2")
    if not STEP_S <= horizon_s <= 3650 * DAY_S:
        raise DomainError("supply.horizon", f"horizon_s is {horizon_s}, want an hour to ten years")
    if onset.shape != (members,) or np.isnan(onset).any() or (onset < 0).any():
        raise DomainError("supply.onset", f"onset_s is not {members} times of 0 or more")
    stops = _stops(region, source)
    acts = accept(treatments, pathway="supply", effects=EFFECTS, has=partial(_has, region, source))
    task = _Task(region.plants, region.supply_links, source, stops, acts, onset, seed, horizon_s)
    found = ensemble.run(task, members, how=how, workers=workers, chunk=512, progress=progress)
    return Course(region.plants, region.supply_links, **found)


def _stops(region: Region, source: Halt) -> tuple[tuple[int, Stop], ...]:
    """Each plant that stops of itself, and how."""
    found, faults = list[tuple[int, Stop]](), list[Fault]()
    if not region.plants:
        faults.append(_unfit(region, "no plants", "a region with plants"))
    for stop in source.stops:
        rows = [i for i, p in enumerate(region.plants) if stop.plant == p.id or stop.city == p.city]
        if region.plants and not rows:
            got = f"no plant {stop.plant}" if stop.plant else f"no plants in {stop.city}"
            faults.append(_unfit(region, got, "plants that the halt names"))
        found += [(row, stop) for row in rows]
    if faults:
        raise InputFaults("supply.region", "this region cannot carry this halt", faults)
    return tuple(found)


def _unfit(region: Region, got: str, wanted: str) -> Fault:
    where = str(region.folder / "plants.csv")
    return Fault("supply.region", where, None, None, got, wanted, "Correct the region or the halt.")


def _has(region: Region, source: Halt, treatment: Treatment) -> bool:
    """Whether the target of a treatment is of this halt."""
    if treatment.kind == "source":
        named = {plant.id: plant.city for row, _ in _stops(region, source) for plant in [region.plants[row]]}
        return treatment.target in {*named, *named.values()}
    return treatment.target in {name for plant in region.plants for name in (plant.id, plant.city)}


@dataclass(frozen=True, eq=False)
class _Task:
    """A task: what happens to all plants in some members."""

    plants: tuple[Plant, ...]
    links: tuple[SupplyLink, ...]
    source: Halt
    stops: tuple[tuple[int, Stop], ...]
    acts: tuple[Treatment, ...]
    onset_s: FloatArray
    seed: int
    horizon_s: float

    def __call__(self, members: range) -> dict[str, NDArray[np.generic]]:
        graph = Graph.of(self.plants, self.links)
        own, cover_s = self._own(members), self._cover_s(members)
        shape, count = (len(self.plants), len(members)), int(self.horizon_s / STEP_S)
        gap_s = np.zeros((len(self.links), len(members)))
        book = _Book(shape, self.source.threshold, count)
        for step in range(count):
            time_s = step * STEP_S
            ready = gap_s >= cover_s + self._buffer_s(graph, time_s)
            lost = graph.settled(own(time_s), ready)
            book.enter(time_s, lost, lambda now, run_off=ready, found=lost: graph.worst(now, found, run_off))
            above = lost[graph.supplier]
            gap_s = np.where(above > 0, gap_s + above * STEP_S, gap_s - self.source.refill * STEP_S)
            np.maximum(gap_s, 0.0, out=gap_s)
        return book.arrays(own)

    def _drawn(self, span: Span, what: str, members: range) -> FloatArray:
        return ensemble.uniform(self.seed, f"supply.{what}", members, low=span.low, high=span.high)

    def _own(self, members: range) -> _Own:
        """The stops of the plants themselves, with the draws of these members."""
        shape = (len(self.stops), len(members))
        begin, lasts = np.empty(shape), np.full(shape, np.inf)
        ramp, share = np.empty(shape), np.empty(shape)
        for number, (row, stop) in enumerate(self.stops):
            name = f"{number}.{self.plants[row].id}"
            begin[number] = DAY_S * self._drawn(stop.begin_d, f"begin.{name}", members)
            if stop.lasts_d is not None:
                # What stops a city ends for all of it: one draw for all plants of a stop.
                whole = self.source.stops.index(stop)
                lasts[number] = DAY_S * self._drawn(stop.lasts_d, f"lasts.{whole}", members)
            ramp[number] = DAY_S * self._drawn(stop.ramp_d, f"ramp.{name}", members)
            share[number] = self._drawn(stop.share, f"share.{name}", members)
        begin += self.onset_s[members.start : members.stop]
        rows = np.array([row for row, _ in self.stops], np.int64)
        named = [(self.plants[row].id, self.plants[row].city) for row, _ in self.stops]
        cut = [
            (act, np.array([[act.target in names] for names in named]))
            for act in self.acts
            if act.kind == "source"
        ]
        end = begin + lasts
        return _Own(len(self.plants), rows, begin, end, end + ramp, np.maximum(ramp, 1e-9), share, cut)

    def _cover_s(self, members: range) -> FloatArray:
        """How long stocks last on each link, (link, member)."""
        cover = np.empty((len(self.links), len(members)))
        for row, link in enumerate(self.links):
            span = self.source.cover_d
            if link.cover_low_d is not None and link.cover_high_d is not None:
                span = Span(link.cover_low_d, link.cover_high_d)
            cover[row] = DAY_S * self._drawn(
                span, f"cover.{link.supplier}.{link.customer}.{link.part}", members
            )
        return cover

    def _buffer_s(self, graph: Graph, time_s: float) -> FloatArray:
        """Stock that treatments add to each link at a time, (link, 1)."""
        more = np.zeros((len(self.links), 1))
        for act in self.acts:
            if act.effect == "buffer" and act.starts_s <= time_s < act.ends_s:
                for row, customer in enumerate(graph.customer):
                    plant = self.plants[customer]
                    more[row] += HOUR_S * act.amount * (act.target in (plant.id, plant.city))
        return more


@dataclass(frozen=True, eq=False)
class _Own:
    """The stops of the plants themselves: the share lost at a time, (plant, member)."""

    plants: int
    rows: NDArray[np.int64]  # (stop,): the plant of each
    begin_s: FloatArray  # (stop, member)
    end_s: FloatArray
    over_s: FloatArray  # when the last of it is over
    ramp_s: FloatArray
    share: FloatArray
    cut: list[tuple[Treatment, NDArray[np.bool_]]]  # with the stops that each one cuts, (stop, 1)

    def __call__(self, time_s: float) -> FloatArray:
        left = np.clip(1.0 - np.maximum(time_s - self.end_s, 0.0) / self.ramp_s, 0.0, 1.0)
        now = np.where((time_s >= self.begin_s) & (time_s < self.over_s), self.share * left, 0.0)
        for act, hit in self.cut:
            if act.starts_s <= time_s < act.ends_s:
                now *= np.where(hit, 1.0 - act.amount, 1.0)
        lost = np.zeros((self.plants, now.shape[1]))
        np.maximum.at(lost, self.rows, now)
        return lost


class _Book:
    """What is kept of each hour."""

    def __init__(self, shape: tuple[int, int], threshold: float, steps: int) -> None:
        self.threshold = threshold
        self.halted_s, self.down_s = np.full(shape, np.inf), np.zeros(shape)
        self.lost_d, self.peak, self.peak_s = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
        self.cause = np.full(shape, NONE)
        days = -(-steps * int(STEP_S) // int(DAY_S))
        self.lost = np.zeros((shape[0], days, shape[1]))

    def enter(self, time_s: float, lost: FloatArray, worst: Callable[..., NDArray[np.int64]]) -> None:
        """Note an hour."""
        over = lost >= self.threshold - 1e-9
        first = over & np.isinf(self.halted_s)
        if first.any():
            self.cause = np.where(first, worst(first), self.cause)
            self.halted_s[first] = time_s
        self.down_s += np.where(over, STEP_S, 0.0)
        self.lost_d += lost * STEP_S / DAY_S
        higher = lost > self.peak
        self.peak_s[higher] = time_s
        self.peak = np.maximum(self.peak, lost)
        if time_s % DAY_S == 0:
            self.lost[:, int(time_s // DAY_S)] = lost

    def arrays(self, own: _Own) -> dict[str, NDArray[np.generic]]:
        """All of it; a plant that halts of itself does so whatever parts were short in that hour."""
        for row, begin_s in zip(own.rows, own.begin_s, strict=True):
            at_s = self.halted_s[row]
            itself = np.isfinite(at_s) & (at_s >= begin_s) & (at_s < begin_s + STEP_S)
            self.cause[row] = np.where(itself, OWN, self.cause[row])
        names = ("halted_s", "down_s", "lost_d", "cause", "peak", "peak_s", "lost")
        return {name: getattr(self, name) for name in names}


def footprint_of(
    region: Region, source: Halt, course: Course, *, issued: datetime, seed: int, horizon_s: float
) -> Footprint:
    """The footprint of a course that `run` made with the same region, source, seed and horizon."""
    reached = np.isfinite(course.halted_s)
    workers = np.array([np.nan if p.workers is None else p.workers for p in region.plants])
    unknown = ~(reached.any(axis=1) | np.isin([p.id for p in region.plants], supplied(region)))
    unheard = np.isnan(workers) | unknown
    exposed = np.where(unheard[:, None], np.nan, np.where(reached, workers[:, None], 0.0))
    days: FloatArray = DAY_S * np.arange(course.lost.shape[1], dtype=np.float64)
    return Footprint(
        pathway="supply",
        quantity="share of output lost",
        unit="1",
        threshold=source.threshold,
        places=tuple(_place(region, plant) for plant in region.plants),
        origin=source.begins,
        issued=issued,
        known_at=source.begins,
        arrival_s=course.halted_s,
        peak=course.peak,
        peak_s=course.peak_s,
        duration_s=course.down_s,
        exposed_people=exposed,
        hazard_cities=tuple(dict.fromkeys(region.plants[row].city for row, _ in _stops(region, source))),
        series=ensemble.series(course.lost, days) if days.size > 1 else None,
        seed=seed,
        model=MODEL,
        version=version("riskshed"),
        region_digest=region.digest,
        caveats=_caveats(region, source),
        source_text=source.source,
        horizon_s=horizon_s,
        unknown=tuple(plant.id for plant, row in zip(region.plants, unknown, strict=True) if row),
    )


def supplied(region: Region) -> tuple[str, ...]:
    """Ids of the plants with a known supplier; of the others only their own stop can be foreseen."""
    return tuple(dict.fromkeys(link.customer for link in region.supply_links))


def _place(region: Region, plant: Plant) -> Place:
    city = region.city(plant.city)
    people = None if plant.workers is None else float(plant.workers)
    return Place(plant.id, plant.city, plant.name_zh, plant.name_en, city.lat, city.lon, people)


def _caveats(region: Region, source: Halt) -> tuple[Caveat, ...]:
    """What rests on suppositions, and at which plants."""
    links = region.supply_links
    known = set(supplied(region))
    unknown = tuple(p.id for p in region.plants if p.id not in known)
    covers = tuple(dict.fromkeys(link.customer for link in links if link.cover_low_d is None))
    made_up = tuple(dict.fromkeys(link.customer for link in links if link.basis == "synthetic"))
    open_end = any(stop.lasts_d is None for stop in source.stops)
    given = [
        Caveat(
            "supply.no_links", "Nobody is known to supply these plants: only their own stop is foreseen.",
            "这些工厂的供应商未知，仅预测其自身停产。", unknown,
        ),
        Caveat(
            "supply.cover_supposed", "How long stocks last is not known here, and was drawn from a range.",
            "库存可用天数未知，按给定区间随机取值。", covers,
        ),
        Caveat(
            "supply.links_supposed", "Some suppliers of these plants are supposed (synthetic).",
            "部分供应关系为假定（合成）。", made_up,
        ),
    ]  # fmt: skip
    told = [caveat for caveat in given if caveat.places]
    if open_end:
        told.append(
            Caveat(
                "supply.open_end", "A stop has no known end: how long halts last is that of the forecast.",
                "停产结束时间未知，停产时长以预测期为限。",
            )
        )  # fmt: skip
    return (*(replace(caveat, places=()) for caveat in source.caveats), *told)
