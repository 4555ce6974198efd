"""The first word: when a city heard of what was coming, by what is on the record.

A word counts if it warns of danger and is addressed to the city or to a government above it, or if it warns
the people there in public. A word that says that there is no harm is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from riskshed.governance.circumstances import about, addressees, said_at
from riskshed.governance.standing import Seen, Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.governance.territory import Territory

SPEAKS_OF_RISK = ("RiskReported", "NoticeSent", "InstructionGiven", "WarningIssued", "WarningUpdated")


def words_of_risk(standing: Standing, incidents: Iterable[IncidentStanding]) -> tuple[Seen, ...]:
    """Every statement about these incidents that can be a word of danger, in the order of time."""
    words = [
        seen
        for incident in incidents
        for seen in about(standing, incident)
        if seen.statement.kind in SPEAKS_OF_RISK
    ]
    return tuple(sorted(words, key=lambda seen: (said_at(seen), seen.statement.id)))


def first_word(words: Sequence[Seen], city: str, territory: Territory) -> Seen | None:
    """The first of these words that reached a city; None if none did."""
    return next((seen for seen in words if _reaches(seen, city, territory)), None)


def _reaches(seen: Seen, city: str, territory: Territory) -> bool:
    """Whether it warns of danger and is addressed to the city or above it, or warns the people there."""
    said = seen.statement
    body = said.body or {}
    if body.get("harm") == "none":
        return False
    if said.kind.startswith("Warning"):
        return any(territory.contains(one, city) for one in body.get("cities", ()))
    if "cities" not in body:
        return city in addressees(seen)
    named = any(territory.contains(one, city) for one in body["cities"])
    return named and any(territory.contains(one, city) for one in addressees(seen))
