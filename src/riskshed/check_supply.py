"""A halt of plants against what was reported, as `riskshed check changchun-2022` prints it.

The folder holds a region with plants and links, the halt (`halt.toml`: the trigger, and what is supposed)
and `record.csv`. The forecast is made from the first two alone and knows nothing of the record; how long
stocks last at a plant is never taken from the halt of that plant. Beside it stand three sorts of rows, each
judged on its own: *direct* halts, of the plants that the trigger itself stops; *knock-ons*, of plants
elsewhere that ran out of parts; and *true negatives*, plants that were known to be at work.

For each: the share of the members in which it halts by the end (of a negative, by the last day on which it
was known to work), the band of 5 to 95 % of the day, and whether the reported day lies in it. A reported day
is a day and not an hour, so a band counts from the beginning of its first day to the end of its last. Where a
link became known by the report of the halt itself, that the plant halts is no test, and only the day is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Footprint
from riskshed.pathways import supply
from riskshed.pathways.halt import Halt
from riskshed.pathways.local_supply import local_supply_rate
from riskshed.pathways.supplier_graph import OWN
from riskshed.pathways.supply import DAY_S, Course
from riskshed.region import Region
from riskshed.tables import Column, FaultBook, read_csv, shown

Progress = Callable[[str], None]
Row = dict[str, Any]

HALT, RECORD_FILE, EPISODES = "halt.toml", "record.csv", "episodes"
FILES = (HALT, RECORD_FILE, "region/plants.csv")
MEMBERS, SEED, HORIZON_S = 1000, 1, 60 * DAY_S
KINDS = ("direct", "knock_on", "no_halt")
LIKELY = 0.5
"""From this share of the members on a halt counts as foreseen."""

RECORD = (
    Column("row", "id", doc="Row of the compilation that it is from."),
    Column("plant", "id", doc="Id of a plant of the region."),
    Column("kind", "choice", choices=KINDS, doc="Stopped by the trigger, for want of parts, or not stopped."),
    Column("halted_on", "time", may_be_empty=True, doc="The day on which it stopped."),
    Column("by", "time", may_be_empty=True, doc="By when it had stopped; or the last day known at work."),
    Column("precision", "choice", choices=("day", "by"), doc="Whether the day is known, or a bound."),
    Column("restarted_on", "time", may_be_empty=True, doc="First day of work again."),
    Column("scored", "bool", doc="Whether it counts."),
    Column(
        "link_known", "choice", choices=("before", "after"),
        doc="After: the report of the halt is also the source of the link.",
    ),
    Column("source", "text", doc="Who says so."),
    Column("note", "text", required=False, may_be_empty=True, doc="Anything else."),
)  # fmt: skip


def run(folder: Path, progress: Progress | None = None, *, members: int = MEMBERS) -> dict[str, Any]:
    """Forecast the halt of a folder, and score it by its record.

    Returns
    -------
    dict
        direct, knock_on, no_halt: rows, and their counts; order: pairs of reported days in the same order;
        passed_which, passed_when; forecast: every plant, in order; the local supply rate where it is known;
        episodes: the same of each further halt in the folder ``episodes``, each scored on its own.

    Raises
    ------
    InputFaults
        What is wrong with the region, the halt or the record.
    """
    tell, region = progress or (lambda _: None), Region.read(folder / "region")
    told = _scored(folder, region, members, tell)
    further = sorted(one.parent for one in (folder / EPISODES).glob(f"*/{HALT}"))
    return told | {
        "local_supply_rate": _known_only(local_supply_rate(region)),
        "episodes": [_scored(one, region, members, tell) for one in further],
    }


def _scored(folder: Path, region: Region, members: int, tell: Progress) -> dict[str, Any]:
    """One episode: a halt and a record, on the plants and links of a region."""
    halt = Halt.read(folder / HALT)
    tell(f"{folder.name}: forecasting {len(region.plants)} plants, {members} members")
    made = supply.run(region, halt, members=members, seed=SEED, horizon_s=HORIZON_S)
    footprint = supply.footprint_of(
        region, halt, made, issued=halt.begins, seed=SEED, horizon_s=HORIZON_S
    )  # the record is not read before the forecast is made
    rows = [_judged(row, footprint, made) for row in _record(folder / RECORD_FILE, footprint)]
    return judgement(rows) | {
        "name": folder.name,
        "trigger": halt.source,
        "begins": halt.begins.isoformat(),
        "members": members,
        "horizon_d": HORIZON_S / DAY_S,
        "forecast": _forecast(footprint, made),
        "caveats": [{"code": c.code, "text_en": c.text_en, "places": c.places} for c in footprint.caveats],
    }


def judgement(rows: Sequence[Row]) -> dict[str, Any]:
    """The score of judged rows: each sort on its own; rows that do not count are listed and left out."""
    told: dict[str, Any] = {}
    for kind in KINDS:
        mine = [row for row in rows if row["kind"] == kind]
        counted = [row for row in mine if row["scored"]]
        told[kind] = {
            "rows": mine,
            "scored": len(counted),
            "foreseen": sum(row["right"] for row in counted),
            "foreseen_by_hindsight": sum(row["right"] and row["link_known"] == "after" for row in counted),
            "in_band": None if kind == "no_halt" else sum(bool(row["in_band"]) for row in counted),
        }
    which = all(row["right"] for row in rows if row["scored"])
    when = all(row["in_band"] for row in rows if row["scored"] and row["kind"] != "no_halt")
    return told | {
        "order": _order(rows),
        "passed_which": which,
        "passed_when": when,
        "passed": which and when,
    }


def _record(path: Path, footprint: Footprint) -> list[dict[str, Any]]:
    faults: list[Fault] = []
    table = read_csv(path, RECORD, faults)
    if table is not None:
        book = FaultBook(str(path), faults)
        for line, row in zip(table.lines, table.rows(), strict=True):
            if row["plant"] not in footprint.ids:
                book.add("check.record", line, "plant", shown(row["plant"]), "a plant of the region")
            needed = "halted_on" if row["precision"] == "day" else "by"
            if row[needed] is None:
                book.add("check.record", line, needed, "an empty cell", "a time, as the precision says")
        book.close()
    if table is None or faults:
        raise InputFaults("check.record", f"the record {path} cannot be used", faults)
    return list(table.rows())


def _judged(row: Row, footprint: Footprint, made: Course) -> Row:
    """A row of the record beside the forecast of its plant."""
    place = footprint.ids.index(row["plant"])
    arrival_d = footprint.arrival_s[place] / DAY_S
    reported = row["halted_on"] or row["by"]
    after_d = _days(footprint.origin, reported)
    bound = row["precision"] == "by"
    # The day that a row names ends a day after it begins.
    chance = float(np.mean(arrival_d < after_d + 1.0 if bound else np.isfinite(arrival_d)))
    band = [float(footprint.arrival_quantile_s(q)[place]) / DAY_S for q in (0.05, 0.5, 0.95)]
    low, middle, high = (None if np.isnan(day) else day for day in band)
    in_band = low is not None and high is not None and np.floor(low) <= after_d <= np.floor(high)
    halted = row["kind"] != "no_halt"
    return {
        "row": row["row"],
        "plant": row["plant"],
        "city": footprint.places[place].city,
        "kind": row["kind"],
        "scored": row["scored"],
        "link_known": row["link_known"],
        "reported_after_d": after_d,
        "precision": row["precision"],
        "chance": chance,
        "band_d": [low, middle, high],
        "right": bool((chance >= LIKELY) == halted),
        "in_band": None if bound else bool(in_band),
        "error_d": None if bound or middle is None else middle - after_d,
        "for_want_of": _cause(made, place),
        "source": row["source"],
    }


def _days(begins: datetime, moment: datetime) -> float:
    return (moment - begins).total_seconds() / DAY_S


def _cause(made: Course, place: int) -> str | None:
    """What the plant most often halted for, among the members in which it did."""
    causes = made.cause[place][np.isfinite(made.halted_s[place])]
    if not causes.size:
        return None
    values, counts = np.unique(causes, return_counts=True)
    most = int(values[np.argmax(counts)])
    return "its own stop" if most == OWN else f"{made.links[most].part} of {made.links[most].supplier}"


def _order(rows: Sequence[Row]) -> dict[str, Any]:
    """Pairs of plants with different reported days, and how many of them the medians put in that order."""
    known = [r for r in rows if r["scored"] and r["precision"] == "day" and r["kind"] != "no_halt"]
    pairs = [(a, b) for a, b in combinations(known, 2) if a["reported_after_d"] != b["reported_after_d"]]

    def right(a: Row, b: Row) -> bool:
        first, second = (r["band_d"][1] for r in (a, b))
        if first is None or second is None:
            return False
        return bool((first < second) == (a["reported_after_d"] < b["reported_after_d"]))

    return {"pairs": len(pairs), "right": sum(right(a, b) for a, b in pairs)}


def _forecast(footprint: Footprint, made: Course) -> list[Row]:
    """Every plant, in the order of the day on which it halts by the median."""
    lost, output = np.median(made.lost_d, axis=1), np.median(made.output_lost(), axis=1)
    bands = [footprint.arrival_quantile_s(q) / DAY_S for q in (0.05, 0.5, 0.95)]
    chance = footprint.probability()
    rows = [
        {
            "plant": place.id,
            "city": place.city,
            "chance": None if np.isnan(chance[i]) else float(chance[i]),
            "halts_after_d": [None if np.isnan(band[i]) else float(band[i]) for band in bands],
            "lost_days_of_output": float(lost[i]),
            "lost_output": None if np.isnan(output[i]) else float(output[i]),
            "unit": made.plants[i].output_unit,
            "for_want_of": _cause(made, i),
        }
        for i, place in enumerate(footprint.places)
    ]
    return sorted(rows, key=lambda row: (row["halts_after_d"][1] is None, row["halts_after_d"][1] or 0.0))


def _known_only(rates: dict[str, float]) -> dict[str, float]:
    return {plant: rate for plant, rate in rates.items() if not np.isnan(rate)}
