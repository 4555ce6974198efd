"""The after-action report writes itself: every fact with its statement, and what nobody said is unknown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta, timezone
from typing import Any

import pytest
from cast import SHANG, XIA, ZHONG, region
from governance.acts import (
    BASIN,
    COURT,
    INCIDENT,
    TERRITORY,
    at,
    clock,
    noticed,
    say,
)
from governance.bill_acts import claim, helped, line, scene
from governance.incident_acts import AGREED
from songhua import FOLDER

from riskshed import reenactment, replay
from riskshed.after_action import after_action, to_json
from riskshed.agreed_terms import ModelAgreement
from riskshed.case import Case
from riskshed.errors import NotFoundError
from riskshed.exchange.after_action_record import AfterAction
from riskshed.exchange.after_action_report import draw
from riskshed.exchange.situation_record import Item, Part
from riskshed.governance import duty, trust
from riskshed.governance.circumstances import Regime
from riskshed.governance.trust import TrustTerms
from riskshed.said import Said
from riskshed.statement import Statement

EAST = timezone(timedelta(hours=8))


def made(*said: Statement | Iterable[Statement], hours: float = 200.0, **more: Any) -> AfterAction:
    """The report of the incident of the cast, so many hours after the spill."""
    flat = [one for each in said for one in ([each] if isinstance(each, Statement) else each)]
    standing = scene(*flat, hours=hours)
    judged = duty.judge(standing, AGREED)
    facts: dict[str, Any] = {"language": "en", "now": at(hours), "zone": EAST, "issuer": ZHONG, **more}
    found, code = facts.pop("found", ()), facts.pop("code", INCIDENT)
    return after_action(standing, judged, found, region(), code, territory=TERRITORY, **facts)


def table(found: AfterAction, section: str, name: str) -> list[list[str]]:
    (one,) = [each for each in found.section(section).tables if each.name == name]
    return [[cell.text for cell in row] for row in one.rows]


def texts(items: Iterable[Item]) -> str:
    return "\n".join(f"{one.label} {part.label}{part.text}" for one in items for part in one.parts)


def forecast(hours: float, middle: float, city: str = ZHONG) -> Statement:
    times = {"earliest": clock(middle - 2), "middle": clock(middle), "latest": clock(middle + 2)}
    rows = [{"city": city, "probability": "0.9", **times}]
    return say("FootprintIssued", BASIN, hours, situation="1", known_at=clock(hours), arrivals=rows)


def front(hours: float, kind: str = "front") -> Statement:
    row = {"section": "zhong", "time": clock(hours), "kind": kind}
    return say("ReadingsTaken", ZHONG, hours, quantity="nitrobenzene", readings=[row])


FOUND = say("FindingMade", XIA, 60.0, breach="late", of=SHANG, owed="NoticeSent", due=clock(5))
REPLY = say("ReplyFiled", SHANG, 70.0, replies_to=FOUND.id, text={"en": "We were told late."})
RULED = say("FindingDismissed", COURT, 80.0, replies_to=FOUND.id, reason={"en": "The line was down."})


# ------------------------------------------------------------------------------------------- what was said


def test_incident_of_which_nothing_was_said_has_only_unknowns() -> None:
    found = made()
    assert table(found, "told", "told") == []
    assert found.section("settled").items == found.section("lessons").items == ()
    assert any("No appraisal" in one for one in found.unknown)
    assert any("interim" in one for one in found.unknown)


def test_timeline_is_in_the_order_of_time_and_names_what_it_leaves_out() -> None:
    found = made(front(40), noticed(3.0), noticed(1.0, to=(XIA,)), front(30, "observed"))
    acts = [row[2] for row in table(found, "course", "course")]
    assert acts == ["incident opened", "notice sent", "notice sent", "readings taken"]
    assert any("readings taken 1" in note for note in found.section("course").notes)


def test_word_before_the_recorded_arrival_is_ahead_by_the_hours_between() -> None:
    ((city, heard, foreseen, came, ahead),) = table(
        made(noticed(10.0), forecast(2, 44), front(40)), "told", "told"
    )
    assert city == "Zhong"
    assert heard.endswith("Shang")
    assert came.endswith("(front arrived)")
    assert foreseen.startswith("05-03 08:00+08")
    assert ahead == "30 h before"


def test_word_after_the_arrival_is_told_as_after_it() -> None:
    found = made(noticed(50.0), front(40))
    assert table(found, "told", "told")[0][4] == "10 h after it came"
    assert "0 were told before it came, 1 after" in found.lead[0].text


def test_without_a_recorded_arrival_it_counts_to_the_forecast_and_says_so() -> None:
    ((*_, came, ahead),) = table(made(noticed(10.0), forecast(2, 44)), "told", "told")
    assert came == "unknown"
    assert ahead == "34 h before\n(as foreseen)"


def test_forecast_issued_after_the_arrival_it_gives_foresaw_nothing() -> None:
    rows = table(made(forecast(2, 44), forecast(60, 41)), "told", "told")
    assert rows[0][2].startswith("05-03 08:00+08")
    assert table(made(forecast(60, 41)), "told", "told")[0][2] == "unknown"


def test_city_that_nobody_told_has_no_word_and_stands_among_the_unknown() -> None:
    found = made(front(40))
    assert table(found, "told", "told")[0][1] == "no word on the record"
    assert "No word on the record to: Zhong." in found.unknown


# ----------------------------------------------------------------------------------------- help and money


def test_help_that_came_is_a_promise_kept_and_its_arrival_is_cited() -> None:
    kept, broken = (made(helped(came=came)) for came in (True, False))
    assert table(kept, "aid", "promised")[0][3] == "kept"
    assert table(kept, "aid", "promised")[0][4] != "nothing on the record"
    (one,) = kept.section("aid").tables[0].rows
    assert "aid received" in {kept.sources[number - 1].kind for number in one[4].sources}
    assert "Aid received" not in texts(broken.section("aid").items)


def test_promise_that_nothing_shows_kept_is_broken() -> None:
    row = table(made(helped()[0]), "aid", "promised")[0]
    assert row[3:] == ["broken", "nothing on the record"]


def test_plan_shows_who_accepted_and_who_rejected_and_why() -> None:
    plan = say("PlanProposed", BASIN, 3.0, plan="p", members=[SHANG, ZHONG], answer_by=clock(20))
    yes = say("PlanAccepted", SHANG, 4.0, replies_to=plan.id)
    no = say("PlanRejected", ZHONG, 5.0, replies_to=plan.id, reason={"en": "Too dear."})
    told = texts(made(plan, yes, no).section("settled").items)
    assert "Joint plan p Accepted: Shang" in told
    assert "Rejected: Zhong: Too dear." in told


def bill(**more: Any) -> Statement:
    amount = {"minor": 40_000, "currency": "CNY"}
    transfer = {"payer": SHANG, "payee": ZHONG, "amount": amount, "due": clock(60)}
    shares = [{"body": SHANG, "amount": amount}]
    return say("SettlementDrawn", BASIN, 30.0, settlement="s", shares=shares, transfers=[transfer], **more)


def test_bill_that_was_paid_in_part_is_overdue_with_what_was_paid() -> None:
    costs = claim(ZHONG, 20.0, line("a", 30_000), line("b", 10_000))
    drawn = bill(claims=[costs.id])
    money = {"amount": {"minor": 15_000, "currency": "CNY"}, "paid_at": clock(50)}
    paid = say("Paid", SHANG, 50.0, replies_to=drawn.id, payer=SHANG, payee=ZHONG, **money)
    found = made(costs, drawn, paid)
    (row,) = table(found, "settled", "transfers")
    assert (row[0], row[1], row[2], row[4]) == ("Shang → Zhong", "CNY 400.00", "CNY 150.00", "overdue")
    told = texts(found.section("settled").items)
    assert "Zhong: CNY 400.00 (2 lines)" in told
    assert "Shang bears CNY 400.00" in told


def test_payment_that_fits_no_bill_is_shown_with_the_reason() -> None:
    drawn = bill()
    money = {"amount": {"minor": 1, "currency": "CNY"}, "paid_at": clock(50)}
    paid = say("Paid", SHANG, 50.0, replies_to=drawn.id, payer=SHANG, payee=XIA, **money)
    assert "Payments that fit no bill Shang → Xia" in texts(made(drawn, paid).section("settled").items)


# ------------------------------------------------------------------------------------------------- judged


def test_finding_stands_with_its_reply_and_the_decision() -> None:
    (row,) = table(made(FOUND, REPLY, RULED), "findings", "made")
    assert row[0] == "Shang\nlate"
    assert row[2] == "We were told late."
    assert row[3].startswith("dismissed, ")
    assert row[3].endswith("The line was down.")


def test_finding_without_reply_or_decision_says_so() -> None:
    found = made(FOUND)
    assert table(found, "findings", "made")[0][2:] == ["no reply on the record", "not decided"]
    assert "Findings that are not decided: 1." in found.unknown


def test_appraisal_and_lesson_stand_with_who_says_so() -> None:
    rows = [{"indicator": "timeliness", "score": "0.4"}]
    filed = say("AppraisalFiled", COURT, 90, role="third_party", subject=SHANG, indicators=rows, score="0.4")
    lesson = say(
        "LessonShared", ZHONG, 95, title={"en": "Call first"}, text={"en": "Then write."}, worked=True
    )
    found = made(filed, lesson)
    assert table(found, "appraisals", "appraisals")[0][3:] == ["0.4", "timeliness 0.4"]
    assert texts(found.section("lessons").items) == "Call first Zhong (worked): Then write."
    assert not any("No appraisal" in one for one in found.unknown)


def test_trust_has_a_figure_only_for_a_body_with_a_record() -> None:
    lawless = Regime(packs=(), territory=TERRITORY)
    promise, notice = helped()[0], noticed(1.0, by=ZHONG, to=(XIA,))
    standing = scene(promise, notice, hours=200.0)
    records = trust.of_bodies(standing, lawless, TrustTerms(half_life_d=None))
    found = made(promise, notice, trust=records)
    rows = {row[0]: row for row in table(found, "trust", "trust")}
    assert records[SHANG].mean is not None
    assert rows["Shang"][1] == f"{float(records[SHANG].mean):.2f}"
    assert rows["Shang"][3].startswith("broken")
    assert "Zhong" not in rows
    assert "Zhong" in found.section("trust").notes[1]
    assert made(promise).section("trust").notes == ()


# -------------------------------------------------------------------------------------- sources, languages


def cells(found: AfterAction) -> Iterable[Part]:
    for section in found.sections:
        yield from (part for item in section.items for part in item.parts)
        yield from (cell for one in section.tables for row in one.rows for cell in row)


def test_every_number_of_a_source_has_its_row_and_every_row_is_used() -> None:
    found = made(helped(), FOUND, REPLY, RULED, forecast(2, 44), front(40), index_of=lambda _: 7)
    used = {number for part in (*cells(found), *found.duties) for number in part.sources}
    assert used == set(range(1, len(found.sources) + 1))
    assert {one.index for one in found.sources} == {7}


def test_same_record_tells_the_same_in_both_languages() -> None:
    zh, en = (made(helped(), FOUND, REPLY, forecast(2, 44), language=one) for one in ("zh", "en"))
    assert [one.id for one in zh.sources] == [one.id for one in en.sources]
    assert [len(one.tables) for one in zh.sections] == [len(one.tables) for one in en.sections]
    assert len(zh.unknown) == len(en.unknown)


def test_incident_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(NotFoundError, match=INCIDENT) as caught:
        made(code="no-such")
    assert caught.value.code == "after_action.unknown_incident"


# ------------------------------------------------------------------------------------------------- of 2005


@pytest.fixture(scope="module")
def songhua() -> AfterAction:
    """What Harbin could have written of 2005."""
    case, said = Case.read(FOLDER), Said.read(FOLDER)
    assert said is not None
    scene = reenactment.of_case(case, said, replay.replay(case, members=5, seed=1))
    model = ModelAgreement.read(FOLDER, scene.region)
    course = reenactment.recorded(scene, model)
    return after_action(
        course.standing,
        course.judged,
        course.findings,
        scene.region,
        "songhua-2005",
        language="en",
        now=course.standing.at,
        zone=scene.zone,
        issuer="230100",
        territory=model.regime.territory,
        trust=trust.of_bodies(course.standing, model.regime, duties=[one.duty for one in course.judged]),
    )


def test_harbin_was_told_five_days_after_the_plant_blew_up(songhua: AfterAction) -> None:
    (row,) = [one for one in table(songhua, "told", "told") if one[0] == "Harbin"]
    assert row[1] == "2005-11-18+08 (time unknown)\nJilin Province"
    assert row[3].startswith("2005-11-23 19:30+08")
    assert row[4] == "about 5 d 20 h before"


def test_findings_of_2005_are_borne_out_and_not_yet_made(songhua: AfterAction) -> None:
    assert table(songhua, "findings", "made") == []
    told = [row[1] for row in table(songhua, "findings", "borne_out")]
    assert any(one.startswith("concealed: Jilin City owed to Harbin a notice") for one in told)


def test_articles_of_2005_count_every_duty_once(songhua: AfterAction) -> None:
    counts = [[int(cell) for cell in row[1:]] for row in table(songhua, "duties", "articles")]
    assert sum(map(sum, counts)) == sum(one.count for one in songhua.duties)
    assert sum(row[2] for row in counts) == sum(
        one.count for one in songhua.duties if one.state == "breached"
    )


def test_report_of_2005_is_json_and_the_same_document_each_time(songhua: AfterAction) -> None:
    told = json.loads(json.dumps(to_json(songhua), ensure_ascii=False))
    assert told["incident"] == "songhua-2005"
    assert len(told["statements"]) == len(songhua.sources)
    assert draw(songhua) == draw(songhua)
