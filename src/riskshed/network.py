"""A river network: reaches in the order in which water passes through them.

A reach is a length of river with one number for each of its properties; a river network is a set of trees of
reaches, each tree flowing to one outlet. Whatever is carried down (flow, mass) has to be known above a reach
before it is known in it. Any topological order does that; ours does more: **depth-first post-order, largest
subtree first**. Every subtree is then one contiguous run of reaches that ends in its outlet, so that a part
of the network can be cut out as a slice, and what flows in from above waits on a stack that stays shallow: a
reach pops ``upstream_count`` pending outflows, and pushes its own. With at most two inflows to a reach the
stack of a tree of n reaches is never deeper than log2(n) + 1 (the second, smaller subtree has at most half of
the reaches, and only entering it costs a place), so that the pending outflows of all members stay in the
cache of one core.

The order costs one pass over the reaches and one sort, without recursion: about 0.15 s for 100,000 reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskshed.errors import Fault, InputFaults, NotFoundError
from riskshed.tables import FaultBook

OUTLET = -1
"""The id and the index that stand below an outlet."""

IDS_NAMED_MAX = 10

# name, low, high, whether low itself is allowed
PROPERTIES: tuple[tuple[str, float, float, bool], ...] = (
    ("length_m", 0.0, 1e7, False),
    ("k_s", 0.0, 1e9, False),
    ("x", 0.0, 0.5, True),
    ("slope", 0.0, 10.0, True),
)


@dataclass(frozen=True, eq=False)
class Network:
    """Reaches in depth-first post-order, largest subtree first; all arrays have the one axis (reach,).

    Attributes
    ----------
    ids : int64 (reach,)
        The source's own ids, unique, >= 0.
    down : int32 (reach,)
        Index of the reach below, always greater than the own index; -1 at an outlet.
    upstream_count : int32 (reach,)
        How many reaches flow directly into each; 0 at a headwater.
    length_m, k_s, x, slope : float64 (reach,)
        Length > 0, Muskingum travel time > 0, Muskingum weight 0 to 0.5, slope >= 0. NaN where unknown.
    order : int64 (reach,)
        Row of each reach in the source, to bring other data per reach into this order:
        ``data[network.order]``.
    more : mapping of str to float64 (reach,)
        Further properties of the reaches, by column name, in this order.
    """

    ids: NDArray[np.int64]
    down: NDArray[np.int32]
    upstream_count: NDArray[np.int32]
    length_m: NDArray[np.float64]
    k_s: NDArray[np.float64]
    x: NDArray[np.float64]
    slope: NDArray[np.float64]
    order: NDArray[np.int64]
    more: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @staticmethod
    def of(
        ids: ArrayLike,
        down_ids: ArrayLike,
        *,
        where: str,
        lines: Sequence[int] | None = None,
        names: tuple[str, str] = ("reach_id", "down_id"),
        **columns: ArrayLike | None,
    ) -> Network:
        """Order reaches given in any order.

        Parameters
        ----------
        ids, down_ids : integers (reach,)
            Each reach and the one below it; -1 below an outlet.
        where : str
            The file, or a name, for the messages.
        lines : sequence of int, optional
            Line of each reach in that file; without it a fault names the reach only.
        names : (str, str)
            What the file calls the two columns.
        **columns : float (reach,)
            ``length_m``, ``k_s``, ``x``, ``slope``, and any others, which land in ``more``. NaN is unknown,
            except in ``length_m``, which must be known where it is given.

        Raises
        ------
        InputFaults
            With every cycle, unknown or repeated id, reach that flows into itself, and value out of range.

        Examples
        --------
        >>> net = Network.of([1, 2, 3], [3, 3, -1], where="example", length_m=[900.0, 500.0, 700.0])
        >>> net.ids.tolist(), net.down.tolist(), net.upstream_count.tolist()
        ([1, 2, 3], [2, 2, -1], [0, 0, 2])
        """
        faults = _Faults(where, lines)
        id_of = np.asarray(ids, dtype=np.int64).reshape(-1)
        below = np.asarray(down_ids, dtype=np.int64).reshape(-1)
        assert id_of.shape == below.shape, "one reach below for each reach"
        data = {n: np.asarray(c, dtype=np.float64).reshape(-1) for n, c in columns.items() if c is not None}
        assert all(column.shape == id_of.shape for column in data.values()), "one value for each reach"
        if id_of.size == 0:
            faults.add(
                "network.empty", None, names[0], "no reaches", "at least one reach", "Add the reaches."
            )
        _check_values(faults, id_of, data)
        down = _down_rows(faults, id_of, below, names)
        faults.stop()
        topo, size = _downstream_first_to_last(down)
        if topo.size < id_of.size:
            _name_cycles(faults, id_of, down, topo, names[1])
        faults.stop()
        return _arrange(id_of, down, topo, size, data)

    def __len__(self) -> int:
        return int(self.ids.size)

    @property
    def stack_depth(self) -> int:
        """Most outflows pending at once, when each reach pops its inflows and pushes its own outflow.

        What leaves an outlet is counted while the outlet is routed, and dropped then.
        """
        leaves = self.down < 0
        pending = np.cumsum(1 - self.upstream_count.astype(np.int64) - leaves)
        return int((pending + leaves).max())

    @property
    def upstream_size(self) -> NDArray[np.int64]:
        """Number of reaches in each reach's subtree, itself included (reach,).

        The subtree of reach i is the slice ``i + 1 - upstream_size[i] : i + 1``.
        """
        size = [1] * len(self)
        for reach, below in enumerate(self.down.tolist()):
            if below >= 0:
                size[below] += size[reach]
        return np.array(size, dtype=np.int64)

    def index(self, reach_id: int) -> int:
        """Index of the reach with this id. Raises NotFoundError."""
        hit = np.flatnonzero(self.ids == reach_id)
        if hit.size == 0:
            raise NotFoundError(
                "network.unknown_id",
                f"there is no reach {reach_id} among the {len(self)} reaches of the network",
                todo="Look for the id in the file of the reaches.",
            )
        return int(hit[0])

    def path_down(self, index: int) -> NDArray[np.int32]:
        """Indices from this reach (included) to its outlet (included), in the order of the flow."""
        assert 0 <= index < len(self), "an index of this network"
        path = []
        while index >= 0:
            path.append(index)
            index = int(self.down[index])
        return np.array(path, dtype=np.int32)


class _Faults:
    """The book of faults of one network, which knows on which line each reach stands."""

    def __init__(self, where: str, lines: Sequence[int] | None) -> None:
        self.found: list[Fault] = []
        self.lines, self.book = lines, FaultBook(where, self.found)

    def add(self, code: str, row: int | None, column: str, got: str, wanted: str, todo: str) -> None:
        line = None if row is None or self.lines is None else int(self.lines[row])
        self.book.add(code, line, column, got, wanted, todo)

    def stop(self) -> None:
        if self.book.close():
            raise InputFaults("network.faults", "the river network cannot be used", self.found)


def _check_values(faults: _Faults, ids: NDArray[np.int64], data: Mapping[str, NDArray[np.float64]]) -> None:
    for row in np.flatnonzero(ids < 0).tolist():
        faults.add(
            "network.bad_id", row, "id", str(ids[row]), "an id >= 0", "Number the reaches from 0 or 1."
        )
    for name, low, high, low_allowed in PROPERTIES:
        if name not in data:
            continue
        value = data[name]
        good = (value >= low if low_allowed else value > low) & (value <= high)
        good |= np.isnan(value) & (name != "length_m")
        wanted = f"{low:g} {'<=' if low_allowed else '<'} {name} <= {high:g}"
        for row in np.flatnonzero(~good).tolist():
            got = f"{value[row]:g} for reach {ids[row]}"
            faults.add("network.bad_value", row, name, got, wanted, f"Correct {name} of this reach.")
    for name, value in data.items():
        for row in np.flatnonzero(np.isinf(value)).tolist():
            got = f"{value[row]} for reach {ids[row]}"
            faults.add("network.bad_value", row, name, got, "a finite number", "Leave it empty if unknown.")


def _down_rows(
    faults: _Faults, ids: NDArray[np.int64], below: NDArray[np.int64], names: tuple[str, str]
) -> NDArray[np.int64]:
    """Row of the reach below each reach, -1 at an outlet; repeated, unknown and own ids become faults."""
    if ids.size == 0:
        return below
    by_id = np.argsort(ids, kind="stable")
    ranked = ids[by_id]
    for again in (np.flatnonzero(ranked[1:] == ranked[:-1]) + 1).tolist():
        row = int(by_id[again])
        faults.add(
            "network.duplicate_id",
            row,
            names[0],
            f"reach {ids[row]} again",
            "each reach once",
            "Keep one row.",
        )
    place = np.minimum(np.searchsorted(ranked, below), ids.size - 1)
    known = ranked[place] == below
    down = np.where(known, by_id[place], OUTLET)
    for row in np.flatnonzero(~known & (below != OUTLET)).tolist():
        got = f"{below[row]} below reach {ids[row]}"
        todo = "Add that reach, or leave the cell empty if this is an outlet."
        faults.add("network.unknown_id", row, names[1], got, "the id of a reach, or none at an outlet", todo)
    for row in np.flatnonzero(below == ids).tolist():
        got = f"reach {ids[row]} flows into itself"
        faults.add("network.self_loop", row, names[1], got, "the next reach downstream", "Correct the id.")
    return down


def _downstream_first_to_last(down: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[int]]:
    """Rows from headwaters to outlets, and the number of reaches at and above each row.

    Rows on a cycle are left out (a reach flows into one reach only, so nothing else can be).
    """
    below = down.tolist()
    waiting = np.bincount(down[down >= 0], minlength=down.size).tolist()
    size = [1] * down.size
    topo = [row for row, count in enumerate(waiting) if count == 0]
    for row in topo:  # grows while it is walked
        to = below[row]
        if to >= 0:
            size[to] += size[row]
            waiting[to] -= 1
            if waiting[to] == 0:
                topo.append(to)
    return np.array(topo, dtype=np.int64), size


def _name_cycles(
    faults: _Faults, ids: NDArray[np.int64], down: NDArray[np.int64], topo: NDArray[np.int64], column: str
) -> None:
    left = np.ones(ids.size, dtype=bool)
    left[topo] = False
    for start in np.flatnonzero(left).tolist():
        ring, row = [], start
        while left[row]:
            left[row] = False
            ring.append(int(ids[row]))
            row = int(down[row])
        if ring:
            shown = " -> ".join(str(i) for i in ring[:IDS_NAMED_MAX])
            more = f" -> ... ({len(ring)} reaches)" if len(ring) > IDS_NAMED_MAX else ""
            got = f"a cycle {shown}{more} -> {ring[0]}"
            faults.add(
                "network.cycle", start, column, got, "a river that reaches an outlet", "Break the cycle."
            )


def _arrange(
    ids: NDArray[np.int64],
    down: NDArray[np.int64],
    topo: NDArray[np.int64],
    size: list[int],
    data: Mapping[str, NDArray[np.float64]],
) -> Network:
    # A subtree fills a run of places and its outlet the last of them. Among the reaches that flow into one
    # reach (or among the outlets) the larger subtree comes first; ties keep the order of the source.
    sizes = np.array(size, dtype=np.int64)
    siblings = np.lexsort((-sizes, down))
    before = np.cumsum(sizes[siblings]) - sizes[siblings]
    family = np.searchsorted(down[siblings], down[siblings])  # first of the siblings of each
    offset = np.empty_like(sizes)
    offset[siblings] = before - before[family]
    start, below = offset.tolist(), down.tolist()
    for row in reversed(topo.tolist()):
        if below[row] >= 0:
            start[row] += start[below[row]]
    place = np.array(start, dtype=np.int64) + sizes - 1
    order = np.empty_like(place)
    order[place] = np.arange(place.size)
    to = down[order]
    down_place = np.where(to >= 0, place[to], OUTLET).astype(np.int32)
    unknown = np.full(ids.size, np.nan)
    given: dict[str, Any] = {name: data.get(name, unknown)[order] for name, *_ in PROPERTIES}
    known = set(given)
    count = np.bincount(down_place[down_place >= 0], minlength=ids.size).astype(np.int32)
    more = {name: column[order] for name, column in data.items() if name not in known}
    return Network(ids=ids[order], down=down_place, upstream_count=count, order=order, more=more, **given)
