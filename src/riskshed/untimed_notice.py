"""Notices of a hazard whose way nobody can compute: those beside are told, with the arrival unknown.

That no pathway is known is no reason to keep silent. Told are the cities that border on the place of origin,
those below it on its river, the members of the agreement with a border to it, and those that must govern it.
How likely it comes and when stays unknown, and each message says so. As soon as there is a forecast,
`riskshed.governance.notice` goes on from what was told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from riskshed.governance import message, notice
from riskshed.governance.draft import Draft
from riskshed.governance.message import Audience, Message, Telling
from riskshed.governance.notice import HOUR, Writing
from riskshed.governance.outlook import Coming, Outlook
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, NoticeStanding
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory
from riskshed.statement import time_text


def outlook(
    incident: IncidentStanding, territory: Territory, shown: tuple[str, ...], why: tuple[str, str]
) -> Outlook:
    """What is told where nothing could be foreseen: who is beside it, and nothing of when.

    Parameters
    ----------
    incident : IncidentStanding
    territory : Territory
    shown : tuple of str
        Cities in which it is seen now.
    why : tuple of str
        Why there is no forecast, Chinese and English.
    """
    beside = (*territory.neighbours_of(incident.city), *territory.downstream_of(incident.city))
    cities = dict.fromkeys((*shown, *(one for one in beside if one != incident.city)))
    coming = tuple(Coming(city, None, is_observed=city in shown) for city in cities)
    return Outlook(coming, caveats=(why,))


def due_notices(
    standing: Standing,
    incident: IncidentStanding,
    told: Outlook,
    terms: Terms,
    territory: Territory,
    now: datetime,
    *,
    by: str,
    writing: Writing,
    confirmed: bool,
) -> tuple[Draft, ...]:
    """The notices that a body has to send now; parameters as of `riskshed.governance.notice.due_notices`.

    `told` is what `outlook` gives.
    """
    telling = notice.telling_of(standing, incident, told, now, writing, confirmed=confirmed)
    drafts = []
    for audience, to, cities in _addressees(incident, told, terms, territory, by):
        before = _before(standing, incident, by, audience, to)
        if before is None or notice.change(standing, before, told, cities, terms, telling) is not None:
            written = _written(audience, telling, cities)
            body = {
                "to": list(to),
                "audience": audience,
                **written.body(telling),
                "confirmed": confirmed,
                "answer_by": time_text(now + terms.answer_h * HOUR),
            }
            answers = before.id if before else None
            drafts.append(Draft("NoticeSent", by, incident.code, answers, body))
    return tuple(drafts)


def _written(audience: Audience, telling: Telling, cities: tuple[str, ...]) -> Message:
    if audience == "faces":
        return message.to_faces(telling, cities[0])
    return message.to_governs(telling, cities)


def _addressees(
    incident: IncidentStanding, told: Outlook, terms: Terms, territory: Territory, by: str
) -> Iterator[tuple[Audience, tuple[str, ...], tuple[str, ...]]]:
    """Each audience: to whom, and about which cities."""
    faced = tuple(one.city for one in told.coming if one.city not in (by, incident.city))
    for city in faced:
        yield "faces", (city,), (city,)
    above = (
        territory.common_superior([incident.city, *faced]) or territory.superior(incident.city),
        terms.superior,
        terms.coordination_body,
        terms.offices.get(incident.hazard_class),
    )
    governs = tuple(dict.fromkeys(one for one in above if one and one != by and one not in faced))
    if governs:
        yield "governs", governs, (incident.city, *faced)[: message.CITIES_TOLD * 10]


def _before(
    standing: Standing, incident: IncidentStanding, by: str, audience: Audience, to: tuple[str, ...]
) -> NoticeStanding | None:
    """The last notice of this body about the incident to these, which no later one replaces."""
    codes = {incident.code, *incident.same_as}
    sent = [
        one
        for one in standing.notices.values()
        if one.by == by
        and one.about in codes
        and one.superseded_by is None
        and one.audience == audience
        and set(to) <= set(one.to)
    ]
    return max(sent, key=lambda one: (one.issued, one.id), default=None)
