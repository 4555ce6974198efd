"""Handing up: by grade, by what is short (one too few, or just enough), by districts, by silence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import (
    BASIN,
    INCIDENT,
    PROVINCE,
    answered,
    clock,
    noticed,
    opened,
    say,
    stand,
)
from governance.incident_acts import (
    AGREED,
    CN,
    NO_HARM,
    accident,
    footprint,
    handles,
    level,
    reported,
    sayable,
)

from riskshed.governance.capacity import shortfalls
from riskshed.governance.circumstances import Regime
from riskshed.governance.escalation import above, escalation
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.statement import Statement

# -------------------------------------------------------------------------------------------- handing up


def found(standing: Standing, cause: str, regime: Regime = CN) -> list[Any]:
    return [one for one in escalation(standing, INCIDENT, regime) if one.cause == cause]


def test_gravest_grade_goes_to_the_state_council_by_its_article() -> None:
    (one,) = found(stand(accident(dead_people=30)), "grade")
    assert (one.draft.body["to"], one.is_certain) == (["state_council"], True)
    assert one.draft.body["rule"]["rule"] == "erl-19-2"
    sayable(one.draft)


def test_grade_below_is_not_handed_up_and_a_lower_bound_possibly_is() -> None:
    assert found(stand(accident(**NO_HARM | {"dead_people": 29})), "grade") == []
    (one,) = found(stand(accident(dead_people=29)), "grade")
    assert not one.is_certain


def test_grade_set_too_low_keeps_nothing_from_being_handed_up() -> None:
    (one,) = found(stand(accident(dead_people=30), level(2, "III")), "grade")
    assert one.is_certain


def test_what_was_handed_up_is_not_proposed_again() -> None:
    told = accident(dead_people=30)
    (one,) = found(stand(told), "grade")
    assert found(stand(told, sayable(one.draft)), "grade") == []


def asked(amount: str, hours: float = 2.0, by: str = SHANG, **more: Any) -> Statement:
    items = [{"item": "tent", "amount": {"value": amount, "unit": "item"}}]
    return say("AidRequested", by, hours, of=[ZHONG], items=items, to=SHANG, **more)


def stock(amount: str, by: str = SHANG, hours: float = 0.0, city: str = SHANG, **more: Any) -> Statement:
    kept = more.pop("kept_back", None)
    row = {"item": "tent", "amount": {"value": amount, "unit": "item"}, "city": city, "sort": "supplies"}
    row |= {"kept_back": {"value": kept, "unit": "item"}} if kept else {}
    facts = {"complete": True, "as_of": clock(hours), **more}
    return say("StockReported", by, hours, about=None, rows=[row], **facts)


@pytest.mark.parametrize(("have", "short"), [("100", None), ("99", "1"), ("99.5", "0.5"), ("101", None)])
def test_capacity_is_just_enough_or_one_short(have: str, short: str | None) -> None:
    proposals = found(stand(opened(), asked("100"), stock(have)), "capacity")
    told = [one.draft.body["needs"][0]["amount"]["value"] for one in proposals]
    assert told == ([] if short is None else [short])
    if proposals:
        (one,) = proposals
        assert (one.is_certain, one.draft.by, one.draft.body["to"]) == (True, SHANG, [PROVINCE])
        assert one.draft.body["rule"]["rule"] == "erl-17-2a"
        sayable(one.draft)


@pytest.mark.parametrize("told", [[], [stock("99", complete=False)], [stock("99", by=ZHONG, city=ZHONG)]])
def test_unknown_stock_is_not_zero(told: list[Statement]) -> None:
    (one,) = found(stand(opened(), asked("100"), told), "capacity")
    assert not one.is_certain
    assert "Possibly" in one.draft.body["reason"]["en"]


def test_stock_in_another_unit_is_unknown() -> None:
    rows = [{"item": "tent", "amount": {"value": "9", "unit": "t"}, "city": SHANG, "sort": "supplies"}]
    told = say("StockReported", SHANG, 0, about=None, rows=rows, as_of=clock(0), complete=True)
    (one,) = shortfalls(stand(opened(), asked("100"), told), INCIDENT, [SHANG], CN)
    assert (one.have, one.is_certain) == (0, False)


def test_last_word_on_stock_and_need_counts() -> None:
    told = opened(), asked("100"), asked("80", 3.0), stock("200"), stock("79", hours=1.0)
    (one,) = shortfalls(stand(*told), INCIDENT, [SHANG], CN)
    assert (one.need, one.short) == (80, 1)


def test_stock_that_others_keep_for_themselves_does_not_count() -> None:
    told = opened(), asked("100"), stock("100", by=ZHONG, city=ZHONG, kept_back="1")
    (one,) = shortfalls(stand(*told), INCIDENT, [PROVINCE], CN)
    assert one.short == 1
    told = opened(), asked("100"), stock("100", kept_back="1")
    assert shortfalls(stand(*told), INCIDENT, [PROVINCE], CN) == ()


def test_stock_outside_of_the_territory_does_not_count() -> None:
    (one,) = shortfalls(
        stand(opened(), asked("100"), stock("100", by=PANG, city=PANG)), INCIDENT, [SHANG], CN
    )
    assert one.have == 0


def test_need_of_a_territory_holds_that_of_its_places() -> None:
    told = opened(), asked("30", 2.0, by=XIA), asked("50", 3.0, by=ZHONG), asked("10", 4.0)
    (one,) = shortfalls(stand(*told), INCIDENT, [PROVINCE], CN)
    assert one.need == 60


def test_promise_from_outside_is_taken_off_the_need() -> None:
    request = asked("100")
    items = [{"item": "tent", "amount": {"value": "1", "unit": "item"}}]
    more = {"items": items, "to": SHANG, "leaves_by": clock(2000), "arrives_by": clock(2000)}
    promise = say("AidCommitted", ZHONG, 3, replies_to=request.id, **more)
    assert found(stand(opened(), request, stock("99"), promise), "capacity") == []


def test_stock_of_who_handed_up_is_used_up_above_it() -> None:
    needs = [{"item": "tent", "amount": {"value": "5", "unit": "item"}}]
    up = say("Escalated", SHANG, 3, to=[PROVINCE], cause="capacity", needs=needs)
    (one,) = shortfalls(stand(opened(), up, stock("99")), INCIDENT, [PROVINCE], CN)
    assert (one.need, one.have) == (5, 0)


def test_need_in_words_alone_is_possibly_beyond_capacity() -> None:
    report = reported(needs={"en": "many tents"})
    (one,) = found(stand(opened(), report), "capacity")
    assert (one.is_certain, one.draft.body["evidence"]) == (False, [report.id])
    assert found(stand(opened(), report, asked("1"), stock("1")), "capacity") == []


def test_need_that_has_grown_is_handed_up_again() -> None:
    told = [opened(), asked("100"), stock("99")]
    (one,) = found(stand(told), "capacity")
    told.append(sayable(one.draft))
    assert found(stand(told), "capacity") == []
    assert len(found(stand(told, asked("120", 600.0)), "capacity")) == 1


def test_several_districts_go_to_their_common_superior() -> None:
    reached = footprint({SHANG: "1", ZHONG: "0.9"})
    (one,) = found(stand(opened(), reached), "spread")
    assert one.draft.body["to"] == [PROVINCE]
    assert one.draft.body["rule"]["rule"] == "erl-18-1"


def test_districts_without_a_common_superior_go_to_both() -> None:
    reached = footprint({SHANG: "1", PANG: "0.9"})
    told = [one.draft.body["to"] for one in found(stand(opened(), reached), "spread")]
    assert told == [[PROVINCE], ["920000"]]


def test_agreement_that_gives_the_lead_to_the_origin_hands_no_districts_up() -> None:
    assert found(stand(opened(), footprint({SHANG: "1", ZHONG: "0.9"})), "spread", AGREED) == []


@pytest.mark.parametrize(("hours", "wanted"), [(4.0, 0), (4.01, 1)])
def test_neighbour_that_did_not_answer_in_time_is_handed_up(hours: float, wanted: int) -> None:
    notice = noticed(2.0, answer_by=clock(4.0))
    proposals = found(stand(opened(), notice, hours=hours), "unanswered")
    assert len(proposals) == wanted
    for one in proposals:
        assert (one.draft.by, one.draft.body["to"]) == (SHANG, [PROVINCE])
        assert one.draft.body["evidence"] == [notice.id]


def test_answer_of_any_sort_is_an_answer() -> None:
    notice = noticed(2.0, answer_by=clock(4.0))
    for kind in ("NoticeAcknowledged", "NoticeAdopted", "NoticeDeclined"):
        told = stand(opened(), notice, answered(notice, kind, 3.0), hours=9)
        assert found(told, "unanswered") == []


def test_superior_that_did_not_answer_is_passed_over() -> None:
    up = say("Escalated", SHANG, 2, to=[PROVINCE], cause="capacity")
    late = stand(opened(), up, hours=2 + AGREED.terms.answer_h + 0.01)
    (one,) = found(late, "unanswered")
    assert (one.draft.body["to"], one.draft.replies_to) == (["state_council"], up.id)
    assert found(stand(opened(), up, hours=2 + AGREED.terms.answer_h), "unanswered") == []
    taken = say("CommandTaken", PROVINCE, 3, of=[SHANG], replies_to=up.id)
    assert found(stand(opened(), up, taken, hours=9), "unanswered") == []


def test_closed_incident_is_handed_up_no_more() -> None:
    end = say("IncidentClosed", SHANG, 9, ended_at=clock(9))
    assert escalation(stand(accident(dead_people=30), end), INCIDENT, CN) == ()


def test_where_no_territory_stands_above_the_agreement_says_who() -> None:
    terms = Terms(code="x", centre="centre")
    assert above(BASIN, replace(CN, terms=terms)) == "centre"
    assert above(SHANG, replace(CN, terms=terms)) == PROVINCE
    assert above(PROVINCE, replace(CN, terms=Terms())) == "state_council"
    assert above("state_council", replace(CN, terms=terms)) is None


@pytest.mark.parametrize(("dead", "wanted"), [(9, []), (10, [[PROVINCE]])])
def test_grade_that_passes_what_the_agreement_lets_a_city_handle_goes_up(
    dead: int, wanted: list[Any]
) -> None:
    regime = replace(CN, packs=(*CN.packs, handles("city", "III")))
    proposals = found(stand(accident(**NO_HARM | {"dead_people": dead})), "grade", regime)
    assert [one.draft.body["to"] for one in proposals] == wanted
    assert [one.draft.body["rule"]["rule"] for one in proposals] == ["handles-city"] * len(wanted)
    assert [sayable(one.draft).by for one in proposals] == [SHANG] * len(wanted)


def test_joint_leads_count_their_stock_together() -> None:
    told = [opened(), asked("150"), stock("100"), say("LeadAssigned", BASIN, 1, lead=[SHANG, ZHONG])]
    assert found(stand(told, stock("50", by=ZHONG, city=ZHONG)), "capacity") == []
    (one,) = found(stand(told, stock("49", by=ZHONG, city=ZHONG)), "capacity")
    assert (one.is_certain, one.draft.body["to"], one.short[0].short) == (True, [PROVINCE], 1)
    assert not found(stand(told), "capacity")[0].is_certain


def test_joint_leads_hand_up_to_whom_they_have_in_common() -> None:
    told = opened(), asked("150"), stock("100"), say("LeadAssigned", BASIN, 1, lead=[XIA, SHANG])
    (one,) = found(stand(*told), "capacity")
    assert (one.draft.by, one.draft.body["to"]) == (XIA, [PROVINCE])
