"""Needs and offers: 10,000 of each with some 40 candidates, matched, proven and explained.

They are of a hundred items, within each of which anything may be joined with anything: the items are the
only parts into which the problem falls. Amounts are single sets, so that peers that only know assignments
can do it too: SciPy's ``linear_sum_assignment`` on a dense table for each item, and its
``min_weight_full_bipartite_matching`` on the same pairs with a dear way out for each need. All reach the
same optimum. What ours takes contains finding the pairs, the proof and the explanations; theirs only the
optimum.

The same number of one item, with some 60 candidates each, does not fall into parts: single sets again, beside
the sparse peer, and amounts of 1 to 2,000 sets, which no assignment can say: there the proof stands alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from riskshed.governance.matching import Matching, match
from riskshed.governance.matching_explain import explain
from riskshed.governance.matching_pairs import Block
from riskshed.governance.matching_problem import MatchProblem, Need, Offer

START = datetime(2022, 3, 11, tzinfo=UTC)
WAY_OUT = 100_000.0
KM = 440.0
"""How far a need reaches, where an item has a hundred offers."""
AMOUNT_MOST = 2000

Progress = Callable[[str], None]


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured; `quick` is a small problem, for a test that it works."""
    tell = progress or (lambda _: None)
    items, each = (4, 60) if quick else (100, 100)
    count, km = items * each, KM / items**0.5
    tell("match and explain")
    many = solved(crowd(items, each))
    tell("SciPy, dense")
    dense, dense_s = cpu(lambda: sum(by_assignment(block) for block in many.matching.blocks))
    tell("SciPy, sparse")
    sparse, sparse_s = cpu(lambda: sum(by_sparse_matching(block) for block in many.matching.blocks))
    tell("one item")
    one = solved(crowd(1, count, km=km))
    sparse_one, sparse_one_s = cpu(lambda: by_sparse_matching(one.matching.blocks[0]))
    tell("one item, amounts")
    lots = solved(crowd(1, count, km=km, amount_most=AMOUNT_MOST))
    return {
        "name": "match",
        "work": f"{count} needs x {count} offers of {items} items, {many.pairs} candidate pairs",
        "unit": "cpu-seconds, explanations included",
        "ours": many.cpu_s,
        "explained_s": many.explained_s,
        "peers": [
            {"name": "scipy linear_sum_assignment", "cpu_s": dense_s, "ratio": dense_s / many.cpu_s},
            {"name": "scipy min_weight_full_bipartite_matching", "cpu_s": sparse_s,
             "ratio": sparse_s / many.cpu_s},
            {"name": "scipy min_weight_full_bipartite_matching, one item", "cpu_s": sparse_one_s,
             "ratio": sparse_one_s / one.cpu_s},
        ],
        "one_item_pairs": one.pairs,
        "one_item_s": one.cpu_s,
        "one_item_amounts_s": lots.cpu_s,
        "agreement": max(
            abs(dense - many.value) / many.value,
            abs(sparse - many.value) / many.value,
            abs(sparse_one - one.value) / one.value,
        ),
        "proven": all(each.matching.is_proven for each in (many, one, lots)),
        "matches": len(many.matching.matches),
        "explained": many.explained,
        "one_item_explained": one.explained,
    }  # fmt: skip


class Solved(NamedTuple):
    """A problem matched and explained, what it is worth, and the CPU seconds of both together."""

    matching: Matching
    pairs: int
    value: int
    explained: int
    explained_s: float
    cpu_s: float


def solved(problem: MatchProblem) -> Solved:
    """Match and explain, by the clock of the process."""
    made, matched_s = cpu(lambda: match(problem))
    told, explained_s = cpu(lambda: explain(made))
    return Solved(
        made,
        sum(block.need.size for block in made.blocks),
        sum(one.value for one in made.solutions),
        len(told.reasons) + len(told.unmet),
        explained_s,
        matched_s + explained_s,
    )


def cpu(work: Callable[[], Any]) -> tuple[Any, float]:
    """What came of it, and the CPU seconds of the process."""
    before = time.process_time()
    found = work()
    return found, time.process_time() - before


def crowd(items: int, each: int, seed: int = 0, *, km: float = KM, amount_most: int = 1) -> MatchProblem:
    """Sets of each item on nine by twelve degrees; of a hundred offers 40 are within 440 km."""
    draw = np.random.default_rng(seed)
    amounts = iter(np.random.default_rng(seed + 1).integers(1, amount_most + 1, 2 * items * each).tolist())
    needs, offers = [], []
    for item in range(items):
        at = draw.uniform((38.0, 112.0), (47.0, 124.0), (2 * each, 2))
        for i in range(each):
            shared = {"kind": "parts", "item": f"item{item:03d}", "unit": "set"}
            name = f"{item:03d}-{i:03d}"
            lat, lon = at[i]
            needs.append(
                Need(f"N{name}", f"of{i}", city="C", opens_at=START, needed_by=START + timedelta(days=4),
                     lat=lat, lon=lon, priority=int(draw.integers(1, 4)), km_max=km,
                     amount=Decimal(next(amounts)), **shared)
            )  # fmt: skip
            lat, lon = at[each + i]
            offers.append(
                Offer(f"O{name}", f"of{i}", city="C", ready_at=START, until=START + timedelta(days=9),
                      lat=lat, lon=lon, amount=Decimal(next(amounts)), **shared)
            )  # fmt: skip
    return MatchProblem(tuple(needs), tuple(offers))


def by_assignment(block: Block) -> int:
    """The optimum of one item by the assignment of a dense table."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    worth = np.zeros((block.needs.size, block.offers.size))
    worth[block.need, block.offer] = block.points
    return round(float(worth[linear_sum_assignment(worth, maximize=True)].sum()))


def by_sparse_matching(block: Block) -> int:
    """The same by a full matching of the pairs, and a way out for each need that stays unmatched."""
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching  # noqa: PLC0415

    count, offers = block.needs.size, block.offers.size
    every = np.arange(count)
    cost = np.concatenate([WAY_OUT - block.points, np.full(count, WAY_OUT)])
    ends = np.concatenate([block.need, every]), np.concatenate([block.offer, offers + every])
    table = coo_array((cost, ends), shape=(count, offers + count)).tocsr()
    rows, columns = min_weight_full_bipartite_matching(table)
    return round(count * WAY_OUT - float(table[rows, columns].sum()))
