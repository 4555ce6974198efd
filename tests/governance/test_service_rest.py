"""A part of an answer: the question waits for the rest, climbs without it, and a whole answer ends it."""

from __future__ import annotations

from typing import Any

import pytest
from cast import SHANG, ZHONG
from governance.acts import BASIN, PLANT, PROVINCE, at, clock, say, withdrew
from governance.test_service import (
    TERMS,
    TERRITORY,
    WATER,
    WORDS,
    asked,
    error,
    of_resident,
    one,
    overdue,
    owed,
    rated,
    routed,
    standing,
    told,
    up,
)

from riskshed.governance import service
from riskshed.governance.terms import Terms
from riskshed.statement import Statement, seal

LONG = Terms(code="cast-river", coordination_body=BASIN, question_h=1.0, question_escalate_h=3.0)


def part(question: Statement, hours: float, rest: float | None, **more: Any) -> Statement:
    named = {} if rest is None else {"rest_by": clock(rest)}
    return told(question, hours, final=False, **named, **more)


def begun(rest: float | None = 2.4) -> tuple[Statement, list[Statement]]:
    """A question at hour 1 that Water answered in part half an hour later."""
    question = asked(1.0)
    return question, [question, routed(question, 1.1), part(question, 1.5, rest)]


def test_question_waits_until_a_whole_answer_stands() -> None:
    question, said = begun()
    held = one(standing(said), question)
    assert (held.is_open, held.is_in_part, held.whole) == (True, True, None)
    whole = told(question, 2.0)
    held = one(standing(said, whole), question)
    assert (held.is_open, held.is_in_part) == (False, False)
    assert held.whole is not None
    assert held.whole.id == whole.id
    held = one(standing(said, withdrew(question, 2.0)), question)
    assert (held.is_open, held.is_in_part) == (False, False)
    silent = one(standing(said[:2]), question)
    assert (silent.is_open, silent.is_in_part) == (True, False)


def test_a_sealed_question_is_answered_whole_for_a_part_would_stop_its_clock() -> None:
    question, *rest = of_resident()
    held, words = standing(question, *rest), {"by": SHANG, "text": WORDS}
    with error("question.sealed_part"):
        service.answer(held, question.id, TERMS, at(1.5), final=False, rest_by=at(2.0), **words)
    assert service.answer(held, question.id, TERMS, at(1.5), final=True, **words).body["final"] is True


def test_it_climbs_when_the_time_of_the_rest_is_over_and_not_before() -> None:
    _, said = begun()
    assert overdue(standing(said, hours=2.4), 2.4) == []  # its first clock ended at 2
    assert overdue(standing(said, hours=2.41), 2.41) == [(WATER, WATER, PROVINCE)]
    (draft,) = service.overdue(standing(said, hours=2.41), TERMS, TERRITORY, at(2.41))
    assert draft.body["reason"] == service.REST_OVERDUE


def test_rest_that_comes_in_time_stops_the_climb() -> None:
    question, said = begun()
    assert overdue(standing(said, told(question, 2.3), hours=9), 9) == []


def test_it_climbs_on_from_the_next_body_by_the_clock_of_that() -> None:
    question, said = begun()
    said.append(up(question, 2.5, answer_by=clock(3.5)))
    assert overdue(standing(said, hours=3.5), 3.5) == []
    assert overdue(standing(said, hours=3.6), 3.6) == [(PROVINCE, PROVINCE, BASIN)]
    due = owed(standing(said, hours=3), question)
    assert (due[f"{PROVINCE} first"].due, due[f"{WATER} rest"].due) == (at(3.5), at(2.4))


def test_part_by_the_next_body_starts_the_clock_of_its_rest() -> None:
    question, said = begun()
    said += [up(question, 2.5), part(question, 3.0, 3.9, by=PROVINCE)]
    assert overdue(standing(said, hours=3.9), 3.9) == []
    assert overdue(standing(said, hours=4), 4) == [(PROVINCE, PROVINCE, BASIN)]


def test_part_by_who_had_it_before_holds_the_climb_until_its_rest_is_due() -> None:
    question = asked(1.0)
    said = [question, routed(question, 1.1), up(question, 2.1), part(question, 3.0, 3.8)]
    assert overdue(standing(said, hours=3.8), 3.8) == []
    assert overdue(standing(said, hours=3.9), 3.9) == [(PROVINCE, PROVINCE, BASIN)]


@pytest.mark.parametrize("rest", [900.0, None])
def test_part_is_no_way_around_the_clock(rest: float | None) -> None:
    """A far time, or none, counts up to the clock of the agreement from the first part on."""
    question, said = begun(rest)
    assert owed(standing(said), question)[f"{WATER} rest"].due == at(2.5)
    assert overdue(standing(said, hours=2.51), 2.51) == [(WATER, WATER, PROVINCE)]


def test_body_above_has_its_own_clock_for_its_rest() -> None:
    question = asked(1.0)
    said = [question, routed(question, 1.1), up(question, 2.1), part(question, 3.0, 900, by=PROVINCE)]
    assert owed(standing(said), question, LONG)[f"{PROVINCE} rest"].due == at(6.0)


@pytest.mark.parametrize(("rest", "due"), [(2.4, 2.4), (900, 2.5), (None, 2.5)])
def test_another_part_moves_nothing(rest: float | None, due: float) -> None:
    question, said = begun(rest)
    said += [part(question, 2.3, 3.2), part(question, 2.35, 3.3)]
    assert owed(standing(said), question)[f"{WATER} rest"].due == at(due)
    assert overdue(standing(said, hours=2.51), 2.51) == [(WATER, WATER, PROVINCE)]


def test_without_an_agreement_the_time_that_was_named_is_the_time() -> None:
    question, said = begun(900)
    assert owed(standing(said), question, Terms())[f"{WATER} rest"].due == at(900)
    question, said = begun(None)
    held = standing(said)
    assert f"{WATER} rest" not in owed(held, question, Terms())
    assert service.waits_until(one(held, question), Terms()) is None


def test_sealed_answer_counts_as_whole() -> None:
    question = asked(1.0)
    sealed = seal("QuestionAnswered", {"final": False, "text": WORDS})
    facts = {"sealed": sealed, "visibility": "sealed", "recipients": [PLANT]}
    answer = say("QuestionAnswered", WATER, 1.5, about=None, replies_to=question.id, **facts)
    assert not one(standing(question, routed(question, 1.1), answer), question).is_open


@pytest.mark.parametrize(
    ("rest", "fits"), [(2.5, True), (2.51, False), (1.5, False), (1.4, False), (1.6, True)]
)
def test_desk_names_a_time_for_the_rest_that_the_agreement_allows(rest: float, fits: bool) -> None:
    question = asked(1.0)
    held = standing(question, routed(question, 1.1), hours=1.5)

    def draft() -> Any:
        return service.answer(
            held, question.id, TERMS, at(1.5), by=WATER, text=WORDS, final=False, rest_by=at(rest)
        )

    if fits:
        assert draft().body["rest_by"] == clock(rest)
        return
    with error("question.rest_time") as caught:
        draft()
    assert clock(rest) in str(caught.value)
    assert f"at latest {clock(2.5)}" in str(caught.value)


def test_without_an_agreement_the_rest_has_only_to_come_later() -> None:
    question = asked(1.0)
    held = standing(question, routed(question, 1.1), hours=1.5)
    facts = {"by": WATER, "text": WORDS, "final": False}
    assert service.answer(held, question.id, Terms(), at(1.5), rest_by=at(900), **facts).body["rest_by"]
    with error("question.rest_time"):
        service.answer(held, question.id, Terms(), at(1.5), rest_by=at(1.5), **facts)


def test_last_whole_answer_is_rated_and_a_part_is_not() -> None:
    question, said = begun()
    with error("rating.no_answer"):
        service.rate(standing(said), question.id, by=PLANT, score=1, solved=False)
    whole, more = told(question, 2.0), part(question, 2.2, 2.4)
    draft = service.rate(standing(said, whole, more), question.id, by=PLANT, score=4, solved=True)
    assert draft.replies_to == whole.id
    held = one(standing(said, rated(said[-1], 2.0)), question)  # said before: it stays
    assert held.rating is not None


def test_time_that_a_later_route_names_does_not_bind_who_had_it_before() -> None:
    """A time that a route named binds from then on: whoever had it before keeps the time that stood then."""
    question = asked(1.0)
    on = routed(question, 1.3, by=WATER, to=ZHONG, reason=WORDS, answer_by=clock(1.6))
    due = owed(standing(question, routed(question, 1.1, answer_by=clock(1.9)), on), question)
    assert {name: each.due for name, each in due.items()} == {
        f"{WATER} first": at(1.9),
        f"{ZHONG} first": at(1.6),
    }
