"""Rules: by when, and what follows of what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import rulepack
from riskshed.governance.condition import ALWAYS, Comparison
from riskshed.governance.rule import Rule, Within

BEIJING = timezone(timedelta(hours=8))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(BEIJING))  # noqa: DTZ001


def due(amount: float, unit: str, since: str) -> str:
    return Within(amount, unit, "known").due(datetime.fromisoformat(since)).isoformat()


def a_rule(**changes: object) -> Rule:
    rule = rulepack.shelf("cn-2024").rule("erl-64-3")
    return replace(rule, **{"when": Comparison("warning_issued", "is", True), **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "unit", "since", "until"),
    [
        (30, "min", "2026-01-01T23:45:00+08:00", "2026-01-02T00:15:00+08:00"),
        (2, "h", "2026-12-31T23:30:00+08:00", "2027-01-01T01:30:00+08:00"),
        (0.5, "h", "2026-01-01T00:00:00+08:00", "2026-01-01T00:30:00+08:00"),
        (30, "d", "2024-02-01T12:00:00+08:00", "2024-03-02T12:00:00+08:00"),
        (30, "d", "2026-02-01T12:00:00+08:00", "2026-03-03T12:00:00+08:00"),
        # 2 January 2026 is a Friday.
        (1, "workday", "2026-01-02T12:00:00+08:00", "2026-01-05T12:00:00+08:00"),
        (1, "workday", "2026-01-03T12:00:00+08:00", "2026-01-05T12:00:00+08:00"),
        (5, "workday", "2026-01-02T12:00:00+08:00", "2026-01-09T12:00:00+08:00"),
        (1, "month", "2026-01-31T12:00:00+08:00", "2026-02-28T12:00:00+08:00"),
        (1, "month", "2024-01-31T12:00:00+08:00", "2024-02-29T12:00:00+08:00"),
        (1, "month", "2026-12-15T12:00:00+08:00", "2027-01-15T12:00:00+08:00"),
        (12, "month", "2024-02-29T12:00:00+08:00", "2025-02-28T12:00:00+08:00"),
        (3, "month", "2025-11-30T12:00:00+08:00", "2026-02-28T12:00:00+08:00"),
        # The offset is that of the start: no clock is put forward in between.
        (24, "h", "2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+01:00"),
    ],
)
def test_time_ends_on_the_known_day(amount: float, unit: str, since: str, until: str) -> None:
    assert due(amount, unit, since) == until


@settings(max_examples=200)
@given(MOMENTS, st.integers(0, 60))
def test_so_many_working_days_lie_between(since: datetime, days: int) -> None:
    end = Within(days, "workday", "known").due(since)
    passed = [since.date() + timedelta(days=n + 1) for n in range((end.date() - since.date()).days)]
    assert sum(day.weekday() < 5 for day in passed) == days
    assert end.timetz() == since.timetz()


@settings(max_examples=200)
@given(MOMENTS, st.integers(0, 60))
def test_month_ends_on_the_same_number_or_the_last_day(since: datetime, months: int) -> None:
    end = Within(months, "month", "known").due(since)
    assert (end.year - since.year) * 12 + end.month - since.month == months
    assert end.day == since.day or (end.day < since.day and (end + timedelta(days=1)).day == 1)
    assert end.timetz() == since.timetz()


@settings(max_examples=100)
@given(MOMENTS, st.floats(0, 1e4), st.sampled_from(["min", "h", "d"]))
def test_hours_are_hours_in_every_zone(since: datetime, amount: float, unit: str) -> None:
    within = Within(amount, unit, "known")
    assert within.due(since) == within.due(since.astimezone(UTC))


@pytest.mark.parametrize(
    ("exclusive", "elapsed", "kept"),
    [(False, 2.0, True), (False, 2.001, False), (True, 2.0, False), (True, 1.999, True), (True, None, None)],
)
def test_bound_belongs_to_the_time_unless_it_is_exclusive(
    exclusive: bool, elapsed: float | None, kept: bool | None
) -> None:
    assert Within(2, "h", "received", exclusive=exclusive).keeps(elapsed) is kept


@pytest.mark.parametrize(
    ("facts", "elapsed", "outcome"),
    [
        ({"warning_issued": False}, 1, "does_not_apply"),
        ({}, 1, "undetermined"),
        ({}, 99, "undetermined"),
        ({"warning_issued": True}, None, "open"),
        ({"warning_issued": True}, 2, "open"),
        ({"warning_issued": True}, 3, "broken"),
        ({"warning_issued": True, "grade": "I"}, 2, "kept"),
        ({"warning_issued": True, "grade": "I"}, None, "open"),
        ({"warning_issued": True, "grade": "II"}, None, "broken"),
        ({"warning_issued": True, "grade": "II"}, 2, "broken"),
    ],
)
def test_outcome_follows_trigger_time_and_content(facts: dict, elapsed: float | None, outcome: str) -> None:
    rule = a_rule(within=Within(2, "h", "warned"), must=Comparison("grade", "is", "I"))
    assert rule.outcome(facts, elapsed) == outcome


def test_rule_without_time_and_content_applies_and_is_never_broken() -> None:
    assert a_rule(within=None, must=None).outcome({"warning_issued": True}, elapsed=9_999) == "applies"


def test_rule_is_in_force_from_its_first_day_to_the_day_before_its_end() -> None:
    rule = a_rule(in_force=date(2020, 1, 1), until=date(2021, 1, 1))
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1))
    assert [rule.is_in_force(day) for day in days] == [False, True, True, False]


def test_only_a_rule_without_trigger_is_standing() -> None:
    assert a_rule(when=ALWAYS).is_standing
    assert not a_rule().is_standing


def test_json_of_a_rule_has_all_that_its_pack_says() -> None:
    rule = a_rule(within=Within(2, "h", "warned", exclusive=True))
    told = rule.to_json()
    assert told["within"] == {"amount": 2, "unit": "h", "from": "warned", "exclusive": True}
    assert told["when"] == {"fact": "warning_issued", "is": True}
    assert told["cite"] == f"{rule.instrument.title_zh} {rule.article}"
    assert len(told["examples"]) == len(rule.examples) > 0
