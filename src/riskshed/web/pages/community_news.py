"""News of one's own body: what it shared and whether it appears, to share more, to correct, to take back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.governance import community, parties
from riskshed.governance.draft import Draft
from riskshed.governance.standing_community import NewsStanding
from riskshed.web import community_board as board
from riskshed.web import forms_community, frame, seat
from riskshed.web.access import allowed, check
from riskshed.web.current import node
from riskshed.web.forms import words_initial
from riskshed.web.forms_community import CorrectionForm, NewsForm, WithdrawalForm
from riskshed.web.people import acting
from riskshed.web.plain_form import PlainForm

BACK = {
    "back": "community-own",
    "back_path": "/community/own/",
    "back_words": ("本机构的资讯", "News of my body"),
}
SHARE = PlainForm(title=("发布资讯", "Share news"), button=("并发布", "and share it"), **BACK)  # type: ignore[arg-type]
CORRECT = PlainForm(title=("更正资讯", "Correct news"), button=("并更正", "and correct it"), **BACK)  # type: ignore[arg-type]
WITHDRAW = PlainForm(title=("撤回资讯", "Take news back"), button=("并撤回", "and take it back"), **BACK)  # type: ignore[arg-type]


@allowed("news.see")
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The news of one's own body, and whether readers see it."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    said = sorted((one for one in standing.news.values() if one.by == actor.body), key=_newest)
    return frame.draw(
        request,
        "riskshed/community_own.html",
        news=[(one, board.STATES[one.status], one.status in ("current", "over")) for one in said],
        voice=parties.voice(standing, actor.body),
    )


def _newest(one: NewsStanding) -> float:
    return -one.at.timestamp()


def _offer() -> Mapping[str, list[tuple[str, str]]]:
    living = node()
    several = {"cities": "place", "rivers": "river", "industries": "industry"}
    made = [board.thing(living, one) for one in community.subjects(living.region)]
    offered = {
        field: [(one.subject.code, one.word) for one in made if one.subject.sort == sort]
        for field, sort in several.items()
    }
    return {**offered, "hazard_classes": forms_community.hazard_classes()}


@allowed("news.share")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest) -> HttpResponse:
    """Share news."""
    if request.method != "POST":
        return SHARE.draw(request, NewsForm(offer=_offer()))
    form = NewsForm(request.POST, offer=_offer())
    return SHARE.answer(request, form, lambda: _draft(request, form, None))


def _draft(request: HttpRequest, form: NewsForm, corrects: str | None) -> Draft:
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    return community.share(standing, node().region, actor.body, form.news(), corrects)


def _own(request: HttpRequest, statement: str) -> NewsStanding | None:
    """News of the actor's own body; that of another he may not touch."""
    held = node().standing(exercise=acting(request).exercise).news.get(statement)
    if held is not None:
        check(request, "news.share", body=held.by)
    return held


@allowed("news.share")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, statement: str) -> HttpResponse:
    """Say news of one's own again, as it should have been."""
    held = _own(request, statement)
    if held is None:
        return seat.not_here(request, statement)
    if request.method != "POST":
        return CORRECT.draw(request, CorrectionForm(initial=_initial(held), offer=_offer()))
    form = CorrectionForm(request.POST, offer=_offer())
    return CORRECT.answer(request, form, lambda: _draft(request, form, statement))


def _initial(held: NewsStanding) -> dict[str, Any]:
    until: datetime | None = held.until
    lists = {name: list(getattr(held, name)) for name in ("cities", "rivers", "hazard_classes", "industries")}
    plain = {"audience": held.audience, "source": held.source or "", "until": until}
    return {**words_initial({"title": held.title, "text": held.text}, "title", "text"), **lists, **plain}


@allowed("news.share")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, statement: str) -> HttpResponse:
    """Take news of one's own back."""
    held = _own(request, statement)
    if held is None:
        return seat.not_here(request, statement)
    offer = {"cause": forms_community.causes()}
    if request.method != "POST":
        return WITHDRAW.draw(request, WithdrawalForm(offer=offer))
    form = WithdrawalForm(request.POST, offer=offer)
    body = acting(request).body
    return WITHDRAW.answer(
        request,
        form,
        lambda: Draft("StatementWithdrawn", body, None, statement, form.body("cause", "reason")),
    )
