"""What was reckoned, reckoned again: whoever has the log and the files that it names needs to believe nobody.

A bill names by digest the file that holds all it rests on. The file is fetched, held against the digest, the
bill is made from it anew, and what the statement says is held against that, field by field. What stands in
the file is held against the log as well: the claims that it takes in have to be those that were said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from riskshed.canonical import encode_plain
from riskshed.errors import InputError, RiskshedError
from riskshed.governance import agreement_file, settlement, trust
from riskshed.governance.agreement import current, regime
from riskshed.governance.settlement_bill import Bill
from riskshed.governance.standing import Standing
from riskshed.governance.territory import Territory
from riskshed.governance.trust import Trust
from riskshed.region import Region
from riskshed.statement import Statement, digest_text

State = Literal["same", "differs", "no_file", "unreadable"]
FileOf = Callable[[str], bytes | None]
"""Gives the file of a digest (``sha256:...``); None where it is not at hand."""
FIELDS = ("settlement", "method", "claims", "shares", "transfers", "answer_by")
STATES: Mapping[State, tuple[str, str]] = {
    "same": ("一致", "the same"),
    "differs": ("不一致", "not the same"),
    "no_file": ("缺文件", "its file is not at hand"),
    "unreadable": ("文件不可用", "its file cannot be used"),
}


@dataclass(frozen=True)
class Checked:
    """A bill that was worked out again.

    Attributes
    ----------
    statement, settlement, by : str
    state : {"same", "differs", "no_file", "unreadable"}
    differs : tuple of str
        Fields of the statement that are otherwise; ``claimed`` where the file takes in what nobody said.
    why : str
        What is wrong with the file; else empty.
    bill : Bill or None
    """

    statement: str
    settlement: str
    by: str
    state: State
    differs: tuple[str, ...] = ()
    why: str = ""
    bill: Bill | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; the bill by the digest of its one byte form."""
        made = None if self.bill is None else digest_text(self.bill.to_bytes())
        told = {name: getattr(self, name) for name in ("statement", "settlement", "by", "state", "why")}
        return {**told, "differs": list(self.differs), "bill": made}


@dataclass(frozen=True)
class Recomputed:
    """All that was worked out again.

    Attributes
    ----------
    bills : tuple of Checked
    trust : mapping of str to Trust or None
        By body; None where no agreement was handed in.
    """

    bills: tuple[Checked, ...]
    trust: Mapping[str, Trust] | None = None

    @property
    def ok(self) -> bool:
        """Whether every bill is the same."""
        return all(one.state == "same" for one in self.bills)

    @property
    def trust_digest(self) -> str:
        """The digest of the one byte form of all records; empty where none was counted."""
        if self.trust is None:
            return ""
        return digest_text(encode_plain({code: one.to_json() for code, one in self.trust.items()}))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        bodies = None if self.trust is None else [one.to_json() for one in self.trust.values()]
        told = {"ok": self.ok, "bills": [one.to_json() for one in self.bills]}
        return {**told, "trust": bodies, "trust_digest": self.trust_digest or None}

    def to_text(self) -> str:
        """A line for each bill, and one for trust."""
        lines = [
            " ".join(
                part
                for part in (f"{one.settlement}: {STATES[one.state][1]}", ", ".join(one.differs), one.why)
                if part
            )
            for one in self.bills
        ]
        lines += [f"trust: {self.trust_digest}"] if self.trust_digest else []
        return "\n".join(lines or ["nothing was reckoned"])


def of_folder(
    standing: Standing,
    files: Path,
    *,
    agreement: Path | None = None,
    region: Path | None = None,
    as_if_in_force: bool = False,
) -> Recomputed:
    """Work out again what a standing holds.

    Parameters
    ----------
    standing : Standing
    files : Path
        Folder in which each file has the hexadecimal digits of its digest as its name.
    agreement, region : Path, optional
        Files of the agreement, and whose land it is; with both, trust is counted as well.
    as_if_in_force : bool
        As of `agreement.regime`.

    Raises
    ------
    InputError, InputFaults
        The agreement is not on the record, binds nobody, or its files are others than those that were signed.
    """

    def file_of(digest: str) -> bytes | None:
        path = files / digest.removeprefix("sha256:")
        return path.read_bytes() if path.is_file() else None

    made = bills(standing, file_of)
    if agreement is None or region is None:
        return Recomputed(made)
    read = agreement_file.read(agreement)
    held = current(standing.agreements, read.code)
    if held is None:
        told = f"the record holds no agreement {read.code}"
        raise InputError("recompute.no_agreement", told, todo="Hand in the files of the one that was signed.")
    territory = Territory.of_region(Region.read(region))
    law = regime(held, read, territory, as_if_in_force=as_if_in_force)
    return Recomputed(made, trust.of_bodies(standing, law))


def bills(standing: Standing, file_of: FileOf) -> tuple[Checked, ...]:
    """Every bill that counts, worked out again, in the order in which they were said."""
    said = [seen.statement for seen in standing.statements.values()]
    drawn = [one for one in said if one.kind == "SettlementDrawn" and one.id not in standing.set_aside]
    drawn.sort(key=lambda one: (one.issued, one.id))
    return tuple(bill(standing, one, file_of) for one in drawn if one.body is not None)


def bill(standing: Standing, said: Statement, file_of: FileOf) -> Checked:
    """One bill, worked out again.

    Parameters
    ----------
    standing : Standing
    said : Statement
        A ``SettlementDrawn`` whose body is not sealed.
    file_of : callable
    """
    named = (said.id, said.string("settlement"), said.by)
    digest = str(said.record("inputs")["digest"])
    data = file_of(digest)
    if data is None:
        return Checked(*named, "no_file")
    if digest_text(data) != digest:
        return Checked(
            *named, "unreadable", why=f"its digest is {digest_text(data)}, the statement says {digest}"
        )
    try:
        made = settlement.recompute(data)
        drawn = settlement.draft(made, said.by).body
    except RiskshedError as error:
        return Checked(*named, "unreadable", why=str(error))
    told = said.to_json()["body"]
    wrong = (*(one for one in FIELDS if drawn.get(one) != told.get(one)), *_not_said(standing, made))
    return Checked(*named, "differs" if wrong else "same", wrong, bill=made)


def _not_said(standing: Standing, made: Bill) -> Iterator[str]:
    """``claimed``, if the file takes in a line that stands in no claim, or at more than was claimed."""
    for line in made.inputs.lines:
        seen = standing.statements.get(line["statement"])
        claim = seen.statement if seen is not None else None
        if claim is None or claim.kind != "CostClaimed" or claim.by != line["by"]:
            yield "claimed"
            return
        if line["status"] == "refused":
            continue
        rows = claim.records("lines") if claim.body is not None else ()
        own = [row for row in rows if row["line"] == line["line"]]
        if not any(
            row["amount"] == line["claimed"] and row["amount"]["minor"] >= line["granted_minor"]
            for row in own
        ):
            yield "claimed"
            return
