"""How a case went, in words and as JSON: every time in the zone of the reader, nothing unknown as zero."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import cast as story
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import INCIDENT, at, opened, stand
from governance.test_proposed import ONE, OTHER, proposal

from riskshed import standing_text
from riskshed.agreed_terms import Account
from riskshed.exchange.wording import Text
from riskshed.governance.obligation import Duty, Judged
from riskshed.governance.proposed import Proposed, worded
from riskshed.governance.subjects import Said
from riskshed.reenactment import Course, Told

BEIJING = timezone(timedelta(hours=8))
REGION = story.region()
NAMES = {SHANG: Text("上城", "Shang"), ZHONG: Text("中城", "Zhong")}


def told(city: str, at_h: float | None, arrival_h: float = 48.0) -> Told:
    by = None if at_h is None else SHANG
    return Told(city, None if at_h is None else at(at_h), by, by and ONE, at(arrival_h))


def course(*cities: Told, findings: tuple[Proposed, ...] = (), **more: Any) -> Course:
    by_city = {one.city: one for one in cities}
    return Course(standing=stand(opened()), judged=(), findings=findings, told=by_city, seen=(), **more)


def late(**more: Any) -> Proposed:
    return worded(proposal(**more), at(48))


def as_json(one: Course, was: Course | None = None) -> dict[str, Any]:
    found = standing_text.replay_json(one, was, "agreed", BEIJING, REGION)
    assert json.loads(json.dumps(found)) == found
    return found


def duty(due_h: float | None = 2.0, **more: Any) -> Duty:
    facts = {"who": SHANG, "owes": "NoticeSent", "act": "notify.relay", "to": ZHONG, "about": INCIDENT}
    rule = {
        "pack": "p",
        "rule": "r",
        "cite": "Act 1",
        "has_clock": True,
        "is_lawful": True,
        "is_foreseen": False,
    }
    due = None if due_h is None else at(due_h)
    return Duty(**{**facts, **rule, "since": at(1), "due": due, **more})  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------- JSON


def test_city_has_its_times_in_the_zone_asked_for_and_hours_before_arrival() -> None:
    (row,) = as_json(course(told(ZHONG, 2.0)))["cities"]
    assert (row["city"], row["name_zh"], row["name_en"]) == (ZHONG, "中城", "Zhong")
    assert (row["told"], row["arrived"]) == ("2024-05-01T14:00:00+08:00", "2024-05-03T12:00:00+08:00")
    assert (row["told_h_before_arrival"], row["told_by"], row["statement"]) == (46.0, SHANG, ONE)
    assert "gained_h" not in row


def test_city_beside_the_record_shows_what_was_gained() -> None:
    (row,) = as_json(course(told(ZHONG, 2.0)), course(told(ZHONG, 50.26)))["cities"]
    assert (row["recorded_told_h_before_arrival"], row["gained_h"]) == (-2.26, 48.26)
    assert row["recorded_told"] == "2024-05-03T14:15:36+08:00"
    assert row["recorded_told_by"] == SHANG


def test_city_that_nobody_told_has_unknown_hours_and_no_zero() -> None:
    (row,) = as_json(course(told(ZHONG, None)), course(told(ZHONG, 40.0)))["cities"]
    assert (row["told"], row["told_h_before_arrival"], row["gained_h"]) == (None, None, None)
    (other,) = as_json(course(told(ZHONG, 40.0)), course(told(ZHONG, None)))["cities"]
    assert (other["recorded_told_h_before_arrival"], other["gained_h"]) == (None, None)


def test_course_counts_duties_by_how_they_stand_and_shows_accounts_and_flags() -> None:
    judged = tuple(Judged(duty(), state) for state in ("met", "late", "met"))  # type: ignore[arg-type]
    account = Account((ONE,), (OTHER,), "两说", "two accounts")
    found = as_json(replace(course(accounts=(account,)), judged=judged))
    assert found["duties"] == {"met": 2, "late": 1}
    assert found["accounts"] == [
        {"one": [ONE], "other": [OTHER], "about_zh": "两说", "about_en": "two accounts"}
    ]
    assert (found["variant"], found["statements"], found["flags"]) == ("agreed", 0, [])


def test_finding_as_json_has_its_evidence_rule_and_what_was_on_its_way() -> None:
    one = late(
        readings=("sha256:1",),
        also=(("q", "r-9", "Act 9"),),
        accounts=(Said(ONE, at(5.5)),),
        beside=((ZHONG, at(48), 46.004),),
    )
    found = standing_text.finding_json(one, BEIJING)
    assert (found["kind"], found["body"], found["to"], found["due"]) == (
        "late",
        SHANG,
        ZHONG,
        "2024-05-01T14:00:00+08:00",
    )
    assert found["evidence"] == [ONE, "sha256:1"] == found["statements"] + found["readings"]
    assert found["also"] == [{"pack": "q", "rule": "r-9", "cite": "Act 9"}]
    assert found["accounts"] == [{"statement": ONE, "at": "2024-05-01T17:30:00+08:00"}]
    assert found["arrivals_beside"] == [
        {"city": ZHONG, "median": "2024-05-03T12:00:00+08:00", "h_after_due": 46.0}
    ]
    assert (found["lawful_time"], found["confirmed"]) == (True, True)


def test_duty_as_json_says_how_it_stands_and_what_fulfilled_it() -> None:
    rows = standing_text.duties_json(
        [Judged(duty(), "late", Said(ONE, at(5))), Judged(duty(None, since=None), "undetermined")], BEIJING
    )
    assert (rows[0]["state"], rows[0]["done"], rows[0]["done_at"]) == (
        "late",
        ONE,
        "2024-05-01T17:00:00+08:00",
    )
    assert (rows[1]["since"], rows[1]["due"], rows[1]["done"], rows[1]["done_at"]) == (None,) * 4
    assert rows[0]["duty"] == duty().id


# ------------------------------------------------------------------------------------------------- text


def text(one: Course, was: Course | None = None, tongue: Any = "en") -> list[str]:
    return standing_text.replay_text(one, was, BEIJING, REGION, NAMES, tongue).split("\n")


def test_reader_sees_when_each_city_was_told_with_the_zone_and_what_the_record_says() -> None:
    found = text(course(told(ZHONG, 2.0), told(XIA, None)), course(told(ZHONG, 50.0), told(XIA, 1.0)))
    assert found[0] == "When each city was told (times in UTC+08)"
    assert found[1] == (
        f"  Zhong: arrived 05-03 12:00, told 05-01 14:00 (46.0 h before; {SHANG})"
        f"; in the record told 05-03 14:00 (2.0 h after; {SHANG})"
    )
    assert "no word on record; in the record told 05-01 13:00" in found[2]


def test_reader_of_chinese_sees_the_same() -> None:
    found = text(course(told(ZHONG, 2.0), told(XIA, None)), tongue="zh")
    assert found[0] == "各城市何时得知（时间为 UTC+08）"
    assert found[1] == f"  中城: 到达 05-03 12:00, 得知 05-01 14:00 (提前 46.0 小时; {SHANG})"
    assert found[2].endswith("未见通报记录")
    assert found[-1] == "没有违反。"


def test_nothing_breached_is_said() -> None:
    assert text(course())[-2:] == ["0 proposed findings", "Nothing was breached."]


def test_finding_has_its_time_names_rule_and_evidence_in_lines() -> None:
    one = late(
        evidence=(ONE, OTHER),
        readings=("sha256:1234567",),
        beside=((ZHONG, at(48), 46.0), (PANG, at(9), 7.0)),
    )
    assert standing_text.finding_lines(one, BEIJING, NAMES, "en") == [
        "  2024-05-01 14:00  late: Shang owed to Zhong a notice, which came 3.5 h after its time",
        "      cn-2024 r-1: Act 1",
        "      evidence: aaaaaaaaaaaa, bbbbbbbbbbbb, sha256:12345 (2 + 1)",
        f"      on its way then: Zhong 46 h, {PANG} 7 h",
    ]
    found = text(course(findings=(one,)))
    assert found[1] == "1 proposed findings"
    assert found[2].endswith("after its time")


def test_finding_without_a_due_time_stands_at_when_it_was_found_or_says_unknown() -> None:
    false = late(breach="false", due=None)
    assert standing_text.finding_lines(false, BEIJING, NAMES, "en")[0].startswith("  2024-05-01 17:30")
    none = late(breach="absent", due=None, found=None)
    lines = standing_text.finding_lines(none, BEIJING, NAMES, "zh")
    assert lines[0].startswith("  未知")
    assert len(lines) == 3


def test_longer_code_is_named_before_one_that_it_begins_with() -> None:
    names = {"91": Text("短", "short"), SHANG: Text("上城", "Shang")}
    assert "Shang owed" in standing_text.finding_lines(late(), BEIJING, names, "en")[0]


def test_duties_in_lines_name_who_owes_whom_and_how_it_stands() -> None:
    judged = [Judged(duty(), "breached"), Judged(duty(None, to=None, who=PANG), "undetermined")]
    assert standing_text.duties_text(judged, BEIJING, NAMES, "en").split("\n") == [
        "2024-05-01 14:00  [breached] Shang -> Zhong: NoticeSent",
        "      p r: Act 1",
        f"no time  [undetermined] {PANG}: NoticeSent",
        "      p r: Act 1",
    ]
    assert "[逾期未履行] 上城 -> 中城" in standing_text.duties_text(judged, BEIJING, NAMES, "zh")


def test_closing_line_is_of_the_largest_city_of_which_both_are_known() -> None:
    kept = course(told(ZHONG, 2.0), told(XIA, 2.0), told(SHANG, None))
    was = course(told(ZHONG, 40.0), told(XIA, 1.0), told(SHANG, 1.0), findings=(late(), late()))
    (line,) = standing_text.closing(kept, was, REGION)
    assert line.en == (
        "Had all kept the model agreement, Zhong would have been told 46 h before it came; in the "
        "record it was 8 h at the most. By it the record shows 2 findings (riskshed replay)."
    )
    assert "中城将在危害到达前 46 小时得知" in line.zh
    assert standing_text.closing(course(told(ZHONG, None)), course(told(ZHONG, 1.0)), REGION) == ()
