"""Receptors: cities told by their points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cast
import numpy as np
import pytest
import releases

from riskshed.errors import InputFaults
from riskshed.pathways import receptors

STEP_S = 60.0


def reduced(level: Any, **changed: Any) -> Any:
    """Two cities: the first has two points with 10 and 30 people, the second one with unknown people."""
    levels = np.asarray(level, float)[:, :, None]  # (receptor, step, one member)
    points = receptors.Receptors(
        receptors.of_region(releases.region(), whole_city=False).places[:2],
        np.array([0, 0, 1]), np.zeros(3), np.zeros(3), np.array([10.0, 30.0, np.nan]), (), (),
    )  # fmt: skip
    given = {
        "step_s": STEP_S, "onset_s": np.zeros(1), "threshold": 1.0, "limit": 2.0, "lasting": False,
        "unseen": np.zeros(3, bool),
    } | changed  # fmt: skip
    return {key: value[..., 0] for key, value in receptors.reduced(levels, points, **given).items()}


LEVEL = [[0, 0, 3, 0], [0, 1, 1, 0], [0, 0, 0, 0]]


def test_a_city_is_reached_with_its_first_point_and_peaks_with_its_highest() -> None:
    found = reduced(LEVEL)
    assert found["arrival_s"].tolist() == [90.0, np.inf]
    assert found["peak"].tolist() == [3.0, 0.0]
    assert found["peak_s"][0] == 150.0
    assert np.isnan(found["peak_s"][1])
    assert found["duration_s"].tolist() == [120.0, 0.0]


def test_people_are_exposed_where_the_limit_is_reached() -> None:
    assert reduced(LEVEL)["exposed_people"][0] == 10.0
    assert reduced(LEVEL, limit=1.0)["exposed_people"][0] == 40.0
    assert np.isnan(reduced(LEVEL)["exposed_people"][1])
    assert np.isnan(reduced(LEVEL, unseen=np.array([False, True, False]))["exposed_people"][0])


def test_what_lasts_or_is_still_there_at_the_end_has_no_end() -> None:
    assert reduced(LEVEL, lasting=True)["duration_s"].tolist() == [np.inf, 0.0]
    assert reduced([[0, 0, 3, 3], [0] * 4, [0] * 4])["duration_s"][0] == np.inf


def test_nothing_arrives_before_the_onset() -> None:
    assert reduced(LEVEL, onset_s=np.array([100.0]))["arrival_s"][0] == 100.0


def test_cities_are_their_people_or_one_point() -> None:
    found = receptors.of_region(releases.region(), whole_city=True)
    assert (found.city == 1).sum() == 4
    assert found.one_point == (cast.SHANG, cast.XIA, cast.PANG)
    assert found.people[found.city == 0].tolist() == [900_000.0]
    assert found.places[1].people == 4000.0
    narrow = receptors.of_region(releases.region(), whole_city=False)
    assert np.isnan(narrow.people[narrow.city == 0]).all()
    assert narrow.places[0].people is None


def test_cities_without_a_point_are_named_and_a_region_of_such_is_refused() -> None:
    region = releases.region(people=False)
    cities = tuple(replace(c, lat=None) if c.code == cast.PANG else c for c in region.cities)
    assert receptors.of_region(replace(region, cities=cities), whole_city=True).left_out == (cast.PANG,)
    nowhere = tuple(replace(c, lat=None) for c in region.cities)
    with pytest.raises(InputFaults) as caught:
        receptors.of_region(replace(region, cities=nowhere), whole_city=True)
    assert caught.value.code == "plume.region"
