"""Rulings: what the rules in force say of a situation.

`apply` asks every rule of the packs that was in force on the day, for every body that it may concern. Out
come the grade (the gravest that a known criterion reaches; a lower bound while an unknown one could raise
it), who leads and assists, who has to be asked to take over, the duties with their times, what bodies may
do and must not do, and what cannot be told and for want of which fact. Nothing is guessed: a rule whose
trigger is unknown makes a duty that is possibly owed, and breaches nothing.

It is a pure function: the same situation and packs give the same ruling on any machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from riskshed.governance.condition import Fact, Facts, Possible, Scalar
from riskshed.governance.party import Party, resolve
from riskshed.governance.rule import LEVELS, Outcome, Rule
from riskshed.governance.rulepack import RulePack
from riskshed.governance.situation import Moment, Situation

Status = Literal["owed", "possibly", "option", "forbidden"]


@dataclass(frozen=True, slots=True)
class Owed:
    """What one body owes, may do, or must not do, by one rule.

    Attributes
    ----------
    who : Party
    to : tuple of Party
    rule : Rule
    status : {"owed", "possibly", "option", "forbidden"}
    outcome : Outcome
        Of the rule; ``kept`` and ``broken`` where the facts tell.
    since : datetime or None
        When the clock began; None is unknown, or there is no clock.
    due : datetime or None
        The last lawful moment; None where the statute gives no number, or the start is unknown.
    target : datetime or None
        The time that the agreement sets; never later than `due`.
    missing : tuple of str
        Facts and moments for want of which something is undetermined.
    """

    who: Party
    to: tuple[Party, ...]
    rule: Rule
    status: Status
    outcome: Outcome
    since: datetime | None = None
    due: datetime | None = None
    target: datetime | None = None
    missing: tuple[str, ...] = ()

    @property
    def is_standing(self) -> bool:
        """Whether it is owed at all times, whatever happens."""
        return self.rule.is_standing

    @property
    def by(self) -> datetime | None:
        """The moment that counts: the target where there is one, else the lawful time."""
        return self.target or self.due


@dataclass(frozen=True, slots=True)
class Scale:
    """A grade, warning level or response level that rules settle. `level` is None where none is reached."""

    level: str | None
    is_lower_bound: bool
    rules: tuple[Rule, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Charge:
    """A body with a part in the response, and the rule or agreement that gives it.

    Where it is not certain, `missing` names the facts for want of which that is so.
    """

    party: Party
    cite: str
    rule: Rule | None
    is_certain: bool = True
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say of a situation. See `apply`.

    Attributes
    ----------
    situation : Situation
    facts : mapping
        With what follows from the situation.
    scales : mapping of str to Scale
        Grade, warning and response level.
    lead : tuple of Charge
        By the agreement where there is one, else by the rules.
    lead_by_law : tuple of Charge
        By the rules in any case: an agreement among cities does not set the law aside.
    assist, escalate, command : tuple of Charge
    duties : tuple of Owed
        What is certain, in the order of time: what has no time comes last.
    undetermined : tuple of Owed
    vocabulary : mapping of str to Fact
        Every fact that the rules may ask for.
    """

    situation: Situation
    facts: Facts
    scales: Mapping[str, Scale]
    lead: tuple[Charge, ...]
    lead_by_law: tuple[Charge, ...]
    assist: tuple[Charge, ...]
    escalate: tuple[Charge, ...]
    command: tuple[Charge, ...]
    duties: tuple[Owed, ...]
    undetermined: tuple[Owed, ...]
    vocabulary: Mapping[str, Fact]

    def owed(self) -> tuple[Owed, ...]:
        """The duties that are owed for certain because of the event."""
        return tuple(one for one in self.duties if one.status == "owed" and not one.is_standing)

    def standing(self) -> tuple[Owed, ...]:
        """What is owed, allowed or forbidden at all times: of no use to whoever has an event at hand."""
        return tuple(one for one in self.duties if one.is_standing)

    def asked_for(self) -> tuple[tuple[Fact, tuple[Rule, ...], tuple[Rule, ...]], ...]:
        """The facts that nobody told: each with the rules that it would decide alone, and those in which it
        is one of several. What decides most comes first."""
        alone: dict[str, dict[str, Rule]] = {}
        among: dict[str, dict[str, Rule]] = {}
        for one in self.undetermined:
            for name in one.missing:
                chosen = alone if len(one.missing) == 1 else among
                chosen.setdefault(name, {})[f"{one.rule.pack} {one.rule.id}"] = one.rule
        rows = [
            (self.vocabulary[name], tuple(alone.get(name, {}).values()), tuple(among.get(name, {}).values()))
            for name in dict.fromkeys((*alone, *among))
        ]
        return tuple(sorted(rows, key=lambda row: (-len(row[1]), -len(row[2]), row[0].name)))


def apply(packs: Sequence[RulePack], situation: Situation) -> Ruling:
    """What the rules of these packs, in force on the day of the situation, say of it.

    Parameters
    ----------
    packs : sequence of RulePack
    situation : Situation
    """
    day = situation.at.date()
    rules = [rule for pack in packs for rule in pack.in_force(day, as_if=situation.as_if_in_force)]
    facts = derived(situation)
    scales = {name: _scale(name, rules, facts) for name in ("grade", "warning", "response")}
    facts = _with_grade(facts, scales["grade"])
    found = [one for rule in rules for one in _applied(rule, situation, facts)]
    certain = [one for one in found if one.status != "possibly"]
    return Ruling(
        situation=situation,
        facts=facts,
        scales=scales,
        lead=_lead(situation, rules, facts),
        lead_by_law=tuple(_charges("lead", rules, situation, facts)),
        assist=_assist(situation),
        escalate=tuple(_charges("escalate", rules, situation, facts)),
        command=tuple(_charges("command", rules, situation, facts)),
        duties=tuple(sorted(certain, key=_in_time)),
        undetermined=tuple(one for one in found if one.status == "possibly"),
        vocabulary={name: fact for pack in packs for name, fact in pack.facts.items()},
    )


def _in_time(one: Owed) -> tuple[int, float, str, str, str]:
    """What has a time first, then what is owed at once, then the rest."""
    by = one.by
    rank = 0 if by is not None else 1 if one.rule.at_once else 2
    return rank, 0.0 if by is None else by.timestamp(), one.rule.pack, one.rule.id, one.who.code


# -------------------------------------------------------------------------------------------------- facts


def derived(situation: Situation) -> dict[str, Scalar | Possible]:
    """The facts of a situation with those that follow from its places; what is told is never overruled.

    A situation that names a class of hazard and a place is taken as an event that needs measures, unless its
    facts say otherwise: why else would somebody ask.
    """
    told = dict(situation.facts)
    origin, reached = set(situation.origin), {one.city for one in situation.reached}
    found: dict[str, Scalar] = {}
    if origin and "hazard_class" in told:
        found["emergency_event"] = True
    if situation.moment(None, "occurred") is not None:
        found["occurred"] = True
    if origin and reached:
        found["crosses_border"] = bool(reached - origin)
        found["district_count"] = len(origin | reached)
        common = situation.territory.common_superior(tuple(sorted(origin | reached)))
        if len(origin | reached) > 1:
            direct = {situation.territory.superior(code) for code in origin | reached}
            found["common_superior_exists"] = common is not None and direct == {common}
    if situation.moment(None, "warned") is not None:
        found["warning_issued"] = True
    return {**found, **told}


def _with_grade(facts: dict[str, Scalar | Possible], grade: Scale) -> dict[str, Scalar | Possible]:
    """The grade that follows from the rules, where nobody has told it; a lower bound leaves graver ones
    open."""
    if "grade" in facts or grade.level is None:
        return facts
    graver = LEVELS[: LEVELS.index(grade.level) + 1]
    value: Scalar | Possible = Possible(frozenset(graver)) if grade.is_lower_bound else grade.level
    if isinstance(value, Possible) and len(value.values) == 1:
        value = grade.level
    return {**facts, "grade": value}


def _facts_for(party: Party, situation: Situation, facts: Facts) -> Facts:
    """With what the party itself has heard; what nobody tells of it stays unknown."""
    mine: dict[str, Scalar] = {}
    if situation.moment(party.code, "received") is not None:
        mine |= {"report_received": True, "information_received": True}
    elif situation.moment(party.code, "known") is not None:
        mine["information_received"] = True
    return {**mine, **facts} if mine else facts


def _missing_facts(rule: Rule, facts: Facts) -> tuple[str, ...]:
    parts = filter(None, (rule.when, rule.must))
    asked = (one.fact for part in parts for one in part.comparisons())
    return tuple(
        dict.fromkeys(name for name in asked if not isinstance(facts.get(name), bool | int | float | str))
    )


# -------------------------------------------------------------------------------------------------- rules


def _scale(name: str, rules: Iterable[Rule], facts: Facts) -> Scale:
    """The gravest level that a rule settles; a lower bound while a graver one is undecided."""
    voting = [rule for rule in rules if rule.gives.get("scale") == name]
    reached = [rule for rule in voting if rule.when.holds(facts) is True]
    level = min((rule.gives["level"] for rule in reached), key=LEVELS.index, default=None)
    top = len(LEVELS) if level is None else LEVELS.index(level)
    open_ = [r for r in voting if r.when.holds(facts) is None and LEVELS.index(r.gives["level"]) < top]
    missing = tuple(dict.fromkeys(fact for rule in open_ for fact in _missing_facts(rule, facts)))
    decisive = tuple(rule for rule in reached if rule.gives["level"] == level)
    return Scale(level, bool(open_), decisive, missing)


AT_THE_SCENE = ("unit", "unit_head", "scene_people")
"""Roles that know of an event when it occurs; all others know when they are told."""
_STATUS: Mapping[str, Status] = {"may": "option", "must-not": "forbidden"}


def _applied(rule: Rule, situation: Situation, facts: Facts) -> Iterator[Owed]:
    """What the rule means for each body that it concerns; nothing for a definition."""
    if rule.modality == "definition" or not rule.who:
        return
    for who in resolve(rule.who, situation):
        known = _facts_for(who, situation, facts)
        outcome = rule.outcome(known)
        if outcome == "does_not_apply":
            continue
        if outcome == "undetermined":
            missing = _missing_facts(rule, known)
            yield Owed(who, _to(rule, situation, who), rule, "possibly", outcome, missing=missing)
            continue
        status = _STATUS.get(rule.modality, "owed")
        owed = Owed(who, _to(rule, situation, who), rule, status, outcome)
        yield _timed(owed, situation, known) if status == "owed" else owed


def _to(rule: Rule, situation: Situation, who: Party) -> tuple[Party, ...]:
    parties = (one for role in rule.to for one in resolve(role, situation, who))
    return tuple(dict.fromkeys(one for one in parties if one.code != who.code))


def _timed(owed: Owed, situation: Situation, facts: Facts) -> Owed:
    """With the start of its clock, the lawful time and the target of the agreement."""
    rule, terms = owed.rule, situation.terms
    own_target = terms.target(f"{rule.pack} {rule.id}")
    at_once = timedelta(hours=terms.at_once_h) if rule.at_once and terms.code else None
    target = own_target if own_target is not None else at_once if rule.within is None else None
    if rule.within is None and target is None:
        return replace(owed, missing=_missing_facts(rule, facts) if rule.must is not None else ())
    begin = _start(rule, owed.who, situation)
    if begin is None:
        return replace(owed, missing=(f"when {owed.who.code} {_start_word(rule)}",))
    due = None if rule.within is None else rule.within.due(begin.at)
    aim = None if target is None else begin.at + target
    if aim is not None and due is not None and aim > due:
        aim = None  # An agreement makes a lawful time shorter, never longer.
    return replace(owed, since=begin.at, due=due, target=aim)


def _start_word(rule: Rule) -> str:
    return rule.within.start if rule.within is not None else "known"


def _start(rule: Rule, who: Party, situation: Situation) -> Moment | None:
    """When the clock of a rule began for a body."""
    if rule.within is not None:
        return situation.moment(who.code, rule.within.start)
    words = ("known", "received", "warned", *(("occurred",) if who.role in AT_THE_SCENE else ()))
    found = [one for word in words if (one := situation.moment(who.code, word)) is not None]
    mine = [one for one in found if one.body == who.code]
    return min(mine or found, key=lambda one: one.at, default=None)


# -------------------------------------------------------------------------------------- lead and assistance


def _charges(part: str, rules: Iterable[Rule], situation: Situation, facts: Facts) -> Iterator[Charge]:
    for rule in rules:
        holds = rule.when.holds(facts) if part in rule.gives else False
        if holds is not False:
            actor = resolve(rule.who, situation)[0] if rule.who else None
            missing = _missing_facts(rule, facts) if holds is None else ()
            for party in resolve(rule.gives[part], situation, actor):
                yield Charge(party, rule.cite, rule, holds is True, missing)


def _lead(situation: Situation, rules: Iterable[Rule], facts: Facts) -> tuple[Charge, ...]:
    """By the agreement where there is one; else by the rules."""
    terms = situation.terms
    if terms.code:
        role = {"origin": "origin.government", "superior": "agreement_superior"}.get(terms.lead, terms.lead)
        parties = resolve(role, situation)
        return tuple(Charge(party, f"agreement {terms.code}", None, party.is_known) for party in parties)
    return tuple(_charges("lead", rules, situation, facts))


def _assist(situation: Situation) -> tuple[Charge, ...]:
    """Cities that are likely enough reached; those of unknown probability are not certain."""
    bound = situation.terms.assist_from_probability
    cite = f"agreement {situation.terms.code}" if situation.terms.code else "default of riskshed"
    rows = []
    for reach in situation.reached:
        if reach.city not in situation.origin and (reach.probability is None or reach.probability >= bound):
            party = Party(reach.city, "reached.government")
            rows.append(Charge(party, cite, None, reach.probability is not None))
    return tuple(rows)
