"""Reports from the spot go downstream at once and unconfirmed; reports of a risk begin with what is known."""

from __future__ import annotations

import pytest
from officers import (
    BASIN,
    HARBIN,
    HOSTILE,
    INCIDENT,
    JIAMUSI,
    JILIN,
    enter_exercise,
    filled,
    opened,
    plain,
    press,
    said,
)

from riskshed.governance import field_notice

NEW = "/field-reports/new/"
SEEN = {"what_zh": "江面有泡沫和刺鼻气味", "place": "sifangtai", "seen_at": "2005-11-13T13:30"}


def filed(node, body=HARBIN, **more):
    """A report that stands, of which nobody was told by the page."""
    desk = node.desk(body, "duty-07" if body == HARBIN else "duty-03")
    return desk.file_field_report(**plain("FieldReportFiled", place="sifangtai", **more))


# ------------------------------------------------------------------------------------ from the spot


def test_a_report_is_filed_and_those_downstream_are_told_at_once_as_unconfirmed(node, sign_in):
    client, before = sign_in("harbin"), node.log.size
    answer = press(client, NEW, **SEEN)
    report, notice = said(node, before)
    assert answer.headers["Location"] == f"/field-reports/{report.id}/"
    assert (report.kind, report.by, report.officer) == ("FieldReportFiled", HARBIN, "duty-07")
    assert (report.string("place"), report.time("seen_at").isoformat()) == (
        "sifangtai",
        "2005-11-13T13:30:00+08:00",
    )
    assert (notice.kind, notice.by, notice.yes_no("confirmed")) == ("NoticeSent", HARBIN, False)
    assert JIAMUSI in notice.strings("to")
    assert notice.strings("evidence") == (report.id,)
    assert "未核实" in sign_in("jiamusi").get("/notices/").content.decode()


def test_an_analyst_may_file_too_and_needs_nobodys_leave(node, sign_in):
    before = node.log.size
    press(sign_in("basin"), NEW, BASIN, **SEEN)
    assert said(node, before)[0].by == BASIN


def test_filing_twice_files_once_and_tells_once(node, sign_in, clock):
    client, before = sign_in("harbin"), node.log.size
    press(client, NEW, **SEEN)
    clock.forward(0.1)
    again = client.post(NEW, {"seat": f"{HARBIN} actual", **SEEN}, follow=True).content.decode()
    assert "没有重复提交" in again
    assert [one.kind for one in said(node, before)] == ["FieldReportFiled", "NoticeSent"]


def test_the_same_words_on_another_day_are_another_report(node, sign_in, clock):
    client, before = sign_in("harbin"), node.log.size
    press(client, NEW, **SEEN)
    clock.forward(1)
    press(client, NEW, **SEEN)
    assert [one.kind for one in said(node, before)].count("FieldReportFiled") == 2


def test_a_report_at_the_last_city_tells_nobody_and_says_so(node, sign_in):
    page = sign_in("harbin").post(NEW, {"seat": f"{HARBIN} actual", **SEEN, "place": "RU-KHA"}, follow=True)
    assert "没有需要新通知的下游城市" in page.content.decode()


def test_another_report_confirms_it_and_those_downstream_are_told_again(node, sign_in):
    press(sign_in("harbin"), NEW, **SEEN)
    (report,) = node.standing().field_reports
    client, before = sign_in("harbin"), node.log.size
    form = client.get(f"{NEW}?supports={report}")
    client.post(NEW, filled(form) | {"what_zh": "复测属实", "seen_at": "2005-11-13T13:35"})
    second, *notices = said(node, before)
    assert second.strings("supports") == (report,)
    assert node.standing().field_reports[report].confirmed is True
    confirmed = [one for one in notices if one.yes_no("confirmed")]
    assert [one.strings("evidence")[0] for one in confirmed] == [report]
    assert "已核实" in client.get(f"/field-reports/{report}/").content.decode()


def test_another_report_speaks_against_it(node, sign_in):
    report = filed(node)
    client, before = sign_in("jilin"), node.log.size
    form = filled(client.get(f"{NEW}?contradicts={report}"))
    client.post(NEW, form | {"what_zh": "未见异常", "seen_at": "2005-11-13T13:35"})
    assert said(node, before)[0].strings("contradicts") == (report,)
    page = client.get(f"/field-reports/{report}/").content.decode()
    assert "与其他报告相反" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"what_zh": ""}, "必填"),
        ({"what_zh": "长" * 20_001}, "过长"),
        ({"seen_at": ""}, "必填"),
        ({"seen_at": "just now"}, "不是时间"),
        ({"place": "no such place!"}, "代码不符合要求"),
        ({"hazard_class": "war"}, "war"),
        ({"bearing": "supports", "other": ""}, "数量不符"),
        ({"bearing": "supports", "other": "nonsense"}, "不是陈述编号"),
        ({"reporter": "张三 李四"}, "代码不符合要求"),
    ],
)
def test_a_bad_report_is_refused_and_what_was_typed_stays(node, sign_in, changed, words):
    before = node.log.size
    kept = {"what_zh": SEEN["what_zh"], "reporter": "witness-47"}
    page = press(sign_in("harbin"), NEW, **{**SEEN, **kept, **changed})
    assert page.status_code == 400
    assert words in page.content.decode()
    assert all(text in page.content.decode() for name, text in kept.items() if name not in changed)
    assert node.log.size == before


def test_hostile_words_are_shown_and_not_obeyed(node, sign_in):
    report = filed(node, what={"zh": HOSTILE, "en": HOSTILE})
    client = sign_in("harbin")
    for page in ("/field-reports/", f"/field-reports/{report}/", f"{NEW}?supports={report}"):
        text = client.get(page).content.decode()
        assert HOSTILE not in text, page
        assert "&lt;script&gt;" in text, page


def test_a_report_whose_notices_failed_stands_and_can_be_told_again(node, sign_in, monkeypatch):
    whole = field_notice.due_notices
    monkeypatch.setattr(field_notice, "due_notices", lambda *_, **__: whole(*_, **__)[:0])
    client = sign_in("harbin")
    press(client, NEW, **SEEN)
    monkeypatch.setattr(field_notice, "due_notices", whole)
    (report,) = node.standing().field_reports
    assert "通知下游" in client.get(f"/field-reports/{report}/").content.decode()
    before = node.log.size
    press(client, f"/field-reports/{report}/tell/")
    (notice,) = said(node, before)
    assert notice.strings("evidence") == (report,)
    assert press(sign_in("jilin"), f"/field-reports/{report}/tell/", JILIN).status_code == 403


@pytest.mark.parametrize("page", [NEW, "/risk-reports/new/"])
def test_who_has_no_desk_files_nothing(sign_in, page):
    assert sign_in("auditor").get(page).status_code == 403
    assert press(sign_in("auditor"), page, BASIN, **SEEN).status_code == 403


def test_in_a_drill_a_report_is_a_drill_and_so_is_its_notice(node, sign_in):
    client = sign_in("harbin")
    enter_exercise(client)
    before = node.log.size
    press(client, NEW, exercise=True, **SEEN)
    assert [one.exercise for one in said(node, before)] == [True, True]
    assert node.standing().field_reports == {}


# ------------------------------------------------------------------------------------- of a risk

RISK = "/risk-reports/new/"


def test_a_report_begins_with_what_is_known(node, sign_in):
    opened(node)
    form = filled(sign_in("jilin").get(f"{RISK}?incident={INCIDENT}"))
    assert (form["report"], form["about"], form["hazard_class"], form["city"]) == (
        "first",
        INCIDENT,
        "accident",
        JILIN,
    )
    assert "双苯厂爆炸" in form["what_zh"]
    assert "哈尔滨市" in form["what_zh"]
    assert form["dead_people"] == ""
    assert form["to"]


def test_what_the_rules_want_in_it_is_named_with_its_article(node, sign_in):
    page = sign_in("jilin").get(RISK).content.decode()
    assert "事故报告应当包括六项内容" in page


def test_a_report_says_what_was_typed_and_leaves_unknown_what_was_not(node, sign_in):
    opened(node)
    client, before = sign_in("jilin"), node.log.size
    form = filled(client.get(f"{RISK}?incident={INCIDENT}"))
    typed = form | {"dead_people": "5", "loss_yuan": "69080000", "harm": "confirmed", "to": [BASIN]}
    client.post(RISK, typed)
    (one,) = said(node, before)
    assert (one.kind, one.by, one.officer, one.about) == ("RiskReported", JILIN, "duty-03", INCIDENT)
    assert (one.strings("to"), one.whole("dead_people"), one.money("loss").minor) == (
        (BASIN,),
        5,
        6_908_000_000,
    )
    assert not one.has("missing_people")


def test_the_second_report_is_a_follow_up(node, sign_in):
    opened(node)
    client = sign_in("jilin")
    client.post(RISK, filled(client.get(f"{RISK}?incident={INCIDENT}")))
    assert filled(client.get(f"{RISK}?incident={INCIDENT}"))["report"] == "follow_up"


def test_reporting_twice_reports_once(node, sign_in, clock):
    opened(node)
    client, before = sign_in("jilin"), node.log.size
    form = filled(client.get(f"{RISK}?incident={INCIDENT}"))
    client.post(RISK, form)
    clock.forward(0.1)
    client.post(RISK, form)
    assert len(said(node, before)) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"to": []}, "必填"),
        ({"what_zh": "", "what_en": ""}, "必填"),
        ({"dead_people": "-1"}, "超出范围"),
        ({"dead_people": "many"}, "整数"),
        ({"known_at": ""}, "必填"),
        ({"report": "fourth"}, "fourth"),
        ({"measures_zh": "长" * 20_001}, "过长"),
        ({"loss_yuan": "99999999999999999999"}, "数字过大"),
    ],
)
def test_a_bad_report_of_a_risk_is_refused(node, sign_in, changed, words):
    opened(node)
    client = sign_in("jilin")
    form, before = filled(client.get(f"{RISK}?incident={INCIDENT}")), node.log.size
    page = client.post(RISK, form | {"needs_zh": "需要活性炭"} | changed)
    assert page.status_code == 400
    assert words in page.content.decode()
    assert "需要活性炭" in page.content.decode()
    assert node.log.size == before


@pytest.fixture
def report(node):
    """A report of Jilin to the basin."""
    opened(node)
    body = plain("RiskReported", to=[BASIN], what={"zh": HOSTILE, "en": HOSTILE})
    return node.desk(JILIN, "duty-03").report_risk(INCIDENT, **body)


def test_whom_it_is_addressed_to_acknowledges_it_once(node, sign_in, report):
    client, before = sign_in("basin"), node.log.size
    page = client.get(f"/risk-reports/{report}/").content.decode()
    assert HOSTILE not in page
    assert "未知" in page  # the dead are not known, and not 0
    for _ in range(2):
        press(client, f"/risk-reports/{report}/", BASIN)
    (one,) = said(node, before)
    assert (one.kind, one.by, one.replies_to) == ("NoticeAcknowledged", BASIN, report)


@pytest.mark.parametrize(("user", "body"), [("harbin", HARBIN), ("auditor", BASIN)])
def test_others_do_not_acknowledge_it(node, sign_in, report, user, body):
    before = node.log.size
    assert press(sign_in(user), f"/risk-reports/{report}/", body).status_code == 403
    assert node.log.size == before


def test_what_is_no_report_is_not_found(sign_in, report):
    assert sign_in("basin").get(f"/risk-reports/{'0' * 64}/").status_code == 404
    assert sign_in("basin").get(f"/field-reports/{report}/").status_code == 404
