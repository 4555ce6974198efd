"""What bears a report out: sensors, forecasts, other origins; and what stops those who would abuse it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import INCIDENT, at, clock, opened, say, stand, withdrew
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance import corroboration
from riskshed.governance.corroboration import Sight
from riskshed.measured import Measured
from riskshed.signals import Signal
from riskshed.stations import Stations
from riskshed.thresholds import Threshold, Thresholds

FISH = {"zh": "江面有许多死鱼，气味刺鼻"}
MORE_FISH = {"zh": "江里死鱼很多，有气味"}
CITIES = {SHANG: SHANG, ZHONG: ZHONG, XIA: XIA, "bridge": ZHONG}


def report(hours=1.0, *, what=FISH, place=ZHONG, by=ZHONG, about=None, **more):
    told = {"what": what, "place": place, "seen_at": clock(hours), "reporter": "r-1", **more}
    told = {name: value for name, value in told.items() if value is not None}
    return say("FieldReportFiled", by, hours, about=about, **told)


def sight(*, over=True, hazard_class="accident", confirmed=True, place="bridge"):
    return Sight(place, "nitrobenzene", hazard_class, at(1), over, confirmed, None)


def worked_out(first, *others, sights=()):
    held = stand(opened(), first, *others, hours=48)
    return corroboration.corroborate(held, held.field_reports[first.id], cities=CITIES, sights=sights)


# ----------------------------------------------------------------------------------------------- sensors


def test_alone_it_is_not_borne_out():
    found = worked_out(report())
    assert (found.grade, found.evidence) == ("uncorroborated", ())


def test_readings_over_a_threshold_bear_it_out():
    found = worked_out(report(), sights=[sight()])
    assert found.grade == "corroborated"
    assert [(one.sort, one.place, one.points) for one in found.evidence] == [("reading", "bridge", 2)]
    assert found.summary("zh") == "1 组监测数据"


def test_readings_that_nobody_has_checked_count_half():
    assert worked_out(report(), sights=[sight(confirmed=False)]).grade == "partly"


def test_readings_of_another_class_say_nothing():
    told = report(hazard_class="accident")
    assert worked_out(told, sights=[sight(hazard_class="public_health")]).evidence == ()


def test_clean_readings_deny_only_a_report_that_names_its_class():
    clean = [sight(over=False), sight(over=False, place=ZHONG)]
    assert worked_out(report(), sights=clean).evidence == ()
    assert worked_out(report(hazard_class="accident"), sights=clean).grade == "contradicted"
    assert worked_out(report(hazard_class="accident"), sights=clean[:1]).grade == "uncorroborated"


# -------------------------------------------------------------------------------------------- footprints


def footprint(city, probability, earliest):
    row = {
        "city": city,
        "probability": probability,
        "earliest": clock(earliest),
        "middle": clock(earliest + 1),
    }
    return say("FootprintIssued", SHANG, 0.5, arrivals=[row])


@pytest.mark.parametrize(
    ("row", "about", "side"),
    [
        ((ZHONG, "0.9", 2), None, "for"),
        ((ZHONG, "0.9", 30), None, None),
        ((ZHONG, "0.3", 2), None, None),
        ((XIA, "0.9", 2), None, None),
        ((XIA, "0.9", 2), INCIDENT, "against"),
    ],
)
def test_a_forecast_speaks_for_it_where_it_reaches_the_city_in_time(row, about, side):
    found = worked_out(report(about=about), footprint(*row))
    assert [one.side for one in found.evidence if one.sort == "footprint"] == ([side] if side else [])


def test_a_forecast_that_reaches_a_city_hardly_ever_denies_it_and_one_time_is_enough_to_bear_it_out():
    hardly = worked_out(report(about=INCIDENT), footprint(ZHONG, "0.01", 2))
    assert [one.side for one in hardly.evidence] == ["against"]
    rows = [{"city": ZHONG, "probability": "0.9", "middle": clock(2)}]
    told = worked_out(report(), say("FootprintIssued", SHANG, 0.5, arrivals=rows))
    assert [one.side for one in told.evidence] == ["for"]


def test_what_speaks_on_each_side_is_counted_apart():
    found = worked_out(report(hazard_class="accident"), sights=[sight(), sight(over=False, place=ZHONG)])
    assert (found.points("for"), found.points("against")) == (2, 1)


def test_a_forecast_of_an_incident_that_was_closed_says_nothing():
    end = say("IncidentClosed", SHANG, 3.0, ended_at=clock(3))
    assert worked_out(report(), footprint(ZHONG, "0.9", 2), end).evidence == ()


def test_a_forecast_and_another_report_together_bear_it_out():
    told = worked_out(report(), footprint(ZHONG, "0.9", 2), report(2, what=MORE_FISH, reporter="r-2"))
    assert told.grade == "corroborated"
    assert told.summary("en") == "forecasts: 1, other reports: 1"


# ----------------------------------------------------------------------------------------------- reports


def test_two_others_of_the_same_matter_bear_it_out_and_one_does_in_part():
    second, third = (report(2, what=MORE_FISH, reporter=f"r-{at}") for at in (2, 3))
    assert worked_out(report(), second).grade == "partly"
    assert worked_out(report(), second, third).grade == "corroborated"


def test_many_from_one_address_are_one():
    flood = [report(1 + at / 100, what=MORE_FISH, reporter="r-2") for at in range(20)]
    found = worked_out(report(), *flood)
    assert (found.grade, len(found.evidence)) == ("partly", 1)


def test_nobody_bears_himself_out():
    again = [report(1 + at / 100, what=MORE_FISH) for at in range(5)]
    assert worked_out(report(), *again).evidence == ()


def test_reports_of_one_incident_are_of_one_matter_whatever_their_words():
    words = {"zh": "水龙头里有杏仁味"}
    of_it = report(2.0, what=words, reporter="r-2", about=INCIDENT)
    assert worked_out(report(about=INCIDENT), of_it).points("for") == 1
    assert worked_out(report(about=INCIDENT), report(2.0, what=words, reporter="r-2")).points("for") == 0


@pytest.mark.parametrize(
    "other",
    [
        {"what": {"zh": "仓库起火冒烟"}},
        {"place": SHANG},
        {"hours": 20.0},
        {"hazard_class": "public_health"},
        {"place": None},
    ],
)
def test_another_matter_bears_nothing_out(other):
    told = report(hazard_class="accident")
    facts = {"hours": 2.0, "what": MORE_FISH, "reporter": "r-2", **other}
    assert worked_out(told, report(facts.pop("hours"), **facts)).evidence == ()


def test_who_was_spoken_against_bears_nobody_out_and_is_still_listed():
    false = report(0.5, what={"zh": "水坝垮塌"}, reporter="r-2")
    denial = report(0.8, what={"zh": "水坝完好"}, by=SHANG, reporter=None, contradicts=[false.id])
    liar, honest = (report(2, what=MORE_FISH, reporter=f"r-{at}") for at in (2, 3))
    found = worked_out(report(), false, denial, liar, honest)
    assert found.grade == "partly"
    assert sorted(one.points for one in found.evidence) == [0, 1]


def test_what_was_withdrawn_bears_nothing_out():
    other = report(2, what=MORE_FISH, reporter="r-2")
    assert worked_out(report(), other, withdrew(other, 3)).evidence == ()


# ------------------------------------------------------------------------------------------------- words


def test_the_word_of_an_officer_decides():
    told = report()
    denied = report(3, by=SHANG, reporter=None, what={"zh": "已到场查看，没有"}, contradicts=[told.id])
    assert worked_out(told, denied, sights=[sight()]).grade == "contradicted"
    borne = report(3, by=SHANG, reporter=None, what={"zh": "已到场查看"}, supports=[told.id])
    assert worked_out(told, borne, sights=[sight(over=False)] * 2).grade == "corroborated"


@settings(max_examples=25)
@given(st.permutations(range(5)))
def test_any_order_of_what_was_said_gives_the_same(order):
    first = report()
    more = [report(2 + at, what=MORE_FISH, reporter=f"r-{at}") for at in range(3)]
    told = [first, *more, footprint(ZHONG, "0.9", 2)]
    assert worked_out(first, *(told[one] for one in order)) == worked_out(first, *told)


# ------------------------------------------------------------------------------------- sights of readings


LIMIT = Threshold(
    place="bridge",
    quantity="nitrobenzene",
    unit="mg/L",
    hazard_class="accident",
    level="red",
    value=Decimal("0.017"),
    source="GB 3838",
)


def signal(hours, value, **more):
    told = {"place": "bridge", "quantity": "nitrobenzene", "unit": "mg/L", "kind": "observed", **more}
    time = at(hours)
    return Signal(**told, hazard_class="accident", time=time, value=Decimal(value), known_at=time, source="s")


def sights(*signals):
    held = stand(report(), hours=48)
    taken = Measured({"s" * 64: signals})
    limits = Thresholds((LIMIT,), Stations({}))
    return corroboration.sights_near(next(iter(held.field_reports.values())), CITIES, limits, taken)


def test_the_first_crossing_near_the_report_is_what_a_series_shows():
    found = sights(signal(-2, "0.001"), signal(0, "0.03"), signal(2, "0.05"), signal(3, "0.001"))
    assert [(one.at, one.is_over, one.statement) for one in found] == [(at(0), True, "s" * 64)]
    (later_told_first,) = sights(signal(2, "0.05"), signal(0, "0.03"), signal(1, "0.04"))
    assert later_told_first.at == at(0)


def test_the_last_reading_shows_that_it_is_clear():
    found = sights(signal(-2, "0.001"), signal(2, "0.002"))
    assert [(one.at, one.is_over) for one in found] == [(at(2), False)]
    assert [one.at for one in sights(signal(2, "0.002"), signal(-2, "0.001"))] == [at(2)]


def test_readings_of_another_day_or_another_city_show_nothing():
    assert sights(signal(-6, "0.03"), signal(14, "0.03")) == ()
    assert sights(signal(1, "0.03", place="elsewhere")) == ()


def test_each_series_is_one():
    found = sights(
        signal(1, "0.03", series="a"), signal(1, "0.03", series="b"), signal(2, "0.09", series="b")
    )
    assert len(found) == 2
