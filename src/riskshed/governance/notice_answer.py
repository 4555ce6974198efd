"""Answers to notices: acknowledged, adopted, declined, or none in time.

To acknowledge says that a notice has come, and no more. To adopt it makes it one's own: the body warns its
people or acts. To decline it needs a reason. Whoever sent it sees at any time how it stands with each of
those to whom it is addressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from riskshed.errors import DomainError, NotFoundError
from riskshed.governance.draft import Draft
from riskshed.governance.message import says
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Answer, NoticeStanding
from riskshed.governance.terms import Terms
from riskshed.statement import time_text

HOUR = timedelta(hours=1)

State = Literal[
    "sent",
    "acknowledged",
    "adopted",
    "declined",
    "not_acknowledged_in_time",
    "not_answered_in_time",
    "expired",
    "superseded",
]


def acknowledge(standing: Standing, notice: str, by: str, received_at: datetime) -> Draft:
    """That a notice has come; it does not say that one agrees.

    Raises
    ------
    NotFoundError
        ``notice.unknown``.
    DomainError
        ``notice.not_addressed``.
    """
    asked = asked_of(standing, notice, by)
    body = {"received_at": time_text(received_at)}
    return Draft("NoticeAcknowledged", by, asked.about, asked.id, body)


def decline(standing: Standing, notice: str, by: str, reason: Mapping[str, str]) -> Draft:
    """That one will not act on a notice, and why.

    Raises
    ------
    NotFoundError, DomainError
        As `acknowledge`; ``notice.no_reason`` if there is none.
    """
    asked = asked_of(standing, notice, by)
    if not says(reason):
        raise DomainError(
            "notice.no_reason",
            f"{by} declines the notice {asked.id[:12]} of {asked.by} without a reason",
            todo="Say why, in Chinese or English.",
        )
    return Draft("NoticeDeclined", by, asked.about, asked.id, {"reason": dict(reason)})


def adopted(standing: Standing, notice: str, by: str, *, warning: str | None = None) -> Draft:
    """That one has made a notice one's own; `warning` is the id of the warning that followed.

    Raises
    ------
    NotFoundError, DomainError
        As `acknowledge`.
    """
    asked = asked_of(standing, notice, by)
    return Draft("NoticeAdopted", by, asked.about, asked.id, {"warning": warning} if warning else {})


def asked_of(standing: Standing, notice: str, by: str) -> NoticeStanding:
    """The notice, if it is addressed to this body.

    Raises
    ------
    NotFoundError
        ``notice.unknown``.
    DomainError
        ``notice.not_addressed``.
    """
    found = standing.notices.get(notice)
    if found is None:
        raise NotFoundError("notice.unknown", f"there is no notice {notice[:12]}")
    if by not in found.to:
        raise DomainError(
            "notice.not_addressed",
            f"the notice {notice[:12]} is addressed to {', '.join(found.to)}, not to {by}",
        )
    return found


def state_of(notice: NoticeStanding, body: str, terms: Terms, now: datetime) -> State:
    """How a notice stands with one of those to whom it is addressed.

    An answer stands whatever comes later. A notice that was replaced, or that has expired, asks for nothing
    more. The times are `Terms.acknowledge_h` from when it was first seen, and its own time to answer or
    `Terms.answer_h`; a time is kept up to and including its last moment.
    """
    assert body in notice.to, f"{body} was not told"
    answer = notice.answers.get(body, Answer())
    final = [("adopted", answer.adopted), ("declined", answer.declined)]
    given = [(said.at, word) for word, said in final if said is not None and said.at <= now]
    if given:
        return "adopted" if max(given)[1] == "adopted" else "declined"
    acknowledged = answer.acknowledged is not None and answer.acknowledged.at <= now
    found: tuple[tuple[bool, State], ...] = (
        (notice.superseded_by is not None, "superseded"),
        (now >= notice.expires, "expired"),
        (now > (notice.answer_by or notice.seen_at + terms.answer_h * HOUR), "not_answered_in_time"),
        (acknowledged, "acknowledged"),
        (now > notice.seen_at + terms.acknowledge_h * HOUR, "not_acknowledged_in_time"),
    )
    return next((state for holds, state in found if holds), "sent")


def states(standing: Standing, terms: Terms, now: datetime) -> dict[str, dict[str, State]]:
    """How every notice stands with each of its addressees, by id and body."""
    return {
        one.id: {body: state_of(one, body, terms, now) for body in one.to}
        for one in standing.notices.values()
    }
