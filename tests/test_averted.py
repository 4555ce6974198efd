"""What coalitions could have averted of the case: what must be true of it, and what its file may hold."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from songhua import FOLDER

from riskshed.averted import FILE, Averted, Coalitions, run
from riskshed.case import Case
from riskshed.errors import InputFaults

MEMBERS = 24


@pytest.fixture(scope="module")
def case() -> Case:
    return Case.read(FOLDER)


@pytest.fixture(scope="module")
def told(case: Case) -> Coalitions:
    read = Coalitions.read(case, FOLDER)
    assert read is not None
    return replace(read, members=MEMBERS)


@pytest.fixture(scope="module")
def found(case: Case, told: Coalitions) -> Averted:
    return run(case, told)


def place(found: Averted, *bodies: str) -> int:
    return sum(1 << found.worths.players.index(body) for body in bodies)


def worth(found: Averted, *bodies: str) -> int:
    return found.worths.worth_minor[place(found, *bodies)]


def test_both_rules_share_all_that_is_averted_and_who_adds_nothing_gets_nothing(found: Averted) -> None:
    assert found.nucleolus is not None
    whole = found.worths.worth_minor[-1]
    assert sum(found.shapley) == sum(found.nucleolus) == whole > 0
    assert whole == found.worths.nobody_minor - found.worths.all_minor
    for body in ("220200", "230000"):
        place_ = found.worths.players.index(body)
        assert (found.shapley[place_], found.nucleolus[place_]) == (0, 0)


def test_who_has_no_water_to_lose_averts_nothing_alone_and_much_with_those_below(found: Averted) -> None:
    assert worth(found, "jilin-petrochemical") == worth(found, "220000") == 0
    assert worth(found, "jilin-petrochemical", "230100") > worth(found, "230100") > 0
    assert found.shapley[found.worths.players.index("jilin-petrochemical")] > 0


def test_other_water_that_was_there_before_the_cloud_spares_its_share(case: Case, told: Coalitions) -> None:
    (bottled,) = [one for one in told.acts if one.treatment.code == "bottled"]
    alone = replace(told, players={"230100": ("230100",)}, acts=(bottled,))
    early = replace(bottled.treatment, starts_s=0.0, amount=0.5)
    half = run(case, replace(alone, acts=(replace(bottled, treatment=early),)))
    assert worth(half, "230100") == pytest.approx(half.worths.nobody_minor / 2, abs=1)
    late = replace(bottled.treatment, starts_s=told.horizon_s)
    assert worth(run(case, replace(alone, acts=(replace(bottled, treatment=late),))), "230100") == 0


def test_sums_grow_with_the_worth_of_a_day_and_shares_do_not_rest_on_it(
    case: Case, told: Coalitions, found: Averted
) -> None:
    dear = run(case, replace(told, person_day_minor=told.person_day_minor * 1000))
    assert dear.worths.worth_minor[-1] == pytest.approx(found.worths.worth_minor[-1] * 1000, rel=1e-6)
    parts = [[float(one / sum(each.shapley)) for one in each.shapley] for each in (found, dear)]
    assert parts[0] == pytest.approx(parts[1], abs=1e-6)


def test_it_says_what_is_supposed_and_where_everything_stands(found: Averted) -> None:
    shown = found.to_json()
    assert {one["code"]: one["supposed"] for one in shown["acts"]} == {
        "contain": True, "flush": True, "bottled": False, "north-bank": True
    }  # fmt: skip
    assert all(one["source"] for one in shown["acts"])
    assert shown["value_is_supposed"]
    assert len(shown["worth_minor"]) == 2 ** len(shown["players"])


def test_a_case_without_the_file_has_no_coalitions(case: Case, tmp_path: Path) -> None:
    assert Coalitions.read(case, tmp_path) is None


CHANGES: dict[str, tuple[str, str, str]] = {
    "unknown body": ('done_by = ["220000"]', 'done_by = ["999999"]', "done_by"),
    "unknown effect": ('effect = "add_flow"', 'effect = "pray"', "effect"),
    "no source": ('source = "said.csv S075', 'sauce = "said.csv S075', "source"),
    "time without offset": ("2005-11-14T08:00:00+08:00", "2005-11-14T08:00:00", "starts"),
    "player twice": ('body = "230000"', 'body = "230100"', "player"),
    "code twice": ('code = "flush"', 'code = "contain"', "code"),
    "no worth": ("person_day_minor = 300", "person_day_minor = 0", "person_day_minor"),
    "half a worth": ("person_day_minor = 300", "person_day_minor = 1.5", "person_day_minor"),
    "currency": ('currency = "CNY"', 'currency = "shells"', "currency"),
    "supposed": ("supposed = false", 'supposed = "no"', "supposed"),
    "key": ("members = 200", "members = 200\nmembres = 3", "membres"),
    "cities": ('cities = ["230800"]', 'cities = "230800"', "cities"),
}


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_file_that_cannot_be_is_refused_by_key_and_line(case: Case, tmp_path: Path, change: str) -> None:
    old, new, key = CHANGES[change]
    shutil.copy(FOLDER / FILE, tmp_path / FILE)
    text = (tmp_path / FILE).read_text("utf-8")
    assert text.count(old) >= 1
    (tmp_path / FILE).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputFaults) as caught:
        Coalitions.read(case, tmp_path)
    assert caught.value.code == "averted.faults"
    assert key in {one.column for one in caught.value.faults}
