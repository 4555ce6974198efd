"""An outbreak: what is known of its beginning, and what must be supposed where nothing is known.

A table of numbers with their uncertainty and their source, read from a TOML file (`outbreak.toml` of a case),
so that a forecaster sees and signs every supposition. Numbers are lognormal: a median, and the deviation of
the logarithm, which is 0 for a number that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed.columns import CONTROL
from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Caveat
from riskshed.pathways.toml_block import Block, Lines, Manner
from riskshed.tables import read_toml

# key, unit, least, most, what it is, whether it must be there
SUPPOSED: tuple[tuple[str, str, float, float, str, bool], ...] = (
    ("infected", "people", 1.0, 1e8, "People of the city who are ill and infectious when it begins.", True),
    ("reproduction", "1", 0.0, 50.0, "People whom one infects where all are susceptible.", True),
    ("exposed_d", "d", 0.1, 1000.0, "Mean days from infection until a person is infectious.", True),
    ("presymptomatic_d", "d", 0.1, 1000.0, "Mean days of being infectious before falling ill.", False),
    ("infectious_d", "d", 0.1, 1000.0, "Mean days of being ill and infectious.", True),
    ("report_d", "d", 0.1, 1000.0, "Mean days from falling ill until it is reported.", False),
)
NUMBERS: tuple[tuple[str, str, float, float, float, str], ...] = (
    ("arrival_people", "people", 1.0, 1e9, 1.0, "How many make an arrival: 1 is the first case."),
    ("outbreak_people", "people", 1.0, 1e9, 100.0, "How many at a time make an outbreak."),
    ("visit_d", "d", 0.01, 365.0, 1.0, "Mean days for which a traveller is in the other city."),
    ("reported_share", "1", 0.0, 1.0, 1.0, "Share of those who fall ill who are ever reported."),
)
TEXTS = ("disease_en", "disease_zh", "source")
MANNER = Manner("outbreak.bad_value", "docs/guide/outbreak.md")
COUNTS = ("infectious", "reported")


@dataclass(frozen=True, slots=True)
class Supposed:
    """A number that is not known: its median, and the deviation of its logarithm (0: it is known)."""

    median: float
    log_sd: float = 0.0
    source: str = ""


@dataclass(frozen=True, eq=False)
class Outbreak:
    """Where and when it begins, and all that is supposed about the disease.

    Attributes
    ----------
    city : str
        Code of the city in which it begins.
    also_infected : mapping of str to float
        How many are infectious when it begins in other cities, by their codes, as medians: the members draw
        one factor for all cities.
    begins : datetime
        Aware.
    supposed : mapping of str to Supposed
        Keys of `SUPPOSED`. Without ``presymptomatic_d`` nobody infects before falling ill.
    counts : {"infectious", "reported"}
        What is counted for arrival and peak: those infectious at a time, or all who were reported so far;
        for the latter ``report_d`` is needed.
    arrival_people, outbreak_people : int
    visit_d, reported_share : float
    """

    disease_en: str
    disease_zh: str
    source: str
    city: str
    begins: datetime
    supposed: Mapping[str, Supposed]
    counts: str = "infectious"
    arrival_people: int = 1
    outbreak_people: int = 100
    visit_d: float = 1.0
    reported_share: float = 1.0
    caveats: tuple[Caveat, ...] = ()
    also_infected: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.begins.utcoffset() is not None, "begins is aware"
        assert self.counts in COUNTS, f"counts is {self.counts}"
        assert self.counts == "infectious" or "report_d" in self.supposed, "reports need report_d"
        missing = {row[0] for row in SUPPOSED if row[5]} - set(self.supposed)
        assert not missing, f"nothing is supposed of {', '.join(sorted(missing))}"
        assert self.city not in self.also_infected, f"{self.city} is counted twice"

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages from infection to recovery, by their keys."""
        order = ("exposed_d", "presymptomatic_d", "infectious_d")
        return tuple(key for key in order if key in self.supposed)

    @property
    def infected(self) -> Mapping[str, float]:
        """How many are infectious when it begins, as medians, by the codes of cities."""
        return {self.city: self.supposed["infected"].median, **self.also_infected}

    @staticmethod
    def read(path: Path) -> Outbreak:
        """Read an outbreak from a TOML file. Raises InputFaults ``outbreak.faults`` with every fault."""
        faults: list[Fault] = []
        raw = read_toml(path, faults)
        found = _parsed(raw, Lines(path), faults) if raw is not None else None
        if faults or found is None:
            raise InputFaults("outbreak.faults", f"the outbreak {path} cannot be used", faults)
        return found


def _parsed(raw: Mapping[str, Any], lines: Lines, faults: list[Fault]) -> Outbreak | None:
    head = Block(raw, "", range(1, len(lines.text) + 1), lines, faults, MANNER)
    texts = {key: head.text(key) for key in (*TEXTS, "city")}
    begins = head.time("begins")
    numbers = {key: head.number(key, low, high, usual) for key, _, low, high, usual, _ in NUMBERS}
    for key in ("arrival_people", "outbreak_people"):
        if not numbers[key].is_integer():
            head.fault(key, numbers[key], "whole people")
    counts = head.choice("counts", COUNTS, "infectious")
    supposed = {}
    for key, _, low, high, _, needed in SUPPOSED:
        if key in raw or needed:
            supposed[key] = _supposed(head, key, low, high, lines)
    if counts == "reported" and "report_d" not in supposed:
        head.fault("report_d", None, "a table, since reports are counted")
    caveats = tuple(_caveat(head, i, row) for i, row in enumerate(head.rows("caveats")))
    also = _also(head, texts["city"], lines) if "also_infected" in raw else {}
    known = (
        *TEXTS,
        "city",
        "begins",
        "counts",
        "caveats",
        "also_infected",
        *(r[0] for r in SUPPOSED),
        *(r[0] for r in NUMBERS),
    )
    head.only(more=known)
    if faults:
        return None
    return Outbreak(
        **texts, begins=begins, supposed=supposed, counts=counts, caveats=caveats,
        arrival_people=int(numbers["arrival_people"]), outbreak_people=int(numbers["outbreak_people"]),
        visit_d=numbers["visit_d"], reported_share=numbers["reported_share"], also_infected=also,
    )  # fmt: skip


def _supposed(head: Block, key: str, low: float, high: float, lines: Lines) -> Supposed:
    raw = head.raw.get(key)
    if not isinstance(raw, dict):
        head.fault(key, raw, "a table with median, log_sd and source")
        return Supposed(low)
    part = Block(raw, key, lines.block(key, 0), lines, head.faults, MANNER)
    found = Supposed(part.number("median", low, high), part.number("log_sd", 0.0, 3.0), part.text("source"))
    part.only(more=("median", "log_sd", "source"))
    return found


def _also(head: Block, city: str, lines: Lines) -> Mapping[str, float]:
    raw = head.raw["also_infected"]
    if not isinstance(raw, dict):
        head.fault("also_infected", raw, "a table of codes of cities and how many are infectious there")
        return {}
    part = Block(raw, "also_infected", lines.block("also_infected", 0), lines, head.faults, MANNER)
    if city in raw:
        part.fault(city, raw[city], f"no row for {city}, of which `infected` says it")
    _, _, low, high, *_ = SUPPOSED[0]
    return {code: part.number(code, low, high) for code in raw}


def _caveat(head: Block, i: int, row: Mapping[str, Any]) -> Caveat:
    texts = [row.get(key) for key in ("code", "text_en", "text_zh")]
    good = all(isinstance(text, str) and text and not CONTROL.search(text) for text in texts)
    places = row.get("places", [])
    listed = isinstance(places, list) and all(isinstance(place, str) for place in places)
    if not good or not listed or set(row) - {"code", "text_en", "text_zh", "places"}:
        head.fault(f"caveats[{i}]", row, "code, text_en, text_zh and, if it is not all, places")
        return Caveat("", "", "")
    code, text_en, text_zh = (str(text) for text in texts)
    return Caveat(code, text_en, text_zh, tuple(places))


def guide() -> str:
    """The page docs/guide/outbreak.md: every key of the file of an outbreak.

    Examples
    --------
    >>> guide().splitlines()[0]
    '# An outbreak'
    """
    supposed = [
        f"| `{key}` | {unit} | {low:g} | {high:g} | {'yes' if needed else 'no'} | {doc} |"
        for key, unit, low, high, doc, needed in SUPPOSED
    ]
    numbers = [
        f"| `{key}` | {unit} | {low:g} | {high:g} | {usual:g} | {doc} |"
        for key, unit, low, high, usual, doc in NUMBERS
    ]
    return HEAD + "\n".join(supposed) + NUMBERS_HEAD + "\n".join(numbers) + OTHER_KEYS


HEAD = """# An outbreak

An outbreak is a TOML file, `outbreak.toml` of a case. People travel as `travel.csv` of the region says
([region.md](region.md)), and every city on it needs its resident population.

A made-up one is in [cases/outbreak](../../cases/outbreak/README.md). One with its record is in
[cases/ebola-2014](../../cases/ebola-2014/README.md); `riskshed check ebola-2014` forecasts it as it went on.

This page is written from the tables in `riskshed.pathways.outbreak` and checked against them.

## Suppositions, tables with `median`, `log_sd` (0 to 3, 0 where it is known) and `source`

| key | unit | least | most | must be there | meaning |
|---|---|---|---|---|---|
"""
NUMBERS_HEAD = """

## Numbers

| key | unit | least | most | if left out | meaning |
|---|---|---|---|---|---|
"""
OTHER_KEYS = """

## Other keys

| key | meaning |
|---|---|
| `disease_en`, `disease_zh` | What it is. |
| `source` | Where its beginning is described. |
| `city` | Code of the city of the region in which it begins. |
| `begins` | When it begins, with offset. |
| `counts` | `infectious` (those who are infectious at a time) or `reported` (all who were reported so far, \
which needs `report_d`; those who are ill when it begins are reported from then on like all others): what \
arrival and peak are counted in. |
| `also_infected` | Table of codes of other cities where it has begun too, and how many people are \
infectious there (1 to 1e8); a member of the ensemble multiplies all by the same factor, that of `infected`. |
| `caveats` | List of `code`, `text_en`, `text_zh`, `places`: what every reader must know. |
"""
