"""A session ends: at the latest so many hours after its beginning, and unused after so many minutes.

Both are judged here, by the server, with times that the session itself keeps: a cookie can be kept for as
long as its holder likes. A use is noted once a minute, not with each request.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

SINCE, USED = "riskshed-since", "riskshed-used"
"""Seconds since 1970, in the session."""
NOTE_EVERY_S = 60.0
UNATTENDED = "X-Unattended"
"""Header of a request that a page makes by itself: nobody need be there, so it is no use of a session."""


class SessionLimits:
    """Middleware, behind that of authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            hold(request, time.time())
        return self.get_response(request)


def hold(request: HttpRequest, now: float) -> None:
    """End the session if it is over; else note that it is used."""
    since = request.session.setdefault(SINCE, now)
    used = request.session.setdefault(USED, now)
    if is_over(since, used, now):
        logout(request)
    elif now - used >= NOTE_EVERY_S and UNATTENDED not in request.headers:
        request.session[USED] = now
        UserSession.objects.filter(session_key=request.session.session_key).update(
            last_seen_at=timezone.now()
        )


def is_over(since: float, used: float, now: float) -> bool:
    """Whether a session that began then, and was last used then, is over; a clock set back ends none."""
    return bool(now - since >= settings.SESSION_COOKIE_AGE or now - used >= settings.NODE_SESSION_IDLE_S)
