"""A case as a signed record: what was said, measured and forecast, as statements in the order of time.

None of the bodies of a past case ever signed anything here. Every statement says so (`reconstructed`), names
its source, and is signed with a **case key** that anybody can make again from a seed in the case folder. Such
keys protect nothing; they let the record show what a real one shows, and everybody gets the same bytes.

Where two sources deny each other, both stay, as two claims with their sources: a record does not decide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from math import isfinite
from typing import Any

from riskshed import footprint_statement
from riskshed.audit_keys import ListedKey, keyid_of
from riskshed.case import Case
from riskshed.footprint import Footprint
from riskshed.footprint_statement import given, measure
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.policy import Policy, TrustedLog
from riskshed.reading import Reading
from riskshed.replay import Forecast
from riskshed.said import ROW_KINDS, Said
from riskshed.statement import Statement, make, sign, time_text

OFFICER = "case"
UNITS = {"mg_per_L": "mg/L"}
ACTS_ON = {"raise_release": "link", "dam": "link", "other": "link"}
"""What a treatment changes; a receiver, where nothing else is said."""
CASE_KEY_NOTE = "A case key, made from a published seed: it protects nothing. The body itself never had it."


@dataclass(frozen=True)
class Chronicle:
    """A case as entries of a log.

    Attributes
    ----------
    entries : tuple of bytes
        Signed envelopes in the order of time.
    statements : tuple of Statement
        The same, read.
    rows : mapping of str to int
        The index of the entry of each row of said.csv.
    key : SigningKey
        The case key of the log.
    listed : tuple of ListedKey
        The keys of the bodies, for an auditor.
    files : mapping of str to bytes
        The footprints that the statements name by digest, by a file name.
    """

    entries: tuple[bytes, ...]
    statements: tuple[Statement, ...]
    rows: Mapping[str, int]
    key: SigningKey
    listed: tuple[ListedKey, ...]
    files: Mapping[str, bytes]

    @property
    def policy(self) -> Policy:
        """Believes the log of the case, and asks for no witness."""
        return Policy((TrustedLog(self.key.verifier),), (), (), "none")


def case_key(texts: Mapping[str, str], code: str, role: Any = "statement") -> SigningKey:
    """The case key of a body, or of the log: the same for everybody who has the case folder."""
    name = texts["log"] if role == "log" else f"case-key/{texts['about']}/{code}"
    seed = hashlib.sha256(f"{texts['seed']}\n{name}\n{role}\n".encode()).digest()
    return SigningKey(name, role, seed)


def chronicle(case: Case, said: Said, forecasts: Sequence[Forecast] = ()) -> Chronicle:
    """The record of a case.

    Parameters
    ----------
    case, said
    forecasts : sequence of Forecast, optional
        As `replay.replay` made them; each becomes a FootprintIssued.

    Raises
    ------
    StatementError
        A row cannot be said in the vocabulary; names every fault.
    """
    writer = _Writer(case, said)
    start = min(case.spill.released, *(row["time"] for row in said.rows))
    writer.introduce(start)
    told: list[tuple[datetime, Callable[[], None]]] = []
    told += [(row["time"], partial(writer.row, row)) for row in said.rows]
    for known_at, group in groupby(sorted(case.readings, key=_known), key=_known):
        told.append((known_at, partial(writer.readings, known_at, tuple(group))))
    told += [(one.footprint.issued, partial(writer.footprint, one.footprint)) for one in forecasts]
    for _, say in sorted(told, key=lambda one: one[0]):
        say()
    return writer.finish()


def _known(reading: Reading) -> datetime:
    return reading.known_at


class _Writer:
    """Says one statement after the other."""

    def __init__(self, case: Case, said: Said) -> None:
        self.case = case
        self.said = said
        self.keys = {code: case_key(said.texts, code) for code in said.speakers}
        self.entries: list[bytes] = []
        self.statements: list[Statement] = []
        self.rows: dict[str, int] = {}
        self.files: dict[str, bytes] = {}
        self.taken: list[tuple[datetime, str]] = []
        self.last_footprint: str | None = None

    def say(self, kind: Any, by: str, at: datetime, body: dict[str, Any], **more: Any) -> Statement:
        more.setdefault("about", self.said.texts["about"])
        at = at.astimezone(self.case.zone)
        statement = make(kind, by=by, officer=OFFICER, issued=at, body=given(body), **more)
        signer = self.keys[by]
        raw = sign(statement, keyid_of(signer.verifier), lambda data: signer.sign(data, role="statement"))
        self.entries.append(raw)
        self.statements.append(statement)
        return statement

    def time(self, at: datetime) -> str:
        return time_text(at.astimezone(self.case.zone))

    def introduce(self, at: datetime) -> None:
        """All bodies come in with their case keys, then the keeper names the keys of log and exercises."""
        keeper = self.said.texts["keeper"]
        made = {"source": CASE_KEY_NOTE, "precision": "day"}
        for one in sorted(self.said.speakers.values(), key=lambda one: one.code != keeper):
            body = {
                "body": one.code,
                "name": {"zh": one.name_zh, "en": one.name_en},
                "kind": one.kind,
                "key": str(self.keys[one.code].verifier),
                "log": self.said.texts["log"],
            }
            self.say("BodyJoined", one.code, at, body, about=None, reconstructed=made)
        for role in ("log", "exercise"):
            key = case_key(self.said.texts, keeper if role == "log" else f"{keeper}/exercise", role)
            body = {"role": role, "key": str(key.verifier)}
            self.say("KeyAdded", keeper, at, body, about=None, reconstructed=made)

    def row(self, row: Mapping[str, Any]) -> None:
        """One row of said.csv."""
        self.rows[row["id"]] = len(self.entries)
        note = [row["conflict"]] if row["conflict"] else []
        if row["kind"] == "WarningIssued":
            note.append(self.said.texts["level_note"])
        told = {"source": row["source"], "precision": row["precision"], "confidence": row["confidence"]}
        more: dict[str, Any] = {"reconstructed": given({**told, "note": " ".join(note)})}
        if row["answers"]:
            more["replies_to"] = self.statements[self.rows[row["answers"]]].id
        self.say(row["kind"], row["body"], row["time"], _BODIES[row["kind"]](self, row), **more)

    def readings(self, at: datetime, readings: Sequence[Reading]) -> None:
        """What became known at one moment; the keeper puts it on the record, with its sources."""
        unit = self.case.texts["unit"]
        rows = [
            given(
                {
                    "section": one.section,
                    "time": self.time(one.time),
                    "kind": one.kind,
                    "value": measure(one.value, UNITS[unit]),
                    "known_at": self.time(one.known_at),
                }
            )
            for one in readings
        ]
        times = [one.time for one in readings]
        body = {"quantity": self.said.texts["hazard"], "starts": self.time(min(times)), "readings": rows}
        body["ends"] = self.time(max(times))
        sources = "; ".join(dict.fromkeys(one.source for one in readings))
        made = {"source": sources, "precision": "hour"}
        statement = self.say("ReadingsTaken", self.said.texts["keeper"], at, body, reconstructed=made)
        self.taken.append((at, statement.id))

    def footprint(self, footprint: Footprint) -> None:
        """A forecast; one in which no border is crossed is nobody else's business."""
        used = [one for at, one in self.taken if at <= footprint.known_at]
        title = f"footprint {len(self.files) + 1}"
        issued = footprint_statement.issue(footprint, readings=used, title=title, zone=self.case.zone)
        if issued is None:
            return
        self.files[f"footprint-{len(self.files) + 1}.json"] = issued.data
        told = {"source": "Forecast again from what was known then.", "precision": "hour"}
        statement = self.say(
            "FootprintIssued",
            self.said.texts["keeper"],
            footprint.issued,
            issued.body,
            replies_to=self.last_footprint,
            reconstructed=told,
        )
        self.last_footprint = statement.id

    def finish(self) -> Chronicle:
        listed = tuple(ListedKey(code, "statement", key.verifier) for code, key in self.keys.items())
        key = case_key(self.said.texts, self.said.texts["keeper"], "log")
        entries, statements = tuple(self.entries), tuple(self.statements)
        return Chronicle(entries, statements, self.rows, key, listed, self.files)


# --------------------------------------------------------------------------- rows of said.csv as bodies


def _words(row: Mapping[str, Any]) -> dict[str, str]:
    return {"zh": row["text_zh"], "en": row["text_en"]}


def _to(row: Mapping[str, Any]) -> list[str]:
    return (row["to"] or "").split()


def _opened(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    texts = writer.said.texts
    name = {"zh": texts["name_zh"], "en": texts["name_en"]}
    return {**_hazard(writer), "name": name, "city": texts["city"], "began": writer.time(row["time"]),
            "what": _words(row)}  # fmt: skip


def _hazard(writer: _Writer) -> dict[str, Any]:
    return {"hazard_class": "accident", "hazard": writer.said.texts["hazard"]}


def _reported(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    # Since when the reporter knew is not on record: at the latest when it spoke.
    told = {"report": row["report"], "to": _to(row), "what": _words(row), "harm": row["harm"]}
    return {**_hazard(writer), **told, "known_at": writer.time(row["time"])}


def _message(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a notice and a warning share; what nobody said in the forms of today is said to be unknown."""
    texts = writer.said.texts
    instruction = {"zh": texts["instruction_zh"], "en": texts["instruction_en"]}
    unknown = {"urgency": "Unknown", "severity": "Unknown", "certainty": "Unknown"}
    told = {"headline": _words(row), "description": _words(row), "instruction": instruction}
    ends = {"cities": (row["cities"] or "").split(), "expires": writer.time(writer.said.expires)}
    return {**_hazard(writer), **told, **unknown, **ends}


def _notice(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    return {**_message(writer, row), "to": _to(row), "audience": "faces", "confirmed": True}


def _warning(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    return {**_message(writer, row), "level": writer.said.texts["level"]}


def _cancelled(_: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"cause": "all_clear", "headline": _words(row), "reason": _words(row)}


def _public(_: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": _words(row), "where": " ".join(_to(row)) or "public", "harm": row["harm"]}


def _instruction(_: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"to": _to(row), "what": _words(row)}


def _treatment(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    acts_on = ACTS_ON.get(row["treatment"], "receiver")
    body = {"acts_on": acts_on, "treatment": row["treatment"], "what": _words(row), "place": row["place"]}
    return {**body, "starts": writer.time(row["time"]), "size": _amount(row)}


def _amount(row: Mapping[str, Any]) -> dict[str, str] | None:
    value = row["amount"]
    return None if value is None or not isfinite(value) else measure(value, row["unit"])


def _meeting(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    held = writer.time(row["time"])
    return {"sort": "emergency", "held_at": held, "present": _to(row), "summary": _words(row)}


def _mode(_: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"mode": "emergency", "reason": _words(row)}


def _asked(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    items = [{"item": row["item"], "amount": _amount(row)}]
    body = {"of": _to(row), "items": items, "to": row["place"], "needed_by": writer.time(row["due"])}
    return {**body, "purpose": _words(row)}


def _dispatched(writer: _Writer, row: Mapping[str, Any]) -> dict[str, Any]:
    items = [{"item": row["item"], "amount": _amount(row), "name": _words(row)}]
    body = {"shipment": row["id"], "items": items, "from": row["body"], "to": row["place"]}
    return {**body, "left_at": writer.time(row["time"])}


_BODIES: Mapping[str, Callable[[_Writer, Mapping[str, Any]], dict[str, Any]]] = {
    "AidDispatched": _dispatched,
    "AidRequested": _asked,
    "IncidentOpened": _opened,
    "InstructionGiven": _instruction,
    "MeetingHeld": _meeting,
    "ModeSwitched": _mode,
    "NoticeSent": _notice,
    "PublicStatementMade": _public,
    "RiskReported": _reported,
    "TreatmentDecided": _treatment,
    "WarningCancelled": _cancelled,
    "WarningIssued": _warning,
}
assert _BODIES.keys() == ROW_KINDS.keys(), "each kind that a row can have is said here"
