"""Words of the pages: in the language of the request, with times in the zone of the node's clock.

Both languages stand beside each other where they are used, `say("中文", "English")`, so that whoever changes
one sees the other. There is no catalogue that could lag behind. Numbers, spans and bands are written as in
the reports and in the terminal (`riskshed.exchange.wording`): one thing is never written in two ways.

A time is ``MM-DD hh:mm+08``; the year stands before it where it is not the year of the node's clock. What is
not known is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal, Protocol

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from riskshed.exchange import pathway_words, wording
from riskshed.exchange.wording import UNKNOWN, Text
from riskshed.web.current import node

Tongue = Literal["zh", "en"]
_CHINESE = re.compile("[\u3400-\u9fff]")
_ENGLISH = re.compile("[a-z]{2}")

BAND = Text("90% 区间", "90% band")
"""Statements and footprints carry 5 %, 50 % and 95 %: between the outer two lie nine of ten members."""

GRADES: Mapping[str, tuple[int, Text, Text]] = {
    "red": (1, Text("红色预警", "Red warning"), Text("一级", "level 1")),
    "orange": (2, Text("橙色预警", "Orange warning"), Text("二级", "level 2")),
    "yellow": (3, Text("黄色预警", "Yellow warning"), Text("三级", "level 3")),
    "blue": (4, Text("蓝色预警", "Blue warning"), Text("四级", "level 4")),
}

HAZARD_CLASSES: Mapping[str, Text] = {
    "natural_disaster": Text("自然灾害", "natural disaster"),
    "accident": Text("事故灾难", "accident"),
    "public_health": Text("公共卫生事件", "public health"),
    "social_security": Text("社会安全事件", "social security"),
}

ROLES: Mapping[str, Text] = {
    "duty_officer": Text("值班员", "duty officer"),
    "commander": Text("指挥员", "commander"),
    "analyst": Text("研判员", "analyst"),
    "evaluator": Text("评估员", "evaluator"),
    "auditor": Text("审计员", "auditor"),
    "representative": Text("代表", "representative"),
    "administrator": Text("管理员", "administrator"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """The node's clock at one moment: now, aware, and the zone in which all its times are shown."""

    now: datetime
    zone: tzinfo

    @property
    def year(self) -> int:
        """The year that goes without saying."""
        return self.now.astimezone(self.zone).year


def node_clock() -> Clock:
    """The clock of the node that answers."""
    living = node()
    return Clock(living.now(), living.profile.zone)


# --------------------------------------------------------------------------------------------------- words


def tongue() -> Tongue:
    """The language of the request; Chinese where none was asked for."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def html_language() -> str:
    """The language of the request as an HTML page names it."""
    return "en" if tongue() == "en" else "zh-Hans"


def say(zh: str, en: str) -> str:
    """The words in the language of the request.

    Both have to be there: a page that is silent in one language is a wrong program.
    """
    assert zh.strip(), f"no Chinese for {en!r}"
    assert en.strip(), f"no English for {zh!r}"
    return zh if tongue() == "zh" else en


class Bilingual(Protocol):
    """Anything that says one thing in both languages."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


def words(said: Mapping[str, str] | Bilingual | None) -> str:
    """What a statement or a table says in both languages, in that of the request.

    Where the world gave one language only, that one is shown in a `span` that names its language; where it
    gave none, it is unknown.
    """
    told: Mapping[str, str] = said or {} if said is None or isinstance(said, Mapping) else _both(said)
    wanted, other = ("zh", "en") if tongue() == "zh" else ("en", "zh")
    if told.get(wanted, "").strip():
        return told[wanted]
    if told.get(other, "").strip():
        return format_html('<span lang="{}">{}</span>', "zh-Hans" if other == "zh" else "en", told[other])
    return UNKNOWN.said(tongue())


def _both(said: Bilingual) -> Mapping[str, str]:
    return {"zh": said.zh, "en": said.en}


def name_of(code: str | None) -> str:
    """The name of a body or a city; the code itself where nobody gave it a name, unknown if there is none."""
    if not code:
        return UNKNOWN.said(tongue())
    named = node().names().get(code)
    return words(named) if named else code


def original(text: str) -> str:
    """Text as its source has it; what is not in the language of the page names its own."""
    is_chinese = _CHINESE.search(text) is not None
    if tongue() == "en" and is_chinese:
        return format_html('<span lang="zh-Hans">{}</span>', text)
    if tongue() == "zh" and not is_chinese and _ENGLISH.search(text):
        return format_html('<span lang="en">{}</span>', text)
    return text


def grade(level: str) -> str:
    """``红色预警 · 一级`` or ``Red warning, level 1``."""
    _, colour, step = GRADES[level]
    return say(f"{colour.zh} · {step.zh}", f"{colour.en}, {step.en}")


def hazard_class(code: str | None) -> str:
    """A class of hazards in words."""
    return HAZARD_CLASSES[code].said(tongue()) if code and code in HAZARD_CLASSES else UNKNOWN.said(tongue())


# --------------------------------------------------------------------------------------------------- times


def shown_time(at: datetime | None, clock: Clock | None = None) -> str:
    """A time with its zone as plain text: ``11-24 00:00+08``, or that it is unknown."""
    if at is None:
        return UNKNOWN.said(tongue())
    clock = clock or node_clock()
    return wording.when(at, clock.zone, clock.year)


def time_tag(at: datetime | None, clock: Clock | None = None) -> SafeString:
    """A time with its zone as an HTML element that machines can read as well."""
    if at is None:
        return format_html('<span class="quiet">{}</span>', UNKNOWN.said(tongue()))
    clock = clock or node_clock()
    return format_html(
        '<time datetime="{}">{}<small>{}</small></time>',
        at.astimezone(clock.zone).isoformat(timespec="minutes"),
        wording.clock(at, clock.zone, clock.year),
        wording.offset(at, clock.zone),
    )


def full_time(at: datetime, zone: tzinfo) -> str:
    """A time with its year for the head of a page: ``2005-11-21 22:00 UTC+8``."""
    local = (at + timedelta(seconds=30)).astimezone(zone)
    sign, hours, minutes = wording.offset(at, zone)[0], *_hours(wording.offset(at, zone)[1:])
    return f"{local:%Y-%m-%d %H:%M} UTC{sign}{hours}{minutes}"


def _hours(shift: str) -> tuple[str, str]:
    hour, _, minute = shift.partition(":")
    return str(int(hour)), f":{minute}" if minute else ""


def how_soon(at: datetime | None, now: datetime) -> str:
    """``51 小时后`` or ``in 51 h``; ``3 小时前`` or ``3 h ago`` once it has passed."""
    seconds = None if at is None else (at - now).total_seconds()
    return wording.how_soon(seconds).said(tongue())


def span(length: timedelta | float | None) -> str:
    """A length of time, in hours up to 72 h, then in days and hours; a number counts seconds."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    return wording.span(seconds).said(tongue())


def band(low: datetime | None, high: datetime | None, now: datetime) -> str:
    """``90% 区间 42–62 小时``: when it comes, counted from now, said as the band that it is."""
    return f"{BAND.said(tongue())} {span_band(low, high, now)}"


def span_band(low: datetime | None, high: datetime | None, now: datetime) -> str:
    """``42–62 小时``: two moments, counted from now; ``68–102 小时前`` if both have passed."""
    if low is not None and high is not None and high <= now:
        ago = wording.span_band((now - high).total_seconds(), (now - low).total_seconds())
        return say(f"{ago.zh}前", f"{ago.en} ago")
    ends = [None if end is None else (end - now).total_seconds() for end in (low, high)]
    return wording.span_band(*ends).said(tongue())


# ------------------------------------------------------------------------------------------------- numbers


def people(count: float | None) -> str:
    """A number of people; unknown is said, and is not 0."""
    return wording.people(count).said(tongue())


def number(value: float | None, unit: str = "", digits: int = 2) -> str:
    """A number with its unit, `digits` significant digits; unknown is said, and is not 0."""
    shown = wording.number(value, digits)
    if shown is None:
        return UNKNOWN.said(tongue())
    return f"{shown} {unit}" if unit and unit != "1" else shown


def with_unit(shown: str, unit: str) -> str:
    """A number that is written already with its unit in words: ``6 套`` or ``6 sets``."""
    return pathway_words.with_unit(shown, unit, tongue())


def probability(value: float | None) -> str:
    """A probability with two decimals; what is neither sure nor impossible is not rounded to either."""
    if value is None:
        return UNKNOWN.said(tongue())
    if 0 < value < 0.005:
        return "< 0.01"
    return "> 0.99" if 0.995 <= value < 1 else f"{value:.2f}"


def filled(text: str, **values: Any) -> SafeString:
    """Text of a template, which may hold markup, with values put in that may not."""
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return format_html(text, **escaped)
