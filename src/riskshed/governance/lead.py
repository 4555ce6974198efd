"""Who leads and who assists (发生地为主、波及地为辅), in each of the three situations of spread.

    situation                                leads                                  assists
    1  the hazard itself is in several       those cities jointly, or the superior  others that are reached
    2  it is in one city, and reaches        the place of origin                    those that are reached
       people of several
    3  hazard and exposure are apart         the origin, for measures at the source, and beside it each
                                             exposed city, for the protection of its people: both named

A city counts as reached from the probability on that the agreement names, that value included. Whose
probability is unknown is named as possible, and no duty is laid on it. Where the agreement gives the lead to
the superior or to the coordination body, that one leads and the cities assist. Without an agreement the law
says who leads: where several districts are touched their common superior, else each one's superior jointly
(突发事件应对法 article 18), and in one district that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from riskshed.governance import incident as life
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.escalation import OF_DISTRICTS
from riskshed.governance.incident import cited, words
from riskshed.governance.rule import Rule
from riskshed.governance.ruling import Ruling
from riskshed.governance.situation import Reach
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding

Spread = Literal["1", "2", "3"]


@dataclass(frozen=True, slots=True)
class Part:
    """What one body does: ``command``, ``source`` (measures where it comes from), ``protect`` (its own
    people), or ``assist``."""

    body: str
    does: Literal["command", "source", "protect", "assist"]


@dataclass(frozen=True, slots=True)
class LeadAndAssist:
    """Who leads and who assists.

    Attributes
    ----------
    spread : {"1", "2", "3"} or None
        The situation; None while nobody but the place of origin is reached, as far as is known.
    lead, assist : tuple of str
    parts : tuple of Part
        Who does what; a body may have several.
    possible : tuple of str
        Cities of which nobody knows how likely they are reached.
    rule : Rule or None
        None where the agreement, or nothing but the defaults, says so.
    drafts : tuple of Draft
        ``LeadAssigned`` and ``AssistAssigned``; none where that stands already.
    """

    spread: Spread | None
    lead: tuple[str, ...]
    assist: tuple[str, ...]
    parts: tuple[Part, ...]
    possible: tuple[str, ...]
    rule: Rule | None
    drafts: tuple[Draft, ...]


def lead_and_assist(
    standing: Standing, code: str, regime: Regime, arrivals: Sequence[Reach] | None = None
) -> LeadAndAssist:
    """Who leads an incident and who assists, with drafts that say so.

    Parameters
    ----------
    standing : Standing
    code : str
        Of an incident that is in `standing`.
    regime : Regime
    arrivals : sequence of Reach, optional
        Whom it reaches, how likely; those of the latest footprint on record if left out.
    """
    incident = standing.incidents[code]
    ruling = life.ruling(standing, code, regime)
    reached = ruling.situation.reached if arrivals is None else tuple(arrivals)
    bound = regime.terms.assist_from_probability
    exposed = tuple(one.city for one in reached if one.probability is not None and one.probability >= bound)
    possible = tuple(one.city for one in reached if one.probability is None)
    hazard = ruling.situation.hazard
    stated = incident.situation if arrivals is None else None
    spread = _spread(hazard, exposed, stated)
    lead, rule = _lead(spread, incident, hazard, exposed, regime, ruling)
    assist = tuple(city for city in dict.fromkeys((*hazard, *exposed)) if city not in lead)
    parts = _parts(lead, assist, hazard, exposed)
    drafts = tuple(_drafts(incident, regime, spread, lead, assist, parts, rule))
    return LeadAndAssist(spread, lead, assist, parts, possible, rule, drafts)


def _spread(hazard: Sequence[str], exposed: Sequence[str], stated: Spread | None) -> Spread | None:
    """As the footprint says, which knows all members; else from those who are likely enough reached."""
    if len(hazard) > 1:
        return "1"
    if not set(exposed) - set(hazard):
        return None
    return stated or ("2" if set(exposed) & set(hazard) else "3")


def _lead(
    spread: Spread | None,
    incident: IncidentStanding,
    hazard: tuple[str, ...],
    exposed: tuple[str, ...],
    regime: Regime,
    ruling: Ruling,
) -> tuple[tuple[str, ...], Rule | None]:
    terms = regime.terms
    if not terms.code and spread is not None:
        by_law = [one for one in ruling.lead if one.is_certain and _is_of_districts(one.rule)]
        if by_law:
            rule = by_law[0].rule
            return tuple(dict.fromkeys(one.party.code for one in by_law if one.rule is rule)), rule
    agreed = {"superior": terms.superior, "coordination_body": terms.coordination_body}.get(terms.lead, "")
    if terms.code and agreed:
        return (agreed,), None
    if spread == "1":
        return hazard, None
    if spread == "3":
        return tuple(dict.fromkeys((incident.city, *exposed))), None
    return (incident.city,), None


def _is_of_districts(rule: Rule | None) -> bool:
    return rule is not None and rule.gives.get("lead") in OF_DISTRICTS


def _parts(
    lead: Sequence[str], assist: Sequence[str], hazard: Sequence[str], exposed: Sequence[str]
) -> tuple[Part, ...]:
    """Measures at the source are for where the hazard is, protection for who is exposed, whoever leads."""
    commands = [Part(one, "command") for one in lead if one not in hazard and one not in exposed]
    source = [Part(one, "source") for one in hazard]
    protect = [Part(one, "protect") for one in exposed]
    assisting = [Part(one, "assist") for one in assist]
    return (*commands, *source, *protect, *assisting)


_WHAT = {
    "command": words("统一指挥应对工作", "command the response as one"),
    "source": words("在源头采取控制措施", "take measures at the source"),
    "protect": words("保护本地居民", "protect its own people"),
    "assist": words("配合牵头方", "support those who lead"),
}
_WHY = {
    "1": words("危险本身涉及多个城市。", "The hazard itself is in several cities."),
    "2": words("危险在一城，波及多城：发生地为主、波及地为辅。", "Hazard in one city, people in several."),
    "3": words("危险与受体分离：源头与受体各负其责。", "Hazard and exposure are apart; each has its part."),
    None: words("目前只涉及发生地。", "Only the place of origin is touched, as far as is known."),
}  # fmt: skip


def _drafts(
    incident: IncidentStanding,
    regime: Regime,
    spread: Spread | None,
    lead: tuple[str, ...],
    assist: tuple[str, ...],
    parts: Sequence[Part],
    rule: Rule | None,
) -> list[Draft]:
    by = regime.terms.coordination_body or regime.terms.superior or incident.by
    drafts = []
    for name, bodies, before, answers in (
        ("lead", lead, incident.lead, incident.lead_statement),
        ("assist", assist, incident.assist, incident.assist_statement),
    ):
        if not bodies or set(bodies) == set(before):
            continue
        body: dict[str, Any] = {name: list(bodies), "reason": _WHY[spread], "tasks": _tasks(bodies, parts)}
        if incident.footprint is not None:
            body["footprint"] = incident.footprint
        if rule is not None:
            body["rule"] = cited(rule)
        kind: Literal["LeadAssigned", "AssistAssigned"] = (
            "LeadAssigned" if name == "lead" else "AssistAssigned"
        )
        drafts.append(Draft(kind, by, incident.code, answers, body))
    return drafts


def _tasks(bodies: Sequence[str], parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [
        {"task": f"{part.does}-{part.body}", "owner": part.body, "what": _WHAT[part.does]}
        for part in parts
        if part.body in bodies
    ]
