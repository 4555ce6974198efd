"""The service desk: whose a question is, its clock, how it goes from hand to hand, and who may say what."""

from __future__ import annotations

import random
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    BASIN,
    COURT,
    PLANT,
    PROVINCE,
    TERRITORY,
    at,
    clock,
    codes,
    join,
    joined,
    proposed,
    say,
    seen,
    signed,
    stand,
    withdrew,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError, NotFoundError, RiskshedError
from riskshed.governance import duty, service
from riskshed.governance.circumstances import Regime
from riskshed.governance.standing import Seen, Standing, of
from riskshed.governance.standing_questions import QuestionStanding, digest_of_proof
from riskshed.governance.terms import Terms
from riskshed.statement import Statement, seal

WATER = "shang-water"
TERMS = Terms(
    code="cast-river",
    members=(SHANG, ZHONG, XIA),
    coordination_body=BASIN,
    roles={f"{SHANG}/water": WATER, "health": ZHONG},
)
REGIME = Regime(packs=(), terms=TERMS)
WORDS = {"zh": "取水口何时恢复？", "en": "When does the intake open again?"}
PROOF = "sha256:" + "1f" * 32
PLANT_JOINED = say("BodyJoined", PLANT, -900, body=PLANT, kind="enterprise", city=SHANG)
WATER_JOINED = join(WATER, superior=PROVINCE)
TEXT = proposed()
GROUND = [PLANT_JOINED, WATER_JOINED, TEXT, *signed(TEXT)]


def asked(hours: float = 1.0, *, by: str = PLANT, **more: Any) -> Statement:
    return say("QuestionAsked", by, hours, about=None, **{"topic": "water", "city": SHANG, **more})


def routed(question: Statement, hours: float, *, by: str = BASIN, to: str = WATER, **more: Any) -> Statement:
    return say("QuestionRouted", by, hours, about=None, replies_to=question.id, to=to, **more)


def told(question: Statement, hours: float, *, by: str = WATER, final: bool = True, **more: Any) -> Statement:
    facts = {"final": final, **more}
    return say("QuestionAnswered", by, hours, about=None, replies_to=question.id, **facts)


def rated(answer: Statement, hours: float, *, by: str = PLANT, **more: Any) -> Statement:
    facts = {"score": 4, "solved": True, **more}
    return say("AnswerRated", by, hours, about=None, replies_to=answer.id, **facts)


def up(question: Statement, hours: float, *, of: str = WATER, to: str = PROVINCE, **more: Any) -> Statement:
    facts = {"cause": "unanswered", "from": of, "to": to, **more}
    return say("QuestionEscalated", facts.pop("by", of), hours, about=None, replies_to=question.id, **facts)


def of_resident(*, open_: bool = False) -> tuple[Statement, Statement]:
    """A question of a resident for whom Shang speaks, and its route; sealed unless it is open."""
    asker, topic = digest_of_proof(PROOF), {"topic": "water", "city": SHANG}
    if open_:
        question = asked(1.0, by=SHANG, asker=asker)
        return question, routed(question, 1.1, by=SHANG, to=SHANG)
    sealed = seal("QuestionAsked", {"topic": "water", "text": WORDS})
    facts = {"sealed": sealed, "visibility": "sealed", "recipients": [SHANG]}
    question = say("QuestionAsked", SHANG, 1.0, about=None, **facts)
    return question, routed(question, 1.1, by=SHANG, to=SHANG, asker=asker, **topic)


def standing(*said: Any, hours: float = 100.0, **more: Any) -> Standing:
    return stand(GROUND, *said, hours=hours, **more)


def one(held: Standing, question: Statement) -> QuestionStanding:
    return held.questions[question.id]


def hands(held: Standing, question: Statement) -> list[tuple[str, str]]:
    return [(hand.body, hand.how) for hand in one(held, question).hands]


def owed(held: Standing, question: Statement, terms: Terms = TERMS) -> dict[str, service.Owed]:
    return {f"{each.body} {each.part}": each for each in service.owed(one(held, question), terms)}


def error(code: str) -> Any:
    return pytest.raises(RiskshedError, check=lambda caught: caught.code == code)


# ------------------------------------------------------------------------------------------ whose it is


@pytest.mark.parametrize(
    ("topic", "city", "body"),
    [
        ("water", SHANG, WATER),  # the department of the city
        ("health", SHANG, ZHONG),  # the department wherever it is
        ("transport", SHANG, SHANG),  # the city itself
        ("transport", "", BASIN),  # nobody knows where
    ],
)
def test_responsibility_list_says_whose_matter_a_question_is(topic: str, city: str, body: str) -> None:
    assert service.responsible(standing(), TERMS, TERRITORY, topic, city) == body


def test_department_that_has_left_is_asked_nothing() -> None:
    left = say("BodyLeft", WATER, 1, body=WATER)
    assert service.responsible(standing(left), TERMS, TERRITORY, "water", SHANG) == SHANG


def test_first_route_goes_to_the_department_with_the_clock_of_who_asked() -> None:
    question = asked(1.0)
    held = standing(question, hours=1.5)
    draft = service.route(held, one(held, question), TERMS, TERRITORY, by=BASIN)
    assert draft is not None
    assert draft.body == {"to": WATER, "topic": "water", "city": SHANG, "answer_by": clock(2)}


def test_question_that_is_in_somebodys_hands_is_not_routed_again() -> None:
    question = asked(1.0)
    held = standing(question, routed(question, 1.1))
    assert service.route(held, one(held, question), TERMS, TERRITORY, by=BASIN) is None
    assert service.unrouted(held) == ()


def test_body_that_the_asker_names_holds_the_question_from_the_start() -> None:
    question = asked(1.0, to=WATER)
    assert hands(standing(question), question) == [(WATER, "named")]


def test_naming_an_enterprise_puts_the_question_into_nobodys_hands() -> None:
    question = asked(1.0, to=PLANT, by=SHANG)
    assert hands(standing(question), question) == []


# -------------------------------------------------------------------------------------------- the clock


def test_answer_is_owed_within_the_hour_of_the_agreement() -> None:
    question = asked(1.0)
    due = owed(standing(question, routed(question, 1.2)), question)[f"{WATER} first"]
    assert (due.since, due.due, due.term, due.done) == (at(1.2), at(2), "question_h", None)


def test_route_may_name_a_shorter_time_and_never_a_longer() -> None:
    question = asked(1.0)
    for hours, due_h, term in ((1.5, 1.5, ""), (9, 2.0, "question_h")):
        held = standing(question, routed(question, 1.1, answer_by=clock(hours)))
        due = owed(held, question)[f"{WATER} first"]
        assert (due.due, due.term) == (at(due_h), term)


def test_without_an_agreement_only_the_route_gives_a_time() -> None:
    question = asked(1.0)
    held = standing(question, routed(question, 1.1, answer_by=clock(5)))
    assert owed(held, question, Terms())[f"{WATER} first"].due == at(5)
    bare = standing(question, routed(question, 1.1))
    assert owed(bare, question, Terms())[f"{WATER} first"].due is None


def test_question_that_is_passed_on_keeps_its_clock() -> None:
    question = asked(1.0)
    on = routed(question, 1.5, by=WATER, to=ZHONG, reason=WORDS)
    held = standing(question, routed(question, 1.1), on)
    assert hands(held, question) == [(WATER, "routed"), (ZHONG, "passed_on")]
    assert owed(held, question)[f"{ZHONG} first"].due == at(2)
    assert owed(held, question)[f"{WATER} first"].done == (on.id, at(1.5))


def test_answer_is_judged_as_every_duty_is_under_the_term_of_the_agreement() -> None:
    question = asked(1.0)
    for hours, state in ((1.9, "met"), (2.1, "late"), (None, "breached")):
        answers = [told(question, hours)] if hours else []
        held = standing(question, routed(question, 1.1), answers)
        (judged,) = [each for each in duty.judge(held, REGIME) if each.duty.owes == "QuestionAnswered"]
        assert (judged.state, judged.duty.who, judged.duty.to) == (state, WATER, PLANT)
        assert judged.duty.cite == "cast-river, question_h = 1"


def test_partial_answer_is_an_answer_and_the_rest_is_owed_by_its_time() -> None:
    question = asked(1.0)
    part = told(question, 1.5, final=False, rest_by=clock(2.4))
    due = owed(standing(question, routed(question, 1.1), part), question)
    assert due[f"{WATER} first"].done == (part.id, at(1.5))
    assert (due[f"{WATER} rest"].due, due[f"{WATER} rest"].done) == (at(2.4), None)
    whole = told(question, 8.0)
    due = owed(standing(question, routed(question, 1.1), part, whole), question)
    assert due[f"{WATER} rest"].done == (whole.id, at(8))


def test_question_taken_back_is_owed_no_more_and_stays_on_the_record() -> None:
    question = asked(1.0)
    held = standing(question, routed(question, 1.1), withdrew(question, 1.5))
    assert owed(held, question)[f"{WATER} first"].done is not None
    assert not one(held, question).is_open
    assert "withdrawn" in codes(held, question)


# ----------------------------------------------------------------------------------------- handed up


def overdue(held: Standing, hours: float) -> list[tuple[str, str, str]]:
    found = service.overdue(held, TERMS, TERRITORY, at(hours))
    return [(each.by, each.body["from"], each.body["to"]) for each in found]


def test_unanswered_question_climbs_to_the_superior_and_then_to_the_coordination_body() -> None:
    question = asked(1.0)
    so_far = [question, routed(question, 1.1)]
    assert overdue(standing(so_far, hours=2), 2.0) == []
    assert overdue(standing(so_far, hours=2.01), 2.01) == [(WATER, WATER, PROVINCE)]
    so_far.append(up(question, 2.1))
    assert overdue(standing(so_far, hours=3), 3.0) == []
    assert overdue(standing(so_far, hours=3.2), 3.2) == [(PROVINCE, PROVINCE, BASIN)]
    so_far.append(up(question, 3.2, of=PROVINCE, to=BASIN))
    assert overdue(standing(so_far, hours=99), 99.0) == []


def test_question_that_climbed_is_owed_by_all_in_whose_hands_it_is() -> None:
    question = asked(1.0)
    held = standing(question, routed(question, 1.1), up(question, 2.1, answer_by=clock(3.1)))
    due = owed(held, question)
    assert {name: each.due for name, each in due.items()} == {
        f"{WATER} first": at(2),
        f"{PROVINCE} first": at(3.1),
    }
    assert [hand.body for hand in one(held, question).holders] == [WATER, PROVINCE]


def test_whole_answer_stops_the_climb() -> None:
    question = asked(1.0)
    answer = told(question, 1.9)
    assert overdue(standing(question, routed(question, 1.1), answer, hours=5), 5.0) == []


def test_body_that_hands_up_of_its_own_accord_in_time_has_kept_its_duty() -> None:
    question = asked(1.0)
    own = up(question, 1.5, cause="outside_power")
    held = standing(question, routed(question, 1.1), own)
    assert owed(held, question)[f"{WATER} first"].done == (own.id, at(1.5))
    assert [hand.body for hand in one(held, question).holders] == [PROVINCE]


def test_handing_up_says_by_when_the_next_body_has_to_answer() -> None:
    question = asked(1.0)
    held = standing(question, routed(question, 1.1), hours=1.5)
    draft = service.hand_up(
        held, question.id, TERMS, TERRITORY, at(1.5), by=WATER, cause="no_capacity", reason=WORDS
    )
    assert (draft.body["to"], draft.body["answer_by"]) == (PROVINCE, clock(2.5))


# ---------------------------------------------------------------------------------- what does not count


def aside(*said: Statement) -> dict[str, set[str]]:
    """Of those that are set aside, why."""
    held = standing(*said)
    return {each.kind: codes(held, each) for each in said if each.id in held.set_aside}


def test_body_cannot_answer_for_another() -> None:
    question = asked(1.0)
    found = aside(question, routed(question, 1.1), told(question, 1.5, by=ZHONG))
    assert found == {"QuestionAnswered": {"question.not_held"}}


def test_body_that_passed_a_question_on_answers_it_no_more() -> None:
    question = asked(1.0)
    on = routed(question, 1.5, by=WATER, to=ZHONG, reason=WORDS)
    found = aside(question, routed(question, 1.1), on, told(question, 1.6))
    assert found == {"QuestionAnswered": {"question.not_held"}}


@pytest.mark.parametrize("by", [PLANT, PANG])
def test_who_is_no_body_of_the_agreement_routes_nothing(by: str) -> None:
    question = asked(1.0)
    assert aside(question, routed(question, 1.1, by=by)) == {"QuestionRouted": {"agreement.outside"}}


@pytest.mark.parametrize("to", [PLANT, "910999"])
def test_question_is_routed_to_bodies_of_government_on_the_record_alone(to: str) -> None:
    question = asked(1.0)
    assert aside(question, routed(question, 1.1, to=to)) == {"QuestionRouted": {"question.nobody"}}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"by": SHANG, "to": ZHONG, "reason": WORDS}, "question.not_held"),
        ({"by": WATER, "to": ZHONG}, "question.no_reason"),
        ({"by": WATER, "to": WATER, "reason": WORDS}, "question.same_hands"),
    ],
)
def test_question_is_passed_on_by_who_holds_it_to_another_with_a_reason(facts: Any, code: str) -> None:
    question = asked(1.0)
    on = routed(question, 1.5, **facts)
    held = standing(question, routed(question, 1.1), on)
    assert (on.id in held.set_aside, codes(held, on)) == (True, {code})


def test_question_is_passed_on_once() -> None:
    question = asked(1.0)
    on = routed(question, 1.5, by=WATER, to=ZHONG, reason=WORDS)
    again = routed(question, 1.6, by=ZHONG, to=SHANG, reason=WORDS)
    held = standing(question, routed(question, 1.1), on, again)
    assert codes(held, again) == {"question.passed_on"}
    with error("question.passed_on"):
        service.pass_on(held, question.id, by=ZHONG, to=SHANG, reason=WORDS)


@pytest.mark.parametrize(
    "facts", [{"of": ZHONG}, {"by": PLANT}, {"by": PANG}], ids=["not its", "asker", "outside"]
)
def test_question_is_handed_up_by_who_holds_it_or_a_body_of_the_agreement(facts: Any) -> None:
    question = asked(1.0)
    assert aside(question, routed(question, 1.1), up(question, 2.1, **facts)) == {
        "QuestionEscalated": {"question.not_held"}
    }
    assert aside(question, routed(question, 1.1), up(question, 2.1, by=BASIN)) == {}


def test_answer_to_a_question_that_was_taken_back_does_not_count() -> None:
    question = asked(1.0)
    before, after = told(question, 1.4), told(question, 1.6)
    held = standing(question, routed(question, 1.1), withdrew(question, 1.5), before, after)
    assert codes(held, after) == {"question.withdrawn"}
    assert [each.id for each in one(held, question).answers] == [before.id]
    with error("question.withdrawn"):
        service.answer(held, question.id, TERMS, at(1.6), by=WATER, text=WORDS, final=True)


def test_route_whose_body_is_sealed_moves_nothing() -> None:
    question = asked(1.0)
    sealed = say(
        "QuestionRouted",
        BASIN,
        1.1,
        about=None,
        replies_to=question.id,
        sealed=seal("QuestionRouted", {"to": WATER}),
        visibility="sealed",
        recipients=[WATER],
    )
    assert codes(standing(question, sealed), sealed) == {"question.sealed_move"}


# ------------------------------------------------------------------------------------------------ drafts


def test_drafts_of_the_desk_stand_on_the_record() -> None:
    """What the rules let a body say counts when it is said."""
    question = asked(1.0)
    held = standing(question, routed(question, 1.1), hours=1.4)
    first = service.answer(
        held,
        question.id,
        TERMS,
        at(1.4),
        by=WATER,
        text=WORDS,
        final=False,
        rest_by=at(2.2),
        coordinated_with=[WATER, SHANG],
    )
    assert first.body == {
        "final": False,
        "text": WORDS,
        "rest_by": clock(2.2),
        "coordinated_with": [SHANG],
    }
    answer = told(question, 1.5)
    rating = service.rate(
        standing(question, routed(question, 1.1), answer),
        question.id,
        by=PLANT,
        score=5,
        solved=True,
        text={"zh": ""},
    )
    assert (rating.replies_to, rating.body) == (answer.id, {"score": 5, "solved": True})


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (
            lambda held, id_: service.answer(held, id_, TERMS, at(1.4), by=ZHONG, text=WORDS, final=True),
            "question.not_held",
        ),
        (
            lambda held, id_: service.answer(held, id_, TERMS, at(1.4), by=WATER, text={}, final=True),
            "question.no_words",
        ),
        (
            lambda held, id_: service.answer(held, id_, TERMS, at(1.4), by=WATER, text=WORDS, final=False),
            "question.no_rest",
        ),
        (lambda held, id_: service.pass_on(held, id_, by=WATER, to=ZHONG, reason={}), "question.no_reason"),
        (lambda held, id_: service.pass_on(held, id_, by=WATER, to=PLANT, reason=WORDS), "question.nobody"),
        (
            lambda held, id_: service.pass_on(held, id_, by=WATER, to=WATER, reason=WORDS),
            "question.same_hands",
        ),
        (lambda held, id_: service.rate(held, id_, by=PLANT, score=1, solved=False), "rating.no_answer"),
    ],
)
def test_desk_is_told_what_would_not_count(act: Any, code: str) -> None:
    question = asked(1.0)
    held = standing(question, routed(question, 1.1), hours=1.4)
    with error(code):
        act(held, question.id)


def test_question_without_words_and_question_that_nobody_asked_are_refused() -> None:
    with pytest.raises(DomainError, match="without a word"):
        service.ask(PLANT, topic="water", text={"zh": " "})
    with pytest.raises(NotFoundError):
        service.answer(standing(), "ab" * 32, TERMS, at(1), by=WATER, text=WORDS, final=True)


# ---------------------------------------------------------------------------------- a function of the set


def everything() -> list[Seen]:
    """Questions that were passed on, climbed, were withdrawn, with what does not count among them."""
    first, second, third = asked(1.0), asked(1.5, to=WATER), asked(2.0)
    resident, route = of_resident()
    answer = told(first, 1.6)
    said = [
        *(first, routed(first, 1.0), answer, rated(answer, 2.0), rated(answer, 2.5, score=1)),
        *(second, routed(second, 1.7, by=WATER, to=ZHONG, reason=WORDS), told(second, 1.8, by=ZHONG)),
        *(told(second, 1.9, by=WATER), routed(second, 2.2, by=ZHONG, to=SHANG, reason=WORDS)),
        *(third, routed(third, 2.0), up(third, 3.1), up(third, 4.2, of=PROVINCE, to=BASIN)),
        *(told(third, 4.3, by=BASIN), told(third, 4.4, by=COURT), withdrew(third, 5.0)),
        *(resident, route, told(resident, 1.5, by=SHANG)),
    ]
    return [seen(each) for each in (*joined(), *GROUND, *said)]


ALL = everything()
PLAIN = of(ALL, at=at(100)).to_bytes()


@settings(max_examples=40)
@given(draw=st.integers(0, 2**32 - 1))
def test_questions_stand_the_same_in_any_order_and_number(draw: int) -> None:
    chance = random.Random(draw)
    mixed = [*ALL, *chance.sample(ALL, 5)]
    chance.shuffle(mixed)
    assert of(mixed, at=at(100)).to_bytes() == PLAIN


@settings(max_examples=20)
@given(hours=st.floats(0, 6))
def test_what_was_said_later_changes_nothing_of_how_questions_stood(hours: float) -> None:
    by_then = [each for each in ALL if each.seen_at <= at(hours)]
    assert of(ALL, at=at(hours)).to_bytes() == of(by_then, at=at(hours)).to_bytes()


def test_statements_of_one_second_count_in_the_order_in_which_they_may() -> None:
    question = asked(1.0)
    said = [routed(question, 1.0), told(question, 1.0), up(question, 1.0, to=PROVINCE)]
    held = standing(question, said)
    assert not set(held.set_aside)
    assert [hand.body for hand in one(held, question).hands] == [WATER, PROVINCE]
