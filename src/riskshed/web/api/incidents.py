"""Incidents, what is foreseen of them, who owes what, and what somebody saw."""

from __future__ import annotations

import logging
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import AwareDatetime, Field

from riskshed.desk import Desk
from riskshed.errors import NotFoundError, RiskshedError
from riskshed.governance.draft import Draft
from riskshed.governance.obligation import Judged
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, LevelStanding
from riskshed.statement import time_text
from riskshed.web import addresses, field_telling, speaking
from riskshed.web.api import acts, listing
from riskshed.web.api.shapes import Filed, Id
from riskshed.web.api.shapes_standing import (
    DutyPage,
    FootprintShape,
    IncidentPage,
    IncidentShape,
)
from riskshed.web.api.telling import Given, GivenWords, standing_of
from riskshed.web.current import node
from riskshed.web.gate import Routes
from riskshed.web.incident_acts import find
from riskshed.web.people import acting

routes = Routes("incidents")
_log = logging.getLogger("riskshed.api")
Name = Annotated[str | None, Query(max_length=128)]
State = Literal["open", "met", "late", "breached", "undetermined"]
HazardClass = Literal["natural_disaster", "accident", "public_health", "social_security"]


# ----------------------------------------------------------------------------------------------- incidents


@routes.get("/incidents", "incident.see", IncidentPage)
def list_incidents(
    request: HttpRequest,
    closed: Annotated[bool, Query(description="Whether those that were closed are listed too.")] = False,
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """The incidents that are going on."""
    found = (
        one for one in standing_of(request, exercise).incidents.values() if closed or one.phase != "closed"
    )
    return listing.page(
        found,
        lambda one: (listing.moment(one.at), one.code),
        _incident,
        name="incidents",
        limit=limit,
        after=after,
        newest_first=True,
    )


_INCIDENT = ("code", "same_as", "name", "hazard_class", "hazard", "city", "by", "at", "began", "phase",
             "situation", "modes", "lead", "assist", "command", "footprint", "footprints", "reports",
             "closed", "exercise")  # fmt: skip


def _incident(held: IncidentStanding) -> dict[str, Any]:
    facts = listing.picked(held, _INCIDENT)
    toll = listing.picked(held.toll, ("dead_people", "missing_people", "hurt_people", "moved_people"))
    papers = {f"report_{one}": f"{addresses.incident(held.code)}report.{one}.pdf" for one in ("zh", "en")}
    levels = {scale: _level(one) for scale, one in held.levels.items()}
    return {**facts, **toll, **papers, "levels": levels}


def _level(one: LevelStanding) -> dict[str, Any]:
    return listing.picked(one, ("level", "lower_bound", "by", "at", "statement"))


@routes.get("/incidents/{path:code}/footprint", "incident.see", FootprintShape)
def get_incident_footprint(
    request: HttpRequest,
    code: str,
    statement: Annotated[Id | None, Query(description="An earlier forecast of it.")] = None,
    exercise: listing.Drill = None,
) -> dict[str, Any]:
    """The last forecast of an incident: what comes to each city, and when."""
    standing = standing_of(request, exercise)
    held = _held(standing, code)
    wanted = statement or held.footprint
    if wanted is None or wanted not in held.footprints:
        raise NotFoundError("footprint.unknown", "there is no such forecast of this incident")
    return _footprint(standing, wanted)


def _footprint(standing: Standing, identity: str) -> dict[str, Any]:
    said = standing.statements[identity].statement
    if said.body is None:
        raise NotFoundError("footprint.sealed", "this forecast is sealed; its recipients have it")
    names = ("pathway", "quantity", "threshold", "situation", "members", "seed", "model", "version")
    facts = {name: said.body[name] for name in names}
    cities = ("city", "probability", "earliest", "middle", "latest", "peak", "exposed_people")
    return {
        **facts,
        "id": said.id,
        "by": said.by,
        "about": said.about,
        "issued": said.issued,
        "known_at": said.time("known_at"),
        "arrivals": [{name: row.get(name) for name in cities} for row in said.records("arrivals")],
        "caveats": said.strings("caveats"),
        "file": said.record("file")["digest"],
    }


@routes.get("/incidents/{path:code}/duties", "incident.see", DutyPage)
def list_incident_duties(
    request: HttpRequest,
    code: str,
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """Who owes what in an incident, and to the statements about it."""
    standing = standing_of(request, exercise)
    held = _held(standing, code)
    codes = {held.code, *held.same_as}
    found = [one for one in node().duties(exercise=standing.exercise) if _is_in(standing, one, codes)]
    return _duties(found, "duties-of", limit, after)


def _is_in(standing: Standing, one: Judged, codes: set[str]) -> bool:
    """Whether a duty is of an incident: about it, or about a statement about it."""
    asked = standing.statements.get(one.duty.about)
    return one.duty.about in codes or (asked is not None and asked.statement.about in codes)


@routes.get("/incidents/{path:code}", "incident.see", IncidentShape)
def get_incident(request: HttpRequest, code: str, exercise: listing.Drill = None) -> dict[str, Any]:
    """One incident, under any of its codes."""
    return _incident(_held(standing_of(request, exercise), code))


def _held(standing: Standing, code: str) -> IncidentStanding:
    held = find(standing, code)
    if held is None:
        raise NotFoundError("incident.unknown", "nobody has opened an incident under this code")
    return held


# -------------------------------------------------------------------------------------------------- duties


@routes.get("/duties", "incident.see", DutyPage)
def list_duties(
    request: HttpRequest,
    who: Name = None,
    state: State | None = None,
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """Who owes what to whom by when."""
    judged = node().duties(exercise=standing_of(request, exercise).exercise)
    found = [one for one in judged if who in (None, one.duty.who) and state in (None, one.state)]
    return _duties(found, "duties", limit, after)


def _duties(found: list[Judged], name: str, limit: int, after: str | None) -> dict[str, Any]:
    def key(one: Judged) -> tuple[str, ...]:
        return ("~" if one.duty.due is None else listing.moment(one.duty.due), one.duty.id)

    once = {one.duty.id: one for one in found}
    return listing.page(once.values(), key, _duty, name=name, limit=limit, after=after)


_DUTY = ("id", "who", "owes", "act", "to", "about", "since", "due", "has_clock", "is_lawful", "is_foreseen",
         "pack", "rule", "cite", "is_confirmed", "cause")  # fmt: skip


def _duty(one: Judged) -> dict[str, Any]:
    facts = {name: getattr(one.duty, name) for name in _DUTY}
    return {**facts, "state": one.state, "done": one.done}


# ------------------------------------------------------------------------------------------- field reports


class FieldReportGiven(Given):
    """What somebody saw. Nobody approves it; those downstream are told at once, marked as not confirmed."""

    what: GivenWords
    seen_at: AwareDatetime = Field(description="When, with its offset from UTC.")
    place: str | None = Field(None, max_length=128, description="Section or city.")
    hazard_class: HazardClass | None = None
    about: str | None = Field(None, max_length=128, description="Code of the incident, if it is of one.")
    reporter: str | None = Field(None, max_length=128, description="A pseudonym, never a name.")
    verified: bool | None = Field(None, description="Whether your body knows who the reporter is.")
    supports: list[Id] = Field(default_factory=list, max_length=100)
    contradicts: list[Id] = Field(default_factory=list, max_length=100)


@routes.post("/field-reports", "report.file", Filed)
def file_field_report(
    request: HttpRequest, given: FieldReportGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """File what somebody saw."""
    desk = acting(request).desk
    told = given.model_dump(exclude={"about", "what"}, exclude_none=True)
    body = {name: value for name, value in told.items() if value != []}
    body |= {"what": given.what.words(), "seen_at": time_text(given.seen_at)}

    def act(again: acts.Again) -> dict[str, Any]:
        sitting = desk()
        draft = Draft("FieldReportFiled", sitting.body, given.about, None, body)
        spoken = speaking.once(sitting, (draft,), again=again)
        told = acts.done(spoken.ids[0], new=spoken.is_new)
        return {**told, "notices": _tell(sitting, spoken.ids[0])}

    return acts.once(request, idempotency_key, act)


def _tell(desk: Desk, report: str) -> list[str] | None:
    try:
        return list(field_telling.tell(desk, report))
    except RiskshedError as error:
        _log.error("the report %s stands, but those downstream were not told: %s", report[:12], error)
        return None
