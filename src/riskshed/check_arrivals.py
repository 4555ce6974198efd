"""An outbreak on record, forecast as it went on: when does it come to each city that it has not reached?

A folder with ``region/``, ``outbreak.toml`` and ``record.csv`` (cases by city and week) is judged at several
times of issue. At each, the outbreak is forecast from what had been counted until then and nothing later:
those who are infectious are the cases of the last `RECENT_WEEKS` (about an incubation and an illness of
Ebola), city by city; all else is what ``outbreak.toml`` supposes. Every city that had no case so far is
scored by the week of its first one, from 0 to `HORIZON_WEEKS`: not reached by then counts as the last, so
that a forecast is judged on whether and on when at once.

The score is the continuous ranked probability score (Gneiting & Raftery 2007,
doi:10.1198/016214506000001437), beside those of naive forecasts:

- *constant rate*: new cities go on as they came so far. It knows what the forecast knows.
- *climatology*, *distance alone* (from the nearest city with recent cases), *population alone*: the weeks of
  all the other cities as they really came, as they are or along a straight line. They know the future of the
  others, which the forecast does not: harder to beat than anything that could have been issued.

Ranks (Spearman's rho) say how well the order is met: by the median week of the forecast, by effective
distance, by distance and by population. What was counted in a week is taken as known when the week is over;
in truth part of it was entered later, and no earlier state of the counts is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskshed.check_outbreak import LEVELS, crps, line_left_out
from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Footprint
from riskshed.governance.matching_pairs import distance_km
from riskshed.pathways import contagion
from riskshed.pathways.effective_distance import first_warning
from riskshed.pathways.outbreak import Outbreak
from riskshed.pathways.travel_network import DAY_S
from riskshed.region import Region
from riskshed.tables import Column, read_csv, shown

Floats = NDArray[np.float64]
Progress = Callable[[str], None]

RECORD, SOURCE = "record.csv", "outbreak.toml"
FILES = (SOURCE, RECORD)
WEEK = timedelta(weeks=1)
RECENT_WEEKS, HORIZON_WEEKS = 3, 26
EVERY_WEEKS, ISSUES = 8, 4
"""Forecasts are issued when the outbreak of the file begins, and again after so many weeks."""
MEMBERS, SEED = 512, 1
WANTED = {"crps_skill_over_constant_rate": 0.30, "median_week_rho": 0.60, "coverage_90": 0.85}
NAIVE = ("constant_rate", "climatology", "distance_alone", "population_alone")
NEAR_KM = 20.0
"""Added to a distance before its logarithm is taken: half of what a city is wide."""
COLUMNS = (
    Column("city", "id", doc="Code of a city of the region."),
    Column("week", "time", doc="Begin of the week."),
    Column("cases", "int", "people", low=0, high=10**9, doc="New cases of that week."),
    Column("source", "text", doc="Who counted them."),
)


@dataclass(frozen=True, eq=False)
class Record:
    """Cases by city and week; NaN throughout where a city was not counted.

    Attributes
    ----------
    cities : tuple of str
        As in the region.
    first : datetime
        Begin of the first week.
    cases : (city, week)
    """

    cities: tuple[str, ...]
    first: datetime
    cases: Floats

    @staticmethod
    def read(path: Path, region: Region) -> Record:
        """The record of a case. A city with any row was counted in every week; a week without a row had none.

        Raises
        ------
        InputFaults
            ``check.table``: no table of cases, a city that the region does not have, a week that is not a
            whole number of weeks after the first, or a week of a city twice.
        """
        faults: list[Fault] = []
        table = read_csv(path, COLUMNS, faults)
        rows = [] if table is None else list(zip(table.lines, table.rows(), strict=True))
        if not rows and not faults:
            faults.append(Fault("check.table", str(path), None, "city", "no rows", "cases by city and week"))
        codes = tuple(city.code for city in region.cities)
        if faults:
            raise InputFaults("check.table", f"the record {path} cannot be used", faults)
        first, last = (pick(row["week"] for _, row in rows) for pick in (min, max))
        cases = np.full((len(codes), (last - first) // WEEK + 1), np.nan)
        seen: set[tuple[str, datetime]] = set()
        for line, row in rows:
            if row["city"] not in codes:
                faults.append(_fault(path, line, "city", row["city"], "a city of the region"))
            elif (row["week"] - first) % WEEK or (row["city"], row["week"]) in seen:
                wanted = f"whole weeks after {first.isoformat()}, each once for a city"
                faults.append(_fault(path, line, "week", row["week"].isoformat(), wanted))
            else:
                city = codes.index(row["city"])
                cases[city] = np.nan_to_num(cases[city])
                cases[city, (row["week"] - first) // WEEK] = row["cases"]
            seen.add((row["city"], row["week"]))
        if faults:
            raise InputFaults("check.table", f"the record {path} cannot be used", faults)
        return Record(codes, first, cases)

    def known_at(self, when: datetime) -> Record:
        """What had been counted in the weeks that were over at a time."""
        over = max((when - self.first) // WEEK, 0)
        return Record(self.cities, self.first, self.cases[:, :over])

    def weeks_to_first(self, when: datetime) -> Floats:
        """Weeks from a time on until the first case, (city,): 0 in the week that then begins; `HORIZON_WEEKS`
        where none came by then; NaN where one had come before or nobody counted."""
        over = (when - self.first) // WEEK
        later = self.cases[:, over : over + HORIZON_WEEKS] > 0
        found = np.where(later.any(axis=1), later.argmax(axis=1), HORIZON_WEEKS).astype(np.float64)
        before = np.nansum(self.cases[:, :over], axis=1) > 0
        return np.where(before | np.isnan(self.cases).any(axis=1), np.nan, found)


def _check_whole(path: Path, record: Record, begins: datetime) -> None:
    ends = record.first + record.cases.shape[1] * WEEK
    wanted = begins + ((ISSUES - 1) * EVERY_WEEKS + HORIZON_WEEKS) * WEEK
    if record.first > begins - RECENT_WEEKS * WEEK or ends < wanted:
        told = f"{record.first.isoformat()} to {ends.isoformat()}"
        need = f"from {RECENT_WEEKS} weeks before {begins.isoformat()} to {wanted.isoformat()} at least"
        fault = Fault("check.table", str(path), None, "week", told, need, "Add the weeks.")
        raise InputFaults("check.table", f"the record {path} is too short to judge forecasts by", [fault])


def _check_places(region: Region) -> None:
    """Distances are asked of every city, so its point has to be known."""
    path = str(region.folder / "cities.csv") if region.folder else "cities.csv"
    faults = [
        Fault("check.table", path, None, "lat", f"{city.code}: unknown", "a point", "Add the point.")
        for city in region.cities
        if city.lat is None or city.lon is None
    ]
    if faults:
        raise InputFaults("check.table", "distances between these cities are not known", faults)


def _fault(path: Path, line: int, column: str, got: str, wanted: str) -> Fault:
    return Fault("check.table", str(path), line, column, shown(got), wanted, "Correct the row.")


def as_known(source: Outbreak, known: Record, when: datetime) -> Outbreak:
    """The outbreak as it stands at a time, by what has been counted until then; the first case is an arrival.

    Raises
    ------
    InputFaults
        ``check.table``: nobody has fallen ill in the last weeks; there is nothing to forecast from.
    """
    recent = np.nansum(known.cases[:, -RECENT_WEEKS:], axis=1)
    if not recent.any():
        fault = Fault(
            "check.table", RECORD, None, "cases", "none", f"cases in the weeks to {when.isoformat()}"
        )
        raise InputFaults("check.table", "there is no outbreak to forecast", [fault])
    most = int(recent.argmax())
    ill = {known.cities[k]: float(recent[k]) for k in np.flatnonzero(recent)}
    infected = replace(source.supposed["infected"], median=ill.pop(known.cities[most]))
    supposed = {**source.supposed, "infected": infected}
    here = known.cities[most]
    return replace(
        source, city=here, begins=when, supposed=supposed, also_infected=ill, arrival_people=1
    )  # fmt: skip


def forecast(region: Region, source: Outbreak, *, members: int = MEMBERS) -> Footprint:
    """The forecast of an outbreak from its begin on, as far as it is scored."""
    horizon_s = HORIZON_WEEKS * 7 * DAY_S
    return contagion.spread(region, source, members=members, seed=SEED, horizon_s=horizon_s)


def run(folder: Path, progress: Progress | None = None, *, members: int = MEMBERS) -> dict[str, Any]:
    """Forecast the outbreak of a folder again and again, and score it by its record.

    Returns
    -------
    dict
        issued: for each time of issue what was known, `crps_weeks` of the forecast and of naive ones,
        `crps_skill` over each of those, `rho` of ranks, `coverage_90`, cities reached and expected; `all`:
        their means; `wanted`, `reached`: the aims and what came of them; `passed`: all are met.

    Raises
    ------
    InputFaults
        What is wrong with the region, the outbreak or the record.
    """
    tell = progress or (lambda _: None)
    region, source = Region.read(folder / "region"), Outbreak.read(folder / SOURCE)
    record = Record.read(folder / RECORD, region)
    _check_whole(folder / RECORD, record, source.begins)
    _check_places(region)
    issued = []
    for k in range(ISSUES):
        when = source.begins + k * EVERY_WEEKS * WEEK
        now = as_known(source, record.known_at(when), when)
        tell(f"forecasting from {when.date().isoformat()}, {len(now.infected)} cities with recent cases")
        made = forecast(region, now, members=members)  # the record is not looked at again before it is made
        issued.append(judged(region, now, record, made))
    means = _means(issued)
    reached = {
        "crps_skill_over_constant_rate": means["crps_skill"]["constant_rate"],
        "median_week_rho": means["rho"]["median_week"],
        "coverage_90": means["coverage_90"],
    }
    met = {name: {"value": value, "met": bool(value >= WANTED[name])} for name, value in reached.items()}
    return {
        "name": folder.name,
        "members": members,
        "cities": len(record.cities),
        "cities_counted": int((~np.isnan(record.cases).any(axis=1)).sum()),
        "horizon_weeks": HORIZON_WEEKS,
        "issued": issued,
        "all": means,
        "wanted": WANTED,
        "reached": met,
        "beats_every_naive": bool(min(means["crps_skill"].values()) > 0.0),
        "passed": all(one["met"] for one in met.values()),
        "note": "climatology, distance_alone and population_alone know when the other cities were really "
        "reached; constant_rate knows what the forecast knows",
    }


# ------------------------------------------------------------------------------------------------- judging


def judged(region: Region, source: Outbreak, record: Record, made: Footprint) -> dict[str, Any]:
    """One forecast, beside naive ones, on the cities that had no case when it was issued."""
    when = source.begins
    came = record.weeks_to_first(when)
    row = {code: k for k, code in enumerate(made.ids)}
    mine = [k for k, code in enumerate(record.cities) if not np.isnan(came[k]) and code in row]
    came = came[mine]
    if np.unique(came).size < 2:
        told = f"{came.size} cities, all alike"
        fault = Fault(
            "check.table", RECORD, None, "week", told, "cities that were reached at different times"
        )
        raise InputFaults("check.table", f"nothing can be judged from {when.isoformat()} on", [fault])
    weeks = np.sort(_weeks(made.arrival_s[[row[record.cities[k]] for k in mine]]), axis=1)
    known = _known(region, source, mine)
    drawn = {"forecast": weeks, **_naive(record.known_at(when), known, came)}
    score = {name: float(crps(levels, came).mean()) for name, levels in drawn.items()}
    low, high = (np.quantile(weeks, q, axis=1, method="inverted_cdf") for q in (0.05, 0.95))
    return {
        "at": when.isoformat(),
        "recent_cases": sum(source.infected.values()),
        "cities_with_recent_cases": len(source.infected),
        "cities_scored": len(mine),
        "cities_reached": int((came < HORIZON_WEEKS).sum()),
        "cities_expected": float((weeks < HORIZON_WEEKS).mean(axis=1).sum()),
        "crps_weeks": score,
        "crps_skill": {name: 1.0 - score["forecast"] / score[name] for name in NAIVE},
        "rho": _ranks({"median_week": np.median(weeks, axis=1), **known}, came),
        "coverage_90": float(((came >= low) & (came <= high)).mean()),
    }


def _weeks(arrival_s: Floats) -> Floats:
    """The week in which a city is reached, from the day at whose end it is; the horizon if it is not."""
    return np.minimum(np.maximum(np.ceil(arrival_s / (7 * DAY_S)) - 1.0, 0.0), HORIZON_WEEKS)


def _known(region: Region, source: Outbreak, mine: list[int]) -> Mapping[str, Floats]:
    """What could be known of each city when the forecast was issued, later the larger, (city,)."""
    warned = first_warning(region, source)
    apart = dict(zip(warned.cities, warned.distance.tolist(), strict=True))
    lat, lon = (
        np.array([getattr(city, name) for city in region.cities], dtype=np.float64) for name in ("lat", "lon")
    )
    ill = [region.city_index[code] for code in source.infected]
    nearest = distance_km(lat[mine, None], lon[mine, None], lat[None, ill], lon[None, ill]).min(axis=1)
    people = np.array([region.cities[k].population_resident for k in mine], dtype=np.float64)
    return {
        "effective_distance": np.array([apart[region.cities[k].code] for k in mine]),
        "distance_alone": np.log(nearest + NEAR_KM),
        "population_alone": -np.log(people),
    }


def _naive(known: Record, covariates: Mapping[str, Floats], came: Floats) -> dict[str, Floats]:
    """Naive forecasts of the week, even levels of each, (city, level)."""
    from scipy.special import ndtri  # slow to load  # noqa: PLC0415

    counted = known.cases[~np.isnan(known.cases).any(axis=1)] > 0
    free = (np.cumsum(counted, axis=1) == 0).sum()  # weeks of cities without a case
    rate = counted.any(axis=1).sum() / max(free, 1)
    steady = np.minimum(np.floor(-np.log1p(-LEVELS) / rate), HORIZON_WEEKS)
    found = {
        "constant_rate": np.tile(steady, (came.size, 1)),
        "climatology": np.stack([np.quantile(np.delete(came, k), LEVELS) for k in range(came.size)]),
    }
    for name in ("distance_alone", "population_alone"):
        middle, spread = line_left_out(covariates[name], came)
        levels = np.rint(middle[:, None] + spread[:, None] * ndtri(LEVELS))
        found[name] = np.clip(levels, 0.0, HORIZON_WEEKS)
    return found


def _ranks(covariates: Mapping[str, Floats], came: Floats) -> dict[str, float]:
    """Spearman's rho of what should come later with what came later."""
    from scipy.stats import spearmanr  # slow to load  # noqa: PLC0415

    return {name: float(spearmanr(values, came).statistic) for name, values in covariates.items()}


def _means(issued: list[dict[str, Any]]) -> dict[str, Any]:
    """The scores of all issues as one: means over all cities scored, and of ranks over the issues."""
    many = np.array([one["cities_scored"] for one in issued], dtype=np.float64)
    score = {
        name: float(many @ [one["crps_weeks"][name] for one in issued] / many.sum())
        for name in ("forecast", *NAIVE)
    }
    return {
        "cities_scored": int(many.sum()),
        "crps_weeks": score,
        "crps_skill": {name: 1.0 - score["forecast"] / score[name] for name in NAIVE},
        "rho": {name: float(np.mean([one["rho"][name] for one in issued])) for name in issued[0]["rho"]},
        "coverage_90": float(many @ [one["coverage_90"] for one in issued] / many.sum()),
    }
