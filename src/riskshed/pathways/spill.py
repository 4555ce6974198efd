"""A spill: what is known of a release, and what must be supposed where nothing is known.

A spill is a table of numbers with their uncertainty and their source, read from a TOML file, so that a
forecaster sees and signs every supposition. Most are lognormal (`median`, `log_sd`: a factor of exp(log_sd)
either way holds two thirds); a few are normal (`mean`, `sd`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from riskshed.columns import CONTROL
from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Caveat
from riskshed.pathways.sightings import Errors
from riskshed.tables import line_of_key, read_toml, shown

HOUR_S, DAY_S = 3600.0, 86400.0

LEAST = 1e-12
"""Every number of a spill is above it: a smaller one is a slip, and divisions by it run out of numbers."""

# key, unit, what it is, the number it is above, the most it may be: the lognormal suppositions of a spill
LOGNORMAL: tuple[tuple[str, str, str, float, float], ...] = (
    ("mass_kg", "kg", "Mass that reached the river.", LEAST, 1e12),
    ("release_h", "h", "Time constant of the release.", LEAST, 1e4),
    ("half_life_d", "d", "Half-life of all losses on the way: to air, ice, ground and decay.", LEAST, 1e5),
    ("flow_factor", "1", "Flow in the river over the flow of the reaches.", LEAST, 100.0),
    ("recession_per_d", "1/d", "Rate at which the flow above base flow declines.", LEAST, 10.0),
    (
        "velocity_factor",
        "1",
        "Velocity of the cloud over Jobson's regression, for the whole river.",
        LEAST,
        100.0,
    ),
    ("ice_spell_d", "d", "Days from the first ice to a closed cover.", LEAST, 365.0),
    ("width_h", "h", "Standard deviation of the passage at a travel time of 100 h.", LEAST, 100.0),
)
# the normal ones; members are held within the range
NORMAL: tuple[tuple[str, str, str, float, float], ...] = (
    ("ice_velocity", "1", "Velocity under a closed ice cover over that of open water.", 0.4, 1.0),
    ("width_exponent", "1", "Growth of the width with travel time.", 0.5, 1.5),
)
# single numbers
NUMBERS: tuple[tuple[str, str, str, float, float], ...] = (
    ("limit_mg_per_L", "mg/L", "Limit of the water standard: people are exposed from here on.", LEAST, 1e6),
    ("detection_mg_per_L", "mg/L", "A place counts as reached from here on.", LEAST, 1e6),
    ("walk_log_sd", "1", "Change of the logarithm of the velocity along 100 km of river.", LEAST, 10.0),
    ("front_h", "h", "Error of the model at the passing of the front.", LEAST, 1e3),
    ("level_h", "h", "Error of the model at the passing of any other level.", LEAST, 1e3),
    ("peak_h", "h", "Error of the model in the time of the peak.", LEAST, 1e3),
    ("peak_log", "1", "Error of the model in the logarithm of the peak.", LEAST, 10.0),
    ("first_ice_d", "d", "Error of the model in the first ice.", LEAST, 365.0),
)
TEXTS = ("substance_en", "substance_zh", "section", "source")


@dataclass(frozen=True, slots=True)
class Supposed:
    """A number that is not known: `middle` is the median or mean, `spread` the (logarithmic) deviation."""

    middle: float
    spread: float


@dataclass(frozen=True, eq=False)
class Spill:
    """What was released where and when, and all that is supposed about its way.

    Attributes
    ----------
    section : str
        Id of the section at which it enters the river.
    released : datetime
        When the release began.
    supposed : mapping of str to Supposed
        Every key of `LOGNORMAL` and `NORMAL`.
    first_ice : datetime, first_ice_sd_s : float
        When ice forms in the mean of years, and how much the years differ.
    breaks : mapping of section id to float
        Places from which on the river is known to be another (a junction, a gorge, a plain), and the log
        deviation by which its velocity may change there.
    caveats : tuple of Caveat
        What a reader of any forecast of this spill must know.
    """

    substance_en: str
    substance_zh: str
    section: str
    source: str
    released: datetime
    limit_mg_per_l: float
    detection_mg_per_l: float
    walk_log_sd: float
    supposed: Mapping[str, Supposed]
    first_ice: datetime
    first_ice_sd_s: float
    breaks: Mapping[str, float]
    errors: Errors
    caveats: tuple[Caveat, ...] = ()

    @staticmethod
    def read(path: Path) -> Spill:
        """Read a spill from a TOML file. Raises InputFaults ``spill.faults`` with every fault."""
        faults: list[Fault] = []
        raw = read_toml(path, faults)
        spill = _Parser(str(path), raw, faults).spill() if raw is not None else None
        if faults or spill is None:
            placed = [_placed(path, fault) for fault in faults]
            raise InputFaults("spill.faults", f"the spill {path} cannot be used", placed)
        return spill

    @staticmethod
    def of(raw: Mapping[str, Any], *, where: str = "spill") -> Spill:
        """A spill from the keys of the TOML file. Raises InputFaults ``spill.faults``."""
        faults: list[Fault] = []
        spill = _Parser(where, raw, faults).spill()
        if faults or spill is None:
            raise InputFaults("spill.faults", f"the spill {where} cannot be used", faults)
        return spill


def _placed(path: Path, fault: Fault) -> Fault:
    """The fault with the line of its key."""
    if fault.column is None or fault.line is not None:
        return fault
    return replace(fault, line=line_of_key(path, fault.column))


class _Parser:
    def __init__(self, where: str, raw: Mapping[str, Any], faults: list[Fault]) -> None:
        self.where, self.raw, self.faults = where, raw, faults

    def spill(self) -> Spill | None:
        texts = {key: self._text(key) for key in TEXTS}
        numbers = {key: self._number(self.raw, key, key, low, high) for key, _, _, low, high in NUMBERS}
        supposed = {
            key: self._supposed(key, "median", "log_sd", low, high) for key, _, _, low, high in LOGNORMAL
        }
        supposed |= {key: self._supposed(key, "mean", "sd", low, high) for key, _, _, low, high in NORMAL}
        released, first_ice = self._time("released"), self._time("first_ice")
        first_ice_sd_d = self._number(self.raw, "first_ice_sd_d", "first_ice_sd_d", LEAST, 365.0)
        breaks = {
            key: self._number(self._table("breaks"), key, f"breaks.{key}", LEAST, 10.0)
            for key in self._table("breaks")
        }
        caveats = tuple(self._caveats())
        self._unknown_keys()
        if self.faults:
            return None
        return Spill(
            **texts,
            released=released,
            limit_mg_per_l=numbers["limit_mg_per_L"],
            detection_mg_per_l=numbers["detection_mg_per_L"],
            walk_log_sd=numbers["walk_log_sd"],
            supposed=supposed,
            first_ice=first_ice,
            first_ice_sd_s=first_ice_sd_d * DAY_S,
            breaks=breaks,
            errors=Errors(
                front_s=numbers["front_h"] * HOUR_S,
                level_s=numbers["level_h"] * HOUR_S,
                peak_s=numbers["peak_h"] * HOUR_S,
                peak_log=numbers["peak_log"],
                first_ice_s=numbers["first_ice_d"] * DAY_S,
            ),
            caveats=caveats,
        )

    def _fault(self, key: str, got: object, wanted: str) -> None:
        try:
            text = "nothing" if got is None else shown(str(got))
        except ValueError:  # Python writes out no whole number of more than some thousand digits
            text = "a number too long to show"
        self.faults.append(Fault("spill.bad_value", self.where, None, key, text, wanted, "Correct this key."))

    def _text(self, key: str) -> str:
        value = self.raw.get(key)
        if not isinstance(value, str) or not value.strip() or CONTROL.search(value):
            self._fault(key, value, "a text without control characters")
            return ""
        return value

    def _time(self, key: str) -> datetime:
        value = self.raw.get(key)
        if not isinstance(value, datetime) or value.utcoffset() is None:
            self._fault(key, value, "a date and time with offset, such as 2005-11-13T13:45:00+08:00")
            return datetime(1, 1, 1, tzinfo=UTC)
        if not 1800 <= value.year <= 2200:
            self._fault(key, value, "a year from 1800 to 2200")
        return value

    def _number(self, table: Mapping[str, Any], key: str, name: str, low: float, high: float) -> float:
        value = table.get(key)
        good = isinstance(value, int | float) and not isinstance(value, bool) and low < value <= high
        if not good:
            self._fault(name, value, f"a number > {low:g} and <= {high:g}")
            return float("nan")
        assert isinstance(value, int | float)
        return float(value)

    def _supposed(self, key: str, middle: str, spread: str, low: float, high: float) -> Supposed:
        table = self._table(key)
        if not isinstance(table.get("source"), str) or not table["source"].strip():
            self._fault(f"{key}.source", table.get("source"), "the source, or the reason, of the supposition")
        for extra in sorted(set(table) - {middle, spread, "source"}):
            self._fault(f"{key}.{extra}", table[extra], f"one of {middle}, {spread}, source")
        return Supposed(
            self._number(table, middle, f"{key}.{middle}", low, high),
            self._number(table, spread, f"{key}.{spread}", LEAST, 10.0),
        )

    def _table(self, key: str) -> Mapping[str, Any]:
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            self._fault(key, value, "a table")
            return {}
        return value

    def _caveats(self) -> list[Caveat]:
        found = []
        rows = self.raw.get("caveats", [])
        if not isinstance(rows, list):
            self._fault("caveats", rows, "a list of tables")
            return []
        for i, row in enumerate(rows):
            fields = row if isinstance(row, dict) else {}
            texts = [fields.get(key) for key in ("code", "text_en", "text_zh")]
            places = fields.get("places", [])
            listed = isinstance(places, list) and all(isinstance(place, str) for place in places)
            good = all(isinstance(text, str) and text and not CONTROL.search(text) for text in texts)
            unknown = set(fields) - {"code", "text_en", "text_zh", "places"}
            if not good or not listed or unknown:
                self._fault(f"caveats[{i}]", row, "code, text_en, text_zh and, if it is not all, places")
                continue
            code, text_en, text_zh = (str(text) for text in texts)
            found.append(Caveat(code, text_en, text_zh, tuple(places)))
        return found

    def _unknown_keys(self) -> None:
        known = {*TEXTS, *(row[0] for row in (*LOGNORMAL, *NORMAL, *NUMBERS))}
        known |= {"released", "first_ice", "first_ice_sd_d", "breaks", "caveats"}
        for key in sorted(set(self.raw) - known):
            self._fault(shown(key)[1:-1], self.raw[key], "a key of a spill; see docs/guide/spill.md")


def guide() -> str:
    """The page docs/guide/spill.md: every key of the file of a spill."""
    parts = [HEAD]
    forms = (
        ("Lognormal suppositions, tables with `median`, `log_sd`, `source`", LOGNORMAL),
        (
            "Normal suppositions, tables with `mean`, `sd`, `source`; members are held within the range",
            NORMAL,
        ),
        ("Numbers", NUMBERS),
    )
    for title, rows in forms:
        lines = [f"| `{key}` | {unit} | {low:g} | {high:g} | {doc} |" for key, unit, doc, low, high in rows]
        parts.append(
            "\n".join(
                [
                    f"\n## {title}\n",
                    "| key | unit | more than | at most | meaning |",
                    "|---|---|---|---|---|",
                    *lines,
                ]
            )
        )
    parts.append(OTHER_KEYS)
    return "\n".join(parts)


HEAD = f"""# A spill

A spill is a TOML file, `spill.toml` of a case. Every supposition has a `source`. Every number is more than
{LEAST:g}; a `log_sd`, an `sd` and a number of `breaks` is at most 10. The region of the spill, and the
readings and the record of a case: [region.md](region.md).

This page is written from the tables in `riskshed.pathways.spill` and checked against them.
"""

OTHER_KEYS = """
## Other keys

| key | meaning |
|---|---|
| `substance_en`, `substance_zh` | What was spilled. |
| `section` | Id of the section of the region at which it enters the river. |
| `source` | Where the release is described. |
| `released` | When the release began, with offset. |
| `first_ice`, `first_ice_sd_d` | When the first ice forms in the mean of years, and the deviation in days. |
| `breaks` | Table of section id and log deviation: from there on the river may run at another speed. |
| `caveats` | List of `code`, `text_en`, `text_zh`, `places`: what every reader must know. |
"""
