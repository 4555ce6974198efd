"""How things stand by a log: its statements judged one by one, then folded.

Only a statement whose signature holds, by a key that its body had at that place in the log, takes part; what
is refused is told, by its place. When an entry was seen is not written in it: `log_sight` says what counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed.audit_copy import UnreadableError, open_copy
from riskshed.audit_entries import EntryJudge
from riskshed.audit_keys import KeyBook, ListedKey
from riskshed.audit_report import Finding, FindingList
from riskshed.governance.standing import Fold, Seen, Standing
from riskshed.governance.territory import Territory
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.policy import Policy
from riskshed.ledger.tiles import TILE_WIDTH
from riskshed.log_sight import Sight, bundles, witnessed_at
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
    region: Region | None = None,
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
    region : Region, optional
        Without it nobody can tell in whose area a city lies.
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
    territory = None if region is None else Territory.of_region(region)
    found = FindingList()
    vkeys, policy = trust
    taken = (*vkeys, *(one.key for one in policy.logs)) if policy else vkeys
    judge = EntryJudge(KeyBook(listed, taken), found)
    said: list[Statement] = []
    with open_copy(log) as copy:
        note = SignedNote.parse(copy.checkpoint())
        seen_by = None
        if vkeys or policy is not None:
            used = policy or Policy((), (), (), "none")
            seen_by = witnessed_at(used, used.judge(note, taken))
        size = Checkpoint.parse(note.text).size
        for place, bundle in bundles(copy, size):
            if isinstance(bundle, UnreadableError):
                raise bundle
            first = place.index * TILE_WIDTH
            judged = (judge.judge(index, raw) for index, raw in enumerate(bundle.entries, first))
            said += [one for one in judged if one is not None]
    judge.finish()
    fold = Fold(territory=territory)
    for one in _seen(said, seen_by, max(at, known_at or at)):
        fold.add(one)
    return LogStanding(fold.standing(at, known_at, exercise=exercise), size, tuple(found.kept))


def _seen(said: Sequence[Statement], seen_by: datetime | None, asked: datetime) -> Iterator[Seen]:
    """Each statement, and when it was seen: by the witnesses' time at the latest where there is one.

    Without one, what can be is the moment that is asked for, or the latest that two bodies name, if that is
    later: else a question about the past would let through what was dated back.
    """
    by_body: dict[str, datetime] = {}
    for one in said:
        by_body[one.by] = max(one.issued, by_body.get(one.by, one.issued))
    times = sorted(by_body.values())
    believed = seen_by or max(asked, times[-2] if len(times) > 1 else asked)
    sight = Sight()
    for one in said:
        at = sight.take(one, believed)
        yield Seen(one, at if seen_by is None else min(at, seen_by))


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
