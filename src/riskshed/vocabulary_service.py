"""The kinds of statement by which somebody asks, and a department answers on a clock. Frozen: see
`riskshed.vocabulary`.

A question may be sealed: then topic, department and clock stand in the `QuestionRouted` that follows it, and
the words alone are off the record.
"""

from __future__ import annotations

from riskshed.vocabulary_fields import BODIES, FILES, REASON, Kind, may, need

_ASKER = may(
    "asker", "digest", "Of an asker who is no body: SHA-256 of the proof that the rating has to show."
)
_TOPIC = "Department of the responsibility list whose matter it is, or `other`."

SERVICE = (
    Kind(
        "QuestionAsked",
        "问题已提出",
        "question asked",
        "open",
        "An enterprise or a resident asked, or said what is needed; a body may speak for a resident.",
        (
            need("topic", "code", _TOPIC),
            need("text", "words", "The question."),
            may("to", "code", "The body that is asked, where the asker knows."),
            may("city", "code", "The city that it concerns."),
            _ASKER,
            FILES,
        ),
        about="may",
        answers=("QuestionAnswered",),
    ),
    Kind(
        "QuestionRouted",
        "问题已转办",
        "question routed",
        "open",
        "A question was given to the body that has to answer it, or passed on by one that it was given to.",
        (
            need("to", "code", "The body that has to answer."),
            may("topic", "code", _TOPIC),
            may("city", "code", "The city that it concerns."),
            may("answer_by", "time", "By when a first coordinated answer is due."),
            may("reason", "words", "Why it is passed on."),
            _ASKER,
        ),
        about="may",
        answers=("QuestionAsked",),
        must_answer=True,
    ),
    Kind(
        "QuestionAnswered",
        "问题已答复",
        "question answered",
        "open",
        "A body that has to answer a question gave a coordinated answer, the whole of it or a first part.",
        (
            need("final", "yes_no", "Whether this is the whole answer."),
            need("text", "words", "The answer."),
            may(
                "rest_by",
                "time",
                "By when the rest follows; it counts up to the clock of the body after its first part.",
            ),
            may("coordinated_with", "code", "The bodies with which it was agreed.", many=BODIES),
            FILES,
        ),
        about="may",
        answers=("QuestionAsked",),
        must_answer=True,
    ),
    Kind(
        "AnswerRated",
        "答复已评价",
        "answer rated",
        "open",
        "Who asked says how good the answer was, and whether it solved the matter.",
        (
            need("score", "whole", "From 1, poor, to 5, very good.", unit="1", low=1, high=5),
            need("solved", "yes_no", "Whether the matter is solved."),
            may("text", "words", "What else there is to say of it."),
            may("proof", "digest", "Of an asker who is no body: the proof whose SHA-256 is `asker`."),
        ),
        about="may",
        answers=("QuestionAnswered",),
        must_answer=True,
    ),
    Kind(
        "QuestionEscalated",
        "问题已提级",
        "question escalated",
        "open",
        "A question was handed up, because it was not answered in time or passes what the body can do.",
        (
            need("from", "code", "The body that had to answer."),
            need("to", "code", "The body that has to answer as well from now on."),
            need(
                "cause",
                "choice",
                "Why, in one word.",
                choices=("unanswered", "outside_power", "no_capacity", "other"),
            ),
            REASON,
            may("answer_by", "time", "By when that body has to answer."),
        ),
        about="may",
        answers=("QuestionAsked",),
        must_answer=True,
    ),
)
