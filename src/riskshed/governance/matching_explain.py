"""Why this offer for this need, what it displaces, what would have been second best, and why a need goes
unmet.

The answers stand in the prices of the optimum, the lowest of the offers. A pair that is not used lacks
some points for each step: the price of the need plus the price of the offer, less what the pair is worth. So
the **second best** offer for a need is the one that lacks least, and what it lacks beyond the one that was
taken is the difference. Where the offer has a price, there is too little of it: what it **displaces** is the
need that is not fully met and lacks least. Where it has none, nothing is displaced.

**Who may see what.** For a body the reasons are worked out anew from the problem as everybody may see it
(`MatchProblem.opened`) and from the matches that it may see: those of its own, and those of which no side is
sealed whole. What another one sealed is in neither, so it can change no byte of what is shown, except by
changing who is matched with whom. It also means that a match may look worse than another one by all that is
open; then the reason says so. Only the keeper, who has the files, sees the reasons of the problem itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from riskshed.governance.matching import Match, Matching, match_times
from riskshed.governance.matching_pairs import HURDLES, Block, Ints, blocks
from riskshed.governance.matching_problem import MatchProblem, Need
from riskshed.governance.matching_solver import Solution, solve

UNMET: Mapping[str, tuple[str, str]] = {
    "none": ("没有同类供给", "nobody offers this"),
    "far": ("供给均距离过远", "all offers are too far away"),
    "late": ("供给均无法按时送达", "no offer can be there in time"),
    "dear": ("供给价格均超过上限", "all offers cost more than the limit"),
    "unfit": ("供给均不具备所要求的属性", "no offer has the traits that are wanted"),
    "lot": ("整批供给的数量不合适", "the lots on offer do not fit: they go whole"),
    "refused": ("可行的配对已被婉拒", "the pairs that would do were refused"),
    "others": ("可用供给已优先满足其他需求", "what there is serves others better"),
    "used_up": ("可行供给均已用于本需求，仍不足", "all that could come goes to it already"),
    "lots_left": (
        "余量不成整批、匹配名额用尽，或密封条件不符",
        "what is left is no whole lot, partners are used up, or something sealed does not fit",
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one match is made.

    Attributes
    ----------
    match : Match
        With distance and arrival as far as the reader may know them.
    next_offer : str or None
        Second best; None if no other offer would do.
    difference : int or None
        How many points it lacks against this one, for each step or, one to one, for the match; below 0 where
        whole lots or sealed things decided.
    displaced : str or None
        The need that would have it otherwise.
    offer_price : int
        Points that one more step of the offer would add; 0 if there is enough of it.
    is_compared : bool
        Whether the reader may compare it: not if a side is sealed whole.
    """

    match: Match
    next_offer: str | None
    difference: int | None
    displaced: str | None
    offer_price: int
    is_compared: bool = True

    def words(self) -> dict[str, str]:
        """The reason in both languages."""
        if not self.is_compared:
            zh = "其中一方整项密封，不与其他供需比较。"
            return {"zh": zh, "en": "One side is sealed as a whole, so it is not compared with others."}
        if self.next_offer is None or self.difference is None:
            zh, en = "没有其他可行供给", "No other offer would do"
        elif self.difference < 0:
            zh = f"仅按公开条件，{self.next_offer} 高 {-self.difference} 分；整批限制或密封条件起了决定作用"
            en = (
                f"By what is open alone {self.next_offer} would be better by {-self.difference} points; "
                "whole lots, or something sealed, decided"
            )
        else:
            zh = f"次优供给 {self.next_offer} 少 {self.difference} 分"
            en = f"Second best is {self.next_offer}, worth {self.difference} points less"
        if self.displaced is None:
            zh, en = f"{zh}；未挤占其他需求", f"{en}; it is taken from nobody else"
        else:
            zh = f"{zh}；否则可给 {self.displaced}，供给每多一份可增 {self.offer_price} 分"
            en = (
                f"{en}; else {self.displaced} would have it, and one step more adds {self.offer_price} points"
            )
        return {"zh": f"{zh}。", "en": f"{en}."}


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need that is not met, or not in full, and why.

    Attributes
    ----------
    need : str
    missing : Decimal
        In `unit`.
    unit : str
    cause : str
        A key of `UNMET`.
    offer, better : str or None
        The offer that lacks least, and a need that has of it, where the cause is ``others``.
    lacks : int or None
        Points that the need lacks to have of that offer.
    """

    need: str
    missing: Decimal
    unit: str
    cause: str
    offer: str | None = None
    better: str | None = None
    lacks: int | None = None

    def words(self, amount: Mapping[str, str] | None = None) -> dict[str, str]:
        """What is missing and why, in both languages.

        `amount` is what is missing as each language writes it; without it the unit stands as its code.
        """
        zh, en = UNMET[self.cause]
        if self.better is not None:
            zh, en = f"{zh}：{self.offer} 给了 {self.better}", f"{en}: {self.offer} goes to {self.better}"
        if self.lacks is not None and self.lacks >= 0:
            zh, en = f"{zh}，本需求差 {self.lacks} 分", f"{en}, against which it lacks {self.lacks} points"
        plain = f"{self.missing.normalize():f} {self.unit}"
        short = amount or {"zh": plain, "en": plain}
        zh = f"{self.need} 尚缺 {short['zh']}：{zh}。"
        return {"zh": zh, "en": f"{self.need} lacks {short['en']}: {en}."}


@dataclass(frozen=True, eq=False)
class Explanation:
    """All that one reader may know of a matching; `spare` is what is left of each offer, if anything."""

    reasons: tuple[Reason, ...]
    unmet: tuple[Unmet, ...]
    spare: tuple[tuple[str, Decimal], ...]


def explain(matching: Matching, viewer: str | None = None) -> Explanation:
    """Why each match, and why not, for a body; None is the keeper of the files, who sees everything."""
    problem = matching.problem
    if viewer is None:
        return _explained(problem, matching, matching.blocks, matching.solutions, matching.matches, viewer)
    opened = problem.opened()
    found = blocks(opened)
    prices = tuple(solve(opened, block, prices_only=True) for block in found)
    return _explained(opened, matching, found, prices, _visible(matching, viewer), viewer)


def _visible(matching: Matching, viewer: str) -> tuple[Match, ...]:
    """The matches that a body may see."""
    rows: dict[str, dict[str, Any]] = {
        "need": {one.id: one for one in matching.problem.needs},
        "offer": {one.id: one for one in matching.problem.offers},
    }
    kept = []
    for one in matching.matches:
        sides = rows["need"][one.need], rows["offer"][one.offer]
        if viewer in (sides[0].body, sides[1].body) or not any("all" in side.sealed for side in sides):
            kept.append(one)
    return tuple(kept)


def _explained(
    shown: MatchProblem,
    matching: Matching,
    found: Iterable[Block],
    prices: Iterable[Solution],
    matches: tuple[Match, ...],
    viewer: str | None,
) -> Explanation:
    used_needs, used_offers = matching.amounts()
    reasons: dict[tuple[str, str], Reason] = {}
    unmet: list[Unmet] = []
    taken_of = {(one.need, one.offer): one for one in matches}
    for block, priced in zip(found, prices, strict=True):
        picture = _Picture(shown, block, priced, taken_of, used_needs)
        reasons |= picture.reasons()
        unmet += picture.unmet()
    seen = {one.id for one in shown.needs}
    if viewer is not None:
        unmet += _own_unmet(matching, viewer, seen, used_needs)
    # A match of which one side is sealed whole has no pair in the open problem.
    blind = {key: Reason(Match(*key, one.amount, None, None), None, None, None, 0, False)
             for key, one in taken_of.items() if key not in reasons}  # fmt: skip
    spare = (
        (one.id, one.amount - used_offers.get(one.id, Decimal(0)))
        for one in matching.problem.offers
        if viewer is None or "all" not in one.sealed or one.body == viewer
    )
    return Explanation(
        tuple(one for _, one in sorted((reasons | blind).items())),
        tuple(sorted(unmet, key=lambda one: one.need)),
        tuple((code, left) for code, left in spare if left > 0),
    )


def _own_unmet(matching: Matching, viewer: str, seen: set[str], used: Mapping[str, Decimal]) -> list[Unmet]:
    """A body's own needs that it sealed whole: that they are unmet, without a comparison."""
    own = [one for one in matching.problem.needs if one.body == viewer and one.id not in seen]
    left = [(one, one.amount - used.get(one.id, Decimal(0))) for one in own]
    return [Unmet(one.id, missing, one.unit, "others") for one, missing in left if missing > 0]


class _Picture:
    """One item: its pairs with what each lacks, and which of them are used."""

    def __init__(
        self,
        problem: MatchProblem,
        block: Block,
        priced: Solution,
        taken_of: Mapping[tuple[str, str], Match],
        used: Mapping[str, Decimal],
    ) -> None:
        self.problem, self.block, self.priced, self.taken_of = problem, block, priced, taken_of
        self.needs = [problem.needs[i] for i in block.needs]
        self.offers = [problem.offers[j] for j in block.offers]
        self.missing = [one.amount - used.get(one.id, Decimal(0)) for one in self.needs]
        ends = zip(block.need.tolist(), block.offer.tolist(), strict=True)
        keys = [(self.needs[i].id, self.offers[j].id) for i, j in ends]
        self.is_used = np.array([key in taken_of for key in keys], dtype=bool)
        self.lacks = priced.need_price[block.need] + priced.offer_price[block.offer] - priced.worth
        self.keys = keys

    def reasons(self) -> dict[tuple[str, str], Reason]:
        """Why each pair is used."""
        block, free = self.block, ~self.is_used
        is_short = np.array([left > 0 for left in self.missing], dtype=bool)
        second = _least(block.need, block.offer, self.lacks, free, len(self.needs))
        displaced = _least(block.offer, block.need, self.lacks, free & is_short[block.need], len(self.offers))
        made = {}
        for pair in np.flatnonzero(self.is_used).tolist():
            need, offer = int(block.need[pair]), int(block.offer[pair])
            rival, price = int(second[need]), int(self.priced.offer_price[offer])
            other = int(displaced[offer]) if price > 0 else -1
            made[self.keys[pair]] = Reason(
                match_times(self.taken_of[self.keys[pair]], self.needs[need], block, pair),
                None if rival < 0 else self.offers[block.offer[rival]].id,
                None if rival < 0 else int(self.lacks[rival] - self.lacks[pair]),
                None if other < 0 else self.needs[block.need[other]].id,
                price,
            )
        return made

    def unmet(self) -> list[Unmet]:
        """Why needs are not met, or not in full."""
        block = self.block
        nearest = _least(block.need, block.offer, self.lacks, ~self.is_used, len(self.needs))
        loss = self.loss(nearest)
        holder = _least(block.offer, block.need, loss, self.is_used, len(self.offers))
        return [
            self._unmet(at, need, int(nearest[at]), holder, loss)
            for at, need in enumerate(self.needs)
            if self.missing[at] > 0
        ]

    def loss(self, second: Ints) -> Ints:
        """Points that a used pair would lose if a step of its offer went elsewhere: to its second best."""
        block, rival = self.block, second[self.block.need]
        price = self.priced.offer_price[block.offer]
        other = price + self.lacks[rival] - self.lacks if self.lacks.size else price
        return np.where(rival >= 0, np.minimum(other, self.priced.worth), self.priced.worth)

    def _unmet(self, at: int, need: Need, pair: int, holder: Ints, loss: Ints) -> Unmet:
        reached = HURDLES[int(self.block.reached_need[at])]
        missing = self.missing[at]
        if reached != "candidate":
            return Unmet(need.id, missing, need.unit, reached)
        if pair < 0:
            return Unmet(need.id, missing, need.unit, "used_up")
        offer = int(self.block.offer[pair])
        kept = int(holder[offer])
        if kept < 0:
            return Unmet(need.id, missing, need.unit, "lots_left", self.offers[offer].id)
        better = self.needs[self.block.need[kept]].id
        lacks = int(loss[kept] - self.priced.worth[pair])
        return Unmet(need.id, missing, need.unit, "others", self.offers[offer].id, better, lacks)


def _least(ends: Ints, others: Ints, lacks: Ints, among: Any, count: int) -> Ints:
    """For each end the pair that lacks least among some, -1 if there is none; ties by the other end."""
    pairs = np.flatnonzero(among)
    order = pairs[np.lexsort((others[pairs], lacks[pairs], ends[pairs]))]
    found = np.full(count, -1, np.int64)
    first = np.unique(ends[order], return_index=True)
    found[first[0]] = order[first[1]]
    return found
