"""The book of needs and offers: nothing is promised twice, in whatever order it is told."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import at, clock, gathered, seen, stand
from governance.market_acts import (
    accepted,
    amount,
    need,
    offer,
    proposed,
    received,
    refused,
    with_kinds,
    withdrawn,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.governance.market_book import Told, fold
from riskshed.governance.standing import Fold, Standing, of
from riskshed.statement import Statement

FEW = settings(max_examples=25, deadline=None)


def codes(standing: Standing, statement: Statement) -> set[str]:
    return {flag.code for flag in standing.flags if flag.statement == statement.id}


def test_an_offer_that_was_accepted_is_a_promise_and_is_no_longer_there_to_take() -> None:
    wanted, given_ = need(), offer()
    match = proposed(wanted, given_)
    taken = accepted(match)
    standing = stand(wanted, given_, match, taken, hours=10)
    promise = standing.promises[taken.id]
    assert (promise.by, promise.to, promise.due, promise.status) == (SHANG, ZHONG, at(150), "open")
    assert standing.offers[given_.id].left == 40
    assert standing.needs[wanted.id].status == "promised"
    assert standing.matches[match.id].status == "accepted"


def two_for_one(first_h: float = 2.0, second_h: float = 3.0, **more: Any) -> tuple[Statement, ...]:
    one, other, given_ = need(), need(by=XIA), offer()
    matches = proposed(one, given_), proposed(other, given_)
    taken = accepted(matches[0], first_h), accepted(matches[1], second_h, by=XIA, **more)
    return (one, other, given_, *matches, *taken)


def test_of_two_that_take_the_same_the_one_that_was_seen_first_has_it() -> None:
    *rest, first, second = two_for_one()
    standing = stand(*rest, first, second, hours=10)
    assert codes(standing, second) == {"market.taken"}
    assert first.id in standing.promises
    assert second.id not in standing.promises
    assert standing.offers[rest[2].id].left == 40


def test_dating_back_wins_nothing() -> None:
    *rest, first, second = two_for_one(first_h=2.0, second_h=1.5)
    standing = stand(*rest, first, seen(second, 4.0), hours=10)
    assert codes(standing, second) == {"market.taken"}


def test_in_one_second_what_was_named_as_standing_before_has_it() -> None:
    *rest, first, _ = two_for_one()
    other = rest[4]
    notes = ({"en": f"note {number}"} for number in range(100))
    blind = next(one for note in notes if (one := accepted(other, by=XIA, note=note)).id < first.id)
    # Neither knew of the other: the smaller id has it.
    assert codes(stand(*rest, first, blind, hours=10), first) == {"market.taken"}
    more = ({"after": [first.id], "note": {"en": f"note {number}"}} for number in range(100))
    named = next(one for facts in more if (one := accepted(other, by=XIA, **facts)).id < first.id)
    standing = stand(*rest, first, named, hours=10)
    assert first.id in standing.promises
    assert codes(standing, named) == {"market.taken"}


def test_who_lost_stays_lost_when_the_winner_gives_it_back() -> None:
    *rest, first, second = two_for_one()
    gone = withdrawn(first, 5.0)
    standing = stand(*rest, first, second, gone, hours=10)
    assert codes(standing, second) == {"market.taken"}
    assert not {first.id, second.id} & set(standing.promises)
    assert standing.offers[rest[2].id].left == 100
    again = accepted(rest[4], 6.0, by=XIA, note={"en": "again"})
    assert again.id in stand(*rest, first, second, gone, again, hours=10).promises


@pytest.mark.parametrize(
    ("late", "code"),
    [
        (lambda m, n, o: refused(m, 1.5), "market.refused"),
        (lambda m, n, o: withdrawn(o, 1.5), "market.ended"),
        (lambda m, n, o: withdrawn(m, 1.5), "market.ended"),
        (lambda m, n, o: accepted(m, 1.5, note={"en": "before"}), "market.twice"),
    ],
)
def test_an_acceptance_that_comes_too_late_does_not_count(late: Any, code: str) -> None:
    wanted, given_ = need("10"), offer()
    match = proposed(wanted, given_, "10")
    taken = accepted(match)
    standing = stand(wanted, given_, match, late(match, wanted, given_), taken, hours=10)
    assert code in codes(standing, taken)
    assert taken.id not in standing.promises


def test_what_was_taken_before_the_offer_ended_is_a_promise_still() -> None:
    wanted, given_ = need(), offer()
    match = proposed(wanted, given_)
    taken = accepted(match)
    standing = stand(wanted, given_, match, taken, withdrawn(given_, 3.0), hours=10)
    assert standing.promises[taken.id].status == "open"
    assert standing.offers[given_.id].status == "withdrawn"
    assert standing.offers[given_.id].left == 0


def test_an_offer_that_has_ended_is_not_taken() -> None:
    wanted, given_ = need(), offer(until=clock(1.5))
    match = proposed(wanted, given_)
    taken = accepted(match)
    assert codes(stand(wanted, given_, match, taken, hours=10), taken) == {"market.ended"}
    assert stand(wanted, given_, match, hours=10).offers[given_.id].status == "expired"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([("60", 100.0)], "kept"),
        ([("20", 100.0), ("40", 140.0)], "kept"),
        ([("20", 100.0), ("40", 160.0)], "late"),
        ([("59.999", 100.0)], "broken"),
        ([], "broken"),
    ],
)
def test_a_promise_is_kept_when_all_of_it_came_in_time(said: list[tuple[str, float]], status: str) -> None:
    wanted, given_ = need(), offer()
    match = proposed(wanted, given_)
    taken = accepted(match)
    came = [received(taken, value, hours) for value, hours in said]
    standing = stand(wanted, given_, match, taken, *came, hours=170)
    assert standing.promises[taken.id].status == status


def test_what_is_unfit_did_not_come_and_who_gave_it_cannot_sign_for_it() -> None:
    wanted, given_ = need(), offer()
    match = proposed(wanted, given_)
    taken = accepted(match)
    unfit = received(taken, "60", 100.0, unfit=amount("1"))
    own = received(taken, "60", 100.0, by=SHANG)
    tons = received(taken, "60", 100.0, note={"en": "weighed"}, unfit=amount("1", "t"))
    standing = stand(wanted, given_, match, taken, unfit, own, tons, hours=170)
    assert standing.promises[taken.id].status == "broken"
    assert codes(standing, own) == {"reply.not_addressed"}
    assert codes(standing, tons) == {"market.unit"}
    assert standing.matches[match.id].received == 59


@pytest.mark.parametrize(
    ("more", "value"),
    [
        ({"item": "bumpers"}, "60"),
        ({"unit": "t"}, "60"),
        ({"sort": "aid"}, "60"),
        ({"whole": True}, "60"),
        ({}, "101"),
    ],
)
def test_a_proposal_of_what_does_not_fit_is_none(more: dict[str, Any], value: str) -> None:
    wanted, given_ = need("200"), offer(**more)
    match = proposed(wanted, given_, value)
    standing = stand(wanted, given_, match, hours=10)
    assert codes(standing, match) == {"market.no_match"}
    assert not standing.matches


def test_strangers_match_nobody_and_accept_nothing() -> None:
    wanted, given_ = need(), offer()
    match = proposed(wanted, given_, by=PANG)
    joined = with_kinds(**{PANG: "enterprise"})
    standing = of(gathered(joined, wanted, given_, match), at=at(10))
    assert codes(standing, match) == {"market.not_matchmaker"}
    own = proposed(wanted, given_)
    theirs = accepted(own, by=PANG)
    assert codes(stand(wanted, given_, own, theirs, hours=10), theirs) == {"reply.not_addressed"}


@pytest.mark.parametrize("wrong", ["0", "-5", "1000000000000.001", "1000000000001", "0.0005"])
def test_an_amount_that_cannot_be_is_set_aside(wrong: str) -> None:
    given_ = offer(wrong)
    standing = stand(given_, hours=10)
    assert codes(standing, given_) == {"market.amount"}
    assert not standing.offers


def test_a_window_that_ends_before_it_begins_is_set_aside() -> None:
    wanted, given_ = need(needed_by=clock(-1)), offer(until=clock(-1))
    standing = stand(wanted, given_, hours=10)
    assert codes(standing, wanted) == codes(standing, given_) == {"market.window"}


def test_a_refusal_after_the_acceptance_is_too_late() -> None:
    wanted, given_ = need(), offer()
    match = proposed(wanted, given_)
    taken, no = accepted(match), refused(match, 3.0)
    standing = stand(wanted, given_, match, taken, no, hours=10)
    assert codes(standing, no) == {"market.accepted"}
    assert standing.promises[taken.id].status == "open"


def test_a_receipt_that_was_withdrawn_is_none() -> None:
    wanted, given_ = need(), offer()
    match = proposed(wanted, given_)
    taken = accepted(match)
    came = received(taken, "60", 5.0)
    told = (wanted, given_, match, taken, came)
    assert stand(*told, hours=10).matches[match.id].status == "received"
    held = stand(*told, withdrawn(came, 6.0), hours=10).matches[match.id]
    assert (held.status, held.received) == ("accepted", 0)


def test_a_refusal_by_somebody_else_stops_nothing() -> None:
    wanted, given_ = need(), offer()
    match = proposed(wanted, given_)
    no, taken = refused(match, 1.5, by=PANG), accepted(match)
    told = [Told(one, one.issued, one.body or {}) for one in (wanted, given_, match, no, taken)]
    book = fold(told, lambda _: False)
    assert (book.matches[match.id].refused, book.matches[match.id].accepted) == (None, taken.id)
    standing = stand(wanted, given_, match, no, taken, hours=10)
    assert codes(standing, no) == {"reply.not_addressed"}
    assert taken.id in standing.promises


def test_a_minimum_order_binds_nobody_until_enough_is_taken() -> None:
    one, other, given_ = need("40"), need("40", by=XIA), offer(amount_min=amount("70"))
    matches = proposed(one, given_, "40"), proposed(other, given_, "40")
    first, second = accepted(matches[0]), accepted(matches[1], 3.0, by=XIA)
    alone = stand(one, other, given_, *matches, first, hours=10)
    assert alone.promises[first.id].status == "open"
    assert not alone.matches[matches[0].id].is_bound
    assert stand(one, other, given_, *matches, first, hours=170).promises[first.id].status == "released"
    both = stand(one, other, given_, *matches, first, second, hours=170)
    assert [both.promises[said.id].status for said in (first, second)] == ["broken", "broken"]
    gone = stand(one, other, given_, *matches, first, second, withdrawn(second, 5.0), hours=170)
    assert gone.promises[first.id].status == "released"


@pytest.mark.parametrize("wrong", [amount("0"), amount("101"), amount("5", "t"), amount("0.0001")])
def test_a_minimum_order_that_cannot_be_is_set_aside(wrong: dict[str, str]) -> None:
    given_ = offer(amount_min=wrong)
    assert codes(stand(given_, hours=10), given_) == {"market.amount"}


def campaign(seed: int) -> list[Statement]:
    """Needs, offers, proposals and acceptances of one item, more of them than there is to give."""
    draw = random.Random(seed)
    bodies = (SHANG, ZHONG, XIA, PANG)
    needs = [need(str(draw.randint(1, 9)), draw.randint(0, 3), by=draw.choice(bodies)) for _ in range(5)]
    offers = [offer(str(draw.randint(1, 9)), draw.randint(0, 3), by=draw.choice(bodies)) for _ in range(4)]
    found: dict[str, Statement] = {one.id: one for one in (*needs, *offers)}
    taken: list[Statement] = []
    for _ in range(14):
        wanted, given_ = draw.choice(needs), draw.choice(offers)
        match = proposed(wanted, given_, str(draw.randint(1, 6)), draw.randint(4, 5))
        found[match.id] = match
        named = {"after": [draw.choice(taken).id]} if taken and draw.random() < 0.5 else {}
        said = accepted(match, draw.randint(6, 9), by=wanted.by, **named)
        taken.append(said)
        found[said.id] = said
        if draw.random() < 0.2:
            gone = withdrawn(draw.choice((said, given_)), draw.randint(6, 12))
            found[gone.id] = gone
    return list(found.values())


@FEW
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_any_order_gives_the_same_and_nothing_is_given_twice(seed: int, other: int) -> None:
    told = gathered(with_kinds(), campaign(seed))
    straight = of(told, at=at(50))
    random.Random(other).shuffle(told)
    fold = Fold()
    for number, one in enumerate(told):
        fold.add(one)
        if number % 7 == 0:
            fold.standing(at(number % 13), at(50))
    assert fold.standing(at(50)).to_bytes() == straight.to_bytes()
    for row in (*straight.needs.values(), *straight.offers.values()):
        side = "need" if row.side == "need" else "offer"
        counted = [one for one in straight.matches.values() if getattr(one, side) == row.id and one.accepted]
        assert row.promised == sum((one.amount for one in counted), Decimal(0)) <= row.amount
