"""What the tests of the interface need: a node that takes readings, tokens of bodies, requests with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.test import Client
from officers import HARBIN

from riskshed.web import house, tokens
from riskshed.web.chain_worker import ChainWorker
from riskshed.web.intake import Intake
from riskshed.web.node import Node

ROOT = "/api/v1/"
JSON = "application/json"
READING: Mapping[str, Any] = {
    "place": "sifangtai",
    "hazard_class": "accident",
    "quantity": "nitrobenzene",
    "unit": "mg/L",
    "time": "2005-11-13T13:30:00+08:00",
    "kind": "observed",
    "value": "0.0001",
    "source": "station",
}


def reading(**more: Any) -> dict[str, Any]:
    return {**READING, **more}


@contextmanager
def housed(node: Node) -> Iterator[Intake]:
    """The intake of the process, as `house` holds it while a node is served; nothing rings for a chain."""
    taker = Intake()
    house._taking[:] = [taker]
    try:
        yield taker
    finally:
        house._taking.clear()
        taker.close()


def run_chain(node: Node) -> Any:
    """What the chain makes of the readings that were taken in, once; what came of it."""
    return ChainWorker(node, 10).run()


def secret(people: Mapping[str, Any], body: str = HARBIN, *roles: str) -> str:
    """A token of a body."""
    return tokens.make(body, "a machine", roles or ("duty_officer", "analyst"), 30, people["admin"])[1]


class Machine:
    """A program that shows a token."""

    def __init__(self, token: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"authorization": f"Bearer {token}"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(ROOT + path, headers={**self.headers, **headers})

    def post(self, path: str, body: Any = None, *, kind: str = JSON, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(ROOT + path, data, content_type=kind, headers={**self.headers, **named})


def problem(answer: Any) -> dict[str, Any]:
    """The problem of an answer that says no, which must be one."""
    told = json.loads(answer.content)
    assert answer["Content-Type"] == "application/problem+json", answer
    assert (told["status"], told["type"]) == (answer.status_code, f"urn:riskshed:{told['code']}")
    assert told["title"]
    assert told["detail"]
    return dict(told)
