"""A disease as it travels: cities, the travel that brings it, when it comes and how surely.

Each city is a glass, full to the probability that it is reached. Its shade is its place in time, a third of
the reached cities each. The line to it is the strongest travel from a city that is reached before it: the
way on which it most likely comes, drawn from there. Travel is that of the region at the time of issue.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any

import numpy as np

from riskshed.exchange import pathway_words, picture_ground
from riskshed.exchange.arrivals import UNLIKELY
from riskshed.exchange.atlas import Points
from riskshed.exchange.footprint_seen import FootprintSeen, Seen
from riskshed.exchange.picture_ground import Mark, PictureGround
from riskshed.exchange.picture_parts import (
    GROUND_ID,
    INK,
    PAPER,
    QUIET,
    REACH,
    Picture,
    Teller,
    glass,
    key,
    notes,
    ring,
    svg,
    table,
)
from riskshed.exchange.wording import Text, number, stated
from riskshed.region import Region

ARROWS_MAX = 60
TITLE = Text("传播网络与到达", "Network of arrivals")


@dataclass(frozen=True, slots=True)
class Way:
    """The strongest travel into a city, from one that is reached before it."""

    start: str
    end: str
    people_per_day: float


def network(
    seen: FootprintSeen, region: Region, ground: PictureGround, zone: tzinfo, more: Mapping[str, Any]
) -> Picture:
    """The picture of a footprint of `contagion`.

    Parameters
    ----------
    more : mapping
        ``effective_distance``: city to effective distance from the source, None where no travel leads.
    """
    reached = _in_order(seen)
    ways = _ways(seen, region, reached)
    distances: Mapping[str, float | None] = more.get("effective_distance", {})
    drawn = _Drawn(seen, ground, reached, ways, distances, zone)
    return Picture("network", TITLE, True, ground.markup, drawn.figure)


def _in_order(seen: FootprintSeen) -> tuple[Seen, ...]:
    """The places that are likely enough to have a time: those of the hazard first, then by median."""
    likely = [one for one in seen.places if one.probability >= UNLIKELY and one.arrival_s is not None]
    return tuple(sorted(likely, key=lambda one: (one.city not in seen.hazard_cities, _median(one), one.id)))


def _median(place: Seen) -> float:
    return math.inf if place.arrival_s is None else place.arrival_s[1]


def _ways(seen: FootprintSeen, region: Region, reached: Sequence[Seen]) -> dict[str, Way]:
    """For each reached city but the first ones, by its code."""
    flow: dict[tuple[str, str], float] = {}
    early = seen.issued.replace(year=1)
    for link in sorted(region.travel, key=lambda one: one.since or early):
        if link.since is None or link.since <= seen.issued:
            flow[link.from_city, link.to_city] = link.people_per_day
    found = {}
    for at, place in enumerate(reached):
        if place.city in seen.hazard_cities:
            continue
        before = [(flow.get((one.city, place.city), 0.0), one.city) for one in reached[:at]]
        most, start = max(before, default=(0.0, ""))
        if most > 0:
            found[place.city] = Way(start, place.city, most)
    return found


@dataclass(frozen=True)
class _Drawn:
    """One picture; `figure` says it in a language."""

    seen: FootprintSeen
    ground: PictureGround
    reached: tuple[Seen, ...]
    ways: Mapping[str, Way]
    distances: Mapping[str, float | None]
    zone: tzinfo

    def figure(self, language: str, name: str) -> str:
        say = Teller(language, self.zone, self.seen.issued.astimezone(self.zone).year)
        body = (
            picture_ground.frame(self.ground)
            + f'<use href="#{GROUND_ID}"/>'
            + "".join(self._line(way) for way in self.ways.values())
            + picture_ground.marks(self.ground, self._marks(say), self._courses())
            + picture_ground.scale(self.ground)
        )
        drawing = svg(
            self.ground.width, self.ground.height, body, name=name, language=language,
            title=TITLE.said(language), about=self._about(say),
        )  # fmt: skip
        told = [note.said(language) for note in self.ground.notes]
        return (
            f'<figure class="picture" lang="{language}">{drawing}<figcaption>{self._key(say)}{notes(told)}'
            f"</figcaption>{self._table(say)}</figure>"
        )

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {one.city: one.id for one in self.seen.places}

    @cached_property
    def _rank(self) -> dict[str, int]:
        return {one.id: at for at, one in enumerate(self.reached)}

    @cached_property
    def _is_dense(self) -> bool:
        """So many lines that arrows on them would hide the cities; the table says from where to where."""
        return len(self.ways) > ARROWS_MAX

    @cached_property
    def _most(self) -> float:
        return max((one.people_per_day for one in self.ways.values()), default=0.0)

    @cached_property
    def _names(self) -> dict[str, Text]:
        return {one.city: one.name for one in self.seen.places}

    def _shade(self, place: Seen) -> int:
        """Which third of the reached cities it belongs to, in time."""
        at = self._rank.get(place.id)
        return 2 if at is None else min(3 * at // max(len(self.reached), 1), 2)

    def _marks(self, say: Teller) -> list[Mark]:
        there = {one.id for one in self.reached}
        rest = [one for one in self.seen.places if one.id not in there]
        marks = [
            Mark(
                id=one.id,
                share=one.chance,
                colour=REACH[self._shade(one)],
                is_source=one.city in self.seen.hazard_cities,
                name=one.name.said(say.language),
                sub=self._sub(one, say),
            )
            for one in self.reached
        ]
        return marks + [
            Mark(one.id, one.chance, REACH[2], one.city in self.seen.hazard_cities, "", "") for one in rest
        ]

    def _sub(self, place: Seen, say: Teller) -> str:
        if place.city in self.seen.hazard_cities:
            return say.say("发生地", "source")
        return f"{say.day(self.seen.moment(_median(place)))} · {say.share(place.probability)}"

    def _courses(self) -> list[Points]:
        spots = self.ground.spots
        ids = self._ids
        return [
            np.array([spots[ids[way.start]], spots[ids[way.end]]])
            for way in self.ways.values()
            if ids[way.start] in spots and ids[way.end] in spots
        ]

    def _line(self, way: Way) -> str:
        """From city to city, with an arrow in the middle; the wider, the more people go there each day."""
        start, end = (self.ground.spots.get(self._ids[code]) for code in (way.start, way.end))
        if start is None or end is None:
            return ""
        (x, y), (u, v) = start, end
        widest = 3.0 if self._is_dense else 6.0
        width = 1.5 + widest * math.sqrt(way.people_per_day / self._most)
        turn = math.degrees(math.atan2(v - y, u - x))
        length = math.hypot(u - x, v - y)
        head = (
            f'<path d="M15 0L-12 11V-11z" fill="{INK}" stroke="{PAPER}" stroke-width="1.5" '
            f'transform="translate({(x + u) / 2:.1f} {(y + v) / 2:.1f}) rotate({turn:.0f})"/>'
        )
        return (
            f'<path d="M{x:.1f} {y:.1f}L{u:.1f} {v:.1f}" stroke="{QUIET}" stroke-width="{width:.1f}" '
            f'stroke-linecap="round" fill="none"/>' + (head if length > 80 and not self._is_dense else "")
        )

    def _thirds(self) -> list[tuple[int, Seen, Seen]]:
        """Of each shade that is there: its number, the first and the last place."""
        found: dict[int, list[Seen]] = {}
        for one in self.reached:
            found.setdefault(self._shade(one), []).append(one)
        return [(shade, places[0], places[-1]) for shade, places in sorted(found.items())]

    def _key(self, say: Teller) -> str:
        rows = [(ring(12, 7, 5.0), say.say("发生地", "where it begins"))]
        for shade, first, last in self._thirds():
            days = [say.day(self.seen.moment(_median(one))) for one in (first, last)]
            told = days[0] if days[0] == days[1] else f"{days[0]} – {days[1]}"
            mark = f'<rect width="24" height="14" fill="{REACH[shade]}" stroke="{INK}"/>'
            rows.append((mark, say.say(f"到达中位数 {told}", f"median of arrival {told}")))
        rows.append((glass(12, 7, 5.5, 0.5, REACH[1]), say.say("圈内高度：到达概率", "level: probability")))
        line = f'<path d="M0 7h24" stroke="{QUIET}" stroke-width="4"/>'
        rows.append(
            (line, say.say("自较早到达城市的最强出行", "strongest travel from a city reached before it"))
        )
        return key(rows)

    def _about(self, say: Teller) -> str:
        first = "、".join if say.language == "zh" else ", ".join
        listed = first(f"{one.name.said(say.language)} {self._sub(one, say)}" for one in self.reached[:12])
        count, all_ = len(self.reached), len(self.seen.places)
        return say.say(
            f"{all_} 个城市中 {count} 个到达概率不低于 0.1，按到达先后：{listed}。全部见下表。",
            f"{count} of {all_} cities have a probability of 0.1 or more; in order of arrival: {listed}. "
            "The table below has all of them.",
        )

    def _table(self, say: Teller) -> str:
        heads = [
            say.say("城市", "City"),
            say.say("次序", "Order"),
            say.say("概率", "Probability"),
            say.say("到达（中位数）", "Arrival (median)"),
            say.say("90% 区间", "90% band"),
            say.say("峰值（中位数）", "Peak (median)"),
            say.say("最强出行", "Strongest travel"),
        ]
        if self.distances:
            heads.append(say.say("有效距离", "Effective distance"))
        order = {one.id: at for at, one in enumerate(self.reached, start=1)}
        listed = [*self.reached, *sorted(
            (one for one in self.seen.places if one.id not in order), key=lambda one: -one.chance
        )]  # fmt: skip
        rows = [self._row(one, order.get(one.id), say) for one in listed]
        caption = say.say("按到达先后。", "In order of arrival.")
        if self.distances:
            caption += say.say(
                "有效距离只由出行得出，括号内为按它的次序，不经模拟。",
                " The effective distance follows from travel alone, without simulation; in brackets: order.",
            )
        summary = say.say(f"按到达先后的列表（{len(rows)}）", f"List in order of arrival ({len(rows)})")
        return table(caption, heads, rows, summary=summary)

    def _row(self, place: Seen, order: int | None, say: Teller) -> list[str]:
        words = pathway_words.of(self.seen.pathway)
        low, median, high = place.arrival_s or (math.nan,) * 3
        moments = [None if math.isnan(one) else self.seen.moment(one) for one in (low, median, high)]
        peak = words.number(place.peak[1])
        way = self.ways.get(place.city)
        cells = [
            place.name.said(say.language),
            say.say("概率低于 0.1", "probability below 0.1") if order is None else str(order),
            say.share(place.probability),
            say.coming(moments[1], place.probability),
            say.band(moments[0], moments[2]),
            say.unknown if peak is None else pathway_words.with_unit(peak, self.seen.unit, say.language),
            self._from(way, say) if way else say.say("无", "none"),
        ]
        return [*cells, self._distance(place.city, say)] if self.distances else cells

    def _from(self, way: Way, say: Teller) -> str:
        name = self._names[way.start]
        people = stated(float(round(way.people_per_day)))
        return say.say(f"自{name.zh}，{people} 人/日", f"from {name.en}, {people} people a day")

    def _distance(self, city: str, say: Teller) -> str:
        if city not in self.distances:
            return say.unknown
        value = self.distances[city]
        if value is None:
            return say.say("无出行可达", "no travel leads there")
        order = 1 + sum(other is not None and other < value for other in self.distances.values())
        return f"{number(value, 3)} ({order})"
