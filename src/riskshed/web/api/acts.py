"""Acts over the interface: done once, however often they are asked for.

A sender that heard no answer asks again. If it names its request (header `Idempotency-Key`), the answer that
there was is given again; another request under the same name is refused. Without a name, what was said a
moment ago is not said again either (`speaking`). One thread acts at a time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Status

from riskshed.web import speaking
from riskshed.web.api.problem import ApiError
from riskshed.web.current import node
from riskshed.web.models import ActRow
from riskshed.web.people import acting

_log = logging.getLogger("riskshed.api")
KEPT = timedelta(days=2)
"""So long a name of a request is remembered."""
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=r"^[!-~]+$",
        description="Your own name for this request: sent again under it, it is answered as before.",
    ),
]


def once(request: HttpRequest, key: str | None, act: Callable[[], dict[str, Any]]) -> Status[Any]:
    """Do it, unless it was done under this name; the answer with its status.

    Raises
    ------
    ApiError
        ``act.key_taken``, status 409: another request had this name.
    RiskshedError
        Whatever the act raises; then it may be tried again under the same name.
    """
    with speaking.one_at_a_time():
        digest, sender = _digest(request), _sender(request)
        known = None if key is None else ActRow.objects.filter(sender=sender, key=key).first()
        if known is None:
            told = act()
            status = 201 if told["new"] else 200
            if key is not None:
                _keep(sender, key, digest, status, told)
            return Status(status, told)
        if known.digest != digest:
            todo = "Take a new key for each request; use it again only for the same one."
            raise ApiError(409, "act.key_taken", "another request came under this Idempotency-Key", todo=todo)
        return Status(known.status, known.answer)


def _keep(sender: str, key: str, digest: str, status: int, told: dict[str, Any]) -> None:
    """Keep the answer. It was said: a table that fails now must not make it look as if it was not."""
    try:
        ActRow.objects.filter(at__lt=timezone.now() - KEPT).delete()
        ActRow.objects.create(sender=sender, key=key, digest=digest, status=status, answer=told)
    except DatabaseError as error:
        _log.error("the answer under the key %s was not kept: %s", key, error)


def done(identity: str, *, new: bool) -> dict[str, Any]:
    """What came of an act: the statement, its place in the log, and whether it was said just now."""
    return {"id": identity, "place": node().index_of(identity), "new": new}


def _digest(request: HttpRequest) -> str:
    asked = f"{request.method} {request.path}\n".encode() + request.body
    return hashlib.sha256(asked).hexdigest()


def _sender(request: HttpRequest) -> str:
    actor = acting(request)
    who = actor.officer if actor.user is None else f"user-{actor.user.pk}"
    return f"{actor.body} {who}{' exercise' if actor.exercise else ''}"[:200]
