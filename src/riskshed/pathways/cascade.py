"""A cascade: one footprint sets off the next, such as a quake, a dam, a flood, a plant that stops.

Each stage is forecast by its own pathway, or given where it has no physics, and knows nothing of the others.
What it takes to set off the next is asked of its footprint, member by member: **member k of a stage sets off
member k of the next**, and of no other. So what one member supposes of the first stage goes all the way down:
where the flood is high, the plant stands still for long, and cities that are hit by both are hit in the same
members. Averages of one stage that are handed to the next would lose just that (decision 0018).

A pathway whose source may begin at another time in each member is told when (``onset_s``). Rivers are in a
steady state here: for them the forecast is the same whenever it begins, and is moved in time as a whole. The
footprint says so, since a real river has seasons.

Nothing begins before its cause: a condition is met when that is sure, and a delay is never negative.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import DomainError, Fault
from riskshed.footprint import Caveat, Footprint
from riskshed.pathways import cascade_cities, registry
from riskshed.pathways.cascade_chain import Chain, chain_of
from riskshed.pathways.cascade_given import refuse, spread_given, unknown_cities
from riskshed.pathways.cascade_links import Fired, Met, fire, first, met, rows_of, together
from riskshed.pathways.cascade_source import CascadeSource
from riskshed.pathways.cascade_stage import Link, Stage
from riskshed.pathways.treatment import EFFECTS, Treatment, accept
from riskshed.reading import Reading
from riskshed.region import Region

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

HORIZON_S = 60 * 86400.0
FOR_EVER = np.inf
ROUNDING_S = 1e-3
"""What sums of seconds over years may be off by; more is an arrival before its cause."""


@dataclass(frozen=True, eq=False)
class StageSpread:
    """A stage with what came of it.

    Attributes
    ----------
    stage : Stage
    footprint : Footprint
        Its places in its own quantity, in seconds after the origin of the cascade.
    begin : Met
        When it begins in each member (infinite: it does not), and until when its cause goes on, (member,).
    links : tuple of Fired
        What may have set it off; empty for a stage that happens in every member.
    is_moved : bool
        Whether its pathway computed it once and it was moved to its begin.
    """

    stage: Stage
    footprint: Footprint
    begin: Met
    links: tuple[Fired, ...]
    is_moved: bool

    @property
    def share(self) -> float:
        """Share of the members in which it begins."""
        return float(np.isfinite(self.begin.at_s).mean())


@dataclass(frozen=True, eq=False)
class Cascade:
    """Every stage of a cascade with its footprint, causes before what they set off."""

    source: CascadeSource
    region: Region
    stages: tuple[StageSpread, ...]
    members: int
    seed: int
    issued: datetime
    horizon_s: float

    def stage(self, stage_id: str) -> StageSpread:
        """The stage of this id."""
        return next(spread for spread in self.stages if spread.stage.id == stage_id)

    def chain(self) -> Chain:
        """Stages and links with probabilities and times, as plain data for a drawing or a table."""
        return chain_of(self.source, self.stages, self.region, self.members, self.horizon_s)

    def footprint(self) -> Footprint:
        """What comes to each city: which stages, from when on, how many at once, how many people."""
        parts = [
            cascade_cities.Part(s.stage.title_zh, s.stage.title_en, s.footprint, s.share) for s in self.stages
        ]
        cities = cascade_cities.Together.of(self.region, parts)
        peak, peak_s = cities.at_once()
        people, lower_bound = cities.exposed()
        return Footprint(
            pathway="cascade",
            quantity=cascade_cities.QUANTITY,
            unit="1",
            threshold=1.0,
            places=cities.places,
            origin=self.source.origin,
            issued=self.issued,
            known_at=max(s.footprint.known_at for s in self.stages),
            arrival_s=cities.starts_s.min(axis=0),
            peak=peak,
            peak_s=peak_s,
            duration_s=cities.under_way_s(),
            exposed_people=people,
            hazard_cities=cascade_cities.hazard_cities(parts),
            series=cities.series(self.horizon_s),
            seed=self.seed,
            model=f"cascade of {', '.join(dict.fromkeys(s.footprint.model for s in self.stages))}",
            version=version("riskshed"),
            region_digest=self.region.digest,
            caveats=(*cascade_cities.caveats(self.region, parts, lower_bound), self._condition()),
            source_text=self.source.source_text,
            horizon_s=self.horizon_s,
            unknown=cities.unknown(),
        )

    def _condition(self) -> Caveat:
        """What the whole forecast takes for granted."""
        roots = [s.stage for s in self.stages if not s.links]
        english = f"All of this is on condition of: {', '.join(s.title_en for s in roots)}."
        chinese = f"以上均以下列事件发生为前提：{'、'.join(s.title_zh for s in roots)}。"
        return Caveat("cascade.condition", english, chinese)


def spread(
    region: Region,
    source: CascadeSource,
    *,
    members: int = 1000,
    seed: int = 1,
    horizon_s: float = HORIZON_S,
    treatments: Sequence[object] = (),
    readings: Iterable[Reading] = (),
    at: datetime | None = None,
    how: str = "serial",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Footprint:
    """Forecast what a cascade does to each city; parameters and errors are those of `run`."""
    found = run(
        region, source, members=members, seed=seed, horizon_s=horizon_s, treatments=treatments,
        readings=readings, at=at, how=how, workers=workers, progress=progress,
    )  # fmt: skip
    return found.footprint()


def foresee(region: Region, source: CascadeSource, **given: Any) -> tuple[Footprint, Mapping[str, Any]]:
    """As `spread`, and beside the footprint its ``chain``, as `Cascade.chain`; parameters as of `run`."""
    found = run(region, source, **given)
    return found.footprint(), {"chain": found.chain()}


def run(
    region: Region,
    source: CascadeSource,
    *,
    members: int = 1000,
    seed: int = 1,
    horizon_s: float = HORIZON_S,
    treatments: Sequence[object] = (),
    readings: Iterable[Reading] = (),
    at: datetime | None = None,
    how: str = "serial",
    workers: int | None = None,
    progress: Progress | None = None,
    entries: Mapping[str, registry.Entry] = registry.ENTRIES,
) -> Cascade:
    """Forecast every stage of a cascade.

    Parameters
    ----------
    region : Region
        With what the pathways of the stages need.
    source : CascadeSource
    members : int, >= 1
        As many as every pathway of a stage takes.
    seed : int
        Each stage has its own, which follows from this one and its id.
    horizon_s : float, s, > 0
        How far the forecast reaches after the origin.
    treatments : sequence of Treatment
        The target is ``stage/target``. On a stage that happens in every member its pathway must honour it,
        with times from the origin of the cascade; a ``reserve`` stage honours ``buffer`` at its cities. What
        is done about a stage that begins at another time in each member is refused.
    readings : iterable of Reading
        For the stages that happen in every member and whose pathway takes readings; what was not known at the
        time of issue is not used.
    at : datetime, optional
        Time of issue, aware; without it, the origin or the latest issue of a source. What a source came to
        know later is refused.
    how, workers
        As in `ensemble.run`; the result does not depend on them.
    progress : callable, optional
        Called as ``progress(done, total)`` in stages.
    entries : mapping of str to registry.Entry
        The pathways, as they were given to `CascadeSource.read`.

    Raises
    ------
    InputFaults
        ``cascade.faults``: places or cities that are not there, with file and line.
        ``treatment.not_honoured``. Faults of the pathways are raised as they are.
    DomainError
        ``cascade.members``, ``cascade.horizon``, ``cascade.issued``.
    """
    _check(members, horizon_s, source, at)
    _check_places(region, source)
    acts = _placed(source, treatments)
    ways = {s.pathway: registry.named(s.pathway, entries) for s in source.stages if s.kind == "file"}
    frame = _Frame(region, source, members, seed, horizon_s, acts, ways, how, workers, tuple(readings), at)
    done: dict[str, StageSpread] = {}
    for stage in source.stages:
        done[stage.id] = _stage(frame, stage, done)
        if progress is not None:
            progress(len(done), len(source.stages))
    issued = _issued(source, list(done.values()), at)
    stages = tuple(
        replace(s, footprint=replace(s.footprint, issued=issued, known_at=min(s.footprint.known_at, issued)))
        for s in done.values()
    )
    return Cascade(source, region, stages, members, seed, issued, horizon_s)


@dataclass(frozen=True, eq=False)
class _Frame:
    """What all stages of one run have in common."""

    region: Region
    source: CascadeSource
    members: int
    seed: int
    horizon_s: float
    acts: Mapping[str, tuple[Treatment, ...]]
    ways: Mapping[str, registry.Pathway]
    how: str
    workers: int | None
    readings: tuple[Reading, ...]
    at: datetime | None

    def seed_of(self, stage: Stage) -> int:
        """Of a stage: two floods in one cascade are not the same flood."""
        digest = hashlib.sha256(f"{self.seed}\0cascade.stage\0{stage.id}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1  # 63 bits, which every store of numbers takes


def _check(members: int, horizon_s: float, source: CascadeSource, at: datetime | None) -> None:
    if members < 1:
        raise DomainError("cascade.members", f"members is {members}, want at least 1")
    if not 0 < horizon_s <= 3650 * 86400.0:
        raise DomainError("cascade.horizon", f"horizon_s is {horizon_s}, want > 0 and at most ten years")
    if at is not None and at.utcoffset() is None:
        raise DomainError("cascade.issued", f"the time of issue is {at.isoformat()}, want it with offset")
    if at is not None and at < source.origin:
        told = f"the time of issue is {at.isoformat()}, want {source.origin.isoformat()} or later"
        raise DomainError("cascade.issued", told, todo="No forecast can be made before the first stage.")


def _issued(source: CascadeSource, stages: Sequence[StageSpread], at: datetime | None) -> datetime:
    """When the forecast is issued; no source may know more than that."""
    if at is None:
        return max(source.origin, *(s.footprint.known_at for s in stages))
    for spread in stages:
        if spread.footprint.known_at > at:
            told = (
                f"the stage {spread.stage.id} knows what came at {spread.footprint.known_at.isoformat()}, "
                f"want nothing after the time of issue, {at.isoformat()}"
            )
            raise DomainError("cascade.issued", told, todo="Issue it later, or take an earlier source.")
    return at


def _check_places(region: Region, source: CascadeSource) -> None:
    """Every place and city that the cascade names is one that its stage, or the region, can have."""
    faults: list[Fault] = []
    rows = (*region.cities, *region.sections, *getattr(region, "plants", ()))
    anywhere = {
        name for row in rows for name in (getattr(row, "code", None), getattr(row, "id", None)) if name
    }
    for stage in source.stages:
        faults += unknown_cities(region, source.where, stage)
    for link in source.links:
        for cause in link.causes:
            places = source.stage(cause.stage).places
            known = {name for place in places for name in (place.id, place.city)} if places else anywhere
            if cause.place is not None and cause.place not in known:
                faults.append(_no_place(source, link, cause.stage, cause.place, sorted(known)))
    refuse(faults, source.where)


def _no_place(source: CascadeSource, link: Link, stage: str, place: str, known: Sequence[str]) -> Fault:
    listed = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    return Fault(
        "cascade.unknown_place", source.where, link.causes_line, f"link {link.id}.causes.place", place,
        f"a place of the stage {stage}: {listed}", "Correct the id, or leave it out to mean any place.",
    )  # fmt: skip


def _placed(source: CascadeSource, treatments: Sequence[object]) -> dict[str, tuple[Treatment, ...]]:
    """The treatments of each stage, with targets and times as the stage itself has them."""

    def has(treatment: Treatment) -> bool:
        stage_id, _, target = treatment.target.partition("/")
        stage = next((s for s in source.stages if s.id == stage_id), None)
        if stage is None or not target:
            return False
        if stage.kind == "reserve":
            names = {name for place in stage.places for name in (place.id, place.city)}
            return treatment.effect == "buffer" and target in names
        return stage.kind == "file" and not source.links_to(stage.id)

    placed: dict[str, list[Treatment]] = {stage.id: [] for stage in source.stages}
    for act in accept(treatments, pathway="cascade", effects=tuple(EFFECTS), has=has):
        stage_id, _, target = act.target.partition("/")
        ahead_s = _ahead_s(source, source.stage(stage_id))
        moved = replace(act, target=target, starts_s=act.starts_s - ahead_s, ends_s=act.ends_s - ahead_s)
        placed[stage_id].append(moved)
    return {stage_id: tuple(acts) for stage_id, acts in placed.items()}


def _ahead_s(source: CascadeSource, stage: Stage) -> float:
    """From the origin to the begin that stands in the source of a stage, s; 0 where none does."""
    return 0.0 if stage.begins is None else (stage.begins - source.origin) / timedelta(seconds=1)


def _stage(frame: _Frame, stage: Stage, done: Mapping[str, StageSpread]) -> StageSpread:
    links = tuple(_fired(frame, link, done) for link in frame.source.links_to(stage.id))
    ahead_s = _ahead_s(frame.source, stage)
    always = Met(np.full(frame.members, ahead_s), np.full(frame.members, FOR_EVER))
    begin = first(links) if links else always
    seed = frame.seed_of(stage)
    if stage.kind != "file":
        origin = frame.source.origin
        found = spread_given(
            frame.region, stage, begin, seed=seed, origin=origin, issued=origin, horizon_s=frame.horizon_s,
            treatments=frame.acts[stage.id],
        )  # fmt: skip
        return StageSpread(stage, found, begin, links, is_moved=False)
    way = frame.ways[stage.pathway]
    given: dict[str, Any] = {}
    moved_s, reach_s = begin.at_s, frame.horizon_s - (0.0 if links else ahead_s)
    if not links:
        given = _known(frame, stage, way)
    elif way.takes_onset:
        _check_begin(frame, stage, begin, ahead_s)
        given = {"onset_s": begin.at_s - ahead_s}
        moved_s, reach_s = np.full(frame.members, ahead_s), frame.horizon_s - ahead_s
    if reach_s <= 0.0:
        told = f"the stage {stage.id} begins {ahead_s:g} s after the first, want it within horizon_s"
        raise DomainError("cascade.horizon", told)
    found = way.spread(
        frame.region, stage.source, members=frame.members, seed=seed, horizon_s=reach_s,
        treatments=frame.acts[stage.id], how=frame.how, workers=frame.workers, **given,
    )  # fmt: skip
    is_moved = bool(links) and not way.takes_onset
    return StageSpread(stage, _moved(frame, found, moved_s, begin.at_s, is_moved), begin, links, is_moved)


def _known(frame: _Frame, stage: Stage, way: registry.Pathway) -> dict[str, Any]:
    """What a stage that happens anyway is told: the readings, and as of when it is forecast."""
    assert stage.begins is not None, f"{stage.id} has a begin"
    given: dict[str, Any] = {"readings": frame.readings} if way.takes("readings") else {}
    if frame.at is not None and way.takes("at"):
        given["at"] = max(frame.at, stage.begins)
    return given


def _fired(frame: _Frame, link: Link, done: Mapping[str, StageSpread]) -> Fired:
    faults = [
        _no_place(frame.source, link, c.stage, c.place or "any", done[c.stage].footprint.ids)
        for c in link.causes
        if not rows_of(done[c.stage].footprint, c.place)
    ]
    refuse(faults, frame.source.where)
    parts = [met(done[cause.stage].footprint, cause, frame.horizon_s) for cause in link.causes]
    return fire(link, together(parts, link.needs), seed=frame.seed, horizon_s=frame.horizon_s)


def _check_begin(frame: _Frame, stage: Stage, begin: Met, ahead_s: float) -> None:
    """What a source knows must reach back to the first member that needs it."""
    if (begin.at_s < ahead_s).any():
        got = "a begin after members in which the stage has begun"
        wanted = f"{frame.source.origin.isoformat()} or earlier"
        todo = "Let the source begin with the cascade."
        fault = Fault(
            "cascade.begins_late", frame.source.where, stage.line, f"{stage.id}.file", got, wanted, todo
        )
        refuse([fault], frame.source.where)


def _moved(frame: _Frame, found: Footprint, moved_s: Floats, begin_s: Floats, is_moved: bool) -> Footprint:
    """A footprint in seconds after the origin of the cascade; nothing of it where it does not begin."""
    begins = np.isfinite(moved_s)
    arrival = found.arrival_s + moved_s
    assert (arrival >= begin_s - ROUNDING_S).all(), f"{found.pathway} arrives before it begins"
    arrival = np.maximum(arrival, begin_s)  # the two sums of seconds may differ in their last bits
    within = arrival <= frame.horizon_s
    over = arrival + found.duration_s <= frame.horizon_s
    counted = begins & (within | ~np.isfinite(found.arrival_s))  # what comes after the horizon does not count
    same = bool(begins.all()) and bool((moved_s == moved_s[0]).all())
    series = found.series if same else None
    if series is not None:
        series = replace(series, time_s=series.time_s + moved_s[0])
    told = found.caveats
    if is_moved:
        told += (
            Caveat(
                "cascade.stationary",
                "The forecast is the same whenever the stage begins, and was moved in time for each member.",
                "该链节的预测不随起始时间变化，仅按各成员的起始时刻平移。",
            ),
        )
    return replace(
        found,
        origin=frame.source.origin,
        known_at=frame.source.origin if is_moved else found.known_at,
        issued=max(found.issued, found.known_at, frame.source.origin),
        arrival_s=np.where(within, arrival, np.inf),
        peak=np.where(begins, found.peak, 0.0),
        peak_s=np.where(begins, found.peak_s + np.where(begins, moved_s, 0.0), np.nan),
        duration_s=np.where(within, np.where(over, found.duration_s, np.inf), 0.0),
        exposed_people=np.where(counted, found.exposed_people, 0.0),
        series=series,
        caveats=told,
        horizon_s=frame.horizon_s,
    )
