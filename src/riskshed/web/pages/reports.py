"""Reports from the spot: what somebody saw, and what other reports say of it.

Nobody approves a report from the spot. As soon as it is filed, the duty desks downstream are told of it,
marked as not confirmed; another report bears it out or speaks against it, and they are told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from riskshed.desk import Desk
from riskshed.errors import RiskshedError
from riskshed.governance import corroboration
from riskshed.governance.corroboration import Corroboration
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import FieldReportStanding
from riskshed.statement import Statement
from riskshed.web import (
    access,
    admin_events,
    corroborating,
    fault_pages,
    field_telling,
    forms,
    frame,
    photographs,
    seat,
    speaking,
)
from riskshed.web.access import allowed
from riskshed.web.acting_tabs import acting_tabs
from riskshed.web.current import node
from riskshed.web.forms_message import named
from riskshed.web.forms_report import FieldReportForm
from riskshed.web.people import acting
from riskshed.web.wording import say, words

LISTED_MAX = 100


# ---------------------------------------------------------------------------------- reports from the spot


@allowed("report.see")
@require_safe
def field_reports(request: HttpRequest) -> HttpResponse:
    """The reports from the spot, the latest first, and the reports of risks to and from my body."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    held = sorted(standing.field_reports.values(), key=lambda one: (one.at, one.id), reverse=True)
    risks = [
        seen.statement
        for seen in standing.statements.values()
        if seen.statement.kind == "RiskReported" and seen.statement.body is not None
    ]
    concern = [one for one in risks if actor.body == one.by or actor.body in one.strings("to")]
    concern.sort(key=lambda one: (one.issued, one.id), reverse=True)
    return frame.draw(
        request,
        "riskshed/reports.html",
        tabs=acting_tabs("field-reports", actor),
        reports=_lines(standing, held[:LISTED_MAX]),
        more=max(0, len(held) - LISTED_MAX),
        risks=[risk_line(one, standing) for one in concern[:LISTED_MAX]],
        may_file=access.may(actor, "report.file", body=actor.body),
    )


def _lines(standing: Standing, held: Sequence[FieldReportStanding]) -> list[dict[str, Any]]:
    """A line for each report, those of one origin about one matter folded into the latest of them."""
    weighed = corroborating.of_all(node(), standing, held)
    lines: list[dict[str, Any]] = []
    for one in held:
        origin = corroboration.origin(standing, one)
        first = next((line for line in lines if _is_again(standing, line, one, origin)), None)
        if first is not None:
            first["again"].append(one.id)
            continue
        lines.append({**_line(standing, one, weighed[one.id]), "origin": origin, "again": []})
    return lines


def _is_again(standing: Standing, line: dict[str, Any], one: FieldReportStanding, origin: str) -> bool:
    """Whether a report says again what one of the same pseudonym said; officers are not folded."""
    told = line["report"]
    is_pseudonym = " " in origin and line["origin"] == origin
    return is_pseudonym and told.place == one.place and corroboration.same_matter(standing, told, one)


def _line(standing: Standing, one: FieldReportStanding, weighed: Corroboration) -> dict[str, Any]:
    files = standing.statements[one.id].statement.records("files")
    return {
        "report": one,
        "state": state_words(one),
        "place": _place(one.place),
        "weighed": corroborating.row(weighed),
        "photographs": sum(file["media_type"] == photographs.MEDIA_TYPE for file in files),
    }


def risk_line(said: Statement, standing: Standing) -> dict[str, Any]:
    """A report of a risk as a row: what it says, to whom, and who has acknowledged it."""
    answer = standing.acknowledged.get(said.id, {})
    return {"said": said, "what": said.words("what"), "to": said.strings("to"), "acknowledged": answer}


def state_words(one: FieldReportStanding) -> str:
    """Whether a report is confirmed, spoken against, or neither."""
    if one.confirmed is None:
        disputed = one.supported_by and one.contradicted_by
        return say("有争议", "disputed") if disputed else say("未核实", "not confirmed")
    return say("已核实", "confirmed") if one.confirmed else say("与其他报告相反", "spoken against")


def _place(code: str | None) -> str:
    if code is None:
        return say("地点未知", "place unknown")
    section = next((one for one in node().region.sections if one.id == code), None)
    if section is not None:
        return say(section.name_zh, section.name_en)
    return words(node().names().get(code, {"zh": code, "en": code}))


@allowed("report.see")
@require_safe
def field_report(request: HttpRequest, statement: str) -> HttpResponse:
    """One report, what speaks for and against it, and who was told of it."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    held = standing.field_reports.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    told = [
        one
        for one in standing.notices.values()
        if held.id in standing.statements[one.id].statement.strings("evidence")
    ]
    said = standing.statements[held.id].statement
    may_file = access.may(actor, "report.file", body=actor.body)
    untold = field_telling.due(standing, [held], actor.body) if may_file and held.by == actor.body else []
    return frame.draw(
        request,
        "riskshed/report.html",
        line=_line(standing, held, corroborating.of(node(), standing, held)),
        said=said,
        point=said.record("point") if said.has("point") else None,
        origin=_origin(standing, held),
        pictures=_pictures(said),
        may_show=access.may(actor, "photograph.show", body=held.by),
        notices=told,
        untold=bool(untold),
        may_file=may_file,
    )


def _origin(standing: Standing, held: FieldReportStanding) -> dict[str, Any] | None:
    """The pseudonym of whoever saw it, and how its other reports turned out; None where the body saw it."""
    whose = corroboration.origin(standing, held)
    name = whose.partition(" ")[2]
    if not name:
        return None
    confirmed, against = corroboration.record_of(standing, whose)
    return {"name": name, "confirmed": confirmed, "against": against}


# --------------------------------------------------------------------------------------------- photographs


def _pictures(said: Statement) -> list[dict[str, Any]]:
    """The photographs that a report names: whether they are here, and whether they are public."""
    named = [one for one in said.records("files") if one["media_type"] == photographs.MEDIA_TYPE]
    return [
        {
            "name": one["digest"].removeprefix("sha256:"),
            "is_here": photographs.find(node(), one["digest"]) is not None,
            "is_public": photographs.is_public(node(), one["digest"]),
        }
        for one in named
    ]


def _named(request: HttpRequest, statement: str, digest: str) -> FieldReportStanding | None:
    """The report, if it is of this desk and names this photograph."""
    standing = node().standing(exercise=acting(request).exercise)
    held = standing.field_reports.get(statement)
    if held is None:
        return None
    pictures = _pictures(standing.statements[held.id].statement)
    return held if any(one["name"] == digest for one in pictures) else None


@allowed("report.see")
@never_cache
@require_safe
def photograph(request: HttpRequest, statement: str, digest: str) -> HttpResponse:
    """A photograph of a report, for those who may read it, public or not."""
    held = _named(request, statement, digest)
    data = photographs.find(node(), digest) if held is not None else None
    if data is None:
        raise Http404("no such photograph")
    return HttpResponse(data, content_type=photographs.MEDIA_TYPE)


@allowed("photograph.show")
@seat.same_desk
@require_POST
def photograph_decide(request: HttpRequest, statement: str, digest: str) -> HttpResponse:
    """Let everybody see a photograph, or remove it for good."""
    held = _named(request, statement, digest)
    if held is None:
        raise Http404("no such photograph")
    actor = access.check(request, "photograph.show", body=held.by)
    act = request.POST.get("act")
    if act == "show" and photographs.publish(node(), digest):
        messages.success(request, say("照片已公开。", "The photograph is public."))
    elif act == "remove" and photographs.forget(node(), digest):
        messages.success(request, say("照片已删除。", "The photograph is removed."))
    else:
        return fault_pages.page(request, 400)
    admin_events.record(request, actor.body, f"photograph.{act}", digest[:12], report=statement)
    return HttpResponseRedirect(reverse("field-report", args=[statement]))


@allowed("report.file")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def field_report_new(request: HttpRequest) -> HttpResponse:
    """File what somebody saw; those downstream are told at once."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    offer = _offer(standing)
    if request.method == "POST":
        return _file(request, FieldReportForm(request.POST, request.FILES, offer=offer))
    bearing = next((name for name in ("supports", "contradicts") if request.GET.get(name)), "")
    other = request.GET.get(bearing, "") if bearing else ""
    known = standing.field_reports.get(other)
    initial = {
        "seen_at": node().now(),
        "bearing": bearing,
        "other": other,
        "place": known.place if known else "",
        "about": (known.about if known else request.GET.get("incident")) or "",
    }
    return _draw_report(request, FieldReportForm(initial=initial, offer=offer))


def _offer(standing: Standing) -> forms.Offer:
    region = node().region
    sections = [(one.id, say(one.name_zh, one.name_en)) for one in region.sections]
    reports = sorted(standing.field_reports.values(), key=lambda one: one.at, reverse=True)[:LISTED_MAX]
    return {
        "place": [("", say("未知", "unknown")), *sections, *named([one.code for one in region.cities])],
        "about": incident_choices(standing),
        "other": [("", "–"), *((one.id, f"{_place(one.place)}: {words(one.what)[:60]}") for one in reports)],
    }


def incident_choices(standing: Standing) -> list[tuple[str, str]]:
    """The incidents on record, as choices, none at the head."""
    known = [(code, words(one.name)) for code, one in standing.incidents.items()]
    return [("", say("（不属于任何事件）", "(no incident)")), *known]


def _draw_report(
    request: HttpRequest, form: FieldReportForm, status: int = 200, *, doubt: bool = False
) -> HttpResponse:
    context = {"form": form, "faults": form.wrong(), "doubt": doubt}
    return frame.draw(request, "riskshed/report_form.html", status=status, **context)


def _file(request: HttpRequest, form: FieldReportForm) -> HttpResponse:
    if not form.is_valid():
        return _draw_report(request, form, 400)
    about = form.cleaned_data["about"] or None
    try:
        desk = acting(request).desk()
        body = form.report_body()
        if pictures := photographs.keep_all(node(), form.cleaned_data["photographs"]):
            body["files"] = pictures
        draft = Draft("FieldReportFiled", desk.body, about, None, body)
        told = speaking.once(desk, (draft,))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw_report(request, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
    if not told.is_new:
        messages.info(
            request, say("刚才已提交，没有重复提交。", "Filed a moment ago; it was not filed again.")
        )
    tell(request, desk, told.ids[0])
    return HttpResponseRedirect(reverse("field-report", args=told.ids))


def tell(request: HttpRequest, desk: Desk, report: str) -> None:
    """Tell those downstream of a report, and of what it bears out or speaks against; it stands anyway."""
    try:
        sent = field_telling.tell(desk, report)
    except RiskshedError as error:
        what = say(
            "报告已在日志中，但未能通知下游：", "The report stands, but those downstream were not told: "
        )
        messages.error(request, what + forms.refusal_words(error))
        return
    bodies = list(dict.fromkeys(code for one in sent for code in _told(desk, one)))
    if bodies:
        names = say("、", ", ").join(word for _, word in named(bodies))
        message = say(
            f"报告已提交，已即时通知：{names}。",
            f"The report is filed, and these were told at once: {names}.",
        )
    else:
        message = say(
            "报告已提交。没有需要新通知的下游城市。",
            "The report is filed. Nobody downstream is to be told anew.",
        )
    messages.success(request, message)


def _told(desk: Desk, identity: str) -> tuple[str, ...]:
    return desk.standing().notices[identity].to


@allowed("report.file")
@seat.same_desk
@require_POST
def field_report_tell(request: HttpRequest, statement: str) -> HttpResponse:
    """Tell those downstream of a report of my body, if that failed when it was filed."""
    actor = acting(request)
    held = node().standing(exercise=actor.exercise).field_reports.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    access.check(request, "report.file", body=held.by)
    try:
        tell(request, actor.desk(), statement)
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    return HttpResponseRedirect(reverse("field-report", args=[statement]))
