"""What stands before Django, over real sockets: whole bodies, limits, slow clients, heads that never end."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from web.served import Served

from riskshed.web import connection, refused_body
from riskshed.web.bridge import Bridge
from riskshed.web.request_body import BodyLimits

LARGE = 3_000_000


class Pages:
    """A WSGI application that says what it was asked, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        path = environ["PATH_INFO"]
        if path == "/wait":
            time.sleep(0.5)
        if path == "/wrong":
            raise ValueError("a view that fails")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self.parts(path)

    def parts(self, path: str) -> Iterator[bytes]:
        try:
            for _ in range(LARGE // 1000 if path == "/large" else 1):
                yield b"x" * 1000
        finally:
            self.closed += 1


class App:
    """The bridge with the life that a server asks for."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.bridge(scope, receive, send)
            return
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})

    async def close_streams(self) -> None:
        self.bridge.close()


@contextmanager
def bridged(**more: Any) -> Iterator[tuple[Pages, tuple[str, int]]]:
    pages = Pages()
    limits = BodyLimits(10_000, grace_s=0.5, slowest_bytes_s=10_000.0)
    server = Served(App(Bridge(pages, **{"threads": 2, "limits": limits, **more})))
    try:
        yield pages, server.address
    finally:
        server.stop()


def talk(address: tuple[str, int], *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Send parts, and read until the other side closes or is silent."""
    with socket.create_connection(address, timeout=5.0) as plug:
        for part in parts:
            plug.sendall(part)
            time.sleep(pause_s)
        found = b""
        try:
            while data := plug.recv(65_536):
                found += data
                if b"\r\n0\r\n\r\n" in found:
                    break
        except TimeoutError:
            pass
        return found


def post(path: str, body: bytes, *headers: str) -> bytes:
    more = "".join(f"{one}\r\n" for one in headers)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode() + body


def test_a_view_gets_the_whole_body_and_its_length() -> None:
    with bridged() as (pages, address):
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        talk(address, post("/%E6%B1%9F?a=b", b"one body"))
        talk(address, chunked, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n", pause_s=0.05)
        assert pages.bodies == [b"one body", b"abcde"]
        assert [one["CONTENT_LENGTH"] for one in pages.asked] == ["8", "5"]
        assert pages.asked[0]["PATH_INFO"].encode("latin-1").decode() == "/江"
        assert pages.asked[0]["QUERY_STRING"] == "a=b"


def test_a_body_that_breaks_off_reaches_no_view() -> None:
    with bridged() as (pages, address):
        with socket.create_connection(address) as plug:
            plug.sendall(post("/", b"x" * 500)[:-100])
        talk(address, post("/", b"whole"))
        time.sleep(0.5)
        assert pages.bodies == [b"whole"]


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused_and_the_sender_hears_why(declared: bool) -> None:
    with bridged() as (pages, address):
        body = b"x" * 500_000
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7A120\r\n" + body
        told = talk(address, post("/", body) if declared else chunked)
        assert told.startswith(b"HTTP/1.1 413 ")
        assert json.loads(told.partition(b"\r\n\r\n")[2])["code"] == "body.too_large"
        assert not pages.asked


BROWSER = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize(("language", "words"), [
    ("en-GB,en;q=0.8", ("<html lang=\"en\">", "too large", "at most 0.00953674 MB", "Go back")),
    ("zh-CN,zh;q=0.9", ("<html lang=\"zh-Hans\">", "过大", "不超过 0.00953674 MB", "请返回上一页")),
    ("fr", ("过大",)),
])  # fmt: skip
def test_a_browser_is_shown_a_page_about_a_body_that_is_too_large(language: str, words: Any) -> None:
    with bridged(explain=refused_body.page) as (pages, address):
        told = talk(address, post("/report/", b"x" * 500_000, BROWSER, f"Accept-Language: {language}"))
        head, _, page = told.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413 ")
        assert b"content-type: text/html; charset=utf-8" in head.lower()
        assert b"content-security-policy: default-src 'none'" in head.lower()
        assert all(one in page.decode() for one in words), page.decode()
        assert not pages.asked


@pytest.mark.parametrize(("path", "accept"), [
    ("/api/v1/questions", BROWSER), ("/report/", "Accept: application/json"), ("/report/", "Accept: */*"),
    ("/report/", "X-Nothing: 1"), ("/witness/x", BROWSER),
])  # fmt: skip
def test_a_program_is_told_by_a_problem_that_a_body_is_too_large(path: str, accept: str) -> None:
    with bridged(explain=refused_body.page) as (_, address):
        told = talk(address, post(path, b"x" * 500_000, accept))
        head, _, content = told.partition(b"\r\n\r\n")
        assert b"content-type: application/problem+json" in head.lower()
        assert json.loads(content)["code"] == "body.too_large"


def test_a_browser_whose_line_is_too_slow_is_shown_a_page() -> None:
    with bridged(explain=refused_body.page) as (_, address):
        told = talk(address, post("/report/", b"x" * 100, BROWSER, "Accept-Language: en")[:-50])
        assert told.startswith(b"HTTP/1.1 408 ")
        assert "The line was too slow" in told.decode()


def test_a_body_that_comes_too_slowly_is_cut_off() -> None:
    with bridged() as (pages, address):
        begin = time.monotonic()
        told = talk(address, post("/", b"x" * 100)[:-50])
        assert told.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - begin < 20.0
        assert not pages.asked


@pytest.mark.parametrize("length", ["-1", "x", "1, 2", "99999999999999999999"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    with bridged() as (pages, address):
        told = talk(address, f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\nab".encode())
        assert told.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))
        assert not pages.asked


def test_slow_readers_hold_no_thread() -> None:
    with bridged() as (pages, address):
        slow = [socket.create_connection(address) for _ in range(6)]
        for plug in slow:
            plug.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        begin = time.monotonic()
        assert talk(address, post("/", b"")).startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - begin < 4.5
        assert pages.closed == 7, "an answer is closed as soon as it is whole"
        for plug in slow:
            plug.close()


def test_a_large_answer_arrives_whole() -> None:
    with bridged() as (_, address):
        told = talk(address, b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert told.count(b"x") >= LARGE


def test_headers_with_an_underscore_do_not_pass_for_others() -> None:
    with bridged() as (pages, address):
        talk(address, post("/", b"", "X_Forwarded_Proto: https", "X-Other: 1", "Cookie: a=1", "Cookie: b=2"))
        assert "HTTP_X_FORWARDED_PROTO" not in pages.asked[0]
        assert pages.asked[0]["HTTP_X_OTHER"] == "1"
        assert pages.asked[0]["HTTP_COOKIE"] == "a=1; b=2"


def test_a_crowd_beyond_the_bound_is_told_to_come_again() -> None:
    with bridged(waiting_max=2) as (_, address):
        answers: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: answers.append(talk(address, post("/wait", b""))[:12]))
            for _ in range(5)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(answers) == [b"HTTP/1.1 200"] * 2 + [b"HTTP/1.1 503"] * 3


def test_a_view_that_fails_is_a_500_and_the_next_request_is_served() -> None:
    with bridged() as (_, address):
        assert talk(address, post("/wrong", b"")).startswith(b"HTTP/1.1 500 ")
        assert talk(address, post("/", b"")).startswith(b"HTTP/1.1 200 ")


def test_a_head_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.5)
    with bridged() as (_, address):
        begin = time.monotonic()
        assert talk(address, b"GET / HTTP/1.1\r\nHost: x\r\n").startswith(b"HTTP/1.1 408 ")
        # And so is the second head of a connection that began well.
        first = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        with socket.create_connection(address, timeout=5.0) as plug:
            plug.sendall(first)
            time.sleep(0.1)
            plug.sendall(b"GET / HTTP/1.1\r\nHo")
            told = b""
            while data := plug.recv(65_536):
                told += data
        assert b"HTTP/1.1 408 " in told
        assert time.monotonic() - begin < 20.0


def test_a_head_that_is_too_large_is_refused() -> None:
    with bridged() as (pages, address):
        endless = (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", *[b"x" * 10_000] * 7)
        assert talk(address, *endless, pause_s=0.02).startswith(b"HTTP/1.1 431 ")
        assert not pages.asked
