"""Field reports go downstream at once: unconfirmed, and without anybody's leave.

In Wuhan in 2020 layers of approval stood between the doctor and the reporting system. Here nobody stands
between the one who saw something and the duty desks that it may concern. They are told that it is not
confirmed; when it is borne out, or spoken against, the same notice is sent again and says so.

That it is **confirmed** is the word of an officer. That it is **borne out** is what is worked out of sensors,
forecasts and other reports (`corroboration`): then it is likely, says by what, and is confirmed by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from riskshed.governance.corroboration import Corroboration
from riskshed.governance.draft import Draft
from riskshed.governance.message import HOLDS, clock, drill
from riskshed.governance.message_texts import FIELD_REPORT, FIELD_REPORT_DO, UNCONFIRMED
from riskshed.governance.notice import HOUR, Writing
from riskshed.governance.outlook import Outlook
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import FieldReportStanding, NoticeStanding
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory
from riskshed.statement import time_text
from riskshed.vocabulary_fields import EVIDENCE

State = Literal["open", "confirmed", "contradicted", "borne_out", "doubted"]
EVIDENT = ("borne_out", "doubted")
"""The states that rest on evidence and on nobody's word."""
CERTAINTY: Mapping[State, str] = {
    "open": "Unknown",
    "confirmed": "Observed",
    "contradicted": "Unknown",
    "borne_out": "Likely",
    "doubted": "Unlikely",
}
CLASS_IF_UNKNOWN = "accident"
"""A notice must name a class. Where nobody knows it, this one stands in, and the text says that it does."""


def due_notices(
    standing: Standing,
    report: FieldReportStanding,
    terms: Terms,
    territory: Territory,
    now: datetime,
    *,
    by: str,
    writing: Writing,
    city: str | None = None,
    outlook: Outlook | None = None,
    borne_out: Corroboration | None = None,
) -> tuple[Draft, ...]:
    """The notice that a body has to send of a field report now; empty if it has sent it.

    Parameters
    ----------
    standing, terms, territory, now, by, writing
        As in `notice.due_notices`.
    report : FieldReportStanding
    city : str, optional
        The city of the place; the place of the report if it is not given.
    outlook : Outlook, optional
        Who may be reached, where a forecast is there already; it is not waited for.
    borne_out : Corroboration, optional
        What bears it out, by what is known now; without it, the words of officers alone count.

    Returns
    -------
    tuple of Draft
        None, if nobody is downstream; else one ``NoticeSent``, ``confirmed`` only if the report is.
    """
    place = city or report.place or by
    reached = outlook.reached(terms.notice_from_probability) if outlook is not None else ()
    to = dict.fromkeys((*territory.downstream_of(place), *(one.city for one in reached)))
    told = tuple(one for one in to if one not in (by, place))
    state = _state(report, borne_out)
    more = borne_out.statements() if borne_out is not None and state in EVIDENT else ()
    evidence = tuple(dict.fromkeys((report.id, *report.supported_by, *report.contradicted_by, *more)))[
        :EVIDENCE
    ]
    before = _before(standing, report, by)
    if not told or (before is not None and not _is_news(standing, report, state, before, evidence)):
        return ()
    body = {
        "to": list(told),
        "audience": "faces",
        **_words(standing, report, state, borne_out, writing, place),
        "cities": list(told),
        "urgency": "Unknown",
        "severity": "Unknown",
        "certainty": CERTAINTY[state],
        "confirmed": report.confirmed is True,
        "expires": time_text(now + HOLDS),
        "answer_by": time_text(now + terms.answer_h * HOUR),
        "evidence": list(evidence),
    }
    about = report.about or report.id
    return (Draft("NoticeSent", by, about, before.id if before else None, body),)


def _before(standing: Standing, report: FieldReportStanding, by: str) -> NoticeStanding | None:
    """The notice of this report that no later one replaces."""
    sent = [
        one
        for one in standing.notices.values()
        if one.by == by
        and one.superseded_by is None
        and report.id in standing.statements[one.id].statement.strings("evidence")
    ]
    return max(sent, key=lambda one: (one.issued, one.id), default=None)


def _state(report: FieldReportStanding, borne_out: Corroboration | None) -> State:
    if report.confirmed is not None:
        return "confirmed" if report.confirmed else "contradicted"
    grade = borne_out.grade if borne_out is not None else "uncorroborated"
    return {"corroborated": "borne_out", "contradicted": "doubted"}.get(grade, "open")  # type: ignore[return-value]


def _is_news(
    standing: Standing,
    report: FieldReportStanding,
    state: State,
    before: NoticeStanding,
    evidence: tuple[str, ...],
) -> bool:
    """Whether it has been borne out or spoken against since, or is so no longer."""
    told = standing.statements[before.id].statement
    if before.confirmed != (state == "confirmed") or told.string("certainty") != CERTAINTY[state]:
        return True
    return report.confirmed is False and not set(evidence) <= set(told.strings("evidence"))


def _words(
    standing: Standing,
    report: FieldReportStanding,
    state: State,
    borne_out: Corroboration | None,
    writing: Writing,
    place: str,
) -> dict[str, str | Mapping[str, str]]:
    said = standing.statements[report.id].statement
    incident = standing.incidents.get(report.about or "")
    named = said.string("hazard_class") if said.has("hazard_class") else None
    hazard_class = named or (incident.hazard_class if incident else None)
    names = writing.names.get(place) or (standing.bodies[place].name if place in standing.bodies else {})
    headline, description = {}, {}
    for language in ("zh", "en"):
        what = report.what.get(language) or next(iter(report.what.values()))
        where = names.get(language, place)
        head, tail = FIELD_REPORT[state][language]
        prefix = "" if state == "confirmed" else UNCONFIRMED[language]
        headline[language] = f"{prefix}{head.format(where=where)}"
        seen = clock(report.seen_at, writing.zone, language)
        why = borne_out.summary(language) if borne_out is not None else ""
        parts = [tail.format(what=what, seen=seen, where=where, why=why)]
        if hazard_class is None:
            parts.append(FIELD_REPORT["class_unknown"][language][0])
        description[language] = "\n".join(parts)
    texts = {"headline": headline, "description": description, "instruction": dict(FIELD_REPORT_DO[state])}
    if standing.exercise:
        texts = {name: dict(drill(words)) for name, words in texts.items()}
    return {"hazard_class": hazard_class or CLASS_IF_UNKNOWN, **texts}
