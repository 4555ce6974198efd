"""Administration of feeds: what agencies publish and is read for the body, and what is wrong with it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from riskshed.errors import InputError
from riskshed.web import admin_events, feed_watcher
from riskshed.web.access import allowed
from riskshed.web.feed_watcher import EVERY_S_MAX, EVERY_S_MIN
from riskshed.web.forms import refusal_words
from riskshed.web.models import FeedRow
from riskshed.web.pages.administration import draw, faults_of
from riskshed.web.people import acting
from riskshed.web.wording import say

EVERY_S_OFFERED = 300


class FeedForm(forms.Form):
    """What is read, and how often."""

    url = forms.CharField(max_length=2_000)
    kind = forms.ChoiceField(choices=[("cap", "CAP"), ("geojson", "GeoJSON")])
    every_s = forms.IntegerField(min_value=EVERY_S_MIN, max_value=EVERY_S_MAX)


@allowed("feeds.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def feed_list(request: HttpRequest) -> HttpResponse:
    """The feeds of the body; a POST adds one."""
    return _add(request) if request.method == "POST" else _page(request)


def _page(
    request: HttpRequest, *, status: int = 200, faults: list[dict[str, str]] | None = None
) -> HttpResponse:
    return draw(
        request,
        "riskshed/administration_feeds.html",
        status=status,
        feeds=FeedRow.objects.filter(body=acting(request).body, ended=None).order_by("id"),
        may_end=True,
        every_s=EVERY_S_OFFERED,
        every_s_min=EVERY_S_MIN,
        every_s_max=EVERY_S_MAX,
        faults=faults or [],
    )


def _add(request: HttpRequest) -> HttpResponse:
    form, body = FeedForm(request.POST), acting(request).body
    if not form.is_valid():
        return _page(request, status=400, faults=faults_of(form))
    given = form.cleaned_data
    try:
        row = feed_watcher.add(body, given["url"], given["kind"], given["every_s"], request.user)
    except InputError as error:
        return _page(request, status=400, faults=[{"field": "f-url", "what": refusal_words(error)}])
    admin_events.record(request, body, "feed.changed", row.url[:200], feed=row.pk, done="added")
    messages.success(request, say("已开始读取。", "It is read from now on."))
    return redirect("administration-feeds")


@allowed("feeds.manage")
@require_POST
def end_feed(request: HttpRequest, number: int) -> HttpResponse:
    """Read a feed of the body no more."""
    body = acting(request).body
    row = FeedRow.objects.filter(pk=number, body=body).first()
    if row is None:
        raise Http404
    feed_watcher.end(row)
    admin_events.record(request, body, "feed.changed", row.url[:200], feed=row.pk, done="ended")
    messages.success(request, say("已停止读取。", "It is not read any more."))
    return redirect("administration-feeds")
