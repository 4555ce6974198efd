"""What went wrong, as programs read it: RFC 9457 problem details, the same over Django and over raw ASGI.

    {"type": "urn:riskshed:<code>", "title": ..., "status": ..., "code": ..., "detail": ..., "todo": ...,
     "faults": [{"code", "where", "line", "column", "got", "wanted", "todo"}]}

`code` is stable and is what a program should look at; `detail` and `todo` are for people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from riskshed.errors import (
    DomainError,
    DoubtError,
    InputFaults,
    LedgerError,
    NotFoundError,
    RiskshedError,
    StoreError,
)

MEDIA_TYPE = "application/problem+json"
AGAIN_S = 5
STATUSES: Mapping[str, int] = {
    "readings.not_yours": 403,
    "readings.client_id": 409,
    "desk.set_aside": 409,
    "log.stopped": 503,
    "log.busy": 503,
    "log.closed": 503,
}
"""Where the code says more than the class of the error."""


class ApiError(RiskshedError):
    """Something wrong with a request as such; `status` is that of HTTP."""

    def __init__(
        self, status: int, code: str, what: str, *, todo: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code, what, todo=todo)
        self.status = status
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Problem:
    """Status, content and headers of an answer that says no."""

    status: int
    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The content as JSON."""
        return json.dumps(dict(self.content), ensure_ascii=False).encode("utf-8", "replace")


def of(error: RiskshedError) -> Problem:
    """The problem of an error."""
    status = status_of(error)
    content: dict[str, Any] = {
        "type": f"urn:riskshed:{error.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": error.code,
        "detail": error.what,
        "todo": error.todo,
    }
    if isinstance(error, InputFaults):
        content["faults"] = [one.to_json() for one in error.faults]
    headers = dict(getattr(error, "headers", {}))
    # What may have been written must not be tried again without a look.
    if status == 503 and not isinstance(error, DoubtError):
        headers["Retry-After"] = str(AGAIN_S)
    return Problem(status, content, headers)


def status_of(error: RiskshedError) -> int:
    """The HTTP status of an error."""
    told = getattr(error, "status", None) or STATUSES.get(error.code)
    if isinstance(told, int):
        return told
    by_class: tuple[tuple[type[RiskshedError], int], ...] = (
        (NotFoundError, 404),
        (DomainError, 409),
        (StoreError, 503),
        (LedgerError, 409),
    )
    return next((status for kind, status in by_class if isinstance(error, kind)), 422)
