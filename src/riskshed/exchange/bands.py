"""Every forecast of the front at every section, against what was recorded: the chart that judges a replay.

One row is a section, one bar in it a forecast: from a circle at the time of issue a hairline runs to the bar
of the arrival, so that the lead is a length that can be seen. Bars stand in the order of issue, and the
record runs through them all as a line, so that a bar which misses it is seen to miss it. Places are shares
of the time axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from riskshed.exchange.arrivals import Arrival
from riskshed.exchange.timeline import Tick, TimeAxis
from riskshed.exchange.wording import Text
from riskshed.footprint import Footprint
from riskshed.reading import Recorded

QUARTERS = (0.25, 0.75)
_BAR_PX = 14
_TOP_PX, _BOTTOM_PX = 26, 12
_ROW_PX_MIN = 64
_TICKS = 8
_BEYOND = 0.35
"""The axis ends this share of the recorded span after the last record, however late a band reaches."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One forecast of one front; shares of the axis within 0..1, `y` in pixels from the top of its row."""

    issue: int
    y: int
    issued: float
    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One section: its bars, and the record as an interval of shares, None where nothing was recorded.

    `last` is the last forecast before the front was seen, the one that counts most; `lead` its lead.
    """

    number: int
    name: Text
    city: Text | None
    height: int
    bars: tuple[Bar, ...]
    record: Recorded | None
    record_low: float | None
    record_high: float | None
    last: Arrival | None
    lead_s: float | None


@dataclass(frozen=True, slots=True)
class BandChart:
    """All rows under one axis; `issued` are the times of issue as shares."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    issued: tuple[float, ...]


def band_chart(
    footprints: Sequence[Footprint], lists: Sequence[Sequence[Arrival]], zone: tzinfo
) -> BandChart:
    """The chart of a whole replay.

    Parameters
    ----------
    footprints : sequence of Footprint
        In the order of issue, all with the same places.
    lists : sequence of sequences of Arrival
        The rows of `arrivals.arrivals` for each of them.
    """
    axis = _axis(footprints, lists, zone)
    quarters = [_quarters(footprint) for footprint in footprints]
    rows = []
    for row in range(len(lists[0])):
        bars: list[Bar] = []
        for issue, (footprint, listed) in enumerate(zip(footprints, lists, strict=True)):
            bar = _bar(axis, issue, len(bars), footprint.issued, listed[row], quarters[issue][row])
            if bar is not None:
                bars.append(bar)
        seen = [(f.issued, listed[row]) for f, listed in zip(footprints, lists, strict=True)]
        rows.append(_row(axis, bars, seen))
    return BandChart(tuple(rows), axis.ticks(_TICKS), tuple(axis.share(f.issued) for f in footprints))


def _axis(footprints: Sequence[Footprint], lists: Sequence[Sequence[Arrival]], zone: tzinfo) -> TimeAxis:
    issues = [footprint.issued for footprint in footprints]
    fronts = [arrival.record for arrival in lists[0] if arrival.record is not None]
    happened = [moment for front in fronts for moment in (front.earliest, front.latest)]
    ends = [a.high for listed in lists for a in listed if a.seen is None and a.high is not None]
    start = min([*issues, *happened])
    last = max([*issues, *happened])
    reach = last + (last - start) * _BEYOND if happened else max(ends, default=last)
    held = [start, last, *(end for end in ends if end <= reach)]
    if any(end > reach for end in ends):
        held.append(reach)
    return TimeAxis.around(held, zone)


def _quarters(footprint: Footprint) -> list[tuple[datetime | None, datetime | None]]:
    first, third = (footprint.arrival_quantile_s(q) for q in QUARTERS)
    return [
        (footprint.moment(float(a)), footprint.moment(float(b))) for a, b in zip(first, third, strict=True)
    ]


def _bar(
    axis: TimeAxis,
    issue: int,
    before: int,
    issued: datetime,
    arrival: Arrival,
    quarters: tuple[datetime | None, datetime | None],
) -> Bar | None:
    """None where the front had been seen, or was past without a record, or too few members arrive."""
    if arrival.seen is not None or arrival.low is None or arrival.median is None or arrival.high is None:
        return None
    if arrival.state == "passed" and (arrival.record is None or arrival.record.latest <= issued):
        return None
    low, median, high = (axis.share(moment) for moment in (arrival.low, arrival.median, arrival.high))
    first, third = (axis.share(q) if q is not None else median for q in quarters)
    if low > 1:
        return None
    return Bar(
        issue=issue,
        y=_TOP_PX + _BAR_PX * before,
        issued=axis.share(issued),
        low=_held(low),
        quarter=_held(first),
        median=_held(median),
        three_quarters=_held(third),
        high=_held(high),
        is_cut=high > 1,
    )


def _held(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _row(axis: TimeAxis, bars: Sequence[Bar], issues: Sequence[tuple[datetime, Arrival]]) -> Row:
    first = issues[0][1]
    ahead = [(issued, arrival) for issued, arrival in issues if arrival.seen is None]
    issued, last = ahead[-1] if ahead else (None, None)
    front = first.record
    lead_s = None
    if issued is not None and front is not None:
        middle = front.earliest + (front.latest - front.earliest) / 2
        lead_s = (middle - issued) / timedelta(seconds=1)
    return Row(
        number=first.number,
        name=first.name,
        city=first.city,
        height=max(_TOP_PX + _BAR_PX * max(len(bars) - 1, 0) + _BOTTOM_PX, _ROW_PX_MIN),
        bars=tuple(bars),
        record=front,
        record_low=None if front is None else axis.share(front.earliest),
        record_high=None if front is None else axis.share(front.latest),
        last=last,
        lead_s=lead_s,
    )
