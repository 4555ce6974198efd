"""Where the boxes and lines of a chain stand: causes above, what they set off below, with few crossings.

Every stage has the row after its last cause (longest path). A line that passes rows between gets a place in
each of them, so that it runs between the boxes and not through them. Within a row, boxes and lines stand in
the order of the mean place of what leads to them (Sugiyama, Tagawa and Toda 1981,
doi:10.1109/TSMC.1981.4308636).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOX_WIDTH, BOX_HEIGHT = 320.0, 118.0
ROW_GAP, COLUMN_GAP, PASS_WIDTH, EDGE = 92.0, 28.0, 36.0, 8.0
LABEL_UP, LABEL_STEP = 33.0, 22.0
SWEEPS = 4

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A stage: its number among the nodes, and its upper left corner."""

    node: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """One cause of a link: its numbers among the edges and causes, and the points through which it runs."""

    edge: int
    cause: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes and lines, and where the label of each edge stands (just above what it sets off)."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    labels: Mapping[int, Point]
    ends: Mapping[int, Point]


Arc = tuple[int, int, int, int]
"""From which node to which, of which edge, by which of its causes."""
Slot = tuple[str, int, int]
"""``("box", node, 0)``, or ``("pass", number of the arc, row)``."""


def layout(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> Layout:
    """Places for all nodes and edges of a chain; nodes stand after their causes."""
    number = {node["id"]: i for i, node in enumerate(nodes)}
    arcs = [
        (number[cause["stage"]], number[edge["to"]], e, c)
        for e, edge in enumerate(edges)
        for c, cause in enumerate(edge["causes"])
    ]
    row = [0] * len(nodes)
    for i in range(len(nodes)):
        row[i] = max((row[a] + 1 for a, b, *_ in arcs if b == i), default=0)
    rows = _rows(row, arcs)
    _untangle(rows, row, arcs)
    centre, width = _centres(rows)
    top = [EDGE + r * (BOX_HEIGHT + ROW_GAP) for r in range(len(rows))]
    boxes = tuple(Box(i, centre["box", i, 0] - BOX_WIDTH / 2, top[row[i]]) for i in range(len(nodes)))
    passes = {
        k: [
            (centre["pass", k, r], y)
            for r in range(row[a] + 1, row[b])
            for y in (top[r] - 6.0, top[r] + BOX_HEIGHT + 6.0)
        ]
        for k, (a, b, *_) in enumerate(arcs)
    }
    ends = _ends(edges, number, boxes, arcs, passes)
    labels = _labels(edges, ends)
    starts = _starts(arcs, boxes, ends, passes)
    lines = []
    for k, (*_, e, c) in enumerate(arcs):
        last = labels[e] if len(edges[e]["causes"]) > 1 else ends[e]
        lines.append(Line(e, c, (starts[k], *passes[k], last)))
    for line in lines:
        if len(edges[line.edge]["causes"]) == 1:
            labels[line.edge] = _on_curve(line.points[-2:], labels[line.edge][1])
    height = top[-1] + BOX_HEIGHT + EDGE
    return Layout(width, height, boxes, tuple(lines), labels, ends)


def _rows(row: Sequence[int], arcs: Sequence[Arc]) -> list[list[Slot]]:
    rows: list[list[Slot]] = [[] for _ in range(max(row) + 1)]
    for i, r in enumerate(row):
        rows[r].append(("box", i, 0))
    for k, (a, b, *_) in enumerate(arcs):
        for r in range(row[a] + 1, row[b]):
            rows[r].append(("pass", k, r))
    return rows


def _untangle(rows: list[list[Slot]], row: Sequence[int], arcs: Sequence[Arc]) -> None:
    """Order each row by the mean place of its neighbours above, then below, some times over."""

    def slot(k: int, r: int) -> Slot:
        a, b, *_ = arcs[k]
        return ("box", a, 0) if r == row[a] else ("box", b, 0) if r == row[b] else ("pass", k, r)

    def order(r: int, beside: int) -> None:
        place = {s: i - (len(rows[beside]) - 1) / 2 for i, s in enumerate(rows[beside])}
        means = {}
        for i, s in enumerate(rows[r]):
            near = [
                place[slot(k, beside)]
                for k, (a, b, *_) in enumerate(arcs)
                if row[a] <= min(r, beside) and max(r, beside) <= row[b] and slot(k, r) == s
            ]
            means[s] = (sum(near) / len(near) if near else i - (len(rows[r]) - 1) / 2, i)
        rows[r].sort(key=lambda s: means[s])

    for _ in range(SWEEPS):
        for r in range(1, len(rows)):
            order(r, r - 1)
        for r in range(len(rows) - 2, -1, -1):
            order(r, r + 1)
    for r in range(1, len(rows)):
        order(r, r - 1)


def _centres(rows: Sequence[Sequence[Slot]]) -> tuple[dict[Slot, float], float]:
    def breadth(slots: Sequence[Slot]) -> float:
        wide = sum(BOX_WIDTH if kind == "box" else PASS_WIDTH for kind, *_ in slots)
        return wide + COLUMN_GAP * (len(slots) - 1)

    width = max(breadth(slots) for slots in rows) + 2 * EDGE
    centre = {}
    for slots in rows:
        x = (width - breadth(slots)) / 2
        for slot in slots:
            own = BOX_WIDTH if slot[0] == "box" else PASS_WIDTH
            centre[slot] = x + own / 2
            x += own + COLUMN_GAP
    return centre, width


def _ends(
    edges: Sequence[Mapping[str, Any]],
    number: Mapping[str, int],
    boxes: Sequence[Box],
    arcs: Sequence[Arc],
    passes: Mapping[int, Sequence[Point]],
) -> dict[int, Point]:
    """Where each edge comes in at the top of its box: side by side, in the order of where they come from."""
    came: dict[int, list[float]] = {e: [] for e in range(len(edges))}
    for k, (a, _, e, _) in enumerate(arcs):
        came[e].append(passes[k][-1][0] if passes[k] else boxes[a].x + BOX_WIDTH / 2)
    ends: dict[int, Point] = {}
    for box in boxes:
        here = [e for e, edge in enumerate(edges) if number[edge["to"]] == box.node]
        for i, e in enumerate(sorted(here, key=lambda e: sum(came[e]) / len(came[e]))):
            ends[e] = (box.x + BOX_WIDTH * (i + 1) / (len(here) + 1), box.y)
    return ends


def _labels(edges: Sequence[Mapping[str, Any]], ends: Mapping[int, Point]) -> dict[int, Point]:
    """Above the end of each line; of several into one box every second one stands higher."""
    labels = {}
    for e, (x, y) in ends.items():
        before = sum(edges[f]["to"] == edges[e]["to"] and u < x for f, (u, _) in ends.items())
        labels[e] = (x, y - LABEL_UP - LABEL_STEP * (before % 2))
    return labels


def _starts(
    arcs: Sequence[Arc],
    boxes: Sequence[Box],
    ends: Mapping[int, Point],
    passes: Mapping[int, Sequence[Point]],
) -> dict[int, Point]:
    """Where each line leaves the bottom of its box: side by side, in the order of where they go next."""
    starts: dict[int, Point] = {}
    for box in boxes:
        here = [k for k, arc in enumerate(arcs) if arc[0] == box.node]
        here.sort(key=lambda k: passes[k][0][0] if passes[k] else ends[arcs[k][2]][0])
        for i, k in enumerate(here):
            starts[k] = (box.x + BOX_WIDTH * (i + 1) / (len(here) + 1), box.y + BOX_HEIGHT)
    return starts


def _on_curve(points: Sequence[Point], y: float) -> Point:
    """The point at this height on a curve that leaves one point straight down and comes in at the next so."""
    (x0, y0), (x1, y1) = points
    low, high = 0.0, 1.0
    for _ in range(20):
        t = (low + high) / 2
        if y0 + (y1 - y0) * (1.5 * t - 1.5 * t**2 + t**3) < y:
            low = t
        else:
            high = t
    return x0 + (x1 - x0) * (3 * low**2 - 2 * low**3), y
