"""A case: a real event as it came to be known, with what really happened beside it.

A case is a folder: `case.toml` (what it is and when to forecast), `region/` (where), `spill.toml` (the
source), `readings.csv` (what was measured, and since when it could be known), `record.csv` (what really
happened). Only the record is ever compared with a forecast; no forecast sees it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from riskshed.columns import CONTROL
from riskshed.errors import Fault, InputFaults, NotFoundError
from riskshed.pathways.spill import Spill
from riskshed.reading import Reading, Recorded, read_readings, read_record
from riskshed.region import Region
from riskshed.tables import line_of_key, read_toml, shown

TEXTS = (
    "pathway", "title_zh", "title_en", "summary_zh", "summary_en", "zone", "unit", "limit_zh", "limit_en",
    "attribution_zh", "attribution_en",
)  # fmt: skip
PATHWAYS = ("pollutant",)
UNITS = ("mg_per_L",)
"""A pathway computes in one unit, and readings are in the same: nothing is converted on the way."""
ZONE = re.compile(r"([+-])([01]\d|2[0-3]):([0-5]\d)")

# In a checkout the cases stand beside `src`; in an installed package, inside it.
SHELVES = (Path(__file__).parents[2] / "cases", Path(__file__).parent / "cases")


@dataclass(frozen=True, eq=False)
class Case:
    """Everything about one event.

    Attributes
    ----------
    folder : Path
    texts : mapping of str to str
        `TEXTS`: titles, summaries, the limit's name, attribution, in both languages.
    zone : timezone
        All times are shown in it.
    region, spill, readings, record
        Where, what was released, what was known when, and what really happened.
    issue_at_fronts : tuple of str
        Sections; when the front is seen at one of them, a forecast is issued.
    min_lead_h : float
        Forecasts are judged at this lead time or more.
    """

    folder: Path
    texts: Mapping[str, str]
    zone: timezone
    region: Region
    spill: Spill
    readings: tuple[Reading, ...]
    record: tuple[Recorded, ...]
    issue_at_fronts: tuple[str, ...]
    min_lead_h: float

    @staticmethod
    def read(folder: Path) -> Case:
        """Read a case folder.

        Raises
        ------
        InputFaults
            With every fault of the first file that has any; nothing of the case is used.
        """
        about = _About.read(folder / "case.toml")
        region = Region.read(folder / "region")
        ids = [section.id for section in region.sections]
        about.check_sections(ids)
        spill = Spill.read(folder / "spill.toml")
        _check_spill(folder / "spill.toml", spill, ids)
        about.check_below(_below(region, spill))
        return Case(
            folder=folder,
            texts=about.texts,
            zone=about.zone,
            region=region,
            spill=spill,
            readings=tuple(read_readings(folder / "readings.csv", unit=about.texts["unit"], sections=ids)),
            record=read_record(folder / "record.csv", unit=about.texts["unit"], sections=ids),
            issue_at_fronts=about.sections,
            min_lead_h=about.min_lead_h,
        )


def find(name: str) -> Path:
    """The folder of a case, by its path or by the name of a case that comes with riskshed.

    Raises
    ------
    NotFoundError
        ``case.unknown``, with the names that there are.
    """
    if is_file(Path(name) / "case.toml"):
        return Path(name)
    known = {path.parent.name: path.parent for shelf in SHELVES for path in sorted(shelf.glob("*/case.toml"))}
    if name in known:
        return known[name]
    listed = ", ".join(sorted(known)) or "none"
    raise NotFoundError(
        "case.unknown",
        f"{shown(name)} is no folder with a case.toml, and no case of this name comes with riskshed",
        todo=f"Name a folder, or one of: {listed}.",
    )


def _check_spill(path: Path, spill: Spill, ids: list[str]) -> None:
    """Every section that the spill names is one of the region."""
    named = {"section": (spill.section,), "breaks": tuple(spill.breaks)}
    named |= {"caveats": tuple(place for caveat in spill.caveats for place in caveat.places)}
    wanted = f"an id of region/sections.csv: {', '.join(ids)}"
    faults = [
        Fault(
            "spill.unknown_section", str(path), _line_of(path, key, name), key, shown(name), wanted,
            "Correct the id.",
        )
        for key, names in named.items()
        for name in names
        if name not in ids
    ]  # fmt: skip
    if faults:
        raise InputFaults("spill.faults", f"the spill {path} cannot be used", faults)


def _line_of(path: Path, key: str, name: str) -> int | None:
    return line_of_key(path, f"breaks.{name}" if key == "breaks" else key)


def _below(region: Region, spill: Spill) -> set[str] | None:
    """Ids of the sections that the water of the spill passes; None where the region has no river."""
    if region.network is None:
        return None
    start = region.network.index(region.section(spill.section).reach_id)
    passed = {int(region.network.ids[reach]) for reach in region.network.path_down(start)[1:]}
    return {section.id for section in region.sections if section.reach_id in passed}


def is_file(path: Path) -> bool:
    """Whether a file stands there; a name that no file can have, or that nobody may look at, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class _About:
    """The keys of case.toml, checked."""

    def __init__(self, path: Path, raw: Mapping[str, Any]) -> None:
        self.path, self.raw = path, raw
        self.faults: list[Fault] = []
        self.texts = {key: self._text(key) for key in TEXTS}
        self.zone = self._zone()
        self.sections = self._sections()
        self.min_lead_h = self._lead()
        if self.texts["pathway"] not in ("", *PATHWAYS):
            self._fault("pathway", self.texts["pathway"], f"one of {', '.join(PATHWAYS)}")
        if self.texts["unit"] not in ("", *UNITS):
            self._fault("unit", self.texts["unit"], f"one of {', '.join(UNITS)}")
        for key in sorted(set(raw) - {*TEXTS, "issue_at_fronts", "min_lead_h"}):
            self._fault(shown(key)[1:-1], raw[key], "a key of a case")

    @staticmethod
    def read(path: Path) -> _About:
        faults: list[Fault] = []
        raw = read_toml(path, faults)
        if raw is None:
            raise InputFaults("case.faults", f"the case {path} cannot be used", faults)
        about = _About(path, raw)
        about.stop()
        return about

    def check_sections(self, ids: list[str]) -> None:
        for name in self.sections:
            if name not in ids:
                listed = ", ".join(ids) or "there is none"
                self._fault("issue_at_fronts", name, f"an id of region/sections.csv: {listed}")
        self.stop()

    def check_below(self, passed: set[str] | None) -> None:
        """A front is seen where the water of the spill passes, and nowhere else."""
        for name in self.sections:
            if passed is not None and name not in passed:
                self._fault("issue_at_fronts", name, "a section below the release")
        self.stop()

    def stop(self) -> None:
        if self.faults:
            raise InputFaults("case.faults", f"the case {self.path} cannot be used", self.faults)

    def _fault(self, key: str, got: object, wanted: str) -> None:
        text = "nothing" if got is None else shown(str(got))
        line = line_of_key(self.path, key)
        self.faults.append(
            Fault("case.bad_value", str(self.path), line, key, text, wanted, "Correct this key.")
        )

    def _text(self, key: str) -> str:
        value = self.raw.get(key)
        if isinstance(value, str) and value.strip() and not CONTROL.search(value):
            return value
        self._fault(key, value, "a text without control characters")
        return ""

    def _zone(self) -> timezone:
        match = ZONE.fullmatch(self.texts["zone"])
        if match is None:
            self._fault("zone", self.texts["zone"], "an offset such as +08:00")
            return timezone(timedelta(0))
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)

    def _sections(self) -> tuple[str, ...]:
        value = self.raw.get("issue_at_fronts")
        if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
            return tuple(value)
        self._fault("issue_at_fronts", value, "a list of sections")
        return ()

    def _lead(self) -> float:
        value = self.raw.get("min_lead_h")
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1000:
            return float(value)
        self._fault("min_lead_h", value, "a number of hours from 0 to 1000")
        return 0.0
