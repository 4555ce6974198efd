"""Server-sent events: what was said reaches every open page within a second, however many listen.

    GET /events?topic=public&topic=body:<code>[&ticket=...][&after=<entry of the log>]

Raw ASGI, because a stream that lives for hours must not hold a thread. An event is encoded once; each stream
is a place in one ring (`riskshed.web.event_ring`), so that those who do not read cost a buffer of the kernel
and nothing that grows. Whoever takes nothing for half a minute is cut off. Whoever has lost his place is told
to come again, and goes on from the entry of the log that he saw last (``Last-Event-ID``).

Everybody may listen to ``public``. Other topics are for those whom a ticket or the session allows; such a
stream ends after some minutes and is asked again, so that who has lost a role does not listen on.

When the node stops, every stream is told, and told a time to come back that is not the same for all.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from riskshed.errors import InputError
from riskshed.web.asgi_problem import Receive, Scope, Send, refuse
from riskshed.web.event_limits import Limits
from riskshed.web.event_ring import PUBLIC, Event, Frame, LostPlaceError, Ring, frame_of
from riskshed.web.event_ticket import Tickets

__all__ = ["PUBLIC", "TRANSPORT", "Event", "Hub", "Limits"]

TRANSPORT = "riskshed.transport"
"""Extension of the scope: the transport of the connection, so that one that is stuck can be cut off."""
CHUNK_BYTES = 16_384
KERNEL_BYTES = 65_536
SINCE_EVENTS = 256
TOPICS_MAX = 16
CUT_OFF_S = 2.0
"""So long after the farewell a stream that does not take it is cut off."""

_TOPIC = re.compile(r"[a-z]{1,16}(:[A-Za-z0-9][A-Za-z0-9._:/-]{0,127})?", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,15}")
_HEARTBEAT = b":\n\n"
_HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"connection", b"close"),
]
_log = logging.getLogger("riskshed.events")

Since = Callable[[int, int], Sequence[Event]]
"""Takes an entry of the log and a number: the events after the entry, in order, at most so many."""
Allowed = Callable[[Scope, frozenset[str]], frozenset[str]]
"""Takes the scope of a request and the topics that it wants: those which its session allows."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a request asks for."""

    topics: frozenset[str]
    after: int | None
    ticket: str


class _Stream:
    """One open stream. All of it belongs to the event loop."""

    __slots__ = ("address", "after", "at_s", "ends_s", "farewell", "heartbeat_s", "is_sending", "position",
                 "topics", "transport", "waiter")  # fmt: skip

    def __init__(self, address: str, topics: frozenset[str], transport: Any, heartbeat_s: float) -> None:
        self.address, self.topics, self.transport = address, topics, transport
        # Not all at once: after an event, all streams have been silent for equally long.
        self.heartbeat_s = heartbeat_s * random.uniform(0.6, 1.0)  # noqa: S311  # no secret
        self.position, self.after = 0, -1
        self.at_s = 0.0
        self.ends_s = float("inf")
        self.is_sending = False
        self.farewell: bytes | None = None
        self.waiter: asyncio.Future[None] | None = None

    def wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def end(self, farewell: bytes) -> None:
        """Let it say this and end."""
        if self.farewell is None:
            self.farewell = farewell
        self.wake()

    def cut(self) -> None:
        """End it without a word: nobody takes what was sent."""
        self.end(b"")
        if self.transport is not None:
            self.transport.abort()


class Hub:
    """Hands events to all who listen: an ASGI application for one path.

    Parameters
    ----------
    since : callable
        See `Since`; called in a thread.
    allowed : callable, optional
        See `Allowed`; called in a thread. Without it only tickets open topics that are not public.
    tickets : Tickets, optional
    limits : Limits
    """

    def __init__(
        self,
        since: Since,
        *,
        allowed: Allowed | None = None,
        tickets: Tickets | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._since, self._allowed, self._tickets = since, allowed, tickets
        self._ring = Ring(self.limits.ring_frames, self.limits.ring_bytes)
        self._streams: set[_Stream] = set()
        self._by_address: Counter[str] = Counter()
        self._streams_max = self.limits.possible_streams()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_ready = False
        self._pulse: asyncio.Task[None] | None = None
        self._resuming = asyncio.Semaphore(4)
        self._is_closing = False
        self._guard = threading.Lock()  # owns _come
        self._come: list[Frame] = []
        self._unheard: set[str] = set()
        self._round: asyncio.Handle | None = None

    # ---------------------------------------------------------------------------------- from any thread

    def publish(self, events: Iterable[Event]) -> None:
        """Hand out events, in the order of the log; what was handed out before is passed over.

        May be called from any thread, and returns at once. Before `start` and after `close` nothing is sent.
        """
        frames = [frame_of(one) for one in events]
        with self._guard:
            loop, idle = self._loop, not self._come
            if loop is None or not frames:
                return
            self._come += frames
        if idle:
            with suppress(RuntimeError):  # the loop has ended, and with it all streams
                loop.call_soon_threadsafe(self._take_in)

    # --------------------------------------------------------------------------------- in the event loop

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._streams)

    def _take_in(self) -> None:
        if not self._is_ready:
            return  # `start` takes them in
        with self._guard:
            come, self._come = self._come, []
        for frame in come:
            if self._ring.append(frame):
                self._unheard |= frame.topics
        if self._unheard and self._round is None:
            self._wake()

    def _wake(self) -> None:
        """Begin a round: wake all for whom there is something.

        A hundred statements in a second must not wake ten thousand streams a hundred times. What comes while
        a round lasts waits for the next one, and goes out in one piece; and a round is followed by a rest
        that is as long, so that threads which say something get their turn.
        """
        assert self._loop is not None
        begun_s = self._loop.time()
        topics, self._unheard = self._unheard, set()
        for stream in self._streams:
            if not topics.isdisjoint(stream.topics):
                stream.wake()
        # Each waiter that was woken has queued a step of its task behind this turn; the end of the round
        # queues behind those, so it takes two turns.
        self._round = self._loop.call_soon(self._queue_end, begun_s)

    def _queue_end(self, begun_s: float) -> None:
        assert self._loop is not None
        self._round = self._loop.call_soon(self._rest, begun_s)

    def _rest(self, begun_s: float) -> None:
        assert self._loop is not None
        took_s = self._loop.time() - begun_s
        self._round = self._loop.call_later(took_s, self._end_round)

    def _end_round(self) -> None:
        self._round = None
        if self._unheard and self._loop is not None:
            self._wake()

    async def start(self, latest: int) -> None:
        """Begin: events after this entry of the log will be published; the last ones before are read now.

        After a restart all pages come again at once, each with the entry that it saw last. They are answered
        from the ring, and not each from the log.
        """
        self._loop = asyncio.get_running_loop()
        floor = max(-1, latest - self.limits.ring_frames // 2)
        self._ring.begin(floor)
        while self._ring.latest < latest:
            events = await asyncio.to_thread(self._since, self._ring.latest, SINCE_EVENTS)
            fresh = [self._ring.append(frame_of(one)) for one in events if (one.index or 0) <= latest]
            if not any(fresh):
                break
        self._is_ready = True
        self._take_in()
        self._pulse = asyncio.create_task(self._beat())

    async def close(self, within_s: float = 4.0) -> None:
        """Say farewell on every stream, and return when all are closed; then cut off those left."""
        self._is_closing = True
        loop = asyncio.get_running_loop()
        until_s = loop.time() + within_s
        cut_s = loop.time() + min(CUT_OFF_S, within_s / 2)
        for at, stream in enumerate(list(self._streams)):
            stream.end(self._farewell("closing", spread_s=10.0))
            if at % 500 == 499:
                await asyncio.sleep(0)
        while self._streams and loop.time() < until_s:
            if loop.time() >= cut_s:
                for stream in list(self._streams):
                    stream.cut()
            await asyncio.sleep(0.02)
        if self._pulse is not None:
            self._pulse.cancel()
        with self._guard:
            self._loop, self._come = None, []

    def _farewell(self, name: str, spread_s: float = 1.0) -> bytes:
        """The last words of a stream: why it ends, and when to come again."""
        retry_ms = int(1e3 * (self.limits.retry_s + spread_s * random.random()))  # noqa: S311  # no secret
        return b"retry: %d\nevent: %s\ndata: {}\n\n" % (retry_ms, name.encode())

    async def _beat(self) -> None:
        """Each second: signs of life, streams whose leave has run out, streams that take nothing."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, self.limits.heartbeat_s / 4, self.limits.stalled_s / 4))
            now_s = loop.time()
            for stream in list(self._streams):
                if stream.is_sending and now_s - stream.at_s > self.limits.stalled_s:
                    stream.cut()
                elif now_s > stream.ends_s:
                    stream.end(self._farewell("renew"))
                elif not stream.is_sending and now_s - stream.at_s >= stream.heartbeat_s:
                    stream.wake()

    # -------------------------------------------------------------------------------------- one request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream, from the request to the farewell."""
        if scope["method"] != "GET":
            await refuse(send, 405, "events.method", "a stream is read with GET")
            return
        address = scope["client"][0] if scope.get("client") else ""
        if self._is_closing or not self._is_ready:
            await refuse(send, 503, "node.closing", "the node is about to stop", retry_s=5)
        elif len(self._streams) >= self._streams_max:
            told = f"{self._streams_max} streams are open, and that is all"
            await refuse(send, 503, "events.full", told, todo="Come again, or poll the feed.", retry_s=30)
        elif self._by_address[address] >= self.limits.streams_per_address:
            told = f"{self.limits.streams_per_address} streams are open from this address, and that is all"
            await refuse(send, 503, "events.address_full", told, todo="Share one stream.", retry_s=30)
        else:
            await self._admit(address, scope, receive, send)

    async def _admit(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the place while leave is asked for; otherwise many could ask at once."""
        transport = scope.get("extensions", {}).get(TRANSPORT)
        stream = _Stream(address, frozenset(), transport, self.limits.heartbeat_s)
        stream.at_s = asyncio.get_running_loop().time()
        self._streams.add(stream)
        self._by_address[address] += 1
        try:
            try:
                wish = _wish(scope)
                stream.ends_s = await self._leave_until(scope, wish)
            except InputError as error:
                status = 400 if error.code.startswith("events.bad") else 403
                await refuse(send, status, error.code, error.what, todo=error.todo)
                return
            stream.topics = wish.topics
            await self._serve(stream, wish, receive, send)
        finally:
            self._streams.discard(stream)
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    async def _leave_until(self, scope: Scope, wish: _Wish) -> float:
        """Until when, by the clock of the loop, the stream may have its topics.

        Raises
        ------
        InputError
            ``events.not_allowed``, ``ticket.bad``, ``ticket.expired``.
        """
        wanted = wish.topics - {PUBLIC}
        if not wanted:
            return float("inf")
        left_s = self.limits.session_s
        given: frozenset[str] = frozenset()
        if wish.ticket and self._tickets is not None:
            now = datetime.now(UTC)
            given, until = self._tickets.read(wish.ticket, now)
            left_s = min(left_s, (until - now).total_seconds())
        elif self._allowed is not None:
            given = await asyncio.to_thread(self._allowed, scope, wanted)
        if not wanted <= given:
            told = f"not allowed: {', '.join(sorted(wanted - given))}"
            raise InputError("events.not_allowed", told, todo="Sign in, or ask for a ticket.")
        return asyncio.get_running_loop().time() + left_s

    async def _serve(self, stream: _Stream, wish: _Wish, receive: Receive, send: Send) -> None:
        if stream.transport is not None:
            _narrow(stream.transport)
        gone = asyncio.create_task(_until_gone(receive, stream))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
            await self._begin(stream, wish, send)
            await self._feed(stream, send)
        except LostPlaceError:
            stream.end(self._farewell("behind"))
        finally:
            gone.cancel()
        await send({"type": "http.response.body", "body": stream.farewell or b"", "more_body": False})

    async def _begin(self, stream: _Stream, wish: _Wish, send: Send) -> None:
        """Say where the log stands, after what the stream has missed."""
        await self._write(stream, send, b"retry: %d\n\n" % int(1e3 * self.limits.retry_s))
        if wish.after is None:
            stream.after = self._ring.latest
            hello = b'id: %d\nevent: hello\ndata: {"latest":%d}\n\n' % (stream.after, stream.after)
            # A browser sends the id back as it got it, and -1 is no entry.
            stream.position = self._ring.end
            await self._write(
                stream, send, hello if stream.after >= 0 else b'event: hello\ndata: {"latest":-1}\n\n'
            )
            return
        # Who comes with a number that the log has not reached yet saw another log, or jokes.
        stream.after = min(wish.after, self._ring.latest)
        if not await self._resume(stream, send):
            stream.after = self._ring.latest
            reset = b'id: %d\nevent: reset\ndata: {"latest":%d}\n\n' % (stream.after, stream.after)
            stream.position = self._ring.end
            await self._write(stream, send, reset)
            return
        stream.position = self._ring.first

    async def _resume(self, stream: _Stream, send: Send) -> bool:
        """Send from the log what the ring no longer has; False if that is too much."""
        missed = 0
        while stream.after < self._ring.floor:
            if self._ring.floor - stream.after > self.limits.resume_events:
                return False
            async with self._resuming:
                events = await asyncio.to_thread(self._since, stream.after, SINCE_EVENTS)
            if not events:
                stream.after = max(stream.after, self._ring.floor)
                break
            last = events[-1].index
            assert last is not None, "the log numbers its events"
            assert last > stream.after, "they come after the one that was named"
            stream.after = last
            missed += len(events)
            frames = [frame_of(one).data for one in events if not stream.topics.isdisjoint(one.topics)]
            if frames:
                await self._write(stream, send, b"".join(frames))
        return missed <= self.limits.resume_events

    async def _feed(self, stream: _Stream, send: Send) -> None:
        """Send what comes until somebody ends the stream."""
        loop = asyncio.get_running_loop()
        while stream.farewell is None:
            frames, stream.position = self._ring.read(
                stream.position, stream.topics, stream.after, CHUNK_BYTES
            )
            if frames:
                await self._write(stream, send, b"".join(frames))
                continue
            if loop.time() - stream.at_s >= stream.heartbeat_s:
                await self._write(stream, send, _HEARTBEAT)
                continue
            stream.waiter = loop.create_future()
            await stream.waiter

    async def _write(self, stream: _Stream, send: Send, data: bytes) -> None:
        """Send; while it lasts, the stream is one that has not taken what it was sent."""
        loop = asyncio.get_running_loop()
        stream.at_s, stream.is_sending = loop.time(), True
        await send({"type": "http.response.body", "body": data, "more_body": True})
        stream.is_sending = False


async def _until_gone(receive: Receive, stream: _Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end(b"")


def _narrow(transport: Any) -> None:
    """Small buffers: ten thousand who do not read must not hold megabytes each."""
    transport.set_write_buffer_limits(high=CHUNK_BYTES)
    plug = transport.get_extra_info("socket")
    if plug is not None:
        with suppress(OSError):
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)


def _wish(scope: Scope) -> _Wish:
    """Read a request.

    Raises
    ------
    InputError
        ``events.bad_topic``, ``events.bad_after``.
    """
    try:
        asked = parse_qs(scope["query_string"].decode("ascii"), max_num_fields=TOPICS_MAX + 2)
    except (UnicodeDecodeError, ValueError) as error:
        raise InputError("events.bad_topic", "the query cannot be read") from error
    topics = frozenset(asked.get("topic", [PUBLIC]))
    for topic in topics:
        if not _TOPIC.fullmatch(topic):
            raise InputError(
                "events.bad_topic", "a topic is no name", todo="Write topic=public or body:<code>."
            )
    # The header is newer than the address: a browser repeats the address as it was.
    named = [value for name, value in scope["headers"] if name == b"last-event-id" and value]
    text = named[-1].decode("latin-1") if named else asked.get("after", [""])[0]
    if text and not _INDEX.fullmatch(text):
        raise InputError("events.bad_after", "the entry is no number", todo="Leave out Last-Event-ID.")
    return _Wish(topics, int(text) if text else None, asked.get("ticket", [""])[0])
