"""Notices: seen by those who are told, answered in two or three presses, and never said twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from officers import (
    BASIN,
    HARBIN,
    HOSTILE,
    INCIDENT,
    JIAMUSI,
    JILIN,
    WORDS,
    enter_exercise,
    filled,
    foreseen,
    opened,
    plain,
    press,
    said,
    told,
    warned,
)

from riskshed.errors import RiskshedError
from riskshed.governance.draft import Draft
from riskshed.ledger.log import Log
from riskshed.web import models


@pytest.fixture
def notice(node):
    """The notice of Jilin to Harbin."""
    opened(node)
    return told(node)[HARBIN]


def url(notice):
    return f"/notices/{notice}/"


# ---------------------------------------------------------------------------------------------- seeing


def test_who_is_told_sees_it_first_with_its_clock(node, sign_in, notice):
    page = sign_in("harbin").get("/notices/").content.decode()
    assert "有 1 份通报等待本机构答复" in page
    assert "签收通报" in page
    assert f'href="{url(notice)}?answer=acknowledge#answer"' in page


def test_a_notice_to_others_stands_under_all_and_not_under_mine(node, sign_in, notice):
    client = sign_in("jiamusi")
    assert url(notice) not in client.get("/notices/").content.decode()
    assert url(notice) in client.get("/notices/?view=all").content.decode()


def test_who_sent_it_sees_how_it_stands_with_each(node, sign_in, notice):
    node.desk(HARBIN, "duty-07").acknowledge(notice)
    page = sign_in("jilin").get("/notices/?view=by").content.decode()
    assert "已签收，待答复" in page
    assert "待签收" in page


def test_notices_are_chosen_by_incident(node, sign_in, notice):
    client = sign_in("harbin")
    assert url(notice) in client.get(f"/notices/?incident={INCIDENT}").content.decode()
    assert url(notice) not in client.get("/notices/?incident=other").content.decode()


def test_one_notice_says_all_that_it_says(node, sign_in, notice):
    page = sign_in("harbin").get(url(notice)).content.decode()
    for words in ("哈尔滨市：水污染", "90% 区间", "0.98", "备用水源", "日志 #", "所据预测", "签收通报"):
        assert words in page, words


def test_an_unconfirmed_one_says_so(node, sign_in):
    report = node.desk(JILIN, "duty-03").file_field_report(**plain("FieldReportFiled", place="plant"))
    body = plain("NoticeSent", to=[HARBIN], cities=[HARBIN], confirmed=False, evidence=[report])
    body |= {"expires": (node.now() + timedelta(hours=9)).isoformat()}
    sent = node.desk(JILIN, "duty-03").say(Draft("NoticeSent", JILIN, None, None, body))
    page = sign_in("harbin").get(url(sent)).content.decode()
    assert "未核实" in page
    assert "不要等待核实后再准备" in page


def test_what_was_to_be_passed_on_and_was_not_is_shown(node, sign_in, clock):
    opened(node, footprint=False)
    body = plain("NoticeSent", to=[HARBIN], cities=[HARBIN, JIAMUSI], audience="faces")
    body |= {"expires": (node.now() + timedelta(hours=99)).isoformat()}
    node.desk(JILIN, "duty-03").say(Draft("NoticeSent", JILIN, INCIDENT, None, body))
    clock.forward(1.0)
    assert "应转告而未转告" not in sign_in("basin").get("/notices/?view=all").content.decode()
    clock.forward(0.1)
    assert "应转告而未转告" in sign_in("basin").get("/notices/?view=all").content.decode()


def test_hostile_words_of_a_neighbour_are_shown_and_not_obeyed(node, sign_in):
    hostile = {"zh": HOSTILE, "en": HOSTILE}
    body = plain("NoticeSent", to=[HARBIN], cities=[HARBIN], headline=hostile, description=hostile)
    body |= {"instruction": hostile, "expires": (node.now() + timedelta(hours=9)).isoformat()}
    sent = node.desk(JILIN, "duty-03").say(Draft("NoticeSent", JILIN, None, None, body))
    client = sign_in("harbin")
    for page in (client.get("/notices/"), client.get(url(sent))):
        assert HOSTILE not in page.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.content.decode()


def test_what_nobody_said_is_not_found(sign_in, notice):
    assert sign_in("harbin").get(url("0" * 64)).status_code == 404
    assert sign_in("harbin").get(url("../log.key")).status_code == 404


# ------------------------------------------------------------------------------------------- answering


def test_acknowledging_is_two_presses_from_the_list(node, sign_in, notice):
    client, before = sign_in("harbin"), node.log.size
    page = client.get(f"{url(notice)}?answer=acknowledge")
    assert press(client, url(notice), **filled(page) | {"seat": f"{HARBIN} actual"}).status_code == 302
    (one,) = said(node, before)
    assert (one.kind, one.by, one.officer, one.replies_to) == (
        "NoticeAcknowledged",
        HARBIN,
        "duty-07",
        notice,
    )
    assert (one.about, one.exercise) == (INCIDENT, False)


def test_a_notice_that_was_opened_from_the_list_is_acknowledged_by_one_press_more(sign_in, notice):
    assert filled(sign_in("harbin").get(url(notice)))["answer"] == "acknowledge"


def test_adopting_is_two_presses_and_warns_and_answers_together(node, sign_in, notice):
    client, before = sign_in("harbin"), node.log.size
    page = client.get(f"{url(notice)}?answer=adopt")
    answer = client.post(url(notice), filled(page))
    warning, answered = said(node, before)
    assert answer.headers["Location"] == f"/warnings/{warning.id}/"
    assert (warning.kind, warning.by, warning.officer) == ("WarningIssued", HARBIN, "duty-07")
    assert (warning.replies_to, warning.string("notice"), warning.about) == (notice, notice, INCIDENT)
    assert (answered.kind, answered.by, answered.replies_to) == ("NoticeAdopted", HARBIN, notice)
    assert answered.string("warning") == warning.id
    assert warning.strings("cities") == (HARBIN,)
    assert node.standing().notices[notice].answers[HARBIN].adopted.id == answered.id


def test_the_texts_of_the_warning_may_be_changed_before_it_is_signed(node, sign_in, notice):
    client, before = sign_in("harbin"), node.log.size
    typed = filled(client.get(f"{url(notice)}?answer=adopt"))
    typed |= {"headline_zh": "储水四日", "headline_en": "", "level": "blue", "instruction_en": "Store water."}
    client.post(url(notice), typed)
    warning, _ = said(node, before)
    assert dict(warning.words("headline")) == {"zh": "储水四日"}
    assert warning.words("instruction")["en"] == "Store water."
    assert warning.string("level") == "blue"


def test_adopting_without_a_warning_only_answers(node, sign_in, notice):
    client, before = sign_in("harbin"), node.log.size
    press(client, url(notice), answer="adopt", warned="none")
    (one,) = said(node, before)
    assert (one.kind, one.has("warning")) == ("NoticeAdopted", False)


def test_adopting_by_a_warning_that_holds_names_it(node, sign_in, notice):
    body = plain("WarningIssued", level="yellow", cities=[HARBIN])
    body |= {"expires": (node.now() + timedelta(hours=9)).isoformat()}
    held = node.desk(HARBIN, "duty-07").say(Draft("WarningIssued", HARBIN, INCIDENT, None, body))
    press(sign_in("harbin"), url(notice), answer="adopt", warned=held)
    answered = node.standing().notices[notice].answers[HARBIN].adopted
    assert node.seen(answered.id).statement.string("warning") == held


def test_a_warning_of_others_cannot_be_named_when_adopting(node, sign_in, notice):
    before = node.log.size
    assert press(sign_in("harbin"), url(notice), answer="adopt", warned="ab" * 32).status_code == 400
    assert node.log.size == before


def test_the_one_who_causes_it_adopts_and_has_nobody_to_warn(node, sign_in, notice):
    causes = told_to(node, "jilin-petrochemical")
    page = sign_in("jilin").get(url(causes)).content.decode()
    assert "本机构的答复" not in page


def told_to(node, body):
    return next(one.id for one in node.standing().notices.values() if body in one.to)


def test_declining_needs_a_reason(node, sign_in, notice):
    client, before = sign_in("harbin"), node.log.size
    refused = press(client, url(notice), answer="decline")
    assert refused.status_code == 400
    assert "必须说明理由" in refused.content.decode()
    assert node.log.size == before
    assert press(client, url(notice), answer="decline", reason="other", detail="  ").status_code == 400
    press(client, url(notice), answer="decline", reason="evidence", detail="四方台未检出")
    (one,) = said(node, before)
    assert (one.kind, one.replies_to) == ("NoticeDeclined", notice)
    assert dict(one.words("reason")) == {
        "zh": "与本市监测不符。四方台未检出",
        "en": "Our readings say otherwise",
    }


@pytest.mark.parametrize(
    "typed",
    [
        {"answer": "acknowledge"},
        {"answer": "decline", "reason": "area"},
        {"answer": "adopt", "warned": "none"},
    ],
    ids=lambda one: one["answer"],
)
def test_the_same_answer_twice_is_said_once_and_told_so(node, sign_in, notice, typed, clock):
    client = sign_in("harbin")
    press(client, url(notice), **typed)
    before = node.log.size
    clock.forward(0.5)
    again = client.post(url(notice), {"seat": f"{HARBIN} actual", **typed}, follow=True)
    assert again.status_code == 200
    assert "没有重复记录" in again.content.decode()
    assert node.log.size == before


def test_adopting_twice_warns_once(node, sign_in, notice, clock):
    client = sign_in("harbin")
    typed = filled(client.get(f"{url(notice)}?answer=adopt"))
    client.post(url(notice), typed)
    before = node.log.size
    clock.forward(1)
    assert client.post(url(notice), typed).status_code == 302
    assert node.log.size == before


def test_no_answer_at_all_is_asked_for_again(node, sign_in, notice):
    before = node.log.size
    assert press(sign_in("harbin"), url(notice), answer="").status_code == 400
    assert press(sign_in("harbin"), url(notice), answer="rubbish").status_code == 400
    assert node.log.size == before


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("instruction_zh", "", "没有写明应当采取的措施"),
        ("headline_zh", "长" * 20_001, "过长"),
        ("expires", "2005-11-13T13:00", "失效时间已经过去"),
        ("expires", "never", "不是时间"),
        ("expires", "", "必填"),
        ("cities", [], "没有写明城市"),
        ("cities", "220700", "不全在本机构辖区内"),
        ("level", "purple", "purple"),
    ],
)
def test_a_bad_warning_is_refused_at_its_field_and_what_was_typed_stays(
    node, sign_in, notice, field, value, words
):
    client, before = sign_in("harbin"), node.log.size
    typed = filled(client.get(f"{url(notice)}?answer=adopt")) | {"description_zh": "写了很久的说明"}
    if field == "instruction_zh":
        typed["instruction_en"] = ""
    page = client.post(url(notice), typed | {field: value})
    assert page.status_code == 400
    assert words in page.content.decode()
    assert "写了很久的说明" in page.content.decode()
    assert node.log.size == before


def test_a_red_warning_in_adoption_waits_for_a_second_officer(node, sign_in, notice):
    client, before = sign_in("harbin"), node.log.size
    typed = filled(client.get(f"{url(notice)}?answer=adopt")) | {"level": "red"}
    answer = client.post(url(notice), typed)
    kept = models.Draft.objects.get()
    assert answer.headers["Location"] == f"/warnings/drafts/{kept.pk}/"
    assert node.log.size == before
    press(client, answer.headers["Location"], act="override", reason_zh="水头已到")
    warning, answered = said(node, before)
    assert (warning.string("level"), warning.words("override")["zh"]) == ("red", "水头已到")
    assert (answered.kind, answered.replies_to) == ("NoticeAdopted", notice)
    assert answered.string("warning") == warning.id


def test_a_notice_to_others_cannot_be_answered(node, sign_in, notice):
    before = node.log.size
    assert press(sign_in("jiamusi"), url(notice), JIAMUSI, answer="acknowledge").status_code == 403
    assert node.log.size == before


@pytest.mark.parametrize("user", ["auditor", "admin"])
def test_who_is_no_officer_cannot_answer(node, sign_in, notice, user):
    before = node.log.size
    assert press(sign_in(user), url(notice), BASIN, answer="acknowledge").status_code == 403
    assert node.log.size == before


def test_who_is_not_signed_in_is_sent_to_do_that(node, sign_in, notice):
    before = node.log.size
    answer = sign_in("").post(url(notice), {"seat": "230100 actual", "answer": "acknowledge"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert node.log.size == before


def test_a_log_that_fails_leaves_nothing_half_said_and_nobody_is_told_a_lie(
    node, sign_in, notice, monkeypatch
):
    def fail(*_):
        raise RiskshedError("store.full", "the disk is full", todo="Free some space.")

    client = sign_in("harbin")
    typed = filled(client.get(f"{url(notice)}?answer=adopt"))
    monkeypatch.setattr(Log, "append_many", fail)
    page = client.post(url(notice), typed).content.decode()
    assert "the disk is full" in page
    assert "未发出" in page
    assert node.standing().notices[notice].answers == {}


# -------------------------------------------------------------------------------------------- sending


def test_what_is_due_is_shown_and_sent_together(node, sign_in):
    opened(node)
    client, before = sign_in("jilin"), node.log.size
    page = client.get(f"/notices/due/?incident={INCIDENT}")
    shown = page.content.decode()
    assert "哈尔滨市：水污染" in shown
    assert node.log.size == before
    client.post("/notices/due/", filled(page))
    sent = said(node, before)
    assert {one.kind for one in sent} == {"NoticeSent"}
    assert {(one.by, one.officer, one.about) for one in sent} == {(JILIN, "duty-03", INCIDENT)}
    assert {HARBIN, "220700", JIAMUSI} <= {to for one in sent for to in one.strings("to")}
    assert "没有应发的通报" in client.get(f"/notices/due/?incident={INCIDENT}").content.decode()


def test_sending_twice_sends_once(node, sign_in):
    opened(node)
    client = sign_in("jilin")
    typed = filled(client.get(f"/notices/due/?incident={INCIDENT}"))
    client.post("/notices/due/", typed)
    before = node.log.size
    assert client.post("/notices/due/", typed).status_code == 302
    assert node.log.size == before


def test_what_has_changed_since_it_was_shown_is_not_sent(node, sign_in, clock):
    opened(node)
    client = sign_in("jilin")
    typed = filled(client.get(f"/notices/due/?incident={INCIDENT}"))
    clock.forward(1)
    foreseen(node, hours=20)
    before = node.log.size
    page = client.post("/notices/due/", typed)
    assert page.status_code == 409
    assert "应发内容已有变化" in page.content.decode()
    assert node.log.size == before


def test_the_clock_alone_does_not_change_what_is_due(node, sign_in, clock):
    opened(node)
    client = sign_in("jilin")
    typed = filled(client.get(f"/notices/due/?incident={INCIDENT}"))
    clock.forward(0.2)
    before = node.log.size
    assert client.post("/notices/due/", typed).status_code == 302
    assert node.log.size > before


def test_notices_may_be_marked_as_not_confirmed(node, sign_in):
    opened(node)
    client, before = sign_in("jilin"), node.log.size
    client.post("/notices/due/", filled(client.get(f"/notices/due/?incident={INCIDENT}&unconfirmed=1")))
    assert {one.yes_no("confirmed") for one in said(node, before)} == {False}


def test_an_incident_that_nobody_opened_has_no_notices(sign_in):
    assert sign_in("jilin").get("/notices/due/?incident=nothing").status_code == 404


OWN = {
    "to": [JIAMUSI],
    "cities": [JIAMUSI],
    "audience": "faces",
    "headline_zh": "请留意水质",
    "instruction_zh": "加密监测",
    "description_zh": "上游来水异常",
    "urgency": "Unknown",
    "severity": "Unknown",
    "certainty": "Unknown",
    "hazard_class": "accident",
    "expires": "2005-11-15T13:40",
    "answer_by": "2005-11-13T16:00",
}


def test_a_notice_in_own_words_is_sent_once(node, sign_in):
    client, before = sign_in("harbin"), node.log.size
    answer = press(client, "/notices/new/", **OWN)
    press(client, "/notices/new/", **OWN)
    (one,) = said(node, before)
    assert answer.headers["Location"] == url(one.id)
    assert (one.kind, one.by, one.strings("to"), one.about) == ("NoticeSent", HARBIN, (JIAMUSI,), None)
    assert one.time("answer_by").isoformat() == "2005-11-13T16:00:00+08:00"
    assert one.yes_no("confirmed") is True


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"to": []}, "必填"),
        ({"headline_zh": " "}, "必填"),
        ({"headline_zh": "a\x07b"}, "控制字符"),
        ({"description_zh": "长" * 20_001}, "过长"),
        ({"severity": "Terrible"}, "Terrible"),
        ({"answer_by": "tomorrow"}, "不是时间"),
        ({"about": "no such code !"}, "代码不符合要求"),
    ],
)
def test_a_bad_notice_in_own_words_is_refused(node, sign_in, changed, words):
    client, before = sign_in("harbin"), node.log.size
    page = press(client, "/notices/new/", **OWN | changed)
    assert page.status_code == 400
    assert words in page.content.decode()
    assert node.log.size == before


def test_hostile_words_that_were_typed_come_back_escaped(sign_in):
    page = press(sign_in("harbin"), "/notices/new/", **OWN | {"to": [], "description_zh": HOSTILE})
    assert HOSTILE not in page.content.decode()
    assert "&lt;script&gt;" in page.content.decode()


def test_a_notice_is_passed_on_with_what_it_said_of_those_beyond(node, sign_in, clock):
    opened(node)
    body = plain("NoticeSent", to=[HARBIN], cities=[HARBIN, JIAMUSI], audience="faces", headline=WORDS)
    body |= {"arrivals": [{"city": JIAMUSI, "probability": "0.6"}]}
    body |= {"expires": (node.now() + timedelta(hours=99)).isoformat()}
    came = node.desk(JILIN, "duty-03").say(Draft("NoticeSent", JILIN, INCIDENT, None, body))
    client, before = sign_in("harbin"), node.log.size
    client.post("/notices/new/", filled(client.get(f"/notices/new/?relays={came}")))
    (one,) = said(node, before)
    assert (one.string("relays"), one.strings("to"), one.strings("cities")) == (came, (JIAMUSI,), (JIAMUSI,))
    assert one.records("arrivals")[0]["probability"] == "0.6"


@pytest.mark.parametrize("page", ["/notices/new/", "/notices/due/"])
def test_who_is_no_officer_sends_nothing(sign_in, page):
    assert sign_in("auditor").get(page).status_code == 403
    assert press(sign_in("auditor"), page, BASIN, **OWN).status_code == 403


def test_in_a_drill_only_drills_are_listed_and_each_text_says_so(node, sign_in, notice):
    warned(node)
    client = sign_in("harbin")
    enter_exercise(client)
    assert url(notice) not in client.get("/notices/?view=all").content.decode()
    assert client.get(url(notice)).status_code == 404
    before = node.log.size
    press(client, "/notices/new/", exercise=True, **OWN)
    (one,) = said(node, before)
    assert one.exercise
    for name in ("headline", "instruction", "description"):
        assert one.words(name)["zh"].startswith("【演习】")
    assert one.id not in node.standing().statements
