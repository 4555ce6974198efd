"""The interface for programs, at `/api/v1/`: its operations, its errors, its OpenAPI document.

Everything that goes wrong is told as problem details (`problem`), whoever found it: Django, the library that
reads parameters, the rules, or the log. A GET carries an ETag; asked again with it, an answer that has not
changed is sent as 304 without content.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from functools import wraps
from importlib.metadata import version
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path
from django.utils.cache import patch_vary_headers
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import JSONRenderer

from riskshed.errors import Fault, InputFaults, NotFoundError, RiskshedError, StoreError
from riskshed.web import gate, problem
from riskshed.web.access import TooOftenError, allowed
from riskshed.web.api import (
    cluster,
    cluster_plans,
    incidents,
    market,
    matches,
    measured,
    openapi,
    record,
    register,
    service,
    telling,
)
from riskshed.web.api.strict_body import StrictParser
from riskshed.web.gate import Operation
from riskshed.web.problem import ApiError

ROOT = "/api/v1/"
FAMILIES = (
    record.routes,
    telling.routes,
    incidents.routes,
    register.routes,
    measured.routes,
    service.routes,
    market.routes,
    matches.routes,
    cluster.routes,
    cluster_plans.routes,
)
DESCRIPTION = """What a node of riskshed knows and does, for programs. Show a token:
`Authorization: Bearer rsk_...`.

Times have an offset from UTC. What is not known is null, never zero. What went wrong is told as
`application/problem+json` with a stable `code`."""
_log = logging.getLogger("riskshed.api")
View = Callable[..., HttpResponse]


class Renderer(JSONRenderer):
    """JSON with its letters as they are."""

    json_dumps_params = {"ensure_ascii": False}  # noqa: RUF012  as the library wants it


class Interface(NinjaAPI):
    """The operations, with their ETags, their document, and nothing of the library's own pages."""

    def create_response(self, request: HttpRequest, data: Any, **more: Any) -> HttpResponse:
        """The answer; for a GET with its ETag, or without content where the sender has it."""
        answer = super().create_response(request, data, **more)
        if request.method == "GET" and answer.status_code == 200:
            answer = _tagged(request, answer)
        return answer

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """Every address: the operations, the document, and what says that there is nothing else."""
        found, app, name = super().urls
        kept = [one for one in found if isinstance(one, URLPattern) and one.name != "api-root"]
        for one in kept:
            one.callback = _within(one.callback)
        more = [path("openapi.json", document, name="openapi"), re_path(r"^[\s\S]*", missing, name="missing")]
        return [*kept, *more], app, name


def _tagged(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """With the ETag of its content."""
    tag = f'"{hashlib.blake2b(answer.content, digest_size=16).hexdigest()}"'
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if tag in asked or "*" in asked:
        answer = HttpResponse(status=304)
        del answer["Content-Type"]
    answer["ETag"] = tag
    if "Authorization" in request.headers:
        answer["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ("Authorization", "Cookie"))
    return answer


def _within(view: View) -> View:
    """The view of an address: HEAD is a GET without content, and another method is refused as a problem."""

    @wraps(view)
    def within(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        asked = request.method
        request.method = "GET" if asked == "HEAD" else asked
        answer = view(request, *args, **more)
        request.method = asked
        if answer.status_code == 405:
            methods = [one.strip() for one in answer["Allow"].split(",")]
            methods += ["HEAD"] if "GET" in methods else []
            headers = {"Allow": ", ".join(sorted(methods))}
            told = f"{(asked or '')[:20]} is not done here"
            return refusal(ApiError(405, "request.method", told, headers=headers))
        return answer

    return within


api = Interface(
    title="riskshed",
    version=version("riskshed"),
    description=DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    renderer=Renderer(),
    parser=StrictParser(),
)
for _family in FAMILIES:
    api.add_router("", _family.router)


def operations() -> Iterator[Operation]:
    """Every operation, with the action that it is for."""
    for family in FAMILIES:
        yield from family


# -------------------------------------------------------------------------------------------------- errors


def refusal(error: RiskshedError) -> HttpResponse:
    """The answer that tells an error."""
    told = problem.of(error)
    answer = HttpResponse(told.to_bytes(), status=told.status, content_type=problem.MEDIA_TYPE)
    for name, value in told.headers.items():
        answer[name] = value
    answer["Cache-Control"] = "no-store"
    return answer


@api.exception_handler(RiskshedError)
def _refused(_: HttpRequest, error: RiskshedError) -> HttpResponse:
    return refusal(error)


@api.exception_handler(PermissionDenied)
def _denied(_: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return refusal(gate.denied(error))


@api.exception_handler(TooOftenError)
def _too_often(_: HttpRequest, error: TooOftenError) -> HttpResponse:
    headers = {"Retry-After": str(error.wait_s)}
    return refusal(ApiError(429, "request.too_often", "there were too many requests", headers=headers))


@api.exception_handler(ValidationError)
def _invalid(_: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [_fault(one) for one in error.errors[:100]]
    return refusal(InputFaults("request.faults", "the request cannot be used; nothing was done", faults))


def _fault(told: dict[str, Any]) -> Fault:
    where, *rest = [str(one) for one in told["loc"]]
    column = ".".join(rest[1:] if where == "body" and len(rest) > 1 else rest) or None
    return Fault(f"request.{told['type']}", where, None, column, "something else", str(told["msg"])[:300])


@api.exception_handler(HttpError)
def _http(_: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, RiskshedError):  # the library wraps what reading the body raised
        return refusal(error.__cause__)
    return refusal(ApiError(error.status_code, "request.refused", error.message))


@api.exception_handler(Http404)
def _missing(_: HttpRequest, __: Http404) -> HttpResponse:
    return refusal(NotFoundError("request.missing", "there is nothing at this address"))


@api.exception_handler(DatabaseError)
def _no_database(_: HttpRequest, error: DatabaseError) -> HttpResponse:
    _log.error("the database does not answer: %s", error)
    return refusal(StoreError("store.database", "the database does not answer; nothing was done"))


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    _log.error("%s %s failed", request.method, request.path, exc_info=error)
    told = "this node has failed; the fault is noted"
    return refusal(ApiError(500, "request.failed", told, todo="See on the record what was done."))


# ---------------------------------------------------------------------------------- the document, and no more


@allowed("public.see")
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of the interface."""
    if request.method not in ("GET", "HEAD"):
        headers = {"Allow": "GET, HEAD"}
        return refusal(ApiError(405, "request.method", "this document is only read", headers=headers))
    made = openapi.document(api, ROOT)
    answer = JsonResponse(made, json_dumps_params={"ensure_ascii": False})
    return _tagged(request, answer)


@allowed("public.see")
def missing(_: HttpRequest) -> HttpResponse:
    """What is not at all."""
    todo = f"The addresses stand in {ROOT}openapi.json."
    return refusal(NotFoundError("request.missing", "there is nothing at this address", todo=todo))


missing.csrf_exempt = document.csrf_exempt = True  # type: ignore[attr-defined]  # nothing comes of them
