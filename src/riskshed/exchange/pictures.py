"""Each footprint as its pathway draws it: a network, a plume, plants that halt, a chain.

A page asks `picture` and shows what it gets: it need not know which pathway it has. What runs down a river
has no picture of this kind: its map with the stem and the front is drawn by the pages themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from riskshed.exchange import (
    cascade_graph,
    footprint_seen,
    halts_picture,
    network_picture,
    picture_ground,
    plume_picture,
)
from riskshed.exchange.footprint_seen import FootprintSeen
from riskshed.exchange.picture_parts import Picture
from riskshed.exchange.wording import Text
from riskshed.footprint import Footprint
from riskshed.region import Region

GRAPH = Text("灾害链", "The chain")
TITLES: Mapping[str, Text] = {
    "contagion": network_picture.TITLE,
    "plume": plume_picture.TITLE,
    "supply": halts_picture.TITLE,
    "cascade": GRAPH,
}
"""What the picture of each pathway is called, for those that have one."""


def picture(
    footprint: Footprint | FootprintSeen,
    region: Region,
    zone: tzinfo,
    *,
    more: Mapping[str, Any] | None = None,
) -> Picture | None:
    """The picture of a footprint.

    Parameters
    ----------
    footprint : Footprint or FootprintSeen
        In memory, or read from its file (`footprint_seen.read`): both give the same picture.
    region : Region
    zone : tzinfo
        In which times are written.
    more : mapping, optional
        What the pathway tells beside the footprint: ``chain`` of a cascade, ``effective_distance`` of a
        disease; without it, what the file of the footprint holds of it. A cascade has no picture without it.

    Returns
    -------
    Picture or None
        None where the pathway has none, or where nobody knows what it would have to show.
    """
    seen = footprint if isinstance(footprint, FootprintSeen) else footprint_seen.of(footprint)
    told = more or seen.more
    if seen.pathway == "cascade":
        return _graph(told["chain"], zone) if "chain" in told else None
    if seen.pathway == "supply":
        return halts_picture.halts(seen, region, zone)
    if seen.pathway not in ("contagion", "plume"):
        return None
    ground = picture_ground.ground(seen, region)
    if ground is None:
        return None
    if seen.pathway == "plume":
        return plume_picture.plume(seen, region, ground, zone)
    return network_picture.network(seen, region, ground, zone, told)


def _graph(chain: Mapping[str, Any], zone: tzinfo) -> Picture:
    def draw(language: str, name: str) -> str:
        return cascade_graph.figure(chain, language, zone, name=name)  # its tables stand below it

    return Picture("cascade", GRAPH, False, "", draw)
