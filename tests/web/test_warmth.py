"""What the first reader would wait for is done at the start, and hinders neither start nor stop."""

from __future__ import annotations

import logging
import threading

import pytest

from riskshed.web import map_ground, warmth
from riskshed.web.node import Node
from riskshed.web.warmth import Warmth

pytestmark = pytest.mark.django_db


def test_the_map_is_drawn_before_anybody_asks(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(map_ground, "ground", drawn.append)
    monkeypatch.setattr(map_ground, "geojson", drawn.append)
    worker = Warmth(node)
    worker.start()
    worker._thread.join(20)
    assert drawn == [node.region, node.region]


def test_a_stop_is_not_held_up_and_ends_what_is_left(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    held, drawn = threading.Event(), list[object]()
    monkeypatch.setattr(warmth, "STOP_S", 0.05)
    monkeypatch.setattr(warmth, "get_template", lambda _: held.wait(20))
    monkeypatch.setattr(map_ground, "ground", drawn.append)
    worker = Warmth(node)
    worker.start()
    worker.stop()
    held.set()
    worker._thread.join(20)
    assert drawn == []


def test_what_fails_is_logged_and_the_rest_is_done(
    node: Node, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(map_ground, "ground", lambda _: 1 / 0)
    monkeypatch.setattr(map_ground, "geojson", drawn.append)
    worker = Warmth(node)
    with caplog.at_level(logging.ERROR):
        worker.start()
        worker._thread.join(20)
    assert drawn == [node.region]
    assert "could not be made ready" in caplog.text
