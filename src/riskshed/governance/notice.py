"""Notices: whom a body has to tell directly, in which words, and when to tell them again.

A city cannot warn inside another city. It sends its neighbour a directed notice, which the neighbour
acknowledges, then adopts (it warns its own people) or declines with a reason. 突发事件应对法 (2024), articles
62 and 64, wants adjacent and related areas told; from which probability on a city counts, the agreement says.

Three are told, each in words of their own: who causes it (the unit that runs the source, and its city), who
faces it (each city that may be reached), who must govern it (the common superior, the coordination body, its
office for that class of hazard). No notice waits for an approval.

A notice names the rule that wants it (`cited`), so that who reads it can look it up.

A notice that says nothing new is not sent. It is sent again, as an answer to the one before, when what it
says has changed materially (`change`). How they are answered: `notice_answer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from riskshed.governance import gravity, message
from riskshed.governance.draft import Draft
from riskshed.governance.gravity import Scale
from riskshed.governance.message import Audience, Message, Names, Telling
from riskshed.governance.obligation import Duty
from riskshed.governance.outlook import Coming, Outlook
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, NoticeStanding
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory
from riskshed.statement import time_text

HOUR = timedelta(hours=1)
MOVED = timedelta(hours=12)
"""So far the middle arrival may move before those told are told again."""
MOVED_SHARE = 0.2
"""The same as a share of the lead time that they had when they were told."""
MADE_BY_PEOPLE = ("accident", "social_security")
"""Classes of hazard that the city of origin can be asked to stop."""
ROWS_MAX = 100
"""Arrivals in one notice: a statement holds 65,535 bytes. The others stand in the footprint."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a message is written: names, zone, bounds.

    Parameters
    ----------
    zone : tzinfo
    names : mapping of code to words
        Beside the names under which bodies stand on the record, and before them; also of hazards, by their
        codes.
    scale : Scale
    """

    zone: tzinfo
    names: Names
    scale: Scale = gravity.DEFAULT


# ------------------------------------------------------------------------------------------ who is to be told


def due_notices(
    standing: Standing,
    incident: IncidentStanding,
    outlook: Outlook,
    terms: Terms,
    territory: Territory,
    now: datetime,
    *,
    by: str,
    writing: Writing,
    confirmed: bool = True,
    relays: str | None = None,
) -> tuple[Draft, ...]:
    """The notices that a body has to send now, given what it has told already.

    Parameters
    ----------
    standing : Standing
        A drill gives notices that say so in every text; they must be signed as an exercise.
    incident : IncidentStanding
        Once it is closed, nothing is due.
    outlook : Outlook
        What is foreseen now.
    terms : Terms
        `notice_from_probability` bounds who is told, `answer_h` gives the time to answer.
    territory : Territory
    now : datetime
        Aware.
    by : str
        Who tells.
    writing : Writing
    confirmed : bool
        False while it rests on unconfirmed reports.
    relays : str, optional
        Id of the notice that is passed on.

    Returns
    -------
    tuple of Draft
        Those who cause it first, then those who face it in the order of arrival, then those who govern.
    """
    if incident.phase == "closed":
        return ()
    telling = telling_of(standing, incident, outlook, now, writing, confirmed=confirmed)
    told = list(_told(standing, incident, by))
    faced = _faced(standing, incident, outlook, terms, by, told)
    drafts: list[Draft] = []
    for audience, to, cities in _addressees(standing, incident, terms, territory, by, faced):
        before = next((one for one in told if one.audience == audience and set(to) <= set(one.to)), None)
        if audience == "faces" and before is None and not outlook.of(cities[0]).reaches(_bound(terms)):
            continue
        if before is not None and change(standing, before, outlook, cities, terms, telling) is None:
            continue
        written = _write(audience, telling, cities)
        drafts.append(_draft(written, telling, audience, to, terms, by, incident.code, before, relays))
    return tuple(drafts)


def _bound(terms: Terms) -> float:
    return terms.notice_from_probability


def telling_of(
    standing: Standing,
    incident: IncidentStanding,
    outlook: Outlook,
    now: datetime,
    writing: Writing,
    *,
    confirmed: bool = True,
) -> Telling:
    """What is to be told of an incident, with the names of bodies that stand on the record."""
    names = {**{code: body.name for code, body in standing.bodies.items()}, **writing.names}
    return Telling(
        outlook=outlook,
        origin=incident.city,
        hazard_class=incident.hazard_class,
        now=now,
        names=names,
        zone=writing.zone,
        scale=writing.scale,
        confirmed=confirmed,
        exercise=standing.exercise,
        hazard=incident.hazard,
    )


def _told(standing: Standing, incident: IncidentStanding, by: str) -> Iterator[NoticeStanding]:
    """The notices of this body about the incident that no later one replaces, the latest first."""
    codes = {incident.code, *incident.same_as}
    live = [
        one
        for one in standing.notices.values()
        if one.by == by and one.about in codes and one.superseded_by is None
    ]
    yield from sorted(live, key=lambda one: (one.issued, one.id), reverse=True)


def _faced(
    standing: Standing,
    incident: IncidentStanding,
    outlook: Outlook,
    terms: Terms,
    by: str,
    told: Sequence[NoticeStanding],
) -> tuple[str, ...]:
    """The cities that are told: those that are reached, and those that were told before that they may be."""
    reached = [one.city for one in outlook.reached(_bound(terms))]
    before = sorted({city for one in told if one.audience == "faces" for city in one.to})
    known = {one.city for one in outlook.coming}.difference(_causes(standing, incident, terms, by))
    return tuple(city for city in dict.fromkeys([*reached, *before]) if city != by and city in known)


def _causes(standing: Standing, incident: IncidentStanding, terms: Terms, by: str) -> tuple[str, ...]:
    """Who can stop it: who runs the source; for what people did, also the city in which it began."""
    source = standing.sources.get(incident.source or "")
    city = incident.city if incident.hazard_class in MADE_BY_PEOPLE else None
    return _others(by, source.owner if source else None, terms.roles.get("unit"), city)


def _addressees(
    standing: Standing,
    incident: IncidentStanding,
    terms: Terms,
    territory: Territory,
    by: str,
    faced: Sequence[str],
) -> Iterator[tuple[Audience, tuple[str, ...], tuple[str, ...]]]:
    """Each audience: to whom, and about which cities."""
    if not faced:
        return
    if causes := _causes(standing, incident, terms, by):
        yield "causes", causes, tuple(faced)
    for city in faced:
        yield "faces", (city,), (city,)
    governs = _others(
        by,
        territory.common_superior([incident.city, *faced]),
        terms.superior,
        terms.coordination_body,
        terms.offices.get(incident.hazard_class),
    )
    governs = tuple(one for one in governs if one not in causes and one not in faced)
    if governs:
        yield "governs", governs, tuple(faced)


def _others(by: str, *bodies: str | None) -> tuple[str, ...]:
    """Those that there are, each once, without the speaker."""
    return tuple(dict.fromkeys(one for one in bodies if one and one != by))


def _write(audience: Audience, telling: Telling, cities: Sequence[str]) -> Message:
    if audience == "faces":
        return message.to_faces(telling, cities[0])
    return (message.to_causes if audience == "causes" else message.to_governs)(telling, cities)


def _draft(
    written: Message,
    telling: Telling,
    audience: Audience,
    to: Sequence[str],
    terms: Terms,
    by: str,
    about: str,
    before: NoticeStanding | None,
    relays: str | None,
) -> Draft:
    body = {
        "to": list(to),
        "audience": audience,
        **written.body(telling),
        "confirmed": telling.confirmed,
        "answer_by": time_text(telling.now + terms.answer_h * HOUR),
    }
    if rows := telling.outlook.rows(written.cities)[:ROWS_MAX]:
        body["arrivals"] = rows
    if relays is not None:
        body["relays"] = relays
    return Draft("NoticeSent", by, about, before.id if before else None, body)


def cited(drafts: Iterable[Draft], owed: Iterable[Duty]) -> tuple[Draft, ...]:
    """The same notices, each with the rule that wants it; one that no rule wants cites none.

    Parameters
    ----------
    drafts : iterable of Draft
    owed : iterable of Duty
        Of several towards one addressee the one that is due first is cited; of those, one of the law.
    """
    known = sorted(owed, key=_urgency)
    return tuple(_cited(draft, known) for draft in drafts)


def _urgency(one: Duty) -> tuple[bool, float, bool]:
    return one.due is None, one.due.timestamp() if one.due else 0.0, not one.is_lawful


def _cited(draft: Draft, owed: Iterable[Duty]) -> Draft:
    for one in owed:
        mine = (one.owes, one.who, one.about) == (draft.kind, draft.by, draft.about)
        if mine and one.to in draft.body["to"]:
            return replace(draft, body={**draft.body, "rule": one.rule_record()})
    return draft


# -------------------------------------------------------------------------------------- what has changed


def change(
    standing: Standing,
    before: NoticeStanding,
    outlook: Outlook,
    cities: Iterable[str],
    terms: Terms,
    telling: Telling,
) -> str | None:
    """What has changed materially since a notice was sent, as a code; None if it still says what is so.

    ``expired``, ``confirmed`` (what was unconfirmed now is), ``observed``, ``city`` (of which it says
    nothing yet), or for one of its cities what `changed` says.
    """
    if telling.now >= before.expires:
        return "expired"
    if telling.confirmed and not before.confirmed:
        return "confirmed"
    said = standing.statements[before.id].statement
    asked = [outlook.of(city) for city in list(cities)[:ROWS_MAX]]
    if any(one.is_observed for one in asked) != (said.string("certainty") == "Observed"):
        return "observed"
    rows = {row["city"]: Coming.of_row(row) for row in said.records("arrivals")}
    for now in asked:
        then = rows.get(now.city)
        if then is None:
            if now.probability is not None or now.city not in before.cities:
                return "city"
            continue
        # A row does not say whether it was seen; that the message as a whole says so was compared above.
        then = replace(then, is_observed=now.is_observed)
        if found := changed(then, now, before.issued, outlook.threshold, terms, telling.scale):
            return found
    return None


def changed(
    then: Coming,
    now: Coming,
    told_at: datetime,
    threshold: float | None,
    terms: Terms,
    scale: Scale = gravity.DEFAULT,
) -> str | None:
    """What has changed materially for one city since it was told, as a code; None if nothing has.

    The probability crossed the bound for notices, for assistance, or that of CAP for likely; the middle
    arrival moved by more than 12 h, or by more than 20 % of the lead time that the city had; severity or
    level rose. Both levels are taken for the time at which it was told: time that passes is no news.
    """
    for bound in (terms.notice_from_probability, terms.assist_from_probability):
        if _reaches(then, bound) != _reaches(now, bound):
            return "probability"
    if gravity.certainty(then) != gravity.certainty(now):
        return "certainty"
    if _moved(then, now, told_at):
        return "arrival"
    before, after = (scale.severity(one.peak, threshold) for one in (then, now))
    if gravity.graver(after, before):
        return "severity"
    old, new = (
        scale.level(gravity.lead(one, told_at), severity) for one, severity in ((then, before), (now, after))
    )
    return "level" if gravity.higher(new, old) else None


def _reaches(coming: Coming, bound: float) -> bool:
    return coming.probability is not None and coming.probability >= bound


def _moved(then: Coming, now: Coming, told_at: datetime) -> bool:
    if then.middle is None or now.middle is None:
        return (then.middle is None) != (now.middle is None)
    moved, had = abs(now.middle - then.middle), then.middle - told_at
    return moved > MOVED or (had > timedelta(0) and moved > MOVED_SHARE * had)
