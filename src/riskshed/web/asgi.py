"""The one door of the node: streams here, a few hot paths there, everything else to Django.

    /events            `riskshed.web.events`, which holds a stream without holding a thread
    hot paths          raw ASGI where a request must cost less than Django does (`Door.hot`)
    everything else    `riskshed.web.bridge`

The door also opens and closes the house: the node, its ticker, and what works beside it (`Worker`). While the
node stops, whoever still comes is told so and when to come again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from io import BytesIO
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.urls import get_resolver

from riskshed.errors import RiskshedError
from riskshed.web import current, event_topics, refused_body
from riskshed.web.access import PARTIES
from riskshed.web.asgi_problem import App, Message, Receive, Scope, Send, refuse
from riskshed.web.bridge import Bridge, environ_of
from riskshed.web.environment import Environment
from riskshed.web.event_ticket import Tickets
from riskshed.web.events import Hub, Limits
from riskshed.web.people import acting
from riskshed.web.request_body import BodyLimits
from riskshed.web.session_limits import SINCE, USED, is_over
from riskshed.web.wsgi import application as pages

EVENTS = "/events"
STOP_S = 4.0
"""In this time the streams are closed; the rest of the five seconds is for the log and the workers."""

_log = logging.getLogger("riskshed.door")


class Worker(Protocol):
    """What works beside the pages for as long as the node is open."""

    def start(self) -> None:
        """Begin, in threads of its own; return at once."""
        ...

    def stop(self) -> None:
        """Stop: return when nothing is under way any more, within a second."""
        ...


class House(Protocol):
    """What the door opens and closes; both are called in a thread."""

    def open(self, publish: Callable[[Sequence[Any]], None]) -> int:
        """Open, say who is told what comes (events), and return the last entry of the log; -1 if empty."""
        ...

    def close(self) -> None:
        """Close; may be called twice, and without `open`."""
        ...


class Door:
    """The ASGI application of a node.

    Parameters
    ----------
    house : House
    hub : Hub
    pages : callable
        An ASGI application for everything that has no path of its own.
    hot : mapping of (method, path) to application
        Raw ASGI.
    """

    def __init__(
        self, house: House, hub: Hub, pages: App, hot: Mapping[tuple[str, str], App] | None = None
    ) -> None:
        self.hub = hub
        self.is_closing = False
        self._house, self._pages = house, pages
        self._hot = dict(hot or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the node."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._live(receive, send)
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif self.is_closing:
            await refuse(send, 503, "node.closing", "the node is about to stop", retry_s=5)
        elif scope["path"] == EVENTS:
            await self.hub(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page or a hot path; what is cut off because the node stops says so, if it has not begun."""
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        served = self._hot.get((scope["method"], scope["path"]), self._pages)
        try:
            await served(scope, receive, watched)
        except asyncio.CancelledError:
            if not self.is_closing or has_begun:
                raise
            told = "the node stopped before the answer was ready; it may or may not have been done"
            await refuse(
                send, 503, "node.closing", told, todo="See whether it was, then try again.", retry_s=5
            )

    async def _live(self, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        try:
            latest = await asyncio.to_thread(self._house.open, self.hub.publish)
            await self.hub.start(latest)
        except RiskshedError as error:
            _log.error("the node cannot be opened: %s (%s)", error, error.code)
            await asyncio.to_thread(self._house.close)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        await self.close_streams()
        await asyncio.to_thread(self._house.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def close_streams(self) -> None:
        """Let nobody in any more, and say farewell to those who listen: what a stop begins with."""
        if not self.is_closing:
            self.is_closing = True
            await self.hub.close(STOP_S)


class NodeHouse:
    """The node of this process, its ticker, and its workers.

    Parameters
    ----------
    workers : callable
        Makes the workers, once the node is open.
    """

    def __init__(self, workers: Callable[[], Sequence[Worker]] = tuple) -> None:
        self._make_workers = workers
        self._workers: list[Worker] = []
        self._ticker: threading.Thread | None = None

    def open(self, publish: Callable[[Sequence[Any]], None]) -> int:
        """See `House.open`."""
        node = current.node()
        node.tick()
        node.listen(lambda came: publish([event_topics.event_of(one) for one in came]))
        # What was said between the two is published, and known to the ring as the latest.
        latest = node.log.size - 1
        self._ticker = threading.Thread(target=node.run, name="ticker", daemon=True)
        self._ticker.start()
        for worker in self._make_workers():
            self._workers.append(worker)
            worker.start()
        return latest

    def close(self) -> None:
        """See `House.close`."""
        for worker in reversed(self._workers):
            with suppress(RiskshedError):
                worker.stop()
        self._workers.clear()
        current.use(None)
        if self._ticker is not None:
            self._ticker.join(1.0)


def session_topics(scope: Scope, wanted: frozenset[str]) -> frozenset[str]:
    """Those of the topics that the person may hear whose session a request shows. Called in a thread."""
    cookies = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            with suppress(CookieError):
                cookies.load(value.decode("latin-1"))
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    if morsel is None:
        return frozenset()
    request = WSGIRequest(environ_of(scope, BytesIO(), 0))
    close_old_connections()
    try:
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value)
        request.user = get_user(request)
        since, used = request.session.get(SINCE), request.session.get(USED)
        # To listen is no use of a session: a page that nobody looks at would keep it alive for ever.
        if since is None or used is None or is_over(since, used, time.time()):
            return frozenset()
        actor = acting(request)
        governs = not actor.roles <= PARTIES
        return wanted & event_topics.hearable((actor.body,) if actor.roles else (), governs=governs)
    finally:
        close_old_connections()


def make(given: Environment, *, hot: Mapping[tuple[str, str], App] | None = None,
         workers: Callable[[], Sequence[Worker]] = tuple) -> Door:  # fmt: skip
    """The door of the node that the settings name."""
    limits = Limits(streams=given["STREAMS"], streams_per_address=given["STREAMS_PER_ADDRESS"])
    hub = Hub(
        lambda after, most: event_topics.since(current.node(), after, most),
        allowed=session_topics,
        tickets=Tickets(settings.SECRET_KEY.encode()),
        limits=limits,
    )
    # All pages are imported now, or the first reader would wait for it.
    assert get_resolver().url_patterns
    bodies = BodyLimits(given["UPLOAD_MB"] * 2**20)
    bridge = Bridge(pages, threads=given["THREADS"], limits=bodies, explain=refused_body.page)
    return Door(NodeHouse(workers), hub, bridge, hot)
