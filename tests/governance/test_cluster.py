"""What a cluster reached beside what it aims at: compared only with its like, unknown where nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from riskshed.case import find
from riskshed.governance import cluster
from riskshed.region import Indicator, Region


def row(kind: str, period: str, value: float | None, **more: Any) -> Indicator:
    facts: dict[str, Any] = {
        "indicator": "rate", "name_zh": "率", "name_en": "rate", "territory": "910100", "scope": "city",
        "unit": "percent", "bound": "exact", "basis": "stated", "source": "s",
    }  # fmt: skip
    return Indicator(**{**facts, "kind": kind, "period": period, "value": value, **more})


def test_goal_is_set_beside_the_latest_figure_of_its_own() -> None:
    told = [
        row("actual", "2021", 60),
        row("goal", "2025", 70),
        row("actual", "2020", 50),
        row("actual", "2022", None),
    ]
    (line,) = cluster.lines(told)
    (goal,) = line.goals
    assert [one.period for one in line.reached] == ["2020", "2021", "2022"]
    assert (goal.latest and goal.latest.period, goal.is_reached, goal.gap) == ("2021", False, 10)


@pytest.mark.parametrize(
    "other", [{"territory": "910000", "scope": "province"}, {"unit": "CNY"}, {"indicator": "x"}]
)
def test_figures_of_another_territory_unit_or_kind_are_not_compared(other: dict[str, str]) -> None:
    found = cluster.lines([row("goal", "2025", 70), row("actual", "2021", 80, **other)])
    goal = found[0].goals[0]
    assert (len(found), goal.latest, goal.is_reached, goal.gap) == (2, None, None, None)


@pytest.mark.parametrize(
    ("value", "bound", "reached"),
    [
        (80, "exact", True), (70, "exact", True), (60, "exact", False), (60, "about", False),
        (80, "at_least", True), (60, "at_least", None), (80, "at_most", None), (60, "at_most", False),
        (None, "exact", None),
    ],
)  # fmt: skip
def test_bound_shows_what_it_can_and_no_more(value: float | None, bound: str, reached: bool | None) -> None:
    goal, latest = row("goal", "2025", 70), row("actual", "2021", value, bound=bound)
    assert cluster.is_reached(goal, latest) is reached


def test_of_a_goal_that_is_an_upper_bound_nothing_is_said() -> None:
    assert cluster.is_reached(row("goal", "2025", 70, bound="at_most"), row("actual", "2021", 80)) is None


def test_every_figure_of_the_case_has_a_source_and_is_not_from_memory() -> None:
    region = Region.read(find("changchun-2022") / "region")
    assert len(region.indicators) >= 20
    assert all(one.source.strip() and "memory" not in one.source for one in region.indicators)
    rates = [one for one in cluster.lines(region.indicators) if one.first.indicator == "local_supply_rate"]
    assert [(one.goal.period, one.is_reached) for one in rates[0].goals] == [("2015", False), ("2025", False)]


def test_what_is_missing_is_told_where_both_figures_are_as_they_are_and_plans_stand_apart() -> None:
    goal, plan = row("goal", "2025", 70), row("plan", "2024", 65)
    for bound, gap in (("exact", 10), ("about", 10), ("at_least", None), ("at_most", None)):
        (line,) = cluster.lines([goal, plan, row("actual", "2021", 60, bound=bound)])
        assert line.goals[0].gap == gap
        assert line.plans == (plan,)
