"""What an industry cluster is said to have reached, beside what it aims at.

Sources count over different territories: a city, the province around it, a firm. Figures of different
territories or units are never added up and never compared; a goal is set beside the latest figure of its own
indicator, territory and unit, and where there is none, whether it is reached is unknown. A figure that a
source gives as a bound is compared as a bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from riskshed.region import Indicator


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator over one territory.

    Attributes
    ----------
    reached : tuple of Indicator
        What was reached, by period, the latest last.
    goals : tuple of Goal
        By period.
    plans : tuple of Indicator
        Designs, which are neither.
    """

    reached: tuple[Indicator, ...]
    goals: tuple[Goal, ...]
    plans: tuple[Indicator, ...]

    @property
    def first(self) -> Indicator:
        """The newest row, by which it is named."""
        named = (*self.plans, *(one.goal for one in self.goals), *self.reached)
        return max(named, key=lambda one: (one.kind == "actual", one.period))


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal, the latest figure beside it, and whether it is reached; None is unknown.

    `gap` is what is missing, in the unit of the goal: negative where more was reached; None is unknown.
    """

    goal: Indicator
    latest: Indicator | None
    is_reached: bool | None
    gap: float | None


def lines(indicators: Iterable[Indicator]) -> tuple[Line, ...]:
    """The indicators of a region, in the order of their file, one line for each territory and unit."""
    groups: dict[tuple[str, str, str, str], list[Indicator]] = {}
    for one in indicators:
        groups.setdefault((one.indicator, one.territory, one.scope, one.unit), []).append(one)
    return tuple(_line(sorted(group, key=lambda one: one.period)) for group in groups.values())


def _line(group: Sequence[Indicator]) -> Line:
    reached = tuple(one for one in group if one.kind == "actual")
    latest = next((one for one in reversed(reached) if one.value is not None), None)
    goals = tuple(_goal(one, latest) for one in group if one.kind == "goal")
    return Line(reached, goals, tuple(one for one in group if one.kind == "plan"))


def _goal(goal: Indicator, latest: Indicator | None) -> Goal:
    if latest is None or goal.value is None or latest.value is None:
        return Goal(goal, latest, None, None)
    exact = {"exact", "about"}
    gap = goal.value - latest.value if {goal.bound, latest.bound} <= exact else None
    return Goal(goal, latest, is_reached(goal, latest), gap)


def is_reached(goal: Indicator, latest: Indicator) -> bool | None:
    """Whether a figure reaches a goal, as far as both are known.

    A figure that is a lower bound may show that a goal is reached and never that it is missed, and one that
    is an upper bound the other way round. A goal from which on something is enough is a goal like any
    other.
    """
    if goal.value is None or latest.value is None or goal.bound == "at_most":
        return None
    enough = latest.value >= goal.value
    if latest.bound == "at_least":
        return True if enough else None
    if latest.bound == "at_most":
        return None if enough else False
    return enough
