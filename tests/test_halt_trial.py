"""What if a plant stops: bounded, the same for the same question, and unknown where nobody knows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from pathways.test_supply import CHAIN, link, region

from riskshed import halt_trial
from riskshed.case import find
from riskshed.errors import InputError
from riskshed.exchange.tiers_picture import TiersPicture
from riskshed.halt_trial import Asked
from riskshed.pathways import supply
from riskshed.region import Region

AT = datetime.fromisoformat("2024-06-01T08:00:00+08:00")
ASKED = Asked("foam", 10, (1.0, 4.0))


def test_plant_that_stops_comes_first_and_those_behind_it_in_the_order_of_their_stocks() -> None:
    found = halt_trial.run(region(*CHAIN), ASKED, AT)
    assert [one.plant.id for one in found.halted] == ["foam", "seats", "cars", "shop"]
    assert [round(one.after_d[1]) for one in found.halted] == [0, 2, 5, 6]
    assert [one.cause for one in found.halted] == ["own", "foam (foam)", "seats (seats)", "cars (cars)"]
    assert all(
        low <= middle <= high for one in found.halted for low, middle, high in (one.after_d, one.lost_d)
    )
    assert {(one.customer, one.part) for one in found.shorts} >= {("seats", "foam")}


def test_nobody_who_is_not_behind_it_halts() -> None:
    found = halt_trial.run(region(*CHAIN), Asked("shop", 10, (1.0, 4.0)), AT)
    assert [one.plant.id for one in found.halted] == ["shop"]
    # Nobody is known to supply the foam and the glass: whether they halt cannot be said.
    assert (found.seldom, found.never, found.unknown) == (0, len(region().plants) - 3, 2)


def test_stop_that_is_shorter_than_all_stocks_reaches_nobody() -> None:
    found = halt_trial.run(region(link("foam", "seats", 5)), Asked("foam", 3, (1.0, 4.0)), AT)
    assert [one.plant.id for one in found.halted] == ["foam"]


def test_plants_are_listed_from_the_bound_on_and_rarer_ones_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    land = region(*CHAIN)
    whole = supply.run

    def rarer(*given: Any, **more: Any) -> Any:
        made = whole(*given, **more)
        at_s = made.halted_s.copy()
        rows = {plant.id: row for row, plant in enumerate(made.plants)}
        for plant, count in (("seats", 5), ("cars", 4), ("shop", 0)):
            at_s[rows[plant], count:] = np.inf
        return replace(made, halted_s=at_s)

    monkeypatch.setattr(supply, "run", rarer)
    found = halt_trial.run(land, ASKED, AT)
    assert [(one.plant.id, one.probability) for one in found.halted] == [("foam", 1.0), ("seats", 0.05)]
    assert (found.seldom, found.never, found.unknown) == (1, 1, 1)
    assert found.halted[0].down_d[1] == pytest.approx(10.0, abs=0.1)


def test_unknown_output_is_unknown_loss_and_no_zero() -> None:
    land = region(*CHAIN)
    plants = tuple(
        replace(one, output_per_day=None, value_yuan_per_day=7.0 if one.id == "cars" else None)
        for one in land.plants
    )
    found = halt_trial.run(replace(land, plants=plants), ASKED, AT)
    cars = next(one for one in found.halted if one.plant.id == "cars")
    assert all(one.lost_output is None for one in found.halted)
    assert cars.lost_yuan is not None
    assert np.allclose(cars.lost_yuan, [7.0 * one for one in cars.lost_d])


def test_same_question_has_the_same_answer() -> None:
    land = region(link("foam", "seats", None))
    first, second = (halt_trial.run(land, ASKED, AT) for _ in range(2))
    assert first.halted == second.halted
    assert first.footprint.seed == halt_trial.SEED
    wider = halt_trial.run(land, replace(ASKED, cover_d=(0.0, 9.0)), AT)
    assert wider.halted != first.halted


@pytest.mark.parametrize(("wrong", "code"), [
    ({"plant": "none"}, "no_plant"), ({"days": 0}, "days"), ({"days": 61}, "days"),
    ({"cover_d": (4.0, 1.0)}, "cover"), ({"cover_d": (0.0, 61.0)}, "cover"),
    ({"cover_d": (float("nan"), 1.0)}, "cover"), ({"cover_d": (-1.0, 1.0)}, "cover"),
])  # fmt: skip
def test_what_cannot_be_supposed_is_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        halt_trial.run(region(*CHAIN), replace(ASKED, **wrong), AT)
    assert caught.value.code == f"trial.{code}"


# ------------------------------------------------------------------------------------------- the picture


def test_picture_has_each_plant_once_and_tells_what_a_link_rests_on_without_colour() -> None:
    land = Region.read(find("changchun-2022") / "region")
    drawn = TiersPicture(land).figure("en")
    assert drawn.count("<circle cx") == len(land.plants) + 2  # two stand in the key
    lines = re.findall(r'<path d="M[^"]*C[^>]*>', drawn)
    assert len(lines) == len(land.supply_links)
    dotted = sum('stroke-dasharray="1 6"' in one for one in lines)
    assert dotted == sum(one.basis == "synthetic" for one in land.supply_links) > 0
    assert drawn.count("<tr>") == len(land.supply_links) + 1
    assert "<title" in drawn
    assert "<desc" in drawn


def test_words_of_a_region_are_escaped_in_the_picture() -> None:
    hostile = replace(region(*CHAIN).plants[0], id="foam", name_zh="<script>", name_en="<script>")
    land = region(*CHAIN)
    plants = (hostile, *land.plants[1:])
    assert "<script>" not in TiersPicture(replace(land, plants=plants)).figure("zh")
