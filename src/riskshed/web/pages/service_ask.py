"""Asking: a body by the key that its node holds, a resident without an account, and the link to the answer.

A resident is asked for no name, number or address. What he writes stays off the log, with who has to answer
it; he gets a link, and whoever has the link reads the answer, rates it, and can have the words forgotten.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from riskshed.errors import RiskshedError
from riskshed.governance import service
from riskshed.governance.standing import Standing
from riskshed.governance.standing_questions import SERVING
from riskshed.web import (
    addresses,
    fault_pages,
    forms,
    frame,
    question_climb,
    question_link,
    question_row,
    speaking,
    wording,
)
from riskshed.web.access import Pace, allowed, keep_pace, may
from riskshed.web.current import node
from riskshed.web.forms import Offer
from riskshed.web.forms_message import named
from riskshed.web.forms_service import BodyQuestionForm, QuestionForm, RatingForm
from riskshed.web.pages.service import thread
from riskshed.web.people import NOBODY, Actor, acting
from riskshed.web.seat import SEAT, seat
from riskshed.web.wording import say

PACE_OF_STRANGERS = Pace(10, 3600)
"""So many questions from one address; what is typed wrong does not count."""
PACE_OF_ALL = Pace(300, 3600)
"""So many questions of residents at one node: a flood from many addresses leaves bodies their way."""
EVERYBODY = "everybody"


@allowed("service.ask")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form with which anybody asks; who speaks for a body asks in its name."""
    actor = acting(request)
    for_body = may(actor, "service.ask_for_body", body=actor.body) and bool(actor.body)
    kind = BodyQuestionForm if for_body else QuestionForm
    standing = node().standing(exercise=actor.exercise and for_body)
    offer = _offer(standing, for_body=for_body)
    if request.method != "POST":
        form = kind(initial=_initial(request, standing, actor), offer=offer)
        return _draw(request, form, for_body=for_body)
    form = kind(request.POST, offer=offer)
    if for_body and request.POST.get(SEAT) != seat(actor):
        form.add_error(None, say("本页是在另一席位打开的，请重填", "opened at another desk: fill it in anew"))
    if not form.is_valid():
        return _draw(request, form, 400, for_body=for_body)
    if form.cleaned_data["website"]:
        # A machine learns nothing: nothing is said.
        return HttpResponseRedirect(reverse("service-statistics"))
    if not for_body:
        keep_pace(request, "service.ask_resident", PACE_OF_STRANGERS)
        keep_pace(request, "service.ask_resident", PACE_OF_ALL, who=EVERYBODY)
    try:
        return HttpResponseRedirect(_asked_by_body(actor, form) if for_body else _asked_by_resident(form))
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw(request, form, fault_pages.status_of(error), for_body=for_body)


def _offer(standing: Standing, *, for_body: bool) -> Offer:
    """The choices: topics of the responsibility list, cities, open incidents; for a body, whom to ask."""
    none = ("", say("（未选）", "(none chosen)"))
    topics = [(one, question_row.topic_words(one)) for one in service.topics(node().regime().terms)]
    incidents = [
        (code, wording.words(one.name)) for code, one in standing.incidents.items() if one.closed is None
    ]
    offer = {
        "topic": [("", say("请选择", "choose")), *topics],
        "city": [none, *named([one.code for one in node().region.cities])],
        "about": [none, *incidents],
    }
    if for_body:
        codes = [code for code, one in standing.bodies.items() if one.kind in SERVING and one.left is None]
        offer["to"] = [none, *named(codes)]
    return offer


def _initial(request: HttpRequest, standing: Standing, actor: Actor) -> dict[str, Any]:
    home = standing.bodies.get(actor.body)
    about = request.GET.get("about", "")
    return {
        "link": question_link.new_secret(),
        "city": home.city if home else "",
        "about": about if about in standing.incidents else "",
    }


def _draw(request: HttpRequest, form: QuestionForm, status: int = 200, *, for_body: bool) -> HttpResponse:
    terms = node().regime().terms
    return frame.draw(
        request,
        "riskshed/service_ask.html",
        status=status,
        form=form,
        for_body=for_body,
        target_h=f"{terms.question_h:g}" if terms.code else "",
    )


def _asked_by_body(actor: Actor, form: QuestionForm) -> str:
    """Ask for a body, put the question into somebody's hands; the address of the question."""
    given, text = form.cleaned_data, actor.said(form.told())
    facts = {"city": given["city"], "to": given["to"]}
    topic, about = given["topic"], given["about"] or None
    draft = service.ask(actor.body, topic=topic, text=text, about=about, **facts)
    if given["sealed"]:
        asked = question_link.say_sealed_once(node(), actor.officer, draft, exercise=actor.exercise)
    else:
        asked = speaking.once(actor.desk(), (draft,)).ids[0]
    question_climb.route(node(), exercise=actor.exercise)
    return addresses.question(asked)


def _asked_by_resident(form: QuestionForm) -> str:
    """Ask for a resident; the address by which he follows his question."""
    given = form.cleaned_data
    facts = {name: given[name] for name in ("topic", "city", "about")}
    question_link.ask(node(), given["link"], text=form.told(), **facts)
    return reverse("service-link", args=[given["link"]])


# ---------------------------------------------------------------------------------------------- the link


@allowed("service.follow")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, secret: str) -> HttpResponse:
    """What became of the question of a link: its clock, its answers; to rate them, to have it forgotten."""
    try:
        held = question_link.find(node().standing(), secret)
    except RiskshedError:
        held = None
    if held is None:
        raise Http404("no question has this link")
    form = RatingForm(request.POST if request.POST.get("act") == "rate" else None)
    if request.method != "POST":
        return _draw_link(request, secret, form)
    if request.POST.get("act") == "forget":
        question_link.forget(node(), held, node().standing())
        told = say(
            "文字已删除；日志上只留下何时问、何时答。",
            "The words are gone; when it was asked and answered stays.",
        )
        messages.success(request, told)
        return HttpResponseRedirect(request.path)
    if not form.is_valid():
        return _draw_link(request, secret, form, 400)
    try:
        question_link.rate(node(), secret, held.id, **form.facts())
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw_link(request, secret, form, fault_pages.status_of(error))
    messages.success(request, say("谢谢，评价已记入日志。", "Thank you; the rating stands in the log."))
    return HttpResponseRedirect(request.path)


def _draw_link(request: HttpRequest, secret: str, form: RatingForm, status: int = 200) -> HttpResponse:
    standing, now = node().standing(), node().now()
    held = question_link.find(standing, secret)
    assert held is not None, "looked for before"
    said = thread(standing, held, may=True)
    return frame.draw(
        request,
        "riskshed/service_link.html",
        status=status,
        row=question_row.row(standing, held, NOBODY, now),
        hands=question_row.hand_rows(held, node().regime().terms, now),
        said=said,
        rating=held.rating,
        may_rate=held.whole is not None and held.rating is None,
        is_forgotten=held.sealed and all(one.text is None for one in said if one.id == held.id),
        address=request.build_absolute_uri(request.path),
        form=form,
    )
