"""The service desk: a question of an enterprise or a resident becomes a duty of a named body, with a clock.

Cities promise an answer and then pass the question round. So the question has a body that holds it from the
first moment, and one clock, that of who asked: it starts when the question was asked, and neither a route nor
a body that passes it on starts it anew. The agreement gives the time (`question_h`, one hour by default: the
service group of Changchun solves a question in less than an hour on average); a route may name a shorter
one, never a longer. The clock runs always: risks keep no office hours, and an agreement that wants other
hours sets a longer time.

Whose matter it is says the responsibility list (责任清单) of the agreement: the department of the city, then
the department wherever it is, then the city itself, then the coordination body. What is not answered in
time is handed up by itself, one step at a time: to the superior of who has to answer, then to the
coordination body. A body that only hands it up because its time is over still owes its answer.

A part of the answer keeps the clock of the first answer, and starts that of the rest. It holds the climb
until the time that the body named, and no longer than its clock lasts once more from its first part: else
a part would be a way around the clock. Another part moves nothing. Only a whole answer ends the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from riskshed.errors import DomainError, NotFoundError
from riskshed.governance.draft import Draft
from riskshed.governance.message import says
from riskshed.governance.standing import Standing
from riskshed.governance.standing_questions import (
    SERVING,
    AnswerStanding,
    Hand,
    QuestionStanding,
    digest_of_proof,
)
from riskshed.governance.subjects import Said
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory
from riskshed.statement import time_text

Words = Mapping[str, str]

SECOND = timedelta(seconds=1)
OTHER = "other"
"""The topic of a question that is no matter of a department of the list."""
OVERDUE: Words = {
    "zh": "未在期限内答复，自动提级；原承办单位仍应答复。",
    "en": "It was not answered in time and is handed up by itself; who had to answer still has to.",
}
REST_OVERDUE: Words = {
    "zh": "只答复了一部分，其余未在期限内答复，自动提级；原承办单位仍应答复。",
    "en": "A part was answered and the rest did not come in time; it is handed up by itself, and who had to "
    "answer still has to.",
}
CAUSES = ("outside_power", "no_capacity", "other")
"""Why a body hands a question up of its own accord."""


# ---------------------------------------------------------------------------------------------- the clock


@dataclass(frozen=True, slots=True)
class Owed:
    """An answer that a body owes: `part` is ``first`` or ``rest``; `term` is of the agreement, or empty."""

    body: str
    part: str
    since: datetime
    due: datetime | None
    term: str
    done: Said | None


def owed(question: QuestionStanding, terms: Terms) -> Iterator[Owed]:
    """What each body that has or had a question owes, and what fulfilled it.

    A first answer is owed by everybody in whose hands it is; giving it away in time is enough. That the
    asker took the question back ends what was owed. Who gave a part owes the rest as well (`rest_due`).
    """
    for hand in question.hands:
        due, term = due_of(question, hand, terms)
        done = _first(hand.answered, hand.left, question.withdrawn)
        yield Owed(hand.body, "first", hand.since, due, term, done)
        parts, due = _parts(question, hand), rest_due(question, hand, terms)
        if due is not None:
            yield Owed(hand.body, "rest", parts[0].at, due, "", _first(hand.final, question.withdrawn))


def _first(*told: Said | None) -> Said | None:
    return min((one for one in told if one is not None), key=lambda one: (one.at, one.id), default=None)


def due_of(question: QuestionStanding, hand: Hand, terms: Terms) -> tuple[datetime | None, str]:
    """By when a body has to answer, and by which term of the agreement; None where nothing gives a time.

    Who got it by being named, routed to, or passed on to has the clock of the asker, and the shortest time
    that a route up to then named.
    """
    term = _term(hand)
    if hand.how == "escalated":
        since, named = hand.since, [hand.due]
    else:
        since = question.at
        named = [one.due for one in question.hands[: question.hands.index(hand) + 1]]
    stated = min((one for one in named if one is not None), default=None)
    if not terms.code:
        return stated, ""
    agreed = since + timedelta(hours=getattr(terms, term))
    # A statement says its times to the second.
    return (stated, "") if stated is not None and stated <= agreed - SECOND else (agreed, term)


def _term(hand: Hand) -> str:
    """The term of the agreement that is the clock of a hand."""
    return "question_escalate_h" if hand.how == "escalated" else "question_h"


def _parts(question: QuestionStanding, hand: Hand) -> list[AnswerStanding]:
    """The parts that a body gave of an answer, in order."""
    return [one for one in question.answers if one.by == hand.body and one.final is False]


def rest_due(question: QuestionStanding, hand: Hand, terms: Terms) -> datetime | None:
    """By when a body that gave a part owes the rest; None if it gave none, or nothing gives a time.

    It is the first time that it named, at most its clock of the agreement after its first part. A part that
    names no time has all of that clock.
    """
    parts = _parts(question, hand)
    named = next((one.rest_by for one in parts if one.rest_by is not None), None)
    latest = rest_limit(hand, terms, parts[0].at) if parts else None
    return min((one for one in (named, latest) if one is not None), default=None)


def rest_limit(hand: Hand, terms: Terms, at: datetime) -> datetime | None:
    """The latest time that a part given at a time may name for its rest; None without an agreement."""
    return at + timedelta(hours=getattr(terms, _term(hand))) if terms.code else None


def waits_until(question: QuestionStanding, terms: Terms) -> datetime | None:
    """When an open question is handed up, if no whole answer comes; None where nothing gives a time.

    It is the clock of who got it last, or of the rest if that gave a part; a part of another who has it
    holds the climb until its rest is due.
    """
    if not question.hands:
        return None
    last = question.hands[-1]
    gave_part = bool(_parts(question, last))
    due = rest_due(question, last, terms) if gave_part else due_of(question, last, terms)[0]
    rests = [rest_due(question, one, terms) for one in question.hands[:-1]]
    return None if due is None else max([due, *(one for one in rests if one is not None)])


# ---------------------------------------------------------------------------------------------- who answers


def responsible(standing: Standing, terms: Terms, territory: Territory, topic: str, city: str) -> str | None:
    """The body whose matter a question is; None if no body on the record comes into question.

    Parameters
    ----------
    standing : Standing
    terms : Terms
        `roles` is the responsibility list.
    territory : Territory
    topic : str
        A department of the list, or ``other``.
    city : str
        Code of a city; empty if it concerns none.
    """
    places = (city, *territory.ancestors(city)) if city else ()
    listed = [terms.roles.get(f"{place}/{topic}") for place in places[:1]]
    listed += [terms.roles.get(topic), *places, terms.coordination_body]
    return next((one for one in listed if one and _serves(standing, one)), None)


def _serves(standing: Standing, code: str) -> bool:
    known = standing.bodies.get(code)
    return known is not None and known.left is None and known.kind in SERVING


def topics(terms: Terms) -> tuple[str, ...]:
    """The departments that the responsibility list names, and ``other``."""
    named = {key.rpartition("/")[2] for key in terms.roles if "/" in key}
    return (*sorted(named), OTHER)


def city_of(standing: Standing, question: QuestionStanding) -> str:
    """The city that a question concerns: that which it names, else that of who asks; empty if unknown."""
    asker = standing.bodies.get(question.by)
    return question.city or (asker.city if asker else None) or ""


def above(standing: Standing, question: QuestionStanding, terms: Terms, territory: Territory) -> str | None:
    """The next body to which a question is handed up; None at the top.

    It is the superior of who got it last, then the coordination body, whoever of them never had it.
    """
    last = question.hands[-1].body
    known = standing.bodies.get(last)
    superior = (known.superior if known else None) or territory.superior(last)
    for one in (superior, terms.coordination_body):
        if one and question.hand(one) is None and _serves(standing, one):
            return one
    return None


# ------------------------------------------------------------------------------------------------- drafts


def ask(by: str, *, topic: str, text: Words, about: str | None = None, **more: Any) -> Draft:
    """A question.

    Parameters
    ----------
    by : str
        The body that asks, or that speaks for a resident; then `asker` is in `more`.
    topic, text : str, mapping
    about : str, optional
        Code of the incident that it is about.
    **more
        Other fields of the kind that are known: `to`, `city`, `asker`, `files`.

    Raises
    ------
    DomainError
        ``question.no_words``.
    """
    if not says(text):
        raise DomainError("question.no_words", f"{by} asks without a word", todo="Write the question.")
    body = {"topic": topic, "text": dict(text), **{name: one for name, one in more.items() if one}}
    return Draft("QuestionAsked", by, about, None, body)


def route(
    standing: Standing,
    question: QuestionStanding,
    terms: Terms,
    territory: Territory,
    *,
    by: str,
    topic: str = "",
    city: str = "",
    to: str = "",
    asker: str = "",
) -> Draft | None:
    """The first route of a question that is in nobody's hands; None if there is nobody, or no need.

    Parameters
    ----------
    standing, question, terms, territory
    by : str
        The body that routes: one of the agreement.
    topic, city, to, asker : str
        Of a sealed question, by who can read it; else those of the question.
    """
    if question.hands or not question.is_open:
        return None
    topic, city = topic or question.topic or OTHER, city or city_of(standing, question)
    holder = to if to and _serves(standing, to) else responsible(standing, terms, territory, topic, city)
    if holder is None:
        return None
    due = question.at + timedelta(hours=terms.question_h) if terms.code else None
    told = {
        "to": holder,
        "topic": topic,
        "city": city,
        "answer_by": time_text(due) if due else None,
        "asker": asker,
    }
    body = {name: one for name, one in told.items() if one}
    return Draft("QuestionRouted", by, question.about, question.id, body)


def pass_on(standing: Standing, question: str, *, by: str, to: str, reason: Words) -> Draft:
    """Pass a question on to the body whose matter it is: once, with a reason; the clock goes on.

    Raises
    ------
    NotFoundError, DomainError
        ``question.unknown``, ``question.withdrawn``, ``question.not_held``, ``question.passed_on``,
        ``question.no_reason``, ``question.same_hands``, ``question.nobody``.
    """
    held = _held(standing, question, by)
    if held.hands[-1].how not in ("named", "routed"):
        what = f"the question {held.id[:12]} was passed on or handed up before"
        raise DomainError("question.passed_on", what, todo="Answer it, or hand it up.")
    _check_next(standing, held, to)
    return Draft("QuestionRouted", by, held.about, held.id, {"to": to, "reason": _why(by, reason)})


def hand_up(
    standing: Standing, question: str, terms: Terms, territory: Territory, now: datetime,
    *, by: str, cause: str, reason: Words,
) -> Draft:  # fmt: skip
    """Hand a question up of one's own accord.

    Raises
    ------
    NotFoundError, DomainError
        As `pass_on`; ``question.at_the_top`` where there is nobody above.
    """
    held = _held(standing, question, by)
    to = above(standing, held, terms, territory)
    if to is None:
        what = f"there is nobody above {by} to whom {held.id[:12]} could go"
        raise DomainError("question.at_the_top", what, todo="Answer it.")
    return _up(held, terms, now, by=by, to=to, cause=cause, reason=_why(by, reason))


def _up(
    question: QuestionStanding,
    terms: Terms,
    now: datetime,
    *,
    by: str,
    to: str,
    cause: str,
    reason: Words,
) -> Draft:
    body: dict[str, Any] = {"from": by, "to": to, "cause": cause, "reason": dict(reason)}
    if terms.code:
        body["answer_by"] = time_text(now + timedelta(hours=terms.question_escalate_h))
    return Draft("QuestionEscalated", by, question.about, question.id, body)


def answer(
    standing: Standing,
    question: str,
    terms: Terms,
    now: datetime,
    *,
    by: str,
    text: Words,
    final: bool,
    rest_by: datetime | None = None,
    coordinated_with: Sequence[str] = (),
) -> Draft:
    """An answer, the whole of it or a first part; of a part, by when the rest follows.

    Raises
    ------
    NotFoundError, DomainError
        ``question.unknown``, ``question.withdrawn``, ``question.not_held``, ``question.no_words``,
        ``question.no_rest``, ``question.rest_time``: the rest would come before now, or later than
        `rest_limit` allows; ``question.sealed_part``: the question is sealed, so that its answer is too.
    """
    held = _held(standing, question, by)
    if held.sealed and not final:
        # On the log nobody could tell the part from the whole, and it would stop the clock for good.
        what = f"{by} answers a sealed question in part: on the record that would count as the whole"
        raise DomainError(
            "question.sealed_part", what, todo="Give the whole answer, or hand the question up."
        )
    if not says(text):
        raise DomainError("question.no_words", f"{by} answers without a word", todo="Write the answer.")
    if not final and rest_by is None:
        what = f"the answer of {by} is a part, and says not by when the rest follows"
        raise DomainError("question.no_rest", what, todo="Name the time, or give the whole answer.")
    body: dict[str, Any] = {"final": final, "text": dict(text)}
    if not final and rest_by is not None:
        _check_rest(held, terms, now, by, rest_by)
        body["rest_by"] = time_text(rest_by)
    others = [one for one in dict.fromkeys(coordinated_with) if one != by]
    if others:
        body["coordinated_with"] = others
    return Draft("QuestionAnswered", by, held.about, held.id, body)


def rate(
    standing: Standing,
    question: str,
    *,
    by: str,
    score: int,
    solved: bool,
    text: Words | None = None,
    proof: str | None = None,
) -> Draft:
    """The rating of the last whole answer, by who asked, once.

    Raises
    ------
    NotFoundError, DomainError
        ``question.unknown``, ``rating.no_answer``, ``rating.again``, ``rating.not_asker``,
        ``rating.own_answer``.
    """
    held = known(standing, question)
    last = held.whole
    if last is None:
        what = f"{question[:12]} has no whole answer yet"
        raise DomainError("rating.no_answer", what, todo="Wait for it.")
    if held.rating is not None:
        raise DomainError("rating.again", f"{question[:12]} was rated before: a rating is given once")
    proven = proof is not None and held.asker == digest_of_proof(proof)
    if by != held.by or (held.asker is not None and not proven):
        raise DomainError("rating.not_asker", f"{by} did not ask {question[:12]}; only the asker rates")
    if by == last.by and not proven:
        raise DomainError("rating.own_answer", f"{by} gave the answer itself")
    body: dict[str, Any] = {"score": score, "solved": solved}
    if text is not None and says(text):
        body["text"] = dict(text)
    if proof is not None:
        body["proof"] = proof
    return Draft("AnswerRated", by, held.about, last.id, body)


def known(standing: Standing, question: str) -> QuestionStanding:
    """The question of this id. Raises NotFoundError ``question.unknown``."""
    held = standing.questions.get(question)
    if held is None:
        raise NotFoundError("question.unknown", f"there is no question {question[:12]}")
    return held


def _held(standing: Standing, question: str, by: str) -> QuestionStanding:
    """The question, if this body has to answer it now."""
    held = known(standing, question)
    if held.withdrawn is not None:
        raise DomainError("question.withdrawn", f"{held.by} took the question {question[:12]} back")
    if by not in [one.body for one in held.holders]:
        told = ", ".join(one.body for one in held.holders) or "nobody yet"
        raise DomainError("question.not_held", f"{question[:12]} is in the hands of {told}, not of {by}")
    return held


def _check_rest(held: QuestionStanding, terms: Terms, now: datetime, by: str, rest_by: datetime) -> None:
    hand = held.hand(by)
    latest = rest_limit(hand, terms, now) if hand is not None else None
    if now < rest_by and (latest is None or rest_by <= latest):
        return
    wanted = f"after {time_text(now)}" + (f" and at latest {time_text(latest)}" if latest else "")
    raise DomainError(
        "question.rest_time",
        f"{by} would give the rest of {held.id[:12]} at {time_text(rest_by)}; it has to come {wanted}",
        todo="Name a time in these bounds, or give the whole answer.",
    )


def _check_next(standing: Standing, held: QuestionStanding, to: str) -> None:
    if held.hand(to) is not None:
        raise DomainError("question.same_hands", f"{to} had the question {held.id[:12]} already")
    if not _serves(standing, to):
        raise DomainError("question.nobody", f"{to[:40]} is no body of government on the record")


def _why(by: str, reason: Words) -> dict[str, str]:
    if not says(reason):
        raise DomainError(
            "question.no_reason", f"{by} gives the question away without a reason", todo="Say why."
        )
    return dict(reason)


# ------------------------------------------------------------------------------------------- what is due now


def unrouted(standing: Standing) -> tuple[QuestionStanding, ...]:
    """The questions that are in nobody's hands."""
    return tuple(one for one in standing.questions.values() if one.is_open and not one.hands)


def overdue(standing: Standing, terms: Terms, territory: Territory, now: datetime) -> tuple[Draft, ...]:
    """What has to be handed up now, because no whole answer came in time; each by who had to answer.

    One step for each question: a question that climbs has a new clock at each step, and is left in all hands
    that it was in. At the coordination body it stays.
    """
    found = []
    for one in standing.questions.values():
        if not one.is_open or not one.holders:
            continue
        last, due = one.hands[-1], waits_until(one, terms)
        to = above(standing, one, terms, territory) if due is not None and now > due else None
        if to is not None:
            facts = {"by": last.body, "to": to, "cause": "unanswered"}
            reason = REST_OVERDUE if one.is_in_part else OVERDUE
            found.append(_up(one, terms, now, **facts, reason=reason))
    return tuple(found)
