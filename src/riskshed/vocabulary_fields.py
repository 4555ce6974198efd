"""How the vocabulary is written down: a field, a kind, and the records that many kinds share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from riskshed.columns import shown
from riskshed.statement_faults import FaultList
from riskshed.statement_values import CURRENCIES, PLAIN, UNITS, Check, choice, decimal, range_text, whole

FieldType = Literal[
    "text",
    "name",
    "words",
    "code",
    "subject",
    "statement",
    "digest",
    "media_type",
    "key",
    "time",
    "day",
    "yes_no",
    "decimal",
    "whole",
    "choice",
    "money",
    "measure",
    "point",
    "file",
    "record",
]
Group = Literal["foresee", "tell", "lead", "agree", "help", "settle", "judge", "open", "record"]
Need = Literal["must", "may", "no"]

ANY = "*"
"""Among the kinds that a statement may answer: every kind."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a statement's body: what may stand in it, and one sentence that says what it means.

    Parameters
    ----------
    name : str
        Whole words, unit last.
    type : FieldType
    doc : str
    required : bool
    unit : str
        Of a ``decimal`` or ``whole``; ``1`` is a plain number.
    choices : tuple of str
        Of a ``choice``.
    low, high : int, optional
        Range of a number, both ends included.
    fields : tuple of Field
        Of a ``record``.
    many : int
        0 for one value; else the field is a list of 1 to `many` values, each once.
    """

    name: str
    type: FieldType
    doc: str
    required: bool = True
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    fields: tuple[Field, ...] = ()
    many: int = 0

    def range_text(self) -> str:
        """The choices or the range in words; empty where any value will do."""
        return ", ".join(self.choices) or range_text(self.low, self.high)


class Shape(NamedTuple):
    """The fields of an object, made ready for checking."""

    checks: Mapping[str, Check]
    required: frozenset[str]

    @classmethod
    def of(cls, fields: Sequence[Field]) -> Shape:
        """Build the checks of these fields."""
        checks = {field.name: checker(field) for field in fields}
        return cls(checks, frozenset(field.name for field in fields if field.required))

    def check(self, value: Any, path: str, faults: FaultList) -> None:
        """Name every fault of this object: fields that are unknown, missing or wrong."""
        if type(value) is not dict:
            faults.wrong(path, value, "an object")
            return
        checks, prefix = self.checks, f"{path}." if path else ""
        for name, part in value.items():
            check = checks.get(name)
            if check is None:
                self._unknown(name, prefix, faults)
            else:
                check(part, prefix + name, faults)
        if not self.required <= value.keys():
            for name in sorted(self.required - value.keys()):
                faults.add("missing_field", prefix + name, "nothing", "a value")

    def _unknown(self, name: object, prefix: str, faults: FaultList) -> None:
        """A field that is not known. Names alike but for the last word are most often one in two units."""
        if type(name) is not str:
            faults.wrong(prefix.rstrip("."), name, "text as the name of a field")
            return
        place, stem = prefix + shown(name)[1:-1], name.rpartition("_")[0]
        near = [known for known in self.checks if stem and known.rpartition("_")[0] == stem]
        if near:
            faults.add("wrong_unit", place, shown(name), " or ".join(near), "Convert the value.")
        else:
            wanted = f"one of {', '.join(self.checks)}" if self.checks else "no field here"
            faults.add("unknown_field", place, shown(name), wanted)


def _many(one: Check, most: int) -> Check:
    def check(value: Any, path: str, faults: FaultList) -> None:
        if type(value) is not list:
            faults.wrong(path, value, "a list")
        elif not 1 <= len(value) <= most:
            todo = "" if value else "Leave the field out if there is none."
            faults.add("bad_length", path, f"a list of {len(value)}", f"1 to {most} values", todo)
        else:
            for index, part in enumerate(value):
                one(part, f"{path}[{index}]", faults)
            if not faults.faults and _repeats(value):
                faults.add("repeated", path, "a value twice", "each value once")

    return check


def _repeats(values: list[Any]) -> bool:
    if isinstance(values[0], str):
        return len(set(values)) < len(values)
    return len({json.dumps(value, sort_keys=True) for value in values}) < len(values)


def checker(field: Field) -> Check:
    """The check of this field."""
    one = _checker_of_one(field)
    return _many(one, field.many) if field.many else one


def _checker_of_one(field: Field) -> Check:
    if field.type == "decimal":
        return decimal(field.unit, field.low, field.high)
    if field.type == "whole":
        return whole(field.low, field.high)
    if field.type == "choice":
        return choice(field.choices)
    if field.type in PLAIN:
        return PLAIN[field.type]
    return Shape.of(COMPOSITES.get(field.type, field.fields)).check


def need(name: str, kind: FieldType, doc: str, **more: Any) -> Field:
    """A field that must be there."""
    return Field(name, kind, doc, **more)


def may(name: str, kind: FieldType, doc: str, **more: Any) -> Field:
    """A field that may be absent: then it is unknown, or there is none."""
    return Field(name, kind, doc, required=False, **more)


COMPOSITES: dict[str, tuple[Field, ...]] = {
    "money": (
        need("minor", "whole", "Whole minor units (fen, cent).", unit="1", low=0),
        need("currency", "choice", "ISO 4217 code.", choices=tuple(CURRENCIES)),
    ),
    "measure": (
        need("value", "decimal", "How much.", unit="1"),
        need("unit", "choice", "Of what.", choices=tuple(UNITS)),
    ),
    "point": (
        need("lat", "decimal", "Latitude, WGS 84.", unit="degree", low=-90, high=90),
        need("lon", "decimal", "Longitude, WGS 84.", unit="degree", low=-180, high=180),
    ),
    "file": (
        need("digest", "digest", "SHA-256 of its bytes."),
        need("size_bytes", "whole", "Its size.", unit="byte", low=0),
        need("media_type", "media_type", "What it is."),
        may("title", "name", "What it is called."),
    ),
}
"""The records that are types of their own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of statement.

    Parameters
    ----------
    name : str
        A past fact, such as ``WarningIssued``; it stands in the bytes.
    zh, en : str
        The same in Chinese and English, as people see it.
    group : Group
        The part of the work to which it belongs.
    doc : str
        One sentence.
    fields : tuple of Field
    about : Need
        Whether it says what it is about: the code of an incident (or of an agreement, a risk source), or the
        id of a statement.
    answers : tuple of str
        The kinds to which it may reply. Whether the statement that is named is of such a kind, only someone
        who has it can tell.
    must_answer : bool
        Whether it is always a reply.
    """

    name: str
    zh: str
    en: str
    group: Group
    doc: str
    fields: tuple[Field, ...]
    about: Need = "must"
    answers: tuple[str, ...] = ()
    must_answer: bool = False

    @property
    def replies_to(self) -> Need:
        """Whether it names the statement that it answers."""
        return "must" if self.must_answer else "may" if self.answers else "no"


# ---------------------------------------------------------------------- choices and records that kinds share

HAZARD_CLASSES = ("natural_disaster", "accident", "public_health", "social_security")
GRADES = ("I", "II", "III", "IV")
COLOURS = ("red", "orange", "yellow", "blue")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
BREACHES = ("late", "incomplete", "concealed", "false", "absent", "slow", "uncooperative")

CITIES, BODIES, ROWS, EVIDENCE = 300, 200, 200, 100
"""How many of each a list may hold; what is longer goes into a file."""

RULE = (
    need("pack", "code", "The rule pack."),
    need("rule", "code", "The rule in it."),
    may("version", "name", "Version of the pack."),
    may("cite", "name", "Instrument and article, as people cite it."),
)
ARRIVAL = (
    need("city", "code", "The city."),
    need("probability", "decimal", "That it is reached.", unit="1", low=0, high=1),
    may("earliest", "time", "5 % quantile of the arrival, given that it is reached."),
    may("middle", "time", "Median of the arrival."),
    may("latest", "time", "95 % quantile of the arrival."),
    may("peak", "measure", "Median of the peak."),
    may("exposed_people", "whole", "People who depend on what is reached.", unit="people", low=0),
)
TASK = (
    need("task", "code", "Code of the task, by which it is reported done."),
    need("owner", "code", "The body that has to do it."),
    need("what", "words", "What has to be done."),
    may("due", "time", "By when."),
    may("money", "money", "What is set aside for it."),
)
TRANSFER = (
    need("payer", "code", "Who pays."),
    need("payee", "code", "Who is paid."),
    need("amount", "money", "How much."),
    may("due", "time", "By when."),
    may("condition", "words", "On what condition."),
)
ITEM = (
    need("item", "code", "Code of the good, team or equipment."),
    need("amount", "measure", "How much."),
    may("name", "words", "What it is called."),
)
WEIGHT = (
    need("goal", "code", "Goal or indicator."),
    need("weight", "decimal", "Its weight; the weights add up to 1.", unit="1", low=0, high=1),
)
FILES = may("files", "file", "Photographs, tables and other matter, by digest.", many=EVIDENCE)
REASON = need("reason", "words", "Why.")
NOTE = may("note", "words", "Anything else.")
CITED_RULE = may("rule", "record", "The rule that says so.", fields=RULE)
HAZARD = may("hazard", "code", "Code of the hazard, as the agreement names its code table.")
HAZARD_CLASS = need("hazard_class", "choice", "One of the four statutory classes.", choices=HAZARD_CLASSES)
FOOTPRINT = may("footprint", "statement", "The footprint on which it rests.")
PROOF = may("evidence", "statement", "Statements that bear it out.", many=EVIDENCE)
