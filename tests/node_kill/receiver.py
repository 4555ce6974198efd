"""The programs of bodies that are told by the node: they keep what they were told and in which life of it."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Post(NamedTuple):
    """One post: to the hook of which body, the id under which it came, its content by digest, and in which
    life of the node."""

    body: str
    id: str
    digest: str
    life: int


class Receiver:
    """Takes posts, each in the life of the node that `begin_life` began last.

    A life lasts until the next one begins, and not until the death: what a node sent with its last breath is
    still on its way when it is dead.
    """

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.life = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # the node died while it spoke: nobody was told
                    self.close_connection = True
                    return
                digest = hashlib.sha256(body).hexdigest()
                named = self.path.removeprefix("/hook/")
                receiver.posts.append(Post(named, self.headers["Riskshed-Statement"], digest, receiver.life))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def begin_life(self) -> None:
        """The node is about to be started."""
        self.life += 1

    @property
    def told(self) -> set[tuple[str, str]]:
        """What came: which body was told which id."""
        return {(one.body, one.id) for one in self.posts}

    def repeated(self) -> tuple[int, list[str]]:
        """How many posts came again, and what is wrong with those that should not have.

        A node posts to one hook one after the other, and notes each receipt, flushed, before it posts the
        next. So when it dies, of all that came only the very last may not have been noted: that one may come
        once more, in a later life, under the same id and with the same content. Everything else that comes
        twice was forgotten.
        """
        last = {(one.body, one.life): one.id for one in self.posts}
        before: dict[tuple[str, str], Post] = {}
        again, wrong = 0, []
        for one in self.posts:
            former = before.get((one.body, one.id))
            if former is not None:
                again += 1
                if former.digest != one.digest:
                    wrong.append(f"{one.id} came again with other content")
                elif former.life == one.life:
                    wrong.append(f"{one.id} came twice in life {one.life}")
                elif last[one.body, former.life] != one.id:
                    wrong.append(
                        f"{one.id} came in life {former.life}, others after it, and again in {one.life}"
                    )
            before[one.body, one.id] = one
        return again, wrong

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
