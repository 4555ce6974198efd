"""Whose land it is: which territory lies in which, which border on each other, and who is down the river."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from riskshed.network import OUTLET, Network
from riskshed.region import Region

OUTSIDE = "outside:"
"""How a region marks a parent that lies outside it."""

_SAME_LEVEL = {"prefecture": "city", "subprovincial": "city"}
_SIX_DIGITS = re.compile(r"[1-9][0-9]{5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Territory:
    """Territories by code, and how they lie.

    Where `parents` says nothing of a code of six digits, the code tells: GB/T 2260 gives a province two
    digits and 0000, a prefecture four and 00. No other code is taken apart.

    Parameters
    ----------
    parents : mapping of code to code or None
        None where it is known that there is none.
    neighbours : mapping of code to codes
        Read both ways.
    levels : mapping of code to level
        As in `riskshed.region.City.level`.
    downstream : mapping of code to codes, optional
        For each city those below it on its river, the nearest first.
    """

    parents: Mapping[str, str | None]
    neighbours: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, str]
    downstream: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @staticmethod
    def of_region(region: Region, neighbours: Iterable[tuple[str, str]] = ()) -> Territory:
        """The territories of a region; `neighbours` are pairs of codes that border on each other."""
        parents = {city.code: _inside(city.parent) for city in region.cities}
        known = {
            code: parent for code, parent in parents.items() if parent or not _SIX_DIGITS.fullmatch(code)
        }
        beside: dict[str, set[str]] = {}
        for one, other in neighbours:
            beside.setdefault(one, set()).add(other)
            beside.setdefault(other, set()).add(one)
        levels = {city.code: city.level for city in region.cities}
        sides = {code: tuple(sorted(others)) for code, others in sorted(beside.items())}
        return Territory(known, sides, levels, _downstream(region))

    def knows(self, code: str) -> bool:
        """Whether this code is one of a territory, as far as anyone can tell."""
        return code in self.parents or code in self.levels or _SIX_DIGITS.fullmatch(code) is not None

    def superior(self, code: str) -> str | None:
        """The territory in which this one lies; None if there is none or it is unknown."""
        if code in self.parents:
            return self.parents[code]
        return _superior_by_code(code)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """All territories in which it lies, the nearest first."""
        return tuple(self._upwards(code))[1:]

    def contains(self, body_code: str, city: str) -> bool:
        """Whether the city is this territory or lies in it."""
        return body_code in self._upwards(city)

    def common_superior(self, codes: Sequence[str]) -> str | None:
        """The smallest territory, other than themselves, in which all of these lie."""
        if not codes:
            return None
        first, *others = (self.ancestors(code) for code in codes)
        return next((code for code in first if all(code in more for more in others)), None)

    def of_level(self, code: str, level: str) -> str | None:
        """The territory of this level (township, county, city, province) that this one is or lies in.

        A prefecture and a subprovincial city count as city.
        """
        wanted = _SAME_LEVEL.get(level, level)
        return next((one for one in self._upwards(code) if self._level(one) == wanted), None)

    def neighbours_of(self, code: str) -> tuple[str, ...]:
        """Those that border on it, in the order of their codes."""
        told = {one for one, others in self.neighbours.items() if code in others}
        return tuple(sorted(told | set(self.neighbours.get(code, ()))))

    def downstream_of(self, city: str) -> tuple[str, ...]:
        """The cities below it on the river, the nearest first; empty if there are none or that is unknown."""
        return self.downstream.get(city, ())

    def _upwards(self, code: str) -> Iterator[str]:
        """The territory itself and all above it; a circle in the data ends where it began."""
        passed: set[str] = set()
        at: str | None = code
        while at is not None and at not in passed:
            passed.add(at)
            yield at
            at = self.superior(at)

    def _level(self, code: str) -> str | None:
        level = self.levels.get(code)
        if level is not None:
            return _SAME_LEVEL.get(level, level)
        if not _SIX_DIGITS.fullmatch(code):
            return None
        return "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"


def _inside(parent: str | None) -> str | None:
    return None if parent is None else parent.removeprefix(OUTSIDE)


def _superior_by_code(code: str) -> str | None:
    if not _SIX_DIGITS.fullmatch(code) or code.endswith("0000"):
        return None
    return code[:2] + "0000" if code.endswith("00") else code[:4] + "00"


def _downstream(region: Region) -> dict[str, tuple[str, ...]]:
    """For each city with a section, the cities of the sections below its uppermost one."""
    network = region.network
    if network is None:
        return {}
    row = {int(reach): i for i, reach in enumerate(network.ids)}
    standing: dict[int, list[tuple[float, str, str]]] = {}
    for section in region.sections:
        # Two sections can share a reach: the one with more river kilometres lies above the other.
        km = -section.river_km if section.river_km is not None else 0.0
        standing.setdefault(row[section.reach_id], []).append((km, section.id, section.city))
    for sections in standing.values():
        sections.sort()
    below: dict[str, tuple[str, ...]] = {}
    for at in sorted(standing):
        for place, (_, _, city) in enumerate(standing[at]):
            found = [c for _, _, c in standing[at][place + 1 :]] + list(_cities_below(network, at, standing))
            others = tuple(dict.fromkeys(c for c in found if c != city))
            if len(others) > len(below.get(city, ())) or city not in below:
                below[city] = others
    return below


def _cities_below(
    network: Network, at: int, standing: Mapping[int, list[tuple[float, str, str]]]
) -> Iterator[str]:
    at = int(network.down[at])
    while at != OUTLET:
        yield from (city for _, _, city in standing.get(at, ()))
        at = int(network.down[at])
