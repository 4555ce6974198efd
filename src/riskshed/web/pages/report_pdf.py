"""The reports of an incident as files: the situation report that is sent up, and the after-action report.

Both fill themselves from what is on the record. A report is set anew when something was said, and otherwise
once a minute, because a duty may have run out.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.after_action import after_action
from riskshed.errors import RiskshedError
from riskshed.exchange import after_action_report as after_sheet
from riskshed.exchange import situation_report as sheet
from riskshed.exchange.situation_record import Language
from riskshed.governance import finding, trust
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.sitrep import situation_report
from riskshed.web import fault_pages, incident_room, seat
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.incident_acts import find
from riskshed.web.incident_room import Moment
from riskshed.web.people import acting

AGAIN_S = 60
Paper = Callable[[Moment, IncidentStanding, Language, str], bytes]


@allowed("incident.see")
@require_safe
def report(request: HttpRequest, code: str, language: Language) -> HttpResponse:
    """The report of an incident as of now, numbered among those that this body has sent of it."""
    return _file(request, code, language, paper, "")


@allowed("incident.see")
@require_safe
def after(request: HttpRequest, code: str, language: Language) -> HttpResponse:
    """The after-action report of an incident, as of now."""
    return _file(request, code, language, after_paper, "after-action-")


def _file(request: HttpRequest, code: str, language: Language, draw: Paper, sort: str) -> HttpResponse:
    actor = acting(request)
    moment = incident_room.now(exercise=actor.exercise)
    incident = find(moment.standing, code)
    if incident is None:
        return seat.not_here(request, code)
    try:
        made = draw(moment, incident, language, actor.body)
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    answer = HttpResponse(made, content_type="application/pdf")
    name = "".join(one if one.isascii() and one.isalnum() else "-" for one in incident.code)
    answer["Content-Disposition"] = f'inline; filename="{name}-{sort}{language}.pdf"'
    return answer


def paper(moment: Moment, incident: IncidentStanding, language: Language, body: str) -> bytes:
    """The report as PDF, as a body sends it up now. Raises RiskshedError if it cannot be set."""
    living = node()

    def made(checkpoint: str) -> bytes:
        held = situation_report(
            moment.standing,
            moment.duties,
            living.region,
            incident.code,
            language=language,
            now=moment.at,
            zone=living.profile.zone,
            issuer=body,
            number=number_of(moment.standing, incident, body),
            index_of=living.index_of,
            checkpoint=checkpoint,
        )
        return sheet.draw(held)

    return _kept("report", moment, incident, language, body, made)


def after_paper(moment: Moment, incident: IncidentStanding, language: Language, body: str) -> bytes:
    """The after-action report as PDF, as it stands now. Raises RiskshedError if it cannot be set."""
    living = node()
    duties = [one.duty for one in moment.duties]

    def made(checkpoint: str) -> bytes:
        held = after_action(
            moment.standing,
            moment.duties,
            finding.propose(moment.standing, moment.regime, duties),
            living.region,
            incident.code,
            language=language,
            now=moment.at,
            zone=living.profile.zone,
            issuer=body,
            territory=moment.regime.territory,
            trust=trust.of_bodies(moment.standing, moment.regime, duties=duties),
            index_of=living.index_of,
            checkpoint=checkpoint,
        )
        return after_sheet.draw(held)

    return _kept("after-action", moment, incident, language, body, made)


def _kept(
    sort: str,
    moment: Moment,
    incident: IncidentStanding,
    language: Language,
    body: str,
    made: Callable[[str], bytes],
) -> bytes:
    """A document that was set a moment ago, or else set now."""
    at = node().log.state().checkpoint
    named = (at.origin, at.size, moment.standing.exercise, language, body, incident.opened[0])
    key = f"{sort}:" + ":".join(str(one) for one in named).replace(" ", "")
    known: bytes | None = cache.get(key)
    if known is not None:
        return known
    drawn = made(f"{at.origin}, {at.size}, {at.root.hex()}")
    cache.set(key, drawn, AGAIN_S)
    return drawn


def number_of(standing: Standing, incident: IncidentStanding, body: str) -> int:
    """The number of the next report: one more than the body has made of this incident."""
    codes = (incident.code, *incident.same_as)
    said = (seen.statement for seen in standing.statements.values())
    return 1 + sum(one.kind == "RiskReported" and one.by == body and one.about in codes for one in said)
