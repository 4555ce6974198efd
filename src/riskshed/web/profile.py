"""What a node is: the file `node.toml` in its folder, read strictly and whole.

title, zone, url       what it is called, the zone of all its pages, where others find it
body                   the body that runs it: the coordination body, or a city
origin                 the name of its log
agreement              folder with the agreement that is in force between the bodies, if there is one
packs                  rule packs that hold where no agreement does
[orders.<body>]        standing orders: what may be said for a body without an officer
[map]                  source and approval number of the boundaries that are shown
[replay]               the clock of a demonstration: begins at a moment of the past, runs faster
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from riskshed.errors import Fault, InputFaults
from riskshed.governance import rulepack
from riskshed.tables import read_toml, shown

FILE = "node.toml"
LEVELS = ("none", "blue", "yellow", "orange")
"""The gravest warning that may go out by itself. A red one needs two officers, so it is not among them."""
_KEYS = ("title", "zone", "url", "body", "origin", "demo", "agreement", "packs", "as_if_in_force", "case",
         "orders", "map", "replay", "neighbours")  # fmt: skip
_ZONE = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Orders:
    """The standing orders of one body.

    Attributes
    ----------
    notices : bool
        Directed notices to neighbours go out by themselves.
    warnings_up_to : str
        One of `LEVELS`.
    """

    notices: bool = True
    warnings_up_to: str = "none"


@dataclass(frozen=True, slots=True)
class Replay:
    """A clock that began at a moment of the past, at a moment of the real clock, and runs faster."""

    start: datetime
    speed: float
    began_s: float

    def now(self) -> datetime:
        """The time by this clock."""
        return self.start + timedelta(seconds=(time.time() - self.began_s) * self.speed)


@dataclass(frozen=True)
class Profile:
    """What `node.toml` says.

    Attributes
    ----------
    title : mapping of language to text
    zone : timezone
    url : str
        Without a slash at its end.
    body, origin : str
    is_demo : bool
        Its keys are known to everybody.
    agreement : Path or None
    packs : tuple of str
    as_if_in_force : bool
        Judge events of any day by the newest editions of the law.
    case : str
        The case that a demonstration replays; empty if none.
    orders : mapping of body to Orders
        ``*`` is every other body.
    neighbours : tuple of pairs of codes
    map : mapping of str to str
        ``source`` and ``approval``.
    replay : Replay or None
    """

    title: Mapping[str, str]
    zone: timezone
    url: str
    body: str
    origin: str
    is_demo: bool = False
    agreement: Path | None = None
    packs: tuple[str, ...] = ()
    as_if_in_force: bool = False
    case: str = ""
    orders: Mapping[str, Orders] = field(default_factory=dict)
    neighbours: tuple[tuple[str, str], ...] = ()
    map: Mapping[str, str] = field(default_factory=dict)
    replay: Replay | None = None

    def order(self, body: str) -> Orders:
        """The standing orders of a body."""
        return self.orders.get(body) or self.orders.get("*") or Orders()

    def now(self) -> datetime:
        """The clock of the node, in its zone."""
        at = datetime.now(UTC) if self.replay is None else self.replay.now()
        return at.astimezone(self.zone)

    @staticmethod
    def read(folder: Path) -> Profile:
        """Read the profile of a node.

        Raises
        ------
        InputFaults
            ``node.profile``, with every fault of the file.
        """
        faults: list[Fault] = []
        raw = read_toml(folder / FILE, faults) or {}
        made = _Reader(raw, folder, faults).profile() if not faults else None
        if faults or made is None:
            raise InputFaults("node.profile", f"{folder / FILE} cannot be used", faults)
        return made


class _Reader:
    """Reads key by key, and tells every fault."""

    def __init__(self, raw: Mapping[str, Any], folder: Path, faults: list[Fault]) -> None:
        self.raw, self.folder, self.faults = raw, folder, faults

    def profile(self) -> Profile:
        for key in self.raw:
            if key not in _KEYS:
                self.wrong(key, self.raw[key], f"one of {', '.join(_KEYS)}")
        agreement = self.text("agreement", "")
        return Profile(
            title=self.words("title"),
            zone=self.zone(),
            url=self.text("url").rstrip("/"),
            body=self.text("body"),
            origin=self.text("origin"),
            is_demo=self.flag(self.raw, "demo"),
            agreement=self.folder / agreement if agreement else None,
            packs=self.packs(),
            as_if_in_force=self.flag(self.raw, "as_if_in_force"),
            case=self.text("case", ""),
            orders={code: self.order(code, one) for code, one in self.table("orders").items()},
            neighbours=self.pairs(),
            map={key: str(value) for key, value in self.table("map").items()},
            replay=self.replay(),
        )

    def wrong(self, key: str, got: object, wanted: str) -> None:
        told = "nothing" if got is None else shown(str(got))
        self.faults.append(Fault("node.bad_value", str(self.folder / FILE), None, key, told, wanted))

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw.get(key, default)
        if not isinstance(value, str) or (default is None and not value):
            self.wrong(key, value, "a text")
            return ""
        return value

    def flag(self, table: Mapping[str, Any], key: str, default: bool = False) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            self.wrong(key, value, "true or false")
        return value is True

    def table(self, key: str) -> Mapping[str, Any]:
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, value, "a table")
            return {}
        return value

    def words(self, key: str) -> Mapping[str, str]:
        value = self.table(key)
        if set(value) != {"zh", "en"} or not all(isinstance(one, str) and one for one in value.values()):
            self.wrong(key, value or None, "words in zh and en")
        return value

    def zone(self) -> timezone:
        text = self.text("zone")
        found = _ZONE.fullmatch(text)
        if found is None:
            self.wrong("zone", text, "an offset such as +08:00")
            return UTC
        shift = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-shift if found[1] == "-" else shift)

    def packs(self) -> tuple[str, ...]:
        value, known = self.raw.get("packs", []), rulepack.names()
        if not isinstance(value, list) or not all(one in known for one in value):
            self.wrong("packs", value, f"a list of {', '.join(known)}")
            return ()
        return tuple(value)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        value = self.raw.get("neighbours", [])
        if not isinstance(value, list) or not all(isinstance(one, list) and len(one) == 2 for one in value):
            self.wrong("neighbours", value, "a list of pairs of codes")
            return ()
        return tuple((str(one), str(other)) for one, other in value)

    def order(self, code: str, raw: object) -> Orders:
        if not isinstance(raw, dict) or set(raw) - {"notices", "warnings_up_to"}:
            self.wrong(f"orders.{code}", raw, "notices and warnings_up_to")
            return Orders()
        level = raw.get("warnings_up_to", "none")
        if level not in LEVELS:
            self.wrong(f"orders.{code}.warnings_up_to", level, f"one of {', '.join(LEVELS)}")
            level = "none"
        return Orders(self.flag(raw, "notices", True), level)

    def replay(self) -> Replay | None:
        raw = self.table("replay")
        if not raw:
            return None
        start = raw.get("start")
        speed, began_s = (raw.get(key) for key in ("speed", "began_s"))
        if (
            isinstance(start, datetime)
            and start.tzinfo is not None
            and isinstance(speed, (int, float))
            and isinstance(began_s, (int, float))
            and speed > 0
        ):
            return Replay(start, float(speed), float(began_s))
        self.wrong("replay", raw, "start (a time with offset), speed (above 0) and began_s")
        return None
