"""Duties: who owes what by when, how they arise and stay, and what fulfils them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance import small_pack
from governance.acts import (
    INCIDENT,
    PROVINCE,
    TERRITORY,
    at,
    clock,
    gathered,
    join,
    joined,
    noticed,
    opened,
    say,
    seen,
    stand,
)
from governance.small_pack import rule

from riskshed.governance import duty, rulepack
from riskshed.governance.circumstances import Regime
from riskshed.governance.obligation import Duty, Judged
from riskshed.governance.standing import Standing, of
from riskshed.governance.subjects import Said
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


def test_city_at_the_bound_of_the_agreement_is_likely() -> None:
    at_bound = [opened(), foreseen(0.5, (ZHONG, "0.7"), (XIA, "0.05")), noticed(1.0)]
    assert relays(stand(at_bound)) == {(ZHONG, XIA)}


def test_notice_under_another_code_of_the_incident_asks_for_its_relay_too() -> None:
    other = opened(0.5, by=ZHONG, code="same", same_as=[INCIDENT])
    told = say("NoticeSent", SHANG, 1.0, about="same", to=[ZHONG], cities=[ZHONG], expires=clock(48))
    assert (ZHONG, XIA) in relays(stand(opened(), other, foreseen(0.5), told))


def test_relay_runs_from_when_the_first_notice_was_seen_and_a_second_one_adds_none() -> None:
    twice = stand(opened(), foreseen(0.5), seen(noticed(1.0), 0.25), noticed(1.5))
    owed = [one for one in duty.owed(twice, REGIME) if one.rule == "relay_h"]
    assert [(one.who, one.to, one.since, one.due) for one in owed] == [(ZHONG, XIA, at(1.25), at(2.25))]
    assert (owed[0].act, owed[0].is_foreseen, owed[0].cite) == (
        "notify.relay",
        True,
        "cast-river, relay_h = 1",
    )


def test_bodies_that_never_joined_neither_relay_nor_are_relayed_to() -> None:
    def among(*bodies: str, to: str = ZHONG) -> set[tuple[str, str | None]]:
        said = gathered(joined(bodies), opened(), foreseen(0.5), noticed(1.0, to=(to,)))
        return relays(of(said, at=at(3), territory=TERRITORY))

    assert among(SHANG, XIA) == set()
    assert among(SHANG, ZHONG) == set()
    assert among(SHANG, PROVINCE, XIA, to=PROVINCE) == {(PROVINCE, XIA)}


def test_city_that_contains_others_does_not_owe_itself_a_relay() -> None:
    said = [opened(), foreseen(0.5), noticed(1.0, by=SHANG, to=(ZHONG,))]
    assert (ZHONG, ZHONG) not in relays(stand(said))


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


def test_whoever_was_named_to_lead_owes_the_signs_of_life_and_the_words_of_others_are_none() -> None:
    lead = say("LeadAssigned", SHANG, 1.0, lead=[ZHONG])
    other = say("RiskReported", SHANG, 3.0, to=[PROVINCE], known_at=clock(3))
    own = say("RiskReported", ZHONG, 2.0, to=[PROVINCE], known_at=clock(2))
    one = sign(stand(opened(), lead, other, own, hours=3.5)).duty
    assert (one.who, one.since, one.due, one.cause) == (ZHONG, at(2), at(6), own.id)
    assert (one.act, one.to, one.is_foreseen) == ("heartbeat", None, False)


def test_lead_that_has_not_spoken_yet_is_heard_from_when_the_incident_was_opened() -> None:
    first, again = opened(0.0), opened(2.0, by=PANG)
    one = sign(stand(first, again, say("LeadAssigned", SHANG, 1.0, lead=[ZHONG]))).duty
    assert (one.who, one.since, one.cause) == (ZHONG, at(0), first.id)


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


def lawful(folder: Path, *rules: str, terms: Terms = TERMS) -> Regime:
    return Regime((small_pack.pack(folder, *rules),), terms, TERRITORY)


def by_pack(standing: Standing, regime: Regime) -> list[Duty]:
    return [one for one in duty.owed(standing, regime) if one.pack == "shang"]


def test_rule_owes_each_body_that_it_names_and_says_where_it_is_written(tmp_path: Path) -> None:
    one, other = by_pack(told_zhong(), lawful(tmp_path, rule("tell", confirmed=False)))
    assert {one.to, other.to} == {ZHONG, XIA}
    assert (one.who, one.owes, one.act, one.about) == (SHANG, "NoticeSent", "notify.downstream", INCIDENT)
    assert (one.since, one.due) == (at(0), at(2))
    assert (one.has_clock, one.is_lawful, one.is_foreseen, one.is_confirmed) == (True, True, True, False)
    assert (one.rule, one.cite) == ("tell", "桥梁条例 tell")


def test_only_an_agreement_gives_what_is_owed_at_once_its_hours(tmp_path: Path) -> None:
    regime = lawful(tmp_path, rule("once", to=("origin.province",), owes="RiskReported", within=None))
    (one,) = by_pack(told_zhong(), regime)
    assert (one.due, one.has_clock, one.is_lawful, one.is_foreseen) == (at(1), True, False, False)
    (bare,) = by_pack(told_zhong(), replace(regime, terms=Terms()))
    assert (bare.due, bare.has_clock, bare.is_lawful) == (None, False, True)


def test_rule_of_an_act_that_is_no_statement_owes_none(tmp_path: Path) -> None:
    assert by_pack(told_zhong(), lawful(tmp_path, rule("act", owes="act", act="measure.shelter"))) == []


def test_who_is_not_on_the_record_owes_nothing_until_it_is(tmp_path: Path) -> None:
    tank = say("HazardSourceRegistered", SHANG, -5.0, source="tank-1", owner="plant", city=SHANG)
    said = [tank, opened(source="tank-1"), foreseen(0.5)]
    regime = lawful(tmp_path, rule("tell", who="unit"))
    assert by_pack(stand(said), regime) == []
    assert {one.who for one in by_pack(stand(said, join("plant")), regime)} == {"plant"}


def test_city_without_a_body_is_told_through_the_government_above_it(tmp_path: Path) -> None:
    regime = lawful(tmp_path, rule("tell", who="origin.government"))
    known = joined([SHANG, PROVINCE])
    told = of(gathered(known, opened(), foreseen(0.5, (ZHONG, "0.7"))), at=at(3), territory=TERRITORY)
    assert {one.to for one in by_pack(told, regime)} == {PROVINCE}
    alone = of(gathered(joined([SHANG]), opened(), foreseen(0.5)), at=at(3), territory=TERRITORY)
    assert by_pack(alone, regime) == []


def test_nobody_owes_a_notice_to_itself(tmp_path: Path) -> None:
    said = [opened(), foreseen(0.5, (SHANG, "0.9"), (ZHONG, "0.7"))]
    assert {one.to for one in by_pack(stand(said), lawful(tmp_path, rule("tell")))} == {ZHONG}


def test_rule_that_names_nobody_is_owed_to_nobody_in_particular(tmp_path: Path) -> None:
    regime = lawful(tmp_path, rule("warn", to=(), owes="WarningIssued", act="warn.issue"))
    (one,) = by_pack(told_zhong(), regime)
    assert (one.to, one.is_foreseen) == (None, False)


def test_duty_that_two_ways_give_stands_once_with_the_earlier_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    regime = lawful(tmp_path, rule("tell", to=("reached.government",)))
    (one, _) = by_pack(told_zhong(), regime)
    for due, wanted in ((at(1), at(1)), (at(9), at(2)), (None, at(2))):
        again = replace(one, due=due)
        monkeypatch.setattr(duty.asked, "duties", lambda *_, again=again: [(again, None)])
        assert [two.due for two in duty.owed(told_zhong(), regime) if two.id == one.id] == [wanted]


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


def test_duty_that_gets_its_time_later_is_told_again_and_its_clock_runs_from_no_earlier(
    tmp_path: Path,
) -> None:
    """The target of an agreement gives a time to what had none."""
    regime = lawful(tmp_path, rule("once", to=("origin.province",), owes="RiskReported", within=None))
    book = duty.Book(replace(regime, terms=Terms()))
    book.observe(stand(opened(), hours=1.0))
    (bare,) = [one for one in book.duties if one.rule == "once"]
    assert bare.due is None
    book.regime = regime
    new = {one.rule: one for one in book.observe(stand(opened(), hours=5.0))}
    assert new["once"].due == at(1)
    assert {one.rule: one.due for one in book.duties}["once"] == at(1)
    assert book.observe(stand(opened(), hours=6.0)) == ()


def test_first_look_at_a_record_takes_the_clocks_as_they_ran() -> None:
    (one,) = [one for one in duty.Book(REGIME).observe(told_zhong(hours=50.0)) if one.rule == "relay_h"]
    assert (one.since, one.due) == (at(1), at(2))


def test_what_is_owed_to_nobody_foreseen_keeps_its_clock_however_late_it_is_found() -> None:
    book = duty.Book(REGIME)
    book.observe(stand(opened(), hours=0.5))
    new = book.observe(stand(opened(), noticed(1.0), hours=20.0))
    assert {one.owes: one.due for one in new}["NoticeAcknowledged"] == at(1.5)


def test_book_has_its_duties_in_the_order_of_their_times() -> None:
    book = duty.Book(REGIME)
    for hours in (1.0, 1.5, 9.0):
        book.observe(told_zhong(noticed(0.9, by=PANG), hours=hours))
    timed = [one.due for one in book.duties if one.due is not None]
    assert len(timed) > 3
    assert timed == sorted(timed)


def test_late_duties_are_breaches_as_much_as_those_never_fulfilled() -> None:
    late = duty.breaches(told_zhong(passed_on(3.0), hours=3.5), REGIME)
    assert ("relay_h", "late") in {(one.duty.rule, one.state) for one in late}
    assert {one.state for one in late} == {"late", "breached"}


def test_answer_that_a_statement_asked_for_is_fulfilled_as_the_record_tells() -> None:
    answer = say("NoticeAcknowledged", ZHONG, 1.25, replies_to=noticed(1.0).id)
    found = {one.duty.owes: one for one in duty.judge(told_zhong(answer, hours=1.4), REGIME)}
    assert (found["NoticeAcknowledged"].state, found["NoticeAcknowledged"].done) == (
        "met",
        Said(answer.id, at(1.25)),
    )


# ------------------------------------------------------------------------------------- what fulfils them


def owing(owes: str, *, to: str | None = PROVINCE, who: str = SHANG) -> Duty:
    """What somebody owes about the incident between hours 0 and 2."""
    flags = {"has_clock": True, "is_lawful": True, "is_foreseen": False}
    where = {"pack": "p", "rule": "r", "cite": "c", "act": "a", "about": INCIDENT}
    return Duty(who=who, owes=owes, to=to, since=at(0), due=at(2), **flags, **where)  # type: ignore[arg-type]


def fulfilling(one: Duty, *said: Statement) -> list[str]:
    standing = stand(opened(), *said)
    return [found.id for found in duty.candidates(standing, one, TERRITORY)]


def report(by: str, hours: float, to: str = PROVINCE, **more: Any) -> Statement:
    return say("RiskReported", by, hours, to=[to], known_at=clock(hours), **more)


def test_notice_fulfils_a_report_and_a_report_a_notice_and_an_order_neither() -> None:
    told = report(SHANG, 1.0), noticed(1.5, to=(PROVINCE,))
    order = say("InstructionGiven", SHANG, 1.2, to=[PROVINCE])
    for owes in ("RiskReported", "NoticeSent"):
        assert fulfilling(owing(owes), *told, order) == [told[0].id, told[1].id]


def test_statements_that_fulfil_stand_in_the_order_of_their_times() -> None:
    later, earlier = report(SHANG, 3.0), report(SHANG, 1.0)
    middle = report(SHANG, 2.0)
    assert fulfilling(owing("RiskReported"), later, middle, earlier) == [earlier.id, middle.id, later.id]
    standing = stand(opened(), later, earlier)
    assert duty.fulfilled(standing, owing("RiskReported"), TERRITORY) == Said(earlier.id, at(1))


def test_report_is_made_by_who_owes_it_and_to_whom_it_is_owed() -> None:
    assert fulfilling(owing("RiskReported"), report(PROVINCE, 1.0, to="basin")) == []
    assert fulfilling(owing("RiskReported"), report(ZHONG, 1.0)) == []
    assert fulfilling(owing("RiskReported"), report(SHANG, 1.0, to="basin")) == []
    assert len(fulfilling(owing("RiskReported", to=None), report(SHANG, 1.0, to="basin"))) == 1
    above = report(PROVINCE, 1.0, to=XIA)
    assert fulfilling(owing("RiskReported", to=XIA), above) == []


def test_report_to_the_government_above_does_not_reach_the_city_in_it() -> None:
    named = noticed(1.0, to=(PROVINCE,), cities=[XIA])
    assert fulfilling(owing("NoticeSent", to=XIA), named) == [named.id]
    assert fulfilling(owing("RiskReported", to=XIA), named) == []
    abroad = noticed(1.0, to=(PANG,), cities=[XIA])
    assert fulfilling(owing("NoticeSent", to=XIA), abroad) == []


def test_what_was_said_before_a_clock_began_fulfils_a_report_and_is_no_sign_of_life() -> None:
    early = report(SHANG, -1.0)
    standing = stand(opened(), early)
    assert duty.fulfilled(standing, owing("RiskReported"), TERRITORY) == Said(early.id, at(-1))
    assert duty.fulfilled(standing, owing("SignOfLife", to=None), TERRITORY) is None


def test_words_of_others_are_no_sign_of_life() -> None:
    assert fulfilling(owing("SignOfLife", to=None), report(ZHONG, 1.0)) == [opened().id]


def test_duty_about_an_incident_that_nobody_opened_is_fulfilled_by_nothing() -> None:
    unopened = replace(owing("RiskReported"), about="elsewhere")
    assert fulfilling(unopened, report(SHANG, 1.0)) == []


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


# ------------------------------------------------------------------------- the place of origin tells


def agreed_to_tell(standing: Standing, hours: float = 1.0) -> list[duty.Duty]:
    """What the place of origin owes those likely reached, where so many hours were agreed."""
    regime = replace(REGIME, terms=replace(REGIME.terms, notify_h=hours))
    return [one for one in duty.owed(standing, regime) if one.rule == "notify_h"]


def test_place_of_origin_tells_whom_a_forecast_shows_as_likely_reached_where_that_was_agreed() -> None:
    shown = stand(opened(), seen(foreseen(0.5, (ZHONG, "0.05"), (XIA, "0.04")), 0.25))
    owed = agreed_to_tell(shown)
    assert [(one.who, one.owes, one.to, one.since, one.due) for one in owed] == [
        (SHANG, "NoticeSent", ZHONG, at(0.75), at(1.75))
    ]
    assert owed[0].is_foreseen
    assert not [one for one in duty.owed(shown, REGIME) if one.rule == "notify_h"]


def test_telling_is_owed_once_however_many_forecasts_follow_and_by_nobody_without_one() -> None:
    assert agreed_to_tell(stand(opened())) == []
    twice = agreed_to_tell(stand(opened(), foreseen(0.5), foreseen(1.5)))
    assert sorted((one.to, one.since) for one in twice) == sorted([(ZHONG, at(0.5)), (XIA, at(0.5))])
