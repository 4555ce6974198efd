"""Input-output dynamics: what must be true of any economy that is hit; the equations once more, plainly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError, InputFaults
from riskshed.pathways import ario
from riskshed.pathways.ario import Ario, Behaviour, Shock, capacity_lost
from riskshed.pathways.io_table import IoTable

SHORT = Behaviour(stock_d=6.0, restock_d=4.0, overproduction_d=20.0)
"""Stocks so short that they hold output back within days."""

seeds = st.integers(0, 10**6)


def economy(seed: int = 1, regions: int = 3, sectors: int = 4) -> IoTable:
    """An economy with holes: a third of the industries do not trade with each other."""
    draw = np.random.default_rng(seed)
    n = regions * sectors
    flows = draw.random((n, n)) ** 3 * (draw.random((n, n)) > 0.3)
    output = draw.lognormal(3, 1, n) * 365
    flows *= 0.4 * output / np.maximum(flows.sum(axis=0), 1e-9)
    # Final demand makes up what industries do not buy, and is never nothing.
    final = np.maximum(output - flows.sum(axis=1), 0.1 * output) + np.maximum(flows.sum(axis=0) - output, 0)
    names = [f"region {i}" for i in range(regions)], [f"sector {i}" for i in range(sectors)]
    return IoTable.of_flows(*names, flows, final)


def hit(table: IoTable, share: float = 0.9, days: int = 40, scenarios: int = 1) -> Any:
    """Two sectors of the first region stop for ten days, a little less in each scenario."""
    where = tuple((table.regions[0], sector) for sector in table.sectors[:2])
    shocks = [[Shock(where, share * 0.9**i, begin_d=1, lasts_d=10, recovery_d=5)] for i in range(scenarios)]
    return capacity_lost(table, shocks, days)


def plainly(table: IoTable, how: Behaviour, lost: Any) -> Any:
    """Output (industry, time) of one scenario, with every order of every industry written out."""
    n, sectors = table.output.size, len(table.sectors)
    sector = np.arange(n) % sectors
    to_sector = (np.arange(sectors)[:, None] == sector).astype(float)
    flows, final, usual = table.flows / 365, table.final_demand / 365, table.output / 365
    need = to_sector @ flows / usual
    goal_d = how.stocks_d(table.sectors)[:, None]
    stock, orders, over, made = need * usual * goal_d, flows.copy(), np.ones(n), None
    demand, course = orders.sum(axis=1) + final, []
    for day in range(lost.shape[1]):
        if made is not None:
            scarce = (demand - made) / demand
            pull = np.where(np.abs(scarce) < 1e-9, 1.0 - over, (how.overproduction_max - over) * scarce)
            over = np.maximum(over + pull / how.overproduction_d, 1.0)
        # The scarcity of a day is that of the orders of that day against what was made the day before.
        capacity = usual * over * (1 - lost[:, day])
        wanted = np.minimum(demand, capacity)
        must = how.needed_share * need * wanted * goal_d
        made = wanted * np.where(must > 0, np.minimum(stock / np.where(must > 0, must, 1), 1), 1).min(axis=0)
        course.append(made)
        received = to_sector @ (orders * (made / demand)[:, None])
        stock = stock - need * made + received
        order = np.maximum(need * wanted * goal_d - stock, 0) / how.restock_d + need * made
        weights = flows * (capacity / usual)[:, None]
        total = to_sector @ weights
        factor = np.divide(order, total, out=np.zeros_like(order), where=total > 0)
        orders = weights * factor[sector]
        demand = orders.sum(axis=1) + final
    return np.array(course).T


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_output_is_that_of_the_equations_written_out(seed: int) -> None:
    table = economy(seed)
    lost = hit(table)
    made = Ario(table, SHORT).run(lost).made[:, 0]
    np.testing.assert_allclose(made, plainly(table, SHORT, lost[:, 0]), rtol=1e-9)


def test_overproduction_ends_when_nothing_is_scarce_any_more() -> None:
    table = economy()
    lost = hit(table, days=250)
    made = Ario(table, SHORT).run(lost).made[:, 0]
    np.testing.assert_allclose(made, plainly(table, SHORT, lost[:, 0]), rtol=1e-9)
    kept = replace(SHORT, overproduction_d=1e9)
    assert abs(made - Ario(table, kept).run(lost).made[:, 0]).max() > 1e-6


def test_a_stop_reaches_industries_that_are_not_hit() -> None:
    table = economy()
    course = Ario(table, SHORT).run(hit(table))
    others = course.made[2:, 0] / course.usual[2:, None]
    assert others.min() < 0.9, "stocks of six days do not bridge ten days"
    assert (others[:, 0] > 0.999).all()


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_without_a_shock_nothing_changes(seed: int) -> None:
    table = economy(seed)
    course = Ario(table, SHORT).run(np.zeros((table.output.size, 2, 30)))
    np.testing.assert_allclose(course.made, course.usual[:, None, None] * np.ones((1, 2, 30)), rtol=1e-10)
    np.testing.assert_allclose(course.unmet, 0, atol=1e-9 * course.usual.max())


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_nobody_makes_more_than_his_capacity(seed: int) -> None:
    table = economy(seed)
    lost = hit(table, scenarios=2)
    course = Ario(table, SHORT).run(lost)
    most = SHORT.overproduction_max * (1 - lost) * course.usual[:, None, None]
    assert (course.made >= 0).all()
    assert (course.made <= most * (1 + 1e-12)).all()
    assert (course.unmet >= -1e-9).all()


def test_a_scenario_does_not_depend_on_the_others() -> None:
    table = economy()
    lost = hit(table, scenarios=19)  # one batch, and one that is not full
    together = Ario(table, SHORT).run(lost).made
    few = Ario(table, SHORT).run(lost[:, 5:8]).made
    alone = Ario(table, SHORT).run(lost[:, 6:7]).made
    assert (together[:, 5:8] == few).all()
    np.testing.assert_allclose(together[:, 6:7], alone, rtol=1e-11)


@pytest.mark.parametrize("scenarios", [1, 3])
def test_any_number_of_threads_gives_the_same_bits(scenarios: int) -> None:
    table = economy()
    lost = hit(table, scenarios=scenarios)
    one, three, many = (Ario(table, SHORT).run(lost, workers=n) for n in (1, 3, 9))
    assert (one.made == three.made).all()
    assert (one.made == many.made).all()
    assert (one.unmet == three.unmet).all()


def test_more_than_a_panel_of_industries() -> None:
    table = economy(regions=9, sectors=5)
    lost = hit(table, days=25, scenarios=2)
    batch = Ario(table, SHORT).run(lost).made
    for i in range(2):
        wanted = plainly(table, SHORT, lost[:, i])
        np.testing.assert_allclose(batch[:, i], wanted, rtol=1e-9)
        np.testing.assert_allclose(Ario(table, SHORT).run(lost[:, i : i + 1]).made[:, 0], wanted, rtol=1e-9)


def test_a_longer_stop_costs_more() -> None:
    table = economy()
    where = ((table.regions[0], table.sectors[0]),)
    shocks = [[Shock(where, 0.9, begin_d=1, lasts_d=days)] for days in (2, 8, 20)]
    lost = Ario(table, SHORT).run(capacity_lost(table, shocks, 60)).lost().sum(axis=0)
    assert lost[0] < lost[1] < lost[2]


def test_a_stock_without_end_never_holds_output_back() -> None:
    table = economy()
    endless = replace(SHORT, stock_d=dict.fromkeys(table.sectors, np.inf))
    course = Ario(table, endless).run(hit(table, share=1.0))
    held = Ario(table, SHORT).run(hit(table, share=1.0))
    untouched = course.made[len(table.sectors) :, 0]
    usual = course.usual[len(table.sectors) :, None]
    assert (untouched[:, 1:8] >= 0.5 * usual).all()
    assert course.lost().sum() < held.lost().sum()


def test_an_industry_that_makes_nothing_stays_out_of_it() -> None:
    table = economy()
    flows, final = table.flows.copy(), table.final_demand.copy()
    flows[5, :] = flows[:, 5] = final[5] = 0.0
    empty = IoTable.of_flows(table.regions, table.sectors, flows, final)
    course = Ario(empty, SHORT).run(hit(empty, scenarios=2))
    assert np.isfinite(course.made).all()
    assert (course.made[5] == 0).all()


def test_progress_counts_every_day() -> None:
    table, seen = economy(), []
    Ario(table).run(hit(table, days=5, scenarios=17), progress=lambda *at: seen.append(at))
    assert seen == [(i, 10) for i in range(1, 11)]


@pytest.mark.parametrize(
    ("lost", "code"),
    [
        (np.zeros((12, 3)), "ario.lost"),
        (np.zeros((11, 1, 3)), "ario.lost"),
        (np.zeros((12, 0, 3)), "ario.lost"),
        (np.full((12, 1, 3), 1.1), "ario.lost"),
        (np.full((12, 1, 3), np.nan), "ario.lost"),
    ],
)
def test_losses_that_make_no_sense_are_refused(lost: Any, code: str) -> None:
    with pytest.raises(DomainError) as told:
        Ario(economy()).run(lost)
    assert told.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        {"overproduction_max": 0.9},
        {"overproduction_d": 0.0},
        {"restock_d": float("nan")},
        {"needed_share": 0.0},
        {"least_coefficient": -1.0},
    ],
)
def test_a_behaviour_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(DomainError, match=next(iter(wrong))):
        Behaviour(**wrong)


@pytest.mark.parametrize("days", [0.0, -3.0, {"sector 0": 3.0}, {"sector 9": 3.0}])
def test_stocks_that_make_no_sense_are_refused(days: Any) -> None:
    with pytest.raises(DomainError, match="stock_d"):
        Ario(economy(), Behaviour(stock_d=days))


def test_a_shock_names_industries_of_the_table() -> None:
    with pytest.raises(InputFaults) as told:
        capacity_lost(economy(), [[Shock((("region 0", "sector 9"),), 0.5, 0, 1)]], 3)
    assert told.value.code == "io_table.unknown_industry"
    with pytest.raises(DomainError):
        Shock((), 1.5, 0, 1)
    with pytest.raises(DomainError):
        Shock((), 0.5, 0, 0)


def test_threads_are_at_least_one() -> None:
    table = economy()
    with pytest.raises(DomainError, match="workers"):
        Ario(table).run(hit(table), workers=0)
    assert ario.YEAR_D == 365
