"""Help as a bill sees it: who gave what a claim names, and what the receiver signed for.

Promise, shipment, receipt and release hang together by their replies. A claim may name any of them; what
counts is what the receiver signed at or below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from riskshed.governance.agreement_contract import Contract
from riskshed.governance.standing import Standing
from riskshed.statement import Statement

STEPS = ("AidCommitted", "AidDispatched", "AidReceived", "AidReleased")


@dataclass(frozen=True)
class Help:
    """The help of one incident that counts: statements by id, of the kinds in `STEPS`."""

    said: Mapping[str, Statement]

    @staticmethod
    def of(standing: Standing, incident: str) -> Help:
        """The help on record for an incident, without what was set aside or is sealed."""
        held = standing.incidents.get(incident)
        codes = {incident, *(held.same_as if held is not None else ())}
        return Help(
            {
                one.statement.id: one.statement
                for one in standing.statements.values()
                if one.statement.kind in STEPS
                and one.statement.about in codes
                and one.statement.body is not None
                and one.statement.id not in standing.set_aside
            }
        )

    def knows(self, aid: str) -> bool:
        """Whether it is on the record of this incident."""
        return aid in self.said

    def giver(self, aid: str) -> str:
        """Who promised or sent it; who signs a receipt is not the giver."""
        above = self._above(aid)
        sent = [one for one in above if self.said[one].kind in STEPS[:2]]
        return self.said[sent[-1]].by if sent else ""

    def receipts(self, aid: str) -> tuple[Statement, ...]:
        """What receivers signed at or below it, in the order of ids; of a release, what was released."""
        if not self.knows(aid):
            return ()
        if self.said[aid].kind == "AidReleased":
            aid = str(self.said[aid].replies_to)
        found = [
            one for one in self.said.values() if one.kind == "AidReceived" and aid in self._above(one.id)
        ]
        return tuple(sorted(found, key=lambda one: one.id))

    def _above(self, aid: str) -> tuple[str, ...]:
        """It and what it answers, up to the first."""
        passed: list[str] = []
        at: str | None = aid
        while at is not None and at in self.said and at not in passed:
            passed.append(at)
            at = self.said[at].replies_to
        return tuple(passed)


def packages(contract: Contract, receipts: Iterable[Statement]) -> Fraction:
    """How many packages of a ``priced_aid`` contract came and could be used; of parts, the least complete.

    Returns
    -------
    Fraction
        Exact: 0 where an item of the package did not come at all, or came in another unit.
    """
    came: dict[tuple[str, str], Fraction] = {}
    for said in receipts:
        for sign, records in ((1, said.records("items")), (-1, said.records("unfit"))):
            for one in records:
                key = (one["item"], one["amount"]["unit"])
                came[key] = came.get(key, Fraction(0)) + sign * Fraction(one["amount"]["value"])
    shares = [
        max(came.get((item, unit), Fraction(0)), Fraction(0)) / Fraction(repr(amount))
        for item, amount, unit in contract.terms["items"]
        if amount
    ]
    return min(shares, default=Fraction(0))
