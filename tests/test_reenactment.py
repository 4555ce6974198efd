"""The case of 2005 enacted again: as it was, judged; and as it would have gone under the model agreement."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from songhua import FOLDER

from riskshed import reenactment, replay, standing_text
from riskshed.agreed_terms import ModelAgreement
from riskshed.case import Case
from riskshed.reenactment import Course
from riskshed.said import Said
from riskshed.scene import Scene

Play = tuple[Scene, ModelAgreement, Course, Course]
TOLD = datetime.fromisoformat("2005-11-13T15:45+08:00")


@pytest.fixture(scope="module")
def play() -> Play:
    """The scene with small ensembles, its model, and both of its courses."""
    case, said = Case.read(FOLDER), Said.read(FOLDER)
    assert said is not None
    scene = reenactment.of_case(case, said, replay.replay(case, members=20, seed=1))
    model = ModelAgreement.read(FOLDER, scene.region)
    return scene, model, reenactment.recorded(scene, model), reenactment.agreed(scene, model)


def as_json(scene: Scene, course: Course) -> dict[str, Any]:
    return standing_text.replay_json(course, None, "recorded", scene.zone, scene.region)


def test_record_shows_the_notice_to_harbin_five_days_late_and_a_denial_meanwhile(play: Play) -> None:
    found = as_json(play[0], play[2])["findings"]
    (one,) = [
        row for row in found if (row["body"], row["to"], row["owed"]) == ("220200", "230100", "NoticeSent")
    ]
    assert one["kind"] == "concealed"
    assert one["found"].startswith("2005-11-18")
    assert one["evidence"]


def test_record_shows_the_denial_of_the_plant_contradicted_by_readings(play: Play) -> None:
    false = [one for one in play[2].findings if (one.breach, one.of) == ("false", "jilin-petrochemical")]
    assert false
    assert all(one.readings and len(one.evidence) > 1 for one in false)


def test_record_shows_silence_with_the_arrivals_beside_it(play: Play) -> None:
    silent = [one for one in play[2].findings if (one.owed, one.breach) == ("SignOfLife", "absent")]
    assert silent
    assert all(one.beside for one in silent)


def test_agreed_course_breaches_nothing_and_tells_every_city_at_once(play: Play) -> None:
    course = play[3]
    assert course.findings == ()
    assert {one.state for one in course.judged} <= {"met", "open"}
    with_body = {city: one for city, one in course.told.items() if one.at is not None}
    assert {one.at for one in with_body.values()} == {TOLD}
    assert len(course.told.keys() - with_body.keys()) == 1  # Khabarovsk has no body on the record
    for one in with_body.values():
        assert one.arrival is not None
        assert one.before_arrival_h == (one.arrival - TOLD).total_seconds() / 3600 > 0


def test_agreed_course_has_no_forecast_before_the_first_report(play: Play) -> None:
    seen = play[3].seen
    first = min(one.seen_at for one in seen if one.statement.kind == "RiskReported")
    forecasts = [one.seen_at for one in seen if one.statement.kind == "FootprintIssued"]
    assert forecasts
    assert min(forecasts) >= first


def test_judging_at_a_time_sees_nothing_that_was_said_later(play: Play) -> None:
    scene, model = play[:2]
    until = datetime.fromisoformat("2005-11-18T12:00+08:00")
    early = replace(scene, statements=tuple(one for one in scene.statements if one.issued <= until))
    assert len(early.statements) < len(scene.statements)
    whole, part = (reenactment.recorded(one, model, until=until) for one in (scene, early))
    assert json.dumps(as_json(scene, whole)) == json.dumps(as_json(scene, part))


def test_notices_and_alarms_of_the_agreed_course_cite_the_rule_by_which_they_are_given(play: Play) -> None:
    told = [one.statement for one in play[3].seen]
    given = [one for one in told if one.kind in ("NoticeSent", "ModeSwitched")]
    owed = {(one.duty.pack, one.duty.rule) for one in play[3].judged}
    assert {one.kind for one in given} == {"NoticeSent", "ModeSwitched"}
    assert {(one.record("rule")["pack"], one.record("rule")["rule"]) for one in given} <= owed
