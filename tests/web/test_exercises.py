"""Exercise mode: entered on purpose, seen on every page, never taken for the actual or the other way."""

from __future__ import annotations

import pytest
from officers import HARBIN, INCIDENT, enter_exercise, filled, opened, plain, press, said, told, warned

from riskshed.audit_keys import keyid_of
from riskshed.errors import NotFoundError
from riskshed.ledger.keys import SigningKey
from riskshed.statement import StatementError, verify
from riskshed.web.people import EXERCISE


@pytest.mark.parametrize("word", ["演习", "exercise", "EXERCISE", " 演习 "])
def test_the_word_enters(sign_in, word):
    client = sign_in("harbin")
    assert press(client, "/exercises/", word=word).status_code == 302
    page = client.get("/exercises/").content.decode()
    assert 'data-mode="exercise"' in page
    assert "演习 EXERCISE" in page
    assert "您正在演习中" in page


@pytest.mark.parametrize("word", ["", "演", "yes", "真实"])
def test_any_other_word_does_not(sign_in, word):
    client = sign_in("harbin")
    page = press(client, "/exercises/", word=word)
    assert page.status_code == 400
    assert "没有进入演习" in page.content.decode()
    assert EXERCISE not in client.session
    assert 'data-mode="exercise"' not in client.get("/notices/").content.decode()


def test_looking_does_not_enter(sign_in):
    client = sign_in("harbin")
    client.get("/exercises/?word=演习")
    assert EXERCISE not in client.session


def test_leaving_leads_back_and_says_so(sign_in):
    client = sign_in("harbin")
    enter_exercise(client)
    assert client.get("/exercises/leave/").status_code == 405
    page = client.post("/exercises/leave/", {"seat": f"{HARBIN} exercise"}, follow=True).content.decode()
    assert "此后所发内容均为真实记录" in page
    assert 'data-mode="exercise"' not in page


def test_a_body_without_a_key_for_drills_is_told_at_once(node, sign_in, monkeypatch):
    whole = node.keys.key

    def key(body, role):
        if role == "exercise":
            raise NotFoundError("keyring.no_key", "no key for drills here", todo="Make one.")
        return whole(body, role)

    monkeypatch.setattr(node.keys, "key", key)
    client = sign_in("harbin")
    assert press(client, "/exercises/", word="演习").status_code == 404
    assert EXERCISE not in client.session


@pytest.mark.parametrize("user", ["auditor", "admin"])
def test_who_has_no_desk_enters_no_drill(sign_in, user):
    assert sign_in(user).get("/exercises/").status_code == 403
    assert press(sign_in(user), "/exercises/", "songhua-basin", word="演习").status_code == 403


def test_who_is_not_signed_in_is_sent_to_do_that(sign_in):
    assert sign_in("").get("/exercises/").status_code == 302


def test_what_is_said_in_a_drill_is_signed_with_its_own_key_and_stands_apart(node, sign_in):
    opened(node, exercise=True)
    sent = told(node, exercise=True)[HARBIN]
    actual = node.standing().to_bytes()
    client, before = sign_in("harbin"), node.log.size
    enter_exercise(client)
    client.post(f"/notices/{sent}/", filled(client.get(f"/notices/{sent}/?answer=adopt")))
    warning, adopted = said(node, before)
    assert [one.exercise for one in (warning, adopted)] == [True, True]
    drill, earnest = (node.keys.key(HARBIN, role) for role in ("exercise", "statement"))
    for place in (before, before + 1):
        assert signed_by(node.entry(place), drill)
        assert not signed_by(node.entry(place), earnest)
    assert node.standing().to_bytes() == actual
    assert node.standing(exercise=True).warnings.keys() == {warning.id}


def signed_by(entry: bytes, key: SigningKey) -> bool:
    """Whether a key of Harbin has signed an entry of the log."""
    try:
        verify(
            entry,
            lambda keyid, data, made: keyid == keyid_of(key.verifier) and key.verifier.verify(data, made),
            role=key.role,
            by=HARBIN,
        )
    except StatementError:
        return False
    return True


PAGES = ("/notices/?view=all", "/warnings/", "/approvals/", "/field-reports/")


def test_every_list_shows_the_drill_only_and_the_actual_shows_none_of_it(node, sign_in):
    facts = plain("FieldReportFiled", place="plant")
    seen = {}
    for exercise in (False, True):
        opened(node, exercise=exercise)
        report = node.desk(HARBIN, "duty-07", exercise=exercise).file_field_report(**facts)
        seen[exercise] = {told(node, exercise=exercise)[HARBIN], warned(node, exercise=exercise), report}
    client = sign_in("harbin")
    for exercise in (False, True):
        text = "".join(client.get(page).content.decode() for page in PAGES)
        assert all(one in text for one in seen[exercise])
        assert not any(one in text for one in seen[not exercise])
        if not exercise:
            enter_exercise(client)


@pytest.mark.parametrize("kind", ["notices", "warnings"])
def test_a_page_of_the_other_mode_says_what_it_is_and_shows_nothing(node, sign_in, kind):
    opened(node)
    one = told(node)[HARBIN] if kind == "notices" else warned(node)
    client = sign_in("harbin")
    enter_exercise(client)
    page = client.get(f"/{kind}/{one}/")
    assert page.status_code == 404
    assert "这是真实记录，演习中不显示" in page.content.decode()


FORMS = (
    ("/warnings/new/", {"level": "yellow", "headline_zh": "很长的标题"}),
    ("/notices/new/", {"headline_zh": "很长的标题", "to": ["230800"]}),
    ("/field-reports/new/", {"what_zh": "很长的标题"}),
    ("/risk-reports/new/", {"what_zh": "很长的标题"}),
    ("/notices/due/", {"incident": INCIDENT, "x": "很长的标题"}),
    ("/approvals/climb/", {"x": "很长的标题"}),
    ("/exercises/", {"word": "演习", "x": "很长的标题"}),
)


@pytest.mark.parametrize(("page", "typed"), FORMS, ids=[page for page, _ in FORMS])
def test_a_form_of_the_actual_sent_in_a_drill_is_refused_with_all_that_was_typed(node, sign_in, page, typed):
    opened(node)
    client = sign_in("harbin")
    enter_exercise(client)
    before = node.log.size
    refused = press(client, page, **typed)
    assert refused.status_code == 409
    text = refused.content.decode()
    assert "该表单打开时是<b>真实工作</b>" in text
    assert "您现在处于<b>演习</b>" in text
    assert "很长的标题" in text
    assert node.log.size == before


@pytest.mark.parametrize(("page", "typed"), FORMS, ids=[page for page, _ in FORMS])
def test_a_form_of_a_drill_sent_in_the_actual_is_refused(node, sign_in, page, typed):
    opened(node)
    client, before = sign_in("harbin"), node.log.size
    refused = press(client, page, exercise=True, **typed)
    assert refused.status_code == 409
    assert "该表单打开时是<b>演习</b>" in refused.content.decode()
    assert node.log.size == before
    assert EXERCISE not in client.session


@pytest.mark.parametrize("more", ["", "update/", "cancel/"])
def test_a_warning_or_notice_is_neither_answered_nor_changed_across_the_modes(node, sign_in, more):
    held = warned(node)
    opened(node)
    notice = told(node)[HARBIN]
    client = sign_in("harbin")
    before = node.log.size
    page = f"/warnings/{held}/{more}" if more else f"/notices/{notice}/"
    assert press(client, page, exercise=True, cause="error", answer="acknowledge").status_code == 409
    enter_exercise(client)
    assert press(client, page, cause="error", answer="acknowledge").status_code == 409
    assert press(client, page, exercise=True, cause="error", answer="acknowledge").status_code == 404
    assert node.log.size == before


def test_a_form_that_was_opened_at_another_body_is_refused(node, sign_in):
    client, before = sign_in("harbin"), node.log.size
    assert press(client, "/field-reports/new/", "220200", what_zh="x").status_code == 409
    assert client.post("/field-reports/new/", {"what_zh": "x"}).status_code == 409
    assert node.log.size == before


def test_one_person_in_a_drill_moves_nobody_else(sign_in):
    enter_exercise(sign_in("harbin"))
    assert 'data-mode="exercise"' not in sign_in("harbin").get("/notices/").content.decode()
