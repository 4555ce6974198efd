"""A real server on a real port, in a thread of the test process, and the plainest client there is."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from riskshed.web.asgi_problem import App, Receive, Scope, Send
from riskshed.web.environment import read
from riskshed.web.events import Event, Hub
from riskshed.web.serve import Server, configuration, listen


class Listening:
    """The smallest application that has a hub, and nothing of Django."""

    def __init__(self, hub: Hub, latest: int = -1) -> None:
        self.hub, self._latest = hub, latest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.hub(scope, receive, send)
            return
        await receive()
        await self.hub.start(self._latest)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def close_streams(self) -> None:
        await self.hub.close(4.0)


class Served:
    """A server that runs."""

    def __init__(self, app: Any) -> None:
        self.app = app
        plug = listen("127.0.0.1", 0)
        self.address: tuple[str, int] = plug.getsockname()
        self._ready = threading.Event()
        self.server = Server(configuration(read({}), app), app.close_streams, listening=self._ready.set)
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [plug]}, daemon=True)
        self._thread.start()
        assert self._ready.wait(10.0), "the server did not start"

    def stop(self) -> float:
        """Stop it as a signal would; returns how many seconds that took."""
        begin = time.monotonic()
        self.server.should_exit = True
        self._thread.join(15.0)
        assert not self._thread.is_alive(), "the server did not stop"
        return time.monotonic() - begin


@contextmanager
def served(app: App | Listening) -> Iterator[Served]:
    """Serve an application as long as the block lasts."""
    server = Served(app)
    try:
        yield server
    finally:
        server.stop()


class Listener:
    """One open stream, read with blocking calls."""

    def __init__(
        self, address: tuple[str, int], query: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self.plug = socket.create_connection(address, timeout=10.0)
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self.plug.sendall(f"GET /events{query} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        self.raw = b""
        self.head = self.until(b"\r\n\r\n").decode("latin-1")
        self.status = int(self.head.split(" ")[1])

    def until(self, mark: bytes, within_s: float = 10.0) -> bytes:
        """What came up to and with a mark; AssertionError if it does not come."""
        until_s = time.monotonic() + within_s
        while mark not in self.raw:
            self.plug.settimeout(max(0.01, until_s - time.monotonic()))
            try:
                data = self.plug.recv(65_536)
            except TimeoutError:
                data = b""
            assert data, f"{mark!r} did not come; there is {self.raw[-300:]!r}"
            self.raw += data
        found, _, self.raw = self.raw.partition(mark)
        return found + mark

    def rest(self, within_s: float = 10.0) -> bytes:
        """All until the other side closes."""
        self.plug.settimeout(within_s)
        while data := self.plug.recv(65_536):
            self.raw += data
        return self.raw

    def indices(self, count: int, within_s: float = 10.0) -> list[int]:
        """The numbers of the next events that were said."""
        return [
            int(
                re.search(
                    rb"id: (\d+)\n$", self.until(b"event: said\n", within_s).removesuffix(b"event: said\n")
                )[1]
            )
            for _ in range(count)
        ]

    def close(self) -> None:
        self.plug.close()


def said(index: int | None, *topics: str, text: str = "") -> Event:
    """An event as the log gives it."""
    return Event(index, "said", {"index": index, "text": text}, frozenset(topics or ("public",)))


def run_in(loop: asyncio.AbstractEventLoop, work: Any) -> Any:
    """Run a coroutine in the loop of a server, and wait for it."""
    return asyncio.run_coroutine_threadsafe(work, loop).result(10.0)
