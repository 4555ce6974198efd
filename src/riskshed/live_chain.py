"""The live chain: from what arrives to what is said, step by step, by how things stand.

    what arrived        ReadingsTaken, one for each speaker, quantity and incident, with the file by digest
    a new crossing      IncidentOpened; at most one at a time of each hazard
    its level           LevelSet, only ever graver
    what is foreseen    FootprintIssued, again when new readings or crossings say more
    who must know       NoticeSent to those who cause it, face it, govern it; field reports at once
    people              WarningIssued, WarningUpdated, as far as standing orders go; a red one is asked for
    who does what       LeadAssigned, AssistAssigned

`steps` is a function: the same standing, readings and time give the same drafts, and what stands on the
record already gives none. So the chain has no memory of its own. After a crash it is asked again and gives
what is missing; readings that come twice give nothing. It is asked until it has nothing more to say, since
what is said next names what was said before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from riskshed import chain_record, chain_warning
from riskshed.chain_record import File, Said
from riskshed.chain_view import Lookout, View
from riskshed.chain_warning import Prepared
from riskshed.governance import lead
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.measured import Measured
from riskshed.signals import Signal

__all__ = ["Lookout", "Prepared", "Steps", "steps"]


@dataclass(frozen=True, slots=True)
class Steps:
    """What comes next.

    Attributes
    ----------
    say : tuple of Draft
        To be said by themselves, in this order, each by its body.
    files : mapping of digest to File
        What these name; to be kept before they are said.
    prepared : tuple of Prepared
        For officers.
    unspoken : tuple of Signal
        What arrived and nobody here speaks of.
    """

    say: tuple[Draft, ...]
    files: Mapping[str, File]
    prepared: tuple[Prepared, ...]
    unspoken: tuple[Signal, ...]


def steps(
    standing: Standing,
    regime: Regime,
    lookout: Lookout,
    taken: Measured,
    arrived: Iterable[Signal],
    now: datetime,
) -> Steps:
    """What is to be said next.

    Parameters
    ----------
    standing : Standing
        Of the actual, or of drills.
    regime : Regime
    lookout : Lookout
    taken : Measured
        What each `ReadingsTaken` of the standing put on the record, read from its file.
    arrived : iterable of Signal
        In any order, with any duplicates; those that became known after `now` are not looked at.
    now : datetime
        Aware.
    """
    view = View(standing, regime, lookout, taken, now)
    said, unspoken = chain_record.taken(view, [one for one in arrived if one.known_at <= now])
    prepared: list[Prepared] = []
    if not said:
        said = chain_record.opened(view)
    if not any(_is_allowed(lookout, one.draft) for one in said):
        said += map(Said, chain_warning.field_notices(view))
        for incident in view.incidents:
            more, waiting = _of_incident(view, incident)
            said += more
            prepared += waiting
    allowed, kept_back = _ordered(view, said)
    files = {str(one.draft.body["file"]["digest"]): one.file for one in allowed if one.file is not None}
    return Steps(tuple(one.draft for one in allowed), files, (*prepared, *kept_back), tuple(unspoken))


def _of_incident(view: View, incident: IncidentStanding) -> tuple[list[Said], list[Prepared]]:
    """What comes next of one incident: its level and its footprint; when these stand, all that follows."""
    if view.is_error(incident):
        return [], list(chain_warning.taken_back(view, incident, chain_warning.told(view, incident)))
    first = [*chain_record.levels(view, incident), *chain_record.footprint(view, incident)]
    if first and all(_is_allowed(view.lookout, one.draft) for one in first):
        return first, []
    seen = chain_warning.told(view, incident)
    said = [*first, *map(Said, chain_warning.notices(view, incident, seen))]
    due = chain_warning.warnings(view, incident, seen)
    if any(one.draft.kind == "NoticeSent" and _is_allowed(view.lookout, one.draft) for one in said):
        # A city adopts the notice to it, so the warnings wait until the notices stand.
        return said, []
    said += map(Said, due.say)
    said += map(Said, _lead(view, incident))
    said += [Said(one) for one in chain_warning.adopted(view, incident)]
    return said, [*due.prepared, *chain_warning.taken_back(view, incident, seen)]


def _lead(view: View, incident: IncidentStanding) -> tuple[Draft, ...]:
    """Who leads and who assists; nothing while only the place of origin is touched and none was named."""
    found = lead.lead_and_assist(view.standing, incident.code, view.regime)
    return found.drafts if found.spread is not None or incident.lead else ()


def _is_allowed(lookout: Lookout, draft: Draft) -> bool:
    order = lookout.orders.get(draft.by)
    return order is not None and order.allows(draft)


def _ordered(view: View, said: Iterable[Said]) -> tuple[list[Said], list[Prepared]]:
    """What standing orders let out, and what of the rest is prepared for bodies that have officers here."""
    allowed: list[Said] = []
    kept_back: list[Prepared] = []
    for one in said:
        if _is_allowed(view.lookout, one.draft):
            allowed.append(one)
        elif one.draft.by in view.lookout.orders and one.file is None:
            kept_back.append(Prepared(one.draft, "order"))
    return allowed, kept_back
