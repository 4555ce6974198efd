"""Answers packed with gzip where that helps a thin line and tells nobody anything.

The length of a packed answer depends on what is in it: who can make a browser ask for a page with words of
his own, and can watch the line, might guess a secret of that page letter by letter (BREACH). So answers to
forms, which may show a new secret once, are never packed; the token that guards forms is masked anew for each
answer by Django; and Django gives each packed answer a length that varies at random.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

PACKED = (
    "text/",
    "application/json",
    "application/geo+json",
    "application/problem+json",
    "application/xml",
    "application/atom+xml",
    "image/svg+xml",
)


class Packing(GZipMiddleware):
    """Middleware, after the files of the look, which are packed beforehand."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Pack what was asked for with GET and is text."""
        kind = response.headers.get("Content-Type", "")
        if request.method not in ("GET", "HEAD") or response.streaming or not kind.startswith(PACKED):
            return response
        return super().process_response(request, response)
