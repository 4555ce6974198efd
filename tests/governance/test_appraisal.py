"""Appraisal: the whole over what is known, the same bytes for everybody, filing, third party and self."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import COURT, INCIDENT, PROVINCE, at, noticed, say
from governance.appraisal_acts import ADOPTED, COSTS, FOUR, PLAN, ROWS, YES, appraised, footprint, found
from governance.bill_acts import helped, scene

from riskshed.errors import InputError, InputFaults, NotFoundError
from riskshed.governance.appraisal import Sheet, appraise, combined, draft, gap, lesson
from riskshed.governance.draft import Draft
from riskshed.governance.standing import of
from riskshed.statement import Statement, digest_text, make


def filed(told: Draft, hours: float = 101.0) -> Statement:
    return make(told.kind, by=told.by, officer="duty-1", issued=at(hours), about=told.about, body=told.body)


# ----------------------------------------------------------------------------------------------- the whole


def test_unknown_is_not_zero_and_keeps_its_weight_in_the_list() -> None:
    told = appraised(helped()).whole
    unknown = told.row("plan_in_force")
    assert (unknown.score, unknown.weight) == (None, Fraction(1, 10))
    assert (told.score, told.known) == (1, Fraction(1, 5))


def test_whole_is_the_weighted_mean_of_what_is_known() -> None:
    weights = {"duty_in_time": "1/3", "aid_in_time": "2/3"}
    told = appraised(helped(), duties=FOUR, weights=weights).whole
    assert (told.score, told.known) == (Fraction("0.6667"), 1)
    assert told.row("plan_in_force").weight == 0


def test_nothing_known_has_no_score_and_cannot_be_filed() -> None:
    told = appraised()
    assert (told.whole.score, told.whole.known) == (None, 0)
    with pytest.raises(InputError, match="no indicator") as caught:
        draft(told, COURT, "third_party")
    assert caught.value.code == "appraisal.nothing_known"


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"aid_in_time": "0.5", "duty_in_time": "0.4"}, "9/10"),
        ({"body_aid_given": "2"}, "sum of 2"),
        ({"aid_in_time": 0.5, "duty_in_time": "0.5"}, "exact number"),
        ({"aid_in_time": "-1", "duty_in_time": "2"}, ">= 0"),
        ({"beauty": 1}, "beauty"),
    ],
)
def test_weights_that_do_not_sum_are_refused_with_the_sum(weights: dict[str, object], says: str) -> None:
    with pytest.raises(InputFaults, match=says) as caught:
        appraised(weights=weights)
    assert caught.value.code == "appraisal.weights"


def test_incident_and_participant_that_nobody_knows_are_not_found() -> None:
    with pytest.raises(NotFoundError, match="no incident nowhere"):
        appraise(scene(), "nowhere", ())
    with pytest.raises(NotFoundError, match=PANG):
        appraised().sheet(PANG)
    with pytest.raises(NotFoundError, match="beauty"):
        appraised().whole.row("beauty")


ALL = (PLAN, *YES, ADOPTED, *helped(), *COSTS, footprint(ROWS), noticed(), found("false", 10))


def test_any_order_of_statements_and_duties_gives_the_same_bytes() -> None:
    first = appraised(ALL, duties=FOUR).to_bytes()
    for seed in range(5):
        mixed, duties = list(ALL), list(FOUR)
        random.Random(seed).shuffle(mixed)
        random.Random(seed).shuffle(duties)
        assert appraised(mixed, duties=duties).to_bytes() == first


def test_later_statement_does_not_change_an_appraisal_as_known_earlier() -> None:
    before = scene(ALL, hours=50)
    seen = [*scene(ALL, hours=1000).statements.values()]
    later = scene(helped(ZHONG, XIA, hours=60), hours=1000).statements.values()
    again = of([*seen, *later], at=at(50), known_at=at(50))
    assert appraise(again, INCIDENT, FOUR).to_bytes() == appraise(before, INCIDENT, FOUR).to_bytes()


# -------------------------------------------------------------------------------------------------- filing


def test_filed_appraisal_holds_the_known_scores_and_the_digest_of_the_rest() -> None:
    told = appraised(helped(), duties=FOUR)
    said = filed(draft(told, COURT, "third_party"))
    assert [row["indicator"] for row in said.records("indicators")] == [
        "duty_in_time", "report_delay_h", "aid_in_time",
    ]  # fmt: skip
    assert said.records("files")[0]["digest"] == digest_text(told.to_bytes())
    assert sum(Fraction(row["weight"]) for row in said.records("weights")) == 1
    # (0.1 * 0 + 0.05 * 0.6667 + 0.2 * 1) / 0.35
    assert (said.string("subject"), str(said.decimal("score"))) == (INCIDENT, "0.6667")
    assert "0.35" in said.words("note")["en"]
    assert "plan_in_force" in said.words("note")["zh"]


def test_filed_appraisal_of_a_body_is_of_that_body() -> None:
    said = filed(draft(appraised(duties=FOUR), PROVINCE, "superior", SHANG))
    assert (said.string("subject"), said.string("role")) == (SHANG, "superior")
    assert [row["indicator"] for row in said.records("indicators")] == ["body_duty_in_time"]


def test_weights_without_a_decimal_text_stay_in_the_file() -> None:
    told = appraised(duties=FOUR, weights={"duty_in_time": "1/3", "aid_in_time": "2/3"})
    said = filed(draft(told, COURT, "third_party"))
    assert not said.has("weights")
    assert b'"weight":"1/3"' in told.to_bytes()


@pytest.mark.parametrize(
    ("by", "role", "subject"),
    [
        (SHANG, "third_party", ""),
        (SHANG, "superior", ZHONG),
        (SHANG, "self", ZHONG),
        (COURT, "self", ""),
        (COURT, "friend", ""),
    ],
)
def test_who_took_part_is_no_third_party_and_nobody_judges_another_as_itself(
    by: str, role: Any, subject: str
) -> None:
    with pytest.raises(InputError) as caught:
        draft(appraised(duties=FOUR), by, role, subject)
    assert caught.value.code == "appraisal.bad_role"


def test_lesson_takes_its_evidence_from_the_indicator_that_shows_it() -> None:
    words = {"zh": "经验", "en": "lesson"}
    help_given = helped()
    told = lesson(appraised(help_given), ZHONG, words, words, indicator="aid_in_time", worked=True)
    said = filed(told)
    assert said.strings("evidence") == tuple(sorted(one.id for one in help_given))
    assert said.yes_no("worked")
    assert not filed(lesson(appraised(), ZHONG, words, words, indicator="aid_in_time")).has("evidence")


# --------------------------------------------------------------------------- third party first, self second


def own_words(score: str, **scores: str) -> Statement:
    rows = [{"indicator": name, "score": text} for name, text in scores.items()]
    return say("AppraisalFiled", SHANG, 90, role="self", subject=SHANG, indicators=rows, score=score)


def sheet() -> Sheet:
    return appraised(duties=FOUR).bodies[SHANG]


def test_gap_is_own_less_third_party_and_unknown_where_either_is() -> None:
    told = {
        one.indicator: one for one in gap(sheet(), own_words("1", body_duty_in_time="1", body_aid_given="1"))
    }
    assert told["body_duty_in_time"].gap == 1
    assert told["body_aid_given"].gap is None
    assert told["body_aid_given"].own == 1


def test_both_are_combined_by_the_weights_of_the_agreement() -> None:
    weights = {"third_party": "0.7", "self": "0.3"}
    assert combined(sheet(), own_words("1", body_duty_in_time="1"), weights) == (Fraction(3, 10), 1)
    assert combined(None, own_words("1", body_duty_in_time="1"), weights) == (1, Fraction(3, 10))
    assert combined(None, None, weights) == (None, 0)


@pytest.mark.parametrize(
    "weights",
    [{"third_party": "0.7", "self": "0.2"}, {"third_party": "1"}, {"third_party": "2", "self": "-1"}],
)
def test_weights_of_the_two_have_to_sum(weights: dict[str, object]) -> None:
    with pytest.raises(InputFaults) as caught:
        combined(None, None, weights)
    assert caught.value.code == "appraisal.weights"
