"""How the parties stand: which enterprises, chambers, communities and residents somebody has checked.

Anybody may join under any name. So a party counts as verified only while a body that governs has said so of
it, under the very name that it bears now, and the check is not over. What a party says of itself is nothing.

    party.not_competent   a body that does not govern verified somebody; only governments, coordination
                          bodies, their offices and agencies may
    party.itself          a body verified itself
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from riskshed.governance.standing_entry import Remarks, body, entry
from riskshed.governance.standing_view import View, remembered
from riskshed.governance.subjects import Seen

PARTY_KINDS = frozenset(("enterprise", "utility", "chamber", "community", "resident"))
"""The kinds of bodies that are parties: they govern nobody."""
GOVERNING = frozenset(("government", "coordination", "office", "agency"))
"""The kinds of bodies that may verify others."""
VerifiedStatus = Literal["verified", "lapsed", "renamed"]


@dataclass(frozen=True, slots=True)
class VerifiedStanding:
    """The last check of a party that counts; `renamed`: it bears another name than the one checked."""

    party: str
    by: str
    how: str
    until: datetime
    at: datetime
    statement: str
    status: VerifiedStatus


@remembered
def verified(view: View, party: str) -> VerifiedStanding | None:
    """The last check of a party; None if nobody has checked it, or all took it back."""
    told = [one for one in view.find("party", party) if _counts(view, one)]
    held = body(view, party)
    if not told or held is None:
        return None
    last, said = told[-1], told[-1].statement
    status: VerifiedStatus = "verified"
    if said.words("name") != held.name:
        status = "renamed"
    elif view.has_come(said.time("until")):
        status = "lapsed"
    return VerifiedStanding(
        party=party,
        by=said.by,
        how=said.string("how"),
        until=said.time("until"),
        at=view.said(last).at,
        statement=said.id,
        status=status,
    )


def _counts(view: View, seen: Seen) -> bool:
    return not entry(view, seen.statement.id).aside and _refusal(view, seen) is None


def check(view: View, seen: Seen, _: object, remarks: Remarks) -> None:
    """Whether who verified may do so."""
    refusal = _refusal(view, seen)
    if refusal is not None:
        remarks.add(*refusal)


def _refusal(view: View, seen: Seen) -> tuple[str, str] | None:
    said = seen.statement
    if said.body is not None and said.string("party") == said.by:
        return "party.itself", "who one is, others have to say"
    held = body(view, said.by)
    if held is None or held.kind not in GOVERNING:
        return "party.not_competent", f"{said.by} governs nobody, and verifies nobody"
    return None
