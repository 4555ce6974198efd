"""What an after-action report says, before `after_action_report.draw` sets it.

It is a row of sections, each with what is told in items and tables; the words of its heading and columns
stand in `after_action_words`. Like the situation report it is in one language already, None never stands for
zero, and whatever can be doubted names its sources by their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from riskshed.exchange.situation_record import DutyRow, Item, Language, Part, Source


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `name` is that of its columns, and each row has a part for each of them."""

    name: str
    rows: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section: sentences that introduce it, items, tables. One without any says that it has nothing."""

    name: str
    notes: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class AfterAction:
    """An after-action report in one language.

    Attributes
    ----------
    language : {"zh", "en"}
    zone : tzinfo
        All times are told in it.
    name, code : str
        The incident.
    phase : str
        How far the incident is, in words: a report on one that goes on says so.
    issuer : str
        Whose it is.
    as_of : datetime
        It tells how things stood then, as known then.
    is_exercise : bool
        Every page of a drill says that it is one.
    lead : tuple of Part
        What matters most, a sentence each.
    sections : tuple of Section
        In the order in which they are read.
    duties : tuple of DutyRow
    unknown : tuple of str
        What is not known, a sentence each.
    sources : tuple of Source
        Number 1 stands first.
    checkpoint : str or None
        Name, size and root of the log, by which the sources can be checked.
    """

    language: Language
    zone: tzinfo
    name: str
    code: str
    phase: str
    issuer: str
    as_of: datetime
    is_exercise: bool
    lead: tuple[Part, ...]
    sections: tuple[Section, ...]
    duties: tuple[DutyRow, ...]
    unknown: tuple[str, ...]
    sources: tuple[Source, ...]
    checkpoint: str | None = None

    def __post_init__(self) -> None:
        assert self.as_of.tzinfo is not None, "a time without an offset could be any of several"

    def section(self, name: str) -> Section:
        """A section by its name."""
        return next(one for one in self.sections if one.name == name)


def to_json(report: AfterAction) -> dict[str, Any]:
    """The report as JSON values: each part with the ids of its statements, what is unknown as null."""
    ids = [one.id for one in report.sources]

    def part(one: Part) -> dict[str, Any]:
        told = {"text": one.text if one.is_known else None, "statements": [ids[n - 1] for n in one.sources]}
        return {"label": one.label.rstrip("：: "), **told} if one.label else told

    def section(one: Section) -> dict[str, Any]:
        return {
            "section": one.name,
            "notes": list(one.notes),
            "items": [{"label": i.label, "parts": [part(each) for each in i.parts]} for i in one.items],
            "tables": [
                {"table": table.name, "rows": [[part(cell) for cell in row] for row in table.rows]}
                for table in one.tables
            ],
        }

    def duty(one: DutyRow) -> dict[str, Any]:
        due, done = (None if at is None else at.isoformat() for at in (one.due, one.done))
        told = {"state": one.state, "who": one.who, "what": one.what, "to": list(one.to), "count": one.count}
        told |= {"due": due, "done": done, "is_lawful": one.is_lawful, "rules": list(one.rules)}
        return {**told, "statements": [ids[n - 1] for n in one.sources]}

    return {
        "language": report.language,
        "incident": report.code,
        "name": report.name,
        "phase": report.phase,
        "issuer": report.issuer,
        "as_of": report.as_of.astimezone(report.zone).isoformat(),
        "is_exercise": report.is_exercise,
        "lead": [part(one) for one in report.lead],
        "sections": [section(one) for one in report.sections],
        "duties": [duty(one) for one in report.duties],
        "unknown": list(report.unknown),
        "statements": [
            {"id": one.id, "kind": one.kind, "by": one.by, "issued": one.issued, "index": one.index}
            | {"is_reconstructed": one.is_reconstructed}
            for one in report.sources
        ],
        "checkpoint": report.checkpoint,
    }
