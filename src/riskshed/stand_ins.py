"""Who runs out of what when a supplier stops, and who could stand in.

The supply pathway tells when suppliers lose output (`pathways.supply.run`). Of each link that runs short,
`shorts` makes what its customer is going to lack: which part, between when and when stocks run out, for how
many days, and how much that is where output is known. `drafted` makes of it the need that the customer may
confirm; nobody states a need for another. `stand_ins` are the offers on record that would do, each with
when it could be there: what anybody may see, one by one, before anything is matched.

All of it is a function of its arguments. When stocks run out is the stop of the supplier plus the stock on
the link, both within their bounds; the earliest and the latest take both bounds, so that the band is wide
rather than wrong. A share of a supplier that nobody knows is what the pathway takes it to be, and it is
said that it is supposed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from math import isfinite
from typing import Any

import numpy as np

from riskshed.governance.draft import Draft
from riskshed.governance.market_book import RowStanding
from riskshed.governance.market_run import Places, offer_of
from riskshed.governance.matching_pairs import blocks
from riskshed.governance.matching_problem import MatchProblem, Need
from riskshed.pathways.halt import Halt
from riskshed.pathways.supplier_graph import shares
from riskshed.pathways.supply import Course
from riskshed.region import Plant, SupplyLink
from riskshed.statement import decimal_text, time_text

SORT = "parts"
UNIT = "set"
"""In what parts are counted where they are counted by what they are built into."""
BAND = (0.05, 0.5, 0.95)
PROBABILITY_MIN = 0.05
AHEAD = timedelta(days=365)
LEAST = timedelta(hours=1)
"""A need whose stocks have run out already is for the next hour."""


@dataclass(frozen=True, slots=True)
class Short:
    """A part that a plant runs short of.

    Attributes
    ----------
    supplier, customer : str
        Ids of plants.
    city : str
        Where the customer is.
    part, item : str
        As the region names it, and as a code.
    probability : float
        That stocks run out, 0 to 1.
    earliest, likely, latest : datetime
        When they do, given that they do: 5 %, 50 % and 95 %, with the bounds of the stock.
    days : float
        Days of deliveries that are missing after that, median.
    amount : Decimal or None
        That many sets, rounded up; None where the output of the customer is not known.
    is_share_known : bool
        False where the share of the supplier is supposed, as the pathway does it.
    """

    supplier: str
    customer: str
    city: str
    part: str
    item: str
    probability: float
    earliest: datetime
    likely: datetime
    latest: datetime
    days: float
    amount: Decimal | None
    is_share_known: bool

    @property
    def key(self) -> tuple[str, str]:
        """Who lacks what."""
        return self.customer, self.item


@dataclass(frozen=True, slots=True)
class StandIn:
    """An offer that would do.

    Attributes
    ----------
    offer, by : str
        Its id, and the body that makes it.
    city : str or None
        None where that is sealed.
    left : Decimal
        What is not promised yet, in `unit`.
    unit : str
    km : float or None
        In a straight line.
    arrives_at : datetime or None
        At the earliest; None where place or time are not known.
    is_in_time : bool or None
        Whether that is before stocks are likely to run out.
    points : int
        Worth of one unit by the matching; compare within one part only.
    """

    offer: str
    by: str
    city: str | None
    left: Decimal
    unit: str
    km: float | None
    arrives_at: datetime | None
    is_in_time: bool | None
    points: int


def item_code(part: str) -> str:
    """The code of a part, from what it is called.

    Examples
    --------
    >>> item_code("Wiring harness"), item_code("座椅")
    ('wiring_harness', 'u5ea7u6905')
    """
    text = "".join(one if one.isascii() else f"u{ord(one):x}" for one in part.strip().lower())
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")[:128] or "part"


def shorts(course: Course, halt: Halt) -> tuple[Short, ...]:
    """What customers run short of, the soonest first.

    Parameters
    ----------
    course : Course
        Of `halt`, by `pathways.supply.run`.
    halt : Halt
        Days count from its beginning.

    Returns
    -------
    tuple of Short
        One for each link that runs out with a probability of 5 % or more.
    """
    rows = {plant.id: row for row, plant in enumerate(course.plants)}
    found = []
    for link, share in zip(course.links, shares(course.links), strict=True):
        one = _short(course, halt, link, float(share), (rows[link.supplier], rows[link.customer]))
        if one is not None:
            found.append(one)
    return tuple(sorted(found, key=lambda one: (one.likely, one.customer, one.item, one.supplier)))


def _short(course: Course, halt: Halt, link: SupplyLink, share: float, ends: tuple[int, int]) -> Short | None:
    supplier, customer = ends[0], course.plants[ends[1]]
    low, high = halt.cover_d.low, halt.cover_d.high
    if link.cover_low_d is not None and link.cover_high_d is not None:
        low, high = link.cover_low_d, link.cover_high_d
    middle = (low + high) / 2
    halted, missing = course.halted_s[supplier], course.lost_d[supplier] - middle
    is_short = np.isfinite(halted) & (missing > 0)
    probability = float(is_short.mean())
    if probability < PROBABILITY_MIN:
        return None
    starts = np.quantile(halted[is_short], BAND) / 86_400.0
    days = float(np.median(missing[is_short]))
    return Short(
        supplier=link.supplier,
        customer=link.customer,
        city=customer.city,
        part=link.part,
        item=item_code(link.part),
        probability=probability,
        earliest=_after(halt.begins, starts[0] + low),
        likely=_after(halt.begins, starts[1] + middle),
        latest=_after(halt.begins, starts[2] + high),
        days=days,
        amount=_amount(customer, link, share, days),
        is_share_known=link.share is not None,
    )


def _after(begins: datetime, days: float) -> datetime:
    return begins + timedelta(seconds=round(days * 86_400.0))


def _amount(customer: Plant, link: SupplyLink, share: float, days: float) -> Decimal | None:
    if customer.output_per_day is None:
        return None
    wanted = customer.output_per_day * share * (1.0 - (link.substitutable or 0.0)) * days
    return Decimal(repr(round(wanted, 6))).quantize(Decimal(1), ROUND_CEILING) if wanted > 0 else None


def drafted(short: Short, by: str, at: datetime) -> Draft:
    """The need that the customer may confirm, as a draft; without an amount where nobody knows it.

    Parameters
    ----------
    short : Short
    by : str
        The body of the customer.
    at : datetime
        Aware: from when it can be taken. It must be there before stocks are likely to run out.
    """
    body: dict[str, Any] = {
        "sort": SORT,
        "item": short.item,
        "name": {"en": short.part},
        "city": short.city,
        "opens_at": time_text(at),
        "needed_by": time_text(max(short.likely, at + LEAST).astimezone(at.tzinfo)),
    }
    if short.amount is not None:
        body["amount"] = {"value": decimal_text(short.amount, 3), "unit": UNIT}
    return Draft("NeedStated", by, None, None, body)


def stand_ins(
    offers: Mapping[str, RowStanding], found: Sequence[Short], at: datetime, places: Places
) -> dict[tuple[str, str], tuple[StandIn, ...]]:
    """The offers that would do for each part that somebody lacks, the best first.

    Parameters
    ----------
    offers : mapping of id to RowStanding
        `Standing.offers`: what is open of them. What is sealed is unknown here and rules nothing out.
    found : sequence of Short
    at : datetime
        Aware; nothing leaves before.
    places : mapping of str to (lat, lon)
        Of cities, degrees; None is unknown.

    Returns
    -------
    dict of (customer, item) to tuple of StandIn
        With an entry for every short; empty where nobody offers it. Offers of the supplier that stopped and
        of the customer itself are left out. They are looked at one by one: an offer may stand in two lists.
    """
    made: dict[tuple[str, str], tuple[StandIn, ...]] = {}
    for short in found:
        left_out = {one.supplier for one in found if one.key == short.key} | {short.customer}
        rows = [one for one in offers.values() if one.left > 0 and one.by not in left_out]
        fits = [one for one in rows if (one.sort, one.item) == (SORT, short.item)]
        by_unit = {unit: [one for one in fits if one.unit == unit] for unit in sorted({o.unit for o in fits})}
        told = [each for unit, group in by_unit.items() for each in _of(group, short, unit, at, places)]
        made[short.key] = tuple(sorted(told, key=lambda one: (-one.points, one.offer)))
    return made


def _of(rows: Sequence[RowStanding], short: Short, unit: str, at: datetime, places: Places) -> list[StandIn]:
    lat, lon = places.get(short.city, (None, None))
    # Lots of any size are looked at, and loads that come too late are told as such.
    amount = max(one.left for one in rows)
    need = Need(
        "short", short.customer, SORT, short.item, unit, amount, short.city,
        opens_at=at, needed_by=max(short.likely, at) + AHEAD, lat=lat, lon=lon,
    )  # fmt: skip
    given = tuple(offer_of(one, one.left, places) for one in rows)
    problem = MatchProblem((need,), given, as_of=at, is_open=True)
    (block,) = blocks(problem)
    made = []
    for pair in range(block.need.size):
        row = next(one for one in rows if one.id == problem.offers[block.offers[block.offer[pair]]].id)
        km, arrives_s = float(block.km[pair]), float(block.arrives_s[pair])
        is_known = isfinite(km) and isfinite(arrives_s)
        arrives = datetime.fromtimestamp(arrives_s, UTC).astimezone(at.tzinfo) if is_known else None
        made.append(
            StandIn(
                row.id,
                row.by,
                row.city,
                row.left,
                row.unit,
                round(km, 1) if isfinite(km) else None,
                arrives,
                None if arrives is None else arrives <= short.likely,
                int(block.points[pair]),
            )
        )
    return made
