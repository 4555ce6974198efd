"""A notice as a row of a list, and as the page of one: what it says, how it stands with each addressee.

Those that still ask for something stand first, the one that is due first at the head; then the latest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import gravity, message, notice_answer, outlook
from riskshed.governance.notice_answer import State
from riskshed.governance.obligation import Judged
from riskshed.governance.outlook import Coming, Outlook
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Answer, NoticeStanding, Said
from riskshed.governance.terms import Terms
from riskshed.web import addresses, duty_row, wording
from riskshed.web.duty_row import DutyRow
from riskshed.web.wording import say

STATES: Mapping[State, tuple[str, str]] = {
    "sent": ("待签收", "not acknowledged yet"),
    "acknowledged": ("已签收，待答复", "acknowledged, not answered yet"),
    "adopted": ("已采纳", "adopted"),
    "declined": ("不采纳", "declined"),
    "not_acknowledged_in_time": ("逾期未签收", "not acknowledged in time"),
    "not_answered_in_time": ("逾期未答复", "not answered in time"),
    "expired": ("已过期", "expired"),
    "superseded": ("已被新通报取代", "replaced by a later notice"),
}
WAITING: frozenset[State] = frozenset(
    ("sent", "acknowledged", "not_acknowledged_in_time", "not_answered_in_time")
)
"""The states in which an answer is still asked for."""
AUDIENCES = {
    "causes": ("致：造成风险的一方", "to those who cause it"),
    "faces": ("致：面临风险的一方", "to those who face it"),
    "governs": ("致：负责统筹的一方", "to those who must govern it"),
}
_GLYPHS: Mapping[State, str] = {
    "sent": "open",
    "acknowledged": "open",
    "adopted": "met",
    "declined": "met",
    "not_acknowledged_in_time": "breached",
    "not_answered_in_time": "breached",
    "expired": "undetermined",
    "superseded": "undetermined",
}


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """How a notice stands with one of those to whom it is addressed; times are None for what was not said."""

    body: str
    state: str
    glyph: str
    words: str
    acknowledged: Said | None
    adopted: Said | None
    declined: Said | None
    reason: Mapping[str, str] | None
    warning_url: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """What a row or a page shows of a notice; a URL is empty and a level None where there is none."""

    id: str
    url: str
    by: str
    audience: str
    about_url: str
    about_words: str
    level: str | None
    severity: str
    hazard_class: str
    headline: Mapping[str, str]
    description: Mapping[str, str]
    instruction: Mapping[str, str]
    cities: tuple[str, ...]
    issued: datetime
    expires: datetime
    is_confirmed: bool
    coming: tuple[Coming, ...]
    peak_unit: str
    mine: Coming | None
    soon: str
    band_text: str
    forecast_url: str
    relays_url: str
    replaces_url: str
    successor_url: str
    answers: tuple[AnswerRow, ...]
    my_state: str
    is_waiting: bool
    duties: tuple[DutyRow, ...]


def row(
    standing: Standing,
    one: NoticeStanding,
    terms: Terms,
    now: datetime,
    *,
    viewer: str,
    judged: Iterable[Judged] = (),
) -> NoticeRow:
    """The row of a notice, as `viewer` sees it."""
    said = standing.statements[one.id].statement
    seen = outlook_of(standing, one)
    mine = next((seen.of(city) for city in one.cities if city == viewer), None)
    shown = mine or (seen.of(one.cities[0]) if len(one.cities) == 1 else None)
    onset = said.time("onset") if said.has("onset") else None
    severity = said.string("severity")
    answers = tuple(_answer(standing, one, body, terms, now, viewer) for body in one.to)
    my_state = next((row.state for row in answers if row.is_mine), "")
    arrival = shown.middle if shown and shown.middle else onset
    known = not (onset is None and severity == "Unknown")
    return NoticeRow(
        id=one.id,
        url=addresses.notice(one.id),
        by=one.by,
        audience=say(*AUDIENCES[one.audience]),
        about_url=addresses.subject(one.about, standing) if one.about else "",
        about_words=_about(standing, one.about),
        level=gravity.DEFAULT.level(None if onset is None else onset - now, severity) if known else None,
        severity=severity,
        hazard_class=one.hazard_class,
        headline=_words(said.words("headline"), standing),
        description=_words(said.words("description"), standing),
        instruction=_words(said.words("instruction"), standing),
        cities=one.cities,
        issued=one.issued,
        expires=one.expires,
        is_confirmed=one.confirmed,
        coming=seen.coming,
        peak_unit=seen.unit,
        mine=shown,
        soon=wording.how_soon(arrival, now) if arrival else say("到达时间未知", "arrival unknown"),
        band_text=wording.band(shown.earliest, shown.latest, now)
        if shown and shown.earliest and shown.latest
        else "",
        forecast_url=addresses.statement(one.footprint) if one.footprint else "",
        relays_url=addresses.notice(one.relays) if one.relays else "",
        replaces_url=_earlier(standing, said.replies_to),
        successor_url=addresses.notice(one.superseded_by) if one.superseded_by else "",
        answers=answers,
        my_state=my_state,
        is_waiting=my_state in WAITING,
        duties=_duties(standing, one, judged, viewer, now),
    )


def waiting_first(rows: Iterable[NoticeRow]) -> list[NoticeRow]:
    """Those that wait for an answer first, the one due first at the head; then the latest."""
    return sorted(rows, key=lambda one: (not one.is_waiting, _due(one), -one.issued.timestamp(), one.id))


def _due(one: NoticeRow) -> float:
    due = [duty.due.timestamp() for duty in one.duties if duty.due and duty.state in ("open", "breached")]
    return min(due, default=float("inf")) if one.is_waiting else 0.0


def outlook_of(standing: Standing, one: NoticeStanding) -> Outlook:
    """What a notice says of each city: its own rows; of the forecast, what it was and its limits."""
    said = standing.statements[one.id].statement
    rows = said.records("arrivals")
    measures = [row["peak"]["unit"] for row in rows if "peak" in row]
    coming = tuple(Coming.of_row(row) for row in rows)
    forecast = standing.statements.get(one.footprint or "")
    if forecast is None or forecast.statement.body is None:
        return Outlook(coming, unit=measures[0] if measures else "1")
    whole = outlook.of_statement(forecast.statement)
    return Outlook(coming, whole.pathway, whole.threshold, whole.unit, whole.statement, whole.caveats)


def _answer(
    standing: Standing, one: NoticeStanding, body: str, terms: Terms, now: datetime, viewer: str
) -> AnswerRow:
    state = notice_answer.state_of(one, body, terms, now)
    answer = one.answers.get(body, Answer())
    declined = standing.statements[answer.declined.id].statement if answer.declined else None
    warned = next(
        (held.id for held in standing.warnings.values() if (held.by, held.notice) == (body, one.id)), ""
    )
    return AnswerRow(
        body=body,
        state=state,
        glyph=_GLYPHS[state],
        words=say(*STATES[state]),
        acknowledged=answer.acknowledged,
        adopted=answer.adopted,
        declined=answer.declined,
        reason=declined.words("reason") if declined and declined.body is not None else None,
        warning_url=addresses.warning(warned) if warned else "",
        is_mine=body == viewer,
    )


def _earlier(standing: Standing, replied_to: str | None) -> str:
    return addresses.notice(replied_to) if replied_to and replied_to in standing.notices else ""


def _duties(
    standing: Standing, one: NoticeStanding, judged: Iterable[Judged], viewer: str, now: datetime
) -> tuple[DutyRow, ...]:
    mine = [duty for duty in judged if duty.duty.about == one.id and duty.duty.who == viewer]
    return duty_row.rows(mine, standing, now, mine=viewer)


def _about(standing: Standing, about: str | None) -> str:
    incident = standing.incidents.get(about or "")
    if incident is not None:
        return wording.words(incident.name)
    return say("现场报告", "a field report") if about in standing.field_reports else ""


def _words(words: Mapping[str, str], standing: Standing) -> Mapping[str, str]:
    """As shown: the words of a drill say that they are, whatever was signed."""
    return message.drill(words) if standing.exercise else words
