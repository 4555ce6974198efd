"""What a case brings to a demonstration: `demo.toml` in its folder, and what the case itself tells.

    begins        when the reader comes in; up to then the case is played
    origin        the name of the log of the node
    title         what the node is called
    watch         files of the case that the node watches by: thresholds, sources and what these name
    neighbours    pairs of territories that border on each other
    plants        true: each plant of the region joins as an enterprise
    [body]        the coordination body, which runs the node: code, name
    [[party]]     further bodies that join: code, kind, name, city, superior
    [[login]]     an account that everybody knows: user, body, officer, roles, and what it shows

A case needs an `agreement` folder too. Nothing here knows any one case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

from riskshed import rules_case
from riskshed.case import Case, find
from riskshed.case_toml import CaseToml
from riskshed.errors import Fault, InputFaults
from riskshed.region import Region
from riskshed.said import SPEAKER_KINDS, Said
from riskshed.signals import HAZARD_CLASS_OF, Signal, of_reading
from riskshed.statement import Statement
from riskshed.tables import read_toml
from riskshed.web.environment import ROLES
from riskshed.web.founding import AGREEMENT, Joining, of_region

FILE = "demo.toml"
KEYS = {"begins", "origin", "title", "watch", "neighbours", "plants", "body", "party", "login"}


@dataclass(frozen=True, slots=True)
class Login:
    """A demonstration account: user name, body, number of the post, roles, and what it shows."""

    user: str
    body: str
    officer: str
    roles: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Opening:
    """The incident of a case: its code, the city that opens it, and the fields with which it does."""

    code: str
    city: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Demo:
    """A case as a demonstration plays it.

    Attributes
    ----------
    folder : Path
    zone : timezone
    starts, begins : datetime
        The event, and when the reader comes in.
    region : Region
    opening : Opening
    signals : tuple of Signal
        The readings of the case, in the order in which they could be known.
    title : mapping of language to text
    origin : str
    watch : tuple of Path
    neighbours : tuple of pairs of codes
    coordination : Joining
    bodies : tuple of Joining
        All that join, the coordination body first, each code once.
    logins : tuple of Login
    """

    folder: Path
    zone: timezone
    starts: datetime
    begins: datetime
    region: Region
    opening: Opening
    signals: tuple[Signal, ...]
    title: Mapping[str, str]
    origin: str
    watch: tuple[Path, ...]
    neighbours: tuple[tuple[str, str], ...]
    coordination: Joining
    bodies: tuple[Joining, ...]
    logins: tuple[Login, ...]

    @staticmethod
    def read(case: str | Path) -> Demo:
        """The demonstration of a case, by its name or its folder.

        Raises
        ------
        InputFaults
            ``demo.faults``, with every fault of `demo.toml`; or those of the case.
        """
        folder = find(str(case))
        faults: list[Fault] = []
        raw = read_toml(folder / FILE, faults)
        if raw is None:
            raise InputFaults("demo.faults", f"the demonstration {folder / FILE} cannot be used", faults)
        told = _told(folder)
        keys = _Keys(folder / FILE, faults)
        keys.known(raw, KEYS)
        coordination = keys.party(raw.get("body"), "body", kind="coordination")
        parties = [keys.party(one, "party") for one in keys.list_of(raw, "party")]
        plants = _plants(told.region) if raw.get("plants") is True else ()
        bodies = {
            one.code: one
            for one in (coordination, *of_region(told.region), *plants, *told.speakers, *parties)
        }
        made = Demo(
            folder=folder,
            zone=told.zone,
            starts=told.starts,
            begins=keys.time(raw, "begins"),
            region=told.region,
            opening=told.opening,
            signals=told.signals,
            title=keys.words(raw, "title"),
            origin=keys.text(raw, "origin"),
            watch=keys.files(raw, "watch"),
            neighbours=keys.pairs(raw, "neighbours"),
            coordination=coordination,
            bodies=tuple(bodies.values()),
            logins=tuple(keys.login(one, bodies) for one in keys.list_of(raw, "login")),
        )
        if made.begins < made.starts:
            keys.wrong("begins", made.begins, f"no earlier than the event, {made.starts.isoformat()}")
        if faults:
            raise InputFaults("demo.faults", f"the demonstration {folder / FILE} cannot be used", faults)
        return made


def is_one(folder: Path) -> bool:
    """Whether a node can be founded from the case of this folder."""
    return (folder / FILE).is_file() and (folder / AGREEMENT).is_dir()


@cache
def logins(case: str) -> tuple[Login, ...]:
    """The accounts of the demonstration of a case that comes with riskshed."""
    return Demo.read(case).logins


# ------------------------------------------------------------------------------------ what the case tells


@dataclass(frozen=True, eq=False)
class _Told:
    """What a case tells in either of its two forms."""

    zone: timezone
    starts: datetime
    region: Region
    opening: Opening
    signals: tuple[Signal, ...]
    speakers: tuple[Joining, ...]


def _told(folder: Path) -> _Told:
    return _of_scene(folder) if rules_case.is_one(folder) else _of_river(folder)


def _of_river(folder: Path) -> _Told:
    """A case with a river, sections and what was said about it."""
    case, said = Case.read(folder), Said.read(folder)
    assert said is not None, "a case for a demonstration tells what was said"
    texts = said.texts
    opened = next(row for row in said.rows if row["kind"] == "IncidentOpened")
    fields = {
        "name": {"zh": texts["name_zh"], "en": texts["name_en"]},
        "hazard_class": "accident",
        "hazard": texts["hazard"],
        "city": texts["city"],
        "what": {"zh": opened["text_zh"], "en": opened["text_en"]},
    }
    unit = case.texts["unit"].replace("_per_", "/")
    made = (
        of_reading(one, quantity=texts["hazard"], unit=unit, hazard_class="accident") for one in case.readings
    )
    return _Told(
        zone=case.zone,
        starts=case.spill.released,
        region=case.region,
        opening=Opening(texts["about"], texts["city"], fields),
        signals=_in_time(made),
        speakers=tuple(
            Joining(one.code, one.kind, {"zh": one.name_zh, "en": one.name_en})
            for one in said.speakers.values()
        ),
    )


def _of_scene(folder: Path) -> _Told:
    """A case whose places are cities, whatever the harm: its tables, without any forecast."""
    scene = rules_case.read(folder, ())
    opened = next(one for one in scene.statements if one.kind == "IncidentOpened")
    body = opened.to_json()["body"]
    texts = scene.texts
    named = {"hazard_class": HAZARD_CLASS_OF[texts["hazard_class"]], "quantity": texts["quantity"]}
    made = (of_reading(one, unit=texts["threshold_unit"], **named) for one in scene.readings)
    kept = ("name", "hazard_class", "hazard", "city", "what")
    return _Told(
        zone=scene.zone,
        starts=scene.start,
        region=scene.region,
        opening=Opening(texts["about"], str(body["city"]), {name: body[name] for name in kept}),
        signals=_in_time(made),
        speakers=tuple(_speaker(one) for one in scene.statements if one.kind == "BodyJoined"),
    )


def _speaker(said: Statement) -> Joining:
    return Joining(said.by, said.string("kind"), dict(said.words("name")))


def _in_time(signals: Any) -> tuple[Signal, ...]:
    return tuple(sorted(signals, key=lambda one: one.known_at))


def _plants(region: Region) -> tuple[Joining, ...]:
    """Each plant as an enterprise of its city."""
    return tuple(
        Joining(one.id, "enterprise", {"zh": one.name_zh, "en": one.name_en}, city=one.city)
        for one in region.plants
    )


# ------------------------------------------------------------------------------------------ what is asked


class _Keys(CaseToml):
    """The keys of `demo.toml`; what is wrong is in the faults."""

    code = "demo.bad_value"

    def list_of(self, raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        """A list of tables, which may be left out."""
        return self.tables(raw, key) if key in raw else []

    def words(self, raw: Mapping[str, Any], key: str) -> dict[str, str]:
        """A text in Chinese and in English."""
        value = raw.get(key)
        if isinstance(value, dict) and set(value) == {"zh", "en"} and all(map(_is_text, value.values())):
            return {"zh": value["zh"], "en": value["en"]}
        self.wrong(key, value, "{ zh = ..., en = ... }")
        return {"zh": "-", "en": "-"}

    def files(self, raw: Mapping[str, Any], key: str) -> tuple[Path, ...]:
        """Files beside this one."""
        names = raw.get(key, [])
        home = self.path.parent
        if not isinstance(names, list) or not all(
            _is_text(name) and (home / name).is_file() for name in names
        ):
            self.wrong(key, names, "a list of files of the case")
            return ()
        return tuple(home / name for name in names)

    def pairs(self, raw: Mapping[str, Any], key: str) -> tuple[tuple[str, str], ...]:
        """Pairs of codes."""
        found = raw.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, list) and len(one) == 2 for one in found):
            self.wrong(key, found, "a list of pairs of codes")
            return ()
        return tuple((str(one), str(other)) for one, other in found)

    def party(self, raw: Any, key: str, *, kind: str = "") -> Joining:
        """A body that joins."""
        table = raw if isinstance(raw, dict) else {}
        self.known(table, {"code", "kind", "name", "city", "superior"})
        said = kind or self.text(table, "kind")
        if said not in SPEAKER_KINDS:
            self.wrong(f"{key}.kind", said, f"one of {', '.join(SPEAKER_KINDS)}")
        city, superior = (str(table[name]) if table.get(name) else None for name in ("city", "superior"))
        return Joining(self.text(table, "code"), said, self.words(table, "name"), superior, city=city)

    def login(self, table: Mapping[str, Any], bodies: Mapping[str, Joining]) -> Login:
        """An account."""
        self.known(table, {"user", "body", "officer", "roles", "zh", "en"})
        body, roles = self.text(table, "body"), table.get("roles")
        if body not in bodies:
            self.wrong("login.body", body, "a body of the demonstration")
        if not isinstance(roles, list) or not roles or not set(roles) <= ROLES:
            self.wrong("login.roles", roles, f"a list of {', '.join(sorted(ROLES))}")
            roles = []
        texts = {name: self.text(table, name) for name in ("user", "officer", "zh", "en")}
        return Login(texts["user"], body, texts["officer"], tuple(roles), texts["zh"], texts["en"])


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
