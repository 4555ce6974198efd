"""A spill on a river: when the cloud reaches each section downstream, how strong, how long, how surely.

Members differ in all that is not known (`spill.Spill`): the velocity along the river, ice, flow, width, mass
and losses. Each is carried down the stem (`tracer.run`). Readings known at the time of issue are turned into
conditions (`sightings`), and the members are moved until they agree with them (`smoother`); the same members,
carried down once more, are the forecast. What was seen upstream so narrows what is expected downstream by
physics alone: the speed seen last goes on, ice and falling water slow it, the cloud widens.

A forecast issued at T is a function of the readings known at T: later ones are taken out before anything
else is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import DomainError, Fault, InputFaults
from riskshed.footprint import Caveat, Footprint, Place
from riskshed.pathways import ensemble, sightings, smoother, tracer
from riskshed.pathways.spill import DAY_S, HOUR_S, NORMAL, Spill
from riskshed.pathways.treatment import Treatment, accept, receiver_share, still_exposed
from riskshed.reading import Reading, known_by
from riskshed.region import Region, Section

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]

MODEL = "aggregated dead zone on Jobson velocities, ensemble smoother"
HORIZON_S = 60 * DAY_S
STEPS = 8
"""Steps of the smoother; from 4 to 8 the forecasts still sharpen, beyond they do not."""
WALK_BLOCK_M = 25_000.0
"""Length of river over which the walk of the velocity makes one step."""
SERIES_STEP_S = 4 * HOUR_S
SCALARS = (
    "velocity_factor", "flow_factor", "recession_per_d", "ice_velocity", "first_ice", "ice_spell_d",
    "width_h", "width_exponent", "release_h", "half_life_d", "mass_kg",
)  # fmt: skip
"""Controls that hold for the whole river, in their order; the steps of the walk follow."""
RANGES = {key: (low, high) for key, _, _, low, high in NORMAL}
"""Within which a normal supposition is held, for each member."""
EFFECTS = ("cut_source", "add_flow", "absorb", "close_intake", "evacuate", "supply_water", "buffer")
"""Effects of treatments that this pathway honours; the last two bear on losses, not on the footprint."""


def spread(
    region: Region,
    source: Spill,
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
    """Forecast a spill as it could be known at one time.

    Parameters
    ----------
    region : Region
        Its reaches below the release need flow_m3_s, flow_mean_m3_s and drainage_area_m2.
    source : Spill
    members : int
        At least 2.
    seed : int
    horizon_s : float
        How far the forecast reaches, s after the release, > 0.
    treatments : sequence of Treatment
        What is done about it, with effects of `EFFECTS`; times count from the release. The target of
        ``cut_source`` is the section of the spill; that of a link a section or reach below it (or its own,
        for ``add_flow``); that of a receiver a section below it, or a city of such. What was read is held to
        be of the river so treated.
    readings : iterable of Reading
        In any order; those not known at `at` are not used, nor those at sections off the river.
    at : datetime, optional
        Time of issue, aware, not before the release; without it, the release.
    how, workers
        As in `ensemble.run`; the result does not depend on them.
    progress : callable, optional
        Called as ``progress(done, total)`` in runs of the ensemble.

    Returns
    -------
    Footprint
        One row for each section below the release, in the order of the flow. Origin is the release.

    Raises
    ------
    DomainError
        ``pollutant.members``, ``pollutant.issued``, ``pollutant.horizon``.
    InputFaults
        ``pollutant.region``: no river, no such section, or reaches without what the velocity needs.
        ``treatment.not_honoured``: a treatment that this pathway, or this river, does not know.
    """
    issued = source.released if at is None else at
    _check(members, issued, source, horizon_s)
    river = _River.below(region, source)
    known_to_river = partial(_has, region, source, river)
    acts = accept(treatments, pathway="pollutant", effects=EFFECTS, has=known_to_river)
    works = _works(region, river, acts)
    known = [r for r in known_by(tuple(readings), issued) if r.section in river.rows]
    seen = sightings.of_readings(
        known,
        rows=river.rows,
        released=source.released,
        detection_mg_per_l=source.detection_mg_per_l,
        limit_mg_per_l=source.limit_mg_per_l,
        errors=source.errors,
    )
    split = partial(ensemble.run, members=members, how=how, workers=workers, chunk=256)
    controls = _narrowed(
        river, source, seen, split, members=members, seed=seed, progress=progress, works=works
    )
    times = np.arange(0.0, horizon_s + SERIES_STEP_S, SERIES_STEP_S)
    found = split(_Reduced(river, source, controls, times, works))
    if progress is not None:
        progress(STEPS + 1, STEPS + 1)
    return _footprint(
        region, source, river, found, times, acts,
        issued=issued, known=known, seed=seed, horizon_s=horizon_s,
    )  # fmt: skip


def _has(region: Region, source: Spill, river: _River, treatment: Treatment) -> bool:
    """Whether the target of a treatment is of this spill."""
    if treatment.kind == "source":
        return treatment.target == source.section
    if treatment.kind == "receiver":
        return treatment.target in {name for s in river.sections for name in (s.id, s.city)}
    row = _row(region, river, treatment.target)
    # Water can be let out where the spill is; a wall there would stand above it.
    return row is not None and (row >= 0 or treatment.effect == "add_flow")


def _row(region: Region, river: _River, target: str) -> int | None:
    """The reach of the stem that a section or a number of a reach means."""
    reach = {s.id: str(s.reach_id) for s in region.sections}.get(target, target)
    return river.reach_rows.get(reach)


def _works(region: Region, river: _River, treatments: Sequence[Treatment]) -> tracer.Works:
    placed = [(_row(region, river, t.target), t) for t in treatments if t.kind == "link"]
    rows = [(row, t) for row, t in placed if row is not None]
    return tracer.Works(
        tuple(t for t in treatments if t.kind == "source"),
        tuple((row, t) for row, t in rows if t.effect == "add_flow"),
        tuple((row, t) for row, t in rows if t.effect == "absorb"),
    )


def _check(members: int, issued: datetime, source: Spill, horizon_s: float) -> None:
    if members < 2:
        raise DomainError("pollutant.members", f"members is {members}, want at least 2")
    if issued.utcoffset() is None:
        raise DomainError(
            "pollutant.issued", f"the time of issue is {issued.isoformat()}, want it with offset"
        )
    if issued < source.released:
        raise DomainError(
            "pollutant.issued",
            f"the time of issue is {issued.isoformat()}, want {source.released.isoformat()} or later",
            todo="No forecast can be made before the release.",
        )
    if not 0 < horizon_s <= 3650 * DAY_S:
        raise DomainError("pollutant.horizon", f"horizon_s is {horizon_s}, want > 0 and at most ten years")


@dataclass(frozen=True, eq=False)
class _River:
    """The stem below the release, its sections, and the blocks of the walk."""

    stem: tracer.Stem
    sections: tuple[Section, ...]
    rows: dict[str, int]
    block: NDArray[np.int64]  # (reach,)
    block_log_sd: FloatArray  # (block,)
    reach_rows: dict[str, int]  # of each reach of the stem, by its number; -1 of the reach of the release

    @staticmethod
    def below(region: Region, source: Spill) -> _River:
        network = region.network
        where = str(region.folder)
        if network is None:
            raise _unfit(where, "reaches", "no river", "a region with reaches")
        by_id = {s.id: s for s in region.sections}
        for name in (source.section, *source.breaks):
            if name not in by_id:
                raise _unfit(
                    where, "sections.csv", f"no section {name}", "every section that the spill names"
                )
        # The section stands at the lower end of its reach, and the release enters there.
        path = network.path_down(network.index(by_id[source.section].reach_id))[1:]
        place = {int(network.ids[i]): row for row, i in enumerate(path)}
        sections = sorted(
            (s for s in region.sections if s.reach_id in place), key=lambda s: place[s.reach_id]
        )
        if not sections:
            raise _unfit(where, "sections.csv", f"no section below {source.section}", "at least one")
        columns = {"length_m": network.length_m, **network.more}
        needed = {}
        for name in ("length_m", "flow_m3_s", "flow_mean_m3_s", "drainage_area_m2"):
            column = columns.get(name)
            if column is None or not (column[path] > 0).all():  # NaN is unknown, and no more use than zero
                wanted = "a value > 0 for every reach below the release"
                raise _unfit(where, f"reaches.{name}", "reaches without it", wanted)
            needed[name] = np.asarray(column[path], dtype=np.float64)
        length = needed["length_m"]
        row = np.array([place[s.reach_id] for s in sections], dtype=np.int64)
        stem = tracer.Stem(
            length, needed["flow_m3_s"], needed["flow_mean_m3_s"], needed["drainage_area_m2"], row
        )
        breaks = {place.get(by_id[name].reach_id, -1) + 1: sd for name, sd in source.breaks.items()}
        block, block_log_sd = _blocks(length, breaks, source.walk_log_sd)
        rows = {s.id: i for i, s in enumerate(sections)}
        reach_rows = {str(reach): row for reach, row in place.items()}
        reach_rows[str(by_id[source.section].reach_id)] = -1
        return _River(stem, tuple(sections), rows, block, block_log_sd, reach_rows)


def _blocks(
    length_m: FloatArray, breaks: Mapping[int, float], walk_log_sd: float
) -> tuple[NDArray[np.int64], FloatArray]:
    """Block of each reach (reach,), and the log deviation of the walk's step into each block (block,).

    A block is some 25 km of river; a break begins a new one, so that what is seen above says nothing of it.
    """
    block = np.zeros(length_m.size, dtype=np.int64)
    variance = [walk_log_sd**2 * WALK_BLOCK_M / 1e5]
    so_far = 0.0
    for reach in range(length_m.size):
        if reach > 0 and (so_far >= WALK_BLOCK_M or reach in breaks):
            variance.append(walk_log_sd**2 * so_far / 1e5 + breaks.get(reach, 0.0) ** 2)
            so_far = 0.0
        so_far += length_m[reach]
        block[reach] = len(variance) - 1
    return block, np.sqrt(variance)


def _unfit(where: str, column: str, got: str, wanted: str) -> InputFaults:
    fault = Fault("pollutant.region", where, None, column, got, wanted, "Correct the region or the spill.")
    return InputFaults("pollutant.region", "this region cannot carry this spill", [fault])


def _supposed(river: _River, source: Spill, controls: FloatArray) -> tracer.Draw:
    """What members suppose, from their standard normal controls (control, member)."""
    drawn = dict(zip(SCALARS, controls, strict=False))

    def lognormal(name: str) -> FloatArray:
        number = source.supposed[name]
        return np.asarray(number.middle * np.exp(number.spread * drawn[name]))

    def normal(name: str) -> FloatArray:
        number = source.supposed[name]
        return np.asarray(np.clip(number.middle + number.spread * drawn[name], *RANGES[name]))

    walk = np.cumsum(controls[len(SCALARS) :] * river.block_log_sd[:, None], axis=0)[river.block]
    onset_s = (source.first_ice - source.released).total_seconds()
    return tracer.Draw(
        velocity_factor=lognormal("velocity_factor") * np.exp(walk),
        flow_factor=lognormal("flow_factor"),
        recession_per_s=lognormal("recession_per_d") / DAY_S,
        ice_onset_s=onset_s + source.first_ice_sd_s * drawn["first_ice"],
        ice_spell_s=lognormal("ice_spell_d") * DAY_S,
        ice_velocity=normal("ice_velocity"),
        width_s=lognormal("width_h") * HOUR_S,
        width_exponent=normal("width_exponent"),
        release_s=lognormal("release_h") * HOUR_S,
        mass_kg=lognormal("mass_kg"),
        half_life_s=lognormal("half_life_d") * DAY_S,
    )


@dataclass(frozen=True, eq=False)
class _Predicted:
    """A task: what members would have shown at each sighting, (sighting, member)."""

    river: _River
    source: Spill
    seen: tuple[sightings.Sighting, ...]
    controls: FloatArray
    works: tracer.Works = tracer.NO_WORKS

    def __call__(self, members: range) -> FloatArray:
        draw = _supposed(self.river, self.source, self.controls[:, members.start : members.stop])
        curves = tracer.run(self.river.stem, draw, self.works)
        return np.stack([sighting.predicted(curves, draw) for sighting in self.seen])


def _narrowed(
    river: _River,
    source: Spill,
    seen: tuple[sightings.Sighting, ...],
    split: Callable[..., FloatArray],
    *,
    members: int,
    seed: int,
    progress: Progress | None,
    works: tracer.Works = tracer.NO_WORKS,
) -> FloatArray:
    """Controls of the members, moved by what was seen, (control, member)."""
    walks = river.block_log_sd.size
    scalars = [ensemble.normal(seed, f"pollutant.{name}", members) for name in SCALARS]
    controls = np.vstack([*scalars, ensemble.normal(seed, "pollutant.walk", members, (walks,)).T])
    last_block = (
        river.block[river.stem.section_row[[s.section for s in seen]]] if seen else np.zeros(0, np.int64)
    )
    allowed = np.ones((controls.shape[0], len(seen)), dtype=bool)
    allowed[len(SCALARS) :] = np.arange(walks)[:, None] <= last_block
    return smoother.smooth(
        controls,
        lambda moved: split(_Predicted(river, source, seen, moved, works)),
        seen=np.array([s.seen for s in seen]),
        deviation=np.array([s.deviation for s in seen]),
        bound=np.array([s.bound for s in seen], dtype=np.int64),
        allowed=allowed,
        noise=lambda step: ensemble.normal(seed, f"pollutant.noise.{step}", members, (len(seen),)).T,
        steps=STEPS,
        progress=None if progress is None else lambda done, _: progress(done, STEPS + 1),
    )


@dataclass(frozen=True, eq=False)
class _Reduced:
    """A task: the arrays of a footprint for some members, and the curves at common times."""

    river: _River
    source: Spill
    controls: FloatArray
    times_s: FloatArray
    works: tracer.Works = tracer.NO_WORKS

    def __call__(self, members: range) -> dict[str, FloatArray]:
        draw = _supposed(self.river, self.source, self.controls[:, members.start : members.stop])
        curves = tracer.run(self.river.stem, draw, self.works)
        threshold = self.source.detection_mg_per_l
        curves_at = [curves.at(s, self.times_s) for s in range(len(self.river.sections))]
        return {
            "arrival_s": curves.crossing_s(threshold),
            "gone_s": curves.crossing_s(threshold, falling=True),
            "peak": curves.peak(),
            "peak_s": curves.peak_s(),
            "at": np.stack(curves_at),
        }


def _footprint(
    region: Region,
    source: Spill,
    river: _River,
    found: dict[str, FloatArray],
    times_s: FloatArray,
    treatments: Sequence[Treatment],
    *,
    issued: datetime,
    known: Sequence[Reading],
    seed: int,
    horizon_s: float,
) -> Footprint:
    arrival = np.where(found["arrival_s"] <= horizon_s, found["arrival_s"], np.inf)
    reached = np.isfinite(arrival)
    gone = np.where(found["gone_s"] <= horizon_s, found["gone_s"], np.inf)
    duration = np.where(reached, gone, 0.0) - np.where(reached, arrival, 0.0)
    people = np.array([np.nan if s.people_supplied is None else s.people_supplied for s in river.sections])
    exposed = np.where(reached & (found["peak"] >= source.limit_mg_per_l), people[:, None], 0.0)
    exposed[np.isnan(people)] = np.nan
    if treatments:
        share = [
            receiver_share(treatments, (s.id, s.city), arrival[i], arrival[i] + duration[i])
            for i, s in enumerate(river.sections)
        ]
        exposed = still_exposed(exposed, np.stack(share))
    return Footprint(
        pathway="pollutant",
        quantity=f"{source.substance_en} concentration",
        unit="mg/L",
        threshold=source.detection_mg_per_l,
        places=tuple(_place(section) for section in river.sections),
        origin=source.released,
        issued=issued,
        known_at=max((r.known_at for r in known), default=source.released),
        arrival_s=arrival,
        peak=found["peak"],
        peak_s=np.where(found["peak"] > 0, found["peak_s"], np.nan),
        duration_s=duration,
        exposed_people=exposed,
        hazard_cities=_hazard_cities(region, source, river, reached),
        series=ensemble.series(found["at"], times_s),
        seed=seed,
        model=MODEL,
        version=version("riskshed"),
        region_digest=region.digest,
        caveats=_caveats(source, river, known),
        source_text=source.source,
        horizon_s=horizon_s,
    )


def _place(section: Section) -> Place:
    people = None if section.people_supplied is None else float(section.people_supplied)
    return Place(section.id, section.city, section.name_zh, section.name_en, section.lat, section.lon, people)


def _hazard_cities(
    region: Region, source: Spill, river: _River, reached: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Cities through which the polluted water passes, more likely than not, and that of the release."""
    likely = reached.mean(axis=1) >= 0.5
    passed = [s.city for s, is_likely in zip(river.sections, likely, strict=True) if is_likely]
    return tuple(dict.fromkeys([region.section(source.section).city, *passed]))


def _caveats(source: Spill, river: _River, known: Sequence[Reading]) -> tuple[Caveat, ...]:
    below = {s.id for s in river.sections}
    given = [
        replace(c, places=tuple(place for place in c.places if place in below))  # a footprint has no others
        for c in source.caveats
        if not c.places or below.intersection(c.places)
    ]
    if not known:
        given.append(
            Caveat(
                "pollutant.no_readings",
                "No reading was known yet: the forecast rests on suppositions alone.",
                "尚无实测数据，预测仅依据先验假设。",
            )
        )
    return tuple(given)
