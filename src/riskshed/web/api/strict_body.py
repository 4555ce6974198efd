"""The body of a request to the interface: JSON, read as strictly as everything else that is sent to a node.

A name twice in one object, a number that is none, nesting without end and text that cannot be written are
refused, because two programs could understand them in two ways.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from riskshed.errors import Fault, InputFaults
from riskshed.fault_book import Limits
from riskshed.tables import json_of
from riskshed.web.problem import ApiError

LIMITS = Limits(bytes=256 * 2**10, depth=12)
MEDIA_TYPE = "application/json"


class StrictParser(Parser):
    """Reads the bodies of acts."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of a JSON body.

        Raises
        ------
        ApiError
            ``body.media_type`` (415), ``body.too_large`` (413).
        InputFaults
            ``body.faults``.
        """
        if request.content_type != MEDIA_TYPE:
            told = f"this takes {MEDIA_TYPE}, and not {(request.content_type or 'what has no type')[:80]}"
            raise ApiError(415, "body.media_type", told, todo=f"Send Content-Type: {MEDIA_TYPE}.")
        if len(request.body) > LIMITS.bytes:
            told = f"the body has {len(request.body):,} bytes; at most {LIMITS.bytes:,} are taken"
            raise ApiError(413, "body.too_large", told, todo="Put large matter into a file.")
        faults: list[Fault] = []
        value = json_of(request.body, faults, where="body", limits=LIMITS)
        if faults:
            raise InputFaults("body.faults", "the body cannot be read; nothing was done", faults)
        return value
