"""A footprint keeps apart whether and when, never and unknown, few and enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from footprints import CHINA, NEVER, ORIGIN, PLACES, UNKNOWN, equivalent, footprint, full_footprint
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from riskshed.footprint import PEOPLE_LOWER_BOUND, Caveat, Footprint, Place, Series

SECONDS = st.floats(0, 1e7) | st.just(NEVER)
ARRIVALS = st.integers(1, 30).flatmap(lambda members: hnp.arrays(float, (4, members), elements=SECONDS))
SHARE = st.floats(0, 1)


@given(ARRIVALS)
def test_probability_is_the_share_of_members_that_arrive(arrival_s: np.ndarray) -> None:
    probability = footprint(arrival_s).probability()
    assert ((probability >= 0) & (probability <= 1)).all()
    assert (probability == np.isfinite(arrival_s).mean(axis=1)).all()


@given(ARRIVALS, SHARE, SHARE)
def test_quantiles_of_arrival_rise(arrival_s: np.ndarray, one: float, two: float) -> None:
    spill = footprint(arrival_s)
    low, high = (spill.arrival_quantile_s(q) for q in sorted((one, two)))
    assert (np.isnan(low) == np.isnan(high)).all()
    assert (low[~np.isnan(low)] <= high[~np.isnan(high)]).all()


@given(ARRIVALS, SHARE)
def test_quantiles_of_arrival_are_over_the_arriving_members_alone(arrival_s: np.ndarray, q: float) -> None:
    spill = footprint(arrival_s)
    wanted = [np.quantile(row[np.isfinite(row)], q) for row in arrival_s if np.isfinite(row).sum() >= 5]
    given_enough = spill.arrivals() >= 5
    np.testing.assert_allclose(spill.arrival_quantile_s(q)[given_enough], wanted, rtol=1e-12, atol=1e-9)


@given(ARRIVALS, st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_matter(arrival_s: np.ndarray, random: Any) -> None:
    order = list(range(arrival_s.shape[1]))
    random.shuffle(order)
    one = footprint(arrival_s)
    arrays = ("arrival_s", "peak", "peak_s", "duration_s", "exposed_people")
    two = replace(one, **{name: getattr(one, name)[:, order] for name in arrays})
    for quantile in ("arrival_quantile_s", "peak_quantile", "duration_quantile_s", "exposed_quantile"):
        np.testing.assert_array_equal(getattr(one, quantile)(0.3), getattr(two, quantile)(0.3))
    assert one.situation() == two.situation()


@given(ARRIVALS)
def test_a_city_is_reached_when_the_first_of_its_sections_is(arrival_s: np.ndarray) -> None:
    city = footprint(arrival_s).by_city()
    np.testing.assert_array_equal(city.arrival_s[1], arrival_s[1:3].min(axis=0))
    np.testing.assert_array_equal(city.arrival_s[[0, 2]], arrival_s[[0, 3]])


def test_two_arrivals_of_eight_are_too_few_for_a_quantile() -> None:
    spill = footprint()
    assert spill.outcomes() == ("given", "given", "given", "too_few")
    assert np.isnan(spill.arrival_quantile_s(0.5)[3])
    assert spill.probability()[3] == 0.25


def test_a_single_member_has_its_own_time_as_quantile() -> None:
    spill = footprint(np.array([[0.0], [10.0], [20.0], [NEVER]]))
    np.testing.assert_array_equal(spill.arrival_quantile_s(0.95), [0, 10, 20, np.nan])


@pytest.mark.parametrize(("horizon_s", "said"), [(None, "never"), (1000.0, "not_within_horizon")])
def test_a_forecast_that_ends_does_not_say_never(horizon_s: float | None, said: str) -> None:
    spill = footprint(np.full((4, 6), NEVER), horizon_s=horizon_s)
    assert spill.outcomes() == (said,) * 4


def test_an_endless_duration_stays_endless_and_not_unknown() -> None:
    duration_s = np.full((4, 8), 5.0)
    duration_s[0, 4:] = np.inf
    spill = footprint(duration_s=duration_s)
    assert spill.duration_quantile_s(0.25)[0] == 5
    assert spill.duration_quantile_s(0.9)[0] == np.inf


def test_members_that_miss_do_not_shorten_the_duration() -> None:
    spill = footprint(np.array([[0.0] * 5 + [NEVER] * 5] * 4))
    np.testing.assert_array_equal(spill.duration_quantile_s(0.05), 3600)


def test_members_that_miss_count_for_the_peak() -> None:
    assert footprint().peak_quantile(0.5)[3] == pytest.approx(0.001)


def test_unknown_people_stay_unknown() -> None:
    np.testing.assert_array_equal(footprint().exposed_quantile(0.5), [1000, 3000, np.nan, 0])


def test_people_unknown_in_some_members_have_no_quantile() -> None:
    people = np.full((4, 8), 10.0)
    people[1, 0] = UNKNOWN
    np.testing.assert_array_equal(
        footprint(exposed_people=people).exposed_quantile(0.1), [10, np.nan, 10, 10]
    )


def test_a_total_without_the_unknown_is_a_lower_bound() -> None:
    assert footprint().exposed_total() == (4000.0, True)


def test_a_total_stays_a_lower_bound_by_city() -> None:
    assert footprint().by_city().exposed_total() == (4000.0, True)


def test_a_total_of_nothing_but_unknown_is_unknown() -> None:
    people, lower_bound = footprint(exposed_people=np.full((4, 8), UNKNOWN)).exposed_total()
    assert np.isnan(people)
    assert lower_bound


def test_a_total_of_known_people_is_no_lower_bound() -> None:
    assert footprint(exposed_people=np.full((4, 8), 2.0)).exposed_total(0.5) == (8.0, False)


def test_people_of_the_sections_of_a_city_add_up() -> None:
    city = footprint(exposed_people=np.full((4, 8), 2.0)).by_city()
    np.testing.assert_array_equal(city.exposed_people[:, 0], [2, 4, 2])
    assert city.caveats == ()


def test_a_city_with_an_unknown_section_carries_the_lower_bound() -> None:
    city = footprint().by_city()
    assert [(c.code, c.places) for c in city.caveats] == [(PEOPLE_LOWER_BOUND, ("B",))]
    np.testing.assert_array_equal(city.exposed_quantile(0.5), [1000, 3000, 0])


def test_a_city_whose_people_are_all_unknown_has_no_lower_bound() -> None:
    people = np.zeros((4, 8))
    people[3, :4] = UNKNOWN
    city = footprint(exposed_people=people).by_city()
    assert city.caveats == ()
    assert np.isnan(city.exposed_quantile(0.5)[2])


def test_unknown_beside_nobody_is_unknown_in_the_city() -> None:
    people = np.zeros((4, 8))
    people[2] = UNKNOWN
    city = footprint(exposed_people=people).by_city()
    assert np.isnan(city.exposed_people[1]).all()


def unreached(*unknown: str) -> Footprint:
    """Nobody arrives at the two sections of B and at C; of some of these places nothing is known."""
    arrival_s = footprint().arrival_s.copy()
    arrival_s[1:] = NEVER
    return footprint(arrival_s, unknown=unknown)


def test_a_place_of_which_nothing_is_known_has_no_probability() -> None:
    section = PLACES[1].id
    told = unreached(section)
    np.testing.assert_array_equal(told.probability()[1:], [np.nan, 0.0, 0.0])
    assert told.outcomes()[1:] == ("unknown", "never", "never")


def test_a_city_is_unknown_where_a_section_is_and_no_other_is_reached() -> None:
    city = unreached(PLACES[1].id).by_city()
    assert city.unknown == ("B",)
    np.testing.assert_array_equal(city.probability()[1:], [np.nan, 0.0])
    beside = footprint(
        np.where(np.arange(4)[:, None] == 1, NEVER, footprint().arrival_s), unknown=(PLACES[1].id,)
    )
    assert beside.by_city().unknown == ()
    assert beside.by_city().probability()[1] > 0


def test_a_city_has_the_highest_peak_and_its_time() -> None:
    peak = np.array([[0.0] * 5, [1, 1, 1, 5, 1], [2, 2, 0, 2, 2], [0.0] * 5])
    peak_s = np.arange(20.0).reshape(4, 5)
    city = footprint(np.ones((4, 5)), peak=peak, peak_s=peak_s).by_city()
    np.testing.assert_array_equal(city.peak[1], [2, 2, 1, 5, 2])
    np.testing.assert_array_equal(city.peak_s[1], [10, 11, 7, 8, 14])


def test_the_curve_of_a_city_is_that_of_its_first_section() -> None:
    spill = full_footprint()
    city = spill.by_city()
    assert spill.series is not None
    assert city.series is not None
    np.testing.assert_array_equal(city.series.values, spill.series.values[[0, 1, 3]])


def test_a_caveat_of_a_section_becomes_one_of_its_city() -> None:
    caveats = full_footprint().by_city().caveats
    assert [c.places for c in caveats if c.code.startswith("river")] == [("B",), ()]


def test_a_city_takes_its_name_and_point_from_the_region() -> None:
    @dataclass(frozen=True)
    class City:
        code: str = "B"
        name_zh: str = "中市"
        name_en: str = "Middle"
        lat: float | None = 45.0
        lon: float | None = 126.0

    place = footprint().by_city([City()]).places[1]
    assert place == Place("B", "B", "中市", "Middle", 45.0, 126.0, 3000.0)


def test_folding_twice_changes_nothing_more() -> None:
    city = full_footprint(exposed_people=np.full((4, 8), 2.0)).by_city()
    assert equivalent(city.by_city(), city)


@pytest.mark.parametrize(
    ("hazard", "reached", "number"),
    [
        (("A", "B"), "ABC", 1),
        (("A", "B"), "", 1),
        (("A",), "ABC", 2),
        (("A",), "BC", 2),
        (("A",), "C", 3),
        ((), "C", 3),
        ((), "BC", 3),
        (("A",), "A", None),
        (("A",), "", None),
    ],
)
def test_situation_follows_from_hazard_and_exposed(
    hazard: tuple[str, ...], reached: str, number: int | None
) -> None:
    arrival_s = [[1.0 if place.city in reached else NEVER] * 5 for place in PLACES]
    situation = footprint(arrival_s, hazard_cities=hazard).situation()
    assert situation.number == number
    assert situation.exposed_cities == tuple(reached)


def test_a_city_below_the_bound_is_not_exposed() -> None:
    spill = footprint()
    assert spill.exposed_cities(0.25) == ("A", "B", "C")
    assert spill.exposed_cities(0.26) == ("A", "B")


def test_sections_that_miss_in_turn_expose_their_city_together() -> None:
    rows = [[NEVER] * 4, [1.0, 1.0, NEVER, NEVER], [NEVER, NEVER, 1.0, 1.0], [NEVER] * 4]
    assert footprint(rows).exposed_cities(1.0) == ("B",)


def test_people_exposed_without_an_arrival_expose_their_city() -> None:
    people = np.zeros((4, 8))
    people[3] = 10
    assert "C" in footprint(exposed_people=people).exposed_cities(1.0)


def test_situation_is_told_in_both_languages() -> None:
    situation = footprint().situation()
    assert situation.text_en == "the hazard is in one city, the exposed are in several"
    assert situation.text_zh == "致灾体在一市\N{FULLWIDTH COMMA}受害者在多市"


def test_moment_is_counted_from_the_origin_in_its_zone() -> None:
    assert footprint().moment(90.0) == ORIGIN + timedelta(seconds=90)
    assert [footprint().moment(seconds) for seconds in (NEVER, UNKNOWN, 1e300)] == [None] * 3


def test_arrays_cannot_be_changed_by_mistake() -> None:
    with pytest.raises(ValueError, match="read-only"):
        footprint().arrival_s[0, 0] = 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"arrival_s": np.full((4, 8), np.nan)}, "never is infinity"),
        ({"arrival_s": np.full((4, 8), -np.inf)}, "minus infinity"),
        ({"arrival_s": np.zeros(4)}, "want \\(city, member\\)"),
        ({"arrival_s": np.zeros((3, 8))}, "3 rows for 4 places"),
        ({"arrival_s": np.zeros((4, 0))}, "at least one member"),
        ({"peak": np.full((4, 8), -1.0)}, "peak is finite"),
        ({"peak": np.full((4, 8), np.nan)}, "peak is finite"),
        ({"peak": np.zeros((4, 7))}, "peak is not"),
        ({"peak_s": np.full((4, 8), np.inf)}, "peak_s is finite"),
        ({"duration_s": np.full((4, 8), -1.0)}, "duration_s is >= 0"),
        ({"exposed_people": np.full((4, 8), -1.0)}, "exposed_people"),
        ({"horizon_s": 100.0}, "after the horizon"),
        ({"unknown": ("nowhere",)}, "not all places"),
        ({"unknown": (PLACES[0].id,)}, "nothing is known"),
        ({"threshold": np.nan}, "threshold"),
        ({"origin": datetime(2005, 11, 13)}, "no time zone"),  # noqa: DTZ001 (the fault under test)
        ({"known_at": datetime(2099, 1, 1, tzinfo=CHINA)}, "nothing that came after"),
        ({"places": (PLACES[0],) * 4}, "unique"),
        ({"caveats": (Caveat("a", "b", "c", ("nowhere",)),)}, "not all places"),
        ({"series": Series(np.array([0.5]), np.array([0.0]), np.zeros((3, 1, 1)))}, "one row for each"),
    ],
)
def test_a_footprint_that_contradicts_itself_stops_the_program(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        replace(footprint(), **changes)


@pytest.mark.parametrize(
    ("quantiles", "time_s", "shape"),
    [
        ([0.5, 0.1], [0.0], (1, 2, 1)),
        ([0.5], [1.0, 1.0], (1, 1, 2)),
        ([1.5], [0.0], (1, 1, 1)),
        ([0.5], [0.0], (1, 2, 1)),
    ],
)
def test_a_curve_that_is_out_of_order_stops_the_program(
    quantiles: list[float], time_s: list[float], shape: tuple[int, ...]
) -> None:
    with pytest.raises(AssertionError):
        Series(np.array(quantiles), np.array(time_s), np.zeros(shape))


@settings(max_examples=20)
@given(st.floats(-1e9, 0, exclude_max=True) | st.floats(1, 1e9, exclude_min=True))
def test_a_quantile_outside_of_0_to_1_stops_the_program(q: float) -> None:
    with pytest.raises(AssertionError, match="q is"):
        footprint().arrival_quantile_s(q)


def test_the_shape_of_a_footprint_is_its_places_and_members() -> None:
    spill: Footprint = footprint()
    assert (spill.ids, spill.members) == (tuple(place.id for place in PLACES), 8)
