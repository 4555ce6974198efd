"""Standing orders: what goes out by itself, and what no order can give away."""

from __future__ import annotations

from typing import Any

import pytest

from riskshed.governance.draft import Draft
from riskshed.standing_order import NEVER, StandingOrder


def draft(kind: Any, **body: Any) -> Draft:
    return Draft(kind, "a", None, None, body)


@pytest.mark.parametrize(
    ("most", "allowed"), [("none", []), ("blue", ["blue"]), ("orange", ["blue", "yellow", "orange"])]
)
def test_a_warning_goes_out_up_to_its_level(most: str, allowed: list[str]) -> None:
    order = StandingOrder.of(notices=True, warnings_up_to=most)
    found = [
        level
        for level in ("blue", "yellow", "orange", "red")
        if order.allows(draft("WarningIssued", level=level))
    ]
    assert found == allowed


def test_notices_are_ordered_by_themselves() -> None:
    assert StandingOrder.of(notices=True).allows(draft("NoticeSent"))
    assert not StandingOrder.of(notices=False).allows(draft("NoticeSent"))
    assert StandingOrder.of(notices=False).allows(draft("ReadingsTaken"))


@pytest.mark.parametrize("kind", sorted(NEVER))
def test_nothing_is_taken_back_by_itself(kind: str) -> None:
    with pytest.raises(AssertionError):
        StandingOrder(frozenset((kind,)))


def test_red_is_no_level_of_an_order() -> None:
    with pytest.raises(AssertionError):
        StandingOrder(warnings_up_to="red")
