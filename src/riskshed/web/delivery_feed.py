"""Public warnings as CAP messages and an Atom feed: plain files that any server, cache or CDN hands out.

    feeds/warnings.atom       what stands now, and what was taken back in the last two days
    feeds/cap/<id>.xml        the message of each public warning; it never changes

A message is worked out from its statement and nothing else, so files that are lost are made again, byte for
byte, and a crash in the middle is no case of its own. Where the issuer has filed a message of his own with
the statement, that one is handed out. Drills are in no feed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from riskshed.errors import RiskshedError
from riskshed.exchange import cap
from riskshed.exchange.cap import Alert
from riskshed.exchange.cap_active import active
from riskshed.exchange.cap_feed import Entry, Feed, entry_of, write_atom
from riskshed.exchange.cap_statement import Issuer, Place, is_message_of, of_warning, places_of
from riskshed.governance.standing import Standing
from riskshed.ledger.durable import write_file
from riskshed.statement import Statement
from riskshed.web.node import Indexed, Node

FOLDER = "feeds"
ATOM_FILE = "warnings.atom"
MESSAGES = "cap"
KINDS = ("WarningIssued", "WarningUpdated", "WarningCancelled")
TAKEN_BACK_SHOWN = timedelta(hours=48)
ENTRIES_MAX = 200
LOOK_S = 1.0

_log = logging.getLogger("riskshed.deliveries")


class Message:
    """The message of one warning: as read, and its bytes."""

    __slots__ = ("alert", "raw")

    def __init__(self, alert: Alert, raw: bytes) -> None:
        self.alert, self.raw = alert, raw


class FeedFiles:
    """The feed of a node, kept right while it is served. See `asgi.Worker`.

    Parameters
    ----------
    node : Node
    folder : Path
        Where `FOLDER` lies, or is made.
    """

    def __init__(self, node: Node, folder: Path) -> None:
        self._node = node
        self._folder = folder / FOLDER
        self._places: Mapping[str, Place] = places_of(node.region)
        self._messages: dict[str, Message | None] = {}
        self._shown: tuple[str, ...] | None = None
        self._bell, self._closing = threading.Event(), threading.Event()
        self._guard = threading.Lock()  # one writes at a time
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    # ------------------------------------------------------------------------------------------- the files

    def write(self, now: datetime | None = None) -> bool:
        """Bring the files up to what stands; whether anything was written.

        Raises
        ------
        LedgerError
            As `write_file`; what was there before is still there.
        """
        now = now or self._node.now()
        with self._guard:
            standing = self._node.standing()
            self._write_messages(standing)
            entries = self._entries(now)
            shown = tuple(one.id for one in entries)
            if shown == self._shown:
                return False
            write_file(self._folder / ATOM_FILE, write_atom(self._feed(entries, now)))
            self._shown = shown
            return True

    def _write_messages(self, standing: Standing) -> None:
        """The messages come before the feed that links them."""
        for identity, seen in standing.statements.items():
            said = seen.statement
            if said.kind not in KINDS or identity in self._messages or identity in standing.set_aside:
                continue
            if said.visibility != "public" or said.exercise:
                continue
            message = self._message(said, standing)
            path = self._folder / MESSAGES / f"{identity}.xml"
            if message is not None and not (path.is_file() and path.read_bytes() == message.raw):
                write_file(path, message.raw)
            self._messages[identity] = message

    def _message(self, said: Statement, standing: Standing) -> Message | None:
        """The message of a warning; None, and a line in the log of the node, if it cannot be said in CAP."""
        try:
            return self._filed(said) or self._made(said, standing)
        except RiskshedError as error:
            _log.error("%s of %s is in no feed: %s", said.kind, said.by, error)
            return None

    def _filed(self, said: Statement) -> Message | None:
        """The message that the issuer has filed with his statement."""
        if not said.has("cap"):
            return None
        raw = self._node.file(str(said.record("cap")["digest"]))
        if raw is None or not is_message_of(said, raw):
            return None
        return Message(cap.read(raw, said.id), raw)

    def _made(self, said: Statement, standing: Standing) -> Message:
        """The message of a statement that was filed without one."""
        earlier = standing.statements.get(said.replies_to or "")
        spoken_of = earlier.statement if earlier is not None and earlier.statement.kind in KINDS else None
        before = () if spoken_of is None else (self._message_before(spoken_of, standing).alert,)
        alert = of_warning(
            said,
            issuer=Issuer(self._sender(said.by), self._node.names().get(said.by, {})),
            identifier=said.id,
            places=self._places,
            earlier=before if said.kind != "WarningIssued" else (),
            warned=spoken_of,
        )
        return Message(alert, cap.write(alert, said.id))

    def _message_before(self, said: Statement, standing: Standing) -> Message:
        return self._messages.get(said.id) or self._filed(said) or self._made(said, standing)

    def _sender(self, body: str) -> str:
        return f"{body}@{self._node.profile.origin.partition('/')[0]}"

    def _entries(self, now: datetime) -> list[Entry]:
        """What stands, and what was taken back of late; the newest first."""
        alerts = [one.alert for one in self._messages.values() if one is not None]
        shown = list(active(alerts, now))
        shown += [one for one in alerts if one.msg_type == "Cancel" and now - one.sent_at < TAKEN_BACK_SHOWN]
        by_alert = {id(one.alert): (name, one.raw) for name, one in self._messages.items() if one is not None}
        shown.sort(key=lambda one: (one.sent_at, one.identifier), reverse=True)
        found = []
        for alert in shown[:ENTRIES_MAX]:
            name, raw = by_alert[id(alert)]
            found.append(entry_of(alert, f"{self._node.profile.url}/{FOLDER}/{MESSAGES}/{name}.xml", raw))
        return found

    def _feed(self, entries: Sequence[Entry], now: datetime) -> Feed:
        url = f"{self._node.profile.url}/{FOLDER}/{ATOM_FILE}"
        title = " / ".join(self._node.profile.title[code] for code in ("zh", "en"))
        # What ended changes the feed as well, and has no entry to say when.
        return Feed(url, title, now, tuple(entries), link=url)

    # ------------------------------------------------------------------------------------ while it is served

    def start(self) -> None:
        """Keep the files right from now on."""
        self._node.listen(self._heard)
        self._thread.start()

    def _heard(self, came: Sequence[Indexed]) -> None:
        if any(one.statement.kind in KINDS for one in came):
            self._bell.set()

    def stop(self) -> None:
        """End the thread."""
        self._closing.set()
        self._bell.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self.write()
            except RiskshedError as error:
                _log.error("the feed could not be written: %s", error)
            # A warning runs out by the clock of the node, which may run faster than the real one.
            self._bell.wait(LOOK_S)
            self._bell.clear()
