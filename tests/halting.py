"""A pathway for tests that begins when it is told: plants of Zhong and Pang stop, one after the other.

It stands for every pathway with a parameter ``onset_s`` of its own, and keeps what it was called with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cast
import numpy as np

from riskshed.footprint import Footprint, Place
from riskshed.pathways import ensemble
from riskshed.pathways.registry import ENTRIES, Entry
from riskshed.region import Region
from riskshed.tables import read_toml

ENTRY = Entry("halting", "halting", "Halt.read", "begins")
WITH_HALTING = dict(ENTRIES) | {"halting": ENTRY}
PLANTS = (
    Place("engine", cast.ZHONG, "发动机厂", "Engine plant"),
    Place("body", cast.PANG, "车身厂", "Body plant"),
)


@dataclass(frozen=True)
class Halt:
    """When the first plant stops, if nothing sets it off, and how long the other one's parts last."""

    begins: datetime
    cover_h: float

    @staticmethod
    def read(path: Path) -> Halt:
        raw: Any = read_toml(path, [])
        return Halt(raw["begins"], float(raw["cover_h"]))


def spread(
    region: Region,
    source: Halt,
    *,
    members: int,
    seed: int,
    horizon_s: float,
    treatments: Any = (),
    onset_s: np.ndarray | None = None,
    how: str = "serial",
    workers: int | None = None,
) -> Footprint:
    """The engine plant stops at the onset, the body plant when its parts are used up."""
    onset = np.zeros(members) if onset_s is None else onset_s
    assert (onset >= 0.0).all(), "an onset before the begin of the source"
    cover = source.cover_h * 3600.0 * ensemble.uniform(seed, "halting.cover", members, low=0.5, high=1.5)
    arrival = np.stack([onset, onset + cover])
    arrival = np.where(arrival <= horizon_s, arrival, np.inf)
    reached = np.isfinite(arrival)
    return Footprint(
        pathway="halting", quantity="share of output lost", unit="1", threshold=0.5, places=PLANTS,
        origin=source.begins, issued=source.begins, known_at=source.begins, arrival_s=arrival,
        peak=np.where(reached, 1.0, 0.0), peak_s=np.where(reached, arrival, np.nan),
        duration_s=np.where(reached, 86_400.0, 0.0), exposed_people=np.where(reached, np.nan, 0.0),
        hazard_cities=(cast.ZHONG,), seed=seed, model="halting", version="0", region_digest=region.digest,
        horizon_s=horizon_s,
    )  # fmt: skip
