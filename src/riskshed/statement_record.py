"""One statement as a program holds it, and the check of a whole: its common fields, and how they fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Literal

from riskshed.statement_faults import FaultList, StatementError, shown_value
from riskshed.statement_values import Money
from riskshed.vocabulary import ANY, COMMON, KINDS, SHAPES, KindName
from riskshed.vocabulary_fields import Shape

Visibility = Literal["public", "members", "sealed"]
Body = Mapping[str, Any]

_PARTS = Shape.of([field for field in COMMON if field.name != "kind"])
# The kind is known before anything else is looked at, and the body is checked by its kind.
_COMMON = Shape({**_PARTS.checks, "kind": lambda *_: None, "body": lambda *_: None}, _PARTS.required)
_STRINGS = frozenset(
    ("text", "name", "code", "subject", "statement", "digest", "media_type", "key", "day", "choice")
)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement. Two are the same if their ids are.

    A body's values are read by `has` and the typed methods below it. They know the vocabulary: asking for a
    field that the kind has not, or as another type, is an error of the program and stops at an assert, as
    does reading a field that is absent (ask `has` first: absent is unknown).

    Attributes
    ----------
    id : str
        SHA-256 of the payload, 64 hex digits.
    kind : KindName
    by : str
        Code of the body.
    officer : str
        Post or number of the officer at that body.
    issued : datetime
        When the body says that it spoke; aware.
    about : str or None
        Code of the incident (agreement, risk source), or id of a statement.
    replies_to : str or None
        Id of a statement.
    exercise : bool
    visibility : {"public", "members", "sealed"}
    recipients : tuple of str
        Of a sealed statement; else empty.
    reconstructed : Mapping or None
        Where it is told, if the body never signed it.
    commit : str or None
        Of a sealed statement.
    body : Mapping or None
        Read only; None if it is sealed.
    payload : bytes
        The one form of all this.
    """

    id: str
    kind: KindName
    by: str
    officer: str
    issued: datetime
    about: str | None
    replies_to: str | None
    exercise: bool
    visibility: Visibility
    recipients: tuple[str, ...]
    reconstructed: Body | None
    commit: str | None
    body: Body | None
    payload: bytes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statement) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def has(self, name: str) -> bool:
        """Whether the body says anything of this field."""
        self._declared(name)
        return name in self._open()

    def string(self, name: str) -> str:
        """A text, name, code, choice, day, digest or id."""
        return str(self._value(name, _STRINGS))

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of them; empty if the field is absent."""
        return self._values(name, _STRINGS)

    def words(self, name: str) -> Mapping[str, str]:
        """Text by language."""
        words: Mapping[str, str] = self._value(name, frozenset(("words",)))
        return words

    def time(self, name: str) -> datetime:
        """A time, aware."""
        return datetime.fromisoformat(self._value(name, frozenset(("time",))))

    def decimal(self, name: str) -> Decimal:
        """A number, in the unit of the field's name."""
        return Decimal(self._value(name, frozenset(("decimal",))))

    def whole(self, name: str) -> int:
        """A whole number."""
        return int(self._value(name, frozenset(("whole",))))

    def yes_no(self, name: str) -> bool:
        """True or false."""
        return bool(self._value(name, frozenset(("yes_no",))))

    def money(self, name: str) -> Money:
        """An amount of money."""
        return Money(**self._value(name, frozenset(("money",))))

    def record(self, name: str) -> Body:
        """A record, file, measure or point, with values as they are written."""
        record: Body = self._value(name, frozenset(("record", "file", "measure", "point")))
        return record

    def records(self, name: str) -> tuple[Body, ...]:
        """A list of records or files; empty if the field is absent."""
        return self._values(name, frozenset(("record", "file")))

    def to_json(self) -> dict[str, Any]:
        """The payload as plain JSON values, which the caller may change."""
        value: dict[str, Any] = json.loads(self.payload)
        return value

    def _open(self) -> Body:
        if self.body is None:
            todo = "Open it with the salt and the body that its recipients hold."
            raise StatementError.of("statement.sealed", self.kind, "a sealed body", "an open one", todo)
        return self.body

    def _declared(self, name: str) -> tuple[str, bool]:
        field = next((field for field in KINDS[self.kind].fields if field.name == name), None)
        assert field is not None, f"{self.kind} has no field {name}"
        return field.type, bool(field.many)

    def _value(self, name: str, types: frozenset[str]) -> Any:
        declared, many = self._declared(name)
        assert declared in types, f"{self.kind}.{name} is of type {declared}"
        assert not many, f"{self.kind}.{name} is a list"
        body = self._open()
        assert name in body, f"{self.kind}.{name} is absent: ask `has` first"
        return body[name]

    def _values(self, name: str, types: frozenset[str]) -> tuple[Any, ...]:
        declared, many = self._declared(name)
        assert declared in types, f"{self.kind}.{name} is of type {declared}"
        assert many, f"{self.kind}.{name} is no list"
        values: tuple[Any, ...] = self._open().get(name, ())
        return values


def known_kind(kind: object) -> None:
    """Raise ``statement.unknown_kind`` if there is no such kind."""
    if type(kind) is not str or kind not in KINDS:
        near = get_close_matches(kind[:80], KINDS, 1) if type(kind) is str else []
        todo = f"Did you mean {near[0]}?" if near else "A newer kind needs a newer program."
        wanted = "one of the kinds in docs/statements.md"
        raise StatementError.of("statement.unknown_kind", "statement", shown_value(kind), wanted, todo)


def check(value: Any) -> None:
    """Raise `StatementError` with every fault of a whole statement."""
    if type(value) is not dict:
        raise StatementError.of("statement.wrong_type", "statement", shown_value(value), "an object")
    kind = value.get("kind")
    known_kind(kind)
    assert type(kind) is str
    faults = FaultList(kind)
    _COMMON.check(value, "", faults)
    _check_references(kind, value, faults)
    _check_visibility(value, faults)
    if "body" in value:
        SHAPES[kind].check(value["body"], "body", faults)
    faults.raise_any()


def _check_references(name: str, value: Mapping[str, Any], faults: FaultList) -> None:
    kind = KINDS[name]
    for path, need in (("about", kind.about), ("replies_to", kind.replies_to)):
        if need == "must" and path not in value:
            what = " or ".join(kind.answers) if path == "replies_to" else "incident, or what else it is about"
            faults.add("missing_field", path, "nothing", "any statement" if what == ANY else what)
        elif need == "no" and path in value:
            faults.add("unknown_field", path, shown_value(value[path]), "nothing: this kind has none")


def _check_visibility(value: Mapping[str, Any], faults: FaultList) -> None:
    """A sealed statement has recipients and a commit, any other a body."""
    wanted = ("commit", "recipients") if value.get("visibility") == "sealed" else ("body",)
    for name in ("body", "commit", "recipients"):
        if (name in value) != (name in wanted):
            code = "missing_field" if name in wanted else "unknown_field"
            got = "nothing" if name in wanted else "this field"
            faults.add(code, name, got, f"{' and '.join(wanted)}, by its visibility")


def built(value: Mapping[str, Any], payload: bytes) -> Statement:
    """The statement of a value that was checked."""
    return Statement(
        id=hashlib.sha256(payload).hexdigest(),
        kind=value["kind"],
        by=value["by"],
        officer=value["officer"],
        issued=datetime.fromisoformat(value["issued"]),
        about=value.get("about"),
        replies_to=value.get("replies_to"),
        exercise=value["exercise"],
        visibility=value["visibility"],
        recipients=tuple(value.get("recipients", ())),
        reconstructed=frozen(value.get("reconstructed")),
        commit=value.get("commit"),
        body=frozen(value.get("body")),
        payload=payload,
    )


def frozen(value: Any) -> Any:
    """The value with lists as tuples and objects that cannot be changed."""
    if type(value) is dict:
        return MappingProxyType({k: frozen(v) if type(v) in (dict, list) else v for k, v in value.items()})
    if type(value) is list:
        return tuple(frozen(v) for v in value)
    return value
