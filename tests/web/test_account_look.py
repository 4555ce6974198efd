"""Accounts and administration in a real browser: seen by everybody, and done with the keyboard.

A second factor is added and used as a person does it: an app that counts codes, and a security key, which the
browser plays.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from browser.conftest import browser  # noqa: F401  a fixture
from browser.looks import EVERY, looks
from django.core.cache import cache
from django.test import Client
from test_look import Open, barriers, look, server  # noqa: F401  fixtures

from riskshed.web import invitations, tokens
from tests.web.conftest import PASSWORD

LOOKS = looks("zh-hans", 320)
MINE = ("/desk/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/logout/")
PAGES = (
    *((path, "admin") for path in MINE),
    ("/accounts/login/", ""),
    ("/accounts/reauthenticate/", "admin"),
    ("/administration/", "admin"),
    ("/administration/people/", "admin"),
    ("/administration/tokens/", "admin"),
    ("/administration/orders/", "admin"),
    ("/administration/node/", "admin"),
    ("/administration/events/", "auditor"),
)
SHOTS = os.environ.get("ACCOUNT_SHOTS", "")
"""A folder for pictures, for whoever wants to look."""


@pytest.fixture(autouse=True)
def _calm() -> None:
    cache.clear()


@pytest.fixture
def busy(people: Any) -> None:
    """Something on every page of administration."""
    tokens.make("songhua-basin", "水文站读数", ["analyst"], 30, people["admin"])
    row, _ = tokens.make("songhua-basin", "old gateway", ["duty_officer", "analyst"], 30, people["admin"])
    tokens.revoke(row)
    invitations.invite("songhua-basin", "li.wei", "duty-12", ["duty_officer"], people["admin"])


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_pages_have_no_barrier_and_never_scroll_sideways(
    look: Open,  # noqa: F811
    busy: None,
    people: Any,
    language: str,
    theme: str,
    width: int,
) -> None:
    person = (f"/administration/people/{people['basin'].pk}/", "admin")
    # In the suite each page is seen in one of the two looks.
    for path, user in [*PAGES, person][LOOKS.index((language, theme, width)) % 2 :: 1 if EVERY else 2]:
        page = look(path, user=user, language=language, theme=theme, width=width)
        if SHOTS:
            name = path.strip("/").replace("/", "-")
            page.screenshot(path=Path(SHOTS) / f"{name}.{language}.{theme}.{width}.png", full_page=True)
        found = barriers(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
        assert page.told == [], path


def clear(page: Any) -> None:
    """Axe finds nothing."""
    found = barriers(page)
    assert found.violations_count == 0, found.generate_report()


def enter(page: Any) -> None:
    """Press Enter, and wait for the page that answers."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def go(page: Any, path: str) -> None:
    """Go to another page of the same server."""
    page.goto(re.sub(r"^(https?://[^/]+).*", r"\1" + path, page.url))


def sign_in_here(page: Any, user: str) -> None:
    """Type name and password, with the keyboard alone."""
    go(page, "/accounts/login/")
    page.locator("#id_login").focus()
    page.keyboard.type(user)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    enter(page)


def confirm_here(page: Any) -> None:
    page.locator("#id_password").fill(PASSWORD)
    enter(page)


def code(secret: str, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def test_an_authenticator_app_is_added_and_asked_for(look: Open, people: Any) -> None:  # noqa: F811
    page = look("/accounts/login/", user="", language="en")
    sign_in_here(page, "harbin")
    go(page, "/accounts/2fa/totp/activate/")
    confirm_here(page)
    clear(page)
    secret = page.locator("dd code").inner_text()
    page.locator("#id_code").fill(code(secret))
    enter(page)
    codes = page.locator("pre").inner_text().split()
    assert len(codes) == 10
    clear(page)
    page.context.clear_cookies()
    sign_in_here(page, "harbin")
    assert "/accounts/2fa/authenticate/" in page.url
    clear(page)
    page.locator("#id_code").fill(codes[0])
    enter(page)
    go(page, "/desk/")
    assert "duty-07" in page.content()
    assert page.told == []


def test_a_security_key_is_added_and_used(look: Open, people: Any) -> None:  # noqa: F811
    page = look("/accounts/login/", user="", language="en")
    page.goto(page.url.replace("127.0.0.1", "localhost"))
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    keys.send(
        "WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}}
    )
    sign_in_here(page, "harbin")
    go(page, "/accounts/2fa/webauthn/add/")
    confirm_here(page)
    page.locator("#id_name").fill("key of the duty room")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "/add/" not in url)
    page.context.clear_cookies()
    sign_in_here(page, "harbin")
    assert "/accounts/2fa/authenticate/" in page.url
    page.locator("#mfa_webauthn_authenticate").click()
    page.wait_for_url(lambda url: "/authenticate/" not in url)
    go(page, "/desk/")
    assert "duty-07" in page.content()
    assert page.told == []


def test_an_invitation_is_accepted_in_the_browser(look: Open, people: Any) -> None:  # noqa: F811
    _, secret = invitations.invite("songhua-basin", "li.wei", "duty-12", ["duty_officer"], people["admin"])
    page = look(f"/invitation/{secret}/", user="", width=320)
    assert secret not in page.url
    clear(page)
    page.locator("#first").fill("short")
    page.locator("#again").fill("short")
    enter(page)
    assert page.locator("[role=alert]").is_visible()
    clear(page)
    page.locator("#first").fill("a quite different long secret")
    page.locator("#again").fill("a quite different long secret")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/login/")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_who_is_locked_out_sees_why(look: Open, people: Any, language: str) -> None:  # noqa: F811
    for at in range(5):
        Client().post("/accounts/login/", {"login": "harbin", "password": f"wrong {at}"})
    page = look("/accounts/login/", user="", language=language, width=320)
    sign_in_here(page, "harbin")
    assert "15" in page.locator("main").inner_text()
    clear(page)
