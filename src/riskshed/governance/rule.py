"""Rules of law and treaty as data: who must do what, to whom, by when, and where that is written.

A rule has a trigger (`when`), and may have a time (`within`), something that must be so (`must`) and
something that it settles (`gives`: a grade, who leads). It carries the words of its article and examples
drawn from it, which are its tests. `Rule.outcome` is the whole semantics:

    does_not_apply   the trigger is false
    undetermined     whether the trigger is true is unknown
    applies          it is true, and nothing can be kept or broken (a definition, a power, a bare duty)
    kept, broken     it is true, and what the rule asks is known to be so, or not to be so
    open             it is true, and whether what it asks is so, is unknown

A statute that says 立即 (at once) gives no hours: such a rule has `at_once` and no `within`. An agreement may
set a target for it; to miss that is a breach of the agreement, not of the statute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from riskshed.governance.condition import ALWAYS, Condition, Facts, Scalar, Truth

Outcome = Literal["does_not_apply", "undetermined", "applies", "kept", "broken", "open"]
OUTCOMES: tuple[Outcome, ...] = ("does_not_apply", "undetermined", "applies", "kept", "broken", "open")
KINDS = (
    "approve", "content", "coordination", "data-sharing", "deadline", "escalate", "grade", "lead", "mode",
    "notify", "penalty", "share", "transfer", "warning-level",
)  # fmt: skip
MODALITIES = ("shall", "may", "must-not", "definition")
BINDINGS = ("law", "regulation", "rule", "guidance", "treaty", "compact", "practice", "agreement")
CONFIDENCES = ("high", "medium", "low")
STARTS = (
    "known", "received", "occurred", "warned", "decided", "ended", "requested", "accepted", "proposed",
    "opened", "filed",
)  # fmt: skip
UNITS = ("min", "h", "d", "workday", "month")
SCALES = ("grade", "warning", "response")
LEVELS = ("I", "II", "III", "IV")
GIVES = ("scale", "level", "lead", "assist", "escalate", "command", "value")
POLICIES: Mapping[str, str] = {
    "U-CLOCK": "The start of the clock is unknown: timeliness is undetermined, never on time.",
    "U-NOVOTE": "An unknown criterion casts no vote: the grade is a lower bound.",
    "U-TRIGGER": "The trigger is undecided: the duty is possibly owed, and nothing is breached.",
    "U-HOLD": "An input is unknown: no payment, fine or sanction is computed.",
    "U-HIGH": "The level is not yet known: the procedure of the higher level holds.",
    "U-COND": "The optional condition is unknown: an option, no duty.",
    "U-GEO": "Territories are unknown: known ones first, others possibly; the lead is provisional.",
    "U-NONE": "There is no value to be unknown.",
}
"""What is done where a value is unknown; our policies, the statutes have none."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A law, regulation, treaty or practice, in one edition.

    Attributes
    ----------
    id : str
    title_zh, title_en, edition : str
    binding : str
        How it binds: law, regulation, rule, guidance, treaty, compact, practice, agreement.
    in_force, until : date or None
        First day in force; first day no longer in force, None while it is.
    source, note : str
    """

    id: str
    title_zh: str
    title_en: str
    edition: str
    binding: str
    in_force: date
    until: date | None
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """By when: so much time from a moment on, the last instant included unless `exclusive`."""

    amount: float
    unit: str
    start: str
    exclusive: bool = False

    def due(self, since: datetime) -> datetime:
        """The last instant that is on time (of an exclusive bound: the first that is not).

        A working day is a Monday to Friday; public holidays are not known here, so the true end is never
        earlier. A month ends on the day of the same number, or on the last day of a shorter month.

        Examples
        --------
        >>> Within(2, "h", "received").due(datetime.fromisoformat("2026-01-01T23:30+08:00")).isoformat()
        '2026-01-02T01:30:00+08:00'
        >>> Within(1, "workday", "decided").due(datetime.fromisoformat("2026-01-02T12:00+08:00")).isoformat()
        '2026-01-05T12:00:00+08:00'
        """
        if self.unit == "month":
            return _months_later(since, int(self.amount))
        if self.unit == "workday":
            return _workdays_later(since, int(self.amount))
        seconds = {"min": 60.0, "h": 3600.0, "d": 86_400.0}[self.unit]
        return since + timedelta(seconds=self.amount * seconds)

    def keeps(self, elapsed: float | None) -> Truth:
        """Whether so much time, in the unit of the bound, is still on time."""
        if elapsed is None:
            return None
        return elapsed < self.amount if self.exclusive else elapsed <= self.amount


def _months_later(since: datetime, months: int) -> datetime:
    year, month = divmod(since.month - 1 + months, 12)
    first = since.replace(year=since.year + year, month=month + 1, day=1)
    days = ((first.replace(day=28) + timedelta(days=4)).replace(day=1) - first).days
    return first.replace(day=min(since.day, days))


def _workdays_later(since: datetime, days: int) -> datetime:
    while days:
        since += timedelta(days=1)
        days -= since.weekday() < 5
    return since


@dataclass(frozen=True, slots=True)
class Example:
    """A test of a rule, drawn from its article."""

    say: str
    given: Mapping[str, Scalar]
    elapsed: float | None
    then: Outcome


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `riskshed rules explain` prints all of it.

    Attributes
    ----------
    pack, id, article : str
    instrument : Instrument
    kind, modality, confidence : str
        As in `KINDS`, `MODALITIES`, `CONFIDENCES`.
    confirmed : bool
        Whether the wording was read.
    in_force, until : date or None
        As of `Instrument`, where the rule is younger or was overtaken.
    quote, says_zh, says_en : str
        The operative words; the rule in one sentence.
    who : str
        Role that owes it; empty where nobody does.
    to : tuple of str
        Roles to whom.
    when : Condition
    owes : str
        Kind of statement that fulfils it, or ``act``.
    act : str
        Code of the act.
    within : Within or None
    at_once : bool
    must : Condition or None
    gives : mapping of str to str
    unknown : str
        As in `POLICIES`.
    note : str
    examples : tuple of Example
    """

    pack: str
    id: str
    instrument: Instrument
    article: str
    kind: str
    modality: str
    confidence: str
    confirmed: bool
    in_force: date
    until: date | None
    quote: str
    says_zh: str
    says_en: str
    who: str
    to: tuple[str, ...]
    when: Condition
    owes: str
    act: str
    within: Within | None
    at_once: bool
    must: Condition | None
    gives: Mapping[str, str]
    unknown: str
    note: str
    examples: tuple[Example, ...]

    @property
    def cite(self) -> str:
        """Instrument and article, as people cite it."""
        return f"{self.instrument.title_zh} {self.article}"

    @property
    def is_standing(self) -> bool:
        """Whether it holds at all times: no event starts it, and none ends it."""
        return self.when is ALWAYS

    def is_in_force(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.in_force <= day and (self.until is None or day < self.until)

    def outcome(self, facts: Facts, elapsed: float | None = None) -> Outcome:
        """What the rule says of these facts.

        Parameters
        ----------
        facts : mapping of str to value
        elapsed : float, optional
            Time that the act took, in the unit of `within`; None is unknown.
        """
        triggered = self.when.holds(facts)
        if triggered is not True:
            return "does_not_apply" if triggered is False else "undetermined"
        if self.within is None and self.must is None:
            return "applies"
        answers = [self.within.keeps(elapsed)] if self.within is not None else []
        answers += [self.must.holds(facts)] if self.must is not None else []
        if False in answers:
            return "broken"
        return "open" if None in answers else "kept"

    def to_json(self) -> dict[str, Any]:
        """All of it, as `riskshed rules explain --json` prints it."""
        within = self.within
        return {
            "pack": self.pack,
            "rule": self.id,
            "cite": self.cite,
            "instrument": {
                "title_zh": self.instrument.title_zh,
                "title_en": self.instrument.title_en,
                "edition": self.instrument.edition,
                "binding": self.instrument.binding,
                "source": self.instrument.source,
                "note": self.instrument.note,
            },
            "article": self.article,
            "kind": self.kind,
            "modality": self.modality,
            "confidence": self.confidence,
            "confirmed": self.confirmed,
            "in_force": self.in_force.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "quote": self.quote,
            "says_zh": self.says_zh,
            "says_en": self.says_en,
            "who": self.who,
            "to": list(self.to),
            "when": self.when.to_json(),
            "owes": self.owes,
            "act": self.act,
            "within": None
            if within is None
            else {"amount": within.amount, "unit": within.unit, "from": within.start,
                  "exclusive": within.exclusive},
            "at_once": self.at_once,
            "must": None if self.must is None else self.must.to_json(),
            "gives": dict(self.gives),
            "unknown": self.unknown,
            "note": self.note,
            "examples": [
                {"say": one.say, "given": dict(one.given), "elapsed": one.elapsed, "then": one.then}
                for one in self.examples
            ],
        }  # fmt: skip
