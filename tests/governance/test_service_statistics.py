"""Statistics of the service desk: they equal a plain recount, and what is too few is said to be."""

from __future__ import annotations

from datetime import timedelta
from math import inf
from typing import Any

import pytest
from cast import SHANG, ZHONG
from governance.acts import BASIN, PLANT, PROVINCE, at, stand, withdrew
from governance.test_service import GROUND, TERMS, WATER, WORDS, asked, rated, routed, told, up
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from riskshed.governance import service_statistics as statistics
from riskshed.governance.service_statistics import DepartmentStatistics
from riskshed.governance.terms import Terms
from riskshed.statement import Statement


def count(*said: Any, hours: float = 500.0, terms: Terms = TERMS) -> dict[str, DepartmentStatistics]:
    held = stand(GROUND, *said, hours=hours)
    return {one.body: one for one in statistics.of_departments(held, terms)}


def answered(start: float, takes: float, **more: Any) -> list[Statement]:
    """A question of Water at a time that was answered after so many hours."""
    question = asked(start)
    return [question, routed(question, start), told(question, start + takes, **more)]


def unanswered(start: float) -> list[Statement]:
    question = asked(start)
    return [question, routed(question, start)]


def test_nobody_is_asked_and_nobody_is_counted() -> None:
    assert count() == {}


def test_answer_in_time_late_and_none_are_told_apart() -> None:
    found = count(answered(1, 0.5), answered(10, 3.0), unanswered(20), hours=30)[WATER]
    assert (found.asked, found.counted, found.answered, found.in_time, found.open) == (3, 3, 2, 1, 0)


def test_question_within_its_time_is_open_and_counts_nowhere_else() -> None:
    found = count(answered(1, 0.5), unanswered(20), hours=20.5)[WATER]
    assert (found.asked, found.open, found.counted) == (2, 1, 1)


def test_few_give_no_quantile_and_no_share() -> None:
    said = [answered(10 * n, 0.5) for n in range(4)]
    found = count(*said)[WATER]
    assert (found.median_h, found.upper_h, found.solved, found.score) == (None, None, None, None)
    assert count(*said, answered(50, 0.25))[WATER].median_h == pytest.approx(0.5)


def test_questions_without_an_answer_are_not_hidden_by_the_quick_ones() -> None:
    quick, none = [answered(10 * n, 0.1) for n in range(4)], [unanswered(100 + n) for n in range(6)]
    found = count(*quick, *none)[WATER]
    assert (found.median_h, found.upper_h) == (inf, inf)
    assert found.to_json()["median_h"] == "not answered"
    assert count(*quick, *[answered(60 + 9 * n, 0.2) for n in range(6)])[WATER].upper_h == pytest.approx(0.2)


def test_question_that_was_given_away_or_taken_back_in_time_counts_for_nobody_who_gave_it() -> None:
    on, back = asked(1.0), asked(5.0)
    said = [
        *(on, routed(on, 1.0), routed(on, 1.5, by=WATER, to=ZHONG, reason=WORDS), told(on, 1.9, by=ZHONG)),
        *(back, routed(back, 5.0), withdrew(back, 5.5)),
    ]
    found = count(said)
    assert (found[WATER].given_away, found[WATER].withdrawn, found[WATER].counted) == (1, 1, 0)
    assert (found[ZHONG].answered, found[ZHONG].in_time) == (1, 1)


def test_of_two_ways_in_which_a_question_ended_the_first_is_told() -> None:
    question = asked(1)
    said = [question, routed(question, 1), up(question, 1.2, of=WATER, by=WATER, cause="outside_power")]
    for back, state in ((1.5, "given_away"), (1.1, "withdrawn")):
        held = count(*said, withdrew(question, back), hours=30)[WATER]
        assert (held.given_away, held.withdrawn) == ((1, 0) if state == "given_away" else (0, 1)), state


def test_question_taken_back_after_its_time_was_not_answered_in_time() -> None:
    back = asked(5.0)
    found = count(back, routed(back, 5.0), withdrew(back, 9.0))[WATER]
    assert (found.withdrawn, found.counted, found.answered) == (0, 1, 0)


def test_question_that_climbed_counts_for_each_whose_time_ran() -> None:
    question = asked(1.0)
    climb = [up(question, 2.1), up(question, 3.2, of=PROVINCE, to=BASIN)]
    found = count(question, routed(question, 1.0), climb, told(question, 3.5, by=BASIN))
    assert {body: (one.handed_up, one.answered) for body, one in found.items()} == {
        WATER: (1, 0),
        PROVINCE: (1, 0),
        BASIN: (0, 1),
    }
    own = asked(1.0)
    found = count(own, routed(own, 1.0), up(own, 1.5, cause="no_capacity"))
    assert (found[WATER].handed_up, found[WATER].given_away) == (1, 1)


def test_part_of_an_answer_is_told_until_the_question_is_answered_whole_or_taken_back() -> None:
    question, silent = asked(1.0), unanswered(20)
    said = [question, routed(question, 1.0), told(question, 1.5, final=False)]
    found = count(said, silent)[WATER]
    assert (found.in_part, found.answered, found.in_time, found.counted) == (1, 1, 1, 2)
    assert found.to_json()["in_part"] == 1
    assert count(said, told(question, 2.0))[WATER].in_part == 0
    assert count(said, withdrew(question, 2.0))[WATER].in_part == 0
    up_ = [up(question, 3.0), told(question, 3.5, by=PROVINCE, final=False)]
    assert [count(said, up_)[body].in_part for body in (WATER, PROVINCE)] == [1, 1]
    assert count(said, up_, told(question, 4.0, by=PROVINCE))[WATER].in_part == 0


def test_ratings_count_for_who_answered_with_the_interval_of_their_share() -> None:
    said: list[Statement] = []
    for n in range(10):
        question, route, answer = answered(10 * n, 0.5)
        said += [question, route, answer, rated(answer, 10 * n + 1, score=1 + n % 5, solved=n < 8)]
    found = count(said)[WATER]
    assert (found.rated, found.score) == (10, pytest.approx(3.0))
    assert found.solved is not None
    exact = binomtest(8, 10).proportion_ci(method="wilson")
    assert (found.solved.low, found.solved.high) == (pytest.approx(exact.low), pytest.approx(exact.high))


def test_without_a_clock_an_answer_is_neither_in_time_nor_late() -> None:
    found = count(answered(1, 0.5), terms=Terms())[WATER]
    assert (found.answered, found.in_time, found.no_clock) == (1, 0, 1)


Spec = tuple[int, int | None, bool, bool | None]
SPECS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.none() | st.integers(1, 300),
        st.booleans(),
        st.none() | st.booleans(),
    ),
    max_size=14,
)


@settings(max_examples=40)
@given(specs=SPECS)
def test_statistics_equal_a_plain_recount(specs: list[Spec]) -> None:
    """Questions with (hour, minutes to the answer or none, of Water or of Zhong, how it was rated)."""
    said: list[Statement] = []
    for n, (hour, minutes, of_water, solved) in enumerate(specs):
        body = WATER if of_water else ZHONG
        start = hour + n / 3600
        question = asked(start)
        said += [question, routed(question, start, to=body)]
        if minutes is not None:
            answer = told(question, start + minutes / 60, by=body)
            said.append(answer)
            if solved is not None:
                said.append(rated(answer, start + minutes / 60 + 1, by=PLANT, solved=solved))
    now = 42.0
    found = count(said, hours=now)
    for body, of_water in ((WATER, True), (ZHONG, False)):
        own = [(hour + n / 3600, minutes) for n, (hour, minutes, of, _) in enumerate(specs) if of == of_water]
        seen_by_now = [(m if m is not None and start + m / 60 <= now else None, start) for start, m in own]
        done = [minutes for minutes, _ in seen_by_now if minutes is not None]
        overdue = [start for minutes, start in seen_by_now if minutes is None and at(start) + HOUR < at(now)]
        if not own:
            assert body not in found
            continue
        told_ = found[body]
        assert (told_.asked, told_.answered, told_.counted) == (len(own), len(done), len(done) + len(overdue))
        assert told_.in_time == sum(minutes <= 60 for minutes in done)
        assert told_.open == len(own) - told_.counted
        if told_.counted >= statistics.FEW:
            ordered = sorted([*done, *([inf] * len(overdue))])
            middle = ordered[(len(ordered) - 1) // 2]
            assert told_.median_h == pytest.approx(middle / 60, abs=1 / 3600)


HOUR = timedelta(hours=1)


def test_department_that_never_had_a_question_has_no_line() -> None:
    assert SHANG not in count(answered(1, 0.5))
