"""`riskshed serve`: the node on the network, in one process, until somebody stops it.

It refuses to begin where it would do harm: with keys that everybody knows, or with tracebacks for strangers,
on an address that others reach. It lets the process open as many files as the system allows, since each
stream is one. When it is told to stop (SIGTERM, SIGINT) it says farewell on all streams, finishes what is
under way, closes the log, and ends with exit code 0 within five seconds.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import uvicorn

from riskshed.errors import InputError
from riskshed.web import asgi
from riskshed.web.asgi import Worker
from riskshed.web.asgi_problem import App
from riskshed.web.connection import Connection
from riskshed.web.environment import Environment
from riskshed.web.profile import Profile

BACKLOG = 4_096
KEEP_ALIVE_S = 15
GRACE_S = 2
"""So long a page that is being worked on may still take after the streams are closed."""
STOP_S_MAX = 10.0
"""After so long the process ends whatever hangs: all that was promised is on the disk."""

_LAST = "stop at last"
_log = logging.getLogger("riskshed.serve")


class Server(uvicorn.Server):
    """A server that says farewell on its streams before it closes them."""

    def __init__(
        self,
        config: uvicorn.Config,
        close_streams: Callable[[], Awaitable[None]],
        *,
        listening: Callable[[], None] = lambda: None,
        stopping: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._close_streams, self._listening, self._stopping = close_streams, listening, stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the node, then listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the streams, then the server, then the node."""
        self._stopping()
        await self._close_streams()
        await super().shutdown(sockets)


def run(
    given: Environment,
    *,
    tell: Callable[[str], None] = print,
    hot: Mapping[tuple[str, str], App] | None = None,
    workers: Callable[[], Sequence[Worker]] = tuple,
) -> None:
    """Serve the node until the process is told to stop.

    Parameters
    ----------
    given : Environment
    tell : callable
        Called with the line that says where the node is, once it answers.
    hot, workers
        As of `asgi.make`.

    Raises
    ------
    RiskshedError
        ``serve.*``: it does not begin, and says what to do; what else is wrong with the node.
    """
    refuse_harm(given, Profile.read(given.home))
    raise_file_limit()
    listener = listen(given["HOST"], given["PORT"])
    scheme = "https" if given.values.get("TLS_CERTIFICATE") else "http"
    host, port = given["HOST"], listener.getsockname()[1]
    address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"
    door = asgi.make(given, hot=hot, workers=workers)
    server = Server(
        configuration(given, door),
        door.close_streams,
        listening=lambda: tell(f"riskshed: {address}"),
        stopping=_stop_at_last,
    )
    # uvicorn raises the signal once more when it has stopped; the process is to end by itself, with 0.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: None)
    server.run(sockets=[listener])
    if not server.started:
        raise InputError(
            "serve.not_started", "the node could not be opened", todo="See what is logged above."
        )


def configuration(given: Environment, door: App) -> uvicorn.Config:
    """How uvicorn serves."""
    return uvicorn.Config(
        door,
        http=Connection,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(given["PROXIES"]),
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=given.values.get("TLS_CERTIFICATE"),
        ssl_keyfile=given.values.get("TLS_KEY"),
    )


def refuse_harm(given: Environment, profile: Profile) -> None:
    """Do not begin where it would do harm.

    Raises
    ------
    InputError
        ``serve.demo_public``, ``serve.debug_public``, ``serve.test_public``.
    """
    if not given.is_public:
        return
    where = f"{given['HOST']} can be reached by others"
    loopback = "set RISKSHED_HOST=127.0.0.1"
    if profile.is_demo:
        told = f"the keys and logins of this node are known to everybody, and {where}"
        raise InputError(
            "serve.demo_public", told, todo=f"Make a node of your own (riskshed node init), or {loopback}."
        )
    if given["DEBUG"]:
        told = f"RISKSHED_DEBUG shows tracebacks to strangers, and {where}"
        raise InputError("serve.debug_public", told, todo=f"Set RISKSHED_DEBUG=no, or {loopback}.")
    if given["AS_TEST"]:
        told = f"RISKSHED_AS_TEST makes passwords cheap to guess, and {where}"
        raise InputError("serve.test_public", told, todo=f"Set RISKSHED_AS_TEST=no, or {loopback}.")


def raise_file_limit() -> int:
    """Let the process open as many files as the system allows it; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        # Some systems promise more than they give.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises
    ------
    InputError
        ``serve.address``: it is taken, or not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG)
    except OSError as error:
        told = f"{host}, port {port}, cannot be listened on: {error.strerror or error}"
        raise InputError(
            "serve.address", told, todo="Choose another with RISKSHED_HOST and RISKSHED_PORT."
        ) from error


def _stop_at_last() -> None:
    """End the process if what hangs in a thread would keep it."""

    def end() -> None:
        _log.error("something did not stop within %s s; the process ends now", STOP_S_MAX)
        os._exit(1)

    timer = threading.Timer(STOP_S_MAX, end)
    timer.daemon, timer.name = True, _LAST
    timer.start()


def leave() -> None:
    """End the process here, with 0, if a thread that nothing waits for is still at work; else come back.

    All is closed by then. A thread in compiled code (a forecast, a map that is drawn, a compiler) does not
    notice that the interpreter takes itself apart, and loses what it works on: the process would abort.
    """
    at_work = [one.name for one in threading.enumerate() if one.daemon and one.name != _LAST]
    if at_work:
        _log.info("still at work, and not waited for: %s", ", ".join(at_work))
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(0)
