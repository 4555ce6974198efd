"""What invented voices say in the demonstration of a case: `voices.toml` in its folder, which may be absent.

    [[said]]
    id          a name for it within the file
    at          when it is said, with its offset
    by          the body, and `officer`, its post
    kind        the kind of statement
    about       true: it is about the incident of the case
    replies_to  the name of one said before
    [said.body] the fields of the statement; a time as a TOML time, and the id of one said before as "@name"

Nothing here knows any one case. What is said goes through the desk as if an officer had said it, so what the
rules refuse is refused here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from riskshed.case_toml import CaseToml
from riskshed.errors import Fault, InputFaults
from riskshed.governance.draft import Draft
from riskshed.statement import time_text
from riskshed.tables import read_toml
from riskshed.vocabulary import KINDS, KindName
from riskshed.web.node import Node

FILE = "voices.toml"
KEYS = {"id", "at", "by", "officer", "kind", "about", "replies_to", "body"}


@dataclass(frozen=True, slots=True)
class Voiced:
    """One thing said, in the words of the file: ids of others are still their names."""

    name: str
    at: datetime
    by: str
    officer: str
    kind: KindName
    about: bool
    replies_to: str
    body: Mapping[str, Any]


def read(folder: Path) -> tuple[Voiced, ...]:
    """What is said in a case, in the order of time; nothing where the file is absent.

    Raises
    ------
    InputFaults
        ``voices.faults``, with every fault.
    """
    path, faults = folder / FILE, list[Fault]()
    if not path.is_file():
        return ()
    raw = read_toml(path, faults)
    keys = _Keys(path, faults)
    made = [] if raw is None else [keys.said(table) for table in keys.tables(raw, "said")]
    found = sorted(made, key=lambda one: (one.at, one.name))
    _check_names(found, keys)
    if faults:
        raise InputFaults("voices.faults", f"the voices of {path} cannot be used", faults)
    return tuple(found)


def _check_names(found: list[Voiced], keys: _Keys) -> None:
    """A name is given once, and only what was said before is named."""
    known: set[str] = set()
    for one in found:
        named = {one.replies_to, *_named(one.body)} - {""}
        for missing in sorted(named - known):
            keys.wrong(f"said {one.name}", missing, "the name of one said before")
        if one.name in known:
            keys.wrong("said.id", one.name, "each name once")
        known.add(one.name)


def _named(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value[1:]} if value.startswith("@") else set()
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return set().union(*map(_named, parts))


class _Keys(CaseToml):
    """The keys of `voices.toml`; what is wrong is in the faults."""

    code = "voices.bad_value"

    def said(self, table: Mapping[str, Any]) -> Voiced:
        """One thing said."""
        self.known(table, KEYS)
        kind, body = self.text(table, "kind"), table.get("body")
        if kind not in KINDS:
            self.wrong("said.kind", kind, "a kind of docs/statements.md")
        if not isinstance(body, dict):
            self.wrong("said.body", body, "a table")
        return Voiced(
            name=self.text(table, "id"),
            at=self.time(table, "at"),
            by=self.text(table, "by"),
            officer=self.text(table, "officer"),
            kind=cast("KindName", kind),
            about=table.get("about") is True,
            replies_to=str(table.get("replies_to", "")),
            body=body if isinstance(body, dict) else {},
        )


class Voices:
    """Says what is voiced, one after the other, and remembers under which id.

    Parameters
    ----------
    node : Node
    incident : str
        Code of the incident of the case.
    """

    def __init__(self, node: Node, incident: str) -> None:
        self._node, self._incident = node, incident
        self._ids: dict[str, str] = {}

    def say(self, one: Voiced) -> str:
        """Say it at the desk of its body; returns the id of the statement.

        Raises
        ------
        RiskshedError
            What the desk refuses.
        """
        about = self._incident if one.about else None
        answered = self._ids[one.replies_to] if one.replies_to else None
        draft = Draft(one.kind, one.by, about, answered, self._filled(one.body))
        said = self._node.desk(one.by, one.officer).say(draft)
        self._ids[one.name] = said
        return said

    def _filled(self, value: Any) -> Any:
        """The fields as a statement has them: times as text, and ids for names."""
        if isinstance(value, datetime):
            return time_text(value)
        if isinstance(value, str) and value.startswith("@"):
            return self._ids[value[1:]]
        if isinstance(value, Mapping):
            return {name: self._filled(part) for name, part in value.items()}
        return [self._filled(part) for part in value] if isinstance(value, list) else value
