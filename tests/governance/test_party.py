"""Whom a role means: bodies that are known, and roles that stand for bodies that nobody has named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from riskshed.governance.party import Party, resolve
from riskshed.governance.role import is_role, words
from riskshed.governance.situation import Reach, Situation
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory

LAND = Territory(
    {"220204": "220200", "220200": "220000", "220000": None, "230100": "230000", "230000": None},
    {"220204": ("220203",)},
    {"220204": "county", "220200": "city", "220000": "province", "230100": "city", "230000": "province"},
)
HERE = Situation(
    datetime(2026, 11, 1, tzinfo=UTC), {}, LAND, origin=("220204",), reached=(Reach("230100"),),
    bodies={"unit": "plant-7", "220204/environment": "ep-7"},
)  # fmt: skip


def codes(role: str, situation: Situation = HERE, actor: Party | None = None) -> tuple[str, ...]:
    return tuple(party.code for party in resolve(role, situation, actor))


@pytest.mark.parametrize(
    ("role", "bodies"),
    [
        ("origin.government", ("220204",)),
        ("origin.county", ("220204",)),
        ("origin.city", ("220200",)),
        ("origin.province", ("220000",)),
        ("origin.superior", ("220200",)),
        ("origin.county/environment", ("ep-7",)),
        ("origin.county/health", ("220204/health",)),
        ("reached.government", ("230100",)),
        ("reached.county", ("230100",)),
        ("affected.government", ("220204", "230100")),
        ("affected.province", ("220000", "230000")),
        ("affected.superior", ("220200", "230000")),
        ("neighbour.government", ("220203",)),
        ("unit", ("plant-7",)),
        ("public", ("public",)),
    ],
)
def test_role_means_these_bodies(role: str, bodies: tuple[str, ...]) -> None:
    assert codes(role) == bodies
    assert all(party.is_known and party.role == role for party in resolve(role, HERE))


@pytest.mark.parametrize("role", ["hospital", "unit_head", "command.government", "issuer.government"])
def test_body_that_nobody_named_is_its_role_and_is_marked(role: str) -> None:
    assert resolve(role, HERE) == (Party(role, role, is_known=False),)


def test_place_that_is_unknown_is_its_role() -> None:
    nowhere = replace(HERE, origin=(), reached=())
    assert resolve("origin.county", nowhere) == (Party("origin.county", "origin.county", is_known=False),)


def test_above_a_province_stands_the_state_council() -> None:
    province = Party("220000", "origin.province")
    assert codes("actor.superior", actor=province) == ("state_council",)
    assert codes("actor.superior/environment", actor=province) == ("ministry/environment",)


def test_superior_of_a_department_is_above_its_place() -> None:
    office = Party("220204/health", "origin.county/health")
    assert codes("actor.superior/health", actor=office) == ("220200/health",)
    assert codes("actor.government", actor=office) == ("220204",)


def test_two_counties_of_one_city_have_it_as_common_superior_and_two_cities_of_two_provinces_none() -> None:
    one_city = replace(HERE, origin=("220203", "220204"), reached=())
    assert codes("affected.common_superior", one_city) == ("220200",)
    assert codes("affected.common_superior") == ("220200", "230000")


def test_responsibility_list_of_the_agreement_names_bodies_that_the_situation_does_not() -> None:
    agreed = replace(HERE, terms=Terms("songhua", roles={"hospital": "h-1", "unit": "other"}))
    assert codes("hospital", agreed) == ("h-1",)
    assert codes("unit", agreed) == ("plant-7",)


@pytest.mark.parametrize(
    ("terms", "command"),
    [
        (Terms(), ("command.government",)),
        (Terms("songhua"), ("220204",)),
        (Terms("songhua", lead="superior", superior="state-council"), ("state-council",)),
        (Terms("songhua", lead="coordination_body", coordination_body="board"), ("board",)),
        (Terms("songhua", lead="coordination_body"), ("command.government",)),
    ],
)
def test_who_commands_follows_from_the_agreement(terms: Terms, command: tuple[str, ...]) -> None:
    assert codes("command.government", replace(HERE, terms=terms)) == command


def test_who_is_said_to_command_stands_before_the_agreement() -> None:
    told = replace(HERE, terms=Terms("songhua"), bodies={"command": "220000"})
    assert codes("command.government", told) == ("220000",)


def test_agreement_names_its_coordination_body_and_its_superior() -> None:
    agreed = replace(HERE, terms=Terms("songhua", coordination_body="board", superior="state-council"))
    assert codes("coordination_body", agreed) == ("board",)
    assert codes("agreement_superior", agreed) == ("state-council",)


def test_every_body_stands_once() -> None:
    doubled = replace(HERE, reached=(Reach("230100"), Reach("230100"), Reach("220204")))
    assert codes("affected.government", doubled) == ("220204", "230100")


@pytest.mark.parametrize(
    ("role", "good"),
    [
        ("origin.county", True),
        ("origin.county/health", True),
        ("unit", True),
        ("ministry/water", True),
        ("origin.moon", False),
        ("moon.county", False),
        ("origin.county/", False),
        ("origin.county/Health", False),
        ("The Mayor", False),
        ("", False),
        ("origin.county\n", False),
    ],
)
def test_role_is_a_role(role: str, good: bool) -> None:
    assert is_role(role) is good


def test_role_has_words_in_both_languages() -> None:
    assert words("origin.county/environment", zh=True) == "发生地县级人民政府生态环境部门"
    assert words("receiver.government", zh=False) == "the government that received the report"
    assert words("flood_storage_area", zh=False) == "flood storage area"


def test_each_actor_has_a_superior_of_its_own_in_one_situation() -> None:
    found = {code: codes("actor.superior", actor=Party(code, "x")) for code in ("220204", "220200", "230100")}
    assert found == {"220204": ("220200",), "220200": ("220000",), "230100": ("230000",)}
    with pytest.raises(AssertionError):
        codes("actor.superior")
