"""The permission matrix: every address, asked by everybody, about one's own things and those of others.

`matrix.csv` says who may; here each cell is asked with a real request, through every middleware. An address
without a row fails, and so does a method of an address without a row.
"""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from matrix_world import ASKERS, GROUPS, PARTY, ROWS, askers, let_go_deliveries, speak
from officers import HARBIN

from riskshed.web import current, witness_role
from riskshed.web.node import Node
from tests.web.conftest import RELEASE, Clock

TABLE = Path(__file__).parent / "matrix.csv"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SAFE = {"HEAD", "OPTIONS"}
LONG_S = 3600.0
"""Longer than the tests of a file take: so long counts that the password was shown."""


class Row(NamedTuple):
    """One row of the table."""

    url: str
    method: str
    object: str
    allowed: frozenset[str]
    typed: str

    def __str__(self) -> str:
        return f"{self.method} {self.url} {self.object}"


def rows() -> list[Row]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    found = []
    for one in csv.DictReader(lines):
        names = one["allowed"].split()
        meant = set().union(*(GROUPS.get(name, {name}) for name in names)) if names else set()
        assert meant <= set(ASKERS), f"unknown asker in {one}"
        found.append(Row(one["url"], one["method"], one["object"], frozenset(meant), one["typed"] or ""))
    return found


TABLED = rows()


def addresses(patterns: list, namespace: str = "") -> Iterator[tuple[str, str]]:
    """Every address below the patterns: name and route."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from addresses(one.url_patterns, inner)
        else:
            assert isinstance(one, URLPattern)
            yield f"{namespace}{one.name}", str(one.pattern)


def own_addresses() -> dict[str, str]:
    """Those of pages; those of the interface are asked by `test_interface_matrix`."""
    return {
        name: route for name, route in addresses(get_resolver().url_patterns) if not name.startswith("api")
    }


# ------------------------------------------------------------------------------------------------- world


@pytest.fixture(scope="module")
def spoken(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, dict]]:
    """A node on which one of everything was said."""
    home = tmp_path_factory.mktemp("matrix") / "node"
    shutil.copytree(demo_home, home)
    clock = Clock(RELEASE)
    node = Node(home, current.DEMO_PASSPHRASE, clock=clock)
    said = speak(node, clock)
    yield node, said
    node.close()


@pytest.fixture(scope="module")
def accounts(spoken, django_db_setup, django_db_blocker) -> Iterator[dict]:
    """The accounts of the askers, made once: whatever a test does to them is undone after it."""
    with django_db_blocker.unblock():
        made = askers(spoken[0])
    yield made
    with django_db_blocker.unblock():
        for user in made.values():
            user.delete()


@pytest.fixture(scope="module")
def sessions(accounts, django_db_blocker) -> Iterator[dict[str, str]]:
    """A session of each of the askers, made once as well; what stands in the cookie, by asker."""
    with django_db_blocker.unblock():
        made = {asker: signed_in(user) for asker, user in accounts.items()}
    yield made
    with django_db_blocker.unblock():
        Session.objects.filter(session_key__in=made.values()).delete()


def signed_in(user) -> str:
    client = Client()
    client.force_login(user, backend=BACKEND)
    confirm(client, user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def ask(spoken, sessions, db):
    """Ask as somebody: a function of row and asker that gives the answer."""
    node, said = spoken
    current.use(node)
    cache.clear()

    def request(row: Row, asker: str, method: str = ""):
        client = Client(raise_request_exception=False)
        if asker != "anonymous":
            client.cookies[settings.SESSION_COOKIE_NAME] = sessions[asker]
        if row.object in ROWS and row.object not in said_here:
            said_here[row.object] = ROWS[row.object]()
        arguments = {} if row.object == "-" else {**said, **said_here}[row.object]
        path = reverse(row.url, kwargs=arguments)
        if method or row.method == "GET":
            return client.generic(method or "GET", path)
        return client.post(path, {"seat": f"{seat_of(node, asker)} actual", **dict(parse_qsl(row.typed))})

    said_here: dict[str, dict] = {}
    yield request
    witness_role.hold(None)
    let_go_deliveries()
    current._nodes.clear()  # the node is the module's: `use(None)` would close it


def seat_of(node: Node, asker: str) -> str:
    """The body at whose desk an asker sits; forms carry it."""
    if asker in ("anonymous", "nobody"):
        return ""
    return {"node_administrator": node.profile.body, "representative": PARTY}.get(asker, HARBIN)


def confirm(client: Client, user) -> None:
    """Let the session be one that has shown the password again, so that nothing hides behind that."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() + LONG_S, "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def verdict(answer) -> str:
    """What an answer means: allowed, refused, sent to sign in, or failed."""
    if answer.status_code >= 500:
        return "failed"
    if answer.status_code in (401, 403, 404):
        return "refused"
    if answer.status_code == 302 and answer["Location"].startswith(("/accounts/login/", "/second-factor/")):
        return "sent to sign in"
    return "allowed"


# ------------------------------------------------------------------------------------------------- tests


@pytest.mark.parametrize("row", TABLED, ids=str)
def test_who_may_may_and_nobody_else(ask, row):
    # Who may not comes first, so that nobody who may has changed the object before.
    order = sorted(ASKERS, key=lambda one: one in row.allowed)
    got = {asker: verdict(ask(row, asker)) for asker in order}
    unexpected = {who: what for who, what in got.items() if (what == "allowed") != (who in row.allowed)}
    assert unexpected == {}


def test_every_address_has_a_row():
    named = {row.url for row in TABLED}
    assert set(own_addresses()) - named == set(), "write a row for each of these in tests/web/matrix.csv"
    assert named - set(own_addresses()) == set(), "these rows are about no address"


@pytest.mark.parametrize("url", sorted({row.url for row in TABLED}))
def test_every_method_of_an_address_has_a_row(ask, url):
    mine = [row for row in TABLED if row.url == url]
    answered = set()
    for row in mine:
        if row.allowed:
            asker = sorted(row.allowed, key=lambda one: one == "anonymous")[0]
            answer = ask(row, asker, "TRACE")
            assert answer.status_code == 405, f"{url} answers any method ({answer.status_code})"
            answered |= {one.strip() for one in answer["Allow"].split(",")}
    assert answered - SAFE == {row.method for row in mine if row.allowed}


def test_each_row_is_written_once():
    keys = [(row.url, row.method, row.object) for row in TABLED]
    assert len(keys) == len(set(keys))


def test_a_failed_page_is_no_refusal():
    class Answer(dict):
        status_code = 500

    assert verdict(Answer()) == "failed"
