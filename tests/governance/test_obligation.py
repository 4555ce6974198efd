"""One duty: its state to the second, and an id that stays the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cast import SHANG, ZHONG
from governance.acts import INCIDENT, at

from riskshed.governance.obligation import Duty, judged
from riskshed.governance.subjects import Said

SECOND = timedelta(seconds=1)
FACTS: dict[str, Any] = {
    "who": SHANG,
    "owes": "NoticeSent",
    "act": "notify.relay",
    "to": ZHONG,
    "about": INCIDENT,
    "since": at(1),
    "due": at(2),
    "has_clock": True,
    "is_lawful": False,
    "is_foreseen": True,
    "pack": "agreement",
    "rule": "relay_h",
    "cite": "relay_h = 1",
}


def duty(**changed: Any) -> Duty:
    return Duty(**{**FACTS, **changed})


@pytest.mark.parametrize(
    ("done", "now", "state"),
    [
        (None, at(2) - SECOND, "open"),
        (None, at(2), "open"),
        (None, at(2) + SECOND, "breached"),
        (at(2), at(9), "met"),
        (at(2) + SECOND, at(9), "late"),
        (at(0), at(9), "met"),
    ],
)
def test_last_moment_is_in_time_and_one_second_later_is_not(done: Any, now: Any, state: str) -> None:
    said = None if done is None else Said("ab" * 32, done)
    assert judged(duty(), said, now).state == state


def test_duty_whose_clock_has_no_start_is_undetermined_and_never_met() -> None:
    unknown = duty(since=None, due=None)
    assert judged(unknown, None, at(999)).state == "undetermined"
    assert judged(unknown, Said("ab" * 32, at(0)), at(999)).state == "undetermined"


def test_duty_without_a_clock_is_open_until_done_and_never_late() -> None:
    timeless = duty(due=None, has_clock=False)
    assert judged(timeless, None, at(999)).state == "open"
    assert judged(timeless, Said("ab" * 32, at(998)), at(999)).state == "met"


def test_id_stays_when_only_the_time_changes() -> None:
    assert duty().id == duty(since=at(3), due=at(4), cite="other words").id


@pytest.mark.parametrize("part", ["who", "owes", "act", "to", "about", "pack", "rule", "cause"])
def test_id_differs_by_each_part_that_makes_it_another_duty(part: str) -> None:
    assert duty().id != duty(**{part: "other"}).id


def test_later_start_moves_the_time_by_as_much_and_an_earlier_one_does_not() -> None:
    moved = duty().not_before(at(5))
    assert (moved.since, moved.due) == (at(5), at(6))
    assert duty().not_before(at(0)) == duty()
    assert duty(since=None, due=None).not_before(at(5)).due is None
