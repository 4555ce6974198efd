"""A spill on the river of the cast: what the plant at Shang lets go, and what is supposed about its way.

The water runs at some 0.6 m/s: Zhong, 55 km below, is reached after a day, Xia after two and a half.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import cast
import numpy as np

from riskshed.footprint import Footprint
from riskshed.network import Network
from riskshed.pathways import tracer
from riskshed.pathways.spill import Spill
from riskshed.reading import Reading
from riskshed.region import Region

MIDDLES: dict[str, tuple[float, float]] = {
    "mass_kg": (20_000.0, 0.5),
    "release_h": (2.0, 0.5),
    "half_life_d": (20.0, 0.4),
    "flow_factor": (1.0, 0.3),
    "recession_per_d": (0.02, 0.4),
    "velocity_factor": (1.0, 0.3),
    "ice_spell_d": (10.0, 0.3),
    "width_h": (5.0, 0.25),
}
MEANS: dict[str, tuple[float, float]] = {"ice_velocity": (0.76, 0.06), "width_exponent": (0.9, 0.1)}


def raw() -> dict[str, Any]:
    """The keys of the file of the spill; a new copy each time."""
    keys: dict[str, Any] = {
        "substance_en": "nitrobenzene",
        "substance_zh": "硝基苯",
        "section": "shang",
        "source": "cast",
        "released": cast.SPILL,
        "first_ice": cast.SPILL + timedelta(days=180),
        "first_ice_sd_d": 6,
        "limit_mg_per_L": 0.017,
        "detection_mg_per_L": 0.01,
        "walk_log_sd": 0.1,
        "front_h": 1,
        "level_h": 4,
        "peak_h": 4,
        "peak_log": 0.25,
        "first_ice_d": 2,
        "breaks": {"zhong": 0.1},
        "caveats": [{"code": "cast.wells", "text_en": "Wells.", "text_zh": "水井。", "places": ["xia"]}],
    }
    keys |= {key: {"median": m, "log_sd": s, "source": "cast"} for key, (m, s) in MIDDLES.items()}
    keys |= {key: {"mean": m, "sd": s, "source": "cast"} for key, (m, s) in MEANS.items()}
    return deepcopy(keys)


def spill(**changed: object) -> Spill:
    """The spill of the cast, with some keys changed."""
    return Spill.of(raw() | changed)


FLOWS = {"flow_m3_s": 300.0, "flow_mean_m3_s": 500.0, "drainage_area_m2": 5e10}


def region(**columns: object) -> Region:
    """The region of the cast with the flow in its reaches; a column that is None is left out."""
    ids, down_ids, length_m, *_ = zip(*cast.REACHES, strict=True)
    given = {name: np.full(len(ids), value) for name, value in FLOWS.items()} | columns
    network = Network.of(ids, down_ids, where="cast", **({"length_m": length_m} | given))
    return replace(cast.region(), network=network)


def seen(
    section: str,
    hours: float,
    kind: str,
    value: float | None = None,
    *,
    known_h: float | None = None,
    **more: Any,
) -> Reading:
    """A reading so many hours after the release, known then or at `known_h`."""
    time = cast.SPILL + timedelta(hours=hours)
    known_at = time if known_h is None else cast.SPILL + timedelta(hours=known_h)
    return Reading(section, time, kind, value, known_at, **({"uncertainty_s": 0.0, "source": "cast"} | more))


def hours(footprint: Footprint, section: str, q: float = 0.5) -> float:
    """A quantile of the arrival at a section, h after the release."""
    return float(footprint.arrival_quantile_s(q)[footprint.ids.index(section)]) / 3600.0


def band_h(footprint: Footprint, section: str) -> float:
    """The width of the 90 % band of the arrival at a section, h."""
    return hours(footprint, section, 0.95) - hours(footprint, section, 0.05)


def bits(footprint: Footprint) -> list[bytes]:
    """Every number of a footprint: its arrays, its curves, its times."""
    series = footprint.series
    assert series is not None
    arrays: Iterable[np.ndarray] = (
        footprint.arrival_s, footprint.peak, footprint.peak_s, footprint.duration_s, footprint.exposed_people,
        series.quantiles, series.time_s, series.values,
    )  # fmt: skip
    told = repr((footprint.known_at, footprint.hazard_cities, footprint.caveats)).encode()
    return [*(array.tobytes() for array in arrays), told]


def stem(
    lengths_m: Iterable[float] = (30e3, 25e3, 40e3, 35e3), sections: Iterable[int] = (1, 3)
) -> tracer.Stem:
    """The river below Shang without its names; sections stand at the ends of these reaches."""
    length = np.array(list(lengths_m))
    flow, mean, area = (np.full(length.size, value) for value in FLOWS.values())
    return tracer.Stem(length, flow, mean, area, np.array(list(sections), dtype=np.int64))


def draw(reaches: int = 4, members: int = 1, **changed: object) -> tracer.Draw:
    """What members suppose: all the same, on open water that neither falls nor loses anything."""
    given: dict[str, Any] = {
        "velocity_factor": 1.0, "flow_factor": 1.0, "recession_per_s": 1e-30, "ice_onset_s": 1e12,
        "ice_spell_s": 1.0, "ice_velocity": 0.76, "width_s": 18_000.0, "width_exponent": 0.9,
        "release_s": 7200.0, "mass_kg": 20_000.0, "half_life_s": 1e30,
    } | changed  # fmt: skip
    factor = np.asarray(given.pop("velocity_factor"), dtype=float)
    full = {key: np.broadcast_to(np.asarray(value, float), (members,)).copy() for key, value in given.items()}
    full["velocity_factor"] = np.broadcast_to(factor, (reaches, members)).copy()
    return tracer.Draw(**full)
