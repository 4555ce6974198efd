"""How a document of an incident is laid out: what its pages share, as plain values, ready to be set.

The template knows blocks (items, tables, a chart, notes) and no words. Every text passes through
`situation_letters.Setter`, so that nothing is lost that the faces cannot set. A part is
``{label, text, sources, known}``; a table is columns with a width in shares (0 as wide as it needs) and rows
of cells, which are parts. The situation report and the after-action report are sheets: each says what stands
at its head and in its sections, and takes all else from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Protocol

from rich.cells import cell_len, set_cell_size

from riskshed.exchange import situation_words as words
from riskshed.exchange.situation_letters import Setter, point
from riskshed.exchange.situation_record import DutyRow, Item, Language, Part, Source
from riskshed.exchange.wording import UNKNOWN, Text, when

NAME_IN_HEAD_CELLS = 60
"""As wide as so many letters; a Chinese one is two wide. The whole name stands in the text."""
POINTS_SHOWN_MAX = 60
ID_SHOWN = 12
Block = dict[str, Any]


class Document(Protocol):
    """What every document of an incident has; see `situation_record.Report`."""

    @property
    def language(self) -> Language:
        """``zh`` or ``en``."""

    @property
    def zone(self) -> tzinfo:
        """All times are told in it."""

    @property
    def name(self) -> str:
        """The incident, in words."""

    @property
    def code(self) -> str:
        """The incident."""

    @property
    def issuer(self) -> str:
        """Whose it is."""

    @property
    def as_of(self) -> datetime:
        """It tells how things stood then."""

    @property
    def is_exercise(self) -> bool:
        """Whether it is of a drill."""

    @property
    def lead(self) -> tuple[Part, ...]:
        """What matters most."""

    @property
    def duties(self) -> tuple[DutyRow, ...]:
        """What was owed."""

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not known."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Number 1 stands first."""

    @property
    def checkpoint(self) -> str | None:
        """By which the sources can be checked."""


def shortened(name: str, cells: int) -> str:
    """A name for a narrow place.

    Examples
    --------
    >>> shortened("哈尔滨市", 8), shortened("Khabarovsk", 6)
    ('哈尔滨市', 'Khaba…')
    """
    if cell_len(name) <= cells:
        return name
    return set_cell_size(name, cells - 1).rstrip() + "…"


class Sheet:
    """One document while it is laid out; owns the list of characters that cannot be set.

    A sort of document gives `title`, `numbered`, `headings` and `blocks`.
    """

    title: Text
    headings: Mapping[str, Text]
    numbered_as = words.HEAD["number"]

    def __init__(self, document: Document) -> None:
        self.document = document
        self.setter = Setter()
        self.year = document.as_of.astimezone(document.zone).year

    def numbered(self) -> str:
        """What tells one document of an incident from another."""
        raise NotImplementedError

    def blocks(self) -> Mapping[str, list[Block]]:
        """The blocks of each section; one without any is left out."""
        raise NotImplementedError

    def whole(self) -> dict[str, Any]:
        """All of it as JSON values."""
        document, numbered, title = self.document, self.numbered(), self.say(self.title)
        mark = self.say(words.EXERCISE_MARK) if document.is_exercise else ""
        short = shortened(document.name, NAME_IN_HEAD_CELLS)
        told = {
            "lang": document.language,
            "title": self.text(f"{mark}{title} {numbered}: {short}"),
            "brand": self.say(words.BRAND),
            "sort": f"{mark}{title}",
            "name": self.text(f"{mark}{document.name}"),
            "issuer": self.text(shortened(document.issuer, NAME_IN_HEAD_CELLS)),
            "running": self.text(f"{short} · {numbered}"),
            "head": list(self.head(numbered)),
            "exercise": [self.say(words.EXERCISE), self.say(words.EXERCISE_NOTE)]
            if document.is_exercise
            else None,
            "page": self.say(words.PAGE),
            "lead": [self.part(one) for one in document.lead],
            "sections": list(self.sections()),
        }
        # Last, when every other text has been through the setter.
        told["missing"] = self.missing()
        return told

    def head(self, numbered: str) -> Iterator[list[str]]:
        """Four pairs; the template takes the third as author and the last for its running head."""
        document = self.document
        as_of = document.as_of.astimezone(document.zone)
        told = (
            (words.HEAD["code"], document.code),
            (self.numbered_as, numbered),
            (words.HEAD["issuer"], document.issuer),
            (words.HEAD["as_of"], as_of.strftime("%Y-%m-%d ") + self.time(document.as_of)[-8:]),
        )
        yield from ([self.say(label), self.text(value)] for label, value in told)

    def sections(self) -> Iterator[Block]:
        """The sections that have blocks, numbered."""
        blocks = self.blocks()
        shown = [name for name in self.headings if blocks[name]]
        for number, name in enumerate(shown, 1):
            heading = self.headings[name]
            zh = f"{_ordinal(number)}、{heading.zh}"
            yield {"heading": self.say(Text(zh, f"{number}  {heading.en}")), "blocks": blocks[name]}

    # ----------------------------------------------------------------------------------------------- texts

    def say(self, text: Text, **values: object) -> str:
        """Words in the language of the document, with values filled in."""
        told = text.said(self.document.language)
        return told.format(**values) if values else told

    def text(self, text: str) -> str:
        """A text as the letter faces can set it."""
        return self.setter.set(text)

    def time(self, moment: datetime | None) -> str:
        """A time in the zone of the document; None is unknown."""
        return self.unknown if moment is None else when(moment, self.document.zone, self.year)

    @property
    def unknown(self) -> str:
        """The word for what is not known."""
        return UNKNOWN.said(self.document.language)

    def part(self, part: Part) -> Block:
        """A part as plain values, with its sources."""
        told = {"label": self.text(part.label), "text": self.text(part.text)}
        return {**told, "sources": list(part.sources), "known": part.is_known}

    def cell(self, *lines: str | None, sources: Sequence[int] = (), **more: Any) -> Block:
        """A cell of these lines; None is unknown."""
        told = "\n".join(self.unknown if line is None else line for line in lines)
        known = None not in lines
        return {"label": "", "text": self.text(told), "sources": list(sources), "known": known, **more}

    def joined(self, texts: Iterable[str]) -> str:
        """Several texts in a row, as the language joins them."""
        return self.say(Text("、", ", ")).join(texts)

    def missing(self) -> str | None:
        """The letters that no face has, by code point; None if there are none."""
        found = list(self.setter.missing)
        if not found:
            return None
        shown = ", ".join(point(one) for one in found[:POINTS_SHOWN_MAX])
        more = f" … ({len(found)})" if len(found) > POINTS_SHOWN_MAX else ""
        return self.say(words.MISSING, points=shown + more)

    # --------------------------------------------------------------------------------------------- blocks

    def none(self, name: str) -> list[Block]:
        """One line that says that nothing of this sort is on record."""
        return [self.note(self.say(words.NONE_ON_RECORD[name]))]

    def note(self, text: str) -> Block:
        """A line of its own."""
        return {"type": "note", "text": self.text(text)}

    def items(self, items: Iterable[Item]) -> Block:
        """Labels, each with its parts."""
        rows = [
            {"label": self.text(one.label), "parts": [self.part(part) for part in one.parts]} for one in items
        ]
        return {"type": "items", "rows": rows}

    def table(
        self,
        columns: Sequence[Text],
        widths: Sequence[float],
        rows: Sequence[list[Block]],
        right: Sequence[int] = (),
    ) -> Block:
        """A table; `right` are the columns whose cells stand at the right."""
        assert len(columns) == len(widths), "every column has a width"
        heads = [
            {"text": self.say(text), "width": width, "right": at in right}
            for at, (text, width) in enumerate(zip(columns, widths, strict=True))
        ]
        return {"type": "table", "columns": heads, "rows": list(rows)}

    def unknown_list(self) -> list[Block]:
        """What is not known, a line each."""
        told = self.document.unknown
        return [{"type": "list", "rows": [self.text(one) for one in told]}] if told else self.none("unknown")

    # ---------------------------------------------------------------------------------------------- duties

    def duties(self) -> list[Block]:
        """How many duties stand how, and all of them as a table."""
        if not self.document.duties:
            return self.none("duties")
        counts: dict[str, int] = {}
        for one in self.document.duties:
            counts[one.state] = counts.get(one.state, 0) + one.count
        told = (
            self.say(words.DUTY_COUNT, n=number, state=self.say(words.STATES[state]).lower())
            for state, number in counts.items()
        )
        rows = [self.duty(one) for one in self.document.duties]
        table = self.table(words.DUTY_COLUMNS, (0, 1.5, 0.9, 0, 1.9), rows)
        return [self.note(self.say(Text("，", ", ")).join(told) + self.say(Text("。", "."))), table]

    def duty(self, one: DutyRow) -> list[Block]:
        """One duty as the cells of a row."""
        to = f" → {self.joined(one.to)}" if one.to else ""
        many = [self.say(words.SEVERAL, n=one.count)] if one.count > 1 else []
        due = self.say(words.NO_TIME) if one.due is None else f"{self.say(words.DUE)} {self.time(one.due)}"
        done = (
            self.say(words.NOT_DONE) if one.done is None else f"{self.say(words.DONE)} {self.time(one.done)}"
        )
        times = [due, *([] if one.state == "open" and one.done is None else [done])]
        agreed = [] if one.is_lawful or one.due is None else [self.say(words.AGREED).strip()]
        return [
            self.cell(self.say(words.STATES[one.state]), mark=one.state),
            self.cell(f"{one.who}{to}", *many),
            self.cell(one.what, sources=one.sources),
            self.cell(*times, *agreed),
            self.cell(*one.rules),
        ]

    # --------------------------------------------------------------------------------------------- sources

    def sources(self) -> list[Block]:
        """Every statement that is referred to, and how to check them."""
        document = self.document
        rows = [
            [
                self.cell(str(number), anchor=number),
                self.cell(one.id[:ID_SHOWN]),
                self.cell(one.kind + (" *" if one.is_reconstructed else "")),
                self.cell(one.by),
                self.cell(one.issued),
                self.cell(None if one.index is None else f"#{one.index}"),
            ]
            for number, one in enumerate(document.sources, 1)
        ]
        notes = [self.say(words.HOW_TO_CHECK)]
        if any(one.is_reconstructed for one in document.sources):
            notes.append(self.say(words.RECONSTRUCTED))
        told = words.NO_CHECKPOINT if document.checkpoint is None else words.CHECKPOINT
        notes.append(self.say(told, told=document.checkpoint))
        table = (
            [self.table(words.SOURCE_COLUMNS, (0, 0, 1.2, 1.4, 0, 0), rows, right=(0, 5))]
            if rows
            else self.none("sources")
        )
        return [*table, *(self.note(one) for one in notes)]


def _ordinal(number: int) -> str:
    """A number up to 19 as Chinese headings have it."""
    ones = words.ORDINALS
    return ones[number - 1] if number <= 10 else f"十{ones[number - 11]}"
