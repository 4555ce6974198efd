"""Members from a seed, and one result however the work is split.

Two problems meet here. Random numbers drawn one after the other depend on how many were drawn before, so a
run with 8 members is not the beginning of a run with 4096, and two cores do not agree with one. And sums or
chunks that depend on the number of workers change the last bits. We draw by *counter* instead: number `j` of
member `m` in the stream `name` of `seed` is a function of these four alone (Philox4x64-10 of Salmon et al.
2011, doi:10.1145/2063384.2063405), and work is cut at fixed boundaries, so that serial, threads, processes
and ``dask.distributed`` give the same bits. It costs one small call for each four numbers of a member, all
members at once.

The bits of a Philox stream are promised not to change between versions of NumPy; its distributions are not.
So only raw bits are taken from it, and turned into numbers here.
"""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import os
import pickle
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from riskshed.errors import DomainError, MissingExtraError, RiskshedError
from riskshed.footprint import Series

FloatArray = NDArray[np.float64]
Result = NDArray[Any] | Mapping[str, NDArray[Any]]
Task = Callable[[range], Result]
Progress = Callable[[int, int], None]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of the curves over time that a footprint carries."""

HOWS = ("serial", "threads", "processes", "dask")
"""The ways in which :func:`run` can work; all give the same bits."""


def uniform(
    seed: int,
    name: str,
    members: range | int,
    shape: tuple[int, ...] = (),
    *,
    low: float = 0.0,
    high: float = 1.0,
) -> FloatArray:
    """Evenly spread numbers, the same for a member whatever else is drawn.

    Parameters
    ----------
    seed : int
        Any integer.
    name : str
        Name of the stream; streams of different names are independent.
    members : range or int
        Which members (step 1, from 0), or how many.
    shape : tuple of int
        Numbers of each member. The first numbers do not depend on how many follow.
    low, high : float
        Ends of the interval, both left out.

    Returns
    -------
    ndarray of float64, (member, *shape)

    Examples
    --------
    >>> few, many = uniform(7, "release", 3), uniform(7, "release", 1000)
    >>> bool((few == many[:3]).all())
    True
    >>> bool((uniform(7, "release", range(500, 1000)) == many[500:]).all())
    True
    """
    wanted = range(members) if isinstance(members, int) else members
    assert wanted.step == 1, f"members are {wanted}, want a step of 1"
    assert wanted.start >= 0, f"members are {wanted}, want to start at 0 or above"
    count = math.prod(shape)
    blocks = -(-count // 4)
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    key = np.frombuffer(digest[:16], dtype="<u8").astype(np.uint64)
    bits: NDArray[np.uint64] = np.empty((len(wanted), blocks, 4), dtype=np.uint64)  # (member, block, 4)
    for block in range(blocks):
        # The counter is (member, block): all members of one block are neighbours in the stream.
        philox = np.random.Philox(key=key, counter=np.array([wanted.start, block, 0, 0], dtype=np.uint64))
        bits[:, block] = philox.random_raw(4 * len(wanted)).reshape(-1, 4)
    # 52 bits and a half: the middle of each step, so that neither 0 nor 1 ever comes out.
    unit = ((bits.reshape(len(wanted), 4 * blocks)[:, :count] >> np.uint64(12)) + 0.5) * 2.0**-52
    drawn = np.asarray(low + (high - low) * unit, dtype=np.float64)
    return drawn.reshape(len(wanted), *shape)


def normal(seed: int, name: str, members: range | int, shape: tuple[int, ...] = ()) -> FloatArray:
    """Standard normal numbers, the same for a member whatever else is drawn.

    The inverse of the normal distribution at :func:`uniform` of the same stream, hence rising with it.
    Parameters and result are those of :func:`uniform`.

    Examples
    --------
    >>> draws = normal(7, "velocity", 4096, (2,))
    >>> draws.shape, bool(abs(draws.mean()) < 0.05), bool(abs(draws.std() - 1) < 0.05)
    ((4096, 2), True, True)
    """
    drawn: FloatArray = ndtri(uniform(seed, name, members, shape))
    return drawn


def series(values: FloatArray, time_s: FloatArray) -> Series:
    """Quantile curves over all members, for a footprint.

    Parameters
    ----------
    values : (city, time, member)
        The quantity of the footprint.
    time_s : (time,)
        Seconds after the origin of the footprint.
    """
    curves = np.moveaxis(np.quantile(values, QUANTILES, axis=2), 0, 1)  # (city, quantile, time)
    return Series(np.array(QUANTILES), time_s, curves)


def run(
    task: Task,
    members: int,
    *,
    how: str = "serial",
    workers: int | None = None,
    client: Any = None,
    chunk: int = 64,
    progress: Progress | None = None,
) -> Any:
    """Run a task over all members and put the results together.

    Parameters
    ----------
    task : callable
        Takes a range of members, returns an array, or a dict of arrays, with the member axis last. For
        ``processes`` and ``dask`` it can be pickled. Its result for a member depends on that member only
        through the range it is given.
    members : int
        At least 1.
    how : {"serial", "threads", "processes", "dask"}
        All give the same bits. ``processes`` and ``dask`` start new interpreters, so a script that uses
        them keeps its start under ``if __name__ == "__main__":``.
    workers : int, optional
        How many at once; without it, as many as there are cores to use.
    client : distributed.Client, optional
        For ``dask``: the cluster to use; without it, one is started on this computer and stopped again.
    chunk : int
        Members in one piece of work. The boundaries depend on this number alone, never on `workers`.
    progress : callable, optional
        Called as ``progress(done, total)`` in members, in the calling thread, after each piece.

    Returns
    -------
    ndarray or dict of ndarray
        As the task gives, with all members along the last axis, in order.

    Raises
    ------
    DomainError
        `members`, `chunk` or `workers` below 1, or an unknown `how`.
    MissingExtraError
        ``dask`` without the extra ``scale``.
    RiskshedError
        ``ensemble.worker_lost``: a worker died. Anything the task raises is raised as it is, after the
        pieces that had not begun were cancelled.
    """
    _check(members, chunk, workers, how)
    pieces = [range(start, min(start + chunk, members)) for start in range(0, members, chunk)]
    count = min(workers or _cores(), len(pieces))
    done = 0
    together = _Together(members)
    with closing(_results(how, task, pieces, count, client)) as results:
        for piece, result in results:
            together.put(piece, result)
            done += len(piece)
            if progress is not None:
                progress(done, members)
    return together.result()


def _check(members: int, chunk: int, workers: int | None, how: str) -> None:
    if how not in HOWS:
        raise DomainError("ensemble.how", f"how is {how!r}, want one of {', '.join(HOWS)}")
    for name, value in (("members", members), ("chunk", chunk), ("workers", workers)):
        if value is not None and value < 1:
            raise DomainError(f"ensemble.{name}", f"{name} is {value}, want at least 1")


def _cores() -> int:
    """Cores that this process may use, which may be fewer than the computer has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


AHEAD = 4
"""Pieces handed out for each worker, so that none waits for the next one."""

LONE = ""
"""Stands for the name of the array where a task gives just one."""


class _Together:
    """Results of pieces, written into their place as they come, so that nothing is held twice."""

    def __init__(self, members: int) -> None:
        self.members = members
        self.arrays: dict[str, NDArray[Any]] = {}

    def put(self, piece: range, result: Result) -> None:
        parts = result if isinstance(result, Mapping) else {LONE: result}
        if not self.arrays:
            for name, part in parts.items():
                self.arrays[name] = np.empty((*part.shape[:-1], self.members), dtype=part.dtype)
        assert parts.keys() == self.arrays.keys(), "a task gives the same arrays for every piece"
        for name, part in parts.items():
            whole = self.arrays[name]
            shape = (*whole.shape[:-1], len(piece))
            assert part.shape == shape, f"{name}: {part.shape}, want {shape} (member axis last)"
            assert part.dtype == whole.dtype, f"{name}: {part.dtype} after {whole.dtype}"
            whole[..., piece.start : piece.stop] = part

    def result(self) -> Any:
        return self.arrays.get(LONE, self.arrays)


Results = Generator[tuple[range, Result], None, None]


def _results(how: str, task: Task, pieces: list[range], workers: int, client: Any) -> Results:
    if how == "serial":
        return ((piece, task(piece)) for piece in pieces)
    if how == "threads":
        return _pooled(ThreadPoolExecutor(workers), task, pieces, AHEAD * workers)
    if how == "processes":
        return _in_processes(task, pieces, workers)
    return _in_dask(task, pieces, workers, client)


def _pooled(pool: Executor, call: Task, pieces: Iterable[range], ahead: int) -> Results:
    """Results as they come; never more than `ahead` pieces handed out, so that an error stops the rest."""
    waiting = iter(pieces)
    futures: dict[Future[Result], range] = {}
    try:
        while True:
            for piece in islice(waiting, ahead - len(futures)):
                futures[pool.submit(call, piece)] = piece
            if not futures:
                return
            done = wait(futures, return_when=FIRST_COMPLETED).done
            for future in sorted(done, key=lambda future: futures[future].start):
                yield futures.pop(future), future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_processes(task: Task, pieces: list[range], workers: int) -> Results:
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),  # a fork would copy locks that other threads hold
        initializer=_receive,
        # Once to each worker rather than with each piece: a task may carry a whole river network. As bytes,
        # so that one that cannot be pickled fails here, and not in a worker that dies without a word.
        initargs=(pickle.dumps(task),),
    )
    try:
        yield from _pooled(pool, _perform, pieces, AHEAD * workers)
    except BrokenProcessPool:
        raise _worker_lost() from None


_received: list[bytes | Task] = []
"""In a worker process alone: the task, first as bytes, then as itself. Owned by the two functions below."""


def _receive(parcel: bytes) -> None:
    _received[:] = [parcel]


def _perform(piece: range) -> Result:
    task = _received[0]
    if isinstance(task, bytes):
        task = _received[0] = pickle.loads(task)  # noqa: S301 (bytes that our own parent process made)
    return task(piece)


def _in_dask(task: Task, pieces: list[range], workers: int, client: Any) -> Results:
    try:
        import distributed  # noqa: PLC0415 (an optional extra)
    except ImportError:
        raise MissingExtraError("distributed", "scale") from None
    with ExitStack() as stack:
        if client is None:
            cluster = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            )
            client = stack.enter_context(distributed.Client(stack.enter_context(cluster)))
        sent = client.scatter(task, broadcast=True, hash=False)  # once to each worker
        futures = {client.submit(_call, sent, piece, pure=False): piece for piece in pieces}
        stack.callback(lambda: client.cancel(list(futures)))
        try:
            for future in distributed.as_completed(list(futures)):
                yield futures.pop(future), future.result()
        except (distributed.KilledWorker, CancelledError):
            raise _worker_lost() from None


def _call(task: Task, piece: range) -> Result:
    return task(piece)


def _worker_lost() -> RiskshedError:
    return RiskshedError(
        "ensemble.worker_lost",
        "a worker died before it gave its result",
        todo="Look at the memory that is left, and try fewer workers or smaller pieces",
    )
