"""What every part of a situation report needs: the incident, the language, names, times, numbered sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

from riskshed.exchange.situation_record import Item, Language, Numbers, Part, Source
from riskshed.exchange.wording import UNKNOWN, stated, when
from riskshed.governance.circumstances import about
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, Seen
from riskshed.region import Region
from riskshed.statement import Statement
from riskshed.vocabulary import KINDS

Words = Mapping[str, str]
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]")
"""What can be the code of a city or a body within a text."""


@dataclass
class Scope:
    """One report while it is written. Owns the numbers of the sources, which are given in order of first use.

    Attributes
    ----------
    standing : Standing
    incident : IncidentStanding
    region : Region
    language : {"zh", "en"}
    now : datetime
        Aware; when it is written.
    zone : tzinfo
    index_of : callable
        Place in the log of a statement, by id; None if it is not known.
    """

    standing: Standing
    incident: IncidentStanding
    region: Region
    language: Language
    now: datetime
    zone: tzinfo
    index_of: Callable[[str], int | None]
    _numbers: dict[str, int] = field(default_factory=dict)

    # ----------------------------------------------------------------------------------------------- words

    def say(self, zh: str, en: str) -> str:
        """One of two texts."""
        return zh if self.language == "zh" else en

    def words(self, told: Words | None) -> str | None:
        """Words of the log in the language of the report, else in any that they have; None if absent."""
        if not told:
            return None
        return told.get(self.language) or next(iter(told.values()))

    @property
    def unknown(self) -> str:
        """The word for what is not known."""
        return UNKNOWN.said(self.language)

    def joined(self, texts: Iterable[str]) -> str:
        """Texts in a row."""
        return self.say("、", ", ").join(texts)

    @cached_property
    def _names(self) -> dict[str, str]:
        """What cities and bodies are called. The region goes before what a body says of itself.

        A body may call itself by the name of another.
        """
        bodies = self.standing.bodies.items()
        told = {code: self.words(body.name) or code for code, body in bodies}
        told |= {one.code: self.say(one.name_zh, one.name_en) for one in self.region.bodies}
        return told | {one.code: self.say(one.name_zh, one.name_en) for one in self.region.cities}

    def name(self, code: str) -> str:
        """What a city or a body is called; a code without a name stands for itself."""
        return self._names.get(code, code)

    def names(self, codes: Iterable[str]) -> str:
        """The names of several."""
        return self.joined(self.name(code) for code in codes)

    def with_names(self, text: str) -> str:
        """A text of the rules with names in the place of the codes of cities and bodies."""
        return CODE.sub(lambda found: self.name(found[0]), text)

    def place(self, code: str) -> str:
        """A section with its city, or a city."""
        for section in self.region.sections:
            if section.id == code:
                told = self.say(section.name_zh, section.name_en)
                city = self.name(section.city)
                return self.say(f"{told}（{city}）", f"{told} ({city})")
        return self.name(code)

    def time(self, moment: datetime) -> str:
        """A time with its zone."""
        return when(moment, self.zone, self.now.astimezone(self.zone).year)

    def said_at(self, said: Statement) -> str:
        """When it was said, no finer than that is known."""
        if precision(said) != "day":
            return self.time(said.issued)
        day, _, clock = self.time(said.issued).partition(" ")
        return f"{day}{clock[5:]}{self.say('（时刻未知）', ' (time unknown)')}"

    def measure(self, told: Mapping[str, str] | None) -> str | None:
        """A value with its unit, as it was said; None if none was."""
        return None if told is None else f"{stated(float(told['value']))} {told['unit']}"

    # --------------------------------------------------------------------------------------------- sources

    def cite(self, *ids: str | None) -> Numbers:
        """The numbers of these statements; those that are not at hand have none."""
        known = [one for one in ids if one is not None and one in self.standing.statements]
        return tuple(self._numbers.setdefault(one, len(self._numbers) + 1) for one in dict.fromkeys(known))

    def sources(self) -> tuple[Source, ...]:
        """Every statement that was cited, number 1 first."""
        return tuple(self._source(self.said(one)) for one in self._numbers)

    def _source(self, said: Statement) -> Source:
        kind = KINDS[said.kind]
        return Source(
            id=said.id,
            kind=self.say(kind.zh, kind.en),
            by=self.name(said.by),
            issued=self.said_at(said),
            index=self.index_of(said.id),
            is_reconstructed=said.reconstructed is not None,
        )

    # ---------------------------------------------------------------------------------------- what was said

    def said(self, statement: str) -> Statement:
        """A statement by its id."""
        return self.standing.statements[statement].statement

    def body(self, statement: str | None) -> Mapping[str, Any]:
        """The body of a statement; empty if it is sealed, or there is none."""
        seen = self.standing.statements.get(statement or "")
        return (seen.statement.body if seen else None) or {}

    @cached_property
    def told(self) -> tuple[Seen, ...]:
        """Every statement about the incident, in the order of time."""
        found = about(self.standing, self.incident)
        return tuple(sorted(found, key=lambda seen: (seen.statement.issued, seen.statement.id)))

    @cached_property
    def told_ids(self) -> frozenset[str]:
        """The ids of these statements."""
        return frozenset(seen.statement.id for seen in self.told)

    def of_kinds(self, *kinds: str) -> tuple[Statement, ...]:
        """Statements of these kinds about the incident, in the order of time, whose body can be read."""
        told = (seen.statement for seen in self.told)
        return tuple(one for one in told if one.kind in kinds and one.body is not None)

    # ------------------------------------------------------------------------------------------------ items

    def part(self, text: str | None, *ids: str | None, label: str = "") -> Part:
        """A text with its sources; without a text, the word for what is not known."""
        is_known = text is not None and bool(text.strip())
        return Part(text if text and is_known else self.unknown, self.cite(*ids), is_known, label)

    def item(self, zh: str, en: str, *parts: Part) -> Item:
        """A heading with its parts; without any it is not known."""
        return Item(self.say(zh, en), parts or (self.part(None),))


def precision(said: Statement) -> str:
    """How well it is known when it was said: minute, hour or day."""
    told = said.reconstructed
    return "minute" if told is None else str(told["precision"])
