"""What an incident makes people need, and what is missing: by city, good and hour, from the record alone.

Who needs something, and from when on, is what the newest forecast of the incident says: people who depend on
what it reaches, from the earliest time at which it may come. Which goods, the norms of its hazard say
(`riskshed.governance.shortfall`). What is there is base information; what help came, and what is promised, is
added at its hour, unless a report of the city that is newer than its arrival counts it already. Nothing on
record says when the need ends, so it is reckoned for `HOURS` after it begins in each city.

Unknown stays unknown. A forecast that does not say how many depend on it, a stock that nobody reported, an
arrival without a time: each stands apart, with what is missing to know more. A hazard for which no norm is
known is no hazard without needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from riskshed.errors import NotFoundError
from riskshed.governance import aid
from riskshed.governance.base_information import BaseInformation, base_information
from riskshed.governance.outlook import Coming, of_statement
from riskshed.governance.shortfall import Arrival, Exposure, Missing, Norm, missing, norms_of
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.governance.terms import Terms

HOURS = (12, 24, 48, 72)
"""After the need begins in a city, hours."""
HAZARD_OF: Mapping[str, str] = {"pollutant": "drinking_water_pollution", "river": "flood"}
"""For whose norms the forecast of a pathway asks; those of others are not known."""
Gap = Literal["no_forecast", "no_norm", "nobody_reached"]
Unknown = Literal["people", "stock", "time"]


@dataclass(frozen=True, slots=True)
class CityNeed:
    """One good in one city.

    Attributes
    ----------
    city : str
    norm : Norm
    people : int or None
        Who need it; None is unknown.
    begins : datetime or None
        The earliest time at which the need may begin; None is unknown.
    hours : tuple of Missing
        For each of `HOURS` after it begins, empty where that is unknown.
    unknown : tuple of {"people", "stock", "time"}
        What keeps it from being known; empty where all is known.
    """

    city: str
    norm: Norm
    people: int | None
    begins: datetime | None
    hours: tuple[Missing, ...]
    unknown: tuple[Unknown, ...]

    @property
    def is_short(self) -> bool:
        """Whether something is missing at some hour, for certain."""
        return any(one.at_least > 0 for one in self.hours)


@dataclass(frozen=True, slots=True)
class IncidentNeed:
    """What is missing in an incident.

    Attributes
    ----------
    known, unknown : tuple of CityNeed
        Those of which all is known, in the order in which the need begins; apart the others.
    gap : {"no_forecast", "no_norm", "nobody_reached"} or None
        Why there is nothing to show; None if there is.
    footprint : str or None
        The forecast on which it rests.
    """

    known: tuple[CityNeed, ...]
    unknown: tuple[CityNeed, ...]
    gap: Gap | None
    footprint: str | None


def of_incident(standing: Standing, incident: IncidentStanding, terms: Terms) -> IncidentNeed:
    """What is missing in an incident, as things stand.

    Parameters
    ----------
    standing : Standing
    incident : IncidentStanding
    terms : Terms
        `notice_from_probability` bounds which cities count as reached.
    """
    seen = standing.statements.get(incident.footprint or "")
    if seen is None or seen.statement.body is None:
        return IncidentNeed((), (), "no_forecast", None)
    outlook = of_statement(seen.statement)
    try:
        asked = norms_of(HAZARD_OF.get(outlook.pathway, outlook.pathway))
    except NotFoundError:
        return IncidentNeed((), (), "no_norm", seen.statement.id)
    reached = outlook.reached(terms.notice_from_probability)
    if not reached:
        return IncidentNeed((), (), "nobody_reached", seen.statement.id)
    held = base_information(standing)
    came = tuple(aid.arrivals(standing, incident.code))
    rows = [_need(held, one, norm, came, seen.statement.id) for one in reached for norm in asked]
    return IncidentNeed(
        known=tuple(one for one in rows if not one.unknown),
        unknown=tuple(one for one in rows if one.unknown),
        gap=None,
        footprint=seen.statement.id,
    )


def _need(
    held: BaseInformation, coming: Coming, norm: Norm, came: Iterable[Arrival], source: str
) -> CityNeed:
    begins, people = coming.first, coming.exposed_people
    hours: tuple[Missing, ...] = ()
    if begins is not None:
        at = [begins + timedelta(hours=hour) for hour in HOURS]
        exposure = Exposure(coming.city, people, begins, at[-1], source)
        hours = missing(held, [exposure], [norm], at, tuple(_not_counted(held, norm, came)))
    unknown: list[Unknown] = []
    unknown += ["people"] if people is None else []
    unknown += ["stock"] if held.has(coming.city, norm.item, norm.unit) is None else []
    unknown += ["time"] if begins is None else []
    return CityNeed(coming.city, norm, people, begins, hours, tuple(unknown))


def _not_counted(held: BaseInformation, norm: Norm, came: Iterable[Arrival]) -> Iterator[Arrival]:
    """Help that no report of the stock there can have counted: it came, or comes, after the newest."""
    for one in came:
        told = [row.as_of for row in held.known(one.city, norm.item, norm.unit)]
        told += [held.complete[one.city]] if one.city in held.complete else []
        if not told or one.at > max(told):
            yield one
