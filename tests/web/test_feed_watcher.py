"""Feeds that the node reads: over real HTTP, each in its turn, and nothing lost or said twice."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from interface_world import housed, reading
from officers import HARBIN, JILIN

from riskshed.errors import InputError, StoreError
from riskshed.web import feed_watcher, intake
from riskshed.web.feed_watcher import FeedWatcher
from riskshed.web.models import FeedRow, ReadingRow

pytestmark = pytest.mark.django_db(transaction=True)


class Agency:
    """A server that publishes."""

    def __init__(self) -> None:
        self.paths: dict[str, Any] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                told = outer.paths.get(self.path, (404, b""))
                status, data = told() if callable(told) else told
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}{path}"

    def publishes(self, path: str, *readings: dict[str, Any]) -> str:
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [126.5, 45.8]},
                "properties": one,
            }
            for one in readings
        ]
        data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        self.paths[path] = (200, data)
        return self.url(path)


@pytest.fixture
def agency() -> Iterator[Agency]:
    made = Agency()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def watcher(node) -> Iterator[FeedWatcher]:
    with housed(node) as taker:
        made = FeedWatcher(node, lambda: taker, feed_watcher.open_fetch(private=True))
        yield made
        made.stop()


def again(row: FeedRow) -> FeedRow:
    return FeedRow.objects.get(pk=row.pk)


def test_what_a_feed_measures_is_taken_in_for_its_body(watcher, agency):
    row = feed_watcher.add(HARBIN, agency.publishes("/a", reading()), "geojson", 60)
    assert watcher.read(row) == 1
    taken = ReadingRow.objects.get()
    assert (taken.station, taken.body, taken.sender) == ("sifangtai", HARBIN, f"feed-{row.pk}")
    assert again(row).faults == []
    assert again(row).last_taken is not None


def test_what_it_said_before_is_not_taken_twice(watcher, agency):
    row = feed_watcher.add(HARBIN, agency.publishes("/a", reading()), "geojson", 60)
    assert (watcher.read(row), watcher.read(again(row))) == (1, 0)


def test_what_other_bodies_measure_is_left_out_and_said(watcher, agency):
    row = feed_watcher.add(JILIN, agency.publishes("/a", reading()), "geojson", 60)
    assert watcher.read(row) == 0
    assert [one["code"] for one in again(row).faults] == ["readings.not_yours"]
    assert ReadingRow.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "data"),
    [("geojson", b"{"), ("geojson", b'{"type": "FeatureCollection"}'), ("cap", b"<alert"), ("cap", b"\xff")],
)
def test_what_cannot_be_read_is_said_and_asked_for_later(watcher, agency, kind, data):
    agency.paths["/a"] = (200, data)
    row = feed_watcher.add(HARBIN, agency.url("/a"), kind, 60)
    watcher.read(row)
    held = again(row)
    assert held.faults
    assert held.state["failures"] == 1
    assert not watcher._is_due(held)


def test_a_feed_that_is_put_right_has_no_faults_any_more(watcher, agency):
    row = feed_watcher.add(HARBIN, agency.url("/a"), "geojson", 60)
    watcher.read(row)
    assert again(row).faults
    agency.publishes("/a", reading())
    assert watcher.read(again(row)) == 1
    assert again(row).faults == []


def test_a_private_address_is_refused_unless_the_operator_allows_it(node, agency):
    row = feed_watcher.add(HARBIN, agency.publishes("/a", reading()), "geojson", 60)
    with housed(node) as taker:
        FeedWatcher(node, lambda: taker, feed_watcher.open_fetch(private=False)).read(row)
    assert again(row).faults[0]["code"].startswith("feed.")
    assert agency.asked == []


def test_a_feed_that_hangs_delays_no_other(watcher, agency):
    go_on = threading.Event()
    agency.paths["/slow"] = lambda: (200, b"{}" if go_on.wait(10.0) else b"")
    feed_watcher.add(HARBIN, agency.url("/slow"), "geojson", 60)
    quick = feed_watcher.add(HARBIN, agency.publishes("/quick", reading()), "geojson", 60)
    begun = time.monotonic()
    assert watcher.look() == 2
    while not again(quick).last_read and time.monotonic() - begun < 30.0:
        time.sleep(0.02)
    assert again(quick).last_taken is not None
    assert watcher.look() == 0, "the slow one is still under way, the quick one is not due"
    go_on.set()


def test_what_the_database_did_not_take_is_read_again(watcher, agency, monkeypatch):
    row = feed_watcher.add(HARBIN, agency.publishes("/a", reading()), "geojson", 60)
    real = intake.Intake.take

    def broken(*_: Any) -> None:
        raise StoreError("intake.store", "the disk is full")

    monkeypatch.setattr(intake.Intake, "take", broken)
    with pytest.raises(StoreError):
        watcher.read(row)
    monkeypatch.setattr(intake.Intake, "take", real)
    assert watcher.read(again(row)) == 1


def test_a_feed_that_ended_is_not_read(watcher, agency):
    row = feed_watcher.add(HARBIN, agency.publishes("/a", reading()), "geojson", 60)
    feed_watcher.end(row)
    assert watcher.look() == 0
    assert agency.asked == []


def test_it_reads_by_itself_and_stops(watcher, agency):
    row = feed_watcher.add(HARBIN, agency.publishes("/a", reading()), "geojson", 60)
    watcher.start()
    begun = time.monotonic()
    while not again(row).last_read and time.monotonic() - begun < 30.0:
        time.sleep(0.02)
    assert ReadingRow.objects.count() == 1
    begun = time.monotonic()
    watcher.stop()
    assert time.monotonic() - begun < 8.0


@pytest.mark.parametrize(
    ("url", "every_s", "code"),
    [
        ("file:///etc/passwd", 60, "feed.url"),
        ("https://", 60, "feed.url"),
        ("https://a.example/", 1, "feed.every"),
    ],
)
def test_a_feed_that_cannot_be_watched_is_refused(db, url, every_s, code):
    with pytest.raises(InputError) as caught:
        feed_watcher.add(HARBIN, url, "cap", every_s)
    assert caught.value.code == code
