"""The tables of a case for the rules, as data: what stands in each, from which they are checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskshed.columns import Column
from riskshed.said import HARMS, REPORTS, SPEAKERS
from riskshed.statement_values import UNITS

PATHWAYS = ("pollutant", "river", "plume", "contagion", "supply")
READING_KINDS = ("observed", "first_detected", "peak", "not_detected")
CAUSES = ("grade", "capacity", "unanswered", "dispute", "spread", "request")
KINDS: Mapping[str, tuple[str, ...]] = {
    "AidRequested": ("to", "item", "amount", "unit", "cities", "moment"),
    "AssistAssigned": ("to",),
    "Escalated": ("to", "cause"),
    "FieldReportFiled": ("moment", "cities"),
    "IncidentOpened": (),
    "InstructionGiven": ("to",),
    "LeadAssigned": ("to",),
    "ModeSwitched": (),
    "NoticeAcknowledged": ("answers",),
    "NoticeAdopted": ("answers",),
    "NoticeDeclined": ("answers",),
    "NoticeSent": ("to", "cities", "confirmed"),
    "PublicStatementMade": (),
    "RiskReported": ("to", "harm", "report", "moment"),
    "StockReported": ("item", "amount", "unit"),
    "WarningIssued": ("cities",),
}
"""The kinds that a row of said.csv can have, and the columns that it then must fill."""


def _may(name: str, kind: Any, doc: str, **more: Any) -> Column:
    return Column(name, kind, doc=doc, may_be_empty=True, **more)


_SOURCE = Column("source", "text", doc="Where it is told; `synthetic` if it was made up.")
SAID = (
    Column("id", "id", doc="Name of the row."),
    Column("time", "time", doc="When it was said."),
    Column("body", "id", doc="Who said it."),
    Column("kind", "choice", choices=tuple(KINDS), doc="The kind of statement."),
    _may("to", "text", "To whom, or who leads or assists: codes, with spaces between them."),
    _may("answers", "id", "The row that it answers or follows."),
    _may("cities", "text", "The cities that are meant, with spaces between them."),
    _may("moment", "time", "Of a report, when it was known or seen; of a request, when it is needed."),
    _may("harm", "choice", "What it says of harm beyond the place.", choices=HARMS),
    _may("report", "choice", "Of a report, which.", choices=REPORTS),
    _may("confirmed", "bool", "Of a notice, false while it rests on unconfirmed reports."),
    _may("cause", "choice", "Of an escalation, what passes the bound.", choices=CAUSES),
    _may("item", "id", "Of help and stock, what."),
    _may("amount", "float", "How much.", low=0),
    _may("unit", "choice", "Of what.", choices=UNITS),
    Column("text_zh", "text", doc="The statement in one sentence, in Chinese."),
    Column("text_en", "text", doc="The same in English."),
    _SOURCE,
)
FOOTPRINT = (
    Column("issued", "time", doc="When it was issued; rows of one time are one forecast."),
    Column("pathway", "choice", choices=PATHWAYS, doc="The way that the harm takes."),
    Column("hazard_cities", "text", doc="Where the hazard itself is, with spaces between the codes."),
    Column("city", "id", doc="The city that is or may be reached."),
    Column("probability", "float", low=0, high=1, doc="That it is reached."),
    _may("earliest", "time", "5 % quantile of the arrival, if it is reached."),
    _may("middle", "time", "Median of the arrival."),
    _may("latest", "time", "95 % quantile of the arrival."),
    _may("peak", "float", "Median of the peak.", low=0),
    _may("unit", "choice", "Unit of the peak.", choices=UNITS),
    _may("exposed_people", "int", "People who depend on what is reached.", low=0, high=10**10),
    _SOURCE,
)
READINGS = (
    Column("time", "time", doc="When it was measured."),
    Column("known_at", "time", doc="Since when it could be known."),
    Column("body", "id", doc="Who says it."),
    Column("city", "id", doc="Where."),
    Column("kind", "choice", choices=READING_KINDS, doc="As in a readings file."),
    _may("value", "float", "What was found.", low=0),
    _may("unit", "choice", "Of what.", choices=UNITS),
    _SOURCE,
)
ARRIVED = (
    Column("city", "id", doc="The city."),
    Column("time", "time", doc="When it really came."),
    _SOURCE,
)
TABLES = {
    "speakers": SPEAKERS,
    "said": SAID,
    "footprint": FOOTPRINT,
    "readings": READINGS,
    "arrived": ARRIVED,
}
