"""What was reckoned, reckoned again: whoever has the log and the files that it names needs to believe nobody.

A bill names by digest the file that holds all it rests on. The file is fetched, held against the digest, the
bill is made from it anew, and what the statement says is held against that, field by field. What stands in
the file is held against the log as well: the claims that it takes in have to be those that were said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from riskshed.errors import RiskshedError
from riskshed.governance import settlement
from riskshed.governance.settlement_bill import Bill
from riskshed.governance.standing import Standing
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
