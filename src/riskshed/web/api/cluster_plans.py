"""Special actions, joint funds, and what would halt if a plant stopped: as the pages have them, for programs.

What nobody reported is null, and never zero. A trial says nothing on the record and tells nobody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from riskshed import halt_trial
from riskshed.governance import special_actions
from riskshed.governance.settlement_fund import FundBalance
from riskshed.governance.special_actions import Action, ActionTask
from riskshed.halt_trial import DAYS_MAX, MEMBERS, SEED, Asked, Band, Halted, Trial
from riskshed.stand_ins import Short, StandIn
from riskshed.web import access, cluster_board, fund_board
from riskshed.web.api import listing
from riskshed.web.api.shapes import Code, Id, Shape, Words
from riskshed.web.api.shapes_market import MoneyShape
from riskshed.web.api.telling import standing_of
from riskshed.web.current import node
from riskshed.web.forms_rows import plain
from riskshed.web.gate import Routes
from riskshed.web.people import acting

routes = Routes("cluster")


# ---------------------------------------------------------------------------------------- special actions


class TaskShape(Shape):
    """A task of an action; null: nobody reported it, or nobody said it."""

    task: str
    owner: Code
    what: Words
    due: datetime | None
    planned: MoneyShape | None
    spent: MoneyShape | None
    share: str | None = Field(description="Done, 0 to 1, by the last report.")
    state: Literal["done", "done_late", "overdue", "under_way", "not_reported", "unbound", "released"]
    done_at: datetime | None
    reports: list[Id] = Field(description="The statements of its owner, the latest last.")


class SpendingShape(Shape):
    """Money of an action in one currency, in minor units."""

    currency: str
    planned_minor: int | None
    spent_minor: int | None
    is_bound: bool = Field(description="Whether some are silent, so that the truth is at least this.")


class TargetShape(Shape):
    """A goal of an action."""

    goal: str
    what: Words
    target: str
    unit: str
    territory: str | None
    due: datetime | None


class ActionShape(Shape):
    """A special action as its last statement has it."""

    id: Id
    action: str
    by: Code
    about: str | None = Field(description="Code of the incident.")
    title: Words
    said_at: datetime
    starts: datetime | None
    ends: datetime | None
    next_due: datetime | None
    state: Literal["done", "overdue", "under_way", "not_begun", "replaced"]
    fund: Code | None
    source: str
    replaces: Id | None
    replaced_by: Id | None
    tasks: list[TaskShape]
    goals: list[TargetShape]
    money: list[SpendingShape]


class ActionPage(Shape):
    """Some actions, the latest first."""

    items: list[ActionShape]
    next: str | None


@routes.get("/cluster/actions", "cluster.see", ActionPage)
def list_actions(
    request: HttpRequest,
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """Special actions: tasks with owner, due date and money, and what came of them."""
    found = special_actions.actions(standing_of(request, exercise))
    return listing.page(
        found,
        lambda one: (listing.moment(one.said_at), one.id),
        _action,
        name="actions",
        limit=limit,
        after=after,
        newest_first=True,
    )


_ACTION = ("id", "action", "by", "about", "title", "said_at", "starts", "ends", "next_due", "state", "fund",
           "source", "replaces", "replaced_by", "money")  # fmt: skip
_TASK = ("task", "owner", "what", "due", "planned", "spent", "state", "done_at")


def _action(one: Action) -> dict[str, Any]:
    return {
        **listing.picked(one, _ACTION),
        "tasks": [_task(each) for each in one.tasks],
        "goals": [
            {
                "goal": goal["goal"],
                "what": goal["what"],
                "target": goal["target"]["value"],
                "unit": goal["target"]["unit"],
                "territory": goal.get("territory"),
                "due": goal.get("due"),
            }
            for goal in one.goals
        ],
    }


def _task(one: ActionTask) -> dict[str, Any]:
    share: Decimal | None = one.share
    return {
        **listing.picked(one, _TASK),
        "share": None if share is None else plain(share),
        "reports": [each.statement for each in one.reports],
    }


# -------------------------------------------------------------------------------------------- joint funds


class SumShape(Shape):
    """What one body gave, or was paid."""

    body: Code
    minor: int


class FundShape(Shape):
    """The joint fund of the agreement in one currency, in minor units."""

    fund: Code
    currency: str
    balance_minor: int = Field(description="What is left; negative if more was paid out than came in.")
    in_kind_minor: int = Field(description="Given in kind, at the value that its givers put on it.")
    paid_in: list[SumShape]
    paid_out: list[SumShape]
    strangers: list[Id] = Field(description="Contributions of bodies that are no members.")
    evidence: list[Id] = Field(description="Every statement that it is made from.")


class FundList(Shape):
    """The fund in every currency in which something was paid; empty where the agreement has none."""

    items: list[FundShape]


@routes.get("/cluster/funds", "fund.see", FundList)
def list_funds(request: HttpRequest, exercise: listing.Drill = None) -> dict[str, Any]:
    """What is in the joint fund, who gave it, and to whom it went."""
    agreement = node().agreement()
    if agreement is None or not agreement.fund:
        return {"items": []}
    return {"items": [_fund(one) for one in fund_board.balances(standing_of(request, exercise), agreement)]}


def _fund(held: FundBalance) -> dict[str, Any]:
    names = ("fund", "currency", "balance_minor", "in_kind_minor", "strangers", "evidence")
    sums = {
        name: [{"body": body, "minor": minor} for body, minor in getattr(held, name).items()]
        for name in ("paid_in", "paid_out")
    }
    return {**listing.picked(held, names), **sums}


# ------------------------------------------------------------------------------------------------- trials


class BandShape(Shape):
    """5, 50 and 95 % of the members."""

    low: float
    median: float
    high: float


class HaltedShape(Shape):
    """A plant that halts; its times and lengths are given that it does."""

    plant: str
    name: Words
    city: Code
    probability: float
    after_d: BandShape = Field(description="Days from now.")
    down_d: BandShape = Field(description="Days that it stands.")
    lost_d: BandShape = Field(description="Days of its output that are lost, over all members.")
    lost_output: BandShape | None
    output_unit: str | None
    lost_yuan: BandShape | None
    cause: str = Field(description="`own`, or the part for want of which it halts most often.")


class StandInShape(Shape):
    """An offer on the record that would do."""

    offer: Id
    by: Code
    city: Code | None
    left: str
    unit: str
    km: float | None
    arrives_at: datetime | None
    is_in_time: bool | None


class ShortShape(Shape):
    """A part that a plant runs short of, and who could stand in, the best first."""

    customer: str
    supplier: str
    part: str
    item: Code
    probability: float
    likely: datetime = Field(description="When its stock runs out, given that it does: the median.")
    days: float | None = Field(description="Days of deliveries that are missing after that; null: no end.")
    amount: str | None = Field(description="So many sets; null: the output of the customer is not known.")
    stand_ins: list[StandInShape]


class CaveatShape(Shape):
    """Why it must not be trusted, and at which plants; none named: at all of them."""

    code: str
    text: Words
    places: list[str]


class TrialShape(Shape):
    """What would halt if a plant stopped now. The same question has the same answer within an hour."""

    plant: str
    days: int
    cover_d: list[float] = Field(description="Between how many days unknown stocks were supposed to last.")
    at: datetime
    members: int
    seed: int
    halted: list[HaltedShape]
    seldom: int = Field(description="Plants that halt in fewer than 5 % of the members.")
    never: int = Field(description="In none.")
    unknown: int = Field(description="Plants that nobody is known to supply: nothing can be said of them.")
    shorts: list[ShortShape]
    caveats: list[CaveatShape]


Days = Annotated[int, Query(ge=1, le=DAYS_MAX, description="For how long it stops.")]
Cover = Annotated[
    float | None, Query(description="Days that stocks last which nobody knows; without it, as the page.")
]


@routes.get("/cluster/trial", "cluster.try", TrialShape)
def try_halt(
    request: HttpRequest, plant: str, days: Days = 7, cover_low: Cover = None, cover_high: Cover = None
) -> dict[str, Any]:
    """Suppose that a plant stops now; nothing is said on the record. 30 times in ten minutes."""
    access.keep_pace(request, cluster_board.TRY, cluster_board.PACE)
    actor, region = acting(request), node().region
    halt = cluster_board.supposed(node().home, region)
    low, high = cluster_board.cover(halt)
    supposed = (low if cover_low is None else cover_low, high if cover_high is None else cover_high)
    asked = Asked(plant, days, supposed, 0.0 if halt is None else halt.refill)
    found = cluster_board.trial(region, asked, cluster_board.hour(node().now()))
    offers = node().standing(exercise=actor.exercise).offers
    return _trial(found, halt_trial.offers_for(found, offers, region, found.at))


def _trial(found: Trial, could: Mapping[tuple[str, str], Sequence[StandIn]]) -> dict[str, Any]:
    return {
        "plant": found.asked.plant,
        "days": found.asked.days,
        "cover_d": list(found.asked.cover_d),
        **listing.picked(found, ("at", "seldom", "never", "unknown")),
        "members": MEMBERS,
        "seed": SEED,
        "halted": [_halted(one) for one in found.halted],
        "shorts": [
            {**_short(one), "stand_ins": [_stand_in(each) for each in could.get(one.key, ())]}
            for one in found.shorts
        ],
        "caveats": [
            {"code": one.code, "text": {"zh": one.text_zh, "en": one.text_en}, "places": list(one.places)}
            for one in found.footprint.caveats
        ],
    }


def _halted(one: Halted) -> dict[str, Any]:
    plant = one.plant
    bands = ("after_d", "down_d", "lost_d", "lost_output", "lost_yuan")
    return {
        "plant": plant.id,
        "name": {"zh": plant.name_zh, "en": plant.name_en},
        "city": plant.city,
        "output_unit": plant.output_unit,
        **listing.picked(one, ("probability", "cause")),
        **{name: _band(getattr(one, name)) for name in bands},
    }


def _band(band: Band | None) -> dict[str, float] | None:
    return None if band is None else dict(zip(("low", "median", "high"), band, strict=True))


def _short(one: Short) -> dict[str, Any]:
    names = ("customer", "supplier", "part", "item", "probability", "likely")
    return {
        **listing.picked(one, names),
        "days": one.days if math.isfinite(one.days) else None,
        "amount": None if one.amount is None else plain(one.amount),
    }


def _stand_in(one: StandIn) -> dict[str, Any]:
    names = ("offer", "by", "city", "unit", "km", "arrives_at", "is_in_time")
    return {**listing.picked(one, names), "left": plain(one.left)}
