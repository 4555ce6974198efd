"""The incident room: what it shows, what it showed at a time of the past, and each act in it."""

import re
from datetime import timedelta

import officers
import pytest
from officers import BASIN, HARBIN, HOSTILE, INCIDENT, JILIN, filled, press

from riskshed.governance.draft import Draft
from riskshed.statement import time_text
from riskshed.web import incident_lists, incident_room
from riskshed.web.wording import node_clock

ROOM = f"/incidents/{INCIDENT}/"
WORDS = {"zh": "说明", "en": "words"}
SHOWN = "，40 个成员</a>"
"""At the head of the footprint, if it is the real one that is shown."""


@pytest.fixture
def opened(node, clock, footprint):
    """An incident with a real forecast, two days on."""
    officers.opened(node, footprint=False)
    clock.forward(48)
    officers.forecast_of(node, footprint)
    return node


def page(client, url=ROOM, **query):
    return client.get(url, query).content.decode()


# ---------------------------------------------------------------------------------------------- who may


@pytest.mark.parametrize(
    "url", ["/incidents/", ROOM, f"{ROOM}findings/", "/incidents/new/", f"{ROOM}act/level/"]
)
def test_who_is_not_signed_in_is_sent_to_do_that(opened, sign_in, url):
    answer = sign_in("").get(url)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_who_may_do_what(opened, sign_in):
    allowed = {
        "level": {"jilin": 200, "harbin": 200, "auditor": 403},
        "lead": {"basin": 200, "jilin": 403, "harbin": 403},
        "mode": {"harbin": 200, "auditor": 403},
        "escalate": {"harbin": 200, "auditor": 403},
        "take": {"basin": 200, "harbin": 403},
        "return": {"basin": 403, "jilin": 403},
        "close": {"jilin": 200, "basin": 403, "harbin": 403},
        "nothing": {"jilin": 404},
    }
    for act, by_user in allowed.items():
        for user, code in by_user.items():
            assert sign_in(user).get(f"{ROOM}act/{act}/").status_code == code, (act, user)


def test_the_room_offers_each_what_he_may_do(opened, sign_in):
    assert f"{ROOM}act/close/" in page(sign_in("jilin"))
    assert f"{ROOM}act/close/" not in page(sign_in("harbin"))
    assert "/act/" not in page(sign_in("auditor"))


# ------------------------------------------------------------------------------------------------ the list


def test_an_empty_list_says_so(node, sign_in):
    assert "没有立案的事件" in page(sign_in("harbin"), "/incidents/")


def test_the_list_has_each_incident_with_its_phase_and_who_is_in_charge(opened, sign_in):
    shown = page(sign_in("harbin"), "/incidents/")
    for words in ("双苯厂爆炸", ROOM, "警戒", "吉林市"):
        assert words in shown, words


# ------------------------------------------------------------------------------------------------ the room


def test_the_room_shows_the_forecast_as_the_band_that_it_is_with_its_source(opened, sign_in, footprint):
    shown = page(sign_in("harbin"))
    assert "90% 区间" in shown
    assert "80%" not in shown
    assert SHOWN in shown
    assert "哈尔滨市" in shown
    for caveat in footprint.caveats:
        assert caveat.text_zh in shown


def test_what_a_grade_lacks_is_named_in_words(node, sign_in):
    facts = {"hazard_class": "accident", "hazard": "work_accident", "city": JILIN}
    node.desk(JILIN, "duty-03").open_incident(INCIDENT, **officers.plain("IncidentOpened", **facts))
    shown = page(sign_in("jilin"))
    lacks = re.search("缺：[^<]*", shown)
    assert lacks is not None
    assert "死亡人数、" in lacks[0]
    assert not re.search("[a-z]_[a-z]", lacks[0])


def test_a_task_is_named_on_the_duty_board_and_every_rule_there_can_be_read(opened, sign_in):
    client = sign_in("basin")
    client.post(f"{ROOM}act/lead/", filled(client.get(f"{ROOM}act/lead/")))
    board = page(client, all="duties")
    task = next(one for one in opened.standing().tasks.values() if one.due is None)
    assert task.what["zh"] in board
    assert "未定期限" in board
    assert task.task not in board
    links = set(re.findall(r'<td><a class="src" href="(/[^"#]*)', board))
    assert len(links) > 3
    assert [one for one in links if client.get(one).status_code != 200] == []


def test_what_nobody_has_said_is_named(opened, sign_in):
    shown = page(sign_in("harbin"))
    assert "死亡人数" in shown
    assert "尚未确定" in shown
    officers.told(opened)
    assert "是否已获知（无通报记录）" in shown


def test_all_three_situations_are_shown_and_the_present_one_is_marked(opened, sign_in):
    shown = page(sign_in("harbin"))
    assert all(words in shown for words in ("情形一", "情形二", "情形三"))
    assert opened.standing().incidents[INCIDENT].situation in ("1", "2", "3")
    assert shown.count('<li aria-current="true"') == 1


def test_an_incident_without_a_forecast_says_that_arrivals_are_unknown(node, sign_in):
    officers.opened(node, footprint=False)
    assert "尚无预测" in page(sign_in("harbin"))


def test_an_incident_that_is_not_there_is_not_there(node, sign_in):
    assert sign_in("harbin").get("/incidents/nothing/").status_code == 404
    assert sign_in("harbin").get("/incidents/<script>/").status_code == 404


def test_a_drill_has_a_room_of_its_own(node, sign_in):
    officers.opened(node, exercise=True)
    client = sign_in("harbin")
    assert client.get(ROOM).status_code == 404
    officers.enter_exercise(client)
    assert "演习" in page(client)


def test_the_statements_carry_what_a_reader_has_to_know(opened, sign_in, clock):
    desk = opened.desk(HARBIN, "duty-07")
    desk.file_field_report(INCIDENT, what={"zh": "江面有异味"}, seen_at=time_text(clock.at))
    shown = page(sign_in("harbin"))
    assert "江面有异味" in shown
    assert "未经核实" in shown


def test_hostile_names_are_shown_as_names(node, sign_in):
    desk = node.desk(JILIN, "duty-03")
    more = {"name": {"zh": HOSTILE, "en": HOSTILE}, "city": JILIN, "hazard_class": "accident"}
    desk.open_incident("x/y:z", **officers.plain("IncidentOpened", **more))
    for url in (
        "/incidents/",
        "/incidents/x/y:z/",
        "/incidents/x/y:z/findings/",
        "/incidents/x/y:z/act/level/",
    ):
        answer = sign_in("jilin").get(url)
        assert answer.status_code == 200, url
        assert HOSTILE not in answer.content.decode()


def test_an_earlier_forecast_can_be_looked_at(opened, sign_in, clock):
    first = opened.standing().incidents[INCIDENT].footprint
    clock.forward(1)
    officers.foreseen(opened, hours=999)
    client = sign_in("harbin")
    assert f"footprint={first}" in page(client)
    assert SHOWN in page(client, footprint=first)
    assert SHOWN not in page(client)
    assert client.get(ROOM, {"footprint": "0" * 64}).status_code == 200


def test_the_room_leads_to_the_situation_report_and_the_past_does_not(opened, sign_in, clock):
    client = sign_in("harbin")
    assert f'href="{ROOM}report.zh.pdf"' in page(client)
    assert "report.zh.pdf" not in page(client, at=clock.at.isoformat())


# ------------------------------------------------------------------------------------ as it stood then


def warned(node):
    """Harbin warns of this incident, for a day."""
    times = {"onset": time_text(node.now()), "expires": time_text(node.now() + timedelta(days=1))}
    words = {"headline": {"zh": "停水预警", "en": "Water cut"}, "level": "orange", "cities": [HARBIN]}
    body = officers.plain("WarningIssued", hazard_class="accident", **words, **times)
    node.desk(HARBIN, "duty-07").say(Draft("WarningIssued", HARBIN, INCIDENT, None, body))


@pytest.mark.parametrize("part", ["duties", "warnings", "notices"])
def test_a_long_list_stands_whole_behind_its_head(opened, sign_in, clock, monkeypatch, part):
    for _ in range(2):
        clock.forward(0.1)
        warned(opened)
        officers.told(opened)
    monkeypatch.setattr(incident_lists, "SHOWN", dict.fromkeys(incident_lists.SHOWN, 1))
    client = sign_in("harbin")
    room = client.get(ROOM).context
    assert (len(room[part]), f"?all={part}" in page(client)) == (1, True)
    whole = client.get(ROOM, {"all": part}).context
    assert len(whole[part]) == whole["count"] == 1 + room[f"{part}_more"] > 1
    assert f'href="{ROOM}"' in page(client, all=part)


def test_a_warning_that_is_over_does_not_stand_in_the_room(opened, sign_in, clock):
    warned(opened)
    client = sign_in("harbin")
    assert "停水预警" in page(client)
    clock.forward(48)
    room = client.get(ROOM).context
    assert (room["warnings"], room["warnings_more"]) == ([], 1)
    assert "停水预警" in page(client, all="warnings")


def test_a_past_room_shows_nothing_that_came_later(opened, sign_in, clock):
    then = clock.at
    clock.forward(5)
    desk = opened.desk(HARBIN, "duty-07")
    desk.file_field_report(INCIDENT, what={"zh": "后来才看到的"}, seen_at=time_text(clock.at))
    later = f"/log/{opened.index_of(officers.foreseen(opened, hours=999))}/"
    officers.told(opened)
    opened.desk(JILIN, "duty-03").set_level(
        INCIDENT, scale="grade", level="I", lower_bound=True, reason=WORDS, phase="emergency"
    )
    client = sign_in("harbin")
    now, past = page(client), page(client, at=then.isoformat())
    for words in ("后来才看到的", "应急", later):
        assert words in now, words
        assert words not in past, words
    assert "当时所知" in past
    assert "/act/" not in past
    assert SHOWN in past


def test_asking_for_the_past_does_not_change_the_present(opened, sign_in, clock):
    before = opened.standing().to_bytes()
    page(sign_in("harbin"), at=(clock.at - timedelta(hours=20)).isoformat())
    opened._answers.clear()
    assert opened.standing().to_bytes() == before


def test_before_it_was_opened_the_room_says_so(opened, sign_in, clock):
    answer = sign_in("harbin").get(ROOM, {"at": (clock.at - timedelta(days=3)).isoformat()})
    assert answer.status_code == 404
    assert "当时尚未立案" in answer.content.decode()


def test_past_duties_are_judged_as_of_then(opened, clock):
    now = incident_room.now(exercise=False)
    then = incident_room.then(clock.at - timedelta(hours=47), exercise=False)
    assert then.standing.at == clock.at - timedelta(hours=47)
    assert sum(one.state == "breached" for one in then.duties) < sum(
        one.state == "breached" for one in now.duties
    )
    assert all(one.done is None or one.done.at <= then.at for one in then.duties)


def test_before_the_agreement_was_in_force_its_terms_bound_nobody(opened):
    at = opened.standing().agreements[opened.agreement().id].starts
    early = incident_room.then(min(at, node_clock().now) - timedelta(days=1), exercise=False)
    assert early.regime.terms.code == ""
    assert incident_room.now(exercise=False).regime.terms.code == "songhua-model"


@pytest.mark.parametrize(
    "at", ["2099-01-01T00:00:00+08:00", "yesterday", "0001-01-01T00:00:00+14:00", "\x00"]
)
def test_a_time_that_cannot_be_asked_for_is_refused(opened, sign_in, at):
    assert sign_in("harbin").get(ROOM, {"at": at}).status_code in (400, 404)


# ---------------------------------------------------------------------------------------------------- acts


def last(node):
    return node.statements(node.log.size - 1)[0].statement


def test_an_incident_is_opened_under_the_next_code(node, sign_in):
    client = sign_in("jilin")
    form = filled(client.get("/incidents/new/"))
    assert form["code"] == "I-2005-0001"
    form |= {"name_zh": "双苯厂爆炸", "city": JILIN, "what_zh": "有爆炸", "hazard_class": "accident"}
    answer = client.post("/incidents/new/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/incidents/I-2005-0001/")
    said = last(node)
    assert (said.kind, said.by, said.about) == ("IncidentOpened", JILIN, "I-2005-0001")
    assert filled(client.get("/incidents/new/"))["code"] == "I-2005-0002"


@pytest.mark.parametrize(
    "wrong",
    [{"name_zh": ""}, {"city": ""}, {"code": ""}, {"code": "a b"}, {"what_zh": " "}, {"began": "soon"}],
)
def test_an_incident_that_cannot_be_opened_is_not_and_what_was_typed_stays(node, sign_in, wrong):
    client, size = sign_in("jilin"), node.log.size
    good = {"code": "spill", "name_zh": "名", "city": JILIN, "what_zh": "有爆炸", "hazard_class": "accident"}
    answer = press(client, "/incidents/new/", JILIN, **{**good, **wrong})
    assert answer.status_code == 400
    assert b"h-faults" in answer.content
    assert node.log.size == size


def test_a_code_that_is_taken_is_refused(opened, sign_in):
    size = opened.log.size
    good = {"code": INCIDENT, "name_zh": "名", "city": JILIN, "what_zh": "有爆炸", "hazard_class": "accident"}
    assert press(sign_in("jilin"), "/incidents/new/", JILIN, **good).status_code == 400
    assert opened.log.size == size


def test_lead_and_assist_are_prefilled_by_the_rules_and_said_together(node, sign_in):
    officers.opened(node)
    client, size = sign_in("basin"), node.log.size
    form = filled(client.get(f"{ROOM}act/lead/"))
    assert client.post(f"{ROOM}act/lead/", form).status_code == 302
    incident = node.standing().incidents[INCIDENT]
    assert incident.lead
    assert HARBIN in (*incident.lead, *incident.assist)
    said = officers.said(node, size)
    assert {one.kind for one in said} == {"LeadAssigned", "AssistAssigned"}
    assert all(one.by == BASIN and one.string("footprint") == incident.footprint for one in said)
    assert "牵头" in page(client)


def test_what_stands_already_is_not_said_again(opened, sign_in):
    client = sign_in("basin")
    form = filled(client.get(f"{ROOM}act/lead/"))
    client.post(f"{ROOM}act/lead/", form)
    size = opened.log.size
    assert client.post(f"{ROOM}act/lead/", form).status_code in (302, 400, 403)
    assert opened.log.size == size


def test_a_level_cites_the_rule_only_where_it_is_what_the_rule_says(node, sign_in):
    desk = node.desk(JILIN, "duty-03")
    facts = {"hazard_class": "accident", "hazard": "work_accident", "city": JILIN}
    desk.open_incident(INCIDENT, **officers.plain("IncidentOpened", **facts))
    told = officers.plain("RiskReported", to=[BASIN], hazard_class="accident", dead_people=5, report="first")
    desk.report_risk(INCIDENT, **told)
    client = sign_in("jilin")
    form = {**filled(client.get(f"{ROOM}act/level/")), "lower_bound": "on"}
    assert (form["scale"], form["level"]) == ("grade", "III")
    assert client.post(f"{ROOM}act/level/", form).status_code == 302
    said = last(node)
    assert said.kind == "LevelSet"
    assert said.has("rule")
    assert said.yes_no("lower_bound")
    assert "下限" in page(client)


def test_a_level_that_the_rule_does_not_give_does_not_cite_it(node, sign_in):
    desk = node.desk(JILIN, "duty-03")
    facts = {"hazard_class": "accident", "hazard": "work_accident", "city": JILIN}
    desk.open_incident(INCIDENT, **officers.plain("IncidentOpened", **facts))
    told = officers.plain("RiskReported", to=[BASIN], hazard_class="accident", dead_people=5, report="first")
    desk.report_risk(INCIDENT, **told)
    client = sign_in("jilin")
    other = {**filled(client.get(f"{ROOM}act/level/")), "level": "I", "reason_zh": "另有考虑"}
    assert client.post(f"{ROOM}act/level/", other).status_code == 302
    assert last(node).string("level") == "I"
    assert not last(node).has("rule")


def test_a_mode_is_switched_for_this_incident_alone(opened, sign_in):
    form = {"mode": "emergency", "reason_zh": "事态扩大"}
    assert press(sign_in("harbin"), f"{ROOM}act/mode/", **form).status_code == 302
    assert opened.standing().incidents[INCIDENT].modes == {HARBIN: "emergency"}
    assert opened.standing().bodies[HARBIN].mode is None


def test_command_is_handed_up_taken_and_given_back(opened, sign_in):
    jilin, basin = sign_in("jilin"), sign_in("basin")
    asked = {"to": [BASIN], "cause": "capacity", "reason_zh": "力量不足"}
    assert press(jilin, f"{ROOM}act/escalate/", JILIN, **asked).status_code == 302
    escalated = last(opened)
    form = filled(basin.get(f"{ROOM}act/take/"))
    assert form["asked"] == escalated.id
    assert form["of"] == JILIN
    assert basin.post(f"{ROOM}act/take/", {**form, "scope_zh": "全部"}).status_code == 302
    assert opened.standing().incidents[INCIDENT].command == (BASIN,)
    assert "已接管指挥" in page(jilin)
    form = filled(basin.get(f"{ROOM}act/return/"))
    assert basin.post(f"{ROOM}act/return/", {**form, "remains_zh": "无"}).status_code == 302
    assert opened.standing().incidents[INCIDENT].command == ()
    assert basin.get(f"{ROOM}act/return/").status_code == 403


def test_an_incident_is_closed_by_who_is_in_charge(opened, sign_in):
    client = sign_in("jilin")
    form = filled(client.get(f"{ROOM}act/close/"))
    assert client.post(f"{ROOM}act/close/", {**form, "reason_zh": "水质已恢复"}).status_code == 302
    assert opened.standing().incidents[INCIDENT].phase == "closed"
    assert client.get(f"{ROOM}act/close/").status_code == 403
    assert "已结束" in page(client)


def test_a_form_that_was_opened_at_another_desk_says_nothing(opened, sign_in):
    size = opened.log.size
    answer = press(sign_in("harbin"), f"{ROOM}act/mode/", JILIN, mode="emergency", reason_zh="x")
    assert answer.status_code == 409
    assert opened.log.size == size


@pytest.mark.parametrize("act", ["level", "mode", "escalate"])
def test_an_empty_form_says_nothing_and_tells_what_is_wanted(opened, sign_in, act):
    size = opened.log.size
    answer = press(sign_in("harbin"), f"{ROOM}act/{act}/")
    assert answer.status_code == 400
    assert b"h-faults" in answer.content
    assert opened.log.size == size


def test_the_same_press_twice_is_one(opened, sign_in):
    client = sign_in("harbin")
    form = {"mode": "emergency", "reason_zh": "事态扩大"}
    press(client, f"{ROOM}act/mode/", **form)
    size = opened.log.size
    assert press(client, f"{ROOM}act/mode/", **form).status_code == 302
    assert opened.log.size == size
