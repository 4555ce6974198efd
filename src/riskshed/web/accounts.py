"""Accounts: allauth does the work; nobody makes an account for himself.

Administrators invite (`invitations`). Whoever guesses passwords is locked out by axes, for the pair of
account and address, so that a stranger cannot lock an officer out from elsewhere. The secrets of second
factors are kept encrypted, with a key that is not in the database.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.models import UserSession
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_credentials
from axes.models import AccessAttempt
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from riskshed.web import frame
from riskshed.web.people import ADMINISTRATOR, acting
from riskshed.web.wording import say

SESSIONS_MAX = 5
"""One person may be signed in so many times at once; the oldest session makes room for a new one."""
USERNAME = "username"
"""The name by which axes is told an account."""
CONTEXT_WORDS = (
    "riskshed",
    "险域",
    "password",
    "emergency",
    "yingji",
    "应急",
    "zhiban",
    "值班",
    "duty",
    "warning",
)
"""Words that stand near to hand here: a password is not made of them alone."""


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Administrators of bodies make accounts; there is no sign-up."""

    def is_open_for_signup(self, request: Any) -> bool:
        """Never."""
        del request
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Whoever is locked out is told so, and for how long, whatever he types now."""
        if not AxesProxyHandler.is_allowed(request, get_credentials(**credentials)):
            request.axes_locked_out = True  # type: ignore[attr-defined]
            request.axes_credentials = get_credentials(**credentials)  # type: ignore[attr-defined]
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Who has to choose a desk chooses first; who only administers begins there."""
        actor = acting(request)
        if len(actor.bodies) != 1:
            return reverse("desk")
        held = actor.roles | actor.withheld
        return reverse("administration" if held == {ADMINISTRATOR} else "situation")


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Its secrets lie in the database encrypted, with a key made from the secret key of the node."""

    def get_totp_issuer(self) -> str:
        """What the app of the officer shows."""
        return "riskshed"

    def encrypt(self, text: str) -> str:
        """AES-128-CBC with HMAC-SHA-256, as Fernet does it."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text again; raises InvalidToken if it was changed, or the secret key was."""
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> Fernet:
    made = HKDF(SHA256(), 32, salt=None, info=b"riskshed second factor 1").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(made))


class NoContextWords:
    """A password is not the words that everybody here has in mind, with a few signs around them."""

    LEFT_MIN = 8

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if too little is left when such words are taken out."""
        left = password.lower()
        for word in (*CONTEXT_WORDS, getattr(user, "username", "") or ""):
            if len(word) > 1:
                left = left.replace(word.lower(), "")
        if len(left) < self.LEFT_MIN:
            raise ValidationError(
                say(
                    "密码主要由常见词或用户名组成。",
                    "The password is made of obvious words or of the user name.",
                ),
                code="password_context",
            )

    def get_help_text(self) -> str:
        """Shown beside the field."""
        return say(
            "不要用平台、机构、值班等词或用户名拼成密码。",
            "Do not build it from words such as the name of the platform, duty, warning, or your user name.",
        )


def locked_out(
    request: HttpRequest, original: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """The page for who is locked out: for how long, and whom to ask. Status 429."""
    del original
    left = _lock_left(request, credentials or {})
    minutes = max(1, -(-int(left.total_seconds()) // 60))
    answer = frame.draw(request, "account/locked.html", status=429, minutes=minutes)
    answer["Retry-After"] = str(minutes * 60)
    return answer


def _lock_left(request: HttpRequest, credentials: dict[str, Any]) -> timedelta:
    wait = get_cool_off(request) or timedelta()
    username = credentials.get(USERNAME) or ""
    address = request.META.get("REMOTE_ADDR")
    last = (
        AccessAttempt.objects.filter(username=username, ip_address=address).order_by("-attempt_time").first()
    )
    return wait if last is None else max(timedelta(), last.attempt_time + wait - timezone.now())


def end_sessions(user: Any, *, but: str | None = None) -> int:
    """End the sessions of a person, except the one with this key; returns how many there were."""
    ended = 0
    for one in UserSession.objects.filter(user=user).exclude(session_key=but):
        one.end()
        ended += 1
    return ended


def keep_few_sessions(user: Any, current: str) -> None:
    """End the oldest sessions beyond `SESSIONS_MAX`."""
    held = UserSession.objects.filter(user=user).exclude(session_key=current).order_by("-created_at")
    for one in held[SESSIONS_MAX - 1 :]:
        one.end()


def sessions_of(user: Any) -> list[Any]:
    """The sessions of a person that are alive, the latest first."""
    return sorted(UserSession.objects.purge_and_list(user), key=lambda one: one.last_seen_at, reverse=True)
