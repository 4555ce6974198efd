"""Trust: what counts, what does not yet, and by exactly how much it moves."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    BASIN,
    COURT,
    PROVINCE,
    TERRITORY,
    clock,
    join,
    opened,
    proposed,
    say,
    signed,
    stand,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputError
from riskshed.governance import trust
from riskshed.governance.circumstances import Regime
from riskshed.governance.terms import Terms
from riskshed.governance.trust import Trust, TrustTerms
from riskshed.statement import Statement

REGIME = Regime(packs=(), terms=Terms(), territory=TERRITORY)
FOREVER = TrustTerms(half_life_d=None)
TEXT = proposed()
AGREED = [TEXT, *signed(TEXT), opened()]


def met(*tasks: tuple[str, float]) -> Statement:
    """A meeting that gave Zhong these tasks, each due at its hour."""
    what = {"zh": "任务", "en": "A task"}
    rows = [{"task": code, "owner": ZHONG, "what": what, "due": clock(hour)} for code, hour in tasks]
    return say("MeetingHeld", BASIN, 1.0, decisions=rows)


def did(meeting: Statement, task: str, hours: float) -> Statement:
    facts = {"task": task, "share": "1", "done_at": clock(hours)}
    return say("TaskCompleted", ZHONG, hours, replies_to=meeting.id, **facts)


def found(meeting: Statement, hours: float = 60.0, by: str = XIA, **more: Any) -> Statement:
    facts = {"breach": "absent", "of": ZHONG, "owed": "TaskCompleted", "due": clock(50), **more}
    return say("FindingMade", by, hours, about=meeting.id, **facts)


def ruled(finding: Statement, kind: Any, hours: float = 80.0) -> Statement:
    return say(kind, COURT, hours, about=finding.about, replies_to=finding.id)


def record(*said: Any, hours: float = 100.0, terms: TrustTerms = FOREVER, body: str = ZHONG) -> Trust:
    return trust.of_bodies(stand(AGREED, *said, hours=hours), REGIME, terms)[body]


EIGHT = [(f"t{index}", 40.0) for index in range(8)]
NINE = met(*EIGHT, ("last", 50.0))
KEPT = [did(NINE, code, 30.0) for code, _ in EIGHT]


def test_without_a_promise_there_is_no_record_and_no_figure() -> None:
    nobody = record(body=PANG)
    assert (nobody.has_record, nobody.mean, nobody.share, nobody.interval()) == (False, None, None, None)


def test_promise_that_is_not_due_counts_nothing() -> None:
    assert record(NINE, hours=20.0).mean is None


def test_broken_promise_lowers_trust_by_what_the_guide_predicts() -> None:
    before, after = record(NINE, KEPT, hours=45.0), record(NINE, KEPT)
    assert before.mean == Fraction(9, 10)
    assert after.mean == Fraction(9, 11)
    assert before.mean is not None
    assert after.mean is not None
    assert before.mean - after.mean == before.fall() == Fraction(9, 110)


def test_after_an_upheld_reply_trust_is_exactly_what_keeping_it_would_have_given() -> None:
    finding = found(NINE)
    reply = say("ReplyFiled", ZHONG, 70.0, about=NINE.id, replies_to=finding.id)
    back = record(NINE, KEPT, finding, reply, ruled(finding, "FindingDismissed"))
    assert back.mean == record(NINE, KEPT, did(NINE, "last", 40.0)).mean
    assert back.mean == Fraction(10, 11)


def test_upheld_finding_counts_as_the_breach_it_names_once() -> None:
    finding = found(NINE)
    assert record(NINE, KEPT, finding, ruled(finding, "FindingUpheld")).mean == record(NINE, KEPT).mean


def test_finding_under_reply_counts_nothing() -> None:
    finding = found(NINE)
    reply = say("ReplyFiled", ZHONG, 70.0, about=NINE.id, replies_to=finding.id)
    assert record(NINE, KEPT, finding, reply, hours=500.0).mean == Fraction(9, 10)


def test_finding_that_nobody_answered_in_time_suspends_nothing() -> None:
    assert record(NINE, KEPT, found(NINE), hours=61.0 + 7 * 24).mean == Fraction(9, 11)


def test_body_cannot_suspend_a_breach_by_a_finding_of_its_own() -> None:
    assert record(NINE, KEPT, found(NINE, by=ZHONG)).mean == Fraction(9, 11)


def test_late_promise_counts_in_the_part_that_the_agreement_says() -> None:
    late = record(NINE, KEPT, did(NINE, "last", 60.0))
    assert late.mean == Fraction(19, 22)
    assert [one.came for one in late.promises].count("late") == 1


@pytest.mark.parametrize(("decision", "mean"), [("FindingUpheld", Fraction(9, 11)),
                                                ("FindingDismissed", Fraction(9, 10))])  # fmt: skip
def test_falsehood_counts_when_it_is_upheld_and_is_gone_when_it_is_dismissed(
    decision: str, mean: Fraction
) -> None:
    finding = found(NINE, 41.0, breach="false", owed="RiskReported", due=clock(10))
    told = record(NINE, KEPT, finding, ruled(finding, decision, 44.0), hours=45.0)
    assert told.mean == mean


def test_concealment_fades_only_from_when_it_was_decided() -> None:
    weights = {}
    for breach in ("concealed", "absent"):
        finding = found(NINE, breach=breach)
        told = record(NINE, finding, ruled(finding, "FindingUpheld", 98.0), hours=98.0,
                      terms=TrustTerms(half_life_d=2))  # fmt: skip
        weights[breach] = max(one.weight for one in told.promises if one.findings)
    assert weights == {"concealed": 1, "absent": Fraction(1, 2)}


def test_each_kind_weighs_what_the_agreement_stakes_on_it() -> None:
    terms = TrustTerms(None, stakes={"task": Fraction(3)})
    assert record(NINE, KEPT, terms=terms).mean == Fraction(25, 29)


def test_help_is_counted_once_although_it_is_a_duty_too() -> None:
    promise = say("AidCommitted", ZHONG, 2.0, to=XIA, arrives_by=clock(20))
    told = record(promise)
    assert [(one.kind, one.came) for one in told.promises] == [("aid", "broken")]
    assert told.of_kind("aid").mean == told.mean
    assert told.of_kind("task").mean is None


def test_every_figure_lists_the_statements_behind_it_and_the_bytes_are_the_same_in_any_order() -> None:
    told, again = record(NINE, KEPT), record(list(reversed(KEPT)), NINE)
    assert told.to_json() == again.to_json()
    assert {KEPT[0].id, NINE.id} <= {each for one in told.promises for each in one.evidence}


def test_interval_is_that_of_the_beta_distribution() -> None:
    # With no breach Beta(9, 1) has the distribution x^9, whose quantiles are 0.05^(1/9) and 0.95^(1/9).
    nine = Trust(ZHONG, Fraction(8), Fraction(0), record(NINE, KEPT).promises)
    assert nine.interval() == (round(0.05 ** (1 / 9), 3), round(0.95 ** (1 / 9), 3))


@given(st.integers(0, 400), st.integers(1, 50))
@settings(max_examples=50)
def test_fading_halves_exactly_and_stays_near_the_exponential(days: int, half: int) -> None:
    age = timedelta(days=days)
    left = trust.faded(age, half)
    assert trust.faded(age + timedelta(days=half), half) == left / 2
    assert 1 <= float(left) / 2 ** (-days / half) <= 1.062


BAD = ({"half_life_d": 0}, {"late_kept": Fraction(2)}, {"stakes": {"aid": Fraction(0)}},
       {"stakes": {"luck": Fraction(1)}})  # fmt: skip


@pytest.mark.parametrize("wrong", BAD)
def test_terms_that_make_no_sense_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))) as caught:
        TrustTerms(**wrong)
    assert caught.value.code == "trust.bad_terms"


def test_superior_sees_all_below_it_and_peers_see_each_other() -> None:
    told = stand(AGREED, join("w", superior="v"), join("v", superior=PROVINCE))
    assert trust.supervised(told, PROVINCE) == ("v", "w")
    assert trust.peers(told, ZHONG) == tuple(sorted((SHANG, XIA)))
