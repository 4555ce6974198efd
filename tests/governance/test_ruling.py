"""What the rules say of situations whose answer is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import rulepack
from riskshed.governance.condition import Comparison, Possible
from riskshed.governance.ruling import Owed, Ruling, apply, derived
from riskshed.governance.situation import Moment, Reach, Situation
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory

BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 1, 12, tzinfo=BEIJING)
LAND = Territory({}, {"220200": ("220700", "230100")}, {})
ACCIDENT = {"hazard_class": "accident", "hazard": "work_accident"}
POLLUTION = {"hazard_class": "accident", "hazard": "water_pollution"}


def ask(
    facts: Mapping[str, Any], origin: Sequence[str] = ("220204",), reached: Sequence[Any] = (), **more: Any
) -> Ruling:
    cities = tuple(one if isinstance(one, Reach) else Reach(one) for one in reached)
    at = more.pop("at", NOW)
    packs = [rulepack.shelf(name) for name in more.pop("packs", ("cn-2024",))]
    return apply(
        packs, Situation(at, facts, LAND, origin=tuple(origin), hazard=tuple(origin), reached=cities, **more)
    )


def of_rule(ruling: Ruling, rule: str) -> tuple[Owed, ...]:
    return tuple(one for one in (*ruling.duties, *ruling.undetermined) if one.rule.id == rule)


# -------------------------------------------------------------------------- the grade, Order 493


@pytest.mark.parametrize(
    ("dead", "hurt", "loss_cny", "grade"),
    [
        (30, 0, 1, "I"), (29, 0, 1, "II"), (10, 0, 1, "II"),
        (9, 0, 1, "III"), (3, 0, 1, "III"), (2, 0, 1, "IV"),
        (0, 100, 1, "I"), (0, 99, 1, "II"), (0, 50, 1, "II"),
        (0, 49, 1, "III"), (0, 10, 1, "III"), (0, 9, 1, "IV"),
        (0, 0, 100_000_000, "I"), (0, 0, 99_999_999, "II"), (0, 0, 50_000_000, "II"),
        (0, 0, 49_999_999, "III"), (0, 0, 10_000_000, "III"), (0, 0, 9_999_999, "IV"),
        (30, 100, 100_000_000, "I"), (2, 50, 9_999_999, "II"),
    ],
)  # fmt: skip
def test_any_one_criterion_decides_the_grade_of_an_accident(
    dead: int, hurt: int, loss_cny: int, grade: str
) -> None:
    facts = {**ACCIDENT, "production_activity": True, "nuclear_or_defence_accident": False}
    found = ask({**facts, "dead_people": dead, "gravely_hurt_people": hurt, "loss_cny": loss_cny})
    assert (found.scales["grade"].level, found.scales["grade"].is_lower_bound) == (grade, False)


def test_unknown_criterion_leaves_a_lower_bound_and_says_what_is_missing() -> None:
    found = ask({**ACCIDENT, "dead_people": 10}).scales["grade"]
    assert (found.level, found.is_lower_bound) == ("II", True)
    assert {"gravely_hurt_people", "loss_cny"} <= set(found.missing)


def test_gravest_grade_is_certain_whatever_else_is_unknown() -> None:
    found = ask({**ACCIDENT, "dead_people": 30}).scales["grade"]
    assert (found.level, found.is_lower_bound, found.missing) == ("I", False, ())


def test_undecided_rule_of_the_same_grade_makes_no_lower_bound() -> None:
    pack = rulepack.shelf("cn-2024")
    twin = replace(pack.rule("wsr-3-1"), id="twin", when=Comparison("outbreak", "is", True))
    situation = ask({**ACCIDENT, "dead_people": 30}).situation
    found = apply([replace(pack, rules=(*pack.rules, twin))], situation).scales["grade"]
    assert (found.level, found.is_lower_bound) == ("I", False)


def test_nothing_known_settles_no_grade() -> None:
    found = ask(ACCIDENT).scales["grade"]
    assert (found.level, found.is_lower_bound) == (None, True)


def test_order_493_does_not_grade_pollution() -> None:
    found = ask({**POLLUTION, "dead_people": 30}).scales["grade"]
    assert (found.level, found.is_lower_bound) == (None, False)


def test_missing_people_are_not_counted_as_dead() -> None:
    facts = {**ACCIDENT, "gravely_hurt_people": 0, "loss_cny": 1, "dead_people": 2}
    assert ask({**facts, "missing_people": 40}).scales["grade"].level == "IV"


def test_lower_bound_decides_the_rules_on_which_all_graver_grades_agree() -> None:
    facts = {**ACCIDENT, "dead_people": 10, "report_received": True}
    found = ask(facts)
    assert found.facts["grade"] == Possible(frozenset({"I", "II"}))
    assert [one.status for one in of_rule(found, "wsr-10-1")] == ["owed"]
    assert of_rule(found, "wsr-10-3") == ()


def test_grade_that_is_told_is_not_overruled() -> None:
    assert ask({**ACCIDENT, "dead_people": 30, "grade": "III"}).facts["grade"] == "III"


# ------------------------------------------------------------------------------------- who leads, article 18


def leaders(ruling: Ruling) -> list[tuple[str, bool]]:
    ids = ("erl-17-1a", "erl-18-1", "erl-18-1-joint")
    return [(one.party.code, one.is_certain) for one in ruling.lead if one.rule and one.rule.id in ids]


def test_county_leads_what_stays_in_it() -> None:
    assert leaders(ask({**ACCIDENT, "district_count": 1})) == [("220204", True)]


def test_city_leads_what_touches_two_of_its_counties() -> None:
    assert leaders(ask(ACCIDENT, reached=["220203"])) == [("220200", True)]


def test_two_cities_lead_what_touches_counties_of_both() -> None:
    assert leaders(ask(ACCIDENT, reached=["220702"])) == [("220200", True), ("220700", True)]


def test_province_leads_what_touches_two_of_its_cities() -> None:
    assert leaders(ask(POLLUTION, ["220200"], ["220700"])) == [("220000", True)]


def test_two_provinces_lead_what_touches_cities_of_both() -> None:
    found = ask(POLLUTION, ["220200"], ["230100"])
    assert leaders(found) == [("220000", True), ("230000", True)]
    assert found.facts["common_superior_exists"] is False


def test_lead_of_the_agreement_stands_beside_that_of_the_law() -> None:
    found = ask(POLLUTION, ["220200"], ["230100"], terms=Terms("songhua"))
    assert [(one.party.code, one.rule) for one in found.lead] == [("220200", None)]
    assert {one.party.code for one in found.lead_by_law if one.is_certain} == {"220000", "230000"}


def test_what_is_beyond_a_government_climbs_one_step() -> None:
    known = ask({**ACCIDENT, "beyond_capacity": True}).escalate
    unknown = ask(ACCIDENT).escalate
    assert [(one.party.code, one.is_certain) for one in known if one.rule.id == "erl-17-2a"] == [
        ("220200", True)
    ]
    (one,) = [one for one in unknown if one.rule.id == "erl-17-2a"]
    assert (one.is_certain, one.missing) == (False, ("beyond_capacity",))


@pytest.mark.parametrize(
    ("probability", "assists"), [(0.1, True), (0.0999, False), (1.0, True), (0.0, False), (None, None)]
)
def test_city_assists_from_the_agreed_probability_on(probability: float | None, assists: bool | None) -> None:
    found = ask(
        POLLUTION, ["220200"], [Reach("230100", probability)], terms=Terms("x", assist_from_probability=0.1)
    )
    certain = {one.party.code: one.is_certain for one in found.assist}
    assert certain.get("230100", False) is (assists if assists is not None else False)
    assert ("230100" in certain) is (assists is not False)


def test_place_of_origin_does_not_assist_itself() -> None:
    assert ask(POLLUTION, ["220200"], [Reach("220200", 1.0)]).assist == ()


# --------------------------------------------------------------------------- notices to neighbours, 62 and 64


@pytest.mark.parametrize(("grade", "owed"), [("I", True), ("II", True), ("III", False), ("IV", False)])
def test_neighbours_are_told_of_what_may_become_grave(grade: str, owed: bool) -> None:
    found = ask({**POLLUTION, "about_to_happen": True, "expected_grade": grade}, ["220200"], ["230100"])
    duties = of_rule(found, "erl-62-2-neighbours")
    assert [(one.who.code, [party.code for party in one.to]) for one in duties] == (
        [("220200", ["230100"])] if owed else []
    )


def test_notice_is_possibly_owed_while_the_grade_to_come_is_unknown() -> None:
    (one,) = of_rule(
        ask({**POLLUTION, "about_to_happen": True}, ["220200"], ["230100"]), "erl-62-2-neighbours"
    )
    assert (one.status, one.missing) == ("possibly", ("expected_grade",))


@pytest.mark.parametrize("level", ["I", "II", "III", "IV"])
def test_neighbours_are_told_of_a_warning_of_any_level(level: str) -> None:
    found = ask(
        {**POLLUTION, "warning_issued": True, "warning_level": level}, ["220200"], ["230100"],
        bodies={"issuer": "220200"},
    )  # fmt: skip
    (one,) = of_rule(found, "erl-64-3")
    assert (one.who.code, one.status, [party.code for party in one.to]) == ("220200", "owed", ["230100"])


def test_nobody_is_told_of_a_warning_that_was_not_issued() -> None:
    assert of_rule(ask({**POLLUTION, "warning_issued": False}, ["220200"], ["230100"]), "erl-64-3") == ()


# ------------------------------------------------------------------------------------------- the law of a day


def test_law_of_2024_is_not_in_force_in_2005() -> None:
    then = datetime(2005, 11, 14, 8, tzinfo=BEIJING)
    found = ask(POLLUTION, ["220200"], ["230100"], at=then)
    assert not [one for one in (*found.duties, *found.undetermined) if one.rule.instrument.id == "erl"]


def test_law_of_today_is_applied_to_2005_as_if_in_force() -> None:
    then = datetime(2005, 11, 14, 8, tzinfo=BEIJING)
    found = ask(POLLUTION, ["220200"], ["230100"], at=then, as_if_in_force=True)
    assert {one.rule.id for one in found.owed()} >= {"erl-18-1-joint"}


def test_fines_of_order_493_end_when_the_law_of_2021_sets_its_own_but_that_on_the_unit_goes_on() -> None:
    pack = rulepack.shelf("cn-2024")
    before, after = ({rule.id for rule in pack.in_force(day)} for day in (
        datetime(2021, 8, 31, tzinfo=UTC).date(), datetime(2021, 9, 1, tzinfo=UTC).date(),
    ))  # fmt: skip
    assert {"wsr-35", "wsr-36", "wsr-37-1", "wsr-38"} <= before
    assert {"wsr-36", "wsl-110", "wsl-114-1"} <= after
    assert not {"wsr-35", "wsr-37-1", "wsr-38"} & after


def test_water_law_holds_before_15_august_2026_and_the_code_from_then_on() -> None:
    if "cn-water-2020" not in rulepack.names():
        pytest.skip("the pack of water law is not here")
    pack = rulepack.shelf("cn-water-2020")
    before, after = ({rule.id.partition("-")[0] for rule in pack.in_force(day)} for day in (
        datetime(2026, 8, 14, tzinfo=UTC).date(), datetime(2026, 8, 15, tzinfo=UTC).date(),
    ))  # fmt: skip
    assert "wpl" in before
    assert "eec" not in before
    assert "eec" in after
    assert "wpl" not in after


# -------------------------------------------------------------------------------------------------- the times


def relay(terms: Terms, *moments: Moment) -> Owed:
    facts = {**ACCIDENT, "dead_people": 3}
    (one,) = of_rule(ask(facts, terms=terms, moments=moments), "wsr-11")
    return one


RECEIVED = Moment("220204/emergency", "received", NOW - timedelta(hours=1))


def test_clock_runs_from_what_a_body_itself_received() -> None:
    one = relay(Terms(), RECEIVED)
    assert (one.status, one.since, one.due) == ("owed", RECEIVED.at, RECEIVED.at + timedelta(hours=2))


def test_body_that_has_received_nothing_owes_nothing_yet() -> None:
    one = relay(Terms(), replace(RECEIVED, body="220204/health"))
    assert (one.status, one.missing) == ("possibly", ("report_received",))


def test_start_that_is_unknown_makes_no_time() -> None:
    facts = {**ACCIDENT, "dead_people": 3, "report_received": True}
    (one,) = of_rule(ask(facts), "wsr-11")
    assert (one.status, one.due, one.missing) == ("owed", None, ("when 220204/emergency received",))


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 100))
def test_agreement_makes_a_lawful_time_shorter_and_never_longer(target_h: float) -> None:
    one = relay(Terms("songhua", targets_h={"cn-2024 wsr-11": target_h}), RECEIVED)
    lawful = RECEIVED.at + timedelta(hours=2)
    assert one.due == lawful
    assert one.by == min(lawful, RECEIVED.at + timedelta(hours=target_h))


def at_once(terms: Terms) -> Owed:
    facts = {**POLLUTION, "about_to_happen": True, "expected_grade": "I"}
    known = Moment("220200", "known", NOW - timedelta(hours=3))
    found = ask(facts, ["220200"], ["230100"], terms=terms, moments=(known,))
    return of_rule(found, "erl-62-2-neighbours")[0]


def test_law_that_says_at_once_names_no_hour() -> None:
    one = at_once(Terms())
    assert (one.rule.at_once, one.due, one.target, one.by) == (True, None, None, None)


def test_agreement_sets_a_target_for_at_once() -> None:
    one = at_once(Terms("songhua", at_once_h=1.5))
    assert (one.due, one.target) == (None, NOW - timedelta(hours=1.5))


def test_only_who_was_at_the_scene_knows_of_an_event_when_it_occurs() -> None:
    occurred = (Moment(None, "occurred", NOW - timedelta(hours=2)),)
    found = ask({**POLLUTION, "occurred": True}, ["220200"], terms=Terms("songhua"), moments=occurred,
                bodies={"unit": "plant-7"})  # fmt: skip
    assert of_rule(found, "erl-78-1")[0].since == occurred[0].at
    assert of_rule(found, "erl-17-1b")[0].since is None


# ---------------------------------------------------------------------- what is derived, and not


def test_what_follows_from_the_places_is_derived_and_what_is_told_stands() -> None:
    found = ask(POLLUTION, ["220200"], ["230100"], moments=(Moment(None, "occurred", NOW),))
    made = derived(found.situation)
    assert (made["crosses_border"], made["district_count"], made["occurred"]) == (True, 2, True)
    told = derived(replace(found.situation, facts={**POLLUTION, "crosses_border": False}))
    assert told["crosses_border"] is False


def test_that_an_event_can_be_warned_of_is_never_derived() -> None:
    found = ask({**POLLUTION, "about_to_happen": True}, ["220200"])
    assert "can_be_warned_of" not in found.facts
    assert {one.status for one in of_rule(found, "erl-64-1")} == {"possibly"}


def test_nothing_known_makes_nothing_owed_but_standing_duties() -> None:
    found = ask({}, origin=())
    assert found.owed() == ()
    assert found.standing()
    assert all(one.is_standing for one in found.standing())


def test_what_decides_most_rules_is_asked_for_first() -> None:
    rows = ask(POLLUTION, ["220200"], ["230100"]).asked_for()
    alone = [len(rules) for _, rules, _ in rows]
    assert alone == sorted(alone, reverse=True)
    assert {"warning_issued", "beyond_capacity"} <= {fact.name for fact, rules, _ in rows if rules}


def test_fact_that_is_asked_for_decides_the_rules_that_hang_on_it_alone() -> None:
    facts = {**POLLUTION, "warning_issued": False}
    before = ask(POLLUTION, ["220200"], ["230100"])
    ((_, rules, _),) = [row for row in before.asked_for() if row[0].name == "warning_issued"]
    after = {one.rule.id for one in ask(facts, ["220200"], ["230100"]).undetermined}
    assert rules
    assert not {rule.id for rule in rules} & after


FACTS = st.dictionaries(
    st.sampled_from(["dead_people", "gravely_hurt_people", "loss_cny"]), st.integers(0, 10**9), max_size=3
)


@settings(max_examples=60, deadline=None)
@given(FACTS, st.sampled_from(["dead_people", "gravely_hurt_people", "loss_cny"]), st.integers(0, 10**9))
def test_more_knowledge_never_lowers_the_grade(facts: dict[str, int], name: str, value: int) -> None:
    def rank(found: Ruling) -> int:
        level = found.scales["grade"].level
        return 0 if level is None else ["IV", "III", "II", "I"].index(level) + 1

    before = ask({**ACCIDENT, **facts})
    assert rank(ask({**ACCIDENT, name: value, **facts})) >= rank(before)


def test_order_of_packs_and_places_does_not_change_what_is_owed() -> None:
    facts = {**POLLUTION, "about_to_happen": True, "expected_grade": "I"}
    one = ask(facts, ["220200"], ["230100", "220700"], packs=("cn-2024", "emac"))
    other = ask(facts, ["220200"], ["220700", "230100"], packs=("emac", "cn-2024"))
    assert {(x.who, frozenset(x.to), x.rule.id) for x in one.owed()} == {
        (x.who, frozenset(x.to), x.rule.id) for x in other.owed()
    }
