"""Messages: what is told to those who cause it, who face it, who must govern it, and to the people.

One forecast, four messages, each in Chinese and English, each with what to do. A number never stands alone:
a probability has its words, an arrival its band and zone, a peak its limit, and what is unknown is said to be
so. A drill says in every text that it is one.

The words of a probability are those of the IPCC (Mastrandrea et al. 2011, Climatic Change 108, 675-691,
doi:10.1007/s10584-011-0178-6), which are calibrated: each stands for one range and for no other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

from riskshed.governance import gravity, plain_language
from riskshed.governance.gravity import Gravity, Scale
from riskshed.governance.message_texts import (
    DO_CAUSES,
    DO_FACES,
    DO_GOVERNS,
    EXERCISE,
    HAZARD_OF_CLASS,
    HAZARD_OF_PATHWAY,
    PROBABILITY_WORDS,
    UNCONFIRMED,
)
from riskshed.governance.outlook import Coming, Outlook
from riskshed.statement import time_text

Audience = Literal["causes", "faces", "governs"]
Words = Mapping[str, str]
Names = Mapping[str, Words]

CITIES_TOLD = 10
"""Cities that are told one by one in a text; the others stand in the arrivals."""
HOLDS = timedelta(hours=24)
"""So long a message holds at least, and beyond the latest arrival."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told, and how times and places are written.

    Parameters
    ----------
    outlook : Outlook
    origin : str
        Code of the city in which it began.
    hazard_class : str
        One of the four statutory classes.
    now : datetime
        Aware.
    names : mapping of code to words
        What cities, bodies and hazards are called; a code without a name stands for itself.
    zone : tzinfo
        In which times are written; the offset always stands beside them.
    scale : Scale
    confirmed : bool
        Whether it rests on more than unconfirmed reports.
    exercise : bool
    hazard : str or None
        Code of the hazard, as the agreement names its code table.
    """

    outlook: Outlook
    origin: str
    hazard_class: str
    now: datetime
    names: Names = field(default_factory=dict)
    zone: tzinfo = UTC
    scale: Scale = gravity.DEFAULT
    confirmed: bool = True
    exercise: bool = False
    hazard: str | None = None

    def name(self, code: str, language: str) -> str:
        """What a city or body is called in a language; else in any; else its code."""
        names = self.names.get(code, {})
        return names.get(language) or next(iter(names.values()), code)

    def what(self, language: str) -> str:
        """What comes, in a word or two: the hazard by its name, else what such a pathway brings."""
        if self.hazard is not None and self.hazard in self.names:
            return self.name(self.hazard, language)
        words = HAZARD_OF_PATHWAY.get(self.outlook.pathway) or HAZARD_OF_CLASS[self.hazard_class]
        return words[language]


@dataclass(frozen=True, slots=True)
class Message:
    """A message in both languages, with the words of CAP; `onset` None is unknown."""

    headline: Words
    description: Words
    instruction: Words
    gravity: Gravity
    cities: tuple[str, ...]
    onset: datetime | None
    expires: datetime

    def body(self, telling: Telling) -> dict[str, Any]:
        """The fields that notices and warnings share, as they stand in a body."""
        body: dict[str, Any] = {
            "hazard_class": telling.hazard_class,
            "headline": dict(self.headline),
            "description": dict(self.description),
            "instruction": dict(self.instruction),
            "cities": list(self.cities),
            "urgency": self.gravity.urgency,
            "severity": self.gravity.severity,
            "certainty": self.gravity.certainty,
            "expires": time_text(self.expires),
        }
        if self.onset is not None:
            body["onset"] = time_text(self.onset)
        if telling.hazard is not None:
            body["hazard"] = telling.hazard
        if telling.outlook.statement is not None:
            body["footprint"] = telling.outlook.statement
        return body


# ------------------------------------------------------------------------------------------- the messages


def to_causes(telling: Telling, cities: Sequence[str]) -> Message:
    """To those who cause it: stop it, and say what it is."""
    headline = _reach(telling, cities, {"zh": "立即控制源头：", "en": "Stop it at the source: "})
    return _message(telling, cities, headline, DO_CAUSES)


def to_faces(telling: Telling, city: str) -> Message:
    """To a city that may be reached: how likely, when, how strong, and what is asked of it."""
    coming = telling.outlook.of(city)
    zh = f"{telling.name(city, 'zh')}：{telling.what('zh')}{probability(coming, 'zh')}到达"
    en = f"{telling.name(city, 'en')}: {telling.what('en')} {probability(coming, 'en')} to arrive"
    if (time := coming.middle or coming.first) is not None:
        zh += f"，约 {clock(time, telling.zone, 'zh')}"
        en += f" around {clock(time, telling.zone, 'en')}"
    return _message(
        telling, (city,), {"zh": zh, "en": en}, DO_FACES.get(telling.outlook.pathway, DO_FACES[""])
    )


def to_governs(telling: Telling, cities: Sequence[str]) -> Message:
    """To those who must govern it: whom it may reach, and what they have to settle."""
    headline = _reach(telling, cities, {"zh": "需统筹协调：", "en": "To be coordinated: "})
    return _message(telling, cities, headline, DO_GOVERNS)


def to_public(telling: Telling, cities: Sequence[str], level: str) -> Message:
    """To the people of one's own area. The level is said in words: colour is never its only carrier."""
    places = {
        language: _list([telling.name(city, language) for city in cities], language)
        for language in ("zh", "en")
    }
    colours = COLOUR_WORDS[level]
    zh = f"{colours['zh']}：{places['zh']}，{telling.what('zh')}"
    en = f"{colours['en']}: {telling.what('en')}, {places['en']}"
    do = plain_language.instruction(telling.hazard, telling.outlook.pathway)
    return _message(telling, cities, {"zh": zh, "en": en}, do)


COLOUR_WORDS: Mapping[str, Words] = {
    "red": {"zh": "红色预警（一级）", "en": "Red warning (level 1 of 4, the highest)"},
    "orange": {"zh": "橙色预警（二级）", "en": "Orange warning (level 2 of 4)"},
    "yellow": {"zh": "黄色预警（三级）", "en": "Yellow warning (level 3 of 4)"},
    "blue": {"zh": "蓝色预警（四级）", "en": "Blue warning (level 4 of 4, the lowest)"},
}
"""A colour with its level (突发事件应对法 2024, article 63)."""


def _message(telling: Telling, cities: Sequence[str], headline: Words, instruction: Words) -> Message:
    coming = [telling.outlook.of(city) for city in cities]
    described = {language: _description(telling, coming, language) for language in ("zh", "en")}
    first = [time for one in coming if (time := one.first) is not None]
    last = [time for one in coming if (time := one.last) is not None]
    texts = [headline, described, instruction]
    if not telling.confirmed:
        texts[0] = _after(UNCONFIRMED, texts[0])
    if telling.exercise:
        texts = [drill(one) for one in texts]
    return Message(
        headline=texts[0],
        description=texts[1],
        instruction=texts[2],
        gravity=gravity.worst(
            [gravity.of_city(one, telling.outlook, telling.now, telling.scale) for one in coming]
        ),
        cities=tuple(cities),
        onset=min(first, default=None),
        expires=max([telling.now, *last]) + HOLDS,
    )


def drill(words: Words) -> Words:
    """The words of a drill: each says that it is one, once."""
    return {
        language: text if is_drill({language: text}) else f"{EXERCISE.get(language, EXERCISE['en'])}{text}"
        for language, text in words.items()
    }


def is_drill(words: Words) -> bool:
    """Whether each text says at its head that it is of a drill."""
    return all(text.startswith(tuple(EXERCISE.values())) for text in words.values())


def says(words: Mapping[str, str]) -> bool:
    """Whether there is a letter or a digit in these words: a dash is no reason and no instruction."""
    return any(sign.isalnum() for text in words.values() for sign in text)


def _after(prefix: Words, words: Words) -> Words:
    return {language: f"{prefix[language]}{text}" for language, text in words.items()}


# -------------------------------------------------------------------------------------- words of a forecast


def probability(coming: Coming, language: str) -> str:
    """A probability in calibrated words, with its number.

    Examples
    --------
    >>> probability(Coming("a", 0.72), "en"), probability(Coming("a", None), "en")
    ('is likely (probability 0.72)', 'may or may not be (probability unknown)')
    """
    if coming.is_observed:
        return {"zh": "已实测", "en": "has been observed"}[language]
    chance = coming.probability
    if chance is None:
        return {"zh": "是否（概率未知）", "en": "may or may not be (probability unknown)"}[language]
    words = next(words for bound, words in PROBABILITY_WORDS if chance >= bound)
    number = ">0.99" if chance > 0.99 else "<0.01" if chance < 0.01 else f"{chance:.2f}"
    if language == "zh":
        return f"{words['zh']}（概率 {number}）"
    return f"is {words['en']} (probability {number})"


def clock(time: datetime, zone: tzinfo, language: str) -> str:
    """Date, time to the minute, and zone.

    Examples
    --------
    >>> clock(datetime(2024, 5, 1, 4, tzinfo=UTC), UTC, "en")
    '2024-05-01 04:00 (UTC+00:00)'
    """
    local = time.astimezone(zone)
    offset = local.isoformat()[-6:]
    text = local.strftime("%Y-%m-%d %H:%M")
    return f"{text}（UTC{offset}）" if language == "zh" else f"{text} (UTC{offset})"


def arrival(coming: Coming, zone: tzinfo, language: str) -> str:
    """The band of the arrival, or that it is unknown."""
    known = [
        (name, time)
        for name, time in (
            ("earliest", coming.earliest),
            ("middle", coming.middle),
            ("latest", coming.latest),
        )
        if time is not None
    ]
    if not known:
        return {"zh": "到达时间未知", "en": "time of arrival unknown"}[language]
    named = {"earliest": "最早", "middle": "最可能约", "latest": "最迟"}
    if language == "zh":
        return "，".join(f"{named[name]} {clock(time, zone, 'zh')}" for name, time in known)
    return ", ".join(f"{name} {clock(time, zone, 'en')}" for name, time in known)


def peak(coming: Coming, outlook: Outlook, language: str) -> str:
    """The peak beside the limit from which on a place counts as reached; unknown is said."""
    if coming.peak is None:
        return {"zh": "峰值未知", "en": "peak unknown"}[language]
    value, unit = number(coming.peak), outlook.unit
    if outlook.threshold is None:
        return {"zh": f"峰值约 {value} {unit}", "en": f"peak about {value} {unit}"}[language]
    limit = number(outlook.threshold)
    zh, en = f"峰值约 {value} {unit}（限值 {limit}）", f"peak about {value} {unit} (limit {limit})"
    return zh if language == "zh" else en


def people(coming: Coming, language: str) -> str:
    """How many people depend on what is reached; unknown is said, and is not zero."""
    if coming.exposed_people is None:
        return {"zh": "受影响人口未知", "en": "people who depend on it unknown"}[language]
    count = f"{coming.exposed_people:,}"
    return {"zh": f"受影响人口约 {count} 人", "en": f"about {count} people depend on it"}[language]


def number(value: float) -> str:
    """Two significant digits, without exponent.

    Examples
    --------
    >>> number(0.01734), number(12345.0), number(0.0)
    ('0.017', '12000', '0')
    """
    if value == 0:
        return "0"
    places = 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):.{max(0, places)}f}"


def _description(telling: Telling, coming: Sequence[Coming], language: str) -> str:
    lines = []
    for one in coming[:CITIES_TOLD]:
        parts = (
            probability(one, language),
            arrival(one, telling.zone, language),
            peak(one, telling.outlook, language),
            people(one, language),
        )
        place = telling.name(one.city, language)
        lines.append(
            f"{place}：{'；'.join(parts)}。" if language == "zh" else f"{place}: {'; '.join(parts)}."
        )
    if (more := len(coming) - CITIES_TOLD) > 0:
        lines.append({"zh": f"另有 {more} 个城市。", "en": f"{more} more cities."}[language])
    caveats = [texts[0 if language == "zh" else 1] for texts in telling.outlook.caveats]
    if caveats:
        lines.append({"zh": "适用限制：", "en": "Caveats: "}[language] + " ".join(caveats[:CITIES_TOLD]))
    if not telling.confirmed:
        lines.append({"zh": "尚未核实。", "en": "This is not confirmed."}[language])
    return "\n".join(lines)


def _reach(telling: Telling, cities: Sequence[str], opening: Words) -> Words:
    """What began where, and whom it may reach, in one line."""
    zh, en = (_list([telling.name(city, to) for city in cities], to) for to in ("zh", "en"))
    return {
        "zh": f"{opening['zh']}{telling.name(telling.origin, 'zh')}的{telling.what('zh')}可能影响{zh}",
        "en": f"{opening['en']}{telling.what('en')} from {telling.name(telling.origin, 'en')} may reach {en}",
    }


def _list(names: Iterable[str], language: str, most: int = 3) -> str:
    all_names = list(names)
    shown, more = all_names[:most], len(all_names) - most
    if language == "zh":
        return "、".join(shown) + (f"等 {len(all_names)} 个城市" if more > 0 else "")
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
