"""The reasons of a plan: the next best donor, what is displaced, who goes short and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from riskshed.governance.dispatch import solve
from riskshed.governance.dispatch_explain import reasons, shortages
from riskshed.governance.dispatch_problem import AidProblem, Exclusion, Good


def three(**more: Any) -> AidProblem:
    """Two donors, near with 20 t and far with 20 t, and a taker that needs 10 t for certain."""
    demand = np.zeros((3, 1, 1, 4))
    demand[2] = 10.0
    facts: dict[str, Any] = {
        "cities": ("far", "near", "taker"), "goods": (Good("water", "t", 1.0),), "period_h": 1.0,
        "stock": [[20.0], [20.0], [0.0]], "reserve": np.zeros((3, 1)), "ready_h": np.zeros((3, 1)),
        "trucks": [50.0, 50.0, 0.0], "load_t": np.ones(3),
        "travel_h": [[0.0, 9.0, 2.0], [9.0, 0.0, 1.0], [2.0, 1.0, 0.0]],
        "demand": demand, "probability": [1.0], "truck_h_weight": 0.01, **more,
    }  # fmt: skip
    return AidProblem(**facts)


def test_the_next_best_donor_and_the_difference_are_named() -> None:
    plan = solve(three(travel_h=[[0.0, 9.0, 1.0], [9.0, 0.0, 0.5], [1.0, 0.5, 0.0]]))
    (one,) = reasons(plan)
    assert (one.shipment.donor, one.next_donor, one.displaced) == ("near", "far", None)
    assert one.difference == pytest.approx(0.01)
    assert "far" in one.words()["en"]
    assert "far" in one.words()["zh"]


def test_nobody_else_could_be_there_as_early() -> None:
    (one,) = reasons(solve(three()))
    assert (one.next_donor, one.difference) == (None, None)


CAUSES = {
    "no_road": {"travel_h": np.full((3, 3), np.inf)},
    "reserve": {"reserve": [[20.0], [20.0], [0.0]]},
    "excluded": {"excluded": (Exclusion("far"), Exclusion("near"))},
    "too_late": {"ready_h": [[9.0], [9.0], [0.0]]},
    "stock": {"stock": [[1.0], [1.0], [0.0]]},
    "trucks": {"trucks": [1.0, 1.0, 0.0]},
    "worth": {"truck_h_weight": 99.0},
    "time": {"travel_h": [[0.0, 9.0, 2.0], [9.0, 0.0, 2.0], [2.0, 2.0, 0.0]]},
}


@pytest.mark.parametrize("cause", CAUSES)
def test_who_goes_short_is_told_with_the_constraint_that_binds(cause: str) -> None:
    (one,) = shortages(solve(three(**CAUSES[cause])))  # type: ignore[arg-type]
    assert (one.city, one.cause) == ("taker", cause)
    assert "taker" in one.words()["zh"]


def test_a_refusal_stands_beside_the_shortage_with_its_reason() -> None:
    said = Exclusion("near", cause="own_risk", reason=(("en", "Our own river rises."),))
    (one,) = shortages(solve(three(excluded=(said, Exclusion("far")))))
    assert said in one.excluded
