"""Members depend on the seed and nothing else; a result depends on the task and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from ensemble_tasks import alone, die, fail_at_70, walk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from riskshed.errors import DomainError, NotFoundError, RiskshedError
from riskshed.pathways import ensemble

MEMBERS = 150
SPLITS = [("threads", 1), ("threads", 3), ("processes", 2)]


def same_bits(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> bool:
    return one.keys() == two.keys() and all(one[k].tobytes() == two[k].tobytes() for k in one)


@given(st.integers(), st.integers(1, 60), st.integers(0, 59), st.integers(1, 9))
def test_a_member_is_the_same_whatever_else_is_drawn(seed: int, many: int, member: int, count: int) -> None:
    drawn = ensemble.normal(seed, "x", max(many, member + 1), (count,))
    again = ensemble.normal(seed, "x", range(member, member + 1), (count + 3,))
    assert drawn[member].tobytes() == again[0, :count].tobytes()


def test_shape_is_member_first() -> None:
    assert ensemble.normal(1, "x", range(5, 9), (2, 3)).shape == (4, 2, 3)
    assert ensemble.uniform(1, "x", 4).shape == (4,)
    assert ensemble.uniform(1, "x", 0, (2,)).shape == (0, 2)


@pytest.mark.parametrize(("seed", "name"), [(2, "x"), (-1, "x"), (1, "y"), (10**30, "x")])
def test_another_seed_or_name_is_another_stream(seed: int, name: str) -> None:
    one, two = ensemble.normal(1, "x", 2000), ensemble.normal(seed, name, 2000)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.1


def test_neighbouring_numbers_and_members_are_independent() -> None:
    drawn = ensemble.normal(3, "x", 2000, (9,))
    correlation = np.corrcoef(np.vstack([drawn.T, np.roll(drawn[:, 0], 1)]))
    assert np.abs(correlation - np.eye(10)).max() < 0.1


def test_normal_numbers_are_normal() -> None:
    assert stats.kstest(ensemble.normal(5, "x", 20_000), "norm").pvalue > 0.01


def test_uniform_numbers_fill_their_interval_and_leave_out_its_ends() -> None:
    drawn = ensemble.uniform(5, "x", 20_000, low=2.0, high=4.0)
    assert stats.kstest(drawn, "uniform", (2.0, 2.0)).pvalue > 0.01
    assert drawn.min() > 2
    assert drawn.max() < 4


def test_draws_are_those_of_earlier_years() -> None:
    drawn = ensemble.uniform(20051113, "release", range(41, 43), (5,))
    wanted = [
        [0.9487919135133366, 0.6519485944720854, 0.69598814937573, 0.18620590217897492, 0.3148939186212253],
        [0.9881118337794689, 0.3880692487377916, 0.969408160680617, 0.7801923376174794, 0.9141879295792358],
    ]
    assert drawn.tolist() == wanted


def test_drawing_many_is_fast() -> None:
    best = min(timed(lambda: ensemble.normal(1, "x", 4096, (200,))) for _ in range(3))
    assert best < 0.2


def timed(act: Any) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


@pytest.mark.parametrize("members", [range(0, 10, 2), range(-1, 3)])
def test_members_that_are_no_plain_range_stop_the_program(members: range) -> None:
    with pytest.raises(AssertionError, match="members are"):
        ensemble.uniform(1, "x", members)


@pytest.mark.parametrize(("how", "workers"), SPLITS)
def test_every_split_gives_the_same_bits(how: str, workers: int) -> None:
    task = partial(walk, seed=9)
    serial = ensemble.run(task, MEMBERS, chunk=16)
    assert same_bits(ensemble.run(task, MEMBERS, how=how, workers=workers, chunk=16), serial)


def test_a_real_cluster_gives_the_same_bits() -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra scale")
    task = partial(walk, seed=9)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        spread = ensemble.run(task, MEMBERS, how="dask", client=client, chunk=16)
        workers = set(client.run(os.getpid).values())
        with pytest.raises(NotFoundError, match="北江"):
            ensemble.run(fail_at_70, MEMBERS, how="dask", client=client, chunk=16)
    assert len(workers - {os.getpid()}) == 2
    assert same_bits(spread, ensemble.run(task, MEMBERS, chunk=16))


def test_a_cluster_is_started_where_none_is_given() -> None:
    pytest.importorskip("distributed", reason="needs the extra scale")
    spread = ensemble.run(alone, 5, how="dask", workers=1, chunk=2)
    assert spread.tobytes() == alone(range(5)).tobytes()


def test_a_lone_array_comes_back_as_one() -> None:
    assert ensemble.run(alone, 7, chunk=3).tobytes() == alone(range(7)).tobytes()


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 50))
def test_members_come_back_in_order(members: int, chunk: int) -> None:
    result = ensemble.run(partial(walk, seed=1), members, how="threads", workers=2, chunk=chunk)
    np.testing.assert_array_equal(result["members"], np.arange(members))


@pytest.mark.parametrize("how", ["serial", "threads"])
def test_progress_is_told_to_the_end_in_the_calling_thread(how: str) -> None:
    told = []
    ensemble.run(
        alone, 10, how=how, chunk=4, progress=lambda *done: told.append((*done, threading.get_ident()))
    )
    assert told[-1] == (10, 10, threading.get_ident())
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert len(told) == 3


@pytest.mark.parametrize("how", ["serial", "threads", "processes"])
def test_an_error_comes_back_as_it_is(how: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        ensemble.run(fail_at_70, MEMBERS, how=how, workers=2, chunk=16)
    assert caught.value.to_json() == {
        "code": "region.section",
        "what": "no section is called 北江",
        "todo": "Look at sections.csv",
    }


def test_an_error_cancels_what_has_not_begun() -> None:
    begun = []

    def fail_first(members: range) -> np.ndarray:
        begun.append(members)
        raise NotFoundError("x", "y")

    with pytest.raises(NotFoundError):
        ensemble.run(fail_first, 10_000, how="threads", workers=1, chunk=1)
    assert len(begun) < 1000


def test_a_worker_that_dies_is_told_as_such() -> None:
    with pytest.raises(RiskshedError) as caught:
        ensemble.run(die, 4, how="processes", workers=1, chunk=2)
    assert caught.value.code == "ensemble.worker_lost"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"how": "gpu"}, "want one of serial, threads, processes, dask"),
        ({"members": 0}, "members is 0, want at least 1"),
        ({"chunk": 0}, "chunk is 0, want at least 1"),
        ({"workers": -1}, "workers is -1, want at least 1"),
    ],
)
def test_what_cannot_be_run_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(DomainError, match=told):
        ensemble.run(alone, **({"members": 4} | changes))


@pytest.mark.parametrize(
    "task",
    [
        lambda members: np.zeros((len(members), 2)),
        lambda members: np.zeros(len(members), dtype="f4" if members.start else "f8"),
        lambda members: {str(members.start): np.zeros(len(members))},
    ],
    ids=["member axis first", "another type", "another name"],
)
def test_a_task_that_changes_its_answer_stops_the_program(task: Any) -> None:
    with pytest.raises(AssertionError):
        ensemble.run(task, 5, chunk=3)


def test_dask_without_the_extra_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "distributed.py").write_text("raise ImportError\n", encoding="utf-8")
    program = (
        "from riskshed.pathways import ensemble\n"
        "from riskshed.errors import MissingExtraError\n"
        "try: ensemble.run(len, 4, how='dask')\n"
        "except MissingExtraError as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert "pip install 'riskshed[scale]'" in told.stdout
