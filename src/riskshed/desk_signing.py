"""A desk that signs: who sits there, with which key, and how what he says comes on the record.

What is said is made a statement, asked whether it may be said (`governance.approval`), signed, and appended;
either all of it is on the record, or none. Which acts there are stands in `riskshed.desk`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from riskshed.desk_record import Record
from riskshed.errors import InputError, NotFoundError
from riskshed.governance import approval
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.ledger.keys import SigningKey
from riskshed.statement import KindName, Sealed, Statement, make, time_text


class SigningDesk:
    """The desk of one officer at one body.

    Parameters
    ----------
    body, officer : str
        Code of the body; post or number of the officer, never a person's name.
    key : SigningKey
        A key of the body for statements, or for exercises: then this is a desk for drills.
    record : Record
    clock : callable
        Gives the time, aware.
    regime : Regime, optional
        Law and terms between the bodies; the acts that need them say so.

    Raises
    ------
    KeyRefusedError
        From each act: ``desk.key_unknown``, ``desk.key_revoked``, ``desk.key_not_own``.
    StatementError
        From each act: what is said is no good statement, field by field.
    InputFaults
        From each act: ``desk.set_aside``, the record would set it aside, and why.
    LedgerError
        From each act: the log did not take it. With `DoubtError` only the log, opened again, can tell.
    """

    def __init__(
        self,
        body: str,
        officer: str,
        key: SigningKey,
        record: Record,
        clock: Callable[[], datetime],
        *,
        regime: Regime | None = None,
    ) -> None:
        if key.role not in ("statement", "exercise"):
            told = f"a key for {key.role!r} signs no statements"
            raise InputError("desk.key_role", told, todo="Give the desk a key for statements or exercises.")
        self.body, self.officer, self.record = body, officer, record
        self.exercise = key.role == "exercise"
        self._key, self._clock, self._regime = key, clock, regime

    def standing(self) -> Standing:
        """How things stand now: the actual, or the drill, as the key of this desk is."""
        now = self._clock()
        self.record.follow(now)
        return self.record.standing(now, exercise=self.exercise)

    def say(self, draft: Draft) -> str:
        """Say what a rule proposes, or any statement; returns its id.

        Raises
        ------
        InputError
            ``desk.other_body``.
        DomainError
            Those of `approval.check`: a red warning without a second officer.
        """
        return self.say_all((draft,))[0]

    def say_all(self, drafts: Sequence[Draft]) -> tuple[str, ...]:
        """Say several things together, all or none; otherwise as `say`."""
        return self._say_at(self._clock(), drafts)

    def _say_at(self, now: datetime, drafts: Sequence[Draft]) -> tuple[str, ...]:
        said = []
        for draft in drafts:
            if draft.by != self.body:
                told = f"this is for {draft.by} to say, and the desk is that of {self.body}"
                raise InputError("desk.other_body", told)
            said.append(self._make(draft, draft.body, now))
        held = self.standing()
        for one in said:
            approval.check(held, one)
        if said:
            self.record.append(said, self._key, now)
        return tuple(one.id for one in said)

    def say_sealed(self, draft: Draft, body: Sealed, recipients: Sequence[str]) -> str:
        """Say something whose body stays off the record; salt and body go to the recipients by other ways."""
        now = self._clock()
        said = self._make(draft, body, now, visibility="sealed", recipients=tuple(recipients))
        self.record.append((said,), self._key, now)
        return said.id

    def say_with_sealed(self, draft: Draft, body: Sealed, recipients: Sequence[str]) -> tuple[str, str]:
        """Say something openly, and in answer to it what of it is sealed: both or none, by id."""
        now = self._clock()
        first = self._make(draft, draft.body, now)
        answer = Draft(draft.kind, draft.by, draft.about, first.id, {})
        second = self._make(answer, body, now, visibility="sealed", recipients=tuple(recipients))
        self.record.append((first, second), self._key, now)
        return first.id, second.id

    def _make(self, draft: Draft, body: Any, now: datetime, **more: Any) -> Statement:
        return make(
            draft.kind,
            by=self.body,
            officer=self.officer,
            issued=now,
            about=draft.about,
            replies_to=draft.replies_to,
            exercise=self.exercise,
            body=body,
            **more,
        )

    def _tell(
        self, kind: KindName, about: str | None, body: Mapping[str, Any], replies_to: str | None = None
    ) -> str:
        return self.say(Draft(kind, self.body, about, replies_to, body))

    def _answer(self, kind: KindName, to: str, body: Mapping[str, Any]) -> str:
        """Answer a statement; what nobody has seen is not answered."""
        found = self.standing().statements.get(to)
        if found is None:
            todo = "Wait until it has come, or look at the id."
            raise NotFoundError("desk.unknown_statement", f"there is no statement {to[:12]} here", todo=todo)
        return self._tell(kind, found.statement.about, body, to)

    def _law(self) -> Regime:
        if self._regime is None:
            told = f"the desk of {self.body} knows neither law nor agreement"
            raise InputError("desk.no_regime", told, todo="Give the desk a regime.")
        return self._regime

    def _now(self) -> str:
        return time_text(self._clock())
