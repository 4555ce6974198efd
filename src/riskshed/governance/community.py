"""The community: what is said in public, found by the place, river, hazard or industry that it concerns.

People do not follow bodies, they follow the river behind the house. So everything that a body says to the
public (news, warnings, public statements, lessons) becomes a block with what it concerns, and whoever follows
a thing sees its blocks, the newest first. What a statement does not say of itself follows from what it is
about: its incident, and the forecast on which a warning rests.

Only voices that are known appear (`parties.voice`). News of one that nobody has verified is held: it stands
on the record, its author is told that it waits and for what, and it appears when the voice is known. A
correction stands in the place of what it corrects and shows what is no longer said and what is said instead.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from riskshed.errors import DomainError
from riskshed.governance import parties, personal_data, plain_language
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.governance.standing_community import NewsStanding
from riskshed.governance.subjects import Seen, WarningStanding
from riskshed.region import Region
from riskshed.statement import Statement
from riskshed.vocabulary_fields import HAZARD_CLASSES

Words = Mapping[str, str]
Sort = Literal["place", "river", "hazard", "industry"]
SORTS: tuple[Sort, ...] = ("place", "river", "hazard", "industry")
WATER = frozenset(("river", "pollutant"))
"""Pathways by which what comes, comes down a river."""
SPOKEN = ("PublicStatementMade", "LessonShared")
CHANGES_SHOWN = 12
_MOBILE = re.compile(r"(?:86)?1[3-9][0-9]{9}$")


class Subject(NamedTuple):
    """What can be followed: the city, the river, the class of hazard, or the industry with this code."""

    sort: Sort
    code: str

    def __str__(self) -> str:
        return f"{self.sort}:{self.code}"


@dataclass(frozen=True, slots=True)
class River:
    """A river of a region: what it is called, and the cities on it in the order of the flow."""

    id: str
    name: Words
    cities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry of GB/T 4754-2017, the sorts of hazard that concern it first, and the words for it."""

    code: str
    name: Words
    topics: tuple[str, ...]
    group: str


@dataclass(frozen=True, slots=True)
class Concerns:
    """What a block concerns; empty where it says nothing of it."""

    cities: tuple[str, ...] = ()
    rivers: tuple[str, ...] = ()
    hazard_classes: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()

    def subjects(self) -> Iterator[Subject]:
        """The things under which it is found."""
        yield from (Subject("place", code) for code in self.cities)
        yield from (Subject("river", code) for code in self.rivers)
        yield from (Subject("hazard", code) for code in self.hazard_classes)
        yield from (Subject("industry", code) for code in self.industries)


class Change(NamedTuple):
    """A sentence that a correction takes back (``-``) or says instead (``+``)."""

    sign: Literal["-", "+"]
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """One thing said in public, as readers find it.

    `changed` is when it was said, or when it was taken back or lifted. `state` is ``current``, ``over``,
    ``corrected``, ``withdrawn`` or, of a warning, ``lifted``; `why` is what a correction says of itself.
    """

    id: str
    kind: str
    by: str
    at: datetime
    changed: datetime
    title: Words
    text: Words
    audience: str
    concerns: Concerns
    state: str
    level: str = ""
    until: datetime | None = None
    source: str = ""
    why: Words | None = None
    corrects: str | None = None
    answers_to: str | None = None


# -------------------------------------------------------------------------------------- what can be followed


@cache
def industries() -> Mapping[str, Industry]:
    """The industries that can be followed, by code."""
    told = tomllib.loads(files("riskshed.governance").joinpath("industries.toml").read_text("utf-8"))
    made = (
        Industry(row["code"], row["name"], tuple(row["topics"]), row["group"]) for row in told["industry"]
    )
    found = {one.code: one for one in made}
    for one in found.values():
        assert set(one.topics) <= set(plain_language.topics()), f"industries.toml: {one.code}"
        assert one.group in plain_language.GROUPS, f"industries.toml: {one.code}"
    return found


def rivers(region: Region) -> Mapping[str, River]:
    """The river of a region by its id: its Latin name in small letters; none where no city is on one.

    `river` of ``region.toml`` holds the name in Chinese and in Latin letters, as in ``松花江 Songhua``.
    """
    if not region.sections:
        return {}
    name = region.about.get("river") or region.name
    latin = " ".join(re.findall(r"[A-Za-z][A-Za-z' -]*", name)).strip()
    chinese = "".join(re.findall("[\u3400-\u9fff]+", name))
    code = re.sub(r"[^a-z]+", "-", latin.lower()).strip("-") or "river"
    # From the source down; a section without a kilometre stands at the end.
    places = sorted(region.sections, key=lambda one: -(one.river_km if one.river_km is not None else -1.0))
    words = {"zh": chinese or latin, "en": latin or chinese}
    return {code: River(code, words, tuple(dict.fromkeys(one.city for one in places)))}


def subjects(region: Region) -> tuple[Subject, ...]:
    """Everything that can be followed at a node, in the order in which it is offered."""
    codes: Mapping[Sort, Iterable[str]] = {
        "place": (one.code for one in region.cities),
        "river": rivers(region),
        "hazard": HAZARD_CLASSES,
        "industry": industries(),
    }
    return tuple(Subject(sort, code) for sort in SORTS for code in codes[sort])


# ------------------------------------------------------------------------------------------------- the stream


def stream(standing: Standing, region: Region) -> tuple[Block, ...]:
    """All blocks of known voices, the newest first. What was corrected or taken back is among them."""
    on_river = {city: code for code, one in rivers(region).items() for city in one.cities}
    found = [*_news(standing), *_warnings(standing, on_river), *_spoken(standing, on_river)]
    known = {by: parties.voice(standing, by).is_known for by in {one.by for one in found}}
    return tuple(sorted((one for one in found if known[one.by]), key=_newest))


def held(standing: Standing, by: str) -> tuple[Block, ...]:
    """The news of a body that does not appear because nobody has verified who it is."""
    if parties.voice(standing, by).is_known:
        return ()
    return tuple(sorted((one for one in _news(standing) if one.by == by), key=_newest))


def of(blocks: Iterable[Block], *followed: Subject) -> tuple[Block, ...]:
    """The blocks that concern any of these, in their order; what a correction replaced is left out."""
    wanted = set(followed)
    return tuple(
        one for one in blocks if one.state != "corrected" and not wanted.isdisjoint(one.concerns.subjects())
    )


def _newest(one: Block) -> tuple[float, str]:
    return -one.at.timestamp(), one.id


def _is_public(seen: Seen | None) -> bool:
    return seen is not None and seen.statement.visibility == "public" and seen.statement.body is not None


def _news(standing: Standing) -> Iterator[Block]:
    for one in standing.news.values():
        if _is_public(standing.statements.get(one.id)):
            yield _of_news(one)


def _of_news(one: NewsStanding) -> Block:
    told = Concerns(one.cities, one.rivers, one.hazard_classes, one.hazards, one.industries)
    return Block(
        id=one.id,
        kind="NewsShared",
        by=one.by,
        at=one.at,
        changed=one.withdrawn_at or one.at,
        title=one.title,
        text=one.text,
        audience=one.audience,
        concerns=told,
        state=one.status,
        until=one.until,
        source=one.source or "",
        why=one.change,
        corrects=one.corrects,
        answers_to=one.answers_to,
    )


def _warnings(standing: Standing, on_river: Mapping[str, str]) -> Iterator[Block]:
    states = {"active": "current", "updated": "corrected", "cancelled": "lifted", "expired": "over"}
    for one in standing.warnings.values():
        seen = standing.statements.get(one.id)
        if seen is None or not _is_public(seen):
            continue
        said, lifted = seen.statement, standing.statements.get(one.successor or "")
        yield Block(
            id=one.id,
            kind=said.kind,
            by=one.by,
            at=one.issued,
            changed=one.issued if lifted is None else lifted.statement.issued,
            title=said.words("headline"),
            text=said.words("instruction"),
            audience="people",
            concerns=_of_warning(standing, one, on_river),
            state=states[one.status],
            level=one.level,
            until=one.expires,
            why=said.words("change") if said.kind == "WarningUpdated" and said.has("change") else None,
            corrects=one.replaces,
        )


def _of_warning(standing: Standing, one: WarningStanding, on_river: Mapping[str, str]) -> Concerns:
    hazard, pathway = hazard_of(standing, one), pathway_of(standing, one.footprint)
    topic = plain_language.topic_of(hazard, pathway).code
    return Concerns(
        cities=one.cities,
        rivers=_rivers(one.cities, on_river) if _by_water(topic, pathway) else (),
        hazard_classes=(one.hazard_class,),
        hazards=(hazard,) if hazard else (),
        industries=tuple(code for code, each in industries().items() if topic in each.topics),
    )


def _by_water(topic: str, pathway: str) -> bool:
    """Whether what comes, comes down a river."""
    return pathway in WATER or topic in ("water_pollution", "flood")


def hazard_of(standing: Standing, one: WarningStanding) -> str | None:
    """The hazard of a warning: what it says, else what its incident says."""
    incident = standing.incidents.get(one.about or "")
    return one.hazard or (incident.hazard if incident is not None else None)


def pathway_of(standing: Standing, footprint: str | None) -> str:
    """The pathway of a forecast; empty where there is none that can be read."""
    seen = standing.statements.get(footprint or "")
    if seen is None or seen.statement.kind != "FootprintIssued" or seen.statement.body is None:
        return ""
    return seen.statement.string("pathway")


def _rivers(cities: Sequence[str], on_river: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(on_river[city] for city in cities if city in on_river))


def _spoken(standing: Standing, on_river: Mapping[str, str]) -> Iterator[Block]:
    """Public statements and lessons: what they concern follows from their incident."""
    aside = set(standing.set_aside)
    replaced = {
        name
        for seen in standing.statements.values()
        if seen.statement.kind == "PublicStatementMade" and _is_public(seen)
        for name in seen.statement.strings("corrects")
        if _same_voice(standing, name, seen.statement)
    }
    for seen in standing.statements.values():
        said = seen.statement
        if said.kind in SPOKEN and said.id not in aside and _is_public(seen):
            state = "corrected" if said.id in replaced else "current"
            yield _of_spoken(standing, said, on_river, state)


def _same_voice(standing: Standing, name: str, said: Statement) -> bool:
    before = standing.statements.get(name)
    return before is not None and before.statement.by == said.by


def _of_spoken(standing: Standing, said: Statement, on_river: Mapping[str, str], state: str) -> Block:
    is_lesson = said.kind == "LessonShared"
    corrected = () if is_lesson else said.strings("corrects")
    return Block(
        id=said.id,
        kind=said.kind,
        by=said.by,
        at=said.issued,
        changed=said.issued,
        title=said.words("title") if is_lesson else said.words("text"),
        text=said.words("text") if is_lesson else {},
        audience="region" if is_lesson else "people",
        concerns=_of_subject(standing, said, on_river),
        state=state,
        source="" if is_lesson else said.string("where"),
        corrects=corrected[-1] if corrected else None,
    )


def _of_subject(standing: Standing, said: Statement, on_river: Mapping[str, str]) -> Concerns:
    incident = standing.incidents.get(said.about or "")
    if incident is None:
        return Concerns()
    pathway = pathway_of(standing, incident.footprint)
    topic = plain_language.topic_of(incident.hazard, pathway).code
    return Concerns(
        cities=(incident.city,),
        rivers=_rivers((incident.city,), on_river) if _by_water(topic, pathway) else (),
        hazard_classes=(incident.hazard_class,),
        hazards=(incident.hazard,) if incident.hazard else (),
    )


# ------------------------------------------------------------------------------------------------ corrections


def changes(before: Words, after: Words, language: plain_language.Language) -> tuple[Change, ...]:
    """What a correction changed, sentence by sentence: first what is no longer said, then what is."""
    old, new = (plain_language.sentences_of(one.get(language, ""), language) for one in (before, after))
    found: list[Change] = []
    for tag, first, last, start, end in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [Change("-", text) for text in old[first:last]]
            found += [Change("+", text) for text in new[start:end]]
    return tuple(found[:CHANGES_SHOWN])


# --------------------------------------------------------------------------------------------------- sharing


def share(
    standing: Standing, region: Region, by: str, body: Mapping[str, Any], corrects: str | None
) -> Draft:
    """News that a body shares, or a correction of its own.

    Parameters
    ----------
    standing : Standing
    region : Region
    by : str
    body : mapping
        The fields of NewsShared.
    corrects : str, optional
        Id of its own news.

    Raises
    ------
    DomainError
        ``news.of_nothing`` if it names neither place, river, hazard nor industry; ``news.unknown_subject``;
        ``news.personal`` if its words hold somebody's personal data; ``news.over`` if it would be over before
        it is said; ``news.not_own``, ``news.replaced`` and
        ``news.no_change`` of a correction.
    """
    _check_subjects(region, body)
    _check_personal(body)
    until = body.get("until")
    if until is not None and datetime.fromisoformat(until) <= standing.at:
        todo = "Give a later time, or none."
        raise DomainError("news.over", f"the news would be over at {until}", todo=todo)
    if corrects is not None:
        _check_correction(standing, by, body, corrects)
    return Draft("NewsShared", by, None, corrects, dict(body))


def _check_subjects(region: Region, body: Mapping[str, Any]) -> None:
    fields: Mapping[str, Sort] = {
        "cities": "place",
        "rivers": "river",
        "hazard_classes": "hazard",
        "industries": "industry",
    }
    named = [Subject(sort, code) for field, sort in fields.items() for code in body.get(field, ())]
    if not named:
        todo = "Name a place, a river, a hazard or an industry: that is how readers find it."
        raise DomainError("news.of_nothing", "the news says of nothing what it concerns", todo=todo)
    unknown = sorted(str(one) for one in set(named) - set(subjects(region)))
    if unknown:
        todo = "Choose from those that this node offers."
        raise DomainError("news.unknown_subject", f"nobody can follow {', '.join(unknown)}", todo=todo)


def _check_personal(body: Mapping[str, Any]) -> None:
    """What is on the log stays there. A body may name the telephone of its desk, but nobody's own."""
    texts = [text for name in ("title", "text", "change") for text in body.get(name, {}).values()]
    for one in (found for text in texts for found in personal_data.find(text)):
        is_mobile = one.sort == "phone" and _MOBILE.search(re.sub(r"[^0-9]", "", one.text)) is not None
        if is_mobile or one.sort in ("identity", "bank_card", "plate"):
            todo = "Take it out: it would stay on the record for ever."
            raise DomainError("news.personal", f"the words hold a {one.sort.replace('_', ' ')}", todo=todo)


def _check_correction(standing: Standing, by: str, body: Mapping[str, Any], corrects: str) -> None:
    before = standing.news.get(corrects)
    if before is None or before.by != by:
        raise DomainError("news.not_own", f"{corrects[:12]} is no news of {by}", todo="Correct your own.")
    if before.status in ("corrected", "withdrawn"):
        todo = "Correct what stands in its place."
        raise DomainError("news.replaced", f"{corrects[:12]} is {before.status}", todo=todo)
    if not body.get("change"):
        raise DomainError("news.no_change", "a correction says what it corrects", todo="Say so in words.")
