"""A plan of aid between cities: what leaves whom for whom and when, how good it is, who still goes short.

    problem = AidProblem(...)          who has what, who may need what, how far it is
    plan = solve(problem)              shipments, what they come to, and how much better any plan could be
    explain.shipments(plan)            why this donor, what it displaces (`dispatch_explain`)

The plan is one for all demand scenarios: aid leaves before anybody knows which of them comes. Its `gap` is
proven by weak duality and does not rest on the word of the solver (`dispatch_solver`). The same problem gives
the same plan, in whatever order its cities stand.

With **worst served first** the largest share of its harm that any city keeps is made as small as it can be,
then the next largest among the others, and so on; only what is left free goes to the least harm in all
(lexicographic max-min fairness, Ogryczak et al. 2005).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from riskshed.governance.dispatch_model import Collapsed, Layout, Programme, Shares, collapsed
from riskshed.governance.dispatch_problem import AidProblem, Floats
from riskshed.governance.dispatch_solver import (
    Effort,
    Point,
    arrived,
    bound,
    harm,
    mended,
    reduced_cost,
    road,
    run,
    with_limits,
)

SENT_MIN = 1e-6
"""Share of a stock below which an amount is dust of the solver, and no shipment."""
SHARE_SLACK = 1e-7
"""By how much a share may pass its limit while the rest is worked out."""
FREE_PRICE = 1e-7

LARGE_SHIPS, LARGE_PIECES = 60_000, 8
"""Above so many possible shipments the interior point works on a harm of so many pieces, and stops early."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """One good on one way in one period.

    Attributes
    ----------
    donor, receiver, good, unit : str
    amount : float
        In `unit`.
    leaves_h, arrives_h : float
        Hours from the start.
    trucks : float
        Its part of the trucks that leave.
    period : int
    """

    donor: str
    receiver: str
    good: str
    unit: str
    amount: float
    leaves_h: float
    arrives_h: float
    trucks: float
    period: int


@dataclass(frozen=True, eq=False)
class AidPlan:
    """What is sent, what it comes to, and what is proven of it.

    Attributes
    ----------
    problem : AidProblem
        In the order of the codes; all arrays here follow it.
    shipments : tuple of Shipment
    arrived, harm, harm_unhelped : array (city, good, period)
        What has come in all by the end of each period; expected harm with it, and without any aid.
    value : float
        Harm in all and the weight of the trucks on the road.
    bound : float
        No plan under the same fairness can go below.
    fairness : {"none", "worst_first"}
    point : Point
        What the solver found; its prices explain the plan.
    """

    problem: AidProblem
    shipments: tuple[Shipment, ...]
    arrived: Floats
    harm: Floats
    harm_unhelped: Floats
    value: float
    bound: float
    fairness: str
    whole_trucks: bool
    status: str
    layout: Layout = field(repr=False)
    model: Collapsed = field(repr=False)
    point: Point = field(repr=False)
    programme: Programme = field(repr=False)

    @property
    def gap(self) -> float:
        """By what share of its value the plan could be better at most; 0 is proven best."""
        return max(0.0, self.value - self.bound) / self.value if self.value > 0 else 0.0

    @property
    def share(self) -> Floats:
        """The share of its harm that each city keeps, (city,); 0 where it needs nothing."""
        without = self.harm_unhelped.sum(axis=(1, 2))
        kept = self.harm.sum(axis=(1, 2))
        return np.asarray(np.divide(kept, without, out=np.zeros_like(kept), where=without > 0))

    @property
    def reduced(self) -> Floats:
        """How much worse one unit more of each possible shipment would make it, (ship,)."""
        cost = reduced_cost(self.programme, self.point.row_price)
        return cost[self.model.first.ship]


def effort_for(layout: Layout) -> Effort:
    """A corner where that is quick, else the interior point with a gap that is proven all the same."""
    if layout.lanes.way.size <= LARGE_SHIPS:
        return Effort("simplex")
    return Effort("ipm", tolerance=1e-3, crossover=False, pieces=LARGE_PIECES)


def solve(
    problem: AidProblem,
    *,
    worst_first: bool = False,
    whole_trucks: bool = False,
    effort: Effort | None = None,
    progress: Callable[[str], None] | None = None,
) -> AidPlan:
    """Plan aid.

    Parameters
    ----------
    problem : AidProblem
    worst_first : bool
        The worst-served city first, then the next, before the least harm in all.
    whole_trucks : bool
        Trucks leave whole; the bound stays that of parts of trucks, so the gap holds what rounding costs.
    effort : Effort, optional
        Amounts of work; chosen by the size of the problem if it is not given. However little it is, a plan
        comes back that can be carried out, if need be the one that sends nothing.
    progress : callable, optional
        Called with a line of text before each stage.
    """
    tell = progress or (lambda _: None)
    ordered = problem.in_order()
    layout = Layout(ordered)
    effort = effort or effort_for(layout)
    # Shares are limits of a plan: they have to be those of the harm itself.
    model = collapsed(layout, shares=worst_first, pieces=None if worst_first else effort.pieces)
    programme = model.programme
    if worst_first and model.shares is not None:
        programme = _fair(programme, model.shares, effort, tell)
    tell("the least harm")
    point = run(programme, effort)
    return _plan(layout, model, programme, point, worst_first=worst_first, whole_trucks=whole_trucks)


def _fair(programme: Programme, shares: Shares, effort: Effort, tell: Callable[[str], None]) -> Programme:
    """The programme with the share of each city limited, the worst served first."""
    free = np.ones(shares.city.size, dtype=bool)
    cost = np.zeros_like(programme.cost)
    cost[shares.worst] = 1.0
    limited = programme
    while free.any():
        tell(f"the worst served of {int(free.sum())} cities")
        point = run(replace(limited, cost=cost, offset=0.0), effort)
        worst = float(point.x[shares.worst])
        held = free & (point.row_price[shares.below_worst] < -FREE_PRICE)
        if not held.any():  # nobody is held down by another: all that are left have what they can have
            held = free
        # Those that hold the worst down keep what they have; the others go on without them.
        limited = with_limits(limited, shares.below_worst[held], np.inf)
        limited = with_limits(limited, shares.below_limit[held], worst - 1.0 + SHARE_SLACK)
        free &= ~held
    return limited


def _plan(
    layout: Layout,
    model: Collapsed,
    programme: Programme,
    point: Point,
    *,
    worst_first: bool,
    whole_trucks: bool,
) -> AidPlan:
    problem = layout.problem
    wish = point.x[model.first.ship]
    dust = SENT_MIN * problem.free[layout.lanes.donor[layout.lanes.way], layout.lanes.good]
    sent = mended(layout, np.where(wish > dust, wish, 0.0), whole_trucks=whole_trucks)
    came = arrived(layout, sent.amount)
    left = harm(problem, came)
    return AidPlan(
        problem=problem,
        shipments=_shipments(layout, sent.amount),
        arrived=came,
        harm=left,
        harm_unhelped=layout.bends.unhelped,
        value=float(left.sum()) + road(layout, sent.trucks),
        bound=bound(programme, point.row_price),
        fairness="worst_first" if worst_first else "none",
        whole_trucks=whole_trucks,
        status=point.status,
        layout=layout,
        model=model,
        point=point,
        programme=programme,
    )


def _shipments(layout: Layout, amount: Floats) -> tuple[Shipment, ...]:
    problem, lanes = layout.problem, layout.lanes
    found = []
    for ship in np.flatnonzero(amount > 0):
        way, good = lanes.way[ship], problem.goods[lanes.good[ship]]
        donor, receiver = int(lanes.donor[way]), int(lanes.receiver[way])
        leaves = float(lanes.period[ship] * problem.period_h)
        one = float(amount[ship])
        trucks = one * good.weight_t / float(problem.load_t[donor])
        arrives = leaves + float(problem.travel_h[donor, receiver])
        names = problem.cities[donor], problem.cities[receiver], good.code, good.unit
        found.append(Shipment(*names, one, leaves, arrives, trucks, int(lanes.period[ship])))
    return tuple(sorted(found, key=lambda one: (one.leaves_h, one.donor, one.receiver, one.good)))
