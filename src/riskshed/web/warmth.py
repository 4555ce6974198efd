"""What the first reader after a start would wait for, done while nobody waits: maps drawn, templates read."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.template.loader import get_template

from riskshed.web import map_ground
from riskshed.web.node import Node

TEMPLATES = Path(__file__).parent / "templates"
STOP_S = 0.1

_log = logging.getLogger("riskshed.warmth")


class Warmth:
    """Works once, in a thread of its own, in steps between which it can be stopped."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="warmth", daemon=True)

    def start(self) -> None:
        """See `asgi.Worker.start`."""
        self._thread.start()

    def stop(self) -> None:
        """See `asgi.Worker.stop`. A map that is being drawn is not waited for: nothing depends on it."""
        self._is_stopping.set()
        self._thread.join(STOP_S)

    def _work(self) -> None:
        for step in self._steps():
            if self._is_stopping.is_set():
                return
            try:
                step()
            except Exception:  # the page will do it again, and say what is wrong
                _log.exception("what pages need could not be made ready")

    def _steps(self) -> Iterator[Callable[[], object]]:
        region = self._node.region
        yield partial(self._node.duties, exercise=False)
        for path in sorted((TEMPLATES / "riskshed").rglob("*.html")):
            yield partial(get_template, path.relative_to(TEMPLATES).as_posix())
        yield partial(map_ground.ground, region)
        yield partial(map_ground.geojson, region)
