"""The market desk: nothing is promised twice, and what is sealed is nowhere that others can see."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from desk_house import WORDS, House, refused
from governance.acts import BASIN, clock
from governance.market_acts import amount

from riskshed.desk_market import MarketDesk, opened
from riskshed.errors import InputError, InputFaults, LedgerError
from riskshed.governance import market_run
from riskshed.governance.draft import Draft
from riskshed.statement import Sealed, Statement, unseal

CITIES = (SHANG, ZHONG, XIA, PANG)
PLACES = {SHANG: (30.0, 110.0), ZHONG: (30.0, 111.0), XIA: (30.0, 113.0), PANG: (45.0, 126.0)}
SECRET = 987_654


class Shelf:
    """Keeps bodies in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Sealed] = {}

    def keep(self, body: Sealed) -> None:
        self.kept[body.commit] = body

    def drop(self, body: Sealed) -> None:
        del self.kept[body.commit]

    def body(self, said: Statement) -> Any:
        held = self.kept.get(said.commit or "")
        return None if held is None else unseal(said, held.salt, held.body)


class Market:
    """A house with a market desk for each body."""

    def __init__(self, house: House) -> None:
        self.house, self.shelf = house, Shelf()
        self.desks = {body: MarketDesk(desk, self.shelf, [BASIN]) for body, desk in house.desks.items()}

    def need(self, by: str = ZHONG, value: str = "60", sealed: Any = (), **more: Any) -> str:
        facts = {"opens_at": clock(0), "needed_by": clock(200), **more}
        return self._row("NeedStated", by, value, sealed, facts)

    def offer(self, by: str = SHANG, value: str = "100", sealed: Any = (), **more: Any) -> str:
        facts = {"ready_at": clock(0), "until": clock(300), **more}
        return self._row("OfferMade", by, value, sealed, facts)

    def _row(self, kind: Any, by: str, value: str, sealed: Any, facts: dict[str, Any]) -> str:
        unit = facts.pop("unit", "set")
        body = {"sort": "parts", "item": "seats", "city": by, "amount": amount(value, unit), **facts}
        body = {name: one for name, one in body.items() if one is not None}
        return self.desks[by].state(Draft(kind, by, None, None, body), sealed, CITIES)

    def run(self) -> tuple[str, ...]:
        return self.desks[BASIN].run(PLACES)

    def standing(self) -> Any:
        return self.house.record.standing(self.house.now())

    def seen_by(self, body: str) -> Any:
        return opened(self.standing(), self.shelf, body)


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    house = House(tmp_path)
    yield Market(house)
    house.log.close()


def test_a_need_is_matched_proposed_accepted_and_is_a_promise(market: Market) -> None:
    need, offer = market.need(), market.offer()
    (match,) = market.run()
    assert market.run() == (), "nothing new is proposed of what may still be accepted"
    taken = market.desks[ZHONG].accept(match)
    held = market.standing()
    assert (held.promises[taken].by, held.promises[taken].status) == (SHANG, "open")
    assert held.needs[need].status == "promised"
    assert held.offers[offer].left == 40
    came = {"amount": amount("60"), "received_at": clock(0)}
    market.desks[ZHONG].receive(match, came)
    assert market.standing().promises[taken].status == "kept"


def test_what_is_left_is_matched_with_the_next(market: Market) -> None:
    market.need(), market.offer()
    (first,) = market.run()
    market.desks[ZHONG].accept(first)
    market.need(by=XIA)
    (second,) = market.run()
    assert market.standing().matches[second].amount == 40


def test_a_refused_pair_is_not_proposed_again_and_the_next_best_is(market: Market) -> None:
    market.need(), market.offer()
    other = market.offer(by=PANG)
    (match,) = market.run()
    market.desks[SHANG].refuse(match, WORDS)
    (next_,) = market.run()
    assert market.standing().matches[next_].offer == other
    market.desks[ZHONG].refuse(next_, WORDS)
    assert market.run() == ()


def test_needs_that_reach_a_minimum_order_are_proposed_together_and_bind_when_all_accept(
    market: Market,
) -> None:
    market.offer(amount_min=amount("70"))
    market.need(value="40")
    assert market.run() == ()
    market.need(by=XIA, value="40")
    one, other = market.run()
    takers = {match: market.standing().matches[match].need_by for match in (one, other)}
    market.desks[takers[one]].accept(one)
    assert not market.standing().matches[one].is_bound
    market.need(by=PANG, value="5")
    assert len(market.run()) == 1, "what is still missing of the minimum is held by the proposal that waits"
    market.desks[takers[other]].accept(other)
    assert market.standing().matches[one].is_bound


def test_nobody_is_matched_with_himself(market: Market) -> None:
    market.need(by=SHANG), market.offer(by=SHANG)
    assert market.run() == ()


@pytest.mark.parametrize("number", range(3))
def test_two_who_take_the_same_at_once_one_has_it_and_the_other_is_told(market: Market, number: int) -> None:
    needs = market.need(), market.need(by=XIA)
    offer = market.offer()
    said = [
        market.house.desks[BASIN].say(
            Draft("MatchProposed", BASIN, None, None,
                  {"need": need, "offer": offer, "amount": amount("60"), "reason": WORDS})
        )
        for need in needs
    ]  # fmt: skip
    start, done = threading.Barrier(2), dict[str, Any]()

    def take(body: str, match: str) -> None:
        start.wait()
        try:
            done[body] = market.desks[body].accept(match)
        except InputError as error:
            done[body] = error.code

    threads = [threading.Thread(target=take, args=pair) for pair in zip((ZHONG, XIA), said, strict=True)]
    for one in threads[:: 1 if number % 2 else -1]:
        one.start()
    for one in threads:
        one.join()
    held = market.standing()
    assert sorted(map(str, done.values()))[-1] == "market.taken"
    assert sorted(held.promises) == [one for one in done.values() if one != "market.taken"]
    assert held.offers[offer].left == 40
    assert not held.set_aside


def test_the_record_itself_refuses_what_is_taken(market: Market) -> None:
    needs = market.need(), market.need(by=XIA)
    offer = market.offer()
    made = [
        market.house.desks[BASIN].say(
            Draft("MatchProposed", BASIN, None, None,
                  {"need": need, "offer": offer, "amount": amount("60"), "reason": WORDS})
        )
        for need in needs
    ]  # fmt: skip
    market.desks[ZHONG].accept(made[0])
    market.house.hours = 1.0
    past_the_rule = Draft("MatchAccepted", XIA, None, made[1], {})
    error = refused(
        market.house, lambda: market.house.desks[XIA].say(past_the_rule), InputFaults, "desk.set_aside"
    )
    assert [fault.code for fault in error.faults] == ["market.taken"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"value": "0"}, "market.amount"),
        ({"value": "-5"}, "market.amount"),
        ({"value": "0.0001"}, "market.amount"),
        ({"value": "1000000000001"}, "market.amount"),
        ({"needed_by": clock(-1), "opens_at": clock(-2)}, "market.past"),
        ({"needed_by": clock(5), "opens_at": clock(6)}, "market.window"),
        ({"needed_by": None}, "market.missing"),
        ({"city": None}, "market.missing"),
        ({"city": "999999"}, "market.city"),
        ({"unit": "t"}, "market.other_unit"),
        ({"unit": "furlong"}, "statement.unknown_choice"),
        ({"price_max": {"minor": 5, "currency": "EUR"}}, "market.currency"),
    ],
)
@pytest.mark.parametrize("sealed", [(), ("all",), ("place", "time", "price")])
def test_a_need_that_cannot_be_is_not_said_and_nothing_is_kept(
    market: Market, more: dict[str, Any], code: str, sealed: Any
) -> None:
    market.offer()
    with pytest.raises(InputFaults) as told:
        market.need(sealed=sealed, **more)
    assert code in {fault.code for fault in told.value.faults}
    assert len(market.standing().needs) == 0
    assert not market.shelf.kept


def test_the_same_row_again_is_one_at_once_and_refused_later(market: Market) -> None:
    first = market.need()
    assert market.need() == first
    wants = [{"key": "grade", "sign": "=", "value": "A"}]
    sealed = market.need(value="7", sealed=["all"], wants=wants)
    part = market.need(value="8", sealed=["price", "traits"], wants=wants)
    market.house.hours += 0.1
    assert market.need() == first
    assert market.need(value="7", sealed=["all"], wants=wants) == sealed
    assert market.need(value="8", sealed=["traits", "price"], wants=wants) == part
    market.house.hours = 1.0
    with pytest.raises(InputFaults) as told:
        market.need()
    assert [fault.code for fault in told.value.faults] == ["market.again"]


def test_the_same_row_of_another_body_is_another_row(market: Market) -> None:
    first = market.need(city=ZHONG)
    other = market.need(by=XIA, city=ZHONG)
    assert market.standing().needs[first].by == ZHONG
    assert market.standing().needs[other].by == XIA


@pytest.mark.parametrize("value", ["1", "2", "3", "4"])
@pytest.mark.parametrize("sealed", [(), ("all",)])
def test_a_row_that_was_taken_back_can_be_said_anew_at_once_and_once(
    market: Market, sealed: Any, value: str
) -> None:
    first = market.need(value=value, sealed=sealed)
    market.house.desks[ZHONG].withdraw(first, cause="error", reason=WORDS)
    market.house.hours += 0.02
    anew = market.need(value=value, sealed=sealed)
    assert anew != first
    market.house.hours += 0.02
    assert market.need(value=value, sealed=sealed) == anew, "whichever of the two ids is the smaller"
    status = {code: row.status for code, row in market.seen_by(ZHONG).rows.items()}
    assert status == {first: "withdrawn", anew: "open"}


def test_a_log_that_fails_keeps_nothing_of_what_was_sealed(market: Market, monkeypatch: Any) -> None:
    def fail(entries: Any) -> Any:
        raise LedgerError("ledger.full", "no space")

    monkeypatch.setattr(market.house.log, "append_many", fail)
    for sealed in (["all"], ["price"]):
        with pytest.raises(LedgerError):
            market.offer(sealed=sealed)
    assert not market.shelf.kept


def test_sealed_parts_decide_who_is_matched_and_stand_in_no_entry_of_the_log(market: Market) -> None:
    market.need(price_max={"minor": SECRET - 1, "currency": "CNY"})
    dear = market.offer(sealed=["price"], price={"minor": SECRET, "currency": "CNY"})
    assert market.run() == ()
    market.desks[SHANG].desk.withdraw(dear, cause="error", reason=WORDS)
    market.offer(value="99", sealed=["price", "time"], price={"minor": SECRET - 2, "currency": "CNY"})
    (match,) = market.run()
    market.desks[ZHONG].accept(match)
    log = b"".join(market.house.log.entries(0, market.house.log.size))
    assert str(SECRET)[:5].encode() not in log
    assert clock(300).encode() not in log


def test_a_row_that_is_sealed_whole_is_matched_and_others_see_none_of_it(market: Market) -> None:
    offer = market.offer(sealed=["all"], value="54321")
    need = market.need()
    (match,) = market.run()
    said = market.standing().statements[match].statement
    assert said.body is None
    assert set(said.recipients) == {SHANG, ZHONG, BASIN}
    taken = market.desks[ZHONG].accept(match)
    assert market.desks[ZHONG].market().rows[offer].left == 54321 - 60
    held = market.standing()
    assert (held.offers, held.matches, held.promises) == ({}, {}, {})
    assert held.needs[need].left == 60, "what everybody sees does not tell that a sealed offer was taken"
    log = b"".join(market.house.log.entries(0, market.house.log.size))
    assert b"54321" not in log
    assert held.statements[taken].statement.visibility == "sealed"


def test_a_row_that_is_sealed_whole_is_open_to_its_body_its_keeper_and_who_is_matched_with_it(
    market: Market,
) -> None:
    offer = market.offer(sealed=["all"])
    market.need()

    def readers() -> set[str]:
        return {body for body in (SHANG, ZHONG, PANG, BASIN) if offer in market.seen_by(body).rows}

    assert readers() == {SHANG, BASIN}
    market.run()
    assert readers() == {SHANG, BASIN, ZHONG}


def test_sealed_parts_are_open_to_the_other_side_once_it_accepted_and_to_nobody_else(market: Market) -> None:
    offer = market.offer(sealed=["price"], price={"minor": SECRET, "currency": "CNY"})
    market.need()

    def readers() -> set[str]:
        shown = {body: market.seen_by(body).rows[offer] for body in (SHANG, ZHONG, PANG, BASIN)}
        known = {body for body, row in shown.items() if row.is_known}
        assert known == {body for body, row in shown.items() if "price" in row.body}
        return known

    assert readers() == {SHANG, BASIN}
    (match,) = market.run()
    assert readers() == {SHANG, BASIN}, "a proposal alone opens nothing"
    market.desks[ZHONG].accept(match)
    assert readers() == {SHANG, BASIN, ZHONG}


def test_a_sealed_match_is_open_to_its_two_and_to_who_proposed_it(market: Market) -> None:
    market.offer(sealed=["all"]), market.need()
    (match,) = market.run()
    readers = {body for body in (SHANG, ZHONG, XIA, PANG, BASIN) if match in market.seen_by(body).matches}
    assert readers == {SHANG, ZHONG, BASIN}


def test_what_a_sealed_match_took_is_not_promised_again(market: Market) -> None:
    market.need(value="80", sealed=["all"])
    offer, other = market.offer(), market.need(by=XIA)
    sealed = next(one for one in market.run() if market.standing().statements[one].statement.body is None)
    body = {"need": other, "offer": offer, "amount": amount("60"), "reason": WORDS}
    open_ = market.house.desks[BASIN].say(Draft("MatchProposed", BASIN, None, None, body))
    market.desks[ZHONG].accept(sealed)
    error = refused(market.house, lambda: market.desks[XIA].accept(open_), InputError, "market.taken")
    assert "20" not in str(error), "how much is left would tell how much the sealed match took"


def test_what_was_forgotten_is_matched_no_more_and_harms_nothing(market: Market) -> None:
    market.need()
    market.offer(sealed=["price"], price={"minor": SECRET, "currency": "CNY"})
    market.shelf.kept.clear()
    assert market.run() == ()
    found = market_run.run(market.desks[BASIN].market(), market.house.now(), PLACES)
    assert [one.code for one in found.skipped] == ["market.sealed"]


def test_only_the_two_may_answer(market: Market) -> None:
    market.need(), market.offer()
    (match,) = market.run()
    house = market.house
    refused(house, lambda: market.desks[SHANG].accept(match), InputError, "market.not_yours")
    refused(house, lambda: market.desks[PANG].refuse(match, WORDS), InputError, "market.not_yours")
    refused(house, lambda: market.desks[ZHONG].accept("0" * 64), InputError, "market.unknown_match")
    came = {"amount": amount("60"), "received_at": clock(0)}
    refused(house, lambda: market.desks[ZHONG].receive(match, came), InputError, "market.not_accepted")
    market.desks[ZHONG].accept(match)
    refused(house, lambda: market.desks[SHANG].refuse(match, WORDS), InputError, "market.accepted")
    refused(house, lambda: market.desks[ZHONG].accept(match), InputError, "market.twice")


def test_a_match_that_was_taken_back_cannot_be_accepted(market: Market) -> None:
    market.need(), market.offer()
    (match,) = market.run()
    market.house.desks[BASIN].withdraw(match, cause="error", reason=WORDS)
    refused(market.house, lambda: market.desks[ZHONG].accept(match), InputError, "market.refused")


def test_an_acceptance_names_the_last_one_of_its_need_and_of_its_offer(market: Market) -> None:
    market.need(), market.offer()
    (match,) = market.run()
    first = market.desks[ZHONG].accept(match)
    market.need(by=XIA)
    (match,) = market.run()
    second = market.desks[XIA].accept(match)
    market.offer(by=PANG)
    (match,) = market.run()
    third = market.desks[XIA].accept(match)
    said = market.standing().statements
    named = [list((said[one].statement.body or {}).get("after", ())) for one in (first, second, third)]
    assert named == [[], [first], [second]]


def test_of_several_that_took_of_one_offer_the_latest_is_named(market: Market) -> None:
    market.offer()
    taken = []
    for hours, by in enumerate((ZHONG, XIA, PANG)):
        market.house.hours = float(hours)
        market.need(by=by, value="20")
        (match,) = market.run()
        taken.append(market.desks[by].accept(match))
    said = market.standing().statements[taken[2]].statement
    assert list((said.body or {})["after"]) == [taken[1]]


def test_an_offer_for_one_partner_is_taken_once_however_much_is_left(market: Market) -> None:
    needs = market.need(value="10"), market.need(by=XIA, value="10")
    offer = market.offer(partners_max=1)
    facts = {"offer": offer, "amount": amount("10"), "reason": WORDS}
    bodies = [{"need": need, **facts} for need in needs]
    made = [market.desks[BASIN].desk.say(Draft("MatchProposed", BASIN, None, None, one)) for one in bodies]
    market.desks[ZHONG].accept(made[0])
    refused(market.house, lambda: market.desks[XIA].accept(made[1]), InputError, "market.taken")


def test_a_partner_of_whom_there_may_be_two_is_offered_to_one_more(market: Market) -> None:
    market.need(value="10"), market.offer(partners_max=2)
    (first,) = market.run()
    market.desks[ZHONG].accept(first)
    market.need(by=XIA, value="10"), market.need(by=XIA, value="20", needed_by=clock(150))
    made = market.run()
    assert len(made) == 1, "the second partner is the last"


def test_a_proposal_says_how_much_by_when_and_until_when_it_may_be_answered(market: Market) -> None:
    need = market.need(value="10.125", needed_by=clock(3))
    market.offer(until=clock(5))
    (match,) = market.run()
    said = market.standing().statements[match].statement
    assert said.record("amount")["value"] == "10.125"
    assert said.time("arrives_by") == said.time("answer_by") == market.standing().needs[need].ends
    market.need(by=XIA, value="10", item="bumpers", sealed=["time"]), market.offer(item="bumpers")
    (sealed,) = market.run()
    assert not market.standing().statements[sealed].statement.has("arrives_by")


def test_prices_are_held_against_each_other_in_yuan(market: Market) -> None:
    market.need(price_max={"minor": 10_000, "currency": "CNY"})
    market.offer(price={"minor": 10_001, "currency": "CNY"})
    assert market.run() == ()
    market.offer(by=XIA, price={"minor": 10_000, "currency": "CNY"})
    assert len(market.run()) == 1
    (row,) = [one for one in market.seen_by(BASIN).rows.values() if one.by == XIA]
    assert market_run.offer_of(row, row.left, PLACES).price_yuan == 100.0
