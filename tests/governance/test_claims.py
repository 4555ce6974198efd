"""Claims: what can be taken into a bill, and why each of the others cannot."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import INCIDENT, at, say, withdrew
from governance.bill_acts import CURRENCY, agreed, claim, helped, line, pumps, scene, voucher

from riskshed.governance.claims import REASONS, ClaimLine, Remark, by_body, examine
from riskshed.governance.standing import Standing
from riskshed.statement import Statement, seal


def examined(*said: Any, **more: Any) -> tuple[ClaimLine, ...]:
    standing = scene(*said)
    return examine(standing, INCIDENT, agreed(standing), currency=CURRENCY, **more)


def reasons(one: ClaimLine) -> set[str]:
    return {remark.code for remark in one.remarks}


def test_a_line_with_a_voucher_is_taken_in_whole() -> None:
    (one,) = examined(claim(SHANG, 5, line("boats", 12_345)))
    assert (one.status, one.granted_minor, one.remarks) == ("admitted", 12_345, ())


def test_a_line_without_evidence_stays_and_says_so() -> None:
    said = claim(SHANG, 5, line("boats", 12_345, proof=None))
    (one,) = examined(said)
    assert (one.status, one.granted_minor, one.statement) == ("refused", 0, said.id)
    assert reasons(one) == {"claim.no_evidence"}
    assert one.claimed is not None
    assert one.claimed.minor == 12_345


def test_files_beside_a_claim_bear_it_out() -> None:
    files = [{"digest": voucher("table"), "size_bytes": 3, "media_type": "text/csv"}]
    (one,) = examined(claim(SHANG, 5, line("boats", 1, proof=None), files=files))
    assert one.status == "admitted"


def test_one_voucher_counts_once_across_statements() -> None:
    first = claim(SHANG, 5, line("boats", 100))
    second = claim(SHANG, 6, line("more-boats", 100, proof=voucher("boats")))
    one, other = examined(second, first)
    # Nobody contests a voucher with oneself.
    assert (one.statement, one.status, one.remarks) == (first.id, "admitted", ())
    assert other.remarks == (Remark("claim.voucher_twice", first.id),)


def test_one_voucher_counts_once_across_bodies_and_the_first_is_contested() -> None:
    first, second = claim(SHANG, 5, line("boats", 100)), claim(ZHONG, 6, line("boats", 100))
    one, other = examined(first, second)
    assert (one.status, one.remarks) == ("admitted", (Remark("claim.contested", second.id),))
    assert (other.status, reasons(other)) == ("refused", {"claim.voucher_twice"})


def test_one_line_of_a_body_counts_once_whatever_its_voucher() -> None:
    again = claim(SHANG, 6, line("boats", 100, proof=voucher("another")))
    _, other = examined(claim(SHANG, 5, line("boats", 100)), again)
    assert reasons(other) == {"claim.line_twice"}


def test_two_bodies_may_use_the_same_code_of_a_line() -> None:
    mine = claim(SHANG, 5, line("boats", 100))
    theirs = claim(ZHONG, 6, line("boats", 70, proof=voucher("another")))
    assert by_body(examined(mine, theirs)) == {SHANG: 100, ZHONG: 70}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (line("boats", 100, "USD"), "claim.other_currency"),
        (line("boats", 0), "claim.not_positive"),
        (line("boats", 100, aid="ab" * 32), "claim.aid_unknown"),
    ],
)
def test_a_line_that_cannot_be_counted_says_why(told: dict[str, Any], reason: str) -> None:
    (one,) = examined(claim(SHANG, 5, told))
    assert (one.status, reasons(one)) == ("refused", {reason})


def test_a_body_outside_the_agreement_cannot_claim_under_it() -> None:
    (one,) = examined(claim(PANG, 5, line("boats", 100)))
    assert reasons(one) == {"claim.outside"}


def test_the_last_moment_of_the_time_for_claims_still_counts() -> None:
    in_time, late = claim(SHANG, 5, line("boats", 100)), claim(ZHONG, 6, line("pumps", 100))
    one, other = examined(in_time, late, until=at(5))
    assert (one.status, reasons(other)) == ("admitted", {"claim.late"})


def test_what_was_taken_back_is_not_paid_and_frees_its_voucher() -> None:
    first = claim(SHANG, 5, line("boats", 100))
    again = claim(SHANG, 7, line("boats", 90))
    gone, kept = examined(first, withdrew(first, 6), again)
    assert reasons(gone) == {"claim.withdrawn"}
    assert (kept.status, kept.granted_minor) == ("admitted", 90)


def test_a_later_claim_of_ones_own_takes_the_place_of_the_earlier() -> None:
    first = claim(SHANG, 5, line("boats", 100))
    later = claim(SHANG, 6, line("boats", 80), replies_to=first.id)
    gone, kept = examined(first, later)
    assert gone.remarks == (Remark("claim.superseded", later.id),)
    assert by_body((gone, kept)) == {SHANG: 80}


def test_nobody_replaces_the_claim_of_another() -> None:
    first = claim(SHANG, 5, line("boats", 100))
    other = claim(ZHONG, 6, line("pumps", 80), replies_to=first.id)
    assert by_body(examined(first, other)) == {SHANG: 100, ZHONG: 80}


def test_a_sealed_claim_is_unknown_and_not_nothing() -> None:
    body = seal("CostClaimed", {"lines": [line("boats", 100)]}, salt=bytes(32))
    said = say("CostClaimed", SHANG, 5, sealed=body, visibility="sealed", recipients=[ZHONG])
    (one,) = examined(said)
    assert (one.claimed, reasons(one)) == (None, {"claim.sealed"})


# --------------------------------------------------------------------------------------------- priced help


def test_help_at_an_agreed_price_is_paid_for_what_came() -> None:
    aid = helped(amount="4")
    said = claim(SHANG, 20, line("pumps", 90_000, aid=aid[0].id, proof=None))
    (one,) = examined(aid, said, contracts=[pumps(100_001)])
    # Four of eight pumps: half of 1000.01, to the nearest even fen.
    assert (one.status, one.granted_minor, one.payer) == ("priced", 50_000, ZHONG)


def test_a_giver_may_ask_for_less_than_the_price() -> None:
    aid = helped(amount="8")
    said = claim(SHANG, 20, line("pumps", 7, aid=aid[1].id))
    (one,) = examined(aid, said, contracts=[pumps()])
    assert one.granted_minor == 7


def test_what_came_and_could_not_be_used_is_not_paid() -> None:
    promised, sent, _ = helped(amount="8")
    spoilt = [{"item": "pump", "amount": {"value": "2", "unit": "pump"}}]
    whole = [{"item": "pump", "amount": {"value": "8", "unit": "pump"}}]
    got = say("AidReceived", ZHONG, 10, replies_to=sent.id, items=whole, unfit=spoilt)
    said = claim(SHANG, 20, line("pumps", 100_000, aid=got.id))
    (one,) = examined(promised, sent, got, said, contracts=[pumps()])
    assert one.granted_minor == 75_000


def test_a_package_is_as_whole_as_the_least_of_its_parts() -> None:
    terms = {**pumps().terms, "items": (("pump", 8.0, "pump"), ("hose", 10.0, "item"))}
    aid = helped(amount="8")
    said = claim(SHANG, 20, line("pumps", 100_000, aid=aid[0].id))
    (one,) = examined(aid, said, contracts=[replace(pumps(), terms=terms)])
    # No hose came: there is no package at the agreed price, and the voucher says what the pumps cost.
    assert (one.status, one.granted_minor) == ("admitted", 100_000)


def test_a_receipt_that_was_taken_back_is_none() -> None:
    aid = helped()
    said = claim(SHANG, 20, line("pumps", 100, aid=aid[0].id))
    (one,) = examined(aid, withdrew(aid[2], 15), said, contracts=[pumps()])
    assert reasons(one) == {"claim.aid_not_received"}


def test_help_that_never_came_is_not_paid() -> None:
    aid = helped(came=False)
    (one,) = examined(aid, claim(SHANG, 20, line("pumps", 100, aid=aid[0].id)), contracts=[pumps()])
    assert reasons(one) == {"claim.aid_not_received"}


def test_nobody_is_paid_for_the_help_of_another() -> None:
    aid = helped()
    (one,) = examined(aid, claim(XIA, 20, line("pumps", 100, aid=aid[2].id)))
    assert one.remarks == (Remark("claim.aid_not_own", SHANG),)


def test_help_at_an_agreed_price_is_paid_once_by_whichever_statement_it_is_named() -> None:
    aid = helped()
    said = claim(SHANG, 20, line("a", 50_000, aid=aid[0].id), line("b", 50_000, aid=aid[2].id))
    one, other = examined(aid, said, contracts=[pumps()])
    assert (one.status, reasons(other)) == ("priced", {"claim.aid_twice"})


def test_a_receipt_bears_out_what_was_given_in_kind_but_not_what_it_cost() -> None:
    aid = helped()
    gift = line("gift", 100, aid=aid[0].id, proof=None, in_kind=True)
    cost = line("cost", 100, aid=aid[0].id, proof=None)
    one, other = examined(aid, claim(SHANG, 20, gift, cost))
    assert (one.status, one.in_kind, reasons(other)) == ("admitted", True, {"claim.no_evidence"})


def test_a_price_in_another_currency_is_told_and_not_shared_by_all() -> None:
    aid = helped()
    dear = replace(pumps(), terms={**pumps().terms, "price": pumps().terms["price"]._replace(currency="USD")})
    (one,) = examined(aid, claim(SHANG, 20, line("pumps", 100, aid=aid[0].id)), contracts=[dear])
    assert one.remarks == (Remark("claim.other_currency", "pumps"),)


# ------------------------------------------------------------------------------------------------ all of it


def many() -> list[Statement]:
    first = claim(SHANG, 5, line("boats", 100), line("food", 7, proof=None))
    return [
        first,
        claim(ZHONG, 6, line("boats", 70)),
        claim(XIA, 6, line("water", 30, "USD"), line("tents", 11)),
        withdrew(first, 7),
    ]


def test_no_line_is_lost_and_every_refused_one_has_a_reason() -> None:
    found = examined(many())
    assert len(found) == 5
    assert all(one.remarks for one in found if one.status == "refused")
    assert all(one.granted_minor == 0 for one in found if one.status == "refused")
    assert all(set(remark.words) == {"zh", "en"} for one in found for remark in one.remarks)


def test_the_order_of_statements_changes_nothing() -> None:
    first = examined(many())
    assert all(examined(*order) == first for order in permutations(many()))


def test_every_reason_has_words_in_both_languages() -> None:
    assert all(zh and en for zh, en in REASONS.values())


def test_an_incident_without_claims_has_none() -> None:
    standing: Standing = scene()
    assert examine(standing, INCIDENT, agreed(standing), currency=CURRENCY) == ()
