"""Obligations: one thing that one body owes another, and how it stands at a moment.

A duty is fulfilled by a statement and by nothing else. It is open, met, late or breached; where its clock
has no known start it is undetermined, and never on time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from riskshed.canonical import encode_plain
from riskshed.governance.subjects import Said

State = Literal["open", "met", "late", "breached", "undetermined"]

FULFILS: Mapping[str, tuple[str, ...]] = {
    "RiskReported": ("RiskReported", "NoticeSent"),
    "NoticeSent": ("NoticeSent", "RiskReported"),
    "NoticeAcknowledged": ("NoticeAcknowledged", "NoticeAdopted", "NoticeDeclined"),
    "WarningIssued": ("WarningIssued", "WarningUpdated"),
}
"""Kinds of statement that fulfil what is owed, where that is more than the kind itself."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that one body owes another.

    Attributes
    ----------
    who : str
        The body that owes it.
    owes : str
        Kind of statement; ``NoticeAnswered`` is one that adopts or declines, ``SignOfLife`` any.
    act : str
        Code of the act, as in the rule.
    to : str or None
        To whom; None is to nobody in particular.
    about : str
        Incident, or the statement that asks.
    since, due : datetime or None
        Start of the clock and last moment; None is unknown, or there is no clock.
    has_clock : bool
        Whether there is a number at all: of a rule without one, nothing is ever late.
    is_lawful : bool
        Whether `due` is a time of the law; else it is one of the agreement, or of the statement that asks.
    is_foreseen : bool
        Whether it is owed to those whom a forecast reaches: then its clock starts no earlier than the
        forecast.
    pack, rule, cite : str
        Where that is written.
    is_confirmed : bool
        Whether the wording of the rule was read.
    cause : str or None
        The statement from which it arose.
    """

    who: str
    owes: str
    act: str
    to: str | None
    about: str
    since: datetime | None
    due: datetime | None
    has_clock: bool
    is_lawful: bool
    is_foreseen: bool
    pack: str
    rule: str
    cite: str
    is_confirmed: bool = True
    cause: str | None = None

    @property
    def id(self) -> str:
        """The same for the same duty, however often it is derived: SHA-256, 64 hex digits."""
        named = (self.who, self.owes, self.act, self.to, self.about, self.pack, self.rule, self.cause)
        return hashlib.sha256(encode_plain(list(named))).hexdigest()

    def rule_record(self) -> dict[str, str]:
        """Where it is written, as a statement cites a rule."""
        return {"pack": self.pack, "rule": self.rule, "cite": self.cite}

    def not_before(self, moment: datetime) -> Duty:
        """The same duty with a clock that starts no earlier than this moment."""
        if self.since is None or self.due is None or self.since >= moment:
            return self
        return replace(self, since=moment, due=moment + (self.due - self.since))


@dataclass(frozen=True, slots=True)
class Judged:
    """A duty as it stands at a moment.

    Attributes
    ----------
    duty : Duty
    state : {"open", "met", "late", "breached", "undetermined"}
    done : Said or None
        The statement that fulfilled it, and when that counts as said.
    """

    duty: Duty
    state: State
    done: Said | None = None


def judged(duty: Duty, done: Said | None, now: datetime) -> Judged:
    """How a duty stands at a moment; the last moment of its time is still on time.

    Examples
    --------
    >>> at = datetime.fromisoformat
    >>> one = Duty("910100", "RiskReported", "report.first", None, "spill", at("2026-01-01T00:00Z"),
    ...            at("2026-01-01T01:00Z"), True, True, False, "cn-2024", "x", "article 1")
    >>> judged(one, None, at("2026-01-01T01:00Z")).state, judged(one, None, at("2026-01-01T01:01Z")).state
    ('open', 'breached')
    """
    if duty.due is None:
        state: State = "undetermined" if duty.has_clock else "open" if done is None else "met"
    elif done is not None:
        state = "met" if done.at <= duty.due else "late"
    else:
        state = "open" if now <= duty.due else "breached"
    return Judged(duty, state, done)
