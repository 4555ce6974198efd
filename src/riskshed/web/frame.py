"""What stands in every page: who asks, where one can go, what time it is, in which language and colours.

A view draws with `draw`. The same things are a context processor, `framed`, so that the pages of accounts,
which this project does not draw itself, stand in the same frame.

Language and theme are links to `choose`, which keeps the choice in a cookie. Without a choice the language is
that of the browser, and the theme that of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from riskshed.exchange.wording import offset
from riskshed.web import open_links, wording
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.people import Actor, acting
from riskshed.web.wording import say

THEME_COOKIE: str = settings.NODE_THEME_COOKIE
CHOICE_DAYS = 400
LANGUAGES = {"zh-hans": "中文", "en": "English"}
Theme = Literal["light", "dark"]

PLACES: tuple[tuple[str, str, str, str], ...] = (
    ("/", "situation.see", "态势", "Situation"),
    ("/incidents/", "incident.see", "事件", "Incidents"),
    ("/notices/", "notice.see", "通报", "Notices"),
    ("/warnings/", "warning.see", "预警", "Warnings"),
    ("/approvals/", "approval.see", "审批", "Approvals"),
    ("/field-reports/", "report.see", "报告", "Reports"),
    ("/agreements/", "agreement.see", "协议", "Agreements"),
    ("/rules/", "rule.see", "规则", "Rules"),
    ("/bodies/", "body.see", "机构", "Bodies"),
    ("/sources/", "source.see", "风险源", "Sources"),
    ("/log/", "log.see", "日志", "Log"),
    ("/exercises/", "exercise.enter", "演习", "Exercise"),
    ("/administration/", "people.manage", "管理", "Administration"),
    ("/public/", "public.see", "公众", "Public"),
    ("/open/", "open.see", "开放", "Open"),
)
"""The path, the action that opens it, its word in both languages; in their order."""

OPEN_PLACES: tuple[tuple[str, str, str, str], ...] = (
    ("/open/", "open.see", "开放首页", "Open desk"),
    ("/parties/", "party.see", "参与方", "Parties"),
    ("/service/", "service.see", "服务台", "Service desk"),
    ("/service/ask/", "service.ask", "提问", "Ask"),
    ("/service/statistics/", "service.count", "答复统计", "How it is answered"),
    ("/market/", "market.see", "需求与供给", "Needs and offers"),
    ("/cluster/", "cluster.see", "产业集群", "Cluster"),
    ("/community/", "community.see", "社区", "Community"),
)
"""The open side, for enterprises and residents too. One entry of the bar leads to all of it, so that the bar
stays short on a phone; its pages stand under the bar wherever one is on the open side."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    url: str
    word: str
    is_here: bool


def draw(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Draw a page.

    Parameters
    ----------
    request : HttpRequest
    template : str
        Below the folder of templates, such as ``riskshed/situation.html``.
    status : int
    **context
        What the template shows, besides what `framed` gives.
    """
    page = render(request, template, {**framed(request), **context}, status=status)
    actor = acting(request)
    if actor.body and not may(actor, "log.see"):
        page.content = open_links.only_open(page.content.decode(), actor).encode()
    return page


def framed(request: HttpRequest) -> dict[str, Any]:
    """What stands in every page, by the names that templates use."""
    known: dict[str, Any] | None = getattr(request, "riskshed_frame", None)
    if known is not None:
        return known
    actor, clock, profile = acting(request), wording.node_clock(), node().profile
    made = {
        "actor": actor,
        "officer_line": officer_line(actor),
        "exercise": actor.exercise,
        "profile": profile,
        "now": clock.now,
        "now_text": wording.full_time(clock.now, clock.zone),
        "zone_note": zone_note(clock),
        "language": wording.tongue(),
        "html_language": wording.html_language(),
        "theme": theme_of(request),
        "places": places(request, actor),
        "open_places": open_places(request, actor),
        "languages": language_links(request),
        "themes": theme_links(request),
        "trouble": bool(node().log.trouble),
        "band": wording.BAND.said(wording.tongue()),
    }
    request.riskshed_frame = made  # type: ignore[attr-defined]
    return made


def officer_line(actor: Actor) -> str:
    """Body and officer as they stand in the bar; empty for who is not signed in."""
    if not actor.body:
        return ""
    name = wording.name_of(actor.body)
    return f"{name} · {actor.officer}" if actor.officer else name


def zone_note(clock: wording.Clock) -> str:
    """One sentence that says in which zone all times are shown."""
    shown = offset(clock.now, clock.zone)
    shift = wording.full_time(clock.now, clock.zone).rpartition(" ")[2]
    return say(f"时间均为 {shown}（{shift}）。", f"All times are {shown} ({shift}).")


def places(request: HttpRequest, actor: Actor) -> tuple[Place, ...]:
    """Where this one may go."""
    return tuple(
        Place(url, say(zh, en), _is_here(request, url) or (url == "/open/" and is_open_side(request)))
        for url, action, zh, en in PLACES
        if may(actor, action)
    )


def open_places(request: HttpRequest, actor: Actor) -> tuple[Place, ...]:
    """The pages of the open side that this one may see; none while one is elsewhere."""
    if not is_open_side(request):
        return ()
    return tuple(
        Place(url, say(zh, en), _is_here(request, url))
        for url, action, zh, en in OPEN_PLACES
        if may(actor, action)
    )


def is_open_side(request: HttpRequest) -> bool:
    """Whether the page that is asked for is of the open side."""
    return any(_is_here(request, url) for url, *_ in OPEN_PLACES)


def _is_here(request: HttpRequest, url: str) -> bool:
    return request.path == url or (url != "/" and request.path.startswith(url))


# ------------------------------------------------------------------------------------- language and theme


def theme_of(request: HttpRequest) -> Theme | None:
    """The theme that was chosen; None leaves it to the machine."""
    chosen = request.COOKIES.get(THEME_COOKIE)
    return chosen if chosen in ("light", "dark") else None  # type: ignore[return-value]


def language_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The languages, each as a link that chooses it."""
    here = {"zh": "zh-hans", "en": "en"}[wording.tongue()]
    return [
        {"url": _choose(request, language=code), "word": word, "code": code, "is_here": code == here}
        for code, word in LANGUAGES.items()
    ]


def theme_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The themes, each as a link that chooses it."""
    chosen = theme_of(request) or "auto"
    offered = {"light": say("浅色", "Light"), "dark": say("深色", "Dark"), "auto": say("自动", "Auto")}
    return [
        {"url": _choose(request, theme=name), "word": word, "is_here": name == chosen}
        for name, word in offered.items()
    ]


def _choose(request: HttpRequest, **choice: str) -> str:
    back = request.get_full_path() if request.method in ("GET", "HEAD") else request.path
    return f"/choose/?{urlencode({**choice, 'next': back})}"


@allowed("choice.set")
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Keep a language or a theme in a cookie, and go back. What is not offered is ignored."""
    back = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    answer = HttpResponseRedirect(back)
    more: dict[str, Any] = {"samesite": "Lax", "secure": request.is_secure(), "httponly": True}
    language, theme = request.GET.get("language"), request.GET.get("theme")
    if language in LANGUAGES:
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, CHOICE_DAYS * 86400, **more)
    if theme in ("light", "dark"):
        answer.set_cookie(THEME_COOKIE, theme, CHOICE_DAYS * 86400, **more)
    elif theme == "auto":
        answer.delete_cookie(THEME_COOKIE)
    return answer
