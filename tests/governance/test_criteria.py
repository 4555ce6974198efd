"""Criteria: weights from comparisons in pairs, and nearness to the ideal."""

from __future__ import annotations

import numpy as np
import pytest

from riskshed.errors import InputError
from riskshed.governance import criteria


def test_consistent_comparisons_give_their_weights_back_with_ratio_zero() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    told = criteria.hierarchy(weights[:, None] / weights)
    np.testing.assert_allclose(told.weights, weights)
    assert told.ratio == pytest.approx(0.0, abs=1e-9)


def test_a_circle_of_preferences_is_inconsistent() -> None:
    ratio = criteria.hierarchy([[1, 3, 1 / 3], [1 / 3, 1, 3], [3, 1 / 3, 1]]).ratio
    # By symmetry the eigenvalue is the row sum, 13/3: index (13/3 - 3) / 2 = 2/3, over 0.58.
    assert ratio == pytest.approx(2 / 3 / 0.58)


def test_matrix_that_is_not_reciprocal_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        criteria.hierarchy([[1, 2], [2, 1]])
    assert caught.value.code == "criteria.not_reciprocal"


def test_best_of_all_is_at_one_and_worst_of_all_at_zero_where_less_is_better_too() -> None:
    told = criteria.topsis([[4, 1], [3, 2], [2, 3]], [0.5, 0.5], [True, False])
    assert told.closeness[0] == 1
    assert told.closeness[2] == 0
    assert 0 < told.closeness[1] < 1


def test_columns_are_normed_by_their_length_before_they_are_weighed() -> None:
    told = criteria.topsis([[3, 1], [4, 1]], [0.25, 0.75], [True, True])
    np.testing.assert_allclose(told.normal[:, 0], [0.6, 0.8])
    np.testing.assert_allclose(told.weighted[:, 0], [0.15, 0.2])


def test_alternatives_that_are_alike_have_no_order() -> None:
    assert np.isnan(criteria.topsis([[1], [1]], [1], [True]).closeness).all()


def test_weights_that_do_not_sum_are_refused() -> None:
    with pytest.raises(InputError, match=r"add up to 0\.9") as caught:
        criteria.topsis([[1, 2]], [0.5, 0.4], [True, True])
    assert caught.value.code == "criteria.weights_do_not_sum"


def test_what_is_unknown_is_not_taken_as_a_number() -> None:
    with pytest.raises(InputError) as caught:
        criteria.topsis([[1, float("nan")]], [0.5, 0.5], [True, True])
    assert caught.value.code == "criteria.bad_table"
