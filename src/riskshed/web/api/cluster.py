"""The industry cluster, read by programs: local supply rates, figures beside their goals, days of stock.

All of it is of the region of the node, as the page of the cluster has it. What nobody says is null.
"""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from pydantic import Field

from riskshed.governance import cluster
from riskshed.governance.cluster import Goal
from riskshed.web import cluster_board
from riskshed.web.api import listing
from riskshed.web.api.shapes import Code, Shape, Words
from riskshed.web.current import node
from riskshed.web.gate import Routes

routes = Routes("cluster")


class RateShape(Shape):
    """The local supply rate of the makers of a city or a province, as it follows from the links."""

    territory: Code
    scope: Literal["city", "province"]
    by_parts: float | None = Field(description="0 to 1, by number of parts.")
    by_value: float | None = Field(description="0 to 1, by the worth of what is delivered.")
    parts: int
    makers: int
    supposed: int = Field(description="Links among them that are supposed (synthetic).")
    left_out: int = Field(description="Links of which nobody knows whether they come from inside.")


class RateList(Shape):
    """Every city and province with makers."""

    items: list[RateShape]


@routes.get("/cluster/supply-rates", "cluster.see", RateList)
def list_supply_rates(request: HttpRequest) -> dict[str, Any]:
    """How much of what makers are supplied with comes from their own city or province."""
    del request
    names = ("by_parts", "by_value", "parts", "makers", "supposed", "left_out")
    found = cluster_board.local_rates(node().region)
    return {
        "items": [
            {"territory": place, "scope": scope, **listing.picked(rate, names)}
            for place, scope, rate in found
        ]
    }


class FigureShape(Shape):
    """A figure, with its source."""

    period: str
    value: float | None
    bound: Literal["exact", "about", "at_least", "at_most"]
    basis: str
    source: str


class GoalShape(FigureShape):
    """A goal; null: whether it is reached, or how much is missing, is not known."""

    is_reached: bool | None
    gap: float | None = Field(description="What is missing; negative where more was reached.")
    latest: str | None = Field(description="Period of the figure that it is set beside.")


class LineShape(Shape):
    """One indicator over one territory."""

    indicator: str
    name: Words
    territory: str
    scope: str
    unit: str
    reached: list[FigureShape] = Field(description="The latest last.")
    goals: list[GoalShape]
    plans: list[FigureShape]


class LineList(Shape):
    """Every indicator."""

    items: list[LineShape]


@routes.get("/cluster/figures", "cluster.see", LineList)
def list_figures(request: HttpRequest) -> dict[str, Any]:
    """What the cluster is said to have reached, beside its goals."""
    del request
    told = []
    for line in cluster.lines(node().region.indicators):
        first = line.first
        told.append(
            {
                **listing.picked(first, ("indicator", "territory", "scope", "unit")),
                "name": {"zh": first.name_zh, "en": first.name_en},
                "reached": line.reached,
                "goals": [_goal(one) for one in line.goals],
                "plans": line.plans,
            }
        )
    return {"items": told}


def _goal(one: Goal) -> dict[str, Any]:
    return {
        **listing.picked(one.goal, ("period", "value", "bound", "basis", "source")),
        "is_reached": one.is_reached,
        "gap": one.gap,
        "latest": one.latest.period if one.latest is not None else None,
    }


class StockShape(Shape):
    """After how many days a maker runs out of the first of its parts, between two bounds."""

    plant: str
    name: Words
    city: Code
    low_d: float | None
    high_d: float | None
    parts: int
    unknown: int = Field(description="Parts of which no stock is known.")


class StockList(Shape):
    """Every maker, the shortest first."""

    items: list[StockShape]


@routes.get("/cluster/stocks", "cluster.see", StockList)
def list_stocks(request: HttpRequest) -> dict[str, Any]:
    """How long the stocks of each maker last."""
    del request
    names = ("parts", "unknown", "low_d", "high_d")
    return {
        "items": [
            {
                "plant": row["plant"].id,
                "name": {"zh": row["plant"].name_zh, "en": row["plant"].name_en},
                "city": row["plant"].city,
                **{name: row[name] for name in names},
            }
            for row in cluster_board.stocks(node().region)
        ]
    }
