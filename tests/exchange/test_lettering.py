"""Names on a map: apart from each other, from the dots and from the frame."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely

from riskshed.exchange.lettering import Label, overlap, place, text_width

FRAME = (0.0, 0.0, 1000.0, 700.0)
NO_RIVER = np.empty((0, 2))


def crowd(seed: int, count: int = 14) -> list[Label]:
    random = np.random.default_rng(seed)
    points = random.normal((500, 350), (180, 120), (count, 2)).clip((20, 20), (980, 680))
    return [Label(str(n), float(x), float(y), 150.0, 40.0) for n, (x, y) in enumerate(points)]


@pytest.mark.parametrize("seed", range(6))
def test_names_never_lie_on_each_other(seed: int) -> None:
    places = place(crowd(seed), frame=FRAME, line=NO_RIVER, dot=8)
    assert len(places) >= 10
    assert not [pair for pair in combinations([p.box for p in places.values()], 2) if overlap(*pair)]


@pytest.mark.parametrize("seed", range(6))
def test_names_cover_no_dot_and_stay_in_the_frame(seed: int) -> None:
    labels = crowd(seed)
    places = place(labels, frame=FRAME, line=NO_RIVER, dot=8)
    for spot in places.values():
        left, top, right, bottom = spot.box
        assert left >= 0
        assert top >= 0
        assert right <= 1000
        assert bottom <= 700
        assert not [dot for dot in labels if left < dot.x < right and top < dot.y < bottom]


def test_a_name_stands_off_the_river() -> None:
    line = np.column_stack([np.arange(0.0, 1000.0, 5.0), np.full(200, 350.0)])
    places = place([Label("a", 500.0, 350.0, 150.0, 40.0)], frame=FRAME, line=line, dot=8)
    assert not (places["a"].box[1] < 350 < places["a"].box[3])


def test_a_name_stands_beside_the_filled_area() -> None:
    fills = shapely.box(500, 0, 1000, 700)
    places = place([Label("a", 500.0, 350.0, 150.0, 40.0)], frame=FRAME, line=NO_RIVER, dot=8, fills=fills)
    assert places["a"].box[2] <= 500


def test_a_name_that_is_worth_little_is_left_out_of_a_crowd() -> None:
    dear, cheap = (
        place(crowd(2, 30), frame=FRAME, line=NO_RIVER, dot=8, worth=worth) for worth in (200.0, 2.0)
    )
    assert 0 < len(cheap) < len(dear)


def test_a_name_without_room_is_left_out() -> None:
    places = place([Label("a", 50.0, 50.0, 400.0, 40.0)], frame=(0, 0, 100, 100), line=NO_RIVER, dot=8)
    assert places == {}


def test_places_are_the_same_each_time() -> None:
    first, second = (place(crowd(3), frame=FRAME, line=NO_RIVER, dot=8) for _ in range(2))
    assert first == second


def test_an_ideograph_is_wider_than_a_letter() -> None:
    assert text_width("江", 20) == 20
    assert text_width("m", 20) < 20
