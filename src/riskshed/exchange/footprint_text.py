"""The summary of a footprint as a plain table for a terminal, a log or a letter, in English or Chinese.

The band and the probability always stand beside the median; what is not known says so in words; every time
shows its offset; below the table stand the source, when it was issued, and where it must not be trusted.
Columns are aligned by the width that a terminal gives each character, two cells for a Chinese one.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta, tzinfo

import numpy as np
from rich.cells import cell_len

from riskshed.errors import DomainError
from riskshed.footprint import PEOPLE_LOWER_BOUND, Footprint

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "place": "place",
        "probability": "reached",
        "probability_within": "reached within {days} d",
        "median": "median{offset}",
        "band": "5 % .. 95 %{offset}",
        "peak": "peak, {unit} (5 % .. 95 %)",
        "people": "people exposed",
        "too_few": "too few members ({count} of {members})",
        "never": "never",
        "not_within_horizon": "not within {days} d",
        "beyond": "beyond the calendar",
        "unknown": "unknown",
        "at_least": "at least {people} (lower bound)",
        "title": "{pathway}: {quantity}, arrival at {threshold} {unit} or more",
        "situation": "Situation {number}: {text}",
        "situation_none": "Situation: {text}",
        "total": "People exposed in all, median of members: {people}",
        "source": "Source: {source}",
        "made": "Made by: {model} {version}, {members} members, seed {seed}, region {digest}",
        "issued": "Issued {issued}, knowing readings up to {known_at}",
        "caveat": "Caution ({places}): {text}",
        "everywhere": "all places",
        "and": ", ",
    },
    "zh": {
        "place": "地点",
        "probability": "到达概率",
        "probability_within": "{days} 天内到达概率",
        "median": "中位到达时间{offset}",
        "band": "5%~95%{offset}",
        "peak": "峰值，{unit}（5%~95%）",
        "people": "受影响人口",
        "too_few": "到达成员过少（{count}/{members}）",
        "never": "不会到达",
        "not_within_horizon": "{days} 天内不会到达",
        "beyond": "超出历法范围",
        "unknown": "未知",
        "at_least": "至少 {people}（下限）",
        "title": "{pathway}：{quantity}，达到 {threshold} {unit} 即为到达",
        "situation": "情形{number}：{text}",
        "situation_none": "情形：{text}",
        "total": "受影响人口合计（成员中位数）：{people}",
        "source": "来源：{source}",
        "made": "模型：{model} {version}，{members} 个成员，种子 {seed}，区域 {digest}",
        "issued": "发布时间 {issued}，所用读数截至 {known_at}",
        "caveat": "注意（{places}）：{text}",
        "everywhere": "全部地点",
        "and": "、",
    },
}

BAND = (0.05, 0.5, 0.95)
"""The quantiles of a row: the ends of the band, with the median between them."""


def to_text(footprint: Footprint, lang: str = "en", zone: tzinfo | None = None, *, bound: float = 0.1) -> str:
    """The footprint as a table with its source and caveats, ending in a line break.

    Parameters
    ----------
    footprint : Footprint
    lang : {"en", "zh"}
    zone : tzinfo, optional
        In which times are written; without it, that of the footprint's origin.
    bound : float
        A city counts as exposed from this probability on (:meth:`Footprint.situation`).

    Raises
    ------
    DomainError
        ``text.language``: another language.
    """
    if lang not in WORDS:
        raise DomainError("text.language", f"lang is {lang!r}, want one of {', '.join(WORDS)}")
    speaker = _Speaker(footprint, lang, zone or footprint.origin.tzinfo)
    lines = [speaker.title(), *speaker.table(), "", *speaker.below(bound)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def aligned(rows: list[list[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Rows of cells as lines, padded to the terminal's width of each character.

    Parameters
    ----------
    rows : list of list of str
        Of equal length.
    right : frozenset of int
        Columns that are set flush right.

    Examples
    --------
    >>> print("\\n".join(aligned([["哈尔滨", "1"], ["Jilin", "10"]], frozenset({1}))))
    哈尔滨   1
    Jilin   10
    """
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        gaps = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [g + c if i in right else c + g for i, (c, g) in enumerate(zip(row, gaps, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return lines


class _Speaker:
    """One footprint in one language and zone."""

    def __init__(self, footprint: Footprint, lang: str, zone: tzinfo | None) -> None:
        self.footprint = footprint
        self.lang = lang
        self.zone = zone
        # Once for all rows, for each of them sorts all members.
        self.arrival_s = [footprint.arrival_quantile_s(q) for q in BAND]
        self.peak = [footprint.peak_quantile(q) for q in BAND]
        self.exposed = footprint.exposed_quantile(0.5)
        self.probability, self.arrivals = footprint.probability(), footprint.arrivals()
        self.outcomes = footprint.outcomes()
        moments = [self.moment(s) for values in self.arrival_s for s in values]
        offsets = {_offset(moment) for moment in moments if moment is not None}
        # One offset stands in the head of the column; where the clocks change between, each time has its own.
        self.offset = offsets.pop() if len(offsets) == 1 else None

    def say(self, word: str, **values: object) -> str:
        return WORDS[self.lang][word].format(**values)

    def name(self, row: int) -> str:
        place = self.footprint.places[row]
        return (place.name_zh if self.lang == "zh" else place.name_en) or place.id

    def moment(self, seconds: float) -> datetime | None:
        moment = self.footprint.moment(seconds)
        # To the nearest minute: a forecast of days is not truer for its seconds.
        return None if moment is None else (moment + timedelta(seconds=30)).astimezone(self.zone)

    def title(self) -> str:
        f = self.footprint
        threshold = _figures(f.threshold)
        return self.say("title", pathway=f.pathway, quantity=f.quantity, threshold=threshold, unit=f.unit)

    def table(self) -> list[str]:
        offset = f" ({self.offset})" if self.offset else ""
        within = "probability" if self.footprint.horizon_s is None else "probability_within"
        head = [
            self.say("place"),
            self.say(within, days=self.days()),
            self.say("median", offset=offset),
            self.say("band", offset=offset),
            self.say("peak", unit=self.footprint.unit),
            self.say("people"),
        ]
        rows = [self.row(row) for row in range(len(self.footprint.places))]
        return aligned([head, ["-" * cell_len(cell) for cell in head], *rows], frozenset({1, 5}))

    def row(self, row: int) -> list[str]:
        low, median, high = (values[row] for values in self.peak)
        peak = f"{_figures(median)} ({_figures(low)} .. {_figures(high)})"
        is_unknown = self.outcomes[row] == "unknown"
        share = self.say("unknown") if is_unknown else percent(float(self.probability[row]))
        return [self.name(row), share, *self.arrival(row), peak, self.people_at(row)]

    def arrival(self, row: int) -> tuple[str, str]:
        outcome, members = self.outcomes[row], self.footprint.members
        if outcome != "given":
            return self.say(outcome, count=self.arrivals[row], members=members, days=self.days()), ""
        low, median, high = (self.clock(self.moment(values[row])) for values in self.arrival_s)
        return median, f"{low} .. {high}"

    def clock(self, moment: datetime | None) -> str:
        if moment is None:
            return self.say("beyond")
        return f"{moment:%Y-%m-%d %H:%M}" + ("" if self.offset else f" {_offset(moment)}")

    def days(self) -> str:
        return _figures((self.footprint.horizon_s or 0) / 86_400)

    def people_at(self, row: int) -> str:
        id_ = self.footprint.places[row].id
        partial = [c for c in self.footprint.caveats if c.code == PEOPLE_LOWER_BOUND]
        lower_bound = any(not c.places or id_ in c.places for c in partial)
        return self.people(float(self.exposed[row]), lower_bound)

    def people(self, people: float, lower_bound: bool) -> str:
        if math.isnan(people):
            return self.say("unknown")
        return self.say("at_least", people=f"{people:,.0f}") if lower_bound else f"{people:,.0f}"

    def below(self, bound: float) -> list[str]:
        f = self.footprint
        lines = [self.situation(bound), self.say("total", people=self.people(*f.exposed_total(0.5)))]
        if f.source_text:
            lines.append(self.say("source", source=f.source_text))
        digest = f.region_digest[:12] or self.say("unknown")
        words = {"model": f.model, "version": f.version, "members": f.members, "seed": f.seed}
        lines.append(self.say("made", digest=digest, **words))
        issued, known_at = (_stamp(time.astimezone(self.zone)) for time in (f.issued, f.known_at))
        lines.append(self.say("issued", issued=issued, known_at=known_at))
        return lines + self.caveats()

    def situation(self, bound: float) -> str:
        situation = self.footprint.situation(bound)
        text = situation.text_zh if self.lang == "zh" else situation.text_en
        word = "situation" if situation.number else "situation_none"
        return self.say(word, number=situation.number, text=text)

    def caveats(self) -> list[str]:
        rows = {place.id: row for row, place in enumerate(self.footprint.places)}
        lines = []
        for caveat in self.footprint.caveats:
            named = self.say("and").join(self.name(rows[place]) for place in caveat.places)
            text = caveat.text_zh if self.lang == "zh" else caveat.text_en
            lines.append(self.say("caveat", places=named or self.say("everywhere"), text=text))
        return lines


def percent(share: float) -> str:
    """A share in whole percent that is 0 or 100 only where it is so exactly.

    Examples
    --------
    >>> [percent(share) for share in (0.0, 0.001, 0.505, 0.999, 1.0)]
    ['0 %', '<1 %', '51 %', '>99 %', '100 %']
    """
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{math.floor(share * 100 + 0.5)} %"


def _figures(value: float) -> str:
    """Three figures, never in powers of ten."""
    if value >= 1000:
        return f"{value:,.0f}"
    return np.format_float_positional(value, precision=3, fractional=False, trim="-")


def _offset(moment: datetime) -> str:
    """``+08:00``, as the time itself writes it."""
    return moment.isoformat()[len(moment.replace(tzinfo=None).isoformat()) :]


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} {_offset(moment)}"
