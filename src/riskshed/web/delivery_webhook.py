"""A statement to a program of a body: an HTTPS POST that it can verify, to an address that may be posted to.

    POST <url>
    Content-Type: application/json
    Riskshed-Statement: <id>                    the same at every repetition: take it once
    Riskshed-Signature: t=<unix time>,v1=<hex>  HMAC-SHA256 of "<t>." and the body, by the hook's secret

    {"statement": id, "index": place in the log, "said": {...}, "envelope": {...}}

The envelope (DSSE) is the proof, `said` the same for reading; any answer 2xx is the receipt. A hook is asked
for by a person, so its address may lead into the house itself (SSRF). It is resolved here, every address that
it has must be one that the world may use, and the connection goes to the very address that was looked at.
Redirects are not followed, for the same reason, and plain HTTP is refused unless the operator allows private
targets.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import socket
import ssl
from collections.abc import Callable
from datetime import datetime
from functools import cache
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, NamedTuple

import httpx

from riskshed.errors import InputError
from riskshed.outbox import DeliveryError
from riskshed.statement import read

ATTEMPT_S = 15.0
"""One attempt takes no longer, whatever the other side does."""
LOOK_S = 0.2
URL_CHARS_MAX = 2_000
_PURPOSE = b"riskshed webhook 1"
_AGAIN = "It is tried again by itself."

# Its line for each request would write the addresses of hooks, which may hold secrets, into the log.
logging.getLogger("httpx").setLevel(logging.WARNING)

Resolve = Callable[[str, int], list[str]]


class Target(NamedTuple):
    """Where a post goes: the address that was looked at, and what the URL said."""

    url: httpx.URL
    address: str


def secret_of(secret: bytes, number: int, salt: str) -> str:
    """The secret of a hook: derived, so that the database alone tells nobody how to sign."""
    return hmac.new(secret, _PURPOSE + f" {number} {salt}".encode(), sha256).hexdigest()


def signature(secret: str, body: bytes, at: datetime) -> str:
    """The header by which a receiver knows who posts, and when; it refuses what is old."""
    moment = int(at.timestamp())
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return f"t={moment},v1={made}"


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host. Raises OSError if it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def check_url(text: str, *, private: bool) -> httpx.URL:
    """The URL of a hook, as far as it can be judged without asking anybody.

    Raises
    ------
    InputError
        ``webhook.bad_url``.
    """
    todo = "Write https://name/path, without a password."
    try:
        url = httpx.URL(text) if len(text) <= URL_CHARS_MAX else None
    except httpx.InvalidURL:
        url = None
    schemes = ("https", "http") if private else ("https",)
    if url is None or url.scheme not in schemes or not url.host or url.userinfo or url.fragment:
        raise InputError("webhook.bad_url", "this is no address that can be posted to", todo=todo)
    return url


def target_of(text: str, *, private: bool, resolver: Resolve = resolve) -> Target:
    """Where to post, after every address of the host has been looked at.

    Parameters
    ----------
    text : str
        The URL of the hook.
    private : bool
        Whether the operator allows private addresses and plain HTTP.
    resolver : callable

    Raises
    ------
    DeliveryError
        ``webhook.bad_url``, ``webhook.private``: for good; ``webhook.unresolved``: for now.
    """
    try:
        url = check_url(text, private=private)
    except InputError as error:
        raise DeliveryError(error.code, error.what, permanent=True, todo=error.todo) from error
    try:
        addresses = resolver(url.host, url.port or (443 if url.scheme == "https" else 80))
    except (OSError, UnicodeError) as error:
        told = f"{url.host} has no address"
        raise DeliveryError("webhook.unresolved", told, permanent=False, todo=_AGAIN) from error
    if not private:
        for one in addresses:
            if not is_for_all(ip_address(one.partition("%")[0])):
                todo = "Let the operator allow private targets, or name a public address."
                told = f"{url.host} leads to {one}, which is not for the world"
                raise DeliveryError("webhook.private", told, permanent=True, todo=todo)
    return Target(url, addresses[0])


def is_for_all(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public network, also after what is wrapped in it is taken out."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        # 64:ff9b::/96 leads to the IPv4 address in its last 32 bits (RFC 6052).
        if inner is None and address.packed[:12] == b"\x00\x64\xff\x9b" + bytes(8):
            inner = IPv4Address(address.packed[12:])
        if inner is not None:
            return is_for_all(inner)
    return address.is_global and not address.is_multicast


def content_of(statement: str, envelope: bytes, index: int | None) -> bytes:
    """What is posted."""
    said = read(envelope)
    assert said.id == statement, "the outbox keeps envelopes by their ids"
    shown = {
        "statement": statement,
        "index": index,
        "exercise": said.exercise,
        "said": said.to_json(),
        "envelope": json.loads(envelope),
    }
    return json.dumps(shown, ensure_ascii=False).encode()


def post(
    target: Target,
    statement: str,
    body: bytes,
    signed: str,
    *,
    is_stopping: Callable[[], bool] = lambda: False,
    trust: ssl.SSLContext | None = None,
) -> None:
    """Post, and return when the other side has taken it.

    Parameters
    ----------
    target : Target
    statement : str
        Its id.
    body : bytes
        As of `content_of`.
    signed : str
        As of `signature`.
    is_stopping : callable
        Asked while it waits; true ends the attempt.
    trust : SSLContext, optional
        In the place of what the machine trusts.

    Raises
    ------
    DeliveryError
        ``webhook.gone``: for good. ``webhook.refused``, ``webhook.redirected``, ``webhook.unreachable``,
        ``webhook.too_slow``, ``webhook.stopped``: for now.
    """
    headers = {
        "Host": target.url.netloc.decode("ascii"),
        "Content-Type": "application/json",
        "User-Agent": "riskshed",
        "Riskshed-Statement": statement,
        "Riskshed-Signature": signed,
    }
    try:
        status = asyncio.run(_within(_status(target, body, headers, trust), is_stopping))
    except TimeoutError as error:
        told = f"{target.url.host} did not answer within {ATTEMPT_S} s"
        raise DeliveryError("webhook.too_slow", told, permanent=False, todo=_AGAIN) from error
    except asyncio.CancelledError as error:
        raise DeliveryError("webhook.stopped", "the node stopped", permanent=False, todo=_AGAIN) from error
    except httpx.HTTPError as error:
        told = f"{target.url.host} cannot be reached: {type(error).__name__}"
        raise DeliveryError("webhook.unreachable", told, permanent=False, todo=_AGAIN) from error
    _judge(target.url.host, status)


def _judge(host: str, status: int) -> None:
    if 200 <= status < 300:
        return
    if status == 410:
        told = f"{host} says that nobody listens there any more (410)"
        raise DeliveryError("webhook.gone", told, permanent=True, todo="Remove the hook, or name another.")
    if 300 <= status < 400:
        told = f"{host} leads elsewhere ({status}), and that is not followed"
        raise DeliveryError("webhook.redirected", told, permanent=False, todo="Name the final address.")
    # A program that is being mended answers 404 or 400 for an hour: a warning waits that long for it.
    raise DeliveryError("webhook.refused", f"{host} answered {status}", permanent=False, todo=_AGAIN)


async def _within(work: Any, is_stopping: Callable[[], bool]) -> int:
    """The result of `work` in its time; cancelled when the node stops."""
    task: asyncio.Task[int] = asyncio.ensure_future(work)
    until_s = asyncio.get_running_loop().time() + ATTEMPT_S
    while not task.done():
        await asyncio.wait({task}, timeout=LOOK_S)
        if is_stopping():
            task.cancel()
        elif asyncio.get_running_loop().time() > until_s:
            task.cancel()
            await asyncio.wait({task})
            raise TimeoutError
    return await task


@cache
def _public_trust() -> ssl.SSLContext:
    """The authorities that the machine trusts; to read them takes longer than a post."""
    return ssl.create_default_context()


async def _status(target: Target, body: bytes, headers: dict[str, str], trust: ssl.SSLContext | None) -> int:
    """The status of the answer; what else it says is not read."""
    host = f"[{target.address}]" if ":" in target.address else target.address
    url = target.url.copy_with(host=host)
    more = {"sni_hostname": target.url.host}
    context = trust or _public_trust()
    async with httpx.AsyncClient(
        follow_redirects=False, trust_env=False, timeout=ATTEMPT_S, verify=context
    ) as client:
        request = client.build_request("POST", url, content=body, headers=headers, extensions=more)
        answer = await client.send(request, stream=True)
        await answer.aclose()
        return answer.status_code
