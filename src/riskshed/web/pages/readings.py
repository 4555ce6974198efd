"""Readings: what the stations last showed and what became of it, and the table that an officer hands in.

What machines send comes by the interface; the page is for a table that somebody has, and for those who ask
whether a reading has arrived. Thresholds stand beside what they are for.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from riskshed.errors import Fault, InputError, InputFaults, RiskshedError
from riskshed.exchange import readings as forms_of_readings
from riskshed.stations import Station
from riskshed.thresholds import Thresholds
from riskshed.web import access, fault_pages, forms, frame, house, reading_fate, readings_taking, seat
from riskshed.web.access import allowed
from riskshed.web.acting_tabs import acting_tabs
from riskshed.web.current import node
from riskshed.web.intake import signal_of
from riskshed.web.models import FeedRow, ReadingRow
from riskshed.web.people import Actor, acting
from riskshed.web.readings_taking import ACTION, BYTES_MAX
from riskshed.web.wording import say

SHOWN = 40
FAULTS_SHOWN = 100


@allowed("reading.see")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def readings(request: HttpRequest) -> HttpResponse:
    """The stations with what they showed last, or one of them with all that arrived lately."""
    if request.method == "POST":
        access.check(request, ACTION, body=acting(request).body)
        return _take(request)
    return _draw(request)


def _draw(request: HttpRequest, status: int = 200, error: RiskshedError | None = None) -> HttpResponse:
    actor, watched = acting(request), readings_taking.thresholds(node())
    chosen = request.GET.get("station", "")
    if chosen and chosen not in watched.stations:
        raise Http404("no such station")
    mine = set(readings_taking.stations_of(node(), actor.body))
    faults = list(error.faults[:FAULTS_SHOWN]) if isinstance(error, InputFaults) else []
    return frame.draw(
        request,
        "riskshed/readings.html",
        status=status,
        tabs=acting_tabs("readings", actor),
        station=watched.stations.station(chosen) if chosen else None,
        limits=_limits(watched, chosen),
        rows=_rows(chosen) if chosen else [],
        stations=[] if chosen else _stations(watched, mine),
        may_add=access.may(actor, ACTION, body=actor.body) and bool(mine),
        columns=[(one.name, one.doc, one.may_be_empty) for one in forms_of_readings.SCHEMA],
        faults=[] if error is None else [{"field": "f-table", "what": forms.refusal_words(error)}],
        lines=[_line(one) for one in faults],
        feeds=_feeds(actor),
    )


def _line(one: Fault) -> dict[str, Any]:
    return {"line": one.line, "column": one.column, "what": forms.fault_words(one), "todo": one.todo}


def _limits(watched: Thresholds, place: str) -> list[Any]:
    return [one for one in watched.rows if one.place == place]


def _stations(watched: Thresholds, mine: set[str]) -> list[dict[str, Any]]:
    """Every station, one's own first, with the last that arrived of it."""
    newest = ReadingRow.objects.values("station").annotate(last=Max("id")).values_list("last", flat=True)
    last = {row.station: row for row in ReadingRow.objects.filter(id__in=list(newest))}
    limits: dict[str, int] = {}
    for one in watched.rows:
        limits[one.place] = limits.get(one.place, 0) + 1
    order: list[Station] = sorted(watched.stations.by_id.values(), key=lambda one: one.id not in mine)
    return [
        {
            "station": one,
            "last": last.get(one.id),
            "is_mine": one.id in mine,
            "limits": limits.get(one.id, 0),
        }
        for one in order
    ]


def _rows(place: str) -> list[dict[str, Any]]:
    """The last readings of a station, each with its fate."""
    rows = list(ReadingRow.objects.filter(station=place).order_by("-id")[:SHOWN])
    living = node()
    said = reading_fate.statements(living, living.standing(), [signal_of(row) for row in rows])
    return [{"row": row, "statement": said.get(at)} for at, row in enumerate(rows)]


def _feeds(actor: Actor) -> list[FeedRow]:
    return list(FeedRow.objects.filter(body=actor.body, ended=None).order_by("id"))


# ------------------------------------------------------------------------------------------------ a table


def _take(request: HttpRequest) -> HttpResponse:
    actor, table = acting(request), request.FILES.get("table")
    try:
        if actor.exercise:
            told = "readings are taken in earnest alone, and you are in a drill"
            raise InputError("readings.exercise", told, todo="Leave the drill first.")
        if table is None or not table.size:
            raise InputError("readings.no_table", "no file was chosen", todo="Choose a CSV file.")
        readings_taking.check_form("text/csv", table.size, "csv")
        taken, _ = readings_taking.submit(
            house.intake(),
            "csv",
            table.read(BYTES_MAX["csv"] + 1),
            node(),
            actor.body,
            actor.officer,
            where=(table.name or "table")[:80],
        )
        came = taken.result()
    except RiskshedError as error:
        return _draw(request, fault_pages.status_of(error), error)
    messages.success(
        request,
        say(
            f"已写入磁盘：新读数 {came.accepted} 条，重复 {came.duplicates} 条。",
            f"On the disk: {came.accepted} new readings, {came.duplicates} that had come before.",
        ),
    )
    return HttpResponseRedirect(reverse("readings"))
