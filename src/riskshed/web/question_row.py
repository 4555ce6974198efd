"""A question as a row of the board of clocks, and its way from hand to hand: who owes, and what is left.

The clock is the asker's: of a question that climbed, the time that counts is that of the body that got it
last, and the row says that it is overdue where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import role, service
from riskshed.governance.standing import Standing
from riskshed.governance.standing_questions import Hand, QuestionStanding
from riskshed.governance.terms import Terms
from riskshed.web import addresses, question_link, wording
from riskshed.web.current import node
from riskshed.web.people import Actor
from riskshed.web.wording import say

HOWS: Mapping[str, tuple[str, str]] = {
    "named": ("提问方指名", "named by the asker"),
    "routed": ("转办", "routed to it"),
    "passed_on": ("改派", "passed on to it"),
    "escalated": ("提级", "handed up to it"),
}
OTHER = ("其他", "other")


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question; `text` is None where its words are not for who looks, or are gone.

    `glyph` and `words` say how it stands, `due` when the first answer is or was due, `holders` who owes it.
    Where a part was answered, `is_in_part`, `due` is when the rest is.
    """

    id: str
    url: str
    topic: str
    asker: str
    text: Mapping[str, str] | None
    sealed: bool
    at: datetime
    glyph: str
    words: str
    due: datetime | None
    holders: tuple[str, ...]
    city: str
    about: str
    about_url: str
    is_open: bool
    is_in_part: bool
    is_mine: bool


@dataclass(frozen=True, slots=True)
class HandRow:
    """One body that has the question, or had it."""

    body: str
    how: str
    since: datetime
    due: datetime | None
    glyph: str
    words: str
    statement: str


def topic_words(topic: str | None) -> str:
    """A topic in words: the department whose matter it is."""
    if topic is None:
        return say("未知", "unknown")
    if topic == service.OTHER:
        return say(*OTHER)
    return say(role.department_words(topic, zh=True), role.department_words(topic, zh=False))


def asker_words(question: QuestionStanding) -> str:
    """Who asked: a body by name, a resident as one."""
    if question.asker is not None:
        return say("一位居民", "a resident")
    return wording.name_of(question.by)


def row(standing: Standing, question: QuestionStanding, actor: Actor, now: datetime) -> QuestionRow:
    """The row of a question, for who looks."""
    terms = node().regime().terms
    glyph, words = state(question, terms, now)
    may = not question.sealed or question_link.may_read(question, actor.body)
    said = standing.statements[question.id].statement
    body = question_link.body_of(node(), said) if may else None
    return QuestionRow(
        id=question.id,
        url=addresses.question(question.id),
        topic=topic_words(question.topic),
        asker=asker_words(question),
        text=body["text"] if body is not None else None,
        sealed=question.sealed,
        at=question.at,
        glyph=glyph,
        words=words,
        due=_due(question, terms),
        holders=tuple(one.body for one in question.holders),
        city=question.city or "",
        about=question.about or "",
        about_url=addresses.subject(question.about, standing) if question.about else "",
        is_open=question.is_open,
        is_in_part=question.is_in_part,
        is_mine=question_link.may_read(question, actor.body),
    )


def _due(question: QuestionStanding, terms: Terms) -> datetime | None:
    if question.is_open:
        return service.waits_until(question, terms)
    return service.due_of(question, question.hands[-1], terms)[0] if question.hands else None


def rest_by(question: QuestionStanding, terms: Terms) -> datetime | None:
    """By when the rest is due of a question that waits for it: the latest that is owed; else None."""
    dues = [service.rest_due(question, one, terms) for one in question.hands] if question.is_in_part else []
    return max((one for one in dues if one is not None), default=None)


def state(question: QuestionStanding, terms: Terms, now: datetime) -> tuple[str, str]:
    """How a question stands, by the clock of its asker: a state of duties, and words."""
    if question.withdrawn is not None and not question.answers:
        return "met", say("已撤回", "taken back")
    if question.is_in_part:
        return _rest(rest_by(question, terms), now)
    first = question.hands[0] if question.hands else None
    due = service.due_of(question, first, terms)[0] if first else None
    if question.answers:
        took = wording.span(question.answers[0].at - question.at)
        if due is not None and question.answers[0].at > due:
            return "late", say(f"逾期答复，用时 {took}", f"answered late, after {took}")
        return "met", say(f"已答复，用时 {took}", f"answered after {took}")
    if first is None:
        return "undetermined", say("尚未转办", "in nobody's hands yet")
    return _clock(due, now)


def _rest(due: datetime | None, now: datetime) -> tuple[str, str]:
    """How a question stands of which a part was answered."""
    if due is None:
        return "undetermined", say("已部分答复，其余没有时限", "part answered, the rest without a time")
    if now <= due:
        return "open", say("已部分答复", "part answered")
    length = wording.span(now - due)
    return "breached", say(f"已部分答复，其余逾期 {length}", f"part answered, the rest overdue by {length}")


def _clock(due: datetime | None, now: datetime) -> tuple[str, str]:
    if due is None:
        return "undetermined", say("没有时限", "without a time")
    length = wording.span(abs(due - now))
    if now <= due:
        return "open", say(f"还有 {length}", f"{length} left")
    return "breached", say(f"逾期 {length}", f"overdue by {length}")


def hand_rows(question: QuestionStanding, terms: Terms, now: datetime) -> list[HandRow]:
    """The way of a question, hand by hand."""
    return [_hand_row(question, one, terms, now) for one in question.hands]


def _hand_row(question: QuestionStanding, hand: Hand, terms: Terms, now: datetime) -> HandRow:
    due, _ = service.due_of(question, hand, terms)
    if hand.answered is not None:
        late = due is not None and hand.answered.at > due
        told = ("late", say("逾期答复", "answered late")) if late else ("met", say("已答复", "answered"))
        if question.is_in_part:
            told = _rest(service.rest_due(question, hand, terms), now)
    elif hand.left is not None:
        told = ("met", say("已转出", "gave it away"))
    elif question.withdrawn is not None:
        told = ("met", say("提问已撤回", "the question was taken back"))
    elif question.answers:
        told = ("breached", say("未答复", "did not answer")) if due and now > due else _clock(due, now)
    else:
        told = _clock(due, now)
    return HandRow(hand.body, say(*HOWS[hand.how]), hand.since, due, *told, hand.statement)


def order(one: QuestionRow) -> tuple[bool, bool, float, str]:
    """On the board: what is overdue or due soonest first, then what has no time."""
    return not one.is_open, one.due is None, one.due.timestamp() if one.due else 0.0, one.id


def rows(
    standing: Standing, questions: Iterable[QuestionStanding], actor: Actor, now: datetime
) -> list[QuestionRow]:
    """The rows of questions, in the order of the board."""
    return sorted((row(standing, one, actor, now) for one in questions), key=order)
