"""The ground of a picture with geography, and the marks and names of cities upon it.

Land, borders and water come from `atlas` as on every other map, without a river that harm would follow. Marks
and names are set twice: at a size for a wide page with a second line, and large and few for a phone; the page
shows one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from shapely.geometry import shape as shape_of

from riskshed.exchange import lettering
from riskshed.exchange.atlas import Atlas, Points, Spot, draw
from riskshed.exchange.footprint_seen import FootprintSeen
from riskshed.exchange.picture_parts import EDGE, GROUND, INK, glass, ring, text
from riskshed.exchange.wording import Text
from riskshed.region import Region

NAME_SIZE, SUB_SIZE, PHONE_SIZE, KM_SIZE = 36, 30, 64, 30
NAMES_MAX, PHONE_NAMES_MAX = 28, 9
_SCALES_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_PAD = 16.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A city on a picture.

    Attributes
    ----------
    share : float
        How full its glass is.
    colour : str
    is_source : bool
    name, sub : str
        What is written beside it, on two lines; without a name nothing is.
    """

    id: str
    share: float
    colour: str
    is_source: bool
    name: str
    sub: str


@dataclass(frozen=True)
class PictureGround:
    """Land and water as markup, and where each city lies, in view-box units."""

    atlas: Atlas
    markup: str
    spots: Mapping[str, tuple[float, float]]
    notes: tuple[Text, ...]

    @property
    def width(self) -> float:
        """Of the view box."""
        return float(self.atlas.view.width)

    @property
    def height(self) -> float:
        """Of the view box."""
        return float(self.atlas.view.height)


def ground(seen: FootprintSeen, region: Region) -> PictureGround | None:
    """The ground around all cities of a footprint and those of its hazard; None where no point is known."""
    spots = _spots(seen, region)
    atlas = _atlas(tuple(spots), region) if spots else None
    if atlas is None:
        return None
    absent = [place for place in seen.places if place.id not in atlas.spots]
    notes = [Text(note.zh, note.en) for note in atlas.notes]
    if absent:
        zh, en = "、".join(p.name.zh for p in absent[:8]), ", ".join(p.name.en for p in absent[:8])
        more = len(absent) - 8
        zh, en = (f"{zh}等 {len(absent)} 处", f"{en} and {more} more") if more > 0 else (zh, en)
        notes.append(Text(f"坐标未知，未上图：{zh}。", f"Not drawn, since where they lie is unknown: {en}."))
    sources = atlas.sources
    notes.append(Text("；".join(one.zh for one in sources), "; ".join(one.en for one in sources)))
    return PictureGround(atlas, _markup(atlas), atlas.spots, tuple(notes))


@lru_cache(maxsize=4)
def _atlas(spots: tuple[Spot, ...], region: Region) -> Atlas | None:
    """The forecasts of a case, and a page that is asked for again, stand on the same ground."""
    own = {code: shape_of(dict(geometry)) for code, geometry in region.boundaries.items()}
    return draw(spots, own=own, down_river=False)


def _spots(seen: FootprintSeen, region: Region) -> list[Spot]:
    found = [
        Spot(place.id, place.city, place.lon, place.lat)
        for place in seen.places
        if place.lat is not None and place.lon is not None
    ]
    there = {spot.city for spot in found}
    for city in region.cities:
        if city.code not in seen.hazard_cities or city.code in there:
            continue
        if city.lat is not None and city.lon is not None:
            found.append(Spot(city.code, city.code, city.lon, city.lat))
    return found


def _markup(atlas: Atlas) -> str:
    land, mesh, province, water = (
        f"var(--{name}, {colour})"
        for name, colour in (
            ("land", "#efede6"),
            ("mesh", "#d3d0c6"),
            ("edge", "#b3afa3"),
            ("mesh", "#c3d6d8"),
        )
    )
    drawn = [
        (atlas.land, f'fill="{land}"'),
        (atlas.lakes, f'fill="{water}"'),
        (atlas.rivers, f'fill="none" stroke="{water}" stroke-width="2.5"'),
        (atlas.mesh, f'fill="none" stroke="{mesh}" stroke-width="1.5"'),
        (atlas.provinces, f'fill="none" stroke="{province}" stroke-width="2.5" stroke-dasharray="10 5"'),
    ]
    return "".join(f'<path d="{path}" {look}/>' for path, look in drawn if path)


def marks(
    ground: PictureGround,
    shown: Sequence[Mark],
    lines: Sequence[Points] = (),
    words: Sequence[lettering.Box] = (),
) -> str:
    """Marks and names, at a size for a wide page and at one for a phone.

    Parameters
    ----------
    shown : sequence of Mark
        The most telling first: names are given to the first ones.
    lines : sequence of (point, 2) arrays
        What a name should not cover.
    words : sequence of boxes
        Where other words stand.
    """
    here = [mark for mark in shown if mark.id in ground.spots]
    wide, phone = _radius(len(here)), _radius(len(here)) * 1.8
    kept = _Kept(np.vstack([_dense(one) for one in lines]) if lines else np.empty((0, 2)), words)
    return (
        f'<g class="wide">{_set(ground, here, kept, wide, NAME_SIZE, SUB_SIZE, NAMES_MAX)}</g>'
        f'<g class="tight">{_set(ground, here, kept, phone, PHONE_SIZE, 0, PHONE_NAMES_MAX)}</g>'
    )


class _Kept(NamedTuple):
    """What names keep off: points of lines, and boxes of other words."""

    line: Points
    words: Sequence[lettering.Box]


def _radius(count: int) -> float:
    return 22.0 if count <= 30 else 15.0 if count <= 120 else 10.0


def _set(
    ground: PictureGround,
    shown: Sequence[Mark],
    kept: _Kept,
    radius: float,
    size: int,
    sub_size: int,
    most: int,
) -> str:
    """Marks with the likeliest on top, and above them the names that have a place."""
    drawn = []
    for mark in sorted(shown, key=lambda one: one.share):
        x, y = ground.spots[mark.id]
        drawn.append(glass(x, y, radius, mark.share, mark.colour))
        if mark.is_source:
            drawn.append(ring(x, y, radius + 9.0))
    named = [mark for mark in shown if mark.name][:most]
    labels = [
        lettering.Label(
            mark.id,
            *ground.spots[mark.id],
            max(
                lettering.text_width(mark.name, size, bold=True),
                lettering.text_width(mark.sub, sub_size) if sub_size else 0.0,
            ),
            (size + sub_size) * 1.14,
        )
        for mark in named
    ]
    places = lettering.place(
        labels,
        frame=(_PAD, _PAD, ground.width - _PAD, ground.height - _PAD),
        line=kept.line,
        dot=radius + 10.0,
        keep_out=[(0.0, ground.height - 96.0, 420.0, ground.height), *kept.words],
        worth=60.0 if sub_size else 25.0,
    )
    for mark in named:
        if mark.id in places:
            drawn.append(_label(places[mark.id], mark, size, sub_size))
    return "".join(drawn)


def _label(place: lettering.Place, mark: Mark, size: int, sub_size: int) -> str:
    start_x, start_y, end_x, end_y = place.leader
    top = place.box[1]
    leader = (
        f'<path d="M{start_x:.0f} {start_y:.0f}L{end_x:.0f} {end_y:.0f}" stroke="{INK}" stroke-width="2"/>'
    )
    below = text(place.x, top + size * 1.14 + sub_size * 0.9, mark.sub, sub_size, anchor=place.anchor)
    return (
        leader
        + text(place.x, top + size * 0.9, mark.name, size, bold=True, anchor=place.anchor)
        + (below if sub_size and mark.sub else "")
    )


def _dense(line: Points, spacing: float = 14.0) -> Points:
    """Points along a line, no further apart than half a letter is wide."""
    lengths = np.r_[0.0, np.hypot(*np.diff(line, axis=0).T).cumsum()]
    at = np.arange(0.0, lengths[-1] + spacing, spacing)
    return np.column_stack([np.interp(at, lengths, line[:, 0]), np.interp(at, lengths, line[:, 1])])


def scale(ground: PictureGround) -> str:
    """The bar of the scale, in the lower left corner."""
    units = ground.atlas.view.units_per_km
    km = max([one for one in _SCALES_KM if one * units <= 320], default=_SCALES_KM[0])
    y = ground.height - 40
    return (
        f'<path d="M28 {y:.0f}v12h{km * units:.1f}v-12" fill="none" stroke="{INK}" stroke-width="3"/>'
        + text(28 + km * units + 14, y + 16, f"{km} km", KM_SIZE)
    )


def frame(ground: PictureGround) -> str:
    """The paper below the ground, and its edge."""
    return f'<rect width="{ground.width:.0f}" height="{ground.height:.0f}" fill="{GROUND}" stroke="{EDGE}"/>'
