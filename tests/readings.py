"""What the stations of the cast send: signals, rows of tables and JSON, and the thresholds that they bear on.

Hours are counted from the spill.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import cast
from cast import SPILL

from riskshed.signals import Signal
from riskshed.stations import Station, Stations
from riskshed.thresholds import Threshold

AIR = Station("air-1", cast.PANG, "pang-air", "空气站", "Air station")
STATIONS = Stations.of_region(cast.region(), [AIR])

TOML = """\
# What the cast watches.
[[station]]
id = "air-1"
city = "910400"
body = "pang-air"
name_zh = "空气站"
name_en = "Air station"
source = "cast"

[[threshold]]
place = ["shang", "zhong"]
quantity = "nitrobenzene"
unit = "mg/L"
hazard_class = "accident"
hazard = "nitrobenzene"
level = "orange"
value = "0.017"
hysteresis = "0.005"
source = "GB 3838-2002, table 3"

[[threshold]]
place = "shang"
quantity = "nitrobenzene"
unit = "mg/L"
hazard_class = "accident"
hazard = "nitrobenzene"
level = "I"
value = "0.17"
hold_h = 2
source = "cast"
"""


def at(hours: float) -> datetime:
    """So many hours after the spill."""
    return SPILL + timedelta(hours=hours)


def signal(
    place: str, hours: float, kind: Any = "observed", value: str | None = None, /, **more: Any
) -> Signal:
    """A signal that arrived when it was taken, or at `known_h`."""
    known_h = more.pop("known_h", hours)
    facts: dict[str, Any] = {
        "hazard_class": "accident",
        "quantity": "nitrobenzene",
        "unit": "mg/L",
        "source": "cast",
        **more,
    }
    number = None if value is None else Decimal(value)
    return Signal(place=place, time=at(hours), kind=kind, value=number, known_at=at(known_h), **facts)


def threshold(value: str | None = "0.017", /, **more: Any) -> Threshold:
    """A threshold at Shang for the substance of the cast."""
    facts: dict[str, Any] = {
        "place": "shang",
        "quantity": "nitrobenzene",
        "unit": "mg/L",
        "hazard_class": "accident",
        "level": "orange",
        "source": "cast",
        **more,
    }
    return Threshold(value=None if value is None else Decimal(value), **facts)


def row(**more: Any) -> dict[str, Any]:
    """One reading as a sender writes it; None leaves a field out."""
    fields: dict[str, Any] = {
        "place": "shang",
        "hazard_class": "accident",
        "quantity": "nitrobenzene",
        "unit": "mg/L",
        "time": "2024-05-01T05:00:00+00:00",
        "kind": "observed",
        "value": "0.4",
        "source": "probe 1",
        **more,
    }
    return {name: value for name, value in fields.items() if value is not None}


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def as_csv(*rows: dict[str, Any]) -> bytes:
    """Rows under a header that names every field of any of them."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    lines = [",".join(names), *(",".join(str(one.get(name, "")) for name in names) for one in rows)]
    return ("\n".join(lines) + "\n").encode()


def write_toml(folder: Path, text: str = TOML) -> Path:
    path = folder / "thresholds.toml"
    path.write_text(text, "utf-8")
    return path
