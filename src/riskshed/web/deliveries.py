"""What was said is told, once, to everybody whom it names: on pages, to programs, by e-mail.

The outbox (`riskshed.outbox`, decision 0011) keeps the book: what is on its way to whom, flushed before and
after each attempt, so that the process may be killed at any moment and nothing is lost, nor told twice under
one id. Here are its hands. One thread reads the log on and sees what is due; each addressee that is due gets
a hand of its own for that round, so that a program that does not answer holds up nobody but itself.

The outbox serves one caller at a time. Each hand has an outbox over a lane of the same book, which shows it
the deliveries of its own addressee alone; lanes do not overlap, and each addressee has one hand at a time.

Not everything on the log is delivered. What does not count (a key that does not hold, a body without
standing) is told to nobody, and what is older than three days is not sent by e-mail unless that was tried
before: the book may have been lost.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import close_old_connections, connection

from riskshed.errors import RiskshedError, StoreError
from riskshed.exchange import wording
from riskshed.outbox import Delivery, DeliveryError, Outbox, Patience, Receipt, addressees
from riskshed.outbox_store import OutboxStore, SqliteOutbox
from riskshed.statement import Statement, read
from riskshed.web import delivery_mail, delivery_webhook
from riskshed.web.delivery_mail import Post
from riskshed.web.delivery_routes import Route, Ways, route_of
from riskshed.web.models import Mailbox, Webhook
from riskshed.web.node import Node

FILE = "outbox.db"
HANDS_MAX = 16
READ_ENTRIES = 256
LOOK_S = 5.0
AGAIN_S = 2.0
TOO_OLD = timedelta(days=3)
"""By the clock of the node."""

_log = logging.getLogger("riskshed.deliveries")


class _Lane:
    """The book as one hand sees it: what is due to its addressee. See `OutboxStore`."""

    def __init__(self, store: OutboxStore, belongs: Callable[[str], bool]) -> None:
        self._store, self._belongs = store, belongs

    def due(self, now: datetime, wait_max: timedelta) -> list[Delivery]:
        """See `OutboxStore.due`."""
        return [one for one in self._store.due(now, wait_max) if self._belongs(one.addressee)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _Book:
    """The book in its file, which is opened when it is first needed, and again after it failed.

    A book that cannot be opened keeps nobody from reading the log; what is due waits, and `trouble` says why.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()  # owns _store, _is_closed and trouble
        self._store: SqliteOutbox | None = None
        self._is_closed = False
        self.trouble = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened(), name)

    def _opened(self) -> SqliteOutbox:
        with self._guard:
            if self._is_closed:
                raise StoreError("outbox.closed", "the node is closing")
            if self._store is None:
                try:
                    self._store = SqliteOutbox(self._path)
                except StoreError as error:
                    self.trouble = error.what
                    raise
                self.trouble = ""
            return self._store

    def let_go(self, why: str) -> None:
        """It failed: it is opened again at the next call."""
        with self._guard:
            self.trouble = why
            if self._store is not None:
                self._store.close()
                self._store = None

    def close(self) -> None:
        """Close it for good."""
        with self._guard:
            self._is_closed = True
            if self._store is not None:
                self._store.close()


class Deliveries:
    """Delivers what a node says, as long as it is open. See `asgi.Worker`.

    Parameters
    ----------
    node : Node
    secret : bytes
        Of the node: the secrets of hooks are derived from it.
    post : Post
        Where e-mail goes out.
    private : bool
        Whether hooks may lead to private addresses and plain HTTP.
    patience : Patience, optional
    trust : SSLContext, optional
        For hooks, in the place of what the machine trusts.
    """

    def __init__(
        self,
        node: Node,
        *,
        secret: bytes,
        post: Post,
        private: bool = False,
        patience: Patience | None = None,
        trust: Any = None,
    ) -> None:
        self._node, self._secret, self._post = node, secret, post
        self._private, self._trust = private, trust
        self._patience = patience or Patience()
        self._store = _Book(node.home / FILE)
        self.outbox = Outbox(self._store, patience=self._patience, told=self._told)
        self._ways: Ways | None = None
        self._bell, self._closing = threading.Event(), threading.Event()
        self._guard = threading.Lock()  # owns _at_work
        self._at_work: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)

    @property
    def trouble(self) -> str:
        """Why nothing is delivered at present; empty while it is."""
        return self._store.trouble

    # ------------------------------------------------------------------------------------ who is told

    def _told(self, said: Statement) -> list[str]:
        """The addressees of a statement that counts: bodies, and their other ways."""
        if said.id in self._node.standing(exercise=said.exercise).set_aside:
            return []
        named = list(addressees(said))
        asked = self._node.seen(said.replies_to) if said.replies_to is not None else None
        # That it was answered, the program of a body is told; its mailbox is for what it must know.
        answered = [] if asked is None or asked.statement.by == said.by else [asked.statement.by]
        assert self._ways is not None, "read by whoever reads the log on"
        ways = self._ways.of(named, exercise=said.exercise, mail=True)
        ways += self._ways.of(answered, exercise=said.exercise, mail=False)
        return list(dict.fromkeys([*named, *ways]))

    def catch_up(self) -> int:
        """Read the log on; returns the first entry that was not read yet.

        Raises
        ------
        StoreError
        """
        self._node.tick()
        now = datetime.now(UTC)
        while (start := self.outbox.position) < self._node.record.size:
            self._ways = Ways()
            end = min(self._node.record.size, start + READ_ENTRIES)
            counts = {one.place for one in self._node.statements(start, end)}
            entries = self._node.log.entries(start, end)
            # An entry that does not count is passed over as if it were no statement.
            kept = [raw if at in counts else b"" for at, raw in enumerate(entries, start)]
            self.outbox.catch_up(kept, start, now)
        return self.outbox.position

    # ------------------------------------------------------------------------------------- one round

    def deliver(self) -> None:
        """Give each addressee to whom something is due a hand, up to a bound; those at work are left alone.

        Raises
        ------
        StoreError
        """
        due = self._store.due(datetime.now(UTC), timedelta(seconds=self._patience.cap_s))
        waiting = list(dict.fromkeys(one.addressee for one in due))
        if any(route_of(one) is None for one in waiting):
            self._lend_hand(lambda name: route_of(name) is None)
        for name in waiting:
            if route_of(name) is not None and self._takes_hand(name):
                work = threading.Thread(target=self._hand, args=(name,), name=f"to {name}", daemon=True)
                work.start()

    def _takes_hand(self, name: str) -> bool:
        with self._guard:
            if name in self._at_work or len(self._at_work) >= HANDS_MAX or self._closing.is_set():
                return False
            self._at_work.add(name)
            return True

    def _hand(self, name: str) -> None:
        try:
            with _database():
                self._lend_hand(lambda other: other == name)
        except RiskshedError as error:
            _log.error("what is due to %s waits: %s", name, error)
        except Exception:
            _log.exception("what is due to %s waits", name)
        finally:
            with self._guard:
                self._at_work.discard(name)
            self._bell.set()

    def _lend_hand(self, belongs: Callable[[str], bool]) -> None:
        lane = Outbox(_Lane(self._store, belongs), patience=self._patience)
        lane.deliver_due(datetime.now(UTC), self._transport)

    def _transport(self, addressee: str, statement: str, envelope: bytes) -> Receipt:
        """See `riskshed.outbox.Transport`."""
        route = route_of(addressee)
        if route is not None:
            said = read(envelope)
            send = {"hook": self._post_hook, "mail": self._send_mail}[route.sort]
            send(route, said, envelope)
        # To a body nothing is sent: what is on the log lies on its page.
        return Receipt(addressee, statement, datetime.now(UTC))

    def _post_hook(self, route: Route, said: Statement, envelope: bytes) -> None:
        hook = Webhook.objects.filter(id=route.number, ended=None).first()
        if hook is None:
            raise DeliveryError("delivery.no_way", "the hook was ended", permanent=True)
        target = delivery_webhook.target_of(hook.url, private=self._private)
        body = delivery_webhook.content_of(said.id, envelope, self._node.index_of(said.id))
        secret = delivery_webhook.secret_of(self._secret, hook.pk, hook.salt)
        signed = delivery_webhook.signature(secret, body, datetime.now(UTC))
        delivery_webhook.post(
            target, said.id, body, signed, is_stopping=self._closing.is_set, trust=self._trust
        )

    def _send_mail(self, route: Route, said: Statement, _: bytes) -> None:
        box = Mailbox.objects.filter(id=route.number, ended=None).first()
        if box is None:
            raise DeliveryError("delivery.no_way", "the address was taken out", permanent=True)
        # What was tried before is in the book: a person wants it sent, or the mail server was away so long.
        tried = any(one.error for one in self.outbox.progress(said.id) if one.addressee == str(route))
        if self._node.now() - said.issued > TOO_OLD and not tried:
            raise DeliveryError("mail.too_old", "it was said more than three days ago", permanent=True)
        zone, year = self._node.profile.zone, self._node.now().year
        times = delivery_mail.times_of(said)
        text = delivery_mail.text_of(
            said,
            names=self._node.names(),
            url=self._node.profile.url,
            index=self._node.index_of(said.id),
            shown_time={name: wording.when(at, zone, year) for name, at in times.items()},
        )
        identity = delivery_mail.message_id(said.id, f"mail{route.number}", self._node.profile.origin)
        delivery_mail.send(self._post, said, text, to=box.address, identity=identity)

    # --------------------------------------------------------------------------------- while it is served

    def start(self) -> None:
        """Deliver from now on, and what was due before."""
        self._node.listen(lambda _: self._bell.set())
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what a hand is about is told again after the next start, under the same id."""
        self._closing.set()
        self._bell.set()
        self._thread.join(1.0)
        self.outbox.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            wait_s = LOOK_S
            try:
                with _database():
                    self.catch_up()
                    self.deliver()
            except StoreError as error:
                _log.error("nothing is delivered for now: %s", error)
                self._store.let_go(error.what)
                wait_s = AGAIN_S
            except Exception:
                # It must try again: a delivery that ends with one bad moment is the worse fault.
                _log.exception("nothing is delivered for now")
                wait_s = AGAIN_S
            self._bell.wait(min(wait_s, self._until_due_s()))
            self._bell.clear()

    def _until_due_s(self) -> float:
        """How long nothing new becomes due, at least a moment."""
        try:
            first_in_line: dict[tuple[str, str], Delivery] = {}
            for one in self.outbox.waiting():  # in the order of the log
                first_in_line.setdefault((one.addressee, one.thread), one)
            with self._guard:
                idle = [
                    one.next_attempt for one in first_in_line.values() if one.addressee not in self._at_work
                ]
        except StoreError:
            return AGAIN_S
        first = min(idle, default=None)
        return LOOK_S if first is None else max(0.05, (first - datetime.now(UTC)).total_seconds())


@contextmanager
def _database() -> Iterator[None]:
    """A thread that comes and goes leaves no connection behind."""
    close_old_connections()
    try:
        yield
    finally:
        connection.close()
