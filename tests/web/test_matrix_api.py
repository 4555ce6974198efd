"""The permission matrix of the interface: every operation, by machines of every role and by none."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from interface_world import housed
from matrix_world import person
from officers import HARBIN
from test_matrix import addresses, spoken  # noqa: F401  a fixture

from riskshed.web import current, tokens
from riskshed.web.api import interface
from riskshed.web.models import Token

TABLE = Path(__file__).parent / "matrix_api.csv"
ROLES = tuple(one for one in tokens.MACHINE_ROLES if one != "representative")
NOBODY = ("none", "wrong", "expired", "revoked", "query")
ASKERS = (*ROLES, *NOBODY)


class Row(NamedTuple):
    """One row of the table."""

    path: str
    method: str
    object: str
    allowed: frozenset[str]
    typed: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.object}"


def rows() -> list[Row]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    found = []
    for one in csv.DictReader(lines):
        names = set(one["allowed"].split())
        allowed = frozenset(ASKERS if names == {"everybody"} else names)
        found.append(Row(one["path"], one["method"], one["object"], allowed, one["typed"] or "{}"))
    return found


TABLED = rows()


@pytest.fixture
def machines(spoken, db) -> Iterator:  # noqa: F811
    """The headers of each asker, and the arguments of objects."""
    node, said = spoken
    current.use(node)
    cache.clear()
    maker = person("maker", HARBIN, "administrator")
    made = {role: tokens.make(HARBIN, role, [role], 1, maker)[1] for role in ROLES}
    for wrong in ("expired", "revoked"):
        row, made[wrong] = tokens.make(HARBIN, wrong, ROLES, 1, maker)
        Token.objects.filter(pk=row.pk).update(**{"expires" if wrong == "expired" else "revoked": _past()})
    made["wrong"] = tokens.MARK + "w" * 43
    headers = {name: {"authorization": f"Bearer {secret}"} for name, secret in made.items()}
    with housed(node):
        yield headers | {"none": {}, "query": {}}, said, made["duty_officer"]
    current._nodes.clear()


def _past():
    return timezone.now() - timedelta(seconds=1)


def ask(machines, row: Row, asker: str) -> int:
    headers, said, secret = machines
    arguments = {} if row.object == "-" else dict(said[row.object])
    value = next(iter(arguments.values()), "")
    path = "/api/v1" + re.sub(r"\{[^}]*\}", str(value), row.path)
    if asker == "query":
        path += f"?token={secret}&access_token={secret}"
    client = Client(raise_request_exception=False)
    if row.method == "GET":
        return client.get(path, headers=headers[asker]).status_code
    kind = "text/csv" if row.path.endswith("csv") else "application/json"
    return client.post(path, row.typed, content_type=kind, headers=headers[asker]).status_code


@pytest.mark.parametrize("row", TABLED, ids=str)
def test_machines_that_may_may_and_no_others(machines, row):
    got = {asker: ask(machines, row, asker) for asker in sorted(ASKERS, key=lambda one: one in row.allowed)}
    assert max(got.values()) < 500, got
    open_to = {asker for asker, status in got.items() if status not in (401, 403, 404)}
    if row.allowed != frozenset(ASKERS):
        assert {asker for asker in NOBODY if got[asker] != 401} == set(), got
        assert open_to == set(row.allowed), got
    else:
        assert {"none", *ROLES} <= open_to, got


def test_every_operation_has_a_row():
    assert {(row.path, row.method) for row in TABLED} == {
        (one.path, one.method) for one in interface.operations()
    }


def test_every_address_of_the_interface_is_an_operation_or_the_document():
    found = {name for name, _ in addresses(get_resolver().url_patterns) if name.startswith("api")}
    known = {f"api:{one.view.__name__}" for one in interface.operations()}
    assert found - known == {"api:openapi", "api:missing"}
