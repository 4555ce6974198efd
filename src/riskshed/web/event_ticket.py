"""Tickets for event streams: who holds one may listen to its topics until it runs out.

A browser of an officer shows its session. A program of a city has a token that must not stand in an address,
where every proxy writes it down; so it asks once with its token for a ticket, which is of no use for anything
else and runs out within minutes.

    <payload>.<signature>      both base64url; the signature is HMAC-SHA256 under a key of the node
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from riskshed.errors import InputError

LIFE = timedelta(minutes=5)
TICKET_CHARS_MAX = 4_096
_PURPOSE = b"riskshed event ticket 1"


class Tickets:
    """Makes tickets and reads them.

    Parameters
    ----------
    secret : bytes
        Of the node; the key is derived from it, so that no other signature by it is a ticket.
    """

    def __init__(self, secret: bytes) -> None:
        assert secret, "an empty secret signs for everybody"
        self._key = hmac.digest(secret, _PURPOSE, sha256)

    def issue(self, topics: Iterable[str], now: datetime, life: timedelta = LIFE) -> str:
        """A ticket for topics, from now on for so long."""
        made = {"topics": sorted(topics), "until": int((now + life).timestamp())}
        payload = urlsafe_b64encode(json.dumps(made).encode())
        return (payload + b"." + self._sign(payload)).decode()

    def read(self, ticket: str, now: datetime) -> tuple[frozenset[str], datetime]:
        """The topics of a ticket, and the moment at which it runs out.

        Raises
        ------
        InputError
            ``ticket.bad``: this node did not issue it; ``ticket.expired``.
        """
        payload, _, signature = ticket.encode("utf-8", "replace").partition(b".")
        known = len(ticket) <= TICKET_CHARS_MAX and hmac.compare_digest(self._sign(payload), signature)
        if not known:
            raise InputError("ticket.bad", "this node did not issue the ticket", todo="Ask for a new one.")
        made = json.loads(urlsafe_b64decode(payload))
        until = datetime.fromtimestamp(made["until"], UTC)
        if now >= until:
            raise InputError("ticket.expired", "the ticket has run out", todo="Ask for a new one.")
        return frozenset(made["topics"]), until

    def _sign(self, payload: bytes) -> bytes:
        return urlsafe_b64encode(hmac.digest(self._key, payload, sha256))
