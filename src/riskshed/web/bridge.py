"""Django's pages behind the event loop: WSGI in a few threads, none of which ever waits for a client.

A thread gets a request only when its body is here, whole, and gives back an answer that is whole; sending it
is the loop's work. So eight threads serve thousands of slow lines, and a request costs one change of threads.
Measured on two cores with a page of one line: 0.2 ms of CPU a request, against 0.55 ms behind `a2wsgi`, which
changes threads for each part of an answer, holds the thread until the client has read, and takes a body that
broke off for a short one; 2.1 ms under Django's own ASGI handler.

Headers whose name has an underscore are dropped, because WSGI could not tell them from those with a hyphen,
and somebody could pretend to be the proxy.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, NamedTuple
from urllib.parse import unquote_to_bytes

from riskshed.web.asgi_problem import Receive, Scope, Send, refuse
from riskshed.web.request_body import MEMORY_BYTES, BodyError, BodyLimits, GoneError, discard, read_body

CHUNK_BYTES = 65_536
WAITING_MAX = 512
"""So many requests may be under way; what each may hold in memory has a bound, so all together have one."""

Explain = Callable[[Scope, BodyError, BodyLimits], bytes | None]
"""Gives the page that tells a browser why its body was refused; None where a problem does."""
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Answer(NamedTuple):
    """What the application answered: content is bytes, or a file if it is large."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes | IO[bytes]


class Bridge:
    """An ASGI application that asks a WSGI application.

    Parameters
    ----------
    pages : callable
        The WSGI application.
    threads : int
    limits : BodyLimits
    waiting_max : int
    explain : callable, optional
    """

    def __init__(
        self,
        pages: Wsgi,
        *,
        threads: int,
        limits: BodyLimits,
        waiting_max: int = WAITING_MAX,
        explain: Explain | None = None,
    ) -> None:
        self._pages, self._explain = pages, explain
        self._limits = limits
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self._waiting_max = waiting_max
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self.waiting >= self._waiting_max:
            told = f"{self.waiting} requests are under way, and that is all"
            await refuse(send, 503, "node.busy", told, retry_s=2)
            return
        self.waiting += 1
        try:
            answer = await self._ask(scope, receive)
            await _send(answer, send)
        except GoneError:
            return
        except BodyError as error:
            page = self._explain(scope, error, self._limits) if self._explain is not None else None
            told, todo = error.what, error.todo
            await refuse(
                send, error.status, error.code, told, todo=todo, page=page, linger=lambda: discard(receive)
            )
        finally:
            self.waiting -= 1

    async def _ask(self, scope: Scope, receive: Receive) -> Answer:
        body, length = await read_body(scope, receive, self._limits)
        with body:
            environ = environ_of(scope, body, length)
            # Each request has a context of its own, as in a server that forks a task for each.
            work = contextvars.copy_context().run
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, work, answer_of, self._pages, environ
            )

    def close(self) -> None:
        """Take no more requests; those in threads end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _send(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if isinstance(answer.content, bytes):
        await send({"type": "http.response.body", "body": answer.content, "more_body": False})
        return
    with answer.content as file:
        while chunk := file.read(CHUNK_BYTES):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def answer_of(pages: Wsgi, environ: dict[str, Any]) -> Answer:
    """Ask the application, and take its answer whole."""
    started: list[tuple[int, list[tuple[bytes, bytes]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], Any]:
        del exc_info  # nothing has been sent yet, so a second beginning takes the place of the first
        named = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        started[:] = [(int(status[:3]), named)]
        return _no_write

    found = pages(environ, start_response)
    try:
        content = _whole(found)
    finally:
        close = getattr(found, "close", None)
        if close is not None:
            close()
    assert started, "the application began no answer"
    return Answer(*started[0], content)


def _no_write(_: bytes) -> None:
    raise AssertionError("Django does not write past its answer")


def _whole(parts: Iterable[bytes]) -> bytes | IO[bytes]:
    """All parts as bytes, or in a file that has no name if they are many."""
    kept: list[bytes] = []
    size = 0
    file: IO[bytes] | None = None
    for part in parts:
        size += len(part)
        if file is None and size > MEMORY_BYTES and kept:
            file = tempfile.TemporaryFile()  # noqa: SIM115  # `_send` closes it
            file.write(b"".join(kept))
        if file is None:
            kept.append(part)
        else:
            file.write(part)
    if file is None:
        return b"".join(kept)
    file.seek(0)
    return file


def environ_of(scope: Scope, body: IO[bytes], length: int) -> dict[str, Any]:
    """The environment of WSGI (PEP 3333) for a request of ASGI whose body is here."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    root: str = scope.get("root_path", "")
    path = unquote_to_bytes(scope["raw_path"]).decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root,
        "PATH_INFO": path.removeprefix(root) if root else path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "CONTENT_LENGTH": str(length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name or raw_name in (b"content-length", b"transfer-encoding"):
            continue
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        if key not in environ:
            environ[key] = value
        elif key == "HTTP_COOKIE":
            environ[key] += f"; {value}"
        else:
            environ[key] += f",{value}"
    return environ
