"""Keys to the interface for the machines of a body: made once, shown once, and kept as digests.

A token is ``rsk_`` and 43 characters, 256 random bits. Nobody can guess one, so a plain SHA-256 is enough to
keep it by (no stretching), and a request costs one lookup by digest: a lookup by the digest tells an attacker
nothing about the token that makes it. It is bound to one body and to some of the roles that machines may
have; it ends by itself, and can be revoked.

The interface asks `actor_of`, and gets an `Actor` as pages do; what that one may do stands in `access`.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from riskshed.errors import InputError
from riskshed.web.models import Token
from riskshed.web.people import Actor, roles_at

MARK = "rsk_"
RANDOM_BYTES = 32
DAYS_MAX = 366
NAME_CHARS_MAX = 80
MACHINE_ROLES = ("duty_officer", "analyst", "evaluator", "auditor", "representative")
"""Machines command nobody and administer nothing: what needs a second factor needs a person. Which of them
there are at a body, `people.roles_at` says."""
USED_EVERY = timedelta(minutes=1)
"""When a token was last used is written no more often than this: a write for each reading would be dear."""

_log = logging.getLogger("riskshed.security")


def make(body: str, name: str, roles: Iterable[str], days: int, made_by: Any) -> tuple[Token, str]:
    """Make a token.

    Parameters
    ----------
    body : str
        For which it acts.
    name : str
        What it is for, in the words of the administrator; 1 to 80 characters.
    roles : iterable of str
        Among those that `offered` has for the body.
    days : int
        It ends after so many, 1 to 366.
    made_by : user

    Returns
    -------
    Token, str
        Its row, and the token itself: the only time that it is seen.

    Raises
    ------
    InputError
        ``token.name``, ``token.roles`` or ``token.days``.
    """
    name, wanted = " ".join(name.split()), sorted(set(roles))
    if not 1 <= len(name) <= NAME_CHARS_MAX:
        raise InputError("token.name", "a token needs a name of 1 to 80 characters")
    if not wanted or not set(wanted) <= set(offered(body)):
        raise InputError("token.roles", f"the roles of a token are among {', '.join(offered(body))}")
    if not 1 <= days <= DAYS_MAX:
        raise InputError("token.days", f"a token lasts 1 to {DAYS_MAX} days, not {days}")
    secret = MARK + secrets.token_urlsafe(RANDOM_BYTES)
    row = Token.objects.create(
        body=body,
        name=name,
        digest=digest_of(secret),
        roles=wanted,
        made_by=made_by,
        expires=timezone.now() + timedelta(days=days),
    )
    return row, secret


def offered(body: str) -> tuple[str, ...]:
    """The roles that a machine of a body may have."""
    here = roles_at(body)
    return tuple(one for one in MACHINE_ROLES if one in here)


def revoke(row: Token) -> None:
    """From now on it opens nothing; once revoked it stays so."""
    Token.objects.filter(pk=row.pk, revoked=None).update(revoked=timezone.now())


def digest_of(secret: str) -> str:
    """As it is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def actor_of(request: HttpRequest) -> Actor | None:
    """The machine that asks; None if the request shows no token, or one that does not hold (any more).

    Tokens in addresses or forms are not looked at: they would stand in the logs of proxies.
    """
    return actor_from(request.META.get("HTTP_AUTHORIZATION", ""), request.META.get("REMOTE_ADDR", ""))


def actor_from(header: str, address: str = "") -> Actor | None:
    """The machine that sent this ``Authorization`` header from this address (raw ASGI)."""
    kind, _, secret = header.partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret:
        return None
    row = holding(secret)
    if row is None:
        # The digest tells an administrator which one it was, and nobody else anything.
        _log.warning("token.refused digest=%s address=%s", digest_of(secret)[:12], address)
        return None
    roles = frozenset(row.roles) & roles_at(row.body)
    return Actor(body=row.body, officer=officer_of(row), roles=roles, bodies=(row.body,))


def holding(secret: str, now: datetime | None = None) -> Token | None:
    """The token of this secret, if it holds now."""
    if not secret.startswith(MARK) or len(secret) > 100 or not secret.isascii():
        return None
    now, digest = now or timezone.now(), digest_of(secret)
    row = Token.objects.filter(digest=digest, revoked=None, expires__gt=now).first()
    if row is None or not hmac.compare_digest(row.digest, digest):
        return None
    if row.last_used is None or now - row.last_used >= USED_EVERY:
        Token.objects.filter(pk=row.pk).update(last_used=now)
    return row


def officer_of(row: Token) -> str:
    """What stands on a statement in the place of the number of a post."""
    return f"machine-{row.pk}"
