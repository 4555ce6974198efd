"""Matching of needs and offers: one mechanism for aid, parts, purchasing, finance, talent, services, produce.

The best matching of all is the best one of each kind, item and unit (`matching_problem.Group`), for nothing
joins them. Each is solved and proven (`matching_solver`); the same rows in any order give the same matches
to the byte. Whoever refuses a pair is not asked again: `MatchProblem.without` leaves it out, and it is solved
again.

A match is a proposal. Only when the body that offers says so is it a promise: `drafts` makes the statement
``AidCommitted`` of it, which counts in trust like any other promise of help. Sealed prices, places and times
stay out of it. A promise once made takes its amount out of what is offered: that is for whoever keeps the
offers, before the next matching.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil, isfinite

import numpy as np

from riskshed.governance.draft import Draft
from riskshed.governance.matching_pairs import Block, blocks
from riskshed.governance.matching_problem import MatchProblem, Need, Offer
from riskshed.governance.matching_solver import Solution, solve
from riskshed.statement import decimal_text, time_text
from riskshed.statement_faults import FaultList
from riskshed.statement_values import PLAIN, UNITS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Match:
    """So much of an offer for a need.

    Attributes
    ----------
    need, offer : str
        Their ids.
    amount : Decimal
        In the unit of both.
    km : float or None
        In a straight line; None is unknown.
    arrives_at : datetime or None
        When it can be there at the earliest, in the offset of the need; None is unknown.
    """

    need: str
    offer: str
    amount: Decimal
    km: float | None
    arrives_at: datetime | None


@dataclass(frozen=True, eq=False)
class Matching:
    """The best matching there is, or how far it may be from it.

    Attributes
    ----------
    problem : MatchProblem
    blocks, solutions : tuple
        For each kind, item and unit, in order.
    matches : tuple of Match
        By need and offer.
    """

    problem: MatchProblem
    blocks: tuple[Block, ...]
    solutions: tuple[Solution, ...]
    matches: tuple[Match, ...]

    @property
    def is_proven(self) -> bool:
        """Whether no item could be matched better."""
        return all(one.value == one.bound for one in self.solutions)

    def amounts(self) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """How much of each need is met, and of each offer taken."""
        needs: defaultdict[str, Decimal] = defaultdict(Decimal)
        offers: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in self.matches:
            needs[one.need] += one.amount
            offers[one.offer] += one.amount
        return dict(needs), dict(offers)


def match(problem: MatchProblem) -> Matching:
    """Match needs and offers as well as can be.

    Raises
    ------
    InputFaults
        ``match.problem``: too many candidate pairs in one item, or too many points in one match.
    """
    found = blocks(problem)
    solved = tuple(solve(problem, block) for block in found)
    matches = [
        one
        for block, solution in zip(found, solved, strict=True)
        for one in _matches(problem, block, solution)
    ]
    return Matching(problem, found, solved, tuple(sorted(matches, key=lambda one: (one.need, one.offer))))


def _matches(problem: MatchProblem, block: Block, solution: Solution) -> list[Match]:
    made = []
    for pair in np.flatnonzero(solution.taken):
        need = problem.needs[block.needs[block.need[pair]]]
        offer = problem.offers[block.offers[block.offer[pair]]]
        amount = block.step * int(solution.taken[pair])
        made.append(match_times(Match(need.id, offer.id, amount, None, None), need, block, int(pair)))
    return made


def match_times(one: Match, need: Need, block: Block, pair: int) -> Match:
    """The match with the distance and the arrival of a pair, as far as they are known there."""
    km, arrives = float(block.km[pair]), float(block.arrives_s[pair])
    is_known = isfinite(arrives) and isfinite(km) and "time" not in need.sealed
    return replace(
        one, km=round(km, 3) if isfinite(km) else None, arrives_at=_clock(need, arrives) if is_known else None
    )


def _clock(need: Need, seconds: float) -> datetime:
    """That moment, to the second and never earlier, in the offset of the need."""
    return (EPOCH + timedelta(seconds=ceil(round(seconds, 3)))).astimezone(need.opens_at.tzinfo)


# -------------------------------------------------------------------------------- what a match would promise


def drafts(matching: Matching, *, incident: str | None = None) -> Mapping[tuple[str, str], Draft]:
    """What each offering body may say, by need and offer; where a statement cannot say it, there is none.

    The kind is ``AidCommitted``: it names the item, the amount, the place (or the body, where the place is
    sealed), and by when it leaves and arrives: within the windows of both. A unit that no statement has
    (yuan, places of training) and an item that is no code cannot be said; what is sealed whole, or in its
    times, is not said for its owner.
    """
    needs = {one.id: one for one in matching.problem.needs}
    offers = {one.id: one for one in matching.problem.offers}
    made = {}
    for one in matching.matches:
        draft = _draft(one, needs[one.need], offers[one.offer], incident)
        if draft is not None:
            made[one.need, one.offer] = draft
    return made


def _draft(one: Match, need: Need, offer: Offer, incident: str | None) -> Draft | None:
    hidden = {*need.sealed, *offer.sealed}
    to = need.body if "place" in need.sealed else need.city
    if {"all", "time"} & hidden or offer.unit not in UNITS or not (_is_code(offer.item) and _is_code(to)):
        return None
    assert offer.until is not None, "a promise is made of the problem itself, not of what is open of it"
    amount = {"value": decimal_text(one.amount, 3), "unit": offer.unit}
    body = {
        "items": [{"item": offer.item, "amount": amount}],
        "to": to,
        "leaves_by": time_text(min(offer.until, need.needed_by)),
        "arrives_by": time_text(need.needed_by),
    }
    return Draft("AidCommitted", offer.body, incident, None, body)


def _is_code(text: str) -> bool:
    faults = FaultList("draft")
    PLAIN["code"](text, "code", faults)
    return not faults.faults
