"""A plume: how likely each city exceeds the threshold, where the plume goes, and lines of equal probability.

Each city is a glass, full to the probability that it exceeds the threshold. The axis runs from the source in
the mean direction of the cities, weighted by their probability, and is left out where they lie all around.
Lines of 0.1, 0.5 and 0.9 are drawn straight between cities (`exceedance`), where there are enough of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property

import shapely
from shapely.geometry.base import BaseGeometry

from riskshed.exchange import exceedance, pathway_words, picture_ground
from riskshed.exchange.arrivals import UNLIKELY
from riskshed.exchange.atlas import EARTH_RADIUS_KM, path_of
from riskshed.exchange.footprint_seen import FootprintSeen, Seen
from riskshed.exchange.lettering import Box
from riskshed.exchange.picture_ground import Mark, PictureGround
from riskshed.exchange.picture_parts import (
    GROUND_ID,
    INK,
    REACH,
    Picture,
    Teller,
    glass,
    key,
    notes,
    ring,
    svg,
    table,
    text,
)
from riskshed.exchange.wording import Text, number, span
from riskshed.region import Region

TITLE = Text("烟羽与超限概率", "Plume and exceedance")
LEVELS = ((0.1, "3 7", 0.10), (0.5, "14 7", 0.14), (0.9, "", 0.18))
"""Probability, dashes and shade of each line."""
ONE_WAY = 0.35
"""Length of the weighted mean of unit vectors from which on the cities lie in one direction."""
WINDS = (
    Text("北", "N"), Text("东北", "NE"), Text("东", "E"), Text("东南", "SE"),
    Text("南", "S"), Text("西南", "SW"), Text("西", "W"), Text("西北", "NW"),
)  # fmt: skip


def plume(seen: FootprintSeen, region: Region, ground: PictureGround, zone: tzinfo) -> Picture:
    """The picture of a footprint of `plume`."""
    drawn = _Drawn(seen, ground, _source(seen, region), zone)
    return Picture("plume", TITLE, True, ground.markup, drawn.figure)


def _source(seen: FootprintSeen, region: Region) -> tuple[str, float, float] | None:
    """Id and degrees of the first city of the hazard that has a point."""
    named = {one.city: (one.id, one.lat, one.lon) for one in reversed(seen.places)}
    named = {one.code: (one.code, one.lat, one.lon) for one in region.cities} | named
    for code in seen.hazard_cities:
        id_, lat, lon = named.get(code, (code, None, None))
        if lat is not None and lon is not None:
            return id_, lat, lon
    return None


def away(lat: float, lon: float, to_lat: float, to_lon: float) -> tuple[float, float]:
    """Distance in km and initial bearing in degrees (0 is north, 90 east), on a sphere.

    Examples
    --------
    >>> [round(one) for one in away(30.0, 120.0, 31.0, 120.0)]
    [111, 0]
    """
    a, b, turn = math.radians(lat), math.radians(to_lat), math.radians(to_lon - lon)
    chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    east = math.sin(turn) * math.cos(b)
    north = math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(turn)
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(chord, 1.0))), math.degrees(
        math.atan2(east, north)
    ) % 360.0


@dataclass(frozen=True)
class _Drawn:
    """One picture; `figure` says it in a language."""

    seen: FootprintSeen
    ground: PictureGround
    source: tuple[str, float, float] | None
    zone: tzinfo

    def figure(self, language: str, name: str) -> str:
        say = Teller(language, self.zone, self.seen.issued.astimezone(self.zone).year)
        axis = self._axis()
        lines, words = self._lines()
        body = (
            picture_ground.frame(self.ground)
            + f'<use href="#{GROUND_ID}"/>'
            + lines
            + (self._arrow(axis) if axis else "")
            + picture_ground.marks(self.ground, self._marks(say), words=words)
            + picture_ground.scale(self.ground)
        )
        drawing = svg(
            self.ground.width, self.ground.height, body, name=name, language=language,
            title=TITLE.said(language), about=self._about(say, axis),
        )  # fmt: skip
        told = [self._on_lines(say), self._on_axis(say, axis)]
        told += [note.said(language) for note in self.ground.notes]
        return (
            f'<figure class="picture" lang="{language}">{drawing}<figcaption>{self._key(say)}{notes(told)}'
            f"</figcaption>{self._table(say)}</figure>"
        )

    # ------------------------------------------------------------------------------------------ what is drawn

    def _points(self) -> tuple[list[tuple[float, float]], list[float]]:
        placed = [one for one in self.seen.places if one.id in self.ground.spots]
        return [self.ground.spots[one.id] for one in placed], [one.chance for one in placed]

    @cached_property
    def _areas(self) -> list[tuple[float, str, float, BaseGeometry]]:
        """Level, dashes, shade and area of each line that is drawn."""
        points, values = self._points()
        found = [(*one, exceedance.above(points, values, one[0])) for one in LEVELS]
        return [one for one in found if not one[3].is_empty]

    def _lines(self) -> tuple[str, list[Box]]:
        """The lines with their words, and the boxes in which the words stand."""
        drawn, words, boxes = [], [], []
        for level, dashes, shade, area in self._areas:
            dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
            drawn.append(
                f'<path d="{path_of(area, self.ground.atlas.view)}" fill="{REACH[1]}" fill-opacity="{shade}" '
                f'stroke="{REACH[0]}" stroke-width="4" stroke-linejoin="round"{dashed}/>'
            )
            x, y = self._free(shapely.get_coordinates(area).tolist())
            words.append(text(x + 8, y - 6, f"{level}", 28, bold=True))
            boxes.append((x, y - 34, x + 62, y))
        return "".join(drawn + words), boxes

    def _free(self, corners: list[list[float]]) -> tuple[float, float]:
        """The corner of a line that is furthest from all cities, and so has room for a word."""
        spots = list(self.ground.spots.values())

        def room(corner: list[float]) -> float:
            return min(math.dist(corner, spot) for spot in spots)

        x, y = max(corners, key=room)
        return x, y

    def _marks(self, say: Teller) -> list[Mark]:
        listed = sorted(self.seen.places, key=lambda one: (not self._is_source(one), -one.chance))
        marks = [
            Mark(
                id=one.id,
                share=one.chance,
                colour=REACH[0],
                is_source=self._is_source(one),
                name=one.name.said(say.language),
                sub=self._sub(one, say),
            )
            for one in listed
        ]
        if self.source is not None and self.source[0] not in {mark.id for mark in marks}:
            marks.insert(0, Mark(self.source[0], 0.0, REACH[0], True, say.say("源", "source"), ""))
        return marks

    def _is_source(self, place: Seen) -> bool:
        return place.city in self.seen.hazard_cities

    def _sub(self, place: Seen, say: Teller) -> str:
        if place.arrival_s is None or place.chance < UNLIKELY:
            return say.share(place.probability)
        after = (self.seen.moment(place.arrival_s[1]) or self.seen.issued) - self.seen.origin
        return f"{say.share(place.probability)} · {span(after.total_seconds()).said(say.language)}"

    def _axis(self) -> tuple[float, float] | None:
        """Length in km and bearing of the axis; None where there is no one direction."""
        if self.source is None:
            return None
        _, lat, lon = self.source
        east = north = weight = reach = 0.0
        for one in self.seen.places:
            if self._is_source(one) or one.lat is None or one.lon is None or one.chance < UNLIKELY:
                continue
            length, bearing = away(lat, lon, one.lat, one.lon)
            east += one.chance * math.sin(math.radians(bearing))
            north += one.chance * math.cos(math.radians(bearing))
            weight, reach = weight + one.chance, max(reach, length)
        if weight == 0 or math.hypot(east, north) / weight < ONE_WAY:
            return None
        return reach, math.degrees(math.atan2(east, north)) % 360.0

    def _arrow(self, axis: tuple[float, float]) -> str:
        """From the source along the axis; north is up at the middle of the view, which is near enough."""
        assert self.source is not None, "an axis begins at a source"
        x, y = self.ground.spots[self.source[0]]
        turn = math.radians(axis[1])
        length = max(axis[0] * self.ground.atlas.view.units_per_km * 1.04, 90.0)
        u, v = x + length * math.sin(turn), y - length * math.cos(turn)
        u, v = min(max(u, 12), self.ground.width - 12), min(max(v, 12), self.ground.height - 12)
        return (
            f'<path d="M{x:.1f} {y:.1f}L{u:.1f} {v:.1f}" stroke="{INK}" stroke-width="3" '
            f'stroke-dasharray="2 9" stroke-linecap="round" fill="none"/>'
            f'<path d="M16 0L-10 11V-11z" fill="{INK}" '
            f'transform="translate({u:.1f} {v:.1f}) rotate({math.degrees(math.atan2(v - y, u - x)):.0f})"/>'
        )

    # ------------------------------------------------------------------------------------------- what is said

    def _on_lines(self, say: Teller) -> str:
        points, values = self._points()
        count = len(set(points))
        if not exceedance.carries_lines(points):
            return say.say(
                f"只有 {count} 个点，不足以画等概率线。",
                f"There are {count} points, too few for lines of equal probability.",
            )
        if max(values) < LEVELS[0][0]:
            return say.say(
                "各点概率均低于 0.1，没有等概率线。", "No point reaches 0.1: there is no line to draw."
            )
        return say.say(
            f"等概率线在 {count} 个点之间按直线画出，点与点之间未作计算。",
            f"Lines of equal probability are drawn straight between {count} points; "
            "between them nothing was computed.",
        )

    def _on_axis(self, say: Teller, axis: tuple[float, float] | None) -> str:
        if axis is None:
            return say.say("没有单一的主方向。", "There is no one main direction.")
        wind = WINDS[round(axis[1] / 45.0) % 8].said(say.language)
        return say.say(
            f"点线箭头：自源起的主方向，{wind}（{axis[1]:.0f}°）。",
            f"Dotted arrow: the main direction from the source, {wind} ({axis[1]:.0f}°).",
        )

    def _key(self, say: Teller) -> str:
        rows = [
            (ring(12, 7, 5.0), say.say("源所在城市", "city of the source")),
            (
                glass(12, 7, 5.5, 0.5, REACH[0]),
                say.say("圈内高度：超限概率", "level: probability of exceeding"),
            ),
        ]
        for level, dashes, *_ in self._areas:
            dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
            mark = f'<path d="M0 7h24" stroke="{REACH[0]}" stroke-width="2.5"{dashed}/>'
            rows.append((mark, say.say(f"概率 {level}", f"probability {level}")))
        return key(rows)

    def _limit(self, say: Teller) -> str:
        words = pathway_words.of(self.seen.pathway)
        value = words.number(self.seen.threshold) or say.unknown
        shown = pathway_words.with_unit(value, self.seen.unit, say.language)
        return f"{words.quantity(self.seen.quantity).said(say.language)} ≥ {shown}"

    def _about(self, say: Teller, axis: tuple[float, float] | None) -> str:
        listed = sorted(self.seen.places, key=lambda one: -one.chance)[:12]
        cities = say.say("、", ", ").join(
            f"{one.name.said(say.language)} {self._sub(one, say)}" for one in listed
        )
        return say.say(
            f"超限：{self._limit(say)}。{self._on_axis(say, axis)}概率最高者：{cities}。全部见下表。",
            f"Exceeding: {self._limit(say)}. {self._on_axis(say, axis)} The likeliest: {cities}. "
            "The table below has all of them.",
        )

    def _table(self, say: Teller) -> str:
        heads = [
            say.say("城市", "City"),
            say.say("超限概率", "Probability of exceeding"),
            say.say("到达（中位数）", "Arrival (median)"),
            say.say("90% 区间", "90% band"),
            say.say("峰值，90% 区间", "Peak, 90% band"),
            say.say("自源距离与方向", "From the source"),
        ]
        listed = sorted(self.seen.places, key=lambda one: (-one.chance, one.id))
        caption = say.say(f"超限：{self._limit(say)}。", f"Exceeding: {self._limit(say)}.")
        summary = say.say(f"按概率的列表（{len(listed)}）", f"List by probability ({len(listed)})")
        return table(caption, heads, [self._row(one, say) for one in listed], summary=summary)

    def _row(self, place: Seen, say: Teller) -> list[str]:
        words = pathway_words.of(self.seen.pathway)
        moments = [self.seen.moment(one) for one in place.arrival_s or ()] or [None] * 3
        low, median, high = (words.number(one) or say.unknown for one in place.peak)
        unit = pathway_words.unit_of(self.seen.unit).said(say.language)
        return [
            place.name.said(say.language),
            say.share(place.probability),
            say.coming(moments[1], place.probability),
            say.band(moments[0], moments[2]),
            f"{median} ({low}–{high}) {unit}".strip(),
            self._from_source(place, say),
        ]

    def _from_source(self, place: Seen, say: Teller) -> str:
        if self._is_source(place):
            return say.say("源所在城市", "city of the source")
        if self.source is None or place.lat is None or place.lon is None:
            return say.unknown
        length, bearing = away(self.source[1], self.source[2], place.lat, place.lon)
        return f"{number(length, 2)} km {WINDS[round(bearing / 45.0) % 8].said(say.language)}"
