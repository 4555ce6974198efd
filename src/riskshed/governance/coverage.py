"""Coverage of rule packs: whether every rule carries the tests that its article asks for, and passes them.

The examples of a rule are its tests. A rule is covered if each example has the outcome that it names, and if
the examples reach every side of it: a case to which it applies, one to which it does not, one in which that
is unknown; for each number in it, the bound itself and the nearest value on the other side, with another
outcome; for each time, the last moment that is on time and the first that is late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from riskshed.governance.condition import Comparison, Fact
from riskshed.governance.rule import Example, Outcome, Rule, Within
from riskshed.governance.rulepack import RulePack

STEP: Mapping[str, float] = {
    "CNY": 1.0, "percent": 1.0, "d": 1.0, "workday": 1.0, "month": 1.0, "h": 1.0, "min": 1.0,
    "km2": 1.0, "m3/s": 1.0, "m": 0.01,
}  # fmt: skip
"""How near to a bound a value on its other side must lie, by unit: the step in which people count it."""
STEP_SHARE = 0.05
"""The same for any other unit, as a share of the bound."""
STEP_ELAPSED_H = 0.1


EDGE = 1.000001
"""So that 0.29 is a hundredth below 0.3, which it is not in binary."""


def step(fact: Fact, bound: float) -> float:
    """The step in which a fact is counted near a bound: one for whole numbers, else by its unit."""
    return 1.0 if fact.type == "whole" else STEP.get(fact.unit, STEP_SHARE * abs(bound))


def step_elapsed(within: Within) -> float:
    """The step in which the time of a rule is counted, in its unit."""
    return STEP_ELAPSED_H if within.unit == "h" else STEP[within.unit]


def missing(rule: Rule, pack: RulePack) -> tuple[str, ...]:
    """What the examples of a rule do not show, in words; empty if it is covered."""
    return tuple(_missing(rule, pack))


def _missing(rule: Rule, pack: RulePack) -> Iterator[str]:
    outcomes = {one.then for one in rule.examples}
    for one in rule.examples:
        got = rule.outcome(one.given, one.elapsed)
        if got != one.then:
            yield f"{one.say!r} is {got}, the example says {one.then}"
    if not outcomes & {"applies", "kept"}:
        yield "no example to which it applies"
    if not rule.is_standing:
        for wanted in ("does_not_apply", "undetermined"):
            if wanted not in outcomes:
                yield f"no example that is {wanted}"
    if rule.must is not None and not {"kept", "broken"} <= outcomes:
        yield "no example that keeps it and one that breaks it"
    if rule.within is not None:
        yield from _missing_times(rule)
    for comparison in _numeric(rule):
        yield from _missing_sides(rule, comparison, pack.facts[comparison.fact])


def _missing_times(rule: Rule) -> Iterator[str]:
    assert rule.within is not None
    amount, unit = rule.within.amount, rule.within.unit
    wanted: Outcome = "broken" if rule.within.exclusive else "kept"
    if not any(one.elapsed == amount and one.then == wanted for one in rule.examples):
        yield f"no example at exactly {amount:g} {unit} that is {wanted}"
    side = -1 if rule.within.exclusive else 1
    other: Outcome = "kept" if rule.within.exclusive else "broken"
    near = step_elapsed(rule.within) * EDGE
    if not any(
        one.elapsed is not None and 0 < side * (one.elapsed - amount) <= near and one.then == other
        for one in rule.examples
    ):
        yield f"no example just {'before' if side < 0 else 'after'} {amount:g} {unit} that is {other}"


def _numeric(rule: Rule) -> Iterator[Comparison]:
    for condition in filter(None, (rule.when, rule.must)):
        yield from (one for one in condition.comparisons() if one.is_numeric)


def _missing_sides(rule: Rule, comparison: Comparison, fact: Fact) -> Iterator[str]:
    """At the bound and beside it, with outcomes that differ."""
    bound = comparison.bound
    assert isinstance(bound, int | float)
    inside_at_bound = comparison.operator in ("at_least", "at_most")
    grows = comparison.operator in ("at_least", "more_than")
    side = -1 if grows == inside_at_bound else 1
    at = {one.then for one in rule.examples if one.given.get(comparison.fact) == bound}
    beside = {one.then for one in rule.examples if _beside(one, fact, float(bound), side)}
    name = f"{comparison.fact} {comparison.operator} {bound:g}"
    if not at:
        yield f"no example at the bound of {name}"
    elif not beside:
        yield f"no example just {'below' if side < 0 else 'above'} the bound of {name}"
    elif len(at | beside) == 1:
        yield f"the examples on both sides of {name} have the same outcome"


def _beside(example: Example, fact: Fact, bound: float, side: int) -> bool:
    value = example.given.get(fact.name)
    if not isinstance(value, int | float):
        return False
    return 0 < side * (float(value) - bound) <= step(fact, bound) * EDGE


def coverage(packs: Mapping[str, RulePack]) -> dict[str, Any]:
    """Of all rules of these packs: how many, how many covered, how many without a citation.

    Returns
    -------
    dict
        ``total``, ``covered``, ``share`` (of 1), ``uncited``, ``examples``, ``unconfirmed``, the same by pack
        under ``packs``, and under ``missing`` what each rule that is not covered lacks.
    """
    gaps: dict[str, list[str]] = {}
    by_pack: dict[str, dict[str, int]] = {}
    for name, pack in packs.items():
        lacking = {f"{name} {rule.id}": list(missing(rule, pack)) for rule in pack.rules}
        gaps |= {rule: words for rule, words in lacking.items() if words}
        by_pack[name] = {
            "total": len(pack.rules),
            "covered": sum(not words for words in lacking.values()),
            "uncited": sum(not (rule.article and (rule.quote or rule.note)) for rule in pack.rules),
            "examples": sum(len(rule.examples) for rule in pack.rules),
            "unconfirmed": sum(not rule.confirmed for rule in pack.rules),
        }
    whole = {key: sum(counts[key] for counts in by_pack.values()) for key in next(iter(by_pack.values()), {})}
    total = whole.get("total", 0)
    share = whole["covered"] / total if total else None
    return {**whole, "share": share, "packs": by_pack, "missing": gaps}
