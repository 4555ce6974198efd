"""The life of an incident: its phases, its grade by the rules, normal and emergency working, who commands.

    phase       may go to                     because
    watch       alert, emergency, closed      what somebody saw is borne out, or is nothing
    alert       watch, emergency, closed      it passes by, or it comes
    emergency   recovery                      the danger is over, what it left is not
    recovery    emergency, closed             it comes back, or all is done
    closed      watch, alert, emergency       it is opened again

The order is that of 突发事件应对法 (2024): monitoring and warning (chapter 4), response (chapter 5), recovery
(chapter 6). A body may say anything, and what it says stands; a step that the table has not is shown.

Grades are worked out by the rules from what is known. A number that nobody has told casts no vote: the grade
is then a lower bound. Where a body has set a level below that of the rules, a correction is proposed with the
rule; a level above it is left alone, because to be careful is no breach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from riskshed.governance.circumstances import Regime, about, of_incident, said_at
from riskshed.governance.condition import Possible, Scalar
from riskshed.governance.draft import Draft
from riskshed.governance.rule import LEVELS, Rule
from riskshed.governance.ruling import Ruling, apply
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, LevelStanding, Phase, Seen

LAWFUL: Mapping[Phase, tuple[Phase, ...]] = {
    "watch": ("alert", "emergency", "closed"),
    "alert": ("watch", "emergency", "closed"),
    "emergency": ("recovery",),
    "recovery": ("emergency", "closed"),
    "closed": ("watch", "alert", "emergency"),
}
"""To which phases one may go from each."""

Differs = Literal["unset", "too_low", "too_high", "too_sure"]


def words(zh: str, en: str) -> dict[str, str]:
    """Text of a draft in both languages."""
    return {"zh": zh, "en": en}


def cited(rule: Rule) -> dict[str, str]:
    """The rule as a statement cites it."""
    return {"pack": rule.pack, "rule": rule.id, "cite": rule.cite}


# ----------------------------------------------------------------------------------------------- the course


@dataclass(frozen=True, slots=True)
class Step:
    """A change of phase: from which to which, by what, since when, and whether `LAWFUL` has it."""

    was: Phase | None
    phase: Phase
    statement: str
    since: datetime
    is_lawful: bool


def course(standing: Standing, code: str) -> tuple[Step, ...]:
    """The phases through which an incident went, the first at the beginning.

    Parameters
    ----------
    standing : Standing
    code : str
        Of an incident that is in `standing`.
    """
    incident = standing.incidents[code]
    told = sorted(about(standing, incident), key=lambda seen: (said_at(seen), seen.statement.id))
    steps: list[Step] = []
    for seen in told:
        was = steps[-1].phase if steps else None
        phase = _phase_said(seen, was, incident, standing)
        if phase is not None and phase != was:
            lawful = was is None or phase in LAWFUL[was]
            steps.append(Step(was, phase, seen.statement.id, said_at(seen), lawful))
    return tuple(steps)


def _phase_said(
    seen: Seen, was: Phase | None, incident: IncidentStanding, standing: Standing
) -> Phase | None:
    said = seen.statement
    if said.kind == "IncidentClosed":
        return "closed"
    if said.kind == "IncidentOpened" and was in (None, "closed"):
        answered = standing.statements.get(said.replies_to or "")
        from_the_field = answered is not None and answered.statement.kind == "FieldReportFiled"
        return "watch" if from_the_field and not incident.reports else "alert"
    if said.kind == "LevelSet" and said.body is not None and said.has("phase"):
        return said.string("phase")  # type: ignore[return-value]
    return None


# --------------------------------------------------------------------------------------------- the situation


# ------------------------------------------------------------------------------------------------- grades


@dataclass(frozen=True, slots=True)
class Graded:
    """The level of one scale by the rules, beside what a body has set.

    Attributes
    ----------
    scale : str
        ``grade``, ``warning`` or ``response``.
    level : str or None
        I to IV, I the gravest; None where no known number reaches any.
    is_lower_bound : bool
        True while something unknown could make it graver.
    rules : tuple of Rule
        Those that give the level.
    missing : tuple of str
        Facts for want of which it is a lower bound.
    stated : LevelStanding or None
        What was set last.
    differs : {"unset", "too_low", "too_high", "too_sure"} or None
        How that differs from the rules; ``too_sure`` is the same level without saying that it is a lower
        bound.
    draft : Draft or None
        The ``LevelSet`` that would put it right; none where what was set is as grave or graver.
    """

    scale: str
    level: str | None
    is_lower_bound: bool
    rules: tuple[Rule, ...]
    missing: tuple[str, ...]
    stated: LevelStanding | None
    differs: Differs | None
    draft: Draft | None


def grade(standing: Standing, code: str, regime: Regime, *, scale: str = "grade") -> Graded:
    """The grade of an incident by the rules in force, and the correction of a grade that was set too low.

    Parameters
    ----------
    standing : Standing
    code : str
        Of an incident that is in `standing`.
    regime : Regime
    scale : {"grade", "warning", "response"}
    """
    found = apply(regime.packs, of_incident(standing, code, regime)).scales[scale]
    incident = standing.incidents[code]
    stated = incident.levels.get(scale)
    differs = _differs(found.level, found.is_lower_bound, stated)
    draft = None
    if differs in ("unset", "too_low", "too_sure") and found.level is not None:
        draft = _level_set(incident, scale, found.level, found.is_lower_bound, found.rules[0], found.missing)
    return Graded(
        scale, found.level, found.is_lower_bound, found.rules, found.missing, stated, differs, draft
    )


def _differs(level: str | None, is_lower_bound: bool, stated: LevelStanding | None) -> Differs | None:
    if level is None:
        return None
    if stated is None:
        return "unset"
    by_rules, by_body = LEVELS.index(level), LEVELS.index(stated.level)
    if by_body > by_rules:
        return "too_low"
    if by_body < by_rules:
        return None if is_lower_bound else "too_high"
    return "too_sure" if is_lower_bound and not stated.lower_bound else None


def _level_set(
    incident: IncidentStanding,
    scale: str,
    level: str,
    lower_bound: bool,
    rule: Rule | None,
    missing: tuple[str, ...],
) -> Draft:
    stated = incident.levels.get(scale)
    zh, en = f"依{rule.cite}。" if rule else "", f"By {rule.cite}." if rule else ""
    if rule is None:
        zh, en = "没有规则另行规定，响应级别与事件等级相同。", "No rule says otherwise: it follows the grade."
    if missing:
        zh, en = f"{zh}尚不清楚：{'、'.join(missing)}。", f"{en} Not known yet: {', '.join(missing)}."
    body: dict[str, Any] = {
        "scale": scale,
        "level": level,
        "lower_bound": lower_bound,
        "reason": words(zh, en),
    }
    if rule is not None:
        body["rule"] = cited(rule)
    by = stated.by if stated is not None else incident.by
    return Draft("LevelSet", by, incident.code, stated.statement if stated is not None else None, body)


def response(standing: Standing, code: str, regime: Regime) -> Graded:
    """The response level: by the rules where they settle it, else that of the grade.

    No statute of the packs ties response levels to grades; contingency plans do. Until the packs hold those,
    `riskshed` proposes the level of the grade (its own default, and the reason says so).
    """
    by_rule = grade(standing, code, regime, scale="response")
    if by_rule.level is not None:
        return by_rule
    by_grade = grade(standing, code, regime)
    level, open_, stated = by_grade.level, by_grade.is_lower_bound, by_rule.stated
    differs = _differs(level, open_, stated)
    draft = None
    if level is not None and differs in ("unset", "too_low", "too_sure"):
        draft = _level_set(standing.incidents[code], "response", level, open_, None, by_grade.missing)
    return Graded("response", level, open_, (), by_grade.missing, stated, differs, draft)


def ruling(standing: Standing, code: str, regime: Regime, **more: Scalar) -> Ruling:
    """What the rules say of an incident; a grade that was set too low does not make it milder.

    `more` are facts that somebody worked out, such as ``beyond_capacity``.
    """
    graded = grade(standing, code, regime)
    made = of_incident(standing, code, regime)
    facts: dict[str, Scalar | Possible] = {**made.facts, **more}
    if graded.differs in ("too_low", "too_sure") and graded.level is not None:
        graver = LEVELS[: LEVELS.index(graded.level) + 1]
        still_open = graded.is_lower_bound and len(graver) > 1
        facts["grade"] = Possible(frozenset(graver)) if still_open else graded.level
    return apply(regime.packs, replace(made, facts=facts))


# ------------------------------------------------------------------------------------------ mode of working


def mode_switches(standing: Standing, code: str) -> tuple[Draft, ...]:
    """Who has to go over to emergency working for this incident, or may go back to normal.

    In an emergency that is everybody who leads, assists or commands and has not done so; once the incident is
    closed, everybody who is still in emergency mode for it.
    """
    incident = standing.incidents[code]
    if incident.phase == "emergency":
        parts = dict.fromkeys((*command(standing, code).now, *incident.lead, *incident.assist))
        reason = words("事件进入应急阶段。", "The incident is in the emergency phase.")
        wanted, bodies = "emergency", [one for one in parts if _mode(standing, incident, one) != "emergency"]
    elif incident.phase == "closed":
        reason = words("事件已结束。", "The incident is closed.")
        wanted, bodies = "normal", [one for one, mode in incident.modes.items() if mode == "emergency"]
    else:
        return ()
    return tuple(Draft("ModeSwitched", one, code, None, {"mode": wanted, "reason": reason}) for one in bodies)


def _mode(standing: Standing, incident: IncidentStanding, body: str) -> str | None:
    """The mode for this incident; else the one that the body set for all it does."""
    known = standing.bodies.get(body)
    return incident.modes.get(body) or (known.mode if known is not None else None)


# ---------------------------------------------------------------------------------------------- the command


@dataclass(frozen=True, slots=True)
class Command:
    """Who commands. `stack` took command and did not return it, the last at the end; `now` is in command:
    the last of them, else the lead, else the place of origin. `by` says which of these.
    """

    stack: tuple[str, ...]
    now: tuple[str, ...]
    by: Literal["command", "lead", "origin"]


def command(standing: Standing, code: str) -> Command:
    """Who is in command of an incident now.

    Parameters
    ----------
    standing : Standing
    code : str
        Of an incident that is in `standing`.
    """
    incident = standing.incidents[code]
    if incident.command:
        return Command(incident.command, incident.command[-1:], "command")
    if incident.lead:
        return Command((), incident.lead, "lead")
    return Command((), (incident.city,), "origin")


def hand_back(standing: Standing, code: str) -> tuple[Draft, ...]:
    """The command that has to be given back once the emergency is over, the last taken first.

    Each gives it back to the one from whom the stack has it; the first of them to the lead or the place.
    """
    incident = standing.incidents[code]
    if incident.phase not in ("recovery", "closed"):
        return ()
    below = (incident.lead or (incident.city,), *((one,) for one in incident.command))
    open_ = [task for task in standing.tasks.values() if task.about == code and not _is_done(task.share)]
    remains = ", ".join(task.task for task in open_)
    text = words(
        f"尚未完成的任务：{remains}。" if remains else "没有未完成的任务。",
        f"Tasks still open: {remains}." if remains else "No task is open.",
    )
    return tuple(
        Draft("CommandReturned", body, code, taken, {"to": list(to), "remains": text})
        for body, to in reversed(list(zip(incident.command, below[:-1], strict=True)))
        for taken in _taken(standing, incident, body)
    )


def _is_done(share: Any) -> bool:
    return share is not None and share >= 1


def _taken(standing: Standing, incident: IncidentStanding, body: str) -> Iterator[str]:
    """The takings of a body that were not returned."""
    told = list(about(standing, incident))
    returned = {seen.statement.replies_to for seen in told if seen.statement.kind == "CommandReturned"}
    for seen in sorted(told, key=lambda seen: (said_at(seen), seen.statement.id)):
        one = seen.statement
        if one.kind == "CommandTaken" and one.by == body and one.id not in returned:
            yield one.id
