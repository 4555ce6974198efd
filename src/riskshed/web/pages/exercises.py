"""Exercise mode: entered with a typed word, left with a button, and never taken for the actual.

In a drill every page has another band, another colour and other words; every list shows what was said in
drills; and everything is signed with another key of the body, so that nothing in it can count as actual. The
mode belongs to the session of one person at one browser; nobody else is moved into a drill.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from riskshed.errors import RiskshedError
from riskshed.governance.standing import Standing
from riskshed.vocabulary import KINDS
from riskshed.web import fault_pages, forms, frame, seat
from riskshed.web.access import allowed
from riskshed.web.acting_tabs import acting_tabs
from riskshed.web.current import node
from riskshed.web.forms import Sheet, Text
from riskshed.web.people import EXERCISE, acting
from riskshed.web.wording import say

WORDS = ("演习", "exercise")
"""What has to be typed to enter: either, in any case of letters."""
LATEST = 30


class EnterForm(Sheet):
    """The word that shows that it is meant."""

    word = Text("请输入“演习”二字", "Type the word EXERCISE")


@allowed("exercise.enter")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def exercises(request: HttpRequest) -> HttpResponse:
    """Enter or leave; what was said in drills."""
    if request.method != "POST":
        return _draw(request, EnterForm())
    return _enter(request, EnterForm(request.POST))


def _enter(request: HttpRequest, form: EnterForm) -> HttpResponse:
    actor = acting(request)
    typed = form.cleaned_data["word"].strip().lower() if form.is_valid() else ""
    if typed not in WORDS:
        form.add_error("word", say("没有进入演习：请输入“演习”", "not entered: type EXERCISE"))
        return _draw(request, form, 400)
    try:
        # A body without a key for drills could say nothing there; it is told so now.
        node().desk(actor.body, actor.officer, exercise=True)
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw(request, form, fault_pages.status_of(error))
    request.session[EXERCISE] = True
    messages.success(
        request,
        say("已进入演习。此后所发内容均为演习。", "You are in an exercise. All you say now is a drill."),
    )
    return HttpResponseRedirect(reverse("exercises"))


@allowed("exercise.leave")
@seat.same_desk
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the exercise; whoever is in one may, whatever his role is by now."""
    request.session.pop(EXERCISE, None)
    messages.warning(
        request,
        say(
            "已离开演习。此后所发内容均为真实记录。",
            "You have left the exercise. All you say now is in earnest.",
        ),
    )
    return HttpResponseRedirect(reverse("exercises"))


def _draw(request: HttpRequest, form: EnterForm, status: int = 200) -> HttpResponse:
    actor = acting(request)
    drills = node().standing(exercise=True)
    return frame.draw(
        request,
        "riskshed/exercises.html",
        status=status,
        tabs=acting_tabs("exercises", actor),
        form=form,
        faults=form.wrong(),
        said=_latest(drills),
        incidents=[(code, one.name, one.at) for code, one in drills.incidents.items() if one.exercise],
    )


def _latest(drills: Standing) -> list[dict[str, Any]]:
    """What was said in drills, the latest first."""
    said = [seen.statement for seen in drills.statements.values() if seen.statement.exercise]
    said.sort(key=lambda one: (one.issued, one.id), reverse=True)
    return [
        {
            "id": one.id,
            "at": one.issued,
            "by": one.by,
            "kind": one.kind,
            "text": kind_words(one.kind),
            "tag": "",
        }
        for one in said[:LATEST]
    ]


def kind_words(kind: str) -> str:
    """A kind of statement in words."""
    known = KINDS[kind]
    return say(known.zh, known.en)
