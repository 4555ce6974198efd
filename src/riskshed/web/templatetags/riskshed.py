"""Tags and filters of the pages: words in two languages, times with zone, names, marks.

``{% load riskshed %}``, then ``{% say "中文" "English" %}``. A tag that shows a fact shows an unknown one as
unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from riskshed.governance.parties import Voice
from riskshed.web import party_mark, wording
from riskshed.web.proof_mark import proof_mark

register = template.Library()


@register.simple_tag
def say(zh: str, en: str, **values: object) -> str:
    """The words in the language of the request; ``{n}`` in both takes the value of ``n=``."""
    text = wording.say(zh, en)
    return wording.filled(text, **values) if values else text


@register.filter
def words(said: Mapping[str, str] | wording.Bilingual | None) -> str:
    """What a statement says in both languages, in that of the request."""
    return wording.words(said)


@register.simple_tag
def at(time: datetime | None) -> SafeString:
    """``<time>`` with date, clock time and zone."""
    return wording.time_tag(time)


@register.simple_tag
def soon(time: datetime | None, now: datetime | None = None) -> str:
    """How soon, or how long ago: ``51 小时后``."""
    return wording.how_soon(time, now or wording.node_clock().now)


@register.filter
def when(time: datetime | None) -> str:
    """A time with its zone where markup cannot stand, as in the note of a head."""
    return wording.shown_time(time)


@register.filter
def with_unit(number: object, unit: str) -> str:
    """A number with its unit in words."""
    return wording.with_unit(str(number), unit)


@register.filter
def span(length: timedelta | float | None) -> str:
    """A length of time: ``51 小时``."""
    return wording.span(length)


@register.simple_tag
def body(code: str | None) -> str:
    """The name of a body; of a party with a word that says whether somebody has checked who it is."""
    named = wording.name_of(code)
    return f"{named}{party_mark.word(code)}" if code and party_mark.is_party(code) else named


@register.simple_tag
def voice_word(voice: Voice) -> str:
    """Whether a body is known, in words."""
    return party_mark.STATES[voice.state].said(wording.tongue())


@register.simple_tag
def city(code: str | None) -> str:
    """The name of a city."""
    return wording.name_of(code)


@register.filter
def name(code: str | None) -> str:
    """The name of a body or city, as a filter."""
    return wording.name_of(code)


@register.filter
def people(count: float | None) -> str:
    """A number of people."""
    return wording.people(count)


@register.filter
def number(value: float | None, unit: str = "") -> str:
    """A number with its unit."""
    return wording.number(value, unit)


@register.filter
def probability(value: float | None) -> str:
    """A probability."""
    return wording.probability(value)


@register.filter
def hazard_class(code: str | None) -> str:
    """A class of hazards in words."""
    return wording.hazard_class(code)


@register.filter
def original(text: str) -> str:
    """Text as its source has it, with its language where that is not the one of the page."""
    return wording.original(text)


@register.filter
def grade(level: str) -> str:
    """The grade of a warning in words."""
    return wording.grade(level)


@register.simple_tag
def mark(level: str, size: str = "") -> SafeString:
    """The mark of a warning: shape, number and colour; the word has to stand beside it."""
    assert level in wording.GRADES, f"no mark for {level!r}"
    css = f"mark {size}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="#w-{}"/></svg>', css, level)


@register.simple_tag
def glyph(state: str) -> SafeString:
    """The sign of a duty's state; the word has to stand beside it."""
    assert state in ("met", "open", "late", "breached", "undetermined"), f"no sign for {state!r}"
    return format_html('<svg class="glyph" aria-hidden="true"><use href="#d-{}"/></svg>', state)


@register.simple_tag
def proof(statement: str) -> SafeString:
    """The verification mark of a statement: signed, logged at which place, co-signed by how many."""
    return proof_mark(statement)


@register.simple_tag
def nothing() -> SafeString:
    """A cell in which nothing stands because nothing applies."""
    return mark_safe('<span class="quiet">–</span>')
