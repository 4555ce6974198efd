"""Watches the feeds of agencies that bodies have named, and hands what they say to the intake.

Each feed is read in a turn of its own, by one of a few threads, so that one that is slow or broken delays
nobody. Where a feed stands is kept only once its signals are on the disk: what a crash interrupts is read
again, and the intake knows it already. What is wrong with a feed stands in its row, for the administrators.

A feed that measures at stations of other bodies is no fault of its own, but their readings are theirs to
send: what is not of the body for which a feed is watched is left out, and said.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import DatabaseError, close_old_connections, connection

from riskshed.errors import Fault, InputError, InputFaults, RiskshedError
from riskshed.feed_fetch import Fetch, Fetcher
from riskshed.feeds import FeedState, poll
from riskshed.web import readings_taking
from riskshed.web.intake import Intake
from riskshed.web.models import FeedRow
from riskshed.web.node import Node

LOOKS_EVERY_S = 2.0
REST_S = 30.0
"""So long a feed is let alone where what it said could not be taken in."""
THREADS = 4
EVERY_S_MIN, EVERY_S_MAX = 30, 86_400
FAULTS_MAX = 20
_log = logging.getLogger("riskshed.feeds")
MakeFetch = Callable[[str], Fetcher]


def add(body: str, url: str, kind: str, every_s: int, made_by: Any = None) -> FeedRow:
    """Watch a feed for a body from now on.

    Raises
    ------
    InputError
        ``feed.url``, ``feed.every``, ``feed.bad_state``.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > 2_000:
        raise InputError("feed.url", "a feed has an address that begins with https:// or http://")
    if not EVERY_S_MIN <= every_s <= EVERY_S_MAX:
        told = f"a feed is read every {EVERY_S_MIN} to {EVERY_S_MAX} s, not {every_s}"
        raise InputError("feed.every", told)
    state = FeedState(url=url, kind=kind, every_s=float(every_s))  # type: ignore[arg-type]  # it looks itself
    return FeedRow.objects.create(
        url=url, kind=kind, body=body, every_s=every_s, state=state.to_json(), made_by=made_by
    )


def end(row: FeedRow) -> None:
    """Watch it no more."""
    FeedRow.objects.filter(pk=row.pk, ended=None).update(ended=datetime.now(UTC))


def open_fetch(private: bool) -> MakeFetch:
    """How feeds are fetched: from public addresses, or, where the operator allows it, from private ones."""

    def made(url: str) -> Fetcher:
        host = urlsplit(url).hostname or ""
        return Fetcher(private_hosts=(host,) if private else ())

    return made


class FeedWatcher:
    """Reads the feeds of a node when they are due. See `asgi.Worker`.

    Parameters
    ----------
    node : Node
    intake : callable
        Gives the intake.
    make_fetch : callable
        Makes a fetcher for an address; it is closed after one reading.
    """

    def __init__(self, node: Node, intake: Callable[[], Intake], make_fetch: MakeFetch) -> None:
        self._node, self._intake, self._make_fetch = node, intake, make_fetch
        self._closing = threading.Event()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="feed")
        self._under_way: set[int] = set()
        self._rests: dict[int, float] = {}  # number of a feed to the time until which it is let alone
        self._guard = threading.Lock()  # owns both
        self._thread = threading.Thread(target=self._watch, name="feeds", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no more readings; one that hangs on the network ends by itself, and keeps nothing."""
        self._closing.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _watch(self) -> None:
        try:
            while not self._closing.is_set():
                try:
                    self.look()
                except DatabaseError as error:
                    _log.error("the feeds cannot be looked up: %s", error)
                    connection.close()
                self._closing.wait(LOOKS_EVERY_S)
        finally:
            connection.close()

    def look(self) -> int:
        """Hand every feed that is due to a thread; returns how many that were."""
        close_old_connections()
        due = [row for row in FeedRow.objects.filter(ended=None).order_by("id") if self._is_due(row)]
        begun = 0
        for row in due:
            with self._guard:
                resting = time.monotonic() < self._rests.get(row.pk, 0.0)
                if row.pk in self._under_way or resting or self._closing.is_set():
                    continue
                self._under_way.add(row.pk)
            self._threads.submit(self._turn, row)
            begun += 1
        return begun

    def _is_due(self, row: FeedRow) -> bool:
        at = row.state.get("next_at")
        return at is None or datetime.fromisoformat(at) <= datetime.now(UTC)

    def _turn(self, row: FeedRow) -> None:
        close_old_connections()
        failed = True
        try:
            self.read(row)
            failed = False
        except (RiskshedError, DatabaseError) as error:
            _log.error("the feed %s could not be taken in: %s", row.url, error)
        except Exception:
            # A wrong program must not silence the other feeds; this one is tried again when it is due.
            _log.exception("the feed %s has met a fault of the program", row.url)
        finally:
            connection.close()
            with self._guard:
                self._under_way.discard(row.pk)
                self._rests[row.pk] = time.monotonic() + (REST_S if failed else 0.0)

    def read(self, row: FeedRow) -> int:
        """Read one feed now, and take in what it says; returns how many readings were new.

        Raises
        ------
        RiskshedError
            The intake did not take it; the feed will be read again.
        """
        with self._make_fetch(row.url) as fetch:
            return self._take(row, fetch)

    def _take(self, row: FeedRow, fetch: Fetch) -> int:
        arrived, begun = self._node.now(), datetime.now(UTC)
        stations = readings_taking.thresholds(self._node).stations
        state = replace(FeedState.of_json(row.state), next_at=None)
        found = poll(state, fetch, arrived, stations)
        mine = set(readings_taking.stations_of(self._node, row.body))
        signals = [one for one in found.signals if one.place in mine]
        faults = [*found.faults, *_left_out(row, sorted({one.place for one in found.signals} - mine))]
        if self._closing.is_set():
            return 0
        accepted = 0
        try:
            accepted = self._intake().take(signals, row.body, f"feed-{row.pk}").accepted
        except InputFaults as error:
            faults += error.faults
        # It waits by the real clock: a replay that runs fast must not ask others more often.
        wait = timedelta() if found.state.next_at is None else found.state.next_at - arrived
        row.state = replace(found.state, next_at=begun + wait).to_json()
        row.last_read = begun
        row.last_taken = begun if accepted else row.last_taken
        row.faults = [one.to_json() for one in faults[:FAULTS_MAX]]
        row.save(update_fields=["last_read", "last_taken", "state", "faults"])
        return accepted


def _left_out(row: FeedRow, places: Sequence[str]) -> list[Fault]:
    """What of a feed was not taken, because its body does not speak of it."""
    if not places:
        return []
    got, wanted = ", ".join(places)[:200], f"stations of {row.body}, or in its city"
    todo = "Let the bodies that run them watch the feed."
    return [Fault(readings_taking.NOT_YOURS, row.url, None, None, got, wanted, todo)]
