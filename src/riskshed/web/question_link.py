"""The link by which a resident follows a question, and the words that are kept for it.

A resident has no account. The link holds a secret that nobody else ever sees, this node included once it has
shown it: on the log stands only the digest of the digest of it (`asker`). Who shows the secret shows with
the digest between the two, the proof, that he asked; so even the body that speaks for residents cannot rate
an answer in their place. The proof tells nothing of the secret.

What was asked and answered stays off the log (`sealed_bodies`), and goes when the resident wants it to go.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

from riskshed.errors import InputError
from riskshed.governance import service
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.governance.standing_questions import QuestionStanding, digest_of_proof
from riskshed.statement import Statement
from riskshed.web import question_climb, sealed_bodies, speaking
from riskshed.web.node import Node

OFFICER = "service-desk"
"""The post under which the node speaks for residents; never that of a person."""
RANDOM_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """A secret that nobody guesses."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def proof_of(secret: str) -> str:
    """The proof that stands in a rating.

    Raises
    ------
    InputError
        ``question.no_link``: no secret of ours.
    """
    if _SECRET.fullmatch(secret) is None:
        raise InputError("question.no_link", "this is no link to a question", todo="Open the whole link.")
    return f"sha256:{hashlib.sha256(f'riskshed question {secret}'.encode()).hexdigest()}"


def find(standing: Standing, secret: str) -> QuestionStanding | None:
    """The question of a link; None if there is none. Raises as `proof_of`."""
    asker = digest_of_proof(proof_of(secret))
    return next((one for one in standing.questions.values() if one.asker == asker), None)


def ask(node: Node, secret: str, *, topic: str, city: str, text: Mapping[str, str], about: str) -> str:
    """Ask for a resident, sealed, and put the question into somebody's hands; returns its id.

    The same link again is the same question: a button that is pressed twice asks once.

    Raises
    ------
    RiskshedError
        The question cannot be said. Nothing was said or kept.
    """
    with speaking.one_at_a_time():
        asker, standing = digest_of_proof(proof_of(secret)), node.standing()
        known = next((one.id for one in standing.questions.values() if one.asker == asker), None)
        if known is not None:
            return known
        by = node.profile.body
        facts = {"topic": topic, "city": city, "asker": asker}
        draft = service.ask(by, text=text, about=about or None, **facts)
        asked = say_sealed(node, OFFICER, draft, exercise=False)
        question_climb.route(node, exercise=False)
        return asked


def rate(node: Node, secret: str, question: str, *, score: int, solved: bool) -> str:
    """Rate the answer for the resident who shows his link; the id of the rating. Raises as rules do."""
    with speaking.one_at_a_time():
        by, proof = node.profile.body, proof_of(secret)
        draft = service.rate(node.standing(), question, by=by, score=score, solved=solved, proof=proof)
        return node.desk(by, OFFICER).say(draft)


def forget(node: Node, question: QuestionStanding, standing: Standing) -> int:
    """Take the words of a question and of its answers away for good; how many there were."""
    names = (question.id, *(one.id for one in question.answers))
    return sum(sealed_bodies.forget(node, standing.statements[one].statement) for one in names)


# ---------------------------------------------------------------------------------- words that are sealed


def say_sealed(node: Node, officer: str, draft: Draft, *, exercise: bool) -> str:
    """Say a question or an answer whose words stay off the log; they are kept for who has to do with it."""
    standing, terms = node.standing(exercise=exercise), node.regime().terms
    if draft.kind == "QuestionAsked":
        topic, city = str(draft.body["topic"]), str(draft.body.get("city", ""))
        holds = draft.body.get("to") or service.responsible(standing, terms, node.territory, topic, city)
    else:
        holds = service.known(standing, str(draft.replies_to)).by
    named = tuple(dict.fromkeys(one for one in (holds, node.profile.body) if one))
    return sealed_bodies.say(node, officer, draft, named, exercise=exercise)


def say_sealed_once(node: Node, officer: str, draft: Draft, *, exercise: bool) -> str:
    """The same, unless the same body said exactly this a moment ago."""
    with speaking.one_at_a_time():
        standing = node.standing(exercise=exercise)
        for seen in standing.statements.values():
            said = seen.statement
            named = (said.kind, said.by, said.about, said.replies_to)
            recent = abs(standing.at - said.issued) <= speaking.AGAIN
            same = named == (draft.kind, draft.by, draft.about, draft.replies_to)
            kept = body_of(node, said) if recent and same and said.body is None else None
            if kept is not None and dict(kept["text"]) == dict(draft.body["text"]):
                return said.id
        return say_sealed(node, officer, draft, exercise=exercise)


def body_of(node: Node, said: Statement) -> Mapping[str, Any] | None:
    """The body of a question or an answer, sealed or not, as this node has it; None if it has it no more.

    Who may see it, the page has to ask (`may_read`).
    """
    return said.body if said.body is not None else sealed_bodies.read(node, said, said.by)


def may_read(question: QuestionStanding, body: str) -> bool:
    """Whether a body may read a sealed question and its answers: who asked, and who has it or had it."""
    return bool(body) and (body == question.by or question.hand(body) is not None)
