"""Duties: who owes what by when, how they arise and stay, and what fulfils them."""

from __future__ import annotations

from typing import Any

from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    INCIDENT,
    PROVINCE,
    TERRITORY,
    at,
    clock,
    join,
    noticed,
    opened,
    say,
    seen,
    stand,
)

from riskshed.governance import duty, rulepack
from riskshed.governance.circumstances import Regime
from riskshed.governance.obligation import Judged
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.statement import Statement

TERMS = Terms(code="cast-river")
REGIME = Regime(packs=(), terms=TERMS, territory=TERRITORY)
SECOND_H = 1 / 3600


def foreseen(hours: float, *rows: tuple[str, str], **more: Any) -> Statement:
    """A forecast that names cities with their probabilities."""
    arrivals = [
        {
            "city": city,
            "probability": chance,
            "earliest": clock(44),
            "middle": clock(48),
            "latest": clock(52),
        }
        for city, chance in rows or ((ZHONG, "0.7"), (XIA, "0.2"))
    ]
    facts = {"pathway": "pollutant", "origin": clock(0), "known_at": clock(hours), "arrivals": arrivals}
    return say("FootprintIssued", SHANG, hours, **{**facts, **more})


def relays(standing: Standing, regime: Regime = REGIME) -> set[tuple[str, str | None]]:
    return {(one.who, one.to) for one in duty.owed(standing, regime) if one.rule == "relay_h"}


def relay(standing: Standing, regime: Regime = REGIME) -> Judged:
    """The one relay that Zhong owes Xia, as it stands."""
    judged = duty.judge(standing, regime)
    (one,) = [one for one in judged if (one.duty.rule, one.duty.who, one.duty.to) == ("relay_h", ZHONG, XIA)]
    return one


def told_zhong(*more: Any, hours: float = 1000.0) -> Standing:
    return stand([opened(), foreseen(0.5), noticed(1.0)], *more, hours=hours)


def passed_on(hours: float, **more: Any) -> Statement:
    return noticed(hours, **{"by": ZHONG, "to": (XIA,), **more})


def test_relay_is_open_at_its_due_breached_a_second_later_and_the_breach_is_seen_in_that_tick() -> None:
    assert relay(told_zhong(hours=2.0)).state == "open"
    after = told_zhong(hours=2.0 + SECOND_H)
    assert relay(after).state == "breached"
    assert (ZHONG, XIA) in {(one.duty.who, one.duty.to) for one in duty.breaches(after, REGIME)}
    assert (ZHONG, XIA) not in {(o.duty.who, o.duty.to) for o in duty.breaches(told_zhong(hours=2), REGIME)}


def test_relay_is_met_at_its_due_and_late_a_second_after() -> None:
    assert relay(told_zhong(passed_on(2.0))).state == "met"
    assert relay(told_zhong(passed_on(2.0 + SECOND_H))).state == "late"


def test_notice_dated_in_time_and_first_seen_two_days_later_is_late() -> None:
    late = relay(told_zhong(seen(passed_on(1.5), 48)))
    assert late.state == "late"
    assert late.done is not None
    assert late.done.at == at(49.5)


def test_notice_dated_into_the_future_gains_nothing_and_loses_nothing() -> None:
    one = relay(told_zhong(seen(passed_on(30.0), -20.0)))
    assert one.state == "late"


def test_notice_by_the_superior_counts_in_the_place_of_its_city() -> None:
    assert relay(told_zhong(passed_on(1.5, by=PROVINCE))).state == "met"
    assert relay(told_zhong(passed_on(1.5, by=PANG))).state == "breached"


def test_notice_to_the_government_above_counts_only_if_it_names_the_city() -> None:
    def above(*cities: str) -> Statement:
        return passed_on(1.5, to=(PROVINCE,), cities=list(cities))

    assert relay(told_zhong(above(XIA))).state == "met"
    assert relay(told_zhong(above(SHANG))).state == "breached"


def test_city_that_is_told_owes_only_the_next_one_that_is_likely_reached() -> None:
    unlikely = [opened(), foreseen(0.5, (ZHONG, "0.7"), (XIA, "0.04")), noticed(1.0)]
    assert relays(stand(unlikely)) == set()
    assert relays(told_zhong()) == {(ZHONG, XIA)}
    from_shang = [opened(), foreseen(0.5), noticed(1.0, by=PROVINCE, to=(SHANG,))]
    assert (SHANG, ZHONG) in relays(stand(from_shang))
    assert (SHANG, XIA) not in relays(stand(from_shang))


def test_province_that_is_told_owes_each_likely_city_inside_it() -> None:
    said = [opened(), foreseen(0.5), noticed(1.0, to=(PROVINCE,))]
    assert relays(stand(said)) == {(PROVINCE, ZHONG), (PROVINCE, XIA)}


def test_city_that_was_told_already_is_not_owed_again() -> None:
    assert relays(stand([opened(), foreseen(0.5), noticed(1.0, to=(ZHONG, XIA))])) == set()


def test_only_members_owe_relays_and_signs_of_life() -> None:
    regime = Regime((), Terms(code="cast-river", members=(SHANG,)), TERRITORY)
    assert relays(told_zhong(), regime) == set()
    nobody = Regime((), Terms(code="cast-river", members=(ZHONG,)), TERRITORY)
    owed = duty.owed(told_zhong(), nobody)
    assert "SignOfLife" not in {one.owes for one in owed}


def test_without_an_agreement_no_relay_and_no_sign_of_life_is_owed() -> None:
    owed = duty.owed(told_zhong(), Regime((), Terms(), TERRITORY))
    assert {"agreement"} & {one.pack for one in owed} == set()


def sign(standing: Standing) -> Judged:
    (one,) = [one for one in duty.judge(standing, REGIME) if one.duty.owes == "SignOfLife"]
    return one


def test_silence_of_the_lead_is_a_breach_one_second_after_its_hours() -> None:
    assert sign(stand(opened(), hours=4.0)).state == "open"
    assert sign(stand(opened(), hours=4.0 + SECOND_H)).state == "breached"
    spoken = stand(opened(), say("ModeSwitched", SHANG, 3.0, mode="emergency"), hours=6.5)
    assert (sign(spoken).duty.since, sign(spoken).state) == (at(3), "open")


def test_closed_incident_asks_for_no_sign_of_life() -> None:
    closed = stand(opened(), say("IncidentClosed", SHANG, 3.0, ended_at=clock(3)), hours=99)
    assert "SignOfLife" not in {one.owes for one in duty.owed(closed, REGIME)}


def test_sign_of_life_has_to_come_after_the_one_from_which_its_clock_runs() -> None:
    early = stand(opened(), hours=1.0)
    first = sign(early).duty
    (still,) = duty.judge(stand(opened(), hours=9.0), REGIME, [first])
    assert still.state == "breached"
    spoken = stand(opened(), say("ModeSwitched", SHANG, 3.0, mode="emergency"), hours=9.0)
    (met,) = duty.judge(spoken, REGIME, [first])
    assert met.state == "met"


# ------------------------------------------------------------------------------------------- by the packs


LAWFUL = Regime((rulepack.shelf("cn-2024"),), TERMS, TERRITORY, as_if_in_force=True)


def test_rule_of_a_pack_owes_its_statement_with_rule_and_article() -> None:
    found = [one for one in duty.owed(stand(opened()), LAWFUL) if one.pack == "cn-2024"]
    assert found
    assert all(one.rule and one.cite and one.owes != "act" for one in found)


def test_duty_towards_reached_cities_starts_no_earlier_than_the_forecast() -> None:
    said = [opened(), noticed(1.0)]
    book = duty.Book(REGIME)
    book.observe(stand(said, hours=1.0))
    new = book.observe(stand(said, foreseen(20.0), hours=20.0))
    (one,) = [one for one in new if one.rule == "relay_h"]
    assert (one.who, one.to, one.since, one.due) == (ZHONG, XIA, at(20), at(21))


def test_duty_that_arose_stays_and_keeps_its_time() -> None:
    book = duty.Book(REGIME)
    arisen = book.observe(told_zhong(hours=1.0))
    again = [opened(), foreseen(0.5), noticed(1.0), foreseen(1.5, (ZHONG, "0.7"), (XIA, "0"))]
    later = stand(again, hours=2.5)
    assert relays(later) == set()
    book.observe(later)
    kept = {one.id: one for one in book.duties}
    assert {one.id for one in arisen} <= kept.keys()
    assert [one.due for one in arisen] == [kept[one.id].due for one in arisen]
    assert any(one.duty.rule == "relay_h" for one in duty.breaches(later, REGIME, book.duties))


def test_duties_are_each_once_and_in_the_order_of_their_times() -> None:
    owed = duty.owed(told_zhong(), LAWFUL)
    assert len({one.id for one in owed}) == len(owed)
    timed = [one.due for one in owed if one.due is not None]
    assert timed == sorted(timed)
    assert [one.due is None for one in owed] == sorted(one.due is None for one in owed)


def test_bodies_that_are_not_on_the_record_owe_nothing_and_are_owed_nothing() -> None:
    known = {SHANG, ZHONG, XIA, PANG, PROVINCE, "basin", "court", "plant"}
    owed = duty.owed(told_zhong(join("plant")), LAWFUL)
    assert {one.who for one in owed} | {one.to for one in owed if one.to} <= known
    assert INCIDENT in {one.about for one in owed}
