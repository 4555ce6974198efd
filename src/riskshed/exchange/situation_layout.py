"""How a situation report is laid out: its sections and blocks as plain values, ready to be set.

The template knows blocks (items, tables, a chart, notes) and no words; this module knows the words and where
they stand. Every text passes through `situation_letters.Setter`, so that nothing is lost that the faces
cannot set. A part is ``{label, text, sources, known}``; a table is columns with a width in shares (0 as wide
as it needs) and rows of cells, which are parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size

from riskshed.exchange import situation_words as words
from riskshed.exchange.situation_letters import Setter, point
from riskshed.exchange.situation_record import CityRow, DutyRow, Forecast, Item, NoticeRow, Part, Report
from riskshed.exchange.timeline import TimeAxis
from riskshed.exchange.wording import UNKNOWN, Text, people, when
from riskshed.footprint import SITUATION_TEXTS

NAME_IN_HEAD_CELLS, NAME_IN_CHART_CELLS = 60, 20
"""As wide as so many letters; a Chinese one is two wide. The whole name stands in the text and the table."""
POINTS_SHOWN_MAX = 60
TICKS_MAX = 5
ID_SHOWN = 12
Block = dict[str, Any]


def percent(probability: float | None) -> str | None:
    """A probability in percent; never 0 % or 100 % of what is only nearly so.

    Examples
    --------
    >>> percent(0.5), percent(0.999), percent(1.0), percent(0.001), percent(None)
    ('50%', '>99%', '100%', '<1%', None)
    """
    if probability is None:
        return None
    if 0 < probability < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= probability < 1 else f"{probability * 100:.0f}%"


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


def page(report: Report) -> dict[str, Any]:
    """All of a report as JSON values."""
    return _Page(report).whole()


class _Page:
    """One report while it is laid out; owns the list of characters that cannot be set."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.setter = Setter()
        self.year = report.as_of.astimezone(report.zone).year

    def whole(self) -> dict[str, Any]:
        report = self.report
        numbered = self.say(words.NUMBERED, n=report.number)
        mark = self.say(words.EXERCISE_MARK) if report.is_exercise else ""
        short = shortened(report.name, NAME_IN_HEAD_CELLS)
        told = {
            "lang": report.language,
            "title": self.text(f"{mark}{self.say(words.TITLE)} {numbered}: {short}"),
            "brand": self.say(words.BRAND),
            "sort": f"{mark}{self.say(words.TITLE)}",
            "name": self.text(f"{mark}{report.name}"),
            "issuer": self.text(shortened(report.issuer, NAME_IN_HEAD_CELLS)),
            "running": self.text(f"{short} · {numbered}"),
            "head": list(self.head(numbered)),
            "exercise": [self.say(words.EXERCISE), self.say(words.EXERCISE_NOTE)]
            if report.is_exercise
            else None,
            "page": self.say(words.PAGE),
            "lead": [self.part(one) for one in report.lead],
            "sections": list(self.sections()),
        }
        # Last, when every other text has been through the setter.
        told["missing"] = self.missing()
        return told

    # ----------------------------------------------------------------------------------------------- texts

    def say(self, text: Text, **values: object) -> str:
        told = text.said(self.report.language)
        return told.format(**values) if values else told

    def text(self, text: str) -> str:
        return self.setter.set(text)

    def time(self, moment: datetime | None) -> str:
        return self.unknown if moment is None else when(moment, self.report.zone, self.year)

    @property
    def unknown(self) -> str:
        return UNKNOWN.said(self.report.language)

    def part(self, part: Part) -> Block:
        told = {"label": self.text(part.label), "text": self.text(part.text)}
        return {**told, "sources": list(part.sources), "known": part.is_known}

    def cell(self, *lines: str | None, sources: Sequence[int] = (), **more: Any) -> Block:
        """A cell of these lines; None is unknown."""
        told = "\n".join(self.unknown if line is None else line for line in lines)
        known = None not in lines
        return {"label": "", "text": self.text(told), "sources": list(sources), "known": known, **more}

    def joined(self, texts: Iterable[str]) -> str:
        return self.say(Text("、", ", ")).join(texts)

    def head(self, numbered: str) -> Iterator[list[str]]:
        report = self.report
        as_of = report.as_of.astimezone(report.zone)
        told = {
            "code": report.code,
            "number": numbered,
            "issuer": report.issuer,
            "as_of": as_of.strftime("%Y-%m-%d ") + self.time(report.as_of)[-8:],
        }
        yield from ([self.say(words.HEAD[name]), self.text(value)] for name, value in told.items())

    def missing(self) -> str | None:
        found = list(self.setter.missing)
        if not found:
            return None
        shown = ", ".join(point(one) for one in found[:POINTS_SHOWN_MAX])
        more = f" … ({len(found)})" if len(found) > POINTS_SHOWN_MAX else ""
        return self.say(words.MISSING, points=shown + more)

    # -------------------------------------------------------------------------------------------- sections

    def sections(self) -> Iterator[Block]:
        report = self.report
        blocks = {
            "happened": [self.items(report.happened), *self.kinds()],
            "elements": [self.note(report.elements_note), self.items(report.elements)],
            "whereabouts": [self.items(report.whereabouts)],
            "forecast": self.forecast(report.forecast),
            "warnings": self.warnings(),
            "notices": self.notices(),
            "roles": [self.items(report.roles)],
            "duties": self.duties(),
            "aid": [self.items(report.aid)] if report.aid else [],
            "unknown": [{"type": "list", "rows": [self.text(one) for one in report.unknown]}]
            if report.unknown
            else self.none("unknown"),
            "sources": self.sources(),
        }
        shown = [name for name in words.HEADINGS if blocks[name]]
        for number, name in enumerate(shown, 1):
            heading = words.HEADINGS[name]
            zh = f"{_ordinal(number)}、{heading.zh}"
            yield {"heading": self.say(Text(zh, f"{number}  {heading.en}")), "blocks": blocks[name]}

    def none(self, name: str) -> list[Block]:
        return [self.note(self.say(words.NONE_ON_RECORD[name]))]

    def note(self, text: str) -> Block:
        return {"type": "note", "text": self.text(text)}

    def items(self, items: Iterable[Item]) -> Block:
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
        assert len(columns) == len(widths), "every column has a width"
        heads = [
            {"text": self.say(text), "width": width, "right": at in right}
            for at, (text, width) in enumerate(zip(columns, widths, strict=True))
        ]
        return {"type": "table", "columns": heads, "rows": list(rows)}

    def kinds(self) -> list[Block]:
        """All three situations of spread, and which it is."""
        if self.report.situation is None:
            return [self.note(self.say(words.NO_SITUATION))]
        rows = []
        for number in (1, 2, 3):
            en, zh = SITUATION_TEXTS[number]
            rows.append(
                {"number": number, "text": self.say(Text(zh, en)), "on": number == self.report.situation}
            )
        return [
            {
                "type": "kinds",
                "label": self.say(words.SITUATION),
                "rows": rows,
                "sources": list(self.report.situation_sources),
            }
        ]

    # -------------------------------------------------------------------------------------------- forecast

    def forecast(self, forecast: Forecast | None) -> list[Block]:
        if forecast is None:
            return self.none("forecast")
        told = self.text(self.say(words.QUANTITY, quantity=forecast.quantity))
        quantity = {
            "type": "parts",
            "parts": [{"label": "", "text": told, "sources": list(forecast.sources), "known": True}],
        }
        rows = [self.city(row) for row in forecast.rows]
        table = self.table(words.CITY_COLUMNS, (1.3, 0, 0, 0, 0, 0, 0), rows, right=(1, 5, 6))
        return [quantity, *self.bands(forecast.rows), table, self.items(forecast.basis)]

    def city(self, row: CityRow) -> list[Block]:
        exposed = (
            None if row.exposed_people is None else people(row.exposed_people).said(self.report.language)
        )
        times = [
            self.cell(None if at is None else self.time(at)) for at in (row.earliest, row.middle, row.latest)
        ]
        return [
            self.cell(row.name, strong=True),
            self.cell(percent(row.probability)),
            *times,
            self.cell(row.peak),
            self.cell(exposed),
        ]

    def bands(self, rows: Sequence[CityRow]) -> list[Block]:
        """The bands of arrival as shares of one axis; nothing where no arrival is known."""
        drawn = [row for row in rows if row.earliest and row.middle and row.latest]
        if not drawn:
            return []
        now = self.report.as_of
        ends = [moment for row in drawn for moment in (row.earliest, row.latest) if moment is not None]
        axis = TimeAxis.around([now, *ends], self.report.zone)
        chart = {
            "type": "bands",
            "caption": self.say(words.CHART),
            "alt": self.text(self.alt(drawn)),
            "rows": [self.band(axis, row) for row in drawn],
            "ticks": [{"share": tick.share, "text": tick.text} for tick in axis.ticks(TICKS_MAX)],
            "now": axis.share(now),
            "now_text": self.say(words.CHART_NOW, at=self.time(now)),
        }
        left = [row.name for row in rows if row not in drawn]
        return [chart, *([self.note(self.say(words.NOT_DRAWN, names=self.joined(left)))] if left else [])]

    def band(self, axis: TimeAxis, row: CityRow) -> Block:
        assert row.earliest is not None, "it is drawn"
        assert row.middle is not None, "it is drawn"
        assert row.latest is not None, "it is drawn"
        low, middle, high = (axis.share(at) for at in (row.earliest, row.middle, row.latest))
        past = row.latest < self.report.as_of
        return {
            "name": self.text(shortened(row.name, NAME_IN_CHART_CELLS)),
            "low": low,
            "middle": middle,
            "high": high,
            "past": past,
            "text": self.time(row.middle),
        }

    def alt(self, rows: Iterable[CityRow]) -> str:
        told = (
            self.say(
                words.ALT_ROW,
                name=row.name,
                first=self.time(row.earliest),
                last=self.time(row.latest),
                middle=self.time(row.middle),
            )
            for row in rows
        )
        return self.say(
            words.ALT, at=self.time(self.report.as_of), rows=self.say(Text("；", "; ")).join(told)
        )

    # -------------------------------------------------------------------------------------------- messages

    def warnings(self) -> list[Block]:
        if not self.report.warnings:
            return self.none("warnings")
        rows = []
        for one in self.report.warnings:
            level, name = words.COLOURS[one.colour]
            onset, ends = self.time(one.onset), self.time(one.expires)
            spans = ((words.ISSUED, one.issued), (words.ONSET, onset), (words.EXPIRES, ends))
            times = [f"{self.say(text)} {at}" for text, at in spans]
            rows.append(
                [
                    self.cell(self.say(name), mark=one.colour, level=level),
                    self.cell(one.headline, sources=one.sources),
                    self.cell(one.cities),
                    self.cell(one.by),
                    self.cell(*times),
                ]
            )
        return [self.table(words.WARNING_COLUMNS, (0, 2, 1, 1, 0), rows)]

    def notices(self) -> list[Block]:
        if not self.report.notices:
            return self.none("notices")
        rows = [
            [
                self.cell(one.sent),
                self.cell(f"{one.by} → {one.to}"),
                self.cell(one.headline, sources=one.sources),
                self.cell(*self.answers(one)),
            ]
            for one in self.report.notices
        ]
        return [self.table(words.NOTICE_COLUMNS, (0, 1.1, 1.8, 1.1), rows)]

    def answers(self, notice: NoticeRow) -> Iterator[str]:
        given = (
            ("acknowledged", notice.acknowledged),
            ("adopted", notice.adopted),
            ("declined", notice.declined),
        )
        told = [f"{self.say(words.ANSWERS[name])} {self.time(at)}" for name, at in given if at is not None]
        yield from told or [self.say(words.ANSWERS["none"])]
        if notice.answer_by is not None and notice.adopted is None and notice.declined is None:
            yield self.say(words.ANSWERS["answer_by"], at=self.time(notice.answer_by))

    # ---------------------------------------------------------------------------------------------- duties

    def duties(self) -> list[Block]:
        if not self.report.duties:
            return self.none("duties")
        counts: dict[str, int] = {}
        for one in self.report.duties:
            counts[one.state] = counts.get(one.state, 0) + one.count
        told = (
            self.say(words.DUTY_COUNT, n=number, state=self.say(words.STATES[state]).lower())
            for state, number in counts.items()
        )
        rows = [self.duty(one) for one in self.report.duties]
        table = self.table(words.DUTY_COLUMNS, (0, 1.5, 0.9, 0, 1.9), rows)
        return [self.note(self.say(Text("，", ", ")).join(told) + self.say(Text("。", "."))), table]

    def duty(self, one: DutyRow) -> list[Block]:
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
        report = self.report
        rows = [
            [
                self.cell(str(number), anchor=number),
                self.cell(one.id[:ID_SHOWN]),
                self.cell(one.kind + (" *" if one.is_reconstructed else "")),
                self.cell(one.by),
                self.cell(one.issued),
                self.cell(None if one.index is None else f"#{one.index}"),
            ]
            for number, one in enumerate(report.sources, 1)
        ]
        notes = [self.say(words.HOW_TO_CHECK)]
        if any(one.is_reconstructed for one in report.sources):
            notes.append(self.say(words.RECONSTRUCTED))
        told = words.NO_CHECKPOINT if report.checkpoint is None else words.CHECKPOINT
        notes.append(self.say(told, told=report.checkpoint))
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
