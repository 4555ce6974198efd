"""Binomial numbers from counters: the published words, the distribution, and the same for whoever asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from riskshed.pathways import binomial_draws as draws
from riskshed.pathways.vector_code import ROW

LANES = 2**15
RESOLUTION = 1.0 / LANES


def drawn(n: int, p: float) -> np.ndarray:
    """One draw at the middle of each of many even steps of the uniform number, from the upper end."""
    high = (np.arange(LANES, dtype=np.uint64) << np.uint64(17)).astype(np.uint32) + np.uint32(1 << 16)
    rate = np.full(LANES, -np.log1p(-p), dtype=np.float32)
    return one_draw(np.full(LANES, n, dtype=np.int32), rate, high)


def one_draw(n: np.ndarray, rate: np.ndarray, high: np.ndarray, low: Any = None) -> np.ndarray:
    out = np.full(n.size, -1, dtype=np.int32)
    p = -np.expm1(-rate.astype(np.float64)).astype(np.float32)
    low = np.zeros(n.size, dtype=np.uint32) if low is None else low
    draws.draw(n, rate, p, high, low, out)
    return out


# github.com/DEShawResearch/random123, tests/kat_vectors
@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0), (0, 0), (0x9D1C5EC6, 0x8BD50731)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0xFD36D048, 0x2D17272C)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xBA3E4725, 0xF27D669E)),
    ],
)
def test_words_are_those_published_for_threefry(counter: Any, key: Any, words: Any) -> None:
    high, low = np.zeros((2, ROW), dtype=np.uint32)
    member = np.full(ROW, counter[0], dtype=np.uint32)
    draws.fill(member, np.uint64(counter[1]), np.uint64(key[0]), np.uint64(key[1]), high, low)
    assert set(zip(high.tolist(), low.tolist(), strict=True)) == {words}


@pytest.mark.parametrize(
    ("n", "p", "error"),
    [
        (10**6, 3e-8, 1e-6),
        (3, 0.28, 2e-6),
        (40, 0.19, 2e-6),
        (10**5, 7.9e-5, 2e-6),
        (10**5, 8.2e-5, 6e-5),
        (100, 0.12, 5e-5),
        (1000, 0.3, 3e-5),
        (30, 0.5, 4e-5),
        (9, 0.63, 2e-6),
        (2_000_000, 0.9, 3e-5),
        (31_000_000, 0.25, 3e-5),
        (2**31 - 1, 0.5, 3e-5),
    ],
)
def test_the_distribution_is_the_binomial_one(n: int, p: float, error: float) -> None:
    found = np.sort(drawn(n, p))
    spread = max(float(np.sqrt(n * p * (1 - p))), 1.0)
    counts = np.unique(np.rint(n * p + spread * np.linspace(-4, 4, 81)).clip(0, n))
    share = np.searchsorted(found, counts, side="right") / LANES
    assert np.abs(share - stats.binom.cdf(counts, n, p)).max() <= error + RESOLUTION


def test_a_case_in_a_billion_is_drawn_as_often_as_it_should() -> None:
    n, rate = np.full(64, 1000, dtype=np.int32), np.full(64, 1e-12, dtype=np.float32)
    edge = 1e-9 * 2.0**64  # of 64 bits, those below it draw 1
    for factor, wanted in ((0.999, 1), (1.001, 0)):
        word = int(edge * factor)
        high, low = (np.full(64, part, dtype=np.uint32) for part in (word >> 32, word & 0xFFFFFFFF))
        assert set(one_draw(n, rate, high, low).tolist()) == {wanted}


@pytest.mark.parametrize(
    ("n", "mean"), [(20, 1 / 16), (1000, 1 / 16), (10**9, 1 / 16), (5, 0.01), (300, 1.0)]
)
def test_one_draw_is_the_quantile_as_far_down_as_a_uniform_number_goes(n: int, mean: float) -> None:
    p = mean / n
    beyond = stats.binom.sf(np.arange(40), n, p)
    for v in np.outer(2.0 ** -np.arange(2, 66), (1.0, 1.37, 1.9)).ravel().tolist():
        assert draws.one(n, -np.log1p(-p), v) == np.searchsorted(-beyond, -v)


def test_the_smallest_uniform_number_there_is_draws_few_and_not_all() -> None:
    n, rate = np.full(64, 1000, dtype=np.int32), np.full(64, 6e-5, dtype=np.float32)
    nothing = np.zeros(64, dtype=np.uint32)
    assert set(one_draw(n, rate, nothing, nothing).tolist()) == {10}


@pytest.mark.parametrize("n", [1, 2**31 - 1, 2**62])
@pytest.mark.parametrize("rate", [1e-30, 1e-9, 1.0, 80.0])
@pytest.mark.parametrize("v", [2.0**-65, 1e-12, 0.5, 1.0 - 2.0**-53])
def test_no_draw_takes_more_steps_than_a_large_one_far_beyond_any_chance(
    n: int, rate: float, v: float
) -> None:
    assert 0 <= draws.one(n, rate, v) <= min(n, draws.MOST)


def test_a_draw_rises_with_its_probability_and_its_trials() -> None:
    before = drawn(1000, 0.001)
    for n, p in ((1000, 0.004), (1000, 0.02), (1500, 0.02), (1500, 0.4), (1500, 0.8)):
        after = drawn(n, p)
        assert (after >= before).all()
        before = after


def test_nobody_comes_of_nobody_and_of_no_chance() -> None:
    high = np.zeros(64, dtype=np.uint32)  # the largest draw there is
    n = np.array([0, 5] * 32, dtype=np.int32)
    rate = np.array([0.5, 0.0] * 32, dtype=np.float32)
    assert set(one_draw(n, rate, high).tolist()) == {0}


def test_no_more_come_than_there_are() -> None:
    high = np.zeros(64, dtype=np.uint32)
    for n in (1, 2, 7, 50, 10**6):
        for rate in (0.01, 0.6, 3.0, 79.0):
            found = one_draw(np.full(64, n, np.int32), np.full(64, rate, np.float32), high)
            assert (found >= 0).all()
            assert (found <= n).all()
