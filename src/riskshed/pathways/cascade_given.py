"""Stages without physics of their own: what is given as ranges, and a supply that lasts on its stores.

A ``given`` stage is felt at a place some hours after it begins, with a lognormal strength and for a time
drawn from its range. A ``reserve`` stage is a supply whose source stops: in a member the taps are dry from

    dry = onset + buffer                                if the cause still goes on then, otherwise never,
    back = end of the cause + restart,

so that stores which outlast the cause save everybody. A buffer that a treatment adds counts if it is there
when the taps would run dry and stays for its hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Footprint, Place
from riskshed.pathways import ensemble
from riskshed.pathways.cascade_links import Met
from riskshed.pathways.cascade_stage import HOUR_S, GivenPlace, Stage
from riskshed.pathways.toml_block import Span
from riskshed.pathways.treatment import Treatment
from riskshed.region import Region

Floats = NDArray[np.float64]
MODELS = {"given": "given ranges", "reserve": "stores, then dry until the cause is gone"}


@dataclass(frozen=True, eq=False)
class _Felt:
    """What one place feels, (member,) each."""

    arrival_s: Floats
    ends_s: Floats
    peak: Floats
    peak_s: Floats


def spread_given(
    region: Region,
    stage: Stage,
    begin: Met,
    *,
    seed: int,
    origin: datetime,
    issued: datetime,
    horizon_s: float,
    treatments: Sequence[Treatment] = (),
) -> Footprint:
    """The footprint of a stage without physics.

    Parameters
    ----------
    region : Region
    stage : Stage
        Of the kind ``given`` or ``reserve``.
    begin : Met
        When it begins in each member, and until when its cause goes on, s after the origin.
    seed : int
        Of the stage.
    origin, issued : datetime
    horizon_s : float
    treatments : sequence of Treatment
        Buffers at the cities of a ``reserve`` stage.
    """
    if stage.kind == "given":
        parts = [_given(stage, place, begin, seed) for place in stage.places]
    else:
        parts = [_reserve(place, begin, seed, treatments) for place in stage.places]
    arrival = np.stack([part.arrival_s for part in parts])
    reached = arrival <= horizon_s
    ends = np.stack([part.ends_s for part in parts])
    ends = np.where(ends <= horizon_s, ends, np.inf)  # it had not ended at the horizon
    people = np.array([np.nan if place.people is None else place.people for place in stage.places])
    return Footprint(
        pathway=stage.pathway,
        quantity=stage.quantity,
        unit=stage.unit,
        threshold=stage.threshold,
        places=tuple(_place(region, place) for place in stage.places),
        origin=origin,
        issued=issued,
        known_at=origin,
        arrival_s=np.where(reached, arrival, np.inf),
        peak=np.stack([part.peak for part in parts]),
        peak_s=np.stack([part.peak_s for part in parts]),
        duration_s=np.where(reached, ends, 0.0) - np.where(reached, arrival, 0.0),
        exposed_people=np.where(reached, people[:, None], 0.0),
        hazard_cities=tuple(dict.fromkeys(place.city for place in stage.places)),
        seed=seed,
        model=MODELS[stage.kind],
        version=version("riskshed"),
        region_digest=region.digest,
        source_text=stage.source_text,
        horizon_s=horizon_s,
    )


def unknown_cities(region: Region, where: str, stage: Stage) -> list[Fault]:
    """A fault for every place of a stage whose city the region does not have."""
    known = [city.code for city in region.cities]
    return [
        Fault(
            "cascade.unknown_place", where, stage.line, f"{stage.id}.place.city", place.city,
            f"a city of the region: {', '.join(known)}", "Correct the code.",
        )
        for place in stage.places
        if place.city not in known
    ]  # fmt: skip


def _place(region: Region, given: GivenPlace) -> Place:
    city = region.city(given.city)
    name_zh, name_en = given.name_zh or city.name_zh, given.name_en or city.name_en
    return Place(given.id, given.city, name_zh, name_en, city.lat, city.lon, given.people)


def _between(span: Span, drawn: Floats) -> Floats:
    return np.asarray(span.low + (span.high - span.low) * drawn, dtype=np.float64)


def _given(stage: Stage, place: GivenPlace, begin: Met, seed: int) -> _Felt:
    members = begin.at_s.size
    after, lasts = ensemble.uniform(seed, f"cascade.given.{place.id}", members, (2,)).T
    strength = np.exp(place.intensity_log_sd * ensemble.normal(seed, f"cascade.strength.{place.id}", members))
    felt = begin.at_s + _between(place.after_s, after)
    happens = np.isfinite(felt)
    peak = np.where(happens, place.intensity_median * strength, 0.0)
    reached = happens & (peak >= stage.threshold)
    arrival = np.where(reached, felt, np.inf)
    return _Felt(
        arrival,
        np.where(reached, felt + _between(place.lasts_s, lasts), np.inf),
        peak,
        np.where(happens & (peak > 0.0), felt, np.nan),
    )


def _reserve(place: GivenPlace, begin: Met, seed: int, treatments: Sequence[Treatment]) -> _Felt:
    lasts, restart = ensemble.uniform(seed, f"cascade.reserve.{place.id}", begin.at_s.size, (2,)).T
    dry = begin.at_s + _between(place.buffer_s, lasts)
    for treatment in treatments:
        if treatment.target in (place.id, place.city):
            more = dry + treatment.amount * HOUR_S
            dry = np.where((treatment.starts_s <= dry) & (more <= treatment.ends_s), more, dry)
    reached = np.isfinite(dry) & (dry < begin.ends_s)
    back = begin.ends_s + _between(place.restart_s, restart)
    return _Felt(
        np.where(reached, dry, np.inf),
        np.where(reached, back, np.inf),
        np.where(reached, place.share, 0.0),
        np.where(reached, dry, np.nan),
    )


def refuse(faults: Sequence[Fault], where: str) -> None:
    """Raise InputFaults ``cascade.faults`` where there are any."""
    if faults:
        raise InputFaults("cascade.faults", f"the cascade {where} cannot be used", faults)
