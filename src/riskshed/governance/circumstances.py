"""Circumstances: the situation of an incident, as the record shows it at one moment.

Rules look at situations, and the record holds statements. This module goes from one to the other: the class
of the incident, its toll, whom the latest forecast reaches, who has heard of it and when. It never adds
anything: what no statement says stays unknown.

When a body *received* something is when it was said to it and seen on the record. When it *knew* is the
earliest that the record shows: what it says itself of its knowledge, its own first words about the
incident, or the first thing that it received.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from riskshed.governance.condition import Possible, Scalar
from riskshed.governance.rule import LEVELS
from riskshed.governance.rulepack import RulePack
from riskshed.governance.situation import Moment, Reach, Situation
from riskshed.governance.standing import LATE_AFTER, Standing
from riskshed.governance.standing_view import effective
from riskshed.governance.subjects import IncidentStanding, Seen
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory

HAZARD_OF_PATHWAY: Mapping[str, str] = {
    "pollutant": "water_pollution",
    "river": "flood",
    "plume": "air_pollution",
    "contagion": "infectious_disease",
    "supply": "supply",
}
LEVEL_OF_COLOUR: Mapping[str, str] = dict(zip(("red", "orange", "yellow", "blue"), LEVELS, strict=True))
"""Warning colours and levels: 突发事件应对法 (2024) article 63."""


@dataclass(frozen=True)
class Regime:
    """The law and the terms that hold between bodies.

    Attributes
    ----------
    packs : tuple of RulePack
    terms : Terms
        Of the agreement; the defaults where there is none.
    territory : Territory
    as_if_in_force : bool
        Take the newest editions on an event of any day.
    sections : mapping of str to str
        The city of each section at which something is measured.
    given : mapping
        Facts that the agreement takes as given where the record does not tell them.
    """

    packs: tuple[RulePack, ...]
    terms: Terms = field(default_factory=Terms)
    territory: Territory = field(default_factory=lambda: Territory({}, {}, {}))
    as_if_in_force: bool = False
    sections: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Scalar] = field(default_factory=dict)


def said_at(seen: Seen) -> datetime:
    """When it counts as said, for timeliness: as effective, or as seen where the two lie too far apart."""
    late = seen.seen_at - seen.statement.issued > LATE_AFTER
    return seen.seen_at if late else effective(seen)


def of_incident(standing: Standing, code: str, regime: Regime) -> Situation:
    """The situation of an incident.

    Parameters
    ----------
    standing : Standing
    code : str
        Of an incident that is in `standing`.
    regime : Regime
    """
    incident = standing.incidents[code]
    said = tuple(about(standing, incident))
    reached = tuple(_reached(standing, incident))
    return Situation(
        at=standing.at,
        facts={
            **regime.given,
            **_hazard(incident, regime),
            **_facts(standing, incident, reached, regime.terms),
        },
        territory=regime.territory,
        origin=(incident.city,),
        hazard=_hazard_cities(standing, incident) or (incident.city,),
        reached=reached,
        bodies=_bodies(standing, incident, regime.terms),
        moments=tuple(_moments(incident, said)),
        terms=regime.terms,
        packs=tuple(pack.pack for pack in regime.packs),
        as_if_in_force=regime.as_if_in_force,
    )


def about(standing: Standing, incident: IncidentStanding) -> Iterator[Seen]:
    """Every statement about an incident, directly, by another of its codes, or by answering one that is."""
    codes = {incident.code, *incident.same_as}
    for seen in standing.statements.values():
        one = seen.statement
        if one.exercise != incident.exercise or one.id in standing.set_aside:
            continue
        answered = standing.statements.get(one.replies_to or "")
        if one.about in codes or (one.about is None and answered and answered.statement.about in codes):
            yield seen


# -------------------------------------------------------------------------------------------------- facts


def _facts(
    standing: Standing, incident: IncidentStanding, reached: Iterable[Reach], terms: Terms
) -> dict[str, Scalar | Possible]:
    facts: dict[str, Scalar | Possible] = {"hazard_class": incident.hazard_class, "emergency_event": True}
    if incident.began is not None:
        facts["occurred"] = incident.began <= standing.at
    facts |= _toll(incident)
    footprint = standing.statements.get(incident.footprint or "")
    pathway = footprint.statement.string("pathway") if footprint else ""
    if pathway in HAZARD_OF_PATHWAY:
        facts["hazard"] = HAZARD_OF_PATHWAY[pathway]
    if pathway == "pollutant":
        bound = terms.notice_from_probability
        facts["water_pollution"] = True
        if any(one.probability is not None and one.probability >= bound for one in reached):
            facts["drinking_water_threatened"] = True
    if any(
        one.city != incident.city and (one.probability or 0) >= terms.notice_from_probability
        for one in reached
    ):
        facts["about_to_happen"] = True
    facts |= _levels(incident)
    warnings = [one for one in standing.warnings.values() if one.about in (incident.code, *incident.same_as)]
    if warnings:
        facts["warning_issued"] = True
        active = [LEVEL_OF_COLOUR[one.level] for one in warnings if one.status == "active"]
        if active:
            facts["warning_level"] = min(active, key=LEVELS.index)
    if incident.modes:
        facts["response_started"] = "emergency" in incident.modes.values()
    facts["response_ended"] = incident.phase == "closed"
    return facts


def _hazard(incident: IncidentStanding, regime: Regime) -> dict[str, Scalar]:
    """The sort of hazard that the opening names, if rules know that word.

    Codes of hazards are free (an agreement names its own table), so another word stays unknown.
    """
    known = (pack.facts["hazard"].accepts(incident.hazard) for pack in regime.packs if "hazard" in pack.facts)
    return {"hazard": incident.hazard} if incident.hazard is not None and any(known) else {}


def _toll(incident: IncidentStanding) -> dict[str, Scalar]:
    toll = incident.toll
    named = {
        "dead_people": toll.dead_people,
        "missing_people": toll.missing_people,
        "gravely_hurt_people": toll.gravely_hurt_people,
    }
    facts: dict[str, Scalar] = {name: value for name, value in named.items() if value is not None}
    if toll.loss is not None and toll.loss.currency == "CNY":
        facts["loss_cny"] = toll.loss.minor / 100
    return facts


def _levels(incident: IncidentStanding) -> dict[str, Scalar | Possible]:
    """A grade that was set; while it is a lower bound, the graver ones are possible too."""
    grade = incident.levels.get("grade")
    if grade is None:
        return {}
    graver = frozenset(LEVELS[: LEVELS.index(grade.level) + 1])
    value = Possible(graver) if grade.lower_bound and len(graver) > 1 else grade.level
    return {"grade": value, "expected_grade": value}


def _reached(standing: Standing, incident: IncidentStanding) -> Iterator[Reach]:
    footprint = standing.statements.get(incident.footprint or "")
    if footprint is None or footprint.statement.body is None:
        return
    for row in footprint.statement.body.get("arrivals", ()):
        middle = row.get("middle")
        arrival = None if middle is None else datetime.fromisoformat(middle)
        yield Reach(row["city"], float(row["probability"]), arrival)


def _hazard_cities(standing: Standing, incident: IncidentStanding) -> tuple[str, ...]:
    footprint = standing.statements.get(incident.footprint or "")
    return footprint.statement.strings("hazard_cities") if footprint else ()


def _bodies(standing: Standing, incident: IncidentStanding, terms: Terms) -> dict[str, str]:
    """Who is meant by a role: by the responsibility list, the owner of the source, or the only enterprise."""
    bodies = dict(terms.roles)
    source = standing.sources.get(incident.source or "")
    if source is not None and source.owner is not None:
        bodies["unit"] = source.owner
    return bodies


# ------------------------------------------------------------------------------------------------ moments


def _moments(incident: IncidentStanding, said: Iterable[Seen]) -> Iterator[Moment]:
    if incident.began is not None:
        yield Moment(None, "occurred", incident.began)
    known: dict[str, datetime] = {}
    received: dict[str, datetime] = {}
    warned: dict[str, datetime] = {}
    for seen in said:
        one, at = seen.statement, said_at(seen)
        if one.reconstructed is None or one.kind not in (
            "FootprintIssued",
            "ReadingsTaken",
            "IncidentOpened",
        ):
            _earlier(known, one.by, _known_at(seen))
        for body in addressees(seen):
            _earlier(received, body, at)
            _earlier(known, body, at)
        if one.kind == "WarningIssued":
            _earlier(warned, one.by, at)
    for what, moments in (("known", known), ("received", received), ("warned", warned)):
        for body, at in sorted(moments.items()):
            yield Moment(body, what, at)


def _known_at(seen: Seen) -> datetime:
    """What a report says of the reporter's knowledge; else when it was said."""
    one, at = seen.statement, said_at(seen)
    if one.kind == "RiskReported" and one.body is not None:
        return min(at, one.time("known_at"))
    if one.kind == "FieldReportFiled" and one.body is not None:
        return min(at, one.time("seen_at"))
    return at


def addressees(seen: Seen) -> tuple[str, ...]:
    """The bodies to whom a report, a notice or an instruction is said."""
    one = seen.statement
    if one.kind in ("RiskReported", "NoticeSent", "InstructionGiven", "Escalated") and one.body is not None:
        return one.strings("to")
    return one.recipients


def _earlier(moments: dict[str, datetime], body: str, at: datetime) -> None:
    moments[body] = min(moments.get(body, at), at)
