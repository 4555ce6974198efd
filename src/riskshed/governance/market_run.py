"""Running the matching on what is on record: its rows as problems, its matches as proposals.

The matching itself (`matching`) knows nothing of statements. Rows that are open become its problems, one for
each sort, item and unit, so that a row that cannot be used stops nobody else. What is promised is taken
off both sides, and so is what is proposed and may still be accepted: to run it again without anything
new proposes nothing. A pair that was refused is not proposed again, and nobody is matched with himself.

What is sealed decides who is matched, and stands in no proposal that others can read: the reason is worked
out from what is open alone; times that are sealed are left out. Where a row is sealed whole, the
proposal is sealed for the two and for who runs the matching.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from riskshed.errors import InputFaults
from riskshed.governance.draft import Draft
from riskshed.governance.market import CURRENCY, label
from riskshed.governance.market_book import Group, Market, RowStanding
from riskshed.governance.matching import Match, Matching, match
from riskshed.governance.matching_explain import Explanation, Reason, explain
from riskshed.governance.matching_problem import MatchProblem, Need, Offer, Refusal, Want
from riskshed.statement import decimal_text, time_text
from riskshed.statement_record import Body

ANSWER = timedelta(hours=48)
"""So long a proposal may be accepted, unless the need or the offer ends before."""
Places = Mapping[str, tuple[float | None, float | None]]
"""Latitude and longitude of cities, by code."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that took no part in a matching, and why, as a code: its conditions are sealed from us, or its
    amount cannot be matched beside the others."""

    row: str
    code: str


@dataclass(frozen=True, eq=False)
class Run:
    """The matching of all that is open at a time: one for each sort, item and unit.

    `reasons` are those that everybody may read, by need and offer.
    """

    market: Market
    matchings: Mapping[Group, Matching]
    skipped: tuple[Skipped, ...]
    at: datetime

    def explained(self, viewer: str | None) -> dict[Group, Explanation]:
        """Why, for a body; as of `matching_explain.explain`."""
        return {group: explain(one, viewer) for group, one in self.matchings.items()}

    @property
    def matches(self) -> tuple[Match, ...]:
        """All of them."""
        return tuple(one for each in self.matchings.values() for one in each.matches)


def run(market: Market, at: datetime, places: Places) -> Run:
    """Match what is open, as well as can be; see the head of this module for what is taken off before."""
    held = _held_back(market)
    skipped: list[Skipped] = []
    sides: defaultdict[Group, tuple[list[Need], list[Offer]]] = defaultdict(lambda: ([], []))
    for row in market.rows.values():
        left = row.left - held.get(row.id, Decimal(0))
        if left <= 0 or (row.partners_max is not None and row.partners >= row.partners_max):
            continue
        if row.begins is None or row.ends is None or not row.is_known:
            skipped.append(Skipped(row.id, "market.sealed"))
        elif row.side == "need":
            sides[row.group][0].append(need_of(row, left, places))
        else:
            sides[row.group][1].append(offer_of(row, left, places))
    refused = _refusals(market)
    found: dict[Group, Matching] = {}
    for group, (needs, offers) in sorted(sides.items()):
        try:
            found[group] = match(_problem(needs, offers, refused, at))
        except InputFaults:
            codes = [one.id for one in needs] + [one.id for one in offers]
            skipped += [Skipped(code, "market.unmatched") for code in codes]
    return Run(market, found, tuple(skipped), at)


def _held_back(market: Market) -> dict[str, Decimal]:
    """What is proposed and may still be accepted, by need and by offer."""
    held: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in market.matches.values():
        if one.status == "proposed":
            held[one.need] += one.amount
            held[one.offer] += one.amount
    return held


def _refusals(market: Market) -> set[tuple[str, str]]:
    return {(one.need, one.offer) for one in market.matches.values() if one.refused is not None}


def _problem(
    needs: Sequence[Need], offers: Sequence[Offer], refused: set[tuple[str, str]], at: datetime
) -> MatchProblem:
    wanted, given = {one.id for one in needs}, {one.id for one in offers}
    known = [Refusal(*pair) for pair in refused if pair[0] in wanted and pair[1] in given]
    own: defaultdict[str, list[str]] = defaultdict(list)
    for one in offers:
        own[one.body].append(one.id)
    same = [Refusal(need.id, each) for need in needs for each in own[need.body]]
    return MatchProblem(tuple(needs), tuple(offers), (*known, *same), as_of=at)


def _shared(row: RowStanding, left: Decimal, places: Places) -> dict[str, Any]:
    body = row.body
    lat, lon = places.get(str(body.get("city", "")), (None, None))
    if "point" in body:
        lat, lon = float(body["point"]["lat"]), float(body["point"]["lon"])
    most = None if row.partners_max is None else row.partners_max - row.partners
    return {
        "id": row.id, "body": row.by, "kind": row.sort, "item": row.item, "unit": row.unit, "amount": left,
        "city": str(body.get("city", "")), "lat": lat, "lon": lon, "whole": row.whole, "partners_max": most,
        "km_max": _number(body, "distance_max_km"), "sealed": row.sealed,
    }  # fmt: skip


def need_of(row: RowStanding, left: Decimal, places: Places) -> Need:
    """A need as a row of a problem, with so much of it left."""
    assert row.begins is not None, "rows without a window take no part"
    assert row.ends is not None, "rows without a window take no part"
    body = row.body
    return Need(
        **_shared(row, left, places), opens_at=row.begins, needed_by=row.ends,
        priority=body.get("priority", 1), price_max_yuan=_yuan(body, "price_max"),
        wants=_wants(body, "wants"), prefers=_wants(body, "prefers"),
    )  # fmt: skip


def offer_of(row: RowStanding, left: Decimal, places: Places) -> Offer:
    """An offer as a row of a problem; traits that are sealed from us are unknown, and rule nothing out."""
    is_hidden = "traits" in row.sealed and not row.is_known
    has = None if is_hidden else tuple((one["key"], one["value"]) for one in row.body.get("has", ()))
    return Offer(
        **_shared(row, left, places), ready_at=row.begins, until=row.ends,
        price_yuan=_yuan(row.body, "price"), has=has, least=_least(row, left),
    )  # fmt: skip


def _least(row: RowStanding, left: Decimal) -> Decimal | None:
    """What still has to be taken in all; None once enough is."""
    if row.least is None:
        return None
    missing = row.least - (row.amount - left)
    return missing if missing > 0 else None


def _wants(body: Body, name: str) -> tuple[Want, ...]:
    return tuple(Want(one["key"], one["sign"], one["value"]) for one in body.get(name, ()))


def _number(body: Body, name: str) -> float | None:
    return float(body[name]) if name in body else None


def _yuan(body: Body, name: str) -> float | None:
    """A price in yuan; of another currency it is unknown, since no rate is agreed."""
    if name not in body or body[name]["currency"] != CURRENCY:
        return None
    return float(Decimal(body[name]["minor"]) / 100)


# ---------------------------------------------------------------------------------------------- proposals


@dataclass(frozen=True, slots=True)
class Proposal:
    """A match as a draft; `recipients` are those who may read it, empty where everybody may."""

    draft: Draft
    recipients: tuple[str, ...]


def proposals(found: Run, by: str) -> tuple[Proposal, ...]:
    """The matches of a run as `by`, who runs it, proposes them, with the reason that everybody may read."""
    made = []
    for matching in found.matchings.values():
        reasons = {(one.match.need, one.match.offer): one for one in explain(matching, "").reasons}
        for one in matching.matches:
            made.append(_proposal(found, one, reasons.get((one.need, one.offer)), by))
    return tuple(made)


def _proposal(found: Run, one: Match, reason: Reason | None, by: str) -> Proposal:
    need, offer = found.market.rows[one.need], found.market.rows[one.offer]
    told = reason or Reason(one, None, None, None, 0, is_compared=False)
    body: dict[str, Any] = {
        "need": one.need,
        "offer": one.offer,
        "amount": {"value": decimal_text(one.amount, 3), "unit": need.unit},
        "reason": named_words(told.words(), found.market),
    }
    ends = [row.ends for row in (need, offer) if row.ends is not None and "time" not in row.sealed]
    body["answer_by"] = time_text(min([found.at + ANSWER, *ends]))
    if need.ends is not None and "time" not in need.sealed:
        body["arrives_by"] = time_text(need.ends)
    if told.next_offer is not None:
        body["second"] = told.next_offer
    hidden = any("all" in row.sealed for row in (need, offer))
    readers = tuple(dict.fromkeys((need.by, offer.by, by))) if hidden else ()
    return Proposal(Draft("MatchProposed", by, need.about, None, body), readers)


def named_words(words: Mapping[str, str], market: Market) -> dict[str, str]:
    """The same with short names in the place of ids: whose, and the first digits."""
    told = dict(words)
    for code, row in market.rows.items():
        told = {tongue: text.replace(code, label(row)) for tongue, text in told.items()}
    return told
