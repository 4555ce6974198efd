"""Ask another party for bytes, and bound what it may answer: how many bytes, how long, from which host.

Who keeps a peer's log, or asks a witness, talks to somebody it does not trust. An answer may be endless, may
come one byte a minute, may point to another host, may be squeezed so that it unpacks to gigabytes. Here each
request has a limit in bytes and one in seconds for the whole exchange; an answer that is shorter than it said
is refused, and a redirect is followed within the same host only. What the bytes say is the business of the
caller, who verifies them.

The files of a log may also lie in a folder: `FolderSource` answers as `HttpSource` does.
"""

from __future__ import annotations

import http.client
import re
import socket
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Timer
from typing import NamedTuple, Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

from riskshed.errors import LedgerError

TIMEOUT_S = 20.0
REDIRECTS_MAX = 3
REDIRECTS = {301, 302, 303, 307, 308}
URL_CHARACTERS_MAX = 2_000
_PATH = re.compile(r"[!-~]*")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/(?:[0-9]{1,19}|\*)")


class FetchError(LedgerError):
    """The other party gave no answer that can be used.

    Attributes
    ----------
    status : int or None
        The status of the answer; None where there was none.
    permanent : bool
        Whether asking again later is of no use.
    """

    def __init__(self, code: str, what: str, *, status: int | None = None, permanent: bool = True) -> None:
        super().__init__(code, what)
        self.status = status
        self.permanent = permanent


class Answer(NamedTuple):
    """One answer, its body read to the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Part(NamedTuple):
    """Bytes of a file from `start` to its end; a server without ranges answers from 0."""

    start: int
    data: bytes


class Source(Protocol):
    """Where the files of a log are. `requests` and `bytes_received` only grow.

    `get` returns the bytes of the file from `start` (or from 0, which the answer tells) to the end. It raises
    FetchError: ``fetch.missing`` for a file that is not there, ``fetch.range`` for one that does not reach
    beyond `start`, ``fetch.oversize`` for one of more than `bytes_max` bytes.
    """

    requests: int
    bytes_received: int

    def get(self, path: str, bytes_max: int, start: int = 0) -> Part:
        """The bytes of one file."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


def split_url(url: str) -> SplitResult:
    """The parts of an address.

    Raises
    ------
    FetchError
        ``fetch.url`` unless it is http or https, has a host, and no user, query or fragment.
    """
    try:
        parts = urlsplit(url if len(url) <= URL_CHARACTERS_MAX and url.isprintable() else "")
        port_is_fit = parts.port != 0
    except ValueError:
        parts, port_is_fit = urlsplit(""), False
    extra = parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra or not port_is_fit:
        raise FetchError("fetch.url", f"{url[:200]!r} is no address, want http(s)://host[:port]/path")
    return parts


class Caller:
    """One connection to one host, kept open between requests. One thread at a time.

    Parameters
    ----------
    url : str
        The prefix of all paths.
    timeout_s : float
        The longest that one whole exchange may take.
    """

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = split_url(url)
        self.url = url.rstrip("/")
        self._prefix = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        assert parts.hostname is not None
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_s)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def ask(
        self, method: str, path: str, *, bytes_max: int, body: bytes | None = None, headers: Mapping[str, str]
    ) -> Answer:
        """One request and its whole answer, of at most `bytes_max` bytes.

        Raises
        ------
        FetchError
            ``fetch.unreachable``, ``fetch.timeout``, ``fetch.truncated``, ``fetch.oversize``,
            ``fetch.redirect``.
        """
        target = f"{self._prefix}/{path}"
        for _ in range(REDIRECTS_MAX + 1):
            answer = self._ask_twice(method, target, bytes_max, body, headers)
            if answer.status not in REDIRECTS:
                return answer
            target = self._redirected(method, target, answer)
        raise FetchError("fetch.redirect", f"{self.url}: more than {REDIRECTS_MAX} redirects")

    def _redirected(self, method: str, target: str, answer: Answer) -> str:
        here = urlsplit(urljoin(self.url, target))
        told = answer.headers.get("location", "")
        try:
            there = urlsplit(urljoin(here.geturl(), told))
        except ValueError:  # "http://[" and the like
            there = urlsplit("")
        fits = (here.scheme, here.netloc) == (there.scheme, there.netloc) and _PATH.fullmatch(there.path)
        if method != "GET" or not fits:
            raise FetchError(
                "fetch.redirect",
                f"{here.geturl()} answers {answer.status} to {told[:200]!r}, which is not asked",
                status=answer.status,
            )
        return there.path

    def _ask_twice(
        self, method: str, target: str, bytes_max: int, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        try:
            # One that was kept open may have been closed by the other side meanwhile: once more, afresh.
            if self._connection.sock is not None:
                with suppress(http.client.RemoteDisconnected, ConnectionError):
                    return self._ask_once(method, target, bytes_max, body, headers)
                self._connection.close()
            return self._ask_once(method, target, bytes_max, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            what = f"{self.url}: no answer ({type(error).__name__}: {str(error)[:200]!r})"
            raise FetchError("fetch.unreachable", what, permanent=False) from error

    def _ask_once(
        self, method: str, target: str, bytes_max: int, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        if self._connection.sock is None:
            self._connection.connect()
        with self._deadline():
            self._connection.request(method, target, body=body, headers=dict(headers))
            response = self._connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            data = self._body(response, bytes_max)
        if response.will_close:
            self._connection.close()
        return Answer(response.status, told, data)

    def _body(self, response: http.client.HTTPResponse, bytes_max: int) -> bytes:
        expected = response.length
        if response.status >= 400:
            # Why it was refused matters, and how long the page about it is does not.
            data = response.read(bytes_max)
            if not response.isclosed():
                self._connection.close()
            return data
        data = response.read(bytes_max + 1) if (expected or 0) <= bytes_max else b""
        if len(data) > bytes_max or (expected or 0) > bytes_max:
            self._connection.close()
            what = f"{self.url}: the answer has more than {bytes_max} bytes"
            raise FetchError("fetch.oversize", what, status=response.status)
        if expected is not None and len(data) < expected:
            self._connection.close()
            what = f"{self.url}: the answer ends after {len(data)} of {expected} bytes"
            raise FetchError("fetch.truncated", what, status=response.status, permanent=False)
        return data

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """The timeout of a socket starts anew with each byte; this one does not."""
        wire = self._connection.sock
        fired = Event()

        def cut() -> None:
            fired.set()
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

        timer = Timer(self._timeout_s, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, http.client.HTTPException, FetchError) as error:
            if fired.is_set() or isinstance(error, TimeoutError):
                self._connection.close()
                what = f"{self.url}: no whole answer within {self._timeout_s:g} s"
                raise FetchError("fetch.timeout", what, permanent=False) from error
            raise
        finally:
            timer.cancel()


class HttpSource:
    """The files of a log below an address."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._caller = Caller(url, timeout_s=timeout_s)
        self.requests = 0
        self.bytes_received = 0

    def __str__(self) -> str:
        return self._caller.url

    def close(self) -> None:
        """End the connection."""
        self._caller.close()

    def get(self, path: str, bytes_max: int, start: int = 0) -> Part:
        """The bytes of one file, as `Source` says."""
        # A range of squeezed bytes is of no use, and a whole file may come squeezed.
        headers = {"Accept-Encoding": "gzip, identity"}
        if start:
            headers = {"Accept-Encoding": "identity", "Range": f"bytes={start}-"}
        self.requests += 1
        answer = self._caller.ask("GET", path, bytes_max=bytes_max, headers=headers)
        self.bytes_received += len(answer.body)
        if answer.status == 206 and start:
            return Part(start, self._check_range(path, answer, start, bytes_max))
        if answer.status != 200:
            raise self._refused(path, answer.status)
        return Part(0, self._unpacked(path, answer, bytes_max))

    def _refused(self, path: str, status: int) -> FetchError:
        code = {404: "fetch.missing", 410: "fetch.missing", 416: "fetch.range"}.get(status, "fetch.status")
        what = f"{self}/{path}: status {status}"
        return FetchError(code, what, status=status, permanent=status < 500 and status != 429)

    def _check_range(self, path: str, answer: Answer, start: int, bytes_max: int) -> bytes:
        told = answer.headers.get("content-range", "")
        found = _CONTENT_RANGE.fullmatch(told)
        fits = found and int(found[1]) == start and int(found[2]) == start + len(answer.body) - 1
        if not fits or answer.headers.get("content-encoding", "identity") != "identity":
            what = f"{self}/{path}: asked for bytes from {start}, got {told[:80]!r}"
            raise FetchError("fetch.range", what, status=answer.status)
        if start + len(answer.body) > bytes_max:
            raise FetchError("fetch.oversize", f"{self}/{path}: more than {bytes_max} bytes", status=206)
        return answer.body

    def _unpacked(self, path: str, answer: Answer, bytes_max: int) -> bytes:
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding == "identity":
            return answer.body
        if encoding not in {"gzip", "x-gzip"}:
            raise FetchError("fetch.encoding", f"{self}/{path}: packed as {encoding[:40]!r}, want gzip")
        unpacker = zlib.decompressobj(wbits=31)
        try:
            data = unpacker.decompress(answer.body, bytes_max + 1)
        except zlib.error as error:
            raise FetchError("fetch.encoding", f"{self}/{path}: no gzip ({error})") from error
        if len(data) > bytes_max:
            raise FetchError("fetch.oversize", f"{self}/{path}: unpacks to more than {bytes_max} bytes")
        if not unpacker.eof:
            raise FetchError("fetch.truncated", f"{self}/{path}: the gzip ends early", permanent=False)
        return data


class FolderSource:
    """The files of a log in a folder: a disk that was carried over, or an export."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.requests = 0
        self.bytes_received = 0

    def __str__(self) -> str:
        return str(self._folder)

    def close(self) -> None:
        """Nothing is open."""

    def get(self, path: str, bytes_max: int, start: int = 0) -> Part:
        """The bytes of one file, as `Source` says."""
        self.requests += 1
        try:
            with (self._folder / path).open("rb") as file:
                file.seek(start)
                data = file.read(bytes_max - start + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise FetchError("fetch.missing", f"{self}/{path}: there is no such file") from error
        except OSError as error:
            what = f"{self}/{path}: cannot be read ({error.strerror})"
            raise FetchError("fetch.unreachable", what, permanent=False) from error
        if start + len(data) > bytes_max:
            raise FetchError("fetch.oversize", f"{self}/{path}: more than {bytes_max} bytes")
        if start and not data:
            raise FetchError("fetch.range", f"{self}/{path}: at most {start} bytes")
        self.bytes_received += len(data)
        return Part(start, data)


@contextmanager
def open_source(source: str | Path, *, timeout_s: float = TIMEOUT_S) -> Iterator[Source]:
    """A source for the time of a `with` block: an address with its scheme, or else a folder."""
    is_url = isinstance(source, str) and "://" in source
    opened = HttpSource(str(source), timeout_s=timeout_s) if is_url else FolderSource(Path(source))
    try:
        yield opened
    finally:
        opened.close()
