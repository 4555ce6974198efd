"""The house of a node: everything that works beside the pages, put together and served.

    readings -> Intake -> ChainWorker -> the log -> rows, streams, files, e-mail, webhooks

What each does stands in its own module; here stands only who hands what to whom.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import connection

from riskshed.ledger.witness_client import Standing
from riskshed.outbox import Outbox
from riskshed.web import (
    cosigning,
    current,
    delivery_mail,
    feed_watcher,
    projection,
    public_files,
    readings_door,
    serve,
    witness_role,
)
from riskshed.web.asgi import Worker
from riskshed.web.chain_worker import ChainWorker
from riskshed.web.cosigning import Cosigning
from riskshed.web.deliveries import Deliveries
from riskshed.web.delivery_feed import FeedFiles
from riskshed.web.environment import Environment
from riskshed.web.feed_watcher import FeedWatcher
from riskshed.web.follow_mail import FollowLetters
from riskshed.web.intake import Intake
from riskshed.web.node import Indexed, Node
from riskshed.web.warmth import Warmth

_taking: list[Intake] = []
_delivering: list[Deliveries] = []
_cosigning: list[Cosigning] = []


def intake() -> Intake:
    """The intake of this process. Raises RuntimeError where no node is being served: the program is wrong."""
    if not _taking:
        raise RuntimeError("no node is served in this process")
    return _taking[0]


def trouble() -> str:
    """Why nothing is delivered at present; empty while it is, and where no node is served."""
    return _delivering[0].trouble if _delivering else ""


def outbox() -> Outbox | None:
    """The book of what is told to whom; None where no node is served."""
    return _delivering[0].outbox if _delivering else None


def witnesses() -> tuple[Standing, ...]:
    """How the witnesses stand that the operator named; none where no node is served."""
    return _cosigning[0].standings if _cosigning else ()


class _Rows:
    """Keeps the rows of statements up to date: a listener of the node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def start(self) -> None:
        projection.catch_up(self._node)
        self._node.listen(self._take)

    def _take(self, _: Sequence[Indexed]) -> None:
        try:
            projection.catch_up(self._node)
        finally:
            connection.close()

    def stop(self) -> None:
        """Nothing is under way between two calls."""


class _Chain:
    """The intake and the chain behind it."""

    def __init__(self, node: Node, given: Environment) -> None:
        self._chain = ChainWorker(node, given["MEMBERS"])
        self._intake = Intake(self._chain.ring)
        _taking[:] = [self._intake]

    def start(self) -> None:
        self._chain.start()

    def stop(self) -> None:
        self._intake.close()
        self._chain.stop()
        _taking.clear()


def workers(given: Environment) -> list[Worker]:
    """What works beside the pages of the node of this process, in the order in which it starts."""
    node = current.node()
    post = delivery_mail.post_of(given["EMAIL_URL"], given["EMAIL_FROM"])
    secret, private = settings.SECRET_KEY.encode(), given["PRIVATE_TARGETS"]
    _delivering[:] = [Deliveries(node, secret=secret, post=post, private=private)]
    _cosigning[:] = cosigning.workers(node, given["WITNESSES"], private=private)
    return [
        Warmth(node),
        _Rows(node),
        _Chain(node, given),
        public_files.keeper(node),
        FeedFiles(node, node.home / public_files.FOLDER),
        FeedWatcher(node, intake, feed_watcher.open_fetch(private)),
        *_delivering,
        FollowLetters(node, post),
        *_cosigning,
        *witness_role.workers(node, given["WITNESS_KEY"], given["WITNESS_LOGS"]),
    ]


def run(
    given: Environment, *, tell: Callable[[str], None], more: Callable[[], Sequence[Worker]] = tuple
) -> None:
    """Serve the node until it is told to stop. It may end the process then (`serve.leave`).

    Parameters
    ----------
    given : Environment
    tell : callable
        Called with the line that says where it is.
    more : callable
        Makes further workers, once the node is open: those of a demonstration.

    Raises
    ------
    RiskshedError
        As `serve.run`.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    serve.run(given, tell=tell, hot=readings_door.hot(intake), workers=lambda: [*workers(given), *more()])
    serve.leave()
