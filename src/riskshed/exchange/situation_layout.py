"""How a situation report is laid out: its sections and blocks as plain values, ready to be set.

It is a sheet (`sheet_layout`) with a chart of arrivals, the situation of spread, warnings and notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from riskshed.exchange import situation_words as words
from riskshed.exchange.sheet_layout import Block, Sheet, shortened
from riskshed.exchange.situation_record import CityRow, Forecast, NoticeRow, Report
from riskshed.exchange.timeline import TimeAxis
from riskshed.exchange.wording import Text, people
from riskshed.footprint import SITUATION_TEXTS

NAME_IN_CHART_CELLS = 20
"""As wide as so many letters; a Chinese one is two wide. The whole name stands in the table."""
TICKS_MAX = 5


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


def page(report: Report) -> dict[str, Any]:
    """All of a report as JSON values."""
    return _Page(report).whole()


class _Page(Sheet):
    """One report while it is laid out."""

    title, headings = words.TITLE, words.HEADINGS

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report

    def numbered(self) -> str:
        """Its number, in words."""
        return self.say(words.NUMBERED, n=self.report.number)

    def blocks(self) -> dict[str, list[Block]]:
        """The blocks of each section."""
        report = self.report
        return {
            "happened": [self.items(report.happened), *self.kinds()],
            "elements": [self.note(report.elements_note), self.items(report.elements)],
            "whereabouts": [self.items(report.whereabouts)],
            "forecast": self.forecast(report.forecast),
            "warnings": self.warnings(),
            "notices": self.notices(),
            "roles": [self.items(report.roles)],
            "duties": self.duties(),
            "aid": [self.items(report.aid)] if report.aid else [],
            "unknown": self.unknown_list(),
            "sources": self.sources(),
        }

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
