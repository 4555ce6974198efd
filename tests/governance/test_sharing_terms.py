"""The rule of sharing in the text of an agreement: read strictly, and signed with it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.test_agreement import TEXT, folder

from riskshed.errors import InputFaults
from riskshed.governance.agreement_file import read
from riskshed.governance.sharing_terms import SharingTerms

WHOLE = f"""
[sharing]
method = "shapley"
beside = ["nucleolus", "upstream_equal"]
among = ["{SHANG}", "{XIA}"]
order = ["{SHANG}", "{XIA}"]
weights = {{ "{SHANG}" = 0.1, "{XIA}" = "9/10" }}
fund_first = true
claim_within_d = 90
answer_within_d = 30
pay_within_d = 60
"""


def terms(path: Path, sharing: str) -> SharingTerms | None:
    return read(folder(path, text=TEXT + sharing)).sharing


def test_all_of_it_is_read_and_a_decimal_is_exact(tmp_path: Path) -> None:
    told = terms(tmp_path, WHOLE)
    weights = {SHANG: Fraction(1, 10), XIA: Fraction(9, 10)}
    beside = ("nucleolus", "upstream_equal")
    pair = (SHANG, XIA)
    assert told == SharingTerms("shapley", beside, pair, pair, weights, True, 90.0, 30.0, 60.0)


def test_a_text_need_not_say_how_a_bill_is_shared(tmp_path: Path) -> None:
    assert terms(tmp_path, "") is None


def test_all_members_share_where_nobody_is_named(tmp_path: Path) -> None:
    told = terms(tmp_path, '[sharing]\nmethod = "equal"\n')
    assert told == SharingTerms("equal", among=(SHANG, ZHONG, XIA))


@pytest.mark.parametrize(
    ("changed", "code", "place"),
    [
        (("0.1", "0.2"), "agreement.weights_do_not_sum", "sharing.weights"),
        (('"9/10"', '"9/0"'), "agreement.bad_value", f"sharing.weights.{XIA}"),
        (('"9/10"', '"-9/10"'), "agreement.bad_value", f"sharing.weights.{XIA}"),
        (('"shapley"', '"fair"'), "agreement.bad_value", "sharing.method"),
        (('"nucleolus"', '"shapley"'), "agreement.bad_value", "sharing.beside"),
        (('"nucleolus"', '"fair"'), "agreement.bad_value", "sharing.beside"),
        ((f'order = ["{SHANG}", "{XIA}"]', ""), "agreement.bad_value", "sharing.order"),
        ((f'order = ["{SHANG}", "{XIA}"]', f'order = ["{XIA}"]'), "agreement.bad_value", "sharing.order"),
        ((f'among = ["{SHANG}"', f'among = ["{PANG}"'), "agreement.not_a_member", "sharing.among"),
        (("fund_first", "fund_frist"), "agreement.unknown_field", "sharing.fund_frist"),
    ],
)
def test_what_cannot_be_meant_is_told_at_its_place(
    tmp_path: Path, changed: tuple[str, str], code: str, place: str
) -> None:
    with pytest.raises(InputFaults) as caught:
        terms(tmp_path, WHOLE.replace(*changed, 1))
    assert (code, place) in {(fault.code, fault.column) for fault in caught.value.faults}


def test_a_tenth_and_nine_tenths_are_one_though_binary_fractions_are_not(tmp_path: Path) -> None:
    weights = f'weights = {{ "{SHANG}" = 0.1, "{ZHONG}" = 0.2, "{XIA}" = 0.7 }}'
    told = terms(tmp_path, f'[sharing]\nmethod = "proportional"\n{weights}\n')
    assert told is not None
    assert sum(told.weights.values()) == 1
