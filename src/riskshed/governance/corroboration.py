"""What bears a field report out, and what speaks against it: sensors, forecasts, other independent reports.

Nobody approves a report from the spot, so what it is worth must be shown from elsewhere. Here that is worked
out from what is on record, the same for whoever asks, and each piece is named:

    reading     a series of readings in the city, near in time, that crosses a threshold (for: 2, or 1 where
                nobody has checked the readings); one that shows less, of the class that the report names
                (against: 1)
    footprint   a forecast that reaches the city about that time (for: 1); the forecast of the incident that
                the report names and that does not reach it (against: 1)
    report      a report of the same matter from another origin (for: 1), whatever number that origin files
    word        what an officer said of this very report; it decides, and outweighs all the others

An **origin** is a pseudonym at a body, or the body itself where it knows who saw it: ten reports from one
address are one. An origin of which more reports were spoken against than confirmed is still told to everybody
and still listed, and bears out nobody else. Two reports are of the same matter if they name one incident, or
if their words have enough in common, in the same city and within `NEAR`, and their classes do not differ.

The grade: ``corroborated`` from two points for and none against; ``partly`` while more speaks for than
against; ``contradicted`` from two points against and none for; else ``uncorroborated``. It confirms nothing:
that remains an officer's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from riskshed.crossings import verdict
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import FieldReportStanding
from riskshed.measured import Measured
from riskshed.statement import Statement
from riskshed.thresholds import Thresholds

Grade = Literal["uncorroborated", "partly", "corroborated", "contradicted"]
Side = Literal["for", "against"]
Sort = Literal["word", "reading", "footprint", "report"]

BEFORE, AFTER = timedelta(hours=6), timedelta(hours=12)
"""Readings from so long before the report to so long after it are looked at."""
NEAR = timedelta(hours=12)
"""Two reports of what was seen further apart are not of the same matter."""
LIKELY, UNLIKELY = 0.5, 0.05
ALIKE = 0.15
"""The share of the shorter text that the two must have in common."""
ENOUGH = 2


class Evidence(NamedTuple):
    """One piece: on which side, of what sort, which statement, how much it counts, where and when."""

    side: Side
    sort: Sort
    points: int
    statement: str | None
    place: str
    at: datetime
    what: str = ""


class Sight(NamedTuple):
    """What one series of readings shows of a threshold near a report."""

    place: str
    quantity: str
    hazard_class: str
    at: datetime
    is_over: bool
    is_confirmed: bool
    statement: str | None


@dataclass(frozen=True, slots=True)
class Corroboration:
    """How far a report is borne out, and by what; the heaviest first."""

    grade: Grade
    evidence: tuple[Evidence, ...]

    def points(self, side: Side) -> int:
        """What speaks on a side, together."""
        return sum(one.points for one in self.evidence if one.side == side)

    def statements(self) -> tuple[str, ...]:
        """The statements that bear it out or speak against it, each once."""
        return tuple(dict.fromkeys(one.statement for one in self.evidence if one.statement))

    def summary(self, language: str) -> str:
        """What bears it out, counted, in words; empty if nothing does."""
        words = {
            "zh": {"reading": "{n} 组监测数据", "footprint": "{n} 份预报", "report": "{n} 份独立报告"},
            "en": {"reading": "readings: {n}", "footprint": "forecasts: {n}", "report": "other reports: {n}"},
        }[language]
        counts = [
            text.format(n=count)
            for sort, text in words.items()
            if (count := sum(one.side == "for" and one.sort == sort for one in self.evidence))
        ]
        return ("、" if language == "zh" else ", ").join(counts)


def corroborate(
    standing: Standing,
    report: FieldReportStanding,
    *,
    cities: Mapping[str, str],
    sights: Iterable[Sight] = (),
) -> Corroboration:
    """How far a report is borne out by what is on record.

    Parameters
    ----------
    standing : Standing
    report : FieldReportStanding
        One of `standing`.
    cities : mapping of place to city
        Of every section, station and city; a place that is not here is no evidence of anywhere.
    sights : iterable of Sight
        What readings near it show (`sights_near`).
    """
    if report.confirmed is not None:
        ids = report.supported_by if report.confirmed else report.contradicted_by
        side: Side = "for" if report.confirmed else "against"
        told = tuple(_word(standing, one, side) for one in ids)
        return Corroboration("corroborated" if report.confirmed else "contradicted", told)
    city = cities.get(report.place or "")
    words = [_word(standing, one, "for") for one in report.supported_by]
    words += [_word(standing, one, "against") for one in report.contradicted_by]
    found = [
        *words,
        *_of_readings(standing, report, sights),
        *(_of_footprints(standing, report, city) if city else ()),
        *(_of_reports(standing, report, city, cities) if city else ()),
    ]
    found.sort(key=lambda one: (-one.points, one.sort, one.at, one.statement or "", one.place))
    return Corroboration(_grade(found), tuple(found))


def _grade(found: Iterable[Evidence]) -> Grade:
    told = tuple(found)
    points_for = sum(one.points for one in told if one.side == "for")
    against = sum(one.points for one in told if one.side == "against")
    if points_for >= ENOUGH and not against:
        return "corroborated"
    if against >= ENOUGH and not points_for:
        return "contradicted"
    return "partly" if points_for > against else "uncorroborated"


def _word(standing: Standing, statement: str, side: Side) -> Evidence:
    said = standing.statements[statement].statement
    return Evidence(side, "word", ENOUGH, statement, said.by, said.issued)


# ------------------------------------------------------------------------------------------------ readings


def sights_near(
    report: FieldReportStanding, cities: Mapping[str, str], thresholds: Thresholds, taken: Measured
) -> tuple[Sight, ...]:
    """What each series of readings in the city of a report shows about its time.

    Of a series that crossed a threshold at any time in between, the first crossing counts; else the last
    reading that shows less. A series that shows neither says nothing.
    """
    city = cities.get(report.place or "")
    if city is None:
        return ()
    since, until = report.seen_at - BEFORE, report.seen_at + AFTER
    found: dict[tuple[str, str, str], Sight] = {}
    for threshold in thresholds.rows:
        if cities.get(threshold.place) != city:
            continue
        for one in taken.of((threshold.place, threshold.quantity, threshold.unit)):
            shown = verdict(threshold, one) if since <= one.time <= until else None
            if shown is None:
                continue
            key = (one.place, one.quantity, one.series)
            sight = Sight(
                one.place,
                one.quantity,
                threshold.hazard_class,
                one.time,
                shown == "crosses",
                one.confirmed,
                taken.statement_of(one),
            )
            if key not in found or _outweighs(sight, found[key]):
                found[key] = sight
    return tuple(found[key] for key in sorted(found))


def _outweighs(new: Sight, old: Sight) -> bool:
    if new.is_over != old.is_over:
        return new.is_over
    return (new.at, new.place) < (old.at, old.place) if new.is_over else new.at > old.at


def _of_readings(
    standing: Standing, report: FieldReportStanding, sights: Iterable[Sight]
) -> Iterator[Evidence]:
    named = _hazard_class(standing, report)
    for one in sights:
        if named is not None and one.hazard_class != named:
            continue
        if one.is_over:
            points = 2 if one.is_confirmed else 1
            yield Evidence("for", "reading", points, one.statement, one.place, one.at, one.quantity)
        elif named is not None:
            # Clean water says nothing of a fire: only where the report names a class can it be denied.
            yield Evidence("against", "reading", 1, one.statement, one.place, one.at, one.quantity)


def _hazard_class(standing: Standing, report: FieldReportStanding) -> str | None:
    said = standing.statements[report.id].statement
    if said.has("hazard_class"):
        return said.string("hazard_class")
    incident = standing.incidents.get(report.about or "")
    return incident.hazard_class if incident else None


# ---------------------------------------------------------------------------------------------- footprints


def _of_footprints(standing: Standing, report: FieldReportStanding, city: str) -> Iterator[Evidence]:
    named = _hazard_class(standing, report)
    for code, incident in standing.incidents.items():
        seen = standing.statements.get(incident.footprint or "")
        if seen is None or seen.statement.body is None or incident.phase == "closed":
            continue
        if named is not None and incident.hazard_class != named:
            continue
        side = _says(seen.statement, city, report.seen_at)
        if side == "for" or (side == "against" and code == report.about):
            yield Evidence(side, "footprint", 1, seen.statement.id, city, seen.statement.issued, code)


def _says(footprint: Statement, city: str, at: datetime) -> Side | None:
    assert footprint.body is not None, "asked of what can be read"
    row = next((one for one in footprint.body.get("arrivals", ()) if one["city"] == city), None)
    probability = float(row["probability"]) if row is not None else 0.0
    if row is None or probability < UNLIKELY:
        return "against"
    times = [datetime.fromisoformat(row[name]) for name in ("earliest", "middle") if name in row]
    has_come = bool(times) and min(times) - BEFORE <= at
    return "for" if probability >= LIKELY and has_come else None


# ------------------------------------------------------------------------------------------------- reports


def origin(standing: Standing, report: FieldReportStanding) -> str:
    """Who saw it: the pseudonym at the body that filed it, else the body itself."""
    said = standing.statements[report.id].statement
    return f"{said.by} {said.string('reporter')}" if said.has("reporter") else said.by


def record_of(standing: Standing, whose: str) -> tuple[int, int]:
    """How many reports of an origin were confirmed, and how many spoken against, by an officer's word."""
    told = [one.confirmed for one in standing.field_reports.values() if origin(standing, one) == whose]
    return told.count(True), told.count(False)


def is_good_witness(standing: Standing, whose: str) -> bool:
    """Whether the reports of an origin bear others out: unless more of them were spoken against."""
    confirmed, against = record_of(standing, whose)
    return confirmed >= against


def _of_reports(
    standing: Standing, report: FieldReportStanding, city: str, cities: Mapping[str, str]
) -> Iterator[Evidence]:
    own, found = origin(standing, report), {}
    for other in sorted(standing.field_reports.values(), key=lambda one: (one.at, one.id)):
        whose = origin(standing, other)
        if whose == own or whose in found or cities.get(other.place or "") != city:
            continue
        if same_matter(standing, report, other):
            found[whose] = other
    for whose, other in found.items():
        points = int(is_good_witness(standing, whose))
        yield Evidence("for", "report", points, other.id, other.place or city, other.seen_at)


def same_matter(standing: Standing, one: FieldReportStanding, other: FieldReportStanding) -> bool:
    """Whether two reports, of one city, are of the same thing."""
    if abs(one.seen_at - other.seen_at) > NEAR or other.confirmed is False:
        return False
    classes = {_hazard_class(standing, one), _hazard_class(standing, other)} - {None}
    if len(classes) > 1:
        return False
    if one.about is not None and one.about == other.about:
        return True
    return any(
        _share(text, other.what[language]) >= ALIKE
        for language, text in one.what.items()
        if language in other.what
    )


def _share(one: str, other: str) -> float:
    first, second = _grams(one), _grams(other)
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else 0.0


@lru_cache(maxsize=4_096)
def _grams(text: str) -> frozenset[str]:
    """What a text is compared by: pairs of neighbouring Chinese characters, longer words of Latin ones."""
    words = "".join(one if one.isalnum() else " " for one in text.casefold()).split()
    found: set[str] = set()
    for word in words:
        if word.isascii():
            found |= {word} if len(word) > 3 else set()
        else:
            found |= {word[at : at + 2] for at in range(len(word) - 1)}
    return frozenset(found)
