"""The body of a request, whole or not at all: bounded in size and in time.

A body that arrives one byte a minute must not hold a thread, and one that breaks off must not be taken for a
short one. So it is read here, before anybody works with it: small ones into memory, large ones into a file
that has no name. The client has ten seconds, and more for what it sends, as long as it comes at the rate of a
bad line.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from riskshed.errors import InputError
from riskshed.web.asgi_problem import Receive, Scope

MEMORY_BYTES = 1_048_576
"""What is larger goes to a file."""
GRACE_S = 10.0
SLOWEST_BYTES_S = 4_096.0
DISCARD_S = 2.0


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a body may be, and how slow.

    Parameters
    ----------
    bytes_max : int
    grace_s : float
        In this time it must have come, plus what its bytes take at `slowest_bytes_s`.
    slowest_bytes_s : float
    """

    bytes_max: int
    grace_s: float = GRACE_S
    slowest_bytes_s: float = SLOWEST_BYTES_S


class BodyError(InputError):
    """A body that is not taken; `status` is that of HTTP."""

    def __init__(self, status: int, code: str, what: str, *, todo: str = "") -> None:
        super().__init__(code, what, todo=todo)
        self.status = status


class GoneError(Exception):
    """The client has gone before its body was here. No fault of the world: nobody waits for an answer."""


def declared_bytes(scope: Scope) -> int | None:
    """The length that a request declares; None if it does not.

    Raises
    ------
    BodyError
        ``body.bad_length``.
    """
    named = [value for name, value in scope["headers"] if name == b"content-length"]
    if not named:
        return None
    if len(set(named)) > 1 or not named[0].isdigit() or len(named[0]) > 15:
        raise BodyError(400, "body.bad_length", "the Content-Length is no number")
    return int(named[0])


async def read_body(scope: Scope, receive: Receive, limits: BodyLimits) -> tuple[IO[bytes], int]:
    """The body, from its beginning, and its length in bytes. The caller closes it.

    Raises
    ------
    BodyError
        ``body.too_large`` (413), ``body.too_slow`` (408), ``body.bad_length`` (400).
    GoneError
    """
    declared = declared_bytes(scope)
    if declared is not None and declared > limits.bytes_max:
        raise _too_large(limits)
    if declared is None and all(name != b"transfer-encoding" for name, _ in scope["headers"]):
        return io.BytesIO(), 0
    expected = declared or 0
    is_small = 0 < expected <= MEMORY_BYTES
    file: IO[bytes] = io.BytesIO() if is_small else tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115
    try:
        length = await _fill(file, receive, limits)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file, length


async def _fill(file: IO[bytes], receive: Receive, limits: BodyLimits) -> int:
    loop = asyncio.get_running_loop()
    begun_s, length = loop.time(), 0
    while True:
        until_s = begun_s + limits.grace_s + length / limits.slowest_bytes_s
        try:
            async with asyncio.timeout_at(until_s):
                message = await receive()
        except TimeoutError as error:
            told = f"{length} bytes of the body had come when its time was over"
            todo = "Send it in smaller parts, or over a better line."
            raise BodyError(408, "body.too_slow", told, todo=todo) from error
        if message["type"] == "http.disconnect":
            raise GoneError
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > limits.bytes_max:
            raise _too_large(limits)
        file.write(chunk)
        if not message.get("more_body", False):
            return length


def _too_large(limits: BodyLimits) -> BodyError:
    told = f"the body is larger than {limits.bytes_max} bytes"
    return BodyError(413, "body.too_large", told, todo="Send it in smaller parts.")


async def discard(receive: Receive, within_s: float = DISCARD_S) -> None:
    """Read on and forget: who is still sending when his connection is closed would not see the answer."""

    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
                pass
