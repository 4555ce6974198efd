"""Approvals: by a second officer, of exactly one text, and never left lying: what nobody answers climbs."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from officers import BASIN, HARBIN, HOSTILE, INCIDENT, JILIN, enter_exercise, filled, opened, press, said

from riskshed.governance import approval
from riskshed.governance.draft import Draft
from riskshed.web import models


def url(asked):
    return f"/approvals/{asked}/"


def prepared(client, **changed):
    """A red warning that waits as a draft; the address of its page."""
    typed = filled(client.get(f"/warnings/new/?incident={INCIDENT}")) | {"level": "red"} | changed
    return client.post("/warnings/new/", typed).headers["Location"]


@pytest.fixture
def draft(node, sign_in):
    opened(node)
    return prepared(sign_in("harbin"))


@pytest.fixture
def asked(node, sign_in, draft):
    """A request of duty-07 at Harbin to command-01."""
    press(sign_in("harbin"), draft, act="ask", of=["command-01"])
    (one,) = node.standing().approvals
    return one


def test_what_waits_for_me_comes_first_with_its_clock(node, sign_in, asked):
    page = sign_in("harbin-commander").get("/approvals/").content.decode()
    assert "有 1 项等待您答复" in page
    assert "还有 15 分" in page
    assert "没有等待您答复的审批" in sign_in("jiamusi").get("/approvals/").content.decode()


def test_the_one_who_is_asked_reads_exactly_what_would_be_said(node, sign_in, asked):
    content = models.Draft.objects.get().content
    page = sign_in("harbin-commander").get(url(asked)).content.decode()
    for words in (*content["headline"].values(), content["expires"][:16], *content["instruction"].values()):
        for line in words.splitlines():
            assert line in page, line
    assert "特别严重" in page


def test_the_text_of_a_draft_is_not_shown_to_others(node, sign_in, asked):
    content = models.Draft.objects.get().content
    page = sign_in("jiamusi").get(url(asked)).content.decode()
    assert content["instruction"]["zh"].splitlines()[0] not in page
    assert "只对提请方和被请方显示" in page


def test_an_approval_is_signed_by_the_second_officer(node, sign_in, asked):
    before = node.log.size
    press(sign_in("harbin-commander"), url(asked), answer="approve")
    (one,) = said(node, before)
    assert (one.kind, one.by, one.officer, one.replies_to) == ("ApprovalGiven", HARBIN, "command-01", asked)
    assert one.string("draft") == node.standing().approvals[asked].draft


def test_a_refusal_needs_a_reason(node, sign_in, asked):
    client, before = sign_in("harbin-commander"), node.log.size
    page = press(client, url(asked), answer="refuse")
    assert page.status_code == 400
    assert "必须说明理由" in page.content.decode()
    assert node.log.size == before
    press(client, url(asked), answer="refuse", reason_zh="先复测")
    (one,) = said(node, before)
    assert (one.kind, one.replies_to, one.words("reason")["zh"]) == ("ApprovalRefused", asked, "先复测")


@pytest.mark.parametrize("answer", ["approve", "refuse"])
def test_an_answer_twice_is_said_once(node, sign_in, asked, answer, clock):
    client = sign_in("harbin-commander")
    typed = {"seat": f"{HARBIN} actual", "answer": answer, "reason_zh": "理由"}
    client.post(url(asked), typed)
    before = node.log.size
    clock.forward(0.1)
    assert "没有重复记录" in client.post(url(asked), typed, follow=True).content.decode()
    assert node.log.size == before


def test_neither_answer_is_none(node, sign_in, asked):
    before = node.log.size
    assert press(sign_in("harbin-commander"), url(asked), answer="perhaps").status_code == 400
    assert node.log.size == before


def test_who_asked_cannot_approve_it_as_well(node, sign_in):
    opened(node)
    client = sign_in("jilin")  # one person, duty officer and commander
    page = prepared(client)
    assert "duty-03" not in [code for code, _ in _offered(client, page)]
    node.desk(JILIN, "duty-03").request_approval(
        Draft("WarningIssued", JILIN, None, None, models.Draft.objects.get().content), [JILIN]
    )
    (one,) = node.standing().approvals
    before = node.log.size
    refused = press(client, url(one), JILIN, answer="approve")
    assert refused.status_code == 400
    assert node.log.size == before


def _offered(client, page):
    form = client.get(page).context["ask"]
    return form.fields["of"].choices


@pytest.mark.parametrize(
    ("user", "body"), [("jilin", JILIN), ("basin", BASIN), ("harbin", HARBIN), ("auditor", BASIN)]
)
def test_who_was_not_asked_or_is_no_commander_cannot_answer(node, sign_in, asked, user, body):
    before = node.log.size
    assert press(sign_in(user), url(asked), body, answer="approve").status_code == 403
    assert node.log.size == before


def test_the_same_number_at_another_body_is_not_the_one_who_was_asked(node, sign_in, asked, people):
    stranger = get_user_model().objects.create_user("stranger", password="a long password of a stranger")
    models.Membership.objects.create(user=stranger, body=JILIN, role="commander", officer="command-01")
    client = Client()
    client.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = node.log.size
    assert press(client, url(asked), JILIN, answer="approve").status_code == 403
    assert node.log.size == before


def test_what_cannot_be_read_here_is_not_approved_here(node, sign_in, asked):
    models.Draft.objects.all().delete()
    client, before = sign_in("harbin-commander"), node.log.size
    assert "没有全文" in client.get(url(asked)).content.decode()
    assert press(client, url(asked), answer="approve").status_code == 400
    assert node.log.size == before


def test_asking_nobody_is_refused_and_asking_twice_asks_once(node, sign_in, draft):
    client, before = sign_in("harbin"), node.log.size
    page = press(client, draft, act="ask", of=[])
    assert page.status_code == 400
    assert "没有选择审批人" in page.content.decode()
    press(client, draft, act="ask", of=["command-01"])
    press(client, draft, act="ask", of=["command-01"])
    assert len(said(node, before)) == 1


def test_what_nobody_answers_climbs_and_is_shown_where_it_stands(node, sign_in, asked, clock):
    client = sign_in("harbin")
    assert "向上一级提请" not in client.get("/approvals/").content.decode()
    clock.forward(0.3)
    page = client.get("/approvals/").content.decode()
    assert "逾期" in page
    assert "向上一级提请（1 项）" in page
    before = node.log.size
    press(client, "/approvals/climb/")
    (again,) = said(node, before)
    assert (again.kind, again.string("draft")) == (
        "ApprovalRequested",
        node.standing().approvals[asked].draft,
    )
    assert "已逐级提请" in client.get(url(asked)).content.decode()
    press(client, "/approvals/climb/")
    assert node.log.size == before + 1


def test_an_approval_by_a_body_to_which_it_climbed_lets_it_go_out(node, sign_in, draft, asked, clock):
    client = sign_in("harbin")
    for _ in range(4):
        clock.forward(0.3)
        press(client, "/approvals/climb/")
    last = [one for one in node.standing().approvals.values() if BASIN in one.of]
    press(sign_in("basin"), url(last[0].id), BASIN, answer="approve")
    before = node.log.size
    press(client, draft, act="issue")
    (issued,) = said(node, before)
    assert issued.kind == "WarningIssued"
    assert approval.unapproved(node.standing()) == ()


def test_hostile_words_in_a_draft_are_shown_and_not_obeyed(node, sign_in):
    opened(node)
    client = sign_in("harbin")
    page = prepared(client, description_zh=HOSTILE, headline_zh=HOSTILE)
    press(client, page, act="ask", of=["command-01"])
    (one,) = node.standing().approvals
    for address in (page, "/approvals/", url(one)):
        text = sign_in("harbin-commander").get(address).content.decode()
        assert HOSTILE not in text, address
        assert "&lt;script&gt;" in text, address


def test_requests_of_the_actual_are_not_in_a_drill(node, sign_in, asked):
    client = sign_in("harbin-commander")
    enter_exercise(client)
    assert url(asked) not in client.get("/approvals/").content.decode()
    assert client.get(url(asked)).status_code == 404


def test_what_nobody_asked_for_is_not_found(sign_in):
    assert sign_in("harbin").get(url("0" * 64)).status_code == 404
    assert sign_in("harbin").get("/warnings/drafts/99/").status_code == 404
