"""Ratings of the service desk: by who asked, once; for a resident with the proof of the resident alone."""

from __future__ import annotations

import pytest
from cast import SHANG, ZHONG
from governance.acts import at, codes
from governance.test_service import (
    PROOF,
    WATER,
    asked,
    of_resident,
    one,
    owed,
    rated,
    routed,
    standing,
    told,
)

from riskshed.errors import DomainError
from riskshed.governance import service
from riskshed.governance.standing_questions import digest_of_proof


def test_only_who_asked_rates_and_only_once() -> None:
    question = asked(1.0)
    answer = told(question, 1.5)
    first, again = rated(answer, 2.0), rated(answer, 3.0, score=1)
    by_others = [rated(answer, 1.9, by=who) for who in (WATER, SHANG)]
    held = standing(question, routed(question, 1.1), answer, first, again, *by_others)
    assert one(held, question).rating is not None
    assert one(held, question).rating.id == first.id
    assert codes(held, again) == {"rating.again"}
    assert [codes(held, each) for each in by_others] == [{"rating.not_asker"}] * 2


def test_department_that_asked_for_itself_cannot_rate_its_own_answer() -> None:
    question = asked(1.0, by=WATER, to=WATER)
    answer = told(question, 1.5)
    own = rated(answer, 2.0, by=WATER)
    held = standing(question, answer, own)
    assert codes(held, own) == {"rating.own_answer"}


@pytest.mark.parametrize("open_", [True, False])
def test_body_that_speaks_for_a_resident_rates_itself_only_with_the_proof_of_the_resident(
    open_: bool,
) -> None:
    question, route = of_resident(open_=open_)
    answer = told(question, 1.5, by=SHANG)
    false = [rated(answer, 2.0, by=SHANG, **more) for more in ({}, {"proof": digest_of_proof("x")})]
    good = rated(answer, 3.0, by=SHANG, proof=PROOF)
    held = standing(question, route, answer, *false, good)
    assert [codes(held, each) for each in false] == [{"rating.not_asker"}] * 2
    assert one(held, question).rating.id == good.id


@pytest.mark.parametrize("proof", [None, "", digest_of_proof("x"), digest_of_proof(PROOF)])
def test_rating_for_a_resident_is_not_drafted_without_the_proof_of_the_resident(proof: str | None) -> None:
    question, route = of_resident()
    held = standing(question, route, told(question, 1.5, by=SHANG))
    with pytest.raises(DomainError) as refusal:
        service.rate(held, question.id, by=SHANG, score=5, solved=True, proof=proof)
    assert refusal.value.code == "rating.not_asker"
    made = service.rate(held, question.id, by=SHANG, score=5, solved=True, proof=PROOF)
    assert made.body["proof"] == PROOF


def test_rating_of_ones_own_answer_is_not_drafted() -> None:
    question = asked(1.0, by=WATER, to=WATER)
    held = standing(question, told(question, 1.5))
    with pytest.raises(DomainError) as refusal:
        service.rate(held, question.id, by=WATER, score=5, solved=True)
    assert refusal.value.code == "rating.own_answer"


def test_of_a_sealed_question_topic_city_and_clock_stand_in_its_route() -> None:
    question, route = of_resident()
    held = standing(question, route, told(question, 1.5, by=SHANG))
    told_ = one(held, question)
    assert (told_.sealed, told_.topic, told_.city, told_.asker) == (
        True,
        "water",
        SHANG,
        digest_of_proof(PROOF),
    )
    assert owed(held, question)[f"{SHANG} first"].due == at(2)


def test_digest_of_the_asker_is_taken_from_a_route_of_who_asked_alone() -> None:
    question, _ = of_resident()
    hijack = routed(question, 1.05, by=ZHONG, to=ZHONG, asker=digest_of_proof("sha256:" + "2e" * 32))
    held = standing(question, hijack)
    assert one(held, question).asker is None


def test_rating_of_an_answer_that_does_not_count_does_not_count() -> None:
    question = asked(1.0)
    answer = told(question, 1.5, by=ZHONG)
    rating = rated(answer, 2.0)
    assert codes(standing(question, routed(question, 1.1), answer, rating), rating) == {"rating.no_answer"}
