"""A small replay for tests: the sections of the Songhua with their real places, and made-up forecasts.

Names, river kilometres and points are facts (bulletins of the State Environmental Protection Administration
of November and December 2005 on www.gov.cn; points from GeoNames). The times, bands and concentrations are
made up from a seed, in the right order of size, and must not be taken for a forecast or a record.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from riskshed.exchange.report import CaseStory, IssuedForecast, Limit
from riskshed.footprint import Caveat, Footprint, Place, Series
from riskshed.reading import Reading, Recorded
from riskshed.region import City, Region, Section

BEIJING = timezone(timedelta(hours=8))
RELEASE = datetime(2005, 11, 13, 13, 45, tzinfo=BEIJING)
STANDARD = 0.017
MEMBERS = 64

# id, zh, en, city, km above the mouth, lat, lon, people, front (month, day, hour), half its precision, hours
ROWS = (
    ("zhaoyuan", "肇源", "Zhaoyuan", "230622", 880.0, 45.51971, 125.07633, None, (11, 20, 16), 0),
    ("sifangtai", "四方台", "Sifangtai", "230100", 695.6, 45.74, 126.47, 3_800_000, (11, 23, 19), 0),
    ("bayangang", "巴彦港", "Bayan port", "230126", 568.8, 46.04309, 127.54144, 0, (11, 28, 4), 0),
    ("mulan", "木兰摆渡河", "Mulan", "230127", 510.9, 45.94711, 128.03727, 0, (11, 29, 6), 0),
    ("tonghe", "通河", "Tonghe", "230128", 455.3, 45.97953, 128.75822, 0, (12, 1, 0), 0),
    ("gaoleng", "高楞", "Gaoleng", "230124", 410.0, None, None, None, None, 0),
    ("dalianhe", "达连河", "Dalianhe", "230123", 388.0, 46.16931, 129.40379, 26_000, (12, 4, 23), 0),
    ("dalai", "大来", "Dalai", "230800", 298.0, 46.68221, 129.94552, None, (12, 6, 4), 0),
    ("jiamusi", "佳木斯", "Jiamusi", "230800", 244.0, 46.79711, 130.31118, 480_000, (12, 7, 20), 0),
    ("huachuan", "桦川", "Huachuan", "230826", 202.8, 47.02185, 130.71127, None, (12, 10, 12), 12),
    ("fujin", "富锦", "Fujin", "230882", None, 47.24723, 132.02957, None, (12, 13, 12), 12),
    ("tongjiang", "同江", "Tongjiang", "230881", 0.0, 47.70667, 132.51972, None, (12, 16, 12), 12),
)
CITIES = (
    ("220200", "吉林市", "Jilin City", 43.84652, 126.5608),
    ("230622", "肇源县", "Zhaoyuan County", 45.51971, 125.07633),
    ("230100", "哈尔滨市", "Harbin", 45.75, 126.65),
    ("230126", "巴彦县", "Bayan County", 46.07622, 127.39369),
    ("230127", "木兰县", "Mulan County", 45.94711, 128.03727),
    ("230128", "通河县", "Tonghe County", 45.97953, 128.75822),
    ("230124", "方正县", "Fangzheng County", 45.849, 128.82317),
    ("230123", "依兰县", "Yilan County", 46.3223, 129.56081),
    ("230800", "佳木斯市", "Jiamusi", 46.79711, 130.31118),
    ("230826", "桦川县", "Huachuan County", 47.02185, 130.71127),
    ("230882", "富锦市", "Fujin", 47.24723, 132.02957),
    ("230881", "同江市", "Tongjiang", 47.65017, 132.50297),
)
SOURCE = "made up for tests"


def hour(month: int, day: int, at: float) -> datetime:
    return datetime(2005, month, day, tzinfo=BEIJING) + timedelta(hours=at)


def seconds(moment: datetime) -> float:
    return (moment - RELEASE).total_seconds()


def region() -> Region:
    outfall = ("plant", "吉化双苯厂", "Jilin plant", "220200", None, 43.88528, 126.60444, None, None, 0)
    sections = tuple(
        Section(id_, zh, en, city, n, km, lat, lon, "outfall" if n == 0 else "monitoring", people, SOURCE)
        for n, (id_, zh, en, city, km, lat, lon, people, _, _) in enumerate((outfall, *ROWS))
    )
    cities = tuple(
        City(code, zh, en, "county", None, lat, lon, None, None, SOURCE) for code, zh, en, lat, lon in CITIES
    )
    return Region("songhua", Path(), cities, (), sections, (), None, "ab12" * 16, {}, {})


def fronts() -> list[datetime]:
    """When the front comes; Gaoleng, which has no record, halfway between its neighbours."""
    known = [hour(*row[8]) if row[8] else None for row in ROWS]
    return [front or hour(12, 3, 4) for front in known]


def footprint(seen: int, *, delay_h: float = 1.0) -> Footprint:
    """The forecast issued an hour after the front was seen at section `seen`."""
    random = np.random.default_rng(seen)
    truth = np.array([seconds(front) for front in fronts()])
    issued = RELEASE + timedelta(seconds=float(truth[seen])) + timedelta(hours=delay_h)
    lead = np.maximum(truth - truth[seen], 0.0)[:, None]
    spread = 0.09 * lead + 3600.0 * 2 * (lead > 0)
    arrival = (
        truth[:, None]
        + 0.03 * lead * np.sin(truth[:, None])
        + spread * random.normal(size=(len(truth), MEMBERS))
    )
    arrival = np.where(lead > 0, np.maximum(arrival, truth[seen]), truth[:, None])
    depth = np.arange(len(truth))[:, None]
    arrival[np.broadcast_to(depth, arrival.shape) - seen > random.uniform(5.5, 40.0, arrival.shape)] = np.inf
    peak = 0.9 * np.exp(-0.16 * depth + 0.3 * random.normal(size=arrival.shape))
    peak[np.isinf(arrival)] *= 0.01
    stay = 3600.0 * (30 + 6.0 * depth) * np.ones_like(arrival)
    time = np.arange(seconds(hour(11, 17, 0)), seconds(hour(12, 26, 0)), 3 * 3600.0)
    start = np.where(np.isinf(arrival), truth[:, None], arrival)
    shape = (time - start[..., None] - 0.5 * stay[..., None]) / (0.23 * stay[..., None])
    curves = peak[..., None] * np.exp(-0.5 * shape**2)
    quantiles = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    people = np.array([np.nan if row[7] is None else row[7] for row in ROWS])[:, None]
    return Footprint(
        pathway="pollutant",
        quantity="nitrobenzene concentration",
        unit="mg/L",
        threshold=STANDARD,
        places=tuple(Place(r[0], r[3], r[1], r[2], r[5], r[6], r[7]) for r in ROWS),
        origin=RELEASE,
        issued=issued,
        known_at=RELEASE + timedelta(seconds=float(truth[seen])),
        arrival_s=arrival,
        peak=peak,
        peak_s=start + 0.5 * stay,
        duration_s=np.where(np.isinf(arrival), 0.0, stay),
        exposed_people=np.where(np.isinf(arrival) & ~np.isnan(people), 0.0, people),
        hazard_cities=("220200", "230622"),
        series=Series(quantiles, time, np.quantile(curves, quantiles, axis=1).transpose(1, 0, 2)),
        seed=7,
        model="made-up plume",
        version="0",
        region_digest="ab12" * 16,
        caveats=(
            Caveat(
                "river.ice",
                "After 12-01 the river is frozen over.",
                "12-01 后江面封冻。",
                ("dalai", "jiamusi"),
            ),
            Caveat("river.mass", "The mass released is uncertain.", "泄漏量不确定。"),
        ),
        source_text="about 100 t, released 11-13",
    )


def readings() -> tuple[Reading, ...]:
    """At each section nothing, then the front, then a few values around the middle forecast."""
    rows = []
    for n, (row, front) in enumerate(zip(ROWS, fronts(), strict=True)):
        if row[8] is None:
            continue
        stay = 30 + 6.0 * n
        top = 0.9 * np.exp(-0.16 * n)
        rows.append(
            Reading(
                row[0],
                front - timedelta(hours=20),
                "not_detected",
                None,
                front - timedelta(hours=18),
                0,
                SOURCE,
            )
        )
        rows.append(Reading(row[0], front, "first_detected", 0.02, front + timedelta(hours=0.5), 0, SOURCE))
        for share in (0.2, 0.5, 0.8):
            value = round(float(top * np.exp(-0.5 * ((share - 0.5) / 0.23) ** 2)), 4)
            at = front + timedelta(hours=share * stay)
            rows.append(Reading(row[0], at, "observed", value, at + timedelta(hours=6), 0, SOURCE))
    return tuple(rows)


def record() -> tuple[Recorded, ...]:
    rows = []
    for n, (row, front) in enumerate(zip(ROWS, fronts(), strict=True)):
        if row[8] is None:
            continue
        half = timedelta(hours=row[9])
        conflict = "another account says 5 December" if row[0] == "tongjiang" else ""
        rows.append(Recorded(row[0], "front", front - half, front + half, None, n > 1, conflict, SOURCE))
        if n in (1, 7, 8):
            peak = front + timedelta(hours=15 + 3.0 * n)
            rows.append(
                Recorded(
                    row[0], "peak", peak, peak, round(0.9 * float(np.exp(-0.16 * n)), 3), True, "", SOURCE
                )
            )
    return tuple(rows)


def score() -> dict[str, object]:
    return {
        "front_mae_h": 4.62, "naive_mae_h": 6.94, "front_coverage_90": 0.86, "mean_band_h": 41.3,
        "min_lead_h": 35.0,
        "fronts": [
            {
                "section": "tonghe", "issued": hour(11, 28, 5).isoformat(), "lead_h": 67.0,
                "forecast_p05": hour(11, 30, 2).isoformat(), "forecast_p50": hour(12, 1, 2).isoformat(),
                "forecast_p95": hour(12, 2, 1).isoformat(), "recorded": hour(12, 1, 0).isoformat(),
                "error_h": 2.0, "inside_90": True, "scored": True,
            },
        ],
        "peaks": [{"section": "dalai", "forecast": 0.31, "recorded": 0.261, "factor": 1.19}],
    }  # fmt: skip


def story(issues: tuple[int, ...] = (0, 1, 2, 3, 4, 6, 7, 8)) -> CaseStory:
    forecasts = tuple(
        IssuedForecast(f"{ROWS[n][1]}见锋", f"front seen at {ROWS[n][2]}", footprint(n)) for n in issues
    )
    return CaseStory(
        title_zh="松花江硝基苯泄漏",
        title_en="Songhua nitrobenzene spill",
        summary_zh="2005-11-13 吉林一座双苯厂爆炸，约 100 吨苯类物质入江。"
        "污染团顺流而下，历时一月，过哈尔滨、佳木斯，入黑龙江。",
        summary_en="On 2005-11-13 a plant in Jilin blew up and some 100 t of benzene compounds entered the "
        "river. The plume took a month to pass Harbin and Jiamusi and to reach the Amur.",
        zone=BEIJING,
        region=region(),
        forecasts=forecasts,
        readings=readings(),
        record=record(),
        score=score(),
        limit=Limit(STANDARD, "国家标准限值", "national limit"),
        attribution_zh="断面与里程：国家环保总局 2005 年通报。其余为测试所造。",
        attribution_en="Sections and distances: bulletins of 2005. The rest is made up for tests.",
    )


def short_story(**changes: object) -> CaseStory:
    """Two forecasts, for tests that read the page as text."""
    return replace(story((1, 3)), **changes)
