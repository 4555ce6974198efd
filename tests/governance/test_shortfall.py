"""Base information by the newest word, needs by norms, what is missing, and short boards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import at, clock, say, stand

from riskshed.errors import DomainError, InputFaults, NotFoundError
from riskshed.governance.base_information import BaseInformation, base_information, check_report
from riskshed.governance.shortfall import Arrival, Exposure, missing, need, norms, norms_of, short_boards

WATER = replace(norms()["drinking_water_survival"], per_person_day=Decimal(3))


def row(value: str, city: str = SHANG, item: str = "drinking_water", unit: str = "L", **more: Any) -> Any:
    return {"item": item, "amount": {"value": value, "unit": unit}, "city": city, "sort": "supplies", **more}


def stock(hours: float, *rows: Any, by: str = SHANG, **more: Any) -> Any:
    return say("StockReported", by, hours, about=None, rows=list(rows), as_of=clock(hours), **more)


def known(*said: Any, hours: float = 10.0) -> BaseInformation:
    return base_information(stand(*said, hours=hours))


def in_need(city: str = SHANG, people: int | None = 1_000, days: float = 1.0) -> Exposure:
    return Exposure(city, people, at(0), at(24 * days), "footprint")


def test_newest_word_of_a_body_counts_with_its_date_age_and_source() -> None:
    new = stock(4, row("70", kept_back={"value": "20", "unit": "L"}, ready_h="2"))
    (one,) = known(new, stock(1, row("90"))).of(SHANG)
    assert (one.amount, one.kept_back, one.ready_h) == (Decimal(70), Decimal(20), Decimal(2))
    assert (one.as_of, one.age, one.statement) == (at(4), timedelta(hours=6), new.id)
    assert one.is_stale(timedelta(hours=5))
    assert not one.is_stale(timedelta(hours=6))


def test_unknown_is_not_zero_unless_the_city_called_its_report_complete() -> None:
    other = row("5", item="tent", unit="item")
    assert known(stock(1, other)).has(SHANG, "drinking_water", "L") is None
    assert known(stock(1, other, complete=True)).has(SHANG, "drinking_water", "L") == 0
    bottles = known(stock(1, row("9", unit="bottle"), complete=True))
    assert bottles.has(SHANG, "drinking_water", "L") is None


def test_complete_report_takes_away_what_it_does_not_list_and_another_does_not() -> None:
    first, tents = stock(1, row("90")), row("5", item="tent", unit="item")
    assert known(first, stock(2, tents)).has(SHANG, "drinking_water", "L") == 90
    assert known(first, stock(2, tents, complete=True)).has(SHANG, "drinking_water", "L") == 0


def test_stock_of_several_bodies_in_a_city_adds_up_and_what_is_dated_ahead_does_not_count() -> None:
    said = [stock(1, row("90"), row("10", ready_h="1")), stock(2, row("30"), by=ZHONG), stock(11, row("5"))]
    assert known(*said).has(SHANG, "drinking_water", "L") == 130


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row("-1"), "negative"),
        (row("5", kept_back={"value": "6", "unit": "L"}), "kept_back"),
        (row("5", kept_back={"value": "1", "unit": "m3"}), "other_unit"),
    ],
)
def test_stock_that_cannot_be_is_refused(bad: Any, code: str) -> None:
    with pytest.raises(InputFaults) as told:
        check_report({"rows": [row("1"), bad]})
    assert [one.code for one in told.value.faults] == [f"base_information.{code}"]


def test_bad_report_is_set_aside_whole_and_hides_nothing_that_others_said() -> None:
    bad = stock(3, row("-1"), row("8", item="tent", unit="item"), complete=True)
    held = known(stock(1, row("90")), bad, stock(2, row("30", ZHONG), by=ZHONG))
    assert held.has(SHANG, "drinking_water", "L") == 90
    assert held.has(ZHONG, "drinking_water", "L") == 30
    assert held.has(SHANG, "tent", "item") is None
    assert held.complete == {}
    assert [(one.statement, one.by, one.as_of) for one in held.bad] == [(bad.id, SHANG, at(3))]
    assert [fault.code for fault in held.bad[0].faults] == ["base_information.negative"]


def test_need_is_people_times_norm_times_time() -> None:
    assert need(WATER, in_need(), at(12)) == 1_500
    assert need(WATER, in_need(), at(48)) == 3_000
    assert need(WATER, in_need(), at(-5)) == 0
    assert need(WATER, in_need(people=None), at(12)) is None
    with pytest.raises(DomainError, match="at least 0 people"):
        need(WATER, in_need(people=-1), at(12))


def test_what_is_missing_grows_by_the_hour_and_is_filled_by_what_arrives() -> None:
    held = known(stock(1, row("1000")))
    came = Arrival(SHANG, "drinking_water", "L", Decimal(400), at(20), "shipment")
    found = missing(held, [in_need()], [WATER], [at(6), at(12), at(24)], [came])
    assert [one.at_least for one in found] == [0, 500, 1_600]
    assert [one.at_most for one in found] == [0, 500, 1_600]
    assert "shipment" in found[2].sources
    assert "shipment" not in found[1].sources


def test_where_stock_or_people_are_unknown_what_is_missing_has_bounds() -> None:
    (blind,) = missing(known(), [in_need()], [WATER], [at(24)])
    assert (blind.have, blind.at_least, blind.at_most) == (None, 0, 3_000)
    (open_end,) = missing(known(stock(1, row("1"))), [in_need(people=None)], [WATER], [at(24)])
    assert (open_end.need, open_end.at_most) == (None, None)


def test_short_boards_stand_worst_first_and_what_is_unknown_apart() -> None:
    held = known(
        stock(1, row("1500")), stock(2, row("300", ZHONG), by=ZHONG), stock(3, row("9000", XIA), by=XIA)
    )
    found = short_boards(held, [in_need(city) for city in (SHANG, ZHONG, XIA, PANG)], [WATER])
    assert [(one.city, one.ratio) for one in found.known] == [
        (ZHONG, Decimal("0.1")),
        (SHANG, Decimal("0.5")),
        (XIA, Decimal(3)),
    ]
    assert [one.city for one in found.unknown] == [PANG]
    assert found.known[0].as_of == at(2)
    assert len(found.known[0].sources) == 2


def test_each_norm_has_a_source_and_a_hazard_without_norms_says_so() -> None:
    assert all(one.cite and one.words.keys() == {"zh", "en"} for one in norms().values())
    assert WATER in norms_of("flood")
    with pytest.raises(NotFoundError, match="no norm of need for wildfire"):
        norms_of("wildfire")
