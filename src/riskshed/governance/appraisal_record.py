"""What bodies owed or promised in an incident, and what came of it, each once: the ground of an appraisal.

Duties are handed in as they were judged; promises, tasks and payments are on the record. Findings go before
both, with the right of reply as in `riskshed.governance.trust`: what was dismissed was no breach, what was
upheld is one, and what may still be answered, or was answered and is not decided, is open and counts nothing.
A sign of life leaves no trace when it is given, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal

from riskshed.governance.circumstances import said_at
from riskshed.governance.obligation import Judged
from riskshed.governance.settlement_payments import Settled, progress
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, PromiseStanding, Seen
from riskshed.governance.terms import Terms
from riskshed.governance.trust import ELSEWHERE, KIND_OF, OWED, Came, is_pending, same_act

Sort = Literal["duty", "answer", "task", "aid", "payment"]
REPLY = timedelta(days=Terms().reply_d)
"""Time to answer a finding that sets none."""
_CAME: dict[str, Came] = {"met": "kept", "late": "late", "breached": "broken"}


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing owed in the incident.

    Attributes
    ----------
    by : str
        The body that owes it.
    sort : {"duty", "answer", "task", "aid", "payment"}
    owed : str
        Kind of statement.
    came : {"kept", "late", "broken", "open"}
    delay : timedelta or None
        From the start of its clock until it came, or until now if it has not; None is unknown.
    is_done : bool
        Whether a statement shows that it came, in time or not.
    evidence : tuple of str
        Ids of statements.
    """

    by: str
    sort: Sort
    owed: str
    came: Came
    delay: timedelta | None
    is_done: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Matter:
    """One incident on the record, at one moment.

    Attributes
    ----------
    standing : Standing
    incident : IncidentStanding
    codes : frozenset of str
        All its codes.
    kept : tuple of Kept
    """

    standing: Standing
    incident: IncidentStanding
    codes: frozenset[str]
    kept: tuple[Kept, ...]

    def said(self, statement: str) -> datetime:
        """When a statement on the record counts as said."""
        return said_at(self.standing.statements[statement])

    def concerns(self, about: str | None) -> bool:
        """Whether it is about the incident, or about a statement that is."""
        return _concerns(self.standing, self.codes, about)

    def of_kind(self, kind: str) -> tuple[Seen, ...]:
        """The open statements of a kind that are about it and count, in the order in which they were said."""
        found = (
            one
            for one in self.standing.statements.values()
            if one.statement.kind == kind
            and one.statement.about in self.codes
            and one.statement.body is not None
            and one.statement.id not in self.standing.set_aside
        )
        return tuple(sorted(found, key=lambda one: (said_at(one), one.statement.id)))


def matter(standing: Standing, code: str, judged: Iterable[Judged], reply: timedelta = REPLY) -> Matter:
    """Gather what was owed in an incident that is on the record.

    Parameters
    ----------
    standing : Standing
    code : str
        Of the incident.
    judged : iterable of Judged
        Duties as they stand at the moment of `standing`; those of other matters are left out.
    reply : timedelta
        How long a finding that sets no time may be answered.
    """
    incident = standing.incidents[code]
    codes = frozenset((code, incident.code, *incident.same_as))
    clerk = _Clerk(standing, incident, codes, reply)
    found = [*clerk.duties(judged), *clerk.promises(), *clerk.payments()]
    found.sort(
        key=lambda one: (one.by, one.sort, one.owed, one.came, one.delay or timedelta(0), one.evidence)
    )
    return Matter(standing, incident, codes, tuple(found))


def hours(time: timedelta) -> Fraction:
    """A time in hours, exactly."""
    return Fraction(time // timedelta(microseconds=1), 3_600_000_000)


def _concerns(standing: Standing, codes: frozenset[str], about: str | None) -> bool:
    seen = standing.statements.get(about or "")
    return about in codes or (seen is not None and seen.statement.about in codes)


class _Clerk:
    def __init__(
        self, standing: Standing, incident: IncidentStanding, codes: frozenset[str], reply: timedelta
    ) -> None:
        self.standing, self.incident, self.codes, self.reply = standing, incident, codes, reply

    def duties(self, judged: Iterable[Judged]) -> Iterator[Kept]:
        """Duties, each act once."""
        first: dict[tuple[object, ...], Judged] = {}
        for one in sorted(judged, key=lambda one: one.duty.id):
            counts = one.duty.owes not in (*ELSEWHERE, "Paid") and one.duty.due is not None
            if counts and _concerns(self.standing, self.codes, one.duty.about):
                first.setdefault(same_act(one.duty), one)
        for one in first.values():
            owed, done = one.duty, one.done
            known = (owed.cause, done.id if done else None)
            evidence = [each for each in known if each is not None] or list(self.incident.opened)
            delay = None
            if owed.since is not None:
                delay = max(timedelta(0), (done.at if done else self.standing.at) - owed.since)
            sort: Sort = "answer" if KIND_OF.get(owed.owes) == "answer" else "duty"
            came = _CAME.get(one.state, "open")
            told = self._ruled(owed.who, owed.owes, owed.due, done.at if done else None, {owed.about}, came)
            yield Kept(
                owed.who, sort, owed.owes, told[0], delay, done is not None, _joined(evidence, told[1])
            )

    def promises(self) -> Iterator[Kept]:
        """Help and tasks; of payments see `payments`, and other promises are made of these."""
        for one in self.standing.promises.values():
            if one.kind in ("AidCommitted", "task") and one.about in self.codes:
                yield self._of_promise(one)

    def _of_promise(self, one: PromiseStanding) -> Kept:
        came: Came = "open" if one.status == "released" else one.status
        owed = OWED[one.kind]
        told = self._ruled(one.by, owed, one.due, None, {one.id, *self.codes}, came)
        evidence = [one.id, *one.kept, *one.late]
        sort: Sort = "aid" if one.kind == "AidCommitted" else "task"
        return Kept(one.by, sort, owed, told[0], None, bool(one.kept or one.late), _joined(evidence, told[1]))

    def payments(self) -> Iterator[Kept]:
        """What those who accepted a bill had to pay under it."""
        for seen in self.standing.statements.values():
            bill = seen.statement
            if bill.kind != "SettlementDrawn" or bill.about not in self.codes or bill.body is None:
                continue
            if bill.id in self.standing.set_aside:
                continue
            told = progress(self.standing, bill.id)
            for one in () if told.superseded_by else told.transfers:
                if one.payer in told.accepted:
                    yield self._of_payment(one, bill.id, told.accepted[one.payer].id)

    def _of_payment(self, one: Settled, bill: str, accepted: str) -> Kept:
        came: Came = "late" if one.late else "kept" if one.state in ("paid", "overpaid") else "open"
        if one.state == "overdue":
            came = "broken"
        told = self._ruled(one.payer, "Paid", one.due, None, {bill, accepted, *self.codes}, came)
        evidence = _joined([bill, accepted, *one.payments], told[1])
        return Kept(one.payer, "payment", "Paid", told[0], None, bool(one.payments), evidence)

    def _ruled(
        self, by: str, owed: str, due: datetime | None, done: datetime | None, abouts: set[str], came: Came
    ) -> tuple[Came, tuple[str, ...]]:
        """How it counts after the findings on exactly this, and these findings."""
        if came in ("kept", "open"):
            return came, ()
        on_it = [
            one
            for one in self.standing.findings.values()
            if (one.of, one.owed, one.due) == (by, owed, due)
            and one.about in abouts
            and (done is None or one.found in (None, done))
        ]
        ids = tuple(one.id for one in on_it)
        outcomes = {one.outcome for one in on_it}
        if "upheld" not in outcomes and "dismissed" in outcomes:
            return "kept", ids
        if "upheld" not in outcomes and any(is_pending(one, self.standing.at, self.reply) for one in on_it):
            return "open", ids
        return came, ids


def _joined(evidence: Iterable[str], findings: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*evidence, *findings}))
