"""The node itself, what was said, and the ticket for who wants to hear it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Status

from riskshed.errors import NotFoundError
from riskshed.statement import Statement
from riskshed.vocabulary import KINDS
from riskshed.web import event_topics, projection, record_proof
from riskshed.web.api import listing
from riskshed.web.api.shapes import Id, NodeShape, StatementPage, StatementShape, Ticket
from riskshed.web.current import node
from riskshed.web.event_ticket import LIFE, Tickets
from riskshed.web.gate import Routes
from riskshed.web.models import StatementRow
from riskshed.web.people import acting
from riskshed.web.problem import ApiError

PLACE_MAX = 2**63 - 1
NAME_MAX = 128
routes = Routes("record")
Name = Annotated[str | None, Query(max_length=NAME_MAX)]


@routes.get("/node", "record.fetch", NodeShape)
def get_node(request: HttpRequest) -> dict[str, Any]:
    """This node: its title, its clock, its log. Anybody may ask."""
    del request
    living, head = node(), record_proof.head(node())
    at = living.log.state().checkpoint
    return {
        "title": dict(living.profile.title),
        "demonstration": living.profile.is_demo,
        "now": living.now(),
        "version": version("riskshed"),
        "body": living.profile.body,
        "url": living.profile.url,
        "log": {"origin": at.origin, "size": at.size, "checkpoint": head.decode()},
    }


@routes.post("/stream-ticket", "stream.see", Ticket)
def make_stream_ticket(request: HttpRequest) -> Status[dict[str, Any]]:
    """A ticket for `GET /events`, because a token must not stand in an address. It holds for five minutes."""
    topics = event_topics.hearable([acting(request).body])
    now = datetime.now(UTC)
    ticket = Tickets(settings.SECRET_KEY.encode()).issue(topics, now)
    return Status(201, {"ticket": ticket, "topics": sorted(topics), "valid_until": now + LIFE})


# ---------------------------------------------------------------------------------------------- statements


@routes.get("/statements", "log.see", StatementPage)
def list_statements(
    request: HttpRequest,
    kind: Name = None,
    by: Name = None,
    about: Name = None,
    since_place: Annotated[int, Query(ge=0, le=PLACE_MAX, description="Only from this place on.")] = 0,
    exercise: Annotated[bool | None, Query(description="Only drills, or none; without it, all.")] = None,
    envelopes: Annotated[bool, Query(description="Whether to send the signed entries too.")] = False,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """What was said, in the order of the log. A page that is not full ends with `next` null: ask again later
    with `since_place`."""
    del request
    if kind is not None and kind not in KINDS:
        raise ApiError(422, "statement.unknown_kind", "there is no such kind of statement")
    projection.catch_up(node())
    if after is not None:
        since_place = max(since_place, _place_after(after))
    wanted = {"kind": kind, "by": by, "about": about, "exercise": exercise}
    rows = StatementRow.objects.filter(place__gte=since_place).order_by("place")
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    return _page(rows, limit, envelopes=envelopes)


def _place_after(after: str) -> int:
    """The place from which a page goes on. Raises ApiError ``page.bad_cursor``."""
    (told,) = listing.read_cursor(after, "statements")[:1]
    if not told.isascii() or not told.isdigit() or int(told) >= PLACE_MAX:
        raise listing.bad_cursor()
    return int(told) + 1


def _page(rows: QuerySet[StatementRow], limit: int, *, envelopes: bool) -> dict[str, Any]:
    found = list(rows[: limit + 1])
    here = found[:limit]
    more = listing.cursor("statements", [str(here[-1].place)]) if len(found) > limit else None
    return {"items": [_of_row(one, envelope=envelopes) for one in here], "next": more}


def _of_row(row: StatementRow, *, envelope: bool) -> dict[str, Any]:
    return {
        "place": row.place,
        "id": row.statement,
        "kind": row.kind,
        "by": row.by,
        "officer": row.officer,
        "issued": row.issued.astimezone(node().profile.zone),
        "about": row.about or None,
        "replies_to": row.replies_to or None,
        "exercise": row.exercise,
        "visibility": row.visibility,
        "envelope": node().entry(row.place).decode() if envelope else None,
    }


@routes.get("/statements/{statement}", "log.see", StatementShape)
def get_statement(request: HttpRequest, statement: Id) -> dict[str, Any]:
    """One statement, with the entry of the log in which it is signed: verify it with keys that you know."""
    del request
    seen, place = node().seen(statement), node().index_of(statement)
    if seen is None or place is None:
        raise NotFoundError("statement.unknown", f"there is no statement {statement[:12]} on this record")
    return _of_statement(seen.statement, place)


def _of_statement(said: Statement, place: int) -> dict[str, Any]:
    names = ("id", "kind", "by", "officer", "issued", "about", "replies_to", "exercise", "visibility")
    facts = {name: getattr(said, name) for name in names}
    return {"place": place, **facts, "envelope": node().entry(place).decode()}
