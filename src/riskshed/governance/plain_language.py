"""A warning, a notice or a forecast in plain words: what, where, when, what to do, and who says so.

A warning is written by officers for officers; those who must act on it are everybody. So the same statement
is told again in short sentences, Chinese and English, from templates and from messages that are data with a
source (`plain_language.toml`), for everybody and for those who need other words: the old, children, people
with disabilities, fishers, farmers, workers.

Nothing is added to what was said. A time or a number stands in the text only if it stands in the statement
or in the forecast on which it rests; what is unknown is said to be unknown; a telephone number is told only
if the issuer gave one. `remarks` names what is hard to read: sentences that are too long, and words of the
offices. It is advice for whoever writes, and refuses nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from riskshed.governance.message_texts import HAZARD_OF_CLASS, PROBABILITY_WORDS
from riskshed.governance.outlook import Coming, in_time
from riskshed.statement import Statement

Language = Literal["zh", "en"]
Words = Mapping[str, str]
Body = Mapping[str, Any]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
GROUPS = ("elderly", "children", "disabled", "fishers", "farmers", "workers")
"""For whom there are words of their own, in the order in which they are told."""
FILE = "plain_language.toml"
GENERAL = "general"
CITIES_TOLD = 5

EXERCISE: Words = {"zh": "这是演习，不是真的。", "en": "This is an exercise. It is not real."}
LEVELS: Mapping[str, Words] = {
    "red": {"zh": "这是红色预警，最高的一级。", "en": "This is a red warning, the highest there is."},
    "orange": {"zh": "这是橙色预警，仅次于红色。", "en": "This is an orange warning, next to the highest."},
    "yellow": {"zh": "这是黄色预警，低于橙色。", "en": "This is a yellow warning, below orange."},
    "blue": {"zh": "这是蓝色预警，最低的一级。", "en": "This is a blue warning, the lowest there is."},
}
"""突发事件应对法 (2024), article 63: four levels by colour, red the highest."""
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Message(NamedTuple):
    """One thing to do or not to do, in both languages, and the key of its source."""

    zh: str
    en: str
    source: str

    def said(self, language: Language) -> str:
        """The words in a language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Topic:
    """What people should know and do about one sort of hazard."""

    code: str
    pathways: tuple[str, ...]
    hazards: tuple[str, ...]
    what: Words
    do: tuple[Message, ...]
    dont: tuple[Message, ...]
    groups: Mapping[str, tuple[Message, ...]]


class Remark(NamedTuple):
    """What is hard to read in a text: ``long`` or ``jargon``, where, and what would be better."""

    code: Literal["long", "jargon"]
    what: str
    better: str


@dataclass(frozen=True, slots=True)
class PlainText:
    """A statement in plain words; each part is sentences by language, empty where nothing is said.

    `steps` are the issuer's own lines, line by line; `do` and `dont` are the messages of the topic.
    """

    exercise: bool
    what: Words
    where: Words
    when: Words
    steps: Words
    who: Words
    until: Words
    ask: Words
    topic: Topic

    def sentences(self, language: Language, *, brief: bool = False) -> tuple[str, ...]:
        """Everything that is for everybody, sentence by sentence, as it is read aloud.

        `brief` leaves out what to do, where that was said just before.
        """
        parts = [EXERCISE[language]] if self.exercise else []
        parts += [self.what[language], self.where[language], self.when[language]]
        if not brief:
            parts += [*lines(self.steps.get(language, "")), *self.advice(language)]
        parts += [self.who[language], self.until[language], self.ask[language]]
        return tuple(part for part in parts if part)

    def advice(self, language: Language) -> tuple[str, ...]:
        """What the topic says to do and not to do, without what the issuer said in the same words."""
        said = self.steps.get(language, "")
        told = (one.said(language) for one in (*self.topic.do, *self.topic.dont))
        return tuple(one for one in told if one.rstrip("。.") not in said)


# ------------------------------------------------------------------------------------------------- the data


class _Book(NamedTuple):
    topics: Mapping[str, Topic]
    sources: Mapping[str, str]
    limits: Mapping[str, Any]
    jargon: Mapping[str, Mapping[str, str]]
    terms: tuple[Mapping[str, str], ...]


@cache
def _book() -> _Book:
    told = tomllib.loads(files("riskshed.governance").joinpath(FILE).read_text("utf-8"))
    sources = told["sources"]
    topics = {row["code"]: _topic(row, sources) for row in told["topic"]}
    return _Book(topics, sources, told["limits"], told["jargon"], tuple(told["term"]))


def _topic(row: Mapping[str, Any], sources: Mapping[str, str]) -> Topic:
    def messages(told: Iterable[Mapping[str, str]]) -> tuple[Message, ...]:
        made = tuple(Message(one["zh"], one["en"], one["source"]) for one in told)
        for one in made:
            assert one.source in sources, f"{FILE}: {row['code']} names no source {one.source}"
        return made

    assert set(row["for"]) == set(GROUPS), f"{FILE}: {row['code']} leaves out a group, or has one more"
    return Topic(
        code=row["code"],
        pathways=tuple(row["pathways"]),
        hazards=tuple(row["hazards"]),
        what={"zh": row["what_zh"], "en": row["what_en"]},
        do=messages(row["do"]),
        dont=messages(row["dont"]),
        groups={group: messages(row["for"][group]) for group in GROUPS},
    )


def topics() -> Mapping[str, Topic]:
    """All topics by code."""
    return _book().topics


def source(key: str) -> str:
    """Where a message is from, as it is cited."""
    return _book().sources[key]


def topic_of(hazard: str | None, pathway: str = "") -> Topic:
    """The topic of a hazard, else of a pathway, else the general one."""
    known = topics().values()
    by_hazard = (one for one in known if hazard and hazard in one.hazards)
    by_pathway = (one for one in known if pathway and pathway in one.pathways)
    return next(by_hazard, None) or next(by_pathway, None) or topics()[GENERAL]


def instruction(hazard: str | None, pathway: str = "") -> dict[str, str]:
    """The proposed instruction of a warning, one act a line: what to do, then what not to do."""
    topic = topic_of(hazard, pathway)
    told = (*topic.do, *topic.dont)
    return {language: "\n".join(one.said(language) for one in told) for language in LANGUAGES}


# ---------------------------------------------------------------------------------------------- what was said


def of_statement(
    said: Statement,
    *,
    names: Mapping[str, Words],
    footprint: Statement | None = None,
    hazard: str | None = None,
    zone: tzinfo = UTC,
) -> PlainText:
    """A warning, a notice or a forecast in plain words.

    Parameters
    ----------
    said : Statement
        With an open body: WarningIssued, WarningUpdated, NoticeSent or FootprintIssued.
    names : mapping of code to words
        Of cities and bodies; a code without a name stands for itself.
    footprint : Statement, optional
        The forecast on which it rests; without it, or without a row for a city, times are only those that
        the statement itself has.
    hazard : str, optional
        Code of the hazard where the statement names none: that of its incident.
    zone : tzinfo
        In which times are told; the offset always stands beside them.
    """
    assert said.body is not None, "what is sealed is not told in plain words"
    body: Body = said.body
    forecast: Body = body if said.kind == "FootprintIssued" else (footprint and footprint.body) or {}
    topic = topic_of(body.get("hazard", hazard), forecast.get("pathway", ""))
    rows = forecast.get("arrivals", ())
    cities = tuple(body.get("cities", ())) or tuple(row["city"] for row in rows)
    coming = in_time(Coming.of_row(row) for row in rows if row["city"] in cities)
    called = {city: _name(names, city) for city in cities}
    return PlainText(
        exercise=said.exercise,
        what=_what(body, topic),
        where=_where(cities, called),
        when=_when(body, coming, called, zone),
        steps=body.get("instruction", {}),
        who=_sentence("{}说的。", "{} says so.", _name(names, said.by)),
        until=_until(body, zone),
        ask=_ask(body),
        topic=topic,
    )


def _name(names: Mapping[str, Words], code: str) -> Words:
    known = names.get(code, {})
    return {language: known.get(language) or next(iter(known.values()), code) for language in LANGUAGES}


def _sentence(zh: str, en: str, *parts: Words) -> Words:
    return {
        "zh": zh.format(*(one["zh"] for one in parts)),
        "en": en.format(*(one["en"] for one in parts)),
    }


def _join(*parts: Words) -> Words:
    return {
        "zh": "".join(one["zh"] for one in parts if one["zh"]),
        "en": " ".join(one["en"] for one in parts if one["en"]),
    }


NOTHING: Words = {"zh": "", "en": ""}


def _what(body: Body, topic: Topic) -> Words:
    level = LEVELS.get(body.get("level", ""))
    happens: Words = NOTHING
    if topic.what["zh"]:
        happens = {"zh": f"{topic.what['zh']}。", "en": f"{topic.what['en']}."}
    elif "hazard_class" in body:
        kind = HAZARD_OF_CLASS[body["hazard_class"]]
        happens = {"zh": f"{kind['zh']}。", "en": f"There is danger from {kind['en']}."}
    doubt = {"zh": "还没有核实。", "en": "This is not confirmed yet."}
    return _join(level or NOTHING, happens, NOTHING if body.get("confirmed", True) else doubt)


def _where(cities: Sequence[str], called: Mapping[str, Words]) -> Words:
    if not cities:
        return {"zh": "在哪里还不知道。", "en": "It is not known where."}
    shown = [called[city] for city in cities[:CITIES_TOLD]]
    listed = {"zh": "、".join(one["zh"] for one in shown), "en": ", ".join(one["en"] for one in shown)}
    more = {"zh": "等地", "en": " and others"} if len(cities) > CITIES_TOLD else NOTHING
    return _sentence("地点：{}{}。", "Where: {}{}.", listed, more)


def _when(body: Body, coming: Sequence[Coming], called: Mapping[str, Words], zone: tzinfo) -> Words:
    """When it comes to the place that is reached first, with how sure that is."""
    if body.get("certainty") == "Observed":
        return {"zh": "已经测到。", "en": "It has been measured there."}
    if coming:
        return _foreseen(coming[0], called[coming[0].city], zone)
    if "onset" in body:
        return _sentence("{}起。", "From {} on.", clock(datetime.fromisoformat(body["onset"]), zone))
    return {"zh": "什么时候来还不知道。", "en": "It is not known when it comes."}


def _foreseen(one: Coming, city: Words, zone: tzinfo) -> Words:
    chance = likelihood(one.probability)
    how: Words = (
        _sentence("到{}：{}。", "It is {1} that it reaches {0}.", city, chance) if chance else NOTHING
    )
    if one.earliest is not None and one.latest is not None:
        first, last = clock(one.earliest, zone), clock(one.latest, zone)
        between = "If it comes, that is likely between {} and {}."
        band = _sentence("如果来，多半不早于{}。多半不晚于{}。", between, first, last)
    elif (time := one.middle or one.first) is not None:
        band = _sentence("如果来，大约在{}。", "If it comes, that is about {}.", clock(time, zone))
    else:
        band = {"zh": "什么时候来还不知道。", "en": "It is not known when it comes."}
    return _join(how, band)


def likelihood(probability: float | None) -> Words | None:
    """A probability in the calibrated words of messages, without its number; None if it is unknown."""
    if probability is None:
        return None
    return next(words for bound, words in PROBABILITY_WORDS if probability >= bound)


def clock(time: datetime, zone: tzinfo) -> Words:
    """Day and time to the minute, with the zone, as it is read aloud.

    Examples
    --------
    >>> clock(datetime(2005, 11, 24, 0, 30, tzinfo=UTC), UTC)["en"]
    '24 November 2005, 00:30 (UTC+0)'
    """
    local = time.astimezone(zone)
    offset = local.utcoffset()
    assert offset is not None, "a zone has an offset"
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    shift = f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
    return {
        "zh": f"{local.year}年{local.month}月{local.day}日{local:%H:%M}（{shift}）",
        "en": f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M} ({shift})",
    }


def _until(body: Body, zone: tzinfo) -> Words:
    if "expires" not in body:
        return {"zh": "没有说有效到什么时候。", "en": "It was not said until when this holds."}
    ends = clock(datetime.fromisoformat(body["expires"]), zone)
    return _sentence("有效到{}。", "This holds until {}.", ends)


def _ask(body: Body) -> Words:
    if "contact" not in body:
        return NOTHING
    contact = body["contact"]
    return {"zh": f"询问：{contact}。", "en": f"To ask: {contact}."}


# ----------------------------------------------------------------------------------------------- easy to read

_END = {"zh": re.compile(r"[。！？!?；;\n]+"), "en": re.compile(r"(?<=[.!?;])\s+|\n+")}
_WORD = re.compile(r"[\w'’-]+")


def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def sentences_of(text: str, language: Language) -> list[str]:
    """The sentences of a text."""
    return [part.strip() for part in _END[language].split(text) if part.strip()]


def length(sentence: str, language: Language) -> int:
    """How long a sentence is: words in English, signs in Chinese without punctuation."""
    return len(_WORD.findall(sentence)) if language == "en" else sum(sign.isalnum() for sign in sentence)


def remarks(text: str, language: Language) -> tuple[Remark, ...]:
    """What is hard to read in a text."""
    book = _book()
    most = book.limits["sentence_words_en" if language == "en" else "sentence_characters_zh"]
    unit = {"zh": f"{most} 字以内", "en": f"at most {most} words"}[language]
    found = [
        Remark("long", sentence, unit)
        for sentence in sentences_of(text, language)
        if length(sentence, language) > most
    ]
    for word, better in book.jargon[language].items():
        if _stands_in(word, text, language):
            found.append(Remark("jargon", word, better))
    return tuple(found)


def explained(text: str, language: Language) -> tuple[str, ...]:
    """What the words in a text mean that not everybody knows, one sentence each."""
    return tuple(
        term[f"means_{language}"] for term in _book().terms if _stands_in(term[language], text, language)
    )


def _stands_in(word: str, text: str, language: Language) -> bool:
    if language == "zh":
        return word in text
    return re.search(rf"\b{re.escape(word)}(s|es|d|ed|ing)?\b", text, re.IGNORECASE) is not None
