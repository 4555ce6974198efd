"""What is known when: late, twice, corrected, denied; and none of it hangs on the order of arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal

import cast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import at, signal

from riskshed.signals import HAZARD_CLASS_OF, Signal, known_by, of_reading, sift
from riskshed.vocabulary_fields import HAZARD_CLASSES


def values(signals: tuple[Signal, ...]) -> list[str]:
    return [str(one.value) for one in signals]


def test_nothing_is_known_before_it_arrived() -> None:
    one = signal("shang", 1, "observed", "0.4", known_h=3)
    assert known_by([one], at(2.99)) == ()
    assert known_by([one], at(3)) == (one,)


def test_a_correction_counts_from_when_it_is_known() -> None:
    told = [signal("shang", 1, "observed", "0.4"), signal("shang", 1, "observed", "0.04", known_h=5)]
    assert values(known_by(told, at(4))) == ["0.4"]
    assert values(known_by(told, at(5))) == ["0.04"]


def test_a_repeat_of_what_was_corrected_does_nothing() -> None:
    wrong, right = signal("shang", 1, "observed", "0.4"), signal("shang", 1, "observed", "0.04", known_h=5)
    again = replace(wrong, known_at=at(6))
    assert values(known_by([wrong, right, again], at(7))) == ["0.04"]
    assert sift([wrong, right], [again]).duplicates == (again,)


def test_a_name_of_its_own_makes_the_same_words_a_new_correction() -> None:
    wrong, right = signal("shang", 1, "observed", "0.4"), signal("shang", 1, "observed", "0.04", known_h=5)
    after_all = replace(wrong, known_at=at(6), client_id="third-look")
    assert values(known_by([wrong, right, after_all], at(7))) == ["0.4"]
    assert sift([wrong, right], [after_all]).corrections == (after_all,)


def test_two_that_deny_each_other_at_one_moment_leave_the_value_unknown() -> None:
    told = [signal("shang", 1, "observed", "0.4"), signal("shang", 1, "observed", "0.04")]
    assert values(known_by(told, at(1))) == ["None"]
    settled = signal("shang", 1, "observed", "0.04", known_h=2, client_id="settled")
    assert values(known_by([*told, settled], at(2))) == ["0.04"]


def test_the_same_time_in_another_zone_is_the_same_time() -> None:
    one = signal("shang", 1, "observed", "0.4")
    moved = one.time.astimezone(timezone(timedelta(hours=8)))
    assert replace(one, time=moved).about == one.about


def test_what_arrives_is_told_apart() -> None:
    known = [signal("shang", 5, "observed", "0.4")]
    again, late, fixed, new = (
        signal("shang", 5, "observed", "0.4", known_h=9),
        signal("shang", 3, "observed", "0.2", known_h=9),
        signal("shang", 5, "observed", "0.5", known_h=9),
        signal("shang", 8, "observed", "0.6", known_h=9),
    )
    found = sift(known, [new, fixed, late, again])
    assert found.duplicates == (again,)
    assert found.late == (late,)
    assert found.corrections == (fixed,)
    assert found.fresh == (late, fixed, new)


def test_twice_in_one_sending_is_once() -> None:
    one = signal("shang", 5, "observed", "0.4")
    assert sift((), [one, one]) == ((one,), (one,), (), ())


def test_another_series_is_not_late() -> None:
    known = [signal("shang", 5, "observed", "0.4", series="a")]
    assert sift(known, [signal("shang", 3, "observed", "0.4", series="b")]).late == ()


@pytest.mark.parametrize("word", HAZARD_CLASS_OF)
def test_every_word_for_a_class_is_one_of_the_four_of_the_law(word: str) -> None:
    assert HAZARD_CLASS_OF[word] in HAZARD_CLASSES


def test_a_reading_of_a_case_goes_through_a_signal_unchanged() -> None:
    for one in cast.readings():
        told = of_reading(one, quantity="nitrobenzene", unit="mg/L", hazard_class="accident")
        assert told.reading() == one
        assert told.value is None or isinstance(told.value, Decimal)


SIGNALS = st.builds(
    lambda hours, delay, kind, value, client: signal(
        "shang", hours, kind, value, known_h=hours + delay, client_id=client
    ),
    st.integers(0, 4),
    st.integers(0, 3),
    st.sampled_from(["observed", "at_least"]),
    st.sampled_from(["0.1", "0.2", None]),
    st.sampled_from(["", "a", "b"]),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(SIGNALS, max_size=12), st.randoms(), st.integers(0, 8))
def test_what_is_known_hangs_on_the_set_and_on_nothing_else(told: list[Signal], dice, hours: int) -> None:
    other = [*told, *told[:3]]
    dice.shuffle(other)
    assert known_by(other, at(hours)) == known_by(told, at(hours))


@settings(deadline=None, max_examples=200)
@given(st.lists(SIGNALS, max_size=12), st.randoms())
def test_what_is_left_out_as_a_duplicate_was_not_needed(told: list[Signal], dice) -> None:
    by_arrival = sorted(told, key=lambda one: one.known_at)
    kept: list[Signal] = []
    for moment in sorted({one.known_at for one in by_arrival}):
        arrived = [one for one in by_arrival if one.known_at == moment]
        dice.shuffle(arrived)
        kept += sift(kept, arrived).fresh
    assert [one.found for one in known_by(kept, at(20))] == [one.found for one in known_by(told, at(20))]
