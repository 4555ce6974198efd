"""What is on record, as it grows: the same crossings as from all of it, worked out for what is new."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import STATIONS, at, signal, threshold
from test_crossings import READINGS

import riskshed.measured
from riskshed.crossings import crossings
from riskshed.measured import Measured
from riskshed.signals import Signal
from riskshed.thresholds import Thresholds

WATCHED = Thresholds((threshold(), threshold("0.17", level="red", hold_s=3600.0)), STATIONS)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from("abc"), READINGS), max_size=12), st.integers(0, 13))
def test_it_knows_the_same_crossings_however_it_grew(told: list[tuple[str, Signal]], hours: int) -> None:
    grown = Measured()
    for at_step, (name, one) in enumerate(told):
        grown.add(name, [one])
        if at_step % 3 == 0:
            grown.crossings(WATCHED, at(hours))
    signals = [one for _, one in told]
    assert grown.crossings(WATCHED, at(hours)) == crossings(WATCHED.rows, signals, at(hours))
    assert grown.crossings(WATCHED, at(50)) == crossings(WATCHED.rows, signals, at(50))


def test_only_what_is_new_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(rows, told, now):
        asked.append(rows[0].place)
        return crossings(rows, told, now)

    monkeypatch.setattr(riskshed.measured, "crossings", counted)
    both = Thresholds((threshold(), threshold(place="zhong")), STATIONS)
    held = Measured({"a": [signal("shang", 1, "observed", "1")], "b": [signal("zhong", 1, "observed", "1")]})
    held.crossings(both, at(2))
    held.crossings(both, at(3))
    assert asked == ["shang", "zhong"]
    held.add("c", [signal("zhong", 2, "observed", "0")])
    held.crossings(both, at(3))
    assert asked == ["shang", "zhong", "zhong"]
    held.crossings(Thresholds((threshold(),), STATIONS), at(3))
    assert asked[3:] == ["shang"], "other thresholds, other crossings"


def test_of_several_statements_the_first_by_id_said_it() -> None:
    one = signal("shang", 1, "observed", "1")
    held = Measured({"b": [one], "a": [one]})
    assert held.statement_of(one) == "a"
    assert held.statement_of(signal("shang", 2, "observed", "1")) is None
    assert held.statements == {"a", "b"}


def test_what_is_alike_is_of_the_same_place_and_quantity() -> None:
    one, other = signal("shang", 1, "observed", "1"), signal("shang", 1, "observed", "1", quantity="flow")
    held = Measured({"a": [one, other]})
    assert list(held.alike([signal("shang", 9, "observed", "2")])) == [one]
    assert list(held) == [("shang", "nitrobenzene", "mg/L"), ("shang", "flow", "mg/L")]
