"""Who a party is: only what a body that governs has said of it, under the name that it bears."""

from __future__ import annotations

import pytest
from cast import SHANG, ZHONG
from governance.acts import BASIN, PLANT, at, clock, gathered, joined, proposed, say, signed, stand, withdrew
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import parties
from riskshed.governance.standing import of

NAME = {"zh": "上游化工厂", "en": "Upper chemical works"}


def works(hours=0.0, **more):
    return say("BodyJoined", PLANT, hours, body=PLANT, kind="enterprise", **{"name": NAME, **more})


def standing(hours, *told):
    return stand(*told, hours=hours)


def checks(by=SHANG, hours=1.0, *, until=100.0, party=PLANT, **more):
    told = {"party": party, "name": NAME, "how": "public_register", "until": clock(until), **more}
    return say("PartyVerified", by, hours, **told)


def test_a_party_that_says_who_it_is_is_not_verified():
    held = standing(2, works(), checks(by=PLANT))
    assert parties.voice(held, PLANT).state == "unverified"
    assert [flag.code for flag in held.flags if flag.code.startswith("party")] == ["party.itself"]


def test_a_government_verifies_it_until_a_day():
    told = (works(), checks(until=10))
    held = standing(2, *told)
    assert parties.voice(held, PLANT) == ("verified", SHANG, at(10), told[1].id)
    assert parties.voice(held, PLANT).is_known
    assert parties.voice(standing(11, *told), PLANT).state == "lapsed"


def test_another_party_verifies_nobody():
    other = say("BodyJoined", "mill", 0, body="mill", kind="chamber", name={"en": "A chamber"})
    held = standing(2, works(), other, checks(by="mill"))
    assert parties.voice(held, PLANT).state == "unverified"
    assert "party.not_competent" in {flag.code for flag in held.flags}


def test_a_check_that_was_taken_back_is_none():
    told = checks()
    assert parties.voice(standing(3, works(), told, withdrew(told, 2)), PLANT).state == "unverified"


def test_under_another_name_it_is_not_verified():
    renamed = works(2.0, name={"zh": "国家电网", "en": "State Grid"})
    held = standing(3, works(), checks(), renamed)
    assert held.bodies[PLANT].name["en"] == "State Grid"
    assert parties.voice(held, PLANT).state == "renamed"
    assert not parties.voice(held, PLANT).is_known


def test_a_member_of_the_agreement_is_known_without_a_check():
    text = proposed()
    held = standing(2, text, signed(text))
    assert parties.voice(held, ZHONG).state == parties.voice(held, BASIN).state == "member"
    assert not parties.voice(held, "nobody").is_known
    assert not parties.voice(standing(2, text), ZHONG).is_known


@settings(max_examples=25)
@given(st.permutations(range(4)))
def test_any_order_gives_the_same(order):
    told = [works(), checks(), checks(by=ZHONG, hours=3), works(2.0, name={"en": "Other"})]
    seen = gathered(*told)
    wanted = of(gathered(joined(), *told), at=at(9)).to_bytes()
    assert of([*(seen[one] for one in order), *gathered(joined())], at=at(9)).to_bytes() == wanted


# ---------------------------------------------------------------------------------------------------- names


KNOWN = {"a": NAME, "b": {"zh": "中游市水务局", "en": "Middle water bureau"}}


@pytest.mark.parametrize(
    "name",
    [
        {"en": "UPPER  CHEMICAL WORKS"},
        {"en": "Upper-Chemical Works."},
        {"en": "Ｕpper chemical works"},
        {"en": "Uррer сhemical works"},  # letters of Cyrillic
        {"zh": "上游化工厂 "},
        {"zh": "上 游 化 工 厂"},
        {"zh": "Middle water bureau"},
    ],
)
def test_a_name_that_reads_the_same_is_the_same(name):
    assert [one.same for one in parties.alike(name, KNOWN)] == [True]


@pytest.mark.parametrize(
    "name",
    [
        {"zh": "上游化工场"},
        {"zh": "上游化工一厂"},
        {"zh": "上化游工厂"},
        {"en": "Upper chemica1 works"},
        {"en": "Uper chemical works"},
    ],
)
def test_a_name_that_differs_by_one_character_looks_alike(name):
    assert [one.same for one in parties.alike(name, KNOWN)] == [False]


@pytest.mark.parametrize(
    "name", [{"zh": "下游造纸厂"}, {"en": "Lower paper mill"}, {"zh": "！？"}, {"en": "W"}]
)
def test_another_name_looks_like_none(name):
    assert parties.alike(name, KNOWN) == ()


def test_a_body_may_bear_its_own_name():
    assert parties.alike(NAME, KNOWN, but=("a",)) == ()


@given(st.text("上游化工厂市水务局ab е-", min_size=1, max_size=8))
@settings(max_examples=60)
def test_what_is_folded_stays_folded(text):
    assert parties.skeleton(parties.skeleton(text)) == parties.skeleton(text)


def test_only_a_body_of_government_that_is_still_there_may_say_who_a_party_is():
    held = standing(9, works())
    assert parties.may_verify(held, SHANG)
    assert not parties.may_verify(held, PLANT)
    assert not parties.may_verify(held, "nobody")
    gone = standing(9, works(), say("BodyLeft", SHANG, 5, about=None, body=SHANG))
    assert not parties.may_verify(gone, SHANG)


def test_a_name_in_one_alphabet_mixes_none_though_it_holds_digits_and_signs():
    assert parties.mixed_scripts("Харбин 2-й водозабор, ул. 5") == ()
    assert parties.mixed_scripts("№1 Мill") == ("CYRILLIC", "LATIN")
