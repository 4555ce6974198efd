"""The file of an outbreak, the expected course and the effective distance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cast import SHANG, XIA, ZHONG
from pathways.outbreaks import DAY_S, LINKS, TOML, outbreak, travelling
from scipy import sparse

from riskshed.errors import DomainError, InputFaults
from riskshed.pathways import outbreak as outbreaks
from riskshed.pathways.contagion_screen import screen
from riskshed.pathways.effective_distance import distances, first_warning, growth
from riskshed.pathways.outbreak import Outbreak, Supposed
from riskshed.pathways.treatment import Treatment

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "outbreak.md"


def read(tmp_path: Path, text: str) -> Outbreak:
    (tmp_path / "outbreak.toml").write_text(text, encoding="utf-8")
    return Outbreak.read(tmp_path / "outbreak.toml")


def test_an_outbreak_is_read_with_what_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, TOML)
    assert (found.city, found.arrival_people, found.outbreak_people, found.visit_d) == (SHANG, 2, 100, 1.0)
    assert found.stages == ("exposed_d", "infectious_d")
    assert found.supposed["infected"] == Supposed(20.0, 0.5, "made up")


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        ("begins = 2024-01-01T00:00:00Z", "begins = 2024-01-01T00:00:00", 5, "begins"),
        ('city = "910100"', 'town = "910100"', None, "city"),
        ("arrival_people = 2", "arrival_people = 0", 6, "arrival_people"),
        ("arrival_people = 2", "arrival_people = 2.5", 6, "arrival_people"),
        ("arrival_people = 2", 'counts = "reported"', None, "report_d"),
        ("median = 2.5", "median = -2.5", 12, "reproduction.median"),
        ("median = 2.5", 'median = "much"', 12, "reproduction.median"),
        ("[exposed_d]", "[exposed_days]", None, "exposed_d"),
    ],
)
def test_a_wrong_key_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int | None, column: str
) -> None:
    assert old in TOML
    with pytest.raises(InputFaults) as error:
        read(tmp_path, TOML.replace(old, new))
    assert (line, column) in [(fault.line, fault.column) for fault in error.value.faults]


def test_other_cities_where_it_has_begun_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, TOML + f'[also_infected]\n"{XIA}" = 7\n')
    assert found.infected == {SHANG: 20.0, XIA: 7.0}


@pytest.mark.parametrize(
    ("more", "line", "column"),
    [
        (f'[also_infected]\n"{SHANG}" = 7\n', 24, f"also_infected.{SHANG}"),
        (f'[also_infected]\n"{XIA}" = 0\n', 24, f"also_infected.{XIA}"),
        ("[[also_infected]]\n", None, "also_infected"),
    ],
)
def test_a_wrong_number_of_another_city_is_named(tmp_path: Path, more: str, line: int, column: str) -> None:
    with pytest.raises(InputFaults) as error:
        read(tmp_path, TOML + more)
    assert [(fault.line, fault.column) for fault in error.value.faults][-1] == (line, column)


def test_the_guide_is_the_page_in_the_documents() -> None:
    assert GUIDE.read_text("utf-8") == outbreaks.guide()


# ---------------------------------------------------------------------------------- the expected course


def test_the_expected_course_keeps_the_people() -> None:
    found = screen(travelling(), outbreak(), days=200)
    assert found.stages.sum(axis=0) == pytest.approx([900_000, 4_000_000, 300_000], rel=1e-12)
    assert (np.diff(found.infected, axis=1) >= 0).all()


def test_the_expected_course_reaches_cities_in_the_order_of_travel() -> None:
    found = screen(travelling(), outbreak(), days=200)
    assert (np.diff(found.arrival_s) > 0).all()
    still = [Treatment("cut", SHANG, "cut_travel", 1.0)]
    assert np.isinf(screen(travelling(), outbreak(), days=200, treatments=still).arrival_s[1:]).all()


@pytest.mark.parametrize("amount", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("day", [0, 20, 60])
def test_less_contact_never_means_more_infected_on_any_day(amount: float, day: int) -> None:
    act = Treatment("less", ZHONG, "reduce_contact", amount, starts_s=day * DAY_S)
    with_it = screen(travelling(), outbreak(), days=250, treatments=[act]).infected
    without = screen(travelling(), outbreak(), days=250).infected
    assert (with_it <= without * (1 + 1e-12)).all()


# --------------------------------------------------------------------------------- the effective distance


def hitting_distance(travel: np.ndarray, source: int, target: int, delta: float) -> float:
    """By the walk that ends at the target, as Iannelli et al. write it."""
    steps = travel / np.maximum(travel.sum(axis=1, keepdims=True), 1e-300) * np.exp(-delta)
    others = [k for k in range(len(travel)) if k != target]
    inner = np.linalg.inv(np.eye(len(others)) - steps[np.ix_(others, others)])
    return float(-np.log(inner[others.index(source)] @ steps[others, target]))


def test_the_distance_is_that_of_the_walk_which_ends_at_the_target() -> None:
    travel = np.random.default_rng(3).gamma(0.5, 1.0, (12, 12)) * (1 - np.eye(12))
    found = distances(sparse.csr_array(travel), 2, 4.0)
    wanted = [0.0 if k == 2 else hitting_distance(travel, 2, k, 4.0) for k in range(12)]
    assert found == pytest.approx(wanted, abs=1e-5)


def test_where_no_travel_leads_is_infinitely_far() -> None:
    assert np.isinf(distances([[0, 1, 0], [1, 0, 0], [1, 0, 0]], 0, 2.0)[2])


def test_a_city_behind_another_is_further() -> None:
    warned = first_warning(travelling(), outbreak())
    assert [code for code, _ in warned.order()] == [SHANG, ZHONG, XIA]
    assert warned.arrival_s[0] == 0.0


def test_more_travel_is_nearer() -> None:
    near = first_warning(travelling(), outbreak()).arrival_s
    fewer = travelling(*(type(k)(k.from_city, k.to_city, k.people_per_day / 10) for k in LINKS))
    assert (first_warning(fewer, outbreak()).arrival_s[1:] > near[1:]).all()


def test_the_growth_is_that_of_the_expected_course() -> None:
    source = outbreak()
    infected = screen(travelling(), source, days=40).infectious[0]
    daily = np.log(infected[35] / infected[34])
    assert growth(source) == pytest.approx(daily, rel=0.02)  # a little leaves the city


def test_what_does_not_grow_gives_no_warning() -> None:
    with pytest.raises(DomainError, match="want more than 0"):
        first_warning(travelling(), outbreak(supposed={"reproduction": Supposed(0.8)}))


def test_where_it_began_in_two_cities_the_nearer_one_counts() -> None:
    alone, both = (first_warning(travelling(), o) for o in (outbreak(), outbreak(also_infected={XIA: 20.0})))
    from_xia = first_warning(travelling(), outbreak(city=XIA))
    at = [alone.cities.index(code) for code in (SHANG, ZHONG, XIA)]
    assert both.distance[at[0]] == both.distance[at[2]] == 0.0
    # Half of them here and half there: the distances add up as expected arrivals do.
    few, many = sorted((alone.distance[at[1]], from_xia.distance[at[1]]))
    assert few < both.distance[at[1]] < many
