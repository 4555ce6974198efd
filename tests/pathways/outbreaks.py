"""An outbreak at Shang, and travel between the cities of the cast, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cast import PANG, SHANG, XIA, ZHONG, region

from riskshed.pathways.outbreak import Outbreak, Supposed
from riskshed.region import Region, Travel

BEGINS = datetime(2024, 1, 1, tzinfo=UTC)
DAY_S = 86_400.0
# Shang - Zhong - Xia in a row; nobody goes to Pang.
LINKS = (
    Travel(SHANG, ZHONG, 4000.0),
    Travel(ZHONG, SHANG, 3500.0),
    Travel(ZHONG, XIA, 300.0),
    Travel(XIA, ZHONG, 250.0),
)

TOML = """\
disease_en = "influenza"
disease_zh = "流感"
source = "made up"
city = "910100"
begins = 2024-01-01T00:00:00Z
arrival_people = 2
[infected]
median = 20
log_sd = 0.5
source = "made up"
[reproduction]
median = 2.5
log_sd = 0.1
source = "made up"
[exposed_d]
median = 3
log_sd = 0
source = "made up"
[infectious_d]
median = 5
log_sd = 0.1
source = "made up"
"""


def travelling(*links: Travel) -> Region:
    """The cast with travel."""
    return replace(region(), travel=links or LINKS)


def outbreak(**changes: Any) -> Outbreak:
    """Twenty infected at Shang."""
    supposed = {
        "infected": Supposed(20.0),
        "reproduction": Supposed(2.5, 0.1),
        "exposed_d": Supposed(3.0),
        "infectious_d": Supposed(5.0, 0.1),
    }
    supposed |= changes.pop("supposed", {})
    whole = Outbreak("influenza", "流感", "made up", SHANG, BEGINS, supposed)
    return replace(whole, **changes)


UNREACHED = PANG
