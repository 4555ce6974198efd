"""Clocks of a page: one large number, and beneath it the facts from which it comes.

A countdown says how soon something comes, with its band as a strip from now on. A silence clock says how long
nobody was heard. Places on a strip are percentages, so that text is never stretched and no script is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from riskshed.exchange import wording as written
from riskshed.exchange.wording import HOURS_SHOWN_MAX
from riskshed.web import wording
from riskshed.web.wording import BAND, say

_STRIPS_H = (3, 6, 12, 24, 48, 72, 120, 168, 240, 336, 480, 720, 1440, 2880, 8760)
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on an axis: its place, such as ``33.3%``, and its word."""

    x: str
    word: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A band on an axis that begins now; `words` say the same."""

    low: str
    width: str
    middle: str
    ticks: tuple[Mark, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A fact under a clock: its name and its value, which may be markup that is safe."""

    word: str
    value: str


@dataclass(frozen=True, slots=True)
class Countdown:
    """A clock: `number` and `unit` are what is read from four metres, `range` its band in words."""

    id: str
    title: str
    alt: str
    number: str
    unit: str = ""
    range: str = ""
    note: str = ""
    strip: Strip | None = None
    pairs: tuple[Pair, ...] = ()


def percent(share: float) -> str:
    """A share of an axis, held within it, as a percentage.

    Examples
    --------
    >>> percent(1 / 3), percent(-0.2), percent(1)
    ('33.33%', '0%', '100%')
    """
    return f"{100 * min(max(share, 0.0), 1.0):.2f}".rstrip("0").rstrip(".") + "%"


def large(length: timedelta) -> tuple[str, str]:
    """A length of time as a large number and its unit: minutes, hours up to 72, then days and hours."""
    text = wording.span(length)
    number, _, unit = text.partition(" ")
    return number, unit


def strip(
    now: datetime, low: datetime | None, middle: datetime | None, high: datetime | None
) -> Strip | None:
    """The strip of an arrival; None where its band is unknown, or is over."""
    if low is None or high is None or high <= now:
        return None
    hours = (high - now) / timedelta(hours=1)
    whole = next((step for step in _STRIPS_H if hours <= step), _STRIPS_H[-1])
    reach = timedelta(hours=whole)
    start, end = max((low - now) / reach, 0.0), min((high - now) / reach, 1.0)
    words = wording.band(low, high, now)
    if middle is not None:
        likely = written.how_soon((middle - now).total_seconds())
        words += say(f"，最可能 {likely.zh}", f", most likely {likely.en}")
    return Strip(
        low=percent(start),
        width=percent(end - start),
        middle=percent((middle - now) / reach) if middle is not None else "",
        ticks=_ticks(whole),
        words=words,
    )


def _ticks(whole_h: int) -> tuple[Mark, ...]:
    in_hours = whole_h <= HOURS_SHOWN_MAX
    made = [Mark("0%", say("现在", "now"))]
    for part in range(1, _PARTS + 1):
        hours = whole_h * part / _PARTS
        value = hours if in_hours else hours / 24
        unit = "h" if in_hours else say("天", "d")
        made.append(Mark(percent(part / _PARTS), f"{value:.3g} {unit}"))
    return tuple(made)


def arrival_pairs(
    low: datetime | None, middle: datetime | None, high: datetime | None, probability: float | None
) -> list[Pair]:
    """What is known of an arrival: most likely, band, probability; unknown is said."""
    unknown = say("未知", "unknown")
    band = unknown
    if low is not None and high is not None:
        band = wording.filled("{low} – {high}", low=wording.time_tag(low), high=wording.time_tag(high))
    return [
        Pair(say("最可能", "Most likely"), wording.time_tag(middle)),
        Pair(BAND.said(wording.tongue()), band),
        Pair(say("到达概率", "Probability"), wording.probability(probability)),
    ]


def silence(
    name: str, last: datetime | None, now: datetime, pairs: Sequence[Pair], owed: tuple[int, int] | None
) -> Countdown:
    """A silence clock: how long somebody was not heard, and how many reports came of those owed."""
    number, unit = large(now - last) if last is not None else (say("未知", "unknown"), "")
    told = ""
    if owed is not None:
        told = say(f"应报 {owed[0]} 次，收到 {owed[1]} 次", f"{owed[0]} reports owed, {owed[1]} received")
    return Countdown(
        id="h-silent",
        title=say(f"{name}沉默", f"{name} is silent"),
        alt="Source silent",
        number=number,
        unit=unit,
        range=told,
        pairs=tuple(pairs),
    )
