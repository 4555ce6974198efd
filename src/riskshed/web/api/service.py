"""The service desk: questions with their clocks, and asking one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import Field

from riskshed.errors import NotFoundError
from riskshed.governance import service
from riskshed.governance.standing import Standing
from riskshed.governance.standing_questions import QuestionStanding
from riskshed.web import question_climb, question_link, question_row, speaking
from riskshed.web.api import acts, listing
from riskshed.web.api.shapes import Code, Done, Id, Shape, Words
from riskshed.web.api.telling import Given, GivenWords, Name, standing_of
from riskshed.web.current import node
from riskshed.web.gate import Routes
from riskshed.web.people import acting

routes = Routes("service")


class HandShape(Shape):
    """A body that has the question, or had it."""

    body: Code
    how: Literal["named", "routed", "passed_on", "escalated"]
    statement: Id
    since: datetime
    due: datetime | None = Field(description="By when it has to answer; null where nothing gives a time.")
    left: datetime | None = Field(description="When it gave the question away.")
    answered: datetime | None = Field(description="Its first answer.")


class RatingShape(Shape):
    """What the asker says of an answer."""

    answer: Id
    of: Code
    at: datetime
    score: int = Field(description="1 to 5.")
    solved: bool


class QuestionShape(Shape):
    """A question, and how it stands."""

    id: Id
    by: Code = Field(description="Who asked, or spoke for a resident.")
    resident: bool
    about: str | None = Field(description="Code of the incident.")
    topic: str | None = Field(description="Department of the responsibility list, or `other`.")
    city: str | None
    sealed: bool
    text: Words | None = Field(description="Null where it is sealed for you, or was deleted.")
    at: datetime
    state: Literal["open", "met", "late", "breached", "undetermined"]
    hands: list[HandShape]
    answers: list[Id]
    in_part: bool = Field(description="A part was answered; it waits, open or breached, for the rest.")
    rest_by: datetime | None = Field(description="By when the rest is due; null unless it waits for it.")
    rating: RatingShape | None
    withdrawn: datetime | None
    exercise: bool


class QuestionPage(Shape):
    """Some questions, the latest first."""

    items: list[QuestionShape]
    next: str | None


@routes.get("/questions", "service.see", QuestionPage)
def list_questions(
    request: HttpRequest,
    view: Annotated[
        Literal["open", "ours", "asked", "all"],
        Query(description="Open; open and in your body's hands; asked by your body; all of the record."),
    ] = "open",
    topic: Name = None,
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """The questions that wait for an answer, or others."""
    standing, mine = standing_of(request, exercise), acting(request).body
    found = (
        one
        for one in standing.questions.values()
        if _is_in(one, view, mine) and (topic is None or topic == one.topic)
    )
    return listing.page(
        found,
        lambda one: (listing.moment(one.at), one.id),
        lambda one: _question(standing, one, mine),
        name="questions",
        limit=limit,
        after=after,
        newest_first=True,
    )


def _is_in(one: QuestionStanding, view: str, mine: str) -> bool:
    if view == "asked":
        return one.by == mine
    holds = view != "ours" or mine in [hand.body for hand in one.holders]
    return view == "all" or (one.is_open and holds)


@routes.get("/questions/{question}", "service.see", QuestionShape)
def get_question(request: HttpRequest, question: Id) -> dict[str, Any]:
    """One question, in earnest or of a drill."""
    for exercise in (False, True):
        standing = node().standing(exercise=exercise)
        if question in standing.questions:
            return _question(standing, standing.questions[question], acting(request).body)
    raise NotFoundError("question.unknown", f"there is no question {question[:12]} on this record")


_FACTS = ("id", "by", "about", "topic", "city", "sealed", "at", "exercise")


def _question(standing: Standing, one: QuestionStanding, mine: str) -> dict[str, Any]:
    terms = node().regime().terms
    may = not one.sealed or question_link.may_read(one, mine)
    body = question_link.body_of(node(), standing.statements[one.id].statement) if may else None
    hands = [
        {
            **listing.picked(hand, ("body", "how", "statement", "since")),
            "due": service.due_of(one, hand, terms)[0],
            "left": hand.left.at if hand.left else None,
            "answered": hand.answered.at if hand.answered else None,
        }
        for hand in one.hands
    ]
    return {
        **listing.picked(one, _FACTS),
        "resident": one.asker is not None,
        "text": dict(body["text"]) if body is not None else None,
        "state": question_row.state(one, terms, node().now())[0],
        "hands": hands,
        "answers": [answer.id for answer in one.answers],
        "in_part": one.is_in_part,
        "rest_by": question_row.rest_by(one, terms),
        "rating": one.rating,
        "withdrawn": one.withdrawn.at if one.withdrawn else None,
    }


class QuestionGiven(Given):
    """A question of your body."""

    topic: Annotated[str, Field(min_length=1, max_length=128)]
    text: GivenWords
    city: Annotated[str | None, Field(max_length=128)] = None
    to: Annotated[str | None, Field(max_length=128, description="The body that is asked, if known.")] = None
    about: Annotated[str | None, Field(max_length=128, description="Code of the incident.")] = None


@routes.post("/questions", "service.ask_for_body", Done)
def ask_question(request: HttpRequest, given: QuestionGiven, idempotency_key: acts.Key = None) -> Status[Any]:
    """Ask for your body; the question is in somebody's hands when the answer comes."""
    actor = acting(request)
    text = actor.said(given.text.words())
    named = {"city": given.city, "to": given.to}
    draft = service.ask(actor.body, topic=given.topic, text=text, about=given.about, **named)

    def act(again: acts.Again) -> dict[str, Any]:
        spoken = speaking.once(actor.desk(), (draft,), again=again)
        question_climb.route(node(), exercise=actor.exercise)
        return acts.done(spoken.ids[0], new=spoken.is_new)

    return acts.once(request, idempotency_key, act)
