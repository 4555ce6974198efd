"""When a supplier stops: who runs out of what and when, and which offers on record would do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import at, clock, stand
from governance.market_acts import accepted, amount, offer, proposed
from governance.market_acts import need as stated
from pathways.test_supply import BEGINS, CHAIN, course, halt, link, region

from riskshed.governance.market_book import RowStanding
from riskshed.stand_ins import PROBABILITY_MIN, Short, drafted, shorts, stand_ins
from riskshed.statement import Statement, make
from riskshed.statement_faults import FaultList
from riskshed.vocabulary import SHAPES

PLACES = {SHANG: (30.0, 110.0), ZHONG: (30.0, 111.0), XIA: (30.0, 113.0), PANG: (45.0, 126.0)}


def days(number: float) -> Any:
    return BEGINS + timedelta(days=number)


def test_each_customer_down_the_chain_runs_out_as_its_stock_does() -> None:
    found = shorts(course(region(*CHAIN)), halt())
    assert [(one.customer, one.item, one.likely) for one in found] == [
        ("seats", "foam", days(2)),
        ("cars", "seats", days(5)),
        ("shop", "cars", days(6)),
    ]
    assert [one.amount for one in found] == [800, 500, 400]
    assert {one.probability for one in found} == {1.0}
    assert {one.is_share_known for one in found} == {False}


def test_what_lasts_longer_than_the_stop_is_no_need() -> None:
    short_stop = halt(lasts_d=1.9)
    assert shorts(course(region(*CHAIN), short_stop), short_stop) == ()


def test_a_share_and_what_can_be_replaced_lessen_the_need_and_unknown_output_leaves_it_open() -> None:
    half = link("foam", "seats", 2, share=0.5, substitutable=0.5, part="foam")
    rest = link("glass", "seats", 2, share=0.5, part="foam")
    (one,) = shorts(course(region(half, rest)), halt())
    assert (one.amount, one.is_share_known) == (200, True)
    (unknown,) = shorts(course(region(CHAIN[0], seats={"output_per_day": None})), halt())
    assert unknown.amount is None
    assert "amount" not in drafted(unknown, ZHONG, BEGINS).body


def test_a_stock_within_bounds_gives_a_band() -> None:
    source = halt()
    found = course(region(link("foam", "seats", 1, 5)), source, members=200)
    (one,) = shorts(found, source)
    assert (one.earliest, one.likely, one.latest) == (days(1), days(3), days(5))


def test_times_are_given_that_it_runs_out_and_rare_shortage_is_no_need() -> None:
    source = halt()
    whole = course(region(link("foam", "seats", 2)), source, members=20)

    def missed(count: int) -> Any:
        """In so many members the supplier never stops."""
        at_s, lost_d = whole.halted_s.copy(), whole.lost_d.copy()
        at_s[0, :count], lost_d[0, :count] = np.inf, 0.0
        at_s[0, count:] += 86_400.0
        return replace(whole, halted_s=at_s, lost_d=lost_d)

    (one,) = shorts(missed(5), source)
    assert (one.probability, one.earliest, one.likely, one.latest) == (0.75, days(3), days(3), days(3))
    assert [one.probability for one in shorts(missed(19), source)] == [PROBABILITY_MIN]
    assert shorts(missed(20), source) == ()
    exact = replace(whole, lost_d=np.full_like(whole.lost_d, 2.0))
    assert shorts(exact, source) == (), "a stock that just lasts is no shortage"


def test_an_offer_is_in_time_up_to_the_moment_and_the_supplier_that_stopped_is_no_stand_in() -> None:
    near = offer(by=SHANG)
    (one,) = stand_ins(offers(near), [short()], at(3), PLACES)["seats", "seats"]
    assert one.arrives_at is not None
    for shift_s, is_in_time in ((0, True), (-1, False)):
        wanted = replace(short(), likely=one.arrives_at + timedelta(seconds=shift_s))
        (again,) = stand_ins(offers(near), [wanted], at(3), PLACES)["seats", "seats"]
        assert again.is_in_time is is_in_time
    own = replace(short(), supplier=SHANG)
    assert stand_ins(offers(near), [own], at(3), PLACES) == {("seats", "seats"): ()}
    other = replace(short(), supplier=SHANG, item="bumpers", part="bumpers")
    assert stand_ins(offers(near), [short(), other], at(3), PLACES)["seats", "seats"]


def test_the_draft_is_a_need_that_can_be_stated() -> None:
    (one, *_) = shorts(course(region(*CHAIN)), halt())
    made = drafted(one, "seats-works", BEGINS)
    assert made.body["amount"] == {"value": "800", "unit": "set"}
    faults = FaultList("draft")
    SHAPES["NeedStated"].check(dict(made.body), "body", faults)
    assert not faults.faults
    late = drafted(one, "seats-works", days(30))
    assert late.body["needed_by"] > late.body["opens_at"]


def short(hours: float = 100.0) -> Short:
    return Short(
        "foam", "seats", ZHONG, "seats", "seats", 1.0, at(hours - 24), at(hours), at(hours + 24), 5.0,
        Decimal(60), is_share_known=True,
    )  # fmt: skip


def offers(*said: Statement) -> dict[str, RowStanding]:
    return dict(stand(*said, hours=3).offers)


def test_offers_that_would_do_come_with_when_they_are_there_the_best_first() -> None:
    near, far, late = offer(by=SHANG), offer(by=PANG), offer(by=XIA, ready_at=clock(98))
    other = offer(by=XIA, item="bumpers")
    found = stand_ins(offers(near, far, late, other), [short()], at(3), PLACES)[("seats", "seats")]
    assert [(one.by, one.is_in_time) for one in found] == [(SHANG, True), (XIA, False), (PANG, True)]
    assert found[0].km == pytest.approx(96.3, abs=0.5)


def test_what_is_promised_stands_in_for_nobody() -> None:
    wanted, given = stated("70"), offer("70", by=SHANG)
    match = proposed(wanted, given, "70")
    before = stand_ins(offers(wanted, given, match), [short()], at(3), PLACES)
    after = stand_ins(offers(wanted, given, match, accepted(match)), [short()], at(3), PLACES)
    assert [one.offer for one in before["seats", "seats"]] == [given.id]
    assert after == {("seats", "seats"): ()}


def test_a_sealed_place_or_time_is_unknown_and_rules_nothing_out() -> None:
    facts = {"sort": "parts", "item": "seats", "amount": amount("5"), "sealed": ["place", "time"]}
    open_part = make("OfferMade", by=SHANG, officer="duty-1", issued=at(0), body=facts)
    (one,) = stand_ins(offers(open_part), [short()], at(3), PLACES)["seats", "seats"]
    assert (one.city, one.km, one.arrives_at, one.is_in_time) == (None, None, None, None)


def test_offers_in_two_units_stand_side_by_side() -> None:
    sets, tons = offer(by=SHANG), offer("5", by=XIA, unit="t")
    found = stand_ins(offers(sets, tons), [short()], at(3), PLACES)["seats", "seats"]
    assert {(one.left, one.unit) for one in found} == {(100, "set"), (5, "t")}
