"""Fetching a feed from an address that others control, so that neither it nor they can do harm.

address      http or https, no user in it; every address behind the name is public, or the operator has
             named the host. It is looked up once, and that very address is called: a name that changes its
             mind in between (DNS rebinding) leads nowhere.
redirects    at most three, each checked like the first
size         bytes are counted as they come and as they unpack; a gzip bomb ends at the limit
time         one deadline for all of it, however slowly the bytes drip
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self
from urllib.parse import urljoin, urlsplit

import httpx

from riskshed.columns import shown
from riskshed.errors import InputError

TIMEOUT_S = 20.0
REDIRECTS_MAX = 3


class FeedError(InputError):
    """A feed that could not be fetched; codes begin with ``feed.``."""


class Fetched(NamedTuple):
    """An answer: its bytes, None if nothing has changed; and by what to ask the next time."""

    data: bytes | None
    etag: str = ""
    modified: str = ""
    url: str = ""


class Fetch(Protocol):
    """What `riskshed.feeds.poll` asks of a fetcher."""

    def __call__(self, url: str, *, bytes_max: int, etag: str = "", modified: str = "") -> Fetched:
        """Fetch an address; raises FeedError."""
        ...


Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses behind a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True, slots=True)
class _Target:
    """An address that may be called: where, and under which name."""

    url: httpx.URL
    host: str
    header: str


class Fetcher:
    """Fetches feeds; use it as a context, or `close` it. One thread at a time.

    Parameters
    ----------
    private_hosts : collection of str
        Hosts that may lie at private addresses, as the operator named them.
    timeout_s : float, s, > 0
        For the whole of one fetch, redirects included.
    resolve : callable
        Looks up a name.
    """

    def __init__(
        self,
        *,
        private_hosts: Collection[str] = (),
        timeout_s: float = TIMEOUT_S,
        resolve: Resolve = resolve,
    ) -> None:
        self._private = {host.lower() for host in private_hosts}
        self._timeout_s, self._resolve = timeout_s, resolve
        part = min(timeout_s, 10.0)
        # No connection is kept: each is new, so that the deadline knows it and can cut it.
        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=False,
            timeout=part,
            headers={"User-Agent": "riskshed"},
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, url: str, *, bytes_max: int, etag: str = "", modified: str = "") -> Fetched:
        """Fetch an address.

        Parameters
        ----------
        url : str
        bytes_max : int
            Of what is unpacked, and of what is sent.
        etag, modified : str
            Of the last answer: then what has not changed is not sent again.

        Raises
        ------
        FeedError
            ``feed.address``, ``feed.private``, ``feed.redirect``, ``feed.status``, ``feed.timeout``,
            ``feed.oversize``, ``feed.encoding``, ``feed.unreachable``.
        """
        asked = {"If-None-Match": etag, "If-Modified-Since": modified}
        asked = {name: value for name, value in asked.items() if value}
        here, deadline = url, _Deadline(self._timeout_s)
        try:
            for _ in range(REDIRECTS_MAX + 1):
                found = self._once(here, asked, bytes_max, deadline)
                if isinstance(found, Fetched):
                    return found
                here = urljoin(here, found)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            if deadline.has_passed or isinstance(error, httpx.TimeoutException):
                told = f"{shown(here)}: no whole answer within {self._timeout_s:g} s"
                raise FeedError("feed.timeout", told, todo="It is asked again later.") from error
            told = f"{shown(here)}: no answer ({type(error).__name__})"
            raise FeedError("feed.unreachable", told, todo="It is asked again later.") from error
        finally:
            deadline.end()
        raise FeedError("feed.redirect", f"{shown(url)} leads on more than {REDIRECTS_MAX} times")

    def _once(self, url: str, asked: dict[str, str], bytes_max: int, deadline: _Deadline) -> Fetched | str:
        """One call: what was fetched, or where it leads."""
        target = self._target(url)
        headers = {"Host": target.header, "Accept-Encoding": "gzip, identity", **asked}
        extensions: dict[str, Any] = {"trace": deadline.trace}
        if target.url.scheme == "https":
            extensions["sni_hostname"] = target.host
        with self._client.stream("GET", target.url, headers=headers, extensions=extensions) as answer:
            if answer.status_code == 304:
                return Fetched(None, asked.get("If-None-Match", ""), asked.get("If-Modified-Since", ""), url)
            if answer.is_redirect:
                return str(answer.headers.get("location", ""))
            if answer.status_code != 200:
                raise FeedError("feed.status", f"{shown(url)} answers with status {answer.status_code}")
            data = b"".join(_unpacked(answer, url, bytes_max))
            if deadline.has_passed:  # an answer without a length ends where the connection was cut
                raise httpx.ReadTimeout("the deadline")
            told = answer.headers
            return Fetched(data, told.get("etag", "")[:1000], told.get("last-modified", "")[:100], url)

    def _target(self, url: str) -> _Target:
        """The address to call, looked up and allowed."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            parts, host, port = urlsplit(""), "", None
        if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
            told = f"{shown(url)} is no address of a feed"
            raise FeedError("feed.address", told, todo="Give one that begins with https://.")
        number = port or (443 if parts.scheme == "https" else 80)
        try:
            found = self._resolve(host, number)
        except (OSError, UnicodeError) as error:
            raise FeedError("feed.unreachable", f"nobody knows the host {shown(host)}") from error
        if not found or (host not in self._private and not all(map(_is_public, found))):
            told = f"{shown(host)} lies at a private address"
            raise FeedError("feed.private", told, todo="Name the host among those that may.")
        called = httpx.URL(url).copy_with(host=found[0])
        header = host if port is None else f"{host}:{port}"
        return _Target(called, host, header)


def _unpacked(answer: httpx.Response, url: str, bytes_max: int) -> Iterator[bytes]:
    """The body, unpacked piece by piece, never more than the limit."""
    packed = answer.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("identity", "", "gzip", "x-gzip"):
        raise FeedError("feed.encoding", f"{shown(url)} is packed as {shown(packed)}, want gzip")
    unpacker = zlib.decompressobj(wbits=31) if "gzip" in packed else None
    raw = whole = 0
    for piece in answer.iter_raw():
        raw += len(piece)
        try:
            data = piece if unpacker is None else unpacker.decompress(piece, bytes_max - whole + 1)
        except zlib.error as error:
            raise FeedError("feed.encoding", f"{shown(url)} is no gzip") from error
        whole += len(data)
        if whole > bytes_max or raw > bytes_max:
            raise FeedError("feed.oversize", f"{shown(url)} has more than {bytes_max:,} bytes")
        yield data
    if unpacker is not None and not unpacker.eof:
        raise FeedError("feed.encoding", f"{shown(url)}: the gzip ends early")


class _Deadline:
    """The end of a fetch: when it comes, every connection that was made for it is cut.

    The timeout of a socket starts anew with each byte; this one does not.
    """

    def __init__(self, after_s: float) -> None:
        self.has_passed = False
        self._wires: list[socket.socket] = []
        self._guard = threading.Lock()  # owns has_passed and _wires
        self._timer = threading.Timer(after_s, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn of a connection; called by the client as it goes."""
        if event != "connection.connect_tcp.complete":
            return
        wire = info["return_value"].get_extra_info("socket")
        with self._guard:
            self._wires.append(wire)
            if self.has_passed:
                _shut(wire)

    def end(self) -> None:
        """Nothing more is to be cut."""
        self._timer.cancel()

    def _cut(self) -> None:
        with self._guard:
            self.has_passed = True
            for wire in self._wires:
                _shut(wire)


def _shut(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast
