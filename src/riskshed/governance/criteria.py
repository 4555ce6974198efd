"""Criteria: several indicators weighed into an order, with every step shown.

AHP (Saaty 1980) turns comparisons in pairs into weights: the main eigenvector of the matrix, and a
consistency ratio that says whether the comparisons agree with each other. TOPSIS (Hwang and Yoon 1981) orders
alternatives by how near they are to the best and how far from the worst of what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskshed.errors import InputError

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Mean consistency index of random matrices of order 1 to 10 (Saaty 1980, The Analytic Hierarchy Process)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hierarchy:
    """Weights from comparisons in pairs, with the working.

    `weights` (criterion,) add up to 1; `lambda_max` is the main eigenvalue; `ratio` is the consistency ratio,
    acceptable up to 0.1, and None where no random index is known.
    """

    weights: Floats
    lambda_max: float
    index: float
    ratio: float | None


def hierarchy(pairs: ArrayLike) -> Hierarchy:
    """Weights by AHP from a reciprocal matrix (criterion, criterion) of ratios > 0.

    The consistency index is ``(lambda_max - n) / (n - 1)``, the ratio that over the random index.

    Raises
    ------
    InputError
        ``criteria.not_reciprocal``.
    """
    matrix = np.asarray(pairs, dtype=np.float64)
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] and matrix.size > 0
    if not square or not (matrix > 0).all() or not np.allclose(matrix * matrix.T, 1.0, rtol=0, atol=1e-6):
        told = "the comparisons are not a square matrix of ratios > 0 with a[i, j] * a[j, i] = 1"
        raise InputError("criteria.not_reciprocal", told, todo="State each comparison once, as a ratio.")
    values, vectors = np.linalg.eig(matrix)
    main = int(np.argmax(values.real))
    vector = np.abs(vectors[:, main].real)
    n, lambda_max = len(matrix), float(values[main].real)
    index = (lambda_max - n) / (n - 1) if n > 1 else 0.0
    known = RANDOM_INDEX[n - 1] if n <= len(RANDOM_INDEX) else None
    ratio = None if known is None else index / known if known else 0.0
    return Hierarchy(vector / vector.sum(), lambda_max, index, ratio)


@dataclass(frozen=True)
class Nearness:
    """The order by TOPSIS with every matrix on the way.

    `normal` and `weighted` are (alternative, criterion); `best` and `worst` (criterion,); the distances and
    `closeness` (alternative,), the last from 0 to 1, NaN where all alternatives are alike.
    """

    normal: Floats
    weighted: Floats
    best: Floats
    worst: Floats
    from_best: Floats
    from_worst: Floats
    closeness: Floats


def topsis(table: ArrayLike, weights: ArrayLike, more_is_better: Sequence[bool]) -> Nearness:
    """Closeness to the ideal of each alternative, ``d- / (d+ + d-)``, with columns normed by their length.

    Raises
    ------
    InputError
        ``criteria.bad_table``, ``criteria.weights_do_not_sum``.
    """
    values, shares = np.asarray(table, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    fits = values.ndim == 2 and values.shape[1:] == shares.shape == (len(more_is_better),)
    if not fits or not np.isfinite(values).all() or not (np.abs(values).max(axis=0, initial=0) > 0).all():
        told = "want a finite value for each alternative and criterion, and no criterion that is all zeros"
        raise InputError("criteria.bad_table", told, todo="Leave out what is unknown, and say so.")
    if not (shares >= 0).all() or abs(float(shares.sum()) - 1) > 1e-9:
        told = f"the weights add up to {float(shares.sum()):g}, want 1, none below 0"
        raise InputError("criteria.weights_do_not_sum", told, todo="Correct the weights.")
    normal = values / np.sqrt((values**2).sum(axis=0))
    weighted = normal * shares
    up = np.asarray(more_is_better)
    best = np.where(up, weighted.max(axis=0), weighted.min(axis=0))
    worst = np.where(up, weighted.min(axis=0), weighted.max(axis=0))
    from_best = np.sqrt(((weighted - best) ** 2).sum(axis=1))
    from_worst = np.sqrt(((weighted - worst) ** 2).sum(axis=1))
    whole = from_best + from_worst
    closeness = np.divide(from_worst, whole, out=np.full_like(whole, np.nan), where=whole > 0)
    return Nearness(normal, weighted, best, worst, from_best, from_worst, closeness)
