"""A cascade as a graph with times: one box for each stage, one line for each cause of what comes next.

An inline SVG that stands by itself in any page of ours: colours are those of the page (variables, so that the
dark theme holds), with colours of its own where the page has none. Nothing is said by colour: a probability
is a number, a bar and the width of a line; what is unlikely is dashed too; what is rare or never says so. The
whole chain stands in the description and in tables below, for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from html import escape
from typing import Any

from riskshed.exchange.cascade_layout import BOX_HEIGHT, BOX_WIDTH, Box, Layout, Line, Point, layout
from riskshed.exchange.cascade_words import NEEDS, Chain, Words
from riskshed.exchange.lettering import text_width

INK, QUIET, LINE, PAPER = (
    "var(--ink, #14191c)",
    "var(--ink-2, #4a5459)",
    "var(--edge, #7f868a)",
    "var(--paper, #fbfaf7)",
)
SUNKEN, ACCENT = "var(--sunken, #f1efe9)", "var(--accent, #00565f)"
PAD, TITLE_PX, TEXT_PX, SMALL_PX = 14.0, 17.0, 14.0, 13.0
UNLIKELY = 0.1
WIDEST_PX, THINNEST_PX = 7.0, 1.5


def figure(chain: Chain, language: str, zone: tzinfo, *, name: str = "cascade") -> str:
    """The drawing, what its lines mean, and the tables that say the same.

    Parameters
    ----------
    chain : mapping
        What ``Cascade.chain()`` gives.
    language : {"zh", "en"}
    zone : tzinfo
        In which times are shown.
    name : str
        Unique in the page: the ids of the drawing begin with it.
    """
    words = Words(chain, language, zone)
    zone_name = words.zone_name()
    note = words.say(
        "线宽为触发的成员比例，低于 10% 为虚线，从未触发为点线。"
        f"时间为发生时的中位数与 90% 区间，时区 {zone_name}。",
        "The width of a line is the share of members in which it sets off what is below; dashed under 10 %, "
        "dotted if never. Times are median and 90 % band of the members in which it happens, "
        f"zone {zone_name}.",
    )
    # On a narrow screen the drawing is moved sideways within its own frame, by keyboard too.
    drawn = drawing(chain, language, zone, name=name)
    frame = f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(words.title(chain))}">'
    return (
        f'<figure class="cascade picture" lang="{language}">{frame}{drawn}</div>'
        f'<figcaption><p class="small quiet">{escape(note)}</p></figcaption>{words.tables()}</figure>'
    )


def drawing(chain: Chain, language: str, zone: tzinfo, *, name: str = "cascade") -> str:
    """The SVG alone; parameters are those of `figure`."""
    words = Words(chain, language, zone)
    nodes, edges = chain["nodes"], chain["edges"]
    placed = layout(nodes, edges)
    lines = "".join(_line(line, edges[line.edge], placed) for line in placed.lines)
    labels = "".join(_label(words, e, edge, edges, placed) for e, edge in enumerate(edges))
    boxes = "".join(_box(words, box, nodes[box.node]) for box in placed.boxes)
    ids = f"{escape(name)}-title {escape(name)}-desc"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{ids}" lang="{language}" '
        f'viewBox="0 0 {placed.width:.0f} {placed.height:.0f}" width="{placed.width:.0f}" '
        f'height="{placed.height:.0f}" font-family="inherit" font-size="{TEXT_PX:.0f}">'
        f'<title id="{escape(name)}-title">{escape(words.title(chain))}</title>'
        f'<desc id="{escape(name)}-desc">{escape(words.description())}</desc>'
        f"{lines}{boxes}{labels}</svg>"
    )


# -------------------------------------------------------------------------------------------------- the boxes


def _box(words: Words, box: Box, node: Mapping[str, Any]) -> str:
    share = node["probability"]
    dashes = ' stroke-dasharray="6 4"' if share < UNLIKELY else ""
    left, inner = box.x + PAD, BOX_WIDTH - 2 * PAD
    title = _fitted(words.title(node), inner - 62.0, TITLE_PX, bold=True)
    told = words.begins(node["begins_s"]) if share > 0.0 else words.say("所有成员均不发生", "in no member")
    cities = _cities(words, node, inner)
    return (
        f'<g><rect x="{box.x:.1f}" y="{box.y:.1f}" width="{BOX_WIDTH:.0f}" height="{BOX_HEIGHT:.0f}" rx="4" '
        f'fill="{SUNKEN}" stroke="{INK}" stroke-width="1.5"{dashes}/>'
        f"{_text(left, box.y + 22, words.way(node), QUIET, SMALL_PX)}"
        f"{_text(left, box.y + 44, title, INK, TITLE_PX, bold=True)}"
        f"{_text(left + inner, box.y + 44, words.chance(share), INK, TITLE_PX, bold=True, anchor='end')}"
        f"{_bar(left, box.y + 53, inner, share)}"
        f"{_text(left, box.y + 82, _fitted(told, inner, TEXT_PX), INK, TEXT_PX)}"
        f"{_text(left, box.y + 104, cities, QUIET, SMALL_PX)}</g>"
    )


def _bar(x: float, y: float, width: float, share: float) -> str:
    """How likely a stage is, as a length; a sliver remains of what is hardly ever."""
    filled = 0.0 if share == 0.0 else max(width * share, 2.0)
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="7" fill="{PAPER}" stroke="{LINE}"/>'
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{filled:.1f}" height="7" fill="{ACCENT}"/>'
    )


def _cities(words: Words, node: Mapping[str, Any], width: float) -> str:
    """As many cities as fit, and how many more there are."""
    for most in range(len(node["cities"]), 0, -1):
        told = words.reach(node, most)
        if text_width(told, SMALL_PX) <= width:
            return told
    return _fitted(words.reach(node, 1), width, SMALL_PX)


# -------------------------------------------------------------------------------------------------- the lines


def _line(line: Line, edge: Mapping[str, Any], placed: Layout) -> str:
    share = edge["fired"]
    is_joined = len(edge["causes"]) > 1
    drawn = _stroke(_curve(line.points), share)
    end = placed.ends[line.edge]
    if is_joined and line.cause == 0:
        drawn += _stroke(_curve((placed.labels[line.edge], end)), share)
    return drawn + (_head(end) if not is_joined or line.cause == 0 else "")


def _stroke(path: str, share: float) -> str:
    width = THINNEST_PX + (WIDEST_PX - THINNEST_PX) * share
    dashes = "2 5" if share == 0.0 else "7 5" if share < UNLIKELY else ""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    colour = LINE if share == 0.0 else ACCENT
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"{dashed}/>'


def _curve(points: Sequence[Point]) -> str:
    """From point to point, leaving and coming in straight down."""
    (x, y), *rest = points
    path = f"M{x:.1f} {y:.1f}"
    for u, v in rest:
        half = (v - y) / 2
        path += f"C{x:.1f} {y + half:.1f} {u:.1f} {v - half:.1f} {u:.1f} {v:.1f}"
        x, y = u, v
    return path


def _head(end: Point) -> str:
    x, y = end
    return f'<path d="M{x:.1f} {y:.1f}l-7 -12h14z" fill="{INK}"/>'


def _label(
    words: Words, number: int, edge: Mapping[str, Any], edges: Sequence[Mapping[str, Any]], placed: Layout
) -> str:
    """Share and delay on the line, with the condition above them where there is room for it."""
    x, y = placed.labels[number]
    beside = sum(other["to"] == edge["to"] for other in edges)
    rows = [f"{words.chance(edge['fired'])} · {words.delay(edge)}"]
    if len(edge["causes"]) > 1:
        rows[0] = f"{NEEDS[edge['needs']].said(words.language)} · {rows[0]}"
    elif beside == 1:
        rows.insert(0, words.short_cause(edge["causes"][0]))
    width = max(text_width(row, SMALL_PX) for row in rows) + 12
    top = y - 9.0 * len(rows)
    back = (
        f'<rect x="{x - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{18.0 * len(rows):.0f}" '
        f'rx="3" fill="{PAPER}"/>'
    )
    texts = "".join(
        _text(x, top + 13.5 + 18.0 * i, row, INK, SMALL_PX, anchor="middle") for i, row in enumerate(rows)
    )
    tip = f"{words.causes(edge)} → {words.titles[edge['to']]}"
    return f"<g><title>{escape(tip)}</title>{back}{texts}</g>"


# -------------------------------------------------------------------------------------------------- the words


def _text(
    x: float, y: float, text: str, colour: str, size: float, *, bold: bool = False, anchor: str = "start"
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size:.0f}"{weight} '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _fitted(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it is too long; the whole stands in the description."""
    if text_width(text, size, bold=bold) <= width:
        return text
    cut = text
    while cut and text_width(f"{cut}…", size, bold=bold) > width:
        cut = cut[:-1]
    return f"{cut.rstrip()}…"
