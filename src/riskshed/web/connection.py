"""One connection of a client, as uvicorn holds it, and what it must not do to the node.

A client may send its head one byte a minute, or without end. So a head has a time and a size, from its first
byte to its last, in the first request of a connection and in each that follows. What comes after the head is
looked after by who reads it (`request_body`, `events`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from riskshed.web.events import TRANSPORT

HEAD_S = 10.0
HEAD_BYTES = 65_536
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)
_HEAD_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """A connection whose head has a time and a size, and that can be cut off by whoever serves it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._head_bytes = 0
        self._in_head = True
        self._hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It has sent something."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._turn_away(_HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]
        if not self._in_head:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """Its head is here."""
        self._head_is_here()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._in_head, self._head_bytes = True, 0
        self._hurry = self.loop.call_later(HEAD_S, self._turn_away, _HEAD_TOO_SLOW)

    def _head_is_here(self) -> None:
        self._in_head = False
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _turn_away(self, answer: bytes) -> None:
        self._head_is_here()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
