"""Administration: people are invited, given roles, and leave; tokens; what was done is written down."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from riskshed.errors import NotFoundError
from riskshed.web import invitations, tokens
from riskshed.web.models import AdminEvent, Invitation, Mailbox, Membership, Token, Webhook
from riskshed.web.people import appoint
from tests.web.conftest import PASSWORD

BODY = "songhua-basin"
FRESH = "a quite different long secret"
GIVEN = {"username": "li.wei", "officer": "duty-12", "roles": ["duty_officer", "analyst"]}


@pytest.fixture(autouse=True)
def _calm() -> None:
    cache.clear()


@pytest.fixture
def admin(sign_in) -> Client:
    """An administrator who has just confirmed that it is he."""
    client = sign_in("admin")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def invite(admin: Client, **changes) -> str:
    """The path of the link."""
    page = admin.post("/administration/people/", {**GIVEN, **changes}).content.decode()
    return re.search(r"http://testserver(/invitation/[\w-]+/)", page)[1]


def acts() -> list[str]:
    return list(AdminEvent.objects.order_by("pk").values_list("act", flat=True))


# ------------------------------------------------------------------------------------------- invitations


def test_who_is_invited_chooses_his_password_and_has_the_post(admin):
    guest, link = Client(), invite(admin)
    assert guest.get(link)["Location"] == "/invitation/"
    assert "duty-12" in guest.get("/invitation/").content.decode()
    assert guest.post("/invitation/", {"first": FRESH, "again": FRESH})["Location"] == "/accounts/login/"
    held = Membership.objects.filter(user__username="li.wei").values_list("body", "role", "officer")
    assert sorted(held) == [(BODY, "analyst", "duty-12"), (BODY, "duty_officer", "duty-12")]
    guest.post("/accounts/login/", {"login": "li.wei", "password": FRESH})
    assert guest.get("/rules/").status_code == 200


def test_a_link_works_once(admin):
    link = invite(admin)
    first, second = Client(), Client()
    first.get(link)
    second.get(link)
    first.post("/invitation/", {"first": FRESH, "again": FRESH})
    assert second.post("/invitation/", {"first": "x" + FRESH, "again": "x" + FRESH}).status_code == 404
    assert get_user_model().objects.get(username="li.wei").check_password(FRESH)


def test_a_link_ends_after_three_days(admin):
    link = invite(admin)
    Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert Client().get(link).status_code == 404


def test_a_withdrawn_link_opens_nothing(admin):
    link = invite(admin)
    admin.post(f"/administration/invitations/{Invitation.objects.get().pk}/withdraw/")
    assert Client().get(link).status_code == 404
    assert acts() == ["person.invited", "invitation.withdrawn"]


def test_a_link_is_shown_once_and_kept_as_its_digest(admin):
    secret = invite(admin).split("/")[2]
    assert secret not in admin.get("/administration/people/").content.decode()
    assert secret not in str(Invitation.objects.values()[0])


@pytest.mark.parametrize(
    "wrong",
    [{"first": "short", "again": "short"}, {"first": FRESH, "again": "x"}, {"first": "", "again": ""}],
)
def test_a_bad_password_makes_no_account(admin, wrong):
    guest = Client()
    guest.get(invite(admin))
    assert guest.post("/invitation/", wrong).status_code == 400
    assert not get_user_model().objects.filter(username="li.wei").exists()


def test_inviting_needs_the_password_again_and_then_goes_on_with_what_was_filled_in(sign_in):
    client = sign_in("admin")
    asked = client.post("/administration/people/", GIVEN)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not Invitation.objects.exists()
    page = client.post(asked["Location"], {"password": PASSWORD, "next": "/administration/people/"})
    assert "/invitation/" in page.content.decode()
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"username": "Li Wei"}, {"username": ""}, {"officer": "值班"}, {"roles": []}, {"roles": ["king"]},
     {"roles": ["administrator", "auditor"]}, {"officer": "basin-01"}],
)  # fmt: skip
def test_what_cannot_be_is_not_invited(admin, wrong):
    assert admin.post("/administration/people/", {**GIVEN, **wrong}).status_code == 400
    assert not Invitation.objects.exists()
    assert acts() == []


def test_an_account_that_exists_is_not_opened_by_inviting_it(admin, people):
    guest, link = Client(), invite(admin, username="harbin")
    guest.get(link)
    guest.post("/invitation/", {"first": FRESH, "again": FRESH})
    assert not get_user_model().objects.get(username="harbin").check_password(FRESH)
    assert not Membership.objects.filter(user=people["harbin"], body=BODY).exists()


@pytest.mark.parametrize("who", ["basin", None])
def test_the_link_itself_gives_a_post_to_nobody_but_the_holder(node, people, who):
    _, secret = invitations.invite(BODY, "harbin", "duty-12", ["analyst"], people["admin"])
    with pytest.raises(NotFoundError):
        invitations.accept(secret, password=FRESH, user=people[who] if who else None)
    assert not Membership.objects.filter(user=people["harbin"], body=BODY).exists()
    assert Invitation.objects.get().used is None


def test_the_holder_of_an_account_accepts_a_second_post_himself(admin, people, sign_in):
    holder, link = sign_in("harbin"), invite(admin, username="harbin")
    holder.get(link)
    assert holder.post("/invitation/").status_code == 302
    assert Membership.objects.filter(user=people["harbin"], body=BODY).count() == 2
    assert get_user_model().objects.get(username="harbin").check_password(PASSWORD)


def test_whoever_administers_the_node_invites_the_first_administrator_of_another_body(admin):
    invite(admin, body="220200", roles=["administrator"])
    assert Invitation.objects.get().body == "220200"


@pytest.mark.parametrize(("body", "roles"), [("220200", ["duty_officer"]), ("nowhere", ["administrator"])])
def test_and_nobody_else_there(admin, body, roles):
    assert admin.post("/administration/people/", {**GIVEN, "body": body, "roles": roles}).status_code == 403
    assert not Invitation.objects.exists()


def test_who_administers_another_body_invites_to_his_own_alone(sign_in, people):
    appoint(people["harbin"], "230100", "duty-07", ["administrator"])
    client = sign_in("harbin")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    given = {**GIVEN, "body": "220200", "roles": ["administrator"]}
    assert client.post("/administration/people/", given).status_code == 403


# ------------------------------------------------------------------------------------------------- people


def test_roles_are_changed_and_that_is_written_down(admin, people):
    number = people["basin"].pk
    given = {"officer": "basin-02", "roles": ["analyst"]}
    assert admin.post(f"/administration/people/{number}/", given).status_code == 302
    held = Membership.objects.filter(user=people["basin"]).values_list("role", "officer")
    assert list(held) == [("analyst", "basin-02")]
    event = AdminEvent.objects.get()
    assert (event.who, event.act, event.about, event.body) == ("admin", "person.roles", "basin", BODY)
    assert event.details == {"officer": "basin-02", "roles": ["analyst"]}


def test_nobody_changes_his_own_roles(admin, people):
    number = people["admin"].pk
    given = {"officer": "admin-01", "roles": ["administrator", "commander"]}
    assert admin.post(f"/administration/people/{number}/", given).status_code == 403
    assert Membership.objects.filter(user=people["admin"]).count() == 1


def test_who_leaves_has_no_sessions_left(admin, people):
    client = Client()
    client.post("/accounts/login/", {"login": "basin", "password": PASSWORD})
    assert client.get("/rules/").status_code == 200
    admin.post(f"/administration/people/{people['basin'].pk}/", {"officer": "", "roles": []})
    assert client.get("/rules/").status_code == 302
    assert acts() == ["person.ended"]


@pytest.mark.parametrize("path", ["", "password/", "factor/", "sessions/"])
def test_people_of_another_body_are_not_there(admin, people, path):
    url = f"/administration/people/{people['harbin'].pk}/{path}"
    assert admin.post(url, {"officer": "x", "roles": ["analyst"]}).status_code == 404
    assert acts() == []


def test_a_link_to_a_new_password_ends_the_old_one_and_the_sessions(admin, people):
    client, guest = Client(), Client()
    client.post("/accounts/login/", {"login": "basin", "password": PASSWORD})
    page = admin.post(f"/administration/people/{people['basin'].pk}/password/").content.decode()
    guest.get(re.search(r"http://testserver(/invitation/[\w-]+/)", page)[1])
    guest.post("/invitation/", {"first": FRESH, "again": FRESH})
    assert client.get("/rules/").status_code == 302
    basin = get_user_model().objects.get(username="basin")
    assert basin.check_password(FRESH)
    assert acts() == ["person.password_link", "person.password_set"]


def test_a_new_password_leaves_the_second_factor_in_place(admin, people):
    TOTP.activate(people["basin"], "JBSWY3DPEHPK3PXP")
    page = admin.post(f"/administration/people/{people['basin'].pk}/password/").content.decode()
    guest = Client()
    guest.get(re.search(r"http://testserver(/invitation/[\w-]+/)", page)[1])
    guest.post("/invitation/", {"first": FRESH, "again": FRESH})
    answer = guest.post("/accounts/login/", {"login": "basin", "password": FRESH})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")


def test_the_password_of_who_serves_another_body_too_is_not_given_to_the_administrator_of_one(
    sign_in, people
):
    appoint(people["harbin-commander"], "230100", "command-01", ["administrator"])
    appoint(people["basin"], "230100", "duty-20", ["analyst"])
    client = sign_in("harbin-commander")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for path in ("password/", "factor/"):
        assert client.post(f"/administration/people/{people['basin'].pk}/{path}").status_code == 403
    assert not Invitation.objects.exists()


def test_a_lost_factor_is_removed_with_the_sessions(admin, people):
    TOTP.activate(people["basin"], "JBSWY3DPEHPK3PXP")
    admin.post(f"/administration/people/{people['basin'].pk}/factor/")
    assert not Authenticator.objects.filter(user=people["basin"]).exists()
    assert acts() == ["person.factor_removed"]


def test_an_administrator_ends_the_sessions_of_a_person(admin, people):
    client = Client()
    client.post("/accounts/login/", {"login": "basin", "password": PASSWORD})
    admin.post(f"/administration/people/{people['basin'].pk}/sessions/")
    assert client.get("/rules/").status_code == 302
    assert acts() == ["person.sessions_ended"]


# ------------------------------------------------------------------------------------------------- tokens


def test_a_token_is_made_and_shown_once(admin):
    page = admin.post("/administration/tokens/", {"name": "gauges", "roles": ["analyst"], "days": "30"})
    secret = re.search(r"rsk_[\w-]{43}", page.content.decode())[0]
    assert tokens.holding(secret).body == BODY
    assert "no-store" in page["Cache-Control"]
    assert secret not in admin.get("/administration/tokens/").content.decode()
    assert acts() == ["token.made"]


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"roles": ["commander"]}, {"roles": []}, {"days": "367"}, {"days": "x"}, {"days": "-1"}],
)
def test_a_token_that_cannot_be_is_not_made(admin, wrong):
    given = {"name": "gauges", "roles": ["analyst"], "days": "30", **wrong}
    assert admin.post("/administration/tokens/", given).status_code == 400
    assert not Token.objects.exists()


def test_a_token_is_revoked(admin, people):
    row, secret = tokens.make(BODY, "gauges", ["analyst"], 30, people["admin"])
    admin.post(f"/administration/tokens/{row.pk}/revoke/")
    assert tokens.holding(secret) is None
    assert acts() == ["token.revoked"]


def test_the_token_of_another_body_is_not_there(admin, people):
    row, secret = tokens.make("230100", "gauges", ["analyst"], 30, people["admin"])
    assert admin.post(f"/administration/tokens/{row.pk}/revoke/").status_code == 404
    assert tokens.holding(secret) is not None


# --------------------------------------------------------------------------------------- what is written


def test_an_auditor_reads_what_administrators_did(admin, people, sign_in):
    invite(admin)
    page = sign_in("auditor").get("/administration/events/").content.decode()
    assert "li.wei" in page
    assert "邀请人员" in page


def test_what_was_done_at_another_body_is_not_shown(admin, people, sign_in):
    AdminEvent.objects.create(who="x", body="230100", act="person.invited", about="somebody-else")
    assert "somebody-else" not in sign_in("auditor").get("/administration/events/").content.decode()


def test_the_node_is_shown_to_who_administers_it_alone(sign_in, people, node):
    page = sign_in("admin").get("/administration/node/").content.decode()
    assert f"{node.log.size} 条" in page
    appoint(people["harbin"], "230100", "duty-07", ["administrator"])
    assert sign_in("harbin").get("/administration/node/").status_code == 403


def test_standing_orders_are_shown_and_not_changed(sign_in, node):
    page = sign_in("admin").get("/administration/orders/")
    assert "node.toml" in page.content.decode()
    assert sign_in("admin").post("/administration/orders/").status_code == 405


@pytest.mark.parametrize("path", ["", "people/", "tokens/", "deliveries/", "orders/", "node/"])
def test_every_page_of_administration_is_in_both_languages(sign_in, path):
    client = sign_in("admin")
    zh = client.get(f"/administration/{path}", headers={"accept-language": "zh"}).content.decode()
    en = client.get(f"/administration/{path}", headers={"accept-language": "en"}).content.decode()
    assert 'lang="zh-Hans"' in zh
    assert 'lang="en"' in en
    assert zh != en


def test_a_real_node_says_which_roles_need_a_second_factor(sign_in, node):
    client = sign_in("admin")
    assert "不要求第二因素" in client.get("/administration/").content.decode()
    node.profile = dataclasses.replace(node.profile, is_demo=False)
    asked = client.get("/second-factor/", headers={"accept-language": "en"}).content.decode()
    assert "administrator" in asked


# --------------------------------------------------------------------------------------------- deliveries


def test_a_program_is_added_with_its_secret_once_and_ended(admin):
    given = {"sort": "hook", "where": "https://gateway.city.example/riskshed", "drills": "on"}
    page = admin.post("/administration/deliveries/", given).content.decode()
    assert "<pre" in page
    hook = Webhook.objects.get()
    assert (hook.body, hook.drills) == (BODY, True)
    assert "<pre" not in admin.get("/administration/deliveries/").content.decode()
    admin.post(f"/administration/deliveries/hook/{hook.pk}/end/")
    assert Webhook.objects.get().ended is not None
    assert acts() == ["delivery.changed", "delivery.changed"]


@pytest.mark.parametrize(
    ("sort", "where"),
    [
        ("hook", "http://10.0.0.1/x"),
        ("hook", "ftp://a.example/"),
        ("mail", "nobody"),
        ("fax", "1234"),
        ("mail", ""),
    ],
)
def test_a_way_that_leads_nowhere_is_not_added(admin, sort, where):
    assert admin.post("/administration/deliveries/", {"sort": sort, "where": where}).status_code == 400
    assert not Webhook.objects.exists()
    assert not Mailbox.objects.exists()
