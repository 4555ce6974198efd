"""A plume in the air: which cities it reaches, when, how strongly, how long, and how surely.

Two physics behind one door, by the `range` of the release. *Near*, within some 50 km, the turbulence of the
surface layer rules: puffs in the wind of a station (`puffs`, `surface_layer`). *Far*, the winds of the whole
region rule: particles on a grid (`particles`). Members differ in the mass, the duration, the decay, and in a
factor and a turn of the wind; particles in every gust besides.

What goes out is accounted for to the last gram: it is in the air, on the ground, decayed, or out of sight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import DomainError, InputError
from riskshed.footprint import Caveat, Footprint
from riskshed.pathways import ensemble, particles, puffs, receptors, wind
from riskshed.pathways.particles import DEGREE_M
from riskshed.pathways.plume_release import HOUR_S, LOGNORMAL, Release
from riskshed.pathways.receptors import Receptors
from riskshed.pathways.treatment import Treatment, accept, receiver_share, source_share, still_exposed
from riskshed.region import Region
from riskshed.winds import GridWinds, StationWinds, Winds

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

MODELS = {
    "near": "puffs in the K-theory surface layer",
    "far": "Lagrangian particles in gridded winds",
}
HORIZON_S = 48 * HOUR_S
EFFECTS = ("cut_source", "evacuate")
"""Effects of treatments that this pathway honours."""
MG_PER_KG = 1e6
CURVES = 60
"""Times of the quantile curves, at most."""
CURVE_NUMBERS_MAX = 30_000_000
"""Cities x times x members beyond which a footprint carries no curves."""
MEMBERS_IN_CHUNK, CHUNK_NUMBERS = 32, 20_000_000
"""Members that are worked on together, and receptors x steps x members that they may fill."""


def spread(
    region: Region,
    source: Release,
    *,
    members: int = 200,
    seed: int = 1,
    horizon_s: float = HORIZON_S,
    treatments: Sequence[object] = (),
    onset_s: Floats | None = None,
    at: datetime | None = None,
    how: str = "serial",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Footprint:
    """Forecast a release into the air.

    Parameters
    ----------
    region : Region
        Its cities need points, or people.csv points of theirs.
    source : Release
        In its winds (`Release.in_winds`).
    members : int
        At least 2.
    seed : int
    horizon_s : float
        How far the forecast reaches, s after the release begins, at least a step. It ends with the winds.
    treatments : sequence of Treatment
        With effects of `EFFECTS`; times count from the beginning of the release. The target of
        ``cut_source`` is the city of the release or a body under it; that of ``evacuate`` a city.
    onset_s : (member,), optional
        When the release begins in each member, s after `source.begins`, >= 0; infinite: not at all.
    at : datetime, optional
        Time of issue, aware; winds known later are not used. Without it, when the last of its winds was
        known.
    how, workers
        As in `ensemble.run`; the result does not depend on them.
    progress : callable, optional
        Called as ``progress(done, total)`` in members.

    Returns
    -------
    Footprint
        One row for each city that has a point. Origin is the beginning of the release.

    Raises
    ------
    DomainError
        ``plume.members``, ``plume.horizon``, ``plume.onset``, ``plume.issued``, ``plume.cells``.
    InputError
        ``plume.no_wind``: no winds, or a grid where a station is needed or the other way round.
        ``wind.no_cover``, ``wind.not_known``, ``wind.uneven``, ``wind.too_low``: winds that cannot carry it.
    InputFaults
        ``plume.region``: no city has a point. ``treatment.not_honoured``.
    """
    issued = _issued(source, at)
    winds = wind.known(_winds(source), issued)
    onset = np.zeros(members) if onset_s is None else np.asarray(onset_s, np.float64)
    _check(members, horizon_s, onset, source)
    acts = accept(treatments, pathway="plume", effects=EFFECTS, has=partial(_has, region, source))
    points = receptors.of_region(region, whole_city=source.range == "far")
    caveats = wind.cover_caveats(
        winds, source.begins, horizon_s, source.numbers["lat"], source.numbers["lon"],
        [(p.id, p.lat, p.lon) for p in points.places if p.lat is not None and p.lon is not None],
    )  # fmt: skip
    steps = int(min(horizon_s, wind.covered_s(winds, source.begins)) / source.step_s + 1e-9)
    if steps < 1:
        told = f"there is not one step of {source.step_s:g} s before the end of the horizon or of the winds"
        raise DomainError("plume.horizon", told, todo="Take a shorter step, or winds that last longer.")
    task = _Task(source, winds, medium(source, winds), points, acts, onset, seed, steps)
    chunk = int(np.clip(CHUNK_NUMBERS // (points.city.size * steps), 1, MEMBERS_IN_CHUNK))
    found = ensemble.run(task, members, how=how, workers=workers, chunk=chunk, progress=progress)
    caveats = (*source_caveats(source, points), *caveats, *_caveats(source, winds, points))
    return _footprint(region, task, found, caveats, issued=issued)


def _issued(source: Release, at: datetime | None) -> datetime:
    if at is None:
        return wind.known_at(_winds(source), source.begins)
    if at.utcoffset() is None:
        raise DomainError("plume.issued", f"the time of issue is {at.isoformat()}, want it with offset")
    if at < source.begins:
        told = f"the time of issue is {at.isoformat()}, want {source.begins.isoformat()} or later"
        raise DomainError("plume.issued", told, todo="No forecast can be made before the release.")
    return at


def _winds(source: Release) -> Winds:
    wanted = {"near": StationWinds, "far": GridWinds}[source.range]
    if source.winds is None or not isinstance(source.winds, wanted):
        got = "no winds" if source.winds is None else type(source.winds).__name__
        form = "a station series" if source.range == "near" else "a grid of winds"
        told = f"the release has {got}, and its range {source.range} wants {form}"
        raise InputError("plume.no_wind", told, todo="Read the file of the winds, or change the range.")
    return source.winds


def medium(source: Release, winds: Winds) -> puffs.Air | wind.Field:
    """The winds made ready for the physics of the range."""
    if isinstance(winds, GridWinds):
        return wind.field(winds, source.begins, source.numbers["lon"])
    surfaces, angle = wind.surfaces(winds, source.near["roughness_m"])
    return puffs.air(
        surfaces, angle, np.maximum(winds.speed_m_s, wind.CALM_M_S),
        release_m=source.near["release_m"], receptor_m=source.near["receptor_m"],
        resistance_s_m=source.near["surface_resistance_s_m"], reach_m=1e3 * source.near["reach_km"],
    )  # fmt: skip


def _check(members: int, horizon_s: float, onset: Floats, source: Release) -> None:
    if members < 2:
        raise DomainError("plume.members", f"members is {members}, want at least 2")
    if not source.step_s <= horizon_s <= 3650 * 24 * HOUR_S:
        told = f"horizon_s is {horizon_s}, want at least a step ({source.step_s:g} s), and at most ten years"
        raise DomainError("plume.horizon", told)
    if onset.shape != (members,) or not (onset >= 0).all():
        told = f"onset_s is of shape {onset.shape}, want {members} numbers >= 0, one for each member"
        raise DomainError("plume.onset", told)


def _has(region: Region, source: Release, treatment: Treatment) -> bool:
    """Whether the target of a treatment is of this release."""
    if treatment.kind == "receiver":
        return treatment.target in region.city_index
    under = {body.code for body in region.bodies if body.superior == source.city}
    return treatment.target in under | {source.city}


@dataclass(frozen=True, eq=False)
class _Task:
    """A task: the arrays of a footprint for some members."""

    source: Release
    winds: Winds
    medium: puffs.Air | wind.Field
    points: Receptors
    acts: tuple[Treatment, ...]
    onset_s: Floats
    seed: int
    steps: int

    def __call__(self, members: range) -> dict[str, Floats]:
        drawn = self.drawn(members)
        onset = self.onset_s[members.start : members.stop]
        if self.source.range == "near":
            level, ledger, released = self._near(drawn, onset)
        else:
            level, ledger, released = self._far(members, drawn, onset)
        # The pair of what went out: as it was drawn, and as it was followed.
        assert np.allclose(ledger.sum(axis=0), released, rtol=1e-9, atol=0.0), "mass is not kept"
        found = dict(
            receptors.reduced(
                level,
                self.points,
                step_s=self.source.step_s,
                onset_s=onset,
                threshold=self.source.numbers["threshold"],
                limit=self.source.numbers["limit"],
                lasting=self.source.quantity != "concentration",
                unseen=unseen(self.source, self.winds, self.points),
            )
        )
        found["at"] = found.pop("level")[:, self.curve_steps]
        return found

    @property
    def curve_steps(self) -> NDArray[np.int64]:
        """The steps at which quantile curves are taken; none where they would be too many."""
        count = min(self.steps, CURVES)
        if len(self.points.places) * count * self.onset_s.size > CURVE_NUMBERS_MAX:
            return np.zeros(0, np.int64)
        return np.unique(np.linspace(0, self.steps - 1, count).astype(np.int64))

    def drawn(self, members: range) -> dict[str, Floats]:
        """What members suppose, each (member,)."""
        normal = {key: ensemble.normal(self.seed, f"plume.{key}", members) for key in self.source.supposed}
        given = self.source.supposed
        found = {key: given[key].middle * np.exp(given[key].spread * normal[key]) for key, *_ in LOGNORMAL}
        turn = given["wind_turn_deg"]
        found["turn_rad"] = np.radians(turn.middle + turn.spread * normal["wind_turn_deg"])
        found["decay_per_s"] = np.log(2.0) / (HOUR_S * found["half_life_h"])
        return found

    def still_going_out(self, born_s: Floats) -> Floats:
        """The share of the source that treatments leave at these times; of what never is born, all."""
        time = np.where(np.isfinite(born_s), born_s, 0.0)
        return source_share(self.acts, time, time)

    def _near(self, drawn: dict[str, Floats], onset: Floats) -> tuple[Floats, Floats, Floats]:
        """The level at the receptors, the ledger, and what was released, mg."""
        source = self.source
        assert isinstance(self.winds, StationWinds)
        assert isinstance(self.medium, puffs.Air)
        begin = np.arange(self.steps) * source.step_s
        end = begin + source.step_s
        from_s, until_s = onset[:, None], onset[:, None] + HOUR_S * drawn["duration_h"][:, None]
        # What is in neither is below 0, and an onset that never comes is below everything.
        lasting = np.clip(np.minimum(until_s, end) - np.maximum(from_s, begin), 0.0, None)
        part = lasting / (HOUR_S * drawn["duration_h"][:, None])
        mass = MG_PER_KG * drawn["mass_kg"][:, None] * part * source_share(self.acts, begin, end)
        east, north = plane_m(source, self.points.lat_deg, self.points.lon_deg)
        weather = wind.weather(self.winds, source.begins, source.step_s, self.steps)
        cloud = puffs.carry(
            self.medium, weather, mass, east, north,
            step_s=source.step_s, wind_factor=drawn["wind_factor"], turn_rad=drawn["turn_rad"],
            decay_per_s=drawn["decay_per_s"],
        )  # fmt: skip
        level = cloud.concentration
        if source.quantity == "dose":
            level = np.cumsum(level, axis=1) * (source.step_s / 60.0)
        return level, cloud.ledger, mass.sum(axis=1)

    def _far(self, members: range, drawn: dict[str, Floats], onset: Floats) -> tuple[Floats, Floats, Floats]:
        """The level at the receptors, the ledger, and what was released, kg."""
        source, far = self.source, self.source.far
        field = self.medium
        assert isinstance(field, wind.Field)
        count = int(far["particles"])
        lon = on_field(field, np.array([source.numbers["lon"]]))
        start, settling, share = particles.column(
            source.numbers["lat"], float(lon[0]), far["bottom_m"], far["top_m"], count, source.grains
        )
        part = (np.arange(count) + 0.5) / count
        born = onset[:, None] + HOUR_S * drawn["duration_h"][:, None] * part
        mass = drawn["mass_kg"][:, None] * share * self.still_going_out(born)
        cells = particles.cells(
            self.points.lat_deg, on_field(field, self.points.lon_deg), 1e3 * far["cell_km"]
        )
        drift = particles.carry(
            field, walk(source), cells,
            step_s=source.step_s, steps=self.steps, keys=particles.keys(self.seed, members),
            wind_factor=drawn["wind_factor"], turn_rad=drawn["turn_rad"], decay_per_s=drawn["decay_per_s"],
            born_s=born, mass=mass, start=start, settling=settling,
        )  # fmt: skip
        level = drift.in_air * (MG_PER_KG / far["breathed_m"])
        if source.quantity == "dose":
            level = np.cumsum(level, axis=1) * (source.step_s / 60.0)
        elif source.quantity == "deposit":
            level = np.cumsum(drift.on_ground, axis=1) * 1e3
        released = np.where(born < self.steps * source.step_s, mass, 0.0).sum(axis=1)
        return level[cells.of_place], drift.ledger, released


def walk(source: Release) -> particles.Walk:
    """What moves the particles of a release besides the wind."""
    far = source.far
    return particles.Walk(
        horizontal_m2_s=far["horizontal_m2_s"],
        vertical_m2_s=far["vertical_m2_s"],
        wander_m_s=far["wander_m_s"],
        wander_s=HOUR_S * far["wander_h"],
        breathed_m=far["breathed_m"],
        uptake_m_s=far["uptake_m_s"],
        lid_m=far["lid_m"],
    )


def plane_m(source: Release, lat_deg: Floats, lon_deg: Floats) -> tuple[Floats, Floats]:
    """Metres east and north of the release, on a plane that is good to some 50 km."""
    lat, lon = source.numbers["lat"], source.numbers["lon"]
    turned = (lon_deg - lon + 180.0) % 360.0 - 180.0
    return turned * DEGREE_M * np.cos(np.radians(lat)), (lat_deg - lat) * DEGREE_M


def on_field(field: wind.Field, lon_deg: Floats) -> Floats:
    """Longitudes as the field writes them."""
    return field.west_deg + (lon_deg - field.west_deg) % 360.0


def unseen(source: Release, winds: Winds, points: Receptors) -> NDArray[np.bool_]:
    """Points of which nothing can be known: beyond the reach of the surface layer, or off the grid."""
    if isinstance(winds, GridWinds):
        pairs = zip(points.lat_deg, points.lon_deg, strict=True)
        return np.array([not winds.holds(float(lat), float(lon)) for lat, lon in pairs])
    return np.hypot(*plane_m(source, points.lat_deg, points.lon_deg)) > 1e3 * source.near["reach_km"]


def source_caveats(source: Release, points: Receptors) -> tuple[Caveat, ...]:
    """The caveats of the release, of the places that are in the footprint."""
    there = {place.id for place in points.places}
    kept = [c for c in source.caveats if not c.places or there.intersection(c.places)]
    return tuple(Caveat(c.code, c.text_en, c.text_zh, tuple(p for p in c.places if p in there)) for c in kept)


def _caveats(source: Release, winds: Winds, points: Receptors) -> tuple[Caveat, ...]:
    told = []
    if points.left_out:
        english = f"{len(points.left_out)} cities have no point and are left out."
        told.append(Caveat("plume.no_point", english, f"{len(points.left_out)} 个城市没有坐标，未列入。"))
    if isinstance(winds, GridWinds):
        return (*told, *_far_caveats(source))
    beyond = points.of(unseen(source, winds, points))
    if beyond:
        english = f"Beyond {source.near['reach_km']:g} km, how far the near model reaches: nothing is known."
        told.append(Caveat("plume.beyond_reach", english, "超出近场模型范围，情况不明。", beyond))
    if points.one_point:
        english = "Only the middle of the city is looked at: how many people are exposed is unknown."
        told.append(
            Caveat("plume.one_point", english, "仅计算城市中心一点，受影响人数不明。", points.one_point)
        )
    if np.isnan(winds.obukhov_m).any():
        english = "The stability of the air was not measured at all times, and is taken as neutral there."
        told.append(Caveat("plume.stability_supposed", english, "部分时段无稳定度资料，按中性层结计算。"))
    if (winds.speed_m_s < wind.CALM_M_S).any():
        english = "In calm air gas stays where it is and creeps downhill: do not trust the forecast then."
        told.append(Caveat("plume.calm", english, "静风时气体滞留并沿低处流动，预测不可信。"))
    return tuple(told)


def _far_caveats(source: Release) -> tuple[Caveat, ...]:
    told = [Caveat("plume.no_rain", "Rain would wash it out; it is not in the model.", "未考虑降水冲刷。")]
    far = source.far
    one = source.supposed["mass_kg"].middle / far["particles"] / (1e3 * far["cell_km"]) ** 2
    least = one * (1e3 if source.quantity == "deposit" else MG_PER_KG / far["breathed_m"])
    least *= source.step_s / 60.0 if source.quantity == "dose" else 1.0
    if least > source.numbers["threshold"]:
        english = (
            f"A single particle counts as {least:.2g} {source.unit}, above the threshold: "
            "weaker clouds are seen late or not at all."
        )
        chinese = f"单个粒子即相当于 {least:.2g} {source.unit}，高于阈值：较弱的云团可能漏报或迟报。"
        told.append(Caveat("plume.coarse", english, chinese))
    return tuple(told)


def _footprint(
    region: Region, task: _Task, found: Any, caveats: tuple[Caveat, ...], *, issued: datetime
) -> Footprint:
    source, exposed = task.source, found["exposed_people"]
    if task.acts:
        gone = found["arrival_s"] + found["duration_s"]
        share = [
            receiver_share(task.acts, (place.id,), found["arrival_s"][i], gone[i])
            for i, place in enumerate(task.points.places)
        ]
        exposed = still_exposed(exposed, np.stack(share))
    times = (task.curve_steps + 0.5) * source.step_s
    return Footprint(
        pathway="plume",
        quantity=f"{source.substance_en} {source.quantity}",
        unit=source.unit,
        threshold=source.numbers["threshold"],
        places=task.points.places,
        origin=source.begins,
        issued=issued,
        known_at=min(wind.known_at(task.winds, source.begins), issued),
        arrival_s=found["arrival_s"],
        peak=found["peak"],
        peak_s=found["peak_s"],
        duration_s=found["duration_s"],
        exposed_people=exposed,
        hazard_cities=(source.city,),
        series=ensemble.series(found["at"], times.astype(np.float64)) if times.size else None,
        seed=task.seed,
        model=MODELS[source.range],
        version=version("riskshed"),
        region_digest=region.digest,
        caveats=caveats,
        source_text=source.source,
        horizon_s=task.steps * source.step_s,
    )
