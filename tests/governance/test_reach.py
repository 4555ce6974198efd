"""The four traits, counted from the log: nothing guessed, silence counted, any order the same."""

from __future__ import annotations

import json
from math import inf

import cast
import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import (
    TERRITORY,
    answered,
    at,
    clock,
    gathered,
    joined,
    noticed,
    proposed,
    say,
    signed,
    stand,
    warned,
    withdrew,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import reach
from riskshed.governance.standing import of

REGION = cast.region()


def agreed():
    text = proposed()
    return text, *signed(text)


def found(*said, hours=100.0):
    return reach.of(stand(*agreed(), *said, hours=hours, territory=TERRITORY), REGION)


def city(held, code):
    return next(one for one in held.inclusive if one.city == code)


def waited(held, kind):
    return next(one for one in held.efficient if one.kind == kind)


def linked(held, kind):
    return next(one for one in held.connected if one.kind == kind)


BOTH = {"zh": "停水", "en": "No water"}


def test_a_language_counts_only_where_headline_and_instruction_are_in_it():
    told = warned(2, cities=[ZHONG], headline=BOTH, instruction={"zh": "存水"})
    held = city(found(told), ZHONG)
    assert (held.warnings, held.languages) == (1, {"zh": 1, "en": 0})


def test_people_that_nobody_counted_are_unknown():
    held = found()
    assert {one.city: one.people for one in held.inclusive} == {
        one.code: one.population_resident for one in REGION.cities
    }
    assert held.to_json()["inclusive"]["readers"] is None


def test_a_city_that_was_foreseen_and_not_warned_is_missed():
    rows = [{"city": ZHONG, "probability": "0.9"}, {"city": XIA, "probability": "0.2"}]
    forecast = say("FootprintIssued", SHANG, 1, arrivals=rows)
    assert found(forecast).missed == (ZHONG,)
    assert found(forecast, warned(2, cities=[ZHONG])).missed == ()


def test_what_concerns_one_city_reaches_no_other():
    held = found(warned(2, cities=[XIA]))
    assert [(city(held, code).warnings, city(held, code).last) for code in (ZHONG, XIA)] == [
        (0, None),
        (1, at(2)),
    ]


def test_a_city_is_foreseen_from_the_bound_on():
    rows = [{"city": ZHONG, "probability": f"{reach.FORESEEN_FROM}"}]
    assert found(say("FootprintIssued", SHANG, 1, arrivals=rows)).missed == (ZHONG,)


def test_news_of_an_unknown_voice_reaches_nobody():
    told = {"title": BOTH, "text": BOTH, "cities": [ZHONG]}
    mill = say("BodyJoined", "mill", 0, body="mill", kind="enterprise", name={"en": "Mill"})
    assert city(found(mill, say("NewsShared", "mill", 1, about=None, **told)), ZHONG).news == 0
    assert city(found(say("NewsShared", SHANG, 1, about=None, **told)), ZHONG).news == 1


def test_an_adopted_notice_links_two_cities():
    told = noticed()
    held = linked(found(told, answered(told, "NoticeAdopted", 2)), "notice")
    assert (held.count, held.across, held.pairs) == (1, 1, 1)


def test_an_acknowledged_notice_is_no_link():
    told = noticed()
    assert linked(found(told, answered(told, "NoticeAcknowledged", 2)), "notice").count == 0


def test_a_question_answered_by_another_city_is_a_link_and_a_wait():
    asked = say("QuestionAsked", SHANG, 1, about=None, to=ZHONG)
    routed = say("QuestionRouted", SHANG, 1, about=None, replies_to=asked.id, to=ZHONG, answer_by=clock(2))
    answer = say("QuestionAnswered", ZHONG, 1.5, about=None, replies_to=asked.id, final=True)
    held = found(asked, routed, answer)
    assert linked(held, "question").across == 1
    assert (waited(held, "question").count, waited(held, "question").unanswered) == (1, 0)


def asked_of(body, hours, **more):
    return say("QuestionAsked", SHANG, hours, about=None, to=body, **more)


def test_the_first_answer_ends_the_wait_and_an_own_one_is_no_link():
    said = []
    for place in range(reach.FEW):
        question = asked_of(ZHONG, 1 + place)
        first, last = (
            say("QuestionAnswered", ZHONG, 1 + place + wait, about=None, replies_to=question.id, final=final)
            for wait, final in ((0.5, False), (0.9, True))
        )
        said += [question, first, last]
    held = found(*said)
    assert waited(held, "question").median_h == pytest.approx(0.5)
    own = say("QuestionAsked", SHANG, 1, about=None, to=SHANG)
    answer = say("QuestionAnswered", SHANG, 1.5, about=None, replies_to=own.id, final=True)
    assert linked(found(own, answer), "question").count == 0


def test_a_question_waits_from_its_first_due_time_and_one_without_any_is_open():
    named = asked_of(ZHONG, 1)
    up = say("QuestionEscalated", ZHONG, 2, about=None, replies_to=named.id, to=XIA, cause="unanswered",
             answer_by=clock(5), **{"from": ZHONG})  # fmt: skip
    assert waited(found(named, hours=30.0), "question").open == 1
    assert waited(found(named, up, hours=30.0), "question").unanswered == 1
    assert waited(found(named, up, hours=4.0), "question").open == 1


def notices(*delays, hours=100.0):
    """Notices that were answered after so many hours; None: never."""
    said = []
    for place, delay in enumerate(delays):
        told = noticed(1 + place / 100, answer_by=clock(60), expires=clock(90))
        said.append(told)
        if delay is not None:
            said.append(answered(told, "NoticeAcknowledged", 1 + place / 100 + delay))
    return waited(found(*said, hours=hours), "notice")


def test_median_and_upper_are_of_all_who_waited():
    held = notices(*range(1, 11))
    assert (held.count, held.unanswered) == (10, 0)
    assert held.median_h == pytest.approx(5)
    assert held.upper_h == pytest.approx(9)


def test_who_was_never_answered_waited_for_ever():
    held = notices(1, 2, None, None, None)
    assert (held.count, held.unanswered, held.median_h) == (5, 3, inf)


def test_who_still_waits_within_the_time_is_open():
    held = notices(1, None, hours=30.0)
    assert (held.count, held.open, held.unanswered) == (1, 1, 0)


def test_few_have_no_median():
    assert notices(1, 2, 3, 4).median_h is None
    assert notices(1, 2, 3, 4, 5).upper_h is None


def test_an_infinite_wait_is_said_in_words_of_json():
    said = json.dumps(found(*[noticed(1, to=(ZHONG, XIA), answer_by=clock(2))]).to_json(), allow_nan=False)
    assert "Infinity" not in said


@pytest.mark.parametrize(("count", "share"), [(3, None), (5, 0.0)])
def test_promises_that_were_broken_count_and_few_have_no_share(count, share):
    told = [
        say("AidCommitted", SHANG, 1 + place, to=ZHONG, leaves_by=clock(5), arrives_by=clock(10))
        for place in range(count)
    ]
    held = found(*told).trusted
    assert (held.kept, held.broken) == (0, count)
    assert (held.share and held.share.value) == share


def test_words_that_were_corrected_or_taken_back_are_counted():
    first = say("NewsShared", SHANG, 1, about=None, cities=[ZHONG])
    second = say("NewsShared", SHANG, 2, about=None, cities=[ZHONG], replies_to=first.id)
    third = say("NewsShared", SHANG, 3, about=None, cities=[XIA])
    held = found(first, second, third, withdrew(third, 4)).trusted
    assert (held.corrected, held.withdrawn) == (1, 1)


@settings(max_examples=20)
@given(st.permutations(range(6)))
def test_any_order_gives_the_same_figures(order):
    told = noticed()
    first = say("NewsShared", SHANG, 1, about=None, cities=[ZHONG])
    said = [told, answered(told, "NoticeAdopted", 2), warned(2, cities=[ZHONG]), first]
    said += [say("NewsShared", SHANG, 2, about=None, replies_to=first.id), withdrew(first, 4)]
    ground = gathered(*agreed(), *joined())
    wanted = reach.of(of([*ground, *gathered(*said)], at=at(9)), REGION)
    shuffled = gathered(*(said[place] for place in order))
    assert reach.of(of([*shuffled, *ground], at=at(9)), REGION) == wanted
