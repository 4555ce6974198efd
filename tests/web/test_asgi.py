"""The door: who is served by whom, what happens while the node opens and closes, and who may hear what."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from riskshed.desk import Desk
from riskshed.errors import StoreError
from riskshed.governance.draft import Draft
from riskshed.web import asgi, event_topics
from riskshed.web.asgi import Door
from riskshed.web.events import Hub
from riskshed.web.node import Indexed, Node


class House:
    """A house that notes what is done with it."""

    def __init__(self, latest: int = -1, wrong: Exception | None = None) -> None:
        self.did: list[str] = []
        self._latest, self._wrong = latest, wrong

    def open(self, publish: Any) -> int:
        self.did.append("open")
        if self._wrong is not None:
            raise self._wrong
        return self._latest

    def close(self) -> None:
        self.did.append("close")


def answering(text: bytes, wait_s: float = 0.0) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(wait_s)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text})

    return app


def door_of(house: House | None = None, **more: Any) -> Door:
    return Door(house or House(), Hub(lambda *_: ()), more.pop("pages", answering(b"a page")), **more)


async def ask(door: Door, path: str, method: str = "GET") -> tuple[int, bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    await door(scope, asyncio.Event().wait, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent)


async def live(door: Door, *, until: asyncio.Event | None = None) -> list[str]:
    """The life of a server: what the application answers."""
    told: list[str] = []
    asked = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Any:
        kind = next(asked)
        if kind == "lifespan.shutdown" and until is not None:
            await until.wait()
        return {"type": kind}

    async def send(message: Any) -> None:
        told.append(message["type"])

    await door({"type": "lifespan"}, receive, send)
    return told


def test_a_hot_path_does_not_go_by_way_of_the_pages() -> None:
    door = door_of(hot={("POST", "/api/v1/readings"): answering(b"hot")})
    assert asyncio.run(ask(door, "/api/v1/readings", "POST")) == (200, b"hot")
    assert asyncio.run(ask(door, "/api/v1/readings", "GET")) == (200, b"a page")
    assert asyncio.run(ask(door, "/api/v1/readings/x", "POST")) == (200, b"a page")


def test_the_house_is_opened_and_closed_in_order() -> None:
    house = House()
    assert asyncio.run(live(door_of(house))) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert house.did == ["open", "close"]


def test_a_house_that_cannot_be_opened_stops_the_start_and_is_closed() -> None:
    house = House(wrong=StoreError("store.unreadable", "the log cannot be read"))
    assert asyncio.run(live(door_of(house))) == ["lifespan.startup.failed"]
    assert house.did == ["open", "close"]


def test_while_the_node_closes_who_comes_is_told_so() -> None:
    async def story() -> tuple[int, bytes]:
        door = door_of()
        await door.close_streams()
        return await ask(door, "/")

    status, told = asyncio.run(story())
    assert (status, json.loads(told)["code"]) == (503, "node.closing")


def test_a_page_that_is_cut_off_by_the_stop_says_so() -> None:
    async def story() -> tuple[int, bytes]:
        door = door_of(pages=answering(b"late", 30.0))
        asking = asyncio.create_task(ask(door, "/"))
        await asyncio.sleep(0.05)
        await door.close_streams()
        asking.cancel()
        return await asking

    status, told = asyncio.run(story())
    assert (status, json.loads(told)["code"]) == (503, "node.closing")


# ------------------------------------------------------------------------------------------ who hears what


WARNING = {
    "hazard_class": "accident",
    "hazard": "water_pollution",
    "level": "yellow",
    "headline": {"zh": "水污染黄色预警", "en": "Yellow warning: polluted water"},
    "description": {"zh": "污染团正在下行。", "en": "Polluted water is on its way."},
    "instruction": {"zh": "储水。", "en": "Store water."},
    "urgency": "Expected",
    "severity": "Moderate",
    "certainty": "Likely",
    "cities": ["230100"],
    "expires": "2005-11-20T00:00:00+08:00",
}


def report(desk: Desk, node: Node) -> Indexed:
    made = desk.file_field_report(
        what={"zh": "异味", "en": "a smell"}, seen_at=node.now().isoformat(timespec="seconds")
    )
    node.tick()
    return next(one for one in node.statements(0) if one.statement.id == made)


def test_what_officers_say_is_heard_by_those_who_serve_a_body_and_never_with_its_words(node: Node) -> None:
    event = event_topics.event_of(report(node.desk("230100", "duty-07"), node))
    assert event.topics == {"members", "body:230100"}
    assert "smell" not in json.dumps(event.data)


def test_a_warning_is_heard_by_everybody(node: Node) -> None:
    said = node.desk("230100", "duty-07").say(Draft("WarningIssued", "230100", None, None, WARNING))
    event = event_topics.event_of(next(one for one in node.statements(0) if one.statement.id == said))
    assert event.topics == {"public", "members", "body:230100"}


def test_a_drill_is_heard_by_those_alone_who_listen_for_drills(node: Node) -> None:
    assert event_topics.event_of(report(node.desk("230100", "duty-07", exercise=True), node)).topics == {
        "exercise"
    }


def test_events_since_an_entry_come_in_order_and_go_past_what_does_not_count(node: Node) -> None:
    node.log.append(b"no statement")
    at = report(node.desk("230100", "duty-07"), node).place
    assert [one.index for one in event_topics.since(node, at - 2, 1)] == [at]
    assert [one.index for one in event_topics.since(node, -1, 3)] == [0, 1, 2]
    assert event_topics.since(node, at, 10) == ()


def scope_of(client: Client) -> dict[str, Any]:
    cookie = client.cookies.output(header="", sep=";").strip()
    return {
        "method": "GET",
        "path": "/events",
        "raw_path": b"/events",
        "query_string": b"",
        "http_version": "1.1",
        "headers": [(b"cookie", cookie.encode())],
    }


WANTED = frozenset(("members", "exercise", "body:230100", "body:220200"))


@pytest.mark.django_db(transaction=True)
def test_a_session_opens_the_topics_of_its_own_body(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("harbin")
    client.get("/choose/")
    assert asgi.session_topics(scope_of(client), WANTED) == {"members", "exercise", "body:230100"}
    assert asgi.session_topics(scope_of(Client()), WANTED) == frozenset()


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_over_opens_nothing(sign_in: Callable[[str], Client], monkeypatch: Any) -> None:
    client = sign_in("harbin")
    client.get("/choose/")
    monkeypatch.setattr(settings, "NODE_SESSION_IDLE_S", 0)
    assert asgi.session_topics(scope_of(client), WANTED) == frozenset()
