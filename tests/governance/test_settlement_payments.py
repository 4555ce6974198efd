"""After the bill: accepted, disputed, paid in part, twice, to the wrong one; and what is in the fund."""

from __future__ import annotations

from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, INCIDENT, at, clock, say, withdrew
from governance.bill_acts import CURRENCY, FUND, agreed, claim, files, items, line, scene

from riskshed.errors import InputError, InputFaults, NotFoundError
from riskshed.governance.settlement import draft, draw
from riskshed.governance.settlement_fund import FundBalance, balance, contribute, currencies
from riskshed.governance.settlement_payments import Progress, Settled, invoices, progress
from riskshed.governance.sharing_terms import SharingTerms
from riskshed.statement import Statement, make

THREE = (SHANG, ZHONG, XIA)
TERMS = SharingTerms("equal", among=THREE, answer_within_d=1.0, pay_within_d=2.0)
COST = claim(SHANG, 5, line("gates", 90))


def drawn(*, replies_to: str | None = None, hours: float = 100) -> Statement:
    """Ninety shared by three: the two others pay thirty each to Shang."""
    standing = scene(COST)
    facts: dict[str, Any] = {"settlement": "bill-1", "currency": CURRENCY, "at": at(100)}
    told = draft(draw(standing, INCIDENT, agreed(standing), files(TERMS), **facts), BASIN)
    return make(told.kind, by=told.by, officer="duty-1", issued=at(hours), about=told.about, body=told.body,
                replies_to=replies_to)  # fmt: skip


BILL = drawn()


def paid(
    minor: int, hours: float, *, payer: str = ZHONG, payee: str = SHANG, by: str = "", to: str = BILL.id,
    currency: str = CURRENCY, **more: Any
) -> Statement:  # fmt: skip
    amount = {"minor": minor, "currency": currency}
    facts = {"payer": payer, "payee": payee, "amount": amount, "paid_at": clock(hours), **more}
    return say("Paid", by or payer, hours + 1, replies_to=to, **facts)


def after(*said: Statement, hours: float = 110) -> Progress:
    return progress(scene(COST, BILL, *said, hours=hours), BILL.id)


def of_zhong(told: Progress) -> Settled:
    return next(one for one in told.transfers if one.payer == ZHONG)


# --------------------------------------------------------------------------------------------- the answers


def test_who_has_not_answered_is_silent_and_then_overdue() -> None:
    accepted = say("SettlementAccepted", SHANG, 101, replies_to=BILL.id)
    told = after(accepted)
    assert (list(told.accepted), told.silent, told.overdue_answers) == ([SHANG], (ZHONG, XIA), ())
    assert after(accepted, hours=124).overdue_answers == ()
    assert after(accepted, hours=124.1).overdue_answers == (ZHONG, XIA)


def test_a_bill_is_agreed_when_all_whom_it_concerns_accept_it() -> None:
    told = after(*(say("SettlementAccepted", one, 101, replies_to=BILL.id) for one in THREE))
    assert told.is_agreed


def test_the_last_word_of_a_body_counts() -> None:
    no = say("SettlementDisputed", ZHONG, 101, replies_to=BILL.id)
    yes = say("SettlementAccepted", ZHONG, 102, replies_to=BILL.id)
    assert list(after(no).disputed) == [ZHONG]
    told = after(no, yes)
    assert (list(told.disputed), list(told.accepted)) == ([], [ZHONG])


def test_a_new_bill_of_the_same_body_takes_the_place_of_the_old() -> None:
    no = say("SettlementDisputed", ZHONG, 101, replies_to=BILL.id)
    again = drawn(replies_to=no.id, hours=103)
    assert after(no, again).superseded_by == again.id
    assert after(no).superseded_by is None


def test_a_bill_that_is_not_on_record_has_no_progress() -> None:
    with pytest.raises(NotFoundError):
        progress(scene(COST), BILL.id)


# ------------------------------------------------------------------------------------------- the payments


@pytest.mark.parametrize(
    ("sums", "hours", "state", "left"),
    [
        ((), 110, "open", 30),
        ((10,), 110, "partial", 20),
        ((10, 20), 110, "paid", 0),
        ((31,), 110, "overpaid", -1),
        ((10,), 100 + 48, "partial", 20),
        ((10,), 100 + 48.1, "overdue", 20),
        ((), 100 + 48.1, "overdue", 30),
    ],
)
def test_how_far_a_transfer_is(sums: tuple[int, ...], hours: float, state: str, left: int) -> None:
    told = of_zhong(after(*(paid(one, 101 + i) for i, one in enumerate(sums)), hours=hours))
    assert (told.state, told.left_minor) == (state, left)


def test_what_was_whole_only_after_its_time_was_late() -> None:
    assert not of_zhong(after(paid(30, 148), hours=200)).late
    assert of_zhong(after(paid(10, 101), paid(20, 149), hours=200)).late


def test_a_payment_said_twice_counts_once_and_is_shown() -> None:
    one = paid(10, 101, reference="bank-7")
    again = paid(10, 103, reference="bank-7")
    told = after(one, again)
    assert of_zhong(told).paid_minor == 10
    assert [(odd.statement, odd.why) for odd in told.odd] == [(again.id, "twice")]


def test_two_payments_of_the_same_amount_with_different_references_are_two() -> None:
    told = after(paid(10, 101, reference="bank-7"), paid(10, 101, reference="bank-8"))
    assert (of_zhong(told).paid_minor, told.odd) == (20, ())


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (paid(30, 101, payee=XIA), "wrong_payee"),
        (paid(30, 101, payer=PANG), "wrong_payee"),
        (paid(30, 101, currency="USD"), "other_currency"),
        (paid(30, 101, by=SHANG), "not_by_payer"),
        (paid(30, 101, by=BASIN), "not_by_payer"),
    ],
)
def test_money_that_fits_no_transfer_stays_visible_and_pays_none(said: Statement, why: str) -> None:
    told = after(said)
    assert [(one.statement, one.why) for one in told.odd] == [(said.id, why)]
    assert told.odd[0].amount == said.money("amount")
    assert set(told.odd[0].words) == {"zh", "en"}
    assert of_zhong(told).paid_minor == 0


def test_a_confirmation_adds_no_money() -> None:
    first = paid(30, 101)
    confirmed = paid(30, 101, by=SHANG, to=first.id)
    told = of_zhong(after(first, confirmed))
    assert (told.paid_minor, told.confirmed, told.state) == (30, (confirmed.id,), "paid")


def test_only_the_payee_confirms() -> None:
    first = paid(30, 101)
    assert of_zhong(after(first, paid(30, 101, by=XIA, to=first.id))).confirmed == ()


def test_a_payee_that_replies_to_the_bill_instead_of_the_payment_is_no_second_payment() -> None:
    told = after(paid(30, 101), paid(30, 101, by=SHANG))
    assert (of_zhong(told).paid_minor, told.odd) == (30, ())


def test_a_payment_that_was_taken_back_does_not_count() -> None:
    said = paid(30, 101)
    assert of_zhong(after(said, withdrew(said, 103))).paid_minor == 0


def test_a_bill_is_done_when_every_transfer_is_paid() -> None:
    told = after(paid(30, 101), paid(30, 101, payer=XIA))
    assert told.is_done
    assert not after(paid(30, 101)).is_done


def test_an_invoice_names_its_sources() -> None:
    standing = scene(COST, claim(ZHONG, 6, line("wells", 6)))
    told = draw(
        standing, INCIDENT, agreed(standing), files(TERMS), settlement="b", currency=CURRENCY, at=at(9)
    )
    one = next(paper for paper in invoices(told) if paper.payer == ZHONG)
    assert [(part.minor, len(part.source)) for part in one.lines] == [(32, 1), (-6, 1)]
    assert (dict(one.pays), one.total_minor, one.due) == ({SHANG: 26}, 26, clock(9 + 48))


# ------------------------------------------------------------------------------------------------ the fund


def given(by: str, minor: int, currency: str = CURRENCY, **more: Any) -> Statement:
    amount = {"minor": minor, "currency": currency}
    return say("FundContributed", by, 3, fund=more.pop("fund", FUND), amount=amount, **more)


def fund(*said: Statement) -> FundBalance:
    standing = scene(*said, hours=200)
    return balance(standing, agreed(standing), CURRENCY)


def test_a_fund_holds_what_was_paid_in_less_what_was_paid_out() -> None:
    out = say("Paid", BASIN, 5, payer=FUND, payee=ZHONG, amount={"minor": 30, "currency": CURRENCY})
    got = say("Paid", ZHONG, 6, payer=FUND, payee=ZHONG, amount={"minor": 30, "currency": CURRENCY},
              replies_to=out.id)  # fmt: skip
    told = fund(given(SHANG, 100), given(XIA, 7), out, got)
    assert (told.balance_minor, dict(told.paid_in), dict(told.paid_out)) == (
        77,
        {SHANG: 100, XIA: 7},
        {ZHONG: 30},
    )


def test_a_payment_into_the_fund_counts_as_one() -> None:
    said = say("Paid", ZHONG, 5, payer=ZHONG, payee=FUND, amount={"minor": 30, "currency": CURRENCY})
    assert fund(said).paid_in == {ZHONG: 30}


def test_help_in_kind_is_valued_beside_the_money_and_pays_nobody() -> None:
    training = given(ZHONG, 500, in_kind=items("20", "training-day", "people"))
    told = fund(given(SHANG, 100), training)
    assert (told.balance_minor, told.in_kind_minor) == (100, 500)
    assert (told.gifts[0].by, told.gifts[0].items[0]["item"]) == (ZHONG, "training-day")


def test_other_currencies_and_strangers_are_named_and_not_mixed_in() -> None:
    dollars, stranger = given(SHANG, 9, "USD"), given(PANG, 5)
    told = fund(given(SHANG, 100), dollars, stranger, given(XIA, 3, fund="another"))
    assert told.other_currencies == (dollars.id,)
    assert told.strangers == (stranger.id,)
    assert told.balance_minor == 105


def test_a_contribution_that_was_taken_back_is_none() -> None:
    said = given(SHANG, 100)
    assert fund(said, withdrew(said, 4)).balance_minor == 0


def contributed(minor: int = 100, hours: float = 3, held: Any = True) -> Any:
    told = scene(given(SHANG, 100, paid_at=clock(2)))
    body = {"amount": {"minor": minor, "currency": CURRENCY}, "paid_at": clock(hours)}
    return contribute(told, SHANG, agreed(told) if held else None, body)


def test_a_contribution_names_the_fund_of_the_agreement() -> None:
    draft_ = contributed(hours=4)
    assert (draft_.kind, draft_.body["fund"], draft_.about) == ("FundContributed", FUND, agreed(scene()).code)
    assert [currencies(scene(*said), agreed(scene())) for said in ((), (given(SHANG, 1),))] == [
        (),
        (CURRENCY,),
    ]


@pytest.mark.parametrize(
    ("minor", "hours", "codes"),
    [(0, 4, ["not_above_zero"]), (5, 1e6, ["ahead"]), (100, 2, ["said_twice"])],
)
def test_a_contribution_that_cannot_be_is_refused(minor: int, hours: float, codes: list[str]) -> None:
    with pytest.raises(InputFaults) as caught:
        contributed(minor, hours)
    assert [one.code for one in caught.value.faults] == [f"settlement.{code}" for code in codes]


def test_without_a_fund_nobody_contributes() -> None:
    with pytest.raises(InputError) as caught:
        contributed(held=False)
    assert caught.value.code == "settlement.no_fund"
