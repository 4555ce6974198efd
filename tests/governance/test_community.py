"""The community: blocks are found by what they concern, of known voices; corrections show the change."""

from __future__ import annotations

from datetime import timedelta

import cast
import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    PLANT,
    TERRITORY,
    at,
    clock,
    gathered,
    joined,
    opened,
    proposed,
    say,
    signed,
    stand,
    warned,
    withdrew,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError
from riskshed.governance import community
from riskshed.governance.community import Change, Subject
from riskshed.governance.standing import of
from riskshed.vocabulary_fields import HAZARD_CLASSES

REGION = cast.region()
NAME = {"zh": "上游化工厂", "en": "Upper chemical works"}
RIVER = Subject("river", "cast-river")


def agreed():
    text = proposed()
    return text, *signed(text)


def news(by=SHANG, hours=1.0, **more):
    told = {"title": {"zh": "停水", "en": "No water"}, "text": {"zh": "今天停水。", "en": "No water today."}}
    return say("NewsShared", by, hours, about=None, **{**told, "cities": [ZHONG], **more})


def works():
    return say("BodyJoined", PLANT, 0, body=PLANT, kind="enterprise", name=NAME)


def check():
    how = {"party": PLANT, "name": NAME, "how": "public_register", "until": clock(100)}
    return say("PartyVerified", SHANG, 1, **how)


def shown(*said, hours=10.0):
    return community.stream(stand(*agreed(), *said, hours=hours, territory=TERRITORY), REGION)


def test_news_is_found_by_every_thing_that_it_names_and_by_no_other():
    told = news(rivers=["cast-river"], hazard_classes=["accident"], industries=["A04"])
    blocks = shown(told)
    followed = [Subject("place", ZHONG), RIVER, Subject("hazard", "accident"), Subject("industry", "A04")]
    assert [len(community.of(blocks, one)) for one in followed] == [1, 1, 1, 1]
    others = [Subject("place", SHANG), Subject("hazard", "public_health"), Subject("industry", "A01")]
    assert community.of(blocks, *others) == ()


def test_a_list_of_several_things_shows_a_block_once_and_the_newest_first():
    blocks = shown(news(cities=[ZHONG, XIA]), news(hours=3.0, title={"en": "Later"}, cities=[XIA]))
    found = community.of(blocks, Subject("place", ZHONG), Subject("place", XIA))
    assert [one.title["en"] for one in found] == ["Later", "No water"]


def test_a_warning_concerns_the_river_only_if_what_comes_comes_by_water():
    flood, gas = warned(2, cities=[ZHONG], hazard="flood"), warned(2, cities=[ZHONG], hazard="chlorine")
    by_id = {one.id: one for one in shown(flood, gas)}
    assert by_id[flood.id].concerns.rivers == ("cast-river",)
    assert by_id[gas.id].concerns.rivers == ()
    assert "A04" in by_id[flood.id].concerns.industries


def test_a_city_off_the_river_has_no_river():
    told = warned(2, by=PANG, cities=[PANG], hazard="flood")
    assert all(one.concerns.rivers == () for one in shown(told) if one.id == told.id)


def test_a_public_statement_is_found_by_the_incident_that_it_is_about():
    words = {"text": {"en": "There is no pollution."}, "where": "a press conference"}
    told = say("PublicStatementMade", SHANG, 2, **words)
    found = community.of(shown(opened(), told), Subject("place", SHANG))
    assert [one.kind for one in found if one.id == told.id] == ["PublicStatementMade"]


def test_only_the_same_voice_corrects_what_was_said_in_public():
    words = {"text": {"en": "There is no pollution."}, "where": "a press conference"}
    first, other = (say("PublicStatementMade", SHANG, hours, **words) for hours in (2, 3))
    own = say("PublicStatementMade", SHANG, 4, corrects=[first.id, other.id], **words)
    foreign = say("PublicStatementMade", ZHONG, 4, corrects=[first.id], **words)
    states = {one.id: (one.state, one.corrects) for one in shown(opened(), first, other, own)}
    assert states[first.id] == states[other.id] == ("corrected", None)
    assert states[own.id] == ("current", other.id)
    assert {one.id: one.state for one in shown(opened(), first, foreign)}[first.id] == "current"


def test_a_lesson_of_an_incident_is_in_the_stream():
    told = say("LessonShared", SHANG, 2)
    assert told.id in {one.id for one in shown(opened(), told)}


def test_a_voice_that_nobody_verified_is_held_and_its_author_told():
    told = news(PLANT, 2)
    before = stand(*agreed(), works(), told, hours=5)
    assert community.stream(before, REGION) == ()
    assert [one.id for one in community.held(before, PLANT)] == [told.id]
    after = stand(*agreed(), works(), check(), told, hours=5)
    assert [one.id for one in community.stream(after, REGION)] == [told.id]
    assert community.held(after, PLANT) == ()


def test_members_words_are_for_members():
    assert shown(news(visibility="members")) == ()


def test_a_drill_is_never_in_the_stream():
    assert shown(news(exercise=True)) == ()


def test_a_correction_stands_in_the_place_of_what_it_corrects_and_shows_the_change():
    first = news(text={"en": "No water today. Boil river water."})
    more = {"text": {"en": "No water today. Use no river water."}, "change": {"en": "boiling does not help"}}
    second = news(hours=2.0, replies_to=first.id, **more)
    blocks = shown(first, second)
    assert [one.id for one in community.of(blocks, Subject("place", ZHONG))] == [second.id]
    old, new = ({one.id: one for one in blocks}[name] for name in (first.id, second.id))
    assert (old.state, new.corrects) == ("corrected", first.id)
    wanted = (Change("-", "Boil river water."), Change("+", "Use no river water."))
    assert community.changes(old.text, new.text, "en") == wanted


def test_another_body_answers_and_corrects_nothing():
    first = news()
    answer = news(ZHONG, 2.0, replies_to=first.id)
    by_id = {one.id: one for one in shown(first, answer)}
    assert by_id[first.id].state == "current"
    assert (by_id[answer.id].corrects, by_id[answer.id].answers_to) == (None, first.id)


def test_what_was_taken_back_says_so_and_what_ran_out_is_over():
    told = news()
    (gone,) = shown(told, withdrew(told, 3))
    assert (gone.state, gone.at, gone.changed) == ("withdrawn", at(1), at(3))
    late = {one.state for one in shown(news(until=clock(5)), hours=6)}
    assert late == {"over"}


def test_a_cancelled_warning_is_lifted_and_an_updated_one_is_replaced():
    first = warned(2, cities=[ZHONG])
    words = {"cause": "all_clear", "headline": {"en": "over"}, "reason": {"en": "over"}}
    lifted = say("WarningCancelled", ZHONG, 4, replies_to=first.id, **words)
    assert {one.state for one in shown(first, lifted)} == {"lifted"}


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("news.of_nothing", {"cities": []}),
        ("news.unknown_subject", {"cities": ["999999"]}),
        ("news.unknown_subject", {"industries": ["Z99"]}),
        ("news.over", {"until": clock(1)}),
        ("news.personal", {"text": {"zh": "请找张先生，138-0013-8000。"}}),
        ("news.personal", {"title": {"en": "Plate 黑A12345 was seen"}}),
    ],
)
def test_news_that_nobody_would_find_is_refused(code, more):
    standing = stand(*agreed(), hours=5)
    body = {"title": {"en": "t"}, "text": {"en": "x"}, "audience": "people", "cities": [ZHONG]}
    with pytest.raises(DomainError) as caught:
        community.share(standing, REGION, SHANG, {**body, **more}, None)
    assert caught.value.code == code


def test_news_may_be_over_a_moment_from_now_and_not_now():
    standing = stand(*agreed(), hours=5)
    body = {"title": {"en": "t"}, "text": {"en": "x"}, "audience": "people", "cities": [ZHONG]}
    with pytest.raises(DomainError, match="would be over"):
        community.share(standing, REGION, SHANG, {**body, "until": standing.at.isoformat()}, None)
    later = (standing.at + timedelta(seconds=1)).isoformat()
    assert community.share(standing, REGION, SHANG, {**body, "until": later}, None).body["until"] == later


def test_the_telephone_of_a_desk_may_be_told():
    body = {"title": {"en": "t"}, "text": {"en": "Call 0451-84664514 or 110."}, "audience": "people"}
    held = community.share(stand(*agreed(), hours=5), REGION, SHANG, {**body, "cities": [ZHONG]}, None)
    assert held.body["text"] == body["text"]


def test_only_ones_own_news_is_corrected_once_and_with_words():
    first = news()
    second = news(hours=2.0, replies_to=first.id, change={"en": "x"})
    standing = stand(*agreed(), first, second, hours=5)
    body = {"title": {"en": "t"}, "text": {"en": "x"}, "audience": "people", "cities": [ZHONG]}
    for by, target, more, code in (
        (ZHONG, second.id, {"change": {"en": "x"}}, "news.not_own"),
        (SHANG, first.id, {"change": {"en": "x"}}, "news.replaced"),
        (SHANG, second.id, {}, "news.no_change"),
    ):
        with pytest.raises(DomainError) as caught:
            community.share(standing, REGION, by, {**body, **more}, target)
        assert caught.value.code == code
    draft = community.share(standing, REGION, SHANG, {**body, "change": {"en": "x"}}, second.id)
    assert (draft.kind, draft.replies_to) == ("NewsShared", second.id)


def test_the_river_bears_the_name_of_the_region_and_its_cities_from_the_source_down():
    found = community.rivers(REGION)
    assert found["cast-river"].cities == (SHANG, ZHONG, XIA)


def test_everything_that_can_be_followed_is_offered_once():
    found = community.subjects(REGION)
    assert len(set(found)) == len(found)
    assert {one.sort for one in found} == set(community.SORTS)
    assert sum(one.sort == "hazard" for one in found) == len(HAZARD_CLASSES)


@settings(max_examples=20)
@given(st.permutations(range(5)))
def test_any_order_gives_the_same_stream(order):
    first = news()
    said = [first, news(hours=2.0, replies_to=first.id), news(PLANT, 2), works(), check()]
    seen = gathered(*agreed(), *joined())
    one = of([*seen, *gathered(*said)], at=at(9))
    other = of([*gathered(*(said[place] for place in order)), *seen], at=at(9))
    assert community.stream(one, REGION) == community.stream(other, REGION)
    assert one.to_bytes() == other.to_bytes()
