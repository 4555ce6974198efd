"""What official bodies said in a case, as it is known from published sources: facts, not yet statements.

    said.toml       what holds for all of it: the incident, the keeper, the seed of the case keys
    speakers.csv    the bodies that speak
    said.csv        who said or did what to whom and when, in which source, and what other sources say

Bodies, not persons. A case need not have these files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed.columns import Column
from riskshed.errors import Fault, InputFaults
from riskshed.tables import Table, line_of_key, read_csv, read_toml, shown

TEXTS = (
    "seed", "log", "about", "keeper", "hazard", "name_zh", "name_en", "city", "level", "level_note",
    "instruction_zh", "instruction_en", "rewritten",
)  # fmt: skip
SPEAKER_KINDS = (
    "government", "coordination", "office", "agency", "enterprise", "utility", "evaluator", "chamber",
    "community", "resident", "other",
)  # fmt: skip
REPORTS = ("first", "follow_up", "final")
HARMS = ("none", "possible", "confirmed", "unknown")
SPEAKERS = (
    Column("code", "id", doc="Code of the body."),
    Column("kind", "choice", choices=SPEAKER_KINDS, doc="What sort of body it is."),
    Column("name_zh", "text", doc="Name in Chinese."),
    Column("name_en", "text", doc="Name in English."),
)
ROW_KINDS: Mapping[str, tuple[str, ...]] = {
    "AidDispatched": ("to", "item", "amount", "unit", "place"),
    "AidRequested": ("to", "item", "amount", "unit", "place", "due"),
    "IncidentOpened": (),
    "InstructionGiven": ("to",),
    "MeetingHeld": ("to",),
    "ModeSwitched": (),
    "NoticeSent": ("to", "cities"),
    "PublicStatementMade": (),
    "RiskReported": ("to", "harm", "report"),
    "TreatmentDecided": ("treatment",),
    "WarningCancelled": ("answers",),
    "WarningIssued": ("cities",),
}
"""The kinds that a row can have, and the columns that it then must fill."""
SAID = (
    Column("id", "id", doc="Name of the row."),
    Column("time", "time", doc="When it was said or done."),
    Column("precision", "choice", choices=("minute", "hour", "day"), doc="How well the time is known."),
    Column("body", "id", doc="Who said it."),
    Column("to", "text", doc="To whom: codes, with spaces between them.", may_be_empty=True),
    Column("act", "id", doc="What sort of act it was, in the words of the compilation."),
    Column("kind", "choice", choices=tuple(ROW_KINDS), doc="The kind of statement."),
    Column("answers", "id", doc="The row that it answers.", may_be_empty=True),
    Column("harm", "choice", choices=HARMS, doc="What it says of harm beyond the place.", may_be_empty=True),
    Column("report", "choice", choices=REPORTS, doc="Of a report, which.", may_be_empty=True),
    Column("cities", "text", doc="The cities that are meant, with spaces between them.", may_be_empty=True),
    Column("treatment", "id", doc="Of a treatment, the action.", may_be_empty=True),
    Column("place", "id", doc="Where it acts, or where help goes.", may_be_empty=True),
    Column("item", "id", doc="Of help, what.", may_be_empty=True),
    Column("amount", "float", low=0, doc="How much.", may_be_empty=True),
    Column("unit", "text", doc="Of what.", may_be_empty=True),
    Column("due", "time", doc="By when.", may_be_empty=True),
    Column("text_zh", "text", doc="The act in one sentence, in Chinese."),
    Column("text_en", "text", doc="The same in English."),
    Column("source", "text", doc="Where it is told."),
    Column("confidence", "choice", choices=("high", "medium", "low"), doc="How far it is believed."),
    Column("conflict", "text", doc="What other sources say.", may_be_empty=True),
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A body that speaks."""

    code: str
    kind: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Said:
    """All that was said in a case.

    Attributes
    ----------
    texts : mapping of str to str
        `TEXTS`, from said.toml.
    expires : datetime
        When warnings and notices that named no end are taken to end.
    speakers : mapping of str to Speaker
    rows : tuple of mapping
        The rows of said.csv in the order of time; an empty cell is None.
    """

    texts: Mapping[str, str]
    expires: datetime
    speakers: Mapping[str, Speaker]
    rows: tuple[Mapping[str, Any], ...]

    @staticmethod
    def read(folder: Path) -> Said | None:
        """Read what was said in the case of a folder; None where the case has no said.toml.

        Raises
        ------
        InputFaults
            ``said.faults``, with every fault of the files.
        """
        about = folder / "said.toml"
        if not about.is_file():
            return None
        faults: list[Fault] = []
        texts = _texts(about, faults)
        speakers = read_csv(folder / "speakers.csv", SPEAKERS, faults)
        rows = read_csv(folder / "said.csv", SAID, faults)
        if texts is not None and speakers is not None and rows is not None:
            known = {row["code"]: Speaker(**row) for row in speakers.rows()}
            _check(folder, texts, known, rows, faults)
        if faults or texts is None or speakers is None or rows is None:
            raise InputFaults("said.faults", f"what was said in {folder} cannot be used", faults)
        in_time = sorted(rows.rows(), key=lambda row: row["time"])
        strings = {name: str(texts[name]) for name in TEXTS}
        return Said(strings, texts["expires"], known, tuple(in_time))


def _texts(path: Path, faults: list[Fault]) -> dict[str, Any] | None:
    raw = read_toml(path, faults)
    if raw is None:
        return None

    def fault(key: str, got: object, wanted: str) -> None:
        told = "nothing" if got is None else shown(str(got))
        line = line_of_key(path, key)
        faults.append(Fault("said.bad_value", str(path), line, key, told, wanted, "Correct this key."))

    for key in TEXTS:
        if not isinstance(raw.get(key), str) or not raw[key].strip():
            fault(key, raw.get(key), "a text")
    expires = raw.get("expires")
    if not isinstance(expires, datetime) or expires.tzinfo is None:
        fault("expires", expires, "a time with its offset from UTC")
    for key in sorted(set(raw) - {*TEXTS, "expires"}):
        fault(key, raw[key], "a key of said.toml")
    return raw if not faults else None


def _check(
    folder: Path, texts: Mapping[str, Any], speakers: Mapping[str, Speaker], rows: Table, faults: list[Fault]
) -> None:
    """Names that nothing answers to: bodies, rows."""
    ids = [row["id"] for row in rows.rows()]
    in_time = [row["id"] for row in sorted(rows.rows(), key=lambda row: row["time"])]
    for line, row in zip(rows.lines, rows.rows(), strict=True):

        def fault(column: str, got: str, wanted: str, line: int = line) -> None:
            where = str(folder / "said.csv")
            faults.append(Fault("said.unknown", where, line, column, shown(got), wanted, "Correct the name."))

        if row["body"] not in speakers:
            fault("body", row["body"], "a code of speakers.csv")
        if row["answers"] is not None and row["answers"] not in in_time[: in_time.index(row["id"])]:
            fault("answers", row["answers"], "the id of a row that is earlier in time")
        for column in ROW_KINDS[row["kind"]]:
            # An empty cell is None, in a column of numbers NaN.
            if row[column] is None or row[column] != row[column]:
                fault(column, "nothing", f"a value, for {row['kind']}")
        if ids.count(row["id"]) > 1:
            fault("id", row["id"], "each id once")
    about = str(folder / "said.toml")
    if texts["keeper"] not in speakers:
        told = shown(texts["keeper"])
        faults.append(Fault("said.unknown", about, None, "keeper", told, "a code of speakers.csv"))
    if texts["rewritten"] not in ids:
        told = shown(texts["rewritten"])
        faults.append(Fault("said.unknown", about, None, "rewritten", told, "the id of a row of said.csv"))
