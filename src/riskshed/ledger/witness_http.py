"""The witness on the network: two paths, and limits on everything that a stranger may send.

    POST /add-checkpoint             C2SP tlog-witness
    GET  /<hex SHA-256 of the origin>/checkpoint     the last checkpoint cosigned

A stranger may send endless bodies, one byte a minute, or hundreds of connections. So a body has a limit, a
whole request has a time in which it must have arrived (the timeout of a socket alone starts anew with every
byte), and connections have a limit; who comes too many is turned away at once. The server listens on the
loopback unless told otherwise: before the world stands a proxy with TLS.
"""

from __future__ import annotations

import io
import logging
import re
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Self

from riskshed.errors import LedgerError
from riskshed.ledger.witness import BODY_BYTES_MAX, TEXT_TYPE, Cosigner, Reply

LOG = logging.getLogger(__name__)
REQUEST_S_MAX = 10.0
CONNECTIONS_MAX = 64
BODY_HEADERS = ("Content-Length", "Transfer-Encoding")
_CHECKPOINT_PATH = re.compile(r"/([0-9a-f]{64})/checkpoint")
_LENGTH = re.compile(r"[0-9]{1,12}")


class _TimedReader(io.RawIOBase):
    """The bytes of a connection until a deadline; after it, none."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self.deadline_s = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left_s = self.deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the request did not arrive in time")
        self._connection.settimeout(left_s)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    """One connection: requests one after the other."""

    protocol_version = "HTTP/1.1"
    server_version = "riskshed-witness"
    sys_version = ""
    # Head and body are two small writes; the second must not wait until the first is acknowledged.
    disable_nagle_algorithm = True
    error_content_type = TEXT_TYPE
    error_message_format = "%(code)d %(message)s\n"
    server: WitnessServer

    def setup(self) -> None:
        super().setup()
        self._wire = _TimedReader(self.connection)
        self.rfile = io.BufferedReader(self._wire)
        self.waits = True
        self.server.meet(self)

    def finish(self) -> None:
        self.server.part(self)
        super().finish()

    def handle_one_request(self) -> None:
        self.waits = True
        if self.server.stopping.is_set():
            self.close_connection = True
            return
        self._wire.deadline_s = time.monotonic() + self.server.request_s_max
        try:
            super().handle_one_request()
        except OSError as error:  # the other side has gone, or is too slow
            LOG.debug("witness: a connection ended: %s", error)
            self.close_connection = True

    def parse_request(self) -> bool:
        self.waits = False
        return super().parse_request()

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            self._refuse(404, "there is nothing at this path")
            return
        lengths = self.headers.get_all("Content-Length", [])
        if self.headers.get("Transfer-Encoding") or len(lengths) > 1:
            self._refuse(400, "want one Content-Length and no Transfer-Encoding")
        elif not lengths:
            self._refuse(411, "want a Content-Length")
        elif not _LENGTH.fullmatch(lengths[0].strip()):
            self._refuse(400, "the Content-Length is no number")
        elif int(lengths[0]) > BODY_BYTES_MAX:
            self._refuse(413, f"want at most {BODY_BYTES_MAX} bytes")
        else:
            self._add_checkpoint(int(lengths[0]))

    def _add_checkpoint(self, length: int) -> None:
        body = self.rfile.read(length)
        if len(body) < length:
            self._refuse(400, "the body is shorter than its Content-Length")
            return
        self._answer(self.server.cosigner.add_checkpoint(body))

    def do_GET(self) -> None:
        # A body that nobody reads would be taken for the next request.
        self.close_connection = self.close_connection or any(self.headers.get(one) for one in BODY_HEADERS)
        found = _CHECKPOINT_PATH.fullmatch(self.path)
        note = self.server.cosigner.checkpoint(found[1]) if found else None
        self._answer(Reply(200, note) if note else Reply(404, b"there is nothing at this path\n"))

    def _refuse(self, status: int, what: str) -> None:
        """Answer without having read the body: what follows on the connection cannot be told apart."""
        self.close_connection = True
        self._answer(Reply(status, what.encode() + b"\n"))

    def _answer(self, reply: Reply) -> None:
        # Reading may have left a short timeout behind.
        self.connection.settimeout(self.server.request_s_max)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection or self.server.stopping.is_set():
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is that of the base class
        LOG.info("witness: %s " + format, self.client_address[0], *args)


class WitnessServer(ThreadingHTTPServer):
    """Serves a `Cosigner` from its own thread.

    Parameters
    ----------
    cosigner : Cosigner
        Not closed by `stop`: who made it closes it.
    host : str
        Where to listen; the loopback unless told otherwise.
    port : int
        0 for any free one; `url` tells which.
    request_s_max : float
        How long a whole request may take to arrive, and a reply to be taken.
    connections_max : int
        How many may be open at once; one more is closed at once.

    Raises
    ------
    LedgerError
        ``witness.listen``: the address or the port cannot be had.

    Examples
    --------
    ``with WitnessServer(cosigner) as server: print(server.url)``
    """

    # `stop` waits for the threads of running requests, which end in time.
    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(
        self,
        cosigner: Cosigner,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        request_s_max: float = REQUEST_S_MAX,
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        self.cosigner = cosigner
        self.request_s_max = request_s_max
        self.stopping = threading.Event()
        self._places = threading.BoundedSemaphore(connections_max)
        self._guard = threading.Lock()  # owns _handlers
        self._handlers: set[_Handler] = set()
        self._thread: threading.Thread | None = None
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            told = f"the witness cannot listen on {host} port {port}: {error}"
            raise LedgerError(
                "witness.listen", told, todo="Choose another port, or end who has it."
            ) from error

    def server_bind(self) -> None:
        """Take the port. The base class would also ask for the name of the host, which can take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @property
    def url(self) -> str:
        """The submission prefix, which is also the monitoring prefix."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> Self:
        """Serve from a thread of its own."""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="witness", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Take no more connections, let running requests end, close those that wait. May be called twice."""
        self.stopping.set()
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
            self._thread = None
        with self._guard:
            waiting = [handler for handler in self._handlers if handler.waits]
        for handler in waiting:
            with suppress(OSError):
                handler.connection.shutdown(socket.SHUT_RD)
        self.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def meet(self, handler: _Handler) -> None:
        """A connection begins."""
        with self._guard:
            self._handlers.add(handler)

    def part(self, handler: _Handler) -> None:
        """A connection ends."""
        with self._guard:
            self._handlers.discard(handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread, if there is a place for one more."""
        if not self._places.acquire(blocking=False):
            LOG.warning("witness: too many connections, %s turned away", client_address)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, then give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A fault of the program, told to the keeper of the witness and not to the stranger."""
        del request
        LOG.exception("witness: a request by %s failed", client_address)
