"""The picture of the forecast that a page shows: what `exchange.pictures` draws of its pathway, or why not.

It is drawn from the file that is on the record, and so is the same on every node, whoever made the forecast.
What runs down a river has the map of the cities instead; a forecast without a file that can be read, and a
cascade, whose chain is not in its file, leave the picture out and say so. The lists stay complete either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache

from django.utils.safestring import mark_safe

from riskshed.errors import InputError
from riskshed.exchange import footprint_seen
from riskshed.exchange.picture_parts import Picture
from riskshed.exchange.pictures import TITLES, picture
from riskshed.governance.standing import Standing
from riskshed.region import Region
from riskshed.web import wording
from riskshed.web.current import node
from riskshed.web.wording import say

LONG = 24_000
"""Characters of a picture above which the room of an incident only leads to it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page puts where the picture stands.

    Attributes
    ----------
    title : str
    is_long : bool
        Whether it is too long for any page but that of the map: it has land and water, or many rows.
    figure : str
        The ground, the drawing and its table, safe to be put into a page; empty where there is none.
    why : str
        Why there is none.
    """

    title: str
    is_long: bool = False
    figure: str = ""
    why: str = ""


def shown(standing: Standing, forecast: str) -> Shown | None:
    """The picture of a forecast on record; None where its pathway has no picture of its own.

    Parameters
    ----------
    forecast : str
        The id of its statement; empty for none.
    """
    seen = standing.statements.get(forecast)
    body = None if seen is None else seen.statement.body
    title = TITLES.get(str(body.get("pathway"))) if body else None
    if body is None or title is None:
        return None
    words = title.said(wording.tongue())
    data = node().file(str(body["file"]["digest"]))
    if data is None:
        return Shown(
            words, why=say("本节点没有此预测的文件，无法画图。", "This node lacks the file of this forecast.")
        )
    try:
        drawn = _drawn(data, node().region, node().profile.zone)
    except InputError:
        # Any body may name any file as that of its footprint.
        return Shown(words, why=say("此预测的文件无法读取。", "The file of this forecast cannot be read."))
    if drawn is None:
        return Shown(
            words,
            why=say("此预测的文件不足以画图。", "The file of this forecast does not hold enough to draw it."),
        )
    # Our own markup; every word that came with the file was escaped where it was put in.
    html = drawn.sprite + drawn.figure(wording.tongue())
    return Shown(words, drawn.is_map or len(html) > LONG, mark_safe(html))  # noqa: S308


@lru_cache(maxsize=16)
def _drawn(data: bytes, region: Region, zone: tzinfo) -> Picture | None:
    """Pages are asked for again and again, and the file of a forecast never changes."""
    return picture(footprint_seen.read(data), region, zone)
