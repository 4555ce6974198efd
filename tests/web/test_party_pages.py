"""Parties in the node: who may speak for one, what he sees, and what never opens to him."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from officers import HARBIN, seat

from riskshed.errors import InputError
from riskshed.governance.draft import Draft
from riskshed.web import event_topics, invitations, party_door, party_mark, tokens
from riskshed.web.access import ACTIONS, may
from riskshed.web.models import Membership
from riskshed.web.people import PARTY_ROLES, ROLE_NAMES, acting, appoint

PARTY = "harbin-filters"


@pytest.fixture(autouse=True)
def no_pace_of_before():
    cache.clear()


OFFICER_ROLES = sorted(ROLE_NAMES - PARTY_ROLES)


def serve(body: str, role: str, name: str = "guest"):
    user = get_user_model().objects.create_user(name, password="a long password for tests")
    Membership.objects.create(user=user, body=body, role=role, officer="post-1")
    return user


def signed_in(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


# ---------------------------------------------------------------------------------------------- the role


@pytest.mark.parametrize("role", OFFICER_ROLES)
def test_no_officer_is_invited_or_appointed_at_a_party(node, people, role):
    with pytest.raises(InputError, match="the roles at harbin-filters are administrator, representative"):
        invitations.invite(PARTY, "li.wei", "duty-1", [role], people["admin"])
    with pytest.raises(InputError, match="the roles at harbin-filters"):
        appoint(people["harbin"], PARTY, "duty-1", [role])


def test_a_government_has_no_representative(node, people):
    with pytest.raises(InputError, match="the roles at 230100"):
        invitations.invite(HARBIN, "li.wei", "duty-1", ["representative"], people["admin"])


def test_a_representative_is_invited_at_a_party(node, people):
    row, _ = invitations.invite(PARTY, "li.wei", "rep-7", ["representative"], people["admin"])
    assert row.roles == ["representative"]


@pytest.mark.parametrize("role", OFFICER_ROLES)
def test_an_officer_that_was_written_down_at_a_party_opens_nothing(node, db, client, role):
    page = signed_in(client, serve(PARTY, role))
    assert page.get("/incidents/").status_code == 403
    assert page.get("/").status_code == 403


def test_a_token_of_an_officer_at_a_party_opens_nothing(node, people):
    with pytest.raises(InputError, match="the roles of a token are among representative"):
        tokens.make(PARTY, "machine", ["duty_officer"], 1, people["admin"])
    row, secret = tokens.make(PARTY, "machine", ["representative"], 1, people["admin"])
    row.roles = ["duty_officer", "representative"]
    row.save()
    assert tokens.actor_from(f"Bearer {secret}").roles == {"representative"}


def test_the_forms_of_a_party_offer_its_roles_alone(node, people, client):
    page = signed_in(client, serve(PARTY, "administrator")).get("/administration/people/").content.decode()
    assert 'value="representative"' in page
    assert 'value="duty_officer"' not in page


def test_a_representative_does_nothing_that_is_not_of_the_open_side(node, sign_in):
    request = sign_in("filters").get("/open/").wsgi_request
    actor = acting(request)
    allowed = {name for name, rule in ACTIONS.items() if not rule.anybody and may(actor, name)}
    closed = ("incident", "notice", "warning", "approval", "agreement", "finding", "watch", "log", "bill")
    assert not {name for name in allowed if name.startswith(closed)}
    assert "situation.see" not in allowed


def test_the_first_page_leads_a_representative_to_the_open_side(sign_in):
    assert sign_in("filters").get("/")["Location"] == "/open/"
    page = sign_in("filters").get("/open/").content.decode()
    assert "哈尔滨净水设备厂" in page
    assert 'href="/incidents/"' not in page


def test_a_representative_hears_of_his_own_body_alone():
    heard = event_topics.hearable([PARTY], governs=False)
    assert heard == {f"body:{PARTY}"}
    assert event_topics.MEMBERS in event_topics.hearable([HARBIN])


def test_a_party_does_not_sit_at_the_desk_of_a_government(sign_in):
    answer = sign_in("filters").post("/desk/", {"body": HARBIN, "seat": seat(PARTY)})
    assert answer.status_code == 403


# ------------------------------------------------------------------------------------------------ verified


def verify(client, code=PARTY, **more):
    told = {"seat": seat("songhua-basin"), "how": "public_register", "until": "2006-11-20T00:00", **more}
    return client.post(f"/parties/{code}/verify/", told)


def test_a_party_is_marked_in_words_once_a_government_has_checked_it(node, sign_in, client):
    assert "未核验" in client.get(f"/parties/{PARTY}/").content.decode()
    assert verify(sign_in("basin")).status_code == 302
    page = client.get(f"/parties/{PARTY}/").content.decode()
    assert "已核验" in page
    assert "公开登记信息" in page
    assert party_mark.word(PARTY) == "（已核验）"


def test_a_check_that_is_over_already_is_none(node, sign_in):
    assert verify(sign_in("basin"), until="2005-01-01T00:00").status_code == 400
    assert verify(sign_in("basin"), until="").status_code == 400
    assert verify(sign_in("basin"), how="").status_code == 400
    assert node.standing().verified == {}


def test_a_party_verifies_neither_itself_nor_others(node, sign_in):
    answer = verify(sign_in("filters"), seat=seat(PARTY))
    assert answer.status_code == 403


def test_a_government_is_no_party(sign_in, client):
    assert client.get(f"/parties/{HARBIN}/").status_code == 404
    assert verify(sign_in("basin"), HARBIN).status_code == 404


# ------------------------------------------------------------------------------------------------- joining


ASKED = {
    "kind": "chamber",
    "name_zh": "松原市节水协会",
    "name_en": "Songyuan water saving society",
    "city": "220700",
    "registered_as": "91220101MA0Y12345X",
    "about": "推广节水设备",
    "username": "society",
}


def ask(client, **more):
    return client.post("/parties/join/", {**ASKED, **more})


def request_of(answer):
    return party_door.find(answer["Location"].split("/")[3])


def test_nothing_is_on_the_log_until_somebody_was_let_in(node, sign_in, client, people):
    size = node.log.size
    answer = ask(client)
    link = answer["Location"]
    assert "申请已收到" in client.get(link).content.decode()
    assert node.log.size == size
    row = request_of(answer)
    assert row.digest not in link
    basin = sign_in("basin")
    assert "松原市节水协会" in basin.get("/parties/requests/").content.decode()
    told = {
        "seat": seat("songhua-basin"),
        "act": "verify",
        "how": "public_register",
        "until": "2006-11-01T00:00",
    }
    assert basin.post(f"/parties/requests/{row.pk}/", told).status_code == 302
    row.refresh_from_db()
    held = node.standing().bodies[row.body]
    assert (held.kind, held.city, held.name["zh"]) == ("chamber", "220700", "松原市节水协会")
    assert node.keys.verifier(row.body) is not None
    assert party_mark.voice(row.body).state == "verified"
    # The link leads to the account of its representative, once.
    onward = client.post(link)["Location"]
    assert onward.startswith("/invitation/")
    client.get(onward)
    password = "a long password of the society"
    assert client.post("/invitation/", {"first": password, "again": password}).status_code == 302
    assert Membership.objects.filter(body=row.body, role="representative").count() == 1
    assert client.post(link).status_code == 400
    # Decided is decided.
    assert basin.post(f"/parties/requests/{row.pk}/", told).status_code == 400


def test_a_request_that_is_refused_says_why_and_leaves_nothing_on_the_log(node, sign_in, client):
    size, answer = node.log.size, ask(client)
    row = request_of(answer)
    told = {"seat": seat("songhua-basin"), "act": "refuse", "reason": "登记信息不符"}
    assert sign_in("basin").post(f"/parties/requests/{row.pk}/", told).status_code == 302
    assert "登记信息不符" in client.get(answer["Location"]).content.decode()
    assert node.log.size == size


def test_only_the_body_that_runs_the_node_decides(node, sign_in, client):
    row = request_of(ask(client))
    told = {"seat": seat(HARBIN), "act": "accept"}
    assert sign_in("harbin").post(f"/parties/requests/{row.pk}/", told).status_code == 403
    assert sign_in("harbin").get("/parties/requests/").status_code == 403


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("哈尔滨市", "无法区分"),
        ("哈 尔 滨 市", "无法区分"),
        ("哈尔滨净水设备厂（示范）", "无法区分"),
        ("Ｈarbin WATER filter maker - demonstration", "无法区分"),
        ("Наrbin", "混用"),
        ("HАRBIN", "混用"),
    ],
)
def test_a_name_made_to_look_like_another_is_refused(node, db, client, name, word):
    answer = ask(client, name_zh=name, name_en="")
    assert answer.status_code == 400
    assert word in answer.content.decode()


def test_a_name_that_is_merely_close_is_shown_to_the_officer_beside_the_other(node, sign_in, client):
    assert ask(client, name_zh="哈尔滨净水设备一厂（示范）").status_code == 302
    page = sign_in("basin").get("/parties/requests/").content.decode()
    assert "名称相近" in page
    assert PARTY in page


def test_a_party_that_was_renamed_is_not_verified_any_more(node, sign_in, client):
    verify(sign_in("basin"))
    body = {
        "body": PARTY,
        "kind": "enterprise",
        "name": {"zh": "国家电网", "en": "State Grid"},
        "key": str(node.keys.key(PARTY).verifier),
    }
    node.desk(PARTY, "rep-01").say(Draft("BodyJoined", PARTY, None, None, body))
    page = client.get(f"/parties/{PARTY}/").content.decode()
    assert "核验后改名" in page
    assert party_mark.word(PARTY) == "（核验后改名）"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name_zh": "", "name_en": ""},
        {"kind": "government"},
        {"kind": "resident"},
        {"city": "999999"},
        {"username": "王 伟"},
        {"registered_as": "123"},
        {"about": "联系人电话 13800138000"},
        {"name_zh": "长" * 101},
    ],
)
def test_a_request_that_cannot_be_is_refused_and_nothing_is_kept(node, db, client, wrong):
    assert ask(client, **wrong).status_code == 400
    assert party_door.waiting() == []


def test_requests_are_paced_and_a_machine_is_not_heard(node, db, client):
    assert ask(client, website="x").status_code == 302
    assert party_door.waiting() == []
    codes = [ask(client, name_zh=f"第{at}节水协会").status_code for at in range(6)]
    assert codes[-1] == 429


def test_a_join_that_fails_leaves_no_key_and_waits_as_before(node, db, client, monkeypatch):
    row = request_of(ask(client))
    before = node.keys.bodies()

    def fails(*_, **__):
        raise InputError("log.stopped", "the disk is full")

    monkeypatch.setattr(node.record, "append", fails)
    with pytest.raises(InputError):
        party_door.let_in(node, row, node.now(), officer="basin-01", how=None, until=None)
    row.refresh_from_db()
    assert (node.keys.bodies(), row.body, row.decided_at) == (before, "", None)
