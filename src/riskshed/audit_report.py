"""What an audit found: each thing that is wrong, by a stable code, at its place, and the whole in few lines.

checkpoint.*     the signed head is missing, malformed, or not signed as it must be
policy.quorum    too few witnesses have seen it
log.rolled_back, log.forked, log.other      it contradicts what is remembered of it
log.truncated, log.root                     entries are missing at its end; it does not lead to its root
entry.edited, entry.dropped, entry.inserted, entry.reordered, entry.bundle, entry.unreadable
tile.edited, tile.missing                   entries are right, and files that prove it are not
key.*            a key that signed before it was added, after it was revoked, for another body, ...
statement.*      an envelope or a statement that is none, as `riskshed.statement` names it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

FINDINGS_MAX = 1_000
"""So many are kept whole; of more only the number is told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Parameters
    ----------
    code : str
        Stable, dotted, lower case.
    what : str
        In a sentence.
    index : int or None
        The entry, from 0; None where it is about the log as a whole.
    statement : str or None
        The id of the statement, where there is one.
    got, wanted : str
        What was found, and what should have been; may be empty.
    """

    code: str
    what: str
    index: int | None = None
    statement: str | None = None
    got: str = ""
    wanted: str = ""

    def __str__(self) -> str:
        place = "" if self.index is None else f"entry {self.index}: "
        told = f"{self.code}: {place}{self.what}"
        if self.got:
            told += f"; got {self.got}"
        return f"{told}, want {self.wanted}" if self.wanted else told

    def to_json(self) -> dict[str, object]:
        """For a machine: the members that say something."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


class FindingList:
    """The findings so far, in the order in which they came; bounded, counted in full."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def add(
        self,
        code: str,
        what: str,
        index: int | None = None,
        *,
        statement: str | None = None,
        got: str = "",
        wanted: str = "",
    ) -> Finding:
        """Note one finding."""
        found = Finding(code, what, index, statement, got, wanted)
        self.counts[code] += 1
        if len(self.kept) < FINDINGS_MAX:
            self.kept.append(found)
        return found

    def change(self, old: Finding, new: Finding) -> None:
        """Say one finding in another way, when more is known."""
        self.counts[old.code] -= 1
        self.counts[new.code] += 1
        self.counts = +self.counts
        at = next((at for at, one in enumerate(self.kept) if one is old), None)
        if at is not None:
            self.kept[at] = new

    @property
    def total(self) -> int:
        """How many there are, those included that are not kept."""
        return self.counts.total()


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit says of a log.

    Parameters
    ----------
    log : str
        Where it was read.
    origin, size, root : str, int, str
        As its checkpoint says; the root in hex; unknown is empty and 0.
    entries : int
        How many entries were read.
    statements : int
        How many of them are statements that hold.
    bodies, keys : int
        Bodies and keys that the log has named so far.
    witnessed : mapping of str to int
        Witnesses of the policy that cosigned, with the time (seconds since 1970).
    compared : tuple of str
        What it was held against.
    findings : tuple of Finding
    counts : mapping of str to int
        How often each code was found, those included that are not in `findings`.
    proof : bytes or None
        Where the log was proven to have forked: the proof, which anybody can check.
    """

    log: str
    origin: str
    size: int
    root: str
    entries: int
    statements: int
    bodies: int
    keys: int
    witnessed: Mapping[str, int] = field(default_factory=dict)
    compared: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    proof: bytes | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.counts

    def to_json(self) -> dict[str, object]:
        """For a machine; the proof of a fork is a file of its own."""
        told = {name: value for name, value in asdict(self).items() if name not in ("findings", "proof")}
        findings = [finding.to_json() for finding in self.findings]
        return {"ok": self.ok, **told, "fork_proven": self.proof is not None, "findings": findings}

    def to_text(self) -> str:
        """For a person: one line for the log, one for each finding, one that sums up."""
        lines = [f"{self.origin or self.log}: {self.size} entries, root {self.root[:16] or 'unknown'}"]
        if self.statements:
            lines.append(f"{self.statements} statements of {self.bodies} bodies, {self.keys} keys")
        if self.witnessed:
            lines.append(f"cosigned by {', '.join(sorted(self.witnessed))}")
        if self.compared:
            lines.append(f"held against {', '.join(self.compared)}")
        lines += map(str, self.findings)
        total = sum(self.counts.values())
        if total > len(self.findings):
            lines.append(f"and {total - len(self.findings)} more findings")
        told = ", ".join(f"{code} {number}" for code, number in self.counts.items())
        lines.append(f"{total} finding{'s' * (total != 1)}: {told}" if total else "nothing is wrong")
        return "\n".join(lines) + "\n"
