"""What protects the pages: headers, cookies, hosts, redirects, forms, silent faults, lines of the log."""

from __future__ import annotations

import logging
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import global_settings
from django.conf import settings as live
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.templatetags.static import static
from django.test import Client
from django.utils.module_loading import import_string

from riskshed.web import frame, log_lines, security_headers
from riskshed.web.models import Membership
from tests.web.conftest import PASSWORD

SETTINGS = Path(security_headers.__file__).with_name("settings.py")
PAGES = ("/", "/rules/", "/log/", "/desk/", "/accounts/sessions/", "/administration/", "/no-such-page/")


@pytest.fixture(autouse=True)
def _calm() -> None:
    cache.clear()


def settings_under(monkeypatch: pytest.MonkeyPatch, **given: str) -> dict[str, Any]:
    """The settings as they come out of this environment."""
    for name, value in given.items():
        monkeypatch.setenv(f"RISKSHED_{name}", value)
    return {name: value for name, value in runpy.run_path(str(SETTINGS)).items() if name.isupper()}


@pytest.fixture
def over_https(settings, monkeypatch) -> None:
    """The node as it is set up behind HTTPS."""
    found = settings_under(monkeypatch, HTTPS="yes")
    monkeypatch.setattr(frame, "THEME_COOKIE", found["NODE_THEME_COOKIE"])
    for name, value in found.items():
        if name.startswith(("SECURE_", "SESSION_", "CSRF_", "LANGUAGE_COOKIE", "NODE_")):
            setattr(settings, name, value)


def directives(policy: str) -> dict[str, set[str]]:
    parts = (one.split() for one in policy.split(";") if one.strip())
    return {name: set(values) for name, *values in parts}


# ------------------------------------------------------------------------------------------------ headers


@pytest.mark.parametrize("path", PAGES)
def test_every_page_lets_the_browser_load_nothing_but_its_own(sign_in, path):
    policy = directives(sign_in("basin").get(path)["Content-Security-Policy"])
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == {"'none'"}
    assert policy["frame-ancestors"] == {"'none'"}
    assert policy["script-src"] == policy["style-src"] == {"'self'"}
    allowed = set().union(*policy.values())
    assert not [one for one in allowed if "unsafe" in one or "*" in one or "http" in one]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_how_it_may_be_used_elsewhere(sign_in, path):
    answer = sign_in("basin").get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


def test_static_files_cannot_be_framed_or_taken_for_something_else(node, db):
    answer = Client().get(static("riskshed/look.css"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == 'text/css; charset="utf-8"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert directives(answer["Content-Security-Policy"])["frame-ancestors"] == {"'none'"}


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_a_script_or_a_style_of_its_own(sign_in, path):
    page = sign_in("basin").get(path).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)


@pytest.mark.parametrize("path", ["/", "/rules/", "/desk/", "/log/"])
def test_what_one_sees_when_signed_in_is_kept_by_no_cache(sign_in, path):
    assert "no-store" in sign_in("basin").get(path)["Cache-Control"]


def test_what_everybody_sees_may_be_kept(sign_in):
    assert "no-store" not in sign_in("").get("/public/").get("Cache-Control", "")


def test_signing_out_clears_what_the_browser_keeps(sign_in):
    answer = sign_in("basin").post("/accounts/logout/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize("path", ["/", "/public/", "/desk/", "/accounts/login/"])
def test_no_other_origin_is_let_in(sign_in, path):
    answer = sign_in("basin").get(path, headers={"origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer


def test_the_public_record_is_for_every_origin_and_the_same_for_all(sign_in):
    mine = sign_in("basin").get("/checkpoint", headers={"origin": "https://evil.example"})
    everybodys = Client().get("/checkpoint")
    assert mine["Access-Control-Allow-Origin"] == "*"
    assert mine.content == everybodys.content


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_its_type_and_its_letters(sign_in, path):
    assert sign_in("basin").get(path)["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/.git/config", "/static/", "/static/riskshed/", "/files/", "/settings.py", "/node.db"]
)
def test_no_listing_and_nothing_of_the_machine_is_served(sign_in, path):
    assert sign_in("admin").get(path).status_code == 404


# ------------------------------------------------------------------------------------------------- HTTPS


def test_over_https_browsers_are_told_to_stay_there(node, db, over_https):
    told = Client().get("/public/", secure=True)["Strict-Transport-Security"]
    assert told == "max-age=31536000; includeSubDomains"


def test_over_https_cookies_are_bound_to_this_host_and_kept_from_scripts(node, people, over_https):
    client = Client()
    client.get("/accounts/login/", secure=True)
    client.post("/accounts/login/", {"login": "harbin", "password": PASSWORD}, secure=True)
    client.get("/choose/", {"language": "en", "theme": "dark"}, secure=True)
    assert {"__Host-session", "__Host-csrf", "__Host-language"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name
        assert name.startswith("__Host-"), name


def test_pages_go_on_to_https_and_programs_are_refused(node, db, over_https):
    assert Client().get("/public/")["Location"] == "https://testserver/public/"
    assert Client().get("/api/v1/anything").status_code == 403


def test_nobody_can_pretend_to_come_by_https(node, db, over_https):
    answer = Client().get("/public/", headers={"x-forwarded-proto": "https"})
    assert answer.status_code == 301


# --------------------------------------------------------------------------- hosts, redirects, other sites


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "testserver@evil.example", "a b"])
def test_another_host_is_refused(node, db, host):
    answer = Client().get("/public/", headers={"host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize(
    "where",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil"],
)
def test_nothing_leads_to_another_site(node, people, where):
    client = Client()
    answers = [
        client.get("/choose/", {"language": "en", "next": where}),
        client.post("/accounts/login/", {"login": "harbin", "password": PASSWORD, "next": where}),
        client.post("/desk/", {"body": "230100", "next": where}),
        client.get("/second-factor/", {"next": where}),
        client.post("/accounts/logout/", {"next": where}),
    ]
    for answer in answers:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/")
        assert not answer["Location"].startswith(("//", "/\\"))


def test_a_form_from_another_site_is_refused(node, people):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/accounts/login/", {"login": "harbin", "password": PASSWORD}).status_code == 403
    assert "_auth_user_id" not in client.session


def test_more_than_was_asked_for_changes_nothing(sign_in, people):
    client = sign_in("admin")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    more = {
        "is_superuser": "1",
        "is_staff": "1",
        "password": "x",
        "user": people["admin"].pk,
        "body": "230100",
    }
    given = {"officer": "basin-01", "roles": ["analyst"], **more}
    client.post(f"/administration/people/{people['basin'].pk}/", given)
    changed = get_user_model().objects.get(pk=people["basin"].pk)
    assert not changed.is_superuser
    assert not changed.is_staff
    assert changed.check_password(PASSWORD)
    assert set(Membership.objects.filter(user=changed).values_list("body", flat=True)) == {"songhua-basin"}


def test_a_body_or_role_in_the_request_does_not_count(sign_in):
    client = sign_in("harbin")
    for more in ("?body=songhua-basin&role=administrator", ""):
        answer = client.get(
            f"/administration/{more}", headers={"x-body": "songhua-basin", "x-role": "administrator"}
        )
        assert answer.status_code == 403


# ------------------------------------------------------------------------------------------------ faults


def test_a_fault_of_the_program_tells_a_stranger_nothing(sign_in, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("select secret from the table")

    monkeypatch.setattr("riskshed.web.pages.own_account.people.choose_desk", broken)
    client = sign_in("harbin")
    client.raise_request_exception = False
    answer = client.post("/desk/", {"body": "230100"})
    assert answer.status_code == 500
    page = answer.content.decode()
    assert not re.search(r"secret|Traceback|RuntimeError|/home|\.py", page)


def test_what_was_typed_into_an_address_is_shown_as_text(sign_in):
    page = sign_in("harbin").get("/log/", {"text": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page
    assert sign_in("harbin").get("/<script>alert(1)</script>/").content.decode().count("<script>alert") == 0


def test_debugging_is_off_unless_somebody_asks_for_it(monkeypatch):
    assert settings_under(monkeypatch)["DEBUG"] is False


def test_the_secret_key_is_long_random_and_not_in_the_source(monkeypatch):
    monkeypatch.delenv("RISKSHED_SECRET_KEY", raising=False)
    keys = {settings_under(monkeypatch)["SECRET_KEY"] for _ in range(2)}
    assert all(len(key) >= 50 for key in keys)
    assert not any(key in SETTINGS.read_text() for key in keys)


def test_passwords_are_stretched(monkeypatch):
    monkeypatch.setenv("RISKSHED_AS_TEST", "no")
    assert "PASSWORD_HASHERS" not in settings_under(monkeypatch)
    first = import_string(global_settings.PASSWORD_HASHERS[0])
    assert first is PBKDF2PasswordHasher
    assert first.iterations >= 600_000


# --------------------------------------------------------------------------------------------- sessions


def test_the_key_of_a_session_cannot_be_guessed(node, people):
    keys = set()
    for _ in range(8):
        client = Client()
        client.post("/accounts/login/", {"login": "harbin", "password": PASSWORD})
        keys.add(client.cookies["session"].value)
        client.post("/accounts/logout/")
    assert len(keys) == 8
    assert all(re.fullmatch(r"[a-z0-9]{32}", key) for key in keys)  # 165 bits


def test_a_session_of_ones_own_making_is_none(node, people):
    client = Client()
    client.cookies["session"] = "a" * 32
    assert client.get("/rules/").status_code == 302


def test_a_person_who_is_closed_out_has_no_session_left(sign_in, people):
    client = sign_in("harbin")
    get_user_model().objects.filter(username="harbin").update(is_active=False)
    assert client.get("/rules/").status_code == 302


def test_who_only_looks_at_the_public_page_gets_no_session(node, db):
    client = Client()
    client.get("/public/")
    assert "session" not in client.cookies


# ------------------------------------------------------------------------------------------- the lines


def written(name: str, *given: object) -> str:
    record = logging.LogRecord("riskshed.security", logging.WARNING, __file__, 1, name, given, None)
    return log_lines.Lines().format(record)


def test_a_line_has_a_time_in_utc_a_level_and_the_event():
    line = written("password.refused user=%s", "x")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 WARNING riskshed\.security password\.refused user=x",
        line,
    )


@pytest.mark.parametrize(
    "forged", ["x\n2026-01-01 INFO all is well", "x\r\n", "\x1b[2Jx", "x\u2028y", "\u202ex"]
)
def test_nobody_can_forge_a_line(forged):
    line = written("password.refused user=%s", forged)
    assert line.isprintable()


def test_a_traceback_stays_on_its_line():
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    assert "\n" not in log_lines.Lines().format(record)


def test_signing_in_and_failing_to_is_written_down_without_the_password(node, people, caplog):
    caplog.set_level(logging.INFO)
    Client().post("/accounts/login/", {"login": "harbin", "password": "a wrong secret 77"})
    Client().post("/accounts/login/", {"login": "harbin", "password": PASSWORD})
    assert 'password.refused user="harbin" address="127.0.0.1"' in caplog.text
    assert 'session.begun user="harbin"' in caplog.text
    assert "a wrong secret 77" not in caplog.text
    assert PASSWORD not in caplog.text


def test_the_processs_log_is_written_in_lines():
    assert live.LOGGING["handlers"]["console"]["formatter"] == "lines"
    assert live.LOGGING["formatters"]["lines"]["()"] == "riskshed.web.log_lines.Lines"
