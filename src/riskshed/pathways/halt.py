"""A halt: which plants stop of themselves, from when, for how long, and how much of it is supposed.

The source of the supply pathway, read from a TOML file. A stop names a plant, or a city and so each of its
plants. Every number may be a range ``[low, high]``, evenly likely between its ends. Each plant of a city
draws its own, but how long a stop lasts, which is one draw for all of them. A stop without an end lasts as
long as the forecast looks ahead, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Caveat
from riskshed.pathways.toml_block import Block, Keys, Lines, Manner, Span
from riskshed.tables import read_toml

MANNER = Manner("halt.bad_value", "docs/guide/supply.md")
DAYS_MAX = 3650.0

HEAD_KEYS: Keys = (
    ("begins", "time with offset", "From when days are counted."),
    ("source", "text", "Who says so."),
    ("threshold", "0.01 to 1", "Share of its output that a plant has to lose to count as halted."),
    (
        "cover_d",
        "days, or [low, high]",
        "How long stocks last on a link of which it is not known; a supposition.",
    ),
    ("cover_source", "text", "Why these days."),
    (
        "refill",
        "0 to 10",
        "Days of stock that are made good in a day in which the supplier delivers again.",
    ),
)
STOP_KEYS: Keys = (
    ("city", "code", "The city whose plants stop; or"),
    ("plant", "id", "the plant that stops."),
    ("begin_d", "days, or [low, high]", "From when, after `begins`."),
    ("lasts_d", "days, or [low, high]", "How long; left out: to the end of the forecast."),
    ("ramp_d", "days, or [low, high]", "How long output takes to come back evenly after that; left out: 0."),
    ("share", "0 to 1, or [low, high]", "Share of the output that stops; left out: all."),
    ("source", "text", "Who says so, and what of it is supposed."),
)
CAVEAT_KEYS: Keys = (
    ("code", "text", "Stable, dotted."),
    ("text_en", "text", "One sentence."),
    ("text_zh", "text", "The same in Chinese."),
)


@dataclass(frozen=True, slots=True)
class Stop:
    """Plants that stop of themselves; `lasts_d` None is to the end of the forecast."""

    city: str
    plant: str
    begin_d: Span
    lasts_d: Span | None
    ramp_d: Span
    share: Span
    source: str


@dataclass(frozen=True, eq=False)
class Halt:
    """What stops of itself, and what is supposed where nothing is known.

    Attributes
    ----------
    begins : datetime
        Aware; days of the stops count from it.
    source : str
    threshold : float
        Share of the output lost from which on a plant counts as halted.
    cover_d : Span
        Days that stocks last on links of which the region does not say it.
    cover_source : str
    refill : float
        Days of stock made good in a day.
    stops : tuple of Stop
    caveats : tuple of Caveat
    """

    begins: datetime
    source: str
    threshold: float
    cover_d: Span
    cover_source: str
    refill: float
    stops: tuple[Stop, ...]
    caveats: tuple[Caveat, ...] = ()

    @staticmethod
    def read(path: Path) -> Halt:
        """Read a halt from a TOML file. Raises InputFaults ``halt.faults`` with every fault."""
        faults: list[Fault] = []
        raw = read_toml(path, faults)
        halt = None if raw is None else _parsed(path, raw, faults)
        if faults or halt is None:
            raise InputFaults("halt.faults", f"the halt {path} cannot be used", faults)
        return halt


def _parsed(path: Path, raw: Mapping[str, Any], faults: list[Fault]) -> Halt:
    lines = Lines(path)
    head = Block(raw, "", lines.head(), lines, faults, MANNER)
    head.only(HEAD_KEYS, more=("stops", "caveats"))
    stops = [
        _stop(Block(row, f"stops[{i}]", lines.block("stops", i), lines, faults, MANNER))
        for i, row in enumerate(head.rows("stops"))
    ]
    if not stops:
        head.fault("stops", None, "at least one table [[stops]]")
    caveats = [
        _caveat(Block(row, f"caveats[{i}]", lines.block("caveats", i), lines, faults, MANNER))
        for i, row in enumerate(head.rows("caveats"))
    ]
    return Halt(
        begins=head.time("begins"),
        source=head.text("source"),
        threshold=head.number("threshold", 0.01, 1.0),
        cover_d=head.span("cover_d", DAYS_MAX),
        cover_source=head.text("cover_source"),
        refill=head.number("refill", 0.0, 10.0),
        stops=tuple(stops),
        caveats=tuple(caveats),
    )


def _stop(block: Block) -> Stop:
    block.only(STOP_KEYS)
    city, plant = block.text("city", optional=True), block.text("plant", optional=True)
    if bool(city) == bool(plant):
        block.fault("plant", plant or None, "either a city or a plant")
    lasts = block.span("lasts_d", DAYS_MAX) if "lasts_d" in block.raw else None
    return Stop(
        city=city,
        plant=plant,
        begin_d=block.span("begin_d", DAYS_MAX),
        lasts_d=lasts,
        ramp_d=block.span("ramp_d", DAYS_MAX, default=Span(0.0, 0.0)),
        share=block.span("share", 1.0, default=Span(1.0, 1.0)),
        source=block.text("source"),
    )


def _caveat(block: Block) -> Caveat:
    block.only(CAVEAT_KEYS)
    return Caveat(block.text("code"), block.text("text_en"), block.text("text_zh"))


def guide() -> str:
    """The page docs/guide/supply.md: the files of the supply pathway, and every key of a halt."""
    parts = [HEAD]
    tables = (("Keys", HEAD_KEYS), ("[[stops]]", STOP_KEYS), ("[[caveats]]", CAVEAT_KEYS))
    for title, keys in tables:
        rows = [f"| `{key}` | {what} | {doc} |" for key, what, doc in keys]
        parts.append("\n".join([f"\n## {title}\n", "| key | what | meaning |", "|---|---|---|", *rows]))
    return "\n".join(parts) + "\n"


HEAD = """# A halt of plants

The supply pathway (`pathways/supply.py`) asks which plants stop when some stop of themselves. Who supplies
whom stands in the region (`plants.csv`, `supply_links.csv`, see [region](region.md)); what stops stands in a
file `halt.toml`, described here. Numbers may be ranges: each member draws its own, and each plant of a city,
but how long the stop of a city lasts is one draw for all its plants.
The case `changchun-2022` is an example; `riskshed check changchun-2022` sets its forecast beside the record.

A plant loses the largest share that any one of its parts is short of. A part is short of what its suppliers
do not deliver, once the stock of it is used up. Stocks run off by the clock, also while the plant stands for
another reason, which makes a second halt come rather too early than too late. Plants that wait for each other
start together.

Honoured treatments: `buffer` at a plant or a city (so many hours more of every part, while it acts) and
`cut_source` at a plant or city of the halt (that share of the stop does not take place, while it acts)."""
