"""Sending notices: those that the rules say are due, and one in an officer's own words.

What is due is shown whole before it goes out, each notice with its addressees, and goes out together or not
at all. If what is due has changed meanwhile (a new forecast, a notice that a colleague sent), nothing goes
out and the new list is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from riskshed.canonical import encode_plain
from riskshed.desk import Desk
from riskshed.errors import NotFoundError, RiskshedError
from riskshed.governance import notice
from riskshed.governance.draft import Draft
from riskshed.governance.message_texts import DO_FACES
from riskshed.governance.outlook import Coming
from riskshed.governance.standing import Standing
from riskshed.statement import digest_text
from riskshed.web import addresses, fault_pages, forms, frame, seat, speaking, warning_draft
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.forms_message import NoticeForm, message_initial, named
from riskshed.web.people import Actor, acting
from riskshed.web.wording import say, words

TIMES = ("expires", "answer_by", "onset")
"""Fields of a notice that move with the clock: they do not make it another one."""
DAY = timedelta(hours=24)


# ---------------------------------------------------------------------------------------------- those due


@allowed("notice.send")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def notices_due(request: HttpRequest) -> HttpResponse:
    """The notices of an incident that my body has to send now."""
    given = request.POST if request.method == "POST" else request.GET
    code, confirmed = given.get("incident", ""), given.get("unconfirmed") != "1"
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    if not code:
        return _draw_choice(request, standing)
    try:
        desk = actor.desk()
        if request.method == "POST":
            return _send_due(request, desk, code, confirmed)
        return _draw_due(request, code, _due(desk, code, confirmed), confirmed)
    except RiskshedError as error:
        return fault_pages.refused(request, error)


def _due(desk: Desk, code: str, confirmed: bool) -> tuple[Draft, ...]:
    standing, regime = desk.standing(), node().regime()
    incident = standing.incidents.get(code)
    if incident is None:
        told = f"nobody has opened an incident {code[:80]}"
        raise NotFoundError("desk.unknown_incident", told, todo="Open it first.")
    return notice.due_notices(
        standing,
        incident,
        warning_draft.forecast(standing, incident.footprint),
        regime.terms,
        node().territory,
        node().now(),
        by=desk.body,
        writing=node().writing(),
        confirmed=confirmed,
    )


def _send_due(request: HttpRequest, desk: Desk, code: str, confirmed: bool) -> HttpResponse:
    with speaking.one_at_a_time():
        drafts = _due(desk, code, confirmed)
        if not drafts:
            messages.info(request, say("现在没有应发的通报。", "No notice is due now."))
            return HttpResponseRedirect(f"{reverse('notices')}?view=by&incident={code}")
        if request.POST.get("shown") != shown(drafts):
            told = say(
                "应发内容已有变化，没有发出。请看过下列内容再发。",
                "What is due has changed, and nothing was sent. Read it again.",
            )
            messages.warning(request, told)
            return _draw_due(request, code, drafts, confirmed, status=409)
        standing = desk.standing()
        seen = warning_draft.forecast(standing, standing.incidents[code].footprint)
        sent = desk.send_notices(code, seen, node().writing(), confirmed=confirmed)
    messages.success(
        request, say(f"已签名发出 {len(sent)} 份通报。", f"{len(sent)} notices are signed and sent.")
    )
    return HttpResponseRedirect(f"{reverse('notices')}?view=by&incident={code}")


def shown(drafts: Sequence[Draft]) -> str:
    """A digest of what an officer was shown, without what moves with the clock."""
    plain = [
        [one.replies_to or "", {name: value for name, value in one.body.items() if name not in TIMES}]
        for one in drafts
    ]
    return digest_text(encode_plain(plain))


def _draw_due(
    request: HttpRequest, code: str, drafts: Sequence[Draft], confirmed: bool, *, status: int = 200
) -> HttpResponse:
    incident = node().standing(exercise=acting(request).exercise).incidents[code]
    return frame.draw(
        request,
        "riskshed/notices_due.html",
        status=status,
        code=code,
        incident=incident,
        forecast_url=addresses.statement(incident.footprint) if incident.footprint else "",
        drafts=[_draft_row(one) for one in drafts],
        shown=shown(drafts),
        confirmed=confirmed,
    )


def _draft_row(one: Draft) -> dict[str, Any]:
    coming = [Coming.of_row(row) for row in one.body.get("arrivals", ())]
    return {"body": one.body, "again": bool(one.replies_to), "coming": coming}


def _draw_choice(request: HttpRequest, standing: Standing) -> HttpResponse:
    open_ = [(code, one.name) for code, one in standing.incidents.items() if one.phase != "closed"]
    return frame.draw(request, "riskshed/notices_due.html", code="", incidents=open_)


# ------------------------------------------------------------------------------------------- in own words


@allowed("notice.send")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def notice_new(request: HttpRequest) -> HttpResponse:
    """A notice in an officer's own words; `relays` passes on one that has come."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    offer = _offer(standing, actor)
    if request.method == "POST":
        return _send(request, NoticeForm(request.POST, offer=offer))
    relays = request.GET.get("relays", "")
    if relays in standing.notices:
        initial = _relaying(standing, actor, relays)
    else:
        initial = _empty(standing, request.GET.get("incident", ""))
    return _draw_form(request, NoticeForm(initial=initial, offer=offer))


def _offer(standing: Standing, actor: Actor) -> forms.Offer:
    others = [code for code in standing.bodies if code != actor.body]
    below = [code for code in node().territory.downstream_of(actor.body) if code in others]
    rest = sorted(code for code in others if code not in below)
    incidents = [(code, words(one.name)) for code, one in standing.incidents.items()]
    return {
        "to": named([*below, *rest]),
        "cities": named([one.code for one in node().region.cities]),
        "about": [("", say("（不属于任何事件）", "(no incident)")), *incidents],
    }


def _empty(standing: Standing, code: str) -> dict[str, Any]:
    """What a form shows at first where there is nothing to begin with: nothing is known, and it says so."""
    incident, now = standing.incidents.get(code), node().now()
    ready = DO_FACES[""]
    return {
        "about": code if incident else "",
        "audience": "faces",
        "hazard_class": incident.hazard_class if incident else warning_draft.UNKNOWN_CLASS,
        "hazard": (incident.hazard if incident else None) or "",
        "footprint": (incident.footprint if incident else None) or "",
        **dict.fromkeys(("urgency", "severity", "certainty"), "Unknown"),
        **{f"instruction_{language}": text for language, text in ready.items()},
        "expires": now + DAY,
        "answer_by": now + timedelta(hours=node().regime().terms.answer_h),
    }


def _relaying(standing: Standing, actor: Actor, relays: str) -> dict[str, Any]:
    """A notice that is passed on: its own words, to those beyond us whom it concerns."""
    said = standing.statements[relays].statement
    body, now = said.to_json()["body"], node().now()
    below = node().territory.downstream_of(actor.body)
    beyond = [city for city in below if city in body["cities"]] or list(below[:1])
    initial = message_initial({**body, "cities": beyond, "to": beyond[:1]}, said.about)
    hours = timedelta(hours=node().regime().terms.answer_h)
    return {**initial, "relays": relays, "answer_by": now + hours, "unconfirmed": not body["confirmed"]}


def _send(request: HttpRequest, form: NoticeForm) -> HttpResponse:
    if not form.is_valid():
        return _draw_form(request, form, 400)
    try:
        desk = acting(request).desk()
        draft = _draft(desk, form)
        told = speaking.once(desk, (draft,))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw_form(request, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
    if told.is_new:
        messages.success(
            request, say("通报已签名发出，记入日志。", "The notice is signed and sent; it stands in the log.")
        )
    else:
        messages.info(request, say("刚才已发出，没有重复发出。", "Sent a moment ago; it was not sent again."))
    return HttpResponseRedirect(addresses.notice(told.ids[0]))


def _draft(desk: Desk, form: NoticeForm) -> Draft:
    body = form.notice_body(drill=desk.exercise)
    standing = desk.standing()
    relayed = standing.statements.get(body.get("relays", ""))
    if relayed is not None and relayed.statement.body is not None:
        rows = [dict(row) for row in relayed.statement.to_json()["body"].get("arrivals", ())]
        kept = [row for row in rows if row["city"] in body.get("cities", ())]
        body |= {"arrivals": kept} if kept else {}
    return Draft("NoticeSent", desk.body, form.cleaned_data["about"] or None, None, body)


def _draw_form(
    request: HttpRequest, form: NoticeForm, status: int = 200, *, doubt: bool = False
) -> HttpResponse:
    relays = str(form["relays"].value() or "")
    return frame.draw(
        request,
        "riskshed/notice_form.html",
        status=status,
        form=form,
        faults=form.wrong(),
        doubt=doubt,
        relays_url=addresses.notice(relays) if relays else "",
    )
