"""A case for the rules: what was said and what came, with forecasts that any pathway made, or given as data.

Who owes whom what does not hang on how a forecast was made. The folder says what was said, measured, and what
really came, and either names the pathway and its source (`forecast.toml`, `riskshed.foreseen`) or gives the
forecast itself (`footprint.csv`):

    case.toml       what it is, since when, and what holds for every message
    region/         where
    speakers.csv    the bodies that speak
    said.csv        who said what to whom and when
    forecast.toml   which pathway makes the forecasts, and when they are issued; or
    footprint.csv   forecasts, one row for each city; rows of one time of issue are one forecast
    readings.csv    what was measured, and since when it could be known
    arrived.csv     when it really came to each city
    agreed.toml     the model agreement (`riskshed.agreed_terms`)

`read` makes a scene of it. Nothing is marked as reconstructed: the record is whole, so what is not on it did
not happen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import Any

from riskshed import footprint_statement, foreseen
from riskshed.case import ZONE
from riskshed.columns import CONTROL
from riskshed.errors import Fault, InputFaults
from riskshed.ledger.keys import SigningKey
from riskshed.reading import Reading
from riskshed.region import Region
from riskshed.replay import Forecast
from riskshed.rules_case_files import KINDS, TABLES
from riskshed.scene import Scene
from riskshed.statement import Statement, decimal_text, digest_text, make, time_text
from riskshed.statement_values import UNITS
from riskshed.tables import Table, line_of_key, read_csv, read_toml, shown
from riskshed.vocabulary_fields import COLOURS, HAZARD_CLASSES

FILE = "footprint.csv"
"""The forecast of a case in which no pathway makes it."""
GIVEN = {"members": 1, "seed": 0, "model": "given as data", "version": "1", "caveats": ["given_as_data"]}
OFFICER = "case"
TEXTS = (
    "about", "keeper", "title_zh", "title_en", "summary_zh", "summary_en", "zone", "hazard_class", "hazard",
    "city", "level", "instruction_zh", "instruction_en", "quantity", "threshold_unit",
)  # fmt: skip


def is_one(folder: Path) -> bool:
    """Whether this folder is a case for the rules: its forecast is given, or made as `forecast.toml` says."""
    return (folder / FILE).is_file() or foreseen.is_one(folder)


def read(folder: Path, forecasts: Sequence[Forecast] | None = None) -> Scene:
    """The scene of a case folder.

    Parameters
    ----------
    folder : Path
    forecasts : sequence of Forecast, optional
        As `foreseen.forecasts` made them; made here if a pathway is to make them and they are not given.

    Raises
    ------
    InputFaults
        ``rules_case.faults``, with every fault of all files; ``region.faults`` for those of the region, and
        those of the pathway for its own.
    """
    region = Region.read(folder / "region")
    faults: list[Fault] = []
    about = _About(folder / "case.toml", faults)
    is_made = foreseen.is_one(folder)
    wanted = {name: schema for name, schema in TABLES.items() if not (is_made and name == FILE[:-4])}
    found = {name: read_csv(folder / f"{name}.csv", schema, faults) for name, schema in wanted.items()}
    tables = {name: table for name, table in found.items() if table is not None}
    if len(tables) == len(wanted):
        _Checks(folder, region, about, tables, faults).run()
    if faults:
        raise InputFaults("rules_case.faults", f"the case {folder} cannot be used", faults)
    if is_made and forecasts is None:
        forecasts = foreseen.forecasts(foreseen.Foreseeing.read(folder), region)
    writer = _Writer(region, about, tables, folder, forecasts or ())
    writer.run()
    arrivals = sorted(tables["arrived"].rows(), key=lambda row: row["time"])
    return Scene(
        name=folder.name,
        zone=about.zone,
        region=region,
        start=about.times["start"],
        statements=tuple(writer.statements),
        rows={row: said.id for row, said in writer.rows.items()},
        arrivals={row["city"]: row["time"] for row in arrivals},
        texts=about.texts,
        expires=about.times["expires"],
        readings=tuple(_measured(row) for row in tables["readings"].rows()),
    )


class _About:
    """The keys of case.toml; what is wrong with them is in the faults."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path, self.faults = path, faults
        raw = read_toml(path, faults)
        self.raw: Mapping[str, Any] = {} if raw is None else raw
        self.texts: dict[str, str] = {}
        self.times: dict[str, datetime] = {}
        self.zone, self.threshold = timezone(timedelta(0)), 0.0
        if raw is not None:
            self._read()

    def wrong(self, key: str, wanted: str) -> None:
        """One fault of a key."""
        got = self.raw.get(key)
        told = "nothing" if got is None else shown(str(got))
        line = line_of_key(self.path, key)
        self.faults.append(
            Fault("rules_case.bad_value", str(self.path), line, key, told, wanted, "Correct this key.")
        )

    def _read(self) -> None:
        for key in TEXTS:
            value = self.raw.get(key)
            self.texts[key] = value if isinstance(value, str) else ""
            if not self.texts[key].strip() or CONTROL.search(self.texts[key]):
                self.wrong(key, "a text without control characters")
        for key in ("start", "expires"):
            value = self.raw.get(key)
            if isinstance(value, datetime) and value.tzinfo is not None:
                self.times[key] = value
            else:
                self.wrong(key, "a time with its offset from UTC")
        if len(self.times) == 2 and self.times["expires"] <= self.times["start"]:
            self.wrong("expires", "a time after start")
        choices = {"hazard_class": HAZARD_CLASSES, "level": COLOURS, "threshold_unit": UNITS}
        for key, known in choices.items():
            if self.texts[key] and self.texts[key] not in known:
                self.wrong(key, f"one of {', '.join(known)}")
        self._numbers()
        for key in sorted(set(self.raw) - {*TEXTS, "start", "expires", "threshold"}):
            self.wrong(key, "a key of a case for the rules")

    def _numbers(self) -> None:
        value = self.raw.get("threshold")
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
            self.threshold = float(value)
        else:
            self.wrong("threshold", "a number >= 0")
        match = ZONE.fullmatch(self.texts["zone"])
        if match is None:
            self.wrong("zone", "an offset such as +08:00")
            return
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        self.zone = timezone(-offset if match[1] == "-" else offset)


@dataclass(frozen=True)
class _Checks:
    """Names that nothing answers to, cells that a kind needs, times in a wrong order."""

    folder: Path
    region: Region
    about: _About
    tables: Mapping[str, Table]
    faults: list[Fault]

    def run(self) -> None:
        speakers = set(self.tables["speakers"]["code"])
        cities = {city.code for city in self.region.cities}
        self._each_once("speakers", "code")
        self._each_once("arrived", "city")
        for key, known in (("keeper", speakers), ("city", cities)):
            if self.about.texts.get(key) and self.about.texts[key] not in known:
                file = "speakers.csv" if key == "keeper" else "region/cities.csv"
                self.about.wrong(key, f"a code of {file}")
        bodies = ("said.body", "said.to", "readings.body")
        places = (
            "said.cities", "readings.city", "arrived.city", "footprint.city", "footprint.hazard_cities",
        )  # fmt: skip
        self._known(bodies, speakers, "codes of speakers.csv")
        self._known(places, cities, "codes of region/cities.csv")
        self._check_said()
        self._check_forecasts()
        for line, row in self._rows("readings"):
            if row["known_at"] < row["time"]:
                self._fault("readings", line, "known_at", str(row["known_at"]), "no earlier than time")

    def _known(self, columns: tuple[str, ...], known: set[str], wanted: str) -> None:
        for name, column in (one.split(".") for one in columns):
            for line, row in self._rows(name):
                for code in (row[column] or "").split():
                    if code not in known:
                        self._fault(name, line, column, code, wanted)

    def _rows(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        table = self.tables.get(name)
        return iter(()) if table is None else zip(table.lines, table.rows(), strict=True)

    def _fault(self, name: str, line: int, column: str, got: str | None, wanted: str) -> None:
        told = "nothing" if got is None else shown(got)
        where = str(self.folder / f"{name}.csv")
        self.faults.append(Fault("rules_case.bad_row", where, line, column, told, wanted, "Correct the row."))

    def _each_once(self, name: str, column: str) -> None:
        seen: set[str] = set()
        for line, row in self._rows(name):
            if row[column] in seen:
                self._fault(name, line, column, row[column], "each once")
            seen.add(row[column])

    def _check_said(self) -> None:
        self._each_once("said", "id")
        opened = {row["id"]: row["time"] for _, row in self._rows("said")}
        for line, row in self._rows("said"):
            for column in KINDS[row["kind"]]:
                if row[column] is None:
                    self._fault("said", line, column, None, f"a value, for {row['kind']}")
            answered = row["answers"]
            if answered is not None and not opened.get(answered, row["time"]) < row["time"]:
                self._fault("said", line, "answers", answered, "the id of a row that is earlier in time")
            told = row["moment"] if row["kind"] in ("RiskReported", "FieldReportFiled") else None
            if told is not None and told > row["time"]:
                self._fault("said", line, "moment", str(told), "no later than time")
            if (row["amount"] is None) != (row["unit"] is None):
                self._fault("said", line, "unit", row["unit"], "amount and unit, or neither")

    def _check_forecasts(self) -> None:
        first: dict[datetime, tuple[str, str]] = {}
        seen: set[tuple[datetime, str]] = set()
        for line, row in self._rows("footprint"):
            whole = (row["pathway"], row["hazard_cities"])
            if first.setdefault(row["issued"], whole) != whole:
                wanted = "the same pathway and hazard_cities in all rows of one forecast"
                self._fault("footprint", line, "hazard_cities", row["hazard_cities"], wanted)
            if (row["issued"], row["city"]) in seen:
                self._fault("footprint", line, "city", row["city"], "each city once in a forecast")
            seen.add((row["issued"], row["city"]))
            times = [row[name] for name in ("earliest", "middle", "latest")]
            known = [one for one in times if one is not None]
            if len(known) not in (0, 3) or known != sorted(known):
                self._fault("footprint", line, "earliest", None, "earliest, middle and latest, in this order")
            if (row["peak"] is None) != (row["unit"] is None):
                self._fault("footprint", line, "unit", row["unit"], "peak and unit, or neither")


class _Writer:
    """Says one statement after the other, in the order of time."""

    def __init__(
        self,
        region: Region,
        about: _About,
        tables: Mapping[str, Table],
        folder: Path,
        forecasts: Sequence[Forecast],
    ) -> None:
        self.region, self.about, self.tables, self.forecasts = region, about, tables, forecasts
        self.data = b"" if "footprint" not in tables else (folder / FILE).read_bytes()
        self.statements: list[Statement] = []
        self.rows: dict[str, Statement] = {}
        self.forecast: Statement | None = None
        self.readings: list[str] = []

    def run(self) -> None:
        """Bodies come in first; of one moment what was measured comes before forecasts, and those before
        words."""
        self._introduce()
        told: list[tuple[datetime, int, Callable[[Any], None], Any]] = []
        for row in self.tables["readings"].rows():
            told.append((row["known_at"], 0, self._reading, row))
        given = self.tables["footprint"].rows() if "footprint" in self.tables else ()
        rows = sorted(given, key=lambda row: row["issued"])
        for issued, group in groupby(rows, key=lambda row: row["issued"]):
            told.append((issued, 1, self._footprint, tuple(group)))
        told += [(one.moment.at, 1, self._made, one) for one in self.forecasts]
        told += [(row["time"], 2, self._row, row) for row in self.tables["said"].rows()]
        for _, _, say, what in sorted(told, key=lambda one: one[:2]):
            say(what)

    def _say(self, kind: Any, by: str, at: datetime, body: Mapping[str, Any], **more: Any) -> Statement:
        more.setdefault("about", self.about.texts["about"])
        issued = at.astimezone(self.about.zone)
        said = make(kind, by=by, officer=OFFICER, issued=issued, body=_given(body), **more)
        self.statements.append(said)
        return said

    def time(self, at: datetime | None) -> str | None:
        """A time as text, in the zone of the case."""
        return None if at is None else time_text(at.astimezone(self.about.zone))

    def _introduce(self) -> None:
        """A key belongs to every body on the record; these are made from its code, and protect nothing."""
        firsts = [row["time"] for row in self.tables["said"].rows()]
        start = min([self.about.times["start"], *firsts])
        for row in self.tables["speakers"].rows():
            name = f"case-key/{self.about.texts['about']}/{row['code']}"
            key = SigningKey(name, "statement", hashlib.sha256(name.encode()).digest()).verifier
            words = {"zh": row["name_zh"], "en": row["name_en"]}
            body = {"body": row["code"], "name": words, "kind": row["kind"], "key": str(key)}
            self._say("BodyJoined", row["code"], start, body, about=None)

    def _reading(self, row: Mapping[str, Any]) -> None:
        time = self.time(row["time"])
        reading = {"section": row["city"], "time": time, "kind": row["kind"]}
        reading |= _given(
            {"value": _measure(row["value"], row["unit"]), "known_at": self.time(row["known_at"])}
        )
        body = {"quantity": self.about.texts["quantity"], "starts": time, "ends": time, "readings": [reading]}
        self.readings.append(self._say("ReadingsTaken", row["body"], row["known_at"], body).id)

    def _footprint(self, rows: tuple[Mapping[str, Any], ...]) -> None:
        """A forecast that somebody else made: the file that is named is the table itself."""
        first, hazard = rows[0], rows[0]["hazard_cities"].split()
        reached = [row["city"] for row in rows if row["probability"] > 0]
        body = {
            "pathway": first["pathway"],
            "quantity": self.about.texts["quantity"],
            "threshold": _measure(self.about.threshold, self.about.texts["threshold_unit"]),
            "origin": self.time(self.about.times["start"]),
            "known_at": self.time(first["issued"]),
            "situation": _spread(hazard, reached),
            "hazard_cities": list(dict.fromkeys(hazard)),
            "arrivals": [self._arrival(row) for row in rows],
            **GIVEN,
            "region_digest": f"sha256:{self.region.digest}",
            "readings": list(self.readings),
            "file": {
                "digest": digest_text(self.data),
                "size_bytes": len(self.data),
                "media_type": "text/csv",
            },
        }
        before = None if self.forecast is None else self.forecast.id
        keeper = self.about.texts["keeper"]
        self.forecast = self._say("FootprintIssued", keeper, first["issued"], body, replies_to=before)

    def _made(self, forecast: Forecast) -> None:
        """A forecast of a pathway; one that crosses no border is nobody else's business, and is not said."""
        title, zone = self.about.texts["title_zh"], self.about.zone
        issued = footprint_statement.issue(
            forecast.footprint, readings=self.readings, title=title, zone=zone, more=forecast.more
        )
        if issued is None:
            return
        before = None if self.forecast is None else self.forecast.id
        keeper = self.about.texts["keeper"]
        self.forecast = self._say(
            "FootprintIssued", keeper, forecast.moment.at, issued.body, replies_to=before
        )

    def _arrival(self, row: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {name: self.time(row[name]) for name in ("earliest", "middle", "latest")}
        told |= {"peak": _measure(row["peak"], row["unit"]), "exposed_people": row["exposed_people"]}
        return _given({"city": row["city"], "probability": decimal_text(row["probability"], 4), **told})

    def _row(self, row: Mapping[str, Any]) -> None:
        answered = self.rows.get(row["answers"] or "")
        reply = answered.id if answered is not None and row["kind"] in REPLIES else None
        body = _BODIES[row["kind"]](self, _ready(row))
        self.rows[row["id"]] = self._say(row["kind"], row["body"], row["time"], body, replies_to=reply)

    def named(self, row: Mapping[str, Any], kind: str) -> str | None:
        """The statement that a row follows, where that is of this kind."""
        before = self.rows.get(row["answers"] or "")
        return before.id if before is not None and before.kind == kind else None

    def hazard(self) -> dict[str, Any]:
        """What is the matter, in the codes of the case."""
        return {name: self.about.texts[name] for name in ("hazard_class", "hazard")}

    def message(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What a notice and a warning share."""
        texts = self.about.texts
        told = {"headline": row["words"], "description": row["words"]}
        told["instruction"] = {"zh": texts["instruction_zh"], "en": texts["instruction_en"]}
        grades = {"urgency": "Expected", "severity": "Severe", "certainty": "Likely"}
        if row["confirmed"] is False:
            grades["certainty"] = "Possible"
        ends = {"cities": row["cities"], "expires": self.time(self.about.times["expires"])}
        return {**self.hazard(), **told, **grades, **ends}


def _measured(row: Mapping[str, Any]) -> Reading:
    """A row of readings.csv as a reading whose place is a city."""
    return Reading(row["city"], row["time"], row["kind"], row["value"], row["known_at"], 0.0, row["source"])


def _spread(hazard: list[str], reached: list[str]) -> str:
    """The situation of spread, from where the hazard is and whom it reaches."""
    if len(set(hazard)) > 1:
        return "1"
    return "2" if set(hazard) & set(reached) else "3"


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not known: absent is unknown."""
    return {name: value for name, value in body.items() if value is not None and value not in ("", [])}


def _measure(value: float | None, unit: str | None) -> dict[str, str] | None:
    return None if value is None or unit is None else {"value": decimal_text(value, 9), "unit": unit}


def _ready(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of said.csv with its words, its codes and its items as statements have them."""
    amount = _measure(row["amount"], row["unit"])
    items = [] if row["item"] is None or amount is None else [{"item": row["item"], "amount": amount}]
    codes = {name: (row[name] or "").split() for name in ("to", "cities")}
    return {**row, **codes, "items": items, "words": {"zh": row["text_zh"], "en": row["text_en"]}}


# --------------------------------------------------------------------------- rows of said.csv as bodies


def _asked(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    told = {"of": row["to"], "items": row["items"], "to": row["cities"][0], "purpose": row["words"]}
    return {**told, "needed_by": writer.time(row["moment"])}


def _field(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    place = row["cities"][0]
    seen = {"what": row["words"], "seen_at": writer.time(row["moment"]), "place": place}
    return {**seen, "hazard_class": writer.about.texts["hazard_class"], "verified": False}


def _opened(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    texts = writer.about.texts
    name = {"zh": texts["title_zh"], "en": texts["title_en"]}
    began = writer.time(writer.about.times["start"])
    return {**writer.hazard(), "name": name, "city": texts["city"], "began": began, "what": row["words"]}


def _notice(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    field = writer.named(row, "FieldReportFiled")
    told = {"to": row["to"], "audience": "faces", "confirmed": row["confirmed"]}
    return {**writer.message(row), **told, "evidence": [field] if field else []}


def _reported(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    told = {"report": row["report"], "to": row["to"], "what": row["words"], "harm": row["harm"]}
    return {**writer.hazard(), **told, "known_at": writer.time(row["moment"])}


def _stock(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    rows = [{**one, "city": row["body"], "sort": "supplies"} for one in row["items"]]
    return {"as_of": writer.time(row["time"]), "rows": rows, "complete": True}


def _warning(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    told = {"level": writer.about.texts["level"], "notice": writer.named(row, "NoticeSent")}
    return {**writer.message(row), **told}


def _adopted(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    """The warning of the same body that followed this notice, if it was said before."""
    warnings = (one for one in writer.statements if one.kind == "WarningIssued" and one.by == row["body"])
    notice = writer.rows[row["answers"]].id
    warning = next((one.id for one in warnings if one.replies_to == notice), None)
    return {"warning": warning, "note": row["words"]}


_ESCALATED = {"to": "to", "cause": "cause", "reason": "words", "needs": "items"}
_BODIES: Mapping[str, Callable[[_Writer, Mapping[str, Any]], dict[str, Any]]] = {
    "AidRequested": _asked,
    "AssistAssigned": lambda _, row: {"assist": row["to"], "reason": row["words"]},
    "Escalated": lambda _, row: {name: row[of] for name, of in _ESCALATED.items()},
    "FieldReportFiled": _field,
    "IncidentOpened": _opened,
    "InstructionGiven": lambda _, row: {"to": row["to"], "what": row["words"]},
    "LeadAssigned": lambda _, row: {"lead": row["to"], "reason": row["words"]},
    "ModeSwitched": lambda _, row: {"mode": "emergency", "reason": row["words"]},
    "NoticeAcknowledged": lambda writer, row: {"received_at": writer.time(row["time"])},
    "NoticeAdopted": _adopted,
    "NoticeDeclined": lambda _, row: {"reason": row["words"]},
    "NoticeSent": _notice,
    "PublicStatementMade": lambda _, row: {"text": row["words"], "where": "public", "harm": row["harm"]},
    "RiskReported": _reported,
    "StockReported": _stock,
    "WarningIssued": _warning,
}
assert _BODIES.keys() == KINDS.keys(), "each kind that a row can have is said here"
REPLIES = ("InstructionGiven", "NoticeAcknowledged", "NoticeAdopted", "NoticeDeclined", "WarningIssued")
"""Kinds that answer another row as replies; a notice names what it rests on as evidence."""
