"""How a number, a time and a span of time are written, in Chinese and in English.

One place for the words of every page and of the terminal, so that a thing is never written in two ways:
a time shows its zone, a number its unit, minus is a real minus, and what is not known is said, never left
blank and never 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

HOURS_SHOWN_MAX = 72
MINUS = "\N{MINUS SIGN}"
_WAN = 10_000


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said in both languages."""

    zh: str
    en: str

    def said(self, language: str) -> str:
        """The words in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


UNKNOWN = Text("未知", "unknown")


def clock(moment: datetime, zone: tzinfo, year: int) -> str:
    """``MM-DD hh:mm`` in `zone`; the year stands before it where it is not `year`. Its zone is `offset`.

    Examples
    --------
    >>> from datetime import timezone, timedelta
    >>> clock(datetime(2005, 11, 23, 16, tzinfo=timezone.utc), timezone(timedelta(hours=8)), 2005)
    '11-24 00:00'
    """
    local = _to_minute(moment).astimezone(zone)
    return local.strftime("%m-%d %H:%M" if local.year == year else "%Y-%m-%d %H:%M")


def offset(moment: datetime, zone: tzinfo) -> str:
    """``+08``, with minutes only where there are some.

    Examples
    --------
    >>> from datetime import timezone, timedelta
    >>> offset(datetime(2005, 11, 24, tzinfo=timezone.utc), timezone(timedelta(hours=-3, minutes=-30)))
    '−03:30'
    """
    shift = moment.astimezone(zone).utcoffset()
    assert shift is not None, "a zone has an offset"
    minutes = round(shift.total_seconds() / 60)
    sign = MINUS if minutes < 0 else "+"
    hour, minute = divmod(abs(minutes), 60)
    return f"{sign}{hour:02d}" + (f":{minute:02d}" if minute else "")


def when(moment: datetime, zone: tzinfo, year: int) -> str:
    """Time and zone together, for plain text: ``11-24 00:00+08``."""
    return clock(moment, zone, year) + offset(moment, zone)


def is_day(earliest: datetime, latest: datetime, zone: tzinfo) -> bool:
    """Whether an interval is one whole day of the calendar in `zone`, to the minute.

    Examples
    --------
    >>> from datetime import timezone
    >>> day = datetime(2005, 12, 10, tzinfo=timezone.utc)
    >>> is_day(day, day + timedelta(hours=24), timezone.utc), is_day(day, day, timezone.utc)
    (True, False)
    """
    local = earliest.astimezone(zone)
    starts = local.hour == local.minute == 0
    return starts and timedelta(hours=23, minutes=58) <= latest - earliest <= timedelta(hours=24)


def number(value: float | None, digits: int = 2) -> str | None:
    """`digits` significant digits, thousands comma, real minus; None where the value is not known.

    Examples
    --------
    >>> number(0.017), number(-3.25), number(12345.6, 3), number(0.5806, 3), number(float("nan"))
    ('0.017', '−3.2', '12,300', '0.581', None)
    """
    if value is None or not math.isfinite(value):
        return None
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    shown = f"{abs(rounded):,.{max(places, 0)}f}"
    return (MINUS if rounded < 0 else "") + shown


def stated(value: float | None) -> str | None:
    """A number as its source gave it, without digits that it did not give; None where it is not known.

    Examples
    --------
    >>> stated(0.02), stated(0.5806), stated(1234.5), stated(-3.0), stated(None)
    ('0.02', '0.5806', '1,234.5', '−3', None)
    """
    if value is None or not math.isfinite(value):
        return None
    return f"{value:,.10g}".replace("-", MINUS)


def decimal(value: float | None, places: int = 1, *, signed: bool = False) -> str | None:
    """A fixed number of decimals; with `signed` a plus is written too.

    Examples
    --------
    >>> decimal(4.26), decimal(-0.04, signed=True), decimal(2.5, signed=True), decimal(None)
    ('4.3', '0.0', '+2.5', None)
    """
    if value is None or not math.isfinite(value):
        return None
    shown = f"{abs(value):,.{places}f}"
    if float(shown.replace(",", "")) == 0:
        return shown
    return (MINUS if value < 0 else "+" if signed else "") + shown


def span(seconds: float | None) -> Text:
    """A length of time: hours up to 72 h, then days and hours.

    Examples
    --------
    >>> span(31.4 * 3600).en, span(371 * 3600).zh, span(1200).en
    ('31 h', '15 天 11 小时', '20 min')
    """
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    minutes = abs(seconds) / 60
    if minutes < 59.5:
        return Text(f"{minutes:.0f} 分", f"{minutes:.0f} min")
    hours = round(minutes / 60)
    if hours <= HOURS_SHOWN_MAX:
        return Text(f"{hours} 小时", f"{hours} h")
    days, rest = divmod(hours, 24)
    if rest == 0:
        return Text(f"{days} 天", f"{days} d")
    return Text(f"{days} 天 {rest} 小时", f"{days} d {rest} h")


def how_soon(seconds: float | None) -> Text:
    """``in 31 h`` before it comes, ``31 h ago`` after."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    length = span(seconds)
    if seconds < 0:
        return Text(f"{length.zh}前", f"{length.en} ago")
    return Text(f"{length.zh}后", f"in {length.en}")


def span_band(low_s: float | None, high_s: float | None) -> Text:
    """Two lengths of time in one unit: ``42–62 h``, or days with one decimal beyond 72 h.

    Examples
    --------
    >>> span_band(42 * 3600, 62 * 3600).en, span_band(13.5 * 86400, 17.8 * 86400).zh
    ('42–62 h', '13.5–17.8 天')
    >>> span_band(-3 * 3600, 5 * 3600).en
    '−3 to 5 h'
    """
    if low_s is None or high_s is None or not math.isfinite(low_s + high_s):
        return UNKNOWN
    in_hours = abs(high_s) <= HOURS_SHOWN_MAX * 3600
    unit, places = (3600, 0) if in_hours else (86400, 1)
    low, high = decimal(low_s / unit, places), decimal(high_s / unit, places)
    zh, en = (" 至 ", " to ") if low_s < 0 else ("–", "–")
    return Text(
        f"{low}{zh}{high} {'小时' if in_hours else '天'}", f"{low}{en}{high} {'h' if in_hours else 'd'}"
    )


def people(count: float | None) -> Text:
    """A number of people; Chinese counts in ten thousands.

    Examples
    --------
    >>> people(3_800_000).zh, people(3_800_000).en, people(26_000).zh, people(26_000).en, people(0).zh
    ('380 万', '3.8 million', '2.6 万', '26,000', '0')
    """
    if count is None or not math.isfinite(count):
        return UNKNOWN
    plain = f"{round(count):,}"
    zh = plain if count < _WAN else f"{_short(count / _WAN)} 万"
    en = plain if count < 1_000_000 else f"{_short(count / 1_000_000)} million"
    return Text(zh, en)


def _short(value: float) -> str:
    """Three significant digits at most below 1,000, without trailing zeros."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _to_minute(moment: datetime) -> datetime:
    return (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)
