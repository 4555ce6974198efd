"""The order of the reaches, and what is refused about a network."""

from __future__ import annotations

import math
import time

import cast
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from riskshed.errors import InputFaults, NotFoundError
from riskshed.network import Network


@st.composite
def forests(draw: st.DrawFn, inflows_max: int = 6) -> tuple[list[int], list[int]]:
    """Random ids and the ids below them, in random order; -1 below an outlet."""
    count = draw(st.integers(1, 60))
    room = [inflows_max] * count
    down = [-1]
    for reach in range(1, count):
        open_reaches = [r for r in range(reach) if room[r]]
        to = draw(st.sampled_from([-1, *open_reaches]))
        room[to] -= to >= 0
        down.append(to)
    ids = draw(st.lists(st.integers(0, 10**9), min_size=count, max_size=count, unique=True))
    order = draw(st.permutations(range(count)))
    return [ids[r] for r in order], [ids[down[r]] if down[r] >= 0 else -1 for r in order]


def of(ids: list[int], down: list[int], **columns: list[float]) -> Network:
    return Network.of(ids, down, where="test", **columns)  # type: ignore[arg-type]


def members(net: Network, outlet: int) -> set[int]:
    """The reaches from which the water reaches this one, found by walking down from each."""
    return {reach for reach in range(len(net)) if outlet in net.path_down(reach)}


@given(forests())
def test_every_reach_comes_after_all_reaches_above_it(forest: tuple[list[int], list[int]]) -> None:
    net = of(*forest)
    assert ((net.down > np.arange(len(net))) | (net.down == -1)).all()


@given(forests())
def test_every_subtree_is_one_run_of_reaches_that_ends_in_its_outlet(
    forest: tuple[list[int], list[int]],
) -> None:
    net = of(*forest)
    for reach, size in enumerate(net.upstream_size.tolist()):
        assert members(net, reach) == set(range(reach + 1 - size, reach + 1))


@given(forests())
def test_among_the_reaches_above_the_largest_subtree_comes_first(forest: tuple[list[int], list[int]]) -> None:
    net = of(*forest)
    sizes = net.upstream_size
    for reach in range(len(net)):
        above = sizes[net.down == reach].tolist()
        assert above == sorted(above, reverse=True)


@given(forests())
def test_the_order_leads_back_to_the_source(forest: tuple[list[int], list[int]]) -> None:
    ids, down = forest
    net = of(ids, down)
    assert net.ids.tolist() == np.array(ids)[net.order].tolist()
    below = [int(net.ids[d]) if d >= 0 else -1 for d in net.down]
    assert below == np.array(down)[net.order].tolist()


@given(forests())
def test_the_counts_of_inflows_are_those_of_the_source(forest: tuple[list[int], list[int]]) -> None:
    ids, down = forest
    net = of(ids, down)
    assert net.upstream_count.tolist() == [down.count(int(reach)) for reach in net.ids]


@given(forests())
def test_the_stack_depth_is_what_a_walk_needs(forest: tuple[list[int], list[int]]) -> None:
    net, stack, deepest = of(*forest), list[int](), 0
    for reach, inflows in enumerate(net.upstream_count.tolist()):
        popped = [stack.pop() for _ in range(inflows)]
        assert all(net.down[above] == reach for above in popped)
        stack.append(reach)
        deepest = max(deepest, len(stack))
        if net.down[reach] < 0:
            stack.pop()
    assert net.stack_depth == deepest


@given(forests(inflows_max=2))
def test_the_stack_of_a_tree_of_confluences_is_no_deeper_than_the_logarithm(
    forest: tuple[list[int], list[int]],
) -> None:
    net = of(*forest)
    assert net.stack_depth <= math.log2(len(net)) + 1


@given(forests(inflows_max=6))
def test_the_stack_of_any_tree_is_bounded(forest: tuple[list[int], list[int]]) -> None:
    net = of(*forest)
    most = max(2, int(net.upstream_count.max()))
    assert net.stack_depth <= 1 + math.log2(len(net)) * (most - 1) / math.log2(most) + 1e-9


def test_values_travel_with_their_reach() -> None:
    net = of([3, 1, 2], [-1, 3, 3], length_m=[30.0, 10.0, 20.0], width_m=[33.0, 11.0, 22.0])
    assert (net.length_m / 10).tolist() == net.ids.tolist()
    assert (net.more["width_m"] / 11).tolist() == net.ids.tolist()


def test_what_the_source_does_not_have_is_unknown() -> None:
    net = of([1], [-1], length_m=[5.0])
    assert np.isnan([net.k_s[0], net.x[0], net.slope[0]]).all()


def test_a_path_goes_down_to_the_outlet() -> None:
    net = cast.network()
    path: NDArray[np.int32] = net.path_down(net.index(6))
    assert net.ids[path].tolist() == [6, 3, 4, 5]


def test_an_unknown_reach_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="no reach 99"):
        cast.network().index(99)


def refused(ids: list[int], down: list[int], **columns: list[float]) -> list[tuple[str, str]]:
    with pytest.raises(InputFaults) as error:
        of(ids, down, **columns)
    return [(fault.code, fault.got) for fault in error.value.faults]


def test_a_cycle_is_told_with_the_ids_on_it() -> None:
    faults = refused([1, 2, 3, 4, 5], [2, 3, 1, 1, -1])
    assert faults == [("network.cycle", "a cycle 1 -> 2 -> 3 -> 1")]


def test_each_cycle_is_told_once() -> None:
    faults = refused([1, 2, 3, 4], [2, 1, 4, 3])
    assert [got for _, got in faults] == ["a cycle 1 -> 2 -> 1", "a cycle 3 -> 4 -> 3"]


def test_a_long_cycle_is_cut_short() -> None:
    count = 5000
    ((_, got),) = refused(list(range(count)), [(r + 1) % count for r in range(count)])
    assert got.endswith("-> 9 -> ... (5000 reaches) -> 0")


@pytest.mark.parametrize(
    ("ids", "down", "code"),
    [
        ([], [], "network.empty"),
        ([1, 2], [7, -1], "network.unknown_id"),
        ([1, 1], [-1, -1], "network.duplicate_id"),
        ([1, 2], [1, -1], "network.self_loop"),
        ([-5], [-1], "network.bad_id"),
    ],
)
def test_a_network_that_is_none_is_refused(ids: list[int], down: list[int], code: str) -> None:
    assert refused(ids, down)[0][0] == code


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("length_m", -1.0),
        ("length_m", 0.0),
        ("length_m", math.nan),
        ("length_m", math.inf),
        ("k_s", 0.0),
        ("k_s", -5.0),
        ("x", 0.51),
        ("x", -0.01),
        ("slope", -1e-6),
        ("width_m", math.inf),
    ],
)
def test_a_value_out_of_range_is_refused(column: str, value: float) -> None:
    assert "network.bad_value" in {code for code, _ in refused([1], [-1], **{column: [value]})}


def test_all_that_is_wrong_is_told_at_once_with_its_line() -> None:
    with pytest.raises(InputFaults) as error:
        Network.of([1, 2, 2], [9, 1, 1], where="reaches.csv", lines=[2, 3, 4], length_m=[1.0, -2.0, 1.0])
    told = {(fault.code, fault.line) for fault in error.value.faults}
    assert told == {("network.bad_value", 3), ("network.duplicate_id", 4), ("network.unknown_id", 2)}


@pytest.mark.parametrize("shape", ["a line", "a star", "a river"])
def test_a_hundred_thousand_reaches_are_ordered_in_a_second(shape: str) -> None:
    count = 100_000
    reach = np.arange(count)
    random = np.random.default_rng(7)
    down = {
        "a line": reach - 1,
        "a star": np.where(reach > 0, 0, -1),
        "a river": np.maximum(reach - random.integers(1, 60, count), np.where(reach > 0, 0, -1)),
    }[shape]
    begin = time.process_time()
    net = Network.of(reach, down, where="test")
    assert time.process_time() - begin < 1.0
    assert len(net) == count


def test_the_real_network_keeps_its_published_order_of_flow() -> None:
    with np.load(cast.shared_data("lower-colorado") / "topology.npz") as data:
        down = data["down"]
    mixed = np.random.default_rng(3).permutation(down.size)
    net = Network.of(mixed, down[mixed], where="lower-colorado")
    assert len(net) == 11_248
    assert net.stack_depth <= 8
    assert (np.where(net.down >= 0, net.ids[net.down], -1) == down[net.ids]).all()
