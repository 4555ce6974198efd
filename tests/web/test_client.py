"""The client against a node that is served: real sockets, real signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from interface_world import housed, reading, secret
from officers import HARBIN, opened, told, warned
from served import served

from riskshed import client as client_module
from riskshed.audit_keys import ListedKey
from riskshed.client import Client, ClientError
from riskshed.errors import InputFaults, NotFoundError, RiskshedError, SignatureError
from riskshed.ledger.keys import SigningKey
from riskshed.web import asgi, readings_door
from riskshed.web.environment import read
from riskshed.web.models import ReadingRow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(node) -> Iterator[str]:
    with housed(node) as taker:
        door = asgi.make(read({"RISKSHED_HOME": str(node.home)}), hot=readings_door.hot(lambda: taker))
        with served(door) as server:
            yield "http://{}:{}".format(*server.address)


@pytest.fixture
def machine(address, people) -> Iterator[Client]:
    with Client(address, secret(people), timeout_s=10.0) as made:
        yield made


def test_a_reading_is_sent_once_however_often(machine):
    told_once = machine.post_reading(**reading(client_id="a1"))
    again = machine.post_reading(**reading(client_id="a1"))
    assert (told_once["accepted"], again["accepted"], again["duplicates"]) == (1, 0, 1)
    rows = [reading(time=f"2005-11-13T13:{at:02}:00+08:00") for at in range(20)]
    assert machine.post_readings(rows)["accepted"] == 20
    assert ReadingRow.objects.count() == 21


def test_what_the_node_refuses_is_raised_with_its_faults(machine):
    with pytest.raises(InputFaults) as caught:
        machine.post_reading(**reading(unit="furlong"))
    assert (caught.value.code, caught.value.faults[0].column) == ("readings.faults", "unit")
    with pytest.raises(NotFoundError):
        machine.acknowledge("0" * 64)


def test_warnings_are_listed_over_all_pages(machine, node, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE", 1)
    made = {warned(node, level=level) for level in ("orange", "yellow", "blue")}
    assert {one["id"] for one in machine.warnings(city=HARBIN)} == made


def test_a_notice_is_acknowledged(machine, node):
    opened(node)
    notice = told(node)[HARBIN]
    said = machine.acknowledge(notice, {"en": "seen"})
    assert node.standing().notices[notice].answers[HARBIN].acknowledged.id == said["id"]
    assert [one["id"] for one in machine.notices()] == [notice]


def test_a_statement_is_verified_here(machine, node):
    warning = warned(node)
    said = machine.statement(warning)
    assert (said.id, said.by, said.kind) == (warning, HARBIN, "WarningIssued")


def test_a_statement_by_a_key_that_is_not_known_from_elsewhere_is_refused(address, node, people):
    warning = warned(node)
    other = ListedKey(HARBIN, "statement", SigningKey.generate("harbin.example/other", "statement").verifier)
    with (
        Client(address, secret(people), keys=[other]) as machine,
        pytest.raises(SignatureError, match="cannot be relied on"),
    ):
        machine.statement(warning)


def test_a_statement_that_was_changed_on_the_way_is_refused(machine, node, monkeypatch):
    warning, other = warned(node), warned(node, level="blue")
    real = Client._ask

    def changed(self, method, path, **more):
        return real(self, method, path.replace(warning, other), **more)

    monkeypatch.setattr(Client, "_ask", changed)
    with pytest.raises(SignatureError):
        machine.statement(warning)


def test_events_are_followed_from_where_one_was(machine, node):
    first = warned(node)
    place = node.index_of(first)
    second = warned(node, level="blue")
    events = machine.events(["members"], after=place)
    heard = next(one for one in events if one.kind == "said")
    assert (heard.data["id"], heard.place) == (second, place + 1)


def test_without_a_token_that_holds_nothing_is_told(address):
    with Client(address, "rsk_wrong") as machine, pytest.raises(RiskshedError) as caught:
        list(machine.warnings())
    assert caught.value.code == "access.unknown"


def test_a_node_that_does_not_answer_may_be_tried_again():
    with Client("http://127.0.0.1:9", "rsk_x") as machine, pytest.raises(ClientError) as caught:
        list(machine.warnings())
    assert (caught.value.code, caught.value.todo) == ("client.no_answer", "Try again.")


def test_events_are_read_as_the_form_says():
    lines = ["event: said", "id: 7", 'data: {"a": 1}', "", ": a remark", "", "data: {}", ""]
    found = list(client_module._events(lines))
    assert [(one.kind, one.place) for one in found] == [("said", 7), ("message", None)]
    assert json.loads(json.dumps(found[0].data)) == {"a": 1}
