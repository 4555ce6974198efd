"""Warnings: issued within one's own area, updated, taken back in two presses; red with a second officer."""

from __future__ import annotations

import re

import pytest
from officers import (
    BASIN,
    HARBIN,
    HOSTILE,
    INCIDENT,
    JILIN,
    enter_exercise,
    filled,
    foreseen,
    opened,
    press,
    said,
    told,
    warned,
)

from riskshed.ledger.log import Log
from riskshed.ledger.store import DoubtError
from riskshed.web import models


def url(warning, more=""):
    return f"/warnings/{warning}/{more}"


def draft_of(client, **changed):
    """A warning as it is prepared for the incident, changed."""
    return filled(client.get(f"/warnings/new/?incident={INCIDENT}")) | changed


# ------------------------------------------------------------------------------------------------- seeing


def test_what_holds_is_listed_before_what_is_over(node, sign_in):
    holds, over = warned(node), warned(node, level="blue")
    node.desk(HARBIN, "duty-07").cancel_warning(over, "all_clear")
    page = sign_in("jiamusi").get("/warnings/").content.decode()
    assert page.index(url(holds)) < page.index("已更新或解除") < page.index(url(over))
    assert "现行预警 1 条" in page


def test_one_that_ran_out_without_an_all_clear_is_listed_apart(node, sign_in, clock):
    warned(node)
    clock.forward(30)
    page = sign_in("harbin").get("/warnings/").content.decode()
    assert "另有 1 条过期而未解除" in page


def test_one_warning_shows_its_chain_its_notice_and_its_proof(node, sign_in):
    opened(node)
    notice = told(node)[HARBIN]
    client = sign_in("harbin")
    client.post(f"/notices/{notice}/", filled(client.get(f"/notices/{notice}/?answer=adopt")))
    (first,) = node.standing().warnings
    typed = filled(client.get(url(first, "update/"))) | {"change_zh": "水头提前"}
    client.post(url(first, "update/"), typed)
    last = node.standing().warnings[first].successor
    page = client.get(url(last)).content.decode()
    for words in (f"/notices/{notice}/", url(first), "变化：水头提前", "日志 #"):
        assert words in page, words


@pytest.mark.parametrize("user", ["jiamusi", "auditor"])
def test_others_see_a_warning_and_no_button(node, sign_in, user):
    page = sign_in(user).get(url(warned(node))).content.decode()
    assert "停水预警" in page
    assert "取消错误预警" not in page


def test_hostile_words_are_shown_and_not_obeyed(node, sign_in):
    hostile = {"zh": HOSTILE, "en": HOSTILE}
    held = warned(node, description=hostile, instruction=hostile)
    for page in ("/warnings/", url(held), url(held, "update/")):
        text = sign_in("harbin").get(page).content.decode()
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text


# ------------------------------------------------------------------------------------------------- issuing


def test_a_warning_is_prepared_from_the_forecast_and_issued(node, sign_in):
    footprint = opened(node)
    client, before = sign_in("harbin"), node.log.size
    answer = client.post("/warnings/new/", draft_of(client))
    (one,) = said(node, before)
    assert answer.headers["Location"] == url(one.id)
    assert (one.kind, one.by, one.officer, one.about) == ("WarningIssued", HARBIN, "duty-07", INCIDENT)
    assert (one.string("footprint"), one.strings("cities")) == (footprint, (HARBIN,))
    assert (one.replies_to, one.exercise) == (None, False)
    assert "饮用水" in one.words("instruction")["zh"]


def test_issuing_twice_issues_once(node, sign_in, clock):
    opened(node)
    client, before = sign_in("harbin"), node.log.size
    typed = draft_of(client)
    client.post("/warnings/new/", typed)
    clock.forward(1)
    again = client.post("/warnings/new/", typed, follow=True)
    assert "没有重复发布" in again.content.decode()
    assert len(said(node, before)) == 1


def test_a_warning_without_a_forecast_says_that_it_is_unknown(node, sign_in):
    opened(node, footprint=False)
    client, before = sign_in("harbin"), node.log.size
    client.post("/warnings/new/", draft_of(client, level="yellow"))
    (one,) = said(node, before)
    assert (one.string("severity"), one.has("onset")) == ("Unknown", False)
    assert "概率未知" in one.words("description")["zh"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cities": ["220200"]}, "不全在本机构辖区内"),
        ({"cities": []}, "没有写明城市"),
        ({"instruction_zh": "——", "instruction_en": ""}, "没有写明应当采取的措施"),
        ({"expires": "2005-11-13T13:40"}, "失效时间已经过去"),
        ({"expires": "2005-13-40T99:99"}, "不是时间"),
        ({"expires": ""}, "必填"),
        ({"headline_zh": "", "headline_en": ""}, "必填"),
        ({"headline_en": "x" * 20_001}, "过长"),
        ({"contact": "x" * 301}, "过长"),
        ({"contact": " two\nlines"}, "控制字符"),
        ({"severity": "Terrible"}, "Terrible"),
        ({"footprint": "not an id"}, "不是陈述编号"),
    ],
)
def test_a_bad_warning_is_refused_and_what_was_typed_stays(node, sign_in, changed, words):
    opened(node)
    client, before = sign_in("harbin"), node.log.size
    page = client.post("/warnings/new/", draft_of(client, description_zh="写了很久") | changed)
    assert page.status_code == 400
    assert words in page.content.decode()
    assert "写了很久" in page.content.decode()
    assert node.log.size == before


def test_the_headline_names_the_level_that_was_chosen_and_no_other(node, sign_in):
    opened(node)
    client, before = sign_in("harbin"), node.log.size
    typed = draft_of(client)
    assert typed["headline_zh"].startswith("橙色预警（二级）")
    client.post("/warnings/new/", typed | {"level": "blue"})
    (one,) = said(node, before)
    assert one.words("headline")["zh"].startswith("蓝色预警（四级）")
    assert one.words("headline")["en"].startswith("Blue warning (level 4 of 4, the lowest)")


def test_a_fault_is_tied_to_its_field(node, sign_in):
    opened(node)
    client = sign_in("harbin")
    page = client.post("/warnings/new/", draft_of(client, expires="")).content.decode()
    assert 'href="#id_expires"' in page
    assert re.search(r'<input[^>]*name="expires"[^>]*aria-invalid="true"', page)
    assert 'id="id_expires_error"' in page


def test_nobody_claims_that_nothing_was_sent_where_that_is_in_doubt(node, sign_in, monkeypatch):
    def fail(*_):
        raise DoubtError("store.append", "the disk did not answer")

    opened(node)
    client = sign_in("harbin")
    typed = draft_of(client)
    monkeypatch.setattr(Log, "append_many", fail)
    page = client.post("/warnings/new/", typed)
    assert page.status_code == 503
    assert "不能确定是否已发出" in page.content.decode()
    assert "未发出" not in page.content.decode()


@pytest.mark.parametrize("user", ["auditor", "admin"])
def test_who_is_no_officer_issues_nothing(node, sign_in, user):
    assert sign_in(user).get("/warnings/new/").status_code == 403
    assert press(sign_in(user), "/warnings/new/", BASIN).status_code == 403


# ------------------------------------------------------------------------------------------------ updating


def test_an_update_replaces_the_warning_and_says_what_has_changed(node, sign_in, clock):
    held = warned(node)
    clock.forward(1)
    client, before = sign_in("harbin"), node.log.size
    typed = filled(client.get(url(held, "update/"))) | {"change_zh": "提前两小时", "level": "yellow"}
    client.post(url(held, "update/"), typed)
    (one,) = said(node, before)
    assert (one.kind, one.by, one.replies_to) == ("WarningUpdated", HARBIN, held)
    assert (one.words("change")["zh"], one.string("level")) == ("提前两小时", "yellow")
    assert node.standing().warnings[held].status == "updated"


def test_an_update_by_the_latest_forecast_carries_it(node, sign_in, clock):
    opened(node)
    client = sign_in("harbin")
    client.post("/warnings/new/", draft_of(client))
    (held,) = node.standing().warnings
    clock.forward(1)
    latest = foreseen(node, hours=100)
    typed = filled(client.get(url(held, "update/?from=forecast"))) | {
        "change_zh": "预测更新",
        "level": "orange",
    }
    client.post(url(held, "update/"), typed)
    after = node.standing().warnings[node.standing().warnings[held].successor]
    assert after.footprint == latest


def test_an_update_without_words_for_what_has_changed_is_refused(node, sign_in):
    held = warned(node)
    client, before = sign_in("harbin"), node.log.size
    page = client.post(url(held, "update/"), filled(client.get(url(held, "update/"))))
    assert page.status_code == 400
    assert "必须写明有何变化" in page.content.decode()
    assert node.log.size == before


def test_updating_twice_updates_once(node, sign_in):
    held = warned(node)
    client, before = sign_in("harbin"), node.log.size
    typed = filled(client.get(url(held, "update/"))) | {"change_zh": "变化"}
    client.post(url(held, "update/"), typed)
    client.post(url(held, "update/"), typed)
    assert len(said(node, before)) == 1


# --------------------------------------------------------------------------------------------- taking back


def test_a_false_alert_is_taken_back_in_two_presses_from_its_page(node, sign_in):
    held = warned(node)
    client, before = sign_in("harbin"), node.log.size
    button = f"/warnings/{held}/cancel/?cause=error"
    assert f'href="{button}"' in client.get(url(held)).content.decode()
    page = client.get(button)
    assert "此前的预警是误发" in page.content.decode()
    client.post(url(held, "cancel/"), filled(page))
    (one,) = said(node, before)
    assert (one.kind, one.by, one.officer, one.replies_to) == ("WarningCancelled", HARBIN, "duty-07", held)
    assert (one.string("cause"), set(one.words("headline"))) == ("error", {"zh", "en"})
    assert node.standing().warnings[held].status == "cancelled"


def test_an_all_clear_says_that_the_danger_is_over(node, sign_in):
    held = warned(node)
    client, before = sign_in("harbin"), node.log.size
    typed = filled(client.get(url(held, "cancel/?cause=all_clear"))) | {"reason_zh": "水质达标"}
    client.post(url(held, "cancel/"), typed)
    (one,) = said(node, before)
    assert (one.string("cause"), one.words("reason")["zh"]) == ("all_clear", "水质达标")


def test_taking_back_twice_is_said_once(node, sign_in, clock):
    held = warned(node)
    client = sign_in("harbin")
    typed = filled(client.get(url(held, "cancel/?cause=error")))
    client.post(url(held, "cancel/"), typed)
    before = node.log.size
    clock.forward(1)
    again = client.post(url(held, "cancel/"), typed, follow=True)
    assert "没有重复发出" in again.content.decode()
    assert client.get(url(held, "cancel/")).status_code == 302
    assert node.log.size == before


@pytest.mark.parametrize("page", ["cancel/", "update/"])
@pytest.mark.parametrize(("user", "body"), [("jilin", JILIN), ("auditor", BASIN), ("basin", BASIN)])
def test_a_warning_of_another_body_is_neither_changed_nor_taken_back(node, sign_in, page, user, body):
    held = warned(node)
    before = node.log.size
    assert sign_in(user).get(url(held, page)).status_code == 403
    assert press(sign_in(user), url(held, page), body, cause="error").status_code == 403
    assert node.log.size == before


def test_a_warning_that_is_not_there_is_not_found(sign_in):
    client = sign_in("harbin")
    for more in ("", "update/", "cancel/"):
        assert client.get(url("0" * 64, more)).status_code == 404


# ----------------------------------------------------------------------------------------------------- red


def red(node, client):
    """A red warning of Harbin, kept as a draft; returns the address of its page."""
    return client.post("/warnings/new/", draft_of(client, level="red")).headers["Location"]


def test_an_actual_red_warning_is_kept_and_not_issued(node, sign_in):
    opened(node)
    client, before = sign_in("harbin"), node.log.size
    page = client.get(red(node, client)).content.decode()
    assert "须第二名值班员会签" in page
    assert node.log.size == before
    assert client.get("/warnings/").content.decode().count("/warnings/drafts/") == 1


def test_a_red_warning_that_is_no_statement_is_not_even_kept(node, sign_in):
    opened(node)
    client = sign_in("harbin")
    assert (
        client.post("/warnings/new/", draft_of(client, level="red", headline_en="x" * 20_001)).status_code
        == 400
    )
    assert not models.Draft.objects.exists()


def test_a_red_warning_goes_out_once_a_second_officer_has_approved_it(node, sign_in):
    opened(node)
    client, before = sign_in("harbin"), node.log.size
    page = red(node, client)
    press(client, page, act="ask", of=["command-01"])
    (asked,) = said(node, before)
    assert (asked.kind, asked.by, asked.officer) == ("ApprovalRequested", HARBIN, "duty-07")
    assert asked.strings("of") == ("command-01",)
    assert press(client, page, act="issue").status_code == 400
    press(sign_in("harbin-commander"), f"/approvals/{asked.id}/", answer="approve")
    press(client, page, act="issue")
    _, given, issued = said(node, before)
    assert (given.kind, given.officer, given.replies_to) == ("ApprovalGiven", "command-01", asked.id)
    assert (issued.kind, issued.officer, issued.string("approval")) == ("WarningIssued", "duty-07", given.id)
    assert "command-01" in client.get(url(issued.id)).content.decode()


def test_a_red_warning_may_go_out_alone_and_says_why(node, sign_in):
    opened(node)
    client, before = sign_in("harbin"), node.log.size
    page = red(node, client)
    assert press(client, page, act="override").status_code == 400
    assert node.log.size == before
    press(client, page, act="override", reason_zh="水头一小时内到达")
    press(client, page, act="override", reason_zh="水头一小时内到达")
    (one,) = said(node, before)
    assert (one.string("level"), one.words("override")["zh"]) == ("red", "水头一小时内到达")
    assert "水头一小时内到达" in client.get(url(one.id)).content.decode()


def test_a_red_warning_that_was_issued_is_not_issued_again_from_its_draft(node, sign_in):
    opened(node)
    client = sign_in("harbin")
    page = red(node, client)
    press(client, page, act="override", reason_zh="紧急")
    before = node.log.size
    models.Draft.objects.update(said="")  # as if the node had stopped between the log and the table
    press(client, page, act="override", reason_zh="紧急")
    assert node.log.size == before


def test_a_refused_red_warning_does_not_go_out_at_all(node, sign_in):
    opened(node)
    client = sign_in("harbin")
    page = red(node, client)
    press(client, page, act="ask", of=["command-01"])
    (asked,) = node.standing().approvals
    press(sign_in("harbin-commander"), f"/approvals/{asked}/", answer="refuse", reason_zh="先复测")
    before = node.log.size
    for typed in ({"act": "issue"}, {"act": "override", "reason_zh": "紧急"}):
        refused = press(client, page, **typed)
        assert refused.status_code == 400
        assert "已被否决" in refused.content.decode()
    assert node.log.size == before


def test_an_update_to_red_needs_a_second_officer_as_well(node, sign_in):
    held = warned(node)
    client, before = sign_in("harbin"), node.log.size
    typed = filled(client.get(url(held, "update/"))) | {"change_zh": "加重", "level": "red"}
    page = client.post(url(held, "update/"), typed).headers["Location"]
    press(client, page, act="ask", of=["command-01"])
    (asked,) = node.standing().approvals
    press(sign_in("harbin-commander"), f"/approvals/{asked}/", answer="approve")
    press(client, page, act="issue")
    issued = said(node, before)[-1]
    assert (issued.kind, issued.replies_to, issued.words("change")["zh"]) == ("WarningUpdated", held, "加重")


def test_a_draft_of_one_body_is_nobody_elses(node, sign_in):
    opened(node)
    page = red(node, sign_in("harbin"))
    assert sign_in("jilin").get(page).status_code == 404
    assert press(sign_in("jilin"), page, JILIN, act="override", reason_zh="x").status_code == 404
    assert sign_in("auditor").get(page).status_code == 403


def test_a_dropped_draft_is_gone_and_said_nothing(node, sign_in):
    opened(node)
    client, before = sign_in("harbin"), node.log.size
    page = red(node, client)
    press(client, page, act="drop")
    assert client.get(page).status_code == 404
    assert node.log.size == before


def test_in_a_drill_a_red_warning_goes_out_at_once_and_says_that_it_is_one(node, sign_in):
    opened(node, exercise=True)
    client = sign_in("harbin")
    enter_exercise(client)
    before = node.log.size
    client.post("/warnings/new/", draft_of(client, level="red", headline_zh="自拟标题"))
    (one,) = said(node, before)
    assert (one.exercise, one.string("level")) == (True, "red")
    assert one.words("headline")["zh"] == "【演习】自拟标题"
    assert all(text.startswith(("【演习】", "EXERCISE: ")) for text in one.words("headline").values())
    assert node.standing().warnings == {}


def test_the_button_says_what_it_does_in_either_mode(node, sign_in):
    client = sign_in("harbin")
    actual = client.get("/warnings/new/").content.decode()
    assert "<button>以 duty-07 名义签名，向公众发布预警</button>" in actual
    assert "真实" in actual
    enter_exercise(client)
    drill = client.get("/warnings/new/").content.decode()
    assert "<button>【演习】以 duty-07 名义签名，向公众发布预警</button>" in drill
