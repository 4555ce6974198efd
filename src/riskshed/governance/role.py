"""Roles: whom a rule means, as words that a situation turns into bodies.

A law says "the government of the place of occurrence" or "the competent department of the next higher
government". A role says the same so that a program can find it: a set of territories, a level, and perhaps a
department of the government there:

    origin.county                  the county where it began
    reached.government             the governments of all places that it reaches or may reach
    actor.superior/environment     the environment department of the next higher government of who acts

Other roles are plain names (`unit`, `public`, `state_council`, `coordination_body`): a situation says which
body that is, and where it does not, the name itself stands for it.
"""

from __future__ import annotations

import re

SETS = ("origin", "reached", "neighbour", "downstream", "affected", "actor", "issuer", "receiver", "command")
LEVELS = ("government", "township", "county", "city", "province", "superior", "common_superior")
_ROLE = re.compile(rf"(?:{'|'.join(SETS)})\.(?:{'|'.join(LEVELS)})(?:/[a-z_]+)?")
_NAME = re.compile(r"[a-z][a-z_]{1,40}(?:/[a-z_]+)?")


def is_role(text: str) -> bool:
    """Whether this is a role.

    Examples
    --------
    >>> is_role("origin.county/health"), is_role("unit"), is_role("origin.moon"), is_role("The Mayor")
    (True, True, False, False)
    """
    return bool(_ROLE.fullmatch(text) or _NAME.fullmatch(text))


def parts(role: str) -> tuple[str, str, str]:
    """Set, level and department of a role; set and level are empty for a plain name.

    Examples
    --------
    >>> parts("actor.superior/environment"), parts("ministry/health"), parts("public")
    (('actor', 'superior', 'environment'), ('', 'ministry', 'health'), ('', 'public', ''))
    """
    place, _, department = role.partition("/")
    group, dot, level = place.partition(".")
    return (group, level, department) if dot else ("", place, department)
