"""What an incident room shows: all about one incident, as it stands, or as it stood at a time of the past.

A time of the past shows what the record held then and nothing that came later: neither a later forecast nor a
later reading, nor an answer that was still to come. Duties are judged by the law and the terms that bound the
bodies then. What nobody has said is listed as not known, and is never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from riskshed.governance import duty
from riskshed.governance import escalation as handing_up
from riskshed.governance import incident as life
from riskshed.governance.circumstances import Regime
from riskshed.governance.obligation import Judged
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.governance.terms import Terms
from riskshed.statement import Statement
from riskshed.web import addresses, band_chart, roster, statement_line, threat, wording
from riskshed.web.band_chart import Chart
from riskshed.web.current import node
from riskshed.web.forms_incident import CAUSES, LEVELS, PHASES
from riskshed.web.statement_line import MODES, SCALES, Line, line
from riskshed.web.threat import Threat
from riskshed.web.wording import say

FEED_SHOWN = 20
MISSING_SHOWN = 8
QUIET = timedelta(hours=1)
"""Who was heard within it is not shown as silent, even where no rhythm was agreed."""


# ------------------------------------------------------------------------------------- at which moment


@dataclass(frozen=True)
class Moment:
    """How things stand at one moment: now, or in the past as it was known then.

    Attributes
    ----------
    at : datetime
    is_past : bool
    standing : Standing
    regime : Regime
    duties : tuple of Judged
        Of all incidents.
    """

    at: datetime
    is_past: bool
    standing: Standing
    regime: Regime
    duties: tuple[Judged, ...]


def now(*, exercise: bool) -> Moment:
    """How things stand."""
    living = node()
    standing = living.standing(exercise=exercise)
    return Moment(living.now(), False, standing, living.regime(), living.duties(exercise=exercise))


def then(at: datetime, *, exercise: bool) -> Moment:
    """How things stood, as known then; `at` is not later than now."""
    living = node()
    assert at <= living.now(), "what is to come is not known"
    living.record.follow(living.now())
    standing = living.record.standing(at, exercise=exercise)
    regime = _regime(standing, living.regime())
    return Moment(at, True, standing, regime, duty.judge(standing, regime))


def _regime(standing: Standing, today: Regime) -> Regime:
    """The law of today's packs, and the terms only where the agreement was in force then."""
    code = today.terms.code
    if not code:
        return today
    bound = any(one.code == code and one.status == "in_force" for one in standing.agreements.values())
    return today if bound else replace(today, terms=Terms(), given={})


# --------------------------------------------------------------------------------------------- the head


@dataclass(frozen=True, slots=True)
class Level:
    """A level of one scale: as it was set, and as the rules have it; texts are empty where there is nothing.

    `missing` are facts for want of which the level of the rules is a lower bound.
    """

    scale: str
    stated: str
    stated_url: str
    at: datetime | None
    by: str
    ruled: str
    rule: str
    rule_url: str
    missing: tuple[str, ...]
    differs: str


DIFFERS: Mapping[str, tuple[str, str]] = {
    "unset": ("规则已可定级，尚无机构确定", "the rules give a level that nobody has set"),
    "too_low": ("所定低于规则", "what was set is below the rules"),
    "too_high": ("所定高于规则", "what was set is above the rules"),
    "too_sure": ("未注明为下限", "it does not say that it is a lower bound"),
}


def levels(moment: Moment, code: str) -> tuple[Level, ...]:
    """The three scales, in their order."""
    made = []
    for scale in SCALES:
        graded = (
            life.response(moment.standing, code, moment.regime)
            if scale == "response"
            else life.grade(moment.standing, code, moment.regime, scale=scale)
        )
        made.append(_level(graded, moment))
    return tuple(made)


def fact_words(names: Iterable[str], moment: Moment) -> tuple[str, ...]:
    """What rules ask for, in the words of their packs; a name that none has stands for itself."""
    known = {name: one for pack in moment.regime.packs for name, one in pack.facts.items()}
    return tuple(
        say(known[name].zh, known[name].en[:1].lower() + known[name].en[1:].rstrip("."))
        if name in known
        else name
        for name in names
    )


def _level(graded: life.Graded, moment: Moment) -> Level:
    stated, rule = graded.stated, graded.rules[0] if graded.rules else None
    return Level(
        scale=say(*SCALES[graded.scale]),
        stated=level_words(stated.level, stated.lower_bound) if stated else "",
        stated_url=addresses.statement(stated.statement) if stated else "",
        at=stated.at if stated else None,
        by=stated.by if stated else "",
        ruled=level_words(graded.level, graded.is_lower_bound) if graded.level else "",
        rule=rule.cite if rule else "",
        rule_url=addresses.rule(rule.pack, rule.id) if rule else "",
        missing=fact_words(graded.missing[:MISSING_SHOWN], moment),
        differs=say(*DIFFERS[graded.differs]) if graded.differs else "",
    )


def level_words(level: str, lower_bound: bool) -> str:
    """A level in words, and whether it is a lower bound."""
    return say(*LEVELS[level]) + (say("，下限", ", a lower bound") if lower_bound else "")


def phase(incident: IncidentStanding) -> str:
    """The phase, in words."""
    return say(*PHASES[incident.phase])


@dataclass(frozen=True, slots=True)
class Step:
    """A change of phase, in words."""

    phase: str
    since: datetime
    url: str
    is_lawful: bool


def course(moment: Moment, code: str) -> tuple[Step, ...]:
    """The phases through which it went."""
    return tuple(
        Step(say(*PHASES[one.phase]), one.since, addresses.statement(one.statement), one.is_lawful)
        for one in life.course(moment.standing, code)
    )


def modes(incident: IncidentStanding) -> list[tuple[str, str]]:
    """Body and mode of working in this incident."""
    return [(body, say(*MODES[mode])) for body, mode in incident.modes.items()]


# ---------------------------------------------------------------------------------------------- the parts


def chart(main: Threat, moment: Moment, city: str) -> Chart | None:
    """The band chart of a forecast; None where there is none."""
    if not main.coming:
        return None
    began = main.incident.began or main.incident.at
    seen = {code: sight.at for code, sight in main.seen.items()}
    zone = node().profile.zone
    return band_chart.chart(
        main.coming, moment.at, zone, seen=seen, began=began, mine=city, caveats=main.caveats
    )


@dataclass(frozen=True, slots=True)
class Issued:
    """One forecast among those of an incident: `key` names it in the address of the room."""

    key: str
    at: datetime
    by: str
    members: int | None
    url: str
    is_shown: bool


def forecasts(moment: Moment, incident: IncidentStanding, chosen: str) -> tuple[Issued, ...]:
    """All forecasts, the latest first."""
    said = [moment.standing.statements[one].statement for one in incident.footprints]
    shown = chosen or incident.footprint
    ordered = sorted(said, key=lambda one: (one.issued, one.id), reverse=True)
    return tuple(
        Issued(
            one.id,
            one.issued,
            one.by,
            one.body["members"] if one.body else None,
            addresses.statement(one.id),
            one.id == shown,
        )
        for one in ordered
    )


def foreseen(moment: Moment, incident: IncidentStanding, chosen: str) -> Threat:
    """The latest forecast, or an earlier one that was chosen, beside what had been seen of the front."""
    picked = replace(incident, footprint=chosen) if chosen in incident.footprints else incident
    return threat.of_incident(moment.standing, picked, node().region)


def readings(moment: Moment, main: Threat) -> tuple[Line, ...]:
    """The readings on which a forecast rests, the latest first."""
    seen = moment.standing.statements.get(main.forecast)
    if seen is None or seen.statement.body is None:
        return ()
    named = seen.statement.strings("readings") if seen.statement.kind == "FootprintIssued" else ()
    found = [moment.standing.statements[one].statement for one in named if one in moment.standing.statements]
    return tuple(line(one, moment.standing) for one in reversed(found))


def concerns(standing: Standing, one: Judged, incident: IncidentStanding) -> bool:
    """Whether a duty is about the incident, or about a statement that is."""
    codes = {incident.code, *incident.same_as}
    asked = standing.statements.get(one.duty.about)
    return one.duty.about in codes or (asked is not None and asked.statement.about in codes)


def feed(moment: Moment, incident: IncidentStanding) -> tuple[tuple[Line, ...], int]:
    """What was said, the latest first, and how many there are."""
    codes = {incident.code, *incident.same_as}
    said = [
        seen.statement
        for seen in moment.standing.statements.values()
        if seen.statement.exercise == incident.exercise and _is_of(moment.standing, seen.statement, codes)
    ]
    said.sort(key=lambda one: (one.issued, one.id), reverse=True)
    return tuple(line(one, moment.standing) for one in said[:FEED_SHOWN]), len(said)


def _is_of(standing: Standing, one: Statement, codes: set[str]) -> bool:
    """Also what is set aside: a reader should see that it was said, and why it does not count."""
    answered = standing.statements.get(one.replies_to or "")
    return one.about in codes or (
        one.about is None and answered is not None and answered.statement.about in codes
    )


@dataclass(frozen=True, slots=True)
class HandedUp:
    """An escalation: on the record with its address, or proposed by a rule (`url` is empty)."""

    by: str
    to: tuple[str, ...]
    cause: str
    reason: Mapping[str, str]
    at: datetime | None
    url: str
    is_certain: bool


def escalations(moment: Moment, incident: IncidentStanding) -> tuple[HandedUp, ...]:
    """What was handed up, and what the rules say should be."""
    return (*_handed(moment, incident), *_to_hand_up(moment, incident))


def _handed(moment: Moment, incident: IncidentStanding) -> Iterator[HandedUp]:
    for identity in incident.escalated:
        said = moment.standing.statements[identity].statement
        if said.body is not None:
            cause = say(*CAUSES[said.string("cause")])
            to, reason = said.strings("to"), said.words("reason")
            yield HandedUp(said.by, to, cause, reason, said.issued, addresses.statement(identity), True)


def _to_hand_up(moment: Moment, incident: IncidentStanding) -> Iterator[HandedUp]:
    for one in handing_up.escalation(moment.standing, incident.code, moment.regime):
        body = one.draft.body
        yield HandedUp(
            one.draft.by, tuple(body["to"]), say(*CAUSES[one.cause]), _reason(one), None, "", one.is_certain
        )


def _reason(one: handing_up.Escalation) -> Mapping[str, str]:
    """The words of the rule, with names in the place of the codes that stand in them."""
    return statement_line.with_names(one.draft.body["reason"], node().names())


def silence(moment: Moment, incident: IncidentStanding) -> roster.Silence | None:
    """How long the source was not heard; None while it is heard as agreed, and once it is over."""
    if incident.phase == "closed":
        return None
    found = roster.silence(moment.standing, incident, moment.duties, moment.at)
    is_quiet = found is not None and (found.last is None or moment.at - found.last.at >= QUIET)
    return found if is_quiet else None


# ----------------------------------------------------------------------------------------- what is not known


def unknown(moment: Moment, incident: IncidentStanding, main: Threat) -> tuple[str, ...]:
    """What nobody has said so far, in the order in which it matters."""
    return tuple(_unknown(moment, incident, main))


def _unknown(moment: Moment, incident: IncidentStanding, main: Threat) -> Iterator[str]:
    if not incident.footprints:
        yield say("何时到达、到达何处：尚无预测", "when it arrives, and where: there is no forecast")
    if incident.began is None:
        yield say("何时发生", "when it began")
    toll = incident.toll
    lost = (
        ("dead_people", "死亡人数", "the dead"),
        ("missing_people", "失踪人数", "the missing"),
        ("gravely_hurt_people", "重伤（中毒）人数", "the gravely hurt or poisoned"),
        ("loss", "直接损失", "the direct loss"),
    )
    names = [say(zh, en) for name, zh, en in lost if getattr(toll, name) is None]
    if names:
        listed = say("、", ", ").join(names)
        yield say(f"伤亡与损失：{listed}；等级因此只是下限", f"{listed}: so every grade is a lower bound")
    if not incident.lead:
        yield say("由谁牵头：尚未确定", "who leads: nobody has laid it down")
    vague = [one.city for one in main.coming if one.probability is None]
    if vague:
        yield say(
            f"是否波及：{statement_line.names(vague)}", f"whether it reaches {statement_line.names(vague)}"
        )
    yield from _unheard(moment, incident, main)


def _unheard(moment: Moment, incident: IncidentStanding, main: Threat) -> Iterator[str]:
    codes = {incident.code, *incident.same_as}
    told = {body for one in moment.standing.notices.values() if one.about in codes for body in one.to}
    reached = [one.city for one in main.coming if one.reaches(threat.UNLIKELY) and one.city != incident.city]
    silent = [city for city in reached if city in moment.standing.bodies and city not in told]
    if silent:
        listed = statement_line.names(silent)
        yield say(
            f"是否已获知（无通报记录）：{listed}", f"whether these have heard (no notice on record): {listed}"
        )
    reports = [
        one for one in moment.standing.field_reports.values() if one.about in codes and one.confirmed is None
    ]
    if reports:
        count = len(reports)
        yield say(f"{count} 份现场报告是否属实", f"whether {count} field reports are true")
    timeless = [one for one in moment.duties
                if one.state == "undetermined" and concerns(moment.standing, one, incident)]  # fmt: skip
    if timeless:
        count = len(timeless)
        yield say(f"{count} 项责任的期限：起点未知", f"the time of {count} duties: their start is unknown")


# ----------------------------------------------------------------------------------------------- the whole


def facts(moment: Moment, incident: IncidentStanding, *, city: str, mine: str, chosen: str) -> dict[str, Any]:
    """What the room shows of an incident at a moment, but for its long lists (`incident_lists`)."""
    main = foreseen(moment, incident, chosen)
    said, count = feed(moment, incident)
    reached: Sequence[str] = [one.city for one in main.coming if one.reaches(threat.UNLIKELY)]
    told = roster.rows(moment.standing, incident, tuple(reached), mine)
    held = life.command(moment.standing, incident.code)
    return {
        "incident": incident,
        "moment": moment,
        "phase": phase(incident),
        "course": course(moment, incident.code),
        "levels": levels(moment, incident.code),
        "modes": modes(incident),
        "hazard_class": wording.hazard_class(incident.hazard_class),
        "toll": incident.toll,
        "threat": main,
        "chart": chart(main, moment, city),
        "forecasts": forecasts(moment, incident, chosen),
        "readings": readings(moment, main),
        "command": held,
        "roster": [one for one in told if one.is_mine or one.is_involved],
        "untold": [one.body for one in told if not one.is_involved and not one.is_mine],
        "escalations": escalations(moment, incident),
        "lines": said,
        "lines_count": count,
        "unknown": unknown(moment, incident, main),
        "findings": [
            one
            for one in moment.standing.findings.values()
            if one.about in (incident.code, *incident.same_as)
        ],
    }
