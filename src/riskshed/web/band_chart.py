"""The band chart of a page: when a front reaches each city, as it is foreseen now, against the time now.

One row is one city, and one SVG with percentages for x: no script, no inline style, no stretched text. A
diamond is an observed arrival, a bar the band of a forecast, a tick its median, a heavy line now. What the
picture says stands in words at the end of each row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from riskshed.exchange.timeline import TimeAxis
from riskshed.governance.outlook import Coming
from riskshed.web import wording
from riskshed.web.countdown import Mark, percent
from riskshed.web.wording import say

TICKS_OF_DAYS, TICKS_OF_HOURS = 7, 4
"""How many words stand below the axis: those with hours are longer."""
_EDGE = 0.15
"""Within this share of an end of the axis the word at the line of now stands on its inner side."""


@dataclass(frozen=True, slots=True)
class Row:
    """One city: places are percentages, empty where there is nothing to draw."""

    code: str
    name: str
    is_mine: bool
    low: str
    width: str
    middle: str
    seen: str
    soon: str
    range: str
    at: datetime | None
    probability: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """All rows on one axis; `caveats` are why, and where, the forecast must not be trusted."""

    rows: tuple[Row, ...]
    ticks: tuple[Mark, ...]
    now: str
    now_anchor: str
    now_word: str
    caveats: tuple[Mapping[str, str], ...]


def chart(
    coming: Sequence[Coming],
    now: datetime,
    zone: tzinfo,
    *,
    seen: Mapping[str, datetime] | None = None,
    began: datetime | None = None,
    mine: str = "",
    caveats: Sequence[Mapping[str, str]] = (),
) -> Chart:
    """The chart of a forecast.

    Parameters
    ----------
    coming : sequence of Coming
        A row for each, in this order.
    now : datetime
    zone : tzinfo
        Round local times are written below the axis.
    seen : mapping of city to datetime, optional
        Where the front was observed, and when.
    began : datetime, optional
        Start of the axis; without it, now or the first arrival.
    mine : str
        The city of who looks.
    caveats : sequence of words
    """
    observed = seen or {}
    times = [now, *([began] if began else []), *observed.values()]
    times += [t for one in coming for t in (one.earliest, one.middle, one.latest) if t is not None]
    axis = TimeAxis.around(times, zone)
    here = axis.share(now)
    anchor = "start" if here < _EDGE else "end" if here > 1 - _EDGE else "middle"
    return Chart(
        rows=tuple(_row(axis, one, now, observed.get(one.city), mine) for one in coming),
        ticks=_ticks(axis),
        now=percent(here),
        now_anchor=anchor,
        now_word=wording.shown_time(now),
        caveats=tuple(caveats),
    )


def _ticks(axis: TimeAxis) -> tuple[Mark, ...]:
    found = axis.ticks(TICKS_OF_DAYS)
    if any(":" in tick.text for tick in found):
        found = axis.ticks(TICKS_OF_HOURS)
    return tuple(Mark(percent(tick.share), tick.text) for tick in found)


def _row(axis: TimeAxis, one: Coming, now: datetime, seen: datetime | None, mine: str) -> Row:
    low, high = one.earliest, one.latest
    has_band = seen is None and low is not None and high is not None
    start = axis.share(low) if has_band and low is not None else 0.0
    end = axis.share(high) if has_band and high is not None else 0.0
    return Row(
        code=one.city,
        name=wording.name_of(one.city),
        is_mine=one.city == mine,
        low=percent(start) if has_band else "",
        width=percent(end - start) if has_band else "",
        middle=percent(axis.share(one.middle)) if seen is None and one.middle is not None else "",
        seen=percent(axis.share(seen)) if seen is not None else "",
        soon=soon_words(one, now, seen),
        range=wording.band(low, high, now) if has_band else "",
        at=seen or one.middle,
        probability=None if seen is not None else one.probability,
    )


def soon_words(one: Coming, now: datetime, seen: datetime | None) -> str:
    """How an arrival stands: here since, likely here, how soon, or that it is not known."""
    if seen is not None:
        length = wording.span(now - seen)
        return say(f"已到 {length}", f"here for {length}")
    if one.middle is None:
        return say("到达时间未知", "arrival unknown")
    if one.middle <= now:
        length = wording.span(timedelta(seconds=(now - one.middle).total_seconds()))
        return say(f"推算已到 {length}", f"likely here for {length}")
    return wording.how_soon(one.middle, now)
