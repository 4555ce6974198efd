"""Feeds, against a real server that is slow, broken, too large or turns the caller round in circles."""

from __future__ import annotations

import gzip
import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cast import SHANG, ZHONG
from exchange.cap_messages import NOW
from exchange.test_cap_signals import STATIONS, alert, told
from exchange.test_observations import QUAKES, collection, feature

from riskshed.errors import InputError
from riskshed.exchange import cap
from riskshed.feed_fetch import FeedError, Fetcher
from riskshed.feeds import FeedState, Polled, poll

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A server on this machine that answers each path as it is told, and counts what it was asked."""

    def __init__(self) -> None:
        self.paths: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                with suppress(BrokenPipeError, ConnectionResetError):
                    outer.paths[self.path](self)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}{path}"

    def gives(self, path: str, data: bytes, status: int = 200, **headers: str) -> str:
        """Answer a path with these bytes."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            send(handler, data, status, **headers)

        self.paths[path] = answer
        return self.url(path)


def send(handler: BaseHTTPRequestHandler, data: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def fetch() -> Iterator[Fetcher]:
    with Fetcher(private_hosts=["127.0.0.1"], timeout_s=2.0) as made:
        yield made


def refused(fetch: Fetcher, url: str, bytes_max: int = 1000) -> str:
    with pytest.raises(FeedError) as error:
        fetch(url, bytes_max=bytes_max)
    return error.value.code


# ------------------------------------------------------------------------------------------------ fetching


def test_it_fetches_and_asks_for_what_is_new_alone(server: Server, fetch: Fetcher) -> None:
    url = server.gives("/a", b"hello", ETag='"1"', Last_Modified="Wed, 01 May 2024 04:00:00 GMT")
    found = fetch(url, bytes_max=10)
    assert (found.data, found.etag) == (b"hello", '"1"')
    server.gives("/a", b"", 304)
    again = fetch(url, bytes_max=10, etag=found.etag, modified=found.modified)
    assert (again.data, again.etag) == (None, '"1"')
    headers = server.asked[1][1]
    assert headers["if-none-match"] == '"1"'
    assert headers["if-modified-since"] == "Wed, 01 May 2024 04:00:00 GMT"
    assert headers["host"].startswith("127.0.0.1:")


def test_what_is_packed_is_unpacked(server: Server, fetch: Fetcher) -> None:
    url = server.gives("/a", gzip.compress(b"hello", mtime=0), Content_Encoding="gzip")
    assert fetch(url, bytes_max=1000).data == b"hello"


def test_a_bomb_ends_at_the_limit(server: Server, fetch: Fetcher) -> None:
    bomb = gzip.compress(b"0" * 200_000_000, mtime=0)
    url = server.gives("/a", bomb, Content_Encoding="gzip")
    tracemalloc.start()
    try:
        assert refused(fetch, url, 1_000_000) == "feed.oversize"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000, "it was not unpacked"
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("data", "headers", "code"),
    [
        (b"x" * 1001, {}, "feed.oversize"),
        (b"hello", {"Content_Encoding": "gzip"}, "feed.encoding"),
        (gzip.compress(b"hello", mtime=0)[:-4], {"Content_Encoding": "gzip"}, "feed.encoding"),
        (b"hello", {"Content_Encoding": "br"}, "feed.encoding"),
    ],
)
def test_a_bad_answer_is_refused(
    server: Server, fetch: Fetcher, data: bytes, headers: dict[str, str], code: str
) -> None:
    assert refused(fetch, server.gives("/a", data, **headers)) == code


@pytest.mark.parametrize("status", [201, 206, 404, 500])
def test_any_other_status_is_no_answer(server: Server, fetch: Fetcher, status: int) -> None:
    assert refused(fetch, server.gives("/a", b"hello", status)) == "feed.status"


def test_bytes_that_drip_end_at_the_deadline(server: Server, fetch: Fetcher) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    server.paths["/a"] = drip
    start = time.monotonic()
    assert refused(fetch, server.url("/a")) == "feed.timeout"
    assert time.monotonic() - start < 8.0


def test_a_head_that_drips_ends_at_the_deadline(server: Server, fetch: Fetcher) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            handler.wfile.write(f"X-{number}: a\r\n".encode())
            handler.wfile.flush()
            time.sleep(0.1)

    server.paths["/a"] = drip
    start = time.monotonic()
    assert refused(fetch, server.url("/a")) == "feed.timeout"
    assert time.monotonic() - start < 8.0


def test_an_answer_that_breaks_off_is_none(server: Server, fetch: Fetcher) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")

    server.paths["/a"] = cut
    assert refused(fetch, server.url("/a")) == "feed.unreachable"


def test_nobody_there_is_said() -> None:
    with Fetcher(private_hosts=["127.0.0.1"], timeout_s=2.0) as fetch:
        assert refused(fetch, "http://127.0.0.1:1/a") == "feed.unreachable"


def test_it_follows_a_redirect_and_not_a_circle(server: Server, fetch: Fetcher) -> None:
    server.gives("/b", b"there")
    assert fetch(server.gives("/a", b"", 302, Location="/b"), bytes_max=10).data == b"there"
    assert refused(fetch, server.gives("/c", b"", 302, Location="/c")) == "feed.redirect"
    assert len([path for path, _ in server.asked if path == "/c"]) == 4


@pytest.mark.parametrize(
    "url",
    ["http://localhost/a", "http://10.0.0.1/a", "http://169.254.169.254/latest", "http://[::1]/a",
     "http://[::ffff:127.0.0.1]/a", "http://0.0.0.0/a", "http://224.0.0.1/a", "http://100.64.0.1/"],
)  # fmt: skip
def test_what_is_private_is_not_called(url: str) -> None:
    with Fetcher(timeout_s=2.0) as fetch:
        assert refused(fetch, url) == "feed.private"


def test_a_redirect_to_what_is_private_is_not_followed(server: Server) -> None:
    inner = server.gives("/inner", b"secret").replace("127.0.0.1", "inner.example")
    url = server.gives("/a", b"", 302, Location=inner).replace("127.0.0.1", "feed.example")
    with Fetcher(private_hosts=["feed.example"], timeout_s=2.0, resolve=lambda *_: ["127.0.0.1"]) as fetch:
        assert refused(fetch, url) == "feed.private"
    assert [path for path, _ in server.asked] == ["/a"]


def test_a_name_that_changes_its_mind_leads_nowhere(server: Server) -> None:
    url = server.gives("/a", b"hello").replace("127.0.0.1", "feed.example")
    looked: list[str] = []

    def once(host: str, port: int) -> list[str]:
        looked.append(host)
        return ["127.0.0.1"]

    with Fetcher(private_hosts=["feed.example"], timeout_s=2.0, resolve=once) as fetch:
        assert fetch(url, bytes_max=10).data == b"hello"
    assert looked == ["feed.example"], "it was looked up once, and that address was called"
    assert server.asked[0][1]["host"].startswith("feed.example")


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "file:///etc", "http://", "http://u:p@a.example/", "x", "http://["]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with Fetcher(timeout_s=2.0) as fetch:
        assert refused(fetch, url) == "feed.address"


# ------------------------------------------------------------------------------------------------- polling


def atom(server: Server, *entries: tuple[str, str]) -> bytes:
    """A feed of entries that link messages."""
    parts = [
        f"<entry><id>{name}</id><title>t</title><updated>2024-05-01T0{at}:00:00Z</updated>"
        f'<link href="{href}" type="application/cap+xml"/></entry>'
        for at, (name, href) in enumerate(entries)
    ]
    head = "<id>f</id><title>feed</title><updated>2024-05-01T00:00:00Z</updated>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{"".join(parts)}</feed>'.encode()


def state(url: str, **more: Any) -> FeedState:
    return FeedState(url, more.pop("kind", "cap"), **more)


def later(found: Polled, minutes: float = 60) -> Any:
    return NOW + timedelta(minutes=minutes)


def test_a_feed_of_messages_is_heard_once(server: Server, fetch: Fetcher) -> None:
    server.gives("/m1", cap.write(alert()))
    url = server.gives("/feed", atom(server, ("e1", "m1")))
    found = poll(state(url), fetch, NOW, STATIONS)
    assert [one.place for one in found.signals] == [SHANG]
    assert found.faults == ()
    again = poll(found.state, fetch, later(found), STATIONS)
    assert again.signals == ()
    assert [path for path, _ in server.asked] == ["/feed", "/m1", "/feed"]


def test_it_is_not_asked_before_it_is_due(server: Server, fetch: Fetcher) -> None:
    found = poll(state(server.gives("/feed", atom(server)), every_s=300.0), fetch, NOW, STATIONS)
    early = poll(found.state, fetch, NOW + timedelta(seconds=299), STATIONS)
    assert early == Polled((), found.state, ())
    assert len(server.asked) == 1


def test_a_cancel_clears_what_the_feed_said_before(server: Server, fetch: Fetcher) -> None:
    first = alert()
    server.gives("/m1", cap.write(first))
    server.gives("/m2", cap.write(alert("a-2", 0, earlier=first, msg_type="Cancel")))
    url = server.gives("/feed", atom(server, ("e2", "m2"), ("e1", "m1")))
    found = poll(state(url), fetch, NOW, STATIONS)
    assert [one.kind for one in found.signals] == ["observed", "cleared"]


def test_what_a_cancel_withdraws_is_remembered_across_a_restart(server: Server, fetch: Fetcher) -> None:
    first = alert()
    server.gives("/m1", cap.write(first))
    url = server.gives("/feed", atom(server, ("e1", "m1")))
    found = poll(state(url), fetch, NOW, STATIONS)
    kept = FeedState.of_json(json.loads(json.dumps(found.state.to_json())))
    assert kept == found.state
    server.gives("/m2", cap.write(alert("a-2", 0, earlier=first, msg_type="Cancel")))
    server.gives("/feed", atom(server, ("e1", "m1"), ("e2", "m2")))
    assert [one.kind for one in poll(kept, fetch, later(found), STATIONS).signals] == ["cleared"]


def test_one_broken_message_does_not_silence_the_others(server: Server, fetch: Fetcher) -> None:
    server.gives("/m1", b"<alert/>")
    server.gives("/m2", cap.write(alert()))
    url = server.gives("/feed", atom(server, ("e1", "m1"), ("e2", "m2"), ("e3", "gone")))
    server.gives("/gone", b"", 404)
    found = poll(state(url), fetch, NOW, STATIONS)
    assert [one.place for one in found.signals] == [SHANG]
    assert {one.code.partition(".")[0] for one in found.faults} == {"cap", "feed"}
    again = poll(found.state, fetch, later(found), STATIONS)
    assert {one.code for one in again.faults} == {"feed.status"}, "what is broken is named once"


def test_a_single_message_is_a_feed_too(server: Server, fetch: Fetcher) -> None:
    url = server.gives("/m", cap.write(alert()))
    found = poll(state(url), fetch, NOW, STATIONS)
    assert [one.place for one in found.signals] == [SHANG]
    assert poll(found.state, fetch, later(found), STATIONS).signals == ()


def test_a_feed_of_observations_is_read_by_its_form(server: Server, fetch: Fetcher) -> None:
    quake = {"mag": 6.5, "time": 1714539600000}
    url = server.gives("/q", collection(feature(quake, (126.5, 45.5), id="q1"), feature(quake, (1, 1))))
    found = poll(state(url, kind="geojson", form=QUAKES), fetch, NOW, STATIONS)
    assert [one.place for one in found.signals] == [ZHONG]
    assert FeedState.of_json(found.state.to_json()) == found.state


@pytest.mark.parametrize("data", [b"", b"<feed", b"{}", b"<html><body>login</body></html>", b"\x00" * 50])
@pytest.mark.parametrize("kind", ["cap", "geojson"])
def test_a_broken_feed_is_asked_later_and_later(
    server: Server, fetch: Fetcher, kind: str, data: bytes
) -> None:
    held, moment, waits = state(server.gives("/f", data, ETag='"1"'), kind=kind), NOW, []
    for _ in range(6):
        found = poll(held, fetch, moment, STATIONS)
        assert found.faults
        assert found.signals == ()
        assert found.state.next_at is not None
        waits.append((found.state.next_at - moment).total_seconds())
        held, moment = found.state, found.state.next_at
    assert waits == [600, 1200, 2400, 3600, 3600, 3600]
    assert held.etag == "", "it has to answer in full"


def test_after_it_has_answered_it_is_asked_as_often_as_before(server: Server, fetch: Fetcher) -> None:
    held = replace(state(server.gives("/f", atom(server))), failures=5)
    found = poll(held, fetch, NOW, STATIONS)
    assert (found.state.failures, found.state.next_at) == (0, NOW + timedelta(seconds=300))


def test_a_warning_without_class_is_told_to_the_operator(server: Server, fetch: Fetcher) -> None:
    url = server.gives("/m", cap.write(alert(infos=(told(categories=("Other",)),))))
    assert [one.code for one in poll(state(url), fetch, NOW, STATIONS).faults] == ["cap.no_class"]
    assert poll(state(url, hazard_class="social"), fetch, NOW, STATIONS).signals


def test_a_state_that_makes_no_sense_is_refused() -> None:
    for more in ({"kind": "rss"}, {"every_s": 0.0}, {"hazard_class": "war"}):
        with pytest.raises(InputError):
            state("https://a.example/", **more)
