"""Thresholds: from which value on, at which station, something is wrong, and what is wrong then.

They are data, `thresholds.toml` in the folder of a node: a list of `[[threshold]]`, each with its source, and
a list of `[[station]]` for places that the region does not know, or that another body runs than its city.
Levels are the four of 突发事件应对法 (2024), article 63: red, orange, yellow, blue, or I to IV.

A threshold may be a value (`value`, with `direction`), or that something is found at all (`detected`). With
`hysteresis` it is crossed back only that much below (above) the value; with `hold_h` it counts as crossed
only once readings show that it was for so long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from riskshed.columns import shown
from riskshed.errors import Fault, InputFaults
from riskshed.fault_book import FaultBook
from riskshed.region import Region
from riskshed.signals import HAZARD_CLASS_OF
from riskshed.statement_values import UNITS
from riskshed.stations import Station, Stations
from riskshed.tables import can_read, read_toml
from riskshed.vocabulary_fields import COLOURS, GRADES

FILE = "thresholds.toml"
THRESHOLDS_MAX = 10_000
HOLD_H_MAX = 24.0 * 365
NAME_MAX = 40
COLOUR_OF: Mapping[str, str] = {
    **{colour: colour for colour in COLOURS},
    **dict(zip(GRADES, COLOURS, strict=True)),
}
"""A level as a colour, whether it is written as a colour or as a grade."""
EVERYWHERE = "*"
"""As a place: every station and every city."""

# key, whether it is needed, what is wanted: the keys of a threshold
KEYS: tuple[tuple[str, bool, str], ...] = (
    ("place", True, 'a station, a section, a city, a list of them, or "*" for all'),
    ("quantity", True, "a code, as readings name it"),
    ("unit", True, "a unit of statements"),
    ("hazard_class", True, f"one of {', '.join(HAZARD_CLASS_OF)}"),
    ("hazard", False, "a code of the hazard; incidents of one hazard are one"),
    ("name_zh", False, f"what the hazard is called in Chinese, 1 to {NAME_MAX} characters; with hazard"),
    ("name_en", False, f"what the hazard is called in English, 1 to {NAME_MAX} characters; with hazard"),
    ("level", True, f"one of {', '.join((*COLOURS, *GRADES))}"),
    ("value", False, 'a decimal as text, such as "0.017"; needed unless detected = true'),
    ("detected", False, "true: it is crossed as soon as anything is found"),
    ("direction", False, "above (if left out) or below"),
    ("hysteresis", False, "a decimal as text, >= 0"),
    ("hold_h", False, f"hours, 0 to {HOLD_H_MAX:g}"),
    ("source", True, "where the value is laid down"),
)
STATION_KEYS: tuple[tuple[str, bool, str], ...] = (
    ("id", True, "a code: a section or a city of the region, or a new one"),
    ("city", False, "a city of the region; needed for a new one"),
    ("body", False, "the body that runs it; without it, the government of its city"),
    ("name_zh", False, "its name in Chinese; needed for a new one"),
    ("name_en", False, "its name in English; needed for a new one"),
    ("source", True, "where this is said"),
)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,20})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One threshold at one place.

    Attributes
    ----------
    place : str
    quantity, unit : str
    hazard_class : str
        One of the four statutory classes.
    hazard : str or None
    names : mapping of language to str
        What the hazard is called, in both languages; empty where it has no name.
    level : {"red", "orange", "yellow", "blue"}
    value : Decimal or None
        In `unit`; None only where being found is enough.
    detected : bool
        Whether being found at all crosses it.
    direction : {"above", "below"}
    hysteresis : Decimal
        In `unit`, >= 0.
    hold_s : float, s, >= 0
    source : str
    """

    place: str
    quantity: str
    unit: str
    hazard_class: str
    hazard: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    level: str
    value: Decimal | None
    detected: bool = False
    direction: Literal["above", "below"] = "above"
    hysteresis: Decimal = Decimal(0)
    hold_s: float = 0.0
    source: str = ""

    @property
    def id(self) -> str:
        """Its name among those of the node."""
        return "/".join((self.place, self.quantity, self.unit, self.direction, self.level))

    @property
    def sort(self) -> str:
        """The hazard by which incidents are told apart: its code, else the class."""
        return self.hazard or self.hazard_class


@dataclass(frozen=True, eq=False)
class Thresholds:
    """What a node watches: its stations, and the thresholds at each.

    Attributes
    ----------
    rows : tuple of Threshold
    stations : Stations
    """

    rows: tuple[Threshold, ...]
    stations: Stations

    @staticmethod
    def read(path: Path, region: Region) -> Thresholds:
        """Read `thresholds.toml`.

        Raises
        ------
        InputFaults
            ``thresholds.faults``, with every fault, its line and key.
        """
        faults: list[Fault] = []
        raw = read_toml(path, faults)
        found = None
        if raw is not None:
            found = _File(path, region, faults).read(raw)
        if faults or found is None:
            raise InputFaults("thresholds.faults", f"the thresholds {path} cannot be used", faults)
        return found

    @cached_property
    def watched(self) -> Mapping[tuple[str, str, str], tuple[Threshold, ...]]:
        """The thresholds of each place, quantity and unit that has any."""
        found: dict[tuple[str, str, str], tuple[Threshold, ...]] = {}
        for one in self.rows:
            key = (one.place, one.quantity, one.unit)
            found[key] = (*found.get(key, ()), one)
        return found

    def names(self) -> dict[str, dict[str, str]]:
        """What stations are called, by id."""
        return {name: station.names for name, station in self.stations.by_id.items()}

    def hazards(self) -> dict[str, Mapping[str, str]]:
        """What hazards are called, by code; those without a name are left out."""
        return {one.hazard: one.names for one in self.rows if one.hazard is not None and one.names}


class _File:
    """One reading of the file: each entry checked, each fault with the line of its key."""

    def __init__(self, path: Path, region: Region, faults: list[Fault]) -> None:
        self.region = region
        self.book = FaultBook(str(path), faults)
        self.text = path.read_text("utf-8", "replace").split("\n") if can_read(path, self.book) else []

    def read(self, raw: Mapping[str, Any]) -> Thresholds:
        for key in sorted(set(raw) - {"threshold", "station"}):
            self._wrong(key, 0, "", raw[key], "[[threshold]] and [[station]]")
        named = [self._station(at, one) for at, one in self._entries(raw, "station", STATION_KEYS)]
        stations = Stations.of_region(self.region, [one for one in named if one is not None])
        rows: list[Threshold] = []
        for at, one in self._entries(raw, "threshold", KEYS):
            rows += self._threshold(at, one, stations)
            if len(rows) > THRESHOLDS_MAX:
                self._wrong("threshold", at, "place", "too many", f"at most {THRESHOLDS_MAX:,} in all")
                break
        self._ladders(rows)
        self._one_name(rows)
        self.book.close()
        return Thresholds(tuple(rows), stations)

    def _wrong(self, name: str, at: int, key: str, got: object, wanted: str, todo: str = "") -> None:
        told = "nothing" if got is None else shown(str(got)[:200])
        place = f"{name}[{at}].{key}" if key else name
        self.book.add("thresholds.bad_value", self._line(name, at, key), place, told, wanted, todo)

    def _line(self, name: str, at: int, key: str) -> int | None:
        """The line of a key of the entry number `at`, or that of its header."""
        seen, found = -1, None
        for line, text in enumerate(self.text, 1):
            if re.match(r"\s*\[", text):
                seen += bool(re.match(rf"\s*\[\[?\s*{re.escape(name)}\s*\]", text))
                if seen > at:
                    break
                if seen == at and found is None:
                    found = line
            elif seen == at and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", text):
                return line
        return found

    def _entries(
        self, raw: Mapping[str, Any], name: str, keys: Sequence[tuple[str, bool, str]]
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Each entry whose keys are there and known."""
        listed = raw.get(name, [])
        if not isinstance(listed, list):
            self._wrong(name, 0, "", listed, f"a list of [[{name}]]")
            return
        known = {key: wanted for key, _, wanted in keys}
        for at, one in enumerate(listed):
            before = self.book.count
            if not isinstance(one, dict):
                self._wrong(name, at, "", one, f"a table [[{name}]]")
                continue
            for key in sorted(set(one) - set(known)):
                self._wrong(name, at, key, one[key], f"one of {', '.join(known)}", "Correct the key.")
            for key, needed, wanted in keys:
                if needed and key not in one:
                    self._wrong(name, at, key, None, wanted, "Add it.")
            if self.book.count == before:
                yield at, one

    def _station(self, at: int, one: Mapping[str, Any]) -> Station | None:
        before = self.book.count
        wanted = {key: text for key, _, text in STATION_KEYS}
        for key in one:
            code = key in ("id", "city", "body")
            good = isinstance(one[key], str) and one[key].strip() and (not code or _CODE.fullmatch(one[key]))
            if not good:
                self._wrong("station", at, key, one[key], "a code" if code else "a text")
        if self.book.count > before:
            return None
        held = Stations.of_region(self.region).by_id.get(one["id"])
        for key in ("city", "name_zh", "name_en"):
            if held is None and key not in one:
                self._wrong("station", at, key, None, wanted[key], "Add it.")
        city = one.get("city") or (held.city if held else "")
        if city not in self.region.city_index and self.book.count == before:
            self._wrong("station", at, "city", city, "a city of the region")
        if self.book.count > before:
            return None
        zh, en = (held.name_zh, held.name_en) if held else ("", "")
        body = one.get("body") or (held.body if held and held.city == city else city)
        return Station(one["id"], city, body, one.get("name_zh", zh), one.get("name_en", en))

    def _threshold(self, at: int, one: Mapping[str, Any], stations: Stations) -> list[Threshold]:
        before = self.book.count
        wanted = {key: text for key, _, text in KEYS}
        for key, good in _checks():
            if key in one and not good(one[key]):
                self._wrong("threshold", at, key, one[key], wanted[key])
        places = self._places(at, one["place"], stations)
        if "value" not in one and one.get("detected") is not True:
            self._wrong("threshold", at, "value", None, wanted["value"], "Add it.")
        if one.get("detected") is True and one.get("direction") == "below":
            self._wrong("threshold", at, "direction", "below", "above, where being found is enough")
        self._name(at, one, stations)
        if self.book.count > before:
            return []
        return [
            Threshold(
                place=place,
                quantity=one["quantity"],
                unit=one["unit"],
                hazard_class=HAZARD_CLASS_OF[one["hazard_class"]],
                hazard=one.get("hazard"),
                names={"zh": one["name_zh"], "en": one["name_en"]} if "name_zh" in one else {},
                level=COLOUR_OF[one["level"]],
                value=Decimal(one["value"]) if "value" in one else None,
                detected=one.get("detected", False),
                direction=one.get("direction", "above"),
                hysteresis=Decimal(one.get("hysteresis", "0")),
                hold_s=float(one.get("hold_h", 0.0)) * 3600.0,
                source=one["source"],
            )
            for place in places
        ]

    def _places(self, at: int, named: Any, stations: Stations) -> tuple[str, ...]:
        if named == EVERYWHERE:
            return tuple(stations.by_id)
        listed = named if isinstance(named, list) else [named]
        for place in listed or [None]:
            if not isinstance(place, str) or place not in stations:
                self._wrong(
                    "threshold", at, "place", place, "a station, a section or a city", "Add a [[station]]."
                )
        return tuple(dict.fromkeys(place for place in listed if isinstance(place, str)))

    def _name(self, at: int, one: Mapping[str, Any], stations: Stations) -> None:
        """The name of a hazard stands in both languages, or in none, and belongs to a code."""
        wanted = {key: text for key, _, text in KEYS}
        named = [key for key in ("name_zh", "name_en") if key in one]
        if len(named) == 1:
            missing = "name_en" if named == ["name_zh"] else "name_zh"
            self._wrong("threshold", at, missing, None, wanted[missing], "Add it.")
        if named and "hazard" not in one:
            self._wrong("threshold", at, "hazard", None, wanted["hazard"], "Add it, or take out the name.")
        code = one.get("hazard", "")
        if named and (code in stations or code in self.region.city_index):
            self._wrong("threshold", at, "hazard", code, "a code that no place has", "Take another code.")

    def _one_name(self, rows: Sequence[Threshold]) -> None:
        """A hazard is called the same at all its thresholds that name it."""
        called: dict[str | None, Mapping[str, str]] = {}
        for one in rows:
            if one.names and called.setdefault(one.hazard, one.names) != one.names:
                got = f"{one.names['zh']}, {one.names['en']} ({one.id})"
                self._wrong("threshold", 0, "", got, f"one name for {one.hazard}", "Write the same name.")

    def _ladders(self, rows: Sequence[Threshold]) -> None:
        """No threshold twice; and a graver level never lies on the milder side of another."""
        seen: set[str] = set()
        ladders: dict[tuple[Any, ...], list[Threshold]] = {}
        for one in rows:
            if one.id in seen:
                self._wrong("threshold", 0, "", one.id, "each place, quantity and level once", "Remove one.")
            seen.add(one.id)
            key = (one.place, one.quantity, one.unit, one.direction)
            ladders.setdefault(key, []).append(one)
        for several in ladders.values():
            graver_first = [one for one in sorted(several, key=lambda one: COLOURS.index(one.level))
                            if one.value is not None]  # fmt: skip
            values = [one.value if one.direction == "above" else -one.value for one in graver_first
                      if one.value is not None]  # fmt: skip
            for graver, milder, high, low in zip(
                graver_first, graver_first[1:], values, values[1:], strict=False
            ):
                if high < low:
                    got = f"{graver.id} at {graver.value}, {milder.id} at {milder.value}"
                    self._wrong("threshold", 0, "", got, "the graver level farther out", "Exchange them.")


def _checks() -> Iterator[tuple[str, Callable[[Any], bool]]]:
    """What a value of each key has to be."""
    yield from (("name_zh", _is_name), ("name_en", _is_name))
    yield from (("quantity", _is_code), ("hazard", _is_code), ("value", _is_decimal))
    yield from (("unit", _among(UNITS)), ("hazard_class", _among(HAZARD_CLASS_OF)))
    yield from (("level", _among(COLOUR_OF)), ("direction", _among(("above", "below"))))
    yield "hysteresis", lambda value: _is_decimal(value) and not value.startswith("-")
    yield "hold_h", lambda value: type(value) in (int, float) and 0 <= value <= HOLD_H_MAX
    yield "detected", lambda value: isinstance(value, bool)
    yield "source", lambda value: isinstance(value, str) and value.strip() != ""


def _among(words: Collection[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in words


def _is_code(value: object) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and value == value.strip()
        and 0 < len(value) <= NAME_MAX
        and value.isprintable()
    )


def _is_decimal(value: object) -> bool:
    return isinstance(value, str) and _DECIMAL.fullmatch(value) is not None
