"""Duties that arise because a statement asks: notices, approvals, plans, tasks, help, watches, questions.

Each comes with what fulfilled it, which how things stand tells. The time is that of the statement; where it
names none, the terms of the agreement give one, and without an agreement there is no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from riskshed.governance import service
from riskshed.governance.circumstances import Regime, said_at
from riskshed.governance.obligation import Duty
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Answer, NoticeStanding, PromiseStanding, Said
from riskshed.governance.terms import Terms

Asked = tuple[Duty, Said | None]

TEXTS = {
    "NoticeAcknowledged": "the notice asks to be acknowledged",
    "NoticeAnswered": "the notice asks to be adopted or declined",
    "ApprovalGiven": "the request asks for an approval or a refusal",
    "PlanAccepted": "the joint plan asks for an acceptance or a rejection",
    "TaskCompleted": "the task has a time",
    "WatchTaken": "the desk named the time of its next sign of life",
    "QuestionAnswered": "the question has a time for its answer",
}


PROMISED = {
    "AidCommitted": ("AidDispatched", "help that was promised by a time"),
    "MatchAccepted": ("SupplyReceived", "an offer that was taken, and is due by a time"),
}
"""Promises that have a time: what shows them kept, and what is said of them."""


def duties(standing: Standing, regime: Regime) -> Iterator[Asked]:
    """Every duty that a statement asks for, with what fulfilled it."""
    yield from _notices(standing, regime)
    yield from _approvals(standing)
    yield from _plans(standing)
    yield from _tasks(standing)
    yield from _promises(standing)
    yield from _watches(standing)
    yield from _questions(standing, regime)


def _asked(
    who: str,
    owes: str,
    to: str | None,
    about: str,
    since: datetime,
    due: datetime | None,
    *,
    term: str = "",
    cite: str = "",
) -> Duty:
    return Duty(
        who=who,
        owes=owes,
        act=f"answer.{term}" if term else "answer",
        to=to,
        about=about,
        since=since,
        due=due,
        has_clock=due is not None,
        is_lawful=False,
        is_foreseen=False,
        pack="statement",
        rule=term or owes,
        cite=cite or TEXTS.get(owes, owes),
        cause=about,
    )


def _notices(standing: Standing, regime: Regime) -> Iterator[Asked]:
    terms = regime.terms
    for notice in standing.notices.values():
        if notice.answer_by is None and not _asks(standing, notice, regime):
            continue
        for body in notice.to:
            if body not in standing.bodies or body == notice.by:
                continue
            answer = notice.answers.get(body, Answer())
            first = min(filter(None, (answer.acknowledged, answer.adopted, answer.declined)), default=None,
                        key=lambda said: said.at)  # fmt: skip
            signed = notice.seen_at + timedelta(hours=terms.acknowledge_h) if terms.code else notice.answer_by
            term = f"{terms.code}, acknowledge_h = {terms.acknowledge_h:g}" if terms.code else ""
            duty = _asked(body, "NoticeAcknowledged", notice.by, notice.id, notice.seen_at, signed, cite=term)
            yield duty, first
            yield _answer_to(notice, body, answer, regime)


def _asks(standing: Standing, notice: NoticeStanding, regime: Regime) -> bool:
    """Whether a notice that names no time asks for an answer: by the agreement, between its members.

    A notice that was put together afterwards from published sources asked nothing of anybody: whether it was
    acknowledged is not on record, and what is not on record is unknown.
    """
    said = standing.statements[notice.id].statement
    return bool(regime.terms.code) and said.reconstructed is None and regime.terms.binds(notice.by)


def _answer_to(notice: NoticeStanding, body: str, answer: Answer, regime: Regime) -> Asked:
    """To adopt or decline; a notice that was replaced before it had to be answered asks no more."""
    terms = regime.terms
    agreed = notice.seen_at + timedelta(hours=terms.answer_h) if terms.code else None
    due = notice.answer_by or agreed
    done = min(filter(None, (answer.adopted, answer.declined)), default=None, key=lambda said: said.at)
    if done is None and notice.superseded_by is not None:
        due = None
    duty = _asked(body, "NoticeAnswered", notice.by, notice.id, notice.seen_at, due, term="adopt_or_decline",
                  cite=TEXTS["NoticeAnswered"])  # fmt: skip
    return duty, done


def _approvals(standing: Standing) -> Iterator[Asked]:
    for one in standing.approvals.values():
        done = min(filter(None, (one.given, one.refused)), default=None, key=lambda said: said.at)
        for body in one.of:
            if body in standing.bodies:
                yield _asked(body, "ApprovalGiven", one.by, one.id, one.at, one.answer_by), done


def _plans(standing: Standing) -> Iterator[Asked]:
    for one in standing.joint_plans.values():
        for body in one.members:
            answered = one.accepted.get(body) or one.rejected.get(body)
            if body != one.by and one.superseded_by is None:
                due = _asked(body, "PlanAccepted", one.by, one.id, one.at, one.answer_by)
                yield due, _said(standing, answered)


def _tasks(standing: Standing) -> Iterator[Asked]:
    for one in standing.tasks.values():
        given = standing.statements[one.given_by]
        whole = one.share is not None and one.share >= 1
        done = _said(standing, one.done[-1]) if whole and one.done else None
        duty = _asked(one.owner, "TaskCompleted", given.statement.by, one.given_by, said_at(given), one.due,
                      term=one.task)  # fmt: skip
        yield duty, done


def _promises(standing: Standing) -> Iterator[Asked]:
    """Promised help that has a time; other promises are judged by their own duties."""
    for one in standing.promises.values():
        if one.kind in PROMISED and one.status != "released":
            yield _promise(standing, one, *PROMISED[one.kind])


def _promise(standing: Standing, one: PromiseStanding, owed: str, cite: str) -> Asked:
    duty = _asked(one.by, owed, one.to, one.id, one.at, one.due, term=one.part, cite=cite)
    return duty, _said(standing, (*one.kept, *one.late, None)[0])


def _watches(standing: Standing) -> Iterator[Asked]:
    for one in standing.watches.values():
        if one.officer is not None and one.next_sign is not None:
            yield _asked(one.body, "WatchTaken", None, one.statement, one.last_sign, one.next_sign,
                         term=one.desk), None  # fmt: skip


def _questions(standing: Standing, regime: Regime) -> Iterator[Asked]:
    """Of each body that has or had a question, its answer; and the rest that it promised by a time."""
    for one in standing.questions.values():
        for owed in service.owed(one, regime.terms):
            if owed.body in standing.bodies:
                duty = _asked(owed.body, "QuestionAnswered", one.by, one.id, owed.since, owed.due,
                              term=owed.part)  # fmt: skip
                yield _by_term(duty, owed.term, regime.terms), owed.done


def _by_term(duty: Duty, term: str, terms: Terms) -> Duty:
    """The same duty as one of the agreement, where its time is from a term of it."""
    if not term:
        return duty
    cite = f"{terms.code}, {term} = {getattr(terms, term):g}"
    return replace(duty, pack="agreement", rule=term, cite=cite)


def _said(standing: Standing, statement: str | None) -> Said | None:
    seen = standing.statements.get(statement or "")
    return None if seen is None else Said(seen.statement.id, said_at(seen))
