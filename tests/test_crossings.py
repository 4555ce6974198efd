"""Crossings: from which readings, since when; unknown never crosses and never clears."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import STATIONS, at, signal, threshold

from riskshed.crossings import Crossing, crosses, crossings, verdict
from riskshed.reading import KINDS
from riskshed.signals import Signal
from riskshed.thresholds import Thresholds


def found(*told: Signal, hours: float = 100, **more: Any) -> list[tuple[float, float | None]]:
    """Begin and end of each crossing, in hours after the spill."""
    return [hours_of(one) for one in crossings([threshold(**more)], told, at(hours))]


def hours_of(one: Crossing) -> tuple[float, float | None]:
    until = None if one.until is None else (one.until - at(0)).total_seconds() / 3600
    return ((one.since - at(0)).total_seconds() / 3600, until)


def seen(*told: tuple[float, str | None]) -> list[Signal]:
    return [signal("shang", hours, "observed", value) for hours, value in told]


def test_a_value_at_the_threshold_crosses_it() -> None:
    assert found(*seen((1, "0.0169"), (2, "0.017"))) == [(2, None)]


def test_it_ends_below_the_hysteresis_and_not_before() -> None:
    told = seen((1, "0.02"), (2, "0.013"), (3, "0.0119"))
    assert found(*told, hysteresis=Decimal("0.005")) == [(1, 3)]
    assert found(*told[:2], hysteresis=Decimal("0.005")) == [(1, None)]
    assert found(*told) == [(1, 2)]


def test_unknown_neither_crosses_nor_clears() -> None:
    unknown = signal("shang", 2, "first_detected", None)
    assert found(unknown) == []
    assert found(*seen((1, "0.02")), unknown, signal("shang", 3, "not_detected", None)) == [(1, None)]


def test_where_being_found_is_enough_a_sighting_without_value_crosses() -> None:
    told = [signal("shang", 2, "first_detected", None), signal("shang", 9, "not_detected", None)]
    assert [hours_of(one) for one in crossings([threshold(None, detected=True)], told, at(99))] == [(2, 9)]


def test_it_counts_once_it_lasted() -> None:
    told = seen((1, "0.02"), (2, "0.03"))
    assert found(*told, hold_s=7200.0) == []
    assert found(*told, *seen((3, "0.03")), hold_s=7200.0) == [(1, None)]
    assert found(*told, *seen((2.5, "0.001"), (3, "0.03")), hold_s=7200.0) == []


def test_when_it_could_be_known_is_when_the_last_reading_that_shows_it_arrived() -> None:
    told = [
        signal("shang", 1, "observed", "0.02", known_h=6),
        signal("shang", 3, "observed", "0.02", known_h=4),
    ]
    (one,) = crossings([threshold(hold_s=7200.0)], told, at(9))
    assert one.found == at(6)
    (one,) = crossings([threshold()], told, at(5))
    assert (one.since, one.found) == (at(3), at(4))


def test_nothing_is_crossed_by_what_is_not_known_yet() -> None:
    assert found(signal("shang", 1, "observed", "0.4", known_h=5), hours=4) == []


def test_a_correction_takes_a_crossing_back() -> None:
    told = [*seen((1, "0.4")), signal("shang", 1, "observed", "0.004", known_h=3)]
    assert found(*told, hours=2) == [(1, None)]
    assert found(*told, hours=3) == []


def test_a_late_reading_does_not_begin_again_what_has_ended() -> None:
    told = [*seen((1, "0.02"), (5, "0.001")), signal("shang", 3, "observed", "0.4", known_h=8)]
    assert found(*told) == [(1, 5)]


def test_a_crossing_that_is_only_seen_late_is_past() -> None:
    told = [*seen((5, "0.001")), signal("shang", 3, "observed", "0.4", known_h=8)]
    assert found(*told) == [(3, 5)]


def test_what_one_series_shows_another_does_not_clear() -> None:
    told = [
        signal("shang", 1, "observed", "0.4", series="a"),
        signal("shang", 2, "observed", "0", series="b"),
    ]
    assert found(*told) == [(1, None)]


def test_a_reading_of_another_class_or_hazard_bears_on_nothing() -> None:
    assert found(signal("shang", 1, "observed", "1", hazard_class="public_health")) == []
    assert found(signal("shang", 1, "observed", "1", hazard="aniline"), hazard="nitrobenzene") == []
    assert found(signal("shang", 1, "observed", "1", hazard="aniline"), hazard="aniline") == [(1, None)]


def test_what_was_only_seen_by_somebody_is_unconfirmed() -> None:
    (one,) = crossings([threshold()], [signal("shang", 1, "observed", "1", confirmed=False)], at(2))
    assert not one.confirmed
    assert one.extreme.value == 1


def test_of_two_of_one_time_the_graver_has_the_last_word() -> None:
    told = [signal("shang", 1, "observed", "0.4"), signal("shang", 1, "below", "0.001")]
    assert found(*told) == [(1, None)]


# kind, upwards over and under the value, downwards over and under it
TABLE = {
    "observed": ("crosses", "clears", "clears", "crosses"),
    "peak": ("crosses", "clears", "clears", "crosses"),
    "at_least": ("crosses", None, "clears", None),
    "first_detected": ("crosses", None, "clears", None),
    "front": ("crosses", None, "clears", None),
    "below": (None, "clears", None, "crosses"),
    "not_detected": (None, "clears", None, "crosses"),
    "cleared": ("clears", "clears", "clears", "clears"),
    "first_ice": (None, None, None, None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_shows_what_the_table_says(kind: str) -> None:
    got = tuple(
        verdict(threshold("5", direction=direction), signal("shang", 1, kind, value))
        for direction in ("above", "below")
        for value in ("6", "4")
    )
    assert got == TABLE[kind]


def test_a_reading_crosses_where_one_of_the_thresholds_of_its_place_says_so() -> None:
    watched = Thresholds(
        (threshold("0.17", level="red"), threshold(), threshold(place="zhong")), STATIONS
    ).watched
    assert len(watched["shang", "nitrobenzene", "mg/L"]) == 2
    assert crosses(watched, signal("shang", 1, "observed", "0.02"))
    assert not crosses(watched, signal("shang", 1, "observed", "0.001"))
    assert not crosses(watched, signal("shang", 1, "observed", "0.02", quantity="flow"))
    assert not crosses(watched, signal("shang", 1, "observed", "0.02", hazard_class="natural_disaster"))


READINGS = st.builds(
    lambda hours, delay, kind, value: signal("shang", hours, kind, value, known_h=hours + delay),
    st.integers(0, 8),
    st.sampled_from([0, 1, 5]),
    st.sampled_from(["observed", "below", "cleared", "at_least"]),
    st.sampled_from(["0.001", "0.02", "0.4", None]),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(READINGS, max_size=10), st.randoms(), st.integers(0, 13))
def test_crossings_hang_on_the_set_of_what_is_known(told: list[Signal], dice, hours: int) -> None:
    ladder = [threshold(), threshold("0.17", level="red", hold_s=3600.0)]
    other = [*told, *told[:4]]
    dice.shuffle(other)
    later = [replace(one, known_at=at(hours + 1)) for one in told if one.time <= at(hours)]
    assert crossings(ladder, [*other, *later], at(hours)) == crossings(ladder, told, at(hours))


@settings(deadline=None, max_examples=200)
@given(st.lists(READINGS, max_size=10))
def test_each_crossing_is_shown_by_a_reading_and_ended_by_another(told: list[Signal]) -> None:
    for one in crossings([threshold()], told, at(50)):
        assert all(verdict(one.threshold, each) == "crosses" for each in one.readings)
        assert one.until is None or one.until >= one.last
        assert one.found >= one.readings[0].known_at
