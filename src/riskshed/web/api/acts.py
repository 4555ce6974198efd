"""Acts over the interface: done once, however often they are asked for.

A sender that heard no answer asks again. If it names its request (header `Idempotency-Key`), the answer that
there was is given again; another request under the same name is refused. Without a name, what was said a
moment ago is not said again either (`speaking`). One thread acts at a time.

The name is kept before the act, with the size that the log had, and the answer after it. A node that dies in
between finds the name without an answer: whatever was said since that size may be the act itself, and is
looked for before anything is said again, however late the sender asks.
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

from riskshed.errors import DoubtError, RiskshedError
from riskshed.statement import Statement
from riskshed.web import speaking
from riskshed.web.current import node
from riskshed.web.models import ActRow
from riskshed.web.people import acting
from riskshed.web.problem import ApiError

_log = logging.getLogger("riskshed.api")
KEPT = timedelta(days=2)
"""So long a name of a request is remembered."""
BEGUN = 0
"""The status of an act of which no answer is kept: it goes on, or was cut off."""
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


Again = Callable[[Statement], bool]
"""Whether a statement may come from an earlier try of the same act."""


def once(request: HttpRequest, key: str | None, act: Callable[[Again], dict[str, Any]]) -> Status[Any]:
    """Do it, unless it was done under this name; the answer with its status.

    Parameters
    ----------
    request : HttpRequest
    key : str or None
    act : callable
        Does it and gives the answer; it is told what may come from a try that was cut off.

    Raises
    ------
    ApiError
        ``act.key_taken``, status 409: another request had this name.
    RiskshedError
        Whatever the act raises; then it may be tried again under the same name.
    """
    with speaking.one_at_a_time():
        if key is None:
            told = act(lambda _: False)
            return Status(_status(told), told)
        row = _named(request, key)
        if row.status != BEGUN:
            return Status(row.status, row.answer)
        size = int(row.answer["size"])
        try:
            told = act(lambda said: _is_since(said, size))
        except RiskshedError as error:
            if not isinstance(error, DoubtError):
                _forget(row)
            raise
        row.status, row.answer = _status(told), told
        _keep(row)
        return Status(row.status, told)


def _status(told: dict[str, Any]) -> int:
    return 201 if told["new"] else 200


def _named(request: HttpRequest, key: str) -> ActRow:
    """The row of this name: the one there is, or a new one, which is durable before anything is said."""
    digest, sender = _digest(request), _sender(request)
    known = ActRow.objects.filter(sender=sender, key=key).first()
    if known is None:
        ActRow.objects.filter(at__lt=timezone.now() - KEPT).delete()
        begun = {"size": node().log.size}
        return ActRow.objects.create(sender=sender, key=key, digest=digest, status=BEGUN, answer=begun)
    if known.digest != digest:
        todo = "Take a new key for each request; use it again only for the same one."
        raise ApiError(409, "act.key_taken", "another request came under this Idempotency-Key", todo=todo)
    return known


def _is_since(said: Statement, size: int) -> bool:
    place = node().index_of(said.id)
    return place is not None and place >= size


def _keep(row: ActRow) -> None:
    """Keep the answer. It was said: a table that fails now must not make it look as if it was not."""
    try:
        row.save(update_fields=("status", "answer"))
    except DatabaseError as error:
        _log.error("the answer under the key %s was not kept: %s", row.key, error)


def _forget(row: ActRow) -> None:
    """Nothing was said: the name may be used anew. A row that stays does no harm, it only looks further."""
    try:
        row.delete()
    except DatabaseError as error:
        _log.error("the key %s was not given back: %s", row.key, error)


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
