"""Who supplies whom: the graph of plants and parts, and what stops on it come to.

A *part* is one thing that one plant needs; suppliers of it share it. The graph knows nothing of time: it says
which share of its output each plant loses, given own stops and the links on which stocks are used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskshed.region import Plant, SupplyLink

FloatArray = NDArray[np.float64]

OWN = -1
"""In place of a link: the plant stopped of itself."""

TOLERANCE = 1e-9
"""Share of output by which what is lost may fall short of what fits exactly, for plants in a ring."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Links in the order of their file; parts are suppliers of one thing to one plant."""

    supplier: NDArray[np.int64]  # (link,)
    customer: NDArray[np.int64]  # (link,)
    part: NDArray[np.int64]  # (link,)
    of_part: NDArray[np.int64]  # (part,): the plant that needs it
    weight: FloatArray  # (link, 1): what a link can take away of its part

    @staticmethod
    def of(plants: Sequence[Plant], links: Sequence[SupplyLink]) -> Graph:
        """The graph of some plants and the links among them."""
        rows = {plant.id: row for row, plant in enumerate(plants)}
        parts = list(dict.fromkeys((link.customer, link.part) for link in links))
        number = {part: i for i, part in enumerate(parts)}
        left = np.array([1.0 - (link.substitutable or 0.0) for link in links], np.float64)
        return Graph(
            np.array([rows[link.supplier] for link in links], np.int64),
            np.array([rows[link.customer] for link in links], np.int64),
            np.array([number[link.customer, link.part] for link in links], np.int64),
            np.array([rows[customer] for customer, _ in parts], np.int64),
            (shares(links) * left)[:, None],
        )

    def short(self, lost: FloatArray, ready: NDArray[np.bool_]) -> FloatArray:
        """Share of its part that each link does not bring, (link, member)."""
        return np.where(ready, self.weight * lost[self.supplier], 0.0)

    def settled(self, own: FloatArray, ready: NDArray[np.bool_]) -> FloatArray:
        """The least shares lost that fit with the own stops and with each other, (plant, member)."""
        lost = own
        while True:
            parts = np.zeros((self.of_part.size, own.shape[1]))
            np.add.at(parts, self.part, self.short(lost, ready))
            more = own.copy()
            np.maximum.at(more, self.of_part, np.minimum(parts, 1.0))
            if (more <= lost + TOLERANCE).all():
                return np.maximum(more, lost)
            lost = np.maximum(more, lost)

    def worst(self, now: NDArray[np.bool_], lost: FloatArray, ready: NDArray[np.bool_]) -> NDArray[np.int64]:
        """For plants that halt now, the link that takes most away; `OWN` where none does."""
        worst, most = np.full(now.shape, OWN), np.zeros(now.shape)
        short = self.short(lost, ready)
        for link, customer in enumerate(self.customer):
            here = now[customer] & (short[link] > most[customer])
            worst[customer, here] = link
            most[customer, here] = short[link, here]
        return worst


def shares(links: Sequence[SupplyLink]) -> FloatArray:
    """Share of its part that comes by each link, (link,); the rest is shared evenly where none is said."""
    said: dict[tuple[str, str], float] = {}
    silent: dict[tuple[str, str], int] = {}
    for link in links:
        part = (link.customer, link.part)
        said[part] = said.get(part, 0.0) + (link.share or 0.0)
        silent[part] = silent.get(part, 0) + (link.share is None)

    def share(link: SupplyLink) -> float:
        part = (link.customer, link.part)
        return max(1.0 - said[part], 0.0) / silent[part] if link.share is None else link.share

    return np.array([share(link) for link in links], np.float64)
