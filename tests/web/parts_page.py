"""Every part of the pages on one page, in each of its states: for the browser to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from riskshed.governance.obligation import Judged, judged
from riskshed.governance.outlook import Coming
from riskshed.governance.subjects import Said
from riskshed.web import band_chart, countdown, duty_row, frame, urls, wording
from riskshed.web.access import allowed
from riskshed.web.current import node

PAGE = """{% extends "riskshed/base.html" %}{% load riskshed %}
{% block title %}{% say "部件" "Parts" %}{% endblock %}
{% block lead %}<div class="lead"><h1>{% say "全部部件" "All parts" %}</h1></div>{% endblock %}
{% block main %}
{% include "riskshed/parts/faults.html" %}
{% say "页签" "Tabs" as label %}{% include "riskshed/parts/tabs.html" %}
<section aria-labelledby="h-a">
{% include "riskshed/parts/head.html" with id="h-a" title=label alt="A" note=label %}
<form class="filters" method="get"><label class="field">{{ label }}<input type="text" name="q"></label>
<label class="field">{{ label }}<select name="k"><option>{{ label }}</option></select></label>
<button>{% say "查找" "Search" %}</button></form>
{% include "riskshed/parts/duties.html" %}{% include "riskshed/parts/pages.html" with query="q=1" %}</section>
<div class="split"><section aria-labelledby="h-b">
{% include "riskshed/parts/head.html" with id="h-b" title="BB" alt="" note="" %}
{% include "riskshed/parts/kinds.html" %}{% include "riskshed/parts/bands.html" %}
{% include "riskshed/parts/feed.html" %}</section>
<div>{% include "riskshed/parts/clock.html" %}{% include "riskshed/parts/todo.html" %}</div></div>
<section aria-labelledby="h-c">
{% include "riskshed/parts/head.html" with id="h-c" title="CC" alt="" note="" %}
<p class="grade">{% for level in levels %}{% mark level %} {{ level|grade }} {% endfor %}</p>
<form method="post" action="?"><fieldset><legend><span class="step"></span>{{ label }}</legend>
{% include "riskshed/parts/choices.html" with name="c" chosen="a" required=True %}
<label class="field" for="t">{{ label }}</label><textarea id="t" name="t" aria-invalid="true"
 aria-describedby="t-f">{{ label }}</textarea><p class="fault" id="t-f">{{ label }}</p>
<label class="field">{{ label }}<input type="file" name="f"></label></fieldset>
<p class="acts"><button>{{ label }}</button><a class="button quiet" href="?">{{ label }}</a></p></form>
<ul class="rows"><li><div><a href="?">{{ label }}</a></div><div class="end">{% at now %}</div></li></ul>
<div class="diff"><span class="sign">+</span><p class="added">{{ label }}</p><span class="sign">−</span>
<p class="gone">{{ label }}</p></div><p><ins>{{ label }}</ins> <del>{{ label }}</del></p>
<pre>{{ long }}</pre>
{% include "riskshed/parts/empty.html" with what=label todo=label %}</section>
{% endblock %}"""


@dataclass(frozen=True)
class Choice:
    value: str
    word: str
    note: str = ""


@allowed("situation.see")
def parts(request: HttpRequest) -> HttpResponse:
    """The page."""
    template: Any = engines["django"].from_string(PAGE)
    return HttpResponse(template.render({**frame.framed(request), **facts()}, request))


def facts() -> dict[str, Any]:
    now, zone = node().now(), node().profile.zone

    def hours(count: float) -> Any:
        return now + timedelta(hours=count)

    held = node().standing()
    first = min(held.statements)
    coming = [Coming("230100", 0.98, hours(42), hours(51), hours(62)), Coming("220700", None)]
    strip = countdown.strip(now, hours(42), hours(51), hours(62))
    pairs = tuple(countdown.arrival_pairs(hours(42), hours(51), hours(62), 0.98))
    return {
        "faults": [{"field": "t", "what": "x"}, {"field": "", "what": "y"}],
        "tabs": [{"url": "?", "word": "a", "is_here": True}, {"url": "?b", "word": "b", "is_here": False}],
        "duties": duty_row.rows(duties(now), held, now, mine="230100"),
        "pages": Paginator(range(90), 10).page(3),
        "situation": "1",
        "chart": band_chart.chart(coming, now, zone, seen={"220700": hours(-5)}, mine="230100"),
        "said": [{"id": first, "at": now, "by": "230100", "text": "…", "tag": "!"}],
        "clock": countdown.Countdown("h-z", "z", "Z", "51", "h", wording.BAND.en, "n", strip, pairs),
        "levels": list(wording.GRADES),
        "choices": [Choice("a", "A", "note"), Choice("b", "B")],
        "long": "x" * 300,
    }


def duties(now: Any) -> list[Judged]:
    """One duty in each state."""
    made = []
    for due, done in ((1, None), (-1, None), (-3, -1), (-1, -2), (None, None)):
        at = None if due is None else now + timedelta(hours=due)
        said = None if done is None else Said("0" * 64, now + timedelta(hours=done))
        about = duty_row.Duty(
            who="230100", owes="NoticeSent", act="notify.relay", to="230800", about="x", since=now, due=at,
            has_clock=True, is_lawful=True, is_foreseen=False, pack="cn-2024", rule="r", cite="条 1",
        )  # fmt: skip
        made.append(judged(about, said, now))
    return made


urlpatterns = [*urls.urlpatterns, path("parts/", parts)]
handler404 = urls.handler404
