"""Readings as machines send them, by the hot path and through Django: the same words, the same answers.

The hot path is asked over real sockets.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, transaction
from interface_world import JSON, ROOT, Machine, housed, reading, run_chain, secret
from officers import HARBIN, JILIN
from served import served

from riskshed.web import intake as intake_module
from riskshed.web import readings_door, tokens
from riskshed.web.asgi import Door
from riskshed.web.events import Hub
from riskshed.web.intake import Intake
from riskshed.web.models import ReadingRow, Token
from riskshed.web.node import Node

pytestmark = pytest.mark.django_db(transaction=True)
Ask = Callable[..., tuple[int, dict[str, Any]]]
ONE, BATCH, CSV = "readings", "readings/batch", "readings/csv"


class NoHouse:
    """Everything is open already."""

    def open(self, publish: Any) -> int:
        return -1

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def taker(node: Node) -> Iterator[Intake]:
    with housed(node) as intake:
        yield intake


@pytest.fixture
def token(people) -> str:
    return secret(people)


async def _page(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("the hot path was not taken")


class Wire:
    """One connection that is kept."""

    def __init__(self, address: tuple[str, int], token: str) -> None:
        self.wire = http.client.HTTPConnection(*address, timeout=15.0)
        self.token = token

    def post(self, path: str, body: Any, *, kind: str = JSON, token: str | None = None) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": kind}
        self.wire.request("POST", ROOT + path, data, {name: one for name, one in headers.items() if one})
        answer = self.wire.getresponse()
        return answer.status, json.loads(answer.read()), dict(answer.getheaders())


@pytest.fixture
def hot(taker: Intake, token: str) -> Iterator[Wire]:
    hub = Hub(lambda *_: ())
    door = Door(NoHouse(), hub, _page, readings_door.hot(lambda: taker))
    with served(door) as server:
        yield Wire(server.address, token)


@pytest.fixture(params=["hot", "django"])
def post(request: pytest.FixtureRequest, taker: Intake, token: str) -> Ask:
    """Post, in both ways: status and content."""
    if request.param == "hot":
        wire = request.getfixturevalue("hot")
        return lambda *args, **more: wire.post(*args, **more)[:2]

    def through(path: str, body: Any, *, kind: str = JSON, token: str | None = token) -> Any:
        answer = Machine(token or "").post(path, body, kind=kind)
        return answer.status_code, answer.json()

    return through


# ------------------------------------------------------------------------------------------------ taken in


def test_a_reading_is_on_the_disk_when_the_answer_comes(post, node):
    status, told = post(ONE, reading(value="0.0170"))
    assert (status, told["accepted"], told["duplicates"]) == (201, 1, 0)
    row = ReadingRow.objects.get()
    assert (row.value, row.body, row.sender) == (
        "0.0170".rstrip("0"),
        HARBIN,
        f"machine-{Token.objects.get().pk}",
    )


def test_what_is_sent_again_is_a_duplicate(post):
    assert post(ONE, reading(client_id="a1"))[0] == 201
    status, told = post(ONE, reading(client_id="a1"))
    assert (status, told["accepted"], told["duplicates"]) == (200, 0, 1)
    assert ReadingRow.objects.count() == 1


def test_what_is_sent_again_later_is_a_duplicate_however_exact_its_time_is_by_then(post, clock):
    # At its arrival the minute of the reading was not over yet.
    told = reading(client_id="a1", time=clock.at.isoformat())
    assert post(ONE, told)[0] == 201
    clock.forward(0.1)
    assert post(ONE, told)[0] == 200
    assert ReadingRow.objects.count() == 1


def test_another_reading_under_the_same_name_is_refused(post):
    post(ONE, reading(client_id="a1"))
    status, told = post(ONE, reading(client_id="a1", value="0.0002"))
    assert (status, told["code"], told["faults"][0]["got"]) == (409, "readings.client_id", "a1")
    assert ReadingRow.objects.count() == 1


def test_with_one_name_that_is_taken_nothing_of_a_batch_is_kept(post):
    post(ONE, reading(client_id="a1"))
    rows = [reading(client_id="a2", time="2005-11-13T13:31:00+08:00"), reading(client_id="a1", value="1")]
    assert post(BATCH, {"readings": rows})[0] == 409
    assert ReadingRow.objects.count() == 1


def test_names_are_those_of_their_sender(post, people):
    other = secret(people)
    assert post(ONE, reading(client_id="a1"))[0] == 201
    assert post(ONE, reading(client_id="a1", value="0.0002"), token=other)[0] == 201


def test_a_batch_and_a_table_are_taken_whole(post):
    rows = [reading(time=f"2005-11-13T13:{minute:02}:00+08:00") for minute in range(30)]
    assert post(BATCH, {"readings": rows})[1]["accepted"] == 30
    head = ",".join(rows[0])
    lines = [",".join({**one, "value": "0.5"}.values()) for one in rows]
    status, told = post(CSV, "\n".join([head, *lines, ""]).encode(), kind="text/csv; charset=utf-8")
    assert (status, told["accepted"]) == (201, 30)


# ------------------------------------------------------------------------------------------------- refused


def test_a_body_speaks_of_its_own_stations_alone(post, people):
    status, told = post(ONE, reading(), token=secret(people, JILIN))
    assert (status, told["code"], told["faults"][0]["got"]) == (403, "readings.not_yours", "sifangtai")
    rows = [reading(), reading(place="220200", time="2005-11-13T13:31:00+08:00")]
    assert post(BATCH, {"readings": rows})[0] == 403
    assert ReadingRow.objects.count() == 0


def test_the_body_that_coordinates_speaks_of_all(post, people, node):
    assert post(ONE, reading(), token=secret(people, node.profile.body))[0] == 201


def test_who_may_only_read_sends_nothing(post, people):
    status, told = post(ONE, reading(), token=secret(people, HARBIN, "auditor"))
    assert (status, told["code"]) == (403, "access.refused")


@pytest.mark.parametrize("token_shown", ["rsk_" + "x" * 43, "x", "rsk_\u00e9"])
def test_a_token_that_does_not_hold_sends_nothing(post, token_shown):
    status, told = post(ONE, reading(), token=token_shown)
    assert (status, told["code"]) == (401, "access.unknown")


def test_a_token_that_ended_sends_nothing(post, people):
    ended = secret(people)
    row = Token.objects.order_by("-pk")[0]
    Token.objects.filter(pk=row.pk).update(expires=row.made_at)
    assert post(ONE, reading(), token=ended)[0] == 401


@pytest.mark.parametrize(
    ("path", "body", "kind", "status", "code"),
    [
        (ONE, b"{", JSON, 422, "readings.faults"),
        (ONE, b"[" * 60_000, JSON, 422, "readings.faults"),
        (ONE, b'{"value": NaN}', JSON, 422, "readings.faults"),
        (ONE, json.dumps(reading(value=1e300)).encode(), JSON, 422, "readings.faults"),
        (ONE, json.dumps(reading(value="1" + "0" * 40)).encode(), JSON, 422, "readings.faults"),
        (ONE, json.dumps(reading(time="2005-11-13T13:30:00")).encode(), JSON, 422, "readings.faults"),
        (ONE, json.dumps(reading(time="2035-11-13T13:30:00Z")).encode(), JSON, 422, "readings.faults"),
        (ONE, json.dumps(reading(place="nowhere")).encode(), JSON, 422, "readings.faults"),
        (ONE, json.dumps(reading(known_at="2005-11-13T13:30:00Z")).encode(), JSON, 422, "readings.faults"),
        (ONE, json.dumps(reading()).replace('"value"', '"unit": "mg/L", "value"').encode(), JSON, 422,
         "readings.faults"),
        (ONE, b'{"readings": []}', JSON, 422, "readings.faults"),
        (BATCH, b'{"readings": []}', JSON, 422, "readings.faults"),
        (CSV, b"place,value\nsifangtai,1\n", "text/csv", 422, "readings.faults"),
        (CSV, b"\xff\xfe", "text/csv", 422, "readings.faults"),
        (ONE, json.dumps(reading()).encode(), "text/plain", 415, "body.media_type"),
        (CSV, b"x", JSON, 415, "body.media_type"),
        (ONE, b" " * (64 * 1024 + 1), JSON, 413, "body.too_large"),
    ],
    ids=lambda one: repr(one)[:40],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_whole(post, path, body, kind, status, code):
    got, told = post(path, body, kind=kind)
    assert (got, told["code"]) == (status, code)
    assert ReadingRow.objects.count() == 0


def test_faults_of_a_table_name_line_and_column(post):
    rows = [reading(), reading(kind="x"), reading(time="2005-11-13T13:31:00+08:00", unit="furlong")]
    table = "\n".join([",".join(rows[0]), *(",".join(one.values()) for one in rows), ""]).encode()
    faults = post(CSV, table, kind="text/csv")[1]["faults"]
    assert [(one["line"], one["column"]) for one in faults] == [(3, "kind"), (4, "unit")]


def test_a_database_that_fails_keeps_nothing_and_says_when_to_come_again(hot, monkeypatch):
    real = intake_module._insert

    def broken(*args: Any) -> None:
        with transaction.atomic():
            real(*args)
            raise OperationalError("database or disk is full")

    monkeypatch.setattr(intake_module, "_insert", broken)
    status, told, headers = hot.post(ONE, reading(client_id="a1"))
    assert (status, told["code"], headers["retry-after"]) == (503, "intake.store", "5")
    assert ReadingRow.objects.count() == 0
    monkeypatch.setattr(intake_module, "_insert", real)
    assert hot.post(ONE, reading(client_id="a1"))[0] == 201


def test_a_token_that_is_revoked_opens_nothing_a_second_later(hot, monkeypatch):
    assert hot.post(ONE, reading())[0] == 201
    tokens.revoke(Token.objects.get())
    monkeypatch.setattr(readings_door, "TOKEN_S", 0.0)
    assert hot.post(ONE, reading())[0] == 401


def test_a_token_is_looked_up_once_for_all_who_come_together(db, monkeypatch):
    looked = []
    monkeypatch.setattr(readings_door, "_actor", lambda *given: looked.append(given) or "actor")

    async def ask() -> list[Any]:
        held = readings_door.Tokens()
        return await asyncio.gather(*(held.actor("Bearer x", "::1") for _ in range(50)))

    assert asyncio.run(ask()) == ["actor"] * 50
    assert len(looked) == 1


def test_many_at_once_are_each_answered_and_kept_once(hot):
    found: list[int] = []

    def send(line: int) -> None:
        wire = Wire((hot.wire.host, hot.wire.port), hot.token)
        for at in range(25):
            time = f"2005-11-13T12:{line:02}:{at:02}+08:00"
            found.append(wire.post(ONE, reading(time=time, client_id=f"{line}-{at}"))[0])

    lines = [threading.Thread(target=send, args=(line,)) for line in range(8)]
    for one in lines:
        one.start()
    for one in lines:
        one.join()
    assert found == [201] * 200
    assert ReadingRow.objects.count() == 200


def test_what_was_taken_in_is_told_with_its_fate(taker, token):
    machine = Machine(token)
    machine.post(ONE, reading(client_id="a1"))
    machine.post(ONE, reading(client_id="a2", time="2005-11-13T13:31:00+08:00"))
    page = machine.get("readings?station=sifangtai&limit=1").json()
    assert [(one["client_id"], one["state"], one["statement"]) for one in page["items"]] == [
        ("a2", "waiting", None)
    ]
    rest = machine.get(f"readings?station=sifangtai&after={page['next']}").json()
    assert ([one["client_id"] for one in rest["items"]], rest["next"]) == (["a1"], None)


def test_what_the_chain_has_put_on_the_record_names_its_statement(node, taker, token, people):
    machine = Machine(token)
    machine.post(ONE, reading(value="0.5"))
    ran = run_chain(node)
    (item,) = machine.get("readings?station=sifangtai").json()["items"]
    assert item["state"] == "handled"
    assert item["statement"] in ran.said
    assert node.seen(item["statement"]).statement.kind == "ReadingsTaken"
