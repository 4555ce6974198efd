"""A program of a body that is told by the node, and keeps what it was told and when."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Post(NamedTuple):
    """One post: the id under which it came, its content by digest, and how many lives the node had had."""

    id: str
    digest: str
    life: int


class Receiver:
    """Takes posts. `life` tells which life of the node this is."""

    def __init__(self, life: Callable[[], int]) -> None:
        self.posts: list[Post] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                digest = hashlib.sha256(body).hexdigest()
                receiver.posts.append(Post(self.headers["Riskshed-Statement"], digest, life()))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def ids(self) -> set[str]:
        """Under which ids anything came."""
        return {one.id for one in self.posts}

    def repeated(self) -> tuple[int, list[str]]:
        """How many posts came again, each time after another death; and the ids told twice in one life or
        with other content, which must not be.

        A node that died between the post and the note of it cannot know that it arrived: it posts once more,
        under the same id, by which the receiver knows it.
        """
        first: dict[str, Post] = {}
        again, wrong = 0, []
        for one in self.posts:
            before = first.get(one.id)
            if before is not None:
                again += 1
                if before.life == one.life or before.digest != one.digest:
                    wrong.append(one.id)
            first[one.id] = one
        return again, wrong

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
