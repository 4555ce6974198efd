"""Needs and offers for tests: drawn at random, small enough that every matching can be tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from riskshed.governance.matching_pairs import blocks
from riskshed.governance.matching_problem import MatchProblem, Need, Offer, Want

START = datetime(2022, 3, 11, tzinfo=UTC)
DAY = timedelta(days=1)


def need(code: str = "N1", **more: Any) -> Need:
    """Four sets of seats at Changchun, within four days."""
    given: dict[str, Any] = {
        "body": f"of-{code}", "kind": "parts", "item": "seats", "unit": "set", "amount": Decimal(4),
        "city": "220100", "opens_at": START, "needed_by": START + 4 * DAY, "lat": 43.88, "lon": 125.32,
    }  # fmt: skip
    return Need(code, **(given | more))


def offer(code: str = "O1", **more: Any) -> Offer:
    """Four sets of seats from Tianjin, ready at once."""
    given: dict[str, Any] = {
        "body": f"of-{code}", "kind": "parts", "item": "seats", "unit": "set", "amount": Decimal(4),
        "city": "120000", "ready_at": START, "until": START + 9 * DAY, "lat": 39.14, "lon": 117.18,
    }  # fmt: skip
    return Offer(code, **(given | more))


AMOUNTS = st.integers(1, 3).map(Decimal)
PARTNERS = st.sampled_from([None, None, 1, 2])
PLACES = st.sampled_from([(43.88, 125.32), (39.14, 117.18), (36.06, 120.38), (None, None)])
GRADES = st.sampled_from(["A", "B"])


@st.composite
def problems(draw: st.DrawFn, *, partners: Any = PARTNERS, lots: bool = True) -> MatchProblem:
    """At most three needs and two offers, of at most two items."""
    items = st.sampled_from(["seats", "seats", "glass"])
    whole = st.booleans() if lots else st.just(False)
    needs, offers = [], []
    for at in range(draw(st.integers(0, 3))):
        lat, lon = draw(PLACES)
        needs.append(
            need(
                f"N{at}", item=draw(items), amount=draw(AMOUNTS), whole=draw(whole), lat=lat, lon=lon,
                partners_max=draw(partners), priority=draw(st.integers(1, 3)),
                km_max=draw(st.sampled_from([None, 700.0])),
                wants=draw(st.sampled_from([(), (Want("grade", "=", "A"),)])),
                prefers=(Want("grade", "=", draw(GRADES)),),
            )
        )  # fmt: skip
    for at in range(draw(st.integers(0, 2))):
        lat, lon = draw(PLACES)
        given, least = draw(AMOUNTS), draw(st.sampled_from([None, None, 2, 3])) if lots else None
        offers.append(
            offer(
                f"O{at}", item=draw(items), amount=given, whole=draw(whole), lat=lat, lon=lon,
                partners_max=draw(partners), has=(("grade", draw(GRADES)),),
                least=None if least is None else min(Decimal(least), given),
            )
        )  # fmt: skip
    return MatchProblem(tuple(needs), tuple(offers))


def best_of_all(problem: MatchProblem) -> int:
    """The most points that any matching reaches: every amount of every pair is tried."""
    return sum(max(_points(problem, block)) for block in blocks(problem))


def _points(problem: MatchProblem, block: Any) -> Iterator[int]:
    ends = list(zip(block.need.tolist(), block.offer.tolist(), strict=True))
    most = [min(int(block.demand[i]), int(block.supply[j])) for i, j in ends]
    for taken in itertools.product(*(range(top + 1) for top in most)):
        if is_allowed(problem, block, ends, taken):
            yield sum(int(w) * x for w, x in zip(block.points, taken, strict=True))


def is_allowed(problem: MatchProblem, block: Any, ends: list[tuple[int, int]], taken: Any) -> bool:
    """Whether nobody gets, gives or splits more than may be."""
    used = list(zip(ends, taken, strict=True))
    for at, place in enumerate(block.needs):
        one, got = problem.needs[place], [x for (i, _), x in used if i == at and x]
        if sum(got) > block.demand[at] or (one.whole and got and sum(got) < block.demand[at]):
            return False
        if one.partners_max is not None and len(got) > one.partners_max:
            return False
    for at, place in enumerate(block.offers):
        one, gave = problem.offers[place], [x for (_, j), x in used if j == at and x]
        if sum(gave) > block.supply[at] or (one.whole and gave and gave != [block.supply[at]]):
            return False
        if one.partners_max is not None and len(gave) > one.partners_max:
            return False
        if one.least is not None and 0 < sum(gave) * block.step < one.least:
            return False
    return True
