"""The same hazard, warned of from several sides of a border, is shown once; different ones never as one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import INCIDENT, TERRITORY, at, opened, say, stand, warned
from governance.foreseen import faced
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import border, warning
from riskshed.governance.border import shown
from riskshed.governance.subjects import WarningStanding
from riskshed.governance.territory import Territory
from riskshed.vocabulary_fields import COLOURS, HAZARD_CLASSES

ROW = [f"side-{n:02d}" for n in range(35)]
BESIDE = Territory({}, {one: (other,) for one, other in pairwise(ROW)}, {})


def held(name: str, city: str, hours: float = 2.0, **more: Any) -> WarningStanding:
    """A warning of the city to its own people."""
    facts: dict[str, Any] = {
        "by": city, "about": INCIDENT, "level": "orange", "cities": (city,), "hazard_class": "accident",
        "hazard": None, "issued": at(hours), "seen_at": at(hours), "onset": None, "expires": at(hours + 24),
        "status": "active", "successor": None, "replaces": None, "notice": None, "footprint": None,
        "approval": None, "override": None, "exercise": False,
    }  # fmt: skip
    return WarningStanding(id=name, **{**facts, **more})


def groups(*warnings: WarningStanding, **more: Any) -> set[frozenset[str]]:
    return {frozenset(one.warnings) for one in shown(warnings, TERRITORY, XIA, **more)}


def test_both_sides_of_a_border_are_shown_once() -> None:
    assert groups(held("a", SHANG), held("b", ZHONG)) == {frozenset("ab")}


def test_thirty_five_identical_warnings_at_one_border_are_one() -> None:
    """foss_warn, issue 262: one storm, 35 offices; no warning names an incident."""
    every = [held(f"{n:02d}", city, about=None, hazard="storm") for n, city in enumerate(ROW)]
    (one,) = shown(every, BESIDE, ROW[3])
    assert len(one.warnings) == len(one.issuers) == len(one.cities) == 35
    assert (one.speaks, one.is_here) == ("03", True)


def test_the_group_shows_the_gravest_level_all_who_warn_and_the_whole_area() -> None:
    one, other = held("a", SHANG, level="yellow"), held("b", ZHONG, level="red", cities=(ZHONG, XIA))
    (group,) = shown([one, other], TERRITORY, XIA)
    assert (group.level, group.issuers, group.cities) == ("red", (SHANG, ZHONG), (SHANG, ZHONG, XIA))
    assert group.speaks == "b"


def test_what_to_do_is_said_by_ones_own_authority() -> None:
    one, other = held("a", SHANG, level="red"), held("b", ZHONG, level="blue")
    assert [group.speaks for group in shown([one, other], TERRITORY, SHANG)] == ["a"]
    assert [group.speaks for group in shown([one, other], TERRITORY, XIA)] == ["b"]


def test_different_hazards_stay_apart() -> None:
    one, other = held("a", SHANG, hazard="flood"), held("b", ZHONG, hazard="spill")
    assert groups(one, other) == {frozenset("a"), frozenset("b")}
    assert groups(one, replace(other, hazard="flood")) == {frozenset("ab")}
    assert len(groups(one, replace(other, hazard="flood", hazard_class="natural_disaster"))) == 2


def test_a_code_that_is_missing_joins_two_hazards_never() -> None:
    flood, spill, mute = held("a", SHANG, hazard="flood"), held("b", XIA, hazard="spill"), held("c", ZHONG)
    assert groups(flood, spill, mute) == {frozenset("a"), frozenset("b"), frozenset("c")}
    assert groups(flood, mute) == {frozenset("ac")}


def test_what_does_not_touch_or_overlap_is_not_the_same() -> None:
    assert len(groups(held("a", SHANG), held("b", PANG))) == 2
    assert len(groups(held("a", SHANG), held("b", ZHONG, 26))) == 2
    assert len(groups(held("a", SHANG), held("b", ZHONG, 25.99))) == 1
    assert len(groups(held("a", SHANG), held("b", ZHONG, exercise=True))) == 2


def test_the_next_city_down_the_river_touches() -> None:
    river = Territory({}, {}, {}, {SHANG: (ZHONG, XIA), ZHONG: (XIA,)})
    every = [held("a", SHANG), held("b", ZHONG)]
    assert len(shown(every, river, XIA)) == 1
    assert len(shown([held("a", SHANG), held("b", XIA)], river, XIA)) == 2


def test_two_codes_of_one_incident_are_one() -> None:
    one, other = held("a", SHANG), held("b", ZHONG, about="spill-of-zhong")
    standing = stand(opened(), say("IncidentOpened", ZHONG, 1, about="spill-of-zhong", same_as=[INCIDENT]))
    assert groups(one, other) == {frozenset("a"), frozenset("b")}
    assert groups(one, other, standing=standing) == {frozenset("ab")}


def test_what_goes_back_to_one_notice_is_one() -> None:
    first = faced()
    passed = faced(1.5, by=ZHONG, to=[XIA], relays=first.id, about=None)
    standing = stand(opened(), first, passed)
    one, other = held("a", ZHONG, notice=first.id), held("b", XIA, about=None, notice=passed.id)
    assert groups(one, other, standing=standing) == {frozenset("ab")}


def test_what_names_neither_incident_nor_hazard_stands_alone() -> None:
    assert len(groups(held("a", SHANG, about=None), held("b", ZHONG, about=None))) == 2


def test_those_that_concern_the_viewer_come_first() -> None:
    far, here = held("a", PANG, level="red", about="other"), held("b", XIA, level="blue")
    assert [one.warnings for one in shown([far, here], TERRITORY, XIA)] == [("b",), ("a",)]


def test_warnings_as_they_stand_are_shown_once() -> None:
    facts = {"hazard_class": "accident", "level": "red"}
    standing = stand(opened(), warned(by=SHANG, cities=[SHANG], **facts), warned(**facts), hours=3)
    (group,) = shown(warning.active(standing, at(3)), TERRITORY, ZHONG, standing=standing)
    assert group.issuers == (SHANG, ZHONG)


@st.composite
def several(draw: st.DrawFn) -> list[WarningStanding]:
    def one(number: int) -> WarningStanding:
        return held(
            f"{number:02d}",
            draw(st.sampled_from((SHANG, ZHONG, XIA, PANG))),
            draw(st.sampled_from((0.0, 12.0, 30.0))),
            about=draw(st.sampled_from((None, INCIDENT, "other"))),
            hazard=draw(st.sampled_from((None, "flood", "spill"))),
            hazard_class=draw(st.sampled_from(HAZARD_CLASSES[:2])),
            level=draw(st.sampled_from(COLOURS)),
            exercise=draw(st.booleans()),
        )

    return [one(n) for n in range(draw(st.integers(0, 12)))]


@given(several(), st.integers())
@settings(max_examples=150)
def test_every_warning_is_in_exactly_one_group_in_whatever_order(
    every: list[WarningStanding], seed: int
) -> None:
    first = shown(every, TERRITORY, ZHONG)
    mixed = [*every, *every]
    random.Random(seed).shuffle(mixed)
    assert shown(mixed, TERRITORY, ZHONG) == first
    assert sorted(one for group in first for one in group.warnings) == [one.id for one in every]


@given(several())
@settings(max_examples=150)
def test_a_group_never_mixes_hazards_classes_or_drills(every: list[WarningStanding]) -> None:
    by_id = {one.id: one for one in every}
    for group in shown(every, TERRITORY, ZHONG):
        members = [by_id[one] for one in group.warnings]
        assert len({one.hazard for one in members} - {None}) <= 1
        assert {(one.hazard_class, one.exercise) for one in members} == {(group.hazard_class, group.exercise)}
        assert group.level == min((one.level for one in members), key=COLOURS.index)
        assert group.expires - group.begins >= timedelta(hours=24)
        assert border.shown(members, TERRITORY, ZHONG)
