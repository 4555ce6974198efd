"""The hot path of readings: POSTs of sensors, answered without Django once they are on the disk.

A request costs a fraction of what it costs through all of Django: its body, its token (looked up once a
second), the reading, and its turn in the next flush, together with everybody who came meanwhile. What it
takes and refuses, and in which words, is what `api.measured` describes: both use the same functions.

A token that was revoked opens nothing after one second.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, close_old_connections

from riskshed.errors import RiskshedError, StoreError
from riskshed.web import access, problem, readings_taking, tokens
from riskshed.web.asgi_problem import App, Receive, Scope, Send, refuse
from riskshed.web.current import node
from riskshed.web.gate import denied, unknown
from riskshed.web.intake import Intake, Taken
from riskshed.web.people import Actor
from riskshed.web.problem import ApiError
from riskshed.web.readings_taking import ACTION, BYTES_MAX
from riskshed.web.request_body import BodyError, BodyLimits, GoneError, discard, read_body

PATHS: Mapping[str, str] = {
    "/api/v1/readings": "one",
    "/api/v1/readings/batch": "batch",
    "/api/v1/readings/csv": "csv",
}
TOKEN_S = 1.0
"""So long a token that held is believed to hold."""
TOKENS_MAX = 10_000
UNDER_WAY_MAX = 4_096
_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_log = logging.getLogger("riskshed.api")


def hot(intake: Callable[[], Intake]) -> dict[tuple[str, str], App]:
    """The paths that are answered here, for the door of the node."""
    doors = Tokens(), Crowd()
    return {("POST", path): ReadingsDoor(form, intake, *doors) for path, form in PATHS.items()}


class Crowd:
    """How many requests are under way on all paths together."""

    def __init__(self) -> None:
        self.count = 0


class Tokens:
    """Tokens that held a moment ago. It belongs to the event loop."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, asyncio.Task[Actor | None]]] = {}

    async def actor(self, header: str, address: str) -> Actor | None:
        """The machine that shows this header; None if the token does not hold. Raises DatabaseError."""
        now = time.monotonic()
        at, task = self._known.get(header, (0.0, None))
        if task is None or now - at >= TOKEN_S:
            if len(self._known) >= TOKENS_MAX:
                self._known.clear()
            # Whoever comes while it is looked up waits for the same answer.
            task = asyncio.create_task(asyncio.to_thread(_actor, header, address))
            self._known[header] = (now, task)
        try:
            found = await asyncio.shield(task)
        except DatabaseError:
            self._known.pop(header, None)
            raise
        if found is None:  # guesses are not kept
            self._known.pop(header, None)
        return found


def _actor(header: str, address: str) -> Actor | None:
    close_old_connections()
    try:
        return tokens.actor_from(header, address)
    finally:
        close_old_connections()


class ReadingsDoor:
    """Takes readings of one form.

    Parameters
    ----------
    form : {"one", "batch", "csv"}
    intake : callable
        Gives the intake of the process.
    held : Tokens
    crowd : Crowd
    """

    def __init__(self, form: str, intake: Callable[[], Intake], held: Tokens, crowd: Crowd) -> None:
        self._form, self._intake, self._tokens, self._crowd = form, intake, held, crowd
        self._limits = BodyLimits(BYTES_MAX[form])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._crowd.count >= UNDER_WAY_MAX:
            told = f"{self._crowd.count} requests are under way, and that is all"
            await refuse(send, 503, "node.busy", told, retry_s=2)
            return
        self._crowd.count += 1
        try:
            status, content, more = await self._answer(scope, receive)
            await _send(send, status, content, more)
        except GoneError:
            return
        except BodyError as error:
            await refuse(
                send, error.status, error.code, error.what, todo=error.todo, linger=lambda: discard(receive)
            )
        finally:
            self._crowd.count -= 1

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, Mapping[str, str]]:
        file, _ = await read_body(scope, receive, self._limits)
        with file:
            data = file.read()
        try:
            taken, arrived = await self._take(scope, data)
        except BodyError:
            raise
        except RiskshedError as error:
            told = problem.of(error)
            return told.status, told.to_bytes(), {**told.headers, "Content-Type": problem.MEDIA_TYPE}
        except Exception:
            _log.exception("%s failed", scope["path"])
            told = problem.of(failed())
            return told.status, told.to_bytes(), {"Content-Type": problem.MEDIA_TYPE}
        status, content = readings_taking.answer(taken, arrived)
        return status, json.dumps(content).encode(), {"Content-Type": "application/json; charset=utf-8"}

    async def _take(self, scope: Scope, data: bytes) -> tuple[Taken, datetime]:
        headers = _headers(scope)
        if settings.NODE_HTTPS and scope.get("scheme") != "https":
            raise ApiError(403, "request.not_secure", "this address is reached by HTTPS alone")
        actor = await self._actor(headers, scope)
        readings_taking.check_form(headers.get(b"content-type", ""), len(data), self._form)
        living = node()
        if self._form == "one":  # cheaper than going to a thread and back
            signals = readings_taking.read(self._form, data, living, actor.body)
        else:
            signals = await asyncio.to_thread(readings_taking.read, self._form, data, living, actor.body)
        arrived = signals[0].known_at if signals else living.now()
        future = self._intake().submit(signals, actor.body, actor.officer)
        return await asyncio.wrap_future(future), arrived

    async def _actor(self, headers: Mapping[bytes, str], scope: Scope) -> Actor:
        client = scope.get("client") or ("", 0)
        try:
            actor = await self._tokens.actor(headers.get(b"authorization", ""), client[0])
        except DatabaseError as error:
            raise StoreError("store.database", "the database does not answer; nothing was done") from error
        if actor is None:
            raise unknown()
        if not access.may(actor, ACTION, body=actor.body):
            _log.warning("access.refused action=%s body=%r officer=%r", ACTION, actor.body, actor.officer)
            raise denied(PermissionDenied(ACTION))
        return actor


def failed() -> ApiError:
    """The refusal where the program itself is wrong."""
    return ApiError(500, "request.failed", "this node has failed; the fault is noted")


def _headers(scope: Scope) -> dict[bytes, str]:
    """The headers that matter; of one that comes twice, nothing that could be taken in two ways."""
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in (b"authorization", b"content-type"):
            text = value.decode("latin-1")
            found[name] = text if name not in found else f"{found[name]},{text}"
    return found


async def _send(send: Send, status: int, content: bytes, more: Mapping[str, str]) -> None:
    named = [(name.lower().encode(), value.encode("latin-1")) for name, value in more.items()]
    headers: list[Any] = [(b"content-length", str(len(content)).encode()), *_HEADERS, *named]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})
