"""What a hazard makes people need, what is there, and what is missing: by city and hour, and before it comes.

A **norm** says how much of a good a person needs in a day, with its source and whether that source was read.
People who need it times the norm times the time is the **need**; what is there is base information. What is
missing at an hour is the need up to then, less what is there and what has arrived. Where stock is unknown,
the shortfall is unknown: it lies between nothing and the whole need.

**Short boards** (短板): before anything happens, each city's capacity over its need in a reference scenario,
the worst first. What is unknown is listed apart, and is not taken for nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from riskshed.errors import DomainError, NotFoundError
from riskshed.governance.base_information import BaseInformation, Holding

HOURS_IN_DAY = 24


@dataclass(frozen=True, slots=True)
class Norm:
    """How much of a good one person needs in a day.

    Attributes
    ----------
    code, item, unit : str
    per_person_day : Decimal
        In the unit, above 0.
    hazards : tuple of str
        For which it is asked.
    words : mapping of str to str
    cite : str
        The source.
    is_confirmed : bool
        Whether the source itself was read.
    """

    code: str
    item: str
    unit: str
    per_person_day: Decimal
    hazards: tuple[str, ...]
    words: Mapping[str, str]
    cite: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Exposure:
    """People of a city who need something from one time to another; None people is unknown."""

    city: str
    people: int | None
    starts: datetime
    ends: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing of a good in a city at an hour.

    Attributes
    ----------
    city, norm : str
    at : datetime
    need : Decimal or None
        Up to then, in the unit of the norm; None if the people are unknown.
    have : Decimal or None
        Stock and arrivals up to then; None if the stock is unknown.
    at_least, at_most : Decimal or None
        Bounds of what is missing; alike where all is known, None where there is no bound.
    sources : tuple of str
        Statements and other sources.
    """

    city: str
    norm: str
    at: datetime
    need: Decimal | None
    have: Decimal | None
    at_least: Decimal
    at_most: Decimal | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Help that has come to a city, or will."""

    city: str
    item: str
    unit: str
    amount: Decimal
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class ShortBoard:
    """Capacity over need of one good in one city, in the reference scenario.

    Attributes
    ----------
    city, norm : str
    ratio : Decimal or None
        Below 1 is short; None is unknown.
    need, have : Decimal or None
    as_of : datetime or None
        Of the oldest figure that was used.
    sources : tuple of str
    """

    city: str
    norm: str
    ratio: Decimal | None
    need: Decimal | None
    have: Decimal | None
    as_of: datetime | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShortBoards:
    """The short boards of a region, worst first, and apart what is unknown."""

    known: tuple[ShortBoard, ...]
    unknown: tuple[ShortBoard, ...]


@cache
def norms() -> Mapping[str, Norm]:
    """The norms that come with the platform, by code."""
    told = tomllib.loads(files("riskshed.governance").joinpath("need_norms.toml").read_text("utf-8"))
    return {row["code"]: _norm(row) for row in told["norm"]}


def norms_of(hazard: str) -> tuple[Norm, ...]:
    """The norms that a hazard asks for.

    Raises
    ------
    NotFoundError
        ``shortfall.no_norm``: that nothing is known of its needs is not that it has none.
    """
    found = tuple(one for one in norms().values() if hazard in one.hazards)
    if not found:
        raise NotFoundError("shortfall.no_norm", f"no norm of need for {hazard}", todo="Name its norms.")
    return found


def _norm(row: Mapping[str, object]) -> Norm:
    text = {name: str(row[name]) for name in ("code", "item", "unit", "cite")}
    words, hazards = row["words"], row["hazards"]
    assert isinstance(words, dict)
    assert isinstance(hazards, list)
    amount = Decimal(str(row["per_person_day"]))
    assert amount > 0, f"the norm {row['code']} of need_norms.toml"
    return Norm(**text, per_person_day=amount, hazards=tuple(hazards), words=words,
                is_confirmed=row["confirmed"] is True)  # fmt: skip


def need(norm: Norm, exposure: Exposure, until: datetime) -> Decimal | None:
    """How much the people of an exposure need up to a time; None if it is unknown how many they are.

    Raises
    ------
    DomainError
        ``shortfall.bad_exposure`` with less than 0 people, or an end before the start.
    """
    if exposure.ends < exposure.starts or (exposure.people or 0) < 0:
        raise DomainError(
            "shortfall.bad_exposure",
            f"{exposure.people} people of {exposure.city} from {exposure.starts} to {exposure.ends}",
            todo="Give at least 0 people, and an end after the start.",
        )
    if exposure.people is None:
        return None
    lasts = min(until, exposure.ends) - exposure.starts
    seconds = max(Decimal(int(lasts.total_seconds())), Decimal(0))
    return norm.per_person_day * exposure.people * seconds / (HOURS_IN_DAY * 3600)


def missing(
    held: BaseInformation,
    exposures: Sequence[Exposure],
    asked: Sequence[Norm],
    hours: Sequence[datetime],
    arrivals: Sequence[Arrival] = (),
) -> tuple[Missing, ...]:
    """What is missing, by city, norm and hour.

    Parameters
    ----------
    held : BaseInformation
    exposures : sequence of Exposure
        Several of one city add up.
    asked : sequence of Norm
    hours : sequence of datetime
    arrivals : sequence of Arrival
        Help in another unit than that of the norm is not counted.
    """
    cities = dict.fromkeys(one.city for one in exposures)
    return tuple(
        _missing(held, [one for one in exposures if one.city == city], norm, hour, arrivals)
        for city in cities
        for norm in asked
        for hour in hours
    )


def _missing(
    held: BaseInformation, of: Sequence[Exposure], norm: Norm, hour: datetime, arrivals: Sequence[Arrival]
) -> Missing:
    city = of[0].city
    needs = [need(norm, one, hour) for one in of]
    known = sum((one for one in needs if one is not None), Decimal(0))
    came = [
        one
        for one in arrivals
        if (one.city, one.item, one.unit) == (city, norm.item, norm.unit) and one.at <= hour
    ]
    arrived = sum((one.amount for one in came), Decimal(0))
    stock = held.has(city, norm.item, norm.unit)
    have = None if stock is None else stock + arrived
    whole = None if None in needs else known
    holdings = held.known(city, norm.item, norm.unit)
    sources = [one.source for one in of] + [one.source for one in came]
    sources += [one.statement for one in holdings]
    return Missing(
        city=city,
        norm=norm.code,
        at=hour,
        need=whole,
        have=have,
        at_least=Decimal(0) if have is None else max(known - have, Decimal(0)),
        at_most=None if whole is None else max(whole - (have if have is not None else arrived), Decimal(0)),
        sources=tuple(dict.fromkeys(sources)),
    )


def short_boards(held: BaseInformation, scenario: Sequence[Exposure], asked: Sequence[Norm]) -> ShortBoards:
    """The short boards of a region in a reference scenario, before anything happens.

    Parameters
    ----------
    held : BaseInformation
    scenario : sequence of Exposure
        Who would need something, from when to when; a city without exposure needs nothing and is left out.
    asked : sequence of Norm

    Returns
    -------
    ShortBoards
        Worst first: by ratio, then by what is missing, then by city.
    """
    end = max((one.ends for one in scenario), default=held.at)
    found = []
    for one in missing(held, scenario, asked, [end]):
        if one.need == 0:
            continue
        norm = next(norm for norm in asked if norm.code == one.norm)
        ratio = None if one.need is None or one.have is None else one.have / one.need
        as_of = _oldest(held.known(one.city, norm.item, norm.unit)) or held.complete.get(one.city)
        found.append(ShortBoard(one.city, one.norm, ratio, one.need, one.have, as_of, one.sources))
    known = [one for one in found if one.ratio is not None]
    known.sort(key=lambda one: (one.ratio, (one.have or 0) - (one.need or 0), one.city, one.norm))
    return ShortBoards(tuple(known), tuple(one for one in found if one.ratio is None))


def _oldest(holdings: Sequence[Holding]) -> datetime | None:
    return min((one.as_of for one in holdings), default=None)
