"""Plants that wait for parts: what must be true of any halt on any supplier graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError, InputFaults
from riskshed.footprint import Caveat
from riskshed.pathways import supply
from riskshed.pathways.halt import Halt, Stop
from riskshed.pathways.local_supply import local_supply_rate
from riskshed.pathways.supplier_graph import OWN
from riskshed.pathways.supply import DAY_S, NONE
from riskshed.pathways.toml_block import ZERO, Span
from riskshed.pathways.treatment import Treatment
from riskshed.region import Plant, Region, SupplyLink
from tests import cast

BEGINS = datetime(2024, 5, 1, tzinfo=UTC)
CITY = {"foam": cast.SHANG, "seats": cast.SHANG, "cars": cast.ZHONG, "shop": cast.XIA, "glass": cast.PANG}
HORIZON_S = 20 * DAY_S


def plant(name: str, **more: Any) -> Plant:
    known: dict[str, Any] = {"tier": None, "output_per_day": 100.0, "output_unit": "cars"}
    known |= {"value_yuan_per_day": None, "workers": None} | more
    return Plant(name, CITY[name], name, name, "parts", basis="stated", source="s", **known)


def link(
    supplier: str, customer: str, low: float | None, high: float | None = None, **more: Any
) -> SupplyLink:
    known: dict[str, Any] = {"part": supplier, "share": None, "substitutable": None} | more
    cover = (low, low if high is None else high)
    return SupplyLink(
        supplier, customer, known["part"], known["share"], *cover, known["substitutable"], "stated", "s"
    )


def region(*links: SupplyLink, **more: Any) -> Region:
    plants = tuple(plant(name, **more.get(name, {})) for name in CITY)
    return replace(cast.region(), plants=plants, supply_links=links)


CHAIN = (link("foam", "seats", 2), link("seats", "cars", 3), link("cars", "shop", 1))


def halt(plant_id: str = "foam", lasts_d: float | None = 10.0, **more: Any) -> Halt:
    lasts = None if lasts_d is None else Span(lasts_d, lasts_d)
    stop = Stop("", plant_id, ZERO, lasts, ZERO, Span(1.0, 1.0), "s")
    known: dict[str, Any] = {"threshold": 0.5, "cover_d": Span(1.0, 4.0), "refill": 0.5, "stops": (stop,)}
    return Halt(begins=BEGINS, source="made up", cover_source="made up", **(known | more))


def course(land: Region, source: Halt | None = None, **more: Any) -> supply.Course:
    known: dict[str, Any] = {"members": 2, "seed": 3, "horizon_s": HORIZON_S} | more
    return supply.run(land, source or halt(), **known)


def test_a_stop_goes_down_the_chain_as_stocks_run_out() -> None:
    found = course(region(*CHAIN))
    assert found.halted_s[:4, 0].tolist() == [0, 2 * DAY_S, 5 * DAY_S, 6 * DAY_S]
    assert np.isinf(found.halted_s[4]).all(), "nobody delivers to the glass works"
    assert found.cause[:, 0].tolist() == [OWN, 0, 1, 2, NONE]


def test_all_start_again_when_the_first_does() -> None:
    found = course(region(*CHAIN))
    np.testing.assert_allclose(found.down_s[:, 0] / DAY_S, [10, 8, 5, 4, 0])
    np.testing.assert_allclose(found.output_lost()[:, 0], [1000, 800, 500, 400, 0])
    assert np.isnan(found.loss_yuan()).all()


def test_a_stop_shorter_than_the_stock_is_not_felt() -> None:
    found = course(region(*CHAIN), halt(lasts_d=1.9))
    assert np.isfinite(found.halted_s[:, 0]).tolist() == [True, False, False, False, False]


def test_stocks_that_were_not_refilled_last_less_the_next_time() -> None:
    stops = halt(lasts_d=1.5).stops[0], replace(halt(lasts_d=3.0).stops[0], begin_d=Span(2.0, 2.0))
    found = course(region(*CHAIN), halt(stops=stops))
    # 1.5 days missing, 0.25 made good in the half day between: 0.75 days of stock are left.
    assert found.halted_s[1, 0] == pytest.approx(2.75 * DAY_S, abs=3600)


def test_suppliers_of_one_part_share_it() -> None:
    two = (link("foam", "cars", 1, part="x", share=0.3), link("glass", "cars", 1, part="x"))
    assert np.isinf(course(region(*two)).halted_s[2]).all()
    assert course(region(*two)).peak[2, 0] == pytest.approx(0.3)
    assert course(region(*two), halt("glass")).peak[2, 0] == pytest.approx(0.7)
    assert course(region(*two), halt("glass")).halted_s[2, 0] == DAY_S
    even = (link("foam", "cars", 1, part="x"), link("glass", "cars", 1, part="x"))
    assert course(region(*even)).peak[2, 0] == pytest.approx(0.5)


def test_a_substitute_takes_the_share_that_it_can() -> None:
    assert course(region(link("foam", "cars", 1, substitutable=0.4))).peak[2, 0] == pytest.approx(0.6)
    assert course(region(link("foam", "cars", 1, substitutable=1.0))).peak[2, 0] == 0.0


def test_plants_in_a_ring_halt_and_start_again_together() -> None:
    ring = (link("foam", "seats", 0), link("seats", "cars", 1), link("cars", "foam", 0))
    found = course(region(*ring))
    np.testing.assert_allclose(found.down_s[:3, 0] / DAY_S, [10, 10, 9])


def test_without_links_only_the_source_halts() -> None:
    reached = np.isfinite(course(region()).halted_s)
    assert reached[:, 0].tolist() == [True, False, False, False, False]


def test_a_city_stops_all_its_plants() -> None:
    stop = replace(halt().stops[0], plant="", city=cast.SHANG)
    assert np.isfinite(course(region(), halt(stops=(stop,))).halted_s[:, 0]).tolist()[:2] == [True, True]


names = st.sampled_from(sorted(CITY))
graphs = st.lists(
    st.tuples(names, names, st.floats(0, 5), st.sampled_from([None, 0.5, 1.0])).filter(
        lambda t: t[0] != t[1]
    ),
    max_size=8,
    unique_by=lambda t: t[:2],
)


def made(graph: list[Any], more_d: float = 0.0) -> Region:
    return region(*(link(a, b, low + more_d, low + more_d + 2, substitutable=s) for a, b, low, s in graph))


@given(graphs, names)
@settings(max_examples=12, deadline=None)
def test_no_plant_halts_without_a_halt_above_it_or_its_own(graph: list[Any], source: str) -> None:
    land = made(graph)
    found = course(land, halt(source, 6.0), horizon_s=9 * DAY_S)
    for row, name in enumerate(CITY):
        for m in range(2):
            if name == source:
                assert found.cause[row, m] == OWN
            elif np.isfinite(found.halted_s[row, m]):
                cause = land.supply_links[found.cause[row, m]]
                above = list(CITY).index(cause.supplier)
                assert cause.customer == name
                assert found.halted_s[above, m] <= found.halted_s[row, m]


@given(graphs, names, st.floats(0, 3))
@settings(max_examples=12, deadline=None)
def test_more_cover_never_makes_a_halt_earlier_or_longer(
    graph: list[Any], source: str, more_d: float
) -> None:
    stops = halt(source, 2.5).stops[0], replace(halt(source, 4.0).stops[0], begin_d=Span(4.0, 4.0))
    twice = halt(stops=stops)
    less = course(made(graph), twice, horizon_s=9 * DAY_S)
    more = course(made(graph, more_d), twice, horizon_s=9 * DAY_S)
    assert (more.halted_s >= less.halted_s).all()
    assert (more.down_s <= less.down_s).all()
    assert (more.lost_d <= less.lost_d + 1e-6).all()


@given(graphs)
@settings(max_examples=5, deadline=None)
def test_a_longer_stop_never_costs_less(graph: list[Any]) -> None:
    land = made(graph)
    short, long = (course(land, halt(lasts_d=d), horizon_s=9 * DAY_S).lost_d for d in (3.0, 7.0))
    assert (long >= short - 1e-6).all()


def test_any_split_of_members_gives_the_same_bits() -> None:
    land = region(link("foam", "seats", 0, 6), link("seats", "cars", None))
    few, many = (supply.spread(land, halt(), members=m, seed=5, horizon_s=HORIZON_S) for m in (7, 550))
    assert (many.arrival_s[:, :7] == few.arrival_s).all()
    threads = supply.spread(land, halt(), members=550, seed=5, horizon_s=HORIZON_S, how="threads", workers=2)
    assert (threads.arrival_s == many.arrival_s).all()
    assert (threads.duration_s == many.duration_s).all()


def test_each_member_has_its_own_onset_however_many_there_are() -> None:
    onset = np.arange(550) % 7 * DAY_S
    found = course(region(), members=550, onset_s=onset)
    assert (found.halted_s[0] == onset).all()


def test_a_draw_does_not_depend_on_other_rows() -> None:
    one, other = link("foam", "seats", 0, 6), link("glass", "shop", 0, 6)
    alone, beside = (course(region(*links), members=50).halted_s[1] for links in ((one,), (other, one)))
    assert (alone == beside).all()
    assert np.unique(alone).size > 10


def test_the_footprint_says_what_rests_on_suppositions() -> None:
    land = region(link("foam", "seats", None), link("seats", "cars", 3), cars={"workers": 500})
    given_caveat = Caveat("made.up", "Made up.", "虚构。")
    told = supply.spread(
        land, halt(lasts_d=None, caveats=(given_caveat,)), members=20, seed=1, horizon_s=HORIZON_S
    )
    places = {caveat.code: caveat.places for caveat in told.caveats}
    assert places["supply.no_links"] == ("foam", "shop", "glass")
    assert places["supply.cover_supposed"] == ("seats",)
    assert {"made.up", "supply.open_end"} <= set(places)
    assert "supply.links_supposed" not in places
    assert told.hazard_cities == (cast.SHANG,)
    assert told.ids == tuple(CITY)
    assert told.exposed_people[2].tolist() == [500.0] * 20
    assert np.isnan(told.exposed_people[1]).all()
    assert told.series is not None
    assert told.series.values[0, 2].tolist() == [1.0] * 20


def test_a_plant_whose_suppliers_nobody_knows_is_unknown_and_not_safe() -> None:
    told = supply.spread(region(link("foam", "seats", 2)), halt(), members=20, seed=1, horizon_s=HORIZON_S)
    assert told.unknown == ("cars", "shop", "glass")  # foam stops itself, and seats are known to hang on it
    chance = dict(zip(told.ids, told.probability(), strict=True))
    assert chance["foam"] == chance["seats"] == 1.0
    assert np.isnan([chance[one] for one in told.unknown]).all()
    assert np.isnan(told.exposed_people[-1]).all()


def test_a_halt_begins_when_each_member_says() -> None:
    onset = np.array([0.0, 2 * DAY_S, np.inf])
    told = supply.spread(region(*CHAIN), halt(), members=3, seed=1, horizon_s=HORIZON_S, onset_s=onset)
    np.testing.assert_allclose(told.arrival_s[2], np.array([5, 7, np.inf]) * DAY_S)
    assert told.peak[:, 2].tolist() == [0.0] * 5


def test_a_buffer_bridges_its_hours_while_it_acts() -> None:
    more = Treatment("t", "cars", "buffer", 48.0)
    found = course(region(*CHAIN), treatments=(more,))
    assert found.halted_s[:4, 0].tolist() == [0, 2 * DAY_S, 7 * DAY_S, 8 * DAY_S]
    late = replace(more, starts_s=5.5 * DAY_S)
    assert course(region(*CHAIN), treatments=(late,)).halted_s[2, 0] == 5 * DAY_S
    assert course(region(*CHAIN), treatments=(replace(more, target=cast.ZHONG),)).halted_s[2, 0] == 7 * DAY_S


def test_a_stop_that_does_not_take_place_is_felt_by_nobody() -> None:
    kept = Treatment("t", "foam", "cut_source", 1.0)
    assert np.isinf(course(region(*CHAIN), treatments=(kept,)).halted_s).all()
    half = Treatment("t", cast.SHANG, "cut_source", 0.4)
    assert course(region(*CHAIN), treatments=(half,)).peak[0, 0] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("effect", "target"), [("evacuate", "cars"), ("buffer", "nowhere"), ("cut_source", "cars")]
)
def test_treatments_that_cannot_be_honoured_are_refused(effect: str, target: str) -> None:
    with pytest.raises(InputFaults) as told:
        course(region(*CHAIN), treatments=(Treatment("t", target, effect, 0.5),))
    assert told.value.code == "treatment.not_honoured"


def test_a_halt_of_a_plant_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputFaults, match="cannot carry") as told:
        course(region(), halt("bakery"))
    assert "no plant bakery" in str(told.value.faults[0])
    with pytest.raises(InputFaults, match="cannot carry"):
        course(cast.region())


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"members": 1}, "supply.members"),
        ({"horizon_s": 10.0}, "supply.horizon"),
        ({"onset_s": np.zeros(5)}, "supply.onset"),
        ({"onset_s": np.array([0.0, -1.0])}, "supply.onset"),
        ({"at": BEGINS - timedelta(hours=1)}, "supply.issued"),
        ({"at": datetime(2024, 6, 1)}, "supply.issued"),  # noqa: DTZ001 (without an offset, and refused)
    ],
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as told:
        supply.spread(region(*CHAIN), halt(), **({"members": 2} | wrong))
    assert told.value.code == code


def test_local_supply_is_the_share_of_parts_from_the_own_city() -> None:
    land = region(
        link("foam", "seats", 1), link("glass", "cars", 1), link("seats", "cars", 1, part="y", share=0.5),
        link("shop", "cars", 1, part="y"),
    )  # fmt: skip
    rates = local_supply_rate(land)
    assert (rates["seats"], rates["cars"]) == (1.0, 0.0)
    assert np.isnan(rates["foam"])
