"""What is missing in an incident: by forecast, norm and stock, with help at its hour, and unknown apart."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import INCIDENT, at, clock, opened, say, stand

from riskshed.governance.incident_need import HOURS, CityNeed, IncidentNeed, of_incident
from riskshed.governance.terms import Terms
from riskshed.statement import Statement

PEOPLE = 1_000
TERMS = Terms(notice_from_probability=0.05)


def arrival(
    city: str = ZHONG, chance: str = "0.9", people: int | None = PEOPLE, **more: Any
) -> dict[str, Any]:
    told = {} if people is None else {"exposed_people": people}
    return {"city": city, "probability": chance, "earliest": clock(10), "middle": clock(12), **told, **more}


def forecast(*rows: Any, pathway: str = "pollutant", hours: float = 1.0) -> Statement:
    return say("FootprintIssued", SHANG, hours, arrivals=list(rows or [arrival()]), pathway=pathway)


def stock(liters: str, hours: float = 2.0, by: str = ZHONG) -> Statement:
    amount = {"value": liters, "unit": "L"}
    row = {"item": "drinking_water", "amount": amount, "city": by, "sort": "supplies"}
    return say("StockReported", by, hours, about=None, rows=[row], as_of=clock(hours))


def water(liters: str) -> list[dict[str, Any]]:
    return [{"item": "drinking_water", "amount": {"value": liters, "unit": "L"}}]


def promise(liters: str = "500", arrives: float = 40.0) -> Statement:
    times = {"leaves_by": clock(30), "arrives_by": clock(arrives)}
    return say("AidCommitted", SHANG, 3, items=water(liters), to=ZHONG, **times)


def found(*said: Statement, hours: float = 5.0) -> IncidentNeed:
    standing = stand(opened(), *said, hours=hours)
    return of_incident(standing, standing.incidents[INCIDENT], TERMS)


def drinking(told: IncidentNeed) -> CityNeed:
    (one,) = [one for one in (*told.known, *told.unknown) if one.norm.item == "drinking_water"]
    return one


def missing(told: IncidentNeed) -> list[Decimal]:
    return [one.at_least for one in drinking(told).hours]


def test_what_is_missing_grows_from_the_earliest_hour_at_which_it_may_come() -> None:
    told = found(forecast(), stock("2000"))
    one = drinking(told)
    assert (one.city, one.people, one.begins, one.unknown) == (ZHONG, PEOPLE, at(10), ())
    # 3 L a person and day: 1500, 3000, 6000, 9000 L, of which 2000 are there.
    assert missing(told) == [0, 1000, 4000, 7000]
    assert [row.at for row in one.hours] == [at(10) + timedelta(hours=hour) for hour in HOURS]
    assert one.is_short


def test_a_stock_that_nobody_reported_stands_apart_and_bounds_are_given() -> None:
    told = found(forecast())
    one = drinking(told)
    assert (told.known, one.unknown, one.is_short) == ((), ("stock",), False)
    assert [(row.at_least, row.at_most) for row in one.hours][1] == (0, 3000)


def test_people_and_times_that_the_forecast_does_not_give_are_unknown() -> None:
    nobody = {"city": XIA, "probability": "0.5"}
    told = found(forecast(arrival(people=None), nobody), stock("10"))
    by_city = {one.city: one for one in told.unknown if one.norm.item == "drinking_water"}
    assert by_city[ZHONG].unknown == ("people",)
    assert by_city[XIA].unknown == ("people", "stock", "time")
    assert by_city[XIA].hours == ()


def test_help_counts_from_its_hour_on_and_once_it_is_in_a_stock_report_no_more() -> None:
    promised = promise(arrives=40)
    # 30 h after it may begin: only the last two hours have it.
    assert missing(found(forecast(), stock("2000"), promised)) == [0, 1000, 3500, 6500]
    came = say("AidReceived", ZHONG, 4, replies_to=promised.id, items=water("500"), received_at=clock(4))
    assert missing(found(forecast(), stock("2000"), promised, came)) == [0, 500, 3500, 6500]
    assert missing(found(forecast(), stock("2000", hours=4.5), promised, came)) == [0, 1000, 4000, 7000]


def test_what_came_is_taken_off_its_promise_and_the_unfit_is_missing_still() -> None:
    promised = promise(arrives=20)
    facts = {"items": water("300"), "unfit": water("100"), "received_at": clock(4)}
    came = say("AidReceived", ZHONG, 4, replies_to=promised.id, **facts)
    assert missing(found(forecast(), stock("2000"), promised, came))[1] == 1000 - 200 - 200
    released = say("AidReleased", ZHONG, 4.2, replies_to=promised.id)
    assert missing(found(forecast(), stock("2000"), promised, came, released))[1] == 1000 - 200


@pytest.mark.parametrize(
    ("said", "gap"),
    [
        ((), "no_forecast"),
        ((forecast(pathway="plume"),), "no_norm"),
        ((forecast(arrival(chance="0.04")),), "nobody_reached"),
        ((forecast(),), None),
    ],
)
def test_why_there_is_nothing_to_show_is_said(said: tuple[Statement, ...], gap: str | None) -> None:
    told = found(*said)
    assert told.gap == gap
    assert bool(told.known or told.unknown) == (gap is None)
