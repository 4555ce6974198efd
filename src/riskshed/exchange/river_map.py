"""The map of a replay: one ground, and upon it, for each forecast, how far the front is and who is next.

What does not run down a river has the same map without a stem and without a front, and begins in the cities
of its hazard.

The map says nothing that the list does not say. Names stand off the river with leader lines, in places found
once for each language and again with larger letters for a phone, where a name without a place gives way to
its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import shape as shape_of

from riskshed.exchange import pathway_words
from riskshed.exchange.arrivals import Arrival, State
from riskshed.exchange.atlas import Atlas, Name, Note, Points, Spot, draw, line_path
from riskshed.exchange.lettering import Label, Place, overlap, place, text_width
from riskshed.exchange.wording import UNKNOWN, Text, clock, decimal, offset
from riskshed.footprint import Footprint
from riskshed.region import Region

NAME_SIZE, SUB_SIZE, QUIET_SIZE, PHONE_SIZE = 30, 26, 24, 62
DOT, PHONE_DOT = 11, 20
_EDGE = 16.0
_FIRST: Mapping[State, int] = {"observed": 0, "passed": 0, "near": 1, "far": 2, "unlikely": 3, "unknown": 3}
_CLASSES = ("past", "near", "far", "off")
_SCALES_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Lettered:
    """One name on the map: its number in the list, its text (none where there is no room), its two lines."""

    id: str
    number: str
    text: str
    place: Place
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Moment:
    """What one forecast adds: a class for each city, the river behind and ahead of the front, words.

    `dots` are the classes of the spots whose city has no shape that could show it.
    """

    issue: int
    cities: Mapping[str, str]
    done: str
    ahead: str
    front: tuple[float, float] | None
    subs: Mapping[str, Text]
    dots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RiverMap:
    """Everything that the map template draws; `guessed` are the sections set by their kilometre alone.

    `source_cities` are the cities in which it began.
    """

    atlas: Atlas
    names: Mapping[str, tuple[Lettered, ...]]
    quiet_names: tuple[Name, ...]
    phone: Mapping[str, tuple[Lettered, ...]]
    moments: tuple[Moment, ...]
    source_cities: frozenset[str]
    guessed: frozenset[str]
    bar_units: float
    bar_km: int
    notes: tuple[Note, ...]

    @property
    def source_city(self) -> str | None:
        """The city in which it began; None where that is none, or several."""
        return next(iter(self.source_cities)) if len(self.source_cities) == 1 else None


def river_map(
    footprints: Sequence[Footprint], lists: Sequence[Sequence[Arrival]], region: Region, zone: tzinfo
) -> RiverMap | None:
    """The map of a whole replay; None where no section has a point."""
    is_river = pathway_words.of(footprints[0].pathway).is_river
    source = _source(footprints[0], region) if is_river else _hazard(footprints[0], region)
    placed = [p for p in footprints[0].places if p.lat is not None and p.lon is not None]
    if not placed:
        return None
    spots = [Spot(p.id, p.city, float(p.lon or 0), float(p.lat or 0)) for p in placed]
    spots = ([source] if source else []) + spots
    own = {code: shape_of(dict(geometry)) for code, geometry in region.boundaries.items()}
    atlas = draw(spots, own=own, down_river=is_river)
    if atlas is None:
        return None
    moments = tuple(
        _moment(issue, footprint, listed, atlas, spots, zone)
        for issue, (footprint, listed) in enumerate(zip(footprints, lists, strict=True))
    )
    guessed = _between(atlas, lists[0], spots) if is_river else {}
    atlas = replace(atlas, spots={**atlas.spots, **guessed})
    names = _names(lists[0], source, region)
    numbers = {arrival.id: str(arrival.number) for arrival in lists[0]}
    wide = {tongue: _lettered(atlas, names, numbers, moments, tongue) for tongue in ("zh", "en")}
    bar_km = max([km for km in _SCALES_KM if km * atlas.view.units_per_km <= 320], default=_SCALES_KM[0])
    return RiverMap(
        atlas=atlas,
        names=wide,
        quiet_names=_apart(atlas, wide["zh"]),
        phone={tongue: _lettered(atlas, names, numbers, (), tongue) for tongue in ("zh", "en")},
        moments=moments,
        source_cities=_source_cities(footprints[0], source, is_river=is_river),
        bar_units=round(bar_km * atlas.view.units_per_km, 1),
        bar_km=bar_km,
        guessed=frozenset(guessed),
        notes=(*atlas.notes, *_guessed(lists[0], guessed), *_absent(lists[0], atlas)),
    )


def _source(footprint: Footprint, region: Region) -> Spot | None:
    """The outfall, where the region has one with a point which is no place of the footprint itself."""
    for section in region.sections:
        if section.role != "outfall" or section.id in footprint.ids:
            continue
        if section.lat is not None and section.lon is not None:
            return Spot(section.id, section.city, section.lon, section.lat)
    return None


def _hazard(footprint: Footprint, region: Region) -> Spot | None:
    """The first city of the hazard which has a point and is no place of the footprint itself."""
    within = {place.city for place in footprint.places}
    for city in region.cities:
        if city.code not in footprint.hazard_cities or city.code in within:
            continue
        if city.lat is not None and city.lon is not None:
            return Spot(city.code, city.code, city.lon, city.lat)
    return None


def _source_cities(footprint: Footprint, source: Spot | None, *, is_river: bool) -> frozenset[str]:
    """Down a river that of the outfall, elsewhere all cities of the hazard."""
    if not is_river:
        return frozenset(footprint.hazard_cities)
    return frozenset() if source is None else frozenset({source.city})


def _names(listed: Sequence[Arrival], source: Spot | None, region: Region) -> dict[str, Text]:
    names = {arrival.id: _short(arrival.name) for arrival in listed}
    if source is not None:
        named = region.city(source.id) if source.id in region.city_index else region.section(source.id)
        names = {source.id: _short(Text(named.name_zh, named.name_en)), **names}
    return names


def _short(name: Text) -> Text:
    """A name without what follows its comma: the list has room for that."""
    return Text(name.zh.partition("，")[0], name.en.partition(",")[0])


def _moment(
    issue: int,
    footprint: Footprint,
    listed: Sequence[Arrival],
    atlas: Atlas,
    spots: Sequence[Spot],
    zone: tzinfo,
) -> Moment:
    reached = {arrival.id: arrival.seen or arrival.median for arrival in listed}
    source_id = spots[0].id if spots[0].id not in reached else None
    times = [footprint.origin if spot.id == source_id else reached[spot.id] for spot in spots]
    done, ahead = _split(atlas.legs, times, footprint.issued)
    subs = {arrival.id: _sub(arrival, zone, footprint.issued.astimezone(zone).year) for arrival in listed}
    if source_id is not None:
        subs[source_id] = Text("发生地", "source")
    front = (round(float(done[-1][0]), 1), round(float(done[-1][1]), 1)) if len(done) else None
    cities = _city_classes(listed, spots)
    return Moment(
        issue=issue,
        cities=cities,
        done=line_path(done),
        ahead=line_path(ahead),
        front=front,
        subs=subs,
        dots={} if atlas.legs else _dot_classes(atlas, spots, cities, footprint.hazard_cities),
    )


def _dot_classes(
    atlas: Atlas, spots: Sequence[Spot], cities: Mapping[str, str], hazard: Sequence[str]
) -> dict[str, str]:
    return {
        spot.id: "origin" if spot.city in hazard else cities.get(spot.city, "off")
        for spot in spots
        if spot.city not in atlas.areas
    }


def _sub(arrival: Arrival, zone: tzinfo, year: int) -> Text:
    if arrival.state == "observed":
        return Text("已到", "reached")
    if arrival.state == "passed":
        return Text("推算已到", "likely reached")
    if arrival.state == "unknown":
        return UNKNOWN
    if arrival.state == "unlikely" or arrival.median is None:
        chance = decimal(arrival.probability, 2)
        return Text(f"概率 {chance}", f"prob. {chance}")
    moment = clock(arrival.median, zone, year) + offset(arrival.median, zone)
    return Text(moment, moment)


def _city_classes(listed: Sequence[Arrival], spots: Sequence[Spot]) -> dict[str, str]:
    """The class of each city is that of its earliest section."""
    city_of = {spot.id: spot.city for spot in spots}
    best: dict[str, int] = {}
    for arrival in listed:
        city = city_of.get(arrival.id)
        if city is not None:
            best[city] = min(best.get(city, len(_CLASSES)), _FIRST[arrival.state])
    return {city: _CLASSES[rank] for city, rank in best.items()}


def _split(legs: Sequence[Points], times: Sequence[datetime | None], now: datetime) -> tuple[Points, Points]:
    """The stem behind and ahead of the front, which moves at an even pace between two sections."""
    empty = np.empty((0, 2))
    if not legs:
        return empty, empty
    whole = np.vstack(legs)
    passed = [i for i, moment in enumerate(times) if moment is not None and moment <= now]
    if not passed:
        return empty, whole
    at = passed[-1]
    before = int(sum(len(leg) for leg in legs[:at]))
    share = 0.0
    start, end = times[at], times[at + 1] if at + 1 < len(times) else None
    if at < len(legs) and start is not None and end is not None and end > start:
        share = (now - start) / (end - start)
    cut = before + (_index_at(legs[at], share) if at < len(legs) else 0)
    cut = min(max(cut, 0), len(whole) - 1)
    return whole[: cut + 1], whole[cut:]


def _index_at(leg: Points, share: float) -> int:
    """The point of a leg at a share of its length."""
    lengths = np.r_[0.0, np.hypot(*np.diff(leg, axis=0).T).cumsum()]
    return int(np.searchsorted(lengths, share * lengths[-1], side="right")) - 1 if lengths[-1] > 0 else 0


def _lettered(
    atlas: Atlas,
    names: Mapping[str, Text],
    numbers: Mapping[str, str],
    moments: Sequence[Moment],
    tongue: str,
) -> tuple[Lettered, ...]:
    """Names with a second line for each moment; without moments, large names alone, for a phone."""
    size, sub_size, dot = (NAME_SIZE, SUB_SIZE, DOT) if moments else (PHONE_SIZE, 0, PHONE_DOT)
    shown = {name: text.said(tongue) for name, text in names.items() if name in atlas.spots}
    places = _placed(atlas, shown, numbers, [m.subs for m in moments], tongue, (size, sub_size, dot))
    crowded = {name: "" if name in numbers and name not in places else text for name, text in shown.items()}
    if crowded != shown:
        places = _placed(atlas, crowded, numbers, [m.subs for m in moments], tongue, (size, sub_size, dot))
    return tuple(
        Lettered(
            id=name,
            number=numbers.get(name, ""),
            text=crowded[name],
            place=spot,
            first=spot.box[1] + size * 0.9,
            second=spot.box[1] + size * 1.12 + sub_size * 0.9,
        )
        for name, spot in places.items()
    )


def _placed(
    atlas: Atlas,
    shown: Mapping[str, str],
    numbers: Mapping[str, str],
    subs: Sequence[Mapping[str, Text]],
    tongue: str,
    sizes: tuple[float, float, float],
) -> Mapping[str, Place]:
    size, sub_size, dot = sizes
    labels = []
    for name, text in shown.items():
        first = text_width(f"{numbers.get(name, '')} {text}".strip(), size, bold=True)
        below = [text_width(sub[name].said(tongue), sub_size) for sub in subs] if text else []
        height = (size + sub_size if text else size) * 1.12
        labels.append(Label(name, *atlas.spots[name], max([first, *below]), height))
    view = atlas.view
    return place(
        labels,
        frame=(_EDGE, _EDGE, view.width - _EDGE, view.height - _EDGE),
        line=_dense(atlas.legs),
        dot=dot,
        keep_out=[(0.0, view.height - 96.0, 380.0, float(view.height))],
        fills=atlas.filled,
        worth=200.0 if sub_size else 14.0,
    )


def _apart(atlas: Atlas, names: Sequence[Lettered]) -> tuple[Name, ...]:
    """The quiet names which touch no other name, no dot and not the river."""
    points = np.vstack([_dense(atlas.legs), *([spot] for spot in atlas.spots.values())])
    kept = []
    for name in atlas.names:
        half = text_width(name.zh, QUIET_SIZE) / 2 + 6
        box = (name.x - half, name.y - QUIET_SIZE, name.x + half, name.y + 8)
        boxes = [other.place.box for other in names]
        wet = (points > (box[0], box[1])).all(axis=1) & (points < (box[2], box[3])).all(axis=1)
        if not wet.any() and not any(overlap(box, other) for other in boxes):
            kept.append(name)
    return tuple(kept)


def _dense(legs: Sequence[Points], spacing: float = 10.0) -> NDArray[np.float64]:
    """The stem as points no further apart than a letter is wide."""
    if not legs:
        return np.empty((0, 2))
    whole = np.vstack(legs)
    lengths = np.r_[0.0, np.hypot(*np.diff(whole, axis=0).T).cumsum()]
    at = np.arange(0.0, lengths[-1] + spacing, spacing)
    return np.column_stack([np.interp(at, lengths, whole[:, 0]), np.interp(at, lengths, whole[:, 1])])


def _between(
    atlas: Atlas, listed: Sequence[Arrival], spots: Sequence[Spot]
) -> dict[str, tuple[float, float]]:
    """Sections without a point, set on the stem by their river kilometre between two that have one."""
    km = {arrival.id: arrival.river_km for arrival in listed}
    legs = [(leg, km.get(above.id), km.get(below.id)) for leg, (above, below) in enumerate(pairwise(spots))]
    found = {}
    for arrival in listed:
        here = arrival.river_km
        if arrival.id in atlas.spots or here is None:
            continue
        for leg, above, below in legs:
            if above is not None and below is not None and above > here > below:
                x, y = atlas.legs[leg][_index_at(atlas.legs[leg], (above - here) / (above - below))]
                found[arrival.id] = (float(x), float(y))
    return found


def _guessed(listed: Sequence[Arrival], guessed: Mapping[str, tuple[float, float]]) -> tuple[Note, ...]:
    shown = [arrival for arrival in listed if arrival.id in guessed]
    if not shown:
        return ()
    zh, en = "、".join(a.name.zh for a in shown), "; ".join(a.name.en for a in shown)
    return (Note(f"虚线圈的位置按里程推算：{zh}。", f"Dashed dots are set by river kilometre: {en}."),)


def _absent(listed: Sequence[Arrival], atlas: Atlas) -> tuple[Note, ...]:
    absent = [arrival for arrival in listed if arrival.id not in atlas.spots]
    if not absent:
        return ()
    zh, en = "、".join(a.name.zh for a in absent), "; ".join(a.name.en for a in absent)
    return (Note(f"坐标未知，未上图：{zh}。", f"Not on the map, since where they lie is unknown: {en}."),)
