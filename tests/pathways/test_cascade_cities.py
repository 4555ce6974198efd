"""Stages that reach a city, taken together: the first, how many at once, for how long, how many people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from footprints import NEVER, PLACES, UNKNOWN
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.pathways.cascade_cities import Together

SPAN = st.one_of(
    st.just((NEVER, NEVER)),
    st.tuples(st.integers(0, 20), st.integers(0, 10)).map(lambda s: (float(s[0]), float(sum(s)))),
    st.integers(0, 20).map(lambda start: (float(start), NEVER)),
)


def together(spans: list[tuple[float, float]], people: list[float] | None = None) -> Together:
    """One city and one member, with an interval of each stage."""
    starts, ends = (np.array([[[end]] for end in side]) for side in zip(*spans, strict=True))
    exposed = np.zeros(starts.shape) if people is None else np.array([[[n]] for n in people])
    return Together(PLACES[:1], starts, ends, exposed)


@given(st.lists(SPAN, min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_at_once_and_under_way_are_what_counting_gives(spans: list[tuple[float, float]]) -> None:
    found = together(spans)
    peak, peak_s = found.at_once()
    moments = np.arange(0.0, 31.0, 0.25)
    counts = np.array([sum(a <= t <= b for a, b in spans) for t in moments])
    assert peak[0, 0] == counts.max()
    assert np.isnan(peak_s[0, 0]) if counts.max() == 0 else peak_s[0, 0] == moments[counts.argmax()]
    # Between whole hours nothing changes, so the middle of each tells whether anything is under way in it.
    middles = np.arange(0.5, 31.0)
    hours = sum(any(a <= t <= b for a, b in spans) for t in middles)
    endless = any(np.isfinite(a) and b == NEVER for a, b in spans)
    assert found.under_way_s()[0, 0] == (NEVER if endless else hours)


def test_people_are_those_of_the_stage_with_the_most() -> None:
    people, bound = together([(0.0, 1.0), (2.0, 3.0)], [300.0, 1000.0]).exposed()
    assert people.tolist() == [[1000.0]]
    assert bound == (PLACES[0].id,)


def test_a_city_is_unknown_where_a_stage_is_silent_and_no_other_reaches_it() -> None:
    never, reached = together([(NEVER, NEVER)] * 2), together([(NEVER, NEVER), (2.0, 3.0)])
    silent = frozenset([PLACES[0].id])
    assert replace(never, unheard=silent).unknown() == (PLACES[0].id,)
    assert never.unknown() == replace(reached, unheard=silent).unknown() == ()


def test_one_stage_alone_is_no_lower_bound() -> None:
    people, bound = together([(0.0, 1.0), (NEVER, NEVER)], [300.0, 0.0]).exposed()
    assert (people.tolist(), bound) == ([[300.0]], ())


def test_unknown_beside_known_is_a_lower_bound_and_beside_nobody_unknown() -> None:
    people, bound = together([(0.0, 1.0), (2.0, 3.0)], [300.0, UNKNOWN]).exposed()
    assert (people.tolist(), bound) == ([[300.0]], (PLACES[0].id,))
    alone, none = together([(0.0, 1.0), (2.0, 3.0)], [0.0, UNKNOWN]).exposed()
    assert np.isnan(alone).all()
    assert none == ()


def test_curves_count_what_is_under_way() -> None:
    curves = together([(0.0, 60.0), (30.0, 120.0)]).series(120.0)
    median = curves.values[0, 2]
    assert [median[curves.time_s.tolist().index(t)] for t in (0.0, 29.0, 45.0, 61.0, 120.0)] == [
        1,
        1,
        2,
        1,
        1,
    ]
