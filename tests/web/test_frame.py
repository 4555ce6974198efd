"""The frame of every page: where one may go, language and theme, the pages that say no."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import translation
from officers import opened

from riskshed.audit_copy import CHECKPOINT_FILE
from riskshed.errors import DomainError, NotFoundError, StoreError
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.note import Checkpoint, SignedNote, cosign
from riskshed.web import fault_pages, frame
from riskshed.web.fault_pages import REFUSALS
from riskshed.web.frame import THEME_COOKIE
from riskshed.web.node import Node
from riskshed.web.people import EXERCISE
from riskshed.web.proof_mark import proof_mark

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]
LINKS_OF_A_PAGE = 6
"""So many links to one page are followed by those who follow some; one officer follows all."""


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def in_language(client: Client, code: str) -> Client:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = code
    return client


def request(path: str = "/") -> HttpRequest:
    return RequestFactory().get(path)


def test_a_page_is_in_the_language_of_its_cookie(sign_in: Enter) -> None:
    client = sign_in("harbin")
    assert '<html lang="zh-Hans"' in text(in_language(client, "zh-hans").get("/"))
    assert '<html lang="en"' in text(in_language(client, "en").get("/"))


def test_choosing_a_language_goes_back_and_is_kept(sign_in: Enter) -> None:
    client = sign_in("harbin")
    answer = client.get("/choose/?language=en&next=/log/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/log/")
    assert '<html lang="en"' in text(client.get("/"))


def test_choosing_a_theme_is_kept_until_it_is_left_to_the_machine(sign_in: Enter) -> None:
    client = sign_in("harbin")
    assert "data-theme" not in text(client.get("/"))
    client.get("/choose/?theme=dark")
    assert 'data-theme="dark"' in text(client.get("/"))
    client.get("/choose/?theme=auto")
    assert "data-theme" not in text(client.get("/"))


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_choice_never_leads_elsewhere(sign_in: Enter, back: str) -> None:
    answer = sign_in("").get("/choose/", {"language": "en", "next": back})
    assert answer.headers["Location"] == "/"


def test_what_is_not_offered_cannot_be_chosen(sign_in: Enter) -> None:
    answer = sign_in("").get("/choose/?language=xx&theme=pink")
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies
    assert THEME_COOKIE not in answer.cookies


def test_a_theme_that_was_forged_in_the_cookie_is_not_written_into_the_page(sign_in: Enter) -> None:
    client = sign_in("harbin")
    client.cookies[THEME_COOKIE] = 'dark" onload="x'
    assert "onload" not in text(client.get("/"))


def test_navigation_shows_where_one_may_go_and_where_one_is(sign_in: Enter) -> None:
    page = text(sign_in("harbin").get("/"))
    assert '<a href="/" aria-current="page">态势</a>' in page
    assert 'href="/log/"' in page
    assert 'href="/administration/"' not in page


def test_administration_is_shown_to_who_administers(sign_in: Enter) -> None:
    assert 'href="/administration/"' in text(sign_in("admin").get("/"))


def test_an_officer_finds_everything_in_the_bar_and_an_administrator_only_what_opens(sign_in: Enter) -> None:
    def bar(user: str) -> list[str]:
        return [one.url for one in sign_in(user).get("/").context["places"]]

    wanted = ["/", "/incidents/", "/notices/", "/warnings/", "/approvals/", "/field-reports/", "/agreements/"]
    assert bar("harbin")[:7] == wanted
    assert "/exercises/" in bar("harbin")
    assert "/exercises/" not in bar("auditor")
    assert bar("admin") == ["/", "/rules/", "/bodies/", "/administration/", "/public/", "/open/"]


@pytest.mark.parametrize("place", frame.PLACES, ids=lambda one: one[0])
def test_every_place_of_the_navigation_is_an_address(place: tuple[str, str, str, str]) -> None:
    assert resolve(place[0])


def test_the_bar_shows_body_officer_and_the_clock_of_the_node(sign_in: Enter) -> None:
    page = text(sign_in("harbin").get("/"))
    assert "哈尔滨市 · duty-07" in page
    assert "2005-11-13 13:40 UTC+8" in page


def test_an_exercise_cannot_be_taken_for_the_actual(sign_in: Enter) -> None:
    client = sign_in("harbin")
    assert "EXERCISE" not in text(client.get("/"))
    session = client.session
    session[EXERCISE] = True
    session.save()
    page = text(client.get("/"))
    assert 'data-mode="exercise"' in page
    assert "<title>【演习 EXERCISE】" in page
    assert 'class="drillband"' in page
    assert "icon-exercise.svg" in page


def test_the_mark_counts_the_witnesses_of_the_head_that_covers_a_statement(node: Node) -> None:
    statement = min(node.standing().statements)
    bare = proof_mark(statement)
    assert f"已签名 · 日志 #{node.index_of(statement)}</span>" in bare
    note = SignedNote.parse(node.log.checkpoint)
    lines = [
        cosign(
            Checkpoint.parse(note.text),
            SigningKey(f"w{n}.example/w", "witness", bytes([n]) * 32),
            1_132_000_000,
        )
        for n in (1, 2)
    ]
    (node.home / CHECKPOINT_FILE).write_bytes(SignedNote(note.text, (*note.signatures, *lines)).to_bytes())
    seen = proof_mark(statement)
    assert f"已签名 · 日志 #{node.index_of(statement)} · 见证 2</span>" in seen
    assert bare.count('dasharray="0 1"') == 1
    assert seen.count("0.76 0.24") == 2


def test_a_statement_that_is_not_in_the_log_has_no_mark(node: Node) -> None:
    assert "日志中未见" in proof_mark("0" * 64)
    assert "href" not in proof_mark("0" * 64)


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_that_says_no_stands_in_the_frame_and_says_what_to_do(
    node: Node, status: int, language: str
) -> None:
    with translation.override(language):
        answer = fault_pages.page(request("/nowhere/"), status)
    refusal, tongue = REFUSALS[status], "en" if language == "en" else "zh"
    assert answer.status_code == status
    assert 'class="bar"' in text(answer)
    for words in (refusal.title, refusal.what, refusal.todo):
        assert words.said(tongue) in text(answer)


def test_a_missing_page_is_said_so_to_anybody(node: Node) -> None:
    answer = Client().get("/nowhere/")
    assert answer.status_code == 404
    assert "没有这个页面" in text(answer)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("node.no_entry", "there is no entry 9"), 404),
        (StoreError("store.gone", "the disk is full"), 503),
        (DomainError("map.no_area", "it names no city", todo="Name one."), 400),
    ],
)
def test_an_error_of_the_world_shows_its_code_and_what_to_do(
    node: Node, error: Exception, status: int
) -> None:
    answer = fault_pages.refused(request(), error)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert error.code in text(answer)  # type: ignore[attr-defined]
    assert error.todo in text(answer)  # type: ignore[attr-defined]


def test_the_page_of_a_fault_does_not_fail_with_the_node(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Node:
        raise StoreError("store.gone", "the log cannot be read")

    monkeypatch.setattr(frame, "node", broken)
    answer = fault_pages.failed(request())
    assert answer.status_code == 500
    assert REFUSALS[500].todo.zh in text(answer)
    assert 'class="bar"' not in text(answer)


def test_the_look_is_served_by_the_node_itself_and_nothing_is_missed_at_start(
    recwarn: pytest.WarningsRecorder,
) -> None:
    answer = Client().get(static("riskshed/look.css"))
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/css")
    assert [str(one.message) for one in recwarn if "No directory" in str(one.message)] == []


def few_of_each(links: set[str]) -> set[str]:
    """Of the links to one page of the node with different names, some: who may is a matter of the page."""
    pages: dict[str, list[str]] = {}
    for one in sorted(links):
        pages.setdefault(resolve(one.partition("?")[0]).view_name, []).append(one)
    return {one for same in pages.values() for one in same[:LINKS_OF_A_PAGE]}


@pytest.mark.parametrize("user", ["harbin", "harbin-commander", "admin", "auditor", "basin"])
def test_no_link_of_a_page_answers_that_one_may_not(sign_in: Enter, node: Node, user: str) -> None:
    opened(node)
    client, seen = sign_in(user), set[str]()
    for page in ("/", *(one.url for one in client.get("/").context["places"])):
        seen |= set(re.findall(r'<a [^>]*href="(/[^"#]*)', text(client.get(page))))
    links = {html.unescape(one) for one in seen if not one.startswith(("/choose/", "/accounts/"))}
    assert len(links) > 5
    links = links if user == "harbin" else few_of_each(links)
    assert {one: code for one in links if (code := client.get(one).status_code) in (403, 404)} == {}


def test_a_refusal_on_a_chinese_page_is_told_in_chinese(sign_in: Enter) -> None:
    error = NotFoundError("keyring.no_key", "this node holds no statement key of 230100")
    asked = request()
    with translation.override("zh-hans"):
        page = text(fault_pages.refused(asked, error))
    assert "没有保存该机构的密钥" in page
    assert "holds no statement key" not in page
    with translation.override("en"):
        assert "holds no statement key" in text(fault_pages.refused(request(), error))
