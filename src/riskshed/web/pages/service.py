"""The service desk: a board of clocks, each question with its way, what can be done, and statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from math import isinf
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.governance import service, service_statistics
from riskshed.governance.draft import Draft
from riskshed.governance.service_statistics import DepartmentStatistics
from riskshed.governance.standing import Standing
from riskshed.governance.standing_questions import SERVING, QuestionStanding
from riskshed.web import (
    access,
    addresses,
    frame,
    question_link,
    question_row,
    seat,
    speaking,
    statement_line,
    wording,
)
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms import Offer, Sheet
from riskshed.web.forms_message import named
from riskshed.web.forms_service import (
    AnswerForm,
    BodyRatingForm,
    HandUpForm,
    PassOnForm,
    TakeBackForm,
    WholeAnswerForm,
    refuse_personal,
)
from riskshed.web.people import Actor, acting
from riskshed.web.plain_form import PlainForm
from riskshed.web.speaking import Spoken
from riskshed.web.wording import say

DONE_SHOWN = 30


@allowed("service.see")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The board of clocks: what waits for my body, what it asked, all that is open, what was answered."""
    actor, now = acting(request), node().now()
    standing = node().standing(exercise=actor.exercise)
    rows = question_row.rows(standing, standing.questions.values(), actor, now)
    waiting = [one for one in rows if one.is_open]
    done = sorted((one for one in rows if not one.is_open), key=lambda one: one.at, reverse=True)
    mine = {one.id for one in standing.questions.values() if one.by == actor.body}
    return frame.draw(
        request,
        "riskshed/service.html",
        ours=[one for one in waiting if actor.body in one.holders],
        asked=[one for one in rows if one.id in mine],
        waiting=waiting,
        done=done[:DONE_SHOWN],
        overdue=sum(one.glyph == "breached" for one in waiting),
        has_terms=bool(node().regime().terms.code),
    )


@allowed("service.see")
@require_safe
def question(request: HttpRequest, statement: str) -> HttpResponse:
    """One question: its clock, its way from hand to hand, all that was said, and what one can do."""
    actor, now = acting(request), node().now()
    standing = node().standing(exercise=actor.exercise)
    held = standing.questions.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    return frame.draw(
        request,
        "riskshed/service_question.html",
        row=question_row.row(standing, held, actor, now),
        hands=question_row.hand_rows(held, node().regime().terms, now),
        said=thread(standing, held, may=not held.sealed or question_link.may_read(held, actor.body)),
        rating=held.rating,
        acts=[
            {"url": addresses.question_act(held.id, name), "word": say(*one.title)}
            for name, one in ACTS.items()
            if one.may(held, actor)
        ],
    )


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """Something that was said of a question; `text` is None where it is not for who looks, or is gone."""

    id: str
    kind: str
    by: str
    at: Any
    text: Mapping[str, str] | None
    more: str
    tags: tuple[str, ...]


def thread(standing: Standing, held: QuestionStanding, *, may: bool) -> list[ThreadLine]:
    """All that was said of a question, in the order of time; what was set aside says so."""
    answers = {one.id for one in held.answers}
    found = [
        seen.statement
        for seen in standing.statements.values()
        if held.id in (seen.statement.id, seen.statement.replies_to) or seen.statement.replies_to in answers
    ]
    found.sort(key=lambda one: (one.issued, one.id != held.id, one.id))
    lines = []
    for said in found:
        body = question_link.body_of(node(), said) if may or said.body is not None else None
        text = None if body is None else body.get("text") or body.get("reason") or {}
        lines.append(
            ThreadLine(
                id=said.id,
                kind=statement_line.kind_word(said.kind),
                by=said.by,
                at=said.issued,
                text=text,
                more=_more(body or {}),
                tags=statement_line.tags(said, standing),
            )
        )
    return lines


def _more(body: Mapping[str, Any]) -> str:
    """What a statement says besides its words."""
    parts = []
    if "to" in body:
        parts.append(say("交由：", "to: ") + wording.name_of(str(body["to"])))
    if body.get("final") is False:
        parts.append(say("第一部分", "a first part"))
    if body.get("coordinated_with"):
        names = [wording.name_of(str(one)) for one in body["coordinated_with"]]
        parts.append(say("商定：", "agreed with: ") + say("、", ", ").join(names))
    if "score" in body:
        solved = say("已解决", "solved") if body["solved"] else say("未解决", "not solved")
        parts.append(say(f"评分 {body['score']}，{solved}", f"{body['score']} of 5, {solved}"))
    return say("；", "; ").join(parts)


@allowed("service.count")
@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """Per department, counted from the log: asked, answered in time, how long it took, how many solved."""
    standing, terms = node().standing(), node().regime().terms
    return frame.draw(
        request,
        "riskshed/service_statistics.html",
        rows=[_counted(one) for one in service_statistics.of_departments(standing, terms)],
        few=service_statistics.FEW,
        few_edge=service_statistics.FEW_AT_THE_EDGE,
        target_h=f"{terms.question_h:g}" if terms.code else "",
    )


def _counted(one: DepartmentStatistics) -> dict[str, Any]:
    """A line of the table: the figures, and in words those that a table cannot write."""
    solved = one.solved
    return {
        **{name.name: getattr(one, name.name) for name in fields(one)},
        "median_words": _hours(one.median_h),
        "upper_words": _hours(one.upper_h),
        "solved_words": f"{100 * solved.value:.0f} %" if solved else "",
        "band": f"{100 * solved.low:.0f}–{100 * solved.high:.0f} %" if solved else "",
    }


def _hours(hours: float | None) -> str:
    if hours is None:
        return ""
    return say("未答复", "not answered") if isinf(hours) else wording.span(hours * 3600)


# --------------------------------------------------------------------------------------------------- acts


@dataclass(frozen=True, slots=True)
class Act:
    """Something that one can do with a question: for whom, in which form, and what is said then."""

    title: tuple[str, str]
    button: tuple[str, str]
    action: str
    form: type[Sheet]
    fits: Callable[[QuestionStanding, Actor], bool]
    draft: Callable[[Standing, QuestionStanding, Actor, Any], Draft]
    offer: Callable[[Standing, QuestionStanding], Offer] = lambda _, __: {}
    sealed_form: type[Sheet] | None = None

    def sheet(self, held: QuestionStanding) -> type[Sheet]:
        """The form; of a sealed question its own, where there is one."""
        return self.sealed_form if held.sealed and self.sealed_form is not None else self.form

    def may(self, held: QuestionStanding, actor: Actor) -> bool:
        """Whether this one may do it with this question now."""
        return bool(actor.body) and may(actor, self.action) and self.fits(held, actor)


def _holds(held: QuestionStanding, actor: Actor) -> bool:
    return held.withdrawn is None and actor.body in [one.body for one in held.holders]


def _has_it_alone(held: QuestionStanding, actor: Actor) -> bool:
    last = held.hands[-1] if held.hands else None
    mine = last is not None and last.body == actor.body and last.how in ("named", "routed")
    return mine and _has_not_begun(held, actor)


def _has_not_begun(held: QuestionStanding, actor: Actor) -> bool:
    """Whether it may still give the question away: who gave a part owes the rest itself."""
    return held.is_open and _holds(held, actor) and actor.body not in [one.by for one in held.answers]


def _may_rate(held: QuestionStanding, actor: Actor) -> bool:
    return held.by == actor.body and held.asker is None and held.whole is not None and held.rating is None


def _answer(standing: Standing, held: QuestionStanding, actor: Actor, form: WholeAnswerForm) -> Draft:
    facts = form.facts()
    facts["text"] = actor.said(facts["text"])
    return service.answer(standing, held.id, node().regime().terms, node().now(), by=actor.body, **facts)


def _pass_on(standing: Standing, held: QuestionStanding, actor: Actor, form: PassOnForm) -> Draft:
    to, reason = form.cleaned_data["to"], actor.said(form.words("reason"))
    return service.pass_on(standing, held.id, by=actor.body, to=to, reason=reason)


def _hand_up(standing: Standing, held: QuestionStanding, actor: Actor, form: HandUpForm) -> Draft:
    cause, reason = form.cleaned_data["cause"], actor.said(form.words("reason"))
    rules = node().regime().terms, node().territory, node().now()
    return service.hand_up(standing, held.id, *rules, by=actor.body, cause=cause, reason=reason)


def _rate(standing: Standing, held: QuestionStanding, actor: Actor, form: BodyRatingForm) -> Draft:
    return service.rate(standing, held.id, by=actor.body, **form.facts())


def _take_back(_: Standing, held: QuestionStanding, actor: Actor, form: TakeBackForm) -> Draft:
    body = {"cause": "error", "reason": actor.said(form.words("reason"))}
    return Draft("StatementWithdrawn", actor.body, held.about, held.id, body)


def _others(standing: Standing, held: QuestionStanding) -> list[tuple[str, str]]:
    """The bodies of government that never had the question."""
    codes = [
        code
        for code, one in standing.bodies.items()
        if one.kind in SERVING and one.left is None and held.hand(code) is None
    ]
    return named(codes)


ACTS: Mapping[str, Act] = {
    "answer": Act(
        ("答复", "Answer"),
        ("答复", "answer"),
        "service.answer",
        AnswerForm,
        _holds,
        _answer,
        lambda standing, held: {"coordinated_with": _others(standing, held)},
        WholeAnswerForm,
    ),
    "pass-on": Act(
        ("不属本机构：改派一次", "Not our matter: pass it on, once"),
        ("改派，时钟照走", "pass it on; the clock goes on"),
        "service.answer",
        PassOnForm,
        _has_it_alone,
        _pass_on,
        lambda standing, held: {"to": [("", say("请选择", "choose")), *_others(standing, held)]},
    ),
    "hand-up": Act(
        ("提级", "Hand it up"),
        ("提级", "hand it up"),
        "service.answer",
        HandUpForm,
        _has_not_begun,
        _hand_up,
    ),
    "rate": Act(
        ("评价答复（一次）", "Rate the answer, once"),
        ("评价", "rate it"),
        "service.respond",
        BodyRatingForm,
        _may_rate,
        _rate,
    ),
    "take-back": Act(
        ("撤回提问", "Take the question back"),
        ("撤回", "take it back"),
        "service.respond",
        TakeBackForm,
        lambda held, actor: held.by == actor.body and held.asker is None and held.withdrawn is None,
        _take_back,
    ),
}
"""What can be done with a question, by its name in the address. Residents act by their link."""


@allowed("service.see")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, statement: str, name: str) -> HttpResponse:
    """One act: its form, and what comes of it."""
    actor, chosen = acting(request), ACTS.get(name)
    standing = node().standing(exercise=actor.exercise)
    held = standing.questions.get(statement)
    if chosen is None:
        raise Http404("no such act")
    if held is None:
        return seat.not_here(request, statement)
    access.check(request, chosen.action)
    if not chosen.fits(held, actor):
        raise PermissionDenied(f"{name}: not as the question stands")
    url = addresses.question(held.id)
    plain = PlainForm(chosen.title, chosen.button, url, url, ("问题", "The question"))
    offer, sheet = chosen.offer(standing, held), chosen.sheet(held)
    if request.method != "POST":
        return plain.draw(request, sheet(offer=offer))
    form = sheet(request.POST, offer=offer)
    if form.is_valid() and not held.sealed:
        refuse_personal(form, *(name for name in form.fields if name.startswith(("text_", "reason_"))))
    return plain.answer(
        request,
        form,
        lambda: chosen.draft(standing, held, actor, form),
        speak=lambda draft: _speak(actor, held, draft),
    )


def _speak(actor: Actor, held: QuestionStanding, draft: Draft) -> Spoken:
    """Say it once; the answer to a sealed question is sealed as well."""
    if not held.sealed or draft.kind != "QuestionAnswered":
        return speaking.once(actor.desk(), (draft,))
    size = node().log.size
    said = question_link.say_sealed_once(node(), actor.officer, draft, exercise=actor.exercise)
    return Spoken((said,), is_new=node().log.size > size)
