"""Why a plan sends what it sends, and why somebody still goes short: in numbers, and in words.

All of it is read from the prices of the plan's programme. The price of a stock is what one unit more of it
would spare; the reduced cost of a shipment that is not made is what it would cost to make it, one unit of it.
So the **next best donor** of a shipment is the one whose reduced cost is least among those who could be there
no later, and that cost is the difference. What a shipment **displaces** is the cheapest other use of the same
stock; where the stock has no price, nothing is displaced: there is more of it than is needed.

Prices hold for a little more or less, not for any amount. Where the solver was stopped early (`AidPlan.gap`
is not 0) they are near, not exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from riskshed.governance.dispatch import AidPlan, Shipment
from riskshed.governance.dispatch_problem import Exclusion

Cause = Literal["no_road", "too_late", "excluded", "reserve", "stock", "trucks", "time", "worth"]
PRICE_MIN = 1e-7
SHORT_MIN = 1e-6
NEARLY = 1e-3
"""What is used to within this share counts as used up."""

WORDS: dict[Cause, tuple[str, str]] = {
    "no_road": ("没有可通行的道路", "no road leads there from anybody who has it"),
    "too_late": ("在计划期内无法送达", "nobody who has it can be there within the time of the plan"),
    "excluded": ("可提供者已婉拒", "those who have it declined"),
    "reserve": ("存量均为各市自留储备", "what there is is kept back by cities for their own risk"),
    "stock": ("可调出的存量已用尽", "all that may leave has been sent"),
    "trucks": ("车辆不足", "there are not enough trucks"),
    "time": ("路途或准备时间内的需求无法满足", "what was needed before the first load could arrive"),
    "worth": (
        "运输代价高于所减少的损害，或需求可能不出现",
        "the need is too unlikely, or too small, for the road",
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one shipment is made.

    Attributes
    ----------
    shipment : Shipment
    next_donor : str or None
        Who would do it instead; None if nobody could be there as early.
    difference : float or None
        How much harm more one unit from there would be.
    displaced : str or None
        Who would get it otherwise; None if nobody is short of it for that.
    stock_price : float
        Harm that one unit more at the donor would spare.
    """

    shipment: Shipment
    next_donor: str | None
    difference: float | None
    displaced: str | None
    stock_price: float

    def words(self) -> dict[str, str]:
        """The reason in both languages."""
        one = self.shipment
        unit = one.unit
        if self.next_donor is None:
            zh, en = "没有其他城市能同样及时送达", "nobody else could be there as early"
        else:
            zh = f"次优供方 {self.next_donor} 每{unit}损害多 {self.difference:.3g}"
            en = f"from {self.next_donor}, the next best, each {unit} costs {self.difference:.3g} more harm"
        if self.displaced is None:
            zh += "；未挤占他用"
            en += "; it is taken from nobody else"
        else:
            zh += f"；否则可给 {self.displaced}，供方每多一{unit}可减损害 {self.stock_price:.3g}"
            en += f"; else {self.displaced} would have it, and one {unit} more spares {self.stock_price:.3g}"
        return {"zh": zh + "。", "en": en[0].upper() + en[1:] + "."}


@dataclass(frozen=True, slots=True)
class Shortage:
    """Who still goes short of what, at the end of the plan or before help could come.

    Attributes
    ----------
    city, good, unit : str
    expected : float
        Expected unmet need at its largest over the periods, in `unit`.
    at_end : float
        Expected unmet need at the end.
    cause : Cause
    excluded : tuple of Exclusion
        Who ruled itself out, with its reason.
    """

    city: str
    good: str
    unit: str
    expected: float
    at_end: float
    cause: Cause
    excluded: tuple[Exclusion, ...] = ()

    def words(self) -> dict[str, str]:
        """Who goes short and why, in both languages."""
        zh, en = WORDS[self.cause]
        amount = f"{self.expected:.4g} {self.unit}"
        return {
            "zh": f"{self.city} 的 {self.good} 预期最多短缺 {amount}：{zh}。",
            "en": f"{self.city} is short of {amount} of {self.good} at worst: {en}.",
        }


def reasons(plan: AidPlan) -> tuple[Reason, ...]:
    """Why each shipment is made, in the order of the shipments."""
    return tuple(_reason(plan, one, plan.reduced) for one in plan.shipments)


def _reason(plan: AidPlan, one: Shipment, reduced: np.ndarray) -> Reason:
    lanes, cities = plan.layout.lanes, plan.problem.cities
    donor, receiver = cities.index(one.donor), cities.index(one.receiver)
    good = [each.code for each in plan.problem.goods].index(one.good)
    arrives = one.period + plan.problem.delay_periods[donor, receiver]
    of_good = lanes.good == good
    gives, takes = lanes.donor[lanes.way], lanes.receiver[lanes.way]
    rivals = np.flatnonzero(
        of_good & (takes == receiver) & (gives != donor) & (plan.layout.arrives <= arrives)
    )
    others = np.flatnonzero(of_good & (gives == donor) & (takes != receiver))
    price = -float(plan.point.row_price[plan.model.first.stock_row[donor, good]])
    best = rivals[np.argmin(reduced[rivals])] if rivals.size else None
    other = others[np.argmin(reduced[others])] if others.size and price > PRICE_MIN else None
    return Reason(
        one,
        None if best is None else cities[gives[best]],
        None if best is None else max(0.0, float(reduced[best])),
        None if other is None else cities[takes[other]],
        max(0.0, price),
    )


def shortages(plan: AidPlan) -> tuple[Shortage, ...]:
    """Who goes short of what, the largest harm first, each with the constraint that binds."""
    problem = plan.problem
    unmet = np.maximum(problem.demand - plan.arrived[:, :, None, :], 0.0)
    expected = np.einsum("cgsp,s->cgp", unmet, problem.probability)
    found = []
    for city, good in np.argwhere(expected.max(axis=2) > SHORT_MIN):
        left, kind = expected[city, good], problem.goods[good]
        cause = _cause(plan, int(city), int(good), float(left[-1]))
        name = problem.cities[city]
        said = tuple(
            one for one in problem.excluded if one.receiver in (None, name) and one.good in (None, kind.code)
        )
        row = Shortage(name, kind.code, kind.unit, float(left.max()), float(left[-1]), cause, said)
        found.append((-float(plan.harm[city, good].sum()), row.city, row.good, row))
    return tuple(row for *_, row in sorted(found, key=lambda each: each[:3]))


def _cause(plan: AidPlan, city: int, good: int, at_end: float) -> Cause:
    """The first of the constraints, from the hardest to the softest, that explains it."""
    problem, layout = plan.problem, plan.layout
    away = np.arange(len(problem.cities)) != city
    road = away & np.isfinite(problem.travel_h[:, city])
    if not road.any():
        return "no_road"
    has = road & (problem.free[:, good] > 0)
    if not has.any():
        return "reserve" if (problem.stock[road, good] > 0).any() else "stock"
    may = has & layout.allowed[:, city, good]
    if not may.any():
        return "excluded"
    soonest = problem.ready_period[:, good] + problem.delay_periods[:, city]
    in_time = may & (soonest < problem.periods)
    if not in_time.any():
        return "too_late"
    if at_end <= SHORT_MIN:
        return "time"
    return _binding(plan, np.flatnonzero(in_time), good)


def _binding(plan: AidPlan, donors: np.ndarray, good: int) -> Cause:
    """By what the donors who could still help have left: no stock, no truck, or both and a road too dear."""
    problem = plan.problem
    sent, busy = np.zeros(len(problem.cities)), np.zeros((len(problem.cities), problem.periods))
    for one in plan.shipments:
        donor, to = problem.cities.index(one.donor), problem.cities.index(one.receiver)
        sent[donor] += one.amount if one.good == problem.goods[good].code else 0.0
        busy[donor, one.period : one.period + problem.away_periods[donor, to]] += one.trucks
    is_used_up = sent[donors] >= problem.free[donors, good] * (1.0 - NEARLY)
    if is_used_up.all():
        return "stock"
    open_to = donors[~is_used_up]
    no_trucks = busy[open_to].max(axis=1) >= problem.trucks[open_to] * (1.0 - NEARLY)
    return "trucks" if no_trucks.all() else "worth"
