"""What is on record, as it grows: the same crossings as from all of it, worked out for what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import STATIONS, at, signal, threshold
from test_crossings import READINGS

import riskshed.measured
from riskshed.crossings import Course, Crossing, crossings
from riskshed.measured import Measured
from riskshed.signals import Signal, sift
from riskshed.thresholds import Thresholds

WATCHED = Thresholds((threshold(), threshold("0.17", level="red", hold_s=3600.0)), STATIONS)


INSTRUMENTS = st.builds(
    lambda one, series, late_h: replace(one, series=series, known_at=one.known_at + timedelta(hours=late_h)),
    READINGS,
    st.sampled_from(["", "sonde"]),
    st.sampled_from([0, 0, 0, 9]),
)
TOLD = st.lists(st.tuples(st.sampled_from("abc"), st.lists(INSTRUMENTS, max_size=3)), max_size=10)


@settings(deadline=None, max_examples=300)
@given(TOLD, st.integers(0, 13), st.booleans(), st.sampled_from([1, 3, 256]))
def test_it_knows_the_same_however_it_grew(
    told: list[tuple[str, list[Signal]]], hours: int, in_order: bool, kept_open: int
) -> None:
    with patch.object(riskshed.measured, "LATE_READINGS", kept_open):
        grows_and_knows(told, hours, in_order)


def grows_and_knows(told: list[tuple[str, list[Signal]]], hours: int, in_order: bool) -> None:
    if in_order:  # as instruments send, so that most of it goes on at the end of a series
        told = sorted(told, key=lambda one: [each.time for each in one[1]])
    grown, known = Measured(), list[Signal]()
    for at_step, (name, signals) in enumerate(told):
        arrived = [*signals, *known[:2]]
        assert grown.sift(arrived) == sift(known, arrived)
        grown.add(name, signals)
        known = list(dict.fromkeys([*known, *signals]))
        if at_step % 3 != 1:
            assert grown.crossings(WATCHED, at(20)) == crossings(WATCHED.rows, known, at(20))
    assert grown.crossings(WATCHED, at(20)) == crossings(WATCHED.rows, known, at(20))
    young = Measured(
        {name: [one for other, several in told if other == name for one in several] for name, _ in told}
    )
    assert young.crossings(WATCHED, at(hours)) == crossings(WATCHED.rows, known, at(hours))
    for key in grown:
        held: dict[str, datetime] = {}
        for one in grown.of(key):
            name = str(grown.statement_of(one))
            held[name] = max(held.get(name, one.known_at), one.known_at)
        assert grown.statements_of(key) == held


def test_only_what_is_new_is_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[float] = []
    looked = 0

    class Counted(Course):
        def extend(self, told: Iterable[Signal]) -> None:
            signals = list(told)
            settled.extend((one.time - at(0)) / timedelta(hours=1) for one in signals)
            super().extend(signals)

        def crossings(self, more: Iterable[Signal] = ()) -> Iterator[Crossing]:
            nonlocal looked
            looked += 1
            return super().crossings(more)

    monkeypatch.setattr(riskshed.measured, "Course", Counted)
    monkeypatch.setattr(riskshed.measured, "LATE_READINGS", 2)
    both = Thresholds((threshold(), threshold(place="zhong")), STATIONS)
    held = Measured({"z": [signal("zhong", 1, "observed", "1")]})
    for hour in range(1, 9):
        held.add(f"s{hour}", [signal("shang", hour, "observed", "1")])
        held.crossings(both, at(20))
        held.crossings(both, at(21))
    assert settled == [1, 2, 3, 4, 5, 6], "each once; the last are kept open"
    assert looked == 8 + 1, "where nothing was added nothing is asked again"
    held.add("late", [signal("shang", 6.5, "observed", "0")])
    (first, second) = [one for one in held.crossings(both, at(20)) if one.threshold.place == "shang"]
    assert (first.until, second.since) == (at(6.5), at(7))
    assert settled[6:] == [], "a little late: no more is gone through again"
    held.add("later", [signal("shang", 2.5, "observed", "0")])
    held.crossings(both, at(20))
    assert settled[6:] == [1, 2, 2.5, 3, 4, 5, 6, 6.5], "very late: the series, and no other"
    held.crossings(Thresholds((threshold(),), STATIONS), at(20))
    assert settled[14:] == settled[6:14], "other thresholds, other crossings"


def test_of_several_statements_the_first_by_id_said_it() -> None:
    one = signal("shang", 1, "observed", "1")
    held = Measured({"b": [one], "a": [one]})
    assert held.statement_of(one) == "a"
    assert held.statement_of(signal("shang", 2, "observed", "1")) is None
    assert held.statements == {"a", "b"}


def test_what_is_known_is_told_by_place_and_quantity() -> None:
    one, other = signal("shang", 1, "observed", "1"), signal("shang", 1, "observed", "1", quantity="flow")
    held = Measured({"a": [one, other]})
    assert held.sift([one]).duplicates == (one,)
    assert held.sift([signal("shang", 1, "observed", "2")]).corrections
    assert list(held) == [("shang", "nitrobenzene", "mg/L"), ("shang", "flow", "mg/L")]
