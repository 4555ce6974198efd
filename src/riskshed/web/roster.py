"""Who is in an incident, as which, who is on watch there, who was told, and who was heard.

"Told" is the first word on the record that is addressed to a body; "answered" is what it said to a notice.
Neither is guessed: a body that nobody told is shown so, and one that was never heard is not silent since some
time but unheard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import circumstances
from riskshed.governance.circumstances import addressees, said_at
from riskshed.governance.obligation import Duty, Judged
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, NoticeStanding, Said
from riskshed.web import addresses
from riskshed.web.wording import say

ROLES = {
    "command": ("指挥", "command"),
    "lead": ("牵头", "lead"),
    "assist": ("配合", "assist"),
    "origin": ("发生地", "where it began"),
    "told": ("知会", "told"),
    "foreseen": ("可能波及", "likely reached"),
}


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One body in an incident; a time that is None is unknown, or did not happen."""

    body: str
    role: str
    role_words: str
    role_url: str
    officer: str
    told: Said | None
    told_url: str
    answer: str
    answered: Said | None
    answer_url: str
    heard: Said | None
    heard_url: str
    is_mine: bool

    @property
    def is_involved(self) -> bool:
        """Whether it has a part, was told, or was heard; else it is only foreseen to be reached."""
        return self.role != "foreseen" or self.told is not None or self.heard is not None


@dataclass(frozen=True, slots=True)
class Silence:
    """How long the source was not heard: `last` None is never; `owed` since then by the duty `beat`."""

    body: str
    last: Said | None
    owed: int | None
    every_h: float | None
    beat: Duty | None
    escalated: tuple[str, ...]


def rows(
    standing: Standing, incident: IncidentStanding, foreseen: tuple[str, ...], mine: str = ""
) -> tuple[RosterRow, ...]:
    """The bodies of an incident: who commands, leads, assists, was told, and who is likely reached."""
    told, heard = _told(standing, incident), _heard(standing, incident)
    roles: dict[str, str] = {}
    named = (
        ("command", incident.command[-1:]),
        ("lead", incident.lead),
        ("origin", (incident.city,)),
        ("assist", incident.assist),
        ("foreseen", tuple(one for one in foreseen if one in standing.bodies)),
        ("told", tuple(told)),
    )
    for role, bodies in named:
        for body in bodies:
            roles.setdefault(body, role)
    notices = [one for one in standing.notices.values() if one.about in (incident.code, *incident.same_as)]
    return tuple(
        _row(standing, incident, body, role, told.get(body), heard.get(body), notices, mine)
        for body, role in roles.items()
    )


def _row(
    standing: Standing,
    incident: IncidentStanding,
    body: str,
    role: str,
    told: Said | None,
    heard: Said | None,
    notices: list[NoticeStanding],
    mine: str,
) -> RosterRow:
    answer, answered = _answer(body, notices)
    by_statement = {"lead": incident.lead_statement, "assist": incident.assist_statement}.get(role)
    return RosterRow(
        body=body,
        role=role,
        role_words=say(*ROLES[role]),
        role_url=addresses.statement(by_statement) if by_statement else "",
        officer=_on_watch(standing, body),
        told=told,
        told_url=addresses.statement(told.id) if told else "",
        answer=answer,
        answered=answered,
        answer_url=addresses.statement(answered.id) if answered else "",
        heard=heard,
        heard_url=addresses.statement(heard.id) if heard else "",
        is_mine=bool(mine) and body == mine,
    )


def _on_watch(standing: Standing, body: str) -> str:
    found = [one for one in standing.watches.values() if one.body == body and one.officer]
    return max(found, key=lambda one: one.last_sign).officer or "" if found else ""


def _told(standing: Standing, incident: IncidentStanding) -> Mapping[str, Said]:
    """Body to the first word that was addressed to it."""
    first: dict[str, Said] = {}
    for seen in circumstances.about(standing, incident):
        word = Said(seen.statement.id, said_at(seen))
        for body in addressees(seen):
            if body in standing.bodies and (body not in first or word.at < first[body].at):
                first[body] = word
    return dict(sorted(first.items(), key=lambda one: (one[1].at, one[0])))


def _heard(standing: Standing, incident: IncidentStanding) -> Mapping[str, Said]:
    """Body to the last word that it said."""
    last: dict[str, Said] = {}
    for seen in circumstances.about(standing, incident):
        word = Said(seen.statement.id, said_at(seen))
        body = seen.statement.by
        if body not in last or word.at > last[body].at:
            last[body] = word
    return last


def _answer(body: str, notices: list[NoticeStanding]) -> tuple[str, Said | None]:
    """What a body said to its latest notice."""
    mine = [one for one in notices if body in one.to]
    if not mine:
        return "", None
    latest = max(mine, key=lambda one: (one.seen_at, one.id))
    answer = latest.answers.get(body)
    for word, zh, en in (
        ("adopted", "已采纳", "adopted"),
        ("declined", "不采纳", "declined"),
        ("acknowledged", "已签收", "acknowledged"),
    ):
        said: Said | None = getattr(answer, word, None)
        if said is not None:
            return say(zh, en), said
    return say("未签收", "not acknowledged"), None


# ---------------------------------------------------------------------------------------------- silence


def silence(
    standing: Standing, incident: IncidentStanding, duties: tuple[Judged, ...], now: datetime
) -> Silence | None:
    """How long who leads, or where it began, was not heard; None while it is heard as agreed.

    Without an agreed rhythm it is shown from the first statement on.
    """
    body = (incident.lead or (incident.city,))[0]
    last = _heard(standing, incident).get(body)
    beats = [
        one.duty
        for one in duties
        if one.duty.owes == "SignOfLife" and one.duty.about == incident.code and one.duty.who == body
    ]
    beat = max(beats, key=lambda one: one.since or incident.at, default=None)
    owed, every_h = None, None
    if beat is not None and beat.since is not None and beat.due is not None:
        every = beat.due - beat.since
        owed = int((now - (last.at if last else beat.since)) / every)
        every_h = every.total_seconds() / 3600
        if owed < 1:
            return None
    return Silence(body, last, owed, every_h, beat, incident.escalated)
