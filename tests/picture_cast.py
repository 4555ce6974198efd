"""Footprints of each pathway for tests of their pictures: made up by hand, with the cities of `story`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from riskshed.footprint import Footprint, Place
from riskshed.region import City, Region, Travel

CHINA = timezone(timedelta(hours=8))
ORIGIN = datetime(2026, 1, 10, 8, tzinfo=CHINA)
DAY = 86_400.0
# code, zh, en, lat, lon
CITIES = (
    ("420100", "武汉市", "Wuhan", 30.58, 114.30),
    ("420700", "鄂州市", "Ezhou", 30.39, 114.89),
    ("420200", "黄石市", "Huangshi", 30.20, 115.04),
    ("421000", "荆州市", "Jingzhou", 30.33, 112.24),
    ("430100", "长沙市", "Changsha", 28.23, 112.94),
    ("360100", "南昌市", "Nanchang", 28.68, 115.86),
    ("340100", "合肥市", "Hefei", 31.82, 117.23),
    ("410100", "郑州市", "Zhengzhou", 34.75, 113.63),
    ("411500", "信阳市", "Xinyang", 32.15, 114.09),
)
CODES = tuple(city[0] for city in CITIES)
LATE = ((CODES[6], CODES[2]), (CODES[8], CODES[5]))
CHANCES = (1.0, 1.0, 0.9, 0.7, 0.6, 0.45, 0.3, 0.15, 0.05)


@cache
def _region() -> Region:
    cities = tuple(
        City(code, zh, en, "prefecture", None, lat, lon, 1_000_000, None, "made up")
        for code, zh, en, lat, lon in CITIES
    )
    travel = tuple(
        Travel(a, b, 1000.0 * (20 - abs(i - j)) if i == 0 else 100.0 * (20 - abs(i - j)))
        for i, a in enumerate(CODES)
        for j, b in enumerate(CODES)
        if i != j
    )
    # The strongest travel of all comes from cities that are reached later, or hardly at all.
    travel = tuple(
        replace(one, people_per_day=9e4) if (one.from_city, one.to_city) in LATE else one for one in travel
    )
    later = Travel(CODES[1], CODES[3], 1e6, since=ORIGIN + timedelta(days=10))
    travel = (*travel, later)
    return Region("middle", Path(), cities, (), (), (), None, "ab12" * 16, {}, {}, travel=travel)


def region(**changes: Any) -> Region:
    """The region of these cities; without changes always the same one, whose ground is drawn once."""
    return replace(_region(), **changes) if changes else _region()


def footprint(pathway: str, *, members: int = 40, **changes: Any) -> Footprint:
    """A footprint over these cities, later and less likely from one to the next."""
    random = np.random.default_rng(1)
    rows = np.arange(len(CITIES))[:, None]
    arrival = DAY * (rows * 2.0 + (rows > 0) * random.uniform(0.0, 3.0, (len(CITIES), members)))
    chance = np.array(CHANCES)[:, None]
    arrival = np.where(np.arange(members)[None, :] < np.round(chance * members), arrival, np.inf)
    arrives = np.isfinite(arrival)
    made: dict[str, Any] = {
        "pathway": pathway,
        "quantity": "made up: reported people",
        "unit": "people",
        "threshold": 1.0,
        "places": tuple(Place(c, c, zh, en, lat, lon, 1e6) for c, zh, en, lat, lon in CITIES),
        "origin": ORIGIN,
        "issued": ORIGIN + timedelta(days=1),
        "known_at": ORIGIN,
        "arrival_s": arrival,
        "peak": np.where(arrives, 100.0 + 10.0 * rows, 0.0),
        "peak_s": np.where(arrives, arrival + DAY, np.nan),
        "duration_s": np.where(arrives, 3 * DAY, 0.0),
        "exposed_people": np.where(arrives, 1e3, 0.0),
        "hazard_cities": (CODES[0],),
        "seed": 1,
        "model": "made up",
        "version": "0",
        "region_digest": "ab12" * 16,
        "source_text": "made up",
        "horizon_s": 60 * DAY,
    }
    return Footprint(**(made | changes))


def plants(**changes: Any) -> Footprint:
    """Nine plants in two cities; those of the second never run again within the forecast."""
    names = tuple(
        Place(f"plant-{n}", CODES[n % 2], f"第{n}厂", f"Plant {n}", 30.0 + n / 10, 114.0, None)
        for n in range(9)
    )
    found = footprint("supply", quantity="share of output lost", unit="1", threshold=0.99, places=names)
    lasts = np.where(np.arange(9)[:, None] % 2 == 0, found.duration_s, np.inf)
    ends = np.where(np.isfinite(found.arrival_s), lasts, 0.0)
    return replace(found, duration_s=ends, peak=np.minimum(found.peak, 1.0), **changes)
