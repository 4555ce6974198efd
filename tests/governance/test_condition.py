"""Conditions: true, false or unknown, and never wrongly true or false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance.condition import (
    ALWAYS,
    All,
    AnyOf,
    Comparison,
    Condition,
    Fact,
    Not,
    Possible,
    Truth,
    parse,
)

DOMAINS: Mapping[str, tuple[Any, ...]] = {
    "dead_people": (0, 1, 2, 3),
    "level_m": (0.5, 1.0, 1.5),
    "occurred": (True, False),
    "grade": ("I", "II", "III", "IV"),
}
VOCABULARY = {
    "dead_people": Fact("dead_people", "whole", "people", (), "死亡人数", "People dead."),
    "level_m": Fact("level_m", "number", "m", (), "水位", "Level."),
    "occurred": Fact("occurred", "yes_no", "", (), "是否发生", "Whether it happened."),
    "grade": Fact("grade", "choice", "", ("I", "II", "III", "IV"), "等级", "Grade."),
}
TRUE = Comparison("occurred", "is", True)
BY_TRUTH: Mapping[Truth, Condition] = {True: TRUE, False: Not(TRUE), None: Comparison("grade", "is", "I")}
FACTS = {"occurred": True}
TRUTHS: tuple[Truth, ...] = (True, False, None)


def comparisons(name: str) -> st.SearchStrategy[Condition]:
    """Comparisons with one fact that are true of some of its values and false of others."""
    values = DOMAINS[name]
    if isinstance(values[0], bool | str):
        one = st.builds(Comparison, st.just(name), st.sampled_from(("is", "is_not")), st.sampled_from(values))
        some = st.lists(st.sampled_from(values), min_size=1, max_size=len(values) - 1, unique=True)
        return one | st.builds(Comparison, st.just(name), st.just("one_of"), some.map(tuple))
    low = st.builds(
        Comparison, st.just(name), st.sampled_from(("at_least", "below")), st.sampled_from(values[1:])
    )
    return low | st.builds(
        Comparison, st.just(name), st.sampled_from(("more_than", "at_most")), st.sampled_from(values[:-1])
    )


def grown(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    def more(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.builds(All, parts) | st.builds(AnyOf, parts) | st.builds(Not, inner)

    return st.recursive(leaves, more, max_leaves=8)


ANY_CONDITION = grown(st.one_of(*(comparisons(name) for name in DOMAINS)) | st.just(ALWAYS))


@st.composite
def read_once(draw: st.DrawFn) -> Condition:
    """A condition that names each fact at most once."""
    parts: list[Condition] = [draw(comparisons(name)) for name in draw(st.permutations(tuple(DOMAINS)))]
    while len(parts) > 1:
        left, right = parts.pop(), parts.pop()
        joined: Condition = draw(st.sampled_from((All, AnyOf)))((left, right))
        parts.insert(0, Not(joined) if draw(st.booleans()) else joined)
    return parts[0]


@st.composite
def half_known(draw: st.DrawFn) -> dict[str, Any]:
    """Some facts known, some unknown, and a grade that may be one of several."""
    known = {name: draw(st.sampled_from(values)) for name, values in DOMAINS.items() if draw(st.booleans())}
    if "grade" not in known and draw(st.booleans()):
        known["grade"] = Possible(frozenset(draw(st.sets(st.sampled_from(DOMAINS["grade"]), min_size=2))))
    return known


def completions(facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every state of the world that fits what is known."""
    choices = []
    for name, values in DOMAINS.items():
        value = facts.get(name)
        choices.append(
            values if value is None else tuple(value.values) if isinstance(value, Possible) else (value,)
        )
    for chosen in product(*choices):
        yield dict(zip(DOMAINS, chosen, strict=True))


@pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
def test_all_is_the_least_and_any_the_greatest_of_two_with_unknown_between(left: Truth, right: Truth) -> None:
    order = [False, None, True]
    both, either = (kind((BY_TRUTH[left], BY_TRUTH[right])).holds(FACTS) for kind in (All, AnyOf))
    assert both is min(left, right, key=order.index)
    assert either is max(left, right, key=order.index)


@pytest.mark.parametrize("truth", TRUTHS)
def test_not_turns_true_and_false_and_leaves_unknown(truth: Truth) -> None:
    assert Not(BY_TRUTH[truth]).holds(FACTS) is {True: False, False: True, None: None}[truth]


@settings(max_examples=200, deadline=None)
@given(ANY_CONDITION, half_known())
def test_answer_holds_in_every_world_that_fits_what_is_known(condition: Condition, facts: Any) -> None:
    answer = condition.holds(facts)
    answers = {condition.holds(world) for world in completions(facts)}
    assert None not in answers
    assert answer is None or answers == {answer}


@settings(max_examples=150, deadline=None)
@given(read_once(), half_known())
def test_condition_that_names_each_fact_once_is_unknown_only_if_both_answers_are_possible(
    condition: Condition, facts: Any
) -> None:
    answers = {condition.holds(world) for world in completions(facts)}
    assert (condition.holds(facts) is None) == (len(answers) == 2)


@settings(max_examples=200, deadline=None)
@given(ANY_CONDITION, half_known(), st.sampled_from(tuple(DOMAINS)), st.data())
def test_more_knowledge_never_turns_an_answer(
    condition: Condition, facts: Any, name: str, data: st.DataObject
) -> None:
    before = condition.holds(facts)
    value = facts.get(name)
    open_to = (
        DOMAINS[name] if value is None else sorted(value.values) if isinstance(value, Possible) else [value]
    )
    after = condition.holds({**facts, name: data.draw(st.sampled_from(open_to))})
    assert before is None or after is before


@settings(max_examples=200, deadline=None)
@given(ANY_CONDITION)
def test_condition_read_from_its_own_json_is_the_same(condition: Condition) -> None:
    wrong: list[object] = []
    assert parse(condition.to_json(), "when", VOCABULARY, lambda *told: wrong.append(told)) == condition
    assert wrong == []


def test_thirty_dead_decide_whatever_is_known_of_the_hurt() -> None:
    grave = AnyOf((Comparison("dead_people", "at_least", 30), Comparison("hurt_people", "at_least", 100)))
    assert grave.holds({"dead_people": 30}) is True
    assert grave.holds({"dead_people": 29}) is None
    assert grave.holds({"dead_people": 29, "hurt_people": 99}) is False


def test_lower_bound_of_a_grade_decides_only_what_all_its_values_agree_on() -> None:
    facts = {"grade": Possible(frozenset({"I", "II"}))}
    assert Comparison("grade", "one_of", ("I", "II", "III")).holds(facts) is True
    assert Comparison("grade", "is", "IV").holds(facts) is False
    assert Comparison("grade", "is", "I").holds(facts) is None


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("sometimes", "when"),
        (None, "when"),
        (True, "when"),
        ([], "when"),
        ({}, "when"),
        ({"fact": "moon", "is": True}, "when.fact"),
        ({"fact": 7, "is": True}, "when.fact"),
        ({"fact": "occurred"}, "when"),
        ({"fact": "occurred", "is": True, "is_not": False}, "when"),
        ({"fact": "occurred", "at_least": 1}, "when"),
        ({"fact": "occurred", "is": 1}, "when.is"),
        ({"fact": "dead_people", "at_least": "3"}, "when.at_least"),
        ({"fact": "dead_people", "at_least": 2.5}, "when.at_least"),
        ({"fact": "dead_people", "at_least": -1}, "when.at_least"),
        ({"fact": "dead_people", "at_least": True}, "when.at_least"),
        ({"fact": "dead_people", "one_of": 3}, "when.one_of"),
        ({"fact": "level_m", "below": float("nan")}, "when.below"),
        ({"fact": "level_m", "below": float("inf")}, "when.below"),
        ({"fact": "grade", "is": "V"}, "when.is"),
        ({"fact": "grade", "one_of": []}, "when.one_of"),
        ({"fact": "grade", "one_of": ["I", "V"]}, "when.one_of"),
        ({"fact": "grade", "below": "II"}, "when"),
        ({"all": []}, "when"),
        ({"any": "occurred"}, "when"),
        ({"all": [], "any": []}, "when"),
        ({"xor": ["always", "always"]}, "when"),
        ({"all": ["always", {"not": {"fact": "moon", "is": 1}}]}, "when.all[1].not.fact"),
    ],
)
def test_condition_of_no_meaning_is_told_with_its_place(raw: object, place: str) -> None:
    told: list[tuple[str, str, str]] = []
    parse(raw, "when", VOCABULARY, lambda *wrong: told.append(wrong))
    assert [one[0] for one in told] == [place]


def test_every_fault_of_a_condition_is_told() -> None:
    told: list[str] = []
    raw = {"all": [{"fact": "moon", "is": 1}, {"not": 5}, {"fact": "grade", "is": "V"}]}
    parse(raw, "when", VOCABULARY, lambda place, *_: told.append(place))
    assert told == ["when.all[0].fact", "when.all[1].not", "when.all[2].is"]


def test_fact_says_what_it_wants() -> None:
    assert VOCABULARY["dead_people"].wanted() == "a whole number >= 0 in people"
    assert VOCABULARY["grade"].wanted() == "one of I, II, III, IV"
    assert VOCABULARY["occurred"].wanted() == "true or false"
