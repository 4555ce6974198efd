"""The after-action report as a document: tagged, in its language, the same bytes each time.

It is set by the template and with the letter faces of the situation report, and meets the same standards.
"""

from __future__ import annotations

from typing import Any

from riskshed.exchange import after_action_words as words
from riskshed.exchange.after_action_record import AfterAction, Section, Table
from riskshed.exchange.sheet_layout import Block, Sheet
from riskshed.exchange.situation_report import typeset


def draw(report: AfterAction) -> bytes:
    """The report as PDF; the same report gives the same bytes.

    Raises
    ------
    MissingExtraError
        If typst is not installed.
    """
    return typeset(page(report), report.as_of.astimezone(report.zone))


def page(report: AfterAction) -> dict[str, Any]:
    """All of a report as JSON values."""
    return _Page(report).whole()


class _Page(Sheet):
    """One report while it is laid out."""

    title, headings, numbered_as = words.TITLE, words.HEADINGS, words.PHASE

    def __init__(self, report: AfterAction) -> None:
        super().__init__(report)
        self.report = report

    def numbered(self) -> str:
        """How far the incident is: there is one such report for each, as of each time."""
        return self.report.phase

    def blocks(self) -> dict[str, list[Block]]:
        """The blocks of each section."""
        found = {one.name: self.section(one) for one in self.report.sections}
        found["duties"] = [*found.get("duties", []), *self.duties()]
        return {**found, "unknown": self.unknown_list(), "sources": self.sources()}

    def section(self, section: Section) -> list[Block]:
        """What introduces it, then its items and its tables."""
        notes = [self.note(one) for one in section.notes]
        items = [self.items(section.items)] if section.items else []
        tables = [block for table in section.tables if table.rows for block in self.told(table)]
        if not (items or tables or notes) and section.name in words.NONE_ON_RECORD:
            return [self.note(self.say(words.NONE_ON_RECORD[section.name]))]
        return [*notes, *items, *tables]

    def told(self, table: Table) -> list[Block]:
        """A table, and what stands above it."""
        columns, widths = zip(*words.COLUMNS[table.name], strict=True)
        rows = [[self.part(cell) for cell in row] for row in table.rows]
        drawn = self.table(columns, widths, rows, words.RIGHT.get(table.name, ()))
        caption = words.CAPTIONS.get(table.name)
        return [*([] if caption is None else [self.note(self.say(caption))]), drawn]
