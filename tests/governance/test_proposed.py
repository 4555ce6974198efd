"""Findings as they are proposed: their words, their body on the record, and when two are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cast import SHANG, ZHONG
from governance.acts import INCIDENT, at

from riskshed.governance.proposed import BREACHES, THINGS, Proposed, worded
from riskshed.governance.subjects import Said
from riskshed.statement import make
from riskshed.vocabulary import KINDS
from riskshed.vocabulary_fields import BREACHES as WORDS

ONE, OTHER = "a" * 64, "b" * 64


def proposal(**more: Any) -> Proposed:
    """Shang owed Zhong a notice by hour 2, which came at hour 5.5."""
    facts: dict[str, Any] = {
        "breach": "late",
        "of": SHANG,
        "owed": "NoticeSent",
        "to": ZHONG,
        "about": INCIDENT,
        "due": at(2),
        "found": at(5.5),
        "pack": "cn-2024",
        "rule": "r-1",
        "cite": "Act 1",
        "evidence": (ONE,),
    }
    return Proposed(**{**facts, **more})


def words(**more: Any) -> tuple[str, str]:
    told = worded(proposal(**more), at(48))
    return told.zh, told.en


# ------------------------------------------------------------------------------------------- in words


def test_late_finding_says_to_whom_what_was_owed_and_by_how_many_hours_it_was_late() -> None:
    assert words() == (
        f"迟报：{SHANG}应向{ZHONG}作出通报，逾期3.5小时",
        f"late: {SHANG} owed to {ZHONG} a notice, which came 3.5 h after its time",
    )


def test_absent_finding_says_up_to_which_day_the_record_was_read() -> None:
    zh, en = words(breach="absent", found=None, to=None, owed="SignOfLife")
    assert zh == f"未报：{SHANG}应作出值守信号，截至2024-05-03记录中未见"
    assert en == f"absent: {SHANG} owed a sign of life; none is on record up to 2024-05-03"


def test_false_finding_counts_readings_and_statements_without_the_words_themselves() -> None:
    zh, en = words(breach="false", evidence=(ONE, OTHER), readings=("sha256:1", "sha256:2", "sha256:3"))
    assert zh == f"谎报：{SHANG}的说法与3条监测数据、1条陈述相矛盾"
    assert en == f"false: what {SHANG} said is contradicted by 3 readings, 1 statements"


def test_incomplete_finding_names_what_is_left_out() -> None:
    zh, en = words(breach="incomplete", owed="WarningIssued", to=None, lacks=("onset", "cities"))
    assert zh == f"漏报：{SHANG}的预警发布缺少法定内容：onset, cities"
    assert en == f"incomplete: a warning by {SHANG} leaves out onset, cities"


def test_disputed_finding_says_so_and_one_late_by_both_accounts_says_that() -> None:
    two = (Said(ONE, at(5)), Said(OTHER, at(6)))
    zh, en = words(disputed=(OTHER,), accounts=two)
    assert zh.endswith("存疑")
    assert en.endswith("disputed")
    zh, en = words(accounts=two)
    assert zh.endswith("按任一说法均逾期")
    assert en.endswith("by both it is late")
    assert words(accounts=two[:1]) == words()


def test_what_has_no_words_of_its_own_stands_under_its_kind() -> None:
    zh, en = words(owed="StockReported")
    assert "作出StockReported，" in zh
    assert "StockReported, which" in en


@pytest.mark.parametrize("breach", sorted(WORDS))
def test_every_breach_of_the_vocabulary_has_words(breach: str) -> None:
    zh, en = words(breach=breach)
    assert zh.startswith(f"{BREACHES[breach][0]}：")
    assert en.startswith(f"{breach}: ")


def test_what_is_owed_in_words_is_a_kind_or_one_of_the_three_that_any_of_several_fulfil() -> None:
    assert set(THINGS) - set(KINDS) == {"NoticeAnswered", "SignOfLife"}


# ----------------------------------------------------------------------------------------- on the record


def test_body_leaves_out_what_there_is_none_of_and_the_record_takes_it() -> None:
    bare = worded(proposal(found=None, due=None, breach="absent"), at(48))
    body = bare.body()
    assert not {"due", "found", "readings", "reply_by"} & body.keys()
    said = make("FindingMade", by=ZHONG, officer="duty-1", issued=at(49), about=INCIDENT, body=body)
    assert (said.string("of"), said.strings("evidence")) == (SHANG, (ONE,))
    assert said.record("rule") == {"pack": "cn-2024", "rule": "r-1", "cite": "Act 1"}


def test_body_has_times_words_and_at_most_a_hundred_of_each_evidence() -> None:
    many = tuple(f"{number:064x}" for number in range(150))
    readings = tuple(f"sha256:{one}" for one in many)
    body = worded(proposal(evidence=many, readings=readings), at(48)).body(reply_by=at(5) + timedelta(days=7))
    assert body["evidence"] == list(many[:100])
    assert body["readings"] == list(readings[:100])
    assert (body["due"], body["found"]) == (at(2).isoformat(), at(5.5).isoformat())
    assert body["reply_by"] == (at(5) + timedelta(days=7)).isoformat()
    assert body["what"]["en"].startswith("late: ")


def test_same_finding_keeps_its_key_as_more_becomes_known_of_it() -> None:
    first = proposal(found=None)
    assert (
        replace(first, found=at(9), evidence=(ONE, OTHER), zh="x", beside=(("c", at(1), 1.0),)).key
        == first.key
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("breach", "absent"),
        ("of", ZHONG),
        ("owed", "RiskReported"),
        ("to", None),
        ("about", "elsewhere"),
        ("pack", "agreement"),
        ("rule", "r-2"),
        ("evidence", (OTHER, ONE)),
    ],
)
def test_another_finding_has_another_key(field: str, value: Any) -> None:
    assert replace(proposal(), **{field: value}).key != proposal().key
