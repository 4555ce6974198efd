"""Who there is, and what was agreed and registered: bodies, agreements, sources of danger."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from riskshed.errors import NotFoundError
from riskshed.governance.subjects import AgreementStanding, BodyStanding, SourceStanding
from riskshed.web.api import listing
from riskshed.web.api.shapes import Id
from riskshed.web.api.shapes_standing import (
    AgreementPage,
    AgreementShape,
    BodyPage,
    BodyShape,
    SourcePage,
    SourceShape,
)
from riskshed.web.current import node
from riskshed.web.gate import Routes

routes = Routes("register")
_BODY = ("code", "name", "kind", "superior", "hazard_class", "city", "joined", "left", "mode")
_AGREEMENT = ("id", "code", "title", "by", "status", "members", "mode", "coordination_body", "offices",
              "superior", "evaluator", "adjudicator", "text_digest", "starts", "ends", "signed", "left",
              "replaces")  # fmt: skip
_SOURCE = ("code", "by", "name", "hazard_class", "hazard", "city", "owner", "reaches")
_STEP = ("statement", "by", "at", "level", "told", "next_review")


@routes.get("/bodies", "body.see", BodyPage)
def list_bodies(
    request: HttpRequest, limit: listing.Limit = listing.LIMIT, after: listing.After = None
) -> dict[str, Any]:
    """The bodies on the record."""
    del request
    found = node().standing().bodies.values()
    return listing.page(found, lambda one: (one.code,), _body, name="bodies", limit=limit, after=after)


@routes.get("/bodies/{path:code}", "body.see", BodyShape)
def get_body(request: HttpRequest, code: str) -> dict[str, Any]:
    """One body."""
    del request
    held = node().standing().bodies.get(code)
    if held is None:
        raise NotFoundError("body.unknown", "there is no body with this code on the record")
    return _body(held)


def _body(held: BodyStanding) -> dict[str, Any]:
    return listing.picked(held, _BODY)


@routes.get("/agreements", "agreement.see", AgreementPage)
def list_agreements(
    request: HttpRequest, limit: listing.Limit = listing.LIMIT, after: listing.After = None
) -> dict[str, Any]:
    """Every text of an agreement, whether it is in force or not."""
    del request
    return listing.page(
        node().standing().agreements.values(),
        lambda one: (listing.moment(one.starts), one.id),
        _agreement,
        name="agreements",
        limit=limit,
        after=after,
        newest_first=True,
    )


@routes.get("/agreements/{agreement}", "agreement.see", AgreementShape)
def get_agreement(request: HttpRequest, agreement: Id) -> dict[str, Any]:
    """One text of an agreement."""
    del request
    held = node().standing().agreements.get(agreement)
    if held is None:
        raise NotFoundError("agreement.unknown", "there is no such agreement on the record")
    return _agreement(held)


def _agreement(held: AgreementStanding) -> dict[str, Any]:
    return listing.picked(held, _AGREEMENT)


@routes.get("/sources", "source.see", SourcePage)
def list_sources(
    request: HttpRequest, limit: listing.Limit = listing.LIMIT, after: listing.After = None
) -> dict[str, Any]:
    """The sources of danger that were registered."""
    del request
    found = node().standing().sources.values()
    return listing.page(found, lambda one: (one.code,), _source, name="sources", limit=limit, after=after)


@routes.get("/sources/{path:code}", "source.see", SourceShape)
def get_source(request: HttpRequest, code: str) -> dict[str, Any]:
    """One source of danger."""
    del request
    held = node().standing().sources.get(code)
    if held is None:
        raise NotFoundError("source.unknown", "no source is registered under this code")
    return _source(held)


def _source(held: SourceStanding) -> dict[str, Any]:
    steps = {name: listing.picked(one, _STEP) for name, one in held.steps.items()}
    return {**listing.picked(held, _SOURCE), "steps": steps}
