"""Findings: what the record bears out against whom, the reply of the body, and what was decided.

The rules propose, with evidence that anybody can look at; an evaluator makes a finding of it, or not. Then
the body may reply, and the body that the agreement names decides. Until then it is a proposal and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.errors import RiskshedError
from riskshed.governance import finding as findings
from riskshed.governance.draft import Draft
from riskshed.governance.message import drill
from riskshed.governance.proposed import BREACHES, THINGS, Proposed
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import FindingStanding, IncidentStanding
from riskshed.statement import KindName
from riskshed.web import (
    access,
    addresses,
    duty_row,
    fault_pages,
    forms,
    frame,
    incident_room,
    seat,
    speaking,
    wording,
)
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.forms import Sheet, words_initial
from riskshed.web.forms_incident import DecideForm, FindingForm, ReplyForm
from riskshed.web.incident_acts import find
from riskshed.web.people import Actor, acting
from riskshed.web.statement_line import Line, line, with_names
from riskshed.web.wording import say

PROPOSALS_SHOWN = 20
"""So many stand open on the page; the others are folded."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposed finding as a row."""

    one: Proposed
    breach: str
    owed: str
    words: str
    rule: str
    rule_url: str
    evidence: tuple[Line, ...]
    made_url: str
    make_url: str


def breach_words(breach: str) -> str:
    """A breach, in words."""
    return say(*BREACHES[breach])


def _proposals(standing: Standing, incident: IncidentStanding, actor: Actor) -> list[Proposed]:
    """What the record bears out of this incident, or of statements about it."""
    moment = incident_room.now(exercise=actor.exercise)
    found = findings.propose(standing, moment.regime, [one.duty for one in moment.duties])
    codes = {incident.code, *incident.same_as}
    return [one for one in found if one.about in codes or _about(standing, one.about) in codes]


def _about(standing: Standing, identity: str) -> str | None:
    seen = standing.statements.get(identity)
    return seen.statement.about if seen else None


def _shown(standing: Standing, incident: IncidentStanding, one: Proposed) -> Shown:
    made = next((held for held in standing.findings.values() if _same(held, one)), None)
    evidence = [standing.statements[name].statement for name in one.evidence if name in standing.statements]
    return Shown(
        one=one,
        breach=breach_words(one.breach),
        owed=say(*THINGS.get(one.owed, (one.owed, one.owed))),
        words=wording.words(_spoken(one)),
        rule=duty_row.rule_words(one.owed, one.pack, one.rule, one.cite, standing),
        rule_url=duty_row.rule_url(one.pack, one.rule, one.cite, addresses.subject(one.about, standing)),
        evidence=tuple(line(said, standing) for said in evidence),
        made_url=reverse("finding", args=[made.id]) if made else "",
        make_url=reverse("finding-make", args=[incident.code, one.key]),
    )


def _spoken(one: Proposed) -> dict[str, str]:
    """The words of the rule in both languages, with names in the place of codes, for whoever reads them."""
    return with_names({"zh": one.zh, "en": one.en}, node().names())


def _same(held: FindingStanding, one: Proposed) -> bool:
    """Whether a finding on record is of this breach."""
    same = (held.breach, held.of, held.owed, held.due) == (one.breach, one.of, one.owed, one.due)
    return same and held.rule[:2] == (one.pack, one.rule) and held.evidence[:1] == one.evidence[:1]


@allowed("incident.see")
@require_safe
def proposed(request: HttpRequest, code: str) -> HttpResponse:
    """The findings of an incident: those that the record bears out, and those that were made."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    incident = find(standing, code)
    if incident is None:
        return seat.not_here(request, code)
    codes = (incident.code, *incident.same_as)
    shown = [_shown(standing, incident, one) for one in _proposals(standing, incident, actor)]
    left = [one for one in shown if not one.made_url]
    return frame.draw(
        request,
        "riskshed/incident_findings.html",
        incident=incident,
        url=addresses.incident(incident.code),
        proposals=left,
        proposals_more=max(len(left) - PROPOSALS_SHOWN, 0),
        made=[
            row(one)
            for one in standing.findings.values()
            if one.about in codes or _about_made(standing, one, codes)
        ],
        may_make=access.may(actor, "finding.make"),
    )


def _about_made(standing: Standing, one: FindingStanding, codes: tuple[str, ...]) -> bool:
    return one.about is not None and _about(standing, one.about) in codes


def row(one: FindingStanding) -> dict[str, Any]:
    """A finding on record, as a row."""
    return {"finding": one, "breach": breach_words(one.breach), "url": reverse("finding", args=[one.id]),
            "state": state_words(one)}  # fmt: skip


def state_words(one: FindingStanding) -> str:
    """How a finding stands."""
    if one.outcome == "upheld":
        return say("认定成立", "upheld")
    if one.outcome == "dismissed":
        return say("已驳回", "dismissed")
    if one.replies:
        return say("已答辩，待决定", "replied to, not decided")
    if one.reply_by is not None and one.reply_by < node().now():
        return say("答辩期已过，待决定", "time to reply is over, not decided")
    return say("拟认定，待答辩", "proposed, open to a reply")


# ------------------------------------------------------------------------------------------------- making


@allowed("finding.make")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Make a finding of what the record bears out; the evidence and the rule are those of the proposal."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    incident = find(standing, code)
    if incident is None:
        return seat.not_here(request, code)
    one = next((found for found in _proposals(standing, incident, actor) if found.key == key), None)
    if one is None:
        raise Http404("the record bears out no such finding")
    shown = _shown(standing, incident, one)
    if shown.made_url:
        return HttpResponseRedirect(shown.made_url)
    if request.method == "POST":
        return _make(request, incident, shown, FindingForm(request.POST))
    reply_by = node().now() + timedelta(days=node().regime().terms.reply_d)
    initial = {"reply_by": reply_by, **words_initial({"what": _spoken(one)}, "what")}
    return _draw_make(request, incident, shown, FindingForm(initial=initial))


def _make(request: HttpRequest, incident: IncidentStanding, shown: Shown, form: FindingForm) -> HttpResponse:
    if not form.is_valid():
        return _draw_make(request, incident, shown, form, 400)
    typed = form.body("what", "reply_by")
    body = {**shown.one.body(), **typed}
    if "what" not in typed:
        del body["what"]
    elif acting(request).exercise:
        body["what"] = drill(typed["what"])
    try:
        desk = acting(request).desk()
        draft = Draft("FindingMade", desk.body, shown.one.about, None, body)
        said = speaking.once(desk, (draft,)).ids[0]
    except RiskshedError as error:
        forms.blame(form, error)
        status = fault_pages.status_of(error)
        return _draw_make(request, incident, shown, form, status, doubt=forms.in_doubt(error))
    messages.success(request, say("认定已提出，对方可以答辩。", "The finding is made; the body may reply."))
    return HttpResponseRedirect(reverse("finding", args=[said]))


def _draw_make(
    request: HttpRequest,
    incident: IncidentStanding,
    shown: Shown,
    form: FindingForm,
    status: int = 200,
    *,
    doubt: bool = False,
) -> HttpResponse:
    return frame.draw(
        request,
        "riskshed/finding_make.html",
        status=status,
        incident=incident,
        url=addresses.incident(incident.code),
        shown=shown,
        form=form,
        faults=form.wrong(),
        doubt=doubt,
    )


# ------------------------------------------------------------------------------------- reply and decision


@allowed("incident.see")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def finding(request: HttpRequest, statement: str) -> HttpResponse:
    """One finding, with the form of who may reply to it, or decide it."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    held = standing.findings.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    if request.method == "POST":
        return _answer(request, held)
    return _draw(request, held)


def may_reply(actor: Actor, held: FindingStanding) -> bool:
    """Whether this actor may reply for the body whose finding it is."""
    return held.outcome is None and access.may(actor, "finding.reply", body=held.of)


def may_decide(actor: Actor, held: FindingStanding) -> bool:
    """Whether this actor may decide: a commander of the body that the agreement in force names."""
    judge = node().regime().terms.adjudicator
    return held.outcome is None and bool(judge) and access.may(actor, "finding.judge", body=judge)


def _answer(request: HttpRequest, held: FindingStanding) -> HttpResponse:
    actor, act = acting(request), request.POST.get("act", "")
    form: Sheet
    if act == "reply" and may_reply(actor, held):
        form = ReplyForm(request.POST)
    elif act == "decide" and may_decide(actor, held):
        form = DecideForm(request.POST)
    else:
        raise PermissionDenied("finding.reply")
    if not form.is_valid():
        return _draw(request, held, form, 400)
    try:
        speaking.once(actor.desk(), (_draft(actor, held, form),))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw(request, held, form, fault_pages.status_of(error), doubt=forms.in_doubt(error))
    messages.success(request, say("已签名，记入日志。", "Signed; it stands in the log."))
    return HttpResponseRedirect(reverse("finding", args=[held.id]))


def _draft(actor: Actor, held: FindingStanding, form: Sheet) -> Draft:
    def worded(body: dict[str, Any]) -> dict[str, Any]:
        return {name: drill(words) for name, words in body.items()} if actor.exercise else body

    if isinstance(form, ReplyForm):
        return Draft("ReplyFiled", actor.body, held.about, held.id, worded(form.body("text")))
    upheld = form.cleaned_data["outcome"] == "uphold"
    kind: KindName = "FindingUpheld" if upheld else "FindingDismissed"
    return Draft(kind, actor.body, held.about, held.id, worded(form.body("reason")))


def _draw(
    request: HttpRequest,
    held: FindingStanding,
    form: Sheet | None = None,
    status: int = 200,
    *,
    doubt: bool = False,
) -> HttpResponse:
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    said = standing.statements[held.id].statement
    decided = standing.statements.get(held.decided.id) if held.decided else None
    pack, rule, cite = held.rule
    about_url = addresses.subject(held.about, standing) if held.about else ""
    return frame.draw(
        request,
        "riskshed/finding.html",
        status=status,
        held=held,
        said=said,
        words=said.words("what") if said.body is not None else {},
        breach=breach_words(held.breach),
        state=state_words(held),
        owed=say(*THINGS.get(held.owed, (held.owed, held.owed))),
        rule=duty_row.rule_words(held.owed, pack, rule, cite or "", standing),
        rule_url=duty_row.rule_url(pack, rule, cite or "", about_url),
        about_url=about_url,
        evidence=[
            line(standing.statements[one].statement, standing)
            for one in held.evidence
            if one in standing.statements
        ],
        replies=[line(standing.statements[one].statement, standing) for one in held.replies],
        decided=line(decided.statement, standing) if decided else None,
        adjudicator=node().regime().terms.adjudicator,
        reply=form if isinstance(form, ReplyForm) else ReplyForm() if may_reply(actor, held) else None,
        decide=form if isinstance(form, DecideForm) else DecideForm() if may_decide(actor, held) else None,
        faults=form.wrong() if form else [],
        doubt=doubt,
    )
