"""What is done in an incident: opened, and each act of `riskshed.web.incident_acts` as one small form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from riskshed.errors import DomainError, RiskshedError
from riskshed.governance import circumstances
from riskshed.governance.draft import Draft
from riskshed.governance.message import drill
from riskshed.governance.standing import Standing
from riskshed.web import addresses, fault_pages, forms, frame, incident_room, seat, speaking, wording
from riskshed.web.access import allowed
from riskshed.web.act_table import BY_NAME
from riskshed.web.current import node
from riskshed.web.forms import Sheet
from riskshed.web.forms_incident import OpenForm
from riskshed.web.forms_message import named
from riskshed.web.incident_acts import Act, Scene, find
from riskshed.web.people import acting
from riskshed.web.statement_line import line, summary
from riskshed.web.wording import say

REPORT_KINDS = ("RiskReported", "FieldReportFiled", "ReadingsTaken")
REPORTS_SHOWN = 30


# ------------------------------------------------------------------------------------------------ opening


@allowed("incident.open")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def open_incident(request: HttpRequest) -> HttpResponse:
    """Open an incident."""
    standing = node().standing(exercise=acting(request).exercise)
    offer = _open_offer(standing)
    if request.method == "POST":
        return _open(request, OpenForm(request.POST, offer=offer), standing)
    report = request.GET.get("report", "")
    initial = {"code": _next_code(standing), "report": report if report in standing.statements else ""}
    return _draw_open(request, OpenForm(initial=initial, offer=offer))


def _open_offer(standing: Standing) -> forms.Offer:
    said = [seen.statement for seen in standing.statements.values() if seen.statement.kind in REPORT_KINDS]
    said.sort(key=lambda one: (one.issued, one.id), reverse=True)
    reports = [
        (one.id, f"{wording.shown_time(one.issued)} {wording.name_of(one.by)}: {summary(one)[:60]}")
        for one in said[:REPORTS_SHOWN]
    ]
    cities = named([one.code for one in node().region.cities])
    return {
        "city": [("", say("请选择", "choose")), *cities],
        "report": [("", say("（没有）", "(none)")), *reports],
    }


def _next_code(standing: Standing) -> str:
    """The next free code of the year."""
    year = node().now().year
    number = 1
    while f"I-{year}-{number:04d}" in standing.incidents:
        number += 1
    return f"I-{year}-{number:04d}"


def _open(request: HttpRequest, form: OpenForm, standing: Standing) -> HttpResponse:
    if not form.is_valid():
        return _draw_open(request, form, 400)
    code = form.cleaned_data["code"].strip()
    body = form.body("name", "hazard_class", "hazard", "city", "began", "what")
    if standing.exercise:
        body |= {name: drill(body[name]) for name in ("name", "what") if name in body}
    try:
        if find(standing, code) is not None:
            told = f"there is an incident {code} already"
            raise DomainError("incident.exists", told, todo="Choose another code, or go to that incident.")
        desk = acting(request).desk()
        draft = Draft("IncidentOpened", desk.body, code or None, form.cleaned_data["report"] or None, body)
        speaking.once(desk, (draft,))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw_open(request, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
    messages.success(
        request, say("事件已立案，记入日志。", "The incident is opened; that stands in the log.")
    )
    return HttpResponseRedirect(addresses.incident(code))


def _draw_open(
    request: HttpRequest, form: OpenForm, status: int = 200, *, doubt: bool = False
) -> HttpResponse:
    shown = {
        "title": say("事件立案", "Open an incident"),
        "button": say("立案", "open the incident"),
        "back": "/incidents/",
        "back_words": say("事件", "Incidents"),
    }
    return _draw(request, form, shown, status, doubt=doubt)


# --------------------------------------------------------------------------------------------- other acts


@allowed("incident.see")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, code: str, name: str, statement: str = "") -> HttpResponse:
    """One act, of the incident or in answer to a statement: its form, and what it says."""
    chosen = BY_NAME.get(name)
    if chosen is None:
        raise Http404("there is no such act")
    scene = _scene(request, code, statement)
    if scene is None:
        return seat.not_here(request, statement or code)
    if not chosen.may(scene):
        raise PermissionDenied(chosen.action)
    offer = chosen.offer(scene)
    if request.method == "POST":
        return _do(request, chosen, scene, chosen.form(request.POST, request.FILES, offer=offer))
    return _draw_act(request, chosen, scene, chosen.form(initial=chosen.initial(scene), offer=offer))


def _scene(request: HttpRequest, code: str, statement: str) -> Scene | None:
    actor = acting(request)
    moment = incident_room.now(exercise=actor.exercise)
    incident = find(moment.standing, code)
    if incident is None:
        return None
    scene = Scene(actor, moment.standing, incident, moment.regime)
    if not statement:
        return scene
    said = [seen.statement for seen in circumstances.about(moment.standing, incident)]
    found = next((one for one in said if one.id == statement), None)
    return None if found is None else replace(scene, subject=found)


def _do(request: HttpRequest, chosen: Act, scene: Scene, form: Sheet) -> HttpResponse:
    if not form.is_valid():
        return _draw_act(request, chosen, scene, form, 400)
    try:
        drafts = chosen.drafts(scene, form)
        if not drafts:
            raise DomainError(
                "incident.nothing_new", "that stands already", todo="Change something, or go back."
            )
        told = speaking.once(scene.actor.desk(), drafts)
    except RiskshedError as error:
        forms.blame(form, error)
        status = fault_pages.status_of(error)
        return _draw_act(request, chosen, scene, form, status, doubt=forms.in_doubt(error))
    done = say("已签名，记入日志。", "Signed; it stands in the log.")
    again = say("刚才已签名，没有重复记录。", "Signed a moment ago; nothing was said again.")
    messages.success(request, done if told.is_new else again)
    return HttpResponseRedirect(chosen.back(scene))


def _draw_act(
    request: HttpRequest, chosen: Act, scene: Scene, form: Sheet, status: int = 200, *, doubt: bool = False
) -> HttpResponse:
    shown = {
        "title": say(*chosen.title),
        "button": say(*chosen.button),
        "back": chosen.back(scene),
        "back_words": wording.words(scene.incident.name),
        "subject": line(scene.subject, scene.standing) if scene.subject is not None else None,
    }
    return _draw(request, form, shown, status, doubt=doubt)


def _draw(
    request: HttpRequest, form: Sheet, shown: dict[str, Any], status: int, *, doubt: bool
) -> HttpResponse:
    context = {"form": form, "faults": form.wrong(), "doubt": doubt, **shown}
    return frame.draw(request, "riskshed/incident_act.html", status=status, **context)
