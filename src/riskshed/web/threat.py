"""What is coming, for the pages: each open incident with its latest forecast and what was seen of its front.

Everything here is read off how things stand: the forecast as it was stated, readings as they were stated. A
city counts as reached only if a reading at one of its sections says so; a forecast whose time has passed says
"likely", and no more. What no statement says stays unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from riskshed.errors import NotFoundError
from riskshed.exchange.wording import number
from riskshed.governance import circumstances, outlook
from riskshed.governance.outlook import Coming
from riskshed.governance.standing import Seen, Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.region import Region
from riskshed.statement import Statement
from riskshed.web.current import node

UNLIKELY = 0.1
"""Below this probability a city is shown as not likely reached; as in reports."""
_SEEN_KINDS = ("front", "first_detected")
_VALUE_KINDS = ("observed", "peak", "at_least")


class Sight(NamedTuple):
    """When the front was seen at a city, and which statement says so."""

    at: datetime
    statement: str


@dataclass(frozen=True)
class Threat:
    """An open incident, and what it brings.

    Attributes
    ----------
    incident : IncidentStanding
    forecast : str
        Id of the footprint's statement; empty where there is none.
    issued : datetime or None
    coming : tuple of Coming
        A row for each city, in the order of arrival; empty without a forecast.
    seen : mapping of city to Sight
    quantity, threshold, unit : str
        What arrives, and from which value on a city counts as reached.
    members : int or None
    model : str
    caveats : tuple of words
        Why the forecast must not be trusted.
    """

    incident: IncidentStanding
    forecast: str = ""
    issued: datetime | None = None
    coming: tuple[Coming, ...] = ()
    seen: Mapping[str, Sight] = field(default_factory=dict)
    quantity: str = ""
    threshold: str = ""
    unit: str = ""
    members: int | None = None
    model: str = ""
    caveats: tuple[Mapping[str, str], ...] = ()

    def of(self, city: str) -> Coming | None:
        """What comes to a city; None where the forecast does not speak of it."""
        return next((one for one in self.coming if one.city == city), None)

    def reached_at(self, city: str) -> datetime | None:
        """When the front was seen there; None if it was not."""
        sight = self.seen.get(city)
        return sight.at if sight else None

    def next_city(self, now: datetime) -> Coming | None:
        """The city that is likely reached next."""
        ahead = (one for one in self.coming if one.city not in self.seen and one.reaches(UNLIKELY))
        return next((one for one in ahead if one.middle is not None and one.middle > now), None)


def threats(standing: Standing, region: Region, mine: str = "") -> tuple[Threat, ...]:
    """The open incidents: those that reach one's own city first, the soonest at the head."""
    held = [one for one in standing.incidents.values() if one.phase != "closed"]
    made = (of_incident(standing, one, region) for one in held)

    def order(one: Threat) -> tuple[bool, float, float, str]:
        coming = one.of(mine)
        reaches = coming is not None and coming.middle is not None and coming.reaches(UNLIKELY)
        soon = coming.middle.timestamp() if reaches and coming and coming.middle else 0.0
        return not reaches, soon, -one.incident.at.timestamp(), one.incident.code

    return tuple(sorted(made, key=order))


def of_incident(standing: Standing, incident: IncidentStanding, region: Region) -> Threat:
    """One incident, with its latest forecast."""
    said = standing.statements.get(incident.footprint or "")
    if said is None or said.statement.body is None:
        return Threat(incident, seen=_sights(standing, incident, region, None))
    forecast, body = said.statement, said.statement.body
    threshold = float(body["threshold"]["value"])
    return Threat(
        incident=incident,
        forecast=forecast.id,
        issued=forecast.issued,
        coming=outlook.in_time(Coming.of_row(row) for row in body.get("arrivals", ())),
        seen=_sights(standing, incident, region, threshold),
        quantity=body["quantity"],
        threshold=number(threshold) or "",
        unit=body["threshold"]["unit"],
        members=body["members"],
        model=f"{body['model']} {body['version']}",
        caveats=_caveats(forecast),
    )


# ------------------------------------------------------------------------------------------ what was seen


def _sights(
    standing: Standing, incident: IncidentStanding, region: Region, threshold: float | None
) -> dict[str, Sight]:
    """City to the first reading that shows the front there."""
    found: dict[str, Sight] = {}
    for seen in circumstances.about(standing, incident):
        if seen.statement.kind == "ReadingsTaken" and seen.statement.body is not None:
            for city, at in _fronts(seen, region, threshold):
                if city not in found or at < found[city].at:
                    found[city] = Sight(at, seen.statement.id)
    return found


def _fronts(seen: Seen, region: Region, threshold: float | None) -> Iterator[tuple[str, datetime]]:
    assert seen.statement.body is not None, "asked of readings that can be read"
    for row in seen.statement.body.get("readings", ()):
        if _shows_front(row, threshold):
            city = _city_of(region, row["section"])
            if city:
                yield city, datetime.fromisoformat(row["time"])


def _shows_front(row: Mapping[str, Any], threshold: float | None) -> bool:
    if row["kind"] in _SEEN_KINDS:
        return True
    if row["kind"] not in _VALUE_KINDS or "value" not in row or threshold is None:
        return False
    return float(row["value"]["value"]) >= threshold


def _city_of(region: Region, place: str) -> str:
    """The city of a section; the place itself if it is a city; else empty."""
    try:
        return region.section(place).city
    except NotFoundError:
        return place if any(one.code == place for one in region.cities) else ""


# ---------------------------------------------------------------------------------------------- caveats


def _caveats(forecast: Statement) -> tuple[Mapping[str, str], ...]:
    """The caveats of a forecast in words; their codes where this node does not have the footprint itself."""
    assert forecast.body is not None, "asked of a forecast that can be read"
    data = node().file(forecast.body["file"]["digest"])
    texts = _caveat_texts(data) if data is not None else {}
    return tuple(texts.get(code, {"zh": code, "en": code}) for code in forecast.body.get("caveats", ()))


@lru_cache(maxsize=16)
def _caveat_texts(footprint: bytes) -> Mapping[str, Mapping[str, str]]:
    try:
        told: Iterable[Mapping[str, str]] = json.loads(footprint).get("caveats", ())
        return {one["code"]: {"zh": one["text_zh"], "en": one["text_en"]} for one in told}
    except (ValueError, AttributeError, KeyError, TypeError):
        # Any body may name any file as its footprint; the codes of the statement are shown instead.
        return {}
