"""Every form of the node, filled with what nobody should type: never a failure, and nothing half-written.

The forms are those of the permission matrix; the fields are read from the pages as they are drawn. The values
are a few that have broken other systems, and the big list of naughty strings where the shared data is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from cast import shared_data
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from matrix_world import ROWS
from officers import filled
from test_matrix import BACKEND, TABLED, Row, accounts, confirm, seat_of, spoken  # noqa: F401  fixtures

from riskshed.web import current, witness_role
from riskshed.web.models import AdminEvent, Draft, Invitation, Membership, Token

NASTY = (
    "",
    " ",
    "x" * 100_000,
    "险" * 20_000,
    "\x00",
    "a\x00b",
    "\x1b[2J\x07",
    "\r\nSet-Cookie: a=b",
    "\u202egnirts\u202c",
    "\ufeff\ufffe\uffff",
    "e\u0301" * 3_000,
    "' OR 1=1; DROP TABLE riskshed_membership; --",
    '"><script>alert(1)</script>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "../../../../etc/passwd",
    "; cat /etc/passwd `id` $(id)",
    "%00%0a%s%n%x",
    "{0.__class__.__mro__}",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "Infinity",
    "0x7fffffff",
    "2025-13-45T99:99:99+99:99",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00-14:00",
    "true",
    "[]",
    '{"$gt": ""}',
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
)
BROKEN_BODIES = (
    (b"a=%ff%fe%ed%a0%80&b=%u0041&=&&&;;%", "application/x-www-form-urlencoded"),
    (b"\xff\xfe\x00\x00", "application/x-www-form-urlencoded; charset=utf-16"),
    (b"a=1", "application/x-www-form-urlencoded; charset=no-such-charset"),
    (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n', "multipart/form-data; boundary=x"),
    (b"nothing", "multipart/form-data; boundary="),
    (b"{", "application/json"),
    (b"&".join(b"f%d=1" % at for at in range(5_000)), "application/x-www-form-urlencoded"),
)
FORMS = [row for row in TABLED if row.method == "POST" and row.allowed - {"anonymous", "nobody"}]
OWN_ADDRESSES_OUT = ("account_logout",)
"""Signing out is no form that takes anything, and ends the session of the test."""


class Made(dict):
    """The objects of the log, and those of tables as they are asked for, each made once in a test."""

    def __missing__(self, name: str) -> dict:
        self[name] = {} if name == "-" else ROWS[name]()
        return self[name]


@pytest.fixture
def world(spoken, accounts, db) -> Iterator:  # noqa: F811
    node, said = spoken
    said = Made(said)
    current.use(node)
    cache.clear()
    yield node, said, accounts
    witness_role.hold(None)
    current._nodes.clear()


def door(world, row: Row) -> tuple[Client, str, dict]:
    """A client that may send the form, the address of it, and what its fields hold as they are drawn."""
    node, said, people = world
    asker = sorted(row.allowed - {"anonymous", "nobody"})[0]
    client = Client(raise_request_exception=True)
    client.force_login(people[asker], backend=BACKEND)
    confirm(client, people[asker])
    arguments = said[row.object]
    path = reverse(row.url, kwargs=arguments)
    page = client.get(path)
    fields = filled(page) if page.status_code == 200 else {}
    named = re.findall(r'\bname="([\w-]+)"', page.content.decode()) if page.status_code == 200 else []
    fields = {**dict.fromkeys(named, ""), **fields}
    fields.pop("csrfmiddlewaretoken", None)
    fields["seat"] = f"{seat_of(node, asker)} actual"
    return client, path, fields


def counts(node) -> tuple[int, ...]:
    """How much there is of what a form could write."""
    return (
        node.log.size,
        *(one.objects.count() for one in (Membership, Token, Invitation, Draft, AdminEvent)),
    )


def hold(client: Client, path: str, fields: dict, node) -> None:
    """Send it: an answer that refuses has written nothing."""
    cache.clear()
    before = counts(node)
    answer = client.post(path, fields)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert counts(node) == before, "refused, and yet something was written"
    assert "alert(1)</script>" not in answer.content.decode(errors="replace")


@pytest.mark.parametrize("row", FORMS, ids=str)
def test_no_form_fails_on_what_nobody_should_type(world, row):
    if row.url in OWN_ADDRESSES_OUT:
        pytest.skip("takes nothing")
    client, path, fields = door(world, row)
    typed = [name for name in fields if name != "seat"] or ["a"]
    for value in NASTY[FORMS.index(row) % 3 :: 3]:  # each value meets every third form
        hold(client, path, {**fields, **dict.fromkeys(typed, value)}, world[0])
    alone = ("a\x00b", ["a", "b", "c"], "x" * 100_000)
    for at, name in enumerate(typed[:: 1 + len(typed) // 16]):
        hold(client, path, {**fields, name: alone[at % len(alone)]}, world[0])


@pytest.mark.parametrize("row", FORMS, ids=str)
def test_no_form_fails_on_a_body_that_is_no_form(world, row):
    if row.url in OWN_ADDRESSES_OUT:
        pytest.skip("takes nothing")
    client, path, _ = door(world, row)
    for body, kind in BROKEN_BODIES[FORMS.index(row) % 2 :: 2]:
        before = counts(world[0])
        answer = client.generic("POST", path, data=body, content_type=kind)
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert counts(world[0]) == before


def naughty() -> list[str]:
    return json.loads((shared_data("bad-input") / "blns" / "blns.json").read_text("utf-8"))


def test_no_form_fails_on_naughty_strings(world):
    strings = naughty()
    assert len(strings) > 400
    for at, row in enumerate(FORMS):
        if row.url in OWN_ADDRESSES_OUT:
            continue
        client, path, fields = door(world, row)
        typed = [name for name in fields if name != "seat"] or ["a"]
        mine = strings[at % 48 :: 48]  # each string meets some of the forms
        for start in range(0, len(mine), len(typed)):
            some = dict(zip(typed, mine[start:], strict=False))
            hold(client, path, {**fields, **some}, world[0])


NO_NAMES = ("%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "x" * 5_000, "%F0%9F%92%A9", "9" * 30, "-1", "%0a")
QUERIES = ("?page=%00", "?page=-1", "?page=9999999999999999999", "?page=%ff", "?next=%00", "?a[]=1&a=2")
PLACES = [row for row in TABLED if row.method == "GET" and row.allowed and row.object != "-"]


@pytest.mark.parametrize("row", PLACES, ids=str)
def test_no_address_fails_on_what_is_no_name(world, row):
    _, said, people = world
    client = Client(raise_request_exception=True)
    asker = sorted(row.allowed - {"anonymous", "nobody"})[0]
    client.force_login(people[asker], backend=BACKEND)
    arguments = said[row.object]
    path = reverse(
        row.url, kwargs={name: 77 if isinstance(value, int) else "zzz" for name, value in arguments.items()}
    )
    turn = PLACES.index(row) % 2  # each meets every other place
    for wrong in NO_NAMES[turn::2]:
        answer = client.get(path.replace("zzz", wrong).replace("77", wrong))
        assert answer.status_code in (302, 400, 403, 404), (wrong, answer.status_code)
    for query in QUERIES[turn::2]:
        assert client.get(reverse(row.url, kwargs=arguments) + query).status_code < 500


BY_PROGRAMS = ("witness-ask",)
"""What no browser sends: there the signature of the log counts, and no session stands behind it."""


@pytest.mark.parametrize("row", [one for one in FORMS if one.url not in BY_PROGRAMS], ids=str)
def test_no_form_is_taken_without_its_token(world, row):
    node, said, people = world
    asker = sorted(row.allowed - {"anonymous", "nobody"})[0]
    client = Client(enforce_csrf_checks=True)
    client.force_login(people[asker], backend=BACKEND)
    arguments = said[row.object]
    before = counts(node)
    answer = client.post(reverse(row.url, kwargs=arguments), {"seat": f"{seat_of(node, asker)} actual"})
    assert answer.status_code == 403
    assert counts(node) == before
