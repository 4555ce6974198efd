"""Plants that halt: a row for each, grouped by city, with when it halts and when it may run again.

A row has the 90 % band of the halt, its median as a tick, and from there on a hatched bar for as long as the
plant stands still by the median; a bar with an open end had not ended when the forecast ends. The numbers
stand at the end of the row. Plants that hardly ever halt are named below the chart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape

from riskshed.exchange import pathway_words
from riskshed.exchange.arrivals import UNLIKELY
from riskshed.exchange.footprint_seen import FootprintSeen, Seen
from riskshed.exchange.picture_parts import INK, REACH, Picture, Teller, city_name, key, notes, table
from riskshed.exchange.timeline import TimeAxis
from riskshed.exchange.wording import Text, span
from riskshed.region import Region

TITLE = Text("工厂停产图", "Plants and their halts")
HEIGHT, ROWS_MAX, TICKS = 56, 60, 6


def halts(seen: FootprintSeen, region: Region, zone: tzinfo) -> Picture:
    """The picture of a footprint of `supply`: its rows are plants, or cities where they were folded."""
    return Picture("halts", TITLE, False, "", _Drawn(seen, region, zone).figure)


@dataclass(frozen=True)
class _Drawn:
    """One chart; `figure` says it in a language."""

    seen: FootprintSeen
    region: Region
    zone: tzinfo

    def figure(self, language: str, name: str) -> str:
        say = Teller(language, self.zone, self.seen.issued.astimezone(self.zone).year)
        rows, groups = self._rows(), []
        axis = self._axis(rows)
        for city in dict.fromkeys(one.city for one in rows):
            own = "".join(self._line(one, axis, say, f"{name}-hatch") for one in rows if one.city == city)
            groups.append(
                f'<h3>{escape(city_name(self.region, city).said(language))}</h3><ol class="bands">{own}</ol>'
            )
        told = notes([self._on_scale(say), *self._left_out(rows, say)])
        if not rows:
            nothing = say.say(
                "没有工厂停产概率达到 0.1。", "No plant halts with a probability of 0.1 or more."
            )
            groups.append(f"<p>{nothing}</p>")
        head = self._head(axis) if rows else ""
        return (
            f'<figure class="picture halts" lang="{language}">'
            f"{_hatch(f'{name}-hatch')}{head}{''.join(groups)}"
            f"<figcaption>{self._key(say, f'{name}-hatch')}{told}</figcaption>{self._table(say)}</figure>"
        )

    def _rows(self) -> list[Seen]:
        """Those that are likely enough to have a time, the earliest city first, in it the earliest plant."""
        likely = [
            one for one in self.seen.places if one.probability >= UNLIKELY and one.arrival_s is not None
        ]
        likely.sort(key=lambda one: (_median(one), one.id))
        cities = list(dict.fromkeys(one.city for one in likely))
        return sorted(likely[:ROWS_MAX], key=lambda one: (cities.index(one.city), _median(one), one.id))

    def _axis(self, rows: Sequence[Seen]) -> TimeAxis:
        held: list[datetime] = [self.seen.origin, self.seen.origin + timedelta(hours=6)]
        for one in rows:
            assert one.arrival_s is not None, "a row has times"
            ends = [one.arrival_s[2], one.arrival_s[1] + self._length_s(one)]
            held += [moment for moment in (self.seen.moment(end) for end in ends) if moment is not None]
        return TimeAxis.around(held, self.zone)

    def _length_s(self, place: Seen) -> float:
        """How long it stands still by the median, cut at the end of the forecast."""
        lasts = math.inf if place.duration_s is None else place.duration_s[1]
        left = (self.seen.horizon_s or math.inf) - _median(place)
        shown = min(lasts, left)
        return max(shown, 0.0) if math.isfinite(shown) else 0.0

    def _head(self, axis: TimeAxis) -> str:
        words = "".join(
            f'<text x="{tick.share:.2%}" y="44" text-anchor="middle"{_optional(at)}>{tick.text}</text>'
            for at, tick in enumerate(axis.ticks(TICKS))
        )
        drawn = f'<svg class="band" height="{HEIGHT}">{words}</svg>'
        return f'<div class="axis" aria-hidden="true"><span></span>{drawn}<span></span></div>'

    def _line(self, place: Seen, axis: TimeAxis, say: Teller, hatch: str) -> str:
        assert place.arrival_s is not None, "a row has times"
        low, median, high = (
            min(max(axis.share(self.seen.moment(one) or axis.end), 0.0), 1.0) for one in place.arrival_s
        )
        ends = axis.share(self.seen.moment(place.arrival_s[1] + self._length_s(place)) or axis.end)
        grid = "".join(
            f'<line class="grid" x1="{tick.share:.2%}" x2="{tick.share:.2%}" y1="0" y2="{HEIGHT}"/>'
            for tick in axis.ticks(TICKS)
        )
        edge = "" if self._is_endless(place) else f' stroke="{INK}" stroke-width="1.5"'
        drawn = (
            f'<rect x="{median:.2%}" width="{max(ends - median, 0.0):.2%}" y="30" height="14" '
            f'fill="url(#{hatch})"{edge}/>'
            f'<rect x="{low:.2%}" width="{max(high - low, 0.004):.2%}" y="12" height="12" fill="{REACH[1]}"/>'
            f'<line x1="{median:.2%}" x2="{median:.2%}" y1="6" y2="46" stroke="{INK}" stroke-width="3"/>'
        )
        name = escape(place.name.said(say.language))
        return (
            f'<li><h4>{name}</h4><svg class="band" height="{HEIGHT}" aria-hidden="true">{grid}{drawn}</svg>'
            f'<p class="when">{escape(say.when(self.seen.moment(_median(place))))}'
            f"<small>{escape(self._lasts(place, say))} · {say.say('概率', 'prob.')} "
            f"{say.share(place.probability)}</small></p></li>"
        )

    def _is_endless(self, place: Seen) -> bool:
        return place.duration_s is None or math.isinf(place.duration_s[1])

    def _lasts(self, place: Seen, say: Teller) -> str:
        if place.duration_s is None:
            return say.unknown
        if math.isinf(place.duration_s[1]):
            return say.say("预测期内未复产", "not running again within the forecast")
        return say.say("停 ", "halted ") + span(place.duration_s[1]).said(say.language)

    # ------------------------------------------------------------------------------------------------- words

    def _on_scale(self, say: Teller) -> str:
        zone = say.when(self.seen.origin)
        return say.say(f"时间自 {zone} 起。", f"Times begin at {zone}.")

    def _left_out(self, rows: Sequence[Seen], say: Teller) -> list[str]:
        there = {one.id for one in rows}
        rest = [one for one in self.seen.places if one.id not in there]
        if not rest:
            return []
        names = say.say("、", ", ").join(one.name.said(say.language) for one in rest[:12])
        more = len(rest) - 12
        names += say.say(f"等 {len(rest)} 家", f" and {more} more") if more > 0 else ""
        return [
            say.say(
                f"未画出（停产概率低于 0.1，或排在 {ROWS_MAX} 家之后）：{names}。",
                f"Not drawn (probability below 0.1, or after the first {ROWS_MAX}): {names}.",
            )
        ]

    def _key(self, say: Teller, hatch: str) -> str:
        return key(
            [
                (
                    f'<rect y="2" width="24" height="10" fill="{REACH[1]}"/>',
                    say.say("停产时刻的 90% 区间", "90% band of when it halts"),
                ),
                (f'<path d="M12 0v14" stroke="{INK}" stroke-width="3"/>', say.say("中位数", "median")),
                (
                    f'<rect y="1" width="24" height="12" fill="url(#{hatch})" stroke="{INK}"/>',
                    say.say("停产（中位历时）", "standing still (median length)"),
                ),
                (
                    f'<rect y="1" width="24" height="12" fill="url(#{hatch})"/>',
                    say.say("无边框：预测期内未复产", "no outline: not running again within the forecast"),
                ),
            ]
        )

    def _table(self, say: Teller) -> str:
        heads = [
            say.say("工厂", "Plant"),
            say.say("城市", "City"),
            say.say("停产概率", "Probability"),
            say.say("停产（中位数）", "Halt (median)"),
            say.say("90% 区间", "90% band"),
            say.say("历时（中位数，90% 区间）", "Length (median, 90% band)"),
            say.say("产量损失峰值", "Peak of output lost"),
        ]
        order = {one.id: at for at, one in enumerate(self._rows())}
        listed = sorted(
            self.seen.places, key=lambda one: (order.get(one.id, len(order)), -one.chance, one.id)
        )
        summary = say.say(f"逐厂列表（{len(listed)}）", f"List of plants ({len(listed)})")
        caption = say.say("给定停产时的时间与历时。", "Times and lengths are given that it halts.")
        return table(caption, heads, [self._row(one, say) for one in listed], summary=summary)

    def _row(self, place: Seen, say: Teller) -> list[str]:
        words = pathway_words.of(self.seen.pathway)
        moments = [self.seen.moment(one) for one in place.arrival_s or ()] or [None] * 3
        lengths = [self._span(one, say) for one in place.duration_s or (math.nan,) * 3]
        peak = None if math.isnan(place.probability) else words.number(place.peak[1])
        return [
            place.name.said(say.language),
            city_name(self.region, place.city).said(say.language),
            say.share(place.probability),
            say.coming(moments[1], place.probability),
            say.band(moments[0], moments[2]),
            f"{lengths[1]} ({lengths[0]} – {lengths[2]})" if place.duration_s else say.say("无", "none"),
            say.unknown if peak is None else pathway_words.with_unit(peak, self.seen.unit, say.language),
        ]

    def _span(self, seconds: float, say: Teller) -> str:
        if math.isinf(seconds):
            return say.say("未复产", "not ended")
        return span(seconds).said(say.language) if math.isfinite(seconds) else say.unknown


def _median(place: Seen) -> float:
    return math.inf if place.arrival_s is None else place.arrival_s[1]


def _optional(at: int) -> str:
    return ' class="opt"' if at % 2 else ""


def _hatch(name: str) -> str:
    return (
        '<svg class="unseen sprite" aria-hidden="true" focusable="false" width="0" height="0">'
        f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="8" height="8" fill="{REACH[2]}"/>'
        f'<path d="M0 0V8" stroke="{REACH[0]}" stroke-width="5"/></pattern></svg>'
    )
