"""Where something is measured or reported: sections of the river, other stations, and cities as a whole.

Every station belongs to one city. Who speaks of what it shows is the body that runs it; where no body is
named, that is the government of its city.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from riskshed.columns import shown
from riskshed.errors import NotFoundError
from riskshed.region import Region


@dataclass(frozen=True, slots=True)
class Station:
    """A place of readings.

    Attributes
    ----------
    id : str
        A section of the region, a code of a city, or an id of its own.
    city : str
        Code of the city to which it belongs.
    body : str
        Who runs it, and speaks of what it shows.
    name_zh, name_en : str
    """

    id: str
    city: str
    body: str
    name_zh: str
    name_en: str

    @property
    def names(self) -> dict[str, str]:
        """What it is called, by language."""
        return {"zh": self.name_zh, "en": self.name_en}


@dataclass(frozen=True, eq=False)
class Stations:
    """All places of readings of a node.

    Attributes
    ----------
    by_id : mapping of str to Station
    boundaries : mapping of city code to GeoJSON geometry
        By which a point finds its city.
    """

    by_id: Mapping[str, Station]
    boundaries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @staticmethod
    def of_region(region: Region, more: Iterable[Station] = ()) -> Stations:
        """Every city and every section of a region, and stations that it does not know.

        Of two with one id the later counts: a section can so be given to the body that runs it.
        """
        found = {one.code: Station(one.code, one.code, one.code, one.name_zh, one.name_en)
                 for one in region.cities}  # fmt: skip
        for section in region.sections:
            found[section.id] = Station(
                section.id, section.city, section.city, section.name_zh, section.name_en
            )
        found |= {one.id: one for one in more}
        return Stations(found, region.boundaries)

    @cached_property
    def cities(self) -> Mapping[str, str]:
        """The city of each place of readings."""
        return {one.id: one.city for one in self.by_id.values()}

    def __contains__(self, place: str) -> bool:
        return place in self.by_id

    def station(self, place: str) -> Station:
        """The station with this id. Raises NotFoundError ``station.unknown``."""
        if place not in self.by_id:
            todo = "Name a section or a city of the region, or add the station to thresholds.toml."
            raise NotFoundError("station.unknown", f"there is no station {shown(place)}", todo=todo)
        return self.by_id[place]

    def cities_in(self, shape: Any) -> tuple[str, ...]:
        """The cities whose territory this shape (shapely, degrees, longitude first) touches, by code."""
        return tuple(sorted(code for code, ground in self._grounds.items() if ground.intersects(shape)))

    def city_at(self, lon: float, lat: float) -> str | None:
        """The city in which a point lies; None if no boundary holds it. On a border, the first by code."""
        from shapely import Point  # noqa: PLC0415

        return next(iter(self.cities_in(Point(lon, lat))), None)

    @cached_property
    def _grounds(self) -> Mapping[str, Any]:
        # imported here because it takes longer than everything else that a station needs
        from shapely import prepare  # noqa: PLC0415
        from shapely.geometry import shape  # noqa: PLC0415

        grounds = {code: shape(dict(one)) for code, one in self.boundaries.items()}
        for ground in grounds.values():
            prepare(ground)
        return grounds
