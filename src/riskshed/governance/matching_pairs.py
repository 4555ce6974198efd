"""Which need and which offer can be matched at all, how much a match is worth, and what ruled the others out.

Candidate pairs are few among all pairs. Within one kind, item and unit they are sought in bands of latitude
as wide as needs and offers reach, a block of needs at a time, so that memory stays small. Each need and
each offer keeps the furthest hurdle that any counterpart came to: what stopped it there is why it has no
candidate.

A distance is a great circle (haversine); where a place is not known the distance is unknown: the pair is not
ruled out, its load takes at least no time, and the points of nearness are lost whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import Fault, InputFaults
from riskshed.governance.matching_problem import MatchProblem, Need, Offer, amount_step

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HURDLES = ("none", "far", "late", "dear", "unfit", "lot", "refused", "candidate")
"""What a pair has to pass, in order: there is a counterpart at all, near enough, in time, ..."""
EARTH_RADIUS_KM = 6371.0088
BLOCK = 512
PAIRS_MAX = 20_000_000
KM_PER_DEGREE = 111.0


@dataclass(frozen=True, eq=False)
class Block:
    """The candidate pairs of one kind, item and unit.

    Attributes
    ----------
    needs, offers : array
        Places in the problem.
    demand, supply : array
        Amounts in whole steps.
    step : Decimal
        Of the amounts, in the unit.
    need, offer : array (pair,)
        Places within `needs` and `offers`, sorted by need, then offer.
    points : array (pair,)
        Worth of one step, whole and > 0.
    km, arrives_s : array (pair,)
        Straight line, NaN if unknown, and when the load is there, seconds since 1970 (NaN if unknown).
    reached_need, reached_offer : array
        Furthest of `HURDLES`, as its place there.
    """

    group: tuple[str, str, str]
    needs: Ints
    offers: Ints
    demand: Ints
    supply: Ints
    step: Any
    need: Ints
    offer: Ints
    points: Ints
    km: Floats
    arrives_s: Floats
    reached_need: Ints
    reached_offer: Ints


@dataclass(frozen=True, eq=False)
class _Side:
    """Rows of one side as arrays."""

    rows: Sequence[Any]
    lat: Floats
    lon: Floats
    km_max: Floats
    first_s: Floats
    last_s: Floats
    price: Floats
    steps: Ints
    whole: NDArray[np.bool_]
    single: NDArray[np.bool_]


def blocks(problem: MatchProblem) -> tuple[Block, ...]:
    """The candidate pairs of every kind, item and unit, in order.

    Raises
    ------
    InputFaults
        ``match.too_many_pairs``: more than 20 million candidate pairs in one item.
    """
    refused = {(one.need, one.offer) for one in problem.refused}
    return tuple(
        _block(problem, group, needs, offers, refused) for group, (needs, offers) in problem.groups().items()
    )


def _block(
    problem: MatchProblem, group: tuple[str, str, str], needs: list[int], offers: list[int], refused: set[Any]
) -> Block:
    wanted, given = [problem.needs[i] for i in needs], [problem.offers[j] for j in offers]
    least = [one.least for one in given if one.least is not None]
    step = amount_step([one.amount for one in wanted] + [one.amount for one in given] + least)
    left, right = _side(wanted, step, None), _side(given, step, problem.as_of)
    seeker = _Seeker(problem, left, right, refused)
    seeker.seek()
    return Block(
        group, np.array(needs, np.int64), np.array(offers, np.int64), left.steps, right.steps, step,
        *seeker.found(), seeker.reached_need, seeker.reached_offer,
    )  # fmt: skip


def _seconds(time: datetime | None) -> float:
    return np.nan if time is None else time.timestamp()


def _side(rows: Sequence[Need | Offer], step: Any, as_of: datetime | None) -> _Side:
    def floats(values: list[float | None]) -> Floats:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)

    windows = [
        (one.opens_at, one.needed_by) if isinstance(one, Need) else (one.ready_at, one.until) for one in rows
    ]
    first = np.array([_seconds(a) for a, _ in windows], dtype=np.float64)
    if as_of is not None:
        first = np.where(np.isnan(first), first, np.maximum(first, as_of.timestamp()))
    return _Side(
        rows,
        floats([one.lat for one in rows]),
        floats([one.lon for one in rows]),
        np.nan_to_num(floats([one.km_max for one in rows]), nan=np.inf),
        first,
        np.array([_seconds(b) for _, b in windows], dtype=np.float64),
        floats([one.price_max_yuan if isinstance(one, Need) else one.price_yuan for one in rows]),
        np.array([int(one.amount / step) for one in rows], dtype=np.int64),
        np.array([one.whole for one in rows], dtype=bool),
        np.array([one.partners_max == 1 for one in rows], dtype=bool),
    )


class _Seeker:
    """Passes pairs over the hurdles, a block of needs at a time, in order of latitude."""

    def __init__(self, problem: MatchProblem, needs: _Side, offers: _Side, refused: set[Any]) -> None:
        self.problem, self.needs, self.offers, self.refused = problem, needs, offers, refused
        start = 1 if len(offers.rows) else 0
        self.reached_need = np.full(len(needs.rows), start, np.int64)
        self.reached_offer = np.full(len(offers.rows), 1 if len(needs.rows) else 0, np.int64)
        self.kept: list[tuple[Any, ...]] = []
        self.count = 0

    def seek(self) -> None:
        """Look at every pair that may be near enough."""
        by_lat = np.argsort(self.offers.lat, kind="stable")  # unknown places come last
        known = int(np.isfinite(self.offers.lat).sum())
        lat = self.offers.lat[by_lat[:known]]
        reach_most = float(self.offers.km_max.max(initial=0.0))
        order = np.argsort(self.needs.lat, kind="stable")
        for at in range(0, order.size, BLOCK):
            rows = order[at : at + BLOCK]
            reach = min(float(self.needs.km_max[rows].max()), reach_most) / KM_PER_DEGREE
            is_placed = bool(np.isfinite(self.needs.lat[rows]).all())
            low, high = (np.min(self.needs.lat[rows]) - reach, np.max(self.needs.lat[rows]) + reach)
            first, last = np.searchsorted(lat, (low, high)) if is_placed else (0, known)
            near = np.concatenate([by_lat[first:last], by_lat[known:]])
            self._pass(rows, near)

    def found(self) -> tuple[Ints, Ints, Ints, Floats, Floats]:
        """Need, offer, points, km and arrival of each candidate, sorted by need and offer."""
        if not self.kept:
            none = np.zeros(0, np.int64)
            return none, none, none, np.zeros(0), np.zeros(0)
        need, offer, points, km, arrives = (np.concatenate(part) for part in zip(*self.kept, strict=True))
        order = np.lexsort((offer, need))
        return need[order], offer[order], points[order], km[order], arrives[order]

    def _pass(self, rows: Ints, near: Ints) -> None:
        if not near.size:
            return
        km = distance_km(
            self.needs.lat[rows, None],
            self.needs.lon[rows, None],
            self.offers.lat[near],
            self.offers.lon[near],
        )
        reach = np.minimum(self.needs.km_max[rows, None], self.offers.km_max[near])
        left, right = np.nonzero(~(km > reach))
        i, j, km = rows[left], near[right], km[left, right]
        road = np.nan_to_num(km) * (self.problem.weights.detour / self.problem.weights.road_km_h * 3600.0)
        # A load that is there before anybody takes it waits; where the time is not known, it may be in time.
        arrives = np.fmax(np.nan_to_num(self.offers.first_s[j], nan=-np.inf) + road, self.needs.first_s[i])
        last = np.fmin(np.nan_to_num(self.offers.last_s[j], nan=np.inf) + road, self.needs.last_s[i])
        i, j, km, arrives = self._hurdle(2, arrives <= last, i, j, km, arrives)
        i, j, km, arrives = self._hurdle(3, ~(self.offers.price[j] > self.needs.price[i]), i, j, km, arrives)
        liked, fits = self._traits(i, j)
        i, j, km, arrives, liked = self._hurdle(4, fits, i, j, km, arrives, liked)
        i, j, km, arrives, liked = self._hurdle(5, self._lots(i, j), i, j, km, arrives, liked)
        free = self._not_refused(i, j)
        i, j, km, arrives, liked = self._hurdle(6, free, i, j, km, arrives, liked)
        self._hurdle(7, np.ones(i.size, bool), i, j)
        self.count += i.size
        if self.count > PAIRS_MAX:
            self._too_many()
        points = self._points(i, j, km, arrives, liked)
        self.kept.append((i, j, points, km, np.where(np.isfinite(self.offers.first_s[j]), arrives, np.nan)))

    def _hurdle(self, level: int, passed: NDArray[np.bool_], i: Ints, j: Ints, *more: Any) -> tuple[Any, ...]:
        """Keep what passed; what came here reached this level, whether it passed or not."""
        np.maximum.at(self.reached_need, i, level)
        np.maximum.at(self.reached_offer, j, level)
        return tuple(part[passed] for part in (i, j, *more))

    def _traits(self, i: Ints, j: Ints) -> tuple[Floats, NDArray[np.bool_]]:
        """Share of the preferred traits, and whether all wanted ones are there; sealed ones may be."""
        liked, fits = np.zeros(i.size), np.ones(i.size, bool)
        asks = np.array([bool(one.wants or one.prefers) for one in self.needs.rows], dtype=bool)
        has = [None if one.has is None else dict(one.has) for one in self.offers.rows]
        for pair in np.flatnonzero(asks[i]):
            need, traits = self.needs.rows[i[pair]], has[j[pair]]
            if traits is not None:
                fits[pair] = all(want.fits(traits) for want in need.wants)
                met = sum(want.fits(traits) for want in need.prefers)
                liked[pair] = met / max(1, len(need.prefers))
        return liked, fits

    def _lots(self, i: Ints, j: Ints) -> NDArray[np.bool_]:
        """A lot that goes whole is no larger than the need; a sole partner brings all of a whole one."""
        supply, demand = self.offers.steps[j], self.needs.steps[i]
        lot = self.offers.whole[j] & (supply > demand)
        part = self.needs.whole[i] & self.needs.single[i] & (supply < demand)
        return ~(lot | part)

    def _not_refused(self, i: Ints, j: Ints) -> NDArray[np.bool_]:
        if not self.refused:
            return np.ones(i.size, bool)
        pairs = zip(i, j, strict=True)
        return np.array(
            [(self.needs.rows[a].id, self.offers.rows[b].id) not in self.refused for a, b in pairs],
            dtype=bool,
        )

    def _points(self, i: Ints, j: Ints, km: Floats, arrives: Floats, liked: Floats) -> Ints:
        weights = self.problem.weights
        priority = np.array([one.priority for one in self.needs.rows], dtype=np.int64)[i]
        far = np.nan_to_num(np.minimum(km / weights.km_scale, 1.0), nan=1.0)
        span = np.maximum(self.needs.last_s[i] - self.needs.first_s[i], 1.0)
        is_timed = np.isfinite(self.offers.first_s[j])
        late = np.where(is_timed, np.clip((arrives - self.needs.first_s[i]) / span, 0.0, 1.0), 1.0)
        limit, price = self.needs.price[i], self.offers.price[j]
        dear = np.where(np.isnan(price), 1.0, price / np.where(limit > 0, limit, 1.0))
        dear = np.where(np.isnan(limit), 0.0, np.clip(dear, 0.0, 1.0))
        lost = weights.near * far + weights.early * late + weights.cheap * dear
        soft = np.rint(weights.prefers * liked - lost).astype(np.int64)
        return np.asarray(weights.priority * priority + soft, dtype=np.int64)

    def _too_many(self) -> None:
        group = " ".join(self.needs.rows[0].group)
        todo = "Say how far things may come (km_max), or split the item."
        fault = Fault(
            "match.too_many_pairs", group, None, None, f"{self.count:,} and more", f"<= {PAIRS_MAX:,}", todo
        )
        raise InputFaults("match.problem", "there are too many candidate pairs", [fault])


def distance_km(lat_a: Any, lon_a: Any, lat_b: Any, lon_b: Any) -> Floats:
    """Great circle between points in degrees (haversine); NaN where a place is not known.

    Examples
    --------
    >>> round(float(distance_km(43.88, 125.32, 39.14, 117.18)))
    858
    """
    a, b = np.radians(lat_a), np.radians(lat_b)
    half = np.sin((b - a) / 2.0) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon_b - lon_a) / 2.0) ** 2
    return np.asarray(2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half)), dtype=np.float64)
