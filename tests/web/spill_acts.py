"""A spill at Jilin, as the bodies of the demonstration say it: opened, forecast, warned of, seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from statements import plain_body

from riskshed.governance.draft import Draft
from riskshed.vocabulary import KINDS
from riskshed.web.node import Node

JILIN, SONGYUAN, HARBIN, JIAMUSI = "220200", "220700", "230100", "230800"
INCIDENT = "spill-1"


def words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def after(at: datetime, hours: float) -> str:
    return (at + timedelta(hours=hours)).isoformat(timespec="seconds")


def said(node: Node, by: str, kind: str, *, drill: bool = False, **body: Any) -> str:
    """Say a statement about the incident, plain but for what is given."""
    more = {"about": None if KINDS[kind].about == "no" else INCIDENT, "replies_to": None}
    more |= {name: body.pop(name) for name in ("about", "replies_to") if name in body}
    told = {**plain_body(KINDS[kind].fields, optional=False), **body}
    draft = Draft(kind, by, more["about"], more["replies_to"], told)
    return node.desk(by, "duty-1", exercise=drill).say(draft)


def opened(node: Node, *, drill: bool = False) -> str:
    name = words("江上泄漏", "A spill on the river")
    facts = {"hazard_class": "accident", "city": JILIN, "about": INCIDENT}
    return said(node, JILIN, "IncidentOpened", name=name, drill=drill, **facts)


def forecast(node: Node, hours: Mapping[str, tuple[float, float, float]], **more: Any) -> str:
    """Earliest, middle and latest hours from now for each city; probability 0.98 unless told otherwise."""
    at, chance = node.now(), more.pop("probability", {})
    rows = [
        {
            "city": city,
            "probability": chance.get(city, "0.98"),
            "earliest": after(at, low),
            "middle": after(at, middle),
            "latest": after(at, high),
            "peak": {"value": "0.5", "unit": "mg/L"},
        }
        for city, (low, middle, high) in hours.items()
    ]
    facts = {"arrivals": rows, "threshold": {"value": "0.017", "unit": "mg/L"}, "situation": "1"}
    facts |= {"members": 200, "quantity": "nitrobenzene", "hazard_cities": [JILIN]}
    return said(node, JILIN, "FootprintIssued", **facts, **more)


def read_at(node: Node, section: str, hours: float) -> str:
    """A reading that shows the front at a section."""
    time = after(node.now(), hours)
    row = {"section": section, "time": time, "kind": "first_detected"}
    return said(node, SONGYUAN, "ReadingsTaken", readings=[row], starts=time, ends=time)


def warned(node: Node, by: str, level: str, *, cities: list[str] | None = None, **more: Any) -> str:
    at = node.now()
    facts: dict[str, Any] = {"level": level, "cities": cities or [by], "hazard_class": "accident"}
    facts |= {"headline": words("江水不可饮用", "Do not drink from the river")}
    facts |= {"instruction": words("储备饮用水。", "Store drinking water."), "expires": after(at, 200)}
    return said(node, by, "WarningIssued", **{**facts, **more})
