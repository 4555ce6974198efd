"""How things stand by a log: its statements judged one by one, then folded.

Only a statement whose signature holds, by a key that its body had at that place in the log, takes part; what
is refused is told, by its place. When an entry was seen is not written in it. A log only grows, so an entry
was seen no earlier than any before it: it counts as seen at the latest time that it or an entry before it
names. Whoever dates a statement back and appends it late gains nothing by that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed.audit_copy import open_copy
from riskshed.audit_entries import EntryJudge
from riskshed.audit_keys import KeyBook, ListedKey
from riskshed.audit_report import Finding, FindingList
from riskshed.governance.standing import Fold, Seen, Standing
from riskshed.governance.territory import Territory
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.policy import Policy
from riskshed.ledger.tiles import TILE_WIDTH, bundles_of
from riskshed.region import Region
from riskshed.statement import Statement


@dataclass(frozen=True)
class LogStanding:
    """How things stand by a log.

    Attributes
    ----------
    standing : Standing
    entries : int
        Entries of the log.
    refused : tuple of Finding
        Entries that take no part, and why.
    """

    standing: Standing
    entries: int
    refused: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """The standing, with what was refused beside it."""
        refused = [
            {"entry": one.index, "code": one.code, "what": one.what, "statement": one.statement}
            for one in self.refused
        ]
        return {"entries": self.entries, "refused": refused, "standing": self.standing.to_json()}


def read(
    log: Path,
    at: datetime,
    known_at: datetime | None = None,
    *,
    region: Path | None = None,
    exercise: bool = False,
    trust: tuple[tuple[VerifierKey, ...], Policy | None] = ((), None),
    listed: Iterable[ListedKey] | None = None,
) -> LogStanding:
    """Judge and fold the statements of a log.

    Parameters
    ----------
    log : Path
        A folder with static files, a folder of ``riskshed log``, or the file of a store.
    at, known_at : datetime
        As of `standing.of`.
    region : Path, optional
        Region folder; without it nobody can tell in whose area a city lies.
    exercise : bool
    trust : verifier keys and policy
        If any are named, the checkpoint has to be signed by one of them.
    listed : iterable of ListedKey, optional
        The keys of the bodies, as the reader knows them.

    Raises
    ------
    LedgerError
        The log cannot be read, or is signed by none of those who are believed.
    """
    territory = None if region is None else Territory.of_region(Region.read(region))
    found = FindingList()
    vkeys, policy = trust
    taken = (*vkeys, *(one.key for one in policy.logs)) if policy else vkeys
    judge = EntryJudge(KeyBook(listed, taken), found)
    fold, latest, size = Fold(territory=territory), None, 0
    with open_copy(log) as copy:
        note = SignedNote.parse(copy.checkpoint())
        if vkeys or policy is not None:
            (policy or Policy((), (), (), "none")).judge(note, taken)
        size = Checkpoint.parse(note.text).size
        for bundle in bundles_of(size):
            entries = copy.bundle(bundle.index, bundle.width).entries
            for place, raw in enumerate(entries, bundle.index * TILE_WIDTH):
                said = judge.judge(place, raw)
                if said is not None:
                    latest = _later(latest, said)
                    fold.add(Seen(said, latest))
    judge.finish()
    return LogStanding(fold.standing(at, known_at, exercise=exercise), size, tuple(found.kept))


def _later(latest: datetime | None, said: Statement) -> datetime:
    return said.issued if latest is None else max(latest, said.issued)


def to_text(found: LogStanding) -> str:
    """How things stand, in lines: bodies and incidents first, then what waits, then what was set aside."""
    standing = found.standing
    lines = [
        f"{len(standing.statements)} of {found.entries} entries used, as of {standing.at.isoformat()}, "
        f"as known at {standing.known_at.isoformat()}",
        f"bodies: {len(standing.bodies)}, agreements in force: "
        f"{sum(one.status == 'in_force' for one in standing.agreements.values())}",
    ]
    for one in standing.incidents.values():
        levels = ", ".join(f"{name} {level.level}" for name, level in one.levels.items()) or "no level set"
        lead = ", ".join(one.lead) or "not assigned"
        lines.append(f"incident {one.code}: {one.phase}, {levels}; lead {lead}; {len(one.reports)} reports")
    active = [one for one in standing.warnings.values() if one.status == "active"]
    waiting = [
        one for one in standing.notices.values() if any(a.acknowledged is None for a in one.answers.values())
    ]
    lines.append(f"warnings active: {len(active)}; notices: {len(standing.notices)}, waiting: {len(waiting)}")
    lines += [f"flag {flag.code}: {flag.what} ({flag.statement[:12]})" for flag in standing.flags]
    lines += [f"refused entry {one.index}: {one.what} ({one.code})" for one in found.refused]
    return "\n".join(lines)
