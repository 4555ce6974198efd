"""Every page of the node, as somebody who may see it: no barrier, no sideways scroll, a silent console.

The pages are those of the URL map; one that this walk does not know fails it. Each is looked at once, in
looks that rotate: language, theme, width. All pages in all looks: EVERY_LOOK=yes. Pictures of what
was seen: SHOTS=a folder.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from browser.looks import EVERY
from browser.page_faults import faults
from django.urls import URLPattern, URLResolver, get_resolver, reverse

PROGRAM = Path(__file__).with_name("every_page.py")
SHOTS = os.environ.get("SHOTS", "")
NARROW, WIDE = 320, 1280
LOOKS = tuple(product(("zh-hans", "en"), ("light", "dark"), (NARROW, WIDE)))
REFUSALS = """addEventListener("securitypolicyviolation",
    (one) => console.error(`policy: ${one.violatedDirective} ${one.blockedURI}`))"""


class Page(NamedTuple):
    """A page: the name of its address, who looks, the object that it is about, and how it answers."""

    name: str
    who: str
    about: str = ""
    query: str = ""
    status: int = 200
    path: str = ""

    def __str__(self) -> str:
        return f"{self.name or self.path}{self.query} as {self.who or 'nobody'}"


PAGES = (
    Page("situation", "harbin"),
    Page("situation", "basin"),
    Page("situation", "drilled"),
    Page("map", "harbin"),
    Page("incidents", "harbin"),
    Page("incident-new", "harbin"),
    Page("incident", "harbin", "incident"),
    Page("incident", "harbin", "incident", "?at=2005-11-21T12:00%2B08:00"),
    *(Page("incident", "harbin", "incident", f"?all={name}") for name in ("duties", "warnings", "tasks")),
    Page("incident", "harbin", "incident", "?all=notices&at=2005-11-21T12:00%2B08:00"),
    Page("incident-findings", "auditor", "incident"),
    Page("finding-make", "auditor", "finding.proposed"),
    Page("finding", "harbin", "finding"),
    Page("incident-act", "jiamusi", "act"),
    Page("incident-act", "harbin", "act.aid"),
    Page("incident-answer", "harbin", "answer"),
    Page("incident-aid", "harbin", "incident"),
    Page("incident-aid", "basin", "incident"),
    Page("incident-act", "harbin", "act.plan"),
    Page("incident-answer", "harbin", "answer.plan"),
    Page("incident-plans", "harbin-commander", "incident"),
    Page("incident-act", "harbin", "act.cost"),
    Page("incident-appraisal", "auditor", "incident"),
    Page("incident-answer", "harbin", "answer.bill"),
    Page("incident-settlement", "harbin-commander", "incident"),
    Page("goals", "harbin-commander"),
    Page("goals-declare", "harbin-commander"),
    Page("fund", "harbin"),
    Page("fund-contribute", "harbin"),
    Page("notices", "harbin"),
    Page("notices", "basin", query="?view=all"),
    Page("notices", "drilled"),
    Page("notice-new", "harbin"),
    Page("notices-due", "jiamusi"),
    Page("notice", "harbin", "notice"),
    Page("notice", "harbin", "notice", "?answer=adopt"),
    Page("warnings", "harbin"),
    Page("warnings", "harbin", query="?view=ended"),
    Page("warning-new", "harbin"),
    Page("warning-new", "drilled"),
    Page("warning", "harbin", "warning"),
    Page("warning", "basin", "warning"),
    Page("warning-update", "harbin", "warning"),
    Page("warning-cancel", "harbin", "warning"),
    Page("warning-draft", "harbin", "draft"),
    Page("approvals", "harbin-commander"),
    Page("approval", "harbin-commander", "approval"),
    Page("field-reports", "harbin"),
    Page("field-report-new", "harbin"),
    Page("field-report", "harbin", "field_report"),
    Page("risk-report-new", "jiamusi"),
    Page("risk-report", "harbin", "risk_report"),
    Page("exercises", "harbin"),
    Page("exercises", "drilled"),
    Page("rules", "harbin"),
    Page("rule-pack", "harbin", "pack"),
    Page("rule", "harbin", "rule"),
    Page("bodies", "harbin"),
    Page("body", "harbin", "body"),
    Page("roster", "harbin"),
    Page("trust", "basin"),
    Page("stocks", "harbin"),
    Page("stocks", "basin"),
    Page("stock-report", "harbin"),
    Page("market", "filters"),
    Page("market", "basin", query="?sort=purchase"),
    Page("market-need", "filters"),
    Page("market-offer", "filters"),
    Page("market-one", "filters", "market.need"),
    Page("market-one", "harbin", "market.offer"),
    Page("market-one", "filters", "market.accepted"),
    Page("market-one", "filters", "market.waiting"),
    Page("cluster", "harbin"),
    Page("cluster", "filters"),
    Page("cluster-trial", "harbin"),
    Page("cluster-trial", "filters", query="?plant=PUMPS&days=30&cover_low=1&cover_high=9"),
    Page("actions", "harbin"),
    Page("action", "harbin", "action"),
    Page("action-plan", "harbin"),
    Page("action-revise", "harbin", "action"),
    Page("action-report", "harbin", "action"),
    Page("trust-body", "harbin", "body"),
    Page("sources", "harbin"),
    Page("source-new", "harbin"),
    Page("source", "harbin", "source"),
    Page("source-assess", "harbin", "source"),
    Page("agreements", "harbin"),
    Page("agreement", "harbin", "agreement"),
    Page("agreement-against", "harbin", "agreement.two"),
    Page("log", "auditor"),
    Page("log-refused", "auditor"),
    Page("log-audit", "auditor"),
    Page("log-entry", "auditor", "entry"),
    Page("community", ""),
    *(Page("community-thing", "", f"follow.{sort}") for sort in ("river", "industry")),
    Page("community-mine", "", query="?f=place:230100&f=river:songhua&f=river:nile"),
    Page("community-item", "", "news.correction"),
    Page("follow-mail", "", query="?f=place:230100&f=river:songhua"),
    Page("follow-mail-link", "", "follow.mail"),
    Page("community-traits", ""),
    Page("community-own", "filters"),
    Page("community-kept", "filters", query="?f=place:230100"),
    Page("community-share", "filters"),
    Page("community-correct", "filters", "news.own"),
    Page("community-withdraw", "filters", "news.own"),
    Page("open", ""),
    Page("open", "filters"),
    Page("parties", ""),
    Page("party", "harbin", "party"),
    Page("party-join", ""),
    Page("party-request", "", "party.link"),
    Page("party-requests", "basin"),
    Page("service", "harbin"),
    Page("service", "filters"),
    Page("service-ask", ""),
    Page("service-ask", "filters"),
    Page("service-question", "filters", "question"),
    Page("service-act", "harbin", "question.answer"),
    Page("service-act", "harbin", "question.pass-on"),
    Page("service-act", "harbin", "question.hand-up"),
    Page("service-act", "filters", "question.rate"),
    Page("service-link", "", "question.link"),
    Page("service-statistics", ""),
    Page("public", ""),
    Page("public-report", ""),
    Page("public-thanks", ""),
    Page("desk", "basin"),
    Page("administration", "admin"),
    Page("administration-people", "admin"),
    Page("administration-person", "admin", "person"),
    Page("administration-tokens", "admin"),
    Page("administration-orders", "admin"),
    Page("administration-node", "admin"),
    Page("administration-events", "auditor"),
    Page("administration-deliveries", "admin"),
    Page("undelivered", "admin"),
    Page("undelivered", "harbin"),
    Page("administration-feeds", "admin"),
    Page("readings", "harbin"),
    Page("invitation-link", "", "link"),
    Page("account_login", ""),
    Page("account_logout", "harbin"),
    Page("account_inactive", ""),
    Page("account_reauthenticate", "harbin"),
    Page("account_change_password", "harbin"),
    Page("usersessions_list", "harbin"),
    Page("mfa_index", "keeper"),
    Page("mfa_authenticate", "half"),
    Page("mfa_reauthenticate", "keeper"),
    Page("mfa_activate_totp", "harbin"),
    Page("mfa_deactivate_totp", "keeper"),
    Page("mfa_view_recovery_codes", "keeper"),
    Page("mfa_generate_recovery_codes", "keeper"),
    Page("mfa_list_webauthn", "holder"),
    Page("mfa_add_webauthn", "keeper"),
    Page("mfa_remove_webauthn", "holder", "key"),
    Page("mfa_edit_webauthn", "holder", "key"),
    Page("", "harbin", status=404, path="/nowhere/"),
    Page("", "", status=404, path="/public/nowhere"),
    Page("", "admin", status=403, path="/notices/"),
    Page("", "harbin", status=404, path=f"/notices/{'0' * 64}/"),
)
NO_PAGES = frozenset(
    {
        "choose",
        "map-shapes",
        "incident-report-zh",
        "incident-report-en",
        "incident-after-action-zh",
        "incident-after-action-en",
        "log-fork-proof",
        "log-proof",
        "public-file",
        "community-feed",
        "community-mine-feed",
        "community-thing-feed",
        "feed",
        "feed-message",
        "health",
        "checkpoint",
        "tile",
        "kept-file",
        "field-report-photograph",
        "witness-seen",
    }
)
"""What is fetched and is no page: files, pictures, and a choice that leads back."""
POSTED = frozenset(
    {
        "administration-password",
        "administration-factor",
        "administration-sessions",
        "invitation-withdraw",
        "token-revoke",
        "watch",
        "agreement-sign",
        "approvals-climb",
        "delivery-end",
        "undelivered-again",
        "feed-end",
        "field-report-tell",
        *(
            "market-run",
            "market-withdraw",
            "market-accept",
            "market-refuse",
            "market-receive",
            "market-release",
        ),
        "photograph-decide",
        "party-decide",
        "party-verify",
        "exercise-leave",
        "witness-ask",
    }
)
"""What only takes forms: asked for, it says so and shows nothing."""
ELSEWHERE = frozenset(("invitation", "second-factor", "mfa_reauthenticate_webauthn"))
"""What only stands behind another page: the walk reaches `invitation` by its link, nobody here lacks a second
factor, and a security key that answers is used in `tests/web/test_account_look.py`."""


def addresses(patterns: list[Any]) -> Iterator[str]:
    """The names of the URL map, but for those of the interface for programs."""
    for one in patterns:
        if isinstance(one, URLResolver):
            if not str(one.namespace or "").startswith("api"):
                yield from addresses(one.url_patterns)
        else:
            assert isinstance(one, URLPattern)
            yield str(one.name)


def test_every_address_of_the_node_is_known_to_the_walk() -> None:
    walked = {one.name for one in PAGES if one.name}
    known = walked | NO_PAGES | POSTED | ELSEWHERE
    assert set(addresses(get_resolver().url_patterns)) - known == set(), "write a row for each in PAGES"
    assert known - set(addresses(get_resolver().url_patterns)) == set(), "these rows are of no address"


# ------------------------------------------------------------------------------------------ in the browser


class Site:
    """The node that is served, and browsers of its people."""

    def __init__(self, url: str, made: dict[str, Any], browser: Any) -> None:
        self.url, self.objects, self.cookies = url, made["objects"], made["cookies"]
        self._browser, self._open = browser, {}

    def path(self, page: Page) -> str:
        """Where a page is."""
        if page.path:
            return page.path
        return reverse(page.name, kwargs=self.objects[page.about] if page.about else {}) + page.query

    def look(self, page: Page, language: str, theme: str, width: int, **options: Any) -> Any:
        """Open a page as somebody; `told` on it is whatever the browser complained of."""
        seen = self.sits(page.who, language, theme, width, **options)
        seen.told.clear()
        answer = seen.goto(self.url + self.path(page))
        assert answer is not None
        assert answer.status == page.status, f"{page}: {answer.status}"
        assert seen.url == self.url + self.path(page) or page.name == "invitation-link", seen.url
        return seen

    def sits(self, who: str, language: str, theme: str, width: int, **options: Any) -> Any:
        """A browser page of somebody, opened once."""
        key = (who, *sorted(options.items()))
        if key not in self._open:
            context = self._browser.new_context(**options)
            context.add_init_script(REFUSALS)
            self._open[key] = context.new_page()
            self._open[key].told = []
            self._listen(self._open[key])
        seen = self._open[key]
        wanted = {**self.cookies[who], "language": language, "theme": theme}
        seen.context.clear_cookies()
        seen.context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in wanted.items()]
        )
        seen.set_viewport_size({"width": width, "height": 900})
        return seen

    def _listen(self, seen: Any) -> None:
        def heard(one: Any) -> None:
            # That a page was refused is what some of these pages are about.
            if one.type == "error" and "the server responded with a status of 40" not in one.text:
                seen.told.append(one.text)

        seen.on("pageerror", lambda error: seen.told.append(str(error)))
        seen.on("console", heard)

    def close(self) -> None:
        for one in self._open.values():
            one.context.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where the node is, and who and what is on it."""
    home = tmp_path_factory.mktemp("walk") / "node"
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port = plug.getsockname()[1]
    given = {**os.environ, "RISKSHED_HOME": str(home), "RISKSHED_PORT": str(port), "RISKSHED_MEMBERS": "60"}
    given |= {"RISKSHED_ALLOWED_HOSTS": "127.0.0.1", "RISKSHED_EMAIL_URL": "memory:"}
    given["RISKSHED_SECRET_KEY"] = "sessions are made before the node is served, with this key"
    given.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, str(PROGRAM)]
    made = subprocess.run(
        [*command, "found", str(home)], env=given, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr[-3000:]
    log = (home / "serve.log").open("w")
    process = subprocess.Popen([*command, "serve"], env=given, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("riskshed: http://"), (home / "serve.log").read_text()
    yield f"http://127.0.0.1:{port}", json.loads(made.stdout.splitlines()[-1])
    process.terminate()
    assert process.wait(20) == 0, (home / "serve.log").read_text()[-2000:]


@pytest.fixture(scope="module")
def site(served: tuple[str, dict[str, Any]], browser: Any) -> Iterator[Site]:
    made = Site(*served, browser)
    yield made
    made.close()


def looks_of(at: int) -> tuple[tuple[str, str, int], ...]:
    """How the page of a place in the list is looked at."""
    return LOOKS if EVERY else (LOOKS[(at * 3 + at // len(LOOKS)) % len(LOOKS)],)


@pytest.mark.parametrize("at", range(len(PAGES)), ids=lambda at: str(PAGES[at]))
def test_a_page_has_no_barrier(site: Site, at: int) -> None:
    found = []
    for language, theme, width in looks_of(at):
        seen = site.look(PAGES[at], language, theme, width)
        wrong = faults(seen, language, width)
        if SHOTS:
            name = f"{PAGES[at]}".replace("/", "_").replace(" ", "-").replace("?", "-")
            seen.screenshot(path=Path(SHOTS) / f"{name}.{language}.{theme}.{width}.png", full_page=True)
        found += [f"{language} {theme} {width}: {one}" for one in wrong]
    assert not found, "\n".join(found)


def test_what_is_no_page_shows_none(site: Site) -> None:
    objects = {name: {} for name in ("choose", "map-shapes", "health", "checkpoint", "feed")}
    objects |= {"log-proof": site.objects["entry"], "log-fork-proof": {}}
    for name, arguments in objects.items():
        told = _fetched(site, reverse(name, kwargs=arguments), "auditor")
        assert not told[1].startswith("text/html") or told[0] in (302, 404), name
    for name in POSTED:
        kind = {"agreement-sign": "agreement", "field-report-tell": "field_report", "watch": ""}.get(name, "")
        if kind or name in ("watch", "approvals-climb", "exercise-leave"):
            where = reverse(name, kwargs=site.objects[kind] if kind else {})
            assert _fetched(site, where, "harbin-commander")[0] == 405, name


class _Stay(urllib.request.HTTPRedirectHandler):
    """Where it leads does not matter here."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _fetched(site: Site, path: str, who: str) -> tuple[int, str]:
    """The status and the type of an answer."""
    told = "; ".join(f"{name}={value}" for name, value in site.cookies[who].items())
    request = urllib.request.Request(site.url + path, headers={"Cookie": told})
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=20) as answer:
            return answer.status, answer.headers.get("Content-Type", "")
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Content-Type", "")
