"""Handing up: when an incident is more than those in charge may, or can, deal with.

Five causes, as ``Escalated`` names them. The **grade** passes what a level handles, by the packs or by the
agreement. The **capacity** is short of what is needed. It **spreads** over several districts, so that their
common superior has to lead. Somebody who was asked has not **answered** in time. Each comes out as a draft
with the rule that says so; nothing is handed up by itself, and what was handed up already is not proposed
again. What is only possible is marked: a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from riskshed.governance import incident as life
from riskshed.governance.capacity import Shortfall, shortfalls, unmeasured
from riskshed.governance.circumstances import Regime, about, said_at
from riskshed.governance.draft import Draft
from riskshed.governance.incident import cited, words
from riskshed.governance.party import STATE, resolve
from riskshed.governance.rule import Rule
from riskshed.governance.ruling import Charge, Ruling
from riskshed.governance.standing import Standing

Cause = Literal["grade", "capacity", "unanswered", "spread"]
GRADE_FACTS = frozenset(("grade", "expected_grade"))
OF_DISTRICTS = ("affected.common_superior", "affected.superior")
ANSWERING = ("CommandTaken", "InstructionGiven", "CommandReturned", "Escalated")


@dataclass(frozen=True, slots=True)
class Escalation:
    """A proposal to hand up.

    Attributes
    ----------
    draft : Draft
        An ``Escalated``.
    cause : {"grade", "capacity", "unanswered", "spread"}
    is_certain : bool
        False while facts are unknown that could make it needless.
    rule : Rule or None
        None where a term of the agreement, or nothing but need, says so.
    short : tuple of Shortfall
    """

    draft: Draft
    cause: Cause
    is_certain: bool
    rule: Rule | None = None
    short: tuple[Shortfall, ...] = ()


def escalation(standing: Standing, code: str, regime: Regime) -> tuple[Escalation, ...]:
    """What should be handed up of an incident, to whom, and why; certain ones first.

    Parameters
    ----------
    standing : Standing
    code : str
        Of an incident that is in `standing`; a closed one needs nothing.
    regime : Regime
    """
    if standing.incidents[code].phase == "closed":
        return ()
    desk = _Desk(standing, code, regime)
    found = [*desk.by_grade(), *desk.by_capacity(), *desk.by_districts(), *desk.unanswered()]
    seen: dict[tuple[str, str, Cause], Escalation] = {}
    for one in sorted(found, key=lambda one: not one.is_certain):
        for to in one.draft.body["to"]:
            seen.setdefault((one.draft.by, to, one.cause), one)
    return tuple(_each_once(seen.values()))


def _each_once(found: Any) -> list[Escalation]:
    kept: list[Escalation] = []
    for one in found:
        if not any(one is other for other in kept):
            kept.append(one)
    return kept


def above(body: str, regime: Regime) -> str | None:
    """To whom a body hands up: the territory above it, else the superior or the centre of the agreement, else
    the State Council or who stands for it; None above that."""
    terms = regime.terms
    state = terms.roles.get(STATE, STATE)
    if body in (STATE, state):
        return None
    known = (regime.territory.superior(body), terms.superior, terms.centre, state)
    return next((one for one in known if one and not regime.territory.contains(body, one)), None)


class _Desk:
    """What each cause asks of one incident."""

    def __init__(self, standing: Standing, code: str, regime: Regime) -> None:
        self.standing, self.code, self.regime = standing, code, regime
        self.incident = standing.incidents[code]
        command = life.command(standing, code)
        self.charge, self.jointly = command.now[0], command.now
        self.above_it = {*command.stack, *command.now}
        self.ruling = life.ruling(standing, code, regime)

    def by_grade(self) -> Iterator[Escalation]:
        """By the rules that hand up a grade, and others whose facts are all known."""
        for charge in self.ruling.escalate:
            asked = _facts_of(charge.rule)
            if "beyond_capacity" in asked:
                continue
            of_grade = bool(asked & GRADE_FACTS)
            half_known = bool(asked) and asked <= self.ruling.facts.keys()
            if charge.is_certain or (of_grade and half_known):
                cause: Cause = "grade" if of_grade else "spread"
                yield from self._charged(charge, cause, charge.is_certain)

    def by_capacity(self) -> Iterator[Escalation]:
        """By what is short in the territories of those in charge together; several hand up as one."""
        short = shortfalls(self.standing, self.code, self.jointly, self.regime)
        said = unmeasured(self.standing, self.code)
        told = self.ruling.facts.get("beyond_capacity")
        if not short and not said and told is not True:
            return
        certain = told is True or any(one.is_certain for one in short)
        beyond = life.ruling(self.standing, self.code, self.regime, beyond_capacity=True)
        rules = [
            one for one in beyond.escalate if "beyond_capacity" in _facts_of(one.rule) and one.is_certain
        ]
        common = self.regime.territory.common_superior(self.jointly)
        to = common if len(self.jointly) > 1 and common else above(self.charge, self.regime)
        rule = next((one.rule for one in rules if one.party.code == to), None)
        more: dict[str, Any] = {"evidence": list(dict.fromkeys(said))} if said else {}
        if short:
            more["needs"] = [one.to_json() for one in short]
        yield from self._handed(to, "capacity", certain, _of_capacity(short), rule, short, **more)

    def by_districts(self) -> Iterator[Escalation]:
        """To who has to lead where several districts are touched, unless the agreement says who leads."""
        if self.regime.terms.code and self.regime.terms.lead == "origin":
            return
        for charge in _leads_of_districts(self.ruling, self.regime):
            yield from self._charged(charge, "spread", certain=True)

    def unanswered(self) -> Iterator[Escalation]:
        """What was handed up, or told to a neighbour, and not answered in time."""
        terms, now = self.regime.terms, self.standing.at
        told = list(about(self.standing, self.incident))
        for seen in told:
            one = seen.statement
            if one.kind != "Escalated" or one.body is None:
                continue
            to = one.strings("to")
            answers = [
                other.statement
                for other in told
                if other.statement.by in to and other.statement.kind in ANSWERING
                and said_at(other) >= said_at(seen)
            ]  # fmt: skip
            if not answers and now > said_at(seen) + timedelta(hours=terms.answer_h):
                reason = _of_silence(to, one.id)
                yield from self._handed(
                    above(to[-1], self.regime), "unanswered", True, reason, by=one.by, replies_to=one.id
                )
        yield from self._silent_neighbours()

    def _silent_neighbours(self) -> Iterator[Escalation]:
        wait = timedelta(hours=self.regime.terms.acknowledge_h)
        codes = {self.code, *self.incident.same_as}
        for notice in self.standing.notices.values():
            due = notice.answer_by or notice.issued + wait
            if notice.about not in codes or notice.superseded_by or self.standing.at <= due:
                continue
            silent = [to for to in notice.to if not _answered(notice.answers.get(to))]
            if silent:
                common = self.regime.territory.common_superior((notice.by, *silent))
                to = common or above(notice.by, self.regime)
                reason = _of_silence(silent, notice.id)
                yield from self._handed(to, "unanswered", True, reason, by=notice.by, evidence=[notice.id])

    # ------------------------------------------------------------------------------------------- drafts

    def _charged(self, charge: Charge, cause: Cause, certain: bool) -> Iterator[Escalation]:
        rule = charge.rule
        assert rule is not None, "a charge of a rule has one"
        reason = words(f"依{rule.cite}。", f"By {rule.cite}.")
        yield from self._handed(charge.party.code, cause, certain, reason, rule)

    def _handed(
        self,
        to: str | None,
        cause: Cause,
        certain: bool,
        reason: dict[str, str],
        rule: Rule | None = None,
        short: tuple[Shortfall, ...] = (),
        *,
        by: str = "",
        replies_to: str | None = None,
        **more: Any,
    ) -> Iterator[Escalation]:
        by = by or self.charge
        if to is None or self.regime.territory.contains(by, to) or to in self.above_it:
            return
        if self._said_before(by, to, cause, short):
            return
        body: dict[str, Any] = {"to": [to], "cause": cause, "reason": reason, **more}
        if rule is not None:
            body["rule"] = cited(rule)
        yield Escalation(Draft("Escalated", by, self.code, replies_to, body), cause, certain, rule, short)

    def _said_before(self, by: str, to: str, cause: Cause, short: tuple[Shortfall, ...]) -> bool:
        """Whether it was handed up for this before; a need that has grown is a new one."""
        for statement in self.incident.escalated:
            one = self.standing.statements[statement].statement
            same = one.body is not None and one.by == by and to in one.strings("to")
            if same and one.string("cause") == cause:
                before = {row["item"]: row["amount"] for row in one.records("needs")}
                if all(_is_covered(row, before) for row in short):
                    return True
        return False


def _is_covered(short: Shortfall, before: Any) -> bool:
    amount = before.get(short.item)
    return (
        amount is not None
        and amount["unit"] == short.unit
        and short.short <= type(short.short)(amount["value"])
    )


def _answered(answer: Any) -> bool:
    return answer is not None and any((answer.acknowledged, answer.adopted, answer.declined))


def _facts_of(rule: Rule | None) -> set[str]:
    return set() if rule is None else {one.fact for one in rule.when.comparisons()}


def _leads_of_districts(ruling: Ruling, regime: Regime) -> Iterator[Charge]:
    """The rules by which somebody above the districts leads, whatever the agreement says of the lead."""
    situation = ruling.situation
    day = situation.at.date()
    for pack in regime.packs:
        for rule in pack.in_force(day, as_if=regime.as_if_in_force):
            if rule.gives.get("lead") in OF_DISTRICTS and rule.when.holds(ruling.facts) is True:
                for party in resolve(rule.gives["lead"], situation):
                    yield Charge(party, rule.cite, rule)


def _of_capacity(short: tuple[Shortfall, ...]) -> dict[str, str]:
    if not short:
        return words("报告称有需要，但没有数量。", "Reports say that something is needed, and not how much.")
    zh = "；".join(f"{one.item} 需 {one.need} {one.unit}，已知 {one.have}" for one in short)
    en = "; ".join(f"{one.item}: {one.need} {one.unit} needed, {one.have} known" for one in short)
    if not any(one.is_certain for one in short):
        return words(f"可能不足（储备不全）：{zh}。", f"Possibly short (the stock is not all known): {en}.")
    return words(f"不足：{zh}。", f"Short: {en}.")


def _of_silence(to: Any, statement: str) -> dict[str, str]:
    names = ", ".join(to)
    return words(f"{names} 逾期未答复 {statement[:8]}。", f"{names} did not answer {statement[:8]} in time.")
