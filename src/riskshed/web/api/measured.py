"""Readings: sent one by one, many together or as a table; and what was taken in, station by station.

A served node answers the POSTs of JSON by `readings_door`, without Django. Both ways take the same words by
the same rules; what is here describes them, and is the way of a process without that door.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Status

from riskshed.exchange import readings
from riskshed.web import access, house, reading_fate, readings_taking
from riskshed.web.api import listing
from riskshed.web.api.shapes import ReadingPage, StationPage, Taken
from riskshed.web.current import node
from riskshed.web.gate import Routes
from riskshed.web.intake import signal_of
from riskshed.web.models import ReadingRow
from riskshed.web.people import acting
from riskshed.web.readings_taking import ACTION, MEDIA_TYPES

DIGITS_MAX = 18
routes = Routes("readings")


# ------------------------------------------------------------------------------------ what a sender sends


def _reading() -> dict[str, Any]:
    """A reading as JSON, from the one description of its fields."""
    fields = {}
    for column in readings.SCHEMA:
        kinds: dict[str, Any] = {"type": "string"}
        if column.kind == "choice":
            kinds = {"type": "string", "enum": [*column.choices]}
        elif column.kind == "bool":
            kinds = {"type": "boolean"}
        elif column.kind == "float":
            kinds = {"type": "number", "minimum": column.low, "maximum": column.high}
        elif column.kind == "time":
            kinds = {"type": "string", "format": "date-time"}
        if column.may_be_empty:
            kinds = {"anyOf": [kinds, {"type": "null"}]}
        fields[column.name] = {**kinds, "description": column.doc}
    needed = [column.name for column in readings.SCHEMA if not column.may_be_empty]
    return {"type": "object", "properties": fields, "required": needed, "additionalProperties": False}


_ONE = _reading()
_BATCH = {
    "type": "object",
    "properties": {
        "readings": {"type": "array", "items": _ONE, "minItems": 1, "maxItems": readings.BATCH.rows}
    },
    "required": ["readings"],
    "additionalProperties": False,
}
_TABLE = {
    "type": "string",
    "description": f"CSV with the columns {', '.join(c.name for c in readings.SCHEMA)}.",
}


def _body(form: str, schema: dict[str, Any]) -> dict[str, Any]:
    content = {MEDIA_TYPES[form]: {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


@routes.post("/readings", ACTION, Taken, machines_only=True, openapi_extra=_body("one", _ONE))
def post_reading(request: HttpRequest) -> Status[Any]:
    """Send one reading. The answer comes when it is on the disk: 201 if it is new, 200 if it came before."""
    return _take(request, "one")


@routes.post("/readings/batch", ACTION, Taken, machines_only=True, openapi_extra=_body("batch", _BATCH))
def post_readings(request: HttpRequest) -> Status[Any]:
    """Send many readings, all or none."""
    return _take(request, "batch")


@routes.post("/readings/csv", ACTION, Taken, machines_only=True, openapi_extra=_body("csv", _TABLE))
def post_readings_table(request: HttpRequest) -> Status[Any]:
    """Send a table of readings, all or none. Faults name the line and the column."""
    return _take(request, "csv")


def _take(request: HttpRequest, form: str) -> Status[Any]:
    actor = acting(request)
    access.check(request, ACTION, body=actor.body)
    readings_taking.check_form(request.headers.get("Content-Type", ""), len(request.body), form)
    taken, arrived = readings_taking.submit(
        house.intake(), form, request.body, node(), actor.body, actor.officer
    )
    return Status(*readings_taking.answer(taken.result(), arrived))


# ----------------------------------------------------------------------------------------- what was taken in


@routes.get("/stations", "reading.see", StationPage)
def list_stations(
    request: HttpRequest, limit: listing.Limit = listing.LIMIT, after: listing.After = None
) -> dict[str, Any]:
    """The places of readings, and whether your body may send readings of them."""
    mine = set(readings_taking.stations_of(node(), acting(request).body))
    return listing.page(
        readings_taking.thresholds(node()).stations.by_id.values(),
        lambda one: (one.id,),
        lambda one: {
            "id": one.id,
            "city": one.city,
            "body": one.body,
            "name": one.names,
            "may_send": one.id in mine,
        },
        name="stations",
        limit=limit,
        after=after,
    )


@routes.get("/readings", "reading.see", ReadingPage)
def list_readings(
    request: HttpRequest,
    station: Annotated[str, Query(max_length=128, description="Id of the station.")],
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """What was taken in of a station, the last to arrive first, with what became of it."""
    del request
    readings_taking.thresholds(node()).stations.station(station)
    rows = ReadingRow.objects.filter(station=station).order_by("-id")
    if after is not None:
        (told,) = listing.read_cursor(after, "readings")[:1]
        if not told.isascii() or not told.isdigit() or len(told) > DIGITS_MAX:
            raise listing.bad_cursor()
        rows = rows.filter(id__lt=int(told))
    found = list(rows[: limit + 1])
    here = found[:limit]
    more = listing.cursor("readings", [str(here[-1].pk)]) if len(found) > limit else None
    return {"items": shown(here), "next": more}


_COPIED = ("series", "hazard_class", "quantity", "unit", "uncertainty_s", "kind", "value", "confirmed",
           "source", "note", "body")  # fmt: skip


def shown(rows: list[ReadingRow]) -> list[dict[str, Any]]:
    """Readings with their fate."""
    living = node()
    zone = living.profile.zone
    said = reading_fate.statements(living, living.standing(), [signal_of(row) for row in rows])
    return [
        {
            **{name: getattr(row, name) for name in _COPIED},
            "number": row.pk,
            "place": row.station,
            "hazard": row.hazard or None,
            "client_id": row.client_id or None,
            "time": row.time.astimezone(zone),
            "known_at": row.known_at.astimezone(zone),
            "state": "handled" if row.handled else "waiting",
            "statement": said.get(at),
        }
        for at, row in enumerate(rows)
    ]
