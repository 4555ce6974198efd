"""Headers that every answer carries, and the door that plain HTTP does not pass.

Content security policy, HSTS, type sniffing, referrer and opener are set by Django and django-csp. Here is
what they leave open: who may embed an answer elsewhere, what browsers may keep, and which features pages use.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from riskshed.web import fault_pages
from riskshed.web.access import TooOftenError

FEATURES = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()"
BARE_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
"""For answers that no page policy was set for: static files, plain texts."""
MACHINES = ("/api/", "/witness/", "/add-checkpoint")
"""Addresses for programs: a plain-HTTP request is refused there, not redirected, so that nobody goes on
sending tokens in the clear without noticing."""


class SecurityHeaders:
    """Middleware, before all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.NODE_HTTPS and not request.is_secure() and request.path.startswith(MACHINES):
            return self._dressed(
                request,
                HttpResponse(
                    "this address is reached by HTTPS alone\n",
                    status=403,
                    content_type="text/plain; charset=utf-8",
                ),
            )
        return self._dressed(request, self.get_response(request))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called by Django when a view raised: who sent too often is told so."""
        if not isinstance(error, TooOftenError):
            return None
        answer = fault_pages.page(request, 429)
        answer["Retry-After"] = str(error.wait_s)
        return answer

    def _dressed(self, request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        if request.method == "POST" and request.path == reverse("account_logout"):
            answer["Clear-Site-Data"] = '"cache", "storage"'
        answer.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        answer.setdefault("Permissions-Policy", FEATURES)
        answer.setdefault("Content-Security-Policy", BARE_POLICY)
        answer.setdefault("X-Content-Type-Options", "nosniff")
        if "Cache-Control" not in answer and is_private(request):
            answer["Cache-Control"] = "no-store"
        return answer


def is_private(request: HttpRequest) -> bool:
    """Whether an answer may hold what is not for everybody: somebody is signed in, or shows a token."""
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_authenticated) or "Authorization" in request.headers
