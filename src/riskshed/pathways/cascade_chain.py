"""The chain of a cascade as plain data: stages and links with their probabilities and times.

Times are quantiles over the members in which a thing happens, since a median over all of them would be
infinite as soon as half of them miss; how many that are stands beside it. Too few of them have no quantiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from riskshed.footprint import ARRIVALS_MIN, Footprint
from riskshed.pathways.cascade_links import Fired, Met
from riskshed.pathways.cascade_source import CascadeSource
from riskshed.pathways.cascade_stage import Stage
from riskshed.region import Region

Floats = NDArray[np.float64]
Chain = dict[str, Any]

QUANTILES = (0.05, 0.5, 0.95)
CITIES_BOUND = 0.005
"""A city is named under a stage from this probability on."""


class Spread(Protocol):
    """What a chain is made from, of each stage."""

    @property
    def stage(self) -> Stage: ...
    @property
    def footprint(self) -> Footprint: ...
    @property
    def begin(self) -> Met: ...
    @property
    def links(self) -> tuple[Fired, ...]: ...
    @property
    def is_moved(self) -> bool: ...


def chain_of(
    source: CascadeSource, stages: Sequence[Spread], region: Region, members: int, horizon_s: float
) -> Chain:
    """Nodes and edges, in an order in which causes come first.

    Returns
    -------
    dict
        ``title_zh``, ``title_en``, ``origin`` (RFC 3339), ``horizon_s``, ``members``; ``nodes``, one for each
        stage: ``id``, ``pathway``, titles, ``probability`` that it begins, ``begins_s`` and ``reaches_s``
        (of the first place that it reaches) as [5 %, 50 %, 95 %] or None, ``cities``, ``is_moved``,
        ``source``; ``edges``, one for each link: ``id``, ``to``, ``needs``, ``causes``, ``met`` and ``fired``
        as shares of all members, ``probability`` and ``delay_s`` as [low, high], ``onset_s``, ``source``.
    """
    footprints = {spread.stage.id: spread.footprint for spread in stages}
    return {
        "title_zh": source.title_zh,
        "title_en": source.title_en,
        "origin": source.origin.isoformat(),
        "horizon_s": horizon_s,
        "members": members,
        "nodes": [_node(spread, region) for spread in stages],
        "edges": [_edge(fired, footprints) for spread in stages for fired in spread.links],
    }


def quantiles(times_s: Floats) -> list[float] | None:
    """5, 50 and 95 % of the times that are finite; None where too few are."""
    finite = times_s[np.isfinite(times_s)]
    if finite.size < min(ARRIVALS_MIN, times_s.size):
        return None
    return [float(q) for q in np.quantile(finite, QUANTILES)]


def _share(times_s: Floats) -> float:
    return float(np.isfinite(times_s).mean())


def _node(spread: Spread, region: Region) -> dict[str, Any]:
    stage, footprint = spread.stage, spread.footprint
    by_city = footprint.by_city(region.cities)
    cities = [
        {
            "code": place.city,
            "name_zh": place.name_zh,
            "name_en": place.name_en,
            "probability": _share(by_city.arrival_s[row]),
            "arrival_s": quantiles(by_city.arrival_s[row]),
        }
        for row, place in enumerate(by_city.places)
        if _share(by_city.arrival_s[row]) >= CITIES_BOUND
    ]
    return {
        "id": stage.id,
        "pathway": stage.pathway,
        "title_zh": stage.title_zh,
        "title_en": stage.title_en,
        "probability": _share(spread.begin.at_s),
        "begins_s": quantiles(spread.begin.at_s),
        "reaches_s": quantiles(footprint.arrival_s.min(axis=0)),
        "cities": cities,
        "is_moved": spread.is_moved,
        "source": footprint.source_text,
    }


def _edge(fired: Fired, footprints: dict[str, Footprint]) -> dict[str, Any]:
    link = fired.link
    causes = []
    for cause in link.causes:
        footprint = footprints[cause.stage]
        name = next((p for p in footprint.places if cause.place in (p.id, p.city)), None)
        causes.append(
            {
                "stage": cause.stage,
                "place": cause.place,
                "place_zh": None if name is None else name.name_zh,
                "place_en": None if name is None else name.name_en,
                "when": cause.when,
                "at_least": None if cause.when == "arrival" else cause.at_least,
                "unit": {"arrival": None, "peak": footprint.unit, "duration": "s"}[cause.when],
            }
        )
    return {
        "id": link.id,
        "to": link.to,
        "needs": link.needs,
        "causes": causes,
        "met": _share(fired.met.at_s),
        "fired": _share(fired.onset_s),
        "probability": [link.probability.low, link.probability.high],
        "delay_s": [link.delay_s.low, link.delay_s.high],
        "onset_s": quantiles(fired.onset_s),
        "source": link.source_text,
    }
