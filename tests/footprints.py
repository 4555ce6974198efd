"""Footprints for tests: a spill in Upper, two sections of Middle below it, and Lower, seldom reached."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from riskshed.footprint import MEMBER_ARRAYS, Caveat, Footprint, Place, Series

CHINA = timezone(timedelta(hours=8))
ORIGIN = datetime(2005, 11, 13, 13, 40, tzinfo=CHINA)
NEVER = np.inf
UNKNOWN = np.nan

PLACES = (
    Place("upper", "A", "上市", "Upper", 43.8, 126.5, 1000.0),
    Place("middle-intake", "B", "中市取水口", "Middle intake", 45.7, 126.6, 3000.0),
    Place("middle-gauge", "B", "中市水文站", "Middle gauge", None, None, None),
    Place("lower", "C", "下市", "Lower", 47.6, 132.5, 500.0),
)


def footprint(arrival_s: Any = None, **changes: Any) -> Footprint:
    """A footprint of the cast with eight members, any field of it changed."""
    rows = [np.full(8, 0.0), 100.0 + np.arange(8), 200.0 + np.arange(8), [900.0, 950.0, *[NEVER] * 6]]
    arrival = np.array(rows if arrival_s is None else arrival_s, dtype=float)
    places = changes.pop("places", PLACES)
    arrives = np.isfinite(arrival)
    people = np.array([[UNKNOWN if p.people is None else p.people] for p in places])
    made: dict[str, Any] = {
        "pathway": "pollutant",
        "quantity": "nitrobenzene",
        "unit": "mg/L",
        "threshold": 0.017,
        "places": places,
        "origin": ORIGIN,
        "issued": ORIGIN + timedelta(hours=30),
        "known_at": ORIGIN + timedelta(hours=29),
        "arrival_s": arrival,
        "peak": np.where(arrives, 0.5 + np.arange(arrival.shape[1]) / 10, 0.001),
        "peak_s": np.where(arrives, arrival + 60, UNKNOWN),
        "duration_s": np.where(arrives, 3600.0, 0.0),
        "exposed_people": np.where(arrives, people, 0.0),
        "hazard_cities": ("A",),
        "seed": 7,
        "model": "lag-and-route",
        "version": "0.1.0",
        "region_digest": "ab" * 32,
        "source_text": "a plant in Upper, mass unknown",
    }
    return Footprint(**(made | changes))


def full_footprint(**changes: Any) -> Footprint:
    """A footprint in which every optional field is filled."""
    values = np.arange(4 * 3 * 2, dtype=float).reshape(4, 3, 2)
    filled: dict[str, Any] = {
        "series": Series(np.array([0.05, 0.5, 0.95]), np.array([0.1, 3600.0]), values),
        "caveats": (
            Caveat("river.backwater", "A lake holds it back.", "湖水顶托。", ("middle-gauge",)),
            Caveat("river.ice", "Ice slows the river.", "冰封减速。"),
        ),
        "horizon_s": 864_000.0,
    }
    return footprint(**(filled | changes))


def equivalent(one: Footprint, two: Footprint) -> bool:
    """Whether two footprints say the same, every array to the last bit."""
    ours = {field.name: getattr(one, field.name) for field in fields(one)}
    theirs = {field.name: getattr(two, field.name) for field in fields(two)}
    curves = (ours.pop("series"), theirs.pop("series"))
    arrays = [(ours.pop(name), theirs.pop(name)) for name in MEMBER_ARRAYS]
    if (curves[0] is None) != (curves[1] is None):
        return False
    if curves[0] is not None:
        arrays += [(getattr(curves[0], n), getattr(curves[1], n)) for n in ("quantiles", "time_s", "values")]
    same = all(a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in arrays)
    return same and ours == theirs
