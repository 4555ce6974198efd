"""A condition is met when it is sure to be, and a link fires in the same members whatever else there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from footprints import NEVER, PLACES, UNKNOWN, footprint
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.pathways.cascade_links import Met, fire, first, met, together
from riskshed.pathways.cascade_stage import Cause, Link
from riskshed.pathways.toml_block import Span

FAR = 1e9


def cause(when: Any, at_least: float = 0.0, place: str | None = "upper") -> Cause:
    return Cause("spill", place, when, at_least)


def link(low: float, high: float, delay: tuple[float, float] = (0.0, 0.0), name: str = "a") -> Link:
    return Link(name, "next", (cause("arrival"),), "any", Span(low, high), Span(*delay), "cast", 1, 1)


def one(**changes: Any) -> Any:
    """A footprint of one place: reached at 100 s, at its peak of 5 at 160 s, over at 400 s; and one never."""
    given_: dict[str, Any] = {
        "peak": [[5.0, 0.0]], "peak_s": [[160.0, UNKNOWN]], "duration_s": [[300.0, 0.0]],
        "exposed_people": [[1.0, 0.0]], "threshold": 1.0, "places": PLACES[:1],
    }  # fmt: skip
    return footprint([[100.0, NEVER]], **(given_ | changes))


@pytest.mark.parametrize(
    ("asked", "at_s"),
    [
        (cause("arrival"), 100.0),
        (cause("peak", 0.5), 100.0),  # no more than the threshold: passed at the arrival
        (cause("peak", 1.0), 100.0),
        (cause("peak", 4.0), 160.0),  # passed at the peak at the latest
        (cause("peak", 5.1), NEVER),
        (cause("duration", 200.0), 300.0),
        (cause("duration", 300.1), NEVER),
    ],
)
def test_a_condition_is_met_when_that_is_sure(asked: Cause, at_s: float) -> None:
    found = met(one(), asked, FAR)
    assert found.at_s.tolist() == [at_s, NEVER]
    assert found.ends_s.tolist() == [400.0 if np.isfinite(at_s) else -np.inf, -np.inf]


def test_what_is_met_after_the_horizon_is_not_met() -> None:
    assert met(one(), cause("peak", 4.0), 159.0).at_s.tolist() == [NEVER, NEVER]
    assert met(one(), cause("peak", 4.0), 160.0).at_s.tolist() == [160.0, NEVER]


def test_of_several_places_the_first_begins_and_the_last_ends() -> None:
    durations = np.array([[10.0], [10.0], [900.0], [0.0]])
    arrivals = [[300.0], [200.0], [250.0], [NEVER]]
    wide = footprint(arrivals, duration_s=durations)
    anywhere = met(wide, cause("arrival", place=None), FAR)
    assert (anywhere.at_s.tolist(), anywhere.ends_s.tolist()) == ([200.0], [1150.0])
    city = met(wide, cause("arrival", place="B"), FAR)
    assert (city.at_s.tolist(), city.ends_s.tolist()) == ([200.0], [1150.0])
    assert met(wide, cause("arrival", place="upper"), FAR).at_s.tolist() == [300.0]


def test_all_wait_for_the_last_and_any_for_the_first() -> None:
    parts = [
        Met(np.array([10.0, 10.0, NEVER]), np.array([50.0, 50.0, -np.inf])),
        Met(np.array([30.0, NEVER, NEVER]), np.array([40.0, -np.inf, -np.inf])),
    ]
    both, either = together(parts, "all"), together(parts, "any")
    assert both.at_s.tolist() == [30.0, NEVER, NEVER]
    assert both.ends_s.tolist() == [40.0, -np.inf, -np.inf]
    assert either.at_s.tolist() == [10.0, 10.0, NEVER]
    assert either.ends_s.tolist() == [50.0, 50.0, -np.inf]


ALWAYS_MET = Met(np.full(4000, 100.0), np.full(4000, 500.0))


def test_a_link_fires_as_often_as_it_is_likely() -> None:
    fired = np.isfinite(fire(link(0.2, 0.4), ALWAYS_MET, seed=5, horizon_s=FAR).onset_s).mean()
    assert abs(fired - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 4000)


def test_delays_fill_their_range() -> None:
    onset = fire(link(1, 1, (10.0, 20.0)), ALWAYS_MET, seed=5, horizon_s=FAR).onset_s
    assert 110.0 <= onset.min() < 110.1
    assert 119.9 < onset.max() <= 120.0
    assert abs(onset.mean() - 115.0) < 0.3


def test_links_of_other_names_fire_apart_and_one_of_the_same_name_alike() -> None:
    a, b, again = (
        np.isfinite(fire(link(0.5, 0.5, name=name), ALWAYS_MET, seed=5, horizon_s=FAR).onset_s)
        for name in ("a", "b", "a")
    )
    assert (a == again).all()
    assert abs((a & b).mean() - 0.25) < 0.03


@given(
    low=st.floats(0, 1), high=st.floats(0, 1), more=st.floats(0, 1), seed=st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_with_more_probability_the_same_members_fire_and_others(
    low: float, high: float, more: float, seed: int
) -> None:
    low, high = sorted((low, high))
    fewer = np.isfinite(fire(link(low, high), ALWAYS_MET, seed=seed, horizon_s=FAR).onset_s)
    raised = link(low + (1 - low) * more, high + (1 - high) * more)
    assert (np.isfinite(fire(raised, ALWAYS_MET, seed=seed, horizon_s=FAR).onset_s) >= fewer).all()


def test_the_first_of_several_links_counts() -> None:
    early = fire(link(1, 1, (5.0, 5.0)), ALWAYS_MET, seed=1, horizon_s=FAR)
    late = fire(link(1, 1, (9.0, 9.0), "b"), ALWAYS_MET, seed=1, horizon_s=FAR)
    assert set(first([late, early]).at_s) == {105.0}
