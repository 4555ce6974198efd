"""The CAP feed of a node, as files: what stands, what was taken back, and nothing of drills."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from riskshed.exchange import cap
from riskshed.exchange.cap_feed import check_feed, read_feed
from riskshed.governance.draft import Draft
from riskshed.web.delivery_feed import FeedFiles
from riskshed.web.node import Node

HARBIN = "230100"


def warn(node: Node, *, exercise: bool = False, hours: int = 12, **more: Any) -> str:
    """A yellow warning of Harbin; with `earlier`, an update of it."""
    earlier = more.pop("earlier", None)
    body = {
        "hazard_class": "accident",
        "hazard": "water_pollution",
        "level": "yellow",
        "headline": {"zh": "松花江水污染黄色预警", "en": "Yellow warning: polluted water"},
        "description": {"zh": "污染团正在下行。", "en": "Polluted water is on its way."},
        "instruction": {"zh": "储水。", "en": "Store water."},
        "urgency": "Expected",
        "severity": "Moderate",
        "certainty": "Likely",
        "cities": [HARBIN],
        "expires": at(node, hours),
        **more,
    }
    desk = node.desk(HARBIN, "duty-07", exercise=exercise)
    if earlier is None:
        return desk.say(Draft("WarningIssued", HARBIN, None, None, body))
    body["change"] = {"zh": "延长", "en": "longer"}
    return desk.say(Draft("WarningUpdated", HARBIN, None, earlier, body))


def at(node: Node, hours: int) -> str:
    return (node.now() + timedelta(hours=hours)).isoformat(timespec="seconds")


def cancel(node: Node, warning: str) -> str:
    body = {
        "cause": "error",
        "headline": {"zh": "解除", "en": "Cancelled"},
        "reason": {"zh": "误报", "en": "It was an error"},
    }
    return node.desk(HARBIN, "duty-07").say(Draft("WarningCancelled", HARBIN, None, warning, body))


@pytest.fixture
def feed(node: Node, tmp_path: Path) -> FeedFiles:
    return FeedFiles(node, tmp_path / "public")


def entries(folder: Path) -> list[Any]:
    raw = (folder / "public" / "feeds" / "warnings.atom").read_bytes()
    assert check_feed(raw) == ()
    return list(read_feed(raw).entries)


def test_a_warning_is_in_the_feed_and_in_a_file_of_its_own(
    node: Node, feed: FeedFiles, tmp_path: Path
) -> None:
    said = warn(node)
    assert feed.write()
    [entry] = entries(tmp_path)
    assert entry.links[0].href == f"{node.profile.url}/feeds/cap/{said}.xml"
    raw = (tmp_path / "public" / "feeds" / "cap" / f"{said}.xml").read_bytes()
    alert = cap.read(raw)
    assert (alert.identifier, alert.status, alert.scope) == (said, "Actual", "Public")
    assert {info.language for info in alert.infos} == {"zh-CN", "en-US"} or len(alert.infos) == 2
    assert entry.read() == alert


def test_an_update_takes_the_place_of_what_it_updates(node: Node, feed: FeedFiles, tmp_path: Path) -> None:
    first = warn(node)
    second = warn(node, earlier=first, level="orange")
    feed.write()
    [entry] = entries(tmp_path)
    alert = entry.read()
    assert (alert.identifier, alert.msg_type) == (second, "Update")
    assert [one.identifier for one in alert.referenced()] == [first]


def test_a_cancellation_is_shown_in_the_place_of_the_warning(
    node: Node, feed: FeedFiles, tmp_path: Path
) -> None:
    first = warn(node)
    feed.write()
    last = cancel(node, first)
    assert feed.write()
    [entry] = entries(tmp_path)
    assert (entry.read().identifier, entry.read().msg_type) == (last, "Cancel")


def test_what_has_run_out_leaves_the_feed_by_itself(
    node: Node, feed: FeedFiles, tmp_path: Path, clock: Any
) -> None:
    said = warn(node, hours=2)
    feed.write()
    clock.forward(hours=3)
    assert feed.write()
    assert entries(tmp_path) == []
    assert (tmp_path / "public" / "feeds" / "cap" / f"{said}.xml").is_file()


def test_a_drill_is_in_no_file(node: Node, feed: FeedFiles, tmp_path: Path) -> None:
    warn(node, exercise=True)
    feed.write()
    assert entries(tmp_path) == []
    assert not list((tmp_path / "public").rglob("*.xml"))


def test_files_that_were_lost_are_made_again_byte_for_byte(
    node: Node, feed: FeedFiles, tmp_path: Path
) -> None:
    first = warn(node)
    warn(node, earlier=first)
    feed.write()
    folder = tmp_path / "public" / "feeds"
    before = {path.name: path.read_bytes() for path in folder.rglob("*.*")}
    for path in folder.rglob("*.*"):
        path.unlink()
    FeedFiles(node, tmp_path / "public").write()
    assert {path.name: path.read_bytes() for path in folder.rglob("*.*")} == before
    assert not feed.write(), "nothing has changed"


def test_while_it_is_served_a_warning_is_in_the_feed_within_a_second_or_so(
    node: Node, feed: FeedFiles, tmp_path: Path
) -> None:
    feed.start()
    try:
        warn(node)
        node.tick()
        until_s = time.monotonic() + 30.0
        while not list((tmp_path / "public").rglob("*.xml")):
            assert time.monotonic() < until_s
            time.sleep(0.05)
    finally:
        feed.stop()
