"""A clock that never goes back, over one that may be set back.

How things stand at a time counts what was seen by then. Were the clock of a machine set back by an hour, all
that was said within that hour would be as if it had not been said, and would be said again. So this clock
goes on, at half its pace, until the other one has caught up; it says so meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

PACE = 0.5
AHEAD_MAX = timedelta(hours=6)
"""What lies so far ahead of the clock at the start is no trace of a clock that was set back."""
_log = logging.getLogger("riskshed.node")


class SteadyClock:
    """Reads a clock. Any thread may call it.

    Parameters
    ----------
    clock : callable
        Gives aware times.
    speed : float
        How many times faster than the real one it runs.
    steady_s : callable
        Seconds that nobody sets back.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        speed: float = 1.0,
        *,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._speed, self._steady_s = clock, speed, steady_s
        self._guard = threading.Lock()  # owns all that follows
        self._shown: datetime | None = None
        self._at_s = 0.0
        self.behind = timedelta()
        """How far the other clock lags behind what this one shows."""

    def begin_at(self, latest: datetime) -> None:
        """Show no time before this one, which was shown before the start, unless it lies too far ahead."""
        if self() < latest <= self._clock() + AHEAD_MAX:
            with self._guard:
                self._shown, self._at_s = latest, self._steady_s()

    def __call__(self) -> datetime:
        """The time: never less than before."""
        with self._guard:
            at, now_s = self._clock(), self._steady_s()
            if self._shown is not None and at < self._shown:
                lag = self._shown - at
                if not self.behind and lag > timedelta(seconds=self._speed):
                    _log.error("the clock of this machine was set back by %s; the node goes on slowly", lag)
                at = self._shown + timedelta(seconds=(now_s - self._at_s) * self._speed * PACE)
                self.behind = lag
            else:
                self.behind = timedelta()
            self._shown, self._at_s = at, now_s
            return at
