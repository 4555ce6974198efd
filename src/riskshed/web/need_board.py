"""What is missing in an incident, for its page of help: by city, good and hour, and the unknown apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import incident_need
from riskshed.governance.incident_need import HOURS, CityNeed
from riskshed.governance.shortfall import Missing
from riskshed.web.incident_acts import Scene
from riskshed.web.stock_board import amount
from riskshed.web.wording import people, say, words

GAPS = {
    "no_forecast": (
        "还没有预测，谁会受影响、缺什么未知。",
        "There is no forecast yet: who will need what is unknown.",
    ),
    "no_norm": (
        "这类危害没有需求标准，需要多少未知；这不等于没有需要。",
        "No norm of need is known for this hazard: what is needed is unknown, and not nothing.",
    ),
    "nobody_reached": ("预测没有波及任何城市。", "The forecast reaches no city."),
}
UNKNOWN = {
    "people": ("受影响人数未知", "how many need it is unknown"),
    "stock": ("储备未知：没有人报告", "the stock is unknown: nobody has reported"),
    "time": ("到达时间未知", "when it arrives is unknown"),
}
_ID_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One good in one city of which all is known.

    `cells` are (when, what is missing by then, whether something is), `sources` the statements behind it.
    """

    city: str
    good: str
    people: str
    begins: datetime | None
    cells: tuple[tuple[datetime, str, bool], ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A city of which it is not known what is missing.

    `bounds` are (good, (when, bounds)) of goods of which something is known, `sources` the statements.
    """

    city: str
    why: str
    goods: str
    bounds: tuple[tuple[str, tuple[tuple[datetime, str], ...]], ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """What is missing; `gap` says why there is nothing to show."""

    hours: tuple[str, ...]
    known: tuple[Row, ...]
    unknown: tuple[Gap, ...]
    gap: str
    footprint: str | None


def need(scene: Scene) -> Need:
    """What is missing in the incident of a scene."""
    found = incident_need.of_incident(scene.standing, scene.incident, scene.regime.terms)
    return Need(
        hours=tuple(say(f"{hour} 小时内", f"within {hour} h") for hour in HOURS),
        known=tuple(_row(one) for one in found.known),
        unknown=_gaps(found.unknown),
        gap=say(*GAPS[found.gap]) if found.gap is not None else "",
        footprint=found.footprint,
    )


def _row(one: CityNeed) -> Row:
    return Row(
        city=one.city,
        good=words(one.norm.words),
        people=people(one.people),
        begins=one.begins,
        cells=tuple((each.at, _missing(each, one.norm.unit), each.at_least > 0) for each in one.hours),
        sources=tuple(_statements(one.hours)),
    )


def _gaps(unknown: Iterable[CityNeed]) -> tuple[Gap, ...]:
    """The unknown by city, and by what is unknown of it, in the order in which the need begins."""
    groups: dict[tuple[str, tuple[str, ...]], list[CityNeed]] = {}
    for one in unknown:
        groups.setdefault((one.city, one.unknown), []).append(one)
    return tuple(_gap(city, why, rows) for (city, why), rows in groups.items())


def _gap(city: str, why: Iterable[str], rows: list[CityNeed]) -> Gap:
    told = [(one, [each for each in one.hours if each.at_least or each.at_most is not None]) for one in rows]
    return Gap(
        city=city,
        why=say("；", "; ").join(say(*UNKNOWN[each]) for each in why),
        goods=say("；", "; ").join(words(one.norm.words) for one in rows),
        bounds=tuple(
            (words(one.norm.words), tuple((each.at, _missing(each, one.norm.unit)) for each in hours))
            for one, hours in told
            if hours
        ),
        sources=tuple(_statements(each for one in rows for each in one.hours)),
    )


def _missing(one: Missing, unit: str) -> str:
    """What is missing by an hour: a figure where it is known, bounds where it is not."""
    if one.at_most is None:
        return say(f"至少 {amount(one.at_least, unit)}", f"at least {amount(one.at_least, unit)}")
    if one.at_least != one.at_most:
        low, high = f"{one.at_least:,f}", amount(one.at_most.normalize(), unit)
        return say(f"{low} 至 {high}", f"{low} to {high}")
    return amount(one.at_least.normalize(), unit) if one.at_least else say("不缺", "nothing")


def _statements(hours: Iterable[Missing]) -> Iterable[str]:
    named = dict.fromkeys(source for one in hours for source in one.sources)
    return (one for one in named if len(one) == _ID_CHARACTERS)
