"""Incidents: the list of them, and the room of each.

``?at=`` shows the room as it stood at a time of the past, as known then; ``?footprint=`` an earlier forecast;
``?all=`` one of its long lists, whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.errors import InputError, RiskshedError
from riskshed.governance import incident as life
from riskshed.governance.subjects import IncidentStanding
from riskshed.statement import time_text
from riskshed.web import (
    access,
    addresses,
    fault_pages,
    footprint_view,
    frame,
    incident_acts,
    incident_lists,
    incident_room,
    seat,
)
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.incident_room import Moment
from riskshed.web.pages import situation
from riskshed.web.people import Actor, acting
from riskshed.web.wording import say, tongue

AT_MAX = 40


@dataclass(frozen=True, slots=True)
class Row:
    """An incident in the list."""

    incident: IncidentStanding
    url: str
    phase: str
    level: str
    lead: tuple[str, ...]
    overdue: int


@allowed("incident.see")
@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """All incidents: open ones first, the latest at the head."""
    actor = acting(request)
    moment = incident_room.now(exercise=actor.exercise)
    held = sorted(moment.standing.incidents.values(), key=lambda one: (one.at, one.code), reverse=True)
    held.sort(key=lambda one: one.phase == "closed")
    return frame.draw(
        request,
        "riskshed/incidents.html",
        rows=[_row(moment, one) for one in held],
        still_open=sum(one.phase != "closed" for one in held),
        may_open=access.may(actor, "incident.open", body=actor.body),
    )


def _row(moment: Moment, one: IncidentStanding) -> Row:
    held = [judged for judged in moment.duties if judged.duty.about in (one.code, *one.same_as)]
    grade = one.levels.get("grade")
    level = incident_room.level_words(grade.level, grade.lower_bound) if grade else ""
    return Row(
        incident=one,
        url=addresses.incident(one.code),
        phase=incident_room.phase(one),
        level=level,
        lead=life.command(moment.standing, one.code).now,
        overdue=sum(judged.state == "breached" for judged in held),
    )


# ------------------------------------------------------------------------------------------------ the room


@allowed("incident.see")
@require_safe
def room(request: HttpRequest, code: str) -> HttpResponse:
    """The room of an incident."""
    actor = acting(request)
    try:
        moment = _moment(request.GET.get("at", ""), actor)
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    incident = incident_acts.find(moment.standing, code)
    if incident is None:
        return _not_there(request, code, moment)
    about: dict[str, Any] = {
        "url": addresses.incident(incident.code),
        "at_text": time_text(moment.at) if moment.is_past else "",
    }
    part = request.GET.get("all", "")
    if part in incident_lists.SHOWN:
        told = incident_lists.whole(moment, incident, part, actor.body)
        return frame.draw(request, "riskshed/incident_list.html", **told, **about, moment=moment)
    return frame.draw(
        request,
        "riskshed/incident.html",
        **_room(moment, incident, actor, request.GET.get("footprint", "")),
        **about,
    )


def _room(moment: Moment, incident: IncidentStanding, actor: Actor, chosen: str) -> dict[str, Any]:
    city = situation.city_of(moment.standing, actor)
    quiet = incident_room.silence(moment, incident)
    facts = incident_room.facts(moment, incident, city=city, mine=actor.body, chosen=chosen)
    return {
        **facts,
        "picture": footprint_view.shown(moment.standing, facts["threat"].forecast),
        **incident_lists.heads(moment, incident, actor.body),
        "clock": situation.silence_clock(quiet, moment.standing, moment.at) if quiet else None,
        "map_url": "" if moment.is_past else addresses.map_of(incident.code),
        "acts": [] if moment.is_past else acts(actor, moment, incident),
    }


def _moment(text: str, actor: Actor) -> Moment:
    """The moment that was asked for; a time without an offset is one of the node's zone.

    Raises
    ------
    InputError
        ``incident.at``: it is no time, or is still to come.
    """
    if not text:
        return incident_room.now(exercise=actor.exercise)
    try:
        at = datetime.fromisoformat(text[:AT_MAX])
        at = (at if at.tzinfo else at.replace(tzinfo=node().profile.zone)).astimezone(node().profile.zone)
    except (ValueError, OverflowError) as error:
        told = "the time asked for is no time"
        todo = "Write it as 2005-11-21T22:00 or 2005-11-21T22:00+08:00."
        raise InputError("incident.at", told, todo=todo) from error
    if at > node().now():
        told = "the time asked for is still to come, and what will be known then nobody knows"
        raise InputError("incident.at", told, todo="Ask for a time of the past.")
    return incident_room.then(at, exercise=actor.exercise)


def _not_there(request: HttpRequest, code: str, moment: Moment) -> HttpResponse:
    """At that time nobody had opened it; or it is one of the other mode; or there is none."""
    if (
        moment.is_past
        and incident_acts.find(node().standing(exercise=acting(request).exercise), code) is not None
    ):
        return frame.draw(
            request, "riskshed/incident_not_yet.html", status=404, moment=moment, url=addresses.incident(code)
        )
    return seat.not_here(request, code)


def acts(actor: Actor, moment: Moment, incident: IncidentStanding) -> list[dict[str, Any]]:
    """What this actor may do in an incident now."""
    scene = incident_acts.Scene(actor, moment.standing, incident, moment.regime)
    beside = (
        {"url": addresses.plans(incident.code), "word": say("联合方案", "Joint plans")},
        {"url": addresses.aid(incident.code), "word": say("援助", "Help")},
        {"url": addresses.settlement(incident.code), "word": say("费用与结算", "Costs and bills")},
        {"url": addresses.appraisal(incident.code), "word": say("评估", "Appraisal")},
        {
            "url": addresses.after_action(incident.code, tongue()),
            "word": say("事后评估报告", "After-action report"),
        },
    )
    return [*beside, *incident_acts.offered(scene, incident_acts.ACTS)]
