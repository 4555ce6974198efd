"""Bills: they add up to the minor unit, lose nothing, treat equals alike, and are recomputed to the byte."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, INCIDENT, at, clock, opened, say, stand
from governance.bill_acts import (
    CURRENCY,
    FUND,
    TEXT,
    agreed,
    claim,
    files,
    helped,
    line,
    pumps,
    scene,
    voucher,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.canonical import encode_plain
from riskshed.errors import InputError, InputFaults, NotFoundError, RiskshedError
from riskshed.governance.contract_outcome import Outcome, Payment
from riskshed.governance.draft import Draft
from riskshed.governance.settlement import draft, draw, recompute
from riskshed.governance.settlement_bill import Bill, from_fund, netted
from riskshed.governance.settlement_inputs import Worth
from riskshed.governance.settlement_payments import invoices
from riskshed.governance.sharing_terms import METHODS, SharingTerms
from riskshed.statement import Money, Statement, digest_text, make

THREE = (SHANG, ZHONG, XIA)
# Bits: 1 Shang, 2 Zhong, 4 Xia. Shang holds back for the two below; Zhong closes its intakes for itself.
WORTH = Worth(THREE, (0, -20, 493, 473, 0, 130, 493, 623), (-20, 493, 150), "footprint")
COSTS = (claim(SHANG, 5, line("gates", 90)), claim(ZHONG, 6, line("wells", 31)))


def terms(method: str = "shapley", **more: Any) -> SharingTerms:
    return SharingTerms(method, **{"among": THREE, "order": THREE, **more})


def bill(
    *said: Any, sharing: SharingTerms | None = None, contracts: Any = (), hours: float = 1000.0, **more: Any
) -> Bill:
    standing = scene(*(said or COSTS), hours=hours)
    facts = {"settlement": "bill-1", "currency": CURRENCY, "at": at(500), "worth": WORTH, **more}
    paper = files(sharing or terms(), *contracts)
    return draw(standing, INCIDENT, agreed(standing), paper, **facts)


def bears(told: Bill) -> dict[str, int]:
    return {one.body: one.bears_minor for one in told.accounts}


def moves(told: Bill) -> list[tuple[str, str, int]]:
    return [(one.payer, one.payee, one.minor) for one in told.transfers]


# ------------------------------------------------------------------------------------------ worked by hand


def test_by_shapley_who_acts_for_others_gets_what_it_adds() -> None:
    # Over the six orders Shang adds -20 three times and 130 three times: 55; Zhong always 493; so Xia has 75.
    # What each was spared is (-20, 493, 150): it bears what it spent, and what it was spared beyond its part.
    told = bill()
    assert bears(told) == {SHANG: 90 - 20 - 55, ZHONG: 31, XIA: 150 - 75}
    assert moves(told) == [(XIA, SHANG, 75)]


def test_proportional_by_weights_that_the_agreement_names() -> None:
    weights = {SHANG: Fraction(1, 6), ZHONG: Fraction(1, 3), XIA: Fraction(1, 2)}
    told = bill(sharing=terms("proportional", weights=weights), worth=None)
    # 121 fen: 20.17, 40.33 and 60.5; the unit that is left goes to the largest remainder.
    assert bears(told) == {SHANG: 20, ZHONG: 40, XIA: 61}


def test_in_equal_parts_the_odd_unit_goes_to_the_first_by_code() -> None:
    told = bill(sharing=terms("equal"), worth=None)
    assert bears(told) == {SHANG: 41, ZHONG: 40, XIA: 40}
    assert moves(told) == [(XIA, SHANG, 40), (ZHONG, SHANG, 9)]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("local_responsibility", {SHANG: 90, ZHONG: 31, XIA: 12}),
        ("upstream_equal", {SHANG: 110, ZHONG: 19, XIA: 4}),
        ("downstream_equal", {SHANG: 30, ZHONG: 46, XIA: 57}),
    ],
)
def test_rules_of_a_river_go_by_the_order_in_the_agreement(method: str, expected: dict[str, int]) -> None:
    # Ni & Wang 2007, Games and Economic Behavior 60. Upstream equal: 90 + 31/2 + 12/3, 31/2 + 12/3
    # and 12/3; downstream equal: 90/3, 90/3 + 31/2, 90/3 + 31/2 + 12. Halves go to the first by code.
    said = (*COSTS, claim(XIA, 7, line("tanks", 12)))
    told = bill(*said, sharing=terms(method), worth=None)
    assert bears(told) == expected


def test_the_order_on_the_river_is_not_the_order_of_codes() -> None:
    told = bill(sharing=terms("upstream_equal", order=(ZHONG, SHANG, XIA)), worth=None)
    assert bears(told) == {SHANG: 45, ZHONG: 76, XIA: 0}


def test_separable_costs_and_remaining_benefits() -> None:
    # w = v less what was spent: w(1) = -110, w(2) = 462, w(4) = 0, w(12) = 352, w(14) = 40, w(24) = 462,
    # w(124) = 502. Each adds 40, 462 and 150 to the others; less what it has alone 150, 0 and 150.
    told = bill(sharing=terms("separable_costs_remaining_benefits"))
    # The rest of the gain is 502 - 352 = 150, half to Shang and half to Xia.
    assert bears(told) == {SHANG: -20 + 110 - 75, ZHONG: 31, XIA: 150 - 75}


# --------------------------------------------------------------------------------------- three rules, core


def test_two_rules_stand_beside_the_one_that_was_signed() -> None:
    told = bill(sharing=terms("proportional", weights={SHANG: Fraction(1, 2), XIA: Fraction(1, 2)}))
    assert [one.method for one in told.rules] == ["proportional", "shapley", "nucleolus"]
    assert all(sum(one.bears_minor.values()) == 121 for one in told.rules)
    assert all(one.slack is not None and one.worst_off for one in told.rules)


def test_a_share_out_that_a_coalition_would_leave_says_which() -> None:
    told = bill(sharing=terms("proportional", weights={XIA: Fraction(1)}))
    own = told.rules[0]
    assert own.bears_minor == {SHANG: 0, ZHONG: 0, XIA: 121}
    # Xia was spared 150 and has 29, Shang was spared -20: 9 together. Alone they would have 130 - 90 = 40.
    assert (own.slack, own.worst_off) == (Fraction(-31), (SHANG, XIA))


def test_a_core_that_is_not_empty_is_told() -> None:
    told = bill()
    assert (told.core_is_empty, told.least_violation, told.let_down) == (False, None, ())
    nucleolus = next(one for one in told.rules if one.method == "nucleolus")
    assert nucleolus.slack is not None
    assert nucleolus.slack >= 0


def test_an_empty_core_says_so_with_the_least_violation() -> None:
    # Any two have 120 together, and three only 130: two thirds of 130 are less than 120.
    worth = Worth(THREE, (0, 0, 0, 120, 0, 120, 120, 130), (40, 45, 45))
    told = bill(claim(SHANG, 5, line("gates", 10)), claim(ZHONG, 5, line("wells", 10)),
                claim(XIA, 5, line("tanks", 10)), worth=worth)  # fmt: skip
    # The gain is 100, two have 100 alone, and equal parts leave any two with 200/3.
    assert told.core_is_empty is True
    assert told.least_violation == Fraction(100, 3)
    assert len(told.let_down) == 2


def test_without_runs_of_the_pathway_the_core_is_unknown_and_not_fine() -> None:
    told = bill(sharing=terms("equal"), worth=None)
    assert (told.core_is_empty, told.rules[0].slack) == (None, None)


def test_a_rule_beside_that_cannot_be_applied_says_why_and_the_bill_stands() -> None:
    told = bill(sharing=terms("equal", beside=("shapley", "nucleolus")), worth=None)
    assert [bool(one.why_not) for one in told.rules] == [False, True, True]
    assert told.rules[1].bears_minor == {}


# -------------------------------------------------------------------------------------- fund and contracts


def test_a_fund_that_falls_short_pays_by_aumann_and_maschler() -> None:
    # The bankruptcy table of the Talmud; Aumann & Maschler 1985.
    claims = {"a": 100, "b": 200, "c": 300}
    assert from_fund(claims, 200) == {"a": 50, "b": 75, "c": 75}
    assert from_fund(claims, 300) == {"a": 50, "b": 100, "c": 150}
    assert from_fund(claims, 100) == {"a": 34, "b": 33, "c": 33}


@pytest.mark.parametrize(("fund", "paid"), [(600, 600), (601, 600), (0, 0)])
def test_a_fund_pays_no_more_than_was_claimed_and_no_more_than_it_has(fund: int, paid: int) -> None:
    assert sum(from_fund({"a": 100, "b": 200, "c": 300}, fund).values()) == paid


def test_what_the_fund_pays_is_not_shared_again() -> None:
    given_ = say("FundContributed", SHANG, 1, fund=FUND, amount={"minor": 21, "currency": CURRENCY})
    told = bill(*COSTS, given_, sharing=terms("equal", fund_first=True), worth=None)
    by_fund = [one for one in told.transfers if one.payer == FUND]
    assert sum(one.minor for one in by_fund) == 21
    assert sum(bears(told).values()) == 100
    assert told.inputs.fund_evidence == (given_.id,)


def test_with_a_fund_alone_each_bears_what_the_fund_left() -> None:
    given_ = say("FundContributed", SHANG, 1, fund=FUND, amount={"minor": 62, "currency": CURRENCY})
    told = bill(*COSTS, given_, sharing=terms("aumann_maschler", fund_first=True), worth=None)
    # Of 90 and 31 there are 62: half of the smaller claim, 15.5, and the rest; halves to the first by code.
    assert moves(told) == [(FUND, SHANG, 47), (FUND, ZHONG, 15)]


def test_help_at_an_agreed_price_is_paid_by_who_received_it_and_netted() -> None:
    aid = helped(amount="8")
    said = (*COSTS, *aid, claim(SHANG, 20, line("pumps", 100, aid=aid[0].id)))
    told = bill(*said, sharing=terms("equal"), worth=None, contracts=[pumps(100)])
    # Shang is owed 49 of the bill and 100 for the pumps; Zhong owes 9 and 100, Xia 40.
    assert moves(told) == [(ZHONG, SHANG, 109), (XIA, SHANG, 40)]
    assert told.total_minor == 121


def test_what_a_contract_comes_to_is_netted_with_the_bill() -> None:
    words = {"zh": "水泵", "en": "pumps"}
    paid = Payment(SHANG, ZHONG, Money(60, CURRENCY))
    told = bill(sharing=terms("equal"), worth=None, contracts=[pumps()],
                outcomes=[Outcome("pumps", "priced_aid", "due", (paid,), words, ("x",), {})])  # fmt: skip
    # Shang is owed 49 and owes 60: it pays 11. Zhong owes 9 and is owed 60: it gets 51, the rest from Xia.
    assert moves(told) == [(XIA, ZHONG, 40), (SHANG, ZHONG, 11)]


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: bill(worth=None), "settlement.no_worth"),
        (lambda: bill(sharing=terms("proportional"), worth=None), "settlement.no_weights"),
        (lambda: bill(sharing=terms("upstream_equal", order=()), worth=None), "settlement.no_order"),
        (lambda: bill(method="equal"), "settlement.other_method"),
        (lambda: bill(sharing=terms("upstream_equal", among=(SHANG, XIA), order=(SHANG, XIA)), worth=None),
         "settlement.outside_cost"),
        (lambda: bill(outcomes=[Outcome("bet", "border_quality", "due", (), {}, (), {})]),
         "settlement.unknown_contract"),
        (lambda: bill(outcomes=[Outcome("pumps", "priced_aid", "due",
                                        (Payment(PANG, SHANG, Money(1, CURRENCY)),), {}, (), {})],
                      contracts=[pumps()]), "settlement.outside"),
        (lambda: bill(opened(1, code="other")), "settlement.nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_settled_says_why(act: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        act()
    assert caught.value.code == code


def faults(act: Any) -> set[str]:
    with pytest.raises(InputFaults) as caught:
        act()
    return {one.code for one in caught.value.faults}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"worth": replace(WORTH, own_minor=(-20, 493, 151))}, "settlement.own_does_not_sum"),
        ({"worth": replace(WORTH, worth_minor=(1, *WORTH.worth_minor[1:]))}, "settlement.worth_of_nobody"),
        ({"worth": Worth((SHANG, ZHONG), (0, 0, 0, 0), (0, 0))}, "settlement.worth_players"),
        ({"sharing": terms("equal", weights={SHANG: Fraction(1, 2)})}, "settlement.weights_do_not_sum"),
        ({"sharing": terms("equal", order=(SHANG,)), "worth": None}, "settlement.order"),
        ({"contracts": [pumps()], "outcomes": [Outcome("pumps", "priced_aid", "due", (
            Payment(ZHONG, SHANG, Money(5, "USD")),), {}, (), {})]}, "settlement.mixed_currencies"),
    ],
)  # fmt: skip
def test_inputs_that_do_not_fit_are_told_before_anything_is_drawn(more: dict[str, Any], code: str) -> None:
    assert code in faults(lambda: bill(**more))


def test_an_incident_that_nobody_opened_has_no_bill() -> None:
    standing = scene()
    with pytest.raises(NotFoundError):
        draw(standing, "none", agreed(standing), files(terms()), settlement="b", currency=CURRENCY, at=at(9))


def test_a_text_that_not_all_have_signed_settles_nothing() -> None:
    standing = stand(TEXT, opened(), *COSTS)
    with pytest.raises(InputError) as caught:
        draw(
            standing, INCIDENT, agreed(standing), files(terms()), settlement="b", currency=CURRENCY, at=at(9)
        )
    assert caught.value.code == "settlement.binds_nobody"


def test_only_the_files_that_were_signed_settle_anything() -> None:
    standing, paper = scene(*COSTS), files(terms())
    other = replace(paper, text=replace(paper.text, digest=voucher("another text")))
    with pytest.raises(InputError) as caught:
        draw(standing, INCIDENT, agreed(standing), other, settlement="b", currency=CURRENCY, at=at(9))
    assert caught.value.code == "settlement.other_text"


def test_an_agreement_settles_nothing_that_began_before_it() -> None:
    standing = scene(*COSTS)
    held = replace(agreed(standing), starts=at(1))
    with pytest.raises(InputError) as caught:
        draw(standing, INCIDENT, held, files(terms()), settlement="b", currency=CURRENCY, at=at(9))
    assert caught.value.code == "settlement.out_of_time"


def test_an_agreement_without_a_rule_takes_a_proposal_and_says_that_it_is_one() -> None:
    standing, facts = scene(*COSTS), {"settlement": "b", "currency": CURRENCY, "at": at(9)}
    with pytest.raises(InputError, match="names no rule"):
        draw(standing, INCIDENT, agreed(standing), files(None), **facts)  # type: ignore[arg-type]
    told = draw(standing, INCIDENT, agreed(standing), files(None), method="equal", **facts)  # type: ignore[arg-type]
    assert told.inputs.chosen_by == "proposal"


# --------------------------------------------------------------------------------------------- properties

# The two others are not defined for every worth.
ALWAYS = [one for one in METHODS if one not in ("nucleolus", "separable_costs_remaining_benefits")]
costs = st.lists(st.integers(1, 10**13), min_size=1, max_size=5)


@st.composite
def worths(pick: st.DrawFn) -> Worth:
    """Any worth of three, monotone or not, negative or not."""
    own = pick(st.tuples(*(st.integers(-(10**9), 10**12) for _ in THREE)))
    inner = pick(st.tuples(*(st.integers(-(10**9), 10**12) for _ in range(6))))
    return Worth(THREE, (0, *inner, sum(own)), own)


@st.composite
def bills(pick: st.DrawFn) -> Bill:
    """A bill by any rule that can be applied, with a fund and a contract."""
    said = [
        claim(pick(st.sampled_from(THREE)), 5 + i, line(f"line-{i}", minor))
        for i, minor in enumerate(pick(costs))
    ]
    fund = pick(st.integers(0, 10**13))
    given_ = say("FundContributed", XIA, 1, fund=FUND, amount={"minor": fund, "currency": CURRENCY})
    method = pick(st.sampled_from(ALWAYS))
    weights = {SHANG: Fraction(1, 3), ZHONG: Fraction(1, 7), XIA: Fraction(11, 21)}
    paid = Payment(SHANG, ZHONG, Money(pick(st.integers(0, 10**12)), CURRENCY))
    words = {"zh": "合同", "en": "contract"}
    return bill(
        *said,
        given_,
        worth=pick(worths()),
        contracts=[pumps()],
        sharing=terms(method, weights=weights, fund_first=pick(st.booleans()), beside=("nucleolus",)),
        outcomes=[Outcome("pumps", "priced_aid", "due", (paid,), words, (), {})],
    )


@settings(max_examples=60)
@given(bills())
def test_a_bill_adds_up_and_loses_nothing(told: Bill) -> None:
    fund = sum(one.from_fund_minor for one in told.accounts)
    assert sum(one.bears_minor for one in told.accounts) + fund == told.total_minor
    assert sum(one.net_minor for one in told.accounts) == 0
    assert told.total_minor == sum(one["granted_minor"] for one in told.inputs.lines)


@settings(max_examples=60)
@given(bills())
def test_a_bill_is_recomputed_to_the_byte(told: Bill) -> None:
    data = told.inputs.to_bytes()
    again = recompute(data)
    assert (again.to_bytes(), again.inputs.to_bytes()) == (told.to_bytes(), data)


@settings(max_examples=60)
@given(bills())
def test_transfers_even_all_accounts_and_nobody_pays_more_than_it_owes(told: Bill) -> None:
    for account in told.accounts:
        paid = sum(one.minor for one in told.transfers if one.payer == account.body)
        got = sum(one.minor for one in told.transfers if one.payee == account.body and one.payer != FUND)
        assert got - paid == account.net_minor
        assert paid <= account.gross_minor
        assert paid == 0 or got == 0


@settings(max_examples=40)
@given(bills())
def test_invoices_add_up_to_what_is_paid(told: Bill) -> None:
    for one in invoices(told):
        assert sum(part.minor for part in one.lines) == one.total_minor
        assert all(part.source for part in one.lines)


@settings(max_examples=60)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8))
def test_netting_takes_fewer_transfers_than_there_are_bodies(nets: list[int]) -> None:
    accounts = {f"b{i}": net for i, net in enumerate([*nets, -sum(nets)])}
    told = netted(accounts)
    assert len(told) < len(accounts)
    assert all(one.minor > 0 for one in told)


def test_the_order_of_statements_and_of_cities_changes_no_byte() -> None:
    said: list[Statement] = [*COSTS, claim(XIA, 7, line("tanks", 12))]
    told = {bill(*order).to_bytes() + bill(*order).inputs.to_bytes() for order in permutations(said)}
    for order in permutations(range(3)):
        places = [THREE[i] for i in order]
        masks = [sum(1 << order[i] for i in range(3) if mask >> i & 1) for mask in range(8)]
        moved = Worth(tuple(places), tuple(WORTH.worth_minor[m] for m in masks),
                      tuple(WORTH.own_minor[i] for i in order), "footprint")  # fmt: skip
        one = bill(*said, worth=moved, sharing=terms(among=tuple(places)))
        told.add(one.to_bytes() + one.inputs.to_bytes())
    assert len(told) == 1


@pytest.mark.parametrize("method", ["shapley", "nucleolus", "separable_costs_remaining_benefits", "equal"])
def test_equals_pay_alike(method: str) -> None:
    # Zhong and Xia cannot be told apart: what each adds to any others is the same, and so is what each spent.
    worth = Worth(THREE, (0, 0, 10, 60, 10, 60, 20, 120), (0, 60, 60))
    said = (claim(SHANG, 5, line("gates", 30)), claim(ZHONG, 6, line("a", 6)), claim(XIA, 6, line("b", 6)))
    told = bears(bill(*said, worth=worth, sharing=terms(method)))
    assert told[ZHONG] == told[XIA]


# ---------------------------------------------------------------------------------------- recomputed, said


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b'"format":"riskshed-settlement-1"', b'"format":"riskshed-settlement-9"', InputError),
        (b'"currency":"CNY","due"', b'"currency":"XXX","due"', InputFaults),
        (b'"method":"shapley"', b'"method":"fair"', InputFaults),
        (b'"fund_minor":0', b'"fund_minor":-1', InputFaults),
        (b'"granted_minor":90', b'"granted_minor":91', InputFaults),
        (b'"order":', b'"other":', InputError),
    ],
)
def test_a_file_that_is_no_file_of_inputs_is_refused(old: bytes, new: bytes, error: type[Exception]) -> None:
    data = bill().inputs.to_bytes()
    assert old in data
    with pytest.raises(error):
        recompute(data.replace(old, new))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in parts for place in places(part, (*path, key)))]


WHOLE = json.loads(bill(*COSTS, contracts=[pumps()], outcomes=[Outcome("pumps", "priced_aid", "due", (
    Payment(ZHONG, SHANG, Money(5, CURRENCY)),), {"en": "x"}, ("x",), {})]).inputs.to_bytes())  # fmt: skip


@settings(max_examples=150)
@given(
    st.sampled_from(places(WHOLE)[1:]),
    st.sampled_from([None, -1, 2**53 - 1, "x", "1/0", [], {}, ["x"], True]),
)
def test_whatever_is_changed_in_the_file_gives_a_bill_that_adds_up_or_a_fault_that_is_told(
    place: tuple[Any, ...], value: Any
) -> None:
    changed = json.loads(json.dumps(WHOLE))
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    try:
        told = recompute(encode_plain(changed))
    except RiskshedError:
        return
    assert sum(one.net_minor for one in told.accounts) == 0


def test_a_bill_becomes_a_statement_that_names_its_inputs() -> None:
    told = bill(sharing=terms(answer_within_d=10.0, pay_within_d=20.0))
    said = drawn(draft(told, BASIN))
    assert said.record("inputs")["digest"] == digest_text(told.inputs.to_bytes())
    assert said.strings("claims") == tuple(sorted(one.id for one in COSTS))
    assert said.time("answer_by") == at(500 + 240)
    assert said.records("transfers")[0]["due"] == clock(500 + 480)


def test_who_gets_more_than_it_spent_is_told_to_get_it() -> None:
    worth = Worth(THREE, (0, 0, 0, 0, 0, 900, 0, 900), (0, 0, 900))
    told = bill(claim(SHANG, 5, line("gates", 100)), worth=worth)
    shares = {one["body"]: one for one in drawn(draft(told, BASIN)).records("shares")}
    # Shang averts 900 from Xia and is due half: 450 for 100 that it spent.
    assert shares[SHANG]["amount"]["minor"] == 350
    assert shares[SHANG]["gets"] is True
    assert "gets" not in shares[XIA]


def drawn(told: Draft, issued: datetime | None = None) -> Statement:
    return make(told.kind, by=told.by, officer="duty-1", issued=issued or at(500), about=told.about,
                replies_to=told.replies_to, body=told.body)  # fmt: skip


def test_claims_after_their_time_stay_on_the_list_and_out_of_the_bill() -> None:
    closed = say("IncidentClosed", SHANG, 10, ended_at=clock(10))
    late = claim(XIA, 10 + 49, line("tanks", 12))
    told = bill(*COSTS, closed, late, sharing=terms("equal", claim_within_d=2.0), worth=None)
    assert told.total_minor == 121
    assert [one["status"] for one in told.inputs.lines].count("refused") == 1


def test_members_who_do_not_share_are_still_paid() -> None:
    told = bill(sharing=terms("equal", among=(SHANG, XIA), order=()), worth=None)
    assert bears(told) == {SHANG: 61, XIA: 60, ZHONG: 0}
    assert {one.body: one.net_minor for one in told.accounts} == {SHANG: 29, ZHONG: 31, XIA: -60}
