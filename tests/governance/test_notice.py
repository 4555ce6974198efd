"""Who is told, once and again when it matters; how answers stand; what was dropped on the way downstream."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    BASIN,
    INCIDENT,
    PLANT,
    PROVINCE,
    TERRITORY,
    answered,
    at,
    opened,
    say,
    stand,
)
from governance.foreseen import TERMS, WRITING, coming, due, faced, outlook, said, told
from governance.relay_campaign import campaign
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import DomainError, NotFoundError
from riskshed.governance import field_notice, notice, notice_answer, relay
from riskshed.governance.corroboration import Corroboration, Evidence
from riskshed.governance.draft import Draft
from riskshed.governance.obligation import Duty
from riskshed.governance.outlook import Coming, Outlook
from riskshed.governance.terms import Terms
from riskshed.statement import Statement

OFFICES = replace(TERMS, coordination_body=BASIN, offices={"accident": "accidents"}, roles={"unit": PLANT})


# ------------------------------------------------------------------------------------------- who is told


def test_each_city_that_may_be_reached_is_told_those_first_that_are_reached_first() -> None:
    drafts = due(stand(opened()), outlook(), 1)
    faces = [one.body["to"] for one in drafts if one.body["audience"] == "faces"]
    assert faces == [[ZHONG], [XIA]]
    assert drafts[0].body["arrivals"][0]["probability"] == "0.72"
    assert drafts[0].body["answer_by"] == "2024-05-01T07:00:00+00:00"


def test_those_who_cause_it_and_those_who_must_govern_it_are_told_as_well() -> None:
    drafts = due(stand(opened()), outlook(), 1, terms=OFFICES)
    told_to = {one.body["audience"]: one.body["to"] for one in drafts}
    assert told_to["causes"] == [PLANT]
    assert told_to["governs"] == [PROVINCE, BASIN, "accidents"]


def test_another_body_asks_the_city_of_origin_to_stop_it() -> None:
    drafts = due(stand(opened()), outlook(), 1, by=BASIN)
    assert next(one.body["to"] for one in drafts if one.body["audience"] == "causes") == [SHANG]


def test_nobody_can_be_asked_to_stop_the_rain() -> None:
    rain = say("IncidentOpened", SHANG, 0, hazard_class="natural_disaster", city=SHANG)
    assert "causes" not in {one.body["audience"] for one in due(stand(rain), outlook(), 1, by=BASIN)}


@pytest.mark.parametrize(("probability", "count"), [(0.05, 1), (0.0499, 0), (None, 0)])
def test_the_bound_of_the_agreement_is_included(probability: float | None, count: int) -> None:
    drafts = due(stand(opened()), outlook(coming(ZHONG, probability, 48)), 1)
    assert len([one for one in drafts if one.body["audience"] == "faces"]) == count


def test_a_city_where_it_was_seen_is_told_though_no_probability_is_known() -> None:
    seen = outlook(coming(ZHONG, None)).seen_at([ZHONG])
    assert due(stand(opened()), seen, 1)[0].body["certainty"] == "Observed"


def test_once_the_incident_is_closed_nothing_is_due() -> None:
    closed = say("IncidentClosed", SHANG, 2)
    assert due(stand(opened(), closed, hours=3), outlook(), 3) == ()


# ---------------------------------------------------------------------------------- again, and never twice


chances = st.floats(0, 1)


@st.composite
def outlooks(draw: st.DrawFn) -> Outlook:
    def row(city: str) -> Coming:
        hours = draw(st.none() | st.floats(6, 300))
        return coming(city, draw(chances), hours, peak=draw(st.none() | st.floats(0.001, 2)))

    return outlook(row(ZHONG), row(XIA))


@given(outlooks(), st.floats(0, 20))
@settings(max_examples=60, deadline=None)
def test_the_same_is_never_said_twice(seen: Outlook, later: float) -> None:
    standing = stand(told(seen), hours=1 + later)
    assert due(standing, seen, 1 + later) == ()


@given(outlooks(), outlooks())
@settings(max_examples=60, deadline=None)
def test_what_has_changed_is_said_once_as_an_answer_to_what_was_said(first: Outlook, then: Outlook) -> None:
    before = told(first)
    again = due(stand(before, hours=2), then, 2)
    sent = [said(one, at(2)) for one in again]
    known = {one.id for one in before}
    assert all(one.replies_to in known for one in again if one.replies_to is not None)
    assert due(stand(before, sent, hours=3), then, 3) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"probability": 0.66}, None),
        ({"probability": 0.5}, "certainty"),
        ({"probability": 0.09}, "probability"),
        ({"probability": 0.04}, "probability"),
        ({"hours": 48 + 9.4}, None),
        ({"hours": 48 + 9.5}, "arrival"),
        ({"hours": 48 - 9.5}, "arrival"),
        ({"hours": None}, "arrival"),
        ({"peak": 0.9}, None),
        ({"peak": 0.16}, None),
    ],
)
def test_only_a_material_change_is_told_again(changes: dict[str, float | None], code: str | None) -> None:
    facts = {"probability": 0.72, "hours": 48.0, "peak": 0.4} | changes
    then = coming(ZHONG, 0.72, 48.0, peak=0.4)
    now = coming(ZHONG, facts["probability"], facts["hours"], peak=facts["peak"])
    assert notice.changed(then, now, at(1), 0.017, TERMS) == code


def test_far_ahead_twelve_hours_are_material_though_they_are_less_than_a_fifth() -> None:
    then = coming(XIA, 0.72, 400.0)
    assert notice.changed(then, coming(XIA, 0.72, 412.0), at(1), None, TERMS) is None
    assert notice.changed(then, coming(XIA, 0.72, 412.1), at(1), None, TERMS) == "arrival"


def test_a_graver_peak_is_told_and_a_milder_one_is_not() -> None:
    mild, grave = coming(ZHONG, 0.72, 48, peak=0.05), coming(ZHONG, 0.72, 48, peak=0.1)
    assert notice.changed(mild, grave, at(1), 0.017, TERMS) == "severity"
    assert notice.changed(grave, mild, at(1), 0.017, TERMS) is None


def test_a_city_is_told_that_it_is_no_longer_expected_to_be_reached() -> None:
    before = told(outlook(coming(ZHONG, 0.72, 48)))
    safe = outlook(coming(ZHONG, 0.01))
    again = [one for one in due(stand(before, hours=2), safe, 2) if one.body["audience"] == "faces"]
    assert [one.replies_to for one in again] == [before[1].id]
    assert again[0].body["certainty"] == "Unlikely"


def test_what_was_seen_to_arrive_is_told_again() -> None:
    before = told(outlook())
    again = due(stand(before, hours=2), outlook().seen_at([ZHONG]), 2)
    assert [one.body["to"] for one in again if one.body["audience"] == "faces"] == [[ZHONG]]


def test_what_was_unconfirmed_is_told_again_once_it_is_confirmed() -> None:
    start = opened()
    first = [said(one, at(1)) for one in due(stand(start), outlook(), 1, confirmed=False)]
    standing = stand(start, first, hours=2)
    assert due(standing, outlook(), 2, confirmed=False) == ()
    again = due(standing, outlook(), 2)
    assert [one.replies_to for one in again] == [one.id for one in first]
    assert {one.body["confirmed"] for one in again} == {True}


def test_a_notice_that_has_run_out_is_sent_again() -> None:
    before = told(outlook())
    expires = next(one for one in before if one.kind == "NoticeSent").time("expires")
    hours = (expires - at(0)) / timedelta(hours=1)
    assert due(stand(before, hours=hours), outlook(), hours)[0].body["to"] == [ZHONG]


def test_a_drill_tells_in_every_text_that_it_is_one() -> None:
    drill = told(outlook(), exercise=True)
    assert len(drill) > 1
    assert all(one.words("instruction")["zh"].startswith("【演习】") for one in drill[1:])
    assert due(stand(opened(), drill, hours=2), outlook(), 2)[0].body["headline"]["en"].startswith("Zhong")


def test_no_notice_waits_for_an_approval() -> None:
    asked = say("ApprovalRequested", SHANG, 0.5, kind="NoticeSent", of=["duty-2"])
    no = say(
        "ApprovalRefused", SHANG, 0.6, replies_to=asked.id, officer="duty-2", draft=asked.string("draft")
    )
    alone = due(stand(opened()), outlook(), 1)
    assert due(stand(opened(), asked), outlook(), 1) == due(stand(opened(), asked, no), outlook(), 1) == alone


# ------------------------------------------------------------------------------------- the rule that wants it


def owing(to: str | None = ZHONG, hours: float | None = 2.0, **more: object) -> Duty:
    flags = {"has_clock": True, "is_lawful": False, "is_foreseen": True, "pack": "cn-2024", "cite": "Act 1"}
    due_at = None if hours is None else at(hours)
    facts = {"who": SHANG, "owes": "NoticeSent", "act": "a", "to": to, "about": INCIDENT, "rule": "r-1"}
    return Duty(**{**flags, **facts, "since": at(0), "due": due_at, **more})  # type: ignore[arg-type]


def cites(*owed: Duty) -> dict[str, str | None]:
    """The rule that the notice to each city cites."""
    drafts = [one for one in due(stand(opened()), outlook(), 1) if one.body["audience"] == "faces"]
    told = notice.cited(drafts, owed)
    assert [{**one.body, "rule": None} for one in told] == [{**one.body, "rule": None} for one in drafts]
    return {one.body["to"][0]: one.body.get("rule", {}).get("rule") for one in told}


def test_notice_cites_the_rule_that_wants_it_and_one_that_none_wants_cites_none() -> None:
    assert cites(owing()) == {ZHONG: "r-1", XIA: None}
    assert cites() == {ZHONG: None, XIA: None}
    drafts = notice.cited(due(stand(opened()), outlook(), 1), [owing()])
    cited = next(said(one, at(1)) for one in drafts if "rule" in one.body)
    assert cited.record("rule") == {"pack": "cn-2024", "rule": "r-1", "cite": "Act 1"}


def test_of_several_rules_the_first_due_is_cited_and_of_those_the_law() -> None:
    later, none = owing(hours=3.0, rule="later"), owing(hours=None, rule="none")
    law = owing(rule="law", is_lawful=True)
    assert cites(later, none, owing(), law)[ZHONG] == "law"
    assert cites(none, later)[ZHONG] == "later"
    assert cites(none)[ZHONG] == "none"


@pytest.mark.parametrize("other", [{"who": XIA}, {"owes": "RiskReported"}, {"about": "else"}, {"to": None}])
def test_what_others_owe_or_of_another_incident_is_not_cited(other: dict[str, object]) -> None:
    assert cites(owing(**other))[ZHONG] is None  # type: ignore[arg-type]


# --------------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("hours", "kind", "answered_at", "state"),
    [
        (1.5, None, None, "sent"),
        (1.51, None, None, "not_acknowledged_in_time"),
        (1.51, "NoticeAcknowledged", 1.4, "acknowledged"),
        (3.0, "NoticeAcknowledged", 1.4, "acknowledged"),
        (3.01, "NoticeAcknowledged", 1.4, "not_answered_in_time"),
        (9.0, "NoticeAdopted", 2.0, "adopted"),
        (9.0, "NoticeDeclined", 8.0, "declined"),
        (49.0, None, None, "expired"),
    ],
)
def test_a_notice_stands_as_it_was_answered(
    hours: float, kind: str | None, answered_at: float | None, state: str
) -> None:
    sent = faced()
    answers = [answered(sent, kind, answered_at)] if kind and answered_at else []
    held = stand(opened(), sent, answers, hours=hours).notices[sent.id]
    assert notice_answer.state_of(held, ZHONG, TERMS, at(hours)) == state


def test_a_notice_that_was_replaced_asks_for_nothing_more() -> None:
    sent = faced()
    standing = stand(opened(), sent, faced(2, replies_to=sent.id), hours=40)
    assert notice_answer.states(standing, TERMS, at(40))[sent.id] == {ZHONG: "superseded"}


@given(st.floats(1, 60), st.floats(0, 60))
@settings(deadline=None, max_examples=40)
def test_an_answer_once_given_stands(first: float, more: float) -> None:
    sent = faced()
    standing = stand(opened(), sent, answered(sent, "NoticeDeclined", first), hours=first + more)
    assert notice_answer.state_of(standing.notices[sent.id], ZHONG, TERMS, at(first + more)) == "declined"


def test_answers_are_drafts_of_those_who_were_asked() -> None:
    sent = faced()
    standing = stand(opened(), sent)
    yes = notice_answer.acknowledge(standing, sent.id, ZHONG, at(1.2))
    no = notice_answer.decline(standing, sent.id, ZHONG, {"en": "our intake is closed"})
    assert [said(one, at(2)).replies_to for one in (yes, no)] == [sent.id, sent.id]


def test_nobody_else_can_answer_and_no_reason_is_no_answer() -> None:
    sent = faced()
    standing = stand(opened(), sent)
    with pytest.raises(DomainError, match="not to 910400"):
        notice_answer.acknowledge(standing, sent.id, PANG, at(2))
    with pytest.raises(NotFoundError):
        notice_answer.adopted(standing, "0" * 64, ZHONG)
    with pytest.raises(DomainError) as refused:
        notice_answer.decline(standing, sent.id, ZHONG, {"zh": "——", "en": " - "})
    assert refused.value.code == "notice.no_reason"


# ---------------------------------------------------------------------------------------------- relays


def test_what_a_city_has_not_passed_on_is_seen_below_it_from_the_moment_it_is_due() -> None:
    sent = faced(cities=[ZHONG, XIA])
    standing = stand(opened(), sent)
    late = relay.dropped(standing, TERMS, at(2) + timedelta(seconds=1), territory=TERRITORY)
    assert relay.dropped(standing, TERMS, at(2), territory=TERRITORY) == ()
    assert [(one.by, one.to, one.due, one.concerns(XIA)) for one in late] == [(ZHONG, XIA, at(2), True)]


@pytest.mark.parametrize("by", [ZHONG, SHANG, BASIN])
def test_once_it_is_told_by_anybody_nothing_is_dropped(by: str) -> None:
    sent = faced(cities=[ZHONG, XIA])
    passed = faced(1.5, by=by, to=[XIA], relays=sent.id)
    assert relay.open_relays(stand(opened(), sent, passed), TERMS, territory=TERRITORY) == ()


def test_a_city_that_is_below_the_bound_need_not_be_told() -> None:
    unlikely = [row.row("mg/L") for row in (coming(ZHONG, 0.7, 48), coming(XIA, 0.049, 90))]
    sent = faced(cities=[ZHONG], arrivals=unlikely)
    assert relay.open_relays(stand(opened(), sent), TERMS, territory=TERRITORY) == ()


def test_what_was_told_before_and_has_changed_must_be_passed_on_again() -> None:
    def row(hours: float) -> list[dict[str, object] | None]:
        return [coming(ZHONG, 0.7, 48).row("mg/L"), coming(XIA, 0.5, hours).row("mg/L")]

    first = [
        faced(cities=[ZHONG, XIA], arrivals=row(90)),
        faced(1.2, by=ZHONG, to=[XIA], arrivals=row(90)[1:]),
    ]
    same = faced(5, cities=[ZHONG, XIA], arrivals=row(91), replies_to=first[0].id)
    earlier = faced(5, cities=[ZHONG, XIA], arrivals=row(60), replies_to=first[0].id)
    assert relay.open_relays(stand(opened(), first, same), TERMS, territory=TERRITORY) == ()
    assert [one.to for one in relay.open_relays(stand(opened(), first, earlier), TERMS)] == [XIA]


def test_a_dropped_relay_is_seen_downstream_within_a_minute_in_a_hundred_scenarios() -> None:
    figures = campaign(100, seed=1)
    assert figures.dropped > 50
    assert figures.passed_on > 50
    assert figures.delay_s_max <= 60
    assert (figures.missed, figures.false) == (0, 0)


# ---------------------------------------------------------------------------------------- field reports


def field() -> Statement:
    return say("FieldReportFiled", BASIN, 0.5, about=None, what={"zh": "水面有异味"}, place=SHANG)


def reported(*more: Statement, hours: float = 1.0) -> tuple[Draft, ...]:
    first = field()
    standing = stand(first, *more, hours=hours)
    return field_notice.due_notices(
        standing, standing.field_reports[first.id], Terms(), TERRITORY, at(hours), by=SHANG, writing=WRITING
    )


def test_a_field_report_goes_downstream_at_once_and_unconfirmed() -> None:
    (draft,) = reported(hours=0.5)
    assert draft.body["to"] == [ZHONG, XIA]
    assert draft.body["confirmed"] is False
    assert draft.body["headline"]["en"] == "Unconfirmed: field report from Shang"
    assert "暂按事故灾难" in draft.body["description"]["zh"]
    assert said(draft, at(0.5)).kind == "NoticeSent"


def test_a_field_report_is_sent_once_and_again_when_it_is_confirmed() -> None:
    (draft,) = reported()
    sent = said(draft, at(1))
    assert reported(sent, hours=2) == ()
    other = say("FieldReportFiled", PANG, 3, about=None, supports=[field().id])
    (again,) = reported(sent, other, hours=3)
    assert (again.replies_to, again.body["confirmed"]) == (sent.id, True)
    assert reported(sent, other, said(again, at(3)), hours=4) == ()


def test_a_field_report_that_is_spoken_against_is_told_so_once() -> None:
    (draft,) = reported()
    sent = said(draft, at(1))
    other = say("FieldReportFiled", PANG, 3, about=None, contradicts=[field().id])
    (again,) = reported(sent, other, hours=3)
    assert again.body["confirmed"] is False
    assert "spoken against" in again.body["headline"]["en"]
    assert reported(sent, other, said(again, at(3)), hours=4) == ()


BORNE_OUT = Corroboration("corroborated", (Evidence("for", "reading", 2, "a" * 64, "bridge", at(1)),))
DOUBTED = Corroboration("contradicted", (Evidence("against", "report", 2, "b" * 64, "bridge", at(1)),))


def weighed(borne_out: Corroboration | None, *more: Statement, hours: float = 1.0) -> tuple[Draft, ...]:
    first = field()
    standing = stand(first, *more, hours=hours)
    report = standing.field_reports[first.id]
    return field_notice.due_notices(
        standing, report, Terms(), TERRITORY, at(hours), by=SHANG, writing=WRITING, borne_out=borne_out
    )


def test_a_field_report_that_is_borne_out_is_told_again_and_is_confirmed_by_nobody() -> None:
    sent = said(weighed(None)[0], at(1))
    (again,) = weighed(BORNE_OUT, sent, hours=2)
    assert (again.body["certainty"], again.body["confirmed"]) == ("Likely", False)
    assert again.body["headline"]["zh"].startswith("（未核实）")
    assert "1 组监测数据" in again.body["description"]["zh"]
    assert again.body["evidence"] == [field().id, "a" * 64]
    assert weighed(BORNE_OUT, sent, said(again, at(2)), hours=3) == ()
    # What bore it out was taken back: that is told as well.
    (back,) = weighed(None, sent, said(again, at(2)), hours=4)
    assert back.body["certainty"] == "Unknown"


def test_a_field_report_that_evidence_speaks_against_is_in_doubt() -> None:
    sent = said(weighed(None)[0], at(1))
    (again,) = weighed(DOUBTED, sent, hours=2)
    assert (again.body["certainty"], again.body["confirmed"]) == ("Unlikely", False)


def test_the_word_of_an_officer_outweighs_what_bears_it_out() -> None:
    sent = said(weighed(None)[0], at(1))
    other = say("FieldReportFiled", PANG, 3, about=None, contradicts=[field().id])
    (again,) = weighed(BORNE_OUT, sent, other, hours=3)
    assert "spoken against" in again.body["headline"]["en"]


def test_no_field_report_waits_for_an_approval() -> None:
    asked = say("ApprovalRequested", SHANG, 0.6, kind="NoticeSent")
    assert reported(asked) == reported()
