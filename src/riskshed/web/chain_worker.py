"""The live chain at work in a node: what crosses a threshold is decided upon at once, the rest soon.

The chain itself (`riskshed.chain_runner`) has no memory but the record. This worker hands it what arrived,
keeps the drafts that it prepares for officers, and marks what it has decided upon. If the process dies in
between, what is not marked is handed in again after the start, and nothing is said twice. At each turn,
before that, requests for approval and questions that nobody has answered climb (`approval_climb`,
`question_climb`).

Readings that cross nothing are most of what comes. They wait for each other for half a second, or for four
times as long as the last turn took where that is more, and go on the record together: a look at the record
and a statement cost the same for one as for a thousand, and who sends and who reads must get their turn too.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from django.db import DatabaseError, close_old_connections, connection, transaction

from riskshed.chain_runner import ChainRunner, Ran
from riskshed.chain_view import Lookout
from riskshed.crossings import crosses
from riskshed.errors import RiskshedError
from riskshed.forecast_sources import read_sources
from riskshed.forecaster import Forecaster
from riskshed.live_chain import Prepared
from riskshed.signals import Signal
from riskshed.standing_order import StandingOrder
from riskshed.web import approval_climb, intake, question_climb, speaking
from riskshed.web.models import Draft
from riskshed.web.node import Node

LOOKS_EVERY_S = 60.0
QUIET_S, QUIET_MAX_S = 0.5, 10.0
"""So long, at least and at most, readings that cross nothing wait for each other."""
RESTS = 4
"""And so many times as long as the last turn took: those who send and read have the rest of the time."""
AGAIN_S = 2.0
"""After a log or a database that did not answer, it is tried again after so long."""
_log = logging.getLogger("riskshed.chain")


def lookout_of(node: Node, members: int) -> Lookout:
    """What the chain of a node goes by: its thresholds, sources, and the standing orders of its bodies.

    Raises
    ------
    InputFaults
        What is wrong with `thresholds.toml` or `sources.toml`.
    """
    region = node.region
    forecaster = Forecaster(region, read_sources(node.home, region), members=members)
    orders = {body: _order(node, body) for body in node.keys.bodies()}
    return Lookout(node.thresholds, forecaster, orders, node.writing())


def _order(node: Node, body: str) -> StandingOrder:
    held = node.profile.order(body)
    return StandingOrder.of(notices=held.notices, warnings_up_to=held.warnings_up_to)


class ChainWorker:
    """Runs the chain when something arrived, and every minute. See `asgi.Worker`.

    Parameters
    ----------
    node : Node
    members : int
        Of the ensemble of a forecast.
    """

    def __init__(self, node: Node, members: int) -> None:
        self._node = node
        self.runner = ChainRunner(lookout_of(node, members), turn=speaking.one_at_a_time)
        self._bell, self._closing = threading.Condition(), threading.Event()
        self._due_s = 0.0  # of the clock that only goes forward; the bell guards it
        self._quiet_s = QUIET_S
        self._thread = threading.Thread(target=self._work, name="chain", daemon=True)

    def start(self) -> None:
        """Compile the forecaster, take up what was left, then wait for the bell."""
        self._thread.start()

    def ring(self, arrived: Sequence[Signal] = ()) -> None:
        """Something has arrived: the intake calls this."""
        watched = self.runner.lookout.thresholds.watched
        is_quiet = bool(arrived) and not any(crosses(watched, one) for one in arrived)
        self._be_due(self._quiet_s if is_quiet else 0.0)

    def _be_due(self, in_s: float) -> None:
        with self._bell:
            self._due_s = min(self._due_s, time.monotonic() + in_s)
            self._bell.notify()

    def stop(self) -> None:
        """Stop after what is under way."""
        self._closing.set()
        self._be_due(0.0)
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _work(self) -> None:
        self.runner.warm()
        while self._wait():
            begun_s = time.monotonic()
            wait_s = self._once()
            self._quiet_s = min(max(QUIET_S, RESTS * (time.monotonic() - begun_s)), QUIET_MAX_S)
            self._be_due(wait_s)
        connection.close()

    def _wait(self) -> bool:
        """Until the next turn is due; False if there is none."""
        with self._bell:
            while not self._closing.is_set() and (left_s := self._due_s - time.monotonic()) > 0:
                self._bell.wait(min(left_s, LOOKS_EVERY_S))
            self._due_s = math.inf
        return not self._closing.is_set()

    def _once(self) -> float:
        """One turn; how long to wait for the next unless somebody rings."""
        close_old_connections()
        climbs = (approval_climb.climb, question_climb.follow)
        waits = [self._try(partial(climb, self._node)) for climb in climbs]
        return min(*waits, self._try(self.run))

    def _try(self, work: Callable[[], object]) -> float:
        """Do one thing; how long to wait until it is done again. What fails keeps back nothing else."""
        try:
            work()
        except (RiskshedError, DatabaseError) as error:
            _log.error("the chain stands still: %s", error)
            connection.close()
            return AGAIN_S
        except Exception:
            # A wrong program must not silence the node for good: what arrived is kept, and tried again.
            _log.exception("the chain has a fault")
            return LOOKS_EVERY_S
        return LOOKS_EVERY_S

    def run(self) -> Ran:
        """Decide upon what has arrived, and upon what time has made due.

        Raises
        ------
        LedgerError
            The log did not take it; nothing is marked.
        DatabaseError
        """
        arrived, up_to = intake.unhandled()
        ran = self.runner.run(self._node, arrived)
        with transaction.atomic():
            # What became known only after the run, by a clock that was set back, is decided upon later.
            intake.mark_handled(up_to, before=min((one.known_at for one in ran.later), default=None))
            keep(ran.prepared)
        for refused in ran.refused:
            _log.warning("not said for %s: %s", refused.draft.by, refused.error)
        for one in ran.unspoken:
            _log.warning("nobody here speaks of %s at %s", one.quantity, one.place)
        return ran


def keep(prepared: Sequence[Prepared]) -> None:
    """Keep the drafts of the chain in the place of all that it prepared before, and of nothing else.

    A draft for the same body about the same thing keeps its row, so that a page that shows it stays valid
    while its times move with the clock.
    """
    known: dict[tuple[str, ...], list[Draft]] = {}
    for row in Draft.objects.filter(made_by=None, reason__has_key="why", said="", dropped=None).order_by(
        "id"
    ):
        known.setdefault((row.body, row.kind, row.about, row.replies_to), []).append(row)
    for one in prepared:
        draft = one.draft
        facts = (draft.by, draft.kind, draft.about or "", draft.replies_to or "")
        row = known[facts].pop(0) if known.get(facts) else Draft(body=facts[0], kind=facts[1])
        if row.pk is None or row.content != dict(draft.body) or row.reason != {"why": one.why}:
            row.about, row.replies_to = facts[2:]
            row.content, row.reason = dict(draft.body), {"why": one.why}
            row.save()
    left = [row.pk for rows in known.values() for row in rows]
    Draft.objects.filter(pk__in=left).update(dropped=datetime.now(UTC))
