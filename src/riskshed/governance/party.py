"""Parties: the bodies that a role means in a situation.

Territories tell governments, their superiors and neighbours; the situation tells which body is the `unit`,
the environment department of a county, or who issued a warning. Where neither tells, the role itself stands
for the party and is marked as not known: a duty of somebody is not lost because nobody has named him.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from riskshed.governance.role import parts
from riskshed.governance.situation import Situation

STATE = "state_council"


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """A body in a part.

    Attributes
    ----------
    code : str
        The body; where it is not known, the role.
    role : str
    is_known : bool
    """

    code: str
    role: str
    is_known: bool = True


def resolve(role: str, situation: Situation, actor: Party | None = None) -> tuple[Party, ...]:
    """The parties that a role means, each once, in the order of the places.

    Parameters
    ----------
    role : str
    situation : Situation
    actor : Party, optional
        Who owes the rule; needed for roles that start with ``actor``.
    """
    asked = role, actor.code if actor is not None and role.startswith("actor") else None
    found: tuple[Party, ...] | None = situation.resolved.get(asked)
    if found is None:
        found = situation.resolved[asked] = _resolved(role, situation, actor)
    return found


def _resolved(role: str, situation: Situation, actor: Party | None) -> tuple[Party, ...]:
    group, level, department = parts(role)
    if not group:
        return (_named(role, level, department, situation),)
    places = _places(group, situation, actor)
    if not places:
        return (Party(role, role, is_known=False),)
    codes = tuple(dict.fromkeys(_at_level(places, level, situation)))
    return tuple(_department(code, department, role, situation) for code in codes)


def _named(role: str, name: str, department: str, situation: Situation) -> Party:
    terms = situation.terms
    agreed = {
        "coordination_body": terms.coordination_body,
        "agreement_superior": terms.superior,
        "centre": terms.centre,
    }
    code = (
        situation.bodies.get(role)
        or terms.roles.get(role)
        or (agreed.get(name, "") if not department else "")
    )
    if code:
        return Party(code, role)
    return Party(role, role, is_known=role in (STATE, "public", "anyone"))


def _places(group: str, situation: Situation, actor: Party | None) -> tuple[str, ...]:
    if group in ("issuer", "receiver", "command"):
        code = situation.bodies.get(group)
        return (code,) if code else _agreed_command(situation) if group == "command" else ()
    origin, reached = situation.origin, tuple(one.city for one in situation.reached)
    if group == "actor":
        assert actor is not None, "a rule that names its actor has one"
        place = actor.code.partition("/")[0]
        return (place,) if place in situation.territory.levels or place.isdigit() else origin
    sets = {"origin": origin, "reached": reached, "affected": tuple(dict.fromkeys((*origin, *reached)))}
    return sets[group] if group in sets else _around(group, situation, origin, reached)


def _agreed_command(situation: Situation) -> tuple[str, ...]:
    """Who leads by the agreement; nobody where there is none, because the law names several ways."""
    terms = situation.terms
    if not terms.code:
        return ()
    if terms.lead == "origin":
        return situation.origin
    code = terms.superior if terms.lead == "superior" else terms.coordination_body
    return (code,) if code else ()


def _around(
    group: str, situation: Situation, origin: tuple[str, ...], reached: tuple[str, ...]
) -> tuple[str, ...]:
    """Neighbours, or places downstream, of where it began; of neither if nothing tells of them."""
    territory = situation.territory
    tell = territory.neighbours_of if group == "neighbour" else territory.downstream_of
    near = tuple(dict.fromkeys(one for code in origin for one in tell(code) if one not in origin))
    return near or tuple(one for one in reached if one not in origin)


def _at_level(places: Iterable[str], level: str, situation: Situation) -> Iterable[str]:
    territory = situation.territory
    places = tuple(places)
    if level == "government":
        return places
    if level == "superior":
        return [territory.superior(code) or STATE for code in places]
    if level == "common_superior":
        common = territory.common_superior(places)
        return [common] if common else [territory.superior(code) or STATE for code in places]
    # A place that is itself above the level asked for answers for what lies in it.
    return [territory.of_level(code, level) or code for code in places]


def _department(code: str, department: str, role: str, situation: Situation) -> Party:
    if code == STATE:
        name = f"ministry/{department}" if department else STATE
        return Party(situation.bodies.get(name, name), role)
    name = f"{code}/{department}" if department else code
    return Party(situation.bodies.get(name) or situation.terms.roles.get(name, name), role)
