"""Two servers that do nothing but hand events to listeners: ours, and Django's own way of doing it.

    python bench/_peer.py ours|django PORT

For each number that comes in on a line an event with that id goes out to everybody; the line that comes back
is the moment before (`time.monotonic`). Django's way is an async view with a `StreamingHttpResponse` over a
generator that waits at a queue of its own for each listener, under Django's own ASGI handler, as Django
documents it. Both are served by uvicorn with httptools on asyncio.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path

from riskshed.web.connection import Connection
from riskshed.web.event_ring import Event, frame_of
from riskshed.web.events import Hub, Limits

DATA = {"id": "a" * 64, "kind": "WarningIssued", "by": "990100", "about": "990100-flood", "exercise": False}
_queues: set[asyncio.Queue[bytes]] = set()


async def _listen() -> AsyncIterator[bytes]:
    queue: asyncio.Queue[bytes] = asyncio.Queue(100)
    _queues.add(queue)
    try:
        yield b"retry: 3000\n\nevent: hello\ndata: {}\n\n"
        while True:
            yield await queue.get()
    finally:
        _queues.discard(queue)


async def events(_: HttpRequest) -> StreamingHttpResponse:
    """The view."""
    return StreamingHttpResponse(_listen(), content_type="text/event-stream")


urlpatterns = [path("events", events)]


class Ours:
    """A hub and its life."""

    def __init__(self) -> None:
        self.hub = Hub(lambda *_: (), limits=Limits(streams_per_address=10**6))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.hub(scope, receive, send)
            return
        await receive()
        await self.hub.start(-1)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def publish(self, number: int) -> None:
        self.hub.publish([Event(number, "said", {"index": number, **DATA})])


class Django:
    """Django's handler, and the queues of its listeners."""

    def __init__(self) -> None:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x" * 50)
        self._django = get_asgi_application()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self._django(scope, receive, send)
            return
        self._loop = asyncio.get_running_loop()
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def publish(self, number: int) -> None:
        # Encoded once, as ours: what is measured is the handing out.
        data = frame_of(Event(number, "said", {"index": number, **DATA})).data
        assert self._loop is not None
        self._loop.call_soon_threadsafe(lambda: [queue.put_nowait(data) for queue in _queues])


def main(which: str, port: str) -> None:
    """See the module."""
    app = Ours() if which == "ours" else Django()

    def publish() -> None:
        for line in sys.stdin:
            print(json.dumps(time.monotonic()), flush=True)
            app.publish(int(line))

    threading.Thread(target=publish, daemon=True).start()
    more: dict[str, Any] = {"log_level": "error", "access_log": False, "backlog": 4_096, "lifespan": "on"}
    http: Any = Connection if which == "ours" else "httptools"
    uvicorn.run(app, port=int(port), http=http, loop="asyncio", ws="none", **more)


if __name__ == "__main__":
    main(*sys.argv[1:])
