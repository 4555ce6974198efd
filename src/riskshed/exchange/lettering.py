"""Where the names on a map stand: off each other, off the dots, off the river, tied by a leader line.

Each label has some places around its dot. A place that covers a dot or leaves the frame is out; one that is
far away, lies on the river or on a filled area costs. Two places that cover each other, or one that lies on
the other's leader, do not go together; leaders that cross cost. Which places are taken is found by annealing:
one label after another is set again at random, cheap places far more likely than dear ones, and less and less
random from round to round. The numbers are drawn from a fixed seed, so the result depends on the input alone.

A label with no place at all is left out, and the caller shows its number only: names on top of each other
help nobody.

References
----------
.. [1] Imhof 1975, Positioning names on maps, The American Cartographer 2(2), 128-144,
   doi:10.1559/152304075784313304 (the rules). Christensen, Marks & Shieber 1995, An empirical study of
   algorithms for point-feature label placement, ACM Trans. Graph. 14(3), 203-232, doi:10.1145/212332.212334
   (annealing does best).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Segment = tuple[float, float, float, float]
Anchor = Literal["start", "middle", "end"]

_ANGLES = tuple(np.radians(np.arange(0.0, 360.0, 22.5)).tolist())
_STEPS = (0.9, 1.6, 2.6, 3.8, 5.2, 7.0, 9.0, 11.5)
_CHOICES_MAX = 64
_ON_FILL = 8.0
_CROSSING, _TOUCHING = 6.0, 300.0
_ROUNDS = 80
_HOT, _COLD = 5.0, 0.02
_MARGIN = 6.0
_WIDE_FROM = "\u2e80"  # the first character as wide as it is high


@dataclass(frozen=True, slots=True)
class Label:
    """What must be placed: a dot, and a box of `width` x `height` to be set beside it."""

    id: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label stands: its box, which end of the text touches `x`, and the leader to its dot."""

    x: float
    top: float
    anchor: Anchor
    box: Box
    leader: Segment


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a text on screen, estimated: an ideograph is one em, a Latin letter a little over half."""
    narrow = 0.6 if bold else 0.56
    return size * sum(1.0 if letter >= _WIDE_FROM else narrow for letter in text)


def place(
    labels: Sequence[Label],
    *,
    frame: Box,
    line: NDArray[np.float64],
    dot: float,
    keep_out: Sequence[Box] = (),
    fills: BaseGeometry | None = None,
    worth: float = 200.0,
) -> Mapping[str, Place]:
    """A place for every label that has one.

    Parameters
    ----------
    frame : Box
        Labels stay within it.
    line : (point, 2) array
        The river, which labels should not cover, densely sampled.
    dot : float
        Radius of a dot.
    keep_out : sequence of Box
        Where no label may stand: a scale bar, a legend.
    fills : geometry, optional
        Filled areas, on which a label stands only where there is no room beside them.
    worth : float
        What a name is worth: 200 crowds the map before a name is left out, 20 leaves it out soon.
    """
    dots = np.array([(label.x, label.y) for label in labels]).reshape(-1, 2)
    choices = {
        label.id: _choices(label, dot, frame, line, np.delete(dots, row, axis=0), keep_out, fills)
        for row, label in enumerate(labels)
    }
    priced = [choices[label.id] for label in labels]
    spots = [spot for one in priced for _, spot in one]
    if not spots:
        return {}
    owner = np.repeat(np.arange(len(labels)), [len(one) for one in priced])
    alone = np.array([price for one in priced for price, _ in one])
    chosen = _annealed(owner, alone, _together(spots, owner), len(labels), worth)
    return {label.id: spots[at] for label, at in zip(labels, chosen, strict=True) if at >= 0}


def _annealed(
    owner: NDArray[np.int64],
    alone: NDArray[np.float64],
    together: NDArray[np.float64],
    count: int,
    worth: float,
) -> list[int]:
    """The place of each label, -1 for none, with about the least price in all."""
    random = np.random.default_rng(0)
    own = [np.flatnonzero(owner == label) for label in range(count)]
    chosen = np.full(count, -1)
    best, least = chosen.copy(), np.inf
    for heat in np.geomspace(_HOT, _COLD, _ROUNDS):
        for label in range(count):
            others = np.delete(chosen, label)
            company = together[np.ix_(own[label], others[others >= 0])].sum(axis=1)
            prices = np.append(alone[own[label]] + company, worth)
            odds = np.exp((prices.min() - prices) / heat).cumsum()
            taken = int(np.searchsorted(odds, random.random() * odds[-1]))
            chosen[label] = own[label][taken] if taken < len(own[label]) else -1
        there = chosen[chosen >= 0]
        price = alone[there].sum() + together[np.ix_(there, there)].sum() / 2 + worth * (count - len(there))
        if price < least:
            best, least = chosen.copy(), price
    return best.tolist()


def _together(spots: Sequence[Place], owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each two places cost together, (place, place); 0 for two of the same label."""
    boxes = np.array([spot.box for spot in spots])
    leaders = np.array([spot.leader for spot in spots])
    near = boxes + np.array([-1.0, -1.0, 1.0, 1.0]) * _MARGIN
    apart = (near[:, None, 0] >= boxes[None, :, 2]) | (near[:, None, 2] <= boxes[None, :, 0])
    apart |= (near[:, None, 1] >= boxes[None, :, 3]) | (near[:, None, 3] <= boxes[None, :, 1])
    cut = _cut(leaders, near)
    price = _TOUCHING * (~apart | cut | cut.T) + _CROSSING * _crossing(leaders)
    price[owner[:, None] == owner[None, :]] = 0.0
    return price


def _cut(leaders: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether leader `i` runs through box `j`, sampled as finely as a letter is wide."""
    cut = np.zeros((len(leaders), len(boxes)), dtype=np.bool_)
    for share in np.linspace(0.0, 1.0, 16):
        x, y = (leaders[:, :2] + share * (leaders[:, 2:] - leaders[:, :2])).T
        within = (x[:, None] > boxes[:, 0]) & (x[:, None] < boxes[:, 2])
        cut |= within & (y[:, None] > boxes[:, 1]) & (y[:, None] < boxes[:, 3])
    return cut


def _crossing(leaders: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether leader `i` and leader `j` cross: each has the ends of the other on both sides."""
    x0, y0, x1, y1 = leaders.T

    def side(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        turn: NDArray[np.float64] = (x1 - x0)[:, None] * (y - y0[:, None]) - (y1 - y0)[:, None] * (
            x - x0[:, None]
        )
        return turn

    parted: NDArray[np.bool_] = side(x0, y0) * side(x1, y1) < 0
    return parted & parted.T


def _choices(
    label: Label,
    dot: float,
    frame: Box,
    line: NDArray[np.float64],
    other_dots: NDArray[np.float64],
    keep_out: Sequence[Box],
    fills: BaseGeometry | None,
) -> list[tuple[float, Place]]:
    """The cheapest places within the frame and free of dots and kept-out boxes, with what each costs."""
    priced = []
    for step in _STEPS:
        for angle in _ANGLES:
            spot = _at(label, angle, dot + step * label.height * 0.5, dot)
            if not _within(spot.box, frame) or any(overlap(spot.box, box) for box in keep_out):
                continue
            if _covers(_grown(spot.box, dot), other_dots) or _touches(spot.leader, other_dots, dot):
                continue
            wet = np.count_nonzero(_inside(_grown(spot.box, 2.0), line))
            price = step**1.25 + 0.5 * min(int(wet), 12) + 0.15 * _slant(angle)
            priced.append((price, spot))
    if fills is not None and priced:
        filled = _filled(np.array([spot.box for _, spot in priced]), fills)
        priced = [
            (price + _ON_FILL * share, spot) for (price, spot), share in zip(priced, filled, strict=True)
        ]
    return sorted(priced, key=lambda pair: pair[0])[:_CHOICES_MAX]


def _filled(boxes: NDArray[np.float64], fills: BaseGeometry) -> NDArray[np.float64]:
    """Share of each box that lies on the fills, from 5 x 3 points in it: an exact cut costs a second."""
    shapely.prepare(fills)
    across, down = np.meshgrid(np.linspace(0.0, 1.0, 5), np.linspace(0.0, 1.0, 3))
    x = boxes[:, 0, None] + (boxes[:, 2] - boxes[:, 0])[:, None] * across.ravel()
    y = boxes[:, 1, None] + (boxes[:, 3] - boxes[:, 1])[:, None] * down.ravel()
    share: NDArray[np.float64] = shapely.contains_xy(fills, x, y).mean(axis=1)
    return share


def _at(label: Label, angle: float, reach: float, dot: float) -> Place:
    """The label with its nearest edge `reach` away from the dot in the direction `angle` (0 = right)."""
    east, south = float(np.cos(angle)), float(np.sin(angle))
    x, y = label.x + reach * east, label.y + reach * south
    if abs(east) > 0.35:
        anchor: Anchor = "start" if east > 0 else "end"
        left = x if east > 0 else x - label.width
        top = y - label.height / 2
        edge = x - _MARGIN if east > 0 else x + _MARGIN
        end = (edge, y)
    else:
        anchor = "middle"
        left = x - label.width / 2
        top = y if south > 0 else y - label.height
        end = (x, y - _MARGIN if south > 0 else y + _MARGIN)
    start = (label.x + dot * east, label.y + dot * south)
    box = (left, top, left + label.width, top + label.height)
    return Place(x, top, anchor, box, (*start, *end))


def _slant(angle: float) -> float:
    """Right is best, then left, then above and below."""
    return 0.0 if np.cos(angle) > 0.35 else 1.0 if np.cos(angle) < -0.35 else 2.0


def _grown(box: Box, by: float) -> Box:
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def _within(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inside(box: Box, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    x, y = points[:, 0], points[:, 1]
    within: NDArray[np.bool_] = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
    return within


def _covers(box: Box, points: NDArray[np.float64]) -> bool:
    return bool(_inside(box, points).any())


def _touches(segment: Segment, points: NDArray[np.float64], radius: float) -> bool:
    """Whether the segment passes within `radius` of a point."""
    if len(points) == 0:
        return False
    start, way = np.array(segment[:2]), np.array(segment[2:]) - np.array(segment[:2])
    length = float(way @ way)
    share = np.clip(((points - start) @ way) / length, 0.0, 1.0) if length > 0 else np.zeros(len(points))
    nearest = start + share[:, None] * way
    return bool((np.hypot(*(points - nearest).T) < radius * 1.2).any())
