"""How questions stand: in whose hands each was, what was answered, how the asker rated it.

A question goes from hand to hand by statements of others, and what one of them may say depends on those
before it. So the whole way of a question is followed at once (`course`), and each statement in it counts or
is refused by what it finds there:

    question.not_held     a body passes on, or hands up, what it does not hold; or answers for another
    question.passed_on    a route was wrong twice: it is passed on once, and before it was handed up
    question.no_reason    passed on without a word why
    question.same_hands   back to a body that had it already
    question.nobody       to a body that is not on the record, or is none of government
    question.sealed_move  the body of a route or of an escalation is sealed: nobody could tell to whom
    question.withdrawn    said after the asker had taken the question back
    agreement.outside     routed by a body that no agreement in force names, and that did not ask
    rating.not_asker      a rating by another than the asker, or without the proof of an asker who is no body
    rating.own_answer     a body rates its own answer
    rating.again          a second rating of one question
    rating.no_answer      a rating of an answer that does not count

Several statements of one second have no order among them, so a move counts if there is any order of that
second in which it may be made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from riskshed.governance.standing_agreements import in_force, names, text
from riskshed.governance.standing_entry import body, entry, withdrawn
from riskshed.governance.standing_view import View, remembered
from riskshed.governance.subjects import Said, Seen
from riskshed.statement import Statement

MOVES = ("QuestionRouted", "QuestionEscalated")
SERVING = ("government", "coordination", "office", "agency")
"""Kinds of body that may be given a question, and may give it to another."""

How = Literal["named", "routed", "passed_on", "escalated"]
Refusal = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Hand:
    """A body that has to answer a question, or had to.

    Attributes
    ----------
    body : str
    how : {"named", "routed", "passed_on", "escalated"}
        The asker named it; it was given it; another passed it on; it was handed up to it.
    statement : str
        The statement that says so.
    since : datetime
        From when it holds the question.
    due : datetime or None
        By when that statement wants the answer; None if it names no time.
    left : Said or None
        How it gave the question away, by passing it on or by handing it up of its own accord.
    answered, final : Said or None
        Its first answer; its first whole answer.
    """

    body: str
    how: How
    statement: str
    since: datetime
    due: datetime | None
    left: Said | None = None
    answered: Said | None = None
    final: Said | None = None


@dataclass(frozen=True, slots=True)
class AnswerStanding:
    """An answer that counts; `final` is None where it is sealed."""

    id: str
    by: str
    at: datetime
    final: bool | None
    rest_by: datetime | None
    coordinated_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RatingStanding:
    """What the asker says of an answer: `score` is 1 to 5."""

    id: str
    answer: str
    of: str
    at: datetime
    score: int
    solved: bool


@dataclass(frozen=True, slots=True)
class QuestionStanding:
    """A question, and what became of it.

    `asker` is the digest of an asker who is no body. `hands` are in the order in which they got it. Of a
    sealed question topic and city are those of its first route. A question that was withdrawn stays, with
    its withdrawal.
    """

    id: str
    by: str
    asker: str | None
    about: str | None
    topic: str | None
    city: str | None
    to: str | None
    sealed: bool
    at: datetime
    hands: tuple[Hand, ...]
    answers: tuple[AnswerStanding, ...]
    rating: RatingStanding | None
    withdrawn: Said | None
    exercise: bool

    @property
    def holders(self) -> tuple[Hand, ...]:
        """Those who have to answer now; the one to whom it was handed up last is the last."""
        return tuple(one for one in self.hands if one.left is None)

    @property
    def whole(self) -> AnswerStanding | None:
        """The last whole answer; one that is sealed counts as whole, since nobody can tell."""
        return next((one for one in reversed(self.answers) if one.final is not False), None)

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for a whole answer."""
        return self.whole is None and self.withdrawn is None

    @property
    def is_in_part(self) -> bool:
        """Whether a part of the answer stands, and somebody still waits for the rest."""
        return self.is_open and bool(self.answers)

    def hand(self, body: str) -> Hand | None:
        """The part of a body in it; None if it never had the question."""
        return next((one for one in self.hands if one.body == body), None)


class Course(NamedTuple):
    """The way of a question: who held it, the answers and the rating that count, and what is refused."""

    hands: tuple[Hand, ...]
    answers: tuple[Seen, ...]
    rating: Seen | None
    refused: Mapping[str, Refusal]


NOWHERE = Course((), (), None, {})


def digest_of_proof(proof: str) -> str:
    """What `asker` is for this proof: SHA-256 of its text.

    Examples
    --------
    >>> digest_of_proof("sha256:" + "0" * 64)[:15]
    'sha256:e191bc1a'
    """
    return f"sha256:{hashlib.sha256(proof.encode()).hexdigest()}"


@remembered
def course(view: View, question: str) -> Course:
    """The way of a question; nowhere if there is none, or it does not count and was not withdrawn."""
    seen = view.seen(question)
    if seen is None or seen.statement.kind != "QuestionAsked":
        return NOWHERE
    replies = [one for one in view.find("reply", question) if _stands(view, one)]
    hands, refused = _moved(view, seen, [one for one in replies if one.statement.kind in MOVES])
    told = [one for one in replies if one.statement.kind == "QuestionAnswered"]
    answers: list[Seen] = []
    for one in told:
        refusal = _too_late(view, seen, one) or _not_held(view, hands, one)
        if refusal is None:
            answers.append(one)
        else:
            refused[one.statement.id] = refusal
    rating = _rated(view, seen.statement, told, answers, refused)
    hands = [_with_answers(view, hand, answers) for hand in hands]
    return Course(tuple(hands), tuple(answers), rating, refused)


def _stands(view: View, seen: Seen) -> bool:
    told = entry(view, seen.statement.id)
    return told.linked and not told.aside


@remembered
def taken_back(view: View, question: str) -> Said | None:
    """When and by what its asker took the question back."""
    seen = view.seen(question)
    if seen is None or not withdrawn(view, question):
        return None
    own = [one for one in view.find("withdraws", question) if one.statement.by == seen.statement.by]
    first = min(own, key=lambda one: (one.seen_at, one.statement.id))
    return Said(first.statement.id, first.seen_at)


def _too_late(view: View, question: Seen, one: Seen) -> Refusal | None:
    back = taken_back(view, question.statement.id)
    if back is None or view.said(one).at <= back.at:
        return None
    return "question.withdrawn", f"{question.statement.by} had taken the question back"


# --------------------------------------------------------------------------------------------------- moves


def _moved(view: View, question: Seen, moves: list[Seen]) -> tuple[list[Hand], dict[str, Refusal]]:
    """The hands, and the moves that are refused. The earliest that may be made is made, until none may."""
    hands, waiting = _named(view, question), list(moves)
    while True:
        may = next((one for one in waiting if _refusal(view, question, hands, one) is None), None)
        if may is None:
            break
        waiting.remove(may)
        hands = _made(view, hands, may)
    told = {one.statement.id: _refusal(view, question, hands, one) for one in waiting}
    return hands, {name: refusal for name, refusal in told.items() if refusal is not None}


def _named(view: View, question: Seen) -> list[Hand]:
    """Whom the asker named, if that is a body of government: it holds the question from the start."""
    said = question.statement
    if said.body is None or not said.has("to") or not _serves(view, said.string("to")):
        return []
    return [Hand(said.string("to"), "named", said.id, view.said(question).at, None)]


def _serves(view: View, code: str) -> bool:
    known = body(view, code)
    return known is not None and known.kind in SERVING


def _refusal(view: View, question: Seen, hands: Sequence[Hand], one: Seen) -> Refusal | None:
    """Why a move may not be made as the question lies now; None if it may."""
    said = one.statement
    if said.body is None:
        return "question.sealed_move", "nobody can tell to whom it went"
    late = _too_late(view, question, one)
    if late is not None:
        return late
    if not _serves(view, said.string("to")):
        return "question.nobody", f"{said.string('to')} is no body of government on the record"
    if any(hand.body == said.string("to") for hand in hands):
        return "question.same_hands", f"{said.string('to')} had it already"
    if said.kind == "QuestionEscalated":
        return _not_up(view, hands, one)
    return _not_on(view, hands, one) if hands else _not_first(view, question, one)


def _not_first(view: View, question: Seen, one: Seen) -> Refusal | None:
    """Who gives a question to the first body: one of the agreement, or who asked for somebody else."""
    asked, said = question.statement, one.statement
    speaks_for = said.by == asked.by and _serves(view, said.by)
    if speaks_for or may_route(view, said.by, view.said(one).at):
        return None
    return "agreement.outside", f"no agreement in force names {said.by} to route questions"


def may_route(view: View, code: str, at: datetime) -> bool:
    """Whether a body of government is named by an agreement in force at a time."""
    if not _serves(view, code):
        return False
    found = (one.statement.id for one in view.find("kind", "AgreementProposed"))
    held = (text(view, one) for one in found if in_force(view, one, at))
    return any(one is not None and names(one, code) for one in held)


def _not_on(view: View, hands: Sequence[Hand], one: Seen) -> Refusal | None:
    """Who holds it passes it on once, with a reason, before it was handed up."""
    said, last = one.statement, hands[-1]
    if said.by != last.body or view.said(one).at < last.since:
        return "question.not_held", f"it is in the hands of {last.body}, not of {said.by}"
    if last.how not in ("named", "routed"):
        return "question.passed_on", "it was passed on or handed up before"
    return None if said.has("reason") else ("question.no_reason", "it says nothing of why")


def _not_up(view: View, hands: Sequence[Hand], one: Seen) -> Refusal | None:
    """Who holds it hands it up, or a body of the agreement does so for it."""
    said, at = one.statement, view.said(one).at
    holds = [hand for hand in hands if hand.left is None and hand.since <= at]
    if said.string("from") not in [hand.body for hand in holds]:
        return "question.not_held", f"{said.string('from')} does not hold it"
    if said.by == said.string("from") or may_route(view, said.by, at):
        return None
    return "question.not_held", f"{said.by} does not hold it, and no agreement in force names it"


def _made(view: View, hands: Sequence[Hand], one: Seen) -> list[Hand]:
    """The hands after a move."""
    said, told = one.statement, view.said(one)
    due = said.time("answer_by") if said.has("answer_by") else None
    if said.kind == "QuestionEscalated":
        gave = said.string("from") if _is_own_accord(said) else ""
        how: How = "escalated"
    else:
        gave, how = said.by if hands else "", "passed_on" if hands else "routed"
    kept = [replace(hand, left=told) if hand.body == gave and not hand.left else hand for hand in hands]
    return [*kept, Hand(said.string("to"), how, said.id, told.at, due)]


def _is_own_accord(said: Statement) -> bool:
    return said.by == said.string("from") and said.string("cause") != "unanswered"


# ------------------------------------------------------------------------------------- answers and ratings


def _not_held(view: View, hands: Sequence[Hand], one: Seen) -> Refusal | None:
    """A body answers from when it has the question until it gave it away."""
    by, at = one.statement.by, view.said(one).at
    for hand in hands:
        if hand.body == by and hand.since <= at and (hand.left is None or at <= hand.left.at):
            return None
    return "question.not_held", f"{by} did not have to answer it then"


def _with_answers(view: View, hand: Hand, answers: Sequence[Seen]) -> Hand:
    own = [one for one in answers if one.statement.by == hand.body]
    whole = [one for one in own if one.statement.body is None or one.statement.yes_no("final")]
    first, final = (view.said(found[0]) if found else None for found in (own, whole))
    return replace(hand, answered=first, final=final)


def _rated(
    view: View, asked: Statement, told: Sequence[Seen], answers: Sequence[Seen], refused: dict[str, Refusal]
) -> Seen | None:
    """The first rating that counts; why the others do not goes into `refused`."""
    held = {one.statement.id: one.statement for one in answers}
    asker, found = _asker(view, asked), list[Seen]()
    for one in told:
        for rating in view.find("reply", one.statement.id):
            if rating.statement.kind == "AnswerRated" and _stands(view, rating):
                refusal = _not_asker(asked, asker, held.get(one.statement.id), rating.statement)
                if refusal is None:
                    found.append(rating)
                else:
                    refused[rating.statement.id] = refusal
    found.sort(key=lambda one: (view.said(one).at, one.statement.id))
    for again in found[1:]:
        refused[again.statement.id] = ("rating.again", "the asker has rated the answer before")
    return found[0] if found else None


def _asker(view: View, asked: Statement) -> str | None:
    """The digest of an asker who is no body: in the question; if sealed, in a route by the same body."""
    if asked.body is not None:
        return asked.string("asker") if asked.has("asker") else None
    routes = (one.statement for one in view.find("reply", asked.id) if _stands(view, one))
    own = [one for one in routes if one.kind == "QuestionRouted" and one.by == asked.by and one.body]
    return next((one.string("asker") for one in own if one.has("asker")), None)


def _not_asker(
    asked: Statement, asker: str | None, answer: Statement | None, said: Statement
) -> Refusal | None:
    if answer is None:
        return "rating.no_answer", "the answer that it rates does not count"
    if said.by != asked.by:
        return "rating.not_asker", f"{asked.by} asked, not {said.by}"
    if said.body is None:
        return "question.sealed_move", "nobody can tell what it says"
    proven = said.has("proof") and asker is not None and digest_of_proof(said.string("proof")) == asker
    if asker is not None and not proven:
        return "rating.not_asker", "it does not show the proof of the asker"
    if said.by == answer.by and not proven:
        return "rating.own_answer", f"{said.by} gave the answer itself"
    return None


# ------------------------------------------------------------------------------------------- the standing


@remembered
def question(view: View, statement: str) -> QuestionStanding | None:
    """A question and what became of it; None if it does not count."""
    seen, back = view.seen(statement), taken_back(view, statement)
    if seen is None or (entry(view, statement).aside and back is None):
        return None
    said, way = seen.statement, course(view, statement)
    first = view.seen(way.hands[0].statement) if way.hands else None
    facts = said if said.body is not None else first.statement if first else None
    return QuestionStanding(
        id=statement,
        by=said.by,
        asker=_asker(view, said),
        about=said.about,
        topic=_told(facts, "topic"),
        city=_told(facts, "city"),
        to=_told(said, "to"),
        sealed=said.body is None,
        at=view.said(seen).at,
        hands=way.hands,
        answers=tuple(_answer(view, one) for one in way.answers),
        rating=_rating(view, way.rating) if way.rating else None,
        withdrawn=back,
        exercise=said.exercise,
    )


def _told(said: Statement | None, name: str) -> str | None:
    known = said is not None and said.body is not None and said.has(name)
    return said.string(name) if known and said is not None else None


def _answer(view: View, seen: Seen) -> AnswerStanding:
    said = seen.statement
    is_open = said.body is not None
    return AnswerStanding(
        id=said.id,
        by=said.by,
        at=view.said(seen).at,
        final=said.yes_no("final") if is_open else None,
        rest_by=said.time("rest_by") if is_open and said.has("rest_by") else None,
        coordinated_with=said.strings("coordinated_with") if is_open else (),
    )


def _rating(view: View, seen: Seen) -> RatingStanding:
    said = seen.statement
    answer = view.seen(str(said.replies_to))
    assert answer is not None, "a rating that counts is of an answer that counts"
    score, solved = said.whole("score"), said.yes_no("solved")
    return RatingStanding(
        said.id, answer.statement.id, answer.statement.by, view.said(seen).at, score, solved
    )
