"""Trust: the share of promises kept, by kind and stake, with every promise behind the figure.

A promise is a duty that has come to its time (`riskshed.governance.duty`) or something that a body bound
itself to: help, a payment, a task of a plan or a meeting. Each counts once, with the stake that the agreement
gives to its kind, and fades: after each half-life it weighs half, in between on a straight line, which is at
most 6.2 % from the exponential and is exact in fractions, so that an auditor computes it to the byte.

With a kept weight K and a broken weight B the estimate is Beta(1 + K, 1 + B): the uniform prior of Bayes and
Laplace, as in the beta reputation system (Josang and Ismail 2002). Its mean is

    m = (1 + K) / (2 + K + B).

Where nothing has come to its time there is no record, and the mean of the prior is not shown as knowledge.

Right of reply: a breach under a finding that may still be answered or decided is open and counts nothing. An
upheld finding counts as broken, a dismissed one as kept. Of concealment and falsehood, which nobody could
see meanwhile, the fading begins when it is decided. What a silent reconstructed record does not bear out, and
what two accounts dispute, stays open too. A sign of life is owed again as soon as it was given, so that one
which was kept leaves no trace: the duty board shows it, trust does not count it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Literal

from riskshed.errors import InputError
from riskshed.governance import duty, finding
from riskshed.governance.circumstances import Regime
from riskshed.governance.obligation import Duty, Judged
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import FindingStanding, PromiseStanding

Came = Literal["kept", "late", "broken", "open"]

KIND_OF: Mapping[str, str] = {
    "RiskReported": "report",
    "FieldReportFiled": "report",
    "NoticeSent": "notice",
    "NoticeAcknowledged": "answer",
    "NoticeAnswered": "answer",
    "ApprovalGiven": "answer",
    "PlanAccepted": "answer",
    "QuestionAnswered": "answer",
    "WarningIssued": "warning",
    "AidCommitted": "aid",
    "AidDispatched": "aid",
    "AidReceived": "aid",
    "MatchAccepted": "supply",
    "SupplyReceived": "supply",
    "SettlementAccepted": "payment",
    "Paid": "payment",
    "task": "task",
    "TaskCompleted": "task",
    "PlanFiled": "plan",
}
"""What sort of promise it is; what is not named here is ``other``."""

UNSEEN = ("concealed", "false")
"""Breaches that nobody could see before they were decided."""
SUMMED = ("PlanAccepted", "AgreementSigned")
"""Promises that are made of others: their tasks and duties count, each for itself."""
ELSEWHERE = ("TaskCompleted", "AidDispatched", "SupplyReceived", "SignOfLife", "WatchTaken")
"""Duties that are counted as promises, or that leave no trace when they are kept."""
OWED = {
    "AidCommitted": "AidDispatched",
    "MatchAccepted": "SupplyReceived",
    "SettlementAccepted": "Paid",
    "task": "TaskCompleted",
}
"""What a finding names as owed, where the promise is not a duty."""


@dataclass(frozen=True, slots=True)
class TrustTerms:
    """What the agreement says of trust.

    Attributes
    ----------
    half_life_d : int or None
        Days after which a promise weighs half, 1 to 365,000; None: nothing fades.
    late_kept : Fraction
        How much of a promise that was kept late counts as kept, 0 to 1.
    stakes : mapping of str to Fraction
        Weight of a promise by its kind, > 0; 1 where none is given.
    """

    half_life_d: int | None = 1095
    late_kept: Fraction = Fraction(1, 2)
    stakes: Mapping[str, Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse terms that no estimate can be made by.

        Raises
        ------
        InputError
            ``trust.bad_terms``.
        """
        known = {*KIND_OF.values(), "truth", "other"}
        if self.half_life_d is not None and not 1 <= self.half_life_d <= 365_000:
            _refuse("half_life_d", self.half_life_d, "from 1 to 365000, or none")
        if not 0 <= self.late_kept <= 1:
            _refuse("late_kept", self.late_kept, "from 0 to 1")
        for kind, stake in self.stakes.items():
            if kind not in known or stake <= 0:
                _refuse(f"stakes.{kind}", stake, f"a stake > 0 of one of {', '.join(sorted(known))}")


def _refuse(name: str, got: object, wanted: str) -> None:
    told = f"the terms of trust: {name} is {got}, want {wanted}"
    raise InputError("trust.bad_terms", told, todo="Correct the terms in the agreement.")


@dataclass(frozen=True, slots=True)
class Counted:
    """One promise and how it counts.

    Attributes
    ----------
    by, kind : str
    to, about : str or None
    due : datetime or None
    since : datetime or None
        From when it fades; None where it counts nothing.
    came : {"kept", "late", "broken", "open"}
    weight, kept : Fraction
        Stake after fading, and how much of that counts as kept; 0 where it is open.
    why : str
        Citation of the rule, or the statement that promised.
    evidence, findings : tuple of str
        Ids of statements.
    """

    by: str
    kind: str
    to: str | None
    about: str | None
    due: datetime | None
    since: datetime | None
    came: Came
    weight: Fraction
    kept: Fraction
    why: str
    evidence: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trust:
    """The record of one body: what it kept and broke, and the promises behind each figure.

    Attributes
    ----------
    body : str
    kept, broken : Fraction
        Weights.
    promises : tuple of Counted
        All of them, the open ones included.
    """

    body: str
    kept: Fraction
    broken: Fraction
    promises: tuple[Counted, ...]

    @property
    def has_record(self) -> bool:
        """Whether anything has come to its time; without it there is no estimate."""
        return any(one.came != "open" for one in self.promises)

    @property
    def mean(self) -> Fraction | None:
        """Mean of the estimate, 0 to 1; None without a record."""
        return (1 + self.kept) / (2 + self.kept + self.broken) if self.has_record else None

    @property
    def share(self) -> Fraction | None:
        """Share of the weight that was kept, without any prior; None without a record."""
        return self.kept / (self.kept + self.broken) if self.has_record else None

    def interval(self) -> tuple[float, float] | None:
        """Its 5 % and 95 % quantiles to three digits, to be shown; no part of the bytes. None: no record."""
        if not self.has_record:
            return None
        from scipy.stats import beta  # noqa: PLC0415

        a, b = float(1 + self.kept), float(1 + self.broken)
        return round(float(beta.ppf(0.05, a, b)), 3), round(float(beta.ppf(0.95, a, b)), 3)

    def fall(self, stake: Fraction = Fraction(1)) -> Fraction:
        """By how much the mean falls when one more promise of this stake is broken now.

        With a = 1 + K and n = 2 + K + B it is ``a s / (n (n + s))``.
        """
        a, n = 1 + self.kept, 2 + self.kept + self.broken
        return a * stake / (n * (n + stake))

    def of_kind(self, kind: str) -> Trust:
        """The same of one kind of promise."""
        return _summed(self.body, tuple(one for one in self.promises if one.kind == kind))

    def to_json(self) -> dict[str, Any]:
        """All that is recomputed to the byte; fractions as ``numerator/denominator``."""
        return {
            "body": self.body,
            "kept": str(self.kept),
            "broken": str(self.broken),
            "mean": None if self.mean is None else str(self.mean),
            "promises": [_plain(one) for one in self.promises],
        }


def _plain(one: Counted) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "to": one.to,
        "about": one.about,
        "due": one.due and one.due.isoformat(),
        "since": one.since and one.since.isoformat(),
        "came": one.came,
        "weight": str(one.weight),
        "kept": str(one.kept),
        "why": one.why,
        "evidence": list(one.evidence),
        "findings": list(one.findings),
    }


# -------------------------------------------------------------------------------------------------- counting


def of_bodies(
    standing: Standing,
    regime: Regime,
    terms: TrustTerms | None = None,
    duties: Iterable[Duty] | None = None,
) -> dict[str, Trust]:
    """The record of every body at the moment of `standing`, by code.

    Parameters
    ----------
    standing : Standing
    regime : Regime
    terms : TrustTerms, optional
        What the agreement says; its defaults without it.
    duties : iterable of Duty, optional
        Those that have arisen (`duty.Book`); without them, those that are owed as things stand.

    Returns
    -------
    dict of str to Trust
        A body without any promise is in it, without a record.
    """
    agreed = terms or TrustTerms()
    known = None if duties is None else tuple(duties)
    found = [*_of_duties(standing, regime, known), *_of_promises(standing)]
    used: set[str] = set()
    counted: list[Counted] = []
    for one in found:
        on_it = _findings_on(standing, one)
        used.update(each.id for each in on_it)
        counted.append(_weighed(one, on_it, standing, regime, agreed))
    left = [one for code, one in standing.findings.items() if code not in used]
    counted += [_weighed(_alone(one), (one,), standing, regime, agreed) for one in left]
    counted.sort(key=lambda one: (one.due or one.since or standing.at, one.kind, one.why, one.to or ""))
    codes = sorted({*standing.bodies, *(one.by for one in counted)})
    return {code: _summed(code, tuple(one for one in counted if one.by == code)) for code in codes}


def _summed(body: str, promises: tuple[Counted, ...]) -> Trust:
    kept = sum((one.kept for one in promises), Fraction(0))
    return Trust(body, kept, sum((one.weight for one in promises), Fraction(0)) - kept, promises)


@dataclass(frozen=True, slots=True)
class _Raw:
    """A promise by the record alone, before findings; `abouts` are what a finding on it may be about."""

    by: str
    kind: str
    owed: str
    to: str | None
    about: str | None
    abouts: tuple[str | None, ...]
    due: datetime | None
    done: datetime | None
    came: Came
    why: str
    evidence: tuple[str, ...]


def _of_duties(standing: Standing, regime: Regime, duties: tuple[Duty, ...] | None) -> Iterable[_Raw]:
    """Duties, each act once however many rules want it by the same time."""
    merged: dict[tuple[object, ...], _Raw] = {}
    for one in borne_out(standing, regime, duties):
        if one.duty.due is not None and one.duty.owes not in ELSEWHERE:
            merged.setdefault(same_act(one.duty), _of_duty(one))
    return merged.values()


def borne_out(standing: Standing, regime: Regime, duties: Iterable[Duty] | None = None) -> tuple[Judged, ...]:
    """The judged duties to hand in: a breach that the record does not bear out undisputed is undetermined.

    A record that was put together afterwards holds no inward acts, and two accounts may exclude each other;
    then nobody can say that a duty was broken. Parameters are as of `duty.judge`.
    """
    known = None if duties is None else tuple(duties)
    borne = {
        (one.of, one.owed, one.to, one.about, one.due)
        for one in finding.propose(standing, regime, known)
        if not one.disputed
    }
    return tuple(
        one
        if one.state not in ("late", "breached") or same_act(one.duty) in borne
        else Judged(one.duty, "undetermined", one.done)
        for one in duty.judge(standing, regime, known)
    )


def same_act(one: Duty) -> tuple[object, ...]:
    """Equal for one act by one time, however many rules want it."""
    return one.who, one.owes, one.to, one.about, one.due


def _of_duty(one: Judged) -> _Raw:
    owed, done = one.duty, one.done
    states: Mapping[str, Came] = {"met": "kept", "late": "late", "breached": "broken"}
    came = states.get(one.state, "open")
    told = (owed.cause or "", done.id if done else "")
    return _Raw(
        by=owed.who,
        kind=KIND_OF.get(owed.owes, "other"),
        owed=owed.owes,
        to=owed.to,
        about=owed.about,
        abouts=(owed.about,),
        due=owed.due,
        done=done.at if done else None,
        came=came,
        why=owed.cite,
        evidence=tuple(dict.fromkeys(each for each in told if each)),
    )


def _of_promises(standing: Standing) -> Iterable[_Raw]:
    for one in standing.promises.values():
        if one.kind not in SUMMED and one.status != "released":
            yield _of_promise(one)


def _of_promise(one: PromiseStanding) -> _Raw:
    assert one.status != "released"
    return _Raw(
        by=one.by,
        kind=KIND_OF.get(one.kind, "other"),
        owed=OWED.get(one.kind, one.kind),
        to=one.to,
        about=one.about,
        abouts=(one.id, one.about),
        due=one.due,
        done=None,
        came=one.status,
        why=f"{one.id} {one.part}".strip(),
        evidence=tuple(dict.fromkeys((one.id, *one.kept, *one.late))),
    )


def _alone(one: FindingStanding) -> _Raw:
    """A breach that no promise on record shows, such as false words: it counts when it is upheld."""
    cite = one.rule[2] or " ".join(one.rule[:2])
    return _Raw(one.of, "truth", one.owed, None, one.about, (one.about,), one.due, one.found, "open", cite,
                one.evidence)  # fmt: skip


def _findings_on(standing: Standing, one: _Raw) -> tuple[FindingStanding, ...]:
    """Those on exactly this: whose, what, about what, due when, and when it came if that was late."""
    if one.came == "kept":
        return ()
    same = (one.by, one.owed, one.due)
    on_it = (each for each in standing.findings.values() if (each.of, each.owed, each.due) == same)
    return tuple(
        each
        for each in on_it
        if each.about in one.abouts and (one.done is None or each.found in (None, one.done))
    )


def _weighed(
    one: _Raw, on_it: tuple[FindingStanding, ...], standing: Standing, regime: Regime, terms: TrustTerms
) -> Counted:
    came, since = _judged(one, on_it, standing, timedelta(days=regime.terms.reply_d))
    weight = Fraction(0)
    if came != "open" and since is not None:
        weight = terms.stakes.get(one.kind, Fraction(1)) * faded(standing.at - since, terms.half_life_d)
    part = {"kept": Fraction(1), "late": terms.late_kept}.get(came, Fraction(0))
    findings = tuple(sorted(each.id for each in on_it))
    counts_since = since if came != "open" else None
    return Counted(one.by, one.kind, one.to, one.about, one.due, counts_since, came, weight, weight * part,
                   one.why, one.evidence, findings)  # fmt: skip


def _judged(
    one: _Raw, on_it: tuple[FindingStanding, ...], standing: Standing, reply: timedelta
) -> tuple[Came, datetime | None]:
    """How it counts after the findings on it, and from when it fades."""
    since = one.due or one.done or _first_said(standing, one)
    upheld = [each for each in on_it if each.outcome == "upheld" and each.decided is not None]
    if upheld:
        unseen = [each.decided.at for each in upheld if each.breach in UNSEEN and each.decided]
        return "broken", max(unseen, default=since)
    if any(each.outcome == "dismissed" for each in on_it):
        return ("open", None) if one.kind == "truth" else ("kept", since)
    if any(is_pending(each, standing.at, reply) for each in on_it):
        return "open", None
    return one.came, since


def is_pending(one: FindingStanding, at: datetime, reply: timedelta) -> bool:
    """Whether it may still be answered, or was answered and waits; nobody suspends a breach of its own."""
    last = one.reply_by or one.at + reply
    return one.by != one.of and (bool(one.replies) or at <= last)


def _first_said(standing: Standing, one: _Raw) -> datetime | None:
    said = (standing.statements[each].seen_at for each in one.evidence if each in standing.statements)
    return min(said, default=None)


def faded(age: timedelta, half_life_d: int | None) -> Fraction:
    """What is left of a weight after this time: halved at each half-life, in between on a straight line.

    With age / half-life = n + r, n whole and 0 <= r < 1, it is ``(1 - r / 2) / 2**n``. What lies ahead
    weighs 1, as does all where nothing fades.

    Examples
    --------
    >>> faded(timedelta(days=20), 10), faded(timedelta(days=5), 10)
    (Fraction(1, 4), Fraction(3, 4))
    """
    if half_life_d is None or age <= timedelta(0):
        return Fraction(1)
    whole, rest = divmod(age, timedelta(days=half_life_d))
    part = Fraction(rest // timedelta(microseconds=1), half_life_d * 86_400_000_000)
    return (1 - part / 2) / (1 << whole)


# --------------------------------------------------------------------------------------------------- views


def supervised(standing: Standing, body: str) -> tuple[str, ...]:
    """Vertical supervision: the bodies below this one, at any depth, by code."""
    below: set[str] = set()
    level = {body}
    while level:
        level = {code for code, one in standing.bodies.items() if one.superior in level} - below - {body}
        below |= level
    return tuple(sorted(below))


def peers(standing: Standing, body: str) -> tuple[str, ...]:
    """Horizontal supervision: the other members of the agreements that bind this body, by code."""
    shared = [one for one in standing.agreements.values() if one.binds(body)]
    found = {member for one in shared for member in one.members if one.binds(member)}
    return tuple(sorted(found - {body}))
