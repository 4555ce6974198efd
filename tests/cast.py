"""The small cast that every test knows: one river with three cities, and a fourth that is not on it.

The river rises above Shang (上城), where a plant stands, passes Zhong (中城) and leaves the region below
Xia (下城). A side stream joins it between Shang and Zhong. Pang (旁城) drinks from wells.

    1 (Shang) --> 2 --\
                       3 (Zhong) --> 4 --> 5 (Xia) --> outlet
              6 ------/
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from riskshed.network import Network
from riskshed.reading import Reading
from riskshed.region import Body, City, PeoplePoint, Region, Section

SPILL = datetime(2024, 5, 1, 4, 0, tzinfo=UTC)
"""When the plant at Shang lets go."""

SHANG, ZHONG, XIA, PANG = "910100", "910200", "910300", "910400"

# reach_id, down_id, length_m, k_s, x, slope
REACHES = (
    (1, 2, 20_000.0, 20_000.0, 0.2, 5e-4),
    (2, 3, 30_000.0, 30_000.0, 0.2, 4e-4),
    (3, 4, 25_000.0, 25_000.0, 0.2, 3e-4),
    (4, 5, 40_000.0, 40_000.0, 0.2, 2e-4),
    (5, -1, 35_000.0, 35_000.0, 0.2, 1e-4),
    (6, 3, 15_000.0, 15_000.0, 0.2, 8e-4),
)


def network() -> Network:
    ids, down_ids, length_m, k_s, x, slope = zip(*REACHES, strict=True)
    return Network.of(ids, down_ids, where="cast", length_m=length_m, k_s=k_s, x=x, slope=slope)


def cities() -> tuple[City, ...]:
    return (
        City(SHANG, "上城", "Shang", "prefecture", "outside:910000", 45.0, 125.0, 900_000, 450_000, "cast"),
        City(
            ZHONG, "中城", "Zhong", "prefecture", "outside:910000", 45.3, 125.6, 4_000_000, 3_200_000, "cast"
        ),
        City(XIA, "下城", "Xia", "county", ZHONG, 45.6, 126.4, 300_000, 120_000, "cast"),
        City(PANG, "旁城", "Pang", "prefecture", None, 44.2, 126.0, 700_000, None, "cast"),
    )


def bodies() -> tuple[Body, ...]:
    return (
        Body("basin", "coordination", "流域协调委员会", "Basin committee", "outside:910000", None, "cast"),
        Body("accidents", "office", "事故灾难办公室", "Accident office", "basin", "accident", "cast"),
    )


def sections() -> tuple[Section, ...]:
    return (
        Section("shang", "上城断面", "Shang", SHANG, 1, 130.0, 45.0, 125.0, "outfall", 0, "cast", 0.017),
        Section(
            "zhong", "中城断面", "Zhong", ZHONG, 3, 75.0, 45.3, 125.6, "intake", 3_000_000, "cast", 0.017
        ),
        Section("xia", "下城断面", "Xia", XIA, 5, 0.0, 45.6, 126.4, "intake", None, "cast", 0.017),
    )


def people() -> tuple[PeoplePoint, ...]:
    return tuple(
        PeoplePoint(c.lat, c.lon, c.population_resident, c.code, "cast")
        for c in cities()
        if c.lat is not None and c.lon is not None and c.population_resident is not None
    )


def region() -> Region:
    """The region without its folder: no files are read or written."""
    return Region(
        name="Cast river",
        folder=Path("cast"),
        cities=cities(),
        bodies=bodies(),
        sections=sections(),
        people=people(),
        network=network(),
        digest="0" * 64,
        boundaries={},
        about={"mouth": "the outlet of reach 5"},
    )


def readings() -> tuple[Reading, ...]:
    """Seen at Shang, not yet seen at Zhong, then seen there; each known an hour after it was taken."""

    def at(section: str, hours: float, kind: str, value: float | None) -> Reading:
        time = SPILL + timedelta(hours=hours)
        return Reading(section, time, kind, value, time + timedelta(hours=1), 0.0, "cast")  # type: ignore[arg-type]

    return (
        at("shang", 1.0, "first_detected", 0.9),
        at("zhong", 24.0, "not_detected", None),
        at("zhong", 48.0, "first_detected", 0.02),
        at("zhong", 60.0, "peak", 0.4),
    )


def write_region(folder: Path) -> Path:
    """Write the cast as a region folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "region.toml").write_text(
        'name = "Cast river"\nmouth = "the outlet of reach 5"\n', encoding="utf-8"
    )
    heads = {
        "cities.csv": "code,name_zh,name_en,level,parent,lat,lon,population_resident,population_urban,source",
        "bodies.csv": "code,kind,name_zh,name_en,superior,hazard_class,source",
        "sections.csv": "id,name_zh,name_en,city,reach_id,river_km,lat,lon,role,people_supplied,source,"
        "threshold_mg_per_L",
        "people.csv": "lat,lon,people,city,source",
    }
    nouns = {
        "cities.csv": cities(),
        "bodies.csv": bodies(),
        "sections.csv": sections(),
        "people.csv": people(),
    }
    for name, head in heads.items():
        write_csv(folder / name, head, ((getattr(n, c) for c in head.split(",")) for n in nouns[name]))
    rows = (("" if cell == -1 else cell for cell in reach) for reach in REACHES)
    write_csv(folder / "reaches.csv", "reach_id,down_id,length_m,k_s,x,slope", rows)
    return folder


def write_readings(path: Path) -> Path:
    """Write the readings of the cast as readings.csv, and return its path."""
    head = "section,time,kind,mg_per_L,known_at,source"
    rows = (
        (r.section, r.time.isoformat(), r.kind, r.value, r.known_at.isoformat(), r.source) for r in readings()
    )
    return write_csv(path, head, rows)


def write_csv(path: Path, head: str, rows) -> Path:  # type: ignore[no-untyped-def]
    """Write rows under a header; None becomes an empty cell."""
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def shared_data(name: str) -> Path:
    """A folder of the data beside the project, such as ``lower-colorado``; without it the test is skipped."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("RISKSHED_DATA") or beside) / name
    if not path.exists():
        pytest.skip(f"the data {name} is not in RISKSHED_DATA ({path.parent}), and the project has no copy")
    return path
