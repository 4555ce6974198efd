"""People, posts and desks; sessions and second factors; tokens."""

from __future__ import annotations

import dataclasses
import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from riskshed.errors import InputError
from riskshed.web import accounts, session_limits, tokens
from riskshed.web.models import Membership, Token
from riskshed.web.people import appoint
from tests.web.conftest import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _calm(node) -> None:
    cache.clear()


def code_now() -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def log_in(user: str, password: str = PASSWORD, client: Client | None = None, **more):
    client = client or Client()
    return client, client.post("/accounts/login/", {"login": user, "password": password}, **more)


# ---------------------------------------------------------------------------------------- posts and roles


def test_a_post_belongs_to_one_person_at_a_time(node, people):
    with pytest.raises(InputError, match="belongs to somebody else"):
        appoint(people["auditor"], "230100", "duty-07", ["analyst"])
    assert not Membership.objects.filter(user=people["auditor"], body="230100").exists()


def test_the_table_itself_refuses_a_shared_post(people):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(
            user=people["auditor"], body="230100", role="duty_officer", officer="duty-07"
        )


def test_who_administers_a_body_does_not_audit_it(node, people):
    with pytest.raises(InputError, match="does not audit"):
        appoint(people["harbin"], "230100", "duty-07", ["administrator", "auditor"])


def test_roles_are_exactly_those_that_were_given(node, people):
    appoint(people["harbin"], "230100", "duty-08", ["commander", "analyst"])
    held = set(Membership.objects.filter(user=people["harbin"], body="230100").values_list("role", "officer"))
    assert held == {("commander", "duty-08"), ("analyst", "duty-08")}


def test_no_role_ends_the_service(people):
    appoint(people["harbin"], "230100", "", [])
    assert not Membership.objects.filter(user=people["harbin"]).exists()


@pytest.mark.parametrize("officer", ["", "值班", "a b", "x" * 65, "-x", "duty\n07"])
def test_what_is_not_the_number_of_a_post_is_refused(node, people, officer):
    with pytest.raises(InputError, match="a post is"):
        appoint(people["harbin"], "230100", officer, ["analyst"])


# ------------------------------------------------------------------------------------------------ desks


def test_the_session_keeps_the_desk_that_was_chosen(sign_in, people):
    appoint(people["harbin"], "220200", "duty-11", ["analyst"])
    client = sign_in("harbin")
    assert client.post("/desk/", {"body": "220200"})["Location"] == "/"
    assert "duty-11" in client.get("/rules/").content.decode()


def test_nobody_sits_at_the_desk_of_a_body_that_he_does_not_serve(sign_in):
    client = sign_in("harbin")
    assert client.post("/desk/", {"body": "220200"}).status_code == 403
    assert "duty-07" in client.get("/rules/").content.decode()


def test_who_has_left_a_body_does_not_stay_at_its_desk(sign_in, people):
    appoint(people["harbin"], "220200", "duty-11", ["analyst"])
    client = sign_in("harbin")
    client.post("/desk/", {"body": "220200"})
    appoint(people["harbin"], "220200", "", [])
    assert "duty-07" in client.get("/rules/").content.decode()


# ------------------------------------------------------------------------------------------------ signing in


def test_a_person_signs_in_with_name_and_password(node, people):
    client, answer = log_in("harbin")
    assert answer["Location"] == "/"
    assert client.get("/desk/").status_code == 200


def test_a_wrong_password_and_a_wrong_name_look_the_same(node, people):
    wrong = log_in("harbin", "not the password")[1].content.decode()
    nobody = log_in("nobody", "not the password")[1].content.decode()
    assert _anonymous(wrong) == _anonymous(nobody)


def _anonymous(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|harbin|nobody', "", page)


def test_five_wrong_passwords_lock_the_account_at_that_address_and_say_for_how_long(node, people):
    answers = [log_in("harbin", f"wrong {at}")[1] for at in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 429]
    assert answers[4]["Retry-After"] == "900"
    assert "15" in answers[4].content.decode()
    locked = log_in("harbin")[1]
    assert locked.status_code == 429
    assert "_auth_user_id" not in log_in("harbin")[0].session


def test_a_stranger_does_not_lock_an_officer_out_from_elsewhere(node, people):
    for at in range(6):
        log_in("harbin", f"wrong {at}", REMOTE_ADDR="203.0.113.66")
    assert log_in("harbin", REMOTE_ADDR="203.0.113.7")[1].status_code == 302


def test_the_lock_ends_after_a_quarter_of_an_hour(node, people):
    for at in range(5):
        log_in("harbin", f"wrong {at}")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert log_in("harbin")[1].status_code == 302


def test_many_names_from_one_address_are_slowed_down(node, people):
    for at in range(30):
        log_in(f"guess-{at}", "wrong")
    assert "_auth_user_id" not in log_in("harbin")[0].session


def test_there_is_no_way_to_sign_up(node, db):
    for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"):
        assert Client().get(path).status_code == 404


def test_signing_in_begins_a_session_with_another_key(node, people):
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["before"] = True
    session.save()
    before = client.cookies["session"].value if "session" in client.cookies else session.session_key
    log_in("harbin", client=client)
    assert client.cookies["session"].value != before


# ---------------------------------------------------------------------------------------- sessions that end


def test_a_session_ends_after_its_hours(sign_in):
    client = sign_in("harbin")
    client.get("/rules/")
    _age(client, session_limits.SINCE, 12 * 3600 + 1)
    assert client.get("/rules/").status_code == 302


def test_a_session_ends_unused(sign_in):
    client = sign_in("harbin")
    client.get("/rules/")
    _age(client, session_limits.USED, 120 * 60 + 1)
    assert client.get("/rules/").status_code == 302


def test_using_it_keeps_a_session_alive_but_does_not_make_it_younger(sign_in):
    client = sign_in("harbin")
    client.get("/rules/")
    _age(client, session_limits.USED, 100 * 60)
    client.get("/rules/")
    assert time.time() - client.session[session_limits.USED] < 60
    _age(client, session_limits.SINCE, 12 * 3600 + 1)
    assert client.get("/rules/").status_code == 302


def _age(client: Client, key: str, seconds: float) -> None:
    session = client.session
    session[key] = time.time() - seconds
    session.save()


def test_signing_out_ends_the_session_at_the_server(node, people):
    client, _ = log_in("harbin")
    kept = client.cookies["session"].value
    client.post("/accounts/logout/")
    thief = Client()
    thief.cookies["session"] = kept
    assert thief.get("/rules/").status_code == 302


def test_signing_out_needs_a_post(node, people):
    client, _ = log_in("harbin")
    client.get("/accounts/logout/")
    assert client.get("/rules/").status_code == 200


def test_a_person_sees_his_sessions_and_ends_the_others(node, people):
    here, _ = log_in("harbin", HTTP_USER_AGENT="duty room")
    there, _ = log_in("harbin", HTTP_USER_AGENT="at home")
    page = here.get("/accounts/sessions/").content.decode()
    assert "duty room" in page
    assert "at home" in page
    here.post("/accounts/sessions/")
    assert there.get("/rules/").status_code == 302
    assert here.get("/rules/").status_code == 200


def test_a_sixth_session_takes_the_place_of_the_oldest(node, people):
    clients = [log_in("harbin")[0] for _ in range(accounts.SESSIONS_MAX + 1)]
    assert UserSession.objects.filter(user=people["harbin"]).count() == accounts.SESSIONS_MAX
    assert clients[0].get("/rules/").status_code == 302
    assert clients[-1].get("/rules/").status_code == 200


def test_a_new_password_ends_the_other_sessions(node, people):
    here, _ = log_in("harbin")
    there, _ = log_in("harbin")
    fresh = "another quite long secret"
    given = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
    assert here.post("/accounts/password/change/", given).status_code == 302
    assert there.get("/rules/").status_code == 302
    assert here.get("/rules/").status_code == 200
    assert log_in("harbin", fresh)[1].status_code == 302


def test_changing_the_password_needs_the_old_one(node, people):
    client, _ = log_in("harbin")
    given = {
        "oldpassword": "wrong",
        "password1": "another quite long secret",
        "password2": "another quite long secret",
    }
    assert client.post("/accounts/password/change/", given).status_code == 200
    assert log_in("harbin")[1].status_code == 302


@pytest.mark.parametrize(
    "password", ["short1", "password1234", "riskshed-duty-1", "harbinharbin12", "1qaz2wsx3edc"]
)
def test_a_password_that_is_short_common_or_made_of_obvious_words_is_refused(node, people, password):
    client, _ = log_in("harbin")
    given = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post("/accounts/password/change/", given).status_code == 200
    assert log_in("harbin")[1].status_code == 302


@pytest.mark.parametrize(
    "password", ["x" * 3 + "静水深流不止" * 20, " begins and ends with space ", "nothing but small letters"]
)
def test_any_long_password_is_taken_exactly_as_it_is(node, people, password):
    client, _ = log_in("harbin")
    given = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post("/accounts/password/change/", given).status_code == 302
    assert log_in("harbin", password)[1].status_code == 302
    assert log_in("harbin", password.strip().upper())[1].status_code == 200


# ---------------------------------------------------------------------------------------- second factor


def test_signing_in_asks_for_the_second_factor_of_who_has_one(node, people):
    TOTP.activate(people["harbin"], SECRET)
    client, answer = log_in("harbin")
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/rules/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": code_now()}).status_code == 302
    assert client.get("/rules/").status_code == 200


def test_a_code_works_once(node, people):
    TOTP.activate(people["harbin"], SECRET)
    code = code_now()
    first, _ = log_in("harbin")
    first.post("/accounts/2fa/authenticate/", {"code": code})
    second, _ = log_in("harbin")
    second.post("/accounts/2fa/authenticate/", {"code": code})
    assert first.get("/rules/").status_code == 200
    assert second.get("/rules/").status_code == 302


def test_codes_cannot_be_tried_for_long(node, people):
    TOTP.activate(people["harbin"], SECRET)
    client, _ = log_in("harbin")
    for at in range(10):
        client.post("/accounts/2fa/authenticate/", {"code": f"{at:06}"})
    client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    assert client.get("/rules/").status_code == 302


def test_the_secret_of_a_second_factor_is_not_in_the_database(node, people):
    TOTP.activate(people["harbin"], SECRET)
    kept = Authenticator.objects.get(user=people["harbin"])
    assert SECRET not in str(kept.data)
    assert kept.wrap().validate_code(code_now())


def test_showing_it_gives_the_withheld_role(node, people):
    node.profile = dataclasses.replace(node.profile, is_demo=False)
    TOTP.activate(people["admin"], SECRET)
    client, _ = log_in("admin")
    client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    assert client.get("/administration/").status_code == 200


def test_a_factor_that_was_removed_does_not_count_any_more(node, people):
    node.profile = dataclasses.replace(node.profile, is_demo=False)
    TOTP.activate(people["admin"], SECRET)
    client, _ = log_in("admin")
    client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    Authenticator.objects.all().delete()
    assert client.get("/administration/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_adding_a_factor_needs_the_password_again_and_gives_the_role(node, people):
    node.profile = dataclasses.replace(node.profile, is_demo=False)
    client, _ = log_in("admin")
    asked = client.get("/accounts/2fa/totp/activate/")
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert client.get("/administration/").status_code == 200


def test_a_recovery_code_stands_in_for_it_once(node, people):
    TOTP.activate(people["harbin"], SECRET)
    code = RecoveryCodes.activate(people["harbin"]).get_unused_codes()[0]
    first, _ = log_in("harbin")
    first.post("/accounts/2fa/authenticate/", {"code": code})
    second, _ = log_in("harbin")
    second.post("/accounts/2fa/authenticate/", {"code": code})
    assert first.get("/rules/").status_code == 200
    assert second.get("/rules/").status_code == 302


# ------------------------------------------------------------------------------------------------ tokens


def asking(secret: str):
    return tokens.actor_of(RequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {secret}"))


def test_a_token_acts_for_its_body_with_its_roles(people):
    row, secret = tokens.make("230100", "gauges", ["analyst"], 30, people["admin"])
    actor = asking(secret)
    assert (actor.body, actor.roles, actor.officer, actor.user) == (
        "230100",
        frozenset({"analyst"}),
        f"machine-{row.pk}",
        None,
    )


def test_a_token_is_kept_as_its_digest_alone(people):
    row, secret = tokens.make("230100", "gauges", ["analyst"], 30, people["admin"])
    kept = Token.objects.filter(pk=row.pk).values()[0]
    assert secret not in str(kept)
    assert secret.removeprefix(tokens.MARK) not in str(kept)


def test_two_tokens_are_never_the_same_and_long(people):
    made = {tokens.make("230100", "gauges", ["analyst"], 30, people["admin"])[1] for _ in range(20)}
    assert len(made) == 20
    assert all(len(one) == 47 for one in made)


def test_a_revoked_token_opens_nothing(people):
    row, secret = tokens.make("230100", "gauges", ["analyst"], 30, people["admin"])
    tokens.revoke(row)
    assert asking(secret) is None


def test_an_expired_token_opens_nothing(people):
    row, secret = tokens.make("230100", "gauges", ["analyst"], 30, people["admin"])
    Token.objects.filter(pk=row.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert asking(secret) is None


@pytest.mark.parametrize(
    "secret", ["", "rsk_", "rsk_wrong", "x" * 47, "rsk_" + "é" * 43, "rsk_" + "a" * 5000]
)
def test_what_is_not_a_token_opens_nothing(db, secret):
    assert asking(secret) is None


def test_a_refused_token_is_noted_without_telling_it(people, caplog):
    asking("rsk_" + "s" * 43)
    assert "token.refused digest=" in caplog.text
    assert "ssss" not in caplog.text


def test_a_token_in_the_address_is_not_looked_at(people):
    _, secret = tokens.make("230100", "gauges", ["analyst"], 30, people["admin"])
    assert tokens.actor_of(RequestFactory().get("/", {"token": secret, "access_token": secret})) is None


@pytest.mark.parametrize(
    ("name", "roles", "days"),
    [("", ["analyst"], 1), ("x" * 81, ["analyst"], 1), ("x", [], 1), ("x", ["commander"], 1),
     ("x", ["administrator"], 1), ("x", ["analyst"], 0), ("x", ["analyst"], 367)],
)  # fmt: skip
def test_a_token_that_may_not_be_is_not_made(people, name, roles, days):
    with pytest.raises(InputError):
        tokens.make("230100", name, roles, days, people["admin"])
    assert not Token.objects.exists()


def test_when_it_was_last_used_is_written_once_a_minute(people):
    row, secret = tokens.make("230100", "gauges", ["analyst"], 30, people["admin"])
    asking(secret)
    first = Token.objects.get(pk=row.pk).last_used
    asking(secret)
    assert first is not None
    assert Token.objects.get(pk=row.pk).last_used == first
