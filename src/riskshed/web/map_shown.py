"""The map of the first page: the ground of the region, and upon it what the list says of each city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskshed.region import Region
from riskshed.web import map_ground
from riskshed.web.map_ground import DOT, Lettered
from riskshed.web.wording import Tongue

PHONE_DOT = 18


@dataclass(frozen=True, slots=True)
class Area:
    """A city with its shape, and how it stands."""

    code: str
    reach: str
    path: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A city as a point; larger where no shape is known, so that its colour can be seen."""

    code: str
    reach: str
    x: float
    y: float
    r: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name on the map, with its second line."""

    city: str
    name: str
    sub: str
    x: float
    first: float
    second: float
    anchor: str
    leader: str


def shown(
    region: Region, reach: Mapping[str, str], subs: Mapping[str, str], tongue: Tongue
) -> dict[str, Any]:
    """What the template of the map draws; empty where nobody knows where anything lies.

    Parameters
    ----------
    region : Region
    reach : mapping of city to class
        As in the list.
    subs : mapping of city to text
        The second line of its name: how soon.
    tongue : {"zh", "en"}
    """
    ground = map_ground.ground(region)
    if ground is None:
        return {}
    height = ground.atlas.view.height
    areas = ground.atlas.areas
    return {
        "ground": ground,
        "areas": [Area(code, reach.get(code, "unknown"), path) for code, path in areas.items()],
        "names": [_name(one, subs) for one in ground.names[tongue]],
        "phone_names": [_name(one, {}) for one in ground.phone[tongue]],
        "dots": [
            Dot(
                code,
                reach.get(code, "unknown"),
                round(x, 1),
                round(y, 1),
                DOT if code in areas else PHONE_DOT,
            )
            for code, (x, y) in ground.dots.items()
        ],
        "bar": {"x": 42 + ground.bar_units, "y": height - 40, "text_y": height - 22},
    }


def _name(one: Lettered, subs: Mapping[str, str]) -> Name:
    start_x, start_y, end_x, end_y = one.place.leader
    return Name(
        city=one.city,
        name=one.name,
        sub=subs.get(one.city, ""),
        x=round(one.place.x, 1),
        first=round(one.first, 1),
        second=round(one.second, 1),
        anchor=one.place.anchor,
        leader=f"M{start_x:.0f} {start_y:.0f}L{end_x:.0f} {end_y:.0f}",
    )
