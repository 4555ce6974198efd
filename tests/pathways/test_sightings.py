"""Each kind of reading says what the table says, and no more than its precision allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import numpy as np
import pytest
import spills
from hypothesis import given
from hypothesis import strategies as st

from riskshed.pathways import sightings, tracer
from riskshed.pathways.sightings import Errors, Sighting
from riskshed.pathways.smoother import AT_LEAST, AT_MOST, EQUAL
from riskshed.reading import Reading

HOUR = 3600.0
DETECTION, LIMIT = 0.01, 0.05
ERRORS = Errors(front_s=1 * HOUR, level_s=2 * HOUR, peak_s=3 * HOUR, peak_log=0.25, first_ice_s=4 * HOUR)
ZHONG = 1
seen = spills.seen


def said(*readings: Reading) -> tuple[Sighting, ...]:
    return sightings.of_readings(
        readings,
        rows={"shang": 0, "zhong": ZHONG, "xia": 2},
        released=spills.cast.SPILL,
        detection_mg_per_l=DETECTION,
        limit_mg_per_l=LIMIT,
        errors=ERRORS,
    )


def of(reading: Reading, *others: Reading) -> list[tuple[object, ...]]:
    """What a reading among others says: quantity, bound, hour or value, level."""
    alone = [s for s in said(reading, *others) if s not in said(*others)]
    return [(s.quantity, s.bound, *hour_and_level(s)) for s in alone]


def hour_and_level(sighting: Sighting) -> tuple[object, ...]:
    if sighting.quantity == "first_ice":
        return (sighting.seen / HOUR,)
    if sighting.quantity == "peak":
        return (round(float(np.exp(sighting.seen)), 9),)
    return round(float(np.exp(sighting.seen)) / HOUR, 9), sighting.level_mg_per_l


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("front", None, [("rise", EQUAL, 40.0, DETECTION)]),
        ("first_detected", 0.004, [("rise", EQUAL, 40.0, DETECTION)]),
        ("not_detected", None, [("rise", AT_LEAST, 40.0, DETECTION)]),
        ("not_detected", 0.001, [("rise", AT_LEAST, 40.0, DETECTION)]),
        ("not_detected", 0.03, [("rise", AT_LEAST, 40.0, 0.03)]),
        ("below", 0.02, [("rise", AT_LEAST, 40.0, 0.02)]),
        ("below", 0.0, [("rise", AT_LEAST, 40.0, DETECTION)]),
        ("observed", 0.0, [("rise", AT_LEAST, 40.0, DETECTION)]),
        ("at_least", 0.3, [("rise", AT_MOST, 40.0, 0.3), ("peak", AT_LEAST, 0.3)]),
        ("observed", 0.3, [("rise", AT_MOST, 40.0, 0.3), ("peak", AT_LEAST, 0.3)]),
        ("peak", 0.3, [("peak", EQUAL, 0.3), ("peak_time", EQUAL, 40.0, 0.3)]),
        ("cleared", None, [("fall", AT_MOST, 40.0, LIMIT)]),
        ("first_ice", None, [("first_ice", EQUAL, 40.0)]),
    ],
)
def test_a_reading_alone_says_what_the_table_says(kind: str, value: float | None, wanted: object) -> None:
    assert of(seen("zhong", 40, kind, value)) == wanted


HIGHER = [("observed", 0.4), ("peak", 0.4), ("at_least", 0.4)]


@pytest.mark.parametrize(("kind", "value"), HIGHER)
def test_a_value_before_a_higher_one_is_on_the_rise(kind: str, value: float) -> None:
    told = of(seen("zhong", 40, "observed", 0.3), seen("zhong", 50, kind, value))
    assert told == [("rise", EQUAL, 40.0, 0.3), ("peak", AT_LEAST, 0.3)]


@pytest.mark.parametrize(("kind", "value"), HIGHER)
def test_a_value_after_a_higher_one_is_in_the_fall(kind: str, value: float) -> None:
    told = of(seen("zhong", 40, "observed", 0.3), seen("zhong", 30, kind, value))
    assert told == [("fall", EQUAL, 40.0, 0.3), ("peak", AT_LEAST, 0.3)]


def test_a_value_after_a_higher_one_is_in_the_fall_whatever_comes_later() -> None:
    others = (seen("zhong", 30, "observed", 0.4), seen("zhong", 50, "observed", 0.4))
    assert of(seen("zhong", 40, "observed", 0.3), *others)[0] == ("fall", EQUAL, 40.0, 0.3)


@pytest.mark.parametrize(
    "other",
    [
        seen("zhong", 50, "observed", 0.2),  # lower
        seen("zhong", 50, "observed", 0.3),  # as high
        seen("zhong", 50, "below", 0.4),  # no value that was found
        seen("zhong", 30, "first_detected", 0.4),  # only says that it was found
        seen("xia", 50, "observed", 0.4),  # elsewhere
        seen("zhong", 40, "peak", 0.4),  # at the same time
    ],
)
def test_other_readings_do_not_tell_rise_from_fall(other: Reading) -> None:
    assert of(seen("zhong", 40, "observed", 0.3), other)[0] == ("rise", AT_MOST, 40.0, 0.3)


@pytest.mark.parametrize("hour", [30, 50])
def test_at_least_a_value_is_passed_earlier_whatever_else_was_seen(hour: float) -> None:
    told = of(seen("zhong", 40, "at_least", 0.3), seen("zhong", hour, "observed", 0.4))
    assert told == [("rise", AT_MOST, 40.0, 0.3), ("peak", AT_LEAST, 0.3)]


def test_whether_it_rises_is_decided_by_what_is_handed_in_alone() -> None:
    early, late = seen("zhong", 40, "observed", 0.3), seen("zhong", 50, "observed", 0.4)
    assert said(early)[0].bound == AT_MOST
    assert said(early, late)[0].bound == EQUAL


@pytest.mark.parametrize(
    "found", [("front", None), ("first_detected", None), ("observed", 0.3), ("at_least", 0.3), ("peak", 0.3)]
)
def test_not_detected_after_it_had_been_found_is_the_end(found: tuple[str, float | None]) -> None:
    told = of(seen("zhong", 40, "not_detected"), seen("zhong", 30, *found))
    assert told == [("fall", AT_MOST, 40.0, DETECTION)]


@pytest.mark.parametrize(("before", "wanted"), [(0.03, "fall"), (0.02, "rise"), (0.01, "rise")])
def test_below_is_the_fall_only_after_more_was_seen(before: float, wanted: str) -> None:
    told = of(seen("zhong", 40, "below", 0.02), seen("zhong", 30, "observed", before))
    assert told[0][0] == wanted


def test_a_front_is_not_more_than_a_level_above_detection() -> None:
    told = of(seen("zhong", 40, "below", 0.02), seen("zhong", 30, "front"))
    assert told == [("rise", AT_LEAST, 40.0, 0.02)]


def test_not_detected_before_the_front_stays_a_bound() -> None:
    told = of(seen("zhong", 20, "not_detected"), seen("zhong", 30, "front"))
    assert told == [("rise", AT_LEAST, 20.0, DETECTION)]


@pytest.mark.parametrize("hours", [-30.0, 0.0, 1.0])
@pytest.mark.parametrize("kind", ["not_detected", "front", "first_ice"])
def test_readings_before_the_release_or_in_its_first_hour_say_nothing(hours: float, kind: str) -> None:
    assert said(seen("zhong", hours, kind)) == ()
    assert len(said(seen("zhong", 1.01, kind))) == 1


def test_what_was_high_before_the_release_is_no_rise() -> None:
    assert of(seen("zhong", 40, "observed", 0.3), seen("zhong", -5, "observed", 0.9))[0][0] == "rise"


def test_readings_off_the_river_say_nothing() -> None:
    assert said(seen("pang", 40, "front")) == ()


def test_sightings_keep_the_order_of_the_readings_and_their_sections() -> None:
    told = said(seen("xia", 60, "front"), seen("zhong", 40, "peak", 0.3))
    assert [(s.section, s.quantity) for s in told] == [(2, "rise"), (ZHONG, "peak"), (ZHONG, "peak_time")]


@pytest.mark.parametrize(
    ("kind", "value", "quantity", "error_h"),
    [
        ("front", None, "rise", 1.0),
        ("not_detected", None, "rise", 1.0),
        ("observed", 0.3, "rise", 2.0),
        ("cleared", None, "fall", 2.0),
        ("peak", 0.3, "peak_time", 3.0),
    ],
)
def test_error_of_a_time_is_that_of_the_model(kind: str, value: Any, quantity: str, error_h: float) -> None:
    told = next(s for s in said(seen("zhong", 40, kind, value)) if s.quantity == quantity)
    assert told.deviation == pytest.approx(error_h / 40)  # in logarithms


def test_error_of_a_peak_and_of_the_first_ice() -> None:
    assert said(seen("zhong", 40, "peak", 0.3))[0].deviation == 0.25
    assert said(seen("zhong", 40, "first_ice"))[0].deviation == 4 * HOUR


def test_an_hour_left_open_widens_the_error_by_its_standard_deviation() -> None:
    told = said(seen("zhong", 40, "front", uncertainty_s=6 * HOUR))[0]
    assert told.deviation == pytest.approx(np.sqrt(1 + 6**2 / 3) / 40)
    assert np.exp(told.seen) == pytest.approx(40 * HOUR)


def test_an_open_day_widens_the_error_of_the_first_ice() -> None:
    narrow, wide = (said(seen("zhong", 40, "first_ice", uncertainty_s=u))[0] for u in (0.0, 12 * HOUR))
    assert wide.deviation > narrow.deviation
    assert wide.seen == narrow.seen


@given(st.floats(0.0, 30 * HOUR))
def test_what_is_left_open_loosens_a_bound(uncertainty_s: float) -> None:
    later = said(seen("zhong", 40, "not_detected", uncertainty_s=uncertainty_s))[0]
    earlier = said(seen("zhong", 40, "cleared", uncertainty_s=uncertainty_s))[0]
    assert np.exp(later.seen) == pytest.approx(40 * HOUR - uncertainty_s)
    assert np.exp(earlier.seen) == pytest.approx(40 * HOUR + uncertainty_s)


def test_a_bound_loosened_beyond_the_release_is_an_hour_after_it() -> None:
    told = said(seen("zhong", 2, "not_detected", uncertainty_s=50 * HOUR))[0]
    assert np.exp(told.seen) == pytest.approx(sightings.SOONEST_S)
    assert np.isfinite(told.deviation)


def test_times_are_counted_from_the_release_in_any_zone() -> None:
    reading = seen("zhong", 40, "front")
    there = reading.time.astimezone(timezone(timedelta(hours=8)))
    assert said(replace(reading, time=there)) == said(reading)


def triangle() -> tuple[tracer.Curves, tracer.Draw]:
    """Zhong sees 0 2 4 2 0 mg/L at 10, 11, ... 14 h, and half of it; the first ice at 5 and 6 h."""
    curve = np.array([0.0, 2.0, 4.0, 2.0, 0.0])
    values = np.zeros((2, 5, 2))
    values[ZHONG] = np.stack([curve, curve / 2], axis=1)
    start = np.full((2, 2), 10 * HOUR)
    curves = tracer.Curves(start, np.full(2, HOUR), values, start, start)
    return curves, spills.draw(4, 2, ice_onset_s=[5 * HOUR, 6 * HOUR])


@pytest.mark.parametrize(
    ("quantity", "level", "wanted"),
    [
        ("rise", 1.0, [10.5, 11.0]),
        ("fall", 1.0, [13.5, 13.0]),
        ("rise", 3.0, [11.5, 11.9]),
        ("peak_time", 1.0, [12.0, 12.0]),
    ],
)
def test_member_shows_the_logarithm_of_its_time(quantity: Any, level: float, wanted: list[float]) -> None:
    told = Sighting(ZHONG, quantity, EQUAL, 0.0, 1.0, level).predicted(*triangle())
    assert np.exp(told) / HOUR == pytest.approx(wanted)


def test_a_member_that_is_passed_in_the_first_hour_shows_that_hour() -> None:
    curves, draw = triangle()
    early = replace(curves, start_s=curves.start_s - 13 * HOUR)
    told = Sighting(ZHONG, "rise", EQUAL, 0.0, 1.0, 1.0).predicted(early, draw)
    assert np.exp(told) == pytest.approx(sightings.SOONEST_S)


def test_member_shows_the_logarithm_of_its_peak_and_its_first_ice() -> None:
    peak = Sighting(ZHONG, "peak", EQUAL, 0.0, 1.0).predicted(*triangle())
    assert np.exp(peak) == pytest.approx([4.0, 2.0])
    ice = Sighting(ZHONG, "first_ice", EQUAL, 0.0, 1.0).predicted(*triangle())
    assert ice.tolist() == [5 * HOUR, 6 * HOUR]


@pytest.mark.parametrize("quantity", ["rise", "fall", "peak", "peak_time"])
def test_a_member_without_a_cloud_still_shows_a_finite_number(quantity: Any) -> None:
    assert np.isfinite(Sighting(0, quantity, EQUAL, 0.0, 1.0, 1.0).predicted(*triangle())).all()
