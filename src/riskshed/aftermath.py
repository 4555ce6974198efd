"""What came after: the help that reached the cities of a case, and what the response cost, as far as known.

    aid.csv       who sent what to whom, and what the source says of it: sent, due, arrived
    costs.csv     what was spent, by whom, with its source
    parties.csv   the bodies that speak nowhere else in the case

Help is on record as it was given. Costs are another matter: in the cases that come with riskshed nobody ever
claimed them of anybody, since there was no agreement under which to do so. `statements` therefore says the
help as it was, and the costs **as they could have been claimed** had the model agreement of the case been
signed; each such statement says so. What is a loan, a fine or somebody's own loss is never claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from riskshed.chronicle import CASE_KEY_NOTE, case_key
from riskshed.columns import Column
from riskshed.errors import Fault, InputFaults
from riskshed.footprint_statement import given, measure
from riskshed.governance.agreement_file import Agreement
from riskshed.said import SPEAKERS, Speaker
from riskshed.scene import Scene
from riskshed.statement import Money, Statement, make, time_text
from riskshed.statement_values import UNITS
from riskshed.tables import Table, read_csv, shown

FILES = ("aid.csv", "costs.csv", "parties.csv")
STAGES = ("sent", "due", "arrived")
SORTS = ("response", "loss", "loan", "penalty", "plan")
CLAIMED = "response"
OFFICER = "case"
PRECISIONS = ("minute", "hour", "day")
_SURE = ("high", "medium", "low")
_ID = Column("id", "id", doc="Name of the row.")
_SOURCE = Column("source", "text", doc="Where it stands.")
_CONFIDENCE = Column("confidence", "choice", choices=_SURE, doc="How sure the compilation is of it.")
_NOTE = Column("note", "text", doc="What else is to be known.", may_be_empty=True)
AID = (
    _ID,
    Column("time", "time", doc="When it was sent, due or there, as `stage` says."),
    Column("precision", "choice", choices=PRECISIONS, doc="How well the time is known."),
    Column("stage", "choice", choices=STAGES, doc="What the source says of it."),
    Column("from", "id", doc="The body that gave."),
    Column("to", "id", doc="The body that received."),
    Column("item", "id", doc="What."),
    Column("amount", "float", low=0, above=True, doc="How much of it."),
    Column("unit", "choice", choices=UNITS, doc="The unit of `amount`."),
    _SOURCE,
    _CONFIDENCE,
    _NOTE,
)
COSTS = (
    _ID,
    Column("date", "text", doc="The day on which it was known, YYYY-MM-DD."),
    Column("by", "id", doc="The body that spent it."),
    Column("sort", "choice", choices=SORTS, doc="What sort of money it is; only a response can be claimed."),
    Column("what_zh", "text", doc="What for, in Chinese."),
    Column("what_en", "text", doc="What for, in English."),
    Column("amount_minor", "int", low=0, above=True, doc="How much, in the least unit of the currency."),
    Column("currency", "id", doc="Its code (ISO 4217)."),
    Column("at_least", "choice", choices=("yes", "no"), doc="Whether the source says that it was more."),
    _SOURCE,
    _CONFIDENCE,
    _NOTE,
)
NEVER_CLAIMED = "Nobody claimed this of anybody: there was no agreement. It is set out as it could have been."
NO_LEAVING = "When it left is not on record: at the latest when it came or was due."
NEVER_SIGNED = "The model agreement of this case: nobody ever signed it."


@dataclass(frozen=True)
class Aftermath:
    """The files of a case about help and money.

    Attributes
    ----------
    aid, costs : tuple of mapping
        Rows of aid.csv and costs.csv in the order of time; an empty cell is None.
    parties : mapping of str to Speaker
    """

    aid: tuple[Mapping[str, Any], ...]
    costs: tuple[Mapping[str, Any], ...]
    parties: Mapping[str, Speaker]

    @staticmethod
    def read(folder: Path) -> Aftermath | None:
        """Read the aftermath in the folder of a case; None where it has none of the files.

        Raises
        ------
        InputFaults
            ``aftermath.faults``, with every fault of the files.
        """
        if not any((folder / name).is_file() for name in FILES):
            return None
        faults: list[Fault] = []
        tables = [
            read_csv(folder / name, columns, faults)
            for name, columns in zip(FILES, (AID, COSTS, SPEAKERS), strict=True)
        ]
        aid, costs, parties = tables
        if aid is not None and costs is not None:
            faults += [*_twice(folder / FILES[0], aid), *_twice(folder / FILES[1], costs)]
            faults += [*_to_itself(folder / FILES[0], aid), *_days(folder / FILES[1], costs)]
        if faults or aid is None or costs is None or parties is None:
            raise InputFaults("aftermath.faults", f"the aftermath in {folder} cannot be used", faults)
        return Aftermath(
            tuple(sorted(aid.rows(), key=lambda row: (row["time"], row["id"]))),
            tuple(sorted(costs.rows(), key=lambda row: (row["date"], row["id"]))),
            {row["code"]: Speaker(**row) for row in parties.rows()},
        )


def _twice(path: Path, table: Table) -> Iterator[Fault]:
    seen: set[str] = set()
    for line, row in zip(table.lines, table.rows(), strict=True):
        if row["id"] in seen:
            todo = "Give each row a name of its own."
            yield Fault("aftermath.twice", str(path), line, "id", shown(row["id"]), "each id once", todo)
        seen.add(row["id"])


def _to_itself(path: Path, table: Table) -> Iterator[Fault]:
    for line, row in zip(table.lines, table.rows(), strict=True):
        if row["from"] == row["to"]:
            todo = "Leave the row out: what a body does for itself is no help between cities."
            yield Fault("aftermath.own", str(path), line, "to", shown(row["to"]), "another body", todo)


def _days(path: Path, table: Table) -> Iterator[Fault]:
    for line, row in zip(table.lines, table.rows(), strict=True):
        try:
            datetime.strptime(row["date"], "%Y-%m-%d")  # noqa: DTZ007  a day, of the zone of the case
        except ValueError:
            wanted, todo = "a day as YYYY-MM-DD", "Write the day, or leave the row out."
            yield Fault("aftermath.day", str(path), line, "date", shown(row["date"]), wanted, todo)


def statements(after: Aftermath, scene: Scene, agreement: Agreement) -> tuple[Statement, ...]:
    """The scene, then the model agreement as if signed, the help, and the costs that could have been claimed.

    Parameters
    ----------
    after : Aftermath
    scene : Scene
        Its statements come first, unchanged.
    agreement : Agreement
        The model agreement of the case; it counts from its own beginning.

    Raises
    ------
    InputFaults
        ``aftermath.unknown_body``: a body that neither the scene nor parties.csv introduces.
    """
    writer = _Writer(after, scene)
    writer.check(agreement)
    writer.introduce(agreement)
    writer.agree(agreement)
    for row in after.aid:
        writer.help(row)
    for row in after.costs:
        if row["sort"] == CLAIMED and row["by"] in agreement.members:
            writer.claim(row)
    return (*scene.statements, *writer.said)


class _Writer:
    """Says one statement after the other, each with what it is made from."""

    def __init__(self, after: Aftermath, scene: Scene) -> None:
        self.after, self.scene = after, scene
        self.joined = {one.by for one in scene.statements if one.kind == "BodyJoined"}
        self.said: list[Statement] = []

    def check(self, agreement: Agreement) -> None:
        """Every body is known, before anything is said."""
        named = [*agreement.members, agreement.coordination_body]
        named += [row[key] for row in self.after.aid for key in ("from", "to")]
        named += [row["by"] for row in self.after.costs]
        known = {*self.joined, *self.after.parties, *(city.code for city in self.scene.region.cities)}
        wanted, todo = "a body of the case", "Name it in parties.csv."
        faults = [
            Fault("aftermath.unknown_body", FILES[2], None, "code", shown(code), wanted, todo)
            for code in dict.fromkeys(named)
            if code not in known
        ]
        if faults:
            raise InputFaults("aftermath.unknown_body", "bodies that the case does not introduce", faults)

    def say(self, kind: Any, by: str, at: datetime, body: Mapping[str, Any], **more: Any) -> Statement:
        """One statement, of the incident unless told otherwise."""
        more.setdefault("about", self.scene.texts["about"])
        local = at.astimezone(self.scene.zone)
        made = make(kind, by=by, officer=OFFICER, issued=local, body=given(dict(body)), **more)
        self.said.append(made)
        return made

    def introduce(self, agreement: Agreement) -> None:
        """Those who have not joined yet."""
        wanted = [agreement.coordination_body, *agreement.members]
        wanted += [row[key] for row in self.after.aid for key in ("from", "to")]
        for code in dict.fromkeys(wanted):
            if code in self.joined:
                continue
            kind, zh, en = self._called(code)
            key = case_key(self.scene.texts, code).verifier
            body = {"body": code, "name": {"zh": zh, "en": en}, "kind": kind, "key": str(key)}
            told = {"source": CASE_KEY_NOTE, "precision": "day"}
            self.say("BodyJoined", code, agreement.starts, body, about=None, reconstructed=told)

    def _called(self, code: str) -> tuple[str, str, str]:
        party = self.after.parties.get(code)
        if party is not None:
            return party.kind, party.name_zh, party.name_en
        city = next(one for one in self.scene.region.cities if one.code == code)
        return "government", city.name_zh, city.name_en

    def agree(self, agreement: Agreement) -> None:
        """The model agreement, signed by all its members."""
        told = {"source": NEVER_SIGNED, "precision": "day"}
        body = agreement.proposal_body()
        proposed = self.say("AgreementProposed", agreement.coordination_body, agreement.starts, body,
                            about=None, reconstructed=told)  # fmt: skip
        for member in agreement.members:
            signed = {"text_digest": agreement.text.to_json()["digest"]}
            self.say("AgreementSigned", member, agreement.starts, signed, about=agreement.code,
                     replies_to=proposed.id, reconstructed=told)  # fmt: skip

    def help(self, row: Mapping[str, Any]) -> None:
        """A load: that it left, and where the source says so that it came."""
        if not isfinite(row["amount"]):
            return
        items = [{"item": row["item"], "amount": measure(row["amount"], row["unit"])}]
        at = time_text(row["time"].astimezone(self.scene.zone))
        body = {"shipment": row["id"], "items": items, "from": row["from"], "to": row["to"], "left_at": at}
        if row["stage"] != "sent":
            body["arrives_at"] = at
        noted = [row["note"] or "", NO_LEAVING if row["stage"] != "sent" else ""]
        told = _told(row, row["precision"], noted)
        sent = self.say("AidDispatched", row["from"], row["time"], body, reconstructed=told)
        if row["stage"] == "arrived":
            came = {"shipment": row["id"], "items": items, "received_at": at}
            told = _told(row, row["precision"], [row["note"] or ""])
            self.say("AidReceived", row["to"], row["time"], came, replies_to=sent.id, reconstructed=told)

    def claim(self, row: Mapping[str, Any]) -> None:
        """A cost, as it could have been claimed."""
        day = datetime.fromisoformat(f"{row['date']}T00:00:00").replace(tzinfo=self.scene.zone)
        amount = Money(row["amount_minor"], row["currency"])
        line = {"line": row["id"], "what": {"zh": row["what_zh"], "en": row["what_en"]}}
        line["amount"] = {"minor": amount.minor, "currency": amount.currency}
        more = "At least so much." if row["at_least"] == "yes" else ""
        told = _told(row, "day", [row["note"] or "", more, NEVER_CLAIMED])
        self.say("CostClaimed", row["by"], day, {"lines": [line]}, reconstructed=told)


def _told(row: Mapping[str, Any], precision: str, notes: Sequence[str]) -> dict[str, Any]:
    """What a statement says of where it comes from."""
    said = {"source": row["source"], "precision": precision, "confidence": row["confidence"]}
    return given({**said, "note": " ".join(note for note in notes if note)})
