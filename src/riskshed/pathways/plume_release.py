"""A release into the air: what is known of it, and what must be supposed where nothing is known.

A table of numbers with their uncertainty and their source, read from a TOML file, so that a forecaster sees
and signs every supposition. Most are lognormal (`median`, `log_sd`), the turn of the wind is normal (`mean`,
`sd`). `range` says which physics carries it: *near*, within some 50 km, puffs that the surface layer thins
(table ``near``); *far*, particles on a grid of winds (table ``far``), with classes of settling for ash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from riskshed.columns import CONTROL
from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Caveat
from riskshed.pathways.spill import LEAST, Supposed
from riskshed.tables import line_of_key, read_toml, shown
from riskshed.winds import Winds

HOUR_S = 3600.0
RANGES = ("near", "far")
QUANTITIES = {
    "concentration": ("mg/m3", "Concentration in the air, the mean over a step."),
    "dose": ("mg.min/m3", "Concentration summed over time: what somebody outdoors breathes in."),
    "deposit": ("g/m2", "What lies on the ground, such as ash."),
}
"""What a footprint of the release is about, its unit, and what it means."""

# key, unit, what it is, the number it is above, the most it may be
LOGNORMAL: tuple[tuple[str, str, str, float, float], ...] = (
    ("mass_kg", "kg", "Mass that goes into the air.", LEAST, 1e15),
    ("duration_h", "h", "How long the release lasts, at an even rate.", LEAST, 1e4),
    ("wind_factor", "1", "Speed of the wind over that of the file.", LEAST, 100.0),
    ("half_life_h", "h", "Half-life of losses in the air itself: decay, chemistry.", LEAST, 1e12),
)
NORMAL: tuple[tuple[str, str, str, float, float], ...] = (
    ("wind_turn_deg", "degree", "Turn of the wind against the file, clockwise.", -180.0, 180.0),
)
NUMBERS: tuple[tuple[str, str, str, float, float], ...] = (
    ("lat", "degree", "Latitude of the release, WGS 84.", -90.0, 90.0),
    ("lon", "degree", "Longitude of the release.", -180.001, 360.0),
    ("threshold", "", "A place counts as reached from here on, in the unit of the quantity.", LEAST, 1e12),
    ("limit", "", "People are exposed from here on, in the same unit.", LEAST, 1e12),
    ("step_min", "min", "Length of a step of the computation.", LEAST, 120.0),
)
NEAR: tuple[tuple[str, str, str, float, float], ...] = (
    ("release_m", "m", "Height of the release.", -LEAST, 20.0),
    ("receptor_m", "m", "Height at which people breathe.", LEAST, 20.0),
    ("roughness_m", "m", "Roughness length of the land.", 1e-5, 2.0),
    ("surface_resistance_s_m", "s/m", "Resistance of the surface to uptake; 1e12: none.", -LEAST, 1e12),
    ("reach_km", "km", "How far the surface layer is believed.", LEAST, 50.0),
)  # fmt: skip
FAR: tuple[tuple[str, str, str, float, float], ...] = (
    ("bottom_m", "m", "Lower end of the column of the release above the ground.", -LEAST, 3e4),
    ("top_m", "m", "Upper end of the column.", LEAST, 4e4),
    ("lid_m", "m", "Height that nothing passes.", LEAST, 5e4),
    ("breathed_m", "m", "Layer at the ground that people breathe and the ground takes from.", LEAST, 2e3),
    ("cell_km", "km", "Side of the cells over which concentration and deposit are means.", LEAST, 200.0),
    ("uptake_m_s", "m/s", "Dry deposition velocity besides settling.", -LEAST, 1.0),
    ("horizontal_m2_s", "m2/s", "Horizontal eddy diffusivity.", -LEAST, 1e6),
    ("vertical_m2_s", "m2/s", "Vertical eddy diffusivity.", -LEAST, 1e3),
    ("wander_m_s", "m/s", "Standard deviation of winds that the grid does not resolve.", -LEAST, 50.0),
    ("wander_h", "h", "How long such winds persist.", LEAST, 240.0),
    ("particles", "1", "Particles of each member, a whole number.", 99.0, 1e6),
)  # fmt: skip
CLASSES: tuple[tuple[str, str, str, float, float], ...] = (
    ("diameter_um", "um", "Diameter of the grains.", LEAST, 5e3),
    ("density_kg_m3", "kg/m3", "Density of the grains.", 1.0, 2e4),
    ("share", "1", "Share of the mass; all shares make 1.", LEAST, 1.0),
)
TEXTS = ("substance_en", "substance_zh", "city", "wind", "source")
CHOICES = {"range": RANGES, "quantity": tuple(QUANTITIES)}
SHARES_OFF = 1e-6


@dataclass(frozen=True, slots=True)
class GrainClass:
    """Grains of one size that settle at one speed."""

    diameter_um: float
    density_kg_m3: float
    share: float


@dataclass(frozen=True, eq=False)
class Release:
    """What was released where and when, into which wind, and all that is supposed about it.

    Attributes
    ----------
    city : str
        Code of the city in whose territory it is.
    wind : str
        Name of the file of the winds, beside that of the release.
    begins : datetime
    supposed : mapping of str to Supposed
        Every key of `LOGNORMAL` and `NORMAL`.
    numbers : mapping of str to float
        Every key of `NUMBERS`.
    near, far : mapping of str to float
        Every key of `NEAR` or `FAR`; empty where the file has no such table.
    grains : tuple of GrainClass
        Empty for a gas.
    winds : GridWinds or StationWinds, optional
        What was in the file; `in_winds` puts it there, since a pathway reads no winds.
    caveats : tuple of Caveat
    """

    range: str
    quantity: str
    substance_en: str
    substance_zh: str
    city: str
    wind: str
    source: str
    begins: datetime
    supposed: Mapping[str, Supposed]
    numbers: Mapping[str, float]
    near: Mapping[str, float] = field(default_factory=dict)
    far: Mapping[str, float] = field(default_factory=dict)
    grains: tuple[GrainClass, ...] = ()
    winds: Winds | None = None
    caveats: tuple[Caveat, ...] = ()

    @property
    def unit(self) -> str:
        """Unit of the threshold, the limit and the footprint."""
        return QUANTITIES[self.quantity][0]

    @property
    def step_s(self) -> float:
        """Length of a step, s."""
        return 60.0 * self.numbers["step_min"]

    def in_winds(self, winds: Winds) -> Release:
        """The same release in these winds."""
        return replace(self, winds=winds)

    @staticmethod
    def read(path: Path) -> Release:
        """Read a release from a TOML file. Raises InputFaults ``release.faults`` with every fault."""
        faults: list[Fault] = []
        raw = read_toml(path, faults)
        release = _Parser(str(path), raw, faults).release() if raw is not None else None
        if faults or release is None:
            placed = [_placed(path, fault) for fault in faults]
            raise InputFaults("release.faults", f"the release {path} cannot be used", placed)
        return release

    @staticmethod
    def of(raw: Mapping[str, Any], *, where: str = "release") -> Release:
        """A release from the keys of the TOML file. Raises InputFaults ``release.faults``."""
        faults: list[Fault] = []
        release = _Parser(where, raw, faults).release()
        if faults or release is None:
            raise InputFaults("release.faults", f"the release {where} cannot be used", faults)
        return release


def _placed(path: Path, fault: Fault) -> Fault:
    """The fault with the line of its key."""
    if fault.column is None or fault.line is not None:
        return fault
    return replace(fault, line=line_of_key(path, fault.column))


class _Parser:
    def __init__(self, where: str, raw: Mapping[str, Any], faults: list[Fault]) -> None:
        self.where, self.raw, self.faults = where, raw, faults

    def release(self) -> Release | None:
        texts: dict[str, Any] = {key: self._text(key) for key in TEXTS}
        choices: dict[str, Any] = {key: self._choice(key, among) for key, among in CHOICES.items()}
        begins = self._time("begins")
        supposed = {key: self._supposed(key, "median", "log_sd", lo, hi) for key, _, _, lo, hi in LOGNORMAL}
        supposed |= {key: self._supposed(key, "mean", "sd", lo, hi) for key, _, _, lo, hi in NORMAL}
        numbers = {key: self._number(self.raw, key, key, lo, hi) for key, _, _, lo, hi in NUMBERS}
        ranges = {name: self._part(name, rows) for name, rows in (("near", NEAR), ("far", FAR))}
        if choices["range"] in RANGES and not ranges[choices["range"]]:
            self._fault(choices["range"], None, "a table of this name, since it is the range")
        grains = self._grains()
        self._together(numbers, ranges, choices)
        caveats = tuple(self._caveats())
        self._unknown_keys()
        if self.faults:
            return None
        return Release(
            **texts, **choices, near=ranges["near"], far=ranges["far"],
            begins=begins, supposed=supposed, numbers=numbers, grains=grains, caveats=caveats,
        )  # fmt: skip

    def _together(
        self,
        numbers: Mapping[str, float],
        ranges: Mapping[str, Mapping[str, float]],
        choices: Mapping[str, str],
    ) -> None:
        """What one number says of another."""
        if numbers["limit"] < numbers["threshold"]:
            self._fault("limit", numbers["limit"], "the threshold or more: who is exposed was reached")
        far = ranges["far"]
        if far and (far["bottom_m"] >= far["top_m"] or far["top_m"] > far["lid_m"]):
            self._fault("far.top_m", far["top_m"], "above bottom_m, and at most lid_m")
        if far and far["particles"] % 1.0 > 0.0:
            self._fault("far.particles", far["particles"], "a whole number")
        if far and far["breathed_m"] > far["lid_m"]:
            self._fault("far.breathed_m", far["breathed_m"], "at most lid_m")
        if choices["range"] == "near" and choices["quantity"] == "deposit":
            self._fault("quantity", "deposit", "concentration or dose: deposits are mapped for far alone")

    def _fault(self, key: str, got: object, wanted: str) -> None:
        try:
            text = "nothing" if got is None else shown(str(got))
        except ValueError:  # Python writes out no whole number of more than some thousand digits
            text = "a number too long to show"
        self.faults.append(
            Fault("release.bad_value", self.where, None, key, text, wanted, "Correct this key.")
        )

    def _text(self, key: str) -> str:
        value = self.raw.get(key)
        if not isinstance(value, str) or not value.strip() or CONTROL.search(value):
            self._fault(key, value, "a text without control characters")
            return ""
        return value

    def _choice(self, key: str, among: tuple[str, ...]) -> str:
        value = self.raw.get(key)
        if not isinstance(value, str) or value not in among:
            self._fault(key, value, f"one of {', '.join(among)}")
            return ""
        return value

    def _time(self, key: str) -> datetime:
        value = self.raw.get(key)
        if not isinstance(value, datetime) or value.utcoffset() is None:
            self._fault(key, value, "a date and time with offset, such as 2026-05-12T05:40:00+08:00")
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
        most = 10.0 if middle == "median" else 180.0
        return Supposed(
            self._number(table, middle, f"{key}.{middle}", low, high),
            self._number(table, spread, f"{key}.{spread}", LEAST, most),
        )

    def _part(self, name: str, rows: tuple[tuple[str, str, str, float, float], ...]) -> dict[str, float]:
        if name not in self.raw:
            return {}
        table = self._table(name)
        for extra in sorted(set(table) - {row[0] for row in rows}):
            self._fault(f"{name}.{extra}", table[extra], "a key of this table; see docs/guide/release.md")
        return {key: self._number(table, key, f"{name}.{key}", lo, hi) for key, _, _, lo, hi in rows}

    def _table(self, key: str) -> Mapping[str, Any]:
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            self._fault(key, value, "a table")
            return {}
        return value

    def _grains(self) -> tuple[GrainClass, ...]:
        rows = self.raw.get("grains", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > 50:
            self._fault("grains", rows, "a list of at most 50 tables")
            return ()
        names = {key for key, *_ in CLASSES}
        found = []
        for i, row in enumerate(rows):
            for extra in sorted(set(row) - names):
                self._fault(f"grains[{i}].{extra}", row[extra], f"one of {', '.join(sorted(names))}")
            values = {
                key: self._number(row, key, f"grains[{i}].{key}", lo, hi) for key, _, _, lo, hi in CLASSES
            }
            found.append(GrainClass(**values))
        whole = sum(grain.share for grain in found)
        if found and abs(whole - 1.0) > SHARES_OFF:
            self._fault("grains", f"shares that make {whole:g}", "shares that make 1")
        return tuple(found)

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
        known = {*TEXTS, *CHOICES, *(row[0] for row in (*LOGNORMAL, *NORMAL, *NUMBERS))}
        known |= {"begins", "near", "far", "grains", "caveats"}
        for key in sorted(set(self.raw) - known):
            self._fault(shown(key)[1:-1], self.raw[key], "a key of a release; see docs/guide/release.md")


def guide() -> str:
    """The page docs/guide/release.md: every key of the file of a release."""
    parts = [HEAD]
    forms = (
        ("Lognormal suppositions, tables with `median`, `log_sd`, `source`", LOGNORMAL),
        ("A normal supposition, a table with `mean`, `sd`, `source`", NORMAL),
        ("Numbers", NUMBERS),
        ("Table `near`", NEAR),
        ("Table `far`", FAR),
        ("List `grains`, for what settles", CLASSES),
    )
    for title, rows in forms:
        lines = [f"| `{key}` | {unit} | {low:g} | {high:g} | {doc} |" for key, unit, doc, low, high in rows]
        head = ["| key | unit | more than | at most | meaning |", "|---|---|---|---|---|"]
        parts.append("\n".join([f"\n## {title}\n", *head, *lines]))
    meant = [f"| `{name}` | {unit} | {doc} |" for name, (unit, doc) in QUANTITIES.items()]
    parts.append("\n".join(["\n## Quantities\n", "| quantity | unit | meaning |", "|---|---|---|", *meant]))
    parts.append(OTHER_KEYS)
    return "\n".join(parts)


HEAD = """# A release into the air

A release is a TOML file, `release.toml` of a case. Every supposition has a `source`. A `log_sd` is at most
10, an `sd` at most 180. The winds stand in a file of their own: [wind.md](wind.md).

`range = "near"` is for releases at the ground, and cities within some 50 km of them: puffs in the wind of a
station, which the surface layer thins and the ground takes up. `range = "far"` is for everything beyond:
particles in a grid of winds, which settle, are taken up, or leave the grid. Only the table of the range is
needed.

This page is written from the tables in `riskshed.pathways.plume_release` and checked against them.
"""

OTHER_KEYS = """
## Other keys

| key | meaning |
|---|---|
| `range` | `near` or `far`. |
| `quantity` | What the footprint is about, as above. |
| `substance_en`, `substance_zh` | What was released. |
| `city` | Code of the city in whose territory it is. |
| `wind` | Name of the file of the winds, in the same folder. |
| `source` | Where the release is described. |
| `begins` | When the release begins, with offset. |
| `caveats` | List of `code`, `text_en`, `text_zh`, `places`: what every reader must know. |

## What is not in it

Rain, which washes out both gas and ash; hills, buildings and dense gas, which stays low and runs downhill;
the rise of hot clouds, which must be put into `bottom_m` and `top_m`.
"""
