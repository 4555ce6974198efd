"""What pictures of footprints are made of: the ink, marks, texts and tables that all of them share.

Colours are those of the page (variables, so that the dark theme holds) with colours of their own where the
page has none, and are written as attributes: no sheet and no style is needed. A mark that is filled by its
chance is a level in a glass: what it says can be read without any colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

from riskshed.errors import NotFoundError
from riskshed.exchange.wording import UNKNOWN, Text, clock, decimal, offset
from riskshed.region import Region

INK, QUIET, EDGE, PAPER, GROUND = (
    "var(--ink, #14191c)",
    "var(--ink-2, #4a5459)",
    "var(--edge, #7f868a)",
    "var(--paper, #fbfaf7)",
    "var(--sunken, #f1efe9)",
)
REACH = ("var(--reach-0, #0b4a52)", "var(--reach-1, #2f8790)", "var(--reach-2, #9ccac9)")
"""Reached or first, next, later."""
GROUND_ID = "picture-ground"


@dataclass(frozen=True)
class Picture:
    """A footprint as its pathway draws it.

    Attributes
    ----------
    kind : {"network", "plume", "halts", "cascade"}
    title : Text
        What it is called.
    is_map : bool
        Whether it shows where things lie, so that no other map is needed.
    ground : str
        Shapes of land and water, without words, which all pictures of the same places share: a page puts
        `sprite` once before the first of them; empty where there is none.
    draw : callable
        `figure`, without the check of its language.
    """

    kind: str
    title: Text
    is_map: bool
    ground: str
    draw: Callable[[str, str], str]

    def figure(self, language: str, name: str = "picture") -> str:
        """HTML in one language: the drawing with its title and description, the key, notes and the table.

        Parameters
        ----------
        language : {"zh", "en"}
        name : str
            Unique in the page: the ids of the drawing begin with it.
        """
        assert language in ("zh", "en"), language
        return self.draw(language, escape(name))

    @property
    def sprite(self) -> str:
        """The ground, to be put into a page once; nothing is seen of it there."""
        if not self.ground:
            return ""
        return (
            '<svg class="unseen sprite" aria-hidden="true" focusable="false" width="0" height="0">'
            f'<g id="{GROUND_ID}">{self.ground}</g></svg>'
        )


# --------------------------------------------------------------------------------------------------- drawing


def svg(width: float, height: float, body: str, *, name: str, title: str, about: str, language: str) -> str:
    """A drawing with a title and a description, for those who do not see it."""
    return (
        f'<svg role="img" aria-labelledby="{name}-title {name}-desc" lang="{language}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="inherit">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(about)}</desc>'
        f"{body}</svg>"
    )


def text(
    x: float, y: float, told: str, size: float, *, bold: bool = False, anchor: str = "start", ink: str = INK
) -> str:
    """Letters with a rim of the ground, so that lines below do not cut them."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}"{weight} text-anchor="{anchor}" fill="{ink}" '
        f'stroke="{GROUND}" stroke-width="{size / 5:.0f}" paint-order="stroke" stroke-linejoin="round">'
        f"{escape(told)}</text>"
    )


def glass(x: float, y: float, radius: float, share: float, colour: str) -> str:
    """A circle that is filled up to a share of its height.

    Examples
    --------
    >>> "path" in glass(0, 0, 10, 0.3, "red"), "path" in glass(0, 0, 10, 0.0, "red")
    (True, False)
    """
    rim = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"'
    if share >= 0.995:
        return f'{rim} fill="{colour}" stroke="{INK}" stroke-width="3"/>'
    empty = f'{rim} fill="{PAPER}" stroke="{INK}" stroke-width="3"/>'
    if share <= 0.005:
        return empty
    top = y + radius - 2 * radius * share
    half = math.sqrt(max(radius**2 - (top - y) ** 2, 0.0))
    large = int(share > 0.5)
    return (
        f'{empty}<path d="M{x - half:.1f} {top:.1f}A{radius:g} {radius:g} 0 {large} 0 '
        f'{x + half:.1f} {top:.1f}z" fill="{colour}" stroke="{INK}" stroke-width="1.5"/>'
    )


def ring(x: float, y: float, radius: float) -> str:
    """Where it begins."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="none" stroke="{INK}" stroke-width="3.5"/>'


def key(rows: Iterable[tuple[str, str]]) -> str:
    """What the marks mean: each as the drawing shows it (24 by 14) and in words."""
    listed = "".join(
        f'<li><svg aria-hidden="true" viewBox="0 0 24 14">{mark}</svg>{escape(told)}</li>'
        for mark, told in rows
    )
    return f'<ul class="key">{listed}</ul>'


def notes(told: Iterable[str]) -> str:
    """Sentences below a drawing."""
    return "".join(f'<p class="small quiet">{escape(one)}</p>' for one in told)


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, summary: str) -> str:
    """All that the drawing says, in a table that can be opened; the first cell of a row names it."""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    named = [escape(one) for one in heads[1:]]
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(
            f'<td data-zh="{name}" data-en="{name}" data-name="{name}">{escape(cell)}</td>'
            for name, cell in zip(named, row[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<details><summary>{escape(summary)}</summary><table class="stack">'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>"
    )


# ----------------------------------------------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Teller:
    """Says times and shares in one language and zone, as all pages do."""

    language: str
    zone: tzinfo
    year: int

    def say(self, zh: str, en: str) -> str:
        """One of two words."""
        return zh if self.language == "zh" else en

    @property
    def unknown(self) -> str:
        """What is said where nobody knows."""
        return UNKNOWN.said(self.language)

    def when(self, moment: datetime | None) -> str:
        """A time with its zone; unknown for None."""
        if moment is None:
            return self.unknown
        return clock(moment, self.zone, self.year) + offset(moment, self.zone)

    def day(self, moment: datetime | None) -> str:
        """The day of a time alone."""
        return self.unknown if moment is None else clock(moment, self.zone, self.year)[:-6]

    def coming(self, moment: datetime | None, probability: float) -> str:
        """When it comes; where there is no time, whether that is unknown, or none or too few arrive."""
        if moment is not None:
            return self.when(moment)
        if math.isnan(probability):
            return self.unknown
        if probability > 0:
            return self.say("到达成员过少", "too few members arrive")
        return self.say("无成员到达", "no member arrives")

    def band(self, low: datetime | None, high: datetime | None) -> str:
        """A range of time."""
        if low is None or high is None:
            return self.say("无", "none")
        return f"{clock(low, self.zone, self.year)} – {self.when(high)}"

    def share(self, value: float) -> str:
        """A probability as lists write it."""
        return decimal(value, 2) or self.unknown


def city_name(region: Region, code: str) -> Text:
    """What a city is called; its code, where the region does not have it."""
    try:
        city = region.city(code)
    except NotFoundError:
        return Text(code, code)
    return Text(city.name_zh, city.name_en)
