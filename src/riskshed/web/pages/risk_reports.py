"""Reports of a risk to those above, and their acknowledgement.

A report begins with what is on record, in the order in which the rules want its items. What nobody knows yet
stays empty: an empty number is unknown, and never 0.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from riskshed.errors import RiskshedError
from riskshed.governance.draft import Draft
from riskshed.governance.rule import Rule
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.web import access, addresses, duty_row, fault_pages, forms, frame, seat, speaking, warning_draft
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.forms_message import named
from riskshed.web.forms_report import FEN_IN_YUAN, HARM, PEOPLE, STAGES, RiskReportForm
from riskshed.web.pages.reports import incident_choices, risk_line
from riskshed.web.people import Actor, acting
from riskshed.web.wording import say, words


@allowed("report.file")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def risk_report_new(request: HttpRequest) -> HttpResponse:
    """Report a risk to those above, beginning with what is on record."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    offer = _risk_offer(standing, actor)
    if request.method == "POST":
        return _report(request, RiskReportForm(request.POST, offer=offer))
    incident = standing.incidents.get(request.GET.get("incident", ""))
    return _draw_risk(request, RiskReportForm(initial=_known(standing, actor, incident), offer=offer))


def _risk_offer(standing: Standing, actor: Actor) -> forms.Offer:
    above = _above(actor)
    rest = sorted(code for code in standing.bodies if code not in above and code != actor.body)
    sources = [(code, words(one.name)) for code, one in standing.sources.items()]
    return {
        "to": named([*above, *rest]),
        "about": incident_choices(standing),
        "city": [("", say("未知", "unknown")), *named([one.code for one in node().region.cities])],
        "source": [("", say("未知", "unknown")), *sources],
    }


def _above(actor: Actor) -> list[str]:
    """Those above a body on the record, the nearest first."""
    living, terms = node(), node().regime().terms
    known = living.standing().bodies
    superior = known[actor.body].superior if actor.body in known else None
    found = (superior, living.territory.superior(actor.body), terms.coordination_body)
    return [one for one in dict.fromkeys(found) if one and one in known and one != actor.body]


def _known(standing: Standing, actor: Actor, incident: IncidentStanding | None) -> dict[str, Any]:
    """What is on record, for a report to begin with. What is unknown stays empty."""
    now = node().now()
    first: dict[str, Any] = {"report": "first", "harm": "unknown", "known_at": now, "to": _above(actor)[:1]}
    first |= {"hazard_class": warning_draft.UNKNOWN_CLASS, "city": warning_draft.home(standing, actor.body)}
    if incident is None:
        return first
    mine = [one for one in incident.reports if standing.statements[one].statement.by == actor.body]
    owed = [
        one.duty.to
        for one in node().duties(exercise=actor.exercise)
        if one.duty.who == actor.body
        and one.duty.owes == "RiskReported"
        and one.duty.about == incident.code
        and one.done is None
    ]
    grade = incident.levels.get("grade")
    toll = {name: getattr(incident.toll, name) for name in PEOPLE}
    loss = incident.toll.loss
    return {
        **first,
        "report": "follow_up" if mine else "first",
        "to": list(dict.fromkeys(one for one in owed if one)) or first["to"],
        "about": incident.code,
        "hazard_class": incident.hazard_class,
        "hazard": incident.hazard or "",
        "source": incident.source or "",
        "city": incident.city,
        "began": incident.began,
        "known_at": incident.at if not mine else now,
        "grade": grade.level if grade else "",
        **{name: value for name, value in toll.items() if value is not None},
        **({"loss_yuan": loss.minor // FEN_IN_YUAN} if loss and loss.currency == "CNY" else {}),
        **_words(standing, incident),
    }


def _words(standing: Standing, incident: IncidentStanding) -> dict[str, str]:
    """What has happened, as it is on record: the incident, and whom the forecast reaches."""
    seen = warning_draft.forecast(standing, incident.footprint)
    reached = seen.reached(node().regime().terms.notice_from_probability)
    found = {}
    for language in ("zh", "en"):
        name = incident.name.get(language, "")
        cities = [node().names().get(one.city, {}).get(language, one.city) for one in reached]
        if not name:
            continue
        text = f"{name}。" if language == "zh" else f"{name}."
        if cities and language == "zh":
            text += f"据现有预测，可能到达{'、'.join(cities)}。"
        elif cities:
            text += f" By the present forecast it may reach {', '.join(cities)}."
        found[f"what_{language}"] = text
    return found


def content_rules() -> list[Rule]:
    """The rules in force that say what a report has to contain."""
    regime, day = node().regime(), node().now().date()
    rules = (one for pack in regime.packs for one in pack.in_force(day, as_if=regime.as_if_in_force))
    return [one for one in rules if one.owes == "RiskReported" and one.kind == "content"]


def _draw_risk(
    request: HttpRequest, form: RiskReportForm, status: int = 200, *, doubt: bool = False
) -> HttpResponse:
    actor = acting(request)
    standing, now = node().standing(exercise=actor.exercise), node().now()
    about = str(form["about"].value() or "")
    owed = [
        one
        for one in duty_row.waiting(node().duties(exercise=actor.exercise), actor.body)
        if one.duty.owes == "RiskReported" and one.duty.about == about
    ]
    return frame.draw(
        request,
        "riskshed/report_risk_form.html",
        status=status,
        form=form,
        faults=form.wrong(),
        doubt=doubt,
        incidents=incident_choices(standing)[1:],
        duties=duty_row.rows(owed, standing, now, mine=actor.body),
        rules=[(one, addresses.rule(one.pack, one.id)) for one in content_rules()],
    )


def _report(request: HttpRequest, form: RiskReportForm) -> HttpResponse:
    if not form.is_valid():
        return _draw_risk(request, form, 400)
    about = form.cleaned_data["about"] or None
    try:
        desk = acting(request).desk()
        body = form.report_body()
        draft = Draft("RiskReported", desk.body, about, None, body)
        told = speaking.once(desk, (draft,))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw_risk(request, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
    if told.is_new:
        messages.success(
            request, say("报告已签名发出，记入日志。", "The report is signed and sent; it stands in the log.")
        )
    else:
        messages.info(request, say("刚才已发出，没有重复发出。", "Sent a moment ago; it was not sent again."))
    return HttpResponseRedirect(reverse("risk-report", args=told.ids))


@allowed("report.see")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def risk_report(request: HttpRequest, statement: str) -> HttpResponse:
    """One report of a risk; those to whom it is addressed acknowledge it."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    seen = standing.statements.get(statement)
    if seen is None or seen.statement.kind != "RiskReported" or seen.statement.body is None:
        return seat.not_here(request, statement)
    said = seen.statement
    answers = standing.acknowledged.get(statement, {})
    asked = actor.body in said.strings("to")
    if request.method == "POST":
        access.check(request, "notice.answer", body=actor.body if asked else "")
        return _acknowledge(request, statement)
    return frame.draw(
        request,
        "riskshed/report_risk.html",
        said=said,
        line=risk_line(said, standing),
        hazard_class=said.string("hazard_class"),
        stage=say(*STAGES[said.string("report")]),
        harm=say(*HARM[said.string("harm")]),
        known_at=said.time("known_at"),
        measures=said.words("measures") if said.has("measures") else None,
        needs=said.words("needs") if said.has("needs") else None,
        city=said.string("city") if said.has("city") else None,
        grade=said.string("grade") if said.has("grade") else None,
        began=said.time("began") if said.has("began") else None,
        answers=[(code, answers.get(code)) for code in said.strings("to")],
        may_answer=asked and actor.body not in answers and access.may(actor, "notice.answer"),
        people=[
            (RiskReportForm.base_fields[name].label, said.to_json()["body"].get(name)) for name in PEOPLE
        ],
    )


def _acknowledge(request: HttpRequest, statement: str) -> HttpResponse:
    try:
        with speaking.one_at_a_time():
            desk = acting(request).desk()
            if desk.body in desk.standing().acknowledged.get(statement, {}):
                told = say("此前已签收，没有重复记录。", "Acknowledged before; nothing was said again.")
                messages.info(request, told)
            else:
                desk.acknowledge(statement)
                messages.success(request, say("已签收，记入日志。", "Acknowledged; it stands in the log."))
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    return HttpResponseRedirect(reverse("risk-report", args=[statement]))
