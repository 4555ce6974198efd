"""Pages are sent packed to who takes them so; what may show a new secret is not."""

from __future__ import annotations

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from riskshed.web.packing import Packing

TEXT = "到达哈尔滨市 " * 200
TAKES = {"Accept-Encoding": "gzip, br"}


def sent(answer: HttpResponse, method: str = "GET", headers: dict[str, str] = TAKES) -> HttpResponse:
    request = RequestFactory().generic(method, "/", headers=headers)
    return Packing(lambda _: answer)(request)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "application/atom+xml"])
def test_text_is_packed_for_who_takes_it_so(kind: str) -> None:
    answer = sent(HttpResponse(TEXT, content_type=kind))
    assert gzip.decompress(answer.content).decode() == TEXT
    assert len(answer.content) < len(TEXT.encode()) / 5
    plain = sent(HttpResponse(TEXT, content_type=kind), headers={})
    assert plain.content.decode() == TEXT
    assert plain.headers["Vary"] == answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("kind", ["application/pdf", "application/octet-stream", "image/png", "text/html"])
def test_what_is_no_text_and_what_answers_a_form_is_sent_as_it_is(kind: str) -> None:
    answer = sent(HttpResponse(TEXT, content_type=kind), "POST" if kind == "text/html" else "GET")
    assert answer.content.decode() == TEXT
    assert "Content-Encoding" not in answer.headers


def test_a_stream_is_not_held_up() -> None:
    answer = sent(StreamingHttpResponse([TEXT], content_type="text/csv"))
    assert "Content-Encoding" not in answer.headers


def test_a_packed_page_has_a_length_that_varies() -> None:
    assert len({len(sent(HttpResponse(TEXT)).content) for _ in range(12)}) > 1


@pytest.mark.django_db
def test_a_page_of_the_node_is_packed(node: object) -> None:
    answer = Client().get("/accounts/login/", headers=TAKES)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(answer.content)
