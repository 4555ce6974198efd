"""An outbreak that travels: nobody lost, nobody reached before the source, the same for any split."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from cast import PANG, SHANG, XIA, ZHONG
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pathways.outbreaks import BEGINS, DAY_S, LINKS, outbreak, travelling

from riskshed.errors import DomainError, InputFaults
from riskshed.footprint import Footprint
from riskshed.pathways import contagion, travel_network
from riskshed.pathways.contagion import Epidemic, outbreak_probability, spread
from riskshed.pathways.outbreak import Supposed
from riskshed.pathways.treatment import Treatment
from riskshed.region import Travel

DAYS = 120
ARRAYS = ("arrival_s", "peak", "peak_s", "duration_s", "exposed_people")


def run(**changes: Any) -> Footprint:
    keys = {"members": 128, "seed": 5, "horizon_s": DAYS * DAY_S} | changes
    region, source = keys.pop("region", travelling()), keys.pop("source", outbreak())
    return spread(region, source, **keys)


@pytest.fixture(scope="module")
def plain() -> Footprint:
    return run()


def same(one: Footprint, other: Footprint) -> bool:
    return all(np.array_equal(getattr(one, a), getattr(other, a), equal_nan=True) for a in ARRAYS)


def row(footprint: Footprint, code: str) -> int:
    return footprint.ids.index(code)


def test_every_city_with_travel_has_a_row_and_the_others_are_named(plain: Footprint) -> None:
    assert plain.ids == (SHANG, ZHONG, XIA)
    assert [(c.code, "Pang" in c.text_en) for c in plain.caveats] == [("contagion.no_travel", True)]


def test_no_city_is_reached_before_the_source(plain: Footprint) -> None:
    begin = plain.arrival_s[row(plain, SHANG)]
    assert (begin == 0).all()
    assert (plain.arrival_s[[row(plain, ZHONG), row(plain, XIA)]] >= begin + DAY_S).all()


def test_a_city_further_along_is_reached_later_as_a_rule(plain: Footprint) -> None:
    shang, zhong, xia = plain.arrival_quantile_s(0.5)
    assert shang < zhong < xia


def test_an_outbreak_in_a_city_that_is_alone_ends_as_the_final_size_equation_says() -> None:
    alone = outbreak(supposed={"reproduction": Supposed(2.5), "infected": Supposed(1000.0)})
    footprint = run(region=travelling(Travel(SHANG, ZHONG, 0.0)), source=alone, horizon_s=400 * DAY_S)
    share = footprint.exposed_people[row(footprint, SHANG)] / 900_000
    wanted = 0.8926  # s = 1 - exp(-2.5 s), Kermack & McKendrick 1927
    assert abs(share.mean() - wanted) < 0.004


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**64 - 1),
    reproduction=st.floats(0.0, 20.0),
    exposed_d=st.floats(0.2, 10.0),
    people=st.integers(2, 40_000_000),
    share=st.floats(0.0, 0.4),
    presymptomatic=st.booleans(),
)
def test_nobody_is_lost_and_nobody_made(
    seed: int, reproduction: float, exposed_d: float, people: int, share: float, presymptomatic: bool
) -> None:
    more = {"presymptomatic_d": Supposed(1.0)} if presymptomatic else {}
    supposed = {"reproduction": Supposed(reproduction), "exposed_d": Supposed(exposed_d, 0.5)} | more
    region = travelling(Travel(SHANG, ZHONG, share * people), Travel(ZHONG, SHANG, share * people))
    cities = tuple(replace(city, population_resident=people) for city in region.cities)
    source, recovered = outbreak(supposed=supposed), np.zeros((2, 64))
    for days in (3, 40):
        network = travel_network.of_region(
            replace(region, cities=cities), origin=BEGINS, days=days, visit_d=1.0, with_cities=(SHANG,)
        )
        found = Epidemic(network, source, seed, np.zeros(64))(range(64))
        inside = found["inside"]
        assert (inside >= 0).all()
        assert (inside <= found["infected"]).all()
        assert (found["infected"] <= people).all()
        assert (found["infected"] - inside >= recovered).all()  # nobody comes back from the recovered
        recovered = found["infected"] - inside


def test_people_of_a_city_larger_than_float32_counts_are_counted_one_by_one() -> None:
    region = travelling()
    cities = tuple(replace(city, population_resident=33_554_433) for city in region.cities)
    quiet = outbreak(supposed={"reproduction": Supposed(0.0), "infected": Supposed(1.0)})
    footprint = run(region=replace(region, cities=cities), source=quiet, members=64)
    assert set(footprint.exposed_people[0].tolist()) == {1.0}


@pytest.mark.parametrize("how", ["threads", "serial"])
def test_any_split_of_members_gives_the_same(plain: Footprint, how: str) -> None:
    assert same(run(how=how, workers=2), plain)


def test_a_few_members_are_the_beginning_of_many(plain: Footprint) -> None:
    few = run(members=3)
    assert all(np.array_equal(getattr(few, a), getattr(plain, a)[:, :3], equal_nan=True) for a in ARRAYS)


def test_another_seed_gives_another_course(plain: Footprint) -> None:
    assert not same(run(seed=6), plain)


def test_no_travel_means_no_spread() -> None:
    still = travelling(*(replace(link, people_per_day=0.0) for link in LINKS))
    assert run(region=still).probability().tolist() == [1.0, 0.0, 0.0]


def test_travel_that_is_cut_from_the_begin_keeps_every_member_at_home() -> None:
    footprint = run(treatments=[Treatment("close", SHANG, "cut_travel", 1.0)])
    assert footprint.probability().tolist() == [1.0, 0.0, 0.0]


def test_a_link_is_cut_in_the_direction_that_is_named_only(plain: Footprint) -> None:
    one = run(treatments=[Treatment("a", f"{SHANG}>{ZHONG}", "cut_travel", 1.0)])
    both = run(
        treatments=[
            Treatment("a", f"{SHANG}>{ZHONG}", "cut_travel", 1.0),
            Treatment("b", f"{ZHONG}>{SHANG}", "cut_travel", 1.0),
        ]
    )
    times = [f.arrival_quantile_s(0.5)[row(f, ZHONG)] for f in (plain, one)]
    assert times[0] < times[1]
    assert both.probability()[row(both, ZHONG)] == 0.0


def test_less_contact_harms_fewer_in_the_mean_over_members(plain: Footprint) -> None:
    acts = [Treatment(city, city, "reduce_contact", 0.5, starts_s=10 * DAY_S) for city in plain.ids]
    less = run(treatments=acts)
    assert (less.exposed_people.mean(axis=1) < plain.exposed_people.mean(axis=1)).all()
    early = np.minimum(plain.arrival_s, less.arrival_s) <= 10 * DAY_S
    assert (less.arrival_s[early] == plain.arrival_s[early]).all()  # until then nothing is changed


def test_travel_that_begins_later_carries_nothing_before() -> None:
    late = Travel(SHANG, ZHONG, 4000.0, BEGINS + timedelta(days=30, hours=3))
    footprint = run(region=travelling(late))
    assert footprint.arrival_s[row(footprint, ZHONG)].min() >= 32 * DAY_S
    assert footprint.probability()[row(footprint, ZHONG)] > 0.9


def test_a_member_in_which_it_does_not_begin_has_no_harm(plain: Footprint) -> None:
    onset = np.zeros(128)
    onset[::2] = np.inf
    onset[1] = 10.5 * DAY_S
    footprint = run(onset_s=onset)
    assert np.isinf(footprint.arrival_s[:, ::2]).all()
    assert footprint.peak[:, ::2].max() == footprint.exposed_people[:, ::2].max() == 0
    assert footprint.arrival_s[0, 1] == 10.5 * DAY_S
    assert (footprint.arrival_s[1:, 1] >= 11 * DAY_S).all()
    assert (footprint.peak[:, 3::2] == plain.peak[:, 3::2]).all()


def dying_out(**changes: Any) -> Footprint:
    """A thousand who are ill and infect nobody, of whom reports are counted."""
    told = {"infected": Supposed(1000.0), "reproduction": Supposed(0.0), "report_d": Supposed(3.0)}
    keys = {"reported_share": 0.5} | changes.pop("source", {})
    return run(source=outbreak(counts="reported", supposed=told, **keys), **changes)


def test_those_who_are_ill_when_it_begins_are_reported_too() -> None:
    some, all_ = (dying_out(source={"reported_share": share}) for share in (0.5, 1.0))
    shang = row(some, SHANG)
    assert some.peak[shang].mean() == pytest.approx(500.0, abs=5 * np.sqrt(250.0 / 128))
    assert some.peak[shang].std() == pytest.approx(np.sqrt(250.0), rel=0.3)
    assert (all_.peak[shang] == 1000).all()
    assert (np.delete(all_.peak, shang, axis=0) == 0).all()


def test_they_are_reported_after_the_delay_and_from_the_onset_on() -> None:
    onset = np.where(np.arange(128) % 2, np.inf, 10 * DAY_S)
    found = dying_out(onset_s=onset, source={"arrival_people": 250})
    half = found.arrival_s[row(found, SHANG)] / DAY_S - 10.0
    # Half of those to be reported are so after the median of a geometric delay of rate 1/3 a day: 2.08 days.
    assert set(half[::2].tolist()) <= {2.0, 3.0}
    assert np.isinf(half[1::2]).all()


def test_what_is_reported_comes_later_than_what_is_there(plain: Footprint) -> None:
    told = {"report_d": Supposed(6.0), "presymptomatic_d": Supposed(1.0)}
    footprint = run(source=outbreak(counts="reported", reported_share=0.3, supposed=told))
    assert (footprint.arrival_quantile_s(0.5) > plain.arrival_quantile_s(0.5)).all()
    share = footprint.peak.sum() / footprint.exposed_people.sum()
    assert 0.15 < share < 0.31


def test_an_outbreak_is_less_likely_than_a_first_case(plain: Footprint) -> None:
    assert (outbreak_probability(plain, 1000) <= plain.probability()).all()
    assert outbreak_probability(plain, 1)[0] == 1.0


def test_curves_are_of_the_counted(plain: Footprint) -> None:
    assert plain.series is not None
    assert plain.series.values[:, 2].max() <= np.median(plain.peak, axis=1).max()
    assert plain.series.values[0, 2, 0] == 0.0


def wrong(**changes: Any) -> Any:
    return changes


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (wrong(members=0), "contagion.members"),
        (wrong(horizon_s=3600.0), "contagion.horizon"),
        (wrong(at=BEGINS - timedelta(hours=1)), "contagion.issued"),
        (wrong(onset_s=[1.0]), "contagion.onset"),
        (wrong(onset_s=np.full(128, np.nan)), "contagion.onset"),
    ],
)
def test_a_wrong_question_is_refused(changes: Any, code: str) -> None:
    with pytest.raises(DomainError) as told:
        run(**changes)
    assert told.value.code == code


@pytest.mark.parametrize(
    ("region", "told"),
    [
        (replace(travelling(), travel=()), "no travel"),
        (travelling(Travel(ZHONG, XIA, 400_000.0)), "more travel than people"),
        (
            replace(travelling(Travel(PANG, XIA, 1.0)), cities=tuple(
                replace(c, population_resident=None) for c in travelling().cities)),
            f"{PANG}: unknown",
        ),
    ],
)  # fmt: skip
def test_a_region_that_cannot_carry_it_is_refused_by_name(region: Any, told: str) -> None:
    with pytest.raises(InputFaults) as error:
        run(region=region)
    assert any(told in fault.got for fault in error.value.faults)


@pytest.mark.parametrize(
    "treatment",
    [
        Treatment("x", SHANG, "close_intake", 1.0),
        Treatment("x", "919999", "cut_travel", 1.0),
        Treatment("x", f"{SHANG}>{SHANG}", "cut_travel", 1.0),
        Treatment("x", f"{SHANG}>{ZHONG}", "reduce_contact", 1.0),
    ],
)
def test_a_treatment_that_means_nothing_here_is_refused(treatment: Treatment) -> None:
    with pytest.raises(InputFaults, match="knows no treatments"):
        run(treatments=[treatment])


def test_the_pathway_honours_what_it_says() -> None:
    assert set(contagion.EFFECTS) == {"cut_travel", "reduce_contact"}


def test_an_outbreak_that_has_begun_in_two_cities_is_in_both_at_once(plain: Footprint) -> None:
    found = run(source=outbreak(also_infected={XIA: 40.0}))
    assert found.hazard_cities == (SHANG, XIA)
    assert (found.arrival_s[[row(found, SHANG), row(found, XIA)]] == 0).all()
    assert found.arrival_s[row(found, ZHONG)].mean() < plain.arrival_s[row(plain, ZHONG)].mean()
    assert found.peak[row(found, XIA)].min() >= 40


def test_a_second_city_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputFaults) as error:
        run(source=outbreak(also_infected={"nowhere": 1.0}))
    assert "no city nowhere" in str(error.value.faults[0])
