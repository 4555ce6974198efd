"""By which ways a body is told: its page on this node, its programs, its e-mail addresses.

The outbox knows addressees by name. A body is its code: what is said to it lies on its page as soon as it is
on the log. Its other ways are addressees of their own, ``+hook:<number>`` and ``+mail:<number>`` (no code
begins with a plus), so that each is told once, in the order of the log, and none waits for another.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from riskshed.errors import InputError, NotFoundError
from riskshed.web import delivery_webhook
from riskshed.web.models import Mailbox, Webhook

WAYS_MAX = 20
"""Of each sort for one body: who wants more has one that hands on."""
_ROUTE = re.compile(r"\+(hook|mail):(\d{1,15})")


class Route(NamedTuple):
    """A way that is not the page: its sort, and the number of its row."""

    sort: str
    number: int

    def __str__(self) -> str:
        return f"+{self.sort}:{self.number}"


def route_of(addressee: str) -> Route | None:
    """The way that an addressee of the outbox is; None for a body."""
    found = _ROUTE.fullmatch(addressee)
    return Route(found[1], int(found[2])) if found else None


class Way(NamedTuple):
    """A way of a body, as an addressee of the outbox, and whether it is told of drills."""

    name: str
    sort: str
    drills: bool


class Ways:
    """All ways of all bodies besides their pages, as they are now: read once for many statements."""

    def __init__(self) -> None:
        self._by_body: dict[str, list[Way]] = {}
        tables: tuple[tuple[str, Any], ...] = (("hook", Webhook), ("mail", Mailbox))
        for sort, table in tables:
            rows = table.objects.filter(ended=None).order_by("id").values_list("id", "body", "drills")
            for number, body, drills in rows:
                way = Way(str(Route(sort, number)), sort, drills)
                self._by_body.setdefault(body, []).append(way)

    def of(self, bodies: Iterable[str], *, exercise: bool, mail: bool) -> list[str]:
        """Those of some bodies, for a drill or not, with or without e-mail."""
        return [
            way.name
            for body in bodies
            for way in self._by_body.get(body, ())
            if (mail or way.sort != "mail") and (way.drills or not exercise)
        ]


def add_webhook(body: str, url: str, made_by: Any, *, private: bool, drills: bool = True) -> Webhook:
    """A program that is told from now on.

    Parameters
    ----------
    body, url : str
    made_by : user
    private : bool
        Whether the operator allows private targets (`PRIVATE_TARGETS`).
    drills : bool
        Whether it is told of drills as well.

    Raises
    ------
    InputError
        ``webhook.bad_url``, ``delivery.too_many``.
    """
    delivery_webhook.check_url(url, private=private)
    _refuse_more(Webhook, body)
    salt = secrets.token_hex(16)
    return Webhook.objects.create(body=body, url=url, salt=salt, made_by=made_by, drills=drills)


def add_mailbox(body: str, address: str, made_by: Any, *, drills: bool = True) -> Mailbox:
    """An address that is written to from now on.

    Raises
    ------
    InputError
        ``mail.bad_address``, ``delivery.too_many``.
    """
    try:
        validate_email(address)
    except ValidationError as error:
        raise InputError(
            "mail.bad_address", "this is no e-mail address", todo="Write name@example.org."
        ) from error
    _refuse_more(Mailbox, body)
    return Mailbox.objects.create(body=body, address=address, made_by=made_by, drills=drills)


def _refuse_more(table: Any, body: str) -> None:
    if table.objects.filter(body=body, ended=None).count() >= WAYS_MAX:
        told = f"{body} has {WAYS_MAX} of them, and that is all"
        raise InputError("delivery.too_many", told, todo="End one that is not used.")


def end(route: Route, body: str) -> None:
    """Tell it nothing more; what is on its way to it is given up.

    Raises
    ------
    NotFoundError
        ``delivery.no_way``: the body has no such way.
    """
    table: Any = Webhook if route.sort == "hook" else Mailbox
    if not table.objects.filter(id=route.number, body=body, ended=None).update(ended=timezone.now()):
        raise NotFoundError("delivery.no_way", f"{body} has no {route.sort} with the number {route.number}")
