"""Quantiles of sorted rows of which only the first values count, infinity among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def of_first(values: FloatArray, counts: NDArray[np.intp], q: float) -> FloatArray:
    """Linear quantile of the first `counts` of each sorted row; NaN where the count is 0.

    ``numpy.quantile`` (its default, type 7 of Hyndman & Fan 1996, doi:10.1080/00031305.1996.10473566) with
    a count for each row, and without turning the gap between two infinities into NaN.
    """
    assert 0 <= q <= 1, f"q is {q}, want within 0..1"
    rank = np.maximum(counts - 1, 0) * q
    low = np.floor(rank).astype(np.intp)
    high = np.minimum(low + 1, np.maximum(counts - 1, 0))
    rows = np.arange(len(values))
    below, above = values[rows, low], values[rows, high]
    with np.errstate(invalid="ignore"):  # infinity minus infinity, replaced in the next line
        between = below + (rank - low) * (above - below)
    # The clip keeps quantiles in order where a huge gap makes the sum round past its ends.
    held = np.where((below == above) | (rank == low), below, np.clip(between, below, above))
    return np.where(counts > 0, held, np.nan)
