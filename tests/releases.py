"""Releases into the air of the cast: a gas leak near Shang with a mast beside it, and a column of ash."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import cast
import numpy as np

from riskshed.pathways.plume_release import Release
from riskshed.region import PeoplePoint, Region
from riskshed.winds import GridWinds, StationWinds

HOUR_S = 3600.0


def raw(range_: str = "near") -> dict[str, Any]:
    """The keys of the file of a release; a new copy each time."""
    supposed = {"mass_kg": (2000.0, 0.4), "duration_h": (1.0, 0.2), "wind_factor": (1.0, 0.15)}
    keys: dict[str, Any] = {
        "substance_en": "chlorine", "substance_zh": "氯气", "city": cast.SHANG, "wind": "wind.csv",
        "source": "cast", "range": range_, "quantity": "concentration", "begins": cast.SPILL,
        "lat": 45.15, "lon": 125.3, "threshold": 0.02, "limit": 0.05, "step_min": 5,
        "half_life_h": {"median": 1e6, "log_sd": 0.1, "source": "cast"},
        "wind_turn_deg": {"mean": 0.0, "sd": 5.0, "source": "cast"},
        "near": {
            "release_m": 1.0, "receptor_m": 1.5, "roughness_m": 0.03, "surface_resistance_s_m": 200.0,
            "reach_km": 50.0,
        },
        "far": {
            "bottom_m": 0.0, "top_m": 2000.0, "lid_m": 8000.0, "breathed_m": 200.0, "cell_km": 20.0,
            "uptake_m_s": 0.002, "horizontal_m2_s": 500.0, "vertical_m2_s": 5.0, "wander_m_s": 0.8,
            "wander_h": 2.0, "particles": 300,
        },
        "caveats": [
            {"code": "cast.made_up", "text_en": "Made up.", "text_zh": "虚构。", "places": [cast.XIA]}
        ],
    }  # fmt: skip
    keys |= {key: {"median": m, "log_sd": s, "source": "cast"} for key, (m, s) in supposed.items()}
    if range_ == "far":
        keys |= {
            "threshold": 1e-4,
            "limit": 1e-3,
            "step_min": 20,
            "mass_kg": keys["mass_kg"] | {"median": 1e6},
        }
        keys |= {"substance_en": "ash", "substance_zh": "火山灰", "wind": "wind.nc"}
        keys["grains"] = [
            {"diameter_um": 10.0, "density_kg_m3": 2500.0, "share": 0.5},
            {"diameter_um": 60.0, "density_kg_m3": 2500.0, "share": 0.5},
        ]
    return deepcopy(keys)


def station(hours: int = 24, **changed: Any) -> StationWinds:
    """A mast with a steady wind of 4 m/s from the south-west, towards Zhong and Xia, in neutral air."""
    time = np.arange(hours + 1) * HOUR_S
    even = {
        "speed_m_s": 4.0, "direction_deg_from": 235.0, "u_star_m_s": np.nan, "obukhov_m": 1e5,
        "mixing_m": 800.0, "sigma_azimuth_deg": np.nan,
    }  # fmt: skip
    columns = {
        key: np.broadcast_to(np.asarray(changed.pop(key, v), float), time.shape) for key, v in even.items()
    }
    known = np.broadcast_to(np.asarray(changed.pop("known_s", -np.inf), float), time.shape)
    return StationWinds(origin=cast.SPILL, time_s=time, known_s=known, source="cast", **columns, **changed)


def grid(hours: int = 72, u_m_s: Any = 8.0, v_m_s: Any = 4.0, **changed: Any) -> GridWinds:
    """An even wind towards the north-east over all of the cast, the same at three heights."""
    lat, lon = np.arange(42.0, 50.01, 0.5), np.arange(120.0, 132.01, 0.5)
    height = np.array([10.0, 1000.0, 5000.0])
    given: dict[str, Any] = {
        "origin": cast.SPILL, "known_at": cast.SPILL, "time_s": np.array([0.0, hours * HOUR_S]),
        "lat_deg": lat, "lon_deg": lon, "height_m": height, "source": "cast",
    } | changed  # fmt: skip
    shape = tuple(given[name].size for name in ("time_s", "height_m", "lat_deg", "lon_deg"))
    for name, wind in (("u_m_s", u_m_s), ("v_m_s", v_m_s)):
        given[name] = np.broadcast_to(np.asarray(wind, float), shape)
    return GridWinds(**given)


def leak(winds: StationWinds | None = None, **changed: Any) -> Release:
    """The leak in its wind, with some keys changed."""
    return Release.of(raw() | changed).in_winds(winds or station())


def ash(winds: GridWinds | None = None, **changed: Any) -> Release:
    """The ash in its winds, with some keys changed."""
    return Release.of(raw("far") | changed).in_winds(winds or grid())


def region(people: bool = True) -> Region:
    """The region of the cast; Zhong's people live at three points along the plume's way and one off it."""
    if not people:
        return replace(cast.region(), people=())
    points = [(45.28, 125.57), (45.3, 125.62), (45.32, 125.66), (45.4, 125.2)]
    living = tuple(PeoplePoint(lat, lon, 1000.0, cast.ZHONG, "cast") for lat, lon in points)
    return replace(cast.region(), people=living)
