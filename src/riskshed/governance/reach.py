"""The four traits of a community: inclusive, connected, efficient, trusted; each measured from the log.

    inclusive   who was told, city by city and language by language, of those who were foreseen to be reached
    connected   which bodies are linked by something that both signed, and how many links join two cities
    efficient   how long from a need to its answer: notices, questions, needs
    trusted     which promises were kept, and which words had to be corrected or taken back

Nothing is measured that the log does not say. How many people read a warning nobody counts, so it is unknown
and not guessed; a city without people on file has unknown people. Who waits still is open; who was never
answered in time waited for ever, so that a median cannot be mended by silence. Few cases have no median.

`of` is a function of a standing, so anybody who has the log gets the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any, NamedTuple

from riskshed.governance import parties
from riskshed.governance.service_statistics import FEW, FEW_AT_THE_EDGE, Share, quantile, wilson
from riskshed.governance.standing import Standing
from riskshed.region import Region

FORESEEN_FROM = 0.5
"""From this probability of being reached on, a city should have been warned."""
LINKS = ("notice", "question", "match", "report")
WAITS = ("notice", "question", "need")


@dataclass(frozen=True, slots=True)
class CityReach:
    """Who was told in one city.

    Attributes
    ----------
    city : str
    people : int or None
        Who live there; None is unknown.
    foreseen : bool
        Whether a forecast said that it is reached, at `FORESEEN_FROM` or more.
    warnings, news : int
        Public warnings that name it, and news for it by known voices.
    languages : mapping of language to int
        In how many of both it was told in each language.
    voices : int
        Known voices that are of this city.
    last : datetime or None
        When it was told something for the last time.
    """

    city: str
    people: int | None
    foreseen: bool
    warnings: int
    news: int
    languages: Mapping[str, int]
    voices: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Joined:
    """Links of one kind: how many, how many of them between two cities, and between how many pairs."""

    kind: str
    count: int
    across: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Waited:
    """How long those waited who needed something of one kind.

    `median_h` and `upper_h` (90 %) are hours; infinite where that share was not answered, None where there
    are too few. `open` still wait within their time, and count in neither.
    """

    kind: str
    count: int
    unanswered: int
    open: int
    median_h: float | None
    upper_h: float | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of promises, and of words: counts, and the share kept with its interval of 95 %."""

    kept: int
    late: int
    broken: int
    open: int
    share: Share | None
    upheld: int
    corrected: int
    withdrawn: int
    known: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Reach:
    """The four traits at one time."""

    at: datetime
    inclusive: tuple[CityReach, ...]
    connected: tuple[Joined, ...]
    efficient: tuple[Waited, ...]
    trusted: Kept

    @property
    def missed(self) -> tuple[str, ...]:
        """Cities that were foreseen to be reached and that no public warning names."""
        return tuple(one.city for one in self.inclusive if one.foreseen and not one.warnings)

    def to_json(self) -> dict[str, Any]:
        """Plain values: null is unknown or too few, ``"not answered"`` is infinite."""
        return {
            "at": self.at.isoformat(),
            "inclusive": {"cities": [_city(one) for one in self.inclusive], "missed": list(self.missed),
                          "readers": None},
            "connected": [asdict(one) for one in self.connected],
            "efficient": [{name: _plain(value) for name, value in asdict(one).items()}
                          for one in self.efficient],
            "trusted": {**asdict(self.trusted),
                        "share": {name: _plain(value) for name, value in asdict(self.trusted.share).items()}
                        if self.trusted.share else None},
        }  # fmt: skip


def _city(one: CityReach) -> dict[str, Any]:
    last = None if one.last is None else one.last.isoformat()
    return {**asdict(one), "languages": dict(one.languages), "last": last}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return "not answered" if value == inf else round(value, 3)
    return value


def of(standing: Standing, region: Region) -> Reach:
    """The four traits at the time of a standing.

    Parameters
    ----------
    standing : Standing
        The actual one; a drill reaches nobody.
    region : Region
    """
    assert not standing.exercise, "a drill reaches nobody"
    return Reach(
        at=standing.at,
        inclusive=tuple(_inclusive(standing, region)),
        connected=tuple(_connected(standing, region)),
        efficient=tuple(_efficient(standing)),
        trusted=_trusted(standing),
    )


# ------------------------------------------------------------------------------------------------- inclusive


class _Told(NamedTuple):
    is_warning: bool
    cities: tuple[str, ...]
    languages: frozenset[str]
    at: datetime


def _told(standing: Standing) -> Iterator[_Told]:
    for warning in standing.warnings.values():
        said = standing.statements[warning.id].statement
        if said.visibility == "public" and said.body is not None:
            both = said.words("headline").keys() & said.words("instruction").keys()
            yield _Told(True, warning.cities, frozenset(both), warning.issued)
    for news in standing.news.values():
        seen = standing.statements[news.id].statement
        if seen.visibility == "public" and parties.voice(standing, news.by).is_known:
            yield _Told(False, news.cities, frozenset(news.title.keys() & news.text.keys()), news.at)


def _inclusive(standing: Standing, region: Region) -> Iterator[CityReach]:
    told, foreseen = tuple(_told(standing)), _foreseen(standing)
    voices = [_city_of(standing, region, code) for code in _known(standing)]
    for city in region.cities:
        here = [one for one in told if city.code in one.cities]
        counts = {code: sum(code in one.languages for one in here) for code in ("zh", "en")}
        yield CityReach(
            city=city.code,
            people=city.population_resident,
            foreseen=city.code in foreseen,
            warnings=sum(one.is_warning for one in here),
            news=sum(not one.is_warning for one in here),
            languages=counts,
            voices=voices.count(city.code),
            last=max((one.at for one in here), default=None),
        )


def _foreseen(standing: Standing) -> set[str]:
    """The cities that some forecast on record said are reached."""
    found: set[str] = set()
    for ids in standing.footprints.values():
        for one in ids:
            body = standing.statements[one].statement.body or {}
            rows = body.get("arrivals", ())
            found |= {row["city"] for row in rows if float(row["probability"]) >= FORESEEN_FROM}
    return found


def _known(standing: Standing) -> list[str]:
    return [code for code in standing.bodies if parties.voice(standing, code).is_known]


def _city_of(standing: Standing, region: Region, code: str) -> str | None:
    """The city of a body: itself if it is one."""
    if any(one.code == code for one in region.cities):
        return code
    held = standing.bodies.get(code)
    return held.city if held is not None else None


# ------------------------------------------------------------------------------------------------- connected


def _connected(standing: Standing, region: Region) -> Iterator[Joined]:
    for kind, several in _links(standing).items():
        cities = [tuple(_city_of(standing, region, one) for one in pair) for pair in several]
        across = sum(None not in pair and pair[0] != pair[1] for pair in cities)
        yield Joined(kind, len(several), across, len({frozenset(pair) for pair in several}))


def _links(standing: Standing) -> dict[str, list[tuple[str, str]]]:
    """Pairs of bodies that are linked by something that both have signed."""
    reports = standing.field_reports
    return {
        "notice": [
            (one.by, body)
            for one in standing.notices.values()
            for body, answer in one.answers.items()
            if answer.adopted is not None
        ],
        "question": [
            (one.by, answer.by)
            for one in standing.questions.values()
            for answer in one.answers
            if answer.by != one.by
        ],
        "match": [
            (one.need_by, one.offer_by) for one in standing.matches.values() if one.accepted_at is not None
        ],
        "report": [
            (one.by, reports[name].by)
            for one in reports.values()
            for name in one.supported_by
            if name in reports and reports[name].by != one.by
        ],
    }


# ------------------------------------------------------------------------------------------------- efficient


class _Wait(NamedTuple):
    """How long one waited, in hours: infinite if nobody answered in time, None if the time still runs."""

    hours: float | None


def _efficient(standing: Standing) -> Iterator[Waited]:
    waits = {
        "notice": list(_notices(standing)),
        "question": list(_questions(standing)),
        "need": list(_needs(standing)),
    }
    return (_waited(kind, waits[kind]) for kind in WAITS)


def _waited(kind: str, waits: Sequence[_Wait]) -> Waited:
    hours = sorted(one.hours for one in waits if one.hours is not None)
    return Waited(
        kind=kind,
        count=len(hours),
        unanswered=sum(one == inf for one in hours),
        open=len(waits) - len(hours),
        median_h=quantile(hours, 0.5) if len(hours) >= FEW else None,
        upper_h=quantile(hours, 0.9) if len(hours) >= FEW_AT_THE_EDGE else None,
    )


def _between(start: datetime, end: datetime) -> _Wait:
    return _Wait(max((end - start) / timedelta(hours=1), 0.0))


def _unanswered(standing: Standing, due: datetime | None) -> _Wait:
    return _Wait(inf if due is not None and due <= standing.at else None)


def _notices(standing: Standing) -> Iterator[_Wait]:
    """From a notice to the first answer of each body that it was sent to."""
    for one in standing.notices.values():
        for body in one.to:
            answer = one.answers.get(body)
            said = (answer.acknowledged, answer.adopted, answer.declined) if answer is not None else ()
            times = [each.at for each in said if each is not None]
            yield (
                _between(one.seen_at, min(times))
                if times
                else _unanswered(standing, one.answer_by or one.expires)
            )


def _questions(standing: Standing) -> Iterator[_Wait]:
    """From a question to its first answer, whoever gave it; one that was taken back waits for nothing."""
    for one in standing.questions.values():
        if one.answers:
            yield _between(one.at, min(each.at for each in one.answers))
        elif one.withdrawn is None:
            dues = [hand.due for hand in one.hands if hand.due is not None]
            yield _unanswered(standing, min(dues, default=None))


def _needs(standing: Standing) -> Iterator[_Wait]:
    """From a need to the first match that both have accepted."""
    accepted: dict[str, list[datetime]] = {}
    for match in standing.matches.values():
        if match.accepted_at is not None:
            accepted.setdefault(match.need, []).append(match.accepted_at)
    for one in standing.needs.values():
        if one.id in accepted:
            yield _between(one.seen_at, min(accepted[one.id]))
        elif one.withdrawn is None:
            yield _unanswered(standing, one.ends)


# --------------------------------------------------------------------------------------------------- trusted


def _trusted(standing: Standing) -> Kept:
    promises = _count(one.status for one in standing.promises.values())
    decided = promises["kept"] + promises["late"] + promises["broken"]
    known = len(_known(standing))
    news = [one.status for one in standing.news.values()]
    return Kept(
        kept=promises["kept"],
        late=promises["late"],
        broken=promises["broken"],
        open=promises["open"],
        share=wilson(promises["kept"], decided) if decided >= FEW else None,
        upheld=sum(one.outcome == "upheld" for one in standing.findings.values()),
        corrected=news.count("corrected"),
        withdrawn=news.count("withdrawn"),
        known=known,
        unknown=len(standing.bodies) - known,
    )


def _count(states: Iterable[str]) -> dict[str, int]:
    told = list(states)
    return {state: told.count(state) for state in ("kept", "late", "broken", "open", "released")}
