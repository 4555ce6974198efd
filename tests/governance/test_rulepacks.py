"""The packs that come with the package: every example of every rule, and what the rules were read out of."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from riskshed.governance import rulepack
from riskshed.governance.condition import All, AnyOf, Comparison, Condition, Not
from riskshed.governance.coverage import EDGE, coverage, missing, step, step_elapsed
from riskshed.governance.role import DEPARTMENT_WORDS, NAME_WORDS, parts
from riskshed.governance.rule import Rule
from riskshed.governance.rulepack import RulePack

SOURCES = Path(__file__).parents[3] / "shared" / "reference"
ROWS = SOURCES / "rules.csv"
PACKS = rulepack.names()
LEFT_OUT = {"phr-45", "wsr-39", "wsl-111", "ndr-29", "eqr-37", "fcl-64-3", "fcl-64-4", "wpl-80"}
"""Sanctions of persons, where the article names no unit and no organ; each pack says so in its head."""
JOINED = re.compile(r"(wsr-3-[123])[dil]")
"""Rows of one sentence of Order 493: any one of dead, hurt and loss decides."""


def rules_of(name: str) -> tuple[Rule, ...]:
    return rulepack.shelf(name).rules


@pytest.mark.parametrize("name", PACKS)
def test_every_example_of_every_rule_has_its_outcome(name: str) -> None:
    wrong = [
        f"{rule.id}: {one.say}: {rule.outcome(one.given, one.elapsed)}, not {one.then}"
        for rule in rules_of(name)
        for one in rule.examples
        if rule.outcome(one.given, one.elapsed) != one.then
    ]
    assert not wrong


def test_every_rule_is_covered_and_cited() -> None:
    found = coverage(rulepack.all_packs())
    assert found["missing"] == {}
    assert (found["share"], found["uncited"]) == (1.0, 0)
    assert found["total"] >= 350


@pytest.mark.parametrize("name", PACKS)
def test_what_was_not_seen_is_not_confirmed(name: str) -> None:
    bare = [rule.id for rule in rules_of(name) if not rule.quote and (rule.confirmed or not rule.note)]
    unsure = [rule.id for rule in rules_of(name) if rule.confidence == "low" and rule.confirmed]
    assert bare == unsure == []


def test_all_packs_together_give_each_fact_one_meaning() -> None:
    meanings: dict[str, set[object]] = {}
    for pack in rulepack.all_packs().values():
        for fact in pack.facts.values():
            meanings.setdefault(fact.name, set()).add(fact)
    assert [name for name, found in meanings.items() if len(found) > 1] == []


def test_every_role_of_the_packs_has_words_in_chinese() -> None:
    roles = {role for name in PACKS for rule in rules_of(name) for role in (rule.who, *rule.to) if role}
    split = [parts(role) for role in roles]
    assert {level for group, level, _ in split if not group} <= NAME_WORDS.keys()
    assert {department for _, _, department in split if department} <= DEPARTMENT_WORDS.keys()


# ------------------------------------------------------------------------------------- bounds that move


def moved(condition: Condition, at: int, bound: float, operator: str) -> Condition:
    """The condition with the bound and the operator of its numeric comparison number `at` changed."""
    left = [at]

    def walk(part: Condition) -> Condition:
        if isinstance(part, All | AnyOf):
            return type(part)(tuple(walk(one) for one in part.parts))
        if isinstance(part, Not):
            return Not(walk(part.part))
        if isinstance(part, Comparison) and part.is_numeric:
            left[0] -= 1
            if left[0] == -1:
                return Comparison(part.fact, operator, bound)
        return part

    return walk(condition)


OTHER_SIDE = {"at_least": "more_than", "more_than": "at_least", "at_most": "below", "below": "at_most"}


def mutants_of(rule: Rule, pack: RulePack) -> Iterator[tuple[str, Rule]]:
    """The rule with one bound a step higher, a step lower, or on its other side."""
    for key in ("when", "must"):
        condition = getattr(rule, key)
        numeric = [one for one in condition.comparisons() if one.is_numeric] if condition else []
        for at, one in enumerate(numeric):
            near = step(pack.facts[one.fact], one.bound) * EDGE
            for bound, operator in (
                (one.bound + near, one.operator),
                (one.bound - near, one.operator),
                (one.bound, OTHER_SIDE[one.operator]),
            ):
                told = f"{rule.id} {key}: {one.fact} {operator} {bound}"
                yield told, replace(rule, **{key: moved(condition, at, bound, operator)})
    if rule.within is not None:
        near = step_elapsed(rule.within) * EDGE
        for amount in (rule.within.amount + near, rule.within.amount - near):
            yield f"{rule.id} within {amount}", replace(rule, within=replace(rule.within, amount=amount))
        other = replace(rule.within, exclusive=not rule.within.exclusive)
        yield f"{rule.id} within, other side", replace(rule, within=other)


def is_told(mutant: Rule) -> bool:
    return any(mutant.outcome(one.given, one.elapsed) != one.then for one in mutant.examples)


@pytest.mark.parametrize("name", PACKS)
def test_no_bound_moves_by_one_step_unseen(name: str) -> None:
    pack = rulepack.shelf(name)
    mutants = [mutant for rule in pack.rules for mutant in mutants_of(rule, pack)]
    assert [told for told, mutant in mutants if not is_told(mutant)] == []


def test_packs_have_hundreds_of_bounds_that_could_move() -> None:
    packs = rulepack.all_packs().values()
    assert sum(1 for pack in packs for rule in pack.rules for _ in mutants_of(rule, pack)) >= 390


def test_coverage_misses_nothing_that_a_rule_lacks() -> None:
    pack = rulepack.shelf("cn-2024")
    rule = pack.rule("wsr-11")
    assert missing(rule, pack) == ()
    lacking = [
        missing(replace(rule, examples=tuple(one for one in rule.examples if one is not left)), pack)
        for left in rule.examples
    ]
    assert sum(bool(words) for words in lacking) >= 4
    assert "no example to which it applies" in missing(replace(rule, examples=()), pack)


def test_coverage_wants_other_outcomes_on_both_sides_of_a_bound() -> None:
    pack = rulepack.shelf("cn-2024")
    rule = pack.rule("wsr-3-1")
    below = replace(rule.examples[0], given={"dead_people": 29})
    at = replace(rule.examples[0], given={"dead_people": 30})
    told = missing(replace(rule, examples=(below, at)), pack)
    assert "the examples on both sides of dead_people at_least 30 have the same outcome" in told


def test_coverage_tells_of_an_example_with_another_outcome() -> None:
    pack = rulepack.shelf("cn-2024")
    rule = pack.rule("wsr-11")
    wrong = replace(rule.examples[0], then="does_not_apply")
    assert "the example says does_not_apply" in missing(replace(rule, examples=(wrong,)), pack)[0]


# --------------------------------------------------------------------------------------------- their sources


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    if not ROWS.is_file():
        pytest.skip("the table of rules read out of the statutes is not here (shared/reference/rules.csv)")
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u3000*#>]", "", text)


@pytest.mark.parametrize("name", PACKS)
def test_every_sure_row_of_the_sources_has_a_rule(name: str, rows: list[dict[str, str]]) -> None:
    ids = {rule.id for rule in rules_of(name)}
    sure = [row["id"].lower() for row in rows if row["pack"] == name and row["confidence"].startswith("high")]
    named = [JOINED.sub(r"\1", row) for row in sure if row not in LEFT_OUT]
    assert [
        row for row in named if row not in ids and not any(one.startswith(f"{row}-") for one in ids)
    ] == []


def test_what_was_left_out_is_said_in_the_files() -> None:
    said = "\n".join(
        line.lower()
        for path in rulepack.SHELF.glob("cn-*/*.toml")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("#")
    )
    assert {row for row in LEFT_OUT if row not in said} == set()


@pytest.fixture(scope="module")
def law() -> str:
    folder = SOURCES / "law"
    if not folder.is_dir():
        pytest.skip("the texts of the laws are not here (shared/reference/law)")
    return squeezed("\n".join(path.read_text("utf-8") for path in sorted(folder.iterdir())))


def test_chinese_quotations_stand_in_the_law(rows: list[dict[str, str]], law: str) -> None:
    quoted = {row["id"].lower(): squeezed(row["quotation"]) for row in rows}
    strange = []
    for name in (name for name in PACKS if name.startswith("cn-")):
        for rule in (rule for rule in rules_of(name) if rule.quote and rule.confirmed):
            pieces = [squeezed(piece) for piece in re.split(r"……|…", rule.quote)]
            row = quoted.get(rule.id, "")
            if not all(piece in law or piece in row for piece in pieces):
                strange.append(rule.id)
    assert strange == []
