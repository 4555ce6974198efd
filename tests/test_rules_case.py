"""Two made-up cases for the rules: a plume over a border (situation 3) and an outbreak (situation 2)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from riskshed import reenactment, rules_case
from riskshed.agreed_terms import ModelAgreement
from riskshed.errors import InputFaults
from riskshed.governance import lead
from riskshed.governance.proposed import Proposed
from riskshed.reenactment import Course
from riskshed.scene import Scene

CASES = Path(__file__).parents[1] / "cases"
SHANG, ZHONG, XIA, PANG = "910100", "920200", "920300", "910400"
Play = tuple[Scene, ModelAgreement, Course]


def play(name: str) -> Play:
    folder = CASES / name
    scene = rules_case.read(folder)
    model = ModelAgreement.read(folder, scene.region)
    return scene, model, reenactment.recorded(scene, model)


@pytest.fixture(scope="module")
def plume() -> Play:
    return play("border-plume")


@pytest.fixture(scope="module")
def outbreak() -> Play:
    return play("outbreak")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+08:00")


def breaches(course: Course, of: str, owed: str) -> list[Proposed]:
    return [one for one in course.findings if one.of == of and one.owed == owed]


# --------------------------------------------------------------------------------- lead and assist


def test_plume_from_empty_land_is_situation_three_and_all_lead_their_own_part(plume: Play) -> None:
    _, model, course = plume
    found = lead.lead_and_assist(course.standing, "border-plume", model.regime)
    assert found.spread == "3" == course.standing.incidents["border-plume"].situation
    assert (found.lead, found.assist) == ((SHANG, ZHONG, XIA), ())
    does = {(part.body, part.does) for part in found.parts}
    assert does == {(SHANG, "source"), (ZHONG, "protect"), (XIA, "protect")}


def test_outbreak_is_situation_two_where_the_origin_leads_and_those_reached_assist(outbreak: Play) -> None:
    _, model, course = outbreak
    found = lead.lead_and_assist(course.standing, "outbreak", model.regime)
    assert found.spread == "2" == course.standing.incidents["outbreak"].situation
    assert (found.lead, found.assist) == ((ZHONG,), (XIA, PANG))


def test_what_the_superior_assigned_is_what_the_rules_want_so_nothing_is_left_to_say(
    plume: Play, outbreak: Play
) -> None:
    for name, (_, model, course) in (("border-plume", plume), ("outbreak", outbreak)):
        assert lead.lead_and_assist(course.standing, name, model.regime).drafts == ()


# --------------------------------------------------------------------------------- who is told by when


def test_shang_owes_both_cities_over_the_border_a_notice_an_hour_after_the_forecast(plume: Play) -> None:
    owed = [one for one in plume[2].judged if one.duty.who == SHANG and one.duty.owes == "NoticeSent"]
    assert {(one.duty.to, one.duty.due, one.state) for one in owed} >= {
        (ZHONG, at("05-12T07:40"), "late"),
        (XIA, at("05-12T07:40"), "late"),
    }


def test_field_report_reaches_the_second_city_before_the_city_of_the_plant_says_a_word(plume: Play) -> None:
    scene, _, course = plume
    told = course.told[XIA]
    assert (told.by, told.at, told.statement) == (ZHONG, at("05-12T06:20"), scene.rows["P03"])
    notice = course.standing.notices[scene.rows["P03"]]
    assert not notice.confirmed
    assert course.standing.statements[notice.id].statement.strings("evidence") == (scene.rows["P02"],)


def test_zhong_tells_of_its_outbreak_two_days_after_it_was_due(outbreak: Play) -> None:
    late = [one for one in outbreak[2].findings if one.of == ZHONG and one.owed == "NoticeSent"]
    assert {(one.to, one.due, one.found) for one in late} == {
        (XIA, at("03-03T21:00"), at("03-06T16:00")),
        (PANG, at("03-03T21:00"), at("03-06T16:00")),
    }


@pytest.mark.parametrize(
    ("name", "city", "hours"),
    [
        ("border-plume", ZHONG, -2 / 3),
        ("border-plume", XIA, 1.0),
        ("outbreak", XIA, 37),
        ("outbreak", PANG, 95),
    ],
)
def test_when_everybody_keeps_the_agreement_each_city_is_told_at_its_last_moment(
    name: str, city: str, hours: float
) -> None:
    scene, model, _ = play(name)
    course = reenactment.agreed(scene, model)
    assert course.told[city].before_arrival_h == pytest.approx(hours)
    assert course.findings == ()


# --------------------------------------------------------------------------------- answers and findings


@pytest.mark.parametrize(
    ("name", "declines", "adopts"), [("border-plume", "P04", "P11"), ("outbreak", "B05", "B10")]
)
def test_one_notice_is_declined_with_a_reason_and_one_adopted_with_a_warning(
    name: str, declines: str, adopts: str
) -> None:
    scene, _, course = play(name)
    said = {row: course.standing.statements[scene.rows[row]].statement for row in (declines, adopts)}
    assert said[declines].kind == "NoticeDeclined"
    assert "unconfirmed" in str(said[declines].body)
    warning = course.standing.statements[said[adopts].string("warning")].statement
    assert (said[adopts].kind, warning.kind) == ("NoticeAdopted", "WarningIssued")
    assert warning.by == said[adopts].by


def test_denial_is_false_by_a_reading_over_the_border_carried_back_to_the_plant(plume: Play) -> None:
    scene, _, course = plume
    (one,) = [one for one in course.findings if one.breach == "false"]
    assert (one.of, one.found, len(one.readings)) == (SHANG, at("05-12T07:20"), 2)
    assert one.evidence[0] == scene.rows["P06"]
    readings = [course.standing.statements[name].statement for name in one.evidence[-2:]]
    assert [(said.kind, said.by) for said in readings] == [("ReadingsTaken", ZHONG), ("ReadingsTaken", XIA)]


def test_denial_of_the_outbreak_is_false_by_the_cases_that_travelled_from_it(outbreak: Play) -> None:
    (one,) = [one for one in outbreak[2].findings if one.breach == "false"]
    assert (one.of, one.rule) == (ZHONG, "idl-50")


def test_unit_that_reports_late_and_a_city_that_denied_meanwhile_are_told_apart(plume: Play) -> None:
    (unit,) = breaches(plume[2], "shang-chlor", "RiskReported")
    (city,) = breaches(plume[2], SHANG, "RiskReported")
    assert (unit.breach, unit.due, unit.found) == ("late", at("05-12T06:40"), at("05-12T07:10"))
    assert (city.breach, city.to) == ("concealed", "910000")


@pytest.mark.parametrize(
    ("name", "row", "bodies"), [("border-plume", "P14", ["120"]), ("outbreak", "B15", ["300"])]
)
def test_need_beyond_capacity_is_on_record_as_handed_up(name: str, row: str, bodies: list[str]) -> None:
    scene, _, course = play(name)
    incident = course.standing.incidents[name]
    assert incident.escalated == (scene.rows[row],)
    said = course.standing.statements[scene.rows[row]].statement
    assert said.string("cause") == "capacity"
    assert [need["amount"]["value"] for need in said.records("needs")] == bodies


# --------------------------------------------------------------------------------- reading


def changed(tmp_path: Path, file: str, change: Callable[[str], str]) -> Path:
    folder = tmp_path / "case"
    shutil.copytree(CASES / "border-plume", folder)
    path = folder / file
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    return folder


def test_statements_are_in_the_order_of_time_and_every_row_is_one(plume: Play) -> None:
    scene = plume[0]
    times = [one.issued for one in scene.statements]
    assert times == sorted(times)
    assert set(scene.rows.values()) <= {one.id for one in scene.statements}
    assert len(scene.rows) == 16


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        ("said.csv", "P04,2026-05-12T06:50+08:00,920300", "P04,2026-05-12T06:50+08:00,920999", "body"),
        ("said.csv", "NoticeDeclined,,P03", "NoticeDeclined,,P11", "answers"),
        ("said.csv", "NoticeDeclined,,P03", "NoticeDeclined,,", "answers"),
        ("said.csv", "2026-05-12T06:00+08:00", "2026-05-12T06:06+08:00", "moment"),
        ("said.csv", "bed,120,bed", "bed,120,", "unit"),
        ("said.csv", "P02,", "P01,", "id"),
        ("footprint.csv", "plume,910100,920300", "plume,920300,920300", "hazard_cities"),
        ("footprint.csv", "920300,0.6", "920200,0.6", "city"),
        ("footprint.csv", "2026-05-12T09:40+08:00", "", "earliest"),
        ("footprint.csv", "920300,0.6", "920999,0.6", "city"),
        ("readings.csv", "2026-05-12T07:15+08:00", "2026-05-12T07:00+08:00", "known_at"),
        ("arrived.csv", "920300", "920200", "city"),
        ("case.toml", 'city = "910100"', 'city = "999999"', "city"),
        ("case.toml", 'zone = "+08:00"', 'zone = "Beijing"', "zone"),
        ("case.toml", "threshold = 1.45", "threshold = true", "threshold"),
        ("case.toml", "expires = 2026-05-12T20", "expires = 2026-05-12T01", "expires"),
        ("case.toml", "start =", "begin =", "begin"),
    ],
)
def test_each_fault_is_told_by_its_file_and_place(
    tmp_path: Path, file: str, old: str, new: str, column: str
) -> None:
    folder = changed(tmp_path, file, lambda text: text.replace(old, new, 1))
    with pytest.raises(InputFaults) as told:
        rules_case.read(folder)
    assert (file, column) in {(Path(one.where).name, one.column) for one in told.value.faults}


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = changed(tmp_path, "said.csv", lambda text: text.replace("06:50+08:00", "06:50", 1))
    (folder / "case.toml").write_text("about = 3\n", "utf-8")
    with pytest.raises(InputFaults) as told:
        rules_case.read(folder)
    assert {Path(one.where).name for one in told.value.faults} == {"said.csv", "case.toml"}


def test_case_with_a_river_is_none_for_the_rules_alone() -> None:
    assert rules_case.is_one(CASES / "outbreak")
    assert not rules_case.is_one(CASES / "songhua-2005")
