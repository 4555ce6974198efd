"""The OpenAPI document: what the library makes of the types, and what it cannot know of errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI
from pydantic.json_schema import models_json_schema

from riskshed.web import problem
from riskshed.web.api.shapes import Problem

TEMPLATE = "#/components/schemas/{model}"
ALWAYS = (400, 401, 403, 404, 429, 500, 503)
"""Statuses that every operation may answer: 503 while the node stops or its store is away, 429 where it is
asked too often."""
WITH_BODY = (408, 409, 413, 415, 422)
SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of a body: rsk_..."},
    "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "Reading only."},
}


def document(api: NinjaAPI, root: str) -> dict[str, Any]:
    """The document.

    Parameters
    ----------
    api : NinjaAPI
    root : str
        Path under which its operations are.
    """
    made = dict(api.get_openapi_schema(path_prefix=root.lstrip("/")))
    _, shapes = models_json_schema([(Problem, "serialization")], ref_template=TEMPLATE)
    made["components"] = {
        "schemas": {**made["components"]["schemas"], **shapes["$defs"]},
        "securitySchemes": SECURITY,
    }
    for operations in made["paths"].values():
        for method, told in operations.items():
            _complete(method, told)
    return made


def _complete(method: str, told: dict[str, Any]) -> None:
    """Add to an operation what may go wrong with it, what a GET carries, and how to ask."""
    responses = told["responses"]
    reads = method == "get"
    statuses = [*ALWAYS, *(() if reads else WITH_BODY)]
    if reads and told.get("parameters"):
        statuses.append(422)
    if reads:
        responses[304] = {"description": "It is as it was when it had this ETag."}
        responses[200]["headers"] = {"ETag": {"schema": {"type": "string"}}}
        told.setdefault("parameters", []).append(
            {"in": "header", "name": "If-None-Match", "required": False, "schema": {"type": "string"}}
        )
    for status in statuses:
        responses[status] = {
            "description": HTTPStatus(status).phrase,
            "content": {problem.MEDIA_TYPE: {"schema": {"$ref": TEMPLATE.format(model="Problem")}}},
        }
    told["responses"] = {str(status): responses[status] for status in sorted(responses)}
    told["security"] = [{"token": []}, {"session": []}]
