"""Refusals that are answered before Django sees a request, over raw ASGI: a problem of RFC 9457, or a page.

Whoever is refused learns what was wrong and what to do, in the form in which the API answers, and the
connection is closed: what he may still be sending is not read.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
POLICY = b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
"""What is answered here loads nothing, and is framed by nobody."""


async def refuse(
    send: Send,
    status: int,
    code: str,
    what: str,
    *,
    todo: str = "",
    retry_s: int | None = None,
    page: bytes | None = None,
    linger: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Answer with a problem or a page, and close the connection.

    Parameters
    ----------
    send : callable
        Of ASGI.
    status : int
    code : str
        Stable, as of a `RiskshedError`.
    what, todo : str
        What is wrong, and what to do.
    retry_s : int, optional
        After how many seconds it may be tried again.
    page : bytes, optional
        HTML that says it instead, for a browser.
    linger : callable, optional
        Awaited between the answer and the end of the connection.
    """
    body = {
        "type": f"urn:riskshed:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": what,
    }
    if todo:
        body["todo"] = todo
    content = json.dumps(body, ensure_ascii=False).encode() if page is None else page
    headers = [
        (b"content-type", b"application/problem+json" if page is None else b"text/html; charset=utf-8"),
        (b"content-security-policy", POLICY),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    if retry_s is not None:
        headers.append((b"retry-after", str(retry_s).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": True})
    if linger is not None:
        await linger()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
