"""A time axis for charts: where a moment stands, and which round moments are written below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

_STEPS_H = (1, 2, 3, 6, 12, 24, 48, 72, 120, 168, 240, 336, 720, 1440, 2880, 8760)


@dataclass(frozen=True, slots=True)
class Tick:
    """A round moment: its share of the axis within 0..1, and its words."""

    share: float
    text: str


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """From `start` to `end`, both aware; ticks stand at round local times in `zone`."""

    start: datetime
    end: datetime
    zone: tzinfo

    def __post_init__(self) -> None:
        assert self.end > self.start, "an axis has a length"

    @classmethod
    def around(cls, moments: Iterable[datetime], zone: tzinfo, *, margin: float = 0.02) -> TimeAxis:
        """An axis that holds all `moments`, with a margin as a share of its length on both sides."""
        held = sorted(moments)
        assert held, "an axis needs at least one moment"
        room = max((held[-1] - held[0]) * margin, timedelta(hours=1))
        return cls(held[0] - room, held[-1] + room, zone)

    def share(self, moment: datetime) -> float:
        """Where a moment stands: 0 at the start, 1 at the end, beyond them outside.

        Examples
        --------
        >>> from datetime import timezone
        >>> day = datetime(2005, 11, 20, tzinfo=timezone.utc)
        >>> TimeAxis(day, day + timedelta(days=4), timezone.utc).share(day + timedelta(days=1))
        0.25
        """
        return (moment - self.start) / (self.end - self.start)

    def ticks(self, most: int) -> tuple[Tick, ...]:
        """At most about `most` round moments within the axis: midnights, or full hours on a short one."""
        hours = (self.end - self.start) / timedelta(hours=1)
        step = next((step for step in _STEPS_H if hours / step <= most), _STEPS_H[-1])
        first = self.start.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        count = int(hours / step) + 2 + round(24 / min(step, 24))
        moments = (first + timedelta(hours=step * n) for n in range(count))
        pattern = "%m-%d" if step >= 24 else "%m-%d %H:%M"
        return tuple(
            Tick(self.share(moment), moment.strftime(pattern))
            for moment in moments
            if self.start <= moment <= self.end
        )
