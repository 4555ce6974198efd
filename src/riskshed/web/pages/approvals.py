"""Approvals: what waits for me, what I have asked for, and the draft that waits for a second officer.

Only an actual red warning needs one. Approving adds a name, and never delays what a neighbour or an observer
has to say; a request that is not answered climbs, and the page shows where it stands now.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from riskshed.errors import RiskshedError
from riskshed.governance import approval
from riskshed.governance.draft import Draft
from riskshed.governance.subjects import ApprovalStanding
from riskshed.web import (
    access,
    addresses,
    approval_climb,
    approval_row,
    fault_pages,
    forms,
    frame,
    models,
    seat,
    speaking,
    warning_draft,
)
from riskshed.web.access import allowed
from riskshed.web.acting_tabs import acting_tabs
from riskshed.web.current import node
from riskshed.web.forms import Sheet, Some, Text
from riskshed.web.forms_message import CERTAINTY, SEVERITY, URGENCY
from riskshed.web.pages import warnings
from riskshed.web.people import Actor, acting
from riskshed.web.wording import name_of, say


class ReasonForm(Sheet):
    """Why: of a refusal, or of going ahead without a second officer."""

    reason_zh = Text("理由（中文）", "Reason (Chinese)", rows=2)
    reason_en = Text("理由（英文）", "Reason (English)", rows=2)


class AskForm(Sheet):
    """Whom to ask."""

    of = Some("请谁审批", "Whom to ask")


# ------------------------------------------------------------------------------------------------- requests


@allowed("approval.see")
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for me, the one due first at the head; what my body has asked for; what is settled."""
    actor = acting(request)
    standing, now = node().standing(exercise=actor.exercise), node().now()
    held = sorted(standing.approvals.values(), key=lambda one: (one.answer_by, one.id))
    rows = {one.id: approval_row.row(standing, one, now) for one in held if _concerns(one, actor)}
    open_rows = {one.id: rows[one.id] for one in held if one.id in rows and rows[one.id].is_open}
    mine = [open_rows[one.id] for one in held if one.id in open_rows and approval_row.is_asked(one, actor)]
    latest = {one.draft: one.id for one in held if one.by == actor.body and one.id in open_rows}
    return frame.draw(
        request,
        "riskshed/approvals.html",
        tabs=acting_tabs("approvals", actor),
        mine=mine,
        asked=[open_rows[one] for one in latest.values()],
        settled=[row for row in reversed(rows.values()) if not row.is_open][:50],
        due=len(_climb(actor)),
        may_climb=access.may(actor, "warning.issue", body=actor.body),
    )


def _concerns(one: ApprovalStanding, actor: Actor) -> bool:
    return one.by == actor.body or approval_row.is_asked(one, actor)


def _climb(actor: Actor) -> list[Draft]:
    """The requests of my body that have to climb now."""
    found = approval_climb.due(node(), exercise=actor.exercise)
    return [one for one in found.requests if one.by == actor.body]


@allowed("warning.issue")
@seat.same_desk
@require_POST
def climb(request: HttpRequest) -> HttpResponse:
    """Ask the next above for what nobody has answered in time."""
    actor = acting(request)
    try:
        with speaking.one_at_a_time():
            said = actor.desk().say_all(_climb(actor))
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    if said:
        messages.success(
            request, say(f"已向上一级提请 {len(said)} 项。", f"Asked the next above, {len(said)}.")
        )
    else:
        messages.info(request, say("没有需要上提的请求。", "Nothing has to climb now."))
    return HttpResponseRedirect(reverse("approvals"))


@allowed("approval.see")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def approval_page(request: HttpRequest, statement: str) -> HttpResponse:
    """One request: exactly the text that it is about, and the two answers."""
    actor = acting(request)
    held = node().standing(exercise=actor.exercise).approvals.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    if request.method == "POST":
        access.check(request, "approval.answer")
        if not approval_row.is_asked(held, actor):
            raise PermissionDenied("not asked")
        return _answer(request, held)
    return _draw(request, held)


def _draw(
    request: HttpRequest,
    held: ApprovalStanding,
    form: ReasonForm | None = None,
    status: int = 200,
    *,
    doubt: bool = False,
) -> HttpResponse:
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    may_read = _concerns(held, actor)
    text = warning_draft.text_of(held) if may_read else None
    row = approval_row.row(standing, held, node().now())
    asked = approval_row.is_asked(held, actor) and access.may(actor, "approval.answer")
    return frame.draw(
        request,
        "riskshed/approval.html",
        status=status,
        row=row,
        text=text.body if text else None,
        cap=cap_words(text) if text else None,
        may_read=may_read,
        may_answer=asked and row.is_open and (held.by, held.officer) != (actor.body, actor.officer),
        is_own=(held.by, held.officer) == (actor.body, actor.officer),
        form=form or ReasonForm(),
        faults=form.wrong() if form else [],
        doubt=doubt,
    )


def _answer(request: HttpRequest, held: ApprovalStanding) -> HttpResponse:
    form, desk = ReasonForm(request.POST), acting(request).desk()
    answer = request.POST.get("answer")
    if not form.is_valid() or answer not in ("approve", "refuse"):
        return _draw(request, held, form, 400)
    if answer == "approve" and warning_draft.text_of(held) is None:
        told = say("本节点没有全文，不能同意没有看到的内容", "what cannot be read here cannot be approved")
        form.add_error(None, told)
        return _draw(request, held, form, 400)
    try:
        with speaking.one_at_a_time():
            now = desk.standing().approvals[held.id]
            if now.given is not None or now.refused is not None:
                told = say("此前已答复，没有重复记录。", "Answered before; nothing was said again.")
                messages.info(request, told)
            elif answer == "approve":
                desk.approve(held.id)
                messages.success(request, say("已同意，记入日志。", "Approved; it stands in the log."))
            else:
                desk.refuse(held.id, form.words("reason"))
                messages.success(request, say("已否决，记入日志。", "Refused; it stands in the log."))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw(request, held, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
    return HttpResponseRedirect(addresses.approval(held.id))


def cap_words(text: Draft) -> dict[str, Any]:
    """Times and words of CAP of a draft, as people read them; None for a time that it does not name."""
    times = {name: text.body.get(name) for name in ("onset", "expires")}
    words = [
        say(*table[text.body[name]])
        for name, table in (("urgency", URGENCY), ("severity", SEVERITY), ("certainty", CERTAINTY))
    ]
    shown = {name: datetime.fromisoformat(time) if time else None for name, time in times.items()}
    return {**shown, "words": " · ".join(words)}


# ---------------------------------------------------------------------------------------------------- drafts


@allowed("warning.issue")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """A red warning that waits: ask a second officer, issue it once approved, or say why it cannot wait."""
    actor = acting(request)
    row = models.Draft.objects.filter(
        pk=number, body=actor.body, exercise=actor.exercise, dropped=None
    ).first()
    if row is None:
        raise Http404("no such draft")
    if row.said:
        return HttpResponseRedirect(addresses.warning(row.said))
    if request.method == "POST":
        return _act(request, row)
    return _draw_draft(request, row)


def _act(request: HttpRequest, row: models.Draft) -> HttpResponse:
    ask, why = AskForm(request.POST, offer={"of": _approvers(acting(request))}), ReasonForm(request.POST)
    act = request.POST.get("act")
    if not (ask.is_valid() and why.is_valid()) or act not in ("ask", "issue", "override", "drop"):
        return _draw_draft(request, row, ask, why, 400)
    try:
        if act == "ask":
            return _ask(request, row, ask.cleaned_data["of"])
        if act == "drop":
            return _drop(request, row)
        return _issue(request, row, why.words("reason") if act == "override" else None)
    except RiskshedError as error:
        sheet = ask if act == "ask" else why
        forms.blame(sheet, error)
        status = fault_pages.status_of(error)
        return _draw_draft(request, row, ask, why, status, doubt=forms.in_doubt(error))


def _ask(request: HttpRequest, row: models.Draft, of: list[str]) -> HttpResponse:
    desk, kept = acting(request).desk(), warning_draft.restored(row)
    with speaking.one_at_a_time():
        before = warning_draft.chain(desk.standing(), row.body, approval.digest(kept))
        if any(set(of) <= set(one.of) for one in before) and of:
            messages.info(request, say("此前已提请，没有重复提请。", "Asked before; it was not asked again."))
        else:
            desk.request_approval(kept, of)
            messages.success(
                request, say("已提请审批，记入日志。", "Approval is asked for; it stands in the log.")
            )
    return HttpResponseRedirect(reverse("warning-draft", args=[row.pk]))


def _issue(request: HttpRequest, row: models.Draft, override: dict[str, str] | None) -> HttpResponse:
    told = warning_draft.issue(acting(request).desk(), warning_draft.restored(row), override)
    row.said = told.ids[0]
    row.save(update_fields=["said"])
    warnings.tell(request, told)
    return HttpResponseRedirect(addresses.warning(told.ids[0]))


def _drop(request: HttpRequest, row: models.Draft) -> HttpResponse:
    row.dropped = timezone.now()
    row.save(update_fields=["dropped"])
    messages.info(request, say("草稿已放弃，没有发出任何内容。", "The draft is dropped; nothing was said."))
    return HttpResponseRedirect(reverse("warnings"))


def _draw_draft(
    request: HttpRequest,
    row: models.Draft,
    ask: AskForm | None = None,
    why: ReasonForm | None = None,
    status: int = 200,
    *,
    doubt: bool = False,
) -> HttpResponse:
    actor = acting(request)
    standing, kept = node().standing(exercise=actor.exercise), warning_draft.restored(row)
    chain = warning_draft.chain(standing, row.body, approval.digest(kept))
    approvers = _approvers(actor)
    first = [code for code, _ in approvers[:1]]
    asked = [*(ask.wrong() if ask else []), *(why.wrong() if why else [])]
    return frame.draw(
        request,
        "riskshed/approval_draft.html",
        status=status,
        row=row,
        text=kept.body,
        cap=cap_words(kept),
        notice_url=addresses.notice(kept.replies_to)
        if kept.kind == "WarningIssued" and kept.replies_to
        else "",
        approval=approval_row.row(standing, chain[-1], node().now()) if chain else None,
        is_approved=any(one.given for one in chain) and not any(one.refused for one in chain),
        is_refused=any(one.refused for one in chain),
        ask=ask or AskForm(initial={"of": first}, offer={"of": approvers}),
        why=why or ReasonForm(),
        faults=asked,
        doubt=doubt,
    )


def _approvers(actor: Actor) -> list[tuple[str, str]]:
    """Who may be asked: the commanders of the body other than the officer himself; then those above it."""
    commanders = models.Membership.objects.filter(body=actor.body, role="commander").order_by("officer")
    officers = commanders.exclude(officer=actor.officer).values_list("officer", flat=True)
    terms = node().regime().terms
    above = (node().territory.superior(actor.body), terms.superior, terms.coordination_body)
    bodies = dict.fromkeys(one for one in above if one and one != actor.body)
    words = [(code, say(f"{code}（本机构）", f"{code} (own body)")) for code in officers]
    return [*words, *((code, name_of(code)) for code in bodies)]
