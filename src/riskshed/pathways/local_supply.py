"""Local supply rate (本地配套率): how much of what makers are supplied with comes from their own territory.

Reports give one figure and seldom say of what. Content is measured by a physical count or by value, and the
two differ. With the share ``s[l]`` of its part that comes by link ``l``::

    by parts    sum of s[l] over links from inside  /  number of parts
    by value    sum of v[l] over links from inside  /  sum of v[l],      v[l] the worth of a day's deliveries

Both are of the links that are known: a maker of whose other suppliers nobody says anything looks more local
than it is, so each rate carries how many parts it rests on. By value it is unknown as soon as the worth of
one link is. A territory is a city or a province; of a province a city that names no superior is unknown,
and its links are left out and counted.

References
----------
Technical aspects of local content regulations, an open textbook: content by a physical measure, which
transfer prices cannot move, or by value, which is the usual one.
http://www.opentextbooks.org.hk/ditatopic/33080
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from riskshed.pathways.supplier_graph import shares
from riskshed.region import City, Region, SupplyLink
from riskshed.region_files import OUTSIDE

Scope = Literal["city", "province"]


@dataclass(frozen=True, slots=True)
class LocalRate:
    """The local supply rate of some makers; a rate of None is unknown.

    Attributes
    ----------
    by_parts, by_value : float or None
        0 to 1.
    parts, makers : int
        Parts and makers that it rests on.
    supposed : int
        Links among them that are supposed (synthetic).
    left_out : int
        Links of which nobody knows whether they come from inside.
    """

    by_parts: float | None
    by_value: float | None
    parts: int
    makers: int
    supposed: int
    left_out: int


def local_supply_rate(region: Region) -> dict[str, float]:
    """The rate of each plant by number of parts, within its own city; NaN where no link is known."""
    rates = {}
    for plant in region.plants:
        found = of_makers(region, [plant.id], "city").by_parts
        rates[plant.id] = float("nan") if found is None else found
    return rates


def of_territory(region: Region, territory: str, scope: Scope) -> LocalRate:
    """The rate of the makers (tier 0) in a city or a province.

    Parameters
    ----------
    region : Region
    territory : str
        Code of the city or of the province.
    scope : {"city", "province"}
    """
    inside = _territory_of(region, scope)
    makers = [one.id for one in region.plants if one.tier == 0 and inside.get(one.city) == territory]
    return of_makers(region, makers, scope)


def of_makers(region: Region, makers: Sequence[str], scope: Scope) -> LocalRate:
    """The rate of these plants together, each measured within its own city or province."""
    home = _territory_of(region, scope)
    at = {one.id: home.get(one.city) for one in region.plants}
    wanted, share = set(makers), shares(region.supply_links)
    rows = [(row, link) for row, link in enumerate(region.supply_links) if link.customer in wanted]
    known = [(row, link) for row, link in rows if at[link.supplier] and at[link.customer]]
    near = [(row, link) for row, link in known if at[link.supplier] == at[link.customer]]
    total, local = (sum(float(share[row]) for row, _ in some) for some in (known, near))
    return LocalRate(
        by_parts=local / total if total > 0 else None,
        by_value=_by_value([link for _, link in known], [link for _, link in near]),
        parts=len({(link.customer, link.part) for _, link in known}),
        makers=len({link.customer for _, link in known}),
        supposed=sum(link.basis == "synthetic" for _, link in known),
        left_out=len(rows) - len(known),
    )


def _by_value(known: Sequence[SupplyLink], near: Sequence[SupplyLink]) -> float | None:
    values = [link.value_yuan_per_day for link in known]
    if not values or any(one is None for one in values):
        return None
    total = sum(one for one in values if one is not None)
    return sum(link.value_yuan_per_day or 0.0 for link in near) / total if total > 0 else None


def _territory_of(region: Region, scope: Scope) -> Mapping[str, str | None]:
    """The territory in which each city lies; None is unknown."""
    if scope == "city":
        return {one.code: one.code for one in region.cities}
    return {one.code: province_of(one) for one in region.cities}


def province_of(city: City) -> str | None:
    """The code of the province of a city, of which a province is its own; None where it is unknown."""
    return city.code if city.level == "province" else (city.parent or "").removeprefix(OUTSIDE) or None
