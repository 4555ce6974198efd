"""Warnings to the people of one's own area: issued, updated, taken back.

A false warning is taken back in two presses from its page: the button, which shows the prepared words, and
the button that signs them (in Hawaii in 2018 it took 38 minutes). An actual red warning goes to its draft
first (`approvals`), where a second officer approves it, or the officer says why it cannot wait.
"""

from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.desk import Desk
from riskshed.errors import RiskshedError
from riskshed.governance import approval, warning
from riskshed.governance.draft import Draft
from riskshed.governance.message import drill
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import WarningStanding
from riskshed.web import (
    access,
    addresses,
    community_board,
    fault_pages,
    forms,
    frame,
    reading_notes,
    seat,
    speaking,
    warning_draft,
    warning_row,
)
from riskshed.web.access import allowed
from riskshed.web.acting_tabs import acting_tabs
from riskshed.web.current import node
from riskshed.web.forms import Sheet, Text
from riskshed.web.forms_message import UpdateForm, WarningForm, message_initial, named
from riskshed.web.people import Actor, acting
from riskshed.web.wording import say, words

ROWS_ON_PAGE = 30
ARTICLE_64 = {
    "class": ("类别", "class"),
    "level": ("级别", "level"),
    "start": ("起始时间", "start"),
    "area": ("可能影响的范围", "area"),
    "cautions": ("警示事项", "cautions"),
    "measures": ("应当采取的措施", "what to do"),
    "issuer": ("发布单位", "issuer"),
    "time": ("发布时间", "time of issue"),
}
"""What article 64 wants of a warning, in words."""
Cause = Literal["all_clear", "error"]
CAUSES: tuple[Cause, ...] = ("error", "all_clear")


class CancelForm(Sheet):
    """Why a warning is taken back; what is left empty stands as it was prepared."""

    reason_zh = Text("理由（中文）", "Reason (Chinese)")
    reason_en = Text("理由（英文）", "Reason (English)")


# ------------------------------------------------------------------------------------------------ the list


@allowed("warning.see")
@require_safe
def warnings(request: HttpRequest) -> HttpResponse:
    """The warnings that hold, those that ran out without an all-clear, and those that are over."""
    actor = acting(request)
    standing, now = node().standing(exercise=actor.exercise), node().now()
    over = [one for one in standing.warnings.values() if one.status in ("updated", "cancelled")]
    over.sort(key=lambda one: (one.issued, one.id), reverse=True)
    pages = Paginator(over, ROWS_ON_PAGE).get_page(request.GET.get("page"))
    return frame.draw(
        request,
        "riskshed/warnings.html",
        tabs=acting_tabs("warnings", actor),
        active=warning_row.active_rows(standing, node().territory, actor.body, now),
        expired=[warning_row.row(standing, one, now) for one in warning.expired(standing, now)],
        pages=pages,
        over=[warning_row.row(standing, one, now) for one in pages],
        drafts=[_draft_line(one) for one in warning_draft.waiting(actor)],
        may_issue=access.may(actor, "warning.issue", body=actor.body),
    )


def _draft_line(row: Any) -> dict[str, Any]:
    return {
        "url": reverse("warning-draft", args=[row.pk]),
        "headline": row.content.get("headline", {}),
        "level": row.content.get("level"),
        "at": row.made_at,
    }


# --------------------------------------------------------------------------------------------- one warning


@allowed("warning.see")
@require_safe
def warning_page(request: HttpRequest, statement: str) -> HttpResponse:
    """One warning: all that it says, what came before and after it, and what can be done with it."""
    actor = acting(request)
    standing, now = node().standing(exercise=actor.exercise), node().now()
    held = standing.warnings.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    said = standing.statements[statement].statement
    mine = held.by == actor.body
    open_ = held.status in ("active", "expired")
    return frame.draw(
        request,
        "riskshed/warning.html",
        warning=warning_row.row(standing, held, now),
        held=held,
        said=said.body,
        description=_shown(said.words("description"), standing),
        contact=said.string("contact") if said.has("contact") else "",
        approval=_approval(standing, held),
        history=_history(standing, held),
        missing=[say(*ARTICLE_64[name]) for name in warning.missing(said)],
        plain=community_board.plain(node(), standing, statement),
        may_change=mine and open_ and access.may(actor, "warning.issue", body=held.by),
        may_cancel=mine and open_ and access.may(actor, "warning.cancel", body=held.by),
    )


def _shown(said: Any, standing: Standing) -> Any:
    return drill(said) if standing.exercise else said


def _approval(standing: Standing, held: WarningStanding) -> dict[str, Any] | None:
    """By whom it was approved; None if nobody had to."""
    given = standing.statements.get(held.approval or "")
    if given is None:
        return None
    by, asked = given.statement, str(given.statement.replies_to)
    return {"by": by.by, "officer": by.officer, "at": by.issued, "url": addresses.approval(asked)}


def _history(standing: Standing, held: WarningStanding) -> list[dict[str, Any]]:
    """The chain of a warning, the first at the head: issued, updated, taken back."""
    first, passed = held, {held.id}
    while first.replaces in standing.warnings and first.replaces not in passed:
        first = standing.warnings[str(first.replaces)]
        passed.add(first.id)
    found, at, told = [], first.id, set()
    while at in standing.statements and at not in told:
        told.add(at)
        found.append(_step(standing, at, here=held.id))
        after = standing.warnings.get(at)
        at = (after.successor or "") if after else ""
    return found


def _step(standing: Standing, identity: str, *, here: str) -> dict[str, Any]:
    said = standing.statements[identity].statement
    kinds = {
        "WarningIssued": say("发布", "issued"),
        "WarningUpdated": say("更新", "updated"),
        "WarningCancelled": say("解除", "taken back"),
    }
    tag, text = kinds[said.kind], ""
    if said.body is not None:
        text = words(_shown(said.words("headline"), standing))
        if said.kind == "WarningCancelled":
            error = said.string("cause") == "error"
            tag = say("取消错误预警", "false alert taken back") if error else say("解除", "all clear")
        if said.kind == "WarningUpdated":
            text = say(f"{text}。变化：", f"{text}. Change: ") + words(_shown(said.words("change"), standing))
    url = addresses.warning(identity) if identity in standing.warnings and identity != here else ""
    return {"id": identity, "at": said.issued, "by": said.by, "tag": tag, "text": text, "url": url}


# ------------------------------------------------------------------------------------------ issue and update


@allowed("warning.issue")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def warning_new(request: HttpRequest) -> HttpResponse:
    """A new warning: prepared from the forecast of an incident, or in one's own words."""
    actor = acting(request)
    offer = offered(actor)
    if request.method == "POST":
        form = WarningForm(request.POST, offer=offer)
        return _try(request, form, None, lambda desk: warning_draft.prepared(desk, form))
    about = request.GET.get("incident") or None
    draft = warning_draft.for_incident(actor.desk(), about)
    initial = message_initial(draft.body, draft.about) if draft else {"about": about or ""}
    return _draw_form(request, WarningForm(initial=initial, offer=offer), None)


@allowed("warning.issue")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def warning_update(request: HttpRequest, statement: str) -> HttpResponse:
    """A new warning in the place of one that holds; it says what has changed."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    held = standing.warnings.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    access.check(request, "warning.issue", body=held.by)
    if request.method == "POST":
        form = UpdateForm(request.POST, offer=offered(actor))
        return _try(request, form, held, lambda desk: warning_draft.update_of(desk, held.id, form))
    if held.status in ("updated", "cancelled"):
        return _is_over(request, held)
    said = standing.statements[statement].statement
    body = said.to_json()["body"]
    if request.GET.get("from") == "forecast":
        body |= _by_forecast(actor, held)
    form = UpdateForm(initial=message_initial(body, said.about), offer=offered(actor))
    return _draw_form(request, form, held)


def _by_forecast(actor: Actor, held: WarningStanding) -> dict[str, Any]:
    """The warning as the rules would write it by the latest forecast."""
    draft = warning_draft.for_incident(actor.desk(), held.about)
    return dict(draft.body) if draft else {}


def offered(actor: Actor) -> forms.Offer:
    """The choices of a form for a warning: one's own cities, and the incidents."""
    standing = node().standing(exercise=actor.exercise)
    incidents = [(code, words(one.name)) for code, one in standing.incidents.items()]
    return {
        "cities": named(warning_draft.own_cities(standing, actor.body)),
        "about": [("", say("（不属于任何事件）", "(no incident)")), *incidents],
    }


def _draw_form(
    request: HttpRequest,
    form: WarningForm,
    held: WarningStanding | None,
    status: int = 200,
    *,
    doubt: bool = False,
) -> HttpResponse:
    incidents = node().standing(exercise=acting(request).exercise).incidents
    about = str(form["about"].value() or "")
    return frame.draw(
        request,
        "riskshed/warning_form.html",
        status=status,
        form=form,
        faults=form.wrong(),
        doubt=doubt,
        held=held,
        incidents=[(code, one.name) for code, one in incidents.items()] if held is None else [],
        forecast=incidents[about].footprint if about in incidents else None,
        about=about,
        notes=reading_notes.notes(form),
    )


def _try(request: HttpRequest, form: WarningForm, held: WarningStanding | None, read: Any) -> HttpResponse:
    """Read, say, or show the form again with what is wrong."""
    if not form.is_valid():
        return _draw_form(request, form, held, 400)
    try:
        desk = acting(request).desk()
        return send(request, desk, read(desk))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw_form(request, form, held, fault_pages.status_of(error), doubt=forms.in_doubt(error))


def send(request: HttpRequest, desk: Desk, draft: Draft) -> HttpResponse:
    """Issue a warning; one that needs a second officer is kept, and its page shows what can be done."""
    if approval.needs_second_officer(draft, exercise=desk.exercise):
        kept = warning_draft.keep(acting(request), draft)
        return HttpResponseRedirect(reverse("warning-draft", args=[kept.pk]))
    told = warning_draft.issue(desk, draft)
    tell(request, told)
    return HttpResponseRedirect(addresses.warning(told.ids[0]))


def tell(request: HttpRequest, told: speaking.Spoken) -> None:
    """Say above the next page what was done."""
    if told.is_new:
        messages.success(
            request,
            say("预警已签名发布，记入日志。", "The warning is signed and issued; it stands in the log."),
        )
    else:
        messages.info(
            request, say("刚才已发布，没有重复发布。", "Issued a moment ago; it was not issued again.")
        )


# ------------------------------------------------------------------------------------------------ take back


@allowed("warning.cancel")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def warning_cancel(request: HttpRequest, statement: str) -> HttpResponse:
    """Take back a warning: as an error, or because the danger is over; the words are prepared."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    held = standing.warnings.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    access.check(request, "warning.cancel", body=held.by)
    given = request.POST if request.method == "POST" else request.GET
    cause: Cause = "all_clear" if given.get("cause") == "all_clear" else "error"
    if request.method == "POST":
        return _cancel(request, held, cause)
    if held.status in ("updated", "cancelled"):
        return _is_over(request, held)
    return _draw_cancel(request, held, cause, None)


def _cancel(request: HttpRequest, held: WarningStanding, cause: Cause) -> HttpResponse:
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _draw_cancel(request, held, cause, form, 400)
    try:
        with speaking.one_at_a_time():
            desk = acting(request).desk()
            if desk.standing().warnings[held.id].status in ("updated", "cancelled"):
                return _is_over(request, held)
            reason = form.words("reason")
            desk.cancel_warning(held.id, cause, drill(reason) if desk.exercise and reason else reason)
    except RiskshedError as error:
        forms.blame(form, error)
        status = fault_pages.status_of(error)
        return _draw_cancel(request, held, cause, form, status, doubt=forms.in_doubt(error))
    messages.success(
        request, say("预警已解除，记入日志。", "The warning is taken back; that stands in the log.")
    )
    return HttpResponseRedirect(addresses.warning(held.id))


def _draw_cancel(
    request: HttpRequest,
    held: WarningStanding,
    cause: Cause,
    form: CancelForm | None,
    status: int = 200,
    *,
    doubt: bool = False,
) -> HttpResponse:
    actor = acting(request)
    standing, now = node().standing(exercise=actor.exercise), node().now()
    ready = warning.cancel(standing, held.id, by=actor.body, cause=cause).body
    initial = forms.words_initial(ready, "reason")
    return frame.draw(
        request,
        "riskshed/warning_cancel.html",
        status=status,
        warning=warning_row.row(standing, held, now),
        cause=cause,
        ready=ready,
        form=form or CancelForm(initial=initial),
        faults=form.wrong() if form else [],
        doubt=doubt,
        since=now - held.issued,
    )


def _is_over(request: HttpRequest, held: WarningStanding) -> HttpResponse:
    """Where to look instead, if a warning was updated or taken back already."""
    messages.info(
        request,
        say(
            "这条预警此前已更新或解除，没有重复发出。",
            "This was updated or taken back before; nothing was said again.",
        ),
    )
    standing = node().standing(exercise=acting(request).exercise)
    now = standing.warnings[held.id]
    successor = now.successor if now.successor in standing.warnings else held.id
    return HttpResponseRedirect(addresses.warning(str(successor)))
